//! What every screen and overlay is lent while it works: account, clock, geometry, and what is known
//! of the server; and where it leaves what it wants done.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use ratatui::layout::Size;

use super::action::Action;
use super::doubts::Doubts;
use super::history::History;
use super::layout::Areas;
use super::list::List;
use super::overlay::Overlay;
use super::refresh::AutoRefresh;
use super::screen::{Screen, inventory, owned};
use super::tasks::{LayerId, Owner, Tasks};
use super::trail::Trail;
use super::travel::Travel;
use super::{Account, Away, Effect, Keymap, Notice, Remote, Tab, TaskId, Tone};
use crate::api::ErrorKind;
use crate::phone::{Detail, Endpoint, EndpointId, Field, Names, Number, NumberId, Trouble, thousands};
use crate::sip::Report;
use crate::write::{Intent, Outcome};

/// Where a screen wants to go, and what the others have to hear of.
#[derive(Debug)]
pub(super) enum Move {
    /// Put a screen on top.
    Open(LayerId, Screen),
    /// Lay something over the screen.
    Cover(LayerId, Overlay),
    /// Close the screen on top.
    Close,
    /// Take away what lies over the screen.
    Uncover,
    /// Show a list.
    Show(Tab),
    /// Show what happened to a number.
    Past(NumberId),
    /// Do what a key does.
    Do(Action),
    /// Show what is for sale in a country.
    Shop(&'static str),
    /// Leave this account for the profile of that name.
    Switch(String),
    /// An endpoint was chosen for what is bought on the screen below.
    Attach(Option<EndpointId>),
    /// The credentials of the number that is checked may be sent.
    SendCredentials,
    /// The record of a number, as it was read just now.
    Corrected(Box<Number>),
    /// A record is gone.
    Gone(NumberId),
    /// What looking again found out of a write.
    Looked(Box<Intent>, Box<Outcome>),
}

/// Lent to screens and overlays.
#[derive(Debug)]
pub struct Ctx {
    /// Whose numbers, and what may be done with them.
    pub account: Account,
    /// Which keys mean what.
    pub keys: Keymap,
    /// Of the terminal.
    pub size: Size,
    /// The time of the last event.
    pub now: Timestamp,
    /// Where things are on the screen.
    pub areas: Areas,
    /// Owned numbers.
    pub owned: List,
    /// Numbers on sale.
    pub inventory: List,
    /// The names of the themes that can be shown.
    pub themes: Vec<String>,
    /// What was typed into the filter of the ledger before.
    pub ledger_typed: History,
    /// The same of what happened.
    pub past_typed: History,
    /// Details by id.
    pub details: BTreeMap<NumberId, Remote<Detail>>,
    /// Endpoints, where the server lists them.
    pub endpoints: Remote<Vec<Endpoint>>,
    /// The last check of each number.
    pub routes: HashMap<NumberId, Arc<Report>>,
    /// Whether the middle of numbers and ids is hidden: somebody else is looking.
    pub privacy: bool,
    /// The server does not answer.
    pub away: Option<Away>,
    /// The owned numbers are those of another time.
    pub travel: Option<Travel>,
    /// Whether labels are kept anywhere.
    pub(super) keeps_labels: bool,
    /// Whether it is known what is pinned; else why not.
    pub pins: Result<(), String>,
    /// Whether the mouse is ours, and not the terminal's.
    pub mouse: bool,
    /// What is told now.
    pub notice: Option<Notice>,
    /// Where one was.
    pub(super) trail: Trail,
    /// Whether it reads again by itself.
    pub refresh: AutoRefresh,
    /// What the last change did, or the last run of several.
    pub done: Vec<Intent>,
    /// Whether nothing was done since.
    pub(super) just_done: bool,
    /// When the last purchase was refused for a reason that no other one gets round, and why.
    pub hindrance: Option<(Timestamp, ErrorKind)>,
    /// Writes whose outcome is not known.
    pub doubts: Doubts,
    /// The write on its way.
    pub writing: Option<TaskId>,
    pub(super) tasks: Tasks,
    pub(super) out: Vec<Effect>,
    pub(super) moves: VecDeque<Move>,
    /// The screen or overlay that works now.
    pub(super) focus: LayerId,
    layers: u64,
}

impl Ctx {
    pub(super) fn new(account: Account, size: Size, now: Timestamp) -> Self {
        Self {
            account,
            keys: Keymap::usual().clone(),
            size,
            now,
            areas: Areas::default(),
            owned: List::new(owned::SORT_KEYS),
            inventory: List::new(inventory::SORT_KEYS),
            themes: Vec::new(),
            ledger_typed: History::default(),
            past_typed: History::default(),
            details: BTreeMap::new(),
            endpoints: Remote::Idle,
            routes: HashMap::new(),
            privacy: false,
            away: None,
            travel: None,
            keeps_labels: false,
            pins: Ok(()),
            mouse: false,
            notice: None,
            trail: Trail::default(),
            refresh: AutoRefresh::default(),
            done: Vec::new(),
            just_done: false,
            hindrance: None,
            doubts: Doubts::default(),
            writing: None,
            tasks: Tasks::default(),
            out: Vec::new(),
            moves: VecDeque::new(),
            focus: LayerId(0),
            layers: 0,
        }
    }

    /// The list of a tab.
    pub fn list(&self, tab: Tab) -> &List {
        match tab {
            Tab::Owned => &self.owned,
            Tab::Inventory => &self.inventory,
        }
    }

    pub(super) fn list_mut(&mut self, tab: Tab) -> &mut List {
        match tab {
            Tab::Owned => &mut self.owned,
            Tab::Inventory => &mut self.inventory,
        }
    }

    /// Rows of a list that are visible at once, below its headings.
    pub fn page_height(&self) -> usize {
        usize::from(self.areas.body.height.saturating_sub(1))
    }

    pub(super) fn tell(&mut self, tone: Tone, text: impl Into<String>) {
        self.notice = Some(Notice::new(tone, text, self.now));
    }

    /// Asks for work whose replies go to `owner`.
    pub(super) fn ask(&mut self, owner: Owner, effect: impl FnOnce(TaskId) -> Effect) -> TaskId {
        let task = self.tasks.begin(owner);
        self.out.push(effect(task));
        task
    }

    /// Asks for work whose replies go to the screen or overlay that works now.
    pub(super) fn ask_here(&mut self, effect: impl FnOnce(TaskId) -> Effect) -> TaskId {
        self.ask(Owner::Layer(self.focus), effect)
    }

    /// Stops a read; what comes of it all the same is dropped.
    pub(super) fn cancel(&mut self, task: TaskId) {
        self.tasks.end(task);
        self.out.push(Effect::Cancel(task));
    }

    /// Puts a screen on top. What it asks for while it is made is its own. What was told before
    /// belongs to what was there before.
    pub(super) fn open(&mut self, make: impl FnOnce(&mut Self) -> Screen) {
        self.notice = None;
        let (id, screen) = self.layer(make);
        self.moves.push_back(Move::Open(id, screen));
    }

    /// Lays something over the screen.
    pub(super) fn cover(&mut self, make: impl FnOnce(&mut Self) -> Overlay) {
        self.notice = None;
        let (id, overlay) = self.layer(make);
        self.moves.push_back(Move::Cover(id, overlay));
    }

    fn layer<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> (LayerId, T) {
        self.layers += 1;
        let before = std::mem::replace(&mut self.focus, LayerId(self.layers));
        let made = make(self);
        (std::mem::replace(&mut self.focus, before), made)
    }

    pub(super) fn go(&mut self, to: Move) {
        self.moves.push_back(to);
    }

    /// The key that is shown for an action.
    pub fn key(&self, action: Action) -> String {
        self.keys.shown(action)
    }

    /// A sentence with the keys of the actions that it names: `{refresh} tries again`.
    pub fn say(&self, text: &str) -> String {
        self.keys.say(text)
    }

    /// What endpoints are called, where the server lists them.
    pub fn names(&self) -> &Names {
        &self.owned.roster.known().names
    }

    /// What `e` would attach, in words.
    pub fn endpoint_label(&self, id: &EndpointId) -> String {
        self.names().of(id).map_or_else(|| id.to_string(), str::to_owned)
    }

    /// What is wrong with the endpoint of a number, where the server lists it as out of order.
    pub fn endpoint_trouble(&self, number: &Number) -> Option<Trouble> {
        Trouble::of_endpoint(self.owned.roster.known().endpoint(number)?)
    }

    /// Shows all numbers that share the endpoint of this one.
    pub(super) fn jump(&mut self, number: &Number) {
        let filter = match &number.endpoint {
            // Blanks part the words of a filter: half an id would show others as well.
            Field::Value(id) if id.as_str().contains(char::is_whitespace) => {
                return self
                    .tell(Tone::Plain, "The id of its endpoint has a blank, by which no filter can ask.");
            }
            Field::Value(id) => format!("endpoint:{id}"),
            Field::Null | Field::Absent => "endpoint:none".to_owned(),
        };
        self.go(Move::Show(Tab::Owned));
        let id = number.id.clone();
        self.owned.filter.set(&filter);
        self.owned.apply_filter();
        if let Some(at) = self.owned.roster.position(&id) {
            let matching = self.owned.roster.matching();
            self.owned.cursor.select(at, matching);
        }
    }

    /// What is marked on a list, in words; a sum on Inventory.
    pub fn marks_said(&self, tab: Tab) -> Option<String> {
        let list = self.list(tab);
        match (list.marks(), tab) {
            (0, _) => None,
            (count, Tab::Owned) => Some(format!("{} marked", thousands(count))),
            (count, Tab::Inventory) => Some(format!("{} marked: {}", thousands(count), list.marked_cost())),
        }
    }
}
