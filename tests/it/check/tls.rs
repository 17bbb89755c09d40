//! Handshakes that fail: each says its true cause, or between which causes it cannot tell. Servers that
//! rustls cannot be are bytes written by hand; certificates that nobody makes any more are fixtures.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use numdeck::sip::{ClientIdentity, Code, Health, IdentityError, Report, Step, StepKind, Transport};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::{Bench, called};
use crate::support::ran::Ran;
use crate::support::sip::{Act, FakeSip, HOST, Pair, say};

const BOTH: &[&SupportedProtocolVersion] = &[&TLS12, &TLS13];

/// Shows the certificates that it is given, whether a key fits them or not.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// A server that shows `chain`, proves it with `key`, and wants a certificate of the client from the
/// authorities of `clients`.
fn server(
    versions: &[&'static SupportedProtocolVersion],
    chain: &[&str],
    key: &str,
    clients: Option<&str>,
) -> Arc<ServerConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let chain = chain.iter().map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).collect();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions);
    let builder = match clients {
        None => builder.unwrap().with_no_client_auth(),
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.unwrap().with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    Arc::new(builder.with_cert_resolver(Arc::new(Shows(Arc::new(CertifiedKey::new(chain, key))))))
}

async fn at(bench: &Bench, config: Arc<ServerConfig>) -> Report {
    let server = FakeSip::with(Transport::Tls, config, |_, request| say(request, "200 OK", "")).await;
    bench.at(Transport::Tls, &server).await
}

/// A server that answers the first bytes of each connection with `bytes` and hangs up.
async fn answering(bytes: &'static [u8], asked: Arc<AtomicUsize>) -> (u16, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            asked.fetch_add(1, Ordering::Relaxed);
            let mut hello = vec![0; 4096];
            if !matches!(stream.read(&mut hello).await, Ok(1..)) {
                continue;
            }
            stream.write_all(bytes).await.ok();
            // Until the other side has read it: a reset would take it away.
            while matches!(stream.read(&mut hello).await, Ok(1..)) {}
        }
    });
    (port, task)
}

async fn refusing(host: &str, bytes: &'static [u8]) -> Report {
    let asked = Arc::new(AtomicUsize::new(0));
    let (port, task) = answering(bytes, Arc::clone(&asked)).await;
    let report = Bench::new().check(&format!("sips:{host}:{port}")).await;
    task.abort();
    assert!(asked.load(Ordering::Relaxed) <= 2, "one more connection at most");
    report
}

fn tls(report: &Report) -> &Step {
    report.steps.iter().find(|step| step.kind == StepKind::Tls).unwrap()
}

/// The code of the verdict, why, and the advice.
fn said(report: &Report) -> (Code, String, String) {
    let cause =
        tls(report).detail().get("cause").and_then(|cause| cause.as_str()).unwrap_or_default().to_owned();
    (report.verdict.code, cause, report.verdict.next.words(&called))
}

/// An alert, in a record of TLS 1.2.
macro_rules! alert {
    ($number:literal) => {
        &[21, 3, 3, 0, 2, 2, $number]
    };
}

/// A ServerHello of a version with a cipher suite, without extensions.
macro_rules! hello {
    ($minor:literal, $high:literal, $low:literal) => {
        &[
            22, 3, $minor, 0, 42, 2, 0, 0, 38, 3, $minor, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
            7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, $high, $low, 0,
        ]
    };
}

pub(super) async fn at_most_tls_1_1() -> Report {
    refusing(HOST, hello!(2, 0, 0x2f)).await
}

pub(super) async fn by_address() -> Report {
    refusing("127.0.0.1", alert!(112)).await
}

pub(super) async fn without_a_certificate() -> Report {
    let bench = Bench::new();
    let own = bench.authority.pair(&[HOST], -1, 90);
    at(&bench, server(BOTH, &[&own.certificate], &own.key, Some(&bench.authority.pem))).await
}

pub(super) async fn with_a_certificate_missing() -> Report {
    let tree = Tree::new("Middle", |_| {});
    let stranger = Pair::self_signed_by(&["stranger.test"], true);
    tree.showing(&[&tree.own, &stranger.certificate]).await
}

/// A certificate that openssl made, shown by a server; `authority` is trusted.
pub(super) async fn with_fixture(name: &str, authority: &str) -> Report {
    let mut bench = Bench::new();
    let key = bench.authority.pair(&[HOST], -1, 90).key;
    bench.authority.pem = fixture(authority);
    at(&bench, server(BOTH, &[&fixture(name)], &key, None)).await
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/tls/{name}.pem"));
    fs::read_to_string(path).unwrap()
}

/// A root that is trusted, an intermediate, and a server's own certificate.
struct Tree {
    root: String,
    middle: String,
    own: String,
    key: String,
}

impl Tree {
    fn new(name: &str, change: impl Fn(&mut CertificateParams)) -> Self {
        let authority = |name: &str| {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(DnType::CommonName, name);
            (params, KeyPair::generate().unwrap())
        };
        let (params, key) = authority("Root of a test");
        let root = params.self_signed(&key).unwrap().pem();
        let above = Issuer::new(params, key);
        let (mut params, key) = authority(name);
        change(&mut params);
        let middle = params.signed_by(&key, &above).unwrap().pem();
        let below = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        let own = own.signed_by(&key, &below).unwrap().pem();
        Self { root, middle, own, key: key.serialize_pem() }
    }

    async fn showing(&self, chain: &[&String]) -> Report {
        let mut bench = Bench::new();
        bench.authority.pem.clone_from(&self.root);
        let chain: Vec<&str> = chain.iter().map(|pem| pem.as_str()).collect();
        at(&bench, server(BOTH, &chain, &self.key, None)).await
    }
}

#[tokio::test]
async fn a_server_with_old_versions_alone_is_named_by_its_version() {
    for (bytes, version) in
        [(&hello!(2, 0, 0x2f)[..], "TLS 1.1"), (hello!(1, 0, 5), "TLS 1.0"), (hello!(0, 0, 4), "SSL 3.0")]
    {
        let report = refusing(HOST, bytes).await;
        assert_eq!(said(&report).0, Code::TlsVersion, "{}", report.verdict.text());
        assert!(report.verdict.text().contains(&format!("{version} at most")), "{}", report.verdict.text());
        assert_eq!(tls(&report).detail()["tls_version"], version);
    }
}

#[tokio::test]
async fn a_cipher_that_is_not_spoken_here_is_named_and_said_to_be_our_limit() {
    for (bytes, cipher) in [
        (&hello!(3, 0, 0x2f)[..], "TLS_RSA_WITH_AES_128_CBC_SHA"),
        (hello!(3, 0xc0, 0x28), "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
        (hello!(3, 0, 0x9e), "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    ] {
        let report = refusing(HOST, bytes).await;
        let (code, cause, next) = said(&report);
        assert_eq!((code, cause.as_str()), (Code::TlsVersion, "our_ciphers"), "{}", report.verdict.text());
        assert_eq!(tls(&report).detail()["cipher"], cipher);
        assert!(next.contains("limit is one of this check") && !next.contains("access list"), "{next}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_everything_is_not_said_to_have_old_ciphers() {
    let report = refusing(HOST, alert!(40)).await;
    assert_eq!(said(&report).0, Code::Closed);
    assert!(report.verdict.text().contains("none of them"), "{}", report.verdict.text());
    let old = refusing(HOST, alert!(70)).await;
    assert_eq!((said(&old).0, said(&old).1.as_str()), (Code::TlsVersion, "old_version"));
}

#[tokio::test]
async fn who_needs_a_name_is_told_apart_from_who_does_not_know_it() {
    for (host, bytes, cause) in [
        ("127.0.0.1", &alert!(112)[..], "name_needed"),
        ("127.0.0.1", alert!(40), "name_needed_likely"),
        ("127.0.0.1", alert!(80), "name_needed_likely"),
        (HOST, alert!(112), "name_unknown"),
    ] {
        let report = refusing(host, bytes).await;
        let (code, said, next) = said(&report);
        assert_eq!((code, said.as_str()), (Code::TlsSni, cause), "{}", report.verdict.text());
        assert_eq!(next.contains("instead of the IP address"), host == "127.0.0.1", "{next}");
    }
    let bench = Bench::new();
    let tls = bench.authority.server(&[HOST], -1, 90);
    let server = FakeSip::with(Transport::Tls, tls, |_, request| say(request, "200 OK", "")).await;
    let report = bench.check(&format!("sips:127.0.0.1:{}", server.at.port())).await;
    let (code, cause, next) = said(&report);
    assert_eq!((code, cause.as_str()), (Code::TlsName, "address_given"));
    assert!(next.contains("name of the certificate"), "{next}");
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_of_the_client_says_so_in_both_versions() {
    for versions in [&[&TLS12][..], &[&TLS13]] {
        let bench = Bench::new();
        let own = bench.authority.pair(&[HOST], -1, 90);
        let authority = bench.authority.pem.clone();
        let config = || server(versions, &[&own.certificate], &own.key, Some(&authority));
        let report = at(&bench, config()).await;
        let (code, cause, next) = said(&report);
        assert_eq!((code, cause.as_str()), (Code::TlsClientCert, "client_certificate_wanted"));
        assert!(next.contains("ShowCertificate"), "{next}");
        assert_eq!(tls(&report).detail()["client_certificate"], "asked");
        let identity =
            |pair: &Pair| ClientIdentity::new(pair.certificate.as_bytes(), pair.key.as_bytes()).unwrap();
        let client = bench.authority.pair(&["client.test"], -1, 90);
        let known = Bench { identity: Some(identity(&client)), ..bench };
        let report = at(&known, config()).await;
        assert_eq!(report.verdict.health(), Health::Healthy, "{}", report.verdict.text());
        assert_eq!(tls(&report).detail()["client_certificate"], "sent");
        let stranger = Pair::self_signed(&["client.test"]);
        let unknown = Bench { identity: Some(identity(&stranger)), ..known };
        let report = at(&unknown, config()).await;
        let (code, cause, next) = said(&report);
        assert_eq!((code, cause.as_str()), (Code::TlsClientCert, "client_certificate_refused"));
        assert!(next.contains("which certificates of clients"), "{next}");
    }
    let required = refusing(HOST, alert!(116)).await;
    assert_eq!(said(&required).0, Code::TlsClientCert);
}

#[tokio::test]
async fn a_certificate_of_the_client_is_shown_only_to_who_asks() {
    let bench = Bench::new();
    let client = bench.authority.pair(&["client.test"], -1, 90);
    let identity = ClientIdentity::new(client.certificate.as_bytes(), client.key.as_bytes()).unwrap();
    assert!(!format!("{identity:?}").contains("BEGIN"));
    let bench = Bench { identity: Some(identity), ..bench };
    let report = at(&bench, bench.authority.server(&[HOST], -1, 90)).await;
    assert_eq!(report.verdict.health(), Health::Healthy, "{}", report.verdict.text());
    assert!(!tls(&report).detail().contains_key("client_certificate"));
}

#[test]
fn a_key_that_is_no_identity_says_why() {
    let (own, other) = (Pair::self_signed(&["a.test"]), Pair::self_signed(&["b.test"]));
    let of = |certificate: &str, key: &str| {
        ClientIdentity::new(certificate.as_bytes(), key.as_bytes()).unwrap_err()
    };
    assert_eq!(of(&own.certificate, &other.key), IdentityError::OtherKey);
    assert_eq!(of(&own.certificate, "nothing"), IdentityError::NoKey);
    assert_eq!(of(&own.certificate, &own.certificate), IdentityError::NoKey);
    assert!(matches!(of(&own.key, &own.key), IdentityError::Certificate(_)));
    let encrypted = own.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    assert_eq!(of(&own.certificate, &encrypted), IdentityError::Encrypted);
    let garbage = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert_eq!(of(&own.certificate, garbage), IdentityError::Unusable);
    assert_eq!(of(&fixture("v1"), &own.key), IdentityError::UnusableCertificate);
    // Both in one file, and what other tools write besides.
    let one = format!("{}{}", own.certificate, own.key);
    assert!(ClientIdentity::new(one.as_bytes(), one.as_bytes()).is_ok());
}

#[tokio::test]
async fn a_chain_that_is_incomplete_says_so_or_between_what_it_cannot_tell() {
    let report = with_a_certificate_missing().await;
    let (code, cause, next) = said(&report);
    assert_eq!((code, cause.as_str()), (Code::TlsChain, "intermediate_missing"), "{}", report.verdict.text());
    assert!(next.contains("full chain"), "{next}");
    for (name, code) in [("An Intermediate CA", Code::TlsChain), ("Middle", Code::TlsUntrusted)] {
        let tree = Tree::new(name, |_| {});
        let report = tree.showing(&[&tree.own]).await;
        let (said, cause, next) = said(&report);
        assert_eq!((said, cause.as_str()), (code, "issuer_unknown"), "{}", report.verdict.text());
        assert!(next.contains("full chain") && next.contains("TrustAuthority"), "{next}");
        assert!(report.verdict.text().contains(name), "{}", report.verdict.text());
    }
}

#[tokio::test]
async fn an_intermediate_that_expired_is_named_and_the_servers_own_is_not_blamed() {
    let tree = Tree::new("Old Middle", |params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2024, 2, 1);
    });
    let report = tree.showing(&[&tree.own, &tree.middle]).await;
    let (code, cause, next) = said(&report);
    assert_eq!((code, cause.as_str()), (Code::TlsChain, "intermediate_dates"), "{}", report.verdict.text());
    let text = report.verdict.text();
    assert!(text.contains("\"Old Middle\" expired") && text.contains("own is good for"), "{text}");
    assert!(next.contains("intermediate"), "{next}");
    let later = Tree::new("Early Middle", |params| params.not_before = rcgen::date_time_ymd(3000, 1, 1));
    let report = later.showing(&[&later.own, &later.middle]).await;
    assert_eq!(said(&report).0, Code::TlsChain);
    assert!(report.verdict.text().contains("\"Early Middle\" is not valid yet"), "{}", report.verdict.text());
}

#[tokio::test]
async fn what_is_sent_beside_a_good_chain_is_no_fault_and_a_wrong_order_is_a_warning() {
    let tree = Tree::new("Middle", |_| {});
    let expired = Tree::new("Other", |params| params.not_after = rcgen::date_time_ymd(2024, 2, 1));
    for chain in [
        &[&tree.own, &tree.middle][..],
        &[&tree.own, &tree.middle, &tree.root],
        &[&tree.own, &tree.middle, &expired.middle],
    ] {
        let report = tree.showing(chain).await;
        assert_eq!(report.verdict.health(), Health::Healthy, "{}", report.verdict.text());
        assert_eq!(tls(&report).detail()["chain"].as_array().unwrap().len(), chain.len());
    }
    let report = tree.showing(&[&tree.own, &tree.root, &tree.middle]).await;
    let (code, cause, next) = said(&report);
    assert_eq!((code, cause.as_str()), (Code::TlsChain, "wrong_order"), "{}", report.verdict.text());
    assert_eq!(report.verdict.health(), Health::Warning);
    assert!(next.contains("own certificate first"), "{next}");
    let first = tree.showing(&[&tree.middle, &tree.own]).await;
    assert_eq!((said(&first).0, first.verdict.health()), (Code::TlsChain, Health::Problem));
    assert!(first.verdict.text().contains("wrong order"), "{}", first.verdict.text());
}

#[tokio::test]
async fn a_certificate_that_is_refused_for_itself_is_so_by_name() {
    for (name, authority, why, words) in [
        ("v1", "ca", "weak", "X.509 version 1"),
        ("v1", "v1", "weak", "X.509 version 1"),
        ("sha1", "ca", "weak_signature", "signed with SHA-1"),
        ("md5", "rca", "weak_signature", "signed with MD5"),
        ("sha224", "ca", "our_algorithms", "signed with SHA-224"),
        ("rsa1024", "ca", "weak", "1024 bits"),
        ("p192", "ca", "weak", "P-192"),
        ("p224", "ca", "our_algorithms", "P-224"),
        ("brainpool", "ca", "our_algorithms", "brainpoolP256r1"),
        ("dsa", "ca", "weak", "DSA"),
    ] {
        let report = with_fixture(name, authority).await;
        let (code, cause, next) = said(&report);
        let text = report.verdict.text();
        assert_eq!(code, Code::TlsWeak, "{name}: {text}");
        assert_eq!(cause, why, "{name}: {text}");
        assert!(text.contains(words), "{name}: {text}");
        assert!(!next.contains("TrustAuthority"), "{name}: {next}");
    }
}

#[tokio::test]
async fn a_name_that_does_not_count_is_told_from_one_that_is_not_there() {
    let bench = Bench::new();
    for (names, cause) in [
        (&["sips:sip.test"][..], "name_of_other_kind"),
        (&["https://sip.test/"], "name_of_other_kind"),
        (&["other.test"], "other_name"),
    ] {
        let report = at(&bench, bench.authority.server(names, -1, 90)).await;
        let (code, said, _) = said(&report);
        assert_eq!((code, said.as_str()), (Code::TlsName, cause), "{}", report.verdict.text());
    }
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, HOST);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let mut bench = Bench::new();
    bench.authority.pem.clone_from(&certificate);
    let report = at(&bench, server(BOTH, &[&certificate], &key.serialize_pem(), None)).await;
    assert_eq!((said(&report).0, said(&report).1.as_str()), (Code::TlsName, "name_in_common_name"));
}

#[tokio::test]
async fn a_certificate_for_clients_is_none_for_a_server() {
    let (mut params, key) =
        (CertificateParams::new(vec![HOST.to_owned()]).unwrap(), KeyPair::generate().unwrap());
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = KeyPair::generate().unwrap();
    let mut bench = Bench::new();
    bench.authority.pem = authority.self_signed(&root).unwrap().pem();
    let own = params.signed_by(&key, &Issuer::new(authority, root)).unwrap().pem();
    let report = at(&bench, server(BOTH, &[&own], &key.serialize_pem(), None)).await;
    let (code, cause, next) = said(&report);
    assert_eq!((code, cause.as_str()), (Code::TlsUntrusted, "other_purpose"), "{}", report.verdict.text());
    assert!(next.contains("purposes") && !next.contains("TrustAuthority"), "{next}");
}

#[tokio::test]
async fn a_clock_that_is_behind_everything_is_blamed_before_the_server() {
    let later = |params: &mut CertificateParams| params.not_before = rcgen::date_time_ymd(3000, 1, 1);
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    later(&mut authority);
    let mut bench = Bench::new();
    bench.authority.pem = authority.self_signed(&key).unwrap().pem();
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    later(&mut params);
    let own = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&own, &Issuer::new(authority, key)).unwrap().pem();
    let report = at(&bench, server(BOTH, &[&certificate], &own.serialize_pem(), None)).await;
    let (code, cause, next) = said(&report);
    assert_eq!((code, cause.as_str()), (Code::TlsExpired, "clock_behind"), "{}", report.verdict.text());
    assert!(next.contains("set the clock"), "{next}");
    let bench = Bench::new();
    let report = at(&bench, bench.authority.server(&[HOST], 3, 90)).await;
    assert_eq!(said(&report).1, "not_yet_valid", "{}", report.verdict.text());
}

#[tokio::test]
async fn a_good_handshake_tells_version_cipher_and_chain() {
    let bench = Bench::new();
    let report = at(&bench, bench.authority.server(&[HOST], -1, 90)).await;
    let detail = tls(&report).detail();
    assert_eq!(detail["tls_version"], "TLS 1.3");
    assert!(detail["cipher"].as_str().unwrap().starts_with("TLS_"), "{detail:?}");
    let own = &detail["chain"][0];
    assert!(own["issuer"].as_str().unwrap().contains("Authority of a test"), "{own}");
    assert!(own["expires_at"].as_str().unwrap().ends_with('Z'), "{own}");
    assert!(!detail.contains_key("cause"));
}

#[tokio::test]
async fn a_server_that_asks_and_hangs_up_is_said_to_want_one_most_likely() {
    let bench = Bench::new();
    let own = bench.authority.pair(&[HOST], -1, 90);
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(bench.authority.pem.as_bytes()).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(BOTH)
        .unwrap()
        .with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(own.certificate.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    let script = |_: usize, _: &str| vec![Act::Close];
    let server = FakeSip::with(Transport::Tls, Arc::clone(&config), script).await;
    let report = bench.at(Transport::Tls, &server).await;
    assert_eq!(report.verdict.code, Code::TlsClientCert, "{}", report.verdict.text());
    let next = report.verdict.next.words(&called);
    assert!(report.verdict.text().contains("most likely") && next.contains("access list"), "{next}");
    // One that asks and takes none is well.
    let report = at(&bench, config).await;
    assert_eq!(report.verdict.health(), Health::Healthy, "{}", report.verdict.text());
    assert_eq!(tls(&report).detail()["client_certificate"], "asked");
    let silent = bench.server(Transport::Tls, |_, _| vec![Act::Close]).await;
    let report = bench.at(Transport::Tls, &silent).await;
    assert_eq!(report.verdict.code, Code::Closed, "{}", report.verdict.text());
}

/// Files of a client, and what the command makes of them.
struct Files(tempfile::TempDir);

impl Files {
    fn write(&self, name: &str, text: &str, mode: u32) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    async fn check(&self, uri: &str, more: &[&str]) -> Ran {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command.env_clear().env("NUMDECK_STATE_DIR", self.0.path());
        command.args(["check", "-o", "json", "--uri", uri]).args(more);
        tokio::task::spawn_blocking(move || Ran::run(command)).await.unwrap()
    }
}

#[tokio::test]
async fn the_command_shows_a_certificate_and_judges_its_files_before_it_asks_anybody() {
    let files = Files(tempfile::tempdir().unwrap());
    let bench = Bench::new();
    let own = bench.authority.pair(&["127.0.0.1"], -1, 90);
    let config = server(BOTH, &[&own.certificate], &own.key, Some(&bench.authority.pem));
    let sip = FakeSip::with(Transport::Tls, config, |_, request| say(request, "200 OK", "")).await;
    let uri = format!("sips:127.0.0.1:{}", sip.at.port());
    let client = bench.authority.pair(&["client.test"], -1, 90);
    let ca = files.write("ca.pem", &bench.authority.pem, 0o644);
    let certificate = files.write("client.pem", &client.certificate, 0o644);
    let key = files.write("client.key", &client.key, 0o600);
    let ran = files.check(&uri, &["--ca", &ca, "--client-cert", &certificate, "--client-key", &key]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let secret = client.key.lines().nth(1).unwrap();
    assert!(
        !format!("{ran:?}").contains(secret) && ran.out.contains("\"client_certificate\": \"sent\""),
        "{ran:?}"
    );
    let ran = files.check(&uri, &["--ca", &ca]).await;
    assert_eq!(ran.code, 20, "{ran:?}");
    assert!(ran.out.contains("--client-cert and --client-key"), "{ran:?}");
    let open = files.write("open.key", &client.key, 0o644);
    let encrypted = client.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let encrypted = files.write("encrypted.key", &encrypted, 0o600);
    let other = files.write("other.key", &own.key, 0o600);
    for (certificate, key, words) in [
        (&certificate, &open, "everybody on this machine can read"),
        (&certificate, &encrypted, "encrypted"),
        (&certificate, &other, "does not belong to the certificate"),
        (&certificate, &certificate, "everybody"),
        (&key, &key, "--client-cert"),
        (&certificate, &"/nowhere/key".to_owned(), "cannot read /nowhere/key"),
    ] {
        let ran = files.check(&uri, &["--client-cert", certificate, "--client-key", key]).await;
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains(words) && !ran.err.contains(secret), "{words}: {ran:?}");
    }
    let ran = files.check(&uri, &["--client-cert", &certificate]).await;
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[tokio::test]
async fn a_server_whose_key_is_not_that_of_its_certificate_proves_nothing() {
    let bench = Bench::new();
    let (own, other) = (bench.authority.pair(&[HOST], -1, 90), bench.authority.pair(&[HOST], -1, 90));
    for versions in [&[&TLS12][..], &[&TLS13]] {
        let report = at(&bench, server(versions, &[&own.certificate], &other.key, None)).await;
        assert_eq!(report.verdict.code, Code::TlsUntrusted, "{}", report.verdict.text());
        assert!(report.verdict.text().contains("its key does not belong to it"), "{}", report.verdict.text());
        let next = report.verdict.next.words(&called);
        assert!(!next.contains("TrustAuthority"), "{next}");
    }
}

#[tokio::test]
async fn an_authority_of_the_same_name_with_another_key_is_not_called_a_missing_intermediate() {
    let bench = Bench::new();
    // All authorities of these tests have one name.
    let stranger = crate::support::sip::Authority::new().server(&[HOST], -1, 90);
    let report = at(&bench, stranger).await;
    assert_eq!(report.verdict.code, Code::TlsUntrusted, "{}", report.verdict.text());
    assert!(report.verdict.text().contains("same name"), "{}", report.verdict.text());
}
