//! What numdeck says of itself: help, manual, schemas, and the page for whoever drives it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::CommandFactory;
use numdeck::cli::Args;
use numdeck::sandbox::{Config, Sandbox};
use serde_json::Value;

use crate::support::ran::Ran;
use crate::support::schemas::commands;

/// numdeck in an environment of nothing, so that nobody can be asked for anything.
fn numdeck(args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
    Ran::run(command.env_clear().env("COLUMNS", "100").args(args).stdin(Stdio::null()))
}

/// Whether a program is on this machine; where it is not, that is said.
fn is_there(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap();
    if !found.status.success() {
        eprintln!("SKIPPED: there is no {program} on this machine, so the manual is not read by it");
    }
    found.status.success()
}

#[test]
fn every_help_is_what_was_reviewed() {
    let mut text = String::new();
    let mut add = |words: &[&str]| {
        let ran = numdeck(words).ok();
        assert_eq!(ran.err, "", "{words:?}");
        text.push_str(&format!("==== numdeck {} ====\n\n{}\n", words.join(" "), ran.out));
    };
    add(&["--help"]);
    for path in commands(&Args::command(), &[]) {
        add(&path.iter().map(String::as_str).chain(["--help"]).collect::<Vec<&str>>());
    }
    add(&["help", "globals"]);
    add(&["help", "filter"]);
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("help_of_every_command", text);
    });
}

#[test]
fn the_short_help_is_the_same_however_it_is_asked_for() {
    for path in commands(&Args::command(), &[]) {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let asked = numdeck(&[&["help"], &words[..]].concat()).ok().out;
        assert_eq!(numdeck(&[&words[..], &["-h"]].concat()).ok().out, asked, "{words:?}");
    }
}

#[test]
fn the_manual_has_a_page_for_each_command_that_its_readers_take() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("man1");
    let ran = numdeck(&["man", place.to_str().unwrap()]).ok();
    let told: Vec<&str> = ran.out.lines().collect();
    let mut wanted = vec!["numdeck.1".to_owned()];
    wanted.extend(commands(&Args::command(), &[]).iter().map(|path| format!("numdeck-{}.1", path.join("-"))));
    assert_eq!(told, wanted);
    assert_eq!(fs::read_to_string(place.join("numdeck.1")).unwrap(), numdeck(&["man"]).ok().out);
    for (reader, args) in
        [("groff", &["-man", "-ww", "-z", "-Kutf8"][..]), ("mandoc", &["-Tlint", "-Werror"])]
    {
        if !is_there(reader) {
            continue;
        }
        for page in &told {
            let output = Command::new(reader).args(args).arg(place.join(page)).output().unwrap();
            let said = [output.stdout, output.stderr].concat();
            assert!(
                output.status.success() && said.is_empty(),
                "{reader} {page}: {}",
                String::from_utf8_lossy(&said)
            );
        }
    }
}

#[test]
fn a_manual_that_can_not_be_written_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let misspelt = directory.path().join("mna/man1");
    let ran = numdeck(&["man", misspelt.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert!(ran.err.contains("mkdir -p") && !directory.path().join("mna").exists(), "{ran:?}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let ran = numdeck(&["man", file.path().to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert!(ran.err.contains("cannot be written"), "{ran:?}");
}

#[test]
fn the_schemas_are_listed_as_anything_is_and_printed_one_by_one() {
    let rows = numdeck(&["schema", "-o", "json"]).ok().rows();
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"list-row") && names.contains(&"error"), "{names:?}");
    let tabs = numdeck(&["schema"]).ok().out;
    assert_eq!(tabs.lines().map(|line| line.split('\t').next().unwrap()).collect::<Vec<_>>(), names);
    for name in names {
        let schema = numdeck(&["schema", name]).ok().json();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let line = numdeck(&["schema", name, "-o", "ndjson"]).ok();
        assert_eq!(line.lines(), [schema]);
    }
    let unknown = numdeck(&["schema", "lists", "-o", "json"]);
    let error: Value = serde_json::from_str(&unknown.err).unwrap();
    assert_eq!(unknown.code, 2);
    assert!(error["error"]["hint"].as_str().unwrap().contains("list-row"), "{unknown:?}");
}

/// The commands of the page, as they are typed.
fn examples(page: &str) -> Vec<&str> {
    let (_, block) = page.split_once("```console\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    block.lines().map(|line| line.strip_prefix("$ ").unwrap()).collect()
}

#[test]
fn the_examples_of_the_page_for_programs_do_what_they_say() {
    let page = numdeck(&["skill"]).ok().out;
    let examples = examples(&page);
    assert!(examples.len() >= 8, "{examples:?}");
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let home = tempfile::tempdir().unwrap();
    // One shell, since a line may use what another has found.
    let script: String = examples.iter().map(|line| format!("echo \"==== $?\"\n{line}\n")).collect();
    let binary = Path::new(env!("CARGO_BIN_EXE_numdeck")).parent().unwrap();
    let output = Command::new("sh")
        .args(["-e", "-c", &script])
        .env_clear()
        .env("PATH", format!("{}:{}", binary.display(), std::env::var("PATH").unwrap()))
        .env("NUMDECK_API_KEY", "kros_test_owner")
        .env("NUMDECK_BASE_URL", sandbox.base_url())
        .env("NUMDECK_STATE_DIR", home.path())
        .env("NUMDECK_CONFIG_DIR", home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let ran = Ran::of(output).ok();
    let printed: Vec<&str> = ran.out.split("==== 0\n").skip(1).collect();
    assert_eq!(printed.len(), examples.len(), "{ran:?}");
    for (line, printed) in examples.iter().zip(printed) {
        let is_kept = line.contains("=$(");
        assert!(printed.is_empty() == is_kept, "{line}: {printed}");
        if line.contains("-o json") {
            serde_json::from_str::<Value>(printed)
                .unwrap_or_else(|error| panic!("{error}: {line}: {printed}"));
        }
        let outcome = match *line {
            line if line.contains("buy") && line.contains("--dry-run") => "\"would_buy\"",
            line if line.contains("buy") => "\"bought\"",
            line if line.contains("update") || line.contains("undo") => "\"done\"",
            _ => "",
        };
        assert!(printed.contains(outcome), "{line}: {printed}");
    }
}
