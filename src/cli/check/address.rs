//! A SIP address, without any API and without a key.

use std::fs;
use std::io::Read;
use std::path::Path;

use jiff::Timestamp;

use super::{setup, show};
use crate::cli::args::{Check, Global};
use crate::cli::output::form_of;
use crate::cli::progress::Ticker;
use crate::cli::{Exit, Failure};
use crate::phone::Secret;
use crate::sip::{Access, Login, Options, Progress, SipUri};

/// A password is short; more than this is another file.
const LONGEST_PASSWORD: u64 = 4096;

pub(super) fn run(
    global: &Global,
    options: &Check,
    probing: &Options,
    uri: &SipUri,
) -> Result<Exit, Failure> {
    let access = match (&options.user, &options.password_file) {
        (Some(user), Some(file)) => {
            Access::Login(Login { username: user.clone(), password: password(file)? })
        }
        _ => Access::Missing("no account was given"),
    };
    let ca = global
        .ca_file
        .as_ref()
        .map(|path| {
            fs::read(path).map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
        })
        .transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Unchecked, "RUNTIME", format!("cannot start: {error}"), ""))?;
    let checker = setup::checker(options, ca.as_deref())?;
    let report = runtime.block_on(async {
        let ticker = Ticker::default();
        let watch = |progress: Progress| ticker.show(&super::text::doing(&progress));
        let address = (uri.clone(), options.transport.transport(), access);
        let checked = checker.address(address, probing, Timestamp::now(), &watch).await;
        checked.map_err(setup::untrusted)
    })?;
    runtime.shutdown_background();
    show(form_of(global), options, &report)
}

/// The password in a file, without the end of its line.
fn password(path: &Path) -> Result<Secret, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(LONGEST_PASSWORD).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(LONGEST_PASSWORD).read_to_string(&mut text))
    };
    let end = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(end);
    let secret = Secret::new(text);
    read.map_err(|error| {
        Failure::usage(format!("cannot read the password from {}: {error}", path.display()))
    })?;
    if secret.is_empty() {
        return Err(Failure::usage(format!("{} holds no password", path.display())));
    }
    Ok(secret)
}
