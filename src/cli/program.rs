//! A program of the user that gets a line on its standard input, and may do what it likes otherwise.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

const LOOK: Duration = Duration::from_millis(10);

/// Runs a program with a line on its standard input, and waits for it: for so long, and as long as `is_over` does not
/// say that nobody waits any more. Then it is ended, with whatever it began. Returns what did not go well.
pub(super) fn feed(
    command: &mut Command,
    line: &str,
    limit: Option<Duration>,
    is_over: &dyn Fn() -> bool,
) -> Option<String> {
    // A group of its own: what is typed at the terminal is for us, and all of it can be ended.
    let mut child = match command.stdin(Stdio::piped()).process_group(0).spawn() {
        Ok(child) => child,
        Err(error) => return Some(format!("it can not be started: {error}")),
    };
    // Shorter than what a pipe holds, so that it need not be read.
    child.stdin.take().map(|mut stdin| writeln!(stdin, "{line}"));
    let end = limit.map(|limit| Instant::now() + limit);
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return None,
            Ok(Some(status)) => {
                return Some(
                    status.code().map_or("a signal ended it".to_owned(), |code| format!("exit {code}")),
                );
            }
            Ok(None) if is_over() => return Some(ended(&mut child, "it was ended while it ran")),
            Ok(None) if end.is_none_or(|end| Instant::now() < end) => thread::sleep(LOOK),
            Ok(None) => return Some(ended(&mut child, "it took too long and was stopped")),
            Err(error) => return Some(format!("how it ended is not known: {error}")),
        }
    }
}

fn ended(child: &mut Child, why: &str) -> String {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    group.map(|group| kill_process_group(group, Signal::KILL));
    child.wait().ok();
    why.to_owned()
}
