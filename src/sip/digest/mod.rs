//! Digest authentication (RFC 7616, and RFC 8760 for SIP): which challenge is answered, and the
//! answer. Basic does not exist here.

mod answer;
mod challenges;

use uuid::Uuid;

use super::AddressOfRecord;
use crate::text::{Secret, clean};
use answer::{Asked, Demand, Hash};
use challenges::RawChallenge;

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
    /// A name, realm or nonce has a character that no header can carry.
    #[error("the challenge has characters that no header can carry")]
    Control,
}

/// A challenge that can be answered.
pub struct Challenge {
    demand: Demand,
    is_stale: bool,
    /// How often its nonce was used.
    count: u32,
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Challenge({})", self.algorithm())
    }
}

impl Challenge {
    /// The first challenge that can be answered (RFC 8760 section 2.4: the topmost supported one
    /// counts). An error says what was offered instead. `is_utf8`: the message that brought it is in
    /// UTF-8, so that what stands in it can be sent back as it came.
    pub fn choose<'a>(headers: impl Iterator<Item = &'a str>, is_utf8: bool) -> Result<Self, DigestError> {
        let mut offered = Vec::new();
        for header in headers.take(MOST) {
            if header.len() > LONGEST {
                offered.push("a challenge that is too long".to_owned());
                continue;
            }
            for challenge in RawChallenge::all(header).into_iter().take(MOST) {
                match usable(&challenge, is_utf8) {
                    Ok(challenge) => return Ok(challenge),
                    Err(what) => offered.push(what),
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
        self.demand.hash.name()
    }

    /// What it is for.
    pub fn realm(&self) -> &str {
        &self.demand.realm
    }

    /// The last answer was right but for its nonce, which was too old.
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// The value of Authorization for a request without a body. An error says why there is none.
    pub fn answer(&mut self, login: &Login, method: &str, uri: &str) -> Result<Secret, DigestError> {
        self.count += 1;
        let cnonce = Uuid::new_v4().simple().to_string();
        self.demand.answer(login, Asked { method, uri, count: self.count, cnonce: &cnonce })
    }
}

/// The hash functions by the names that challenges give them, alone and for a session.
const KNOWN: [(&str, Hash, bool); 6] = [
    ("MD5", Hash::Md5, false),
    ("SHA-256", Hash::Sha256, false),
    ("SHA-512-256", Hash::Sha512Trunc256, false),
    ("MD5-sess", Hash::Md5, true),
    ("SHA-256-sess", Hash::Sha256, true),
    ("SHA-512-256-sess", Hash::Sha512Trunc256, true),
];

/// The challenge as one that can be answered; else what it offers that cannot be used.
fn usable(challenge: &RawChallenge, is_utf8: bool) -> Result<Challenge, String> {
    if challenge.is_broken {
        return Err("a challenge that cannot be read".to_owned());
    }
    if !challenge.scheme.eq_ignore_ascii_case("Digest") {
        return Err(clean(&challenge.scheme, 20));
    }
    let value = |name: &str| challenge.parameter(name);
    let algorithm = value("algorithm").map(str::trim);
    let words = algorithm.map_or(String::new(), |name| format!(" {}", clean(name, 20)));
    if let Some(name) = challenge.contradiction() {
        return Err(format!("Digest{words} with two values of {}", clean(name, 20)));
    }
    // RFC 7616 section 3.3: without these nothing can be computed.
    let missing: Vec<&str> = ["realm", "nonce"].into_iter().filter(|name| value(name).is_none()).collect();
    let (Some(realm), Some(nonce)) = (value("realm"), value("nonce")) else {
        return Err(format!("Digest{words} without {}", missing.join(" and ")));
    };
    // Servers write the registered names in any case.
    let known = algorithm.map(|name| KNOWN.into_iter().find(|known| known.0.eq_ignore_ascii_case(name)));
    let (named, hash, is_session) = match known {
        None => (None, Hash::Md5, false),
        Some(Some((name, hash, is_session))) => (Some(name), hash, is_session),
        Some(None) => return Err(format!("Digest{words}, which is not known here")),
    };
    // An empty list of them is none: the form of RFC 2069.
    let qop = value("qop").filter(|qop| !qop.trim().is_empty());
    let has_qop = qop.is_some_and(|qop| qop.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth")));
    if qop.is_some() && !has_qop {
        return Err(format!("Digest{words} without qop=auth"));
    }
    if is_session && !has_qop {
        // A session needs a nonce of the client, for which that form has no place.
        return Err(format!("Digest{words} without qop"));
    }
    let is_true = |name: &str| value(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
    let demand = Demand {
        realm: realm.to_owned(),
        nonce: nonce.to_owned(),
        opaque: value("opaque").map(str::to_owned),
        hash,
        is_session,
        named,
        has_qop,
        hides_user: is_true("userhash"),
    };
    let is_ascii = realm.is_ascii() && nonce.is_ascii() && value("opaque").is_none_or(str::is_ascii);
    if !is_utf8 && !is_ascii {
        return Err(format!("Digest{words} with characters that are not UTF-8"));
    }
    Ok(Challenge { demand, is_stale: is_true("stale"), count: 0 })
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
        Challenge::choose(headers.iter().copied(), true)
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
            let challenge = choose(&[header]).unwrap();
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            let asked = Asked { method: "GET", uri: "/dir/index.html", count: 1, cnonce };
            let value = challenge.demand.answer(&login("Mufasa", "Circle of Life"), asked).unwrap();
            let value = value.expose();
            assert!(value.contains(&format!("response=\"{response}\"")), "{value}");
        }
    }

    /// RFC 7616 section 3.9.2 with the values of erratum 4897.
    #[test]
    fn the_vector_of_rfc_7616_for_sha_512_256() {
        let header = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
            nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", \
            opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8, userhash=true";
        let challenge = choose(&[header]).unwrap();
        let cnonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
        let asked = Asked { method: "GET", uri: "/doe.json", count: 1, cnonce };
        let value = challenge.demand.answer(&login("J\u{e4}s\u{f8}n Doe", "Secret, or not?"), asked).unwrap();
        let value = value.expose();
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

    /// RFC 3261 section 25.1: a quoted string may have any UTF-8. The response was computed elsewhere.
    #[test]
    fn a_realm_and_a_user_need_not_be_ascii() {
        let header = "Digest realm=\"M\u{fc}ller GmbH\", nonce=\"n\", qop=\"auth\"";
        let challenge = choose(&[header]).unwrap();
        let asked = Asked { method: "REGISTER", uri: "sip:h.example", count: 1, cnonce: "c" };
        let value = challenge.demand.answer(&login("zo\u{eb}", "s3cret"), asked).unwrap();
        let value = value.expose();
        assert!(value.contains("response=\"5b67013f28d77f39dd173b190e30f8a5\""), "{value}");
        assert!(value.contains("username=\"zo\u{eb}\", realm=\"M\u{fc}ller GmbH\""), "{value}");
        let latin = Challenge::choose([header].into_iter(), false).unwrap_err();
        assert!(latin.to_string().contains("not UTF-8"), "{latin}");
    }

    #[test]
    fn a_nonce_that_is_used_again_is_counted() {
        let mut challenge = choose(&["Digest realm=\"r\", nonce=\"n\", qop=\"auth\""]).unwrap();
        for count in ["nc=00000001", "nc=00000002"] {
            let value = challenge.answer(&login("u", "p"), "REGISTER", "sip:h.example").unwrap();
            assert!(value.expose().contains(count), "{}", value.expose());
        }
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
            (&["Digest realm=\"a\", realm=\"b\", nonce=\"n\""], "two values of realm"),
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
        assert!(answer(", algorithm=sha-256").contains(", algorithm=SHA-256"));
        assert!(answer(", algorithm=\"MD5\"").contains(", algorithm=MD5"));
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
            if let Ok(mut challenge) = Challenge::choose([text.as_str()].into_iter(), true) {
                let answer = challenge.answer(&login("u\"\\", "p"), "REGISTER", "sip:h.example");
                if let Ok(value) = answer {
                    prop_assert!(!value.expose().contains(['\r', '\n']));
                }
            }
        }

        #[test]
        fn another_implementation_comes_to_the_same_response(
            realm in "[ -~&&[^\"\\\\]]{0,20}",
            nonce in "[a-zA-Z0-9/+=]{1,40}",
            algorithm in "(, algorithm=(MD5|SHA-256|SHA-512-256|MD5-sess|SHA-256-sess))?",
            qop in "(, qop=\"(auth|auth-int,auth|auth, auth-int)\"|)",
            user in "[ -~&&[^:]]{1,12}",
            password in "[ -~]{0,12}",
        ) {
            let header = format!("Digest realm=\"{realm}\", nonce=\"{nonce}\"{algorithm}{qop}");
            if let Ok(challenge) = choose(&[&header]) {
                let mut other = http_auth::digest::DigestClient::try_from(
                    &http_auth::parse_challenges(&header).unwrap()[0],
                ).unwrap();
                let params = http_auth::PasswordParams {
                    username: &user,
                    password: &password,
                    uri: "sip:h.example",
                    method: "REGISTER",
                    body: None,
                };
                let theirs = other.respond_with_testing_cnonce(&params, "c").unwrap();
                let asked = Asked { method: "REGISTER", uri: "sip:h.example", count: 1, cnonce: "c" };
                let ours = challenge.demand.answer(&login(&user, &password), asked).unwrap();
                let response = |value: &str| value.split("response=").nth(1).unwrap()[..34].to_owned();
                prop_assert_eq!(response(ours.expose()), response(&theirs));
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
