//! What is remembered of the numbers: when it may stand for a read, and what is said where nothing is.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::output::safe;
use super::{Context, state};
use crate::store::{NumberStore, SeenList, StoreError, StoreTrouble};

/// The clock of files may be so much behind ours.
const CLOSE: SignedDuration = SignedDuration::from_millis(20);

/// The list that an earlier run read, not longer than `most` ago, and what has to be said of the store it is
/// in.
pub(super) fn list(context: &Context, now: Timestamp, most: Duration) -> (Option<SeenList>, Vec<String>) {
    let Ok(mut store) = state::store(context) else { return (None, Vec::new()) };
    let list = store.last().ok().filter(|list| is_young(list, now, most, state::last_write(context)));
    (list, damaged(&mut store))
}

/// Whether a list is not older than `most`, and was read after the last write of ours, which made an older
/// one wrong. A clock that went back makes a list of the future: it is read again.
fn is_young(list: &SeenList, now: Timestamp, most: Duration, written: Option<Timestamp>) -> bool {
    let at = list.read_at;
    let age = Duration::try_from(now.duration_since(at)).ok().filter(|_| at <= now);
    let is_before = |written: Timestamp| at.duration_since(written) < CLOSE;
    age.is_some_and(|age| age < most) && !written.is_some_and(is_before)
}

/// That a damaged store was found, which is said once.
pub(super) fn damaged(store: &mut NumberStore) -> Vec<String> {
    let set_aside = store.take_set_aside();
    trouble(StoreTrouble { set_aside, ..StoreTrouble::default() })
}

/// What kept a store from remembering, in words.
pub(super) fn trouble(trouble: StoreTrouble) -> Vec<String> {
    let aside = trouble.set_aside.map(|path| {
        let path = safe(&path.display().to_string());
        format!(
            "what was remembered of the numbers can not be read by this version: it is {path} now, \
             and is begun anew; the ledger and the server have everything that counts"
        )
    });
    let doubted = trouble.doubted.then(|| {
        "the server answers that there are no numbers, and there were some before: that is remembered only when a \
         later read says so, too"
            .to_owned()
    });
    aside.into_iter().chain(trouble.error.as_ref().map(unkept)).chain(doubted).collect()
}

/// That nothing is remembered, and why.
pub(super) fn unkept(why: &StoreError) -> String {
    format!("what was read is not remembered: {}", safe(&why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_stands_for_a_read_while_it_is_young_and_no_write_came_after_it() {
        let at = |text: &str| format!("2026-01-01T{text}Z").parse::<Timestamp>().unwrap();
        let read = at("10:00:00");
        let list = SeenList { numbers: Vec::new(), endpoints: None, since: read, read_at: read, until: read };
        let hour = Duration::from_secs(3600);
        let young = |now, most, written: Option<&str>| is_young(&list, at(now), most, written.map(at));
        assert!(young("10:59:59", hour, None) && young("10:10:00", hour, Some("09:59:00")));
        assert!(!young("11:00:00", hour, None) && !young("10:00:00", Duration::ZERO, None));
        assert!(!young("09:00:00", hour, None), "the clock went back");
        assert!(!young("10:10:00", hour, Some("10:05:00")), "a write of ours came after it");
    }
}
