//! What checks came to.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fleet::float;
use super::{Exposition, Metric};
use crate::sip::{Code, Found, Health, Report};

/// What one check came to, or several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProbeFigures {
    codes: BTreeMap<Code, usize>,
    /// The gravest; `None` while nothing was checked.
    health: Option<Health>,
    /// In Unix seconds.
    expiry: Option<i64>,
}

impl ProbeFigures {
    /// Of a check that could not be made because the API did not answer.
    pub fn unread() -> Self {
        Self { codes: [(Code::ApiFailed, 1)].into(), health: Some(Health::Unchecked), expiry: None }
    }

    /// Adds what one number or address came to.
    pub fn add(&mut self, report: &Report) {
        *self.codes.entry(report.verdict.code).or_default() += 1;
        self.health = self.health.max(report.verdict.checked());
        let shown = report.steps.iter().filter_map(|step| match &step.found {
            Found::Tls(found) => found.chain.iter().map(|one| one.expires_at.as_second()).min(),
            _ => None,
        });
        self.expiry = self.expiry.into_iter().chain(shown).min();
    }

    /// What was asked for above all could not be tested, which is no success, however well the rest is; `code`
    /// says why. A problem that was found stays what is told.
    pub fn leave_untested(&mut self, code: Code) {
        if self.health < Some(Health::Unchecked) {
            self.health = Some(Health::Unchecked);
            self.codes = [(code, 1)].into();
        }
    }

    /// Tells them, and that they took `took`. A warning is no failure unless whoever asks is `strict`; that
    /// nothing was checked is one.
    pub fn tell(&self, to: &mut Exposition, took: Duration, strict: bool) {
        let is_well = match self.health {
            Some(Health::Healthy) => true,
            Some(Health::Warning) => !strict,
            Some(Health::Unchecked | Health::Problem) | None => false,
        };
        to.set(Metric::ProbeSuccess, f64::from(u8::from(is_well)));
        to.set(Metric::ProbeDuration, took.as_secs_f64());
        if let Some(seconds) = self.expiry {
            to.set(Metric::CertificateExpiry, seconds as f64);
        }
        for (code, count) in &self.codes {
            to.set_of(Metric::ProbeResult, code.word(), float(*count));
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::sip::{Access, OUTCOMES, ShownCertificate, SipUri, Step, StepKind, Subject, TlsFinding};

    fn report(steps: Vec<Step>) -> Report {
        let uri = SipUri::parse("sip:a@sip.example.net").unwrap();
        let subject = Subject { known: steps, ..Subject::given(uri, None, Access::Hidden) };
        subject.settled(Timestamp::UNIX_EPOCH)
    }

    fn of(code: Code) -> Report {
        report(vec![Step::new(None, StepKind::Settings, code, "")])
    }

    fn told(reports: &[Report], strict: bool) -> String {
        let mut figures = ProbeFigures::default();
        reports.iter().for_each(|report| figures.add(report));
        let mut all = Exposition::default();
        figures.tell(&mut all, Duration::from_millis(1500), strict);
        all.text()
    }

    fn has(text: &str, line: &str) -> bool {
        text.lines().any(|one| one == line)
    }

    #[test]
    fn one_number_with_a_problem_is_no_success_and_a_warning_is_one_unless_strict() {
        let bad = [of(Code::Ok), of(Code::BadSettings), of(Code::Ok)];
        let bad = told(&bad, false);
        assert!(has(&bad, "probe_success 0") && has(&bad, "numdeck_probe_result{code=\"ok\"} 2"), "{bad}");
        assert!(has(&bad, "numdeck_probe_result{code=\"bad_settings\"} 1"), "{bad}");
        assert!(has(&bad, "probe_duration_seconds 1.5"), "{bad}");
        assert!(!bad.contains("cert_expiry"), "no certificate was seen: {bad}");
        let warned = [of(Code::Slow)];
        assert!(
            has(&told(&warned, false), "probe_success 1") && has(&told(&warned, true), "probe_success 0")
        );
        assert!(has(&told(&[], false), "probe_success 0"), "nothing was checked");
        let mut all = Exposition::default();
        ProbeFigures::unread().tell(&mut all, Duration::ZERO, false);
        assert!(has(&all.text(), "probe_success 0"));
        assert!(has(&all.text(), "numdeck_probe_result{code=\"api_failed\"} 1"));
    }

    #[test]
    fn credentials_that_were_not_tested_are_no_success_and_hide_no_problem() {
        let told = |report: &Report| {
            let (mut figures, mut all) = (ProbeFigures::default(), Exposition::default());
            figures.add(report);
            figures.leave_untested(Code::AuthHidden);
            figures.tell(&mut all, Duration::ZERO, false);
            all.text()
        };
        let hidden = told(&of(Code::Ok));
        assert!(has(&hidden, "probe_success 0"), "{hidden}");
        assert!(has(&hidden, "numdeck_probe_result{code=\"auth_hidden\"} 1"), "{hidden}");
        assert!(has(&told(&of(Code::PortClosed)), "numdeck_probe_result{code=\"port_closed\"} 1"));
    }

    #[test]
    fn all_codes_together_are_fewer_series_than_anybody_minds() {
        let all: Vec<Report> = OUTCOMES.iter().map(|outcome| of(outcome.code)).collect();
        let told = told(&all, false);
        let series = told.lines().filter(|line| !line.starts_with('#')).count();
        assert!(series < 60, "{series}: {told}");
    }

    #[test]
    fn of_all_certificates_the_first_to_end_counts() {
        let shown = |end: i64| ShownCertificate {
            subject: "CN=a".to_owned(),
            issuer: "CN=b".to_owned(),
            valid_from: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::from_second(end).unwrap(),
        };
        let step = |ends: &[i64]| {
            let chain = ends.iter().copied().map(shown).collect();
            let found = Found::Tls(Box::new(TlsFinding { chain, ..TlsFinding::default() }));
            Step::new(None, StepKind::Tls, Code::Ok, "").found(found)
        };
        let reports = [report(vec![step(&[900, 700])]), report(vec![step(&[800]), step(&[])])];
        let told = told(&reports, false);
        assert!(has(&told, "probe_ssl_earliest_cert_expiry 700"), "{told}");
    }
}
