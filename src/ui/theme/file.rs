//! Themes as TOML: one role a line.

use ratatui::style::{Color, Modifier, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Theme;
use super::depth::{ColorDepth, NAMES};
use crate::phone::clean;
use crate::phone::format::line_of;

/// What is wrong in a theme, and in which line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ThemeError {
    /// The line.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// The roles that a file names, in the order of [`super::Role`].
pub(super) const ROLES: [&str; 8] = ["text", "muted", "accent", "good", "warn", "bad", "live", "rule"];

const A_COLOUR: &str = "a colour is a name of the 16 (cyan, bright-black), default, a number from 0 to 255, \
                        or \"#rrggbb\"; or a list of those";

impl Theme {
    /// Reads a theme for a terminal of so many colours.
    pub fn parse(text: &str, depth: ColorDepth) -> Result<Self, ThemeError> {
        let file = ThemeFile { text, depth };
        let table = DeTable::parse(text)
            .map_err(|error| file.wrong(error.span().map_or(0, |span| span.start), error.message()))?;
        let mut theme = Self::default();
        for (key, value) in table.get_ref() {
            let at = key.span().start;
            let role = ROLES.iter().position(|role| *role == key.get_ref().as_ref());
            let Some(role) = role else {
                let key = clean(key.get_ref(), 60);
                return Err(
                    file.wrong(at, &format!("there is no role {key}; the roles are {}", ROLES.join(", ")))
                );
            };
            theme.styles[role] = file.style(value)?;
        }
        Ok(theme)
    }
}

struct ThemeFile<'a> {
    text: &'a str,
    depth: ColorDepth,
}

impl ThemeFile<'_> {
    fn wrong(&self, at: usize, message: &str) -> ThemeError {
        let line = line_of(self.text, at);
        ThemeError { line, message: clean(message, 400) }
    }

    fn style(&self, value: &Spanned<DeValue<'_>>) -> Result<Style, ThemeError> {
        let mut style = Style::new();
        let Some(table) = value.get_ref().as_table() else { return Ok(style.fg(self.color(value)?)) };
        for (key, value) in table {
            let key = (key.span().start, key.get_ref().as_ref());
            let modifier = match key.1 {
                "fg" => {
                    style = style.fg(self.color(value)?);
                    continue;
                }
                "bg" => {
                    style = style.bg(self.color(value)?);
                    continue;
                }
                "bold" => Modifier::BOLD,
                "dim" => Modifier::DIM,
                "reverse" => Modifier::REVERSED,
                "underline" => Modifier::UNDERLINED,
                other => {
                    let other = clean(other, 60);
                    let known = "fg, bg, bold, dim, reverse, underline";
                    return Err(self.wrong(key.0, &format!("a role has no {other}; it has {known}")));
                }
            };
            match value.get_ref().as_bool() {
                Some(true) => style = style.add_modifier(modifier),
                Some(false) => {}
                None => {
                    return Err(self.wrong(value.span().start, &format!("{}: it is true or false", key.1)));
                }
            }
        }
        Ok(style)
    }

    /// A colour; of a list the first that the terminal shows, else what is nearest to the first.
    fn color(&self, value: &Spanned<DeValue<'_>>) -> Result<Color, ThemeError> {
        let wrong = || self.wrong(value.span().start, A_COLOUR);
        let colors = match value.get_ref().as_array() {
            Some(list) => list.iter().map(color).collect::<Option<Vec<_>>>().ok_or_else(wrong)?,
            None => vec![color(value).ok_or_else(wrong)?],
        };
        let shown = colors.iter().find(|color| self.depth.shows(**color));
        shown.or(colors.first()).map(|color| self.depth.nearest(*color)).ok_or_else(wrong)
    }
}

fn color(value: &Spanned<DeValue<'_>>) -> Option<Color> {
    if let Some(number) = value.get_ref().as_integer() {
        let number = u8::from_str_radix(number.as_str(), number.radix()).ok()?;
        return Some(NAMES.get(usize::from(number)).map_or(Color::Indexed(number), |(_, color)| *color));
    }
    let text = value.get_ref().as_str()?;
    if let Some(hex) = text.strip_prefix('#') {
        let number = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6 && !hex.starts_with('+'))?;
        let [_, r, g, b] = number.to_be_bytes();
        return Some(Color::Rgb(r, g, b));
    }
    let named = NAMES.iter().find(|(name, _)| *name == text).map(|(_, color)| *color);
    named.or((text == "default").then_some(Color::Reset))
}

#[cfg(test)]
mod tests {
    use super::super::Role;
    use super::*;

    #[test]
    fn a_role_is_a_colour_or_all_of_a_style() {
        let text = "good = \"bright-green\"\nwarn = 3\naccent = 200\nbad = \"#ff8000\"\n\
                    live = { fg = [\"#000001\", \"black\"], bg = \"default\", bold = true, dim = false }\n";
        let theme = Theme::parse(text, ColorDepth::Indexed).unwrap();
        let style = |role| theme.style(role);
        assert_eq!(style(Role::Good), Style::new().fg(Color::LightGreen));
        assert_eq!(style(Role::Warn), Style::new().fg(Color::Yellow), "a number below 16 is one of the 16");
        assert_eq!(style(Role::Accent), Style::new().fg(Color::Indexed(200)));
        assert_eq!(style(Role::Bad), Style::new().fg(Color::Indexed(208)));
        let live = Style::new().fg(Color::Black).bg(Color::Reset).add_modifier(Modifier::BOLD);
        assert_eq!(style(Role::Live), live, "the first of a list that is shown");
        assert_eq!(style(Role::Muted), Style::new(), "what is left out is plain");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, said) in [
            ("\ntxet = {}", 2, "no role txet"),
            ("good = \"grene\"", 1, "a colour is"),
            ("good = 256", 1, "a colour is"),
            ("good = \"#ff\"", 1, "a colour is"),
            ("good = \"#+12345\"", 1, "a colour is"),
            ("good = []", 1, "a colour is"),
            ("good = {\n  bg = [1, true] }", 2, "a colour is"),
            ("good = { blink = true }", 1, "no blink"),
            ("text = {}\ngood = { bold = 1 }", 2, "true or false"),
            ("good = ", 1, ""),
            ("good = 1\ngood = 2", 2, ""),
        ] {
            let error = Theme::parse(text, ColorDepth::True).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(error.message.contains(said), "{text}: {error}");
        }
    }
}
