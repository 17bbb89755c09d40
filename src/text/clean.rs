//! Text of others made safe to show.

use std::borrow::Cow;
use std::fmt::Display;

/// Whether `text` can be drawn as it is: no control, bidirectional or zero-width characters.
pub fn is_clean(text: &str) -> bool {
    // Not `all`: without a way out it is done many bytes at a time.
    text.bytes().fold(true, |plain, byte| plain & (0x20..0x7f).contains(&byte))
        || marked(text).all(|(_, hostile)| !hostile)
}

/// `text` with every control, bidirectional and zero-width character replaced by U+FFFD, cut to
/// `limit` characters. Used on all text that a server sent before it reaches a terminal, a title
/// or an error message: an escape sequence in an error body must stay a harmless mark.
pub fn clean(text: &str, limit: usize) -> String {
    let shown = marked(text).take(limit);
    let mut out: String = shown.map(|(c, hostile)| if hostile { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(limit).is_some() {
        out.push('…');
    }
    out
}

/// `text` on one line, as a field takes what is pasted into it: line breaks and tabs are blanks between
/// words, and what could hide or reorder something is left out.
pub fn one_line(text: &str) -> String {
    let parts = text.split(['\t', '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']);
    let parts: Vec<&str> =
        parts.enumerate().filter(|(at, part)| *at == 0 || !part.is_empty()).map(|(_, part)| part).collect();
    marked(&parts.join(" ")).filter(|(_, hostile)| !hostile).map(|(c, _)| c).collect()
}

/// The characters of a text, each with whether it may hide or reorder what stands beside it.
fn marked(text: &str) -> impl Iterator<Item = (char, bool)> {
    let mut before = None;
    let mut rest = text.chars();
    std::iter::from_fn(move || {
        let c = rest.next()?;
        let hostile = is_hostile(c) && !joins(before, c, rest.clone().next());
        before = Some(c);
        Some((c, hostile))
    })
}

/// Whether a joiner stands inside a word or a symbol that needs it: Persian names have U+200C in
/// them, people at a keyboard U+200D. Beside ASCII it would join nothing, and only hide.
fn joins(before: Option<char>, c: char, after: Option<char>) -> bool {
    let joined = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_hostile(c) && !c.is_whitespace());
    matches!(c, '\u{200c}' | '\u{200d}') && joined(before) && joined(after)
}

/// C0, DEL, C1, bidirectional controls (UAX #9) and characters without width that could hide or
/// reorder what follows.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{061c}')
}

/// Whether a character, which is no control character, leaves no mark on a screen: marks of
/// direction, joiners, soft hyphens, selectors, fillers (most of Unicode's Default_Ignorable).
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffc}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// `text` without the API keys in it, and without the passwords of its addresses: `sip:user:secret@host`,
/// and that of any other scheme. What is pasted into a command may have one, and must not be repeated in an
/// error.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    match without_keys(text) {
        Cow::Borrowed(text) => without_passwords(text),
        Cow::Owned(text) => Cow::Owned(without_passwords(&text).into_owned()),
    }
}

/// Whether a text looks like an API key or a session token, rather than the name of a file or of anything
/// else.
pub fn is_api_key(text: &str) -> bool {
    let live_or_test = text.starts_with("kros_live_") || text.starts_with("kros_test_");
    let random = text.starts_with("kros_") && text.len() >= 25;
    let token = text.starts_with("eyJ") && text.split('.').count() == 3;
    ((live_or_test || random) && text.bytes().all(is_of_key)) || token
}

fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn without_keys(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    while let Some(key) = key_in(&text) {
        text = Cow::Owned(text.replacen(key, "[redacted]", 1));
    }
    text
}

/// The first key in a text, wherever it stands: `[profile.kros_live_…]`.
fn key_in(text: &str) -> Option<&str> {
    if !text.contains("kros_") && !text.contains("eyJ") {
        return None;
    }
    // How keys begin is no secret.
    let is_key = |word: &&str| is_api_key(word) && !matches!(*word, "kros_live_" | "kros_test_");
    // A token has dots in it; others have none, but behind or before them.
    let is_part = |c: char| u8::try_from(c).is_ok_and(is_of_key) || c == '.';
    let words = text.split(|c| !is_part(c)).map(|word| word.trim_matches('.'));
    let ends = words
        .flat_map(|word| std::iter::once(word).chain(word.match_indices('.').map(|(at, _)| &word[at + 1..])));
    ends.flat_map(|end| [end, end.split('.').next().unwrap_or_default()]).find(is_key)
}

fn without_passwords(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = rest.split_at(at);
        // Passwords are said to have no @, and have one all the same: it ends at the last of a word.
        let is_end = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'');
        let more = after.find(is_end).map_or(after, |end| &after[..end]).rfind('@').unwrap_or(0);
        let (before, after) = (&rest[..before.len() + more], &after[more..]);
        let word = before
            .rfind(is_end)
            .map_or(0, |end| end + before[end..].chars().next().map_or(1, char::len_utf8));
        match secret_of(&before[word..]) {
            Some(secret) => {
                out.push_str(&before[..before.len() - secret.len()]);
                out.push_str("[redacted]");
            }
            None => out.push_str(before),
        }
        out.push('@');
        rest = &after[1..];
    }
    if out.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(out + rest) }
}

/// The password in `scheme:user:password`, what an address has before its @.
fn secret_of(address: &str) -> Option<&str> {
    let (scheme, _) = address.split_once(':')?;
    let has_scheme = !scheme.is_empty() && scheme.bytes().any(|byte| byte.is_ascii_alphabetic());
    let rest = &address[scheme.len() + 1..];
    let (_, secret) = rest.split_once(':')?;
    (has_scheme && !secret.is_empty()).then_some(secret)
}

/// A whole number in groups of three digits.
pub fn thousands(n: impl Display) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_becomes_harmless_marks() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c", 99), "a\u{fffd}[2Jb\u{fffd}c");
        assert!(!is_clean("a\u{9b}b"));
        assert!(is_clean("Zürich, +234"));
    }

    #[test]
    fn joiners_stay_inside_the_names_that_need_them_and_nowhere_else() {
        for name in ["می\u{200c}خواهم", "\u{1f469}\u{200d}\u{1f4bb} dev"] {
            assert!(is_clean(name), "{name}");
            assert_eq!(clean(name, 99), name);
        }
        for text in ["ab\u{200d}cd", "\u{200c}می", "می\u{200c}", "می\u{200c}\u{202e}", "م\u{200c} م"]
        {
            assert!(!is_clean(text), "{}", text.escape_unicode());
        }
    }

    #[test]
    fn a_password_in_an_address_is_never_repeated() {
        for (text, shown) in [
            ("sip:user:secret@host", "sip:user:[redacted]@host"),
            (
                "no number is called SIPS:u:s:3@h:5061;x=1!",
                "no number is called SIPS:u:[redacted]@h:5061;x=1!",
            ),
            ("\"Front\" <sip:u:s@h>, <sip:v:t@h>", "\"Front\" <sip:u:[redacted]@h>, <sip:v:[redacted]@h>"),
            ("'sip:u:p@ss@host'", "'sip:u:[redacted]@host'"),
            ("https://u:p@proxy:8080", "https://u:[redacted]@proxy:8080"),
            ("sip:+2348031234567@host:5060 and a@b", "sip:+2348031234567@host:5060 and a@b"),
            ("nothing: here", "nothing: here"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }

    #[test]
    fn a_key_is_never_repeated_and_how_keys_begin_is() {
        for (text, shown) in [
            ("'kros_live_hunter2' is not understood here.", "'[redacted]' is not understood here."),
            ("kros_test_hunter2... and kros_live_x", "[redacted]... and [redacted]"),
            ("key=eyJhbGciOi.eyJleHAi.c2ln; more", "key=[redacted]; more"),
            ("kros_hunter2hunter2hunter2hunter2", "[redacted]"),
            (
                "as NUMDECK_API_KEY=kros_… or kros_test_ and kros_live_",
                "as NUMDECK_API_KEY=kros_… or kros_test_ and kros_live_",
            ),
            ("kros_live_a sip:u:s@h", "[redacted] sip:u:[redacted]@h"),
            ("Write [profile.kros_live_a] into it.", "Write [profile.[redacted]] into it."),
            ("kros_live_a.b kros_test_a", "[redacted].b [redacted]"),
            ("/home/x/eyJa.b.c: none", "/home/x/[redacted]: none"),
            ("profile.eyJa.b.c", "profile.[redacted]"),
            ("api.krosai.com. eyJ", "api.krosai.com. eyJ"),
            ("...kros", "...kros"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(clean("abcdef", 3), "abc…");
        assert_eq!(clean("abc", 3), "abc");
    }

    #[test]
    fn counts_have_separators() {
        for (n, text) in [(0, "0"), (999, "999"), (1240, "1,240"), (1_000_000, "1,000,000")] {
            assert_eq!(thousands(n), text);
        }
    }
}
