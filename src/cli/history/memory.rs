//! What this machine remembers of the account that a command would act for.

use jiff::tz::TimeZone;

use super::calls;
use crate::api::Mode;
use crate::cli::args::Global;
use crate::cli::choices::Choices;
use crate::cli::endpoints::without_routes;
use crate::cli::key::NO_KEY;
use crate::cli::label::asked_for;
use crate::cli::output::{safe, say};
use crate::cli::{Context, Environment, Exit, Failure, key, profile, remembered, state};
use crate::config::{LabelsFile, Profile};
use crate::phone::format::full;
use crate::phone::{Filter, Known, Names, Number};
use crate::store::{HistoryEvent, NotSeen, NumberStore, Retention, StoreError, StoreFacts};
use crate::write::{DiskLedger, Entry, Ledger};

/// Store and ledger of one server, organization and mode, and the labels file.
pub(super) struct Memory {
    pub(super) store: NumberStore,
    ledger: Result<DiskLedger, String>,
    labels: Option<LabelsFile>,
    /// Who asks for calls, and whom; `None` without a key.
    context: Option<Context>,
    /// What has to be told beside what was asked for.
    pub(super) said: Vec<String>,
    /// Whose it is, in words.
    pub(super) whose: String,
}

impl Memory {
    /// Answers from what is remembered. A store that turns out to be damaged is told in any case.
    pub(super) fn answer(
        global: &Global,
        environment: &Environment,
        answer: impl FnOnce(&mut Self) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        let mut memory = Self::open(global, environment)?;
        let answered = answer(&mut memory);
        if answered.is_err() {
            remembered::damaged(&mut memory.store).iter().for_each(|text| say(text));
        }
        answered
    }

    /// By flags, environment and profile. Which mode is meant the key tells; where there is none, the store
    /// that was written last is taken.
    fn open(global: &Global, environment: &Environment) -> Result<Self, Failure> {
        let chosen = profile::chosen(global, environment)?;
        let (name, profile) = chosen.map_or((None, Profile::default()), |(name, it)| (Some(name), it));
        let choices = Choices::of(global, environment, &profile)?;
        let (url, organization) = (choices.base_url.value.clone(), choices.organization.value.clone());
        let of = name.as_deref().map(|name| (name, &profile));
        let found = key::find(global, environment, of, &url);
        let labels = LabelsFile::of(profile.labels_file.as_deref(), environment.config.as_deref());
        let (store, ledger, mode, context) = match found {
            // One that is there and cannot be read may be of either mode.
            Err(failure) if failure.code == NO_KEY => {
                let newest = state::newest_store(&url, organization.as_deref());
                let (file, mode) = newest.ok_or(failure)?;
                let ledger = state::ledger_of(&url, organization.as_deref(), mode);
                (NumberStore::new(file, Retention::default()), ledger, mode, None)
            }
            found => {
                let context = Context::with_key(environment, name, profile, choices, found?)?;
                let (store, ledger) = (state::store(&context)?, state::ledger(&context)?);
                (store, Ok(ledger), context.standing.mode, Some(context))
            }
        };
        let memory = Self::new(store, ledger, labels, (mode, organization.as_deref()));
        Ok(Self { context, ..memory })
    }

    fn new(
        store: NumberStore,
        ledger: Result<DiskLedger, String>,
        labels: Option<LabelsFile>,
        (mode, organization): (Mode, Option<&str>),
    ) -> Self {
        let organization = organization.map_or("the server's default organization".to_owned(), |id| {
            format!("organization {}", safe(id))
        });
        let whose = format!("{}, {organization}", mode.name());
        Self { store, ledger, labels, context: None, said: Vec::new(), whose }
    }

    /// Our writes, oldest first.
    pub(super) fn entries(&mut self) -> Vec<Entry> {
        let entries = self.ledger.as_ref().map_err(Clone::clone);
        entries.and_then(|ledger| ledger.entries().map_err(|why| why.to_string())).unwrap_or_else(|why| {
            self.said.push(format!("what was written from here is not known: {}", safe(&why)));
            Vec::new()
        })
    }

    /// The calls of numbers as the server tells them now; none where it cannot be asked, which is said.
    pub(super) fn calls(&mut self, numbers: &[Number], names: &Names) -> Result<Vec<HistoryEvent>, Failure> {
        let Some(context) = &self.context else {
            self.said
                .push("calls are not known: they are asked of the server, and there is no key".to_owned());
            return Ok(Vec::new());
        };
        let told = calls::beside(context, numbers, names)?;
        self.said.extend(told.said);
        Ok(told.events)
    }

    /// What is known beside numbers as they were seen, for a filter: what endpoints are called, and labels
    /// where they are asked for. How endpoints were is not kept.
    pub(super) fn known(&mut self, filter: &Filter) -> Result<Known, Failure> {
        without_routes(filter, None)?;
        let names = Names::listed(&self.store.endpoints()?);
        Ok(Known::from(names).with_labels(asked_for(self.labels.as_ref(), filter)?))
    }

    /// Since when and until when something is known.
    pub(super) fn facts(&mut self) -> Result<Option<StoreFacts>, Failure> {
        let facts = self.store.facts();
        self.said.extend(remembered::damaged(&mut self.store));
        Ok(facts?)
    }

    /// How old what is known is, and since when it is.
    pub(super) fn age(&self, facts: Option<&StoreFacts>) -> String {
        let zone = TimeZone::system();
        let time = |at| full(at, &zone);
        match facts.and_then(|facts| Some((time(facts.since?), time(facts.until?)))) {
            Some((since, until)) => {
                format!("as of {until}, when the list was read last; known since {since} ({})", self.whose)
            }
            None => {
                format!("no list was read whole on this machine yet ({}): numdeck list --all", self.whose)
            }
        }
    }
}

impl From<StoreError> for Failure {
    fn from(why: StoreError) -> Self {
        let message =
            format!("what is remembered of the numbers can not be read: {}", safe(&why.to_string()));
        let hint = "numdeck doctor says where it is; numdeck list asks the server.";
        Self::new(Exit::Other, "STORE", message, hint)
    }
}

/// Why the list of a time cannot be told.
pub(super) fn unseen(why: NotSeen) -> Failure {
    match why {
        NotSeen::Store(why) => why.into(),
        NotSeen::Never => {
            Failure::new(Exit::Other, "NOT_SEEN", why.to_string(), "numdeck list --all reads it now.")
        }
        NotSeen::Before(first) => {
            let first = full(first, &TimeZone::system());
            let message = format!("what is known of the numbers begins at {first}");
            Failure::new(Exit::Other, "NOT_SEEN", message, "Ask for a time after that.")
        }
    }
}
