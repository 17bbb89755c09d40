//! What a dashboard is opened with: whose numbers, where writes are entered, how routes are checked.

use std::any::Any;
use std::path::PathBuf;
use std::time::Duration;

use super::say;
use crate::api::Settings;
use crate::app::Invocation;
use crate::check::Checker;
use crate::cli::args::{AuthForm, Global};
use crate::cli::failure::READ_THE_DAMAGE;
use crate::cli::hook::Hook;
use crate::cli::key::KeySource;
use crate::cli::remembered::unkept;
use crate::cli::{Context, Environment, Failure, environment, state};
use crate::config::LabelsFile;
use crate::phone::{Endpoint, Labels};
use crate::runtime::PlacesOf;
use crate::store::{DailyCount, HabitsFile, LedgerThread, SeenPage, StoreThread};
use crate::write::{DiskLedger, Entry, Ledger, WritePermission};

/// What a dashboard is opened with.
pub(in crate::cli) struct Opening {
    pub(in crate::cli) settings: Settings,
    pub(in crate::cli) standing: WritePermission,
    /// Name of the profile, or where the key came from.
    pub(in crate::cli) profile: String,
    /// A name for the organization, where the profile has one.
    pub(in crate::cli) organization_name: Option<String>,
    pub(in crate::cli) ledger: LedgerThread,
    /// Ledger and store of an organization that is named on screen.
    pub(in crate::cli) places_of: Option<Box<PlacesOf>>,
    /// Where what was read is remembered; `None` where nothing can be.
    pub(in crate::cli) store: Option<StoreThread>,
    /// The first rows of the list that was read last, and the endpoints.
    pub(in crate::cli) kept: Option<(SeenPage, Vec<Endpoint>)>,
    /// How it was left, where that is kept.
    pub(in crate::cli) habits: Option<HabitsFile>,
    /// How many requests were made today, where that is kept.
    pub(in crate::cli) count: Option<DailyCount>,
    /// Checks routing.
    pub(in crate::cli) checker: Checker,
    /// How long after it was sent a write may still happen.
    pub(in crate::cli) settle: Duration,
    /// What was written by earlier runs, or why that is not known.
    pub(in crate::cli) entries: Result<Vec<Entry>, String>,
    /// How numdeck is called again for the same account.
    pub(in crate::cli) call: Invocation,
    /// Where labels are, and what they are, or why that is not known.
    pub(in crate::cli) labels: Option<(LabelsFile, Result<Labels, String>)>,
    /// The theme of the profile.
    pub(in crate::cli) theme: Option<PathBuf>,
    /// Who is told of each finished write.
    pub(in crate::cli) hook: Option<Hook>,
    /// What has to live as long as the dashboard: the server of the demo.
    pub(in crate::cli) server: Option<Box<dyn Any + Send>>,
}

/// So many kept rows are shown before the others are read: more than any screen has.
const FIRST_ROWS: usize = 300;

impl Opening {
    /// By flags, environment and profile. What is better changed is said to whoever starts it.
    pub(super) fn resolve(global: &Global, environment: &Environment) -> Result<Self, Failure> {
        let context = Context::resolve(global, environment)?;
        context.warnings.iter().for_each(|warning| say(warning));
        let profile = match &context.profile {
            Some(name) => name.clone(),
            None if context.key_source == KeySource::Variable => "environment".to_owned(),
            None => context.key_source.name().to_owned(),
        };
        let ledger = state::ledger(&context)?;
        // What is in doubt must not be passed over in silence.
        let entries = remembered(&ledger);
        let count = state::requests(&context);
        let habits = state::habits(&context);
        let store = match state::store(&context) {
            Ok(mut store) => {
                let kept = store.page(None, FIRST_ROWS).ok();
                let kept = kept.map(|page| (page, store.endpoints().unwrap_or_default()));
                Some((state::thread_of(store, &context), kept))
            }
            Err(why) => {
                say(&unkept(&why));
                None
            }
        };
        let (store, kept) = store.unzip();
        let ledger = LedgerThread::spawn(state::guarded(ledger, &context));
        let place = context.clone();
        let places_of = move |organization: &str| {
            let mut context = place.clone();
            context.standing.organization = Some(organization.to_owned());
            // Without a place there was no ledger to begin with.
            let ledger = state::pinned_ledger(&context).ok();
            (ledger.map(LedgerThread::spawn), state::store_thread(&context).ok())
        };
        let call = invocation(global, &context);
        let checker =
            Checker::new(context.settings.ca.clone(), None, environment::variable, state::lockout())
                .judging(context.sip_rules)
                .of_provider(context.settings.base_url.is_loopback());
        Ok(Self {
            call,
            settings: context.settings,
            standing: context.standing,
            profile,
            organization_name: context.organization_name,
            ledger,
            places_of: Some(Box::new(places_of)),
            count,
            store,
            kept: kept.flatten(),
            habits,
            checker,
            settle: context.settle,
            entries,
            labels: context.labels.map(read_labels),
            theme: context.theme,
            hook: context.hook,
            server: None,
        })
    }
}

/// A labels file, and what is in it.
fn read_labels(file: LabelsFile) -> (LabelsFile, Result<Labels, String>) {
    let labels = file.read().map_err(|error| error.to_string());
    (file, labels)
}

/// How numdeck is called again for the account that was opened: its profile, and what was given by flags.
fn invocation(global: &Global, context: &Context) -> Invocation {
    let file = |path: &std::path::PathBuf| path.to_string_lossy().into_owned();
    let scheme = global.auth_scheme.map(|form| match form {
        AuthForm::Bearer => "bearer".to_owned(),
        AuthForm::XApiKey => "x-api-key".to_owned(),
    });
    let flags = [
        ("--profile", context.profile.clone()),
        ("--base-url", global.base_url.clone()),
        ("--org", global.org.clone()),
        // Standard input was read once.
        ("--api-key-file", global.api_key_file.as_ref().map(file).filter(|path| path != "-")),
        ("--auth-scheme", scheme),
        ("--ca-file", global.ca_file.as_ref().map(file)),
    ];
    let given = flags.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?]));
    Invocation {
        before: String::new(),
        globals: given.flatten().collect(),
        base_url: context.settings.base_url.to_string().trim_end_matches('/').to_owned(),
        auth: context.settings.auth,
    }
}

/// What was written by earlier runs, or why that is not known.
fn remembered(ledger: &DiskLedger) -> Result<Vec<Entry>, String> {
    let damage = ledger.damage().map_err(|why| why.to_string())?;
    if !damage.is_empty() {
        return Err(format!("{damage}. {READ_THE_DAMAGE}"));
    }
    let entries = ledger.entries().map_err(|why| why.to_string())?;
    Ok(entries)
}
