//! Objects of JSON as targets.

use std::collections::HashSet;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::row::{Heading, Row};
use super::table;
use super::{Purpose, Target, quoted, trimmed};

/// What an object of JSON says, in its order.
struct Object {
    fields: Vec<(String, Value)>,
    /// A name that stands in it twice: of its two values nobody knows which is meant.
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut object = Object { fields: Vec::new(), twice: None };
                let mut names = HashSet::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if !names.insert(name.clone()) {
                        object.twice.get_or_insert_with(|| name.clone());
                    }
                    object.fields.push((name, value));
                }
                Ok(object)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// One object a line, or an array of objects.
pub(super) fn from_json(purpose: Purpose, text: &str) -> Result<Vec<Target>, String> {
    let is_array = text.trim_start().starts_with('[');
    let documents: Vec<(usize, Object)> = if is_array {
        let all: Vec<Object> =
            serde_json::from_str(text).map_err(|error| format!("it is no JSON array of objects: {error}"))?;
        all.into_iter().enumerate().map(|(place, object)| (place + 1, object)).collect()
    } else {
        let lines = table::lines(text).enumerate().filter(|(_, line)| !line.trim().is_empty());
        let read = |(place, line): (usize, &str)| {
            let object = serde_json::from_str(line);
            object
                .map(|object| (place + 1, object))
                .map_err(|_| format!("line {}: no JSON object", place + 1))
        };
        lines.map(read).collect::<Result<_, String>>()?
    };
    let entry = |(line, object): &(usize, Object)| {
        if let Some(name) = &object.twice {
            return Err(format!("line {line}: it says twice what its {} is", quoted(name)));
        }
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let cells: Vec<(Heading, String)> = object
            .fields
            .iter()
            .filter_map(|(name, value)| Some((Heading::of(name)?, text(value)?)))
            .collect();
        let cells = cells.iter().map(|(heading, cell)| (*heading, trimmed(cell))).collect();
        Row { line: *line, cells }.target(purpose)
    };
    let named = |why: String| if is_array { why.replacen("line ", "entry ", 1) } else { why };
    documents.iter().map(|document| entry(document).map_err(named)).collect()
}
