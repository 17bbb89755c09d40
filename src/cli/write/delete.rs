//! `numdeck delete`: deletes the record of exactly one number, for good.

use crate::api::Removal;
use crate::cli::args::{Delete, Global};
use crate::cli::columns::Columns;
use crate::cli::numbers::directory;
use crate::cli::output::safe;
use crate::cli::session::Session;
use crate::cli::write::release::gone;
use crate::cli::write::{self, Go};
use crate::cli::{Environment, Exit, Failure, runner};
use crate::write::{Confirmation, Intent};

pub(in crate::cli) fn run(
    global: &Global,
    environment: &Environment,
    options: &Delete,
) -> Result<Exit, Failure> {
    runner::run(global, environment, async |session| delete(session, options).await)
}

async fn delete(session: &Session, options: &Delete) -> Result<Exit, Failure> {
    session.may_write()?;
    let typed = options.confirm.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
    let Some(typed) = typed else {
        return Err(unconfirmed(
            "the deletion has to be confirmed",
            "--confirm takes the whole phone number.",
        ));
    };
    let number = directory::number(session, &options.number).await?;
    session.may_write()?;
    let gone = gone(&number, "deleted");
    let intent = Intent::Remove { before: Box::new(number.clone()), how: Removal::Delete };
    write::review(session, &intent);
    if !Confirmation::of(&intent).accepts(typed) {
        let why = format!("--confirm {} is not {}", safe(typed), safe(&intent.line()));
        return Err(unconfirmed(&why, ""));
    }
    // The number was typed out in full: that is the confirmation, and nothing else is asked.
    if write::agreed(session, &intent, Go::of(options.dry_run, true)).await? {
        write::carry_out(session, &intent).await?;
        write::report(session, Columns::removed(), "done", &gone)?;
    } else {
        write::preview(session, Columns::removed(), &number, None)?;
    }
    Ok(Exit::Done)
}

fn unconfirmed(why: &str, hint: &str) -> Failure {
    Failure::new(Exit::RefusedHere, "NOT_CONFIRMED", format!("nothing was sent: {why}"), hint)
}
