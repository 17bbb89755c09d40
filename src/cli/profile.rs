//! Which profile of `config.toml` a command uses.

use super::args::Global;
use super::environment::Environment;
use super::output::safe;
use super::{Exit, Failure};
use crate::api::BaseUrl;
use crate::config::{ConfigError, Profile, Profiles};
use crate::sip::StatusRules;

/// Where the API is unless somebody says otherwise.
const DEFAULT_BASE_URL: &str = "https://api.krosai.com/v1";

/// The profile that flag, environment or the file itself names, with its name; `None` where nothing
/// names one. A file with a mistake is an error even then: what it was to forbid is not known.
pub(super) fn chosen(
    global: &Global,
    environment: &Environment,
) -> Result<Option<(String, Profile)>, Failure> {
    let named = global.profile.as_ref().or(environment.profile.as_ref());
    let config = all(environment)?;
    let (name, line) = match (named, config.default_profile()) {
        (Some(name), _) => (name.as_str(), None),
        (None, Some((name, line))) => (name, Some(line)),
        (None, None) => return Ok(None),
    };
    match config.profile(name) {
        Some(profile) => Ok(Some((name.to_owned(), profile.clone()))),
        None => Err(unknown(name, line, &config)),
    }
}

/// All profiles; none where there is no place for the file.
pub(super) fn all(environment: &Environment) -> Result<Profiles, Failure> {
    match &environment.config {
        Some(directory) => Ok(Profiles::read(directory, environment.home.as_deref())?),
        None => Ok(Profiles::default()),
    }
}

/// Where a profile's server is: what a key that is stored with it is for.
pub(super) fn base_url(profile: &Profile) -> Result<BaseUrl, Failure> {
    match &profile.base_url {
        Some(url) => Ok(url.clone()),
        None => Ok(BaseUrl::parse(DEFAULT_BASE_URL)?),
    }
}

/// How the answers of SIP servers are read.
pub(super) fn sip_rules(profile: &Profile) -> StatusRules {
    StatusRules { up: profile.sip_up.clone(), maintenance: profile.sip_maintenance.clone() }
}

pub(super) fn unknown(name: &str, line: Option<usize>, config: &Profiles) -> Failure {
    let message = format!("there is no profile {}", safe(name));
    let error = ConfigError { line, ..ConfigError::of_file(config.path(), message) };
    let names: Vec<&str> = config.names().collect();
    let hint = if names.is_empty() {
        format!("Write [profile.{}] into it.", safe(name))
    } else {
        format!("It has: {}.", safe(&names.join(", ")))
    };
    Failure { hint, ..error.into() }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Usage, "CONFIG", error.to_string(), "Nothing was sent.")
    }
}
