//! The screen as a text file, for whoever has to be shown it.

use super::action::Action;
use super::export::ExportEnd;
use super::tasks::Owner;
use super::wrap::capitalised;
use super::{Ctx, Effect, Tone};

impl Ctx {
    /// Writes what is on the screen to a file of this second in the working directory. What was revealed is
    /// hidden by then.
    pub(super) fn dump(&mut self) {
        let now = self.now.to_zoned_datetime(self.account.zone.clone());
        let path = format!("numdeck-screen-{}.txt", now.strftime("%Y-%m-%d-%H%M%S"));
        self.ask(Owner::Dump, |task| Effect::Dump(task, path));
    }

    /// Says where the screen is.
    pub(super) fn dumped(&mut self, end: ExportEnd) {
        let (tone, text) = match end {
            ExportEnd::Written { path, .. } if self.privacy => {
                (Tone::Good, format!("The screen is in {path}, with numbers and ids hidden."))
            }
            ExportEnd::Written { path, .. } => {
                let hides = self.key(Action::Privacy);
                (
                    Tone::Good,
                    format!("The screen is in {path}. After {hides} numbers and ids are hidden in it."),
                )
            }
            ExportEnd::Exists { path } => {
                (Tone::Bad, format!("{path} is there already; nothing was written."))
            }
            ExportEnd::Stopped => (Tone::Plain, "The screen was not written.".to_owned()),
            ExportEnd::Failed(why) => {
                (Tone::Bad, format!("{}; the screen was not written.", capitalised(&why)))
            }
        };
        self.tell(tone, text);
    }
}
