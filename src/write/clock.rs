//! The clock of the world.

use std::time::Duration;

use jiff::Timestamp;

use super::Clock;

/// The wall clock, for commands and screens; tests bring their own.
#[derive(Debug, Clone, Copy)]
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
