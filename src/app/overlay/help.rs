//! All keys, and why one does nothing now.

use super::super::action::{Action, BINDINGS, Group};
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
    /// The last lines stay at the end of a page of so many rows, on a screen that offers these.
    pub(in crate::app) fn fit(&mut self, below: &[ActionOffer], keys: &Keymap, height: u16) {
        let last = lines(below, keys).len().saturating_sub(usize::from(height));
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

/// The help of a screen that offers these. A reason that several keys of a group share is told once,
/// below its title.
pub fn lines(offers: &[ActionOffer], keymap: &Keymap) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        if !lines.is_empty() {
            lines.push(HelpLine::Blank);
        }
        lines.push(HelpLine::Title(group.title()));
        let bindings = || BINDINGS.iter().filter(|binding| binding.group == *group);
        let offer = |action| offers.iter().find(|offer: &&ActionOffer| offer.action == action);
        let why = |action| offer(action).and_then(|offer| offer.obstacle.as_deref());
        let reasons: Vec<&str> = bindings().filter_map(|binding| why(binding.action)).collect();
        let shared = |why: &str| reasons.iter().filter(|other| **other == why).count() > 1;
        let mut told: Vec<&str> = Vec::new();
        for reason in reasons.iter().copied().filter(|reason| shared(reason)) {
            if !told.contains(&reason) {
                told.push(reason);
                lines.push(HelpLine::Why(format!("grey: {reason}")));
            }
        }
        for binding in bindings() {
            let possible = offer(binding.action).is_some_and(|offer| offer.obstacle.is_none());
            let keys: Vec<String> = keymap.keys(binding.action).iter().map(Key::to_string).collect();
            lines.push(HelpLine::Keys(keys.join(" "), binding.help, possible));
            if let Some(reason) = why(binding.action).filter(|reason| !shared(reason)) {
                lines.push(HelpLine::Why(format!("not now: {reason}")));
            }
        }
    }
    lines
}
