//! What is asked, side by side where one question does not depend on another, and how long for.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, timeout, timeout_at};

use crate::sip::{Dns, DnsAnswer, DnsFailure, Record, RecordKind, Transport};

/// How much longer than an answer to go on with others may take that would only add to it.
const BESIDE: Duration = Duration::from_millis(500);

/// How much longer than what matters a question may take whose answer changes nothing.
const ASIDE: Duration = Duration::from_millis(250);

/// Whom to ask, and until when.
pub(super) struct Questions<'a, D> {
    pub(super) dns: &'a D,
    pub(super) until: Instant,
}

impl<D> Clone for Questions<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Questions<'_, D> {}

/// An answer that did not come.
pub(super) fn none(failure: DnsFailure) -> DnsAnswer {
    DnsAnswer::from(Err(failure))
}

impl<D: Dns> Questions<'_, D> {
    pub(super) async fn lookup(&self, name: &str, kind: RecordKind) -> DnsAnswer {
        let answer = timeout_at(self.until, self.dns.lookup(name, kind, self.until)).await;
        answer.unwrap_or_else(|_| none(DnsFailure::Timeout))
    }

    /// What DNS says of NAPTR, where it is asked for that, and of the usual services. NAPTR names others
    /// rarely: nobody waits for it to ask for these, or long once they are known.
    pub(super) async fn first_answers(
        &self,
        name: &str,
        asks_naptr: bool,
        usual: &[(Transport, String)],
    ) -> (Option<DnsAnswer>, Vec<DnsAnswer>) {
        let naptr =
            async { if asks_naptr { Some(self.lookup(name, RecordKind::Naptr).await) } else { None } };
        match select(pin!(naptr), pin!(self.services(usual))).await {
            Either::Left((naptr, services)) => (naptr, services.await),
            Either::Right((services, naptr)) => {
                (timeout(BESIDE, naptr).await.unwrap_or_else(|_| Some(none(DnsFailure::Timeout))), services)
            }
        }
    }

    /// What DNS says of each service. When one has servers, the others are not waited for long.
    pub(super) async fn services(&self, services: &[(Transport, String)]) -> Vec<DnsAnswer> {
        let ask = async |place: usize, name: &str| (place, self.lookup(name, RecordKind::Srv).await);
        let asked = services.iter().enumerate().map(|(place, (_, name))| ask(place, name));
        let mut asked: FuturesUnordered<_> = asked.collect();
        let mut answers = vec![none(DnsFailure::Timeout); services.len()];
        let mut until = self.until;
        while let Ok(Some((place, answer))) = timeout_at(until, asked.next()).await {
            if answer.records.is_ok() {
                until = until.min(Instant::now() + BESIDE);
            }
            answers[place] = answer;
        }
        answers
    }

    /// The services that lead to servers, as far as that is known soon after `main` is done.
    pub(super) async fn aside<F: Future<Output = ()>>(
        &self,
        services: &[(Transport, String)],
        main: F,
    ) -> Vec<(Transport, String)> {
        let mut leading = vec![false; services.len()];
        {
            let ask = async |place: usize, name: &str| (place, self.lookup(name, RecordKind::Srv).await);
            let collect = pin!(async {
                let asked = services.iter().enumerate().map(|(place, (_, name))| ask(place, name));
                let mut asked: FuturesUnordered<_> = asked.collect();
                while let Some((place, answer)) = asked.next().await {
                    leading[place] = answer.records.is_ok_and(|records| records.iter().any(leads_on));
                }
            });
            match select(collect, pin!(main)).await {
                Either::Left(((), main)) => main.await,
                Either::Right(((), collect)) => drop(timeout(ASIDE, collect).await),
            }
        }
        let leading = services.iter().zip(leading).filter(|(_, leads)| *leads);
        leading.map(|(service, _)| service.clone()).collect()
    }

    /// Both sorts of addresses. When there is something to go on with, the rest is not waited for long.
    pub(super) async fn addresses_of(&self, name: &str) -> (DnsAnswer, DnsAnswer) {
        let v4 = pin!(self.lookup(name, RecordKind::A));
        let v6 = pin!(self.lookup(name, RecordKind::Aaaa));
        match select(v4, v6).await {
            Either::Left((v4, v6)) if v4.records.is_ok() => {
                (v4, timeout(BESIDE, v6).await.unwrap_or_else(|_| none(DnsFailure::Timeout)))
            }
            Either::Left((v4, v6)) => (v4, v6.await),
            Either::Right((v6, v4)) => (v4.await, v6),
        }
    }
}

/// Whether an SRV record names a server, and does not say that there is none.
fn leads_on(record: &Record) -> bool {
    matches!(record, Record::Srv { target, .. } if !target.trim_end_matches('.').is_empty())
}

/// The name of the SRV records of a transport.
pub(super) fn service(name: &str, transport: Transport) -> String {
    match transport {
        Transport::Udp => format!("_sip._udp.{name}"),
        Transport::Tcp => format!("_sip._tcp.{name}"),
        Transport::Tls => format!("_sips._tcp.{name}"),
    }
}

/// A name with labels that begin with an underscore, which a host must not have.
pub(super) fn service_name(text: &str) -> Option<String> {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    (name.len() <= 253 && name.split('.').all(is_label)).then_some(name)
}
