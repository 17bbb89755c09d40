//! The inventory of a country, read as far as it is needed.

use std::collections::HashMap;

use crate::api::{ListKind, ListRequest};
use crate::cli::Failure;
use crate::cli::command_context::CommandContext;
use crate::cli::pages::{Reader, incomplete};
use crate::phone::{E164, Number, NumberId};

/// Its rows so far, and where each number and each id is among them.
pub(super) struct Stock<'a> {
    reader: Reader<'a>,
    /// There are no more rows; whether these are all of them.
    end: Option<bool>,
    rows: Vec<Number>,
    by_line: HashMap<E164, usize>,
    by_id: HashMap<NumberId, usize>,
}

impl<'a> Stock<'a> {
    pub(super) fn new(context: &'a CommandContext, shelf: ListKind) -> Self {
        Self {
            reader: Reader::new(context, ListRequest::whole(shelf)),
            end: None,
            rows: Vec::new(),
            by_line: HashMap::new(),
            by_id: HashMap::new(),
        }
    }

    /// The row of a number, or of an id. That there is none is known of a whole list alone.
    pub(super) async fn find(
        &mut self,
        line: Option<E164>,
        id: Option<&NumberId>,
    ) -> Result<Option<&Number>, Failure> {
        loop {
            let place = id.and_then(|id| self.by_id.get(id));
            let place = place.or_else(|| self.by_line.get(&line?)).copied();
            if let Some(place) = place {
                return Ok(self.rows.get(place));
            }
            match self.end {
                Some(true) => return Ok(None),
                Some(false) => return Err(incomplete(self.rows.len())),
                None => self.read_on().await?,
            }
        }
    }

    async fn read_on(&mut self) -> Result<(), Failure> {
        let Some(page) = self.reader.next().await? else {
            self.end = Some(false);
            return Ok(());
        };
        if page.again {
            self.rows.clear();
            self.by_line.clear();
            self.by_id.clear();
        }
        for row in page.numbers {
            let place = self.rows.len();
            self.by_line.extend(row.line.valid().map(|line| (line, place)));
            self.by_id.insert(row.id.clone(), place);
            self.rows.push(row);
        }
        self.end = page.end.then_some(true);
        Ok(())
    }
}
