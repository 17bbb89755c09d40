//! What is asked: operations, parameters and bodies, checked before anything is looked up.

use crate::phone::{Country, E164, Kind};
use axum::http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Map, Value};

use super::dialect::SandboxDialect;
use super::reply::Refusal;
use super::shelf::Page;
use super::switches::{Switches, Wanted};

/// The operations of the contract, and the endpoints list beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// `listPhoneNumbers`, owned.
    List,
    /// `listPhoneNumbers` with `action=available`.
    Available,
    Get,
    Purchase,
    Update,
    /// `releasePhoneNumber`, both forms.
    Release,
    Endpoints,
    Calls,
}

/// An operation with the id in its path, as sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) operation: Operation,
    pub(super) id: Option<String>,
}

impl Target {
    /// Finds the operation that method and path name. Slashes too many do no harm.
    pub(super) fn of(method: &Method, path: &str, query: &Query) -> Result<Self, Refusal> {
        // What HEAD is answered is what GET is, without its body, which the server leaves out.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let (operation, id) = match (segments.as_slice(), method) {
            (["v1", "phone-numbers"], &Method::GET) if query.says("action", "available") => {
                (Operation::Available, None)
            }
            (["v1", "phone-numbers"], &Method::GET) => (Operation::List, None),
            (["v1", "phone-numbers"], &Method::POST) => (Operation::Purchase, None),
            (["v1", "phone-numbers"], _) => return Err(not_allowed("GET, POST")),
            (["v1", "phone-numbers", id], &Method::GET) => (Operation::Get, Some(*id)),
            (["v1", "phone-numbers", id], &Method::PATCH) => (Operation::Update, Some(*id)),
            (["v1", "phone-numbers", id], &Method::DELETE) => (Operation::Release, Some(*id)),
            (["v1", "phone-numbers", _], _) => return Err(not_allowed("GET, PATCH, DELETE")),
            (["v1", "endpoints"], &Method::GET) => (Operation::Endpoints, None),
            (["v1", "calls"], &Method::GET) => (Operation::Calls, None),
            (["v1", "endpoints" | "calls"], _) => return Err(not_allowed("GET")),
            _ => {
                let message = "There is nothing at this path; the API is under /v1.";
                return Err(Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", message).with("path", path));
            }
        };
        Ok(Self { operation, id: id.map(decode) })
    }
}

fn not_allowed(methods: &'static str) -> Refusal {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        format!("This path answers to {methods} only."),
    )
    .allowing(methods)
}

/// An id in the form in which it is stored. `prefixes` are those that the guide has for it.
pub(super) fn id(
    dialect: SandboxDialect,
    name: &str,
    prefixes: &[&str],
    text: &str,
) -> Result<String, Refusal> {
    let form = dialect.form_of_ids();
    dialect.stored(prefixes, text).ok_or_else(|| Refusal::invalid(name, format!("{name} is not {form}.")))
}

/// The decoded query of a URL.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Takes the query apart; never fails, because what is in it is judged by name.
    pub(super) fn parse(query: Option<&str>) -> Self {
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
                })
                .collect(),
        )
    }

    /// A parameter, unless it is absent or given twice with different values.
    fn get(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.0.iter().filter(|(one, _)| one == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.any(|other| Some(other) != first) {
            return Err(Refusal::invalid(name, format!("{name} is given twice.")));
        }
        Ok(first)
    }

    fn says(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(one, said)| one == name && said == value)
    }

    fn kind(&self) -> Result<Option<&'static str>, Refusal> {
        self.get("type")?.map(|text| kind("type", text)).transpose()
    }

    fn country(&self) -> Result<Option<String>, Refusal> {
        match self.get("country")? {
            None | Some("") => Ok(None),
            Some(text) => country("country", text).map(Some),
        }
    }

    fn number(&self, name: &str, default: u64, least: u64, most: u64) -> Result<usize, Refusal> {
        let Some(text) = self.get(name)? else { return Ok(default as usize) };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // More digits than fit are a large number, not a wrong one.
        let value = if digits { text.parse().unwrap_or(u64::MAX) } else { 0 };
        if !digits || value < least || value > most {
            let range =
                if most == u64::MAX { format!("{least} or more") } else { format!("{least} to {most}") };
            return Err(Refusal::invalid(name, format!("{name} is a whole number, {range}.")));
        }
        Ok(usize::try_from(value).unwrap_or(usize::MAX))
    }

    /// The parameters of a list.
    pub(super) fn page(&self, dialect: SandboxDialect) -> Result<Page, Refusal> {
        let available = match self.get("action")? {
            None | Some("assigned") => false,
            Some("available") => true,
            Some(_) => return Err(Refusal::invalid("action", "action is assigned or available.")),
        };
        let kind = self.kind()?;
        let country = self.country()?;
        let usual = if dialect == SandboxDialect::Guide && !available { 50 } else { 20 };
        let limit = self.number("limit", usual, 1, 100)?;
        let offset = self.number("offset", 0, 0, u64::MAX)?;
        if available && country.is_none() {
            return Err(missing(&["country"], "country is required with action=available."));
        }
        // The contract: `type` is read only with action=available.
        Ok(Page { country, kind: kind.filter(|_| available), limit, offset })
    }

    /// Which endpoints of a list. They come by fifty, whatever is asked for.
    pub(super) fn page_of_endpoints(&self) -> Result<Page, Refusal> {
        const MOST: usize = 50;
        let limit = self.number("limit", MOST as u64, 1, 100)?.min(MOST);
        let offset = self.number("offset", 0, 0, u64::MAX)?;
        Ok(Page { country: None, kind: None, limit, offset })
    }

    /// Whose calls, and which of them: the contract's neighbours count pages, the guide rows.
    pub(super) fn page_of_calls(&self, dialect: SandboxDialect) -> Result<(String, Page), Refusal> {
        let sent = self.get("phone_number_id")?.ok_or_else(|| {
            missing(
                &["phone_number_id"],
                "This sandbox lists the calls of one number: phone_number_id is required.",
            )
        })?;
        let number = id(dialect, "phone_number_id", &["pn_"], sent)?;
        let usual = if dialect == SandboxDialect::Guide { 50 } else { 20 };
        let limit = self.number("limit", usual, 1, 100)?;
        let offset = match dialect {
            SandboxDialect::OpenApi => (self.number("page", 1, 1, u64::MAX)? - 1).saturating_mul(limit),
            SandboxDialect::Guide => self.number("offset", 0, 0, u64::MAX)?,
        };
        Ok((number, Page { country: None, kind: None, limit, offset }))
    }

    /// How a number is given up.
    pub(super) fn removal(&self) -> Result<Removal, Refusal> {
        match self.get("action")? {
            None => Ok(Removal::Delete),
            Some("release") => Ok(Removal::Release),
            Some(_) => Err(Refusal::invalid("action", "action is release, or absent to delete the record.")),
        }
    }
}

/// The two ways to give a number up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removal {
    /// The record stays, inactive.
    Release,
    /// The record goes.
    Delete,
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let byte = hex.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| {
            // from_str_radix would take a sign.
            hex.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u8::from_str_radix(hex, 16).ok())?
        });
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn country(name: &str, text: &str) -> Result<String, Refusal> {
    if Country::is_code(text) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(Refusal::invalid(name, format!("{name} is an ISO 3166-1 alpha-2 code, such as NG.")))
    }
}

fn kind(name: &str, text: &str) -> Result<&'static str, Refusal> {
    match Kind::KNOWN.iter().find(|kind| kind.wire() == text) {
        Some(kind) => Ok(kind.wire()),
        None => Err(Refusal::invalid(name, format!("{name} is local, mobile or toll_free."))),
    }
}

fn missing(fields: &[&str], message: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "MISSING_FIELDS", message).with("missing", fields.to_vec())
}

/// The body of a write, where it says that it is JSON or does not say what it is.
pub(super) fn json<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<&'a [u8], Refusal> {
    let Some(kind) = headers.get(header::CONTENT_TYPE).filter(|_| !body.trim_ascii().is_empty()) else {
        return Ok(body);
    };
    let kind =
        kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json")) {
        return Ok(body);
    }
    let message = "The body has to be JSON: Content-Type: application/json.";
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
        .with("content_type", kind))
}

/// A JSON object whose fields are read by type. A field of another type is an error, null included
/// where the contract does not allow it; a field that is not read is ignored.
#[derive(Debug)]
struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body.
    fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let invalid = |message: String| Refusal::new(StatusCode::BAD_REQUEST, "INVALID_BODY", message);
        if body.trim_ascii().is_empty() {
            return Err(invalid("The body is empty; a JSON object is needed.".to_owned()));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(invalid("The body is JSON, but not an object.".to_owned())),
            Err(error) => Err(invalid(format!("The body is not JSON: {error}."))),
        }
    }

    fn read<'a, T>(
        &'a self,
        name: &str,
        what: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| Refusal::invalid(name, format!("{name} is {what}.")))
    }

    fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        self.read(name, "a string", Value::as_str)
    }

    fn id(&self, dialect: SandboxDialect, name: &str, prefix: &str) -> Result<Option<String>, Refusal> {
        self.text(name)?.map(|text| id(dialect, name, &[prefix], text)).transpose()
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.read(name, "true or false", Value::as_bool)
    }

    fn cents(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.read(name, "a whole number of cents", |value| value.as_i64().filter(|cents| *cents >= 0))
    }
}

/// A purchase whose body is in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) inventory_id: Option<String>,
    pub(super) e164: Option<String>,
    pub(super) country: Option<String>,
    pub(super) kind: Option<&'static str>,
    pub(super) endpoint: Option<String>,
    pub(super) total_cents: Option<i64>,
    pub(super) setup_cents: Option<i64>,
    pub(super) monthly_cents: Option<i64>,
    /// How the switches of the new record stand.
    pub(super) switches: Switches,
}

impl Order {
    /// Reads the body of a purchase. The contract has two ways: an inventory id, or number, country
    /// and type.
    pub(super) fn parse(dialect: SandboxDialect, body: &[u8]) -> Result<Self, Refusal> {
        let fields = Fields::parse(body)?;
        if dialect == SandboxDialect::Guide {
            return Self::of_the_guide(&fields);
        }
        let e164 = match fields.text("e164")? {
            None => None,
            Some(text) => match text.strip_prefix('+').and_then(E164::from_digits) {
                Some(e164) => Some(e164.to_string()),
                None => return Err(Refusal::invalid("e164", "e164 is + and 7 to 15 digits.")),
            },
        };
        let order = Self {
            inventory_id: fields.id(dialect, "inventory_id", "")?,
            e164,
            country: fields.text("country")?.map(|text| country("country", text)).transpose()?,
            kind: fields.text("type")?.map(|text| kind("type", text)).transpose()?,
            endpoint: fields.id(dialect, "endpointId", "")?,
            total_cents: fields.cents("totalCostCents")?,
            setup_cents: fields.cents("setupCostCents")?,
            monthly_cents: fields.cents("monthlyCostCents")?,
            switches: Switches::bought(),
        };
        if order.inventory_id.is_none() {
            let absent: Vec<&str> = [
                ("e164", order.e164.is_none()),
                ("country", order.country.is_none()),
                ("type", order.kind.is_none()),
            ]
            .into_iter()
            .filter_map(|(name, absent)| absent.then_some(name))
            .collect();
            if !absent.is_empty() {
                return Err(missing(&absent, "A purchase needs inventory_id, or e164, country and type."));
            }
        }
        Ok(order)
    }

    /// The guide has the inventory id alone, with switches that are both on unless they are named.
    fn of_the_guide(fields: &Fields) -> Result<Self, Refusal> {
        let dialect = SandboxDialect::Guide;
        let inventory_id = fields.id(dialect, "inventory_id", "inv_")?;
        if inventory_id.is_none() {
            return Err(missing(&["inventory_id"], "A purchase needs inventory_id."));
        }
        Ok(Self {
            inventory_id,
            e164: None,
            country: None,
            kind: None,
            endpoint: fields.id(dialect, "endpoint_id", "ep_")?,
            total_cents: None,
            setup_cents: None,
            monthly_cents: None,
            switches: Switches::all().with(Wanted::read(dialect, |name| fields.flag(name))?),
        })
    }
}

/// An update whose body is in order. `None`: leave it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Update {
    /// `Some(None)` detaches.
    pub(super) endpoint: Option<Option<String>>,
    pub(super) switches: Wanted,
    pub(super) status: Option<&'static str>,
}

impl Update {
    /// Reads the body of an update.
    pub(super) fn parse(dialect: SandboxDialect, body: &[u8]) -> Result<Self, Refusal> {
        let fields = Fields::parse(body)?;
        let name = dialect.name("endpointId", "endpoint_id");
        let endpoint = match fields.0.get(name) {
            Some(Value::Null) => Some(None),
            _ => fields.id(dialect, name, "ep_")?.map(Some),
        };
        let status = match fields.text("status")? {
            None => None,
            Some("active") => Some("active"),
            Some("inactive") => Some("inactive"),
            Some(_) => return Err(Refusal::invalid("status", "status is active or inactive.")),
        };
        Ok(Self { endpoint, switches: Wanted::read(dialect, |name| fields.flag(name))?, status })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "a1000000-0000-4000-8000-000000000001";
    const OPENAPI: SandboxDialect = SandboxDialect::OpenApi;

    #[test]
    fn a_path_with_too_many_slashes_still_arrives() {
        let target = |path| Target::of(&Method::GET, path, &Query::default()).unwrap().operation;
        for path in ["/v1/phone-numbers", "/v1/phone-numbers/", "//v1//phone-numbers"] {
            assert_eq!(target(path), Operation::List, "{path}");
        }
        assert_eq!(target("/v1/phone-numbers/x"), Operation::Get);
    }

    #[test]
    fn percent_signs_are_decoded_where_they_stand_for_something() {
        for (text, decoded) in [
            ("a%20b", "a b"),
            ("%2B234", "+234"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("%+1", "%+1"),
            ("%FF", "\u{fffd}"),
        ] {
            assert_eq!(decode(text), decoded);
        }
    }

    #[test]
    fn a_page_has_the_defaults_of_the_contract() {
        let page = Query::parse(None).page(OPENAPI).unwrap();
        assert_eq!(page, Page { country: None, kind: None, limit: 20, offset: 0 });
        let page = Query::parse(Some("action=available&country=ng&type=mobile&limit=7&offset=9"))
            .page(OPENAPI)
            .unwrap();
        assert_eq!(page, Page { country: Some("NG".into()), kind: Some("mobile"), limit: 7, offset: 9 });
    }

    #[test]
    fn null_detaches_and_absence_leaves_alone() {
        assert_eq!(Update::parse(OPENAPI, br#"{"endpointId":null}"#).unwrap().endpoint, Some(None));
        assert_eq!(Update::parse(OPENAPI, br#"{"endpoint_id":null}"#).unwrap().endpoint, None);
        assert_eq!(Update::parse(OPENAPI, b"{}").unwrap().endpoint, None);
        assert_eq!(Update::parse(OPENAPI, b" ").unwrap_err().code, "INVALID_BODY", "no body says nothing");
    }

    #[test]
    fn a_purchase_names_its_number_in_one_of_two_ways() {
        assert!(Order::parse(OPENAPI, format!(r#"{{"inventory_id":"{UUID}"}}"#).as_bytes()).is_ok());
        assert!(
            Order::parse(OPENAPI, br#"{"e164":"+2348031234567","country":"NG","type":"mobile"}"#).is_ok()
        );
        for body in [&b"{}"[..], br#"{"e164":"+2348031234567","country":"NG"}"#] {
            assert_eq!(Order::parse(OPENAPI, body).unwrap_err().code, "MISSING_FIELDS");
        }
    }

    #[test]
    fn each_dialect_ignores_the_names_of_the_other() {
        let bare = UUID.replace('-', "");
        let camel = format!(r#"{{"endpointId":"{UUID}","allowInbound":false,"allowOutbound":true}}"#);
        let snake = format!(r#"{{"endpoint_id":"ep_{bare}","allow_inbound":false,"allow_outbound":true}}"#);
        for (dialect, own, other) in [(OPENAPI, &camel, &snake), (SandboxDialect::Guide, &snake, &camel)] {
            let update = Update::parse(dialect, own.as_bytes()).unwrap();
            assert_eq!(update.endpoint, Some(Some(UUID.to_owned())), "{dialect}");
            let switches =
                Wanted::read(OPENAPI, |name| Ok::<_, Refusal>(Some(name == "allowOutbound"))).unwrap();
            assert_eq!(update.switches, switches, "{dialect}");
            let nothing = Update::parse(dialect, b"{}").unwrap();
            assert_eq!(Update::parse(dialect, other.as_bytes()).unwrap(), nothing, "{dialect}");
        }
    }

    #[test]
    fn the_guide_buys_by_inventory_id_alone_and_switches_both_ways_on() {
        let bare = UUID.replace('-', "");
        let body = format!(r#"{{"inventory_id":"inv_ng_{bare}","endpointId":"{UUID}"}}"#);
        let order = Order::parse(SandboxDialect::Guide, body.as_bytes()).unwrap();
        assert_eq!((order.inventory_id.as_deref(), order.endpoint), (Some(UUID), None));
        assert_eq!(order.switches, Switches::all());
        let line = br#"{"e164":"+2348031234567","country":"NG","type":"mobile"}"#;
        assert_eq!(Order::parse(SandboxDialect::Guide, line).unwrap_err().code, "MISSING_FIELDS");
    }
}
