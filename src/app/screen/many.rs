//! Several writes: what each does, one typed confirmation for all, a line for each as it happens.
//!
//! ```text
//!   Review ──count or yes + enter──> Running ──last line──> Ended
//!     │ esc: nothing is sent            │ esc, ctrl-c: ends after the line on its way
//! ```

use std::collections::HashMap;

use crate::app::input::Input;
use crate::app::{Cursor, TaskId};
use crate::phone::{EndpointId, Number, Price};
use crate::write::{Budget, Confirmation, Intent, PriceSource, Quote, Run, Stage, Stop, Tally, Verdict};

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
    /// Rows of the screen beside the list: title, sums, confirmation.
    pub const BESIDE: usize = 10;

    /// The review of buying `rows`.
    pub fn buying(rows: Vec<Number>, left_out: Vec<String>) -> Self {
        let title = match rows.len() {
            1 => "Buy 1 number".to_owned(),
            count => format!("Buy {count} numbers"),
        };
        let mut many = Self::new(title, Vec::new(), left_out);
        let source =
            |row: &Number| if row.price().is_known() { PriceSource::Row } else { PriceSource::Asked };
        many.rows = rows.into_iter().map(|row| (row.clone(), source(&row))).collect();
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

    /// What the numbers cost together; nothing for changes.
    pub fn quote(&self) -> Quote {
        Quote::of(self.rows.iter().map(|(row, _)| row.price()))
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
                "Do not repeat what is unknown: 3 opens Purchases, where r looks again.".to_owned()
            }
            Some(Stop::Outcome(line)) => {
                let line = &self.run.lines()[line];
                line.verdict.as_ref().map_or_else(String::new, |verdict| verdict.words(&line.intent).next)
            }
            Some(Stop::Foreign(_)) => {
                "Stopped: the server answers with numbers of another organization than the named one."
                    .to_owned()
            }
            Some(Stop::Asked) => "Stopped. What was not tried is still marked.".to_owned(),
            Some(Stop::Budget(_, why)) => why.to_string(),
            None if tally.failed > 0 => "What was not done is still marked.".to_owned(),
            None if !self.unanswered().is_empty() => {
                "Calls do not arrive yet where nobody answers: e attaches an endpoint to them.".to_owned()
            }
            None => String::new(),
        };
        (format!("{}.", self.run.words(Tally::default())), next)
    }
}
