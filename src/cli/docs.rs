//! What numdeck says of itself: to shells, to readers of manuals, to programs.

use std::io::Write;

use serde_json::json;

use super::args::{DocsCommand, Global};
use super::output::{OutputForm, broken, form_of, say};
use super::{Exit, Failure, completion, help, man, schema, skill};
use crate::{rows, stream};

/// Prints it; none of this needs a server, a key or a setting.
pub(super) fn run(global: &Global, command: &DocsCommand) -> Result<Exit, Failure> {
    match command {
        DocsCommand::Completions { shell } => printed(completion::script(*shell)),
        DocsCommand::Man { dir: None } => printed(&man::page()),
        DocsCommand::Man { dir: Some(directory) } => {
            let written = man::write(directory)?;
            let names: String = written.iter().map(|name| format!("{name}\n")).collect();
            printed(&names)
        }
        DocsCommand::Schema { name } => schema::run(global, name.as_deref()),
        DocsCommand::Skill => printed(&skill::page()),
    }
}

/// How everything, one command or what all of them take is used. It is for people, whatever the form.
pub(super) fn help(global: &Global, topic: &[String]) -> Result<Exit, Failure> {
    let text = help::topic(topic)?;
    if form_of(global).is_of_records() && !global.quiet {
        say("numdeck: help is text in every form; numdeck schema tells what commands print as JSON");
    }
    printed(&text)
}

/// Which numdeck this is: a line for people, else its parts.
pub(super) fn version(global: &Global) -> Result<Exit, Failure> {
    let form = form_of(global);
    if matches!(form, OutputForm::Table | OutputForm::Tabs) {
        return printed(&format!("numdeck {}\n", help::version()));
    }
    let parts = [("version", help::VERSION), ("commit", help::COMMIT)];
    let fields = parts.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let document = json!({ "version": help::VERSION, "commit": help::COMMIT });
    rows::fields(&mut stream::stdout(), form, &fields, &document)?;
    Ok(Exit::Done)
}

/// Text that was asked for, on stdout; a closed pipe ends quietly.
pub(super) fn printed(text: &str) -> Result<Exit, Failure> {
    let written = stream::stdout().write_all(text.as_bytes());
    written.map(|()| Exit::Done).map_err(|error| broken(&error))
}
