//! Calls to and from the numbers, made up: which there were follows from the seed and the time of day alone, how
//! they ended from the settings of their number since those were changed last.

use jiff::Timestamp;

use super::plan;
use super::seed::Stream;

/// Calls are made up for so many slots of the past, of so many seconds each: three days.
const SLOTS: i64 = 36;
const SLOT: i64 = 7200;

/// How a call ended, in the words of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) status: &'static str,
    pub(super) cause: &'static str,
    /// Whether anybody talked.
    answered: bool,
}

const fn unanswered(status: &'static str, cause: &'static str) -> Ending {
    Ending { status, cause, answered: false }
}

const NOBODY: Ending = unanswered("no_answer", "no_answer");
const REFUSED: Ending = unanswered("failed", "rejected");
const LOST: Ending = unanswered("failed", "network_error");
const SILENT: Ending = unanswered("failed", "timeout");
const BUSY: Ending = unanswered("busy", "busy");
const TALKED: Ending = Ending { status: "completed", cause: "normal_clearing", answered: true };

/// One call.
#[derive(Debug)]
pub(super) struct SandboxCall {
    pub(super) id: String,
    /// Who is at the other end.
    pub(super) other: String,
    pub(super) inbound: bool,
    pub(super) ending: Ending,
    pub(super) at: Timestamp,
    /// Until somebody answered, and how long was talked, in seconds.
    pub(super) rang: i64,
    pub(super) seconds: i64,
}

impl SandboxCall {
    /// A time of the call.
    pub(super) fn after(&self, seconds: i64) -> Timestamp {
        Timestamp::from_second(self.at.as_second().saturating_add(seconds)).unwrap_or(self.at)
    }

    /// When it was answered, where it was.
    pub(super) fn answered_at(&self) -> Option<Timestamp> {
        self.ending.answered.then(|| self.after(self.rang))
    }
}

/// A number and its calls.
#[derive(Debug)]
pub(super) struct CallsOfNumber {
    pub(super) id: String,
    pub(super) e164: String,
    pub(super) endpoint: Option<String>,
    /// The newest first.
    pub(super) calls: Vec<SandboxCall>,
}

/// What the calls of a number depend on.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) key: i64,
    pub(super) status: String,
    pub(super) lets_in: bool,
    pub(super) endpoint_status: Option<String>,
    /// Its route leads nowhere.
    pub(super) broken: bool,
    /// When it was changed last, in seconds since 1970.
    pub(super) changed: i64,
}

impl Called {
    /// Its calls, the newest first.
    pub(super) fn calls(&self, seed: u64, now: Timestamp) -> Vec<SandboxCall> {
        if self.status != "active" {
            return Vec::new();
        }
        let last = now.as_second() / SLOT;
        (0..SLOTS).filter_map(|back| self.call(seed, last - back, now.as_second())).collect()
    }

    /// The call of a slot, if there was one and it is over.
    fn call(&self, seed: u64, slot: i64, now: i64) -> Option<SandboxCall> {
        let mut random = Stream::Call.of(seed, self.key.wrapping_mul(1_000_000).wrapping_add(slot));
        if random.percent(45) {
            return None;
        }
        let at = slot * SLOT + random.below(SLOT as u64) as i64;
        let id = random.uuid().hyphenated().to_string();
        let inbound = random.percent(85);
        let market = plan::market(&mut random);
        let other = market.range(&mut random).number(&mut random)?.to_string();
        let (rang, seconds) = (2 + random.below(9) as i64, 20 + random.below(400) as i64);
        // What was before the last change was well: nobody knows how it was set.
        let trouble = self.trouble().filter(|_| inbound && at >= self.changed);
        let busy = (!inbound && random.percent(20)).then_some(BUSY);
        let ending = trouble.or(busy).unwrap_or(TALKED);
        let seconds = if ending.answered { seconds } else { 0 };
        (at + rang + seconds < now).then(|| SandboxCall {
            id,
            other,
            inbound,
            ending,
            at: Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH),
            rang,
            seconds,
        })
    }

    /// Why no call arrives.
    fn trouble(&self) -> Option<Ending> {
        match self.endpoint_status.as_deref() {
            _ if !self.lets_in => Some(REFUSED),
            None => Some(NOBODY),
            Some("error") => Some(LOST),
            Some("inactive") => Some(REFUSED),
            Some(_) => self.broken.then_some(SILENT),
        }
    }
}
