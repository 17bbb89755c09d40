//! Who may knock: the fixed API keys and the organizations behind them.

use std::fmt;

/// One of the fixed API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key itself. It opens nothing but a sandbox.
    pub key: &'static str,
    /// What its holder may do.
    pub role: KeyRole,
    /// What it is good for, for people.
    pub note: &'static str,
    /// Ids of the organizations that the holder belongs to; the first is the server's default.
    pub organizations: &'static [&'static str],
    pub(super) mode: Mode,
}

/// What a member of an organization may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRole {
    /// Everything.
    Owner,
    /// Everything that the sandbox has.
    Admin,
    /// Reads, without SIP passwords.
    Member,
}

impl KeyRole {
    /// Whether this role buys, changes and releases, and sees SIP passwords.
    pub(super) fn manages(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}

impl fmt::Display for KeyRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
        })
    }
}

/// The two modes, whose data never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Mode {
    Test,
    Live,
}

impl Mode {
    pub(super) const ALL: [Self; 2] = [Self::Test, Self::Live];

    /// The name in the database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

/// How many numbers an organization begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holdings {
    /// As many as the configuration says.
    Configured,
    Fixed(u32),
}

/// An organization in one of the modes. Balance and KYC belong to organizations, so that the keys
/// that are refused for them have one each, with a handful of numbers of its own.
#[derive(Debug)]
pub(super) struct Organization {
    pub(super) mode: Mode,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) kyc: &'static str,
    pub(super) balance_cents: i64,
    pub(super) holdings: Holdings,
}

/// Index into [`ORGANIZATIONS`]; one more is the key in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OrganizationKey(pub(super) usize);

impl OrganizationKey {
    /// The key in the database.
    pub(super) fn row(self) -> i64 {
        self.0 as i64 + 1
    }

    pub(super) fn id(self) -> &'static str {
        ORGANIZATIONS[self.0].id
    }

    pub(super) fn mode(self) -> Mode {
        ORGANIZATIONS[self.0].mode
    }

    /// The organization with this id in this mode.
    pub(super) fn find(mode: Mode, id: &str) -> Option<Self> {
        ORGANIZATIONS.iter().position(|one| one.mode == mode && one.id == id).map(Self)
    }
}

const MAIN: &str = "a1000000-0000-4000-8000-000000000001";
const SECOND: &str = "a1000000-0000-4000-8000-000000000002";
const BROKE: &str = "a1000000-0000-4000-8000-000000000003";
const NOT_SUBMITTED: &str = "a1000000-0000-4000-8000-000000000004";
const INITIATED: &str = "a1000000-0000-4000-8000-000000000005";
const PENDING: &str = "a1000000-0000-4000-8000-000000000006";
const DECLINED: &str = "a1000000-0000-4000-8000-000000000007";

/// The KYC state in which one may buy; every other one is the end of its error code.
pub(super) const APPROVED: &str = "APPROVED";

const fn organization(
    mode: Mode,
    id: &'static str,
    name: &'static str,
    kyc: &'static str,
    balance_cents: i64,
    holdings: Holdings,
) -> Organization {
    Organization { mode, id, name, kyc, balance_cents, holdings }
}

use Holdings::{Configured, Fixed};
use Mode::{Live, Test};

/// All organizations. The owner's two have the same ids in both modes, as one person's
/// organizations would.
pub(super) static ORGANIZATIONS: &[Organization] = &[
    organization(Test, MAIN, "Savanna Calls", APPROVED, 5_000_000, Configured),
    organization(Test, SECOND, "Harbour Desk", APPROVED, 1_000_000, Fixed(40)),
    organization(Test, BROKE, "Empty Purse", APPROVED, 0, Fixed(6)),
    organization(Test, NOT_SUBMITTED, "No Papers", "NOT_SUBMITTED", 100_000, Fixed(4)),
    organization(Test, INITIATED, "Half Papers", "INITIATED", 100_000, Fixed(4)),
    organization(Test, PENDING, "Papers Under Review", "PENDING", 100_000, Fixed(4)),
    organization(Test, DECLINED, "Papers Declined", "DECLINED", 100_000, Fixed(4)),
    organization(Live, MAIN, "Savanna Calls", APPROVED, 5_000_000, Fixed(87)),
    organization(Live, SECOND, "Harbour Desk", APPROVED, 1_000_000, Fixed(12)),
];

const fn key(
    key: &'static str,
    mode: Mode,
    role: KeyRole,
    organizations: &'static [&'static str],
    note: &'static str,
) -> KeyInfo {
    KeyInfo { key, role, note, organizations, mode }
}

/// The session of the owner's dashboard, as the service's own one has: a JWT (RFC 7519, HS256) that
/// the sandbox issued once and for all. It is as public as the keys, and never runs out.
const SESSION: &str = concat!(
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
    "eyJpc3MiOiJudW1kZWNrLXNhbmRib3giLCJzdWIiOiJvd25lciIsInJvbGUiOiJhdXRoZW50aWNhdGVkIiwiZXhwIjo0MTAyNDQ0ODAwfQ.",
    "ReEuF_MKuuZXSWFGzXkLfeoA_vRrVVL3VHujmIx4vZw"
);

/// All keys.
pub(super) static KEYS: &[KeyInfo] = &[
    key(
        "kros_test_owner",
        Test,
        KeyRole::Owner,
        &[MAIN, SECOND],
        "buys and changes; has a second organization",
    ),
    key("kros_live_owner", Live, KeyRole::Owner, &[MAIN, SECOND], "the same person, live: other numbers"),
    key(SESSION, Live, KeyRole::Owner, &[MAIN, SECOND], "JWT of a dashboard session: the live owner"),
    key("kros_test_admin", Test, KeyRole::Admin, &[MAIN], "buys and changes in the first organization"),
    key("kros_test_member", Test, KeyRole::Member, &[MAIN], "reads only: writes are 403, no SIP passwords"),
    key("kros_test_broke", Test, KeyRole::Owner, &[BROKE], "has no money: purchases are 402 (guide: 400)"),
    key(
        "kros_test_kyc_not_submitted",
        Test,
        KeyRole::Owner,
        &[NOT_SUBMITTED],
        "purchases are 400 KYC_NOT_SUBMITTED (guide: KYC_REQUIRED)",
    ),
    key("kros_test_kyc_initiated", Test, KeyRole::Owner, &[INITIATED], "purchases are 400 KYC_INITIATED"),
    key("kros_test_kyc_pending", Test, KeyRole::Owner, &[PENDING], "purchases are 400 KYC_PENDING"),
    key("kros_test_kyc_declined", Test, KeyRole::Owner, &[DECLINED], "purchases are 400 KYC_DECLINED"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_opens_organizations_of_its_own_mode() {
        for key in KEYS {
            assert!(!key.organizations.is_empty());
            assert_eq!(key.key.starts_with("kros_test_"), key.mode == Mode::Test);
            for id in key.organizations {
                let found = OrganizationKey::find(key.mode, id).unwrap();
                assert_eq!((found.id(), found.mode()), (*id, key.mode));
            }
        }
    }
}
