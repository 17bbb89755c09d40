//! Events as they are told: on standard output, and to the command of `--exec`.

use std::io::Write as _;

use jiff::tz::TimeZone;

use super::exec::Exec;
use crate::cli::output::{OutputForm, broken, safe};
use crate::cli::{Failure, runner};
use crate::rows::{Table, json_line};
use crate::store::{HISTORY_HEADS, HistoryEvent};
use crate::stream;

/// Where events go.
pub(super) struct Events {
    form: OutputForm,
    csv: Option<Table<crate::cli::output::Stdout>>,
    exec: Option<Exec>,
}

impl Events {
    pub(super) fn new(form: OutputForm, command: Option<&str>) -> Self {
        let csv = (form == OutputForm::Csv)
            .then(|| Table::new(form, HISTORY_HEADS.iter().copied(), stream::stdout()));
        Self { form, csv, exec: command.map(Exec::start) }
    }

    /// Tells events, each at once.
    pub(super) fn tell(&mut self, events: &[HistoryEvent]) -> Result<(), Failure> {
        for event in events {
            let line = json_line(&event.document());
            if let Some(csv) = &mut self.csv {
                csv.row(|| event.cells(), || serde_json::Value::Null)?;
                csv.flush()?;
            } else {
                let text = match self.form {
                    OutputForm::Table => safe(&event.words(Some(&TimeZone::system())).join("  ")),
                    _ => line.clone(),
                };
                stream::stdout().write_all(format!("{text}\n").as_bytes()).map_err(|error| broken(&error))?;
            }
            if let Some(exec) = &self.exec {
                exec.hand(line);
            }
        }
        Ok(())
    }

    /// Waits until the command had all of them.
    pub(super) async fn finish(self) {
        if let Some(exec) = self.exec {
            runner::waiting(move || exec.finish()).await;
        }
    }
}
