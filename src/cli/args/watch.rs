//! Options of `watch`.

use std::time::Duration;

use clap::Args as Group;

use super::reads::{Selection, whole};
use crate::config::{NoTime, duration};

/// Options of `watch`.
#[derive(Debug, Clone, Group)]
pub struct WatchArgs {
    /// Which numbers.
    #[command(flatten)]
    pub which: Selection,
    /// From one look to the next: 90s, 10m, 2h [default: 10m]; given by hand it may be more than the day's requests
    #[arg(long, value_name = "D", value_parser = period, conflicts_with = "once")]
    pub every: Option<Duration>,
    /// Check routes as well, each server once a round
    #[arg(long)]
    pub route: bool,
    /// Tell a change once so many looks in a row agree on it
    #[arg(long = "for", value_name = "N", default_value_t = 1, value_parser = agreeing)]
    pub agreeing: u32,
    /// End as soon as all these numbers match this; exit 14 where that is not within --timeout
    #[arg(long, value_name = "EXPR", conflicts_with = "once")]
    pub until: Option<String>,
    /// Give each event to a command of the shell, as a line of JSON on its standard input
    #[arg(long, value_name = "CMD")]
    pub exec: Option<String>,
    /// Look once and tell what happened since the last time, for cron
    #[arg(long)]
    pub once: bool,
}

impl WatchArgs {
    /// What stands below its options.
    pub const LIMITS: &'static str = "\
Events are lines of JSON in the form of numdeck history -o ndjson, and sentences on a terminal. Several \
numbers whose routes turn alike at one server are one event. Events reach the command of --exec one after \
another, none is left out however slow it is, and how it exits is said. A server that is away is said once, \
and once when it is back; what happens between two looks and back again is not seen.";

    /// What tells one watch that goes a round at a time from another.
    pub fn name(&self) -> String {
        format!(
            "{} for {}{}",
            self.which.expression(),
            self.agreeing,
            if self.route { " routes" } else { "" }
        )
    }
}

fn agreeing(text: &str) -> Result<u32, String> {
    whole(text, 1..=1000)
}

/// A second to a day.
fn period(text: &str) -> Result<Duration, String> {
    let hours = text.strip_suffix('h').and_then(|hours| hours.parse::<u64>().ok());
    let time = match hours {
        Some(hours) => Duration::from_secs(hours.saturating_mul(3600)),
        None => duration(text).map_err(|why| match why {
            NoTime::Range => "a time from 1s to 24h".to_owned(),
            why => format!("{why}, or 2h"),
        })?,
    };
    let fits = (Duration::from_secs(1)..=Duration::from_secs(24 * 3600)).contains(&time);
    if fits { Ok(time) } else { Err("a time from 1s to 24h".to_owned()) }
}
