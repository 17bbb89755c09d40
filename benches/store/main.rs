//! What numdeck remembers, in numbers: how large it is, and how long it takes.
//!
//! Run by hand: `cargo bench --bench store`. A store of 100,000 numbers is made on a disk of this machine, and
//! reads are recorded in it of which each shows 100 changes. No network is involved.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use numdeck::phone::{EndpointId, Field, Kind, Moment, Number, NumberId, NumberText, Status, Switch};
use numdeck::store::{ChangeQuery, CompleteRead, NumberStore, Retention};

/// Where it may keep something.
const PLACE: &str = env!("CARGO_TARGET_TMPDIR");
const NUMBERS: u64 = 100_000;
const CHANGES: usize = 100;
/// Reads with changes.
const READS: usize = 201;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let file = PathBuf::from(PLACE).join("store-bench/a.sqlite");
    fs::remove_dir_all(PathBuf::from(PLACE).join("store-bench")).ok();
    let mut numbers: Vec<Number> = (0..NUMBERS).map(number).collect();
    let mut clock: Timestamp = "2026-03-03T10:00:00Z".parse()?;
    let mut store = NumberStore::new(file.clone(), Retention::default());

    println!("first read of {NUMBERS} numbers: {:.0} ms", record(&mut store, &numbers, &mut clock)?);
    drop(store);
    let first = fs::metadata(&file)?.len();
    println!("  {:.1} bytes a number", first as f64 / NUMBERS as f64);

    let mut store = NumberStore::new(file.clone(), Retention::default());
    let same = (0..11).map(|_| record(&mut store, &numbers, &mut clock)).collect::<Result<Vec<f64>>>()?;
    println!("a read that shows nothing new: {:.0} ms", median(same));

    let mut times = Vec::new();
    for round in 0..READS {
        for change in 0..CHANGES {
            let place = (round * 7919 + change * 104_729) % numbers.len();
            let number = &mut numbers[place];
            let on = number.switches[Switch::Inbound] == Some(true);
            number.switches[Switch::Inbound] = Some(!on);
            number.updated_at = Some(Moment::from(clock));
        }
        times.push(record(&mut store, &numbers, &mut clock)?);
    }
    let slowest = times.iter().copied().fold(0.0, f64::max);
    println!("a read that shows {CHANGES} changes: {:.0} ms, slowest {slowest:.0}", median(times));
    drop(store);
    let grown = fs::metadata(&file)?.len().saturating_sub(first);
    println!("  {:.1} bytes a change", grown as f64 / (READS * CHANGES) as f64);

    let timed = |what: &str, work: &mut dyn FnMut(&mut NumberStore) -> usize| {
        let mut store = NumberStore::new(file.clone(), Retention::default());
        let began = Instant::now();
        let count = work(&mut store);
        println!("{what}: {:.0} ms ({count})", began.elapsed().as_secs_f64() * 1e3);
    };
    timed("the last list", &mut |store| store.last().map_or(0, |list| list.numbers.len()));
    let middle = clock - SignedDuration::from_mins(100);
    timed("the list of a time", &mut |store| store.at(middle).map_or(0, |list| list.numbers.len()));
    let one = ChangeQuery {
        numbers: Some([numbers[7919].id.clone()].into_iter().collect()),
        ..ChangeQuery::default()
    };
    timed("the changes of one number", &mut |store| store.changes(&one).map_or(0, |all| all.len()));
    Ok(())
}

/// Records a read that took a second, a minute after the one before. Returns how long that took, in ms.
fn record(store: &mut NumberStore, numbers: &[Number], clock: &mut Timestamp) -> Result<f64> {
    let began = *clock + SignedDuration::from_secs(60);
    let ended = began + SignedDuration::from_secs(1);
    *clock = ended;
    let read = CompleteRead { began, ended, numbers: numbers.to_vec() };
    let start = Instant::now();
    store.record(&read, &|| Some(Vec::new()), ended)?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

fn number(n: u64) -> Number {
    let line = format!("+23480{n:08}");
    let random = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let id = format!("{:08x}-{:04x}-4000-8000-{n:012x}", random >> 32, random & 0xffff);
    let mut number = Number::new(NumberId::new(&id), NumberText::parse(&line));
    number.country = Some("NG".into());
    number.kind = Some(Kind::Mobile);
    number.status = Some(Status::Active);
    number.endpoint = Field::Value(EndpointId::new(["ep_sales", "ep_support", "ep_bot"][n as usize % 3]));
    number.switches = Switch::Inbound.set(true).with(Switch::Outbound, n.is_multiple_of(2));
    number.sip_uri = Some(format!("sip:{line}@sip.example.net").into());
    number.organization = Some("a1000000-0000-4000-8000-000000000001".into());
    let at = Timestamp::from_second(1_760_000_000 + n as i64).ok();
    number.created_at = at.map(Moment::from);
    number.updated_at = at.map(Moment::from);
    number
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}
