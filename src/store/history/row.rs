//! A number as a row of the database, and back.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use super::address::without_password;
use super::cell::{Cell, id_of, line_of, moment_of};
use super::fault::Fault;
use super::values::{Classes, Values, text_of};
use crate::phone::{Capabilities, Capability, Cents, Moment, Number, Offer, Price};

/// The columns of [`NumberRow`], in its order.
pub(super) const COLUMNS: &str = "id, line, class, created, updated, sip_uri, setup, monthly, can";
const COUNT: usize = 9;
/// Where in it the time of the last change is.
pub(super) const UPDATED: usize = 4;

/// What is kept of a number: what the contract names, and nothing else that the server sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NumberRow<'a>([Cell<'a>; COUNT]);

impl<'a> NumberRow<'a> {
    /// The row of a number; texts and a class that are new are kept from now on.
    pub(super) fn of(
        number: &'a Number,
        db: &Connection,
        values: &mut Values,
        classes: &mut Classes,
    ) -> Result<Self, Fault> {
        let offer = number.offer.as_deref();
        Ok(Self([
            Cell::of_id(&number.id),
            Cell::of_line(&number.line),
            Cell::Int(classes.id(db, values, number)?),
            Cell::of_moment(number.created_at.as_ref()),
            Cell::of_moment(number.updated_at.as_ref()),
            address(number),
            Cell::int(number.price().setup.map(|cents| cents.0)),
            Cell::int(number.price().monthly.map(|cents| cents.0)),
            Cell::int(offer.map(|offer| bits(&offer.capabilities))),
        ]))
    }

    /// Whether a row of the database, whose columns begin at `first`, says the same.
    pub(super) fn is(&self, row: &Row<'_>, first: usize) -> Result<bool, Fault> {
        for (place, cell) in self.0.iter().enumerate() {
            if !cell.is(row.get_ref(first + place)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Adds it, and returns its key.
    pub(super) fn insert(&self, db: &Connection, position: Option<i64>) -> Result<i64, Fault> {
        let [id, line, class, created, updated, sip_uri, setup, monthly, can] = &self.0;
        let mut insert = db.prepare_cached(
            "INSERT INTO number (id, line, class, created, updated, sip_uri, setup, monthly, can, position)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        insert.execute(params![id, line, class, created, updated, sip_uri, setup, monthly, can, position])?;
        Ok(db.last_insert_rowid())
    }

    /// Puts it into the place of what was known of the number with that key.
    pub(super) fn replace(&self, db: &Connection, key: i64) -> Result<(), Fault> {
        let [id, line, class, created, updated, sip_uri, setup, monthly, can] = &self.0;
        let mut update = db.prepare_cached(
            "UPDATE number SET id = ?1, line = ?2, class = ?3, created = ?4, updated = ?5, sip_uri = ?6,
                setup = ?7, monthly = ?8, can = ?9 WHERE key = ?10",
        )?;
        update.execute(params![id, line, class, created, updated, sip_uri, setup, monthly, can, key])?;
        Ok(())
    }
}

/// That there is no address is something else than that none was told.
fn address(number: &Number) -> Cell<'_> {
    match &number.sip_uri {
        Some(uri) => Cell::Text(without_password(uri)),
        None if has_null_address(number) => Cell::Int(0),
        None => Cell::Null,
    }
}

/// Whether a server said of a number that there is no address.
pub(super) fn has_null_address(number: &Number) -> bool {
    let said = number.extra.as_deref().and_then(|extra| extra.get("sip_uri"));
    number.sip_uri.is_none() && said.is_some_and(Value::is_null)
}

/// A number as it comes back from the store.
pub(super) fn kept_form(number: &Number) -> Number {
    let is_null = has_null_address(number);
    let mut kept = Number { extra: None, ..number.clone() };
    kept.sip_uri = number.sip_uri.as_deref().map(|uri| without_password(uri).as_ref().into());
    if is_null {
        put_null_address(&mut kept);
    }
    kept
}

/// Two bits a capability: whether it was mentioned, and whether there is it.
fn bits(capabilities: &Capabilities) -> i64 {
    Capability::ALL
        .iter()
        .rev()
        .fold(0, |bits, what| bits << 2 | capabilities.can(*what).map_or(0, |can| 1 | i64::from(can) << 1))
}

fn capabilities(bits: i64) -> Capabilities {
    let can = |place: i64| (bits >> (2 * place) & 1 == 1).then_some(bits >> (2 * place) & 2 == 2);
    let [voice, sms, fax] = [0, 1, 2].map(can);
    Capabilities { voice, sms, fax }
}

/// The number of a row of the database, whose columns begin at `first`.
pub(super) fn number_of(
    row: &Row<'_>,
    first: usize,
    values: &Values,
    classes: &Classes,
) -> Result<Number, Fault> {
    let cell = |place: usize| row.get_ref(first + place);
    let mut number = Number::new(id_of(cell(0)?)?, line_of(cell(1)?)?);
    classes.put(row.get(first + 2)?, values, &mut number)?;
    number.created_at = moment_of(cell(3)?)?;
    number.updated_at = updated_of(row, first)?;
    match cell(5)? {
        ValueRef::Null => {}
        ValueRef::Text(uri) => number.sip_uri = Some(text_of(uri)?.into()),
        ValueRef::Integer(0) => put_null_address(&mut number),
        _ => return Err(Fault::Damaged),
    }
    let cents = |place: usize| row.get::<_, Option<i64>>(first + place).map(|cents| cents.map(Cents));
    let can: Option<i64> = row.get(first + 8)?;
    if let Some(can) = can {
        let price = Price { setup: cents(6)?, monthly: cents(7)? };
        number.offer = Some(Box::new(Offer { price, capabilities: capabilities(can) }));
    }
    Ok(number)
}

/// When a row says that the number changed last.
pub(super) fn updated_of(row: &Row<'_>, first: usize) -> Result<Option<Moment>, Fault> {
    moment_of(row.get_ref(first + UPDATED)?)
}

/// Says of a number that there is no address, as a server does with a null.
pub(super) fn put_null_address(number: &mut Number) {
    number.sip_uri = None;
    number.extra = Some(Box::new([("sip_uri".to_owned(), Value::Null)].into_iter().collect()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{EndpointId, Field, Kind, NumberId, NumberText, Status, Switch};

    fn back(number: &Number) -> Number {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(super::super::schema::TABLES).unwrap();
        let (mut values, mut classes) = (Values::default(), Classes::default());
        let row = NumberRow::of(number, &db, &mut values, &mut classes).unwrap();
        row.insert(&db, Some(1)).unwrap();
        let (values, classes) = (Values::load(&db).unwrap(), Classes::load(&db).unwrap());
        let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM number")).unwrap();
        let mut rows = statement.query([]).unwrap();
        let found = rows.next().unwrap().unwrap();
        assert!(row.is(found, 0).unwrap(), "what was kept is recognized");
        number_of(found, 0, &values, &classes).unwrap_or_else(|_| panic!("{number:?} does not come back"))
    }

    #[test]
    fn what_the_contract_names_of_a_number_comes_back_equal() {
        let bare = Number::new(NumberId::new("pn_1"), NumberText::parse("no number"));
        let mut full = Number::new(
            NumberId::new("0d9f4c1e-8c0e-4a3b-9a53-6f2f1c6f7a10"),
            NumberText::parse("+2348031234567"),
        );
        full.country = Some("NG".into());
        full.kind = Some(Kind::TollFree);
        full.status = Some(Status::parse("suspended"));
        full.endpoint = Field::Value(EndpointId::new("ep_1"));
        full.switches[Switch::Outbound] = Some(false);
        full.sip_uri = Some("sip:+2348031234567@sip.example.net".into());
        full.organization = Some("org".into());
        full.created_at = Some(Moment::parse("2026-03-03T10:00:00.123Z"));
        full.updated_at = Some(Moment::parse("soon"));
        let price = Price { setup: None, monthly: Some(Cents(0)) };
        let capabilities = Capabilities { voice: Some(true), sms: Some(false), fax: None };
        full.offer = Some(Box::new(Offer { price, capabilities }));
        let mut nothing = bare.clone();
        nothing.endpoint = Field::Null;
        nothing.switches[Switch::Inbound] = Some(true);
        nothing.offer = Some(Box::default());
        put_null_address(&mut nothing);
        for number in [bare, full, nothing] {
            assert_eq!(back(&number), number);
        }
    }

    #[test]
    fn what_the_contract_does_not_name_is_not_kept() {
        let mut number = Number::new(NumberId::new("a"), NumberText::parse("+2348031234567"));
        number.sip_uri = Some("sip:a:hunter2@pbx.example".into());
        let extra = [("sip_password".to_owned(), Value::from("s3cret"))].into_iter().collect();
        number.extra = Some(Box::new(extra));
        let kept = back(&number);
        assert_eq!((kept.extra, kept.sip_uri.as_deref()), (None, Some("sip:a@pbx.example")));
    }
}
