//! A thread that owns a store of numbers: a disk, or another program that is busy with the file, keeps
//! neither the loop nor a worker waiting.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::{CheckResult, CompleteRead, NumberStore, Recorded, StoreError};
use crate::phone::{Endpoint, NumberId};
use crate::write::Entry;

/// Something to look up in a store.
type Question = Box<dyn FnOnce(&mut NumberStore) + Send>;

/// What is handed in.
enum Message {
    Read(Box<CompleteRead>, Option<Vec<Entry>>),
    Endpoints(Vec<Endpoint>, Timestamp),
    Checks(Timestamp, Vec<(NumberId, CheckResult)>),
    /// To look something up.
    Ask(Question),
    /// To give the store up, and to say what went wrong.
    Close(mpsc::Sender<StoreTrouble>),
}

/// What kept a store from remembering; nothing else depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreTrouble {
    /// Where a damaged store was put; another one was begun.
    pub set_aside: Option<PathBuf>,
    /// Why something was not kept, the first time.
    pub error: Option<StoreError>,
    /// A list was empty that was not before, and was not believed.
    pub doubted: bool,
}

/// A store that takes in one thing after another on a thread of its own. The thread ends with the last of
/// its clones.
#[derive(Debug, Clone)]
pub struct StoreThread(mpsc::Sender<Message>);

impl StoreThread {
    /// Gives the store of an organization a thread; `None` where none was named. A read with rows of another
    /// organization is not recorded: it is not what the store is about. `others` reads the writes of this
    /// machine that are in other ledgers, and may explain a change as well; `None` where it can not.
    pub fn spawn(
        mut store: NumberStore,
        organization: Option<String>,
        others: impl Fn() -> Option<Vec<Entry>> + Send + 'static,
    ) -> Self {
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            let mut trouble = StoreTrouble::default();
            for message in messages {
                let done = match message {
                    Message::Read(read, _) if read.is_of_another(organization.as_deref()) => Ok(()),
                    Message::Read(read, entries) => {
                        let writes = || Some([entries.clone()?, others()?].concat());
                        let recorded = store.record(&read, &writes, Timestamp::now());
                        recorded.map(|recorded| trouble.doubted = recorded == Recorded::Doubted)
                    }
                    Message::Endpoints(endpoints, at) => store.keep_endpoints(&endpoints, at),
                    Message::Checks(at, results) => store.keep_checks(at, &results),
                    Message::Ask(question) => {
                        question(&mut store);
                        Ok(())
                    }
                    Message::Close(done) => {
                        drop(store);
                        done.send(trouble).ok();
                        return;
                    }
                };
                trouble.set_aside = store.take_set_aside().or(trouble.set_aside);
                trouble.error = trouble.error.or(done.err());
            }
        });
        Self(sender)
    }

    /// Hands in a complete read, with the writes of this machine; `None` where the ledger cannot be asked.
    pub fn record(&self, read: CompleteRead, entries: Option<Vec<Entry>>) {
        self.hand_in(Message::Read(Box::new(read), entries));
    }

    /// Hands in the endpoints that were read at a time.
    pub fn endpoints(&self, endpoints: Vec<Endpoint>, at: Timestamp) {
        self.hand_in(Message::Endpoints(endpoints, at));
    }

    /// Hands in what checks of routes came to at a time.
    pub fn checks(&self, at: Timestamp, results: Vec<(NumberId, CheckResult)>) {
        self.hand_in(Message::Checks(at, results));
    }

    /// Looks something up, behind everything that was handed in before; `None` where the thread is gone.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut NumberStore) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.hand_in(Message::Ask(Box::new(move |store| {
            // Nobody waits for it any more: the disk is spared.
            if !answer.is_closed() {
                answer.send(question(store)).ok();
            }
        })));
        answered.await.ok()
    }

    /// A store whose thread is gone remembers nothing more.
    fn hand_in(&self, message: Message) {
        self.0.send(message).ok();
    }

    /// Waits until everything that was handed in is kept, and the store is given up. It keeps its caller
    /// from doing anything else, so it is for the end of the program.
    pub fn close(self) -> StoreTrouble {
        let (done, wait) = mpsc::channel();
        self.hand_in(Message::Close(done));
        drop(self);
        wait.recv().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Number, NumberText};
    use crate::store::Retention;

    #[test]
    fn what_was_handed_in_is_kept_when_it_is_closed() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("store/a.sqlite");
        let store = || NumberStore::new(file.clone(), Retention::default());
        let thread = StoreThread::spawn(store(), None, || None);
        let other = thread.clone();
        let number = Number::new(NumberId::new("a"), NumberText::parse("+2348031234567"));
        let (began, ended) =
            ("2026-03-03T10:00:00Z".parse().unwrap(), "2026-03-03T10:01:00Z".parse().unwrap());
        other.record(CompleteRead { began, ended, numbers: vec![number.clone()] }, None);
        assert_eq!(thread.close(), StoreTrouble::default());
        assert_eq!(store().last().unwrap().numbers, [number]);
        other.endpoints(Vec::new(), ended);
        assert_eq!(other.close(), StoreTrouble::default(), "nobody is there any more");
    }

    #[test]
    fn what_cannot_be_kept_is_told_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("store"), "a file").unwrap();
        let store = NumberStore::new(directory.path().join("store/a.sqlite"), Retention::default());
        let thread = StoreThread::spawn(store, None, || None);
        thread.endpoints(Vec::new(), Timestamp::UNIX_EPOCH);
        thread.endpoints(Vec::new(), Timestamp::UNIX_EPOCH);
        let trouble = thread.close();
        assert!(trouble.error.unwrap().to_string().contains("is a file, not a directory"));
        assert_eq!(trouble.set_aside, None);
    }
}
