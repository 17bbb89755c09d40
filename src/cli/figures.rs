//! What this machine knows of its own writes and requests, for Prometheus.

use super::command_context::CommandContext;
use crate::metrics::{Exposition, Metric};

/// What is known of this machine. What cannot be read is not told: a 0 would say that all is well.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MachineFigures {
    /// Writes in doubt.
    doubts: Option<usize>,
    /// Requests to the API since midnight UTC, of all processes.
    requests: Option<u64>,
}

/// Looks into the ledger and the count of requests.
pub(super) async fn of_machine(context: &CommandContext) -> MachineFigures {
    let doubts = context.ask(|ledger| {
        let entries = ledger.entries()?;
        Ok(entries.iter().filter(|entry| entry.is_in_doubt()).count())
    });
    let requests = context.requests_counted();
    MachineFigures { doubts: doubts.await.ok(), requests }
}

impl MachineFigures {
    /// Tells them.
    pub(super) fn tell(self, to: &mut Exposition) {
        if let Some(doubts) = self.doubts {
            to.set(Metric::LedgerInDoubt, doubts as f64);
        }
        if let Some(requests) = self.requests {
            to.set(Metric::RequestsToday, requests as f64);
        }
    }
}
