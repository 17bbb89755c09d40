//! `numdeck update`: endpoint, switches, status.

use super::args::{Global, Update, Wanted};
use super::columns::Columns;
use super::output::safe;
use super::sending::{self, Go};
use super::session::Session;
use super::{Environment, Exit, Failure, resolve, runner};
use crate::api::Changes;
use crate::phone::{Field, Number};
use crate::write::{Intent, Verdict};

pub(super) fn run(global: &Global, environment: &Environment, options: &Update) -> Result<Exit, Failure> {
    runner::run(global, environment, async |session| update(session, options).await)
}

async fn update(session: &Session, options: &Update) -> Result<Exit, Failure> {
    session.may_write()?;
    let number = resolve::number(session, &options.number).await?;
    session.may_write()?;
    let changes = changes(&options.wanted).against(&number);
    if changes.is_empty() {
        session.note(format!("{} is already so; nothing was sent", safe(&number.line.grouped())));
        if options.dry_run {
            sending::preview(session, Columns::written(), &number, Some(&number))?;
        } else {
            sending::print(session, Columns::written(), &number)?;
        }
        return Ok(Exit::Done);
    }
    let lines = changes.lines(&number);
    let changed = changed(&number, &changes);
    let intent = Intent::update(number.clone(), changes);
    sending::review(session, &intent);
    for line in lines {
        session.note(format!("  {}", safe(&line)));
    }
    if !sending::agreed(session, &intent, Go::of(options.dry_run, options.yes)).await? {
        sending::preview(session, Columns::written(), &number, Some(&changed))?;
        return Ok(Exit::Done);
    }
    if let Verdict::Updated { number, .. } = sending::carry_out(session, &intent).await? {
        sending::print(session, Columns::written(), &number)?;
    }
    Ok(Exit::Done)
}

fn changes(wanted: &Wanted) -> Changes {
    Changes {
        endpoint: wanted.endpoint.clone().map(|route| route.0),
        inbound: wanted.inbound.map(bool::from),
        outbound: wanted.outbound.map(bool::from),
        status: wanted.status.map(Into::into),
    }
}

/// The record as it would be.
fn changed(number: &Number, changes: &Changes) -> Number {
    let mut number = number.clone();
    if let Some(endpoint) = &changes.endpoint {
        number.endpoint = endpoint.clone().map_or(Field::Null, Field::Value);
    }
    number.allow_inbound = changes.inbound.or(number.allow_inbound);
    number.allow_outbound = changes.outbound.or(number.allow_outbound);
    number.status = changes.status.clone().or(number.status);
    number
}
