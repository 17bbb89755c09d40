//! A plan that was kept, beside what is so now.

use std::collections::HashMap;

use super::{PlannedChange, RoutingPlan};
use crate::numbers::{FileFault, FilePlace};
use crate::phone::{Number, NumberId, Setting, SettingValue};

/// That a number is not as it was when it was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Where the plan has it.
    pub place: FilePlace,
    /// The number, as people read it.
    pub line: String,
    /// The settings that somebody else changed: which, how it was seen, how it is. None where it is not owned any
    /// more.
    pub settings: Vec<(Setting, Option<SettingValue>, Option<SettingValue>)>,
}

impl Drift {
    /// What differs, with each value as `called` says it.
    pub fn words(&self, called: impl Fn(&SettingValue) -> String) -> String {
        if self.settings.is_empty() {
            return format!("{} is not owned any more", self.line);
        }
        let value = |value: &Option<SettingValue>| value.as_ref().map_or("unknown".to_owned(), &called);
        let differs = self.settings.iter().map(|(setting, seen, is)| {
            format!("{} was {} and is {}", setting.name(), value(seen), value(is))
        });
        format!("{}: {}", self.line, differs.collect::<Vec<String>>().join(", "))
    }

    /// The same as a fault of the plan.
    pub fn fault(&self, called: impl Fn(&SettingValue) -> String) -> FileFault {
        FileFault::at(self.place, self.words(called))
    }
}

/// A plan beside the owned list as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanStanding {
    /// What is left to do, on the records as they are now.
    pub changes: Vec<PlannedChange>,
    /// Records that are as the plan wants them already.
    pub met: Vec<Number>,
    /// Numbers that are neither as they were nor as they should be.
    pub drifted: Vec<Drift>,
}

impl RoutingPlan {
    /// Looks what of it is left to do. Nothing may be where a number has drifted.
    pub fn stand(&self, owned: &[Number]) -> PlanStanding {
        let by_id: HashMap<&NumberId, &Number> = owned.iter().map(|number| (&number.id, number)).collect();
        let mut standing = PlanStanding { changes: Vec::new(), met: Vec::new(), drifted: Vec::new() };
        for planned in &self.changes {
            let drift =
                |settings| Drift { place: planned.place, line: planned.before.line.grouped(), settings };
            let Some(now) = by_id.get(&planned.before.id) else {
                standing.drifted.push(drift(Vec::new()));
                continue;
            };
            let differing = differing(planned, now);
            let left = planned.changes.against(now);
            if !differing.is_empty() {
                standing.drifted.push(drift(differing));
            } else if left.is_empty() {
                standing.met.push((*now).clone());
            } else {
                standing.changes.push(PlannedChange {
                    place: planned.place,
                    before: (*now).clone(),
                    changes: left,
                });
            }
        }
        standing
    }
}

/// The settings of a number that are neither as they were seen nor as the plan wants them.
fn differing(
    planned: &PlannedChange,
    now: &Number,
) -> Vec<(Setting, Option<SettingValue>, Option<SettingValue>)> {
    let wanted: Vec<SettingValue> = planned.changes.values().collect();
    let judged = |setting: Setting| {
        let (seen, is) = (setting.of(&planned.before), setting.of(now));
        let is_wanted = is.as_ref().is_some_and(|is| wanted.contains(is));
        (seen != is && !is_wanted).then_some((setting, seen, is))
    };
    Setting::all().filter_map(judged).collect()
}
