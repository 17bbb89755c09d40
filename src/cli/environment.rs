//! The variables of the process that numdeck reads.

use std::path::PathBuf;

use super::Failure;
use super::output::safe;
use crate::api::{TraceParent, Way};
use crate::phone::Secret;

/// The variables that numdeck reads. A parameter, so that tests need not change their own.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `NUMDECK_API_KEY`
    pub api_key: Option<Secret>,
    /// `NUMDECK_BASE_URL`
    pub base_url: Option<String>,
    /// `NUMDECK_ORG`
    pub org: Option<String>,
    /// `NUMDECK_PROFILE`
    pub profile: Option<String>,
    /// Where `config.toml` is; `None` where there is none.
    pub config: Option<PathBuf>,
    /// What `~/` stands for in it.
    pub home: Option<PathBuf>,
    /// Whether anything says that this session has a keyring.
    pub keyring: bool,
    /// `NO_COLOR`, when not empty
    pub no_color: bool,
    /// Variables that name a proxy, and what it is not for. They may hold passwords.
    pub proxy: Vec<(&'static str, Secret)>,
    /// `TRACEPARENT`, where it is a trace.
    pub trace_parent: Option<TraceParent>,
}

/// A variable of this process, for what has rules of its own for it: the resolver goes by those of the C
/// library.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Environment {
    /// The variables of this process. An empty one counts as not set; one that is no text is an error,
    /// since to pass over it would be to act for another server, or without what it forbids.
    pub fn of_process() -> Result<Self, Failure> {
        let counts = |name: &str| name.starts_with("NUMDECK_") || Way::variables().any(|proxy| proxy == name);
        for (name, value) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if counts(&name) && value.to_str().is_none() {
                let message =
                    format!("nothing was sent: the environment variable {} is no text in UTF-8", safe(&name));
                return Err(Failure::usage(message));
            }
        }
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        Ok(Self {
            api_key: read("NUMDECK_API_KEY").map(Secret::new),
            base_url: read("NUMDECK_BASE_URL"),
            org: read("NUMDECK_ORG"),
            profile: read("NUMDECK_PROFILE"),
            config: crate::config::directory(|name| std::env::var_os(name)),
            keyring: cfg!(target_os = "macos") || read("DBUS_SESSION_BUS_ADDRESS").is_some(),
            home: std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from),
            trace_parent: read("TRACEPARENT").and_then(|text| TraceParent::parse(&text)),
            proxy: Way::variables().filter_map(|name| Some((name, Secret::new(read(name)?)))).collect(),
            ..Self::of_terminal()
        })
    }

    /// Where things are, and what a command would act with; nothing of any key, and no word of what is odd.
    pub fn of_places() -> Self {
        let read = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        Self {
            base_url: read("NUMDECK_BASE_URL"),
            org: read("NUMDECK_ORG"),
            profile: read("NUMDECK_PROFILE"),
            config: crate::config::directory(|name| std::env::var_os(name)),
            home: std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from),
            ..Self::default()
        }
    }

    /// What a screen has to know, and nothing of any server.
    pub fn of_terminal() -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { no_color, ..Self::default() }
    }
}
