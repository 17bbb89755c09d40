//! Every request of this session: when, what, its status, its time, its id. Nothing secret is in it.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::{Role, clock};
use crate::app::App;
use crate::app::screen::activity::ActivityView;

pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect, view: &ActivityView) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    let Some(requests) = &view.requests else {
        canvas.text(area, 0, 0, "Requests of this session", Role::Strong);
        return;
    };
    let count = match requests.len() {
        500.. => "the last 500 requests of this session".to_owned(),
        1 => "1 request of this session".to_owned(),
        count => format!("{count} requests of this session"),
    };
    let x = canvas.text(area, 0, 0, &count, Role::Strong);
    if let Some(today) = view.today {
        canvas.text(area, x, 0, &format!(", {today} today (UTC) from this machine"), Role::Text);
    }
    let wide = area.width >= 100;
    canvas.text(area, 0, 1, "TIME", Role::Muted);
    canvas.text(area, 10, 1, "STATUS", Role::Muted);
    canvas.text(area, 19, 1, "TOOK", Role::Muted);
    canvas.text(area, 28, 1, "REQUEST", Role::Muted);
    let id = area.width.saturating_sub(36);
    if wide {
        canvas.text(area, id, 1, "REQUEST ID", Role::Muted);
    }
    let list = Rect { y: area.y + 2.min(area.height), height: area.height.saturating_sub(2), ..area };
    let first = usize::from(view.scroll);
    for (y, request) in requests.iter().skip(first).take(usize::from(list.height)).enumerate() {
        let y = y as u16;
        canvas.text(list, 0, y, &clock::seconds(request.at, &app.session.zone), Role::Muted);
        let (status, role) = match request.status {
            Some(status @ 200..300) => (status.to_string(), Role::Good),
            Some(status) => (status.to_string(), Role::Warn),
            None => ("none".to_owned(), Role::Bad),
        };
        canvas.text(list, 10, y, &status, role);
        canvas.text(list, 17, y, &format!("{:>6} ms", request.took.as_millis()), Role::Text);
        let target = Rect { width: if wide { id - 1 } else { list.width }, ..list };
        canvas.text(target, 28, y, &format!("{} {}", request.method, request.target), Role::Text);
        if wide {
            canvas.text(list, id, y, &request.id.to_string(), Role::Muted);
        }
    }
}
