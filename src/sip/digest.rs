//! Digest authentication (RFC 7616, and RFC 8760 for SIP): which challenge is answered, and the
//! answer. Basic does not exist here.

use http_auth::digest::{Algorithm, DigestClient};
use http_auth::parser::ChallengeParser;
use http_auth::{ChallengeRef, ParamValue, PasswordParams};

use super::AddressOfRecord;
use crate::text::{Secret, clean};

/// The longest challenge that is read, in bytes.
const LONGEST: usize = 4096;
/// The most challenges that are looked at.
const MOST: usize = 16;

/// Who authenticates.
#[derive(Debug, Clone, PartialEq)]
pub struct Login {
    /// Whose account it is.
    pub account: AddressOfRecord,
    /// The name in answers to challenges; mostly, but not always, the user part of the account.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// Why a challenge gets no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// Nothing that was offered can be used: what that was.
    #[error("{}", clean(&.0.join(", "), 120))]
    Offered(Vec<String>),
    /// The challenge cannot be answered.
    #[error("{}", clean(.0, 120))]
    Unanswerable(String),
    /// Realm and nonce are words of the server, and have a character that no header can carry.
    #[error("the challenge has characters that no header can carry")]
    Control,
}

/// A challenge that can be answered.
pub struct Challenge {
    client: DigestClient,
    /// The algorithm that the server names, as it is to be repeated.
    named: Option<&'static str>,
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Challenge({})", self.algorithm())
    }
}

impl Challenge {
    /// The first challenge that can be answered (RFC 8760 section 2.4: the topmost supported one
    /// counts). An error says what was offered instead.
    pub fn choose<'a>(headers: impl Iterator<Item = &'a str>) -> Result<Self, DigestError> {
        let mut offered = Vec::new();
        for header in headers.take(MOST) {
            if header.len() > LONGEST {
                offered.push("a challenge that is too long".to_owned());
                continue;
            }
            let header = plain(header);
            for challenge in ChallengeParser::new(&header).take(MOST) {
                let Ok(challenge) = challenge else {
                    let ascii = header.is_ascii();
                    let what = if ascii {
                        "a challenge that cannot be read"
                    } else {
                        "Digest with characters that are not ASCII, which cannot be answered from here"
                    };
                    offered.push(what.to_owned());
                    break;
                };
                match usable(challenge) {
                    Ok(challenge) => return Ok(challenge),
                    Err(Offered(what)) => offered.push(what),
                }
            }
        }
        if offered.is_empty() {
            offered.push("no challenge at all".to_owned());
        }
        offered.truncate(3);
        Err(DigestError::Offered(offered))
    }

    /// The algorithm by its registered name.
    pub fn algorithm(&self) -> &'static str {
        match self.client.algorithm() {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha512Trunc256 => "SHA-512-256",
            _ => "another algorithm",
        }
    }

    /// What it is for.
    pub fn realm(&self) -> &str {
        self.client.realm()
    }

    /// The last answer was right but for its nonce, which was too old.
    pub fn is_stale(&self) -> bool {
        self.client.stale()
    }

    /// The value of Authorization for a request without a body. An error says why there is none.
    pub fn answer(&mut self, login: &Login, method: &str, uri: &str) -> Result<Secret, DigestError> {
        let params = PasswordParams {
            username: &login.username,
            password: login.password.expose(),
            uri,
            method,
            body: None,
        };
        let mut value = self.client.respond(&params).map_err(DigestError::Unanswerable)?;
        // In the form of RFC 2069 the client leaves it out, and a server takes none for MD5.
        if let Some(named) = self.named.filter(|_| self.client.rfc2069_compat()) {
            value = format!("{value}, algorithm={named}");
        }
        let value = Secret::new(value);
        // What goes into a header is looked at once more: realm and nonce are the server's words.
        if value.expose().chars().any(char::is_control) {
            return Err(DigestError::Control);
        }
        Ok(value)
    }
}

/// The algorithms that are known by their registered names.
const KNOWN: [&str; 6] = ["MD5", "SHA-256", "SHA-512-256", "MD5-sess", "SHA-256-sess", "SHA-512-256-sess"];

/// Any blanks between the words of a challenge become the one that its reader knows (RFC 3261 allows LWS).
fn plain(header: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let mut out = String::with_capacity(header.len());
    for c in header.chars() {
        let was_escaped = std::mem::replace(&mut escaped, false);
        match c {
            '"' if !was_escaped => quoted = !quoted,
            '\\' if quoted && !was_escaped => escaped = true,
            ' ' | '\t' if !quoted => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

/// What a challenge offers that cannot be used.
struct Offered(String);

/// The challenge as one that can be answered.
fn usable(mut challenge: ChallengeRef<'_>) -> Result<Challenge, Offered> {
    if !challenge.scheme.eq_ignore_ascii_case("Digest") {
        return Err(Offered(clean(challenge.scheme, 20)));
    }
    // An empty list of them is none: the form of RFC 2069.
    challenge
        .params
        .retain(|(name, value)| !(name.eq_ignore_ascii_case("qop") && value.as_escaped().trim().is_empty()));
    let mut words = String::new();
    let mut named = None;
    for (name, value) in &mut challenge.params {
        if name.eq_ignore_ascii_case("algorithm") {
            words = format!(" {}", clean(value.as_escaped(), 20));
            // Servers write the registered names in any case.
            named = KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(value.as_escaped()));
            if let Some(known) = named {
                *value = ParamValue::new(0, known);
            }
        }
    }
    let has = |wanted: &str| challenge.params.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    // RFC 7616 section 3.3: without these nothing can be computed.
    let missing: Vec<&str> = ["realm", "nonce"].into_iter().filter(|name| !has(name)).collect();
    if !missing.is_empty() {
        return Err(Offered(format!("Digest{words} without {}", missing.join(" and "))));
    }
    let is_known = words.is_empty() || named.is_some();
    let client = DigestClient::try_from(&challenge).map_err(|_| {
        let what = if is_known { "with a parameter that cannot be read" } else { "which is not known here" };
        Offered(format!("Digest{words}, {what}"))
    })?;
    if client.rfc2069_compat() {
        // A session needs a nonce of the client, for which that form has no place.
        let is_session = client.session();
        return if is_session {
            Err(Offered(format!("Digest{words} without qop")))
        } else {
            Ok(Challenge { client, named })
        };
    }
    let has_auth = client.qop() & http_auth::digest::Qop::Auth;
    if has_auth {
        Ok(Challenge { client, named })
    } else {
        Err(Offered(format!("Digest{words} without qop=auth")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn login(username: &str, password: &str) -> Login {
        let account = AddressOfRecord::lenient(username);
        Login { account, username: username.into(), password: Secret::new(password.into()) }
    }

    fn choose(headers: &[&str]) -> Result<Challenge, DigestError> {
        Challenge::choose(headers.iter().copied())
    }

    /// RFC 7616 section 3.9.1, through the challenge reader used here.
    #[test]
    fn the_vectors_of_rfc_7616() {
        let sha = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, \
            nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
        let md5 = sha.replace("SHA-256", "MD5");
        for (header, response) in [
            (sha, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
            (md5.as_str(), "8ca523f5e9506fed4657c9700eebdbec"),
        ] {
            let mut challenge = choose(&[header]).unwrap();
            let params = PasswordParams {
                username: "Mufasa",
                password: "Circle of Life",
                uri: "/dir/index.html",
                method: "GET",
                body: None,
            };
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            let value = challenge.client.respond_with_testing_cnonce(&params, cnonce).unwrap();
            assert!(value.contains(&format!("response=\"{response}\"")), "{value}");
        }
    }

    /// RFC 7616 section 3.9.2 with the values of erratum 4897.
    #[test]
    fn the_vector_of_rfc_7616_for_sha_512_256() {
        let header = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
            nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", \
            opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8, userhash=true";
        let mut challenge = choose(&[header]).unwrap();
        let params = PasswordParams {
            username: "J\u{e4}s\u{f8}n Doe",
            password: "Secret, or not?",
            uri: "/doe.json",
            method: "GET",
            body: None,
        };
        let cnonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
        let value = challenge.client.respond_with_testing_cnonce(&params, cnonce).unwrap();
        for part in [
            "username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\"",
            "response=\"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5\"",
        ] {
            assert!(value.contains(part), "{value}");
        }
    }

    /// RFC 8760 section 2.4: several challenges, topmost supported first.
    #[test]
    fn the_topmost_supported_challenge_counts() {
        let digest =
            |algorithm: &str| format!("Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm={algorithm}");
        let chosen = |headers: &[&str]| choose(headers).map(|challenge| challenge.algorithm());
        let (md5, sha, long) = (digest("MD5"), digest("SHA-256"), digest("SHA-512-256"));
        assert_eq!(chosen(&[&long, &sha, &md5]), Ok("SHA-512-256"));
        assert_eq!(chosen(&[&digest("BLAKE-9"), &sha, &md5]), Ok("SHA-256"));
        assert_eq!(chosen(&["Basic realm=\"r\"", &md5]), Ok("MD5"));
        assert_eq!(chosen(&[&format!("{}, {sha}", digest("BLAKE-9"))]), Ok("SHA-256"));
        assert_eq!(chosen(&["Digest realm=\"r\", nonce=\"n\""]), Ok("MD5"));
        assert_eq!(chosen(&["Digest realm=\"r\", nonce=\"n\", qop=\"\""]), Ok("MD5"));
        assert_eq!(chosen(&["digest realm = \"r\" , nonce = \"n\", algorithm=md5"]), Ok("MD5"));
        assert_eq!(
            chosen(&["Digest realm=\"a \\\"b\\\", c\", nonce=\"n\", algorithm=SHA-256"]),
            Ok("SHA-256")
        );
    }

    #[test]
    fn what_can_not_be_answered_is_named() {
        for (headers, said) in [
            (&["Basic realm=\"r\""][..], "Basic"),
            (&["Digest realm=\"r\", nonce=\"n\", algorithm=BLAKE-9"], "Digest BLAKE-9"),
            (&["Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\""], "without qop=auth"),
            (&["Digest nonce=\"n\", algorithm=MD5, qop=\"auth\""], "Digest MD5 without realm"),
            (&["Digest algorithm=SHA-256"], "Digest SHA-256 without realm and nonce"),
            (&[], "no challenge at all"),
            (&["\u{1b}[2J"], "cannot be read"),
            (&["Digest realm=\"M\u{fc}ller\", nonce=\"n\""], "not ASCII"),
            (&["Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256-sess"], "Digest SHA-256-sess without qop"),
        ] {
            let offered = choose(headers).unwrap_err();
            assert!(offered.to_string().contains(said), "{offered}");
        }
    }

    #[test]
    fn blanks_of_any_kind_stand_between_words() {
        let header = "Digest \t realm=\"a \t b\",\tnonce=\"n\" ,\t algorithm\t=  SHA-256, qop=\"auth\"";
        let challenge = choose(&[header]).unwrap();
        assert_eq!((challenge.algorithm(), challenge.realm()), ("SHA-256", "a \t b"));
    }

    /// RFC 2069's form says of no algorithm; without one a server takes the answer for MD5.
    #[test]
    fn the_algorithm_of_a_challenge_without_qop_is_repeated() {
        let answer = |algorithm: &str| {
            let header = format!("Digest realm=\"r\", nonce=\"n\"{algorithm}");
            let value = choose(&[&header]).unwrap().answer(&login("u", "p"), "REGISTER", "sip:h.example");
            value.unwrap().expose().to_owned()
        };
        assert!(answer(", algorithm=sha-256").ends_with(", algorithm=SHA-256"));
        assert!(answer(", algorithm=MD5").ends_with(", algorithm=MD5"));
        assert!(!answer("").contains("algorithm"));
    }

    #[test]
    fn an_old_form_without_qop_is_answered_and_the_password_is_not_in_it() {
        let mut challenge = choose(&["Digest realm=\"r\", nonce=\"n\", stale=TRUE"]).unwrap();
        assert!(challenge.is_stale());
        let value = challenge.answer(&login("u", "hunter2"), "REGISTER", "sip:h.example").unwrap();
        assert!(value.expose().contains("uri=\"sip:h.example\"") && !value.expose().contains("hunter2"));
        assert!(!value.expose().contains("qop"));
        assert!(!format!("{challenge:?} {:?}", login("u", "hunter2")).contains("hunter2"));
    }

    proptest! {
        // More of them on demand: `PROPTEST_CASES`.
        #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(3000), ..ProptestConfig::default() })]

        #[test]
        fn no_challenge_breaks_the_reader_or_begins_a_header(
            text in "(Digest|Basic|) ?([a-z]{1,9} ?= ?(\"[^\"]{0,9}\"?|[a-zA-Z0-9-]{0,9}),? ?){0,8}.{0,30}",
        ) {
            if let Ok(mut challenge) = Challenge::choose([text.as_str()].into_iter()) {
                let answer = challenge.answer(&login("u\"\\", "p"), "REGISTER", "sip:h.example");
                if let Ok(value) = answer {
                    prop_assert!(!value.expose().contains(['\r', '\n']));
                }
            }
        }

        #[test]
        fn a_well_formed_challenge_is_always_answered(realm in "[ -~&&[^\"\\\\]]{0,20}", nonce in "[a-zA-Z0-9/+=]{1,40}") {
            let header = format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm=SHA-256, qop=\"auth,auth-int\"");
            let mut challenge = choose(&[&header]).unwrap();
            let value = challenge.answer(&login("u", "p"), "REGISTER", "sip:h.example").unwrap();
            let echoed = format!("nonce=\"{nonce}\"");
            prop_assert!(value.expose().contains(&echoed) && value.expose().contains("nc=00000001"));
        }
    }
}
