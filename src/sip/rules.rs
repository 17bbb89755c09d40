//! Which answers to OPTIONS somebody takes for up, where the usual reading is not theirs: PBXs and
//! dispatchers differ in it, too.

use std::fmt::Write as _;

/// Status codes, as somebody reads them. Empty: as usual.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusRules {
    /// These are up, and no others are. `None`: whatever the table of outcomes says.
    pub up: Option<Vec<u16>>,
    /// These are maintenance, which is no failure.
    pub maintenance: Vec<u16>,
}

/// How a rule reads a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Up.
    Up,
    /// Not up, though it may be an answer of a server that lives.
    NotUp,
    /// In maintenance.
    Maintenance,
    /// As usual.
    Usual,
}

impl StatusRules {
    pub(super) fn read(&self, status: u16) -> Reading {
        if self.maintenance.contains(&status) {
            return Reading::Maintenance;
        }
        match &self.up {
            Some(up) if up.contains(&status) => Reading::Up,
            Some(_) => Reading::NotUp,
            None => Reading::Usual,
        }
    }

    /// The codes that are up, in words.
    pub(super) fn up_words(&self) -> String {
        let mut out = String::new();
        for (at, code) in self.up.iter().flatten().enumerate() {
            // Writing to a string does not fail.
            write!(out, "{}{code}", if at == 0 { "" } else { ", " }).ok();
        }
        out
    }
}
