//! How numdeck feels, in numbers: start, keys, filter, load, idle, memory, commands.
//!
//! Run by hand: `cargo bench --bench terminal`. Everything runs in a PTY of 120x40 over a sandbox
//! with 100,000 owned numbers on this machine, beside a bare ratatui program over the same numbers
//! in a file, so that ratios hold on any machine. `cargo bench --bench terminal -- picture` makes the
//! pictures of the README in `assets` from the real program, `-- million` measures over a million numbers.

mod bare;
mod million;
mod picture;
mod pty;
mod report;
#[path = "../support/sandbox.rs"]
mod sandbox;

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pty::{Program, Terminal};
use report::{Figures, median, percentile};
use sandbox::Sandbox;

/// The program under test.
const NUMDECK: &str = env!("CARGO_BIN_EXE_numdeck");
/// Nobody's own profiles are to be measured.
const NO_PROFILES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/no-profiles");
/// Nor is anything of somebody's own to be kept.
const NO_STATE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/state-of-the-bench");

/// How many numbers are owned.
const OWNED: usize = 100_000;

/// The digits that are typed into the filter.
const TYPED: &str = "7720";

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["bare", file] => bare::run(file),
        ["million"] => million::measure(),
        ["picture"] => picture::make(),
        [] => measure(),
        _ => Err("arguments: none, million or picture".into()),
    }
}

fn measure() -> Result<()> {
    let sandbox = Sandbox::start(NUMDECK, OWNED)?;
    let file = std::env::temp_dir().join(format!("numdeck-bench-{}.tsv", std::process::id()));
    write_rows(&sandbox, &file)?;
    let numdeck = Program::new(NUMDECK)
        .env("NUMDECK_API_KEY", "kros_test_owner")
        .env("NUMDECK_BASE_URL", &sandbox.url)
        .env("NUMDECK_CONFIG_DIR", NO_PROFILES)
        .env("NUMDECK_STATE_DIR", NO_STATE);
    let this = std::env::current_exe()?;
    let bare = Program::new(&this.to_string_lossy()).arg("bare").arg(&file.to_string_lossy());
    let demo = Program::new(NUMDECK).arg("demo");

    let mut figures = Figures::default();
    for _ in 0..12 {
        figures.add("start, first full frame, demo (ms)", "numdeck", first_frame(&demo)?);
        figures.add("start, first full frame (ms)", "numdeck", first_frame(&numdeck)?);
        figures.add("start, first full frame (ms)", "bare", first_frame(&bare)?);
    }
    for round in 0..3 {
        // One that is remembered would not be read on.
        let numdeck = numdeck.clone().env("NUMDECK_STATE_DIR", &format!("{NO_STATE}-{round}"));
        std::fs::remove_dir_all(format!("{NO_STATE}-{round}")).ok();
        let mut terminals =
            [("numdeck", loaded(&numdeck, OWNED, &mut figures)?), ("bare", Terminal::open(&bare)?)];
        terminals[1].1.wait_for("100000 numbers")?;
        // The two take turns, so that whatever else the machine does falls on both.
        for press in 0..200 {
            for (name, terminal) in &mut terminals {
                terminal.pause(Duration::from_millis(3 + press % 17));
                let (time, bytes) = terminal.press(b"\x1b[B")?;
                figures.add("cursor key to last byte (ms)", name, time);
                figures.add("cursor key (bytes)", name, bytes);
            }
        }
        for (name, terminal) in &mut terminals {
            let (time, bytes) = terminal.press(&b"\x1b[B".repeat(200))?;
            figures.add("200 queued keys to last byte (ms)", name, time);
            figures.add("200 queued keys (bytes)", name, bytes);
        }
        for (name, terminal) in &mut terminals {
            terminal.press(b"/")?;
            for key in TYPED.bytes().chain(std::iter::repeat_n(0x7f, TYPED.len() - 1)) {
                let (time, _) = terminal.press(&[key])?;
                figures.add("filter key to last byte (ms)", name, time);
            }
            terminal.press(b"\x1b")?;
        }
        for (name, terminal) in &mut terminals {
            terminal.pause(Duration::from_secs(1));
            let idle = terminal.idle(Duration::from_secs(4))?;
            figures.add("idle, wake-ups in 4 s", name, idle.wakeups);
            figures.add("idle, bytes in 4 s", name, idle.bytes);
            figures.add("resident (MB)", name, terminal.resident()?);
        }
    }
    for _ in 0..30 {
        figures.add("--version (ms)", "numdeck", wall(Command::new(NUMDECK).arg("--version"))?);
        let url = format!("{}/phone-numbers?limit=100", sandbox.url);
        let key = "x-api-key: kros_test_owner";
        if let Ok(time) = wall(Command::new("curl").args(["-s", "-H", key, &url])) {
            figures.add("one page of 100 (ms)", "curl", time);
        }
        let mut list = Command::new(NUMDECK);
        list.arg("list")
            .env("NUMDECK_API_KEY", "kros_test_owner")
            .env("NUMDECK_BASE_URL", &sandbox.url)
            .env("NUMDECK_CONFIG_DIR", NO_PROFILES);
        figures.add("one page of 100 (ms)", "numdeck", wall(&mut list)?);
    }
    std::fs::remove_file(&file)?;
    figures.print(&mut std::io::stdout().lock())?;
    Ok(())
}

/// The numbers of the sandbox in a file, for the bare program.
fn write_rows(sandbox: &Sandbox, file: &std::path::Path) -> Result<()> {
    let rows = Command::new(NUMDECK)
        .args(["list", "--all", "--columns", "number,country,type,status,endpoint"])
        .env("NUMDECK_API_KEY", "kros_test_owner")
        .env("NUMDECK_BASE_URL", &sandbox.url)
        .env("NUMDECK_CONFIG_DIR", NO_PROFILES)
        .stderr(Stdio::inherit())
        .output()?
        .stdout;
    Ok(std::fs::File::create(file)?.write_all(&rows)?)
}

/// From exec to the frame that shows a screenful of rows.
fn first_frame(program: &Program) -> Result<f64> {
    let mut terminal = Terminal::open(program)?;
    terminal.wait_until(|screen| screen.lines().filter(|line| line.contains('+')).count() >= 30)
}

/// Opens numdeck, and reads all numbers while a key is pressed now and then.
fn loaded(program: &Program, owned: usize, figures: &mut Figures) -> Result<Terminal> {
    let mut terminal = Terminal::open(program)?;
    terminal.wait_for("more on the server")?;
    let all = format!("{} numbers", numdeck::phone::thousands(owned as u64));
    let began = Instant::now();
    terminal.send(b"L")?;
    let mut worst: f64 = 0.0;
    while !terminal.shows(&all) || terminal.shows("so far") {
        if began.elapsed() > Duration::from_secs(60) {
            return Err("the list was never complete".into());
        }
        worst = worst.max(terminal.answer(b"\x1b[B", Duration::from_millis(5))?);
    }
    let took = began.elapsed().as_secs_f64() * 1e3;
    figures.add("all read, after the first 5,000 (ms)", "numdeck", took);
    figures.add("slowest key while reading them (ms)", "numdeck", worst);
    terminal.settle();
    Ok(terminal)
}

/// Wall time of a command, in ms.
fn wall(command: &mut Command) -> Result<f64> {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let time = began.elapsed();
    if !status.success() {
        return Err(format!("{command:?} failed").into());
    }
    Ok(time.as_secs_f64() * 1e3)
}

/// A line of figures for one program.
fn line(samples: &[f64]) -> (f64, f64) {
    (median(samples), percentile(samples, 0.99))
}
