//! Reading a list, and remembering it where it was read whole: at once, or in two parts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use crate::api::{Client, ListRequest, Page};
use crate::app::{Reply, TaskId};
use crate::phone::{Number, NumberId};
use crate::store::{CompleteRead, LedgerThread, StoreThread};
use crate::write::AsyncLedger;

/// So many rows of the part before are read again, to see whether the list has moved meanwhile.
const OVERLAP: usize = 100;

/// After so long the first part of a list is not that of one list with what is read now.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

/// Reads a list as far as was asked, and reports its pages.
pub(super) async fn read_list(
    client: Client,
    list: ListRequest,
    (task, sender): (TaskId, mpsc::Sender<(TaskId, Reply)>),
    remarked: Arc<AtomicBool>,
    (mut memory, begun): (Option<ListMemory>, BegunList),
) {
    // Nobody is there any more only when the program ends.
    let tell = async |reply: Reply| drop(sender.send((task, reply)).await);
    let mut pages = client.pages(list);
    let mut end = false;
    while let Some(page) = pages.next().await {
        if let Some(remark) = client.remark().filter(|_| !remarked.swap(true, Ordering::Relaxed)) {
            tell(Reply::Remark(remark)).await;
        }
        match page {
            Ok(page) => {
                end = page.end;
                memory = memory.and_then(|memory| memory.take(&page));
                tell(Reply::Page(page)).await;
            }
            Err(error) => return tell(Reply::Listed(Err(error))).await,
        }
    }
    // Before anybody hears that it is all, and may leave.
    match memory {
        Some(memory) if end => memory.keep().await,
        // It may go on from there.
        Some(memory) => begun.put(memory),
        None => {}
    }
    tell(Reply::Listed(Ok(()))).await;
}

/// A list of owned numbers of which a part was read.
#[derive(Clone, Default)]
pub(super) struct BegunList(Arc<Mutex<Option<ListMemory>>>);

impl BegunList {
    /// Takes it out: nobody goes on with it twice.
    pub(super) fn take(&self) -> Option<ListMemory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, memory: ListMemory) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(memory);
    }
}

/// The rows of a list of owned numbers that is being read, for the store where it is read whole.
pub(super) struct ListMemory {
    store: StoreThread,
    ledger: LedgerThread,
    began: Timestamp,
    numbers: Vec<Number>,
    /// The ids with which the part before ended, as far as they are not read again.
    seam: Vec<NumberId>,
    /// It is read in two parts.
    in_parts: bool,
}

impl ListMemory {
    /// A list that is read from its beginning.
    pub(super) fn new(store: StoreThread, ledger: LedgerThread) -> Self {
        let began = Timestamp::now();
        Self { store, ledger, began, numbers: Vec::new(), seam: Vec::new(), in_parts: false }
    }

    /// The same where it goes on at a row; `None` where it has not come there, or so long ago that the two parts
    /// are of two times.
    pub(super) fn going_on(self, offset: u64, now: Timestamp) -> Option<Self> {
        let is_there = self.numbers.len() as u64 == offset && now.duration_since(self.began) < FRESH;
        let last = self.numbers.len().saturating_sub(OVERLAP);
        let seam = self.numbers[last..].iter().map(|number| number.id.clone()).collect();
        is_there.then_some(Self { seam, in_parts: true, ..self })
    }

    /// How many rows are read again.
    pub(super) fn overlap(&self) -> u64 {
        self.seam.len() as u64
    }

    /// Takes a page; `None` where the list has moved between its parts, and nothing is known of it, or where it is
    /// too long to be held.
    fn take(mut self, page: &Page) -> Option<Self> {
        if page.again && self.in_parts {
            return None;
        }
        if page.again {
            self.numbers.clear();
        }
        let again = self.seam.len().min(page.numbers.len());
        let (known, fresh) = page.numbers.split_at(again);
        if !self.seam.drain(..again).eq(known.iter().map(|number| number.id.clone())) {
            return None;
        }
        self.numbers.extend(fresh.iter().map(CompleteRead::row));
        (self.numbers.len() <= CompleteRead::MOST_HELD).then_some(self)
    }

    /// Hands the list to the store, with the writes that may explain what changed.
    async fn keep(mut self) {
        let read = CompleteRead { began: self.began, ended: Timestamp::now(), numbers: self.numbers };
        let entries = self.ledger.ask(|ledger| ledger.entries()).await;
        self.store.record(read, entries.ok());
    }
}
