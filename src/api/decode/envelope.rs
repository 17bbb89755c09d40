//! What stands around the rows of a list that is read as one value: lists beside the contract's.

use serde_json::Value;

use super::list::MORE;

/// The rows, bare or under one of these names, which may stand in `data`. `None` for what is no list, and for
/// one that says that it is a refusal.
pub(super) fn rows<'a>(value: &'a Value, names: &[&str]) -> Option<&'a [Value]> {
    let under = |fields: &'a Value| {
        let named = std::iter::once("data").chain(names.iter().copied()).chain(["items"]);
        named.into_iter().find_map(|name| fields.get(name)?.as_array())
    };
    if value.get("success") == Some(&Value::Bool(false)) {
        return None;
    }
    value.as_array().or_else(|| under(value)).or_else(|| under(value.get("data")?)).map(Vec::as_slice)
}

/// A number that stands beside the rows.
pub(super) fn number(value: &Value, names: &[&str]) -> Option<u64> {
    beside(value).find_map(|fields| names.iter().find_map(|name| fields.get(*name)?.as_u64()))
}

/// Whether it says that more rows follow.
pub(super) fn says_more(value: &Value) -> bool {
    beside(value).any(|fields| {
        MORE.iter().filter_map(|name| fields.get(name)).any(|more| match more {
            Value::Bool(more) => *more,
            Value::String(place) => !place.is_empty(),
            more => more.is_number(),
        })
    })
}

/// Where things beside the rows stand.
fn beside(value: &Value) -> impl Iterator<Item = &Value> {
    [Some(value), value.get("pagination"), value.get("data")].into_iter().flatten()
}

/// Reads a body as one value.
///
/// # Errors
/// Where it breaks.
pub(super) fn parsed(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body)
        .map_err(|error| format!("broken JSON at line {}, column {}", error.line(), error.column()))
}
