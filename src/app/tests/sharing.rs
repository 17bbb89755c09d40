//! What leaves the program: files of rows, and what is copied.

use super::*;
use crate::app::export::{ExportEnd, ExportForm, ExportJob};
use crate::app::overlay::export::ExportView;

fn view(desk: &Desk) -> &ExportView {
    match desk.overlay() {
        Some(Overlay::Export(view)) => view,
        other => panic!("no file but {other:?}"),
    }
}

fn job(sent: &[Effect]) -> &ExportJob {
    match sent {
        [Effect::Export(_, job)] => job,
        other => panic!("no file but {other:?}"),
    }
}

fn exists(path: &str) -> Reply {
    Reply::Exported(ExportEnd::Exists { path: path.to_owned() })
}

#[test]
fn what_is_shown_goes_to_a_file_of_today() {
    let mut desk = Desk::owning(10);
    desk.press("/ 4 5 6 3 enter s S X");
    assert_eq!(view(&desk).path.text(), "numdeck-owned-2026-03-03.csv");
    assert_eq!(view(&desk).extent(&desk.ctx), "1 of 10 rows; the filter decides.");
    let sent = desk.press("enter");
    let written = job(&sent);
    let ids: Vec<&str> = written.rows.iter().map(|number| number.id.as_str()).collect();
    assert_eq!(
        (ids, written.over, written.form, written.tab),
        (vec!["n-3"], false, ExportForm::Csv, Tab::Owned)
    );
    let end = ExportEnd::Written { path: "/home/ada/o.csv".to_owned(), rows: 1 };
    desk.reply(task_of(&sent), Reply::Exported(end));
    assert_eq!(desk.told(), "1 row written to /home/ada/o.csv.");
    assert!(desk.overlay().is_none());
    let mut shop = Desk::shopping();
    shop.press("X");
    assert_eq!(view(&shop).path.text(), "numdeck-inventory-NG-2026-03-03.csv");
    assert_eq!(job(&shop.press("enter")).tab, Tab::Inventory);
}

#[test]
fn the_form_follows_the_name_and_the_name_the_form() {
    let mut desk = Desk::owning(2);
    desk.press("X tab");
    assert_eq!(view(&desk).path.text(), "numdeck-owned-2026-03-03.json");
    desk.press("down");
    assert_eq!(view(&desk).form(), Some(ExportForm::Ndjson));
    desk.press("down up up shift-tab");
    assert_eq!(view(&desk).path.text(), "numdeck-owned-2026-03-03.csv");
    desk.press("ctrl-u a . t x t");
    assert_eq!(desk.press("enter"), []);
    assert!(desk.told().contains(".ndjson"), "{}", desk.told());
    desk.press("ctrl-u q . j s o n");
    let sent = desk.press("enter");
    assert_eq!((job(&sent).path.as_str(), job(&sent).form), ("q.json", ExportForm::Json));
}

#[test]
fn a_file_that_is_there_is_replaced_only_after_a_second_enter_on_the_same_name() {
    let mut desk = Desk::owning(2);
    let sent = desk.press("X enter");
    assert_eq!(desk.press("enter x down"), [], "it is on its way");
    desk.reply(task_of(&sent), exists("/w/a.csv"));
    assert!(desk.told().contains("/w/a.csv is there already"), "{}", desk.told());
    let again = desk.press("enter");
    assert!(job(&again).over);
    desk.reply(task_of(&again), Reply::Exported(ExportEnd::Failed("no space is left".to_owned())));
    assert_eq!(desk.told(), "No space is left; nothing was written.");
    assert!(!job(&desk.press("home x enter")).over, "that is another name");
}

#[test]
fn a_part_of_a_list_is_called_a_part_and_nothing_is_no_file() {
    let mut desk = Desk::with(standing(Mode::Test, None));
    let task = task_of(&desk.app.start(Tab::Owned, ""));
    desk.press("X");
    assert!(desk.overlay().is_none());
    let page = Page {
        numbers: (0..4).map(number).collect(),
        total: Some(5000),
        next_offset: 4,
        end: false,
        again: false,
    };
    desk.reply(task, Reply::Page(page));
    desk.press("X");
    assert!(view(&desk).extent(&desk.ctx).starts_with("4 of 5,000 rows. The list is still"));
    desk.reply(task, Reply::Listed(Ok(())));
    assert!(
        view(&desk).extent(&desk.ctx).contains("Not all of them are read: L "),
        "{}",
        view(&desk).extent(&desk.ctx)
    );
}

#[test]
fn closing_stops_the_file() {
    let mut desk = Desk::owning(2);
    let task = task_of(&desk.press("X enter"));
    assert_eq!(desk.press("esc"), [Effect::Cancel(task)]);
    desk.reply(task, Reply::Exported(ExportEnd::Stopped));
    assert_eq!(desk.told(), "");
}

/// Copies the field of a name on the detail, and goes the ways that are told.
fn copied(field: &str, routes: &[CopyRoute]) -> String {
    let mut desk = Desk::at_detail(password());
    desk.press("y");
    let Some(Overlay::Copy(menu)) = desk.overlay() else { panic!("no menu") };
    let at = menu.entries.iter().position(|entry| entry.name == field).unwrap();
    let mut sent = desk.press(&format!("{} enter", "down ".repeat(at)));
    for route in routes {
        assert_eq!(desk.told(), "", "nothing is said before it is known");
        sent = desk.reply(task_of(&sent), Reply::Copied(*route));
    }
    assert_eq!(sent, []);
    desk.told().to_owned()
}

#[test]
fn what_is_copied_says_which_way_it_went() {
    use CopyRoute::{Native, Nowhere, Terminal, TooLong};
    for (field, routes, told) in [
        ("number", &[Native][..], "Number copied."),
        ("number", &[Nowhere, Terminal], "Number sent to the terminal's clipboard (OSC 52)."),
        ("SIP password", &[Native], "SIP password copied. It is taken from the clipboard after 30 s."),
        (
            "SIP password",
            &[Nowhere, Terminal],
            "SIP password sent to the terminal's clipboard (OSC 52). It stays there until something else is copied.",
        ),
    ] {
        assert_eq!(copied(field, routes), told);
    }
    assert!(copied("id", &[Nowhere, TooLong]).ends_with("takes 74,994. Nothing was copied."));
}

/// The entries of the menu that is open, as they are seen.
fn entries(desk: &Desk) -> Vec<String> {
    let Some(Overlay::Copy(menu)) = desk.overlay() else { panic!("no menu") };
    menu.entries.iter().map(|entry| format!("{}: {} {}", entry.group, entry.name, entry.shown)).collect()
}

/// Copies what is called so.
fn text_of(mut desk: Desk, name: &str) -> (String, bool) {
    desk.press("y");
    let Some(Overlay::Copy(menu)) = desk.overlay() else { panic!("no menu") };
    let at = menu.entries.iter().position(|entry| entry.name == name);
    let at = at.unwrap_or_else(|| panic!("no {name} in {:?}", entries(&desk)));
    let sent = desk.press(&format!("{} enter", "j ".repeat(at)));
    let [Effect::Copy { text, is_password, .. }] = &sent[..] else { panic!("{sent:?}") };
    (text.expose().to_owned(), *is_password)
}

#[test]
fn a_row_is_copied_as_the_commands_print_it() {
    let (text, _) = text_of(Desk::owning(3), "tab-separated row");
    assert_eq!(text, "+2348031234560\tNG\tmobile\tactive\ton\toff\tep-a\t");
    let (text, _) = text_of(Desk::owning(3), "JSON");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["e164"], "+2348031234560");
    let (text, _) = text_of(Desk::shopping(), "tab-separated row");
    assert!(text.starts_with("+2348037771000\tNG\t") && text.ends_with("inv-0"), "{text}");
}

#[test]
fn the_command_of_a_number_is_copied_and_none_of_them_changes_anything() {
    assert_eq!(text_of(Desk::owning(3), "command").0, "numdeck show +2348031234560");
    let (request, _) = text_of(Desk::owning(3), "request");
    assert!(request.contains("curl -sS") && request.contains("/phone-numbers/n-0"), "{request}");
    assert_eq!(text_of(Desk::shopping(), "command").0, "numdeck buy inv-0 --dry-run");
}

#[test]
fn a_configuration_has_the_password_only_where_it_says_so() {
    for target in ["pjsip", "freeswitch", "kamailio", "livekit", "vapi", "elevenlabs", "env"] {
        let (without, is_password) = text_of(Desk::at_detail(password()), target);
        assert!(!without.contains("hunter2") && !is_password, "{target}");
        let (with, is_password) =
            text_of(Desk::at_detail(password()), &format!("{target} with the password"));
        assert!(with.contains("hunter2") && is_password, "{target}");
    }
    assert!(text_of(Desk::at_detail(password()), "uri").0.starts_with("sip"));
    let mut hidden = Desk::at_detail(Password::Hidden);
    hidden.press("y");
    assert!(entries(&hidden).iter().any(|entry| entry.contains("pjsip")));
    assert!(!entries(&hidden).iter().any(|entry| entry.contains("with the password")));
    let mut list = Desk::owning(3);
    list.press("y");
    assert!(
        !entries(&list).iter().any(|entry| entry.contains("Configuration")),
        "the list has no credentials"
    );
}

#[test]
fn the_menu_shows_no_password_and_no_json_has_one() {
    let mut desk = Desk::at_detail(password());
    desk.press("y");
    assert!(!entries(&desk).join("\n").contains("hunter2"), "{:?}", entries(&desk));
    assert!(!format!("{:?}", desk.app).contains("hunter2"));
    assert!(text_of(Desk::at_detail(password()), "JSON").0.contains("[redacted]"));
}
