//! A SIP server that answers as a test says, down to the byte, over UDP, TCP or TLS on loopback, and
//! remembers every message that arrived; and certificates and names to go with it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_auth::PasswordParams;
use http_auth::digest::DigestClient;
use http_auth::parser::ChallengeParser;
use jiff::{SignedDuration, Timestamp, tz::Offset};
use numdeck::sip::{Dns, DnsAnswer, DnsFailure, Record, RecordKind, Transport};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The name that certificates are for, and that [`Zone::loopback`] knows.
pub(crate) const HOST: &str = "sip.test";

/// What a server does with one request, one after another.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Sends bytes: one datagram, or a part of the stream.
    Send(Vec<u8>),
    /// Waits.
    Wait(Duration),
    /// Closes the connection.
    Close,
    /// Sends until nobody takes it any more.
    Flood(Vec<u8>),
}

type Script = dyn Fn(usize, &str) -> Vec<Act> + Send + Sync;

/// The server. Dropping it stops it.
pub(crate) struct FakeSip {
    pub(crate) at: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for FakeSip {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeSip {
    /// Starts one, with a certificate for TLS; `script` gets the number of the request, counted from 0,
    /// and its text.
    pub(crate) async fn with(
        transport: Transport,
        tls: Arc<ServerConfig>,
        script: impl Fn(usize, &str) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        Self::listening("127.0.0.1:0", transport, tls, script).await
    }

    /// The same at an address of loopback, for what a port alone decides.
    pub(crate) async fn listening(
        address: &str,
        transport: Transport,
        tls: Arc<ServerConfig>,
        script: impl Fn(usize, &str) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let script: Arc<Script> = Arc::new(script);
        let log = Arc::clone(&seen);
        if transport == Transport::Udp {
            let socket = UdpSocket::bind(address).await.unwrap();
            let at = socket.local_addr().unwrap();
            let task = tokio::spawn(async move { datagrams(socket, &script, &log).await });
            return Self { at, seen, task };
        }
        let listener = TcpListener::bind(address).await.unwrap();
        let at = listener.local_addr().unwrap();
        let acceptor = (transport == Transport::Tls).then(|| TlsAcceptor::from(tls));
        let task = tokio::spawn(async move {
            let mut running = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (script, log, acceptor) = (Arc::clone(&script), Arc::clone(&log), acceptor.clone());
                running.spawn(async move {
                    match acceptor {
                        None => stream_of(stream, &script, &log).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                stream_of(stream, &script, &log).await;
                            }
                        }
                    }
                });
            }
        });
        Self { at, seen, task }
    }

    /// Every request that arrived.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// Every method that arrived, in order.
    pub(crate) fn methods(&self) -> Vec<String> {
        self.seen().iter().map(|text| text.split(' ').next().unwrap().to_owned()).collect()
    }
}

async fn datagrams(socket: UdpSocket, script: &Arc<Script>, log: &Mutex<Vec<String>>) {
    let mut packet = vec![0; 65_536];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut packet).await else { continue };
        let text = String::from_utf8(packet[..length].to_vec()).unwrap();
        let n = enter(log, &text);
        for act in script(n, &text) {
            match act {
                Act::Send(bytes) => drop(socket.send_to(&bytes, from).await),
                Act::Wait(time) => tokio::time::sleep(time).await,
                Act::Close => {}
                Act::Flood(bytes) => {
                    for _ in 0..200 {
                        socket.send_to(&bytes, from).await.ok();
                    }
                }
            }
        }
    }
}

async fn stream_of(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: &Arc<Script>,
    log: &Mutex<Vec<String>>,
) {
    let mut buffer = Vec::new();
    loop {
        while let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let text = String::from_utf8(buffer.drain(..end + 4).collect()).unwrap();
            let n = enter(log, &text);
            for act in script(n, &text) {
                match act {
                    Act::Send(bytes) => {
                        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
                            return;
                        }
                    }
                    Act::Wait(time) => tokio::time::sleep(time).await,
                    Act::Close => {
                        stream.shutdown().await.ok();
                        return;
                    }
                    Act::Flood(bytes) => while stream.write_all(&bytes).await.is_ok() {},
                }
            }
        }
        if !matches!(stream.read_buf(&mut buffer).await, Ok(1..)) {
            return;
        }
    }
}

fn enter(log: &Mutex<Vec<String>>, text: &str) -> usize {
    let mut log = log.lock().unwrap();
    log.push(text.to_owned());
    log.len() - 1
}

/// A header of a request.
pub(crate) fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    request.lines().find_map(|line| {
        let (known, value) = line.split_once(": ")?;
        known.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// A reply with everything that has to be copied from the request, and `more` headers, each with its
/// line end.
pub(crate) fn reply(request: &str, status: &str, more: &str) -> String {
    let copied = |name: &str| header(request, name).unwrap();
    format!(
        "SIP/2.0 {status}\r\nVia: {};received=127.0.0.1\r\nFrom: {}\r\nTo: {};tag=fake\r\nCall-ID: {}\r\n\
         CSeq: {}\r\n{more}Content-Length: 0\r\n\r\n",
        copied("Via"),
        copied("From"),
        copied("To"),
        copied("Call-ID"),
        copied("CSeq")
    )
}

/// [`reply`] as the only act.
pub(crate) fn say(request: &str, status: &str, more: &str) -> Vec<Act> {
    vec![Act::Send(reply(request, status, more).into_bytes())]
}

/// Answers OPTIONS with 200, and REGISTER as a registrar does that wants `user` and `password` for the
/// `challenge` (the header's value); `proxy` makes it a 407.
pub(crate) fn registrar(
    challenge: &'static str,
    proxy: bool,
    user: &'static str,
    password: &'static str,
) -> impl Fn(usize, &str) -> Vec<Act> + Send + Sync + 'static {
    move |_, request| {
        if request.starts_with("OPTIONS") {
            return say(request, "200 OK", "");
        }
        let (ask, answer, status) = if proxy {
            ("Proxy-Authenticate", "Proxy-Authorization", "407 Proxy Authentication Required")
        } else {
            ("WWW-Authenticate", "Authorization", "401 Unauthorized")
        };
        let uri = request.split(' ').nth(1).unwrap();
        match header(request, answer) {
            Some(value) if accepts(challenge, value, user, password, uri) => say(
                request,
                "200 OK",
                "Contact: <sip:a@192.0.2.1>;expires=60, <sip:b@192.0.2.2>;expires=60\r\n",
            ),
            _ => say(request, status, &format!("{ask}: {challenge}\r\n")),
        }
    }
}

/// Whether credentials are what a client gives to the challenge of the algorithm that they name, which is
/// MD5 where they name none (RFC 7616 section 3.4).
pub(crate) fn accepts(challenges: &str, value: &str, user: &str, password: &str, uri: &str) -> bool {
    let given = ChallengeParser::new(value).next().unwrap().unwrap();
    let text = |name: &str| {
        let found = given.params.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.to_unescaped()).unwrap_or_default()
    };
    let algorithm = |params: &[(&str, http_auth::ParamValue<'_>)]| {
        let named = params.iter().find(|(name, _)| *name == "algorithm");
        named.map_or_else(|| "MD5".to_owned(), |(_, value)| value.to_unescaped())
    };
    let challenges = challenges.replace('\t', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    ChallengeParser::new(&challenges).any(|challenge| {
        let challenge = challenge.unwrap();
        let Ok(mut client) = DigestClient::try_from(&challenge) else { return false };
        if algorithm(&challenge.params) != algorithm(&given.params) {
            return false;
        }
        let params = PasswordParams { username: user, password, uri, method: "REGISTER", body: None };
        // A nonce that is used again is counted.
        let uses = u32::from_str_radix(&text("nc"), 16).unwrap_or(1).min(9);
        let mut answers =
            (0..uses).map(|_| client.respond_with_testing_cnonce(&params, &text("cnonce")).unwrap());
        let wanted = answers.by_ref().last().unwrap();
        let wanted = ChallengeParser::new(&wanted).next().unwrap().unwrap();
        let response = wanted.params.iter().find(|(name, _)| *name == "response").unwrap();
        response.1.to_unescaped() == text("response") && text("username") == user && text("uri") == uri
    })
}

/// A certificate authority of a test.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, as `--ca` takes it.
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "Authority of a test");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A server whose certificate is for `names` and valid from one day on to another, counted from
    /// today.
    pub(crate) fn server(&self, names: &[&str], from: i64, to: i64) -> Arc<ServerConfig> {
        self.pair(names, from, to).server()
    }

    /// The certificate of such a server, and its key.
    pub(crate) fn pair(&self, names: &[&str], from: i64, to: i64) -> Pair {
        let key = KeyPair::generate().unwrap();
        let certificate = leaf(names, from, to).signed_by(&key, &self.issuer).unwrap();
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

/// A certificate and its key, as files hold them.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Pair {
    /// A certificate that signs itself.
    pub(crate) fn self_signed(names: &[&str]) -> Self {
        Self::self_signed_by(names, false)
    }

    /// The same, as `openssl req -x509` makes it: its own authority.
    pub(crate) fn self_signed_by(names: &[&str], is_authority: bool) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = leaf(names, 0, 400);
        if is_authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Arc::new(config)
    }
}

/// A server with a certificate that signs itself.
pub(crate) fn self_signed(names: &[&str]) -> Arc<ServerConfig> {
    Pair::self_signed(names).server()
}

fn leaf(names: &[&str], from: i64, to: i64) -> CertificateParams {
    let (uris, names): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| name.contains(':'));
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let mut params = CertificateParams::new(names).unwrap();
    let uris = uris.into_iter().map(|uri| SanType::URI(uri.try_into().unwrap()));
    params.subject_alt_names.extend(uris);
    let day = |days: i64| {
        let date = Offset::UTC.to_datetime(Timestamp::now() + SignedDuration::from_hours(24 * days));
        rcgen::date_time_ymd(date.year().into(), date.month() as u8, date.day() as u8)
    };
    params.not_before = day(from);
    params.not_after = day(to);
    params
}

/// DNS of a few names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Zone(HashMap<(String, RecordKind), Result<Vec<Record>, DnsFailure>>);

impl Zone {
    /// [`HOST`] is this machine.
    pub(crate) fn loopback() -> Self {
        Self::default().with(HOST, RecordKind::A, Ok(vec![Record::Address("127.0.0.1".parse().unwrap())]))
    }

    pub(crate) fn with(
        mut self,
        name: &str,
        kind: RecordKind,
        answer: Result<Vec<Record>, DnsFailure>,
    ) -> Self {
        self.0.insert((name.to_owned(), kind), answer);
        self
    }

    /// Servers of a service, all on [`HOST`].
    pub(crate) fn srv(self, service: &str, ports: &[u16]) -> Self {
        let record =
            |port: &u16| Record::Srv { priority: 1, weight: 1, port: *port, target: format!("{HOST}.") };
        self.with(service, RecordKind::Srv, Ok(ports.iter().map(record).collect()))
    }
}

impl Dns for Zone {
    async fn lookup(&self, name: &str, kind: RecordKind, _: Instant) -> DnsAnswer {
        let exists = self.0.keys().any(|(known, _)| known == name);
        let none = if exists { DnsFailure::NoData } else { DnsFailure::NoName };
        self.0.get(&(name.to_owned(), kind)).cloned().unwrap_or(Err(none)).into()
    }
}
