//! Copying something of a number without showing what is secret in it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::super::action::Action;
use super::super::ctx::Move;
use super::super::invocation;
use super::super::offer::{ActionOffer, moves};
use super::super::screen::View;
use super::super::{Ctx, Tab};
use crate::phone::{Detail, Number, Password, Secret, without_secrets};
use crate::rows::{Columns, Numbers, OutputForm, json_pretty};
use crate::trunk::{TrunkAccount, TrunkTarget};

/// The heading of what other programs take.
const CONFIGURATION: &str = "Configuration";

/// One thing that can be copied.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyEntry {
    /// Under which heading it stands.
    pub group: &'static str,
    /// What it is called.
    pub name: String,
    /// What is shown of it: nothing that is secret.
    pub shown: String,
    /// What is copied.
    text: Secret,
    /// Whether a password is in it.
    is_password: bool,
}

impl CopyEntry {
    /// A text without a password, which is shown.
    fn plain(group: &'static str, name: &str, text: String) -> Self {
        let shown = match text.lines().count() {
            0 | 1 => without_secrets(&text.replace('\t', "  ")).into_owned(),
            lines => format!("{lines} lines"),
        };
        Self { group, name: name.to_owned(), shown, text: Secret::new(text), is_password: false }
    }
}

/// What can be copied of a number.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyMenu {
    /// All of it, each group in one piece.
    pub entries: Vec<CopyEntry>,
    /// The selected one.
    pub selected: usize,
}

impl CopyMenu {
    /// What can be copied of a row of a list.
    pub(in crate::app) fn of_row(number: &Number, tab: Tab, ctx: &Ctx) -> Self {
        let alone = Detail { number: number.clone(), credentials: None, endpoint: None, hidden: Vec::new() };
        let mut entries = fields(&alone);
        entries.extend(row(number, tab, &Value::Object(number.to_json())));
        entries.extend(commands(number, tab, ctx));
        Self { entries, selected: 0 }
    }

    /// What can be copied of an owned number, of which all is known.
    pub(in crate::app) fn of(detail: &Detail, ctx: &Ctx) -> Self {
        let mut entries = fields(detail);
        entries.extend(row(&detail.number, Tab::Owned, &Value::Object(detail.to_json(false))));
        entries.extend(commands(&detail.number, Tab::Owned, ctx));
        entries.extend(configurations(detail, ctx.now));
        Self { entries, selected: 0 }
    }

    /// What can be copied of a check: neither has a secret in it.
    pub(in crate::app) fn of_check(report: String, ticket: String) -> Self {
        const GROUP: &str = "Check";
        let entries =
            vec![CopyEntry::plain(GROUP, "report", report), CopyEntry::plain(GROUP, "ticket", ticket)];
        Self { entries, selected: 0 }
    }
}

/// Each field that a number has.
fn fields(detail: &Detail) -> Vec<CopyEntry> {
    const GROUP: &str = "Fields";
    let number = &detail.number;
    let field = |name: &str, text: String| CopyEntry::plain(GROUP, name, text);
    let mut entries = vec![field("number", number.line.to_string())];
    entries.extend(number.sip_uri.as_deref().map(|uri| field("SIP URI", uri.to_owned())));
    if let Some(sip) = &detail.credentials {
        entries.extend(sip.domain.clone().map(|domain| field("SIP domain", domain)));
        entries.extend(sip.port.map(|port| field("SIP port", port.to_string())));
        entries.extend(sip.username.clone().map(|username| field("SIP username", username)));
        if let Password::Set(secret) = &sip.password {
            entries.push(secret_entry(GROUP, "SIP password".to_owned(), secret.clone()));
        }
    }
    entries.extend(number.endpoint.value().map(|id| field("endpoint id", id.to_string())));
    entries.push(field("id", number.id.to_string()));
    entries
}

fn secret_entry(group: &'static str, name: String, text: Secret) -> CopyEntry {
    CopyEntry { group, name, shown: text.to_string(), text, is_password: true }
}

/// The whole of it, as commands print it.
fn row(number: &Number, tab: Tab, document: &Value) -> Vec<CopyEntry> {
    let columns = if tab == Tab::Owned { Columns::owned() } else { Columns::for_sale() };
    let mut out = Vec::new();
    let mut printer = Numbers::new(OutputForm::Tabs, columns, TimeZone::UTC, &mut out);
    let printed = printer.row(number).and_then(|()| printer.table.finish());
    let tabs = printed.ok().map(|()| String::from_utf8_lossy(&out).trim_end_matches('\n').to_owned());
    let tabs = tabs.map(|text| CopyEntry::plain("Row", "tab-separated row", text));
    tabs.into_iter().chain([CopyEntry::plain("Row", "JSON", json_pretty(document))]).collect()
}

fn commands(number: &Number, tab: Tab, ctx: &Ctx) -> impl Iterator<Item = CopyEntry> {
    let lines = invocation::of_number(tab, number, ctx);
    lines.into_iter().map(|line| CopyEntry::plain("Command", line.what, line.text))
}

/// Its SIP account as other programs take it; with the password only where that is said.
fn configurations(detail: &Detail, now: Timestamp) -> Vec<CopyEntry> {
    let text = |target: TrunkTarget, with_password| {
        TrunkAccount::of(detail, with_password).and_then(|trunk| target.text(&trunk, now)).ok()
    };
    let mut entries = Vec::new();
    for target in TrunkTarget::ALL {
        if let Some(text) = text(target, false) {
            let shown = if target.takes_password() { "without the password" } else { "" };
            let (name, shown) = (target.name().to_owned(), shown.to_owned());
            entries.push(CopyEntry { group: CONFIGURATION, name, shown, text, is_password: false });
        }
        if let Some(text) = target.takes_password().then(|| text(target, true)).flatten() {
            let name = format!("{} with the password", target.name());
            entries.push(secret_entry(CONFIGURATION, name, text));
        }
    }
    entries
}

impl View for CopyMenu {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        let first =
            [ActionOffer::new(Action::Open).called("copy"), ActionOffer::new(Action::Back).called("close")];
        first.into_iter().chain(moves()).collect()
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if action == Action::Open {
            ctx.go(Move::Uncover);
            if let Some(entry) = self.entries.get(self.selected) {
                let of = if entry.group == CONFIGURATION { "configuration for " } else { "" };
                ctx.copy(&format!("{of}{}", entry.name), entry.text.clone(), entry.is_password);
            }
        }
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        Some(self.selected)
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        let last = self.entries.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(rows).min(last);
    }
}
