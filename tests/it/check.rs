//! The routing check: every outcome provoked over real sockets on loopback, servers that are broken in
//! odd ways, and the command as a monitor sees it.

mod auth;
mod baresip;
mod bind;
mod command;
mod dns;
mod many;
mod odd;
mod oracle;
mod pcap;
mod places;
mod real;
mod resolver;
mod rows;
mod series;
mod tickets;
mod tls;
mod uac;

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use numdeck::phone::Secret;
use numdeck::sip::{
    Access, AddressOfRecord, AdviceMeans, AuthRule, ClientIdentity, Code, Env, Login, Options, Pacer,
    Progress, Report, SipUri, StatusRules, Step, Subject, Tls, Transport, check,
};

use crate::support::sip::{Act, Authority, FakeSip, HOST, Zone};

/// The means of an advice under the names that they have in the code.
fn called(means: AdviceMeans) -> Cow<'static, str> {
    format!("{means:?}").into()
}

const USER: &str = "user";
const PASSWORD: &str = "Tr0ub4dor-and-3";

/// A server, who trusts it, and how it is checked.
struct Bench {
    authority: Authority,
    zone: Zone,
    options: Options,
    access: Access,
    /// What a server gets that asks for a certificate of the client.
    identity: Option<ClientIdentity>,
}

impl Bench {
    fn new() -> Self {
        Self {
            authority: Authority::new(),
            zone: Zone::loopback(),
            // Long enough for a machine that is busy with other tests.
            options: Options { timeout: Duration::from_secs(20), ..Options::default() },
            access: Access::Login(Login {
                account: AddressOfRecord::lenient(USER),
                username: USER.into(),
                password: Secret::new(PASSWORD.into()),
            }),
            identity: None,
        }
    }

    /// For what ends only when time is over.
    fn hasty(self) -> Self {
        Self { options: Options { timeout: Duration::from_millis(1200), ..self.options }, ..self }
    }

    fn auth(self, auth: AuthRule) -> Self {
        Self { options: Options { auth, ..self.options }, ..self }
    }

    fn zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// A server with a good certificate.
    async fn server(
        &self,
        transport: Transport,
        script: impl Fn(usize, &str) -> Vec<Act> + Send + Sync + 'static,
    ) -> FakeSip {
        FakeSip::with(transport, self.authority.server(&[HOST], -1, 400), script).await
    }

    fn world(&self) -> Env<Zone> {
        let tls = Tls::new(Some(self.authority.pem.as_bytes())).unwrap().with_identity(self.identity.clone());
        Env {
            dns: self.zone.clone(),
            tls,
            pacer: Pacer::default(),
            lockout: Arc::default(),
            rules: StatusRules::default(),
            provider_is_near: true,
        }
    }

    async fn check(&self, uri: &str) -> Report {
        let subject = Subject::given(SipUri::parse(uri).unwrap(), None, self.access.clone());
        let told: Arc<Mutex<Vec<Step>>> = Arc::default();
        let log = Arc::clone(&told);
        let watch = move |progress: Progress| {
            if let Progress::Done(step) = progress {
                log.lock().unwrap().push(*step);
            }
        };
        let report = check(&subject, &self.options, &self.world(), Timestamp::now(), &watch).await;
        let told = told.lock().unwrap();
        assert_eq!(told.len(), report.steps.len(), "a screen that watches sees every step");
        assert!(!format!("{report:?} {}", report.to_json(true, &called)).contains(PASSWORD));
        report
    }

    /// The address of a server, with the transport that it speaks.
    fn uri(transport: Transport, server: &FakeSip) -> String {
        format!("sip:+14155550123@{HOST}:{};transport={}", server.at.port(), transport.word())
    }

    async fn at(&self, transport: Transport, server: &FakeSip) -> Report {
        self.check(&Self::uri(transport, server)).await
    }
}

fn codes(report: &Report) -> Vec<Code> {
    report.steps.iter().map(|step| step.code).collect()
}
