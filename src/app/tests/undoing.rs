//! Undoing: what was done just now, one entry of the ledger, a run as a run.

use super::*;
use crate::phone::{Changes, Switch};
use crate::write::{Entry, OutcomeKind};

/// A number that may not be used as a caller.
fn quiet(n: u64) -> Number {
    number(n).switched(Switch::Outbound, false)
}

fn desk() -> Desk {
    Desk::with(standing(Mode::Test, None)).reading((0..3).map(quiet).collect())
}

/// The entry of an update that was done.
fn updated(before: &Number, changes: Changes) -> Entry {
    let intent = Intent::update(before.clone(), changes);
    let entry = Entry::begun(RequestId::random(), Timestamp::UNIX_EPOCH, intent, false);
    Entry { outcome: Some(OutcomeKind::Done), ..entry }
}

#[test]
fn what_was_changed_just_now_is_undone_though_its_row_left_the_filter() {
    let mut desk = desk();
    desk.press("/ o u t b o u n d : o f f enter");
    let task = task_of(&desk.press("o y e s enter"));
    let changed = quiet(0).switched(Switch::Outbound, true);
    desk.outcome(task, Outcome::Updated { number: Box::new(changed.clone()), found: false });
    assert_ne!(desk.ctx.owned.selected().map(|row| row.id.as_str()), Some("n-0"), "its row is gone");
    let sent = desk.press("u");
    let [Effect::Undo(task, id)] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(id.as_str(), "n-0");
    let entry = updated(&quiet(0), Changes::switch(Switch::Outbound, true));
    desk.reply(*task, Reply::Undo(Box::new(Ok((vec![entry], changed)))));
    assert!(desk.change().what.starts_with("undo: "), "{:?}", desk.change());
}

#[test]
fn looking_at_something_else_ends_what_was_just_now() {
    let mut desk = desk();
    let task = task_of(&desk.press("o y e s enter"));
    let changed = quiet(0).switched(Switch::Outbound, true);
    desk.outcome(task, Outcome::Updated { number: Box::new(changed), found: false });
    let sent = desk.press("down u");
    assert!(matches!(&sent[..], [Effect::Undo(_, id)] if id.as_str() == "n-1"), "{sent:?}");
}

#[test]
fn a_run_is_undone_as_a_run() {
    let mut desk = desk();
    let numbers: Vec<Number> = (0..3).map(quiet).collect();
    desk.press("* o");
    let task = task_of(&desk.press("y e s enter"));
    for (place, number) in numbers.iter().enumerate() {
        let changed = number.clone().switched(Switch::Outbound, true);
        desk.reply(
            task,
            Reply::LineEnded(place, Box::new(Outcome::Updated { number: Box::new(changed), found: false })),
        );
    }
    let mut run = desk.sent[&task].clone();
    for (place, number) in numbers.iter().enumerate() {
        let changed = number.clone().switched(Switch::Outbound, true);
        run.enter(place, Outcome::Updated { number: Box::new(changed), found: false });
    }
    desk.reply(task, Reply::Run(Box::new(run)));
    let sent = desk.press("esc u");
    let [Effect::Ledger(task)] = &sent[..] else { panic!("{sent:?}") };
    let entries =
        numbers.iter().map(|number| updated(number, Changes::switch(Switch::Outbound, true))).collect();
    desk.reply(*task, Reply::Ledger(Ok(entries)));
    assert_eq!(desk.writes().run.lines().len(), 3);
    assert!(desk.writes().title.contains("Undo the last change of 3 numbers"), "{}", desk.writes().title);
}

#[test]
fn any_entry_of_the_ledger_is_looked_at_and_undone_from_there() {
    let mut desk = desk();
    let task = task_of(&desk.press("3"));
    let entry = updated(&quiet(1), Changes::switch(Switch::Outbound, true));
    let other = updated(&quiet(2), Changes::switch(Switch::Outbound, true));
    desk.reply(task, Reply::Ledger(Ok(vec![entry.clone(), other.clone()])));
    desk.press("down enter");
    let Some(Overlay::Entry(view)) = desk.overlay() else { panic!("no entry but {:?}", desk.overlay()) };
    assert_eq!(view.entry.id, entry.id);
    let sent = desk.press("u");
    let [Effect::Undo(task, id)] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(id.as_str(), "n-1");
    let now = quiet(1).switched(Switch::Outbound, true);
    desk.reply(*task, Reply::Undo(Box::new(Ok((vec![entry, other], now)))));
    assert!(desk.change().what.starts_with("undo: "), "{:?}", desk.change());
    assert!(matches!(desk.app.screen(), Screen::Ledger(_)), "the ledger stays below");
}
