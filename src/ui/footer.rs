//! What the keys do, the most important first.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::Role;
use super::canvas::Canvas;
use crate::app::App;
use crate::app::action::Action;
use crate::app::pointer::ClickTarget;

/// Below so many columns a label is only what comes before its comma.
const NARROW: u16 = 60;

fn short(label: &'static str) -> &'static str {
    label.split(',').next().unwrap_or(label)
}

/// The last line: as many offered actions as fit; help always.
pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let narrow = area.width < NARROW;
    let mut hints: Vec<(Action, String, &'static str)> = app
        .offers()
        .iter()
        .filter(|offer| offer.obstacle.is_none() && !offer.label.is_empty())
        .filter(|offer| !app.ctx.keys.keys(offer.action).is_empty())
        .map(|offer| {
            let label = if narrow { short(offer.label) } else { offer.label };
            (offer.action, app.ctx.key(offer.action), label)
        })
        .collect();
    let width = |hints: &[(Action, String, &str)]| {
        hints.iter().map(|(_, key, label)| key.width() + label.width() + 3).sum::<usize>()
    };
    let room = usize::from(area.width.saturating_sub(1));
    while width(&hints) > room {
        // What comes first, the way out and the help stay; the last of the others goes.
        let stays = |action: Action| matches!(action, Action::Help | Action::Quit | Action::Back);
        let others = hints.iter().skip(1).rposition(|(action, ..)| !stays(*action));
        let Some(last) = others else { break };
        hints.remove(last + 1);
    }
    let mut x = 1;
    for (action, key, label) in hints {
        let from = x;
        x = canvas.pieces(area, x, 0, &[(&key, Role::Accent), (" ", Role::Text), (label, Role::Muted)]) + 2;
        let hint = Rect { x: area.x + from, width: x - from, ..area };
        canvas.target(hint, ClickTarget::Action(action));
    }
}

/// The last line where a question does not fit: it can not be answered before all of it is seen.
pub(super) fn too_small(canvas: &mut Canvas<'_>, area: Rect) {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let said = if area.width < NARROW {
        "too small to answer; enlarge it, or esc"
    } else {
        "this window is too small to show all of the question: enlarge it to answer, esc leaves"
    };
    canvas.text(inner, 0, 0, said, Role::Warn);
}
