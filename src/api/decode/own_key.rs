//! What a server says of the key that asks. Not in the contract.

use jiff::Timestamp;
use serde_json::Value;

use super::envelope;
use crate::phone::{Secret, clean};

/// So many characters of a key are shown in lists (`key_prefix`).
const PREFIX: usize = 12;

/// What the server says of a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyFacts {
    /// What people call it.
    pub name: Option<String>,
    /// What it may do, as the server names that.
    pub scopes: Vec<String>,
    /// When it ends; `None` where the server says no time.
    pub expires_at: Option<Timestamp>,
}

/// Finds the row of `key` in a list of keys, bare or under `data`, `api_keys`, `keys` or `items`: the only
/// one in force that begins like it. `None` where there is no such row, or several.
pub(in crate::api) fn own_key(body: &[u8], key: &Secret) -> Result<Option<KeyFacts>, String> {
    let value = envelope::parsed(body)?;
    let rows = envelope::rows(&value, &["api_keys", "keys"]);
    let rows = rows.ok_or("there is no list in it")?;
    let prefix = key.expose().get(..PREFIX);
    let is_ours = |row: &&Value| {
        let shown = row.get("key_prefix").and_then(Value::as_str);
        let revoked = row.get("revoked_at").is_some_and(|at| !at.is_null());
        prefix.is_some() && shown == prefix && !revoked
    };
    let mut ours = rows.iter().filter(is_ours);
    Ok(ours.next().filter(|_| ours.next().is_none()).map(facts))
}

fn facts(row: &Value) -> KeyFacts {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(|text| clean(text, 80));
    let scopes = row.get("scopes").and_then(Value::as_array);
    KeyFacts {
        name: row.get("name").and_then(text),
        scopes: scopes.into_iter().flatten().filter_map(text).take(100).collect(),
        expires_at: row.get("expires_at").and_then(Value::as_str).and_then(|at| at.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(body: &Value) -> Option<KeyFacts> {
        own_key(body.to_string().as_bytes(), &Secret::new("kros_live_abcdef".to_owned())).unwrap()
    }

    #[test]
    fn a_key_is_found_by_how_it_begins() {
        let row = json!({"key_prefix": "kros_live_ab", "name": "ci\u{7}", "scopes": ["numbers:read", 1],
            "expires_at": "2027-01-01T00:00:00Z", "revoked_at": null});
        let facts = KeyFacts {
            name: Some("ci\u{fffd}".to_owned()),
            scopes: vec!["numbers:read".to_owned()],
            expires_at: Some("2027-01-01T00:00:00Z".parse().unwrap()),
        };
        let other = json!({"key_prefix": "kros_live_zz"});
        for body in [json!([other, row]), json!({"data": [row]}), json!({"api_keys": [row, 1, null]})] {
            assert_eq!(found(&body), Some(facts.clone()), "{body}");
        }
        assert_eq!(found(&json!([{"key_prefix": "kros_live_ab"}])), Some(KeyFacts::default()));
    }

    #[test]
    fn nothing_is_said_of_a_key_that_may_be_another() {
        let row = json!({"key_prefix": "kros_live_ab"});
        let revoked = json!({"key_prefix": "kros_live_ab", "revoked_at": "2026-01-01T00:00:00Z"});
        for body in
            [json!([]), json!([row, row]), json!([revoked]), json!([{"key_prefix": "kros_"}]), json!([{}])]
        {
            assert_eq!(found(&body), None, "{body}");
        }
        assert!(found(&json!([row, revoked])).is_some());
        let short =
            own_key(json!([{"key_prefix": "kros"}]).to_string().as_bytes(), &Secret::new("kros".to_owned()));
        assert_eq!(short, Ok(None));
        for nonsense in ["", "<html>", "{}", "1", r#"{"success":false,"data":[]}"#] {
            assert!(own_key(nonsense.as_bytes(), &Secret::new("k".to_owned())).is_err(), "{nonsense}");
        }
    }
}
