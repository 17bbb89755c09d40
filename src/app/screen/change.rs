//! A change of one number: what follows from it, a typed confirmation, sending, outcome.

use crate::app::TaskId;
use crate::app::input::Input;
use crate::app::wrap::wrap;
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

    /// What is told above the question, broken to `width` columns.
    pub fn lines(&self, width: usize) -> Vec<String> {
        let said = match &self.state {
            ChangeState::Asking { .. } => self.consequences.clone(),
            ChangeState::Sending { stage: Stage::Looking, .. } => {
                vec![
                    "The answer was lost. Looking whether it happened; do not repeat it meanwhile."
                        .to_owned(),
                ]
            }
            ChangeState::Sending { .. } => {
                vec!["Sent. Waiting for the answer; it can not be taken back.".to_owned()]
            }
            ChangeState::Ended(verdict) => {
                let words = verdict.words(&self.intent);
                vec![words.said, words.next]
            }
        };
        said.iter().flat_map(|text| wrap(text, width)).collect()
    }
}
