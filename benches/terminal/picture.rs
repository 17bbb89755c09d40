//! Pictures of real screens, as SVG, from the bytes that the real program writes to a terminal.

use std::fmt::Write;

use super::pty::{COLS, Program, ROWS, Terminal};
use super::sandbox::Sandbox;
use super::{NO_PROFILES, NO_STATE, NUMDECK, Result};

const CELL: (f32, f32) = (8.4, 18.0);
const MARGIN: f32 = 12.0;
const BACKGROUND: &str = "#0d1117";
const FOREGROUND: &str = "#d0d7de";
const MUTED: &str = "#848d97";

/// A picture: its file, what is typed piece by piece, and what is seen after each piece.
type Picture = (&'static str, &'static [(&'static str, &'static str)]);

const PICTURES: &[Picture] = &[
    ("owned", &[("!", "58 match"), ("jjjj", "nobody answers")]),
    ("check", &[("/94559\r", "1 match"), ("c", "PROBLEM")]),
    ("purchase", &[("2\r", "complete"), ("jjb", "Type the last four digits")]),
];

pub(crate) fn make() -> Result<()> {
    for (name, pieces) in PICTURES {
        let mut terminal = Terminal::open(&Program::new(NUMDECK).arg("demo").env("TZ", "UTC"))?;
        terminal.wait_for("312 numbers")?;
        terminal.settle();
        for (keys, seen) in *pieces {
            for key in keys.chars() {
                terminal.press(key.to_string().as_bytes())?;
            }
            terminal.wait_for(seen)?;
        }
        write(name, &mut terminal)?;
    }
    history()
}

fn write(name: &str, terminal: &mut Terminal) -> Result<()> {
    terminal.settle();
    let path = format!("{}/assets/{name}.svg", env!("CARGO_MANIFEST_DIR"));
    std::fs::write(path, svg(terminal.screen())?)?;
    println!("wrote assets/{name}.svg");
    Ok(())
}

/// Somebody elsewhere detached endpoints between two reads, and one number was changed from here.
fn history() -> Result<()> {
    let sandbox = Sandbox::start(NUMDECK, 312)?;
    let state = format!("{NO_STATE}-{}", std::process::id());
    let environment = [("NUMDECK_API_KEY", "kros_test_owner"), ("NUMDECK_BASE_URL", &sandbox.url)];
    let program =
        environment.iter().fold(Program::new(NUMDECK), |program, (name, value)| program.env(name, value));
    let program =
        program.env("NUMDECK_CONFIG_DIR", NO_PROFILES).env("NUMDECK_STATE_DIR", &state).env("TZ", "UTC");
    let mut terminal = Terminal::open(&program)?;
    terminal.wait_for("312 numbers")?;
    terminal.settle();
    let elsewhere = |arguments: &[&str]| -> Result<String> {
        let mut command = std::process::Command::new(NUMDECK);
        command.env_clear().envs(environment).env("NUMDECK_STATE_DIR", format!("{state}-elsewhere"));
        Ok(String::from_utf8(command.args(arguments).output()?.stdout)?)
    };
    let found =
        elsewhere(&["list", "endpoint:sales-bot", "status:active", "-n", "3", "--columns", "number"])?;
    let numbers: Vec<&str> = found.lines().filter(|line| line.starts_with('+')).collect();
    elsewhere(&[&["update", "--endpoint", "none", "--yes"][..], &numbers].concat())?;
    for (keys, seen) in
        [("r", "! none"), ("oyes\r", "Done"), ("r", "as of"), ("4", "WHAT CHANGED"), ("r", "not from here")]
    {
        for key in keys.chars() {
            terminal.press(key.to_string().as_bytes())?;
        }
        terminal.wait_for(seen)?;
        terminal.settle();
    }
    for key in ["r", "j"] {
        terminal.press(key.as_bytes())?;
    }
    write("history", &mut terminal)?;
    std::fs::remove_dir_all(&state).ok();
    std::fs::remove_dir_all(format!("{state}-elsewhere")).ok();
    Ok(())
}

fn svg(screen: &vt100::Screen) -> Result<String> {
    let (width, height) = (f32::from(COLS) * CELL.0 + 2.0 * MARGIN, f32::from(ROWS) * CELL.1 + 2.0 * MARGIN);
    let mut out = String::new();
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0} {height:.0}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">"#
    )?;
    writeln!(out, r#"<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>"#)?;
    for row in 0..ROWS {
        let mut col = 0;
        while col < COLS {
            let (start, style) = (col, style(screen, row, col));
            let mut text = String::new();
            while col < COLS && self::style(screen, row, col) == style {
                let contents = screen.cell(row, col).map_or("", |cell| cell.contents());
                text.push_str(if contents.is_empty() { " " } else { contents });
                col += 1;
            }
            run(&mut out, row, start, col - start, &text, &style)?;
        }
    }
    out.push_str("</svg>\n");
    Ok(out)
}

#[derive(PartialEq)]
struct Style {
    fill: String,
    behind: Option<String>,
    bold: bool,
}

fn style(screen: &vt100::Screen, row: u16, col: u16) -> Style {
    let Some(cell) = screen.cell(row, col) else {
        return Style { fill: FOREGROUND.to_owned(), behind: None, bold: false };
    };
    let usual = if cell.dim() { MUTED } else { FOREGROUND };
    let fill = colour(cell.fgcolor()).unwrap_or_else(|| usual.to_owned());
    let behind = colour(cell.bgcolor());
    let bold = cell.bold();
    if cell.inverse() {
        Style { fill: behind.unwrap_or_else(|| BACKGROUND.to_owned()), behind: Some(fill), bold }
    } else {
        Style { fill, behind, bold }
    }
}

fn run(out: &mut String, row: u16, col: u16, cells: u16, text: &str, style: &Style) -> Result<()> {
    let (x, y) = (MARGIN + f32::from(col) * CELL.0, MARGIN + f32::from(row) * CELL.1);
    let width = f32::from(cells) * CELL.0;
    if let Some(behind) = &style.behind {
        writeln!(
            out,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{}" fill="{behind}"/>"#,
            CELL.1
        )?;
    }
    let weight = if style.bold { r#" font-weight="bold""# } else { "" };
    // Word by word, each at its own column: fonts differ in width, columns must not.
    let mut column = 0;
    for word in text.split(' ') {
        let cells = unicode_width::UnicodeWidthStr::width(word) as u16;
        if cells > 0 {
            let (x, width) = (x + f32::from(column) * CELL.0, f32::from(cells) * CELL.0);
            let word = word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            writeln!(
                out,
                r#"<text x="{x:.1}" y="{:.1}" textLength="{width:.1}" lengthAdjust="spacingAndGlyphs" fill="{}"{weight}>{word}</text>"#,
                y + 13.5,
                style.fill
            )?;
        }
        column += cells + 1;
    }
    Ok(())
}

/// The 16 colours of a common dark palette.
fn colour(colour: vt100::Color) -> Option<String> {
    const PALETTE: [&str; 16] = [
        "#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4", "#6e7681",
        "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#f0f6fc",
    ];
    match colour {
        vt100::Color::Default => None,
        vt100::Color::Idx(n) => Some(PALETTE.get(usize::from(n)).copied().unwrap_or(FOREGROUND).to_owned()),
        vt100::Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
    }
}
