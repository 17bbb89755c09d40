//! A digit pattern for inventory, matched here because the API cannot filter by digits.

/// `777` finds the digits anywhere; with `*` (any digits) or `?` (one digit) the whole number has
/// to fit, country code first: `*777`, `234803*`, `+234*00??`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern(String);

impl Pattern {
    /// Reads a pattern. Grouping and `+` are dropped; anything but digits, `*` and `?` is an error
    /// that names the character.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut out = String::new();
        for c in text.chars() {
            match c {
                '0'..='9' | '*' | '?' => out.push(c),
                '+' | ' ' | '-' | '.' | '(' | ')' => {}
                other => {
                    return Err(format!(
                        "a pattern has digits, * and ? only, not '{}'",
                        other.escape_default()
                    ));
                }
            }
        }
        Ok(Self(out))
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
    fn a_letter_is_an_error_that_names_it() {
        assert!(Pattern::parse("77x").unwrap_err().contains("'x'"));
    }
}
