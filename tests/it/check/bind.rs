//! Against BIND, where it is installed: records as a real server packs them into answers.

use std::fmt::Write as _;
use std::net::UdpSocket;
use std::time::Duration;

use numdeck::sip::{Code, NetworkDns, Route, SipUri, Target, resolve};
use tokio::time::Instant;

use super::real::{Running, free_port, is_there, program};

/// Services behind an alias, in a chain of zones, of many servers, of none.
fn zone() -> String {
    let mut zone = String::from(
        "$TTL 60\n@ SOA ns root 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n\
         node A 127.0.0.7\nnode AAAA ::1\nlist A 127.0.0.9\n\
         _sip._udp.plain SRV 1 1 5070 node\n\
         _sip._udp.alias CNAME _sip._udp.plain\n\
         @ NAPTR 10 10 \"s\" \"SIP+D2U\" \"\" _sip._udp.plain\n\
         _sip._udp.broken SRV 1 1 5070 gone\nbroken A 127.0.0.8\n\
         _sip._udp.off SRV 0 0 0 .\n\
         under_score A 127.0.0.6\n",
    );
    for server in 0..60 {
        // More than fit into a datagram of any size that is asked for.
        writeln!(zone, "_sip._udp.many SRV {server} 1 5060 a-long-name-of-a-server-number-{server}").unwrap();
        writeln!(zone, "a-long-name-of-a-server-number-{server} A 127.0.1.{server}").unwrap();
    }
    zone
}

#[tokio::test]
async fn bind_leads_to_the_same_servers_that_are_in_its_zone() {
    if !is_there("named") {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (port, path) = (free_port(), home.path().display().to_string());
    let config = format!(
        "options {{ directory \"{path}\"; pid-file \"{path}/pid\"; session-keyfile \"{path}/key\"; recursion no;\n\
         listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; dnssec-validation no;\n\
         check-names master ignore; }};\n\
         controls {{ }};\nzone \"sip.test\" {{ type master; file \"zone\"; }};\n"
    );
    std::fs::write(home.path().join("zone"), zone()).unwrap();
    std::fs::write(home.path().join("named.conf"), config).unwrap();
    let log = std::fs::File::create(home.path().join("log")).unwrap();
    let config = home.path().join("named.conf");
    let child = program("named").args(["-g", "-c"]).arg(&config).stderr(log).spawn().unwrap();
    let _named = Running(child);
    let at = format!("127.0.0.1:{port}").parse().unwrap();
    let probe = UdpSocket::bind("127.0.0.1:0").unwrap();
    probe.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    // A question for the root, until somebody says anything.
    let question = b"\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\x02\0\x01";
    let begun =
        (0..200).any(|_| probe.send_to(question, at).is_ok() && probe.recv_from(&mut [0; 600]).is_ok());
    assert!(begun, "{}", std::fs::read_to_string(home.path().join("log")).unwrap());

    let dns = NetworkDns::server(at);
    let found = async |uri: &str| {
        let uri = SipUri::parse(uri).unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        resolve(&Route::new(uri, None), &dns, until).await
    };
    let places = async |uri: &str| -> Vec<String> {
        let found = found(uri).await.unwrap_or_else(|none| panic!("{uri}: {}", none.text));
        found.targets.iter().map(Target::words).collect()
    };
    let node = ["UDP 127.0.0.7:5070".to_owned(), "UDP [::1]:5070".to_owned()];
    for uri in ["sip:plain.sip.test", "sip:alias.sip.test", "sip:a@SIP.test", "sip:sip.test."] {
        assert_eq!(places(uri).await, node, "{uri}");
    }
    assert_eq!(places("sip:list.sip.test").await, ["UDP 127.0.0.9:5060"]);
    assert_eq!(places("sip:under_score.sip.test").await, ["UDP 127.0.0.6:5060"]);
    assert_eq!(places("sip:broken.sip.test").await, ["UDP 127.0.0.8:5060"], "its own address stands in");
    let many = found("sip:many.sip.test").await.unwrap();
    assert_eq!((many.targets.len(), many.beyond), (10, 50), "all came, over TCP");
    assert_eq!(found("sip:off.sip.test").await.unwrap_err().code, Code::SrvOff);
    assert_eq!(found("sip:nowhere.sip.test").await.unwrap_err().code, Code::DnsNxdomain);
}
