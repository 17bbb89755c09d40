//! From what somebody typed to exactly one record, or to none.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::api::{Error, ErrorKind, ListKind, ListRequest};
use crate::cli::command_context::CommandContext;
use crate::cli::numbers::{self, Purpose, Target};
use crate::cli::output::safe;
use crate::cli::pages::{Read, Reader};
use crate::cli::{Exit, Failure};
use crate::phone::{Detail, Number, NumberId, Status, Written};

/// Candidates that an error lists.
const CANDIDATES: usize = 10;

/// The record that `text`, an id or a phone number, stands for.
pub(in crate::cli) async fn number(context: &CommandContext, text: &str) -> Result<Number, Failure> {
    let target = numbers::argument(Purpose::Changing, text)?;
    match target.written() {
        Some(_) => {
            let owned = read(context).await?;
            owned.judge(Directory::new(&owned.numbers).find(&target)).cloned()
        }
        None => Ok(existing(context, &NumberId::new(&target.text)).await?.number),
    }
}

/// The records that `targets` stand for, each once, all by one read of the list: a file of a thousand
/// lines costs no request more. All or nothing: where one is not found, the error names each that is not.
/// One alone may be asked for by its id.
pub(in crate::cli) async fn numbers(
    context: &CommandContext,
    targets: &[Target],
    again: usize,
) -> Result<Vec<Number>, Failure> {
    if let [Target { text, place: None, .. }] = targets {
        return Ok(vec![number(context, text).await?]);
    }
    let owned = read(context).await?;
    numbers::judge_ids(Purpose::Changing, targets, owned.numbers.iter().map(|number| &number.id))?;
    let directory = Directory::new(&owned.numbers);
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let mut again = again;
    for target in targets {
        if let Some(why) = directory.two_records(target) {
            let place = target.place.map_or(String::new(), |line| format!("line {line} of the file: "));
            let hint = "Correct the line, or leave out the column of ids or that of numbers.";
            return Err(Failure::new(Exit::Usage, "FILE", format!("nothing was sent: {place}{why}"), hint));
        }
        match directory.record(target) {
            Some(number) if seen.insert(&number.id) => found.push(number.clone()),
            Some(_) => again += 1,
            None => missing.push(target),
        }
    }
    if again > 0 {
        context.note(format!("{again} named more than once, counted once"));
    }
    // That something is not there is known of a whole list alone.
    if let (false, Some(flaw)) = (missing.is_empty(), owned.flaw) {
        return Err(flaw);
    }
    let said = |target: &Target| {
        let failure = directory.find(target).err().unwrap_or_else(|| no_such(&target.text));
        let place = target.place.map_or(String::new(), |line| format!("line {line}: "));
        Failure { message: format!("{place}{}", failure.message), ..failure }
    };
    match missing.as_slice() {
        [] => Ok(found),
        [one] => {
            let failure = said(one);
            Err(Failure { message: format!("nothing was sent: {}", failure.message), ..failure })
        }
        several => {
            let message = format!("nothing was sent: {} of {} were not found", several.len(), targets.len());
            let lines: Vec<String> =
                several.iter().take(CANDIDATES).map(|target| said(target).message).collect();
            Err(Failure::new(Exit::NoSuchNumber, "NO_SUCH_NUMBER", message, lines.join("\n")))
        }
    }
}

/// Everything about the record that `text` stands for.
pub(in crate::cli) async fn detail(context: &CommandContext, text: &str) -> Result<Detail, Failure> {
    let target = numbers::argument(Purpose::Changing, text)?;
    match target.written() {
        Some(_) => {
            let owned = read(context).await?;
            let id = owned.judge(Directory::new(&owned.numbers).find(&target))?.id.clone();
            listed(context, &id).await
        }
        None => existing(context, &NumberId::new(&target.text)).await,
    }
}

/// The API has no look-up by number: the list is read to its end, so that "no such number" is true.
async fn read(context: &CommandContext) -> Result<Read, Failure> {
    Reader::new(context, ListRequest::whole(ListKind::Owned)).all().await
}

/// Everything about the record with an id that somebody typed. That the server does not answer for it
/// proves little, since any gateway answers 404: whether there is none, the whole list tells.
pub(in crate::cli) async fn existing(context: &CommandContext, id: &NumberId) -> Result<Detail, Failure> {
    let failure = match by_id(context, id).await {
        Err(failure) if failure.exit == Exit::NoSuchNumber => failure,
        other => return other,
    };
    let owned = read(context).await?;
    if owned.numbers.iter().all(|number| !number.id.is_same(id)) {
        return owned.judge(Err(failure));
    }
    Err(unanswered(id, failure))
}

/// Everything about a record that was in the list just now.
pub(in crate::cli) async fn listed(context: &CommandContext, id: &NumberId) -> Result<Detail, Failure> {
    by_id(context, id).await.map_err(|failure| match failure.exit {
        Exit::NoSuchNumber => unanswered(id, failure),
        _ => failure,
    })
}

/// Of a record that the list holds: that the server does not answer for it does not mean that there is
/// none.
fn unanswered(id: &NumberId, failure: Failure) -> Failure {
    let message =
        format!("the server lists {} and does not answer for it: {}", safe(id.as_str()), failure.message);
    Failure { exit: Exit::Other, code: "NOT_SHOWN".to_owned(), message, hint: String::new(), ..failure }
}

/// Everything about the record with an id.
pub(in crate::cli) async fn by_id(context: &CommandContext, id: &NumberId) -> Result<Detail, Failure> {
    let detail =
        context.client.get(id).await.map_err(|error| {
            if is_about_the_id(&error, id) { no_such_id(&error, id) } else { error.into() }
        })?;
    context.see([&detail.number]);
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

fn no_such(text: &str) -> Failure {
    Failure::new(Exit::NoSuchNumber, "NO_SUCH_NUMBER", format!("no such number: {}", safe(text.trim())), "")
}

/// A whole list, by what its numbers are found by.
pub(in crate::cli) struct Directory<'a> {
    owned: &'a [Number],
    by_id: HashMap<&'a str, usize>,
    /// The same, for those that may be written in another case.
    by_uuid: HashMap<Uuid, usize>,
    by_digits: HashMap<String, Vec<usize>>,
}

impl<'a> Directory<'a> {
    pub(in crate::cli) fn new(owned: &'a [Number]) -> Self {
        let mut by_digits: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, number) in owned.iter().enumerate() {
            by_digits.entry(number.line.digits()).or_default().push(place);
        }
        let by_id = owned.iter().enumerate().map(|(place, number)| (number.id.as_str(), place)).collect();
        let uuid =
            |(place, number): (usize, &Number)| Some((Uuid::try_parse(number.id.as_str()).ok()?, place));
        let by_uuid = owned.iter().enumerate().filter_map(uuid).collect();
        Self { owned, by_id, by_uuid, by_digits }
    }

    /// The one record that is meant, where there is one. Of several records of one number the id beside
    /// it tells which.
    fn record(&self, target: &Target) -> Option<&'a Number> {
        match self.candidates(target).as_slice() {
            [one] => Some(&self.owned[*one]),
            several => {
                let beside = self.beside(target)?;
                several.iter().map(|place| &self.owned[*place]).find(|number| number.id == beside.id)
            }
        }
    }

    /// The record with the id that stands beside a number. An id under which it was for sale is none.
    fn beside(&self, target: &Target) -> Option<&'a Number> {
        let id = target.id_beside.as_ref()?;
        let uuid = || self.by_uuid.get(&Uuid::try_parse(id.as_str()).ok()?);
        self.by_id.get(id.as_str()).or_else(uuid).map(|place| &self.owned[*place])
    }

    /// What is wrong with a line whose id is that of another record than its number.
    fn two_records(&self, target: &Target) -> Option<String> {
        let named = self.record(target)?;
        let beside = self.beside(target).filter(|beside| beside.id != named.id)?;
        let [named, beside] = [named, beside]
            .map(|number| format!("{} ({})", safe(number.id.as_str()), safe(&number.line.to_string())));
        Some(format!("its number is that of {named}, and its id is that of {beside}"))
    }

    /// The records that a text may mean: the one with that id, and those with that number in each way
    /// that it can be read. Of several records of one number the one in use counts.
    fn candidates(&self, target: &Target) -> Vec<usize> {
        let mut found: Vec<usize> = self.by_id.get(target.text.as_str()).copied().into_iter().collect();
        let written = target.written();
        for digits in written.iter().flat_map(Written::readings) {
            let records = self.by_digits.get(digits).map_or(&[][..], Vec::as_slice);
            let mut in_use = records.iter().filter(|place| !self.owned[**place].is_inactive());
            let counting = match (in_use.next(), in_use.next()) {
                (Some(one), None) => std::slice::from_ref(one),
                _ => records,
            };
            found
                .extend(counting.iter().filter(|place| !found.contains(*place)).copied().collect::<Vec<_>>());
        }
        found
    }

    /// The one record that a target stands for, or what may have been meant.
    pub(in crate::cli) fn find(&self, target: &Target) -> Result<&'a Number, Failure> {
        self.place(target).map(|place| &self.owned[place])
    }

    /// Where in the list the one record is that a target stands for.
    pub(in crate::cli) fn place(&self, target: &Target) -> Result<usize, Failure> {
        let shown = safe(target.text.trim());
        let none = |code: &str, message: String, lines: &[String]| {
            Err(Failure::new(Exit::NoSuchNumber, code, message, lines.join("\n")))
        };
        let candidates = self.candidates(target);
        match candidates.as_slice() {
            [one] => return Ok(*one),
            [] => {}
            [first, rest @ ..] => {
                let line = &self.owned[*first].line;
                let same = rest.iter().all(|place| self.owned[*place].line == *line);
                let told: Vec<String> = candidates.iter().map(|place| self.described(*place, same)).collect();
                return if same {
                    let message = format!("{shown} has {} records; name one by its id", told.len());
                    none("SEVERAL_RECORDS", message, &told)
                } else {
                    let message = format!("{shown} can be read in {} ways; name one by its id", told.len());
                    none("SEVERAL_RECORDS", message, &told)
                };
            }
        }
        // Nationally written numbers begin with zeros that are not part of the number.
        let written = target.written();
        let readings = written.as_ref().map_or(&[][..], Written::readings);
        let parts: Vec<&str> = readings
            .iter()
            .map(|digits| digits.trim_start_matches('0'))
            .filter(|part| !part.is_empty())
            .collect();
        let near = |number: &&Number| {
            let digits = number.line.digits();
            parts.iter().any(|part| digits.contains(part))
        };
        let alike: Vec<&Number> = self.owned.iter().filter(near).collect();
        if alike.is_empty() {
            return Err(no_such(&target.text));
        }
        let mut lines: Vec<String> =
            alike.iter().take(CANDIDATES).map(|number| safe(&number.line.to_string())).collect();
        if alike.len() > CANDIDATES {
            lines.push(format!("and {} more", alike.len() - CANDIDATES));
        }
        let which = if alike.len() == 1 { "this" } else { "one of these" };
        none("PARTIAL_NUMBER", format!("no number is exactly {shown}; did you mean {which}?"), &lines)
    }

    fn described(&self, place: usize, same: bool) -> String {
        let number = &self.owned[place];
        let status = number.status.as_ref().map_or("status unknown", Status::label);
        let line = if same { String::new() } else { format!("{}: ", safe(&number.line.to_string())) };
        format!("{line}{} ({})", safe(number.id.as_str()), safe(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::NumberText;

    fn owned() -> Vec<Number> {
        let make = |id: &str, line: &str, status: Status| {
            let mut number = Number::new(NumberId::new(id), NumberText::parse(line));
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
        Directory::new(&owned()).find(&Target::new(text)).map(|number| number.id.to_string()).map_err(
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
    fn a_form_that_can_be_read_in_two_ways_is_the_one_that_exists_or_a_question() {
        let make = |id: &str, line: &str| Number::new(NumberId::new(id), NumberText::parse(line));
        let one = [make("a", "+442079688749"), make("b", "+14045884112"), make("442079688", "+254712345678")];
        let both = [make("a", "+442079688749"), make("b", "+4402079688749")];
        let found = |owned: &[Number], text: &str| {
            let found = Directory::new(owned).find(&Target::new(text)).map(|number| number.id.to_string());
            found.map_err(|failure| (failure.code, failure.hint))
        };
        for text in [
            "+44 (0)20 7968 8749",
            "+44 020 7968 8749",
            "011 44 20 7968 8749",
            "tel:020-7968-8749;phone-context=+44",
        ] {
            assert_eq!(found(&one, text), Ok("a".to_owned()), "{text}");
        }
        let told = found(&both, "+44 (0)20 7968 8749").unwrap_err();
        assert_eq!(told.0, "SEVERAL_RECORDS");
        assert!(told.1.contains("+442079688749") && told.1.contains("+4402079688749"), "{}", told.1);
        let twice = [make("442079688749", "+14045884112"), make("a", "+442079688749")];
        assert_eq!(found(&twice, "442079688749").unwrap_err().0, "SEVERAL_RECORDS", "an id, or a number");
    }

    #[test]
    fn an_id_beside_a_number_names_the_same_record_or_refuses_the_line() {
        let owned = owned();
        let directory = Directory::new(&owned);
        let target = |number: &str, id: &str| {
            let mut target = Target::new(number);
            target.id_beside = Some(NumberId::new(id));
            target
        };
        let number = "+2348037654321";
        for (id, clash) in [("c", false), ("inv-7", false), ("f", true), ("a", true)] {
            assert_eq!(directory.two_records(&target(number, id)).is_some(), clash, "{id}");
        }
        let told = directory.two_records(&target(number, "f")).unwrap();
        assert!(told.contains("c (+2348037654321)") && told.contains("f (+254712345678)"), "{told}");
        assert!(directory.two_records(&target("+2348031234567", "a")).is_some(), "another of its records");
        let found = directory.record(&target("+254712345678", "g")).map(|number| number.id.to_string());
        assert_eq!(found.as_deref(), Some("g"), "of several that are in use the id tells which");
    }

    #[test]
    fn an_id_of_digits_is_found_by_itself() {
        assert_eq!(chosen("12345"), Ok("12345".to_owned()));
    }
}
