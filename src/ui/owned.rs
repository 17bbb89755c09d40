//! Screen 1: owned numbers.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::sifted::filter_line;
use super::table::{self, Column};
use super::{Role, check, format, preview};
use crate::app::action::Action;
use crate::app::layout::Areas;
use crate::app::list::{Coverage, List};
use crate::app::screen::View;
use crate::app::screen::check::word;
use crate::app::screen::owned::Owned;
use crate::app::{Ctx, Tab};
use crate::phone::{
    Field, Number, Problem, Problems, RouteResult, SortKey, Status, Switch, stuck_for, thousands,
};

const NUMBER: Column = by(SortKey::Number, "NUMBER", 19, number);
const COUNTRY: Column = by(SortKey::Country, "COUNTRY", 8, country);
const CC: Column = by(SortKey::Country, "CC", 3, country);
const TYPE: Column = by(SortKey::Kind, "TYPE", 9, kind);
const STATUS: Column = by(SortKey::Status, "STATUS", 15, status);
const STATE: Column = by(SortKey::Status, "STATUS", 10, state);
const PLAIN: Column = by(SortKey::Status, "STATUS", 9, plain);
const IN: Column = Column { sort: None, ..by(SortKey::Number, "IN", 5, inbound) };
const OUT: Column = Column { sort: None, ..by(SortKey::Number, "OUT", 4, outbound) };
const IO: Column = Column { sort: None, ..by(SortKey::Number, "IO", 6, both) };
const ENDPOINT: Column = by(SortKey::Endpoint, "ENDPOINT", 0, endpoint);
const ANSWERS: Column = by(SortKey::Endpoint, "ENDPOINT", 0, answers);
const ROUTE: Column = by(SortKey::Route, "ROUTE", 6, route);
const TIMED: Column = by(SortKey::Route, "ROUTE", 12, timed);
const CHANGED: Column = by(SortKey::Changed, "CHANGED", 12, changed);
const FLAG: Column = by(SortKey::Problem, "", 0, flag);

/// A column that the list can be sorted by.
const fn by(
    key: SortKey,
    title: &'static str,
    width: u16,
    cell: for<'a> fn(&'a Ctx, &'a Number) -> (Cow<'a, str>, Role),
) -> Column {
    Column { title, sort: Some(key), width, right: false, cell }
}

/// Columns by the width there is.
fn columns(width: u16) -> &'static [&'static Column] {
    match width {
        ..56 => &[&NUMBER, &PLAIN, &FLAG],
        56..72 => &[&NUMBER, &CC, &STATE, &IO, &ENDPOINT],
        72..78 => &[&NUMBER, &CC, &TYPE, &STATE, &IO, &ANSWERS, &ROUTE],
        78..94 => &[&NUMBER, &CC, &TYPE, &STATE, &IO, &ENDPOINT, &ROUTE],
        94..106 => &[&NUMBER, &COUNTRY, &TYPE, &STATUS, &IN, &OUT, &ENDPOINT, &ROUTE],
        106..110 => &[&NUMBER, &COUNTRY, &TYPE, &STATUS, &IN, &OUT, &ENDPOINT, &ROUTE, &CHANGED],
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
        canvas.wrapped(
            text,
            0,
            &format!("The filter finds nothing: {why}. {} clears it.", ctx.key(Action::ClearFilter)),
            Role::Text,
            4,
        );
    } else if !listing.roster.is_empty() {
        let inner = Rect { x: below.x + 3, width: below.width.saturating_sub(4), ..below };
        canvas.wrapped(inner, 0, &unmatched(ctx, listing), Role::Text, 3);
    } else if listing.reading.is_some() && (listing.failure.is_none() || ctx.away.is_none()) {
        table::placeholders(canvas, body);
    } else if let Some(error) = &listing.failure {
        let text = Rect { x: below.x + 3, width: below.width.saturating_sub(6), ..below };
        let y = canvas.wrapped(
            text,
            0,
            &format!("The numbers could not be read{}: {error}.", from_where(ctx)),
            Role::Bad,
            4,
        );
        let y = canvas.wrapped(text, y, error.advice(), Role::Text, 3);
        let again = match &ctx.away {
            Some(away) => {
                let at = format::seconds(away.next, &ctx.account.zone);
                ctx.say(&format!("{{refresh}} tries again now; by itself it is tried again at {at}"))
            }
            None => ctx.say("{refresh} tries again"),
        };
        canvas.text(text, 0, y + 1, &again, Role::Muted);
    } else if listing.read_at.is_some() {
        canvas.text(
            below,
            3,
            0,
            &ctx.say("No numbers yet. {inventory} shows what can be bought."),
            Role::Text,
        );
    } else {
        canvas.text(below, 3, 0, &ctx.say("Not read. {refresh} reads the numbers."), Role::Muted);
    }
}

/// The server that failed, where it is known.
pub(super) fn from_where(ctx: &Ctx) -> String {
    let url = &ctx.account.call.base_url;
    if url.is_empty() { String::new() } else { format!(" from {url}") }
}

/// That nothing fits, of what was read: nothing is denied of the rest.
fn unmatched(ctx: &Ctx, listing: &List) -> String {
    let (filter, read) = (listing.filter.text(), thousands(listing.roster.len()));
    let (open, clear) = (ctx.key(Action::Open), ctx.key(Action::ClearFilter));
    match (listing.coverage, &listing.reading) {
        (Coverage::Whole, None) => format!("No number matches {filter}. {clear} clears the filter."),
        (_, Some(_)) => format!("{filter} is not among the {read} read so far. Reading on …"),
        (_, None) => {
            let rest = listing.total.and_then(|total| total.checked_sub(listing.roster.len() as u64));
            let rest = rest.and_then(|rest| usize::try_from(rest).ok()).filter(|rest| *rest > 0);
            let more = rest.map_or("there are more".to_owned(), |rest| format!("{} more", thousands(rest)));
            format!(
                "{filter} is not among the {read} read, {more}: {open} reads on. {clear} clears the filter."
            )
        }
    }
}

/// `312 numbers, 40 match`; `5,000 of 100,000 numbers` while the others are not read.
pub(super) fn counts(listing: &List) -> String {
    if listing.roster.is_empty() && listing.reading.is_some() {
        return "reading …".to_owned();
    }
    let numbers = if listing.roster.len() == 1 { "number" } else { "numbers" };
    let all = format!("{} {numbers}", listing.extent());
    if listing.filter.is_empty() {
        all
    } else {
        format!("{all}, {} match", thousands(listing.roster.matching()))
    }
}

/// The filter line of a list.
pub(super) fn draw_filter(canvas: &mut Canvas<'_>, area: Rect, listing: &List, counts: &str) {
    let problem = listing.filter_problem();
    let told = problem.as_deref().map_or((counts, Role::Muted), |why| (why, Role::Warn));
    filter_line(canvas, area, &listing.filter, told);
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

fn status<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    match &number.status {
        Some(Status::Active) => ("active".into(), Role::Good),
        Some(Status::Inactive) => ("! inactive".into(), Role::Muted),
        Some(Status::Pending) => match stuck(ctx, number) {
            Some(days) => (format!("! pending {days} d").into(), Role::Warn),
            None => ("pending".into(), Role::Text),
        },
        Some(Status::Other(other)) => (format!("! {other}").into(), Role::Warn),
        None => ("?".into(), Role::Muted),
    }
}

/// The same in one word.
fn state<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    let (text, role) = status(ctx, number);
    match number.status {
        Some(Status::Pending) => (if role == Role::Warn { "! pending" } else { "pending" }.into(), role),
        _ => (text, role),
    }
}

/// The status alone; what is wrong with it stands beside it.
fn plain<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    let role = status(ctx, number).1;
    (number.status.as_ref().map_or("?", Status::label).into(), role)
}

fn switch(number: &Number, switch: Switch) -> (Cow<'static, str>, Role) {
    match number.switches[switch] {
        Some(true) => (switch.short().into(), Role::Text),
        Some(false) => ("·".into(), Role::Muted),
        None => ("?".into(), Role::Muted),
    }
}

fn inbound<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    if shared(ctx, number).has(Problem::InboundOff) {
        return ("! off".into(), Role::Warn);
    }
    switch(number, Switch::Inbound)
}

fn outbound<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    switch(number, Switch::Outbound)
}

fn both<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    if shared(ctx, number).has(Problem::InboundOff) {
        return ("! off".into(), Role::Warn);
    }
    let text = match (number.switches[Switch::Inbound], number.switches[Switch::Outbound]) {
        (Some(true), Some(true)) => "in/out",
        (Some(true), _) => "in",
        (_, Some(true)) => "out",
        (None, None) => "?",
        _ => "·",
    };
    (text.into(), Role::Text)
}

/// For how many days it is pending, where that is too long: by the time by which problems are counted.
fn stuck(ctx: &Ctx, number: &Number) -> Option<i64> {
    let now = ctx.owned.roster.known().now?;
    stuck_for(number, now).map(|since| since.as_hours() / 24)
}

/// What is wrong with its settings.
fn shared(ctx: &Ctx, number: &Number) -> Problems {
    Problems::shared(number, ctx.owned.roster.known())
}

fn endpoint<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    let problems = shared(ctx, number);
    match &number.endpoint {
        Field::Value(id) => {
            let name = ctx.names().of(id).unwrap_or(id.as_str());
            if problems.has(Problem::EndpointError) {
                (format!("! error {name}").into(), Role::Warn)
            } else if problems.has(Problem::EndpointInactive) {
                (format!("! inactive {name}").into(), Role::Warn)
            } else {
                (name.into(), Role::Text)
            }
        }
        Field::Null if problems.has(Problem::NoEndpoint) => ("! none".into(), Role::Warn),
        Field::Null => ("none".into(), Role::Muted),
        Field::Absent => ("?".into(), Role::Muted),
    }
}

/// The same where there is little room: what is wrong with an endpoint rather than which it is.
fn answers<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    let problems = shared(ctx, number);
    if problems.has(Problem::EndpointError) {
        ("! error".into(), Role::Warn)
    } else if problems.has(Problem::EndpointInactive) {
        ("! inactive".into(), Role::Warn)
    } else {
        endpoint(ctx, number)
    }
}

/// What the last check came to; never asked for by itself.
fn route<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    match ctx.route(&number.id) {
        Some(report) => {
            let word = if is_failure(ctx, number) { "! FAIL" } else { word(report) };
            (word.into(), check::word_role(report, ctx.now))
        }
        None => ("·".into(), Role::Muted),
    }
}

fn is_failure(ctx: &Ctx, number: &Number) -> bool {
    ctx.owned.roster.known().route(&number.id) == Some(RouteResult::Fail)
}

/// The same with the round trip, or with the time at which it failed.
fn timed<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    let (word, role) = route(ctx, number);
    let Some(report) = ctx.route(&number.id) else { return (word, role) };
    if is_failure(ctx, number) {
        return (format!("{word} {}", format::time(report.checked_at, &ctx.account.zone)).into(), role);
    }
    match report.round_trip().map(|time| time.as_secs_f64()) {
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
fn flag<'a>(ctx: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    let Some(worst) = Problems::of(number, ctx.owned.roster.known()).iter().next() else {
        return ("".into(), Role::Text);
    };
    let word = match worst {
        Problem::RouteFails => "! FAIL",
        Problem::NoEndpoint => "! none",
        Problem::EndpointError => "! error",
        Problem::EndpointInactive => "! idle",
        Problem::InboundOff => "! off",
        Problem::PendingLong => {
            let days = stuck(ctx, number).unwrap_or_default();
            return (format!("! {days} d").into(), Role::Warn);
        }
        Problem::OtherStatus => "!",
        Problem::Inactive => return ("!".into(), Role::Muted),
    };
    (word.into(), Role::Warn)
}
