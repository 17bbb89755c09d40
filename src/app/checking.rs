//! `c`, `C`, `A`: the routing check, from keys to the screen that fills in. Nothing here writes.

use std::sync::Arc;

use super::screen::Screen;
use super::screen::check::{CheckView, CheckedRow, ChecksView};
use super::{App, Effect, TaskId, Tone};
use crate::check::{Counts, Lint, Progress, Report};
use crate::phone::{Number, NumberId, Secret};

/// Up to so many numbers are looked at by their settings after each read: more would be felt.
const LINTED: usize = 10_000;

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

    /// Credentials are sent on the second press: the first one says which, and where to.
    pub(super) fn check_credentials(&mut self) {
        let Some(Screen::Check(view)) = self.stack.last_mut() else { return };
        if std::mem::replace(&mut view.warned, true) {
            return self.check(true);
        }
        let text = "A again sends the number's SIP username and a digest of its password to its SIP domain, \
                    once, over verified TLS alone. No registration is changed.";
        self.tell(Tone::Plain, text);
    }

    fn check_one(&mut self, id: NumberId, line: String, credentials: bool) {
        let task = self.task();
        self.notice = None;
        let line = if line.trim().is_empty() { id.to_string() } else { line };
        let view = CheckView::new(id.clone(), line, task, credentials);
        self.stack.push(Screen::Check(Box::new(view)));
        let endpoints = self.endpoints.value().cloned().unwrap_or_default();
        self.out.push(Effect::Check { task, id, endpoints, credentials });
        self.fit();
    }

    /// Checks the marked numbers, from the list alone.
    pub(super) fn check_marked(&mut self) {
        let marked = self.marked();
        self.check_numbers(marked);
    }

    fn check_numbers(&mut self, numbers: Vec<Number>) {
        if numbers.is_empty() {
            return;
        }
        let task = self.task();
        self.notice = None;
        let rows = numbers.iter().map(|number| (number.id.clone(), number.line.grouped())).collect();
        self.stack.push(Screen::Checks(Box::new(ChecksView::new(rows, task))));
        let endpoints = self.endpoints.value().cloned().unwrap_or_default();
        self.out.push(Effect::Checks { task, numbers, endpoints });
        self.fit();
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
        let view = CheckView::of(id.clone(), line.clone(), Arc::clone(report));
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

    /// What the settings of the list say is wrong, without a packet and without a request.
    pub(super) fn lint(&mut self) {
        let listed = self.endpoints.value().map_or(&[][..], Vec::as_slice);
        let roster = &self.owned.roster;
        self.lint = (roster.len() <= LINTED)
            .then(|| super::lint::summary(&Lint::of(roster.numbers(), listed, self.now)))
            .flatten();
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
