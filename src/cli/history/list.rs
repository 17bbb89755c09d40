//! `numdeck list --at WHEN`: the numbers as they were seen then.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::memory::{self, Memory};
use crate::cli::args::{Global, ListArgs};
use crate::cli::endpoints::without_routes;
use crate::cli::list::complete;
use crate::cli::output::{self, OutputForm, form_of, say};
use crate::cli::{Environment, Exit, Failure};
use crate::phone::Known;
use crate::rows::Columns;

/// Prints the list of a time as any other; no request is made.
pub(in crate::cli) fn list(
    global: &Global,
    environment: &Environment,
    options: &ListArgs,
    when: Timestamp,
) -> Result<Exit, Failure> {
    let filter = complete(&options.expression())?;
    without_routes(&filter, options.sort)?;
    let mut memory = Memory::open(global, environment)?;
    memory.facts()?;
    let mut list = memory.store.at(when).map_err(memory::unseen)?;
    let endpoints = memory.store.endpoints()?;
    let known = Known::of(&endpoints, when);
    if let Some(why) = filter.stranger(&list.numbers.iter()) {
        return Err(Failure::usage(why.to_string()));
    }
    list.numbers.retain(|number| filter.accepts(number, &known));
    if let Some(sort) = options.sort {
        sort.apply(&mut list.numbers, &known);
    }
    let form = form_of(global);
    let limit = options.printed.extent.limit().and_then(|limit| usize::try_from(limit).ok());
    let shown = limit.unwrap_or(usize::MAX).min(list.numbers.len());
    let mut printer = output::numbers(form, options.printed.columns.as_ref(), Columns::owned);
    for number in list.numbers.iter().take(shown) {
        printer.row(number)?;
    }
    printer.table.finish()?;
    if !global.quiet {
        memory.said.iter().for_each(|text| say(text));
        if shown < list.numbers.len() {
            say(&format!("{shown} shown, there are more: --all or --limit N"));
        } else if shown == 0 && form == OutputForm::Table {
            say("no numbers");
        }
        let time =
            |at: Timestamp| at.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string();
        say(&format!(
            "as the list was read from {} to {}, and not as it is now",
            time(list.since),
            time(list.until)
        ));
    }
    Ok(Exit::Done)
}
