//! One line for a monitor, with the exit codes of its plugins: 0 OK, 1 warning, 2 critical, 3 unknown.

use super::graded;
use crate::cli::output::safe;
use crate::cli::{Exit, Failure};
use crate::sip::{Health, Report, Summary, Verdict};

/// Causes that a line has room for.
const CAUSES: usize = 3;

/// One number or address.
pub(super) fn one(report: &Report, strict: bool) -> Result<Exit, Failure> {
    let performance = match report.round_trip() {
        Some(time) => format!("rtt={:.4}s;0.5;;0", time.as_secs_f64()),
        None => "rtt=U;0.5;;0".to_owned(),
    };
    let health = graded(report.verdict.checked().unwrap_or(Health::Unchecked), strict);
    line(health, &format!("{}: {}", report.name(), report.verdict.text()), &performance)
}

/// Many numbers by name: what is wrong with the gravest, a server before settings, and how many have it.
pub(super) fn many(all: &[(&str, &Verdict)], tally: &Summary, strict: bool) -> Result<Exit, Failure> {
    let of = |verdict: &Verdict| graded(verdict.health(), strict);
    let count = |health: Health| all.iter().filter(|(_, verdict)| of(verdict) == health).count();
    let left_out = all.iter().filter(|(_, verdict)| verdict.checked().is_none()).count();
    let checked = all.len() - left_out;
    let worst = all.iter().filter(|_| checked > 0).map(|(_, verdict)| of(verdict)).max();
    let worst = worst.unwrap_or(Health::Unchecked);
    let text = match worst {
        _ if all.is_empty() => "nothing was checked: there are no numbers".to_owned(),
        _ if checked == 0 && left_out == 1 => "the only number was not checked".to_owned(),
        _ if checked == 0 => format!("none of {left_out} numbers was checked"),
        Health::Healthy => {
            let healthy = match checked {
                1 => "1 number is healthy".to_owned(),
                more => format!("{more} numbers are healthy"),
            };
            if left_out == 0 { healthy } else { format!("{healthy}, {left_out} left out") }
        }
        _ => {
            let causes = tally.causes();
            let causes: Vec<_> =
                causes.iter().filter(|cause| graded(cause.health, strict) == worst).collect();
            let told = causes.iter().take(CAUSES).map(|cause| {
                let first = all.iter().find(|(_, verdict)| verdict.cause == cause.cause);
                let first = first.map_or(String::new(), |(name, _)| format!(" (first {name})"));
                format!("{} x {}{first}", cause.count, cause.cause)
            });
            let mut told: Vec<String> = told.collect();
            if causes.len() > CAUSES {
                told.push(format!("and {} more causes", causes.len() - CAUSES));
            }
            format!("{} of {} numbers: {}", count(worst), all.len(), told.join("; "))
        }
    };
    let performance = format!(
        "numbers={};;;0 problems={};;;0 warnings={};;;0 unchecked={};;;0",
        all.len(),
        count(Health::Problem),
        count(Health::Warning),
        count(Health::Unchecked)
    );
    line(worst, &text, &performance)
}

/// What kept the check from being made.
pub(super) fn unknown(failure: &Failure) -> Result<Exit, Failure> {
    // Where not even that line can be written, the code still says it.
    Ok(line(Health::Unchecked, &failure.message, "rtt=U").unwrap_or(Exit::Key))
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
