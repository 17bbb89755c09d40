//! Looking instead of repeating: what a read says about a write whose answer was lost (product
//! rule 3). Pure functions over what was read.

use jiff::{SignedDuration, Timestamp};

use crate::api::Changes;
use crate::phone::{E164, Field, Moment, Number, NumberId};

/// A record that is older than a purchase by more than clocks differ was not made by it.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(10);

/// The owned record that a purchase of `at` made, if it is there: the same number, not inactive, else
/// the id of the answer where one is known. That alone may be the id of a record that was there before.
pub(super) fn bought<'a>(
    owned: &'a [Number],
    line: Option<E164>,
    id: Option<&NumberId>,
    at: Timestamp,
) -> Option<&'a Number> {
    let is_line = |number: &&Number| line.is_some() && number.line.valid() == line;
    let is_new = |number: &Number| {
        let made = number.created_at.as_ref().and_then(Moment::instant);
        made.is_none_or(|made| made.duration_since(at) >= -CLOCKS_DIFFER)
    };
    let is_named = |number: &&Number| id.is_some_and(|id| id.is_same(&number.id)) && is_new(number);
    let mut in_use = owned.iter().filter(|number| !number.is_inactive());
    in_use.clone().find(is_line).or_else(|| in_use.find(is_named))
}

/// Whether a number is on sale again.
pub(super) fn offered(inventory: &[Number], line: E164) -> bool {
    inventory.iter().any(|number| number.line.valid() == Some(line))
}

/// How a record compares with what was asked of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Settings that are not as asked.
    pub(super) differing: Vec<&'static str>,
    /// Settings that the record does not mention.
    pub(super) unmentioned: bool,
}

/// Compares a record with what was asked.
pub(super) fn compare(number: &Number, asked: &Changes) -> Comparison {
    let mut out = Comparison { differing: Vec::new(), unmentioned: false };
    if let Some(wanted) = &asked.endpoint {
        match (&number.endpoint, wanted) {
            (Field::Absent, _) => out.unmentioned = true,
            (Field::Null, None) => {}
            (Field::Value(is), Some(wanted)) if is == wanted => {}
            _ => out.differing.push("endpoint"),
        }
    }
    for (name, wanted, is) in [
        ("inbound", asked.inbound, number.allow_inbound),
        ("outbound", asked.outbound, number.allow_outbound),
    ] {
        match (wanted, is) {
            (None, _) => {}
            (Some(_), None) => out.unmentioned = true,
            (Some(wanted), Some(is)) if wanted == is => {}
            _ => out.differing.push(name),
        }
    }
    if let Some(wanted) = &asked.status {
        match &number.status {
            None => out.unmentioned = true,
            Some(is) if is == wanted => {}
            Some(_) => out.differing.push("status"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{EndpointId, Line, Status};

    fn number(id: &str, line: &str) -> Number {
        Number::new(NumberId::new(id), Line::parse(line))
    }

    #[test]
    fn an_inactive_record_is_no_purchase() {
        let mut old = number("a", "+2348031234567");
        old.status = Some(Status::Inactive);
        let line = E164::from_digits("2348031234567");
        assert_eq!(bought(std::slice::from_ref(&old), line, None, Timestamp::UNIX_EPOCH), None);
        let new = number("b", "+2348031234567");
        assert_eq!(bought(&[old, new.clone()], line, None, Timestamp::UNIX_EPOCH), Some(&new));
    }

    #[test]
    fn the_id_of_the_answer_is_enough() {
        let new = number("b", "+2348031234567");
        let at = Timestamp::from_second(1_000_000).unwrap();
        assert!(bought(std::slice::from_ref(&new), None, Some(&NumberId::new("b")), at).is_some());
        assert!(bought(std::slice::from_ref(&new), None, None, at).is_none(), "nothing finds nothing");
        for (made, is_it) in [("1970-01-12T13:46:30Z", true), ("1970-01-12T13:30:00Z", false)] {
            let old = Number { created_at: Some(Moment::parse(made)), ..new.clone() };
            let found = bought(std::slice::from_ref(&old), None, Some(&NumberId::new("b")), at).is_some();
            assert_eq!(found, is_it, "made at {made}, bought at {at}");
        }
    }

    #[test]
    fn what_the_record_does_not_mention_is_not_judged() {
        let asked = Changes {
            endpoint: Some(Some(EndpointId::new("e"))),
            inbound: Some(true),
            outbound: None,
            status: Some(Status::Active),
        };
        let mut n = number("a", "+2348031234567");
        n.allow_inbound = Some(false);
        n.status = Some(Status::Active);
        let seen = compare(&n, &asked);
        assert_eq!(seen, Comparison { differing: vec!["inbound"], unmentioned: true });
        n.endpoint = Field::Null;
        assert_eq!(compare(&n, &asked).differing, ["endpoint", "inbound"]);
    }
}
