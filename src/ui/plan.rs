//! A plan: what is, and what would be.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::{Canvas, cells};
use crate::app::Ctx;
use crate::app::action::Action;
use crate::app::pointer::ClickTarget;
use crate::app::screen::View;
use crate::app::screen::plan::{PlanState, PlanView};
use crate::phone::thousands;

/// Where the columns stand, by the width there is.
struct Columns {
    field: u16,
    now: u16,
    then: u16,
}

impl Columns {
    fn of(width: u16) -> Self {
        match width {
            76.. => Self { field: 25, now: 36, then: 36 + (width - 36) / 2 },
            56.. => Self { field: 23, now: 33, then: 33 + (width - 33) / 2 },
            // Where there is no room for all, what is does not matter so much.
            _ => Self { field: 23, now: width, then: 32 },
        }
    }
}

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &PlanView) {
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let x = canvas.text(inner, 0, 0, &format!("Plan {}", view.path), Role::Strong);
    match &view.state {
        PlanState::Reading(_) => {
            canvas.text(inner, 0, 2, "Reading the file…", Role::Accent);
        }
        PlanState::Refused(lines) => refused(ctx, canvas, inner, lines),
        PlanState::Ready { changes, same, .. } => {
            let counts =
                format!(": {} to change, {} as it says already", thousands(changes.len()), thousands(*same));
            canvas.text(inner, x, 0, &counts, Role::Muted);
            if changes.is_empty() {
                canvas.text(
                    inner,
                    0,
                    2,
                    "The server is as the file says: nothing has to change.",
                    Role::Good,
                );
            } else {
                table(ctx, canvas, area, view);
            }
        }
    }
}

/// Why it can not be meant.
fn refused(ctx: &Ctx, canvas: &mut Canvas<'_>, inner: Rect, lines: &[String]) {
    let room = inner.height.saturating_sub(4);
    let mut y = 2;
    for line in lines {
        if y > room {
            canvas.text(inner, 0, y, "…", Role::Muted);
            break;
        }
        y = canvas.wrapped(inner, y, line, Role::Bad, 2);
    }
    let text = ctx.say("Nothing was sent. Correct the file, and name it again: {command-box} plan FILE.");
    canvas.wrapped(inner, y.saturating_add(1), &text, Role::Text, 2);
}

fn table(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &PlanView) {
    let list = view.regions(area).list;
    let columns = Columns::of(list.width);
    let head = Rect { y: list.y.saturating_sub(1), height: 1, ..list };
    canvas.text(head, 5, 0, "NUMBER", Role::Muted);
    canvas.text(head, columns.field, 0, "FIELD", Role::Muted);
    if columns.now < list.width {
        canvas.text(head, columns.now, 0, "NOW", Role::Muted);
    }
    canvas.text(head, columns.then, 0, "→ THEN", Role::Muted);
    canvas.target(list, ClickTarget::Rows(view.cursor.offset));
    let shown = view.rows().iter().enumerate().skip(view.cursor.offset).take(usize::from(list.height));
    let mut last = None;
    for (row, (place, value)) in shown {
        let place = *place;
        let y = cells(row - view.cursor.offset);
        let Some(planned) = view.changes().get(place) else { continue };
        let out = view.left_out.contains(&place);
        let role = if out { Role::Muted } else { Role::Text };
        if last != Some(place) {
            let mark = if out { "-" } else { "✓" };
            canvas.text(list, 3, y, mark, if out { Role::Muted } else { Role::Good });
            let number = Rect { width: columns.field.saturating_sub(1).min(list.width), ..list };
            canvas.text(number, 5, y, &planned.before.line.grouped(), role);
        }
        last = Some(place);
        let setting = value.setting();
        canvas.text(list, columns.field, y, setting.name(), role);
        if columns.now < list.width {
            let now = setting.of(&planned.before).map_or("unknown".to_owned(), |now| ctx.names().value(&now));
            let cell = Rect { width: columns.then.saturating_sub(1), ..list };
            canvas.text(cell, columns.now, y, &now, Role::Muted);
        }
        let stops = if value.stops_calls() && !out { Role::Warn } else { role };
        canvas.text(list, columns.then, y, &format!("→ {}", ctx.names().value(value)), stops);
        if row == view.cursor.selected {
            canvas.select(list, 1, y);
        }
    }
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let below = Rect { y: list.bottom(), height: area.bottom().saturating_sub(list.bottom()), ..inner };
    let rows = view.rows().len();
    let more = rows.saturating_sub(view.cursor.offset + usize::from(list.height));
    if more > 0 {
        canvas.right(below, 0, &format!("↓ {} more", thousands(more)), Role::Accent);
    }
    let left_out = match view.left_out.len() {
        0 => String::new(),
        some => format!(", {} left out", thousands(some)),
    };
    let (open, asked) = (ctx.key(Action::Open), thousands(view.left_in()));
    let text = match below.width {
        56.. => format!(
            "{open} keeps the former values in a file and asks about {asked}{left_out}; nothing is sent before."
        ),
        _ => format!("{open} asks about {asked}{left_out}."),
    };
    canvas.wrapped(below, 1, &text, Role::Text, 2);
}
