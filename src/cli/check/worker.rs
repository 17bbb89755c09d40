//! `check --targets -`: checks addresses for a numdeck on another machine. It has no key, no profile and no
//! state, and nothing of this machine is told but what the checks saw.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, BufRead, Read as _};
use std::net::SocketAddr;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{exit, setup, text};
use crate::check::{CheckTarget, Checker, TargetError};
use crate::cli::args::Global;
use crate::cli::output::say;
use crate::cli::{Exit, Failure, environment, runner};
use crate::sip::{Access, Health, Options, Pacer};

/// A line of a target is short; more than this is something else.
const LONGEST_LINE: usize = 16 * 1024;
/// So many targets, and whatever is behind them is not read.
const MOST: usize = 1000;
/// Servers that are asked side by side, as in a check of many numbers.
const SIDE_BY_SIDE: usize = 8;

/// A line of the input.
type Asked = (usize, Result<CheckTarget, TargetError>);

pub(super) fn run(global: &Global, strict: bool) -> Result<Exit, Failure> {
    let ca = setup::authorities(global)?;
    let (asked, more) = read(io::stdin().lock())?;
    if asked.is_empty() {
        say("numdeck: nothing was checked: there are no targets on standard input");
    }
    let pacer = Pacer::default();
    let mut checkers: HashMap<Option<SocketAddr>, Checker> = HashMap::new();
    for target in asked.iter().filter_map(|(_, target)| target.as_ref().ok()) {
        checkers.entry(target.dns).or_insert_with(|| {
            // Nothing is known of rejections here, and no credentials are ever sent.
            Checker::new(ca.clone(), target.dns, environment::variable, std::sync::Arc::default())
                .at_pace(&pacer)
        });
    }
    let ends = runner::alone(async {
        let worst = Cell::new(None::<Health>);
        let worst = &worst;
        let checkers = &checkers;
        let runs = asked.into_iter().map(|one| async move {
            let (document, health) = one_target(one, checkers).await?;
            text::line(&document)?;
            worst.set(worst.get().max(health));
            Ok::<(), Failure>(())
        });
        let mut runs = stream::iter(runs).buffer_unordered(SIDE_BY_SIDE);
        while let Some(done) = runs.next().await {
            done?;
        }
        if more {
            let why = format!("there are more than {MOST} targets; those behind them were not read");
            text::line(&refused(None, None, &why))?;
            worst.set(worst.get().max(Some(Health::Unchecked)));
        }
        Ok(worst.get())
    })?;
    Ok(exit(std::iter::once(ends), strict))
}

/// The targets on standard input, each with the number of its line, and whether there were more.
fn read(mut input: impl BufRead) -> Result<(Vec<Asked>, bool), Failure> {
    let mut asked = Vec::new();
    let mut bytes = Vec::new();
    let limit = LONGEST_LINE as u64 + 1;
    for number in 1_usize.. {
        bytes.clear();
        let read = input.by_ref().take(limit).read_until(b'\n', &mut bytes);
        let length = read.map_err(|error| Failure::usage(format!("cannot read standard input: {error}")))?;
        if length == 0 {
            break;
        }
        if asked.len() == MOST {
            return Ok((asked, true));
        }
        if length > LONGEST_LINE && !bytes.ends_with(b"\n") {
            pass_over(&mut input)?;
            let why = format!("the line is longer than {LONGEST_LINE} bytes");
            asked.push((number, Err(TargetError { name: None, why })));
            continue;
        }
        let wrong = |why: &str| TargetError { name: None, why: why.to_owned() };
        match std::str::from_utf8(&bytes).map(str::trim) {
            Ok("") => {}
            Ok(line) => asked.push((number, CheckTarget::parse(line))),
            Err(_) => asked.push((number, Err(wrong("it is not UTF-8")))),
        }
    }
    Ok((asked, false))
}

/// The rest of a line that is too long, without holding it.
fn pass_over(input: &mut impl BufRead) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::usage(format!("cannot read standard input: {error}"));
    loop {
        let buffer = input.fill_buf().map_err(failed)?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(buffer.len(), |end| end + 1);
        input.consume(length);
        if end.is_some() {
            return Ok(());
        }
    }
}

async fn one_target(
    (line, target): Asked,
    checkers: &HashMap<Option<SocketAddr>, Checker>,
) -> Result<(Value, Option<Health>), Failure> {
    let target = match target {
        Ok(target) => target,
        Err(TargetError { name, why }) => {
            return Ok((refused(name.as_deref(), Some(line), &why), Some(Health::Unchecked)));
        }
    };
    let Some(checker) = checkers.get(&target.dns) else {
        return Ok((refused(Some(&target.name), Some(line), "not checked"), Some(Health::Unchecked)));
    };
    let (timeout, count, source) = (target.timeout, target.count, target.source);
    let options = Options { timeout, count, source, ..Options::default() };
    let address = (target.uri, target.transport, Access::Missing("no account was given"));
    let checked = checker.address(address, &options, Timestamp::now(), &|_| {}).await;
    let report = checked.map_err(setup::untrusted)?;
    let document = json!({
        "v": CheckTarget::VERSION,
        "numdeck": env!("CARGO_PKG_VERSION"),
        "id": target.name,
        "report": report.to_json(false, &setup::flags),
    });
    Ok((document, report.verdict.checked()))
}

/// What is said of a line that is no target.
fn refused(name: Option<&str>, line: Option<usize>, why: &str) -> Value {
    json!({
        "v": CheckTarget::VERSION,
        "numdeck": env!("CARGO_PKG_VERSION"),
        "id": name,
        "line": line,
        "error": { "code": "BAD_TARGET", "message": why },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_is_bounded_and_each_line_stands_for_itself() {
        let good = r#"{"v":1,"uri":"sip:h.example"}"#;
        let long = format!("{}\n", "x".repeat(3 * LONGEST_LINE));
        let input = format!("{good}\n\n{long}nonsense\n{good}");
        let (asked, more) = read(input.as_bytes()).unwrap();
        let kinds: Vec<(usize, bool)> = asked.iter().map(|(line, target)| (*line, target.is_ok())).collect();
        assert_eq!((kinds, more), (vec![(1, true), (3, false), (4, false), (5, true)], false));
        let (asked, more) = read(format!("{good}\n").repeat(MOST + 5).as_bytes()).unwrap();
        assert_eq!((asked.len(), more), (MOST, true));
        assert!(read(&b"\xff\xfe\n"[..]).unwrap().0[0].1.is_err());
    }
}
