//! Everything about one number: identity and costs at the left, route and credentials at the right,
//! one below the other where there is no room.

use ratatui::layout::Rect;

use super::canvas::{Canvas, cells};
use super::preview::described;
use super::{Role, check, format};
use crate::app::action::Action;
use crate::app::screen::check::named;
use crate::app::screen::detail::DetailView;
use crate::app::wrap::wrap;
use crate::app::{Ctx, Remote};
use crate::phone::{Cents, Country, Detail, Endpoint, Field, Number, Password, Switch};
use crate::sip::Health;

/// Two columns from this width of the screen on.
const TWO_COLUMNS: u16 = 100;

type Line = Vec<(String, Role)>;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &DetailView) {
    let two = area.width >= TWO_COLUMNS;
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    let remote = ctx.details.get(&view.id);
    let detail = remote.and_then(Remote::value);
    let number = detail.map(|detail| &detail.number).or_else(|| ctx.owned.roster.get(&view.id));
    let number = number.or_else(|| ctx.inventory.roster.get(&view.id));
    let Some(number) = number else {
        canvas.text(area, 0, 0, view.id.as_str(), Role::Strong);
        if let Some(error) = remote.and_then(Remote::error) {
            canvas.wrapped(
                area,
                2,
                &format!("It could not be read: {error}. {}", error.advice()),
                Role::Bad,
                5,
            );
        } else {
            canvas.text(area, 0, 2, "on its way …", Role::Muted);
        }
        return;
    };
    canvas.text(area, 0, 0, &number.line.grouped(), Role::Strong);
    let title = cells(unicode_width::UnicodeWidthStr::width(number.line.grouped().as_str()));
    canvas.text(area, title + 3, 0, &described(number), Role::Muted);
    let body = Rect { y: area.y + 2.min(area.height), height: area.height.saturating_sub(2), ..area };
    if view.raw {
        let text = match detail {
            Some(detail) => detail.raw(),
            None => serde_json::to_string_pretty(&number.to_json()).unwrap_or_default(),
        };
        let lines: Vec<Line> = text.lines().map(|line| vec![(line.to_owned(), Role::Text)]).collect();
        return column(canvas, body, &lines, view.scroll);
    }
    let left = identity(ctx, number);
    let mut right = route(ctx, number, detail);
    right.extend(credentials(ctx, view, remote, detail));
    right.extend(last_check(ctx, number, if two { body.width - body.width / 2 } else { body.width }));
    if two {
        let half = body.width / 2;
        column(canvas, Rect { width: half.saturating_sub(2), ..body }, &left, view.scroll);
        column(canvas, Rect { x: body.x + half, width: body.width - half, ..body }, &right, view.scroll);
    } else {
        right.push(Vec::new());
        right.extend(left);
        column(canvas, body, &right, view.scroll);
    }
}

/// Draws lines from `scroll` on, and says when there are more.
fn column(canvas: &mut Canvas<'_>, area: Rect, lines: &[Line], scroll: u16) {
    let height = usize::from(area.height);
    let last = lines.len().saturating_sub(height);
    let first = usize::from(scroll).min(last);
    for (y, line) in lines.iter().skip(first).take(height).enumerate() {
        let pieces: Vec<(&str, Role)> = line.iter().map(|(text, role)| (text.as_str(), *role)).collect();
        canvas.pieces(area, 0, cells(y), &pieces);
    }
    if first < last {
        canvas.right(area, area.height.saturating_sub(1), " ↓ more ", Role::Accent);
    }
}

fn heading(text: &str) -> Line {
    vec![(text.to_owned(), Role::Strong)]
}

fn row(name: &str, value: impl Into<String>, role: Role) -> Line {
    vec![(format!("  {name:<13}"), Role::Muted), (value.into(), role)]
}

fn identity(ctx: &Ctx, number: &Number) -> Vec<Line> {
    let mut lines = vec![heading("Number")];
    lines.push(row("E.164", number.line.to_string(), Role::Text));
    let country = number.country.as_deref().unwrap_or("not said");
    let name = Country::name_of(country).map(|name| format!(" {name}")).unwrap_or_default();
    lines.push(row("country", format!("{country}{name}"), Role::Text));
    lines.push(row("type", number.kind.as_ref().map_or("not said", |kind| kind.label()), Role::Text));
    lines.push(row("id", number.id.as_str(), Role::Muted));
    if let Some(organization) = &number.organization {
        lines.push(row("organization", &**organization, Role::Muted));
    }
    for (name, at) in [("created", &number.created_at), ("changed", &number.updated_at)] {
        if let Some(at) = at {
            let text = at.instant().map_or_else(
                || at.to_string(),
                |at| {
                    let zone = &ctx.account.zone;
                    format!(
                        "{} {}, {}",
                        format::date(at, zone),
                        format::time(at, zone),
                        format::ago(at, ctx.now)
                    )
                },
            );
            lines.push(row(name, text, Role::Muted));
        }
    }
    if let Some(label) = ctx.owned.roster.known().labels.of(number) {
        lines.push(Vec::new());
        lines.push(heading("Label"));
        if !label.tags.is_empty() {
            lines.push(row("tags", label.tags.join(", "), Role::Text));
        }
        if let Some(note) = &label.note {
            lines.push(row("note", note.as_str(), Role::Text));
        }
        if label.pinned {
            lines.push(row("pinned", "nothing that stops its calls is sent from here", Role::Text));
        }
    }
    lines.push(Vec::new());
    lines.push(heading("Costs"));
    let price = number.price();
    let reading = ctx.details.get(&number.id).is_some_and(Remote::is_loading);
    let cents = |part: Option<Cents>| match part {
        Some(cents) => (cents.to_string(), Role::Text),
        None if reading => ("being read …".to_owned(), Role::Muted),
        None => ("unknown".to_owned(), Role::Muted),
    };
    let (text, role) = cents(price.monthly);
    lines.push(row("monthly", text, role));
    let (text, role) = cents(price.setup);
    lines.push(row("setup", text, role));
    if let Some(words) = number.offer.as_ref().and_then(|offer| offer.capabilities.words()) {
        lines.push(row("can", words, Role::Text));
    }
    lines
}

fn route(ctx: &Ctx, number: &Number, detail: Option<&Detail>) -> Vec<Line> {
    let mut lines = vec![heading("Route")];
    for switch in Switch::ALL {
        let (text, role) = match (number.switches[*switch], switch) {
            (Some(true), _) => ("allowed", Role::Good),
            (Some(false), Switch::Inbound) => ("off", Role::Warn),
            (Some(false), _) => ("off", Role::Text),
            (None, _) => ("not said", Role::Muted),
        };
        lines.push(row(switch.name(), text, role));
    }
    match &number.status {
        Some(status) => lines.push(row(
            "status",
            status.label(),
            if *status == crate::phone::Status::Active { Role::Good } else { Role::Warn },
        )),
        None => lines.push(row("status", "not said", Role::Muted)),
    }
    match &number.endpoint {
        Field::Null => lines.push(row("endpoint", "! none: nobody answers calls", Role::Warn)),
        Field::Absent => lines.push(row("endpoint", "not said", Role::Muted)),
        Field::Value(id) => {
            let sent =
                detail.and_then(|detail| detail.endpoint.as_ref()).filter(|endpoint| endpoint.id == *id);
            let known =
                ctx.endpoints.value().into_iter().flatten().find(|endpoint| endpoint.id == *id).or(sent);
            lines.extend(endpoint(known, id.as_str()));
        }
    }
    let uri = number.sip_uri.as_deref();
    lines.push(row("SIP URI", uri.unwrap_or("none"), if uri.is_some() { Role::Text } else { Role::Warn }));
    let obstacles = number.obstacles();
    if !obstacles.is_empty() {
        lines.push(vec![(format!("  Calls do not arrive: {}.", obstacles.join(", ")), Role::Warn)]);
    }
    lines.push(Vec::new());
    lines
}

/// What the last check came to, why, and what to do.
fn last_check(ctx: &Ctx, number: &Number, width: u16) -> Vec<Line> {
    let wrapped = |text: &str, role: Role| {
        let lines = wrap(text, usize::from(width.saturating_sub(3)));
        lines.into_iter().map(move |line| vec![(format!("  {line}"), role)])
    };
    let mut lines = vec![heading("Last check")];
    let Some(report) = ctx.route(&number.id) else {
        lines.push(vec![(ctx.say("  none yet; {check} checks the route"), Role::Muted)]);
        lines.push(Vec::new());
        return lines;
    };
    let at = format::time(report.checked_at, &ctx.account.zone);
    let text = format!("  {} at {at}", check::in_brief(report));
    lines.push(vec![(text, check::word_role(report, ctx.now))]);
    if report.verdict.health() != Health::Healthy {
        lines.extend(wrapped(&report.verdict.cause.to_string(), Role::Text));
        let line = number.line.to_string();
        let next = report.verdict.next.words(&|means| named(means, &line, &ctx.keys));
        lines.extend(wrapped(&next, Role::Muted));
    }
    lines.push(Vec::new());
    lines
}

fn endpoint(known: Option<&Endpoint>, id: &str) -> Vec<Line> {
    let Some(endpoint) = known else { return vec![row("endpoint", id, Role::Text)] };
    let mut lines = vec![row("endpoint", endpoint.name.as_deref().unwrap_or(id), Role::Text)];
    let about: Vec<&str> =
        [endpoint.kind.as_deref(), endpoint.status.as_deref()].into_iter().flatten().collect();
    let well = endpoint.status.as_deref().is_none_or(|status| status == "active");
    if !about.is_empty() {
        lines.push(row("", about.join(", "), if well { Role::Muted } else { Role::Warn }));
    }
    if let Some(url) = &endpoint.url {
        lines.push(row("", url.as_str(), Role::Muted));
    }
    lines
}

fn credentials(
    ctx: &Ctx,
    view: &DetailView,
    remote: Option<&Remote<Detail>>,
    detail: Option<&Detail>,
) -> Vec<Line> {
    let mut lines = vec![heading("SIP credentials")];
    let Some(detail) = detail else {
        match remote.and_then(Remote::error) {
            Some(error) => {
                lines.push(vec![(
                    format!("  could not be read: {error}; {} tries again", ctx.key(Action::Refresh)),
                    Role::Bad,
                )]);
            }
            None => lines.push(vec![("  on their way …".to_owned(), Role::Muted)]),
        }
        return lines;
    };
    let Some(sip) = &detail.credentials else {
        lines.push(vec![("  the server has none for this number".to_owned(), Role::Muted)]);
        return lines;
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "not said".to_owned());
    lines.push(row("domain", text(&sip.domain), Role::Text));
    match sip.port {
        Some(5061) => lines.push(row("port", "5061   (TLS assumed from the port)", Role::Text)),
        Some(port) => lines.push(row("port", port.to_string(), Role::Text)),
        None => lines.push(row("port", "not said", Role::Muted)),
    }
    lines.push(row("username", text(&sip.username), Role::Text));
    match (&sip.password, view.revealed_until) {
        (Password::Hidden, _) => {
            lines.push(row("password", "not shown to your role (owner or admin)", Role::Muted));
        }
        (Password::Unset, _) => lines.push(row("password", "none set", Role::Warn)),
        (Password::Set(secret), Some(_)) => {
            let mut line = row("password", secret.expose(), Role::Strong);
            line.push(("   hides itself after 15 s".to_owned(), Role::Muted));
            lines.push(line);
        }
        (Password::Set(secret), None) => {
            let mut line = row("password", secret.to_string(), Role::Text);
            line.push((ctx.say("   {reveal} reveals for 15 s, {copy} copies"), Role::Muted));
            lines.push(line);
        }
    }
    for (name, value) in &sip.extra {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        lines.push(row(name, value, Role::Text));
    }
    lines.push(Vec::new());
    if let Some(Remote::Failed { error, .. }) = remote {
        lines.push(vec![(format!("Older data; the last read failed: {error}"), Role::Warn)]);
    } else if let Some(Remote::Ready { at, .. }) = remote {
        lines.push(vec![(format!("read at {}", format::time(*at, &ctx.account.zone)), Role::Muted)]);
    }
    lines
}
