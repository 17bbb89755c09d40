//! A SIP address, without any API and without a key.

use std::fs;
use std::io::Read;
use std::path::Path;

use jiff::Timestamp;

use super::evidence::{self, Evidence};
use super::files::Files;
use super::{setup, show, ssh};
use crate::check::TicketFacts;
use crate::cli::args::{Check, Global};
use crate::cli::output::form_of;
use crate::cli::progress::Ticker;
use crate::cli::{Environment, Exit, Failure, profile, runner};
use crate::phone::Secret;
use crate::sip::{Access, Leg, Login, Options, Progress, SipUri};

/// A password is short; more than this is another file.
const LONGEST_PASSWORD: usize = 4096;

pub(super) fn run(
    global: &Global,
    environment: &Environment,
    options: &Check,
    probing: &Options,
    uri: &SipUri,
) -> Result<Exit, Failure> {
    let access = match (&options.user, &options.password_file) {
        (Some(account), Some(file)) => {
            let username = options.auth_user.as_ref().unwrap_or(&account.user).clone();
            Access::Login(Login { account: account.clone(), username, password: password(file)? })
        }
        _ => Access::Missing("no account was given"),
    };
    let ca = setup::authorities(global)?;
    let profile = profile::chosen(global, environment)?;
    let rules = profile.map(|(_, profile)| profile::sip_rules(&profile)).unwrap_or_default();
    let files = Files::open(options)?;
    let checker = setup::checker(options, ca.as_deref(), rules)?;
    let legs = [Leg::given(uri.clone(), options.transport.transport())];
    let targets = evidence::targets(&legs, options, probing);
    let (report, vantages) = runner::alone(async {
        let ticker = Ticker::new(global.quiet);
        let watch = |progress: Progress| ticker.show(&super::text::doing(&progress));
        let address = (uri.clone(), options.transport.transport(), access);
        let checked = checker.address(address, probing, Timestamp::now(), &watch);
        let (checked, vantages) = tokio::join!(checked, ssh::asked(&options.from, &targets, probing));
        Ok((checked.map_err(setup::untrusted)?, vantages))
    })?;
    let evidence = Evidence::of(options, &report, vantages, &TicketFacts::default());
    show(form_of(global), options, &report, &evidence, files)
}

/// The password in a file, without the end of its line. One that is not the password and nothing else is
/// refused: a wrong one costs an attempt, and some registrars ban after three.
fn password(path: &Path) -> Result<Secret, Failure> {
    let mut text = String::new();
    let most = LONGEST_PASSWORD as u64 + 1;
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(most).read_to_string(&mut text))
    };
    let end = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(end);
    // Editors on Windows begin a file with it.
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    text.drain(..mark);
    let text = Secret::new(text);
    read.map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::InvalidData => {
                "it is not UTF-8 (saved as UTF-16, or in an old code page?)".to_owned()
            }
            _ => error.to_string(),
        };
        Failure::usage(format!("cannot read the password from {}: {why}", path.display()))
    })?;
    let wrong = |why: &str| Failure::usage(format!("{} {why}; nothing was sent", path.display()));
    if text.is_empty() {
        return Err(wrong("holds no password"));
    }
    if text.len() > LONGEST_PASSWORD {
        return Err(wrong("is longer than any password"));
    }
    if !text.is_one_line() {
        return Err(wrong("holds more than one line, or a character that no password has"));
    }
    Ok(text)
}
