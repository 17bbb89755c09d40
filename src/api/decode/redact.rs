//! What looks like a secret is not kept in the clear: under a name that says so, and in addresses.

use serde_json::{Map, Value};
use zeroize::Zeroize;

use super::secret_name::is_secret;
use crate::phone::{Hidden, Secret};

/// Stands for a secret.
pub(super) const REDACTED: &str = "[redacted]";

/// Replaces secrets by what says so, and keeps them apart where somebody may ask for them.
#[derive(Debug)]
pub(super) struct Redactor {
    /// `None`: nobody will ask.
    hidden: Option<Vec<Hidden>>,
}

impl Redactor {
    /// For rows of a list: what is hidden is gone.
    pub(super) fn forgetting() -> Self {
        Self { hidden: None }
    }

    /// For one record, of which everything can be asked for.
    pub(super) fn keeping() -> Self {
        Self { hidden: Some(Vec::new()) }
    }

    /// What was hidden.
    pub(super) fn into_hidden(self) -> Vec<Hidden> {
        self.hidden.unwrap_or_default()
    }

    /// The value of a field without its secrets. `place` is the JSON pointer of what the field is in.
    pub(super) fn value(&mut self, place: &str, name: &str, mut value: Value) -> Value {
        let place = below(place, name);
        match &mut value {
            Value::String(_) | Value::Number(_) | Value::Object(_) | Value::Array(_) if is_secret(name) => {
                self.hide(place, value);
                Value::from(REDACTED)
            }
            Value::String(_) if is_key(name) => {
                self.hide(place, value);
                Value::from(REDACTED)
            }
            Value::Object(map) => {
                let about = named(map).map(str::to_owned);
                let secret = about.as_deref().is_some_and(is_secret);
                let map = std::mem::take(map).into_iter().map(|(name, value)| {
                    // The name of a pair is none, whatever it is called.
                    let value = match value {
                        Value::String(text) if Some(&text) == about.as_ref() => Value::String(text),
                        value if secret && name == "value" && !value.is_null() => {
                            self.hide(below(&place, &name), value);
                            Value::from(REDACTED)
                        }
                        value => self.value(&place, &name, value),
                    };
                    (name, value)
                });
                Value::Object(map.collect::<Map<_, _>>())
            }
            Value::Array(list) if is_pair(list) => {
                let mut list = std::mem::take(list);
                if let Some(value) = list.get_mut(1) {
                    self.hide(below(&place, "1"), std::mem::replace(value, Value::from(REDACTED)));
                }
                Value::Array(list)
            }
            Value::Array(list) => {
                let list = std::mem::take(list).into_iter().enumerate();
                // In a list, it is the name of the list that says what it is.
                let inner = |(at, value): (usize, Value)| self.value(&place, &at.to_string(), value);
                Value::Array(list.map(inner).collect())
            }
            Value::String(text) => match without_secrets(text) {
                Some(clean) => {
                    self.hide(place, value);
                    Value::String(clean)
                }
                None => value,
            },
            _ => value,
        }
    }

    /// The text of a field, which may be or hold an address.
    pub(super) fn text(&mut self, name: &str, text: &str) -> Option<String> {
        let clean = without_secrets(text)?;
        self.hide(below("", name), Value::from(text));
        Some(clean)
    }

    fn hide(&mut self, pointer: String, mut value: Value) {
        if let Some(hidden) = &mut self.hidden {
            hidden.push(Hidden { pointer, json: Secret::new(value.to_string()) });
        }
        wipe(&mut value);
    }
}

/// Whether a list is the name of a secret and the secret.
fn is_pair(list: &[Value]) -> bool {
    matches!(list, [Value::String(name), Value::String(_)] if is_secret(name))
}

/// A JSON pointer (RFC 6901) one step further.
fn below(place: &str, name: &str) -> String {
    format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(list) => list.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a text under a name is a secret: a bare `key` is one where it holds text, and not where it is in an
/// object of names and values a name.
fn is_key(name: &str) -> bool {
    name.eq_ignore_ascii_case("key")
}

/// The name of what an object of a name and a value is about.
fn named(map: &Map<String, Value>) -> Option<&str> {
    map.get("value")?;
    ["name", "key", "header", "field"].into_iter().find_map(|name| map.get(name)?.as_str())
}

/// The text without the secrets in it; `None` where there are none.
pub(in crate::api) fn without_secrets(text: &str) -> Option<String> {
    if is_plain_address(text) {
        return None;
    }
    searched(text)
}

/// Whether a text is the address of a number, as every record has one, and so holds no secret:
/// `sip:+2348031234567@host:5060`.
fn is_plain_address(text: &str) -> bool {
    let Some((line, host)) = text.strip_prefix("sip:").and_then(|rest| rest.split_once('@')) else {
        return false;
    };
    let host = match host.split_once(':') {
        // Behind a name that says so, the port would be a secret.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !is_secret(host) => host,
        Some(_) => return false,
        None => host,
    };
    line.strip_prefix('+').unwrap_or(line).bytes().all(|byte| byte.is_ascii_digit())
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

/// The same by looking for everything.
fn searched(text: &str) -> Option<String> {
    if let Some(clean) = document_without_secrets(text) {
        return Some(clean);
    }
    let addresses = addresses_without_secrets(text);
    let labels = labels_without_secrets(addresses.as_deref().unwrap_or(text));
    labels.or(addresses)
}

/// JSON in a text.
fn document_without_secrets(text: &str) -> Option<String> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let clean = Redactor::forgetting().value("", "", value.clone());
    (clean != value).then(|| clean.to_string())
}

fn is_scheme(word: &str) -> bool {
    word.eq_ignore_ascii_case("bearer") || word == "Basic"
}

/// Whether several words follow, which are a sentence and no secret.
fn is_prose(value: &str) -> bool {
    let mut words = value.split_whitespace();
    words.next().is_some_and(|word| !is_scheme(word)) && words.next().is_some()
}

/// Whether a word behind the name of a scheme is what it is for, and not `Bearer token` or `Basic plan`.
fn is_credential(scheme: &str, word: &str) -> bool {
    let mixed = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '=';
    if scheme == "Basic" {
        return word.chars().skip(1).any(mixed);
    }
    !["token", "tokens", "auth", "authentication", "authorization"].contains(&word)
}

/// `Bearer x`, `Basic x`, `Authorization: x`, `Password=x`: a name or a scheme, and what belongs to it.
fn labels_without_secrets(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut changed = false;
    let mut rest = text;
    // What a header holds goes to its end, a scheme's credentials to the next blank.
    while let Some(at) = rest.find(['=', ':', ' ']) {
        let (before, sign) = (&rest[..at], &rest[at..=at]);
        let after = &rest[at + 1..];
        out.push_str(before);
        out.push_str(sign);
        let word = |c: char| !(c.is_alphanumeric() || "_-.".contains(c));
        let name = before.rsplit(word).next().unwrap_or_default();
        let is_scheme = sign == " " && is_scheme(name);
        let is_label = sign != " " && is_secret(name);
        let blanks = after.len() - after.trim_start_matches(' ').len();
        let end = |text: &str, to: &[char]| text.find(to).unwrap_or(text.len());
        let length = match sign {
            " " => end(&after[blanks..], &[' ', ',', ';', '"', '\n', '@']),
            "=" => end(&after[blanks..], &[' ', ';', '&', ',', '"', '>', '@', '\n', '#', '?']),
            _ => end(&after[blanks..], &[';', ',', '"', '>', '@', '\n']),
        };
        let value = &after[blanks..blanks + length];
        let hides = (is_label && !is_prose(value)) || (is_scheme && is_credential(name, value));
        if hides && !value.is_empty() && value != REDACTED {
            changed = true;
            out.push_str(&after[..blanks]);
            out.push_str(REDACTED);
            rest = &after[blanks + length..];
        } else {
            rest = after;
        }
    }
    out.push_str(rest);
    changed.then_some(out)
}

/// The text without the secrets of the addresses in it; `None` where there are none.
pub(in crate::api) fn addresses_without_secrets(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut changed = false;
    let mut rest = text;
    while let Some((before, scheme, after)) = next_address(rest) {
        let length = after.find(|c: char| c.is_whitespace() || "\"<>".contains(c)).unwrap_or(after.len());
        let (address, beyond) = after.split_at(length);
        out.push_str(before);
        out.push_str(scheme);
        match address_without_secrets(address, is_telephony(scheme)) {
            Some(clean) => {
                changed = true;
                out.push_str(&clean);
            }
            None => out.push_str(address),
        }
        rest = beyond;
    }
    out.push_str(rest);
    changed.then_some(out)
}

/// What comes before an address, its scheme with all that belongs to it, and the rest.
fn next_address(text: &str) -> Option<(&str, &str, &str)> {
    let (bare, schemed) = (next_bare(text), next_schemed(text));
    match (bare, schemed) {
        (Some(bare), Some(schemed)) => Some(if bare.0.len() < schemed.0.len() { bare } else { schemed }),
        (bare, schemed) => bare.or(schemed),
    }
}

/// An address without a scheme that holds a password: `//u:PW@h`, `u:PW@h`.
fn next_bare(text: &str) -> Option<(&str, &str, &str)> {
    let separates = |c: char| c.is_whitespace() || "\"<>,;".contains(c);
    let mut from = 0;
    for word in text.split_inclusive(separates) {
        let begin = from;
        from += word.len();
        let word = word.trim_end_matches(separates);
        let skip = if word.starts_with("//") { 2 } else { 0 };
        let Some((userinfo, _)) = word[skip..].split_once('@') else { continue };
        let is_user = |c: char| c.is_alphanumeric() || "+-._%".contains(c);
        if let Some((user, password)) = userinfo.split_once(':')
            && !user.is_empty()
            && user.chars().all(is_user)
            && !password.is_empty()
            && !password.starts_with("//")
            && !has_scheme(user)
        {
            let end = begin + skip;
            return Some((&text[..begin], &text[begin..end], &text[end..]));
        }
    }
    None
}

/// Whether what stands before a colon is a scheme whose addresses hold no password of this form.
fn has_scheme(word: &str) -> bool {
    ["sip", "sips", "tel", "mailto", "xmpp", "h323", "urn", "im"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name))
}

fn next_schemed(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let colon = from + text[from..].find(':')?;
        let begin = text[..colon]
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
            .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
        let scheme = &text[begin..colon];
        let slashes = text[colon..].starts_with("://");
        let end = colon + if slashes { 3 } else { 1 };
        if begin < colon && (slashes || is_telephony(scheme)) {
            return Some((&text[..begin], &text[begin..end], &text[end..]));
        }
        from = end;
    }
}

/// `sip:` and `sips:`, with or without what follows.
fn is_telephony(scheme: &str) -> bool {
    let name = scheme.trim_end_matches('/').trim_end_matches(':');
    ["sip", "sips", "tel"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// An address behind its scheme. Of a SIP URI the user is no secret (RFC 3261, 19.1.1), of another
/// one it may be a token; what is asked of a server may hold anything.
fn address_without_secrets(address: &str, telephony: bool) -> Option<String> {
    let (before, query) = match address.find(['?', '#']) {
        Some(at) => address.split_at(at),
        None => (address, ""),
    };
    let authority = if telephony { before.len() } else { before.find('/').unwrap_or(before.len()) };
    let mut out = String::new();
    let mut changed = false;
    let host = match before[..authority].rfind('@') {
        None => 0,
        Some(at) => {
            let userinfo = &before[..at];
            let escaped = userinfo.to_ascii_lowercase().find("%3a");
            let split = userinfo.split_once(':').or(escaped.map(|at| (&userinfo[..at], &userinfo[at + 3..])));
            let secret = match split {
                Some((_, "")) => None,
                Some((user, _)) => Some(format!("{user}:{REDACTED}")),
                None if telephony || userinfo.is_empty() => None,
                None => Some(REDACTED.to_owned()),
            };
            changed |= secret.is_some();
            out.push_str(secret.as_deref().unwrap_or(userinfo));
            at
        }
    };
    // Parameters (`;name=value`) stand in the user part, too, and stay but for those that say so.
    let mut parameters = |text: &str, out: &mut String| {
        for (n, part) in text.split(';').enumerate() {
            if n > 0 {
                out.push(';');
            }
            match part.split_once('=') {
                Some((name, value)) if n > 0 && !value.is_empty() && is_secret(name) => {
                    changed = true;
                    out.push_str(&format!("{name}={REDACTED}"));
                }
                _ => out.push_str(part),
            }
        }
    };
    let user = std::mem::take(&mut out);
    parameters(&user, &mut out);
    parameters(&before[host..], &mut out);
    for (n, part) in query.split_inclusive(['?', '#', '&', ';']).enumerate() {
        if n == 0 {
            out.push_str(part);
            continue;
        }
        let (pair, sign) = match part.char_indices().next_back() {
            Some((at, '?' | '#' | '&' | ';')) => part.split_at(at),
            _ => (part, ""),
        };
        match pair.split_once('=') {
            Some((name, value)) if !value.is_empty() => {
                changed = true;
                out.push_str(&format!("{name}={REDACTED}"));
            }
            Some(_) => out.push_str(pair),
            None if pair.is_empty() => {}
            None => {
                changed = true;
                out.push_str(REDACTED);
            }
        }
        out.push_str(sign);
    }
    changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_keeps_its_place_and_loses_its_secrets() {
        for (text, clean) in [
            ("sip:alice:hunter2@sip.example.net", "sip:alice:[redacted]@sip.example.net"),
            ("SIPS:alice:hunter2@h;transport=tls", "SIPS:alice:[redacted]@h;transport=tls"),
            ("sip:alice:a@b@h", "sip:alice:[redacted]@h"),
            ("sip:alice;password=hunter2@h", "sip:alice;password=[redacted]@h"),
            ("sip:h?Authorization=hunter2", "sip:h?Authorization=[redacted]"),
            ("https://u:hunter2@h/x", "https://u:[redacted]@h/x"),
            ("https://hunter2@h/x", "https://[redacted]@h/x"),
            ("wss://h/x?a=1&token=hunter2#f=2", "wss://h/x?a=[redacted]&token=[redacted]#f=[redacted]"),
            ("https://h/?hunter2", "https://h/?[redacted]"),
            ("see https://u:hunter2@h/ and sip:u:p@h", "see https://u:[redacted]@h/ and sip:u:[redacted]@h"),
            ("//u:hunter2@h/", "//u:[redacted]@h/"),
            ("u:hunter2@h", "u:[redacted]@h"),
            ("sip:a%3Ahunter2@h", "sip:a:[redacted]@h"),
            ("tel:+1;pin=hunter2", "tel:+1;pin=[redacted]"),
            ("Authorization: Bearer hunter2", "Authorization: [redacted]"),
            ("Bearer hunter2", "Bearer [redacted]"),
            ("Basic hunter2", "Basic [redacted]"),
            ("Server=x;Password=hunter2;Db=y", "Server=x;Password=[redacted];Db=y"),
            (r#"{"password":"hunter2","a":1}"#, r#"{"password":"[redacted]","a":1}"#),
            ("a:b https://u:hunter2@h", "a:b https://u:[redacted]@h"),
        ] {
            assert_eq!(without_secrets(text).as_deref(), Some(clean), "{text}");
            assert_eq!(without_secrets(clean).as_deref().unwrap_or(clean), clean, "once is enough: {clean}");
        }
        for plain in [
            "",
            "sip:+2348031234567@10.0.0.1:5060",
            "sip:host:5060",
            "tel:+234",
            "https://h:8443/x@y",
            "at 10:30",
            "sip:alice:@h",
            "Basic plan",
            "a Bearer token is needed",
            "token: it has expired",
            "https://h/?",
            "https://h/?a=",
            "mailto:a@b",
            "sip:a@h;transport=tcp",
            "é:x",
        ] {
            assert_eq!(without_secrets(plain), None, "{plain}");
        }
    }

    #[test]
    fn what_is_hidden_can_be_found_again_by_its_place() {
        let sent = json!({"a/b": {"api_key": "k", "list": [{"pin": 1234}, "https://u:p@h"]}, "passwd": {"x": ["y"]}});
        let mut redactor = Redactor::keeping();
        let shown = redactor.value("", "trunk", sent.clone());
        let text = shown.to_string();
        assert!(!text.contains("1234") && !text.contains("u:p@") && !text.contains("\"y\""), "{text}");
        let mut document = json!({ "trunk": shown });
        let hidden = redactor.into_hidden();
        assert_eq!(hidden.len(), 4);
        for Hidden { pointer, json } in &hidden {
            *document.pointer_mut(pointer).unwrap() = serde_json::from_str(json.expose()).unwrap();
        }
        assert_eq!(document["trunk"], sent);
        assert!(!format!("{hidden:?}").contains("1234"));
    }

    #[test]
    fn a_pair_of_name_and_value_is_judged_by_the_name() {
        for sent in [
            json!({"name": "Authorization", "value": "hunter2"}),
            json!({"key": "password", "value": "hunter2"}),
            json!(["password", "hunter2"]),
            json!({"key": "hunter2"}),
        ] {
            let shown = Redactor::forgetting().value("", "x", sent.clone()).to_string();
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        for plain in [json!({"name": "X-Trunk", "value": "7"}), json!({"key": 7}), json!(["a", "b"])] {
            assert_eq!(Redactor::forgetting().value("", "x", plain.clone()), plain);
        }
    }

    #[test]
    fn true_false_and_null_are_no_secrets() {
        for value in [json!(true), json!(null)] {
            assert_eq!(Redactor::forgetting().value("", "password", value.clone()), value);
        }
    }

    proptest! {
        #[test]
        fn the_address_of_a_number_that_is_seen_at_once_holds_no_secret(
            address in "sips?:[+a-z]?[0-9]{0,9}[@:=;]?(h|token|10\\.0|my-pin\\.h|a b|é)?[:;?]?[0-9x]{0,4}",
        ) {
            prop_assert!(!is_plain_address(&address) || searched(&address).is_none());
        }

        #[test]
        fn no_text_makes_it_panic_and_a_second_time_changes_nothing(text in "[a-z:/@?#&;=é ]{0,40}|.{0,40}") {
            if let Some(clean) = without_secrets(&text) {
                prop_assert_eq!(without_secrets(&clean).unwrap_or_else(|| clean.clone()), clean);
            }
            let _ = is_secret(&text);
        }

        #[test]
        fn a_password_in_an_address_is_never_shown(
            scheme in prop::sample::select(vec!["sip:", "sips:", "https://", "wss://", "sip://"]),
            user in "[a-z+0-9]{1,8}",
            password in "[A-Z]{6,12}",
            host in "[a-z]{1,8}(:[0-9]{2,4})?(/[a-z]{0,5})?",
        ) {
            let text = format!("{scheme}{user}:{password}@{host}");
            prop_assert!(!without_secrets(&text).unwrap().contains(&password));
        }
    }
}
