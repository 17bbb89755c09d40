//! Copying: to the clipboard of the machine where there is one, else through the terminal.

use super::tasks::{Copying, Owner};
use super::wrap::capitalised;
use super::{Ctx, Effect, Tone};
use crate::phone::{Secret, thousands};

/// Which way a copied text went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyRoute {
    /// It is on the clipboard of the machine.
    Native,
    /// It was sent to the terminal, which may put it on its own clipboard (OSC 52).
    Terminal,
    /// It is longer than terminals take; nothing was copied.
    TooLong,
    /// The machine has no clipboard for us, or it does not answer.
    Nowhere,
}

impl CopyRoute {
    /// So many bytes fit into what terminals take: 100,000 of them, in base 64.
    pub const MOST: usize = 74_994;

    /// A copied password is taken from the clipboard of the machine after so many seconds.
    pub const HELD: u32 = 30;
}

impl Ctx {
    /// Copies a text, and says which way it went. A password is taken away again where that can be done.
    pub(super) fn copy(&mut self, what: &str, text: Secret, is_password: bool) {
        let copying = Copying { what: what.to_owned(), text: text.clone(), is_password };
        self.ask(Owner::Copy(Box::new(copying)), |task| Effect::Copy { task, text, is_password });
    }

    /// A text went this way, or has to go another one.
    pub(super) fn copied(&mut self, copying: Box<Copying>, route: CopyRoute) {
        let what = capitalised(&copying.what);
        let is_password = copying.is_password;
        match route {
            CopyRoute::Native => {
                let after = format!(" It is taken from the clipboard after {} s.", CopyRoute::HELD);
                let after = if is_password { after.as_str() } else { "" };
                self.tell(Tone::Good, format!("{what} copied.{after}"));
            }
            CopyRoute::Terminal => {
                let after = " It stays there until something else is copied.";
                let after = if is_password { after } else { "" };
                self.tell(Tone::Good, format!("{what} sent to the terminal's clipboard (OSC 52).{after}"));
            }
            CopyRoute::TooLong => {
                let (is, most) = (thousands(copying.text.len()), thousands(CopyRoute::MOST));
                let text = format!(
                    "{what} is too long: {is} bytes, and the terminal's clipboard (OSC 52) takes {most}. \
                     Nothing was copied."
                );
                self.tell(Tone::Bad, text);
            }
            CopyRoute::Nowhere => {
                let text = copying.text.clone();
                self.ask(Owner::Copy(copying), |task| Effect::CopyThrough(task, text));
            }
        }
    }
}
