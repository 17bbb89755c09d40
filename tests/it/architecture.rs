//! The direction of dependencies, and the other rules that no compiler checks.
//!
//! Sources are read as tokens: comments and tests do not count, `use` trees are spelled out, and
//! `super::` is followed, so a rule is about what a file names and not about how it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What each layer may name of the crate. `main` sees the crate from outside.
const LAYERS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("phone", &["text"]),
    ("api", &["phone", "trust"]),
    ("sip", &["text", "trust"]),
    ("check", &["phone", "sip", "text", "trust"]),
    ("write", &["api", "phone"]),
    ("app", &["api", "check", "phone", "plan", "rows", "sip", "store", "trunk", "write"]),
    ("log", &["phone"]),
    ("metrics", &["check", "phone", "sip"]),
    ("store", &["api", "phone", "sip", "write"]),
    ("stream", &[]),
    ("trunk", &["phone", "rows", "sip", "text"]),
    ("trust", &[]),
    ("ui", &["api", "app", "check", "phone", "sip", "store", "write"]),
    ("rows", &["phone"]),
    ("numbers", &["phone", "rows"]),
    ("watch", &["phone", "sip", "store"]),
    ("plan", &["numbers", "phone", "rows", "write"]),
    (
        "runtime",
        &[
            "api", "app", "check", "config", "numbers", "phone", "plan", "rows", "sip", "store", "stream",
            "ui", "write",
        ],
    ),
    ("sandbox", &["phone"]),
    ("config", &["api", "phone"]),
    ("keys", &["api", "config", "phone"]),
    (
        "cli",
        &[
            "api", "check", "config", "keys", "log", "metrics", "numbers", "phone", "plan", "rows",
            "sandbox", "sip", "store", "stream", "trunk", "trust", "watch", "write",
        ],
    ),
];

/// The commands that open the dashboard put everything together.
const OPENERS: &[&str] = &[
    "cli/dashboard/keys.rs",
    "cli/dashboard/look.rs",
    "cli/dashboard/mod.rs",
    "cli/dashboard/opening.rs",
    "cli/dashboard/profiles.rs",
    "cli/dashboard/session.rs",
    "cli/dashboard/settle.rs",
    "cli/demo.rs",
];
const OPENERS_TOO: &[&str] = &["app", "runtime", "ui"];

/// What a file must not name: where, what, why. A path stands for everything below it.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    (
        "app/",
        &["tokio", "reqwest", "crossterm", "std::fs", "std::env", "std::net", "std::thread", "std::process"],
        "the state machine does no work",
    ),
    ("app/", &["crate::api::Client", "crate::api::Settings", "crate::api::Pages"], "api is data here"),
    (
        "app/",
        &[
            "crate::check::Checker",
            "crate::sip::check",
            "crate::sip::batch",
            "crate::sip::Env",
            "crate::sip::NetworkDns",
        ],
        "check is data here",
    ),
    (
        "app/",
        &[
            "crate::write::perform",
            "crate::write::look",
            "crate::write::Api",
            "crate::write::Clock",
            "crate::write::Ledger",
            "crate::write::SessionLedger",
        ],
        "write is data here",
    ),
    (
        "ui/",
        &["tokio", "reqwest", "crossterm", "std::fs", "std::io", "std::env", "std::net", "std::thread"],
        "drawing does no work",
    ),
    ("ui/", &["crate::api::Client", "crate::api::Pages", "crate::write::perform"], "ui draws data"),
    (
        "phone/",
        &["tokio", "reqwest", "crossterm", "ratatui", "std::fs", "std::env", "std::io"],
        "the words of the problem are pure",
    ),
    ("api/", &["std::env", "std::fs", "ratatui", "crossterm", "clap"], "the client is told everything"),
    (
        "metrics/",
        &["tokio", "hyper", "reqwest", "std::fs", "std::env", "std::io", "std::net"],
        "figures are data; who serves them is elsewhere",
    ),
    ("rows/", &["tokio", "reqwest", "std::fs", "std::env", "crossterm", "ratatui"], "rows are text"),
    ("write/", &["tokio", "reqwest", "std::env", "std::thread"], "ledger, API and clock are parameters"),
    ("runtime/", &["reqwest", "clap"], "the loop knows neither HTTP nor arguments"),
    ("config/", &["std::env", "tokio", "reqwest", "clap"], "the file is read, and nothing else decided"),
    ("keys/", &["std::env", "tokio", "reqwest", "clap"], "where keys are kept is told, not found out"),
    ("sandbox/", &["std::env", "ratatui", "crossterm", "clap"], "the sandbox is told everything"),
    (
        "sip/",
        &["reqwest", "std::fs", "std::env", "std::process", "std::thread", "ratatui", "crossterm", "clap"],
        "a check is told everything",
    ),
    (
        "trunk/",
        &["reqwest", "tokio", "std::fs", "std::env", "std::io", "std::process", "std::net", "clap"],
        "what others are told is text",
    ),
    (
        "check/",
        &["reqwest", "std::env", "std::process", "ratatui", "crossterm", "clap"],
        "a check is told everything",
    ),
];

/// What only some files may name: what, where, why.
const ONLY: &[(&str, &[&str], &str)] = &[
    ("tokio::spawn", &["runtime/tasks.rs", "api/pages.rs", "sandbox/"], "work starts in few places"),
    ("tokio::task::spawn", &["sandbox/"], "work starts in few places"),
    ("tokio::task::spawn_blocking", &["sandbox/", "cli/runner.rs"], "work starts in few places"),
    ("tokio::task::JoinSet", &["runtime/tasks.rs", "sandbox/"], "work starts in few places"),
    ("color_eyre", &["main.rs", "cli/"], "libraries have errors of their own"),
    ("eyre", &["main.rs", "cli/"], "libraries have errors of their own"),
    ("ratatui::style::Color", &["ui/theme.rs", "ui/theme/", "runtime/painter.rs"], "colours come from roles"),
    ("crossterm::style::Color", &[], "colours come from roles"),
    ("tracing_subscriber", &["log/"], "one place listens"),
    ("rusqlite", &["sandbox/", "store/history/"], "only the sandbox and what was seen are in a database"),
    ("axum", &["sandbox/"], "only the sandbox serves"),
    ("hyper::server", &["cli/exporter/"], "only the exporter serves without the sandbox"),
    ("hyper_util", &["cli/exporter/"], "only the exporter serves without the sandbox"),
    (
        "toml",
        &["config/", "keys/", "app/keymap.rs", "ui/theme/"],
        "only profiles, API keys, keymaps and themes are written in it",
    ),
    ("toml_edit", &["config/"], "one place edits the profiles"),
    ("keyring_core", &["keys/"], "one place asks the keyring"),
    ("arboard", &["runtime/clipboard.rs"], "one place asks the clipboard"),
    ("std::process::exit", &[], "everybody returns, so that everything is given back"),
];

/// Files that look into secrets; each call is a place to review.
const MAY_EXPOSE: &[&str] = &[
    "api/answer.rs",
    "api/client.rs",
    "api/decode/own_key.rs",
    "api/http.rs",
    "api/jwt.rs",
    "api/proxy.rs",
    "cli/account/login.rs",
    "cli/key.rs",
    "cli/show.rs",
    "cli/sip.rs",
    "cli/state.rs",
    "keys/file.rs",
    "keys/stored.rs",
    "phone/number.rs",
    "runtime/clipboard.rs",
    "runtime/terminal.rs",
    "sip/digest/answer.rs",
    "sip/register.rs",
    "trunk/account.rs",
    "ui/detail.rs",
];

/// Layers that know neither a command line nor a keyboard: whoever shows what they say names the means.
const DOMAIN: &[&str] = &["api", "check", "metrics", "phone", "sip", "text", "trunk", "write"];

/// Files of those layers that name a flag all the same, and have to stop.
const NAMES_A_FLAG: &[&str] = &["api/error.rs", "api/tls.rs", "write/permission.rs"];

/// Circles between files of a folder that stand still, and have to go: each by its first file.
const CIRCLES: &[&str] = &[];

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
    /// `::`
    Below,
}

/// Splits source text; comments vanish, literals stay as [`Token::Text`].
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        let raw =
            c == 'r' && (at(i + 1) == '"' || (at(i + 1) == '#' && (at(i + 2) == '"' || at(i + 2) == '#')));
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            i += 2;
            while i < chars.len() && !(at(i) == '*' && at(i + 1) == '/') {
                i += 1;
            }
            i += 2;
        } else if raw {
            let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
            let start = i + 2 + hashes;
            let closing = |at: usize| {
                chars[at] == '"' && chars[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes
            };
            let end = (start..chars.len()).find(|at| closing(*at)).unwrap_or(chars.len());
            out.push(Token::Text(chars[start..end].iter().collect()));
            i = end + 1 + hashes;
        } else if c == '"' {
            let start = i + 1;
            i = start;
            while i < chars.len() && chars[i] != '"' {
                i += if chars[i] == '\\' { 2 } else { 1 };
            }
            out.push(Token::Text(chars[start..i.min(chars.len())].iter().collect()));
            i += 1;
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < chars.len() && chars[i] != '\'' {
                i += 1;
            }
            i += 1;
        } else if is_word(c) {
            let start = i;
            while i < chars.len() && is_word(chars[i]) {
                i += 1;
            }
            out.push(Token::Word(chars[start..i].iter().collect()));
        } else if c == ':' && at(i + 1) == ':' {
            out.push(Token::Below);
            i += 2;
        } else {
            if !c.is_whitespace() {
                out.push(Token::Sign(c));
            }
            i += 1;
        }
    }
    out
}

/// The same without modules of tests.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mark = self::tokens("#[cfg(test)] mod");
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if !tokens[i..].starts_with(&mark) {
            out.push(tokens[i].clone());
            i += 1;
            continue;
        }
        let mut depth = 0;
        while i < tokens.len() {
            match tokens[i] {
                Token::Sign('{') => depth += 1,
                Token::Sign('}') => depth -= 1,
                _ => {}
            }
            let over = depth == 0 && matches!(tokens[i], Token::Sign('}' | ';'));
            i += 1;
            if over {
                break;
            }
        }
    }
    out
}

/// Everything that is named with a path, `use` trees spelled out, relative to the crate.
fn paths(file: &str, tokens: &[Token]) -> BTreeSet<String> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let after_dot = i > 0 && matches!(tokens[i - 1], Token::Sign('.') | Token::Below);
        match &tokens[i] {
            Token::Word(word) if word == "use" => i = tree(tokens, i + 1, &[], &mut found),
            Token::Word(_) if !after_dot => {
                let mut path = Vec::new();
                while let Some(Token::Word(word)) = tokens.get(i) {
                    path.push(word.clone());
                    i += 1;
                    if tokens.get(i) != Some(&Token::Below) {
                        break;
                    }
                    i += 1;
                }
                found.push(path);
            }
            _ => i += 1,
        }
    }
    let module = module_of(file);
    found.into_iter().filter(|path| path.len() > 1).map(|path| absolute(&module, path).join("::")).collect()
}

/// One level of a `use` tree from `i` on; returns where it ends.
fn tree(tokens: &[Token], mut i: usize, above: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = above.to_vec();
    loop {
        match tokens.get(i) {
            Some(Token::Word(word)) if word == "as" => i += 2,
            Some(Token::Word(word)) => {
                path.push(word.clone());
                i += 1;
            }
            Some(Token::Below) => i += 1,
            Some(Token::Sign('{')) => {
                i += 1;
                while tokens.get(i).is_some_and(|token| *token != Token::Sign('}')) {
                    i = tree(tokens, i, &path, found);
                    if tokens.get(i) == Some(&Token::Sign(',')) {
                        i += 1;
                    }
                }
                return i + 1;
            }
            Some(Token::Sign('*')) => i += 1,
            _ => {
                found.push(path);
                return i;
            }
        }
    }
}

/// `app/screen/mod.rs` is the module `crate::app::screen`.
fn module_of(file: &str) -> Vec<String> {
    let mut module = vec!["crate".to_owned()];
    module.extend(file.trim_end_matches(".rs").split('/').map(str::to_owned));
    module.pop_if(|last| last == "mod" || last == "lib");
    module
}

fn absolute(module: &[String], path: Vec<String>) -> Vec<String> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let own = path.first().is_some_and(|part| part == "self");
    if ups == 0 && !own {
        return path;
    }
    let base = &module[..module.len().saturating_sub(ups).max(1)];
    [base, &path[ups.max(usize::from(own))..]].concat()
}

fn is_below(path: &str, what: &str) -> bool {
    path.strip_prefix(what).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// What is wrong with a file, in words.
fn breaches(file: &str, source: &str) -> Vec<String> {
    let tokens = without_tests(&tokens(source));
    let paths = paths(file, &tokens);
    let mut out = Vec::new();
    let mut wrong = |what: &str, why: &str| out.push(format!("{file} names {what}: {why}"));
    let layer = file.split('/').next().unwrap_or_default();
    if let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) {
        for path in &paths {
            let Some(named) = path.strip_prefix("crate::").and_then(|rest| rest.split("::").next()) else {
                continue;
            };
            let opens = OPENERS.contains(&file) && OPENERS_TOO.contains(&named);
            let known = LAYERS.iter().any(|(name, _)| *name == named);
            if known && named != layer && !allowed.contains(&named) && !opens {
                wrong(path, &format!("{layer} does not know {named}"));
            }
        }
    }
    let edge = file == "write/clock.rs";
    for (_, names, why) in FORBIDDEN.iter().filter(|(place, _, _)| file.starts_with(place) && !edge) {
        for path in paths.iter().filter(|path| names.iter().any(|name| is_below(path, name))) {
            wrong(path, why);
        }
    }
    for (name, places, why) in ONLY {
        if !places.iter().any(|place| file.starts_with(place)) {
            for path in paths.iter().filter(|path| is_below(path, name)) {
                wrong(path, why);
            }
        }
    }
    if file.starts_with("app/") {
        for path in &paths {
            if is_below(path, "ratatui") && !is_below(path, "ratatui::layout") {
                wrong(path, "plain rectangles are all that the state machine needs");
            }
            if ["::now", "::random", "::spawn"].iter().any(|end| path.ends_with(end)) {
                wrong(path, "time comes in with events, work goes out as effects");
            }
        }
    }
    if file.starts_with("ui/") {
        let mutable = self::tokens("&mut App");
        if tokens.windows(mutable.len()).any(|window| window == mutable) {
            wrong("&mut App", "drawing changes nothing");
        }
        let debug = |text: &str| text.contains(":?}") || text.contains(":#?}");
        if tokens.iter().any(|token| matches!(token, Token::Text(text) if debug(text))) {
            wrong("{:?}", "errors are shown in words");
        }
    }
    let prints = |word: &str| ["print", "println", "eprint", "eprintln", "dbg"].contains(&word);
    if !file.starts_with("cli/") {
        for pair in tokens.windows(2) {
            if matches!(pair, [Token::Word(word), Token::Sign('!')] if prints(word)) {
                wrong("println!", "only commands print");
            }
        }
    }
    let exposes = tokens.windows(2).any(|pair| pair == [Token::Sign('.'), Token::Word("expose".to_owned())]);
    if exposes != MAY_EXPOSE.contains(&file) {
        wrong("expose()", "the list of files that look into secrets says otherwise");
    }
    if DOMAIN.contains(&layer) && !NAMES_A_FLAG.contains(&file) {
        for token in &tokens {
            if let Token::Text(text) = token
                && let Some(means) = means_named(text)
            {
                wrong(means, "a domain layer leaves it to others to name flags and keys");
            }
        }
    }
    out
}

/// The first flag or key that a text names.
fn means_named(text: &str) -> Option<&str> {
    let is_flag = |word: &&str| {
        let name = word.strip_prefix("--").unwrap_or_default();
        name.len() > 1 && name.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    };
    let is_key = |word: &&str| ["Esc", "Enter", "Tab", "ctrl-c", "Ctrl-C"].contains(word);
    text.split(|c: char| c.is_whitespace() || ",;:.()'".contains(c))
        .find(|word| is_flag(word) || is_key(word))
}

/// Which files of its folder a file names.
fn siblings<'a>(file: &str, source: &str, all: &'a [(String, String)]) -> BTreeSet<&'a str> {
    let mut folder = module_of(file);
    if !file.ends_with("/mod.rs") {
        folder.pop();
    }
    let paths = paths(file, &without_tests(&tokens(source)));
    let is_named = |other: &str| {
        let mut module = module_of(other);
        let name = module.join("::");
        module.pop();
        other != file && module == folder && paths.iter().any(|path| is_below(path, &name))
    };
    all.iter().map(|(other, _)| other.as_str()).filter(|other| is_named(other)).collect()
}

/// Circles of files that name each other, in words. A folder's `mod.rs` lists its files and is in none.
fn circles(all: &[(String, String)]) -> Vec<String> {
    let named: BTreeMap<&str, BTreeSet<&str>> = all
        .iter()
        .filter(|(file, _)| !file.ends_with("/mod.rs") && file.contains('/'))
        .map(|(file, source)| (file.as_str(), siblings(file, source, all)))
        .collect();
    let mut reached = named.clone();
    // As far as it goes: no folder has more files than that.
    for _ in 0..64 {
        let before = reached.clone();
        for files in reached.values_mut() {
            let more: Vec<&str> =
                files.iter().filter_map(|file| before.get(file)).flatten().copied().collect();
            files.extend(more);
        }
        if before == reached {
            break;
        }
    }
    let in_one: BTreeSet<&str> =
        reached.iter().filter(|(file, files)| files.contains(*file)).map(|(file, _)| *file).collect();
    let mut told: Vec<String> = Vec::new();
    for file in &in_one {
        let others: Vec<&str> = reached[file]
            .iter()
            .filter(|other| in_one.contains(**other) && reached[*other].contains(file))
            .copied()
            .collect();
        let circle = others.join(", ");
        if !told.contains(&circle) {
            told.push(circle);
        }
    }
    told
}

/// Lines that are neither empty, nor comment, nor test.
pub(crate) fn code_lines(source: &str) -> usize {
    // Where tests are a file of their own, code may follow.
    let tests = source.find("#[cfg(test)]\nmod tests {").unwrap_or(source.len());
    let code = &source[..tests];
    code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

/// Sources of the product by their path below `src`, unit tests left out.
pub(crate) fn sources() -> Vec<(String, String)> {
    fn walk(directory: &Path, out: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                out.push((path.display().to_string().replace('\\', "/"), text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut out = Vec::new();
    walk(&root, &mut out);
    let root = format!("{}/", root.display());
    out.iter_mut().for_each(|(path, _)| *path = path.replacen(&root, "", 1));
    out.retain(|(path, _)| !path.split(['/', '.']).any(|part| part == "tests"));
    out.sort();
    assert!(out.len() > 50, "the sources are not where they are looked for");
    out
}

#[test]
fn every_file_keeps_the_rules() {
    let found: Vec<String> = sources().iter().flat_map(|(file, source)| breaches(file, source)).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_module_of_the_crate_has_its_place_in_the_layers() {
    for (file, _) in sources() {
        let layer = file.split('/').next().unwrap_or_default();
        let placed = LAYERS.iter().any(|(name, _)| *name == layer);
        assert!(placed || ["lib.rs", "main.rs"].contains(&layer), "{file} belongs to no layer");
    }
}

#[test]
fn every_file_that_a_rule_names_is_there() {
    let files: Vec<String> = sources().into_iter().map(|(file, _)| file).collect();
    let named = OPENERS.iter().chain(MAY_EXPOSE).chain(ONLY.iter().flat_map(|(_, places, _)| *places));
    for place in named.chain(FORBIDDEN.iter().map(|(place, _, _)| place)) {
        assert!(files.iter().any(|file| file.starts_with(place)), "{place} is gone");
    }
}

#[test]
fn a_check_has_no_method_that_could_place_a_call() {
    let methods =
        ["INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "REFER", "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH"];
    for (file, source) in sources().iter().filter(|(file, _)| file.starts_with("sip/")) {
        for token in without_tests(&tokens(source)) {
            if let Token::Text(text) = token {
                let named = text.split(|c: char| !c.is_ascii_uppercase()).find(|word| methods.contains(word));
                assert_eq!(named, None, "{file}: {text}");
            }
        }
    }
}

#[test]
fn money_is_never_a_float() {
    let is_float = |token: &Token| matches!(token, Token::Word(word) if word == "f32" || word == "f64");
    let of_money = |file: &str| file.starts_with("write/") || file.starts_with("phone/");
    for (file, source) in sources().iter().filter(|(file, _)| of_money(file)) {
        assert!(!without_tests(&tokens(source)).iter().any(is_float), "{file} has floats");
    }
}

#[test]
fn main_only_calls_the_command_line() {
    let (_, main) = sources().into_iter().find(|(file, _)| file == "main.rs").unwrap();
    let named = paths("main.rs", &without_tests(&tokens(&main)));
    let ours: Vec<&String> = named.iter().filter(|path| is_below(path, "numdeck")).collect();
    assert!(ours.iter().all(|path| is_below(path, "numdeck::cli")), "{ours:?}");
    assert!(code_lines(&main) < 60);
}

#[test]
fn a_broken_rule_is_found_however_it_is_written() {
    for (file, source) in [
        ("phone/e164.rs", "use crate::api::Error;"),
        ("phone/e164.rs", "use super::super::api::Error;"),
        ("phone/e164.rs", "fn f() -> super::super::api::Error { todo() }"),
        ("phone/mod.rs", "use {std::fmt, crate::{write as w}};"),
        ("api/client.rs", "fn f() { let x = crate::write::Intent::buy(); }"),
        ("app/mod.rs", "use crate::api::{Error, Client};"),
        ("app/screen/detail.rs", "use crate::write::{self, perform};"),
        ("app/mod.rs", "use ratatui::{layout::Size, style::Style};"),
        ("app/mod.rs", "fn f() { self.now = jiff::Timestamp::now(); }"),
        ("app/mod.rs", "use std::{fmt, fs};"),
        ("app/dispatch.rs", "fn f() { tokio::spawn(async {}); }"),
        ("ui/mod.rs", "pub fn draw(app: &mut App) {}"),
        ("ui/mod.rs", "fn f() { format!(\"{error:?}\") }"),
        ("ui/table.rs", "use ratatui::style::{Color, Style};"),
        ("ui/table.rs", "fn f() { ratatui::style::Color::Red }"),
        ("runtime/mod.rs", "use tokio::task::JoinSet;"),
        ("write/protocol.rs", "fn f() { tokio::time::sleep(x).await }"),
        ("cli/list.rs", "use crate::app::App;"),
        ("sandbox/mod.rs", "use crate::api::Client;"),
        ("api/client.rs", "fn f() { println!(\"{key}\") }"),
        ("api/pages.rs", "fn f() { key.expose() }"),
        ("phone/number.rs", "fn f() {}"),
        ("write/mod.rs", "use color_eyre::eyre::Result;"),
    ] {
        assert_ne!(breaches(file, source), [""; 0], "{file}: {source}");
    }
    for text in ["raise --timeout", "(see --org)", "Esc goes back", "press ctrl-c"] {
        let source = format!("const X: &str = \"{text}\";");
        assert_ne!(breaches("sip/probe.rs", &source), [""; 0], "{text}");
        assert_eq!(breaches("cli/list.rs", &source), [""; 0], "{text}");
    }
    for text in ["a -- b", "-----BEGIN", "tables", "sips:"] {
        assert_eq!(means_named(text), None, "{text}");
    }
}

#[test]
fn no_two_files_of_a_folder_need_each_other() {
    let circles = circles(&sources());
    let left: Vec<&String> =
        circles.iter().filter(|circle| !CIRCLES.iter().any(|known| circle.starts_with(known))).collect();
    assert!(left.is_empty(), "\n{left:#?}");
}

#[test]
fn a_circle_is_found_and_a_line_is_none() {
    let file = |name: &str, source: &str| (name.to_owned(), source.to_owned());
    let a = file("sip/a.rs", "use super::b::B;");
    let c = file("sip/c.rs", "fn f() { crate::sip::a::f() }");
    let back = file("sip/b.rs", "use super::{c::C, d};");
    let on = file("sip/b.rs", "use super::d;");
    let elsewhere = file("api/b.rs", "use crate::sip::a::A;");
    assert_eq!(circles(&[a.clone(), back, c.clone()]), ["sip/a.rs, sip/b.rs, sip/c.rs"]);
    assert_eq!(circles(&[a, on, c, elsewhere]), [""; 0]);
}

#[test]
fn what_keeps_the_rules_is_left_alone() {
    for (file, source) in [
        ("phone/e164.rs", "// use crate::api::Error;\n/* tokio::spawn */ const X: &str = \"crate::api\";"),
        ("phone/e164.rs", "#[cfg(test)]\nmod tests { use crate::api::Error; fn f() { x.expose(); } }"),
        ("app/mod.rs", "use ratatui::layout::Rect; fn f() { app.now = now; let c = '\"'; let d = 'x'; }"),
        ("app/screen/detail.rs", "use super::super::listing; use crate::api::{Changes, Error};"),
        ("ui/theme.rs", "use ratatui::style::Color;"),
        ("ui/mod.rs", "fn f<'a>(app: &'a App, canvas: &mut Canvas<'a>) { r#\"a \" b\"#; }"),
        ("cli/dashboard/mod.rs", "use crate::app::App; fn f() { eprintln!(\"\"); }"),
        ("runtime/tasks.rs", "use tokio::task::{AbortHandle, JoinSet};"),
    ] {
        assert_eq!(breaches(file, source), [""; 0], "{file}: {source}");
    }
}
