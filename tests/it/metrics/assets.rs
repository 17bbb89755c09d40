//! Alert rules and dashboard: each names series that there are.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use numdeck::metrics::Metric;
use serde_json::Value;

use crate::support::exposition::has_promtool;

const ALERTS: &str = include_str!("../../../assets/monitoring/alerts.yml");
const ALERT_TESTS: &str = include_str!("../../../assets/monitoring/alerts_test.yml");
const DASHBOARD: &str = include_str!("../../../assets/monitoring/dashboard.json");
const README: &str = include_str!("../../../README.md");

/// Words of PromQL, label names, and the one series that Prometheus makes itself.
const KNOWN: &[&str] = &[
    "sum",
    "count",
    "by",
    "without",
    "time",
    "vector",
    "or",
    "offset",
    "label_values",
    "job",
    "instance",
    "status",
    "reason",
    "code",
    "up",
];

/// The metrics that an expression names. A word that is neither one of ours nor known is an error.
fn metrics(expression: &str) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    // What stands in quotes is a value.
    for part in expression.split('"').step_by(2) {
        let words = part.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        for word in words.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())) {
            if Metric::ALL.iter().any(|metric| metric.name() == word) {
                found.insert(word.to_owned());
            } else if !KNOWN.contains(&word) {
                return Err(format!("{word} in {expression}"));
            }
        }
    }
    Ok(found)
}

/// The alerts of a file, name, expression, the words for people; in the part of YAML that it is written in,
/// which is all that this reads.
fn alerts() -> Vec<(String, String, Vec<String>)> {
    let mut alerts: Vec<(String, String, Vec<String>)> = Vec::new();
    for line in ALERTS.lines().filter(|line| !line.starts_with('#')) {
        let (key, value) = line.trim_start().split_once(':').unwrap_or_else(|| panic!("{line}"));
        let value = value.trim();
        match key {
            "- alert" => alerts.push((value.to_owned(), String::new(), Vec::new())),
            "expr" => alerts.last_mut().unwrap().1 = value.to_owned(),
            "summary" | "description" => {
                let text = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                let text = text.unwrap_or_else(|| panic!("braces are for templates only in quotes: {line}"));
                alerts.last_mut().unwrap().2.push(text.to_owned());
            }
            "for" => assert!(value.ends_with(['m', 'h']), "{line}"),
            "severity" => assert!(["warning", "critical"].contains(&value), "{line}"),
            "groups" | "- name" | "rules" | "labels" | "annotations" => {}
            _ => panic!("{line}"),
        }
    }
    alerts
}

#[test]
fn every_alert_is_about_a_series_that_there_is_and_says_what_to_do() {
    let alerts = alerts();
    for (name, expression, texts) in &alerts {
        let named = metrics(expression).unwrap();
        assert!(!named.is_empty() || expression.starts_with("up{"), "{name}: {expression}");
        assert_eq!(texts.len(), 2, "{name}");
        assert!(ALERT_TESTS.contains(&format!("alertname: {name}\n")), "{name} has no test of promtool's");
    }
    let named: BTreeSet<String> = alerts.iter().flat_map(|alert| metrics(&alert.1).unwrap()).collect();
    for metric in [
        Metric::ProbeSuccess,
        Metric::ListAge,
        Metric::Unroutable,
        Metric::LedgerInDoubt,
        Metric::CertificateExpiry,
        Metric::RequestsToday,
    ] {
        assert!(named.contains(metric.name()), "no alert is about {}", metric.name());
    }
}

#[test]
fn promtool_takes_the_alerts_and_their_tests_where_it_is_there() {
    if !has_promtool() {
        eprintln!("SKIPPED: there is no promtool on this machine, so the alerts are not run by it");
        return;
    }
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/monitoring");
    for args in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]] {
        let output = Command::new("promtool").args(args).current_dir(&place).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
    }
}

#[test]
fn every_query_of_the_dashboard_names_a_series_that_there_is() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut named = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        for target in panel["targets"].as_array().unwrap() {
            let found = metrics(target["expr"].as_str().unwrap()).unwrap();
            assert!(!found.is_empty(), "{target}");
            named.extend(found);
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if let Some(query) = variable["query"]["query"].as_str() {
            assert!(!metrics(query).unwrap().is_empty(), "{query}");
        }
    }
    let all: BTreeSet<String> = Metric::ALL.iter().map(|metric| metric.name().to_owned()).collect();
    assert_eq!(named, all, "each metric is on the dashboard");
}

#[test]
fn the_readme_tells_each_metric() {
    for metric in Metric::ALL {
        let label = metric.label().map_or(String::new(), |label| format!("{{{label}}}"));
        let row = format!("| `{}{label}` |", metric.name());
        assert!(README.contains(&row), "{row}");
    }
}

#[test]
fn a_query_that_names_nothing_of_ours_is_found() {
    assert!(metrics("sum(numdeck_number) > 1").is_err());
    assert!(metrics("rate(probe_success[5m])").is_err());
    assert_eq!(metrics("probe_success{job=\"probe_x\"} == 0").unwrap().len(), 1);
}
