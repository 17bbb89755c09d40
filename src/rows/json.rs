//! JSON as it is printed: what could hide or reorder text on a screen stands as an escape.

use std::fmt::Write;

use serde_json::Value;

use crate::phone::is_invisible;

/// On one line.
pub fn line(value: &Value) -> String {
    escaped(&value.to_string())
}

/// For people as well: indented.
pub fn pretty(value: &Value) -> String {
    escaped(&format!("{value:#}"))
}

/// JSON itself has to escape C0 alone; a terminal also obeys C1, DEL and the marks of direction. They
/// stand in texts, if anywhere, but for the ends of lines between them.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii_graphic() || !is_escaped(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}").ok();
        }
    }
    out
}

fn is_escaped(c: char) -> bool {
    // Selectors choose between the forms of a sign, and hide nothing.
    let selects = matches!(c, '\u{fe00}'..='\u{fe0f}');
    (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}') || (is_invisible(c) && !selects)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_or_hides_is_printed() {
        let value = json!({"a\u{9b}": ["\u{7f}\u{85}\u{202e}\u{200b}\u{feff}\u{e0041}", "é \u{1b} \"q\""]});
        let text = line(&value);
        assert_eq!(text, r#"{"a\u009b":["\u007f\u0085\u202e\u200b\ufeff\udb40\udc41","é \u001b \"q\""]}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert_eq!(
            pretty(&json!({"a": [1, {}], "b": "\u{202e}"})),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"\\u202e\"\n}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_printed_reads_as_what_it_was(text in any::<String>()) {
            let value = json!({ text.as_str(): [text.as_str(), null, 1.5] });
            for printed in [line(&value), pretty(&value)] {
                prop_assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), value.clone());
            }
        }
    }
}
