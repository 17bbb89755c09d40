//! The keys, from the list that also drives them, with the reason where one does nothing now.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::Canvas;
use crate::app::App;
use crate::app::action::{BINDINGS, Group};

pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect, scroll: u16) {
    let offers = app.screen_offers();
    let mut lines: Vec<(String, String, Role)> = Vec::new();
    for group in Group::ALL {
        if !lines.is_empty() {
            lines.push((String::new(), String::new(), Role::Text));
        }
        lines.push((group.title().to_owned(), String::new(), Role::Strong));
        for binding in BINDINGS.iter().filter(|binding| binding.group == *group) {
            let keys = binding.keys.join(" ");
            let offer = offers.iter().find(|offer| offer.action == binding.action);
            let (text, role) = match offer {
                Some(offer) => match &offer.obstacle {
                    Some(why) => (format!("{} (not now: {why})", binding.help), Role::Muted),
                    None => (binding.help.to_owned(), Role::Text),
                },
                None => (binding.help.to_owned(), Role::Muted),
            };
            lines.push((format!("  {keys}"), text, role));
        }
    }
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    let height = usize::from(area.height);
    let last = lines.len().saturating_sub(height);
    let first = usize::from(scroll).min(last);
    for (y, (keys, text, role)) in lines.iter().skip(first).take(height).enumerate() {
        let keys_role = if text.is_empty() { Role::Strong } else { Role::Accent };
        canvas.text(area, 0, y as u16, keys, keys_role);
        canvas.text(area, 14, y as u16, text, *role);
    }
    if first < last {
        canvas.right(area, area.height.saturating_sub(1), " ↓ more ", Role::Accent);
    }
}
