//! `numdeck doctor`: what is used and why, and whether the server answers.

mod paths;
mod server;

use jiff::Timestamp;

use super::finding::Findings;
use super::profiles::{dialect, time};
use super::record::from_home;
use super::terminal;
use super::whoami::scheme;
use crate::api::{Auth, Mode, Settings, Way, expiry};
use crate::cli::args::Global;
use crate::cli::choices::{Choices, Chosen};
use crate::cli::context::{certificates, way};
use crate::cli::key::{self, FoundKey};
use crate::cli::output::form_of;
use crate::cli::{Context, Environment, Exit, Failure, environment as process, help, profile, runner, state};
use crate::config::{KeyPlace, Profile};
use crate::phone::Secret;

/// What is being looked at, and how bad it is.
struct Examination<'a> {
    global: &'a Global,
    environment: &'a Environment,
    findings: Findings,
    /// Of the first thing that failed.
    exit: Exit,
}

pub(super) fn doctor(global: &Global, environment: &Environment) -> Result<Exit, Failure> {
    let findings = Findings::new(environment.home.as_deref());
    let mut examination = Examination { global, environment, findings, exit: Exit::Done };
    let findings = &mut examination.findings;
    findings.add("numdeck", "version", help::version(), None);
    let writes = paths::look(findings, environment);
    terminal::look(findings, process::variable);
    examination.look()?;
    examination.findings.print(form_of(global))?;
    // The first that keeps something from working decides; else that something is not as it should be.
    let exit = if examination.exit == Exit::Done { writes } else { examination.exit };
    Ok(if exit == Exit::Done && examination.findings.has_problem() { Exit::Other } else { exit })
}

/// Where `login` would put a key of this profile, and why not in the keyring.
fn key_place(profile: &Profile, environment: &Environment) -> (KeyPlace, Option<&'static str>) {
    let why = match profile.key_store {
        _ if cfg!(not(feature = "keyring")) => "this build knows no keyring",
        Some(KeyPlace::File) => "the profile says so",
        _ if !environment.keyring => "this session has no keyring",
        _ => return (KeyPlace::Keyring, None),
    };
    (KeyPlace::File, Some(why))
}

impl Examination<'_> {
    /// What failed: the first decides how the process ends.
    fn failed(&mut self, group: &'static str, name: &'static str, failure: &Failure) {
        self.findings.problem(group, name, failure.code.clone(), failure.message.clone());
        if self.exit == Exit::Done {
            self.exit = failure.exit;
        }
    }

    fn look(&mut self) -> Result<(), Failure> {
        let chosen = match profile::chosen(self.global, self.environment) {
            Ok(chosen) => chosen,
            Err(failure) => {
                self.failed("settings", "profile", &failure);
                return Ok(());
            }
        };
        let name = chosen.as_ref().map(|(name, _)| name.clone());
        let by = match (&self.global.profile, &self.environment.profile, &name) {
            (Some(_), _, _) => Some("--profile"),
            (None, Some(_), _) => Some("NUMDECK_PROFILE"),
            (None, None, Some(_)) => Some("default of config.toml"),
            (None, None, None) => Some("default"),
        };
        self.findings.add("settings", "profile", name.clone(), by.map(str::to_owned));
        let profile = chosen.map_or_else(Profile::default, |(_, profile)| profile);
        let (place, why) = key_place(&profile, self.environment);
        self.findings.add("settings", "login_keeps_keys_in", place.name(), why.map(str::to_owned));
        let choices = match Choices::of(self.global, self.environment, &profile) {
            Ok(choices) => choices,
            Err(failure) => {
                self.failed("settings", "base_url", &failure);
                return Ok(());
            }
        };
        self.enter(&choices);
        let of = name.as_deref().map(|name| (name, &profile));
        let found = match key::find(self.global, self.environment, of, &choices.base_url.value) {
            Ok(found) => Some(found),
            Err(failure) => {
                self.failed("settings", "key", &failure);
                None
            }
        };
        if let Some(found) = &found {
            self.key(found);
        }
        let Some(settings) = self.settings(&choices) else { return Ok(()) };
        let context = found.map(|found| Context::with_key(self.environment, name, profile, choices, found));
        let context = context.transpose();
        if let Some(store) =
            context.as_ref().ok().and_then(Option::as_ref).and_then(|it| state::store(it).ok())
        {
            paths::store(&mut self.findings, &store);
        }
        match context {
            Ok(context) => runner::alone(async {
                self.server(settings, context).await;
                Ok(())
            }),
            Err(failure) => {
                self.failed("server", "answers", &failure);
                Ok(())
            }
        }
    }

    /// Each setting, and who decided it.
    fn enter(&mut self, choices: &Choices) {
        fn by<T>(chosen: &Chosen<T>) -> Option<String> {
            Some(chosen.by.to_string())
        }
        let file = choices.ca_file.value.as_deref().map(|path| from_home(path, self.environment));
        let mut add = |name, value: serde_json::Value, by| self.findings.add("settings", name, value, by);
        add("base_url", choices.base_url.value.to_string().into(), by(&choices.base_url));
        add("organization", choices.organization.value.clone().into(), by(&choices.organization));
        add("auth_scheme", scheme(choices.auth.value).into(), by(&choices.auth));
        add("read_only", choices.read_only.value.into(), by(&choices.read_only));
        add("dialect", dialect(choices.dialect.value).into(), by(&choices.dialect));
        let timeout = choices.timeout.value.map_or_else(|| "15s reads, 60s writes".to_owned(), time);
        add("timeout", timeout.into(), by(&choices.timeout));
        add("settle", time(choices.settle.value).into(), by(&choices.settle));
        add("ca_file", file.into(), by(&choices.ca_file));
    }

    /// Where the key is from and of which kind it is, and nothing of the key itself.
    fn key(&mut self, found: &FoundKey) {
        let kind = Mode::of(&found.key).name();
        let ends = expiry(&found.key).map(|end| format!(", a session that ends at {end:.0}"));
        let why = format!("{kind}{}", ends.unwrap_or_default());
        let warning = found.warnings.first().cloned().or_else(|| key::ending(&found.key, Timestamp::now()));
        let source = found.source.name();
        match warning {
            Some(warning) => self.findings.problem("settings", "key", source, format!("{why}; {warning}")),
            None => self.findings.add("settings", "key", source, Some(why)),
        }
    }

    /// How the server is reached, without the key; `None` where that cannot even be tried.
    fn settings(&mut self, choices: &Choices) -> Option<Settings> {
        let base_url = choices.base_url.value.clone();
        let way = match way(self.environment, &base_url) {
            Ok(way) => way,
            Err(failure) => {
                self.failed("network", "proxy", &failure);
                return None;
            }
        };
        let (proxy, why) = match &way {
            _ if base_url.is_loopback() => (None, "the server is on this machine"),
            Way::Through(proxy) => (Some(proxy.to_string()), "from the environment"),
            Way::Direct => (None, "NO_PROXY names the server"),
            Way::Default => (None, "no variable names one"),
        };
        self.findings.add("network", "proxy", proxy, Some(why.to_owned()));
        let ca = match choices.ca_file.value.as_deref().map(certificates).transpose() {
            Ok(ca) => ca,
            Err(failure) => {
                self.failed("network", "ca", &failure);
                return None;
            }
        };
        let trusted = if ca.is_some() { "the system's and those of ca_file" } else { "the system's" };
        self.findings.add("network", "ca", trusted, None);
        let mut settings = Settings::new(base_url, Secret::new(String::new()));
        (settings.auth, settings.way, settings.ca) = (Auth::Omitted, way, ca);
        if let Some(timeout) = choices.timeout.value {
            settings.read_timeout = timeout;
        }
        Some(settings)
    }

    async fn server(&mut self, keyless: Settings, context: Option<Context>) {
        let settings = context.as_ref().map_or_else(|| keyless.clone(), |context| context.settings.clone());
        let (seen, failure) = server::look(&mut self.findings, settings, keyless).await;
        if let Some(failure) = failure.filter(|_| self.exit == Exit::Done) {
            self.exit = failure.exit;
        }
        if let Some(count) = context.as_ref().and_then(state::requests)
            && let Ok(today) = count.add(Timestamp::now(), seen)
        {
            let why = Some("by this machine, for this server, organization and mode".to_owned());
            self.findings.add("server", "requests_today", today, why);
        }
    }
}
