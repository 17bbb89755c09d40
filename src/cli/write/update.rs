//! `numdeck update`: endpoint, switches, status.

use crate::api::Changes;
use crate::cli::args::{Global, Update, Wanted};
use crate::cli::columns::Columns;
use crate::cli::numbers::directory;
use crate::cli::numbers::{self, Purpose};
use crate::cli::output::safe;
use crate::cli::session::Session;
use crate::cli::unresolved;
use crate::cli::write::run::{self, Row};
use crate::cli::write::{self, Go};
use crate::cli::{Environment, Exit, Failure, runner};
use crate::phone::{Field, Number};
use crate::write::{Intent, Verdict};

pub(in crate::cli) fn run(
    global: &Global,
    environment: &Environment,
    options: &Update,
) -> Result<Exit, Failure> {
    runner::run(global, environment, async |session| update(session, options).await)
}

async fn update(session: &Session, options: &Update) -> Result<Exit, Failure> {
    session.may_write()?;
    let go = Go::of(options.dry_run, options.yes);
    let (targets, again) = numbers::of(Purpose::Changing, &options.numbers, options.file.as_deref())?;
    let (None, [target]) = (&options.file, targets.as_slice()) else {
        let numbers = directory::numbers(session, &targets, again).await?;
        let numbers = unresolved::at_rest(session, numbers, go.looks()).await?;
        if go == Go::DryRun {
            let endpoint = options.wanted.endpoint.as_ref().and_then(|route| route.0.as_ref());
            write::endpoint_exists(session, endpoint).await?;
        }
        let wanted = changes(&options.wanted);
        let decide = |number: &Number| {
            let changes = wanted.against(number);
            (!changes.is_empty()).then(|| Intent::update(number.clone(), changes))
        };
        return run::change(session, numbers, go, decide, would).await;
    };
    let number = directory::number(session, &target.text).await?;
    let number = unresolved::one_at_rest(session, number, go.looks()).await?;
    session.may_write()?;
    let changes = changes(&options.wanted).against(&number);
    if changes.is_empty() {
        session.note(format!("{} is already so; nothing was sent", safe(&number.line.grouped())));
        if options.dry_run {
            write::preview(session, Columns::written(), &number, Some(&number))?;
        } else {
            write::report(session, Columns::written(), "unchanged", &number)?;
        }
        return Ok(Exit::Done);
    }
    let changed = changed(&number, &changes);
    let intent = Intent::update(number.clone(), changes);
    write::review(session, &intent);
    if go == Go::DryRun {
        write::endpoint_exists(session, options.wanted.endpoint.as_ref().and_then(|route| route.0.as_ref()))
            .await?;
    }
    if !write::agreed(session, &intent, go).await? {
        write::preview(session, Columns::written(), &number, Some(&changed))?;
        return Ok(Exit::Done);
    }
    if let Verdict::Updated { number, .. } = write::carry_out_as(session, &intent, go).await? {
        write::report(session, Columns::written(), "done", &number)?;
    }
    Ok(Exit::Done)
}

/// What a dry run tells of one of several: the record before, and what would differ after.
fn would(intent: &Intent) -> Row {
    let Intent::Update { before, changes, .. } = intent else { return Row::default() };
    let after = changed(before, changes);
    Row {
        said: changes.lines(before).join(", "),
        more: write::differences(before, Some(&after)),
        ..Row::of("would_change", before)
    }
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
pub(in crate::cli) fn changed(number: &Number, changes: &Changes) -> Number {
    let mut number = number.clone();
    if let Some(endpoint) = &changes.endpoint {
        number.endpoint = endpoint.clone().map_or(Field::Null, Field::Value);
    }
    number.allow_inbound = changes.inbound.or(number.allow_inbound);
    number.allow_outbound = changes.outbound.or(number.allow_outbound);
    number.status = changes.status.clone().or(number.status);
    number
}
