//! The switches of a number: whether it may be called, whether it may call. A new one is a row here.

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use super::dialect::SandboxDialect;
use super::random::Random;

/// What one switch is called, and how it stands on a number that was bought under the contract.
struct Switch {
    snake: &'static str,
    camel: &'static str,
    bought: bool,
    /// How it stands on a number of a world that is being made.
    drawn: fn(&mut Random) -> bool,
}

const SWITCHES: [Switch; 2] = [
    Switch {
        snake: "allow_inbound",
        camel: "allowInbound",
        bought: true,
        drawn: |random| !random.percent(5),
    },
    Switch {
        snake: "allow_outbound",
        camel: "allowOutbound",
        bought: false,
        drawn: |random| random.percent(20),
    },
];

/// How all of them stand: a bit each, the first the lowest. The database keeps them as that number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Switches(u8);

/// Those that a request mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wanted([Option<bool>; SWITCHES.len()]);

impl Switches {
    /// A number that was just bought under the contract.
    pub(super) fn bought() -> Self {
        Self::from_iter(SWITCHES.iter().map(|switch| switch.bought))
    }

    /// All of them on.
    pub(super) fn all() -> Self {
        Self::from_iter(SWITCHES.iter().map(|_| true))
    }

    /// A number of a world that is being made.
    pub(super) fn drawn(random: &mut Random) -> Self {
        Self::from_iter(SWITCHES.iter().map(|switch| (switch.drawn)(random)))
    }

    fn from_iter(on: impl Iterator<Item = bool>) -> Self {
        Self(on.enumerate().fold(0, |bits, (at, on)| bits | u8::from(on) << at))
    }

    fn on(self) -> impl Iterator<Item = bool> {
        (0..SWITCHES.len()).map(move |at| self.0 >> at & 1 == 1)
    }

    /// With what was asked for.
    pub(super) fn with(self, wanted: Wanted) -> Self {
        Self::from_iter(self.on().zip(wanted.0).map(|(is, wanted)| wanted.unwrap_or(is)))
    }

    /// Writes them as fields that follow others.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        for (switch, on) in SWITCHES.iter().zip(self.on()) {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(switch.snake.as_bytes());
            out.extend_from_slice(b"\":");
            out.extend_from_slice(if on { b"true" } else { b"false" });
        }
    }
}

impl Wanted {
    /// Reads those that a body mentions; `flag` reads a field of it.
    pub(super) fn read<E>(
        dialect: SandboxDialect,
        mut flag: impl FnMut(&'static str) -> Result<Option<bool>, E>,
    ) -> Result<Self, E> {
        let mut wanted = Self::default();
        for (place, switch) in wanted.0.iter_mut().zip(&SWITCHES) {
            *place = flag(dialect.name(switch.camel, switch.snake))?;
        }
        Ok(wanted)
    }
}

impl ToSql for Switches {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for Switches {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u8::column_result(value).map(Self)
    }
}
