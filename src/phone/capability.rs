//! What a number can carry.

/// One thing that a number can carry, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Calls.
    Voice,
    /// Text messages.
    Sms,
    /// Fax.
    Fax,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Voice, Self::Sms, Self::Fax];

    /// The name that the API uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Sms => "sms",
            Self::Fax => "fax",
        }
    }

    /// By its name, ignoring case.
    ///
    /// # Errors
    /// There is no such thing.
    pub fn parse(text: &str) -> Result<Self, NoCapability> {
        let found = Self::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(text.trim()));
        found.ok_or(NoCapability)
    }
}

/// A name that no capability has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number can do voice, sms or fax")]
pub struct NoCapability;

/// What a number can carry. `None` where the server did not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Calls.
    pub voice: Option<bool>,
    /// Text messages.
    pub sms: Option<bool>,
    /// Fax.
    pub fax: Option<bool>,
}

impl Capabilities {
    /// Whether it can do that; `None` where the server did not say.
    pub fn can(&self, what: Capability) -> Option<bool> {
        match what {
            Capability::Voice => self.voice,
            Capability::Sms => self.sms,
            Capability::Fax => self.fax,
        }
    }

    /// `voice sms`, or `None` when nothing is said at all.
    pub fn words(&self) -> Option<String> {
        if Capability::ALL.iter().all(|what| self.can(*what).is_none()) {
            return None;
        }
        let can = Capability::ALL.into_iter().filter(|what| self.can(*what) == Some(true));
        let can: Vec<&str> = can.map(Capability::name).collect();
        Some(if can.is_empty() { "nothing".to_owned() } else { can.join(" ") })
    }
}
