//! `numdeck search`: what is for sale.

use super::args::SearchArgs;
use super::output;
use super::pages;
use super::session::Session;
use super::{Exit, Failure};
use crate::api::Shelf;
use crate::phone::{Number, Pattern};
use crate::rows::Columns;

pub(super) async fn search(session: &Session, options: &SearchArgs) -> Result<Exit, Failure> {
    let columns = options.columns.clone().unwrap_or_else(Columns::for_sale);
    let mut printer = output::numbers(session.form, columns);
    let shelf = Shelf::Available { country: options.country.clone(), kind: options.kind.clone() };
    let pattern = options.pattern.as_ref().filter(|pattern| !pattern.is_empty());
    let fits = |number: &Number| pattern.is_none_or(|pattern| pattern.matches(&number.line.digits()));
    let accepts = pattern.is_some().then_some(&fits as &dyn Fn(&Number) -> bool);
    let rest = pages::print(session, shelf, accepts, options.extent.limit(), &mut printer).await?;
    printer.table.finish()?;
    if printer.table.rows() == 0 && pattern.is_some_and(Pattern::is_national) {
        session.note("nothing matches; numbers begin with their country code: leave the first 0 out");
    }
    rest.say(session, printer.table.rows())?;
    Ok(Exit::Done)
}
