//! The clipboard of the machine, asked by a thread of its own: a display server that does not answer keeps
//! neither the loop nor a worker waiting.
//!
//! X11 wants whoever copied to be there when somebody pastes, so the thread keeps its
//! connection. It takes a password away again after a while, or when the program ends, if it is still
//! what the clipboard has.

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::app::CopyRoute;
use crate::phone::Secret;

/// A display server is waited for so long; then the text goes through the terminal.
const DEADLINE: Duration = Duration::from_millis(500);

/// Text on a machine.
trait Board {
    /// Puts a text there; one that is `passing` is not for a history. Returns whether it is there.
    fn put(&mut self, text: &Secret, passing: bool) -> bool;
    /// Whether this text is what is there.
    fn has(&mut self, text: &Secret) -> bool;
    /// Leaves nothing there.
    fn clear(&mut self);
}

impl Board for arboard::Clipboard {
    fn put(&mut self, text: &Secret, passing: bool) -> bool {
        let set = self.set();
        let set = if passing { excluded(set) } else { set };
        set.text(text.expose()).is_ok()
    }

    fn has(&mut self, text: &Secret) -> bool {
        self.get_text().is_ok_and(|there| Secret::new(there) == *text)
    }

    fn clear(&mut self) {
        Self::clear(self).ok();
    }
}

#[cfg(target_os = "linux")]
fn excluded(set: arboard::Set<'_>) -> arboard::Set<'_> {
    arboard::SetExtLinux::exclude_from_history(set)
}

#[cfg(target_os = "macos")]
fn excluded(set: arboard::Set<'_>) -> arboard::Set<'_> {
    arboard::SetExtApple::exclude_from_history(set)
}

/// What the thread is told.
enum Message {
    /// To copy a text, and to say whether that worked.
    Copy(Secret, bool, oneshot::Sender<bool>),
    /// To take a password away, and to end; what is dropped then tells that it is done.
    Close(mpsc::Sender<()>),
}

/// The thread, and whether it has been silent for too long.
#[derive(Debug, Clone)]
struct Desk {
    messages: mpsc::Sender<Message>,
    is_silent: Arc<AtomicBool>,
    /// An answer is waited for so long.
    deadline: Duration,
}

/// The clipboard of the machine, where there is one.
#[derive(Debug, Clone)]
pub struct Clipboard(Option<Desk>);

impl Clipboard {
    /// No clipboard.
    pub fn none() -> Self {
        Self(None)
    }

    /// The one of the display that the environment names. Somebody who came over SSH sits at another one.
    pub fn of_process() -> Self {
        if !is_here(|name| std::env::var_os(name)) {
            return Self::none();
        }
        let held = Duration::from_secs(CopyRoute::HELD.into());
        Self::over(|| arboard::Clipboard::new().ok(), held, DEADLINE)
    }

    /// One that is connected to when the first text is copied, and again when that failed; a password stays
    /// for `held`, and an answer is waited for until `deadline`.
    fn over<B: Board>(
        connect: impl Fn() -> Option<B> + Send + 'static,
        held: Duration,
        deadline: Duration,
    ) -> Self {
        let (messages, told) = mpsc::channel();
        let is_silent = Arc::<AtomicBool>::default();
        let talks = Arc::clone(&is_silent);
        std::thread::spawn(move || keep(&told, connect, held, &talks));
        Self(Some(Desk { messages, is_silent, deadline }))
    }

    /// Copies a text; a password is taken away later.
    pub(super) async fn copy(&self, text: Secret, is_password: bool) -> CopyRoute {
        let Some(desk) = self.0.as_ref().filter(|desk| !desk.is_silent.load(Ordering::Relaxed)) else {
            return CopyRoute::Nowhere;
        };
        let (answer, answered) = oneshot::channel();
        if desk.messages.send(Message::Copy(text, is_password, answer)).is_err() {
            return CopyRoute::Nowhere;
        }
        match tokio::time::timeout(desk.deadline, answered).await {
            Ok(Ok(true)) => CopyRoute::Native,
            Ok(_) => CopyRoute::Nowhere,
            Err(_) => {
                // Nobody waits a second time for it, until it has answered once.
                desk.is_silent.store(true, Ordering::Relaxed);
                CopyRoute::Nowhere
            }
        }
    }

    /// Takes a copied password away if it is still there, and ends. It keeps its caller waiting for as long
    /// as a copy does at most.
    pub fn close(&self) {
        let Some(desk) = self.0.as_ref().filter(|desk| !desk.is_silent.load(Ordering::Relaxed)) else {
            return;
        };
        let (done, wait) = mpsc::channel();
        if desk.messages.send(Message::Close(done)).is_ok() {
            wait.recv_timeout(desk.deadline).ok();
        }
    }
}

/// Whether there is a display at which the person sits.
fn is_here(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let far = ["SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT"].into_iter().any(set);
    // Not every Wayland compositor hands on what an X11 client copies; its terminals take OSC 52.
    let x11 = set("DISPLAY") && !set("WAYLAND_DISPLAY");
    !far && (cfg!(target_os = "macos") || x11)
}

/// Does what it is told until it is to end, and takes passwords away in time.
fn keep<B: Board>(
    told: &mpsc::Receiver<Message>,
    connect: impl Fn() -> Option<B>,
    held: Duration,
    is_silent: &AtomicBool,
) {
    let mut board = None;
    let mut password: Option<(Secret, Instant)> = None;
    loop {
        let message = match &password {
            None => told.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some((_, until)) => told.recv_timeout(until.saturating_duration_since(Instant::now())),
        };
        match message {
            // What nobody waits for any more went another way.
            Ok(Message::Copy(_, _, answer)) if answer.is_closed() => {}
            Ok(Message::Copy(text, is_password, answer)) => {
                if board.is_none() {
                    board = connect();
                }
                let there = board.as_mut().is_some_and(|board| board.put(&text, is_password));
                if there {
                    password = is_password.then(|| (text, Instant::now() + held));
                } else {
                    board = None;
                }
                answer.send(there).ok();
            }
            Ok(Message::Close(done)) => {
                take_away(board.as_mut(), password.take());
                drop(board);
                drop(done);
                return;
            }
            Err(RecvTimeoutError::Timeout) => take_away(board.as_mut(), password.take()),
            Err(RecvTimeoutError::Disconnected) => return take_away(board.as_mut(), password.take()),
        }
        is_silent.store(false, Ordering::Relaxed);
    }
}

/// Takes a password away if it is still there.
fn take_away(board: Option<&mut impl Board>, password: Option<(Secret, Instant)>) {
    if let (Some(board), Some((text, _))) = (board, password)
        && board.has(&text)
    {
        board.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// What is on a clipboard that others use as well.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Option<String>>>);

    impl Shared {
        fn text(&self) -> Option<String> {
            self.0.lock().unwrap().clone()
        }

        fn set(&self, text: &str) {
            *self.0.lock().unwrap() = Some(text.to_owned());
        }
    }

    impl Board for Shared {
        fn put(&mut self, text: &Secret, _: bool) -> bool {
            self.set(text.expose());
            true
        }

        fn has(&mut self, text: &Secret) -> bool {
            self.text().as_deref() == Some(text.expose())
        }

        fn clear(&mut self) {
            *self.0.lock().unwrap() = None;
        }
    }

    const LONG: Duration = Duration::from_secs(3600);

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    fn over(shared: &Shared, held: Duration) -> Clipboard {
        let shared = shared.clone();
        Clipboard::over(move || Some(shared.clone()), held, LONG)
    }

    #[test]
    fn the_clipboard_of_the_machine_is_that_of_who_sits_there() {
        let here = |set: &[&str]| is_here(|name| set.contains(&name).then(|| "x".into()));
        assert!(here(&["DISPLAY"]));
        assert_eq!(here(&["DISPLAY", "WAYLAND_DISPLAY"]), cfg!(target_os = "macos"));
        for far in ["SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT"] {
            assert!(!here(&["DISPLAY", far]), "{far}");
        }
        assert_eq!(here(&[]), cfg!(target_os = "macos"));
        assert_eq!(is_here(|_| Some("".into())), cfg!(target_os = "macos"), "empty is not set");
    }

    #[tokio::test]
    async fn a_password_is_taken_away_after_a_while() {
        let shared = Shared::default();
        let clipboard = over(&shared, Duration::ZERO);
        assert_eq!(clipboard.copy(secret("hunter2"), true).await, CopyRoute::Native);
        // Messages are taken in turn: once it is closed, its time has come before.
        clipboard.close();
        assert_eq!(shared.text(), None);
    }

    #[tokio::test]
    async fn leaving_takes_a_password_away_but_nothing_else() {
        for (text, is_password, left) in [("hunter2", true, None), ("+234", false, Some("+234".to_owned()))] {
            let shared = Shared::default();
            let clipboard = over(&shared, LONG);
            clipboard.copy(secret(text), is_password).await;
            assert_eq!(shared.text().as_deref(), Some(text));
            clipboard.close();
            assert_eq!(shared.text(), left);
        }
    }

    #[tokio::test]
    async fn what_was_copied_since_stays() {
        let shared = Shared::default();
        let clipboard = over(&shared, LONG);
        clipboard.copy(secret("hunter2"), true).await;
        shared.set("something else");
        clipboard.close();
        assert_eq!(shared.text().as_deref(), Some("something else"));
        let clipboard = over(&shared, LONG);
        clipboard.copy(secret("hunter2"), true).await;
        clipboard.copy(secret("hunter2"), false).await;
        clipboard.close();
        assert_eq!(shared.text().as_deref(), Some("hunter2"), "somebody copied it as something else");
    }

    #[tokio::test]
    async fn a_display_that_does_not_answer_is_waited_for_once() {
        let (go, wait) = mpsc::channel::<()>();
        let wait = Mutex::new(wait);
        let shared = Shared::default();
        let board = shared.clone();
        let connect = move || {
            wait.lock().unwrap().recv().ok();
            Some(board.clone())
        };
        let clipboard = Clipboard::over(connect, LONG, Duration::from_millis(50));
        assert_eq!(clipboard.copy(secret("a"), true).await, CopyRoute::Nowhere);
        assert_eq!(clipboard.copy(secret("b"), false).await, CopyRoute::Nowhere);
        clipboard.close();
        go.send(()).unwrap();
        while clipboard.0.as_ref().unwrap().is_silent.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        assert_eq!(shared.text().as_deref(), Some("a"));
        // A slow machine may be silent again.
        let (done, wait) = mpsc::channel();
        clipboard.0.as_ref().unwrap().messages.send(Message::Close(done)).unwrap();
        wait.recv().ok();
        assert_eq!(shared.text(), None, "what came late is taken away as well");
    }

    #[tokio::test]
    async fn without_a_display_there_is_nothing_to_copy_to() {
        assert_eq!(Clipboard::none().copy(secret("a"), false).await, CopyRoute::Nowhere);
        let clipboard = Clipboard::over(|| None::<Shared>, LONG, LONG);
        assert_eq!(clipboard.copy(secret("a"), false).await, CopyRoute::Nowhere);
    }
}
