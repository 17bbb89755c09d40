//! Somebody in front of the dashboard: the real loop over a screen in memory and a sandbox.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use numdeck::api::{BaseUrl, Client, ListKind, ListRequest, Mode, Settings};
use numdeck::app::pointer::Drawn;
use numdeck::app::{Account, App, CopyRoute, Event, Invocation, Key, Tab};
use numdeck::check::Checker;
use numdeck::phone::{E164, Number, NumberText, Secret};
use numdeck::runtime::{self, Incoming, Tasks};
use numdeck::sandbox::{Config, Fault, Sandbox};
use numdeck::store::LedgerThread;
use numdeck::ui::{self, Theme};
use numdeck::write::{SessionLedger, WritePermission};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Much longer than anything takes on the slowest machine.
const PATIENT: Duration = Duration::from_secs(30);

pub(crate) const OWNER: &str = "kros_test_owner";

/// The lines of a buffer.
pub(crate) fn text_of(buffer: &Buffer) -> String {
    let mut text = String::new();
    for line in buffer.content().chunks(usize::from(buffer.area.width).max(1)) {
        let line: String = line.iter().map(ratatui::buffer::Cell::symbol).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Draws in memory and shows every frame to whoever watches.
struct Memory {
    terminal: Terminal<TestBackend>,
    frames: watch::Sender<String>,
    copied: watch::Sender<Option<Secret>>,
}

impl runtime::Surface for Memory {
    fn draw(&mut self, app: &App) -> io::Result<Drawn> {
        let mut seen = Drawn::default();
        let drawn = self.terminal.draw(|frame| seen = ui::draw(app, &Theme::dark(), frame));
        let text = drawn.map(|frame| text_of(frame.buffer)).unwrap_or_else(|never| match never {});
        self.frames.send_replace(text);
        Ok(seen)
    }

    fn copy(&mut self, text: &Secret) -> io::Result<CopyRoute> {
        self.copied.send_replace(Some(text.clone()));
        Ok(CopyRoute::Terminal)
    }

    fn suspend(&mut self) -> io::Result<Size> {
        Ok(SIZE)
    }

    fn repaint(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn mouse(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn theme(&mut self, _: &str) -> bool {
        true
    }

    fn background(&mut self, _: bool) {}
}

const SIZE: Size = Size { width: 120, height: 40 };

/// A dashboard that runs, and its user.
pub(crate) struct Desk {
    sandbox: Option<Sandbox>,
    client: Client,
    keys: mpsc::UnboundedSender<Incoming>,
    frames: watch::Receiver<String>,
    copied: watch::Receiver<Option<Secret>>,
    running: JoinHandle<(App, Tasks)>,
}

pub(crate) fn small() -> Config {
    Config { owned: 30, inventory: 300, ..Config::default() }
}

fn settings(sandbox: &Sandbox, key: &str) -> Settings {
    Settings::new(BaseUrl::parse(&sandbox.base_url()).unwrap(), Secret::new(key.to_owned()))
}

impl Desk {
    /// Opens the dashboard for a key over a sandbox.
    pub(crate) fn open(config: Config, key: &str) -> Self {
        // What the sandbox loses does not happen later, unless it was told so.
        Self::waiting(config, key, Duration::ZERO)
    }

    /// The same, where a write may still happen for so long after it was sent.
    pub(crate) fn waiting(config: Config, key: &str, settle: Duration) -> Self {
        let sandbox = Sandbox::start(config).unwrap();
        let settings = settings(&sandbox, key);
        let mode = Mode::of(&settings.key);
        let standing = WritePermission { mode, read_only: false, organization: None, foreign: None };
        let session = Account {
            profile: "test".to_owned(),
            organization: None,
            standing,
            zone: TimeZone::UTC,
            profiles: Vec::new(),
            call: Invocation {
                before: format!("NUMDECK_API_KEY={key} "),
                globals: vec!["--base-url".to_owned(), sandbox.base_url()],
                base_url: sandbox.base_url(),
                auth: settings.auth,
            },
        };
        let mut app = App::new(session, SIZE, Timestamp::now());
        let first = app.start(Tab::Owned, "");
        let checker =
            Checker::new(settings.ca.clone(), None, |name| std::env::var(name).ok(), Arc::default());
        let mut tasks = Tasks::new(settings.clone(), LedgerThread::spawn(SessionLedger::default()), checker)
            .unwrap()
            .settling(settle);
        let (frames, seen) = watch::channel(String::new());
        let (copied, clipboard) = watch::channel(None);
        let terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).unwrap();
        let mut screen = Memory { terminal, frames, copied };
        let (keys, typed) = mpsc::unbounded_channel();
        let running = tokio::spawn(async move {
            let mut input = stream::unfold(typed, |mut typed: mpsc::UnboundedReceiver<Incoming>| async {
                typed.recv().await.map(|incoming| (Ok(incoming), typed))
            })
            .boxed();
            runtime::run(&mut app, &mut screen, &mut input, &mut tasks, first, Timestamp::now).await.unwrap();
            (app, tasks)
        });
        let client = Client::new(settings).unwrap();
        Self { sandbox: Some(sandbox), client, keys, frames: seen, copied: clipboard, running }
    }

    /// A small sandbox, its owner, and the owned numbers on the screen.
    pub(crate) async fn ready(key: &str) -> Self {
        let mut desk = Self::open(small(), key);
        desk.wait_for(" numbers").await;
        desk
    }

    /// Presses keys: `2 enter b`.
    pub(crate) fn press(&self, keys: &str) {
        for key in keys.split_whitespace() {
            let key = Key::parse(key).unwrap_or_else(|| panic!("no key {key}"));
            self.keys.send(Incoming::Event(Event::Key(key))).unwrap();
        }
    }

    /// Types text, character by character.
    pub(crate) fn type_text(&self, text: &str) {
        for c in text.chars() {
            let name = if c == ' ' { "space".to_owned() } else { c.to_string() };
            self.press(&name);
        }
    }

    /// Waits until the screen shows a text, and returns the screen.
    pub(crate) async fn wait_for(&mut self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contains(text)).await
    }

    /// Waits until a text is not on the screen any more.
    pub(crate) async fn wait_gone(&mut self, text: &str) -> String {
        self.wait_until(&format!("no '{text}'"), |screen| !screen.contains(text)).await
    }

    pub(crate) async fn wait_until(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let found =
            tokio::time::timeout(PATIENT, self.frames.wait_for(|screen| holds(screen))).await.map(|screen| {
                let screen = screen.unwrap_or_else(|_| panic!("the dashboard ended before it showed {what}"));
                screen.clone()
            });
        found.unwrap_or_else(|_| panic!("never showed {what}:\n{}", self.screen()))
    }

    /// What the screen shows now.
    pub(crate) fn screen(&self) -> String {
        self.frames.borrow().clone()
    }

    /// What was put on the clipboard last.
    pub(crate) async fn clipboard(&mut self) -> String {
        let copied = tokio::time::timeout(PATIENT, self.copied.wait_for(Option::is_some)).await;
        copied.unwrap().unwrap().as_ref().unwrap().expose().to_owned()
    }

    /// What was copied last, once it says this.
    pub(crate) async fn clipboard_with(&mut self, said: &str) -> String {
        let says = |copied: &Option<Secret>| copied.as_ref().is_some_and(|text| text.expose().contains(said));
        let copied = tokio::time::timeout(PATIENT, self.copied.wait_for(says)).await;
        copied.unwrap().unwrap().as_ref().unwrap().expose().to_owned()
    }

    /// Somebody outside wants it to end.
    pub(crate) fn end(&self) {
        self.keys.send(Incoming::Event(Event::Quit)).unwrap();
    }

    /// Waits until the dashboard has ended.
    pub(crate) async fn left(self) -> (App, Tasks, Option<Sandbox>, Client) {
        let (app, tasks) = tokio::time::timeout(PATIENT, self.running).await.expect("never left").unwrap();
        (app, tasks, self.sandbox, self.client)
    }

    /// Quits from the list and waits for it.
    pub(crate) async fn quit(self) {
        self.press("q");
        self.left().await;
    }

    pub(crate) fn faults(&self, specs: &[&str]) {
        let faults = specs.iter().map(|spec| spec.parse::<Fault>().unwrap()).collect();
        self.sandbox.as_ref().unwrap().set_faults(faults);
    }

    /// The server goes away.
    pub(crate) fn kill_server(&mut self) {
        self.sandbox = None;
    }

    /// Another client of the same server.
    pub(crate) fn other(&self, key: &str, organization: Option<&str>) -> Client {
        let settings = settings(self.sandbox.as_ref().unwrap(), key);
        Client::new(Settings { organization: organization.map(str::to_owned), ..settings }).unwrap()
    }

    /// The owned numbers, as a plain client reads them.
    pub(crate) async fn owned(&self) -> Vec<Number> {
        self.client.pages(ListRequest::whole(ListKind::Owned)).collect().await.unwrap()
    }

    /// One number, as a plain client reads it.
    pub(crate) async fn get(&self, number: &Number) -> Number {
        self.client.get(&number.id).await.unwrap().number
    }

    /// An owned number of some sort.
    pub(crate) async fn one(&self, is: impl Fn(&Number) -> bool) -> Number {
        self.owned().await.into_iter().find(is).expect("the sandbox has such a number")
    }

    /// Filters so that one owned number is left, which is selected.
    pub(crate) async fn select(&mut self, number: &Number) {
        self.press("/ ctrl-u");
        self.type_text(&number.line.digits());
        self.press("enter");
        self.wait_for(", 1 match").await;
    }

    /// Shows what is for sale in Nigeria and returns the selected number.
    pub(crate) async fn shop(&mut self) -> Number {
        self.press("2 f");
        self.wait_for("Enter searches").await;
        self.press("ctrl-u");
        self.type_text("ng");
        self.press("enter");
        let screen = self.wait_for(", complete").await;
        let line = selected(&screen);
        let shelf = ListKind::Available { country: "NG".to_owned(), kind: None };
        let all = self.client.pages(ListRequest::whole(shelf)).collect().await.unwrap();
        all.into_iter().find(|number| number.line.valid() == Some(line)).expect("it is on sale")
    }

    /// Marks the first of what is on sale, as many as `count`.
    pub(crate) async fn mark(&mut self, count: usize) {
        self.press(&vec!["space"; count].join(" "));
        self.wait_for(&format!("{count} marked:")).await;
    }

    /// Presses `b` on what is marked, and types the count.
    pub(crate) async fn buy_marked(&mut self, count: usize) {
        self.press("b");
        self.wait_for(&format!("Buy {count} numbers")).await;
        self.type_text(&count.to_string());
        self.wait_for("enter buys them").await;
        self.press("enter");
    }

    /// Presses `b` and types the digits.
    pub(crate) async fn buy(&mut self, number: &Number) {
        self.press("b");
        self.wait_for("Type the last four digits to buy").await;
        self.type_text(&last_four(number));
        self.press("enter");
    }
}

pub(crate) fn last_four(number: &Number) -> String {
    number.line.valid().unwrap().last(4)
}

/// The number in the selected row.
pub(crate) fn selected(screen: &str) -> E164 {
    let row = screen.lines().find_map(|line| line.strip_prefix(" > ")).expect("a row is selected");
    let digits: String = row
        .chars()
        .take_while(|c| c.is_ascii_digit() || "+ -()".contains(*c))
        .filter(|c| *c != ' ')
        .collect();
    NumberText::parse(&digits).valid().unwrap_or_else(|| panic!("no number in {row}"))
}
