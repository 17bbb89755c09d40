//! A question to a person: typed out, never a single letter.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::command_context::CommandContext;
use super::output::{safe, say};
use super::{Exit, Failure, runner};
use crate::phone::Secret;
use crate::write::Confirmation;

/// Nobody types more than this.
const LONGEST: usize = 16 * 1024;

/// Has `what` confirmed at the terminal by typing what is `wanted`; it is asked through
/// stderr.
pub(super) async fn confirm(
    context: &CommandContext,
    wanted: &Confirmation,
    what: &str,
) -> Result<(), Failure> {
    if !context.may_ask {
        return Err(Failure::new(
            Exit::RefusedHere,
            "NOT_CONFIRMED",
            format!("nothing was sent: \"{}\" has to be confirmed", safe(what)),
            "Nobody can be asked here; --yes confirms it.",
        ));
    }
    context.tell();
    let typed = line(&format!("Type {} to confirm: ", safe(&wanted.prompt()))).await;
    if !typed.trim().is_empty() && wanted.accepts(&typed) {
        return Ok(());
    }
    Err(Failure::new(Exit::RefusedHere, "NOT_CONFIRMED", "nothing was sent: it was not confirmed", ""))
}

/// What somebody types, asked through stderr; nothing where nobody does.
pub(super) async fn line(question: &str) -> String {
    let mut stderr = io::stderr();
    write!(stderr, "{question}").and_then(|()| stderr.flush()).ok();
    let typed = runner::waiting(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|read| (read > 0).then_some(line))
    });
    if let Ok(Some(line)) = typed.await {
        return line;
    }
    say("");
    String::new()
}

/// The same for what nobody else is to see: the terminal shows nothing of it. It does again as soon as
/// this is over, and also when it is given up for a signal.
pub(super) async fn hidden(question: &str) -> io::Result<Secret> {
    let mut stderr = io::stderr();
    let echo = NoEcho::begin()?;
    write!(stderr, "{question}").and_then(|()| stderr.flush()).ok();
    let typed = runner::waiting(one_line).await;
    drop(echo);
    say("");
    typed
}

/// A line of standard input, past all buffers that nobody wipes.
fn one_line() -> io::Result<Secret> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = [0];
    while line.len() < LONGEST {
        match rustix::io::read(io::stdin(), &mut byte) {
            Ok(0) => break,
            Ok(_) if byte == *b"\n" => break,
            Ok(_) => line.extend(byte),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let text = str::from_utf8(&line).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is no text"))?;
    Ok(Secret::new(text.to_owned()))
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct NoEcho(Option<Termios>);

impl NoEcho {
    fn begin() -> io::Result<Self> {
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            return Ok(Self(None));
        }
        let before = tcgetattr(stdin.as_fd())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ECHOE | LocalModes::ECHOK);
        // Whoever was stopped here would leave the shell a terminal without an echo.
        quiet.special_codes[SpecialCodeIndex::VSUSP] = 0;
        tcsetattr(stdin.as_fd(), OptionalActions::Flush, &quiet)?;
        Ok(Self(Some(before)))
    }
}

impl Drop for NoEcho {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            tcsetattr(io::stdin().as_fd(), OptionalActions::Now, before).ok();
        }
    }
}
