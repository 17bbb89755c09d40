//! Which numbers a history is of: matched against what this machine knows.

use std::collections::HashSet;

use uuid::Uuid;

use super::calls::{few, unnamed};
use super::memory::Memory;
use crate::cli::args::HistoryArgs;
use crate::cli::list::complete;
use crate::cli::numbers::together;
use crate::cli::{Exit, Failure};
use crate::numbers::{Directory, NumberRef, Unfound};
use crate::phone::{E164, Number, NumberId, NumberText, Written};
use crate::store::HistoryKind;
use crate::write::{Entry, Intent};

/// What to do about a number that is not remembered.
const UNREAD: &str = "No list that was read on this machine had it. numdeck list --all reads the list now, and \
                      numdeck show asks the server.";

/// The numbers that were asked for; `None` for all.
pub(super) struct Subjects(Option<Vec<Number>>);

impl Subjects {
    /// Words that are numbers or ids are looked up, anything else is a filter of the numbers as they were
    /// seen last.
    pub(super) fn of(words: &[String], entries: &[Entry], memory: &mut Memory) -> Result<Self, Failure> {
        if words.is_empty() {
            return Ok(Self(None));
        }
        let mut known = memory.store.known()?;
        let ids: HashSet<NumberId> = known.iter().map(|number| number.id.clone()).collect();
        known.extend(written(entries).filter(|number| !ids.contains(&number.id)));
        let is_id =
            |word: &str| Uuid::try_parse(word).is_ok() || known.iter().any(|one| one.id.as_str() == word);
        if !words.iter().all(|word| Written::parse(word).is_some() || is_id(word)) {
            let filter = complete(&words.join(" "))?;
            let seen = memory.known(&filter)?;
            if let Some(why) = filter.stranger(&known.iter()) {
                return Err(Failure::usage(why.to_string()));
            }
            known.retain(|number| filter.accepts(number, &seen));
            if known.is_empty() {
                let message = format!("no number that is remembered here matches '{}'", words.join(" "));
                return Err(Failure::new(Exit::NoSuchNumber, "NO_SUCH_NUMBER", message, UNREAD));
            }
            return Ok(Self(Some(known)));
        }
        let mut found = Vec::new();
        for text in together(words.to_vec()) {
            found.extend(records(&known, &text)?.into_iter().cloned());
        }
        Ok(Self(Some(found)))
    }

    /// Their ids.
    pub(super) fn ids(&self) -> Option<HashSet<NumberId>> {
        self.0.as_ref().map(|numbers| numbers.iter().map(|number| number.id.clone()).collect())
    }

    /// Those whose calls are to be asked for: of one number that was named, or where calls are.
    pub(super) fn called(&self, options: &HistoryArgs) -> Result<Option<&[Number]>, Failure> {
        let asked = options.kind.contains(&HistoryKind::Call);
        match self.0.as_deref() {
            Some([one]) if options.wants(HistoryKind::Call) => Ok(Some(std::slice::from_ref(one))),
            Some(several) if asked => few(several.len()).map(|()| Some(several)),
            None if asked => Err(unnamed()),
            _ => Ok(None),
        }
    }

    /// Whether a write was about one of them.
    pub(super) fn has(&self, entry: &Entry) -> bool {
        let Some(numbers) = &self.0 else { return true };
        let (id, line) = target(entry);
        numbers.iter().any(|number| {
            id.as_ref().is_some_and(|id| id.is_same(&number.id))
                || (line.is_some() && line == number.line.valid())
        })
    }
}

/// All records of one number, or the one with an id.
fn records<'a>(known: &'a [Number], text: &str) -> Result<Vec<&'a Number>, Failure> {
    let target = NumberRef::new(text.trim());
    let written = target.written();
    let readings = written.as_ref().map_or(&[][..], Written::readings);
    let id = NumberId::new(&target.text);
    let is_it = |number: &&Number| number.id.is_same(&id) || readings.contains(&number.line.digits());
    let found: Vec<&Number> = known.iter().filter(is_it).collect();
    if let Some(first) = found.first()
        && found.iter().all(|number| number.line == first.line)
    {
        return Ok(found);
    }
    let one = Directory::new(known).find(&target).map_err(|why| match why {
        Unfound::None { .. } => {
            let message = format!("{why} as far as is remembered here");
            Failure { message, hint: UNREAD.to_owned(), ..why.into() }
        }
        _ => why.into(),
    });
    Ok(vec![one?])
}

/// The record and the telephone number that a write was about.
fn target(entry: &Entry) -> (Option<NumberId>, Option<E164>) {
    match &entry.intent {
        Intent::Purchase { .. } => (entry.number.clone(), entry.e164()),
        Intent::Update { before, .. } | Intent::Remove { before, .. } => {
            (Some(before.id.clone()), before.line.valid())
        }
    }
}

/// The numbers that were written from here, by what the ledger knows of them.
fn written(entries: &[Entry]) -> impl Iterator<Item = Number> {
    let mut seen = HashSet::new();
    let numbers = entries.iter().filter_map(|entry| {
        let (id, line) = target(entry);
        let id = id.or_else(|| line.map(|line| NumberId::new(&line.to_string())))?;
        Some(Number::new(id, line.map_or(NumberText::parse(""), NumberText::Valid)))
    });
    numbers.filter(move |number| seen.insert(number.id.clone()))
}
