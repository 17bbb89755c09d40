//! What a command is about: numbers and ids from arguments, or from a file.

pub(super) mod directory;

use std::collections::HashSet;
use std::path::Path;

use super::output::safe;
use super::{Exit, Failure, runner};
use crate::numbers::{
    FileFault, NumberRef, Purpose, are_digits, bytes_of, decoded, judge_ids, may_be_id, parse, quoted,
    trimmed,
};
use crate::phone::{E164, NumberId};

/// The targets of the arguments, or of `file`, each once, and how many were named again. Whoever is to write
/// the file, or to the pipe, may take their time.
pub(super) async fn of(
    purpose: Purpose,
    arguments: &[String],
    file: Option<&Path>,
) -> Result<(Vec<NumberRef>, usize), Failure> {
    let mut targets = match file {
        Some(file) => {
            let path = file.to_owned();
            let bytes = runner::waiting(move || bytes_of(&path)).await;
            bytes
                .and_then(|bytes| parse(purpose, &decoded(&bytes)?))
                .map_err(|fault| unusable(&file.to_string_lossy(), &fault.to_string()))?
        }
        None => arguments.iter().map(|text| argument(purpose, text)).collect::<Result<_, _>>()?,
    };
    let all = targets.len();
    let mut seen = HashSet::new();
    // The id beside a number is judged, too.
    targets.retain(|target| seen.insert((target.key(), target.id_beside.clone())));
    let again = all - targets.len();
    match (targets.is_empty(), file) {
        (true, Some(file)) => Err(unusable(&file.to_string_lossy(), "it names no number")),
        _ => Ok((targets, again)),
    }
}

/// Words of digits that only together are a number are one that was typed with blanks.
pub(super) fn together(words: Vec<String>) -> Vec<String> {
    let one = words.join(" ");
    let is_one = words.len() > 1
        && E164::parse(&one).is_some()
        && words.iter().skip(1).all(|word| E164::parse(word).is_none());
    if is_one { vec![one] } else { words }
}

/// What somebody typed: a number, or what may be an id. Anything else is in no list, and must not
/// become a part of a request.
pub(super) fn argument(purpose: Purpose, text: &str) -> Result<NumberRef, Failure> {
    let target = NumberRef::new(trimmed(text));
    let is_number = match purpose {
        Purpose::Buying => target.line().is_some(),
        // Of a part of one, those are told that have it.
        Purpose::Changing => target.written().is_some(),
    };
    if is_number || may_be_id(&target.text) {
        return Ok(target);
    }
    let hint = "Give the whole phone number, with + and country code, or an id as numdeck prints it.";
    let message = format!("nothing was sent: '{}' is neither a phone number nor an id", quoted(text));
    Err(Failure { hint: hint.to_owned(), ..Failure::usage(message) })
}

/// Refuses a file with an id that looks like no id of this server, which is `known` by those of its own rows.
/// Tells whether the ids of that server are digits alone.
pub(super) fn judge<'a>(
    purpose: Purpose,
    targets: &[NumberRef],
    known: impl Iterator<Item = &'a NumberId> + Clone,
) -> Result<bool, Failure> {
    judge_ids(purpose, targets, known.clone()).map_err(|fault| wrong(&fault))?;
    Ok(are_digits(known))
}

/// A file with a line that can not be meant.
fn wrong(fault: &FileFault) -> Failure {
    let message = format!("nothing was sent: {}", safe(&fault.to_string()));
    Failure::new(Exit::Usage, "FILE", message, "Correct the line, or take it out.")
}

fn unusable(file: &str, why: &str) -> Failure {
    let message = format!("nothing was sent: {}: {}", safe(file), safe(why));
    let hint =
        "One id or phone number a line; or CSV, TSV or NDJSON in which number, id or inventory_id is named.";
    Failure::new(Exit::Usage, "FILE", message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_that_can_be_neither_is_refused_and_repeats_no_password() {
        for text in [
            "sip:user:secret@host",
            "a b",
            "../x",
            "x/y",
            "a?b",
            "23498251141.0",
            "",
            "\u{200b}",
            "4,2",
            "Tel:",
        ] {
            let failure = argument(Purpose::Changing, text).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage, "{text}");
            assert!(!failure.to_string().contains("secret"), "{failure}");
        }
        for text in ["+", "803 123", "sip:1000:secret@h"] {
            assert!(argument(Purpose::Buying, text).is_err(), "{text}");
        }
        for text in ["n-1", "00000000-0000-4000-8000-000000000001", " 12345 ", "+234 803 777 1000"] {
            assert!(argument(Purpose::Buying, text).is_ok(), "{text}");
        }
    }

    #[tokio::test]
    async fn what_is_named_twice_counts_once() {
        let arguments = ["inv-1", "+234 803 777 1000", "inv-1", "2348037771000"].map(str::to_owned);
        let (targets, again) = of(Purpose::Buying, &arguments, None).await.unwrap();
        assert_eq!((targets.len(), again), (2, 2));
    }
}
