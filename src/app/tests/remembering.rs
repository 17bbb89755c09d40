//! What an earlier run read is shown until this one has read it, and a server that is gone is said to be gone.

use super::*;
use crate::phone::Endpoint;
use crate::store::SeenPage;

fn page(from: u64, count: u64, total: usize, next: Option<i64>) -> SeenPage {
    SeenPage {
        numbers: (from..from + count).map(number).collect(),
        next,
        total,
        until: "2026-03-03T13:40:00Z".parse().unwrap(),
    }
}

fn endpoint() -> Endpoint {
    let id = EndpointId::new("ep-1");
    Endpoint { id, name: Some("sales-bot".to_owned()), kind: None, status: None, url: None }
}

/// A dashboard that began with kept rows: the task of the other rows, and that of the read.
fn beginning(first: SeenPage) -> (Desk, Option<TaskId>, TaskId) {
    let mut desk = Desk::with(standing(Mode::Test, None));
    desk.app.begin_with(first, vec![endpoint()]);
    let effects = desk.app.start(Tab::Owned, "");
    desk.app.drawn(true);
    let kept = effects.iter().find_map(|effect| match effect {
        Effect::Kept(task, _) => Some(*task),
        _ => None,
    });
    let list = effects.iter().find(|effect| matches!(effect, Effect::List(..))).cloned().unwrap();
    (desk, kept, task_of(&[list]))
}

fn lost() -> Reply {
    Reply::Listed(Err(Error::new(ErrorKind::Connect, "connection refused")))
}

#[test]
fn the_last_list_is_usable_at_once_and_keeps_its_place_when_the_read_arrives() {
    let (mut desk, kept, list) = beginning(page(0, 10, 10, None));
    assert_eq!(kept, None, "all of it is here");
    desk.press("down down space");
    assert_eq!((desk.selected(), desk.ctx.owned.marks()), ("n-3", 1));
    assert!(desk.ctx.owned.is_kept());
    let mut numbers: Vec<Number> = (0..12).rev().map(number).collect();
    numbers[3].status = Some(Status::Pending);
    desk.list(list, numbers);
    assert!(!desk.ctx.owned.is_kept());
    assert_eq!((desk.selected(), desk.ctx.owned.marks()), ("n-3", 1), "both belong to their number");
    assert_eq!(desk.ctx.owned.roster.len(), 12);
}

#[test]
fn what_changed_since_an_earlier_run_is_marked_until_it_is_looked_at() {
    let (mut desk, _, list) = beginning(page(0, 10, 10, None));
    let mut numbers: Vec<Number> = (0..10).map(number).collect();
    numbers[2].status = Some(Status::Pending);
    desk.list(list, numbers);
    let id = NumberId::new("n-2");
    desk.wait(60);
    assert!(desk.ctx.owned.is_changed(&id));
    desk.press("down down");
    assert!(desk.ctx.owned.is_changed(&id), "it is selected, and seen now");
    desk.press("down");
    assert!(!desk.ctx.owned.is_changed(&id));
}

#[test]
fn the_rest_of_a_long_list_comes_by_itself_and_not_after_the_read() {
    let (mut desk, kept, list) = beginning(page(0, 5, 20, Some(7)));
    let kept = kept.unwrap();
    assert_eq!(desk.ctx.owned.extent(), "5 of 20");
    desk.reply(kept, Reply::Kept(Ok(page(5, 10, 20, Some(8)))));
    assert_eq!(desk.ctx.owned.extent(), "15 of 20");
    desk.list(list, (0..3).map(number).collect());
    desk.reply(kept, Reply::Kept(Ok(page(15, 5, 20, None))));
    assert_eq!(desk.ctx.owned.extent(), "3", "what was read is newer");
}

#[test]
fn what_was_kept_never_passes_for_what_was_read() {
    let (mut desk, _, list) = beginning(page(0, 10, 10, None));
    desk.reply(list, lost());
    assert_eq!(desk.ctx.endpoint_label(&EndpointId::new("ep-1")), "sales-bot", "names are kept as well");
    assert!(desk.ctx.owned.is_kept() && desk.ctx.owned.failure.is_some());
    assert_eq!(desk.ctx.owned.read_at.unwrap().to_string(), "2026-03-03T13:40:00Z");
}

#[test]
fn while_the_server_is_gone_all_can_be_looked_at_and_nothing_is_written() {
    let mut desk = Desk::owning(10);
    let task = task_of(&desk.press("r"));
    desk.reply(task, lost());
    for key in ["i", "o", "t", "x", "e", "u"] {
        assert_eq!(desk.press(key), [], "{key}");
        assert!(desk.told().contains("does not answer since 14:02"), "{key}: {}", desk.told());
    }
    desk.press("/ 4 enter esc s");
    for key in ["X", "y", "c"] {
        assert!(desk.offers(key), "{key}");
    }
    desk.press("2");
    assert!(!desk.offers("b"));
}

#[test]
fn a_confirmation_that_was_typed_before_the_server_went_is_not_sent() {
    let mut desk = Desk::owning(10);
    desk.press("o y e s");
    let task = desk.app.ctx.owned.reading.as_ref().map(|reading| reading.task);
    assert_eq!(task, None);
    desk.app.ctx.read_owned();
    let reading = desk.app.ctx.owned.reading.as_ref().unwrap().task;
    desk.reply(reading, lost());
    let sent = desk.press("enter");
    assert!(!sent.iter().any(|effect| matches!(effect, Effect::Run(..))), "{sent:?}");
    assert!(desk.told().contains("Nothing was sent"), "{}", desk.told());
}

#[test]
fn it_is_tried_again_after_growing_pauses_and_said_when_it_is_back() {
    let mut desk = Desk::owning(10);
    let mut task = task_of(&desk.press("r"));
    let mut pauses = Vec::new();
    for _ in 0..4 {
        desk.reply(task, lost());
        let away = desk.ctx.away.unwrap();
        pauses.push(away.next.duration_since(desk.now).as_secs());
        desk.now = away.next;
        task = task_of(&desk.event(Event::Wake));
    }
    assert_eq!(pauses, [10, 20, 40, 80]);
    desk.list(task, (0..10).map(number).collect());
    assert!(desk.told().contains("answers again"), "{}", desk.told());
    assert!(desk.offers("i") && desk.ctx.away.is_none());
}

#[test]
fn a_server_that_refuses_is_there() {
    let mut desk = Desk::owning(10);
    let task = task_of(&desk.press("r"));
    desk.reply(task, Reply::Listed(Err(Error::new(ErrorKind::Unauthorized, "the key is not valid"))));
    assert_eq!(desk.ctx.away, None);
}

#[test]
fn an_empty_answer_where_numbers_were_before_is_told() {
    let mut desk = Desk::owning(10);
    let task = task_of(&desk.press("r"));
    desk.list(task, Vec::new());
    assert!(desk.told().contains("no numbers; 10 were here before"), "{}", desk.told());
}
