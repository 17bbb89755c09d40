//! `numdeck release`: gives a number up, its record stays.

use serde_json::{Map, Value};

use crate::api::Removal;
use crate::cli::args::{Global, Release};
use crate::cli::columns::Columns;
use crate::cli::numbers::directory;
use crate::cli::numbers::{self, Purpose};
use crate::cli::output::safe;
use crate::cli::session::Session;
use crate::cli::unresolved;
use crate::cli::write::run::{self, Row};
use crate::cli::write::{self, Go};
use crate::cli::{Environment, Exit, Failure, runner};
use crate::phone::{Number, Status};
use crate::write::Intent;

pub(in crate::cli) fn run(
    global: &Global,
    environment: &Environment,
    options: &Release,
) -> Result<Exit, Failure> {
    runner::run(global, environment, async |session| release(session, options).await)
}

async fn release(session: &Session, options: &Release) -> Result<Exit, Failure> {
    session.may_write()?;
    let go = Go::of(options.dry_run, options.yes);
    let (targets, again) = numbers::of(Purpose::Changing, &options.numbers, options.file.as_deref())?;
    let (None, [target]) = (&options.file, targets.as_slice()) else {
        let numbers = directory::numbers(session, &targets, again).await?;
        let numbers = unresolved::at_rest(session, numbers, go.looks()).await?;
        let decide = |number: &Number| {
            let release = || Intent::Remove { before: Box::new(number.clone()), how: Removal::Release };
            (!number.is_inactive()).then(release)
        };
        return run::change(session, numbers, go, decide, would).await;
    };
    let number = directory::number(session, &target.text).await?;
    let number = unresolved::one_at_rest(session, number, go.looks()).await?;
    session.may_write()?;
    if number.is_inactive() {
        session.note(format!("{} is inactive already; nothing was sent", safe(&number.line.grouped())));
        write::report(session, Columns::written(), "unchanged", &number)?;
        return Ok(Exit::Done);
    }
    let gone = gone(&number, "released");
    let intent = Intent::Remove { before: Box::new(number.clone()), how: Removal::Release };
    write::review(session, &intent);
    if write::agreed(session, &intent, go).await? {
        write::carry_out_as(session, &intent, go).await?;
        write::report(session, Columns::removed(), "done", &gone)?;
    } else {
        let inactive = Number { status: Some(Status::Inactive), ..number.clone() };
        write::preview(session, Columns::removed(), &number, Some(&inactive))?;
    }
    Ok(Exit::Done)
}

/// What a dry run tells of one of several.
fn would(intent: &Intent) -> Row {
    let Intent::Remove { before, .. } = intent else { return Row::default() };
    let inactive = Number { status: Some(Status::Inactive), ..(**before).clone() };
    let said = format!("status: {} -> inactive", before.status.as_ref().map_or("unknown", Status::label));
    Row { said, more: write::differences(before, Some(&inactive)), ..Row::of("would_release", before) }
}

/// What is left to print of a number that was given up: which one it was, and under `outcome` that
/// it is gone. Its former settings would read as if they were still in force.
pub(in crate::cli) fn gone(number: &Number, outcome: &str) -> Number {
    let mut extra = Map::new();
    extra.insert(outcome.to_owned(), Value::Bool(true));
    Number { extra: Some(Box::new(extra)), ..Number::new(number.id.clone(), number.line.clone()) }
}
