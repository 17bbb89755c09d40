//! `numdeck list --at WHEN`: the numbers as they were seen then.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::memory::{self, Memory};
use crate::cli::args::{Global, ListArgs};
use crate::cli::endpoints::without_routes;
use crate::cli::list::complete;
use crate::cli::output::{self, OutputForm, form_of, say};
use crate::cli::remembered::damaged;
use crate::cli::{Environment, Exit, Failure};
use crate::phone::Filter;
use crate::phone::format::full;
use crate::rows::Columns;

/// Prints the list of a time as any other; no request is made.
pub(in crate::cli) fn list(
    global: &Global,
    environment: &Environment,
    options: &ListArgs,
    when: Timestamp,
) -> Result<Exit, Failure> {
    let filter = complete(&options.which.expression())?;
    without_routes(&filter, options.sort)?;
    Memory::answer(global, environment, |memory| print(global, options, (&filter, when), memory))
}

fn print(
    global: &Global,
    options: &ListArgs,
    (filter, when): (&Filter, Timestamp),
    memory: &mut Memory,
) -> Result<Exit, Failure> {
    let mut list = memory.store.at(when).map_err(memory::unseen)?;
    let mut known = memory.known(filter)?;
    known.now = Some(when);
    if let Some(why) = filter.stranger(&list.numbers.iter()) {
        return Err(Failure::usage(why.to_string()));
    }
    list.numbers.retain(|number| filter.accepts(number, &known));
    if let Some(sort) = options.sort {
        sort.apply(&mut list.numbers, &known);
    }
    let form = form_of(global);
    let limit = options.printed.extent.rows();
    let shown = limit.unwrap_or(usize::MAX).min(list.numbers.len());
    let mut printer = output::numbers(form, options.printed.columns.as_ref(), Columns::owned);
    for number in list.numbers.iter().take(shown) {
        printer.row(number)?;
    }
    printer.table.finish()?;
    memory.said.extend(damaged(&mut memory.store));
    if !global.quiet {
        memory.said.iter().for_each(|text| say(text));
        if shown < list.numbers.len() {
            say(&format!("{shown} shown, there are more: --all or --limit N"));
        } else if shown == 0 && form == OutputForm::Table {
            say("no numbers");
        }
        let time = |at| full(at, &TimeZone::system());
        say(&format!(
            "as the list was read from {} to {}, and not as it is now ({})",
            time(list.since),
            time(list.until),
            memory.whose
        ));
    }
    Ok(Exit::Done)
}
