//! As of when the numbers are to be shown.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::Canvas;
use crate::app::Ctx;
use crate::app::overlay::asof::AsOfView;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &AsOfView) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    canvas.text(area, 0, 0, "The numbers as they were seen at a time", Role::Strong);
    let x = canvas.text(area, 0, 2, "when: ", Role::Muted);
    canvas.input(area, x, 2, &view.typed, Role::Accent);
    let forms = "2h and 3d are so long ago; 2026-03-03 is its midnight, 2026-03-03 14:02 a time here.";
    let y = canvas.wrapped(area, 4, forms, Role::Muted, 3);
    let what = "Shown is the last list that was read whole by then, on this machine. It can be looked at, filtered, \
                sorted and exported; {as-of} comes back to now.";
    canvas.wrapped(area, y, &ctx.say(what), Role::Muted, 4);
}
