//! Choosing another profile.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::Canvas;
use crate::app::Ctx;
use crate::app::overlay::profiles::ProfileMenu;
use crate::app::pointer::ClickTarget;

/// Columns of a name; what is longer is cut.
const NAME: u16 = 18;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, menu: &ProfileMenu) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    let profiles = &ctx.account.profiles;
    if profiles.is_empty() {
        canvas.text(area, 0, 0, "There are no profiles here.", Role::Strong);
        canvas.text(area, 0, 2, "numdeck login stores a key with one.", Role::Muted);
        return;
    }
    canvas.text(area, 0, 0, "Which profile? Each keeps its own lists, marks and filter.", Role::Strong);
    let list = Rect { y: area.y + 2.min(area.height), height: area.height.saturating_sub(2), ..area };
    // The selected one is always in sight.
    let height = usize::from(list.height).max(1);
    let first = (menu.selected + 1).saturating_sub(height);
    canvas.target(list, ClickTarget::Rows(first));
    for (place, choice) in profiles.iter().enumerate().skip(first).take(height) {
        let y = u16::try_from(place - first).unwrap_or(u16::MAX);
        let name = Rect { width: list.width.min(2 + NAME), ..list };
        canvas.text(name, 2, y, &choice.name, Role::Text);
        let used = if choice.name == ctx.account.profile { "in use  " } else { "" };
        let x = canvas.text(list, 4 + NAME, y, used, Role::Accent);
        canvas.text(list, x, y, &choice.place, Role::Muted);
        if place == menu.selected {
            canvas.select(list, 0, y);
        }
    }
}
