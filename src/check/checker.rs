//! How a check of one number and of many is put together, for the event loop and for the command alike.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;

use super::{Endpoints, Facts, named};
use crate::phone::{Detail, Number};
use crate::sip::{
    Access, ClientIdentity, Env, Lockout, NetworkDns, Options, Pacer, Plan, Report, ReportSink,
    ResolverSettings, SipUri, StatusRules, Subject, Tls, Transport, Watch, batch, check,
};
use crate::trust::TrustError;

/// Servers have at least so long, whatever reading the number took: the check ends a second after its
/// limit then.
const LEAST: Duration = Duration::from_secs(1);

/// Reads a variable of the environment.
pub type Variable = fn(&str) -> Option<String>;

/// What all checks of a session share: names, trust, and the pace at which servers are asked.
pub struct Checker {
    ca: Option<Vec<u8>>,
    dns: Option<SocketAddr>,
    variable: Variable,
    identity: Option<ClientIdentity>,
    lockout: Arc<Lockout>,
    rules: StatusRules,
    provider_is_near: bool,
    pacer: Pacer,
    /// Made by the first check, so that a session that checks nothing does not pay for it.
    env: OnceLock<Result<Env<NetworkDns>, TrustError>>,
}

impl Checker {
    /// `ca` are certificates to trust beside those of the system, `dns` a server to ask instead of the
    /// system's, `variable` reads the environment, and `lockout` knows which registrars have refused
    /// credentials.
    pub fn new(
        ca: Option<Vec<u8>>,
        dns: Option<SocketAddr>,
        variable: Variable,
        lockout: Arc<Lockout>,
    ) -> Self {
        Self {
            ca,
            dns,
            variable,
            identity: None,
            lockout,
            rules: StatusRules::default(),
            provider_is_near: false,
            pacer: Pacer::default(),
            env: OnceLock::new(),
        }
    }

    /// The same, for numbers of a provider on this machine, where `is_near`: it reaches what this machine
    /// reaches.
    #[must_use]
    pub fn of_provider(self, is_near: bool) -> Self {
        Self { provider_is_near: is_near, ..self }
    }

    /// The same, that reads the answers of servers by these rules.
    #[must_use]
    pub fn judging(self, rules: StatusRules) -> Self {
        Self { rules, ..self }
    }

    /// The same, with a certificate for SIP servers that ask for one.
    #[must_use]
    pub fn with_identity(self, identity: Option<ClientIdentity>) -> Self {
        Self { identity, ..self }
    }

    /// The same, at one pace with every other that has this one.
    #[must_use]
    pub fn at_pace(self, pacer: &Pacer) -> Self {
        Self { pacer: pacer.clone(), ..self }
    }

    /// What checks go by, or why the certificates cannot be trusted.
    fn env(&self) -> Result<&Env<NetworkDns>, &TrustError> {
        let make = || {
            let variable = self.variable;
            let of_machine = || NetworkDns::system(move || resolver_settings(Path::new("/etc"), variable));
            let dns = self.dns.map_or_else(of_machine, NetworkDns::server);
            let tls = Tls::new(self.ca.as_deref())?.with_identity(self.identity.clone());
            let lockout = Arc::clone(&self.lockout);
            Ok(Env {
                dns,
                tls,
                pacer: self.pacer.clone(),
                lockout,
                rules: self.rules.clone(),
                provider_is_near: self.provider_is_near,
            })
        };
        self.env.get_or_init(make).as_ref()
    }

    /// Checks a number by its record, of which reading took `spent` of the limit.
    ///
    /// # Errors
    /// Why the certificates that were named cannot be trusted.
    pub async fn number(
        &self,
        subject: &Subject,
        options: &Options,
        spent: Duration,
        at: Timestamp,
        watch: Watch<'_>,
    ) -> Result<Report, &TrustError> {
        let left = options.timeout.saturating_sub(spent);
        let timeout = left.max(LEAST).min(options.timeout);
        let options = Options { timeout, late: timeout.saturating_sub(left), ..*options };
        Ok(check(subject, &options, self.env()?, at, watch).await)
    }

    /// Checks an address.
    ///
    /// # Errors
    /// As for [`Self::number`].
    pub async fn address(
        &self,
        (uri, transport, access): (SipUri, Option<Transport>, Access),
        options: &Options,
        at: Timestamp,
        watch: Watch<'_>,
    ) -> Result<Report, &TrustError> {
        let subject = Subject::given(uri, transport, access);
        Ok(check(&subject, options, self.env()?, at, watch).await)
    }

    /// Checks all subjects of a plan; each server is asked once.
    ///
    /// # Errors
    /// As for [`Self::number`].
    pub async fn plan(
        &self,
        plan: &Plan,
        options: &Options,
        at: Timestamp,
        done: ReportSink<'_>,
    ) -> Result<(), &TrustError> {
        batch(plan, options, self.env()?, at, done).await;
        Ok(())
    }
}

/// What is checked of a number whose record was read.
pub fn of_detail(detail: &Detail, endpoints: &Endpoints, transport: Option<Transport>) -> Subject {
    let facts = Facts::of(&detail.number, Some(detail), endpoints);
    Subject { has_detail: true, ..named(&facts, transport) }
}

/// What is checked of many numbers, from what the list says of them.
pub fn of_rows<'a>(numbers: impl IntoIterator<Item = &'a Number>, endpoints: &Endpoints) -> Plan {
    let subject = |number: &Number| named(&Facts::of(number, None, endpoints), None);
    Plan::of(numbers.into_iter().map(subject).collect())
}

/// Reads what says how names are resolved; what cannot be read is as if it were not there, as for the C
/// library. On macOS `/etc/resolv.conf` has the resolver of the first network; what a VPN adds for domains
/// of its own is not in there.
fn resolver_settings(etc: &Path, variable: Variable) -> ResolverSettings {
    let text = |name: &str| {
        let bytes = std::fs::read(etc.join(name)).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let hostname = rustix::system::uname().nodename().to_string_lossy().into_owned();
    ResolverSettings {
        resolv_conf: text("resolv.conf").map(|text| numbered(&text)),
        hosts: text("hosts"),
        local_domain: variable("LOCALDOMAIN"),
        options: variable("RES_OPTIONS"),
        hostname: Some(hostname),
    }
}

/// The same with the numbers of interfaces where a server of this link has a name for one, as in `fe80::1%eth0`:
/// an address has a number (RFC 4007 section 11).
fn numbered(text: &str) -> String {
    let line = |line: &str| {
        let (server, zone) = line.split_once('%').filter(|_| line.starts_with("nameserver"))?;
        let number = interface(zone.split_ascii_whitespace().next()?)?;
        Some(format!("{server}%{number}"))
    };
    let lines = text.lines().map(|one| line(one).unwrap_or_else(|| one.to_owned()) + "\n");
    lines.collect()
}

#[cfg(target_os = "linux")]
fn interface(name: &str) -> Option<u32> {
    let socket = std::net::UdpSocket::bind((std::net::Ipv4Addr::LOCALHOST, 0)).ok()?;
    rustix::net::netdevice::name_to_index(&socket, name).ok()
}

/// Nothing safe tells it elsewhere: such a server is left out.
#[cfg(not(target_os = "linux"))]
fn interface(_: &str) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_missing_or_no_text_do_not_matter() {
        let etc = tempfile::tempdir().unwrap();
        let nothing = resolver_settings(etc.path(), |_| None);
        assert_eq!((&nothing.resolv_conf, &nothing.hosts, &nothing.options), (&None, &None, &None));
        std::fs::write(etc.path().join("hosts"), b"192.0.2.1 pbx \xff").unwrap();
        std::fs::write(etc.path().join("resolv.conf"), "nameserver 192.0.2.53").unwrap();
        let some = resolver_settings(etc.path(), |name| Some(name.to_owned()));
        assert_eq!(some.hosts.as_deref(), Some("192.0.2.1 pbx \u{fffd}"));
        assert_eq!(some.resolv_conf.as_deref(), Some("nameserver 192.0.2.53\n"));
        assert_eq!(some.local_domain.as_deref(), Some("LOCALDOMAIN"));
    }

    #[test]
    fn a_server_of_this_link_is_found_by_the_name_of_its_interface() {
        let text = "search x.example\nnameserver fe80::1%7\nnameserver fe80::1%nothing-9\n# fe80::1%lo\n";
        assert_eq!(numbered(text), text, "what no interface is called stays");
        let found = numbered("nameserver fe80::1%lo\n");
        assert_eq!(
            found,
            if cfg!(target_os = "linux") { "nameserver fe80::1%1\n" } else { "nameserver fe80::1%lo\n" }
        );
    }
}
