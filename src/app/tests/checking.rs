//! The routing check: keys, steps that arrive, and what stays known.

use crate::phone::Switch;
use std::sync::Arc;

use super::*;
use crate::app::action::Action;
use crate::app::screen::{check::CheckView, checks::ChecksView};
use crate::check::{Facts, named};
use crate::sip::{Code, LegKind, Progress, Report, Step, StepKind};

fn report(number: &Number) -> Report {
    let facts = Facts { number, endpoint: None, unread: None, credentials: None };
    named(&facts, None).settled(Timestamp::UNIX_EPOCH)
}

fn view(desk: &Desk) -> &CheckView {
    match Some(desk.app.screen()) {
        Some(Screen::Check(view)) => view,
        other => panic!("no check but {other:?}"),
    }
}

fn views(desk: &Desk) -> &ChecksView {
    match Some(desk.app.screen()) {
        Some(Screen::Checks(view)) => view,
        other => panic!("no checks but {other:?}"),
    }
}

/// The first number was checked.
pub(super) fn checked() -> Desk {
    let mut desk = Desk::owning(10);
    let task = task_of(&desk.press("c"));
    desk.reply(task, Reply::Checked(0, Arc::new(report(&number(0)))));
    desk
}

#[test]
fn the_pipeline_fills_in_as_steps_are_told_and_the_list_remembers_what_it_came_to() {
    let mut desk = Desk::owning(3);
    let sent = desk.press("c");
    assert!(matches!(&sent[..], [Effect::Check { id, credentials: false, .. }] if id.as_str() == "n-0"));
    let task = task_of(&sent);
    let step = |kind| Step::new(Some(LegKind::Inbound), kind, Code::Ok, "well");
    desk.reply(
        task,
        Reply::Checking(Progress::Began { leg: LegKind::Inbound, kind: StepKind::Dns, target: None }),
    );
    assert_eq!((view(&desk).doing.len(), view(&desk).steps.len()), (1, 0));
    desk.reply(task, Reply::Checking(Progress::Done(Box::new(step(StepKind::Dns)))));
    assert_eq!((view(&desk).doing.len(), view(&desk).steps.len()), (0, 1));
    desk.reply(task, Reply::Checked(0, Arc::new(report(&number(0)))));
    assert!(view(&desk).task.is_none() && view(&desk).report.is_some());
    assert!(desk.ctx.routes.contains_key(&NumberId::new("n-0")));
    assert_eq!(desk.press("esc"), [], "nothing is left to stop");
    assert!(desk.stack.is_empty());
}

#[test]
fn a_target_that_is_done_leaves_the_others_under_way() {
    let mut desk = Desk::owning(3);
    let task = task_of(&desk.press("c"));
    for target in ["a", "b"] {
        let began = Progress::Began {
            leg: LegKind::Inbound,
            kind: StepKind::Options,
            target: Some(target.to_owned()),
        };
        desk.reply(task, Reply::Checking(began));
    }
    let step = Step::new(Some(LegKind::Inbound), StepKind::Options, Code::Ok, "well");
    desk.reply(task, Reply::Checking(Progress::Done(Box::new(step.clone().at("a")))));
    assert_eq!(view(&desk).doing, [(LegKind::Inbound, StepKind::Options, Some("b".to_owned()))]);
    desk.reply(task, Reply::Checking(Progress::Done(Box::new(step))));
    assert!(view(&desk).doing.is_empty(), "one about all targets ends them all");
}

#[test]
fn nothing_is_checked_by_itself() {
    let mut desk = Desk::owning(30);
    let sent = desk.press("down down pgdn end enter");
    assert!(sent.iter().all(|effect| !matches!(effect, Effect::Check { .. } | Effect::Checks { .. })));
}

#[test]
fn leaving_or_ctrl_c_stops_a_check_and_a_late_answer_changes_nothing() {
    for key in ["esc", "ctrl-c", "1"] {
        let mut desk = Desk::owning(3);
        let task = task_of(&desk.press("c"));
        assert_eq!(desk.press(key), [Effect::Cancel(task)], "{key}");
        desk.reply(task, Reply::Checked(0, Arc::new(report(&number(0)))));
        assert!(desk.ctx.routes.is_empty(), "{key}");
        assert!(!desk.done(), "{key}");
    }
}

/// The first number was checked, and its account is at this port.
fn checked_account(port: u16) -> Desk {
    let mut desk = Desk::at_detail(password());
    let task = task_of(&desk.press("c"));
    let number = number(0);
    let mut detail = detail(number.clone(), password());
    if let Some(sip) = &mut detail.credentials {
        sip.port = Some(port);
    }
    let facts =
        Facts { number: &number, endpoint: None, unread: None, credentials: detail.credentials.as_ref() };
    let report = named(&facts, None).settled(Timestamp::UNIX_EPOCH);
    desk.reply(task, Reply::Checked(0, Arc::new(report)));
    desk
}

#[test]
fn credentials_leave_once_the_word_was_typed_under_which_and_where_to() {
    let mut desk = checked_account(5061);
    assert_eq!(desk.press("A"), []);
    let Confirm::Credentials(what, _) = desk.confirm() else { panic!("{:?}", desk.confirm()) };
    for word in ["2348031234560", "sip.example.net:5061", "TLS", "digest"] {
        assert!(what.contains(word), "{word} in {what}");
    }
    assert_eq!(desk.press("enter A A enter"), [], "a held key is no answer");
    assert!(desk.told().contains("Nothing was sent"), "{}", desk.told());
    assert_eq!(desk.event(Event::Paste("yes\r".to_owned())), []);
    let sent = desk.press("ctrl-u y e s enter");
    assert!(matches!(&sent[..], [Effect::Check { credentials: true, .. }]), "{sent:?}");
    assert_eq!(desk.stack.len(), 2, "it takes the place of the check on screen");
    let mut desk = checked_account(5061);
    assert_eq!(desk.burst("A y e s enter"), [], "typed before it was seen");
    let mut desk = checked_account(5061);
    assert_eq!(desk.press("A y e s esc enter"), []);
}

#[test]
fn credentials_never_leave_without_encryption_and_that_is_said_at_once() {
    let mut desk = checked_account(5060);
    assert_eq!(desk.press("A A enter"), []);
    assert!(desk.overlay.is_none());
    assert!(desk.told().starts_with("Nothing is sent: UDP"), "{}", desk.told());
    assert!(desk.told().contains("numdeck check +2348031234560 --auth"), "{}", desk.told());
}

#[test]
fn a_check_again_takes_the_place_of_the_one_on_screen() {
    let mut desk = checked();
    let sent = desk.press("c");
    assert!(matches!(&sent[..], [Effect::Check { credentials: false, .. }]), "{sent:?}");
    assert_eq!(desk.stack.len(), 1);
    assert_eq!(desk.press("c A"), [], "one at a time");
}

#[test]
fn where_many_servers_would_be_asked_that_is_said_before() {
    let on = |i: u64| Number { sip_uri: Some(format!("sip:{i}@host-{i}.example.net").into()), ..number(i) };
    let mut desk = Desk::with(standing(Mode::Test, None)).reading((0..5).map(on).collect());
    assert_eq!(desk.press("* C"), [], "nothing is sent yet");
    let counts = views(&desk).counts.unwrap();
    assert_eq!((counts.options, counts.hosts, counts.numbers), (5, 5, 5));
    let sent = desk.press("enter enter");
    let [Effect::Checks { numbers, .. }] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(numbers.len(), 5);
    let mut desk = Desk::with(standing(Mode::Test, None)).reading((0..5).map(on).collect());
    assert_eq!(desk.press("* C esc"), []);
    assert!(desk.stack.is_empty());
    let mut desk = Desk::with(standing(Mode::Test, None)).reading((0..5).map(on).collect());
    assert_eq!(desk.press("space space space C").len(), 1, "a few are asked at once");
}

#[test]
fn of_one_of_many_the_account_is_not_asked_about_before_it_is_known() {
    let mut desk = Desk::owning(2);
    let task = task_of(&desk.press("* C"));
    for place in [0, 1] {
        desk.reply(task, Reply::Checked(place, Arc::new(report(&number(place as u64)))));
    }
    desk.press("enter enter");
    assert!(view(&desk).of_many);
    assert_eq!(desk.press("A"), []);
    assert!(desk.told().contains("c checks it first"), "{}", desk.told());
    assert!(matches!(desk.press("c")[..], [Effect::Check { .. }]));
    assert!(!view(&desk).of_many);
}

#[test]
fn the_marks_are_checked_from_the_list_alone_and_each_can_be_opened() {
    let mut desk = Desk::owning(3);
    assert_eq!(desk.press("C"), []);
    assert!(desk.told().contains("space marks"), "{}", desk.told());
    let sent = desk.press("space down space C");
    let [Effect::Checks { task, numbers, .. }] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(numbers.iter().map(|number| number.id.as_str()).collect::<Vec<_>>(), ["n-0", "n-2"]);
    desk.reply(*task, Reply::Checked(1, Arc::new(report(&number(2)))));
    assert_eq!((views(&desk).tally.count(), views(&desk).task.is_some()), (1, true));
    desk.reply(*task, Reply::Checked(0, Arc::new(report(&number(0)))));
    assert!(views(&desk).task.is_none());
    desk.press("enter down enter");
    assert_eq!(view(&desk).id.as_str(), "n-2");
    desk.press("esc");
    assert_eq!(views(&desk).cursor.selected, 1);
}

#[test]
fn a_copied_report_or_ticket_holds_no_secret() {
    for (keys, words) in [("y enter", "Result:"), ("y down enter", "Who has to act:")] {
        let mut desk = Desk::at_detail(password());
        let task = task_of(&desk.press("c"));
        desk.reply(task, Reply::Checked(0, Arc::new(report(&number(0)))));
        let sent = desk.press(keys);
        let [Effect::Copy { text, is_password: false, .. }] = &sent[..] else { panic!("{sent:?}") };
        assert!(text.expose().contains(words) && !text.expose().contains("hunter2"));
    }
}

#[test]
fn what_is_wrong_with_the_settings_is_said_of_the_whole_list() {
    let silent = number(1).with(|traits| traits.endpoint = Field::Null);
    let desk = Desk::with(standing(Mode::Test, None)).reading(vec![number(0), silent]);
    let told = |desk: &Desk| {
        let counts = desk.ctx.owned.roster.problems();
        counts.iter().map(|(problem, count)| format!("{count} {}", problem.counted())).collect::<Vec<_>>()
    };
    assert_eq!(told(&desk), ["1 no endpoint"]);
    let many = (0..10_001).map(|n| number(n).switched(Switch::Inbound, n % 2 == 0)).collect();
    let mut desk = Desk::with(standing(Mode::Test, None)).reading(many);
    assert_eq!(told(&desk), ["5000 inbound off"]);
    desk.press("!");
    assert_eq!(desk.ctx.owned.filter.text(), "problem:any");
    assert_eq!(desk.ctx.owned.roster.matching(), 5000);
    desk.press("!");
    assert_eq!((desk.ctx.owned.filter.text(), desk.ctx.owned.roster.matching()), ("", 10_001));
}

#[test]
fn a_route_that_fails_is_a_problem_from_then_on() {
    let mut desk = Desk::with(standing(Mode::Test, None)).reading((0..3).map(number).collect());
    desk.press("/ r o u t e : f a i l enter");
    assert_eq!(desk.ctx.owned.roster.matching(), 0);
    desk.press("esc");
    let task = task_of(&desk.press("down c"));
    let failed = report(&number(1).with(|traits| traits.endpoint = Field::Null));
    desk.reply(task, Reply::Checked(0, Arc::new(failed)));
    desk.press("esc !");
    assert_eq!(desk.ctx.owned.roster.matching(), 1);
    assert_eq!(desk.ctx.owned.selected().map(|one| one.id.clone()), Some(NumberId::new("n-1")));
}

#[test]
fn what_is_mended_is_not_said_to_be_wrong_any_more() {
    let off = number(0).switched(Switch::Inbound, false);
    let uri = |number: Number| Number { sip_uri: Some("sip:a@sip.example.net".into()), ..number };
    let mut desk = Desk::with(standing(Mode::Test, None)).reading(vec![uri(off)]);
    assert_eq!(desk.ctx.owned.roster.problems().numbers, 1);
    let task = task_of(&desk.press("i y e s enter"));
    desk.outcome(task, Outcome::Updated { number: Box::new(uri(number(0))), found: false });
    assert_eq!(desk.ctx.owned.roster.problems().numbers, 0);
}

#[test]
fn what_is_wrong_with_many_is_told_once_the_gravest_first_and_leads_to_its_numbers() {
    let silent = |number: &Number| number.clone().with(|traits| traits.endpoint = Field::Null);
    let numbers: Vec<Number> = (0..4).map(number).collect();
    let mut desk = Desk::with(standing(Mode::Test, None)).reading(numbers.clone());
    let task = task_of(&desk.press("* C"));
    let checked = |place: usize| match place {
        0 => report(&numbers[0]),
        place => report(&silent(&numbers[place])),
    };
    for place in [3, 0, 1] {
        desk.reply(task, Reply::Checked(place, Arc::new(checked(place))));
    }
    assert!(!views(&desk).shows_causes(), "not while rows still change");
    desk.reply(task, Reply::Checked(2, Arc::new(checked(2))));
    let causes = &views(&desk).causes;
    assert_eq!(causes.iter().map(|cause| cause.places.len()).collect::<Vec<_>>(), [3, 1]);
    assert!(causes[0].words().starts_with("no endpoint: nobody answers"), "{causes:?}");
    let shown = |desk: &Desk| views(desk).shown().map(|row| row.id.to_string()).collect::<Vec<_>>();
    desk.press("enter");
    assert_eq!(shown(&desk), ["n-1", "n-2", "n-3"]);
    desk.press("down enter");
    assert_eq!(view(&desk).id.as_str(), "n-2");
    desk.press("esc esc");
    assert!(views(&desk).shows_causes(), "one step back at a time");
    let sent = desk.press("enter c");
    assert!(matches!(&sent[..], [Effect::Checks { numbers, .. }] if numbers.len() == 3), "{sent:?}");
}

#[test]
fn what_was_found_can_be_mended_from_where_it_is_told() {
    let silent = number(0).switched(Switch::Inbound, false).with(|traits| traits.endpoint = Field::Null);
    let mut desk = Desk::with(standing(Mode::Test, None)).reading(vec![silent.clone(), number(1)]);
    let task = task_of(&desk.press("c"));
    assert!(view(&desk).remedies(&desk.ctx).is_empty(), "nothing is known yet");
    desk.reply(task, Reply::Checked(0, Arc::new(report(&silent))));
    let ways: Vec<Action> = view(&desk).remedies(&desk.ctx).into_iter().map(|(action, _)| action).collect();
    assert_eq!(ways, [Action::Endpoint, Action::Inbound]);
    desk.press("i");
    assert!(desk.change().what.contains("inbound"), "{:?}", desk.change());
    desk.press("esc t o x D");
    assert!(desk.overlay.is_none(), "nothing else that writes");
    desk.press("e");
    assert!(matches!(desk.overlay(), Some(Overlay::Endpoints(_))));
    desk.press("esc");
    assert!(matches!(desk.app.screen(), Screen::Check(_)));
}
