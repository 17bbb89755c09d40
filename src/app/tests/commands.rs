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

/// What users of other programs press first, and what they mean by it.
const GUESSES: &[(&str, &str, Action)] = &[
    ("vim", "j", Action::Down),
    ("vim", "k", Action::Up),
    ("vim", "g", Action::Top),
    ("vim", "G", Action::Bottom),
    ("vim", "ctrl-d", Action::HalfDown),
    ("vim", "ctrl-u", Action::HalfUp),
    ("vim", "ctrl-f", Action::PageDown),
    ("vim", "ctrl-b", Action::PageUp),
    ("vim", "/", Action::Filter),
    ("vim", "u", Action::Undo),
    ("vim", ":", Action::CommandBox),
    ("vim", "ctrl-l", Action::Redraw),
    ("vim", "V", Action::MarkTo),
    ("vim", "ctrl-z", Action::Suspend),
    ("less", "q", Action::Quit),
    ("less", "pgdn", Action::PageDown),
    ("less", "pgup", Action::PageUp),
    ("less", "home", Action::Top),
    ("less", "end", Action::Bottom),
    ("less", "R", Action::AutoRefresh),
    ("k9s", "?", Action::Help),
    ("k9s", "enter", Action::Open),
    ("k9s", "space", Action::Mark),
    ("k9s", "[", Action::Backward),
    ("k9s", "]", Action::Forward),
    ("k9s", "ctrl-r", Action::Refresh),
    ("k9s", "e", Action::Endpoint),
    ("k9s", "1", Action::Owned),
    ("k9s", "2", Action::Inventory),
    ("k9s", "J", Action::Jump),
    ("lazygit", "tab", Action::NextTab),
    ("lazygit", "shift-tab", Action::PreviousTab),
    ("lazygit", "z", Action::Undo),
    ("lazygit", "y", Action::Copy),
    ("lazygit", "down", Action::Down),
    ("lazygit", "up", Action::Up),
    ("lazygit", "r", Action::Refresh),
    ("lazygit", "ctrl-p", Action::CommandBox),
    ("anything", "ctrl-c", Action::Cancel),
    ("anything", "p", Action::Profiles),
    ("anything", "s", Action::Sort),
    ("anything", "*", Action::MarkAll),
];

#[test]
fn the_first_guess_of_somebody_from_elsewhere_is_right() {
    assert!(GUESSES.len() >= 40);
    for (program, key, action) in GUESSES {
        let desk = Desk::owning(5);
        let key = Key::parse(key).unwrap();
        let means: Vec<Action> = desk.ctx.keys.actions(key).collect();
        let offered = desk.app.offers().iter().any(|offer| offer.action == *action && offer.is_possible());
        assert!(means.contains(action) && offered, "{program}: {key} is {means:?}, not {action:?}");
    }
}

#[test]
fn what_destroys_elsewhere_destroys_nothing_here() {
    for key in ["ctrl-d", "ctrl-k", "d", "del", "backspace", "ctrl-x", "D", "ctrl-w", "X", "delete"] {
        let Some(key) = Key::parse(key) else { continue };
        let mut desk = Desk::owning(5);
        let mut sent = desk.event(Event::Key(key));
        sent.extend(desk.press("enter y enter"));
        let writes = sent.iter().any(|effect| matches!(effect, Effect::Run(..)));
        assert!(!writes && !desk.done(), "{key}: {sent:?}");
    }
}
