//! Texts that many rows share, and what many numbers have in common, each kept once.

use std::cell::RefCell;
use std::sync::Arc;

use hashbrown::HashMap;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};

use super::fault::Fault;
use crate::phone::{EndpointId, Field, Kind, Number, Status, Switch, Traits};

/// The texts of a store.
#[derive(Debug, Default)]
pub(super) struct Values {
    ids: HashMap<Arc<str>, i64>,
    texts: HashMap<i64, Arc<str>>,
}

impl Values {
    pub(super) fn load(db: &Connection) -> Result<Self, Fault> {
        let mut values = Self::default();
        let mut statement = db.prepare_cached("SELECT id, text FROM value")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let ValueRef::Text(text) = row.get_ref(1)? else { return Err(Fault::Damaged) };
            values.add(row.get(0)?, text_of(text)?.into());
        }
        Ok(values)
    }

    fn add(&mut self, id: i64, text: Arc<str>) {
        self.ids.insert(Arc::clone(&text), id);
        self.texts.insert(id, text);
    }

    /// The id of a text, which is kept from now on.
    pub(super) fn id(&mut self, db: &Connection, text: &str) -> Result<i64, Fault> {
        if let Some(id) = self.ids.get(text) {
            return Ok(*id);
        }
        db.prepare_cached("INSERT INTO value (text) VALUES (?1)")?.execute([text])?;
        let id = db.last_insert_rowid();
        self.add(id, text.into());
        Ok(id)
    }

    pub(super) fn text(&self, id: i64) -> Result<&Arc<str>, Fault> {
        self.texts.get(&id).ok_or(Fault::Damaged)
    }
}

/// What many numbers have in common: ids of values, `None` for what was not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Class {
    country: Option<i64>,
    kind: Option<i64>,
    status: Option<i64>,
    /// 0 for null.
    endpoint: Option<i64>,
    /// Two bits a switch: whether it was mentioned, and whether it is on.
    switches: i64,
    organization: Option<i64>,
}

/// The classes of a store.
#[derive(Debug, Default)]
pub(super) struct Classes {
    ids: HashMap<Class, i64>,
    all: HashMap<i64, Class>,
    /// Those that rows were made with: they share them.
    made: RefCell<HashMap<i64, Arc<Traits>>>,
}

impl Classes {
    pub(super) fn load(db: &Connection) -> Result<Self, Fault> {
        let mut classes = Self::default();
        let mut statement = db.prepare_cached(
            "SELECT id, country, kind, status, endpoint, switches, organization FROM class",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let class = Class {
                country: row.get(1)?,
                kind: row.get(2)?,
                status: row.get(3)?,
                endpoint: row.get(4)?,
                switches: row.get(5)?,
                organization: row.get(6)?,
            };
            classes.add(row.get(0)?, class);
        }
        Ok(classes)
    }

    fn add(&mut self, id: i64, class: Class) {
        self.ids.insert(class, id);
        self.all.insert(id, class);
    }

    /// The id of the class of a number, which is kept from now on.
    pub(super) fn id(&mut self, db: &Connection, values: &mut Values, number: &Number) -> Result<i64, Fault> {
        let mut value = |text: Option<&str>| text.map(|text| values.id(db, text)).transpose();
        let class = Class {
            country: value(number.country.as_deref())?,
            kind: value(number.kind.as_ref().map(Kind::wire))?,
            status: value(number.status.as_ref().map(Status::wire))?,
            endpoint: match &number.endpoint {
                Field::Absent => None,
                Field::Null => Some(0),
                Field::Value(id) => value(Some(id.as_str()))?,
            },
            switches: Switch::ALL.iter().rev().fold(0, |bits, switch| {
                bits << 2 | number.switches[*switch].map_or(0, |on| 1 | i64::from(on) << 1)
            }),
            organization: value(number.organization.as_deref())?,
        };
        if let Some(id) = self.ids.get(&class) {
            return Ok(*id);
        }
        let mut insert = db.prepare_cached(
            "INSERT INTO class (country, kind, status, endpoint, switches, organization)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let Class { country, kind, status, endpoint, switches, organization } = class;
        insert.execute(params![country, kind, status, endpoint, switches, organization])?;
        let id = db.last_insert_rowid();
        self.add(id, class);
        Ok(id)
    }

    /// Puts what a class says into a number.
    pub(super) fn put(&self, id: i64, values: &Values, number: &mut Number) -> Result<(), Fault> {
        let class = self.all.get(&id).ok_or(Fault::Damaged)?;
        let text = |id: Option<i64>| id.map(|id| values.text(id)).transpose();
        if let Some(known) = self.made.borrow().get(&id) {
            number.traits = Arc::clone(known);
            return Ok(());
        }
        number.country = text(class.country)?.cloned();
        number.kind = text(class.kind)?.map(|text| Kind::parse(text));
        number.status = text(class.status)?.map(|text| Status::parse(text));
        number.organization = text(class.organization)?.cloned();
        number.endpoint = match class.endpoint {
            None => Field::Absent,
            Some(0) => Field::Null,
            Some(id) => Field::Value(EndpointId(Arc::clone(values.text(id)?))),
        };
        for (place, switch) in Switch::ALL.iter().enumerate() {
            let bits = class.switches >> (2 * place);
            number.switches[*switch] = (bits & 1 == 1).then_some(bits & 2 == 2);
        }
        self.made.borrow_mut().insert(id, Arc::clone(&number.traits));
        Ok(())
    }
}

/// Bytes that SQLite says are text.
pub(super) fn text_of(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|_| Fault::Damaged)
}
