//! The writes: each one transaction, and the order of lists follows once it is committed.

use axum::http::StatusCode;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::keys::{APPROVED, OrganizationKey};
use super::reply::Refusal;
use super::request::{Order, Removal, Update};
use super::seed::{self, Stream};
use super::shelf::Spot;
use super::store::Store;
use super::switches::Switches;

/// A line as a purchase sees it.
struct Line {
    key: i64,
    e164: String,
    country: String,
    kind: String,
    setup_cents: i64,
    monthly_cents: i64,
}

/// A record as an update or a release sees it.
struct Record {
    key: i64,
    line: i64,
    country: String,
    kind: String,
    status: String,
    endpoint: Option<String>,
    switches: Switches,
    updated_at: String,
    /// Whether the line works for this record. A released record has lost it.
    holds: bool,
}

impl Store {
    /// Buys a number and returns the id of the new record. Refuses in the order in which the
    /// contract's errors make sense to a buyer: the request, the papers, the number, the money.
    pub(super) fn purchase(&mut self, buyer: OrganizationKey, order: &Order) -> Result<String, Refusal> {
        let seed = self.seed;
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        known_endpoint(&transaction, buyer, order.endpoint.as_deref())?;
        let kyc: String = transaction
            .prepare_cached("SELECT kyc FROM organization WHERE key = ?1")?
            .query_row([buyer.row()], |row| row.get(0))?;
        if kyc != APPROVED {
            return Err(not_verified(&kyc));
        }
        let line = line_for_sale(&transaction, buyer, order)?;
        let price = line.setup_cents + line.monthly_cents;
        for (name, stated, actual) in [
            ("totalCostCents", order.total_cents, price),
            ("setupCostCents", order.setup_cents, line.setup_cents),
            ("monthlyCostCents", order.monthly_cents, line.monthly_cents),
        ] {
            if stated.is_some_and(|stated| stated != actual) {
                let message = format!("{name} is not what this number costs.");
                return Err(
                    Refusal::new(StatusCode::BAD_REQUEST, "PRICE_MISMATCH", message).with("parameter", name)
                );
            }
        }
        let paid = transaction
            .prepare_cached(
                "UPDATE organization SET balance_cents = balance_cents - ?2
                 WHERE key = ?1 AND balance_cents >= ?2",
            )?
            .execute([buyer.row(), price])?;
        if paid == 0 {
            let message = "The balance is too low for setup and first month.";
            return Err(Refusal::new(StatusCode::PAYMENT_REQUIRED, "INSUFFICIENT_BALANCE", message)
                .with("required_cents", price));
        }
        let now = now();
        // The id is made from the key, and the key is known once the row is there.
        transaction
            .prepare_cached(
                "INSERT INTO number (organization, id, line, status, endpoint, switches, created_at, updated_at)
                 VALUES (?1, '', ?2, 'active', ?3, ?5, ?4, ?4)",
            )?
            .execute(params![buyer.row(), line.key, order.endpoint, now, order.switches])?;
        let key = transaction.last_insert_rowid();
        let id = Stream::Number.id(seed, key);
        transaction
            .prepare_cached("UPDATE number SET id = ?2, sip_password = ?3 WHERE key = ?1")?
            .execute(params![key, id, seed::password(seed, key)])?;
        transaction.prepare_cached("UPDATE line SET holder = ?2 WHERE key = ?1")?.execute([line.key, key])?;
        transaction
            .prepare_cached(
                "INSERT INTO charge (organization, number, e164, setup_cents, monthly_cents, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![buyer.row(), id, line.e164, line.setup_cents, line.monthly_cents, now])?;
        transaction.commit()?;
        self.for_sale_in(buyer.mode()).take(line.key);
        self.owned[buyer.0].put(Spot::new(key, &line.country, &line.kind));
        Ok(id)
    }

    /// Changes a record; what is not given, and what is already so, stays.
    pub(super) fn update(
        &mut self,
        owner: OrganizationKey,
        id: &str,
        update: &Update,
    ) -> Result<(), Refusal> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let record = record(&transaction, owner, id)?;
        if let Some(endpoint) = &update.endpoint {
            known_endpoint(&transaction, owner, endpoint.as_deref())?;
        }
        let status = update.status.unwrap_or(&record.status);
        let endpoint = update.endpoint.as_ref().unwrap_or(&record.endpoint);
        let switches = record.switches.with(update.switches);
        if status == "active" && !record.holds {
            let message = "This number was released; it can be bought again, not switched on again.";
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "NUMBER_RELEASED", message).with("id", id));
        }
        let same = status == record.status && *endpoint == record.endpoint && switches == record.switches;
        if !same {
            transaction
                .prepare_cached(
                    "UPDATE number SET status = ?2, endpoint = ?3, switches = ?4, updated_at = ?5
                     WHERE key = ?1",
                )?
                .execute(params![record.key, status, endpoint, switches, after(&record.updated_at)])?;
        }
        Ok(transaction.commit()?)
    }

    /// Gives a number up. Its line is for sale again if it worked for this record; a record that
    /// was released before has no say in who has the line now.
    pub(super) fn remove(
        &mut self,
        owner: OrganizationKey,
        id: &str,
        removal: Removal,
    ) -> Result<(), Refusal> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let record = record(&transaction, owner, id)?;
        match removal {
            Removal::Release if record.holds || record.status != "inactive" => {
                transaction
                    .prepare_cached("UPDATE number SET status = 'inactive', updated_at = ?2 WHERE key = ?1")?
                    .execute(params![record.key, after(&record.updated_at)])?;
            }
            Removal::Release => {}
            Removal::Delete => {
                transaction.prepare_cached("DELETE FROM number WHERE key = ?1")?.execute([record.key])?;
            }
        }
        if record.holds {
            transaction
                .prepare_cached("UPDATE line SET holder = NULL WHERE key = ?1")?
                .execute([record.line])?;
        }
        transaction.commit()?;
        if record.holds {
            let spot = Spot::new(record.line, &record.country, &record.kind);
            self.for_sale_in(owner.mode()).put(spot);
        }
        if removal == Removal::Delete {
            self.owned[owner.0].take(record.key);
        }
        Ok(())
    }
}

fn known_endpoint(
    transaction: &Transaction<'_>,
    organization: OrganizationKey,
    endpoint: Option<&str>,
) -> Result<(), Refusal> {
    let Some(endpoint) = endpoint else { return Ok(()) };
    let known = transaction
        .prepare_cached("SELECT 1 FROM endpoint WHERE id = ?1 AND organization = ?2")?
        .exists(params![endpoint, organization.row()])?;
    if known {
        return Ok(());
    }
    let message = "The organization has no such endpoint.";
    Err(Refusal::new(StatusCode::BAD_REQUEST, "ENDPOINT_NOT_FOUND", message).with("endpointId", endpoint))
}

fn not_verified(kyc: &str) -> Refusal {
    let (code, message) = match kyc {
        "INITIATED" => ("KYC_INITIATED", "Identity verification was begun but not finished."),
        "PENDING" => ("KYC_PENDING", "Identity verification is being reviewed."),
        "DECLINED" => ("KYC_DECLINED", "Identity verification was declined."),
        _ => ("KYC_NOT_SUBMITTED", "Identity verification was not submitted."),
    };
    Refusal::new(StatusCode::BAD_REQUEST, code, message)
}

/// The line that everything in the order describes, if it is for sale.
fn line_for_sale(
    transaction: &Transaction<'_>,
    buyer: OrganizationKey,
    order: &Order,
) -> Result<Line, Refusal> {
    // Two statements, so that each has one index to go by.
    let sql = if order.inventory_id.is_some() {
        "SELECT key, e164, country, type, setup_cents, monthly_cents FROM line
         WHERE id = ?1 AND mode = ?2 AND holder IS NULL"
    } else {
        "SELECT key, e164, country, type, setup_cents, monthly_cents FROM line
         WHERE e164 = ?1 AND mode = ?2 AND holder IS NULL"
    };
    let name = order.inventory_id.as_ref().or(order.e164.as_ref());
    let line = transaction
        .prepare_cached(sql)?
        .query_row(params![name, buyer.mode().name()], |row| {
            Ok(Line {
                key: row.get(0)?,
                e164: row.get(1)?,
                country: row.get(2)?,
                kind: row.get(3)?,
                setup_cents: row.get(4)?,
                monthly_cents: row.get(5)?,
            })
        })
        .optional()?;
    line.filter(|line| {
        order.e164.as_ref().is_none_or(|e164| *e164 == line.e164)
            && order.country.as_ref().is_none_or(|country| *country == line.country)
            && order.kind.is_none_or(|kind| kind == line.kind)
    })
    .ok_or_else(|| {
        let message = "This number is not for sale, or no longer.";
        Refusal::new(StatusCode::BAD_REQUEST, "NUMBER_NOT_AVAILABLE", message)
    })
}

fn record(transaction: &Transaction<'_>, owner: OrganizationKey, id: &str) -> Result<Record, Refusal> {
    transaction
        .prepare_cached(
            "SELECT n.key, n.line, l.country, l.type, n.status, n.endpoint, n.switches, n.updated_at,
                    l.holder IS n.key
             FROM number n JOIN line l ON l.key = n.line
             WHERE n.id = ?1 AND n.organization = ?2",
        )?
        .query_row(params![id, owner.row()], |row| {
            Ok(Record {
                key: row.get(0)?,
                line: row.get(1)?,
                country: row.get(2)?,
                kind: row.get(3)?,
                status: row.get(4)?,
                endpoint: row.get(5)?,
                switches: row.get(6)?,
                updated_at: row.get(7)?,
                holds: row.get(8)?,
            })
        })
        .optional()?
        .ok_or_else(|| Refusal::no_number(id))
}

/// Now, in milliseconds.
fn now() -> String {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now).to_string()
}

/// Now, but later than `before`: two changes within a millisecond still follow one another, and so
/// do changes on a machine whose clock is behind.
fn after(before: &str) -> String {
    let now = Timestamp::now().as_millisecond();
    let least = before.parse::<Timestamp>().map_or(now, |before| before.as_millisecond() + 1);
    Timestamp::from_millisecond(now.max(least)).map_or_else(|_| before.to_owned(), |at| at.to_string())
}
