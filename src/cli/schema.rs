//! `numdeck schema`: what commands print as JSON, as JSON Schema 2020-12.
//!
//! The schemas are files, one for each sort of record, in which no name may be missing or too much that is
//! ours to choose. Tests hold each output against its schema.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::args::{Global, Output};
use super::output::{all, broken, form_of};
use super::{Exit, Failure};
use crate::rows::{json_line, json_pretty};
use crate::stream;

/// What several of them name.
const DEFINITIONS: &str = include_str!("../../assets/schema/defs.json");

/// A sort of record.
struct Record {
    /// The command that prints it.
    name: &'static str,
    /// Whether `-o json` prints a list of them, and `-o ndjson` one a line; else it is one document.
    rows: bool,
    about: &'static str,
    text: &'static str,
}

macro_rules! records {
    ($($name:literal $rows:literal $file:literal $about:literal;)+) => {
        /// All, in the order of the commands.
        const RECORDS: &[Record] = &[$(Record {
            name: $name,
            rows: $rows,
            about: $about,
            text: include_str!(concat!("../../assets/schema/", $file, ".json")),
        },)+];
    };
}

records! {
    "list" true "list" "numbers that the organization owns";
    "search" true "search" "numbers for sale";
    "show" false "show" "everything about one number";
    "buy" true "buy" "what became of each number to buy";
    "update" true "update" "what became of each number to change";
    "release" true "release" "what became of each number to give up";
    "delete" true "delete" "what became of the number to delete";
    "undo" true "undo" "what became of the change to undo";
    "plan" true "update" "each number that would have to change";
    "apply" true "update" "what became of each number to change";
    "purchases" true "purchases" "entries of the ledger, also of purchases resolve";
    "costs" true "costs" "monthly costs by groups, all together last";
    "label" true "label" "tags, note and pin of each number";
    "check" false "check" "the routing check of one number or address";
    "checks" true "check" "the routing check of many numbers";
    "check-target" false "check-target" "the routing check of one target of another machine";
    "history" true "history" "what changed, was written from here, and turned";
    "watch" true "history" "events of a watch";
    "login" false "login" "what was stored";
    "logout" false "logout" "what was removed";
    "whoami" false "whoami" "what is known of the key in use";
    "profile" true "profile" "the profiles of config.toml";
    "profile-show" false "profile-show" "everything that a profile says";
    "doctor" false "doctor" "what numdeck goes by here, by groups";
    "sip" false "sip" "the configuration of another program";
    "schema" true "schema" "the schemas that there are";
    "version" false "version" "which numdeck this is";
    "error" false "error" "why a command was not done";
}

/// What they are called, for the arguments.
pub(super) fn names() -> Vec<String> {
    let names = RECORDS.iter().flat_map(|record| {
        let row = record.rows.then(|| format!("{}-row", record.name));
        std::iter::once(record.name.to_owned()).chain(row)
    });
    names.collect()
}

/// Prints one, or which there are.
pub(super) fn run(global: &Global, name: Option<&str>) -> Result<Exit, Failure> {
    let Some(name) = name else {
        let rows: Vec<(Vec<String>, Value)> = names().iter().map(|name| row(name)).collect();
        all(form_of(global), &["name", "output"], &rows)?;
        return Ok(Exit::Done);
    };
    let schema = schema(name).ok_or_else(|| Failure::usage(format!("there is no schema {name}")))?;
    let text = if global.output == Some(Output::Ndjson) { json_line(&schema) } else { json_pretty(&schema) };
    writeln!(stream::stdout(), "{text}").map_err(|error| broken(&error))?;
    Ok(Exit::Done)
}

/// A record by the name of its schema, and whether only a row of it is meant.
fn record(name: &str) -> Option<(&'static Record, bool)> {
    let is_row = |record: &&Record| record.rows && name.strip_suffix("-row") == Some(record.name);
    let whole = RECORDS.iter().find(|record| record.name == name).map(|record| (record, false));
    whole.or_else(|| Some((RECORDS.iter().find(is_row)?, true)))
}

fn row(name: &str) -> (Vec<String>, Value) {
    let said = record(name).map_or_else(String::new, |(record, is_row)| title(record, is_row));
    (vec![name.to_owned(), said.clone()], json!({ "name": name, "output": said }))
}

fn title(record: &Record, is_row: bool) -> String {
    let form = match (record.name, record.rows, is_row) {
        ("check-target", ..) => "a line of check --targets -",
        ("error", ..) => "-o json and ndjson, on stderr",
        (_, true, false) => "-o json",
        (_, true, true) => "a line of -o ndjson",
        (_, false, _) => "-o json, and a line of -o ndjson",
    };
    format!("{}: {form}", record.about)
}

/// A schema that needs no other: with the definitions that it names, and those that they name.
fn schema(name: &str) -> Option<Value> {
    let (record, is_row) = record(name)?;
    let of_one: Map<String, Value> = serde_json::from_str(record.text).ok()?;
    let known: Map<String, Value> = serde_json::from_str(DEFINITIONS).ok()?;
    let mut needed = Map::new();
    add_needed(&Value::Object(of_one.clone()), &known, &mut needed);
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".to_owned(), title(record, is_row).into());
    if record.rows && !is_row {
        schema.insert("type".to_owned(), "array".into());
        schema.insert("items".to_owned(), of_one.into());
    } else {
        schema.extend(of_one);
    }
    if !needed.is_empty() {
        schema.insert("$defs".to_owned(), needed.into());
    }
    Some(schema.into())
}

/// Adds the definitions that `schema` refers to.
fn add_needed(schema: &Value, known: &Map<String, Value>, needed: &mut Map<String, Value>) {
    match schema {
        Value::Object(map) => {
            let name = map.get("$ref").and_then(Value::as_str).and_then(|at| at.strip_prefix("#/$defs/"));
            if let Some((name, definition)) = name.and_then(|name| known.get_key_value(name))
                && !needed.contains_key(name)
            {
                needed.insert(name.clone(), definition.clone());
                add_needed(definition, known, needed);
            }
            map.values().for_each(|below| add_needed(below, known, needed));
        }
        Value::Array(all) => all.iter().for_each(|below| add_needed(below, known, needed)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sip::OUTCOMES;

    #[test]
    fn every_schema_is_one_and_stands_alone() {
        for name in names() {
            let schema = schema(&name).unwrap();
            assert!(jsonschema::draft202012::meta::is_valid(&schema), "{name}");
            jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!schema["title"].as_str().unwrap().is_empty());
        }
    }

    #[test]
    fn no_definition_is_left_over() {
        let known: Map<String, Value> = serde_json::from_str(DEFINITIONS).unwrap();
        let defs = |name: &String| schema(name).unwrap()["$defs"].as_object().cloned().unwrap_or_default();
        let used: BTreeSet<String> =
            names().iter().flat_map(|name| defs(name).into_iter().map(|(name, _)| name)).collect();
        assert_eq!(used, known.keys().cloned().collect());
    }

    #[test]
    fn the_codes_of_a_check_are_those_that_it_has() {
        let schema = schema("check").unwrap();
        let codes: Vec<&str> = OUTCOMES.iter().map(|outcome| outcome.code.word()).collect();
        assert_eq!(schema["$defs"]["code"]["enum"], json!(codes));
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let fails = |name: &str, value: Value| {
            let schema = jsonschema::draft202012::new(&schema(name).unwrap()).unwrap();
            assert!(!schema.is_valid(&value), "{name} takes {value}");
        };
        fails("list", json!({"id": "a"}));
        fails("list", json!([{"id": 7}]));
        fails("list-row", json!({"id": "a", "allow_inbound": "yes"}));
        fails("show", json!({"id": "a", "sip_credentials": {"sip_port": "5060"}}));
        fails("buy-row", json!({"id": "a", "outcome": "maybe", "reviewed_cents": 1}));
        fails("buy-row", json!({"id": "a", "outcome": "refused", "reviewed_cents": 1}));
        fails("update-row", json!({"id": "a", "outcome": "done"}));
        fails("purchases-row", json!({"id": "a", "outcome": "bought"}));
        fails("error", json!({"error": {"code": "X", "message": "m"}}));
        fails("check", json!({"schema": 1, "verdict": {}}));
    }
}
