//! Buying: one panel in the middle, nothing else lit; review, sending and outcome at one place.

use jiff::Timestamp;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, cells, fit_middle};
use super::{Role, format};
use crate::api::{ErrorKind, Mode};
use crate::app::Ctx;
use crate::app::screen::View;
use crate::app::screen::writes::{Attachment, Writes, WritesState};
use crate::app::wrap::wrap;
use crate::phone::{Cents, Country, EndpointId, Kind, Number};
use crate::write::{BatchLine, Outcome, Stage, seconds};

/// Columns of the panel.
const WIDTH: u16 = 68;

/// Lines without which only what decides is told.
const ROOMY: u16 = 14;

/// Columns without which the same holds.
const BROAD: u16 = 56;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &Writes, row: &Number) {
    let width = area.width.saturating_sub(2).min(WIDTH);
    let top = if area.height > 18 { (area.height - 17) / 3 } else { 0 };
    let panel =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + top, width, height: area.height - top };
    let asks = view.prompt_shown().is_some();
    canvas.question(asks);
    canvas.text(panel, 0, 0, "Buy 1 number", Role::Strong);
    match ctx.account.mode() {
        Mode::Live => canvas.right(panel, 0, "[LIVE]", Role::Live),
        Mode::Test => canvas.right(panel, 0, "[TEST]", Role::Strong),
    };
    let tight = panel.height < ROOMY || panel.width < BROAD;
    let country = row.country.as_deref().map(|code| Country::name_of(code).unwrap_or(code));
    let kind = row.kind.as_ref().map(Kind::label);
    let can = row.offer.as_ref().and_then(|offer| offer.capabilities.words());
    let about: Vec<&str> = [country, kind, can.as_deref()].into_iter().flatten().collect();
    let y = if tight { 1 } else { 2 };
    let x = canvas.text(panel, 0, y, &row.line.grouped(), Role::Accent);
    let gap = if tight { 2 } else { 3 };
    canvas.question(false);
    canvas.text(panel, x + gap, y, &about.join(", "), Role::Text);
    canvas.question(asks);
    let y = match (tight, asks) {
        (true, true) => small_review(ctx, canvas, panel, view, row),
        // Where there is little room, what became of it is all that counts.
        (true, false) => 2,
        (false, _) => review(ctx, canvas, panel, view, row),
    };
    outcome(ctx, canvas, panel, y, view);
    canvas.question(false);
}

/// What is bought, for whom and at what price. Returns the line after it.
fn review(ctx: &Ctx, canvas: &mut Canvas<'_>, panel: Rect, view: &Writes, row: &Number) -> u16 {
    let mut y = costs(canvas, panel, 4, view, row) + 1;
    canvas.text(panel, 0, y, "organization", Role::Muted);
    canvas.text(panel, 16, y, &abbreviated(&named(ctx, false), panel, 16), Role::Text);
    y += 1;
    canvas.text(panel, 0, y, "endpoint", Role::Muted);
    let end = match attached(view) {
        Some(id) => canvas.text(panel, 16, y, &abbreviated(&ctx.endpoint_label(&id), panel, 16), Role::Text),
        None => canvas.text(panel, 16, y, "none yet: nobody will answer", Role::Text),
    };
    if view.prompt_shown().is_some() && end + 11 < panel.width {
        canvas.right(panel, y, &ctx.say("{endpoint} changes"), Role::Muted);
    }
    y += 1;
    if is_doubted(ctx, view) {
        y = canvas.wrapped(
            panel,
            y,
            "An earlier purchase of it is in doubt: numdeck looks first and sends nothing if it is yours.",
            Role::Warn,
            2,
        );
    }
    y + 1
}

/// The same in few lines.
fn small_review(ctx: &Ctx, canvas: &mut Canvas<'_>, panel: Rect, view: &Writes, row: &Number) -> u16 {
    let price = row.price();
    let mut y = 2;
    if view.is_asking() {
        canvas.text(panel, 0, y, "price    being read …", Role::Muted);
        y += 1;
    } else if let (Some(today), Some(setup), Some(monthly), Some(yearly)) =
        (price.today(), price.setup, price.monthly, price.yearly())
    {
        canvas.text(panel, 0, y, "today", Role::Muted);
        canvas.text(panel, 9, y, &format!("{today} = {setup} + {monthly}"), Role::Strong);
        canvas.text(panel, 0, y + 1, "then", Role::Muted);
        canvas.text(panel, 9, y + 1, &format!("{monthly} a month, {yearly} a year"), Role::Text);
        y += 2;
    } else {
        let text = unpriced(view);
        y = canvas.wrapped(panel, y, &text, Role::Warn, 2);
    }
    canvas.text(panel, 0, y, "for", Role::Muted);
    canvas.text(panel, 9, y, &abbreviated(&named(ctx, true), panel, 9), Role::Text);
    y += 1;
    if is_doubted(ctx, view) {
        canvas.text(panel, 0, y, "in doubt: looked at first", Role::Warn);
    } else {
        canvas.text(panel, 0, y, "endpoint", Role::Muted);
        let label = attached(view).map(|id| ctx.endpoint_label(&id));
        let label = abbreviated(label.as_deref().unwrap_or("none yet"), panel, 9);
        canvas.text(panel, 9, y, &label, Role::Text);
    }
    y + 1
}

/// A name that is cut in its middle where it is longer than what is left of a line: of two ids, the end
/// tells which is which.
pub(super) fn abbreviated(text: &str, area: Rect, x: u16) -> String {
    fit_middle(text, usize::from(area.width.saturating_sub(x))).into_owned()
}

fn is_doubted(ctx: &Ctx, view: &Writes) -> bool {
    let repeats = |line: &BatchLine| ctx.doubts.repeats(&line.intent);
    view.prompt_shown().is_some() && view.one().is_some_and(repeats)
}

/// The endpoint of the number that was bought, else the one that is to be attached.
fn attached(view: &Writes) -> Option<EndpointId> {
    match view.attached() {
        Attachment::All(id) => id,
        Attachment::Mixed { .. } => None,
    }
}

fn costs(canvas: &mut Canvas<'_>, panel: Rect, mut y: u16, view: &Writes, row: &Number) -> u16 {
    let price = row.price();
    if view.is_asking() {
        canvas.text(panel, 0, y, "price           being read …", Role::Muted);
        return y + 1;
    }
    let amount = |cents: Option<Cents>| cents.map_or("unknown".to_owned(), |cents| cents.to_string());
    for (name, cents) in [("setup", price.setup), ("first month", price.monthly), ("today", price.today())] {
        let role = match (name, cents) {
            (_, None) => Role::Warn,
            ("today", _) => Role::Strong,
            _ => Role::Text,
        };
        canvas.text(panel, 0, y, name, Role::Muted);
        canvas.text(panel, 16, y, &format!("{:>9}", amount(cents)), role);
        if let ("today", Some(monthly), Some(yearly)) = (name, price.monthly, price.yearly()) {
            let then = format!("{monthly} a month, {yearly} a year");
            if usize::from(panel.width) >= 33 + then.width() {
                canvas.text(panel, 28, y, &format!("then {then}"), Role::Muted);
            } else {
                y += 1;
                canvas.text(panel, 0, y, "then", Role::Muted);
                canvas.text(panel, 16, y, &then, Role::Muted);
            }
        }
        y += 1;
    }
    if !price.is_known() {
        y = canvas.wrapped(panel, y, &unpriced(view), Role::Warn, 2);
    }
    y
}

fn unpriced(view: &Writes) -> String {
    match &view.unpriced {
        Some(error) => format!("The price could not be read: {error}"),
        None => "The server does not say what it costs; buying it accepts any price.".to_owned(),
    }
}

/// Who buys; in few words where there is little room.
pub(super) fn named(ctx: &Ctx, tight: bool) -> String {
    match (&ctx.account.standing.organization, &ctx.account.organization) {
        (Some(_), Some(label)) if tight => label.clone(),
        (Some(id), Some(label)) => format!("{label} ({id})"),
        (Some(id), None) => id.clone(),
        (None, _) if tight => "the server's default".to_owned(),
        (None, _) => "server default: the first one of this key".to_owned(),
    }
}

fn outcome(ctx: &Ctx, canvas: &mut Canvas<'_>, panel: Rect, y: u16, view: &Writes) {
    match (&view.state, view.outcome(0), view.one()) {
        (WritesState::Review(prompt), ..) => {
            let text = format!("Type {} to buy: ", prompt.wanted.prompt());
            let x = canvas.text(panel, 0, y, &text, Role::Strong);
            canvas.field(panel, x, y, prompt, Role::Accent);
            if prompt.is_met() {
                canvas.text(panel, 0, y + 1, "enter buys it", Role::Good);
            } else if panel.height >= ROOMY {
                let hint = "enter buys once they match · esc back, nothing is spent";
                canvas.text(panel, 0, y + 1, hint, Role::Muted);
            }
        }
        (WritesState::Ended { at }, Some(outcome), Some(line)) if view.looking.is_none() => {
            ended(ctx, canvas, panel, y, (line, outcome, *at));
        }
        _ => {
            canvas.wrapped(panel, y, &on_its_way(view), Role::Accent, 5);
        }
    }
}

fn on_its_way(view: &Writes) -> String {
    let text = match view.stage() {
        Some(Stage::Waiting) => {
            "Another numdeck is buying it right now. Waiting for its answer; nothing is sent from here."
        }
        Some(Stage::Reading | Stage::Pricing) => "Reading the price again. Nothing is spent yet.",
        Some(Stage::Entering) => "Entering it in the ledger first. Nothing is spent yet.",
        Some(Stage::Sending) => "Sent. Waiting for the answer; it can not be taken back.",
        Some(Stage::Looking) => {
            "No clear answer. Looking whether it was bought… do not buy it again meanwhile."
        }
        Some(Stage::Settling(left)) => {
            return format!(
                "Not there yet. It may still happen within {} s: looking again until then. Do not buy it \
                 again. You may leave; what comes of it is told.",
                seconds(left)
            );
        }
        Some(Stage::Attaching) => "Bought. Attaching the endpoint.",
        None => "The server wants a pause. Nothing is spent until then.",
    };
    text.to_owned()
}

/// What became of it, what is next, and the keys for that.
fn ended(
    ctx: &Ctx,
    canvas: &mut Canvas<'_>,
    panel: Rect,
    y: u16,
    (line, outcome, at): (&BatchLine, &Outcome, Timestamp),
) {
    let words = outcome.words(&line.intent);
    let role = match outcome {
        Outcome::Bought { .. } => Role::Good,
        Outcome::Unknown { .. } => Role::Warn,
        _ => Role::Bad,
    };
    let bought = match outcome {
        Outcome::Bought { number, .. } => Some(&**number),
        _ => None,
    };
    let said = match bought {
        Some(_) => {
            let since = format!("It is yours since {}.", format::time(at, &ctx.account.zone));
            words.said.replacen(&format!("{} is yours.", line.intent.line()), &since, 1)
        }
        None => words.said,
    };
    // An endpoint that is out of order keeps calls away as well as none.
    let trouble = bought.and_then(|number| ctx.endpoint_trouble(number));
    let obstructed = bought.is_some_and(|number| !number.obstacles().is_empty());
    let (next, kept_away) = match trouble {
        Some(trouble) if !obstructed => (format!("Calls may not arrive: {trouble}."), true),
        _ => (words.next, obstructed),
    };
    let next_role = if kept_away { Role::Warn } else { Role::Text };
    // What is next is never pushed out by what happened.
    let kept = cells(wrap(&next, usize::from(panel.width)).len().min(3));
    let hinted = u16::from(panel.height >= ROOMY);
    let free = panel.height.saturating_sub(y + kept + hinted);
    let y = canvas.wrapped(panel, y, &said, role, free.min(5));
    let y = canvas.wrapped(panel, y, &next, next_role, kept);
    if hinted > 0 {
        canvas.text(panel, 0, y, &hint(ctx, outcome, obstructed), Role::Muted);
    }
}

fn hint(ctx: &Ctx, outcome: &Outcome, obstructed: bool) -> String {
    let text = match outcome {
        Outcome::Bought { .. } if obstructed => {
            "{endpoint} attaches an endpoint · {open} opens the number · {back} back"
        }
        Outcome::Bought { .. } => "{check} checks the route · {open} opens the number · {back} back",
        Outcome::Unknown { error, .. } if ctx.writing.is_none() && error.request_id.is_some() => {
            "{look-again} looks again · {back} back; it stays unknown until it is settled"
        }
        Outcome::Unknown { .. } => "{back} back; it stays unknown until it is settled",
        Outcome::Refused(error) if error.kind == ErrorKind::Gone => "{back} back, then choose another number",
        Outcome::Already { .. } | Outcome::Settled { .. } => "{back} back",
        _ => "{back} back, then {buy} tries again",
    };
    ctx.say(text)
}
