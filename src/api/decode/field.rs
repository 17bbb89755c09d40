//! A JSON value of which the usual case, a text, is not copied.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};

/// Any JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'de> {
    /// null
    Null,
    /// true, false
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// A text, borrowed from the body where it has no escapes.
    Text(Cow<'de, str>),
    /// An object: its fields in order. Cheaper to read and to drop than a map, and rows for sale
    /// have two each.
    Object(Fields<'de>),
    /// Everything else: arrays, other numbers.
    Other(Box<Value>),
}

/// The fields of an object, in order.
pub(super) type Fields<'de> = Vec<(Cow<'de, str>, Scalar<'de>)>;

impl Scalar<'_> {
    pub(super) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// Length of its text, or of its digits, which nothing else of its size says.
    pub(super) fn text_length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Other(value) => value.as_number().map_or(0, |number| number.to_string().len()),
            _ => 0,
        }
    }

    /// The digits of an integer of any length: some servers number their records.
    pub(super) fn integer(&self) -> Option<String> {
        match self {
            Self::Int(value) => Some(value.to_string()),
            Self::Other(value) => value.as_number().filter(|number| !number.is_f64()).map(Number::to_string),
            _ => None,
        }
    }

    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::from(value),
            Self::Text(text) => Value::String(text.into_owned()),
            Self::Object(fields) => Value::Object(into_map(fields)),
            Self::Other(value) => *value,
        }
    }
}

/// As JSON.
pub(super) fn into_map(fields: Fields<'_>) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.into_owned(), value.into_value())).collect()
}

/// How much of what is not understood may still be kept. A server can send a hundred times more
/// structure than anybody looks at; what does not fit is read over, and said to be cut.
#[derive(Debug)]
pub(super) struct Room {
    row: usize,
    page: usize,
    rows: usize,
}

/// What one value costs beside its text: a map of them is not packed tightly.
const NODE: usize = 128;

/// Stands for what was not kept.
pub(super) const CUT: &str = "[cut: more than is kept]";

impl Room {
    /// For the rows of a page, each of which gets an equal share at most.
    pub(super) fn of_a_page() -> Self {
        const ROW: usize = 64 << 10;
        Self { row: ROW, page: 8 << 20, rows: ROW }
    }

    /// For one record.
    pub(super) fn of_a_record() -> Self {
        const RECORD: usize = 1 << 20;
        Self { row: RECORD, page: RECORD, rows: RECORD }
    }

    /// A new row begins.
    pub(super) fn begin_row(&mut self) {
        self.row = self.rows.min(self.page);
    }

    /// Takes room for a value with so much text; `false` where there is none left.
    pub(super) fn take(&mut self, text: usize) -> bool {
        let bytes = NODE + text;
        if bytes > self.row {
            return false;
        }
        self.row -= bytes;
        self.page -= bytes;
        true
    }

    fn has_room(&self) -> bool {
        self.row >= NODE
    }

    /// What is left for the page.
    pub(super) fn left(&self) -> usize {
        self.page
    }
}

/// Reads a value as far as there is room for it.
pub(super) struct ScalarSeed<'a>(pub(super) &'a mut Room);

impl<'de> DeserializeSeed<'de> for ScalarSeed<'_> {
    type Value = Scalar<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarSeed<'_> {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Scalar::Other(Box::new(Value::from(value))), Scalar::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Other(Box::new(Value::from(value))))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        loop {
            // Room for the next one before it is read: an empty array is as large as a full one is.
            if !self.0.has_room() {
                if seq.next_element::<IgnoredAny>()?.is_some() {
                    items.push(Value::from(CUT));
                    while seq.next_element::<IgnoredAny>()?.is_some() {}
                }
                break;
            }
            match seq.next_element_seed(ScalarSeed(&mut *self.0))? {
                Some(item) if self.0.take(item.text_length()) => items.push(item.into_value()),
                Some(_) => items.push(Value::from(CUT)),
                None => break,
            }
        }
        items.shrink_to_fit();
        Ok(Scalar::Other(Box::new(Value::Array(items))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Fields<'de> = Vec::with_capacity(4);
        while let Some(Key(name)) = map.next_key()? {
            if fields.is_empty() && name == NUMBER {
                return number(&map.next_value::<Key<'_>>()?.0);
            }
            if !self.0.take(name.len()) {
                map.next_value::<IgnoredAny>()?;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                fields.push((Cow::Borrowed("..."), Scalar::Text(Cow::Borrowed(CUT))));
                break;
            }
            // Text is borrowed, but for what is kept of it later.
            let value = map.next_value_seed(ScalarSeed(&mut *self.0))?;
            let fits = value.text_length() == 0 || self.0.take(value.text_length());
            fields.push((name, if fits { value } else { Scalar::Text(Cow::Borrowed(CUT)) }));
        }
        Ok(Scalar::Object(fields))
    }
}

/// Under this name serde_json hands over the text of a number, since an integer of any length has to
/// keep its digits (its feature `arbitrary_precision`; the name is the same in every release).
const NUMBER: &str = "$serde_json::private::Number";

/// A number by its text.
fn number<'de, E: Error>(text: &str) -> Result<Scalar<'de>, E> {
    match text.parse() {
        Ok(value) => Ok(Scalar::Int(value)),
        Err(_) => {
            let number: Number = text.parse().map_err(E::custom)?;
            Ok(Scalar::Other(Box::new(Value::Number(number))))
        }
    }
}

/// Everything that is neither a list nor an object comes to the same, for a visitor.
macro_rules! every_scalar_is {
    ($same:expr) => {
        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Ok($same)
        }

        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok($same)
        }

        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok($same)
        }

        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
            Ok($same)
        }

        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok($same)
        }

        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
            Ok($same)
        }
    };
}
pub(super) use every_scalar_is;

/// The name of a field, borrowed where it has no escapes.
#[derive(Debug, PartialEq)]
pub(super) struct Key<'de>(pub(super) Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Scalar<'_> {
        let mut decoder = serde_json::Deserializer::from_str(text);
        ScalarSeed(&mut Room::of_a_record()).deserialize(&mut decoder).unwrap()
    }

    #[test]
    fn every_value_comes_back_as_it_was() {
        for value in [
            json!(null),
            json!(true),
            json!(-7),
            json!(u64::MAX),
            json!(1.5),
            json!("a\n\u{e9}"),
            json!([1, [null]]),
            json!({"a": {"b": [1.25, "x"]}}),
        ] {
            assert_eq!(read(&value.to_string()).into_value(), value);
        }
    }

    #[test]
    fn a_number_keeps_its_digits() {
        for text in [
            "12345678901234567890123456789",
            "-9223372036854775809",
            "1.10",
            "0.1234567890123456789",
            "[18446744073709551616]",
        ] {
            assert_eq!(read(text).into_value().to_string(), text);
        }
        assert_eq!(read("400"), Scalar::Int(400));
    }
}
