//! The text format of Prometheus, version 0.0.4, read strictly: what a scraper would refuse, or read as
//! something else, panics.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

/// Series by name and labels as written: `numdeck_numbers{status="active"}`.
#[derive(Debug)]
pub(crate) struct Figures(BTreeMap<String, f64>);

impl Figures {
    /// Reads a text; where promtool is on this machine, it has to take it as well.
    pub(crate) fn read(text: &str) -> Self {
        promtool(text);
        Self::parse(text).unwrap_or_else(|why| panic!("{why}\n{text}"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        if !text.ends_with('\n') {
            return Err("the last line does not end".to_owned());
        }
        let mut series = BTreeMap::new();
        let (mut helped, mut typed) = (BTreeSet::new(), BTreeSet::new());
        let mut current = String::new();
        for line in text.lines() {
            let mut words = line.split(' ');
            match (words.next(), words.next(), words.next()) {
                (Some("#"), Some("HELP"), Some(name)) => {
                    if !is_name(name) || !helped.insert(name.to_owned()) || words.next().is_none() {
                        return Err(format!("HELP twice, empty, or of no name: {line}"));
                    }
                    current = name.to_owned();
                }
                (Some("#"), Some("TYPE"), Some(name)) => {
                    let is_known = matches!(words.next(), Some("gauge" | "counter" | "untyped"));
                    if name != current
                        || !typed.insert(name.to_owned())
                        || !is_known
                        || words.next().is_some()
                    {
                        return Err(format!("TYPE twice, of another metric, or unknown: {line}"));
                    }
                }
                (Some(sample), Some(value), None) if !sample.starts_with('#') => {
                    let name = sample.split('{').next().unwrap_or_default();
                    if name != current || !typed.contains(name) {
                        return Err(format!("a sample away from its HELP and TYPE: {line}"));
                    }
                    labels(&sample[name.len()..])?;
                    let value = number(value).ok_or_else(|| format!("no value: {line}"))?;
                    if series.insert(sample.to_owned(), value).is_some() {
                        return Err(format!("twice: {line}"));
                    }
                }
                _ => return Err(format!("not understood: {line}")),
            }
        }
        Ok(Self(series))
    }

    /// The value of a series.
    pub(crate) fn get(&self, series: &str) -> Option<f64> {
        self.0.get(series).copied()
    }

    /// How many series there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The sum over all series of a metric.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        let of_it = self.0.iter().filter(|(series, _)| series.split('{').next() == Some(name));
        of_it.map(|(_, value)| value).sum()
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    name.chars().all(is_part) && name.starts_with(|c: char| !c.is_ascii_digit())
}

/// No label, or one that is a short word: nothing that came from elsewhere.
fn labels(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let (name, value) = inner.and_then(|pair| pair.split_once('=')).ok_or(format!("labels: {text}"))?;
    let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let is_word = |value: &&str| value.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    match value.filter(is_word) {
        Some(value) if is_name(name) && !value.is_empty() && value.len() < 30 => Ok(()),
        _ => Err(format!("labels: {text}")),
    }
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        text if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => text.parse().ok(),
        _ => None,
    }
}

/// Whether promtool is on this machine.
pub(crate) fn has_promtool() -> bool {
    Command::new("promtool").arg("--version").output().is_ok_and(|output| output.status.success())
}

fn promtool(text: &str) {
    if !has_promtool() {
        return;
    }
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_a_scraper_would_not_take_is_found() {
    let head = "# HELP a b\n# TYPE a gauge\n";
    for good in ["a 1\n", "a{b=\"c\"} +Inf\n", "a{b=\"c\"} 1\na{b=\"d\"} 0.5\n"] {
        assert!(Figures::parse(&format!("{head}{good}")).is_ok(), "{good}");
    }
    for bad in [
        "a 1",
        "a 1\na 2\n",
        "b 1\n",
        "a inf\n",
        "a\n",
        "a  1\n",
        "\n",
        "a{b=c} 1\n",
        "a{b=\"+2348031234567\"} 1\n",
        "a 1\n# HELP a b\n",
        "a 1\n# TYPE a gauge\n",
    ] {
        assert!(Figures::parse(&format!("{head}{bad}")).is_err(), "{bad}");
    }
}
