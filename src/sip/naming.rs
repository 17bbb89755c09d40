//! What the names of an address come to, as a step.

use std::time::Duration;

use super::dns::MOST_TARGETS;
use super::{
    Code, DnsRemark, Found, Host, Leg, LostServers, Resolution, Status, Step, StepKind, Target, Unresolved,
};

/// Servers that lead to no address and are named in one sentence; more of them are in the trail.
pub(super) const MOST_NAMED: usize = 3;

pub(super) fn step(
    leg: &Leg,
    found: Result<Resolution, Unresolved>,
    instead: Option<&Unresolved>,
    elapsed: Duration,
) -> (Step, Vec<Target>) {
    let step = |code: Code, text: String| Step::new(Some(leg.kind), StepKind::Dns, code, text);
    let found = match found {
        Ok(found) => found,
        Err(none) => return (nowhere(leg, none).took(elapsed), Vec::new()),
    };
    let places: Vec<String> = match leg.route.transport {
        Some(_) => found.targets.iter().map(|target| target.at.ip().to_string()).collect(),
        None => found.targets.iter().map(Target::words).collect(),
    };
    let mut text = match leg.route.host() {
        Host::Ip(ip) => format!("{ip} is an IP address, DNS is not asked"),
        host @ Host::Name(name) => match host.unicode() {
            Some(unicode) => format!("{name} ({unicode}) -> {}", places.join(", ")),
            None => format!("{name} -> {}", places.join(", ")),
        },
    };
    if found.bypassed {
        text.push_str("; it has an SRV record, which the port bypasses");
    } else if leg.route.uri.port.is_some() && leg.route.host().ip().is_none() {
        text.push_str("; with a port NAPTR and SRV are not asked");
    }
    for remark in found.remarks.iter().take(MOST_NAMED) {
        text = format!("{text}; {remark}");
    }
    found.unanswered.iter().take(MOST_NAMED).for_each(|one| text = format!("{text}; {one}"));
    let mut missing = found.lost.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>();
    if found.lost.len() > MOST_NAMED {
        missing.push(format!("and {} more", found.lost.len() - MOST_NAMED));
    }
    let code = if missing.is_empty() { Code::Ok } else { Code::Partial };
    if let Some(broken) = instead {
        let is_known = matches!(broken.code, Code::DnsNxdomain | Code::DnsNodata);
        let what = if is_known {
            "that is its own address, and callers who go by its NAPTR and SRV records do not get there"
        } else {
            "that is its own address, and whether SRV records send callers elsewhere could not be found out"
        };
        text = format!("{text}; {what}: {}", missing.join("; "));
    } else if code == Code::Partial {
        text = format!("{text}; not all of its servers are checked: {}", missing.join("; "));
    }
    if found.beyond > 0 {
        // A limit of ours is no fault of theirs.
        text = format!("{text}; {} more are not asked: at most {MOST_TARGETS} are", found.beyond);
    }
    let lost = Some(LostServers { unresolved: found.lost, ours: found.lost_is_ours });
    let lost = lost.filter(|lost| !lost.unresolved.is_empty());
    let found_as = found.remarks.iter().find_map(|remark| match remark {
        DnsRemark::Searched { found, .. } => Some(found.clone()),
        _ => None,
    });
    let disagree = found.remarks.iter().any(|remark| matches!(remark, DnsRemark::Denied { .. }));
    // A port that bypasses SRV is what most addresses have.
    let is_warning = found.remarks.iter().any(DnsRemark::is_warning);
    let mut step = step(code, text).found(Found::Names {
        trail: found.trail,
        lost,
        found_as,
        disagree,
        private: Vec::new(),
    });
    if is_warning {
        step = step.as_status(Status::Warn);
    }
    if leg.route.host().ip().is_none() {
        step = step.took(elapsed);
    }
    (step, found.targets)
}

/// Names that lead to no address.
fn nowhere(leg: &Leg, none: Unresolved) -> Step {
    let found = Found::NoNames {
        trail: none.trail,
        of_domain: none.is_of_domain,
        name: none.name,
        bypassed: none.is_bypassed,
        dnssec: none.is_dnssec,
    };
    // A name in other letters is written in the way that DNS wants, which nobody recognizes.
    let text = match leg.route.host().unicode() {
        Some(unicode) => format!("{} ({} is {unicode})", none.text, leg.route.host()),
        None => none.text,
    };
    Step::new(Some(leg.kind), StepKind::Dns, none.code, text).found(found)
}

/// The step of DNS after the addresses of the name itself were asked in vain for servers that could not be
/// found.
pub(super) fn stood_in(leg: &Leg, broken: Unresolved, old: &Step, places: &[String]) -> Step {
    let places = places.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    let names = match &broken.name {
        // A record that is wrong is named already.
        Some(name) if !name.starts_with('_') => {
            format!(", and a record of {} leads to {name}", leg.route.host())
        }
        _ => String::new(),
    };
    let text = format!(
        "{}{names}; the address of {} itself was asked instead ({places}), and did not answer as a server that \
         takes calls",
        broken.text,
        leg.route.host(),
    );
    let trail = match &old.found {
        Found::Names { trail, .. } => trail.clone(),
        _ => broken.trail,
    };
    let elapsed = old.elapsed.unwrap_or_default();
    step(leg, Err(Unresolved { text, trail, ..broken }), None, elapsed).0
}
