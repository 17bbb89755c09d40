//! Which names a server understands, and how that is found out.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

use uuid::Uuid;

/// In whose words writes go out.
///
/// The contract (OpenAPI 1.3.0) names fields of a body in camelCase, the service's guide "Buy
/// Numbers" in snake_case; no source says which one is live. Answers are understood in both,
/// whatever this says. A server of the other dialect does not refuse a body: it ignores what it has
/// no name for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// The contract: `endpointId`, `allowInbound`, `allowOutbound`.
    #[default]
    OpenApi,
    /// The guide: `endpoint_id`, `allow_inbound`, `allow_outbound`; numbers are bought by inventory
    /// id alone.
    Guide,
}

impl Dialect {
    /// The one of two names of a field, the contract's and the guide's.
    pub(super) fn name(self, contract: &'static str, guide: &'static str) -> &'static str {
        match self {
            Self::OpenApi => contract,
            Self::Guide => guide,
        }
    }

    /// The dialect that an id has the form of; `None` for other ids.
    pub(super) fn of_id(id: &str) -> Option<Self> {
        if ["pn_", "ep_", "inv_"].iter().any(|prefix| id.starts_with(prefix)) {
            return Some(Self::Guide);
        }
        Uuid::try_parse(id).ok().map(|_| Self::OpenApi)
    }
}

impl fmt::Display for Dialect {
    /// As the profile's setting is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name("openapi", "guide"))
    }
}

/// What in an answer is of one dialect or of the other: envelope, name of the number, form of the
/// id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct DialectVotes(i8);

impl DialectVotes {
    /// Counts a sign.
    pub(super) fn add(&mut self, sign: Option<Dialect>) {
        self.0 += match sign {
            Some(Dialect::Guide) => 1,
            Some(Dialect::OpenApi) => -1,
            None => 0,
        };
    }

    /// The dialect of most signs. `None` where there are none, or as many of either.
    pub(super) fn told(self) -> Option<Dialect> {
        match self.0 {
            1.. => Some(Dialect::Guide),
            0 => None,
            ..0 => Some(Dialect::OpenApi),
        }
    }
}

/// The dialect of one server: set, or heard in its answers.
#[derive(Debug, Default)]
pub(super) struct DialectSense {
    set: Option<Dialect>,
    /// 0 for nothing yet.
    heard: AtomicU8,
}

impl DialectSense {
    pub(super) fn new(set: Option<Dialect>, heard: Option<Dialect>) -> Self {
        let speech = Self { set, heard: AtomicU8::new(0) };
        speech.hear(heard);
        speech
    }

    /// Takes note of what an answer told. One that tells nothing changes nothing.
    pub(super) fn hear(&self, told: Option<Dialect>) {
        match told {
            Some(Dialect::OpenApi) => self.heard.store(1, Ordering::Relaxed),
            Some(Dialect::Guide) => self.heard.store(2, Ordering::Relaxed),
            None => {}
        }
    }

    /// What the latest answer that told anything was in.
    pub(super) fn heard(&self) -> Option<Dialect> {
        match self.heard.load(Ordering::Relaxed) {
            1 => Some(Dialect::OpenApi),
            2 => Some(Dialect::Guide),
            _ => None,
        }
    }

    /// What writes go out in: what was set, else what was heard, else the contract's.
    pub(super) fn spoken(&self) -> Dialect {
        self.set.or(self.heard()).unwrap_or_default()
    }

    /// What somebody who is about to write should know.
    pub(super) fn remark(&self) -> Option<&'static str> {
        match (self.set, self.heard()) {
            (None, Some(Dialect::Guide)) => Some(
                "This server speaks the dialect of the service's guide, and changes are sent in it; the \
                 profile's dialect setting would decide otherwise.",
            ),
            (Some(Dialect::OpenApi), Some(Dialect::Guide)) => Some(
                "This server answers in the dialect of the service's guide, but the profile says \
                 dialect = \"openapi\": it may ignore what is sent.",
            ),
            (Some(Dialect::Guide), Some(Dialect::OpenApi)) => Some(
                "This server answers in the dialect of the contract, but the profile says \
                 dialect = \"guide\": it may ignore what is sent.",
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: Option<Dialect> = Some(Dialect::Guide);
    const OPENAPI: Option<Dialect> = Some(Dialect::OpenApi);

    #[test]
    fn an_id_shows_its_dialect_by_its_form() {
        for (id, dialect) in [
            ("pn_abc123", GUIDE),
            ("ep_xyz789", GUIDE),
            ("inv_ng_12345", GUIDE),
            ("a1000000-0000-4000-8000-000000000001", OPENAPI),
            ("n-1", None),
            ("17", None),
            ("", None),
        ] {
            assert_eq!(Dialect::of_id(id), dialect, "{id}");
        }
    }

    #[test]
    fn most_signs_decide_and_a_tie_does_not() {
        for (signs, told) in [
            (&[][..], None),
            (&[None, None], None),
            (&[GUIDE], GUIDE),
            (&[OPENAPI, GUIDE], None),
            (&[OPENAPI, GUIDE, GUIDE], GUIDE),
            (&[OPENAPI, None, GUIDE, OPENAPI], OPENAPI),
        ] {
            let mut sum = DialectVotes::default();
            signs.iter().for_each(|sign| sum.add(*sign));
            assert_eq!(sum.told(), told, "{signs:?}");
        }
    }

    #[test]
    fn what_is_set_beats_what_is_heard_and_the_contract_is_the_last_resort() {
        for (set, heard, spoken, remarked) in [
            (None, None, Dialect::OpenApi, false),
            (None, OPENAPI, Dialect::OpenApi, false),
            (None, GUIDE, Dialect::Guide, true),
            (GUIDE, None, Dialect::Guide, false),
            (GUIDE, GUIDE, Dialect::Guide, false),
            (GUIDE, OPENAPI, Dialect::Guide, true),
            (OPENAPI, GUIDE, Dialect::OpenApi, true),
            (OPENAPI, OPENAPI, Dialect::OpenApi, false),
        ] {
            let speech = DialectSense::new(set, heard);
            assert_eq!((speech.spoken(), speech.remark().is_some()), (spoken, remarked), "{set:?} {heard:?}");
            assert!(speech.remark().is_none_or(|remark| remark.contains("dialect")));
        }
        let speech = DialectSense::new(None, GUIDE);
        speech.hear(None);
        assert_eq!(speech.heard(), GUIDE, "an empty list takes nothing back");
        speech.hear(OPENAPI);
        assert_eq!(speech.heard(), OPENAPI, "the latest answer counts");
    }
}
