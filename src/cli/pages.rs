//! Lists, read page by page and printed as they arrive.

use std::io::{IsTerminal, Write, stdout};

use jiff::Timestamp;

use super::command_context::CommandContext;
use super::endpoints::FilterNames;
use super::output::OutputForm;
use super::progress::Ticker;
use super::{Exit, Failure};
use crate::api::{Error, ErrorKind, ListKind, ListRequest, Page, Pages, SeenIds};
use crate::phone::{Filter, Known, Number, thousands};
use crate::rows::Numbers;
use crate::store::CompleteRead;

/// The owned numbers that pass a filter; all of the list is read.
///
/// # Errors
/// The list can not be read whole, or the filter asks for something that nothing is called by.
pub(super) async fn owned_that_pass(
    context: &CommandContext,
    filter: &Filter,
    names: &FilterNames<'_>,
    known: &Known,
) -> Result<Vec<Number>, Failure> {
    let mut numbers = Reader::new(context, ListRequest::whole(ListKind::Owned)).whole().await?;
    if let Some(why) = filter.stranger(&numbers.iter()) {
        return Err(Failure::usage(why.to_string()));
    }
    numbers.retain(|number| filter.accepts(number, known));
    match names.stranger().filter(|_| numbers.is_empty()) {
        Some(why) => Err(why),
        None => Ok(numbers),
    }
}

/// Whether rows remain that were not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rest {
    None,
    /// The list could not be read whole.
    Missing(Failure),
    /// The server did not say.
    Perhaps,
    Some,
}

impl Rest {
    /// Says on stderr what a list does not show by itself. That rows are missing is an error.
    pub(super) fn say(self, context: &CommandContext, shown: u64) -> Result<(), Failure> {
        match self {
            Self::Missing(flaw) => return Err(flaw),
            Self::None if shown == 0 && context.form == OutputForm::Table => context.note("no numbers"),
            Self::None => {}
            Self::Perhaps => context.note(format!("{shown} shown, there may be more: --all or --limit N")),
            Self::Some => context.note(format!("{shown} shown, there are more: --all or --limit N")),
        }
        Ok(())
    }
}

/// Pages of a list, with a word on stderr for somebody who waits.
pub(super) struct Reader<'a> {
    context: &'a CommandContext,
    pages: Pages,
    /// Whether it is the list of what is owned, and when it began: one that is read whole is remembered.
    owned: Option<Timestamp>,
    /// Rows that came, and how many there are.
    read: Option<(u64, Option<u64>)>,
    /// Wiped when it is dropped: an interrupted read leaves no half line behind.
    ticker: Ticker,
}

impl<'a> Reader<'a> {
    pub(super) fn new(context: &'a CommandContext, list: ListRequest) -> Self {
        let owned = (list.shelf == ListKind::Owned && list.offset == 0).then(Timestamp::now);
        Self { context, pages: context.client.pages(list), owned, read: None, ticker: context.ticker() }
    }

    /// Remembers the rows of a list that was read whole.
    async fn remember(&self, numbers: Vec<Number>) {
        if let Some(began) = self.owned {
            self.context.remember(CompleteRead { began, ended: Timestamp::now(), numbers }).await;
        }
    }

    /// The next page, `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, Failure> {
        if let Some((read, total)) = self.read {
            self.ticker.now_and_then(|| progress(read, total));
        }
        let page = self.pages.next().await.transpose()?;
        self.read = page.as_ref().map(|page| (page.next_offset, page.total));
        self.context.see_behind(page.iter().flat_map(|page| &page.numbers), &self.ticker);
        Ok(page)
    }

    /// All rows that can be read, and why they are not the whole list.
    pub(super) async fn all(mut self) -> Result<Read, Failure> {
        let mut numbers = Vec::new();
        let mut end = false;
        let flaw = loop {
            match self.next().await {
                Ok(Some(page)) => {
                    end = page.end;
                    if page.again {
                        numbers.clear();
                    }
                    numbers.extend(page.numbers);
                }
                Ok(None) => break (!end).then(|| incomplete(numbers.len())),
                // Said after all that could be read.
                Err(failure) => match self.pages.flaw() {
                    Some(flaw) => break Some(flaw.into()),
                    None => return Err(failure),
                },
            }
        };
        if flaw.is_none() && self.owned.is_some() {
            self.remember(numbers.clone()).await;
        }
        Ok(Read { numbers, flaw })
    }

    /// All rows, or the error that kept the list from being whole.
    pub(super) async fn whole(self) -> Result<Vec<Number>, Failure> {
        let Read { numbers, flaw } = self.all().await?;
        flaw.map_or(Ok(numbers), Err)
    }
}

/// How far a list is read.
fn progress(read: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("reading, {} of {}", thousands(read), thousands(total)),
        None => format!("reading, {} so far", thousands(read)),
    }
}

/// A list as far as it can be read.
pub(super) struct Read {
    pub(super) numbers: Vec<Number>,
    /// Why these are not all rows of the list: what is not among them may be on the server.
    pub(super) flaw: Option<Failure>,
}

impl Read {
    /// What was found in it, or not: that something is not there is known of a whole list alone.
    pub(super) fn judge<T>(&self, found: Result<T, Failure>) -> Result<T, Failure> {
        match (found, &self.flaw) {
            (Err(none), Some(flaw)) if none.exit == Exit::NoSuchNumber => Err(flaw.clone()),
            (found, _) => found,
        }
    }
}

pub(super) fn incomplete(rows: usize) -> Failure {
    Error::new(ErrorKind::Incomplete, format!("the list ended early, after {rows} rows")).into()
}

/// Reads a list until `limit` rows are printed. `accepts` of `None` takes every row; no more rows
/// are asked for then than are printed, as far as pages allow.
pub(super) async fn print<W: Write>(
    context: &CommandContext,
    shelf: ListKind,
    accepts: Option<&dyn Fn(&Number) -> bool>,
    limit: Option<u64>,
    printer: &mut Numbers<W>,
) -> Result<Rest, Failure> {
    let mut list = ListRequest::whole(shelf);
    list.passing = context.form.passes_on();
    if let (None, Some(limit)) = (accepts, limit) {
        list.per_page = u16::try_from(limit.min(u64::from(ListRequest::LARGEST_PAGE)))
            .unwrap_or(ListRequest::LARGEST_PAGE);
        list.max_rows = Some(limit);
    }
    // A list that is read again sends rows again that are printed already. Where all are printed, the
    // reader knows which ones.
    let mut printed = SeenIds::default();
    let mut reader = Reader::new(context, list);
    if stdout().is_terminal() && context.form != OutputForm::Table {
        reader.ticker = Ticker::silent();
    }
    let mut rest = Rest::Perhaps;
    let mut again = false;
    let mut whole = Vec::new();
    'pages: loop {
        let page = match reader.next().await {
            Ok(Some(page)) => page,
            Ok(None) => break,
            Err(_) if reader.pages.flaw().is_some() => break,
            Err(failure) => return Err(failure),
        };
        again |= page.again;
        if page.again {
            whole.clear();
        }
        if page.again && accepts.is_none() {
            printed = reader.pages.before();
        }
        if whole.len() > CompleteRead::MOST_HELD {
            // What passes by is not held for that.
            reader.owned = None;
            whole = Vec::new();
        }
        if reader.owned.is_some() {
            whole.extend(page.numbers.iter().map(CompleteRead::row));
        }
        for number in &page.numbers {
            if accepts.is_some_and(|accepts| !accepts(number))
                || (again && printed.contains(number.id.as_str()))
            {
                continue;
            }
            if Some(printer.table.rows()) == limit {
                rest = Rest::Some;
                break 'pages;
            }
            printer.row(number)?;
            if accepts.is_some() {
                printed.insert(number.id.as_str());
            }
        }
        printer.table.flush()?;
        if page.end {
            rest = Rest::None;
        } else if Some(printer.table.rows()) == limit {
            let more = accepts.is_none() && page.total.is_some_and(|total| total > page.next_offset);
            rest = if more { Rest::Some } else { Rest::Perhaps };
            break;
        }
    }
    let flaw = reader.pages.flaw();
    if flaw.is_none() && rest == Rest::None {
        reader.remember(whole).await;
    }
    Ok(flaw.map_or(rest, |flaw| Rest::Missing(flaw.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_who_waits_is_told_of_rows() {
        assert_eq!(progress(12_300, Some(100_000)), "reading, 12,300 of 100,000");
        assert_eq!(progress(100, None), "reading, 100 so far");
    }
}
