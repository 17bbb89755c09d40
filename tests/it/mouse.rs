//! The mouse does what the keys do, on what is seen, and no more.

use numdeck::app::overlay::Overlay;
use numdeck::app::pointer::{ClickTarget, Drawn, Pointer};
use numdeck::app::screen::Screen;
use numdeck::app::{Effect, Event, Tab};
use numdeck::phone::{Order, SortKey};
use numdeck::ui::{self, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::{Position, Rect};

use crate::support::desk::text_of;
use crate::support::fixture::{Seat, states};

/// Shows the present state, and says what is seen.
fn show(seat: &mut Seat) -> String {
    seen(seat).0
}

/// The same, and what of it can be clicked.
fn seen(seat: &mut Seat) -> (String, Vec<(Rect, ClickTarget)>) {
    let size = seat.app.ctx.size;
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    let mut drawn = Drawn::default();
    terminal.draw(|frame| drawn = ui::draw(&seat.app, &Theme::mono(), frame)).unwrap();
    let targets = drawn.targets.clone();
    seat.app.drawn(drawn);
    (text_of(terminal.backend().buffer()), targets)
}

fn pointing(mut seat: Seat) -> Seat {
    seat.app.use_mouse(true);
    show(&mut seat);
    seat
}

/// Where a text is on a frame; of several the one most to the left.
fn place(frame: &str, text: &str) -> Position {
    let all = frame.lines().enumerate().filter_map(|(y, line)| Some((line.find(text)?, y, line)));
    let found = all.min_by_key(|(x, ..)| *x);
    let (x, y, line) = found.unwrap_or_else(|| panic!("no {text} in\n{frame}"));
    Position { x: u16::try_from(line[..x].chars().count()).unwrap(), y: u16::try_from(y).unwrap() }
}

/// Clicks on a text that is seen.
fn click(seat: &mut Seat, text: &str) -> Vec<Effect> {
    let at = place(&show(seat), text);
    let effects = seat.unseen_event(Event::Pointer(Pointer::Click(at)));
    show(seat);
    effects
}

fn selected(seat: &Seat) -> String {
    seat.app.listing().selected().unwrap().line.grouped()
}

#[test]
fn a_row_is_selected_by_a_click_and_opened_by_another() {
    let mut seat = pointing(Seat::owning());
    let line = seat.app.listing().roster.at(4).unwrap().line.grouped();
    assert_eq!(click(&mut seat, &line), []);
    assert_eq!(selected(&seat), line);
    assert!(matches!(seat.app.screen(), Screen::Owned(_)));
    let effects = click(&mut seat, &line);
    assert!(matches!(effects[..], [Effect::Detail(..)]), "{effects:?}");
    assert!(matches!(seat.app.screen(), Screen::Detail(_)));
    click(&mut seat, "esc back");
    assert!(matches!(seat.app.screen(), Screen::Owned(_)), "the way out is in the footer");
}

#[test]
fn a_heading_sorts_and_turns_the_order_round() {
    let mut seat = pointing(Seat::owning());
    let before = selected(&seat);
    for descending in [false, true, false] {
        click(&mut seat, "STATUS");
        let order = seat.app.listing().roster.order();
        assert_eq!(order, Order { key: Some(SortKey::Status), descending });
        assert_eq!(selected(&seat), before, "the selection belongs to its number");
    }
}

#[test]
fn tabs_keys_and_the_filter_are_clicked() {
    let mut seat = pointing(Seat::owning());
    click(&mut seat, "2 Inventory");
    assert_eq!(seat.app.tab, Tab::Inventory);
    click(&mut seat, "3 Purchases");
    assert!(matches!(seat.app.screen(), Screen::Ledger(_)));
    click(&mut seat, "1 Owned");
    assert!(matches!(seat.app.screen(), Screen::Owned(_)));
    click(&mut seat, "? help");
    assert!(matches!(seat.app.overlay(), Some(Overlay::Help(_))));
    click(&mut seat, "esc close");
    click(&mut seat, "/ filter");
    assert!(seat.app.listing().filter.is_open());
    seat.press("n g enter");
    show(&mut seat);
    assert!(!seat.app.listing().filter.is_open());
    click(&mut seat, "/ ng");
    assert!(seat.app.listing().filter.is_open(), "a filter that is set is clicked to change it");
}

#[test]
fn the_wheel_moves_what_has_the_keys() {
    let mut seat = pointing(Seat::owning());
    seat.event(Event::Pointer(Pointer::WheelDown));
    assert_eq!(seat.app.listing().cursor.selected, 3);
    seat.event(Event::Pointer(Pointer::WheelUp));
    seat.event(Event::Pointer(Pointer::WheelUp));
    assert_eq!(seat.app.listing().cursor.selected, 0);
    seat.press(":");
    seat.event(Event::Pointer(Pointer::WheelDown));
    let Some(Overlay::Command(view)) = seat.app.overlay() else { panic!() };
    assert_eq!(view.selected, 3);
    assert_eq!(seat.app.listing().cursor.selected, 0, "what lies below does not move");
}

#[test]
fn what_is_offered_for_a_choice_is_clicked() {
    let mut seat = pointing(Seat::owning());
    seat.press(": m o u s e");
    click(&mut seat, "use the mouse");
    assert!(seat.app.overlay().is_none(), "it was selected, so it was done");
    assert!(!seat.app.ctx.mouse);
    let mut seat = pointing(Seat::owning());
    seat.press("e");
    click(&mut seat, "support");
    let Some(Overlay::Endpoints(picker)) = seat.app.overlay() else { panic!() };
    assert!(picker.shown()[picker.selected].label.contains("support"));
    click(&mut seat, "support");
    assert!(matches!(seat.app.overlay(), Some(Overlay::Confirm(_))), "it still has to be confirmed");
}

#[test]
fn a_click_answers_no_question_that_wants_to_be_typed() {
    for (name, seat) in states() {
        let mut seat = pointing(seat);
        let (frame, targets) = seen(&mut seat);
        for (area, target) in targets {
            for _ in 0..2 {
                let effects = seat.unseen_event(Event::Pointer(Pointer::Click(area.as_position())));
                let writes = effects.iter().any(|one| matches!(one, Effect::Run(..)));
                assert!(!writes, "{name}, {target:?}:\n{frame}");
                show(&mut seat);
            }
        }
    }
}

#[test]
fn what_is_covered_is_not_clicked() {
    let mut seat = pointing(Seat::owning());
    let frame = show(&mut seat);
    let row = place(&frame, &seat.app.listing().roster.at(2).unwrap().line.grouped());
    seat.press(":");
    show(&mut seat);
    seat.event(Event::Pointer(Pointer::Click(row)));
    let Some(Overlay::Command(view)) = seat.app.overlay() else { panic!() };
    assert_eq!((view.selected, seat.app.listing().cursor.selected), (0, 0));
}

#[test]
fn a_mouse_that_is_the_terminals_does_nothing_here() {
    let mut seat = Seat::owning();
    let frame = show(&mut seat);
    let row = place(&frame, &seat.app.listing().roster.at(4).unwrap().line.grouped());
    for pointer in [Pointer::Click(row), Pointer::WheelDown] {
        assert_eq!(seat.event(Event::Pointer(pointer)), []);
        assert_eq!(seat.app.listing().cursor.selected, 0);
    }
    let effects = seat.press(": m o u s e enter");
    assert!(matches!(effects[..], [Effect::Mouse(true)]), "{effects:?}");
    assert!(show(&mut seat).contains("With Shift it selects text"));
}
