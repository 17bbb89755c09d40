//! A digit pattern for inventory, matched here because the API cannot filter by digits.

use super::written::plain;
use crate::text::is_invisible;

/// `777` finds the digits anywhere; with `*` (any digits) or `?` (one digit) the whole number has
/// to fit, country code first: `*777`, `234803*`, `+234*00??`.
///
/// A letter is a digit too: the same letter is the same digit, another letter is another digit, so
/// `aabb` finds 1122 and 7700 but not 7777. A letter may well be a digit that stands in the pattern
/// beside it. `<` is one more than the digit before it and `>` one less: `a<<<` finds 1234 and 4567.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern {
    text: String,
    /// It has letters or steps, so digits alone do not tell whether a place fits.
    has_shape: bool,
    is_national: bool,
}

/// What is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// A character that no number has.
    #[error(
        "a pattern has digits, * and ?, letters for digits that repeat, < and > for steps, not '{}'",
        .0.escape_default()
    )]
    Character(char),
    /// It begins with the 0 of a national form; the rest is given.
    #[error("the country code comes first, and no number begins with 0: 234{0} for Nigeria, or *{0}")]
    National(String),
    /// A step without a digit to step from.
    #[error(
        "'{0}' is a step from the digit before it, and there is none: a{0}{0}{0} takes four digits in a row"
    )]
    Step(char),
    /// More letters than there are digits.
    #[error("each letter is another digit, and there are only ten")]
    Letters,
    /// More stars than are tried.
    #[error("a pattern with letters or steps has at most {MOST_STARS} *")]
    Stars,
}

/// With letters each star multiplies what is tried.
const MOST_STARS: usize = 4;

/// No telephone number has more digits (15 in E.164). What is longer is no number, and is not tried.
const LONGEST: usize = 32;

impl Pattern {
    /// Reads a pattern. Grouping, `+` and a leading 00 are dropped, case does not count; anything else but
    /// digits, letters, `*`, `?`, `<` and `>` is an error that names the character. No number begins with the
    /// 0 of its national form.
    ///
    /// # Errors
    /// What of it is no pattern.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let mut out = String::new();
        for c in text.chars().filter(|c| !is_invisible(*c)).map(plain) {
            match c {
                '*' if out.ends_with('*') => {}
                '<' | '>' if out.is_empty() || out.ends_with('*') => return Err(BadPattern::Step(c)),
                '0'..='9' | '*' | '?' | '<' | '>' => out.push(c),
                'a'..='z' | 'A'..='Z' => out.push(c.to_ascii_lowercase()),
                '+' | ' ' | '-' | '.' | '(' | ')' | '/' => {}
                other => return Err(BadPattern::Character(other)),
            }
        }
        let out = out.strip_prefix("00").map(str::to_owned).unwrap_or(out);
        if let Some(rest) = out.strip_prefix('0').filter(|_| out.contains(['*', '?'])) {
            return Err(BadPattern::National(rest.to_owned()));
        }
        let is_national = out.starts_with('0');
        let has_shape = out.contains(|c: char| c.is_ascii_lowercase() || matches!(c, '<' | '>'));
        let is_whole = out.contains(['*', '?']);
        let text = if has_shape && !is_whole { format!("*{out}*") } else { out };
        if has_shape && text.matches('*').count() > MOST_STARS {
            return Err(BadPattern::Stars);
        }
        let letters = |c: &u8| text.as_bytes().contains(c);
        if (b'a'..=b'z').filter(letters).count() > 10 {
            return Err(BadPattern::Letters);
        }
        Ok(Self { text, has_shape, is_national })
    }

    /// Whether it begins like a number in its national form, which no number has in it from its
    /// beginning.
    pub fn is_national(&self) -> bool {
        self.is_national
    }

    /// Whether letters stand in it, which somebody may have meant as any digits.
    pub fn has_letters(&self) -> bool {
        self.text.contains(|c: char| c.is_ascii_lowercase())
    }

    /// Whether the pattern accepts everything.
    pub fn is_empty(&self) -> bool {
        self.text.bytes().all(|byte| byte == b'*')
    }

    /// Whether `digits` (country code first, no `+`) fit.
    pub fn matches(&self, digits: &str) -> bool {
        if self.has_shape {
            digits.len() <= LONGEST && shaped(self.text.as_bytes(), digits.as_bytes(), 0, Letters::default())
        } else if self.text.contains(['*', '?']) {
            glob(self.text.as_bytes(), digits.as_bytes())
        } else {
            digits.contains(&self.text)
        }
    }
}

/// Which digit each letter stands for so far.
#[derive(Debug, Clone, Copy, Default)]
struct Letters {
    digits: [Option<u8>; 26],
}

impl Letters {
    /// With `letter` for `digit`; `None` where it is another one, or another letter is it.
    fn with(mut self, letter: u8, digit: u8) -> Option<Self> {
        let place = usize::from(letter.saturating_sub(b'a'));
        match self.digits.get(place)? {
            Some(known) => (*known == digit).then_some(self),
            None if self.digits.contains(&Some(digit)) => None,
            None => {
                self.digits[place] = Some(digit);
                Some(self)
            }
        }
    }
}

/// Whether `text` from `at` on fits the rest of a pattern, by trying each length of each star.
fn shaped(pattern: &[u8], text: &[u8], at: usize, letters: Letters) -> bool {
    let Some((&wanted, rest)) = pattern.split_first() else { return at == text.len() };
    if wanted == b'*' {
        return (at..=text.len()).any(|at| shaped(rest, text, at, letters));
    }
    let Some(&digit) = text.get(at) else { return false };
    let before = at.checked_sub(1).and_then(|before| text.get(before)).copied();
    let fits = match wanted {
        b'?' => Some(letters),
        b'<' => (before.map(|before| before + 1) == Some(digit)).then_some(letters),
        b'>' => (before == Some(digit + 1)).then_some(letters),
        b'a'..=b'z' => letters.with(wanted, digit),
        wanted => (wanted == digit).then_some(letters),
    };
    fits.is_some_and(|letters| shaped(rest, text, at + 1, letters))
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
    use proptest::prelude::*;

    use super::*;

    fn fits(pattern: &str, number: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(number)
    }

    #[test]
    fn digits_match_anywhere_and_stars_anchor() {
        for (pattern, wanted) in [
            ("777", true),
            ("*777*", true),
            ("*777", false),
            ("234*", true),
            ("+234 803*", true),
            ("*12??", true),
            ("*12?", false),
            ("*7*1*4", true),
            ("*7**1****4", true),
            ("", true),
            ("*", true),
            ("888", false),
        ] {
            assert_eq!(fits(pattern, "2348037771234"), wanted, "{pattern}");
        }
    }

    #[test]
    fn the_same_letter_is_the_same_digit_and_another_letter_another_one() {
        for (pattern, number, wanted) in [
            ("*aabb", "2348031231122", true),
            ("*AABB", "2348031237700", true),
            ("*aabb", "2348031237777", false),
            ("*aaaa", "2348031237777", true),
            ("*xxxx", "2348031237778", false),
            ("aabb", "2341122803999", true),
            ("aabb", "2341212803999", false),
            ("abab", "2341212803999", true),
            ("*abba", "2348039991221", true),
            ("*abc", "2348039991121", false),
            // A letter may be a digit that the pattern names, and any digit may stand once.
            ("*a12a", "2348039991121", true),
            ("*a12a", "2348039997127", true),
            ("*a12a", "2348039997128", false),
            ("234803aa*bb", "2348037712399", true),
            ("234803aa*bb", "2348037712377", false),
            ("234a?", "23459", true),
        ] {
            assert_eq!(fits(pattern, number), wanted, "{pattern} {number}");
        }
    }

    #[test]
    fn steps_go_up_and_down_by_one_from_the_digit_before() {
        for (pattern, number, wanted) in [
            ("a<<<", "2348034567999", true),
            ("*a<<<", "2348039994567", true),
            ("*a<<<", "2348039994568", false),
            ("*a>>>", "2348039998765", true),
            ("*a<<<", "2348039997890", false),
            ("*?<<", "2348039991789", true),
            ("*12a>", "2348039991254", true),
            ("*a<<*b<<", "2348031235670", false),
            ("*a<<*b<<", "2348031230567", true),
        ] {
            assert_eq!(fits(pattern, number), wanted, "{pattern} {number}");
        }
    }

    #[test]
    fn the_country_code_comes_first() {
        for text in ["0803*", "+0803*", "(0)803?"] {
            let told = Pattern::parse(text).unwrap_err().to_string();
            assert!(told.contains("country code"), "{told}");
        }
        assert!(Pattern::parse("0803").unwrap().is_national());
        assert!(Pattern::parse("0803aa").unwrap().is_national());
        for text in ["00234 803*", "+234\u{2013}803*", "２３４８０３*"] {
            assert!(fits(text, "2348031234567"), "{text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for (text, word) in [
            ("77#", "'#'"),
            ("<<<", "before it"),
            ("*>1", "before it"),
            ("abcdefghijk", "ten"),
            ("a*b*c*d*e*", "at most 4"),
        ] {
            let told = Pattern::parse(text).unwrap_err().to_string();
            assert!(told.contains(word), "{text}: {told}");
        }
        for text in ["abcdefghij", "*a*b*c*d", "1*2*3*4*5*6*"] {
            Pattern::parse(text).unwrap();
        }
    }

    /// By definition: some placing of the tokens on the digits fits everywhere at once.
    fn naive(pattern: &str, digits: &[u8]) -> bool {
        let whole = if pattern.contains(['*', '?']) { pattern.to_owned() } else { format!("*{pattern}*") };
        let stars = whole.bytes().filter(|c| *c == b'*').count();
        let tokens = whole.len() - stars;
        let Some(free) = digits.len().checked_sub(tokens) else { return false };
        // Every way to give the free digits to the stars, as numbers in base free + 1.
        let ways = (free + 1).pow(u32::try_from(stars).unwrap());
        (0..ways).any(|way| {
            let shares: Vec<usize> = (0..stars)
                .map(|star| way / (free + 1).pow(u32::try_from(star).unwrap()) % (free + 1))
                .collect();
            if shares.iter().sum::<usize>() != free {
                return false;
            }
            let (mut at, mut star, mut placed) = (0, 0, Vec::new());
            for c in whole.bytes() {
                if c == b'*' {
                    at += shares[star];
                    star += 1;
                } else {
                    placed.push((c, at));
                    at += 1;
                }
            }
            let letters = || placed.iter().filter(|(c, _)| c.is_ascii_lowercase());
            let equal = letters().all(|(one, here)| {
                letters().all(|(other, there)| (one == other) == (digits[*here] == digits[*there]))
            });
            equal
                && placed.iter().all(|(c, at)| match c {
                    b'<' => *at > 0 && digits[at - 1] + 1 == digits[*at],
                    b'>' => *at > 0 && digits[at - 1] == digits[*at] + 1,
                    c if c.is_ascii_digit() => digits[*at] == *c,
                    _ => true,
                })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn it_matches_what_it_is_defined_to_match(
            pattern in "[1-3?ab*]{0,1}[1-3?abc<>*]{0,5}", digits in "[1-4]{0,8}"
        ) {
            // Stars that follow each other are one, and what is no pattern matches nothing.
            let pattern = pattern.replace("***", "*").replace("**", "*");
            if let Ok(parsed) = Pattern::parse(&pattern) {
                prop_assert_eq!(parsed.matches(&digits), naive(&pattern, digits.as_bytes()));
            }
        }
    }
}
