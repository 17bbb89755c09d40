//! A point in time as a server wrote it.

use std::fmt;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

/// A timestamp of the API (RFC 3339), kept compactly when it can be written back to the letter,
/// else as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment(Kept);

/// Rows have two of them: each is sixteen bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept {
    /// In microseconds since 1970.
    Microseconds(i64),
    /// As it came: another precision or offset, or no timestamp at all.
    Raw(Box<Box<str>>),
}

/// What a server wrote for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenTime<'a> {
    /// A time; written out it is what came.
    At(Timestamp),
    /// Something else, or a time in another form.
    Raw(&'a str),
}

impl Moment {
    /// Reads a timestamp; never fails, see [`WrittenTime::Raw`].
    pub fn parse(text: &str) -> Self {
        let kept = match text.parse::<Timestamp>() {
            Ok(at) if is_usual(text) || at.to_string() == text => Self::of(at),
            _ => None,
        };
        kept.unwrap_or_else(|| Self(Kept::Raw(Box::new(text.into()))))
    }

    /// A time, where it has no nanoseconds beside its microseconds.
    fn of(at: Timestamp) -> Option<Self> {
        let kept = Kept::Microseconds(at.as_microsecond());
        (at.subsec_nanosecond() % 1000 == 0).then_some(Self(kept))
    }

    /// What was written.
    pub fn written(&self) -> WrittenTime<'_> {
        match &self.0 {
            Kept::Microseconds(at) => WrittenTime::At(time(*at)),
            Kept::Raw(text) => WrittenTime::Raw(text),
        }
    }

    /// Writes it as it came.
    pub fn write(&self, out: &mut String) {
        match self.written() {
            WrittenTime::At(at) => write_time(at, out),
            WrittenTime::Raw(text) => out.push_str(text),
        }
    }

    /// The instant, when the text is one.
    pub fn instant(&self) -> Option<Timestamp> {
        match self.written() {
            WrittenTime::At(at) => Some(at),
            WrittenTime::Raw(text) => text.parse().ok(),
        }
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self::of(at).unwrap_or_else(|| Self(Kept::Raw(Box::new(at.to_string().into()))))
    }
}

/// Only what was a time was kept as one.
fn time(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Writes a time as the API does.
pub fn write_time(at: Timestamp, out: &mut String) {
    // A string takes everything.
    DateTimePrinter::new().print_timestamp(&at, out).ok();
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
        match self.written() {
            WrittenTime::At(at) => at.fmt(f),
            WrittenTime::Raw(text) => f.write_str(text),
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
            "2026-03-03T10:00:00.123456Z",
            "2026-03-03T10:00:00.123456789Z",
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
    fn a_row_holds_it_in_sixteen_bytes() {
        assert_eq!(size_of::<Option<Moment>>(), 16);
        let fine: Timestamp = "2026-03-03T10:00:00.123456789Z".parse().unwrap();
        assert_eq!(Moment::from(fine).instant(), Some(fine));
    }

    #[test]
    fn an_offset_is_understood_though_kept_raw() {
        let with_offset = Moment::parse("2026-03-03T10:00:00+01:00");
        assert_eq!(with_offset.instant(), Moment::parse("2026-03-03T09:00:00Z").instant());
        assert_eq!(Moment::parse("soon").instant(), None);
    }
}
