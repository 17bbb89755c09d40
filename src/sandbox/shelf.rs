//! The order of a list, in memory.

/// The rows of one list, oldest first. SQLite walks over every row that an OFFSET skips: at 100,000
/// rows the last page costs many times the first. The place of a row is known here instead, so that
/// a page is a range of keys.
#[derive(Debug, Default)]
pub(super) struct Shelf(Vec<Spot>);

/// A row by what lists are narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) key: i64,
    pub(super) country: [u8; 2],
    /// The first letter of the type, which is enough to tell the three apart.
    pub(super) kind: u8,
}

impl Spot {
    /// A row as the database describes it.
    pub(super) fn new(key: i64, country: &str, kind: &str) -> Self {
        Self { key, country: letters(country), kind: kind.bytes().next().unwrap_or_default() }
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    /// Upper case.
    pub(super) country: Option<String>,
    /// The contract's name of the type.
    pub(super) kind: Option<&'static str>,
    pub(super) limit: usize,
    pub(super) offset: usize,
}

impl Shelf {
    /// Adds a row where its key belongs: most often the end.
    pub(super) fn put(&mut self, spot: Spot) {
        match self.0.binary_search_by_key(&spot.key, |one| one.key) {
            Ok(at) => self.0[at] = spot,
            Err(at) => self.0.insert(at, spot),
        }
    }

    /// Takes a row away, if it is there.
    pub(super) fn take(&mut self, key: i64) {
        if let Ok(at) = self.0.binary_search_by_key(&key, |one| one.key) {
            self.0.remove(at);
        }
    }

    /// The first and the last key of a page; every row between them that matches is on the page.
    pub(super) fn range(&self, page: &Page) -> Option<(i64, i64)> {
        if page.country.is_none() && page.kind.is_none() {
            let rest = self.0.get(page.offset..)?;
            let rows = &rest[..page.limit.min(rest.len())];
            return Some((rows.first()?.key, rows.last()?.key));
        }
        let mut rows = self.matching(page).map(|one| one.key).skip(page.offset).take(page.limit);
        let first = rows.next()?;
        Some((first, rows.last().unwrap_or(first)))
    }

    /// How many rows there are on all pages together.
    pub(super) fn count(&self, page: &Page) -> usize {
        self.matching(page).count()
    }

    fn matching(&self, page: &Page) -> impl Iterator<Item = &Spot> {
        let country = page.country.as_deref().map(letters);
        let kind = page.kind.and_then(|kind| kind.bytes().next());
        self.0
            .iter()
            .filter(move |one| country.is_none_or(|country| country == one.country))
            .filter(move |one| kind.is_none_or(|kind| kind == one.kind))
    }
}

fn letters(country: &str) -> [u8; 2] {
    let mut bytes = country.bytes();
    [bytes.next().unwrap_or_default(), bytes.next().unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(country: Option<&str>, kind: Option<&'static str>, limit: usize, offset: usize) -> Page {
        Page { country: country.map(str::to_owned), kind, limit, offset }
    }

    #[test]
    fn a_page_is_the_range_between_its_first_and_last_row() {
        let mut shelf = Shelf::default();
        for (key, country, kind) in
            [(1, "NG", "mobile"), (2, "GH", "local"), (5, "NG", "local"), (9, "NG", "mobile")]
        {
            shelf.put(Spot::new(key, country, kind));
        }
        assert_eq!(shelf.range(&page(None, None, 2, 0)), Some((1, 2)));
        assert_eq!(shelf.range(&page(None, None, 100, 2)), Some((5, 9)));
        assert_eq!(shelf.range(&page(None, None, 100, 4)), None);
        assert_eq!(shelf.range(&page(None, None, 100, usize::MAX)), None);
        assert_eq!(shelf.range(&page(Some("NG"), None, 2, 1)), Some((5, 9)));
        assert_eq!(shelf.range(&page(Some("NG"), Some("mobile"), 1, 1)), Some((9, 9)));
        assert_eq!(shelf.range(&page(Some("KE"), None, 10, 0)), None);
        shelf.take(5);
        shelf.take(5);
        assert_eq!(shelf.range(&page(Some("NG"), None, 9, 0)), Some((1, 9)));
        shelf.put(Spot::new(5, "NG", "local"));
        assert_eq!(shelf.range(&page(None, Some("local"), 9, 0)), Some((2, 5)));
    }
}
