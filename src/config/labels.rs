//! The labels file: what people put down about their numbers, in TOML, so that a team can keep it in git.
//!
//! ```toml
//! ["+2348031234567"]
//! tags = ["sales", "vip"]
//! note = "front desk"
//! pin = true
//! ```
//!
//! It is read as a whole or not at all: a pin that is misspelled must not be a number that anybody gives up.
//! It is edited in place, so comments and order stay.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_edit::{Array, DocumentMut, Item, RawString, Table, TableLike, Value};

use super::edit::{above, keep_comments, put};
use super::file::ConfigError;
use super::replace::LockedDirectory;
use super::value::text_of;
use crate::phone::format::line_of;
use crate::phone::{E164, Label, LabelEdit, Labels, Written, clean};

/// 100,000 labels have room; more than this is another file.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Its name where none is chosen.
const LABELS: &str = "labels.toml";

/// What a new file begins with.
const HEAD: &str = "# What you know about your numbers: tags, a note, a pin. A pinned number is not released, deleted,\n\
                    # detached or switched off. numdeck label edits this file; so may you.\n\n";

/// Where labels are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelsFile {
    path: PathBuf,
    /// A profile names it: then it has to be there.
    is_named: bool,
}

impl LabelsFile {
    /// The file that a profile names, else the one in `directory`; none where there is neither.
    pub fn of(named: Option<&Path>, directory: Option<&Path>) -> Option<Self> {
        match (named, directory) {
            (Some(path), _) => Some(Self { path: path.to_owned(), is_named: true }),
            (None, Some(directory)) => Some(Self { path: directory.join(LABELS), is_named: false }),
            (None, None) => None,
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All labels. A file that nobody named and that is not there has none.
    ///
    /// # Errors
    /// What is wrong with it, and in which line: then nothing of it counts.
    pub fn read(&self) -> Result<Labels, ConfigError> {
        self.text().and_then(|text| parse(&text, &self.path))
    }

    fn text(&self) -> Result<String, ConfigError> {
        match text_of(&self.path, LARGEST) {
            Ok(text) => Ok(text),
            // A link that leads nowhere now may lead to pins again.
            Err(error) if error.kind() == ErrorKind::NotFound && !self.is_named && !self.is_there() => {
                Ok(String::new())
            }
            Err(error) => Err(ConfigError::of_file(&self.path, format!("it cannot be read: {error}"))),
        }
    }

    fn is_there(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok()
    }

    /// Changes the labels of these numbers, and returns how all are then, and how many changed. Where nothing
    /// changes the file is not touched.
    ///
    /// # Errors
    /// It has a mistake, or can not be written; then it is as it was.
    pub fn edit(&self, lines: &[E164], edit: &LabelEdit) -> Result<(Labels, usize), ConfigError> {
        let failed = |what: &str, why: &dyn std::fmt::Display| {
            ConfigError::of_file(&self.path, format!("{what}: {why}"))
        };
        let whole = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let (Some(directory), Some(name)) =
            (whole.parent(), whole.file_name().and_then(|name| name.to_str()))
        else {
            return Err(ConfigError::of_file(&self.path, "it is no file that can be written"));
        };
        if self.is_named && !directory.is_dir() {
            return Err(failed("it cannot be made", &"its directory is not there, or not mounted"));
        }
        let locked = LockedDirectory::take(directory)
            .map_err(|error| failed("its directory cannot be used", &error))?;
        let text = match self.text() {
            Err(_) if !self.is_there() => String::new(),
            text => text?,
        };
        let before = parse(&text, &self.path)?;
        let no_toml = |_| ConfigError::of_file(&self.path, "it cannot be edited: it is no TOML");
        let form = TextForm::of(&text);
        let mut document: DocumentMut = form.plain(&text).parse().map_err(no_toml)?;
        let places = places(document.iter().map(|(key, _)| (key, key.to_owned())));
        let mut changed = 0;
        // Two records may have one number.
        let lines: BTreeSet<E164> = lines.iter().copied().collect();
        for line in &lines {
            let old = before.of_line(*line).cloned().unwrap_or_default();
            let new = edit.applied_to(&old);
            if new != old {
                enter(&mut document, places.get(line).map(String::as_str), *line, &new);
                changed += 1;
            }
        }
        if changed == 0 {
            return Ok((before, 0));
        }
        let body = document.to_string();
        let text = if text.trim().is_empty() { format!("{HEAD}{}", body.trim_start()) } else { body };
        let text = form.written(text);
        let after = parse(&text, &self.path)?;
        locked
            .replace(name, text.as_bytes(), None)
            .map_err(|error| failed("it cannot be written, and is as it was", &error))?;
        Ok((after, changed))
    }
}

/// Whose label each key is. A key that may be another number as well, as one with a zero behind its country
/// code, is that number's too, where no other key is: what is pinned in doubt is pinned.
fn places<'a, T: Clone>(keys: impl Iterator<Item = (&'a str, T)>) -> HashMap<E164, T> {
    let (mut sure, mut perhaps) = (HashMap::new(), Vec::new());
    for (key, of) in keys {
        let others =
            Written::parse(key).into_iter().flat_map(|written| written.numbers().collect::<Vec<_>>());
        perhaps.extend(others.map(|line| (line, of.clone())));
        if let Some(line) = E164::parse(key) {
            sure.insert(line, of);
        }
    }
    for (line, of) in perhaps {
        sure.entry(line).or_insert(of);
    }
    sure
}

/// How lines end in a file, and what stands before the first: an editor on Windows has its own.
#[derive(Clone, Copy)]
struct TextForm {
    marked: bool,
    returns: bool,
}

/// The byte order mark.
const MARK: char = '\u{feff}';

impl TextForm {
    fn of(text: &str) -> Self {
        Self { marked: text.starts_with(MARK), returns: text.contains("\r\n") }
    }

    /// The text without either.
    fn plain(self, text: &str) -> String {
        text.trim_start_matches(MARK).replace("\r\n", "\n")
    }

    /// A plain text in this form.
    fn written(self, text: String) -> String {
        let text = if self.returns { text.replace('\n', "\r\n") } else { text };
        if self.marked { format!("{MARK}{text}") } else { text }
    }
}

/// Puts a label into the document, under the key that its number has there.
fn enter(document: &mut DocumentMut, place: Option<&str>, line: E164, label: &Label) {
    let key = place.map_or_else(|| line.to_string(), str::to_owned);
    if label.is_empty() && document.get(&key).is_some_and(|item| !is_commented(item)) {
        remove(document, &key);
        return;
    }
    let mut above = String::new();
    if !document.contains_key(&key) {
        // What stands at the end of the file stays above what is put behind it.
        above.push_str(document.trailing().as_str().unwrap_or_default());
        document.set_trailing("");
    }
    let fresh = || {
        let mut table = Table::new();
        table.decor_mut().set_prefix(above + "\n");
        Item::Table(table)
    };
    let Some(table) = document.entry(&key).or_insert_with(fresh).as_table_like_mut() else { return };
    enter_tags(table, &label.tags);
    match &label.note {
        Some(note) if table.get("note").and_then(Item::as_str) != Some(note) => {
            put(table, "note", Value::from(note.as_str()));
        }
        Some(_) => {}
        None => drop(table.remove("note")),
    }
    match label.pinned {
        true => put(table, "pin", Value::from(true)),
        false => drop(table.remove("pin")),
    }
}

/// Whether somebody wrote something directly above a table: that is not taken away with it. Of one in another
/// form nobody knows what is about it.
fn is_commented(item: &Item) -> bool {
    let Some(table) = item.as_table().filter(|table| !table.is_dotted()) else { return true };
    let above = above(table);
    above.rsplit_once("\n\n").map_or(above, |(_, own)| own).contains('#')
}

/// Takes a table away, and nothing that stands above it and apart from it.
fn remove(document: &mut DocumentMut, key: &str) {
    let Some(Item::Table(removed)) = document.remove(key) else { return };
    keep_comments(document, None, above(&removed), removed.position());
}

/// Tags that stay keep their place, and what stands around them.
fn enter_tags(table: &mut dyn TableLike, tags: &[String]) {
    if tags.is_empty() {
        table.remove("tags");
        return;
    }
    if table.get("tags").and_then(Item::as_array).is_none() {
        table.insert("tags", Item::Value(Value::Array(Array::new())));
    }
    let Some(array) = table.get_mut("tags").and_then(Item::as_array_mut) else { return };
    let mut there: Vec<String> = Vec::new();
    // What somebody wrote behind a tag stands before the next one, which may go.
    let mut left = String::new();
    let all: Vec<Value> = array.iter().cloned().collect();
    array.clear();
    for mut value in all {
        let before = value.decor().prefix().and_then(RawString::as_str).unwrap_or_default().to_owned();
        let tag = value.as_str().and_then(|text| Label::tag(text).ok()).filter(|tag| tags.contains(tag));
        match tag {
            Some(tag) if !there.contains(&tag) => {
                if !left.is_empty() {
                    value.decor_mut().set_prefix(std::mem::take(&mut left) + before.trim_start_matches(' '));
                }
                array.push_formatted(value);
                there.push(tag);
            }
            _ if before.contains('#') => left.push_str(&before),
            _ => {}
        }
    }
    for tag in tags.iter().filter(|tag| !there.contains(tag)) {
        let mut value = Value::from(tag.as_str());
        if !left.is_empty() {
            value.decor_mut().set_prefix(std::mem::take(&mut left));
        }
        match value.decor().prefix() {
            Some(_) => array.push_formatted(value),
            None => array.push(value),
        }
    }
    if !left.is_empty() {
        let after = array.trailing().as_str().unwrap_or_default().to_owned();
        array.set_trailing(left + after.trim_start());
    }
}

fn parse(text: &str, path: &Path) -> Result<Labels, ConfigError> {
    let wrong = |at: usize, message: String| ConfigError {
        line: Some(line_of(text, at)),
        ..ConfigError::of_file(path, message)
    };
    let table = DeTable::parse(text)
        .map_err(|error| wrong(error.span().map_or(0, |span| span.start), clean(error.message(), 200)))?;
    let mut labels: HashMap<E164, (usize, Label)> = HashMap::new();
    for (key, value) in table.get_ref() {
        let at = key.span().start;
        let Some(line) = E164::parse(key.get_ref()) else {
            let key = clean(key.get_ref(), 40);
            let message = format!("{key} is no phone number; write it whole: [\"+2348031234567\"]");
            return Err(wrong(at, message));
        };
        let Some(fields) = value.get_ref().as_table() else {
            return Err(wrong(at, format!("the label of {line} is a table: tags, note, pin")));
        };
        let label = of_table(fields).map_err(|(at, message)| wrong(at, format!("{line}: {message}")))?;
        if let Some((other, _)) = labels.insert(line, (at, label)) {
            let message = format!("{line} stands twice; one table has all of its label");
            return Err(wrong(at.max(other), message));
        }
    }
    let labels = places(table.get_ref().keys().filter_map(|key| {
        let (_, label) = labels.get(&E164::parse(key.get_ref())?)?;
        Some((&**key.get_ref(), label.clone()))
    }));
    Ok(Labels::new(labels))
}

fn of_table(fields: &DeTable<'_>) -> Result<Label, (usize, String)> {
    let mut label = Label::default();
    for (key, value) in fields {
        let (at, place) = (key.span().start, value.span().start);
        match &**key.get_ref() {
            "tags" => {
                let no_list = || (place, "tags are a list of words: [\"sales\", \"vip\"]".to_owned());
                for tag in value.get_ref().as_array().ok_or_else(no_list)? {
                    label.add(
                        text(tag)
                            .and_then(|text| Label::tag(text).ok())
                            .ok_or_else(|| (tag.span().start, crate::phone::BadLabel::Tag.to_string()))?,
                    );
                }
            }
            "note" => {
                let note = text(value).and_then(|text| Label::note(text).ok());
                label.note = note.ok_or_else(|| (place, crate::phone::BadLabel::Note.to_string()))?;
            }
            "pin" => {
                let no_switch = || (place, "pin is true or false".to_owned());
                label.pinned = value.get_ref().as_bool().ok_or_else(no_switch)?;
            }
            other => {
                let other = clean(other, 40);
                return Err((at, format!("a label has no {other}; it has tags, note and pin")));
            }
        }
    }
    Ok(label)
}

fn text<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<&'a str> {
    value.get_ref().as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "# Ours.\n\n# the front desk\n[\"+234 803 123 4567\"] # Lagos\ntags = [\"VIP\", # paid\n  \"sales\"]\npin = true # ask Ada\n\n\
        [\"+254711123452\"]\nnote = 'night'\n";

    fn file(text: &str) -> (tempfile::TempDir, LabelsFile) {
        let directory = tempfile::tempdir().unwrap();
        if !text.is_empty() {
            fs::write(directory.path().join(LABELS), text).unwrap();
        }
        let file = LabelsFile::of(None, Some(directory.path())).unwrap();
        (directory, file)
    }

    fn line(text: &str) -> E164 {
        E164::parse(text).unwrap()
    }

    #[test]
    fn labels_are_found_by_number_however_it_is_written() {
        let (_directory, file) = file(OURS);
        let labels = file.read().unwrap();
        let label = labels.of_line(line("+2348031234567")).unwrap();
        assert_eq!((label.tags.join(" "), label.pinned), ("sales vip".to_owned(), true));
        assert_eq!(labels.of_line(line("+254711123452")).unwrap().note.as_deref(), Some("night"));
        assert_eq!(labels.len(), 2);
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_nothing_of_the_file_counts() {
        for (text, at, said) in [
            ("[\"+2348031234567\"]\npinn = true", 2, "has no pinn"),
            ("[\"+2348031234567\"]\npin = \"yes\"", 2, "true or false"),
            ("\n[\"0803 123 4567\"]\npin = true", 2, "no phone number"),
            ("[\"+2348031234567\"]\npin = true\n[\"+234 803 123 4567\"]\npin = false", 3, "stands twice"),
            ("[\"+2348031234567\"]\ntags = [\"a\",\n\"b c\"]", 3, "a tag has letters"),
            ("[\"+2348031234567\"]\ntags = \"a\"", 2, "list of words"),
            ("[\"+2348031234567\"]\nnote = \"a\\nb\"", 2, "one line"),
            ("\"+2348031234567\" = true", 1, "is a table"),
            ("[\"+2348031234567\"\npin = true", 1, ""),
        ] {
            let (_directory, file) = file(text);
            let error = file.read().unwrap_err();
            assert_eq!(error.line, Some(at), "{text}: {error}");
            assert!(error.message.contains(said), "{text}: {error}");
            let edit = LabelEdit { pin: Some(true), ..LabelEdit::default() };
            assert!(file.edit(&[line("+254711123452")], &edit).is_err());
            assert_eq!(fs::read_to_string(file.path()).unwrap(), text, "it is as it was");
        }
    }

    #[test]
    fn a_file_that_a_profile_names_has_to_be_there_and_is_made_by_the_first_label() {
        let directory = tempfile::tempdir().unwrap();
        let (_other, usual) = file("");
        assert_eq!(usual.read(), Ok(Labels::default()));
        let named = LabelsFile::of(Some(&directory.path().join("team.toml")), None).unwrap();
        assert!(named.read().is_err(), "pins may stand in it");
        let edit = LabelEdit { pin: Some(true), ..LabelEdit::default() };
        assert_eq!(named.edit(&[line("+2348031234567")], &edit).unwrap().1, 1);
        assert_eq!(named.read().unwrap().len(), 1);
    }

    #[test]
    fn what_nobody_asked_to_change_stays_as_it_is_written() {
        let (_directory, file) = file(OURS);
        let edit = LabelEdit {
            add: vec!["night".to_owned()],
            remove: vec!["sales".to_owned()],
            ..LabelEdit::default()
        };
        let (labels, changed) = file.edit(&[line("+2348031234567"), line("+254711123452")], &edit).unwrap();
        assert_eq!((changed, labels.len()), (2, 2));
        let text = fs::read_to_string(file.path()).unwrap();
        for kept in [
            "# Ours.\n\n# the front desk\n[\"+234 803 123 4567\"] # Lagos\n",
            "\"VIP\", # paid",
            "pin = true # ask Ada",
            "note = 'night'\n",
        ] {
            assert!(text.contains(kept), "{kept}\n{text}");
        }
        assert_eq!(labels.of_line(line("+2348031234567")).unwrap().tags, ["night", "vip"]);
        assert_eq!(file.edit(&[line("+254711123452")], &edit).unwrap().1, 0, "it is so already");
    }

    #[test]
    fn a_label_that_says_nothing_goes_but_not_what_is_written_above_it() {
        let (_directory, file) = file(OURS);
        let none = LabelEdit {
            remove: vec!["vip".to_owned(), "sales".to_owned()],
            note: Some(None),
            pin: Some(false),
            ..LabelEdit::default()
        };
        let both = [line("+2348031234567"), line("+254711123452")];
        assert!(file.edit(&both, &none).unwrap().0.is_empty());
        let text = fs::read_to_string(file.path()).unwrap();
        assert!(text.contains("# the front desk") && !text.contains("+254711123452"), "{text}");
    }

    #[test]
    fn what_is_said_of_the_whole_file_stays_when_its_first_label_goes() {
        let (_directory, file) = file("");
        let pin = |pin| LabelEdit { pin: Some(pin), ..LabelEdit::default() };
        let both = [line("+2348031234567"), line("+254711123452")];
        file.edit(&both, &pin(true)).unwrap();
        file.edit(&both[..1], &pin(false)).unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        assert!(text.starts_with(HEAD) && text.ends_with("[\"+254711123452\"]\npin = true\n"), "{text}");
        file.edit(&both, &pin(false)).unwrap();
        assert_eq!(fs::read_to_string(file.path()).unwrap().trim(), HEAD.trim());
        file.edit(&both[..1], &pin(true)).unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        assert!(
            text.starts_with("# What you know") && text.matches("# What you know").count() == 1,
            "{text}"
        );
    }

    #[test]
    fn a_pin_holds_for_every_number_that_its_key_may_be() {
        let pin = "[\"+44 020 7968 8749\"]\npin = true\n";
        let (_directory, file) = file(pin);
        let labels = file.read().unwrap();
        assert!(labels.of_line(line("+442079688749")).is_some_and(|label| label.pinned));
        let unpin = LabelEdit { pin: Some(false), ..LabelEdit::default() };
        assert!(file.edit(&[line("+442079688749")], &unpin).unwrap().0.is_empty(), "the same key");
        fs::write(file.path(), format!("{pin}[\"+442079688749\"]\nnote = \"own\"\n")).unwrap();
        let labels = file.read().unwrap();
        assert_eq!(labels.of_line(line("+442079688749")).unwrap().words(), "own", "a key of its own counts");
    }

    #[test]
    fn a_link_that_leads_nowhere_and_a_place_that_is_not_mounted_are_no_file_without_pins() {
        let (directory, file) = file("");
        std::os::unix::fs::symlink(directory.path().join("gone/labels.toml"), file.path()).unwrap();
        let edit = LabelEdit { pin: Some(true), ..LabelEdit::default() };
        assert!(file.read().is_err() && file.edit(&[line("+2348031234567")], &edit).is_err());
        assert!(fs::symlink_metadata(file.path()).unwrap().is_symlink(), "it is as it was");
        let named = LabelsFile::of(Some(&directory.path().join("gone/team.toml")), None).unwrap();
        assert!(named.edit(&[line("+2348031234567")], &edit).is_err());
        assert!(!directory.path().join("gone").exists());
    }

    #[test]
    fn a_file_of_windows_stays_one_and_a_number_that_is_named_twice_is_labelled_once() {
        let text = format!("{MARK}{}", OURS.replace('\n', "\r\n"));
        let (_directory, file) = file(&text);
        let edit = LabelEdit { note: Some(Some("desk".to_owned())), ..LabelEdit::default() };
        let twice = [line("+2348031234567"), line("+2348031234567")];
        let (labels, changed) = file.edit(&twice, &edit).unwrap();
        assert_eq!((labels.len(), changed), (2, 1));
        let written = fs::read_to_string(file.path()).unwrap();
        assert!(written.starts_with(MARK) && written.contains("# the front desk\r\n"), "{written:?}");
        assert_eq!(written.matches('\n').count(), written.matches("\r\n").count());
        let none = LabelEdit { note: Some(None), ..LabelEdit::default() };
        file.edit(&[line("+254711123452")], &none).unwrap();
        assert!(!fs::read_to_string(file.path()).unwrap().contains("+254711123452"));
    }

    #[test]
    fn what_stands_above_a_label_on_one_line_stays_when_it_says_nothing_any_more() {
        let (_directory, file) = file("# Ours.\n\n\"+2348031234567\" = { pin = true }\n");
        let unpin = LabelEdit { pin: Some(false), ..LabelEdit::default() };
        assert!(file.edit(&[line("+2348031234567")], &unpin).unwrap().0.is_empty());
        assert!(fs::read_to_string(file.path()).unwrap().starts_with("# Ours.\n"));
    }

    #[test]
    fn a_new_file_says_what_it_is_and_is_its_owners() {
        use std::os::unix::fs::PermissionsExt;
        let (_directory, file) = file("");
        let edit = LabelEdit { note: Some(Some("desk".to_owned())), ..LabelEdit::default() };
        file.edit(&[line("+2348031234567")], &edit).unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        assert!(
            text.starts_with("# What you know")
                && text.ends_with("\n[\"+2348031234567\"]\nnote = \"desk\"\n"),
            "{text}"
        );
        assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
