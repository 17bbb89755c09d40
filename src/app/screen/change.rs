//! A change of one number: what follows from it, a typed confirmation, sending, outcome.

use unicode_width::UnicodeWidthStr;

use crate::api::Changes;
use crate::app::TaskId;
use crate::app::input::Input;
use crate::app::wrap::wrap;
use crate::phone::Names;
use crate::write::{Confirmation, Intent, Stage, Verdict, consequences, seconds};

/// A dialog of a few lines at the bottom.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What would be done. A refresh below does not change it.
    pub intent: Intent,
    /// It in words, with the endpoint by its name.
    pub what: String,
    /// Id and name of the endpoint that would be attached.
    named: Option<(String, String)>,
    /// What follows from it.
    pub consequences: Vec<String>,
    /// For whom it is: organization and mode.
    pub whose: String,
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
    pub fn new(intent: Intent, names: &Names, whose: String) -> Self {
        let confirmation = Confirmation::of(&intent);
        let consequences = consequences(&intent, names);
        let named = match &intent {
            Intent::Update { changes: Changes { endpoint: Some(Some(id)), .. }, .. } => {
                names.of(id).map(|name| (id.to_string(), name.to_owned()))
            }
            _ => None,
        };
        let state = ChangeState::Asking { typed: Input::default(), armed: false };
        let what = String::new();
        let mut change = Self { what, intent, named, consequences, whose, confirmation, state };
        change.what = change.by_name(&change.intent.to_string());
        change
    }

    /// The question as one line, for where there is room.
    pub fn question(&self) -> String {
        format!("{}: type {} and Enter ", self.what, self.confirmation.prompt())
    }

    /// Whether the question fits on one line, its field included.
    pub fn fits(&self, width: usize) -> bool {
        self.question().width() + self.confirmation.width() < width
    }

    /// A text in which the endpoint is called by its name, as in the question.
    pub fn by_name(&self, text: &str) -> String {
        match &self.named {
            Some((id, name)) => text.replace(id, name),
            None => text.to_owned(),
        }
    }

    /// What is told above the question, broken to `width` columns.
    pub fn lines(&self, width: usize) -> Vec<String> {
        let said = match &self.state {
            // What is confirmed is never cut: where the question is too long for a line, it comes
            // first of all.
            ChangeState::Asking { .. } if self.fits(width) => {
                self.consequences.iter().chain([&self.whose]).cloned().collect()
            }
            ChangeState::Asking { .. } => {
                std::iter::once(&self.what).chain(&self.consequences).chain([&self.whose]).cloned().collect()
            }
            ChangeState::Sending { stage: Stage::Looking, .. } => {
                vec!["No clear answer. Looking whether it happened; do not repeat it meanwhile.".to_owned()]
            }
            ChangeState::Sending { stage: Stage::Settling(left), .. } => {
                vec![format!(
                    "It did not happen yet, and may still do so within {} s: looking again until then. You may \
                     leave; what comes of it is told.",
                    seconds(*left)
                )]
            }
            ChangeState::Sending { stage: Stage::Reading | Stage::Pricing, .. } => {
                vec!["Reading it again. Nothing is sent yet.".to_owned()]
            }
            ChangeState::Sending { stage: Stage::Waiting, .. } => {
                vec![
                    "Another numdeck is busy with it. Waiting for its answer; nothing is sent from here."
                        .to_owned(),
                ]
            }
            ChangeState::Sending { stage: Stage::Sending | Stage::Attaching, .. } => {
                vec!["Sent. Waiting for the answer; it can not be taken back.".to_owned()]
            }
            ChangeState::Ended(verdict) => {
                let words = verdict.words(&self.intent);
                vec![self.by_name(&words.said), words.next]
            }
        };
        said.iter().flat_map(|text| wrap(text, width)).collect()
    }
}
