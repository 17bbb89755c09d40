//! Several writes: the list of them, what they cost or do together, the confirmation, the outcome.
//! All four stay at the same place.

use ratatui::layout::Rect;

use super::canvas::{Canvas, cells, fit};
use super::format::bar;
use super::purchase::{abbreviated, named};
use super::{Role, purchase};
use crate::api::Mode;
use crate::app::Ctx;
use crate::app::pointer::ClickTarget;
use crate::app::screen::View;
use crate::app::screen::writes::{Attachment, Writes, WritesState};
use crate::app::wrap::wrap;
use crate::phone::Cents;
use crate::write::{BatchLine, Intent, Outcome, OutcomeKind, Quote, Stage};

/// Column of what is done to a number.
const WHAT: u16 = 24;

/// Lines of what follows from the selected change.
const DETAILS: u16 = 4;

/// Columns without which words are shorter.
const BROAD: u16 = 60;

/// So view lines are looked at for how much room that needs.
const MEASURED: usize = 100;

/// One purchase has a page of its own, several are a list.
pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &Writes) {
    match view.one_row() {
        Some(row) => purchase::draw(ctx, canvas, area, view, row),
        None => draw_list(ctx, canvas, area, view),
    }
}

fn draw_list(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &Writes) {
    let panel = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let asks = view.prompt_shown().is_some();
    canvas.question(asks);
    let end = canvas.text(panel, 0, 0, &view.title, Role::Strong);
    match ctx.account.mode() {
        Mode::Live => canvas.right(panel, 0, "[LIVE]", Role::Live),
        Mode::Test => canvas.right(panel, 0, "[TEST]", Role::Strong),
    };
    canvas.question(false);
    let tight = Writes::is_tight(area.height);
    let list = view.regions(area).list;
    canvas.target(list, ClickTarget::Rows(view.cursor.offset));
    let columns = Columns::of(list.width);
    for (place, line) in
        view.run.lines().iter().enumerate().skip(view.cursor.offset).take(usize::from(list.height))
    {
        let y = cells(place - view.cursor.offset);
        row(ctx, canvas, list, y, (view, place, line), columns);
        if place == view.cursor.selected {
            canvas.select(list, 1, y);
        }
    }
    let more = view.run.lines().len().saturating_sub(view.cursor.offset + usize::from(list.height));
    let bottom = Rect { y: list.bottom(), height: area.bottom().saturating_sub(list.bottom()), ..panel };
    if more > 0 && tight {
        canvas.text(panel, end + 2, 0, &format!("↓ {more} more"), Role::Accent);
    } else if more > 0 {
        canvas.right(bottom, 0, &format!("↓ {more} more"), Role::Accent);
    }
    canvas.question(asks);
    let y = if view.buys() {
        cost(ctx, canvas, bottom, view, tight)
    } else {
        canvas.question(asks);
        effect(ctx, canvas, bottom, view, tight)
    };
    canvas.question(asks);
    state(ctx, canvas, bottom, y, view, tight);
    canvas.question(false);
}

/// Where a row has what, by the width there is. The outcome has its place from the beginning, so
/// that a row keeps its shape.
#[derive(Clone, Copy)]
enum Columns {
    /// Kind and both prices, the outcome at this column.
    Wide(u16),
    /// Kind and the price of today, the outcome at this column.
    Usual(u16),
    /// Price or outcome.
    Narrow,
}

impl Columns {
    fn of(width: u16) -> Self {
        match width {
            100.. => Self::Wide(70),
            66.. => Self::Usual(51),
            _ => Self::Narrow,
        }
    }
}

fn row(
    ctx: &Ctx,
    canvas: &mut Canvas<'_>,
    list: Rect,
    y: u16,
    (view, place, line): (&Writes, usize, &BatchLine),
    columns: Columns,
) {
    canvas.text(list, 3, y, &line.intent.line(), Role::Text);
    let outcome = outcome(ctx, view, place, line);
    let (told, at) = match (columns, &outcome) {
        (Columns::Wide(at) | Columns::Usual(at), _) => (true, at),
        (Columns::Narrow, Some(_)) => (false, WHAT),
        (Columns::Narrow, None) => (true, list.width),
    };
    if told {
        let middle = Rect { width: at.saturating_sub(1).min(list.width), ..list };
        canvas.text(middle, WHAT, y, &what(ctx, &line.intent, columns), Role::Muted);
    }
    if let Some((text, role)) = &outcome {
        let room = usize::from(list.width.saturating_sub(at));
        canvas.text(list, at, y, &fit(text, room), *role);
    }
}

/// What a write costs, or changes.
fn what(ctx: &Ctx, intent: &Intent, columns: Columns) -> String {
    let amount = |cents: Option<Cents>| cents.map_or("unknown".to_owned(), |cents| cents.to_string());
    match intent {
        Intent::Purchase { reviewed, .. } => {
            let kind = reviewed.kind.as_ref().map_or("?", |kind| kind.label());
            let (price, today) = (reviewed.price, amount(reviewed.price.today()));
            match columns {
                Columns::Wide(_) => {
                    format!(
                        "{kind:<10} {:>9} setup {:>9} a month",
                        amount(price.setup),
                        amount(price.monthly)
                    )
                }
                Columns::Usual(_) => format!("{kind:<10}{today:>9} today"),
                Columns::Narrow => format!("{today:>9}"),
            }
        }
        Intent::Update { before, changes, .. } => {
            let mut text = changes.lines(before).join(", ");
            let ids = [before.endpoint.value(), changes.endpoint.as_ref().and_then(Option::as_ref)];
            for id in ids.into_iter().flatten() {
                text = text.replace(id.as_str(), &ctx.endpoint_label(id));
            }
            text
        }
        Intent::Remove { before, .. } => {
            let status = before.status.as_ref().map_or("?", |status| status.label());
            format!("{status} -> inactive")
        }
    }
}

fn outcome(ctx: &Ctx, view: &Writes, place: usize, line: &BatchLine) -> Option<(String, Role)> {
    let purchase = matches!(line.intent, Intent::Purchase { .. });
    match (view.outcome(place), &view.state) {
        (Some(outcome), _) => {
            let word = OutcomeKind::of(outcome).wire(purchase).replace('_', " ");
            Some(match outcome {
                Outcome::Ignored { .. } => ("ignored".to_owned(), Role::Bad),
                Outcome::Unknown { .. } => ("! unknown".to_owned(), Role::Warn),
                Outcome::Refused(error) | Outcome::NotDone(error) | Outcome::NotSent(error) => {
                    (format!("{word}: {}", error.message), Role::Bad)
                }
                Outcome::PriceMoved { .. } => ("price moved".to_owned(), Role::Bad),
                Outcome::Changed { .. } => ("changed since".to_owned(), Role::Bad),
                Outcome::Busy => ("another numdeck is busy with it".to_owned(), Role::Bad),
                _ => (word, Role::Good),
            })
        }
        (None, WritesState::Running { line, stage, .. }) if *line == place => {
            let word = stage.map_or("the server wants a pause".into(), Stage::words);
            Some((word.into_owned(), Role::Accent))
        }
        (None, WritesState::Ended { .. }) => Some(("not tried".to_owned(), Role::Muted)),
        (None, _) if ctx.doubts.repeats(&line.intent) => Some(("! in doubt".to_owned(), Role::Warn)),
        (None, _) => None,
    }
}

/// Who will answer what is bought.
fn attached(ctx: &Ctx, view: &Writes, short: bool) -> String {
    match view.attached() {
        Attachment::All(Some(id)) => ctx.endpoint_label(&id),
        Attachment::All(None) if short => "none yet".to_owned(),
        Attachment::All(None) => "none yet: nobody will answer".to_owned(),
        Attachment::Mixed { without: 0 } => "different ones".to_owned(),
        Attachment::Mixed { without } => format!("none yet for {without} of them"),
    }
}

/// Sums, organization and endpoint of a purchase. Returns the line after them.
fn cost(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &Writes, tight: bool) -> u16 {
    let quote = view.quote();
    let asks = view.prompt_shown().is_some();
    let over = view.is_over();
    if tight && over {
        return 0;
    }
    let mut y = u16::from(!tight);
    let narrow = area.width < BROAD;
    let later = if narrow { in_short(quote) } else { later(quote) };
    let x = if tight || narrow { 9 } else { 14 };
    if view.is_asking() {
        canvas.text(area, 0, y, "today         prices are being read …", Role::Muted);
        y += 1;
    } else if tight {
        let today = quote.today_in_words();
        if quote.unknown > 0 {
            let text = format!("today {today}: buying them accepts any price");
            y = canvas.wrapped(area, y, &text, Role::Warn, 2);
        } else {
            canvas.text(area, 0, y, &format!("today {today}, then {} a month", quote.monthly), Role::Strong);
            y += 1;
        }
    } else {
        if !over {
            canvas.text(area, 0, y, "today", Role::Muted);
            let role = if quote.unknown > 0 { Role::Warn } else { Role::Strong };
            let end = canvas.text(area, x, y, &quote.today_in_words(), role);
            let (known, parts) = if quote.unknown > 0 {
                (false, ": buying them accepts any price".to_owned())
            } else {
                (true, format!(" = {} setup + {} first month", quote.setup, quote.monthly))
            };
            // That any price is accepted is part of the question, how the sum is made is not.
            canvas.question(asks && !known);
            canvas.text(area, end, y, &parts, if known { Role::Muted } else { role });
            canvas.question(asks);
            y += 1;
        }
        if !over || quote.numbers > 0 {
            canvas.text(area, 0, y, "then", Role::Muted);
            let most = if view.run.tally().unknown > 0 { "at most " } else { "" };
            canvas.text(area, x, y, &format!("{most}{later}"), Role::Text);
            y += 1;
        }
    }
    let doubted = |line: &&BatchLine| line.outcome.is_none() && ctx.doubts.repeats(&line.intent);
    let doubted = if over { 0 } else { view.run.lines().iter().filter(doubted).count() };
    let label = |name, wide: &'static str| if tight || narrow { name } else { wide };
    canvas.text(area, 0, y, label("for", "organization"), Role::Muted);
    canvas.text(area, x, y, &abbreviated(&named(ctx, tight || narrow), area, x), Role::Text);
    y += 1;
    if tight && doubted > 0 {
        canvas.text(area, 0, y, &format!("{doubted} in doubt: looked at first"), Role::Warn);
        return y + 1;
    }
    canvas.text(area, 0, y, "endpoint", Role::Muted);
    let attached = attached(ctx, view, tight || narrow);
    let end = canvas.text(area, x, y, &abbreviated(&attached, area, x), Role::Text);
    canvas.question(false);
    if view.prompt_shown().is_some() {
        let x = if tight { end + 2 } else { end.max(44) + 4 };
        canvas.text(area, x, y, &ctx.say("{endpoint} changes"), Role::Muted);
    }
    y += 1;
    if !over {
        if doubted > 0 {
            let text = format!("{doubted} in doubt: numdeck looks first and sends nothing if it is yours.");
            canvas.text(area, 0, y, &text, Role::Warn);
            y += 1;
        }
        y = left_out(canvas, area, y, view);
    }
    y + u16::from(!tight)
}

/// The same where there is little room.
fn in_short(quote: Quote) -> String {
    if quote.unknown > 0 { later(quote) } else { format!("{}/month, {}/year", quote.monthly, quote.yearly()) }
}

/// What each month costs, as far as that is known.
fn later(quote: Quote) -> String {
    let unknown = if quote.unknown > 0 { format!(" and {} unknown", quote.unknown) } else { String::new() };
    if quote.unknown > 0 && quote.monthly == Cents(0) {
        return "unknown".to_owned();
    }
    format!("{} a month, {} a year{unknown}", quote.monthly, quote.yearly())
}

fn left_out(canvas: &mut Canvas<'_>, area: Rect, y: u16, view: &Writes) -> u16 {
    if view.left_out.is_empty() {
        return y;
    }
    // What nothing is done to is not part of the question.
    let asks = canvas.is_question();
    canvas.question(false);
    canvas.text(area, 0, y, &format!("{}.", view.left_out.join("; ")), Role::Muted);
    canvas.question(asks);
    y + 1
}

/// What follows for all, what was left out, and what follows from the selected change. Returns the
/// line after it.
fn effect(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &Writes, tight: bool) -> u16 {
    let over = view.is_over();
    let mut y = u16::from(!tight);
    if over {
        return y;
    }
    let whose = format!("for {}", named(ctx, area.width < BROAD));
    canvas.text(area, 0, y, &abbreviated(&whose, area, 0), Role::Text);
    y += 1;
    if let Some(text) = view.for_all() {
        y = canvas.wrapped(area, y, &text, Role::Warn, 3);
    }
    y = left_out(canvas, area, y, view);
    let kept = if tight { 1 } else { 3 };
    let free = area.height.saturating_sub(y + kept).min(DETAILS);
    let told = |line: &BatchLine| {
        let text = view.details(&line.intent, ctx.names());
        if text.is_empty() { text } else { format!("{}: {text}", line.intent.line()) }
    };
    // The question does not move when another line is selected.
    let first = view.run.lines().iter().take(MEASURED);
    let longest = first.map(|line| wrap(&told(line), usize::from(area.width)).len()).max().unwrap_or(0);
    let free = free.min(cells(longest));
    // What follows from each is told of the one that is selected, as far as there is room.
    canvas.question(false);
    if let Some(line) = view.run.lines().get(view.cursor.selected) {
        canvas.wrapped(area, y, &told(line), Role::Text, free);
        y += free;
    }
    y + u16::from(!tight)
}

fn state(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, y: u16, view: &Writes, tight: bool) {
    match &view.state {
        WritesState::Review(prompt) => {
            let verb = if view.buys() { "buy" } else { "confirm" };
            let text = format!("Type {} to {verb}: ", prompt.wanted.prompt());
            let accepted = prompt.is_met();
            let x = canvas.text(area, 0, y, &text, Role::Strong);
            canvas.field(area, x, y, prompt, if accepted { Role::Good } else { Role::Accent });
            if tight {
                return;
            }
            let nothing = if view.buys() { "nothing is spent" } else { "nothing is sent" };
            let go = if view.buys() { "buys" } else { "sends" };
            if accepted {
                let text = format!("enter {go} them, one after another · esc back, {nothing}");
                canvas.text(area, 0, y + 1, &text, Role::Good);
            } else {
                let text = format!("enter goes on once it matches · esc back, {nothing}");
                canvas.text(area, 0, y + 1, &text, Role::Muted);
            }
        }
        WritesState::Running { line, halting, .. } => {
            let all = view.run.lines().len();
            let bar = bar(area.width, *line, all);
            canvas.text(area, 0, y, &bar, Role::Accent);
            let hint = if *halting {
                "Stopping after the one that is on its way.".to_owned()
            } else {
                ctx.say("{back} stops after the one that is on its way")
            };
            canvas.text(area, 0, y + 1, &hint, Role::Muted);
        }
        WritesState::Ended { .. } => ended(ctx, canvas, area, y, view),
    }
}

/// What all came to, why the selected line is not done, and what is next, which is always there.
fn ended(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, y: u16, view: &Writes) {
    let (said, next) = view.said(&ctx.keys);
    let tally = view.run.tally();
    let role = if tally.unknown > 0 {
        Role::Warn
    } else if tally.failed + tally.left > 0 {
        Role::Bad
    } else {
        Role::Good
    };
    let width = usize::from(area.width);
    let kept = cells(wrap(&next, width).len().min(2));
    let y = canvas.wrapped(area, y, &said, role, 2);
    let selected = view.run.lines().get(view.cursor.selected);
    let why = selected.and_then(|line| Some((line, line.outcome.as_ref()?)));
    let why =
        why.filter(|(_, outcome)| !outcome.is_done()).map(|(line, outcome)| outcome.words(&line.intent).said);
    let free = area.height.saturating_sub(y + kept);
    let y = why.map_or(y, |why| canvas.wrapped(area, y, &why, Role::Text, free));
    canvas.wrapped(area, y, &next, Role::Strong, kept);
}
