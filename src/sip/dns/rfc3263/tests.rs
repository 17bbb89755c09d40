use std::collections::HashMap;
use std::sync::Mutex;

use std::time::Duration;

use super::*;
use crate::sip::{RecordKind, ResponseCode, SipUri};

/// DNS of a few names; it remembers what it was asked.
#[derive(Default)]
struct Zone {
    records: HashMap<(String, RecordKind), Result<Vec<Record>, DnsFailure>>,
    asked: Mutex<Vec<String>>,
}

impl Dns for Zone {
    async fn lookup(&self, name: &str, kind: RecordKind, _: Instant) -> DnsAnswer {
        self.asked.lock().unwrap().push(format!("{kind:?} {name}"));
        let exists = self.records.keys().any(|(known, _)| known == name);
        let none = if exists { DnsFailure::NoData } else { DnsFailure::NoName };
        self.records.get(&(name.to_owned(), kind)).cloned().unwrap_or(Err(none)).into()
    }
}

impl Zone {
    fn a(self, name: &str, ips: &[&str]) -> Self {
        let records = ips.iter().map(|ip| Record::Address(ip.parse().unwrap())).collect();
        self.with(name, RecordKind::A, Ok(records))
    }

    fn srv(self, name: &str, servers: &[(u16, u16, u16, &str)]) -> Self {
        let records = servers
            .iter()
            .map(|&(priority, weight, port, target)| Record::Srv {
                priority,
                weight,
                port,
                target: target.to_owned(),
            })
            .collect();
        self.with(name, RecordKind::Srv, Ok(records))
    }

    fn with(mut self, name: &str, kind: RecordKind, answer: Result<Vec<Record>, DnsFailure>) -> Self {
        self.records.insert((name.to_owned(), kind), answer);
        self
    }

    async fn find(&self, uri: &str) -> Result<Vec<String>, Code> {
        let route = Route::new(SipUri::parse(uri).unwrap(), None);
        match resolve(&route, self, later()).await {
            Ok(found) => Ok(found.targets.iter().map(Target::words).collect()),
            Err(none) => Err(none.code),
        }
    }
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn naptr(order: u16, service: &str, replacement: &str) -> Record {
    Record::Naptr {
        order,
        preference: 1,
        flags: "S".into(),
        service: service.into(),
        replacement: replacement.into(),
    }
}

#[tokio::test]
async fn an_address_asks_nobody_and_a_port_asks_for_addresses_alone() {
    let zone = Zone::default().a("h.example", &["192.0.2.1"]);
    assert_eq!(zone.find("sip:a@192.0.2.9;transport=tcp").await.unwrap(), ["TCP 192.0.2.9:5060"]);
    assert_eq!(zone.find("sips:a@[2001:db8::1]").await.unwrap(), ["TLS [2001:db8::1]:5061"]);
    assert!(zone.asked.lock().unwrap().is_empty());
    assert_eq!(zone.find("sip:a@h.example:5080").await.unwrap(), ["UDP 192.0.2.1:5080"]);
    let asked = zone.asked.lock().unwrap().clone();
    assert!(!asked.iter().any(|one| one.starts_with("Naptr")), "{asked:?}");
}

#[tokio::test]
async fn a_bypassed_srv_record_is_said() {
    let zone = Zone::default()
        .a("h.example", &["192.0.2.1"])
        .srv("_sip._udp.h.example", &[(1, 1, 5060, "other.example.")]);
    let route = Route::new(SipUri::parse("sip:a@h.example:5080").unwrap(), None);
    let found = resolve(&route, &zone, later()).await.unwrap();
    assert!(found.bypassed && found.trail.iter().any(|line| line.contains("bypasses")));
    assert_eq!(found.targets.len(), 1);
}

#[tokio::test]
async fn naptr_then_srv_then_addresses() {
    let zone = Zone::default()
        .with(
            "h.example",
            RecordKind::Naptr,
            Ok(vec![
                naptr(20, "SIP+D2U", "_sip._udp.h.example."),
                naptr(10, "sips+d2t", "_sips._tcp.h.example."),
                naptr(5, "E2U+sip", "x.h.example."),
            ]),
        )
        .srv("_sips._tcp.h.example", &[(20, 0, 5061, "b.example."), (10, 0, 5061, "a.example.")])
        .srv("_sip._udp.h.example", &[(1, 1, 5060, "a.example.")])
        .a("a.example", &["192.0.2.1"])
        .a("b.example", &["192.0.2.2", "192.0.2.3"]);
    assert_eq!(
        zone.find("sip:x@h.example").await.unwrap(),
        ["TLS 192.0.2.1:5061", "TLS 192.0.2.2:5061", "TLS 192.0.2.3:5061", "UDP 192.0.2.1:5060"]
    );
    assert_eq!(zone.find("sip:x@h.example;transport=udp").await.unwrap(), ["UDP 192.0.2.1:5060"]);
    assert_eq!(zone.find("sips:x@h.example").await.unwrap().len(), 3);
}

#[tokio::test]
async fn without_naptr_all_services_and_without_services_the_name_itself() {
    let zone = Zone::default()
        .srv("_sip._tcp.h.example", &[(1, 5, 5070, "a.example."), (1, 9, 5071, "a.example.")])
        .a("a.example", &["192.0.2.1"])
        .a("plain.example", &["192.0.2.4"]);
    assert_eq!(zone.find("sip:h.example").await.unwrap(), ["TCP 192.0.2.1:5071", "TCP 192.0.2.1:5070"]);
    assert_eq!(zone.find("sip:plain.example").await.unwrap(), ["UDP 192.0.2.4:5060"]);
}

#[tokio::test]
async fn a_server_that_leads_nowhere_is_kept_beside_those_that_do_not() {
    let zone = Zone::default()
        .srv("_sip._udp.h.example", &[(1, 1, 5060, "a.example."), (2, 1, 5060, "gone.example.")])
        .srv("_sip._tcp.h.example", &[(1, 1, 5060, "gone.example."), (2, 1, 5060, "bare.example.")])
        .with("bare.example", RecordKind::A, Ok(vec![]))
        .a("a.example", &["192.0.2.1"]);
    let route = Route::new(SipUri::parse("sip:h.example").unwrap(), None);
    let found = resolve(&route, &zone, later()).await.unwrap();
    assert_eq!(found.targets.len(), 1);
    assert_eq!(
        found.lost,
        ["the name gone.example does not exist in DNS", "bare.example has neither an A nor an AAAA record"]
    );
}

#[tokio::test]
async fn every_way_to_find_nothing_has_its_code() {
    let refused = Err(DnsFailure::Refused(ResponseCode(5)));
    let zone = Zone::default()
        .with("empty.example", RecordKind::Naptr, Ok(vec![]))
        .srv("_sip._udp.off.example", &[(0, 0, 0, ".")])
        .a("off.example", &["192.0.2.1"])
        .with("refused.example", RecordKind::A, refused.clone())
        .with("refused.example", RecordKind::Aaaa, refused)
        .with("dead.example", RecordKind::A, Err(DnsFailure::Timeout))
        .with("dead.example", RecordKind::Aaaa, Err(DnsFailure::Timeout));
    for (host, code) in [
        ("nowhere.example", Code::DnsNxdomain),
        ("empty.example", Code::DnsNodata),
        ("off.example", Code::SrvOff),
        ("refused.example", Code::DnsRefused),
        ("dead.example", Code::DnsTimeout),
    ] {
        assert_eq!(zone.find(&format!("sip:{host}")).await, Err(code), "{host}");
    }
    assert_eq!(zone.find("sip:nowhere.example:5060").await, Err(Code::DnsNxdomain));
}

#[tokio::test]
async fn hostile_answers_are_capped_and_never_become_names() {
    let many: Vec<(u16, u16, u16, &str)> = (0..500).map(|n| (n, 0, 5060, "a.example.")).collect();
    let ips: Vec<String> = (0..200).map(|n| format!("192.0.2.{n}")).collect();
    let ips: Vec<&str> = ips.iter().map(String::as_str).collect();
    let zone = Zone::default()
        .srv("_sip._udp.many.example", &many)
        .a("a.example", &ips)
        .srv("_sip._udp.evil.example", &[(1, 1, 5060, "a\r\nVia: x."), (1, 1, 0, "a.example.")])
        .with("evil.example", RecordKind::Naptr, Ok(vec![naptr(1, "SIP+D2U", "x\u{1b}[2J y.")]));
    assert_eq!(zone.find("sip:many.example;transport=udp").await.unwrap().len(), MOST_TARGETS);
    let route = Route::new(SipUri::parse("sip:evil.example").unwrap(), None);
    let none = resolve(&route, &zone, later()).await.unwrap_err();
    assert!(none.trail.iter().all(|line| crate::text::is_clean(line)), "{:?}", none.trail);
}

/// DNS that answers as the zone does, and of some questions nothing.
struct Silent {
    zone: Zone,
    about: &'static [(&'static str, RecordKind)],
}

impl Dns for Silent {
    async fn lookup(&self, name: &str, kind: RecordKind, until: Instant) -> DnsAnswer {
        if self.about.contains(&(name, kind)) {
            std::future::pending::<()>().await;
        }
        self.zone.lookup(name, kind, until).await
    }
}

#[tokio::test]
async fn a_question_without_an_answer_costs_no_target_that_was_found() {
    let zone = || {
        Zone::default()
            .srv("_sip._udp.h.example", &[(1, 1, 5060, "a.example."), (2, 1, 5060, "slow.example.")])
            .a("a.example", &["192.0.2.1"])
            .a("slow.example", &["192.0.2.2"])
    };
    let soon = || Instant::now() + Duration::from_millis(700);
    let route = Route::new(SipUri::parse("sip:h.example").unwrap(), None);
    let dns =
        Silent { zone: zone(), about: &[("a.example", RecordKind::Aaaa), ("h.example", RecordKind::Naptr)] };
    let found = resolve(&route, &dns, soon()).await.unwrap();
    assert_eq!(found.targets.len(), 2);
    assert_eq!(found.unanswered, ["the DNS server did not answer for the AAAA record of a.example"]);
    assert!(found.trail.contains(&"AAAA a.example: no answer".to_owned()), "{:?}", found.trail);
    let both = &[("slow.example", RecordKind::A), ("slow.example", RecordKind::Aaaa)];
    let found = resolve(&route, &Silent { zone: zone(), about: both }, soon()).await.unwrap();
    assert_eq!((found.targets.len(), found.lost.len()), (1, 1), "{:?}", found.lost);
    let none = Silent {
        zone: Zone::default().a("h.example", &["192.0.2.1"]),
        about: &[("_sip._tcp.h.example", RecordKind::Srv)],
    };
    let found = resolve(&route, &none, soon()).await.unwrap();
    assert_eq!(found.targets.iter().map(Target::words).collect::<Vec<_>>(), ["UDP 192.0.2.1:5060"]);
    let instead = found.instead.unwrap();
    assert_eq!(instead.code, Code::DnsTimeout, "there may be SRV records, which callers may see");
    assert!(found.lost_is_ours && found.trail.len() >= 4, "{:?}", found.trail);
}

/// Takes a while for each question.
struct Slow(Zone);

impl Dns for Slow {
    async fn lookup(&self, name: &str, kind: RecordKind, until: Instant) -> DnsAnswer {
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.0.lookup(name, kind, until).await
    }
}

#[tokio::test]
async fn what_can_be_asked_side_by_side_is() {
    let servers: Vec<String> = (0..6).map(|n| format!("s{n}.example.")).collect();
    let rows: Vec<(u16, u16, u16, &str)> = servers.iter().map(|name| (1, 1, 5060, name.as_str())).collect();
    let mut zone = Zone::default().srv("_sip._udp.h.example", &rows);
    for (n, name) in servers.iter().enumerate() {
        zone = zone.a(name.trim_end_matches('.'), &[&format!("192.0.2.{n}")]);
    }
    let route = Route::new(SipUri::parse("sip:h.example").unwrap(), None);
    let began = Instant::now();
    let found = resolve(&route, &Slow(zone), later()).await.unwrap();
    assert_eq!(found.targets.len(), 6);
    assert!(began.elapsed() < Duration::from_secs(2), "not sixteen questions one after another");
}

#[tokio::test]
async fn srv_records_that_cannot_be_had_or_used_are_not_passed_over() {
    let zone = Zone::default()
        .with("_sip._udp.broken.example", RecordKind::Srv, Err(DnsFailure::Failed(None)))
        .a("broken.example", &["192.0.2.1"])
        .srv(
            "_sip._udp.bad.example",
            &[(1, 1, 5060, "-b.example."), (1, 1, 0, "a.example."), (1, 1, 5060, "127.0.0.1.")],
        )
        .a("bad.example", &["192.0.2.1"])
        .srv("_sip._udp.mixed.example", &[(1, 1, 5060, "a.example."), (1, 1, 5060, "-b.example.")])
        .a("a.example", &["192.0.2.1"]);
    let route = |uri: &str| Route::new(SipUri::parse(uri).unwrap(), None);
    let broken = resolve(&route("sip:broken.example"), &zone, later()).await.unwrap();
    assert_eq!(broken.targets.iter().map(Target::words).collect::<Vec<_>>(), ["UDP 192.0.2.1:5060"]);
    let instead = broken.instead.unwrap();
    assert_eq!(instead.code, Code::DnsRefused, "whether it has SRV records is not known");
    assert!(instead.is_of_domain && broken.lost[0].contains("_sip._udp.broken.example"), "{:?}", broken.lost);
    let bad = resolve(&route("sip:bad.example"), &zone, later()).await.unwrap();
    assert_eq!(bad.targets.len(), 1, "a broken SRV record hides no address");
    let instead = bad.instead.unwrap();
    assert_eq!(instead.code, Code::DnsNodata, "and whoever goes by SRV finds none");
    assert!(instead.text.contains("names -b.example., which is no host name"), "{}", instead.text);
    let wanted = "names 127.0.0.1., which is an IP address where a host name has to be";
    assert!(bad.lost.iter().any(|lost| lost.ends_with(wanted)), "{:?}", bad.lost);
    let mixed = resolve(&route("sip:mixed.example"), &zone, later()).await.unwrap();
    assert_eq!((mixed.targets.len(), mixed.lost.len()), (1, 1));
}

#[tokio::test]
async fn only_the_service_that_is_off_is_off() {
    let zone = Zone::default()
        .srv("_sips._tcp.h.example", &[(0, 0, 0, ".")])
        .a("h.example", &["192.0.2.1"])
        .srv("_sip._udp.off.example", &[(0, 0, 0, ".")])
        .a("off.example", &["192.0.2.1"]);
    assert_eq!(zone.find("sip:h.example").await.unwrap(), ["UDP 192.0.2.1:5060"]);
    assert_eq!(zone.find("sips:h.example").await, Err(Code::SrvOff));
    let route = Route::new(SipUri::parse("sip:off.example").unwrap(), None);
    let off = resolve(&route, &zone, later()).await.unwrap_err();
    assert!(off.code == Code::SrvOff && off.text.contains("_sip._udp.off.example"), "{}", off.text);
}

#[tokio::test]
async fn a_hostile_zone_does_not_make_us_ask_for_ever() {
    let mut zone = Zone::default();
    let records = (0..40).map(|n| naptr(n, "SIP+D2U", &format!("_sip._udp.z{n}.example."))).collect();
    zone = zone.with("h.example", RecordKind::Naptr, Ok(records));
    let names: Vec<String> = (0..1600).map(|n| format!("s{n}.example.")).collect();
    for n in 0..40 {
        let rows: Vec<(u16, u16, u16, &str)> =
            names[n * 40..][..40].iter().map(|name| (1, 1, 5060, name.as_str())).collect();
        zone = zone.srv(&format!("_sip._udp.z{n}.example"), &rows);
    }
    zone = zone.a("s0.example", &["192.0.2.1"]);
    let route = Route::new(SipUri::parse("sip:h.example").unwrap(), None);
    let found = resolve(&route, &zone, later()).await.unwrap();
    let asked = zone.asked.lock().unwrap().len();
    assert!(asked < 60, "{asked} questions");
    assert!(found.lost.len() <= MOST_LOST && found.trail.len() <= MOST_LINES);
    assert!(found.beyond > 100, "and it is said that there are more: {}", found.beyond);
}

#[tokio::test]
async fn a_name_is_asked_for_once_however_many_ports_it_has() {
    let rows: Vec<(u16, u16, u16, &str)> = (0..12).map(|n| (n, 1, 5060 + n, "a.example.")).collect();
    let zone = Zone::default().srv("_sip._udp.h.example", &rows).a("a.example", &["192.0.2.1"]);
    let route = Route::new(SipUri::parse("sip:h.example;transport=udp").unwrap(), None);
    let found = resolve(&route, &zone, later()).await.unwrap();
    assert_eq!((found.targets.len(), found.beyond), (10, 2));
    let asked = zone.asked.lock().unwrap().iter().filter(|one| one.as_str() == "A a.example").count();
    assert_eq!(asked, 1);
}

/// Says nothing to some questions, and needs a while for the others.
struct Lossy {
    zone: Zone,
    lost: &'static str,
}

impl Dns for Lossy {
    async fn lookup(&self, name: &str, kind: RecordKind, until: Instant) -> DnsAnswer {
        if format!("{kind:?} {name}") == self.lost {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.zone.lookup(name, kind, until).await
    }
}

#[tokio::test]
async fn one_question_that_is_lost_holds_up_no_server_that_is_known() {
    let zone = || {
        let zone = Zone::default().srv("_sip._udp.h.example", &[(1, 1, 5070, "a.example.")]);
        zone.a("a.example", &["192.0.2.1"]).a("h.example", &[])
    };
    for lost in ["Naptr h.example", "Srv _sips._tcp.h.example"] {
        let dns = Lossy { zone: zone(), lost };
        let route = Route::new(SipUri::parse("sip:h.example").unwrap(), None);
        let began = Instant::now();
        let found = resolve(&route, &dns, later()).await.unwrap();
        assert_eq!(found.targets.iter().map(Target::words).collect::<Vec<_>>(), ["UDP 192.0.2.1:5070"]);
        assert!(began.elapsed() < Duration::from_secs(5), "{lost}: {:?}", began.elapsed());
        let told = found.trail.iter().any(|line| line.ends_with(": no answer"));
        assert!(told, "{lost}: {:?}", found.trail);
    }
}

#[tokio::test]
async fn the_name_that_somebody_wrote_is_told_where_the_resolver_fails() {
    let failed = || Err(DnsFailure::Failed(None));
    let zone = Zone::default()
        .with("_sip._udp.h.example", RecordKind::Srv, failed())
        .with("h.example", RecordKind::A, Err(DnsFailure::Timeout))
        .with("h.example", RecordKind::Aaaa, Err(DnsFailure::Timeout));
    let route = Route::new(SipUri::parse("sip:h.example;transport=udp").unwrap(), None);
    let none = resolve(&route, &zone, later()).await.unwrap_err();
    assert!(!none.text.contains("_sip") && !none.text.contains("either"), "{}", none.text);
    assert_eq!((none.code, none.name), (Code::DnsTimeout, None));
}

#[tokio::test]
async fn the_record_that_is_wrong_is_told() {
    for (port, target) in [(0, "sip.example."), (5060, "192.0.2.1.")] {
        let zone = Zone::default().srv("_sip._udp.h.example", &[(1, 1, port, target)]);
        let route = Route::new(SipUri::parse("sip:h.example").unwrap(), None);
        let none = resolve(&route, &zone, later()).await.unwrap_err();
        assert_eq!((none.code, none.name.as_deref()), (Code::DnsNodata, Some("_sip._udp.h.example")));
    }
    let mut answer = none(DnsFailure::NoName);
    answer.aliases.push("gone.example".into());
    let failure = Failure::of(&DnsFailure::NoName, &answer, "192.0.2.53", "h.example");
    assert_eq!(failure.unresolved(Vec::new(), "h.example").name.as_deref(), Some("gone.example"));
}
