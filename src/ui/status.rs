//! The lines above the footer: a question, else a notice, else how much of the list this is.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, cells};
use super::{Role, confirm, format, inventory, owned};
use crate::api::Error;
use crate::app::action::Action;
use crate::app::list::{Coverage, List};
use crate::app::overlay::Overlay;
use crate::app::{App, Tab, Tone};
use crate::phone::thousands;

/// From so many columns on it is told what all numbers cost, and from so many what is paid in vain.
const WITH_COSTS: u16 = 110;
const WITH_ALL_COSTS: u16 = 160;

pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    match app.overlay() {
        Some(Overlay::Confirm(asked)) => confirm::draw(&app.ctx, canvas, area, inner, asked),
        _ => line(app, canvas, inner),
    }
}

fn line(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    if let Some(notice) = &app.ctx.notice {
        let role = match notice.tone {
            Tone::Good => Role::Good,
            Tone::Plain => Role::Text,
            Tone::Bad => Role::Bad,
        };
        for (y, line) in notice.lines(usize::from(area.width)).iter().enumerate() {
            canvas.text(area, 0, cells(y), line, role);
        }
        return;
    }
    if !app.stack.is_empty() || app.overlay.is_some() {
        return;
    }
    let listing = app.listing();
    if let (Some(error), false) = (&listing.failure, listing.roster.is_empty()) {
        canvas.text(
            area,
            0,
            0,
            &format!("The last read failed: {error}. {} tries again.", app.ctx.key(Action::Refresh)),
            Role::Bad,
        );
        return;
    }
    let text = match app.tab {
        Tab::Inventory => {
            let text = inventory::coverage(&app.ctx).unwrap_or_default();
            if let Some((at, kind)) = app.ctx.hindrance {
                let x = canvas.text(area, 0, 0, &text, Role::Muted);
                let x = if text.is_empty() { 0 } else { x + 3 };
                let ago = format::ago(at, app.ctx.now);
                let said =
                    format!("! the last purchase was refused, {ago}: {}", Error::new(kind, "").advice());
                canvas.text(area, x, 0, &said, Role::Warn);
                return;
            }
            text
        }
        Tab::Owned if listing.read_at.is_none() => String::new(),
        Tab::Owned => {
            // With a filter the counts stand beside it.
            let counts = || owned::counts(listing) + &costs(listing, area.width);
            let mut text = if listing.filter.is_empty() { counts() } else { String::new() };
            match (listing.coverage, &listing.reading) {
                (_, Some(reading)) if listing.coverage != Coverage::Whole => {
                    text.push_str(&format!(" so far, page {}", reading.pages + 1));
                }
                (Coverage::Partial(_), None) => {
                    text.push_str(&format!(
                        "; more on the server: {} loads all",
                        app.ctx.key(Action::LoadAll)
                    ));
                }
                _ => {}
            }
            // What is wrong comes last: the rest must not be pushed out by it.
            let calm = listing.filter.is_empty() && listing.reading.is_none();
            if let Some(marks) = app.ctx.marks_said(app.tab).filter(|_| listing.filter.is_empty()) {
                text.push_str(&format!(", {marks}"));
            } else if calm && listing.roster.problems().numbers > 0 {
                let x = canvas.text(area, 0, 0, &format!("{text}   "), Role::Muted);
                let rest = Rect { x: area.x + x, width: area.width.saturating_sub(x), ..area };
                return problems(canvas, rest, listing, &app.ctx.key(Action::Problems));
            }
            text
        }
    };
    let order = listing.roster.order();
    let sorted = match (order.key, order.descending) {
        (None, false) => String::new(),
        (key, descending) => {
            let by = key.map_or("server order", crate::phone::SortKey::name);
            format!("sorted by {by}{}", if descending { ", reversed" } else { "" })
        }
    };
    canvas.text(area, 0, 0, &text, Role::Muted);
    if !sorted.is_empty() && text.width() + sorted.width() + 2 < usize::from(area.width) {
        canvas.right(area, 0, &sorted, Role::Muted);
    }
}

/// `, 1,404.50 a month, 61 with unknown price; 24 that nobody can reach: 108.00 a month`, where prices are known and
/// there is room.
fn costs(listing: &List, width: u16) -> String {
    let Some(cost) = listing.roster.cost().filter(|_| width >= WITH_COSTS) else { return String::new() };
    let lost = cost.unreachable;
    let all = format!(", {}", cost.all.words());
    if lost.is_unknown() || width < WITH_ALL_COSTS {
        return all;
    }
    format!("{all}; {} that nobody can reach: {}", thousands(lost.numbers), lost.words())
}

/// `! 47 with problems: 24 no endpoint, 13 inbound off`: counted, and the key that shows them.
fn problems(canvas: &mut Canvas<'_>, area: Rect, listing: &List, key: &str) {
    let counts = listing.roster.problems();
    let mut x = canvas.text(area, 0, 0, key, Role::Accent);
    x = canvas.text(area, x, 0, &format!(" {} with problems", thousands(counts.numbers)), Role::Warn);
    let mut before = ": ";
    for (problem, count) in counts.iter() {
        let part = format!("{before}{} {}", thousands(count), problem.counted());
        if usize::from(x) + part.width() + 2 > usize::from(area.width) {
            canvas.text(area, x, 0, if before == ", " { ", …" } else { "" }, Role::Muted);
            return;
        }
        x = canvas.text(area, x, 0, &part, Role::Muted);
        before = ", ";
    }
}
