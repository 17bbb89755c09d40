//! The themes that there are, and the one that is shown.

use super::Theme;
use super::depth::ColorDepth;
use super::file::ThemeError;

/// One of those. That each can be read is a test's to say.
pub(super) fn built_in(name: &str, depth: ColorDepth) -> Theme {
    let text = Themes::BUILT_IN.iter().find(|(one, _)| *one == name).map_or("", |(_, text)| text);
    Theme::parse(text, depth).unwrap_or_default()
}

/// All themes for one terminal. One is shown; while nobody has chosen, the background decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Themes {
    all: Vec<(String, Theme)>,
    shown: Theme,
    depth: ColorDepth,
    ascii: bool,
    /// Nobody has chosen.
    open: bool,
}

impl Themes {
    /// Names and texts of those that numdeck brings along.
    pub const BUILT_IN: [(&str, &str); 4] = [
        ("dark", include_str!("../../../assets/themes/dark.toml")),
        ("light", include_str!("../../../assets/themes/light.toml")),
        ("high-contrast", include_str!("../../../assets/themes/high-contrast.toml")),
        ("mono", include_str!("../../../assets/themes/mono.toml")),
    ];

    /// Those that numdeck brings along, for a terminal of so many colours; `ascii` where it shows no
    /// other character. The dark one is shown until the background is known.
    pub fn of(depth: ColorDepth, ascii: bool) -> Self {
        let with = |name: &&str| Theme { ascii, ..built_in(name, depth) };
        let all: Vec<(String, Theme)> =
            Themes::BUILT_IN.iter().map(|(name, _)| ((*name).to_owned(), with(name))).collect();
        Self { shown: with(&"dark"), all, depth, ascii, open: true }
    }

    /// Without colours, whatever is chosen.
    pub fn mono(ascii: bool) -> Self {
        let mono = Theme { ascii, ..Theme::mono() };
        let all = vec![("mono".to_owned(), mono)];
        Self { shown: mono, all, depth: ColorDepth::Sixteen, ascii, open: false }
    }

    /// Adds the text of a theme, in the place of another of that name.
    ///
    /// # Errors
    /// What is wrong in it.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), ThemeError> {
        let theme = Theme { ascii: self.ascii, ..Theme::parse(text, self.depth)? };
        self.all.retain(|(one, _)| one != name);
        self.all.push((name.to_owned(), theme));
        Ok(())
    }

    /// Shows a theme. Returns false where there is none of that name.
    pub fn choose(&mut self, name: &str) -> bool {
        let Some((_, theme)) = self.all.iter().find(|(one, _)| one == name) else { return false };
        (self.shown, self.open) = (*theme, false);
        true
    }

    /// The background of the terminal is light or dark. Returns whether something else is shown now.
    pub fn background(&mut self, light: bool) -> bool {
        if !self.open {
            return false;
        }
        let before = self.shown;
        self.choose(if light { "light" } else { "dark" });
        self.open = true;
        self.shown != before
    }

    /// Whether the background matters.
    pub fn follows_background(&self) -> bool {
        self.open
    }

    /// The one that is shown.
    pub fn shown(&self) -> &Theme {
        &self.shown
    }

    /// The names of all.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_decides_until_somebody_chooses() {
        let mut themes = Themes::of(ColorDepth::Sixteen, false);
        let dark = *themes.shown();
        assert!(!themes.background(false), "dark is what is shown");
        assert!(themes.background(true) && *themes.shown() != dark);
        assert!(themes.choose("mono") && !themes.choose("nope"));
        assert_eq!(*themes.shown(), Theme::mono());
        assert!(!themes.background(true) && !themes.follows_background());
    }

    #[test]
    fn without_colours_there_is_nothing_to_choose() {
        let mut themes = Themes::mono(true);
        assert!(!themes.choose("dark") && !themes.background(true));
        assert_eq!(*themes.shown(), Theme { ascii: true, ..Theme::mono() });
    }

    #[test]
    fn a_theme_of_ones_own_takes_the_place_of_another() {
        let mut themes = Themes::of(ColorDepth::Sixteen, true);
        themes.add("dark", "good = \"blue\"").unwrap();
        assert!(themes.choose("dark") && themes.shown().ascii);
        assert_eq!(themes.names().filter(|name| *name == "dark").count(), 1);
        assert_eq!(themes.add("x", "good = 999").unwrap_err().line, 1);
    }
}
