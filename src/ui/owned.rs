//! Screen 1: owned numbers.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::table::{self, Column};
use super::{Role, check, format, preview};
use crate::app::input::Input;
use crate::app::layout::Areas;
use crate::app::list::{Coverage, List};
use crate::app::screen::View;
use crate::app::screen::check::word;
use crate::app::screen::owned::Owned;
use crate::app::{Ctx, Tab};
use crate::phone::{Field, Number, Status, Switch, thousands};

const NUMBER: Column = Column { title: "NUMBER", width: 19, right: false, cell: number };
const COUNTRY: Column = Column { title: "COUNTRY", width: 8, right: false, cell: country };
const CC: Column = Column { title: "CC", width: 3, right: false, cell: country };
const TYPE: Column = Column { title: "TYPE", width: 9, right: false, cell: kind };
const STATUS: Column = Column { title: "STATUS", width: 9, right: false, cell: status };
const IN: Column = Column { title: "IN", width: 3, right: false, cell: inbound };
const OUT: Column = Column { title: "OUT", width: 4, right: false, cell: outbound };
const IO: Column = Column { title: "IO", width: 6, right: false, cell: both };
const ENDPOINT: Column = Column { title: "ENDPOINT", width: 0, right: false, cell: endpoint };
const ROUTE: Column = Column { title: "ROUTE", width: 5, right: false, cell: route };
const TIMED: Column = Column { title: "ROUTE", width: 11, right: false, cell: timed };
const CHANGED: Column = Column { title: "CHANGED", width: 12, right: false, cell: changed };
const FLAG: Column = Column { title: "", width: 0, right: false, cell: flag };

/// Columns by the width there is.
fn columns(width: u16) -> &'static [&'static Column] {
    match width {
        ..56 => &[&NUMBER, &STATUS, &FLAG],
        56..72 => &[&NUMBER, &CC, &STATUS, &IO, &ENDPOINT],
        72..74 => &[&NUMBER, &CC, &TYPE, &STATUS, &IO, &ENDPOINT],
        74..86 => &[&NUMBER, &CC, &TYPE, &STATUS, &IO, &ENDPOINT, &ROUTE],
        86..100 => &[&NUMBER, &COUNTRY, &TYPE, &STATUS, &IN, &OUT, &ENDPOINT, &ROUTE],
        100..110 => &[&NUMBER, &COUNTRY, &TYPE, &STATUS, &IN, &OUT, &ENDPOINT, &ROUTE, &CHANGED],
        _ => &[&NUMBER, &COUNTRY, &TYPE, &STATUS, &IN, &OUT, &ENDPOINT, &TIMED, &CHANGED],
    }
}

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, areas: Areas, view: &Owned) {
    let (listing, body) = (&ctx.owned, areas.body);
    preview::draw(ctx, canvas, areas.preview);
    let mut told = counts(listing);
    if let Some(marks) = ctx.marks_said(Tab::Owned) {
        told.push_str(&format!(", {marks}"));
    }
    draw_filter(canvas, areas.filter, listing, &told);
    table::draw(ctx, canvas, (body, view.regions(body).list), listing, columns(body.width));
    if listing.roster.matching() > 0 {
        return;
    }
    let below = Rect { y: body.y + 2.min(body.height), height: body.height.saturating_sub(2), ..body };
    if let Some(why) = listing.filter_problem() {
        let text = Rect { x: below.x + 3, width: below.width.saturating_sub(6), ..below };
        canvas.wrapped(text, 0, &format!("The filter finds nothing: {why}. Esc clears it."), Role::Text, 4);
    } else if !listing.roster.is_empty() {
        let inner = Rect { x: below.x + 3, width: below.width.saturating_sub(4), ..below };
        canvas.wrapped(inner, 0, &unmatched(listing), Role::Text, 3);
    } else if listing.reading.is_some() {
        table::placeholders(canvas, body);
    } else if let Some(error) = &listing.failure {
        let text = Rect { x: below.x + 3, width: below.width.saturating_sub(6), ..below };
        let y = canvas.wrapped(text, 0, &format!("The numbers could not be read: {error}."), Role::Bad, 4);
        let y = canvas.wrapped(text, y, error.advice(), Role::Text, 3);
        canvas.text(text, 0, y + 1, "r tries again", Role::Muted);
    } else if listing.read_at.is_some() {
        canvas.text(below, 3, 0, "No numbers yet. 2 shows what can be bought.", Role::Text);
    } else {
        canvas.text(below, 3, 0, "Not read. r reads the numbers.", Role::Muted);
    }
}

/// That nothing fits, of what was read: nothing is denied of the rest.
fn unmatched(listing: &List) -> String {
    let (filter, read) = (listing.filter.text(), thousands(listing.roster.len()));
    match (listing.coverage, &listing.reading) {
        (Coverage::Whole, None) => format!("No number matches {filter}. Esc clears the filter."),
        (_, Some(_)) => format!("{filter} is not among the {read} read so far. Reading on …"),
        (_, None) => {
            let rest = listing.total.and_then(|total| total.checked_sub(listing.roster.len() as u64));
            let rest = rest.and_then(|rest| usize::try_from(rest).ok()).filter(|rest| *rest > 0);
            let more = rest.map_or("there are more".to_owned(), |rest| format!("{} more", thousands(rest)));
            format!("{filter} is not among the {read} read, {more}: Enter reads on. Esc clears the filter.")
        }
    }
}

/// `312 numbers, 40 match`.
pub(super) fn counts(listing: &List) -> String {
    let all = listing.roster.len();
    if all == 0 && listing.reading.is_some() {
        return "reading …".to_owned();
    }
    let numbers = if all == 1 { "number" } else { "numbers" };
    if listing.filter.is_empty() {
        format!("{all} {numbers}")
    } else {
        format!("{all} {numbers}, {} match", listing.roster.matching())
    }
}

/// The filter line of a list.
pub(super) fn draw_filter(canvas: &mut Canvas<'_>, area: Rect, listing: &List, counts: &str) {
    let problem = listing.filter_problem();
    let told = problem.as_deref().map_or((counts, Role::Muted), |why| (why, Role::Warn));
    filter_line(canvas, area, &listing.filter, listing.editing, told);
}

/// A filter and what it comes to. Where none is set, only what is told.
pub(super) fn filter_line(
    canvas: &mut Canvas<'_>,
    area: Rect,
    filter: &Input,
    editing: bool,
    told: (&str, Role),
) {
    if area.height == 0 {
        return;
    }
    let inner = Rect { width: area.width.saturating_sub(1), ..area };
    let start = canvas.right(inner, 0, told.0, told.1);
    if !editing && filter.is_empty() {
        return;
    }
    let left = Rect { width: start.saturating_sub(1), ..area };
    let x = canvas.text(left, 1, 0, "/ ", Role::Accent);
    if editing {
        canvas.input(left, x, 0, filter, Role::Strong);
    } else {
        canvas.text(left, x, 0, filter.text(), Role::Text);
    }
}

pub(super) fn number<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    let text = number.line.grouped();
    match number.line.valid() {
        Some(_) => (text.into(), Role::Text),
        // The server sent no number: its id is better than nothing.
        None if text.trim().is_empty() => (number.id.as_str().into(), Role::Muted),
        None => (text.into(), Role::Warn),
    }
}

fn country<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    (number.country.as_deref().unwrap_or("?").into(), Role::Text)
}

pub(super) fn kind<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    (number.kind.as_ref().map_or("?", |kind| kind.label()).into(), Role::Text)
}

fn status<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    match &number.status {
        Some(Status::Active) => ("active".into(), Role::Good),
        Some(Status::Inactive) => ("inactive".into(), Role::Muted),
        Some(other) => (other.label().into(), Role::Warn),
        None => ("?".into(), Role::Muted),
    }
}

fn switch(number: &Number, switch: Switch) -> (Cow<'static, str>, Role) {
    match number.switches[switch] {
        Some(true) => (switch.short().into(), Role::Text),
        Some(false) => ("·".into(), Role::Muted),
        None => ("?".into(), Role::Muted),
    }
}

fn inbound<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    switch(number, Switch::Inbound)
}

fn outbound<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    switch(number, Switch::Outbound)
}

fn both<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    let text = match (number.switches[Switch::Inbound], number.switches[Switch::Outbound]) {
        (Some(true), Some(true)) => "in/out",
        (Some(true), _) => "in",
        (_, Some(true)) => "out",
        (None, None) => "?",
        _ => "·",
    };
    (text.into(), Role::Text)
}

fn endpoint<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    match &number.endpoint {
        Field::Value(id) => (ctx.names.of(id).unwrap_or(id.as_str()).into(), Role::Text),
        Field::Null if number.is_inactive() => ("none".into(), Role::Muted),
        Field::Null => ("! none".into(), Role::Warn),
        Field::Absent => ("?".into(), Role::Muted),
    }
}

/// What the last check came to; never asked for by itself.
fn route<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    match ctx.routes.get(&number.id) {
        Some(report) => (word(report).into(), check::word_role(report, ctx.now)),
        None => ("·".into(), Role::Muted),
    }
}

/// The same with the round trip.
fn timed<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    let (word, role) = route(ctx, number);
    let time = ctx.routes.get(&number.id).and_then(|report| report.round_trip());
    match time.map(|time| time.as_secs_f64()) {
        None => (word, role),
        Some(long @ 1.0..) => (format!("{word} {long:.1} s").into(), role),
        Some(short) => (format!("{word} {:.0} ms", short * 1000.0).into(), role),
    }
}

fn changed<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    let at = number.updated_at.as_ref().and_then(crate::phone::Moment::instant);
    (at.map_or_else(|| "?".to_owned(), |at| format::ago(at, ctx.now)).into(), Role::Muted)
}

/// The worst thing about a number, in the little room there is.
fn flag<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    if number.is_inactive() {
        ("".into(), Role::Muted)
    } else if number.endpoint == Field::Null {
        ("! none".into(), Role::Warn)
    } else if number.switches[Switch::Inbound] == Some(false) {
        ("no in".into(), Role::Warn)
    } else {
        ("".into(), Role::Muted)
    }
}
