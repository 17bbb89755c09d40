//! How rows are written.

/// The form of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Aligned columns under a header, on a terminal.
    Table,
    /// The same rows in a pipe: tab-separated, no header.
    Tabs,
    /// `field: value` lines.
    Plain,
    /// One JSON document.
    Json,
    /// One JSON object per line.
    Ndjson,
    /// RFC 4180 with a header.
    Csv,
}

impl Form {
    /// Whether a program reads records: a form that was asked for, in which nothing else is said.
    pub fn is_of_records(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson | Self::Csv)
    }

    /// Whether a program reads errors as JSON.
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }
}
