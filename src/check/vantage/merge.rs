//! What follows where one place sees something else than another.

use serde_json::{Value, json};

use super::place::{PlaceSeen, PlaceView, SeenCode};
use crate::sip::{Code, Health};

/// What several places come to together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MergedCode {
    /// It answers well, wherever it is asked from.
    Everywhere,
    /// Nobody gets an answer.
    DeadForAll,
    /// Everybody gets the same fault.
    FaultForAll,
    /// Some get an answer, and others do not get in.
    AllowList,
    /// DNS leads some to another server than others, or nowhere.
    DnsDiffers,
    /// Some accept its TLS, and others do not.
    TlsDiffers,
    /// It gives some another answer than others.
    AnswersDiffer,
    /// Less than two places could look.
    Alone,
}

impl MergedCode {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Everywhere,
        Self::DeadForAll,
        Self::FaultForAll,
        Self::AllowList,
        Self::DnsDiffers,
        Self::TlsDiffers,
        Self::AnswersDiffer,
        Self::Alone,
    ];

    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::DeadForAll => "dead_for_all",
            Self::FaultForAll => "fault_for_all",
            Self::AllowList => "allow_list",
            Self::DnsDiffers => "dns_differs",
            Self::TlsDiffers => "tls_differs",
            Self::AnswersDiffer => "answers_differ",
            Self::Alone => "alone",
        }
    }

    /// Whether places see different things.
    pub(in crate::check) fn is_uneven(self) -> bool {
        matches!(self, Self::AllowList | Self::DnsDiffers | Self::TlsDiffers | Self::AnswersDiffer)
    }

    /// What follows from it.
    fn follows(self) -> &'static str {
        match self {
            Self::Everywhere => "the way to this server is open for all of them",
            Self::DeadForAll => "dead for all: it is down, or lets none of these places in",
            Self::FaultForAll => "the fault is the server's, whoever asks",
            Self::AllowList => "an allow-list lets only some in",
            Self::DnsDiffers => "DNS differs",
            Self::TlsDiffers => "TLS trust differs",
            Self::AnswersDiffer => "the server treats addresses differently",
            Self::Alone => "nothing follows from fewer than two places",
        }
    }

    /// What to do; may be nothing.
    fn next(self) -> &'static str {
        match self {
            Self::Everywhere => "",
            Self::DeadForAll => {
                "ask the owner of the server whether it is up, and which addresses it lets in"
            }
            Self::FaultForAll => "take it to the owner of the server: it does not depend on who asks",
            Self::AllowList => {
                "ask the owner of the server to let the addresses in that get no answer, or look at the \
                 firewall of the places that get none"
            }
            Self::DnsDiffers => {
                "compare the resolvers of these places: a split view, an old record in a cache, or a blocklist"
            }
            Self::TlsDiffers => {
                "compare the authorities that these places trust, their clocks, and whatever opens TLS on the way"
            }
            Self::AnswersDiffer => {
                "ask the owner of the server which addresses it knows: an access list within SIP, or several \
                 servers behind one address"
            }
            Self::Alone => "look at why the other places could not look",
        }
    }
}

/// The merged verdict of one leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Which leg.
    pub leg: String,
    /// What it comes to.
    pub code: MergedCode,
    /// Who sees it, who does not, and what follows.
    pub text: String,
    /// What each place saw.
    pub places: Vec<PlaceView>,
}

/// How far somebody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// An answer that is well.
    Well,
    /// An answer, with something wrong.
    Answered(Code),
    /// Up to TLS, which failed.
    Shaking(Code),
    /// Nothing came back.
    Silence,
    /// Nobody listens, for this place.
    Refused,
    /// It hung up.
    HungUp,
    /// DNS led nowhere.
    NoName,
    /// Nobody could look from there, or in words that are not known here.
    Unable,
}

impl Reach {
    fn of(seen: &PlaceSeen) -> Self {
        let code = match &seen.code {
            SeenCode::Known(code) => *code,
            SeenCode::Other(_) => return Self::Unable,
        };
        let fails = seen.status == "fail";
        match code {
            Code::Network | Code::DnsTimeout | Code::ApiFailed | Code::Unsupported | Code::Skipped => {
                Self::Unable
            }
            Code::DnsRefused | Code::DnsNxdomain | Code::DnsNodata | Code::SrvOff | Code::NullAddress => {
                Self::NoName
            }
            Code::NoAnswer => Self::Silence,
            Code::PortClosed => Self::Refused,
            Code::Closed => Self::HungUp,
            Code::TlsExpired
            | Code::TlsName
            | Code::TlsUntrusted
            | Code::TlsVersion
            | Code::TlsClientCert
            | Code::TlsSni
            | Code::TlsChain
            | Code::TlsWeak
            | Code::TlsPlain
                if fails =>
            {
                Self::Shaking(code)
            }
            Code::BadReply
            | Code::AliveRefused
            | Code::Redirect
            | Code::Unavailable
            | Code::ServerError
            | Code::Loop
            | Code::Elsewhere => Self::Answered(code),
            _ => Self::Well,
        }
    }

    /// Whether the other side let it in.
    fn is_in(self) -> bool {
        matches!(self, Self::Well | Self::Answered(_) | Self::Shaking(_))
    }

    /// Whether nobody let it in.
    fn is_out(self) -> bool {
        matches!(self, Self::Silence | Self::Refused | Self::HungUp)
    }

    /// What the server does, before "from".
    fn words(self) -> String {
        match self {
            Self::Well => "answers".to_owned(),
            Self::Answered(code) => format!("answers with a fault ({code})"),
            Self::Shaking(code) => format!("fails at TLS ({code})"),
            Self::Silence => "silent".to_owned(),
            Self::Refused => "nothing listens".to_owned(),
            Self::HungUp => "hangs up".to_owned(),
            Self::NoName => "not found in DNS".to_owned(),
            Self::Unable => "not seen".to_owned(),
        }
    }
}

/// Puts together what places saw of one leg. Whoever could not look counts for nothing.
pub fn merged(leg: &str, places: Vec<PlaceView>) -> Merged {
    let all: Vec<(&PlaceView, Reach)> =
        places.iter().map(|view| (view, view.seen.as_ref().map_or(Reach::Unable, Reach::of))).collect();
    let looked: Vec<(&PlaceView, Reach)> =
        all.iter().copied().filter(|(_, reach)| *reach != Reach::Unable).collect();
    let code = concluded(&looked);
    let mut parts: Vec<String> = Vec::new();
    let mut told: Vec<Reach> = Vec::new();
    for (_, reach) in &all {
        if told.contains(reach) {
            continue;
        }
        told.push(*reach);
        let names: Vec<&str> =
            all.iter().filter(|(_, other)| other == reach).map(|(view, _)| view.place.as_str()).collect();
        parts.push(format!("{} from {}", reach.words(), listed(&names)));
    }
    let mut text = format!("{}: {}", parts.join(", "), code.follows());
    if code != MergedCode::DnsDiffers && servers_differ(&looked) {
        text.push_str("; DNS led them to different servers");
    }
    Merged { leg: leg.to_owned(), code, text, places }
}

fn concluded(looked: &[(&PlaceView, Reach)]) -> MergedCode {
    let any = |is: &dyn Fn(Reach) -> bool| looked.iter().any(|(_, reach)| is(*reach));
    let Some((_, first)) = looked.first() else { return MergedCode::Alone };
    if looked.len() < 2 {
        return MergedCode::Alone;
    }
    if looked.iter().all(|(_, reach)| reach == first) {
        return match first {
            Reach::Well => MergedCode::Everywhere,
            reach if reach.is_out() => MergedCode::DeadForAll,
            _ => MergedCode::FaultForAll,
        };
    }
    if any(&|reach| reach == Reach::NoName) || servers_differ(looked) {
        return MergedCode::DnsDiffers;
    }
    if !any(&Reach::is_in) {
        return MergedCode::DeadForAll;
    }
    if any(&Reach::is_out) {
        return MergedCode::AllowList;
    }
    if any(&|reach| matches!(reach, Reach::Shaking(_))) {
        MergedCode::TlsDiffers
    } else {
        MergedCode::AnswersDiffer
    }
}

/// Whether two places were led to servers of which none is the same.
fn servers_differ(looked: &[(&PlaceView, Reach)]) -> bool {
    let servers = looked.iter().filter_map(|(view, _)| view.seen.as_ref().ok()).map(|seen| &seen.servers);
    let servers: Vec<&Vec<String>> = servers.filter(|servers| !servers.is_empty()).collect();
    let apart = |one: &[String], other: &[String]| !one.iter().any(|server| other.contains(server));
    servers.iter().enumerate().any(|(at, one)| servers[at + 1..].iter().any(|other| apart(one, other)))
}

/// `here, pbx-1 and pbx-2`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

impl Merged {
    /// The health of the gravest place that looked; `None` where none did.
    pub fn health(&self) -> Option<Health> {
        self.places.iter().filter_map(|view| view.seen.as_ref().ok()).map(PlaceSeen::health).max()
    }

    /// What to do; may be nothing.
    pub fn next(&self) -> &'static str {
        self.code.next()
    }

    /// For people: what follows first, then what each place saw.
    pub fn lines(&self) -> Vec<String> {
        let width = self.places.iter().map(|view| view.place.chars().count()).max().unwrap_or_default();
        let line = |view: &PlaceView| match &view.seen {
            Ok(seen) => {
                let from = seen.local_ip.as_ref().map_or(String::new(), |ip| format!(" (from {ip})"));
                let (status, code) = (&seen.status, seen.code.word());
                format!("  {:<width$}  {status:<4} {code}{from}: {}", view.place, seen.text)
            }
            Err(why) => format!("  {:<width$}  not asked: {why}", view.place),
        };
        let mut lines = vec![format!("{}: {}", self.leg, self.text)];
        lines.extend(self.places.iter().map(line));
        lines
    }

    /// Its place in a document.
    pub fn to_json(&self) -> Value {
        let place = |view: &PlaceView| match &view.seen {
            Ok(seen) => json!({
                "from": view.place,
                "status": seen.status,
                "code": seen.code.word(),
                "text": seen.text,
                "servers": seen.servers,
                "local_ip": seen.local_ip,
            }),
            Err(why) => json!({ "from": view.place, "unasked": why }),
        };
        json!({
            "leg": self.leg,
            "code": self.code.word(),
            "text": self.text,
            "next": self.next(),
            "places": self.places.iter().map(place).collect::<Vec<Value>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saw(place: &str, code: Code, server: &str) -> PlaceView {
        let status = code.outcome().status.word().to_owned();
        let (text, servers) = (code.outcome().sentence.to_owned(), vec![server.to_owned()]);
        let code = SeenCode::Known(code);
        PlaceView {
            place: place.to_owned(),
            seen: Ok(PlaceSeen { status, code, text, servers, local_ip: None }),
        }
    }

    fn failed(place: &str) -> PlaceView {
        PlaceView { place: place.to_owned(), seen: Err("ssh did not get there".to_owned()) }
    }

    const A: &str = "UDP 192.0.2.1:5060";
    const B: &str = "UDP 192.0.2.2:5060";

    #[test]
    fn who_sees_it_who_does_not_and_what_follows() {
        use Code::{
            AliveAuth, AliveRefused, Closed, DnsNxdomain, Lossy, Network, NoAnswer, Ok as Well, PortClosed,
            TlsExpired, TlsUntrusted, Unavailable,
        };
        let of = |codes: &[Code]| {
            let names = ["here", "pbx-1", "pbx-2", "pbx-3"];
            merged("inbound", codes.iter().zip(names).map(|(code, name)| saw(name, *code, A)).collect())
        };
        for (codes, code, text) in [
            (&[Well, Well][..], MergedCode::Everywhere, "answers from here and pbx-1: the way"),
            (
                &[Well, AliveAuth, Lossy],
                MergedCode::Everywhere,
                "answers from here, pbx-1 and pbx-2: the way",
            ),
            (
                &[NoAnswer, Well],
                MergedCode::AllowList,
                "silent from here, answers from pbx-1: an allow-list lets only some in",
            ),
            (&[Well, NoAnswer], MergedCode::AllowList, "answers from here, silent from pbx-1: an allow-list"),
            (&[PortClosed, Well], MergedCode::AllowList, "nothing listens from here, answers from pbx-1"),
            (
                &[Closed, Well, Closed],
                MergedCode::AllowList,
                "hangs up from here and pbx-2, answers from pbx-1",
            ),
            (
                &[NoAnswer, Unavailable],
                MergedCode::AllowList,
                "answers with a fault (unavailable) from pbx-1",
            ),
            (&[NoAnswer, TlsExpired], MergedCode::AllowList, "fails at TLS (tls_expired) from pbx-1"),
            (&[NoAnswer, NoAnswer], MergedCode::DeadForAll, "silent from here and pbx-1: dead for all"),
            (&[NoAnswer, PortClosed], MergedCode::DeadForAll, "silent from here, nothing listens from pbx-1"),
            (
                &[TlsExpired, TlsExpired],
                MergedCode::FaultForAll,
                "fails at TLS (tls_expired) from here and pbx-1",
            ),
            (&[Unavailable, Unavailable], MergedCode::FaultForAll, "answers with a fault (unavailable)"),
            (&[DnsNxdomain, DnsNxdomain], MergedCode::FaultForAll, "not found in DNS from here and pbx-1"),
            (&[DnsNxdomain, Well], MergedCode::DnsDiffers, "not found in DNS from here, answers from pbx-1"),
            (
                &[TlsUntrusted, Well],
                MergedCode::TlsDiffers,
                "from here, answers from pbx-1: TLS trust differs",
            ),
            (&[TlsUntrusted, TlsExpired], MergedCode::TlsDiffers, "TLS trust differs"),
            (&[AliveRefused, Well], MergedCode::AnswersDiffer, "treats addresses differently"),
            (&[Network, Well], MergedCode::Alone, "not seen from here, answers from pbx-1"),
            (
                &[Network, Well, NoAnswer],
                MergedCode::AllowList,
                "not seen from here, answers from pbx-1, silent",
            ),
        ] {
            let merged = of(codes);
            assert_eq!(merged.code, code, "{codes:?}: {}", merged.text);
            assert!(merged.text.contains(text), "{codes:?}: {}", merged.text);
        }
    }

    #[test]
    fn other_servers_are_another_answer_of_dns() {
        let places = |one: Code, other: Code| vec![saw("here", one, A), saw("pbx-1", other, B)];
        assert_eq!(merged("inbound", places(Code::NoAnswer, Code::Ok)).code, MergedCode::DnsDiffers);
        let same = merged("inbound", places(Code::Ok, Code::Ok));
        assert_eq!(same.code, MergedCode::Everywhere);
        assert!(same.text.ends_with("DNS led them to different servers"), "{}", same.text);
    }

    #[test]
    fn a_place_that_could_not_look_spoils_nothing() {
        let with = |more: Vec<PlaceView>| merged("inbound", more);
        let two = with(vec![saw("here", Code::NoAnswer, A), failed("pbx-1"), saw("pbx-2", Code::Ok, A)]);
        assert_eq!((two.code, two.health()), (MergedCode::AllowList, Some(Health::Problem)));
        assert!(two.lines().iter().any(|line| line.contains("pbx-1  not asked: ssh did not get there")));
        let alone = with(vec![saw("here", Code::NoAnswer, A), failed("pbx-1")]);
        assert_eq!(alone.code, MergedCode::Alone);
        assert_eq!(with(vec![failed("pbx-1")]).health(), None);
    }

    #[test]
    fn a_code_that_is_not_known_here_is_shown_as_it_came_and_decides_nothing() {
        let mut strange = saw("pbx-2", Code::Ok, A);
        if let Ok(seen) = &mut strange.seen {
            (seen.code, seen.status) = (SeenCode::Other("tired".to_owned()), "fail".to_owned());
        }
        let merged =
            merged("inbound", vec![saw("here", Code::NoAnswer, A), saw("pbx-1", Code::Ok, A), strange]);
        assert_eq!(merged.code, MergedCode::AllowList);
        assert!(merged.lines().iter().any(|line| line.contains("pbx-2  fail tired: ")), "{merged:?}");
        assert_eq!(merged.to_json()["places"][2]["code"], "tired");
    }

    #[test]
    fn each_word_is_its_own() {
        let mut words: Vec<&str> = MergedCode::ALL.iter().map(|code| code.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), MergedCode::ALL.len());
    }
}
