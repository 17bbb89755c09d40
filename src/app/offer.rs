//! What the present state offers, in order of importance, and why something is not possible.
//!
//! Dispatch accepts only what is offered; the footer shows what is possible; the help shows all.

use super::action::Action;

/// An action that the present state knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionOffer {
    /// Which.
    pub action: Action,
    /// Its word in the footer.
    pub label: &'static str,
    /// Why it is not possible now.
    pub obstacle: Option<String>,
}

impl ActionOffer {
    /// An action with its usual word.
    pub(super) fn new(action: Action) -> Self {
        let label = action.binding().map_or("", |binding| binding.label);
        Self { action, label, obstacle: None }
    }

    /// The same with another word.
    pub(super) fn called(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    /// The same, not possible where there is an obstacle.
    pub(super) fn unless(self, obstacle: Option<String>) -> Self {
        Self { obstacle, ..self }
    }

    /// Whether it can be done now.
    pub fn is_possible(&self) -> bool {
        self.obstacle.is_none()
    }
}

const MOVES: [Action; 8] = [
    Action::Up,
    Action::Down,
    Action::PageUp,
    Action::PageDown,
    Action::HalfUp,
    Action::HalfDown,
    Action::Top,
    Action::Bottom,
];

/// Moves in a list.
pub(super) fn moves() -> impl Iterator<Item = ActionOffer> {
    MOVES.into_iter().map(ActionOffer::new)
}

/// Moves in a text; the footer names one of them.
pub(super) fn scrolls() -> impl Iterator<Item = ActionOffer> {
    moves().map(|offer| if offer.action == Action::Down { offer.called("scroll") } else { offer })
}

/// While a filter is typed.
pub(super) fn filtering() -> Vec<ActionOffer> {
    let keep = [ActionOffer::new(Action::Open).called("keep"), ActionOffer::new(Action::ClearFilter)];
    keep.into_iter().chain(moves()).collect()
}

/// Adds what is everywhere, unless it is there: the other screens, and what was asked of the server.
pub(super) fn add_elsewhere(offers: &mut Vec<ActionOffer>) {
    for action in Action::PLACES {
        if offers.iter().all(|offer| offer.action != *action) {
            offers.push(ActionOffer::new(*action));
        }
    }
}
