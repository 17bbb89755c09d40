//! Who may register: digest authentication (RFC 7616, RFC 8760) and the bindings.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use http_auth::digest::DigestClient;
use http_auth::parser::ChallengeParser;
use http_auth::{ParamValue, PasswordParams};
use uuid::Uuid;

/// Nonces that are known; older ones are stale.
const NONCES: usize = 1000;
/// Bindings that are kept.
const BINDINGS: usize = 10_000;
/// The longest time that a binding is kept.
const LONGEST: Duration = Duration::from_secs(3600);
/// What accounts belong to.
const REALM: &str = "numdeck sandbox";
/// What is offered, best first.
const ALGORITHMS: [&str; 2] = ["SHA-256", "MD5"];

/// What is to be said of credentials.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// They are right.
    Right,
    /// There are none, or they are wrong.
    Wrong,
    /// They were made with a nonce that is not known any more.
    Stale,
}

/// Nonces and bindings, in memory.
#[derive(Debug, Default)]
pub(super) struct Registrar {
    nonces: VecDeque<String>,
    bindings: HashMap<String, (String, Instant)>,
}

impl Registrar {
    /// Headers that ask for credentials.
    pub(super) fn challenges(&mut self, stale: bool) -> String {
        let nonce = Uuid::new_v4().simple().to_string();
        let stale = if stale { ", stale=true" } else { "" };
        let headers = ALGORITHMS
            .map(|algorithm| format!("WWW-Authenticate: {}{stale}\r\n", challenge(algorithm, &nonce)));
        self.nonces.push_back(nonce);
        if self.nonces.len() > NONCES {
            self.nonces.pop_front();
        }
        headers.concat()
    }

    /// Judges the value of an Authorization header.
    pub(super) fn judge(
        &self,
        value: &str,
        user: &str,
        password: &str,
        method: &str,
        uri: &str,
    ) -> Judgement {
        // Credentials have the form of a challenge.
        let Some(Ok(given)) = ChallengeParser::new(value).next() else { return Judgement::Wrong };
        let given = |name: &str| {
            let (_, value) = given.params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
            Some(value.to_unescaped())
        };
        let text = |name: &str| given(name).unwrap_or_default();
        let nonce = text("nonce");
        if !self.nonces.contains(&nonce) || !["", "00000001"].contains(&text("nc").as_str()) {
            return Judgement::Stale;
        }
        let algorithm = given("algorithm").unwrap_or_else(|| "MD5".to_owned());
        let wanted = ALGORITHMS.into_iter().find(|known| known.eq_ignore_ascii_case(&algorithm));
        let wanted = wanted.and_then(|algorithm| {
            // The right answer is what a client would give to the same challenge.
            let challenge = challenge(algorithm, &nonce);
            let challenge = ChallengeParser::new(&challenge).next()?.ok()?;
            let params = PasswordParams { username: user, password, uri, method, body: None };
            DigestClient::try_from(&challenge)
                .ok()?
                .respond_with_testing_cnonce(&params, &text("cnonce"))
                .ok()
        });
        let wanted = wanted.as_deref().and_then(|value| {
            let Some(Ok(wanted)) = ChallengeParser::new(value).next() else { return None };
            wanted.params.iter().find(|(name, _)| *name == "response").map(|(_, value)| unescaped(value))
        });
        let right = text("username") == user && text("uri") == uri && wanted == given("response");
        if right && wanted.is_some() { Judgement::Right } else { Judgement::Wrong }
    }

    /// Keeps or forgets a binding.
    pub(super) fn bind(&mut self, user: &str, contact: &str, expires: u64) {
        if contact == "*" || expires == 0 {
            self.bindings.remove(user);
        } else if self.bindings.len() < BINDINGS {
            let until = Instant::now() + Duration::from_secs(expires).min(LONGEST);
            self.bindings.insert(user.to_owned(), (contact.to_owned(), until));
        }
    }

    /// The header with the binding of a user, if there is one.
    pub(super) fn contact(&self, user: &str) -> String {
        let Some((contact, until)) = self.bindings.get(user) else { return String::new() };
        match until.saturating_duration_since(Instant::now()).as_secs() {
            0 => String::new(),
            left => format!("Contact: {contact};expires={left}\r\n"),
        }
    }
}

fn challenge(algorithm: &str, nonce: &str) -> String {
    format!("Digest realm=\"{REALM}\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"")
}

fn unescaped(value: &ParamValue<'_>) -> String {
    value.to_unescaped()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(header: &str, password: &str) -> String {
        let challenge = header.strip_prefix("WWW-Authenticate: ").unwrap().trim_end().to_owned();
        let challenge = ChallengeParser::new(&challenge).next().unwrap().unwrap();
        let params = PasswordParams { username: "u", password, uri: "sip:h", method: "REGISTER", body: None };
        DigestClient::try_from(&challenge).unwrap().respond(&params).unwrap()
    }

    #[test]
    fn right_wrong_and_stale_are_told_apart() {
        let mut registrar = Registrar::default();
        let headers = registrar.challenges(false);
        for header in headers.split_inclusive("\r\n") {
            let judge = |value: &str| registrar.judge(value, "u", "secret", "REGISTER", "sip:h");
            assert_eq!(judge(&answer(header, "secret")), Judgement::Right, "{header}");
            assert_eq!(judge(&answer(header, "guess")), Judgement::Wrong);
            assert_eq!(judge("Basic dTpz"), Judgement::Wrong);
            assert_eq!(judge(""), Judgement::Wrong);
            let other = registrar.judge(&answer(header, "secret"), "v", "secret", "REGISTER", "sip:h");
            assert_eq!(other, Judgement::Wrong);
            assert_eq!(
                Registrar::default().judge(&answer(header, "secret"), "u", "secret", "REGISTER", "sip:h"),
                Judgement::Stale
            );
        }
    }

    #[test]
    fn a_binding_is_kept_until_it_is_taken_back() {
        let mut registrar = Registrar::default();
        assert_eq!(registrar.contact("u"), "");
        registrar.bind("u", "<sip:a@b>", 60);
        assert!(registrar.contact("u").starts_with("Contact: <sip:a@b>;expires="));
        registrar.bind("u", "*", 0);
        assert_eq!(registrar.contact("u"), "");
    }
}
