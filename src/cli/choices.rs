//! What was decided for each setting, and who decided it: a flag beats the environment, which beats the
//! profile, which beats the default.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::args::{AuthForm, Global};
use super::{Environment, Failure, profile};
use crate::api::{Auth, BaseUrl, Dialect};
use crate::config::Profile;
use crate::write::SETTLE;

/// Who decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Flag(&'static str),
    Variable(&'static str),
    Profile,
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag(name) | Self::Variable(name) => name,
            Self::Profile => "profile",
            Self::Default => "default",
        })
    }
}

/// A setting, and who decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen<T> {
    pub(super) value: T,
    pub(super) by: Origin,
}

/// The first that says something.
fn first<T>(candidates: impl IntoIterator<Item = (Origin, Option<T>)>) -> Option<Chosen<T>> {
    candidates.into_iter().find_map(|(by, value)| Some(Chosen { value: value?, by }))
}

/// The same, else what is so otherwise.
fn first_or<T>(candidates: impl IntoIterator<Item = (Origin, Option<T>)>, usual: T) -> Chosen<T> {
    first(candidates).unwrap_or(Chosen { value: usual, by: Origin::Default })
}

/// The settings of a command that talks to the API, the key apart.
#[derive(Debug, Clone)]
pub(super) struct Choices {
    pub(super) base_url: Chosen<BaseUrl>,
    pub(super) organization: Chosen<Option<String>>,
    pub(super) auth: Chosen<Auth>,
    pub(super) read_only: Chosen<bool>,
    pub(super) dialect: Chosen<Option<Dialect>>,
    /// For one request; `None` for the usual two.
    pub(super) timeout: Chosen<Option<Duration>>,
    pub(super) ca_file: Chosen<Option<PathBuf>>,
    pub(super) settle: Chosen<Duration>,
}

impl Choices {
    /// What is decided where `profile` is used.
    pub(super) fn of(global: &Global, environment: &Environment, profile: &Profile) -> Result<Self, Failure> {
        use Origin::{Flag, Variable};
        let of_profile = |said: bool| said.then_some(true);
        let url = first([
            (Flag("--base-url"), global.base_url.as_deref()),
            (Variable("NUMDECK_BASE_URL"), environment.base_url.as_deref()),
        ]);
        let base_url = match url {
            Some(url) => Chosen { value: BaseUrl::parse(url.value)?, by: url.by },
            None => Chosen {
                value: profile::base_url(profile)?,
                by: if profile.base_url.is_some() { Origin::Profile } else { Origin::Default },
            },
        };
        let organization = first([
            (Flag("--org"), global.org.clone()),
            (Variable("NUMDECK_ORG"), environment.org.clone()),
            (Origin::Profile, profile.organization.clone()),
        ]);
        let auth = first_or(
            [(Flag("--auth-scheme"), global.auth_scheme.map(Auth::from)), (Origin::Profile, profile.auth)],
            Auth::default(),
        );
        let read_only = [
            (Flag("--read-only"), of_profile(global.read_only)),
            (Origin::Profile, of_profile(profile.read_only)),
        ];
        let timeout = first([(Flag("--timeout"), global.timeout), (Origin::Profile, profile.timeout)]);
        let ca_file =
            first([(Flag("--ca-file"), global.ca_file.clone()), (Origin::Profile, profile.ca_file.clone())]);
        Ok(Self {
            base_url,
            organization: or_none(organization),
            auth,
            read_only: first_or(read_only, false),
            dialect: or_none(first([(Origin::Profile, profile.dialect)])),
            timeout: or_none(timeout),
            ca_file: or_none(ca_file),
            settle: first_or([(Flag("--settle"), global.settle)], SETTLE),
        })
    }
}

fn or_none<T>(chosen: Option<Chosen<T>>) -> Chosen<Option<T>> {
    match chosen {
        Some(Chosen { value, by }) => Chosen { value: Some(value), by },
        None => Chosen { value: None, by: Origin::Default },
    }
}

impl From<AuthForm> for Auth {
    fn from(form: AuthForm) -> Self {
        match form {
            AuthForm::XApiKey => Self::ApiKey,
            AuthForm::Bearer => Self::Bearer,
        }
    }
}
