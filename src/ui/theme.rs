//! Colours by role. Nothing else names a colour.

use ratatui::style::{Color, Modifier, Style};

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

/// How roles look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// The terminal's own 16 colours, on its own background: works light and dark.
    Ansi,
    /// No colour at all, for `NO_COLOR`: only bold, dim, underline and reverse. A colour that is
    /// filtered out by the terminal library would end the reverse of the selected row.
    Mono,
}

impl Theme {
    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        match (self, role) {
            (_, Role::Text) => plain,
            (_, Role::Strong) => plain.add_modifier(Modifier::BOLD),
            (Self::Ansi, Role::Muted | Role::Rule) => plain.fg(Color::DarkGray),
            (Self::Ansi, Role::Accent) => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
            (Self::Ansi, Role::Good) => plain.fg(Color::Green),
            (Self::Ansi, Role::Warn) => plain.fg(Color::Yellow),
            (Self::Ansi, Role::Bad) => plain.fg(Color::Red).add_modifier(Modifier::BOLD),
            (Self::Ansi, Role::Live) => plain.fg(Color::Black).bg(Color::Yellow).add_modifier(Modifier::BOLD),
            (Self::Ansi, Role::Selected) => plain.fg(Color::Cyan).add_modifier(Modifier::REVERSED),
            (Self::Mono, Role::Muted | Role::Rule | Role::Good) => plain,
            (Self::Mono, Role::Accent | Role::Warn | Role::Bad) => plain.add_modifier(Modifier::BOLD),
            (Self::Mono, Role::Live) => plain.add_modifier(Modifier::BOLD | Modifier::REVERSED),
            (Self::Mono, Role::Selected) => plain.add_modifier(Modifier::REVERSED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 10] = [
        Role::Text,
        Role::Muted,
        Role::Accent,
        Role::Good,
        Role::Warn,
        Role::Bad,
        Role::Live,
        Role::Rule,
        Role::Strong,
        Role::Selected,
    ];

    #[test]
    fn mono_sets_no_colour() {
        for role in ROLES {
            let style = Theme::Mono.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
    }

    #[test]
    fn the_selected_row_is_reversed_in_every_theme() {
        for theme in [Theme::Ansi, Theme::Mono] {
            assert!(theme.style(Role::Selected).add_modifier.contains(Modifier::REVERSED));
        }
    }
}
