//! What commands print as JSON, held against the schemas that numdeck prints itself.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};

use clap::CommandFactory;
use jsonschema::Validator;
use numdeck::cli::Args;
use serde_json::Value;

/// All schemas, as `numdeck schema NAME` prints them.
static SCHEMAS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let names = printed(&["schema", "-o", "json"]);
    let names: Vec<Value> = serde_json::from_str(&names).unwrap();
    let named = names.iter().map(|row| row["name"].as_str().unwrap());
    let schema = |name: &str| {
        let schema: Value = serde_json::from_str(&printed(&["schema", name])).unwrap();
        jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
    };
    named.map(|name| (name.to_owned(), schema(name))).collect()
});

/// Commands that print no JSON, so that they need no schema. Whoever adds a command that prints JSON adds a
/// schema instead.
const WITHOUT: &[&str] = &["tui", "demo", "sandbox", "exporter", "completions", "man", "skill", "help"];

/// Forms that were checked, so that a test can tell whether this looks at anything.
static HELD: Mutex<u64> = Mutex::new(0);

fn printed(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_numdeck"))
        .env_clear()
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Panics where JSON that a command printed is not what its schema says.
pub(crate) fn hold(args: &[&str], out: &str, err: &str) {
    let Some(form) = form(args) else { return };
    for line in err.lines().filter(|line| line.starts_with("{\"error\":")) {
        valid("error", &serde_json::from_str(line).unwrap(), args);
    }
    let Some(path) = path(args).filter(|_| !out.is_empty() && !args.contains(&"--nagios")) else { return };
    // It is text in every form, and says so.
    if path[0] == "help" {
        return;
    }
    if path[0] == "schema" && path.len() > 1 {
        let schema: Value = serde_json::from_str(out).unwrap();
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{args:?}");
        return;
    }
    let documents: Vec<Value> = match form {
        "json" => vec![serde_json::from_str(out).unwrap_or_else(|error| panic!("{error}: {args:?}: {out}"))],
        _ => out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
    };
    let name = name(&path, form == "json" && documents[0].is_array());
    let name = if form == "ndjson" && SCHEMAS.contains_key(&format!("{name}-row")) {
        format!("{name}-row")
    } else {
        name
    };
    documents.iter().for_each(|document| valid(&name, document, args));
}

pub(crate) fn valid(name: &str, document: &Value, args: &[&str]) {
    let schema =
        SCHEMAS.get(name).unwrap_or_else(|| panic!("numdeck schema {name}: there is none, for {args:?}"));
    let wrong: Vec<String> =
        schema.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{args:?} is not as numdeck schema {name} says: {wrong:#?}\n{document:#}");
    *HELD.lock().unwrap() += 1;
}

/// The schema of a command: a check of many has another than that of one.
fn name(path: &[String], is_list: bool) -> String {
    if path == ["check"] && is_list {
        return "checks".to_owned();
    }
    let names = (1..=path.len()).rev().map(|length| path[..length].join("-"));
    let all = path.join(" ");
    names.into_iter().find(|name| SCHEMAS.contains_key(name)).unwrap_or(all)
}

/// The form of JSON that is asked for.
fn form(args: &[&str]) -> Option<&'static str> {
    let one = |text: &str| match text {
        "json" => Some("json"),
        "ndjson" => Some("ndjson"),
        _ => None,
    };
    let joined = args.iter().find_map(|arg| match *arg {
        "--json" => Some("json"),
        arg => ["--output=", "--format=", "-o="].iter().find_map(|sign| arg.strip_prefix(sign)).and_then(one),
    });
    joined.or_else(|| {
        let pair = args.windows(2).find(|pair| matches!(pair[0], "-o" | "--output" | "--format"))?;
        one(pair[1])
    })
}

/// The command and what is below it, by their names; `schema NAME` with its name.
fn path(args: &[&str]) -> Option<Vec<String>> {
    let mut root = Args::command();
    root.build();
    let mut at = &root;
    let mut path: Vec<String> = Vec::new();
    for arg in args {
        match at.find_subcommand(arg) {
            Some(below) => {
                path.push(below.get_name().to_owned());
                at = below;
            }
            None if path == ["schema"] && SCHEMAS.contains_key(*arg) => path.push((*arg).to_owned()),
            None => {}
        }
    }
    (!path.is_empty()).then_some(path)
}

/// Every command below `command`, with the names on the way.
pub(crate) fn commands(command: &clap::Command, path: &[String]) -> Vec<Vec<String>> {
    let below = command.get_subcommands().flat_map(|below| {
        let path = [path, &[below.get_name().to_owned()]].concat();
        [vec![path.clone()], commands(below, &path)].concat()
    });
    below.collect()
}

#[test]
fn every_command_that_prints_json_has_a_schema() {
    for path in commands(&Args::command(), &[]) {
        let is_there = SCHEMAS.contains_key(&name(&path, false));
        let is_without = WITHOUT.contains(&path[0].as_str());
        assert!(
            is_there != is_without,
            "numdeck {}: a schema, or a word that it prints no JSON",
            path.join(" ")
        );
    }
}

#[test]
fn what_is_not_as_its_schema_says_is_found() {
    let found = |args: &[&str], out: &str, err: &str| {
        let (args, out, err) = (args.to_vec(), out.to_owned(), err.to_owned());
        std::panic::catch_unwind(move || hold(&args, &out, &err)).is_err()
    };
    assert!(found(&["list", "-o", "json"], "{}", ""));
    assert!(found(&["list", "--json"], "[{\"id\":5}]", ""));
    assert!(found(&["--org", "x", "ls", "--output=ndjson"], "{\"id\":\"a\"}\n{\"id\":5}\n", ""));
    assert!(found(&["show", "x", "-o", "json"], "{\"id\":\"a\",\"status\":[]}", ""));
    assert!(found(&["show", "x", "-o", "json"], "", "{\"error\":{\"code\":\"X\"}}\n"));
    assert!(!found(&["show", "x", "-o", "json"], "{\"id\":\"a\"}", ""));
    assert!(!found(&["list", "-o", "ndjson"], "{\"id\":\"a\"}\n", ""));
    assert!(!found(&["list"], "anything", ""));
    assert!(*HELD.lock().unwrap() > 0);
}
