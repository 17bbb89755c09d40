//! What checks share, and how they are made.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{Lockout, Pacer, Progress, StatusRules, Tls, Transport};

/// Whether credentials are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthRule {
    /// They are not.
    #[default]
    Off,
    /// Over a verified TLS connection alone.
    Verified,
    /// Over any transport. What crosses an unencrypted path is enough to guess a weak password.
    Cleartext,
}

impl AuthRule {
    /// Whether credentials may go over this transport.
    pub(super) fn allows(self, transport: Transport) -> bool {
        match self {
            Self::Off => false,
            Self::Verified => transport == Transport::Tls,
            Self::Cleartext => true,
        }
    }
}

/// How to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// For one number, all its legs and steps together.
    pub timeout: Duration,
    /// How many OPTIONS each target gets; each beyond the first adds a second to the limit.
    pub count: u32,
    /// Whether credentials are checked.
    pub auth: AuthRule,
    /// How much of the second beyond the limit is used up already: what was left of the limit was too
    /// short for any answer.
    pub late: Duration,
    /// The local address that packets leave by; `None` for what the system takes.
    pub source: Option<IpAddr>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            count: 1,
            auth: AuthRule::Off,
            late: Duration::ZERO,
            source: None,
        }
    }
}

/// What checks share.
#[derive(Debug)]
pub struct Env<D> {
    /// Who is asked for names.
    pub dns: D,
    /// What certificates are trusted.
    pub tls: Tls,
    /// Keeps checks polite.
    pub pacer: Pacer,
    /// Keeps accounts from being banned.
    pub lockout: Arc<Lockout>,
    /// How statuses are read.
    pub rules: StatusRules,
    /// Calls come from this machine or its network: whatever is reached from here is reached by them.
    pub provider_is_near: bool,
}

/// Who is told of each step while it happens. It may be called from any thread that polls the check.
pub type Watch<'a> = &'a (dyn Fn(Progress) + Send + Sync);
