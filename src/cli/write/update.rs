//! `numdeck update`: endpoint, switches, status.

use super::report::{Fate, Row};
use super::review::Mode;
use super::run::Writes;
use crate::cli::args::{Named, Update, Wanted};
use crate::cli::command_context::CommandContext;
use crate::cli::numbers::{self, directory};
use crate::cli::{Exit, Failure, endpoints, unresolved};
use crate::numbers::Purpose;
use crate::phone::{Changes, Number};
use crate::write::{Budget, Intent};

pub(in crate::cli) async fn update(context: &CommandContext, options: &Update) -> Result<Exit, Failure> {
    let mode = Mode::of(options.consent);
    context.may_write()?;
    let wanted = changes(context, &options.wanted).await?;
    change(context, &options.named, mode, |number| {
        let changes = wanted.against(number);
        (!changes.is_empty()).then(|| Intent::update(number.clone(), changes))
    })
    .await
}

/// Changes numbers, each as `decide` says; `None` where it is as was asked for already.
pub(super) async fn change(
    context: &CommandContext,
    named: &Named,
    mode: Mode,
    decide: impl Fn(&Number) -> Option<Intent>,
) -> Result<Exit, Failure> {
    context.may_write()?;
    let (targets, again) = numbers::of(Purpose::Changing, &named.numbers, named.file.as_deref()).await?;
    let numbers = directory::numbers(context, &targets, again).await?;
    let numbers = unresolved::at_rest(context, numbers, mode.looks()).await?;
    let alone = named.file.is_none() && targets.len() == 1;
    let mut writes = Writes::new(context, mode, alone, Budget::OPEN);
    context.may_write()?;
    for number in numbers {
        match decide(&number) {
            Some(intent) => writes.add(intent),
            None if mode == Mode::DryRun => writes.settle(Row::would_not_change(&number)),
            None => writes.settle(Row::of(Fate::Unchanged, &number)),
        }
    }
    writes.carry_out().await
}

async fn changes(context: &CommandContext, wanted: &Wanted) -> Result<Changes, Failure> {
    Ok(Changes {
        endpoint: endpoints::named(context, wanted.endpoint.as_ref()).await?,
        switches: wanted.switches(),
        status: wanted.status.map(Into::into),
    })
}
