//! Lists and details: what is asked for, what stays, what a reply may change.

use super::*;
use crate::api::ListKind;
use crate::app::list::Coverage;

#[test]
fn the_first_work_is_the_owned_numbers_politely_and_the_endpoints() {
    let mut desk = Desk::with(standing(Mode::Test, None));
    let first = desk.app.start(Tab::Owned, "");
    assert_eq!(first.len(), 2, "{first:?}");
    let list = list_of(&first);
    assert_eq!((&list.shelf, list.offset, list.per_page), (&ListKind::Owned, 0, 100));
    assert_eq!(list.max_pages, Some(50), "more is asked for only when somebody wants it");
    assert!(matches!(first[1], Effect::Endpoints(_)));
}

#[test]
fn a_search_asks_for_at_most_50_pages_too() {
    let mut desk = Desk::owning(10);
    let asked = desk.press("2 enter");
    let list = list_of(&asked);
    assert_eq!(list.shelf, ListKind::Available { country: "NG".to_owned(), kind: None });
    assert_eq!(list.max_pages, Some(50));
}

#[test]
fn one_refresh_at_a_time() {
    let mut desk = Desk::owning(10);
    assert_eq!(desk.press("r").len(), 1);
    assert_eq!(desk.press("r r"), [], "the second and third are refused");
    assert!(desk.told().contains("being read already"), "{}", desk.told());
}

#[test]
fn a_whole_list_is_refreshed_to_its_end_and_a_partial_one_as_far_as_it_was_read() {
    let mut whole = Desk::owning(10);
    assert_eq!(list_of(&whole.press("r")).max_pages, None);

    let mut partial = Desk::with(standing(Mode::Test, None));
    let task = task_of(&partial.app.start(Tab::Owned, ""));
    partial.page(task, (0..6020).map(number).collect(), 6020, false);
    partial.reply(task, Reply::Listed(Ok(())));
    assert_eq!(list_of(&partial.press("r")).max_pages, Some(61), "no row is lost by refreshing");
}

#[test]
fn pages_and_ends_of_another_read_change_nothing() {
    let mut desk = Desk::owning(3);
    let old = task_of(&desk.press("r"));
    assert_eq!(desk.press("ctrl-c"), [Effect::Cancel(old)]);
    desk.page(old, vec![number(7)], 1, true);
    desk.reply(old, broken());
    let new = task_of(&desk.press("r"));
    desk.page(old, vec![number(7)], 1, true);
    desk.reply(old, broken());
    assert!(desk.ctx.owned.reading.is_some(), "the new one goes on");
    desk.list(new, (0..3).map(number).collect());
    desk.page(TaskId(4711), vec![number(8)], 1, true);
    desk.reply(TaskId(4711), Reply::Listed(Ok(())));
    assert_eq!(desk.ctx.owned.roster.len(), 3);
    assert_eq!(desk.ctx.owned.failure, None);
    assert_eq!(desk.ctx.inventory.roster.len(), 0);

    let search = task_of(&desk.press("2 enter"));
    desk.page(old, vec![number(7)], 1, true);
    desk.reply(old, Reply::Listed(Ok(())));
    assert_eq!(desk.ctx.inventory.roster.len(), 0, "nor does a page of one list get into the other");
    desk.list(search, vec![offer(0)]);
    assert_eq!(desk.ctx.inventory.roster.len(), 1);
}

#[test]
fn a_late_detail_and_a_late_outcome_change_nothing() {
    let mut desk = Desk::owning(3);
    let first = task_of(&desk.press("enter"));
    assert_eq!(desk.press("esc"), [Effect::Cancel(first)]);
    desk.detail(first, detail(number(0), password()));
    desk.press("enter");
    assert_eq!(desk.detail_read(), None, "the second read is still awaited");
    let before = format!("{:?}", desk.app);
    desk.outcome(first, bought(number(9)));
    desk.reply(first, Reply::Stage(crate::write::Stage::Looking));
    assert_eq!(format!("{:?}", desk.app), before);
}

#[test]
fn a_refresh_that_fails_keeps_the_rows_and_says_so() {
    let mut desk = Desk::owning(10);
    let read_at = desk.ctx.owned.read_at;
    desk.wait(30);
    let task = task_of(&desk.press("r"));
    desk.page(task, vec![number(99)], 1, false);
    desk.reply(task, broken());
    assert_eq!(desk.ctx.owned.roster.len(), 10, "half a refresh replaces nothing");
    assert!(desk.ctx.owned.failure.is_some());
    assert_eq!(desk.ctx.owned.read_at, read_at, "what is shown is as old as it was");
    for words in ["Connection refused", "What is shown is older"] {
        assert!(desk.told().contains(words), "{words} in {}", desk.told());
    }
}

#[test]
fn a_first_read_that_fails_says_what_and_what_next() {
    let mut desk = Desk::with(standing(Mode::Test, None));
    let task = task_of(&desk.app.start(Tab::Owned, ""));
    desk.reply(task, broken());
    let failure = desk.ctx.owned.failure.as_ref().expect("the failure has the place of the rows");
    assert!(failure.advice().contains("Check the network"));
    assert!(desk.offers("r"), "it can be tried again");
}

#[test]
fn the_selection_stays_on_its_number_through_a_refresh() {
    let mut desk = Desk::owning(10);
    desk.press("down down down");
    assert_eq!(desk.selected(), "n-3");
    let task = task_of(&desk.press("r"));
    desk.list(task, [9, 8, 3, 1].map(number).to_vec());
    assert_eq!(desk.selected(), "n-3");
    assert_eq!(desk.ctx.owned.cursor.selected, 2);
}

#[test]
fn the_selection_stays_on_its_number_through_sorting_and_filtering() {
    let mut desk = Desk::owning(10);
    desk.press("down down down");
    for keys in ["s", "S", "s", "/ e p - b", "enter", "esc", "S"] {
        desk.press(keys);
        assert_eq!(desk.selected(), "n-3", "after {keys}");
    }
}

#[test]
fn when_the_selected_number_goes_its_neighbour_is_selected() {
    let mut desk = Desk::owning(10);
    desk.press("down down down");
    let task = task_of(&desk.press("r"));
    desk.list(task, (0..10).filter(|i| *i != 3).map(number).collect());
    assert_eq!(desk.selected(), "n-4");
    let task = task_of(&desk.press("end r"));
    desk.list(task, vec![number(0)]);
    assert_eq!(desk.selected(), "n-0");
}

#[test]
fn enter_keeps_the_filter_and_esc_clears_it() {
    let mut desk = Desk::owning(10);
    desk.press("/ 4 5 6 7");
    assert_eq!(desk.ctx.owned.roster.matching(), 1, "it narrows while it is typed");
    desk.press("enter");
    assert_eq!((desk.ctx.owned.filter.is_open(), desk.ctx.owned.filter.text()), (false, "4567"));
    assert_eq!(desk.ctx.owned.roster.matching(), 1);
    desk.press("esc");
    assert_eq!((desk.ctx.owned.filter.text(), desk.ctx.owned.roster.matching()), ("", 10));
    desk.press("/ 4 5 6 7 esc");
    assert_eq!((desk.ctx.owned.filter.is_open(), desk.ctx.owned.filter.text()), (false, ""));
}

#[test]
fn while_a_filter_is_typed_letters_are_text_and_arrows_still_move() {
    let mut desk = Desk::owning(10);
    assert_eq!(desk.press("/ q x D b 2"), [], "no key of these is a command now");
    assert_eq!(desk.ctx.owned.filter.text(), "qxDb2");
    desk.press("ctrl-u down down up");
    assert_eq!(desk.selected(), "n-1");
    desk.press("pgdn");
    assert_eq!(desk.selected(), "n-9");
}

#[test]
fn under_a_filter_that_is_not_understood_nothing_can_be_marked_or_changed() {
    for wrong in ["b o g u s : x", "i n b o u n d : x", "! s t a t u s : b o g u s", "c o u n t r y : u k"] {
        let mut desk = Desk::owning(10);
        desk.press(&format!("/ {wrong} enter"));
        assert!(desk.ctx.owned.filter_problem().is_some(), "{wrong}");
        for key in ["space", "*", "x", "i", "e", "t", "o", "u"] {
            assert!(!desk.offers(key), "{wrong}: {key}");
        }
        assert_eq!(writes(&desk.press("* x 1 0 enter")), [] as [&Intent; 0], "{wrong}");
        assert_eq!(desk.ctx.owned.marks(), 0, "{wrong}");
        assert!(desk.told().contains("filter"), "{wrong}: {}", desk.told());
        desk.press("esc");
        assert_eq!(
            (desk.ctx.owned.filter_problem(), desk.ctx.owned.roster.matching()),
            (None, 10),
            "{wrong}"
        );
        assert!(desk.offers("*") && desk.offers("x"), "{wrong}");
    }
}

#[test]
fn marks_of_before_are_not_changed_under_a_filter_that_is_not_understood() {
    let mut desk = Desk::owning(10);
    desk.press("space space / b o g u s : enter");
    assert_eq!(desk.ctx.owned.marks(), 2);
    for key in ["x", "i", "e", "t", "o"] {
        assert!(!desk.offers(key), "{key}");
    }
}

#[test]
fn what_is_pasted_into_the_filter_finds_the_number_in_any_form() {
    for form in [
        "+234\u{ad}803\u{ad}123\u{ad}4560",
        "+234–803–123–4560",
        "+2348031234560\tNG\tactive",
        "\"Front\" <sip:+2348031234560@10.0.0.1>;tag=1",
        "Tel: +234 803 123 4560",
        "+234(0)8031234560",
        "\u{202a}+234 803 123 4560\u{202c}\r\n",
    ] {
        let mut desk = Desk::owning(10);
        desk.press("/");
        desk.event(Event::Paste(form.to_owned()));
        assert_eq!(desk.ctx.owned.roster.matching(), 1, "{form:?} as {:?}", desk.ctx.owned.filter.text());
    }
}

#[test]
fn a_password_that_is_pasted_with_an_address_is_not_shown() {
    let mut desk = Desk::owning(10);
    desk.press("/");
    desk.event(Event::Paste("sip:+2348031234560:hunter2@10.0.0.1".to_owned()));
    assert!(!desk.ctx.owned.filter.text().contains("hunter2"), "{}", desk.ctx.owned.filter.text());
    assert_eq!(desk.ctx.owned.roster.matching(), 1);
}

#[test]
fn another_tab_stops_what_is_read_and_keeps_the_pages() {
    let mut desk = Desk::with(standing(Mode::Test, None));
    let task = task_of(&desk.app.start(Tab::Owned, ""));
    desk.page(task, (0..100).map(number).collect(), 100, false);
    assert_eq!(desk.press("2"), [Effect::Cancel(task)]);
    desk.press("esc");
    assert_eq!(desk.press("1"), [], "what was read stays and is not read again unasked");
    assert_eq!(desk.ctx.owned.roster.len(), 100);
    assert_eq!(desk.ctx.owned.coverage, Coverage::Partial(100));
    assert!(desk.offers("L"), "the rest is offered");
}

#[test]
fn opening_a_number_or_the_help_does_not_stop_the_list_below() {
    let mut desk = Desk::owning(10);
    let list = task_of(&desk.press("r"));
    let opened = desk.press("enter");
    assert!(matches!(opened[..], [Effect::Detail(..)]), "{opened:?}");
    assert_eq!(desk.press("?"), []);
    desk.list(list, vec![number(0)]);
    assert_eq!(desk.ctx.owned.roster.len(), 1);
}

#[test]
fn load_all_is_offered_only_where_there_is_more() {
    let mut desk = Desk::owning(10);
    assert!(!desk.offers("L"), "the list is whole");
    let mut partial = Desk::with(standing(Mode::Test, None));
    let task = task_of(&partial.app.start(Tab::Owned, ""));
    partial.page(task, (0..100).map(number).collect(), 100, false);
    assert!(!partial.offers("L"), "it is being read");
    partial.reply(task, Reply::Listed(Ok(())));
    assert!(partial.offers("L"));
    let on = partial.press("L");
    let list = list_of(&on);
    assert_eq!((list.offset, list.max_pages), (100, None), "from where it stopped, to the end");
    assert_eq!(partial.press("L"), [], "once");
    partial.list(task_of(&on), (100..130).map(number).collect());
    assert_eq!((partial.ctx.owned.roster.len(), partial.ctx.owned.coverage), (130, Coverage::Whole));
    assert_eq!(desk.press("L"), []);
}

#[test]
fn ctrl_c_first_stops_what_is_read_and_then_quits() {
    let mut desk = Desk::owning(10);
    let task = task_of(&desk.press("r"));
    assert_eq!(desk.press("ctrl-c"), [Effect::Cancel(task)]);
    assert!(!desk.done());
    assert_eq!(desk.ctx.owned.roster.len(), 10);
    desk.press("ctrl-c");
    assert!(desk.done());
}

#[test]
fn ctrl_c_leaves_a_dialog_or_a_field_first() {
    for keys in ["o", "?", "e", "/ x", "2 f"] {
        let mut desk = Desk::owning(10);
        desk.press(keys);
        desk.press("ctrl-c");
        assert!(!desk.done(), "{keys}");
        assert!(
            desk.overlay.is_none() && !desk.ctx.owned.filter.is_open() && !desk.shop().unwrap().form_open,
            "{keys}"
        );
    }
}

#[test]
fn a_number_that_is_not_there_any_more_leaves_every_screen() {
    let mut desk = Desk::owning(3);
    let task = task_of(&desk.press("enter"));
    desk.reply(task, Reply::Detail(Box::new(Err(Error::new(ErrorKind::NotFound, "gone")))));
    assert!(desk.stack.is_empty());
    assert_eq!(desk.ctx.owned.roster.len(), 2);
    assert!(desk.told().contains("not there any more"));
}

#[test]
fn what_a_detail_says_is_shown_in_the_list_too() {
    let mut desk = Desk::owning(3);
    let task = task_of(&desk.press("enter"));
    let newer = number(0).with(|traits| traits.status = Some(Status::Inactive));
    desk.detail(task, detail(newer, password()));
    assert_eq!(desk.ctx.owned.roster.get(&NumberId::new("n-0")).unwrap().status, Some(Status::Inactive));
}

#[test]
fn names_of_endpoints_are_used_where_the_server_lists_them_and_nothing_is_said_where_not() {
    let mut desk = Desk::with(standing(Mode::Test, None));
    let first = desk.app.start(Tab::Owned, "");
    let Effect::Endpoints(task) = first[1] else { panic!("{first:?}") };
    desk.list(task_of(&first), vec![number(0)]);
    desk.reply(task, Reply::Endpoints(Err(Error::new(ErrorKind::NotFound, "no such page"))));
    assert_eq!(desk.told(), "");
    assert_eq!(desk.ctx.endpoint_label(&EndpointId::new("ep-a")), "ep-a");
}

#[test]
fn pasted_text_is_text_in_a_filter_and_nothing_elsewhere() {
    let mut desk = Desk::owning(10);
    desk.press("/");
    desk.event(Event::Paste("4567\r".to_owned()));
    assert_eq!(desk.ctx.owned.filter.text(), "4567");
    assert!(desk.ctx.owned.filter.is_open(), "a line end in it is no Enter");
    desk.press("esc");
    assert_eq!(desk.event(Event::Paste("q\r".to_owned())), []);
    assert!(!desk.done());
    assert!(desk.told().contains("ignored"));
}

#[test]
fn nothing_is_denied_that_was_not_read_and_enter_reads_on() {
    let mut desk = Desk::owning(0);
    let read = desk.press("r");
    desk.page(task_of(&read), (0..9).map(number).collect(), 9, false);
    desk.reply(task_of(&read), Reply::Listed(Ok(())));
    let on = desk.press("/ 7 7 7 7 7 enter");
    assert!(matches!(&on[..], [Effect::List(_, list)] if list.offset == 9), "{on:?}");
    let mut whole = Desk::owning(9);
    assert_eq!(whole.press("/ 7 7 7 7 7 enter enter"), [], "there is nothing more to read");
}

#[test]
fn a_password_that_was_revealed_hides_when_something_else_is_shown() {
    for (away, back) in [("c", "esc"), ("?", "esc"), ("a", "esc"), ("y", "esc"), ("3", "esc")] {
        let mut desk = Desk::at_detail(password());
        desk.press("v");
        assert!(desk.detail_view().is_some_and(|view| view.revealed_until.is_some()));
        desk.press(away);
        desk.press(back);
        assert!(desk.detail_view().is_none_or(|view| view.revealed_until.is_none()), "{away}");
    }
    let mut desk = Desk::at_detail(password());
    desk.press("v o");
    assert!(
        desk.detail_view().is_some_and(|view| view.revealed_until.is_some()),
        "a question leaves it in sight"
    );
}

#[test]
fn a_log_line_or_a_column_that_is_pasted_filters_by_the_numbers_in_it() {
    let mut desk = Desk::owning(5);
    desk.press("/");
    desk.event(Event::Paste(
        "Nov 29 03:14 pbx: INVITE 2348031234562 refused\n+234 803 123 4564\nnothing here".to_owned(),
    ));
    assert_eq!(desk.ctx.owned.filter.text(), "2348031234562,2348031234564");
    assert_eq!(desk.ctx.owned.roster.matching(), 2);
    assert!(desk.told().contains("2 numbers of this list in 3 lines. 1 have none"), "{}", desk.told());
    desk.press("ctrl-u");
    desk.event(Event::Paste("first line\nsecond 1234567890 line".to_owned()));
    assert_eq!(desk.ctx.owned.filter.text(), "", "nothing is guessed");
}

#[test]
fn more_numbers_than_a_filter_takes_are_not_cut_in_the_middle() {
    let mut desk = Desk::owning(1000);
    desk.press("/");
    let all: Vec<String> = (0..1000).map(|n| number(n).line.to_string()).collect();
    desk.event(Event::Paste(all.join("\n")));
    let in_filter = desk.ctx.owned.filter.text().split(',').count();
    assert_eq!(desk.ctx.owned.roster.matching(), in_filter);
    assert!(in_filter < 1000 && desk.told().contains("it takes no more"), "{in_filter}: {}", desk.told());
}
