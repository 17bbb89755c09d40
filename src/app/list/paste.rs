//! Numbers in what somebody pasted: a line of a log, a column of a spreadsheet, a mail. Digits are
//! matched against the numbers that are there; nothing is guessed.

use super::rows::Rows;
use crate::phone::Written;

/// Fewer digits are in every line of a log.
const FEWEST: usize = 7;

/// No number has more (E.164).
const MOST: usize = 15;

/// What was found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pasted {
    /// The numbers of the list that are in it, each once, in its order.
    pub found: Vec<String>,
    /// Lines that have one.
    pub with: usize,
    /// Lines that have none.
    pub without: usize,
}

impl Pasted {
    /// Looks through a text of any length for numbers of the list.
    pub fn of(text: &str, rows: &Rows) -> Self {
        let mut pasted = Self::default();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let found = numbers(line, rows);
            if found.is_empty() {
                pasted.without += 1;
                continue;
            }
            pasted.with += 1;
            for digits in found {
                if !pasted.found.contains(&digits) {
                    pasted.found.push(digits);
                }
            }
        }
        pasted
    }
}

/// Whether a text is more than a field of one line takes as it is: several lines, or one in which a
/// number stands among other words.
pub fn is_prose(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let digits = first.bytes().filter(u8::is_ascii_digit).count();
    lines.next().is_some()
        || (Written::parse(first).is_none() && digits >= FEWEST && first.split_whitespace().count() > 3)
}

/// The numbers of the list that stand in a line.
fn numbers(line: &str, rows: &Rows) -> Vec<String> {
    // A line that is a number as a whole, in whatever form.
    if let Some(written) = Written::parse(line) {
        let found: Vec<String> =
            written.readings().iter().flat_map(|digits| rows.ending_in(digits)).collect();
        if !found.is_empty() {
            return found;
        }
    }
    let runs = runs(line);
    let mut found = Vec::new();
    let mut at = 0;
    while at < runs.len() {
        // The longest reading counts: what follows a number may be an extension or a time.
        let most = runs[at..].iter().scan(0, |sum, (digits, joins)| {
            let goes_on = *sum == 0 || *joins;
            *sum += digits.len();
            (goes_on && *sum <= MOST).then_some(())
        });
        let most = most.count().max(1);
        let hit = (1..=most).rev().find_map(|count| {
            let digits: String = runs[at..at + count].iter().map(|(digits, _)| *digits).collect();
            let hits = matching(&digits, rows);
            (!hits.is_empty()).then_some((count, hits))
        });
        match hit {
            Some((count, hits)) => {
                found.extend(hits);
                at += count;
            }
            None => at += 1,
        }
    }
    found
}

/// Numbers that are written with these digits: as they are, behind `00`, or behind the 0 of a national form.
fn matching(digits: &str, rows: &Rows) -> Vec<String> {
    let forms = [Some(digits), digits.strip_prefix("00"), digits.strip_prefix('0')];
    let forms = forms.into_iter().flatten().filter(|form| form.len() >= FEWEST);
    forms.map(|form| rows.ending_in(form)).find(|hits| !hits.is_empty()).unwrap_or_default()
}

/// Runs of digits, each with whether it may go on from the one before: over signs that group digits.
fn runs(line: &str) -> Vec<(&str, bool)> {
    let mut runs = Vec::new();
    let mut end = 0;
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        let between = &line[end..start];
        let joins = !runs.is_empty()
            && between.chars().count() <= 3
            && between
                .chars()
                .all(|c| matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' | '\u{2011}'));
        runs.push((&line[start..at], joins));
        end = at;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Number, NumberId, NumberText};

    fn rows() -> Rows {
        let mut rows = Rows::default();
        let lines = ["+2348031234567", "+14155550100", "+233302123451"];
        rows.extend(
            lines
                .iter()
                .enumerate()
                .map(|(at, line)| Number::new(NumberId::new(&format!("n-{at}")), NumberText::parse(line))),
        );
        rows
    }

    fn found(text: &str) -> Vec<String> {
        Pasted::of(text, &rows()).found
    }

    #[test]
    fn a_number_is_found_in_whatever_it_stands_in() {
        for text in [
            "+234 803 123 4567",
            "2026-11-29T03:14:15Z WARN call 7f3a to=<sip:+2348031234567@pbx;user=phone> 480",
            "Nov 29 03:14:15 pbx1[2214]: INVITE 2348031234567 -> 10.0.0.9:5060",
            "from 0803 123 4567 at 14:02",
            "Please ring (0)803-123-4567 today",
            "id,00234 803 123 4567,active",
        ] {
            assert_eq!(found(text), ["2348031234567"], "{text}");
        }
    }

    #[test]
    fn digits_that_are_no_number_of_the_list_find_nothing() {
        for text in ["2026-11-29 03:14:15 1234567890", "call 0803 123 4568", "ticket 4567", "34567", ""] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn several_lines_are_several_numbers_each_once() {
        let pasted = Pasted::of("+1 (415) 555-0100\n\nno number\n0302123451\n4155550100\n", &rows());
        assert_eq!(pasted.found, ["14155550100", "233302123451"]);
        assert_eq!((pasted.with, pasted.without), (3, 1));
    }

    #[test]
    fn what_is_a_filter_is_no_prose() {
        for text in
            ["country:ng endpoint:none", "+234 803 123 4567", "803 4567", "sales bot", "Tel: 0803 123 4567"]
        {
            assert!(!is_prose(text), "{text}");
        }
        assert!(is_prose("a\nb") && is_prose("INVITE 2348031234567 from 10.0.0.9 was refused"));
    }
}
