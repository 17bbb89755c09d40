//! The calls of one number, where the server lists calls. Not in the contract; `GET /calls`.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use jiff::Timestamp;

use super::answer::Operation;
use super::client::Client;
use super::decode::{self, CallPage, PageStyle};
use super::http::LARGEST_LIST;
use super::{Error, ErrorKind};
use crate::phone::{Call, CallList, CallsAnswer, NumberId, NumberText};

/// Rows asked for at once: what the service's guide takes where nobody says it.
const PER_PAGE: u64 = 50;

/// So many pages are read at most, each of which may have fifty transcripts on it.
const PAGES: u64 = 3;

impl Client {
    /// The newest calls of a number. A server that refuses (401, 403, 404, 405, 501) or answers with something
    /// else does not list calls, and is not asked again by this client. Reads are retried as others are.
    pub async fn calls(&self, id: &NumberId, line: &NumberText) -> Result<CallsAnswer, Error> {
        if self.lists_no_calls().load(Ordering::Relaxed) {
            return Ok(CallsAnswer::Unlisted);
        }
        match self.listed_calls(id, line).await {
            Ok(list) => Ok(CallsAnswer::Listed(list)),
            Err(error) if is_unlisted(&error) => {
                self.lists_no_calls().store(true, Ordering::Relaxed);
                Ok(CallsAnswer::Unlisted)
            }
            Err(error) => Err(error),
        }
    }

    async fn listed_calls(&self, id: &NumberId, line: &NumberText) -> Result<CallList, Error> {
        let first = self.calls_page(id, line, PageStyle::Offset, 0).await?;
        let mut read = CallsRead::default();
        let mut place = read.take(first, 0);
        while let Some((style, at)) = place {
            match self.calls_page(id, line, style, at).await {
                Ok(page) => place = read.take(page, at),
                // What is known is told, and that it is not all.
                Err(_) => {
                    read.list.more = true;
                    place = None;
                }
            }
        }
        Ok(read.finish())
    }

    /// The page that begins at a row.
    async fn calls_page(
        &self,
        id: &NumberId,
        line: &NumberText,
        style: PageStyle,
        at: u64,
    ) -> Result<CallPage, Error> {
        let mut url = self.base_url().join(&["calls"])?;
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("phone_number_id", id.as_str()).append_pair("limit", &PER_PAGE.to_string());
            match (at, style) {
                (0, _) => {}
                (at, PageStyle::Page) => drop(query.append_pair("page", &(at / PER_PAGE + 1).to_string())),
                (at, PageStyle::Offset) => drop(query.append_pair("offset", &at.to_string())),
            }
        }
        let success = self.read(Operation::Calls, url, LARGEST_LIST).await?;
        decode::calls(&success.body, id, line).map_err(|why| self.undecodable(&success, &why))
    }
}

/// Whether an error says that there is no list of calls for this key.
fn is_unlisted(error: &Error) -> bool {
    error.kind == ErrorKind::Undecodable || matches!(error.status, Some(401 | 403 | 404 | 405 | 501))
}

/// What was read so far.
#[derive(Default)]
struct CallsRead {
    list: CallList,
    seen: HashSet<(Option<Box<str>>, Timestamp)>,
    pages: u64,
}

impl CallsRead {
    /// Takes the page that begins at a row, and says which one is next, if any. No page says in which order
    /// its calls are: where the oldest come first, the newest are on the last one.
    fn take(&mut self, page: CallPage, at: u64) -> Option<(PageStyle, u64)> {
        self.pages += 1;
        self.list.odd += page.odd;
        let received = page.received as u64;
        let ascends =
            page.calls.first().zip(page.calls.last()).is_some_and(|(first, last)| first.at < last.at);
        let before = self.seen.len();
        for call in page.calls {
            if self.seen.insert((call.id.clone(), call.at)) {
                self.list.calls.push(call);
            }
        }
        let end = at + received;
        let more = match page.total {
            Some(total) => end < total,
            None => received >= PER_PAGE,
        };
        if !more || received == 0 {
            // The pages between the first and the last were passed over, where that was not the second.
            return None;
        }
        // A server that ignores the place sends its first page again.
        let stuck = at > 0 && self.seen.len() == before;
        let next = match page.total.filter(|_| at == 0 && ascends) {
            Some(total) => (total - 1) / received * received,
            None => end,
        };
        if stuck || self.pages == PAGES {
            self.list.more = true;
            return None;
        }
        self.list.more |= next > end;
        Some((page.style, next))
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
            lasted: None,
            endpoint: None,
        }
    }

    fn page(times: impl IntoIterator<Item = i64>, total: Option<u64>) -> CallPage {
        let calls: Vec<Call> = times.into_iter().map(call).collect();
        CallPage { received: calls.len(), calls, odd: 0, total, style: PageStyle::Offset }
    }

    #[test]
    fn the_newest_are_read_whichever_way_the_server_sorts() {
        let mut read = CallsRead::default();
        assert_eq!(read.take(page((0..50).rev(), Some(50)), 0), None);
        assert_eq!((read.list.more, read.finish().calls.len()), (false, 50));
        // Oldest first: the last page is next, and what lies between was not read.
        let mut read = CallsRead::default();
        assert_eq!(read.take(page(0..50, Some(510)), 0), Some((PageStyle::Offset, 500)));
        assert_eq!(read.take(page(500..510, Some(510)), 500), None);
        let list = read.finish();
        assert_eq!((list.calls[0].at.as_second(), list.more), (509, true));
    }

    #[test]
    fn a_server_that_sends_one_page_again_and_again_is_left_in_peace() {
        let mut read = CallsRead::default();
        assert_eq!(read.take(page((0..50).rev(), None), 0), Some((PageStyle::Offset, 50)));
        assert_eq!(read.take(page((0..50).rev(), None), 50), None);
        let list = read.finish();
        assert_eq!((list.calls.len(), list.more), (50, true));
        let mut read = CallsRead::default();
        let mut at = 0;
        let mut pages = 0;
        while let Some((_, next)) = read.take(page((0..50).map(|n| 100_000 - 50 * pages - n), None), at) {
            (at, pages) = (next, pages + 1);
        }
        assert_eq!((pages + 1, read.list.more), (3, true));
    }
}
