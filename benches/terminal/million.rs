//! One million owned numbers: keys, filter, sort, marks, memory, and the start from what was kept.
//!
//! `cargo bench --bench terminal -- million`; it takes some minutes.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::pty::Program;
use super::report::Figures;
use super::sandbox::Sandbox;
use super::{NO_PROFILES, NUMDECK, Result, TYPED, first_frame, loaded, wall};

/// How many numbers are owned.
const OWNED: usize = 1_000_000;

pub(super) fn measure() -> Result<()> {
    let sandbox = Sandbox::start(NUMDECK, OWNED)?;
    let state = std::env::temp_dir().join(format!("numdeck-bench-{}", std::process::id()));
    let kept = |program: Program| program.env("NUMDECK_STATE_DIR", &state.to_string_lossy());
    let numdeck = Program::new(NUMDECK)
        .env("NUMDECK_API_KEY", "kros_test_owner")
        .env("NUMDECK_BASE_URL", &sandbox.url)
        .env("NUMDECK_CONFIG_DIR", NO_PROFILES);
    let mut figures = Figures::default();
    keys(&numdeck, &mut figures)?;
    // A sorted list is kept whole, however long it is.
    let mut list = Command::new(NUMDECK);
    list.args(["list", "--all", "--sort", "number", "-o", "csv"])
        .env("NUMDECK_API_KEY", "kros_test_owner")
        .env("NUMDECK_BASE_URL", &sandbox.url)
        .env("NUMDECK_CONFIG_DIR", NO_PROFILES)
        .env("NUMDECK_STATE_DIR", &state)
        .stdin(Stdio::null());
    figures.add("list --all --sort number, kept (ms)", "numdeck", wall(&mut list)?);
    let numdeck = kept(numdeck);
    for _ in 0..12 {
        figures.add("start from what was kept, first frame (ms)", "numdeck", first_frame(&numdeck)?);
    }
    std::fs::remove_dir_all(&state)?;
    figures.print(&mut std::io::stdout().lock())?;
    Ok(())
}

/// All of them in one dashboard, and what its keys take.
fn keys(program: &Program, figures: &mut Figures) -> Result<()> {
    let mut terminal = loaded(program, OWNED, figures)?;
    figures.add("resident (MB)", "numdeck", terminal.resident()?);
    for press in 0..200 {
        terminal.pause(Duration::from_millis(3 + press % 17));
        figures.add("cursor key to last byte (ms)", "numdeck", terminal.press(b"\x1b[B")?.0);
    }
    for _ in 0..5 {
        terminal.press(b"/")?;
        for key in TYPED.bytes().chain(std::iter::repeat_n(0x7f, TYPED.len() - 1)) {
            let (time, _) = terminal.press(&[key])?;
            figures.add("filter key to last byte (ms)", "numdeck", time);
        }
        terminal.press(b"\x1b")?;
    }
    for _ in 0..12 {
        figures.add("sort key to last byte (ms)", "numdeck", terminal.press(b"s")?.0);
    }
    figures.add("mark all (ms)", "numdeck", terminal.press(b"*")?.0);
    figures.add("cursor key, all marked (ms)", "numdeck", terminal.press(b"\x1b[B")?.0);
    figures.add("resident, all marked (MB)", "numdeck", terminal.resident()?);
    figures.add("clear marks (ms)", "numdeck", terminal.press(b"\x1b")?.0);
    Ok(())
}
