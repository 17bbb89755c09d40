//! A probe: to whom it may go, how many run at once, and how long.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::accounts::{AccountTurn, Accounts};
use super::allow::{AllowedHost, OwnedAddresses, may_ask};
use super::answer::{ProbeModule, ProbeQuestion, Refusal, limit};
use super::reading::{KnownList, ListState};
use crate::check::{Checker, Facts, named};
use crate::cli::command_context::CommandContext;
use crate::cli::numbers;
use crate::metrics::{Exposition, ProbeFigures};
use crate::numbers::{Directory, Purpose, Unfound};
use crate::phone::{E164, Number, Written};
use crate::sip::{Access, AuthRule, Code, Options, SipUri, StepKind, Subject};

/// Probes at once; who comes later waits for a turn.
const AT_ONCE: usize = 8;
/// A check ends within its limit and half a second of politeness: that is taken off before.
const GRACE: Duration = Duration::from_millis(500);

/// What probes share.
pub(super) struct Prober<'a> {
    context: &'a CommandContext,
    state: &'a ListState,
    allowed: &'a [AllowedHost],
    checker: Checker,
    accounts: Accounts,
    turns: Semaphore,
    /// Credentials are asked about one after another.
    auth_turns: Semaphore,
}

impl<'a> Prober<'a> {
    pub(super) fn new(
        context: &'a CommandContext,
        state: &'a ListState,
        allowed: &'a [AllowedHost],
        checker: Checker,
    ) -> Self {
        let (turns, auth_turns) = (Semaphore::new(AT_ONCE), Semaphore::new(1));
        Self { context, state, allowed, checker, accounts: Accounts::default(), turns, auth_turns }
    }

    /// Answers one, by its query and the header that says how long Prometheus waits.
    ///
    /// # Errors
    /// It is not understood, not allowed, or there is no turn for it.
    pub(super) async fn probe(&self, query: &str, timeout: Option<&str>) -> Result<Exposition, Refusal> {
        let (began, limit) = (Instant::now(), limit(timeout));
        let question = ProbeQuestion::parse(query)?;
        let work = match question.address() {
            Some(address) => self.address(&address, question.module, began + limit).await,
            None => self.number(&question, began + limit).await,
        };
        let mut all = Exposition::default();
        work?.tell(&mut all, began.elapsed(), false);
        Ok(all)
    }

    async fn address(
        &self,
        text: &str,
        module: ProbeModule,
        until: Instant,
    ) -> Result<ProbeFigures, Refusal> {
        let uri = SipUri::parse(text).map_err(|error| Refusal::new(400, error.to_string()))?;
        if module == ProbeModule::Auth {
            let text = "module=auth needs an owned number: nobody knows the password of an address";
            return Err(Refusal::new(400, text));
        }
        let list = self.state.list();
        let none = OwnedAddresses::default();
        let owned = list.as_ref().map_or(&none, |list| &list.addresses);
        if !may_ask(&uri, owned, self.allowed) {
            return Err(match list {
                Some(_) => Refusal::new(
                    403,
                    "neither the address of an owned number nor allowed: numdeck exporter --allow HOST",
                ),
                None => unread(),
            });
        }
        let missing = Access::Missing("no account was given");
        self.run(&Subject::given(uri, None, missing), AuthRule::Off, until).await
    }

    async fn number(&self, question: &ProbeQuestion, until: Instant) -> Result<ProbeFigures, Refusal> {
        let list = self.state.list().ok_or_else(unread)?;
        let number = find(&list, &question.target)?;
        if question.module == ProbeModule::Options {
            let facts = Facts::of(&number, None, &list.endpoints);
            return self.run(&named(&facts, None), AuthRule::Off, until).await;
        }
        let _turn = timeout_at(until, self.auth_turns.acquire()).await.map_err(|_| busy())?;
        let turn = timeout_at(until, self.accounts.turn(self.context, &number, &list.endpoints));
        let subject = match turn.await.map_err(|_| Refusal::new(503, "the record was not read in time"))?? {
            AccountTurn::Try(subject) => subject,
            AccountTurn::Rejected(figures) => return Ok(figures),
        };
        let (figures, is_rejected) = self.check(&subject, AuthRule::Verified, until).await?;
        if is_rejected {
            self.accounts.reject(&number.id, &figures);
        }
        Ok(figures)
    }

    async fn run(&self, subject: &Subject, auth: AuthRule, until: Instant) -> Result<ProbeFigures, Refusal> {
        Ok(self.check(subject, auth, until).await?.0)
    }

    /// Checks, and tells whether credentials were rejected. What is not done in time is no success.
    async fn check(
        &self,
        subject: &Subject,
        auth: AuthRule,
        until: Instant,
    ) -> Result<(ProbeFigures, bool), Refusal> {
        let _turn = timeout_at(until, self.turns.acquire()).await.map_err(|_| busy())?;
        let left = until.saturating_duration_since(Instant::now());
        let options = Options { timeout: left - GRACE.min(left / 2), auth, ..Options::default() };
        let check = self.checker.number(subject, &options, Duration::ZERO, Timestamp::now(), &|_| {});
        let mut figures = ProbeFigures::default();
        let Ok(checked) = timeout_at(until, check).await else { return Ok((figures, false)) };
        let report = checked.map_err(|why| Refusal::new(500, format!("--ca-file: {why}")))?;
        figures.add(&report);
        let auth_step = report.steps.iter().find(|step| step.kind == StepKind::Auth);
        let tested = auth_step.map_or(Code::Skipped, |step| step.code);
        if auth != AuthRule::Off && tested != Code::AuthOk {
            figures.leave_untested(tested);
        }
        let is_rejected = report.steps.iter().any(|step| step.code == Code::AuthRejected);
        Ok((figures, is_rejected))
    }
}

/// The one owned number that is meant. Whoever asks learns nothing of others.
fn find(list: &Arc<KnownList>, text: &str) -> Result<Number, Refusal> {
    let target = numbers::argument(Purpose::Changing, text)
        .map_err(|_| Refusal::new(400, "that is neither a number, nor an id, nor a SIP address"))?;
    let written = target.written();
    let values: Vec<u64> = written.iter().flat_map(Written::numbers).map(E164::value).collect();
    let is_meant = |number: &&Number| {
        number.id.as_str() == target.text
            || number.line.valid().is_some_and(|line| values.contains(&line.value()))
    };
    // A few of many: what is looked up in is made anew for each probe.
    let alike: Vec<Number> = list.numbers.iter().filter(is_meant).cloned().collect();
    let found = Directory::new(&alike).find(&target).cloned();
    found.map_err(|why| match why {
        Unfound::SeveralRecords { .. } => {
            Refusal::new(400, "several records have that number: name one by its id")
        }
        _ => Refusal::new(403, "it is not among the owned numbers"),
    })
}

fn unread() -> Refusal {
    Refusal::new(503, "the list of numbers was not read yet")
}

fn busy() -> Refusal {
    Refusal::new(503, format!("{AT_ONCE} probes run already, and none ended in time"))
}
