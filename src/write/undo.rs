//! Putting former values back (product rule 8): only of updates, and only where the values in force
//! are still the ones that the update set.

use super::{Cause, Entry, Intent, OutcomeKind};
use crate::api::RequestId;
use crate::phone::{Changes, Number, NumberId};

/// What undoing an entry comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Undo {
    /// The update that puts the former values back.
    pub intent: Intent,
    /// Settings that stay as they are, and why.
    pub left: Vec<String>,
}

/// Why an entry can not be undone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoUndo {
    /// There is no update that could be.
    #[error("there is no change in the ledger that could be undone")]
    Nothing,
    /// It is a purchase, a release or a deletion.
    #[error("\"{0}\" can not be undone; only updates can")]
    NotAnUpdate(String),
    /// It did not happen, or nobody knows whether it did.
    #[error("\"{0}\" is not known to have happened")]
    NotDone(String),
    /// It was undone before.
    #[error("it was undone already")]
    Undone,
    /// None of its settings can be put back.
    #[error("it can not be undone: {}", .0.join("; "))]
    Settings(Vec<String>),
}

/// The last update that is in force and was not undone; of one record, where `target` names it.
/// An undo itself is not undone: sending the change again is a change of its own.
pub fn last_update<'a>(entries: &'a [Entry], target: Option<&NumberId>) -> Option<&'a Entry> {
    entries.iter().rev().find(|entry| {
        matches!(&entry.intent, Intent::Update { before, cause: Cause::Asked, .. }
            if target.is_none_or(|id| *id == before.id))
            && entry.outcome == Some(OutcomeKind::Done)
            && !is_undone(entries, entry.id)
    })
}

fn is_undone(entries: &[Entry], id: RequestId) -> bool {
    entries.iter().any(|entry| {
        matches!(entry.intent, Intent::Update { cause: Cause::Undoes(undone), .. } if undone == id)
            && entry.outcome == Some(OutcomeKind::Done)
    })
}

/// The update that puts back what `entry` changed, on the record as it is `now`. What has its former
/// value already is left out: an undo whose answer was lost may have put it back.
///
/// # Errors
/// Why it can not be undone.
pub fn undo(entries: &[Entry], entry: &Entry, now: &Number) -> Result<Undo, NoUndo> {
    let Intent::Update { before, changes, .. } = &entry.intent else {
        return Err(NoUndo::NotAnUpdate(entry.intent.to_string()));
    };
    if entry.outcome != Some(OutcomeKind::Done) {
        return Err(NoUndo::NotDone(entry.intent.to_string()));
    }
    if is_undone(entries, entry.id) {
        return Err(NoUndo::Undone);
    }
    let mut back = Changes::default();
    let mut left = Vec::new();
    for ours in changes.values() {
        let setting = ours.setting();
        let name = setting.name();
        match (setting.of(before), setting.of(now)) {
            (None, _) => left.push(unknown(name)),
            (Some(was), is) if is.as_ref() == Some(&was) => {}
            (Some(_), is) if is != Some(ours) => left.push(changed(name)),
            (Some(was), _) if was.can_be_set() => back.put(was),
            (Some(was), _) => left.push(format!("{name} was {}, which nobody can set", was.label())),
        }
    }
    let back = back.against(now);
    if back.is_empty() {
        if left.is_empty() {
            left.push("its former values are in force".to_owned());
        }
        return Err(NoUndo::Settings(left));
    }
    let intent =
        Intent::Update { before: Box::new(now.clone()), changes: back, cause: Cause::Undoes(entry.id) };
    Ok(Undo { intent, left })
}

/// Whether an update could be undone once it is in force: what somebody is told before they agree.
pub fn is_undoable(before: &Number, changes: &Changes) -> bool {
    changes.values().all(|value| value.setting().of(before).is_some_and(|was| was.can_be_set()))
}

fn unknown(name: &str) -> String {
    format!("what {name} was before is not known")
}

fn changed(name: &str) -> String {
    format!("{name} was changed again since")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::api::Removal;
    use crate::phone::{EndpointId, Field, NumberText, Status, Switch};
    use crate::write::ledger::entry::Ending;

    fn number() -> Number {
        let mut n = Number::new(NumberId::new("n"), NumberText::parse("+2348031234567"));
        n.endpoint = Field::Value(EndpointId::new("old"));
        n.switches[Switch::Inbound] = Some(true);
        n.switches[Switch::Outbound] = Some(false);
        n.status = Some(Status::Active);
        n
    }

    fn rerouted() -> Changes {
        Changes {
            endpoint: Some(Some(EndpointId::new("new"))),
            switches: Switch::Outbound.set(true),
            ..Changes::default()
        }
    }

    fn after() -> Number {
        number()
            .switched(Switch::Outbound, true)
            .with(|traits| traits.endpoint = Field::Value(EndpointId::new("new")))
    }

    fn entry(intent: Intent, outcome: OutcomeKind) -> Entry {
        let mut entry = Entry::begun(RequestId::random(), Timestamp::UNIX_EPOCH, intent, false);
        entry.end(Ending {
            outcome,
            said: String::new(),
            number: None,
            line: None,
            organization: None,
            refusal: None,
        });
        entry
    }

    fn update() -> Entry {
        entry(Intent::update(number(), rerouted()), OutcomeKind::Done)
    }

    #[test]
    fn former_values_are_put_back_where_the_current_ones_are_ours() {
        let entry = update();
        let undo = undo(std::slice::from_ref(&entry), &entry, &after()).unwrap();
        let Intent::Update { changes, cause, .. } = undo.intent else { panic!() };
        let wanted = Changes {
            endpoint: Some(Some(EndpointId::new("old"))),
            switches: Switch::Outbound.set(false),
            ..Changes::default()
        };
        assert_eq!((changes, cause, undo.left), (wanted, Cause::Undoes(entry.id), Vec::<String>::new()));
    }

    #[test]
    fn what_somebody_changed_since_is_left_alone() {
        let entry = update();
        let elsewhere = after().with(|traits| traits.endpoint = Field::Value(EndpointId::new("theirs")));
        let half = undo(std::slice::from_ref(&entry), &entry, &elsewhere).unwrap();
        let Intent::Update { changes, .. } = &half.intent else { panic!() };
        assert_eq!((&changes.endpoint, changes.switches[Switch::Outbound]), (&None, Some(false)));
        assert_eq!(half.left, ["endpoint was changed again since"]);
        let all = elsewhere.switched(Switch::Outbound, false);
        let none = undo(std::slice::from_ref(&entry), &entry, &all);
        let why = |text: &str| Err(NoUndo::Settings(vec![text.to_owned()]));
        assert_eq!(none, why("endpoint was changed again since"), "the other one is as it was");
        let back = undo(std::slice::from_ref(&entry), &entry, &number());
        assert_eq!(back, why("its former values are in force"), "as by an undo whose answer was lost");
    }

    #[test]
    fn what_was_not_known_before_can_not_be_put_back_and_that_is_known_beforehand() {
        let before = number().with(|traits| traits.endpoint = Field::Absent);
        assert!(!is_undoable(&before, &rerouted()) && is_undoable(&number(), &rerouted()));
        let entry = entry(Intent::update(before, rerouted()), OutcomeKind::Done);
        let half = undo(std::slice::from_ref(&entry), &entry, &after()).unwrap();
        assert_eq!(half.left, ["what endpoint was before is not known"]);
        let pending = number().with(|traits| traits.status = Some(Status::Pending));
        let on = Changes { status: Some(Status::Active), ..Changes::default() };
        assert!(!is_undoable(&pending, &on), "nobody can set pending");
    }

    #[test]
    fn only_updates_that_happened_are_undone_and_each_once() {
        let release = Intent::Remove { before: Box::new(number()), how: Removal::Release };
        let release = entry(release, OutcomeKind::Done);
        let one = |entry: &Entry| undo(std::slice::from_ref(entry), entry, &after());
        assert!(matches!(one(&release), Err(NoUndo::NotAnUpdate(_))));
        let refused = entry(Intent::update(number(), rerouted()), OutcomeKind::Refused);
        assert!(matches!(one(&refused), Err(NoUndo::NotDone(_))));

        let first = update();
        let back = one(&first).unwrap().intent;
        let entries = [first.clone(), entry(back.clone(), OutcomeKind::Done)];
        assert_eq!(undo(&entries, &first, &after()).unwrap_err(), NoUndo::Undone);
        assert_eq!(last_update(&entries, None), None, "an undo is not undone in turn");
        for outcome in [OutcomeKind::NotDone, OutcomeKind::Ignored, OutcomeKind::Refused] {
            let entries = [first.clone(), entry(back.clone(), outcome)];
            assert_eq!(last_update(&entries, None).map(|entry| entry.id), Some(first.id), "{outcome:?}");
        }
        let entries = [first.clone()];
        assert_eq!(last_update(&entries, Some(&NumberId::new("other"))), None);
    }
}
