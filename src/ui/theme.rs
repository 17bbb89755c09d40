//! Looks by role. Nothing else names a colour.

mod depth;
mod file;
mod glyphs;
mod themes;

use ratatui::style::{Modifier, Style};

pub use depth::ColorDepth;
pub use file::ThemeError;
pub(super) use glyphs::ascii;
pub use glyphs::is_ascii_locale;
pub use themes::Themes;

/// What a piece of text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Plain.
    Text,
    /// Less important.
    Muted,
    /// Selection and focus.
    Accent,
    /// As it should be.
    Good,
    /// Look at this.
    Warn,
    /// Wrong.
    Bad,
    Live,
    /// Lines.
    Rule,
    /// Headings: text that stands out without a colour.
    Strong,
    /// The selected row.
    Selected,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Muted,
        Self::Accent,
        Self::Good,
        Self::Warn,
        Self::Bad,
        Self::Live,
        Self::Rule,
        Self::Strong,
        Self::Selected,
    ];
}

/// How roles look on one terminal: its colours, and its characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Theme {
    styles: [Style; file::ROLES.len()],
    ascii: bool,
}

impl Theme {
    /// The style of a role. Two are made of others, so that no theme can forget them: the selected row is
    /// the accent turned over, headings are bold text.
    pub fn style(&self, role: Role) -> Style {
        let [text, muted, accent, good, warn, bad, live, rule] = self.styles;
        match role {
            Role::Text => text,
            Role::Muted => muted,
            Role::Accent => accent,
            Role::Good => good,
            Role::Warn => warn,
            Role::Bad => bad,
            Role::Live => live,
            Role::Rule => rule,
            Role::Strong => text.add_modifier(Modifier::BOLD),
            Role::Selected => Style { fg: accent.fg, bg: accent.bg, ..Style::new() }.reversed(),
        }
    }

    /// The same with signs in ASCII.
    pub fn in_ascii(self) -> Self {
        Self { ascii: true, ..self }
    }

    /// Whether signs are drawn in ASCII.
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// No colour at all: only bold and reverse.
    pub fn mono() -> Self {
        themes::built_in("mono", ColorDepth::Sixteen)
    }

    /// The terminal's own 16 colours, for a dark background.
    pub fn dark() -> Self {
        themes::built_in("dark", ColorDepth::Sixteen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(depth: ColorDepth) -> Vec<(&'static str, Theme)> {
        Themes::BUILT_IN.iter().map(|(name, text)| (*name, Theme::parse(text, depth).unwrap())).collect()
    }

    #[test]
    fn mono_sets_no_colour() {
        for role in Role::ALL {
            let style = Theme::mono().style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
    }

    #[test]
    fn the_selected_row_is_reversed_in_every_theme() {
        for (name, theme) in all(ColorDepth::True) {
            let style = theme.style(Role::Selected);
            assert!(style.add_modifier.contains(Modifier::REVERSED), "{name}");
        }
    }

    #[test]
    fn live_is_a_filled_block_in_every_theme() {
        for (name, theme) in all(ColorDepth::Sixteen) {
            let style = theme.style(Role::Live);
            assert!(style.bg.is_some() || style.add_modifier.contains(Modifier::REVERSED), "{name}");
        }
    }

    #[test]
    fn sixteen_colours_are_enough_for_every_theme() {
        use ratatui::style::Color;
        for (name, theme) in all(ColorDepth::Sixteen) {
            for color in Role::ALL.map(|role| theme.style(role)).iter().flat_map(|style| [style.fg, style.bg])
            {
                assert!(!matches!(color, Some(Color::Rgb(..) | Color::Indexed(_))), "{name}: {color:?}");
            }
        }
    }
}
