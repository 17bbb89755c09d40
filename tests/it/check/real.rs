//! Against real servers, kamailio and dnsmasq, where they are installed.

use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use http_auth::PasswordParams;
use http_auth::digest::DigestClient;
use http_auth::parser::ChallengeParser;
use serde_json::Value;
use tempfile::TempDir;

use super::{PASSWORD, USER};
use crate::support::sip::{Authority, Pair};

/// A program that ends with the test.
pub(super) struct Running(pub(super) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // kamailio ends its children when it is asked to end.
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        self.0.wait().ok();
    }
}

/// Whether a program is installed; aloud where it is not.
pub(super) fn is_there(program: &str) -> bool {
    let found = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"]
        .iter()
        .any(|directory| Path::new(directory).join(program).exists());
    if !found {
        eprintln!("SKIPPED: {program} is not installed, so nothing was tested against it");
    }
    found
}

pub(super) fn program(name: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(name);
    command.env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin")).stdin(Stdio::null());
    command
}

/// A port that is free for UDP and TCP.
pub(super) fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// kamailio with a registrar, and a TLS port for each certificate.
struct Kamailio {
    home: TempDir,
    clear: u16,
    /// Good, expired, for another name, signed by itself.
    tls: [u16; 4],
    ca: PathBuf,
    _running: Running,
}

impl Kamailio {
    fn start(algorithm: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let authority = Authority::new();
        let pairs = [
            authority.pair(&["127.0.0.1"], -1, 400),
            authority.pair(&["127.0.0.1"], -90, -3),
            authority.pair(&["other.test"], -1, 400),
            Pair::self_signed(&["127.0.0.1"]),
        ];
        let clear = free_port();
        let tls = pairs.each_ref().map(|_| free_port());
        let mut profiles = String::from("[server:default]\nmethod = TLSv1.2+\n");
        for (n, (pair, port)) in pairs.iter().zip(tls).enumerate() {
            let certificate = write(&format!("{n}.crt"), &pair.certificate);
            let key = write(&format!("{n}.key"), &pair.key);
            let certificate = certificate.display();
            profiles.push_str(&format!(
                "[server:127.0.0.1:{port}]\nmethod = TLSv1.2+\ncertificate = {certificate}\nprivate_key = {}\n",
                key.display()
            ));
            if n == 0 {
                profiles = profiles.replacen(
                    "TLSv1.2+\n",
                    &format!("TLSv1.2+\ncertificate = {certificate}\nprivate_key = {}\n", key.display()),
                    1,
                );
            }
        }
        let profiles = write("tls.cfg", &profiles);
        let listen: String = tls.iter().map(|port| format!("listen=tls:127.0.0.1:{port}\n")).collect();
        let config = write(
            "kamailio.cfg",
            &format!(
                r#"
debug=1
log_stderror=yes
children=1
tcp_children=2
enable_tls=yes
auto_aliases=no
dns=no
rev_dns=no
server_signature=yes
listen=udp:127.0.0.1:{clear}
listen=tcp:127.0.0.1:{clear}
{listen}
loadmodule "tls.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("tls", "config", "{profiles}")
modparam("auth", "algorithm", "{algorithm}")
modparam("usrloc", "db_mode", 0)
request_route {{
    xlog("L_ERR", "SEEN $rm\n");
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("$td", "{PASSWORD}", "0")) {{ www_challenge("$td", "0"); exit; }}
        save("location");
        exit;
    }}
    sl_send_reply("405", "Method Not Allowed");
}}
"#,
                profiles = profiles.display()
            ),
        );
        let log = std::fs::File::create(home.path().join("log")).unwrap();
        let child = program("kamailio")
            .args(["-f", &config.display().to_string(), "-DD", "-E", "-m", "32", "-M", "8"])
            .args(["-Y", &home.path().display().to_string()])
            .args(["-P", &home.path().join("pid").display().to_string()])
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let ca = write("ca.pem", &authority.pem);
        let kamailio = Self { home, clear, tls, ca, _running: Running(child) };
        for _ in 0..400 {
            if kamailio.check(clear, &["--transport", "udp", "--timeout", "300ms"])["verdict"]["code"] == "ok"
            {
                return kamailio;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("kamailio does not start: {}", kamailio.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap()
    }

    fn check(&self, port: u16, more: &[&str]) -> Value {
        self.check_uri(&format!("sip:127.0.0.1:{port}"), more)
    }

    fn check_uri(&self, uri: &str, more: &[&str]) -> Value {
        let password = self.home.path().join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        // Others work here, too.
        let patience = if more.contains(&"--timeout") { &[][..] } else { &["--timeout", "20s"] };
        let output = Command::new(env!("CARGO_BIN_EXE_numdeck"))
            .env_clear()
            .args(["check", "--uri", uri, "-o", "json", "--ca", &self.ca.display().to_string()])
            .args(patience)
            .args(more)
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    fn account<'a>(&self, user: &'a str, file: &'a str) -> [&'a str; 6] {
        ["--auth", "--auth-cleartext", "--user", user, "--password-file", file]
    }

    /// Registers a device as a phone does.
    fn register_a_device(&self) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", self.clear)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let uri = format!("sip:127.0.0.1:{}", self.clear);
        let mut authorization = String::new();
        for n in 1..=2 {
            let request = format!(
                "REGISTER {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {};rport;branch=z9hG4bKdevice{n}\r\n\
                 From: <sip:{USER}@127.0.0.1>;tag=device\r\nTo: <sip:{USER}@127.0.0.1>\r\nCall-ID: device\r\n\
                 CSeq: {n} REGISTER\r\nContact: <sip:{USER}@192.0.2.7:5062>;expires=3600\r\nMax-Forwards: 70\r\n\
                 {authorization}Content-Length: 0\r\n\r\n",
                socket.local_addr().unwrap()
            );
            socket.send(request.as_bytes()).unwrap();
            let mut packet = [0; 4096];
            let length = socket.recv(&mut packet).unwrap();
            let reply = String::from_utf8_lossy(&packet[..length]).into_owned();
            if n == 2 {
                assert!(reply.starts_with("SIP/2.0 200"), "{reply}");
                return;
            }
            let challenge = reply.lines().find_map(|line| line.strip_prefix("WWW-Authenticate: ")).unwrap();
            let challenge = ChallengeParser::new(challenge).next().unwrap().unwrap();
            let params = PasswordParams {
                username: USER,
                password: PASSWORD,
                uri: &uri,
                method: "REGISTER",
                body: None,
            };
            let value = DigestClient::try_from(&challenge).unwrap().respond(&params).unwrap();
            authorization = format!("Authorization: {value}\r\n");
        }
    }
}

fn code(report: &Value, kind: &str) -> String {
    let steps = report["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["step"] == kind);
    step.map_or(String::new(), |step| step["code"].as_str().unwrap().to_owned())
}

#[test]
fn kamailio_answers_verifies_and_keeps_its_registrations() {
    if !is_there("kamailio") {
        return;
    }
    for algorithm in ["MD5", "SHA-256"] {
        let server = Kamailio::start(algorithm);
        let password = server.home.path().join("password").display().to_string();
        let wrong = server.home.path().join("wrong").display().to_string();
        std::fs::write(&wrong, "another").unwrap();
        server.register_a_device();
        for transport in ["udp", "tcp"] {
            let more = [&["--transport", transport][..], &server.account(USER, &password)].concat();
            let report = server.check(server.clear, &more);
            assert_eq!(code(&report, "auth"), "auth_ok", "{transport}: {report:#}");
            let text =
                report["steps"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned();
            assert!(text.contains(&format!("(digest {algorithm}), 1 device registered")), "{text}");
            let more = [&["--transport", transport][..], &server.account(USER, &wrong)].concat();
            assert_eq!(code(&server.check(server.clear, &more), "auth"), "auth_rejected");
        }
        let [good, expired, named, own] = server.tls;
        let tls = |port: u16| {
            server
                .check(port, &["--transport", "tls", "--auth", "--user", USER, "--password-file", &password])
        };
        let report = tls(good);
        assert_eq!(
            (code(&report, "tls"), code(&report, "auth")),
            ("ok".into(), "auth_ok".into()),
            "{report:#}"
        );
        assert_eq!(report["verdict"]["status"], "pass", "over TLS it is no warning");
        for (port, wanted) in [(expired, "tls_expired"), (named, "tls_name"), (own, "tls_untrusted")] {
            let report = tls(port);
            assert_eq!(code(&report, "tls"), wanted, "{report:#}");
            assert_eq!(report["requests_sent"]["REGISTER"], 0);
        }
        let plain = server.check(server.clear, &["--transport", "tls", "--timeout", "2s"]);
        assert_eq!(code(&plain, "tls"), "tls_plain", "{plain:#}");
        let log = server.log();
        let seen: Vec<&str> = log.lines().filter_map(|line| line.split("SEEN ").nth(1)).collect();
        assert!(
            seen.len() > 10 && seen.iter().all(|method| ["OPTIONS", "REGISTER"].contains(method)),
            "{seen:?}"
        );
        let more = [&["--transport", "udp"][..], &server.account(USER, &password)].concat();
        let report = server.check(server.clear, &more);
        assert!(report.to_string().contains("1 device registered"), "the registration survived: {report:#}");
    }
}

#[test]
fn dnsmasq_leads_to_the_server_that_is_left() {
    if !is_there("dnsmasq") || !is_there("kamailio") {
        return;
    }
    let server = Kamailio::start("MD5");
    let (port, closed) = (free_port(), free_port());
    let child = program("dnsmasq")
        .args(["--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--bind-interfaces"])
        .args(["--listen-address=127.0.0.1", &format!("--port={port}"), "--address=/node.test/127.0.0.1"])
        .arg("--local=/test/")
        .arg(format!("--srv-host=_sip._udp.sip.test,a.node.test,{closed},1,1"))
        .arg(format!("--srv-host=_sip._udp.sip.test,b.node.test,{},2,1", server.clear))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _running = Running(child);
    let dns = format!("127.0.0.1:{port}");
    for _ in 0..400 {
        let report = server.check_uri("sip:sip.test", &["--dns", &dns]);
        let starting = ["dns_refused", "dns_timeout"].contains(&code(&report, "dns").as_str());
        if !starting {
            assert_eq!(report["verdict"]["code"], "partial", "{report:#}");
            assert_eq!(code(&server.check_uri("sip:nowhere.test", &["--dns", &dns]), "dns"), "dns_nxdomain");
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("dnsmasq does not start");
}
