//! One write, as a ledger remembers it.

use std::time::Duration;

use jiff::Timestamp;

use crate::api::{ErrorKind, Kyc, RequestId};
use crate::phone::{Cents, E164, NumberId, clean};
use crate::write::{Cause, Intent, Outcome, OutcomeKind, Uptime, line_of};

/// What is entered after a write, or when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::write) struct Ending {
    /// How it ended.
    pub(in crate::write) outcome: OutcomeKind,
    /// In words.
    pub(in crate::write) said: String,
    /// The record that a purchase made.
    pub(in crate::write) number: Option<NumberId>,
    /// Its number.
    pub(in crate::write) line: Option<E164>,
    /// Whose it is.
    pub(in crate::write) organization: Option<String>,
    /// What stands in the way of any purchase, where that is why it was refused.
    pub(in crate::write) refusal: Option<ErrorKind>,
}

impl Ending {
    /// What a outcome comes to.
    pub(in crate::write) fn of(intent: &Intent, outcome: &Outcome) -> Self {
        let record = outcome.number();
        let bought = record.filter(|_| matches!(outcome, Outcome::Bought { .. }));
        Self {
            outcome: OutcomeKind::of(outcome),
            said: clean(&outcome.words(intent).said, 400),
            number: bought.map(|number| number.id.clone()),
            line: bought.and_then(|number| number.line.valid()),
            organization: record.and_then(|number| number.organization.as_deref()).map(str::to_owned),
            refusal: match outcome {
                Outcome::Refused(error) => Some(error.kind).filter(|kind| stands_in_the_way(*kind)),
                _ => None,
            },
        }
    }
}

/// Whether an error is of the organization and not of the number: no other number could be bought either.
fn stands_in_the_way(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Kyc(_) | ErrorKind::Balance)
}

/// The same of an answer as a ledger keeps it.
pub(super) fn refusal(code: Option<&str>, status: Option<u16>) -> Option<ErrorKind> {
    match code.and_then(Kyc::of_code) {
        Some(kyc) => Some(ErrorKind::Kyc(kyc)),
        None if code == Some("INSUFFICIENT_BALANCE") || status == Some(402) => Some(ErrorKind::Balance),
        None => None,
    }
}

/// One write of this or an earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Id of its request, and of the entry.
    pub id: RequestId,
    /// When it was entered.
    pub at: Timestamp,
    /// The same by the clock that nobody sets, where it is known.
    pub uptime: Option<Uptime>,
    /// What was to be done.
    pub intent: Intent,
    /// How it ended; `None` when nothing was entered after the intent.
    pub outcome: Option<OutcomeKind>,
    /// How it ended, in words.
    pub said: String,
    /// The record that a purchase made, or that its answer named while the outcome is open.
    pub number: Option<NumberId>,
    /// The number of that record, where the intent did not know it.
    pub line: Option<E164>,
    /// The organization it was for: the one that was named, else the one that the answer told.
    pub organization: Option<String>,
    /// The process that sent it may still get its answer.
    pub in_flight: bool,
    /// What stands in the way of any purchase, where that is why it was refused.
    pub refusal: Option<ErrorKind>,
}

impl Entry {
    /// The last purchase that was refused for a reason which no other purchase gets round, of `entries`
    /// with the oldest first; `None` where one was made since.
    pub fn standing_refusal(entries: &[Self]) -> Option<(&Self, ErrorKind)> {
        let purchases = entries.iter().rev().filter(|entry| matches!(entry.intent, Intent::Purchase { .. }));
        let telling =
            purchases.filter(|entry| entry.refusal.is_some() || entry.outcome == Some(OutcomeKind::Done));
        telling.take(1).find_map(|entry| Some((entry, entry.refusal?)))
    }

    /// Whether nobody knows how it ended: in doubt, or still on its way.
    pub fn is_open(&self) -> bool {
        matches!(self.outcome, None | Some(OutcomeKind::Unknown))
    }

    /// How long ago it was entered, at the least: where the clock was set back since, or the machine
    /// started anew with another time, not even a moment is certain.
    pub(in crate::write) fn age(&self, now: Timestamp, uptime: &Uptime) -> Duration {
        let known = self.uptime.as_ref().and_then(|entered| uptime.after(entered));
        known.unwrap_or_else(|| now.duration_since(self.at).try_into().unwrap_or_default())
    }

    /// Whether what it asks for may still happen, on a server that takes `settle` for it at most.
    pub fn may_still_happen(&self, now: Timestamp, uptime: &Uptime, settle: Duration) -> bool {
        self.is_open() && self.age(now, uptime) < settle
    }

    /// Whether somebody has to look what became of it.
    pub fn is_in_doubt(&self) -> bool {
        !self.in_flight && self.is_open()
    }

    /// An intent that was entered, of which nothing more is known; `in_flight` where its process still
    /// waits for the answer.
    pub fn begun(id: RequestId, at: Timestamp, intent: Intent, in_flight: bool) -> Self {
        Self {
            id,
            at,
            uptime: None,
            intent,
            outcome: None,
            said: String::new(),
            number: None,
            line: None,
            organization: None,
            in_flight,
            refusal: None,
        }
    }

    /// An outcome was entered. One that is known stays as it is, whoever comes later.
    pub(in crate::write) fn end(&mut self, ending: Ending) {
        if !self.is_open() {
            return;
        }
        self.outcome = Some(ending.outcome);
        self.said = ending.said;
        self.number = ending.number.or(self.number.take());
        self.line = ending.line.or(self.line);
        self.organization = self.organization.take().or(ending.organization);
        self.in_flight = false;
        self.refusal = ending.refusal;
    }

    /// Whether `intent` may not be sent before somebody looked at this: the same write, of which
    /// nobody knows what became; any change of the same record that may still happen, and would then
    /// undo the later one; the same purchase, which was made; an update that completes a purchase
    /// which had its one update already; an undo that was made.
    pub(in crate::write) fn hinders(&self, intent: &Intent) -> bool {
        let ended = match (&self.intent, intent) {
            (Intent::Purchase { .. }, _) => self.outcome == Some(OutcomeKind::Done),
            (Intent::Update { .. }, Intent::Update { cause: Cause::Completes(_), .. }) => true,
            (Intent::Update { .. }, Intent::Update { cause: Cause::Undoes(_), .. }) => {
                self.outcome == Some(OutcomeKind::Done)
            }
            _ => false,
        };
        ((self.is_open() || ended) && intent.repeats(&self.intent)) || (self.is_open() && self.meets(intent))
    }

    /// Whether `intent` is another change of the same record. What completes a purchase is not: it
    /// belongs to it.
    fn meets(&self, intent: &Intent) -> bool {
        if matches!(intent, Intent::Update { cause: Cause::Completes(_), .. }) {
            return false;
        }
        let (ours, theirs) = (self.intent.target(), intent.target());
        ours.zip(theirs).is_some_and(|(ours, theirs)| ours.is_same(theirs))
    }

    /// The number that a purchase is about, as far as anything tells it; of one that was made the
    /// number that the server gave, which may be another one than was asked for.
    pub fn e164(&self) -> Option<E164> {
        match &self.intent {
            Intent::Purchase { order, reviewed } => self.line.or(line_of(order, reviewed)),
            Intent::Update { .. } | Intent::Remove { .. } => None,
        }
    }

    /// The write in words, by its number where that became known later.
    pub fn words(&self) -> String {
        match (&self.intent, self.e164()) {
            (Intent::Purchase { .. }, Some(line)) => format!("purchase of {}", line.grouped()),
            (intent, _) => intent.to_string(),
        }
    }

    /// Whether all `words` are found in what it says: outcome, write, digits of the number, words,
    /// id. Case is ignored; a word of digits is found through the grouping of a number.
    pub fn says(&self, words: &[impl AsRef<str>]) -> bool {
        if words.is_empty() {
            return true;
        }
        let doubt = if self.is_in_doubt() { "in doubt" } else { "" };
        let intent = self.words();
        let digits: String = intent.chars().filter(char::is_ascii_digit).collect();
        let outcome = self.outcome_word().replace('_', " ");
        let text = format!("{doubt} {outcome} {intent} {digits} {} {}", self.said, self.id).to_lowercase();
        words.iter().all(|word| text.contains(word.as_ref().trim_start_matches('+').to_lowercase().as_str()))
    }

    /// What was agreed to pay on the day of a purchase.
    pub fn reviewed(&self) -> Option<Cents> {
        match &self.intent {
            Intent::Purchase { reviewed, .. } => reviewed.price.today(),
            _ => None,
        }
    }

    /// The outcome in the words of the ledger; one that was never entered is unknown.
    pub fn outcome_word(&self) -> &'static str {
        let purchase = matches!(self.intent, Intent::Purchase { .. });
        match self.outcome {
            None if self.in_flight => "on its way",
            outcome => outcome.unwrap_or(OutcomeKind::Unknown).wire(purchase),
        }
    }
}
