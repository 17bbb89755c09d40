//! What is on the screen: pictures of the states that matter, and the rules of style.
//!
//! The pictures are text without styles; `INSTA_UPDATE=always cargo test --test it screens` takes
//! new ones after a change of layout. What colours and marks mean is tested by role, below.

use numdeck::api::Mode;
use numdeck::app::action::BINDINGS;
use numdeck::app::key::Key;
use numdeck::app::pointer::Drawn;
use numdeck::app::welcome::Welcome;
use numdeck::app::{App, Effect, Event, Keymap, Reply};
use numdeck::phone::{
    Capabilities, Cents, EndpointId, Field, Moment, Number, NumberId, NumberText, Offer, Password, Price,
    Secret, Status, Switch,
};
use numdeck::ui::{self, Theme};
use numdeck::write::Stage;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};

use crate::support::desk::text_of;
use crate::support::fixture::{
    PASSWORD, Seat, detail, number, owned, secret, shelf, standing, state, states, task_of,
};

fn draw(app: &App, theme: Theme, size: Size) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    seen_as(&mut terminal, app, theme);
    terminal.backend().buffer().clone()
}

fn seen_as(terminal: &mut Terminal<TestBackend>, app: &App, theme: Theme) -> bool {
    let mut seen = Drawn::default();
    terminal.draw(|frame| seen = ui::draw(app, &theme, frame)).unwrap();
    seen.whole
}

/// Whether all of what is asked is on a frame, and the frame.
fn seen(app: &App, size: Size) -> (bool, String) {
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    let whole = seen_as(&mut terminal, app, Theme::mono());
    (whole, text_of(terminal.backend().buffer()))
}

fn sized(seat: &mut Seat, width: u16, height: u16) -> Size {
    let size = Size { width, height };
    seat.event(Event::Resize(size));
    size
}

fn picture(name: &str, width: u16, height: u16) -> String {
    let mut seat = state(name);
    let size = sized(&mut seat, width, height);
    text_of(&draw(&seat.app, Theme::mono(), size))
}

fn take(names: &[&str], width: u16, height: u16) {
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        for name in names {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), picture(name, width, height));
        }
    });
}

#[test]
fn a_wide_terminal() {
    take(
        &[
            "owned",
            "owned_filtered",
            "labelled",
            "detail_labelled",
            "live",
            "detail_masked",
            "inventory_results",
            "change_digits",
        ],
        120,
        30,
    );
}

#[test]
fn a_usual_terminal() {
    take(&["owned", "owned_filter_typed", "owned_no_match", "owned_empty", "owned_loading"], 80, 24);
    take(&["owned_broken", "owned_stale", "inventory_form", "inventory_start", "inventory_results"], 80, 24);
    take(&["detail_masked", "detail_revealed", "detail_hidden", "detail_raw"], 80, 24);
    take(&["endpoints", "copy", "help", "pin", "live_read_only", "ledger", "ledger_filtered"], 80, 24);
    take(&["owned_marked", "many_review", "many_running", "many_ended", "undo", "activity"], 80, 24);
    take(&["many_release", "many_doubted", "many_unknown", "many_long"], 80, 24);
    take(&["check_running", "check_stopped", "check_failed", "checks", "checks_over"], 80, 24);
    take(
        &[
            "check_of_many",
            "checks_of_cause",
            "checks_planned",
            "commands",
            "command_lines",
            "export",
            "private",
            "changes",
            "changes_none",
            "history",
            "plan",
            "plan_met",
            "plan_refused",
            "label",
            "label_of_several",
            "pinned",
            "ledger_entry",
            "credentials",
            "check_account",
            "profiles",
        ],
        80,
        24,
    );
}

/// The first start after these keys, and after a key was refused.
fn first_start(keys: &str, refused: bool, width: u16, height: u16) -> String {
    let mut welcome = Welcome::new(Size { width, height }, true);
    for key in keys.split_whitespace() {
        welcome.update(Event::Key(Key::parse(key).unwrap()));
    }
    if refused {
        welcome.tried(Err("nothing was stored: the API key is not valid (401)".to_owned()));
    }
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| ui::draw_welcome(&welcome, &Theme::mono(), frame)).unwrap();
    text_of(terminal.backend().buffer())
}

#[test]
fn the_first_start() {
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("welcome_80x24", first_start("", false, 80, 24));
        insta::assert_snapshot!("welcome_key_80x24", first_start("p h u n t e r", false, 80, 24));
        insta::assert_snapshot!("welcome_refused_40x12", first_start("p x enter", true, 40, 12));
    });
    assert!(first_start("", false, 30, 5).starts_with("numdeck needs a larger window"));
}

#[test]
fn a_purchase_stays_at_its_place() {
    take(&["purchase_review", "purchase_unknown_price", "purchase_sending", "purchase_looking"], 80, 24);
    take(&["purchase_bought", "purchase_refused", "purchase_not_done", "purchase_unknown"], 80, 24);
    take(&["purchase_doubted", "purchase_endpoint_error"], 80, 24);
    take(&["purchase_price_moved", "change_yes", "change_sending", "change_ignored"], 80, 24);
}

#[test]
fn a_small_terminal() {
    take(&["owned", "detail_masked", "purchase_review", "change_digits", "ledger"], 40, 12);
    take(&["purchase_bought", "purchase_unknown", "purchase_doubted", "purchase_unknown_price"], 40, 12);
    take(&["many_review", "many_release", "many_unknown", "many_running", "check_failed"], 40, 12);
    take(&["credentials", "plan"], 40, 12);
}

#[test]
fn a_terminal_that_is_too_small_gets_one_clear_line() {
    insta::assert_snapshot!(picture("owned", 39, 7).trim_end(), @"numdeck needs 40x8, this is 39x7");
    insta::assert_snapshot!(picture("owned", 20, 5).trim_end(), @"numdeck needs 40x8,…");
}

/// Questions: the keys that ask, those that answer, and what has to be seen by whoever answers.
type Question = (fn() -> Seat, &'static str, &'static str, Vec<&'static str>);

fn questions() -> Vec<Question> {
    let own: fn() -> Seat = Seat::owning;
    let one: fn() -> Seat = || Seat::at_detail(detail(secret()));
    let live: fn() -> Seat = || Seat::with(standing(Mode::Live, None), owned());
    let named: fn() -> Seat = || Seat::with(standing(Mode::Live, Some("org-acme")), owned());
    let purchase = vec!["777 1234", "[TEST]", "Type the last four digits", "9.00"];
    let many = vec!["3 numbers", "[TEST]", "their count, 3"];
    let change = |word: &'static str| vec![word, "456", "TEST, organization"];
    vec![
        (Seat::shopping, "b", "1 2 3 4", purchase),
        (Seat::shopping, "space space space b", "3", many.clone()),
        (own, "space space space x", "3", many),
        (own, "x", "4 5 6 0", change("release of")),
        (own, "i", "4 5 6 0", change("inbound")),
        (own, "o", "y e s", change("outbound")),
        (own, "t", "4 5 6 0", change("status")),
        (one, "enter D", "+ 2 3 4 8 0 3 1 2 3 4 5 6 0", change("deletion of")),
        (named, "x", "4 5 6 0", vec!["release of", "456", "LIVE, organization org-acme"]),
        (live, "x", "y e s", vec!["LIVE", "Its rows belong to", "type yes"]),
    ]
}

#[test]
fn nobody_answers_a_question_that_they_can_not_see_whole() {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (seat, asks, answers, words) in questions() {
        let mut answered = 0;
        for height in (1..20).chain([24, 30, 45]) {
            for width in (1..46).step_by(3).chain([52, 60, 66, 80, 100, 110, 131]) {
                let mut seat = seat().pressed(asks);
                let size = Size { width, height };
                seat.app.update(seat.now(), Event::Resize(size));
                let (whole, frame) = seen(&seat.app, size);
                seat.app.drawn(whole);
                let mut effects = Vec::new();
                for key in answers.split(' ').chain(["enter"]) {
                    effects.extend(seat.app.update(seat.now(), Event::Key(Key::parse(key).unwrap())));
                    let (whole, _) = seen(&seat.app, size);
                    seat.app.drawn(whole);
                }
                let acts = |effect: &Effect| matches!(effect, Effect::Run(..) | Effect::Pin(_));
                if effects.iter().any(acts) {
                    answered += 1;
                    let shown = flat(&frame);
                    for word in &words {
                        assert!(shown.contains(word), "{asks} at {width}x{height}: no {word}:\n{frame}");
                    }
                } else {
                    let usable = width >= 40 && height >= 12;
                    assert!(!usable, "{asks} can not be answered at {width}x{height}:\n{frame}");
                }
            }
        }
        assert!(answered > 0, "{asks}");
    }
}

#[test]
fn a_window_that_shrinks_under_a_question_takes_the_answer_away_until_it_is_seen_again() {
    let mut seat = Seat::shopping().pressed("b 1 2 3 4");
    seat.app.update(seat.now(), Event::Resize(Size { width: 30, height: 6 }));
    let enter = |seat: &mut Seat| seat.app.update(seat.now(), Event::Key(Key::parse("enter").unwrap()));
    assert_eq!(enter(&mut seat), [], "before it was drawn");
    let (whole, _) = seen(&seat.app, seat.app.ctx.size);
    seat.app.drawn(whole);
    assert_eq!(enter(&mut seat), [], "only the size is told");
    seat.event(Event::Resize(Size { width: 80, height: 24 }));
    assert!(matches!(enter(&mut seat)[..], [Effect::Run(..)]));
}

// ---- rules of style ----

const SIZES: [(u16, u16); 4] = [(120, 40), (80, 24), (40, 12), (20, 5)];

fn everywhere(theme: Theme, mut check: impl FnMut(&str, &Buffer)) {
    for (name, mut seat) in states() {
        for (width, height) in SIZES {
            let size = sized(&mut seat, width, height);
            check(&format!("{name} at {width}x{height}"), &draw(&seat.app, theme, size));
        }
    }
}

fn lines(buffer: &Buffer) -> impl Iterator<Item = (String, &[Cell])> {
    buffer.content().chunks(usize::from(buffer.area.width)).map(|line| {
        let text = line.iter().map(Cell::symbol).collect();
        (text, line)
    })
}

#[test]
fn the_selected_row_is_reversed_from_end_to_end_and_pointed_at() {
    for theme in [Theme::dark(), Theme::mono()] {
        for (width, height) in [(120, 40), (80, 24), (40, 12)] {
            let mut seat = state("owned");
            let size = sized(&mut seat, width, height);
            seat.press("down down");
            let buffer = draw(&seat.app, theme, size);
            let body = usize::from(seat.app.ctx.areas.body.width);
            let reversed: Vec<_> = lines(&buffer)
                .filter(|(_, cells)| {
                    cells[..body].iter().all(|cell| cell.modifier.contains(Modifier::REVERSED))
                })
                .collect();
            let [(text, cells)] = &reversed[..] else { panic!("{theme:?} {width}: {} rows", reversed.len()) };
            assert!(text.starts_with(" > "), "a word and not only a style: {text}");
            assert!(text.contains("+254 711 123"), "the third one: {text}");
            let styles = cells[..body].iter().map(|cell| (cell.fg, cell.bg, cell.modifier));
            let first = (cells[0].fg, cells[0].bg, cells[0].modifier);
            assert!(styles.into_iter().all(|style| style == first), "one style for the whole row");
        }
    }
}

#[test]
fn the_selected_row_is_drawn_in_every_state_and_size() {
    for name in [
        "owned",
        "owned_marked",
        "inventory_results",
        "ledger",
        "many_review",
        "many_long",
        "many_ended",
        "checks_over",
    ] {
        for (width, height) in [(120, 40), (80, 24), (80, 17), (60, 14), (40, 12), (40, 10), (40, 8)] {
            for keys in
                ["down", "G", "G up", "G g", "pgdn", "pgdn pgup", "pgdn pgdn down", "down down down down"]
            {
                let mut seat = state(name);
                let size = sized(&mut seat, width, height);
                seat.press(keys);
                let text = text_of(&draw(&seat.app, Theme::mono(), size));
                let pointed = text.lines().filter(|line| points(line)).count();
                assert_eq!(pointed, 1, "{name} at {width}x{height} after {keys}:\n{text}");
            }
            // A window that shrinks keeps it in sight.
            let mut seat = state(name);
            sized(&mut seat, 120, 40);
            seat.press("G");
            let size = sized(&mut seat, width, height);
            let text = text_of(&draw(&seat.app, Theme::mono(), size));
            assert!(
                text.lines().any(|line| line.starts_with(" > ")),
                "{name} shrunk to {width}x{height}:\n{text}"
            );
        }
    }
}

fn points(line: &str) -> bool {
    line.starts_with(" > ") || line.starts_with("*> ")
}

#[test]
fn the_cursor_of_the_terminal_is_at_the_selection_or_in_the_field() {
    for (name, marked) in [("owned", " > "), ("purchase_review", "to buy: 12"), ("change_yes", "Enter y")] {
        let seat = state(name);
        let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
        seen_as(&mut terminal, &seat.app, Theme::dark());
        let position = terminal.get_cursor_position().unwrap();
        let buffer = terminal.backend().buffer();
        let (line, _) = lines(buffer).nth(usize::from(position.y)).unwrap();
        assert!(line.contains(marked), "{name}: the cursor is in {line:?}");
    }
}

#[test]
fn a_route_that_was_checked_long_ago_stands_back() {
    let mut seat = state("check_failed");
    let size = sized(&mut seat, 120, 40);
    seat.press("esc down");
    let colour = |seat: &Seat| {
        let buffer = draw(&seat.app, Theme::dark(), size);
        let (text, cells) = lines(&buffer).find(|(text, _)| text.contains("! FAIL")).unwrap();
        cells[text[..text.find("! FAIL").unwrap()].chars().count()].fg
    };
    let new = colour(&seat);
    seat.wait(9 * 60);
    assert_eq!(colour(&seat), new);
    seat.wait(60);
    assert_ne!(colour(&seat), new);
}

#[test]
fn a_wide_list_tells_how_long_the_server_took() {
    for (width, told) in [(200, "ok 23 ms"), (100, "ok ")] {
        let mut seat = state("checks");
        let size = sized(&mut seat, width, 30);
        seat.press("esc");
        let buffer = draw(&seat.app, Theme::mono(), size);
        let row = lines(&buffer).map(|(text, _)| text).find(|text| text.contains(" ok "));
        let row = row.unwrap_or_else(|| panic!("no route at {width}"));
        assert!(row.contains(told) && row.contains("23 ms") == (width == 200), "{row}");
    }
}

#[test]
fn without_colour_no_cell_of_any_screen_has_one() {
    everywhere(Theme::mono(), |name, buffer| {
        for cell in buffer.content() {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{name}: {cell:?}");
        }
    });
}

#[test]
fn sixteen_colours_are_enough() {
    everywhere(Theme::dark(), |name, buffer| {
        for cell in buffer.content() {
            for colour in [cell.fg, cell.bg] {
                assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{name}: {colour:?}");
            }
        }
    });
}

#[test]
fn live_is_a_filled_block_and_test_is_only_a_word() {
    for (theme, name) in
        [(Theme::dark(), "live"), (Theme::mono(), "live"), (Theme::dark(), "owned"), (Theme::mono(), "owned")]
    {
        let seat = state(name);
        let buffer = draw(&seat.app, theme, Size { width: 120, height: 40 });
        let (text, cells) = lines(&buffer).next().unwrap();
        let word = if name == "live" { "[LIVE]" } else { "[TEST]" };
        let at = text.find(word).unwrap_or_else(|| panic!("no {word} in {text}"));
        let at = text[..at].chars().count();
        let filled = cells[at..at + 6]
            .iter()
            .all(|cell| cell.bg != Color::Reset || cell.modifier.contains(Modifier::REVERSED));
        assert_eq!(filled, name == "live", "{theme:?}");
    }
}

#[test]
fn every_full_screen_says_whose_numbers_these_are_and_whether_they_are_live() {
    everywhere(Theme::mono(), |name, buffer| {
        if buffer.area.width >= 40 {
            let (header, _) = lines(buffer).next().unwrap();
            let mode = header.contains("[TEST]") || header.contains("[LIVE]");
            assert!(mode && header.contains("acme"), "{name}: {header}");
        }
    });
}

#[test]
fn every_full_screen_says_what_the_keys_do() {
    everywhere(Theme::mono(), |name, buffer| {
        let sending = name.contains("sending") || name.contains("looking");
        if buffer.area.width >= 40 && !sending {
            let (footer, _) = lines(buffer).last().unwrap();
            assert!(!footer.trim().is_empty(), "{name}");
        }
    });
}

const READABLE: [(u16, u16); 4] = [(120, 40), (100, 30), (80, 24), (40, 12)];

#[test]
fn what_can_not_be_taken_back_and_what_to_type_are_in_sight_on_every_size() {
    for (width, height) in READABLE {
        for (name, words) in [
            ("many_release", &["No undo", "Type their count, 2"][..]),
            ("many_long", &["No undo", "Type their count, 12"]),
            ("many_review", &["27.00", "12.00 a month", "Type their count, 3"]),
            ("many_doubted", &["in doubt", "Type their count, 2"]),
            ("purchase_review", &["9.00", "4.00 a month", "48.00 a year", "Type the last four digits"]),
            ("purchase_doubted", &["in doubt", "looked at first", "Type the last four digits"]),
        ] {
            let seen = picture(name, width, height).replace("numdeck looks first", "looked at first");
            for word in words {
                assert!(seen.contains(word), "{name} at {width}x{height}: no {word} in\n{seen}");
            }
        }
    }
}

#[test]
fn a_list_that_is_longer_than_its_place_says_how_much_is_below() {
    assert!(picture("many_long", 80, 24).contains("↓ 6 more"));
    assert!(picture("many_long", 40, 12).contains("↓ "));
    assert!(!picture("many_long", 120, 40).contains("↓ "));
}

#[test]
fn an_outcome_says_what_happened_and_what_is_next_on_every_size() {
    for (width, height) in READABLE {
        for (name, words) in [
            ("many_ended", &["1 bought for 9.00", "Not bought", "Top up"][..]),
            ("many_unknown", &["at most 18.00", "Still unknown", "3 opens Purchases", "r look again"]),
            ("purchase_bought", &["Bought.", "nobody answers"]),
            ("purchase_unknown", &["Still unknown", "before it is settled", "r look again"]),
            ("purchase_refused", &["Not bought", "Top up"]),
        ] {
            let seen = picture(name, width, height);
            for word in words {
                assert!(seen.contains(word), "{name} at {width}x{height}: no {word} in\n{seen}");
            }
        }
    }
}

#[test]
fn a_row_of_a_run_keeps_its_shape_from_review_to_outcome() {
    for width in [80, 120] {
        let column = |name: &str, word: &str| {
            let seen = picture(name, width, 24);
            let row = seen.lines().find(|line| line.contains("777 1345")).unwrap();
            row.find(word).map(|at| row[..at].chars().count()).unwrap_or_else(|| panic!("{word} in {row}"))
        };
        for name in ["many_running", "many_ended", "many_unknown"] {
            assert_eq!(column("many_review", "toll free"), column(name, "toll free"), "{name} at {width}");
        }
        let outcome = column("many_running", "sending");
        assert_eq!((column("many_ended", "refused"), column("many_unknown", "! unk")), (outcome, outcome));
    }
}

#[test]
fn the_first_mark_moves_no_row() {
    let mut seat = Seat::owning();
    let size = sized(&mut seat, 80, 24);
    let row = |seat: &Seat| {
        let seen = text_of(&draw(&seat.app, Theme::mono(), size));
        seen.lines().position(|line| line.contains("+254 711 123452")).unwrap()
    };
    let before = row(&seat);
    seat.press("space");
    assert_eq!(row(&seat), before);
    assert!(text_of(&draw(&seat.app, Theme::mono(), size)).contains("1 marked"));
}

#[test]
fn what_is_in_doubt_is_told_above_every_screen_until_it_is_settled() {
    for name in ["many_unknown", "purchase_unknown", "ledger"] {
        assert!(picture(name, 80, 24).contains("3 Purchases ! 1 in doubt"), "{name}");
        let narrow = picture(name, 40, 12);
        assert!(narrow.contains("3 Pur !") || narrow.contains("3 Purchases !"), "{name}");
    }
    assert!(!picture("purchase_bought", 80, 24).contains("in doubt"));
}

#[test]
fn the_first_thing_to_do_is_never_dropped_from_the_footer() {
    for (name, mut seat) in states() {
        let size = sized(&mut seat, 40, 12);
        let offers = seat.app.offers();
        let Some(first) = offers.iter().find(|offer| offer.obstacle.is_none() && !offer.label.is_empty())
        else {
            continue;
        };
        let footer = text_of(&draw(&seat.app, Theme::mono(), size)).lines().last().unwrap().to_owned();
        let label = first.label.split([',', ' ']).next().unwrap();
        assert!(footer.contains(&format!("{} {label}", seat.app.ctx.key(first.action))), "{name}: {footer}");
    }
}

#[test]
fn what_is_read_before_it_is_sent_is_not_said_to_be_sent() {
    let mut seat = Seat::owning();
    let size = sized(&mut seat, 80, 24);
    let task = task_of(&seat.press("x 4 5 6 0 enter"));
    let seen = |seat: &Seat| text_of(&draw(&seat.app, Theme::mono(), size));
    assert!(seen(&seat).contains("Reading it again. Nothing is sent yet."), "{}", seen(&seat));
    seat.reply(task, Reply::Line(0, Some(Stage::Sending)));
    assert!(seen(&seat).contains("it can not be taken back"), "{}", seen(&seat));
}

#[test]
fn attaching_an_endpoint_that_is_out_of_order_says_so() {
    let mut seat = Seat::owning();
    let size = sized(&mut seat, 80, 24);
    seat.press("e n i g h t enter");
    let seen = text_of(&draw(&seat.app, Theme::mono(), size));
    assert!(seen.contains("endpoint night-desk is in status error: calls may not arrive"), "{seen}");
}

#[test]
fn what_is_left_out_of_a_cart_is_said_and_a_change_without_consequences_says_nothing() {
    let mut yours = shelf().remove(0);
    yours.id = NumberId::new("yours");
    yours.line = owned()[0].line.clone();
    let mut seat = Seat::owning().at_the_shelf([shelf(), vec![yours]].concat()).pressed("* b");
    let size = sized(&mut seat, 80, 24);
    let seen = text_of(&draw(&seat.app, Theme::mono(), size));
    assert!(seen.contains("1 yours already and left out."), "{seen}");

    let inactive = (0..2)
        .map(|i| owned()[i].clone().with(|traits| traits.status = Some(numdeck::phone::Status::Inactive)));
    let mut seat = Seat::with(standing(numdeck::api::Mode::Test, None), inactive.collect()).pressed("* t");
    let size = sized(&mut seat, 80, 24);
    let seen = text_of(&draw(&seat.app, Theme::mono(), size));
    assert!(seen.contains("inactive -> active") && !seen.contains("4560:"), "{seen}");
}

#[test]
fn a_row_that_changed_is_marked_beside_its_number() {
    let mut seat = Seat::owning();
    let size = sized(&mut seat, 80, 24);
    let task = task_of(&seat.press("r"));
    let mut numbers = owned();
    numbers[2].switches[Switch::Outbound] = Some(true);
    seat.list(task, numbers);
    let seen = text_of(&draw(&seat.app, Theme::mono(), size));
    assert!(seen.contains("\n~  +254 711 123452"), "{seen}");
}

#[test]
fn requests_can_be_told_apart_and_named_on_every_width() {
    let seen = picture("activity", 80, 24);
    assert!(seen.contains("offset=0") && seen.contains("POST"), "{seen}");
    assert_eq!(seen.matches("5f0c1e2a-0000-4000-8000-000000000001").count(), 3, "{seen}");
    let mut seat = state("activity");
    let size = sized(&mut seat, 40, 12);
    let seen = |seat: &Seat| text_of(&draw(&seat.app, Theme::mono(), size));
    assert!(seen(&seat).contains("\n  5f0c1e2a-0000-4000-8000-000000000001"), "{}", seen(&seat));
    seat.press("end");
    assert!(seen(&seat).contains("fset=0"), "the last one is reached: {}", seen(&seat));
}

#[test]
fn at_100_columns_the_detail_has_two() {
    let two = |width| {
        picture("detail_masked", width, 30)
            .lines()
            .any(|line| line.contains("Number") && line.contains("Route"))
    };
    assert_eq!((two(99), two(100)), (false, true));
}

#[test]
fn a_reason_that_several_keys_share_is_told_once_and_whole() {
    let mut seat = state("live_read_only").pressed("?");
    let size = sized(&mut seat, 120, 80);
    let seen = text_of(&draw(&seat.app, Theme::mono(), size));
    let told = seen.lines().filter(|line| line.contains("grey:") && line.contains("read-only")).count();
    assert_eq!(told, 1, "{seen}");
}

#[test]
fn a_secret_is_on_no_screen_unless_it_was_revealed() {
    for theme in [Theme::dark(), Theme::mono()] {
        everywhere(theme, |name, buffer| {
            let shown = text_of(buffer).contains(PASSWORD);
            assert!(!shown || name.starts_with("detail_revealed"), "{name}");
        });
    }
    assert!(picture("detail_revealed", 80, 24).contains(PASSWORD), "the test would see it");
    let mut seat = state("detail_revealed");
    seat.wait(15);
    let after = text_of(&draw(&seat.app, Theme::dark(), Size { width: 80, height: 24 }));
    assert!(!after.contains(PASSWORD));
}

#[test]
fn three_states_of_a_password_look_different_and_dots_tell_no_length() {
    let short = detail(Password::Set(Secret::new("x".to_owned())));
    let seen = |seat: Seat| text_of(&draw(&seat.app, Theme::mono(), Size { width: 120, height: 40 }));
    assert_eq!(seen(Seat::at_detail(short)), seen(Seat::at_detail(detail(secret()))));
    let all = [secret(), Password::Hidden, Password::Unset].map(|one| seen(Seat::at_detail(detail(one))));
    assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
    assert!(all[1].contains("not shown to your role"));
    assert!(all[2].contains("none set"));
}

/// Everything that a server may say, said by one that wants to take the terminal over.
fn hostile() -> Vec<numdeck::phone::Number> {
    let evil = "\u{1b}[2J\u{1b}]0;x\u{7}\u{202e}live\u{2066}\u{9b}31m\r\n\t\u{0}\u{200f}end";
    let mut number = owned().remove(0);
    number.id = NumberId::new(evil);
    number.line = NumberText::parse(evil);
    number.country = Some(evil.into());
    number.kind = Some(numdeck::phone::Kind::parse(evil));
    number.status = Some(numdeck::phone::Status::parse(evil));
    number.endpoint = Field::Value(EndpointId::new(evil));
    number.sip_uri = Some(evil.into());
    number.organization = Some(evil.into());
    vec![number]
}

fn assert_harmless(name: &str, buffer: &Buffer) {
    for cell in buffer.content() {
        for c in cell.symbol().chars() {
            let bidi =
                matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert!(!c.is_control() && !bidi, "{name}: {:?} is on the screen", cell.symbol());
        }
    }
}

#[test]
fn what_a_hostile_server_sends_never_reaches_the_terminal() {
    let numbers = hostile();
    let mut seats = vec![("list", Seat::with(standing(numdeck::api::Mode::Live, None), numbers.clone()))];
    let mut with = |name, seat: Seat| seats.push((name, seat));
    let mut evil = detail(secret());
    evil.number = numbers[0].clone();
    if let Some(sip) = &mut evil.credentials {
        sip.domain = Some("\u{1b}[31mdomain\u{202e}".to_owned());
        sip.username = Some("\u{1b}]52;c;aGk=\u{7}".to_owned());
        sip.extra.insert("\u{1b}[1mextra".to_owned(), "\u{1b}[1m".into());
    }
    with("detail", Seat::at_detail(evil.clone()));
    with("raw", Seat::at_detail(evil.clone()).pressed("w"));
    with("copy", Seat::at_detail(evil.clone()).pressed("y"));
    with("change", Seat::at_detail(evil.clone()).pressed("x"));
    with("endpoints", Seat::at_detail(evil).pressed("e"));
    with("shelf", Seat::owning().at_the_shelf(numbers.clone()));
    with("pin", Seat::with(standing(numdeck::api::Mode::Live, None), numbers).pressed("x"));
    for (name, mut seat) in seats {
        for (width, height) in SIZES {
            let size = sized(&mut seat, width, height);
            assert_harmless(name, &draw(&seat.app, Theme::dark(), size));
        }
    }
}

#[test]
fn no_size_makes_any_screen_panic() {
    for (_, mut seat) in states() {
        for (width, height) in (1..=45).flat_map(|width| (1..=15).map(move |height| (width, height))) {
            let size = sized(&mut seat, width, height);
            draw(&seat.app, Theme::dark(), size);
        }
        for (width, height) in [(500, 3), (3, 500), (109, 30), (110, 30), (300, 100)] {
            let size = sized(&mut seat, width, height);
            draw(&seat.app, Theme::dark(), size);
        }
    }
}

#[test]
fn a_screen_that_is_drawn_before_its_resize_arrives_does_not_panic() {
    for (_, seat) in states() {
        for (width, height) in [(40, 8), (41, 9), (60, 12), (200, 60)] {
            draw(&seat.app, Theme::dark(), Size { width, height });
        }
    }
}

#[test]
fn the_filter_that_a_summary_names_shows_as_many_as_it_counts() {
    let mut seat = Seat::owning();
    let size = sized(&mut seat, 140, 40);
    let summary = text_of(&draw(&seat.app, Theme::mono(), size));
    let line = summary.lines().find(|line| line.contains(" with problems: ")).unwrap();
    let counted: usize = line.split("! ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    seat.press("!");
    let shown = text_of(&draw(&seat.app, Theme::mono(), size));
    assert!(shown.contains(&format!("12 numbers, {counted} match")), "{counted}:\n{shown}");
}

#[test]
fn what_the_numbers_cost_is_told_where_the_list_tells_prices() {
    let mut numbers = owned();
    for (number, cents) in numbers.iter_mut().zip([Some(100_050), Some(2_000), None]) {
        let price = Price { monthly: cents.map(Cents), setup: None };
        number.offer = Some(Box::new(Offer { price, capabilities: Capabilities::default() }));
    }
    let mut seat = Seat::with(standing(numdeck::api::Mode::Test, None), numbers).quiet();
    let size = sized(&mut seat, 200, 40);
    let wide = text_of(&draw(&seat.app, Theme::mono(), size));
    assert!(wide.contains("12 numbers, 1,020.50 a month, 10 with unknown price"), "{wide}");
    assert!(!text_of(&draw(&Seat::owning().quiet().app, Theme::mono(), size)).contains("a month"));
}

/// What a key does, in our sentences.
const VERBS: &[&str] = &[
    "asks", "attaches", "checks", "changes", "clears", "copies", "finds", "loads", "looks", "marks", "opens",
    "reads", "reveals", "scans", "shows", "stops", "tries",
];

#[test]
fn no_sentence_names_a_key_that_was_given_to_something_else() {
    let mut letters = ('a'..='z').chain('A'..='Z').chain('0'..='9').chain("!#$%&*+-/=?".chars());
    let lines = BINDINGS.iter().zip(&mut letters);
    let lines: String =
        lines.map(|(binding, c)| format!("{} = \"alt-{c}\"\n", binding.action.name())).collect();
    assert_eq!(lines.lines().count(), BINDINGS.len());
    let keys = Keymap::parse(&lines).unwrap();
    for (name, mut seat) in states() {
        seat.app.ctx.keys = keys.clone();
        // It was said before.
        seat.app.ctx.notice = None;
        let size = sized(&mut seat, 120, 40);
        let shown = text_of(&draw(&seat.app, Theme::mono(), size));
        let words: Vec<&str> = shown.split_whitespace().collect();
        for pair in words.windows(2) {
            let key = pair[0].trim_matches([',', '.', ';', '·']);
            let is_key = key.len() == 1 || ["Esc", "esc", "Enter", "space"].contains(&key);
            assert!(!(is_key && VERBS.contains(&pair[1])), "{name}: {pair:?}");
        }
    }
}

#[test]
fn in_private_no_frame_shows_a_whole_number_or_id() {
    for (name, mut seat) in states() {
        seat.app.ctx.privacy = true;
        let size = sized(&mut seat, 140, 45);
        let shown = text_of(&draw(&seat.app, Theme::mono(), size));
        let together: String = shown.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        for number in seat.app.ctx.owned.roster.numbers().chain(seat.app.ctx.inventory.roster.numbers()) {
            if number.line.valid().is_some() {
                assert!(!together.contains(&number.line.digits()), "{name}: {}\n{shown}", number.line);
            }
            if number.id.as_str().len() >= 12 {
                assert!(!shown.contains(number.id.as_str()), "{name}: {}\n{shown}", number.id);
            }
        }
    }
}

#[test]
fn a_row_has_a_problem_exactly_when_it_is_counted() {
    let made = "2026-03-02T14:05:00Z";
    let pending = Number { updated_at: Some(Moment::parse(made)), ..number(0) }
        .with(|traits| traits.status = Some(Status::Pending));
    let mut seat = Seat::with(standing(Mode::Test, None), vec![pending]);
    // A day is over meanwhile, and nothing was read.
    for shown in [false, false] {
        let size = sized(&mut seat, 120, 40);
        let text = text_of(&draw(&seat.app, Theme::mono(), size));
        assert_eq!((text.contains("! pending"), text.contains("with problems")), (shown, shown), "{text}");
        seat.wait(600);
    }
    let task = task_of(&seat.press("r"));
    let again = seat.app.ctx.owned.selected().cloned().unwrap();
    seat.list(task, vec![again]);
    seat.wait(60);
    let size = sized(&mut seat, 120, 40);
    let text = text_of(&draw(&seat.app, Theme::mono(), size));
    assert!(text.contains("! pending") && text.contains("with problems"), "{text}");
}
