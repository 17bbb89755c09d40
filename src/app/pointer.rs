//! The mouse: what is on a frame says what a click on it means. Whoever draws tells it, so what is clicked is
//! what was seen.

use ratatui::layout::{Position, Rect};

use super::action::Action;
use super::overlay::with_overlay;
use super::screen::{View, with_screen};
use super::{App, Effect, Tone};
use crate::phone::SortKey;

/// Rows that one notch of the wheel moves by.
const NOTCH: isize = 3;

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// The left button went down there.
    Click(Position),
    /// The wheel was turned, away from the hand.
    WheelUp,
    /// Towards it.
    WheelDown,
}

/// What a click on a place of a frame means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClickTarget {
    /// What a key would do.
    Action(Action),
    /// The rows of what has the keys; the first one has this position.
    Rows(usize),
    /// The heading of a column.
    Column(SortKey),
}

/// A frame, as somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drawn {
    /// All of what is asked on it, if anything is, can be seen.
    pub whole: bool,
    /// What can be clicked; of two at one place the later one counts. Empty while the mouse is off.
    pub targets: Vec<(Rect, ClickTarget)>,
}

impl From<bool> for Drawn {
    /// A frame on which nothing can be clicked.
    fn from(whole: bool) -> Self {
        Self { whole, targets: Vec::new() }
    }
}

impl App {
    /// Gives the mouse to the program, or back to the terminal.
    pub(super) fn turn_mouse(&mut self) {
        let on = !self.ctx.mouse;
        self.ctx.mouse = on;
        self.ctx.out.push(Effect::Mouse(on));
        let text = if on {
            "The mouse is on: click a row, a tab, a heading or a key below; the wheel moves. With Shift it \
             selects text, as before."
        } else {
            "The mouse is off: it selects text again."
        };
        self.ctx.tell(Tone::Plain, text);
    }

    /// Does what the mouse says. A click never does more than a key: what it offers is offered by a key as
    /// well, and what has to be typed still has to be typed.
    pub(super) fn point(&mut self, pointer: Pointer) {
        match pointer {
            // Whoever had the terminal before may have left it so.
            _ if !self.ctx.mouse => {}
            Pointer::WheelUp => self.roll(-NOTCH),
            Pointer::WheelDown => self.roll(NOTCH),
            Pointer::Click(at) => {
                let hit = self.targets.iter().rev().find(|(area, _)| area.contains(at)).copied();
                match hit {
                    Some((_, ClickTarget::Action(action))) => self.act_offered([action]),
                    Some((area, ClickTarget::Rows(first))) => {
                        self.click_row(first + usize::from(at.y - area.y));
                    }
                    Some((_, ClickTarget::Column(key))) => self.sort_by(key),
                    None => {}
                }
            }
        }
    }

    fn roll(&mut self, rows: isize) {
        self.ctx.just_done = false;
        self.step(rows);
    }

    /// Selects a row; the one that is selected is opened, as by its key.
    fn click_row(&mut self, row: usize) {
        let selected = match &self.overlay {
            Some(over) => with_overlay!(&over.view, view => view.selected_row(&self.ctx)),
            None => with_screen!(self.screen(), view => view.selected_row(&self.ctx)),
        };
        let Some(selected) = selected else { return };
        if selected == row {
            return self.act_offered([Action::Open]);
        }
        let distance =
            isize::try_from(row).unwrap_or(isize::MAX) - isize::try_from(selected).unwrap_or(isize::MAX);
        self.roll(distance);
    }

    fn sort_by(&mut self, key: SortKey) {
        let is_offered =
            self.offers().iter().any(|offer| offer.action == Action::Sort && offer.is_possible());
        if is_offered {
            self.ctx.list_mut(self.tab).sort_by(key);
        }
    }
}
