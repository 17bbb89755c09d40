//! `numdeck skill`: one page for whoever drives numdeck by commands, a person or a program that reads it
//! before it begins. Made from the definition of all commands and the table of exit codes, and short enough
//! to be read each time.

use std::fmt::Write;

use clap::{Arg, Command};

use super::{Exit, help};

/// More options of a command are in its help.
const OPTIONS: usize = 13;

/// Commands that nobody drives: they are named, and no more.
const ASIDE: &[&str] =
    &["tui", "demo", "sandbox", "completions", "man", "schema", "skill", "help", "version"];

const BEGINNING: &str = "\
# numdeck

Phone numbers of KrosAI by commands: list, search, buy, change, check. stdout is data, stderr is everything else.

## Key

Give it as NUMDECK_API_KEY in the environment or with --api-key-file FILE (- reads stdin), never as an argument. \
A kros_test_ key is TEST, every other one is LIVE and spends money. --org ID (NUMDECK_ORG) names the organization, \
--profile NAME takes all of it from config.toml, --read-only refuses whatever writes, --no-input never asks.

## Output

-o json (an array; show and check of one number: an object), -o ndjson, -o csv; in a pipe without -o: tab-separated, \
no header. Errors under -o json: {\"error\":{code,message,hint,status,retryable,request_id}} on stderr. \
numdeck schema NAME has the JSON Schema. 100 rows unless -n N or --all. A NUMBER is an id or a phone number in any \
usual form; a filter EXPR is words and key:value terms, all of which hold: numdeck help filter.
";

const MONEY: &str = "\
## Money and live traffic

1. A write is sent once. Exit 11: it may have happened. Never repeat it; numdeck purchases resolve looks.
2. Look first: --dry-run shows price, organization, LIVE or TEST, and sends nothing.
3. Give buy a --max-total in cents (setup + first month). An unknown price is refused, and is not 0.
4. LIVE needs --org. --yes answers the question and skips no check: use it only for what a person wants done.
5. update can stop calls. release keeps the record, delete does not and takes --confirm E164. Ask a person first.
";

/// What a test runs, line by line, in one shell.
const EXAMPLES: &str = "\
```console
$ numdeck list endpoint:none status:active --columns number,id -o csv
$ id=$(numdeck search NG --type mobile -n 1 --columns id)
$ numdeck buy \"$id\" --max-total 5000 --dry-run -o json
$ numdeck buy \"$id\" --max-total 5000 --yes --no-input -o json
$ numdeck purchases list bought -o json
$ number=$(numdeck list status:active inbound:on '!endpoint:none' -n 1 --columns number)
$ numdeck show \"$number\" -o json
$ numdeck update \"$number\" --outbound on --yes --no-input -o ndjson
$ numdeck undo \"$number\" --yes --no-input -o json
$ numdeck check \"$number\" --settings-only -o json
```
";

/// The page.
pub(super) fn page() -> String {
    let mut root = help::definition();
    root.build();
    let mut page = format!("{BEGINNING}\n## Commands (numdeck help NAME has the rest)\n\n");
    let (aside, driven): (Vec<&Command>, Vec<&Command>) =
        root.get_subcommands().partition(|command| ASIDE.contains(&command.get_name()));
    for line in driven.iter().flat_map(|command| lines(command, "")) {
        writeln!(page, "{line}").ok();
    }
    let aside: Vec<&str> = aside.iter().map(|command| command.get_name()).collect();
    writeln!(page, "- also: {}", aside.join(", ")).ok();
    page.push_str("\n## Exit codes, and what to do\n\n");
    for (exit, meaning) in Exit::TABLE {
        writeln!(page, "- {} {meaning} -> {}", *exit as u8, advice(*exit)).ok();
    }
    write!(page, "\n{MONEY}\n## Examples\n\n{EXAMPLES}").ok();
    page
}

/// A command, or each that is below it, in one line: what it takes, what it does, its options.
fn lines(command: &Command, path: &str) -> Vec<String> {
    let path = format!("{path} {}", command.get_name()).trim().to_owned();
    let mut line = format!("- {path}");
    for arg in command.get_positionals() {
        let name = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
        let several = arg.get_num_args().is_some_and(|count| count.max_values() > 1);
        write!(line, " {name}{}", if several { "..." } else { "" }).ok();
    }
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    write!(line, ": {about}.").ok();
    let options: Vec<String> = command.get_arguments().filter_map(option).collect();
    options.iter().take(OPTIONS).for_each(|option| line.extend([" ", option]));
    if options.len() > OPTIONS {
        line.push_str(" ...");
    }
    let below = command.get_subcommands().flat_map(|below| lines(below, &path));
    match command.has_subcommands() {
        true => below.collect(),
        false => vec![line],
    }
}

/// An option of this command alone.
fn option(arg: &Arg) -> Option<String> {
    let long = arg.get_long().filter(|long| !arg.is_global_set() && !arg.is_hide_set() && *long != "help")?;
    Some(format!("--{long}"))
}

/// What to do after a command that ended so.
fn advice(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "go on",
        Exit::Other => "read the message; do not loop",
        Exit::Usage => "correct the command",
        Exit::Key => "check key, role and --org",
        Exit::NoSuchNumber => "look it up with list",
        Exit::RefusedHere => "name --org, review, then --yes; or ask a person",
        Exit::Policy => "ask a person",
        Exit::Balance => "ask a person to top up",
        Exit::Gone => "search again, choose another",
        Exit::RateLimited => "wait, then again",
        Exit::Network => "again later",
        Exit::Unknown => "NEVER repeat it; numdeck purchases resolve, until that exits 0",
        Exit::PartFailed => "read each row; the same list again skips what is done",
        Exit::ToDo => "numdeck plan shows it; ask before apply",
        Exit::Late => "do not repeat a purchase; look again later",
        Exit::Problem => "tell the verdict and its next",
        Exit::Unchecked => "check again later",
        Exit::Interrupted => "look before you repeat a write",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plain English has four characters or more a token; names of options and codes fewer.
    const CHARACTERS_A_TOKEN: f64 = 3.5;

    #[test]
    fn the_page_has_at_most_two_thousand_tokens() {
        let page = page();
        let characters = u32::try_from(page.chars().count()).unwrap();
        let tokens = f64::from(characters) / CHARACTERS_A_TOKEN;
        assert!(tokens <= 2000.0, "{tokens} tokens:\n{page}");
    }

    #[test]
    fn every_command_and_every_exit_code_is_on_it() {
        let page = page();
        for command in help::definition().get_subcommands() {
            let name = command.get_name();
            let is_there =
                page.contains(&format!("\n- {name}")) || (ASIDE.contains(&name) && page.contains(name));
            assert!(is_there, "{name}");
        }
        for (exit, _) in Exit::TABLE {
            assert!(page.contains(&format!("\n- {} ", *exit as u8)), "{exit:?}");
        }
        assert!(page.contains("NEVER repeat"));
    }
}
