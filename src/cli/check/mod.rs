//! `numdeck check`: why do calls not arrive?

mod address;
mod brief;
mod capture;
mod evidence;
mod files;
pub(super) mod listing;
mod many;
mod nagios;
mod one;
mod prom;
mod setup;
mod ssh;
mod text;
mod worker;

use super::args::{Check, Global};
use super::output::{OutputForm, form_of};
use super::{Environment, Exit, Failure, runner};
use crate::sip::{Health, Report};
pub(super) use brief::{background_checker, endpoints_of, route};
use evidence::Evidence;
use files::Files;
use listing::Wanted;
pub(super) use setup::untrusted;

/// Checks what was asked for. With `--nagios` a failure is one line, too.
pub(super) fn run(global: &Global, environment: &Environment, options: &Check) -> Result<Exit, Failure> {
    let result = checked(global, environment, options);
    match result {
        Err(failure) if options.nagios && failure.exit != Exit::Done => unknown(&failure),
        result => result,
    }
}

/// What a monitor is told where a check could not even begin.
pub(super) fn unknown(failure: &Failure) -> Result<Exit, Failure> {
    nagios::unknown(failure)
}

fn checked(global: &Global, environment: &Environment, options: &Check) -> Result<Exit, Failure> {
    if options.targets.is_some() {
        return worker::run(global, options.strict);
    }
    let probing = setup::options(global, options)?;
    if options.ticket && form_of(global) == OutputForm::Csv {
        return Err(Failure::usage(
            "--ticket prints text, and with -o json a field: it is no row of a table",
        ));
    }
    // A key that cannot be used is told before anybody is asked for anything.
    setup::identity(options)?;
    if let Some(uri) = &options.uri {
        return address::run(global, environment, options, &probing, uri);
    }
    let wanted = Wanted::of(options)?;
    if wanted.single().is_none() && (options.ticket || !options.from.is_empty()) {
        return Err(Failure::usage("--ticket and --from are for one number, or one address with --uri"));
    }
    let files = Files::open(options)?;
    let global = Global { timeout: setup::of_request(global, wanted.single()), ..global.clone() };
    runner::run(&global, environment, runner::Threads::One, async |context| match wanted.single() {
        Some(text) => one::check(context, options, &probing, text, files).await,
        None => many::check(context, options, &probing, &wanted, files).await,
    })
}

/// What counts: to whoever is strict, a warning is a problem.
fn graded(health: Health, strict: bool) -> Health {
    if strict && health == Health::Warning { Health::Problem } else { health }
}

/// How the process ends after these; `None` is a number that was left out. Where all were, or there is
/// none, nothing is known to be healthy.
fn exit(all: impl Iterator<Item = Option<Health>>, strict: bool) -> Exit {
    match all.flatten().map(|health| graded(health, strict)).max().unwrap_or(Health::Unchecked) {
        Health::Healthy | Health::Warning => Exit::Done,
        Health::Unchecked => Exit::Unchecked,
        Health::Problem => Exit::Problem,
    }
}

/// Shows one report in the form that was asked for, and says how the process ends.
fn show(
    form: OutputForm,
    options: &Check,
    report: &Report,
    evidence: &Evidence,
    mut files: Files,
) -> Result<Exit, Failure> {
    files.add(report);
    if options.nagios {
        files.note();
        return nagios::one(report, options.strict);
    }
    text::one(form, report, evidence, options.trace)?;
    files.finish()?;
    let all = std::iter::once(report.verdict.checked()).chain(evidence.health());
    Ok(exit(all, options.strict))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_number_decides_and_a_warning_is_a_problem_where_that_was_asked_for() {
        use Health::{Healthy, Problem, Unchecked, Warning};
        for (all, strict, wanted) in [
            (&[Healthy, Warning][..], false, Exit::Done),
            (&[Healthy, Warning], true, Exit::Problem),
            (&[Warning, Unchecked], false, Exit::Unchecked),
            (&[Warning, Unchecked], true, Exit::Problem),
            (&[Unchecked, Problem], false, Exit::Problem),
            (&[], true, Exit::Unchecked),
        ] {
            assert_eq!(exit(all.iter().copied().map(Some), strict), wanted, "{all:?} {strict}");
        }
        assert_eq!(exit([None, None].into_iter(), false), Exit::Unchecked, "nothing was checked");
        assert_eq!(exit([None, Some(Healthy)].into_iter(), false), Exit::Done);
    }
}
