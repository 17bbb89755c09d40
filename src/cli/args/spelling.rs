//! Spellings that people bring along, and that mean one thing only.

use std::ffi::OsString;

use crate::config::duration;

/// The arguments with `--json`, `--wait 30s` and the former `--auth bearer` in one spelling. Nothing is guessed:
/// what could mean two things stays as it was typed.
pub(in crate::cli) fn spelled(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut spelled: Vec<OsString> = Vec::new();
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        // What follows is no option, whatever it looks like.
        if argument == "--" {
            spelled.push(argument);
            spelled.extend(arguments);
            break;
        }
        let next = arguments.peek().and_then(|next| next.to_str()).unwrap_or_default();
        let scheme = argument.to_str().and_then(|text| text.strip_prefix("--auth="));
        spelled.push(match scheme {
            Some(scheme) => format!("--auth-scheme={scheme}").into(),
            None if argument == "--json" => "--output=json".into(),
            None if argument == "--auth" && matches!(next, "bearer" | "x-api-key") => "--auth-scheme".into(),
            // What follows it may be an id as well; what is no time and can be no id is a time gone wrong.
            None if argument == "--wait" && is_time(next) => {
                let joined = format!("--wait={next}").into();
                arguments.next();
                joined
            }
            None => argument,
        });
    }
    spelled
}

/// Whether a word behind `--wait` is meant as a time: an id is longer, or begins with a letter and has a
/// digit. To take a time for an id would be to buy without waiting.
fn is_time(word: &str) -> bool {
    let is_option = word.is_empty() || word.starts_with('-');
    let is_short_count = word.len() < 8 && word.starts_with(|c: char| c.is_ascii_digit());
    !is_option && (is_short_count || duration(word).is_ok() || !word.contains(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spelling_that_means_one_thing_is_taken() {
        for (typed, meant) in [
            ("list --json", "list --output=json"),
            ("check x --auth", "check x --auth"),
            ("check --auth x", "check --auth x"),
            ("--auth x-api-key check x --auth", "--auth-scheme x-api-key check x --auth"),
            ("list --auth=bearer", "list --auth-scheme=bearer"),
            ("list --auth bearer", "list --auth-scheme bearer"),
            ("buy x --wait 30s", "buy x --wait=30s"),
            ("buy x --wait 0", "buy x --wait=0"),
            ("buy x --wait soon", "buy x --wait=soon"),
            ("buy --wait inv_1", "buy --wait inv_1"),
            (
                "buy --wait 0d9f4c1e-8c0e-4a3b-9a53-6f2f1c6f7a10",
                "buy --wait 0d9f4c1e-8c0e-4a3b-9a53-6f2f1c6f7a10",
            ),
            ("buy x --wait --yes", "buy x --wait --yes"),
            ("buy x --wait", "buy x --wait"),
            ("list -- --json --auth bearer", "list -- --json --auth bearer"),
        ] {
            let spelled = spelled(typed.split(' ').map(OsString::from));
            assert_eq!(spelled, meant.split(' ').map(OsString::from).collect::<Vec<_>>(), "{typed}");
        }
    }
}
