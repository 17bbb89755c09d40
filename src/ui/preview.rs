//! What the list knows about the selected number, beside the list. Costs no request.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::{Role, check, format};
use crate::app::Ctx;
use crate::app::action::Action;
use crate::app::screen::check::named;
use crate::phone::{Country, Field, Kind, Moment, Number, Status, Switch, Trouble};
use crate::sip::Health;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect) {
    if area.width == 0 {
        return;
    }
    for y in 0..area.height {
        canvas.text(area, 0, y, "│", Role::Rule);
    }
    let Some(number) = ctx.owned.selected() else { return };
    let known = ctx.owned.roster.known();
    let inner = Rect { x: area.x + 3, width: area.width.saturating_sub(4), ..area };
    canvas.text(inner, 0, 1, &number.line.grouped(), Role::Strong);
    canvas.text(inner, 0, 2, &described(number), Role::Muted);
    canvas.text(inner, 0, 4, "Route", Role::Muted);
    let mut ys = 5..;
    for (switch, y) in Switch::ALL.iter().zip(&mut ys) {
        let (text, role) = match (number.switches[*switch], switch) {
            (Some(true), _) => ("allowed", Role::Text),
            (Some(false), Switch::Inbound) => ("off: no call gets through", Role::Warn),
            (Some(false), _) => ("off", Role::Text),
            (None, _) => ("not said", Role::Muted),
        };
        row(canvas, inner, y, switch.name(), text, role);
    }
    let y = endpoint(ctx, canvas, inner, ys.start, number);
    let uri = number.sip_uri.as_deref().unwrap_or("none");
    row(canvas, inner, y, "SIP URI", "", Role::Text);
    let mut y = y;
    if uri.len() + 13 > usize::from(inner.width) {
        y += 1;
        canvas.text(inner, 4, y, uri, Role::Text);
    } else {
        canvas.text(inner, 13, y, uri, Role::Text);
    }
    y = last_check(ctx, canvas, inner, y + 1, number);
    let mut dates = Vec::new();
    if let Some(at) = number.created_at.as_ref().and_then(Moment::instant) {
        dates.push(format!("bought {}", format::date(at, &ctx.account.zone)));
    }
    if let Some(at) = number.updated_at.as_ref().and_then(Moment::instant) {
        dates.push(format!("changed {}", format::ago(at, ctx.now)));
    }
    canvas.text(inner, 0, y + 1, &dates.join(", "), Role::Muted);
    if let Some(label) = known.labels.of(number) {
        y = canvas.wrapped(inner, y + 2, &label.words(), Role::Strong, 3);
    }
    let obstacles: Vec<_> = number.troubles(known.endpoint(number)).iter().map(Trouble::words).collect();
    if !obstacles.is_empty() && !number.is_inactive() {
        canvas.wrapped(
            inner,
            y + 3,
            &format!("Calls do not arrive: {}.", obstacles.join(", ")),
            Role::Warn,
            4,
        );
    }
}

/// Who answers: name, type and status, and where. Returns the line after it.
fn endpoint(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, y: u16, number: &Number) -> u16 {
    let id = match &number.endpoint {
        Field::Value(id) => id,
        Field::Null => {
            row(canvas, area, y, "endpoint", "none: nobody answers calls", Role::Warn);
            return y + 1;
        }
        Field::Absent => {
            row(canvas, area, y, "endpoint", "not said", Role::Muted);
            return y + 1;
        }
    };
    let trouble = ctx.endpoint_trouble(number).is_some();
    let role = if trouble { Role::Warn } else { Role::Text };
    row(canvas, area, y, "endpoint", &ctx.endpoint_label(id), role);
    let Some(listed) = ctx.owned.roster.known().endpoint(number) else { return y + 1 };
    let about: Vec<&str> = [listed.kind.as_deref(), listed.status.as_deref()].into_iter().flatten().collect();
    let mut y = y + 1;
    if !about.is_empty() {
        canvas.text(area, 13, y, &about.join(", "), if trouble { Role::Warn } else { Role::Muted });
        y += 1;
    }
    if let Some(url) = &listed.url {
        canvas.text(area, 13, y, url, Role::Muted);
        y += 1;
    }
    y
}

/// What the last check came to, why, and what to do. Returns the line after it.
fn last_check(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, y: u16, number: &Number) -> u16 {
    let Some(report) = ctx.route(&number.id) else {
        let text = match &ctx.travel {
            Some(_) => "not known of that time".to_owned(),
            None => format!("not yet; {} checks it", ctx.key(Action::Check)),
        };
        row(canvas, area, y, "last check", &text, Role::Muted);
        return y + 1;
    };
    let at = format::time(report.checked_at, &ctx.account.zone);
    let text = format!("{} at {at}", check::in_brief(report));
    row(canvas, area, y, "last check", &text, check::word_role(report, ctx.now));
    if report.verdict.health() == Health::Healthy {
        return y + 1;
    }
    let below = Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area };
    let y = canvas.wrapped(below, y + 1, &report.verdict.cause.to_string(), Role::Text, 3);
    let line = number.line.to_string();
    let next = report.verdict.next.words(&|means| named(means, &line, &ctx.keys));
    if next.is_empty() { y } else { canvas.wrapped(below, y, &next, Role::Muted, 3) }
}

fn row(canvas: &mut Canvas<'_>, area: Rect, y: u16, name: &str, value: &str, role: Role) {
    canvas.text(area, 2, y, name, Role::Muted);
    canvas.text(area, 13, y, value, role);
}

/// `Nigeria, mobile, active`.
pub(super) fn described(number: &Number) -> String {
    let country = number.country.as_deref().map(|code| Country::name_of(code).unwrap_or(code));
    let kind = number.kind.as_ref().map(Kind::label);
    let status = number.status.as_ref().map(Status::label);
    [country, kind, status].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
