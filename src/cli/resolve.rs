//! From what somebody typed to exactly one record, or to none.

use std::collections::HashSet;

use uuid::Uuid;

use super::output::safe;
use super::reading::{Read, Reader};
use super::session::Session;
use super::targets::Target;
use super::{Exit, Failure};
use crate::api::{Error, ErrorKind, List, Shelf};
use crate::phone::{Detail, E164, Number, NumberId, Status, digits_of};

/// Candidates that an error lists.
const CANDIDATES: usize = 10;

/// The record that `text`, an id or a phone number, stands for.
pub(super) async fn number(session: &Session, text: &str) -> Result<Number, Failure> {
    match digits(text) {
        Some(digits) => listed(session, text, &digits).await,
        None => Ok(by_id(session, &NumberId::new(text.trim())).await?.number),
    }
}

/// More ids than these are looked for in the list, which costs a request for a hundred of them.
const FEW: usize = 10;

/// The records that `targets` stand for, each once. All or nothing: where one is not found, the
/// error names each that is not.
pub(super) async fn numbers(
    session: &Session,
    targets: &[Target],
    again: usize,
) -> Result<Vec<Number>, Failure> {
    let any_line = targets.iter().any(|target| digits(&target.text).is_some());
    let owned = if any_line || targets.len() > FEW {
        Reader::new(session, List::whole(Shelf::Owned)).all().await?
    } else {
        Read { numbers: Vec::new(), flaw: None }
    };
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let mut again = again;
    for target in targets {
        let listed = owned.numbers.iter().find(|number| number.id.as_str() == target.text);
        let result = match (listed, digits(&target.text)) {
            (Some(number), _) => Ok(number.clone()),
            (None, Some(digits)) => owned.judge(choose(&owned.numbers, &target.text, &digits)),
            (None, None) => by_id(session, &NumberId::new(&target.text)).await.map(|detail| detail.number),
        };
        match result {
            Ok(number) if seen.insert(number.id.clone()) => found.push(number),
            Ok(_) => again += 1,
            Err(failure) if matches!(failure.exit, Exit::NoSuchNumber) => failures.push(failure),
            Err(failure) => return Err(failure),
        }
    }
    if again > 0 {
        session.note(format!("{again} named more than once, counted once"));
    }
    match failures.as_slice() {
        [] => Ok(found),
        [one] => Err(Failure { message: format!("nothing was sent: {}", one.message), ..one.clone() }),
        several => {
            let message = format!("nothing was sent: {} of {} were not found", several.len(), targets.len());
            let lines: Vec<&str> =
                several.iter().take(CANDIDATES).map(|failure| failure.message.as_str()).collect();
            Err(Failure::new(Exit::NoSuchNumber, "NO_SUCH_NUMBER", message, lines.join("\n")))
        }
    }
}

/// Everything about the record that `text` stands for.
pub(super) async fn detail(session: &Session, text: &str) -> Result<Detail, Failure> {
    let id = match digits(text) {
        Some(digits) => listed(session, text, &digits).await?.id,
        None => NumberId::new(text.trim()),
    };
    by_id(session, &id).await
}

/// The digits of a phone number, or `None` for an id.
pub(super) fn digits(text: &str) -> Option<String> {
    E164::parse(text).map(E164::digits).or_else(|| digits_of(text))
}

/// Everything about the record with an id.
pub(super) async fn by_id(session: &Session, id: &NumberId) -> Result<Detail, Failure> {
    let detail =
        session.client.get(id).await.map_err(|error| {
            if is_about_the_id(&error, id) { no_such_id(&error, id) } else { error.into() }
        })?;
    session.see([&detail.number]);
    Ok(detail)
}

/// Whether a refusal says that nothing can have this id. A whole UUID has the form of an id, so there
/// the refusal is about something else.
fn is_about_the_id(error: &Error, id: &NumberId) -> bool {
    error.kind == ErrorKind::Rejected
        && matches!(error.status, Some(400 | 422))
        && Uuid::try_parse(id.as_str()).is_err()
        && !error.to_string().to_lowercase().contains("organi")
}

fn no_such_id(error: &Error, id: &NumberId) -> Failure {
    Failure {
        exit: Exit::NoSuchNumber,
        code: "NO_SUCH_NUMBER".to_owned(),
        message: format!("no number is called {}: {error}", safe(id.as_str())),
        hint: "Give the whole id, or the phone number.".to_owned(),
        ..error.clone().into()
    }
}

/// The API has no look-up by number: the list is read to its end, so that "no such number" is true.
async fn listed(session: &Session, text: &str, digits: &str) -> Result<Number, Failure> {
    let owned = Reader::new(session, List::whole(Shelf::Owned)).all().await?;
    owned.judge(choose(&owned.numbers, text, digits))
}

/// The one record of a whole list that `text` with these `digits` stands for.
pub(super) fn choose(owned: &[Number], text: &str, digits: &str) -> Result<Number, Failure> {
    let none = |code: &str, message: String, hint: String| {
        Err(Failure::new(Exit::NoSuchNumber, code, message, hint))
    };
    let (mut exact, rest): (Vec<&Number>, Vec<&Number>) =
        owned.iter().partition(|number| number.line.digits() == digits);
    if exact.len() > 1 && exact.iter().filter(|number| !number.is_inactive()).count() == 1 {
        exact.retain(|number| !number.is_inactive());
    }
    let shown = safe(text.trim());
    if exact.len() > 1 {
        let ids: Vec<String> = exact
            .iter()
            .map(|number| {
                let status = number.status.as_ref().map_or("status unknown", Status::label);
                format!("{} ({})", safe(number.id.as_str()), safe(status))
            })
            .collect();
        let message = format!("{shown} has {} records; name one by its id", ids.len());
        return none("SEVERAL_RECORDS", message, ids.join("\n"));
    }
    if let Some(number) = exact.pop() {
        return Ok(number.clone());
    }
    // An id may look like a number.
    if let Some(number) = rest.iter().find(|number| number.id.as_str() == text.trim()) {
        return Ok((*number).clone());
    }
    // Nationally written numbers begin with zeros that are not part of the number.
    let part = digits.trim_start_matches('0');
    let alike: Vec<&&Number> =
        rest.iter().filter(|number| !part.is_empty() && number.line.digits().contains(part)).collect();
    if alike.is_empty() {
        return none("NO_SUCH_NUMBER", format!("no such number: {shown}"), String::new());
    }
    let mut lines: Vec<String> =
        alike.iter().take(CANDIDATES).map(|number| safe(&number.line.to_string())).collect();
    if alike.len() > CANDIDATES {
        lines.push(format!("and {} more", alike.len() - CANDIDATES));
    }
    none(
        "PARTIAL_NUMBER",
        format!(
            "no number is exactly {shown}; did you mean {}?",
            if alike.len() == 1 { "this" } else { "one of these" }
        ),
        lines.join("\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Line;

    fn owned() -> Vec<Number> {
        let make = |id: &str, line: &str, status: Status| {
            let mut number = Number::new(NumberId::new(id), Line::parse(line));
            number.status = Some(status);
            number
        };
        vec![
            make("a", "+2348031234567", Status::Inactive),
            make("b", "+2348031234567", Status::Active),
            make("c", "+2348037654321", Status::Inactive),
            make("d", "+2348039999999", Status::Inactive),
            make("e", "+2348039999999", Status::Inactive),
            make("f", "+254712345678", Status::Active),
            make("g", "+254712345678", Status::Pending),
            make("12345", "oops \u{1b}[2J", Status::Active),
        ]
    }

    fn chosen(text: &str) -> Result<String, (String, String)> {
        choose(&owned(), text, &digits(text).unwrap()).map(|number| number.id.to_string()).map_err(
            |failure| {
                assert_eq!(failure.exit, Exit::NoSuchNumber);
                (failure.code, failure.hint)
            },
        )
    }

    #[test]
    fn the_record_that_is_in_use_counts() {
        for text in ["+234 803 123 4567", "002348031234567", "2348031234567", "tel:+234-803-1234567"] {
            assert_eq!(chosen(text), Ok("b".to_owned()), "{text}");
        }
        assert_eq!(chosen("+2348037654321"), Ok("c".to_owned()), "the only one counts, whatever its status");
    }

    #[test]
    fn several_records_that_none_stands_out_of_are_listed() {
        for (text, wanted) in
            [("+2348039999999", "d (inactive)\ne (inactive)"), ("+254712345678", "f (active)\ng (pending)")]
        {
            assert_eq!(chosen(text), Err(("SEVERAL_RECORDS".to_owned(), wanted.to_owned())));
        }
    }

    #[test]
    fn a_part_of_a_number_is_never_taken_for_it() {
        for (text, hint) in [
            ("7654321", "+2348037654321"),
            ("08037654321", "+2348037654321"),
            ("+234803765432", "+2348037654321"),
        ] {
            assert_eq!(chosen(text), Err(("PARTIAL_NUMBER".to_owned(), hint.to_owned())), "{text}");
        }
        assert_eq!(chosen("+2348031234568"), Err(("NO_SUCH_NUMBER".to_owned(), String::new())));
        assert_eq!(chosen("0"), Err(("NO_SUCH_NUMBER".to_owned(), String::new())));
    }

    #[test]
    fn an_id_of_digits_is_found_by_itself() {
        assert_eq!(chosen("12345"), Ok("12345".to_owned()));
    }
}
