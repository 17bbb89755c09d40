//! What values there are for an argument: its definition says which sort, and this machine knows the rest.

use clap::Arg;

use super::Candidate;
use crate::phone::{Country, Filter, Kind, Problem, SortKey, Status, Switch};
use crate::rows::Columns;

/// What this machine knows, asked for only where it matters.
pub(super) trait Local {
    /// Profiles, each with where it leads.
    fn profiles(&self) -> &[Candidate];
    /// Organizations that profiles name.
    fn organizations(&self) -> &[Candidate];
    /// Places of the API that profiles name.
    fn urls(&self) -> &[Candidate];
    /// Phone numbers of the kept list, and ids as what is said of them.
    fn numbers(&self) -> &[Candidate];
    /// Endpoints of the kept list, by id, and what they are called.
    fn endpoints(&self) -> &[Candidate];
    /// Tags of the labels file.
    fn tags(&self) -> &[Candidate];
}

/// Where values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source<'a> {
    /// The word itself.
    Word(&'a str),
    Countries,
    Types,
    Statuses,
    Columns,
    Orders,
    Terms,
    Profiles,
    Organizations,
    Urls,
    Numbers,
    Endpoints,
    Tags,
    Waits,
    Topics,
    Files,
}

/// Where the values of an argument come from, by what its help calls them; nothing where only whoever
/// types knows. `path` are the names of its command.
pub(super) fn sources<'a>(arg: &'a Arg, path: &[&str]) -> Vec<Source<'a>> {
    let names = arg.get_value_names().unwrap_or_default().iter().map(clap::builder::Str::as_str);
    names
        .flat_map(|name| name.split('|'))
        .filter_map(|name| source(name, arg.get_id().as_str(), path))
        .collect()
}

fn source<'a>(name: &'a str, id: &str, path: &[&str]) -> Option<Source<'a>> {
    let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    Some(match (name, id) {
        _ if is_word => Source::Word(name),
        // Whoever deletes a number types it out.
        (_, "confirm") => return None,
        ("CC", _) => Source::Countries,
        ("T", _) => Source::Types,
        ("STATUS", _) => Source::Statuses,
        ("A,B", _) => Source::Columns,
        ("KEY[:desc]", _) => Source::Orders,
        ("EXPR", _) => Source::Terms,
        ("NUMBER" | "ENTRY", _) => Source::Numbers,
        ("NAME", "endpoint") => Source::Endpoints,
        ("NAME", "profile") => Source::Profiles,
        ("NAME", "name") if path.first() == Some(&"profile") && path.get(1) != Some(&"add") => {
            Source::Profiles
        }
        ("ID", "org") => Source::Organizations,
        ("URL", _) => Source::Urls,
        ("TAG", _) => Source::Tags,
        ("TIME", "wait") => Source::Waits,
        ("COMMAND", _) => Source::Topics,
        ("FILE" | "PLAN" | "PATH" | "PEM" | "DIR", _) => Source::Files,
        _ => return None,
    })
}

/// The values of a source that fit what is typed of them; `Topics` and `Files` are the caller's.
pub(super) fn values(source: Source<'_>, typed: &str, local: &dyn Local) -> Vec<Candidate> {
    match source {
        Source::Word(word) => beginning(&[Candidate::new(word, "")], typed),
        Source::Countries => countries(typed),
        Source::Types => beginning(&Kind::KNOWN.iter().map(kind).collect::<Vec<_>>(), typed),
        Source::Statuses => beginning(&Status::KNOWN.iter().map(status).collect::<Vec<_>>(), typed),
        Source::Columns => columns(typed),
        Source::Orders => orders(typed),
        Source::Terms => terms(typed, local),
        Source::Profiles => beginning(local.profiles(), typed),
        Source::Organizations => beginning(local.organizations(), typed),
        Source::Urls => beginning(local.urls(), typed),
        Source::Numbers => numbers(typed, local),
        Source::Endpoints => endpoints(typed, local, |_| true),
        Source::Tags => beginning(local.tags(), typed),
        Source::Waits => beginning(&["30s", "1m", "2m", "5m"].map(|time| Candidate::new(time, "")), typed),
        Source::Topics | Source::Files => Vec::new(),
    }
}

/// Those that begin with what is typed, whatever its case.
pub(super) fn beginning(all: &[Candidate], typed: &str) -> Vec<Candidate> {
    let typed = typed.to_lowercase();
    all.iter().filter(|one| one.value.to_lowercase().starts_with(&typed)).cloned().collect()
}

fn kind(kind: &Kind) -> Candidate {
    Candidate::new(&kind.label().replace(' ', "-"), "")
}

fn status(status: &Status) -> Candidate {
    Candidate::new(status.wire(), "")
}

/// Countries by code; from three letters on by name as well, since two are a code.
fn countries(typed: &str) -> Vec<Candidate> {
    let lower = typed.to_lowercase();
    let fits = |country: &&Country| {
        country.code.to_lowercase().starts_with(&lower)
            || (lower.len() > 2 && country.name.to_lowercase().starts_with(&lower))
    };
    // Shells compare letter by letter.
    let is_lower = !typed.is_empty() && typed == lower;
    let code =
        |country: &Country| if is_lower { country.code.to_lowercase() } else { country.code.to_owned() };
    Country::ALL.iter().filter(fits).map(|country| Candidate::new(&code(country), country.name)).collect()
}

/// The column behind the last comma, of those that are not named before it.
fn columns(typed: &str) -> Vec<Candidate> {
    let all: Vec<Candidate> = Columns::names().map(|name| Candidate::new(name, "")).collect();
    listed(typed, |last| beginning(&all, last))
}

/// What `of` offers for the word behind the last comma, but for those that are named before it.
pub(super) fn listed(typed: &str, of: impl FnOnce(&str) -> Vec<Candidate>) -> Vec<Candidate> {
    let (before, last) = typed.rfind(',').map_or(("", typed), |at| typed.split_at(at + 1));
    let named: Vec<&str> = before.split(',').collect();
    let fresh = of(last).into_iter().filter(|one| !named.contains(&one.value.as_str()));
    fresh.map(|one| one.after(before)).collect()
}

fn orders(typed: &str) -> Vec<Candidate> {
    let both = |key: &SortKey| {
        [
            Candidate::new(key.name(), ""),
            Candidate::new(&format!("{}:desc", key.name()), "largest or latest first"),
        ]
    };
    // What checks came to is not kept between commands.
    let kept = SortKey::ALL.iter().filter(|key| **key != SortKey::Route);
    beginning(&kept.flat_map(both).collect::<Vec<_>>(), typed)
}

/// A term of the filter language: its key, and behind that its value.
fn terms(typed: &str, local: &dyn Local) -> Vec<Candidate> {
    let (not, body) = typed.strip_prefix('!').map_or(("", typed), |body| ("!", body));
    let Some(at) = body.find([':', '=']) else {
        let keys = Filter::keys().filter(|key| *key != "route");
        let keys: Vec<Candidate> = keys.map(|key| Candidate::new(&format!("{key}:"), "")).collect();
        return beginning(&keys, body).into_iter().map(|one| one.after(not)).collect();
    };
    let (key, value) = (&body[..at], &body[at + 1..]);
    let found = match key.to_lowercase().as_str() {
        "country" => countries(value),
        "type" => values(Source::Types, value, local),
        "status" => values(Source::Statuses, value, local),
        "endpoint" => {
            let nobody = Candidate::new("none", "nobody answers");
            let named = endpoints(value, local, |name| !name.contains(char::is_whitespace));
            beginning(&[nobody], value).into_iter().chain(named).collect()
        }
        "org" => values(Source::Organizations, value, local),
        "problem" => beginning(&problems(), value),
        "label" => {
            let words = [Candidate::new("any", "has a tag"), Candidate::new("none", "has none")];
            beginning(&words, value).into_iter().chain(beginning(local.tags(), value)).collect()
        }
        key if key == "pinned" || Switch::parse(key).is_some() => {
            beginning(&[Candidate::new("on", ""), Candidate::new("off", "")], value)
        }
        _ => Vec::new(),
    };
    found.into_iter().map(|one| one.after(&typed[..not.len() + at + 1])).collect()
}

/// What can be wrong with a number, and any of it.
fn problems() -> Vec<Candidate> {
    let each = Problem::ALL.iter().filter(|one| **one != Problem::RouteFails);
    let each = each.map(|one| Candidate::new(one.word(), one.counted()));
    [Candidate::new("any", "something is wrong"), Candidate::new("none", "nothing is")]
        .into_iter()
        .chain(each)
        .collect()
}

/// Numbers by what they begin with, the plus left out or not; else by their ids.
fn numbers(typed: &str, local: &dyn Local) -> Vec<Candidate> {
    let bare = typed.trim_start_matches('+');
    let all = local.numbers();
    let found = all.iter().filter(|one| one.value.trim_start_matches('+').starts_with(bare));
    let found: Vec<Candidate> = found.cloned().collect();
    if !found.is_empty() {
        return found;
    }
    let by_id = all.iter().filter(|one| one.help.starts_with(typed));
    by_id.map(|one| Candidate::new(&one.help, &one.value)).collect()
}

/// Endpoints by name where a name can be typed as it is, else by id.
fn endpoints(typed: &str, local: &dyn Local, fits: impl Fn(&str) -> bool) -> Vec<Candidate> {
    let all = local.endpoints().iter().map(|one| {
        if !one.help.is_empty() && fits(&one.help) {
            Candidate::new(&one.help, &one.value)
        } else {
            one.clone()
        }
    });
    beginning(&all.collect::<Vec<_>>(), typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Desk;

    impl Local for Desk {
        fn profiles(&self) -> &[Candidate] {
            &[]
        }
        fn organizations(&self) -> &[Candidate] {
            &[]
        }
        fn urls(&self) -> &[Candidate] {
            &[]
        }
        fn numbers(&self) -> &[Candidate] {
            static ALL: std::sync::LazyLock<Vec<Candidate>> = std::sync::LazyLock::new(|| {
                [("+2348031234567", "n-1"), ("+254700000001", "n-2")]
                    .map(|(n, id)| Candidate::new(n, id))
                    .to_vec()
            });
            &ALL
        }
        fn tags(&self) -> &[Candidate] {
            static ALL: std::sync::LazyLock<Vec<Candidate>> =
                std::sync::LazyLock::new(|| vec![Candidate::new("vip", "")]);
            &ALL
        }
        fn endpoints(&self) -> &[Candidate] {
            static ALL: std::sync::LazyLock<Vec<Candidate>> = std::sync::LazyLock::new(|| {
                [("e-1", "sales-bot"), ("e-2", "Front Desk"), ("e-3", "")]
                    .map(|(id, n)| Candidate::new(id, n))
                    .to_vec()
            });
            &ALL
        }
    }

    fn offered(source: Source<'_>, typed: &str) -> Vec<String> {
        values(source, typed, &Desk).into_iter().map(|one| one.value).collect()
    }

    #[test]
    fn a_term_is_offered_by_its_key_and_then_by_its_value() {
        assert_eq!(offered(Source::Terms, "in"), ["inbound:"]);
        assert_eq!(offered(Source::Terms, "!st"), ["!status:"]);
        assert_eq!(offered(Source::Terms, "status:"), ["status:active", "status:inactive", "status:pending"]);
        assert_eq!(offered(Source::Terms, "!inbound=o"), ["!inbound=on", "!inbound=off"]);
        assert_eq!(
            offered(Source::Terms, "endpoint:"),
            ["endpoint:none", "endpoint:sales-bot", "endpoint:e-2", "endpoint:e-3"]
        );
        assert_eq!(offered(Source::Terms, "country:ke"), ["country:ke"]);
        assert_eq!(offered(Source::Terms, "type:toll"), ["type:toll-free"]);
        assert_eq!(offered(Source::Terms, "label:v"), ["label:vip"]);
        assert_eq!(offered(Source::Terms, "pinned:o"), ["pinned:on", "pinned:off"]);
        assert!(offered(Source::Terms, "bogus:").is_empty());
    }

    #[test]
    fn everything_that_is_offered_is_understood() {
        for key in Filter::keys() {
            for term in offered(Source::Terms, &format!("{key}:")) {
                let filter = Filter::complete(&term).unwrap();
                assert_eq!(filter.stranger(&std::iter::empty::<&crate::phone::Number>()), None, "{term}");
            }
        }
        for order in offered(Source::Orders, "") {
            crate::phone::Order::parse(&order).unwrap();
        }
        for columns in offered(Source::Columns, "number,id,") {
            Columns::parse(&columns).unwrap();
        }
    }

    #[test]
    fn countries_are_found_by_code_and_by_name() {
        assert_eq!(offered(Source::Countries, "K"), ["KE"]);
        assert_eq!(offered(Source::Countries, "nig"), ["ng"]);
        assert!(offered(Source::Countries, "ni").is_empty());
        assert_eq!(values(Source::Countries, "NG", &Desk)[0].help, "Nigeria");
    }

    #[test]
    fn columns_follow_a_comma_and_are_offered_once() {
        assert_eq!(offered(Source::Columns, "number,coun"), ["number,country"]);
        assert!(!offered(Source::Columns, "id,").contains(&"id,id".to_owned()));
    }

    #[test]
    fn numbers_are_found_with_and_without_the_plus_and_by_id() {
        assert_eq!(offered(Source::Numbers, "+2348"), ["+2348031234567"]);
        assert_eq!(offered(Source::Numbers, "254"), ["+254700000001"]);
        assert_eq!(offered(Source::Numbers, "n-2"), ["n-2"]);
        assert!(offered(Source::Numbers, "+99").is_empty());
    }

    #[test]
    fn an_endpoint_is_offered_by_its_name() {
        assert_eq!(offered(Source::Endpoints, ""), ["sales-bot", "Front Desk", "e-3"]);
    }
}
