//! What happened: whose it was, and what can be done about it from there.

use super::*;
use crate::app::past::Past;
use crate::app::screen::past::PastView;
use crate::phone::{Call, CallDirection, CallList, CallStatus, CallsAnswer, MaskedNumber, Setting};
use crate::store::{Aspect, ChangeAuthor, Fact, HistoryEvent, NumberChange};
use crate::write::{Entry, OutcomeKind};

fn at(text: &str) -> Timestamp {
    format!("2026-03-03T{text}Z").parse().unwrap()
}

fn change(n: u64, author: ChangeAuthor) -> NumberChange {
    let number = number(n);
    NumberChange {
        number: number.id,
        line: number.line,
        aspect: Aspect::Setting(Setting::Endpoint),
        before: Fact::Text("ep-1".into()),
        after: Fact::Null,
        not_before: Some(at("13:40:00")),
        not_after: at("14:02:00"),
        author,
    }
}

fn call() -> Call {
    Call {
        id: Some("call-1".into()),
        at: at("13:55:00"),
        direction: CallDirection::Inbound,
        other: MaskedNumber::of("+2348031234567"),
        status: CallStatus::Busy,
        cause: None,
        answered: None,
        lasted: None,
        endpoint: None,
    }
}

fn past() -> Past {
    let intent = Intent::update(number(1), crate::phone::Changes::switch(Switch::Inbound, false));
    let entry = Entry::begun(RequestId::random(), at("13:50:00"), intent, false);
    let ours = ChangeAuthor::Us(entry.id);
    Past {
        changes: vec![change(0, ChangeAuthor::Elsewhere), change(1, ours), change(77, ChangeAuthor::Unclear)],
        turns: Vec::new(),
        entries: vec![Entry { outcome: Some(OutcomeKind::Done), ..entry }],
        since: Some(at("10:00:00")),
        until: Some(at("14:02:00")),
    }
}

fn seeing(keys: &str) -> Desk {
    let mut desk = Desk::owning(10);
    let (first, then) = keys.split_once(' ').unwrap_or((keys, ""));
    let task = task_of(&desk.press(first));
    desk.reply(task, Reply::Past(Ok(Box::new(past()))));
    desk.press(then);
    desk
}

fn view(desk: &Desk) -> &PastView {
    match desk.screen() {
        Screen::Past(view) => view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_change_is_one_sentence_that_says_when_and_whose() {
    let desk = seeing("4");
    let said = view(&desk).list.selected().unwrap().sentence(Some(&TimeZone::UTC));
    assert_eq!(said, "endpoint ep-1 → none, between 13:40 and 14:02, not from here");
}

#[test]
fn what_was_not_ours_is_not_undone_but_its_endpoint_can_be_chosen() {
    let mut desk = seeing("4");
    assert!(!desk.offers("u") && desk.offers("e"));
    assert_eq!(desk.press("u"), []);
    assert!(desk.told().contains("not done from here"), "{}", desk.told());
    desk.press("e");
    assert!(matches!(desk.overlay(), Some(Overlay::Endpoints(_))));
}

#[test]
fn what_was_ours_is_undone_from_there() {
    let mut desk = seeing("4 down");
    assert!(desk.offers("u"));
    let asked = desk.press("u");
    assert!(matches!(asked[..], [Effect::Undo(_, ref id)] if id.as_str() == "n-1"), "{asked:?}");
}

#[test]
fn of_a_number_that_is_gone_the_history_is_read_and_nothing_is_done() {
    let mut desk = seeing("4 down down");
    for key in ["e", "c", "enter", "u"] {
        assert!(!desk.offers(key), "{key}");
    }
    let asked = desk.press("h");
    assert!(matches!(asked[..], [Effect::Past(_, Some(ref id))] if id.as_str() == "n-77"), "{asked:?}");
}

#[test]
fn the_filter_is_that_of_the_owned_numbers() {
    let mut desk = seeing("4");
    desk.press("/");
    desk.type_in(number(1).line.digits().as_ref());
    desk.press("enter");
    assert_eq!(view(&desk).list.rows().len(), 1);
    desk.press("esc");
    assert_eq!(view(&desk).list.rows().len(), 3);
    desk.press("/");
    desk.type_in("country:zz");
    assert_eq!(view(&desk).list.rows().len(), 0);
}

#[test]
fn the_history_of_one_number_has_what_was_written_to_it() {
    let mut desk = Desk::owning(10);
    let asked = desk.press("down h");
    assert!(matches!(asked[..], [Effect::Past(_, Some(ref id)), _] if id.as_str() == "n-1"), "{asked:?}");
    desk.reply(task_of(&asked), Reply::Past(Ok(Box::new(past()))));
    let kinds: Vec<&str> = view(&desk).list.rows().map(|event| event.kind.name()).collect();
    assert!(kinds.contains(&"write"), "{kinds:?}");
    assert!(!kinds.contains(&"call"), "{kinds:?}");
    // Its calls come from the server, and take their places in time.
    let [_, Effect::Calls(calls, ref id, _)] = asked[..] else { panic!("{asked:?}") };
    assert_eq!(id.as_str(), "n-1");
    desk.reply(
        calls,
        Reply::Calls(Ok(CallsAnswer::Listed(CallList { calls: vec![call()], ..CallList::default() }))),
    );
    let told: Vec<&HistoryEvent> = view(&desk).list.rows().collect();
    assert!(told.is_sorted_by(|one, next| one.at >= next.at), "{told:?}");
    assert!(told.iter().any(|event| event.in_brief() == "inbound call from ***67: busy"), "{told:?}");
    desk.press("esc");
    assert!(matches!(desk.screen(), Screen::Owned(_)));
}

#[test]
fn calls_that_are_not_listed_leave_the_rest_of_a_history() {
    let failed = Error::new(crate::api::ErrorKind::Server, "boom");
    for answer in [Ok(CallsAnswer::Unlisted), Err(failed)] {
        let mut desk = Desk::owning(10);
        let asked = desk.press("h");
        let [Effect::Past(past_task, _), Effect::Calls(calls, ..)] = asked[..] else { panic!("{asked:?}") };
        // Whichever comes first.
        desk.reply(calls, Reply::Calls(answer));
        desk.reply(past_task, Reply::Past(Ok(Box::new(past()))));
        assert!(view(&desk).list.rows().count() > 0);
    }
}

#[test]
fn tabs_lead_to_the_changes_and_on() {
    let mut desk = Desk::owning(10);
    desk.press("tab tab tab");
    assert_eq!(view(&desk).number, None);
    desk.press("tab");
    assert!(matches!(desk.screen(), Screen::Owned(_)));
    desk.press("shift-tab");
    assert_eq!(view(&desk).number, None);
}

#[test]
fn the_selected_change_stays_selected_when_newer_ones_come() {
    let mut desk = seeing("4 down");
    let was = view(&desk).list.selected().cloned();
    let task = task_of(&desk.press("r"));
    // The entry of the read before: it is the same one.
    let mut newer = view(&desk).past.value().unwrap().clone();
    let newest = NumberChange { not_after: at("14:30:00"), ..newer.changes[0].clone() };
    newer.changes.insert(0, newest);
    desk.reply(task, Reply::Past(Ok(newer)));
    assert_eq!((view(&desk).list.selected().cloned(), view(&desk).list.cursor.selected), (was, 2));
}

#[test]
fn a_tab_in_the_middle_of_a_word_leads_nowhere_and_the_word_can_be_recalled() {
    let mut desk = seeing("4");
    desk.press("/ n g tab");
    assert_eq!(view(&desk).list.filter.text(), "ng");
    desk.press("enter esc esc");
    let task = task_of(&desk.press("4"));
    desk.reply(task, Reply::Past(Ok(Box::new(past()))));
    desk.press("/ up");
    assert_eq!(view(&desk).list.filter.text(), "ng");
    let mut desk = Desk::owning(10);
    desk.press("3 / n g tab");
    assert!(matches!(desk.screen(), Screen::Ledger(ledger) if ledger.list.filter.text() == "ng"));
}

#[test]
fn one_comes_back_to_what_happened() {
    let mut desk = seeing("4");
    desk.press("1 [");
    assert_eq!(view(&desk).number, None);
    let mut desk = Desk::owning(10);
    desk.press("down h 1 [");
    assert_eq!(view(&desk).number.as_ref().map(NumberId::as_str), Some("n-1"));
}
