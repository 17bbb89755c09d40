//! Against other resolvers, where they are installed: sip-dig of sofia-sip, which goes by RFC 3263, and the
//! C library, which goes by resolv.conf.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use numdeck::sip::{NetworkDns, Resolution, Route, SipUri, Unresolved, resolve};
use tokio::time::Instant;

use super::real::is_there;
use crate::support::dns::{A, AAAA, Answers, CNAME, NAPTR, SRV, ScriptedServer, a, name, naptr, srv};

/// Domains that are made up and resolved by both.
const DOMAINS: u64 = 300;

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    /// 0 to `below` - 1.
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.roll(of) == 0
    }
}

const SERVICES: [(&str, &str); 3] =
    [("_sips._tcp", "SIPS+D2T"), ("_sip._tcp", "SIP+D2T"), ("_sip._udp", "SIP+D2U")];

/// What DNS has of a made-up domain.
fn domain(number: u64, dice: &mut Dice, answers: &mut Answers) -> String {
    let domain = format!("d{number}.example");
    let mut add = |owner: &str, kind: u16, said: Result<Vec<Vec<u8>>, u8>| {
        answers.insert((owner.to_owned().leak(), kind), said);
    };
    let hosts: Vec<String> = (0..4).map(|n| format!("h{n}.{domain}")).collect();
    let byte = u8::try_from(number % 250).unwrap();
    for (n, host) in hosts.iter().enumerate() {
        let n = u8::try_from(n).unwrap();
        match dice.roll(8) {
            // It does not exist.
            0 => {}
            1 => add(host, A, Err(2)),
            2 => add(host, CNAME, Ok(vec![name(hosts[(usize::from(n) + 1) % 4].as_bytes())])),
            3 => {
                let v6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte, n];
                add(host, AAAA, Ok(vec![v6.to_vec()]));
            }
            4 => add(host, A, Ok(vec![vec![192, 0, 2 + n, byte], vec![198, 51, 100 + n, byte]])),
            _ => add(host, A, Ok(vec![vec![192, 0, 2 + n, byte]])),
        }
    }
    if !dice.one_in(4) {
        add(&domain, A, Ok(vec![a(byte)]));
    }
    let mut offered = Vec::new();
    for (label, service) in SERVICES {
        let owner = format!("{label}.{domain}");
        let records = (0..=dice.roll(2)).map(|_| {
            let to = &hosts[usize::try_from(dice.roll(4)).unwrap()];
            let (priority, port) = (dice.roll(3), 5060 + dice.roll(4));
            srv(u16::try_from(priority).unwrap(), u16::try_from(port).unwrap(), to.as_bytes())
        });
        let records: Vec<Vec<u8>> = records.collect();
        match dice.roll(6) {
            0 | 1 => add(&owner, SRV, Ok(records)),
            2 => {
                let other = format!("{label}.p.{domain}");
                add(&other, SRV, Ok(records));
                add(&owner, CNAME, Ok(vec![name(other.as_bytes())]));
            }
            3 => add(&owner, SRV, Err(2)),
            _ => {}
        }
        if dice.one_in(4) {
            // Of one order: sip-dig stops after the first of them that works, and a check looks at all.
            offered.push(naptr(10, "s", service, owner.as_bytes()));
        }
    }
    if !offered.is_empty() {
        add(&domain, NAPTR, Ok(offered));
    }
    domain
}

fn ours(found: &Result<Resolution, Unresolved>) -> BTreeSet<String> {
    let targets = found.as_ref().map_or(&[][..], |found| &found.targets);
    targets
        .iter()
        .map(|target| {
            format!("{} {} {}", target.transport.word(), target.at.port(), target.at.ip()).to_lowercase()
        })
        .collect()
}

/// What sip-dig says.
fn theirs(uri: &str, conf: &Path) -> BTreeSet<String> {
    let output = Command::new("sip-dig")
        .env("SRESOLV_CONF", conf)
        .arg(uri)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let targets = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, _, transport, port, ip] = words[..] else { return None };
        Some(format!("{transport} {port} {ip}"))
    });
    targets.collect()
}

/// Whether both say the same, as far as they mean to.
fn agree(ours: &BTreeSet<String>, theirs: &BTreeSet<String>, found: &Result<Resolution, Unresolved>) -> bool {
    // Of a name without services it tells TCP beside UDP, which RFC 3263 section 4.1 leaves to whoever asks.
    let is_beside = |target: &&String| {
        let udp = target.strip_prefix("tcp ").map(|rest| format!("udp {rest}"));
        udp.is_some_and(|udp| ours.contains(&udp) && theirs.contains(&udp)) && !ours.contains(*target)
    };
    let theirs: BTreeSet<String> = theirs.iter().filter(|target| !is_beside(target)).cloned().collect();
    let Ok(found) = found else { return theirs.is_empty() };
    // Beside NAPTR records that lead nowhere it takes services that NAPTR does not name.
    let by_naptr = found.trail.iter().any(|line| line.starts_with("NAPTR ") && line.contains('"'));
    if found.beyond > 0 || (by_naptr && !found.lost.is_empty()) {
        ours.is_subset(&theirs)
    } else {
        *ours == theirs
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_domains_lead_where_another_resolver_of_sip_says() {
    if !is_there("sip-dig") {
        return;
    }
    let mut dice = Dice(0x5eed_2026_1128_0001);
    let mut answers = Answers::new();
    let domains: Vec<String> = (0..DOMAINS).map(|n| domain(n, &mut dice, &mut answers)).collect();
    let server = ScriptedServer::with(answers).await;
    let home = tempfile::tempdir().unwrap();
    let conf = home.path().join("resolv.conf");
    std::fs::write(&conf, format!("nameserver 127.0.0.1\nport {}\n", server.at.port())).unwrap();
    let dns = NetworkDns::server(server.at);
    let mut wrong = String::new();
    let mut found = 0;
    for domain in domains {
        for uri in
            [format!("sip:{domain}"), format!("sip:{domain};transport=udp"), format!("sip:{domain}:5080")]
        {
            let route = Route::new(SipUri::parse(&uri).unwrap(), None);
            let resolution = resolve(&route, &dns, Instant::now() + Duration::from_secs(2)).await;
            let (asked, conf) = (uri.clone(), conf.clone());
            let theirs = tokio::task::spawn_blocking(move || theirs(&asked, &conf)).await.unwrap();
            let ours = ours(&resolution);
            found += ours.len();
            if !agree(&ours, &theirs, &resolution) {
                write!(wrong, "\n{uri}\n  ours   {ours:?}\n  theirs {theirs:?}\n  {resolution:?}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(found > 500, "only {found} targets: the domains are too broken to tell anything");
}

/// Settings of a resolver, and whether the C library agrees about them to the letter.
const SETTINGS: [&str; 5] = [
    "nameserver 127.0.0.1\n",
    "",
    "nameserver 127.0.0.9\nnameserver 127.0.0.1\nsearch corp.test lab.test\n",
    "# refuses\nnameserver 127.0.0.2\nnameserver 127.0.0.1\ndomain lab.test\n",
    "search lab.test corp.test\nnameserver 127.0.0.1\noptions ndots:2 timeout:1 attempts:1\n",
];

const NAMES: [&str; 14] = [
    "one.test",
    "One.Test.",
    "two.test",
    "alias.test",
    "dangling.test",
    "absent.test",
    "absent",
    "pbx",
    "pbx.",
    "a.pbx",
    "pbx.corp.test",
    "hosted",
    "hosted.test",
    "localhost",
];

/// Two name servers at port 53 of a machine of its own, and for each name what both say.
const IN_A_NAMESPACE: &str = r#"
set -e
ip link set lo up
# Without an address of another network the C library finds no addresses at all.
ip address add 10.9.8.7/32 dev lo
mount --bind "$HOME/resolv.conf" /etc/resolv.conf
mount --bind "$HOME/hosts" /etc/hosts
PATH="$PATH:/usr/sbin:/sbin"
common="--no-daemon --no-resolv --no-hosts --conf-file=/dev/null --bind-interfaces"
dnsmasq $common --listen-address=127.0.0.1 --local=/test/ --local=/pbx/ --local=/absent/ \
  --host-record=one.test,192.0.2.1 --host-record=two.test,192.0.2.2,2001:db8::2 --host-record=two.test,192.0.2.3 \
  --host-record=pbx.corp.test,192.0.2.4 --host-record=pbx.lab.test,192.0.2.5 \
  --host-record=a.pbx.lab.test,192.0.2.6 --host-record=hosted,192.0.2.7 \
  --cname=alias.test,one.test --cname=dangling.test,nowhere.test >/dev/null 2>&1 &
first=$!
dnsmasq $common --listen-address=127.0.0.2 >/dev/null 2>&1 &
second=$!
trap 'kill $first $second' EXIT
for n in 1 2 3 4 5 6 7 8 9 10; do
  grep -q 'CLIENT\|00000000:0035\|0100007F:0035' /proc/net/udp && break
  sleep 0.1
done
for name in $NAMES; do
  echo "NAME $name"
  getent ahostsv4 "$name" | awk '{print "THEIRS " $1}' || true
  "$NUMDECK" check --uri "sip:$name:5060" --timeout 2s -o json > "$HOME/report" || true
  echo "OURS $(tr -d '\n' < "$HOME/report")"
done
"#;

/// The IPv4 addresses that a check asked.
fn asked(report: &str) -> BTreeSet<String> {
    let report: serde_json::Value =
        serde_json::from_str(report).unwrap_or_else(|error| panic!("{error}: {report}"));
    let steps = report["steps"].as_array().unwrap();
    let targets = steps.iter().filter_map(|step| step["target"].as_str());
    let ips = targets.filter_map(|target| target.split_whitespace().last()?.parse::<SocketAddr>().ok());
    ips.filter(SocketAddr::is_ipv4).map(|at| at.ip().to_string()).collect()
}

#[test]
fn this_machine_finds_what_its_c_library_finds() {
    if !["unshare", "dnsmasq", "getent", "ip"].into_iter().all(is_there) {
        return;
    }
    let mut compared = 0;
    for settings in SETTINGS {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("resolv.conf"), settings).unwrap();
        std::fs::write(home.path().join("hosts"), "127.0.0.1 localhost\n192.0.2.8 hosted hosted.test\n")
            .unwrap();
        let output = Command::new("unshare")
            .args(["--map-root-user", "--net", "--mount", "sh", "-c", IN_A_NAMESPACE])
            .env("HOME", home.path())
            .env("NAMES", NAMES.join(" "))
            .env("NUMDECK", env!("CARGO_BIN_EXE_numdeck"))
            .env_remove("LOCALDOMAIN")
            .env_remove("RES_OPTIONS")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            eprintln!("SKIPPED: no network of its own can be had, so nothing was compared with it: {why}");
            return;
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (mut name, mut theirs) = (String::new(), BTreeSet::new());
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("NAME", next)) => (name, theirs) = (next.to_owned(), BTreeSet::new()),
                Some(("THEIRS", ip)) => drop(theirs.insert(ip.to_owned())),
                Some(("OURS", report)) => {
                    assert_eq!(asked(report), theirs, "{name} by:\n{settings}\n{report}");
                    compared += 1;
                }
                _ => {}
            }
        }
    }
    assert_eq!(compared, SETTINGS.len() * NAMES.len());
}
