//! The names of a search list, of which one leads to servers, or none.

use super::{DnsRemark, MOST_LINES, Resolution, Unresolved};
use crate::sip::Code;

/// Names that are named in one sentence.
const MOST_TRIED: usize = 3;

/// What was found under one of the names of a search list, after others led nowhere.
pub(super) fn searched(
    name: &str,
    found_as: String,
    mut found: Resolution,
    tried: Vec<(String, Unresolved)>,
) -> Resolution {
    let mut trail: Vec<String> = tried.into_iter().flat_map(|(_, none)| none.trail).collect();
    trail.append(&mut found.trail);
    trail.truncate(MOST_LINES);
    if found_as != name {
        found.remarks.insert(0, DnsRemark::Searched { name: name.to_owned(), found: found_as });
    }
    Resolution { trail, ..found }
}

/// None of the names leads to a target. That one of them is broken says more than that another one does not
/// exist; else the name as it is written counts.
pub(super) fn given_up(name: &str, mut tried: Vec<(String, Unresolved)>) -> Unresolved {
    let is_absent = |none: &Unresolved| none.code == Code::DnsNxdomain && none.name.is_none();
    let broken = tried.iter().position(|(_, none)| !is_absent(none));
    let place = broken.or_else(|| tried.iter().position(|(candidate, _)| candidate == name));
    let trail: Vec<String> = tried.iter().flat_map(|(_, none)| none.trail.iter().cloned()).collect();
    let (counts, mut none) = tried.swap_remove(place.unwrap_or_default());
    let others: Vec<String> =
        tried.into_iter().map(|(candidate, _)| candidate).filter(|other| *other != counts).collect();
    if !others.is_empty() {
        let more = if others.len() > MOST_TRIED { " and more" } else { "" };
        let others = others.iter().take(MOST_TRIED).cloned().collect::<Vec<_>>().join(", ");
        none.text =
            format!("{}; nor does the search list of this machine lead anywhere ({others}{more})", none.text);
    }
    Unresolved { trail: trail.into_iter().take(MOST_LINES).collect(), ..none }
}
