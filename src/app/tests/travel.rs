//! The numbers as they were: to be looked at, and nothing else.

use super::*;
use crate::store::{NotSeen, SeenList};

fn seen(count: u64) -> SeenList {
    let at = |text: &str| format!("2026-03-03T{text}Z").parse::<Timestamp>().unwrap();
    let mut numbers: Vec<Number> = (0..count).map(number).collect();
    numbers[0].endpoint = Field::Null;
    SeenList {
        numbers,
        endpoints: None,
        since: at("10:00:00"),
        read_at: at("11:59:00"),
        until: at("12:00:00"),
    }
}

/// Two hours ago there were five numbers.
fn travelling() -> Desk {
    let mut desk = Desk::owning(10);
    desk.press("down down space @");
    desk.type_in("2h");
    let asked = desk.press("enter");
    let [Effect::SeenAt(task, at)] = asked[..] else { panic!("{asked:?}") };
    assert_eq!(at.to_string(), "2026-03-03T12:02:00Z");
    desk.reply(task, Reply::SeenAt(Ok(Box::new(seen(5)))));
    desk
}

#[test]
fn a_time_is_shown_with_its_time_and_what_is_now_comes_back_as_it_was_left() {
    let mut desk = travelling();
    assert_eq!(desk.ctx.owned.roster.len(), 5);
    assert_eq!(desk.ctx.owned.read_at.unwrap().to_string(), "2026-03-03T12:00:00Z");
    desk.press("esc");
    assert_eq!((desk.ctx.owned.roster.len(), desk.ctx.owned.marks()), (10, 1));
    assert_eq!(desk.selected(), "n-3");
    let mut desk = travelling();
    desk.press("@");
    assert_eq!(desk.ctx.owned.roster.len(), 10);
}

#[test]
fn a_read_that_the_past_interrupted_goes_on_afterwards() {
    let mut desk = Desk::owning(10);
    let reading = task_of(&desk.press("r"));
    desk.press("@");
    desk.type_in("2h");
    let [Effect::SeenAt(task, _)] = desk.press("enter")[..] else { panic!() };
    let stopped = desk.reply(task, Reply::SeenAt(Ok(Box::new(seen(5)))));
    assert!(stopped.contains(&Effect::Cancel(reading)), "{stopped:?}");
    let again = desk.press("@");
    desk.list(task_of(&again), (0..12).map(number).collect());
    assert_eq!(desk.ctx.owned.roster.len(), 12);
}

#[test]
fn nothing_is_changed_read_or_checked_in_the_past() {
    let mut desk = travelling();
    for key in ["e", "i", "o", "t", "x", "u", "c", "C", "r", "enter"] {
        assert_eq!(desk.press(key), [], "{key}");
        assert!(desk.told().contains("as they were at"), "{key}: {}", desk.told());
    }
    for key in ["/", "s", "X", "y", "h", "!"] {
        assert!(desk.offers(key), "{key}");
    }
    desk.press("!");
    assert_eq!(desk.ctx.owned.roster.matching(), 1, "the filter is about what was");
}

#[test]
fn what_is_no_time_and_what_nobody_saw_is_said() {
    let mut desk = Desk::owning(10);
    desk.press("@");
    desk.type_in("yesterday");
    assert_eq!(desk.press("enter"), []);
    assert!(desk.told().contains("is no time"), "{}", desk.told());
    desk.press("ctrl-u");
    desk.type_in("9w");
    let [Effect::SeenAt(task, _)] = desk.press("enter")[..] else { panic!() };
    desk.reply(task, Reply::SeenAt(Err(NotSeen::Before("2026-03-03T10:00:00.123456Z".parse().unwrap()))));
    assert!(desk.told().ends_with("begins at 2026-03-03 10:00."), "{}", desk.told());
    assert_eq!(desk.ctx.owned.roster.len(), 10);
}

#[test]
fn what_is_copied_and_exported_from_the_past_says_so() {
    let mut desk = travelling();
    let lines = super::super::invocation::lines(&desk.app);
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert!(texts[0].contains("list --at 2026-03-03T12:00:00Z"), "{texts:?}");
    assert!(!texts.iter().any(|text| text.starts_with("curl")), "the server knows no past: {texts:?}");
    desk.press("X");
    let Some(Overlay::Export(view)) = desk.overlay() else { panic!() };
    assert_eq!(view.path.text(), "numdeck-owned-as-of-2026-03-03-1200.csv");
}

#[test]
fn what_is_now_is_not_shown_as_what_was_then() {
    let mut desk = travelling();
    let asked = desk.press("h");
    desk.reply(task_of(&asked), Reply::Past(Ok(Box::default())));
    for key in ["enter", "c"] {
        assert!(!desk.offers(key), "{key}");
    }
    assert_eq!(desk.press("enter"), []);
}
