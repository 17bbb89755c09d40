//! Writing what is shown to a file.

use jiff::Timestamp;

use super::super::action::Action;
use super::super::ctx::Move;
use super::super::export::{ExportEnd, ExportForm, ExportJob};
use super::super::input::Input;
use super::super::key::{Key, KeyCode};
use super::super::offer::{ActionOffer, moves};
use super::super::screen::View;
use super::super::{Ctx, Effect, Keymap, Reply, Tab, TaskId, Tone};
use crate::app::wrap::capitalised;
use crate::phone::{clean, thousands};

/// Where to, and in which form.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportView {
    /// Which list.
    pub tab: Tab,
    /// The file.
    pub path: Input,
    /// The path at which a file is in the way: asked again, it is replaced.
    over: Option<String>,
    /// The file is being written.
    pub task: Option<TaskId>,
}

impl ExportView {
    /// What is shown of a list, into a file of today in the working directory.
    pub(in crate::app) fn of(tab: Tab, ctx: &Ctx) -> Self {
        let local = |at: Timestamp| at.to_zoned_datetime(ctx.account.zone.clone());
        let day = match &ctx.travel {
            Some(travel) if tab == Tab::Owned => local(travel.seen).strftime("as-of-%Y-%m-%d-%H%M"),
            _ => local(ctx.now).strftime("%Y-%m-%d"),
        };
        let what = match tab {
            Tab::Owned => "owned".to_owned(),
            Tab::Inventory => {
                let first = ctx.inventory.roster.at(0).and_then(|number| number.country.as_deref());
                let country: String =
                    first.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
                if country.is_empty() { "inventory".to_owned() } else { format!("inventory-{country}") }
            }
        };
        let path = Input::with(&format!("numdeck-{what}-{day}{}", ExportForm::Csv.ending()));
        Self { tab, path, over: None, task: None }
    }

    /// The form that the name of the file asks for.
    pub fn form(&self) -> Option<ExportForm> {
        ExportForm::of(self.path.text())
    }

    /// How many rows it writes, of how many, and what decides that.
    pub fn extent(&self, ctx: &Ctx) -> String {
        let list = ctx.list(self.tab);
        let rows = |count: &str| if count == "1" { "row" } else { "rows" };
        let extent = list.extent();
        let all = if list.roster.is_unfiltered() {
            format!("{extent} {}", rows(&extent))
        } else {
            let shown = thousands(list.roster.matching());
            format!("{shown} of {} {}; the filter decides", thousands(list.roster.len()), rows(&extent))
        };
        if list.can_read_on() {
            let next = ctx.say("{load-all} on the list reads the others first");
            format!("{all}. Not all of them are read: {next}.")
        } else if list.reading.is_some() {
            format!("{all}. The list is still being read: these are the rows so far.")
        } else {
            format!("{all}.")
        }
    }

    /// Gives the name the ending of the next form, or of the one before.
    fn turn(&mut self, forward: bool) {
        let all = ExportForm::ALL;
        let text = self.path.text().to_owned();
        let (stem, next) = match self.form() {
            None => (text.as_str(), ExportForm::Csv),
            Some(form) => {
                let at = all.iter().position(|other| *other == form).unwrap_or(0);
                let next = if forward { at + 1 } else { at + all.len() - 1 } % all.len();
                (&text[..text.len() - form.ending().len()], all[next])
            }
        };
        self.path = Input::with(&format!("{stem}{}", next.ending()));
    }

    fn begin(&mut self, ctx: &mut Ctx) {
        if self.task.is_some() {
            return;
        }
        let path = self.path.text().trim().to_owned();
        let Some(form) = ExportForm::of(&path) else {
            let text = "The form follows the name: it has to end in .csv, .json or .ndjson.";
            return ctx.tell(Tone::Bad, text);
        };
        ctx.notice = None;
        let over = self.over.as_deref() == Some(&path);
        let rows = ctx.list(self.tab).roster.shown();
        let job = ExportJob { path, over, form, tab: self.tab, rows };
        self.task = Some(ctx.ask_here(|task| Effect::Export(task, Box::new(job))));
    }

    fn ended(&mut self, end: ExportEnd, ctx: &mut Ctx) {
        self.task = None;
        match end {
            ExportEnd::Written { path, rows } => {
                ctx.go(Move::Uncover);
                let count = if rows == 1 { "1 row".to_owned() } else { format!("{} rows", thousands(rows)) };
                ctx.tell(Tone::Good, format!("{count} written to {}.", clean(&path, usize::MAX)));
            }
            ExportEnd::Exists { path } => {
                self.over = Some(self.path.text().trim().to_owned());
                // In a text field this key is what it always is.
                let again = Keymap::usual().shown(Action::Open);
                let path = clean(&path, usize::MAX);
                let text =
                    format!("{path} is there already; nothing was written. {again} again replaces it.");
                ctx.tell(Tone::Bad, text);
            }
            ExportEnd::Stopped => ctx.tell(Tone::Plain, "Nothing was written."),
            ExportEnd::Failed(why) => {
                ctx.tell(Tone::Bad, format!("{}; nothing was written.", capitalised(&why)));
            }
        }
    }
}

impl View for ExportView {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        let busy = self.task.map(|_| "the file is being written".to_owned());
        let first = [
            ActionOffer::new(Action::Open).called("write").unless(busy),
            ActionOffer::new(Action::Back).called("close"),
        ];
        let moves =
            moves().map(|offer| if offer.action == Action::Down { offer.called("form") } else { offer });
        first.into_iter().chain(moves).collect()
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if action == Action::Open {
            self.begin(ctx);
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        if self.task.is_none() {
            self.turn(rows > 0);
        }
    }

    fn key(&mut self, key: Key, _: &mut Ctx) -> bool {
        match key.code {
            KeyCode::Up | KeyCode::Down => return false,
            _ if self.task.is_some() => {}
            KeyCode::Tab | KeyCode::BackTab => self.turn(key.code == KeyCode::Tab),
            _ => drop(self.path.press(key)),
        }
        true
    }

    fn paste(&mut self, text: &str, _: &mut Ctx) -> bool {
        if self.task.is_none() {
            self.path.insert(text);
        }
        true
    }

    fn is_typing(&self, _: &Ctx) -> bool {
        true
    }

    fn reply(&mut self, task: TaskId, reply: Reply, ctx: &mut Ctx) {
        if let (true, Reply::Exported(end)) = (self.task == Some(task), reply) {
            self.ended(end, ctx);
        }
    }
}
