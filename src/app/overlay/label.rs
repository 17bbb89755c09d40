//! What is put down about numbers: tags, a note, a pin.

use super::super::action::Action;
use super::super::input::Input;
use super::super::key::{Key, KeyCode};
use super::super::offer::ActionOffer;
use super::super::screen::View;
use super::super::tasks::Owner;
use super::super::{Ctx, Effect, Reply, TaskId, Tone};
use crate::app::wrap::capitalised;
use crate::phone::{E164, Label, LabelEdit, Number};

/// A part of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelField {
    /// Words, with blanks between them.
    Tags,
    /// A sentence.
    Note,
    /// On or off.
    Pin,
}

impl LabelField {
    /// In the order of the screen.
    pub const ALL: [Self; 3] = [Self::Tags, Self::Note, Self::Pin];
}

/// The label of one number, or what those of several have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelView {
    /// What it is called on top.
    pub title: String,
    lines: Vec<E164>,
    /// What all of them have.
    common: Label,
    /// Not all are pinned, or not: it stays so unless somebody changes it.
    is_mixed: bool,
    /// Tags, as they are typed.
    pub tags: Input,
    /// The note, as it is typed.
    pub note: Input,
    /// Whether they are to be pinned; none where that is to stay as it is.
    pub pin: Option<bool>,
    /// The part that is typed.
    pub field: LabelField,
    task: Option<TaskId>,
}

impl LabelView {
    /// The labels of these numbers; none where none of them is a telephone number.
    pub(in crate::app) fn of(numbers: &[Number], ctx: &Ctx) -> Option<Self> {
        let labels = &ctx.owned.roster.known().labels;
        let lines: Vec<E164> = numbers.iter().filter_map(|number| number.line.valid()).collect();
        let all: Vec<Label> =
            lines.iter().map(|line| labels.of_line(*line).cloned().unwrap_or_default()).collect();
        let (first, others) = all.split_first()?;
        let mut common = first.clone();
        common.tags.retain(|tag| others.iter().all(|other| other.tags.contains(tag)));
        common.note = common.note.filter(|note| others.iter().all(|other| other.note.as_ref() == Some(note)));
        let is_mixed = others.iter().any(|other| other.pinned != first.pinned);
        let title = match numbers {
            [one] => format!("What to know of {}", one.line.grouped()),
            several => format!("What to know of these {} numbers", several.len()),
        };
        Some(Self {
            title,
            // The next one is another word.
            tags: Input::with(&common.tags.iter().map(|tag| format!("{tag} ")).collect::<String>()),
            note: Input::with(common.note.as_deref().unwrap_or_default()),
            pin: (!is_mixed).then_some(common.pinned),
            lines,
            common,
            is_mixed,
            field: LabelField::Tags,
            task: None,
        })
    }

    /// Whether it is about several.
    pub fn is_of_several(&self) -> bool {
        self.lines.len() > 1
    }

    /// What would become of the labels.
    fn edit(&self) -> Result<LabelEdit, String> {
        let tags: Vec<String> = self
            .tags
            .text()
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .map(|word| Label::tag(word).map_err(|why| why.to_string()))
            .collect::<Result<_, _>>()?;
        let note = Label::note(self.note.text()).map_err(|why| why.to_string())?;
        let before = &self.common;
        let was = (!self.is_mixed).then_some(before.pinned);
        Ok(LabelEdit {
            add: tags.iter().filter(|tag| !before.tags.contains(tag)).cloned().collect(),
            remove: before.tags.iter().filter(|tag| !tags.contains(tag)).cloned().collect(),
            note: (note != before.note).then_some(note),
            pin: self.pin.filter(|pin| was != Some(*pin)),
        })
    }

    fn keep(&mut self, ctx: &mut Ctx) {
        if self.task.is_some() {
            return;
        }
        match self.edit() {
            Ok(edit) if edit.is_empty() => {
                ctx.go(super::super::ctx::Move::Uncover);
                ctx.tell(Tone::Plain, "Nothing of it was changed.");
            }
            Ok(edit) => {
                let lines = self.lines.clone();
                self.task = Some(ctx.ask_here(|task| Effect::Label(task, lines, Box::new(edit))));
            }
            Err(why) => ctx.tell(Tone::Bad, format!("{}.", capitalised(&why))),
        }
    }

    fn input(&mut self) -> Option<&mut Input> {
        match self.field {
            LabelField::Tags => Some(&mut self.tags),
            LabelField::Note => Some(&mut self.note),
            LabelField::Pin => None,
        }
    }

    fn turn(&mut self, forward: bool) {
        let all = LabelField::ALL;
        let at = all.iter().position(|field| *field == self.field).unwrap_or(0);
        let next = if forward { at + 1 } else { at + all.len() - 1 };
        self.field = all[next % all.len()];
    }
}

impl View for LabelView {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        let busy = self.task.map(|_| "it is being written".to_owned());
        vec![
            ActionOffer::new(Action::Open).called("keep").unless(busy),
            ActionOffer::new(Action::Back).called("close"),
        ]
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if action == Action::Open {
            self.keep(ctx);
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        self.turn(rows > 0);
    }

    fn key(&mut self, key: Key, _: &mut Ctx) -> bool {
        match (key.code, self.field) {
            (KeyCode::Tab | KeyCode::Down, _) => self.turn(true),
            (KeyCode::BackTab | KeyCode::Up, _) => self.turn(false),
            (KeyCode::Char(' ' | 'p' | 'y' | 'n') | KeyCode::Left | KeyCode::Right, LabelField::Pin) => {
                self.pin = Some(!self.pin.unwrap_or(false));
            }
            _ => {
                if let Some(input) = self.input() {
                    input.press(key);
                }
            }
        }
        true
    }

    fn paste(&mut self, text: &str, _: &mut Ctx) -> bool {
        if let Some(input) = self.input() {
            input.insert(text);
        }
        true
    }

    fn is_typing(&self, _: &Ctx) -> bool {
        true
    }

    fn closed(&mut self, ctx: &mut Ctx) {
        if let Some(task) = self.task {
            // It is kept all the same, and then known.
            ctx.tasks.give(task, Owner::Labels);
        }
    }

    fn reply(&mut self, task: TaskId, reply: Reply, ctx: &mut Ctx) {
        let Reply::Labels(result) = reply else { return };
        if self.task != Some(task) {
            return;
        }
        self.task = None;
        match result {
            Ok(labels) => {
                ctx.label(Ok(labels));
                ctx.go(super::super::ctx::Move::Uncover);
                let text = if self.is_of_several() { "Kept for all of them." } else { "Kept." };
                ctx.tell(Tone::Good, text);
            }
            Err(why) => ctx.tell(Tone::Bad, format!("Nothing was kept: {why}.")),
        }
    }
}
