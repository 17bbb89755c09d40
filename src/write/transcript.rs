//! What was read of a ledger file so far: a file that only grows is read on from where it was left.

use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};

use super::Entry;
use super::record::{self, Record};
use crate::api::RequestId;

/// The entries of a file, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    /// Bytes that are understood.
    read: u64,
    entries: Vec<Entry>,
    /// The process that made each entry.
    senders: Vec<String>,
    /// Where the entry of a request is.
    places: HashMap<String, usize>,
}

impl Transcript {
    /// Reads what was appended since. A file that is shorter than what was read is another one.
    pub(super) fn catch_up(&mut self, file: &mut (impl Read + Seek)) -> io::Result<()> {
        let length = file.seek(SeekFrom::End(0))?;
        if length < self.read {
            *self = Self::default();
        }
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        // A last line without its end is torn, or not written yet: it is read again.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.take(&String::from_utf8_lossy(&bytes[..whole]));
        self.read += whole as u64;
        let tail = String::from_utf8_lossy(&bytes[whole..]);
        if record::read(&tail).is_some() {
            // Only its end is missing.
            self.take(&tail);
            self.read += (bytes.len() - whole) as u64;
        }
        Ok(())
    }

    /// Lines that are torn or of another version are passed over.
    fn take(&mut self, text: &str) {
        for record in text.lines().filter_map(record::read) {
            match record {
                Record::Begun { id, at, uptime, by, organization, intent } => {
                    let Some(request) = RequestId::parse(&id) else { continue };
                    self.places.insert(id, self.entries.len());
                    self.senders.push(by);
                    let entry = Entry::begun(request, at, *intent, false);
                    self.entries.push(Entry { organization, uptime, ..entry });
                }
                Record::Named { id, number } => {
                    if let Some(entry) = self.entry(&id) {
                        entry.number = Some(number);
                    }
                }
                Record::Ended { id, ending } => {
                    if let Some(entry) = self.entry(&id) {
                        entry.end(ending);
                    }
                }
            }
        }
    }

    fn entry(&mut self, id: &str) -> Option<&mut Entry> {
        self.places.get(id).and_then(|&at| self.entries.get_mut(at))
    }

    /// All entries, oldest first. Of a write without an outcome the answer may still come, as
    /// `is_awaited` says of its request and process.
    pub(super) fn entries(&mut self, is_awaited: impl Fn(RequestId, &str) -> bool) -> &[Entry] {
        for (entry, by) in self.entries.iter_mut().zip(&self.senders) {
            if entry.outcome.is_none() {
                entry.in_flight = is_awaited(entry.id, by);
            }
        }
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use jiff::Timestamp;

    use super::*;
    use crate::phone::{Line, Number, NumberId, Price};
    use crate::write::record::Author;
    use crate::write::{Intent, PriceSource, Uptime};

    fn line(n: u32) -> String {
        let row = Number::new(NumberId::new(&format!("inv-{n}")), Line::parse("+2348031234567"));
        let intent = Intent::buy(&row, Price::UNKNOWN, PriceSource::Row, None, None);
        let id = format!("5f0c1e2a-0000-4000-8000-{n:012}");
        record::begun(&id, Timestamp::UNIX_EPOCH, &Uptime::now(), &Author::default(), &intent)
    }

    #[test]
    fn a_file_that_grows_by_any_pieces_is_read_as_a_whole() {
        let whole = [line(1), "{\"torn\":\n".to_owned(), line(2), line(3)].concat();
        for step in [1, 7, 100, 1000] {
            let mut transcript = Transcript::default();
            for end in (0..whole.len()).step_by(step).chain([whole.len()]) {
                transcript.catch_up(&mut Cursor::new(&whole.as_bytes()[..end])).unwrap();
            }
            assert_eq!(transcript.entries(|_, _| false).len(), 3, "in pieces of {step}");
        }
    }

    #[test]
    fn a_file_that_is_shorter_than_before_is_another_one() {
        let mut transcript = Transcript::default();
        transcript.catch_up(&mut Cursor::new([line(1), line(2)].concat())).unwrap();
        transcript.catch_up(&mut Cursor::new(line(3))).unwrap();
        let found = transcript.entries(|_, _| true);
        assert_eq!(found.len(), 1);
        assert!(found[0].in_flight && found[0].id.to_string().ends_with('3'));
    }
}
