//! Rows as data, and as text: a table, tabs, fields, JSON or CSV. Commands print what it makes.

mod columns;
mod csv;
mod form;
mod json;
mod table;

pub use columns::{Column, Columns, NoSuchColumn, Style};
pub use csv::is_calculated;
pub use form::Form;
pub use json::{line as json_line, pretty as json_pretty};
pub use table::{Numbers, Table, Unwritten, fields};
