//! What the support of a provider needs to know of a check, as text to paste into a ticket: whoever reads
//! its first lines knows whether it is theirs, and needs to know nothing of numdeck.

mod answer;
mod party;

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::phone::{Call, CallDirection, CallList, Detail, Endpoint, Switch};
use crate::sip::{AdviceNames, Code, Health, LegKind, Report, RequestCounts, Status, Step, StepKind};
use crate::text::clean;

use super::vantage::Merged;
use party::Assignment;
pub use party::Party;

/// Calls that are told, the newest first.
const MOST_CALLS: usize = 5;
/// Requests to the API that are told, the last ones.
const MOST_REQUESTS: usize = 8;

/// A request to the API, for whoever looks for it in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRequest {
    /// When it left.
    pub at: Timestamp,
    /// Method and path.
    pub what: String,
    /// The status of its answer; `None` when none came.
    pub status: Option<u16>,
    /// Its `x-request-id`.
    pub id: String,
}

/// What is known besides the check itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct TicketFacts<'a> {
    /// The record of the number.
    pub detail: Option<&'a Detail>,
    /// Its endpoint, where the server lists endpoints.
    pub endpoint: Option<&'a Endpoint>,
    /// Its calls, where the server lists them.
    pub calls: Option<&'a CallList>,
    /// What the API was asked.
    pub requests: &'a [TicketRequest],
    /// What was seen from other places, and what follows.
    pub merged: &'a [Merged],
    /// The version of this program.
    pub version: &'a str,
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Who has to act.
    pub party: Party,
    /// All of it, in lines. No secret is in it.
    pub text: String,
}

impl Ticket {
    /// Writes it; `names` is how we call the means of an advice to ourselves.
    pub fn of(report: &Report, facts: &TicketFacts<'_>, names: AdviceNames<'_>) -> Self {
        let api_failed =
            facts.requests.iter().any(|request| request.status.is_some_and(|status| status >= 500));
        let uneven = (report.verdict.health() == Health::Healthy)
            .then(|| facts.merged.iter().find(|merged| merged.code.is_uneven()))
            .flatten();
        let assignment = match uneven {
            Some(merged) => party::assign_between(report, merged),
            None => party::assign(report, api_failed, names),
        };
        let mut text = String::new();
        head(&mut text, report, uneven, &assignment);
        number(&mut text, report, facts);
        seen(&mut text, report, facts);
        steps(&mut text, report);
        answers(&mut text, report);
        calls(&mut text, facts.calls);
        elsewhere(&mut text, facts.merged);
        requests(&mut text, facts.requests);
        if let Some(limits) = report.limits() {
            section(&mut text, "What this does not prove", [limits.to_owned()]);
        }
        Self { party: assignment.party, text }
    }
}

/// A line `Name: what`, aligned, on one line whatever somebody else put into it.
fn field(out: &mut String, name: &str, what: &str) {
    // Writing to a string does not fail.
    writeln!(out, "{:<15} {}", format!("{name}:"), clean(what, 2000)).ok();
}

fn section(out: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_some() {
        writeln!(out, "\n{title}:").ok();
    }
    for line in lines {
        writeln!(out, "  {}", clean(&line, 2000)).ok();
    }
}

/// What somebody has to read who decides whose ticket it is.
fn head(out: &mut String, report: &Report, uneven: Option<&Merged>, assignment: &Assignment) {
    let verdict = &report.verdict;
    let name = report.name();
    let place = verdict.cause.server.as_ref().map_or(String::new(), |(place, ..)| format!("{place}: "));
    let reason = format!("{place}{}", verdict.cause.reason);
    let (health, step) = (verdict.health(), party::deciding(report));
    let is_account = step.is_some_and(|step| {
        step.kind == StepKind::Auth || step.leg == Some(LegKind::Trunk) && health != Health::Warning
    });
    let what = match (health, verdict.code) {
        _ if verdict.status == Status::Skip => format!("nothing was tested: {reason}"),
        (Health::Healthy, _) => format!("nothing: {reason}"),
        (_, Code::AuthOk | Code::Cleartext) => {
            format!("nothing is broken, and one thing is not safe: {reason}")
        }
        (Health::Problem, _) if is_account => format!("the SIP account of {name} does not work: {reason}"),
        (_, _) if is_account => format!("it is not known whether the SIP account of {name} works: {reason}"),
        (Health::Warning, Code::AliveRefused | Code::Redirect | Code::Unavailable | Code::NoAnswer) => {
            format!("it is not sure that calls to {name} arrive: {reason}")
        }
        (Health::Warning, _) => format!("calls to {name} may fail: {reason}"),
        (Health::Problem, _) => format!("calls to {name} do not arrive, as far as we see: {reason}"),
        (Health::Unchecked, _) => format!("it could not be tested whether calls to {name} arrive: {reason}"),
    };
    let what =
        uneven.map_or(what, |merged| format!("{name} is reached from some places alone: {}", merged.text));
    field(out, "Who has to act", &assignment.party.words());
    field(out, "What is wrong", &what);
    if verdict.more > 0 {
        let places = verdict.elsewhere.join(", ");
        let places = if places.is_empty() { String::new() } else { format!(": {places}") };
        field(out, "Also wrong", &format!("{} more as grave, see the steps{places}", verdict.more));
    }
    let heading = if assignment.party == Party::Ourselves { "What to do" } else { "Please" };
    if !assignment.request.is_empty() {
        field(out, heading, &assignment.request);
    }
    out.push('\n');
}

/// The settings of the number that calls depend on.
fn number(out: &mut String, report: &Report, facts: &TicketFacts<'_>) {
    if let Some(number) = &report.number {
        let id = report.id.as_ref().map_or(String::new(), |id| format!(" (record {id})"));
        field(out, "Number", &format!("{number}{id}"));
    }
    let Some(detail) = facts.detail else { return };
    let number = &detail.number;
    let status = number.status.as_ref().map_or("unknown", |status| status.label());
    let switch = |which: Switch| match number.switches[which] {
        Some(true) => "on",
        Some(false) => "off",
        None => "unknown",
    };
    let (inbound, outbound) = (switch(Switch::Inbound), switch(Switch::Outbound));
    field(out, "Settings", &format!("status {status}, inbound {inbound}, outbound {outbound}"));
    let endpoint = match (number.endpoint.value(), facts.endpoint) {
        (Some(id), Some(endpoint)) => {
            let name = endpoint.name.as_deref().map_or(String::new(), |name| format!(" ({name})"));
            let status = endpoint.status.as_deref().map_or(String::new(), |status| format!(", {status}"));
            format!("{id}{name}{status}")
        }
        (Some(id), None) => id.to_string(),
        (None, _) => "none".to_owned(),
    };
    field(out, "Answered by", &endpoint);
    if let Some(sip) = &detail.credentials {
        let or_none = |text: Option<&str>| text.unwrap_or("none").to_owned();
        let port = sip.port.map_or("none".to_owned(), |port| port.to_string());
        let (user, domain) = (or_none(sip.username.as_deref()), or_none(sip.domain.as_deref()));
        field(out, "SIP account", &format!("user {user}, domain {domain}, port {port}; password left out"));
    }
}

/// Where it led, and who tested it when and how.
fn seen(out: &mut String, report: &Report, facts: &TicketFacts<'_>) {
    for leg in &report.legs {
        let (uri, words) = (leg.route.uri.to_string(), leg.route.words());
        let how = words.strip_prefix(&leg.route.place()).unwrap_or(&words);
        let (name, what) = leg_words(leg.kind);
        field(out, name, &format!("{what} {uri}{how}, from {}", leg.origin));
    }
    let at = report.checked_at.strftime("%Y-%m-%d %H:%M:%S UTC");
    let from = party::seen_from(report);
    let here = match report.local_ip {
        Some(_) => format!("{at}, from {from}: that is \"this machine\" and \"here\" in this text"),
        None => format!("{at}; nothing was sent to a SIP server"),
    };
    field(out, "Tested", &here);
    let RequestCounts { options, register, .. } = report.sent;
    let mut sent = format!("{options} SIP OPTIONS sent");
    if register > 0 {
        sent.push_str(&format!(", {register} REGISTER without a Contact, which changes no registration"));
    }
    field(out, "Tested with", &format!("numdeck {}: {sent}; no call was placed", facts.version));
}

/// What the steps call an address, and what it is for, to somebody who knows nothing of legs.
fn leg_words(kind: LegKind) -> (&'static str, &'static str) {
    match kind {
        LegKind::Inbound => ("Inbound", "calls go to"),
        LegKind::Trunk => ("Trunk", "the SIP account registers at"),
        LegKind::Endpoint => ("Endpoint", "the endpoint is at"),
    }
}

fn steps(out: &mut String, report: &Report) {
    let lines = report.steps.iter().enumerate().flat_map(|(at, step)| {
        let first = format!("{:>2} {}", at + 1, step_line(step));
        std::iter::once(first).chain(step.trail().into_iter().map(|line| format!("     {line}")))
    });
    section(out, "What was seen, step by step", lines.collect::<Vec<String>>());
}

fn step_line(step: &Step) -> String {
    let status = if step.status == Status::Fail { "FAIL" } else { step.status.word() };
    let what = match (step.leg, step.kind) {
        (Some(leg), kind) => format!("{leg} {}", kind_words(kind)),
        (None, kind) => kind_words(kind).to_owned(),
    };
    let target = step.target.as_ref().filter(|target| !step.text.contains(target.as_str()));
    let target = target.map_or(String::new(), |target| format!("{target}: "));
    let time = step.elapsed.map_or(String::new(), |time| format!(" ({:.1} ms)", time.as_secs_f64() * 1000.0));
    format!("{what:<20} {status:<4} {target}{}{time}", step.text)
}

/// A step, for somebody who knows SIP and not this program.
fn kind_words(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Settings => "settings",
        StepKind::Calls => "last calls",
        StepKind::Dns => "DNS",
        StepKind::Connect => "connection",
        StepKind::Tls => "TLS",
        StepKind::Options => "OPTIONS",
        StepKind::Auth => "REGISTER",
    }
}

fn answers(out: &mut String, report: &Report) {
    let lines = answer::answers(report).into_iter().flat_map(|answer| {
        let lines = answer.lines.into_iter().map(|line| format!("   {line}"));
        std::iter::once(format!("to {}:", answer.title)).chain(lines)
    });
    section(out, "What the servers answered", lines.collect::<Vec<String>>());
}

fn calls(out: &mut String, list: Option<&CallList>) {
    let inbound = |call: &&Call| call.direction == CallDirection::Inbound;
    let calls = list.map_or(&[][..], |list| &list.calls).iter().filter(inbound);
    let line = |call: &Call| {
        let at = call.at.strftime("%Y-%m-%d %H:%M:%S UTC");
        let id = call.id.as_ref().map_or(String::new(), |id| format!(", call id {id}"));
        format!("{at}, from {}: {}{id}", call.other, call.ending())
    };
    let lines = calls.take(MOST_CALLS).map(line).collect::<Vec<String>>();
    section(out, "The last calls that reached KrosAI (callers masked)", lines);
}

fn elsewhere(out: &mut String, merged: &[Merged]) {
    section(out, "Seen from several places", merged.iter().flat_map(Merged::lines).collect::<Vec<String>>());
}

fn requests(out: &mut String, requests: &[TicketRequest]) {
    let skipped = requests.len().saturating_sub(MOST_REQUESTS);
    let line = |request: &TicketRequest| {
        let at = request.at.strftime("%Y-%m-%d %H:%M:%S UTC");
        let status = request.status.map_or("no answer".to_owned(), |status| status.to_string());
        format!("{at}  {}  {status}  x-request-id {}", request.what, request.id)
    };
    let lines = requests.iter().skip(skipped).map(line).collect::<Vec<String>>();
    section(out, "Requests to the KrosAI API", lines);
}
