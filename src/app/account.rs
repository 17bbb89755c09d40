//! Whose numbers these are, and what may be done with them.

use jiff::tz::TimeZone;

use super::Invocation;
use crate::api::Mode;
use crate::write::WritePermission;

/// What the header says about the session.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Name of the profile, or where the key came from.
    pub profile: String,
    /// A name for the organization, where a profile has one.
    pub organization: Option<String>,
    /// LIVE or TEST, read-only, the organization that was named.
    pub standing: WritePermission,
    /// For clock times on screen.
    pub zone: TimeZone,
    /// How numdeck is called again for the same account.
    pub call: Invocation,
    /// What can be switched to, this one among them; empty where there are no profiles.
    pub profiles: Vec<ProfileChoice>,
}

/// A profile that can be switched to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileChoice {
    /// Its name.
    pub name: String,
    /// Its server and organization, in words.
    pub place: String,
}

impl Account {
    /// LIVE or TEST.
    pub fn mode(&self) -> Mode {
        self.standing.mode
    }

    /// What the window is called: nothing of a number is in it.
    pub fn title(&self) -> String {
        format!("numdeck {} [{}]", self.profile, self.mode().name())
    }

    /// For whom a write is, and whether it moves real money.
    pub fn whose(&self) -> String {
        format!("{}, {}", self.mode().name(), self.organization())
    }

    /// The organization as the header names it.
    pub fn organization(&self) -> String {
        match (&self.organization, &self.standing.organization) {
            (Some(label), _) => label.clone(),
            (None, Some(id)) => format!("organization {id}"),
            (None, None) => "organization: server default".to_owned(),
        }
    }
}
