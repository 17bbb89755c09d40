//! The keys that somebody chose, from a file beside the profiles.

use std::io::ErrorKind;
use std::path::Path;

use crate::app::Keymap;
use crate::cli::output::safe;
use crate::cli::{Environment, Exit, Failure};
use crate::config::text_of;

/// The file, in the directory of profiles.
const FILE: &str = "keymap.toml";

/// A file of keys is short; more than this is another file.
const LARGEST: u64 = 64 * 1024;

/// The usual keys, but for those that the file gives other actions.
pub(super) fn read(environment: &Environment) -> Result<Keymap, Failure> {
    match &environment.config {
        Some(directory) => of_file(&directory.join(FILE)),
        None => Ok(Keymap::usual().clone()),
    }
}

fn of_file(path: &Path) -> Result<Keymap, Failure> {
    let place = safe(&path.to_string_lossy());
    let wrong = |why: String| {
        let hint = "Mend it or move it away; the README shows all actions and their keys.";
        Failure::new(Exit::Usage, "CONFIG", format!("{place}: {why}"), hint)
    };
    let text = match text_of(path, LARGEST) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Keymap::usual().clone()),
        Err(error) => return Err(wrong(format!("it cannot be read: {error}"))),
    };
    Keymap::parse(&text).map_err(|flaws| {
        let told: Vec<String> = flaws.iter().map(ToString::to_string).collect();
        wrong(told.join("; "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::action::Action;

    fn of(text: &str) -> Result<Keymap, Failure> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(FILE), text).unwrap();
        read(&Environment { config: Some(directory.path().to_owned()), ..Environment::default() })
    }

    #[test]
    fn keys_of_the_file_count_and_without_one_the_usual_ones_do() {
        assert_eq!(of("refresh = \"ctrl-r\"").unwrap().shown(Action::Refresh), "ctrl-r");
        let nowhere = Environment { config: Some("/nonexistent".into()), ..Environment::default() };
        assert_eq!(read(&nowhere).unwrap(), *Keymap::usual());
        assert_eq!(read(&Environment::default()).unwrap(), *Keymap::usual());
    }

    #[test]
    fn a_file_that_is_no_keymap_is_refused_whole_and_named() {
        let failure = of("refresh = \"ctrl-r\"\nbogus = \"x\"\nhelp = \"ctrl-i\"").unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        for said in ["keymap.toml: line 2: there is no action 'bogus'", "line 3: terminals send tab"] {
            assert!(failure.message.contains(said), "{}", failure.message);
        }
        assert!(of(&"#".repeat(70_000)).unwrap_err().message.contains("too long"));
    }
}
