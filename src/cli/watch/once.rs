//! One round of a watch, for cron: what happened since the last one.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

use jiff::Timestamp;

use super::events::Events;
use super::round::{Look, may_pass};
use crate::cli::args::WatchArgs;
use crate::cli::command_context::CommandContext;
use crate::cli::output::safe;
use crate::cli::{Exit, Failure, runner, state};
use crate::phone::NumberId;
use crate::store::{CheckResult, CompleteRead, StoreError, Transitions};
use crate::watch::{Pace, RoundEnd, RouteWatch};

pub(super) async fn round(
    context: &CommandContext,
    options: &WatchArgs,
    events: &mut Events,
) -> Result<Exit, Failure> {
    let state = RoundState { context, name: options.name() };
    // Of two at once the second goes on from where the first one ends.
    let _turn = turn().await?;
    let look = Look::new(context, &options.which.expression(), options.route).await;
    let read = match look {
        // Of endpoints by name is asked first, and that server may be away, too.
        Ok(look) => look.read().await.map(|read| (look, read)),
        Err(failure) => Err(failure),
    };
    let (look, read) = match read {
        Ok(read) => read,
        Err(failure) if may_pass(&failure) => return state.away(failure).await,
        Err(failure) => return Err(failure),
    };
    state.back().await?;
    let before = state.before(options.agreeing, &read).await?;
    let (transitions, mut told) = match before {
        Some(mut transitions) => {
            let told = look.turned(&mut transitions, &read).await;
            (transitions, told)
        }
        None => {
            let count = read.numbers.len();
            context.note(format!(
                "numdeck: the first round: {count} numbers, and nothing to compare them with yet"
            ));
            (Transitions::begin(&read, options.agreeing), Vec::new())
        }
    };
    if options.route {
        let mut routes = state.routes(options.agreeing).await?;
        told.extend(look.routes(&mut routes, &read).await?);
        state.keep_routes(&routes).await?;
    }
    // Whoever dies in between tells them again: twice is better than never.
    events.tell(&told)?;
    let note = transitions.note();
    state.keep("", note).await?;
    Ok(Exit::Done)
}

/// Waits until no other round is under way on this machine. It is held as long as the value is.
async fn turn() -> Result<File, Failure> {
    let unusable = |why: String| {
        let message = format!("the rounds of --once can not be kept apart: {why}");
        Failure::new(
            Exit::Other,
            "STORE",
            message,
            "NUMDECK_STATE_DIR names a place; without --once none is needed.",
        )
    };
    let directory = state::directory().ok_or_else(|| unusable("there is no place for it".to_owned()))?;
    let locked = runner::waiting(move || {
        DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(directory.join("watch.lock"))?;
        file.lock()?;
        Ok::<File, io::Error>(file)
    });
    locked.await.map_err(|error| unusable(error.to_string()))
}

/// What is kept from one round to the next.
struct RoundState<'a> {
    context: &'a CommandContext,
    name: String,
}

impl RoundState<'_> {
    /// Numbers as they were told to be when the last round ended.
    async fn before(&self, agreeing: u32, read: &CompleteRead) -> Result<Option<Transitions>, Failure> {
        let Some(note) = self.last("").await? else { return Ok(None) };
        let Some(at) = Transitions::round_of(&note).filter(|at| *at <= read.began) else {
            self.context.note("numdeck: the last round is of another time or version; this one begins anew");
            return Ok(None);
        };
        let list = self.store(move |store| Ok(store.at(at))).await?;
        match list {
            Ok(list) => Ok(Transitions::resume(&note, &list.numbers, agreeing)),
            Err(_) => Ok(None),
        }
    }

    /// The server is away: said once.
    async fn away(&self, failure: Failure) -> Result<Exit, Failure> {
        if self.last("away").await?.is_some() {
            return Ok(failure.exit);
        }
        self.keep("away", Timestamp::now().to_string()).await?;
        Err(failure)
    }

    /// It answers: where it was away that is said.
    async fn back(&self) -> Result<(), Failure> {
        let Some(since) = self.last("away").await?.and_then(|text| text.parse().ok()) else { return Ok(()) };
        let mut pace = Pace::new(super::USUAL);
        pace.after(&RoundEnd::Away(String::new()), since);
        let said = pace.after(&RoundEnd::Read, Timestamp::now()).said;
        said.iter().for_each(|text| self.context.note(format!("numdeck: {}", safe(text))));
        let name = self.key("away");
        self.store(move |store| store.forget_round(&name)).await
    }

    async fn routes(&self, agreeing: u32) -> Result<RouteWatch, Failure> {
        let note = self.last("routes").await?.unwrap_or_default();
        let told = note.lines().filter_map(|line| {
            let (id, words) = line.split_once(' ')?;
            Some((NumberId::new(id), CheckResult::of_words(words)?))
        });
        Ok(RouteWatch::resume(agreeing, told))
    }

    async fn keep_routes(&self, routes: &RouteWatch) -> Result<(), Failure> {
        let lines: Vec<String> =
            routes.told().map(|(id, result)| format!("{id} {}", result.words())).collect();
        self.keep("routes", lines.join("\n")).await
    }

    fn key(&self, part: &str) -> String {
        if part.is_empty() { self.name.clone() } else { format!("{}: {part}", self.name) }
    }

    async fn last(&self, part: &str) -> Result<Option<String>, Failure> {
        let name = self.key(part);
        self.store(move |store| store.last_round(&name)).await
    }

    async fn keep(&self, part: &str, text: String) -> Result<(), Failure> {
        let name = self.key(part);
        self.store(move |store| store.keep_round(&name, &text)).await
    }

    async fn store<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut crate::store::NumberStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Failure> {
        match self.context.ask_store(question).await {
            Some(answer) => Ok(answer?),
            None => Err(Failure::new(
                Exit::Other,
                "STORE",
                "nothing can be remembered on this machine, so --once has no last round",
                "NUMDECK_STATE_DIR names a place; without --once nothing has to be remembered.",
            )),
        }
    }
}
