//! The command box: everything by its name, and nothing that a key would not ask about.

use super::*;
use crate::app::action::Action;
use crate::app::overlay::command::{CommandBox, Deed};
use crate::phone::Switch;

fn boxed(desk: &Desk) -> &CommandBox {
    match desk.overlay() {
        Some(Overlay::Command(view)) => view,
        other => panic!("no box but {other:?}"),
    }
}

/// Types into the box of this desk and says what stands first.
fn first(desk: &mut Desk, text: &str) -> Deed {
    desk.press(":");
    desk.type_in(text);
    let deed = boxed(desk).found.first().unwrap_or_else(|| panic!("nothing for {text}")).deed.clone();
    desk.press("esc");
    deed
}

#[test]
fn what_people_type_is_what_they_get() {
    let mut desk = Desk::owning(5);
    for (typed, deed) in [
        ("q", Deed::Act(Action::Quit)),
        ("q!", Deed::Act(Action::Quit)),
        ("quit", Deed::Act(Action::Quit)),
        ("help", Deed::Act(Action::Help)),
        ("inv", Deed::Act(Action::Inventory)),
        ("purch", Deed::Act(Action::Purchases)),
        ("refr", Deed::Act(Action::Refresh)),
        ("rel", Deed::Act(Action::Release)),
        ("endpo", Deed::Act(Action::Endpoint)),
        ("outb", Deed::Act(Action::Outbound)),
        ("ctx", Deed::Act(Action::Profiles)),
        ("sort", Deed::Act(Action::Sort)),
        ("buy in ghana", Deed::Shop("GH")),
        ("country:ng", Deed::Filter("country:ng".to_owned())),
        ("+234 803", Deed::Filter("+234 803".to_owned())),
    ] {
        assert_eq!(first(&mut desk, typed), deed, "{typed}");
    }
}

#[test]
fn the_box_does_what_its_key_does_and_asks_what_that_asks() {
    let mut desk = Desk::owning(5);
    desk.press(":");
    desk.type_in("release");
    assert_eq!(desk.press("enter"), []);
    assert!(matches!(desk.overlay(), Some(Overlay::Confirm(_))), "{:?}", desk.overlay());
    desk.press("esc ctrl-p");
    desk.type_in("endpoint:ep-b");
    desk.press("enter");
    assert_eq!(desk.listing().filter.text(), "endpoint:ep-b");
    desk.press(":");
    desk.type_in("q");
    desk.press("enter");
    assert!(desk.done());
}

#[test]
fn what_is_not_possible_says_why() {
    let mut desk = Desk::owning(5);
    desk.press(":");
    desk.type_in("delete");
    desk.press("enter");
    assert!(desk.told().contains("enter opens it"), "{}", desk.told());
    desk.press(":");
    desk.type_in("xyzzy plugh");
    desk.press("enter");
    assert!(desk.told().contains("Nothing is called xyzzy plugh"), "{}", desk.told());
}

#[test]
fn a_country_is_gone_shopping_in_by_its_name() {
    let mut desk = Desk::owning(5);
    desk.press(":");
    desk.type_in("buy in ghana");
    let sent = desk.press("enter");
    assert!(matches!(&sent[..], [Effect::List(..)]), "{sent:?}");
    assert_eq!(desk.shop().unwrap().search.as_ref().unwrap().country, "GH");
}

fn lines(desk: &mut Desk) -> Vec<String> {
    desk.press("Y");
    let Some(Overlay::Lines(view)) = desk.overlay() else { panic!("no lines but {:?}", desk.overlay()) };
    let lines = view.lines.iter().map(|line| line.text.clone()).collect();
    desk.press("esc");
    lines
}

#[test]
fn each_screen_knows_the_command_that_shows_it() {
    let mut desk = Desk::owning(3);
    desk.press("/ c o u n t r y : n g space ! 7 enter s S");
    let listed = lines(&mut desk);
    assert_eq!(listed[0], "numdeck list country:ng '!7' --sort number:desc --all");
    assert!(listed[1].starts_with("curl -sS -H \"Authorization: Bearer $NUMDECK_API_KEY\" '"), "{listed:?}");
    desk.press("esc enter");
    assert!(lines(&mut desk)[0].starts_with("numdeck show +23480312345"), "{:?}", lines(&mut desk));
    desk.press("c");
    assert!(lines(&mut desk)[0].starts_with("numdeck check +23480312345"));
    desk.press("3");
    assert_eq!(lines(&mut desk), ["numdeck purchases list"]);
}

#[test]
fn the_last_change_is_a_command_as_well() {
    let mut desk = Desk::owning(3);
    let task = task_of(&desk.press("o y e s enter"));
    desk.outcome(
        task,
        Outcome::Updated { number: Box::new(number(0).switched(Switch::Outbound, true)), found: false },
    );
    let told = lines(&mut desk);
    assert!(told.contains(&"numdeck update +2348031234560 --outbound on".to_owned()), "{told:?}");
}
