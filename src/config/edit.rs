//! `config.toml` edited in place: comments, order and everything that nobody asked to change stay.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, RawString, Table, TableLike, Value};

use super::file::{ConfigError, Profiles};
use super::replace::LockedDirectory;
use super::value::FILE;

/// The file while it is edited. Nobody else edits it meanwhile, and nothing is written before
/// [`ConfigEdit::save`].
#[derive(Debug)]
pub struct ConfigEdit {
    directory: LockedDirectory,
    path: PathBuf,
    home: Option<PathBuf>,
    document: DocumentMut,
}

impl ConfigEdit {
    /// Opens the file in `directory`; both are made where they are not there. `home` is what `~/` stands
    /// for in paths.
    ///
    /// # Errors
    /// The file cannot be read, or has a mistake: what it says is not known, so nothing is changed in it.
    pub fn open(directory: &Path, home: Option<&Path>) -> Result<Self, ConfigError> {
        let path = directory.join(FILE);
        let failed =
            |what: &str, why: &dyn std::fmt::Display| ConfigError::of_file(&path, format!("{what}: {why}"));
        let locked = LockedDirectory::take(directory)
            .map_err(|error| failed("its directory cannot be used", &error))?;
        // Read and checked first, so that what is wrong is told as ever.
        Profiles::read(directory, home)?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed("it cannot be read", &error)),
        };
        // Not the error's own words: they show the line, which may hold a key.
        let document =
            text.parse().map_err(|_| ConfigError::of_file(&path, "it cannot be edited: it is no TOML"))?;
        Ok(Self { directory: locked, path, home: home.map(Path::to_owned), document })
    }

    /// Says `key = value` in a profile, which is begun where it is not there. What stands behind a value
    /// that is replaced stays.
    ///
    /// # Errors
    /// What stands under that name is no profile.
    pub fn set(&mut self, profile: &str, key: &str, value: impl Into<Value>) -> Result<(), ConfigError> {
        put(self.profile(profile)?, key, value.into());
        Ok(())
    }

    /// Takes a key out of a profile. Returns whether it was there.
    ///
    /// # Errors
    /// What stands under that name is no profile.
    pub fn unset(&mut self, profile: &str, key: &str) -> Result<bool, ConfigError> {
        Ok(self.has(profile) && self.profile(profile)?.remove(key).is_some())
    }

    /// Begins a profile, which may be there.
    ///
    /// # Errors
    /// What stands under that name is no profile.
    pub fn add(&mut self, profile: &str) -> Result<(), ConfigError> {
        self.profile(profile).map(|_| ())
    }

    /// Whether there is such a profile.
    pub fn has(&self, profile: &str) -> bool {
        let profiles = self.document.get("profile").and_then(Item::as_table_like);
        profiles.is_some_and(|profiles| profiles.contains_key(profile))
    }

    /// Takes a profile out, with the lines of comment that stand directly above it. Where it was the one
    /// to use otherwise, none is any more. Returns whether it was that.
    pub fn remove(&mut self, profile: &str) -> bool {
        let profiles = self.document.get_mut("profile").and_then(Item::as_table_like_mut);
        if let Some(Item::Table(removed)) = profiles.and_then(|profiles| profiles.remove(profile)) {
            keep_comments(&mut self.document, Some("profile"), above(&removed), removed.position());
        }
        let is_default = self.document.get("default").and_then(Item::as_str).map(str::trim) == Some(profile);
        if is_default && let Some((key, _)) = self.document.remove_entry("default") {
            let above = key.leaf_decor().prefix().and_then(RawString::as_str).unwrap_or_default();
            keep_comments(&mut self.document, Some("profile"), above, None);
        }
        is_default
    }

    /// Which profile is used where none is named.
    pub fn set_default(&mut self, profile: &str) {
        put(self.document.as_table_mut(), "default", Value::from(profile));
    }

    /// Checks what the file would say.
    ///
    /// # Errors
    /// It would have a mistake.
    pub fn checked(&self) -> Result<Profiles, ConfigError> {
        Profiles::parse(&self.document.to_string(), &self.path, self.home.as_deref())
    }

    /// Writes the file, where what it says is right.
    ///
    /// # Errors
    /// It would have a mistake, or cannot be written; then the old file stands.
    pub fn save(&self) -> Result<Profiles, ConfigError> {
        let profiles = self.checked()?;
        let text = self.document.to_string();
        self.directory.replace(FILE, text.as_bytes(), None).map_err(|error| {
            ConfigError::of_file(&self.path, format!("it cannot be written, and is as it was: {error}"))
        })?;
        Ok(profiles)
    }

    /// The table of a profile, begun at the end of the file where it is not there.
    fn profile(&mut self, name: &str) -> Result<&mut dyn TableLike, ConfigError> {
        let no_table = ConfigError::of_file(&self.path, "a profile is a table: [profile.NAME]");
        let is_within = self.document.get("profile").is_some_and(Item::is_value);
        let mut above = String::new();
        if !self.has(name) && !is_within {
            // What stands at the end of the file stays above what is put behind it.
            above.push_str(self.document.trailing().as_str().unwrap_or_default());
            self.document.set_trailing("");
            above.push_str(if above.is_empty() && self.document.is_empty() { "" } else { "\n" });
        }
        let all = || {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        };
        let one = || {
            let mut table = Table::new();
            table.decor_mut().set_prefix(above);
            Item::Table(table)
        };
        let profiles = self.document.entry("profile").or_insert_with(all).as_table_like_mut();
        let profile = profiles.map(|profiles| profiles.entry(name).or_insert_with(one));
        profile.and_then(Item::as_table_like_mut).ok_or(no_table)
    }
}

/// What stands above a table.
pub(super) fn above(table: &Table) -> &str {
    table.decor().prefix().and_then(RawString::as_str).unwrap_or_default()
}

/// Keeps what stands above something that was removed and apart from it: it may be about the whole file. It
/// moves to the table that comes next after `position`, of those in `within`, else of the file's own.
pub(super) fn keep_comments(
    document: &mut DocumentMut,
    within: Option<&str>,
    stood: &str,
    position: Option<isize>,
) {
    let Some((kept, _)) = stood.rsplit_once("\n\n").filter(|(kept, _)| kept.contains('#')) else {
        return;
    };
    let joined = |rest: &str| format!("{kept}\n\n{}", rest.trim_start_matches('\n'));
    let tables = match within {
        Some(name) => document.get_mut(name).and_then(Item::as_table_mut),
        None => Some(document.as_table_mut()),
    };
    let next = tables.and_then(|tables| {
        let tables = tables.iter_mut().filter_map(|(_, item)| item.as_table_mut());
        tables.filter(|table| table.position() > position).min_by_key(|table| table.position())
    });
    match next {
        Some(next) => {
            let prefix = joined(above(next));
            next.decor_mut().set_prefix(prefix);
        }
        None => {
            let trailing = joined(document.trailing().as_str().unwrap_or_default());
            document.set_trailing(trailing);
        }
    }
}

/// Says `key = value` in a table. What stands around a value that is replaced stays.
pub(super) fn put(table: &mut dyn TableLike, key: &str, mut value: Value) {
    let Some(old) = table.get_mut(key) else {
        table.insert(key, Item::Value(value));
        return;
    };
    if let Some(old) = old.as_value() {
        *value.decor_mut() = old.decor().clone();
    }
    *old = Item::Value(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE_OF_SOMEBODY: &str = "# Ours: ask ops before you change it.\n\n# The one for every day\ndefault = \"a\" # not b\n\n\
        [profile.b] # second\nread_only = true   # refuses every write\n# a thought\norganization = 'o-2'\n\n\n\
        # the first\n[profile.a]\nbase_url = \"https://a.example/v1\"\n# the end\n";

    fn file(text: &str) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(FILE), text).unwrap();
        directory
    }

    fn edited(text: &str, edit: impl FnOnce(&mut ConfigEdit)) -> String {
        let directory = file(text);
        let mut open = ConfigEdit::open(directory.path(), None).unwrap();
        edit(&mut open);
        open.save().unwrap();
        fs::read_to_string(directory.path().join(FILE)).unwrap()
    }

    #[test]
    fn an_edit_changes_its_own_line_and_no_other() {
        assert_eq!(edited(FILE_OF_SOMEBODY, |_| {}), FILE_OF_SOMEBODY);
        let text = edited(FILE_OF_SOMEBODY, |edit| {
            edit.set("b", "read_only", false).unwrap();
            edit.set("a", "organization", "o-1").unwrap();
            edit.set_default("b");
        });
        let wanted = FILE_OF_SOMEBODY
            .replace("read_only = true ", "read_only = false ")
            .replace("default = \"a\" #", "default = \"b\" #")
            .replace("a.example/v1\"\n", "a.example/v1\"\norganization = \"o-1\"\n");
        assert_eq!(text, wanted);
    }

    #[test]
    fn a_profile_is_begun_at_the_end() {
        let add = |edit: &mut ConfigEdit| {
            edit.set("on call", "read_only", true).unwrap();
        };
        let begun = "[profile.\"on call\"]\nread_only = true\n";
        assert_eq!(edited("", add), begun);
        assert_eq!(edited(FILE_OF_SOMEBODY, add), format!("{FILE_OF_SOMEBODY}\n{begun}"));
        assert_eq!(
            edited("profile = { a = { read_only = true } }\n", |edit| {
                edit.set("a", "auth", "bearer").unwrap();
                edit.add("b").unwrap();
            })
            .matches("profile")
            .count(),
            1
        );
        assert_eq!(
            edited("[profile]\na.read_only = true\n", |edit| edit.add("a").unwrap()),
            "[profile]\na.read_only = true\n"
        );
    }

    #[test]
    fn a_profile_is_removed_with_the_comment_above_it_and_no_other() {
        let text = edited(FILE_OF_SOMEBODY, |edit| assert!(edit.remove("a")));
        assert!(!text.contains("a.example") && !text.contains("the first") && !text.contains("default"));
        assert!(text.starts_with("# Ours: ask ops before you change it.\n\n[profile.b]"), "{text}");
        assert!(text.contains("# a thought\norganization = 'o-2'\n") && text.contains("# the end"), "{text}");
        for (text, left) in [
            ("# of the file\n\n# of a\n[profile.a]\n\n[profile.b]\n", "# of the file\n\n[profile.b]\n"),
            ("# of the file\n\n[profile.a]\n", "# of the file\n\n"),
            ("[profile.b]\n\n# of a\n[profile.a]\n", "[profile.b]\n"),
        ] {
            let found = edited(text, |edit| assert!(!edit.remove("a")));
            assert_eq!(found, left, "{text}");
        }
        assert_eq!(edited("[profile.b]\n", |edit| assert!(!edit.remove("a"))), "[profile.b]\n");
    }

    #[test]
    fn what_would_be_a_mistake_is_not_written() {
        let directory = file(FILE_OF_SOMEBODY);
        let mut edit = ConfigEdit::open(directory.path(), None).unwrap();
        for (key, value) in [("auth", "basic"), ("organization", "kros_live_hunter2"), ("colour", "red")] {
            edit.set("a", key, value).unwrap();
            let error = edit.save().unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
            assert!(edit.unset("a", key).unwrap());
        }
        assert!(
            !edit.unset("a", "auth").unwrap()
                && !edit.unset("nobody", "auth").unwrap()
                && !edit.has("nobody")
        );
        assert_eq!(fs::read_to_string(directory.path().join(FILE)).unwrap(), FILE_OF_SOMEBODY);
    }

    #[test]
    fn a_file_with_a_mistake_is_not_edited() {
        for text in ["[profile.a]\nread_olny = true\n", "default = kros_live_hunter2"] {
            let error = ConfigEdit::open(file(text).path(), None).unwrap_err();
            assert!(error.line.is_some(), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }
}
