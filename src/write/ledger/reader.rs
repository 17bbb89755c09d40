//! What was read of a ledger file so far: a file that only grows is read on from where it was left.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use super::Entry;
use super::format::{self, Record};
use crate::api::RequestId;
use crate::phone::clean;
use crate::write::OutcomeKind;

/// Lines of a ledger that can not be read, and that nobody said to have read: a write may hide in them
/// that was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Damage {
    /// The file that they stand in.
    pub file: PathBuf,
    /// The lines.
    pub lines: Vec<DamagedLine>,
}

impl Damage {
    /// Whether everything can be read.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// Which file, and which lines of it.
impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMED: usize = 5;
        let lines: Vec<String> =
            self.lines.iter().take(NAMED).map(|damaged| damaged.line.to_string()).collect();
        let more = if self.lines.len() > NAMED { ", …" } else { "" };
        let (noun, them) = if self.lines.len() == 1 { ("line", "it") } else { ("lines", "them") };
        write!(
            f,
            "{noun} {}{more} of the ledger {} can not be read, and a write that was sent may hide in {them}",
            lines.join(", "),
            self.file.display()
        )
    }
}

/// A line of a ledger that can not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedLine {
    /// Its number in the file, from 1.
    pub line: u64,
    /// Its beginning, fit to be shown.
    pub text: String,
}

/// The entries of a file, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    /// Bytes that are understood.
    read: u64,
    /// Lines that are.
    lines: u64,
    entries: Vec<Entry>,
    /// The process that made each entry.
    senders: Vec<String>,
    /// Where the entry of a request is.
    places: HashMap<String, usize>,
    /// Lines in which a write could hide that may have been sent.
    damage: Vec<DamagedLine>,
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
        bytes[..whole].split_inclusive(|byte| *byte == b'\n').for_each(|line| self.take(line));
        self.read += size(whole);
        let tail = &bytes[whole..];
        let text = String::from_utf8_lossy(tail);
        if format::read(&text).is_some() || format::is_damaged(&text) {
            // Only its end is missing, or it will not become better.
            self.take(tail);
            self.read += size(tail.len());
        }
        Ok(())
    }

    fn take(&mut self, line: &[u8]) {
        self.lines += 1;
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches(['\n', '\r']);
        // Editors of some systems put a mark before the first line.
        let text = if self.lines == 1 { text.trim_start_matches('\u{feff}') } else { text };
        // One sign that is none may be a digit of a number, or of an id.
        let is_text = std::str::from_utf8(line).is_ok();
        let understood = match format::read(text).filter(|_| is_text).or_else(|| format::torn(text)) {
            Some(record) => self.enter(record),
            // What was torn before it said anything was not sent.
            None => !format::is_damaged(text) && (is_text || format::is_torn(text)),
        };
        if !understood {
            self.damage.push(DamagedLine { line: self.lines, text: clean(text, 60) });
        }
    }

    /// Returns whether the line belongs to what is known: an outcome of something that was never
    /// entered tells that a line is missing.
    fn enter(&mut self, record: Record) -> bool {
        match record {
            Record::Begun { id, at, uptime, by, organization, intent } => {
                let Some(request) = RequestId::parse(&id) else { return false };
                self.places.insert(id, self.entries.len());
                self.senders.push(by);
                let entry = Entry::begun(request, at, *intent, false);
                self.entries.push(Entry { organization, uptime, ..entry });
            }
            Record::Named { id, number } => {
                let Some(entry) = self.entry(&id) else { return false };
                entry.number = Some(number);
            }
            Record::Ended { id, ending } => {
                let is_known = ending.outcome != OutcomeKind::Unknown;
                let Some(entry) = self.entry(&id) else { return is_known };
                entry.end(ending);
            }
            Record::Forgotten => self.damage.clear(),
        }
        true
    }

    /// Lines that can not be read, and that nobody said to have read.
    pub(super) fn damage(&self) -> &[DamagedLine] {
        &self.damage
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

/// So many bytes of a file. No machine has memory for more than it can count.
fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use jiff::Timestamp;

    use super::*;
    use crate::api::{Error, ErrorKind};
    use crate::phone::{Cents, Number, NumberId, NumberText, Price};
    use crate::write::ledger::format::Author;
    use crate::write::{Cause, Intent, Outcome, PriceSource, Uptime};

    fn line(n: u32) -> String {
        let row = Number::new(NumberId::new(&format!("inv-{n}")), NumberText::parse("+2348031234567"));
        let intent = Intent::buy(&row, Price::UNKNOWN, PriceSource::Row, None, None);
        let id = format!("5f0c1e2a-0000-4000-8000-{n:012}");
        format::begun(&id, Timestamp::UNIX_EPOCH, &Uptime::now(), &Author::default(), &intent)
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
    fn a_line_in_which_a_write_could_hide_is_told_until_somebody_read_it() {
        let read = |text: &[u8]| {
            let mut transcript = Transcript::default();
            transcript.catch_up(&mut Cursor::new(text)).unwrap();
            let damage: Vec<u64> = transcript.damage().iter().map(|damage| damage.line).collect();
            (transcript.entries(|_, _| false).len(), damage)
        };
        let newer = line(2).replace("\"v\":1", "\"v\":2");
        let holed = line(2).replacen("purchase", "purch\0se", 1);
        let zeros = "\0".repeat(40);
        for bad in [newer.as_str(), &holed, "junk\n", "[]\n", "{}\n", "42", &zeros, &line(2)[9..]] {
            let text = [&line(1), bad].concat();
            assert_eq!(read(text.as_bytes()), (1, vec![2]), "{bad:?}");
        }
        let forgotten = format::forgotten("r", Timestamp::UNIX_EPOCH, 1);
        assert_eq!(read([line(1), newer.clone(), forgotten.clone()].concat().as_bytes()), (1, vec![]));
        let later = [newer.clone(), forgotten, line(1), newer].concat();
        assert_eq!(read(later.as_bytes()), (1, vec![4]), "what comes later is told again");
        assert_eq!(read(&[line(1).as_bytes(), b"\xff\xfe\n"].concat()), (1, vec![2]));
        let odd_byte = [line(1).as_bytes(), &line(2).into_bytes()].concat();
        let at = odd_byte.windows(5).rposition(|five| five == b"inv-2").unwrap();
        let odd_byte = [&odd_byte[..at], b"inv\xff2", &odd_byte[at + 5..]].concat();
        assert_eq!(read(&odd_byte), (1, vec![2]), "a byte that is no text may be part of an id");
        let nameless = line(2).replacen("5f0c1e2a-", "not an id", 1);
        assert_eq!(read([line(1), nameless].concat().as_bytes()), (1, vec![2]));
        let lost = Error::new(ErrorKind::Timeout, "no answer");
        let unknown = Outcome::Unknown { error: lost.clone(), why: String::new() };
        let purchase = Intent::buy(
            &Number::new(NumberId::new("inv-9"), NumberText::parse("")),
            Price::UNKNOWN,
            PriceSource::Row,
            None,
            None,
        );
        for (outcome, told) in [(unknown, vec![2]), (Outcome::Refused(lost), vec![])] {
            let ended = format::ended("r-9", Timestamp::UNIX_EPOCH, &purchase, &outcome);
            assert_eq!(read([line(1), ended].concat().as_bytes()), (1, told), "its beginning is missing");
        }
    }

    #[test]
    fn a_mark_before_the_first_line_and_other_ends_of_lines_hide_nothing() {
        let text = format!("\u{feff}{}\r\n\r\n\n{}", line(1).trim_end(), line(2));
        let mut transcript = Transcript::default();
        transcript.catch_up(&mut Cursor::new(text)).unwrap();
        assert_eq!(transcript.entries(|_, _| false).len(), 2);
        assert!(transcript.damage().is_empty());
    }

    #[test]
    fn a_purchase_that_was_torn_after_its_number_is_in_doubt() {
        let whole = line(1);
        for end in 1..whole.len() {
            let mut transcript = Transcript::default();
            transcript.catch_up(&mut Cursor::new(format!("{}\n", &whole[..end]))).unwrap();
            assert!(transcript.damage().is_empty(), "torn after {end}: it was never sent, or is looked for");
            let found = transcript.entries(|_, _| false).len();
            let told = whole[..end].contains("\"inventory_id\":\"inv-1\",");
            assert_eq!(found, usize::from(told), "torn after {end}");
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

    /// What numdeck 0.1.0 wrote: two purchases and one that was refused, an update with its undo, another
    /// one, a release, a deletion, a purchase whose process was killed, and a line that was forgotten.
    #[test]
    fn what_an_earlier_version_wrote_is_read() {
        let file = include_bytes!("../../../tests/data/ledger-0.1.0.jsonl");
        let mut transcript = Transcript::default();
        transcript.catch_up(&mut Cursor::new(file)).unwrap();
        assert_eq!(transcript.damage(), []);
        let told: Vec<String> = transcript
            .entries(|_, _| false)
            .iter()
            .map(|entry| format!("{}: {}", entry.words(), entry.outcome_word()))
            .collect();
        let endpoint = "1181baf3-21d2-4b2d-9487-0e03db6e9364";
        assert_eq!(
            told,
            [
                "purchase of +234 705 795 5451: bought",
                "purchase of +234 818 495 9678: bought",
                "purchase of +234 12 992 536: refused",
                "allow outbound on +234 705 795 5451: done",
                "stop outbound on +234 705 795 5451: done",
                &format!("attach endpoint {endpoint} on +234 818 495 9678: done"),
                "release of +234 818 495 9678: done",
                "deletion of +234 705 795 5451: done",
                "purchase of +234 12 992 536: unknown",
            ]
        );
        let entries = transcript.entries(|_, _| false).to_vec();
        assert_eq!(
            entries[1].intent.offer().map(NumberId::as_str),
            Some("632aa264-9265-4336-a756-7e9019971af0")
        );
        assert!(
            matches!(&entries[4].intent, Intent::Update { cause: Cause::Undoes(undone), .. } if *undone == entries[3].id)
        );
        assert_eq!(entries[0].reviewed(), Some(Cents(900)));
        assert_eq!(
            entries[8].number.as_ref().map(NumberId::as_str),
            Some("86bdbb4d-230b-4465-9f55-d52df7739d44")
        );
        assert!(entries[8].is_in_doubt() && entries[8].uptime.is_some());
    }
}
