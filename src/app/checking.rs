//! `c`, `C`, `A`: the routing check, from keys to the screen that fills in. Nothing here writes.

use std::sync::Arc;

use super::screen::check::{CheckView, CheckedRow, ChecksView};
use super::screen::credentials::Credentials;
use super::screen::{Overlay, Screen};
use super::{App, Effect, Remote, TaskId, Tone};
use crate::api::ErrorKind;
use crate::check::{AuthRule, Counts, Endpoints, Facts, Lint, Plan, Progress, Report, Subject, Unread};
use crate::phone::{Number, NumberId, Secret};

/// Up to so many numbers are looked at by their settings after each read: more would be felt.
const LINTED: usize = 10_000;

/// So many servers are asked without saying so before.
const FEW: usize = 3;

/// What so many numbers would send is worked out before; more would be felt.
const PLANNED: usize = 10_000;

impl App {
    /// Checks the number in focus, or again the one that is shown.
    pub(super) fn check(&mut self, credentials: bool) {
        match self.stack.last() {
            Some(Screen::Check(view)) => {
                let (id, line) = (view.id.clone(), view.line.clone());
                self.stop_check();
                self.stack.pop();
                self.check_one(id, line, credentials);
            }
            Some(Screen::Checks(view)) => {
                let known = |row: &CheckedRow| self.owned.roster.get(&row.id).cloned();
                let numbers: Vec<Number> = view.shown().filter_map(known).collect();
                self.stop_check();
                self.stack.pop();
                self.check_numbers(numbers);
            }
            _ => {
                let Some(number) = self.target() else { return };
                let (id, line) = (number.id.clone(), number.line.grouped());
                self.check_one(id, line, credentials);
            }
        }
    }

    /// Asks whether credentials are to be sent: which, and where to. Without encryption none are.
    pub(super) fn check_credentials(&mut self) {
        let Some(Screen::Check(view)) = self.stack.last() else { return };
        let Some(report) = &view.report else { return };
        let sip = self.details.get(&view.id).and_then(Remote::value).and_then(|one| one.credentials.as_ref());
        let username = sip.and_then(|sip| sip.username.as_deref());
        match Credentials::of(report, username, report.number.as_deref().unwrap_or_default()) {
            Ok(asked) => self.cover(Overlay::Credentials(asked)),
            Err(why) => self.tell(Tone::Plain, why),
        }
        self.fit();
    }

    /// Credentials are sent once the word was typed.
    pub(super) fn send_credentials(&mut self, asked: Credentials) {
        if asked.armed && asked.typed.text().trim().eq_ignore_ascii_case("yes") {
            return self.check(true);
        }
        self.overlay = Some(Overlay::Credentials(asked));
        self.tell(Tone::Plain, "Nothing was sent: type yes first.");
    }

    fn check_one(&mut self, id: NumberId, line: String, credentials: bool) {
        let task = self.task();
        self.notice = None;
        let line = if line.trim().is_empty() { id.to_string() } else { line };
        let view = CheckView::new(id.clone(), line, task, credentials);
        self.stack.push(Screen::Check(Box::new(view)));
        let endpoints = self.known_endpoints();
        self.out.push(Effect::Check { task, id, endpoints, credentials });
        self.fit();
    }

    /// Checks the marked numbers, from the list alone.
    pub(super) fn check_marked(&mut self) {
        let marked = self.marked();
        self.check_numbers(marked);
    }

    /// Where more than a few servers would be asked, that is said before.
    fn check_numbers(&mut self, numbers: Vec<Number>) {
        if numbers.is_empty() {
            return;
        }
        self.notice = None;
        let rows = numbers.iter().map(|number| (number.id.clone(), number.line.grouped())).collect();
        let counts = (numbers.len() <= PLANNED).then(|| self.counts(&numbers));
        if counts.is_none_or(|counts| counts.options > FEW) {
            let view = ChecksView::planned(rows, numbers, counts);
            self.stack.push(Screen::Checks(Box::new(view)));
            return self.fit();
        }
        let task = self.task();
        self.stack.push(Screen::Checks(Box::new(ChecksView::new(rows, task))));
        self.send_checks(task, numbers);
    }

    /// Enter on what would be sent.
    pub(super) fn check_planned(&mut self) {
        let task = self.task();
        if let Some(Screen::Checks(view)) = self.stack.last_mut()
            && let Some(numbers) = view.begin(task)
        {
            self.send_checks(task, numbers);
        }
    }

    fn send_checks(&mut self, task: TaskId, numbers: Vec<Number>) {
        let endpoints = self.known_endpoints();
        self.out.push(Effect::Checks { task, numbers, endpoints });
        self.fit();
    }

    /// What a check of these would send.
    fn counts(&self, numbers: &[Number]) -> Counts {
        let endpoints = self.known_endpoints();
        let subject = |number: &Number| Subject::of(&Facts::of(number, None, &endpoints), None);
        Plan::of(numbers.iter().map(subject).collect()).counts(1, AuthRule::Off)
    }

    /// Stops the check on screen; what was found stays. Returns whether one was going on.
    pub(super) fn stop_check(&mut self) -> bool {
        let task = match self.stack.last_mut() {
            Some(Screen::Check(view)) => {
                view.doing.clear();
                view.task.take()
            }
            Some(Screen::Checks(view)) => view.task.take(),
            _ => None,
        };
        self.out.extend(task.map(Effect::Cancel));
        // What it came to takes room from the list.
        self.fit();
        task.is_some()
    }

    pub(super) fn checking(&mut self, task: TaskId, progress: &Progress) {
        let views = self.stack.iter_mut().filter_map(|screen| match screen {
            Screen::Check(view) if view.task == Some(task) => Some(view),
            _ => None,
        });
        views.for_each(|view| view.told(progress.clone()));
    }

    pub(super) fn planned(&mut self, task: TaskId, counts: Counts) {
        for screen in &mut self.stack {
            if let Screen::Checks(view) = screen
                && view.task == Some(task)
            {
                view.counts = Some(counts);
            }
        }
    }

    pub(super) fn checked(&mut self, task: TaskId, place: usize, report: &Arc<Report>) {
        let mut is_over = false;
        for screen in &mut self.stack {
            match screen {
                Screen::Check(view) if view.task == Some(task) => {
                    self.routes.insert(view.id.clone(), Arc::clone(report));
                    view.ended(Arc::clone(report));
                }
                Screen::Checks(view) if view.task == Some(task) => {
                    if let Some(id) = view.checked(place, report) {
                        self.routes.insert(id.clone(), Arc::clone(report));
                    }
                    // What it came to takes room from the list.
                    is_over |= view.task.is_none();
                }
                _ => {}
            }
        }
        if is_over {
            self.fit();
        }
    }

    /// Opens what was found of the selected one of many.
    pub(super) fn open_checked(&mut self) {
        let Some(Screen::Checks(view)) = self.stack.last() else { return };
        let Some(CheckedRow { id, line, report: Some(report) }) = view.selected() else { return };
        let view = CheckView::of_many(id.clone(), line.clone(), Arc::clone(report));
        self.stack.push(Screen::Check(Box::new(view)));
        self.fit();
    }

    pub(super) fn turn_trace(&mut self) {
        if let Some(Screen::Check(view)) = self.stack.last_mut() {
            view.trace = !view.trace;
            view.scroll = 0;
        }
    }

    /// The report as text, for a ticket. There is no secret in it.
    pub(super) fn copy_report(&mut self) {
        let Some(Screen::Check(view)) = self.stack.last() else { return };
        let Some(report) = &view.report else { return };
        self.out.push(Effect::Copy(Secret::new(report.to_string())));
        self.tell(Tone::Good, "The report was sent to the clipboard of this terminal (OSC 52).");
    }

    /// What is known of endpoints, and why nothing is where they could not be read.
    fn known_endpoints(&self) -> Endpoints {
        let listed = self.endpoints.value().cloned().unwrap_or_default();
        let unread = self
            .endpoints
            .error()
            .filter(|error| error.leaves_unread())
            .map(|error| Unread { why: error.to_string(), began: error.kind == ErrorKind::Incomplete });
        Endpoints { listed, unread }
    }

    /// What the settings of the list say is wrong, without a packet and without a request.
    pub(super) fn lint(&mut self) {
        let known = self.known_endpoints();
        let roster = &self.owned.roster;
        self.lint = if roster.len() <= LINTED {
            super::lint::summary(&Lint::of(roster.numbers(), &known, self.now))
        } else {
            Some("too many to look at their settings here: numdeck check --all --settings-only".to_owned())
        };
    }

    /// Whether a check goes on.
    pub(super) fn is_checking(&self) -> bool {
        self.stack.iter().any(|screen| match screen {
            Screen::Check(view) => view.task.is_some(),
            Screen::Checks(view) => view.task.is_some(),
            _ => false,
        })
    }
}
