//! Labels on screen: kept, shown, and a pin that holds.

use super::*;
use crate::phone::{Label, LabelEdit, Labels};

fn pinned(n: u64) -> Labels {
    Labels::new([(number(n).line.valid().unwrap(), Label { pinned: true, ..Label::default() })])
}

fn desk() -> Desk {
    let mut desk = Desk::owning(10);
    desk.app.know_labels(Ok(pinned(0)));
    desk
}

/// What is kept of a label, and the task that keeps it.
fn kept(effects: &[Effect]) -> (TaskId, LabelEdit) {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Label(task, _, edit) => Some((*task, (**edit).clone())),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("nothing is kept: {effects:?}"))
}

#[test]
fn tags_note_and_pin_are_typed_and_only_what_changed_is_kept() {
    let mut desk = desk();
    desk.press("down l");
    desk.type_in("vip lagos");
    desk.press("tab");
    desk.type_in("front desk");
    desk.press("tab space");
    let (task, edit) = kept(&desk.press("enter"));
    assert_eq!((edit.add.join(" "), edit.pin), ("vip lagos".to_owned(), Some(true)));
    assert_eq!(edit.note, Some(Some("front desk".to_owned())));
    desk.reply(task, Reply::Labels(Ok(pinned(1))));
    assert!(desk.overlay().is_none());
    assert!(desk.ctx.owned.roster.known().labels.is_pinned(&number(1)));
    desk.press("l");
    assert_eq!(desk.press("enter"), [], "nothing changed");
}

#[test]
fn a_pin_holds_against_every_key_that_stops_calls() {
    let mut desk = desk();
    for keys in ["x", "t", "space down space x", "g enter D"] {
        desk.press(keys);
        assert!(desk.told().contains("pinned"), "{keys}: {}", desk.told());
        assert!(!matches!(desk.overlay(), Some(Overlay::Confirm(_))), "{keys}");
        assert!(!matches!(desk.screen(), Screen::Writes(_)), "{keys}");
        desk.press("esc esc");
    }
    desk.app.know_labels(Ok(Labels::default()));
    desk.press("g x");
    assert!(matches!(desk.overlay(), Some(Overlay::Confirm(_))), "the pin is gone");
}

#[test]
fn where_nobody_knows_what_is_pinned_everything_counts_as_pinned() {
    let mut desk = desk();
    desk.app.know_labels(Err("labels.toml, line 3: pin is true or false".to_owned()));
    desk.press("down x");
    assert!(desk.told().contains("line 3"), "{}", desk.told());
    desk.press("o");
    assert!(matches!(desk.overlay(), Some(Overlay::Confirm(_))), "that stops no call");
}

#[test]
fn a_label_that_is_kept_after_its_box_was_closed_is_known_all_the_same() {
    let mut desk = desk();
    desk.press("down l");
    desk.type_in("vip");
    let (task, _) = kept(&desk.press("enter"));
    desk.press("esc");
    desk.reply(task, Reply::Labels(Ok(pinned(1))));
    assert!(desk.ctx.owned.roster.known().labels.is_pinned(&number(1)));
}
