//! What the terminal can do, as far as the environment says.

use std::io::{IsTerminal, stderr, stdin, stdout};

use rustix::termios::tcgetwinsize;
use serde_json::Value;

use super::finding::Findings;

/// Names of locales, the first that is set decides (POSIX).
const LOCALES: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

/// Enters what is known of the terminal; `get` reads a variable.
pub(super) fn look(findings: &mut Findings, get: impl Fn(&str) -> Option<String>) {
    let set = |name: &str| get(name).filter(|value| !value.is_empty());
    let mut add = |name, value: Value, why: Option<String>| findings.add("terminal", name, value, why);
    add("stdin", stdin().is_terminal().into(), None);
    add("stdout", stdout().is_terminal().into(), None);
    add("stderr", stderr().is_terminal().into(), None);
    let size = tcgetwinsize(stdout()).or_else(|_| tcgetwinsize(stderr())).ok();
    add("size", size.map(|size| format!("{}x{}", size.ws_col, size.ws_row)).into(), None);
    add("term", set("TERM").into(), None);
    add("colorterm", set("COLORTERM").into(), None);
    add("no_color", set("NO_COLOR").is_some().into(), None);
    let (utf8, why) = locale(&set);
    add("utf8", utf8.into(), why);
    add("multiplexer", multiplexer(&set).into(), None);
    add("ssh", (set("SSH_CONNECTION").is_some() || set("SSH_TTY").is_some()).into(), None);
}

/// Whether text is in UTF-8, and which variable says so.
fn locale(set: &impl Fn(&str) -> Option<String>) -> (bool, Option<String>) {
    let Some((name, value)) = LOCALES.iter().find_map(|name| Some((name, set(name)?))) else {
        return (false, Some("no locale is set".to_owned()));
    };
    let plain = value.to_ascii_lowercase().replace('-', "");
    (plain.contains("utf8"), Some(format!("{name}={value}")))
}

/// What stands between numdeck and the terminal.
fn multiplexer(set: &impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let known = [("TMUX", "tmux"), ("ZELLIJ", "zellij"), ("STY", "screen")];
    known.iter().find(|(name, _)| set(name).is_some()).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let of = |all: &'static [(&str, &str)]| {
            locale(&move |name: &str| {
                all.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("LANG", "de_DE.UTF-8")]), (true, Some("LANG=de_DE.UTF-8".to_owned())));
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "C.utf8")]), (false, Some("LC_ALL=C".to_owned())));
        assert!(!of(&[]).0);
    }

    #[test]
    fn a_multiplexer_is_known_by_its_variable() {
        assert_eq!(multiplexer(&|name: &str| (name == "TMUX").then(|| "/tmp/x".to_owned())), Some("tmux"));
        assert_eq!(multiplexer(&|_: &str| None), None);
    }
}
