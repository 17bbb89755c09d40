//! What the list knows about the selected number, beside the list. Costs no request.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::{Role, check, format};
use crate::app::Ctx;
use crate::phone::{Country, Field, Kind, Moment, Number, Status, Switch};

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect) {
    if area.width == 0 {
        return;
    }
    for y in 0..area.height {
        canvas.text(area, 0, y, "│", Role::Rule);
    }
    let Some(number) = ctx.owned.selected() else { return };
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
    let y = ys.start;
    match &number.endpoint {
        Field::Value(id) => match ctx.endpoint_status(number) {
            Some(status) => {
                let text = format!("{}, {status}", ctx.endpoint_label(id));
                row(canvas, inner, y, "endpoint", &text, Role::Warn);
            }
            None => row(canvas, inner, y, "endpoint", &ctx.endpoint_label(id), Role::Text),
        },
        Field::Null => row(canvas, inner, y, "endpoint", "none: nobody answers calls", Role::Warn),
        Field::Absent => row(canvas, inner, y, "endpoint", "not said", Role::Muted),
    }
    let uri = number.sip_uri.as_deref().unwrap_or("none");
    let mut y = y + 1;
    row(canvas, inner, y, "SIP URI", "", Role::Text);
    if uri.len() + 13 > usize::from(inner.width) {
        y += 1;
        canvas.text(inner, 4, y, uri, Role::Text);
    } else {
        canvas.text(inner, 13, y, uri, Role::Text);
    }
    y += 1;
    match ctx.routes.get(&number.id) {
        Some(report) => {
            let at = format::time(report.checked_at, &ctx.account.zone);
            let text = format!("{} at {at}", check::in_brief(report));
            row(canvas, inner, y, "last check", &text, check::word_role(report, ctx.now));
        }
        None => row(canvas, inner, y, "last check", "not yet; c checks it", Role::Muted),
    }
    let mut dates = Vec::new();
    if let Some(at) = number.created_at.as_ref().and_then(Moment::instant) {
        dates.push(format!("bought {}", format::date(at, &ctx.account.zone)));
    }
    if let Some(at) = number.updated_at.as_ref().and_then(Moment::instant) {
        dates.push(format!("changed {}", format::ago(at, ctx.now)));
    }
    canvas.text(inner, 0, y + 2, &dates.join(", "), Role::Muted);
    let obstacles = number.obstacles();
    if !obstacles.is_empty() && !number.is_inactive() {
        canvas.wrapped(
            inner,
            y + 4,
            &format!("Calls do not arrive: {}.", obstacles.join(", ")),
            Role::Warn,
            4,
        );
    }
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
