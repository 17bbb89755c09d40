//! `numdeck tui`: the dashboard over the configured server.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::{Global, StartScreen, Tui};
use super::context::colours;
use super::{Context, Environment, Exit, Failure};
use crate::api::Settings;
use crate::app::{App, Session, Tab};
use crate::phone::clean;
use crate::runtime::{Display, Signals, Tasks, Tty, events, restore_on_panic, run as run_loop};
use crate::ui::Theme;
use crate::write::Standing;

pub(super) fn run(global: &Global, environment: &Environment, tui: &Tui) -> Result<Exit, Failure> {
    let context = Context::resolve(global, environment)?;
    if let Some(warning) = &context.warning {
        say(warning);
    }
    let theme = if colours(global, environment) { Theme::Ansi } else { Theme::Mono };
    let profile = if context.key_source == "NUMDECK_API_KEY" { "environment" } else { context.key_source };
    open(context.settings, context.standing, profile, theme, tui)
}

/// Opens the dashboard and returns when it is left.
pub(super) fn open(
    settings: Settings,
    standing: Standing,
    profile: &str,
    theme: Theme,
    tui: &Tui,
) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| broken("start", &error))?;
    runtime.block_on(async {
        let mut tasks = Tasks::new(settings)?;
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
        let mut screen = Display::new(theme).map_err(|error| broken("use the terminal", &error))?;
        let size = screen.size().map_err(|error| broken("use the terminal", &error))?;
        let session =
            Session { profile: profile.to_owned(), organization: None, standing, zone: TimeZone::system() };
        let mut app = App::new(session, size, Timestamp::now());
        let tab = match tui.screen.unwrap_or_default() {
            StartScreen::Owned => Tab::Owned,
            StartScreen::Inventory => Tab::Inventory,
        };
        let first = app.start(tab, tui.filter.as_deref().unwrap_or_default());
        let mut input = events(signals);
        let ended = run_loop(&mut app, &mut screen, &mut input, &mut tasks, first, Timestamp::now).await;
        drop(tty);
        settle(&mut tasks).await;
        ended.map_err(|error| broken("use the terminal", &error))?;
        Ok(Exit::Done)
    })
}

/// The terminal is given back; what was sent still gets its answer, which is said.
async fn settle(tasks: &mut Tasks) {
    if tasks.writes() == 0 {
        return;
    }
    say("waiting for the answer of a change that was sent …");
    for (intent, verdict) in tasks.settle().await {
        let words = verdict.words(&intent);
        say(&format!("{} {}", words.said, words.next));
    }
}

/// After a hang-up nobody listens, and that must not keep us from waiting for the answer.
fn say(text: &str) {
    writeln!(std::io::stderr(), "numdeck: {}", clean(text, 400)).ok();
}

fn broken(what: &str, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Other, "TERMINAL", format!("cannot {what}: {error}"), "")
}
