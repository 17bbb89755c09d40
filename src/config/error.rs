//! Why a configuration file cannot be used.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::phone::clean;

/// What is wrong in which file. It never repeats a value: somebody may have put a key there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1, where one can be named.
    pub line: Option<usize>,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Error {
    /// An error about the file as a whole.
    pub fn of_file(path: &Path, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clean(&self.path.to_string_lossy(), 400))?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", clean(&self.message, 400))
    }
}

impl std::error::Error for Error {}
