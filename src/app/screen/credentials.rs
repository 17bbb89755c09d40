//! Whether the number's own credentials are to be sent to its registrar: which, where to, how.

use crate::app::input::Input;
use crate::app::wrap::wrap;
use crate::check::{LegKind, Report, Transport};

/// Asks before credentials leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// What is sent, and where to.
    pub what: String,
    /// What was typed so far.
    pub typed: Input,
    /// Whether it was drawn: keys typed before that confirm nothing.
    pub armed: bool,
}

impl Credentials {
    /// The question for the account of a report.
    ///
    /// # Errors
    /// Why nothing would be sent.
    pub fn of(report: &Report, username: Option<&str>, number: &str) -> Result<Self, String> {
        let leg = report.legs.iter().find(|leg| leg.kind == LegKind::Trunk);
        let leg =
            leg.ok_or("The server tells no SIP account of this number, so there is nothing to ask about.")?;
        let place = leg.route.place();
        let over = match leg.route.transport {
            None | Some(Transport::Tls) => "TLS",
            Some(other) => {
                return Err(format!(
                    "Nothing is sent: {other} to {place} is not encrypted. numdeck check {number} --auth \
                     --auth-cleartext sends it all the same."
                ));
            }
        };
        let user = username.map_or_else(|| "its SIP username".to_owned(), |user| format!("username {user}"));
        let what = format!("send {user} and a digest of its password to {place} ({over}), once");
        Ok(Self { what, typed: Input::default(), armed: false })
    }

    /// What is told above the question, broken to `width` columns.
    pub fn lines(&self, width: usize) -> Vec<String> {
        wrap(&format!("{}. No registration is changed.", self.what), width)
    }
}
