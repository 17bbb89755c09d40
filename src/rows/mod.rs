//! Rows as data, and as text: a table, tabs, fields, JSON or CSV. Commands print what it makes.

mod columns;
mod json;
mod table;

pub use columns::{Column, Columns, NoSuchColumn, Style};
pub use json::{line as json_line, pretty as json_pretty};
pub use table::{Numbers, OutputForm, Table, Unwritten, fields, is_calculated};
