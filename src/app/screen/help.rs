//! All keys, and why one does nothing now.

use crate::app::action::{BINDINGS, Group};
use crate::app::{App, Offer};

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

/// The help of the screen that is shown. A reason that several keys of a group share is told once,
/// below its title.
pub fn lines(app: &App) -> Vec<HelpLine> {
    let offers = app.screen_offers();
    let mut lines = Vec::new();
    for group in Group::ALL {
        if !lines.is_empty() {
            lines.push(HelpLine::Blank);
        }
        lines.push(HelpLine::Title(group.title()));
        let bindings = || BINDINGS.iter().filter(|binding| binding.group == *group);
        let offer = |action| offers.iter().find(|offer: &&Offer| offer.action == action);
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
            lines.push(HelpLine::Keys(binding.keys.join(" "), binding.help, possible));
            if let Some(reason) = why(binding.action).filter(|reason| !shared(reason)) {
                lines.push(HelpLine::Why(format!("not now: {reason}")));
            }
        }
    }
    lines
}
