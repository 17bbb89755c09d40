//! A day of a watch, in virtual time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Pace, ReadBudget, RoundEnd};
use crate::phone::{EndpointId, Field, Number, NumberId, NumberText, Status, Switch};
use crate::store::{ChangeAuthor, CompleteRead, Transitions};

const NUMBERS: u64 = 312;
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the server holds at a minute of the day.
fn world(minute: u64) -> Vec<Number> {
    let number = |i: u64| {
        let line = NumberText::parse(&format!("+{}", 2_348_031_000_000 + i));
        let mut number = Number::new(NumberId::new(&format!("n-{i}")), line);
        number.status = Some(Status::Active);
        number.endpoint = Field::Value(EndpointId::new("ep_1"));
        number.switches[Switch::Inbound] = Some(true);
        number
    };
    let mut numbers: Vec<Number> = (0..NUMBERS).map(number).collect();
    let clock = |hour: u64, of_hour: u64| hour * 60 + of_hour;
    // It flaps from one look to the next for an hour.
    if (clock(6, 0)..clock(7, 0)).contains(&minute) && (minute / 10).is_multiple_of(2) {
        numbers[7].endpoint = Field::Null;
    }
    if minute >= clock(3, 17) {
        numbers[20].switches[Switch::Inbound] = Some(false);
    }
    // While the server is away.
    if minute >= clock(10, 30) {
        numbers[30].endpoint = Field::Value(EndpointId::new("ep_2"));
    }
    if (clock(10, 40)..clock(11, 20)).contains(&minute) {
        numbers[31].endpoint = Field::Null;
    }
    // Between two looks and back again.
    if (clock(15, 31)..clock(15, 34)).contains(&minute) {
        numbers[23].status = Some(Status::Inactive);
    }
    // Behind a clock that was set back.
    if minute >= clock(18, 5) {
        numbers[40].status = Some(Status::Inactive);
    }
    if minute >= clock(9, 41) {
        numbers.remove(21);
    }
    if minute >= clock(12, 45) {
        numbers.push(number(NUMBERS));
    }
    numbers
}

/// How a look at a minute of the day ends.
fn look(minute: u64) -> RoundEnd {
    match minute {
        600..720 => RoundEnd::Away("connection refused".to_owned()),
        960..1000 => RoundEnd::Busy(Some(15 * MINUTE)),
        _ => RoundEnd::Read,
    }
}

struct Day {
    events: Vec<String>,
    said: Vec<String>,
    requests: u64,
}

fn day(budget: ReadBudget, agreeing: u32) -> Day {
    let start: Timestamp = "2026-03-03T00:00:00Z".parse().unwrap();
    let wall = |passed: Duration| {
        let jump =
            if passed >= 18 * 60 * MINUTE { SignedDuration::from_hours(-1) } else { SignedDuration::ZERO };
        start + SignedDuration::try_from(passed).unwrap() + jump
    };
    let read = |passed: Duration| CompleteRead {
        began: wall(passed),
        ended: wall(passed) + SignedDuration::from_secs(2),
        numbers: world(passed.as_secs() / 60),
    };
    let mut pace = Pace::new(budget.every);
    let mut transitions = Transitions::begin(&read(Duration::ZERO), agreeing);
    let mut day = Day { events: Vec::new(), said: Vec::new(), requests: budget.requests };
    let mut passed = Duration::ZERO;
    let mut end = RoundEnd::Read;
    loop {
        let waited = pace.after(&end, wall(passed));
        day.said.extend(waited.said);
        passed += waited.wait;
        if passed >= DAY {
            return day;
        }
        end = look(passed.as_secs() / 60);
        day.requests += match end {
            RoundEnd::Read => budget.requests,
            // A read that fails is tried three times, one that is to wait is not.
            RoundEnd::Away(_) => 3,
            RoundEnd::Busy(_) => 1,
        };
        if end == RoundEnd::Read {
            for (change, _) in transitions.take(&read(passed), Some(&[])) {
                assert_eq!(change.author, ChangeAuthor::Elsewhere);
                assert!(change.not_before.is_none_or(|from| from <= change.not_after), "{change:?}");
                let (what, after) = (change.aspect.name(), change.after.to_json());
                day.events.push(format!("{} {what} {after}", change.number));
            }
        }
    }
}

fn budget(minutes: u32) -> ReadBudget {
    ReadBudget { numbers: NUMBERS, requests: 4, every: minutes * MINUTE, limit: 1000 }
}

#[test]
fn a_day_is_told_as_a_reader_of_the_log_would_tell_it() {
    let day = day(budget(10), 2);
    let wanted = [
        "n-20 inbound false",
        "n-21 gone null",
        "n-30 endpoint \"ep_2\"",
        "n-312 new null",
        "n-40 status \"inactive\"",
    ];
    assert_eq!(day.events, wanted);
    let said: Vec<&str> = day.said.iter().map(|text| text.split(':').next().unwrap()).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(
        said[0].contains("away") && said[1].contains("back") && said[2].contains("fewer requests"),
        "{said:?}"
    );
    println!("312 numbers for a day: {} requests of {}", day.requests, budget(10).per_day());
}

#[test]
fn without_agreement_each_flap_is_told_and_nothing_else_more() {
    let day = day(budget(10), 1);
    let flaps = day.events.iter().filter(|event| event.starts_with("n-7 ")).count();
    assert_eq!((flaps, day.events.len()), (6, 11), "{:?}", day.events);
}

#[test]
fn requests_stay_within_what_was_said_whatever_the_day_is_like() {
    for minutes in [1, 5, 10, 15, 60] {
        let budget = budget(minutes);
        let day = day(budget, 1);
        // The look before the first wait is one more.
        assert!(day.requests <= budget.per_day() + budget.requests, "{minutes}: {}", day.requests);
    }
    let one = ReadBudget { requests: 1, ..budget(10) };
    assert!(
        day(one, 1).requests <= one.per_day() + 3,
        "also where a look is one request, and fails three times"
    );
}
