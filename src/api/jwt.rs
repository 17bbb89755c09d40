//! When a key ends that is a session of the dashboard: a JWT (RFC 7519). Nothing is verified: that is for
//! the server, and what is said here is for people alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::phone::Secret;

/// A session that ends within this time ends soon.
const SOON: SignedDuration = SignedDuration::from_mins(10);

/// A session that is over, or nearly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// It ended then.
    Ended(Timestamp),
    /// It ends within ten minutes, at this time.
    Soon(Timestamp),
}

impl SessionEnd {
    /// What is so of `key` at `now`; `None` where there is nothing to say.
    pub fn of(key: &Secret, now: Timestamp) -> Option<Self> {
        let end = expiry(key)?;
        let left = end.duration_since(now);
        if !left.is_positive() {
            return Some(Self::Ended(end));
        }
        (left <= SOON).then_some(Self::Soon(end))
    }
}

/// When `key` says that it ends; `None` for any other key, and for a token that does not say.
pub fn expiry(key: &Secret) -> Option<Timestamp> {
    let mut parts = key.expose().split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || [header, claims, signature].contains(&"") {
        return None;
    }
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).ok().map(Zeroizing::new);
    let object = |part: &str| serde_json::from_slice::<Value>(&decoded(part)?).ok().filter(Value::is_object);
    object(header)?;
    decoded(signature)?;
    // NumericDate: seconds, perhaps with a fraction (RFC 7519, 2).
    let end = object(claims)?.get("exp")?.as_number()?.to_string();
    let seconds = end.split('.').next()?.parse().ok()?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> Secret {
        let [header, claims] = [r#"{"alg":"HS256"}"#, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        Secret::new(format!("{header}.{claims}.c2lnbmF0dXJl"))
    }

    #[test]
    fn a_token_says_when_it_ends() {
        let end = |claims| expiry(&token(claims)).map(Timestamp::as_second);
        assert_eq!(end(r#"{"exp":4102444800}"#), Some(4_102_444_800));
        assert_eq!(end(r#"{"exp":4102444800.75,"sub":"x"}"#), Some(4_102_444_800));
        assert_eq!(end(r#"{"exp":-1}"#), Some(-1));
    }

    #[test]
    fn a_session_is_told_of_when_it_ends_soon_or_has_ended() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        for (end, ended) in [
            (1_000_601, None),
            (1_000_600, Some(false)),
            (1_000_001, Some(false)),
            (1_000_000, Some(true)),
            (1, Some(true)),
        ] {
            let at = Timestamp::from_second(end).unwrap();
            let wanted = ended.map(|ended| if ended { SessionEnd::Ended(at) } else { SessionEnd::Soon(at) });
            assert_eq!(SessionEnd::of(&token(&format!("{{\"exp\":{end}}}")), now), wanted, "{end}");
        }
        assert_eq!(SessionEnd::of(&Secret::new("kros_live_x".to_owned()), now), None);
    }

    #[test]
    fn what_is_no_token_is_a_key_like_any_other() {
        for claims in
            ["{}", r#"{"exp":"4102444800"}"#, r#"{"exp":1e99}"#, r#"{"exp":99999999999999999999}"#, "[]", "{"]
        {
            assert_eq!(expiry(&token(claims)), None, "{claims}");
        }
        let whole = token(r#"{"exp":1}"#);
        let whole = whole.expose();
        for key in [
            "",
            "kros_live_x",
            "a.b.c",
            "..",
            &whole[1..],
            &format!("{whole}.x"),
            whole.rsplit_once('.').unwrap().0,
            &format!("{whole}!"),
        ] {
            assert_eq!(expiry(&Secret::new(key.to_owned())), None, "{key}");
        }
    }
}
