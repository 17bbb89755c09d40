//! One write, as a ledger remembers it.

use jiff::Timestamp;

use super::{Intent, Outcome};
use crate::api::RequestId;
use crate::phone::{Cents, NumberId};

/// One write of this or an earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Id of its request, and of the entry.
    pub id: RequestId,
    /// When it was entered.
    pub at: Timestamp,
    /// What was to be done.
    pub intent: Intent,
    /// How it ended; `None` when nothing was entered after the intent.
    pub outcome: Option<Outcome>,
    /// How it ended, in words.
    pub said: String,
    /// The record that a purchase made.
    pub number: Option<NumberId>,
    /// The process that sent it may still get its answer.
    pub in_flight: bool,
}

impl Entry {
    /// Whether nobody knows how it ended: in doubt, or still on its way.
    pub fn is_open(&self) -> bool {
        matches!(self.outcome, None | Some(Outcome::Unknown))
    }

    /// Whether somebody has to look what became of it.
    pub fn is_in_doubt(&self) -> bool {
        !self.in_flight && self.is_open()
    }

    /// An intent that was entered.
    pub(super) fn begun(id: RequestId, at: Timestamp, intent: Intent, in_flight: bool) -> Self {
        Self { id, at, intent, outcome: None, said: String::new(), number: None, in_flight }
    }

    /// Its outcome was entered.
    pub(super) fn end(&mut self, outcome: Outcome, said: String, number: Option<NumberId>) {
        self.outcome = Some(outcome);
        self.said = said;
        self.number = number;
        self.in_flight = false;
    }

    /// Whether all `words` are found in what it says: outcome, write, digits of the number, words,
    /// id. Case is ignored; a word of digits is found through the grouping of a number.
    pub fn says(&self, words: &[&str]) -> bool {
        if words.is_empty() {
            return true;
        }
        let doubt = if self.is_in_doubt() { "in doubt" } else { "" };
        let intent = self.intent.to_string();
        let digits: String = intent.chars().filter(char::is_ascii_digit).collect();
        let outcome = self.outcome_word().replace('_', " ");
        let text = format!("{doubt} {outcome} {intent} {digits} {} {}", self.said, self.id).to_lowercase();
        words.iter().all(|word| text.contains(word.trim_start_matches('+').to_lowercase().as_str()))
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
            outcome => outcome.unwrap_or(Outcome::Unknown).wire(purchase),
        }
    }
}
