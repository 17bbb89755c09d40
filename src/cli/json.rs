//! JSON as it is printed: what could hide or reorder text on a screen stands as an escape.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::phone::is_invisible;

/// On one line.
pub(super) fn line(value: &Value) -> String {
    written(value, CompactFormatter)
}

/// For people as well: indented.
pub(super) fn pretty(value: &Value) -> String {
    written(value, PrettyFormatter::new())
}

fn written(value: &Value, form: impl Formatter) -> String {
    let mut out = Vec::new();
    // A value of text keys into memory: nothing of it can fail.
    value.serialize(&mut Serializer::with_formatter(&mut out, Escaping(form))).ok();
    String::from_utf8(out).unwrap_or_default()
}

/// JSON itself has to escape C0 alone; a terminal also obeys C1, DEL and the marks of direction.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| !c.is_ascii_graphic() && is_escaped(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

fn is_escaped(c: char) -> bool {
    // Selectors choose between the forms of a sign, and hide nothing.
    let selects = matches!(c, '\u{fe00}'..='\u{fe0f}');
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || (is_invisible(c) && !selects)
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
