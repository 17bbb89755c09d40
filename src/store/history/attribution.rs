//! Whose change it was: the writes of this machine that explain it.

use jiff::{SignedDuration, Timestamp};

use super::aspect::{Aspect, Fact};
use super::change::ChangeAuthor;
use crate::api::Removal;
use crate::phone::{E164, Number, NumberId, Status};
use crate::write::{Entry, Intent, OutcomeKind};

/// A write may have been on its way for so long when the read before it began, and then it is not certain
/// that it was this change.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_secs(120);

/// The writes of this machine that may explain the changes between two reads.
pub(super) struct Writes<'a> {
    /// `None` where the ledger could not be asked: then nothing is told of whose change it was.
    entries: Option<Vec<&'a Entry>>,
    not_before: Option<Timestamp>,
}

/// How well a write explains a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It sets what is so since, over what was so before.
    Whole,
    /// It may be that one: nobody knows what became of it, or it began before the read before did, or it
    /// was sent over another value.
    Perhaps,
}

impl<'a> Writes<'a> {
    /// Those that were sent between two reads, or shortly before.
    pub(super) fn between(
        entries: Option<&'a [Entry]>,
        not_before: Option<Timestamp>,
        not_after: Timestamp,
    ) -> Self {
        let earliest = not_before.and_then(|at| at.checked_sub(ON_ITS_WAY).ok());
        let is_near =
            |entry: &&Entry| entry.at <= not_after && earliest.is_none_or(|early| entry.at >= early);
        Self { entries: entries.map(|all| all.iter().filter(is_near).collect()), not_before }
    }

    /// Whose change it was that `number`, as it is or was last, has another value of `aspect` now.
    /// `is_known` says whether a record with an id is or was in the list.
    pub(super) fn author(
        &self,
        number: &Number,
        (aspect, before, after): (Aspect, &Fact, &Fact),
        is_known: &dyn Fn(&NumberId) -> bool,
    ) -> ChangeAuthor {
        let Some(entries) = &self.entries else { return ChangeAuthor::Unclear };
        let ours: Vec<&Entry> = entries
            .iter()
            .copied()
            .filter(|entry| may_be_done(entry) && concerns(entry, number, is_known))
            .collect();
        let mut fits = ours.iter().filter_map(|entry| {
            let fit = explains(&entry.intent, aspect, before, after)?;
            // Without a first time an old write may be the one, or not.
            let is_then = self.not_before.is_some_and(|at| entry.at >= at);
            // What we set otherwise afterwards, somebody else may have set so again.
            let is_last = !ours.iter().any(|other| other.at > entry.at && sets(&other.intent, aspect));
            let is_done = entry.outcome == Some(OutcomeKind::Done);
            Some((if is_done && is_then && is_last { fit } else { Fit::Perhaps }, entry.id))
        });
        match (fits.next(), fits.next()) {
            (None, _) => ChangeAuthor::Elsewhere,
            (Some((Fit::Whole, id)), None) => ChangeAuthor::Us(id),
            _ => ChangeAuthor::Unclear,
        }
    }
}

/// Whether a write was done, or nobody knows that it was not.
fn may_be_done(entry: &Entry) -> bool {
    match entry.outcome {
        Some(OutcomeKind::Done | OutcomeKind::Unknown) | None => true,
        Some(OutcomeKind::Refused | OutcomeKind::NotDone | OutcomeKind::Ignored) => false,
    }
}

/// Whether a write sets this, to whatever value.
fn sets(intent: &Intent, aspect: Aspect) -> bool {
    match (intent, aspect) {
        (Intent::Update { changes, .. }, Aspect::Setting(setting)) => {
            changes.values().any(|value| value.setting() == setting)
        }
        (Intent::Purchase { .. } | Intent::Remove { .. }, Aspect::New | Aspect::Gone | Aspect::Back) => true,
        _ => false,
    }
}

/// Whether a write was about this number: its record, or its telephone number where the record of the write
/// is in no list.
fn concerns(entry: &Entry, number: &Number, is_known: &dyn Fn(&NumberId) -> bool) -> bool {
    let is_line = |line: Option<E164>| line.is_some() && line == number.line.valid();
    match &entry.intent {
        Intent::Purchase { .. } => match &entry.number {
            Some(id) if id.is_same(&number.id) => true,
            Some(id) => is_line(entry.e164()) && !is_known(id),
            None => is_line(entry.e164()),
        },
        Intent::Update { before, .. } | Intent::Remove { before, .. } => {
            before.id.is_same(&number.id) || (is_line(before.line.valid()) && !is_known(&before.id))
        }
    }
}

/// Whether a write, where it is done, makes this change.
fn explains(intent: &Intent, aspect: Aspect, before: &Fact, after: &Fact) -> Option<Fit> {
    let fit = |fits: bool| if fits { Fit::Whole } else { Fit::Perhaps };
    match (intent, aspect) {
        (Intent::Purchase { .. }, Aspect::New | Aspect::Back) => Some(Fit::Whole),
        (Intent::Remove { .. }, Aspect::Gone) => Some(Fit::Whole),
        (Intent::Remove { how: Removal::Release, .. }, Aspect::Setting(setting)) => {
            // What a release does to a number beside its status, a server decides.
            let is_inactive = *after == Fact::Text(Status::Inactive.wire().into());
            let is_status = setting == crate::phone::Setting::Status;
            let is_off = matches!(after, Fact::Null | Fact::Unsaid | Fact::Flag(false));
            (is_status && is_inactive)
                .then_some(Fit::Whole)
                .or((!is_status && is_off).then_some(Fit::Perhaps))
        }
        (Intent::Update { before: seen, changes, .. }, Aspect::Setting(setting)) => {
            let value = changes.values().find(|value| value.setting() == setting)?;
            let mut wanted = seen.as_ref().clone();
            value.put_into(&mut wanted);
            let was = aspect.of(seen);
            (aspect.of(&wanted) == *after).then(|| fit(was == *before || was == Fact::Unsaid))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::RequestId;
    use crate::phone::{Changes, Field, NumberText, Setting, Switch};

    fn number() -> Number {
        let mut number = Number::new(NumberId::new("a"), NumberText::parse("+2348031234567"));
        number.endpoint = Field::Null;
        number.switches[Switch::Inbound] = Some(true);
        number.status = Some(Status::Active);
        number
    }

    fn at(text: &str) -> Timestamp {
        format!("2026-03-03T{text}:00Z").parse().unwrap()
    }

    fn entry(time: &str, before: Number, outcome: Option<OutcomeKind>) -> Entry {
        let intent = Intent::update(before, Changes::switch(Switch::Inbound, false));
        Entry { outcome, ..Entry::begun(RequestId::random(), at(time), intent, false) }
    }

    /// Whose change it was that inbound is off since between 10:00 and 11:00.
    fn author(entries: &[Entry]) -> ChangeAuthor {
        let writes = Writes::between(Some(entries), Some(at("10:00")), at("11:00"));
        let aspect = Aspect::Setting(Setting::Switch(Switch::Inbound));
        writes.author(&number(), (aspect, &Fact::Flag(true), &Fact::Flag(false)), &|id| id.as_str() == "a")
    }

    #[test]
    fn a_change_is_ours_where_one_write_of_that_time_explains_it() {
        let done = Some(OutcomeKind::Done);
        let ours = entry("10:30", number(), done);
        assert_eq!(author(&[]), ChangeAuthor::Elsewhere);
        assert_eq!(author(std::slice::from_ref(&ours)), ChangeAuthor::Us(ours.id));
        assert_eq!(author(&[ours.clone(), entry("10:40", number(), done)]), ChangeAuthor::Unclear);
        for outcome in [None, Some(OutcomeKind::Unknown)] {
            assert_eq!(author(&[entry("10:30", number(), outcome)]), ChangeAuthor::Unclear, "{outcome:?}");
        }
        for outcome in [OutcomeKind::Refused, OutcomeKind::NotDone, OutcomeKind::Ignored] {
            let refused = entry("10:30", number(), Some(outcome));
            assert_eq!(author(&[refused]), ChangeAuthor::Elsewhere, "{outcome:?}");
        }
        for time in ["09:00", "11:30"] {
            assert_eq!(author(&[entry(time, number(), done)]), ChangeAuthor::Elsewhere, "{time}");
        }
        assert_eq!(author(&[entry("09:59", number(), done)]), ChangeAuthor::Unclear, "it was on its way");
        let back = Intent::update(number(), Changes::switch(Switch::Inbound, true));
        let back = Entry { outcome: done, ..Entry::begun(RequestId::random(), at("10:40"), back, false) };
        assert_eq!(author(&[ours.clone(), back]), ChangeAuthor::Unclear, "it was taken back before");
        let mut other = number();
        other.switches[Switch::Inbound] = Some(false);
        assert_eq!(author(&[entry("10:30", other, done)]), ChangeAuthor::Unclear, "over another value");
    }

    #[test]
    fn a_write_is_about_a_record_or_about_its_number_where_the_record_is_in_no_list() {
        let done = Some(OutcomeKind::Done);
        let of = |id: &str, line: &str| {
            let number = Number { id: NumberId::new(id), line: NumberText::parse(line), ..number() };
            author(&[entry("10:30", number, done)])
        };
        assert!(matches!(of("a", "+2348030000000"), ChangeAuthor::Us(_)));
        assert!(matches!(of("gone-id", "+2348031234567"), ChangeAuthor::Us(_)));
        assert_eq!(of("gone-id", "+2348030000000"), ChangeAuthor::Elsewhere);
        let writes = [entry("10:30", Number { id: NumberId::new("b"), ..number() }, done)];
        let writes = Writes::between(Some(&writes), None, at("11:00"));
        let status = Aspect::Setting(Setting::Switch(Switch::Inbound));
        let change = (status, &Fact::Flag(true), &Fact::Flag(false));
        assert_eq!(writes.author(&number(), change, &|_| true), ChangeAuthor::Elsewhere, "of another record");
    }

    #[test]
    fn a_ledger_that_cannot_be_asked_leaves_it_open() {
        let writes = Writes::between(None, None, at("11:00"));
        let change = (Aspect::Gone, &Fact::Unsaid, &Fact::Unsaid);
        assert_eq!(writes.author(&number(), change, &|_| false), ChangeAuthor::Unclear);
    }
}
