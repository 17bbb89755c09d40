//! What a check works with.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::check::Checker;
use crate::cli::args::{Check, Global};
use crate::cli::command_context::CommandContext;
use crate::cli::{Exit, Failure, environment, state};
use crate::phone::Written;
use crate::sip::{AdviceMeans, AuthRule, ClientIdentity, IdentityError, Options, StatusRules};
use crate::trust::TrustError;

/// RFC 3261 timer F: nobody waits longer for an answer.
const LONGEST: Duration = Duration::from_secs(32);

/// A key is short; more than this is another file. The room for it is reserved at once: what grows
/// leaves copies behind that nobody wipes.
const LONGEST_KEY: usize = 64 * 1024;

/// How to check.
pub(super) fn options(global: &Global, check: &Check) -> Result<Options, Failure> {
    let auth = match (check.credentials, check.auth_cleartext) {
        (false, _) => AuthRule::Off,
        (true, false) => AuthRule::Verified,
        (true, true) => AuthRule::Cleartext,
    };
    // Not by clap, which would name the flag by what it is called inside.
    if check.auth_cleartext && !check.credentials {
        return Err(Failure::usage("--auth-cleartext is for --auth: without it no credentials are sent"));
    }
    if check.settings_only && check.credentials {
        return Err(Failure::usage("--settings-only sends no packet, so --auth cannot be used with it"));
    }
    if check.uri.is_some() && check.credentials && check.user.is_none() {
        return Err(Failure::usage("--uri with --auth needs --user and --password-file"));
    }
    if check.user.is_some() && !check.credentials {
        return Err(Failure::usage("--user is for --auth: without it no credentials are sent"));
    }
    let timeout = global.timeout.unwrap_or(Options::default().timeout);
    if timeout > LONGEST {
        return Err(Failure::usage("a check waits at most 32s (RFC 3261 timer F)"));
    }
    Ok(Options { timeout, count: check.count, auth, ..Options::default() })
}

/// How long one request to the API may take. Where one number is checked, all its requests together have
/// a limit, and a shorter one of each would only blur what ended them.
pub(super) fn of_request(global: &Global, single: Option<&str>) -> Option<Duration> {
    if single.is_some() { Some(LONGEST * 2) } else { global.timeout }
}

/// The API took more than its share of a check of `text`.
pub(super) fn late(context: &CommandContext, timeout: Duration, text: &str) -> Failure {
    let seconds = timeout.as_secs_f64();
    let answers: Vec<u16> = context.client.activity().iter().filter_map(|request| request.status).collect();
    let message = match answers.last() {
        None => format!("the API did not answer within {seconds:.1} s"),
        Some(last) => format!(
            "the API took more than {seconds:.1} s: {} of {} requests were answered, the last one with {last}",
            answers.len(),
            context.client.made()
        ),
    };
    let mut hints = Vec::new();
    if timeout < LONGEST {
        hints.push("--timeout gives it longer, up to 32s");
    }
    if Written::parse(text).is_some() {
        hints.push("the id of the number instead of its digits needs no list");
    }
    Failure::new(Exit::Network, "TIMEOUT", message, hints.join("; "))
}

/// What the checks of a command share.
pub(super) fn checker(check: &Check, ca: Option<&[u8]>, rules: StatusRules) -> Result<Checker, Failure> {
    let ca = ca.map(<[u8]>::to_vec);
    let checker = Checker::new(ca, check.dns, environment::variable, state::lockout());
    Ok(checker.judging(rules).with_identity(identity(check)?))
}

/// Certificates to trust beside those of the system.
pub(super) fn authorities(global: &Global) -> Result<Option<Vec<u8>>, Failure> {
    let read = |path: &PathBuf| {
        fs::read(path).map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
    };
    global.ca_file.as_ref().map(read).transpose()
}

/// The certificate of this client and its key.
pub(super) fn identity(check: &Check) -> Result<Option<ClientIdentity>, Failure> {
    let (Some(certificate), Some(key)) = (&check.client_cert, &check.client_key) else { return Ok(None) };
    let unreadable =
        |path: &Path, error: &io::Error| Failure::usage(format!("cannot read {}: {error}", path.display()));
    let certificates = fs::read(certificate).map_err(|error| unreadable(certificate, &error))?;
    // The open file is looked at, so that it cannot be exchanged for another one in between.
    let mut file = fs::File::open(key).map_err(|error| unreadable(key, &error))?;
    if is_open_to_others(&file.metadata().map_err(|error| unreadable(key, &error))?) {
        return Err(Failure::usage(format!(
            "--client-key: everybody on this machine can read {0}: chmod o= {0}",
            key.display()
        )));
    }
    let mut pem = Zeroizing::new(Vec::with_capacity(LONGEST_KEY));
    let limit = u64::try_from(LONGEST_KEY).unwrap_or(u64::MAX);
    file.by_ref().take(limit).read_to_end(&mut pem).map_err(|error| unreadable(key, &error))?;
    ClientIdentity::new(&certificates, &pem).map(Some).map_err(|why| {
        let (flag, path) = match why {
            IdentityError::Certificate(_) | IdentityError::UnusableCertificate => {
                ("--client-cert", certificate)
            }
            _ => ("--client-key", key),
        };
        Failure::usage(format!("{flag}: {}: {why}", path.display()))
    })
}

#[cfg(unix)]
fn is_open_to_others(file: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o007 != 0
}

/// Who may read a file is not in its permissions there.
#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

/// Certificates that cannot be trusted.
pub(in crate::cli) fn untrusted(why: &TrustError) -> Failure {
    Failure::usage(format!("--ca-file: {why}"))
}

/// How the means of an advice are called by a command: by their flags.
pub(super) fn flags(means: AdviceMeans) -> Cow<'static, str> {
    match means {
        AdviceMeans::ChangeSettings => "numdeck update, or in the dashboard with t, i and e",
        AdviceMeans::AttachEndpoint => "numdeck update --endpoint",
        AdviceMeans::ShowCredentials => "numdeck show",
        AdviceMeans::CheckAddress => "numdeck check --uri",
        AdviceMeans::CheckCredentials => "--auth",
        AdviceMeans::SendInClear => "--auth-cleartext",
        AdviceMeans::OtherResolver => "--dns",
        AdviceMeans::TrustAuthority => "--ca",
        AdviceMeans::ShowCertificate => "--client-cert and --client-key",
        AdviceMeans::OverTcp => "--transport tcp",
        AdviceMeans::OverTls => "--transport tls",
        AdviceMeans::Series => "--count 20",
        AdviceMeans::LongerLimit => "--timeout",
    }
    .into()
}
