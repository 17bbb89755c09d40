//! `numdeck release` gives numbers up, their records stay; `numdeck delete` deletes the record of
//! exactly one, for good.

use super::review::{self, Mode};
use super::run::Writes;
use super::update::change;
use crate::api::Removal;
use crate::cli::args::{Consent, Delete, Release};
use crate::cli::command_context::CommandContext;
use crate::cli::numbers::directory;
use crate::cli::output::safe;
use crate::cli::{Exit, Failure};
use crate::phone::Number;
use crate::write::{Batch, Budget, Confirmation, Intent};

pub(in crate::cli) async fn release(context: &CommandContext, options: &Release) -> Result<Exit, Failure> {
    let mode = Mode::of(options.consent);
    change(context, &options.named, mode, |number| {
        (!number.is_inactive()).then(|| remove(number, Removal::Release))
    })
    .await
}

pub(in crate::cli) async fn delete(context: &CommandContext, options: &Delete) -> Result<Exit, Failure> {
    context.may_write()?;
    let typed = options.confirm.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
    let Some(typed) = typed else {
        return Err(unconfirmed(
            "the deletion has to be confirmed",
            "--confirm takes the whole phone number. numdeck release gives a number up and keeps its record.",
        ));
    };
    let number = directory::number(context, &options.number).await?;
    context.may_write()?;
    let intent = remove(&number, Removal::Delete);
    if !Confirmation::of(&intent).accepts(typed) {
        review::review(context, &Batch::new(vec![intent.clone()], Budget::OPEN), 0);
        let why = format!("--confirm {} is not {}", safe(typed), safe(&intent.line()));
        return Err(unconfirmed(&why, ""));
    }
    // The number was typed out in full: that is the confirmation, and nothing else is asked.
    let mut writes =
        Writes::new(context, Mode::of(Consent { dry_run: options.dry_run, yes: true }), true, Budget::OPEN);
    writes.add(intent);
    writes.carry_out().await
}

fn remove(number: &Number, how: Removal) -> Intent {
    Intent::Remove { before: Box::new(number.clone()), how }
}

fn unconfirmed(why: &str, hint: &str) -> Failure {
    Failure::new(Exit::RefusedHere, "NOT_CONFIRMED", format!("nothing was sent: {why}"), hint)
}
