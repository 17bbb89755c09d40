//! Addresses that not everybody reaches: a check may pass from here and calls not arrive from elsewhere.

use std::net::IpAddr;

use super::{Found, Leg, Origin, Step, Target};

/// Remarks addresses that lead nowhere outside of some network, where somebody outside has to get there:
/// calls to a number come from the provider.
pub(super) fn remarked(step: Step, leg: &Leg, targets: &[Target]) -> Step {
    if !matches!(leg.origin, Origin::SipUri | Origin::EndpointUrl) {
        return step;
    }
    let mut private: Vec<String> = Vec::new();
    // Of a name that leads to this machine DNS tells already.
    let is_told = |ip: &IpAddr| ip.is_loopback() && leg.route.host().ip().is_none();
    let addresses = targets.iter().map(|target| target.at.ip());
    for ip in addresses.filter(|ip| is_private(*ip) && !is_told(ip)) {
        if !private.contains(&ip.to_string()) {
            private.push(ip.to_string());
        }
    }
    if private.is_empty() {
        return step;
    }
    let (is, them) =
        if private.len() == 1 { ("is a private address", "it") } else { ("are private addresses", "them") };
    let text = format!(
        "{}; {} {is}: a provider reaches {them} over a link of its own, and not over the internet",
        step.text,
        private.join(", ")
    );
    // For information: it is no fault where there is such a link.
    match step.found {
        Found::Names { trail, lost, found_as, disagree, .. } => {
            Step { text, found: Found::Names { trail, lost, found_as, disagree, private }, ..step }
        }
        found => Step { text, found, ..step },
    }
}

/// Whether an address means something inside of one network alone: RFC 1918, RFC 6598, RFC 3927, RFC 4193,
/// and this machine itself.
fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || is_shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Code, LegKind, SipUri, Status, StepKind, Transport};

    fn step(origin: Origin, addresses: &[&str]) -> Step {
        let leg = Leg { origin, ..Leg::given(SipUri::parse("sip:a@pbx.example").unwrap(), None) };
        let target = |ip: &&str| Target {
            at: (ip.parse::<IpAddr>().unwrap(), 5060).into(),
            transport: Transport::Udp,
        };
        let names =
            Found::Names { trail: vec![], lost: None, found_as: None, disagree: false, private: vec![] };
        let step = Step::new(Some(LegKind::Inbound), StepKind::Dns, Code::Ok, "found").found(names);
        remarked(step, &leg, &addresses.iter().map(target).collect::<Vec<_>>())
    }

    #[test]
    fn an_address_that_a_provider_can_not_reach_is_remarked() {
        for ip in
            ["10.0.0.5", "172.31.255.1", "192.168.1.9", "100.64.0.1", "169.254.1.1", "fd00::5", "fe80::1"]
        {
            let step = step(Origin::SipUri, &["198.51.100.1", ip]);
            assert_eq!((step.status, step.code), (Status::Pass, Code::Ok), "{ip}");
            assert!(step.text.contains(&format!("{ip} is a private address")), "{}", step.text);
            assert_eq!(step.detail()["private"], serde_json::json!([ip]));
        }
        for ip in ["198.51.100.1", "172.32.0.1", "100.128.0.1", "2001:db8::1"] {
            assert_eq!(step(Origin::EndpointUrl, &[ip]).text, "found");
        }
    }

    #[test]
    fn what_somebody_here_reaches_himself_is_not() {
        for origin in [Origin::Credentials, Origin::Given] {
            assert_eq!(step(origin, &["10.0.0.5"]).text, "found");
        }
    }
}
