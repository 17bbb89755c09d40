//! What is put down about numbers.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::Canvas;
use crate::app::Ctx;
use crate::app::overlay::label::{LabelField, LabelView};

/// Column of what is typed.
const VALUE: u16 = 8;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &LabelView) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    canvas.text(area, 0, 0, &view.title, Role::Strong);
    let value = Rect { x: area.x + VALUE, width: area.width.saturating_sub(VALUE), ..area };
    for (y, field) in (2..).zip(LabelField::ALL) {
        let is_typed = view.field == field;
        canvas.text(area, 0, y, if is_typed { ">" } else { " " }, Role::Accent);
        let role = if is_typed { Role::Strong } else { Role::Text };
        let (name, text) = match field {
            LabelField::Tags => ("tags", Some(&view.tags)),
            LabelField::Note => ("note", Some(&view.note)),
            LabelField::Pin => ("pin", None),
        };
        canvas.text(area, 2, y, name, Role::Muted);
        match text {
            Some(text) if is_typed => {
                canvas.input(value, 0, y, text, role);
            }
            Some(text) => {
                canvas.text(value, 0, y, text.text(), role);
            }
            None => {
                let words = match view.pin {
                    Some(true) => "pinned",
                    Some(false) => "not pinned",
                    None => "some are pinned; it stays so",
                };
                canvas.text(value, 0, y, words, role);
                if is_typed {
                    canvas.set_cursor(value, 0, y);
                }
            }
        }
    }
    let what = "Tags are words, by which label: filters. A pinned number is not released, deleted, detached \
                or switched off from here. Space turns the pin, tab goes on.";
    let y = canvas.wrapped(area, 6, what, Role::Muted, 4);
    if view.is_of_several() {
        let all = "Shown is what all of them have; what is changed here is changed on all of them.";
        canvas.wrapped(area, y, all, Role::Muted, 3);
    }
    if let Err(why) = &ctx.pins {
        canvas.wrapped(area, y + 2, &format!("The labels file has a mistake: {why}"), Role::Bad, 3);
    }
}
