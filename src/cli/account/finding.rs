//! What `doctor` finds, by groups, for people and for programs.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::record::text;
use crate::cli::Failure;
use crate::cli::output::OutputForm;
use crate::rows;
use crate::stream;

/// One thing that was found.
struct Finding {
    group: &'static str,
    name: &'static str,
    value: Value,
    why: Option<String>,
    ok: bool,
}

/// All of them, in the order in which they were found, without the name of whoever is at home here.
pub(super) struct Findings {
    home: Option<String>,
    found: Vec<Finding>,
}

impl Findings {
    pub(super) fn new(home: Option<&Path>) -> Self {
        let home = home.and_then(Path::to_str).map(|home| home.trim_end_matches('/').to_owned());
        Self { home: home.filter(|home| !home.is_empty()), found: Vec::new() }
    }

    /// Adds what is as it should be.
    pub(super) fn add(
        &mut self,
        group: &'static str,
        name: &'static str,
        value: impl Into<Value>,
        why: Option<String>,
    ) {
        self.enter(group, name, value.into(), why, true);
    }

    /// Adds what is not.
    pub(super) fn problem(
        &mut self,
        group: &'static str,
        name: &'static str,
        value: impl Into<Value>,
        why: impl Into<String>,
    ) {
        self.enter(group, name, value.into(), Some(why.into()), false);
    }

    fn enter(
        &mut self,
        group: &'static str,
        name: &'static str,
        value: Value,
        why: Option<String>,
        ok: bool,
    ) {
        let value = match value {
            Value::String(text) => Value::String(self.seen_from_home(text)),
            other => other,
        };
        let why = why.map(|why| self.seen_from_home(why));
        self.found.push(Finding { group, name, value, why, ok });
    }

    fn seen_from_home(&self, text: String) -> String {
        let Some(home) = &self.home else { return text };
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = rest.find(home.as_str()) {
            let (before, found) = rest.split_at(at);
            let after = &found[home.len()..];
            // A longer name that begins alike is another directory.
            let ends = after.chars().next().is_none_or(|c| !(c.is_alphanumeric() || "-_.".contains(c)));
            out.push_str(before);
            out.push_str(if ends { "~" } else { home });
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// Whether anything is not as it should be.
    pub(super) fn has_problem(&self) -> bool {
        self.found.iter().any(|found| !found.ok)
    }

    /// Prints all of it.
    pub(super) fn print(&self, form: OutputForm) -> Result<(), Failure> {
        let line = |found: &Finding| {
            let value = match &found.value {
                Value::Null => "none".to_owned(),
                value => text(value),
            };
            let why = found.why.as_ref().map_or(String::new(), |why| format!(" ({why})"));
            let mark = if found.ok { "" } else { "PROBLEM: " };
            (format!("{}.{}", found.group, found.name), format!("{mark}{value}{why}"))
        };
        let fields: Vec<(String, String)> = self.found.iter().map(line).collect();
        let mut document = Map::new();
        for found in &self.found {
            let group = document.entry(found.group).or_insert_with(|| json!({}));
            group[found.name] = json!({ "value": found.value, "why": found.why, "ok": found.ok });
        }
        Ok(rows::fields(&mut stream::stdout(), form, &fields, &Value::Object(document))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_named_by_where_their_home_is() {
        let findings = Findings::new(Some(Path::new("/home/ada/")));
        for (text, shown) in [
            ("cannot read /home/ada/ca.pem: no such file", "cannot read ~/ca.pem: no such file"),
            ("/home/ada", "~"),
            ("/home/ada /home/adam/x /home/ada/x", "~ /home/adam/x ~/x"),
            ("/etc", "/etc"),
        ] {
            assert_eq!(findings.seen_from_home(text.to_owned()), shown);
        }
        assert_eq!(Findings::new(Some(Path::new("/"))).seen_from_home("/etc".to_owned()), "/etc");
    }
}
