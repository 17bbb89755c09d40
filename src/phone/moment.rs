//! A point in time as a server wrote it.

use std::fmt;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

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
            Ok(at) if is_usual(text) || at.to_string() == text => Self::At(at),
            _ => Self::Raw(text.into()),
        }
    }

    /// Writes it as it came.
    pub fn write(&self, out: &mut String) {
        match self {
            // A string takes everything.
            Self::At(at) => {
                DateTimePrinter::new().print_timestamp(at, out).ok();
            }
            Self::Raw(text) => out.push_str(text),
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

/// Whether a timestamp has the one form in which whole seconds are written back, so that nobody has to
/// write it to see that. A leap second would come back as the one before it.
fn is_usual(text: &str) -> bool {
    const FORM: &[u8; 20] = b"0000-00-00T00:00:00Z";
    let is_formed =
        |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() == FORM.len() && text.as_bytes().iter().zip(FORM).all(is_formed) && !text.ends_with("60Z")
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
            "2016-12-31T23:59:60Z",
            "2026-03-03t10:00:00Z",
            "2026-02-30T10:00:00Z",
            "0000-01-01T00:00:00Z",
            "-000001-01-01T00:00:00Z",
            "yesterday",
            "",
        ] {
            let moment = Moment::parse(text);
            let mut written = "at ".to_owned();
            moment.write(&mut written);
            assert_eq!((moment.to_string(), written), (text.to_owned(), format!("at {text}")));
        }
    }

    #[test]
    fn an_offset_is_understood_though_kept_raw() {
        let with_offset = Moment::parse("2026-03-03T10:00:00+01:00");
        assert_eq!(with_offset.instant(), Moment::parse("2026-03-03T09:00:00Z").instant());
        assert_eq!(Moment::parse("soon").instant(), None);
    }
}
