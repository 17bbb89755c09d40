//! What ids look like, and which cells are none.

use std::collections::HashSet;

use super::table::FileFault;
use super::{NumberRef, Purpose, quoted};
use crate::phone::{NumberId, is_api_key};

/// What ids are made of, and what is no key: it goes into the path of a request.
pub fn may_be_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=128).contains(&text.len())
        && text.bytes().all(fits)
        && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !is_api_key(text)
}

/// What the ids of a server look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IdForm {
    /// A UUID, with its hyphens or without.
    Uuid,
    /// `pn_…`: a word, and what tells one from the other.
    Prefixed(String),
    /// Digits alone.
    Digits,
    /// Letters and digits, so many of them.
    Mixed(usize),
}

impl IdForm {
    /// `None` for what no id looks like: it has no digit.
    pub(super) fn of(text: &str) -> Option<Self> {
        if !may_be_id(text) || !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        if uuid::Uuid::try_parse(text).is_ok() {
            return Some(Self::Uuid);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Digits);
        }
        let prefix = text.split(['_', '-']).next().filter(|prefix| {
            prefix.len() < text.len()
                && !prefix.is_empty()
                && prefix.bytes().all(|byte| byte.is_ascii_alphabetic())
        });
        Some(prefix.map_or(Self::Mixed(text.len()), |prefix| Self::Prefixed(prefix.to_owned())))
    }

    /// Whether both are of one kind, whatever their length or their prefix.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// Refuses a file with something for an id that looks like no id of this server, which is `known` by
/// those of its own rows: a number that a spreadsheet has rounded, a total, a heading.
///
/// # Errors
/// The first line that has one.
pub fn judge_ids<'a>(
    purpose: Purpose,
    targets: &[NumberRef],
    known: impl Iterator<Item = &'a NumberId>,
) -> Result<(), FileFault> {
    let ids: Vec<(&NumberRef, usize)> = targets
        .iter()
        .filter(|target| target.is_id_alone())
        .filter_map(|target| target.place.map(|place| (target, place)))
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut forms: Vec<IdForm> = Vec::new();
    let mut exact: HashSet<&str> = HashSet::new();
    for id in known {
        exact.insert(id.as_str());
        forms.extend(IdForm::of(id.as_str()).filter(|form| !forms.contains(form)));
    }
    let fits = |target: &NumberRef| {
        exact.contains(target.text.as_str())
            || IdForm::of(&target.text).is_some_and(|form| {
                forms.contains(&form)
                    || match form {
                        // What is for sale may be called otherwise than what is owned.
                        IdForm::Uuid | IdForm::Prefixed(_) => purpose == Purpose::Buying || forms.is_empty(),
                        IdForm::Digits | IdForm::Mixed(_) => forms.is_empty(),
                    }
            })
    };
    match ids.into_iter().find(|(target, _)| !fits(target)) {
        None => Ok(()),
        Some((target, place)) => {
            let text = quoted(&target.text);
            Err(FileFault::line(
                place,
                format!("{text} is no phone number, and no id of this server looks so"),
            ))
        }
    }
}

/// Whether the ids of a server, which is known by these, are digits alone.
pub fn are_digits<'a>(mut known: impl Iterator<Item = &'a NumberId>) -> bool {
    known.any(|id| IdForm::of(id.as_str()) == Some(IdForm::Digits))
}
