//! What many checks came to, by what it came from: the gravest first, each sentence once.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::phone::NumberId;
use crate::sip::{Health, Report, Verdict, VerdictCause};

/// One of many numbers that are checked.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedRow {
    /// Which number.
    pub id: NumberId,
    /// It, for people.
    pub line: String,
    /// What came of it, once that is known.
    pub report: Option<Arc<Report>>,
}

/// One cause, and the numbers that share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseGroup {
    /// How grave it is; none where the numbers were left out.
    pub health: Option<Health>,
    /// What it is; none for what is as it should be.
    pub cause: Option<VerdictCause>,
    /// Places of the numbers in the list.
    pub places: Vec<usize>,
}

impl CauseGroup {
    /// All causes of these checks. What is in the settings comes after what is at a server: it was like
    /// that yesterday. Of equal ones that of the most numbers comes first.
    pub(in crate::app) fn of(rows: &[CheckedRow]) -> Vec<Self> {
        let mut causes: Vec<(bool, Self)> = Vec::new();
        let mut known: HashMap<(Option<Health>, Option<&VerdictCause>), usize> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            let Some(report) = &row.report else { continue };
            let verdict = &report.verdict;
            let health = verdict.checked();
            let is_well = health.is_none_or(|health| health == Health::Healthy);
            let cause = (!is_well).then_some(&verdict.cause);
            let at = *known.entry((health, cause)).or_insert_with(|| {
                let new = Self { health, cause: cause.cloned(), places: Vec::new() };
                causes.push((verdict.is_setting(), new));
                causes.len() - 1
            });
            causes[at].1.places.push(place);
        }
        causes.sort_by_key(|(is_setting, cause)| {
            (Reverse(cause.health), *is_setting, Reverse(cause.places.len()))
        });
        causes.into_iter().map(|(_, cause)| cause).collect()
    }

    /// In a few words, the reason before the server: in a column it must not be cut away.
    pub fn words(&self) -> String {
        match (&self.cause, self.health) {
            (Some(cause), _) => reason_first(cause),
            (None, None) => "left out: not in use".to_owned(),
            (None, Some(_)) => "nothing is wrong".to_owned(),
        }
    }
}

/// The reason of a verdict, and how many more there are.
pub fn in_a_column(verdict: &Verdict) -> String {
    let more = if verdict.more > 0 { format!(", and {} more", verdict.more) } else { String::new() };
    format!("{}{more}", reason_first(&verdict.cause))
}

fn reason_first(cause: &VerdictCause) -> String {
    match &cause.server {
        Some((place, ..)) if !cause.reason.contains(place) => format!("{}, {place}", cause.reason),
        _ => cause.reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{LegKind, Origin};

    #[test]
    fn in_a_column_the_reason_comes_first() {
        let server = Some(("sip.example.net:5060".to_owned(), LegKind::Inbound, Origin::SipUri));
        let cause = VerdictCause { server, reason: "no answer in 5 s".to_owned() };
        assert_eq!(reason_first(&cause), "no answer in 5 s, sip.example.net:5060");
        let cause = VerdictCause { server: None, reason: "the number is still pending".to_owned() };
        assert_eq!(reason_first(&cause), "the number is still pending");
    }
}
