//! What is wrong with the certificates that a server shows, from what is in them: libraries say that a
//! chain is refused, and seldom which certificate is to blame (RFC 5280).

use jiff::Timestamp;
use tokio_rustls::rustls::CertificateError;
use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints};
use x509_cert::name::Name;

use super::finding::{ShownCertificate, TlsCause};
use super::names;
use super::weakness::Weakness;
use crate::sip::{Code, Host};
use crate::text::clean;

/// Characters of a distinguished name.
const LONGEST_NAME: usize = 200;

/// Certificates that are listed; a good chain has three or four.
const MOST_LISTED: usize = 16;

/// What is wrong: a code, why, and both in words.
pub(super) type Fault = (Code, TlsCause, String);

/// Certificates as a server shows them, its own one first.
pub(super) struct Chain {
    shown: Vec<Certificate>,
    /// Those that are trusted by name beside the system's.
    named: Vec<Certificate>,
    /// Seconds since 1970.
    now: i64,
}

impl Chain {
    /// Reads them; `None` where the first one cannot be read. Others that cannot are left out.
    pub(super) fn read(shown: &[CertificateDer<'_>], named: &[CertificateDer<'_>], now: i64) -> Option<Self> {
        let parse = |der: &CertificateDer<'_>| Certificate::from_der(der).ok();
        parse(shown.first()?)?;
        let [shown, named] = [shown, named].map(|all| all.iter().filter_map(parse).collect());
        Some(Self { shown, named, now })
    }

    /// Each of them for people and programs.
    pub(super) fn list(&self) -> Vec<ShownCertificate> {
        let words = |name: &Name| clean(&name.to_string(), LONGEST_NAME);
        let time = |seconds: i64| Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
        let shown = |one: &Certificate| ShownCertificate {
            subject: words(one.tbs_certificate().subject()),
            issuer: words(one.tbs_certificate().issuer()),
            valid_from: time(begin(one)),
            expires_at: time(end(one)),
        };
        self.shown.iter().take(MOST_LISTED).map(shown).collect()
    }

    /// From the server's own certificate to the last one that was sent on the way to an authority.
    fn path(&self) -> Vec<usize> {
        let mut path = vec![0];
        loop {
            let last = &self.shown[path[path.len() - 1]];
            let issued = |at: &usize| !path.contains(at) && has_issued(&self.shown[*at], last);
            match (0..self.shown.len()).find(issued).filter(|_| !signs_itself(last)) {
                Some(at) => path.push(at),
                None => return path,
            }
        }
    }

    /// Whether each certificate is followed by the one that issued it, as TLS 1.2 asks (RFC 5246 section
    /// 7.4.2); some that belong to no path may be between or behind them.
    pub(super) fn is_in_order(&self) -> bool {
        let path = self.path();
        path.get(1).is_none_or(|second| *second == 1) && path.is_sorted()
    }

    /// What is behind an error of the library.
    pub(super) fn fault(&self, wrong: &CertificateError, host: &Host) -> Fault {
        use CertificateError as Wrong;
        let weak = self.weakness();
        let besides = |(code, cause, text): Fault| match &weak {
            Some((_, _, weak)) if !text.contains(weak.as_str()) => {
                (code, cause, format!("{text}; besides, {weak}"))
            }
            _ => (code, cause, text),
        };
        match wrong {
            Wrong::Expired | Wrong::ExpiredContext { .. } => besides(self.expired()),
            Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => besides(self.not_yet()),
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
                let (cause, text) = names::fault(&self.shown[0], host);
                besides((Code::TlsName, cause, text))
            }
            _ if self.begins_with_an_issuer() => {
                let text =
                    "the server sends another certificate before its own: the chain is in the wrong order";
                (Code::TlsChain, TlsCause::WrongOrder, text.to_owned())
            }
            _ => weak.unwrap_or_else(|| self.refused(wrong)),
        }
    }

    /// What is wrong where a certificate itself is no fault.
    fn refused(&self, wrong: &CertificateError) -> Fault {
        use CertificateError as Wrong;
        let why = format!("{wrong:?}");
        let not_allowed = |text: String| (Code::TlsChain, TlsCause::IssuerNotAllowed, text);
        let other = |text: &str| (Code::TlsUntrusted, TlsCause::OtherFault, text.to_owned());
        let purposes = names::other_purposes(&self.shown[0]).filter(|_| *wrong != Wrong::UnknownIssuer);
        if let Some(purposes) = purposes {
            let text = format!("the certificate is not for a server: it is for {purposes}");
            return (Code::TlsUntrusted, TlsCause::OtherPurpose, text);
        }
        match wrong {
            Wrong::UnknownIssuer => self.unknown_issuer(),
            Wrong::Revoked => other("the certificate was revoked"),
            Wrong::BadEncoding => other("the certificate cannot be read"),
            Wrong::BadSignature => self.signature(),
            _ if why.contains("UnsupportedSignatureAlgorithm") => {
                let text = "a certificate is signed in a way that is not known here".to_owned();
                (Code::TlsWeak, TlsCause::OurAlgorithms, text)
            }
            _ if why.contains("CriticalExtension") => {
                other("a certificate has a critical extension that is not known here")
            }
            _ if why.contains("CaUsedAsEndEntity") && signs_itself(&self.shown[0]) => self.unknown_issuer(),
            _ if why.contains("CaUsedAsEndEntity") => {
                other("the server shows the certificate of an authority as its own")
            }
            _ if why.contains("EndEntityUsedAsCa") => {
                let path = self.path();
                let wrong = path.iter().skip(1).find(|at| !is_authority(&self.shown[**at]));
                let whose = wrong.map_or_else(
                    || "a certificate on the way".to_owned(),
                    |at| intermediate(&self.shown[*at]),
                );
                not_allowed(format!("{whose} may not issue others: it is not marked as that of an authority"))
            }
            _ if why.contains("PathLenConstraintViolated") => not_allowed(
                "an authority on the way has more authorities below it than it may have".to_owned(),
            ),
            _ if why.contains("NameConstraintViolation") => {
                not_allowed("an authority on the way may not issue certificates for this name".to_owned())
            }
            _ => other("the chain of certificates is not valid for a server"),
        }
    }

    /// Whether one of them is refused whoever issued it.
    pub(super) fn is_weak(&self) -> bool {
        self.weakness().is_some()
    }

    /// A certificate on the way that is refused whoever issued it.
    fn weakness(&self) -> Option<Fault> {
        let path = self.path();
        let of = |at: &usize| {
            let one = &self.shown[*at];
            // A root that is sent has no say: the one that is trusted here has.
            let counts = *at == 0 || !signs_itself(one);
            let weakness = Weakness::of(one, !signs_itself(one)).filter(|_| counts)?;
            let is_own = *at == 0;
            Some((weakness, if is_own { "the certificate".to_owned() } else { intermediate(one) }, is_own))
        };
        let anchor = || {
            let top = &self.shown[path[path.len() - 1]];
            let trusted = self.named.iter().find(|named| has_issued(named, top) && !signs_itself(top))?;
            Some((Weakness::of(trusted, false)?, format!("the authority {}", subject(trusted)), false))
        };
        let (weakness, whose, is_own) = path.iter().find_map(of).or_else(anchor)?;
        let cause = match weakness {
            weakness if weakness.is_limit_of_ours() => TlsCause::OurAlgorithms,
            _ if !is_own => TlsCause::WeakIssuer,
            Weakness::Signature(_) => TlsCause::WeakSignature,
            _ => TlsCause::Weak,
        };
        Some((Code::TlsWeak, cause, format!("{whose} {weakness}")))
    }

    fn expired(&self) -> Fault {
        let own = &self.shown[0];
        if end(own) < self.now {
            let text = format!("the certificate expired {}", ago(self.now - end(own)));
            return (Code::TlsExpired, TlsCause::Expired, text);
        }
        let old = self.others().find(|one| end(one) < self.now);
        let text = match old {
            Some(old) => format!(
                "{} expired {}; the server's own is good for {}",
                intermediate(old),
                ago(self.now - end(old)),
                days((end(own) - self.now) / 86_400)
            ),
            None => {
                "an authority on the way has expired, and the server's own certificate has not".to_owned()
            }
        };
        (Code::TlsChain, TlsCause::IntermediateDates, text)
    }

    fn not_yet(&self) -> Fault {
        let own = &self.shown[0];
        let date = |seconds: i64| {
            let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
            time.strftime("%Y-%m-%d").to_string()
        };
        let mut known = self.shown.iter().chain(&self.named);
        let several = self.shown.len() + self.named.len() > 1;
        let today = date(self.now);
        if several && known.all(|one| begin(one) > self.now) {
            let text = format!(
                "the clock of this machine says {today}, and every certificate that is known here begins later: \
                 most likely the clock is wrong"
            );
            return (Code::TlsExpired, TlsCause::ClockBehind, text);
        }
        if begin(own) > self.now {
            let text = format!(
                "the certificate is not valid yet: it begins on {}, and the clock of this machine says {today}",
                date(begin(own))
            );
            return (Code::TlsExpired, TlsCause::NotYetValid, text);
        }
        let text = self.others().find(|one| begin(one) > self.now).map_or_else(
            || "an authority on the way is not valid yet".to_owned(),
            |one| format!("{} is not valid yet: it begins on {}", intermediate(one), date(begin(one))),
        );
        (Code::TlsChain, TlsCause::IntermediateDates, text)
    }

    /// The others that were sent, those on the way first.
    fn others(&self) -> impl Iterator<Item = &Certificate> {
        let path = self.path();
        let rest: Vec<usize> = (1..self.shown.len()).filter(|at| !path.contains(at)).collect();
        path.into_iter().skip(1).chain(rest).map(|at| &self.shown[at])
    }

    /// The first certificate is an authority that issued one of the others, which is no authority.
    fn begins_with_an_issuer(&self) -> bool {
        let first = &self.shown[0];
        self.shown.iter().skip(1).any(|other| has_issued(first, other) && !is_authority(other))
    }

    fn unknown_issuer(&self) -> Fault {
        let path = self.path();
        let top = &self.shown[path[path.len() - 1]];
        let name = called(top.tbs_certificate().issuer());
        let untrusted = |cause: TlsCause, text: String| (Code::TlsUntrusted, cause, text);
        if signs_itself(top) && path.len() == 1 {
            let text = "the certificate signs itself: no authority stands behind it".to_owned();
            return untrusted(TlsCause::SelfSigned, text);
        }
        if signs_itself(top) {
            let text = format!("the chain ends at {name}, an authority that this machine does not know");
            return untrusted(TlsCause::AuthorityUnknown, text);
        }
        if self.named.iter().any(|named| has_issued(named, top)) {
            return self.signature();
        }
        let sent = self.shown.len() - 1;
        if path.len() == 1 && sent > 0 {
            let text = format!(
                "an intermediate certificate is missing: {name} issued the server's own, and is not among the \
                 {sent} that come with it"
            );
            return (Code::TlsChain, TlsCause::IntermediateMissing, text);
        }
        let either = format!(
            "{name}, which issued the {}, was not sent and is not known here",
            if path.len() == 1 { "certificate" } else { "last certificate of the chain" }
        );
        match hint(top) {
            Hint::Intermediate => {
                let text = format!("{either}: an intermediate certificate is missing from the chain");
                (Code::TlsChain, TlsCause::IntermediateMissing, text)
            }
            // The last intermediate can be fetched as well, and then it is a root that issued it.
            hint if hint == Hint::Named || (hint == Hint::Public && path.len() == 1) => {
                let text = format!(
                    "{either}: most likely an intermediate certificate is missing from the chain, or the authority \
                     is a private one"
                );
                (Code::TlsChain, TlsCause::IssuerUnknown, text)
            }
            _ => {
                let text = format!(
                    "{either}: it is a private authority, or an intermediate certificate is missing from the chain"
                );
                untrusted(TlsCause::IssuerUnknown, text)
            }
        }
    }

    /// A signature that does not fit the authority of that name.
    fn signature(&self) -> Fault {
        let path = self.path();
        let name = called(self.shown[path[path.len() - 1]].tbs_certificate().issuer());
        let text = format!(
            "a signature does not fit: the authority {name} that issued it is another one of the same name than \
             the one that is known here, or the certificate was altered"
        );
        (Code::TlsUntrusted, TlsCause::AuthorityUnknown, text)
    }
}

/// What a certificate tells of the one that issued it.
#[derive(PartialEq, Eq)]
enum Hint {
    /// It was itself issued by somebody else.
    Intermediate,
    /// Its name says that it is an intermediate one.
    Named,
    /// It can be fetched from a network, as public authorities have it.
    Public,
    Nothing,
}

fn hint(certificate: &Certificate) -> Hint {
    let tbs = certificate.tbs_certificate();
    let key = tbs.get_extension::<AuthorityKeyIdentifier>().ok().flatten();
    let above = key.and_then(|(_, key)| key.authority_cert_issuer);
    let is_other =
        |name: &GeneralName| matches!(name, GeneralName::DirectoryName(name) if name != tbs.issuer());
    if above.is_some_and(|names| names.iter().any(is_other)) {
        return Hint::Intermediate;
    }
    let access = tbs.get_extension::<AuthorityInfoAccessSyntax>().ok().flatten();
    // What it is called is a hint as good: its owner named it so.
    let name = called(tbs.issuer()).to_ascii_lowercase();
    let is_named = ["intermediate", "issuing", "sub ca", "subca"].iter().any(|word| name.contains(word));
    match access {
        _ if is_named => Hint::Named,
        Some((_, access)) if !access.0.is_empty() && !name.contains("root") => Hint::Public,
        _ => Hint::Nothing,
    }
}

fn begin(certificate: &Certificate) -> i64 {
    seconds(certificate.tbs_certificate().validity().not_before.to_unix_duration())
}

fn end(certificate: &Certificate) -> i64 {
    seconds(certificate.tbs_certificate().validity().not_after.to_unix_duration())
}

fn seconds(since: std::time::Duration) -> i64 {
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn signs_itself(certificate: &Certificate) -> bool {
    certificate.tbs_certificate().subject() == certificate.tbs_certificate().issuer()
}

fn has_issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    issuer.tbs_certificate().subject() == certificate.tbs_certificate().issuer()
}

fn is_authority(certificate: &Certificate) -> bool {
    let found = certificate.tbs_certificate().get_extension::<BasicConstraints>();
    found.ok().flatten().is_some_and(|(_, basic)| basic.ca)
}

fn subject(certificate: &Certificate) -> String {
    called(certificate.tbs_certificate().subject())
}

fn intermediate(certificate: &Certificate) -> String {
    format!("the intermediate certificate {}", subject(certificate))
}

/// What people call the owner of a name: the common name, or else all of it.
fn called(name: &Name) -> String {
    let common = names::common(name).unwrap_or_else(|| name.to_string());
    if common.is_empty() { "(no name)".to_owned() } else { format!("\"{}\"", clean(&common, 80)) }
}

fn days(count: i64) -> String {
    match count {
        ..=0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        count => format!("{count} days"),
    }
}

fn ago(seconds: i64) -> String {
    match seconds / 86_400 {
        ..=0 => "within the last day".to_owned(),
        1 => "1 day ago".to_owned(),
        days => format!("{days} days ago"),
    }
}
