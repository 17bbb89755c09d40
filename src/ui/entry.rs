//! One entry of the ledger: before and after.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::ledger::{deed, said};
use super::{Role, format};
use crate::app::Ctx;
use crate::app::overlay::entry::EntryView;
use crate::phone::{Cents, EndpointId, SettingValue};
use crate::write::{Entry, Intent};

/// Column of values.
const VALUE: u16 = 16;

type Line = (String, String, Role);

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &EntryView) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let entry = &view.entry;
    canvas.text(area, 0, 0, &format!("{} on {}", deed(ctx, entry), entry.intent.line()), Role::Strong);
    let body = Rect { y: area.y + 2.min(area.height), height: area.height.saturating_sub(2), ..area };
    let lines = lines(ctx, entry);
    let last = lines.len().saturating_sub(usize::from(body.height));
    let first = usize::from(view.scroll).min(last);
    let mut y = 0;
    for (name, value, role) in lines.iter().skip(first) {
        if y >= body.height {
            break;
        }
        canvas.text(body, 0, y, name, Role::Muted);
        let values = Rect { x: body.x + VALUE, width: body.width.saturating_sub(VALUE), ..body };
        y = canvas.wrapped(values, y, value, *role, 4).max(y + 1);
    }
    canvas.set_cursor(body, 0, 0);
}

fn lines(ctx: &Ctx, entry: &Entry) -> Vec<Line> {
    let zone = &ctx.account.zone;
    let mut lines = vec![(
        "entered".to_owned(),
        format!("{} {}", format::date(entry.at, zone), format::seconds(entry.at, zone)),
        Role::Text,
    )];
    let organization = entry.organization.clone().unwrap_or_else(|| "server default".to_owned());
    lines.push(("organization".to_owned(), organization, Role::Text));
    let told = if entry.said.is_empty() { Role::Warn } else { Role::Text };
    lines.push(("outcome".to_owned(), said(ctx, entry), told));
    lines.push((String::new(), String::new(), Role::Text));
    match &entry.intent {
        Intent::Update { before, changes, .. } => {
            for value in changes.values() {
                let setting = value.setting();
                let was = setting.of(before);
                let label = |text: &str| match &value {
                    SettingValue::Endpoint(_) => named(ctx, text),
                    _ => text.to_owned(),
                };
                let was = was.map_or_else(|| "not known".to_owned(), |was| label(was.label()));
                let line = format!("{was} → {}", label(value.label()));
                lines.push((setting.name().to_owned(), line, Role::Strong));
            }
        }
        Intent::Purchase { reviewed, .. } => {
            let price = reviewed.price;
            let money =
                |cents: Option<Cents>| cents.map_or_else(|| "unknown".to_owned(), |cents| cents.to_string());
            lines.push(("setup".to_owned(), money(price.setup), Role::Text));
            lines.push(("a month".to_owned(), format!("{} as reviewed", money(price.monthly)), Role::Text));
        }
        Intent::Remove { before, .. } => {
            let endpoint = before.endpoint.value().map_or("none".to_owned(), |id| ctx.endpoint_label(id));
            lines.push(("endpoint".to_owned(), format!("{endpoint} before"), Role::Text));
        }
    }
    lines.push((String::new(), String::new(), Role::Text));
    if let Some(id) = entry.number.as_ref().or_else(|| entry.intent.target()) {
        lines.push(("record".to_owned(), id.to_string(), Role::Muted));
    }
    lines.push(("request".to_owned(), entry.id.to_string(), Role::Muted));
    lines
}

/// An endpoint by its name.
fn named(ctx: &Ctx, id: &str) -> String {
    ctx.names().of(&EndpointId::new(id)).map_or_else(|| id.to_owned(), str::to_owned)
}
