//! A JSON value of which the usual case, a text, is not copied.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
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

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
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

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(seq)).map(|value| Scalar::Other(Box::new(value)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::with_capacity(4);
        while let Some(Key(name)) = map.next_key()? {
            if fields.is_empty() && name == NUMBER {
                return number(&map.next_value::<Key<'_>>()?.0);
            }
            fields.push((name, map.next_value()?));
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
            let text = value.to_string();
            let scalar: Scalar<'_> = serde_json::from_str(&text).unwrap();
            assert_eq!(scalar.into_value(), value);
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
            let scalar: Scalar<'_> = serde_json::from_str(text).unwrap();
            assert_eq!(scalar.into_value().to_string(), text);
        }
        assert_eq!(serde_json::from_str::<Scalar<'_>>("400").unwrap(), Scalar::Int(400));
    }
}
