//! Trouble on demand.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::random::Random;
use super::request::Operation;
use super::seed::Stream;

/// A way in which the sandbox misbehaves: `OP:KIND[@PROBABILITY]`.
///
/// ```
/// use numdeck::sandbox::Fault;
/// let half_of_all_purchases_lose_their_answer: Fault = "purchase:drop-after-commit@0.5".parse().unwrap();
/// let slow: Fault = "any:latency=300ms".parse().unwrap();
/// assert!("purchase:explode".parse::<Fault>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// `None`: every operation.
    operation: Option<Operation>,
    kind: Kind,
    probability: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Latency(Duration),
    CommitAfter(Duration),
    Ending(Ending),
}

/// How a request ends that a fault took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Refused with this status; nothing is done.
    Status(u16),
    /// The connection is closed; nothing is done.
    DropBefore,
    /// All is done, then the connection is closed without an answer.
    DropAfterCommit,
    /// All is done; the answer breaks off in the middle of its body.
    Truncate,
    /// A login page says 200, as captive portals do; nothing is done.
    Html,
    /// All is done; a 200 arrives whose body is not JSON.
    Garbage,
}

/// Why a fault was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}

const OPERATIONS: &[(&str, Option<Operation>)] = &[
    ("list", Some(Operation::List)),
    ("available", Some(Operation::Available)),
    ("get", Some(Operation::Get)),
    ("purchase", Some(Operation::Purchase)),
    ("update", Some(Operation::Update)),
    ("release", Some(Operation::Release)),
    ("any", None),
];

const KINDS: &str = "status=CODE, latency=DURATION, commit-after=DURATION, drop-before, drop-after-commit, truncate, html or garbage";

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let wrong = |what: String| Err(FaultError(what));
        let Some((operation, rest)) = text.split_once(':') else {
            return wrong(format!(
                "a fault is OP:KIND[@PROBABILITY], for example purchase:drop-after-commit@0.5, not '{text}'"
            ));
        };
        let Some((_, operation)) = OPERATIONS.iter().find(|(name, _)| *name == operation) else {
            return wrong(format!(
                "no operation '{operation}': use list, available, get, purchase, update, release or any"
            ));
        };
        let (kind, probability) = match rest.rsplit_once('@') {
            None => (rest, 1.0),
            Some((kind, number)) => match number.parse::<f64>() {
                Ok(probability) if (0.0..=1.0).contains(&probability) => (kind, probability),
                _ => return wrong(format!("the probability '{number}' is not a number from 0 to 1")),
            },
        };
        let kind = match kind.split_once('=') {
            Some(("status", code)) => match code.parse::<u16>() {
                Ok(code @ 300..=599) => Kind::Ending(Ending::Status(code)),
                _ => return wrong(format!("the status '{code}' is not a code from 300 to 599")),
            },
            Some(("latency", duration)) => match parse_duration(duration) {
                Some(duration) => Kind::Latency(duration),
                None => {
                    return wrong(format!("the latency '{duration}' is not like 500ms, 3s or 2m, up to 60m"));
                }
            },
            Some(("commit-after", duration)) => match parse_duration(duration) {
                Some(duration) => Kind::CommitAfter(duration),
                None => {
                    return wrong(format!("the delay '{duration}' is not like 500ms, 3s or 2m, up to 60m"));
                }
            },
            None => Kind::Ending(match kind {
                "drop-before" => Ending::DropBefore,
                "drop-after-commit" => Ending::DropAfterCommit,
                "truncate" => Ending::Truncate,
                "html" => Ending::Html,
                "garbage" => Ending::Garbage,
                "status" => return wrong("status needs a code: status=503".to_owned()),
                "latency" => return wrong("latency needs a duration: latency=500ms".to_owned()),
                "commit-after" => {
                    return wrong("commit-after needs a duration: commit-after=4s".to_owned());
                }
                _ => return wrong(format!("no fault '{kind}': use {KINDS}")),
            }),
            Some((kind, _)) => return wrong(format!("no fault '{kind}=': use {KINDS}")),
        };
        Ok(Self { operation: *operation, kind, probability })
    }
}

/// `500ms`, `3s`, `2m`: whole numbers, an hour at most.
fn parse_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at(unit_at);
    let count: u64 = count.parse().ok()?;
    let milliseconds = match unit {
        "ms" => count,
        "s" => count.checked_mul(1_000)?,
        "m" => count.checked_mul(60_000)?,
        _ => return None,
    };
    (milliseconds <= 3_600_000).then(|| Duration::from_millis(milliseconds))
}

/// What befalls one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mishap {
    /// How long the answer is held back. The work is done before, so that a caller who does not
    /// wait for it cannot tell whether it was.
    pub(super) latency: Duration,
    /// How long after the request its work is done, whoever waits for it or went: as behind a gateway
    /// that gives up on a slow upstream.
    pub(super) commit_after: Duration,
    pub(super) ending: Option<Ending>,
}

/// The faults in force, and the chance that decides when they fire.
#[derive(Debug)]
pub(super) struct Faults {
    faults: Vec<Fault>,
    random: Random,
}

impl Faults {
    pub(super) fn new(faults: Vec<Fault>, seed: u64) -> Self {
        Self { faults, random: Stream::Faults.of(seed, 0) }
    }

    pub(super) fn replace(&mut self, faults: Vec<Fault>) {
        self.faults = faults;
    }

    /// Decides for one request: latencies add up, the first ending that fires wins.
    pub(super) fn draw(&mut self, operation: Operation) -> Mishap {
        let mut mishap = Mishap::default();
        for fault in &self.faults {
            let concerned = fault.operation.is_none_or(|one| one == operation);
            if !concerned || self.random.fraction() >= fault.probability {
                continue;
            }
            match fault.kind {
                Kind::Latency(latency) => mishap.latency += latency,
                Kind::CommitAfter(delay) => mishap.commit_after += delay,
                Kind::Ending(ending) => {
                    mishap.ending.get_or_insert(ending);
                }
            }
        }
        mishap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(specs: &[&str]) -> Faults {
        Faults::new(specs.iter().map(|spec| spec.parse().unwrap()).collect(), 1)
    }

    #[test]
    fn every_documented_form_is_understood() {
        for (spec, operation, kind, probability) in [
            ("list:status=503", Some(Operation::List), Kind::Ending(Ending::Status(503)), 1.0),
            (
                "available:latency=500ms",
                Some(Operation::Available),
                Kind::Latency(Duration::from_millis(500)),
                1.0,
            ),
            ("get:latency=3s@0.5", Some(Operation::Get), Kind::Latency(Duration::from_secs(3)), 0.5),
            ("any:latency=2m", None, Kind::Latency(Duration::from_secs(120)), 1.0),
            ("purchase:drop-before@0", Some(Operation::Purchase), Kind::Ending(Ending::DropBefore), 0.0),
            (
                "update:drop-after-commit@1",
                Some(Operation::Update),
                Kind::Ending(Ending::DropAfterCommit),
                1.0,
            ),
            ("release:truncate", Some(Operation::Release), Kind::Ending(Ending::Truncate), 1.0),
            ("any:html", None, Kind::Ending(Ending::Html), 1.0),
            ("any:garbage@0.25", None, Kind::Ending(Ending::Garbage), 0.25),
        ] {
            assert_eq!(spec.parse(), Ok(Fault { operation, kind, probability }), "{spec}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_what_would_be_right() {
        for (spec, said) in [
            ("drop-before", "OP:KIND[@PROBABILITY]"),
            ("", "OP:KIND[@PROBABILITY]"),
            ("buy:html", "no operation 'buy': use list"),
            ("list:explode", "no fault 'explode': use status=CODE"),
            ("list:explode=1", "no fault 'explode=': use status=CODE"),
            ("list:html@2", "'2' is not a number from 0 to 1"),
            ("list:html@NaN", "'NaN' is not a number from 0 to 1"),
            ("list:html@", "'' is not a number from 0 to 1"),
            ("list:status", "status=503"),
            ("list:status=200", "'200' is not a code from 300 to 599"),
            ("list:status=soon", "'soon' is not a code"),
            ("list:latency", "latency=500ms"),
            ("list:latency=5", "'5' is not like 500ms"),
            ("list:latency=61m", "up to 60m"),
            ("list:latency=99999999999999999999s", "is not like"),
            ("list:latency=1.5s", "is not like"),
            ("purchase:commit-after", "commit-after=4s"),
            ("purchase:commit-after=soon", "the delay 'soon' is not like"),
        ] {
            let error = spec.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(said), "{spec}: {error}");
        }
    }

    #[test]
    fn latencies_add_up_and_the_first_ending_wins() {
        let mishap =
            faults(&["any:latency=1s", "list:html", "any:status=500", "list:latency=2s", "get:truncate"])
                .draw(Operation::List);
        let (latency, ending) = (Duration::from_secs(3), Some(Ending::Html));
        assert_eq!(mishap, Mishap { latency, ending, ..Mishap::default() });
        let late = faults(&["purchase:commit-after=4s", "purchase:status=504"]).draw(Operation::Purchase);
        assert_eq!(late.commit_after, Duration::from_secs(4));
        assert_eq!(late.ending, Some(Ending::Status(504)), "the gateway does not wait for it");
    }

    #[test]
    fn an_operation_that_is_not_meant_is_left_alone() {
        assert_eq!(faults(&["purchase:html"]).draw(Operation::Endpoints), Mishap::default());
        assert_eq!(faults(&["any:html"]).draw(Operation::Endpoints).ending, Some(Ending::Html));
    }

    #[test]
    fn a_probability_is_kept_to_and_repeats_with_the_seed() {
        let run = || {
            let mut faults = faults(&["list:html@0.3"]);
            (0..1000).map(|_| faults.draw(Operation::List).ending.is_some()).collect::<Vec<_>>()
        };
        let fired = run().into_iter().filter(|fired| *fired).count();
        assert!((200..400).contains(&fired), "{fired}");
        assert_eq!(run(), run());
        let mut never = faults(&["list:html@0"]);
        assert!((0..100).all(|_| never.draw(Operation::List).ending.is_none()));
    }
}
