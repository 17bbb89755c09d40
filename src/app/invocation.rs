//! The command line that does what the dashboard does: for scripts, and for whoever takes over.

use crate::api::{Auth, Item, Removal};
use crate::app::list::List;
use crate::app::screen::Screen;
use crate::app::{App, Ctx, Tab};
use crate::phone::format::{shell_quoted, shell_word};
use crate::phone::{Changes, EndpointId, Number, SettingValue};
use crate::write::Intent;

/// How numdeck is called again for the same account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invocation {
    /// What stands before the program: where the key comes from, if that is no secret.
    pub before: String,
    /// Options of all commands that say which account it is.
    pub globals: Vec<String>,
    /// Where the API is, without a slash at its end.
    pub base_url: String,
    /// How the key is sent.
    pub auth: Auth,
}

/// A line for a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellLine {
    /// What it does.
    pub what: &'static str,
    /// It.
    pub text: String,
}

impl Invocation {
    /// The line that calls numdeck with these words.
    fn call(&self, words: &[String]) -> String {
        let program = ["numdeck".to_owned()];
        let words = program.iter().chain(words).chain(&self.globals);
        let words: Vec<String> = words.map(|word| shell_word(word).into_owned()).collect();
        format!("{}{}", self.before, words.join(" "))
    }

    /// The line that asks the API for a path, with the key from the environment.
    fn curl(&self, path: &str, organization: Option<&str>) -> String {
        let key = match self.auth {
            Auth::Bearer => "Authorization: Bearer $NUMDECK_API_KEY",
            Auth::ApiKey => "x-api-key: $NUMDECK_API_KEY",
            Auth::Omitted => "accept: application/json",
        };
        let organization =
            organization.map(|id| format!(" -H {}", shell_word(&format!("x-organization-id: {id}"))));
        let url = format!("{}{path}", self.base_url);
        let url = shell_quoted(&url);
        format!("{}curl -sS -H \"{key}\"{} {url}", self.before, organization.unwrap_or_default())
    }
}

/// The lines for one number of a list: the command, and the request behind it where that only reads.
pub(super) fn of_number(tab: Tab, number: &Number, ctx: &Ctx) -> Vec<ShellLine> {
    let call = &ctx.account.call;
    match tab {
        Tab::Owned => {
            let organization = ctx.account.standing.organization.as_deref();
            let request = call.curl(&format!("/phone-numbers/{}", number.id), organization);
            let show = call.call(&words(&["show", &named(number)]));
            vec![ShellLine { what: "command", text: show }, ShellLine { what: "request", text: request }]
        }
        Tab::Inventory => {
            let look = call.call(&words(&["buy", number.id.as_str(), "--dry-run"]));
            vec![ShellLine { what: "command", text: look }]
        }
    }
}

/// The lines that do what the screen shows, and what the last change did.
pub(super) fn lines(app: &App) -> Vec<ShellLine> {
    let (ctx, call) = (&app.ctx, &app.ctx.account.call);
    let mut lines = Vec::new();
    let organization = ctx.account.standing.organization.as_deref();
    let mut add =
        |what: &'static str, words: Vec<String>| lines.push(ShellLine { what, text: call.call(&words) });
    let mut path = None;
    let all = |path: &str| format!("/phone-numbers?{path}limit=100&offset=0");
    match app.screen() {
        Screen::Owned(_) => {
            let seen = ctx.travel.as_ref().map(|travel| travel.seen.to_string());
            let at = seen.as_ref().map_or_else(Vec::new, |seen| words(&["--at", seen]));
            add("these numbers", [words(&["list"]), at, narrowed(&ctx.owned), words(&["--all"])].concat());
            // The server knows no past.
            path = Some(all("action=assigned&")).filter(|_| seen.is_none());
        }
        Screen::Inventory(view) => {
            if let Some(search) = &view.search {
                let mut search_words = words(&["search", &search.country]);
                if let Some(kind) = &search.kind {
                    search_words.extend(words(&["--type", &kind.label().replace(' ', "-")]));
                }
                if !search.pattern.is_empty() {
                    search_words.extend(words(&["--pattern", &search.pattern]));
                }
                let order = sorted(&ctx.inventory);
                add("what is for sale", [search_words, order, words(&["--all"])].concat());
                let kind =
                    search.kind.as_ref().map(|kind| format!("type={}&", kind.wire())).unwrap_or_default();
                path = Some(all(&format!("action=available&country={}&{kind}", search.country)));
            }
        }
        Screen::Detail(view) => {
            let number = ctx.owned.roster.get(&view.id);
            let named = number.map_or_else(|| view.id.to_string(), named);
            add("this number", words(&["show", &named]));
            path = Some(format!("/phone-numbers/{}", view.id));
        }
        Screen::Check(view) => {
            let named = ctx.owned.roster.get(&view.id).map_or_else(|| view.id.to_string(), named);
            let auth = if view.credentials { &["--auth"][..] } else { &[] };
            add("this check", [words(&["check", &named]), words(auth)].concat());
        }
        Screen::Checks(view) => {
            let rows = view
                .shown()
                .map(|row| ctx.owned.roster.get(&row.id).map_or_else(|| row.id.to_string(), named));
            add("these checks", words(&["check"]).into_iter().chain(rows).collect());
        }
        Screen::Ledger(_) => add("these entries", words(&["purchases", "list"])),
        Screen::Past(view) => {
            let named =
                view.number.as_ref().map(|id| ctx.owned.roster.get(id).map_or_else(|| id.to_string(), named));
            let kinds = if named.is_some() { &[][..] } else { &["--kind", "change,check"] };
            let one = words(&["history"]).into_iter().chain(named);
            add("this history", one.chain(words(kinds)).collect());
        }
        Screen::Plan(view) => add("this plan", words(&["plan", &view.path])),
        Screen::Writes(view) => {
            for words in of_intents(view.run.lines().iter().map(|line| &line.intent)) {
                add("what is reviewed", words);
            }
        }
    }
    for words in of_intents(ctx.done.iter()) {
        add("the last change", words);
    }
    lines.extend(path.map(|path| ShellLine { what: "the request", text: call.curl(&path, organization) }));
    lines
}

fn words(of: &[&str]) -> Vec<String> {
    of.iter().map(|word| (*word).to_owned()).collect()
}

/// The filter and the order of a list.
fn narrowed(list: &List) -> Vec<String> {
    // What checks came to is not kept between commands.
    let terms = list.filter.text().split_whitespace().filter(|term| !term.contains("route:"));
    terms.map(str::to_owned).chain(sorted(list)).collect()
}

fn sorted(list: &List) -> Vec<String> {
    let order = list.roster.order();
    let kept = order.key.filter(|key| *key != crate::phone::SortKey::Route);
    kept.map_or_else(Vec::new, |key| {
        let turned = if order.descending { ":desc" } else { "" };
        words(&["--sort", &format!("{}{turned}", key.name())])
    })
}

/// A number as a command is told it.
fn named(number: &Number) -> String {
    number.line.valid().map_or_else(|| number.id.to_string(), |line| line.to_string())
}

/// The commands that do these writes: one for all that are the same.
fn of_intents<'a>(intents: impl Iterator<Item = &'a Intent>) -> Vec<Vec<String>> {
    let mut found: Vec<(Vec<String>, Vec<String>, Vec<String>)> = Vec::new();
    for intent in intents {
        let (verb, subject, options) = match intent {
            Intent::Update { before, changes, .. } => {
                (words(&["update"]), named(before), of_changes(changes))
            }
            Intent::Remove { before, how: Removal::Release } => {
                (words(&["release"]), named(before), Vec::new())
            }
            Intent::Remove { before, how: Removal::Delete } => {
                (words(&["delete"]), before.id.to_string(), words(&["--confirm", &named(before)]))
            }
            Intent::Purchase { order, .. } => {
                let endpoint = order.endpoint.as_ref().map(EndpointId::as_str);
                let options = endpoint.map_or_else(Vec::new, |id| words(&["--endpoint", id]));
                match &order.item {
                    Item::Inventory(id) => (words(&["buy"]), id.to_string(), options),
                    Item::Line { .. } => continue,
                }
            }
        };
        match found
            .iter_mut()
            .find(|(known, _, with)| *known == verb && *with == options && verb[0] != "delete")
        {
            Some((_, subjects, _)) => subjects.push(subject),
            None => found.push((verb, vec![subject], options)),
        }
    }
    found.into_iter().map(|(verb, subjects, options)| [verb, subjects, options].concat()).collect()
}

fn of_changes(changes: &Changes) -> Vec<String> {
    let flag = |value: SettingValue| [format!("--{}", value.setting().name()), value.label().to_owned()];
    changes.values().flat_map(flag).collect()
}
