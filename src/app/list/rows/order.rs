//! The order of rows. What is compared is worked out once for each row or once for each class, and not once
//! for each comparison: a million rows are in order before somebody notices.

use std::cmp::Ordering;

use super::Rows;
use crate::phone::{Order, Problems, SortKey};

/// Fewer rows are in order before their keys would be worked out.
const FEW: usize = 64;

/// So many digits fit into one comparison; E.164 has no more.
const DIGITS: usize = 15;

impl Rows {
    /// Puts rows that stand as the server listed them in order.
    pub(super) fn sort_rows(&self, rows: &mut [u32]) {
        let Order { key, descending } = self.order;
        if key.is_some() && rows.len() < FEW {
            return rows.sort_by(|&a, &b| self.compare(a, b));
        }
        match key {
            None if descending => rows.reverse(),
            None => {}
            Some(SortKey::Country | SortKey::Kind | SortKey::Status | SortKey::Endpoint) => {
                let ranks = self.ranks_of_classes();
                rows.sort_by_key(|&row| ranks[self.class_of[row as usize] as usize]);
            }
            Some(SortKey::Number) => self.sort_by_digits(rows),
            Some(SortKey::Changed) => {
                self.sort_by(rows, |row| self.numbers[row].updated_at.as_ref()?.instant());
            }
            Some(SortKey::Created) => {
                self.sort_by(rows, |row| self.numbers[row].created_at.as_ref()?.instant());
            }
            Some(SortKey::Monthly) => self.sort_by(rows, |row| self.numbers[row].price().monthly),
            Some(SortKey::Setup) => self.sort_by(rows, |row| self.numbers[row].price().setup),
            Some(SortKey::Problem) => {
                let shared: Vec<Problems> =
                    self.examples.iter().map(|number| Problems::shared(number, &self.known)).collect();
                self.sort_by(rows, |row| {
                    let own = Problems::own(&self.numbers[row], &self.known);
                    shared[self.class_of[row as usize] as usize].and(own).iter().next()
                });
            }
            Some(SortKey::Route) => self.sort_by(rows, |row| self.known.route(&self.numbers[row].id)),
        }
    }

    /// How two rows stand to each other; never equal, but for a row and itself.
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        let Order { key, descending } = self.order;
        let (first, second) = if descending { (b, a) } else { (a, b) };
        let by_key = match key {
            None => first.cmp(&second),
            Some(SortKey::Number) => self.digits_at(first).cmp(self.digits_at(second)),
            Some(_) => self.order.compare(&self.numbers[a], &self.numbers[b], &self.known),
        };
        by_key.then(a.cmp(&b))
    }

    /// Sorts by what each row has; what is not there stands last in either direction.
    fn sort_by<K: Ord + Copy>(&self, rows: &mut [u32], key: impl Fn(u32) -> Option<K>) {
        let mut keyed: Vec<(Option<K>, u32)> = rows.iter().map(|&row| (key(row), row)).collect();
        keyed.sort_unstable_by(|a, b| self.order.rank(a.0, b.0).then(a.1.cmp(&b.1)));
        for (place, (_, row)) in rows.iter_mut().zip(keyed) {
            *place = row;
        }
    }

    /// Sorts by the digits of the numbers.
    fn sort_by_digits(&self, rows: &mut [u32]) {
        let keys: Option<Vec<u64>> = rows.iter().map(|&row| packed(self.digits_at(row))).collect();
        let Some(keys) = keys else { return rows.sort_by(|&a, &b| self.compare(a, b)) };
        let mut keyed: Vec<(u64, u32)> = keys.into_iter().zip(rows.iter().copied()).collect();
        if self.order.descending {
            keyed.sort_unstable_by_key(|&(key, row)| (std::cmp::Reverse(key), row));
        } else {
            keyed.sort_unstable();
        }
        for (place, (_, row)) in rows.iter_mut().zip(keyed) {
            *place = row;
        }
    }

    /// Which place each class has among the classes, where what is compared is what its rows share.
    fn ranks_of_classes(&self) -> Vec<u32> {
        let mut classes: Vec<usize> = (0..self.examples.len()).collect();
        let compare =
            |a: usize, b: usize| self.order.compare(&self.examples[a], &self.examples[b], &self.known);
        classes.sort_by(|&a, &b| compare(a, b));
        let (mut ranks, mut rank) = (vec![0; classes.len()], 0);
        for (at, &class) in classes.iter().enumerate() {
            rank += u32::from(at > 0 && compare(classes[at - 1], class).is_ne());
            ranks[class] = rank;
        }
        ranks
    }
}

/// Digits as a number that stands to others as they stand to others as a text; `None` for what are not
/// digits, or too many.
fn packed(digits: &[u8]) -> Option<u64> {
    const PLACE: u64 = 11;
    let is_digits = digits.len() <= DIGITS && digits.iter().all(u8::is_ascii_digit);
    is_digits.then(|| {
        let places = digits.iter().map(|digit| u64::from(digit - b'0') + 1).chain(std::iter::repeat(0));
        places.take(DIGITS).fold(0, |sum, place| sum * PLACE + place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_digits_stand_as_their_texts_stand() {
        let texts = ["", "0", "00", "01", "1", "10", "100000000000000", "11", "2", "999999999999999"];
        for one in texts {
            for other in texts {
                let packed = |text: &str| packed(text.as_bytes()).unwrap();
                assert_eq!(packed(one).cmp(&packed(other)), one.cmp(other), "{one} {other}");
            }
        }
        assert_eq!((packed(b"1234567890123456"), packed(b"12a")), (None, None));
    }
}
