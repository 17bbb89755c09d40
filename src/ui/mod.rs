//! Drawing: `draw(&App)` puts the present state on a frame and changes nothing.

mod activity;
mod bar;
mod canvas;
mod check;
mod clock;
mod detail;
mod footer;
mod header;
mod help;
mod inventory;
mod ledger;
mod many;
mod menu;
mod owned;
mod preview;
mod purchase;
mod status;
mod table;
mod theme;

use ratatui::Frame;

pub use theme::{Role, Theme};

use crate::app::layout::SMALLEST;
use crate::app::screen::{Overlay, Screen};
use crate::app::{App, Tab};
use canvas::Canvas;

/// Draws the whole screen. Returns whether all of what is asked on it, if anything is, can be seen:
/// only then somebody can answer.
pub fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>) -> bool {
    let area = frame.area();
    let mut canvas = Canvas::new(frame.buffer_mut(), theme);
    if area.width < SMALLEST.width || area.height < SMALLEST.height {
        let text = format!(
            "numdeck needs {}x{}, this is {}x{}",
            SMALLEST.width, SMALLEST.height, area.width, area.height
        );
        canvas.text(area, 0, 0, &text, Role::Text);
        return false;
    }
    let areas = app.areas();
    header::draw(app, &mut canvas, areas.header, areas.rule);
    header::tabs(app, &mut canvas, areas.tabs);
    match (&app.overlay, app.stack.last()) {
        (Some(Overlay::Help { scroll }), _) => {
            help::draw(app, &mut canvas, areas.body.union(areas.preview), *scroll);
        }
        (Some(Overlay::Endpoints(picker)), _) => {
            menu::endpoints(app, &mut canvas, areas.body.union(areas.preview), picker);
        }
        (Some(Overlay::Activity(view)), _) => {
            activity::draw(app, &mut canvas, areas.body.union(areas.preview), view);
        }
        (Some(Overlay::Copy(menu)), _) => menu::copy(&mut canvas, areas.body.union(areas.preview), menu),
        (_, Some(Screen::Detail(view))) => detail::draw(app, &mut canvas, areas.body, view),
        (_, Some(Screen::Ledger(view))) => ledger::draw(app, &mut canvas, areas.filter, areas.body, view),
        (_, Some(Screen::Check(view))) => check::one(app, &mut canvas, areas.body, view),
        (_, Some(Screen::Checks(view))) => check::many(&mut canvas, areas.body, view),
        (_, Some(Screen::Many(many))) => many::draw(app, &mut canvas, areas.body, many),
        (_, Some(Screen::Purchase(buying))) => purchase::draw(app, &mut canvas, areas.body, buying),
        (_, None) => match app.tab {
            Tab::Owned => {
                owned::draw(app, &mut canvas, areas.filter, areas.body);
                preview::draw(app, &mut canvas, areas.preview);
            }
            Tab::Inventory => inventory::draw(app, &mut canvas, areas.filter, areas.body),
        },
    }
    status::draw(app, &mut canvas, areas.status);
    let whole = canvas.is_whole();
    if whole {
        footer::draw(app, &mut canvas, areas.footer);
    } else {
        footer::too_small(&mut canvas, areas.footer);
    }
    if let Some(position) = canvas.cursor() {
        frame.set_cursor_position(position);
    }
    whole
}
