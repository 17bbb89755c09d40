//! The clock of the world.

use std::time::Duration;

use jiff::Timestamp;

use super::{Clock, Uptime};

/// How long a write may still happen after it was sent, unless somebody says otherwise.
pub const SETTLE: Duration = Duration::from_secs(60);

/// The clocks of this machine, for commands and screens; tests bring their own.
#[derive(Debug, Clone, Copy)]
pub struct WallClock {
    /// How long a write may still happen after it was sent.
    pub settle: Duration,
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn uptime(&self) -> Uptime {
        Uptime::now()
    }

    fn settle(&self) -> Duration {
        self.settle
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
