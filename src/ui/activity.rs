//! Every request of this session: when, what, its status, its time, its id. Nothing secret is in it.

use ratatui::layout::Rect;

use super::canvas::{Canvas, cells, fit_middle};
use super::{Role, format};
use crate::app::Ctx;
use crate::app::overlay::activity::ActivityView;

/// What tells requests apart: nearly all are about numbers.
fn short(target: &str) -> &str {
    let path = target.trim_start_matches("/v1");
    path.strip_prefix("/phone-numbers").filter(|rest| !rest.is_empty()).unwrap_or(path)
}

/// Whether a request is about something that is not in the contract.
fn is_extra(target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    ["/endpoints", "/api-keys"].iter().any(|extra| path.ends_with(extra))
}

/// Columns of a request id.
const ID: u16 = 36;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &ActivityView) {
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
    let (status_at, took, target) = if wide { (10, 17, 28) } else { (9, 14, 24) };
    // Whoever asks the server's people needs the whole id.
    let id = area.width.saturating_sub(ID);
    let each = ActivityView::lines_each(ctx.size.width);
    let has_id = each == 1;
    canvas.text(area, 0, 1, "TIME", Role::Muted);
    canvas.text(area, status_at, 1, if wide { "STATUS" } else { "HTTP" }, Role::Muted);
    canvas.text(area, took + if wide { 2 } else { 3 }, 1, "TOOK", Role::Muted);
    canvas.text(area, target, 1, "REQUEST", Role::Muted);
    if has_id {
        canvas.text(area, id, 1, "REQUEST ID", Role::Muted);
    }
    let list = Rect { y: area.y + 2.min(area.height), height: area.height.saturating_sub(2), ..area };
    let first = usize::from(view.scroll);
    for (place, request) in requests.iter().skip(first).take(usize::from(list.height) / each).enumerate() {
        let y = cells(place * each);
        canvas.text(list, 0, y, &format::seconds(request.at, &ctx.account.zone), Role::Muted);
        let (status, role) = match request.status {
            // A login page says 200 as well.
            Some(status) if request.unreadable => (format!("{status}?"), Role::Bad),
            Some(status @ 200..300) => (status.to_string(), Role::Good),
            // What a server need not have is not missing.
            Some(status @ (401 | 403 | 404)) if is_extra(&request.target) => {
                (status.to_string(), Role::Muted)
            }
            Some(status @ 500..) => (status.to_string(), Role::Bad),
            Some(status) => (status.to_string(), Role::Warn),
            // It may have been done all the same.
            None => ("lost".to_owned(), Role::Bad),
        };
        canvas.text(list, status_at, y, &status, role);
        canvas.text(list, took, y, &format!("{:>6} ms", request.took.as_millis()), Role::Text);
        let room = if has_id { id - 1 } else { list.width }.saturating_sub(target);
        let path = if wide { &request.target } else { short(&request.target) };
        let asked = format!("{} {path}", request.method);
        canvas.text(list, target, y, &fit_middle(&asked, usize::from(room)), Role::Text);
        let (x, line) = if has_id { (id, y) } else { (0, y + 1) };
        canvas.text(list, x, line, &request.id.to_string(), Role::Muted);
    }
}
