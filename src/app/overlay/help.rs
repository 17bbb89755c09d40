//! All keys, and why one does nothing now.

use ratatui::layout::Size;

use super::super::action::{Action, BINDINGS, Binding, Group};
use super::super::key::Key;
use super::super::offer::{ActionOffer, scrolls};
use super::super::screen::{View, scrolled};
use super::super::{Ctx, Keymap};

/// The keys, from line `scroll` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Help {
    /// First line shown.
    pub scroll: u16,
}

impl Help {
    /// The last lines stay at the end of a page of this size, on a screen that offers these.
    pub(in crate::app) fn fit(&mut self, below: &[ActionOffer], keys: &Keymap, page: Size) {
        let rows = lines(below, keys).len().div_ceil(columns(page.width));
        let last = rows.saturating_sub(usize::from(page.height));
        self.scroll = scrolled(self.scroll, 0, last);
    }
}

impl View for Help {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        std::iter::once(ActionOffer::new(Action::Back).called("close")).chain(scrolls()).collect()
    }

    fn act(&mut self, _: Action, _: &mut Ctx) {}

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        self.scroll = scrolled(self.scroll, rows, usize::from(u16::MAX));
    }
}

/// A line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpLine {
    /// Between two groups.
    Blank,
    /// The title of a group.
    Title(&'static str),
    /// Keys and what they do; whether they do it now.
    Keys(String, &'static str, bool),
    /// Why what is above does nothing now.
    Why(String),
}

/// What stands beside a row, or in it.
const SIGNS: [(&str, &str); 4] = [
    (">", "selected"),
    ("*", "marked"),
    ("~", "other than when it was last looked at, or just changed"),
    ("!", "something is wrong with it"),
];

/// The help of a screen that offers these: what can be done there, what can be done anywhere, and what is
/// for other screens. A reason that several keys share is told once, below their title.
pub fn lines(offers: &[ActionOffer], keymap: &Keymap) -> Vec<HelpLine> {
    let offered = |binding: &&Binding| offers.iter().any(|offer| offer.action == binding.action);
    let is_general = |binding: &&Binding| binding.group == Group::Everywhere;
    let all = || BINDINGS.iter();
    let parts: [(&'static str, Vec<&Binding>); 3] = [
        ("on this screen", all().filter(|one| offered(one) && !is_general(one)).collect()),
        ("everywhere", all().filter(|one| offered(one) && is_general(one)).collect()),
        ("on other screens", all().filter(|one| !offered(one)).collect()),
    ];
    let mut lines = Vec::new();
    for (title, bindings) in parts.into_iter().filter(|(_, bindings)| !bindings.is_empty()) {
        if !lines.is_empty() {
            lines.push(HelpLine::Blank);
        }
        lines.push(HelpLine::Title(title));
        part(&bindings, offers, keymap, &mut lines);
    }
    if offers.iter().any(|offer| offer.action == Action::Mark) {
        lines.extend([HelpLine::Blank, HelpLine::Title("signs beside a row")]);
        lines.extend(SIGNS.map(|(sign, what)| HelpLine::Keys(sign.to_owned(), what, true)));
    }
    lines
}

fn part(bindings: &[&Binding], offers: &[ActionOffer], keymap: &Keymap, lines: &mut Vec<HelpLine>) {
    let offer = |action| offers.iter().find(|offer: &&ActionOffer| offer.action == action);
    let why = |action| offer(action).and_then(|offer| offer.obstacle.as_deref());
    let reasons: Vec<&str> = bindings.iter().filter_map(|binding| why(binding.action)).collect();
    let shared = |why: &str| reasons.iter().filter(|other| **other == why).count() > 1;
    let mut told: Vec<&str> = Vec::new();
    for reason in reasons.iter().copied().filter(|reason| shared(reason)) {
        if !told.contains(&reason) {
            told.push(reason);
            lines.push(HelpLine::Why(format!("grey: {reason}")));
        }
    }
    for binding in bindings {
        let possible = offer(binding.action).is_some_and(|offer| offer.obstacle.is_none());
        let keys: Vec<String> = keymap.keys(binding.action).iter().map(Key::to_string).collect();
        let keys = if keys.is_empty() { keymap.shown(binding.action) } else { keys.join(" ") };
        lines.push(HelpLine::Keys(keys, binding.help, possible));
        if let Some(reason) = why(binding.action).filter(|reason| !shared(reason)) {
            lines.push(HelpLine::Why(format!("not now: {reason}")));
        }
    }
}

/// From so many columns on there are two of lines.
const WIDE: u16 = 100;

/// How many lines stand beside each other on a page of this width.
pub fn columns(width: u16) -> usize {
    if width >= WIDE { 2 } else { 1 }
}
