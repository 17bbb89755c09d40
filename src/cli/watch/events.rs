//! Events as they are told: on standard output, and to the command of `--exec`.

use std::io::Write as _;

use jiff::tz::TimeZone;

use super::exec::Exec;
use crate::cli::Failure;
use crate::cli::args::Output;
use crate::cli::command_context::CommandContext;
use crate::cli::output::{OutputForm, Stdout, broken, safe};
use crate::cli::runner;
use crate::rows::{Table, json_line};
use crate::store::{HISTORY_HEADS, HistoryEvent};
use crate::stream;

/// Where events go.
pub(super) struct Events {
    /// Sentences for people.
    sentences: bool,
    /// Rows, where those were asked for; else each event is a line of JSON.
    rows: Option<Table<Stdout>>,
    exec: Option<Exec>,
}

impl Events {
    /// In this form, which was `asked` for or not. A watch that goes on has no end at which an array could be closed, so
    /// that is for `once`.
    pub(super) fn new(form: OutputForm, asked: Option<Output>, once: bool, command: Option<&str>) -> Self {
        let has_rows = match form {
            OutputForm::Csv | OutputForm::Plain => true,
            OutputForm::Json => once,
            OutputForm::Tabs => asked == Some(Output::Table),
            OutputForm::Table | OutputForm::Ndjson => false,
        };
        let rows = has_rows.then(|| Table::new(form, HISTORY_HEADS.iter().copied(), stream::stdout()));
        Self { sentences: form == OutputForm::Table, rows, exec: command.map(Exec::start) }
    }

    /// Tells events, each at once.
    pub(super) fn tell(&mut self, events: &[HistoryEvent]) -> Result<(), Failure> {
        for event in events {
            let line = json_line(&event.document());
            if let Some(rows) = &mut self.rows {
                rows.row(|| event.cells(), || event.document())?;
                rows.flush()?;
            } else {
                let text = match self.sentences {
                    true => safe(&event.words(Some(&TimeZone::system())).join("  ")),
                    false => line.clone(),
                };
                stream::stdout().write_all(format!("{text}\n").as_bytes()).map_err(|error| broken(&error))?;
            }
            if let Some(exec) = &self.exec {
                exec.hand(line);
            }
        }
        Ok(())
    }

    /// Ends what was begun, and waits until the command had all of them. Whoever interrupts that leaves without it.
    pub(super) async fn finish(self, context: &CommandContext, is_well: bool) -> Result<(), Failure> {
        let written = match self.rows {
            Some(mut rows) if is_well => rows.finish(),
            _ => Ok(()),
        };
        if let Some(exec) = self.exec {
            let queue = exec.queue();
            if queue.len() > 0 {
                let count = queue.len();
                context
                    .aside(&format!("numdeck: waiting for --exec, {count} to go; Ctrl-C leaves without it"));
            }
            let mut finished = std::pin::pin!(runner::waiting(move || exec.finish()));
            tokio::select! {
                biased;
                () = &mut finished => {}
                () = context.interrupted() => {
                    queue.leave();
                    finished.await;
                    context.aside(&format!("numdeck: left with {} that --exec did not finish", queue.len()));
                }
            }
        }
        Ok(written?)
    }
}
