//! Which server, key and organization a command acts with.

use std::fs;
use std::io::{IsTerminal, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use crate::api::{Auth, BaseUrl, Client, Mode, Settings, Way};
use crate::config::Profile;
use crate::phone::Secret;
use crate::sip::StatusRules;
use crate::write::{Budget, SETTLE, WritePermission};

use super::args::{AuthForm, Color, Global};
use super::environment::Environment;
use super::output::{safe, say};
use super::{Exit, Failure, profile};

/// A key is short; more than this is another file.
const LONGEST_KEY: u64 = 16 * 1024;

/// Everything that a command needs to talk to the API.
#[derive(Debug, Clone)]
pub struct Context {
    /// For a client.
    pub settings: Settings,
    /// Whether writes are allowed.
    pub standing: WritePermission,
    /// How long after it was sent a write may still happen.
    pub settle: Duration,
    /// Where the key came from, for the header and for `-v`.
    pub key_source: &'static str,
    /// What is better changed, though it works.
    pub warning: Option<String>,
    /// Name of the profile, where one is used.
    pub profile: Option<String>,
    /// What the profile calls the organization, where that is the one acted for.
    pub organization_name: Option<String>,
    /// How the answers of SIP servers are read.
    pub sip_rules: StatusRules,
    /// What a purchase may cost unless it says so itself.
    pub budget: Budget,
}

impl Context {
    /// Resolves flags, then environment, then the profile, then defaults.
    pub fn resolve(global: &Global, environment: &Environment) -> Result<Self, Failure> {
        let chosen = profile::chosen(global, environment)?;
        let (name, profile) = chosen.map_or((None, Profile::default()), |(name, it)| (Some(name), it));
        let base_url = match global.base_url.as_ref().or(environment.base_url.as_ref()) {
            Some(url) => BaseUrl::parse(url)?,
            None => profile::base_url(&profile)?,
        };
        let Found { key, source, warning } = find_key(global, environment, &profile, &base_url)?;
        let organization =
            global.org.clone().or_else(|| environment.org.clone()).or_else(|| profile.organization.clone());
        let variable = |name: &str| {
            let found = environment.proxy.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| value.clone())
        };
        let way = Way::to(&base_url, variable)?;
        let mut settings = Settings::new(base_url, key);
        settings.way = way;
        settings.auth = match global.auth_scheme {
            Some(AuthForm::XApiKey) => Auth::ApiKey,
            Some(AuthForm::Bearer) => Auth::Bearer,
            None => profile.auth.unwrap_or_default(),
        };
        settings.organization.clone_from(&organization);
        settings.dialect = profile.dialect;
        if let Some(timeout) = global.timeout.or(profile.timeout) {
            settings.read_timeout = timeout;
            settings.write_timeout = timeout;
        }
        if let Some(path) = global.ca_file.as_ref().or(profile.ca_file.as_ref()) {
            let pem = fs::read(path)
                .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
            settings.ca = Some(pem);
        }
        // The label is of the profile's organization and of no other.
        let sip_rules = profile::sip_rules(&profile);
        let organization_name = profile.organization_name.filter(|_| profile.organization == organization);
        let standing = WritePermission {
            mode: Mode::of(&settings.key),
            read_only: global.read_only || profile.read_only,
            organization,
            foreign: None,
        };
        let budget = Budget { total: profile.max_total, each: profile.max_each, ..Budget::default() };
        let context = Self {
            settings,
            standing,
            settle: global.settle.unwrap_or(SETTLE),
            key_source: source,
            warning,
            profile: name,
            organization_name,
            sip_rules,
            budget,
        };
        if global.verbose > 0 {
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
        let profile = self.profile.as_ref().map_or(String::new(), |name| format!("profile {}, ", safe(name)));
        say(&format!(
            "{profile}{} {mode}, organization {organization}, key from {}",
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

/// A key, and where it came from.
struct Found {
    key: Secret,
    source: &'static str,
    warning: Option<String>,
}

/// The key of the flag, else of the environment, else the one that is stored with the profile.
fn find_key(
    global: &Global,
    environment: &Environment,
    profile: &Profile,
    base_url: &BaseUrl,
) -> Result<Found, Failure> {
    if let (None, Some(key)) = (&global.api_key_file, &environment.api_key) {
        let key = Secret::new(key.expose().trim().to_owned());
        return Ok(Found { key, source: "NUMDECK_API_KEY", warning: None });
    }
    let (path, source) = match (&global.api_key_file, &profile.key_file) {
        (Some(path), _) => (path, "key file"),
        (None, Some(path)) => {
            // Whoever can change the URL must not get the key.
            let stored_for = profile::base_url(profile)?;
            if stored_for != *base_url {
                return Err(other_url(&stored_for, base_url));
            }
            (path, "the profile's key file")
        }
        (None, None) => return Err(no_key()),
    };
    let (key, open) = read_key(path)?;
    let warning =
        open.then(|| format!("warning: others can read {}: chmod 600 it", safe(&path.to_string_lossy())));
    Ok(Found { key, source, warning })
}

fn other_url(stored_for: &BaseUrl, wanted: &BaseUrl) -> Failure {
    Failure::new(
        Exit::Key,
        "KEY_OF_ANOTHER_URL",
        format!("nothing was sent: the profile's key is stored for {stored_for}, not for {wanted}"),
        "Give a key for it with --api-key-file FILE or NUMDECK_API_KEY, or use a profile of its own.",
    )
}

fn no_key() -> Failure {
    Failure::new(
        Exit::Key,
        "NO_KEY",
        "no API key. The Cockpit makes one: cockpit.krosai.com, Developers, API Keys.",
        "Give it as NUMDECK_API_KEY=kros_… in the environment, with --api-key-file FILE, or in a profile's key_file.\n\
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
    // An editor may have put a byte order mark before it.
    let key = text.expose().trim_start_matches('\u{feff}').trim();
    if key.is_empty() {
        return Err(Failure::new(Exit::Key, "KEY_FILE", format!("{} holds no key", path.display()), ""));
    }
    Ok((Secret::new(key.to_owned()), open))
}
