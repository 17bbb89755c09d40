//! Why a certificate is refused whoever issued it: its key, its signature or its version.

use std::fmt;

use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{Any, Decode, Reader, SliceReader};

/// Fewer bits of an RSA key are refused by everybody (CA/Browser Forum, section 6.1.5).
const SHORTEST_RSA: usize = 2048;
/// Longer ones are refused here.
const LONGEST_RSA: usize = 8192;

const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const EC: &str = "1.2.840.10045.2.1";
const DSA: &str = "1.2.840.10040.4.1";

/// Curves and kinds of keys that are taken.
const GOOD_CURVES: &[&str] = &["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"];
const GOOD_KEYS: &[&str] =
    &["1.3.101.112", "2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.18", "2.16.840.1.101.3.4.3.19"];

/// Curves and signatures that are not taken, by their names.
const CURVES: &[(&str, &str)] = &[
    ("1.2.840.10045.3.1.1", "P-192"),
    ("1.3.132.0.33", "P-224"),
    ("1.3.132.0.8", "secp160r1"),
    ("1.3.132.0.9", "secp160k1"),
    ("1.3.132.0.31", "secp192k1"),
    ("1.3.132.0.32", "secp224k1"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    ("1.2.156.10197.1.301", "SM2"),
];
/// The shorter ones among them give less than 112 bits of security (NIST SP 800-57).
const SHORT_CURVES: &[&str] = &["P-192", "secp160r1", "secp160k1", "secp192k1"];
const SIGNATURES: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.2", "MD2"),
    ("1.2.840.113549.1.1.3", "MD4"),
    ("1.2.840.113549.1.1.4", "MD5"),
    ("1.2.840.113549.1.1.5", "SHA-1"),
    ("1.3.14.3.2.29", "SHA-1"),
    ("1.2.840.10045.4.1", "SHA-1"),
    ("1.2.840.10040.4.3", "DSA and SHA-1"),
    ("1.2.840.113549.1.1.14", "SHA-224"),
    ("1.2.840.10045.4.3.1", "SHA-224"),
    ("2.16.840.1.101.3.4.3.1", "DSA"),
    ("2.16.840.1.101.3.4.3.2", "DSA"),
    ("2.16.840.1.101.3.4.3.3", "DSA"),
    ("2.16.840.1.101.3.4.3.4", "DSA"),
    ("1.3.101.113", "Ed448"),
    ("1.2.156.10197.1.501", "SM3 and SM2"),
];
const FORGEABLE: &[&str] = &["MD2", "MD4", "MD5", "SHA-1", "DSA and SHA-1"];
const SHA1: &str = "1.3.14.3.2.26";

/// What is wrong with a certificate in itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weakness {
    /// Version 1 or 2 of X.509.
    Version(u8),
    /// Bits of an RSA key.
    Rsa(usize),
    /// A curve, by its name.
    Curve(&'static str),
    /// A kind of key.
    Key(&'static str),
    /// What it is signed with.
    Signature(&'static str),
}

impl Weakness {
    /// Of a certificate; of one that is trusted as an authority, or that signs itself, the signature
    /// proves nothing and does not count.
    pub(super) fn of(certificate: &Certificate, with_signature: bool) -> Option<Self> {
        let tbs = certificate.tbs_certificate();
        match tbs.version() {
            Version::V1 => return Some(Self::Version(1)),
            Version::V2 => return Some(Self::Version(2)),
            Version::V3 => {}
        }
        key(certificate).or_else(|| signature(certificate).filter(|_| with_signature))
    }

    /// Whether others may take it: it is not known to be weak, only unknown here.
    pub(super) fn is_limit_of_ours(self) -> bool {
        match self {
            Self::Version(_) => false,
            Self::Rsa(bits) => bits >= SHORTEST_RSA,
            Self::Curve(name) => !SHORT_CURVES.contains(&name),
            Self::Key(name) => name != "DSA",
            Self::Signature(name) => !FORGEABLE.contains(&name) && name != "DSA",
        }
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => {
                write!(f, "is an X.509 version {version} certificate, which holds no names and no purposes")
            }
            Self::Rsa(bits) if *bits < SHORTEST_RSA => {
                write!(f, "has an RSA key of {bits} bits, and fewer than {SHORTEST_RSA} are refused")
            }
            Self::Rsa(bits) => {
                write!(f, "has an RSA key of {bits} bits, and more than {LONGEST_RSA} are not taken here")
            }
            Self::Curve(name) if self.is_limit_of_ours() => {
                write!(f, "has a key on the curve {name}, which is not taken here")
            }
            Self::Curve(name) => write!(f, "has a key on the curve {name}, which is too short"),
            Self::Key("DSA") => f.write_str("has a DSA key, which is refused by today's TLS"),
            Self::Key(name) => write!(f, "has {name}, which is not taken here"),
            Self::Signature(name) if self.is_limit_of_ours() => {
                write!(f, "is signed with {name}, which is not taken here")
            }
            Self::Signature(name) => {
                write!(f, "is signed with {name}, which is refused because it can be forged")
            }
        }
    }
}

fn named(table: &[(&'static str, &'static str)], oid: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == oid).map(|(_, name)| *name)
}

fn key(certificate: &Certificate) -> Option<Weakness> {
    let info = certificate.tbs_certificate().subject_public_key_info();
    let kind = info.algorithm.oid.to_string();
    match kind.as_str() {
        RSA | RSA_PSS => {
            let bits = rsa_bits(info.subject_public_key.raw_bytes())?;
            Some(Weakness::Rsa(bits)).filter(|_| !(SHORTEST_RSA..=LONGEST_RSA).contains(&bits))
        }
        EC => {
            let curve = info.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>();
            let Ok(curve) = curve else {
                return Some(Weakness::Key("a key on a curve with parameters of its own"));
            };
            let curve = curve.to_string();
            let is_good = GOOD_CURVES.contains(&curve.as_str());
            let weakness = || match named(CURVES, &curve) {
                Some(name) => Weakness::Curve(name),
                None => Weakness::Key("a key on a curve that has no name here"),
            };
            (!is_good).then(weakness)
        }
        DSA => Some(Weakness::Key("DSA")),
        "1.3.101.113" => Some(Weakness::Key("an Ed448 key")),
        other => (!GOOD_KEYS.contains(&other)).then_some(Weakness::Key("a key of another kind")),
    }
}

/// How long the modulus is (RFC 8017 appendix A.1.1).
fn rsa_bits(der: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(der).ok()?;
    let modulus = reader.sequence(|inner| -> x509_cert::der::Result<usize> {
        let modulus = UintRef::decode(inner)?;
        let bytes = modulus.as_bytes();
        let unused = bytes.first().map_or(0, |first| first.leading_zeros() as usize);
        // The exponent follows, and a sequence has to be read to its end.
        UintRef::decode(inner)?;
        Ok(bytes.len() * 8 - unused)
    });
    modulus.ok()
}

fn signature(certificate: &Certificate) -> Option<Weakness> {
    let algorithm = certificate.signature_algorithm();
    let oid = algorithm.oid.to_string();
    if oid == RSA_PSS {
        return is_pss_with_sha1(algorithm.parameters.as_ref()).then_some(Weakness::Signature("SHA-1"));
    }
    named(SIGNATURES, &oid).map(Weakness::Signature)
}

/// The hash is the first parameter, and SHA-1 where there is none (RFC 4055 section 3.1).
fn is_pss_with_sha1(parameters: Option<&Any>) -> bool {
    let Some(value) = parameters.map(Any::value).filter(|value| value.first() == Some(&0xa0)) else {
        return true;
    };
    let sha1 = ObjectIdentifier::new_unwrap(SHA1);
    value.get(6..).is_some_and(|hash| hash.starts_with(sha1.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_weak_and_what_is_only_unknown_here_are_told_apart() {
        for (weakness, ours, words) in [
            (Weakness::Rsa(1024), false, "1024 bits, and fewer than 2048"),
            (Weakness::Rsa(16_384), true, "more than 8192"),
            (Weakness::Curve("P-192"), false, "too short"),
            (Weakness::Curve("brainpoolP256r1"), true, "not taken here"),
            (Weakness::Key("DSA"), false, "DSA"),
            (Weakness::Signature("MD5"), false, "can be forged"),
            (Weakness::Signature("Ed448"), true, "not taken here"),
            (Weakness::Version(1), false, "version 1"),
        ] {
            assert_eq!(weakness.is_limit_of_ours(), ours, "{weakness}");
            assert!(weakness.to_string().contains(words), "{weakness}");
        }
    }

    #[test]
    fn the_length_of_a_key_is_that_of_its_modulus() {
        let key = |first: u8| [&[0x30, 0x0a, 2, 3, 0, first, 1, 2, 3, 1, 0, 1][..]].concat();
        assert_eq!(rsa_bits(&key(0x80)), Some(16));
        assert_eq!(rsa_bits(&key(0xff)), Some(16));
        assert_eq!(rsa_bits(&[0x30, 0x0a, 2]), None);
    }
}
