//! Beside baresip, where it is installed: what that phone can register, a check calls accepted, and what it
//! cannot, a check does not.

use std::path::Path;
use std::process::{Command, Stdio};

use futures_util::future::join_all;
use jiff::Timestamp;
use numdeck::phone::Secret;
use numdeck::sip::{
    Access, AddressOfRecord, AuthRule, Code, Login, SipUri, StepKind, Subject, Transport, check,
};

use super::real::is_there;
use super::{Bench, PASSWORD, USER};
use crate::support::sip::{Act, FakeSip, accepts, header, say};

/// A registrar, and an account that somebody believes to have there.
struct Case {
    challenge: &'static str,
    proxy: bool,
    /// The password that the registrar knows.
    password: &'static str,
    /// The domain that the account is said to belong to; none: that of the server.
    domain: Option<&'static str>,
    over: Transport,
}

const PLAIN: Case = Case {
    challenge: "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"",
    proxy: false,
    password: PASSWORD,
    domain: None,
    over: Transport::Udp,
};

const CASES: [Case; 10] = [
    PLAIN,
    Case { over: Transport::Tcp, ..PLAIN },
    Case { password: "another", ..PLAIN },
    Case { proxy: true, ..PLAIN },
    Case { challenge: "Digest realm=\"r\", nonce=\"n\"", ..PLAIN },
    Case { challenge: "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int,auth\", opaque=\"o\"", ..PLAIN },
    Case { challenge: "Digest nonce=\"n\",realm=\"a b, c\",qop=\"auth\",stale=false", ..PLAIN },
    Case { challenge: "Digest realm=\"r\", nonce=\"n\", algorithm=md5", ..PLAIN },
    Case { domain: Some("voip.example.test"), ..PLAIN },
    Case { domain: Some("voip.example.test"), password: "another", ..PLAIN },
];

impl Case {
    /// Knows the account by the domain of From, and takes no other one.
    fn answer(&self, request: &str) -> Vec<Act> {
        if request.starts_with("OPTIONS") {
            return say(request, "200 OK", "");
        }
        if self
            .domain
            .is_some_and(|domain| !header(request, "From").unwrap().contains(&format!("@{domain}>")))
        {
            return say(request, "404 Not Found", "");
        }
        let (ask, given, status) = match self.proxy {
            true => ("Proxy-Authenticate", "Proxy-Authorization", "407 Proxy Authentication Required"),
            false => ("WWW-Authenticate", "Authorization", "401 Unauthorized"),
        };
        let uri = request.split(' ').nth(1).unwrap();
        // The parser of the tests knows the registered name alone.
        let challenge = self.challenge.replace("md5", "MD5");
        match header(request, given) {
            Some(value) if accepts(&challenge, &value.replace("md5", "MD5"), USER, self.password, uri) => {
                say(request, "200 OK", "")
            }
            Some(_) => say(request, "403 Forbidden", ""),
            None => say(request, status, &format!("{ask}: {}\r\n", self.challenge)),
        }
    }

    async fn server(&'static self) -> FakeSip {
        Bench::new().server(self.over, move |_, request| self.answer(request)).await
    }

    /// Whether baresip gets in.
    async fn registers(&'static self) -> bool {
        let server = self.server().await;
        let (at, over) = (server.at, self.over.word());
        let domain = self.domain.map_or_else(|| at.to_string(), str::to_owned);
        let home = tempfile::tempdir().unwrap();
        let config = "sip_listen 127.0.0.1:0\nnet_interface 127.0.0.1\nmodule_app account.so\n";
        let modules = ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"];
        let modules = modules.iter().find(|path| Path::new(path).exists()).unwrap_or(&modules[0]);
        std::fs::write(home.path().join("config"), format!("module_path {modules}\n{config}")).unwrap();
        let account = format!(
            "<sip:{USER}@{domain};transport={over}>;auth_pass={PASSWORD};regint=60;\
             outbound=\"sip:{at};transport={over}\"\n"
        );
        std::fs::write(home.path().join("accounts"), account).unwrap();
        let ran = tokio::task::spawn_blocking(move || {
            let mut phone = Command::new("baresip");
            phone.args(["-t", "3", "-f"]).arg(home.path()).stdin(Stdio::null());
            phone.env("HOME", home.path()).output().unwrap()
        });
        let said = String::from_utf8_lossy(&ran.await.unwrap().stdout).into_owned();
        assert!(server.seen().iter().any(|text| text.starts_with("REGISTER")), "it asked: {said}");
        said.contains("200 OK")
    }

    /// What a check makes of it.
    async fn is_accepted(&'static self) -> bool {
        let bench = Bench::new().auth(AuthRule::Cleartext);
        let server = self.server().await;
        let uri = SipUri::parse(&format!("sip:{};transport={}", server.at, self.over.word())).unwrap();
        let account = self.domain.map_or_else(|| USER.to_owned(), |domain| format!("{USER}@{domain}"));
        let login = Login {
            account: AddressOfRecord::parse(&account).unwrap(),
            username: USER.to_owned(),
            password: Secret::new(PASSWORD.to_owned()),
        };
        let subject = Subject::given(uri, None, Access::Login(login));
        let report = check(&subject, &bench.options, &bench.world(), Timestamp::now(), &|_| {}).await;
        let auth = report.steps.iter().find(|step| step.kind == StepKind::Auth).unwrap();
        auth.code == Code::AuthOk
    }
}

#[tokio::test]
async fn what_a_phone_can_register_is_accepted_and_nothing_else() {
    if !is_there("baresip") {
        return;
    }
    let phone = join_all(CASES.iter().map(Case::registers)).await;
    let ours = join_all(CASES.iter().map(Case::is_accepted)).await;
    assert!(phone.contains(&true) && phone.contains(&false), "{phone:?}");
    for ((case, phone), ours) in CASES.iter().zip(phone).zip(ours) {
        assert_eq!(ours, phone, "{} over {}, domain {:?}", case.challenge, case.over, case.domain);
    }
}
