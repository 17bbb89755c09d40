//! `numdeck list`: what the organization owns.

use super::args::{Global, List};
use super::columns::Columns;
use super::output::Printer;
use super::reading::{self, Read, Reader, Rest};
use super::session::Session;
use super::sort::Sort;
use super::{Environment, Exit, Failure, runner};
use crate::api::{self, Shelf};
use crate::phone::{Filter, Names, Number, Term};

pub(super) fn run(global: &Global, environment: &Environment, options: &List) -> Result<Exit, Failure> {
    let filter = filter(&options.expr)?;
    runner::run(global, environment, async |session| list(session, options, &filter).await)
}

/// The expression. While it is typed on a screen, a half-written term accepts everything; in a
/// command that would be a filter that is silently not there.
fn filter(expr: &[String]) -> Result<Filter, Failure> {
    let text = expr.join(" ");
    for word in text.split_whitespace() {
        if Filter::parse(word).map_err(Failure::usage)?.is_empty() {
            return Err(Failure::usage(format!("the filter '{word}' is unfinished")));
        }
    }
    Filter::parse(&text).map_err(Failure::usage)
}

/// Whether a term may be the name of an endpoint, which only the dashboard asks the server for.
fn may_be_a_name(filter: &Filter) -> bool {
    filter.terms().iter().any(|(negated, term)| !negated && matches!(term, Term::Word(_) | Term::Endpoint(_)))
}

async fn list(session: &Session, options: &List, filter: &Filter) -> Result<Exit, Failure> {
    let columns = options.columns.clone().unwrap_or_else(Columns::owned);
    let mut printer = Printer::stdout(session.form, columns);
    let names = Names::default();
    let accepts = |number: &Number| filter.accepts(number, &names);
    let limit = options.extent.limit();
    let rest = match options.sort {
        Some(sort) => sorted(session, sort, &accepts, limit, &mut printer).await?,
        None => {
            let accepts = (!filter.is_empty()).then_some(&accepts as &dyn Fn(&Number) -> bool);
            reading::print(session, Shelf::Owned, accepts, limit, &mut printer).await?
        }
    };
    printer.finish()?;
    if printer.rows() == 0 && may_be_a_name(filter) {
        session.note("nothing matches; commands do not know endpoints by name: use the id, or the dashboard");
    }
    rest.say(session, printer.rows())?;
    Ok(Exit::Done)
}

/// Order needs the whole list.
async fn sorted<W: std::io::Write>(
    session: &Session,
    sort: Sort,
    accepts: &dyn Fn(&Number) -> bool,
    limit: Option<u64>,
    printer: &mut Printer<W>,
) -> Result<Rest, Failure> {
    let Read { mut numbers, flaw } = Reader::new(session, api::List::whole(Shelf::Owned)).all().await?;
    numbers.retain(accepts);
    sort.apply(&mut numbers);
    for number in &numbers {
        if Some(printer.rows()) == limit {
            return Ok(flaw.map_or(Rest::Some, Rest::Missing));
        }
        printer.row(number)?;
    }
    Ok(flaw.map_or(Rest::None, Rest::Missing))
}
