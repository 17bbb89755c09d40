//! The only place with a loop: terminal, signals and tasks in, state machine, drawing and tasks out.
//!
//! Everything that the loop touches is a parameter, so tests drive this loop and not a copy.

mod check;
mod clipboard;
mod export;
mod input;
mod keyboard;
mod list;
mod painter;
mod plan;
mod recall;
mod tasks;
mod terminal;
mod welcome;

use std::io;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use jiff::Timestamp;

pub use clipboard::Clipboard;
pub use input::{Incoming, Signals, events};
pub use tasks::{PlacesOf, Settled, Tasks};
pub use terminal::{Display, Multiplexer, Tty, restore_on_panic};
pub use welcome::welcome;

use crate::app::pointer::Drawn;
use crate::app::{App, CopyRoute, Effect, Event, Reply};
use crate::phone::Secret;
use crate::ui;

/// What the loop needs of a terminal.
pub trait Surface {
    /// Shows the present state. Returns what of it can be answered and clicked.
    fn draw(&mut self, app: &App) -> io::Result<Drawn>;
    /// Puts text on the clipboard of the terminal, and says whether it did.
    fn copy(&mut self, text: &Secret) -> io::Result<CopyRoute>;
    /// Gives the terminal back, stops until continued, and takes it again. Returns its size then.
    fn suspend(&mut self) -> io::Result<ratatui::layout::Size>;
    /// The terminal may have been written over: the next drawing shows everything.
    fn repaint(&mut self) -> io::Result<()>;
    /// Shows a theme from the next drawing on. Returns false where there is none of that name.
    fn theme(&mut self, name: &str) -> bool;
    /// Takes the mouse from the terminal, or gives it back.
    fn mouse(&mut self, on: bool) -> io::Result<()>;
    /// The background is light or dark: where nobody chose a theme, the one for it is shown.
    fn background(&mut self, light: bool);
}

/// A burst of pages is drawn at most so often; keys are always drawn at once.
const BETWEEN_PAGES: Duration = Duration::from_millis(16);

/// For so long events are taken before the next drawing: a flood must not keep the screen still.
const BURST: Duration = Duration::from_millis(8);

/// Runs until the app is done. Writes that are on their way then are the caller's to wait for,
/// see [`Tasks::writes`].
pub async fn run<S, I>(
    app: &mut App,
    screen: &mut S,
    input: &mut I,
    tasks: &mut Tasks,
    first: Vec<Effect>,
    now: impl Fn() -> Timestamp,
) -> io::Result<()>
where
    S: Surface,
    I: Stream<Item = io::Result<Incoming>> + Unpin,
{
    perform(first, app, screen, tasks)?;
    let mut drawn = tokio::time::Instant::now();
    let frame = screen.draw(app)?;
    app.drawn(frame);
    while !app.done() {
        let wake = app.next_wake();
        let mut next = tokio::select! {
            biased;
            incoming = input.next() => Some(incoming.unwrap_or(Ok(Incoming::Event(Event::Quit)))?),
            (task, reply) = tasks.next() => Some(Incoming::Event(Event::Task(task, reply))),
            () = until(wake, &now) => Some(Incoming::Event(Event::Wake)),
        };
        let mut patient = true;
        let began = tokio::time::Instant::now();
        while let Some(incoming) = next {
            patient &= matches!(
                incoming,
                Incoming::Event(Event::Task(
                    _,
                    Reply::Page(_) | Reply::Stage(_) | Reply::Checked(..) | Reply::Checking(_)
                ))
            );
            take(incoming, app, screen, tasks, &now)?;
            next = if began.elapsed() >= BURST || app.done() {
                None
            } else if let Some(incoming) = ready(input).await.flatten() {
                Some(incoming?)
            } else {
                tasks.try_next().map(|(task, reply)| Incoming::Event(Event::Task(task, reply)))
            };
        }
        if patient && !app.done() && drawn.elapsed() < BETWEEN_PAGES {
            // Somebody types: draw at once. Only pages arrive: a frame later is early enough.
            let input = tokio::time::timeout_at(drawn + BETWEEN_PAGES, input.next()).await;
            if let Ok(incoming) = input {
                let incoming = incoming.unwrap_or(Ok(Incoming::Event(Event::Quit)))?;
                take(incoming, app, screen, tasks, &now)?;
            }
        }
        if !app.done() {
            let frame = screen.draw(app)?;
            drawn = tokio::time::Instant::now();
            app.drawn(frame);
        }
    }
    Ok(())
}

fn take<S: Surface>(
    incoming: Incoming,
    app: &mut App,
    screen: &mut S,
    tasks: &mut Tasks,
    now: &impl Fn() -> Timestamp,
) -> io::Result<()> {
    match incoming {
        Incoming::Interrupt => take(Incoming::Event(Event::Quit), app, screen, tasks, now),
        Incoming::Event(event) => {
            let effects = app.update(now(), event);
            perform(effects, app, screen, tasks)
        }
        Incoming::Repaint => screen.repaint(),
        Incoming::Background(light) => {
            screen.background(light);
            Ok(())
        }
    }
}

fn perform<S: Surface>(
    effects: Vec<Effect>,
    app: &mut App,
    screen: &mut S,
    tasks: &mut Tasks,
) -> io::Result<()> {
    for effect in effects {
        match effect {
            Effect::CopyThrough(task, text) => {
                let route = screen.copy(&text)?;
                let now = app.ctx.now;
                let more = app.update(now, Event::Task(task, Reply::Copied(route)));
                perform(more, app, screen, tasks)?;
            }
            Effect::Repaint => screen.repaint()?,
            Effect::Theme(name) => {
                if !screen.theme(&name) {
                    app.refuse(&format!("There is no theme {name}."));
                }
            }
            Effect::Mouse(on) => screen.mouse(on)?,
            Effect::Dump(task, path) => tasks.dump(task, path, ui::picture(app)),
            Effect::Suspend => {
                let size = screen.suspend()?;
                let now = app.ctx.now;
                let more = app.update(now, Event::Resize(size));
                perform(more, app, screen, tasks)?;
            }
            other => tasks.run(other),
        }
    }
    Ok(())
}

async fn until(wake: Option<Timestamp>, now: &impl Fn() -> Timestamp) {
    match wake {
        Some(at) => {
            let left = at.duration_since(now()).max(jiff::SignedDuration::ZERO);
            tokio::time::sleep(left.unsigned_abs()).await;
        }
        None => std::future::pending().await,
    }
}

/// What a stream has ready now. Polled with the waker of the running task: a terminal's event
/// stream keeps the first waker that it is given until that one was used.
async fn ready<I: Stream + Unpin>(stream: &mut I) -> Option<Option<I::Item>> {
    std::future::poll_fn(|context| match stream.poll_next_unpin(context) {
        std::task::Poll::Ready(item) => std::task::Poll::Ready(Some(item)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}
