//! The answer to a challenge (RFC 7616 section 3.4, RFC 2069 where the server knows no qop).

use std::fmt::Write as _;

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};
use zeroize::Zeroizing;

use super::{DigestError, Login};
use crate::text::Secret;

/// A hash function that a challenge may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Md5,
    Sha256,
    Sha512Trunc256,
}

impl Hash {
    /// Its registered name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512Trunc256 => "SHA-512-256",
        }
    }

    /// In lower-case hexadecimal digits.
    fn of(self, parts: &[&str]) -> String {
        let text = Zeroizing::new(parts.join(":"));
        let bytes: Vec<u8> = match self {
            Self::Md5 => Md5::digest(text.as_bytes()).to_vec(),
            Self::Sha256 => Sha256::digest(text.as_bytes()).to_vec(),
            Self::Sha512Trunc256 => Sha512_256::digest(text.as_bytes()).to_vec(),
        };
        bytes.iter().fold(String::new(), |mut out, byte| {
            // Writing to a string does not fail.
            write!(out, "{byte:02x}").ok();
            out
        })
    }
}

/// What a challenge asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) opaque: Option<String>,
    pub(super) hash: Hash,
    /// `-sess`: the password counts once, for the first nonce.
    pub(super) is_session: bool,
    /// The algorithm as the server names it, where it does.
    pub(super) named: Option<&'static str>,
    /// It knows `qop=auth`; without it an answer has the form of RFC 2069.
    pub(super) has_qop: bool,
    /// The user is told as a hash.
    pub(super) hides_user: bool,
}

/// What an answer is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
    /// How often this nonce was used, this time included.
    pub(super) count: u32,
    pub(super) cnonce: &'a str,
}

impl Demand {
    /// The value of Authorization for a request without a body.
    pub(super) fn answer(&self, login: &Login, asked: Asked<'_>) -> Result<Secret, DigestError> {
        let Asked { method, uri, count, cnonce } = asked;
        let hash = |parts: &[&str]| self.hash.of(parts);
        // Whoever has it needs no password.
        let mut ha1 = Zeroizing::new(hash(&[&login.username, &self.realm, login.password.expose()]));
        if self.is_session {
            ha1 = Zeroizing::new(hash(&[&ha1, &self.nonce, cnonce]));
        }
        let ha2 = hash(&[method, uri]);
        let count = format!("{count:08x}");
        let response = if self.has_qop {
            hash(&[&ha1, &self.nonce, &count, cnonce, "auth", &ha2])
        } else {
            hash(&[&ha1, &self.nonce, &ha2])
        };
        let user =
            if self.hides_user { hash(&[&login.username, &self.realm]) } else { login.username.clone() };
        let mut out = format!(
            "Digest username={}, realm={}, uri={}, nonce={}, response={}",
            quoted(&user)?,
            quoted(&self.realm)?,
            quoted(uri)?,
            quoted(&self.nonce)?,
            quoted(&response)?,
        );
        let mut add = |name: &str, value: &str| write!(out, ", {name}={value}").is_ok();
        if let Some(named) = self.named {
            add("algorithm", named);
        }
        if self.has_qop {
            add("nc", &count);
            add("cnonce", &quoted(cnonce)?);
            add("qop", "auth");
        }
        if let Some(opaque) = &self.opaque {
            add("opaque", &quoted(opaque)?);
        }
        if self.hides_user {
            add("userhash", "true");
        }
        Ok(Secret::new(out))
    }
}

/// A quoted string (RFC 3261 section 25.1), which has any characters but controls.
fn quoted(text: &str) -> Result<String, DigestError> {
    // Realm and nonce are the server's words.
    if text.chars().any(|c| c.is_control() && c != '\t') {
        return Err(DigestError::Control);
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
