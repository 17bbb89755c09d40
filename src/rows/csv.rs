//! Records of RFC 4180, in which no cell is a formula.

use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};

/// Whether a spreadsheet would calculate what it reads from a cell. A phone number is what it looks
/// like.
pub fn is_calculated(cell: &str) -> bool {
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    match cell.as_bytes().first() {
        Some(b'+') => !is_number(&cell[1..]),
        Some(b'=' | b'-' | b'@' | b'\t' | b'\r') => true,
        _ => false,
    }
}

/// One record.
pub(super) fn record(out: &mut impl Write, cells: &[String]) -> io::Result<()> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).buffer_capacity(512).from_writer(out);
    for cell in cells {
        let guard = if is_calculated(cell) { "'" } else { "" };
        writer.write_field(format!("{guard}{cell}"))?;
    }
    writer.write_record(None::<&[u8]>)?;
    writer.flush()
}
