//! What turned from one complete read of a list to the next, told only where it stays so.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::CompleteRead;
use super::aspect::{Aspect, Fact};
use super::attribution::Writes;
use super::change::NumberChange;
use super::row::kept_form;
use crate::phone::{Number, NumberId};
use crate::write::Entry;

/// A value that was seen and is not told yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pending {
    /// What it was seen to be.
    pub(super) value: Fact,
    /// By so many reads in a row.
    pub(super) seen: u32,
    /// When the read began that saw the value before for the last time.
    pub(super) not_before: Option<Timestamp>,
}

/// Numbers as they are told to be, and what was seen of them since.
#[derive(Debug, Clone, PartialEq)]
pub struct Transitions {
    /// So many reads in a row have to agree.
    pub(super) agreeing: u32,
    pub(super) told: HashMap<NumberId, Number>,
    /// Numbers that were told to be gone.
    pub(super) gone: HashSet<NumberId>,
    pub(super) pending: HashMap<NumberId, Vec<(Aspect, Pending)>>,
    /// When the last read began, and when it ended.
    pub(super) last: (Timestamp, Timestamp),
    /// The last read was empty, and no read before was.
    pub(super) emptied: bool,
}

impl Transitions {
    /// Begins with a list. A value is told when so many reads in a row agree on it, the one that shows it first
    /// included.
    pub fn begin(read: &CompleteRead, agreeing: u32) -> Self {
        let told = read.numbers.iter().map(|number| (number.id.clone(), kept_form(number))).collect();
        Self {
            agreeing: agreeing.max(1),
            told,
            gone: HashSet::new(),
            pending: HashMap::new(),
            last: (read.began, read.ended),
            emptied: false,
        }
    }

    /// Takes the next read. Returns what turned, in the order of the list, each with the number as it was told to
    /// be before; `entries` are the writes of this machine, `None` where a ledger cannot be asked.
    ///
    /// A list that is empty at once is believed when the next read agrees: a gateway answers `[]`, too.
    pub fn take(
        &mut self,
        read: &CompleteRead,
        entries: Option<&[Entry]>,
    ) -> Vec<(NumberChange, Option<Number>)> {
        let doubted = read.numbers.is_empty() && !self.told.is_empty() && !self.emptied;
        self.emptied = read.numbers.is_empty();
        if doubted {
            return Vec::new();
        }
        let mut turned = Vec::new();
        let mut listed = HashSet::with_capacity(read.numbers.len());
        for number in &read.numbers {
            // Of two rows with one id the first counts.
            if !listed.insert(&number.id) {
                continue;
            }
            self.compare(&kept_form(number), read, entries, &mut turned);
        }
        let mut missing: Vec<Number> =
            self.told.values().filter(|number| !listed.contains(&number.id)).cloned().collect();
        missing.sort_by(|one, other| one.id.cmp(&other.id));
        for number in missing {
            if let Some(not_before) = self.agree(&number.id, Aspect::Gone, Fact::Null) {
                self.told.remove(&number.id);
                self.gone.insert(number.id.clone());
                self.pending.remove(&number.id);
                let change = self.change(
                    &number,
                    (Aspect::Gone, Fact::Unsaid, Fact::Unsaid),
                    not_before,
                    read,
                    entries,
                );
                turned.push((change, Some(number)));
            }
        }
        let unlisted = |id: &NumberId| !listed.contains(id) && !self.told.contains_key(id);
        self.pending.retain(|id, _| !unlisted(id));
        self.last = (read.began, read.ended);
        turned
    }

    fn compare(
        &mut self,
        number: &Number,
        read: &CompleteRead,
        entries: Option<&[Entry]>,
        turned: &mut Vec<(NumberChange, Option<Number>)>,
    ) {
        if self.told.get(&number.id) == Some(number) {
            self.pending.remove(&number.id);
            return;
        }
        self.settle(&number.id, Aspect::Gone);
        let Some(told) = self.told.get(&number.id).cloned() else {
            let aspect = if self.gone.contains(&number.id) { Aspect::Back } else { Aspect::New };
            if let Some(not_before) = self.agree(&number.id, aspect, Fact::Null) {
                self.told.insert(number.id.clone(), number.clone());
                self.gone.remove(&number.id);
                let change =
                    self.change(number, (aspect, Fact::Unsaid, Fact::Unsaid), not_before, read, entries);
                turned.push((change, None));
            }
            return;
        };
        let mut now = told.clone();
        let mut changes = Vec::new();
        for aspect in Aspect::compared() {
            let (before, after) = (aspect.of(&told), aspect.of(number));
            if before == after {
                self.settle(&number.id, aspect);
                continue;
            }
            if let Some(not_before) = self.agree(&number.id, aspect, after.clone()) {
                aspect.take(number, &mut now);
                changes.push((aspect, before, after, not_before));
            }
        }
        // Times and what else nobody is told of are as they are now.
        now.updated_at.clone_from(&number.updated_at);
        for (aspect, before, after, not_before) in changes {
            let change = self.change(number, (aspect, before, after), not_before, read, entries);
            turned.push((change, Some(told.clone())));
        }
        self.told.insert(number.id.clone(), now);
    }

    /// Counts that a value was seen once more. Where enough reads agree, since when it may be so.
    fn agree(&mut self, id: &NumberId, aspect: Aspect, value: Fact) -> Option<Option<Timestamp>> {
        let not_before = Some(self.last.0);
        let mut pending = self.settle(id, aspect).filter(|pending| pending.value == value);
        let pending = pending.get_or_insert(Pending { value, seen: 0, not_before });
        pending.seen += 1;
        if pending.seen >= self.agreeing {
            return Some(pending.not_before);
        }
        self.pending.entry(id.clone()).or_default().push((aspect, pending.clone()));
        None
    }

    /// Takes away what is pending of a number in one thing.
    fn settle(&mut self, id: &NumberId, aspect: Aspect) -> Option<Pending> {
        let pending = self.pending.get_mut(id)?;
        let at = pending.iter().position(|(one, _)| *one == aspect)?;
        let (_, taken) = pending.swap_remove(at);
        if pending.is_empty() {
            self.pending.remove(id);
        }
        Some(taken)
    }

    fn change(
        &self,
        number: &Number,
        (aspect, before, after): (Aspect, Fact, Fact),
        not_before: Option<Timestamp>,
        read: &CompleteRead,
        entries: Option<&[Entry]>,
    ) -> NumberChange {
        // A clock that jumped leaves no time before which it was not so.
        let not_before = not_before.filter(|at| *at <= read.ended);
        let writes = Writes::between(entries, not_before, read.ended);
        let is_known = |id: &NumberId| self.told.keys().any(|told| told.is_same(id));
        let author = writes.author(number, (aspect, &before, &after), &is_known);
        NumberChange {
            number: number.id.clone(),
            line: number.line.clone(),
            aspect,
            before,
            after,
            not_before,
            not_after: read.ended,
            author,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{EndpointId, Field, NumberText, Switch};

    fn number(id: &str) -> Number {
        let mut number = Number::new(NumberId::new(id), NumberText::parse("+2348031234567"));
        number.endpoint = Field::Null;
        number
    }

    fn read(second: i64, numbers: &[Number]) -> CompleteRead {
        let at = |second| Timestamp::from_second(second).unwrap();
        CompleteRead { began: at(second), ended: at(second + 1), numbers: numbers.to_vec() }
    }

    fn told(transitions: &mut Transitions, second: i64, numbers: &[Number]) -> Vec<String> {
        let turned = transitions.take(&read(second, numbers), None);
        let words = |(change, _): &(NumberChange, Option<Number>)| {
            let from = change.not_before.map_or(-1, Timestamp::as_second);
            format!("{} {} {} since {from}", change.number, change.aspect.name(), change.after.to_json())
        };
        turned.iter().map(words).collect()
    }

    fn routed(id: &str, endpoint: &str) -> Number {
        number(id).with(|traits| traits.endpoint = Field::Value(EndpointId::new(endpoint)))
    }

    trait AtAddress {
        fn at(self, uri: &str) -> Self;
    }

    impl AtAddress for Number {
        fn at(mut self, uri: &str) -> Self {
            self.sip_uri = Some(uri.into());
            self
        }
    }

    #[test]
    fn a_change_is_told_once_with_the_last_time_that_it_was_not_so() {
        let mut transitions = Transitions::begin(&read(0, &[number("a"), number("b")]), 3);
        let now = [routed("a", "ep_1"), number("b")];
        assert_eq!(told(&mut transitions, 10, &now), [""; 0]);
        assert_eq!(told(&mut transitions, 20, &now), [""; 0]);
        assert_eq!(told(&mut transitions, 30, &now), ["a endpoint \"ep_1\" since 0"]);
        assert_eq!(told(&mut transitions, 40, &now), [""; 0]);
    }

    #[test]
    fn a_value_that_changes_again_begins_to_count_anew() {
        let mut transitions = Transitions::begin(&read(0, &[number("a")]), 2);
        for (second, endpoint) in [(10, "ep_1"), (20, "ep_2"), (30, "ep_1"), (40, "ep_3")] {
            assert_eq!(told(&mut transitions, second, &[routed("a", endpoint)]), [""; 0]);
        }
        assert_eq!(told(&mut transitions, 50, &[routed("a", "ep_3")]), ["a endpoint \"ep_3\" since 30"]);
        assert_eq!(told(&mut transitions, 60, &[number("a")]), [""; 0]);
        assert_eq!(told(&mut transitions, 70, &[routed("a", "ep_3")]), [""; 0], "back before it was told");
    }

    #[test]
    fn numbers_come_go_and_come_back() {
        let mut transitions = Transitions::begin(&read(0, &[number("a")]), 1);
        assert_eq!(told(&mut transitions, 10, &[number("a"), number("b")]), ["b new null since 0"]);
        assert_eq!(told(&mut transitions, 20, &[number("b")]), ["a gone null since 10"]);
        assert_eq!(told(&mut transitions, 30, &[number("a"), number("b")]), ["a back null since 20"]);
        let mut slow = Transitions::begin(&read(0, &[number("a"), number("b")]), 2);
        assert_eq!(told(&mut slow, 10, &[number("b")]), [""; 0]);
        assert_eq!(told(&mut slow, 20, &[number("a"), number("b")]), [""; 0], "it was there again");
        assert_eq!(told(&mut slow, 30, &[number("b")]), [""; 0]);
        assert_eq!(told(&mut slow, 40, &[number("b")]), ["a gone null since 20"]);
    }

    #[test]
    fn an_address_with_a_password_is_told_without_it_and_is_the_same_when_it_is_resumed() {
        let with = |uri: &str| number("a").with(|traits| traits.endpoint = Field::Null).at(uri);
        let mut stays = Transitions::begin(&read(0, &[with("sip:a:hidden@one")]), 1);
        let kept = kept_form(&with("sip:a:hidden@one"));
        let mut resumed = Transitions::resume(&stays.note(), &[kept], 1).unwrap();
        for transitions in [&mut stays, &mut resumed] {
            assert_eq!(told(transitions, 10, &[with("sip:a:hidden@one")]), [""; 0]);
            let turned = told(transitions, 20, &[with("sip:a:hidden@two")]);
            assert!(turned.len() == 1 && !turned[0].contains("hidden"), "{turned:?}");
        }
    }

    #[test]
    fn a_list_that_is_empty_at_once_is_believed_when_the_next_one_is() {
        let all = [number("a"), number("b")];
        let mut transitions = Transitions::begin(&read(0, &all), 1);
        assert_eq!(told(&mut transitions, 10, &[]), [""; 0]);
        assert_eq!(told(&mut transitions, 20, &all), [""; 0]);
        assert_eq!(told(&mut transitions, 30, &[]), [""; 0]);
        assert_eq!(told(&mut transitions, 40, &[]).len(), 2);
    }

    #[test]
    fn a_watch_that_goes_a_round_at_a_time_tells_what_one_that_stays_does() {
        let mut random = 7_u64;
        let mut below = |most: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % most
        };
        for agreeing in 1..4 {
            let mut list: Vec<Number> = (0..6).map(|i| number(&format!("n-{i}"))).collect();
            let mut stays = Transitions::begin(&read(0, &list), agreeing);
            let (mut note, mut seen) = (stays.note(), list.clone());
            let mut events = 0;
            for round in 1..200 {
                let id = format!("n-{}", below(8));
                let place = list.iter().position(|one| one.id.as_str() == id);
                match (below(4), place) {
                    (0, Some(place)) => drop(list.remove(place)),
                    (0, None) => list.push(number(&id)),
                    (1, Some(place)) => list[place].endpoint = Field::Value(EndpointId::new("ep_1")),
                    (2, Some(place)) => list[place].switches[Switch::Inbound] = Some(below(2) == 0),
                    (_, Some(place)) => list[place].endpoint = Field::Null,
                    (_, None) => {}
                }
                let mut resumed = Transitions::resume(&note, &seen, agreeing).unwrap();
                let told_by_one = told(&mut resumed, round * 10, &list);
                assert_eq!(told_by_one, told(&mut stays, round * 10, &list), "round {round} of {agreeing}");
                events += told_by_one.len();
                (note, seen) = (resumed.note(), list.clone());
            }
            assert!(events > 20, "{events}");
        }
    }

    #[test]
    fn a_note_of_another_version_or_of_nobody_begins_anew() {
        let note = Transitions::begin(&read(0, &[number("a")]), 1).note();
        assert!(Transitions::round_of(&note).is_some());
        for text in ["", "{}", &note.replacen("\"v\":1", "\"v\":2", 1), &note[..note.len() / 2]] {
            assert_eq!(Transitions::round_of(text), None, "{text}");
            assert_eq!(Transitions::resume(text, &[], 1), None);
        }
    }
}
