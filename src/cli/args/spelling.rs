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
            // What follows it may be an id as well.
            None if argument == "--wait" && duration(next).is_ok() => {
                let joined = format!("--wait={next}").into();
                arguments.next();
                joined
            }
            None => argument,
        });
    }
    spelled
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
            ("buy --wait x", "buy --wait x"),
            ("list -- --json --auth bearer", "list -- --json --auth bearer"),
        ] {
            let spelled = spelled(typed.split(' ').map(OsString::from));
            assert_eq!(spelled, meant.split(' ').map(OsString::from).collect::<Vec<_>>(), "{typed}");
        }
    }
}
