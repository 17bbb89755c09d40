//! How people of a country group the digits of a telephone number.
//!
//! The plans are those of libphonenumber. They are unpacked at the first use, which takes some
//! milliseconds: [`prepare`] does it beforehand, on a thread that nobody waits for.

use std::cell::RefCell;
use std::collections::HashMap;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};

use super::E164;

/// What a column of numbers has room for. One that is cut would be another number.
const WIDEST: usize = 19;

/// Unpacks the numbering plans, so that the first number is grouped as fast as the others.
pub fn prepare() {
    drop(planned("44", "2079460000"));
}

/// So many numbers are remembered: what is on a screen is drawn again and again.
const REMEMBERED: usize = 4096;

thread_local! {
    /// A plan takes some microseconds to apply, a look here none.
    static SEEN: RefCell<HashMap<u64, String>> = RefCell::default();
}

/// `+44 20 7968 8749`.
pub(super) fn of(line: E164) -> String {
    SEEN.with_borrow_mut(|seen| {
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        seen.entry(line.value()).or_insert_with(|| worked_out(line)).clone()
    })
}

fn worked_out(line: E164) -> String {
    let digits = line.digits();
    let code = E164::calling_code_of(&digits).unwrap_or_default();
    let national = &digits[code.len()..];
    let shown = |grouped: String| Some(format!("+{code} {grouped}")).filter(|shown| shown.len() <= WIDEST);
    planned(code, national)
        .and_then(shown)
        .or_else(|| shown(in_threes(national)))
        .unwrap_or_else(|| format!("+{code} {}", in_halves(national)))
}

/// The digits after the calling code as its plan groups them; `None` where it does not.
fn planned(code: &str, national: &str) -> Option<String> {
    let zeros = national.len() - national.trim_start_matches('0').len();
    let number = PhoneNumber {
        country_code: code.parse().ok()?,
        national_number: national.parse().ok().filter(|value| *value > 0)?,
        italian_leading_zero: (zeros > 0).then_some(true),
        number_of_leading_zeros: i32::try_from(zeros).ok().filter(|zeros| *zeros > 0),
        ..PhoneNumber::default()
    };
    let written = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::International);
    let grouped: String = written.chars().map(|c| if c.is_ascii_digit() { c } else { ' ' }).collect();
    let grouped = grouped.trim_start().strip_prefix(code)?.trim().to_owned();
    // Grouping never changes a number; a block of more digits than can be read is none.
    let same = grouped.chars().filter(char::is_ascii_digit).eq(national.chars());
    (same && (grouped.contains(' ') || national.len() <= 4)).then_some(grouped)
}

/// Threes, the first group one shorter or longer, so that none is one digit.
fn in_threes(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + 5);
    let mut rest = digits;
    while !rest.is_empty() {
        let size = match rest.len() {
            1..=4 => rest.len(),
            left if left % 3 == 1 => 4,
            left if left % 3 == 2 => 2,
            _ => 3,
        };
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&rest[..size]);
        rest = &rest[size..];
    }
    out
}

fn in_halves(digits: &str) -> String {
    let (first, second) = digits.split_at(digits.len() / 2);
    format!("{first} {second}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn calling_codes_and_area_codes_stay_in_one_piece() {
        for (digits, shown) in [
            ("2348031234567", "+234 803 123 4567"),
            ("14155550123", "+1 415 555 0123"),
            ("971501234567", "+971 50 123 4567"),
            ("254712345678", "+254 712 345678"),
            ("4930123456", "+49 30 123456"),
            ("2290195123456", "+229 01 95 12 34 56"),
            ("22793123456", "+227 93 12 34 56"),
            ("80012345678", "+800 1234 5678"),
            ("88213012345", "+882 13 01 2345"),
            ("541123456789", "+54 11 2345 6789"),
            ("23480017591759", "+234 800 1759 1759"),
            ("971800123456", "+971 800 123456"),
            ("448001234567", "+44 800 123 4567"),
            ("441212345678", "+44 121 234 5678"),
            ("442079688749", "+44 20 7968 8749"),
            ("390612345678", "+39 06 1234 5678"),
            ("20234567890", "+20 2 34567890"),
        ] {
            assert_eq!(E164::from_digits(digits).unwrap().grouped(), shown);
        }
    }

    #[test]
    fn without_a_plan_digits_go_in_threes() {
        for (digits, shown) in [
            ("99912345678", "+999 12 345 678"),
            ("2341234567", "+234 1234 567"),
            ("999123456789012", "+999 123456 789012"),
        ] {
            assert_eq!(E164::from_digits(digits).unwrap().grouped(), shown);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn grouping_changes_no_digit_and_leaves_the_calling_code_alone(value in 1_000_000_u64..999_999_999_999_999) {
            let line = E164::from_digits(&value.to_string()).unwrap();
            let shown = line.grouped();
            let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(digits, line.digits());
            let prefix = format!("+{} ", line.calling_code());
            prop_assert!(shown.starts_with(&prefix) && shown.len() <= WIDEST, "{}", shown);
            prop_assert_eq!(E164::parse(&shown), Some(line), "{}", shown);
        }
    }
}
