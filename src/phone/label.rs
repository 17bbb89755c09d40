//! What people put down about numbers, beside what the server says: tags, a note, a pin.

use std::collections::HashMap;
use std::sync::Arc;

use super::{E164, Number, NumberText, Written, clean};

/// A tag has no more characters.
const LONGEST_TAG: usize = 40;

/// A note has no more characters.
const LONGEST_NOTE: usize = 400;

/// What is put down about one number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// In order, each once.
    pub tags: Vec<String>,
    /// A sentence for whoever looks next.
    pub note: Option<String>,
    /// Nothing that stops its calls is sent.
    pub pinned: bool,
}

/// What is to become of labels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelEdit {
    /// Tags that they get.
    pub add: Vec<String>,
    /// Tags that they lose.
    pub remove: Vec<String>,
    /// Another note, or none any more.
    pub note: Option<Option<String>>,
    /// Whether they are pinned from now on.
    pub pin: Option<bool>,
}

impl LabelEdit {
    /// Whether nothing would become of them.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The label as it would be.
    pub fn applied_to(&self, label: &Label) -> Label {
        let mut label = label.clone();
        self.remove.iter().for_each(|tag| label.remove(tag));
        self.add.iter().for_each(|tag| label.add(tag.clone()));
        if let Some(note) = &self.note {
            label.note.clone_from(note);
        }
        label.pinned = self.pin.unwrap_or(label.pinned);
        label
    }
}

/// The labels of all numbers that have one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels(Arc<HashMap<E164, Label>>);

/// Why a text is no tag, or no note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLabel {
    /// A filter could not ask for it.
    #[error(
        "a tag has letters, digits, '-', '_' and '.', and 40 of them at most; for anything else there is the note"
    )]
    Tag,
    /// It would not be shown as it is.
    #[error("a note is one line of 400 characters at most")]
    Note,
}

impl Label {
    /// A tag as it is kept: in lower case, for `label:` asks so.
    ///
    /// # Errors
    /// It has other characters, too many, or none.
    pub fn tag(text: &str) -> Result<String, BadLabel> {
        let is_fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let tag = text.trim().to_lowercase();
        let fits = !tag.is_empty() && tag.chars().count() <= LONGEST_TAG && tag.chars().all(is_fine);
        // These are words of the filter.
        if fits && tag != "any" && tag != "none" { Ok(tag) } else { Err(BadLabel::Tag) }
    }

    /// A note as it is kept.
    ///
    /// # Errors
    /// It has several lines, signs that nobody sees, or is too long.
    pub fn note(text: &str) -> Result<Option<String>, BadLabel> {
        let note = text.trim();
        let is_plain = clean(note, LONGEST_NOTE + 1) == note && note.chars().count() <= LONGEST_NOTE;
        is_plain.then(|| (!note.is_empty()).then(|| note.to_owned())).ok_or(BadLabel::Note)
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds a tag, where it is not there.
    pub fn add(&mut self, tag: String) {
        if let Err(place) = self.tags.binary_search(&tag) {
            self.tags.insert(place, tag);
        }
    }

    /// Takes a tag away.
    pub fn remove(&mut self, tag: &str) {
        self.tags.retain(|one| one != tag);
    }

    /// On one line: `sales, vip · front desk · pinned`.
    pub fn words(&self) -> String {
        let tags = (!self.tags.is_empty()).then(|| self.tags.join(", "));
        let pinned = self.pinned.then(|| "pinned".to_owned());
        tags.into_iter().chain(self.note.clone()).chain(pinned).collect::<Vec<String>>().join(" · ")
    }
}

impl Labels {
    /// From pairs of number and label.
    pub fn new(pairs: impl IntoIterator<Item = (E164, Label)>) -> Self {
        Self(Arc::new(pairs.into_iter().filter(|(_, label)| !label.is_empty()).collect()))
    }

    /// Whether no number has one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many numbers have one.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The label of a number. One that a server writes in a form of its own has that of any number that it
    /// may be.
    pub fn of(&self, number: &Number) -> Option<&Label> {
        self.all_of(number).next()
    }

    fn all_of(&self, number: &Number) -> impl Iterator<Item = &Label> {
        let (line, raw) = match &number.line {
            NumberText::Valid(line) => (Some(*line), None),
            // Without labels nothing has to be read.
            NumberText::Raw(text) => (None, Written::parse(text).filter(|_| !self.is_empty())),
        };
        let others: Vec<E164> = raw.iter().flat_map(Written::numbers).collect();
        line.into_iter().chain(others).filter_map(|line| self.of_line(line))
    }

    /// The label of a telephone number.
    pub fn of_line(&self, line: E164) -> Option<&Label> {
        self.0.get(&line)
    }

    /// Whether a number is pinned.
    pub fn is_pinned(&self, number: &Number) -> bool {
        self.all_of(number).any(|label| label.pinned)
    }

    /// All tags that there are, in order.
    pub fn tags(&self) -> Vec<&str> {
        let mut tags: Vec<&str> = self.0.values().flat_map(|label| &label.tags).map(String::as_str).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::NumberId;

    #[test]
    fn a_tag_is_a_word_that_a_filter_can_ask_for() {
        assert_eq!(Label::tag(" VIP-1 "), Ok("vip-1".to_owned()));
        assert_eq!(Label::tag("ventes_été"), Ok("ventes_été".to_owned()));
        for text in ["", " ", "two words", "a:b", "!a", "a,b", "none", "Any", "x\u{202e}", &"x".repeat(41)] {
            assert_eq!(Label::tag(text), Err(BadLabel::Tag), "{text}");
        }
        assert_eq!(Label::note("  "), Ok(None));
        assert_eq!(Label::note("front desk, 2nd floor"), Ok(Some("front desk, 2nd floor".to_owned())));
        for text in ["a\nb", "\u{1b}[1m", &"x".repeat(401)] {
            assert_eq!(Label::note(text), Err(BadLabel::Note), "{text:?}");
        }
    }

    #[test]
    fn a_number_in_a_form_of_the_servers_own_has_its_pin() {
        let line = E164::parse("+2348031234567").unwrap();
        let labels = Labels::new([(line, Label { pinned: true, ..Label::default() })]);
        for text in ["+2348031234567", "2348031234567", "+234 803 123 4567", "+234 0803 123 4567"] {
            let number = Number::new(NumberId::new("a"), NumberText::parse(text));
            assert!(labels.is_pinned(&number) && labels.of(&number).is_some(), "{text}");
        }
        let other = Number::new(NumberId::new("a"), NumberText::parse("2348031234568"));
        assert!(!labels.is_pinned(&other));
    }

    #[test]
    fn a_label_is_told_on_one_line() {
        let mut label = Label { note: Some("front desk".to_owned()), pinned: true, ..Label::default() };
        for tag in ["vip", "sales", "vip"] {
            label.add(tag.to_owned());
        }
        assert_eq!(label.words(), "sales, vip · front desk · pinned");
        label.remove("sales");
        assert_eq!(label.tags, ["vip"]);
    }
}
