//! Rows that are written to a file, as data.

use super::Tab;
use super::list::ShownRows;

/// The form of a file of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportForm {
    /// RFC 4180 with a header: the columns that the command prints.
    Csv,
    /// One JSON document: an array with every field.
    Json,
    /// One JSON object per line.
    Ndjson,
}

impl ExportForm {
    /// All of them, in the order of the key.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Ndjson];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Ndjson => "NDJSON",
        }
    }

    /// How the name of its file ends.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => ".csv",
            Self::Json => ".json",
            Self::Ndjson => ".ndjson",
        }
    }

    /// The form that the name of a file asks for.
    pub fn of(path: &str) -> Option<Self> {
        let path = path.to_ascii_lowercase();
        Self::ALL.into_iter().find(|form| path.ends_with(form.ending()))
    }
}

/// A file that is to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportJob {
    /// Where, as it was typed: `~/` is not yet the home directory.
    pub path: String,
    /// Whether a file that is there may be replaced: somebody was asked.
    pub over: bool,
    /// In which form.
    pub form: ExportForm,
    /// Whose columns.
    pub tab: Tab,
    /// What is written.
    pub rows: ShownRows,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportEnd {
    /// It is written.
    Written {
        /// Where, from the root on.
        path: String,
        /// How many rows.
        rows: usize,
    },
    /// Something is there already; nothing was written.
    Exists {
        /// Where, from the root on.
        path: String,
    },
    /// Nobody wanted it any more; nothing was written.
    Stopped,
    /// Why nothing was written.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_its_form() {
        for form in ExportForm::ALL {
            assert_eq!(ExportForm::of(&format!("a.b/c{}", form.ending())), Some(form));
        }
        assert_eq!(ExportForm::of("A.CSV"), Some(ExportForm::Csv));
        for other in ["", "a", "a.txt", "csv", "a.csv/b"] {
            assert_eq!(ExportForm::of(other), None, "{other}");
        }
    }
}
