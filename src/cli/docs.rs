//! What numdeck says of itself: to shells, to readers of manuals, to programs.

use std::io::Write;

use super::args::{DocsCommand, Global};
use super::output::broken;
use super::{Exit, Failure, completion, help, man, schema, skill};
use crate::stream;

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

/// How everything, one command or what all of them take is used.
pub(super) fn help(topic: &[String]) -> Result<Exit, Failure> {
    printed(&help::topic(topic)?)
}

/// Which numdeck this is.
pub(super) fn version() -> Result<Exit, Failure> {
    printed(&format!("numdeck {}\n", help::version()))
}

/// Text that was asked for, on stdout; a closed pipe ends quietly.
pub(super) fn printed(text: &str) -> Result<Exit, Failure> {
    let written = stream::stdout().write_all(text.as_bytes());
    written.map(|()| Exit::Done).map_err(|error| broken(&error))
}
