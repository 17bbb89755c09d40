//! A plan that is kept: one JSON object a line, the first one says what it is.
//!
//! ```text
//!   {"numdeck_plan":1,"at":…,"base_url":…,"mode":…,"organization":…,"changes":2,"same":310}
//!   {"line":3,"number":"+234…","id":…,"before":{…},"after":{"endpointId":null}}
//! ```
//!
//! `before` is the record as it was seen, by the contract's names of an answer, `after` what is to be sent, by its
//! names of a request.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{PlannedChange, RoutingPlan, WantedFile};
use crate::numbers::{FileFault, FilePlace, decoded, lines, quoted};
use crate::phone::{Changes, Number, Setting, SettingValue};

/// Version of the lines.
const VERSION: u64 = 1;

/// Whose numbers a plan is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanScope {
    /// When the list was read.
    pub at: Timestamp,
    /// The server.
    pub base_url: String,
    /// LIVE or TEST.
    pub mode: String,
    /// The organization that was named.
    pub organization: Option<String>,
}

impl PlanScope {
    /// What differs where a plan was made for another account: how it was then, and how it is `now`. Where either names
    /// no organization nothing is known of it.
    pub fn differs_from<'a>(&'a self, now: &'a Self) -> Option<(&'a str, &'a str)> {
        let organizations = self.organization.as_deref().zip(now.organization.as_deref());
        let parts =
            [(self.base_url.as_str(), now.base_url.as_str()), (self.mode.as_str(), now.mode.as_str())];
        parts.into_iter().chain(organizations).find(|(made, now)| made != now)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    numdeck_plan: u64,
    at: String,
    base_url: String,
    mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    changes: usize,
    same: usize,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<usize>,
    number: String,
    id: String,
    before: Map<String, Value>,
    after: Map<String, Value>,
}

/// Whether a text is a plan that was kept, and no file that one is made from.
pub fn is_plan(text: &str) -> bool {
    let first = lines(text).find(|line| !line.trim().is_empty()).unwrap_or_default();
    let head = serde_json::from_str::<Map<String, Value>>(first.trim_start_matches('\u{feff}'));
    head.is_ok_and(|head| head.contains_key("numdeck_plan"))
}

/// A file that a plan comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanSource {
    /// How numbers should be: what has to change for it is worked out anew.
    File(WantedFile),
    /// A plan that was kept, with the values seen.
    Kept(RoutingPlan),
}

impl PlanSource {
    /// Reads the bytes of a file, whichever it is.
    ///
    /// # Errors
    /// The first line that can not be meant.
    pub fn read(bytes: &[u8]) -> Result<Self, FileFault> {
        let text = decoded(bytes)?;
        if is_plan(&text) {
            RoutingPlan::parse(&text).map(Self::Kept)
        } else {
            WantedFile::read(&text).map(Self::File)
        }
    }
}

impl RoutingPlan {
    /// The plan as it is kept.
    pub fn to_text(&self) -> String {
        let head = Head {
            numdeck_plan: VERSION,
            at: self.scope.at.to_string(),
            base_url: self.scope.base_url.clone(),
            mode: self.scope.mode.clone(),
            organization: self.scope.organization.clone(),
            changes: self.changes.len(),
            same: self.same,
        };
        let mut text = serde_json::to_string(&head).unwrap_or_default();
        text.push('\n');
        for planned in &self.changes {
            let line = PlanLine {
                line: if let FilePlace::Line(line) = planned.place { Some(line) } else { None },
                entry: if let FilePlace::Entry(entry) = planned.place { Some(entry) } else { None },
                number: planned.before.line.to_string(),
                id: planned.before.id.to_string(),
                before: planned.before.known_settings(),
                after: planned
                    .changes
                    .values()
                    .map(|value| (value.setting().camel().to_owned(), value.to_json()))
                    .collect(),
            };
            text.push_str(&serde_json::to_string(&line).unwrap_or_default());
            text.push('\n');
        }
        text
    }

    /// Reads a plan that was kept.
    ///
    /// # Errors
    /// The first line that is not as one was written: it was cut, or somebody changed it.
    pub fn parse(text: &str) -> Result<Self, FileFault> {
        let mut rows = lines(text).enumerate().filter(|(_, line)| !line.trim().is_empty());
        let Some((at, first)) = rows.next() else {
            return Err(FileFault::at(FilePlace::Whole, "it is empty"));
        };
        let head = head(first).map_err(|why| FileFault::line(at + 1, why))?;
        let mut plan = Self {
            scope: scope(&head).map_err(|why| FileFault::line(at + 1, why))?,
            changes: Vec::new(),
            same: head.same,
        };
        let mut seen = HashSet::new();
        let mut last = at;
        for (at, row) in rows {
            last = at;
            let planned = planned(row).map_err(|why| FileFault::line(at + 1, why))?;
            if !seen.insert(planned.before.id.clone()) {
                return Err(FileFault::line(
                    at + 1,
                    format!("{} stands in it already", planned.before.line.grouped()),
                ));
            }
            plan.changes.push(planned);
        }
        if plan.changes.len() != head.changes {
            let why = format!(
                "it says that it has {} changes, and has {}: it is not whole",
                head.changes,
                plan.changes.len()
            );
            return Err(FileFault::line(last + 1, why));
        }
        Ok(plan)
    }
}

fn head(line: &str) -> Result<Head, String> {
    let document: Map<String, Value> =
        serde_json::from_str(line.trim_start_matches('\u{feff}')).map_err(|_| "no JSON object".to_owned())?;
    match document.get("numdeck_plan").and_then(Value::as_u64) {
        Some(VERSION) => {}
        Some(newer) => {
            return Err(format!("a plan of version {newer}, which this numdeck does not know: plan again"));
        }
        None => return Err("it does not begin as a plan does".to_owned()),
    }
    serde_json::from_value(Value::Object(document)).map_err(|error| quoted(&error.to_string()))
}

fn scope(head: &Head) -> Result<PlanScope, String> {
    let at = head.at.parse().map_err(|_| format!("'{}' is no time", quoted(&head.at)))?;
    Ok(PlanScope {
        at,
        base_url: head.base_url.clone(),
        mode: head.mode.clone(),
        organization: head.organization.clone(),
    })
}

fn planned(row: &str) -> Result<PlannedChange, String> {
    let line: PlanLine = serde_json::from_str(row)
        .map_err(|error| format!("it is no line of a plan: {}", quoted(&error.to_string())))?;
    let before = Number::from_json(&line.before).filter(|before| before.id.as_str() == line.id);
    let before = before.ok_or("its record is not that of its id")?;
    if before.line.to_string() != line.number {
        return Err("its record is not that of its number".to_owned());
    }
    let changes = line.after.iter().map(|(name, value)| {
        let setting = Setting::all().find(|setting| setting.camel() == name.as_str());
        let value = setting.and_then(|setting| setting.parse(value)).filter(SettingValue::can_be_set);
        value.ok_or_else(|| format!("{} can not be set so", quoted(name)))
    });
    let changes = changes.collect::<Result<Changes, String>>()?;
    if changes.is_empty() {
        return Err("it changes nothing".to_owned());
    }
    let place =
        line.line.map(FilePlace::Line).or(line.entry.map(FilePlace::Entry)).unwrap_or(FilePlace::Whole);
    Ok(PlannedChange { place, before, changes })
}
