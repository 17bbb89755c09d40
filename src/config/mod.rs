//! Profiles: which servers, organizations and habits somebody has, in one file.
//!
//! `config.toml` holds no secrets, only where they are. Everything in it is checked when it is read,
//! what is not used included: a `read_only` that is misspelled must not be a session that writes.
//!
//! ```
//! use std::path::Path;
//! let text = "default = \"work\"\n[profile.work]\nread_only = true\n";
//! let config = numdeck::config::Profiles::parse(text, Path::new("/etc/x/config.toml"), None).unwrap();
//! assert!(config.profile("work").unwrap().read_only);
//! ```

mod edit;
mod file;
mod labels;
mod replace;
mod value;

pub use edit::ConfigEdit;
pub use file::{ConfigError, KeyPlace, Profile, Profiles, is_profile_name};
pub use labels::LabelsFile;
pub use replace::LockedDirectory;
pub use value::{FILE, KeepLimits, NoTime, directory, duration, pause, text_of};
