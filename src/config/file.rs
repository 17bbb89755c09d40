//! `config.toml`: read and checked as a whole.

use std::collections::BTreeMap;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::value::{FILE, KeepLimits, duration, resolve, text_of};
use crate::api::{Auth, BaseUrl, Dialect};
use crate::phone::format::line_of;
use crate::phone::{Cents, clean, is_api_key, is_clean};

/// A file of profiles is short; more than this is another file.
const LARGEST: u64 = 1024 * 1024;

/// What a profile may say.
const KEYS: &str = "base_url, organization, organization_name, key_store, key_file, auth, read_only, dialect, ca_file, \
     timeout, max_total, max_each, sip_up, sip_maintenance, theme, labels_file, keep, hooks";

/// Names under which somebody might put a key here.
const SECRETS: &[&str] = &["key", "apikey", "token", "secret", "password", "bearer", "authorization"];

const NO_SECRETS: &str = "an API key does not belong into this file: name a file that holds it with key_file, \
                          or give it as NUMDECK_API_KEY in the environment";

/// All profiles.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profiles {
    path: PathBuf,
    /// With its line.
    default: Option<(String, usize)>,
    profiles: BTreeMap<String, Profile>,
}

impl Profiles {
    /// Reads the file in `directory`; one that is not there has no profiles. `home` is what `~/`
    /// stands for in paths.
    pub fn read(directory: &Path, home: Option<&Path>) -> Result<Self, ConfigError> {
        let path = directory.join(FILE);
        let wrong =
            |why: &dyn std::fmt::Display| ConfigError::of_file(&path, format!("it cannot be read: {why}"));
        let text = match text_of(&path, LARGEST) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self { path, ..Self::default() }),
            Err(error) => return Err(wrong(&error)),
        };
        Self::parse(&text, &path, home)
    }

    /// Reads the text of the file at `path`.
    pub fn parse(text: &str, path: &Path, home: Option<&Path>) -> Result<Self, ConfigError> {
        let document = Document { text, path, home };
        let table = DeTable::parse(text).map_err(|error| {
            // Only the message: the error's own picture shows the line, which may hold a key.
            let at = error.span().map_or(0, |span| span.start);
            let said = error.message();
            document.wrong(at, if said.contains("kros_") { NO_SECRETS } else { said })
        })?;
        document.config(table.get_ref())
    }

    /// Where it was read from, or would be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The profile to use where none is named, with the line that says so.
    pub fn default_profile(&self) -> Option<(&str, usize)> {
        self.default.as_ref().map(|(name, line)| (name.as_str(), *line))
    }

    /// A profile by its name.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    /// The names of all profiles, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }
}

/// What `[profile.NAME]` says. What it leaves out is decided elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// Where the API is. A key that is stored with the profile goes nowhere else.
    pub base_url: Option<BaseUrl>,
    /// Id of the organization to act for.
    pub organization: Option<String>,
    /// What people call that organization.
    pub organization_name: Option<String>,
    /// Where `login` has put the API key.
    pub key_store: Option<KeyPlace>,
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
    /// What a purchase may cost all together, setup and first month, unless it says so itself.
    pub max_total: Option<Cents>,
    /// The same for each of its numbers.
    pub max_each: Option<Cents>,
    /// SIP status codes that a routing check takes for up, and no others.
    pub sip_up: Option<Vec<u16>>,
    /// SIP status codes that it takes for maintenance.
    pub sip_maintenance: Vec<u16>,
    /// The theme of the dashboard: a name, or a file where it has a folder.
    pub theme: Option<PathBuf>,
    /// Where labels are; without it, beside this file.
    pub labels_file: Option<PathBuf>,
    /// How much of the past of the numbers is kept.
    pub keep: Option<KeepLimits>,
    /// Who is told of each finished write: a command of the shell, or a program and its arguments.
    pub after_write: Option<Vec<String>>,
}

impl Profile {
    /// What it says that cannot be true together.
    fn contradiction(&self) -> Option<String> {
        if let Some(both) = self.sip_up.iter().flatten().find(|one| self.sip_maintenance.contains(one)) {
            return Some(format!("{both} in sip_up and in sip_maintenance: it is one of them"));
        }
        let twice = self.key_store.is_some() && self.key_file.is_some();
        twice.then(|| "key_store and key_file: its key is in one place".to_owned())
    }
}

/// Where the keys are that numdeck keeps itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the keyring of the system.
    Keyring,
    /// In a file beside the profiles, readable by its owner alone.
    File,
}

impl KeyPlace {
    /// As the file names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }
}

/// What is wrong in which file. It never repeats a value: somebody may have put a key there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1, where one can be named.
    pub line: Option<usize>,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl ConfigError {
    /// An error about the file as a whole.
    pub fn of_file(path: &Path, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, message: message.into() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clean(&self.path.to_string_lossy(), 400))?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", clean(&self.message, 400))
    }
}

impl std::error::Error for ConfigError {}

/// What is needed to say where something is wrong.
struct Document<'a> {
    text: &'a str,
    path: &'a Path,
    home: Option<&'a Path>,
}

impl Document<'_> {
    fn line(&self, at: usize) -> usize {
        line_of(self.text, at)
    }

    fn wrong(&self, at: usize, message: impl Into<String>) -> ConfigError {
        ConfigError { line: Some(self.line(at)), ..ConfigError::of_file(self.path, message) }
    }

    fn config(&self, table: &DeTable<'_>) -> Result<Profiles, ConfigError> {
        let mut config = Profiles { path: self.path.to_owned(), ..Profiles::default() };
        for (key, value) in table {
            let at = key.span().start;
            match &**key.get_ref() {
                "default" => {
                    let name = self.text("default", value)?.to_owned();
                    config.default = Some((name, self.line(at)));
                }
                "profile" => {
                    let Some(profiles) = value.get_ref().as_table() else {
                        return Err(self.wrong(at, "profiles are tables: [profile.NAME]"));
                    };
                    for (name, value) in profiles {
                        let at = name.span().start;
                        let name = &**name.get_ref();
                        if !is_profile_name(name) {
                            return Err(self.wrong(at, "a profile has a name of at most 60 characters, which begins with no hyphen and is no key"));
                        }
                        let Some(table) = value.get_ref().as_table() else {
                            let message = format!("profile {name} is no table; write [profile.{name}]");
                            return Err(self.wrong(at, message));
                        };
                        config.profiles.insert(name.to_owned(), self.profile(name, table)?);
                    }
                }
                other => return Err(self.unknown(at, other, "the file", "default and [profile.NAME]")),
            }
        }
        Ok(config)
    }

    fn profile(&self, name: &str, table: &DeTable<'_>) -> Result<Profile, ConfigError> {
        let mut profile = Profile::default();
        let mut label = None;
        for (key, value) in table {
            let at = key.span().start;
            let key = &**key.get_ref();
            let wrong = |why: &dyn std::fmt::Display| self.wrong(at, format!("{key}: {why}"));
            match key {
                "base_url" => {
                    let url =
                        BaseUrl::parse(self.text(key, value)?).map_err(|error| wrong(&error.message))?;
                    profile.base_url = Some(url);
                }
                "organization" => {
                    let id = self.text(key, value)?;
                    // It goes into a header.
                    if !id.bytes().all(|byte| byte.is_ascii_graphic()) {
                        return Err(wrong(&"it is an id, without blanks and accents"));
                    }
                    profile.organization = Some(id.to_owned());
                }
                "organization_name" => {
                    label = Some(at);
                    profile.organization_name = Some(clean(self.text(key, value)?, 80));
                }
                "key_store" => {
                    profile.key_store = Some(match self.text(key, value)? {
                        "keyring" => KeyPlace::Keyring,
                        "file" => KeyPlace::File,
                        _ => return Err(wrong(&"it is keyring or file, and numdeck login sets it")),
                    });
                }
                "key_file" => profile.key_file = Some(self.place(key, value)?),
                "ca_file" => profile.ca_file = Some(self.place(key, value)?),
                "auth" => {
                    profile.auth = Some(match self.text(key, value)? {
                        "bearer" => Auth::Bearer,
                        "x-api-key" => Auth::ApiKey,
                        _ => return Err(wrong(&"it is bearer or x-api-key")),
                    });
                }
                "read_only" => {
                    profile.read_only =
                        value.get_ref().as_bool().ok_or_else(|| wrong(&"it is true or false"))?;
                }
                "dialect" => {
                    profile.dialect = match self.text(key, value)? {
                        "auto" => None,
                        "openapi" => Some(Dialect::OpenApi),
                        "guide" => Some(Dialect::Guide),
                        _ => return Err(wrong(&"it is auto, openapi or guide")),
                    };
                }
                "timeout" => {
                    let time = duration(self.text(key, value)?);
                    profile.timeout = Some(time.map_err(|_| wrong(&"it is a time: 500ms, 3s or 2m"))?);
                }
                "max_total" => profile.max_total = Some(self.cents(key, value)?),
                "max_each" => profile.max_each = Some(self.cents(key, value)?),
                "sip_up" => profile.sip_up = Some(self.statuses(key, value)?),
                "sip_maintenance" => profile.sip_maintenance = self.statuses(key, value)?,
                "labels_file" => profile.labels_file = Some(self.place(key, value)?),
                "theme" => profile.theme = Some(self.theme(key, value)?),
                "keep" => {
                    let limits = KeepLimits::parse(self.text(key, value)?);
                    profile.keep = Some(limits.ok_or_else(|| wrong(&KeepLimits::FORM))?);
                }
                "hooks" => profile.after_write = self.hooks(name, at, value)?,
                other => return Err(self.unknown(at, other, &format!("[profile.{name}]"), KEYS)),
            }
        }
        if let (Some(at), None) = (label, &profile.organization) {
            let message = "organization_name: it names an organization; say which one with organization";
            return Err(self.wrong(at, message));
        }
        let at = table.iter().map(|(key, _)| key.span().start).min().unwrap_or(0);
        profile
            .contradiction()
            .map_or(Ok(()), |why| Err(self.wrong(at, format!("[profile.{name}] has {why}"))))?;
        Ok(profile)
    }

    /// What is run, by what it is run after.
    fn hooks(
        &self,
        name: &str,
        at: usize,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Option<Vec<String>>, ConfigError> {
        let place = format!("[profile.{name}.hooks]");
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.wrong(at, format!("hooks: it is a table; write {place}")));
        };
        let mut after_write = None;
        for (key, value) in table {
            let at = key.span().start;
            let key = &**key.get_ref();
            if key != "after_write" {
                return Err(self.unknown(at, key, &place, "after_write"));
            }
            let list = value.get_ref().as_array().filter(|list| !list.is_empty());
            let word = |one: &Spanned<DeValue<'_>>| self.text(key, one).map(str::to_owned);
            let words = list.map(|list| list.iter().map(word).collect::<Result<Vec<_>, _>>());
            let wrong = || {
                self.wrong(
                    at,
                    "after_write: it is a list: [\"logger -t numdeck\"], or a program and its arguments",
                )
            };
            after_write = Some(words.ok_or_else(wrong)??);
        }
        Ok(after_write)
    }

    fn unknown(&self, at: usize, key: &str, place: &str, known: &str) -> ConfigError {
        let plain = key.to_ascii_lowercase().replace(['_', '-'], "");
        if is_api_key(key) || SECRETS.contains(&plain.as_str()) {
            return self.wrong(at, NO_SECRETS);
        }
        self.wrong(at, format!("{place} has no key {}; known are {known}", clean(key, 60)))
    }

    /// A text that is not empty and no API key.
    fn text<'a>(&self, key: &str, value: &'a Spanned<DeValue<'_>>) -> Result<&'a str, ConfigError> {
        let at = value.span().start;
        let text = value.get_ref().as_str().map(str::trim).filter(|text| !text.is_empty());
        match text {
            None => Err(self.wrong(at, format!("{key}: it is a text in quotes"))),
            Some(text) if is_api_key(text) => Err(self.wrong(at, format!("{key}: {NO_SECRETS}"))),
            Some(text) => Ok(text),
        }
    }

    /// Final SIP status codes (RFC 3261 section 7.2).
    fn statuses(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<u16>, ConfigError> {
        let at = value.span().start;
        let wrong =
            || self.wrong(at, format!("{key}: it is a list of SIP status codes from 200 to 699: [200, 404]"));
        let list = value.get_ref().as_array().filter(|list| !list.is_empty()).ok_or_else(wrong)?;
        let status = |one: &Spanned<DeValue<'_>>| {
            let number = one.get_ref().as_integer()?;
            u16::from_str_radix(number.as_str(), number.radix()).ok().filter(|code| (200..700).contains(code))
        };
        list.iter().map(|one| status(one).ok_or_else(wrong)).collect()
    }

    /// An amount in cents.
    fn cents(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Cents, ConfigError> {
        let number = value.get_ref().as_integer();
        let cents = number.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        let cents = cents.filter(|cents| *cents >= 0).map(Cents);
        cents.ok_or_else(|| self.wrong(value.span().start, format!("{key}: it is a number of cents: 1500")))
    }

    /// A name, or a file beside this one or anywhere.
    fn theme(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<PathBuf, ConfigError> {
        let text = self.text(key, value)?;
        let is_file = text.contains('/') || Path::new(text).extension().is_some_and(|end| end == "toml");
        if is_file { self.place(key, value) } else { Ok(PathBuf::from(text)) }
    }

    fn place(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<PathBuf, ConfigError> {
        let text = self.text(key, value)?;
        if text == "-" {
            let at = value.span().start;
            return Err(self.wrong(at, format!("{key}: it is a file, not standard input")));
        }
        Ok(resolve(text, self.path, self.home))
    }
}

/// No profile has a longer name.
const LONGEST_NAME: usize = 60;

/// Whether a profile may be called so: it can be shown, and be given to an option.
pub fn is_profile_name(name: &str) -> bool {
    let is_short = name.chars().nth(LONGEST_NAME).is_none();
    !name.trim().is_empty() && is_short && !name.starts_with('-') && is_clean(name) && !is_api_key(name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn parse(text: &str) -> Result<Profiles, ConfigError> {
        Profiles::parse(text, Path::new("/c/config.toml"), Some(Path::new("/h")))
    }

    #[test]
    fn a_profile_says_everything_that_a_flag_can() {
        let config = parse(
            "default = \"work\"\n[profile.work]\nbase_url = \"https://api.example/v1/\"\norganization = \"o-1\"\n\
             organization_name = \"Savanna\"\nkey_file = \"~/key\"\nauth = \"x-api-key\"\nread_only = true\n\
             dialect = \"guide\"\nca_file = \"ca.pem\"\ntimeout = \"3s\"\nmax_total = 1_500\nmax_each = 0\nsip_up = [200, 404]\n\
             sip_maintenance = [503]\ntheme = \"light\"\nlabels_file = \"ours.toml\"\nkeep = \"30d\"\nhooks = { after_write = [\"logger\", \"-t\"] }\n[profile.\"on call\"]\ndialect = \"auto\"\n",
        )
        .unwrap();
        assert_eq!(config.default_profile(), Some(("work", 1)));
        assert_eq!(config.names().collect::<Vec<_>>(), ["on call", "work"]);
        assert_eq!(
            config.profile("work"),
            Some(&Profile {
                base_url: Some(BaseUrl::parse("https://api.example/v1").unwrap()),
                organization: Some("o-1".into()),
                organization_name: Some("Savanna".into()),
                key_store: None,
                key_file: Some("/h/key".into()),
                auth: Some(Auth::ApiKey),
                read_only: true,
                dialect: Some(Dialect::Guide),
                ca_file: Some("/c/ca.pem".into()),
                timeout: Some(Duration::from_secs(3)),
                max_total: Some(Cents(1500)),
                max_each: Some(Cents(0)),
                sip_up: Some(vec![200, 404]),
                sip_maintenance: vec![503],
                labels_file: Some("/c/ours.toml".into()),
                theme: Some("light".into()),
                keep: Some(KeepLimits { days: Some(30), megabytes: None }),
                after_write: Some(vec!["logger".into(), "-t".into()]),
            })
        );
        assert_eq!(config.profile("on call"), Some(&Profile::default()));
        assert_eq!(config.profile("nobody"), None);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, said) in [
            ("defualt = \"x\"", 1, "no key defualt"),
            ("default = 7", 1, "default"),
            ("profile = 7", 1, "[profile.NAME]"),
            ("[profile]\nwork = 7", 2, "[profile.work]"),
            ("[profile.a]\nsip_up = 200", 2, "a list of SIP status codes"),
            ("[profile.a]\nsip_up = [\"200\"]", 2, "a list of SIP status codes"),
            ("[profile.a]\nsip_up = [100]", 2, "a list of SIP status codes"),
            ("[profile.a]\nsip_up = []", 2, "a list of SIP status codes"),
            (
                "[profile.a]\nsip_up = [503]\nsip_maintenance = [503]",
                2,
                "503 in sip_up and in sip_maintenance",
            ),
            ("[profile.\"\"]", 1, "name"),
            ("[profile.work]\nread_olny = true", 2, "[profile.work] has no key read_olny"),
            ("[profile.work]\n\nread_only = \"yes\"", 3, "read_only: it is true or false"),
            ("[profile.work]\ndialect = \"klingon\"", 2, "auto, openapi or guide"),
            ("[profile.work]\nauth = \"basic\"", 2, "bearer or x-api-key"),
            ("[profile.work]\ntimeout = \"3\"", 2, "500ms, 3s or 2m"),
            ("[profile.work]\ntimeout = 3", 2, "a text in quotes"),
            ("[profile.work]\nbase_url = \"ftp://x\"", 2, "base_url"),
            ("[profile.work]\nbase_url = \"http://api.example\"", 2, "for this machine only"),
            ("[profile.work]\norganization = \"\"", 2, "organization"),
            ("[profile.work]\norganization_name = \"Savanna\"", 2, "say which one"),
            ("[profile.work]\nkey_store = \"cloud\"", 2, "keyring or file"),
            ("[profile.work]\nkey_store = \"file\"\nkey_file = \"k\"", 2, "one place"),
            ("[profile.work]\nmax_total = -1", 2, "a number of cents"),
            ("[profile.work]\nmax_each = \"5\"", 2, "a number of cents"),
            ("[profile.work]\nmax_each = 5.0", 2, "a number of cents"),
            ("[profile.work]\nkey_file = \"-\"", 2, "not standard input"),
            ("[profile.work]\ntheme = true", 2, "a text in quotes"),
            ("[profile.work]\nkeep = \"90\"", 2, "a time, a size or both"),
            ("[profile.work]\n[profile.work]", 2, "duplicate"),
            ("[profile.work\n", 1, ""),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.line, Some(line), "{text}: {error}");
            let shown = error.to_string();
            assert!(shown.starts_with("/c/config.toml, line ") && shown.contains(said), "{text}: {shown}");
        }
    }

    #[test]
    fn a_key_in_the_file_is_refused_and_never_repeated() {
        for text in [
            "api_key = \"kros_live_hunter2\"",
            "[profile.work]\napi_key = \"hunter2\"",
            "[profile.work]\nApi-Key = \"hunter2\"",
            "[profile.work]\ntoken = \"hunter2\"",
            "[profile.work]\nkey_file = \"kros_live_hunter2\"",
            "[profile.work]\nkey_file = \"kros_hunter2hunter2hunter2hunter2\"",
            "[profile.work]\norganization = \"eyJhunter2.a.b\"",
            "[profile.work]\nkros_live_hunter2 = true",
            "default = \"kros_test_hunter2\"",
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.message.contains("key_file"), "{text}: {error}");
            assert!(!format!("{error}{error:?}").contains("hunter2"), "{text}: {error:?}");
        }
        for text in [
            "[profile.work]\nkey_file = kros_live_hunter2",
            "[profile.kros_live_hunter2]",
            "kros_live_hunter2",
            "[profile.work]\nkey_file = \"kros_live_hunter2",
            "[profile.work]\nbase_url = \"https://kros_live_hunter2@api.example\"",
            "[profile.work]\ntimeout = \"kros_live_hunter2\"",
        ] {
            let error = parse(text).unwrap_err();
            assert!(!format!("{error}{error:?}").contains("hunter2"), "{text}: {error:?}");
        }
        for text in
            ["[profile.work]\nkey_file = \"/k/kros_live_key.txt\"", "[profile.work]\nkey_file = \"kros\""]
        {
            parse(text).unwrap();
        }
    }

    #[test]
    fn a_file_that_is_not_there_has_no_profiles_and_one_that_can_not_be_read_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let config = Profiles::read(directory.path(), None).unwrap();
        assert_eq!((config.names().count(), config.path()), (0, &*directory.path().join(FILE)));
        std::fs::write(directory.path().join(FILE), b"default = \"\xff\"").unwrap();
        assert!(Profiles::read(directory.path(), None).is_err());
        std::fs::remove_file(directory.path().join(FILE)).unwrap();
        std::fs::create_dir(directory.path().join(FILE)).unwrap();
        assert!(Profiles::read(directory.path(), None).is_err());
    }
}
