//! The text of an id, without a place of its own in memory where it is as short as ids are.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A text that is cheap to copy. A million of them as UUIDs take 40 MB; each in a place of its own would take
/// twice that.
#[derive(Clone)]
pub(super) enum IdText {
    Inline { length: u8, bytes: [u8; IdText::INLINE] },
    Shared(Arc<str>),
}

impl IdText {
    /// Bytes of an id that need no place of their own: a UUID has 36, and `pn_` before one without hyphens 35.
    pub(super) const INLINE: usize = 38;

    pub(super) fn new(text: &str) -> Self {
        match u8::try_from(text.len()) {
            Ok(length) if text.len() <= Self::INLINE => {
                let mut bytes = [0; Self::INLINE];
                bytes[..text.len()].copy_from_slice(text.as_bytes());
                Self::Inline { length, bytes }
            }
            _ => Self::Shared(text.into()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            // It was a text, all of it.
            Self::Inline { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Shared(text) => text,
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline { length, bytes } => &bytes[..usize::from(*length).min(Self::INLINE)],
            Self::Shared(text) => text.as_bytes(),
        }
    }
}

impl PartialEq for IdText {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for IdText {}

impl Hash for IdText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl PartialOrd for IdText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for IdText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_as_it_was_however_long_it_is() {
        let uuid = "a1000000-0000-4000-8000-000000000001";
        for text in ["", "n-1", uuid, &"é".repeat(19), &"é".repeat(20), &"x".repeat(300)] {
            assert_eq!(IdText::new(text).as_str(), text);
        }
        assert!(matches!(IdText::new(uuid), IdText::Inline { .. }));
        assert_eq!(size_of::<IdText>(), 40);
    }

    #[test]
    fn texts_are_the_same_by_what_they_say_and_stand_in_the_order_of_texts() {
        let words = ["", "a", "ab", "b", &"b".repeat(50), "é"];
        for (at, one) in words.iter().enumerate() {
            for (place, other) in words.iter().enumerate() {
                assert_eq!(IdText::new(one).cmp(&IdText::new(other)), at.cmp(&place), "{one} {other}");
            }
        }
    }
}
