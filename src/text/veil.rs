//! What others may see of numbers and ids, while a screen is shared: how they begin and how they end.

use std::borrow::Cow;

/// What stands for a character that is hidden.
const DOT: char = '•';

/// So many digits are a telephone number.
const DIGITS: usize = 7;

/// Digits of a number that stay: those that say where it is, and those that a confirmation asks for.
const SHOWN: (usize, usize) = (4, 4);

/// A token of letters and digits this long is an id.
const ID: usize = 8;

/// The text with the middle of every telephone number and of every id hidden. It is as long as before.
pub fn veiled(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    let mut chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        if !is_of_token(chars[at]) {
            at += 1;
            continue;
        }
        let end = token_end(&chars, at);
        if is_id(&chars[at..end]) {
            hide(&mut chars[at..end], |c| is_of_token(c) && c != '-', (4, 2));
            at = end;
            continue;
        }
        let end = number_end(&chars, at).unwrap_or(end.max(at + 1));
        let digits = chars[at..end].iter().filter(|c| c.is_ascii_digit()).count();
        if digits >= DIGITS && !is_date(&chars[at..end]) {
            let shown = if digits < 11 { (2, SHOWN.1) } else { SHOWN };
            hide(&mut chars[at..end], |c| c.is_ascii_digit(), shown);
        }
        at = end;
    }
    Cow::Owned(chars.into_iter().collect())
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn token_end(chars: &[char], from: usize) -> usize {
    chars[from..].iter().position(|c| !is_of_token(*c)).map_or(chars.len(), |at| from + at)
}

/// Letters and digits mixed, as in `0d9f4c1e-8c0e-…` and `ep_x81b2`: no word and no number.
fn is_id(token: &[char]) -> bool {
    let digits = token.iter().filter(|c| c.is_ascii_digit()).count();
    let letters = token.iter().filter(|c| c.is_ascii_alphabetic()).count();
    let is_uuid = token.len() == 36 && token.iter().filter(|c| **c == '-').count() == 4;
    is_uuid || (token.len() >= ID && digits >= 2 && letters >= 1)
}

/// Where a number ends that begins at a digit: digits go on over one blank or hyphen, and over brackets.
fn number_end(chars: &[char], from: usize) -> Option<usize> {
    if !chars[from].is_ascii_digit() {
        return None;
    }
    let mut end = from;
    let mut gap = 0;
    for (at, c) in chars.iter().enumerate().skip(from) {
        match c {
            _ if c.is_ascii_digit() => (end, gap) = (at + 1, 0),
            ' ' | '-' | '\u{a0}' | '(' | ')' if gap < 2 => gap += 1,
            _ => break,
        }
    }
    Some(end)
}

/// `2026-11-29`.
fn is_date(text: &[char]) -> bool {
    text.len() == 10 && text[4] == '-' && text[7] == '-'
}

/// Hides those that `counts`, but for the first and the last ones.
fn hide(chars: &mut [char], counts: impl Fn(char) -> bool, (first, last): (usize, usize)) {
    let all = chars.iter().filter(|c| counts(**c)).count();
    let middle = first..all.saturating_sub(last);
    chars
        .iter_mut()
        .filter(|c| counts(**c))
        .enumerate()
        .filter(|(place, _)| middle.contains(place))
        .for_each(|(_, c)| *c = DOT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_numbers_and_ids_is_hidden() {
        for (text, shown) in [
            ("+234 803 123 4567", "+234 8•• ••• 4567"),
            ("sip:+2348031234567@sip.example.net", "sip:+2348•••••4567@sip.example.net"),
            ("(415) 555-0100", "(41•) •••-0100"),
            ("0d9f4c1e-8c0e-4a3b-9a53-6f2f1c6f7a10", "0d9f••••-••••-••••-••••-••••••••••10"),
            ("ep_x81b2c3", "ep_x••••c3"),
            ("on +234 803 123 4567: off", "on +234 8•• ••• 4567: off"),
        ] {
            assert_eq!(veiled(text), shown);
            assert_eq!(veiled(text).chars().count(), text.chars().count());
        }
    }

    #[test]
    fn what_is_neither_stays_as_it_is() {
        for text in [
            "5,000 of 100,000 numbers, 40 match",
            "as of 14:02:11",
            "2026-11-29",
            "12.00 setup + 36.00 a month",
            "203.0.113.7:5060",
            "sales-bot-2",
            "page 14",
            "Nobody answers",
            "naïve 日本 3",
        ] {
            assert_eq!(veiled(text), text);
        }
    }
}
