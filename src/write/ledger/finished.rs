//! A write whose outcome was entered, for whoever is told of it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::entry::Ending;
use super::format::error_of;
use crate::api::{Removal, RequestId};
use crate::phone::Cents;
use crate::write::{Intent, Outcome, line_of};

/// A write and what became of it, without secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedWrite {
    /// Id of its request.
    pub id: RequestId,
    /// When it was sent; `None` where that is not known.
    pub at: Option<Timestamp>,
    /// When its outcome was known.
    pub ended: Timestamp,
    /// The organization that was named.
    pub organization: Option<String>,
    /// What.
    pub intent: Intent,
    /// What became of it.
    pub outcome: Outcome,
}

impl FinishedWrite {
    /// For programs: a number and its settings by the contract's names.
    pub fn document(&self) -> Value {
        let ending = Ending::of(&self.intent, &self.outcome);
        let is_purchase = matches!(self.intent, Intent::Purchase { .. });
        let error = error_of(&self.outcome);
        let mut document = json!({
            "id": self.id.to_string(),
            "at": self.at.map(|at| at.to_string()),
            "ended_at": self.ended.to_string(),
            "organization": ending.organization.or_else(|| self.organization.clone()),
            "outcome": ending.outcome.wire(is_purchase),
            "status": error.and_then(|error| error.status),
            "code": error.and_then(|error| error.code.clone()),
            "said": ending.said,
        });
        let about = match &self.intent {
            Intent::Purchase { order, reviewed } => json!({
                "what": "purchase",
                "e164": line_of(order, reviewed).or(ending.line).map(|line| line.to_string()),
                "number_id": ending.number.map(|id| id.to_string()),
                "inventory_id": self.intent.offer().map(ToString::to_string),
                "endpoint_id": order.endpoint.as_ref().map(ToString::to_string),
                "reviewed_cents": reviewed.price.today().map(|Cents(cents)| cents),
            }),
            Intent::Update { before, changes, .. } => {
                let former: Map<String, Value> = changes
                    .values()
                    .map(|value| {
                        let setting = value.setting();
                        let was = setting.of(before).map_or(Value::Null, |was| was.to_json());
                        (setting.snake().to_owned(), was)
                    })
                    .collect();
                let after: Map<String, Value> = changes
                    .values()
                    .map(|value| (value.setting().snake().to_owned(), value.to_json()))
                    .collect();
                json!({
                    "what": "update",
                    "e164": before.line.to_string(),
                    "number_id": before.id.to_string(),
                    "before": former,
                    "after": after,
                })
            }
            Intent::Remove { before, how } => json!({
                "what": if *how == Removal::Release { "release" } else { "delete" },
                "e164": before.line.to_string(),
                "number_id": before.id.to_string(),
            }),
        };
        if let (Value::Object(document), Value::Object(about)) = (&mut document, about) {
            document.extend(about);
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Changes, EndpointId, Field, Number, NumberId, NumberText};

    #[test]
    fn it_says_what_was_and_what_is_by_the_names_of_the_contract() {
        let mut before = Number::new(NumberId::new("n-1"), NumberText::parse("+2348031234567"));
        before.endpoint = Field::Value(EndpointId::new("ep_1"));
        before.sip_uri = Some("sip:1000:hidden@host".into());
        let changes = Changes { endpoint: Some(None), ..Changes::default() };
        let after = changes.applied_to(&before);
        let finished = FinishedWrite {
            id: RequestId::random(),
            at: Some(Timestamp::UNIX_EPOCH),
            ended: Timestamp::UNIX_EPOCH,
            organization: Some("o-1".to_owned()),
            intent: Intent::update(before, changes),
            outcome: Outcome::Updated { number: Box::new(after), found: false },
        };
        let document = finished.document();
        assert_eq!(
            (&document["what"], &document["outcome"], &document["organization"]),
            (&json!("update"), &json!("done"), &json!("o-1"))
        );
        assert_eq!(document["before"], json!({"endpoint_id": "ep_1"}));
        assert_eq!(document["after"], json!({"endpoint_id": null}));
        assert!(!document.to_string().contains("hidden"));
    }
}
