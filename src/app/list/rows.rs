//! Numbers in memory, filtered and sorted, fast enough for 100,000 of them while somebody types.
//!
//! Three parts make that possible. The digits of all lines lie in one block, which is searched at
//! memory speed. Everything that many numbers share (country, type, status, endpoint, switches,
//! organization) is judged once for each distinct combination, not for each number. And rows that
//! arrive are merged into the order instead of sorting all again.

mod order;

use std::collections::HashSet;
use std::sync::Arc;

use hashbrown::HashMap;
use memchr::memmem;

use super::chunks::{Chunks, ShownRows};
use super::index::IdIndex;
use crate::phone::{
    CostGroup, CostKey, Filter, Known, Number, NumberId, Order, Pattern, Problem, Problems, RouteResult,
    SortKey, Term, Traits, costs,
};

/// So many rows that are replaced one by one cost more than sorting all again.
const REPLACED: usize = 16;

/// Traits that many numbers share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Class {
    shared: Arc<Traits>,
    /// A line that is no valid number is text of its own.
    raw: Option<Box<str>>,
}

/// The numbers of one list.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    numbers: Chunks,
    ids: IdIndex,
    /// Rows that were taken out; the others keep their place.
    gone: HashSet<u32>,
    /// Digits of all lines, a newline after each.
    digits: Vec<u8>,
    /// Where the digits of each line end.
    ends: Vec<u32>,
    class_of: Vec<u32>,
    classes: HashMap<Class, u32>,
    /// One number of each class, as it was when the class was made.
    examples: Vec<Number>,
    /// All rows in the chosen order.
    sorted: Vec<u32>,
    /// The rows that pass, in the chosen order.
    visible: Vec<u32>,
    order: Order,
    filter: Filter,
    pattern: Pattern,
    known: Known,
    problems: ProblemCounts,
    /// What all of them cost, and those that nobody can reach.
    cost: Option<CostGroup>,
}

impl Rows {
    /// All numbers, as the server sent them.
    pub fn numbers(&self) -> impl Iterator<Item = &Number> {
        let all = self.gone.is_empty();
        let here = move |row: &u32| all || !self.gone.contains(row);
        (0..self.numbers.len()).filter(here).map(|row| &self.numbers[row])
    }

    /// One number of each kind that there is: those of a kind share country, type, status and endpoint.
    pub fn kinds(&self) -> impl Iterator<Item = &Number> {
        self.examples.iter()
    }

    /// The digits of all numbers that are these, or these behind a country code; each once.
    pub fn ending_in(&self, wanted: &str) -> Vec<String> {
        let needle = format!("{wanted}\n");
        let mut found: Vec<String> = Vec::new();
        let finder = memmem::Finder::new(needle.as_bytes());
        for at in finder.find_iter(&self.digits) {
            let row = self.ends.partition_point(|end| (*end as usize) < at);
            let (start, end) = self.span(row);
            let is_gone = u32::try_from(row).is_ok_and(|row| self.gone.contains(&row));
            // No country code is longer.
            if at - start > 3 || is_gone {
                continue;
            }
            let digits = String::from_utf8_lossy(&self.digits[start..end]).into_owned();
            if !found.contains(&digits) {
                found.push(digits);
            }
        }
        found
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.numbers.len() as usize - self.gone.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many pass the filter.
    pub fn matching(&self) -> usize {
        self.visible.len()
    }

    /// Whether all rows are shown.
    pub fn is_unfiltered(&self) -> bool {
        self.filter.is_empty() && self.pattern.is_empty()
    }

    /// The order in force.
    pub fn order(&self) -> Order {
        self.order
    }

    /// The number at a visible position.
    pub fn at(&self, position: usize) -> Option<&Number> {
        self.visible.get(position).map(|&row| &self.numbers[row])
    }

    /// The visible rows of a window.
    pub fn window(&self, offset: usize, height: usize) -> impl Iterator<Item = &Number> {
        let end = (offset + height).min(self.visible.len());
        self.visible[offset.min(end)..end].iter().map(|&row| &self.numbers[row])
    }

    /// The rows that pass, as they are now.
    pub fn shown(&self) -> ShownRows {
        ShownRows::new(&self.numbers, &self.visible)
    }

    /// The visible position of an id.
    pub fn position(&self, id: &NumberId) -> Option<usize> {
        let row = self.row(id)?;
        self.visible.iter().position(|&visible| visible == row)
    }

    /// A number by its id, visible or not.
    pub fn get(&self, id: &NumberId) -> Option<&Number> {
        self.row(id).map(|row| &self.numbers[row])
    }

    fn row(&self, id: &NumberId) -> Option<u32> {
        self.known_row(id).filter(|row| !self.gone.contains(row))
    }

    /// The row of an id, one that was taken out included.
    fn known_row(&self, id: &NumberId) -> Option<u32> {
        self.ids.get(id, &self.numbers)
    }

    /// Adds numbers at the end; an id that is there already is replaced where it is.
    pub fn extend(&mut self, numbers: impl IntoIterator<Item = Number>) {
        let first = self.numbers.len();
        let (mut replaced, mut moved) = (Vec::new(), false);
        for number in numbers {
            match self.known_row(&number.id) {
                Some(row) => {
                    moved |= self.digits_at(row) != number.line.digits().as_bytes();
                    self.numbers[row] = number;
                    self.gone.remove(&row);
                    replaced.push(row);
                }
                None => self.push(number),
            }
        }
        if moved {
            return self.rebuild();
        }
        for &row in &replaced {
            self.class_of[row as usize] = self.class(row);
        }
        let mut fresh: Vec<u32> = (first..self.numbers.len()).collect();
        self.sort_rows(&mut fresh);
        let passing = self.passing(&fresh);
        self.merge(&fresh, &passing);
        if replaced.len() > REPLACED {
            return self.reorder();
        }
        replaced.into_iter().for_each(|row| self.replace_in_order(row));
    }

    /// Puts one number in place of the one with its id, or adds it. The other rows are left alone.
    pub fn put(&mut self, number: Number) {
        self.extend([number]);
    }

    /// Takes a number out. The other rows are left alone.
    pub fn remove(&mut self, id: &NumberId) {
        if let Some(row) = self.row(id) {
            self.gone.insert(row);
            self.sorted.retain(|&other| other != row);
            self.visible.retain(|&other| other != row);
        }
    }

    /// Puts other numbers in place of all.
    pub fn replace(&mut self, numbers: Vec<Number>) {
        self.numbers = Chunks::default();
        self.gone.clear();
        numbers.into_iter().for_each(|number| self.numbers.push(number));
        self.rebuild();
    }

    /// Sets the order.
    pub fn sort(&mut self, order: Order) {
        self.order = order;
        self.reorder();
    }

    /// Sets the filter.
    pub fn filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.refilter();
    }

    /// Why the filter asks for something that nothing is called by, see [`Filter::stranger`].
    pub fn stranger(&self) -> Option<String> {
        self.filter.stranger(&self.examples.iter()).map(|stranger| stranger.to_string())
    }

    /// Sets the pattern that digits have to fit, besides the filter.
    pub fn pattern(&mut self, pattern: Pattern) {
        self.pattern = pattern;
        self.refilter();
    }

    /// Sets what is known beside the numbers.
    pub fn learn(&mut self, known: Known) {
        self.known = known;
        self.reorder();
    }

    /// What is known beside the numbers.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// What the check of a number came to; none where that is not told.
    pub fn checked(&mut self, id: &NumberId, result: Option<RouteResult>) {
        let row = self.row(id);
        let before = row.map(|row| self.problems_of(row));
        match result {
            Some(result) => self.known.routes.insert(id.clone(), result),
            None => self.known.routes.remove(id),
        };
        let (Some(row), Some(before)) = (row, before) else { return };
        self.problems.replace(before, self.problems_of(row));
        let looked_at = |(_, term): &(bool, Term)| matches!(term, Term::Problem(_) | Term::Route(_));
        let sorted_by = matches!(self.order.key, Some(SortKey::Problem | SortKey::Route));
        if sorted_by || self.filter.terms().iter().any(looked_at) {
            self.replace_in_order(row);
        }
    }

    /// What is wrong with the number of a row.
    fn problems_of(&self, row: u32) -> Problems {
        Problems::of(&self.numbers[row], &self.known)
    }

    /// Counts how many of all numbers have each problem. It looks at every row: for when something changed,
    /// not for each frame.
    pub fn count_problems(&mut self) {
        let shared: Vec<Problems> =
            self.examples.iter().map(|number| Problems::shared(number, &self.known)).collect();
        let mut counts = ProblemCounts::default();
        for row in (0..self.numbers.len()).filter(|row| !self.gone.contains(row)) {
            let own = Problems::own(&self.numbers[row], &self.known);
            counts.add(shared[self.class_of[row as usize] as usize].and(own));
        }
        self.problems = counts;
        self.cost = costs(self.numbers(), CostKey::default(), &self.known).into_iter().next();
    }

    /// What all numbers cost each month when that was counted; none where no price is known.
    pub fn cost(&self) -> Option<&CostGroup> {
        self.cost.as_ref().filter(|cost| !cost.all.is_unknown())
    }

    /// How many had each problem when that was counted.
    pub fn problems(&self) -> &ProblemCounts {
        &self.problems
    }

    fn push(&mut self, number: Number) {
        let row = self.numbers.len();
        self.digits.extend_from_slice(number.line.digits().as_bytes());
        self.ends.push(place(self.digits.len()));
        self.digits.push(b'\n');
        self.ids.add(&number.id, row);
        self.numbers.push(number);
        let class = self.class(row);
        self.class_of.push(class);
    }

    /// The class of a row, made where it is the first of its kind.
    fn class(&mut self, row: u32) -> u32 {
        let number = &self.numbers[row];
        let class = Class {
            shared: Arc::clone(&number.traits),
            raw: number.line.valid().is_none().then(|| number.line.to_string().into()),
        };
        let examples = &mut self.examples;
        let class = *self.classes.entry(class).or_insert_with(|| {
            examples.push(number.clone());
            place(examples.len() - 1)
        });
        // Wherever a row comes from, its class has the one copy of what it shares.
        let shared = &self.examples[class as usize].traits;
        if !Arc::ptr_eq(&number.traits, shared) {
            self.numbers[row].traits = Arc::clone(shared);
        }
        class
    }

    fn rebuild(&mut self) {
        let numbers = std::mem::take(&mut self.numbers);
        let gone = std::mem::take(&mut self.gone);
        self.ids.clear();
        self.digits.clear();
        self.ends.clear();
        self.class_of.clear();
        self.classes.clear();
        self.examples.clear();
        for (row, number) in numbers.into_numbers().enumerate() {
            let is_gone = u32::try_from(row).is_ok_and(|row| gone.contains(&row));
            if !is_gone && self.known_row(&number.id).is_none() {
                self.push(number);
            }
        }
        self.reorder();
    }

    /// Gives a row that is another one by now its place.
    fn replace_in_order(&mut self, row: u32) {
        self.sorted.retain(|&other| other != row);
        self.visible.retain(|&other| other != row);
        let at = self.sorted.partition_point(|&other| self.compare(other, row).is_lt());
        self.sorted.insert(at, row);
        if !self.passing(&[row]).is_empty() {
            let at = self.visible.partition_point(|&other| self.compare(other, row).is_lt());
            self.visible.insert(at, row);
        }
    }

    fn reorder(&mut self) {
        let mut rows: Vec<u32> = (0..self.numbers.len()).filter(|row| !self.gone.contains(row)).collect();
        self.sort_rows(&mut rows);
        self.sorted = rows;
        self.refilter();
    }

    fn refilter(&mut self) {
        self.visible = if self.is_unfiltered() { self.sorted.clone() } else { self.passing(&self.sorted) };
    }

    /// Merges rows that are sorted among themselves into the order.
    fn merge(&mut self, fresh: &[u32], passing: &[u32]) {
        if self.order.key.is_none() && !self.order.descending {
            self.sorted.extend_from_slice(fresh);
            self.visible.extend_from_slice(passing);
            return;
        }
        let sorted = std::mem::take(&mut self.sorted);
        self.sorted = self.merged(&sorted, fresh);
        let visible = std::mem::take(&mut self.visible);
        self.visible = self.merged(&visible, passing);
    }

    fn merged(&self, old: &[u32], fresh: &[u32]) -> Vec<u32> {
        let mut out = Vec::with_capacity(old.len() + fresh.len());
        let mut rest = old;
        for &row in fresh {
            let keep = rest.partition_point(|&other| self.compare(other, row).is_le());
            out.extend_from_slice(&rest[..keep]);
            out.push(row);
            rest = &rest[keep..];
        }
        out.extend_from_slice(rest);
        out
    }

    fn digits_at(&self, row: u32) -> &[u8] {
        let (start, end) = self.span(row as usize);
        &self.digits[start..end]
    }

    /// Where the digits of a row begin and end.
    fn span(&self, row: usize) -> (usize, usize) {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize + 1 };
        (start, self.ends[row] as usize)
    }

    /// Those of `rows` that pass filter and pattern, in their order.
    fn passing(&self, rows: &[u32]) -> Vec<u32> {
        let judges: Vec<Judge<'_>> = self
            .filter
            .terms()
            .iter()
            .map(|(negated, term)| Judge::new(self, *negated, term, rows.len()))
            .collect();
        let all = self.pattern.is_empty();
        rows.iter()
            .copied()
            .filter(|&row| {
                judges.iter().all(|judge| judge.passes(self, row))
                    && (all || self.pattern.matches(&String::from_utf8_lossy(self.digits_at(row))))
            })
            .collect()
    }
}

/// A place in one of the lists above: what reads them ends long before it does not fit.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// How many numbers have a problem, by its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProblemCounts {
    /// How many numbers have one at least.
    pub numbers: usize,
    of_kind: [usize; Problem::ALL.len()],
}

impl ProblemCounts {
    fn add(&mut self, problems: Problems) {
        self.numbers += usize::from(!problems.is_empty());
        problems.iter().for_each(|problem| self.of_kind[problem as usize] += 1);
    }

    /// One number has these problems instead of those.
    fn replace(&mut self, before: Problems, after: Problems) {
        self.add(after);
        self.numbers = self.numbers.saturating_sub(usize::from(!before.is_empty()));
        for problem in before.iter() {
            self.of_kind[problem as usize] = self.of_kind[problem as usize].saturating_sub(1);
        }
    }

    /// Each kind that there is, gravest first, with how many numbers have it.
    pub fn iter(&self) -> impl Iterator<Item = (Problem, usize)> {
        let all = Problem::ALL.iter().copied();
        all.map(|problem| (problem, self.of_kind[problem as usize])).filter(|(_, count)| *count > 0)
    }
}

/// One term, with what could be judged beforehand.
struct Judge<'a> {
    negated: bool,
    term: &'a Term,
    /// Whether the term holds for each class.
    classes: Vec<bool>,
    /// For a term about problems: those of each class.
    problems: Vec<Problems>,
    /// For a term of digits on a long list: whether it holds for each row.
    rows: Option<Vec<bool>>,
}

/// From so many rows on the whole block of digits is searched at once.
const BLOCK_SEARCH: usize = 512;

impl<'a> Judge<'a> {
    fn new(roster: &Rows, negated: bool, term: &'a Term, rows: usize) -> Self {
        let classes = match term {
            Term::Digits(_) | Term::Id(_) | Term::Problem(_) | Term::Route(_) | Term::Nothing => Vec::new(),
            Term::Label(_) | Term::Pinned(_) => Vec::new(),
            _ => roster.examples.iter().map(|number| term.in_traits(number, &roster.known)).collect(),
        };
        let problems = match term {
            Term::Problem(_) => {
                roster.examples.iter().map(|number| Problems::shared(number, &roster.known)).collect()
            }
            _ => Vec::new(),
        };
        let rows = match term {
            Term::Digits(readings) if rows >= BLOCK_SEARCH => {
                let mut found = readings.iter().map(|wanted| rows_with(roster, wanted.as_bytes()));
                let first = found.next().unwrap_or_default();
                Some(
                    found
                        .fold(first, |all, more| all.iter().zip(&more).map(|(one, two)| one | two).collect()),
                )
            }
            _ => None,
        };
        Self { negated, term, classes, problems, rows }
    }

    fn passes(&self, roster: &Rows, row: u32) -> bool {
        let at = row as usize;
        let hit = match self.term {
            Term::Digits(readings) => match &self.rows {
                Some(rows) => rows[at],
                None => {
                    let digits = roster.digits_at(row);
                    readings.iter().any(|wanted| memmem::find(digits, wanted.as_bytes()).is_some())
                }
            },
            Term::Nothing => false,
            Term::Id(_) | Term::Route(_) | Term::Label(_) | Term::Pinned(_) => {
                self.term.in_own(&roster.numbers[row], &roster.known)
            }
            Term::Problem(_) => {
                let own = Problems::own(&roster.numbers[row], &roster.known);
                self.term.in_problems(self.problems[roster.class_of[at] as usize].and(own))
            }
            _ => {
                self.classes[roster.class_of[at] as usize]
                    || self.term.in_own(&roster.numbers[row], &roster.known)
            }
        };
        hit != self.negated
    }
}

/// Which rows have these digits, by one search over all of them.
fn rows_with(roster: &Rows, wanted: &[u8]) -> Vec<bool> {
    let mut hits = vec![false; roster.ends.len()];
    let finder = memmem::Finder::new(wanted);
    let (mut from, mut row) = (0, 0);
    while let Some(at) = finder.find(&roster.digits[from..]) {
        let at = from + at;
        while (roster.ends[row] as usize) < at {
            row += 1;
        }
        hits[row] = true;
        from = roster.ends[row] as usize + 1;
        row += 1;
    }
    hits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::phone::{Endpoint, EndpointId, Field, Kind, Moment, NumberText, Status};

    fn known() -> Known {
        let endpoint = Endpoint {
            id: EndpointId::new("ep-b"),
            name: Some("Sales-Bot".to_owned()),
            kind: None,
            status: Some("error".to_owned()),
            url: None,
        };
        Known::of([&endpoint], jiff::Timestamp::UNIX_EPOCH)
    }

    fn number(i: u64) -> Number {
        let mut n = Number::new(
            NumberId::new(&format!("id-{i:x}")),
            NumberText::parse(&format!("+23480{:08}", i * 7919 % 99_999_999)),
        );
        n.country = Some(if i.is_multiple_of(3) { "NG" } else { "GH" }.into());
        n.kind = Some(if i.is_multiple_of(2) { Kind::Mobile } else { Kind::Local });
        n.endpoint = if i.is_multiple_of(5) {
            Field::Null
        } else {
            Field::Value(EndpointId::new(["ep-a", "ep-b"][i as usize % 2]))
        };
        let at = || Moment::parse(&format!("2026-03-{:02}T10:00:00Z", i * 7 % 28 + 1));
        n.updated_at = (!i.is_multiple_of(4)).then(at);
        n
    }

    fn shown(roster: &Rows) -> Vec<String> {
        roster.window(0, usize::MAX / 2).map(|number| number.id.to_string()).collect()
    }

    proptest! {
        #[test]
        fn the_fast_filter_finds_what_the_plain_one_finds(
            expression in "((!?(ng|gh|mobile|none|ep-a|7|80|123|id-1|country:ng|endpoint:none|endpoint:bot|id:2|problem:any|problem:none|problem:no_e|route:fail|route:none)) ){0,3}",
            count in 0_u64..1500,
            pages in 1_usize..5,
            descending in any::<bool>(),
            key in prop::option::of(prop::sample::select(SortKey::ALL)),
        ) {
            let mut known = known();
            known.routes.extend((0..count).step_by(7).map(|i| (number(i).id, RouteResult::Fail)));
            let filter = Filter::parse(&expression).unwrap();
            let all: Vec<Number> = (0..count).map(number).collect();
            let expected: Vec<String> =
                all.iter().filter(|n| filter.accepts(n, &known)).map(|n| n.id.to_string()).collect();

            let mut at_once = Rows::default();
            at_once.learn(known.clone());
            at_once.extend(all.clone());
            at_once.filter(filter.clone());
            prop_assert_eq!(shown(&at_once), expected);

            // By pages into a list that is filtered and sorted already: the same rows, and the
            // same order as sorting all at the end.
            let mut by_pages = Rows::default();
            by_pages.learn(known.clone());
            by_pages.filter(filter.clone());
            by_pages.sort(Order { key, descending });
            for page in all.chunks((count as usize / pages).max(1)) {
                by_pages.extend(page.to_vec());
            }
            let order = Order { key, descending };
            at_once.sort(order);
            prop_assert_eq!(shown(&by_pages), shown(&at_once));

            // And the same as that of a command.
            let mut plain: Vec<Number> = all.into_iter().filter(|n| filter.accepts(n, &known)).collect();
            if key.is_none() && descending {
                plain.reverse();
            }
            plain.sort_by(|a, b| order.compare(a, b, &known));
            let plain: Vec<String> = plain.iter().map(|n| n.id.to_string()).collect();
            prop_assert_eq!(shown(&at_once), plain);
        }
    }

    #[test]
    fn what_is_counted_is_what_the_filter_shows() {
        let mut roster = Rows::default();
        let mut known = known();
        known.routes.insert(number(4).id, RouteResult::Fail);
        roster.learn(known);
        roster.extend((0..600).map(number));
        roster.remove(&number(5).id);
        roster.count_problems();
        roster.checked(&number(6).id, Some(RouteResult::Fail));
        roster.checked(&number(4).id, Some(RouteResult::Ok));
        let counts = *roster.problems();
        assert!(counts.numbers > 0 && counts.iter().count() == 3, "{counts:?}");
        let told = counts.iter().map(|(problem, count)| (problem.word(), count));
        for (word, count) in told.chain([("any", counts.numbers)]) {
            roster.filter(Filter::parse(&format!("problem:{word}")).unwrap());
            assert_eq!(roster.matching(), count, "{word}");
        }
    }

    #[test]
    fn a_number_is_put_in_place_and_taken_out() {
        let mut roster = Rows::default();
        roster.extend((0..10).map(number));
        let mut changed = number(3);
        changed.status = Some(Status::Inactive);
        roster.put(changed);
        assert_eq!(roster.len(), 10);
        assert_eq!(roster.at(3).unwrap().status, Some(Status::Inactive));
        roster.remove(&NumberId::new("id-3"));
        assert_eq!(roster.len(), 9);
        assert_eq!(roster.get(&NumberId::new("id-3")), None);
        assert_eq!(roster.position(&NumberId::new("id-4")), Some(3));
    }
}
