//! Server text made safe to show.

/// Whether `text` can be drawn as it is: no control, bidirectional or zero-width characters.
pub fn is_clean(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || !text.chars().any(is_hostile)
}

/// `text` with every control, bidirectional and zero-width character replaced by U+FFFD, cut to
/// `limit` characters. Used on all text that a server sent before it reaches a terminal, a title
/// or an error message: an escape sequence in an error body must stay a harmless mark.
pub fn clean(text: &str, limit: usize) -> String {
    let mut out: String =
        text.chars().take(limit).map(|c| if is_hostile(c) { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(limit).is_some() {
        out.push('…');
    }
    out
}

/// C0, DEL, C1, bidirectional controls (UAX #9) and characters without width that could hide or
/// reorder what follows.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{061c}')
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
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(clean("abcdef", 3), "abc…");
        assert_eq!(clean("abc", 3), "abc");
    }
}
