//! What can be wrong with a store: it is not what was written, or nothing can be done with it now.

use std::io;

use rusqlite::{Error, ErrorCode};

use crate::phone::clean;
use crate::write::NotOurs;

/// Why something could not be done.
#[derive(Debug)]
pub(super) enum Fault {
    /// The file is no store of this version, or not as it was written.
    Damaged,
    /// No place, no right, no room, or somebody else who is busy with it for long; in words.
    Unusable(String),
}

/// Why nothing is kept or found: nothing depends on it but what is remembered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let Some(code) = error.sqlite_error_code() else {
            // A value that is not of its kind, a row that is not there: nobody wrote that.
            return Self::Damaged;
        };
        match code {
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::Unknown
            | ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch => Self::Damaged,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                Self::Unusable("another program has been busy with it for long".to_owned())
            }
            _ => Self::Unusable(clean(&error.to_string(), 200)),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Unusable(clean(&error.to_string(), 400))
    }
}

impl From<NotOurs> for Fault {
    fn from(refused: NotOurs) -> Self {
        Self::Unusable(clean(&refused.to_string(), 400))
    }
}
