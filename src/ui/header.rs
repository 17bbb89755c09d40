//! Whose numbers these are, LIVE or TEST, and how fresh: the first glance.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, cells};
use super::{Role, format};
use crate::api::Mode;
use crate::app::action::Action;
use crate::app::pointer::ClickTarget;
use crate::app::screen::Screen;
use crate::app::{App, Tab};

/// The first line and the rule below it.
pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect, rule: Rect) {
    let live = app.ctx.account.mode() == Mode::Live;
    let narrow = area.width < 70;
    let mut right: Vec<(String, Role)> = Vec::new();
    right.push(if live { ("[LIVE]".to_owned(), Role::Live) } else { ("[TEST]".to_owned(), Role::Strong) });
    if app.ctx.account.standing.check().is_err()
        && (app.ctx.account.standing.read_only || app.ctx.account.standing.foreign.is_some())
    {
        right.push((if narrow { "  ro" } else { "  read-only" }.to_owned(), Role::Warn));
    }
    if app.ctx.privacy {
        right.push((if narrow { "  priv" } else { "  private" }.to_owned(), Role::Warn));
    }
    let past = app.ctx.travel.is_some() && app.tab == Tab::Owned;
    let listing = app.listing();
    match listing.read_at {
        Some(at) => {
            let zone = &app.ctx.account.zone;
            let today = format::date(app.ctx.now, zone) == format::date(at, zone);
            let time = if today { format::time(at, zone) } else { format::stamp(at, zone) };
            let reading = listing.is_kept() && listing.reading.is_some();
            let old = !reading && !past && (listing.failure.is_some() || listing.is_kept() || app.is_old(at));
            let words = if narrow {
                format!("  {}{time}", if past { "was " } else { "" })
            } else if past {
                format!("   as it was at {time}")
            } else {
                format!("   as of {time}")
            };
            right.push((words, if past { Role::Warn } else { Role::Muted }));
            if let Some(minutes) = app.ctx.refresh.every.filter(|_| !narrow) {
                right.push((format!(", each {minutes} min"), Role::Muted));
            }
            if reading {
                right.push((if narrow { " …" } else { ", reading" }.to_owned(), Role::Warn));
            }
            if old {
                right.push((if narrow { " old" } else { ", old" }.to_owned(), Role::Warn));
            }
        }
        None if !narrow => right.push(("   not read yet".to_owned(), Role::Muted)),
        None => {}
    }
    let width = right.iter().map(|(text, _)| cells(text.width())).sum::<u16>() + 1;
    let start = area.width.saturating_sub(width);
    let left = Rect { width: start.saturating_sub(1), ..area };
    let mut x = 1;
    if !narrow {
        x = canvas.text(left, x, 0, "numdeck", Role::Accent);
        x = canvas.text(left, x, 0, "   ", Role::Text);
    }
    x = canvas.text(left, x, 0, &app.ctx.account.profile, Role::Strong);
    x = canvas.text(left, x, 0, " · ", Role::Muted);
    let organization = app.ctx.account.organization();
    let organization = if narrow { organization.replace("organization", "org") } else { organization };
    canvas.text(left, x, 0, &organization, Role::Text);
    let pieces: Vec<(&str, Role)> = right.iter().map(|(text, role)| (text.as_str(), *role)).collect();
    canvas.pieces(area, start, 0, &pieces);
    if past {
        canvas.line(rule, 0, '┄', Role::Warn);
    } else if live {
        canvas.line(rule, 0, '━', Role::Warn);
    } else {
        canvas.line(rule, 0, '─', Role::Rule);
    }
}

/// Some columns of an area.
fn part(area: Rect, from: u16, to: u16) -> Rect {
    Rect { x: area.x + from, width: to.saturating_sub(from), ..area }
}

const SPINNER: [char; 8] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧'];

/// The tabs, and what runs.
pub(super) fn tabs(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let mut x = 1;
    let ledger = matches!(app.screen(), Screen::Ledger(_));
    let changes = matches!(app.screen(), Screen::Past(view) if view.number.is_none());
    // Where there is little room, only the screen that is seen is called by its whole name.
    let named = |name: &'static str, is_seen: bool| match area.width < 56 && !is_seen {
        true => name.get(..5).unwrap_or(name),
        false => name,
    };
    let tabs = [
        (Tab::Owned, "1 Owned", &app.ctx.owned, Action::Owned),
        (Tab::Inventory, "2 Inventory", &app.ctx.inventory, Action::Inventory),
    ];
    for (tab, name, listing, action) in tabs {
        let from = x;
        let is_seen = tab == app.tab && !ledger && !changes;
        let role = if is_seen { Role::Accent } else { Role::Muted };
        x = canvas.text(area, x, 0, named(name, is_seen), role);
        // Where there is little room, only the list on screen is counted.
        if !listing.roster.is_empty() && (area.width >= 56 || tab == app.tab) {
            x = canvas.text(area, x, 0, &format!(" {}", listing.extent()), Role::Muted);
        }
        canvas.target(part(area, from, x), ClickTarget::Action(action));
        x += if area.width < 70 { 2 } else { 3 };
    }
    let from = x;
    x = canvas.text(
        area,
        x,
        0,
        named("3 Purchases", ledger),
        if ledger { Role::Accent } else { Role::Muted },
    );
    if app.ctx.doubts.count() > 0 {
        let doubts =
            if area.width < 56 { " !".to_owned() } else { format!(" ! {} in doubt", app.ctx.doubts.count()) };
        x = canvas.text(area, x, 0, &doubts, Role::Warn);
    }
    canvas.target(part(area, from, x), ClickTarget::Action(Action::Purchases));
    let from = x + if area.width < 70 { 2 } else { 3 };
    x = canvas.text(
        area,
        from,
        0,
        named("4 Changes", changes),
        if changes { Role::Accent } else { Role::Muted },
    );
    canvas.target(part(area, from, x), ClickTarget::Action(Action::Changes));
    if let Some(word) = app.activity() {
        let turns = usize::try_from(app.ctx.now.as_millisecond() / 120).unwrap_or_default();
        canvas.right(
            Rect { width: area.width.saturating_sub(1), ..area },
            0,
            &format!("{} {word}", SPINNER[turns % SPINNER.len()]),
            Role::Accent,
        );
    }
}
