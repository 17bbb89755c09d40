//! When credentials are asked about, and when not: the same for one number and for many.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

use super::connection::Resources;
use super::deadline::Deadline;
use super::lockout::{Pause, Rejection};
use super::probe::{Alive, LegResult};
use super::register::{account, authenticate, kept_back};
use super::{
    Access, AuthRule, Code, Found, Leg, Lockout, Options, RequestCounts, Sighting, Status, Step, StepKind,
    Transport, Watch,
};

/// Between two accounts at one registrar.
const BETWEEN: Duration = Duration::from_secs(1);

/// How the accounts of a run are asked about.
pub(super) struct CredentialCheck<'a> {
    pub(super) rule: AuthRule,
    pub(super) lockout: &'a Lockout,
    pub(super) resources: Resources<'a>,
    /// Of many: each account has time of its own.
    pub(super) many: Option<&'a Options>,
    pub(super) began: Instant,
}

/// What is known of a registrar after its first account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closed {
    code: Code,
    text: String,
    /// The registrar calls every fresh nonce stale.
    is_stale: bool,
}

impl Closed {
    fn new(code: Code, text: String) -> Self {
        Self { code, text, is_stale: false }
    }

    /// The guard against bans.
    fn by(pause: &Pause) -> Self {
        let times: Vec<String> = pause.times.iter().map(|at| format!("{at:.0}")).collect();
        let text = format!(
            "two rejections at this registrar ({}): none of its accounts gets a password sent until {:.0}, so that nobody is banned",
            times.join(", "),
            pause.until
        );
        Self::new(Code::AuthPaused, text)
    }

    fn step(&self, leg: &Leg) -> Step {
        let step = Step::new(Some(leg.kind), StepKind::Auth, self.code, self.text.clone());
        match self.is_stale {
            true => step.found(Found::Sighting(Sighting::Stale)).as_status(Status::Fail),
            // Whoever asked for it must not read that all is well.
            false => step.as_status(Status::Skip),
        }
    }
}

impl CredentialCheck<'_> {
    /// Asks about one account at the server that was probed. `closed` says why it gets no more of them.
    pub(super) async fn login(
        &self,
        leg: &Leg,
        access: &Access,
        probed: &mut LegResult,
        closed: &mut Option<Closed>,
        sent: &mut RequestCounts,
        watch: Watch<'_>,
    ) -> Step {
        let login = match account(leg.kind, access) {
            Ok(login) => login,
            Err(step) => return *step,
        };
        if let Some(closed) = closed {
            return closed.step(leg);
        }
        let Some(alive) = &mut probed.alive else { return unasked(leg, &probed.steps) };
        if let Some(step) = kept_back(leg, alive.session.destination.target.transport, self.rule) {
            return step;
        }
        // However its address is written, to the server it is one who guesses.
        let address = alive.session.destination.target.at.to_string();
        let mut registrars = vec![leg.route.place(), address.clone()];
        registrars.dedup();
        self.make_room(alive).await;
        // Kept until the answer is entered: runs at the same time would all think that they are the second.
        let Some(_turn) = self.lockout.turn(&address, alive.budget.end()).await else {
            let text = "not asked: another check was asking this registrar all the time; run it again";
            return Step::new(Some(leg.kind), StepKind::Auth, Code::Skipped, text);
        };
        if let Some(pause) = self.lockout.paused(&registrars, self.now()) {
            return closed.insert(Closed::by(&pause)).step(leg);
        }
        let judged = authenticate(leg, alive, login, self.resources, sent, watch).await;
        alive.accounts += 1;
        for _ in 0..judged.refused {
            for registrar in &registrars {
                self.lockout.reject(Rejection { registrar: registrar.clone(), at: self.now() });
            }
        }
        if judged.is_stale {
            let text = "not asked: this registrar calls every fresh nonce stale".to_owned();
            *closed = Some(Closed { is_stale: true, ..Closed::new(Code::AuthUnverifiable, text) });
        }
        if let Some(wait) = judged.unavailable {
            let wait = wait.map_or(String::new(), |seconds| format!(", and to wait {seconds} s"));
            let text = format!("not asked: the server says that it is unavailable{wait}");
            *closed = Some(Closed::new(Code::AuthUnverifiable, text));
        }
        alive.silent = if judged.step.code == Code::NoAnswer { alive.silent + 1 } else { 0 };
        // All datagrams of one account may be lost, which says nothing of the server; of two it does.
        let may_be_lost = alive.session.destination.target.transport == Transport::Udp && alive.silent == 1;
        let gone = [Code::Closed, Code::BadReply, Code::NoAnswer, Code::Network, Code::PortClosed];
        if gone.contains(&judged.step.code) && !may_be_lost {
            // Nothing is known of the other credentials, and that is not as it should be.
            let text = "not asked: the server gave no answer to an earlier REGISTER".to_owned();
            closed.get_or_insert(Closed::new(Code::AuthUnverifiable, text));
        }
        judged.step
    }

    /// Another account: a call of its own, and time of its own.
    async fn make_room(&self, alive: &mut Alive) {
        let Some(options) = self.many else { return };
        if alive.accounts > 0 {
            sleep(BETWEEN).await;
        }
        alive.session.begin_call();
        alive.budget = Deadline::of_many(&Options { count: 1, ..*options });
    }

    fn now(&self) -> Timestamp {
        let since = SignedDuration::try_from(self.began.elapsed()).unwrap_or_default();
        self.resources.at.checked_add(since).unwrap_or(self.resources.at)
    }
}

/// Why there is nobody to ask: a server that said that it cannot serve has answered.
fn unasked(leg: &Leg, steps: &[Step]) -> Step {
    let failing = |step: &Step| {
        step.kind == StepKind::Options && matches!(step.code, Code::Unavailable | Code::ServerError)
    };
    let text = if steps.iter().any(failing) {
        "not asked: the server asks to be left alone for a while"
    } else {
        "not asked: no server answered"
    };
    Step::new(Some(leg.kind), StepKind::Auth, Code::Skipped, text)
}
