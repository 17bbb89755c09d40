//! The same server asked from several places: other machines are other loopback addresses here, and ssh is a
//! script that runs the real binary.

use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use futures_util::future::join_all;
use numdeck::sip::Transport;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;

use crate::support::dns::{A, ScriptedServer};
use crate::support::ran::Ran;
use crate::support::schemas;
use crate::support::sip::{Authority, FakeSip, HOST, reply, say};

const NUMDECK: &str = env!("CARGO_BIN_EXE_numdeck");

/// What a server does with whoever asks, by where he comes from.
type Doorkeeper = fn(IpAddr) -> Option<&'static str>;

/// A server whose answer depends on the address of whoever asks. Over TCP silence is to hang up.
struct Doors {
    at: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Doors {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Doors {
    async fn udp(keeper: Doorkeeper) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = socket.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut packet = vec![0; 65_536];
            while let Ok((length, from)) = socket.recv_from(&mut packet).await {
                let text = String::from_utf8_lossy(&packet[..length]).into_owned();
                if let Some(status) = keeper(from.ip()) {
                    socket.send_to(reply(&text, status, "").as_bytes(), from).await.ok();
                }
            }
        });
        Self { at, task }
    }

    async fn tcp(keeper: Doorkeeper) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, from)) = listener.accept().await {
                let mut packet = vec![0; 65_536];
                let Some(status) = keeper(from.ip()) else { continue };
                let length = stream.read(&mut packet).await.unwrap_or(0);
                let text = String::from_utf8_lossy(&packet[..length]).into_owned();
                stream.write_all(reply(&text, status, "").as_bytes()).await.ok();
                // Until the other side is done.
                while matches!(stream.read(&mut packet).await, Ok(1..)) {}
            }
        });
        Self { at, task }
    }
}

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn all(_: IpAddr) -> Option<&'static str> {
    Some("200 OK")
}

fn nobody(_: IpAddr) -> Option<&'static str> {
    None
}

fn others(from: IpAddr) -> Option<&'static str> {
    (from != HERE).then_some("200 OK")
}

fn here_alone(from: IpAddr) -> Option<&'static str> {
    (from == HERE).then_some("200 OK")
}

fn others_forbidden(from: IpAddr) -> Option<&'static str> {
    Some(if from == HERE { "200 OK" } else { "403 Forbidden" })
}

fn overloaded(_: IpAddr) -> Option<&'static str> {
    Some("503 Busy")
}

/// A directory whose `ssh` takes what ours is given, and does as `hosts` says, lines of a `case`. A worker
/// there has an environment of nothing.
fn ssh(hosts: &str) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("ssh");
    let log = place.path().join("log");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" \"key:$NUMDECK_API_KEY\" >> '{}'\n\
         while [ \"$1\" != -- ]; do shift; done\nhost=$2\nshift 3\n\
         worker() {{ env -i '{NUMDECK}' \"$@\"; }}\n\
         from() {{ s=$1; shift; sed \"s/}}\\$/,\\\"source\\\":\\\"$s\\\"}}/\" | worker \"$@\"; }}\n\
         case $host in\n{hosts}\nesac\n",
        log.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    place
}

/// Two machines with addresses of their own, and one that ssh does not get to.
const MACHINES: &str = "pbx-1) from 127.0.0.2 \"$@\" ;;\npbx-2) from 127.0.0.3 \"$@\" ;;\n\
    lost) echo 'ssh: connect to host lost port 22: Connection refused' >&2; exit 255 ;;\n\
    nowhere) from 192.0.2.77 \"$@\" ;;";

fn command(place: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(NUMDECK);
    command.env_clear().env("PATH", format!("{}:/usr/bin:/bin", place.display()));
    command.env("NUMDECK_STATE_DIR", place.join("state")).stdin(Stdio::null()).args(args);
    command
}

async fn run(mut command: Command) -> Ran {
    tokio::task::spawn_blocking(move || Ran::run(&mut command)).await.unwrap()
}

/// What several places come to, and the whole document.
async fn merged(place: &Path, args: &[&str]) -> (Value, Value) {
    let ran = run(command(place, &[args, &["-o", "json"]].concat())).await;
    let document = ran.json();
    (document["vantage"]["merged"][0].clone(), document)
}

/// One case: the server, where it is asked from besides here, and what follows.
async fn case(place: &Path, server: &SocketAddr, transport: &str, hosts: &[&str], wanted: &str, words: &str) {
    let uri = format!("sip:{server};transport={transport}");
    let mut args = vec!["check", "--uri", &uri, "--timeout", "3s"];
    hosts.iter().for_each(|host| args.extend(["--from", host]));
    let (merged, document) = merged(place, &args).await;
    assert_eq!(merged["code"], wanted, "{uri} {hosts:?}: {document:#}");
    assert!(merged["text"].as_str().unwrap().contains(words), "{words}: {merged:#}");
}

#[tokio::test]
async fn what_several_places_see_comes_to_what_is_so() {
    let place = ssh(MACHINES);
    let place = place.path();
    let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (open, dead) = (Doors::udp(all).await, Doors::udp(nobody).await);
    let (listed, ours) = (Doors::udp(others).await, Doors::udp(here_alone).await);
    let (hanging, forbidding) = (Doors::tcp(others).await, Doors::udp(others_forbidden).await);
    let busy = Doors::udp(overloaded).await;
    let one = &["ssh:pbx-1"][..];
    let cases = [
        (&open.at, "udp", one, "everywhere", "answers from here and pbx-1"),
        (
            &listed.at,
            "udp",
            one,
            "allow_list",
            "silent from here, answers from pbx-1: an allow-list lets only",
        ),
        (&ours.at, "udp", one, "allow_list", "answers from here, silent from pbx-1: an allow-list"),
        (&dead.at, "udp", one, "dead_for_all", "silent from here and pbx-1: dead for all"),
        (&closed, "udp", one, "dead_for_all", "nothing listens from here and pbx-1"),
        (&hanging.at, "tcp", one, "allow_list", "hangs up from here, answers from pbx-1"),
        (&forbidding.at, "udp", one, "answers_differ", "answers with a fault (alive_refused) from pbx-1"),
        (&busy.at, "udp", one, "fault_for_all", "answers with a fault (unavailable) from here and pbx-1"),
        (&open.at, "udp", &["ssh:nowhere"], "alone", "answers from here, not seen from nowhere"),
        (
            &listed.at,
            "udp",
            &["ssh:lost", "ssh:pbx-1", "ssh:pbx-2"],
            "allow_list",
            "silent from here, not seen from lost, answers from pbx-1 and pbx-2",
        ),
    ];
    let runs = cases.map(|(at, over, hosts, wanted, words)| case(place, at, over, hosts, wanted, words));
    join_all(runs).await;
}

#[tokio::test]
async fn dns_and_trust_that_differ_are_told_apart_from_a_server_that_does() {
    let authority = Authority::new();
    let ok = |_: usize, request: &str| say(request, "200 OK", "");
    let server = FakeSip::with(Transport::Tls, authority.server(&[HOST], -1, 90), ok).await;
    let knows = ScriptedServer::start(|asked| {
        let here = [vec![127, 0, 0, 1]];
        Some(asked.records(0, if asked.kind == A { &here } else { &[] }))
    })
    .await;
    let knows_not = ScriptedServer::start(|asked| Some(asked.code(3))).await;
    let pem = tempfile::tempdir().unwrap();
    let pem_file: PathBuf = pem.path().join("ca.pem");
    fs::write(&pem_file, &authority.pem).unwrap();
    let machines = format!(
        "trusts) worker \"$@\" --ca '{}' ;;\nmisled) sed 's/\"dns\":\"[^\"]*\"/\"dns\":\"{}\"/' | worker \"$@\" ;;\n\
         same) worker \"$@\" ;;",
        pem_file.display(),
        knows_not.at
    );
    let place = ssh(&machines);
    let uri = format!("sips:{HOST}:{}", server.at.port());
    let dns = knows.at.to_string();
    for (host, wanted, words) in [
        ("ssh:trusts", "tls_differs", "answers from trusts: TLS trust differs"),
        ("ssh:misled", "dns_differs", "not found in DNS from misled: DNS differs"),
        ("ssh:same", "fault_for_all", "fails at TLS (tls_untrusted) from here and same"),
    ] {
        let args = ["check", "--uri", &uri, "--dns", &dns, "--from", host, "--timeout", "10s"];
        let (merged, document) = merged(place.path(), &args).await;
        assert_eq!(merged["code"], wanted, "{document:#}");
        assert!(merged["text"].as_str().unwrap().contains(words), "{merged:#}");
    }
}

#[tokio::test]
async fn a_host_that_fails_is_told_and_killed_and_spoils_nothing() {
    let open = Doors::udp(all).await;
    let pids = tempfile::tempdir().unwrap();
    let machines = format!(
        "{MACHINES}\nbare) echo 'sh: 1: numdeck: not found' >&2; exit 127 ;;\n\
         old) echo \"error: unexpected argument '--targets' found\" >&2; exit 2 ;;\n\
         shell) echo 'Welcome'; printf '\\033[31mred\\n'; exit 0 ;;\nflood) exec yes ;;\n\
         noisy) yes >&2 & echo $! > '{0}/noisy'; from 127.0.0.4 \"$@\"; kill $! ;;\n\
         hangs) sleep 600 & echo $! > '{0}/child'; echo $$ > '{0}/leader'; wait ;;\n\
         later) echo '{{\"v\":9,\"numdeck\":\"9.0.0\",\"id\":\"inbound\",\"mood\":\"good\",\"report\":{{\"new\":[1],\
         \"verdict\":{{\"status\":\"warn\",\"code\":\"tired\",\"text\":\"tired\"}}}}}}' ;;\n\
         killed) kill -9 $$ ;;",
        pids.path().display()
    );
    let place = ssh(&machines);
    let uri = format!("sip:{}", open.at);
    let hosts = ["pbx-1", "lost", "bare", "old", "shell", "flood", "noisy", "hangs", "later", "killed"];
    let from: Vec<String> = hosts.iter().map(|host| format!("ssh:{host}")).collect();
    let mut args = vec!["check", "--uri", &uri, "--timeout", "3s", "-o", "json"];
    from.iter().for_each(|host| args.extend(["--from", host]));
    let mut command = command(place.path(), &args);
    command.env("NUMDECK_API_KEY", "kros_test_owner");
    let ran = run(command).await;
    let document = ran.json();
    let elsewhere = document["vantage"]["elsewhere"].as_array().unwrap();
    let failed = |host: &str| {
        let place = elsewhere.iter().find(|place| place["from"] == host).unwrap();
        place["failed"]["code"].as_str().map(str::to_owned)
    };
    for (host, code) in [
        ("pbx-1", None),
        ("lost", Some("unreached")),
        ("bare", Some("no_numdeck")),
        ("old", Some("too_old")),
        ("shell", Some("garbage")),
        ("flood", Some("too_much")),
        ("noisy", None),
        ("hangs", Some("late")),
        ("later", None),
        ("killed", Some("ended")),
    ] {
        assert_eq!(failed(host).as_deref(), code, "{host}: {document:#}");
    }
    let merged = &document["vantage"]["merged"][0];
    assert_eq!(merged["code"], "everywhere", "{merged:#}");
    let later = merged["places"].as_array().unwrap().iter().find(|place| place["from"] == "later").unwrap();
    assert_eq!((&later["code"], &later["status"]), (&json!("tired"), &json!("warn")), "as it came");
    let kept = elsewhere.iter().find(|place| place["from"] == "later").unwrap();
    assert_eq!(kept["reports"][0]["report"]["new"], json!([1]), "what is not known here is kept");
    assert_eq!(document["verdict"]["code"], "ok");
    assert_eq!(ran.code, 0, "a warning there is one, and a host that fails none: {}", ran.err);
    for name in ["child", "leader"] {
        let pid = fs::read_to_string(pids.path().join(name)).unwrap().trim().to_owned();
        let is_gone = || {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
            stat.map_or(true, |stat| stat.rsplit(") ").next().unwrap().starts_with('Z'))
        };
        // It was killed, and may take a moment to be buried.
        while !is_gone() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    let log = fs::read_to_string(place.path().join("log")).unwrap();
    assert!(!log.contains("kros_test_owner"), "the key goes nowhere: {log}");
    let said = "-T\n-o\nBatchMode=yes\n-o\nConnectTimeout=8\n--\npbx-1\nnumdeck\ncheck\n--targets\n-\nkey:\n";
    assert!(log.contains(said), "{log}");
}

#[tokio::test]
async fn without_ssh_the_check_from_here_is_told() {
    let open = Doors::udp(all).await;
    let place = tempfile::tempdir().unwrap();
    let uri = format!("sip:{}", open.at);
    let mut command = command(place.path(), &["check", "--uri", &uri, "--from", "ssh:pbx-1"]);
    command.env("PATH", place.path());
    let ran = run(command).await.ok();
    assert!(ran.out.contains("ssh could not be started"), "{ran:?}");
    assert!(ran.out.contains("answered 200 OK"), "{ran:?}");
}

#[tokio::test]
async fn a_ticket_has_what_others_see_and_names_the_owner_of_the_list() {
    let place = ssh(MACHINES);
    let listed = Doors::udp(here_alone).await;
    let uri = format!("sip:{}", listed.at);
    let args = ["check", "--uri", &uri, "--from", "ssh:pbx-1", "--ticket", "--timeout", "3s"];
    let ran = run(command(place.path(), &args)).await;
    let head = ran.out.lines().next().unwrap();
    assert_eq!(head, format!("Who has to act: the owner of the SIP server {}", listed.at), "{ran:?}");
    assert!(
        ran.out.contains("answers from here, silent from pbx-1: an allow-list lets only some in"),
        "{ran:?}"
    );
    assert_eq!(ran.code, 20, "it does not work from everywhere");
    let ran = run(command(place.path(), &[&args[..], &["-o", "json"]].concat())).await;
    let document = ran.json();
    assert_eq!(document["ticket"]["who"], "server_owner");
    assert!(document["ticket"]["text"].as_str().unwrap().starts_with("Who has to act: "));
}

/// A worker with an environment of nothing but an empty home.
fn worker(home: &Path, input: &[u8]) -> Ran {
    let mut command = Command::new(NUMDECK);
    command.env_clear().env("HOME", home).args(["check", "--targets", "-"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writing = std::thread::spawn(move || stdin.write_all(&input).ok());
    let ran = Ran::of(child.wait_with_output().unwrap());
    writing.join().unwrap();
    ran.lines().iter().for_each(|line| schemas::valid("check-target", line, &["check", "--targets", "-"]));
    ran
}

#[tokio::test]
async fn a_worker_needs_nothing_and_leaves_nothing_and_answers_for_each_line() {
    let (open, closed) = (Doors::udp(all).await, UdpSocket::bind("127.0.0.1:0").await.unwrap());
    let closed = { closed.local_addr().unwrap() };
    let home = Arc::new(tempfile::tempdir().unwrap());
    let ask = async |lines: String| {
        let home = Arc::clone(&home);
        tokio::task::spawn_blocking(move || worker(home.path(), lines.as_bytes())).await.unwrap()
    };
    let good = format!(r#"{{"v":1,"id":"good","uri":"sip:{}","source":"127.0.0.5","later":1}}"#, open.at);
    let dead = format!(r#"{{"v":1,"id":"dead","uri":"sip:{closed}"}}"#);
    let ran = ask(format!("{good}\n")).await.ok();
    let line = &ran.lines()[0];
    assert_eq!((&line["id"], &line["report"]["verdict"]["code"]), (&json!("good"), &json!("ok")));
    assert_eq!(line["report"]["vantage"]["local_ip"], "127.0.0.5");
    let ran = ask(format!("{good}\n{dead}\n")).await;
    assert_eq!((ran.code, ran.lines().len()), (20, 2), "{ran:?}");
    let ran =
        ask(format!("nonsense\n{good}\n{{\"v\":1,\"id\":\"p\",\"uri\":\"sip:h\",\"password\":\"x\"}}\n"))
            .await;
    let errors: Vec<Value> = ran.lines().into_iter().filter(|line| line["error"].is_object()).collect();
    assert_eq!((ran.code, ran.lines().len(), errors.len()), (21, 3, 2), "{ran:?}");
    assert!(errors.iter().any(|line| line["line"] == 1) && errors.iter().any(|line| line["id"] == "p"));
    assert_eq!(ask(String::new()).await.code, 21, "nothing was checked");
    let ran = ask("x".repeat(3_000_000)).await;
    assert!(ran.out.contains("longer than"), "{}", ran.out);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "it leaves nothing");
}

#[test]
fn what_does_not_go_together_is_refused_before_anything_is_sent() {
    let place = tempfile::tempdir().unwrap();
    let refused = |args: &[&str]| {
        let ran = Ran::run(command(place.path(), args));
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        ran.err
    };
    refused(&["check", "--uri", "sip:127.0.0.1:9", "--from", "pbx-1"]);
    refused(&["check", "--uri", "sip:127.0.0.1:9", "--from", "ssh:-oProxyCommand=touch x"]);
    refused(&["check", "--uri", "sip:127.0.0.1:9", "--ticket", "-o", "csv"]);
    refused(&["check", "--targets", "file.txt"]);
    refused(&["check", "--targets", "-", "--uri", "sip:127.0.0.1:9"]);
    refused(&["check", "--targets", "-", "--auth"]);
    assert!(refused(&["check", "--all", "--ticket"]).contains("one number"));
    assert!(refused(&["check", "country:ng", "--from", "ssh:pbx-1"]).contains("one number"));
}
