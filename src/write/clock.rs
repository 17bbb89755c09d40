//! Time as a write goes by it: a wall clock for people, and one that nobody sets.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// How long a write may still happen after it was sent, unless somebody says otherwise.
pub const SETTLE: Duration = Duration::from_secs(60);

/// Time as the protocol needs it.
pub trait Clock: Sync {
    /// The wall clock, for what people read.
    fn now(&self) -> Timestamp;
    /// The clock that nobody sets, for how long something takes.
    fn uptime(&self) -> Uptime;
    /// How long after it was sent a request may still be running somewhere, so that what it asks for
    /// may still happen (product rule 3).
    fn settle(&self) -> Duration;
    /// Waits.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// The clocks of this machine, for commands and screens; tests bring their own.
#[derive(Debug, Clone, Copy)]
pub struct WallClock {
    /// How long a write may still happen after it was sent.
    pub settle: Duration,
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn uptime(&self) -> Uptime {
        Uptime::now()
    }

    fn settle(&self) -> Duration {
        self.settle
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// A moment since this machine was started. A wall clock may be set, and a request does not end
/// sooner for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uptime {
    /// Names the time since the last start of the machine, for other processes; `None` where the
    /// system does not name it, and the moment means something to this process alone.
    boot: Option<String>,
    since: Duration,
}

impl Uptime {
    /// Now.
    pub fn now() -> Self {
        static BOOT: OnceLock<Option<String>> = OnceLock::new();
        let boot = BOOT.get_or_init(boot_id);
        match (boot, since_boot()) {
            (Some(boot), Some(since)) => Self { boot: Some(boot.clone()), since },
            _ => Self::of_process(process_time()),
        }
    }

    /// A moment that means something to this process alone.
    pub fn of_process(since: Duration) -> Self {
        Self { boot: None, since }
    }

    /// A moment that another process noted.
    pub(in crate::write) fn noted(boot: String, milliseconds: u64) -> Self {
        Self { boot: Some(boot), since: Duration::from_millis(milliseconds) }
    }

    /// What another process needs to know of this moment: the start of the machine, and the
    /// milliseconds since.
    pub(in crate::write) fn to_note(&self) -> Option<(&str, u64)> {
        Some((self.boot.as_deref()?, u64::try_from(self.since.as_millis()).unwrap_or(u64::MAX)))
    }

    /// How long after `earlier` this is; `None` where the machine was started in between, or that is
    /// not known.
    pub fn after(&self, earlier: &Self) -> Option<Duration> {
        (self.boot == earlier.boot).then(|| self.since.saturating_sub(earlier.since))
    }
}

#[cfg(target_os = "linux")]
fn boot_id() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let id = text.trim();
    (!id.is_empty()).then(|| id.to_owned())
}

#[cfg(not(target_os = "linux"))]
fn boot_id() -> Option<String> {
    None
}

/// With the time that the machine slept: servers do not sleep along.
#[cfg(target_os = "linux")]
fn since_boot() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

#[cfg(not(target_os = "linux"))]
fn since_boot() -> Option<Duration> {
    None
}

fn process_time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_compared_only_within_one_run_of_the_machine() {
        let noted = |boot: &str, at| Uptime::noted(boot.to_owned(), at);
        assert_eq!(noted("a", 7_000).after(&noted("a", 2_000)), Some(Duration::from_secs(5)));
        assert_eq!(noted("b", 7_000).after(&noted("a", 2_000)), None);
        assert_eq!(Uptime::of_process(Duration::from_secs(9)).after(&noted("a", 2_000)), None);
        assert_eq!(noted("a", 1_000).after(&noted("a", 2_000)), Some(Duration::ZERO), "never before it");
    }

    #[test]
    fn what_is_noted_is_read_back() {
        let now = Uptime::now();
        if let Some((boot, at)) = now.to_note() {
            let read = Uptime::noted(boot.to_owned(), at);
            assert!(now.after(&read).is_some_and(|passed| passed < Duration::from_millis(2)));
        }
        assert!(Uptime::now().after(&now).is_some(), "one process knows its own time in any case");
    }
}
