//! Options of `label`.

use clap::Args as Group;

use super::writes::Named;
use crate::phone::{Label, LabelEdit};

/// Options of `label`.
#[derive(Debug, Clone, Group)]
pub struct LabelArgs {
    /// Which numbers.
    #[command(flatten)]
    pub named: Named,
    /// A tag that they get: a word
    #[arg(long, value_name = "TAG", value_parser = tag)]
    pub add: Vec<String>,
    /// A tag that they lose
    #[arg(long, value_name = "TAG", value_parser = tag)]
    pub remove: Vec<String>,
    /// What to know about them, on one line; '' for nothing any more
    #[arg(long, value_name = "TEXT", value_parser = note)]
    pub note: Option<String>,
    /// Refuse to release, delete, detach or switch them off from here
    #[arg(long, conflicts_with = "unpin")]
    pub pin: bool,
    /// Allow that again
    #[arg(long)]
    pub unpin: bool,
}

fn tag(text: &str) -> Result<String, String> {
    Label::tag(text).map_err(|why| why.to_string())
}

fn note(text: &str) -> Result<String, String> {
    Label::note(text).map(Option::unwrap_or_default).map_err(|why| why.to_string())
}

impl LabelArgs {
    /// What is to become of the labels.
    pub fn edit(&self) -> LabelEdit {
        LabelEdit {
            add: self.add.clone(),
            remove: self.remove.clone(),
            note: self.note.clone().map(|note| (!note.is_empty()).then_some(note)),
            pin: self.pin.then_some(true).or(self.unpin.then_some(false)),
        }
    }
}
