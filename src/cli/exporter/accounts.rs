//! Credentials of numbers that are probed again and again: read seldom, and never tried again once they were
//! rejected, so that neither a budget nor an account suffers.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::answer::Refusal;
use crate::check::{Endpoints, of_detail};
use crate::cli::command_context::CommandContext;
use crate::cli::output::safe;
use crate::metrics::ProbeFigures;
use crate::phone::{Moment, Number, NumberId};
use crate::sip::Subject;

/// Records that are read for it in a day: beside the list there is room for so many.
pub(super) const MOST_READS: usize = 64;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A record is read again after so long. Credentials that were rejected get no other chance before.
const KEPT: Duration = Duration::from_secs(6 * 3600);

/// What is known of the credentials of a number.
struct KnownAccount {
    subject: Subject,
    read_at: Instant,
    /// When the record had changed last by then: a new password is one of a new record.
    changed: Option<Moment>,
    /// What the check came to that ended with a rejection.
    rejected: Option<ProbeFigures>,
}

/// What to do about the credentials of a number.
pub(super) enum AccountTurn {
    /// They may be tried.
    Try(Box<Subject>),
    /// They were rejected, and nothing has changed since: that is told again, and nothing is sent.
    Rejected(ProbeFigures),
}

/// Credentials that were read.
#[derive(Default)]
pub(super) struct Accounts {
    known: RefCell<HashMap<NumberId, KnownAccount>>,
    /// When records were read, of the last day.
    reads: RefCell<VecDeque<Instant>>,
}

impl Accounts {
    /// What to do about a number, whose record is read where that was not done lately.
    ///
    /// # Errors
    /// The budget of the day is used up, or the record cannot be read.
    pub(super) async fn turn(
        &self,
        context: &CommandContext,
        number: &Number,
        endpoints: &Endpoints,
    ) -> Result<AccountTurn, Refusal> {
        if let Some(turn) = self.known_turn(number) {
            return Ok(turn);
        }
        if !self.take_read(Instant::now()) {
            let text = format!("{MOST_READS} records were read for module=auth today; others have to wait");
            return Err(Refusal::new(503, text));
        }
        let detail = context.client.get(&number.id).await.map_err(|error| {
            Refusal::new(503, format!("the record cannot be read: {}", safe(&error.to_string())))
        })?;
        let subject = of_detail(&detail, endpoints, None);
        let account = KnownAccount {
            subject: subject.clone(),
            read_at: Instant::now(),
            changed: number.updated_at.clone(),
            rejected: None,
        };
        let mut known = self.known.borrow_mut();
        known.retain(|_, account| account.read_at.elapsed() < KEPT);
        known.insert(number.id.clone(), account);
        Ok(AccountTurn::Try(Box::new(subject)))
    }

    fn known_turn(&self, number: &Number) -> Option<AccountTurn> {
        let known = self.known.borrow();
        let account = known.get(&number.id)?;
        let is_young = account.read_at.elapsed() < KEPT && account.changed == number.updated_at;
        is_young.then(|| match &account.rejected {
            Some(figures) => AccountTurn::Rejected(figures.clone()),
            None => AccountTurn::Try(Box::new(account.subject.clone())),
        })
    }

    /// Takes note that a registrar rejected them.
    pub(super) fn reject(&self, number: &NumberId, figures: &ProbeFigures) {
        if let Some(account) = self.known.borrow_mut().get_mut(number) {
            account.rejected = Some(figures.clone());
        }
    }

    /// Takes a read of the budget, where one is left.
    fn take_read(&self, now: Instant) -> bool {
        let mut reads = self.reads.borrow_mut();
        while reads.front().is_some_and(|at| now.duration_since(*at) >= DAY) {
            reads.pop_front();
        }
        let is_left = reads.len() < MOST_READS;
        if is_left {
            reads.push_back(now);
        }
        is_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::NumberText;
    use crate::sip::{Access, SipUri};

    #[test]
    fn so_many_records_are_read_in_any_day_and_no_more() {
        let (accounts, now) = (Accounts::default(), Instant::now());
        for _ in 0..MOST_READS {
            assert!(accounts.take_read(now));
        }
        assert!(!accounts.take_read(now + DAY / 2));
        assert!(accounts.take_read(now + DAY), "those of yesterday do not count");
    }

    #[test]
    fn credentials_that_were_rejected_are_not_tried_again_until_the_record_changes() {
        let accounts = Accounts::default();
        let mut number = Number::new(NumberId::new("n"), NumberText::parse("+2348031234567"));
        assert!(accounts.known_turn(&number).is_none(), "its record has to be read");
        let uri = SipUri::parse("sip:a@sip.example.net").unwrap();
        let subject = Subject::given(uri, None, Access::Hidden);
        let account = KnownAccount { subject, read_at: Instant::now(), changed: None, rejected: None };
        accounts.known.borrow_mut().insert(number.id.clone(), account);
        assert!(matches!(accounts.known_turn(&number), Some(AccountTurn::Try(_))));
        accounts.reject(&number.id, &ProbeFigures::default());
        assert!(matches!(accounts.known_turn(&number), Some(AccountTurn::Rejected(_))));
        number.updated_at = Some(Moment::parse("2026-03-03T10:00:00Z"));
        assert!(accounts.known_turn(&number).is_none(), "it may have another password now");
    }
}
