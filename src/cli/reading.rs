//! Lists, read page by page and printed as they arrive.

use std::collections::HashSet;
use std::io::{IsTerminal, Write, stderr};

use super::Failure;
use super::output::{Form, Printer, say};
use super::session::Session;
use crate::api::{Error, ErrorKind, List, Page, Pages, Shelf};
use crate::phone::Number;

/// Whether rows remain that were not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    None,
    /// The server did not say.
    Perhaps,
    Some,
}

impl Rest {
    /// Says on stderr what a list does not show by itself.
    pub(super) fn say(self, session: &Session, shown: u64) {
        match self {
            Self::None if shown == 0 && session.form == Form::Table => say("no numbers"),
            Self::None => {}
            Self::Perhaps => say(&format!("{shown} shown, there may be more: --all or --limit N")),
            Self::Some => say(&format!("{shown} shown, there are more: --all or --limit N")),
        }
    }
}

/// Pages of a list, with a word on stderr for somebody who waits.
pub(super) struct Reader<'a> {
    session: &'a Session,
    pages: Pages,
    progress: Progress,
}

impl<'a> Reader<'a> {
    pub(super) fn new(session: &'a Session, list: List) -> Self {
        Self { session, pages: session.client.pages(list), progress: Progress::default() }
    }

    /// The next page, `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, Failure> {
        self.progress.begin();
        let page = self.pages.next().await;
        self.progress.clear();
        let page = page.transpose()?;
        self.session.see(page.iter().flat_map(|page| &page.numbers));
        Ok(page)
    }

    /// All rows, or the error that kept the list from being whole.
    pub(super) async fn whole(mut self) -> Result<Vec<Number>, Failure> {
        let mut numbers = Vec::new();
        let mut end = false;
        while let Some(page) = self.next().await? {
            end = page.end;
            numbers.extend(page.numbers);
        }
        if end { Ok(numbers) } else { Err(incomplete(numbers.len())) }
    }
}

/// `reading, page 3` on a terminal, from the second page on.
#[derive(Default)]
struct Progress {
    page: u32,
    shown: bool,
}

impl Progress {
    fn begin(&mut self) {
        self.page += 1;
        let mut stderr = stderr();
        if self.page > 1 && stderr.is_terminal() {
            self.shown = true;
            write!(stderr, "\rreading, page {}", self.page).and_then(|()| stderr.flush()).ok();
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            // Blanks instead of an escape sequence: a dumb terminal understands them, too.
            write!(stderr(), "\r{:24}\r", "").and_then(|()| stderr().flush()).ok();
        }
    }
}

impl Drop for Progress {
    /// An interrupted read leaves no half line behind.
    fn drop(&mut self) {
        self.clear();
    }
}

pub(super) fn incomplete(rows: usize) -> Failure {
    Error::new(ErrorKind::Incomplete, format!("the list ended early, after {rows} rows")).into()
}

/// Reads a list until `limit` rows are printed. `accepts` of `None` takes every row; no more rows
/// are asked for then than are printed, as far as pages allow.
pub(super) async fn print<W: Write>(
    session: &Session,
    shelf: Shelf,
    accepts: Option<&dyn Fn(&Number) -> bool>,
    limit: Option<u64>,
    printer: &mut Printer<W>,
) -> Result<Rest, Failure> {
    const PAGE: u64 = List::LARGEST_PAGE as u64;
    let mut list = List::whole(shelf);
    if let (None, Some(limit)) = (accepts, limit) {
        list.per_page = u16::try_from(limit.min(PAGE)).unwrap_or(List::LARGEST_PAGE);
    }
    // A server may give shorter pages than were asked for: then the rest is asked for again, and
    // what it repeats is left out.
    let mut seen = HashSet::new();
    loop {
        if let (None, Some(limit)) = (accepts, limit) {
            let pages = limit.saturating_sub(printer.rows()).div_ceil(PAGE);
            list.max_pages = u32::try_from(pages).ok();
        }
        let before = printer.rows();
        let mut reader = Reader::new(session, list.clone());
        while let Some(page) = reader.next().await? {
            for number in &page.numbers {
                if (list.max_pages.is_some() && !seen.insert(number.id.clone()))
                    || accepts.is_some_and(|accepts| !accepts(number))
                {
                    continue;
                }
                if Some(printer.rows()) == limit {
                    return Ok(Rest::Some);
                }
                printer.row(number)?;
            }
            printer.flush()?;
            list.offset = page.next_offset;
            if page.end {
                return Ok(Rest::None);
            }
            if Some(printer.rows()) == limit {
                let told = accepts.is_none() && page.total.is_some_and(|total| total > page.next_offset);
                return Ok(if told { Rest::Some } else { Rest::Perhaps });
            }
        }
        if printer.rows() == before {
            return Err(incomplete(seen.len()));
        }
    }
}
