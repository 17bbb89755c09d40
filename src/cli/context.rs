//! Which server, key and organization a command acts with.

use std::fs;
use std::io::{IsTerminal, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::api::{Auth, BaseUrl, Client, Mode, Settings};
use crate::phone::Secret;
use crate::write::Standing;

use super::args::{AuthForm, Color, Global};
use super::output::{safe, say};
use super::{Exit, Failure};

/// Where the API is unless somebody says otherwise.
const DEFAULT_BASE_URL: &str = "https://api.krosai.com/v1";

/// A key is short; more than this is another file.
const LONGEST_KEY: u64 = 16 * 1024;

/// The variables that numdeck reads. A parameter, so that tests need not change their own.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `NUMDECK_API_KEY`
    pub api_key: Option<Secret>,
    /// `NUMDECK_BASE_URL`
    pub base_url: Option<String>,
    /// `NUMDECK_ORG`
    pub org: Option<String>,
    /// `NO_COLOR`, when not empty
    pub no_color: bool,
}

impl Environment {
    /// The variables of this process. An empty one counts as not set.
    pub fn of_process() -> Self {
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        Self {
            api_key: read("NUMDECK_API_KEY").map(Secret::new),
            base_url: read("NUMDECK_BASE_URL"),
            org: read("NUMDECK_ORG"),
            no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        }
    }
}

/// Everything that a command needs to talk to the API.
#[derive(Debug, Clone)]
pub struct Context {
    /// For a client.
    pub settings: Settings,
    /// Whether writes are allowed.
    pub standing: Standing,
    /// Where the key came from, for the header and for `-v`.
    pub key_source: &'static str,
    /// What is better changed, though it works.
    pub warning: Option<String>,
}

impl Context {
    /// Resolves flags, then environment, then defaults.
    pub fn resolve(global: &Global, environment: &Environment) -> Result<Self, Failure> {
        let mut warning = None;
        let (key, key_source) = match &global.api_key_file {
            Some(path) => {
                let (key, open) = read_key(path)?;
                warning = open.then(|| {
                    format!("warning: others can read {}: chmod 600 it", safe(&path.to_string_lossy()))
                });
                (key, "key file")
            }
            None => match &environment.api_key {
                Some(key) => (Secret::new(key.expose().trim().to_owned()), "NUMDECK_API_KEY"),
                None => return Err(no_key()),
            },
        };
        let url = global.base_url.as_ref().or(environment.base_url.as_ref());
        let base_url = BaseUrl::parse(url.map_or(DEFAULT_BASE_URL, String::as_str))?;
        let organization = global.org.clone().or_else(|| environment.org.clone());
        let mut settings = Settings::new(base_url, key);
        settings.auth = match global.auth {
            Some(AuthForm::XApiKey) => Auth::ApiKey,
            Some(AuthForm::Bearer) | None => Auth::Bearer,
        };
        settings.organization.clone_from(&organization);
        if let Some(timeout) = global.timeout {
            settings.read_timeout = timeout;
            settings.write_timeout = timeout;
        }
        if let Some(path) = &global.ca_file {
            let pem = fs::read(path)
                .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
            settings.ca = Some(pem);
        }
        let standing = Standing {
            mode: Mode::of(&settings.key),
            read_only: global.read_only,
            organization,
            foreign: None,
        };
        let context = Self { settings, standing, key_source, warning };
        if global.verbose {
            context.describe();
        }
        Ok(context)
    }

    /// A client for these settings.
    pub fn client(&self) -> Result<Client, Failure> {
        Ok(Client::new(self.settings.clone())?)
    }

    fn describe(&self) {
        let mode = if self.standing.mode == Mode::Live { "LIVE" } else { "TEST" };
        let organization = self.standing.organization.as_deref().unwrap_or("server default");
        say(&format!(
            "{} {mode}, organization {organization}, key from {}",
            self.settings.base_url, self.key_source
        ));
    }
}

/// Whether stdout gets colours.
pub(super) fn colours(global: &Global, environment: &Environment) -> bool {
    match global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            !environment.no_color && !dumb && std::io::stdout().is_terminal()
        }
    }
}

fn no_key() -> Failure {
    Failure::new(
        Exit::Key,
        "NO_KEY",
        "no API key. The Cockpit makes one: cockpit.krosai.com, Developers, API Keys.",
        "Give it as NUMDECK_API_KEY=kros_… in the environment, or with --api-key-file FILE.\n\
         `numdeck demo` needs none: it shows everything over made-up numbers on this machine.",
    )
}

/// The key in a file, and whether other users can read that file, too.
fn read_key(path: &Path) -> Result<(Secret, bool), Failure> {
    let mut text = String::new();
    let mut open = false;
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(LONGEST_KEY).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| {
            let about = file.metadata()?;
            open = about.is_file() && about.permissions().mode() & 0o077 != 0;
            file.take(LONGEST_KEY).read_to_string(&mut text)
        })
    };
    let text = Secret::new(text);
    read.map_err(|error| {
        Failure::new(
            Exit::Key,
            "KEY_FILE",
            format!("cannot read the key from {}: {error}", path.display()),
            "",
        )
    })?;
    let key = text.expose().trim();
    if key.is_empty() {
        return Err(Failure::new(Exit::Key, "KEY_FILE", format!("{} holds no key", path.display()), ""));
    }
    Ok((Secret::new(key.to_owned()), open))
}
