//! A value that must not be seen.

use std::fmt;

use zeroize::Zeroizing;

/// A password or an API key. `Debug` and `Display` print dots, comparing is allowed, and the bytes
/// are wiped when the value is dropped. There is no `Serialize`: what may be written out is
/// decided where it is written, by calling [`Secret::expose`], which is easy to search for.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller keeps no copy.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Every call of this is a place to review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is one line of text.
    pub fn is_one_line(&self) -> bool {
        !self.0.contains(char::is_control)
    }
}

/// A part of a record that is shown only to who asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Where in the record it stands: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The value, as JSON.
    pub json: Secret,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••••••")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••••••")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_a_secret_prints_dots_of_a_fixed_length() {
        let secret = Secret::new("hunter2-and-more".to_owned());
        assert_eq!(format!("{secret} {secret:?}"), "•••••••• ••••••••");
        assert_eq!(format!("{:?}", Some(&secret)), "Some(••••••••)");
    }
}
