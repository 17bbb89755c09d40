//! Lines of a trail: what was asked, and what was said.

use crate::sip::dns::network::server_words;
use crate::sip::{AnswerSource, DnsAnswer, DnsFailure, Record};

/// In which order records count: the first of them counts most.
pub(super) fn place(record: &Record) -> (u16, u16) {
    match record {
        Record::Naptr { order, preference, .. } => (*order, *preference),
        Record::Srv { priority, weight, .. } => (*priority, u16::MAX - weight),
        Record::Address(_) => (0, 0),
    }
}

/// A name, and what it is an alias of.
pub(super) fn owner(name: &str, answer: &DnsAnswer) -> String {
    answer.aliases.last().map_or_else(|| name.to_owned(), |last| format!("{name} = {last}"))
}

/// What servers said beside the one that counts, and where an answer is from that is from none.
pub(super) fn beside(answer: &DnsAnswer) -> String {
    match answer.source {
        AnswerSource::Server => {}
        AnswerSource::Hosts => return " (hosts file of this machine)".to_owned(),
        AnswerSource::Localhost => return " (always this machine)".to_owned(),
    }
    if answer.heard.len() < 2 {
        return String::new();
    }
    let said = answer.heard.iter().map(|heard| {
        let said = heard.failure.as_ref().map_or("this answer".into(), DnsFailure::words);
        format!("{}: {said}", server_words(heard.server))
    });
    format!(" ({})", said.collect::<Vec<_>>().join("; "))
}
