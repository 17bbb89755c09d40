//! The five operations of the contract, as data.

use std::fmt;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Dialect;

use crate::phone::{Cents, Changes, E164, EndpointId, Kind, NumberId, Price, SettingValue};

/// Identifies one HTTP request in `x-request-id`, in errors and in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(Uuid);

impl RequestId {
    /// A fresh random id (UUID version 4).
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// Reads an id back; `None` for what is no UUID.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::parse_str(text).ok().map(Self)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a list is asked for (contract: `listPhoneNumbers`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListKind {
    /// `action=assigned`: what the organization owns.
    Owned,
    /// `action=available`: what it can buy in one country.
    Available {
        /// ISO 3166-1 alpha-2.
        country: String,
        /// Only this type.
        kind: Option<Kind>,
    },
}

/// A list to be read page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest {
    /// Which list.
    pub shelf: ListKind,
    /// Rows asked for per page, 1 to 100.
    pub per_page: u16,
    /// Where to start, in rows.
    pub offset: u64,
    /// Stop after so many pages, though there may be more.
    pub max_pages: Option<u32>,
    /// Stop after so many rows; those of the page that they end in come along.
    pub max_rows: Option<u64>,
    /// Whether no row is kept once the next page is taken: then all of them together may be larger than
    /// anybody could hold.
    pub passing: bool,
}

impl ListRequest {
    /// The largest page that the contract allows.
    pub const LARGEST_PAGE: u16 = 100;

    /// A whole list from its beginning.
    pub fn whole(shelf: ListKind) -> Self {
        Self {
            shelf,
            per_page: Self::LARGEST_PAGE,
            offset: 0,
            max_pages: None,
            max_rows: None,
            passing: false,
        }
    }
}

/// A purchase (contract: `purchasePhoneNumber`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Which number.
    pub item: Item,
    /// Endpoint to attach at once.
    pub endpoint: Option<EndpointId>,
}

/// The two ways in which a purchase names its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// By inventory id; the server resolves number and price.
    Inventory(NumberId),
    /// By number, with its costs as far as the API gave them.
    Line {
        /// The number.
        e164: E164,
        /// ISO 3166-1 alpha-2.
        country: String,
        /// local, mobile, toll free.
        kind: Kind,
        /// Sent as `totalCostCents`, `setupCostCents`, `monthlyCostCents`; unknown parts are not.
        price: Price,
    },
}

impl Purchase {
    /// The id under which the number is for sale, where it is bought by that.
    pub fn offer(&self) -> Option<&NumberId> {
        match &self.item {
            Item::Inventory(id) => Some(id),
            Item::Line { .. } => None,
        }
    }

    /// The request body under the contract's names.
    pub fn body(&self) -> Value {
        self.body_in(Dialect::OpenApi)
    }

    /// The request body under the names of a dialect. In every dialect it is the inventory id that
    /// names a number; the other way to name it is the contract's alone.
    pub fn body_in(&self, dialect: Dialect) -> Value {
        let mut map = Map::new();
        match &self.item {
            Item::Inventory(id) => {
                map.insert("inventory_id".into(), json!(id.as_str()));
            }
            Item::Line { e164, country, kind, price } => {
                map.insert("e164".into(), json!(e164.to_string()));
                map.insert("country".into(), json!(country));
                map.insert("type".into(), json!(kind.wire()));
                let costs = [
                    ("totalCostCents", price.today()),
                    ("setupCostCents", price.setup),
                    ("monthlyCostCents", price.monthly),
                ];
                for (name, cents) in costs {
                    if let Some(Cents(cents)) = cents {
                        map.insert(name.into(), json!(cents));
                    }
                }
            }
        }
        if let Some(endpoint) = &self.endpoint {
            let name = dialect.name("endpointId", "endpoint_id");
            map.insert(name.into(), json!(endpoint.as_str()));
        }
        Value::Object(map)
    }
}

impl Changes {
    /// The request body under the contract's names; null and absent stay apart.
    pub fn body(&self) -> Value {
        self.body_in(Dialect::OpenApi)
    }

    /// The request body under the names of a dialect.
    pub fn body_in(&self, dialect: Dialect) -> Value {
        let field = |value: SettingValue| {
            let setting = value.setting();
            (dialect.name(setting.camel(), setting.snake()).to_owned(), value.to_json())
        };
        Value::Object(self.values().map(field).collect())
    }
}

/// The two ways to give a number up (contract: `releasePhoneNumber`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// `action=release`: the record stays, inactive.
    Release,
    /// Without `action`: the record is gone.
    Delete,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Status, Switch};

    #[test]
    fn a_purchase_by_id_sends_the_id_and_the_endpoint_alone() {
        let order = Purchase {
            item: Item::Inventory(NumberId::new("inv-1")),
            endpoint: Some(EndpointId::new("ep-1")),
        };
        assert_eq!(order.body(), json!({"inventory_id": "inv-1", "endpointId": "ep-1"}));
    }

    #[test]
    fn a_purchase_by_number_sends_only_the_costs_that_are_known() {
        let mut order = Purchase {
            item: Item::Line {
                e164: E164::from_digits("2348031234567").unwrap(),
                country: "NG".into(),
                kind: Kind::Mobile,
                price: Price { setup: None, monthly: Some(Cents(400)) },
            },
            endpoint: None,
        };
        assert_eq!(
            order.body(),
            json!({"e164": "+2348031234567", "country": "NG", "type": "mobile", "monthlyCostCents": 400})
        );
        if let Item::Line { price, .. } = &mut order.item {
            price.setup = Some(Cents(500));
        }
        assert_eq!(order.body()["totalCostCents"], 900);
    }

    #[test]
    fn detaching_sends_null_and_leaving_alone_sends_nothing() {
        assert_eq!(
            Changes { endpoint: Some(None), ..Changes::default() }.body(),
            json!({"endpointId": null})
        );
        assert_eq!(Changes::default().body(), json!({}));
        assert!(Changes::default().is_empty());
    }

    #[test]
    fn the_guide_has_names_in_snake_case() {
        let order = Purchase {
            item: Item::Inventory(NumberId::new("inv_ng_1")),
            endpoint: Some(EndpointId::new("ep_1")),
        };
        let body = order.body_in(Dialect::Guide);
        assert_eq!(body, json!({"inventory_id": "inv_ng_1", "endpoint_id": "ep_1"}));
        let changes = Changes {
            endpoint: Some(None),
            switches: Switch::Inbound.set(true).with(Switch::Outbound, false),
            status: Some(Status::Inactive),
        };
        assert_eq!(
            changes.body_in(Dialect::Guide),
            json!({"endpoint_id": null, "allow_inbound": true, "allow_outbound": false, "status": "inactive"})
        );
        assert_eq!(
            changes.body_in(Dialect::OpenApi),
            json!({"endpointId": null, "allowInbound": true, "allowOutbound": false, "status": "inactive"})
        );
    }
}
