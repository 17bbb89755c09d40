//! The themes of a dashboard: those that numdeck brings along, and one's own in the directory of the
//! profiles or in a file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::args::{Appearance, Global};
use crate::cli::context::colours;
use crate::cli::environment::variable;
use crate::cli::{Environment, Failure};
use crate::config::text_of;
use crate::ui::{ColorDepth, Themes, is_ascii_locale};

/// A theme has a few lines; more than this is another file.
const LARGEST: u64 = 64 * 1024;

/// `TERM`.
pub(super) fn term() -> String {
    variable("TERM").unwrap_or_default()
}

/// The themes for this terminal, and what is shown first: by the flag, else by the profile, else by what is
/// known of the background. Without colours it is always the one that has none.
///
/// # Errors
/// A theme that was chosen is not there, or has a mistake.
pub(super) fn themes(
    global: &Global,
    environment: &Environment,
    look: &Appearance,
    of_profile: Option<&Path>,
) -> Result<Themes, Failure> {
    let ascii = look.ascii || is_ascii_locale(variable);
    let mut themes = Themes::of(ColorDepth::of(variable), ascii);
    // Konsole, rxvt and others say it without being asked; a terminal that answers knows better.
    if let Some(light) = variable("COLORFGBG").as_deref().and_then(is_light) {
        themes.background(light);
    }
    let chosen = look.theme.as_deref().or(of_profile);
    for path in own(environment) {
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        // One that nobody wants now stops nobody.
        if let Ok(text) = text_of(&path, LARGEST) {
            themes.add(name, &text).ok();
        }
    }
    if let Some(chosen) = chosen {
        choose(&mut themes, environment, chosen)?;
    }
    Ok(if colours(global, environment) { themes } else { Themes::mono(ascii) })
}

fn choose(themes: &mut Themes, environment: &Environment, chosen: &Path) -> Result<(), Failure> {
    let is_file = chosen.components().count() > 1 || chosen.extension().is_some_and(|end| end == "toml");
    let named =
        environment.config.as_ref().map(|place| place.join(format!("themes/{}.toml", chosen.display())));
    let place = if is_file { Some(chosen.to_owned()) } else { named.filter(|place| place.exists()) };
    let name = chosen.to_string_lossy();
    if let Some(place) = place {
        let wrong = |why: String| Failure::usage(format!("theme {}, {why}", place.display()));
        let text = text_of(&place, LARGEST).map_err(|error| wrong(error.to_string()))?;
        themes.add(&name, &text).map_err(|error| wrong(error.to_string()))?;
    }
    if themes.choose(&name) {
        return Ok(());
    }
    let names: Vec<&str> = themes.names().collect();
    Err(Failure::usage(format!("there is no theme {name}; there are {}", names.join(", "))))
}

/// The files of one's own, in order.
fn own(environment: &Environment) -> Vec<PathBuf> {
    let directory = environment.config.as_ref().and_then(|place| fs::read_dir(place.join("themes")).ok());
    let paths = directory.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "toml") && path.is_file()).collect();
    paths.sort();
    paths
}

/// What `COLORFGBG` says of the background: the last number is one of the 16.
fn is_light(text: &str) -> Option<bool> {
    let background: u8 = text.rsplit(';').next()?.trim().parse().ok()?;
    Some(background == 7 || background > 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_konsole_tells_the_background() {
        for (text, light) in [
            ("15;0", Some(false)),
            ("0;15", Some(true)),
            ("0;default;7", Some(true)),
            ("12;8", Some(false)),
            ("default;default", None),
            ("", None),
        ] {
            assert_eq!(is_light(text), light, "{text}");
        }
    }

    #[test]
    fn a_theme_of_ones_own_is_found_by_its_name_and_a_wrong_one_named_with_its_line() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("themes")).unwrap();
        fs::write(place.path().join("themes/mine.toml"), "good = \"blue\"").unwrap();
        fs::write(place.path().join("themes/bad.toml"), "\ngood = \"bleu\"").unwrap();
        let environment = Environment { config: Some(place.path().to_owned()), ..Environment::default() };
        let global = Global { color: crate::cli::args::Color::Always, ..Global::default() };
        let with = |theme: &Path| {
            let look = Appearance { theme: Some(theme.to_owned()), ascii: false };
            themes(&global, &environment, &look, None)
        };
        assert!(with(Path::new("mine")).unwrap().names().any(|name| name == "mine"));
        let wrong = with(Path::new("bad")).unwrap_err();
        assert!(wrong.message.contains("bad.toml, line 2:"), "{}", wrong.message);
        assert_eq!(wrong.exit, crate::cli::Exit::Usage);
        with(&place.path().join("themes/mine.toml")).unwrap();
        let missing = with(Path::new("nope")).unwrap_err();
        assert!(missing.message.contains("dark, light"), "{}", missing.message);
    }
}
