//! A point in time as a server wrote it.

use std::fmt;

use jiff::Timestamp;

/// A timestamp of the API (RFC 3339), kept compactly when it can be written back to the letter,
/// else as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// Understood; `to_string` gives back what was parsed.
    At(Timestamp),
    /// Kept as it came: another precision or offset, or no timestamp at all.
    Raw(Box<str>),
}

impl Moment {
    /// Reads a timestamp; never fails, see [`Moment::Raw`].
    pub fn parse(text: &str) -> Self {
        match text.parse::<Timestamp>() {
            Ok(at) if at.to_string() == text => Self::At(at),
            _ => Self::Raw(text.into()),
        }
    }

    /// The instant, when the text is one.
    pub fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(*at),
            Self::Raw(text) => text.parse().ok(),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => at.fmt(f),
            Self::Raw(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_timestamp_is_written_back_as_it_came() {
        for text in [
            "2026-03-03T10:00:00Z",
            "2026-03-03T10:00:00.123Z",
            "2026-03-03T10:00:00.120Z",
            "2026-03-03T10:00:00+01:00",
            "yesterday",
            "",
        ] {
            assert_eq!(Moment::parse(text).to_string(), text);
        }
    }

    #[test]
    fn an_offset_is_understood_though_kept_raw() {
        let with_offset = Moment::parse("2026-03-03T10:00:00+01:00");
        assert_eq!(with_offset.instant(), Moment::parse("2026-03-03T09:00:00Z").instant());
        assert_eq!(Moment::parse("soon").instant(), None);
    }
}
