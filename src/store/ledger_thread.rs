//! A thread that owns a ledger: locks of files and disks keep neither the loop nor a worker waiting.

use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

use crate::write::{AsyncLedger, Ledger, LedgerError};

/// Something to do with the ledger.
type Job = Box<dyn FnOnce(&mut dyn Ledger) + Send>;

/// What the thread is told.
enum Message {
    /// To do something with the ledger.
    Ask(Job),
    /// To give the ledger up; what is dropped then tells that it is done.
    Close(mpsc::Sender<()>),
}

/// A ledger that answers from a thread of its own, one question after another. The thread ends with
/// the last of its clones.
#[derive(Debug, Clone)]
pub struct LedgerThread(mpsc::Sender<Message>);

impl LedgerThread {
    /// Gives `ledger` a thread.
    pub fn spawn(mut ledger: impl Ledger + 'static) -> Self {
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            for message in messages {
                match message {
                    Message::Ask(job) => job(&mut ledger),
                    Message::Close(done) => {
                        drop(ledger);
                        drop(done);
                        return;
                    }
                }
            }
        });
        Self(sender)
    }

    /// Waits until everything that was asked is done, and the ledger is given up. It keeps its caller
    /// from doing anything else, so it is for the end of the program.
    pub fn close(self) {
        let (done, wait) = mpsc::channel();
        if self.0.send(Message::Close(done)).is_ok() {
            wait.recv().ok();
        }
    }
}

impl AsyncLedger for LedgerThread {
    async fn ask<T: Send + 'static>(
        &mut self,
        question: impl FnOnce(&mut dyn Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (answer, answered) = oneshot::channel();
        let job = move |ledger: &mut dyn Ledger| {
            // What nobody waits for any more is not begun: an intent that nobody will send, for one.
            if !answer.is_closed() {
                answer.send(question(ledger)).ok();
            }
        };
        let broken = || LedgerError("the ledger was left half-written by a crash of this process".to_owned());
        self.0.send(Message::Ask(Box::new(job))).map_err(|_| broken())?;
        answered.await.unwrap_or_else(|_| Err(broken()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::SessionLedger;

    #[tokio::test]
    async fn each_is_answered_in_turn_and_what_nobody_waits_for_is_not_begun() {
        let mut ledger = LedgerThread::spawn(SessionLedger::default());
        let (begin, wait) = mpsc::channel::<()>();
        let mut busy = ledger.clone();
        let first = tokio::spawn(async move {
            busy.ask(move |_| {
                wait.recv().ok();
                Ok(1)
            })
            .await
        });
        let (tell, told) = mpsc::channel();
        let mut other = ledger.clone();
        let abandoned = tokio::spawn(async move { other.ask(move |_| Ok(tell.send(()).is_ok())).await });
        tokio::task::yield_now().await;
        abandoned.abort();
        assert!(abandoned.await.unwrap_err().is_cancelled());
        begin.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(1));
        assert_eq!(ledger.ask(|_| Ok(2)).await, Ok(2));
        assert!(told.try_recv().is_err(), "nobody waits for it");
        ledger.close();
    }

    #[tokio::test]
    async fn a_ledger_that_crashed_refuses_and_ends_nothing_else() {
        let mut ledger = LedgerThread::spawn(SessionLedger::default());
        let crash = |_: &mut dyn Ledger| -> Result<(), LedgerError> { panic!("the ledger crashes") };
        assert!(ledger.ask(crash).await.is_err());
        assert!(ledger.ask(|ledger| ledger.entries()).await.is_err(), "it is not asked again");
    }
}
