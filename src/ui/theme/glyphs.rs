//! Text for terminals that show ASCII alone.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Whether the locale is one whose characters are not those of Unicode. One that is not set says nothing:
/// containers and remote shells set none, below a terminal that shows everything.
pub fn is_ascii_locale(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default().to_lowercase();
    !locale.is_empty() && !locale.contains("utf-8") && !locale.contains("utf8")
}

/// The twin of a sign that numdeck draws; of the same width, where text is laid out by it.
fn twin(sign: &str) -> Option<&'static str> {
    Some(match sign {
        "…" => "~",
        "·" | "•" | "–" | "—" | "─" | "┄" => "-",
        "━" | "═" => "=",
        "│" | "┃" => "|",
        "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" | "✓" => "+",
        "→" | "▸" | "›" => ">",
        "←" | "‹" => "<",
        "↑" | "▲" => "^",
        "↓" | "▾" | "▼" => "v",
        "✗" | "×" => "x",
        "“" | "”" | "„" => "\"",
        "‘" | "’" => "'",
        "█" | "●" | "■" => "#",
        "░" | "○" | "□" => ".",
        "\u{a0}" | "\u{202f}" => " ",
        // The frames of a spinner.
        "⠋" | "⠹" | "⠼" | "⠦" | "⠇" => "|",
        "⠙" | "⠸" | "⠴" | "⠧" | "⠏" => "/",
        _ => return None,
    })
}

/// The text in ASCII, of the same width: twins for signs, `?` for what has none, as often as it is wide.
/// An ellipsis behind a blank is a word of its own, and has room.
pub(in crate::ui) fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        if grapheme.is_ascii() {
            out.push_str(grapheme);
        } else if grapheme == "…" && out.ends_with(' ') {
            out.push_str("...");
        } else if let Some(twin) = twin(grapheme) {
            out.push_str(twin);
        } else {
            out.extend(std::iter::repeat_n('?', grapheme.width()));
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_says_the_locale() {
        for (variables, is_ascii) in [
            (&[][..], false),
            (&[("LANG", "en_US.UTF-8")], false),
            (&[("LANG", "C.utf8")], false),
            (&[("LANG", "C")], true),
            (&[("LANG", "POSIX")], true),
            (&[("LANG", "de_DE.ISO-8859-1")], true),
            (&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")], true),
            (&[("LANG", "C"), ("LC_CTYPE", "en_US.UTF-8")], false),
            (&[("LANG", "en_US.UTF-8"), ("LC_ALL", "")], false),
        ] {
            let variable = |name: &str| {
                variables.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(is_ascii_locale(variable), is_ascii, "{variables:?}");
        }
    }

    #[test]
    fn signs_have_twins_and_names_keep_their_width() {
        for (text, shown) in [
            ("plain", "plain"),
            ("sales…", "sales~"),
            ("reading …", "reading ..."),
            ("in · out", "in - out"),
            ("━━│ ✓ ✗ ↓", "==| + x v"),
            ("none → sales", "none > sales"),
            ("日本 José", "???? Jos?"),
            ("e\u{301}x", "?x"),
            ("🇳🇬", "??"),
        ] {
            assert_eq!(ascii(text), shown);
        }
    }
}
