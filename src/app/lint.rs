//! What is wrong with the settings of the owned numbers, in few words.

use crate::check::Lint;
use crate::sip::Finding;

/// `24 no endpoint, 12 inbound off`; `None` where nothing is wrong.
pub(super) fn summary(lint: &Lint<'_>) -> Option<String> {
    let told: Vec<String> =
        lint.counts().into_iter().map(|(finding, count)| format!("{count} {}", words(finding))).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn words(finding: Finding) -> &'static str {
    match finding {
        Finding::Inactive => "inactive",
        Finding::Pending => "pending",
        Finding::NotActive => "other status",
        Finding::NoEndpoint => "no endpoint",
        Finding::InboundOff => "inbound off",
        // In error, or inactive.
        Finding::EndpointTrouble => "endpoint out of order",
        Finding::EndpointUnknown => "endpoint state unknown",
        Finding::BadUri => "bad SIP address",
        Finding::PendingLong => "pending >1 d",
        Finding::Duplicate => "twice",
        Finding::OddHost => "odd SIP host",
    }
}
