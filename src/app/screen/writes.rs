//! Writes: what each does and what they cost, one typed confirmation, a line for each as it happens,
//! what they came to. One purchase is a batch of one; one change is asked about by
//! [`Confirm`](crate::app::overlay::confirm::Confirm), which has a batch of one as well.
//!
//! ```text
//!   Review ──digits, count or yes + enter──> Running ──last line──> Ended ──r, when unknown──> looks
//!     │ esc: nothing is sent                    │ esc: ends after the line on its way
//! ```

mod offers;
mod words;

use std::collections::BTreeMap;

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::change::counted;
use super::super::ctx::Move;
use super::super::doubts::entry_of;
use super::super::key::{Key, KeyCode};
use super::super::offer::ActionOffer;
use super::super::prompt::Prompt;
use super::super::tasks::Owner;
use super::super::{Ctx, Cursor, Effect, Reply, TaskId, Tone};
use super::{Regions, View, check, detail};
use crate::api::{Error, ErrorKind, Item, RequestId};
use crate::phone::{Detail, EndpointId, Number, NumberId};
pub use words::Attachment;

use crate::write::{Batch, BatchLine, Budget, Confirmation, Intent, Outcome, PriceSource, Stage, Stop};

/// What another process is busy with has no outcome of its own.
static BUSY: Outcome = Outcome::Busy;

/// Writes on screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Writes {
    /// What is done, in words: `Buy 3 numbers`.
    pub title: String,
    /// The writes, and what became of them. A refresh below does not change them.
    pub run: Batch,
    /// What was marked and is left out, and why.
    pub left_out: Vec<String>,
    /// Rows of a purchase, and where their prices come from; empty for changes.
    rows: Vec<(Number, PriceSource)>,
    /// Prices that are being read, by the task that reads each.
    asked: BTreeMap<TaskId, usize>,
    /// Why a price could not be read.
    pub unpriced: Option<Error>,
    /// Endpoint to attach to what is bought.
    pub endpoint: Option<EndpointId>,
    /// Whether they are about marks, which go once it is done.
    marked: bool,
    /// Where the list stands.
    pub cursor: Cursor,
    /// How far they are.
    pub state: WritesState,
    /// Looking again at a line whose outcome is not known.
    pub looking: Option<Looking>,
}

/// How far writes are.
#[derive(Debug, Clone, PartialEq)]
pub enum WritesState {
    /// Reviewing, and typing the confirmation.
    Review(Prompt),
    /// One after another is on its way. Not cancellable.
    Running {
        /// The task that carries them out.
        task: TaskId,
        /// The line on its way.
        line: usize,
        /// How far it has come; `None` while the server wants a pause.
        stage: Option<Stage>,
        /// It ends after this line.
        halting: bool,
    },
    Ended {
        /// When.
        at: Timestamp,
    },
}

/// A look at a write that may have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looking {
    /// The task that looks.
    pub task: TaskId,
    pub line: usize,
    /// How far it has come.
    pub stage: Stage,
}

/// What confirmed writes begin with, until it is told how far they have come.
fn first_stage(intent: &Intent) -> Stage {
    match intent {
        Intent::Purchase { .. } => Stage::Pricing,
        _ if intent.is_risky() => Stage::Reading,
        _ => Stage::Entering,
    }
}

/// The id under which what a write is about is marked.
fn marked_id(intent: &Intent) -> Option<NumberId> {
    match intent {
        Intent::Purchase { order, .. } => match &order.item {
            Item::Inventory(id) => Some(id.clone()),
            Item::Line { .. } => None,
        },
        Intent::Update { .. } | Intent::Remove { .. } => intent.target().cloned(),
    }
}

impl Writes {
    /// From so many rows of the screen on there are blank lines between the parts.
    const ROOMY: u16 = 15;

    /// The review of buying `rows`. Prices that the rows do not state are asked for.
    pub(in crate::app) fn buying(
        rows: Vec<Number>,
        left_out: Vec<String>,
        marked: bool,
        ctx: &mut Ctx,
    ) -> Self {
        let with_source = |row| {
            let source = PriceSource::of(&row);
            (row, source)
        };
        let mut writes = Self::changing(format!("Buy {}", counted(rows.len())), Vec::new(), left_out, marked);
        writes.rows = rows.into_iter().map(with_source).collect();
        writes.plan();
        for (place, (row, _)) in
            writes.rows.iter().enumerate().filter(|(_, (row, _))| !row.price().is_known())
        {
            let task = ctx.ask_here(|task| Effect::Offer(task, row.id.clone()));
            writes.asked.insert(task, place);
        }
        writes.ask();
        writes
    }

    /// The review of changes.
    pub(in crate::app) fn changing(
        title: String,
        intents: Vec<Intent>,
        left_out: Vec<String>,
        marked: bool,
    ) -> Self {
        let run = Batch::new(intents, Budget::OPEN);
        let mut writes = Self {
            title,
            run,
            left_out,
            rows: Vec::new(),
            asked: BTreeMap::new(),
            unpriced: None,
            endpoint: None,
            marked,
            cursor: Cursor::default(),
            state: WritesState::Ended { at: Timestamp::UNIX_EPOCH },
            looking: None,
        };
        writes.ask();
        writes
    }

    /// The same, which ends at the first number that is not as it was seen.
    pub(in crate::app) fn exactly(self) -> Self {
        Self { run: self.run.exactly(), ..self }
    }

    /// Asks for what has to be typed.
    fn ask(&mut self) {
        let wanted = Confirmation::of_all(self.run.lines().iter().map(|line| &line.intent));
        self.state = WritesState::Review(Prompt::new(wanted));
    }

    fn plan(&mut self) {
        let endpoint = &self.endpoint;
        // Somebody who types takes a while: prices are read again.
        let buy = |(row, source): &(Number, PriceSource)| {
            Intent::buy(row, row.price(), *source, None, endpoint.clone())
        };
        self.run = Batch::new(self.rows.iter().map(buy).collect(), Budget::OPEN);
    }

    /// The one write that this is about, where it is one.
    pub fn one(&self) -> Option<&BatchLine> {
        match self.run.lines() {
            [line] => Some(line),
            _ => None,
        }
    }

    /// The row of the one purchase that this is about, which has a page of its own.
    pub fn one_row(&self) -> Option<&Number> {
        match self.rows.as_slice() {
            [(row, _)] if self.left_out.is_empty() => Some(row),
            _ => None,
        }
    }

    /// What became of a line.
    pub fn outcome(&self, line: usize) -> Option<&Outcome> {
        let outcome = self.run.lines().get(line)?.outcome.as_ref();
        let busy = self.run.stopped() == Some(Stop::Busy(line));
        outcome.or(busy.then_some(&BUSY))
    }

    /// What is asked for, while it is.
    pub fn prompt_shown(&self) -> Option<&Prompt> {
        match &self.state {
            WritesState::Review(prompt) => Some(prompt),
            _ => None,
        }
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        matches!(self.state, WritesState::Ended { .. })
    }

    /// Whether something was sent that is not answered yet.
    pub fn is_running(&self) -> bool {
        matches!(self.state, WritesState::Running { .. })
    }

    /// Whether a body of so many rows has no room for more than what decides.
    pub fn is_tight(body: u16) -> bool {
        body < Self::ROOMY
    }

    /// Whether numbers are bought.
    pub fn buys(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Whether prices are still being read.
    pub fn is_asking(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Takes what the server said of a price. A record that is not there, or has no price, is an
    /// unknown price, not a failure. Nobody agrees to a price before it was on the screen.
    fn priced(&mut self, task: TaskId, result: Result<Detail, Error>) {
        let Some(place) = self.asked.remove(&task) else { return };
        match result {
            Ok(detail) => {
                if let Some((row, _)) = self.rows.get_mut(place) {
                    let price = row.price().or(detail.number.price());
                    row.offer.get_or_insert_default().price = price;
                }
            }
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => self.unpriced = Some(error),
        }
        self.plan();
        if let WritesState::Review(prompt) = &mut self.state {
            prompt.armed = false;
        }
    }

    /// Enter on the review.
    pub(in crate::app) fn confirm(&mut self, ctx: &mut Ctx) {
        let WritesState::Review(prompt) = &self.state else { return };
        if !prompt.armed {
            return;
        }
        if self.is_asking() {
            let text = if self.one().is_some() {
                "The price is still being read."
            } else {
                "Prices are still being read."
            };
            return ctx.tell(Tone::Plain, text);
        }
        if !prompt.is_met() {
            let of = if self.one_row().is_some() { " of the number" } else { "" };
            let text = format!("Nothing was sent: type {}{of} first.", prompt.wanted.prompt());
            return ctx.tell(Tone::Plain, text);
        }
        let run = Box::new(self.run.clone());
        let stage = run.lines().first().map(|line| first_stage(&line.intent));
        if let Some(task) = ctx.begin_write(|task| Effect::Run(task, run)) {
            self.state = WritesState::Running { task, line: 0, stage, halting: false };
        }
    }

    fn line_ended(&mut self, line: usize, outcome: Outcome, ctx: &mut Ctx) {
        let Some(intent) = self.run.lines().get(line).map(|line| line.intent.clone()) else { return };
        let outcome = ctx.ours(&intent, outcome);
        if let (Outcome::PriceMoved { now, .. }, Some((row, _))) = (&outcome, self.rows.get_mut(line)) {
            row.offer.get_or_insert_default().price = *now;
        }
        self.run.enter(line, outcome.clone());
        ctx.learn(&intent, &outcome, self.one().is_some());
        self.unmark(&intent, &outcome, ctx);
    }

    /// It is over: what was not done is selected.
    fn ended(&mut self, run: Batch, ctx: &mut Ctx) {
        ctx.end_write();
        let known = std::mem::replace(&mut self.run, run);
        for (line, known) in known.lines().iter().enumerate() {
            // A number that was gone because it is ours is known as such already.
            if let Some(outcome @ Outcome::Already { .. }) = &known.outcome {
                self.run.looked(line, outcome.clone());
            }
        }
        self.state = WritesState::Ended { at: ctx.now };
        let undone = |line: &BatchLine| line.outcome.as_ref().is_some_and(|outcome| !outcome.is_done());
        if let Some(first) = self.run.lines().iter().position(undone) {
            self.cursor.select(first, self.run.lines().len());
        }
    }

    /// What is done needs no mark any more.
    fn unmark(&self, intent: &Intent, outcome: &Outcome, ctx: &mut Ctx) {
        if self.marked && outcome.is_done() {
            let list = if intent.target().is_some() { &mut ctx.owned } else { &mut ctx.inventory };
            list.unmark(marked_id(intent).as_ref());
        }
    }

    /// The line whose outcome is not known, and its entry in the ledger: the selected one, else the
    /// first.
    pub fn doubtful(&self) -> Option<(usize, RequestId)> {
        let of = |line: usize| Some((line, entry_of(self.run.lines().get(line)?.outcome.as_ref()?)?));
        of(self.cursor.selected).or_else(|| (0..self.run.lines().len()).find_map(of))
    }

    /// Looks again whether it happened.
    pub(in crate::app) fn look_again(&mut self, ctx: &mut Ctx) {
        let Some((line, entry)) = self.doubtful() else { return };
        let intent = self.run.lines()[line].intent.clone();
        let here = Owner::Layer(ctx.focus);
        if let Some(task) = ctx.look(here, entry, intent) {
            self.looking = Some(Looking { task, line, stage: Stage::Looking });
        }
    }

    /// What looking again found out.
    fn look_ended(&mut self, outcome: Outcome, ctx: &mut Ctx) {
        ctx.end_write();
        let Some(looking) = self.looking.take() else { return };
        let intent = self.run.lines()[looking.line].intent.clone();
        ctx.learn(&intent, &outcome, self.one().is_some());
        if self.one().is_none() {
            let words = outcome.words(&intent);
            let tone = if outcome.is_done() { Tone::Good } else { Tone::Bad };
            ctx.tell(tone, format!("{} {}", words.said, words.next));
        }
        self.unmark(&intent, &outcome, ctx);
        if outcome != Outcome::Busy {
            self.run.looked(looking.line, outcome);
        }
        self.state = WritesState::Ended { at: ctx.now };
    }
}

impl Writes {
    /// Ends it after the line on its way. Returns whether that was not asked for before.
    fn halt(&mut self, ctx: &mut Ctx) -> bool {
        match &mut self.state {
            WritesState::Running { task, halting: halting @ false, .. } if self.run.lines().len() > 1 => {
                *halting = true;
                ctx.out.push(Effect::Halt(*task));
                true
            }
            _ => false,
        }
    }
}

impl View for Writes {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        self.offered(ctx)
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        let bought = self.target(ctx).cloned();
        match (action, &self.state) {
            (Action::Open, WritesState::Review(_)) => self.confirm(ctx),
            (Action::Open, _) => {
                if let Some(number) = bought {
                    ctx.go(Move::Close);
                    detail::open(number.id, ctx);
                }
            }
            (Action::Endpoint, WritesState::Review(_)) => ctx.pick_endpoint(Vec::new()),
            (Action::Endpoint, _) => {
                let known = |number: Number| ctx.owned.roster.get(&number.id).cloned().unwrap_or(number);
                let numbers: Vec<Number> = match bought {
                    Some(number) => vec![number],
                    None => self.unanswered().into_iter().map(known).collect(),
                };
                ctx.choose_endpoint(numbers);
            }
            (Action::Check, _) => {
                if let Some(number) = bought {
                    check::open(&number, ctx);
                }
            }
            (Action::LookAgain, _) => self.look_again(ctx),
            _ => {}
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        self.cursor.step(rows, self.run.lines().len());
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        Some(self.cursor.selected)
    }

    fn key(&mut self, key: Key, _: &mut Ctx) -> bool {
        let one = self.one_row().is_some();
        let WritesState::Review(prompt) = &mut self.state else { return false };
        // In a list these move.
        let ends = one && matches!(key.code, KeyCode::Home | KeyCode::End);
        let edits = ends || prompt.edits(key);
        if edits {
            prompt.press(key);
        }
        edits
    }

    fn is_typing(&self, _: &Ctx) -> bool {
        // Where the word yes is typed, no letter is an action.
        matches!(&self.state, WritesState::Review(prompt) if prompt.wanted == Confirmation::Yes)
    }

    fn reply(&mut self, task: TaskId, reply: Reply, ctx: &mut Ctx) {
        match reply {
            Reply::Detail(result) => self.priced(task, *result),
            Reply::Line(at, reached) => {
                self.cursor.select(at, self.run.lines().len());
                if let WritesState::Running { line, stage, .. } = &mut self.state {
                    (*line, *stage) = (at, reached);
                }
            }
            Reply::LineEnded(line, outcome) => self.line_ended(line, *outcome, ctx),
            Reply::Run(run) => self.ended(*run, ctx),
            Reply::Stage(reached) => {
                if let Some(looking) = &mut self.looking {
                    looking.stage = reached;
                }
            }
            Reply::Outcome(outcome) => self.look_ended(*outcome, ctx),
            _ => {}
        }
    }

    fn prompt(&mut self) -> Option<&mut Prompt> {
        match &mut self.state {
            WritesState::Review(prompt) => Some(prompt),
            _ => None,
        }
    }

    fn target<'a>(&'a self, ctx: &'a Ctx) -> Option<&'a Number> {
        self.one_row()?;
        match self.outcome(0) {
            Some(Outcome::Bought { number, .. }) if self.is_over() => {
                Some(ctx.owned.roster.get(&number.id).unwrap_or(number))
            }
            _ => None,
        }
    }

    fn stage(&self) -> Option<Stage> {
        match (&self.state, self.looking) {
            (WritesState::Running { stage, .. }, _) => *stage,
            (_, Some(looking)) => Some(looking.stage),
            _ => None,
        }
    }

    fn regions(&self, body: Rect) -> Regions {
        let tight = Self::is_tight(body.height);
        let below = match (self.is_over(), tight) {
            (true, true) => 5,
            (false, true) => 4 + u16::from(self.quote().unknown > 0),
            (true, false) => 11,
            (false, false) => 9,
        };
        let below = below + u16::from(!self.left_out.is_empty());
        // For whom it is; a purchase has that among its costs.
        let below = below + u16::from(!self.buys() && !self.is_over());
        let above = if tight { 1 } else { 2 };
        // The selected one is always in sight.
        let room = body.height.saturating_sub(above + below).max(1);
        // A short list keeps what is typed below it in sight.
        let rows = u16::try_from(self.run.lines().len()).unwrap_or(u16::MAX);
        let width = body.width.saturating_sub(1);
        Regions { list: Rect { y: body.y + above, width, height: room.min(rows), ..body } }
    }

    fn fit(&mut self, body: Rect, _: &mut Ctx) {
        let height = usize::from(self.regions(body).list.height);
        self.cursor.fit(self.run.lines().len(), height);
    }

    fn back(&mut self, ctx: &mut Ctx) -> bool {
        self.is_running() && self.one().is_none() && {
            self.halt(ctx);
            true
        }
    }

    fn interrupt(&mut self, ctx: &mut Ctx) -> bool {
        self.halt(ctx)
    }

    fn closed(&mut self, ctx: &mut Ctx) {
        let sent = match (&self.state, self.looking) {
            (WritesState::Running { task, line, .. }, _) => Some((*task, *line)),
            (_, Some(looking)) => Some((looking.task, looking.line)),
            _ => None,
        };
        if let Some((task, line)) = sent {
            // What comes of it is told wherever one is then.
            let intent = self.run.lines()[line].intent.clone();
            ctx.tasks.give(task, Owner::Doubt(Box::new(intent)));
        }
    }

    fn attach(&mut self, endpoint: Option<EndpointId>) {
        self.endpoint = endpoint;
        self.plan();
    }

    fn corrected(&mut self, number: &Number) {
        self.run.correct(number);
    }

    fn looked(&mut self, intent: &Intent, outcome: &Outcome, ctx: &mut Ctx) {
        let unknown = |line: &BatchLine| {
            line.intent == *intent && matches!(line.outcome, Some(Outcome::Unknown { .. }))
        };
        if let Some(line) = self.run.lines().iter().position(unknown)
            && *outcome != Outcome::Busy
        {
            self.unmark(intent, outcome, ctx);
            self.run.looked(line, outcome.clone());
        }
    }
}
