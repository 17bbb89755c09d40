//! Marks, carts, changes of many, undo, and what was asked of the server.

use super::*;
use crate::api::Request;
use crate::app::Leaving;
use crate::app::screen::writes::Attachment;
use crate::phone::{Changes, Switch};
use crate::write::{Batch, Cause, Entry, OutcomeKind, Stage, Stop};

/// Carries a run out as the runtime would tell it: each line as `outcome` says, then the end.
fn carry_out(desk: &mut Desk, sent: &[Effect], outcome: impl Fn(usize, &Intent) -> Outcome) {
    let found = sent.iter().find_map(|effect| match effect {
        Effect::Run(task, run) => Some((*task, (**run).clone())),
        _ => None,
    });
    let (task, mut run) = found.unwrap_or_else(|| panic!("no run in {sent:?}"));
    while let Some(line) = run.turn() {
        let outcome = outcome(line, &run.lines()[line].intent);
        desk.reply(task, Reply::Line(line, Some(Stage::Sending)));
        run.settle(line, outcome.clone());
        desk.reply(task, Reply::LineEnded(line, Box::new(outcome)));
    }
    desk.reply(task, Reply::Run(Box::new(run)));
}

fn run_of(sent: &[Effect]) -> &Batch {
    let run = sent.iter().find_map(|effect| match effect {
        Effect::Run(_, run) => Some(&**run),
        _ => None,
    });
    run.unwrap_or_else(|| panic!("no run in {sent:?}"))
}

fn sent_ids(sent: &[Effect]) -> Vec<String> {
    writes(sent).iter().filter_map(|intent| intent.target()).map(ToString::to_string).collect()
}

#[test]
fn marks_stay_on_their_numbers_through_filters_sorting_and_refreshes() {
    let mut desk = Desk::owning(5);
    desk.press("space down space");
    let marked =
        |desk: &Desk| desk.ctx.owned.marked().map(|number| number.id.to_string()).collect::<Vec<_>>();
    assert_eq!(marked(&desk), ["n-0", "n-2"]);
    desk.press("s S / 4 5 6 1 enter");
    assert_eq!((marked(&desk), desk.ctx.owned.hidden_marks()), (vec!["n-0".into(), "n-2".into()], 2));
    desk.press("space");
    assert!(desk.told().contains("hidden by the filter"), "{}", desk.told());
    assert_eq!(marked(&desk), ["n-0", "n-1", "n-2"]);
    let task = task_of(&desk.press("r"));
    // Number 2 is gone, a new one is there, and the order is another.
    desk.list(task, vec![number(7), number(1), number(0)]);
    assert_eq!(marked(&desk), ["n-1", "n-0"], "in the order of the server");
    desk.press("esc");
    assert!(marked(&desk).is_empty(), "the first Esc clears the marks");
    assert!(!desk.ctx.owned.filter.is_empty());
    desk.press("esc");
    assert!(desk.ctx.owned.filter.is_empty(), "the second one the filter");
}

#[test]
fn star_marks_what_matches_and_takes_it_back() {
    let mut desk = Desk::owning(20);
    desk.press("/ 4 5 6 enter *");
    assert_eq!(desk.ctx.owned.marks(), 10);
    desk.press("*");
    assert_eq!(desk.ctx.owned.marks(), 0);
}

#[test]
fn marks_become_a_cart_that_is_bought_by_typing_how_many() {
    let mut desk = Desk::shopping();
    desk.press("space space space");
    assert_eq!(desk.ctx.marks_said(desk.tab).as_deref(), Some("3 marked: 15.00 setup + 12.00 a month"));
    assert_eq!(desk.press("b"), []);
    assert_eq!((desk.writes().title.as_str(), desk.writes().quote().today()), ("Buy 3 numbers", Cents(2700)));
    assert_eq!(desk.press("enter 2 enter"), [], "neither nothing nor a wrong count");
    let sent = desk.press("backspace 3 enter");
    assert_eq!(writes(&sent).len(), 3);
    carry_out(&mut desk, &sent, |line, _| {
        bought(number(70 + line as u64).with(|traits| traits.endpoint = Field::Null))
    });
    assert!(desk.writes().is_over());
    assert_eq!(
        (desk.ctx.inventory.marks(), desk.ctx.inventory.roster.len(), desk.ctx.owned.roster.len()),
        (0, 7, 13)
    );
    let (said, next) = desk.writes().said(Keymap::usual());
    assert_eq!(said, "3 bought for 27.00 as reviewed.");
    assert!(next.contains("e attaches"), "{next}");
    // What is missing for calls to arrive is offered at once, for all of them.
    desk.press("e");
    let asked = desk.press("enter");
    assert_eq!(asked, []);
    let sent = desk.press("y e s enter");
    assert_eq!(sent_ids(&sent), ["n-70", "n-71", "n-72"]);
}

#[test]
fn a_cart_waits_for_prices_and_asks_anew_when_one_arrives() {
    let mut desk = Desk::owning(1).at_the_shelf(vec![offer(0), unpriced(1)]);
    let asked = desk.press("* b");
    let task = task_of(&asked);
    assert_eq!(desk.press("2 enter"), []);
    assert!(desk.told().contains("being read"), "{}", desk.told());
    let mut told = Detail { number: offer(1), credentials: None, endpoint: None, hidden: Vec::new() };
    told.number.id = NumberId::new("inv-1");
    desk.detail(task, told);
    assert_eq!(desk.writes().quote().unknown, 0);
    assert_eq!(writes(&desk.press("enter")).len(), 2);
}

#[test]
fn what_was_not_bought_stays_marked_and_a_run_that_stopped_says_why() {
    let mut desk = Desk::shopping();
    let sent = desk.press("space space space b 3 enter");
    carry_out(&mut desk, &sent, |line, _| match line {
        0 => bought(number(70)),
        _ => {
            Outcome::Refused(Error { status: Some(402), ..Error::new(ErrorKind::Balance, "balance too low") })
        }
    });
    assert_eq!(desk.writes().run.stopped(), Some(Stop::OutcomeKind(1)));
    let (said, next) = desk.writes().said(Keymap::usual());
    assert_eq!(said, "1 bought for 9.00 as reviewed, 1 not bought, 1 not tried.");
    assert!(!next.is_empty());
    desk.press("esc");
    assert_eq!(desk.ctx.inventory.marks(), 2);
}

#[test]
fn esc_and_ctrl_c_end_a_run_after_the_line_on_its_way() {
    for key in ["esc", "ctrl-c", "q"] {
        let mut desk = Desk::with_a_cart();
        let sent = desk.press("1 2 enter");
        let task = task_of(&sent);
        desk.reply(task, Reply::Line(0, Some(Stage::Sending)));
        assert_eq!(desk.press(key), [Effect::Halt(task)], "{key}");
        let mut run = run_of(&sent).clone();
        run.settle(0, bought(number(70)));
        run.stop();
        desk.reply(task, Reply::LineEnded(0, Box::new(bought(number(70)))));
        desk.reply(task, Reply::Run(Box::new(run)));
        assert_eq!((desk.writes().run.stopped(), &desk.leaving), (Some(Stop::Asked), &Leaving::No), "{key}");
        assert_eq!(desk.ctx.inventory.marks(), 11, "{key}");
    }
    // Ctrl-C again leaves, after saying what that means.
    let mut desk = Desk::with_a_cart();
    desk.press("1 2 enter ctrl-c ctrl-c");
    assert_eq!(desk.leaving, Leaving::Asked);
}

#[test]
fn a_switch_on_marks_sets_what_not_all_have_and_leaves_out_those_that_have_it() {
    let on = |i| number(i).switched(Switch::Outbound, true);
    let mut desk = Desk::with(standing(Mode::Test, None)).reading(vec![number(0), on(1), number(2)]);
    desk.press("* o");
    assert_eq!(desk.writes().title, "Allow outbound on 2 numbers");
    assert!(desk.writes().left_out[0].contains("1 of 3"), "{:?}", desk.writes().left_out);
    let sent = desk.press("y e s enter");
    assert_eq!(sent_ids(&sent), ["n-0", "n-2"]);
    let mut desk = Desk::with(standing(Mode::Test, None)).reading(vec![on(0), on(1)]);
    desk.press("* o");
    assert_eq!(desk.writes().title, "Stop outbound on 2 numbers");
}

#[test]
fn what_stops_calls_on_many_needs_their_count_and_deleting_is_never_about_many() {
    let mut desk = Desk::owning(3);
    desk.press("* i");
    assert_eq!(desk.press("y e s enter"), [], "letters are no count");
    assert_eq!(writes(&desk.press("3 enter")).len(), 3);
    let mut desk = Desk::owning(3);
    desk.press("* x");
    assert_eq!(desk.writes().title, "Release 3 numbers");
    let mut desk = Desk::owning(3);
    desk.press("*");
    assert_eq!(desk.press("D"), []);
    assert!(desk.stack.is_empty() && desk.overlay.is_none(), "D is of one number's detail");
}

#[test]
fn keys_before_the_review_was_drawn_confirm_nothing() {
    let mut desk = Desk::owning(3);
    assert_eq!(desk.burst("* i 3 enter"), []);
    assert_eq!(desk.press("enter"), [], "they were not typed into the field either");
}

#[test]
fn a_refresh_under_a_review_does_not_change_what_it_is_about() {
    let mut desk = Desk::owning(2);
    let task = task_of(&desk.press("r"));
    desk.press("* i");
    desk.list(task, vec![number(8), number(9)]);
    let sent = desk.press("2 enter");
    assert_eq!(sent_ids(&sent), ["n-0", "n-1"]);
}

#[test]
fn a_change_whose_number_is_another_one_by_now_is_said_and_asked_anew() {
    let mut desk = Desk::owning(1);
    let task = task_of(&desk.press("i 4 5 6 0 enter"));
    let now = number(0).with(|traits| traits.endpoint = Field::Value(EndpointId::new("elsewhere")));
    desk.outcome(task, Outcome::Changed { now: Box::new(now.clone()), fields: vec!["endpoint"] });
    assert!(desk.change().consequences[0].contains("changed on the server"), "{:?}", desk.change());
    let sent = desk.press("4 5 6 0 enter");
    assert!(matches!(&writes(&sent)[..], [Intent::Update { before, .. }] if **before == now));
}

#[test]
fn a_price_that_moved_in_a_cart_is_what_the_next_cart_is_about() {
    let mut desk = Desk::shopping();
    let sent = desk.press("space space b 2 enter");
    let dearer = Price { monthly: Some(Cents(900)), ..price() };
    carry_out(&mut desk, &sent, |line, _| match line {
        0 => Outcome::PriceMoved { reviewed: price(), now: dearer },
        _ => bought(number(70)),
    });
    desk.press("esc");
    assert_eq!(desk.ctx.marks_said(desk.tab).as_deref(), Some("1 marked: 5.00 setup + 9.00 a month"));
    desk.press("b");
    let sent = desk.press("1 0 0 0 enter");
    let [Intent::Purchase { reviewed, .. }] = writes(&sent)[..] else { panic!("no purchase") };
    assert_eq!(reviewed.price, dearer);
}

#[test]
fn what_changed_under_a_run_is_shown_as_it_is_and_can_be_tried_again() {
    let mut desk = Desk::owning(3);
    let sent = desk.press("* i 3 enter");
    let now = number(1).switched(Switch::Outbound, true);
    let changed = now.clone();
    carry_out(&mut desk, &sent, |line, intent| match (line, intent) {
        (1, _) => Outcome::Changed { now: Box::new(changed.clone()), fields: vec!["outbound"] },
        (_, Intent::Update { before, .. }) => {
            let number = (**before).clone().switched(Switch::Inbound, false);
            Outcome::Updated { number: Box::new(number), found: false }
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(desk.writes().cursor.selected, 1, "the one that was not done");
    assert_eq!(desk.ctx.owned.roster.get(&now.id), Some(&now));
    let sent = desk.press("esc i 4 5 6 1 enter");
    assert!(matches!(&writes(&sent)[..], [Intent::Update { before, .. }] if **before == now), "{sent:?}");
}

#[test]
fn an_outcome_tells_what_was_bought_and_not_what_was_wanted() {
    let mut desk = Desk::shopping();
    let sent = desk.press("space space space b 3 enter");
    let silent = |i: u64| number(i).with(|traits| traits.endpoint = Field::Null);
    carry_out(&mut desk, &sent, |line, _| match line {
        0 | 1 => bought(silent(70 + line as u64)),
        _ => Outcome::Refused(Error::new(ErrorKind::Balance, "no")),
    });
    assert_eq!((desk.writes().quote().numbers, desk.writes().quote().monthly), (2, Cents(800)));
    assert_eq!(desk.writes().attached(), Attachment::All(None));
    let sent = desk.press("e enter y e s enter");
    carry_out(&mut desk, &sent, |_, intent| match intent {
        Intent::Update { before, .. } => {
            let number =
                (**before).clone().with(|traits| traits.endpoint = Field::Value(EndpointId::new("ep-a")));
            Outcome::Updated { number: Box::new(number), found: false }
        }
        other => panic!("{other:?}"),
    });
    desk.press("esc");
    assert_eq!(desk.writes().attached(), Attachment::All(Some(EndpointId::new("ep-a"))));
}

#[test]
fn what_holds_for_all_is_said_of_all() {
    for (keys, word) in [("x", "No undo"), ("t", "up to the server"), ("i", "stop arriving"), ("o", "money")]
    {
        let mut desk = Desk::owning(2);
        desk.press(&format!("* {keys}"));
        assert!(desk.writes().for_all().is_some_and(|text| text.contains(word)), "{keys}");
    }
}

#[test]
fn marks_that_another_search_drops_are_not_dropped_silently() {
    let mut desk = Desk::shopping();
    desk.press("space space f");
    desk.press("k e enter");
    assert_eq!(desk.ctx.inventory.marks(), 0);
    assert!(desk.told().contains("2 marked in NG are dropped"), "{}", desk.told());
}

#[test]
fn what_was_said_of_a_wrong_answer_goes_with_the_next_key_and_ctrl_u_clears_it() {
    for (mut desk, keys) in [(Desk::with_a_cart(), "1 3 enter"), (Desk::reviewing(), "1 0 0 1 enter")] {
        desk.press(keys);
        assert!(desk.told().contains("Nothing was sent"), "{}", desk.told());
        desk.press("ctrl-u");
        assert_eq!(desk.told(), "");
        assert_eq!(desk.writes().prompt_shown().unwrap().typed.text(), "");
    }
}

// ---- undo ----

fn done(intent: Intent) -> Entry {
    let entry = Entry::begun(RequestId::random(), Timestamp::UNIX_EPOCH, intent, false);
    Entry { outcome: Some(OutcomeKind::Done), ..entry }
}

fn rerouted() -> (Entry, Number) {
    let changes = Changes { endpoint: Some(Some(EndpointId::new("ep-b"))), ..Changes::default() };
    let now = number(0).with(|traits| traits.endpoint = Field::Value(EndpointId::new("ep-b")));
    (done(Intent::update(number(0), changes)), now)
}

#[test]
fn u_puts_back_what_the_last_change_set_after_a_confirmation() {
    let (entry, now) = rerouted();
    let mut desk = Desk::owning(1);
    let task = task_of(&desk.press("u"));
    desk.reply(task, Reply::Undo(Box::new(Ok((vec![entry.clone()], now)))));
    assert!(desk.change().what.starts_with("undo: attach"), "{}", desk.change().what);
    let sent = desk.press("y e s enter");
    let [Intent::Update { changes, cause, .. }] = writes(&sent)[..] else { panic!("{sent:?}") };
    assert_eq!((&changes.endpoint, *cause), (&Some(Some(EndpointId::new("ep-a"))), Cause::Undoes(entry.id)));
}

#[test]
fn what_can_not_be_undone_is_said_and_nothing_is_asked() {
    let (entry, _) = rerouted();
    for (known, said) in [
        (Ok((Vec::new(), number(0))), "No change of this number"),
        (Ok((vec![entry], number(0))), "former values are in force"),
        (Err("the disk is on fire".to_owned()), "on fire"),
    ] {
        let mut desk = Desk::owning(1);
        let task = task_of(&desk.press("u"));
        desk.reply(task, Reply::Undo(Box::new(known)));
        assert!(desk.overlay.is_none() && desk.told().contains(said), "{said}: {}", desk.told());
    }
}

#[test]
fn an_undo_that_can_not_be_shows_the_number_as_it_was_read_and_says_why_once() {
    let (entry, _) = rerouted();
    let mut desk = Desk::owning(1);
    let task = task_of(&desk.press("u"));
    let now = number(0).with(|traits| traits.endpoint = Field::Value(EndpointId::new("ep-c")));
    desk.reply(task, Reply::Undo(Box::new(Ok((vec![entry], now.clone())))));
    assert_eq!(desk.ctx.owned.roster.at(0), Some(&now));
    assert!(desk.told().starts_with("Nothing was undone: endpoint was changed"), "{}", desk.told());
}

#[test]
fn u_after_an_undo_says_that_it_is_undone() {
    let (entry, now) = rerouted();
    let back = Changes { endpoint: Some(Some(EndpointId::new("ep-a"))), ..Changes::default() };
    let cause = Cause::Undoes(entry.id);
    let undone = done(Intent::Update { before: Box::new(now), changes: back, cause });
    let mut desk = Desk::owning(1);
    let task = task_of(&desk.press("u"));
    desk.reply(task, Reply::Undo(Box::new(Ok((vec![entry, undone], number(0))))));
    assert!(desk.told().contains("undone already"), "{}", desk.told());
}

#[test]
fn somebody_who_went_on_is_not_asked_about_an_undo() {
    let (entry, now) = rerouted();
    let mut desk = Desk::owning(2);
    let task = task_of(&desk.press("u"));
    desk.press("down");
    desk.reply(task, Reply::Undo(Box::new(Ok((vec![entry], now)))));
    assert!(desk.overlay.is_none());
}

// ---- what was asked of the server ----

#[test]
fn the_requests_of_the_session_are_shown_the_newest_first() {
    let mut desk = Desk::owning(1);
    let task = task_of(&desk.press("a"));
    let request = |target: &str| Request {
        clock: None,
        at: Timestamp::UNIX_EPOCH,
        method: "GET".to_owned(),
        target: target.to_owned(),
        unreadable: false,
        status: Some(200),
        took: std::time::Duration::from_millis(12),
        id: RequestId::random(),
    };
    desk.reply(task, Reply::Activity(vec![request("/a"), request("/b")], Some(7)));
    let Some(Overlay::Activity(view)) = desk.overlay() else { panic!() };
    let targets: Vec<&str> = view.requests.iter().flatten().map(|request| request.target.as_str()).collect();
    assert_eq!((targets, view.today), (vec!["/b", "/a"], Some(7)));
    let again = task_of(&desk.press("r"));
    desk.reply(task, Reply::Activity(Vec::new(), None));
    let Some(Overlay::Activity(view)) = desk.overlay() else { panic!() };
    assert_eq!((view.task, view.requests.is_none()), (again, true), "a late answer to another question");
}
