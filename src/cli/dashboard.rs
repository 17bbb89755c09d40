//! `numdeck tui`: the dashboard over the configured server.

use std::io::{self, Write};
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::{Global, StartScreen, Tui};
use super::context::colours;
use super::failure::READ_THE_DAMAGE;
use super::key::KeySource;
use super::{Context, Environment, Exit, Failure, environment, state};
use crate::api::Settings;
use crate::app::{Account, App, Tab};
use crate::check::Checker;
use crate::phone::{clean, prepare_grouping};
use crate::runtime::{
    Display, Incoming, LedgerOf, Multiplexer, Settled, Signals, Tasks, Tty, events, restore_on_panic,
    run as run_loop,
};
use crate::store::{DailyCount, LedgerThread};
use crate::ui::Theme;
use crate::write::{BatchLine, DiskLedger, Entry, Ledger, Outcome, Tally, WritePermission};

pub(super) fn run(global: &Global, environment: &Environment, tui: &Tui) -> Result<Exit, Failure> {
    let context = Context::resolve(global, environment)?;
    context.warnings.iter().for_each(|warning| say(warning));
    let theme = if colours(global, environment) { Theme::Ansi } else { Theme::Mono };
    let profile = match &context.profile {
        Some(name) => clean(name, 40),
        None if context.key_source == KeySource::Variable => "environment".to_owned(),
        None => context.key_source.name().to_owned(),
    };
    let ledger = state::ledger(&context)?;
    // What is in doubt must not be passed over in silence.
    let doubts = in_doubt(&ledger);
    let count = state::requests(&context);
    let ledger = LedgerThread::spawn(ledger);
    let place = context.clone();
    let ledger_of = move |organization: &str| {
        let mut context = place.clone();
        context.standing.organization = Some(organization.to_owned());
        // Without a place there was no ledger to begin with.
        let named = state::ledger(&context).ok();
        named.map(LedgerThread::spawn)
    };
    let checker = Checker::new(context.settings.ca.clone(), None, environment::variable, state::lockout())
        .judging(context.sip_rules)
        .of_provider(context.settings.base_url.is_loopback());
    let open = Opening {
        settings: context.settings,
        standing: context.standing,
        profile,
        organization_name: context.organization_name,
        theme,
        ledger,
        ledger_of: Some(Box::new(ledger_of)),
        count,
        checker,
        settle: context.settle,
        doubts,
    };
    open.run(tui)
}

/// Writes of earlier runs that are in doubt, or why they are not known.
fn in_doubt(ledger: &DiskLedger) -> Result<Vec<Entry>, String> {
    let damage = ledger.damage().map_err(|why| why.to_string())?;
    if !damage.is_empty() {
        return Err(format!("{damage}. {READ_THE_DAMAGE}"));
    }
    let entries = ledger.entries().map_err(|why| why.to_string())?;
    Ok(entries.into_iter().filter(Entry::is_in_doubt).collect())
}

/// What a dashboard is opened with.
pub(super) struct Opening {
    pub(super) settings: Settings,
    pub(super) standing: WritePermission,
    /// Name of the profile, or where the key came from.
    pub(super) profile: String,
    /// A name for the organization, where the profile has one.
    pub(super) organization_name: Option<String>,
    pub(super) theme: Theme,
    pub(super) ledger: LedgerThread,
    /// The ledger of an organization that is named on screen.
    pub(super) ledger_of: Option<Box<LedgerOf>>,
    /// How many requests were made today, where that is kept.
    pub(super) count: Option<DailyCount>,
    /// Checks routing.
    pub(super) checker: Checker,
    /// How long after it was sent a write may still happen.
    pub(super) settle: Duration,
    /// Writes of earlier runs that are in doubt, or why they are not known.
    pub(super) doubts: Result<Vec<Entry>, String>,
}

impl Opening {
    /// Opens the dashboard and returns when it is left.
    pub(super) fn run(self, tui: &Tui) -> Result<Exit, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| broken("start", &error))?;
        let exit = runtime.block_on(self.show(tui));
        // A write that nobody waits for any more does not keep the process.
        runtime.shutdown_background();
        exit
    }

    async fn show(self, tui: &Tui) -> Result<Exit, Failure> {
        let mut tasks = Tasks::new(self.settings, self.ledger, self.checker)?.settling(self.settle);
        if let Some(count) = self.count {
            tasks = tasks.with_count(count);
        }
        if let Some(of) = self.ledger_of {
            tasks = tasks.with_ledgers(of);
        }
        restore_on_panic();
        let signals = Signals::listen().map_err(|error| broken("listen to signals", &error))?;
        let tty = Tty::take().map_err(|error| {
            Failure::new(
                Exit::Usage,
                "NO_TERMINAL",
                format!("the dashboard needs a terminal: {error}"),
                "In a script, use the commands: numdeck --help.",
            )
        })?;
        // While the first answer is on its way, so that its rows need not wait for it.
        std::thread::spawn(prepare_grouping);
        let mut screen = Display::new(self.theme, Multiplexer::of_process())
            .map_err(|error| broken("use the terminal", &error))?;
        let size = screen.size();
        let session = Account {
            profile: self.profile,
            organization: self.organization_name,
            standing: self.standing,
            zone: TimeZone::system(),
            profiles: Vec::new(),
        };
        let mut app = App::new(session, size, Timestamp::now());
        let screen_asked = tui.screen.unwrap_or_default();
        let tab = if screen_asked == StartScreen::Inventory { Tab::Inventory } else { Tab::Owned };
        let mut first = app.start(tab, tui.filter.as_deref().unwrap_or_default());
        if screen_asked == StartScreen::Purchases {
            first.extend(app.open_ledger());
        }
        first.extend(app.remember(self.doubts));
        let mut input = events(signals).map_err(|error| broken("read the terminal", &error))?;
        let ended = run_loop(&mut app, &mut screen, &mut input, &mut tasks, first, Timestamp::now).await;
        drop(tty);
        let exit = settle(&mut tasks, &mut input).await;
        tasks.counted_today().await;
        tasks.close();
        ended.map_err(|error| broken("use the terminal", &error))?;
        Ok(exit)
    }
}

/// The terminal is given back; what was sent still gets its answer, which is said, and which the
/// exit code tells. An interrupt leaves without it.
async fn settle(tasks: &mut Tasks, input: &mut (impl Stream<Item = io::Result<Incoming>> + Unpin)) -> Exit {
    if tasks.writes() == 0 {
        return Exit::Done;
    }
    say("waiting for what is on its way (once more leaves without it) …");
    let signal = async {
        while let Some(Ok(incoming)) = input.next().await {
            if incoming == Incoming::Interrupt {
                return;
            }
        }
        // The terminal is gone, after a hang-up for one: nobody can ask to leave.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = tasks.settle() => {
            let mut exit = Exit::Done;
            for settled in ended {
                match settled {
                    // It was sent long ago, by somebody who was told then.
                    Settled::Looked(intent, outcome) => {
                        say(&outcome.words(&intent).said);
                        exit = exit.max(if outcome.is_unknown() { Exit::Unknown } else { Exit::Done });
                    }
                    Settled::Run(run) => {
                        match run.lines() {
                            [BatchLine { intent, outcome: Some(outcome) }] => {
                                let words = outcome.words(intent);
                                say(&format!("{} {}", words.said, words.next));
                            }
                            _ => say(&format!("{}.", run.words(Tally::default()))),
                        }
                        let judged = run.lines().iter().filter_map(|line| {
                            Some(Failure::of_outcome(line.outcome.as_ref()?, &line.intent).exit)
                        });
                        exit = judged.fold(exit, Exit::max);
                        let open = run.lines().iter().any(|line| line.outcome.as_ref().is_some_and(Outcome::is_unknown));
                        if run.tally().left > 0 && !open {
                            exit = Exit::Interrupted;
                        }
                    }
                }
            }
            exit
        }
        () = signal => {
            say("left without waiting: it may have happened. numdeck purchases resolve looks.");
            Exit::Unknown
        }
    }
}

/// After a hang-up nobody listens, and that must not keep us from waiting for the answer.
fn say(text: &str) {
    writeln!(std::io::stderr(), "numdeck: {}", clean(text, 400)).ok();
}

fn broken(what: &str, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Other, "TERMINAL", format!("cannot {what}: {error}"), "")
}
