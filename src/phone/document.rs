//! A record as JSON: under the contract's names, then what else the server sent, as sent.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Capability, Cents, E164, Field, Kind, Moment, Number, NumberId, NumberText, Offer, Setting, Status,
    Switch, WrittenTime,
};

/// The value of one field of a record.
#[derive(Debug, Clone, Copy)]
pub enum FieldValue<'a> {
    /// null
    Null,
    /// true, false
    Flag(bool),
    /// A text.
    Text(&'a str),
    /// A telephone number, which is a text of a plus and digits.
    Line(E164),
    /// A time, which is a text in UTC.
    At(Timestamp),
    /// What it costs and can, with what the server said beside it.
    Offer(&'a Offer, Option<&'a Value>),
    /// Anything else, as it was sent.
    Sent(&'a Value),
}

impl FieldValue<'_> {
    /// As JSON.
    pub fn to_json(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Flag(on) => Value::from(on),
            Self::Text(text) => Value::from(text),
            Self::Line(line) => Value::from(line.to_string()),
            Self::At(at) => Value::from(at.to_string()),
            Self::Offer(offer, beside) => {
                let mut map = offer.to_json();
                for (name, value) in beside.and_then(Value::as_object).into_iter().flatten() {
                    fill(&mut map, name, value);
                }
                Value::Object(map)
            }
            Self::Sent(value) => value.clone(),
        }
    }
}

impl<'a> From<&'a Moment> for FieldValue<'a> {
    fn from(moment: &'a Moment) -> Self {
        match moment.written() {
            WrittenTime::At(at) => Self::At(at),
            WrittenTime::Raw(text) => Self::Text(text),
        }
    }
}

impl Number {
    /// Says each field of the record, in the order of its document: the contract's, then what else the
    /// server sent. No name comes twice.
    pub fn each_field<'a>(&'a self, mut say: impl FnMut(&'a str, FieldValue<'a>)) {
        self.each_known(&mut say);
        for (name, value) in self.extra.iter().flat_map(|extra| extra.iter()) {
            let mut known = false;
            self.each_known(|told, _| known |= told == name);
            if !known {
                say(name, FieldValue::Sent(value));
            }
        }
    }

    fn each_known<'a>(&'a self, mut say: impl FnMut(&'a str, FieldValue<'a>)) {
        say("id", FieldValue::Text(self.id.as_str()));
        match &self.line {
            NumberText::Valid(line) => say("e164", FieldValue::Line(*line)),
            // There may be a null in `extra`, or nothing at all.
            NumberText::Raw(line) if line.is_empty() => {}
            NumberText::Raw(line) => say("e164", FieldValue::Text(line)),
        }
        for (name, text) in [
            ("country", self.country.as_deref()),
            ("type", self.kind.as_ref().map(Kind::wire)),
            ("status", self.status.as_ref().map(Status::wire)),
        ] {
            if let Some(text) = text {
                say(name, FieldValue::Text(text));
            }
        }
        match &self.endpoint {
            Field::Absent => {}
            Field::Null => say("endpoint_id", FieldValue::Null),
            Field::Value(id) => say("endpoint_id", FieldValue::Text(id.as_str())),
        }
        for switch in Switch::ALL {
            if let Some(on) = self.switches[*switch] {
                say(switch.snake(), FieldValue::Flag(on));
            }
        }
        if let Some(uri) = &self.sip_uri {
            say("sip_uri", FieldValue::Text(uri));
        }
        if let Some(organization) = &self.organization {
            say("organization_id", FieldValue::Text(organization));
        }
        for (name, at) in [("created_at", &self.created_at), ("updated_at", &self.updated_at)] {
            if let Some(at) = at {
                say(name, at.into());
            }
        }
        if let Some(offer) = &self.offer {
            let beside = self.extra.as_deref().and_then(|extra| extra.get("inventory"));
            say("inventory", FieldValue::Offer(offer, beside));
        }
    }

    /// All of it as a map.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        self.each_field(|name, value| {
            map.insert(name.to_owned(), value.to_json());
        });
        map
    }

    /// Which number it is and how it is set: enough to compare it, and to put it back.
    pub fn known_settings(&self) -> Map<String, Value> {
        let mut map = self.to_json();
        let is_setting = |name: &str| Setting::all().any(|setting| setting.snake() == name);
        map.retain(|name, _| matches!(name.as_str(), "id" | "e164" | "country" | "type") || is_setting(name));
        map
    }

    /// Reads what [`Self::to_json`] wrote, without costs and without fields that the contract does not
    /// name; `None` where there is no id.
    pub fn from_json(map: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| map.get(name).and_then(Value::as_str);
        let line = NumberText::parse(text("e164").unwrap_or_default());
        let mut number = Self::new(NumberId::new(text("id")?), line);
        number.country = text("country").map(Into::into);
        number.kind = text("type").map(Kind::parse);
        for setting in Setting::all() {
            let value = map.get(setting.snake()).and_then(|value| setting.parse(value));
            value.into_iter().for_each(|value| value.put_into(&mut number));
        }
        number.sip_uri = text("sip_uri").map(Into::into);
        // That there is none is another thing than that nothing was said of it.
        let none = map.get_key_value("sip_uri").filter(|(_, uri)| uri.is_null());
        number.extra = none.map(|(name, uri)| Box::new([(name.clone(), uri.clone())].into_iter().collect()));
        number.organization = text("organization_id").map(Into::into);
        number.created_at = text("created_at").map(Moment::parse);
        number.updated_at = text("updated_at").map(Moment::parse);
        Some(number)
    }
}

/// Adds what is not there yet; what the server sent beside the known fields of an object
/// (`inventory`) is added to that object.
fn fill(map: &mut Map<String, Value>, name: &str, value: &Value) {
    match (map.get_mut(name), value) {
        (None, _) => {
            map.insert(name.to_owned(), value.clone());
        }
        (Some(Value::Object(known)), Value::Object(more)) => {
            for (name, value) in more {
                fill(known, name, value);
            }
        }
        (Some(_), _) => {}
    }
}

impl Offer {
    fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        if let Some(Cents(cents)) = self.price.monthly {
            map.insert("monthly_cost_cents".to_owned(), json!(cents));
        }
        if let Some(Cents(cents)) = self.price.setup {
            map.insert("setup_cost_cents".to_owned(), json!(cents));
        }
        let mut can = Map::new();
        for what in Capability::ALL {
            if let Some(value) = self.capabilities.can(what) {
                can.insert(what.name().to_owned(), json!(value));
            }
        }
        if !can.is_empty() {
            map.insert("capabilities".to_owned(), Value::Object(can));
        }
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::EndpointId;

    #[test]
    fn absent_null_and_present_stay_apart_in_json() {
        let mut n = Number::new(NumberId::new("n1"), NumberText::parse("+2348031234567"));
        assert!(!n.to_json().contains_key("endpoint_id"));
        n.endpoint = Field::Null;
        assert_eq!(n.to_json()["endpoint_id"], Value::Null);
        n.endpoint = Field::Value(EndpointId::new("e"));
        assert_eq!(n.to_json()["endpoint_id"], "e");
    }

    #[test]
    fn what_a_server_says_beside_a_field_of_the_contract_does_not_hide_it() {
        let mut number = Number::new(NumberId::new("n"), NumberText::parse("+2348031234567"));
        number.offer = Some(Box::default());
        let sent =
            json!({"id": "other", "sip_uri": null, "inventory": {"slot": 7, "capabilities": {"sms": 1}}});
        number.extra = sent.as_object().cloned().map(Box::new);
        let wanted = json!({
            "id": "n", "e164": "+2348031234567", "inventory": {"slot": 7, "capabilities": {"sms": 1}}, "sip_uri": null
        });
        let document = number.to_json();
        assert_eq!(Value::Object(document.clone()), wanted);
        assert_eq!(document.keys().collect::<Vec<_>>(), ["id", "e164", "inventory", "sip_uri"]);
    }
}
