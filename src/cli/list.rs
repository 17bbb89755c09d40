//! `numdeck list`: what the organization owns.

use std::io::Write;

use super::args::ListArgs;
use super::command_context::CommandContext;
use super::endpoints::FilterNames;
use super::output;
use super::pages::{self, Read, Reader, Rest};
use super::{Exit, Failure};
use crate::api::{ListKind, ListRequest};
use crate::phone::{Filter, Known, Number, Order};
use crate::rows::{Columns, Numbers};

pub(super) async fn list(context: &CommandContext, options: &ListArgs) -> Result<Exit, Failure> {
    let filter = complete(&options.which.expression())?;
    let mut printer = output::numbers(context.form, options.printed.columns.as_ref(), Columns::owned);
    let endpoints = FilterNames::of(context, &filter, options.sort).await?;
    let wanted = Wanted {
        sort: options.sort,
        limit: options.printed.extent.limit(),
        filter: &filter,
        known: &endpoints.known,
    };
    let accepts = |number: &Number| filter.accepts(number, &endpoints.known);
    let accepts = (!filter.is_empty()).then_some(&accepts as &dyn Fn(&Number) -> bool);
    let rest = wanted.print(context, ListKind::Owned, accepts, &mut printer).await?;
    // Nothing of an endpoint that nobody knows is no empty list.
    if printer.table.rows() == 0
        && let Some(why) = endpoints.stranger()
    {
        return Err(why);
    }
    printer.table.finish()?;
    rest.say(context, printer.table.rows())?;
    Ok(Exit::Done)
}

/// A filter of a command, which is not typed any more.
pub(super) fn complete(text: &str) -> Result<Filter, Failure> {
    Filter::complete(text).map_err(|why| Failure {
        hint: "numdeck help filter tells what a filter may say.".to_owned(),
        ..Failure::usage(why.to_string())
    })
}

/// Which rows of a list are wanted, and how.
pub(super) struct Wanted<'a> {
    pub(super) sort: Option<Order>,
    pub(super) limit: Option<u64>,
    pub(super) filter: &'a Filter,
    /// What is known beside the rows.
    pub(super) known: &'a Known,
}

impl Wanted<'_> {
    /// Prints what is wanted of a list: as its pages arrive, where neither an order nor the question
    /// whether anything is called as the filter asks needs all of them.
    pub(super) async fn print<W: Write>(
        &self,
        context: &CommandContext,
        list: ListKind,
        accepts: Option<&dyn Fn(&Number) -> bool>,
        printer: &mut Numbers<W>,
    ) -> Result<Rest, Failure> {
        if self.sort.is_none() && !self.filter.has_strangers() {
            return pages::print(context, list, accepts, self.limit, printer).await;
        }
        let Read { mut numbers, flaw } = Reader::new(context, ListRequest::whole(list)).all().await?;
        if let Some(why) = self.filter.stranger(&numbers.iter()) {
            return Err(Failure::usage(why.to_string()));
        }
        numbers.retain(|number| accepts.is_none_or(|accepts| accepts(number)));
        if let Some(sort) = self.sort {
            self.tell_blind(context, sort, &numbers);
            sort.apply(&mut numbers, self.known);
        }
        for number in &numbers {
            if Some(printer.table.rows()) == self.limit {
                return Ok(flaw.map_or(Rest::Some, Rest::Missing));
            }
            printer.row(number)?;
        }
        Ok(flaw.map_or(Rest::None, Rest::Missing))
    }

    /// Says it where rows have nothing that an order could go by: they would pass for ordered.
    fn tell_blind(&self, context: &CommandContext, sort: Order, numbers: &[Number]) {
        let is_blind = !numbers.is_empty() && !numbers.iter().any(|number| sort.ranks(number));
        if let Some(key) = sort.key.filter(|_| is_blind) {
            let name = key.name();
            context.note(format!("no row says its {name}: they stand in the order of the server"));
        }
    }
}
