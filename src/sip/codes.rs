//! What a step can come to: a closed set of codes, each with its sentence and what to do next.

use std::fmt;

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// As it should be.
    Pass,
    /// Works, or may work, and somebody should look at it.
    Warn,
    /// Calls do not arrive because of this, as far as can be seen from here.
    Fail,
    /// Not done.
    Skip,
    /// Said for information.
    Info,
}

impl Status {
    /// The word in text and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Info => "info",
        }
    }

    /// A sign beside the word, for screens; never without the word.
    pub fn glyph(self) -> char {
        match self {
            Self::Pass => '✓',
            Self::Warn => '!',
            Self::Fail => '✗',
            Self::Skip => '-',
            Self::Info => '·',
        }
    }
}

/// One row of the table of outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeInfo {
    /// Its code.
    pub code: Code,
    /// How grave it is, unless a step has a reason to say otherwise: a certificate that is about to
    /// expire is a warning, credentials accepted in clear text are one, too.
    pub status: Status,
    /// What it is, in a few words.
    pub sentence: &'static str,
    /// What to do next; `{host}` is the host that the step was about, the others are means, see
    /// [`Advice`](super::Advice). Empty where there is nothing to do.
    pub next: &'static str,
}

macro_rules! outcomes {
    ($($name:ident $code:literal $status:ident, $sentence:literal, $next:literal;)+) => {
        /// A stable code of a step, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!("`", $code, "`: ", $sentence, ".")] $name,)+
        }

        /// All outcomes.
        pub const OUTCOMES: &[CodeInfo] = &[
            $(CodeInfo { code: Code::$name, status: Status::$status, sentence: $sentence, next: $next },)+
        ];

        impl Code {
            /// The code in text and JSON.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// Its row.
            pub fn outcome(self) -> CodeInfo {
                match self {
                    $(Self::$name => CodeInfo {
                        code: self,
                        status: Status::$status,
                        sentence: $sentence,
                        next: $next,
                    },)+
                }
            }
        }
    };
}

outcomes! {
    Ok "ok" Pass, "as it should be", "";
    Partial "partial" Warn, "some targets answer, others do not",
        "ask the owner of {host} about the targets that do not answer, or have them taken out of DNS";
    Skipped "skipped" Skip, "not asked, or an earlier step failed", "";
    BadSettings "bad_settings" Fail, "the settings of the number keep calls away",
        "change them with {settings}; no network is involved";
    BadUri "bad_uri" Fail, "the address that calls are routed to is missing or not valid",
        "set the routing endpoint of the number again; ask KrosAI if the address stays like this";
    DnsNxdomain "dns_nxdomain" Fail, "the name does not exist in DNS",
        "look for a typing mistake in {host}, then ask the owner of the domain whether it has expired";
    DnsNodata "dns_nodata" Fail, "the name has no usable record in DNS",
        "ask the owner of {host} for an A, AAAA or SRV record";
    DnsRefused "dns_refused" Fail, "your DNS server refused to answer",
        "look at the resolver of this machine or its VPN; try another one with {resolver}";
    DnsTimeout "dns_timeout" Fail, "your DNS server did not answer",
        "look at the resolver of this machine or its VPN; try another one with {resolver}";
    SrvOff "srv_off" Fail, "DNS says that this service is deliberately off",
        "ask the owner of {host} why its SRV record points to nowhere";
    PortClosed "port_closed" Fail, "the host is up, and nothing listens on this port",
        "ask the owner of {host} whether the server is stopped, the port or transport is another one, or a \
         firewall lets only some in";
    NoAnswer "no_answer" Fail, "nothing came back",
        "ask the owner of {host} about a firewall, an allow-list of IP addresses or another transport; this \
         is no proof that it is down";
    Network "network" Fail, "this machine cannot send there",
        "look at the network of this machine: no route, or no permission";
    Closed "closed" Fail, "connected, then hung up without a reply",
        "ask the owner of {host}: a port for TLS only that is spoken to in clear, an access list, or overload";
    TlsExpired "tls_expired" Fail, "the certificate has expired, or is not valid yet",
        "ask the owner of {host} to renew its certificate; look at the clock of this machine";
    TlsName "tls_name" Fail, "the certificate is for another name",
        "ask the owner of {host} for a certificate with that name in it (RFC 5922)";
    TlsUntrusted "tls_untrusted" Fail, "the certificate is not from a known authority",
        "ask the owner of {host} for a certificate of a public authority, or trust theirs with {authority}";
    TlsVersion "tls_version" Fail, "no version or no cipher suite of TLS in common",
        "ask the owner of {host} for TLS 1.2 or newer: older versions are not spoken here, and refused by most";
    TlsClientCert "tls_client_cert" Fail, "the server wants a certificate of the client",
        "show the server a certificate with {certificate}, or ask the owner of {host} for an address without mutual TLS";
    TlsSni "tls_sni" Fail, "the server needs a host name that it knows in the handshake",
        "put the host name into the address instead of the IP address";
    TlsChain "tls_chain" Fail, "the certificates between the server's own and an authority are missing or wrong",
        "ask the owner of {host} to send the full chain: its own certificate, and each intermediate one";
    TlsWeak "tls_weak" Fail, "the key, the signature or the version of a certificate is refused",
        "ask the owner of {host} for a new certificate of X.509 version 3 with an RSA key of 2048 bits or a P-256 \
         key, signed with SHA-256; trusting this one does not help";
    TlsPlain "tls_plain" Fail, "it connects, but speaks no TLS",
        "this port of {host} probably speaks plain SIP: use 5061, or {tcp}";
    BadReply "bad_reply" Fail, "it answered, but not with SIP that is meant for us",
        "ask the owner of {host} what listens on this port";
    AliveRefused "alive_refused" Warn, "alive, but it refuses this request",
        "the server lives; only a test call shows whether it routes this number";
    AliveAuth "alive_auth" Pass, "alive; it wants a password even for this",
        "{credentials} checks the credentials";
    Redirect "redirect" Warn, "it points to another address, which was not followed",
        "ask the owner of {host} whether that target is meant";
    Unavailable "unavailable" Fail, "the service is unavailable",
        "overload or maintenance: take it to the owner of {host}";
    ServerError "server_error" Fail, "the server failed",
        "the server failed, or what is behind it: take it to the owner of {host}";
    Slow "slow" Warn, "it answers slowly",
        "look at the network path; repeat with {series}";
    Lossy "lossy" Warn, "packets are lost on the way",
        "look at the network path; repeat with {series}";
    AuthOk "auth_ok" Pass, "username and password are accepted",
        "0 devices registered means that the PBX is not connected: look at its registration";
    AuthRejected "auth_rejected" Fail, "username or password is rejected",
        "compare name, password and domain of the account with your PBX, or rotate the password; do not retry in a \
         loop (servers ban after a few failures)";
    AuthOpen "auth_open" Warn, "no password was asked for, so it was not tested",
        "{host} is open or trusts this address; only a test call proves the password";
    AuthUnverifiable "auth_unverifiable" Warn, "the server lets nobody test credentials from here",
        "only a test call proves the password";
    AuthUnsupported "auth_unsupported" Warn, "it offers no way to authenticate that is safe and known",
        "ask the owner of {host} for digest authentication with MD5 or SHA-256, and qop=auth";
    AuthHidden "auth_hidden" Skip, "your role may not see the password",
        "ask an owner or admin of the organization to run this";
    AuthPaused "auth_paused" Skip, "two rejections at this registrar: stopped, so that nobody is banned",
        "correct the credentials that were rejected, wait, then run it again";
    Cleartext "cleartext" Warn, "credentials would cross, or crossed, an unencrypted path",
        "use TLS; {clear} sends them all the same";
    Loop "loop" Fail, "the request goes in a circle",
        "ask the owner of {host} where its routing sends this address: it comes back to itself";
    Unsupported "unsupported" Skip, "a valid address over a transport that this check does not speak",
        "check it with a client that speaks that transport; nothing is known to be wrong";
    Elsewhere "elsewhere" Fail, "the answer came from another address or port than was asked",
        "ask the owner of {host} why it answers from there, a NAT before it or a server that is bound to the \
         wrong one of its addresses: a NAT or firewall of whoever calls drops such an answer";
    NullAddress "null_address" Fail, "the address is nobody's",
        "correct the address; where DNS gave it, ask the owner of {host}, or look for a blocklist in your \
         resolver with {resolver}";
    CallsLost "calls_lost" Warn, "the last calls were not talked in",
        "ask the owner of the endpoint what became of them";
    ApiFailed "api_failed" Fail, "the number could not be read from the API",
        "look at the key and the network, then run it again";
}

impl Code {
    /// Whether this says nothing about the number, because the check itself could not be made.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::ApiFailed | Self::Network | Self::DnsTimeout | Self::DnsRefused)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_the_documented_one() {
        let codes: Vec<&str> = OUTCOMES.iter().map(|outcome| outcome.code.word()).collect();
        let documented = "ok partial skipped bad_settings bad_uri dns_nxdomain dns_nodata dns_refused dns_timeout \
            srv_off port_closed no_answer network closed tls_expired tls_name tls_untrusted tls_plain bad_reply \
            alive_refused alive_auth redirect unavailable server_error slow lossy auth_ok auth_rejected auth_open \
            auth_unverifiable auth_unsupported auth_hidden auth_paused cleartext api_failed loop unsupported \
            null_address elsewhere tls_version tls_client_cert tls_sni tls_chain tls_weak calls_lost";
        let mut documented: Vec<&str> = documented.split_whitespace().collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        documented.sort_unstable();
        assert_eq!(sorted, documented);
    }

    #[test]
    fn every_row_says_what_it_is_and_what_to_do() {
        for outcome in OUTCOMES {
            assert_eq!(outcome.code.outcome(), *outcome);
            assert!(!outcome.sentence.is_empty());
            let asks = matches!(outcome.status, Status::Warn | Status::Fail);
            assert!(!asks || !outcome.next.is_empty(), "{}", outcome.code);
        }
    }
}
