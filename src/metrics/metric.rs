//! The metrics that there are: names by the conventions of Prometheus, and of its Blackbox exporter where
//! that has one for the same thing.

/// A metric. All of them are gauges: what they tell can go up and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Whether everything that was checked is well.
    ProbeSuccess,
    /// How long that took.
    ProbeDuration,
    /// When the first of the certificates that servers showed ends.
    CertificateExpiry,
    /// What checks came to.
    ProbeResult,
    /// How many numbers there are.
    Numbers,
    /// How many of them calls do not reach, by their settings.
    Unroutable,
    /// Writes of which nobody knows what became of them.
    LedgerInDoubt,
    /// Requests of this day.
    RequestsToday,
    /// How old the list is that the other figures are of.
    ListAge,
    /// How long it may be until it is read again.
    ListInterval,
}

impl Metric {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 10] = [
        Self::ProbeSuccess,
        Self::ProbeDuration,
        Self::CertificateExpiry,
        Self::ProbeResult,
        Self::Numbers,
        Self::Unroutable,
        Self::LedgerInDoubt,
        Self::RequestsToday,
        Self::ListAge,
        Self::ListInterval,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProbeSuccess => "probe_success",
            Self::ProbeDuration => "probe_duration_seconds",
            Self::CertificateExpiry => "probe_ssl_earliest_cert_expiry",
            Self::ProbeResult => "numdeck_probe_result",
            Self::Numbers => "numdeck_numbers",
            Self::Unroutable => "numdeck_numbers_unroutable",
            Self::LedgerInDoubt => "numdeck_ledger_in_doubt",
            Self::RequestsToday => "numdeck_api_requests_today",
            Self::ListAge => "numdeck_list_age_seconds",
            Self::ListInterval => "numdeck_list_interval_seconds",
        }
    }

    /// What it tells, for whoever sees it in Prometheus.
    pub fn help(self) -> &'static str {
        match self {
            Self::ProbeSuccess => "1 if nothing that was checked has a problem, else 0.",
            Self::ProbeDuration => "How long the check took.",
            Self::CertificateExpiry => {
                "Unix time at which the first of the certificates that SIP servers showed ends."
            }
            Self::ProbeResult => {
                "How many checked numbers or addresses came to this code, see numdeck check."
            }
            Self::Numbers => {
                "Owned numbers by status; other is a status that this version does not know, or none."
            }
            Self::Unroutable => {
                "Owned numbers in use that calls do not reach by their settings, each under its gravest reason."
            }
            Self::LedgerInDoubt => "Writes from this machine of which nobody knows what became of them.",
            Self::RequestsToday => "API requests of this machine since midnight UTC, for this account.",
            Self::ListAge => "Time since the list of numbers was read whole; +Inf before that was done once.",
            Self::ListInterval => {
                "Time between two reads of the list of numbers, as its size and the budget allow."
            }
        }
    }

    /// What its series differ by, where it has several.
    pub fn label(self) -> Option<&'static str> {
        match self {
            Self::ProbeResult => Some("code"),
            Self::Numbers => Some("status"),
            Self::Unroutable => Some("reason"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_as_prometheus_takes_them_and_each_is_told_once() {
        let is_name = |name: &str| {
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !name.starts_with('_')
        };
        let mut names: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        assert!(names.iter().all(|name| is_name(name)), "{names:?}");
        assert!(Metric::ALL.iter().filter_map(|metric| metric.label()).all(is_name));
        assert!(Metric::ALL.iter().all(|metric| metric.help().ends_with('.')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Metric::ALL.len());
        assert!(Metric::ALL.is_sorted(), "they are written in this order");
    }
}
