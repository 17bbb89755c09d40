//! Changes of numbers: what must be typed, who may, and leaving in the middle of one.

use crate::phone::{Changes, Switch};
use std::time::Duration;

use super::*;
use crate::api::Removal;
use crate::app::Leaving;
use crate::write::{Confirmation, Stage};

fn sent(desk: &mut Desk, keys: &str) -> Vec<Intent> {
    writes(&desk.press(keys)).into_iter().cloned().collect()
}

fn change(changes: Changes) -> Intent {
    Intent::update(number(0), changes)
}

#[test]
fn each_change_asks_for_what_fits_its_danger_and_sends_exactly_what_was_said() {
    let digits = || Confirmation::Digits("4560".to_owned());
    let whole = Confirmation::Whole("+2348031234560".to_owned());
    let none = Changes::default();
    let cases = [
        ("i", digits(), "4 5 6 0", change(Changes::switch(Switch::Inbound, false))),
        ("o", Confirmation::Yes, "y e s", change(Changes::switch(Switch::Outbound, true))),
        ("t", digits(), "4 5 6 0", change(Changes { status: Some(Status::Inactive), ..none.clone() })),
        (
            "e b enter",
            Confirmation::Yes,
            "y e s",
            change(Changes { endpoint: Some(Some(EndpointId::new("ep-b"))), ..none.clone() }),
        ),
        ("e n o n e enter", digits(), "4 5 6 0", change(Changes { endpoint: Some(None), ..none })),
        ("x", digits(), "4 5 6 0", Intent::Remove { before: Box::new(number(0)), how: Removal::Release }),
        (
            "D",
            whole,
            "+ 2 3 4 8 0 3 1 2 3 4 5 6 0",
            Intent::Remove { before: Box::new(number(0)), how: Removal::Delete },
        ),
    ];
    for (keys, confirmation, answer, intent) in cases {
        for too_little in ["", "y", "4 5 6", "4 5 6 1", "n o", "x"] {
            let mut desk = Desk::at_detail(password());
            assert_eq!(desk.press(keys), [], "{keys}");
            assert_eq!(desk.change().writes.prompt_shown().unwrap().wanted, confirmation, "{keys}");
            assert_eq!(sent(&mut desk, &format!("{too_little} enter")), [], "{keys} {too_little}");
            assert!(desk.told().contains("Nothing was sent"), "{keys} {too_little}: {}", desk.told());
        }
        let mut desk = Desk::at_detail(password());
        desk.press(keys);
        assert_eq!(sent(&mut desk, &format!("{answer} enter enter enter")), [intent], "{keys}");
    }
}

#[test]
fn delete_is_on_the_detail_alone() {
    let mut desk = Desk::owning(10);
    assert_eq!(desk.press("D"), []);
    assert!(desk.overlay.is_none());
}

#[test]
fn keys_typed_before_the_question_was_on_the_screen_are_no_answer() {
    let mut desk = Desk::owning(10);
    assert_eq!(desk.burst("o y e s enter"), []);
    desk.app.drawn(true);
    assert_eq!(sent(&mut desk, "enter"), []);
    assert_eq!(sent(&mut desk, "y e s enter").len(), 1, "the question itself still stands");
}

#[test]
fn pasting_into_a_question_answers_nothing() {
    for (keys, answer) in [("o", "yes\r"), ("x", "4560"), ("i", "4560")] {
        let mut desk = Desk::owning(10);
        desk.press(keys);
        assert_eq!(desk.event(Event::Paste(answer.to_owned())), []);
        assert!(desk.told().contains("confirms nothing"), "{}", desk.told());
        assert_eq!(sent(&mut desk, "enter"), [], "{keys}");
    }
}

#[test]
fn esc_leaves_everything_as_it_is() {
    for keys in ["o y e s esc", "x 4 5 6 0 esc", "e esc", "e b enter esc"] {
        let mut desk = Desk::owning(10);
        assert_eq!(desk.press(keys), [], "{keys}");
        assert!(desk.overlay.is_none(), "{keys}");
        assert_eq!(sent(&mut desk, "enter"), [], "{keys}");
    }
}

#[test]
fn while_it_is_sent_esc_says_why_not_and_changes_nothing() {
    let mut desk = Desk::owning(10);
    let task = task_of(&desk.press("o y e s enter"));
    desk.press("esc");
    assert!(desk.told().contains("nothing is sent yet"), "{}", desk.told());
    desk.stage(task, Stage::Sending);
    for keys in ["esc", "q"] {
        assert_eq!(desk.press(keys), []);
        assert!(desk.told().contains("can not be taken back"), "{keys}: {}", desk.told());
        assert!(desk.change().writes.is_running(), "{keys}");
    }
    let after = number(0).switched(Switch::Outbound, true);
    desk.outcome(task, Outcome::Updated { number: Box::new(after.clone()), found: false });
    assert!(desk.overlay.is_none());
    assert_eq!(desk.ctx.owned.roster.at(0), Some(&after));
}

#[test]
fn what_is_inactive_already_is_not_released_again() {
    let inactive = number(0).with(|traits| traits.status = Some(Status::Inactive));
    let mut desk = Desk::with(standing(Mode::Test, None)).reading(vec![inactive.clone(), number(1)]);
    assert_eq!(desk.press("x"), []);
    assert!(desk.overlay.is_none() && desk.told().contains("inactive already"), "{}", desk.told());
    desk.press("space space x");
    assert_eq!(desk.change().intent().target(), Some(&number(1).id), "those in use");
    let told = desk.change().consequences.concat();
    assert!(told.contains("1 of 2 are inactive"), "{told}");
}

#[test]
fn a_change_that_may_still_happen_can_be_left_and_its_outcome_is_told() {
    let mut desk = Desk::owning(10);
    let task = task_of(&desk.press("o y e s enter"));
    desk.stage(task, Stage::Settling(Duration::from_secs(42)));
    assert!(desk.confirm().lines(80).concat().contains("within 42 s"));
    assert_eq!(desk.press("esc"), []);
    assert!(desk.overlay.is_none());
    desk.outcome(task, Outcome::NotDone(lost()));
    assert!(desk.told().contains("did not happen"), "{}", desk.told());
}

#[test]
fn what_did_not_go_as_asked_stays_on_the_screen_until_it_was_read() {
    for outcome in [
        Outcome::Refused(Error::new(ErrorKind::Forbidden, "no")),
        Outcome::Ignored { number: Box::new(number(0)), fields: vec!["outbound"] },
        Outcome::NotDone(lost()),
        unknown(),
    ] {
        let mut desk = Desk::owning(10);
        let task = task_of(&desk.press("o y e s enter"));
        desk.outcome(task, outcome.clone());
        assert_eq!(desk.press("enter y e s enter"), [], "nothing is sent again");
        assert_eq!(desk.change().outcome(), Some(&outcome));
        let again = desk.press("r");
        match outcome {
            Outcome::Unknown { .. } => assert!(matches!(again[..], [Effect::Look { .. }]), "{again:?}"),
            _ => assert_eq!(again, []),
        }
    }
}

#[test]
fn a_released_number_is_read_again_and_a_deleted_one_is_gone() {
    let mut desk = Desk::owning(10);
    let task = task_of(&desk.press("x 4 5 6 0 enter"));
    let read = desk.outcome(task, Outcome::Removed { found: false });
    assert!(matches!(&read[..], [Effect::Detail(_, id)] if *id == NumberId::new("n-0")));
    desk.detail(
        task_of(&read),
        detail(number(0).with(|traits| traits.status = Some(Status::Inactive)), password()),
    );
    assert!(desk.ctx.owned.roster.at(0).unwrap().is_inactive(), "the record stays");

    let mut desk = Desk::at_detail(password());
    let task = task_of(&desk.press("D 2 3 4 8 0 3 1 2 3 4 5 6 0 enter"));
    desk.outcome(task, Outcome::Removed { found: false });
    assert!(desk.stack.is_empty());
    assert_eq!(desk.ctx.owned.roster.get(&NumberId::new("n-0")), None);
}

#[test]
fn what_is_so_already_is_not_sent() {
    let mut desk = Desk::owning(10);
    assert_eq!(desk.press("e enter"), [], "the present endpoint is the selected one");
    assert!(desk.overlay.is_none());
    assert!(desk.told().contains("already"), "{}", desk.told());
}

#[test]
fn a_change_is_about_the_number_it_was_asked_for_whatever_the_list_does() {
    let mut desk = Desk::owning(10);
    let list = task_of(&desk.press("r"));
    desk.press("o");
    desk.list(list, (5..10).map(number).collect());
    let sent = sent(&mut desk, "y e s enter");
    assert!(matches!(&sent[..], [Intent::Update { before, .. }] if before.id == NumberId::new("n-0")));
}

#[test]
fn live_without_an_organization_asks_to_name_the_one_that_was_seen_and_sends_nothing_before() {
    let live = || Desk::with(standing(Mode::Live, None)).reading((0..10).map(number).collect());
    for keys in ["o", "x", "e", "t", "i"] {
        let mut desk = live();
        assert_eq!(desk.press(keys), []);
        let Confirm::Organization(seen, _) = desk.confirm() else { panic!("{keys}: {:?}", desk.confirm()) };
        assert_eq!(seen, ORGANIZATION);
        assert_eq!(desk.press("enter y enter"), [], "{keys}: a letter names nothing");
        assert_eq!(desk.press("e s enter"), [Effect::Pin(ORGANIZATION.to_owned())], "{keys}");
        assert_eq!(desk.ctx.account.standing.organization.as_deref(), Some(ORGANIZATION));
    }
    let mut desk = live();
    assert_eq!(desk.burst("o y e s enter"), [], "typed before it was seen");
    let mut desk = live();
    desk.press("o");
    assert_eq!(desk.event(Event::Paste("yes\r".to_owned())), []);
    assert_eq!(desk.press("enter"), []);

    let mut desk = live().at_the_shelf(vec![offer(0)]);
    assert_eq!(desk.press("b"), []);
    assert!(desk.stack.is_empty(), "no review before it is clear who buys");
    assert!(matches!(desk.overlay(), Some(Overlay::Confirm(Confirm::Organization(..)))));
}

#[test]
fn live_without_an_organization_in_the_rows_says_how_to_name_one() {
    let nameless = number(0).with(|traits| traits.organization = None);
    let mut desk = Desk::with(standing(Mode::Live, None)).reading(vec![nameless]);
    assert_eq!(desk.press("o"), []);
    assert!(desk.overlay.is_none());
    assert!(desk.told().contains("--org"), "{}", desk.told());
}

#[test]
fn rows_of_another_organization_end_writing_and_that_is_said() {
    let desk = Desk::with(standing(Mode::Test, Some(ORGANIZATION)));
    let mut desk = desk.reading(vec![number(0)]);
    let task = task_of(&desk.press("r"));
    let foreign = number(1).with(|traits| traits.organization = Some("org-2".into()));
    desk.page(task, vec![number(0), foreign], 2, true);
    assert!(desk.told().contains("org-2") && desk.told().contains("read-only"), "{}", desk.told());
    desk.reply(task, Reply::Listed(Ok(())));
    for keys in ["o", "x", "i", "t", "e"] {
        assert_eq!(desk.press(keys), []);
        assert!(desk.overlay.is_none(), "{keys}");
        assert!(desk.told().contains("org-2"), "{keys}: {}", desk.told());
    }
}

#[test]
fn a_question_that_stands_is_not_confirmed_after_foreign_rows_arrived() {
    let mut desk = Desk::with(standing(Mode::Test, Some(ORGANIZATION))).reading(vec![number(0)]);
    let task = task_of(&desk.press("r"));
    desk.press("o y e s");
    desk.page(task, vec![number(1).with(|traits| traits.organization = Some("org-2".into()))], 1, true);
    assert_eq!(sent(&mut desk, "enter"), []);
    assert!(desk.told().contains("Nothing was sent"), "{}", desk.told());
}

#[test]
fn read_only_refuses_everything_that_writes_and_says_why() {
    let standing = WritePermission { read_only: true, ..standing(Mode::Test, None) };
    let mut desk = Desk::with(standing).reading((0..10).map(number).collect());
    for keys in ["e", "i", "o", "t", "x"] {
        assert_eq!(desk.press(keys), []);
        assert!(desk.overlay.is_none(), "{keys}");
        assert!(desk.told().contains("read-only"), "{keys}: {}", desk.told());
    }
    let mut desk = desk.at_the_shelf(vec![offer(0)]);
    desk.press("b");
    assert!(desk.stack.is_empty());
    assert!(desk.told().contains("read-only"), "{}", desk.told());
}

#[test]
fn one_write_at_a_time() {
    let (mut desk, task) = Desk::buying();
    desk.outcome(task, bought(number(77)));
    assert_eq!(desk.ctx.writing, None);
    let mut desk = Desk::owning(10);
    desk.app.ctx.writing = Some(TaskId(900));
    assert_eq!(desk.press("o"), []);
    assert!(desk.told().contains("one at a time"), "{}", desk.told());
}

#[test]
fn leaving_while_a_write_is_on_its_way_needs_a_second_time_for_each_write() {
    let mut desk = Desk::owning(10);
    for round in 0..2 {
        let keys = if round == 0 { "o y e s enter" } else { "o enter y e s enter" };
        let task = task_of(&desk.press(keys));
        assert_eq!(desk.press("ctrl-c"), []);
        assert!(!desk.done(), "round {round}: asked once");
        assert!(desk.told().contains("on its way"), "{}", desk.told());
        desk.outcome(task, Outcome::Updated { number: Box::new(number(0)), found: false });
        assert_eq!(desk.leaving, Leaving::No, "round {round}: the answer came, the question is over");
    }
    desk.press("o y e s enter ctrl-c ctrl-c");
    assert!(desk.done());
}

#[test]
fn a_signal_leaves_at_once_even_then() {
    let (mut desk, _) = Desk::buying();
    assert_eq!(desk.event(Event::Quit), [], "the loop's owner waits for the write");
    assert!(desk.done());
}

#[test]
fn nothing_is_called_so_already_while_an_earlier_change_of_it_is_in_doubt() {
    let mut desk = Desk::owning(3);
    let task = task_of(&desk.press("o y e s enter"));
    desk.outcome(task, unknown());
    desk.press("esc e");
    let none = desk.press("enter");
    assert_eq!(none, []);
    let said = desk.told().to_owned();
    assert!(!said.contains("already") || said.contains("in doubt"), "{said}");
    let inactive = number(0).with(|traits| traits.status = Some(Status::Inactive));
    let mut desk = Desk::with(standing(Mode::Test, None)).reading(vec![inactive]);
    let task = task_of(&desk.press("t y e s enter"));
    desk.outcome(task, unknown());
    desk.press("esc x");
    assert!(desk.told().contains("in doubt"), "{}", desk.told());
}
