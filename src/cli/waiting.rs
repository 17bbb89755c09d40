//! What somebody is told who waits for a write whose answer does not tell whether it happened.

use super::output::say;
use super::progress::Ticker;
use crate::write::{Stage, seconds};

/// Each thing is said once, and counted down where a person watches.
pub(super) struct Waiting {
    /// Under JSON stderr is kept for one object.
    silent: bool,
    ticker: Ticker,
    looking: bool,
    settling: bool,
}

impl Waiting {
    pub(super) fn new(silent: bool) -> Self {
        Self { silent, ticker: Ticker::default(), looking: false, settling: false }
    }

    /// A write has come so far.
    pub(super) fn tell(&mut self, stage: Stage) {
        if self.silent {
            return;
        }
        match stage {
            Stage::Looking if !std::mem::replace(&mut self.looking, true) => {
                say("No clear answer; looking whether it happened …");
            }
            Stage::Waiting => say("Another numdeck is busy with it; waiting for it to end …"),
            Stage::Attaching => {
                self.ticker.clear();
                say("The purchase ignored its endpoint; attaching it …");
            }
            Stage::Settling(left) => {
                let seconds = seconds(left);
                if !std::mem::replace(&mut self.settling, true) {
                    say(&format!(
                        "Not there yet. It may still happen within {seconds} s: looking again until then \
                         (Ctrl-C leaves it in doubt)."
                    ));
                }
                self.ticker.show(&stage.words());
            }
            Stage::Looking | Stage::Reading | Stage::Pricing | Stage::Sending => {}
        }
    }
}
