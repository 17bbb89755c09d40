//! One profile: a server, an organization there, and how to act for it.

use std::path::PathBuf;
use std::time::Duration;

use crate::api::{Auth, BaseUrl, Dialect};

/// What `[profile.NAME]` says. What it leaves out is decided elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// Where the API is. A key that is stored with the profile goes nowhere else.
    pub base_url: Option<BaseUrl>,
    /// Id of the organization to act for.
    pub organization: Option<String>,
    /// What people call that organization.
    pub organization_name: Option<String>,
    /// The file that holds the API key.
    pub key_file: Option<PathBuf>,
    /// How the key is presented.
    pub auth: Option<Auth>,
    /// Refuse everything that writes.
    pub read_only: bool,
    /// In whose words writes go out; `None` (`auto`) recognizes it.
    pub dialect: Option<Dialect>,
    /// Certificates (PEM) to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Limit for one HTTP request.
    pub timeout: Option<Duration>,
}
