//! What is wrong with a whole list of numbers by their settings alone: no packet, no request.

use std::collections::HashMap;

use jiff::Timestamp;

use super::finding::{self, Finding, of_trouble};
use super::settings::{Endpoints, NO_NUMBER, Unread, address_is_null};
use crate::phone::{Endpoint, EndpointId, Number, Status as NumberStatus, Trouble, stuck_for};
use crate::sip::{Code, Host, SipUri, Status, Step, StepKind, UriError};

/// So many numbers are a fleet that has a majority.
const FLEET: usize = 3;

/// What is wrong with one number.
type Wrong = Vec<(Finding, String)>;

/// Looks at a list. Numbers out of use are passed over.
#[derive(Debug)]
pub struct Lint<'a> {
    numbers: Vec<&'a Number>,
    found: Vec<Wrong>,
    unread: Option<&'a Unread>,
}

impl<'a> Lint<'a> {
    /// `endpoints` are those that the server lists, `now` decides what is long.
    pub fn of(
        numbers: impl IntoIterator<Item = &'a Number>,
        endpoints: &'a Endpoints,
        now: Timestamp,
    ) -> Self {
        let Endpoints { listed: endpoints, unread } = endpoints;
        let unread = unread.as_ref();
        let numbers: Vec<&Number> = numbers.into_iter().collect();
        let endpoints: HashMap<&EndpointId, &Endpoint> =
            endpoints.iter().map(|endpoint| (&endpoint.id, endpoint)).collect();
        let uris: Vec<Option<Result<SipUri, UriError>>> = numbers
            .iter()
            .map(|number| number.sip_uri.as_deref().filter(|_| !number.is_inactive()).map(SipUri::parse))
            .collect();
        let majority = majority(uris.iter().flatten().flatten().map(|uri| &uri.host));
        let mut lines: HashMap<u64, usize> = HashMap::new();
        let used = |number: &&&Number| !number.is_inactive();
        for line in numbers.iter().filter(used).filter_map(|number| number.line.valid()) {
            *lines.entry(line.value()).or_default() += 1;
        }
        let one = |(number, uri): (&&Number, &Option<Result<SipUri, UriError>>)| {
            if number.is_inactive() || number.line.valid().is_none() {
                return Vec::new();
            }
            let mut found = Wrong::new();
            settings(number, &endpoints, now, &mut found);
            if let Some(unread) = unread.filter(|_| is_untold(number, &endpoints)) {
                found.push((Finding::EndpointUnknown, unread.text()));
            }
            if uri.is_some() || address_is_null(number) {
                address(uri.as_ref(), majority.as_ref(), &mut found);
            }
            let copies = number.line.valid().and_then(|line| lines.get(&line.value())).copied();
            if let Some(copies) = copies.filter(|copies| *copies > 1) {
                found.push((Finding::Duplicate, format!("{copies} records in use have this number")));
            }
            found
        };
        let found = numbers.iter().zip(&uris).map(one).collect();
        Self { numbers, found, unread }
    }

    /// The settings step of a number by its place in the list.
    pub fn step(&self, at: usize) -> Step {
        let step = |code: Code, text: &str| Step::new(None, StepKind::Settings, code, text);
        if self.numbers[at].is_inactive() {
            return step(Code::Skipped, "inactive: left out");
        }
        if self.numbers[at].line.valid().is_none() {
            return step(Code::Skipped, NO_NUMBER);
        }
        let found = &self.found[at];
        if found.is_empty() {
            return step(Code::Ok, "the settings let calls through");
        }
        let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
        let only_address = found.iter().all(|(finding, _)| *finding == Finding::BadUri);
        let grave = found.iter().any(|(finding, _)| finding.status() == Status::Fail);
        let unread = found.iter().find(|(finding, _)| *finding == Finding::EndpointUnknown);
        let unread = unread.and(self.unread).filter(|_| !grave);
        let code = match unread {
            Some(_) => Code::ApiFailed,
            None if only_address => Code::BadUri,
            None => Code::BadSettings,
        };
        let lesser = unread.map_or(Status::Warn, Unread::status);
        let findings: Vec<Finding> = found.iter().map(|(finding, _)| *finding).collect();
        step(code, &texts.join("; "))
            .as_status(if grave { Status::Fail } else { lesser })
            .found(finding::found(&findings, None))
    }

    /// How many numbers each finding concerns, gravest first, without those that concern none.
    pub fn counts(&self) -> Vec<(Finding, usize)> {
        let count = |finding: Finding| {
            self.found.iter().filter(|found| found.iter().any(|(one, _)| *one == finding)).count()
        };
        Finding::ALL.into_iter().map(|finding| (finding, count(finding))).filter(|(_, n)| *n > 0).collect()
    }

    /// The gravest finding that keeps calls away, of each number that has one.
    pub fn gravest(&self) -> impl Iterator<Item = Finding> {
        let rank = |finding: &Finding| Finding::ALL.iter().position(|one| one == finding);
        self.found.iter().filter_map(move |found| {
            let grave = found.iter().map(|(finding, _)| *finding).filter(|one| one.keeps_calls_away());
            grave.min_by_key(rank)
        })
    }

    /// One line about the list; `None` when nothing is wrong.
    pub fn summary(&self) -> Option<String> {
        let parts: Vec<String> = self
            .counts()
            .into_iter()
            .map(|(finding, count)| format!("{count} {}", finding.words()))
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

fn settings(number: &Number, endpoints: &HashMap<&EndpointId, &Endpoint>, now: Timestamp, found: &mut Wrong) {
    let active = !matches!(number.status, Some(NumberStatus::Pending));
    let endpoint = number.endpoint.value().and_then(|id| endpoints.get(id).copied());
    // Whoever waits for a number to become ready may have set nothing yet.
    let counts = |trouble: &Trouble| active || matches!(trouble, Trouble::EndpointStatus { .. });
    found.extend(number.troubles(endpoint).iter().filter(|trouble| counts(trouble)).map(of_trouble));
    found.sort_by_key(|(finding, _)| *finding);
    if let Some(since) = stuck_for(number, now) {
        let days = since.as_hours() / 24;
        let text = format!("pending for {days} {}", if days == 1 { "day" } else { "days" });
        found.push((Finding::PendingLong, text));
    }
}

/// Whether a number has an endpoint of which no state was told.
fn is_untold(number: &Number, endpoints: &HashMap<&EndpointId, &Endpoint>) -> bool {
    let status = |id: &EndpointId| endpoints.get(id).and_then(|endpoint| endpoint.status.as_ref());
    number.endpoint.value().is_some_and(|id| status(id).is_none())
}

fn address(uri: Option<&Result<SipUri, UriError>>, majority: Option<&Host>, found: &mut Wrong) {
    match uri {
        None => found.push((Finding::BadUri, "its sip_uri is null".to_owned())),
        // It is valid, and whoever calls it may speak it.
        Some(Err(UriError::Unspoken(_))) => {}
        Some(Err(error)) => found.push((Finding::BadUri, format!("its sip_uri cannot be used: {error}"))),
        Some(Ok(uri)) => {
            if let Some(usual) = majority.filter(|usual| **usual != uri.host) {
                let text = format!("its SIP host is {}, that of most numbers is {usual}", uri.host);
                found.push((Finding::OddHost, text));
            }
        }
    }
}

/// The host that more than half of the numbers have.
fn majority<'a>(hosts: impl Iterator<Item = &'a Host>) -> Option<Host> {
    let mut counts: HashMap<&Host, usize> = HashMap::new();
    let mut all = 0;
    for host in hosts {
        all += 1;
        *counts.entry(host).or_default() += 1;
    }
    let (host, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (all >= FLEET && count * 2 > all).then(|| host.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Field, Moment, NumberId, NumberText, Switch};

    fn number(n: u32) -> Number {
        let mut number =
            Number::new(NumberId::new(&n.to_string()), NumberText::parse(&format!("+23480312345{n:02}")));
        number.status = Some(NumberStatus::Active);
        number.endpoint = Field::Value(EndpointId::new("good"));
        number.switches[Switch::Inbound] = Some(true);
        number.sip_uri = Some(format!("sip:{n}@sip.example.net").into());
        number
    }

    fn endpoint(id: &str, status: &str) -> Endpoint {
        Endpoint {
            id: EndpointId::new(id),
            name: None,
            kind: None,
            status: Some(status.to_owned()),
            url: None,
        }
    }

    #[test]
    fn each_sort_of_trouble_is_found_and_counted() {
        let mut numbers: Vec<Number> = (0..14).map(number).collect();
        numbers[1].endpoint = Field::Null;
        numbers[2].switches[Switch::Inbound] = Some(false);
        numbers[3].status = Some(NumberStatus::Pending);
        numbers[3].created_at = Some(Moment::parse("2026-01-01T00:00:00Z"));
        numbers[4].status = Some(NumberStatus::Pending);
        numbers[4].created_at = Some(Moment::parse("2026-01-04T20:00:00Z"));
        numbers[5].endpoint = Field::Value(EndpointId::new("bad"));
        numbers[6].sip_uri = Some("sip:x@other.example.net".into());
        numbers[7].line = numbers[8].line.clone();
        numbers[9].sip_uri = Some("tel:+1".into());
        numbers[10].status = Some(NumberStatus::Inactive);
        numbers[10].endpoint = Field::Null;
        numbers[11].status = Some(NumberStatus::parse("suspended"));
        numbers[12].line = NumberText::parse("0803-no-number");
        let now = "2026-01-05T00:00:00Z".parse().unwrap();
        let known =
            Endpoints { listed: vec![endpoint("good", "active"), endpoint("bad", "error")], unread: None };
        let lint = Lint::of(&numbers, &known, now);
        let steps: Vec<(Code, Status)> =
            (0..numbers.len()).map(|at| lint.step(at)).map(|step| (step.code, step.status)).collect();
        let bad = (Code::BadSettings, Status::Fail);
        let odd = (Code::BadSettings, Status::Warn);
        let ok = (Code::Ok, Status::Pass);
        let wanted = [
            ok,
            bad,
            bad,
            bad,
            ok,
            bad,
            odd,
            odd,
            odd,
            (Code::BadUri, Status::Fail),
            (Code::Skipped, Status::Skip),
            bad,
            (Code::Skipped, Status::Skip),
            ok,
        ];
        assert_eq!(steps, wanted);
        assert_eq!(
            lint.summary().unwrap(),
            "1 in another status than active, 1 without an endpoint, 1 with inbound off, 1 with an endpoint out of order, 1 without a valid SIP \
             address, 1 pending for more than a day, 2 with a second record, 1 on another SIP host than most"
        );
        assert_eq!(lint.gravest().count(), 6, "what is odd keeps no call away");
        assert_eq!(lint.step(3).text, "pending for 4 days");
        assert_eq!(lint.step(6).found, finding::found(&[Finding::OddHost], None));
    }

    #[test]
    fn a_good_list_has_nothing_to_say_and_a_small_one_no_majority() {
        let numbers: Vec<Number> = (0..5).map(number).collect();
        assert_eq!(Lint::of(&numbers, &Endpoints::default(), Timestamp::UNIX_EPOCH).summary(), None);
        let mut two: Vec<Number> = (0..2).map(number).collect();
        two[1].sip_uri = Some("sip:x@other.example.net".into());
        assert_eq!(Lint::of(&two, &Endpoints::default(), Timestamp::UNIX_EPOCH).summary(), None);
        assert_eq!(Lint::of(&[], &Endpoints::default(), Timestamp::UNIX_EPOCH).summary(), None);
    }
}
