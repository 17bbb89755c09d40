//! What is wrong with a number at a glance: the words of lists, of `problem:` and of what counts them.

use jiff::{SignedDuration, Timestamp};

use super::{Known, Moment, Number, RouteResult, Status, Trouble};

/// A number is made ready within minutes; after so long it is stuck.
pub const STUCK_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// One thing that is wrong, gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Problem {
    /// Its route was checked, and calls do not arrive.
    RouteFails,
    /// Nobody answers.
    NoEndpoint,
    /// The endpoint is in error.
    EndpointError,
    /// The endpoint is out of use.
    EndpointInactive,
    /// Calls to it are not let through.
    InboundOff,
    /// Not ready a day after it was bought.
    PendingLong,
    /// In another status than that of a number in use.
    OtherStatus,
    /// Out of use.
    Inactive,
}

impl Problem {
    /// All, gravest first.
    pub const ALL: &[Self] = &[
        Self::RouteFails,
        Self::NoEndpoint,
        Self::EndpointError,
        Self::EndpointInactive,
        Self::InboundOff,
        Self::PendingLong,
        Self::OtherStatus,
        Self::Inactive,
    ];

    /// Its word in the filter language.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RouteFails => "route",
            Self::NoEndpoint => "no_endpoint",
            Self::EndpointError => "endpoint_error",
            Self::EndpointInactive => "endpoint_inactive",
            Self::InboundOff => "inbound_off",
            Self::PendingLong => "pending",
            Self::OtherStatus => "status",
            Self::Inactive => "inactive",
        }
    }

    /// After a count.
    pub const fn counted(self) -> &'static str {
        match self {
            Self::RouteFails => "route fails",
            Self::NoEndpoint => "no endpoint",
            Self::EndpointError => "endpoint error",
            Self::EndpointInactive => "endpoint inactive",
            Self::InboundOff => "inbound off",
            Self::PendingLong => "pending long",
            Self::OtherStatus => "other status",
            Self::Inactive => "inactive",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What is wrong with one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Problems(u8);

impl Problems {
    /// By what many numbers share: status, switches, endpoint. A number out of use has no other problem,
    /// and one that is not ready may have nothing set yet.
    pub fn shared(number: &Number, known: &Known) -> Self {
        let troubles = number.troubles(known.endpoint(number));
        let is_pending = troubles.contains(&Trouble::Pending);
        let mut found = Self::default();
        for trouble in troubles {
            let problem = match trouble {
                Trouble::Inactive => return Self(Problem::Inactive.bit()),
                Trouble::Pending => continue,
                Trouble::EndpointStatus { status, .. } if status.eq_ignore_ascii_case("inactive") => {
                    Problem::EndpointInactive
                }
                Trouble::EndpointStatus { .. } => Problem::EndpointError,
                _ if is_pending => continue,
                Trouble::OtherStatus(_) => Problem::OtherStatus,
                Trouble::InboundOff => Problem::InboundOff,
                Trouble::NoEndpoint => Problem::NoEndpoint,
            };
            found.0 |= problem.bit();
        }
        found
    }

    /// By what is its own: how long it is pending, and what the check of its route came to.
    pub fn own(number: &Number, known: &Known) -> Self {
        let mut found = Self::default();
        if !known.routes.is_empty() && known.route(&number.id) == Some(RouteResult::Fail) {
            found.0 |= Problem::RouteFails.bit();
        }
        if known.now.and_then(|now| stuck_for(number, now)).is_some() {
            found.0 |= Problem::PendingLong.bit();
        }
        // Nobody expects calls at what is given up.
        if number.is_inactive() { Self::default() } else { found }
    }

    /// All of it.
    pub fn of(number: &Number, known: &Known) -> Self {
        Self(Self::shared(number, known).0 | Self::own(number, known).0)
    }

    /// Whether it has this one.
    pub const fn has(self, problem: Problem) -> bool {
        self.0 & problem.bit() != 0
    }

    /// Whether nothing is wrong.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each, gravest first.
    pub fn iter(self) -> impl Iterator<Item = Problem> {
        Problem::ALL.iter().copied().filter(move |problem| self.has(*problem))
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// For how long a number has been pending, where that is too long.
pub fn stuck_for(number: &Number, now: Timestamp) -> Option<SignedDuration> {
    if number.status != Some(Status::Pending) {
        return None;
    }
    let since = number.updated_at.as_ref().or(number.created_at.as_ref()).and_then(Moment::instant)?;
    Some(now.duration_since(since)).filter(|since| *since > STUCK_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Endpoint, EndpointId, Field, NumberId, NumberText, Switch};

    fn number() -> Number {
        let mut n = Number::new(NumberId::new("n"), NumberText::parse("+2348031234567"));
        n.status = Some(Status::Active);
        n.endpoint = Field::Value(EndpointId::new("e"));
        n
    }

    fn known(status: &str) -> Known {
        let endpoint = Endpoint {
            id: EndpointId::new("e"),
            name: None,
            kind: None,
            status: Some(status.to_owned()),
            url: None,
        };
        Known::of([&endpoint], "2026-03-03T00:00:00Z".parse().unwrap())
    }

    fn words(number: &Number, known: &Known) -> Vec<&'static str> {
        Problems::of(number, known).iter().map(Problem::word).collect()
    }

    #[test]
    fn each_problem_is_told_and_the_gravest_first() {
        let mut n = number();
        assert!(words(&n, &known("active")).is_empty());
        assert_eq!(words(&n, &known("Error")), ["endpoint_error"]);
        assert_eq!(words(&n, &known("inactive")), ["endpoint_inactive"]);
        n.switches[Switch::Inbound] = Some(false);
        n.endpoint = Field::Null;
        let mut checked = known("active");
        checked.routes.insert(n.id.clone(), RouteResult::Fail);
        assert_eq!(words(&n, &checked), ["route", "no_endpoint", "inbound_off"]);
        n.status = Some(Status::parse("suspended"));
        assert_eq!(words(&n, &known("active")), ["no_endpoint", "inbound_off", "status"]);
    }

    #[test]
    fn a_number_that_is_given_up_has_no_other_problem() {
        let mut n = number();
        n.status = Some(Status::Inactive);
        n.endpoint = Field::Null;
        let mut checked = known("error");
        checked.routes.insert(n.id.clone(), RouteResult::Fail);
        assert_eq!(words(&n, &checked), ["inactive"]);
    }

    #[test]
    fn a_number_that_is_not_ready_is_a_problem_after_a_day() {
        let mut n = number();
        n.status = Some(Status::Pending);
        n.endpoint = Field::Null;
        for (at, said) in [
            (Some("2026-03-02T12:00:00Z"), &[][..]),
            (Some("2026-03-01T12:00:00Z"), &["pending"][..]),
            (Some("2027-01-01T00:00:00Z"), &[][..]),
            (None, &[][..]),
        ] {
            n.updated_at = at.map(Moment::parse);
            assert_eq!(words(&n, &known("active")), said, "{at:?}");
        }
        assert!(words(&n, &Known::default()).is_empty(), "without a time nothing is old");
    }
}
