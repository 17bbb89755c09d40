//! Who is told of an account.

use jiff::Timestamp;

use super::{NoTrunk, TrunkAccount, freeswitch, kamailio, pjsip, plain, platform};
use crate::phone::Secret;
use crate::rows::json_pretty;

/// A program, and the form in which it takes an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrunkTarget {
    /// Asterisk: sections of `pjsip.conf`.
    Pjsip,
    /// FreeSWITCH: a gateway in XML.
    Freeswitch,
    /// Kamailio: a record of `uacreg`, as an SQL statement.
    Kamailio,
    /// LiveKit: JSON of an outbound trunk.
    Livekit,
    /// Vapi: JSON of a credential.
    Vapi,
    /// ElevenLabs: JSON of a phone number.
    Elevenlabs,
    /// A shell: lines that it sources.
    Env,
    /// Anybody: one address, which never has a password.
    Uri,
}

impl TrunkTarget {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Pjsip,
        Self::Freeswitch,
        Self::Kamailio,
        Self::Livekit,
        Self::Vapi,
        Self::Elevenlabs,
        Self::Env,
        Self::Uri,
    ];

    /// The name that it is chosen by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pjsip => "pjsip",
            Self::Freeswitch => "freeswitch",
            Self::Kamailio => "kamailio",
            Self::Livekit => "livekit",
            Self::Vapi => "vapi",
            Self::Elevenlabs => "elevenlabs",
            Self::Env => "env",
            Self::Uri => "uri",
        }
    }

    /// Whether a password has a place in it.
    pub fn takes_password(self) -> bool {
        self != Self::Uri
    }

    /// What it takes, ending with a newline; secret where the password is in it. `at` is now.
    ///
    /// # Errors
    /// The account has something that this target cannot be told.
    pub fn text(self, trunk: &TrunkAccount, at: Timestamp) -> Result<Secret, NoTrunk> {
        let text = match self {
            Self::Pjsip => pjsip::text(trunk, at)?,
            Self::Freeswitch => freeswitch::text(trunk, at)?,
            Self::Kamailio => kamailio::text(trunk, at)?,
            Self::Env => plain::variables(trunk, at)?,
            Self::Livekit => json_pretty(&platform::livekit(trunk)?) + "\n",
            Self::Vapi => json_pretty(&platform::vapi(trunk)) + "\n",
            Self::Elevenlabs => json_pretty(&platform::elevenlabs(trunk)?) + "\n",
            Self::Uri => plain::address(trunk)?,
        };
        Ok(Secret::new(text))
    }
}
