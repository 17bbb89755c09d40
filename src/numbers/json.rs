//! Objects of JSON as targets.

use std::collections::HashSet;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::row::{Heading, NULL, Row};
use super::table::{self, FileFault, FilePlace};
use super::{quoted, trimmed};

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
pub(super) fn from_json(text: &str) -> Result<Vec<Row>, FileFault> {
    let documents: Vec<(FilePlace, Object)> = if text.trim_start().starts_with('[') {
        let all: Vec<Object> = serde_json::from_str(text).map_err(|error| {
            FileFault::at(FilePlace::Whole, format!("it is no JSON array of objects: {error}"))
        })?;
        all.into_iter().enumerate().map(|(place, object)| (FilePlace::Entry(place + 1), object)).collect()
    } else {
        let lines = table::lines(text).enumerate().filter(|(_, line)| !line.trim().is_empty());
        let read = |(place, line): (usize, &str)| match serde_json::from_str(line) {
            Ok(object) => Ok((FilePlace::Line(place + 1), object)),
            Err(_) => Err(FileFault::line(place + 1, "no JSON object")),
        };
        lines.map(read).collect::<Result<_, FileFault>>()?
    };
    documents.into_iter().map(|(place, object)| row(place, object)).collect()
}

fn row(place: FilePlace, object: Object) -> Result<Row, FileFault> {
    if let Some(name) = &object.twice {
        return Err(FileFault::at(place, format!("it says twice what its {} is", quoted(name))));
    }
    let mut row = Row { place, cells: Vec::new(), unknown: Vec::new() };
    for (name, value) in object.fields {
        let text = match (&value, Heading::of(&name)) {
            (Value::String(text), Some(_)) => trimmed(text).to_owned(),
            (Value::Number(number), Some(_)) => number.to_string(),
            (Value::Bool(on), Some(Heading::Setting(_))) => on.to_string(),
            (Value::Null, Some(Heading::Setting(_))) => NULL.to_owned(),
            (Value::Null, Some(_)) => continue,
            _ => {
                row.unknown.push(name);
                continue;
            }
        };
        row.cells.extend(Heading::of(&name).map(|heading| (heading, text)));
    }
    Ok(row)
}
