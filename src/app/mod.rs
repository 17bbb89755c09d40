//! The state machine: `Event -> App::update -> Vec<Effect>`, plain data and pure functions.
//!
//! No clock, no randomness, no channel, no terminal and no client in here. Time comes in with each
//! event, work goes out as data. Screens and overlays are closed enums; what they show about the
//! server lives once, in [`Ctx`], so that one answer refreshes every screen.

pub mod account;
pub mod action;
mod away;
mod change;
mod copying;
mod ctx;
mod dispatch;
mod doubts;
mod dump;
mod effect;
mod event;
pub mod export;
pub mod filter_line;
pub mod history;
pub mod input;
pub mod invocation;
pub mod key;
pub mod keymap;
mod knowledge;
mod labels;
pub mod layout;
pub mod list;
mod notice;
mod offer;
pub mod overlay;
pub mod past;
pub mod pointer;
pub mod prompt;
mod refresh;
mod remote;
pub mod screen;
pub mod sifted;
mod tasks;
#[cfg(test)]
mod tests;
mod trail;
mod travel;
mod undo;
pub mod welcome;
pub mod wrap;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::{Rect, Size};

pub use account::{Account, ProfileChoice};
pub use away::Away;
pub use copying::CopyRoute;
pub use ctx::Ctx;
pub use effect::Effect;
pub use event::{Event, Reply, TaskId};
pub use invocation::Invocation;
pub use key::Key;
pub use keymap::Keymap;
pub use layout::Cursor;

pub use notice::{Notice, Tone};
pub use offer::ActionOffer;
pub use remote::Remote;
use trail::{Place, Top};

use crate::phone::{Endpoint, Labels, Order};
use crate::store::SeenPage;
use crate::write::{Entry, Stage};
use action::Action;
use overlay::{Overlay, with_overlay};
use pointer::{ClickTarget, Drawn};
use screen::inventory::Inventory;
use screen::owned::Owned;
use screen::{Layer, Screen, View, with_screen};

/// The two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What the organization owns.
    Owned,
    /// What can be bought.
    Inventory,
}

/// Whether the program is to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaving {
    No,
    /// It was asked for while a write is on its way; asked again, it leaves.
    Asked,
    /// Yes.
    Now,
    /// This account is left for the profile of that name.
    For(String),
}

/// Rows are called old after so long.
const OLD_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// One picture of the spinner lasts so long.
const SPIN: SignedDuration = SignedDuration::from_millis(120);

/// Everything that the dashboard knows.
#[derive(Debug)]
pub struct App {
    /// What is known, and lent to screens.
    pub ctx: Ctx,
    /// The list below everything.
    pub tab: Tab,
    owned: Screen,
    inventory: Screen,
    /// Screens on top of the list.
    pub stack: Vec<Layer<Screen>>,
    /// What lies over the screen.
    pub overlay: Option<Layer<Overlay>>,
    /// Whether the program is to end.
    pub leaving: Leaving,
    /// What can be clicked on the last frame.
    targets: Vec<(Rect, ClickTarget)>,
}

impl App {
    /// A dashboard that knows nothing yet.
    pub fn new(account: Account, size: Size, now: Timestamp) -> Self {
        let mut app = Self {
            ctx: Ctx::new(account, size, now),
            tab: Tab::Owned,
            owned: Screen::Owned(Owned),
            inventory: Screen::Inventory(Box::new(Inventory::new())),
            stack: Vec::new(),
            overlay: None,
            leaving: Leaving::No,
            targets: Vec::new(),
        };
        app.fit();
        app
    }

    /// The first work: owned numbers, and the names of endpoints.
    pub fn start(&mut self, tab: Tab, filter: &str) -> Vec<Effect> {
        self.ctx.owned.filter.set(filter);
        self.ctx.owned.apply_filter();
        self.ctx.read_kept();
        self.ctx.read_owned();
        self.ctx.read_endpoints();
        if tab == Tab::Inventory {
            self.show(tab);
        }
        self.finish()
    }

    /// Begins with these labels, or without knowing them.
    pub fn know_labels(&mut self, labels: Result<Labels, String>) {
        self.ctx.keeps_labels = true;
        self.ctx.label(labels);
    }

    /// Begins with the first rows of the list that was read last, and the endpoints as they were then; the
    /// other rows are asked for when it starts.
    pub fn begin_with(&mut self, page: SeenPage, endpoints: Vec<Endpoint>) {
        if !endpoints.is_empty() {
            self.ctx.endpoints = Remote::Ready { value: endpoints, at: page.until };
        }
        self.ctx.owned.begin_with(page);
    }

    /// Begins with the mouse as it was left.
    pub fn use_mouse(&mut self, on: bool) -> Vec<Effect> {
        self.ctx.mouse = on;
        vec![Effect::Mouse(on)]
    }

    /// Begins with these orders of the two lists.
    pub fn sort_as(&mut self, owned: Order, inventory: Order) {
        self.ctx.owned.roster.sort(owned);
        self.ctx.inventory.roster.sort(inventory);
    }

    /// The orders of the two lists.
    pub fn orders(&self) -> (Order, Order) {
        (self.ctx.owned.roster.order(), self.ctx.inventory.roster.order())
    }

    /// Begins with a screen, as a flag asks.
    pub fn open(&mut self, action: Action) -> Vec<Effect> {
        self.act(action);
        self.finish()
    }

    /// Takes what earlier runs wrote, and looks one by one at what of it is in doubt; or why that can not be
    /// told.
    pub fn remember(&mut self, entries: Result<Vec<Entry>, String>) -> Vec<Effect> {
        match entries {
            Ok(entries) => {
                self.ctx.hindrance = Entry::standing_refusal(&entries).map(|(entry, kind)| (entry.at, kind));
                self.ctx.doubts.remember(entries.into_iter().filter(Entry::is_in_doubt).collect());
                self.ctx.look_at_next();
            }
            Err(why) => {
                let text = format!("Nothing can be written, and what is in doubt is not known: {why}.");
                self.ctx.tell(Tone::Bad, text);
            }
        }
        self.finish()
    }

    /// Takes an event and says what is to be done.
    pub fn update(&mut self, now: Timestamp, event: Event) -> Vec<Effect> {
        self.ctx.now = now;
        self.expire();
        match event {
            Event::Key(key) => self.press(key),
            Event::Paste(text) => self.paste(&text),
            Event::Pointer(pointer) => self.point(pointer),
            Event::Resize(size) => {
                if size != self.ctx.size {
                    // Until the next frame nobody knows what can be seen.
                    self.drawn(false);
                }
                self.ctx.size = size;
            }
            Event::Focus(false) => self.hide(),
            Event::Focus(true) | Event::Wake => {}
            Event::Quit => self.leaving = Leaving::Now,
            Event::Task(task, reply) => self.reply(task, reply),
        }
        self.finish()
    }

    /// What follows from every event: screens go where they wanted to, and all is in sight.
    fn finish(&mut self) -> Vec<Effect> {
        while let Some(to) = self.ctx.moves.pop_front() {
            self.go(to);
        }
        let covered = self.overlay.as_ref().is_some_and(|over| !over.view.leaves_in_sight());
        if covered || !matches!(self.screen(), Screen::Detail(_)) {
            self.hide();
        }
        if let Some(place) = self.place() {
            self.ctx.trail.arrive(place);
        }
        self.fit();
        std::mem::take(&mut self.ctx.out)
    }

    /// Where one is, if that is worth coming back to: not in the middle of a word, or of something that is
    /// asked.
    fn place(&self) -> Option<Place> {
        let top = match self.stack.as_slice() {
            [] => None,
            [Layer { view: Screen::Detail(detail), .. }] => Some(Top::Detail(detail.id.clone())),
            [Layer { view: Screen::Ledger(_), .. }] => Some(Top::Ledger),
            [Layer { view: Screen::Past(view), .. }] => Some(Top::Past(view.number.clone())),
            _ => return None,
        };
        let list = self.ctx.list(self.tab);
        let is_still = self.overlay.is_none() && !list.filter.is_open();
        is_still.then(|| Place { tab: self.tab, filter: list.filter.text().to_owned(), top })
    }

    /// Whether the loop is to end.
    pub fn done(&self) -> bool {
        matches!(self.leaving, Leaving::Now | Leaving::For(_))
    }

    /// The profile that is wanted instead of this one, once. What was asked for goes on meanwhile, and is
    /// shown when somebody comes back.
    pub fn wants_profile(&mut self) -> Option<String> {
        let Leaving::For(profile) = &self.leaving else { return None };
        let profile = profile.clone();
        self.leaving = Leaving::No;
        self.hide();
        Some(profile)
    }

    /// Why something that was wanted is not there: a profile, a theme.
    pub fn refuse(&mut self, why: &str) {
        self.ctx.tell(Tone::Bad, why);
    }

    /// The frame that shows the present state is on the screen: from now on keys were typed by
    /// somebody who saw it. Where not all of a question could be seen on it, nobody can answer.
    pub fn drawn(&mut self, frame: impl Into<Drawn>) {
        let Drawn { whole, targets } = frame.into();
        self.targets = targets;
        let prompt = match (&mut self.overlay, self.stack.last_mut()) {
            (Some(over), _) => with_overlay!(&mut over.view, view => view.prompt()),
            (None, Some(top)) => with_screen!(&mut top.view, view => view.prompt()),
            (None, None) => None,
        };
        if let Some(prompt) = prompt {
            prompt.armed = whole;
        }
    }

    /// When something changes by itself. `None` means that nothing is to be done until something
    /// happens: an idle dashboard does not wake up.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let ctx = &self.ctx;
        let list = ctx.list(self.tab);
        let old = list.read_at.and_then(|at| at.checked_add(OLD_AFTER).ok()).filter(|at| *at > ctx.now);
        [
            ctx.tasks.is_busy().then(|| ctx.now.checked_add(SPIN).ok()).flatten(),
            ctx.notice.as_ref().map(|notice| notice.until),
            with_screen!(self.screen(), view => view.wake()),
            list.changed.as_ref().map(|(_, until)| *until),
            old,
            ctx.refresh_at(),
            ctx.try_again_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// What runs, in a word; `None` when nothing does.
    pub fn activity(&self) -> Option<String> {
        let ctx = &self.ctx;
        let stage = match &self.overlay {
            Some(over) => with_overlay!(&over.view, view => view.stage()),
            None => with_screen!(self.screen(), view => view.stage()),
        };
        if ctx.tasks.looks() {
            let stage = ctx.doubts.stage.filter(|stage| matches!(stage, Stage::Settling(_)));
            return Some(stage.map_or("looking".into(), Stage::words).into_owned());
        }
        let checks = |layer: &Layer<Screen>| match &layer.view {
            Screen::Check(view) => view.task.is_some(),
            Screen::Checks(view) => view.task.is_some(),
            _ => false,
        };
        if self.stack.iter().any(checks) {
            return Some("checking".to_owned());
        }
        if matches!(self.overlay(), Some(Overlay::Export(view)) if view.task.is_some()) {
            return Some("writing a file".to_owned());
        }
        if ctx.writing.is_some() {
            return Some(stage.unwrap_or(Stage::Entering).words().into_owned());
        }
        if let Some(reading) = &ctx.list(self.tab).reading {
            return Some(format!("page {}", reading.pages + 1));
        }
        ctx.tasks.is_busy().then(|| "reading".to_owned())
    }

    /// The screen that is seen, or that an overlay lies over.
    pub fn screen(&self) -> &Screen {
        match (self.stack.last(), self.tab) {
            (Some(top), _) => &top.view,
            (None, Tab::Owned) => &self.owned,
            (None, Tab::Inventory) => &self.inventory,
        }
    }

    /// What lies over the screen.
    pub fn overlay(&self) -> Option<&Overlay> {
        self.overlay.as_ref().map(|over| &over.view)
    }

    /// The search of the numbers on sale.
    pub fn shop(&self) -> Option<&Inventory> {
        match &self.inventory {
            Screen::Inventory(inventory) => Some(inventory),
            _ => None,
        }
    }

    /// The list of the present tab.
    pub fn listing(&self) -> &list::List {
        self.ctx.list(self.tab)
    }

    /// What the screen offers, whatever lies over it.
    pub fn screen_offers(&self) -> Vec<ActionOffer> {
        let mut offers = with_screen!(self.screen(), view => view.offers(&self.ctx));
        offers.extend([Action::Suspend, Action::Cancel].map(ActionOffer::new));
        offers
    }

    /// What can be done now.
    pub fn offers(&self) -> Vec<ActionOffer> {
        let Some(over) = &self.overlay else { return self.screen_offers() };
        let mut offers = with_overlay!(&over.view, view => view.offers(&self.ctx));
        offers.extend([Action::Suspend, Action::Cancel].map(ActionOffer::new));
        offers
    }

    /// Whether keys go to a text field before they are actions.
    pub fn is_typing(&self) -> bool {
        match &self.overlay {
            Some(over) => with_overlay!(&over.view, view => view.is_typing(&self.ctx)),
            None => with_screen!(self.screen(), view => view.is_typing(&self.ctx)),
        }
    }

    /// Whether what the list shows was read long ago.
    pub fn is_old(&self, read_at: Timestamp) -> bool {
        self.ctx.now.duration_since(read_at) >= OLD_AFTER
    }

    /// Everything is laid out anew, and each selection is in sight.
    fn fit(&mut self) {
        let width = usize::from(self.ctx.size.width.saturating_sub(2));
        let rows = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX);
        let status = match (&self.overlay, &self.ctx.notice) {
            (Some(Layer { view: Overlay::Confirm(confirm), .. }), _) => {
                layout::dialog(self.ctx.size, confirm.lines(width).len())
            }
            (_, notice) => notice.as_ref().map_or(1, |notice| rows(notice.lines(width).len())),
        };
        let filter = with_screen!(self.screen(), view => view.has_filter(&self.ctx));
        let preview = matches!(self.screen(), Screen::Owned(_));
        self.ctx.areas = layout::areas(self.ctx.size, filter, preview, status);
        let (body, height) = (self.ctx.areas.body, self.ctx.page_height());
        for list in [&mut self.ctx.owned, &mut self.ctx.inventory] {
            list.cursor.fit(list.roster.matching(), height);
        }
        for layer in &mut self.stack {
            with_screen!(&mut layer.view, view => view.fit(body, &mut self.ctx));
        }
        if matches!(self.overlay(), Some(Overlay::Help(_))) {
            let below = self.screen_offers();
            if let Some(Layer { view: Overlay::Help(help), .. }) = &mut self.overlay {
                help.fit(&below, &self.ctx.keys, Size { width: self.ctx.size.width, height: body.height });
            }
        }
    }

    fn expire(&mut self) {
        let now = self.ctx.now;
        self.ctx.notice.take_if(|notice| notice.until <= now);
        if with_screen!(self.screen(), view => view.wake()).is_some_and(|until| until <= now) {
            self.hide();
        }
        self.ctx.refresh_if_due();
        self.ctx.try_again_if_due();
        for list in [&mut self.ctx.owned, &mut self.ctx.inventory] {
            list.changed.take_if(|(_, until)| *until <= now);
        }
    }

    /// Hides what was revealed.
    fn hide(&mut self) {
        for layer in &mut self.stack {
            with_screen!(&mut layer.view, view => view.hide());
        }
    }
}
