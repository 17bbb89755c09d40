//! The floor: a bare ratatui program over the same numbers in a file. It draws the window of rows,
//! moves a cursor and filters by substring, and does nothing else.

use std::io;

use crossterm::event::{Event, KeyCode, poll, read};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Cell, Paragraph, Row, Table, TableState};

use super::Result;

pub(crate) fn run(file: &str) -> Result<()> {
    let text = std::fs::read_to_string(file)?;
    let rows: Vec<&str> = text.lines().collect();
    let mut visible: Vec<u32> = (0..rows.len() as u32).collect();
    let (mut selected, mut offset, mut filter) = (0_usize, 0_usize, String::new());
    let mut terminal = ratatui::init();
    let ended = loop {
        let drawn = terminal.draw(|frame| {
            let [body, status] =
                Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(frame.area());
            let height = usize::from(body.height);
            offset = offset.clamp((selected + 1).saturating_sub(height), selected);
            let window = visible
                .iter()
                .skip(offset)
                .take(height)
                .map(|&row| Row::new(rows[row as usize].split('\t').map(Cell::from).collect::<Vec<_>>()));
            let widths = [18, 8, 10, 10, 20].map(Constraint::Length);
            let table =
                Table::new(window, widths).row_highlight_style(Style::new().add_modifier(Modifier::REVERSED));
            let mut state = TableState::new().with_selected(Some(selected - offset));
            frame.render_stateful_widget(table, body, &mut state);
            let counts = format!("{} numbers, {} match {filter}", rows.len(), visible.len());
            frame.render_widget(Paragraph::new(Line::from(counts)), status);
        });
        if let Err(error) = drawn {
            break Err(error);
        }
        if let Err(error) = take(&rows, &mut visible, &mut selected, &mut filter) {
            break if error.kind() == io::ErrorKind::Interrupted { Ok(()) } else { Err(error) };
        }
    };
    ratatui::restore();
    Ok(ended?)
}

/// Takes all keys that are there; `Interrupted` ends the program.
fn take(rows: &[&str], visible: &mut Vec<u32>, selected: &mut usize, filter: &mut String) -> io::Result<()> {
    loop {
        if let Event::Key(key) = read()? {
            let before = filter.len();
            match key.code {
                KeyCode::Down => *selected = (*selected + 1).min(visible.len().saturating_sub(1)),
                KeyCode::Up => *selected = selected.saturating_sub(1),
                KeyCode::Backspace => {
                    filter.pop();
                }
                KeyCode::Char('q') => return Err(io::ErrorKind::Interrupted.into()),
                KeyCode::Char(c) if c.is_ascii_digit() => filter.push(c),
                KeyCode::Esc => filter.clear(),
                _ => {}
            }
            if filter.len() != before {
                *visible = (0..rows.len() as u32)
                    .filter(|&row| {
                        rows[row as usize].split('\t').next().is_some_and(|n| n.contains(&**filter))
                    })
                    .collect();
                *selected = 0;
            }
        }
        if !poll(std::time::Duration::ZERO)? {
            return Ok(());
        }
    }
}
