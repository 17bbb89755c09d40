//! What can be wrong with the settings of a number, in stable words and with what to do about it.

use crate::phone::Trouble;
use crate::sip::{Found, PasswordSeen, Status};

/// What can be wrong with the settings that calls depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Finding {
    /// Out of use.
    Inactive,
    /// Not ready yet.
    Pending,
    /// In a status that is not that of a number in use.
    NotActive,
    /// In use, and nobody answers.
    NoEndpoint,
    /// In use, and calls to it are not let through.
    InboundOff,
    /// Still not ready a day after it was bought.
    PendingLong,
    /// Its endpoint is in error or inactive.
    EndpointTrouble,
    /// It has an endpoint, and whether that is in error could not be read.
    EndpointUnknown,
    /// Its SIP address is missing or not valid.
    BadUri,
    /// Its SIP host is not the one that most numbers have.
    OddHost,
    /// Another record in use has the same number.
    Duplicate,
}

impl Finding {
    /// All of them, gravest first.
    pub const ALL: [Self; 11] = [
        Self::Inactive,
        Self::NotActive,
        Self::NoEndpoint,
        Self::InboundOff,
        Self::EndpointTrouble,
        Self::BadUri,
        Self::Pending,
        Self::PendingLong,
        Self::EndpointUnknown,
        Self::Duplicate,
        Self::OddHost,
    ];

    /// Whether it keeps calls from a number in use. One that is out of use, or was bought just now, is
    /// nobody's trouble.
    pub fn keeps_calls_away(self) -> bool {
        self.status() == Status::Fail && !matches!(self, Self::Inactive | Self::Pending)
    }

    /// The word in JSON and in metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::NotActive => "not_active",
            Self::NoEndpoint => "no_endpoint",
            Self::InboundOff => "inbound_off",
            Self::PendingLong => "pending_long",
            Self::EndpointTrouble => "endpoint_trouble",
            Self::EndpointUnknown => "endpoint_unknown",
            Self::BadUri => "bad_uri",
            Self::OddHost => "odd_host",
            Self::Duplicate => "duplicate",
        }
    }

    /// In words, after a count.
    pub fn words(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::NotActive => "in another status than active",
            Self::NoEndpoint => "without an endpoint",
            Self::InboundOff => "with inbound off",
            Self::PendingLong => "pending for more than a day",
            Self::EndpointTrouble => "with an endpoint out of order",
            Self::EndpointUnknown => "with an endpoint whose state is not known",
            Self::BadUri => "without a valid SIP address",
            Self::OddHost => "on another SIP host than most",
            Self::Duplicate => "with a second record",
        }
    }

    /// The filter of the numbers that it is counted for, where there is one. Those that are not in use
    /// are not counted.
    pub fn filter(self) -> Option<&'static str> {
        match self {
            Self::NoEndpoint => Some("endpoint:none !status:inactive !status:pending"),
            Self::InboundOff => Some("inbound:off !status:inactive !status:pending"),
            _ => None,
        }
    }

    pub(super) fn status(self) -> Status {
        match self {
            // How grave it is that something is not known, the reason says.
            Self::OddHost | Self::Duplicate | Self::EndpointUnknown => Status::Warn,
            _ => Status::Fail,
        }
    }

    /// What to do about it, where that is not a setting of the number; names of means stand in braces.
    fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::NoEndpoint | Self::InboundOff | Self::BadUri => return None,
            Self::Inactive => "it is out of use: ask KrosAI to activate it, or look whether it was given up",
            Self::Pending | Self::PendingLong => {
                "wait until it is active, which takes minutes; ask KrosAI when it stays pending"
            }
            Self::NotActive => "ask KrosAI why it is in that status, and what makes it active again",
            Self::EndpointTrouble => "look at that endpoint at KrosAI, or attach another one with {attach}",
            Self::EndpointUnknown => "run it again; the endpoints could not be read from the API",
            Self::OddHost => "look whether it was moved on purpose; if not, attach its endpoint again",
            Self::Duplicate => "ask KrosAI which of the records counts, and release the other one",
        })
    }
}

/// What was found, gravest first, as what a step saw.
pub(super) fn found(findings: &[Finding], password: Option<PasswordSeen>) -> Found {
    Found::Settings {
        findings: findings.iter().map(|finding| finding.word()).collect(),
        advice: findings.first().and_then(|finding| finding.advice()),
        password,
    }
}

/// A trouble as a finding, and in words.
pub(super) fn of_trouble(trouble: &Trouble) -> (Finding, String) {
    let finding = match trouble {
        Trouble::Inactive => Finding::Inactive,
        Trouble::Pending => Finding::Pending,
        Trouble::OtherStatus(_) => Finding::NotActive,
        Trouble::InboundOff => Finding::InboundOff,
        Trouble::NoEndpoint => Finding::NoEndpoint,
        Trouble::EndpointStatus { .. } => Finding::EndpointTrouble,
    };
    (finding, trouble.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Code, Step, StepKind, Verdict};

    #[test]
    fn each_trouble_of_the_settings_has_its_own_way_out() {
        let next = |finding: Finding| {
            let step =
                Step::new(None, StepKind::Settings, Code::BadSettings, "").found(found(&[finding], None));
            Verdict::of(&[step], &[]).next.plain()
        };
        for finding in [Finding::NoEndpoint, Finding::InboundOff] {
            assert!(next(finding).contains("ChangeSettings"), "{finding:?}");
        }
        for (finding, said) in [
            (Finding::Pending, "wait until it is active"),
            (Finding::PendingLong, "stays pending"),
            (Finding::NotActive, "why it is in that status"),
            (Finding::EndpointTrouble, "attach another one with AttachEndpoint"),
            (Finding::OddHost, "moved on purpose"),
            (Finding::Duplicate, "which of the records"),
        ] {
            assert!(next(finding).contains(said), "{finding:?}: {}", next(finding));
        }
    }
}
