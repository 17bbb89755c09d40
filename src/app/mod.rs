//! The state machine: `Event -> App::update -> Vec<Effect>`, plain data and pure functions.
//!
//! No clock, no randomness, no channel, no terminal and no client in here. Time comes in with each
//! event, work goes out as data. Screens and overlays are closed enums; what they show about the
//! server lives once, in [`App`], so that one answer refreshes every screen.

mod act;
pub mod action;
mod checking;
mod cursor;
mod doubt;
mod effect;
mod event;
mod index;
pub mod input;
pub mod key;
pub mod layout;
mod lint;
pub mod listing;
mod many;
mod notice;
mod offer;
mod press;
mod remote;
pub mod roster;
mod rows;
pub mod screen;
mod session;
mod settle;
#[cfg(test)]
mod tests;
mod undoing;
pub mod wrap;
mod writing;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

pub use cursor::Cursor;
use doubt::entry_of;
pub use effect::Effect;
pub use event::{Event, Reply, TaskId};
pub use key::Key;
pub use notice::{Notice, Tone};
pub use offer::Offer;
pub use remote::Remote;
pub use session::Session;

use crate::api::{RequestId, Shelf};
use crate::check::Report;
use crate::phone::{Detail, Endpoint, Names, Number, NumberId};
use crate::write::{Entry, Intent, Stage};
use listing::Listing;
use screen::change::ChangeState;
use screen::detail::DetailView;
use screen::inventory::{Form, Search};
use screen::ledger::LedgerView;
use screen::many::ManyState;
use screen::purchase::BuyState;
use screen::{Overlay, Screen};

/// The two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What the organization owns.
    Owned,
    /// What can be bought.
    Inventory,
}

/// Whether the program is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// No.
    No,
    /// It was asked for while a write is on its way; asked again, it leaves.
    Asked,
    /// Yes.
    Now,
}

/// Rows are called old after so long.
const OLD_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// One picture of the spinner lasts so long.
const SPIN: SignedDuration = SignedDuration::from_millis(120);

/// Everything that the dashboard knows.
#[derive(Debug)]
pub struct App {
    /// Whose numbers, and what may be done with them.
    pub session: Session,
    /// Of the terminal.
    pub size: Size,
    /// The time of the last event.
    pub now: Timestamp,
    /// The list below everything.
    pub tab: Tab,
    /// Screens on top of it.
    pub stack: Vec<Screen>,
    /// What lies on top of the screen.
    pub overlay: Option<Overlay>,
    /// Owned numbers.
    pub owned: Listing,
    /// Numbers on sale.
    pub inventory: Listing,
    /// The search form of the inventory.
    pub form: Form,
    /// Whether the form has the keys.
    pub form_open: bool,
    /// The search whose results are shown.
    pub search: Option<Search>,
    /// Details by id.
    pub details: HashMap<NumberId, Remote<Detail>>,
    /// Endpoints, where the server lists them.
    pub endpoints: Remote<Vec<Endpoint>>,
    /// Names of endpoints, from that list.
    pub names: Names,
    /// The last check of each number.
    pub routes: HashMap<NumberId, Arc<Report>>,
    /// What is wrong with the owned numbers by their settings, in words.
    pub lint: Option<String>,
    /// What is told now.
    pub notice: Option<Notice>,
    /// The write on its way.
    pub writing: Option<TaskId>,
    /// Whether the program is to end.
    pub leaving: Leaving,
    /// Writes of earlier runs that are still to be looked at.
    doubts: Vec<Entry>,
    /// Writes that are in doubt, as far as this session knows: their entries, and what they were.
    in_doubt: Vec<(RequestId, Intent)>,
    /// The one that is looked at now.
    settling: Option<(TaskId, Box<Intent>)>,
    /// The entry of the ledger that is looked at again.
    looking: Option<(TaskId, Box<Intent>)>,
    /// How far looking has come, where no screen of its own shows it.
    looked: Option<Stage>,
    /// What reads the ledger and a number, for an undo.
    undoing: Option<TaskId>,
    tasks: u64,
    out: Vec<Effect>,
}

impl App {
    /// A dashboard that knows nothing yet.
    pub fn new(session: Session, size: Size, now: Timestamp) -> Self {
        Self {
            session,
            size,
            now,
            tab: Tab::Owned,
            stack: Vec::new(),
            overlay: None,
            owned: Listing::new(screen::owned::SORT_KEYS),
            inventory: Listing::new(screen::inventory::SORT_KEYS),
            form: Form::new("NG"),
            form_open: false,
            search: None,
            details: HashMap::new(),
            endpoints: Remote::Idle,
            names: Names::default(),
            routes: HashMap::new(),
            lint: None,
            notice: None,
            writing: None,
            leaving: Leaving::No,
            doubts: Vec::new(),
            in_doubt: Vec::new(),
            settling: None,
            looking: None,
            looked: None,
            undoing: None,
            tasks: 0,
            out: Vec::new(),
        }
    }

    /// The first work: owned numbers, and the names of endpoints.
    pub fn start(&mut self, tab: Tab, filter: &str) -> Vec<Effect> {
        self.owned.filter = input::Input::with(filter);
        self.owned.apply_filter(self.page_height());
        self.read_owned(false);
        let task = self.task();
        self.endpoints.start(task);
        self.out.push(Effect::Endpoints(task));
        if tab == Tab::Inventory {
            self.tab = tab;
            self.form_open = true;
        }
        std::mem::take(&mut self.out)
    }

    /// Takes writes of earlier runs whose outcome nobody knows, and looks at them one by one; or why
    /// it can not be told whether there are any.
    pub fn remember(&mut self, doubts: Result<Vec<Entry>, String>) -> Vec<Effect> {
        match doubts {
            Ok(doubts) => {
                self.note_doubts(&doubts);
                self.doubts = doubts;
                self.settle_next();
            }
            Err(why) => {
                self.tell(
                    Tone::Bad,
                    format!("Nothing can be written, and what is in doubt is not known: {why}."),
                );
            }
        }
        std::mem::take(&mut self.out)
    }

    /// Takes an event and says what is to be done.
    pub fn update(&mut self, now: Timestamp, event: Event) -> Vec<Effect> {
        self.now = now;
        self.expire();
        match event {
            Event::Key(key) => self.press(key),
            Event::Paste(text) => self.paste(&text),
            Event::Resize(size) => self.resize(size),
            Event::Focus(false) => self.hide(),
            Event::Focus(true) | Event::Wake => {}
            Event::Quit => self.leaving = Leaving::Now,
            Event::Task(task, reply) => self.settle(task, reply),
        }
        if !self.shows_detail() {
            self.hide();
        }
        std::mem::take(&mut self.out)
    }

    /// Whether the loop is to end.
    pub fn done(&self) -> bool {
        self.leaving == Leaving::Now
    }

    /// The frame that shows the present state is on the screen: from now on keys were typed by
    /// somebody who saw it. Where not all of a question could be seen on it, nobody can answer.
    pub fn drawn(&mut self, whole: bool) {
        self.arm(whole);
    }

    /// Whether what is typed answers the question that is asked, if one is.
    fn arm(&mut self, seen: bool) {
        match (&mut self.overlay, self.stack.last_mut()) {
            (Some(Overlay::Change(change)), _) => {
                if let ChangeState::Asking { armed, .. } = &mut change.state {
                    *armed = seen;
                }
            }
            (Some(Overlay::Pin(pin)), _) => pin.armed = seen,
            (Some(Overlay::Credentials(asked)), _) => asked.armed = seen,
            (None, Some(Screen::Purchase(buying))) => {
                if let BuyState::Review { armed, .. } = &mut buying.state {
                    *armed = seen;
                }
            }
            (None, Some(Screen::Many(many))) => {
                if let ManyState::Review { armed, .. } = &mut many.state {
                    *armed = seen;
                }
            }
            _ => {}
        }
    }

    /// When something changes by itself. `None` means that nothing is to be done until something
    /// happens: an idle dashboard does not wake up.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let after = |time: SignedDuration| self.now.checked_add(time).ok();
        let old = |listing: &Listing| {
            listing.read_at.and_then(|at| at.checked_add(OLD_AFTER).ok()).filter(|at| *at > self.now)
        };
        [
            self.is_busy().then(|| after(SPIN)).flatten(),
            self.notice.as_ref().map(|notice| notice.until),
            self.detail_view().and_then(|view| view.revealed_until),
            self.listing().changed.as_ref().map(|(_, until)| *until),
            old(self.listing()),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// What runs, in a word; `None` when nothing does.
    pub fn activity(&self) -> Option<String> {
        let stage = match (&self.overlay, self.stack.last()) {
            (Some(Overlay::Change(change)), _) => match change.state {
                ChangeState::Sending { stage, .. } => Some(stage),
                _ => None,
            },
            (None, Some(Screen::Purchase(buying))) => match buying.state {
                BuyState::Sending { stage, .. } => Some(stage),
                _ => None,
            },
            (None, Some(Screen::Many(many))) => match many.state {
                ManyState::Running { stage, .. } => stage,
                _ => None,
            },
            _ => None,
        };
        if self.looking.is_some() || self.settling.is_some() {
            let stage = self.looked.filter(|stage| matches!(stage, Stage::Settling(_)));
            return Some(stage.map_or("looking".into(), Stage::words).into_owned());
        }
        if self.is_checking() {
            return Some("checking".to_owned());
        }
        if self.writing.is_some() {
            return Some(stage.unwrap_or(Stage::Sending).words().into_owned());
        }
        if let Some(reading) = &self.listing().reading {
            return Some(format!("page {}", reading.pages + 1));
        }
        let loading = self.details.values().any(Remote::is_loading);
        (loading || self.is_busy()).then(|| "reading".to_owned())
    }

    /// The list of the present tab.
    pub fn listing(&self) -> &Listing {
        match self.tab {
            Tab::Owned => &self.owned,
            Tab::Inventory => &self.inventory,
        }
    }

    fn listing_mut(&mut self) -> &mut Listing {
        match self.tab {
            Tab::Owned => &mut self.owned,
            Tab::Inventory => &mut self.inventory,
        }
    }

    /// Where things are on the screen.
    pub fn areas(&self) -> layout::Areas {
        let listing = self.listing();
        let filter = match (self.tab, self.stack.is_empty()) {
            (_, false) => {
                matches!(self.stack.last(), Some(Screen::Ledger(view)) if view.editing || !view.filter.is_empty())
            }
            (Tab::Inventory, true) => true,
            (Tab::Owned, true) => listing.editing || !listing.filter.is_empty(),
        };
        let width = usize::from(self.size.width.saturating_sub(2));
        let status = match &self.overlay {
            Some(Overlay::Change(change)) => layout::dialog(self.size, change.lines(width).len()),
            Some(Overlay::Pin(pin)) => layout::dialog(self.size, pin.lines(width).len()),
            Some(Overlay::Credentials(asked)) => layout::dialog(self.size, asked.lines(width).len()),
            _ => self.notice.as_ref().map_or(1, |notice| notice.lines(width).len() as u16),
        };
        let preview = self.tab == Tab::Owned && self.stack.is_empty();
        layout::areas(self.size, filter, preview, status)
    }

    /// Rows of a list that are visible at once, below its headings.
    pub fn page_height(&self) -> usize {
        usize::from(self.areas().body.height.saturating_sub(1))
    }

    /// The detail screen on top, if one is.
    pub fn detail_view(&self) -> Option<&DetailView> {
        match self.stack.last() {
            Some(Screen::Detail(view)) => Some(view),
            _ => None,
        }
    }

    /// The detail that the screen on top shows, once it was read.
    pub fn open_detail(&self) -> Option<&Detail> {
        self.details.get(&self.detail_view()?.id).and_then(Remote::value)
    }

    /// The number that a change would be about.
    pub fn target(&self) -> Option<&Number> {
        match self.stack.last() {
            Some(Screen::Ledger(_) | Screen::Many(_) | Screen::Check(_) | Screen::Checks(_)) => None,
            Some(Screen::Detail(view)) => {
                let read = self.details.get(&view.id).and_then(Remote::value);
                read.map(|detail| &detail.number).or_else(|| self.owned.roster.get(&view.id))
            }
            Some(Screen::Purchase(buying)) => match &buying.state {
                BuyState::Ended { verdict, .. } => match &**verdict {
                    crate::write::Verdict::Bought { number, .. } => {
                        Some(self.owned.roster.get(&number.id).unwrap_or(number))
                    }
                    _ => None,
                },
                _ => None,
            },
            None if self.tab == Tab::Owned => self.owned.selected(),
            None => None,
        }
    }

    /// An organization that rows belong to, where one was seen.
    pub fn seen_organization(&self) -> Option<&str> {
        self.owned.roster.numbers().find_map(|number| number.organization.as_deref())
    }

    /// Whether what the list shows was read long ago.
    pub fn is_old(&self, read_at: Timestamp) -> bool {
        self.now.duration_since(read_at) >= OLD_AFTER
    }

    fn is_busy(&self) -> bool {
        self.writing.is_some()
            || self.owned.reading.is_some()
            || self.inventory.reading.is_some()
            || self.endpoints.is_loading()
            || self.details.values().any(Remote::is_loading)
            || self.undoing.is_some()
            || self.is_checking()
            || self.stack.iter().any(|screen| matches!(screen, Screen::Many(many) if many.is_asking()))
            || self
                .stack
                .iter()
                .any(|screen| matches!(screen, Screen::Purchase(b) if b.asked_price.is_loading()))
    }

    fn task(&mut self) -> TaskId {
        self.tasks += 1;
        TaskId(self.tasks)
    }

    fn tell(&mut self, tone: Tone, text: impl Into<String>) {
        self.notice = Some(Notice::new(tone, text, self.now));
    }

    fn expire(&mut self) {
        let now = self.now;
        self.notice.take_if(|notice| notice.until <= now);
        if let Some(Screen::Detail(view)) = self.stack.last_mut() {
            view.revealed_until.take_if(|until| *until <= now);
        }
        for listing in [&mut self.owned, &mut self.inventory] {
            listing.changed.take_if(|(_, until)| *until <= now);
        }
    }

    /// Whether a number's detail is what one sees; a question below it leaves it in sight.
    fn shows_detail(&self) -> bool {
        let covered = match &self.overlay {
            None | Some(Overlay::Change(_) | Overlay::Pin(_) | Overlay::Credentials(_)) => false,
            Some(_) => true,
        };
        !covered && matches!(self.stack.last(), Some(Screen::Detail(_)))
    }

    /// Hides what was revealed.
    fn hide(&mut self) {
        for screen in &mut self.stack {
            if let Screen::Detail(view) = screen {
                view.revealed_until = None;
            }
        }
    }

    fn resize(&mut self, size: Size) {
        if size != self.size {
            // Until the next frame nobody knows what can be seen.
            self.arm(false);
        }
        self.size = size;
        let height = self.page_height();
        for listing in [&mut self.owned, &mut self.inventory] {
            let (selected, matching) = (listing.cursor.selected, listing.roster.matching());
            listing.cursor.select(selected, matching, height);
        }
        for screen in &mut self.stack {
            match screen {
                Screen::Ledger(view) => {
                    let rows = view.rows().len();
                    view.cursor.select(view.cursor.selected, rows, LedgerView::height(height + 1));
                }
                Screen::Checks(view) => view.select(view.cursor.selected, height),
                Screen::Many(many) => many.select(many.cursor.selected, height + 1),
                _ => {}
            }
        }
    }

    fn read_owned(&mut self, all: bool) {
        let task = self.task();
        let list = self.owned.read(task, Shelf::Owned, all);
        self.out.push(Effect::List(task, list));
    }
}
