//! What happens by itself, and that nothing else does.

use super::*;

/// Waits for each wake-up in turn; returns how many there were within an hour.
fn wake_ups(desk: &mut Desk) -> usize {
    let end = desk.now.checked_add(SignedDuration::from_hours(1)).unwrap();
    let mut count = 0;
    while let Some(at) = desk.next_wake().filter(|at| *at < end) {
        assert!(at > desk.now, "a wake-up that is due already would spin");
        desk.now = at;
        desk.event(Event::Wake);
        count += 1;
        assert!(count < 100, "it does not come to rest");
    }
    count
}

#[test]
fn an_idle_dashboard_wakes_up_once_to_say_that_it_is_old_and_never_again() {
    let mut desk = Desk::owning(10);
    let read_at = desk.ctx.owned.read_at.unwrap();
    assert_eq!(desk.next_wake(), Some(read_at + SignedDuration::from_mins(15)));
    assert!(!desk.is_old(read_at));
    assert_eq!(wake_ups(&mut desk), 1);
    assert!(desk.is_old(read_at));
    assert_eq!(desk.next_wake(), None);
}

#[test]
fn a_notice_goes_away_by_itself_and_bad_news_stay_longer() {
    let mut desk = Desk::owning(10);
    desk.press("s");
    assert_ne!(desk.told(), "");
    desk.wait(10);
    assert_eq!(desk.told(), "");
    let task = task_of(&desk.press("r"));
    desk.reply(task, Reply::Listed(Err(Error::new(ErrorKind::Forbidden, "not allowed"))));
    desk.wait(10);
    assert_ne!(desk.told(), "");
    assert_eq!(wake_ups(&mut desk), 2, "one for the notice, one to be old");
}

#[test]
fn a_spinner_turns_only_while_something_is_awaited() {
    let mut desk = Desk::owning(10);
    let task = task_of(&desk.press("r"));
    assert!(desk.next_wake().unwrap() < desk.now + SignedDuration::from_secs(1));
    desk.list(task, (0..10).map(number).collect());
    assert!(desk.next_wake().unwrap() > desk.now + SignedDuration::from_secs(1));
}

#[test]
fn rows_that_changed_are_marked_for_a_moment() {
    let mut desk = Desk::owning(10);
    let task = task_of(&desk.press("r"));
    let mut numbers: Vec<Number> = (0..10).map(number).collect();
    numbers[4].status = Some(Status::Pending);
    desk.list(task, numbers);
    assert_eq!(desk.ctx.owned.changed.as_ref().map(|(ids, _)| ids.clone()), Some(vec![NumberId::new("n-4")]));
    desk.wait(5);
    assert_eq!(desk.ctx.owned.changed, None);
}

fn revealed(desk: &Desk) -> bool {
    desk.detail_view().is_some_and(|view| view.revealed_until.is_some())
}

#[test]
fn a_revealed_password_hides_itself_after_15_seconds_and_asks_to_be_woken_for_it() {
    let mut desk = Desk::at_detail(password());
    desk.press("v");
    assert!(revealed(&desk));
    assert_eq!(desk.next_wake(), Some(desk.now + SignedDuration::from_secs(15)));
    desk.wait(14);
    assert!(revealed(&desk));
    desk.wait(1);
    assert!(!revealed(&desk));
}

#[test]
fn a_revealed_password_hides_when_asked_when_left_and_when_nobody_looks() {
    for keys in ["v", "esc", "1", "2", "ctrl-z"] {
        let mut desk = Desk::at_detail(password());
        desk.press("v");
        desk.press(keys);
        let left = desk.detail_view().is_none();
        if left {
            desk.press("1 enter");
        }
        assert!(!revealed(&desk), "after {keys}");
    }
    let mut desk = Desk::at_detail(password());
    desk.press("v");
    desk.event(Event::Focus(false));
    desk.event(Event::Focus(true));
    assert!(!revealed(&desk), "it does not come back with the focus");
}

#[test]
fn a_password_that_is_not_there_is_not_revealed_and_why_is_said() {
    for (password, why) in [(Password::Hidden, "your role"), (Password::Unset, "no password is set")] {
        let mut desk = Desk::at_detail(password);
        desk.press("v");
        assert!(!revealed(&desk));
        assert!(desk.told().to_lowercase().contains(why), "{}", desk.told());
    }
}

#[test]
fn copying_reveals_nothing() {
    let mut desk = Desk::at_detail(password());
    desk.press("y");
    let Some(Overlay::Copy(menu)) = desk.overlay() else { panic!("no menu") };
    let at = menu.entries.iter().position(|entry| entry.name == "SIP password").unwrap();
    let copied = desk.press(&format!("{} enter", "down ".repeat(at)));
    let [Effect::Copy { task, text, is_password: true }] = &copied[..] else { panic!("{copied:?}") };
    assert_eq!(text.expose(), "hunter2");
    assert!(!revealed(&desk));
    assert!(!format!("{:?} {copied:?}", desk.app).contains("hunter2"), "not even in a debug print");
    desk.reply(*task, Reply::Copied(CopyRoute::Native));
    assert!(!desk.told().contains("hunter2"), "{}", desk.told());
    assert!(!format!("{:?}", desk.app).contains("hunter2"), "not even in a debug print");
}
