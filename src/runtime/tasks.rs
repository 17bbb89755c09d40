//! From effects to work: reads that can be cancelled, writes that cannot.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::check;
use super::clipboard::Clipboard;
use super::export::{Content, Exports};
use super::list::{BegunList, ListMemory, read_list};
use super::plan;
use crate::api::{CallsWanted, Client, Error, ListKind, ListRequest, RequestId, Settings};
use crate::app::{Effect, Reply, TaskId};
use crate::check::Checker;
use crate::config::LabelsFile;
use crate::phone::{NumberId, clean};
use crate::store::{DailyCount, LedgerThread, StoreThread, StoreTrouble};
use crate::write::{
    AsyncLedger, Batch, BatchEvent, Intent, Look, Outcome, SETTLE, WallClock, carry_out, look,
};

/// Replies that may wait. The loop always drains, so tasks only wait for a moment.
const CHANNEL: usize = 64;

/// Runs effects, and hands their replies out one by one.
pub struct Tasks {
    client: Client,
    /// Whether what is remarkable about the server's dialect was said.
    remarked: Arc<AtomicBool>,
    pub(super) ledger: LedgerThread,
    /// Where the owned list is remembered when it was read whole.
    pub(super) store: Option<StoreThread>,
    /// The owned list where a part of it was read.
    begun: BegunList,
    running: JoinSet<()>,
    reads: HashMap<TaskId, AbortHandle>,
    /// What was sent and not answered yet.
    writes: HashMap<TaskId, Pending>,
    /// Ledger and store of an organization that is named on screen.
    places_of: Option<Box<PlacesOf>>,
    /// Stores that what is read now is not about.
    left: Vec<StoreThread>,
    count: Option<DailyCount>,
    clock: WallClock,
    checker: Arc<Checker>,
    exports: Exports,
    clipboard: Clipboard,
    pub(super) labels: Option<LabelsFile>,
    pub(super) sender: mpsc::Sender<(TaskId, Reply)>,
    replies: mpsc::Receiver<(TaskId, Reply)>,
}

/// Ledger and store of a named organization; `None` where none can be kept.
pub type PlacesOf = dyn Fn(&str) -> (Option<LedgerThread>, Option<StoreThread>) + Send;

/// What became of a write that was waited for.
#[derive(Debug)]
pub enum Settled {
    /// An earlier one, which was looked at.
    Looked(Box<Intent>, Box<Outcome>),
    /// Writes, with what became of each.
    Run(Box<Batch>),
}

/// What was sent and not answered yet.
enum Pending {
    /// A write in doubt, which is looked at, and whether nobody waits for that any more.
    Look { intent: Box<Intent>, halt: Arc<AtomicBool> },
    /// Several, and whether they are to end after the one on its way.
    Run { halt: Arc<AtomicBool> },
}

impl Tasks {
    /// Work for one server and key; writes are entered in `ledger`, and `checker` checks routing.
    pub fn new(settings: Settings, ledger: LedgerThread, checker: Checker) -> Result<Self, Error> {
        let (sender, replies) = mpsc::channel(CHANNEL);
        Ok(Self {
            client: Client::new(settings)?,
            remarked: Arc::default(),
            ledger,
            store: None,
            begun: BegunList::default(),
            running: JoinSet::new(),
            reads: HashMap::new(),
            writes: HashMap::new(),
            places_of: None,
            left: Vec::new(),
            count: None,
            clock: WallClock { settle: SETTLE },
            checker: Arc::new(checker),
            exports: Exports::default(),
            clipboard: Clipboard::none(),
            labels: None,
            sender,
            replies,
        })
    }

    /// Enters writes and reads elsewhere once an organization is named on screen: they are kept apart.
    #[must_use]
    pub fn with_places(self, of: Box<PlacesOf>) -> Self {
        Self { places_of: Some(of), ..self }
    }

    /// Remembers the owned list when it was read whole.
    #[must_use]
    pub fn with_store(self, store: StoreThread) -> Self {
        Self { store: Some(store), ..self }
    }

    /// How long after it was sent a write may still happen.
    #[must_use]
    pub fn settling(self, settle: Duration) -> Self {
        Self { clock: WallClock { settle }, ..self }
    }

    /// Copies to this clipboard; without one there is only that of the terminal.
    #[must_use]
    pub fn with_clipboard(self, clipboard: Clipboard) -> Self {
        Self { clipboard, ..self }
    }

    /// Keeps in this file what people put down about numbers.
    #[must_use]
    pub fn with_labels(self, labels: Option<LabelsFile>) -> Self {
        Self { labels, ..self }
    }

    /// Counts the requests of the day.
    #[must_use]
    pub fn with_count(self, count: DailyCount) -> Self {
        Self { count: Some(count), ..self }
    }

    /// Enters how many requests were made, and returns how many this day has seen; `None` where that
    /// is not kept.
    pub fn counted_today(&self) -> impl Future<Output = Option<u64>> + use<> {
        let (count, mut ledger) = (self.count.clone(), self.ledger.clone());
        let (now, made) = (Timestamp::now(), self.client.take_count());
        async move {
            // The file is locked, as a ledger is, so it is the same thread that may wait for it.
            let count = count?;
            ledger.ask(move |_| Ok(count.add(now, made).ok())).await.ok()?
        }
    }

    /// Gives ledger and store up, once everything is entered in them, and files that are half-written. It is
    /// for the end of the program. Returns what was not remembered.
    pub fn close(self) -> StoreTrouble {
        self.exports.close();
        self.ledger.close();
        self.left.into_iter().chain(self.store).map(StoreThread::close).fold(
            StoreTrouble::default(),
            |told, more| StoreTrouble {
                set_aside: told.set_aside.or(more.set_aside),
                error: told.error.or(more.error),
                doubted: told.doubted || more.doubted,
            },
        )
    }

    /// Writes a text to a file, where none is.
    pub(super) fn dump(&mut self, task: TaskId, path: String, text: String) {
        self.exports.begin(task, Content::Text { path, text }, self.sender.clone());
    }

    /// Starts the work of an effect.
    pub fn run(&mut self, effect: Effect) {
        tracing::debug!(work = %in_brief(&effect), "effect");
        self.reap();
        let (client, sender) = (self.client.clone(), self.sender.clone());
        match effect {
            Effect::List(task, list) => self.list(task, list),
            Effect::Detail(task, id) => {
                self.answer(task, async move { Reply::Detail(Box::new(client.get(&id).await)) });
            }
            Effect::Offer(task, id) => {
                self.answer(task, async move { Reply::Detail(Box::new(client.offer(&id).await)) });
            }
            Effect::Endpoints(task) => self.endpoints(task),
            Effect::Calls(task, id, line) => {
                self.answer(
                    task,
                    async move { Reply::Calls(client.calls(&id, &line, CallsWanted::Many).await) },
                );
            }
            Effect::Look { task, entry, intent, how } => self.look(task, entry, intent, how),
            Effect::Check { task, id, endpoints, credentials } => {
                let (checker, store) = (Arc::clone(&self.checker), self.store.clone());
                self.read(task, async move {
                    let (tell, told) = mpsc::unbounded_channel();
                    let work = check::one(&checker, &client, (&id, &endpoints, credentials), store, tell);
                    tokio::join!(work, forward(told, &sender, task));
                });
            }
            Effect::Checks { task, numbers, endpoints } => {
                let (checker, store) = (Arc::clone(&self.checker), self.store.clone());
                self.read(task, async move {
                    let (tell, told) = mpsc::unbounded_channel();
                    let work = check::many(&checker, &numbers, &endpoints, store, tell);
                    tokio::join!(work, forward(told, &sender, task));
                });
            }
            Effect::Run(task, run) => self.carry_out(task, *run),
            Effect::Halt(task) => {
                if let Some(Pending::Run { halt }) = self.writes.get(&task) {
                    halt.store(true, Ordering::Relaxed);
                }
            }
            Effect::Undo(task, id) => self.undo(task, id),
            Effect::Activity(task) => {
                let (requests, today) = (client.activity(), self.counted_today());
                self.answer(task, async move { Reply::Activity(requests, today.await) });
            }
            Effect::Copy { task, text, is_password } => {
                let clipboard = self.clipboard.clone();
                self.answer(task, async move { Reply::Copied(clipboard.copy(text, is_password).await) });
            }
            Effect::Export(..) | Effect::Keep { .. } | Effect::PlanFile(..) => self.of_files(effect),
            Effect::Ledger(_)
            | Effect::Past(..)
            | Effect::SeenAt(..)
            | Effect::Kept(..)
            | Effect::Labels(_)
            | Effect::Label(..) => self.recall(effect),
            Effect::Cancel(task) => {
                self.exports.stop(task);
                if let Some(read) = self.reads.remove(&task) {
                    read.abort();
                }
            }
            Effect::Pin(organization) => {
                let (ledger, store) =
                    self.places_of.as_ref().map_or((None, None), |places| places(&organization));
                if let Some(ledger) = ledger {
                    self.ledger = ledger;
                }
                // What was kept is about what the server took for the organization.
                self.begun.take();
                self.left.extend(std::mem::replace(&mut self.store, store));
                if let Ok(client) = self.client.naming(organization) {
                    self.client = client;
                }
            }
            // The screen's own; the loop does not hand them here.
            Effect::CopyThrough(..) | Effect::Repaint | Effect::Theme(_) | Effect::Suspend => {}
            Effect::Mouse(_) | Effect::Dump(..) => {}
        }
    }

    /// Reads or writes a file.
    fn of_files(&mut self, effect: Effect) {
        let sender = self.sender.clone();
        match effect {
            Effect::Export(task, job) => self.exports.begin(task, Content::Rows(*job), sender),
            Effect::Keep { task, path, text } => {
                self.exports.begin(task, Content::Text { path, text }, sender);
            }
            Effect::PlanFile(task, path) => {
                plan::read(task, path, self.client.base_url().to_string(), sender);
            }
            _ => {}
        }
    }

    /// The next reply. A panic of a task goes on here, so that it ends the program: the panic hook
    /// has given the terminal back already.
    pub async fn next(&mut self) -> (TaskId, Reply) {
        loop {
            tokio::select! {
                biased;
                reply = self.replies.recv() => {
                    if let Some(reply) = reply {
                        return self.counted(reply);
                    }
                }
                Some(ended) = self.running.join_next(), if !self.running.is_empty() => surface(ended),
            }
        }
    }

    /// A reply that is there already.
    pub fn try_next(&mut self) -> Option<(TaskId, Reply)> {
        let reply = self.replies.try_recv().ok()?;
        Some(self.counted(reply))
    }

    /// How many writes are on their way.
    pub fn writes(&self) -> usize {
        self.writes.len()
    }

    /// Waits for the writes that are on their way; their own timeouts bound it. Returns what
    /// became of each.
    pub async fn settle(&mut self) -> Vec<Settled> {
        for (_, read) in self.reads.drain() {
            read.abort();
        }
        for pending in self.writes.values() {
            let (Pending::Run { halt } | Pending::Look { halt, .. }) = pending;
            halt.store(true, Ordering::Relaxed);
        }
        let mut ended = Vec::new();
        while !self.writes.is_empty() {
            let looked = |pending: &Pending| match pending {
                Pending::Look { intent, .. } => Some(intent.clone()),
                Pending::Run { .. } => None,
            };
            let looks: Vec<(TaskId, Box<Intent>)> =
                self.writes.iter().filter_map(|(task, pending)| Some((*task, looked(pending)?))).collect();
            match self.next().await {
                (task, Reply::Outcome(outcome)) => {
                    let of = |(look, intent)| (look == task).then_some(intent);
                    ended.extend(
                        looks.into_iter().find_map(of).map(|intent| Settled::Looked(intent, outcome)),
                    );
                }
                (_, Reply::Run(run)) => ended.push(Settled::Run(run)),
                _ => {}
            }
        }
        ended
    }

    fn counted(&mut self, reply: (TaskId, Reply)) -> (TaskId, Reply) {
        if matches!(reply.1, Reply::Outcome(_) | Reply::Run(_)) {
            self.writes.remove(&reply.0);
        }
        reply
    }

    fn carry_out(&mut self, task: TaskId, mut run: Batch) {
        let (client, sender) = (self.client.clone(), self.sender.clone());
        let (mut ledger, clock) = (self.ledger.clone(), self.clock);
        let halt = Arc::<AtomicBool>::default();
        self.writes.insert(task, Pending::Run { halt: Arc::clone(&halt) });
        self.running.spawn(async move {
            // Outcomes must all arrive, and the run does not wait for whoever shows them. The channel
            // closes when the work, which holds its one sender, is done.
            let (lines, told) = mpsc::unbounded_channel();
            let tell = move |run: &Batch, told: BatchEvent| {
                let reply = match told {
                    BatchEvent::Stage(line, stage) => Some(Reply::Line(line, Some(stage))),
                    BatchEvent::Pause(line, _) => Some(Reply::Line(line, None)),
                    BatchEvent::Ended(line) => {
                        let outcome = run.lines().get(line).and_then(|line| line.outcome.clone());
                        outcome.map(|outcome| Reply::LineEnded(line, Box::new(outcome)))
                    }
                };
                reply.into_iter().for_each(|reply| drop(lines.send(reply)));
            };
            let stop = || halt.load(Ordering::Relaxed);
            let work = carry_out(&client, &mut ledger, &clock, &mut run, &stop, tell);
            tokio::join!(work, forward(told, &sender, task));
            send(&sender, task, Reply::Run(Box::new(run))).await;
        });
    }

    /// Looks whether a write in doubt happened.
    fn look(&mut self, task: TaskId, entry: RequestId, intent: Box<Intent>, how: Look) {
        let (client, sender, mut ledger) = (self.client.clone(), self.sender.clone(), self.ledger.clone());
        let (clock, halt) = (self.clock, Arc::<AtomicBool>::default());
        self.writes.insert(task, Pending::Look { intent, halt: Arc::clone(&halt) });
        self.running.spawn(async move {
            let stages = sender.clone();
            let progress = move |stage| report(&stages, task, stage);
            let halt = || halt.load(Ordering::Relaxed);
            let outcome = look(&client, &mut ledger, &clock, entry, how, &halt, progress).await;
            send(&sender, task, Reply::Outcome(Box::new(outcome))).await;
        });
    }

    /// Reads a list as far as was asked.
    fn list(&mut self, task: TaskId, list: ListRequest) {
        let (list, memory) = self.memory(list);
        let (remarked, begun) = (Arc::clone(&self.remarked), self.begun.clone());
        let (client, sender) = (self.client.clone(), self.sender.clone());
        self.read(task, read_list(client, list, (task, sender), remarked, (memory, begun)));
    }

    /// Where a list is remembered when it was read whole; `None` for one that is not, or not of owned numbers.
    /// The rest of one that was read in part begins a little earlier, to see that it is the same list still.
    fn memory(&self, list: ListRequest) -> (ListRequest, Option<ListMemory>) {
        let Some(store) = self.store.clone().filter(|_| list.shelf == ListKind::Owned) else {
            return (list, None);
        };
        let memory = match (list.offset, self.begun.take()) {
            (0, _) => Some(ListMemory::new(store, self.ledger.clone())),
            (offset, Some(begun)) => begun.going_on(offset, Timestamp::now()),
            (_, None) => None,
        };
        let overlap = memory.as_ref().map_or(0, ListMemory::overlap);
        (ListRequest { offset: list.offset - overlap, ..list }, memory)
    }

    /// Reads the endpoints, and remembers them.
    fn endpoints(&mut self, task: TaskId) {
        let (client, store) = (self.client.clone(), self.store.clone());
        self.answer(task, async move {
            let endpoints = client.endpoints().await;
            if let (Some(store), Ok(read)) = (store, &endpoints) {
                store.endpoints(read.clone(), Timestamp::now());
            }
            Reply::Endpoints(endpoints)
        });
    }

    /// Reads what undoing a change of a number needs.
    fn undo(&mut self, task: TaskId, id: NumberId) {
        let (client, mut ledger) = (self.client.clone(), self.ledger.clone());
        self.answer(task, async move {
            let known = match (ledger.ask(|ledger| ledger.entries()).await, client.get(&id).await) {
                (Ok(entries), Ok(detail)) => Ok((entries, detail.number)),
                (Err(why), _) => Err(why.to_string()),
                (_, Err(error)) => Err(error.to_string()),
            };
            Reply::Undo(Box::new(known))
        });
    }

    /// A read that comes to one reply.
    pub(super) fn answer(&mut self, task: TaskId, reply: impl Future<Output = Reply> + Send + 'static) {
        let sender = self.sender.clone();
        self.read(task, async move { send(&sender, task, reply.await).await });
    }

    pub(super) fn read(&mut self, task: TaskId, work: impl Future<Output = ()> + Send + 'static) {
        let handle = self.running.spawn(work);
        self.reads.insert(task, handle);
    }

    fn reap(&mut self) {
        while let Some(ended) = self.running.try_join_next() {
            surface(ended);
        }
        self.reads.retain(|_, read| !read.is_finished());
    }
}

/// An effect for the log: of a thousand numbers the first few tell enough.
fn in_brief(effect: &Effect) -> String {
    clean(&format!("{effect:?}"), 400)
}

fn surface(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// Hands replies on until nobody makes any more.
async fn forward(
    mut told: mpsc::UnboundedReceiver<Reply>,
    sender: &mpsc::Sender<(TaskId, Reply)>,
    task: TaskId,
) {
    while let Some(reply) = told.recv().await {
        send(sender, task, reply).await;
    }
}

/// The receiver is gone only when the program ends; then nobody needs the reply.
pub(super) async fn send(sender: &mpsc::Sender<(TaskId, Reply)>, task: TaskId, reply: Reply) {
    sender.send((task, reply)).await.ok();
}

/// A stage that finds no room is a picture that nobody sees; the outcome waits for its turn.
fn report(sender: &mpsc::Sender<(TaskId, Reply)>, task: TaskId, stage: crate::write::Stage) {
    sender.try_send((task, Reply::Stage(stage))).ok();
}
