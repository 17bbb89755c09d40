//! Which server, key and organization a command acts with.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::{BaseUrl, Client, Mode, Settings, Way};
use crate::config::{KeepLimits, LabelsFile, Profile};
use crate::sip::StatusRules;
use crate::store::Retention;
use crate::write::{Budget, WritePermission};

use super::args::{Color, Global};
use super::choices::Choices;
use super::environment::Environment;
use super::hook::Hook;
use super::key::{self, FoundKey, KeySource};
use super::output::{safe, say};
use super::{Failure, profile};

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
    pub(super) key_source: KeySource,
    /// What is better changed, though it works.
    pub warnings: Vec<String>,
    /// Name of the profile, where one is used.
    pub profile: Option<String>,
    /// What the profile calls the organization, where that is the one acted for.
    pub organization_name: Option<String>,
    /// How the answers of SIP servers are read.
    pub sip_rules: StatusRules,
    /// What a purchase may cost unless it says so itself.
    pub budget: Budget,
    /// The theme of the dashboard.
    pub theme: Option<PathBuf>,
    /// Where labels are.
    pub labels: Option<LabelsFile>,
    /// How much of the past is kept.
    pub keep: Retention,
    /// Who is told of each finished write.
    pub hook: Option<Hook>,
}

impl Context {
    /// Resolves flags, then environment, then the profile, then defaults.
    pub fn resolve(global: &Global, environment: &Environment) -> Result<Self, Failure> {
        let chosen = profile::chosen(global, environment)?;
        let (name, profile) = chosen.map_or((None, Profile::default()), |(name, it)| (Some(name), it));
        let choices = Choices::of(global, environment, &profile)?;
        let of = name.as_deref().map(|name| (name, &profile));
        let found = key::find(global, environment, of, &choices.base_url.value)?;
        let context = Self::with_key(environment, name, profile, choices, found)?;
        if global.verbose > 0 {
            context.describe();
        }
        Ok(context)
    }

    /// The same with a key that is known.
    pub(super) fn with_key(
        environment: &Environment,
        name: Option<String>,
        profile: Profile,
        choices: Choices,
        found: FoundKey,
    ) -> Result<Self, Failure> {
        let FoundKey { key, source, mut warnings } = found;
        warnings.extend(key::ending(&key, Timestamp::now()));
        let mut settings = Settings::new(choices.base_url.value, key);
        settings.way = way(environment, &settings.base_url)?;
        settings.auth = choices.auth.value;
        let organization = choices.organization.value;
        settings.organization.clone_from(&organization);
        settings.dialect = choices.dialect.value;
        settings.trace_parent.clone_from(&environment.trace_parent);
        if let Some(timeout) = choices.timeout.value {
            settings.read_timeout = timeout;
            settings.write_timeout = timeout;
        }
        settings.ca = choices.ca_file.value.as_deref().map(certificates).transpose()?;
        let labels = LabelsFile::of(profile.labels_file.as_deref(), environment.config.as_deref());
        // The label is of the profile's organization and of no other.
        let sip_rules = profile::sip_rules(&profile);
        let organization_name = profile.organization_name.filter(|_| profile.organization == organization);
        let standing = WritePermission {
            mode: Mode::of(&settings.key),
            read_only: choices.read_only.value,
            organization,
            foreign: None,
        };
        let budget = Budget { total: profile.max_total, each: profile.max_each, ..Budget::default() };
        Ok(Self {
            settings,
            standing,
            settle: choices.settle.value,
            key_source: source,
            warnings,
            profile: name,
            organization_name,
            sip_rules,
            budget,
            theme: profile.theme,
            labels,
            keep: profile.keep.map_or_else(Retention::default, kept),
            hook: profile.after_write.map(Hook::new),
        })
    }

    /// A client for these settings.
    pub fn client(&self) -> Result<Client, Failure> {
        Ok(Client::new(self.settings.clone())?)
    }

    fn describe(&self) {
        say(&self.account());
    }

    /// Who acts where, in a line.
    pub(super) fn account(&self) -> String {
        let mode = self.standing.mode.name();
        let organization = match (&self.standing.organization, &self.organization_name) {
            (Some(id), Some(name)) => format!("{} ({})", safe(id), safe(name)),
            (Some(id), None) => safe(id),
            (None, _) => "server default".to_owned(),
        };
        let profile = self.profile.as_ref().map_or(String::new(), |name| format!("profile {}, ", safe(name)));
        let source = self.key_source.name();
        format!("{profile}{} {mode}, organization {organization}, key from {source}", self.settings.base_url)
    }
}

/// How much of the past is kept; what the profile does not say is as usual.
fn kept(limits: KeepLimits) -> Retention {
    let usual = Retention::default();
    let days = |days: u16| SignedDuration::from_hours(24 * i64::from(days));
    Retention {
        age: limits.days.map_or(usual.age, days),
        size: limits.megabytes.map_or(usual.size, |size| u64::from(size) << 20),
    }
}

/// The proxy on the way to `base_url`, by the variables of the environment.
pub(super) fn way(environment: &Environment, base_url: &BaseUrl) -> Result<Way, Failure> {
    let variable = |name: &str| {
        let found = environment.proxy.iter().find(|(one, _)| *one == name);
        found.map(|(_, value)| value.clone())
    };
    Ok(Way::to(base_url, variable)?)
}

/// Certificates (PEM) to trust beside the system's.
pub(super) fn certificates(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
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
