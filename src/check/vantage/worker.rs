//! What a numdeck on another machine says: lines of reports, of a version that need not be ours.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::text::clean;

/// Characters of a text of somebody else that are kept.
const LONGEST_TEXT: usize = 8000;
/// Characters of an error of somebody else that are told.
const LONGEST_ERROR: usize = 200;

/// Why nothing is known from a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VantageFailure {
    /// The program that leads there could not be started.
    NoWay(String),
    /// The way to that machine did not work, in the words of the program that leads there.
    Unreached(String),
    /// There is no numdeck on it.
    NoProgram,
    /// Its numdeck does not know what it is asked.
    TooOld(String),
    /// It was not done within its time.
    Late(Duration),
    /// It said more than so many bytes, and was stopped.
    TooMuch(usize),
    /// It said something else than reports: the first line of it.
    Garbage(String),
    /// It ended without a report, by this code, with these words.
    Ended(Option<i32>, String),
}

impl VantageFailure {
    /// The word in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NoWay(_) => "no_ssh",
            Self::Unreached(_) => "unreached",
            Self::NoProgram => "no_numdeck",
            Self::TooOld(_) => "too_old",
            Self::Late(_) => "late",
            Self::TooMuch(_) => "too_much",
            Self::Garbage(_) => "garbage",
            Self::Ended(..) => "ended",
        }
    }
}

impl fmt::Display for VantageFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWay(why) => write!(f, "ssh could not be started: {why}"),
            Self::Unreached(why) if why.is_empty() => f.write_str("ssh did not get there"),
            Self::Unreached(why) => write!(f, "ssh did not get there: {why}"),
            Self::NoProgram => f.write_str("there is no numdeck in the PATH of that account"),
            Self::TooOld(why) => write!(f, "its numdeck does not know targets, so it is too old: {why}"),
            Self::Late(limit) => write!(f, "not done within {:.1} s, and stopped", limit.as_secs_f64()),
            Self::TooMuch(bytes) => write!(f, "it said more than {bytes} bytes, and was stopped"),
            Self::Garbage(first) => write!(f, "it said something else than reports: '{first}'"),
            Self::Ended(Some(code), why) if why.is_empty() => {
                write!(f, "it ended without a report, exit code {code}")
            }
            Self::Ended(Some(code), why) => write!(f, "it ended without a report, exit code {code}: {why}"),
            Self::Ended(None, _) => f.write_str("it was killed before it had a report"),
        }
    }
}

/// How a run on another machine ended, as far as its output goes.
#[derive(Debug, Clone, Default)]
pub struct WorkerRun {
    /// What it printed.
    pub out: Vec<u8>,
    /// What it complained about.
    pub err: Vec<u8>,
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
}

/// What it says of one target.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerReport {
    /// Which target.
    pub name: String,
    /// The version of its numdeck.
    pub version: Option<String>,
    /// Its report with everything in it, also what is not known here; or why it has none. Clean.
    pub seen: Result<Map<String, Value>, String>,
}

/// One place that was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Vantage {
    /// What it is called.
    pub name: String,
    /// What it says, or why it says nothing.
    pub seen: Result<Vec<WorkerReport>, VantageFailure>,
}

impl Vantage {
    /// Its place in a document.
    pub fn to_json(&self) -> Value {
        match &self.seen {
            Ok(reports) => {
                let report = |report: &WorkerReport| match &report.seen {
                    Ok(document) => json!({
                        "target": report.name, "version": report.version, "report": document,
                    }),
                    Err(why) => json!({ "target": report.name, "version": report.version, "error": why }),
                };
                json!({ "from": self.name, "reports": reports.iter().map(report).collect::<Vec<Value>>() })
            }
            Err(failure) => {
                json!({ "from": self.name, "failed": { "code": failure.word(), "text": failure.to_string() } })
            }
        }
    }
}

impl WorkerRun {
    /// Reads what a run came to. Lines that are none of its reports are passed over, as a shell may greet
    /// whoever logs in; without any report they are what is told.
    ///
    /// # Errors
    /// Why there is no report at all.
    pub fn reports(&self) -> Result<Vec<WorkerReport>, VantageFailure> {
        let out = String::from_utf8_lossy(&self.out);
        let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
        let (mut reports, mut noise) = (Vec::new(), None);
        for line in lines {
            match report(line) {
                Some(report) => reports.push(report),
                None => noise = noise.or(Some(clean(line, 60))),
            }
        }
        if !reports.is_empty() {
            return Ok(reports);
        }
        let err = String::from_utf8_lossy(&self.err);
        // The last line says what went wrong, those before it may be a greeting.
        let why = err.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
        let why = clean(why, LONGEST_ERROR);
        Err(match (self.code, noise) {
            (Some(255), _) => VantageFailure::Unreached(why),
            (Some(126 | 127), _) => VantageFailure::NoProgram,
            (Some(2), _) => {
                VantageFailure::TooOld(clean(err.lines().next().unwrap_or_default(), LONGEST_ERROR))
            }
            (_, Some(first)) => VantageFailure::Garbage(first),
            (code, None) => VantageFailure::Ended(code, why),
        })
    }
}

/// A line of a worker, of this version of the form or a later one.
fn report(line: &str) -> Option<WorkerReport> {
    let Value::Object(mut line) = serde_json::from_str(line).ok()? else { return None };
    line.get("v")?.as_u64()?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(|text| clean(text, 120));
    let (name, version) = (text(line.get("id")).unwrap_or_default(), text(line.get("numdeck")));
    let seen = match line.remove("report") {
        Some(Value::Object(mut document)) => {
            document.values_mut().for_each(make_clean);
            Ok(document)
        }
        _ => {
            let why = line.get("error").and_then(|error| error.get("message"));
            Err(text(why).unwrap_or_else(|| "a line without a report".to_owned()))
        }
    };
    Some(WorkerReport { name, version, seen })
}

/// Texts of somebody else, as they may be shown.
fn make_clean(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean(text, LONGEST_TEXT),
        Value::Array(all) => all.iter_mut().for_each(make_clean),
        Value::Object(map) => map.values_mut().for_each(make_clean),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(out: &str, err: &str, code: Option<i32>) -> WorkerRun {
        WorkerRun { out: out.as_bytes().to_vec(), err: err.as_bytes().to_vec(), code }
    }

    #[test]
    fn why_there_is_no_report_is_told_by_what_is_to_be_done() {
        for (out, err, code, word) in [
            ("", "ssh: connect to host pbx port 22: Connection refused\n", Some(255), "unreached"),
            ("", "sh: numdeck: not found\n", Some(127), "no_numdeck"),
            ("", "error: unexpected argument '--targets' found\n", Some(2), "too_old"),
            ("Welcome to pbx\n{\"a\":1}\n", "", Some(0), "garbage"),
            ("\u{0}\u{fffd}\n", "", Some(0), "garbage"),
            ("", "", Some(0), "ended"),
            ("", "", None, "ended"),
        ] {
            assert_eq!(run(out, err, code).reports().unwrap_err().word(), word, "{out} {err} {code:?}");
        }
    }

    #[test]
    fn a_greeting_does_not_hide_a_report_and_what_is_not_known_here_is_kept() {
        let later = r#"{"v":7,"numdeck":"9.0.0","id":"inbound","mood":1,"report":{"schema":4,"steps":[],
            "verdict":{"status":"warn","code":"tired","text":"it is \u001btired"},"new":{"field":[1,"x"]}}}"#;
        let out = format!("Last login: today\n{}\n", later.replace('\n', ""));
        let reports = run(&out, "", Some(0)).reports().unwrap();
        let document = reports[0].seen.as_ref().unwrap();
        assert_eq!(document["new"], json!({"field": [1, "x"]}));
        assert_eq!(document["verdict"]["text"], "it is \u{fffd}tired");
        assert_eq!(reports[0].version.as_deref(), Some("9.0.0"));
    }

    #[test]
    fn a_target_that_was_refused_there_says_why() {
        let line = r#"{"v":1,"id":"inbound","error":{"code":"BAD_TARGET","message":"no"}}"#;
        assert_eq!(run(line, "", Some(21)).reports().unwrap()[0].seen, Err("no".to_owned()));
    }
}
