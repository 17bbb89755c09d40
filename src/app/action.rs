//! What keys mean. This list feeds dispatch, footer, help and the key table of the README.

use super::key::Key;
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

/// An action with its keys and its words.
#[derive(Debug)]
pub struct Binding {
    /// What happens.
    pub action: Action,
    /// Keys, the first one is shown.
    pub keys: &'static [&'static str],
    /// One word for the footer; empty for what nobody needs to be told there.
    pub label: &'static str,
    /// A line for the help.
    pub help: &'static str,
    /// Where it belongs.
    pub group: Group,
}

/// One row is an action: its name, its keys, its word in the footer, its line of the help, its group.
macro_rules! bindings {
    ($($action:ident [$($key:literal)+] $label:literal $help:literal $group:ident;)+) => {
        /// What a key means; the screen that has the focus gives it its object.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = $help] $action,)+
        }

        /// All bindings, in the order of the help.
        pub const BINDINGS: &[Binding] = &[$(Binding {
            action: Action::$action,
            keys: &[$($key),+],
            label: $label,
            help: $help,
            group: Group::$group,
        }),+];
    };
}

bindings! {
    Up        ["up" "k"]            ""        "one row up"                                       Everywhere;
    Down      ["down" "j"]          ""      "one row down"                                     Everywhere;
    PageUp    ["pgup"]              ""   "one page up"                                      Everywhere;
    PageDown  ["pgdn"]              "" "one page down"                                    Everywhere;
    Top       ["g" "home"]          ""       "first row"                                        Everywhere;
    Bottom    ["G" "end"]           ""    "last row"                                         Everywhere;
    Open      ["enter"]             "open"      "open the selected number; on Inventory: review its purchase"                        Everywhere;
    Mark      ["space"]             "mark"      "mark the row, or take its mark away; e i o t x and b then act on all marked" Lists;
    MarkAll   ["*"]                 "mark all"  "mark all that match"                               Lists;
    ClearMarks ["esc"]              "clear marks" "clear all marks"                                 Lists;
    ClearFilter ["esc"]             "clear filter" "clear the filter"                              Lists;
    Back      ["esc" "q"]           "back"      "back to where you came from"                      Everywhere;
    Owned     ["1"]                 ""     "the numbers that you own"                         Everywhere;
    Inventory ["2"]                 "" "the numbers that can be bought"                   Everywhere;
    Purchases ["3"]                 ""          "what was bought and changed from here, and what is in doubt" Everywhere;
    NextTab   ["tab"]               ""      "next screen"                                      Everywhere;
    Filter    ["/"]                 "filter"    "filter as you type: words, country:ng, endpoint:none, !not" Everywhere;
    Refresh   ["r"]                 "refresh"   "read again from the server"                       Everywhere;
    LoadAll   ["L"]                 "load all"  "read the list to its end"                         Everywhere;
    Profiles  ["p"]                 ""          "another profile, with lists and marks of its own"  Everywhere;
    Activity  ["a"]                 ""          "every request of this session, and how many today" Everywhere;
    Help      ["?"]                 "help"      "this help"                                        Everywhere;
    Quit      ["q"]                 "quit"      "leave numdeck"                                    Everywhere;
    Suspend   ["ctrl-z"]            ""   "back to the shell; fg returns"                    Everywhere;
    Cancel    ["ctrl-c"]            ""    "cancel what runs, else quit"                      Everywhere;
    Sort      ["s"]                 "sort"      "next sort column; of checked routes the gravest first" Lists;
    Reverse   ["S"]                 "reverse"   "turn the order round"                             Lists;
    Problems  ["!"]                 "problems"  "only what has a problem; again: all"  Lists;
    Copy      ["y"]                 "copy"      "copy a field to the clipboard"                    Lists;
    Endpoint  ["e"]                 "endpoint"  "choose who answers"                               Numbers;
    Inbound   ["i"]                 "inbound"   "switch calls to the number on or off"             Numbers;
    Outbound  ["o"]                 "outbound"  "switch calls from the number on or off"           Numbers;
    Status    ["t"]                 "status"    "make active or inactive"                          Numbers;
    Release   ["x"]                 "release"   "give the number up; its record stays"             Numbers;
    Undo      ["u"]                 "undo"      "put back what the last change of the number set"   Numbers;
    Check     ["c"]                 "check"     "check where calls to the number go, without placing one; on Check: again" Numbers;
    CheckMarked ["C"]               "check marked" "check all marked numbers, each server once"         Numbers;
    Delete    ["D"]                 "delete"    "give the number up and delete its record"         Numbers;
    Reveal    ["v"]                 "reveal"    "show the SIP password for 15 s"                   Numbers;
    Raw       ["w"]                 "raw"       "all fields as the server sent them"               Numbers;
    Search    ["f"]                 "search"    "country, type and pattern"                        Inventory;
    Buy       ["b"]                 "buy"       "buy the selected number, or all marked; on Owned: go to Inventory" Inventory;
    CheckCredentials ["A"]          "with credentials" "check again, and whether the server accepts the number's own credentials" Check;
    Trace     ["w"]                 "trace"     "what crossed the wire, credentials left out"       Check;
    CopyReport ["y"]                "copy report" "copy the report as text"                         Check;
    LookAgain ["r"]                 "look again" "look again whether a change in doubt happened"   Everywhere;
}

impl Action {
    /// Where one can go from every screen.
    pub(super) const PLACES: &[Self] =
        &[Self::Owned, Self::Inventory, Self::Purchases, Self::NextTab, Self::Profiles, Self::Activity];

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

    /// The key that is shown for it.
    pub fn key(self) -> &'static str {
        self.binding().and_then(|binding| binding.keys.first()).copied().unwrap_or_default()
    }

    /// All actions that `key` is bound to; the ones that are offered decide.
    pub fn of(key: Key) -> impl Iterator<Item = Self> {
        let name = key.to_string();
        BINDINGS
            .iter()
            .filter(move |binding| binding.keys.contains(&name.as_str()))
            .map(|binding| binding.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_in_the_list_can_be_pressed() {
        for binding in BINDINGS {
            for key in binding.keys {
                assert!(Key::parse(key).is_some(), "{key}");
            }
        }
    }
}
