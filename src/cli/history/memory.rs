//! What this machine remembers of the account that a command would act for.

use jiff::tz::TimeZone;

use crate::api::{BaseUrl, Mode};
use crate::cli::args::Global;
use crate::cli::choices::Choices;
use crate::cli::output::safe;
use crate::cli::{Context, Environment, Exit, Failure, key, profile, remembered, state};
use crate::config::Profile;
use crate::store::{NotSeen, NumberStore, Retention, StoreError, StoreFacts};
use crate::write::{Entry, Ledger};

/// Store and ledger of one server, organization and mode.
pub(super) struct Memory {
    pub(super) store: NumberStore,
    /// Our writes, oldest first.
    pub(super) entries: Vec<Entry>,
    /// What has to be told beside what was asked for.
    pub(super) said: Vec<String>,
    /// Whose it is, in words.
    whose: String,
}

impl Memory {
    /// By flags, environment and profile. Which mode is meant the key tells; where there is none, the store
    /// that was written last is taken.
    pub(super) fn open(global: &Global, environment: &Environment) -> Result<Self, Failure> {
        let chosen = profile::chosen(global, environment)?;
        let (name, profile) = chosen.map_or((None, Profile::default()), |(name, it)| (Some(name), it));
        let choices = Choices::of(global, environment, &profile)?;
        let (url, organization) = (choices.base_url.value.clone(), choices.organization.value.clone());
        let of = name.as_deref().map(|name| (name, &profile));
        let found = key::find(global, environment, of, &url);
        let context = found
            .and_then(|found| Context::with_key(environment, name.clone(), profile.clone(), choices, found));
        match context {
            Ok(context) => {
                let store = state::store(&context)?;
                let ledger = state::ledger(&context)?.entries().map_err(|why| why.to_string());
                Ok(Self::new(store, ledger, (context.standing.mode, organization.as_deref())))
            }
            Err(failure) => Self::without_key(&url, organization.as_deref(), failure),
        }
    }

    fn without_key(url: &BaseUrl, organization: Option<&str>, failure: Failure) -> Result<Self, Failure> {
        let Some((file, mode)) = state::newest_store(url, organization) else { return Err(failure) };
        let store = NumberStore::new(file, Retention::default());
        let ledger = state::ledger_of(url, organization, mode)
            .and_then(|ledger| ledger.entries().map_err(|why| why.to_string()));
        Ok(Self::new(store, ledger, (mode, organization)))
    }

    fn new(
        store: NumberStore,
        ledger: Result<Vec<Entry>, String>,
        (mode, organization): (Mode, Option<&str>),
    ) -> Self {
        let organization = organization.map_or("the server's default organization".to_owned(), |id| {
            format!("organization {}", safe(id))
        });
        let whose = format!("{}, {organization}", mode.name());
        let (entries, said) = match ledger {
            Ok(entries) => (entries, Vec::new()),
            Err(why) => {
                (Vec::new(), vec![format!("what was written from here is not known: {}", safe(&why))])
            }
        };
        Self { store, entries, said, whose }
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
        let time =
            |at: jiff::Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
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
        NotSeen::Before(_) => {
            Failure::new(Exit::Other, "NOT_SEEN", why.to_string(), "Ask for a time after that.")
        }
    }
}
