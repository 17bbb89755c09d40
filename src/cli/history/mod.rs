//! `numdeck history`: what changed, what was written from here, which checks turned, and what calls there were.
//! And the list as it was at a time. But for calls nothing is asked of the server: it works while the API is away,
//! and without a key.

mod calls;
mod list;
mod memory;
mod subject;

use jiff::tz::TimeZone;

use super::args::{Global, HistoryArgs};
use super::output::{self, OutputForm, form_of, say};
use super::runner::{self, Threads};
use super::{Environment, Exit, Failure};
use crate::phone::Names;
use crate::store::{ChangeQuery, HISTORY_HEADS, HistoryEvent, HistoryKind};
use crate::write::Entry;
pub(super) use list::list;
use memory::Memory;
use subject::Subjects;

pub(super) fn run(
    global: &Global,
    environment: &Environment,
    options: &HistoryArgs,
) -> Result<Exit, Failure> {
    if options.since.zip(options.until).is_some_and(|(since, until)| since > until) {
        return Err(Failure::usage("--since is later than --until, so nothing lies between them"));
    }
    if options.kind == [HistoryKind::Call] {
        return runner::run(global, environment, Threads::One, async |context| {
            calls::tell(context, options).await
        });
    }
    Memory::answer(global, environment, |memory| tell(global, options, memory))
}

fn tell(global: &Global, options: &HistoryArgs, memory: &mut Memory) -> Result<Exit, Failure> {
    let entries = memory.entries();
    let subjects = Subjects::of(&options.what, &entries, memory)?;
    let limit = options.extent.rows();
    let query = ChangeQuery {
        numbers: subjects.ids(),
        since: options.since,
        until: options.until,
        // One more tells that there are more.
        limit: limit.map(|limit| limit.saturating_add(1)),
    };
    let mut events = events(memory, &entries, options, (&subjects, &query))?;
    let more = newest(&mut events, options);
    let facts = memory.facts()?;
    print(form_of(global), &events)?;
    if !global.quiet {
        memory.said.iter().for_each(|text| say(text));
        more.iter().for_each(|text| say(text));
        say(&memory.age(facts.as_ref()));
        say("what happened between two reads and back again is not seen");
    }
    Ok(Exit::Done)
}

/// Everything that is asked for, in no order.
fn events(
    memory: &mut Memory,
    entries: &[Entry],
    options: &HistoryArgs,
    (subjects, query): (&Subjects, &ChangeQuery),
) -> Result<Vec<HistoryEvent>, Failure> {
    let names = Names::listed(&memory.store.endpoints()?);
    let mut events = Vec::new();
    if options.wants(HistoryKind::Change) {
        let changes = memory.store.changes(query)?;
        events.extend(changes.iter().map(|change| HistoryEvent::of_change(change, &names)));
    }
    if options.wants(HistoryKind::Check) {
        let turns = memory.store.turns(query)?;
        events.extend(turns.iter().map(HistoryEvent::of_turn));
    }
    if options.wants(HistoryKind::Write) {
        let entries = entries.iter().filter(|entry| options.is_within(entry.at) && subjects.has(entry));
        events.extend(entries.flat_map(|entry| HistoryEvent::of_entry(entry, &names)));
    }
    if let Some(numbers) = subjects.called(options)? {
        let told = memory.calls(numbers, &names)?;
        events.extend(told.into_iter().filter(|event| options.is_within(event.at)));
    }
    Ok(events)
}

/// Leaves the newest of them, as many as are wanted, the newest first; says so where there are more.
fn newest(events: &mut Vec<HistoryEvent>, options: &HistoryArgs) -> Option<String> {
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    let limit = options.extent.rows().filter(|limit| events.len() > *limit)?;
    events.truncate(limit);
    Some(format!("{limit} shown, there are more: --all or --limit N"))
}

/// Sentences for people, records for programs.
fn print(form: OutputForm, events: &[HistoryEvent]) -> Result<(), Failure> {
    let zone = if form == OutputForm::Table { Some(TimeZone::system()) } else { None };
    let row = |event: &HistoryEvent| {
        let cells = if form.is_of_records() { event.cells() } else { event.words(zone.as_ref()) };
        (cells, event.document())
    };
    let heads = if form.is_of_records() { HISTORY_HEADS } else { &["at", "number", "what"] };
    output::all(form, heads, &events.iter().map(row).collect::<Vec<_>>())
}
