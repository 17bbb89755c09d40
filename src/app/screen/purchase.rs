//! Buying one number: review and typed confirmation, sending, outcome, at one place.
//!
//! ```text
//!   Review ──digits + enter──> Sending ──verdict──> Ended ──r, when unknown──> Sending (looks)
//!     │ esc: nothing is spent     │ esc: says why not
//! ```

use jiff::Timestamp;

use crate::app::input::Input;
use crate::app::{Remote, TaskId};
use crate::phone::{EndpointId, Number, Price};
use crate::write::{Confirmation, Intent, PriceSource, Stage, Verdict};

/// A purchase on screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Buying {
    /// The row as it was when `b` was pressed. A refresh below does not change it.
    pub row: Number,
    /// Its price, where the row does not state it.
    pub asked_price: Remote<Price>,
    /// Endpoint to attach.
    pub endpoint: Option<EndpointId>,
    /// How far it is.
    pub state: BuyState,
}

/// How far a purchase is.
#[derive(Debug, Clone, PartialEq)]
pub enum BuyState {
    /// Reviewing, and typing the confirmation.
    Review {
        /// What was typed so far.
        typed: Input,
        /// Whether it was drawn: keys typed before that confirm nothing.
        armed: bool,
    },
    /// On its way. Not cancellable.
    Sending {
        /// The task that carries it out.
        task: TaskId,
        /// How far it has come.
        stage: Stage,
        /// What was confirmed.
        intent: Box<Intent>,
    },
    /// Ended.
    Ended {
        /// What was confirmed.
        intent: Box<Intent>,
        /// What became of it.
        verdict: Box<Verdict>,
        /// When.
        at: Timestamp,
    },
}

impl Buying {
    /// The review of a row.
    pub fn new(row: Number) -> Self {
        Self {
            row,
            asked_price: Remote::Idle,
            endpoint: None,
            state: BuyState::Review { typed: Input::default(), armed: false },
        }
    }

    /// The price under review: the row's own, else what the server said when asked.
    pub fn price(&self) -> Price {
        self.row.price().or(self.asked_price.value().copied().unwrap_or_default())
    }

    /// The endpoint of the number that was bought, else the one that is to be attached.
    pub fn attached(&self) -> Option<&EndpointId> {
        match &self.state {
            BuyState::Ended { verdict, .. } => match &**verdict {
                Verdict::Bought { number, .. } => number.endpoint.value(),
                _ => self.endpoint.as_ref(),
            },
            _ => self.endpoint.as_ref(),
        }
    }

    /// A change of the number that was bought here: the outcome shows it as it is now.
    pub fn correct(&mut self, changed: &Number) {
        if let BuyState::Ended { verdict, .. } = &mut self.state
            && let Verdict::Bought { number, .. } = &mut **verdict
            && number.id == changed.id
        {
            (**number).clone_from(changed);
        }
    }

    /// What would be sent.
    pub fn intent(&self) -> Intent {
        let source = PriceSource::of(&self.row);
        // Somebody who types takes a while: the price is read again.
        Intent::buy(&self.row, self.price(), source, None, self.endpoint.clone())
    }

    /// What has to be typed.
    pub fn confirmation(&self) -> Confirmation {
        Confirmation::of(&self.intent())
    }
}
