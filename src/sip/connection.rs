//! From an address to a connection that SIP goes over.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::client::TlsStream;

use super::interpret;
use super::socket::{Socket, SocketTrouble};
use super::tls::{Shaken, TlsTrouble};
use super::{
    ClientCertificateUse, Code, Found, Host, LegKind, Pacer, Progress, Sighting, Status, StatusRules, Step,
    StepKind, Target, Tls, TlsCause, TlsFinding, Transport,
};

/// A certificate that ends within so many days is worth a word.
const SOON: i64 = 14;

/// Who is told of the steps of one target.
pub(super) type StepSink<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// What all requests of a check go by.
#[derive(Clone, Copy)]
pub(super) struct Resources<'a> {
    pub(super) tls: &'a Tls,
    pub(super) pacer: &'a Pacer,
    pub(super) rules: &'a StatusRules,
    /// The local address that packets leave by, where one is asked for.
    pub(super) source: Option<IpAddr>,
    /// The time of the check.
    pub(super) at: Timestamp,
}

/// Where to connect to, and for whom.
#[derive(Debug, Clone)]
pub(super) struct Destination {
    pub(super) leg: LegKind,
    pub(super) target: Target,
    /// The target in words.
    pub(super) label: String,
    /// Whose certificate it has to be.
    pub(super) host: Host,
    /// When the check of the leg began.
    pub(super) began: Instant,
}

/// Why there is no connection.
pub(super) struct ConnectFailure {
    pub(super) code: Code,
    pub(super) text: String,
    /// The address of this side, where it came as far as having one.
    pub(super) local: Option<IpAddr>,
}

/// A connection from an address of this machine where one is named.
async fn connected(source: Option<IpAddr>, to: SocketAddr) -> io::Result<TcpStream> {
    let Some(source) = source else { return TcpStream::connect(to).await };
    let socket = if source.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind((source, 0).into())?;
    socket.connect(to).await
}

fn expires(days: i64) -> String {
    match days {
        ..=0 => "expires within a day".to_owned(),
        1 => "expires in 1 day".to_owned(),
        days => format!("expires in {days} days"),
    }
}

impl Destination {
    /// Connects, and shakes hands where the transport wants it. Each step is told; a failure is told, and
    /// handed back.
    pub(super) async fn connect(
        &self,
        resources: Resources<'_>,
        until: Instant,
        told: StepSink<'_>,
    ) -> Result<Socket, ConnectFailure> {
        if self.target.transport == Transport::Udp {
            let socket = Socket::udp((resources.source, self.target.at), &self.label, self.began).await;
            return socket.map_err(|trouble| self.failed(&trouble, None, told));
        }
        self.begin(StepKind::Connect, told);
        let start = Instant::now();
        let stream = match timeout_at(until, connected(resources.source, self.target.at)).await {
            Ok(connected) => connected.map_err(|error| SocketTrouble::of(&error)),
            Err(_) => Err(SocketTrouble::Silence),
        };
        let stream = stream.map_err(|trouble| self.failed(&trouble, Some(start.elapsed()), told))?;
        let local = stream.local_addr().ok().map(|local| local.ip());
        // Small requests must not wait for each other's acknowledgement.
        drop(stream.set_nodelay(true));
        let step = self.step(StepKind::Connect, Code::Ok, format!("TCP {}", self.target.at));
        self.done(step.took(start.elapsed()), told);
        let socket = if self.target.transport == Transport::Tls {
            let (stream, wish) = self
                .shake_hands(stream, resources, until, told)
                .await
                .map_err(|(code, text)| ConnectFailure { code, text, local })?;
            Socket::tls(stream, wish, &self.label, self.began)
        } else {
            Socket::tcp(stream, &self.label, self.began)
        };
        socket.map_err(|trouble| self.failed(&trouble, None, told))
    }

    async fn shake_hands(
        &self,
        stream: TcpStream,
        resources: Resources<'_>,
        until: Instant,
        told: StepSink<'_>,
    ) -> Result<(TlsStream<TcpStream>, Option<ClientCertificateUse>), (Code, String)> {
        self.begin(StepKind::Tls, told);
        let start = Instant::now();
        let (code, text, found, took) =
            match timeout_at(until, resources.tls.connect(stream, &self.host)).await {
                Ok(Ok(shaken)) => {
                    let wish = shaken.found.client_certificate;
                    let (step, stream) = self.validity(shaken, resources.at);
                    self.done(step.took(start.elapsed()), told);
                    return Ok((stream, wish));
                }
                Ok(Err(trouble)) => {
                    let took = start.elapsed();
                    let trouble = self.look_again(trouble, resources, until).await;
                    (trouble.code, trouble.text.clone(), trouble.into_found(), took)
                }
                Err(_) => {
                    let text = "it connects, and then says nothing: most likely it speaks plain SIP";
                    (Code::TlsPlain, text.to_owned(), Found::Nothing, start.elapsed())
                }
            };
        let step = self.step(StepKind::Tls, code, text.clone()).found(found);
        self.done(step.took(took), told);
        Err((code, text))
    }

    /// What a second look at a server adds that refused without showing anything: over one more
    /// connection, in the time that is left.
    async fn look_again(&self, trouble: TlsTrouble, resources: Resources<'_>, until: Instant) -> TlsTrouble {
        if !trouble.is_open {
            return trouble;
        }
        let known = trouble.clone();
        let look = async {
            match connected(resources.source, self.target.at).await {
                Ok(stream) => resources.tls.look_again(trouble, stream, &self.host).await,
                Err(_) => trouble,
            }
        };
        timeout_at(until, look).await.unwrap_or(known)
    }

    /// What a verified certificate says about its end and its names.
    fn validity(&self, shaken: Shaken, at: Timestamp) -> (Step, TlsStream<TcpStream>) {
        let Shaken { stream, certificate, found, is_in_order } = shaken;
        let host = &self.host;
        let end = certificate.end.and_then(|end| i64::try_from(end.as_secs()).ok());
        let days = end.map(|end| (end - at.as_second()).div_euclid(86_400));
        let ends = days.map_or("end unknown".to_owned(), expires);
        let spoken = found.tls_version.map_or(String::new(), |version| format!("; {version}"));
        let text = format!("certificate valid for {host}, {ends}{spoken}");
        // Verified, so neither is a failure.
        let step = match &certificate.wildcard {
            _ if days.is_some_and(|days| days <= SOON) => {
                self.step(StepKind::Tls, Code::TlsExpired, text).as_status(Status::Warn)
            }
            Some(wildcard) => {
                let text = format!("{text}; only {wildcard} is in it, and SIP allows no wildcard (RFC 5922)");
                self.step(StepKind::Tls, Code::TlsName, text).as_status(Status::Warn)
            }
            None if !is_in_order => {
                let text =
                    format!("{text}; its chain is sent in the wrong order, which strict clients refuse");
                self.step(StepKind::Tls, Code::TlsChain, text).as_status(Status::Warn)
            }
            None => self.step(StepKind::Tls, Code::Ok, text),
        };
        let cause = (step.code == Code::TlsChain).then_some(TlsCause::WrongOrder);
        let found = TlsFinding { expires_in_days: days, cause, ..found };
        (step.found(Found::Tls(Box::new(found))), stream)
    }

    fn failed(&self, trouble: &SocketTrouble, took: Option<Duration>, told: StepSink<'_>) -> ConnectFailure {
        let (code, text) = interpret::of_connect(trouble, &self.target);
        let mut step = self.step(StepKind::Connect, code, text.clone());
        if *trouble == SocketTrouble::Unreachable {
            step = step.found(Found::Sighting(Sighting::NoRoute));
        }
        self.done(Step { elapsed: took, ..step }, told);
        ConnectFailure { code, text, local: None }
    }

    pub(super) fn step(&self, kind: StepKind, code: Code, text: String) -> Step {
        Step::new(Some(self.leg), kind, code, text)
    }

    pub(super) fn begin(&self, kind: StepKind, told: StepSink<'_>) {
        told(Progress::Began { leg: self.leg, kind, target: Some(self.label.clone()) });
    }

    pub(super) fn done(&self, step: Step, told: StepSink<'_>) {
        told(Progress::Done(Box::new(step.at(&self.label))));
    }
}
