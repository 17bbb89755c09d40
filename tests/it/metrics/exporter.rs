//! The list behind the figures: read once for all, and what is told while it cannot be.

use std::io::Read;
use std::process::Stdio;

use numdeck::sandbox::{Config, Sandbox};

use super::{Exporter, numdeck, page};
use crate::support::exposition::Figures;
use crate::support::faulty::{Faulty, Reply};
use crate::support::ran::Ran;
use crate::support::relay::Relay;

/// Scrapers at once, and scrapes of each.
const SCRAPERS: usize = 64;
const SCRAPES: usize = 40;

fn sandbox(owned: u32) -> Sandbox {
    Sandbox::start(Config { owned, inventory: 20, ..Config::default() }).unwrap()
}

/// Reads of the list that began: their first page.
fn lists(reads: &[String]) -> usize {
    reads.iter().filter(|target| target.contains("action=assigned") && target.contains("offset=0")).count()
}

/// One connection that scrapes again and again.
fn scrape(at: &str) -> Vec<String> {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(at).unwrap();
    let mut bodies = Vec::new();
    for _ in 0..SCRAPES {
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        let whole = loop {
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece).unwrap();
            assert!(read > 0, "it hung up");
            answer.extend_from_slice(&piece[..read]);
            let text = String::from_utf8(answer.clone()).unwrap();
            let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
            let Some(length) = length.and_then(|text| text.parse::<usize>().ok()) else { continue };
            if text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() == length) {
                break text;
            }
        };
        let page = page(&whole);
        assert_eq!(page.status, 200, "{page:?}");
        bodies.push(page.body);
    }
    bodies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_scrapers_cost_one_read_of_the_list_and_see_no_error() {
    let relay = Relay::start(Config { owned: 312, inventory: 20, ..Config::default() }).await;
    let state = tempfile::tempdir().unwrap();
    let exporter = Exporter::start(&relay.url(), state.path(), &[]);
    let at = exporter.at.clone();
    let scraped = tokio::task::spawn_blocking(move || {
        let scrapers: Vec<_> = (0..SCRAPERS)
            .map(|_| {
                let at = at.clone();
                std::thread::spawn(move || scrape(&at))
            })
            .collect();
        scrapers.into_iter().flat_map(|scraper| scraper.join().unwrap()).collect::<Vec<String>>()
    });
    let scraped = scraped.await.unwrap();
    assert_eq!(scraped.len(), SCRAPERS * SCRAPES);
    let exporter = tokio::task::spawn_blocking(move || {
        exporter.metrics();
        exporter
    });
    let exporter = exporter.await.unwrap();
    assert_eq!(lists(&relay.reads()), 1, "{:?}", relay.reads());
    let pages = relay.reads().iter().filter(|target| target.contains("action=assigned")).count();
    assert_eq!(pages, 4, "312 numbers are four pages");
    let (code, said) = tokio::task::spawn_blocking(move || exporter.stop()).await.unwrap();
    assert_eq!(code, Some(0), "who stops a server has not interrupted anything");
    assert!(said.contains("312 numbers, 4 requests each 10 min: 576 of 1,000 a day"), "{said}");
}

#[test]
fn the_figures_are_those_of_the_list_in_the_format_of_prometheus() {
    let sandbox = sandbox(312);
    let state = tempfile::tempdir().unwrap();
    let exporter = Exporter::start(&sandbox.base_url(), state.path(), &[]);
    let text = exporter.metrics();
    let figures = Figures::read(&text);
    assert_eq!(figures.sum("numdeck_numbers"), 312.0);
    let rows = Ran::run(numdeck(
        &sandbox.base_url(),
        state.path(),
        &["list", "endpoint:none !status:inactive !status:pending", "--all", "-o", "json"],
    ));
    let without = figures.get("numdeck_numbers_unroutable{reason=\"no_endpoint\"}").unwrap();
    assert_eq!(without, rows.rows().len() as f64, "{text}");
    assert_eq!(figures.get("numdeck_ledger_in_doubt"), Some(0.0));
    assert_eq!(figures.get("numdeck_list_interval_seconds"), Some(600.0));
    assert!(figures.get("numdeck_list_age_seconds").is_some_and(f64::is_finite), "{text}");
    assert!(figures.get("numdeck_api_requests_today").is_some());
    // All the codes of a check are fewer than sixty.
    assert!(figures.count() + 60 < 200, "{text}");
    let digits = |line: &str| line.chars().filter(char::is_ascii_digit).count();
    assert!(text.lines().filter(|line| !line.starts_with('#')).all(|line| digits(line) < 20), "{text}");
    assert!(!text.contains("kros_"), "{text}");
    let head = exporter.get("/metrics").head;
    assert!(head.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{head}");
}

#[test]
fn ten_times_the_numbers_make_no_series_more() {
    let count = |owned: u32| {
        let (sandbox, state) = (sandbox(owned), tempfile::tempdir().unwrap());
        Figures::read(&Exporter::start(&sandbox.base_url(), state.path(), &[]).metrics()).count()
    };
    assert_eq!(count(60), count(600));
}

#[tokio::test]
async fn without_an_api_it_runs_and_says_that_it_knows_nothing() {
    let api = Faulty::always(Reply::Reset(Vec::new())).await;
    let exporter = Exporter::start(&api.url(), api.state(), &[]);
    let asked = move || {
        let pages = ["/metrics", "/healthz"].map(|path| exporter.get(path));
        (pages, exporter.probe("+2348031234567", ""))
    };
    let ([metrics, health], probe) = tokio::task::spawn_blocking(asked).await.unwrap();
    let figures = Figures::read(&metrics.body);
    assert_eq!(figures.get("numdeck_list_age_seconds"), Some(f64::INFINITY));
    assert_eq!(figures.sum("numdeck_numbers"), 0.0, "{figures:?}");
    assert_eq!((health.status, probe.status), (200, 503), "{probe:?}");
}

#[test]
fn a_server_that_went_away_leaves_the_last_list_whose_age_grows() {
    let state = tempfile::tempdir().unwrap();
    let sandbox = sandbox(60);
    let url = sandbox.base_url();
    let before = Figures::read(&Exporter::start(&url, state.path(), &[]).metrics());
    // What is remembered is on the disk when its process ended as it should.
    let exporter = Exporter::start(&url, state.path(), &[]);
    exporter.metrics();
    exporter.stop();
    drop(sandbox);
    let exporter = Exporter::start(&url, state.path(), &[]);
    let after = Figures::read(&exporter.metrics());
    assert_eq!(after.sum("numdeck_numbers"), 60.0);
    assert_eq!(before.sum("numdeck_numbers_unroutable"), after.sum("numdeck_numbers_unroutable"));
    let age = |figures: &Figures| figures.get("numdeck_list_age_seconds").unwrap();
    let (first, mut later) = (age(&after), age(&after));
    while later <= first {
        later = age(&Figures::read(&exporter.metrics()));
    }
    assert!(later.is_finite());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_that_is_started_over_and_over_reads_no_more_than_one_that_runs() {
    let relay = Relay::start(Config { owned: 60, inventory: 20, ..Config::default() }).await;
    let (url, state) = (relay.url(), tempfile::tempdir().unwrap());
    tokio::task::spawn_blocking(move || {
        for _ in 0..4 {
            let exporter = Exporter::start(&url, state.path(), &[]);
            exporter.metrics();
            exporter.stop();
        }
    })
    .await
    .unwrap();
    assert_eq!(lists(&relay.reads()), 1, "{:?}", relay.reads());
}

#[tokio::test]
async fn a_429_is_taken_to_heart_and_told_once() {
    let api = Faulty::start(|_, _| Reply::answer(429, &[("retry-after", "3600")], "{}")).await;
    let exporter = Exporter::start(&api.url(), api.state(), &[]);
    while api.requests().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let exporter = tokio::task::spawn_blocking(move || {
        for _ in 0..100 {
            assert_eq!(exporter.get("/metrics").status, 200);
        }
        exporter
    });
    let exporter = exporter.await.unwrap();
    assert_eq!(api.requests().len(), 1, "a hundred scrapes asked for nothing");
    let (_, said) = tokio::task::spawn_blocking(move || exporter.stop()).await.unwrap();
    assert_eq!(said.matches("the list cannot be read").count(), 1, "{said}");
    assert!(said.contains("next try in 60 min"), "{said}");
}

#[test]
fn a_wrong_key_ends_it_before_anybody_relies_on_it() {
    let sandbox = sandbox(5);
    let state = tempfile::tempdir().unwrap();
    let mut command = numdeck(&sandbox.base_url(), state.path(), &["exporter", "--listen", "127.0.0.1:0"]);
    command.env("NUMDECK_API_KEY", "kros_test_nobody");
    let ran = Ran::run(command.stdout(Stdio::piped()));
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(!ran.said().contains("kros_test_nobody"), "{ran:?}");
}

#[test]
fn what_it_cannot_do_it_says_at_once() {
    let (sandbox, state) = (sandbox(5), tempfile::tempdir().unwrap());
    let run =
        |args: &[&str]| Ran::run(numdeck(&sandbox.base_url(), state.path(), &[&["exporter"], args].concat()));
    let open = run(&["--listen", "0.0.0.0:0", "--allow", "*"]);
    assert_eq!(open.code, 2, "{open:?}");
    let taken = Exporter::start(&sandbox.base_url(), state.path(), &[]);
    let second = run(&["--listen", &taken.at]);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.err.contains("another exporter"), "{second:?}");
    assert_eq!(run(&["--allow", "sip:a@b"]).code, 2);
    assert_eq!(run(&["-o", "json"]).code, 2);
}
