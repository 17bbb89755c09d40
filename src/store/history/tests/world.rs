//! A world in which others change numbers as well: each net difference between two complete reads is told
//! exactly once, none is invented, and each change that is only ours is named ours.

use std::collections::{BTreeMap, HashMap};

use jiff::SignedDuration;

use super::*;
use crate::api::RequestId;
use crate::phone::{Changes, Kind, SettingValue};
use crate::store::history::row::kept_form;
use crate::write::{Intent, OutcomeKind};

/// Numbers that follow each other without a pattern, the same ones for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64 (Steele, Lea and Flood 2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

/// Something that happened to a number: when by the clock of this machine, and by which write of ours.
type Event = (Timestamp, Option<RequestId>);

struct World {
    dice: Dice,
    /// What the clock of this machine says.
    clock: Timestamp,
    numbers: BTreeMap<u64, Number>,
    next: u64,
    /// Of each number and setting, since the last read that was recorded began.
    events: HashMap<(NumberId, &'static str), Vec<Event>>,
    entries: Vec<Entry>,
    store: NumberStore,
    file: PathBuf,
    /// The last list that was recorded, and when that read began.
    seen: Option<(Vec<Number>, Timestamp)>,
    /// Each state of the list, with the time of the read that began it.
    states: Vec<(Timestamp, Vec<Number>)>,
    /// The clock was set since the last read.
    murky: bool,
    foreign: usize,
    ours: usize,
    told: usize,
    named_ours: usize,
}

impl World {
    fn tick(&mut self, most: u64) {
        self.clock += SignedDuration::from_secs(1 + i64::try_from(self.dice.roll(most)).unwrap());
    }

    fn any(&mut self) -> Option<u64> {
        let at = self.dice.roll(self.numbers.len().max(1) as u64);
        self.numbers.keys().nth(usize::try_from(at).unwrap()).copied()
    }

    fn value(&mut self) -> SettingValue {
        match self.dice.roll(5) {
            0 => SettingValue::Endpoint(None),
            1 => SettingValue::Endpoint(Some(EndpointId::new(
                ["sales", "desk", "bot"][self.dice.roll(3) as usize],
            ))),
            2 => SettingValue::Switch(Switch::Inbound, self.dice.roll(2) == 0),
            3 => SettingValue::Switch(Switch::Outbound, self.dice.roll(2) == 0),
            _ => SettingValue::Status([Status::Active, Status::Inactive][self.dice.roll(2) as usize].clone()),
        }
    }

    fn happens(&mut self, id: &NumberId, what: &'static str, by: Option<RequestId>) {
        let event = (self.clock, by);
        self.events.entry((id.clone(), what)).or_default().push(event);
    }

    /// Somebody else does something.
    fn foreign(&mut self) {
        self.tick(20);
        self.foreign += 1;
        match (self.dice.roll(12), self.any()) {
            (0, _) | (_, None) => {
                self.next += 1;
                let number = number(&self.next.to_string());
                self.happens(&number.id.clone(), "new", None);
                self.numbers.insert(self.next, number);
            }
            (1, Some(key)) => {
                let gone = self.numbers.remove(&key).unwrap();
                self.happens(&gone.id, "gone", None);
            }
            (2, Some(key)) => {
                let number = self.numbers.get_mut(&key).unwrap();
                number.kind = Some([Kind::Local, Kind::Mobile][self.dice.roll(2) as usize].clone());
            }
            (_, Some(key)) => {
                let value = self.value();
                let id = self.numbers[&key].id.clone();
                self.happens(&id, value.setting().name(), None);
                value.put_into(self.numbers.get_mut(&key).unwrap());
            }
        }
    }

    /// We change a setting, from what it is.
    fn ours(&mut self) {
        self.tick(20);
        let (Some(key), value) = (self.any(), self.value()) else { return };
        let before = self.numbers[&key].clone();
        let id = RequestId::random();
        let intent = Intent::update(before.clone(), Changes::from_iter([value.clone()]));
        let is_done = self.dice.roll(8) > 0;
        let outcome = if is_done { OutcomeKind::Done } else { OutcomeKind::Refused };
        let begun = Entry::begun(id, self.clock, intent, false);
        self.entries.push(Entry { outcome: Some(outcome), ..begun });
        if is_done {
            self.ours += 1;
            self.happens(&before.id, value.setting().name(), Some(id));
            value.put_into(self.numbers.get_mut(&key).unwrap());
        }
    }

    /// The list is read, while others go on; a read that is cut is handed to nobody.
    fn read(&mut self) {
        self.tick(300);
        let began = self.clock;
        let first = self.numbers.clone();
        let during = self.dice.roll(3);
        for _ in 0..during {
            self.foreign();
        }
        self.tick(20);
        if self.dice.roll(6) == 0 {
            return;
        }
        // Each row is as it was at some moment of the read.
        let mut rows = Vec::new();
        for key in 1..=self.next {
            let late = self.dice.roll(2) == 0;
            rows.extend(if late { self.numbers.get(&key) } else { first.get(&key) }.cloned());
        }
        let at = usize::try_from(self.dice.roll(rows.len().max(1) as u64)).unwrap();
        rows.rotate_left(at);
        let read = CompleteRead { began, ended: self.clock, numbers: rows.clone() };
        if rows.is_empty() {
            return;
        }
        let recorded = self.store.record(&read, &|| Some(self.entries.clone()), self.clock).unwrap();
        self.judge(recorded, rows, began);
    }

    fn judge(&mut self, recorded: Recorded, rows: Vec<Number>, began: Timestamp) {
        let Some((seen, not_before)) = self.seen.take() else {
            assert_eq!(recorded, Recorded::First);
            self.states.push((began, rows.clone()));
            self.seen = Some((rows, began));
            return;
        };
        assert_ne!(recorded, Recorded::Overlapping);
        let murky = std::mem::take(&mut self.murky);
        let mut expected = differences(&seen, &rows);
        let count = expected.len();
        assert_eq!(recorded, if count == 0 { Recorded::Same } else { Recorded::Changed(count) });
        let query = ChangeQuery { limit: Some(count), ..ChangeQuery::default() };
        for change in self.store.changes(&query).unwrap() {
            let key = (change.number.to_string(), change.aspect.name());
            let facts = expected.remove(&key).unwrap_or_else(|| panic!("{change:?} is invented"));
            assert_eq!(facts, (change.before.clone(), change.after.clone()), "{change:?}");
            let jumped = change.not_before.is_none();
            assert!(jumped || change.not_before == Some(not_before), "{change:?}");
            assert!(change.not_before.is_none_or(|at| at <= change.not_after));
            self.told += 1;
            let events = self.events.get(&(change.number.clone(), change.aspect.name()));
            let events = events.map_or(&[][..], Vec::as_slice);
            match (events, change.author) {
                ([(at, Some(id))], author) if !murky && !jumped && *at >= not_before => {
                    assert_eq!(author, ChangeAuthor::Us(*id), "{change:?}");
                    self.named_ours += 1;
                }
                (events, ChangeAuthor::Us(id)) => {
                    assert!(events.iter().any(|(_, by)| *by == Some(id)), "{change:?} is not ours");
                }
                (events, author) if !murky && !jumped && events.iter().all(|(_, by)| by.is_none()) => {
                    // One of ours that was sent shortly before that read may have been on its way.
                    let early = not_before - SignedDuration::from_secs(120);
                    let is_near =
                        |entry: &&Entry| entry.at >= early && entry.intent.target() == Some(&change.number);
                    if !self.entries.iter().any(|entry| is_near(&entry)) {
                        assert_eq!(author, ChangeAuthor::Elsewhere, "{change:?}");
                    }
                }
                _ => {}
            }
        }
        assert!(expected.is_empty(), "{expected:?} was not told");
        if count > 0 {
            self.states.push((began, rows.clone()));
        } else if let Some(last) = self.states.last_mut() {
            last.1.clone_from(&rows);
        }
        self.events.values_mut().for_each(|events| events.retain(|(at, _)| *at >= began));
        self.seen = Some((rows, began));
    }

    /// The clock is set, by hours.
    fn jump(&mut self) {
        let hours = i64::try_from(self.dice.roll(48)).unwrap() - 24;
        self.clock += SignedDuration::from_hours(hours);
        // What happened before is of another time.
        self.events.clear();
        self.entries.clear();
        self.murky = true;
    }

    fn reopen(&mut self) {
        self.store = NumberStore::new(self.file.clone(), Retention::default());
    }
}

/// What differs between two lists, by number and aspect.
fn differences(before: &[Number], after: &[Number]) -> HashMap<(String, &'static str), (Fact, Fact)> {
    let by_id = |list: &[Number]| -> HashMap<String, Number> {
        list.iter().map(|number| (number.id.to_string(), kept_form(number))).collect()
    };
    let (before, after) = (by_id(before), by_id(after));
    let mut found = HashMap::new();
    for (id, is) in &after {
        let Some(was) = before.get(id) else {
            found.insert((id.clone(), "new"), (Fact::Unsaid, Fact::Unsaid));
            continue;
        };
        for aspect in Aspect::compared().filter(|aspect| aspect.of(was) != aspect.of(is)) {
            found.insert((id.clone(), aspect.name()), (aspect.of(was), aspect.of(is)));
        }
    }
    for id in before.keys().filter(|id| !after.contains_key(*id)) {
        found.insert((id.clone(), "gone"), (Fact::Unsaid, Fact::Unsaid));
    }
    found
}

#[test]
fn each_net_difference_is_told_once_and_ours_are_named_ours() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("store/a.sqlite");
    let mut world = World {
        dice: Dice(20_260_303),
        clock: at("10:00"),
        numbers: BTreeMap::new(),
        next: 40,
        events: HashMap::new(),
        entries: Vec::new(),
        store: NumberStore::new(file.clone(), Retention::default()),
        file,
        seen: None,
        states: Vec::new(),
        murky: false,
        foreign: 0,
        ours: 0,
        told: 0,
        named_ours: 0,
    };
    world.numbers = (1..=40).map(|key| (key, number(&key.to_string()))).collect();
    world.read();
    while world.foreign < 1000 {
        match world.dice.roll(40) {
            0 => world.jump(),
            1..=2 => world.reopen(),
            3..=12 => world.ours(),
            13..=18 => world.read(),
            _ => world.foreign(),
        }
    }
    world.read();
    for (place, (began, rows)) in world.states.iter().enumerate() {
        // After a clock that was set back, a time may mean two states; the later one counts.
        if world.states[place + 1..].iter().any(|(later, _)| later <= began) {
            continue;
        }
        let mut found = world.store.at(*began).unwrap().numbers;
        let mut wanted = rows.clone();
        for list in [&mut found, &mut wanted] {
            list.sort_by(|one, other| one.id.cmp(&other.id));
        }
        assert_eq!(found, wanted, "as it was at {began}");
    }
    println!(
        "{} foreign changes and {} of ours: {} net differences told, {} of them named ours, {} states",
        world.foreign,
        world.ours,
        world.told,
        world.named_ours,
        world.states.len()
    );
    assert!(world.ours > 100 && world.named_ours > 50 && world.told > 500);
}
