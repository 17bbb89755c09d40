//! The routing check as work: reads the number, asks its servers, and tells each step.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::api::Client;
use crate::app::Reply;
use crate::check::{
    AuthRule, Endpoints, Facts, Guard, NetworkDns, Options, Pacer, Plan, Progress, Report, Subject, Tls,
    World, batch, check,
};
use crate::phone::{Number, NumberId};

/// What all checks of a session share: names, trust, and the pace at which servers are asked.
pub(super) struct Checker {
    ca: Option<Vec<u8>>,
    guard: Arc<Guard>,
    /// Made by the first check, so that a dashboard that checks nothing does not pay for it.
    world: OnceLock<Result<World<NetworkDns>, String>>,
}

impl Checker {
    pub(super) fn new(ca: Option<Vec<u8>>, guard: Arc<Guard>) -> Self {
        Self { ca, guard, world: OnceLock::new() }
    }

    fn world(&self) -> Result<&World<NetworkDns>, &str> {
        let make = || {
            let tls = Tls::new(self.ca.as_deref())?;
            Ok(World {
                dns: NetworkDns::system(),
                tls,
                pacer: Pacer::default(),
                guard: Arc::clone(&self.guard),
            })
        };
        self.world.get_or_init(make).as_ref().map_err(String::as_str)
    }

    /// One number: its record is read first, and with it where it leads. Each step is handed on as
    /// it happens, the report at the end.
    pub(super) async fn one(
        &self,
        client: &Client,
        id: &NumberId,
        endpoints: &Endpoints,
        credentials: bool,
        tell: mpsc::UnboundedSender<Reply>,
    ) {
        let at = Timestamp::now();
        let ended = |report: Report| drop(tell.send(Reply::Checked(0, Arc::new(report))));
        let auth = if credentials { AuthRule::Verified } else { AuthRule::Off };
        let options = Options { auth, ..Options::default() };
        let began = Instant::now();
        let detail = match timeout(options.timeout, client.get(id)).await {
            Ok(Ok(detail)) => detail,
            Ok(Err(error)) => return ended(Subject::unread(id.as_str(), &error.to_string()).settled(at)),
            Err(_) => {
                let why = format!("it did not answer within {} s", options.timeout.as_secs());
                return ended(Subject::unread(id.as_str(), &why).settled(at));
            }
        };
        let facts = Facts::of(&detail.number, Some(&detail), endpoints);
        let subject = Subject { has_detail: true, ..Subject::of(&facts, None) };
        // What the API took is gone; the servers have at least a second.
        let left = options.timeout.saturating_sub(began.elapsed()).max(Duration::from_secs(1));
        let options = Options { timeout: left.min(options.timeout), ..options };
        let world = match self.world() {
            Ok(world) => world,
            Err(why) => return ended(Subject::unread(id.as_str(), why).settled(at)),
        };
        let watch = |progress: Progress| drop(tell.send(Reply::Checking(progress)));
        ended(check(&subject, &options, world, at, &watch).await);
    }

    /// Many numbers, from what the list says of them; each server is asked once.
    pub(super) async fn many(
        &self,
        numbers: &[Number],
        endpoints: &Endpoints,
        tell: mpsc::UnboundedSender<Reply>,
    ) {
        let at = Timestamp::now();
        let subject = |number: &Number| Subject::of(&Facts::of(number, None, endpoints), None);
        let plan = Plan::of(numbers.iter().map(subject).collect());
        let options = Options::default();
        tell.send(Reply::Planned(plan.counts(options.count, options.auth))).ok();
        let done = |place: usize, report: Report| {
            drop(tell.send(Reply::Checked(place, Arc::new(report))));
        };
        match self.world() {
            Ok(world) => batch(&plan, &options, world, at, &done).await,
            Err(why) => {
                for (place, number) in numbers.iter().enumerate() {
                    done(place, Subject::unread(&number.line.to_string(), why).settled(at));
                }
            }
        }
    }
}
