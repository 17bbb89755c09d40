//! What this machine knows: ledger, store and labels, each asked where it may take its time.

use std::collections::HashSet;

use jiff::Timestamp;

use super::tasks::{Tasks, send};
use crate::app::past::Past;
use crate::app::{Effect, Reply, TaskId};
use crate::config::LabelsFile;
use crate::phone::{Labels, NumberId};
use crate::store::{ChangeQuery, NotSeen, NumberStore, StoreError};
use crate::write::AsyncLedger;

/// So many changes are shown at most.
const SEEN_AT_MOST: usize = 10_000;

/// Why nothing is known of the past.
const NOWHERE: &str = "nothing is remembered here: there is no place for it";

/// So many kept rows are read at once.
const KEPT_AT_ONCE: usize = 10_000;

impl Tasks {
    /// Asks what this machine knows.
    pub(super) fn recall(&mut self, effect: Effect) {
        match effect {
            Effect::Kept(task, after) => self.kept(task, after),
            Effect::Past(task, number) => self.past(task, number),
            Effect::SeenAt(task, at) => self.seen_at(task, at),
            Effect::Labels(task) => self.of_labels(task, |file| file.read().map_err(|why| why.to_string())),
            Effect::Label(task, lines, edit) => self.of_labels(task, move |file| {
                file.edit(&lines, &edit).map(|(labels, _)| labels).map_err(|why| why.to_string())
            }),
            Effect::Ledger(task) => {
                let mut ledger = self.ledger.clone();
                self.answer(task, async move {
                    let entries = ledger.ask(|ledger| ledger.entries()).await;
                    Reply::Ledger(entries.map_err(|why| why.to_string()))
                });
            }
            _ => {}
        }
    }

    /// Reads the rest of what is kept of the owned numbers.
    fn kept(&mut self, task: TaskId, after: i64) {
        let (Some(store), sender) = (self.store.clone(), self.sender.clone()) else { return };
        self.read(task, async move {
            let (mut after, mut until) = (Some(after), None);
            while after.is_some() {
                let page = store.ask(move |store| store.page(after, KEPT_AT_ONCE)).await;
                let page = match page.unwrap_or(Err(NotSeen::Never)) {
                    Ok(page) => page,
                    Err(why) => return send(&sender, task, Reply::Kept(Err(why.to_string()))).await,
                };
                if until.replace(page.until).is_some_and(|until| until != page.until) {
                    // Somebody else has recorded another list meanwhile: it is read from its beginning.
                    (after, until) = (Some(i64::MIN), None);
                    continue;
                }
                after = page.next;
                send(&sender, task, Reply::Kept(Ok(page))).await;
            }
        });
    }

    /// Reads what is known of the past.
    fn past(&mut self, task: TaskId, number: Option<NumberId>) {
        let (store, mut ledger) = (self.store.clone(), self.ledger.clone());
        self.answer(task, async move {
            let entries = ledger.ask(|ledger| ledger.entries()).await.map_err(|why| why.to_string());
            let seen = match store {
                Some(store) => store.ask(move |store| seen(store, number)).await,
                None => None,
            };
            let past = entries.and_then(|entries| {
                let past = seen.ok_or_else(|| NOWHERE.to_owned())?.map_err(|why| why.to_string())?;
                Ok(Box::new(Past { entries, ..past }))
            });
            Reply::Past(past)
        });
    }

    /// Reads the list of a time.
    fn seen_at(&mut self, task: TaskId, at: Timestamp) {
        let store = self.store.clone();
        self.answer(task, async move {
            let list = match store {
                Some(store) => store.ask(move |store| store.at(at)).await,
                None => None,
            };
            let nowhere = || Err(NotSeen::Store(StoreError(NOWHERE.to_owned())));
            Reply::SeenAt(list.unwrap_or_else(nowhere).map(Box::new))
        });
    }

    /// Asks the labels file, whose disk may be slow.
    fn of_labels(
        &mut self,
        task: TaskId,
        ask: impl FnOnce(&LabelsFile) -> Result<Labels, String> + Send + 'static,
    ) {
        let (file, sender) = (self.labels.clone(), self.sender.clone());
        std::thread::spawn(move || {
            let nowhere = || Err("there is no place for labels; set HOME or NUMDECK_CONFIG_DIR".to_owned());
            let labels = file.map_or_else(nowhere, |file| ask(&file));
            sender.blocking_send((task, Reply::Labels(labels))).ok();
        });
    }
}

/// What a store knows of the past of all numbers, or of one.
fn seen(store: &mut NumberStore, number: Option<NumberId>) -> Result<Past, StoreError> {
    let query = ChangeQuery {
        limit: number.is_none().then_some(SEEN_AT_MOST),
        numbers: number.map(|number| HashSet::from([number])),
        ..ChangeQuery::default()
    };
    let facts = store.facts()?;
    Ok(Past {
        changes: store.changes(&query)?,
        turns: store.turns(&query)?,
        entries: Vec::new(),
        since: facts.as_ref().and_then(|facts| facts.since),
        until: facts.and_then(|facts| facts.until),
    })
}
