//! Names under which secrets stand.

/// Words that make a name that of a secret, wherever they stand in it.
const WITHIN: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "credential",
    "authorization",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "authkey",
    "bearer",
    "cookie",
    "passkey",
    "passwort",
    "kennwort",
    "senha",
    "pincode",
    "authcode",
    "masterkey",
    "sharedkey",
    "srtpkey",
    "sshkey",
    "tlskey",
    "certkey",
    "privkey",
    "sipha1",
];

/// Words that do so only as words of their own: `pin` is in `pinned`, too.
const ALONE: &[&str] = &[
    "pwd",
    "pass",
    "pw",
    "pin",
    "otp",
    "jwt",
    "auth",
    "authentication",
    "psk",
    "hmac",
    "signature",
    "sig",
    "ha1",
    "pem",
    "cred",
    "creds",
    "puk",
];

/// Words that do so at the end of a word, too, behind one of [`OWNERS`]: `sippwd`, `mypin`.
const ENDINGS: &[&str] = &["pwd", "pass", "pin"];
/// Whose or what for a secret is.
const OWNERS: &[&str] =
    &["user", "sip", "voicemail", "my", "db", "login", "account", "admin", "auth", "trunk"];

/// Which of the letters a to z a text has, as bits. A word that has others is not in it.
const fn letters(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let (mut letters, mut at) = (0, 0);
    while at < bytes.len() {
        let letter = bytes[at].to_ascii_lowercase();
        if letter.is_ascii_lowercase() {
            letters |= 1 << (letter - b'a');
        }
        at += 1;
    }
    letters
}

/// All words that can make a name that of a secret, each with its letters.
const WORDS: [(&str, u32); WITHIN.len() + ALONE.len() + ENDINGS.len()] = {
    let mut words = [("", 0); WITHIN.len() + ALONE.len() + ENDINGS.len()];
    let (mut list, mut at) = (0, 0);
    while list < 3 {
        let some = [WITHIN, ALONE, ENDINGS][list];
        let mut one = 0;
        while one < some.len() {
            words[at] = (some[one], letters(some[one]));
            at += 1;
            one += 1;
        }
        list += 1;
    }
    words
};

/// Whether a name can be that of a secret. Most cannot, and it is asked of every name and host.
fn may_be_secret(name: &str) -> bool {
    let mut together = [0; 64];
    let others = !letters(name);
    if others == u32::MAX && name.is_ascii() {
        return false;
    }
    if !name.is_ascii() || name.len() > together.len() {
        return true;
    }
    let mut length = 0;
    for byte in name.bytes().filter(u8::is_ascii_alphanumeric) {
        together[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    let is_in = |word: &str| together[..length].windows(word.len()).any(|part| part == word.as_bytes());
    WORDS.iter().any(|(word, letters)| letters & others == 0 && is_in(word))
}

/// Whether a name is that of a secret, however it is written: `apiKey`, `api-key`, `API_KEY`.
pub(super) fn is_secret(name: &str) -> bool {
    may_be_secret(name) && has_secret_word(name)
}

fn has_secret_word(name: &str) -> bool {
    let words = words(name);
    let together = words.concat();
    let owned = |word: &String| {
        let mut owners = ENDINGS.iter().filter_map(|ending| word.strip_suffix(ending));
        owners.any(|owner| OWNERS.contains(&owner))
    };
    // How many there are is none.
    let counts = words.last().is_some_and(|word| word == "count");
    !counts
        && (WITHIN.iter().any(|word| together.contains(word))
            || words.iter().any(|word| ALONE.contains(&&**word) || owned(word)))
}

/// The words of a name, in lower case: cut at what is no letter and no digit, and where a capital
/// begins a word.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let starts = c.is_uppercase()
            && (before.is_lowercase()
                || (before.is_uppercase() && chars.peek().is_some_and(|c| c.is_lowercase())));
        if !c.is_alphanumeric() || starts {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_that_of_a_secret_however_it_is_written() {
        for name in [
            "password",
            "sip_password",
            "Password",
            "passwd",
            "PWD",
            "db-pwd",
            "userPwd",
            "pin",
            "PIN",
            "voicemail_pin",
            "pinCode",
            "credential",
            "credentials",
            "authorization",
            "Authorization",
            "proxyAuthorization",
            "private_key",
            "privateKey",
            "PRIVATE-KEY",
            "privatekey",
            "token",
            "accessToken",
            "x-auth-token",
            "client_secret",
            "clientSecret",
            "api_key",
            "apiKey",
            "API-Key",
            "apikey",
            "API key",
            "xApiKey",
            "APIKey",
            "auth",
            "passphrase",
            "bearer",
            "session_cookie",
            "webhookSignature",
            "sip_pass",
            "ha1",
            "pincode",
            "voicemailpin",
            "mypin",
            "sippwd",
            "userpwd",
            "sippass",
            "userpass",
            "ssh_key",
            "tls_key",
            "cert_key",
            "masterkey",
            "shared_key",
            "srtp_key",
            "privkey",
            "pem",
            "creds",
            "cred",
            "authcode",
            "authentication",
            "passkey",
            "passwort",
            "senha",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "pinned",
            "spin",
            "opinion",
            "author",
            "authorized",
            "key",
            "keyboard",
            "passive",
            "compass",
            "name",
            "monkey",
            "endpoint_key_count",
            "token_count",
            "mapping",
            "sipping",
            "bypass",
            "shipping",
            "sip_username",
            "auth_username_x",
        ] {
            assert_eq!(is_secret(name), name == "auth_username_x", "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_that_is_passed_at_once_has_no_secret_word(
            before in "[a-zA-Z_-]{0,5}",
            word in prop::sample::select(WORDS.map(|(word, _)| word).to_vec()),
            after in "[A-Za-z0-9_. -]{0,5}",
            any in ".{0,12}",
            turn in any::<bool>(),
        ) {
            let word = if turn { word.to_uppercase() } else { word.to_owned() };
            for name in [format!("{before}{word}{after}"), format!("{before}{after}"), any] {
                prop_assert!(may_be_secret(&name) || !has_secret_word(&name), "{name}");
            }
        }
    }
}
