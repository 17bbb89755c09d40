//! What is in doubt: it is counted, told before it is repeated, and looked at from where it stands.

use super::*;
use crate::write::{Stage, Tally};

fn entry_in(outcome: &Outcome) -> RequestId {
    match outcome {
        Outcome::Unknown { error, .. } => RequestId::parse(error.request_id.as_deref().unwrap()).unwrap(),
        other => panic!("not unknown: {other:?}"),
    }
}

/// Three numbers were bought one after another, and the answer of the second one was lost for good.
fn lost_in_a_cart() -> (Desk, Outcome) {
    let mut desk = Desk::shopping();
    let sent = desk.press("space space space b 3 enter");
    let Some(Effect::Run(task, run)) = sent.into_iter().next() else { panic!("no run") };
    let mut run = *run;
    let lost = unknown();
    for (line, outcome) in
        [(0, bought(number(70).with(|traits| traits.endpoint = Field::Null))), (1, lost.clone())]
    {
        desk.reply(task, Reply::Line(line, Some(Stage::Sending)));
        run.settle(line, outcome.clone());
        desk.reply(task, Reply::LineEnded(line, Box::new(outcome)));
    }
    desk.reply(task, Reply::Run(Box::new(run)));
    (desk, lost)
}

#[test]
fn what_ends_unknown_is_in_doubt_until_looking_settles_it() {
    let (mut desk, task) = Desk::buying();
    let unknown = unknown();
    desk.outcome(task, unknown.clone());
    assert_eq!(desk.ctx.doubts.count(), 1);
    let task = task_of(&desk.press("r"));
    desk.outcome(task, unknown);
    assert_eq!(desk.ctx.doubts.count(), 1, "the same one");
    let task = task_of(&desk.press("r"));
    desk.outcome(task, Outcome::NotDone(lost()));
    assert_eq!(desk.ctx.doubts.count(), 0);
}

#[test]
fn the_review_of_a_number_in_doubt_says_so_alone_and_in_a_cart() {
    let (mut desk, task) = Desk::buying();
    desk.outcome(task, unknown());
    desk.press("esc b");
    assert!(desk.ctx.doubts.repeats(&desk.writes().one().unwrap().intent));
    desk.press("esc down b");
    assert!(!desk.ctx.doubts.repeats(&desk.writes().one().unwrap().intent), "another number is not");
    desk.press("esc * b");
    let doubted =
        desk.writes().run.lines().iter().filter(|line| desk.ctx.doubts.repeats(&line.intent)).count();
    assert_eq!(doubted, 1);
}

#[test]
fn a_change_in_doubt_that_is_asked_for_again_says_so() {
    let mut desk = Desk::owning(3);
    let task = task_of(&desk.press("o y e s enter"));
    desk.outcome(task, unknown());
    desk.press("esc o");
    assert!(desk.change().consequences[0].contains("in doubt"), "{:?}", desk.change().consequences);
    desk.press("esc down o");
    assert!(!desk.change().consequences[0].contains("in doubt"), "another number is not");
}

#[test]
fn a_ledger_that_is_read_knows_best_what_is_in_doubt() {
    let (mut desk, task) = Desk::buying();
    desk.outcome(task, unknown());
    let task = task_of(&desk.press("esc 3"));
    desk.reply(task, Reply::Ledger(Ok(Vec::new())));
    assert_eq!(desk.ctx.doubts.count(), 0);
}

#[test]
fn the_outcome_of_many_looks_at_its_unknown_line_by_its_entry_and_shows_what_was_found() {
    let (mut desk, lost) = lost_in_a_cart();
    assert!(desk.writes().is_over());
    assert_eq!(desk.writes().cursor.selected, 1, "what was not done is selected");
    assert!(
        desk.writes().said(Keymap::usual()).1.contains("r looks again"),
        "{:?}",
        desk.writes().said(Keymap::usual())
    );
    let looked = desk.press("r");
    let [Effect::Look { task, entry, .. }] = &looked[..] else { panic!("{looked:?}") };
    assert_eq!(*entry, entry_in(&lost));
    assert_eq!(desk.press("r"), [], "one at a time");
    desk.outcome(*task, bought(number(71).with(|traits| traits.endpoint = Field::Null)));
    let (many, tally) = (desk.writes(), desk.writes().run.tally());
    assert_eq!(tally, Tally { done: 2, left: 1, ..Tally::default() });
    assert_eq!(many.said(Keymap::usual()).0, "2 bought for 18.00 as reviewed, 1 not tried.");
    assert_eq!((desk.ctx.doubts.count(), desk.ctx.inventory.marks()), (0, 1));
    assert!(!desk.offers("r"), "nothing is in doubt any more");
}

#[test]
fn a_look_that_finds_nothing_takes_its_price_off_the_bill() {
    let (mut desk, _) = lost_in_a_cart();
    assert!(
        desk.writes().said(Keymap::usual()).0.contains("at most 18.00"),
        "{:?}",
        desk.writes().said(Keymap::usual())
    );
    let task = task_of(&desk.press("r"));
    desk.outcome(task, Outcome::NotDone(lost()));
    assert_eq!(
        desk.writes().said(Keymap::usual()).0,
        "1 bought for 9.00 as reviewed, 1 not bought, 1 not tried."
    );
    assert_eq!(desk.ctx.inventory.marks(), 2, "it can be tried again");
}
