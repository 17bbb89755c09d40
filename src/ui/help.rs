//! The keys, from the list that also drives them, with the reason where one does nothing now.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::{Canvas, cells};
use crate::app::overlay::help::{HelpLine, lines};
use crate::app::{ActionOffer, Keymap};

/// Column of what a key does.
const TEXT: u16 = 14;

pub(super) fn draw(offers: &[ActionOffer], keys: &Keymap, canvas: &mut Canvas<'_>, area: Rect, scroll: u16) {
    let lines = lines(offers, keys);
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    let height = usize::from(area.height);
    let last = lines.len().saturating_sub(height);
    let first = usize::from(scroll).min(last);
    for (y, line) in lines.iter().skip(first).take(height).enumerate() {
        let y = cells(y);
        match line {
            HelpLine::Blank => {}
            HelpLine::Title(title) => {
                canvas.text(area, 0, y, title, Role::Strong);
            }
            HelpLine::Keys(keys, help, possible) => {
                canvas.text(area, 2, y, keys, if *possible { Role::Accent } else { Role::Muted });
                canvas.text(area, TEXT, y, help, if *possible { Role::Text } else { Role::Muted });
            }
            HelpLine::Why(why) => {
                canvas.text(area, TEXT, y, why, Role::Warn);
            }
        }
    }
    if first < last {
        canvas.right(area, area.height.saturating_sub(1), " ↓ more ", Role::Accent);
    }
}
