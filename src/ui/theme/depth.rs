//! How many colours a terminal shows, and what becomes of a colour that it does not.

use ratatui::style::Color;

/// Colours that a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColorDepth {
    /// The 16 of its palette.
    Sixteen,
    /// Also `38;5;N`.
    Indexed,
    /// Also `38;2;R;G;B`.
    True,
}

/// Terminals of all colours whose name does not say so.
const TRUE: [&str; 6] = ["-direct", "kitty", "ghostty", "alacritty", "foot", "wezterm"];

impl ColorDepth {
    /// What the variables of the environment say; where nothing says more, 16.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let indexed = if term.contains("256color") { Self::Indexed } else { Self::Sixteen };
        // GNU screen passes on COLORTERM of the terminal outside, and reads 38;2 as something else.
        if variable("STY").is_some_and(|name| !name.is_empty()) && variable("TMUX").is_none() {
            return indexed;
        }
        // The console and old terminals may be below something that exported it.
        if term == "linux" || term.starts_with("vt") {
            return Self::Sixteen;
        }
        let colours = variable("COLORTERM").unwrap_or_default().to_lowercase();
        if ["truecolor", "24bit"].contains(&colours.trim()) || TRUE.iter().any(|name| term.contains(name)) {
            return Self::True;
        }
        indexed
    }

    /// Whether a colour is shown as it is.
    pub(super) fn shows(self, color: Color) -> bool {
        match color {
            Color::Rgb(..) => self == Self::True,
            Color::Indexed(_) => self >= Self::Indexed,
            _ => true,
        }
    }

    /// The colour, or the nearest one that is shown.
    pub(super) fn nearest(self, color: Color) -> Color {
        if self.shows(color) {
            return color;
        }
        let (Color::Rgb(..) | Color::Indexed(_)) = color else { return color };
        let wanted = rgb(color);
        if self == Self::Indexed {
            let near = (16..=255).min_by_key(|n| distance(wanted, rgb(Color::Indexed(*n))));
            return near.map_or(color, Color::Indexed);
        }
        NAMES.iter().map(|(_, named)| *named).min_by_key(|one| distance(wanted, rgb(*one))).unwrap_or(color)
    }
}

/// The 16 by their names, in their order.
pub(super) const NAMES: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// What xterm shows for the 16.
const XTERM: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

fn rgb(color: Color) -> [u8; 3] {
    match color {
        Color::Rgb(r, g, b) => [r, g, b],
        // Six steps each of red, green and blue, then greys.
        Color::Indexed(n @ 16..=231) => {
            let step = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            [step((n - 16) / 36), step((n - 16) / 6 % 6), step((n - 16) % 6)]
        }
        Color::Indexed(n @ 232..) => [8 + 10 * (n - 232); 3],
        Color::Indexed(n) => XTERM[usize::from(n)],
        named => {
            let at = NAMES.iter().position(|(_, one)| *one == named);
            XTERM[at.unwrap_or(0)]
        }
    }
}

/// How different two colours look: the eye tells greens best and blues worst.
fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    let parts = one.into_iter().zip(other).zip([3, 4, 2]);
    parts.map(|((one, other), weight)| u32::from(one.abs_diff(other)).pow(2) * weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_has_the_colours_that_its_variables_tell() {
        use ColorDepth::{Indexed, Sixteen, True};
        for (variables, depth) in [
            (&[][..], Sixteen),
            (&[("TERM", "xterm")], Sixteen),
            (&[("TERM", "xterm-256color")], Indexed),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], True),
            (&[("TERM", "xterm"), ("COLORTERM", "24bit")], True),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "yes")], Indexed),
            (&[("TERM", "xterm-kitty")], True),
            (&[("TERM", "xterm-direct")], True),
            (&[("TERM", "linux"), ("COLORTERM", "truecolor")], Sixteen),
            (&[("TERM", "screen-256color"), ("COLORTERM", "truecolor"), ("STY", "1.pts")], Indexed),
            (&[("TERM", "screen"), ("COLORTERM", "truecolor"), ("STY", "1.pts")], Sixteen),
            (&[("TERM", "tmux-256color"), ("COLORTERM", "truecolor"), ("TMUX", "/t")], True),
        ] {
            let variable = |name: &str| {
                variables.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(ColorDepth::of(variable), depth, "{variables:?}");
        }
    }

    #[test]
    fn what_is_not_shown_becomes_the_nearest() {
        use ColorDepth::{Indexed, Sixteen, True};
        for (depth, color, shown) in [
            (True, Color::Rgb(1, 2, 3), Color::Rgb(1, 2, 3)),
            (Indexed, Color::Rgb(0, 135, 0), Color::Indexed(28)),
            (Indexed, Color::Indexed(200), Color::Indexed(200)),
            (Sixteen, Color::Rgb(250, 10, 10), Color::LightRed),
            (Sixteen, Color::Rgb(0, 200, 210), Color::Cyan),
            (Sixteen, Color::Indexed(16), Color::Black),
            (Sixteen, Color::Indexed(244), Color::DarkGray),
            (Sixteen, Color::Yellow, Color::Yellow),
            (Sixteen, Color::Reset, Color::Reset),
        ] {
            assert_eq!(depth.nearest(color), shown, "{depth:?} {color:?}");
        }
    }
}
