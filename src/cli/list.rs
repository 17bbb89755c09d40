//! `numdeck list`: what the organization owns; `numdeck search`: what is for sale.

use super::args::{ListArgs, SearchArgs};
use super::command_context::CommandContext;
use super::output;
use super::pages::{self, Read, Reader, Rest};
use super::{Exit, Failure};
use crate::api::{self, ListKind};
use crate::phone::{Filter, Names, Number, Pattern, Term};
use crate::rows::{Columns, Numbers};

/// Whether a term may be the name of an endpoint, which only the dashboard asks the server for.
fn may_be_a_name(filter: &Filter) -> bool {
    filter.terms().iter().any(|(negated, term)| !negated && matches!(term, Term::Word(_) | Term::Endpoint(_)))
}

pub(super) async fn list(context: &CommandContext, options: &ListArgs) -> Result<Exit, Failure> {
    let filter = Filter::complete(&options.expr.join(" ")).map_err(|why| Failure::usage(why.to_string()))?;
    let columns = options.columns.clone().unwrap_or_else(Columns::owned);
    let mut printer = output::numbers(context.form, columns);
    let names = Names::default();
    let accepts = |number: &Number| filter.accepts(number, &names);
    let limit = options.extent.limit();
    let rest = match options.sort {
        sort if sort.is_some() || filter.has_strangers() => {
            let Read { mut numbers, flaw } =
                Reader::new(context, api::ListRequest::whole(ListKind::Owned)).all().await?;
            if let Some(why) = filter.stranger(&numbers.iter()) {
                return Err(Failure::usage(why.to_string()));
            }
            numbers.retain(accepts);
            sort.into_iter().for_each(|sort| sort.apply(&mut numbers));
            print(&numbers, flaw, limit, &mut printer)?
        }
        _ => {
            let accepts = (!filter.is_empty()).then_some(&accepts as &dyn Fn(&Number) -> bool);
            pages::print(context, ListKind::Owned, accepts, limit, &mut printer).await?
        }
    };
    printer.table.finish()?;
    if printer.table.rows() == 0 && may_be_a_name(&filter) {
        context.note("nothing matches; commands do not know endpoints by name: use the id, or the dashboard");
    }
    rest.say(context, printer.table.rows())?;
    Ok(Exit::Done)
}

/// Prints a list that was read whole, since it is to be in order, or since only all of its numbers tell
/// whether one is called as the filter asks.
fn print<W: std::io::Write>(
    numbers: &[Number],
    flaw: Option<Failure>,
    limit: Option<u64>,
    printer: &mut Numbers<W>,
) -> Result<Rest, Failure> {
    for number in numbers {
        if Some(printer.table.rows()) == limit {
            return Ok(flaw.map_or(Rest::Some, Rest::Missing));
        }
        printer.row(number)?;
    }
    Ok(flaw.map_or(Rest::None, Rest::Missing))
}

pub(super) async fn search(context: &CommandContext, options: &SearchArgs) -> Result<Exit, Failure> {
    let columns = options.columns.clone().unwrap_or_else(Columns::for_sale);
    let mut printer = output::numbers(context.form, columns);
    let shelf = ListKind::Available { country: options.country.clone(), kind: options.kind.clone() };
    let pattern = options.pattern.as_ref().filter(|pattern| !pattern.is_empty());
    let fits = |number: &Number| pattern.is_none_or(|pattern| pattern.matches(&number.line.digits()));
    let accepts = pattern.is_some().then_some(&fits as &dyn Fn(&Number) -> bool);
    let rest = pages::print(context, shelf, accepts, options.extent.limit(), &mut printer).await?;
    printer.table.finish()?;
    if printer.table.rows() == 0 && pattern.is_some_and(Pattern::is_national) {
        context.note("nothing matches; numbers begin with their country code: leave the first 0 out");
    }
    rest.say(context, printer.table.rows())?;
    Ok(Exit::Done)
}
