//! Arguments that are not understood, in the words and the form of every other error.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::guess;
use crate::cli::Failure;
use crate::cli::args::Output;
use crate::cli::output::safe;
use crate::phone::without_secrets;
use crate::stream;

/// Says what is wrong with arguments, in the form that they ask for as far as they are understood.
pub(in crate::cli) fn misused(error: &clap::Error, given: &[OsString]) -> ExitCode {
    let words: Vec<Cow<'_, str>> = given.iter().map(|arg| arg.to_string_lossy()).collect();
    let failure = match given.iter().find(|arg| arg.to_str().is_none()) {
        Some(arg) if error.kind() == ErrorKind::InvalidUtf8 => {
            Failure::usage(format!("the argument '{}' is no text in UTF-8", safe(&arg.to_string_lossy())))
        }
        _ => of(error, &words),
    };
    if ["check", "--nagios"].iter().all(|word| words.iter().any(|arg| arg == word)) {
        // 2 is CRITICAL there, and nothing is known to be.
        let line = failure.message.replace('|', "/");
        writeln!(stream::stdout(), "SIP UNKNOWN - {}", without_secrets(&line)).ok();
        return ExitCode::from(3);
    }
    failure.report(json_is_asked_for(&words).then_some(Output::Json));
    failure.exit.into()
}

/// Whether errors are to be JSON, from arguments that were not understood otherwise.
fn json_is_asked_for(args: &[Cow<'_, str>]) -> bool {
    let is_json = |value: &str| matches!(value, "json" | "ndjson");
    let joined = |arg: &Cow<'_, str>| {
        arg == "--json"
            || arg
                .strip_prefix("--output=")
                .or_else(|| arg.strip_prefix("--format="))
                .or_else(|| arg.strip_prefix("-o").map(|rest| rest.trim_start_matches('=')))
                .is_some_and(is_json)
    };
    args.iter().any(joined)
        || args
            .windows(2)
            .any(|pair| matches!(&*pair[0], "-o" | "--output" | "--format") && is_json(&pair[1]))
}

/// The error as a failure of ours: what is wrong on the first line, what is right below.
fn of(error: &clap::Error, given: &[Cow<'_, str>]) -> Failure {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::StyledStrs(texts)) => {
            texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        }
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let command = command_of(given);
    let see = format!("numdeck {} shows how it is used.", format!("help {command}").trim_end());
    let argument = named(&text(ContextKind::InvalidArg));
    let value = shown(&text(ContextKind::InvalidValue));
    let (message, hint) = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand);
            let rest = given.iter().skip_while(|arg| **arg != word).skip(1).map(|arg| &**arg);
            let rest: Vec<&str> = rest.filter(|arg| !arg.starts_with('-')).collect();
            let place = |wanted: &str| given.iter().position(|arg| arg == wanted);
            if command.is_empty() || place(&word) < place(command) {
                return guess::unknown_command(&word, &rest);
            }
            (format!("numdeck {command} has no {}", shown(&word)), see)
        }
        ErrorKind::UnknownArgument => return unknown(&text(ContextKind::InvalidArg), error, command, see),
        ErrorKind::InvalidValue if value.is_empty() => {
            (format!("{argument} needs a value"), one_of(&text(ContextKind::ValidValue)).unwrap_or(see))
        }
        ErrorKind::InvalidValue => {
            let known = one_of(&text(ContextKind::ValidValue)).unwrap_or(see);
            (format!("'{value}' is no value of {argument}"), known)
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map_or(String::new(), |why| format!(": {why}"));
            (format!("'{value}' is no value of {argument}{why}"), see)
        }
        ErrorKind::MissingRequiredArgument => return missing(&text(ContextKind::InvalidArg), command, see),
        ErrorKind::ArgumentConflict => {
            let other = named(&text(ContextKind::PriorArg));
            let message = match other.as_str() {
                _ if other == argument || other.is_empty() => format!("{argument} is given more than once"),
                _ => format!("{argument} and {other} do not go together"),
            };
            (message, see)
        }
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
            (format!("{argument} has too many values, or too few"), see)
        }
        ErrorKind::NoEquals => (format!("{argument} takes its value after a ="), see),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            (format!("numdeck {command} needs one more word"), see)
        }
        _ => (
            error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned(),
            see,
        ),
    };
    Failure { hint, ..Failure::usage(message) }
}

/// An option, or a word too many.
fn unknown(argument: &str, error: &clap::Error, command: &str, see: String) -> Failure {
    let hint = |hint: String, message: String| Failure { hint, ..Failure::usage(message) };
    let name = named(argument);
    if let Some(advice) = guess::option(command, argument) {
        // What stands behind the sign may be a secret.
        let name =
            if guess::is_secret(argument) { name.split('=').next().unwrap_or_default() } else { &name };
        return hint(see, format!("there is no {name} here: {advice}"));
    }
    let near = guess::suggested(error.get(ContextKind::SuggestedArg)).iter();
    let near = guess::nearest(near.map(|near| named(near)), &name);
    let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
    if argument.starts_with('-') {
        let place = if command.is_empty() { String::new() } else { format!(" of numdeck {command}") };
        return hint(see, format!("there is no option {name}{place}{near}"));
    }
    let message = match command {
        // A word that no command takes here is often a filter.
        "buy" | "update" | "release" | "delete" | "show" => {
            format!("'{}' is one word too many", shown(argument))
        }
        _ => format!("'{}' is not understood here", shown(argument)),
    };
    hint(see, message)
}

/// What a command cannot do without.
fn missing(what: &str, command: &str, see: String) -> Failure {
    let (message, hint) = match command {
        "buy" => (
            "numdeck buy needs to know which number: INVENTORY_ID, --file FILE, or --e164 with --country and --type"
                .to_owned(),
            "numdeck search CC finds numbers for sale: each row has its id.".to_owned(),
        ),
        "update" if what.contains("--inbound") => (
            "numdeck update needs to know what to change: --endpoint, --inbound, --outbound or --status".to_owned(),
            see,
        ),
        "search" => ("numdeck search needs a country: numdeck search NG, or --country NG".to_owned(), see),
        _ => {
            let what: Vec<String> = what.split(", ").map(named).collect();
            (format!("numdeck {command} needs {}", what.join(" and ")), see)
        }
    };
    Failure { hint, ..Failure::usage(message) }
}

/// `--output <OUTPUT>` by its name alone.
fn named(argument: &str) -> String {
    let name = argument.trim_start_matches(['<', '[']);
    let name = name.split([' ', '[', '=', '>', ']']).next().unwrap_or(name);
    shown(name.trim_end_matches('.'))
}

/// The command that the arguments begin with; empty for none.
fn command_of<'a>(given: &'a [Cow<'_, str>]) -> &'a str {
    let definition = super::definition();
    let is_command = |word: &&str| {
        definition
            .get_subcommands()
            .any(|below| below.get_name() == *word || below.get_all_aliases().any(|alias| alias == *word))
    };
    given.iter().skip(1).map(|arg| &**arg).find(is_command).unwrap_or_default()
}

fn one_of(values: &str) -> Option<String> {
    (!values.is_empty()).then(|| format!("It takes {values}."))
}

/// A part of an argument as an error repeats it.
fn shown(text: &str) -> String {
    crate::phone::clean(&without_secrets(text), 60)
}
