//! A plan on screen: what it shows, what is left out, and what comes before anything is sent.

use super::*;
use crate::app::export::ExportEnd;
use crate::app::screen::plan::{PlanState, PlanView};
use crate::plan::PlanSource;

/// The plan of a file that says this.
pub(super) fn planned(text: &str) -> Desk {
    judged(Desk::owning(10), text)
}

fn judged(mut desk: Desk, text: &str) -> Desk {
    let task = task_of(&desk.press(": p l a n space r o u t e s . c s v enter"));
    let read = PlanSource::read(text.as_bytes()).map_err(|why| why.to_string());
    desk.reply(task, Reply::PlanFile(Box::new(read)));
    desk
}

fn view(desk: &Desk) -> &PlanView {
    match desk.screen() {
        Screen::Plan(view) => view,
        other => panic!("{other:?}"),
    }
}

fn refused(desk: &Desk) -> String {
    match &view(desk).state {
        PlanState::Refused(lines) => lines.join("; "),
        other => panic!("{other:?}"),
    }
}

const ROUTES: &str = "number,endpoint,outbound\n+2348031234560,ep-b,on\n+2348031234561,none,\n+2348031234562,,on\n\
                      +2348031234563,,off\n";

#[test]
fn what_differs_is_shown_and_what_is_so_is_counted() {
    let desk = planned(ROUTES);
    let PlanState::Ready { changes, same, .. } = &view(&desk).state else { panic!() };
    assert_eq!((changes.len(), *same, view(&desk).rows().len()), (3, 1, 4));
}

#[test]
fn nothing_is_sent_before_the_former_values_are_in_a_file_and_it_was_confirmed() {
    let mut desk = planned(ROUTES);
    let asked = desk.press("enter");
    let [Effect::Keep { task, path, text }] = &asked[..] else { panic!("{asked:?}") };
    assert!(path.starts_with("numdeck-rollback-"), "{path}");
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.contains("+2348031234561,n-1,ep-b,,,"), "{text}");
    let (task, again) = (*task, desk.press("enter"));
    assert_eq!(again, [], "it is being written");
    desk.reply(
        task,
        Reply::Exported(ExportEnd::Written { path: "/d/numdeck-rollback-1.csv".into(), rows: 0 }),
    );
    assert_eq!(desk.writes().run.lines().len(), 3);
    assert!(desk.writes().left_out[0].contains("/d/numdeck-rollback-1.csv"));
    assert_eq!(writes(&desk.press("y e s enter")), Vec::<&Intent>::new(), "a word is no count");
    desk.press("ctrl-u");
    let sent = desk.press("3 enter");
    assert_eq!(writes(&sent).len(), 3, "{sent:?}");
}

#[test]
fn a_number_that_is_left_out_is_in_neither_the_file_nor_the_batch() {
    let mut desk = planned(ROUTES);
    desk.press("down down space");
    assert_eq!(view(&desk).left_in(), 2);
    let asked = desk.press("enter");
    let [Effect::Keep { task, text, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert!(!text.contains("n-1,"), "{text}");
    let task = *task;
    desk.reply(task, Reply::Exported(ExportEnd::Written { path: "a".into(), rows: 0 }));
    let about: Vec<&str> =
        desk.writes().run.lines().iter().map(|line| line.intent.target().unwrap().as_str()).collect();
    assert_eq!(about, ["n-0", "n-2"]);
    let mut none = planned("number,outbound\n+2348031234560,on\n");
    none.press("space");
    assert_eq!(none.press("enter"), [], "all of it is left out");
    none.press("space");
    assert_eq!(none.press("enter").len(), 1, "and taken in again");
}

#[test]
fn without_a_file_for_the_former_values_nothing_is_asked() {
    for end in [
        ExportEnd::Failed("no space is left".into()),
        ExportEnd::Exists { path: "a".into() },
        ExportEnd::Stopped,
    ] {
        let mut desk = planned(ROUTES);
        let task = task_of(&desk.press("enter"));
        desk.reply(task, Reply::Exported(end));
        view(&desk);
        assert!(desk.app.ctx.notice.as_ref().is_some_and(|notice| notice.text.contains("nothing is sent")));
    }
}

#[test]
fn what_can_not_be_meant_is_said_with_its_lines() {
    let desk = planned("number,endpoint\n+2348031234560,nobody\n+2348039999999,none\n");
    assert!(refused(&desk).contains("line 2") && refused(&desk).contains("line 3"), "{}", refused(&desk));
    assert!(refused(&planned("number,endpont\n+2348031234560,none\n")).contains("line 2"));
    let mut desk = planned("number,endpont\n+2348031234560,none\n");
    assert_eq!(desk.press("enter"), [], "and leads nowhere");
}

#[test]
fn a_plan_is_made_only_beside_a_list_that_is_known_whole_and_is_of_now() {
    let mut desk = Desk::with(standing(Mode::Test, None));
    let first = desk.app.start(Tab::Owned, "");
    desk.app.drawn(true);
    let desk = judged(desk, ROUTES);
    assert!(refused(&desk).contains("still being read"), "{}", refused(&desk));
    let mut desk = Desk::with(standing(Mode::Test, None));
    let again = desk.app.start(Tab::Owned, "");
    assert_eq!(first.len(), again.len());
    let task = task_of(&again);
    let numbers = (0..10).map(number).collect();
    desk.reply(task, Reply::Page(Page { numbers, total: None, next_offset: 10, end: false, again: false }));
    desk.reply(task, Reply::Listed(Ok(())));
    let desk = judged(desk, ROUTES);
    assert!(refused(&desk).contains("not read whole"), "{}", refused(&desk));
}

#[test]
fn the_box_wants_the_name_of_a_file_and_keeps_its_letters() {
    let mut desk = Desk::owning(3);
    assert_eq!(desk.press(": p l a n enter"), []);
    assert!(!matches!(desk.screen(), Screen::Plan(_)));
    let asked = desk.press(": p l a n space R o . C S V enter");
    assert!(matches!(&asked[..], [Effect::PlanFile(_, path)] if path == "Ro.CSV"), "{asked:?}");
}
