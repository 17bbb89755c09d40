//! What is about to be done, complete enough to be entered in a ledger and looked up later.

use std::fmt;

use jiff::Timestamp;

use crate::api::{Item, Purchase, Removal, RequestId};
use crate::phone::{Changes, E164, EndpointId, Field, Kind, Labels, Number, NumberId, NumberText, Price};

/// One write, with what was known when it was decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// Buy a number.
    Purchase {
        /// The request.
        order: Purchase,
        /// What the buyer saw.
        reviewed: Reviewed,
    },
    /// Change settings of an owned number.
    Update {
        /// The record, as it was when the change was decided.
        before: Box<Number>,
        /// What is sent.
        changes: Changes,
        /// What it is for.
        cause: Cause,
    },
    /// Give a number up.
    Remove {
        /// The record, as it was when it was decided.
        before: Box<Number>,
        /// Softly or for good.
        how: Removal,
    },
}

/// What an update is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cause {
    /// Somebody asked for it.
    #[default]
    Asked,
    /// It puts back what the update of this entry changed.
    Undoes(RequestId),
    /// It attaches the endpoint that the purchase of this entry ignored; there is one such update at
    /// most, whatever became of it.
    Completes(RequestId),
}

/// What somebody saw when they agreed to buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// The number; `None` only when the API would not tell it beforehand.
    pub line: Option<E164>,
    /// The id under which it is for sale, where it is bought by its number.
    pub offer: Option<NumberId>,
    /// Where it is offered, for looking it up again.
    pub country: Option<String>,
    /// Its type, for looking it up again.
    pub kind: Option<Kind>,
    /// The price on screen.
    pub price: Price,
    /// Where it came from.
    pub source: PriceSource,
    /// When it was read; one that is older than half a minute, or of an unknown age, is read again
    /// right before the purchase.
    pub price_at: Option<Timestamp>,
}

/// Where a price was read, and so where it can be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceSource {
    /// The row of a list states it. A server may say nothing of one number that is for sale.
    Row,
    /// The server said it when it was asked for this number.
    Asked,
}

impl PriceSource {
    /// Where the price of a row that is for sale has to be read.
    pub fn of(row: &Number) -> Self {
        if row.price().is_known() { Self::Row } else { Self::Asked }
    }
}

impl Intent {
    /// The purchase of an inventory row.
    pub fn buy(
        row: &Number,
        price: Price,
        source: PriceSource,
        price_at: Option<Timestamp>,
        endpoint: Option<EndpointId>,
    ) -> Self {
        Self::Purchase {
            order: Purchase { item: Item::Inventory(row.id.clone()), endpoint },
            reviewed: Reviewed {
                line: row.line.valid(),
                offer: None,
                country: row.country.as_deref().map(str::to_owned),
                kind: row.kind.clone(),
                price,
                source,
                price_at,
            },
        }
    }

    /// A change of an owned number, as somebody decided it who saw `before`.
    pub fn update(before: Number, changes: Changes) -> Self {
        Self::Update { before: Box::new(before), changes, cause: Cause::Asked }
    }

    /// Whether calls may be lost by it, or the number: the record is read again right before it is
    /// sent, because what somebody saw of it may be old by then.
    pub fn is_risky(&self) -> bool {
        match self {
            Self::Purchase { .. } => false,
            Self::Remove { .. } => true,
            // What an undo puts back may be somebody else's by now.
            Self::Update { cause: Cause::Undoes(_), .. } => true,
            Self::Update { before, changes, .. } => {
                let moves = matches!((&changes.endpoint, &before.endpoint), (Some(_), Field::Value(_)));
                changes.stops_calls() || moves
            }
        }
    }

    /// Whether calls would stop arriving, or the number be given up: what a pin keeps back.
    pub fn stops_calls(&self) -> bool {
        match self {
            Self::Purchase { .. } => false,
            Self::Remove { .. } => true,
            Self::Update { changes, .. } => changes.stops_calls(),
        }
    }

    /// Whether a pin keeps it back.
    pub fn is_pinned(&self, pins: &Labels) -> bool {
        match self {
            Self::Purchase { .. } => false,
            Self::Update { before, .. } | Self::Remove { before, .. } => {
                self.stops_calls() && pins.is_pinned(before)
            }
        }
    }

    /// The same write on the record as it is now: for somebody who is asked anew. What is so
    /// already is left out of the changes.
    #[must_use]
    pub fn on(self, now: Number) -> Self {
        match self {
            Self::Purchase { .. } => self,
            Self::Update { changes, cause, .. } => {
                Self::Update { changes: changes.against(&now), before: Box::new(now), cause }
            }
            Self::Remove { how, .. } => Self::Remove { before: Box::new(now), how },
        }
    }

    /// The id under which the number of a purchase is for sale, where it is known.
    pub fn offer(&self) -> Option<&NumberId> {
        match self {
            Self::Purchase { order, reviewed } => order.offer().or(reviewed.offer.as_ref()),
            Self::Update { .. } | Self::Remove { .. } => None,
        }
    }

    /// Whether both are the same write, as far as that can be told: a purchase of one number, by the
    /// number or by the id under which it is for sale, the same change of one record, the same way
    /// to give it up. Two updates that complete the same purchase, or undo the same update, are the
    /// same, too.
    pub fn repeats(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Purchase { order, reviewed }, Self::Purchase { order: others, reviewed: seen }) => {
                let (line, offer) = (line_of(order, reviewed), self.offer());
                (line.is_some() && line == line_of(others, seen))
                    || (offer.is_some() && offer == other.offer())
            }
            (
                Self::Update { cause: one @ (Cause::Completes(_) | Cause::Undoes(_)), .. },
                Self::Update { cause, .. },
            ) => cause == one,
            (
                Self::Update { before, changes, .. },
                Self::Update { before: theirs, changes: their_changes, .. },
            ) => before.id == theirs.id && changes == their_changes,
            (Self::Remove { before, how }, Self::Remove { before: theirs, how: their_how }) => {
                before.id == theirs.id && how == their_how
            }
            _ => false,
        }
    }

    /// The telephone number concerned, as text for people; the id where it is not known.
    pub fn line(&self) -> String {
        match self {
            Self::Purchase { order, reviewed } => match (&reviewed.line, &order.item) {
                (Some(line), _) => line.grouped(),
                (None, Item::Line { e164, .. }) => e164.grouped(),
                (None, Item::Inventory(id)) => id.to_string(),
            },
            Self::Update { before, .. } | Self::Remove { before, .. } => shown(&before.line, &before.id),
        }
    }

    /// The record concerned, for writes on an owned number.
    pub fn target(&self) -> Option<&NumberId> {
        match self {
            Self::Purchase { .. } => None,
            Self::Update { before, .. } | Self::Remove { before, .. } => Some(&before.id),
        }
    }
}

fn shown(line: &NumberText, id: &NumberId) -> String {
    let text = line.grouped();
    if text.is_empty() { id.to_string() } else { text }
}

/// The write in words: `purchase of +234…`, `allow outbound on +234…`.
impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line();
        match self {
            Self::Purchase { .. } => write!(f, "purchase of {line}"),
            Self::Update { changes, .. } => write!(f, "{} on {line}", changes.words()),
            Self::Remove { how: Removal::Release, .. } => write!(f, "release of {line}"),
            Self::Remove { how: Removal::Delete, .. } => write!(f, "deletion of {line}"),
        }
    }
}

/// The number that a purchase is about, where it is known.
pub(super) fn line_of(order: &Purchase, reviewed: &Reviewed) -> Option<E164> {
    reviewed.line.or(match &order.item {
        Item::Line { e164, .. } => Some(*e164),
        Item::Inventory(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Status, Switch};

    fn number() -> Number {
        let mut n = Number::new(NumberId::new("n"), NumberText::parse("+2348031234567"));
        n.endpoint = Field::Null;
        n.switches[Switch::Inbound] = Some(true);
        n.status = Some(Status::Active);
        n
    }

    #[test]
    fn a_write_says_what_it_is() {
        let changes = Changes::switch(Switch::Outbound, true);
        let intent = Intent::update(number(), changes);
        assert_eq!(intent.to_string(), "allow outbound on +234 803 123 4567");
        let release = Intent::Remove { before: Box::new(number()), how: Removal::Release };
        assert_eq!(release.to_string(), "release of +234 803 123 4567");
    }
}
