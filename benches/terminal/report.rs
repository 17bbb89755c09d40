//! Samples, and a table of them.

use std::io::{self, Write};

/// Samples by figure and program, in the order in which they came.
#[derive(Default)]
pub(crate) struct Figures(Vec<(String, String, Vec<f64>)>);

impl Figures {
    pub(crate) fn add(&mut self, figure: &str, program: &str, sample: f64) {
        match self.0.iter_mut().find(|(name, by, _)| name == figure && by == program) {
            Some((_, _, samples)) => samples.push(sample),
            None => self.0.push((figure.to_owned(), program.to_owned(), vec![sample])),
        }
    }

    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{:<46} {:<9} {:>4} {:>10} {:>10} {:>10}", "", "", "n", "median", "p99", "max")?;
        for (figure, program, samples) in &self.0 {
            let (median, p99) = super::line(samples);
            let max = samples.iter().copied().fold(0.0, f64::max);
            writeln!(
                out,
                "{figure:<46} {program:<9} {:>4} {median:>10.2} {p99:>10.2} {max:>10.2}",
                samples.len()
            )?;
        }
        Ok(())
    }
}

pub(crate) fn median(samples: &[f64]) -> f64 {
    percentile(samples, 0.5)
}

/// The sample at a share of the sorted ones.
pub(crate) fn percentile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (share * sorted.len() as f64) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
