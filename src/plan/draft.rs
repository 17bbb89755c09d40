//! What has to change so that numbers are as a file says.

use std::collections::{HashMap, HashSet};

use super::{PlanScope, WantedEndpoint, WantedFile, WantedNumber};
use crate::numbers::{Directory, FileFault, FilePlace, NumberRef, Purpose, Unfound, judge_ids, quoted};
use crate::phone::{Changes, EndpointId, Field, Number, NumberId, SettingValue};
use crate::write::Intent;

/// A number that is to be changed.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedChange {
    /// Where its file says so.
    pub place: FilePlace,
    /// The record as it was seen.
    pub before: Number,
    /// What differs from how it should be.
    pub changes: Changes,
}

impl PlannedChange {
    /// The update that brings it about.
    pub fn intent(&self) -> Intent {
        Intent::update(self.before.clone(), self.changes.clone())
    }
}

/// What has to change.
#[derive(Debug, Clone, PartialEq)]
pub struct RoutingPlan {
    /// Whose numbers it is about.
    pub scope: PlanScope,
    /// A number each, in the order of the file.
    pub changes: Vec<PlannedChange>,
    /// Numbers of the file that are as it says already.
    pub same: usize,
}

/// Why a line of a file can not be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Its number is not owned, or may be several.
    #[error("{0}{1}")]
    Unfound(FilePlace, Unfound),
    /// It can not be meant so.
    #[error("{0}")]
    Wrong(FileFault),
}

/// What the endpoint of that id or name is, or why there is none.
pub type EndpointLookup<'a> = &'a dyn Fn(&str) -> Result<EndpointId, String>;

impl RoutingPlan {
    /// Lays a file beside the owned list, which was read whole.
    ///
    /// # Errors
    /// Each line that can not be planned: then none is.
    pub fn of(
        file: &WantedFile,
        owned: &[Number],
        endpoints: EndpointLookup<'_>,
        scope: PlanScope,
    ) -> Result<Self, Vec<Misfit>> {
        let targets: Vec<NumberRef> = file.numbers.iter().map(|wanted| wanted.target.clone()).collect();
        judge_ids(Purpose::Changing, &targets, owned.iter().map(|number| &number.id))
            .map_err(|fault| vec![Misfit::Wrong(fault)])?;
        let directory = Directory::new(owned);
        let mut seen: HashMap<&NumberId, FilePlace> = HashMap::new();
        let mut plan = Self { scope, changes: Vec::new(), same: 0 };
        let mut misfits = Vec::new();
        for wanted in &file.numbers {
            let change = found(&directory, wanted).and_then(|number| {
                let place = wanted.place;
                if let Some(first) = seen.insert(&number.id, place) {
                    let why = format!("{} stands in {} already", number.line.grouped(), first.words());
                    return Err(Misfit::Wrong(FileFault::at(place, why)));
                }
                let changes = changes(wanted, number, endpoints)
                    .map_err(|why| Misfit::Wrong(FileFault::at(place, why)))?
                    .against(number);
                Ok(PlannedChange { place, before: number.clone(), changes })
            });
            match change {
                Ok(change) if change.changes.is_empty() => plan.same += 1,
                Ok(change) => plan.changes.push(change),
                Err(misfit) => misfits.push(misfit),
            }
        }
        if misfits.is_empty() { Ok(plan) } else { Err(misfits) }
    }

    /// The names of endpoints that a file has, each once.
    pub fn endpoints(file: &WantedFile) -> Vec<(FilePlace, &str)> {
        let mut seen = HashSet::new();
        let named = file.numbers.iter().filter_map(|wanted| match &wanted.endpoint {
            Some(WantedEndpoint::Named(text)) => Some((wanted.place, text.as_str())),
            _ => None,
        });
        named.filter(|(_, text)| seen.insert(*text)).collect()
    }
}

fn found<'a>(directory: &Directory<'a>, wanted: &WantedNumber) -> Result<&'a Number, Misfit> {
    if let Some(why) = directory.two_records(&wanted.target) {
        return Err(Misfit::Wrong(FileFault::at(wanted.place, why)));
    }
    if let Some(number) = directory.record(&wanted.target) {
        return Ok(number);
    }
    let found = directory.find(&wanted.target);
    found.map_err(|why| Misfit::Unfound(wanted.place, why))
}

/// What the file says of a number, as it can be sent, or why it can not.
fn changes(wanted: &WantedNumber, number: &Number, endpoints: EndpointLookup<'_>) -> Result<Changes, String> {
    let endpoint = match &wanted.endpoint {
        None => None,
        Some(WantedEndpoint::Detached) => Some(None),
        Some(WantedEndpoint::Null) if number.endpoint == Field::Null => None,
        Some(WantedEndpoint::Null) => {
            return Err(
                "its endpoint is null: \"none\" detaches, and without the name it stays as it is".to_owned()
            );
        }
        // What it has is what it has, whatever it is called.
        Some(WantedEndpoint::Named(id)) if number.endpoint.value().is_some_and(|has| has.as_str() == id) => {
            None
        }
        Some(WantedEndpoint::Named(text)) => Some(Some(endpoints(text)?)),
    };
    let status = wanted.status.clone().filter(|status| number.status.as_ref() != Some(status));
    if let Some(status) =
        status.as_ref().filter(|status| !SettingValue::Status((*status).clone()).can_be_set())
    {
        let is = number.status.as_ref().map_or("unknown", |is| is.label());
        return Err(format!(
            "status can be set to active or inactive, and not to {}; it is {is}",
            quoted(status.wire())
        ));
    }
    Ok(Changes { endpoint, switches: wanted.switches, status })
}
