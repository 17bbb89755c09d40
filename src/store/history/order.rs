//! The order of the server's list as integers with gaps, so that a row that stays where it is keeps its
//! place.

/// Room for so many rows between two that were appended.
const STEP: i64 = 1024;

/// The places of rows in the order of a list, of which some had a place before: rising, and as many of the
/// old ones kept as can be.
pub(super) fn places(before: &[Option<i64>]) -> Vec<i64> {
    spread(&kept(before))
        .unwrap_or_else(|| (1_i64..).take(before.len()).map(|at| at.saturating_mul(STEP)).collect())
}

/// The places that stay: all where they rise, else of a longest part that does.
fn kept(before: &[Option<i64>]) -> Vec<Option<i64>> {
    if before.iter().flatten().is_sorted_by(|one, next| one < next) {
        return before.to_vec();
    }
    // Patience sorting: the last row of the best part of each length, and the row before each row.
    let place = |row: usize| before.get(row).copied().flatten();
    let mut ends: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = vec![None; before.len()];
    for (row, at) in before.iter().enumerate().filter_map(|(row, at)| Some((row, (*at)?))) {
        let length = ends.partition_point(|end| place(*end).is_some_and(|other| other < at));
        if let (Some(slot), Some(end)) =
            (previous.get_mut(row), length.checked_sub(1).and_then(|one| ends.get(one)))
        {
            *slot = Some(*end);
        }
        match ends.get_mut(length) {
            Some(end) => *end = row,
            None => ends.push(row),
        }
    }
    let mut stays = vec![None; before.len()];
    let mut row = ends.last().copied();
    while let Some(at) = row {
        stays[at] = place(at);
        row = previous[at];
    }
    stays
}

/// Gives a place to the rows that have none; `None` where there is no room.
fn spread(kept: &[Option<i64>]) -> Option<Vec<i64>> {
    let mut all = Vec::with_capacity(kept.len());
    let mut rest = kept;
    let mut before: Option<i64> = None;
    while !rest.is_empty() {
        let count = rest.iter().take_while(|at| at.is_none()).count();
        let after = rest.get(count).copied().flatten();
        let many = i64::try_from(count).ok()?;
        let place = |at: i64| match (before, after) {
            (Some(low), Some(high)) => {
                let room = high.checked_sub(low)?;
                (room > many).then(|| low + room / (many + 1) * (at + 1))
            }
            (None, Some(high)) => high.checked_sub(STEP.checked_mul(many - at)?),
            (low, None) => low.unwrap_or(0).checked_add(STEP.checked_mul(at + 1)?),
        };
        for at in 0..many {
            all.push(place(at)?);
        }
        all.extend(after);
        before = all.last().copied();
        rest = rest.get(count + 1..).unwrap_or_default();
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_that_stay_keep_their_place() {
        assert_eq!(places(&[None, None]), [1024, 2048]);
        assert_eq!(places(&[Some(5), Some(9)]), [5, 9]);
        assert_eq!(places(&[None, Some(5), None, Some(9), None]), [-1019, 5, 7, 9, 1033]);
        assert_eq!(places(&[Some(9), Some(5), Some(7)])[1..], [5, 7], "one moved to the front");
        assert_eq!(places(&[Some(5), None, Some(6)]), [1024, 2048, 3072], "no room: all are counted anew");
        assert_eq!(places(&[Some(i64::MAX), None]), [1024, 2048]);
        assert_eq!(places(&[]), [0; 0]);
    }

    proptest! {
        #[test]
        fn places_rise_whatever_they_were(
            before in prop::collection::vec(prop::option::of(prop_oneof![-9_i64..9, any::<i64>()]), 0..40)
        ) {
            let places = places(&before);
            prop_assert_eq!(places.len(), before.len());
            prop_assert!(places.is_sorted_by(|one, next| one < next), "{:?}", places);
        }
    }
}
