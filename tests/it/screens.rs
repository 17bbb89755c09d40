//! What is on the screen: pictures of the states that matter, and the rules of style.
//!
//! The pictures are text without styles; `INSTA_UPDATE=always cargo test --test it screens` takes
//! new ones after a change of layout. What colours and marks mean is tested by role, below.

use numdeck::app::{App, Event};
use numdeck::phone::{EndpointId, Field, Line, NumberId, Password, Secret};
use numdeck::ui::{self, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};

use crate::support::desk::text_of;
use crate::support::fixture::{PASSWORD, Seat, detail, owned, secret, standing, state, states};

fn draw(app: &App, theme: Theme, size: Size) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    terminal.draw(|frame| ui::draw(app, &theme, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn sized(seat: &mut Seat, width: u16, height: u16) -> Size {
    let size = Size { width, height };
    seat.event(Event::Resize(size));
    size
}

fn picture(name: &str, width: u16, height: u16) -> String {
    let mut seat = state(name);
    let size = sized(&mut seat, width, height);
    text_of(&draw(&seat.app, Theme::Mono, size))
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
        &["owned", "owned_filtered", "live", "detail_masked", "inventory_results", "change_digits"],
        120,
        30,
    );
}

#[test]
fn a_usual_terminal() {
    take(&["owned", "owned_filter_typed", "owned_no_match", "owned_empty", "owned_loading"], 80, 24);
    take(&["owned_broken", "owned_stale", "inventory_form", "inventory_results"], 80, 24);
    take(&["detail_masked", "detail_revealed", "detail_hidden", "detail_raw"], 80, 24);
    take(&["endpoints", "copy", "help", "pin", "live_read_only", "ledger", "ledger_filtered"], 80, 24);
    take(&["owned_marked", "many_review", "many_running", "many_ended", "undo", "activity"], 80, 24);
    take(&["check_running", "check_failed", "checks", "checks_over"], 80, 24);
}

#[test]
fn a_purchase_stays_at_its_place() {
    take(&["purchase_review", "purchase_unknown_price", "purchase_sending", "purchase_looking"], 80, 24);
    take(&["purchase_bought", "purchase_refused", "purchase_not_done", "purchase_unknown"], 80, 24);
    take(&["purchase_price_moved", "change_yes", "change_sending", "change_ignored"], 80, 24);
}

#[test]
fn a_small_terminal() {
    take(&["owned", "detail_masked", "purchase_review", "change_digits"], 40, 12);
}

#[test]
fn a_terminal_that_is_too_small_gets_one_clear_line() {
    insta::assert_snapshot!(picture("owned", 39, 7).trim_end(), @"numdeck needs 40x8, this is 39x7");
    insta::assert_snapshot!(picture("owned", 20, 5).trim_end(), @"numdeck needs 40x8,…");
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
    for theme in [Theme::Ansi, Theme::Mono] {
        for (width, height) in [(120, 40), (80, 24), (40, 12)] {
            let mut seat = state("owned");
            let size = sized(&mut seat, width, height);
            seat.press("down down");
            let buffer = draw(&seat.app, theme, size);
            let body = usize::from(seat.app.areas().body.width);
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
fn the_cursor_of_the_terminal_is_at_the_selection_or_in_the_field() {
    for (name, marked) in [("owned", " > "), ("purchase_review", "to buy: 12"), ("change_yes", "Enter y")] {
        let seat = state(name);
        let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
        terminal.draw(|frame| ui::draw(&seat.app, &Theme::Ansi, frame)).unwrap();
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
        let buffer = draw(&seat.app, Theme::Ansi, size);
        let (text, cells) = lines(&buffer).find(|(text, _)| text.contains("FAIL")).unwrap();
        cells[text[..text.find("FAIL").unwrap()].chars().count()].fg
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
        let buffer = draw(&seat.app, Theme::Mono, size);
        let row = lines(&buffer).map(|(text, _)| text).find(|text| text.contains(" ok "));
        let row = row.unwrap_or_else(|| panic!("no route at {width}"));
        assert!(row.contains(told) && row.contains("23 ms") == (width == 200), "{row}");
    }
}

#[test]
fn without_colour_no_cell_of_any_screen_has_one() {
    everywhere(Theme::Mono, |name, buffer| {
        for cell in buffer.content() {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{name}: {cell:?}");
        }
    });
}

#[test]
fn sixteen_colours_are_enough() {
    everywhere(Theme::Ansi, |name, buffer| {
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
        [(Theme::Ansi, "live"), (Theme::Mono, "live"), (Theme::Ansi, "owned"), (Theme::Mono, "owned")]
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
    everywhere(Theme::Mono, |name, buffer| {
        if buffer.area.width >= 40 {
            let (header, _) = lines(buffer).next().unwrap();
            let mode = header.contains("[TEST]") || header.contains("[LIVE]");
            assert!(mode && header.contains("acme"), "{name}: {header}");
        }
    });
}

#[test]
fn every_full_screen_says_what_the_keys_do() {
    everywhere(Theme::Mono, |name, buffer| {
        let sending = name.contains("sending") || name.contains("looking");
        if buffer.area.width >= 40 && !sending {
            let (footer, _) = lines(buffer).last().unwrap();
            assert!(!footer.trim().is_empty(), "{name}");
        }
    });
}

#[test]
fn a_secret_is_on_no_screen_unless_it_was_revealed() {
    for theme in [Theme::Ansi, Theme::Mono] {
        everywhere(theme, |name, buffer| {
            let shown = text_of(buffer).contains(PASSWORD);
            assert!(!shown || name.starts_with("detail_revealed"), "{name}");
        });
    }
    assert!(picture("detail_revealed", 80, 24).contains(PASSWORD), "the test would see it");
    let mut seat = state("detail_revealed");
    seat.wait(15);
    let after = text_of(&draw(&seat.app, Theme::Ansi, Size { width: 80, height: 24 }));
    assert!(!after.contains(PASSWORD));
}

#[test]
fn three_states_of_a_password_look_different_and_dots_tell_no_length() {
    let short = detail(Password::Set(Secret::new("x".to_owned())));
    let seen = |seat: Seat| text_of(&draw(&seat.app, Theme::Mono, Size { width: 120, height: 40 }));
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
    number.line = Line::parse(evil);
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
            assert_harmless(name, &draw(&seat.app, Theme::Ansi, size));
        }
    }
}

#[test]
fn no_size_makes_any_screen_panic() {
    for (_, mut seat) in states() {
        for (width, height) in (1..=45).flat_map(|width| (1..=15).map(move |height| (width, height))) {
            let size = sized(&mut seat, width, height);
            draw(&seat.app, Theme::Ansi, size);
        }
        for (width, height) in [(500, 3), (3, 500), (109, 30), (110, 30), (300, 100)] {
            let size = sized(&mut seat, width, height);
            draw(&seat.app, Theme::Ansi, size);
        }
    }
}

#[test]
fn a_screen_that_is_drawn_before_its_resize_arrives_does_not_panic() {
    for (_, seat) in states() {
        for (width, height) in [(40, 8), (41, 9), (60, 12), (200, 60)] {
            draw(&seat.app, Theme::Ansi, Size { width, height });
        }
    }
}
