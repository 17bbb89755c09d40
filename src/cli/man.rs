//! `numdeck man`: the manual, a page for each command, from the definition of all commands.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::Args;
use super::help::{self, ENVIRONMENT};
use super::output::safe;
use super::{Exit, Failure};

/// Where things are unless a variable says otherwise.
const FILES: &[(&str, &str)] = &[
    ("~/.config/numdeck/config.toml", "the profiles; NUMDECK_CONFIG_DIR names another directory"),
    (
        "~/.local/state/numdeck/ledger/",
        "what was bought and changed from here; NUMDECK_STATE_DIR names another directory",
    ),
    (
        "~/.local/state/numdeck/store/",
        "the numbers that were read last and what changed before, without secrets; may be deleted",
    ),
];

/// The page of numdeck itself.
pub(super) fn page() -> String {
    let mut root = Args::command();
    root.build();
    rendered(&root, "")
}

/// Writes the pages of all commands, and returns their names.
pub(super) fn write(directory: &Path) -> Result<Vec<String>, Failure> {
    let failed = |error: std::io::Error| {
        let message =
            format!("the manual cannot be written to {}: {error}", safe(&directory.to_string_lossy()));
        let hint = match error.kind() {
            ErrorKind::NotFound => "The directory above it is not there: mkdir -p makes it.",
            _ => "",
        };
        Failure::new(Exit::Other, "MAN", message, hint)
    };
    let pages = pages();
    // One that is misspelled is not made with all that leads to it.
    if !directory.is_dir() {
        fs::create_dir(directory).map_err(failed)?;
    }
    for (name, text) in &pages {
        fs::write(directory.join(name), text).map_err(failed)?;
    }
    Ok(pages.into_iter().map(|(name, _)| name).collect())
}

/// All pages by their names.
fn pages() -> Vec<(String, String)> {
    let mut root = Args::command();
    root.build();
    let mut pages = Vec::new();
    add(&root, "", &mut pages);
    pages
}

fn add(command: &Command, path: &str, pages: &mut Vec<(String, String)>) {
    pages.push((format!("{}.1", name(path)), rendered(command, path)));
    for below in command.get_subcommands() {
        add(below, format!("{path} {}", below.get_name()).trim_start(), pages);
    }
}

/// What the page of a command is called.
fn name(path: &str) -> String {
    format!("numdeck {path}").trim_end().replace(' ', "-")
}

fn rendered(command: &Command, path: &str) -> String {
    // What is under each help is taken apart here.
    let man = Man::new(command.clone().after_help("").subcommand_help_heading("COMMANDS"));
    let mut text = String::new();
    let mut head = Roff::new();
    let version = format!("numdeck {}", env!("CARGO_PKG_VERSION"));
    head.control("TH", [name(path).to_uppercase().as_str(), "1", "\"\"", &version, "User Commands"]);
    head.control("SH", ["NAME"]);
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let about = about.split(". ").next().unwrap_or_default();
    head.text([roman(format!("{} - {about}", name(path)))]);
    head.control("SH", ["SYNOPSIS"]);
    let usage = command.clone().render_usage().to_string();
    head.text([roman(usage.trim_start_matches("Usage: ").trim())]);
    text.push_str(&head.render());
    let mut section = |render: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut out = Vec::new();
        // Writing to memory does not fail.
        render(&mut out).ok();
        text.push_str(without_preamble(&String::from_utf8_lossy(&out)));
    };
    section(&|out| man.render_description_section(out));
    section(&|out| man.render_options_section(out));
    if command.has_subcommands() {
        section(&|out| man.render_subcommands_section(out));
    }
    section(&|out| notes(command).to_writer(out));
    section(&|out| entries("EXAMPLES", help::examples_of(path).iter().copied()).to_writer(out));
    if path.is_empty() {
        let codes: Vec<(String, &str)> =
            Exit::TABLE.iter().map(|(exit, meaning)| ((*exit as u8).to_string(), *meaning)).collect();
        section(&|out| {
            entries("EXIT STATUS", codes.iter().map(|(code, what)| (code.as_str(), *what))).to_writer(out)
        });
        section(&|out| entries("ENVIRONMENT", ENVIRONMENT.iter().copied()).to_writer(out));
        section(&|out| entries("FILES", FILES.iter().copied()).to_writer(out));
    } else {
        section(&|out| elsewhere().to_writer(out));
    }
    text
}

/// What is said under the help of a command, a paragraph each.
fn notes(command: &Command) -> Roff {
    let mut roff = Roff::new();
    let Some(said) = command.get_after_help().map(ToString::to_string).filter(|said| !said.is_empty()) else {
        return roff;
    };
    roff.control("SH", ["NOTES"]);
    for (at, paragraph) in said.split("\n\n").enumerate() {
        if at > 0 {
            roff.control("PP", []);
        }
        for (at, line) in paragraph.lines().enumerate() {
            if at > 0 {
                roff.control("br", []);
            }
            roff.text([roman(line.trim_start())]);
        }
    }
    roff
}

/// A list of words, each with what it is.
fn entries<'a>(title: &str, all: impl Iterator<Item = (&'a str, &'a str)>) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (word, what) in all {
        roff.control("TP", []);
        roff.text([bold(word)]);
        roff.text([roman(what)]);
    }
    roff
}

fn elsewhere() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    roff.text([
        bold("numdeck"),
        roman("(1), which has the exit codes, the environment and the files of all commands."),
    ]);
    roff
}

/// Each part begins with the same two lines, which a page needs once.
fn without_preamble(part: &str) -> &str {
    let is_of_it = |line: &str| line.starts_with(".ie ") || line.starts_with(".el ");
    let mut rest = part;
    while let Some((line, below)) = rest.split_once('\n')
        && is_of_it(line)
    {
        rest = below;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a reader sees it, near enough.
    fn plain(page: &str) -> String {
        page.replace("\\-", "-")
            .replace("\\fB", "")
            .replace("\\fR", "")
            .replace("\\fI", "")
            .replace("\\*(Aq", "'")
    }

    #[test]
    fn a_page_has_every_option_of_its_command() {
        fn look(command: &Command, path: &str, pages: &[(String, String)]) {
            let file = format!("{}.1", name(path));
            let page = plain(&pages.iter().find(|(name, _)| *name == file).unwrap().1);
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                if let Some(long) = arg.get_long() {
                    let names = [format!("\n--{long}"), format!(", --{long}")];
                    assert!(names.iter().any(|name| page.contains(name)), "{file} has no --{long}:\n{page}");
                }
                // The words of clap, which differ with the rest.
                if matches!(arg.get_id().as_str(), "help" | "version") {
                    continue;
                }
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(
                    page.contains(help.lines().next().unwrap()),
                    "{file} does not explain {}",
                    arg.get_id()
                );
            }
            for below in command.get_subcommands() {
                look(below, format!("{path} {}", below.get_name()).trim_start(), pages);
            }
        }
        let mut root = Args::command();
        root.build();
        look(&root, "", &pages());
    }

    #[test]
    fn the_first_page_has_what_all_commands_share() {
        let page = plain(&page());
        for (exit, meaning) in Exit::TABLE {
            assert!(page.contains(&format!("\n{}\n{meaning}\n", *exit as u8)), "{exit:?}");
        }
        for (name, _) in ENVIRONMENT {
            assert!(page.contains(name), "{name}");
        }
        assert!(page.contains(".SH FILES") && page.contains("config.toml"));
        assert_eq!(page.matches(".ie ").count(), 1, "{page}");
    }

    #[test]
    fn every_page_has_its_examples_and_its_notes() {
        for (file, page) in pages().into_iter().skip(1) {
            assert!(page.contains(".SH EXAMPLES\n.TP\n"), "{file}");
        }
        let check = pages().into_iter().find(|(name, _)| name == "numdeck-check.1").unwrap().1;
        assert!(check.contains(".SH NOTES") && !check.contains("global options"), "{check}");
    }
}
