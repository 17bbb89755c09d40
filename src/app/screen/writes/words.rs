//! What writes on screen cost, and what they came to.

use std::borrow::Cow;

use super::Writes;
use crate::app::Keymap;
use crate::app::action::Action;
use crate::phone::{EndpointId, Names, Number, Status, Switch};
use crate::write::{BatchLine, Intent, Outcome, Quote, Stop, Tally, consequences};

/// Who answers what is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attachment {
    /// The same endpoint for all, or nobody.
    All(Option<EndpointId>),
    /// Different ones, and nobody for so many.
    Mixed {
        /// How many nobody answers.
        without: usize,
    },
}

impl Writes {
    /// What the numbers cost together; nothing for changes. Once it is over, what was bought, and
    /// what may have been.
    pub fn quote(&self) -> Quote {
        if self.is_over() { self.run.bill() } else { Quote::of(self.rows.iter().map(|(row, _)| row.price())) }
    }

    /// The endpoint of what was bought, where all of it has the same; the one that is to be attached
    /// as long as nothing was bought.
    pub fn attached(&self) -> Attachment {
        let of = |line: &BatchLine| match &line.outcome {
            Some(Outcome::Bought { number, .. }) => Some(number.endpoint.value().cloned()),
            _ => None,
        };
        let bought: Vec<Option<EndpointId>> = self.run.lines().iter().filter_map(of).collect();
        let without = bought.iter().filter(|id| id.is_none()).count();
        match bought.first() {
            _ if !self.is_over() => Attachment::All(self.endpoint.clone()),
            None => Attachment::All(self.endpoint.clone()),
            Some(first) if bought.iter().all(|id| id == first) => Attachment::All(first.clone()),
            Some(_) => Attachment::Mixed { without },
        }
    }

    /// What holds for all of the changes and is not taken back easily.
    pub fn for_all(&self) -> Option<Cow<'static, str>> {
        let first = &self.run.lines().first()?.intent;
        if self.is_mixed() {
            let stop = self.run.lines().iter().filter(|line| line.intent.stops_calls()).count();
            let all = self.run.lines().len();
            return (stop > 0).then(|| format!("Calls to {stop} of these {all} stop arriving.").into());
        }
        let same = match first {
            Intent::Purchase { .. } => None,
            Intent::Remove { .. } => {
                Some("No undo: each goes back on sale and may be lost; its record stays, inactive.")
            }
            Intent::Update { changes, .. } if changes.status == Some(Status::Inactive) => {
                Some("Calls to them stop; whether they can be made active again is up to the server.")
            }
            Intent::Update { changes, .. } if changes.switches[Switch::Inbound] == Some(false) => {
                Some("Calls that arrive now at any of them stop arriving.")
            }
            Intent::Update { changes, .. } if changes.endpoint == Some(None) => {
                Some("Nobody answers calls to any of them any more.")
            }
            Intent::Update { changes, .. } if changes.switches[Switch::Outbound] == Some(true) => {
                Some("All of them may be used as callers, which costs money.")
            }
            Intent::Update { .. } => None,
        };
        same.map(Cow::Borrowed)
    }

    /// Whether they are not all the same change: what is true of the first is not of the others.
    fn is_mixed(&self) -> bool {
        let mut changes = self.run.lines().iter().filter_map(|line| match &line.intent {
            Intent::Update { changes, .. } => Some(changes),
            Intent::Purchase { .. } | Intent::Remove { .. } => None,
        });
        changes.next().is_some_and(|first| changes.any(|other| other != first))
    }

    /// What follows from one change, without what [`Self::for_all`] says already.
    pub fn details(&self, intent: &Intent, names: &Names) -> String {
        let of_all = self.for_all().unwrap_or_default().to_ascii_lowercase();
        let mut told = consequences(intent, names);
        told.retain(|text| {
            !["no undo", "costs money"].iter().any(|said| text.contains(said) && of_all.contains(said))
        });
        told.join("; ")
    }

    /// Records that were bought and that nobody answers yet.
    pub fn unanswered(&self) -> Vec<Number> {
        let bought = self.run.lines().iter().filter_map(|line| match &line.outcome {
            Some(Outcome::Bought { number, .. }) if number.endpoint.value().is_none() => Some(number),
            _ => None,
        });
        bought.map(|number| (**number).clone()).collect()
    }

    /// What all came to, and what is next.
    pub fn said(&self, keys: &Keymap) -> (String, String) {
        let tally = self.run.tally();
        let next = match self.run.stopped() {
            _ if tally.unknown > 0 => {
                format!(
                    "Do not repeat what is unknown: {} looks again, {} opens Purchases.",
                    keys.shown(Action::LookAgain),
                    keys.shown(Action::Purchases)
                )
            }
            Some(Stop::OutcomeKind(line)) if !self.is_done(line) => {
                let line = &self.run.lines()[line];
                line.outcome.as_ref().map_or_else(String::new, |outcome| outcome.words(&line.intent).next)
            }
            Some(Stop::Busy(line)) => Outcome::Busy.words(&self.run.lines()[line].intent).said,
            Some(Stop::Foreign(_)) => {
                "Stopped: the server answers with numbers of another organization than the named one."
                    .to_owned()
            }
            Some(Stop::Asked | Stop::OutcomeKind(_)) if tally.left > 0 => {
                "Stopped. What was not tried is still marked.".to_owned()
            }
            Some(Stop::Budget(_, why)) => why.to_string(),
            _ if tally.failed > 0 => "What was not done is still marked.".to_owned(),
            _ if !self.unanswered().is_empty() => {
                format!(
                    "Calls do not arrive yet where nobody answers: {} attaches an endpoint.",
                    keys.shown(Action::Endpoint)
                )
            }
            _ => String::new(),
        };
        (format!("{}.", self.run.words(Tally::default())), next)
    }

    fn is_done(&self, line: usize) -> bool {
        self.run.lines()[line].outcome.as_ref().is_some_and(Outcome::is_done)
    }
}
