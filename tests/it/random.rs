//! Somebody who presses anything at any time, in a window of any size, over a server that answers late
//! or not at all: nothing panics, nothing is written that was not asked on the screen, and the selected
//! row is always there and seen.

use std::sync::Arc;

use numdeck::api::{Error, ErrorKind, Page};
use numdeck::app::export::ExportEnd;
use numdeck::app::keymap::TEMPLATE;
use numdeck::app::overlay::Overlay;
use numdeck::app::overlay::confirm::Confirm;
use numdeck::app::pointer::{ClickTarget, Drawn, Pointer};
use numdeck::app::screen::Screen;
use numdeck::app::{CopyRoute, Effect, Event, Key, Reply, Tab, TaskId};
use numdeck::check::{Facts, named};
use numdeck::phone::{Detail, Number, NumberId};
use numdeck::plan::PlanSource;
use numdeck::ui::{self, Theme};
use numdeck::write::{Batch, Confirmation, Entry, Outcome, OutcomeKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::{Position, Rect, Size};

use crate::support::desk::text_of;
use crate::support::fixture::{Seat, detail, entry_id, number, owned, secret, shelf, standing};

/// Steps of a usual run; `NUMDECK_STEPS` asks for others.
const STEPS: usize = 12_000;

/// Numbers that follow each other without a pattern, the same ones for the same seed.
struct Dice(u64);

impl Dice {
    /// Below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64 (Steele, Lea and Flood 2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len())].clone()
    }
}

/// Keys that mean something, and some that mean nothing.
fn keys() -> Vec<Key> {
    let named = TEMPLATE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split('"').skip(1).step_by(2));
    let letters = ('a'..='z').chain('0'..='9').map(|c| c.to_string());
    let typed = [
        "enter",
        "enter",
        "enter",
        "esc",
        "yes",
        "backspace",
        "del",
        "ctrl-w",
        "left",
        "right",
        "alt-b",
        "~",
        "é",
    ];
    let all = named.map(str::to_owned).chain(letters).chain(typed.map(str::to_owned));
    // Leaving ends the walk; it is tried elsewhere.
    all.filter(|name| !["q", "ctrl-c", "ctrl-z"].contains(&name.as_str()))
        .filter_map(|name| Key::parse(&name))
        .collect()
}

/// What was asked for and is not answered yet.
enum Asked {
    List(TaskId, bool),
    Detail(TaskId, NumberId),
    Endpoints(TaskId),
    Run(TaskId, Batch, usize),
    Undo(TaskId, NumberId),
    Activity(TaskId),
    Look(TaskId),
    Check(TaskId, NumberId),
    Checks(TaskId, Vec<Number>),
    Ledger(TaskId),
    File(TaskId),
    Plan(TaskId),
    Copy(TaskId),
}

struct Walk {
    seat: Seat,
    dice: Dice,
    terminal: Terminal<TestBackend>,
    asked: Vec<Asked>,
    entries: Vec<Entry>,
    /// What can be clicked.
    targets: Vec<(Rect, ClickTarget)>,
    /// What the last frame showed, and whether all of what was asked on it.
    seen: (String, bool),
    writes: usize,
}

fn lost() -> Error {
    Error::new(ErrorKind::Timeout, "no answer within 15 s")
}

impl Walk {
    fn begin(seed: u64) -> Self {
        let seat = Seat::with(standing(numdeck::api::Mode::Test, None), owned());
        let mut walk = Self {
            seat,
            dice: Dice(seed),
            terminal: Terminal::new(TestBackend::new(120, 40)).unwrap(),
            asked: Vec::new(),
            entries: Vec::new(),
            targets: Vec::new(),
            seen: (String::new(), false),
            writes: 0,
        };
        walk.draw();
        walk
    }

    fn draw(&mut self) {
        let mut seen = Drawn::default();
        let app = &self.seat.app;
        self.terminal.draw(|frame| seen = ui::draw(app, &Theme::mono(), frame)).unwrap();
        self.seen = (text_of(self.terminal.backend().buffer()), seen.whole);
        let screen = self.terminal.backend().buffer().area;
        assert!(seen.targets.iter().all(|(area, _)| screen.union(*area) == screen), "{:?}", seen.targets);
        self.targets.clone_from(&seen.targets);
        self.seat.app.drawn(seen);
    }

    fn event(&mut self, event: Event) {
        // The word of the key below does what the key does.
        let confirms = matches!(&event, Event::Key(key) if key.to_string() == "enter")
            || matches!(&event, Event::Pointer(Pointer::Click(_)));
        let effects = self.seat.unseen_event(event);
        for effect in effects {
            if matches!(effect, Effect::Run(..) | Effect::Pin(_)) {
                self.writes += 1;
                let (frame, whole) = &self.seen;
                assert!(confirms && *whole, "a write without enter on a whole question:\n{frame}");
                let asks =
                    ["ype yes", "ype the", "ype ", "Enter", "enter "].iter().any(|word| frame.contains(word));
                assert!(asks, "a write that was not asked on the screen:\n{frame}");
            }
            self.note(effect);
        }
    }

    fn note(&mut self, effect: Effect) {
        self.asked.push(match effect {
            Effect::List(task, list) => Asked::List(task, list.shelf == numdeck::api::ListKind::Owned),
            Effect::Detail(task, id) | Effect::Offer(task, id) => Asked::Detail(task, id),
            Effect::Endpoints(task) => Asked::Endpoints(task),
            Effect::Run(task, run) => {
                let now = self.seat.now();
                for line in run.lines() {
                    let entry = Entry::begun(entry_id(), now, line.intent.clone(), false);
                    self.entries.push(Entry { outcome: Some(OutcomeKind::Done), ..entry });
                }
                Asked::Run(task, *run, 0)
            }
            Effect::Undo(task, id) => Asked::Undo(task, id),
            Effect::Activity(task) => Asked::Activity(task),
            Effect::Look { task, .. } => Asked::Look(task),
            Effect::Check { task, id, .. } => Asked::Check(task, id),
            Effect::Checks { task, numbers, .. } => Asked::Checks(task, numbers),
            Effect::Ledger(task) => Asked::Ledger(task),
            Effect::Export(task, _) | Effect::Dump(task, _) | Effect::Keep { task, .. } => Asked::File(task),
            Effect::PlanFile(task, _) => Asked::Plan(task),
            Effect::Copy { task, .. } | Effect::CopyThrough(task, _) => Asked::Copy(task),
            // Late replies arrive all the same: nobody may be surprised by one.
            _ => return,
        });
    }

    fn known(&self, id: &NumberId) -> Option<Number> {
        self.seat.app.ctx.owned.roster.get(id).cloned()
    }

    /// One of the answers that are missing arrives, in any order.
    fn answer(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        let at = self.dice.roll(self.asked.len());
        let fails = self.dice.roll(6) == 0;
        match self.asked.swap_remove(at) {
            Asked::List(task, is_owned) => {
                // While nobody answers nothing can be written, which is tried often enough so.
                let fails = fails && self.dice.roll(4) == 0;
                let numbers = if is_owned { owned() } else { shelf() };
                let numbers: Vec<Number> = numbers.into_iter().filter(|_| self.dice.roll(8) > 0).collect();
                let next_offset = numbers.len() as u64;
                let total = [None, Some(next_offset), Some(1000)][self.dice.roll(3)];
                let page = Page { numbers, total, next_offset, end: !fails, again: self.dice.roll(9) == 0 };
                self.event(Event::Task(task, Reply::Page(page)));
                self.event(Event::Task(task, Reply::Listed(if fails { Err(lost()) } else { Ok(()) })));
            }
            Asked::Detail(task, id) => {
                let known = self.known(&id).unwrap_or_else(|| number(3));
                let read = Detail { number: known, ..detail(secret()) };
                self.event(Event::Task(
                    task,
                    Reply::Detail(Box::new(if fails { Err(lost()) } else { Ok(read) })),
                ));
            }
            Asked::Endpoints(task) => self.event(Event::Task(task, Reply::Endpoints(Err(lost())))),
            Asked::Run(task, mut run, place) => {
                let outcome = if fails { Outcome::Refused(lost()) } else { Outcome::NotDone(lost()) };
                if place < run.lines().len() && self.dice.roll(3) > 0 {
                    run.enter(place, outcome.clone());
                    self.event(Event::Task(task, Reply::LineEnded(place, Box::new(outcome))));
                    self.asked.push(Asked::Run(task, run, place + 1));
                } else {
                    self.event(Event::Task(task, Reply::Run(Box::new(run))));
                }
            }
            Asked::Undo(task, id) => {
                let known = self.known(&id).ok_or_else(|| "gone".to_owned());
                let known = known.map(|number| (self.entries.clone(), number));
                self.event(Event::Task(task, Reply::Undo(Box::new(known))));
            }
            Asked::Activity(task) => self.event(Event::Task(task, Reply::Activity(Vec::new(), Some(7)))),
            Asked::Look(task) => {
                self.event(Event::Task(task, Reply::Outcome(Box::new(Outcome::NotDone(lost())))));
            }
            Asked::Check(task, id) => {
                let number = self.known(&id).unwrap_or_else(|| number(1));
                let facts = Facts { number: &number, endpoint: None, unread: None, credentials: None };
                let report = named(&facts, None).settled(self.seat.now());
                self.event(Event::Task(task, Reply::Checked(0, Arc::new(report))));
            }
            Asked::Checks(task, numbers) => {
                for (place, number) in numbers.iter().enumerate() {
                    let facts = Facts { number, endpoint: None, unread: None, credentials: None };
                    let report = named(&facts, None).settled(self.seat.now());
                    self.event(Event::Task(task, Reply::Checked(place, Arc::new(report))));
                }
            }
            Asked::Plan(task) => {
                let text =
                    self.dice.of(&["number,outbound\n+2348031234560,on\n", "number\n+2348031234560\n"]);
                let read = PlanSource::read(text.as_bytes()).map_err(|why| why.to_string());
                self.event(Event::Task(task, Reply::PlanFile(Box::new(read))));
            }
            Asked::File(task) => {
                let end = self.dice.of(&[
                    ExportEnd::Written { path: "/tmp/a.csv".to_owned(), rows: 3 },
                    ExportEnd::Exists { path: "/tmp/a.csv".to_owned() },
                    ExportEnd::Stopped,
                    ExportEnd::Failed("there is no directory /tmp/b".to_owned()),
                ]);
                self.event(Event::Task(task, Reply::Exported(end)));
            }
            Asked::Copy(task) => {
                let route = self.dice.of(&[
                    CopyRoute::Native,
                    CopyRoute::Terminal,
                    CopyRoute::TooLong,
                    CopyRoute::Nowhere,
                ]);
                self.event(Event::Task(task, Reply::Copied(route)));
            }
            Asked::Ledger(task) => {
                let entries = self.entries.iter().rev().take(5).cloned().collect();
                self.event(Event::Task(task, Reply::Ledger(Ok(entries))));
            }
        }
    }

    /// What the question on the screen wants to be typed.
    fn wanted(&self) -> Option<String> {
        let app = &self.seat.app;
        let prompt = match (app.overlay(), app.screen()) {
            (Some(Overlay::Confirm(Confirm::Change(change))), _) => change.writes.prompt_shown()?,
            (None, Screen::Writes(writes)) => writes.prompt_shown()?,
            _ => return None,
        };
        Some(match &prompt.wanted {
            Confirmation::Digits(text) | Confirmation::Whole(text) => text.clone(),
            Confirmation::Yes => "yes".to_owned(),
            Confirmation::Count(count) => count.to_string(),
        })
    }

    /// Somebody means it: the answer is typed, each key after a frame.
    fn confirm(&mut self) {
        if self.wanted().is_none() {
            let key = self.dice.of(&["o", "i", "t", "x", "b", "u"]);
            self.event(Event::Key(Key::parse(key).unwrap()));
        }
        let Some(wanted) = self.wanted() else { return };
        let keys = ["ctrl-u".to_owned()].into_iter().chain(wanted.chars().map(String::from));
        for name in keys.chain(["enter".to_owned()]) {
            self.draw();
            self.event(Event::Key(Key::parse(&name).unwrap()));
        }
    }

    /// The mouse is somewhere: where something can be clicked, or nothing.
    fn point(&mut self) {
        if !self.seat.app.ctx.mouse {
            self.seat.app.use_mouse(true);
            self.draw();
        }
        let mut at = Position { x: 5, y: 5 };
        if !self.targets.is_empty() {
            let (area, _) = self.dice.of(&self.targets.clone());
            let within = |dice: &mut Dice, from: u16, length: u16| {
                from + u16::try_from(dice.roll(usize::from(length.max(1)))).unwrap()
            };
            at = Position {
                x: within(&mut self.dice, area.x, area.width),
                y: within(&mut self.dice, area.y, area.height),
            };
        }
        let pointer =
            self.dice.of(&[Pointer::Click(at), Pointer::Click(at), Pointer::WheelUp, Pointer::WheelDown]);
        self.event(Event::Pointer(pointer));
    }

    fn step(&mut self, keys: &[Key]) {
        match self.dice.roll(100) {
            0..8 => self.confirm(),
            8..72 => {
                let key = self.dice.of(keys);
                self.event(Event::Key(key));
            }
            72..88 => self.answer(),
            88..91 => {
                let text = self.dice.of(&[
                    "+234 803 123 4567",
                    "yes\r",
                    "q",
                    "\u{1b}[A",
                    "12 numbers\nand more",
                    "日本語",
                ]);
                self.event(Event::Paste(text.to_owned()));
            }
            91..94 => {
                let (width, height) =
                    self.dice.of(&[(120, 40), (80, 24), (40, 12), (40, 8), (39, 7), (200, 60), (1, 1)]);
                self.terminal.backend_mut().resize(width, height);
                self.event(Event::Resize(Size { width, height }));
            }
            94..96 => self.seat.wait_a_while(),
            96..98 => self.point(),
            _ => {
                let has = self.dice.roll(2) == 0;
                self.event(Event::Focus(has));
            }
        }
        // A burst of keys is not drawn one by one.
        if self.dice.roll(5) > 0 {
            self.draw();
        }
        self.look();
    }

    /// What always has to hold.
    fn look(&self) {
        let app = &self.seat.app;
        let list = app.listing();
        let (selected, matching) = (list.cursor.selected, list.roster.matching());
        assert!(selected < matching.max(1), "row {selected} of {matching} is selected");
        let page = app.ctx.page_height().max(1);
        assert!(
            (list.cursor.offset..list.cursor.offset + page).contains(&selected),
            "the selection is out of sight"
        );
        assert!(list.marked().count() <= list.roster.len());
        assert!(app.tab == Tab::Owned || app.tab == Tab::Inventory);
        let row = match app.screen() {
            Screen::Ledger(view) => Some((view.list.cursor.selected, view.list.matching())),
            Screen::Past(view) => Some((view.list.cursor.selected, view.list.matching())),
            _ => None,
        };
        assert!(row.is_none_or(|(selected, matching)| selected < matching.max(1)), "{row:?}");
    }
}

fn walk(seed: u64, steps: usize) -> usize {
    let keys = keys();
    let mut walk = Walk::begin(seed);
    for step in 0..steps {
        let before = walk.seen.0.clone();
        let taken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| walk.step(&keys)));
        assert!(taken.is_ok(), "seed {seed}, step {step}, after this frame:\n{before}");
        if walk.seat.app.done() {
            walk = Walk { dice: walk.dice, writes: walk.writes, ..Walk::begin(seed) };
        }
    }
    walk.writes
}

#[test]
fn whoever_presses_anything_breaks_nothing_and_sends_nothing_unasked() {
    let steps = std::env::var("NUMDECK_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(STEPS);
    let writes: usize = (0..4).map(|seed| walk(seed, steps / 4)).sum();
    assert!(writes > 9, "only {writes} writes in {steps} steps: nothing was shown of them");
}
