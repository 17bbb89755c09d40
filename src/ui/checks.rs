//! The routing check of many numbers: a list that fills in, and what is wrong.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::{Canvas, cells};
use super::check::verdict;
use super::format::bar;
use crate::app::Ctx;
use crate::app::pointer::ClickTarget;
use crate::app::screen::View;
use crate::app::screen::causes::in_a_column;
use crate::app::screen::check::word;
use crate::app::screen::checks::ChecksView;
use crate::phone::thousands;
use crate::sip::{Counts, Health, Status};

/// From so many columns on the first number of a cause is told.
const WIDE: u16 = 76;

/// Columns of that, and of air before it.
const FIRST: u16 = 27;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &ChecksView) {
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let all = view.total();
    let title = match view.opened {
        Some(_) => format!("Routes of {} of {}", thousands(view.listed()), counted(all)),
        None => format!("Routes of {}", counted(all)),
    };
    let x = canvas.text(inner, 0, 0, &title, Role::Strong);
    if let Some(cause) = view.opened.and_then(|at| view.causes.get(at)) {
        canvas.text(inner, x, 0, &format!(": {}", cause.words()), Role::Warn);
    }
    if let Some(counts) = view.counts.as_ref().filter(|_| view.planned.is_none() && view.opened.is_none()) {
        let hosts = if counts.hosts == 1 { "1 host".to_owned() } else { format!("{} hosts", counts.hosts) };
        let asked = format!(", {hosts}: {} OPTIONS, no request to the API", counts.options);
        canvas.text(inner, x, 0, &asked, Role::Muted);
    }
    let list = view.regions(area).list;
    canvas.target(list, ClickTarget::Rows(view.place().offset));
    if view.shows_causes() {
        causes(canvas, list, view);
    } else {
        numbers(canvas, list, view);
    }
    let (cursor, listed) = (view.place(), view.listed());
    let more = listed.saturating_sub(cursor.offset + usize::from(list.height));
    if more > 0 {
        let line = Rect { y: list.bottom(), height: 1, ..inner };
        canvas.right(line, 0, &format!("↓ {} more", thousands(more)), Role::Accent);
    }
    let below =
        Rect { y: list.bottom() + 1, height: area.bottom().saturating_sub(list.bottom() + 1), ..inner };
    let done = view.tally.count();
    if view.planned.is_some() {
        let what = match &view.counts {
            Some(counts) => sends(counts),
            None => "Each server is asked once".to_owned(),
        };
        canvas.wrapped(below, 0, &format!("{what}; no request to the API."), Role::Text, 2);
        canvas.text(below, 0, 2, &ctx.say("{open} checks them · {back} back, nothing is sent"), Role::Muted);
        return;
    }
    if view.task.is_some() {
        let bar = bar(below.width, done, all);
        canvas.text(below, 0, 0, &bar, Role::Accent);
    } else if done < all {
        canvas.text(below, 0, 0, &format!("Stopped: {done} of {all} are checked."), Role::Warn);
    }
    let y = u16::from(view.task.is_some() || done < all);
    canvas.wrapped(below, y, &view.tally.summary(), Role::Text, 2);
}

/// The numbers, and what came of each.
fn numbers(canvas: &mut Canvas<'_>, list: Rect, view: &ChecksView) {
    for (place, row) in view.shown().enumerate().skip(view.cursor.offset).take(usize::from(list.height)) {
        let y = cells(place - view.cursor.offset);
        canvas.text(list, 3, y, &row.line, Role::Text);
        match &row.report {
            Some(report) => {
                canvas.text(list, 24, y, word(report), verdict(report).1);
                // Of one cause all have the same reason, and it is told above.
                let text = if view.opened.is_some() { String::new() } else { in_a_column(&report.verdict) };
                canvas.text(list, 33, y, &text, Role::Muted);
            }
            None if view.task.is_some() => {
                canvas.text(list, 24, y, "…", Role::Accent);
            }
            None if view.planned.is_some() => {}
            None => {
                canvas.text(list, 24, y, "not checked", Role::Muted);
            }
        }
        if place == view.cursor.selected {
            canvas.select(list, 1, y);
        }
    }
}

/// What is wrong, and with how many: `✗ 41 numbers  nothing listens on …   first +234 803 123 4567`.
fn causes(canvas: &mut Canvas<'_>, list: Rect, view: &ChecksView) {
    let cursor = view.at_cause;
    for (place, cause) in view.causes.iter().enumerate().skip(cursor.offset).take(usize::from(list.height)) {
        let y = cells(place - cursor.offset);
        let (glyph, role) = match cause.health {
            Some(Health::Problem) => (Status::Fail.glyph(), Role::Bad),
            Some(Health::Unchecked) => ('?', Role::Warn),
            Some(Health::Warning) => (Status::Warn.glyph(), Role::Warn),
            Some(Health::Healthy) => (Status::Pass.glyph(), Role::Good),
            None => (Status::Skip.glyph(), Role::Muted),
        };
        canvas.text(list, 3, y, &glyph.to_string(), role);
        canvas.text(list, 5, y, &counted(cause.places.len()), Role::Strong);
        let text = Rect { width: list.width.saturating_sub(FIRST), ..list };
        let wide = list.width >= WIDE;
        canvas.text(if wide { text } else { list }, 20, y, &cause.words(), Role::Text);
        if let Some(first) = view.first_of(cause).filter(|_| wide) {
            canvas.right(list, y, &format!("first {}", first.line), Role::Muted);
        }
        if place == cursor.selected {
            canvas.select(list, 1, y);
        }
    }
}

/// `41 numbers`.
fn counted(count: usize) -> String {
    if count == 1 { "1 number".to_owned() } else { format!("{} numbers", thousands(count)) }
}

/// `12 OPTIONS to 8 servers for 40 numbers, and 2 without an address`.
fn sends(counts: &Counts) -> String {
    let hosts = if counts.hosts == 1 { "1 host".to_owned() } else { format!("{} hosts", counts.hosts) };
    let numbers =
        if counts.numbers == 1 { "1 number".to_owned() } else { format!("{} numbers", counts.numbers) };
    let without = match counts.without {
        0 => String::new(),
        without => format!(" ({without} lead nowhere)"),
    };
    format!("{} OPTIONS to {hosts} for {numbers}{without}", counts.options)
}
