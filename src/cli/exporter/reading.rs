//! The list of numbers, read at a pace of its own: however many scrape, the API is asked once.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};

use super::allow::OwnedAddresses;
use super::pace::ReadPace;
use crate::api::{Error, ErrorKind, ListKind, ListRequest};
use crate::check::Endpoints;
use crate::cli::check::listing;
use crate::cli::command_context::CommandContext;
use crate::cli::output::{safe, say};
use crate::cli::{Failure, remembered, runner};
use crate::metrics::{Exposition, FleetFigures, Metric};
use crate::phone::Number;
use crate::store::CompleteRead;

/// Endpoints are asked for again after so long, as `check` does.
const ENDPOINTS_KEPT: Duration = Duration::from_secs(3600);
/// So long the endpoints are waited for: without them numbers are told all the same.
const ENDPOINTS_LIMIT: Duration = Duration::from_secs(30);

/// A list that was read whole, and what it comes to.
pub(super) struct KnownList {
    pub(super) numbers: Vec<Number>,
    pub(super) endpoints: Arc<Endpoints>,
    pub(super) addresses: OwnedAddresses,
    figures: FleetFigures,
    read_at: Timestamp,
}

impl KnownList {
    /// Counts a list once, on a thread of its own: scrapes are answered meanwhile.
    async fn count(numbers: Vec<Number>, endpoints: Arc<Endpoints>, read_at: Timestamp) -> Arc<Self> {
        let count = move || {
            let figures = FleetFigures::of(&numbers, &endpoints, Timestamp::now());
            let addresses = OwnedAddresses::of(&numbers);
            Arc::new(Self { numbers, endpoints, addresses, figures, read_at })
        };
        runner::waiting(count).await
    }
}

/// What is known of the numbers now.
#[derive(Default)]
pub(super) struct ListState {
    list: RefCell<Option<Arc<KnownList>>>,
    pace: Cell<ReadPace>,
}

impl ListState {
    /// The last list that was read whole.
    pub(super) fn list(&self) -> Option<Arc<KnownList>> {
        self.list.borrow().clone()
    }

    /// Tells what it comes to, and how old that is.
    pub(super) fn tell(&self, to: &mut Exposition) {
        let list = self.list.borrow();
        let age = list.as_ref().map_or(f64::INFINITY, |list| {
            list.figures.tell(to);
            // A clock that went back makes a list of the future.
            Timestamp::now().duration_since(list.read_at).as_secs_f64().max(0.0)
        });
        to.set(Metric::ListAge, age);
        to.set(Metric::ListInterval, self.pace.get().interval().as_secs_f64());
    }
}

/// Reads the list again and again.
pub(super) struct ListKeeper<'a> {
    context: &'a CommandContext,
    state: &'a ListState,
    endpoints: Arc<Endpoints>,
    endpoints_at: Option<Instant>,
    /// Whether it was said that the list cannot be read.
    is_away: bool,
    /// The pace that was said last.
    said: Option<Duration>,
}

impl<'a> ListKeeper<'a> {
    pub(super) fn new(context: &'a CommandContext, state: &'a ListState) -> Self {
        Self { context, state, endpoints: Arc::default(), endpoints_at: None, is_away: false, said: None }
    }

    /// Keeps the list as new as the budget allows. Ends only where the first read shows that no other one
    /// will do better: the key is wrong, or the address.
    pub(super) async fn keep(mut self) -> Failure {
        let mut wait = self.recall().await;
        loop {
            sleep(wait).await;
            wait = match self.read().await {
                Ok(()) => self.state.pace.get().wait(None),
                Err(error) if self.state.list().is_none() && is_for_good(&error) => return error.into(),
                Err(error) => self.failed(&error),
            };
        }
    }

    /// Begins with the list that an earlier run read, so that one that is started over and over asks no more
    /// than one that runs. Returns when to read the first time.
    async fn recall(&mut self) -> Duration {
        let now = Timestamp::now();
        let (kept, said) = remembered::list(self.context.account(), now, Duration::MAX);
        said.into_iter().for_each(|text| self.context.note(format!("numdeck: {text}")));
        let Some(kept) = kept else { return Duration::ZERO };
        let pages = kept.numbers.len().div_ceil(usize::from(ListRequest::LARGEST_PAGE));
        let pace = ReadPace::read(u64::try_from(pages).unwrap_or(u64::MAX));
        let age = Duration::try_from(now.duration_since(kept.read_at)).unwrap_or_default();
        let count = kept.numbers.len();
        // Nothing says when these were read: they are asked for with the next list.
        self.endpoints = Arc::new(Endpoints { listed: kept.endpoints.unwrap_or_default(), unread: None });
        let list = KnownList::count(kept.numbers, Arc::clone(&self.endpoints), kept.read_at).await;
        self.state.pace.set(pace);
        self.announce(count);
        self.state.list.replace(Some(list));
        pace.interval().saturating_sub(age)
    }

    async fn read(&mut self) -> Result<(), Error> {
        let client = &self.context.client;
        let (before, began) = (client.made(), Timestamp::now());
        let numbers = client.pages(ListRequest::whole(ListKind::Owned)).collect().await?;
        let pace = ReadPace::read(client.made() - before);
        self.context.see(&numbers);
        let ended = Timestamp::now();
        let copy = move || (numbers.clone(), numbers);
        let (kept, numbers) = runner::waiting(copy).await;
        self.context.remember(CompleteRead { began, ended, numbers: kept }).await;
        self.read_endpoints().await;
        let count = numbers.len();
        let list = KnownList::count(numbers, Arc::clone(&self.endpoints), began).await;
        self.state.pace.set(pace);
        let old = self.state.list.replace(Some(list));
        // A hundred thousand numbers are given up elsewhere, too.
        runner::waiting(move || drop(old)).await;
        if std::mem::take(&mut self.is_away) {
            self.context.note("the list is read again");
        }
        self.announce(count);
        Ok(())
    }

    /// Asks for endpoints where the last answer is old. What cannot be read leaves what is known.
    async fn read_endpoints(&mut self) {
        if self.endpoints_at.is_some_and(|at| at.elapsed() < ENDPOINTS_KEPT) {
            return;
        }
        self.endpoints_at = Some(Instant::now());
        let read = timeout(ENDPOINTS_LIMIT, self.context.client.endpoints()).await;
        let endpoints = listing::known(read, |text| self.context.note(text));
        if endpoints.unread.is_none() {
            self.context.remember_endpoints(endpoints.listed.clone());
        } else if !self.endpoints.listed.is_empty() {
            return;
        }
        self.endpoints = Arc::new(endpoints);
    }

    /// Says what it costs, whenever that is something else than was said.
    fn announce(&mut self, count: usize) {
        let pace = self.state.pace.get();
        if self.said.replace(pace.interval()) != Some(pace.interval()) {
            let words = pace.words(count);
            self.context.note(format!("{words}; their endpoints once an hour; scrapes ask for nothing"));
        }
    }

    /// The list could not be read, which is said once. Returns how long to wait.
    fn failed(&mut self, error: &Error) -> Duration {
        let pace = self.state.pace.get().failed();
        self.state.pace.set(pace);
        let wait = pace.wait(error.retry_after);
        if !std::mem::replace(&mut self.is_away, true) {
            let kept = match self.state.list() {
                Some(list) => format!("the one of {:.0} is told on", list.read_at),
                None => "there is none to tell".to_owned(),
            };
            let minutes = wait.as_secs().div_ceil(60);
            say(&format!(
                "numdeck: the list cannot be read: {}; {kept}; next try in {minutes} min",
                safe(&error.to_string())
            ));
        }
        wait
    }
}

/// Whether the same request will fail as well the next time, until somebody changes something.
fn is_for_good(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::Setup)
}
