//! Several writes: what each does, one typed confirmation for all, a line for each as it happens.
//!
//! ```text
//!   Review ──count or yes + enter──> Running ──last line──> Ended
//!     │ esc: nothing is sent            │ esc, ctrl-c: ends after the line on its way
//! ```

use std::collections::HashMap;

use crate::api::RequestId;
use crate::app::entry_of;
use crate::app::input::Input;
use crate::app::{Cursor, TaskId};
use crate::phone::{EndpointId, Names, Number, Price, Status};
use crate::write::{
    Budget, Confirmation, Intent, Line, PriceSource, Quote, Run, Stage, Stop, Tally, Verdict, consequences,
};

/// Several writes on screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Many {
    /// What is done, in words: `Buy 3 numbers`.
    pub title: String,
    /// The writes, and what became of them. A refresh below does not change them.
    pub run: Run,
    /// What was marked and is left out, and why.
    pub left_out: Vec<String>,
    /// Rows of a purchase, and where their prices come from; empty for changes.
    rows: Vec<(Number, PriceSource)>,
    /// Prices that are being read, by the task that reads each.
    asked: HashMap<TaskId, usize>,
    /// Endpoint to attach to what is bought.
    pub endpoint: Option<EndpointId>,
    /// Where the list stands.
    pub cursor: Cursor,
    /// How far it is.
    pub state: ManyState,
}

/// Who answers what is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attachment {
    /// The same endpoint for all, or nobody.
    All(Option<EndpointId>),
    /// Different ones, and nobody for so many.
    Mixed {
        /// How many nobody answers.
        without: usize,
    },
}

/// How far several writes are.
#[derive(Debug, Clone, PartialEq)]
pub enum ManyState {
    /// Reviewing, and typing the confirmation.
    Review {
        /// What was typed so far.
        typed: Input,
        /// Whether it was drawn: keys typed before that confirm nothing.
        armed: bool,
    },
    /// One after another is on its way.
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
    /// Ended.
    Ended,
}

impl Many {
    /// From so many rows of the screen on there are blank lines between the parts.
    const ROOMY: usize = 15;

    /// The review of buying `rows`.
    pub fn buying(rows: Vec<Number>, left_out: Vec<String>) -> Self {
        let title = match rows.len() {
            1 => "Buy 1 number".to_owned(),
            count => format!("Buy {count} numbers"),
        };
        let mut many = Self::new(title, Vec::new(), left_out);
        let with_source = |row| {
            let source = PriceSource::of(&row);
            (row, source)
        };
        many.rows = rows.into_iter().map(with_source).collect();
        many.plan();
        many
    }

    /// The review of changes.
    pub fn changing(title: String, intents: Vec<Intent>, left_out: Vec<String>) -> Self {
        Self::new(title, intents, left_out)
    }

    fn new(title: String, intents: Vec<Intent>, left_out: Vec<String>) -> Self {
        Self {
            title,
            run: Run::new(intents, Budget::OPEN),
            left_out,
            rows: Vec::new(),
            asked: HashMap::new(),
            endpoint: None,
            cursor: Cursor::default(),
            state: ManyState::Review { typed: Input::default(), armed: false },
        }
    }

    /// Whether a body of so many rows has no room for more than what decides.
    pub fn is_tight(body: usize) -> bool {
        body < Self::ROOMY
    }

    /// Rows above the list: the title.
    pub fn above(body: usize) -> usize {
        if Self::is_tight(body) { 1 } else { 2 }
    }

    /// Rows that the list has on a body of so many rows: the rest is for what is said below it.
    pub fn rows(&self, body: usize) -> usize {
        let below = match (&self.state, Self::is_tight(body)) {
            (ManyState::Ended, true) => 5,
            (_, true) => 4 + usize::from(self.quote().unknown > 0),
            (ManyState::Ended, false) => 11,
            (_, false) => 9,
        };
        let below = below + usize::from(!self.left_out.is_empty());
        // For whom it is; a purchase has that among its costs.
        let below = below + usize::from(!self.buys() && self.state != ManyState::Ended);
        // The selected one is always in sight.
        let room = body.saturating_sub(Self::above(body) + below).max(1);
        // A short list keeps what is typed below it in sight.
        room.min(self.run.lines().len())
    }

    /// Selects a line, or the last one, and has it in sight on a body of so many rows.
    pub fn select(&mut self, at: usize, body: usize) {
        let rows = self.rows(body);
        self.cursor.select(at, self.run.lines().len(), rows);
    }

    /// It is over: what was not done is in sight.
    pub fn ended(&mut self, run: Run, body: usize) {
        self.run = run;
        self.state = ManyState::Ended;
        let undone = |line: &Line| line.verdict.as_ref().is_some_and(|verdict| !verdict.is_done());
        let first = self.run.lines().iter().position(undone);
        self.select(first.unwrap_or(self.cursor.selected), body);
    }

    /// The line whose outcome nobody knows, and its entry in the ledger: the selected one, else the
    /// first.
    pub fn doubtful(&self) -> Option<(Intent, RequestId)> {
        let lines = self.run.lines();
        let of = |line: &Line| {
            let entry = line.verdict.as_ref().and_then(entry_of)?;
            Some((line.intent.clone(), entry))
        };
        lines.get(self.cursor.selected).and_then(of).or_else(|| lines.iter().find_map(of))
    }

    /// What looking again found out of a write of this run.
    pub fn looked(&mut self, intent: &Intent, verdict: &Verdict) {
        let unknown =
            |line: &Line| line.intent == *intent && matches!(line.verdict, Some(Verdict::Unknown { .. }));
        if *verdict == Verdict::Busy {
            return;
        }
        if let Some(line) = self.run.lines().iter().position(unknown) {
            self.run.looked(line, verdict.clone());
        }
    }

    fn plan(&mut self) {
        let endpoint = &self.endpoint;
        // Somebody who types takes a while: prices are read again.
        let buy = |(row, source): &(Number, PriceSource)| {
            Intent::buy(row, row.price(), *source, None, endpoint.clone())
        };
        self.run = Run::new(self.rows.iter().map(buy).collect(), Budget::OPEN);
    }

    /// Whether numbers are bought.
    pub fn buys(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Rows whose price is not known, by their place.
    pub fn unpriced(&self) -> Vec<(usize, Number)> {
        let unknown = |(_, (row, _)): &(usize, &(Number, PriceSource))| !row.price().is_known();
        self.rows.iter().enumerate().filter(unknown).map(|(place, (row, _))| (place, row.clone())).collect()
    }

    /// The price of a row is being read by `task`.
    pub fn ask(&mut self, task: TaskId, row: usize) {
        self.asked.insert(task, row);
    }

    /// Whether prices are still being read.
    pub fn is_asking(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Tasks that read prices.
    pub fn asking(&self) -> impl Iterator<Item = TaskId> {
        self.asked.keys().copied()
    }

    /// Takes what the server said of a price. Returns whether it was asked for here. Nobody agrees to
    /// a price before it was on the screen.
    pub fn priced(&mut self, task: TaskId, price: Option<Price>) -> bool {
        let Some(row) = self.asked.remove(&task) else { return false };
        if let (Some(price), Some((row, _))) = (price, self.rows.get_mut(row)) {
            let price = row.price().or(price);
            row.offer.get_or_insert_default().price = price;
        }
        self.plan();
        if let ManyState::Review { armed, .. } = &mut self.state {
            *armed = false;
        }
        true
    }

    /// Attaches another endpoint to what is bought.
    pub fn attach(&mut self, endpoint: Option<EndpointId>) {
        self.endpoint = endpoint;
        self.plan();
    }

    /// What has to be typed.
    pub fn confirmation(&self) -> Confirmation {
        Confirmation::of_all(self.run.lines().iter().map(|line| &line.intent))
    }

    /// What the numbers cost together; nothing for changes. Once it is over, what was bought, and
    /// what may have been.
    pub fn quote(&self) -> Quote {
        match self.state {
            ManyState::Ended => self.run.bill(),
            _ => Quote::of(self.rows.iter().map(|(row, _)| row.price())),
        }
    }

    /// The endpoint of what was bought, where all of it has the same; the one that is to be attached
    /// as long as nothing was bought.
    pub fn attached(&self) -> Attachment {
        let of = |line: &Line| match &line.verdict {
            Some(Verdict::Bought { number, .. }) => Some(number.endpoint.value().cloned()),
            _ => None,
        };
        let bought: Vec<Option<EndpointId>> = self.run.lines().iter().filter_map(of).collect();
        let without = bought.iter().filter(|id| id.is_none()).count();
        match bought.first() {
            _ if self.state != ManyState::Ended => Attachment::All(self.endpoint.clone()),
            None => Attachment::All(self.endpoint.clone()),
            Some(first) if bought.iter().all(|id| id == first) => Attachment::All(first.clone()),
            Some(_) => Attachment::Mixed { without },
        }
    }

    /// What holds for all of the changes and is not taken back easily.
    pub fn for_all(&self) -> Option<&'static str> {
        let first = &self.run.lines().first()?.intent;
        match first {
            Intent::Purchase { .. } => None,
            Intent::Remove { .. } => {
                Some("No undo: each goes back on sale and may be lost; its record stays, inactive.")
            }
            Intent::Update { changes, .. } if changes.status == Some(Status::Inactive) => {
                Some("Calls to them stop; whether they can be made active again is up to the server.")
            }
            Intent::Update { changes, .. } if changes.inbound == Some(false) => {
                Some("Calls that arrive now at any of them stop arriving.")
            }
            Intent::Update { changes, .. } if changes.endpoint == Some(None) => {
                Some("Nobody answers calls to any of them any more.")
            }
            Intent::Update { changes, .. } if changes.outbound == Some(true) => {
                Some("All of them may be used as callers, which costs money.")
            }
            Intent::Update { .. } => None,
        }
    }

    /// What follows from one change, without what [`Self::for_all`] says already.
    pub fn details(&self, intent: &Intent, names: &Names) -> String {
        let of_all = self.for_all().unwrap_or_default().to_ascii_lowercase();
        let mut told = consequences(intent, names);
        told.retain(|text| {
            !["no undo", "costs money"].iter().any(|said| text.contains(said) && of_all.contains(said))
        });
        told.join("; ")
    }

    /// Records that were bought and that nobody answers yet.
    pub fn unanswered(&self) -> Vec<Number> {
        let bought = self.run.lines().iter().filter_map(|line| match &line.verdict {
            Some(Verdict::Bought { number, .. }) if number.endpoint.value().is_none() => Some(number),
            _ => None,
        });
        bought.map(|number| (**number).clone()).collect()
    }

    /// A change of a number that was bought here: the outcome shows it as it is now.
    pub fn correct(&mut self, changed: &Number) {
        self.run.correct(changed);
    }

    /// What all came to, and what is next.
    pub fn said(&self) -> (String, String) {
        let tally = self.run.tally();
        let next = match self.run.stopped() {
            _ if tally.unknown > 0 => {
                "Do not repeat what is unknown: r looks again, 3 opens Purchases.".to_owned()
            }
            Some(Stop::Outcome(line)) if !self.is_done(line) => {
                let line = &self.run.lines()[line];
                line.verdict.as_ref().map_or_else(String::new, |verdict| verdict.words(&line.intent).next)
            }
            Some(Stop::Busy(line)) => Verdict::Busy.words(&self.run.lines()[line].intent).said,
            Some(Stop::Foreign(_)) => {
                "Stopped: the server answers with numbers of another organization than the named one."
                    .to_owned()
            }
            Some(Stop::Asked | Stop::Outcome(_)) if tally.left > 0 => {
                "Stopped. What was not tried is still marked.".to_owned()
            }
            Some(Stop::Budget(_, why)) => why.to_string(),
            _ if tally.failed > 0 => "What was not done is still marked.".to_owned(),
            _ if !self.unanswered().is_empty() => {
                "Calls do not arrive yet where nobody answers: e attaches an endpoint.".to_owned()
            }
            _ => String::new(),
        };
        (format!("{}.", self.run.words(Tally::default())), next)
    }

    fn is_done(&self, line: usize) -> bool {
        self.run.lines()[line].verdict.as_ref().is_some_and(Verdict::is_done)
    }
}
