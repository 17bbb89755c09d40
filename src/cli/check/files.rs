//! The files that a check writes beside its output.

use super::capture::Capture;
use super::prom::PromFile;
use crate::check::Endpoints;
use crate::cli::Failure;
use crate::cli::args::Check;
use crate::cli::command_context::CommandContext;
use crate::cli::output::say;
use crate::metrics::ProbeFigures;
use crate::phone::Number;
use crate::sip::Report;

/// `--pcap` and `--prom`, where they were given.
#[derive(Debug)]
pub(super) struct Files {
    capture: Capture,
    prom: Option<PromFile>,
}

impl Files {
    /// Opens them before anything is sent.
    pub(super) fn open(options: &Check) -> Result<Self, Failure> {
        let prom = options.prom.as_deref().map(|path| PromFile::prepare(path, options.strict)).transpose()?;
        Ok(Self { prom, capture: Capture::open(options.pcap.as_deref())? })
    }

    /// Adds one report.
    pub(super) fn add(&mut self, report: &Report) {
        self.capture.add(report);
        if let Some(prom) = &mut self.prom {
            prom.probe().add(report);
        }
    }

    /// Adds the list that was read, and what else is known here.
    pub(super) async fn know(&mut self, context: &CommandContext, list: Option<(&[Number], &Endpoints)>) {
        let Some(prom) = &mut self.prom else { return };
        if let Some((numbers, endpoints)) = list {
            prom.know_list(numbers, endpoints);
        }
        prom.know_machine(context).await;
    }

    /// Nothing could be checked: metrics of an earlier check must not pass for those of now. What keeps
    /// them from being written is said; why nothing was checked is the failure.
    pub(super) fn nothing_read(&mut self) {
        if let Some(prom) = &mut self.prom {
            *prom.probe() = ProbeFigures::unread();
        }
        self.note();
    }

    /// What was asked for is not there, so nothing was checked: that is no success either.
    pub(super) fn nothing_found(&mut self) {
        self.note();
    }

    /// Ends them, and says what is not whole, where the result decides how the process ends.
    pub(super) fn note(&mut self) {
        self.capture.note();
        if let Some(Err(failure)) = self.prom.take().map(|prom| prom.write()) {
            say(&format!("numdeck: {}", failure.message));
        }
    }

    /// The check was interrupted: what crossed the wire is kept, and no metrics are made of a part.
    pub(super) fn cut(&mut self) {
        self.prom = None;
        self.note();
    }

    /// Whether all of it was written, once the results are told.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let written = self.prom.take().map_or(Ok(()), |prom| prom.write());
        self.capture.finish().and(written)
    }
}
