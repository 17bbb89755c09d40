//! The loop of the first start.

use std::io;
use std::pin::Pin;

use futures_util::{Stream, StreamExt};

use super::terminal::Display;
use super::{Incoming, Surface};
use crate::app::Event;
use crate::app::key::{Key, KeyCode};
use crate::app::welcome::{Welcome, WelcomeEnd};
use crate::phone::Secret;

/// Shows the first start until something is chosen. `keep` tries a key and stores it, or says why not.
///
/// # Errors
/// The terminal cannot be used any more.
pub async fn welcome<I, F>(
    display: &mut Display,
    input: &mut I,
    has_demo: bool,
    keep: impl Fn(Secret) -> F,
) -> io::Result<WelcomeEnd>
where
    I: Stream<Item = io::Result<Incoming>> + Unpin,
    F: Future<Output = Result<(), String>> + Send + 'static,
{
    let mut state = Welcome::new(display.size(), has_demo);
    let mut trying: Option<Pin<Box<F>>> = None;
    loop {
        display.welcome(&state)?;
        if let Some(end) = state.end {
            return Ok(end);
        }
        let tried = async {
            match trying.as_mut() {
                Some(trying) => trying.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            incoming = input.next() => match incoming.unwrap_or(Ok(Incoming::Event(Event::Quit)))? {
                Incoming::Interrupt => state.end = Some(WelcomeEnd::Left),
                Incoming::Repaint => display.repaint()?,
                Incoming::Background(light) => display.background(light),
                Incoming::Event(Event::Key(Key { code: KeyCode::Char('z'), ctrl: true, .. })) => {
                    let size = display.suspend()?;
                    state.update(Event::Resize(size));
                }
                Incoming::Event(event) => {
                    if let Some(key) = state.update(event) {
                        trying = Some(Box::pin(keep(key)));
                    }
                }
            },
            result = tried => {
                trying = None;
                state.tried(result);
            }
        }
    }
}
