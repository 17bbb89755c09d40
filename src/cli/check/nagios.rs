//! One line for a monitor, with the exit codes of its plugins: 0 OK, 1 warning, 2 critical, 3 unknown.

use crate::check::{Health, Report};
use crate::cli::output::safe;
use crate::cli::{Exit, Failure};

/// One number or address.
pub(super) fn one(report: &Report, strict: bool) -> Result<Exit, Failure> {
    let performance = match report.round_trip() {
        Some(time) => format!("rtt={:.4}s;0.5;;0", time.as_secs_f64()),
        None => "rtt=U;0.5;;0".to_owned(),
    };
    let health = graded(report.verdict.health(), strict);
    line(health, &format!("{}: {}", report.name(), report.verdict.text), &performance)
}

/// Many numbers; the first of the gravest is named.
pub(super) fn many(reports: &[&Report], strict: bool) -> Result<Exit, Failure> {
    let of = |report: &&Report| graded(report.verdict.health(), strict);
    let count = |health: Health| reports.iter().filter(|report| of(report) == health).count();
    let worst = reports.iter().map(of).max().unwrap_or(Health::Healthy);
    let first = reports.iter().find(|report| of(report) == worst && worst != Health::Healthy);
    let text = match first {
        None => format!("{} numbers are healthy", reports.len()),
        Some(report) => {
            let with = format!("{} of {} numbers", count(worst), reports.len());
            format!("{with}, first {}: {}", report.name(), report.verdict.text)
        }
    };
    let performance = format!(
        "numbers={};;;0 problems={};;;0 warnings={};;;0 unchecked={};;;0",
        reports.len(),
        count(Health::Problem),
        count(Health::Warning),
        count(Health::Unchecked)
    );
    line(worst, &text, &performance)
}

/// What kept the check from being made.
pub(super) fn unknown(failure: &Failure) -> Result<Exit, Failure> {
    line(Health::Unchecked, &failure.message, "rtt=U")
}

fn graded(health: Health, strict: bool) -> Health {
    if strict && health == Health::Warning { Health::Problem } else { health }
}

fn line(health: Health, text: &str, performance: &str) -> Result<Exit, Failure> {
    // The codes of plugins happen to have other names among ours.
    let (word, exit) = match health {
        Health::Healthy => ("OK", Exit::Done),
        Health::Warning => ("WARNING", Exit::Other),
        Health::Problem => ("CRITICAL", Exit::Usage),
        Health::Unchecked => ("UNKNOWN", Exit::Key),
    };
    // A bar would begin the figures.
    super::text::plain(&format!("SIP {word} - {} | {performance}", safe(text).replace('|', "/")))?;
    Ok(exit)
}
