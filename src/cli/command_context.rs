//! One run of a command: client, permission to write, what is said on stderr.

use std::cell::{Cell, OnceCell, RefCell};
use std::io::{IsTerminal, stderr, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::args::{Color, Global};
use super::hook::Hook;
use super::output::{OutputForm, form_of, safe, say};
use super::progress::Ticker;
use super::remembered::{trouble, unkept};
use super::{Context, Exit, Failure, state};
use crate::api::{Client, Error};
use crate::phone::{Endpoint, Names, Number, NumberId};
use crate::sip::StatusRules;
use crate::store::{CheckResult, CompleteRead, LedgerThread, NumberStore, StoreThread};
use crate::write::{AsyncLedger, Budget, Entry, Ledger, LedgerError, Stage, WallClock, WritePermission};

/// What a command works with.
pub(super) struct CommandContext {
    pub(super) client: Client,
    context: Context,
    ledger: OnceCell<LedgerThread>,
    store: OnceCell<Option<StoreThread>>,
    endpoints: tokio::sync::OnceCell<Result<Vec<Endpoint>, Error>>,
    pub(super) form: OutputForm,
    standing: RefCell<WritePermission>,
    /// A person can be asked.
    pub(super) may_ask: bool,
    flight: Flight,
    /// Several writes are being carried out.
    running: Cell<bool>,
    /// For a command that ends itself when somebody interrupts it.
    interrupt: Notify,
    ends_itself: Cell<bool>,
    warned: Cell<bool>,
    /// Nothing is said but errors and questions.
    is_quiet: bool,
    /// Where errors are JSON, they are alone on stderr: notes wait until it went well.
    held: RefCell<Vec<String>>,
    holds: Cell<bool>,
}

impl CommandContext {
    pub(super) fn new(global: &Global, context: Context) -> Result<Self, Failure> {
        let form = form_of(global);
        let warnings = context.warnings.clone();
        let this = Self {
            client: context.client()?,
            form,
            standing: RefCell::new(context.standing.clone()),
            context,
            ledger: OnceCell::new(),
            store: OnceCell::new(),
            endpoints: tokio::sync::OnceCell::new(),
            is_quiet: global.quiet,
            may_ask: !global.no_input && stdin().is_terminal() && stderr().is_terminal(),
            flight: Flight::default(),
            running: Cell::new(false),
            interrupt: Notify::new(),
            ends_itself: Cell::new(false),
            warned: Cell::new(false),
            held: RefCell::default(),
            holds: Cell::new(form.is_json() || global.quiet),
        };
        if global.verbose == 0 && !global.quiet && !form.is_json() && stderr().is_terminal() {
            say(&dim(&this.context.account(), global.color));
        }
        for warning in warnings {
            this.note(format!("numdeck: {warning}"));
        }
        Ok(this)
    }

    /// Who acts where.
    pub(super) fn account(&self) -> &Context {
        &self.context
    }

    /// Where writes are entered.
    pub(super) fn ledger(&self) -> Result<LedgerThread, Failure> {
        if let Some(ledger) = self.ledger.get() {
            return Ok(ledger.clone());
        }
        let ledger = LedgerThread::spawn(state::pinned_ledger(&self.context)?);
        Ok(self.ledger.get_or_init(|| ledger).clone())
    }

    /// Asks the ledger.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, Failure> {
        let asked = self.ledger()?.ask(question).await;
        asked.map_err(|why| Failure::new(Exit::Other, "LEDGER", why.to_string(), ""))
    }

    /// Gives store and ledger up, once everything is entered in them.
    pub(super) fn close(&self) {
        if let Some(store) = self.store.get().cloned().flatten() {
            trouble(store.close()).iter().for_each(|text| self.note(format!("numdeck: {text}")));
        }
        if let Some(ledger) = self.ledger.get() {
            ledger.clone().close();
        }
        let trouble = self.context.hook.as_ref().and_then(Hook::finish);
        trouble.iter().for_each(|text| self.note(format!("numdeck: {text}")));
    }

    /// The clocks that writes go by.
    pub(super) fn clock(&self) -> WallClock {
        WallClock { settle: self.context.settle }
    }

    /// All entries of the ledger, oldest first.
    pub(super) async fn entries(&self) -> Result<Vec<Entry>, Failure> {
        self.ask(|ledger| ledger.entries()).await
    }

    /// Enters how many requests were made. What is not kept costs nobody anything.
    pub(super) fn count_requests(&self) {
        if let Some(count) = state::requests(&self.context) {
            count.add(Timestamp::now(), self.client.take_count()).ok();
        }
    }

    /// How many requests this day has seen, this run included; those of this run where nothing is kept.
    pub(super) fn requests_today(&self) -> u64 {
        self.requests_counted().unwrap_or_else(|| self.client.made())
    }

    /// The same; `None` where nothing is kept, so that nobody knows what earlier runs made.
    pub(super) fn requests_counted(&self) -> Option<u64> {
        let count = state::requests(&self.context)?;
        let made = self.client.take_count();
        count.add(Timestamp::now(), made).ok()
    }

    /// Remembers a list that was read whole. Nothing depends on it.
    pub(super) async fn remember(&self, read: CompleteRead) {
        if let Some(store) = self.store() {
            store.record(read, self.entries().await.ok());
        }
    }

    /// Remembers the endpoints that were read now.
    pub(super) fn remember_endpoints(&self, endpoints: Vec<Endpoint>) {
        if let Some(store) = self.store() {
            store.endpoints(endpoints, Timestamp::now());
        }
    }

    /// Remembers what checks of routes came to now.
    pub(super) fn remember_checks(&self, results: Vec<(NumberId, CheckResult)>) {
        if let Some(store) = self.store().filter(|_| !results.is_empty()) {
            store.checks(Timestamp::now(), results);
        }
    }

    /// Looks something up in what was seen, behind everything that was handed in before; `None` where nothing can be
    /// remembered.
    pub(super) async fn ask_store<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut NumberStore) -> T + Send + 'static,
    ) -> Option<T> {
        self.store()?.ask(question).await
    }

    /// What the server was seen to hold; `None` where nothing can be remembered, which is said once.
    fn store(&self) -> Option<&StoreThread> {
        let begin = || match state::store_thread(&self.context) {
            Ok(store) => Some(store),
            Err(why) => {
                self.note(format!("numdeck: {}", unkept(&why)));
                None
            }
        };
        self.store.get_or_init(begin).as_ref()
    }

    /// The endpoints that the server lists, or why it does not; asked for once a run.
    pub(super) async fn endpoints(&self) -> &Result<Vec<Endpoint>, Error> {
        self.endpoints.get_or_init(|| self.client.endpoints()).await
    }

    /// What endpoints are called, where that was asked for already: words need no request of their own.
    pub(super) fn endpoint_names(&self) -> Names {
        Names::listed(self.endpoints.get().into_iter().flatten().flatten())
    }

    /// Certificates (PEM) that are trusted beside the system's.
    pub(super) fn ca(&self) -> Option<&[u8]> {
        self.context.settings.ca.as_deref()
    }

    /// Whether the API is on this machine.
    pub(super) fn is_local(&self) -> bool {
        self.context.settings.base_url.is_loopback()
    }

    /// What a purchase may cost unless it says so itself.
    pub(super) fn budget(&self) -> Budget {
        self.context.budget
    }

    /// How the answers of SIP servers are read.
    pub(super) fn sip_rules(&self) -> StatusRules {
        self.context.sip_rules.clone()
    }

    /// `Ok` when writes are allowed, as far as is known by now.
    pub(super) fn may_write(&self) -> Result<(), Failure> {
        Ok(self.standing.borrow().check()?)
    }

    /// Mode and organization, as they were named.
    pub(super) fn standing(&self) -> WritePermission {
        self.standing.borrow().clone()
    }

    /// Takes note of whose rows the server sends, and says it when they are not of the named
    /// organization.
    pub(super) fn see<'a>(&self, numbers: impl IntoIterator<Item = &'a Number>) {
        self.see_behind(numbers, &Ticker::silent());
    }

    /// The same where a line may stand on stderr that has to go first.
    pub(super) fn see_behind<'a>(&self, numbers: impl IntoIterator<Item = &'a Number>, ticker: &Ticker) {
        let mut standing = self.standing.borrow_mut();
        for organization in numbers.into_iter().filter_map(|number| number.organization.as_deref()) {
            standing.seen(organization);
        }
        if let Some(foreign) = standing.foreign.as_deref().filter(|_| !self.warned.replace(true)) {
            ticker.clear();
            self.note(format!(
                "numdeck: warning: the server answers with rows of organization {}, not of the named one; \
                 nothing will be written",
                safe(foreign)
            ));
        }
    }

    /// A line for somebody who waits.
    pub(super) fn ticker(&self) -> Ticker {
        Ticker::new(self.is_quiet)
    }

    /// Says something to whoever watches.
    pub(super) fn note(&self, text: impl Into<String>) {
        let text = text.into();
        if self.holds.get() {
            self.held.borrow_mut().push(text);
        } else {
            say(&text);
        }
    }

    /// Says something at once, for people only: under JSON stderr is kept for one object.
    pub(super) fn aside(&self, text: &str) {
        if !self.form.is_json() && !self.is_quiet {
            say(text);
        }
    }

    /// Says what was held back, and holds nothing back from now on: it went well, or a person is
    /// about to be asked.
    pub(super) fn tell(&self) {
        self.holds.set(false);
        for text in self.held.take() {
            say(&text);
        }
    }

    /// The same where it went well; an error under JSON stays alone on stderr.
    pub(super) fn tell_if(&self, well: bool) {
        if well && !self.is_quiet {
            self.tell();
        }
    }

    /// What is on its way. Shared with the write protocol, whose progress may come from another thread.
    pub(super) fn flight(&self) -> Flight {
        self.flight.clone()
    }

    /// Several writes begin: an interrupt ends them after the one in flight.
    pub(super) fn begin_run(&self) {
        self.running.set(true);
    }

    /// They have ended.
    pub(super) fn end_run(&self) {
        self.running.set(false);
    }

    /// Waits for an interrupt, which from now on the command ends by itself: what it found until then
    /// is worth something.
    pub(super) fn interrupted(&self) -> impl Future<Output = ()> + '_ {
        self.ends_itself.set(true);
        self.interrupt.notified()
    }

    /// Somebody interrupts. Returns whether the command ends itself; it is asked once.
    pub(super) fn interrupt(&self) -> bool {
        let ends_itself = self.ends_itself.replace(false);
        if ends_itself {
            self.interrupt.notify_one();
        }
        ends_itself
    }

    /// Whether several writes are being carried out.
    pub(super) fn is_running(&self) -> bool {
        self.running.get()
    }
}

/// A line that does not want to be read first, where the terminal knows how to say it less loudly.
fn dim(text: &str, color: Color) -> String {
    let set = |name: &str, what: &dyn Fn(&std::ffi::OsStr) -> bool| {
        std::env::var_os(name).is_some_and(|it| what(&it))
    };
    let plain =
        color == Color::Never || set("NO_COLOR", &|it| !it.is_empty()) || set("TERM", &|it| it == "dumb");
    if plain { text.to_owned() } else { format!("\u{1b}[2m{text}\u{1b}[22m") }
}

/// How far what was sent is, for whoever wants to interrupt it.
#[derive(Debug, Clone, Default)]
pub(super) struct Flight {
    sending: Arc<AtomicBool>,
    unsettled: Arc<AtomicBool>,
    halted: Arc<AtomicBool>,
}

impl Flight {
    /// A write has come so far.
    pub(super) fn reached(&self, stage: Stage) {
        self.sending.fetch_or(stage.is_sending(), Ordering::Relaxed);
        let unsettled = matches!(stage, Stage::Looking | Stage::Settling(_));
        self.unsettled.fetch_or(unsettled, Ordering::Relaxed);
    }

    /// Nothing is on its way any more.
    pub(super) fn landed(&self) {
        self.sending.store(false, Ordering::Relaxed);
        self.unsettled.store(false, Ordering::Relaxed);
    }

    /// Whether a request is on its way that cannot be taken back.
    pub(super) fn is_sending(&self) -> bool {
        self.sending.load(Ordering::Relaxed)
    }

    /// Whether what is waited for is in doubt: whoever interrupts that leaves it so.
    pub(super) fn is_unsettled(&self) -> bool {
        self.unsettled.load(Ordering::Relaxed)
    }

    /// Somebody wants nothing new to be begun.
    pub(super) fn halt(&self) {
        self.halted.store(true, Ordering::Relaxed);
    }

    /// Whether somebody does.
    pub(super) fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }
}
