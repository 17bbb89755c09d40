//! A change of one number: what follows from it, a typed confirmation, sending, outcome.

use crate::app::TaskId;
use crate::app::input::Input;
use crate::write::{Confirmation, Intent, Stage, Verdict};

/// A dialog of a few lines at the bottom.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What would be done. A refresh below does not change it.
    pub intent: Intent,
    /// What follows from it.
    pub consequences: Vec<String>,
    /// What has to be typed.
    pub confirmation: Confirmation,
    /// How far it is.
    pub state: ChangeState,
}

/// How far a change is.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeState {
    /// Waiting for the confirmation.
    Asking {
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
    },
    /// Ended otherwise than as asked.
    Ended(Box<Verdict>),
}

impl Change {
    /// Asks for the confirmation of `intent`.
    pub fn new(intent: Intent, consequences: Vec<String>) -> Self {
        let confirmation = Confirmation::of(&intent);
        let state = ChangeState::Asking { typed: Input::default(), armed: false };
        Self { intent, consequences, confirmation, state }
    }
}
