//! From a number to what is checked of it: its settings, and the addresses that the API gives.

use super::Facts;
use crate::phone::{Endpoint, Number, Password, SipCredentials};
use crate::sip::{
    Access, AddressOfRecord, Code, Host, Leg, LegKind, Login, Origin, SipUri, Step, StepKind, Subject,
    Transport, UriError,
};
use crate::text::clean;

/// A number, by what the API says of it.
pub fn named(facts: &Facts<'_>, transport: Option<Transport>) -> Subject {
    let number = facts.number;
    let mut subject = Subject {
        number: Some(clean(&number.line.to_string(), 60)),
        id: Some(clean(number.id.as_str(), 80)),
        known: vec![facts.step()],
        legs: Vec::new(),
        access: access(facts.credentials),
        has_detail: false,
    };
    if let Some(step) = facts.unusable() {
        return Subject { known: vec![step], ..subject };
    }
    // Any other error is one of the settings.
    let inbound = inbound(number, transport);
    lead(
        &mut subject,
        LegKind::Inbound,
        "its sip_uri",
        inbound.filter(|leg| leg.as_ref().err().is_none_or(|error| matches!(error, UriError::Unspoken(_)))),
    );
    let trunk = facts.credentials.and_then(|credentials| trunk(credentials, transport));
    lead(&mut subject, LegKind::Trunk, "the address of its SIP credentials", trunk);
    let endpoint = facts.endpoint.and_then(|endpoint| endpoint_leg(endpoint, transport));
    lead(&mut subject, LegKind::Endpoint, "the URL of its endpoint", endpoint);
    subject
}

/// A number that nobody named: one that is out of use is left out.
pub fn listed(facts: &Facts<'_>, transport: Option<Transport>) -> Subject {
    let subject = named(facts, transport);
    match facts.left_out() {
        Some(step) => Subject { known: vec![step], legs: Vec::new(), ..subject },
        None => subject,
    }
}

/// A number that the API did not give.
pub fn unread(name: &str, why: &str) -> Subject {
    let text = format!("the number could not be read from the API: {}", clean(why, 300));
    Subject {
        number: Some(clean(name, 60)),
        id: None,
        known: vec![Step::new(None, StepKind::Settings, Code::ApiFailed, text)],
        legs: Vec::new(),
        access: Access::Missing("the number could not be read"),
        has_detail: false,
    }
}

/// Adds where it leads, or why that is no address.
fn lead(subject: &mut Subject, kind: LegKind, what: &str, leg: Option<Result<Leg, UriError>>) {
    match leg {
        Some(Ok(leg)) => subject.legs.push(leg),
        Some(Err(error)) => {
            let step = if matches!(error, UriError::Unspoken(_)) {
                Step::new(Some(kind), StepKind::Settings, Code::Unsupported, format!("{what}: {error}"))
            } else {
                let text = format!("{what} cannot be used: {error}");
                Step::new(Some(kind), StepKind::Settings, Code::BadUri, text)
            };
            subject.known.push(step);
        }
        None => {}
    }
}

/// From the credentials of a number.
pub fn access(credentials: Option<&SipCredentials>) -> Access {
    let Some(credentials) = credentials else {
        return Access::Missing("the API gives no SIP credentials for it");
    };
    let username = credentials.username.as_deref().filter(|name| !name.is_empty());
    match (&credentials.password, username) {
        (Password::Hidden, _) => Access::Hidden,
        (Password::Unset, _) => Access::Missing("no SIP password is set"),
        (_, None) => Access::Missing("no SIP username is set"),
        (Password::Set(password), Some(username)) => {
            let account = AddressOfRecord::lenient(username);
            Access::Login(Login { account, username: username.to_owned(), password: password.clone() })
        }
    }
}

/// Where calls to a number are sent. `None` when the API gives no address at all.
pub(super) fn inbound(number: &Number, flag: Option<Transport>) -> Option<Result<Leg, UriError>> {
    let uri = SipUri::parse(number.sip_uri.as_deref()?);
    Some(uri.map(|uri| Leg::new(LegKind::Inbound, Origin::SipUri, uri, flag)))
}

/// Where a PBX registers; `None` without a domain.
fn trunk(credentials: &SipCredentials, flag: Option<Transport>) -> Option<Result<Leg, UriError>> {
    let domain = credentials.domain.as_deref()?.trim();
    // A port of 0 counts as none; one that is no port stays among what nobody understood.
    let unusable = ["sip_port", "port"].iter().filter_map(|name| credentials.extra.get(*name));
    let mut unusable = unusable.filter(|value| !value.is_null());
    if let Some(value) = unusable.next().filter(|_| credentials.port.is_none()) {
        return Some(Err(UriError::Port(clean(&value.to_string(), 60))));
    }
    let port = credentials.port.filter(|port| *port > 0);
    let leg = |host| {
        let mut uri = SipUri::of_host(host, port);
        uri.rooted = domain.ends_with('.');
        Leg::new(LegKind::Trunk, Origin::Credentials, uri, flag)
    };
    Some(Host::parse(domain).map(leg))
}

/// Where the endpoint is; `None` unless its URL means to be a SIP address.
fn endpoint_leg(endpoint: &Endpoint, flag: Option<Transport>) -> Option<Result<Leg, UriError>> {
    let url = endpoint.url.as_deref()?.trim_start();
    let (scheme, _) = url.split_once(':')?;
    if !["sip", "sips"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let uri = SipUri::parse(url);
    Some(uri.map(|uri| Leg::new(LegKind::Endpoint, Origin::EndpointUrl, uri, flag)))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::phone::{Endpoint, EndpointId, Field, Number, NumberId, NumberText, Password, SipCredentials};
    use crate::sip::Health;
    use crate::sip::Report;

    fn report(url: Option<&str>, port: Option<serde_json::Value>) -> Report {
        let mut number = Number::new(NumberId::new("n"), NumberText::parse("+2348031234567"));
        number.endpoint = Field::Value(EndpointId::new("e"));
        number.sip_uri = Some("sip:a@sip.example.net".into());
        let endpoint = Endpoint {
            id: EndpointId::new("e"),
            name: None,
            kind: None,
            status: None,
            url: url.map(Into::into),
        };
        let credentials = port.map(|port| SipCredentials {
            domain: Some("sip.example.net".into()),
            port: None,
            username: None,
            password: Password::Unset,
            extra: [("sip_port".to_owned(), port)].into_iter().collect(),
        });
        let facts = Facts {
            number: &number,
            endpoint: Some(&endpoint),
            unread: None,
            credentials: credentials.as_ref(),
        };
        named(&facts, None).settled(Timestamp::UNIX_EPOCH)
    }

    fn next(report: &Report) -> String {
        report.verdict.next.words(&|means| format!("{means:?}").into())
    }

    #[test]
    fn an_endpoint_whose_sip_url_is_none_is_told_and_one_that_is_not_sip_is_not() {
        let bad = report(Some("sip:pbx..example"), None);
        assert_eq!((bad.verdict.health(), bad.verdict.code), (Health::Problem, Code::BadUri));
        assert!(
            bad.verdict.text().contains("the URL of its endpoint cannot be used"),
            "{}",
            bad.verdict.text()
        );
        assert!(next(&bad).contains("URL of the endpoint"), "{}", next(&bad));
        assert_eq!(report(Some("https://agent.example/x"), None).verdict.health(), Health::Healthy);
        assert_eq!(report(Some("sip:pbx.example"), None).legs.len(), 2);
    }

    #[test]
    fn a_port_that_is_none_is_told_and_not_replaced() {
        for port in [serde_json::json!(99_999), serde_json::json!(-1), serde_json::json!("five")] {
            let bad = report(None, Some(port.clone()));
            assert_eq!(bad.verdict.code, Code::BadUri, "{port}");
            let shown = port.to_string();
            assert!(bad.verdict.text().contains(shown.trim_matches('"')), "{}", bad.verdict.text());
            assert!(next(&bad).contains("SIP credentials"), "{}", next(&bad));
        }
        assert_eq!(report(None, Some(serde_json::Value::Null)).legs.len(), 2);
    }
}
