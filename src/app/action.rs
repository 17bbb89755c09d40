//! What can be done. This list feeds dispatch, footer, help, command box and the key table of the README.

use crate::phone::{Setting, Switch};

/// Where an action belongs in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Works on all screens.
    Everywhere,
    /// Lists of numbers.
    Lists,
    /// Owned numbers and the detail of one.
    Numbers,
    /// Numbers on sale.
    Inventory,
    /// The routing check.
    Check,
}

impl Group {
    /// All groups in the order of the help.
    pub const ALL: &'static [Self] =
        &[Self::Everywhere, Self::Lists, Self::Numbers, Self::Inventory, Self::Check];

    /// Heading in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Lists => "lists",
            Self::Numbers => "Owned and Detail",
            Self::Inventory => "Inventory",
            Self::Check => "Check",
        }
    }
}

/// An action with its words. Its keys are in a [`Keymap`](super::keymap::Keymap).
#[derive(Debug)]
pub struct Binding {
    /// What happens.
    pub action: Action,
    /// One word for the footer; empty for what nobody needs to be told there.
    pub label: &'static str,
    /// A line for the help.
    pub help: &'static str,
    /// Where it belongs.
    pub group: Group,
}

/// One row is an action: its name, its word in the footer, its line of the help, its group.
macro_rules! bindings {
    ($($action:ident $label:literal $help:literal $group:ident;)+) => {
        /// What a key means; the screen that has the focus gives it its object.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = $help] $action,)+
        }

        /// All bindings, in the order of the help.
        pub const BINDINGS: &[Binding] = &[$(Binding {
            action: Action::$action,
            label: $label,
            help: $help,
            group: Group::$group,
        }),+];
    };
}

bindings! {
    Up               ""                 "one row up" Everywhere;
    Down             ""                 "one row down" Everywhere;
    PageUp           ""                 "one page up" Everywhere;
    PageDown         ""                 "one page down" Everywhere;
    HalfUp           ""                 "half a page up" Everywhere;
    HalfDown         ""                 "half a page down" Everywhere;
    Top              ""                 "first row" Everywhere;
    Bottom           ""                 "last row" Everywhere;
    Open             "open"             "open the selected number; on Inventory: review its purchase" Everywhere;
    Back             "back"             "back to where you came from" Everywhere;
    Owned            ""                 "the numbers that you own" Everywhere;
    Inventory        ""                 "the numbers that can be bought" Everywhere;
    Purchases        ""                 "what was bought and changed from here, and what is in doubt" Everywhere;
    Changes "" "what changed between two reads, and whether it was changed from here" Everywhere;
    NextTab          ""                 "next screen" Everywhere;
    PreviousTab      ""                 "the screen before" Everywhere;
    Backward "" "back to where one was before" Everywhere;
    Forward "" "forward again" Everywhere;
    Filter           "filter"           "filter as you type: words, country:ng, endpoint:none, !not" Everywhere;
    Privacy "" "hide the middle of numbers and ids, for a screen that others see" Everywhere;
    CommandBox "commands" "do anything by a part of its name; a number, a country or an endpoint finds its numbers" Everywhere;
    CommandLine "" "the command for this screen, and for the last change" Everywhere;
    Refresh          "refresh"          "read again from the server" Everywhere;
    AutoRefresh "" "read again by itself: every 1, 5 or 15 min, or not" Everywhere;
    LoadAll          "load all"         "read the list to its end" Everywhere;
    Profiles         ""                 "another profile, with lists and marks of its own" Everywhere;
    Activity         ""                 "every request of this session, and how many today" Everywhere;
    Redraw           ""                 "draw the screen anew" Everywhere;
    Mouse "" "use the mouse, or leave it to the terminal" Everywhere;
    Dump "" "write the screen to a text file, without what is secret" Everywhere;
    Help             "help"             "this help" Everywhere;
    Quit             "quit"             "leave numdeck" Everywhere;
    Suspend          ""                 "back to the shell; fg returns" Everywhere;
    Cancel           ""                 "cancel what runs, else quit" Everywhere;
    LookAgain        "look again"       "look again whether a change in doubt happened" Everywhere;
    Mark             "mark"             "mark the row, or take its mark away; changes then act on all marked" Lists;
    MarkTo "" "mark all rows from the last mark to here" Lists;
    MarkAll          "mark all"         "mark all that match" Lists;
    ClearMarks       "clear marks"      "clear all marks" Lists;
    ClearFilter      "clear filter"     "clear the filter" Lists;
    Sort             "sort"             "next sort column" Lists;
    Reverse          "reverse"          "turn the order round" Lists;
    Problems         "problems"         "only what has a problem; again: all" Lists;
    AsOf "" "the numbers as they were seen at a time; again: as they are" Lists;
    Jump "" "all numbers that share the endpoint of this one" Lists;
    Copy             "copy"             "copy a field, the row, its command or its configuration" Lists;
    Export           "export"           "write what is shown to a file: CSV, JSON or one object a line" Lists;
    Endpoint         "endpoint"         "choose who answers" Numbers;
    Inbound          "inbound"          "switch calls to the number on or off" Numbers;
    Outbound         "outbound"         "switch calls from the number on or off" Numbers;
    Status           "status"           "make active or inactive" Numbers;
    Release          "release"          "give the number up; its record stays" Numbers;
    Undo             "undo"             "put back what the last change of the number set" Numbers;
    Check            "check"            "check where calls to the number go, without placing one; on Check: again" Numbers;
    CheckMarked      "check marked"     "check all marked numbers, each server once" Numbers;
    Delete           "delete"           "give the number up and delete its record" Numbers;
    Reveal           "reveal"           "show the SIP password for 15 s" Numbers;
    Raw              "raw"              "all fields as the server sent them" Numbers;
    History "" "what happened to the number: changes, writes, checks" Numbers;
    Label "" "put down what to know of the number: tags, a note, a pin" Numbers;
    Next "" "the next number of the list" Numbers;
    Previous "" "the number before" Numbers;
    Search           "search"           "country, type and pattern" Inventory;
    Buy              "buy"              "buy the selected number, or all marked; on Owned: go to Inventory" Inventory;
    CheckCredentials "with credentials" "check again, and whether the server accepts the number's own credentials" Check;
    Trace            "trace"            "what crossed the wire, credentials left out" Check;
    CopyReport       "copy report"      "copy the report, or a ticket for whoever has to act" Check;
}

impl Action {
    /// Where one can go from every screen.
    pub(super) const PLACES: &[Self] = &[
        Self::Owned,
        Self::Inventory,
        Self::Purchases,
        Self::Changes,
        Self::NextTab,
        Self::PreviousTab,
        Self::Backward,
        Self::Forward,
        Self::Profiles,
        Self::Activity,
        Self::AutoRefresh,
        Self::Redraw,
        Self::Mouse,
        Self::Dump,
        Self::Privacy,
        Self::CommandBox,
        Self::CommandLine,
    ];

    /// The screens, in the order of their digits.
    pub(super) const TABS: [Self; 4] = [Self::Owned, Self::Inventory, Self::Purchases, Self::Changes];

    /// Whether what was done just now still is the last thing that somebody did: looking round is nothing.
    pub(super) fn leaves_last(self) -> bool {
        let looks = [
            Self::Back,
            Self::Undo,
            Self::Help,
            Self::Activity,
            Self::CommandBox,
            Self::CommandLine,
            Self::Redraw,
            Self::Mouse,
            Self::Dump,
        ];
        looks.contains(&self)
    }

    /// Actions that give a setting its other value.
    const SETTINGS: &[(Self, Setting)] = &[
        (Self::Inbound, Setting::Switch(Switch::Inbound)),
        (Self::Outbound, Setting::Switch(Switch::Outbound)),
        (Self::Status, Setting::Status),
    ];

    /// The actions that give a setting its other value.
    pub(super) fn switches() -> impl Iterator<Item = Self> {
        Self::SETTINGS.iter().map(|(action, _)| *action)
    }

    /// The setting that gets its other value.
    pub(super) fn switches_setting(self) -> Option<Setting> {
        Self::SETTINGS.iter().find(|(action, _)| *action == self).map(|(_, setting)| *setting)
    }

    /// The binding of this action.
    pub fn binding(self) -> Option<&'static Binding> {
        BINDINGS.iter().find(|binding| binding.action == self)
    }

    /// Its name in a keymap and in the command box: `load-all`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for c in format!("{self:?}").chars() {
            if c.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
        }
        name
    }

    /// The action of a name.
    pub fn named(name: &str) -> Option<Self> {
        BINDINGS.iter().map(|binding| binding.action).find(|action| action.name() == name)
    }
}
