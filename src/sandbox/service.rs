//! From a request to a reply: who asks, what for, and whether it may be.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, StatusCode};

use super::fault::Faults;
use super::keys::{KEYS, KeyInfo, OrganizationKey};
use super::reply::{self, Array, Password, Refusal, Reply};
use super::request::{self, Operation, Order, Query, Removal, Target, Update};
use super::store::Store;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Service {
    store: Mutex<Store>,
    faults: Mutex<Faults>,
}

/// A key and the organization that it is used for.
struct Asker {
    key: &'static KeyInfo,
    organization: OrganizationKey,
}

impl Service {
    pub(super) fn new(store: Store, faults: Faults) -> Self {
        Self { store: Mutex::new(store), faults: Mutex::new(faults) }
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
    ) -> Result<Reply, Refusal> {
        let asker = Asker::of(headers)?;
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let writes = matches!(target.operation, Operation::Purchase | Operation::Update | Operation::Release);
        if writes && !asker.key.role.manages() {
            let message = "This key's role reads only.";
            return Err(Refusal::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
                .with("role", asker.key.role.to_string()));
        }
        let id = || request::id("id", target.id.as_deref().unwrap_or_default());
        match target.operation {
            Operation::List => asker.list(&store, query),
            Operation::Available => asker.available(&store, query),
            Operation::Get => asker.get(&store, &id()?),
            Operation::Purchase => asker.purchase(&mut store, body),
            Operation::Update => asker.update(&mut store, &id()?, body),
            Operation::Release => asker.release(&mut store, &id()?, query),
            Operation::Endpoints => asker.endpoints(&store),
        }
    }
}

impl Asker {
    /// Finds out who asks, and for which organization.
    fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let key = key(headers)?;
        let Some(header) = headers.get("x-organization-id") else {
            let first = key.organizations.first().and_then(|id| OrganizationKey::find(key.mode, id));
            return first.map(|organization| Self { key, organization }).ok_or_else(unauthorized);
        };
        let id = request::id("x-organization-id", header.to_str().unwrap_or_default().trim())?;
        key.organizations
            .iter()
            .find(|one| **one == id)
            .and_then(|id| OrganizationKey::find(key.mode, id))
            .map(|organization| Self { key, organization })
            .ok_or_else(|| {
                let message = "This key does not belong to that organization.";
                Refusal::new(StatusCode::FORBIDDEN, "FORBIDDEN", message).with("organization_id", id)
            })
    }

    fn list(&self, store: &Store, query: &Query) -> Result<Reply, Refusal> {
        let page = query.page()?;
        let mut array = Array::with_capacity(page.limit);
        store.owned_page(self.organization, &page, |number| reply::owned(array.next(), number))?;
        Ok(Reply::json(StatusCode::OK, array.finish()))
    }

    fn available(&self, store: &Store, query: &Query) -> Result<Reply, Refusal> {
        let page = query.page()?;
        let mut array = Array::with_capacity(page.limit);
        store.for_sale_page(self.key.mode, &page, |line| reply::for_sale(array.next(), line))?;
        Ok(Reply::json(StatusCode::OK, array.finish()))
    }

    fn get(&self, store: &Store, id: &str) -> Result<Reply, Refusal> {
        let may_see = self.key.role.manages();
        let mut body = Vec::new();
        let found = store.owned_number(self.organization, id, |number, offer, password| {
            let password = if may_see { Password::Shown(password) } else { Password::Hidden };
            reply::owned_detail(&mut body, number, offer, password);
        })?;
        let found = match found {
            Some(()) => Some(()),
            // An inventory id says what the number costs.
            None => store.inventory_slot(self.key.mode, id, |line| reply::for_sale(&mut body, line))?,
        };
        found.map(|()| Reply::json(StatusCode::OK, body)).ok_or_else(|| Refusal::no_number(id))
    }

    fn purchase(&self, store: &mut Store, body: &[u8]) -> Result<Reply, Refusal> {
        let order = Order::parse(body)?;
        let id = store.purchase(self.organization, &order)?;
        self.record(store, StatusCode::CREATED, &id)
    }

    fn update(&self, store: &mut Store, id: &str, body: &[u8]) -> Result<Reply, Refusal> {
        let update = Update::parse(body)?;
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

    fn endpoints(&self, store: &Store) -> Result<Reply, Refusal> {
        let mut array = Array::with_capacity(16);
        store.endpoints(self.organization, |endpoint| reply::endpoint(array.next(), endpoint))?;
        Ok(Reply::json(StatusCode::OK, array.finish()))
    }

    /// A record as it is after a write.
    fn record(&self, store: &Store, status: StatusCode, id: &str) -> Result<Reply, Refusal> {
        let mut body = Vec::new();
        store
            .owned_number(self.organization, id, |number, _, _| reply::owned(&mut body, number))?
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
