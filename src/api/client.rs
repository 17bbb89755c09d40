//! The client: the operations as methods.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde_json::{Map, Value};
use tokio_rustls::rustls::ClientConfig;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::answer::{self, Answer, Operation};
use super::decode::{self, Interner, KeyFacts, PageRows, RowOrigin};
use super::dialect::DialectSense;
use super::http::{self, LARGEST_LIST, LARGEST_RECORD};
use super::log::{Activity, Recording, Request};
use super::rate::{Class, Limiter};
use super::{
    BaseUrl, Dialect, Error, ErrorKind, Item, ListKind, ListRequest, Pages, Purchase, Removal, RequestId,
    TraceParent, Way, retry,
};
use crate::phone::{Changes, Detail, Number, NumberId, Secret};

/// How the key is presented. Never both ways: one generation of the service refuses `x-api-key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Auth {
    /// `Authorization: Bearer`, what every source accepts.
    #[default]
    Bearer,
    /// `x-api-key`.
    ApiKey,
    /// Not at all, to see whether there is an API: whatever answers gets no key.
    Omitted,
}

/// What a client is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the API is.
    pub base_url: BaseUrl,
    /// The key.
    pub key: Secret,
    /// How the key is presented.
    pub auth: Auth,
    /// Sent as `x-organization-id`; without it the server takes the user's first organization.
    pub organization: Option<String>,
    /// For one read, from connecting to the last byte; a retry has as long again.
    pub read_timeout: Duration,
    /// For one write, from connecting to the last byte.
    pub write_timeout: Duration,
    /// Certificates (PEM) trusted beside the system's.
    pub ca: Option<Vec<u8>>,
    /// Through which proxy, if any.
    pub way: Way,
    /// In whose words writes go out; `None` recognizes it from what the server answers.
    pub dialect: Option<Dialect>,
    /// The trace that all requests belong to.
    pub trace_parent: Option<TraceParent>,
}

impl Settings {
    /// Bearer, the server's default organization, 15 s for reads, 60 s for writes.
    pub fn new(base_url: BaseUrl, key: Secret) -> Self {
        Self {
            base_url,
            key,
            auth: Auth::Bearer,
            organization: None,
            read_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(60),
            ca: None,
            way: Way::Default,
            dialect: None,
            trace_parent: None,
        }
    }
}

/// Whether a key moves real money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Every key that does not say otherwise.
    Live,
    /// A `kros_test_` key.
    Test,
}

impl Mode {
    /// By the prefix of the key.
    pub fn of(key: &Secret) -> Self {
        if key.expose().starts_with("kros_test_") { Self::Test } else { Self::Live }
    }

    /// LIVE or TEST, in upper case everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::Test => "TEST",
        }
    }
}

/// A client of the API. Clones share connections, limits and strings.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    settings: Settings,
    headers: HeaderMap,
    tls: Option<ClientConfig>,
    reads: reqwest::Client,
    limiter: Limiter,
    interner: Interner,
    speech: DialectSense,
    /// Whether the server was seen to list calls; one that does not is not asked again.
    lists_calls: OnceLock<bool>,
    activity: Arc<Activity>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

/// A 2xx answer and the request that it answers.
pub(super) struct Success {
    status: u16,
    request: RequestId,
    /// What its header says of a list: how many rows it has, and whether more follow.
    pub(super) total: Option<u64>,
    pub(super) more: bool,
    /// What the server's clock showed, where it says it.
    pub(super) date: Option<Timestamp>,
    /// For how many seconds a cache has kept it.
    age: u64,
    /// Wiped after use: the detail of a number holds its SIP password.
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Success {
    /// A page with what the header says of it.
    pub(super) fn heading<T>(&self, rows: PageRows<T>) -> PageRows<T> {
        PageRows { total: rows.total.or(self.total), more: rows.more || self.more, age: self.age, ..rows }
    }
}

impl Client {
    /// Prepares a client; nothing is sent. An unusable key, organization or certificate file is
    /// [`ErrorKind::Setup`].
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Self::hearing(settings, None, Arc::default())
    }

    /// The same client for another organization, with limits of its own. What was heard of the
    /// server's dialect stays known: the next request may be a write.
    pub fn naming(&self, organization: String) -> Result<Self, Error> {
        let settings = Settings { organization: Some(organization), ..self.0.settings.clone() };
        Self::hearing(settings, self.0.speech.heard(), Arc::clone(&self.0.activity))
    }

    fn hearing(settings: Settings, heard: Option<Dialect>, activity: Arc<Activity>) -> Result<Self, Error> {
        let headers = http::headers(&settings)?;
        let tls = http::tls(&settings)?;
        let reads = http::reads(&settings, tls.as_ref())?;
        let speech = DialectSense::new(settings.dialect, heard);
        let (limiter, interner) = (Limiter::new(), Interner::default());
        let lists_calls = OnceLock::new();
        Ok(Self(Arc::new(Inner {
            settings,
            headers,
            tls,
            reads,
            limiter,
            interner,
            speech,
            lists_calls,
            activity,
        })))
    }

    /// The last requests of this client and of those that were made from it, oldest first.
    pub fn activity(&self) -> Vec<Request> {
        self.0.activity.requests()
    }

    /// How many requests were made by this client and those that were made from it, answered or not.
    pub fn made(&self) -> u64 {
        self.0.activity.made()
    }

    /// How many requests were made since this was asked last.
    pub fn take_count(&self) -> u64 {
        self.0.activity.take_count()
    }

    /// In whose words a write would go out now: as set, else as heard, else the contract's.
    pub fn dialect(&self) -> Dialect {
        self.0.speech.spoken()
    }

    /// What somebody who is about to write should know of the server's dialect, in words; `None`
    /// while nothing is remarkable about it.
    pub fn remark(&self) -> Option<&'static str> {
        self.0.speech.remark()
    }

    /// A list, page by page. Nothing is sent before the first [`Pages::next`].
    pub fn pages(&self, list: ListRequest) -> Pages {
        Pages::new(self.clone(), list)
    }

    /// Everything about one number (contract: `getPhoneNumber`). What a cache kept, or is about another record, is
    /// [`ErrorKind::Undecodable`]: whoever asks may be about to change it.
    pub async fn get(&self, id: &NumberId) -> Result<Detail, Error> {
        let (success, detail) = self.look(id).await?;
        if answers(&detail.number, id) {
            return Ok(detail);
        }
        let message = "the answer is about another record";
        let error = Error { status: Some(success.status), ..Error::new(ErrorKind::Undecodable, message) };
        Err(self.sent(success.request, error))
    }

    /// What the API says of an inventory id. A server may answer with the record behind it, which
    /// calls itself something else: buy the id that was asked for, never the one of the answer.
    pub async fn offer(&self, id: &NumberId) -> Result<Detail, Error> {
        self.look(id).await.map(|(_, detail)| detail)
    }

    async fn look(&self, id: &NumberId) -> Result<(Success, Detail), Error> {
        let url = self.number_url(id)?;
        let success = self.fresh(self.read(Operation::Get, url, LARGEST_RECORD).await?)?;
        match decode::detail(&success.body, &self.0.interner) {
            Ok((detail, told)) => {
                self.0.speech.hear(told);
                Ok((success, detail))
            }
            Err(why) => Err(self.undecodable(&success, &why.to_string())),
        }
    }

    /// What the server says of the key itself (not in the contract; `GET /api-keys`), where it tells that
    /// key from all others.
    pub async fn own_key(&self) -> Result<Option<KeyFacts>, Error> {
        let url = self.0.settings.base_url.join(&["api-keys"])?;
        let success = self.read(Operation::Keys, url, LARGEST_RECORD).await?;
        decode::own_key(&success.body, &self.0.settings.key).map_err(|why| self.undecodable(&success, &why))
    }

    /// Buys a number (contract: `purchasePhoneNumber`). One call is one request; what
    /// [`Error::certainty`] says of a failure is exact. The guide's dialect has no purchase by
    /// number: there it is [`ErrorKind::Setup`], and nothing is sent.
    pub async fn purchase(&self, order: &Purchase, request: RequestId) -> Result<Number, Error> {
        let url = self.0.settings.base_url.join(&["phone-numbers"])?;
        let dialect = self.dialect();
        if dialect == Dialect::Guide && matches!(order.item, Item::Line { .. }) {
            let message = "a purchase by number alone is not in the guide's dialect; buy it by its inventory id, \
                           or set dialect in the profile";
            return Err(Error::new(ErrorKind::Setup, message));
        }
        if let Item::Inventory(id) = &order.item {
            usable(id)?;
        }
        let body = order.body_in(dialect);
        let success = self.write(Operation::Purchase, Method::POST, url, Some(&body), request).await?;
        self.record(&success)
    }

    /// Changes a number (contract: `updatePhoneNumber`), once. Whether the server did what was
    /// asked is for the caller to compare. A 2xx without a record is [`ErrorKind::Undecodable`]:
    /// look at the number.
    pub async fn update(
        &self,
        id: &NumberId,
        changes: &Changes,
        request: RequestId,
    ) -> Result<Number, Error> {
        let url = self.number_url(id)?;
        let body = changes.body_in(self.dialect());
        let success = self.write(Operation::Update, Method::PATCH, url, Some(&body), request).await?;
        if success.status == 202 {
            // Accepted, and not said to be done (RFC 9110, 15.3.3).
            return Err(self.undecodable(&success, "it says that it will be done"));
        }
        self.record(&success)
    }

    /// The record that a write answers with. It tells the dialect as well: a purchase may have been
    /// the first request of all.
    fn record(&self, success: &Success) -> Result<Number, Error> {
        let (number, told) = decode::record(&success.body, RowOrigin::Owned, &self.0.interner)
            .map_err(|why| self.undecodable(success, &why.to_string()))?;
        self.0.speech.hear(told);
        Ok(number)
    }

    /// Gives a number up (contract: `releasePhoneNumber`), once. An answer that does not confirm it is
    /// [`ErrorKind::Undecodable`], as is one that tells of another record, of another way to give it
    /// up, or of a record that is still in use: look at the number.
    pub async fn remove(&self, id: &NumberId, how: Removal, request: RequestId) -> Result<(), Error> {
        let mut url = self.number_url(id)?;
        if how == Removal::Release {
            url.query_pairs_mut().append_pair("action", "release");
        }
        let success = self.write(Operation::Remove, Method::DELETE, url, None, request).await?;
        let is_empty = success.body.iter().all(u8::is_ascii_whitespace);
        if is_empty && success.status == 204 {
            return Ok(());
        }
        if is_empty {
            return Err(self.undecodable(&success, "an answer without a word"));
        }
        match serde_json::from_slice::<Value>(&success.body) {
            Ok(value) if value.get("success") == Some(&Value::Bool(false)) => {
                let answer =
                    Answer { status: success.status, body: success.body.to_vec(), ..Answer::default() };
                let said =
                    answer::refusal(Operation::Remove, &answer, &self.0.settings.key, Timestamp::now());
                Err(self.sent(request, Error { kind: ErrorKind::Rejected, ..said }))
            }
            Ok(Value::Object(said)) => {
                confirmed(&said, id, how).map_err(|why| self.undecodable(&success, why))
            }
            Ok(_) => Err(self.undecodable(&success, "JSON, but no object")),
            Err(_) => Err(self.undecodable(&success, "broken JSON")),
        }
    }

    /// One page of a list, with retries.
    pub(super) async fn page(
        &self,
        shelf: &ListKind,
        limit: u16,
        offset: u64,
    ) -> Result<PageRows<Number>, Error> {
        let mut url = self.0.settings.base_url.join(&["phone-numbers"])?;
        let sort = {
            let mut query = url.query_pairs_mut();
            let sort = match shelf {
                ListKind::Owned => {
                    query.append_pair("action", "assigned");
                    RowOrigin::Owned
                }
                ListKind::Available { country, kind } => {
                    query.append_pair("action", "available").append_pair("country", country);
                    if let Some(kind) = kind {
                        query.append_pair("type", kind.wire());
                    }
                    RowOrigin::ForSale
                }
            };
            query.append_pair("limit", &limit.to_string()).append_pair("offset", &offset.to_string());
            sort
        };
        let success = self.read(Operation::List, url, LARGEST_LIST).await?;
        let rows = decode::list(&success.body, sort, &self.0.interner)
            .map_err(|why| self.undecodable(&success, &why))?;
        self.0.speech.hear(rows.told);
        Ok(success.heading(rows))
    }

    /// Requests a second that the server stated.
    pub(super) fn stated_limit(&self) -> Option<f64> {
        self.0.limiter.stated()
    }

    /// Where the API is.
    pub fn base_url(&self) -> &BaseUrl {
        &self.0.settings.base_url
    }

    pub(super) fn lists_calls(&self) -> &OnceLock<bool> {
        &self.0.lists_calls
    }

    fn number_url(&self, id: &NumberId) -> Result<Url, Error> {
        usable(id)?;
        self.0.settings.base_url.join(&["phone-numbers", id.as_str()])
    }

    /// Asks until there is an answer or no reason to ask again.
    pub(super) async fn read(&self, operation: Operation, url: Url, most: usize) -> Result<Success, Error> {
        let mut retries = 0;
        loop {
            self.0.limiter.turn(Class::General).await?;
            let request = RequestId::random();
            let builder = self.0.reads.request(Method::GET, url.clone());
            let error = match self.once(operation, builder, most, request).await {
                Ok(success) => return Ok(success),
                Err(error) => error,
            };
            let Some(wait) = retry::wait(&error, retries, chance()) else { return Err(error) };
            retries += 1;
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends one request, whatever comes of it.
    async fn write(
        &self,
        operation: Operation,
        method: Method,
        url: Url,
        body: Option<&Value>,
        request: RequestId,
    ) -> Result<Success, Error> {
        let class = if operation == Operation::Purchase { Class::Purchase } else { Class::General };
        let client = http::one_write(&self.0.settings, self.0.tls.as_ref())?;
        let mut builder = client.request(method, url);
        if let Some(body) = body {
            // The contract knows no idempotency; some servers of the service honour this on POST and
            // PATCH. It goes along and nothing relies on it.
            builder = builder
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .header("idempotency-key", request.to_string())
                .body(body.to_string());
        }
        self.0.limiter.turn(class).await?;
        self.once(operation, builder, LARGEST_RECORD, request).await
    }

    async fn once(
        &self,
        operation: Operation,
        builder: reqwest::RequestBuilder,
        most: usize,
        request: RequestId,
    ) -> Result<Success, Error> {
        let class = if operation == Operation::Purchase { Class::Purchase } else { Class::General };
        let builder = builder.headers(self.0.headers.clone()).header("x-request-id", request.to_string());
        let (client, built) = builder.build_split();
        let failed = |error| self.sent(request, http::failure(error, &self.0.settings));
        let built = built.map_err(failed)?;
        let mut recording = Recording::begin(&self.0.activity, &built, request);
        let response = client.execute(built).await.map_err(failed)?;
        recording.answered(&response);
        if let Some(limit) = response.headers().get("x-ratelimit-limit").and_then(|value| value.to_str().ok())
        {
            self.0.limiter.state(class, limit);
        }
        let answer = http::receive(response, most).await.map_err(|error| {
            recording.unreadable();
            self.sent(request, error)
        })?;
        if answer.is_success() {
            let date = answer.date.as_deref().and_then(retry::http_date);
            let Answer { status, total, more, age, body, .. } = answer;
            let body = Zeroizing::new(body);
            return Ok(Success { status, request, total, more, date, age, body });
        }
        let mut error = answer::refusal(operation, &answer, &self.0.settings.key, Timestamp::now());
        let told = error.code.is_some() && matches!(error.kind, ErrorKind::Rejected | ErrorKind::NotFound);
        if answer.status == 404 && told && self.0.settings.base_url.has_no_path() {
            let said = error.message.trim_end_matches(['.', ' ']);
            error.message = format!("{said}; the base URL has no path, is it complete?");
        }
        match (error.kind, error.retry_after) {
            (ErrorKind::RateLimited, Some(wait)) => self.0.limiter.pause(class, wait),
            (ErrorKind::RateLimited, None) => self.0.limiter.slow_down(class, retry::SILENT),
            _ => {}
        }
        Err(self.sent(request, error))
    }

    /// An answer that no cache on the way has kept.
    pub(super) fn fresh(&self, success: Success) -> Result<Success, Error> {
        if success.age == 0 {
            return Ok(success);
        }
        let message = format!("a cache on the way answered with what was so {} s ago", success.age);
        let error = Error { status: Some(success.status), ..Error::new(ErrorKind::Undecodable, message) };
        Err(self.sent(success.request, error))
    }

    pub(super) fn undecodable(&self, success: &Success, why: &str) -> Error {
        self.0.activity.unreadable(success.request);
        let message = answer::describe(&success.body, why, &self.0.settings.key);
        let error = Error { status: Some(success.status), ..Error::new(ErrorKind::Undecodable, message) };
        self.sent(success.request, error)
    }

    /// Says which request failed.
    fn sent(&self, request: RequestId, error: Error) -> Error {
        Error { request_id: Some(request.to_string()), ..error }
    }
}

/// `Ok` for an id that a request can name.
fn usable(id: &NumberId) -> Result<(), Error> {
    if !decode::is_unusable(id) {
        return Ok(());
    }
    let message = "the server's id of this record holds control or invisible characters, so that no request can name it";
    Err(Error::new(ErrorKind::Setup, message))
}

/// Whether a record is the one that was asked for, by its id or by its inventory id.
fn answers(number: &Number, asked: &NumberId) -> bool {
    let extra = |name: &str| number.extra.as_deref()?.get(name)?.as_str();
    let is_asked = |id: &str| match (Uuid::try_parse(id), Uuid::try_parse(asked.as_str())) {
        // The same UUID may be written in another case.
        (Ok(id), Ok(asked)) => id == asked,
        _ => id == asked.as_str(),
    };
    is_asked(number.id.as_str())
        || ["inventory_id", "inventoryId"].into_iter().filter_map(extra).any(is_asked)
}

/// A random number in 0..1, from the generator of request ids.
fn chance() -> f64 {
    const BITS: u32 = 53;
    let random = Uuid::new_v4().as_u128() & ((1 << BITS) - 1);
    // Exact: a float holds 53 bits.
    random as f64 / (1u64 << BITS) as f64
}

/// Whether the answer of a removal says that this is what happened; else what it says instead.
fn confirmed(said: &Map<String, Value>, id: &NumberId, how: Removal) -> Result<(), &'static str> {
    let text = |name: &str| said.get(name).and_then(Value::as_str);
    let action = text("action").map(str::to_ascii_lowercase);
    let status = text("status").map(str::to_ascii_lowercase);
    let names_another = text("id").is_some_and(|said| !NumberId::new(said).is_same(id));
    let success = said.get("success") == Some(&Value::Bool(true));
    match (how, action.as_deref(), status.as_deref()) {
        _ if names_another => Err("it is about another record"),
        (Removal::Release, Some("delete" | "deleted"), _) => Err("it says that the record was deleted"),
        (Removal::Delete, Some("release" | "released"), _) => Err("it says that the record was released"),
        (Removal::Release, _, Some("active" | "pending")) => Err("it says that the number is in use"),
        (_, Some("release" | "released" | "delete" | "deleted"), _) => Ok(()),
        (Removal::Release, _, Some("inactive" | "released")) => Ok(()),
        (Removal::Delete, _, Some("deleted")) => Ok(()),
        _ if success => Ok(()),
        _ => Err("it does not say that it happened"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(key: &str) -> Settings {
        Settings::new(BaseUrl::parse("http://127.0.0.1:9/v1").unwrap(), Secret::new(key.to_owned()))
    }

    #[test]
    fn a_key_is_live_unless_it_says_test() {
        for (key, mode) in [
            ("kros_test_x", Mode::Test),
            ("kros_live_x", Mode::Live),
            ("kros_x", Mode::Live),
            ("eyJhbGciOi", Mode::Live),
            ("KROS_TEST_x", Mode::Live),
            ("", Mode::Live),
        ] {
            assert_eq!(Mode::of(&Secret::new(key.to_owned())), mode, "{key}");
        }
    }

    #[test]
    fn settings_that_no_request_can_carry_are_refused_without_an_echo() {
        for key in ["", "hunter2\n", "hunter2\u{e9}", "hunter2\0"] {
            for auth in [Auth::Bearer, Auth::ApiKey] {
                let error = Client::new(Settings { auth, ..settings(key) }).unwrap_err();
                assert_eq!(error.kind, ErrorKind::Setup);
                assert!(!format!("{error:?}").contains("hunter2"));
            }
        }
        let bad = Settings { organization: Some("a\nb".to_owned()), ..settings("k") };
        assert_eq!(Client::new(bad).unwrap_err().kind, ErrorKind::Setup);
        for pem in ["", "not a certificate"] {
            let bad = Settings { ca: Some(pem.into()), ..settings("k") };
            assert_eq!(Client::new(bad).unwrap_err().kind, ErrorKind::Setup, "{pem}");
        }
    }

    #[test]
    fn a_client_does_not_show_its_key_and_goes_anywhere() {
        fn anywhere<T: Send + Sync + Clone + 'static>(_: &T) {}
        let client = Client::new(settings("kros_live_hunter2")).unwrap();
        anywhere(&client);
        assert!(!format!("{client:?}").contains("hunter2"));
    }

    #[test]
    fn a_removal_is_confirmed_by_what_the_answer_says_of_it() {
        let said = |json: Value, how| match json {
            Value::Object(map) => confirmed(&map, &NumberId::new("n-1"), how).is_ok(),
            _ => unreachable!("an object"),
        };
        for (how, yes) in [
            (Removal::Release, json!({"success": true, "action": "release"})),
            (Removal::Release, json!({"success": true})),
            (Removal::Release, json!({"id": "n-1", "status": "inactive"})),
            (Removal::Delete, json!({"action": "deleted"})),
            (Removal::Delete, json!({"success": true})),
        ] {
            assert!(said(yes.clone(), how), "{yes}");
        }
        for (how, no) in [
            (Removal::Release, json!({})),
            (Removal::Delete, json!({})),
            (Removal::Release, json!({"success": "yes"})),
            (Removal::Release, json!({"success": true, "id": "n-2"})),
            (Removal::Release, json!({"success": true, "action": "deleted"})),
            (Removal::Delete, json!({"success": true, "action": "release"})),
            (Removal::Release, json!({"success": true, "status": "active"})),
            (Removal::Delete, json!({"id": "n-1", "status": "active"})),
            (Removal::Delete, json!({"message": "ok"})),
        ] {
            assert!(!said(no.clone(), how), "{no}");
        }
    }

    #[test]
    fn chance_is_between_0_and_1() {
        assert!((0..100).map(|_| chance()).all(|chance| (0.0..1.0).contains(&chance)));
    }
}
