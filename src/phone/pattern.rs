//! A digit pattern for inventory, matched here because the API cannot filter by digits.

use super::written::plain;
use crate::text::is_invisible;

/// `777` finds the digits anywhere; with `*` (any digits) or `?` (one digit) the whole number has
/// to fit, country code first: `*777`, `234803*`, `+234*00??`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern(String);

/// What is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// A character that no number has.
    #[error("a pattern has digits, * and ? only, not '{}'", .0.escape_default())]
    Character(char),
    /// It begins with the 0 of a national form; the rest is given.
    #[error("the country code comes first, and no number begins with 0: 234{0} for Nigeria, or *{0}")]
    National(String),
}

impl Pattern {
    /// Reads a pattern. Grouping, `+` and a leading 00 are dropped; anything else but digits, `*` and `?`
    /// is an error that names the character. No number begins with the 0 of its national form.
    ///
    /// # Errors
    /// What of it is no pattern.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let mut out = String::new();
        for c in text.chars().filter(|c| !is_invisible(*c)).map(plain) {
            match c {
                '0'..='9' | '*' | '?' => out.push(c),
                '+' | ' ' | '-' | '.' | '(' | ')' | '/' => {}
                other => return Err(BadPattern::Character(other)),
            }
        }
        let out = out.strip_prefix("00").map(str::to_owned).unwrap_or(out);
        match out.strip_prefix('0').filter(|_| out.contains(['*', '?'])) {
            Some(rest) => Err(BadPattern::National(rest.to_owned())),
            None => Ok(Self(out)),
        }
    }

    /// Whether it begins like a number in its national form, which no number has in it from its
    /// beginning.
    pub fn is_national(&self) -> bool {
        self.0.starts_with('0')
    }

    /// Whether the pattern accepts everything.
    pub fn is_empty(&self) -> bool {
        self.0.bytes().all(|byte| byte == b'*')
    }

    /// Whether `digits` (country code first, no `+`) fit.
    pub fn matches(&self, digits: &str) -> bool {
        if self.0.contains(['*', '?']) {
            glob(self.0.as_bytes(), digits.as_bytes())
        } else {
            digits.contains(&self.0)
        }
    }
}

/// Iterative glob with one point to fall back to: linear for usual patterns, quadratic at worst.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(b'?') => {
                p += 1;
                t += 1;
            }
            Some(&c) if c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    p = after;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_match_anywhere_and_stars_anchor() {
        let number = "2348037771234";
        for (pattern, fits) in [
            ("777", true),
            ("*777*", true),
            ("*777", false),
            ("234*", true),
            ("+234 803*", true),
            ("*12??", true),
            ("*12?", false),
            ("*7*1*4", true),
            ("", true),
            ("*", true),
            ("888", false),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(number), fits, "{pattern}");
        }
    }

    #[test]
    fn the_country_code_comes_first() {
        for text in ["0803*", "+0803*", "(0)803?"] {
            let told = Pattern::parse(text).unwrap_err().to_string();
            assert!(told.contains("country code"), "{told}");
        }
        assert!(Pattern::parse("0803").unwrap().is_national());
        for text in ["00234 803*", "+234\u{2013}803*", "２３４８０３*"] {
            assert!(Pattern::parse(text).unwrap().matches("2348031234567"), "{text}");
        }
    }

    #[test]
    fn a_letter_is_an_error_that_names_it() {
        assert!(Pattern::parse("77x").unwrap_err().to_string().contains("'x'"));
    }
}
