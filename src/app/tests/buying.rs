//! Buying: each row of the table in the architecture, and the rules of money.

use std::time::Duration;

use super::*;
use crate::api::{Item, Kyc};
use crate::write::Stage;

fn typed(desk: &Desk) -> &str {
    let prompt = desk.writes().prompt_shown();
    prompt.unwrap_or_else(|| panic!("not in review: {:?}", desk.writes().state)).typed.text()
}

fn ended(desk: &Desk) -> &Outcome {
    let writes = desk.writes();
    assert!(writes.is_over() && writes.looking.is_none(), "not ended: {:?}", writes.state);
    writes.outcome(0).unwrap()
}

fn is_sending(desk: &Desk) -> bool {
    desk.writes().is_running() || desk.writes().looking.is_some()
}

#[test]
fn b_opens_a_review_and_asks_for_nothing_where_the_price_is_known() {
    let mut desk = Desk::shopping();
    assert_eq!(desk.press("down b"), []);
    assert_eq!(desk.bought_row().id, NumberId::new("inv-1"));
    assert_eq!(desk.bought_row().price(), price());
}

#[test]
fn b_on_owned_goes_to_the_inventory() {
    let mut desk = Desk::owning(10);
    assert_eq!(desk.press("b"), []);
    assert_eq!((desk.tab, desk.stack.len()), (Tab::Inventory, 0));
}

#[test]
fn the_last_four_digits_and_enter_send_exactly_one_purchase_of_the_reviewed_row() {
    let mut desk = Desk::reviewing();
    let sent = desk.press("1 0 0 0 enter enter enter");
    assert_eq!(sent.len(), 1, "{sent:?}");
    let [Intent::Purchase { order, reviewed }] = writes(&sent)[..] else { panic!("{sent:?}") };
    assert_eq!(order.item, Item::Inventory(NumberId::new("inv-0")));
    assert_eq!(order.endpoint, None);
    assert_eq!(reviewed.price, price());
    assert_eq!(reviewed.price_at, None, "the price is read again right before");
    assert!(is_sending(&desk));
}

#[test]
fn wrong_digits_too_few_and_letters_send_nothing_and_say_so() {
    for keys in ["enter", "1 0 0 enter", "1 0 0 1 enter", "1 0 0 0 0 enter", "y s enter", "y enter"] {
        let mut desk = Desk::reviewing();
        assert_eq!(writes(&desk.press(keys)), [] as [&Intent; 0], "{keys}");
        assert!(desk.told().contains("Nothing was sent"), "{keys}: {}", desk.told());
    }
}

#[test]
fn keys_typed_before_the_review_was_on_the_screen_confirm_nothing() {
    let mut desk = Desk::shopping();
    assert_eq!(desk.burst("b 1 0 0 0 enter"), []);
    assert_eq!(typed(&desk), "");
    desk.app.drawn(true);
    assert_eq!(writes(&desk.press("enter")), [] as [&Intent; 0]);
}

#[test]
fn pasting_confirms_nothing() {
    let mut desk = Desk::reviewing();
    assert_eq!(desk.event(Event::Paste("1000\r".to_owned())), []);
    assert_eq!(typed(&desk), "");
    assert!(desk.told().contains("type it"), "{}", desk.told());
    assert_eq!(desk.press("enter"), []);
}

#[test]
fn esc_in_the_review_spends_nothing() {
    let mut desk = Desk::reviewing();
    assert_eq!(desk.press("1 0 0 0 esc"), []);
    assert!(desk.stack.is_empty());
}

#[test]
fn ctrl_c_leaves_the_purchase_and_not_the_program() {
    let mut desk = Desk::owning(10).at_the_shelf(vec![unpriced(0)]);
    let task = task_of(&desk.press("b"));
    assert_eq!(desk.press("ctrl-c"), [Effect::Cancel(task)]);
    assert!(desk.stack.is_empty() && !desk.done());
}

#[test]
fn a_refresh_below_does_not_change_what_is_being_reviewed() {
    let mut desk = Desk::shopping();
    let task = task_of(&desk.press("r"));
    desk.press("b");
    let mut other = offer(0);
    other.offer.as_mut().unwrap().price.monthly = Some(Cents(99_900));
    desk.list(task, vec![offer(5), other]);
    assert_eq!(desk.bought_row().price(), price());
    let sent = desk.press("1 0 0 0 enter");
    assert!(matches!(writes(&sent)[..], [Intent::Purchase { reviewed, .. }] if reviewed.price == price()));
}

#[test]
fn a_price_that_the_list_does_not_say_is_asked_for_and_awaited() {
    let mut desk = Desk::owning(10).at_the_shelf(vec![unpriced(0)]);
    let asked = desk.press("b");
    let [Effect::Offer(task, id)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(id, &NumberId::new("inv-0"));
    assert_eq!(desk.press("1 0 0 0 enter"), [], "not while the price is being read");
    desk.detail(*task, Detail { number: offer(0), credentials: None, endpoint: None, hidden: Vec::new() });
    assert_eq!(desk.bought_row().price(), price());
    assert_eq!(writes(&desk.press("enter")).len(), 1);
}

#[test]
fn a_price_that_arrives_between_digits_and_enter_is_seen_before_it_is_agreed_to() {
    let mut desk = Desk::owning(10).at_the_shelf(vec![unpriced(0)]);
    let task = task_of(&desk.press("b"));
    desk.press("1 0 0 0");
    let now = desk.now;
    let told = Detail { number: offer(0), credentials: None, endpoint: None, hidden: Vec::new() };
    desk.app.update(now, Event::Task(task, Reply::Detail(Box::new(Ok(told)))));
    assert_eq!(desk.burst("enter"), [], "nobody has seen this price yet");
    desk.app.drawn(true);
    assert_eq!(writes(&desk.press("enter")).len(), 1);
}

#[test]
fn a_price_that_nobody_knows_is_unknown_and_not_nothing() {
    for error in [ErrorKind::NotFound, ErrorKind::Timeout] {
        let mut desk = Desk::owning(10).at_the_shelf(vec![unpriced(0)]);
        let task = task_of(&desk.press("b"));
        desk.reply(task, Reply::Detail(Box::new(Err(Error::new(error, "no")))));
        assert_eq!(desk.bought_row().price(), Price::UNKNOWN);
        assert_eq!(desk.stack.len(), 1, "a price that is not told closes nothing");
    }
}

#[test]
fn the_price_read_is_cancelled_when_the_review_is_left() {
    let mut desk = Desk::owning(10).at_the_shelf(vec![unpriced(0)]);
    let task = task_of(&desk.press("b"));
    assert_eq!(desk.press("esc"), [Effect::Cancel(task)]);
}

#[test]
fn an_endpoint_is_chosen_before_and_sent_along() {
    let mut desk = Desk::reviewing();
    assert_eq!(desk.press("e enter"), [], "choosing sends nothing");
    let sent = desk.press("1 0 0 0 enter");
    let [Intent::Purchase { order, .. }] = writes(&sent)[..] else { panic!("{sent:?}") };
    assert_eq!(order.endpoint, Some(EndpointId::new("ep-a")), "the first of those seen on owned numbers");
}

#[test]
fn while_it_is_sent_nothing_takes_it_back_and_why_is_said() {
    let (mut desk, task) = Desk::buying();
    desk.press("esc");
    assert!(desk.told().contains("nothing is spent yet"), "the price is read first: {}", desk.told());
    desk.stage(task, Stage::Sending);
    for keys in ["esc", "q"] {
        assert_eq!(desk.press(keys), [], "{keys}");
        assert!(is_sending(&desk), "{keys}");
        assert!(desk.told().contains("can not be taken back"), "{}", desk.told());
    }
    assert_eq!(desk.press("enter 1 2 b r tab ?"), []);
    assert!(is_sending(&desk));
}

#[test]
fn what_was_bought_is_on_owned_and_not_on_sale_any_more() {
    let (mut desk, task) = Desk::buying();
    let new = Number { line: offer(0).line, ..number(77) }.with(|traits| traits.endpoint = Field::Null);
    assert_eq!(desk.outcome(task, bought(new.clone())), []);
    assert!(ended(&desk).is_done());
    assert_eq!(desk.ctx.writing, None);
    assert_eq!(desk.ctx.owned.roster.get(&new.id), Some(&new));
    assert_eq!(desk.ctx.inventory.roster.get(&NumberId::new("inv-0")), None);
    let opened = desk.press("enter");
    assert!(matches!(&opened[..], [Effect::Detail(_, id)] if *id == new.id), "{opened:?}");
}

#[test]
fn e_on_what_was_bought_attaches_an_endpoint_to_it() {
    let (mut desk, task) = Desk::buying();
    desk.outcome(
        task,
        bought(Number { line: offer(0).line, ..number(77) }.with(|traits| traits.endpoint = Field::Null)),
    );
    desk.press("e");
    assert_eq!(desk.press("up up up enter"), []);
    let sent = desk.press("y e s enter");
    assert!(
        matches!(writes(&sent)[..], [Intent::Update { before, .. }] if before.id == NumberId::new("n-77"))
    );
}

#[test]
fn a_refusal_says_what_next_and_a_number_that_is_gone_leaves_the_shelf() {
    for (kind, words, on_sale) in [
        (ErrorKind::Balance, "Top up", true),
        (ErrorKind::Kyc(Kyc::Pending), "being reviewed", true),
        (ErrorKind::Kyc(Kyc::Declined), "support", true),
        (ErrorKind::Forbidden, "owner or admin", true),
        (ErrorKind::Gone, "Somebody else", false),
    ] {
        let (mut desk, task) = Desk::buying();
        desk.outcome(task, Outcome::Refused(Error::new(kind, "no")));
        let intent = &desk.writes().one().unwrap().intent;
        assert!(ended(&desk).words(intent).next.contains(words), "{kind:?}");
        let still = desk.ctx.inventory.roster.get(&NumberId::new("inv-0")).is_some();
        assert_eq!(still, on_sale, "{kind:?}");
        assert_eq!(desk.press("enter enter"), [], "nothing is sent again");
        desk.press("esc");
        assert!(desk.stack.is_empty());
    }
}

#[test]
fn what_was_never_sent_ends_as_not_bought() {
    let (mut desk, task) = Desk::buying();
    desk.outcome(task, Outcome::NotSent(Error::new(ErrorKind::Connect, "connection refused")));
    assert!(!ended(&desk).is_done());
    assert_eq!(desk.ctx.owned.roster.len(), 10);
}

#[test]
fn a_price_that_moved_stops_it_and_is_what_the_next_review_shows() {
    let (mut desk, task) = Desk::buying();
    let dearer = Price { monthly: Some(Cents(900)), ..price() };
    desk.outcome(task, Outcome::PriceMoved { reviewed: price(), now: dearer });
    assert!(!ended(&desk).is_done());
    assert_eq!(desk.bought_row().price(), dearer);
    desk.press("esc b");
    assert_eq!(desk.bought_row().price(), dearer, "and so does the list");
    assert_eq!(writes(&desk.press("1 0 0 0 enter")).len(), 1, "it can be tried again");
}

#[test]
fn from_an_outcome_all_other_screens_are_one_key_away() {
    for (key, tab, screens) in [("1", Tab::Owned, 0), ("2", Tab::Inventory, 0), ("3", Tab::Inventory, 1)] {
        let (mut desk, task) = Desk::buying();
        desk.outcome(task, bought(number(77)));
        desk.press(key);
        assert_eq!((desk.tab, desk.stack.len()), (tab, screens), "{key}");
    }
    let (mut desk, task) = Desk::buying();
    desk.outcome(task, bought(number(77)));
    assert!(matches!(desk.press("a")[..], [Effect::Activity(_)]));
    let (mut desk, task) = Desk::buying();
    desk.outcome(task, bought(number(77)));
    assert!(matches!(&desk.press("c")[..], [Effect::Check { id, .. }] if id.as_str() == "n-77"));
}

#[test]
fn a_lost_answer_is_looked_for_and_each_outcome_has_its_end() {
    let (mut desk, task) = Desk::buying();
    desk.stage(task, Stage::Looking);
    assert_eq!(desk.activity().as_deref(), Some("no clear answer, looking"));
    assert_eq!(desk.press("esc"), []);
    assert!(is_sending(&desk));
    for (outcome, owned) in [(bought(number(77)), 11), (Outcome::NotDone(lost()), 10), (unknown(), 10)] {
        let (mut desk, task) = Desk::buying();
        assert_eq!(desk.outcome(task, outcome.clone()), []);
        assert_eq!(ended(&desk), &outcome);
        assert_eq!(desk.ctx.owned.roster.len(), owned);
    }
}

#[test]
fn a_number_that_is_gone_because_it_is_ours_is_said_to_be_ours() {
    let gone = || Outcome::Refused(Error { status: Some(400), ..Error::new(ErrorKind::Gone, "sold") });
    let (mut desk, task) = Desk::buying();
    desk.outcome(task, gone());
    assert_eq!(ended(&desk), &gone(), "somebody else's");
    let (mut desk, task) = Desk::buying();
    let ours = Number { line: desk.bought_row().line.clone(), ..number(3) };
    desk.app.ctx.read_owned();
    let read = task_of(&std::mem::take(&mut desk.app.ctx.out));
    desk.list(read, vec![ours.clone()]);
    desk.outcome(task, gone());
    assert_eq!(ended(&desk), &Outcome::Already { number: Box::new(ours) });
}

#[test]
fn how_far_a_purchase_is_becomes_known_whatever_lies_on_top_of_it() {
    let (mut desk, task) = Desk::buying();
    desk.press("a");
    desk.stage(task, Stage::Sending);
    desk.press("esc");
    assert_eq!(crate::app::screen::View::stage(desk.writes()), Some(Stage::Sending));
}

#[test]
fn a_purchase_that_may_still_happen_can_be_left_and_its_outcome_is_told() {
    let (mut desk, task) = Desk::buying();
    desk.stage(task, Stage::Settling(Duration::from_secs(42)));
    assert_eq!(desk.activity().as_deref(), Some("still unknown, 42 s left"));
    assert_eq!(desk.press("esc"), []);
    assert!(desk.stack.is_empty(), "nobody has to wait in front of it");
    assert_eq!(writes(&desk.press("down b 1 0 0 1 enter")), [] as [&Intent; 0], "one at a time");
    desk.press("esc");
    desk.outcome(task, bought(number(77)));
    assert!(desk.told().starts_with("Bought."), "{}", desk.told());
    assert_eq!(desk.ctx.owned.roster.len(), 11);
    assert_eq!(desk.ctx.writing, None);
}

#[test]
fn what_is_unknown_is_looked_up_again_and_never_sent_again() {
    let (mut desk, task) = Desk::buying();
    desk.outcome(task, unknown());
    assert!(desk.told().is_empty());
    assert_eq!(desk.press("enter b"), [], "it is not bought a second time");
    let looked = desk.press("r");
    assert!(
        matches!(&looked[..], [Effect::Look { intent, .. }] if matches!(**intent, Intent::Purchase { .. }))
    );
    assert!(is_sending(&desk));
    desk.outcome(task_of(&looked), Outcome::NotDone(lost()));
    assert!(!desk.offers("r"), "it is settled");
}

#[test]
fn a_number_that_is_no_valid_number_can_not_be_bought() {
    let odd = Number { line: NumberText::parse("call-me"), ..offer(0) };
    let mut desk = Desk::owning(1).at_the_shelf(vec![odd]);
    assert_eq!(desk.press("b"), []);
    assert!(desk.stack.is_empty());
    assert!(desk.told().contains("not valid"), "{}", desk.told());
}

#[test]
fn what_stands_in_the_way_of_any_purchase_is_told_before_one_is_chosen() {
    let (mut desk, task) = Desk::buying();
    let error = Error::new(ErrorKind::Balance, "The balance is too low");
    desk.outcome(task, Outcome::Refused(error));
    assert!(matches!(desk.ctx.hindrance, Some((_, ErrorKind::Balance))));
    let (mut other, task) = Desk::buying();
    other.app.ctx.hindrance = desk.ctx.hindrance;
    let number = Box::new(number(99));
    other.outcome(task, Outcome::Bought { number, endpoint: Attached::NotAsked, found: false });
    assert_eq!(other.ctx.hindrance, None, "one was bought since");
}
