//! A cell of the database, as small as what is in it allows.

use std::borrow::Cow;

use jiff::Timestamp;
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use uuid::Uuid;

use super::fault::Fault;
use super::values::text_of;
use crate::phone::{E164, Moment, NumberId, NumberText, WrittenTime};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
    Uuid([u8; 16]),
}

/// From here on an integer is a time in milliseconds, from the other on one in microseconds; the
/// seconds of all years that can be written are less.
const MILLIS: i64 = 1_000_000_000_000;
const MICROS: i64 = 1_000_000_000_000_000;

impl<'a> Cell<'a> {
    pub(super) fn int(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Int)
    }

    fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// An id: a UUID in its usual form is 16 bytes.
    pub(super) fn of_id(id: &'a NumberId) -> Self {
        let text = id.as_str();
        match Uuid::try_parse(text) {
            Ok(uuid) if *uuid.hyphenated().encode_lower(&mut [0; 36]) == *text => {
                Self::Uuid(*uuid.as_bytes())
            }
            _ => Self::text(text),
        }
    }

    /// A telephone number: its digits are an integer.
    pub(super) fn of_line(line: &'a NumberText) -> Self {
        match line {
            NumberText::Valid(number) => i64::try_from(number.value())
                .map_or_else(|_| Self::Text(number.to_string().into()), Self::Int),
            NumberText::Raw(text) => Self::text(text),
        }
    }

    /// A time: seconds, milliseconds or microseconds are an integer where they say all of it.
    pub(super) fn of_moment(at: Option<&'a Moment>) -> Self {
        let at = match at.map(Moment::written) {
            None => return Self::Null,
            Some(WrittenTime::Raw(text)) => return Self::text(text),
            Some(WrittenTime::At(at)) => at,
        };
        let is = |read: Result<Timestamp, jiff::Error>| read.is_ok_and(|read| read == at);
        let (seconds, millis, micros) = (at.as_second(), at.as_millisecond(), at.as_microsecond());
        if is(Timestamp::from_second(seconds)) {
            Self::Int(seconds)
        } else if millis >= MILLIS && is(Timestamp::from_millisecond(millis)) {
            Self::Int(millis)
        } else if micros >= MICROS && is(Timestamp::from_microsecond(micros)) {
            Self::Int(micros)
        } else {
            Self::Text(at.to_string().into())
        }
    }

    /// Whether that is what a row of the database has.
    pub(super) fn is(&self, value: ValueRef<'_>) -> bool {
        match (self, value) {
            (Self::Null, ValueRef::Null) => true,
            (Self::Int(one), ValueRef::Integer(other)) => *one == other,
            (Self::Text(one), ValueRef::Text(other)) => one.as_bytes() == other,
            (Self::Uuid(one), ValueRef::Blob(other)) => one == other,
            _ => false,
        }
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Int(value) => ToSqlOutput::Owned(Value::Integer(*value)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Uuid(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

/// What [`Cell::of_id`] wrote.
pub(super) fn id_of(cell: ValueRef<'_>) -> Result<NumberId, Fault> {
    match cell {
        ValueRef::Blob(bytes) => {
            let uuid = Uuid::from_slice(bytes).map_err(|_| Fault::Damaged)?;
            Ok(NumberId::new(uuid.hyphenated().encode_lower(&mut [0; 36])))
        }
        ValueRef::Text(text) => Ok(NumberId::new(text_of(text)?)),
        _ => Err(Fault::Damaged),
    }
}

/// What [`Cell::of_line`] wrote.
pub(super) fn line_of(cell: ValueRef<'_>) -> Result<NumberText, Fault> {
    match cell {
        ValueRef::Integer(digits) => {
            E164::from_digits(&digits.to_string()).map(NumberText::Valid).ok_or(Fault::Damaged)
        }
        ValueRef::Text(text) => Ok(NumberText::parse(text_of(text)?)),
        _ => Err(Fault::Damaged),
    }
}

/// What [`Cell::of_moment`] wrote.
pub(super) fn moment_of(cell: ValueRef<'_>) -> Result<Option<Moment>, Fault> {
    let at = match cell {
        ValueRef::Null => return Ok(None),
        ValueRef::Text(text) => return Ok(Some(Moment::parse(text_of(text)?))),
        ValueRef::Integer(micros) if micros >= MICROS => Timestamp::from_microsecond(micros),
        ValueRef::Integer(millis) if millis >= MILLIS => Timestamp::from_millisecond(millis),
        ValueRef::Integer(seconds) => Timestamp::from_second(seconds),
        _ => return Err(Fault::Damaged),
    };
    at.map(|at| Some(Moment::from(at))).map_err(|_| Fault::Damaged)
}

/// A time of a read, as it is kept.
pub(super) fn instant(micros: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_microsecond(micros).map_err(|_| Fault::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(cell: &Cell<'_>) -> Value {
        match cell.to_sql().unwrap() {
            ToSqlOutput::Owned(value) => value,
            ToSqlOutput::Borrowed(value) => value.try_into().unwrap(),
            _ => unreachable!("a cell is a plain value"),
        }
    }

    #[test]
    fn every_time_comes_back_to_the_letter_and_the_usual_ones_are_small() {
        for (text, is_small) in [
            ("2026-03-03T10:00:00Z", true),
            ("2026-03-03T10:00:00.123Z", true),
            ("2026-03-03T10:00:00.123456Z", true),
            ("2026-03-03T10:00:00.123456789Z", false),
            ("2026-03-03T10:00:00.120Z", false),
            ("1969-12-31T23:59:59Z", true),
            ("1970-01-01T00:00:00.001Z", false),
            ("9999-12-30T22:00:00Z", true),
            ("2026-03-03T10:00:00+01:00", false),
            ("yesterday", false),
            ("", false),
        ] {
            let moment = Moment::parse(text);
            let kept = kept(&Cell::of_moment(Some(&moment)));
            assert_eq!(moment_of((&kept).into()).unwrap(), Some(moment), "{text}");
            assert_eq!(matches!(kept, Value::Integer(_)), is_small, "{text}");
        }
    }

    #[test]
    fn every_id_and_number_comes_back_to_the_letter() {
        for text in
            ["0d9f4c1e-8c0e-4a3b-9a53-6f2f1c6f7a10", "0D9F4C1E-8C0E-4A3B-9A53-6F2F1C6F7A10", "pn_1", ""]
        {
            let id = NumberId::new(text);
            assert_eq!(id_of((&kept(&Cell::of_id(&id))).into()).unwrap(), id);
        }
        for text in ["+2348031234567", "+123456789012345", "0803", "", "+0123456789", "oops"] {
            let line = NumberText::parse(text);
            assert_eq!(line_of((&kept(&Cell::of_line(&line))).into()).unwrap(), line);
        }
    }
}
