//! Drawing: `draw(&App)` puts the present state on a frame and changes nothing.

mod activity;
mod asof;
mod canvas;
mod check;
mod checks;
mod command;
mod confirm;
mod copy;
mod detail;
mod endpoints;
mod entry;
mod export;
mod footer;
mod header;
mod help;
mod inventory;
mod label;
mod ledger;
mod lines;
mod owned;
mod past;
mod plan;
mod preview;
mod profiles;
mod purchase;
mod sifted;
mod status;
mod table;
mod theme;
mod welcome;
mod writes;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

pub use theme::{ColorDepth, Role, Theme, ThemeError, Themes, is_ascii_locale};
pub use welcome::draw_welcome;

use crate::app::App;
use crate::app::layout::{Areas, SMALLEST};
use crate::app::overlay::Overlay;
use crate::app::pointer::Drawn;
use crate::app::screen::Screen;
use crate::phone::format;
use canvas::Canvas;

/// Draws the whole screen, and says what of it can be answered and clicked.
pub fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>) -> Drawn {
    let (drawn, cursor) = draw_on(app, theme, frame.buffer_mut());
    if let Some(position) = cursor {
        frame.set_cursor_position(position);
    }
    drawn
}

/// What is on the screen, as text: a line for each of its lines.
pub fn picture(app: &App) -> String {
    let mut buffer = Buffer::empty(Rect::from((Position::ORIGIN, app.ctx.size)));
    draw_on(app, &Theme::mono(), &mut buffer);
    let mut text = String::new();
    for line in buffer.content().chunks(usize::from(buffer.area.width).max(1)) {
        let mut cells = line.iter();
        let mut drawn = String::new();
        while let Some(cell) = cells.next() {
            drawn.push_str(cell.symbol());
            // A wide character stands over the cells behind it.
            cells.by_ref().take(cell.symbol().width().saturating_sub(1)).for_each(drop);
        }
        text.push_str(drawn.trim_end());
        text.push('\n');
    }
    text
}

fn draw_on(app: &App, theme: &Theme, buffer: &mut Buffer) -> (Drawn, Option<Position>) {
    let area = buffer.area;
    let mut canvas = Canvas::new(buffer, theme).private(app.ctx.privacy).clickable(app.ctx.mouse);
    if area.width < SMALLEST.width || area.height < SMALLEST.height {
        let text = format!(
            "numdeck needs {}x{}, this is {}x{}",
            SMALLEST.width, SMALLEST.height, area.width, area.height
        );
        canvas.text(area, 0, 0, &text, Role::Text);
        return (Drawn::from(false), None);
    }
    let areas = app.ctx.areas;
    header::draw(app, &mut canvas, areas.header, areas.rule);
    header::tabs(app, &mut canvas, areas.tabs);
    match app.overlay().filter(|over| !over.leaves_in_sight()) {
        Some(overlay) => draw_overlay(app, &mut canvas, areas, overlay),
        None => draw_screen(app, &mut canvas, areas),
    }
    if app.overlay().is_some_and(Overlay::leaves_in_sight) {
        // What has the keys is below.
        canvas.untarget();
    }
    status::draw(app, &mut canvas, areas.status);
    if canvas.is_whole() {
        footer::draw(app, &mut canvas, areas.footer);
    } else {
        footer::too_small(&mut canvas, areas.footer);
    }
    if let Some(Overlay::Command(view)) = app.overlay() {
        let below = areas.body.union(areas.preview).union(areas.status);
        command::draw(&app.ctx, &mut canvas, below, view);
    }
    let cursor = canvas.cursor();
    (canvas.finish(), cursor)
}

fn draw_overlay(app: &App, canvas: &mut Canvas<'_>, areas: Areas, overlay: &Overlay) {
    let (ctx, area) = (&app.ctx, areas.body.union(areas.preview));
    match overlay {
        Overlay::Help(help) => help::draw(&app.screen_offers(), &ctx.keys, canvas, area, help.scroll),
        Overlay::Endpoints(picker) => endpoints::draw(ctx, canvas, area, picker),
        Overlay::Activity(view) => activity::draw(ctx, canvas, area, view),
        Overlay::Copy(menu) => copy::draw(canvas, area, menu),
        Overlay::Entry(view) => entry::draw(ctx, canvas, area, view),
        Overlay::Export(view) => export::draw(ctx, canvas, area, view),
        Overlay::Label(view) => label::draw(ctx, canvas, area, view),
        Overlay::AsOf(view) => asof::draw(ctx, canvas, area, view),
        Overlay::Lines(view) => lines::draw(canvas, area, view),
        Overlay::Profiles(menu) => profiles::draw(ctx, canvas, area, menu),
        // It has the lines of the status.
        Overlay::Confirm(_) | Overlay::Command(_) => {}
    }
}

fn draw_screen(app: &App, canvas: &mut Canvas<'_>, areas: Areas) {
    let ctx = &app.ctx;
    match app.screen() {
        Screen::Owned(view) => owned::draw(ctx, canvas, areas, view),
        Screen::Inventory(view) => inventory::draw(ctx, canvas, areas, view),
        Screen::Detail(view) => detail::draw(ctx, canvas, areas.body, view),
        Screen::Writes(view) => writes::draw(ctx, canvas, areas.body, view),
        Screen::Check(view) => check::draw(ctx, canvas, areas.body, view),
        Screen::Checks(view) => checks::draw(ctx, canvas, areas.body, view),
        Screen::Ledger(view) => ledger::draw(ctx, canvas, areas, view),
        Screen::Past(view) => past::draw(ctx, canvas, areas, view),
        Screen::Plan(view) => plan::draw(ctx, canvas, areas.body, view),
    }
}
