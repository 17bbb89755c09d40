//! The last answer of each server, as it came: status, who answered, and why.

use crate::sip::{Report, SipReply, TraceLine};
use crate::text::clean;

/// Answers that a ticket has room for.
const MOST: usize = 6;

/// What one server answered to one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerAnswer {
    /// The method, and transport, address and port of who answered.
    pub(super) title: String,
    /// The status line, and the headers that say who answers and why. Clean.
    pub(super) lines: Vec<String>,
}

/// The last final answer to each method from each server, in the order in which they were asked.
pub(super) fn answers(report: &Report) -> Vec<ServerAnswer> {
    let mut all: Vec<ServerAnswer> = Vec::new();
    for line in report.trace.iter().filter(|line| !line.outgoing) {
        let Some(answer) = answer(line) else { continue };
        match all.iter_mut().find(|known| known.title == answer.title) {
            Some(known) => *known = answer,
            None => all.push(answer),
        }
    }
    all.truncate(MOST);
    all
}

fn answer(line: &TraceLine) -> Option<ServerAnswer> {
    let reply = SipReply::parse(&line.bytes).ok()?;
    let text = line.text();
    let header = |name: &str| {
        let named = |line: &str| {
            let (known, value) = line.split_once(':')?;
            known.trim().eq_ignore_ascii_case(name).then(|| clean(value.trim(), 120))
        };
        text.lines().skip(1).find_map(named)
    };
    let method = header("CSeq").and_then(|value| value.split_whitespace().nth(1).map(str::to_owned));
    let method = method.unwrap_or_else(|| "a request".to_owned());
    let mut lines = vec![format!("SIP/2.0 {}", reply.status_words())];
    let told = ["Server", "User-Agent", "Retry-After", "Allow", "Contact"];
    // Whoever is registered is nobody's business, and where a redirect points is.
    let counts = |name: &str| name != "Contact" || (300..400).contains(&reply.status);
    for name in told.into_iter().filter(|name| counts(name)) {
        lines.extend(header(name).map(|value| format!("{name}: {value}")));
    }
    lines.extend(reply.reasons());
    Some(ServerAnswer { title: format!("{method}, {}", clean(&line.target, 80)), lines })
}
