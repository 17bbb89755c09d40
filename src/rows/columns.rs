//! What is printed of a record, by name.

use jiff::tz::TimeZone;

use crate::phone::{Cents, Field, Kind, Moment, Number, NumberText, Status, Switch, write_time};

/// One thing to print of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The telephone number.
    Number,
    /// Two letters.
    Country,
    /// local, mobile, toll free.
    Type,
    /// active, inactive, pending.
    Status,
    /// on, off.
    Switch(Switch),
    /// Id of the endpoint, `none` for nobody.
    Endpoint,
    /// Time of the last change.
    Changed,
    /// Time of the purchase.
    Created,
    /// Id of the owner.
    Organization,
    /// SIP URI for inbound routing.
    SipUri,
    /// Id of the record; for a number on sale what `buy` takes.
    Id,
    /// voice, sms, fax.
    Capabilities,
    /// Setup, as an amount.
    Setup,
    /// Month, as an amount.
    Monthly,
    /// Setup, in whole cents.
    SetupCents,
    /// Month, in whole cents.
    MonthlyCents,
}

/// Names, short ones first: those are what an error lists.
const NAMES: &[(&str, Column)] = &[
    ("number", Column::Number),
    ("country", Column::Country),
    ("type", Column::Type),
    ("status", Column::Status),
    ("endpoint", Column::Endpoint),
    ("changed", Column::Changed),
    ("created", Column::Created),
    ("organization", Column::Organization),
    ("sip_uri", Column::SipUri),
    ("id", Column::Id),
    ("capabilities", Column::Capabilities),
    ("setup", Column::Setup),
    ("monthly", Column::Monthly),
    ("e164", Column::Number),
    ("org", Column::Organization),
    ("endpoint_id", Column::Endpoint),
    ("updated_at", Column::Changed),
    ("created_at", Column::Created),
    ("organization_id", Column::Organization),
    ("inventory_id", Column::Id),
    ("setup_cost_cents", Column::SetupCents),
    ("monthly_cost_cents", Column::MonthlyCents),
];

/// All names, the one that a column is printed under first.
fn names() -> impl Iterator<Item = (&'static str, Column)> {
    let of = |name: fn(Switch) -> &'static str| {
        Switch::ALL.iter().map(move |switch| (name(*switch), Column::Switch(*switch)))
    };
    NAMES.iter().copied().chain(of(Switch::name)).chain(of(Switch::short)).chain(of(Switch::snake))
}

/// Who a cell is for.
#[derive(Debug, Clone, Copy)]
pub enum Style<'a> {
    /// People: grouped numbers, local times.
    Human(&'a TimeZone),
    /// Programs: E.164, RFC 3339 in UTC, the API's words.
    Exact,
}

impl Column {
    /// The cell of a record, as the server wrote it where it wrote something odd.
    pub fn text(self, number: &Number, style: Style<'_>) -> String {
        let mut cell = String::new();
        self.write(number, style, &mut cell);
        cell
    }

    /// The same, behind what is in `cell`.
    pub fn write(self, number: &Number, style: Style<'_>, cell: &mut String) {
        let human = matches!(style, Style::Human(_));
        match self {
            Self::Number if human => cell.push_str(&number.line.grouped()),
            Self::Number => match &number.line {
                NumberText::Valid(line) => line.write(cell),
                NumberText::Raw(text) => cell.push_str(text),
            },
            Self::Country => cell.push_str(number.country.as_deref().unwrap_or_default()),
            Self::Type => {
                cell.push_str(number.kind.as_ref().map_or("", if human { Kind::label } else { Kind::wire }));
            }
            Self::Status => cell.push_str(number.status.as_ref().map_or("", Status::wire)),
            Self::Switch(switch) => {
                cell.push_str(number.switches[switch].map_or("", |on| if on { "on" } else { "off" }));
            }
            Self::Endpoint => cell.push_str(match &number.endpoint {
                Field::Absent => "",
                Field::Null => "none",
                Field::Value(id) => id.as_str(),
            }),
            Self::Changed => time(number.updated_at.as_ref(), style, cell),
            Self::Created => time(number.created_at.as_ref(), style, cell),
            Self::Organization => cell.push_str(number.organization.as_deref().unwrap_or_default()),
            Self::SipUri => cell.push_str(number.sip_uri.as_deref().unwrap_or_default()),
            Self::Id => cell.push_str(number.id.as_str()),
            Self::Capabilities => {
                let words = number.offer.as_ref().and_then(|offer| offer.capabilities.words());
                cell.push_str(&words.unwrap_or_default());
            }
            Self::Setup => cell.push_str(&amount(number.price().setup)),
            Self::Monthly => cell.push_str(&amount(number.price().monthly)),
            Self::SetupCents => cell.push_str(&cents(number.price().setup)),
            Self::MonthlyCents => cell.push_str(&cents(number.price().monthly)),
        }
    }

    /// The key of the record's JSON that has it: the contract's name.
    pub fn key(self) -> &'static str {
        match self {
            Self::Number => "e164",
            Self::Country => "country",
            Self::Type => "type",
            Self::Status => "status",
            Self::Switch(switch) => switch.snake(),
            Self::Endpoint => "endpoint_id",
            Self::Changed => "updated_at",
            Self::Created => "created_at",
            Self::Organization => "organization_id",
            Self::SipUri => "sip_uri",
            Self::Id => "id",
            Self::Capabilities | Self::Setup | Self::Monthly | Self::SetupCents | Self::MonthlyCents => {
                "inventory"
            }
        }
    }

    /// Whether cells are amounts, which stand to the right.
    pub fn is_money(self) -> bool {
        matches!(self, Self::Setup | Self::Monthly | Self::SetupCents | Self::MonthlyCents)
    }
}

fn time(at: Option<&Moment>, style: Style<'_>, cell: &mut String) {
    let Some(at) = at else { return };
    match (at.instant(), style) {
        (None, _) => cell.push_str(&at.to_string()),
        (Some(instant), Style::Exact) => write_time(instant, cell),
        (Some(instant), Style::Human(zone)) => {
            let local = instant.to_zoned_datetime(zone.clone());
            cell.push_str(&local.strftime("%Y-%m-%d %H:%M").to_string());
        }
    }
}

fn amount(cents: Option<Cents>) -> String {
    cents.map_or_else(unknown, |cents| cents.to_string())
}

fn cents(cents: Option<Cents>) -> String {
    cents.map_or_else(unknown, |Cents(cents)| cents.to_string())
}

/// A price that nobody told is never 0.
fn unknown() -> String {
    "unknown".to_owned()
}

/// A name that no column has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no column '{0}'; there are {known}", known = names().map(|(name, _)| name).collect::<Vec<_>>().join(", "))]
pub struct NoSuchColumn(String);

/// The columns of a listing, each under the name that it was asked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<(String, Column)>);

impl Columns {
    /// What columns are called, each by the name that it is printed under first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let mut known = Vec::new();
        names().filter_map(move |(name, column)| {
            let is_first = !known.contains(&column);
            known.push(column);
            is_first.then_some(name)
        })
    }

    /// Reads `number,endpoint,id`.
    pub fn parse(text: &str) -> Result<Self, NoSuchColumn> {
        let mut columns = Vec::new();
        for name in text.split(',') {
            let name = name.trim().to_ascii_lowercase();
            match names().find(|(known, _)| *known == name) {
                Some((_, column)) => columns.push((name, column)),
                None => return Err(NoSuchColumn(name)),
            }
        }
        Ok(Self(columns))
    }

    /// What is printed of an owned number unless somebody asks for something else.
    pub fn owned() -> Self {
        use Column::{Changed, Country, Endpoint, Number, Status, Type};
        Self::of(&[Number, Country, Type, Status], &[Endpoint, Changed])
    }

    /// What a report of writes says of each number.
    pub fn record() -> Self {
        use Column::{Country, Endpoint, Status, Type};
        Self::of(&[Country, Type, Status], &[Endpoint])
    }

    /// A number for sale.
    pub fn for_sale() -> Self {
        use Column::{Capabilities, Country, Id, Monthly, Number, Setup, Type};
        let columns = [Number, Country, Type, Capabilities, Setup, Monthly, Id];
        Self(columns.into_iter().map(Self::named).collect())
    }

    /// Everything about one number.
    pub fn detail() -> Self {
        use Column::{
            Capabilities, Changed, Country, Created, Endpoint, Id, Monthly, Number, Organization, Setup,
            SipUri, Status, Type,
        };
        Self::of(
            &[Number, Id, Country, Type, Status],
            &[Endpoint, SipUri, Organization, Created, Changed, Setup, Monthly, Capabilities],
        )
    }

    /// Columns with all switches between them.
    fn of(before: &[Column], after: &[Column]) -> Self {
        let switches = Switch::ALL.iter().copied().map(Column::Switch);
        let columns = before.iter().copied().chain(switches).chain(after.iter().copied());
        Self(columns.map(Self::named).collect())
    }

    fn named(column: Column) -> (String, Column) {
        (names().find(|(_, known)| *known == column).map_or("", |(name, _)| name).to_owned(), column)
    }

    /// Name and column, in order.
    pub fn iter(&self) -> impl Iterator<Item = &(String, Column)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{NumberId, Offer, Price};

    #[test]
    fn names_of_the_contract_and_short_ones_are_the_same_columns() {
        let names =
            |text: &str| Columns::parse(text).unwrap().0.into_iter().map(|(_, c)| c).collect::<Vec<_>>();
        assert_eq!(
            names("e164,endpoint_id,allow_inbound,updated_at,created_at,organization_id"),
            names(" Number , endpoint, in, changed, created, org")
        );
    }

    #[test]
    fn an_unknown_name_is_an_error_that_lists_the_known_ones() {
        for wrong in ["colour", "", "number,,id", "number,sip_password"] {
            let error = Columns::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("sip_uri") && error.contains("monthly"), "{error}");
        }
    }

    #[test]
    fn the_usual_columns_have_names() {
        for columns in [Columns::owned(), Columns::for_sale(), Columns::detail()] {
            assert!(columns.iter().all(|(name, _)| !name.is_empty()));
        }
    }

    #[test]
    fn a_price_is_an_amount_for_people_cents_for_cents_and_never_nought_when_unknown() {
        let mut number = Number::new(NumberId::new("n"), NumberText::parse("+2348031234567"));
        let price = Price { setup: Some(Cents(1250)), monthly: None };
        number.offer = Some(Box::new(Offer { price, ..Offer::default() }));
        let human = Style::Human(&TimeZone::UTC);
        assert_eq!(Column::Setup.text(&number, human), "12.50");
        assert_eq!(Column::SetupCents.text(&number, Style::Exact), "1250");
        assert_eq!(Column::Monthly.text(&number, human), "unknown");
        assert_eq!(Column::Monthly.text(&number, Style::Exact), "unknown");
    }

    #[test]
    fn times_are_local_for_people_and_utc_for_programs() {
        let mut number = Number::new(NumberId::new("n"), NumberText::parse(""));
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        for (sent, human, exact) in [
            ("2026-03-03T10:00:00Z", "2026-03-03 12:00", "2026-03-03T10:00:00Z"),
            ("2026-03-03T10:00:00+01:00", "2026-03-03 11:00", "2026-03-03T09:00:00Z"),
            ("yesterday", "yesterday", "yesterday"),
        ] {
            number.updated_at = Some(Moment::parse(sent));
            assert_eq!(Column::Changed.text(&number, Style::Human(&zone)), human);
            assert_eq!(Column::Changed.text(&number, Style::Exact), exact);
        }
    }
}
