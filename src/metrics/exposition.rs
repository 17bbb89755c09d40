//! Figures as text: the exposition format of Prometheus, version 0.0.4.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Metric;

/// Figures of one answer or one file. A series that is set twice has the later value: the text never has one
/// twice, and `HELP` and `TYPE` stand once before the series of a metric.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exposition(BTreeMap<(Metric, &'static str), f64>);

impl Exposition {
    /// The media type of [`Self::text`].
    pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

    /// Sets a series of a metric without a label.
    pub fn set(&mut self, metric: Metric, value: f64) {
        self.0.insert((metric, ""), value);
    }

    /// Sets one of the series of a metric with a label. Its value is a word of this program.
    pub fn set_of(&mut self, metric: Metric, label: &'static str, value: f64) {
        self.0.insert((metric, label), value);
    }

    /// How many series there are.
    pub fn series(&self) -> usize {
        self.0.len()
    }

    /// The text, which ends with a newline unless there is nothing.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut last = None;
        for ((metric, value), figure) in &self.0 {
            let name = metric.name();
            if last.replace(metric) != Some(metric) {
                text.push_str(&format!("# HELP {name} {}\n# TYPE {name} gauge\n", help(metric.help())));
            }
            let label =
                metric.label().map_or(String::new(), |label| format!("{{{label}=\"{}\"}}", escaped(value)));
            // Into a string: that does not fail.
            writeln!(text, "{name}{label} {}", number(*figure)).ok();
        }
        text
    }
}

/// A help text: of its signs two mean something else.
fn help(text: &str) -> String {
    text.replace('\\', r"\\").replace('\n', r"\n")
}

/// The value of a label.
fn escaped(text: &str) -> String {
    help(text).replace('"', "\\\"")
}

/// A value as Go's `ParseFloat` reads it.
fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_format_to_the_letter() {
        let mut all = Exposition::default();
        assert_eq!(all.text(), "");
        all.set(Metric::ListAge, f64::INFINITY);
        all.set_of(Metric::ProbeResult, "ok", 1.0);
        all.set_of(Metric::ProbeResult, "no_answer", 2.0);
        all.set_of(Metric::ProbeResult, "ok", 310.0);
        all.set(Metric::ProbeSuccess, 0.0);
        all.set(Metric::ProbeDuration, 0.25);
        let wanted = "\
# HELP probe_success 1 if nothing that was checked has a problem, else 0.
# TYPE probe_success gauge
probe_success 0
# HELP probe_duration_seconds How long the check took.
# TYPE probe_duration_seconds gauge
probe_duration_seconds 0.25
# HELP numdeck_probe_result How many checked numbers or addresses came to this code, see numdeck check.
# TYPE numdeck_probe_result gauge
numdeck_probe_result{code=\"no_answer\"} 2
numdeck_probe_result{code=\"ok\"} 310
# HELP numdeck_list_age_seconds Time since the list of numbers was read whole; +Inf before that was done once.
# TYPE numdeck_list_age_seconds gauge
numdeck_list_age_seconds +Inf
";
        assert_eq!(all.text(), wanted);
        assert_eq!(all.series(), 5);
    }

    #[test]
    fn what_means_something_else_in_the_format_is_escaped() {
        assert_eq!(help("a\\b\nc\"d"), "a\\\\b\\nc\"d");
        assert_eq!(escaped("a\\b\nc\"d"), "a\\\\b\\nc\\\"d");
        assert_eq!([f64::NAN, f64::NEG_INFINITY, 1e9, 0.1].map(number), ["NaN", "-Inf", "1000000000", "0.1"]);
    }
}
