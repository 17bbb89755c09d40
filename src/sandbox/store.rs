//! The database: opening it, reading pages and records.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};

use super::calls::{Called, CallsOfNumber};
use super::keys::{Mode, ORGANIZATIONS, OrganizationKey};
use super::place::Place;
use super::reply::{Endpoint, ForSale, Offer, Owned, Refusal};
use super::shelf::{Page, Shelf, Spot};
use super::{Config, SandboxError, seed};

const SCHEMA: &str = include_str!("../../assets/sandbox/schema.sql");
const INDEXES: &str = include_str!("../../assets/sandbox/indexes.sql");
/// Marks a SQLite file as a sandbox's: "nmdk".
const APPLICATION: i64 = 0x6e6d_646b;
/// Counts changes of the schema.
const VERSION: i64 = 2;

/// Makes a file of version 1 one of version 2: it had a column for each switch.
const FROM_1: &str = "BEGIN IMMEDIATE;
    ALTER TABLE number ADD COLUMN switches INTEGER NOT NULL DEFAULT 0;
    UPDATE number SET switches = allow_inbound + 2 * allow_outbound;
    ALTER TABLE number DROP COLUMN allow_inbound;
    ALTER TABLE number DROP COLUMN allow_outbound;
    PRAGMA user_version = 2;
    COMMIT;";

/// The database and the order of its lists. All access goes through one owner, so that reading,
/// deciding and writing are one step: of two buyers, one is first.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) db: Connection,
    pub(super) seed: u64,
    /// One per organization.
    pub(super) owned: Vec<Shelf>,
    /// One per mode.
    pub(super) for_sale: [Shelf; 2],
    place: Place,
}

impl Store {
    /// Opens the database of `config`, and makes the world if it is empty.
    pub(super) fn open(config: &Config) -> Result<Self, SandboxError> {
        let failed = |source| failure(config.db.as_deref(), source);
        let db = match &config.db {
            None => Connection::open_in_memory().map_err(failed)?,
            Some(path) => Connection::open(path).map_err(failed)?,
        };
        // Whoever has the file has it until they end: waiting would help nobody.
        db.busy_timeout(Duration::ZERO).map_err(failed)?;
        let empty = match &config.db {
            None => true,
            // Looks before it touches: a file of somebody else's stays as it is.
            Some(path) => is_empty(&db, path)?,
        };
        // Exclusive, because the order of lists is kept in memory. NORMAL with a write-ahead log:
        // killing the process loses nothing, and no write waits for the disk.
        db.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
        )
        .map_err(failed)?;
        db.set_prepared_statement_cache_capacity(64);
        if empty {
            make(&db, config).map_err(failed)?;
        } else if db.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).map_err(failed)? == 1 {
            db.execute_batch(FROM_1).map_err(failed)?;
        }
        Self::load(db).map_err(failed)
    }

    fn load(db: Connection) -> rusqlite::Result<Self> {
        let seed = db.query_row("SELECT seed FROM about", [], |row| row.get::<_, i64>(0))? as u64;
        let mut owned: Vec<Shelf> = ORGANIZATIONS.iter().map(|_| Shelf::default()).collect();
        let mut for_sale = [Shelf::default(), Shelf::default()];
        {
            let mut rows = db.prepare(
                "SELECT n.key, n.organization, l.country, l.type FROM number n JOIN line l ON l.key = n.line
                 ORDER BY n.key",
            )?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let organization = row.get::<_, i64>(1)? - 1;
                if let Some(shelf) = usize::try_from(organization).ok().and_then(|at| owned.get_mut(at)) {
                    shelf.put(Spot::new(row.get(0)?, text(row, 2)?, text(row, 3)?));
                }
            }
            let mut rows =
                db.prepare("SELECT key, mode, country, type FROM line WHERE holder IS NULL ORDER BY key")?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let live = text(row, 1)? == Mode::Live.name();
                for_sale[usize::from(live)].put(Spot::new(row.get(0)?, text(row, 2)?, text(row, 3)?));
            }
        }
        Ok(Self { db, seed, owned, for_sale, place: Place::default() })
    }

    /// The lines for sale in a mode.
    pub(super) fn for_sale_in(&mut self, mode: Mode) -> &mut Shelf {
        &mut self.for_sale[mode as usize]
    }

    /// Reads a page of what an organization owns.
    pub(super) fn owned_page(
        &self,
        organization: OrganizationKey,
        page: &Page,
        mut each: impl FnMut(&Owned<'_>),
    ) -> Result<(), Refusal> {
        let Some((first, last)) = self.owned[organization.0].range(page) else { return Ok(()) };
        let mut statement = self.db.prepare_cached(
            "SELECT n.id, l.e164, l.country, l.type, n.status, n.endpoint, n.switches,
                    n.created_at, n.updated_at
             FROM number n CROSS JOIN line l ON l.key = n.line
             WHERE n.key BETWEEN ?1 AND ?2 AND n.organization = ?3 AND (?4 IS NULL OR l.country = ?4)
             ORDER BY n.key",
        )?;
        let mut rows = statement.query(params![first, last, organization.row(), page.country])?;
        while let Some(row) = rows.next()? {
            each(&owned(row, organization, &self.place)?);
        }
        Ok(())
    }

    /// Reads a page of what a mode has for sale in one country.
    pub(super) fn for_sale_page(
        &self,
        mode: Mode,
        page: &Page,
        mut each: impl FnMut(&ForSale<'_>),
    ) -> Result<(), Refusal> {
        let Some((first, last)) = self.for_sale[mode as usize].range(page) else { return Ok(()) };
        // The plus keeps SQLite from walking over all of the mode by its index, instead of the range.
        let mut statement = self.db.prepare_cached(
            "SELECT id, e164, country, type, setup_cents, monthly_cents, priced, voice, sms, fax FROM line
             WHERE key BETWEEN ?1 AND ?2 AND +mode = ?3 AND holder IS NULL AND country = ?4
                   AND (?5 IS NULL OR type = ?5)
             ORDER BY key",
        )?;
        let mut rows = statement.query(params![first, last, mode.name(), page.country, page.kind])?;
        while let Some(row) = rows.next()? {
            each(&for_sale(row)?);
        }
        Ok(())
    }

    /// Reads one owned record; `None` when the organization has none with this id.
    pub(super) fn owned_number<T>(
        &self,
        organization: OrganizationKey,
        id: &str,
        read: impl FnOnce(&Owned<'_>, Offer, Option<&str>) -> T,
    ) -> Result<Option<T>, Refusal> {
        let mut statement = self.db.prepare_cached(
            "SELECT n.id, l.e164, l.country, l.type, n.status, n.endpoint, n.switches,
                    n.created_at, n.updated_at, l.setup_cents, l.monthly_cents, l.priced,
                    l.voice, l.sms, l.fax, n.sip_password
             FROM number n JOIN line l ON l.key = n.line
             WHERE n.id = ?1 AND n.organization = ?2",
        )?;
        Ok(statement
            .query_row(params![id, organization.row()], |row| {
                Ok(read(&owned(row, organization, &self.place)?, offer(row, 9)?, text_or_null(row, 15)?))
            })
            .optional()?)
    }

    /// Reads one inventory slot, whether it is still for sale or not: somebody who was about to buy
    /// it learns from the purchase that it is gone, not from a price that went missing. `None` when
    /// there is none with this inventory id.
    pub(super) fn inventory_slot<T>(
        &self,
        mode: Mode,
        id: &str,
        read: impl FnOnce(&ForSale<'_>) -> T,
    ) -> Result<Option<T>, Refusal> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, e164, country, type, setup_cents, monthly_cents, priced, voice, sms, fax FROM line
             WHERE id = ?1 AND mode = ?2",
        )?;
        Ok(statement.query_row(params![id, mode.name()], |row| Ok(read(&for_sale(row)?))).optional()?)
    }

    /// Numbers and endpoints lead to a SIP server from now on, but for one number, of those that
    /// would be reached: the third, so that it is on the first page and not the first thing seen.
    pub(super) fn serve_sip(&mut self, at: SocketAddr) -> rusqlite::Result<()> {
        let broken = self
            .db
            .query_row(
                "SELECT l.e164 FROM number n JOIN line l ON l.key = n.line
                 WHERE n.organization = 1 AND n.status = 'active' AND n.endpoint IS NOT NULL AND n.switches & 1
                 ORDER BY n.key LIMIT 1 OFFSET 2",
                [],
                |row| row.get(0),
            )
            .optional()?;
        self.place = Place::served(at, broken);
        Ok(())
    }

    /// The SIP password of the number in use with these digits, `Some(None)` when it has none.
    pub(super) fn sip_password(&self, digits: &str) -> rusqlite::Result<Option<Option<String>>> {
        self.db
            .prepare_cached(
                "SELECT n.sip_password FROM number n JOIN line l ON l.key = n.line
                 WHERE l.e164 = '+' || ?1 AND n.status = 'active'",
            )?
            .query_row([digits], |row| row.get(0))
            .optional()
    }

    /// Whether an endpoint has this name.
    pub(super) fn has_endpoint(&self, name: &str) -> rusqlite::Result<bool> {
        self.db.prepare_cached("SELECT 1 FROM endpoint WHERE name = ?1")?.exists([name])
    }

    /// The calls of one number; `None` where the organization has none with this id.
    pub(super) fn calls(
        &self,
        organization: OrganizationKey,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<CallsOfNumber>, Refusal> {
        let mut statement = self.db.prepare_cached(
            "SELECT n.key, l.e164, n.status, n.switches & 1, n.endpoint, e.status, n.updated_at
             FROM number n JOIN line l ON l.key = n.line LEFT JOIN endpoint e ON e.id = n.endpoint
             WHERE n.id = ?1 AND n.organization = ?2",
        )?;
        let row = statement.query_row(params![id, organization.row()], |row| {
            let e164: String = row.get(1)?;
            let changed: String = row.get(6)?;
            let called = Called {
                key: row.get(0)?,
                status: row.get(2)?,
                lets_in: row.get(3)?,
                endpoint_status: row.get(5)?,
                broken: self.place.is_broken(&e164),
                changed: changed.parse::<Timestamp>().map_or(0, Timestamp::as_second),
            };
            Ok((e164, row.get::<_, Option<String>>(4)?, called))
        });
        Ok(row.optional()?.map(|(e164, endpoint, called)| {
            let calls = called.calls(self.seed, now);
            CallsOfNumber { id: id.to_owned(), e164, endpoint, calls }
        }))
    }

    /// Reads the endpoints of an organization.
    pub(super) fn endpoints(
        &self,
        organization: OrganizationKey,
        mut each: impl FnMut(&Endpoint<'_>),
    ) -> Result<(), Refusal> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, name, type, status, url FROM endpoint WHERE organization = ?1 ORDER BY key",
        )?;
        let mut rows = statement.query([organization.row()])?;
        while let Some(row) = rows.next()? {
            each(&Endpoint {
                id: text(row, 0)?,
                name: text(row, 1)?,
                kind: text(row, 2)?,
                status: text(row, 3)?,
                url: &self.place.url(text(row, 4)?),
            });
        }
        Ok(())
    }
}

/// What an error of SQLite means for a database that is being opened.
fn failure(path: Option<&Path>, source: rusqlite::Error) -> SandboxError {
    match (path, source.sqlite_error_code()) {
        (Some(path), Some(ErrorCode::NotADatabase)) => SandboxError::Foreign { path: path.to_owned() },
        (Some(path), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) => {
            SandboxError::InUse { path: path.to_owned() }
        }
        (path, _) => SandboxError::Database { path: path.map(Path::to_owned), source },
    }
}

/// Whether a file holds nothing yet; an error when it holds anything but a sandbox of ours.
fn is_empty(db: &Connection, path: &Path) -> Result<bool, SandboxError> {
    let number = |sql: &str| {
        db.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|source| failure(Some(path), source))
    };
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    match (tables, application, version) {
        (0, 0, 0) => Ok(true),
        (1.., APPLICATION, 1 | VERSION) => Ok(false),
        (1.., APPLICATION, found) => {
            Err(SandboxError::Version { path: path.to_owned(), found, known: VERSION })
        }
        _ => Err(SandboxError::Foreign { path: path.to_owned() }),
    }
}

/// Makes schema and rows in one transaction: a file is whole or empty.
fn make(db: &Connection, config: &Config) -> rusqlite::Result<()> {
    let transaction = db.unchecked_transaction()?;
    db.execute_batch(SCHEMA)?;
    seed::fill(db, config)?;
    db.execute_batch(INDEXES)?;
    db.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"))?;
    transaction.commit()
}

fn owned<'a>(
    row: &'a Row<'_>,
    organization: OrganizationKey,
    place: &'a Place,
) -> rusqlite::Result<Owned<'a>> {
    Ok(Owned {
        place,
        id: text(row, 0)?,
        e164: text(row, 1)?,
        country: text(row, 2)?,
        kind: text(row, 3)?,
        status: text(row, 4)?,
        endpoint: text_or_null(row, 5)?,
        switches: row.get(6)?,
        organization: organization.id(),
        created_at: text(row, 7)?,
        updated_at: text(row, 8)?,
    })
}

fn for_sale<'a>(row: &'a Row<'_>) -> rusqlite::Result<ForSale<'a>> {
    Ok(ForSale {
        id: text(row, 0)?,
        e164: text(row, 1)?,
        country: text(row, 2)?,
        kind: text(row, 3)?,
        offer: offer(row, 4)?,
    })
}

/// Six columns in a row, beginning at `first`.
fn offer(row: &Row<'_>, first: usize) -> rusqlite::Result<Offer> {
    Ok(Offer {
        setup_cents: row.get(first)?,
        monthly_cents: row.get(first + 1)?,
        priced: row.get(first + 2)?,
        voice: row.get(first + 3)?,
        sms: row.get(first + 4)?,
        fax: row.get(first + 5)?,
    })
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<&'a str> {
    Ok(row.get_ref(column)?.as_str()?)
}

fn text_or_null<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<Option<&'a str>> {
    Ok(row.get_ref(column)?.as_str_or_null()?)
}
