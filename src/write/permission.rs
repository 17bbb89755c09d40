//! Whether this session may write at all. Asked by screen and command alike, before any request.

use crate::api::Mode;

/// What a session is, as far as permission to write goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WritePermission {
    /// LIVE or TEST, from the form of the key.
    pub mode: Mode,
    /// Asked for by flag or profile.
    pub read_only: bool,
    /// The organization that was named by flag, environment or profile, or pinned on screen.
    pub organization: Option<String>,
    /// An organization seen in rows that is not the named one.
    pub foreign: Option<String>,
}

/// Why a write is not offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// Read-only was asked for.
    #[error("this session is read-only, by --read-only or by its profile")]
    ReadOnly,
    /// LIVE, and nobody said which organization.
    #[error(
        "this key is LIVE and no organization is named: the server would pick one by itself; name it with --org, NUMDECK_ORG or a profile"
    )]
    Unnamed,
    /// Rows belong to another organization than the named one.
    #[error("the server answers with rows of organization {0}, not of the named one: read-only")]
    Foreign(String),
}

impl WritePermission {
    /// `Ok` when writes are allowed.
    pub fn check(&self) -> Result<(), Obstacle> {
        if self.read_only {
            Err(Obstacle::ReadOnly)
        } else if let Some(foreign) = &self.foreign {
            Err(Obstacle::Foreign(foreign.clone()))
        } else if self.mode == Mode::Live && self.organization.is_none() {
            Err(Obstacle::Unnamed)
        } else {
            Ok(())
        }
    }

    /// Takes note of the organization that a row belongs to.
    pub fn seen(&mut self, organization: &str) {
        if self.organization.as_deref().is_some_and(|named| named != organization) {
            self.foreign = Some(organization.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(mode: Mode, organization: Option<&str>) -> WritePermission {
        WritePermission {
            mode,
            read_only: false,
            organization: organization.map(str::to_owned),
            foreign: None,
        }
    }

    #[test]
    fn live_needs_a_named_organization_and_test_does_not() {
        assert_eq!(standing(Mode::Live, None).check(), Err(Obstacle::Unnamed));
        assert_eq!(standing(Mode::Live, Some("o")).check(), Ok(()));
        assert_eq!(standing(Mode::Test, None).check(), Ok(()));
    }

    #[test]
    fn rows_of_another_organization_end_writing() {
        let mut s = standing(Mode::Test, Some("mine"));
        s.seen("mine");
        assert_eq!(s.check(), Ok(()));
        s.seen("theirs");
        assert_eq!(s.check(), Err(Obstacle::Foreign("theirs".into())));
    }

    #[test]
    fn without_a_named_organization_every_row_is_as_good_as_another() {
        let mut s = standing(Mode::Test, None);
        s.seen("a");
        assert_eq!(s.check(), Ok(()));
    }

    #[test]
    fn read_only_comes_before_everything() {
        let s = WritePermission { read_only: true, ..standing(Mode::Live, None) };
        assert_eq!(s.check(), Err(Obstacle::ReadOnly));
    }
}
