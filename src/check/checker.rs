//! How a check of one number and of many is put together, for the event loop and for the command alike.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;

use super::{Endpoints, Facts, named};
use crate::phone::{Detail, Number};
use crate::sip::{
    Access, ClientIdentity, Env, Lockout, NetworkDns, Options, Pacer, Plan, Report, ReportSink, SipUri,
    Subject, Tls, Transport, Watch, batch, check,
};
use crate::trust::TrustError;

/// Servers have at least so long, whatever reading the number took: the check ends a second after its
/// limit then.
const LEAST: Duration = Duration::from_secs(1);

/// What all checks of a session share: names, trust, and the pace at which servers are asked.
pub struct Checker {
    ca: Option<Vec<u8>>,
    dns: Option<SocketAddr>,
    identity: Option<ClientIdentity>,
    lockout: Arc<Lockout>,
    /// Made by the first check, so that a session that checks nothing does not pay for it.
    env: OnceLock<Result<Env<NetworkDns>, TrustError>>,
}

impl Checker {
    /// `ca` are certificates to trust beside those of the system, `dns` a server to ask instead of the
    /// system's, and `lockout` knows which registrars have refused credentials.
    pub fn new(ca: Option<Vec<u8>>, dns: Option<SocketAddr>, lockout: Arc<Lockout>) -> Self {
        Self { ca, dns, identity: None, lockout, env: OnceLock::new() }
    }

    /// The same, with a certificate for SIP servers that ask for one.
    pub fn with_identity(self, identity: Option<ClientIdentity>) -> Self {
        Self { identity, ..self }
    }

    /// What checks go by, or why the certificates cannot be trusted.
    fn env(&self) -> Result<&Env<NetworkDns>, &TrustError> {
        let make = || {
            let dns = self.dns.map_or_else(NetworkDns::system, NetworkDns::server);
            let tls = Tls::new(self.ca.as_deref())?.with_identity(self.identity.clone());
            let lockout = Arc::clone(&self.lockout);
            Ok(Env { dns, tls, pacer: Pacer::default(), lockout })
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
