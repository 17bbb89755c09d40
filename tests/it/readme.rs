//! The README is executed: its commands run against a sandbox, its key table is the program's own.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use numdeck::app::Keymap;
use numdeck::app::action::{BINDINGS, Group};
use numdeck::sandbox::{Config, Sandbox};

const README: &str = include_str!("../../README.md");

/// A command of a console block, and what the README says that it prints.
struct Example {
    command: String,
    printed: Vec<String>,
}

fn examples() -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut inside = false;
    for line in README.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ => match line.strip_prefix("$ ") {
                Some(command) => examples.push(Example { command: command.to_owned(), printed: Vec::new() }),
                None => examples.last_mut().unwrap().printed.push(line.to_owned()),
            },
        }
    }
    examples
}

/// The profiles that the README shows.
fn profiles() -> &'static str {
    let (_, rest) = README.split_once("```toml\n").unwrap();
    rest.split_once("```").unwrap().0
}

/// Runs a command as a shell would, with numdeck on the path, the sandbox as its server, and the
/// README's profiles in `settings`.
fn run(command: &str, sandbox: &Sandbox, settings: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_numdeck"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("{command} 2>&1")])
        .env("PATH", path)
        .env("NUMDECK_API_KEY", "kros_test_owner")
        .env("NUMDECK_BASE_URL", sandbox.base_url())
        .env("NUMDECK_STATE_DIR", settings.join("state"))
        .env("NUMDECK_CONFIG_DIR", settings)
        .env_remove("NUMDECK_PROFILE")
        .env_remove("NUMDECK_ORG")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    // The README shows the port that SIP usually has.
    let port = sandbox.sip_addr().unwrap().port();
    let printed = String::from_utf8(output.stdout).unwrap();
    let api = sandbox.addr().port();
    let printed = printed.replace(&format!("127.0.0.1:{api}/"), "127.0.0.1:PORT/");
    ["127.0.0.1:", "\"sip_port\": "]
        .iter()
        .fold(printed, |text, before| text.replace(&format!("{before}{port}"), &format!("{before}5060")))
}

/// Whether the lines printed are the lines said; `...` stands for any number of lines.
fn fits(said: &[String], printed: &[&str]) -> bool {
    match said.split_first() {
        None => printed.is_empty(),
        Some((line, rest)) if line == "..." => (0..=printed.len()).any(|skip| fits(rest, &printed[skip..])),
        Some((line, rest)) => printed.first() == Some(&line.as_str()) && fits(rest, &printed[1..]),
    }
}

#[test]
fn every_console_block_prints_what_it_says() {
    let sip = Some("127.0.0.1:0".parse().unwrap());
    let sandbox = Sandbox::start(Config { sip, ..Config::default() }).unwrap();
    let settings = tempfile::tempdir().unwrap();
    let examples = examples();
    assert!(examples.len() >= 7, "the README shows commands");
    for example in examples {
        // Without a profile unless the command names one: the default one would speak up elsewhere.
        let named = example.command.contains("--profile");
        fs::write(settings.path().join("config.toml"), if named { profiles() } else { "" }).unwrap();
        let printed = run(&example.command, &sandbox, settings.path());
        let lines: Vec<&str> = printed.lines().collect();
        assert!(
            fits(&example.printed, &lines),
            "$ {}\nthe README says:\n{}\n\nit printed:\n{printed}",
            example.command,
            example.printed.join("\n")
        );
    }
}

#[test]
fn the_comparison_can_fail() {
    let said = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    assert!(fits(&said(&["a", "...", "d"]), &["a", "b", "c", "d"]));
    assert!(!fits(&said(&["a", "...", "d"]), &["a", "b", "c"]));
    assert!(!fits(&said(&[]), &["a"]));
}

#[test]
fn the_key_table_is_the_one_of_the_program() {
    let mut table = String::from("| where | key | what it does |\n|---|---|---|\n");
    for group in Group::ALL {
        for binding in BINDINGS.iter().filter(|binding| binding.group == *group) {
            let keys = Keymap::usual().keys(binding.action);
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            writeln!(table, "| {} | {} | {} |", group.title(), keys.join(" "), binding.help).unwrap();
        }
    }
    let (_, rest) = README.split_once("<!-- keys -->\n").unwrap();
    let (shown, _) = rest.split_once("<!-- /keys -->").unwrap();
    assert_eq!(shown, table, "put this between the key marks of the README:\n{table}");
}
