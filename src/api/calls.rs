//! The calls of one number, where the server lists calls. Not in the contract; `GET /calls`.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use super::answer::Operation;
use super::client::Client;
use super::decode::{self, CallPage, NoCalls, PageStyle};
use super::http::LARGEST_LIST;
use super::{Error, ErrorKind};
use crate::phone::{Call, CallList, CallsAnswer, NumberId, NumberText, without_callers};

/// Rows asked for at once: what the service's guide takes where nobody says it.
const PER_PAGE: u64 = 50;

/// So many pages are read at most, each of which may have fifty transcripts on it.
const PAGES: u64 = 3;

/// So long a later page may take: what is known by then is told without it.
const LATER: Duration = Duration::from_secs(2);

/// Full pages of servers that give fewer rows than were asked for.
const CAPS: [u64; 5] = [10, 20, 25, 30, 40];

/// How many calls somebody wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallsWanted {
    /// The newest: one page, where that has them.
    Newest,
    /// As many as are read at most.
    Many,
}

impl Client {
    /// The newest calls of a number. A server that refuses (401, 403, 404, 405, 501) or answers with a list of
    /// something else does not list calls, and is not asked again by this client. Reads are retried as others
    /// are; no error tells the number of a caller.
    pub async fn calls(
        &self,
        id: &NumberId,
        line: &NumberText,
        wanted: CallsWanted,
    ) -> Result<CallsAnswer, Error> {
        if self.lists_calls().get() == Some(&false) {
            return Ok(CallsAnswer::Unlisted);
        }
        // Words of the server are told without the callers in them, our own as they are: they name hosts.
        let masked = |error: Error| match error.status {
            Some(_) => Error { message: without_callers(&error.message), ..error },
            None => error,
        };
        let (first, as_of) = match self.calls_page(id, line, PageStyle::Offset, (0, PER_PAGE)).await {
            Ok((Ok(page), as_of)) => (page, as_of),
            Ok((Err(why), _)) => {
                // What broke on the way says nothing of the next answer.
                if why == NoCalls::Other {
                    self.lists_calls().set(false).ok();
                }
                return Ok(CallsAnswer::Unlisted);
            }
            Err(error) if is_refusal(&error) && self.lists_calls().get().is_none() => {
                self.lists_calls().set(false).ok();
                return Ok(CallsAnswer::Unlisted);
            }
            Err(error) => return Err(masked(error)),
        };
        self.lists_calls().set(true).ok();
        let mut read = CallsRead::new(wanted, first.received as u64);
        read.list.as_of = as_of;
        let style = first.style;
        let mut place = read.take(first, 0);
        while let Some(at) = place {
            let page = self.calls_page(id, line, style, (at, read.size));
            place = match timeout(LATER, page).await {
                Ok(Ok((Ok(page), _))) => read.take(page, at),
                _ => read.broke_off(),
            };
        }
        Ok(CallsAnswer::Listed(read.finish()))
    }

    /// The page that begins at a row, where a page has so many rows, and what the server's clock showed. What a
    /// cache on the way kept is an error: calls are wanted as they are now.
    async fn calls_page(
        &self,
        id: &NumberId,
        line: &NumberText,
        style: PageStyle,
        (at, size): (u64, u64),
    ) -> Result<(Result<CallPage, NoCalls>, Option<Timestamp>), Error> {
        let mut url = self.base_url().join(&["calls"])?;
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("phone_number_id", id.as_str()).append_pair("limit", &size.to_string());
            match (at, style) {
                (0, _) => {}
                (at, PageStyle::Page) => {
                    query.append_pair("page", &(at / size + 1).to_string());
                }
                (at, PageStyle::Offset) => {
                    query.append_pair("offset", &at.to_string());
                }
            }
        }
        let success = self.fresh(self.read(Operation::Calls, url, LARGEST_LIST).await?)?;
        let page = decode::calls(&success.body, id, line).map(|page| CallPage {
            total: page.total.or(success.total),
            more: page.more || success.more,
            ..page
        });
        Ok((page, success.date))
    }
}

/// Whether an error says that there is no list of calls for this key.
fn is_refusal(error: &Error) -> bool {
    error.kind != ErrorKind::Intercepted && matches!(error.status, Some(401 | 403 | 404 | 405 | 501))
}

/// What was read so far.
struct CallsRead {
    list: CallList,
    /// Ids of the pages before.
    seen: HashSet<Box<str>>,
    wanted: CallsWanted,
    /// Rows of a full page.
    size: u64,
    pages: u64,
    /// The oldest call comes first.
    ascends: bool,
}

impl CallsRead {
    fn new(wanted: CallsWanted, size: u64) -> Self {
        let size = size.max(1);
        Self { list: CallList::default(), seen: HashSet::new(), wanted, size, pages: 0, ascends: false }
    }

    /// Takes the page that begins at a row, and says where the next one begins, if there is to be one. No page of
    /// the service says in which order its calls are: where the oldest come first, the newest are on the last.
    fn take(&mut self, page: CallPage, at: u64) -> Option<u64> {
        self.pages += 1;
        self.list.odd += page.odd;
        self.ascends |= page.ascends;
        let received = page.received as u64;
        let is_new = |call: &Call| call.id.as_ref().is_none_or(|id| !self.seen.contains(id));
        let fresh: Vec<Call> = page.calls.into_iter().filter(is_new).collect();
        let nothing_new = fresh.is_empty();
        self.seen.extend(fresh.iter().filter_map(|call| call.id.clone()));
        self.list.calls.extend(fresh);
        let end = at + received;
        let goes_on = match page.total {
            Some(total) => end < total,
            None => page.more || received >= PER_PAGE || CAPS.contains(&received),
        };
        if !goes_on {
            return None;
        }
        // A server that ignores the place sends its first page again.
        let stuck = received == 0 || (at > 0 && nothing_new);
        let enough = self.wanted == CallsWanted::Newest && !self.ascends && !self.list.calls.is_empty();
        if stuck || enough || self.pages == PAGES {
            self.list.more = page.total.is_some() || !stuck;
            // Without a total nothing new may be the end.
            self.list.unsure |= self.list.more && !enough && (self.ascends || self.list.calls.is_empty());
            return None;
        }
        let next = match page.total.filter(|_| at == 0 && page.ascends) {
            // The last page may have one row: the one before it is read, too.
            Some(total) if page.style == PageStyle::Page => {
                end.max((total.saturating_sub(1) / self.size * self.size).saturating_sub(self.size))
            }
            Some(total) => end.max(total.saturating_sub(self.size)),
            None => end,
        };
        self.list.more |= next > end;
        Some(next)
    }

    /// A later page did not come: what is known is told, and that it is not all.
    fn broke_off(&mut self) -> Option<u64> {
        self.list.more = true;
        self.list.unsure |= self.ascends || self.list.calls.is_empty();
        None
    }

    fn finish(self) -> CallList {
        let mut list = self.list;
        list.calls.sort_by_key(|call: &Call| std::cmp::Reverse(call.at));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{CallDirection, CallStatus, MaskedNumber};

    fn call(at: i64) -> Call {
        Call {
            id: Some(at.to_string().into()),
            at: Timestamp::from_second(at).unwrap(),
            direction: CallDirection::Inbound,
            other: MaskedNumber::of(""),
            status: CallStatus::Completed,
            cause: None,
            answered: None,
            lasted: None,
            endpoint: None,
        }
    }

    /// A server with so many calls, one a second.
    struct Calls {
        all: u64,
        cap: u64,
        newest_first: bool,
        states_total: bool,
        style: PageStyle,
    }

    impl Calls {
        fn page(&self, at: u64) -> CallPage {
            let rows = at.min(self.all)..(at + self.cap).min(self.all);
            let time = |row: u64| if self.newest_first { self.all - 1 - row } else { row };
            let calls: Vec<Call> = rows.map(|row| call(time(row) as i64)).collect();
            CallPage {
                received: calls.len(),
                ascends: !self.newest_first && calls.len() > 1,
                calls,
                odd: 0,
                total: self.states_total.then_some(self.all),
                more: false,
                style: self.style,
            }
        }

        fn read(&self, wanted: CallsWanted) -> CallList {
            let mut read = CallsRead::new(wanted, self.page(0).received as u64);
            let mut place = read.take(self.page(0), 0);
            while let Some(at) = place {
                assert!(self.style == PageStyle::Offset || at % read.size == 0, "{at}");
                place = read.take(self.page(at), at);
            }
            assert!(read.pages <= PAGES);
            read.finish()
        }
    }

    #[test]
    fn the_newest_are_read_whichever_way_the_server_sorts_and_counts_or_it_is_said_that_they_are_not() {
        for all in [0, 1, 19, 20, 21, 50, 51, 100, 101, 400, 501] {
            for cap in [20, 50] {
                for (newest_first, states_total) in
                    [(true, true), (true, false), (false, true), (false, false)]
                {
                    for style in [PageStyle::Page, PageStyle::Offset] {
                        for wanted in [CallsWanted::Newest, CallsWanted::Many] {
                            let list = Calls { all, cap, newest_first, states_total, style }.read(wanted);
                            let newest = list.calls.first().map(|call| call.at.as_second() as u64 + 1);
                            let about =
                                format!("{all} by {cap}, {newest_first} {states_total} {style:?} {wanted:?}");
                            assert!(newest.unwrap_or(0) == all || list.unsure, "{about}: {newest:?}");
                            let whole = list.calls.len() as u64 == all;
                            assert!(whole || list.more, "{about}: {} and no more", list.calls.len());
                            assert!(!list.unsure || !newest_first, "{about}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_server_that_sends_one_page_again_and_again_is_left_in_peace() {
        let calls =
            Calls { all: 50, cap: 50, newest_first: true, states_total: false, style: PageStyle::Offset };
        let mut read = CallsRead::new(CallsWanted::Many, 50);
        assert_eq!(read.take(calls.page(0), 0), Some(50));
        assert_eq!(read.take(calls.page(0), 50), None);
        assert_eq!(read.finish().calls.len(), 50);
    }

    #[test]
    fn a_total_without_rows_is_not_believed_to_mean_that_there_is_no_call() {
        let mut empty =
            Calls { all: 0, cap: 50, newest_first: true, states_total: true, style: PageStyle::Page };
        let mut read = CallsRead::new(CallsWanted::Newest, 0);
        empty.all = 0;
        let page = CallPage { total: Some(40), ..empty.page(0) };
        assert_eq!(read.take(page, 0), None);
        assert!(read.finish().unsure);
    }

    #[test]
    fn calls_without_an_id_are_not_one_call() {
        let mut read = CallsRead::new(CallsWanted::Newest, 2);
        let calls = vec![Call { id: None, ..call(1) }, Call { id: None, ..call(1) }];
        let page =
            Calls { all: 0, cap: 1, newest_first: true, states_total: true, style: PageStyle::Page }.page(0);
        read.take(CallPage { received: 2, calls, total: Some(2), ..page }, 0);
        assert_eq!(read.finish().calls.len(), 2);
    }
}
