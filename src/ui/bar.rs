//! How much of something is done.

/// `[#####     ] 5 of 10`, at most `width` columns wide.
pub(super) fn bar(width: u16, done: usize, all: usize) -> String {
    let cells = usize::from(width.saturating_sub(24)).min(40);
    let full = cells * done.min(all) / all.max(1);
    format!("[{}{}] {done} of {all}", "#".repeat(full), " ".repeat(cells - full))
}
