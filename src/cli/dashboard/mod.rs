//! `numdeck tui`: the dashboard over the configured server, or over the demo's.

mod keys;
mod look;
mod opening;
mod profiles;
mod session;
mod settle;

use std::io::{self, IsTerminal, Write};

use futures_util::Stream;

use super::args::{Global, Tui};
use super::key::NO_KEY;
use super::{Environment, Exit, Failure, account, runner};
use crate::app::Keymap;
use crate::app::welcome::WelcomeEnd;
use crate::phone::{clean, prepare_grouping};
use crate::runtime::{
    Clipboard, Display, Incoming, Multiplexer, Signals, Tty, events, restore_on_panic, welcome,
};
pub(super) use opening::Opening;
use session::{Session, Sessions};

pub(super) fn run(global: &Global, environment: &Environment, tui: &Tui) -> Result<Exit, Failure> {
    match Opening::resolve(global, environment) {
        Ok(opening) => open(global, environment, tui, Some(opening)),
        // Somebody who starts it for the first time is asked instead of sent away.
        Err(failure) if failure.code == NO_KEY && is_first_start(global) => {
            open(global, environment, tui, None)
        }
        Err(failure) => Err(failure),
    }
}

fn is_first_start(global: &Global) -> bool {
    !global.no_input && io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Opens the dashboard, without an opening the first start, and returns when it is left.
pub(super) fn open(
    global: &Global,
    environment: &Environment,
    tui: &Tui,
    opening: Option<Opening>,
) -> Result<Exit, Failure> {
    // Before the terminal is taken, so that what is wrong with it can be read.
    let keys = keys::read(environment)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| broken("start", &error))?;
    let exit = runtime.block_on(show(global, environment, tui, opening, keys));
    // A write that nobody waits for any more does not keep the process.
    runtime.shutdown_background();
    exit
}

async fn show(
    global: &Global,
    environment: &Environment,
    tui: &Tui,
    opening: Option<Opening>,
    keys: Keymap,
) -> Result<Exit, Failure> {
    let themes =
        look::themes(global, environment, &tui.look, opening.as_ref().and_then(|it| it.theme.as_deref()))?;
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
    let unusable = |error: io::Error| broken("use the terminal", &error);
    let mut display = Display::new(themes, Multiplexer::of_process()).map_err(unusable)?;
    display.ask_background(&look::term()).map_err(unusable)?;
    let mut input = events(signals).map_err(|error| broken("read the terminal", &error))?;
    let opening = match opening {
        Some(opening) => opening,
        None => match first(global, environment, &mut display, &mut input).await? {
            Some(opening) => opening,
            None => return Ok(Exit::Done),
        },
    };
    let clipboard = Clipboard::of_process();
    let session = Session::begin(opening, environment, tui, (display.size(), &keys), &clipboard)?;
    let mut sessions = Sessions::with(global, environment, &tui.look, session, (keys, clipboard.clone()));
    let ended = sessions.show(&mut display, &mut input).await;
    drop(tty);
    clipboard.close();
    let exit = sessions.settle(&mut input).await;
    ended.map_err(unusable)?;
    Ok(exit)
}

/// The first start: the demo, or a key, which is tried and stored; `None` for neither.
async fn first(
    global: &Global,
    environment: &Environment,
    display: &mut Display,
    input: &mut (impl Stream<Item = io::Result<Incoming>> + Unpin),
) -> Result<Option<Opening>, Failure> {
    let keep = |key| {
        let (global, environment) = (global.clone(), environment.clone());
        async move {
            // It talks to the server by itself, and to the keyring, which takes its time.
            let stored = runner::waiting(move || account::store_key(&global, &environment, &key)).await;
            stored.map_err(|failure| format!("{} {}", failure.message, failure.hint))
        }
    };
    let end = welcome(display, input, cfg!(feature = "sandbox"), keep).await;
    match end.map_err(|error| broken("use the terminal", &error))? {
        WelcomeEnd::Left => Ok(None),
        WelcomeEnd::Stored => Opening::resolve(global, environment).map(Some),
        #[cfg(feature = "sandbox")]
        WelcomeEnd::Demo => super::demo::opening(global).map(Some),
        #[cfg(not(feature = "sandbox"))]
        WelcomeEnd::Demo => Ok(None),
    }
}

/// After a hang-up nobody listens, and that must not keep us from waiting for the answer.
fn say(text: &str) {
    writeln!(std::io::stderr(), "numdeck: {}", clean(text, 400)).ok();
}

fn broken(what: &str, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Other, "TERMINAL", format!("cannot {what}: {error}"), "")
}
