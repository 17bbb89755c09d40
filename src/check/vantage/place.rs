//! What one place saw of one leg.

use serde_json::Value;

use super::worker::{Vantage, WorkerReport};
use crate::sip::{Code, Health, LegKind, OUTCOMES, Report, Status, Step, StepKind, Verdict};

/// What the machine is called that the command runs on.
const HERE: &str = "here";

/// What a check came to, in words of a version that need not be ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeenCode {
    /// A code that is known here.
    Known(Code),
    /// As it came.
    Other(String),
}

impl SeenCode {
    fn of(word: &str) -> Self {
        let known = OUTCOMES.iter().find(|outcome| outcome.code.word() == word);
        known.map_or_else(|| Self::Other(word.to_owned()), |outcome| Self::Known(outcome.code))
    }

    /// The word.
    pub fn word(&self) -> &str {
        match self {
            Self::Known(code) => code.word(),
            Self::Other(word) => word,
        }
    }
}

/// What one place saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceView {
    /// What the place is called.
    pub place: String,
    /// What it came to, or why nobody looked from there.
    pub seen: Result<PlaceSeen, String>,
}

/// What somebody saw who looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceSeen {
    /// How grave it is, in its own word.
    pub status: String,
    /// The code.
    pub code: SeenCode,
    /// The same in words.
    pub text: String,
    /// The servers that it was about: transport, address and port, in order.
    pub servers: Vec<String>,
    /// The address that packets left by.
    pub local_ip: Option<String>,
}

impl PlaceSeen {
    /// How it counts for the end of the command: a code that is not known here counts by its status.
    pub(super) fn health(&self) -> Health {
        let is_ours = matches!(&self.code, SeenCode::Known(code) if code.is_ours());
        match self.status.as_str() {
            "fail" if is_ours => Health::Unchecked,
            "fail" => Health::Problem,
            "warn" => Health::Warning,
            "skip" => Health::Unchecked,
            _ => Health::Healthy,
        }
    }
}

/// The legs of a report as they were seen from here.
pub fn here(report: &Report, kind: LegKind) -> PlaceView {
    let of_leg = |step: &&std::sync::Arc<Step>| step.leg == Some(kind);
    let steps: Vec<std::sync::Arc<Step>> = report.steps.iter().filter(of_leg).cloned().collect();
    let verdict = Verdict::of(&steps, &report.legs);
    // What was answered says more than that all is well.
    let answer = steps.iter().find(|step| step.kind == StepKind::Options && step.status == Status::Pass);
    let answered = answer.filter(|_| verdict.code == Code::Ok).map(|step| step.text.clone());
    let servers = sorted(steps.iter().filter_map(|step| step.target.clone()));
    let seen = PlaceSeen {
        status: verdict.status.word().to_owned(),
        code: SeenCode::Known(verdict.code),
        text: answered.unwrap_or(verdict.cause.reason),
        servers,
        local_ip: report.local_ip.map(|ip| ip.to_string()),
    };
    let unasked = "nothing of it was asked from here".to_owned();
    let was_asked = !steps.is_empty() && verdict.status != Status::Skip;
    PlaceView { place: HERE.to_owned(), seen: if was_asked { Ok(seen) } else { Err(unasked) } }
}

impl Vantage {
    /// What it says of a target.
    pub fn view(&self, target: &str) -> PlaceView {
        let seen = match &self.seen {
            Err(failure) => Err(failure.to_string()),
            Ok(reports) => match reports.iter().find(|report| report.name == target) {
                Some(report) => of_report(report),
                None => Err("it said nothing of this target".to_owned()),
            },
        };
        PlaceView { place: self.name.clone(), seen }
    }
}

fn of_report(report: &WorkerReport) -> Result<PlaceSeen, String> {
    let document = report.seen.as_ref().map_err(Clone::clone)?;
    let verdict = document.get("verdict");
    let text = |name: &str| verdict.and_then(|verdict| verdict.get(name)).and_then(Value::as_str);
    let (Some(status), Some(code)) = (text("status"), text("code")) else {
        let version = report.version.as_deref().unwrap_or("unknown");
        return Err(format!("its report, of version {version}, has no verdict that is understood here"));
    };
    let steps = document.get("steps").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let target = |step: &Value| step.get("target").and_then(Value::as_str).map(str::to_owned);
    let words = of_steps(steps, code).or_else(|| text("text").map(str::to_owned)).unwrap_or_default();
    Ok(PlaceSeen {
        status: status.to_owned(),
        code: SeenCode::of(code),
        text: words,
        servers: sorted(steps.iter().filter_map(target)),
        local_ip: document
            .get("vantage")
            .and_then(|vantage| vantage.get("local_ip"))
            .and_then(Value::as_str)
            .map(str::to_owned),
    })
}

/// The words of the step that decided, without the name of the server, which all are asked about; where all
/// is well, what was answered.
fn of_steps(steps: &[Value], code: &str) -> Option<String> {
    let decided = |step: &&Value| match code {
        "ok" => step["step"] == "options" && step["status"] == "pass",
        code => step["code"] == code,
    };
    steps.iter().find(decided).and_then(|step| step.get("text")).and_then(Value::as_str).map(str::to_owned)
}

fn sorted(servers: impl Iterator<Item = String>) -> Vec<String> {
    let mut servers: Vec<String> = servers.collect();
    servers.sort();
    servers.dedup();
    servers
}
