//! What to do next: the row of the table of outcomes, and where it knows too little, more.

use super::tls::ALERTED;
use super::{Code, Finding, Leg, LegKind, Status, Step, StepKind, Transport, probe};

/// What to do where the API does not mention an address.
const UNTOLD: &str = "this API does not tell it: check the address that you know with numdeck check --uri";
/// After credentials were accepted in clear text.
const CROSSED: &str = "use TLS for this account: what crossed the network is enough to guess a weak password";

/// Where there are no credentials that could be tested.
const UNTESTED: &str =
    "look at the credentials with numdeck show; without --auth everything else is checked alone";

/// Where a server was not asked.
const LONGER: &str = "run it again with a longer --timeout";

/// What to do about a step that decided.
pub(super) fn of(step: &Step, leg: Option<&Leg>) -> String {
    let about = step.detail.get("name").and_then(|name| name.as_str()).map(str::to_owned);
    let host = about.or_else(|| leg.map(|leg| leg.route.host().to_string()));
    let host = host.unwrap_or_else(|| "the server".to_owned());
    if let Some(next) = finding(step).and_then(Finding::next).filter(|_| step.code == Code::BadSettings) {
        return next.to_owned();
    }
    let uri = leg.map(|leg| &leg.route.uri);
    let over_tls =
        step.kind == StepKind::Tls || leg.is_some_and(|leg| leg.route.transport == Some(Transport::Tls));
    match step.code {
        // Nothing is known to be wrong: the server is one that does not tell.
        Code::BadUri if step.status == Status::Warn => UNTOLD.to_owned(),
        Code::BadUri if step.leg == Some(LegKind::Trunk) => {
            "the domain and port of the SIP credentials come from KrosAI: ask them, or rotate the credentials"
                .to_owned()
        }
        Code::BadUri if step.leg == Some(LegKind::Endpoint) => {
            "correct the URL of the endpoint, or attach another endpoint to the number".to_owned()
        }
        Code::DnsRefused if step.detail.contains_key("of_domain") => format!(
            "ask the owner of {host} whether the DNS servers of the domain work; --dns asks another resolver about it"
        ),
        Code::AuthOk if is_nobody(step) => format!("{CROSSED}; {}", Code::AuthOk.outcome().next),
        Code::AuthOk => CROSSED.to_owned(),
        Code::Partial if step.kind == StepKind::Dns => match step.detail.get("ours") {
            Some(ours) if *ours == true => Code::DnsTimeout.outcome().next.to_owned(),
            _ => format!("ask the owner of {host} about the DNS records that lead to no server"),
        },
        Code::AuthPaused if step.detail.contains_key("stale") => {
            format!(
                "ask the owner of {host} why its registrar calls fresh nonces stale, and run it again later"
            )
        }
        Code::Skipped if step.kind == StepKind::Auth => UNTESTED.to_owned(),
        Code::Skipped | Code::Partial if step.detail.contains_key(probe::UNASKED) => LONGER.to_owned(),
        Code::TlsPlain if uri.is_some_and(|uri| uri.secure) => format!(
            "this port of {host} probably speaks plain SIP, and sips: allows TLS alone: ask its owner for the port \
             that speaks TLS"
        ),
        Code::TlsPlain if uri.is_some_and(|uri| uri.port == Some(5061)) => format!(
            "port 5061 of {host} probably speaks plain SIP: ask its owner; --transport tcp checks it without TLS"
        ),
        Code::Closed if step.kind == StepKind::Tls && !step.text.contains(ALERTED) => {
            format!("ask the owner of {host}: an access list, overload, or a port that speaks no TLS")
        }
        // An alert or a good handshake: it does speak TLS.
        Code::Closed if over_tls => format!(
            "ask the owner of {host}: an access list, overload, or a server that wants a certificate of the client"
        ),
        code => code.outcome().next.replace("{host}", &host),
    }
}

/// The gravest finding about the settings.
fn finding(step: &Step) -> Option<Finding> {
    Finding::parse(step.detail.get("findings")?.get(0)?.as_str()?)
}

/// What a step that is no trouble has to say all the same.
pub(super) fn beside(step: &Step, all: &[&Step]) -> Option<String> {
    let asked = |one: &&Step| one.kind == StepKind::Auth && one.leg == step.leg;
    let says = match step.code {
        Code::Skipped => false,
        Code::AliveAuth => !all.iter().any(asked),
        Code::AuthOk => is_nobody(step),
        _ => step.status == Status::Skip,
    };
    says.then(|| step.code.outcome().next.to_owned())
}

/// Credentials were accepted, and nobody is registered with them.
pub(super) fn is_nobody(step: &Step) -> bool {
    step.code == Code::AuthOk && step.detail.get("devices").is_some_and(|devices| *devices == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_of_the_settings_has_its_own_way_out() {
        let next = |finding: Finding| {
            let step = Step::new(None, StepKind::Settings, Code::BadSettings, "")
                .with("findings", vec![finding.word()]);
            of(&step, None)
        };
        for finding in [Finding::NoEndpoint, Finding::InboundOff] {
            assert!(next(finding).contains("numdeck update"), "{}", finding.word());
        }
        for (finding, said) in [
            (Finding::Pending, "wait until it is active"),
            (Finding::PendingLong, "stays pending"),
            (Finding::NotActive, "why it is in that status"),
            (Finding::EndpointTrouble, "attach another one"),
            (Finding::OddHost, "moved on purpose"),
            (Finding::Duplicate, "which of the records"),
        ] {
            assert!(next(finding).contains(said), "{}: {}", finding.word(), next(finding));
        }
    }
}
