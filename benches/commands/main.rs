//! How commands feel, in numbers: start, one page, a whole list, its first row, memory.
//!
//! Run by hand: `cargo bench --bench commands`. Everything is read from a sandbox with 100,000 owned
//! numbers on this machine, in turns with curl, which fetches the same pages over one connection, so that
//! ratios hold on any machine.

#[path = "../support/sandbox.rs"]
mod sandbox;

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Instant;

use sandbox::Sandbox;

/// The program under test.
const NUMDECK: &str = env!("CARGO_BIN_EXE_numdeck");
/// Nobody's own profiles are to be measured.
const NO_PROFILES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/no-profiles");
const KEY: &str = "kros_test_owner";

/// How many numbers are owned.
const OWNED: usize = 100_000;
/// Rows of a page.
const PAGE: usize = 100;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let sandbox = Sandbox::start(NUMDECK, OWNED)?;
    let mut figures = Figures::default();
    for _ in 0..30 {
        figures.add("--version", "numdeck", wall(Command::new(NUMDECK).arg("--version"))?);
        figures.add("one page of 100", "curl", wall(&mut curl(&sandbox, "limit=100"))?);
        figures.add("one page of 100", "numdeck", wall(&mut numdeck(&sandbox, &["list"]))?);
    }
    let pages = format!("limit={PAGE}&offset=[0-{}:{PAGE}]", OWNED - PAGE);
    for _ in 0..11 {
        figures.add("all", "curl", wall(&mut curl(&sandbox, &pages))?);
        for form in ["ndjson", "csv", "json", "table"] {
            let all = &mut numdeck(&sandbox, &["list", "--all", "-o", form]);
            figures.add("all", form, wall(all)?);
        }
        figures.add("first row of all", "numdeck", first_row(&mut numdeck(&sandbox, &ALL))?);
        figures.add("its page alone", "numdeck", wall(&mut numdeck(&sandbox, &["list", "-o", "ndjson"]))?);
    }
    figures.print();
    println!("\nresident at most, MB:");
    for owned in [PAGE, OWNED, 10 * OWNED] {
        let other = if owned == OWNED { None } else { Some(Sandbox::start(NUMDECK, owned)?) };
        let sandbox = other.as_ref().unwrap_or(&sandbox);
        for form in ["ndjson", "csv", "table"] {
            let megabytes = resident(&mut numdeck(sandbox, &["list", "--all", "-o", form]))?;
            println!("{owned:>9} rows, {form:<7} {megabytes:>7.1}");
        }
    }
    Ok(())
}

const ALL: [&str; 4] = ["list", "--all", "-o", "ndjson"];

/// numdeck over the sandbox.
fn numdeck(sandbox: &Sandbox, args: &[&str]) -> Command {
    let mut command = Command::new(NUMDECK);
    command
        .args(args)
        .env("NUMDECK_API_KEY", KEY)
        .env("NUMDECK_BASE_URL", &sandbox.url)
        .env("NUMDECK_CONFIG_DIR", NO_PROFILES)
        .env("NUMDECK_STATE_DIR", NO_PROFILES);
    command
}

/// curl over the same.
fn curl(sandbox: &Sandbox, query: &str) -> Command {
    let mut command = Command::new("curl");
    let (key, url) = (format!("x-api-key: {KEY}"), format!("{}/phone-numbers?{query}", sandbox.url));
    command.args(["-s", "-H", &key, &url]);
    command
}

/// Wall time of a command whose output nobody keeps, in ms.
fn wall(command: &mut Command) -> Result<f64> {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let time = began.elapsed();
    if !status.success() {
        return Err(format!("{command:?} failed").into());
    }
    Ok(time.as_secs_f64() * 1e3)
}

/// From exec to the first bytes of output, in ms.
fn first_row(command: &mut Command) -> Result<f64> {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut out = child.stdout.take().ok_or("no output")?;
    out.read_exact(&mut [0])?;
    let time = began.elapsed();
    drop(out);
    child.wait()?;
    Ok(time.as_secs_f64() * 1e3)
}

/// The most memory that a command has had, in MB, as seen while its output is read.
fn resident(command: &mut Command) -> Result<f64> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut out = child.stdout.take().ok_or("no output")?;
    let mut most: f64 = 0.0;
    let mut piece = vec![0; 1 << 20];
    while out.read(&mut piece)? > 0 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = peak.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
        most = most.max(kilobytes.unwrap_or_default() / 1024.0);
    }
    if !child.wait()?.success() {
        return Err(format!("{command:?} failed").into());
    }
    Ok(most)
}

/// Samples by figure and program, in the order in which they came.
#[derive(Default)]
struct Figures(Vec<(&'static str, &'static str, Vec<f64>)>);

impl Figures {
    fn add(&mut self, figure: &'static str, program: &'static str, sample: f64) {
        match self.0.iter_mut().find(|(name, by, _)| *name == figure && *by == program) {
            Some((_, _, samples)) => samples.push(sample),
            None => self.0.push((figure, program, vec![sample])),
        }
    }

    /// Medians, and what they are of curl's.
    fn print(&self) {
        println!("{:<18} {:<8} {:>3} {:>9} {:>9} {:>8}", "ms", "", "n", "median", "least", "of curl");
        for (figure, program, samples) in &self.0 {
            let (median, least) = (share(samples, 2), share(samples, usize::MAX));
            let curl = self.0.iter().find(|(name, by, _)| name == figure && *by == "curl");
            let ratio =
                curl.map_or(String::new(), |(_, _, samples)| format!("{:.2}", median / share(samples, 2)));
            println!("{figure:<18} {program:<8} {:>3} {median:>9.2} {least:>9.2} {ratio:>8}", samples.len());
        }
    }
}

/// Of the sorted samples the one behind so big a part of them.
fn share(samples: &[f64], part: usize) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / part]
}
