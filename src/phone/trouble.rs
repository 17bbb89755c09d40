//! What keeps calls from arriving at a number, by its settings alone: said once, for lists, checks,
//! questions and what was bought.

use std::borrow::Cow;
use std::fmt;

use super::{Endpoint, Field, Number, Status, Switch, clean};

/// Words of a server for an endpoint that takes no calls.
const OUT_OF_ORDER: [&str; 4] = ["error", "inactive", "failed", "disabled"];

/// One thing that keeps calls away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The number is out of use.
    Inactive,
    /// It is not ready yet.
    Pending,
    /// Its status is another one: only an active number is known to be called.
    OtherStatus(String),
    /// Calls to it are not let through.
    InboundOff,
    /// Nobody answers.
    NoEndpoint,
    /// Whoever would answer is out of order.
    EndpointStatus {
        /// What the endpoint is called.
        name: String,
        /// What the server says of it.
        status: String,
    },
}

impl Trouble {
    /// What is wrong with an endpoint by its own status.
    pub fn of_endpoint(endpoint: &Endpoint) -> Option<Self> {
        let status = endpoint.status.as_deref()?;
        let is_out = OUT_OF_ORDER.iter().any(|bad| status.eq_ignore_ascii_case(bad));
        let name = endpoint.name.as_deref().unwrap_or(endpoint.id.as_str());
        is_out.then(|| Self::EndpointStatus { name: name.to_owned(), status: status.to_owned() })
    }

    /// In words.
    pub fn words(&self) -> Cow<'static, str> {
        match self {
            Self::Inactive => "the number is inactive".into(),
            Self::Pending => "the number is still pending".into(),
            Self::OtherStatus(status) => format!("its status is {}", clean(status, 40)).into(),
            Self::InboundOff => "inbound calls are off".into(),
            Self::NoEndpoint => "no endpoint: nobody answers".into(),
            Self::EndpointStatus { name, status } => {
                format!("its endpoint {} is in status {}", clean(name, 60), clean(status, 20)).into()
            }
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}

impl Number {
    /// What keeps calls from arriving, worst first. `endpoint` is that of the number, where more is known
    /// of it than its id.
    pub fn troubles(&self, endpoint: Option<&Endpoint>) -> Vec<Trouble> {
        let status = match &self.status {
            Some(Status::Inactive) => Some(Trouble::Inactive),
            Some(Status::Pending) => Some(Trouble::Pending),
            Some(Status::Other(status)) => Some(Trouble::OtherStatus(status.to_string())),
            Some(Status::Active) | None => None,
        };
        let mut found = Vec::from_iter(status);
        found.extend((self.switches[Switch::Inbound] == Some(false)).then_some(Trouble::InboundOff));
        found.extend((self.endpoint == Field::Null).then_some(Trouble::NoEndpoint));
        found.extend(endpoint.and_then(Trouble::of_endpoint));
        found
    }

    /// The same in words, by the number alone.
    pub fn obstacles(&self) -> Vec<Cow<'static, str>> {
        self.troubles(None).iter().map(Trouble::words).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{EndpointId, NumberId, NumberText};

    fn number() -> Number {
        Number::new(NumberId::new("n"), NumberText::parse("+2348031234567"))
    }

    #[test]
    fn what_keeps_calls_away_is_named_worst_first() {
        let mut n = number();
        assert!(n.obstacles().is_empty());
        n.endpoint = Field::Null;
        n.switches[Switch::Inbound] = Some(false);
        n.status = Some(Status::Inactive);
        assert_eq!(
            n.obstacles(),
            ["the number is inactive", "inbound calls are off", "no endpoint: nobody answers"]
        );
    }

    #[test]
    fn a_status_that_is_not_that_of_a_number_in_use_keeps_calls_away() {
        let mut n = number();
        n.status = Some(Status::parse("suspended"));
        assert_eq!(n.obstacles(), ["its status is suspended"]);
        n.status = None;
        assert!(n.obstacles().is_empty(), "what is not told is no obstacle");
    }

    #[test]
    fn an_endpoint_keeps_calls_away_by_what_the_server_says_of_it() {
        let said = |status: Option<&str>| {
            let id = EndpointId::new("e");
            let endpoint = Endpoint { id, name: None, kind: None, status: status.map(Into::into), url: None };
            number().troubles(Some(&endpoint)).first().map(ToString::to_string)
        };
        assert_eq!(said(Some("Error")).as_deref(), Some("its endpoint e is in status Error"));
        assert_eq!([said(Some("active")), said(Some("warming")), said(None)], [None, None, None]);
    }
}
