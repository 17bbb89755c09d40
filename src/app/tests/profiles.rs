//! Another profile: chosen from a list, and never while a change is on its way.

use super::*;
use crate::app::{Leaving, ProfileChoice};

fn with_profiles(mut desk: Desk) -> Desk {
    let choice = |name: &str| ProfileChoice { name: name.to_owned(), place: format!("org {name}") };
    desk.app.ctx.account.profiles = ["test", "staging", "work"].map(choice).to_vec();
    desk
}

#[test]
fn a_profile_is_chosen_and_what_is_seen_is_left_as_it_is() {
    let mut desk = with_profiles(Desk::owning(10));
    desk.press("space down");
    assert_eq!(desk.press("p down enter"), [], "nothing is asked of either server");
    assert!(desk.done() && desk.leaving == Leaving::For("staging".to_owned()));
    assert_eq!(desk.app.wants_profile().as_deref(), Some("staging"));
    assert!(!desk.done() && desk.app.wants_profile().is_none(), "it is said once");
    assert_eq!((desk.listing().marks(), desk.overlay()), (1, None), "marks wait for whoever comes back");
}

#[test]
fn the_profile_in_use_is_selected_first_and_choosing_it_changes_nothing() {
    let mut desk = with_profiles(Desk::owning(1));
    desk.app.ctx.account.profile = "work".to_owned();
    desk.press("p enter");
    assert!(!desk.done() && desk.overlay().is_none());
    desk.press("p up up up up enter");
    assert_eq!(desk.app.wants_profile().as_deref(), Some("test"));
}

#[test]
fn without_profiles_the_menu_says_how_to_make_one() {
    let mut desk = Desk::owning(1);
    desk.press("p enter");
    assert!(!desk.done() && matches!(desk.overlay(), Some(Overlay::Profiles(_))));
    desk.press("esc");
    assert_eq!(desk.overlay(), None);
}

#[test]
fn nobody_leaves_an_account_while_a_change_of_it_is_on_its_way() {
    let (desk, task) = Desk::buying();
    let mut desk = with_profiles(desk);
    desk.press("esc p down enter");
    assert!(!desk.done(), "the answer would be told to nobody");
    desk.outcome(task, Outcome::Refused(Error::new(ErrorKind::Gone, "sold")));
    desk.press("esc esc p down enter");
    assert_eq!(desk.app.wants_profile().as_deref(), Some("staging"));
}
