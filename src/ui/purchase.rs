//! Buying: one panel in the middle, nothing else lit; review, sending and outcome at one place.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, fit_middle};
use super::{Role, clock};
use crate::api::{ErrorKind, Mode};
use crate::app::screen::purchase::{BuyState, Buying};
use crate::app::wrap::wrap;
use crate::app::{App, Remote};
use crate::phone::{Cents, Country, Kind};
use crate::write::{Stage, Verdict, seconds};

/// Columns of the panel.
const WIDTH: u16 = 68;

/// Lines without which only what decides is told.
const ROOMY: u16 = 14;

/// Columns without which the same holds.
const BROAD: u16 = 56;

pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect, buying: &Buying) {
    let width = area.width.saturating_sub(2).min(WIDTH);
    let top = if area.height > 18 { (area.height - 17) / 3 } else { 0 };
    let panel =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + top, width, height: area.height - top };
    let asks = matches!(buying.state, BuyState::Review { .. });
    canvas.question(asks);
    canvas.text(panel, 0, 0, "Buy 1 number", Role::Strong);
    match app.session.mode() {
        Mode::Live => canvas.right(panel, 0, "[LIVE]", Role::Live),
        Mode::Test => canvas.right(panel, 0, "[TEST]", Role::Strong),
    };
    let tight = panel.height < ROOMY || panel.width < BROAD;
    let row = &buying.row;
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
    let y = match (tight, &buying.state) {
        (true, BuyState::Review { .. }) => small_review(app, canvas, panel, buying),
        // Where there is little room, what became of it is all that counts.
        (true, _) => 2,
        (false, _) => review(app, canvas, panel, buying),
    };
    outcome(app, canvas, panel, y, buying);
    canvas.question(false);
}

/// What is bought, for whom and at what price. Returns the line after it.
fn review(app: &App, canvas: &mut Canvas<'_>, panel: Rect, buying: &Buying) -> u16 {
    let mut y = costs(canvas, panel, 4, buying) + 1;
    canvas.text(panel, 0, y, "organization", Role::Muted);
    canvas.text(panel, 16, y, &abbreviated(&named(app, false), panel, 16), Role::Text);
    y += 1;
    canvas.text(panel, 0, y, "endpoint", Role::Muted);
    let end = match buying.attached() {
        Some(id) => canvas.text(panel, 16, y, &abbreviated(&app.endpoint_label(id), panel, 16), Role::Text),
        None => canvas.text(panel, 16, y, "none yet: nobody will answer", Role::Text),
    };
    if matches!(buying.state, BuyState::Review { .. }) && end + 11 < panel.width {
        canvas.right(panel, y, "e changes", Role::Muted);
    }
    y += 1;
    if is_doubted(app, buying) {
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
fn small_review(app: &App, canvas: &mut Canvas<'_>, panel: Rect, buying: &Buying) -> u16 {
    let price = buying.price();
    let mut y = 2;
    if buying.asked_price.is_loading() {
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
        let text = unpriced(buying);
        y = canvas.wrapped(panel, y, &text, Role::Warn, 2);
    }
    canvas.text(panel, 0, y, "for", Role::Muted);
    canvas.text(panel, 9, y, &abbreviated(&named(app, true), panel, 9), Role::Text);
    y += 1;
    if is_doubted(app, buying) {
        canvas.text(panel, 0, y, "in doubt: looked at first", Role::Warn);
    } else {
        canvas.text(panel, 0, y, "endpoint", Role::Muted);
        let label = buying.attached().map(|id| app.endpoint_label(id));
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

fn is_doubted(app: &App, buying: &Buying) -> bool {
    matches!(buying.state, BuyState::Review { .. }) && app.is_doubted(&buying.intent())
}

fn costs(canvas: &mut Canvas<'_>, panel: Rect, mut y: u16, buying: &Buying) -> u16 {
    let price = buying.price();
    if buying.asked_price.is_loading() {
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
        y = canvas.wrapped(panel, y, &unpriced(buying), Role::Warn, 2);
    }
    y
}

fn unpriced(buying: &Buying) -> String {
    match &buying.asked_price {
        Remote::Failed { error, .. } => format!("The price could not be read: {error}"),
        _ => "The server does not say what it costs; buying it accepts any price.".to_owned(),
    }
}

/// Who buys; in few words where there is little room.
pub(super) fn named(app: &App, tight: bool) -> String {
    match (&app.session.standing.organization, &app.session.organization) {
        (Some(_), Some(label)) if tight => label.clone(),
        (Some(id), Some(label)) => format!("{label} ({id})"),
        (Some(id), None) => id.clone(),
        (None, _) if tight => "the server's default".to_owned(),
        (None, _) => "server default: the first one of this key".to_owned(),
    }
}

fn outcome(app: &App, canvas: &mut Canvas<'_>, panel: Rect, y: u16, buying: &Buying) {
    match &buying.state {
        BuyState::Review { typed, .. } => {
            let confirmation = buying.confirmation();
            let accepted = confirmation.accepts(typed.text());
            let x =
                canvas.text(panel, 0, y, &format!("Type {} to buy: ", confirmation.prompt()), Role::Strong);
            canvas.text(panel, x, y, typed.text(), Role::Accent);
            let used = typed.text().width();
            let blanks = "_".repeat(confirmation.width().saturating_sub(used));
            canvas.text(panel, x + used as u16, y, &blanks, Role::Muted);
            canvas.set_cursor(panel, x + typed.before_cursor().width() as u16, y);
            canvas.question(false);
            if accepted {
                canvas.text(panel, 0, y + 1, "enter buys it", Role::Good);
            } else if panel.height >= ROOMY {
                let hint = "enter buys once they match · esc back, nothing is spent";
                canvas.text(panel, 0, y + 1, hint, Role::Muted);
            }
        }
        BuyState::Sending { stage, .. } => {
            let text = match stage {
                Stage::Waiting => {
                    "Another numdeck is buying it right now. Waiting for its answer; nothing is sent from here."
                        .to_owned()
                }
                Stage::Reading | Stage::Pricing => "Reading the price again. Nothing is spent yet.".to_owned(),
                Stage::Sending => {
                    "Sent. Waiting for the answer; it can not be taken back.".to_owned()
                }
                Stage::Looking => {
                    "No clear answer. Looking whether it was bought… do not buy it again meanwhile."
                        .to_owned()
                }
                Stage::Settling(left) => format!(
                    "Not there yet. It may still happen within {} s: looking again until then. Do not buy it \
                     again. You may leave; what comes of it is told.",
                    seconds(*left)
                ),
                Stage::Attaching => "Bought. Attaching the endpoint.".to_owned(),
            };
            canvas.wrapped(panel, y, &text, Role::Accent, 5);
        }
        BuyState::Ended { intent, verdict, at } => {
            let words = verdict.words(intent);
            let role = match **verdict {
                Verdict::Bought { .. } => Role::Good,
                Verdict::Unknown { .. } => Role::Warn,
                _ => Role::Bad,
            };
            let said = if matches!(**verdict, Verdict::Bought { .. }) {
                let since = format!("It is yours since {}.", clock::time(*at, &app.session.zone));
                words.said.replacen(&format!("{} is yours.", buying.row.line.grouped()), &since, 1)
            } else {
                words.said.clone()
            };
            let bought = match &**verdict {
                Verdict::Bought { number, .. } => Some(&**number),
                _ => None,
            };
            // An endpoint that is out of order keeps calls away as well as none.
            let trouble = bought.and_then(|number| app.endpoint_trouble(number));
            let obstructed = bought.is_some_and(|number| !number.obstacles().is_empty());
            let next = match trouble {
                Some(trouble) if !obstructed => format!("Calls may not arrive: {trouble}."),
                _ => words.next,
            };
            let next_role =
                if obstructed || next.starts_with("Calls may not") { Role::Warn } else { Role::Text };
            let hint = match &**verdict {
                Verdict::Bought { .. } if obstructed => {
                    "e attaches an endpoint · enter opens the number · esc back"
                }
                Verdict::Bought { .. } => "c checks the route · enter opens the number · esc back",
                Verdict::Unknown { .. } if app.offers_look_again() => {
                    "r looks again · esc back; it stays unknown until it is settled"
                }
                Verdict::Unknown { .. } => "esc back; it stays unknown until it is settled",
                Verdict::Refused(error) if error.kind == ErrorKind::Gone => {
                    "esc back, then choose another number"
                }
                Verdict::Already { .. } | Verdict::Settled { .. } => "esc back",
                _ => "esc back, then b tries again",
            };
            // What is next is never pushed out by what happened.
            let width = usize::from(panel.width);
            let kept = wrap(&next, width).len().min(3) as u16;
            let hinted = u16::from(panel.height >= ROOMY);
            let free = panel.height.saturating_sub(y + kept + hinted);
            let y = canvas.wrapped(panel, y, &said, role, free.min(5));
            let y = canvas.wrapped(panel, y, &next, next_role, kept);
            if hinted > 0 {
                canvas.text(panel, 0, y, hint, Role::Muted);
            }
        }
    }
}
