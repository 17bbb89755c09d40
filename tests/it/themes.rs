//! Every state in every theme: the words and their places are the same, and all looks are roles of the theme.

use std::collections::HashSet;
use std::fmt::Write;

use numdeck::ui::{self, ColorDepth, Role, Theme, Themes};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier, Style};

use crate::support::desk::text_of;
use crate::support::fixture::{Seat, state, states};

fn draw(seat: &mut Seat, theme: &Theme, size: Size) -> Buffer {
    seat.event(numdeck::app::Event::Resize(size));
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    terminal.draw(|frame| drop(ui::draw(&seat.app, theme, frame))).unwrap();
    terminal.backend().buffer().clone()
}

/// What of a style is seen.
type Look = (Color, Color, Modifier);

fn look(style: Style) -> Look {
    let colour = |colour: Option<Color>| colour.unwrap_or(Color::Reset);
    (colour(style.fg), colour(style.bg), style.add_modifier)
}

#[test]
fn no_theme_changes_a_word_or_a_place_and_every_look_is_one_of_its_roles() {
    for (name, mut seat) in states() {
        for (width, height) in [(120, 40), (60, 20)] {
            let size = Size { width, height };
            let plain = text_of(&draw(&mut seat, &Theme::mono(), size));
            for (theme_name, text) in Themes::BUILT_IN {
                for depth in [ColorDepth::Sixteen, ColorDepth::True] {
                    let theme = Theme::parse(text, depth).unwrap();
                    let roles: HashSet<Look> = Role::ALL
                        .iter()
                        .map(|role| look(theme.style(*role)))
                        .chain([look(Style::new())])
                        .collect();
                    let buffer = draw(&mut seat, &theme, size);
                    assert_eq!(text_of(&buffer), plain, "{name} in {theme_name}");
                    for cell in buffer.content() {
                        let seen = (cell.fg, cell.bg, cell.modifier);
                        assert!(roles.contains(&seen), "{name} in {theme_name}: {seen:?} is no role");
                    }
                }
            }
        }
    }
}

/// A frame as runs of one look each: `[bad]route fail`, so that a review sees what stands out.
fn marked(buffer: &Buffer, theme: &Theme) -> String {
    let role = |seen: Look| {
        // Two roles may look the same; the first one names them.
        let found = Role::ALL.iter().find(|role| look(theme.style(**role)) == seen);
        found.map_or_else(|| "plain".to_owned(), |role| format!("{role:?}").to_lowercase())
    };
    let mut out = String::new();
    for line in buffer.content().chunks(usize::from(buffer.area.width)) {
        let mut last = None;
        let mut text = String::new();
        for cell in line {
            let seen = role((cell.fg, cell.bg, cell.modifier));
            if cell.symbol().trim().is_empty() && seen != "selected" && seen != "live" {
                text.push(' ');
                continue;
            }
            if last.as_ref() != Some(&seen) {
                write!(text, "[{seen}]").unwrap();
                last = Some(seen);
            }
            text.push_str(cell.symbol());
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

#[test]
fn what_stands_out_in_each_theme_is_what_matters() {
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        for (name, text) in Themes::BUILT_IN {
            let theme = Theme::parse(text, ColorDepth::Sixteen).unwrap();
            for screen in ["owned", "live", "check_failed", "change_digits"] {
                let buffer = draw(&mut state(screen), &theme, Size { width: 80, height: 24 });
                insta::assert_snapshot!(format!("{screen}_{name}"), marked(&buffer, &theme));
            }
        }
    });
}
