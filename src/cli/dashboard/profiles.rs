//! The profiles that can be switched to on screen.

use crate::app::ProfileChoice;
use crate::cli::args::Global;
use crate::cli::output::safe;
use crate::cli::{Environment, profile};
use crate::config::Profile;

/// All profiles of the file, and the account that is shown where it is of none. Empty where that would be
/// the only one, or where the file cannot be read.
pub(super) fn choices(environment: &Environment, used: &str) -> Vec<ProfileChoice> {
    let Ok(profiles) = profile::all(environment) else { return Vec::new() };
    let mut choices: Vec<ProfileChoice> = profiles
        .names()
        .filter_map(|name| {
            let place = place(profiles.profile(name)?);
            Some(ProfileChoice { name: name.to_owned(), place })
        })
        .collect();
    if !choices.is_empty() && choices.iter().all(|choice| choice.name != used) {
        let place = "as it was started".to_owned();
        choices.insert(0, ProfileChoice { name: used.to_owned(), place });
    }
    choices
}

/// Server, organization and whether it writes, in words.
fn place(profile: &Profile) -> String {
    let url = profile::base_url(profile).map_or_else(|_| String::new(), |url| url.to_string());
    let organization = match (&profile.organization_name, &profile.organization) {
        (Some(name), _) => safe(name),
        (None, Some(id)) => safe(id),
        (None, None) => "server default".to_owned(),
    };
    let read_only = if profile.read_only { ", read-only" } else { "" };
    format!("{url}, organization {organization}{read_only}")
}

/// Flags and environment for a profile that was chosen on screen: what named server, key and organization
/// at the start was meant for the account of the start, and goes to no other.
pub(super) fn narrowed(global: &Global, environment: &Environment, profile: &str) -> (Global, Environment) {
    let global = Global {
        profile: Some(profile.to_owned()),
        base_url: None,
        org: None,
        api_key_file: None,
        auth_scheme: None,
        ..global.clone()
    };
    let environment =
        Environment { api_key: None, base_url: None, org: None, profile: None, ..environment.clone() };
    (global, environment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Secret;

    fn environment(config: &str) -> (tempfile::TempDir, Environment) {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("config.toml"), config).unwrap();
        let config = Some(directory.path().to_owned());
        (directory, Environment { config, ..Environment::default() })
    }

    #[test]
    fn the_account_of_the_start_is_among_the_choices() {
        let (_kept, environment) =
            environment("[profile.work]\nread_only = true\n[profile.home]\norganization = \"o-1\"\n");
        let names =
            |used| choices(&environment, used).into_iter().map(|choice| choice.name).collect::<Vec<_>>();
        assert_eq!(names("work"), ["home", "work"]);
        assert_eq!(names("environment"), ["environment", "home", "work"]);
        let places: Vec<String> =
            choices(&environment, "work").into_iter().map(|choice| choice.place).collect();
        assert!(places[0].ends_with("organization o-1") && places[1].ends_with("read-only"), "{places:?}");
    }

    #[test]
    fn without_profiles_there_is_nothing_to_choose() {
        assert_eq!(choices(&environment("").1, "environment"), []);
        assert_eq!(choices(&environment("default = 7").1, "environment"), []);
    }

    #[test]
    fn a_profile_gets_nothing_that_was_meant_for_the_account_of_the_start() {
        let global = Global {
            base_url: Some("https://a.example/v1".into()),
            org: Some("o".into()),
            read_only: true,
            ..Global::default()
        };
        let environment = Environment { api_key: Some(Secret::new("k".into())), ..Environment::default() };
        let (global, environment) = narrowed(&global, &environment, "work");
        assert_eq!((global.base_url, global.org, environment.api_key), (None, None, None));
        assert!(global.read_only && global.profile.as_deref() == Some("work"), "what forbids stays");
    }
}
