//! Screen 2: numbers on sale.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::Role;
use super::canvas::Canvas;
use super::owned::{draw_filter, from_where, kind, number};
use super::table::{self, Column};
use crate::app::action::Action;
use crate::app::layout::Areas;
use crate::app::list::Coverage;
use crate::app::list::search::FormField;
use crate::app::screen::View;
use crate::app::screen::inventory::Inventory;
use crate::app::{Ctx, Tab};
use crate::phone::{Cents, Country, Kind, Number, SortKey, thousands};

const NUMBER: Column =
    Column { title: "NUMBER", sort: Some(SortKey::Number), width: 19, right: false, cell: number };
const TYPE: Column = Column { title: "TYPE", sort: Some(SortKey::Kind), width: 10, right: false, cell: kind };
const CAN: Column = Column { title: "CAN", sort: None, width: 14, right: false, cell: can };
const SETUP: Column =
    Column { title: "SETUP", sort: Some(SortKey::Setup), width: 9, right: true, cell: setup };
const MONTHLY: Column =
    Column { title: "MONTHLY", sort: Some(SortKey::Monthly), width: 9, right: true, cell: monthly };

fn columns(width: u16) -> &'static [&'static Column] {
    match width {
        ..50 => &[&NUMBER, &MONTHLY],
        50..70 => &[&NUMBER, &TYPE, &SETUP, &MONTHLY],
        _ => &[&NUMBER, &TYPE, &CAN, &SETUP, &MONTHLY],
    }
}

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, areas: Areas, view: &Inventory) {
    let (listing, line, body) = (&ctx.inventory, areas.filter, areas.body);
    if listing.filter.is_seen() {
        let mut told = super::owned::counts(listing);
        if let Some(marks) = ctx.marks_said(Tab::Inventory) {
            told.push_str(&format!(", {marks}"));
        }
        draw_filter(canvas, line, listing, &told);
    } else {
        let form = match ctx.marks_said(Tab::Inventory).filter(|_| !view.form_open) {
            Some(marks) => {
                let inner = Rect { width: line.width.saturating_sub(1), ..line };
                let start = canvas.right(inner, 0, &marks, Role::Accent);
                Rect { width: start.saturating_sub(1), ..line }
            }
            None => line,
        };
        draw_form(canvas, form, view);
    }
    if view.form_open {
        return draw_advice(canvas, body, view);
    }
    table::draw(ctx, canvas, (body, view.regions(body).list), listing, columns(body.width));
    if listing.roster.matching() > 0 {
        return;
    }
    let below = Rect { y: body.y + 2.min(body.height), height: body.height.saturating_sub(2), ..body };
    if listing.reading.is_some() && listing.roster.is_empty() {
        table::placeholders(canvas, body);
    } else if let Some(error) = listing.failure.as_ref().filter(|_| listing.roster.is_empty()) {
        let text = Rect { x: below.x + 3, width: below.width.saturating_sub(6), ..below };
        let y = canvas.wrapped(
            text,
            0,
            &format!("The inventory could not be read{}: {error}.", from_where(ctx)),
            Role::Bad,
            4,
        );
        let y = canvas.wrapped(text, y, error.advice(), Role::Text, 3);
        canvas.text(
            text,
            0,
            y + 1,
            &ctx.say("{refresh} tries again, {search} changes the search"),
            Role::Muted,
        );
    } else if listing.read_at.is_none() {
        let country = view.form.country_code().unwrap_or_default();
        let country = Country::name_of(&country).map_or(country.clone(), str::to_owned);
        let text = format!(
            "{} shows what is for sale in {country}; {} chooses country, type and digits.",
            ctx.key(Action::Open),
            ctx.key(Action::Search)
        );
        let inner = Rect { x: below.x + 3, width: below.width.saturating_sub(6), ..below };
        canvas.wrapped(inner, 0, &text, Role::Text, 3);
    } else {
        let next = if listing.filter.is_empty() {
            "{search} changes the search"
        } else {
            "{clear-filter} clears the filter"
        };
        let more =
            if matches!(listing.coverage, Coverage::Partial(_)) { ", {load-all} scans on" } else { "" };
        canvas.text(below, 3, 0, &ctx.say(&format!("Nothing on sale fits. {next}{more}.")), Role::Text);
    }
}

/// What the form takes, or what is wrong with it.
fn draw_advice(canvas: &mut Canvas<'_>, body: Rect, view: &Inventory) {
    let below = Rect { y: body.y + 1.min(body.height), height: body.height.saturating_sub(1), ..body };
    if let Some(why) = &view.form.error {
        canvas.text(below, 3, 0, why, Role::Warn);
    } else {
        let known = Country::ALL.iter().map(|country| country.code).collect::<Vec<_>>().join(" ");
        let text = Rect { x: below.x + 3, width: below.width.saturating_sub(6), ..below };
        let y = canvas.wrapped(
            text,
            0,
            "Enter searches. Tab goes to the next field, arrows choose.",
            Role::Text,
            2,
        );
        let y = canvas.wrapped(
            text,
            y + 1,
            "Pattern: 777 anywhere; *777 at the end; 234803* at the beginning; ? is one digit; *aabb two pairs, *a<<< four in a row.",
            Role::Muted,
            3,
        );
        canvas.wrapped(text, y + 1, &format!("Countries: {known}, or any other code."), Role::Muted, 3);
    }
}

/// Columns of the country while it is typed.
const COUNTRY: u16 = 16;

/// `Country NG Nigeria   Type any   Pattern *777*`.
fn draw_form(canvas: &mut Canvas<'_>, area: Rect, view: &Inventory) {
    let (form, open) = (&view.form, view.form_open);
    let narrow = area.width < 64;
    let mut x = 1;
    let focused = |field| open && form.focus == field;
    let role = |field| if focused(field) { Role::Accent } else { Role::Muted };
    let shown = match &view.search {
        Some(search) if !open => &search.country,
        _ => form.country.text(),
    };
    x = canvas.text(area, x, 0, if narrow { "CC " } else { "Country " }, role(FormField::Country));
    if focused(FormField::Country) {
        // A name of a country is long, and the other fields are to be seen.
        let field = Rect { width: area.width.min(x + COUNTRY), ..area };
        x = canvas.input(field, x, 0, &form.country, Role::Strong);
    } else {
        x = canvas.text(area, x, 0, shown, Role::Strong);
    }
    if !narrow {
        let code = form.country_code();
        let name = code.as_deref().and_then(Country::name_of).unwrap_or("");
        x = canvas.text(area, x, 0, &format!(" {name}"), Role::Text);
    }
    x = canvas.text(area, x + 2, 0, "Type ", role(FormField::Kind));
    if focused(FormField::Kind) {
        canvas.set_cursor(area, x, 0);
    }
    x = canvas.text(area, x, 0, form.kind.as_ref().map_or("any", Kind::label), Role::Strong);
    x = canvas.text(area, x + 2, 0, if narrow { "Like " } else { "Pattern " }, role(FormField::Pattern));
    if focused(FormField::Pattern) {
        canvas.input(area, x, 0, &form.pattern, Role::Strong);
        return;
    }
    let pattern = if form.pattern.is_empty() && !open { "any" } else { form.pattern.text() };
    canvas.text(area, x, 0, pattern, Role::Strong);
}

/// `scanned 1,240, complete` or `first 5,000 of 9,000; L scans on`.
pub(super) fn coverage(ctx: &Ctx) -> Option<String> {
    let listing = &ctx.inventory;
    listing.read_at?;
    let scanned = thousands(listing.roster.len());
    let mut text = match (listing.coverage, &listing.reading) {
        (_, Some(_)) => format!("scanned {scanned} so far"),
        (Coverage::Whole, None) => format!("scanned {scanned}, complete"),
        (_, None) => format!("first {}; {} scans on", listing.extent(), ctx.key(Action::LoadAll)),
    };
    if !listing.roster.is_unfiltered() {
        text.push_str(&format!(", {} match", thousands(listing.roster.matching())));
    }
    Some(text)
}

fn can<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    match number.offer.as_ref().and_then(|offer| offer.capabilities.words()) {
        Some(words) => (words.into(), Role::Text),
        None => ("?".into(), Role::Muted),
    }
}

fn money(cents: Option<Cents>) -> (Cow<'static, str>, Role) {
    cents.map_or(("unknown".into(), Role::Muted), |cents| (cents.to_string().into(), Role::Text))
}

fn setup<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    money(number.price().setup)
}

fn monthly<'a>(_: &'a Ctx, number: &'a Number) -> (Cow<'a, str>, Role) {
    money(number.price().monthly)
}
