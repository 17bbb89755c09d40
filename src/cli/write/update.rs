//! `numdeck update`: endpoint, switches, status.

use super::report::{Fate, Row};
use super::review::Mode;
use super::run::Plan;
use crate::cli::args::{Named, Update, Wanted};
use crate::cli::numbers::{self, Purpose, directory};
use crate::cli::session::CommandContext;
use crate::cli::{Exit, Failure, unresolved};
use crate::phone::{Changes, Number};
use crate::write::{Budget, Intent};

pub(in crate::cli) async fn update(session: &CommandContext, options: &Update) -> Result<Exit, Failure> {
    let mode = Mode::of(options.consent);
    let wanted = changes(&options.wanted);
    change(session, &options.named, mode, |number| {
        let changes = wanted.against(number);
        (!changes.is_empty()).then(|| Intent::update(number.clone(), changes))
    })
    .await
}

/// Changes numbers, each as `decide` says; `None` where it is as was asked for already.
pub(super) async fn change(
    session: &CommandContext,
    named: &Named,
    mode: Mode,
    decide: impl Fn(&Number) -> Option<Intent>,
) -> Result<Exit, Failure> {
    session.may_write()?;
    let (targets, again) = numbers::of(Purpose::Changing, &named.numbers, named.file.as_deref())?;
    let numbers = directory::numbers(session, &targets, again).await?;
    let numbers = unresolved::at_rest(session, numbers, mode.looks()).await?;
    let alone = named.file.is_none() && targets.len() == 1;
    let mut plan = Plan::new(session, mode, alone, Budget::OPEN);
    session.may_write()?;
    for number in numbers {
        match decide(&number) {
            Some(intent) => plan.add(intent),
            None if mode == Mode::DryRun => plan.settle(Row::would_not_change(&number)),
            None => plan.settle(Row::of(Fate::Unchanged, &number)),
        }
    }
    plan.carry_out().await
}

fn changes(wanted: &Wanted) -> Changes {
    Changes {
        endpoint: wanted.endpoint.clone().map(|route| route.0),
        switches: wanted.switches(),
        status: wanted.status.map(Into::into),
    }
}
