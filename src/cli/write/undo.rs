//! `numdeck undo`: puts back what an update changed.

use jiff::tz::TimeZone;

use super::report::Row;
use super::review::Mode;
use super::run::Writes;
use crate::cli::args::UndoArgs;
use crate::cli::command_context::CommandContext;
use crate::cli::output::safe;
use crate::cli::{Exit, Failure, unresolved};
use crate::phone::digits_of;
use crate::phone::format::full;
use crate::write::{
    self, BatchLine, Budget, Cause, Entry, Intent, NoUndo, Outcome, OutcomeKind, last_update,
};

/// Fewer characters of an entry's id could be anything.
const SHORTEST: usize = 4;

pub(in crate::cli) async fn undo(context: &CommandContext, options: &UndoArgs) -> Result<Exit, Failure> {
    context.may_write()?;
    let mode = Mode::of(options.consent);
    if options.entry.is_none() {
        // The newest change is the one that is meant, also where nobody knows yet what became of it.
        let entries = context.entries().await?;
        let asked = |entry: &&Entry| {
            !matches!(entry.intent, Intent::Update { cause: Cause::Undoes(_) | Cause::Completes(_), .. })
        };
        let newest = entries.iter().rev().find(asked).map(|entry| entry.id);
        settle(context, |entry| Some(entry.id) == newest, mode).await?;
    }
    let entry = chosen(&context.entries().await?, options.entry.as_deref())?.clone();
    let mut writes = Writes::new(context, mode, true, Budget::OPEN);
    // An earlier undo of it may have been sent, or another change of the same number.
    let concerns =
        |open: &Entry| open.intent.target().zip(entry.intent.target()).is_some_and(|(a, b)| a.is_same(b));
    for (doubt, outcome) in settle(context, concerns, mode).await? {
        let undoes = matches!(&doubt.intent, Intent::Update { cause: Cause::Undoes(undone), .. } if *undone == entry.id);
        if undoes && matches!(outcome, Outcome::Updated { .. }) {
            // That was what is asked for.
            writes.settle(Row::ended(&BatchLine { intent: doubt.intent, outcome: Some(outcome) }));
            return writes.carry_out().await;
        }
    }
    let entries = context.entries().await?;
    let Intent::Update { before, .. } = &entry.intent else {
        return Err(refused(&NoUndo::NotAnUpdate(entry.intent.to_string())));
    };
    let number = context.client.get(&before.id).await?.number;
    context.see([&number]);
    context.may_write()?;
    let undo = write::undo(&entries, &entry, &number).map_err(|why| refused(&why))?;
    context.note(format!(
        "undo of: {} ({})",
        safe(&entry.intent.to_string()),
        full(entry.at, &TimeZone::system())
    ));
    for left in &undo.left {
        context.note(format!("  left as it is: {left}"));
    }
    writes.add(undo.intent);
    writes.carry_out().await
}

/// Looks at the writes in doubt that are `wanted`, and says what came of each.
///
/// # Errors
/// One is in doubt still.
async fn settle(
    context: &CommandContext,
    wanted: impl Fn(&Entry) -> bool,
    mode: Mode,
) -> Result<Vec<(Entry, Outcome)>, Failure> {
    let settled = unresolved::settle(context, wanted, mode.looks()).await?;
    for (doubt, outcome) in &settled {
        context.note(safe(&outcome.words(&doubt.intent).said));
        if outcome.is_unknown() {
            return Err(Failure::of_outcome(outcome, &doubt.intent));
        }
    }
    Ok(settled)
}

/// The entry that `text` names: by its id or the beginning of it, or the last update of the number
/// that it is. Without a text the last update of all.
fn chosen<'a>(entries: &'a [Entry], text: Option<&str>) -> Result<&'a Entry, Failure> {
    let Some(text) = text.map(str::trim) else { return last(entries) };
    let mut named = entries
        .iter()
        .filter(|entry| text.len() >= SHORTEST && entry.id.to_string().starts_with(&text.to_lowercase()));
    if let Some(entry) = named.next() {
        return match named.next() {
            None => Ok(entry),
            Some(_) => Err(no_such(&format!("several entries begin with {}", safe(text)))),
        };
    }
    let digits = digits_of(text);
    let is_target = |entry: &&Entry| match &entry.intent {
        Intent::Update { before, .. } | Intent::Remove { before, .. } => {
            before.id.as_str() == text
                || digits.as_ref().is_some_and(|digits| before.line.digits() == *digits)
        }
        Intent::Purchase { .. } => {
            entry.number.as_ref().is_some_and(|id| id.as_str() == text)
                || digits
                    .as_ref()
                    .is_some_and(|digits| entry.e164().is_some_and(|line| line.digits() == *digits))
        }
    };
    let Some(newest) = entries.iter().rev().find(is_target) else {
        return Err(no_such(&format!("no change in the ledger is {}", safe(text))));
    };
    let update = newest.intent.target().and_then(|id| last_update(entries, Some(id)));
    update.ok_or_else(|| {
        refused(&match &newest.intent {
            Intent::Update { .. } if newest.is_open() => NoUndo::NotDone(newest.intent.to_string()),
            Intent::Update { .. } => NoUndo::Undone,
            _ => NoUndo::NotAnUpdate(newest.words()),
        })
    })
}

/// The last change that was made from here, where it can be undone. One that can not is named, and
/// nothing older is undone in its place unless it is asked for.
fn last(entries: &[Entry]) -> Result<&Entry, Failure> {
    let update = last_update(entries, None);
    let asked = |entry: &&Entry| {
        entry.outcome == Some(OutcomeKind::Done)
            && matches!(
                entry.intent,
                Intent::Purchase { .. } | Intent::Remove { .. } | Intent::Update { cause: Cause::Asked, .. }
            )
    };
    let later = entries
        .iter()
        .rev()
        .filter(asked)
        .take_while(|entry| update.is_none_or(|update| update.id != entry.id))
        .find(|entry| !matches!(entry.intent, Intent::Update { .. }));
    match (later, update) {
        (None, Some(update)) => Ok(update),
        (None, None) => Err(refused(&NoUndo::Nothing)),
        (Some(later), update) => {
            let hint = update.map_or_else(String::new, |update| {
                let id = update.id.to_string();
                format!("Before it: {}. numdeck undo {} undoes that.", update.intent, &id[..8])
            });
            let failure = refused(&NoUndo::NotAnUpdate(later.words()));
            Err(Failure { message: format!("{}; it was the last change", failure.message), hint, ..failure })
        }
    }
}

fn no_such(message: &str) -> Failure {
    let hint = "Screen 3 of the dashboard lists what was changed from here.";
    Failure::new(Exit::NoSuchNumber, "NO_SUCH_ENTRY", format!("nothing was sent: {message}"), hint)
}

fn refused(why: &NoUndo) -> Failure {
    Failure::new(
        Exit::RefusedHere,
        "NOT_UNDOABLE",
        format!("nothing was sent: {}", safe(&why.to_string())),
        "",
    )
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::api::RequestId;
    use crate::phone::{Changes, Number, NumberId, NumberText, Switch};
    use crate::write::{Ledger, SessionLedger};

    fn ledger() -> Vec<Entry> {
        let mut ledger = SessionLedger::default();
        for (id, line) in [("a", "+2348031234567"), ("b", "+2348039999999"), ("a", "+2348031234567")] {
            let before =
                Number::new(NumberId::new(id), NumberText::parse(line)).switched(Switch::Outbound, false);
            let changes = Changes::switch(Switch::Outbound, true);
            let after = before.clone().switched(Switch::Outbound, true);
            let (intent, request) = (Intent::update(before, changes), RequestId::random());
            ledger.begin(Timestamp::UNIX_EPOCH, request, &intent, &[]).unwrap();
            let done = Outcome::Updated { number: Box::new(after), found: false };
            ledger.end(request, Timestamp::UNIX_EPOCH, &intent, &done).unwrap();
        }
        ledger.entries().unwrap()
    }

    #[test]
    fn an_entry_is_named_by_its_id_or_by_its_number_or_is_the_last_one() {
        let entries = ledger();
        let place = |text: Option<&str>| {
            let found = chosen(&entries, text).map_err(|failure| failure.exit)?;
            Ok(entries.iter().position(|entry| entry.id == found.id).unwrap())
        };
        assert_eq!(place(None), Ok(2));
        assert_eq!(place(Some("+234 803 999 9999")), Ok(1));
        assert_eq!(place(Some("a")), Ok(2));
        let id = entries[0].id.to_string();
        assert_eq!((place(Some(&id)), place(Some(&id[..13]))), (Ok(0), Ok(0)));
        assert_eq!(place(Some(&id[..2])), Err(Exit::NoSuchNumber));
        assert_eq!(place(Some("+2348000000000")), Err(Exit::NoSuchNumber));
        assert_eq!(chosen(&[], None).unwrap_err().exit, Exit::RefusedHere);
    }
}
