//! The first start: the demo, or a key.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::{Role, Theme};
use crate::app::layout::SMALLEST;
use crate::app::welcome::{KeyField, Start, Welcome};

/// Dots of a key that are shown at most.
const DOTS: usize = 32;

const DEMO: &str = "try the demo: made-up numbers on this machine, nothing is sent anywhere";
const KEY: &str = "paste an API key: cockpit.krosai.com, Developers, API Keys";

/// Draws it.
pub fn draw_welcome(welcome: &Welcome, theme: &Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut canvas = Canvas::new(frame.buffer_mut(), theme);
    if area.width < SMALLEST.width || area.height < SMALLEST.height {
        canvas.text(area, 0, 0, "numdeck needs a larger window", Role::Text);
        return;
    }
    canvas.text(area, 1, 0, "numdeck", Role::Accent);
    let roomy = area.height >= 16;
    let rule = u16::from(roomy);
    if roomy {
        canvas.line(Rect { y: 1, height: 1, ..area }, 0, '─', Role::Rule);
    }
    let top = 1 + 2 * rule;
    let inner = Rect { x: 2, y: top, width: area.width.saturating_sub(4), height: area.height - top - 1 };
    match &welcome.field {
        Some(field) => draw_field(&mut canvas, inner, welcome, field),
        None => draw_choice(&mut canvas, inner, welcome, rule),
    }
    let footer = Rect { y: area.height - 1, height: 1, ..area };
    let hints: &[(&str, &str)] = match (&welcome.field, welcome.checking) {
        (_, true) => &[("ctrl-c", "leave")],
        (Some(_), _) => &[("enter", "try it"), ("ctrl-u", "clear"), ("esc", "back")],
        (None, _) => &[("enter", "choose"), ("q", "leave")],
    };
    let mut x = 1;
    for (key, label) in hints {
        x = canvas.pieces(footer, x, 0, &[(key, Role::Accent), (" ", Role::Text), (label, Role::Muted)]) + 2;
    }
    if let Some(position) = canvas.cursor() {
        frame.set_cursor_position(position);
    }
}

fn draw_choice(canvas: &mut Canvas<'_>, area: Rect, welcome: &Welcome, gap: u16) {
    let said = "Phone numbers of KrosAI: look at them, buy, route, find out why calls do not arrive.";
    let y = canvas.wrapped(area, 0, said, Role::Text, 3) + gap;
    let mut y = canvas.wrapped(area, y, "There is no API key here yet.", Role::Strong, 1) + gap;
    let ways = [(Start::Demo, "d", DEMO), (Start::Key, "p", KEY)];
    for (start, key, words) in ways.into_iter().skip(usize::from(!welcome.has_demo)) {
        let (mark, role) = if start == welcome.selected { (">", Role::Strong) } else { (" ", Role::Text) };
        canvas.pieces(area, 0, y, &[(mark, Role::Accent), (" ", Role::Text), (key, Role::Accent)]);
        if start == welcome.selected {
            canvas.set_cursor(area, 0, y);
        }
        let beside = Rect { x: area.x + 5, width: area.width.saturating_sub(5), ..area };
        y = canvas.wrapped(beside, y, words, role, 3);
    }
}

fn draw_field(canvas: &mut Canvas<'_>, area: Rect, welcome: &Welcome, field: &KeyField) {
    canvas.text(area, 0, 0, "Paste or type the API key.", Role::Strong);
    let dots = "•".repeat(field.len().min(DOTS));
    let x = canvas.pieces(area, 0, 2, &[("API key  ", Role::Accent), (&dots, Role::Text)]);
    canvas.set_cursor(area, x, 2);
    match &welcome.said {
        _ if welcome.checking => {
            canvas.text(area, 0, 4, "trying it …", Role::Muted);
        }
        Some(why) => {
            canvas.wrapped(area, 4, why, Role::Bad, 5);
        }
        None => {
            let kept = "Once it was seen to work it is kept in the keyring of this system, or else in a file \
                        that only you can read.";
            canvas.wrapped(area, 4, kept, Role::Muted, 4);
        }
    }
}
