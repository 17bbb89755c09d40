//! Buying: one panel in the middle, nothing else lit; review, sending and outcome at one place.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::{Role, clock};
use crate::api::Mode;
use crate::app::screen::purchase::{BuyState, Buying};
use crate::app::{App, Remote};
use crate::phone::{Cents, Country, Kind};
use crate::write::{Stage, Verdict};

/// Columns of the panel.
const WIDTH: u16 = 68;

pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect, buying: &Buying) {
    let width = area.width.saturating_sub(2).min(WIDTH);
    let top = if area.height > 18 { (area.height - 17) / 3 } else { 0 };
    let panel =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + top, width, height: area.height - top };
    canvas.text(panel, 0, 0, "Buy 1 number", Role::Strong);
    match app.session.mode() {
        Mode::Live => canvas.right(panel, 0, "[LIVE]", Role::Live),
        Mode::Test => canvas.right(panel, 0, "[TEST]", Role::Strong),
    };
    let tight = panel.height < 14;
    let mut y = if tight { 1 } else { 2 };
    let row = &buying.row;
    let country = row.country.as_deref().map(|code| Country::name_of(code).unwrap_or(code));
    let kind = row.kind.as_ref().map(Kind::label);
    let can = row.offer.as_ref().and_then(|offer| offer.capabilities.words());
    let about: Vec<&str> = [country, kind, can.as_deref()].into_iter().flatten().collect();
    let x = canvas.text(panel, 0, y, &row.line.grouped(), Role::Accent);
    canvas.text(panel, x + 3, y, &about.join(", "), Role::Text);
    y += if tight { 1 } else { 2 };
    y = costs(canvas, panel, y, buying);
    y += u16::from(!tight);
    canvas.text(panel, 0, y, "organization", Role::Muted);
    canvas.text(panel, 16, y, &named(app), Role::Text);
    y += 1;
    canvas.text(panel, 0, y, "endpoint", Role::Muted);
    let end = match buying.attached() {
        Some(id) => canvas.text(panel, 16, y, &app.endpoint_label(id), Role::Text),
        None => canvas.text(panel, 16, y, "none yet: nobody will answer", Role::Text),
    };
    if matches!(buying.state, BuyState::Review { .. }) && end + 11 < panel.width {
        canvas.right(panel, y, "e changes", Role::Muted);
    }
    y += if tight { 1 } else { 2 };
    outcome(app, canvas, panel, y, buying);
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
            canvas.text(panel, 28, y, &format!("then {monthly} a month, {yearly} a year"), Role::Muted);
        }
        y += 1;
    }
    if !price.is_known() {
        let text = match &buying.asked_price {
            Remote::Failed { error, .. } => format!("The price could not be read: {error}"),
            _ => "The server does not say what it costs; buying it accepts any price.".to_owned(),
        };
        y = canvas.wrapped(panel, y, &text, Role::Warn, 2);
    }
    y
}

pub(super) fn named(app: &App) -> String {
    match &app.session.standing.organization {
        Some(id) => match &app.session.organization {
            Some(label) => format!("{label} ({id})"),
            None => id.clone(),
        },
        None => "server default: the first one of this key".to_owned(),
    }
}

fn outcome(app: &App, canvas: &mut Canvas<'_>, panel: Rect, y: u16, buying: &Buying) {
    match &buying.state {
        BuyState::Review { typed, .. } => {
            let confirmation = buying.confirmation();
            let x =
                canvas.text(panel, 0, y, &format!("Type {} to buy: ", confirmation.prompt()), Role::Strong);
            canvas.text(panel, x, y, typed.text(), Role::Accent);
            let used = typed.text().width();
            let blanks = "_".repeat(confirmation.width().saturating_sub(used));
            canvas.text(panel, x + used as u16, y, &blanks, Role::Muted);
            canvas.set_cursor(panel, x + typed.before_cursor().width() as u16, y);
            let hint = if confirmation.accepts(typed.text()) {
                ("enter buys it", Role::Good)
            } else {
                ("enter buys once they match · esc back, nothing is spent", Role::Muted)
            };
            canvas.text(panel, 0, y + 1, hint.0, hint.1);
        }
        BuyState::Sending { stage, .. } => {
            let text = match stage {
                Stage::Waiting => {
                    "Another numdeck is buying it right now. Waiting for its answer; nothing is sent from here."
                }
                Stage::Reading | Stage::Pricing => "Reading the price again. Nothing is spent yet.",
                Stage::Sending => "Sent. Waiting for the answer; it can not be taken back.",
                Stage::Looking => {
                    "The answer was lost. Looking whether it was bought… do not buy it again meanwhile."
                }
                Stage::Attaching => "Bought. Attaching the endpoint.",
            };
            canvas.wrapped(panel, y, text, Role::Accent, 3);
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
            let mut y = canvas.wrapped(panel, y, &said, role, 4);
            let next_role = if matches!(&**verdict, Verdict::Bought { number, .. } if !number.obstacles().is_empty())
            {
                Role::Warn
            } else {
                Role::Text
            };
            y = canvas.wrapped(panel, y, &words.next, next_role, 3);
            let hint = match &**verdict {
                Verdict::Bought { number, .. } if !number.obstacles().is_empty() => {
                    "e attaches an endpoint · enter opens the number · esc back"
                }
                Verdict::Bought { .. } => "enter opens the number · esc back",
                Verdict::Unknown { .. } => "r looks again · esc back; it stays unknown until it is settled",
                _ => "esc back, then b tries again",
            };
            canvas.text(panel, 0, y, hint, Role::Muted);
        }
    }
}
