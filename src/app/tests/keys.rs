//! Rules that hold in every state.

use std::collections::HashMap;

use super::*;
use crate::app::action::{Action, BINDINGS};
use crate::write::{Entry, Look, OutcomeKind, PriceSource};

/// One app in each state that differs in what can be done.
fn states() -> Vec<(&'static str, Desk)> {
    let live = || Desk::with(standing(Mode::Live, None)).reading((0..10).map(number).collect());
    let after = |keys: &str| {
        let mut desk = Desk::owning(10);
        desk.press(keys);
        desk
    };
    let with = |mut desk: Desk, keys: &str| {
        desk.press(keys);
        desk
    };
    let ended = |outcome: Outcome| {
        let (mut desk, task) = Desk::buying();
        desk.outcome(task, outcome);
        desk
    };
    let ledger = |outcomes: &[Option<OutcomeKind>]| {
        let mut desk = Desk::owning(10);
        let task = task_of(&desk.press("3"));
        desk.reply(task, Reply::Ledger(Ok(outcomes.iter().map(|outcome| entry(*outcome)).collect())));
        desk
    };
    let changed = |outcome: Outcome| {
        let mut desk = Desk::owning(10);
        let task = task_of(&desk.press("o y e s enter"));
        desk.outcome(task, outcome);
        desk
    };
    let mut unread = Desk::with(standing(Mode::Test, None));
    unread.app.start(Tab::Owned, "");
    let mut partial = Desk::with(standing(Mode::Test, None));
    let task = task_of(&partial.app.start(Tab::Owned, ""));
    partial.page(task, (0..100).map(number).collect(), 100, false);
    partial.reply(task, Reply::Listed(Ok(())));
    let mut failed = Desk::with(standing(Mode::Test, None));
    let task = task_of(&failed.app.start(Tab::Owned, ""));
    failed.reply(task, broken());
    vec![
        ("the owned numbers are on their way", unread),
        ("owned numbers", Desk::owning(10)),
        ("no owned numbers", Desk::owning(0)),
        ("a part of the owned numbers", partial),
        ("owned numbers that could not be read", failed),
        ("owned numbers while they are read again", after("r")),
        ("a filter being typed", after("/ 4")),
        ("owned numbers with a filter", after("/ 4 enter")),
        ("a detail on its way", after("enter")),
        ("changes on their way", after("4")),
        ("a label", after("l")),
        ("a time being typed", after("@")),
        ("the detail of a later number", after("down enter")),
        ("a detail", Desk::at_detail(password())),
        ("a detail without a password", Desk::at_detail(Password::Hidden)),
        ("a revealed detail", with(Desk::at_detail(password()), "v")),
        ("raw fields", with(Desk::at_detail(password()), "w")),
        ("nothing was searched yet", after("2")),
        ("the search form", after("2 f")),
        ("numbers on sale on their way", after("2 enter")),
        ("numbers on sale", Desk::shopping()),
        ("the review of a purchase", Desk::reviewing()),
        ("a price being read", with(Desk::owning(1).at_the_shelf(vec![unpriced(0)]), "b")),
        ("a purchase on its way", Desk::buying().0),
        ("bought", ended(bought(number(77).with(|traits| traits.endpoint = Field::Null)))),
        ("refused", ended(Outcome::Refused(Error::new(ErrorKind::Balance, "no")))),
        ("an unknown purchase", ended(unknown())),
        ("a switch to be confirmed", after("o")),
        ("a release to be confirmed", after("x")),
        ("a change on its way", after("o y e s enter")),
        ("a change that was refused", changed(Outcome::Refused(Error::new(ErrorKind::Forbidden, "no")))),
        ("an unknown change", changed(unknown())),
        ("endpoints to choose from", after("e")),
        ("endpoints for a purchase", with(Desk::reviewing(), "e")),
        ("an organization to be named", with(live(), "o")),
        ("fields to copy", with(Desk::at_detail(password()), "y")),
        ("a file to be named", after("X")),
        ("a file on its way", after("X enter")),
        ("the ledger on its way", after("3")),
        ("the ledger", ledger(&[Some(OutcomeKind::Done)])),
        ("a ledger with a doubt", ledger(&[Some(OutcomeKind::Done), None])),
        ("a ledger with a filter", with(ledger(&[Some(OutcomeKind::Done), None]), "/ 4 enter")),
        ("a ledger whose filter is typed", with(ledger(&[Some(OutcomeKind::Done)]), "/ x")),
        ("marked owned numbers", with(Desk::owning(12), "space space")),
        ("marked numbers on sale", with(Desk::shopping(), "*")),
        ("the review of a cart", Desk::with_a_cart()),
        ("the endpoint of a cart", with(Desk::with_a_cart(), "e")),
        ("a cart on its way", with(Desk::with_a_cart(), "1 2 enter")),
        ("a switch on many", with(Desk::owning(12), "* o")),
        ("a release of many", with(Desk::owning(12), "* x")),
        ("an undo on its way", after("u")),
        ("the requests on their way", after("a")),
        ("a plan on its way", after(": p l a n space x enter")),
        ("a plan", super::planning::planned("number,outbound\n+2348031234560,on\n")),
        ("a check on its way", after("c")),
        ("a check", super::checking::checked()),
        ("checks of many on their way", with(Desk::owning(12), "* C")),
        ("help", after("?")),
        ("help over a detail", with(Desk::at_detail(password()), "?")),
        ("live", live()),
    ]
}

/// The keys of an action, by their names.
fn names(action: Action) -> Vec<String> {
    Keymap::usual().keys(action).iter().map(Key::to_string).collect()
}

#[test]
fn every_offered_action_has_a_key_and_no_two_share_one() {
    for (state, desk) in states() {
        let mut taken: HashMap<Key, Action> = HashMap::new();
        for offer in desk.app.offers() {
            let binding = offer.action.binding().unwrap_or_else(|| panic!("{:?} has no key", offer.action));
            let keys = Keymap::usual().keys(binding.action);
            assert!(!keys.is_empty(), "{state}: {:?}", offer.action);
            for key in keys {
                // A key of two offered actions belongs to the one that is possible.
                if offer.obstacle.is_none() {
                    let other = taken.insert(*key, offer.action);
                    assert_eq!(other, None, "{state}: {key} means {:?} as well", offer.action);
                }
            }
        }
    }
}

#[test]
fn every_action_of_the_list_is_possible_somewhere() {
    let states = states();
    for binding in BINDINGS {
        let possible = states.iter().any(|(_, desk)| {
            desk.app.offers().iter().any(|offer| offer.action == binding.action && offer.obstacle.is_none())
        });
        assert!(possible, "{:?} is never possible", binding.action);
    }
}

#[test]
fn what_is_not_offered_does_nothing() {
    for binding in BINDINGS {
        let keys = names(binding.action);
        for (i, (state, desk)) in states().into_iter().enumerate() {
            let possible = |desk: &Desk| keys.iter().any(|key| desk.offers(key));
            // In the review of a purchase digits are text.
            let digit = keys.iter().any(|key| key.parse::<u8>().is_ok());
            let reviews = matches!(Some(desk.app.screen()), Some(Screen::Writes(_)));
            if desk.app.is_typing() || possible(&desk) || digit && reviews {
                continue;
            }
            let mut desk = states().remove(i).1;
            let before = (desk.app.stack.clone(), desk.app.overlay.clone(), desk.app.tab);
            let effects = desk.press(&keys[0]);
            let after = (desk.app.stack.clone(), desk.app.overlay.clone(), desk.app.tab);
            assert_eq!(effects, [], "{state}: {}", keys[0]);
            assert!(before == after, "{state}: {}", keys[0]);
        }
    }
}

#[test]
fn the_other_screens_and_the_requests_are_reached_from_everywhere() {
    for (state, desk) in states() {
        let sends = desk.app.ctx.writing.is_some();
        // There digits are text.
        let reviews = matches!(desk.app.screen(), Screen::Writes(writes) if writes.prompt_shown().is_some());
        if desk.app.is_typing() || desk.app.overlay.is_some() || sends || reviews {
            continue;
        }
        let own = match (desk.app.tab, Some(desk.app.screen())) {
            (_, Some(Screen::Ledger(_))) => "3",
            _ => "",
        };
        for key in ["1", "2", "3", "tab", "a"] {
            assert!(key == own || desk.offers(key), "{state}: {key}");
        }
    }
}

#[test]
fn what_belongs_to_another_screen_says_where() {
    for key in ["D", "v", "w"] {
        let mut desk = Desk::owning(3);
        assert_eq!(desk.press(key), []);
        assert!(desk.told().contains("enter opens it"), "{key}: {}", desk.told());
    }
    for mut desk in [Desk::owning(3), Desk::shopping()] {
        desk.press("y");
        let Some(Overlay::Copy(menu)) = desk.overlay() else { panic!("no menu") };
        assert!(menu.entries.iter().any(|entry| entry.name == "number"));
    }
}

#[test]
fn no_single_key_and_no_number_of_enters_ever_sends_a_write() {
    let count = states().len();
    let letters = ('a'..='z').chain('A'..='Z').chain('0'..='9').map(|c| c.to_string());
    let mut keys: Vec<String> = letters.collect();
    keys.extend(BINDINGS.iter().flat_map(|binding| names(binding.action)));
    keys.push("space".to_owned());
    keys.sort();
    keys.dedup();
    for key in keys {
        let mut all = states();
        assert_eq!(all.len(), count);
        for (state, desk) in &mut all {
            let sent = desk.press(&format!("{key} enter enter enter"));
            let writes = sent.iter().any(|effect| matches!(effect, Effect::Run(..) | Effect::Pin(_)));
            assert!(!writes, "{state}: {key} and Enter send {sent:?}");
        }
    }
}

#[test]
fn pasting_never_sends_and_never_leaves() {
    for text in ["yes\r", "1000\r", "4560\n", "q", "\u{1b}[Aq\r", "+2348031234560\r"] {
        for (state, mut desk) in states() {
            assert_eq!(desk.event(Event::Paste(text.to_owned())), [], "{state}: {text:?}");
            assert!(!desk.done(), "{state}: {text:?}");
        }
    }
}

#[test]
fn esc_always_leads_back_to_the_list_unless_something_was_sent() {
    for (state, mut desk) in states() {
        if desk.ctx.writing.is_some() {
            continue;
        }
        let sent = desk.press("esc esc esc esc");
        assert!(sent.iter().all(|effect| matches!(effect, Effect::Cancel(_))), "{state}: {sent:?}");
        assert!(
            desk.stack.is_empty() && desk.overlay.is_none() && !desk.shop().unwrap().form_open,
            "{state}"
        );
        assert!(!desk.listing().filter.is_open() && desk.listing().filter.is_empty(), "{state}");
        assert!(!desk.done(), "{state}: Esc never quits");
    }
}

#[test]
fn the_keys_that_everybody_knows_move_in_a_list() {
    let mut desk = Desk::owning(200);
    let page = desk.ctx.page_height();
    for (keys, at) in [
        ("down", 1),
        ("j", 2),
        ("up", 1),
        ("k", 0),
        ("k", 0),
        ("pgdn", page),
        ("pgup", 0),
        ("end", 199),
        ("down", 199),
        ("home", 0),
        ("G", 199),
        ("g", 0),
    ] {
        desk.press(keys);
        assert_eq!(desk.ctx.owned.cursor.selected, at, "after {keys}");
        let cursor = desk.ctx.owned.cursor;
        assert!((cursor.offset..cursor.offset + page).contains(&cursor.selected), "{keys}: out of sight");
    }
}

#[test]
fn enter_opens_and_q_goes_back_and_at_the_root_quits() {
    let mut desk = Desk::owning(10);
    desk.press("enter");
    assert!(desk.detail_view().is_some());
    desk.press("q");
    assert!(desk.stack.is_empty() && !desk.done());
    desk.press("q");
    assert!(desk.done());
}

#[test]
fn no_resize_loses_the_selection_or_its_sight() {
    let mut desk = Desk::owning(200);
    desk.press("end up up");
    for (width, height) in [(1, 1), (40, 8), (300, 90), (0, 0), (80, 24)] {
        desk.event(Event::Resize(Size { width, height }));
        assert_eq!(desk.selected(), "n-197", "{width}x{height}");
    }
    let cursor = desk.ctx.owned.cursor;
    assert!((cursor.offset..cursor.offset + desk.ctx.page_height()).contains(&cursor.selected));
}

fn entry(outcome: Option<OutcomeKind>) -> Entry {
    let intent = Intent::buy(&number(1), Price::UNKNOWN, PriceSource::Row, None, None);
    Entry { outcome, ..Entry::begun(RequestId::random(), Timestamp::UNIX_EPOCH, intent, false) }
}

#[test]
fn what_is_in_doubt_is_on_top_and_looked_at_by_its_own_request() {
    let mut desk = Desk::owning(10);
    let task = task_of(&desk.press("3"));
    let doubt = entry(None);
    desk.reply(task, Reply::Ledger(Ok(vec![doubt.clone(), entry(Some(OutcomeKind::Done))])));
    let asked = desk.press("r");
    let [Effect::Look { task, entry, intent, how: Look::Complete }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((&**intent, *entry), (&doubt.intent, doubt.id));
    assert_eq!(desk.press("r"), [], "one at a time");
    let read = desk.outcome(*task, Outcome::NotDone(lost()));
    assert!(matches!(read[..], [Effect::Ledger(_)]), "the ledger is read again: {read:?}");
}

#[test]
fn a_ledger_that_can_not_be_read_is_said_at_once() {
    let mut desk = Desk::owning(10);
    assert_eq!(desk.app.remember(Err("permission denied".to_owned())), []);
    assert!(desk.told().contains("permission denied"), "{}", desk.told());
}

#[test]
fn doubts_of_an_earlier_run_are_looked_at_one_by_one_when_it_starts() {
    let mut desk = Desk::owning(10);
    let (first, second) = (entry(None), entry(None));
    let asked = desk.app.remember(Ok(vec![second.clone(), first.clone()]));
    let [Effect::Look { task, entry, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(*entry, first.id);
    assert!(desk.told().contains("do not repeat"), "{}", desk.told());
    let asked = desk.outcome(*task, Outcome::NotDone(lost()));
    let [Effect::Look { task, entry, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(*entry, second.id);
    assert_eq!(desk.outcome(*task, Outcome::NotDone(lost())), []);
    assert!(desk.told().contains("did not happen"), "{}", desk.told());
}

#[test]
fn from_the_detail_of_one_number_one_goes_on_to_the_next() {
    let mut desk = Desk::owning(3);
    desk.press("enter");
    let shown = |desk: &Desk| desk.detail_view().unwrap().id.to_string();
    let sent = desk.press("n");
    assert!(
        matches!(&sent[..], [Effect::Cancel(_), Effect::Detail(_, id)] if id.as_str() == "n-1"),
        "{sent:?}"
    );
    desk.press("n n");
    assert_eq!(shown(&desk), "n-2");
    assert!(desk.told().contains("no other one"), "{}", desk.told());
    desk.press("N esc");
    assert_eq!(desk.selected(), "n-1", "the list stands where one left");
}

#[test]
fn one_goes_back_and_forward_through_where_one_was() {
    let mut desk = Desk::owning(5);
    desk.press("/ n g enter down enter");
    assert!(desk.detail_view().is_some());
    desk.press("3");
    assert!(matches!(desk.app.screen(), Screen::Ledger(_)));
    desk.press("[");
    assert_eq!(desk.detail_view().unwrap().id.as_str(), "n-1");
    desk.press("[");
    assert!(desk.stack.is_empty());
    assert_eq!(desk.listing().filter.text(), "ng");
    desk.press("[ [ [");
    assert_eq!(desk.listing().filter.text(), "");
    assert!(desk.told().contains("where it began"), "{}", desk.told());
    desk.press("] ] ]");
    assert!(matches!(desk.app.screen(), Screen::Ledger(_)));
    desk.press("[ J");
    assert_eq!(desk.listing().filter.text(), "endpoint:ep-b", "and from a number to all of its endpoint");
    desk.press("/ up");
    assert_eq!(desk.listing().filter.text(), "ng", "what was typed is remembered all the same");
}

#[test]
fn rows_are_marked_from_the_last_mark_to_here() {
    let mut desk = Desk::owning(10);
    desk.press("down space down down V");
    let marked: Vec<&str> = desk.ctx.owned.marked().map(|number| number.id.as_str()).collect();
    assert_eq!(marked, ["n-1", "n-2", "n-3", "n-4"]);
    desk.press("esc G V");
    assert_eq!(desk.ctx.owned.marks(), 6, "from where it was marked last, though the marks are gone");
}

#[test]
fn it_reads_again_by_itself_only_when_asked_and_says_what_that_costs() {
    let mut desk = Desk::owning(250);
    assert_eq!(desk.press("R"), []);
    assert!(desk.told().contains("every 1 min, 3 requests each time: 4,320 a day"), "{}", desk.told());
    desk.press("R R");
    assert!(desk.told().contains("every 15 min"), "{}", desk.told());
    desk.wait(14 * 60);
    desk.now = desk.now.checked_add(SignedDuration::from_secs(61)).unwrap();
    let sent = desk.event(Event::Wake);
    assert!(matches!(&sent[..], [Effect::List(..)]), "{sent:?}");
    desk.press("R");
    assert_eq!(desk.ctx.refresh_at(), None);
}

#[test]
fn reading_by_itself_ends_with_what_a_day_has() {
    let mut desk = Desk::owning(10_000);
    desk.press("R");
    let mut reads = 0;
    while desk.ctx.refresh.every.is_some() {
        desk.now = desk.now.checked_add(SignedDuration::from_secs(61)).unwrap();
        let sent = desk.event(Event::Wake);
        let [Effect::List(task, _)] = sent[..] else { break };
        reads += 1;
        desk.reply(task, broken());
    }
    assert_eq!(reads, 10, "100 requests each time");
    assert!(desk.told().contains("any more"), "{}", desk.told());
}

#[test]
fn on_inventory_digits_and_tab_lead_elsewhere_until_the_form_is_opened() {
    let mut desk = Desk::owning(3);
    for (keys, tab) in
        [("2", Tab::Inventory), ("1", Tab::Owned), ("tab", Tab::Inventory), ("shift-tab", Tab::Owned)]
    {
        desk.press(keys);
        assert_eq!(desk.app.tab, tab, "{keys}");
    }
    desk.press("2 f 1 tab tab 7 7");
    assert_eq!(desk.app.tab, Tab::Inventory, "there they are text");
    assert_eq!(desk.shop().unwrap().form.pattern.text(), "77");
    desk.press("esc");
    let sent = desk.press("1 2 enter");
    assert!(desk.shop().unwrap().search.is_some() || desk.shop().unwrap().form.error.is_some(), "{sent:?}");
}

#[test]
fn an_endpoint_that_no_filter_can_ask_for_shows_no_others_instead() {
    let spaced = number(0).with(|traits| traits.endpoint = Field::Value(EndpointId::new("ep 1")));
    let mut desk = Desk::with(standing(Mode::Test, None)).reading(vec![spaced, number(1)]);
    desk.press("J");
    assert_eq!(desk.listing().filter.text(), "");
    assert!(desk.told().contains("has a blank"), "{}", desk.told());
}
