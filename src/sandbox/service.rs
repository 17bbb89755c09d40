//! From a request to a reply: who asks, what for, and whether it may be.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::dialect::SandboxDialect;
use super::door::Door;
use super::fault::Faults;
use super::keys::{KEYS, KeyInfo, OrganizationKey};
use super::reply::{self, Array, Password, Refusal, Reply};
use super::request::{self, Operation, Order, Query, Removal, Target, Update};
use super::shelf::{Page, Shelf};
use super::store::Store;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Service {
    store: Mutex<Store>,
    faults: Mutex<Faults>,
    dialect: SandboxDialect,
    door: Door,
}

/// A key and the organization that it is used for.
struct Asker {
    key: &'static KeyInfo,
    organization: OrganizationKey,
    /// What it is answered in.
    dialect: SandboxDialect,
}

impl Service {
    pub(super) fn new(store: Store, faults: Faults, dialect: SandboxDialect, door: Door) -> Self {
        Self { store: Mutex::new(store), faults: Mutex::new(faults), dialect, door }
    }

    /// Who may come in.
    pub(super) fn door(&self) -> &Door {
        &self.door
    }

    /// What it answers in.
    pub(super) fn dialect(&self) -> SandboxDialect {
        self.dialect
    }

    /// The faults in force.
    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The SIP password of a number by its digits, with or without a plus: `Some(None)` when it has
    /// none. A broken database knows no number.
    pub(super) fn sip_password(&self, user: &str) -> Option<Option<String>> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.sip_password(user.trim_start_matches('+')).ok().flatten()
    }

    /// Whether a user part is a number in use or the name of an endpoint.
    pub(super) fn answers_to(&self, user: &str) -> bool {
        if self.sip_password(user).is_some() {
            return true;
        }
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.has_endpoint(user).unwrap_or(false)
    }

    /// Answers a request. All of it happens in one go, while nobody else touches the database.
    pub(super) fn answer(
        &self,
        target: &Target,
        query: &Query,
        headers: &HeaderMap,
        body: &[u8],
        null_password: bool,
    ) -> Result<Reply, Refusal> {
        let asker = Asker::of(headers, self.dialect)?;
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let writes = matches!(target.operation, Operation::Purchase | Operation::Update | Operation::Release);
        if writes && !asker.key.role.manages() {
            let message = "This key's role reads only.";
            return Err(Refusal::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
                .with("role", asker.key.role.to_string()));
        }
        let sent = target.id.as_deref().unwrap_or_default();
        let id = || request::id(self.dialect, "id", &["pn_"], sent);
        match target.operation {
            Operation::List => asker.list(&store, query),
            Operation::Available => asker.available(&store, query),
            Operation::Get => {
                let id = request::id(self.dialect, "id", &["pn_", "inv_"], sent)?;
                asker.get(&store, &id, null_password)
            }
            Operation::Purchase => asker.purchase(&mut store, request::json(headers, body)?),
            Operation::Update => asker.update(&mut store, &id()?, request::json(headers, body)?),
            Operation::Release => asker.release(&mut store, &id()?, query),
            Operation::Endpoints => asker.endpoints(&store, query),
            Operation::Calls => asker.calls(&store, query),
        }
    }
}

impl Asker {
    /// Finds out who asks, and for which organization.
    fn of(headers: &HeaderMap, dialect: SandboxDialect) -> Result<Self, Refusal> {
        let key = key(headers)?;
        let Some(header) = headers.get("x-organization-id") else {
            let first = key.organizations.first().and_then(|id| OrganizationKey::find(key.mode, id));
            return first.map(|organization| Self { key, organization, dialect }).ok_or_else(unauthorized);
        };
        // Nothing says that the guide has another form of these.
        let sent = header.to_str().unwrap_or_default().trim();
        let id = request::id(SandboxDialect::OpenApi, "x-organization-id", &[], sent)?;
        key.organizations
            .iter()
            .find(|one| **one == id)
            .and_then(|id| OrganizationKey::find(key.mode, id))
            .map(|organization| Self { key, organization, dialect })
            .ok_or_else(|| {
                let message = "This key does not belong to that organization.";
                Refusal::new(StatusCode::FORBIDDEN, "FORBIDDEN", message).with("organization_id", id)
            })
    }

    fn list(&self, store: &Store, query: &Query) -> Result<Reply, Refusal> {
        let page = query.page(self.dialect)?;
        let mut array = Array::with_capacity(page.limit);
        store.owned_page(self.organization, &page, |number| {
            reply::owned(array.next(), self.dialect, number);
        })?;
        let total = self.total(&store.owned[self.organization.0], &page);
        Ok(Reply::json(StatusCode::OK, array.listed(self.dialect, "phone_numbers", total, &page)))
    }

    fn available(&self, store: &Store, query: &Query) -> Result<Reply, Refusal> {
        let page = query.page(self.dialect)?;
        let mut array = Array::with_capacity(page.limit);
        store.for_sale_page(self.key.mode, &page, |line| {
            reply::for_sale(array.next(), self.dialect, line);
        })?;
        let total = self.total(&store.for_sale[self.key.mode as usize], &page);
        Ok(Reply::json(StatusCode::OK, array.listed(self.dialect, "phone_numbers", total, &page)))
    }

    /// How many rows a list has on all pages; not counted where nobody is told.
    fn total(&self, shelf: &Shelf, page: &Page) -> usize {
        match self.dialect {
            SandboxDialect::OpenApi => 0,
            SandboxDialect::Guide => shelf.count(page),
        }
    }

    fn get(&self, store: &Store, id: &str, null_password: bool) -> Result<Reply, Refusal> {
        let body = match self.detail(store, id, null_password)? {
            Some(body) => Some(body),
            // An inventory id says what the number costs.
            None => store.inventory_slot(self.key.mode, id, |line| {
                let mut body = Vec::new();
                reply::for_sale(&mut body, self.dialect, line);
                body
            })?,
        };
        body.map(|body| Reply::json(StatusCode::OK, body)).ok_or_else(|| Refusal::no_number(id))
    }

    /// A record with everything that the asker may see of it; `None` when there is none.
    fn detail(&self, store: &Store, id: &str, null_password: bool) -> Result<Option<Vec<u8>>, Refusal> {
        let mut body = Vec::new();
        let may_see = self.key.role.manages();
        let found =
            store.owned_number(self.organization, id, |number, offer, password| match self.dialect {
                SandboxDialect::OpenApi => {
                    let password = password.filter(|_| !null_password);
                    let password = if may_see { Password::Shown(password) } else { Password::Hidden };
                    reply::owned_detail(&mut body, number, offer, password);
                    Ok(())
                }
                SandboxDialect::Guide => {
                    let mut named = false;
                    store.endpoints(self.organization, |endpoint| {
                        if number.endpoint == Some(endpoint.id) {
                            reply::guide_detail(&mut body, number, offer, Some(endpoint));
                            named = true;
                        }
                    })?;
                    if !named {
                        reply::guide_detail(&mut body, number, offer, None);
                    }
                    Ok(())
                }
            })?;
        found.transpose().map(|found: Option<()>| found.map(|()| body))
    }

    fn purchase(&self, store: &mut Store, body: &[u8]) -> Result<Reply, Refusal> {
        let order = Order::parse(self.dialect, body)?;
        let id = store.purchase(self.organization, &order)?;
        self.record(store, StatusCode::CREATED, &id)
    }

    fn update(&self, store: &mut Store, id: &str, body: &[u8]) -> Result<Reply, Refusal> {
        let update = Update::parse(self.dialect, body)?;
        store.update(self.organization, id, &update)?;
        self.record(store, StatusCode::OK, id)
    }

    fn release(&self, store: &mut Store, id: &str, query: &Query) -> Result<Reply, Refusal> {
        let removal = query.removal()?;
        store.remove(self.organization, id, removal)?;
        let action = match removal {
            Removal::Release => "release",
            Removal::Delete => "delete",
        };
        Ok(Reply::json(StatusCode::OK, reply::removed(action)))
    }

    fn endpoints(&self, store: &Store, query: &Query) -> Result<Reply, Refusal> {
        let page = query.page_of_endpoints()?;
        let mut array = Array::with_capacity(page.limit);
        let mut total = 0;
        store.endpoints(self.organization, |endpoint| {
            if (page.offset..page.offset.saturating_add(page.limit)).contains(&total) {
                reply::endpoint(array.next(), self.dialect, endpoint);
            }
            total += 1;
        })?;
        Ok(Reply::json(StatusCode::OK, array.listed(self.dialect, "endpoints", total, &page)))
    }

    fn calls(&self, store: &Store, query: &Query) -> Result<Reply, Refusal> {
        let (id, page) = query.page_of_calls(self.dialect)?;
        let of =
            store.calls(self.organization, &id, Timestamp::now())?.ok_or_else(|| Refusal::no_number(&id))?;
        Ok(Reply::json(StatusCode::OK, reply::calls(self.dialect, &of, &page)))
    }

    /// A record as it is after a write.
    fn record(&self, store: &Store, status: StatusCode, id: &str) -> Result<Reply, Refusal> {
        let mut body = Vec::new();
        store
            .owned_number(self.organization, id, |number, _, _| {
                reply::owned(&mut body, self.dialect, number);
            })?
            .map(|()| Reply::json(status, body))
            .ok_or_else(|| Refusal::no_number(id))
    }
}

/// The key of a request: `Authorization: Bearer`, else `x-api-key`.
fn key(headers: &HeaderMap) -> Result<&'static KeyInfo, Refusal> {
    let sent = match headers.get("authorization") {
        Some(header) => header.to_str().ok().and_then(|text| {
            let (scheme, key) = text.trim().split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
        }),
        None => headers.get("x-api-key").and_then(|header| header.to_str().ok()).map(str::trim),
    };
    KEYS.iter().find(|one| Some(one.key) == sent).ok_or_else(unauthorized)
}

fn unauthorized() -> Refusal {
    let message = "The API key is missing or unknown.";
    Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
}
