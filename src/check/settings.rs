//! What keeps calls away by the settings alone: no packet is sent.

use serde_json::Value;

use super::finding::{self, Finding, of_trouble};
use super::subject::inbound;
use crate::phone::{Detail, Endpoint, Field, Number, Password, SipCredentials, Switch, clean};
use crate::sip::{Code, PasswordSeen, Status, Step, StepKind, UriError};

/// Of a record whose number is none.
pub(super) const NO_NUMBER: &str = "its e164 is no phone number: not checked";

/// What is known of the endpoints of an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Those that the server lists. It may list none: they are not in the contract.
    pub listed: Vec<Endpoint>,
    /// Why they could not be read.
    pub unread: Option<Unread>,
}

/// Why endpoints could not be read, though there may be some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// In words.
    pub why: String,
    /// Whether the server began to list them, and it broke off: then there are some. One that never
    /// did may have none to list.
    pub began: bool,
}

impl Unread {
    /// What is not known of an endpoint.
    pub(super) fn text(&self) -> String {
        format!("whether its endpoint is in error is not known: {}", clean(&self.why, 200))
    }

    /// How grave that is.
    pub(super) fn status(&self) -> Status {
        if self.began { Status::Fail } else { Status::Warn }
    }
}

/// What the API says of one number.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The record.
    pub number: &'a Number,
    /// Its endpoint, where the server lists endpoints.
    pub endpoint: Option<&'a Endpoint>,
    /// Why the state of endpoints is not known, where it is not.
    pub unread: Option<&'a Unread>,
    /// Its credentials, where they were asked for.
    pub credentials: Option<&'a SipCredentials>,
}

impl<'a> Facts<'a> {
    /// What is known of a number by its record, or by its row alone.
    pub fn of(number: &'a Number, detail: Option<&'a Detail>, endpoints: &'a Endpoints) -> Self {
        Self {
            number,
            endpoint: endpoint_of(number, detail, &endpoints.listed),
            unread: endpoints.unread.as_ref(),
            credentials: detail.and_then(|detail| detail.credentials.as_ref()),
        }
    }

    /// Why nobody knows whether its endpoint is in error.
    fn unknown(&self) -> Option<&'a Unread> {
        let told = self.endpoint.is_some_and(|endpoint| endpoint.status.is_some());
        self.unread.filter(|_| !told && self.number.endpoint.value().is_some())
    }

    /// The first step.
    pub fn step(&self) -> Step {
        let found = self.found();
        let unknown = self.unknown();
        let mut wrong: Vec<String> = found.iter().map(|(_, text)| format!("{text}; ")).collect();
        let untold = self.number.sip_uri.is_none() && !address_is_null(self.number);
        let address = match inbound(self.number, None) {
            None if untold => Some("the API does not tell where calls are sent".to_owned()),
            None => Some("its sip_uri is null".to_owned()),
            Some(Err(error)) if !matches!(error, UriError::Unspoken(_)) => {
                Some(format!("its sip_uri cannot be used: {error}"))
            }
            Some(_) => None,
        };
        let code = if !wrong.is_empty() {
            Code::BadSettings
        } else if address.is_some() {
            Code::BadUri
        } else if unknown.is_some() {
            Code::ApiFailed
        } else {
            Code::Ok
        };
        wrong.extend(address.map(|text| format!("{text}; ")));
        wrong.extend(unknown.map(Unread::text));
        let text = if code == Code::Ok { self.well() } else { wrong.concat() };
        let mut text = text.trim_end_matches("; ").to_owned();
        // What is wrong is said alone: it becomes the sentence of the check.
        if let (Code::Ok, Some((words, _))) = (code, self.password()) {
            text = format!("{text}; {words}");
        }
        let mut step = Step::new(None, StepKind::Settings, code, text);
        let mut findings: Vec<Finding> = found.iter().map(|(finding, _)| *finding).collect();
        findings.extend(unknown.map(|_| Finding::EndpointUnknown));
        let password = self.password().map(|(_, password)| password);
        if !findings.is_empty() || password.is_some() {
            step = step.found(finding::found(&findings, password));
        }
        if let (Code::ApiFailed, Some(unread)) = (code, unknown) {
            step = step.as_status(unread.status());
        }
        if code == Code::BadUri && untold {
            // The contract does not require the field: a server that leaves it out says nothing.
            let unknown = unknown.map_or(Status::Warn, Unread::status);
            step = step.as_status(unknown);
        }
        step
    }

    fn well(&self) -> String {
        let status = self.number.status.as_ref().map_or("number", |status| status.label());
        let status = match status {
            "number" => "status unknown".to_owned(),
            status => format!("number {}", clean(status, 20)),
        };
        let endpoint = match &self.number.endpoint {
            Field::Value(_) => "endpoint attached",
            Field::Null | Field::Absent => "endpoint unknown",
        };
        let inbound = match self.number.switches[Switch::Inbound] {
            Some(_) => "inbound allowed",
            None => "inbound unknown",
        };
        format!("{status}, {endpoint}, {inbound}")
    }

    /// Whether this role may see the password, and not the password.
    fn password(&self) -> Option<(&'static str, PasswordSeen)> {
        Some(match self.credentials?.password {
            Password::Hidden => ("password not shown to your role", PasswordSeen::Hidden),
            Password::Unset => ("no password set", PasswordSeen::Unset),
            Password::Set(_) => ("password shown to your role", PasswordSeen::Set),
        })
    }

    /// What keeps calls away, gravest first.
    fn found(&self) -> Vec<(Finding, String)> {
        self.number.troubles(self.endpoint).iter().map(of_trouble).collect()
    }

    /// For a record whose number is none: what is shown as it came cannot be checked.
    pub fn unusable(&self) -> Option<Step> {
        let is_none = self.number.line.valid().is_none();
        is_none.then(|| Step::new(None, StepKind::Settings, Code::Skipped, NO_NUMBER))
    }

    /// For a number that nobody named: one that is out of use is left out, because it may have been
    /// given up, which the API does not tell apart.
    pub fn left_out(&self) -> Option<Step> {
        let text = "inactive: left out; name it to have it checked";
        self.number.is_inactive().then(|| Step::new(None, StepKind::Settings, Code::Skipped, text))
    }
}

/// Whether the server said that there is no address, and not only nothing.
pub fn address_is_null(number: &Number) -> bool {
    let extra = number.extra.as_deref();
    extra.and_then(|extra| extra.get("sip_uri")).is_some_and(Value::is_null)
}

/// The endpoint of a number among those that are listed, else the one that came with its record.
fn endpoint_of<'a>(
    number: &Number,
    detail: Option<&'a Detail>,
    listed: &'a [Endpoint],
) -> Option<&'a Endpoint> {
    let id = number.endpoint.value()?;
    let came = detail.and_then(|detail| detail.endpoint.as_ref()).filter(|endpoint| endpoint.id == *id);
    listed.iter().find(|endpoint| endpoint.id == *id).or(came)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{EndpointId, NumberId, NumberText, Secret, Status as NumberStatus};
    use crate::sip::Found;

    fn number() -> Number {
        let mut number = Number::new(NumberId::new("n"), NumberText::parse("+2348031234567"));
        number.status = Some(NumberStatus::Active);
        number.endpoint = Field::Value(EndpointId::new("e"));
        number.switches[Switch::Inbound] = Some(true);
        number.sip_uri = Some("sip:+2348031234567@sip.example.net".into());
        number
    }

    fn step(change: impl FnOnce(&mut Number)) -> Step {
        let mut number = number();
        change(&mut number);
        Facts { number: &number, endpoint: None, unread: None, credentials: None }.step()
    }

    fn without_address(number: &mut Number) {
        number.sip_uri = None;
        number.extra = Some(Box::new([("sip_uri".to_owned(), Value::Null)].into_iter().collect()));
    }

    #[test]
    fn an_address_that_is_not_told_is_a_warning_and_one_that_is_not_there_a_failure() {
        assert_eq!(step(|number| number.sip_uri = None).status, Status::Warn);
        assert_eq!(step(without_address).status, Status::Fail);
    }

    #[test]
    fn what_keeps_calls_away_is_named() {
        for (change, code, text) in [
            ((|_| {}) as fn(&mut Number), Code::Ok, "number active, endpoint attached, inbound allowed"),
            (|n| n.status = Some(NumberStatus::Inactive), Code::BadSettings, "the number is inactive"),
            (|n| n.status = Some(NumberStatus::Pending), Code::BadSettings, "the number is still pending"),
            (
                |n| n.status = Some(NumberStatus::parse("suspended")),
                Code::BadSettings,
                "its status is suspended",
            ),
            (|n| n.switches[Switch::Inbound] = Some(false), Code::BadSettings, "inbound calls are off"),
            (|n| n.endpoint = Field::Null, Code::BadSettings, "no endpoint: nobody answers"),
            (|n| n.sip_uri = None, Code::BadUri, "the API does not tell where calls are sent"),
            (without_address, Code::BadUri, "its sip_uri is null"),
            (|n| n.sip_uri = Some("".into()), Code::BadUri, "its sip_uri cannot be used: it is empty"),
            (
                |n| n.sip_uri = Some("tel:+1".into()),
                Code::BadUri,
                "its sip_uri cannot be used: a tel: address is a number, not the address of a server",
            ),
            (
                |n| {
                    n.switches[Switch::Inbound] = Some(false);
                    n.sip_uri = None;
                },
                Code::BadSettings,
                "inbound calls are off; the API does not tell where calls are sent",
            ),
        ] {
            let step = step(change);
            assert_eq!((step.code, step.text.as_str()), (code, text));
        }
    }

    #[test]
    fn an_endpoint_in_error_is_named() {
        let number = number();
        let endpoint = Endpoint {
            id: EndpointId::new("e"),
            name: Some("night-desk".into()),
            kind: None,
            status: Some("Error".into()),
            url: None,
        };
        let step =
            Facts { number: &number, endpoint: Some(&endpoint), unread: None, credentials: None }.step();
        assert_eq!(
            (step.code, step.text.as_str()),
            (Code::BadSettings, "its endpoint night-desk is in status Error")
        );
    }

    #[test]
    fn whether_the_password_can_be_seen_is_said_and_not_the_password() {
        let number = number();
        for (password, word, said) in [
            (Password::Hidden, PasswordSeen::Hidden, "password not shown to your role"),
            (Password::Unset, PasswordSeen::Unset, "no password set"),
            (Password::Set(Secret::new("hunter2".into())), PasswordSeen::Set, "password shown to your role"),
        ] {
            let credentials = SipCredentials {
                domain: None,
                port: None,
                username: None,
                password,
                extra: serde_json::Map::new(),
            };
            let step =
                Facts { number: &number, endpoint: None, unread: None, credentials: Some(&credentials) }
                    .step();
            let seen = |step: &Step| match &step.found {
                Found::Settings { password, .. } => *password,
                _ => None,
            };
            assert_eq!(seen(&step), Some(word));
            assert!(step.text.ends_with(said), "{}", step.text);
            assert!(!format!("{step:?}").contains("hunter2"));
            let off = number.clone().switched(Switch::Inbound, false);
            let step =
                Facts { number: &off, endpoint: None, unread: None, credentials: Some(&credentials) }.step();
            assert_eq!((step.text.as_str(), seen(&step)), ("inbound calls are off", Some(word)));
        }
    }

    #[test]
    fn a_number_that_nobody_named_is_left_out_when_inactive() {
        let mut number = number();
        assert_eq!(
            Facts { number: &number, endpoint: None, unread: None, credentials: None }.left_out(),
            None
        );
        number.status = Some(NumberStatus::Inactive);
        let step =
            Facts { number: &number, endpoint: None, unread: None, credentials: None }.left_out().unwrap();
        assert!(!step.leads_on());
    }
}
