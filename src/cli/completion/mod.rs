//! Completion: the scripts that shells run, and what they ask numdeck for, `numdeck __complete`.
//!
//! The scripts hand over the line; what may stand there is concluded here, from the definition of all
//! commands. Shells take words apart at a `:` (bash), which the engine that comes with clap leaves to them:
//! terms like `country:ng` are words with one in the middle, so the walk over the definition is our own.
//!
//! It has to be over before somebody notices: nothing is asked of a server, nothing is asked of anybody, and
//! whatever goes wrong is an empty answer.

mod local;
mod position;
mod value;

use std::ffi::OsString;
use std::io::Write;

use clap::builder::StyledStr;
use clap::{Arg, Command};

use super::args::{Global, Shell};
use super::output::safe;
use super::{Environment, help};
use crate::stream;
use local::Files;
use position::Position;
use value::{Local, Source, sources, values};

/// What scripts say first.
pub(super) const WORD: &str = "__complete";

/// More than that nobody reads.
const MOST: usize = 500;

/// What stands for the files of a directory, which the shell knows better.
const FILES: &str = ":files";

/// What may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    /// The whole word.
    value: String,
    /// What it is, may be empty.
    help: String,
}

impl Candidate {
    fn new(value: &str, help: &str) -> Self {
        Self { value: value.to_owned(), help: help.to_owned() }
    }

    /// The same behind what is typed already.
    fn after(self, before: &str) -> Self {
        Self { value: format!("{before}{}", self.value), ..self }
    }
}

/// The script of a shell.
pub(super) fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("../../../assets/completions/numdeck.bash"),
        Shell::Zsh => include_str!("../../../assets/completions/_numdeck"),
        Shell::Fish => include_str!("../../../assets/completions/numdeck.fish"),
        Shell::Powershell => include_str!("../../../assets/completions/numdeck.ps1"),
    }
}

/// Answers a script: `SHELL =WORD [BEFORE]…`, WORD being what stands before the cursor of the word there.
/// A line for each candidate: the word, and behind a tab what it is.
pub(super) fn answer(arguments: &[OsString]) {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let [shell, typed, before @ ..] = words.as_slice() else { return };
    let before: Vec<String> = before.iter().map(|word| unquoted(word).to_owned()).collect();
    let typed = typed.strip_prefix('=').unwrap_or_default();
    let bare = typed.trim_start_matches(['\'', '"']);
    // These two put into the line what they are given, as it is.
    let is_bare = matches!(shell.as_str(), "bash" | "powershell") && bare == typed;
    let mut root = help::definition();
    root.build();
    let local = Files::of(global(&before), Environment::of_places());
    let found = offered(&root, &before, bare, &local);
    // What would be changed to be printed is another word.
    let fits = |one: &&Candidate| safe(&one.value) == one.value && (!is_bare || is_plain(&one.value));
    let lines = found.iter().filter(fits).take(MOST).map(|one| {
        let sign = if one.help.is_empty() { "" } else { "\t" };
        format!("{}{sign}{}\n", one.value, safe(&one.help))
    });
    stream::stdout().write_all(lines.collect::<String>().as_bytes()).ok();
}

/// What may stand at the cursor, behind the words `before` it, as far as it is typed.
fn offered(root: &Command, before: &[String], typed: &str, local: &dyn Local) -> Vec<Candidate> {
    let position = Position::after(root, before);
    let of = |arg: &Arg, at: usize| {
        let (before, value) = typed.split_at(at);
        of_argument(root, arg, &position.path, value, local).into_iter().map(move |one| {
            match one.value.as_str() {
                FILES => one,
                _ => one.after(before),
            }
        })
    };
    if let Some(arg) = position.awaits {
        return of(arg, 0).collect();
    }
    if typed.starts_with('-') && !position.is_escaped {
        let long = typed.strip_prefix("--").and_then(|long| long.split_once('='));
        if let Some((name, value)) = long {
            return position
                .long(name)
                .map_or_else(Vec::new, |arg| of(arg, typed.len() - value.len()).collect());
        }
        return options(&position, typed);
    }
    let mut found = Vec::new();
    if position.takes_a_command() {
        found.extend(commands(position.command, typed));
    }
    found.extend(position.argument().into_iter().flat_map(|arg| of(arg, 0)));
    if found.is_empty() && typed.is_empty() && !position.is_escaped {
        return options(&position, typed);
    }
    found
}

/// Commands by their names; by another name only where nothing else begins so.
fn commands(command: &Command, typed: &str) -> Vec<Candidate> {
    let below = || command.get_subcommands().filter(|below| !below.is_hide_set());
    let named = |below: &Command, name: &str| Candidate::new(name, &first_line(below.get_about()));
    let names = below().map(|below| named(below, below.get_name()));
    let names: Vec<Candidate> = names.filter(|one| one.value.starts_with(typed)).collect();
    if !names.is_empty() {
        return names;
    }
    let aliases = below().flat_map(|below| below.get_visible_aliases().map(move |alias| named(below, alias)));
    aliases.filter(|one| one.value.starts_with(typed)).collect()
}

/// Options by their long names.
fn options(position: &Position<'_>, typed: &str) -> Vec<Candidate> {
    let long =
        |arg: &Arg| Some(Candidate::new(&format!("--{}", arg.get_long()?), &first_line(arg.get_help())));
    let found = position.options().filter_map(long).filter(|one| one.value.starts_with(typed));
    found.collect()
}

/// The values of an argument that begin with what is typed; of one that takes several, behind the last comma.
fn of_argument(root: &Command, arg: &Arg, path: &[&str], typed: &str, local: &dyn Local) -> Vec<Candidate> {
    match arg.get_value_delimiter() {
        Some(',') => value::listed(typed, |last| one_of_argument(root, arg, path, last, local)),
        _ => one_of_argument(root, arg, path, typed, local),
    }
}

fn one_of_argument(
    root: &Command,
    arg: &Arg,
    path: &[&str],
    typed: &str,
    local: &dyn Local,
) -> Vec<Candidate> {
    let known = arg.get_possible_values();
    if !known.is_empty() {
        let known = known.iter().filter(|one| !one.is_hide_set());
        let all: Vec<Candidate> =
            known.map(|one| Candidate::new(one.get_name(), &first_line(one.get_help()))).collect();
        return value::beginning(&all, typed);
    }
    let each = sources(arg, path).into_iter().flat_map(|source| match source {
        Source::Files => vec![Candidate::new(FILES, "")],
        Source::Topics => {
            let more: Vec<Candidate> =
                help::TOPICS.iter().map(|(name, what)| Candidate::new(name, what)).collect();
            [commands(root, typed), value::beginning(&more, typed)].concat()
        }
        source => values(source, typed, local),
    });
    each.collect()
}

fn first_line(text: Option<&StyledStr>) -> String {
    text.map(|text| text.to_string().lines().next().unwrap_or_default().to_owned()).unwrap_or_default()
}

/// The options that say which server and organization a command acts with.
fn global(words: &[String]) -> Global {
    let value = |name: &str| {
        let mut given = words.iter().enumerate().filter_map(|(at, word)| match word.strip_prefix(name)? {
            "" => words.get(at + 1).cloned(),
            joined => joined.strip_prefix('=').map(str::to_owned),
        });
        given.next_back()
    };
    Global {
        profile: value("--profile"),
        base_url: value("--base-url"),
        org: value("--org"),
        ..Global::default()
    }
}

/// A word that a shell hands over as it was typed, without the quotes around it.
fn unquoted(word: &str) -> &str {
    let inside = |sign: char| word.strip_prefix(sign).map(|rest| rest.strip_suffix(sign).unwrap_or(rest));
    inside('\'').or_else(|| inside('"')).unwrap_or(word)
}

/// Whether a word means itself to every shell.
fn is_plain(word: &str) -> bool {
    word.chars().all(|c| c.is_alphanumeric() || "+-_.,:=/@%!".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine on which nothing is kept.
    fn nothing() -> Files {
        Files::of(Global::default(), Environment::default())
    }

    fn at(line: &str) -> Vec<String> {
        let mut root = help::definition();
        root.build();
        let (before, typed) = line.rsplit_once(' ').unwrap_or(("", line));
        let before: Vec<String> =
            before.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        offered(&root, &before, typed, &nothing()).into_iter().map(|one| one.value).collect()
    }

    #[test]
    fn every_command_is_offered_and_by_another_name_where_only_that_fits() {
        let root = help::definition();
        let names: Vec<&str> = root.get_subcommands().map(Command::get_name).collect();
        assert_eq!(at(""), names);
        assert_eq!(at("pur"), ["purchases"]);
        assert_eq!(at("ls"), ["ls"]);
        assert_eq!(at("--profile x purchases r"), ["resolve"]);
        assert!(at("list nothing ").iter().all(|word| word.ends_with(':')), "{:?}", at("list nothing "));
    }

    #[test]
    fn options_are_offered_with_those_of_all_commands() {
        assert_eq!(at("list --base"), ["--base-url"]);
        let all = at("show x -");
        assert!(
            all.contains(&"--show-secrets".to_owned()) && all.contains(&"--output".to_owned()),
            "{all:?}"
        );
        assert!(at("list -- --base").is_empty());
    }

    #[test]
    fn values_are_offered_behind_their_option_however_it_is_written() {
        assert_eq!(at("list -o nd"), ["ndjson"]);
        assert_eq!(at("list --output=nd"), ["--output=ndjson"]);
        assert_eq!(at("search --type m"), ["mobile"]);
        assert_eq!(at("list --columns number,coun"), ["number,country"]);
        assert_eq!(at("list --sort=changed:"), ["--sort=changed:desc"]);
        assert_eq!(at("update x --inbound o"), ["on", "off"]);
        assert_eq!(at("list --filter=!status:a"), ["--filter=!status:active"]);
        assert_eq!(at("update --file "), [FILES]);
        assert_eq!(at("update --file=x"), [FILES]);
        assert_eq!(at("help gl"), ["globals"]);
        assert_eq!(at("help pat"), ["pattern"]);
        assert_eq!(at("completions f"), ["fish"]);
        assert_eq!(at("search --can sms,v"), ["sms,voice"]);
        assert_eq!(at("search --can sms,s"), Vec::<String>::new(), "once is enough");
        assert_eq!(at("buy x --wait=5"), ["--wait=5m"]);
        assert!(at("delete x --confirm +").is_empty(), "whoever deletes types");
    }

    /// Arguments of which only whoever types them knows the value.
    const FREE: &[&str] = &[
        "-",
        "CENTS",
        "CMD",
        "D",
        "DURATION",
        "E164",
        "GLOB",
        "HOST:PORT",
        "INVENTORY_ID",
        "IP:PORT",
        "N",
        "NAME[@DOMAIN]",
        "ORIGIN",
        "P",
        "SIP_URI",
        "SPEC",
        "TEXT",
        "TIME",
        "WHEN",
        "ssh:HOST",
    ];

    #[test]
    fn every_value_is_offered_or_known_to_nobody() {
        fn look(command: &Command, path: &[&str]) {
            for arg in command.get_arguments().filter(|arg| arg.get_action().takes_values()) {
                let names = arg.get_value_names().unwrap_or_default();
                let id = arg.get_id().as_str();
                let is_free = id != "wait" && names.iter().any(|name| FREE.contains(&name.as_str()));
                let own = id == "auth_user" || (id == "name" && path == ["profile", "add"]);
                let offers = !arg.get_possible_values().is_empty() || !sources(arg, path).is_empty();
                assert!(offers != (is_free || own), "{path:?} {}: {names:?}", arg.get_id());
            }
            for below in command.get_subcommands() {
                look(below, &[path, &[below.get_name()]].concat());
            }
        }
        let mut root = help::definition();
        root.build();
        look(&root, &[]);
    }

    #[test]
    fn nothing_that_a_shell_would_read_otherwise_is_offered_bare() {
        assert!(is_plain("endpoint:sales-bot") && is_plain("+2348031234567") && is_plain("number,id"));
        for odd in ["Front Desk", "$(reboot)", "`id`", "a;b", "a'b", "a|b", "a\\b", "a*"] {
            assert!(!is_plain(odd), "{odd}");
        }
    }

    #[test]
    fn the_server_is_the_one_that_the_line_names() {
        let words = ["--org=a", "list", "--org", "b", "--profile", "work"].map(str::to_owned);
        let global = global(&words);
        assert_eq!((global.org.as_deref(), global.profile.as_deref()), (Some("b"), Some("work")));
        assert_eq!(global.base_url, None);
    }
}
