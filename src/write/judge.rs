//! Looking instead of repeating: what a read says about a write whose answer was lost (product
//! rule 3). Pure functions over what was read.

use crate::api::Changes;
use crate::phone::{E164, Field, Number, NumberId};

/// The owned record that a purchase made, if it is there: the id of the answer where one is known,
/// else the same number, not inactive.
pub(super) fn bought<'a>(
    owned: &'a [Number],
    line: Option<E164>,
    id: Option<&NumberId>,
) -> Option<&'a Number> {
    owned.iter().find(|number| {
        !number.is_inactive()
            && (id.is_some_and(|id| *id == number.id) || (line.is_some() && number.line.valid() == line))
    })
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
        assert_eq!(bought(std::slice::from_ref(&old), line, None), None);
        let new = number("b", "+2348031234567");
        assert_eq!(bought(&[old, new.clone()], line, None), Some(&new));
    }

    #[test]
    fn the_id_of_the_answer_is_enough() {
        let new = number("b", "+2348031234567");
        assert!(bought(std::slice::from_ref(&new), None, Some(&NumberId::new("b"))).is_some());
        assert!(bought(&[new], None, None).is_none(), "nothing to look for finds nothing");
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
