//! What a scrape costs, in numbers.
//!
//! Run by hand: `cargo bench --bench metrics`. The list of a sandbox with 100,000 owned numbers is read by an
//! exporter; its pages are asked for in turns with `/healthz`, which needs nothing, so that what is left is
//! what the figures cost.

#[path = "../support/sandbox.rs"]
mod sandbox;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use numdeck::check::Endpoints;
use numdeck::metrics::{Exposition, FleetFigures};
use numdeck::phone::{EndpointId, Field, Number, NumberId, NumberText, Status, Switch};
use sandbox::Sandbox;

/// The program under test.
const NUMDECK: &str = env!("CARGO_BIN_EXE_numdeck");
/// Nobody's own profiles are to be measured, and nothing remembered.
const PLACE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/metrics-bench");
const OWNED: usize = 100_000;
const SCRAPES: usize = 501;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    counted();
    std::fs::remove_dir_all(PLACE).ok();
    println!("\na scrape over loopback, {SCRAPES} of each in turns, ms:");
    println!("{:>9}  {:<10} {:>8} {:>8} {:>10}", "numbers", "", "median", "slowest", "of healthz");
    for owned in [100, OWNED] {
        let sandbox = Sandbox::start(NUMDECK, owned)?;
        let exporter = Exporter::start(&sandbox)?;
        let mut stream = TcpStream::connect(&exporter.at)?;
        let (mut metrics, mut health) = (Vec::new(), Vec::new());
        for _ in 0..SCRAPES {
            health.push(asked(&mut stream, "/healthz")?.0);
            metrics.push(asked(&mut stream, "/metrics")?.0);
        }
        let base = median(&health);
        for (page, times) in [("/healthz", &health), ("/metrics", &metrics)] {
            let slowest = times.iter().copied().fold(0.0, f64::max);
            let middle = median(times);
            println!("{owned:>9}  {page:<10} {middle:>8.3} {slowest:>8.3} {:>10.2}", middle / base);
        }
    }
    Ok(())
}

/// What is done once a read, and what is done once a scrape.
fn counted() {
    let numbers: Vec<Number> = (0..OWNED).map(number).collect();
    let endpoints = Endpoints::default();
    let mut reads = Vec::new();
    let mut scrapes = Vec::new();
    for _ in 0..11 {
        let began = Instant::now();
        let figures = FleetFigures::of(&numbers, &endpoints, Timestamp::UNIX_EPOCH);
        reads.push(milliseconds(began));
        for _ in 0..100 {
            let began = Instant::now();
            let mut all = Exposition::default();
            figures.tell(&mut all);
            assert!(all.series() < 200 && !all.text().is_empty());
            scrapes.push(milliseconds(began));
        }
    }
    let (read, scrape) = (median(&reads), median(&scrapes));
    println!("counting {OWNED} numbers, once a read: {read:.1} ms");
    println!("telling the counts, once a scrape: {scrape:.4} ms, 1/{:.0} of that", read / scrape);
}

fn number(n: usize) -> Number {
    let line = format!("+23480{n:08}");
    let mut number = Number::new(NumberId::new(&format!("id-{n}")), NumberText::parse(&line));
    number.status = Some(if n.is_multiple_of(50) { Status::Pending } else { Status::Active });
    number.endpoint = if n.is_multiple_of(13) { Field::Null } else { Field::Value(EndpointId::new("ep")) };
    number.switches = Switch::Inbound.set(!n.is_multiple_of(31));
    number.sip_uri = Some(format!("sip:{line}@sip.example.net").into());
    number
}

/// An exporter in a process of its own, which ends with it.
struct Exporter {
    child: Child,
    at: String,
}

impl Exporter {
    /// Starts one, and waits until it has read the list.
    fn start(sandbox: &Sandbox) -> Result<Self> {
        let mut child = Command::new(NUMDECK)
            .args(["exporter", "-q", "--listen", "127.0.0.1:0"])
            .env("NUMDECK_API_KEY", "kros_test_owner")
            .env("NUMDECK_BASE_URL", &sandbox.url)
            .env("NUMDECK_CONFIG_DIR", PLACE)
            .env("NUMDECK_STATE_DIR", PLACE)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let at = line.trim().strip_prefix("listening on http://").ok_or("no address")?.to_owned();
        let exporter = Self { child, at };
        let mut stream = TcpStream::connect(&exporter.at)?;
        while !asked(&mut stream, "/metrics")?.1.contains("numdeck_numbers{") {
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(exporter)
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Asks for a page over a connection that stays. Returns how long it took, in ms, and the answer.
fn asked(stream: &mut TcpStream, page: &str) -> Result<(f64, String)> {
    let began = Instant::now();
    stream.write_all(format!("GET {page} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes())?;
    let mut text = String::new();
    let mut piece = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Err("it hung up".into());
        }
        text.push_str(std::str::from_utf8(&piece[..read])?);
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
        let length = length.and_then(|length| length.parse::<usize>().ok());
        if text.split_once("\r\n\r\n").is_some_and(|(_, body)| Some(body.len()) == length) {
            return Ok((milliseconds(began), text));
        }
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn median(all: &[f64]) -> f64 {
    let mut sorted = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
