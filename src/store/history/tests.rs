//! Rules of the store, over real files.

mod world;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::*;
use crate::phone::{EndpointId, Field, NumberText, RouteResult, Setting, Status, Switch};
use crate::sip::Code;

fn at(text: &str) -> Timestamp {
    format!("2026-03-03T{text}:00Z").parse().unwrap()
}

fn number(id: &str) -> Number {
    let mut number = Number::new(NumberId::new(id), NumberText::parse(&format!("+23480312345{id:0>2}")));
    number.status = Some(Status::Active);
    number.endpoint = Field::Value(EndpointId::new("sales"));
    number.switches[Switch::Inbound] = Some(true);
    number
}

fn numbers(ids: &[&str]) -> Vec<Number> {
    ids.iter().map(|id| number(id)).collect()
}

struct Shop {
    _directory: tempfile::TempDir,
    file: PathBuf,
    store: NumberStore,
}

impl Shop {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("store/a.sqlite");
        let store = NumberStore::new(file.clone(), Retention::default());
        Self { _directory: directory, file, store }
    }

    /// Records a read that took a minute.
    fn read(&mut self, began: &str, numbers: &[Number]) -> Recorded {
        let began = at(began);
        let ended = began + jiff::SignedDuration::from_secs(60);
        let read = CompleteRead { began, ended, numbers: numbers.to_vec() };
        self.store.record(&read, &|| Some(Vec::new()), ended).unwrap()
    }

    /// Changes in words, the newest first.
    fn told(&mut self) -> Vec<String> {
        let changes = self.store.changes(&ChangeQuery::default()).unwrap();
        let words = |change: &NumberChange| {
            let of = |fact: &Fact| fact.words(change.aspect, &crate::phone::Names::default());
            let (before, after) = (of(&change.before), of(&change.after));
            format!("{} {} {before} {after}", change.number, change.aspect.name())
        };
        changes.iter().map(words).collect()
    }
}

#[test]
fn a_change_is_told_once_and_lies_between_two_reads() {
    let mut shop = Shop::new();
    assert_eq!(shop.read("10:00", &numbers(&["1", "2"])), Recorded::First);
    assert_eq!(shop.read("10:10", &numbers(&["1", "2"])), Recorded::Same);
    let mut detached = number("1");
    detached.endpoint = Field::Null;
    let now = [detached.clone(), number("2")];
    assert_eq!(shop.read("10:20", &now), Recorded::Changed(1));
    assert_eq!(shop.read("10:30", &now), Recorded::Same);
    let changes = shop.store.changes(&ChangeQuery::default()).unwrap();
    let [change] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((change.not_before, change.not_after), (Some(at("10:10")), at("10:21")));
    assert_eq!((&change.before, &change.after), (&Fact::Text("sales".into()), &Fact::Null));
    assert_eq!(change.author, ChangeAuthor::Elsewhere);
    let before = shop.store.at(at("10:19")).unwrap();
    assert_eq!((before.numbers, before.until), (numbers(&["1", "2"]), at("10:11")));
    assert_eq!(shop.store.last().unwrap().numbers, now);
}

#[test]
fn numbers_come_and_go_and_come_back() {
    let mut shop = Shop::new();
    shop.read("10:00", &numbers(&["1", "2"]));
    assert_eq!(shop.read("10:10", &numbers(&["3", "1"])), Recorded::Changed(2));
    assert_eq!(shop.told(), ["3 new unknown unknown", "2 gone unknown unknown"]);
    let mut changed = number("2");
    changed.status = Some(Status::Inactive);
    shop.read("10:20", &[number("3"), number("1"), changed]);
    assert_eq!(shop.told()[..2], ["2 status active inactive", "2 back unknown unknown"]);
    assert_eq!(shop.store.at(at("10:05")).unwrap().numbers, numbers(&["1", "2"]));
    assert_eq!(shop.store.at(at("10:15")).unwrap().numbers, numbers(&["3", "1"]));
}

#[test]
fn that_only_the_time_of_the_last_change_differs_is_kept_and_not_told() {
    let mut shop = Shop::new();
    let touched = |time: &str| {
        let at = format!("2026-03-03T{time}:00Z");
        Number { updated_at: Some(crate::phone::Moment::parse(&at)), ..number("1") }
    };
    shop.read("10:00", &[touched("09:00")]);
    assert_eq!(shop.read("10:10", &[touched("10:05")]), Recorded::Same);
    assert_eq!(shop.store.last().unwrap().numbers, [touched("10:05")]);
    let off = touched("10:15").switched(Switch::Inbound, false);
    shop.read("10:20", std::slice::from_ref(&off));
    assert_eq!(shop.store.at(at("10:12")).unwrap().numbers, [touched("10:05")], "as it was beside a change");
}

#[test]
fn a_read_that_overlaps_another_is_not_recorded_and_a_clock_that_jumped_is_no_overlap() {
    let mut shop = Shop::new();
    shop.read("10:00", &numbers(&["1"]));
    let late = CompleteRead { began: at("09:59"), ended: at("10:02"), numbers: numbers(&["1", "2"]) };
    assert_eq!(shop.store.record(&late, &|| None, at("10:03")), Ok(Recorded::Overlapping));
    assert!(shop.told().is_empty());
    // The clock that said 10:01 was wrong: it is 08:00.
    assert_eq!(shop.read("08:00", &numbers(&["1", "2"])), Recorded::Changed(1));
    let change = shop.store.changes(&ChangeQuery::default()).unwrap().remove(0);
    assert_eq!((change.not_before, change.not_after), (None, at("08:01")));
    assert_eq!(shop.read("08:10", &numbers(&["2"])), Recorded::Changed(1));
    let set_back = CompleteRead { began: at("08:20"), ended: at("08:15"), numbers: numbers(&["1"]) };
    shop.store.record(&set_back, &|| None, at("08:15")).unwrap();
    for change in shop.store.changes(&ChangeQuery::default()).unwrap() {
        assert!(change.not_before.is_none_or(|at| at <= change.not_after), "{change:?}");
    }
}

#[test]
fn an_empty_list_is_believed_when_a_second_read_agrees() {
    let mut shop = Shop::new();
    shop.read("10:00", &numbers(&["1", "2"]));
    assert_eq!(shop.read("10:10", &[]), Recorded::Doubted);
    assert_eq!(shop.read("10:20", &numbers(&["1", "2"])), Recorded::Same, "a gateway said so");
    assert_eq!(shop.read("10:30", &[]), Recorded::Doubted);
    assert_eq!(shop.read("10:40", &[]), Recorded::Changed(2));
    let change = shop.store.changes(&ChangeQuery::default()).unwrap().remove(0);
    assert_eq!((change.not_before, change.not_after), (Some(at("10:20")), at("10:41")));
    assert_eq!(shop.store.last().unwrap().numbers, []);
    assert_eq!(shop.read("10:50", &[]), Recorded::Same);
}

#[test]
fn rows_that_stay_are_not_written_again() {
    let mut shop = Shop::new();
    let all: Vec<Number> = (0..200).map(|n| number(&n.to_string())).collect();
    shop.read("10:00", &all);
    let mut now = all.clone();
    now[7].endpoint = Field::Null;
    now.swap(20, 30);
    now.insert(100, number("new"));
    shop.read("10:10", &now);
    assert_eq!(shop.store.last().unwrap().numbers, now);
    let read = CompleteRead { began: at("10:20"), ended: at("10:21"), numbers: now.clone() };
    let before = shop.store.using(true, |db| Ok(db.total_changes())).unwrap().unwrap();
    shop.store.record(&read, &|| None, at("10:21")).unwrap();
    let after = shop.store.using(true, |db| Ok(db.total_changes())).unwrap().unwrap();
    assert_eq!(after - before, 1, "of a read that shows nothing new, its time");
}

#[test]
fn the_id_of_a_record_may_be_written_in_another_case() {
    let mut shop = Shop::new();
    let id = "0d9f4c1e-8c0e-4a3b-9a53-6f2f1c6f7a10";
    shop.read("10:00", &[Number { id: NumberId::new(id), ..number("1") }]);
    let upper = Number { id: NumberId::new(&id.to_uppercase()), ..number("1") };
    assert_eq!(shop.read("10:10", &[upper.clone(), upper]), Recorded::Same, "and no row is there twice");
    assert!(shop.told().is_empty());
}

#[test]
fn the_past_is_kept_for_its_time_and_its_size() {
    let mut shop = Shop::new();
    let keep = Retention { age: jiff::SignedDuration::from_mins(30), size: 64 << 20 };
    shop.store = NumberStore::new(shop.file.clone(), keep);
    for (time, id) in [("10:00", "1"), ("10:10", "2"), ("10:20", "3"), ("10:50", "4"), ("11:00", "4")] {
        shop.read(time, &numbers(&[id]));
    }
    // The time goes by the read before: one of a clock that jumped ahead takes nothing with it.
    shop.read("11:10", &numbers(&["4"]));
    assert_eq!(shop.told(), ["4 new unknown unknown", "3 gone unknown unknown"]);
    assert_eq!(shop.store.at(at("10:12")), Err(NotSeen::Before(at("10:20"))));
    assert_eq!(shop.store.at(at("10:25")).unwrap().numbers, numbers(&["3"]), "the last one before that time");
    assert_eq!(shop.store.known().unwrap(), numbers(&["4", "3"]), "what no change names is not kept");
    shop.store = NumberStore::new(shop.file.clone(), Retention { size: 1, ..keep });
    shop.read("11:20", &numbers(&["5"]));
    assert_eq!(
        shop.told(),
        ["5 new unknown unknown", "4 gone unknown unknown"],
        "what was seen last is told"
    );
    assert_eq!(shop.store.last().unwrap().numbers, numbers(&["5"]), "the last list is kept at any size");
}

#[test]
fn a_clock_that_was_set_far_back_for_one_read_takes_no_past_with_it() {
    let mut shop = Shop::new();
    let keep = Retention { age: jiff::SignedDuration::from_hours(24), size: 64 << 20 };
    shop.store = NumberStore::new(shop.file.clone(), keep);
    for (time, id) in [("10:00", "1"), ("10:10", "2"), ("10:20", "3")] {
        shop.read(time, &numbers(&[id]));
    }
    let start: Timestamp = "1970-01-01T00:00:10Z".parse().unwrap();
    let read = CompleteRead { began: start, ended: start, numbers: numbers(&["4"]) };
    assert_eq!(shop.store.record(&read, &|| None, start), Ok(Recorded::Changed(2)));
    for (time, id) in [("10:40", "5"), ("10:50", "6"), ("11:00", "7")] {
        shop.read(time, &numbers(&[id]));
    }
    assert_eq!(shop.told().len(), 12, "nothing is older than a day but by that one clock");
    assert_eq!(shop.store.at(at("10:15")).unwrap().numbers, numbers(&["2"]));
}

#[test]
fn what_is_looked_up_is_of_one_moment_whoever_writes_meanwhile() {
    let mut shop = Shop::new();
    shop.read("10:00", &numbers(&["1"]));
    let mut other = Shop { store: NumberStore::new(shop.file.clone(), Retention::default()), ..Shop::new() };
    let count = |db: &Connection| -> Result<i64, Fault> {
        Ok(db.query_row("SELECT count(*) FROM value", [], |row| row.get(0))?)
    };
    let writes = std::cell::RefCell::new(&mut other);
    let seen = shop.store.reading(|db| {
        let before = count(db)?;
        let mut moved = number("1");
        moved.endpoint = Field::Value(EndpointId::new("support"));
        writes.borrow_mut().read("10:10", &[moved]);
        Ok((before, count(db)?))
    });
    assert!(seen.unwrap().is_some_and(|(before, after)| before == after));
    assert_eq!(shop.told(), ["1 endpoint sales support"], "and the next time as it is then");
}

#[test]
fn a_store_that_is_deleted_while_it_is_open_is_begun_anew() {
    let mut shop = Shop::new();
    shop.read("10:00", &numbers(&["1"]));
    fs::remove_file(&shop.file).unwrap();
    assert_eq!(shop.store.last(), Err(NotSeen::Never));
    assert_eq!(shop.read("10:10", &numbers(&["2"])), Recorded::First);
    let mut other = NumberStore::new(shop.file.clone(), Retention::default());
    assert_eq!(other.last().unwrap().numbers, numbers(&["2"]));
}

#[test]
fn texts_that_nothing_names_any_more_go_with_the_past() {
    let mut shop = Shop::new();
    let keep = Retention { age: jiff::SignedDuration::from_mins(5), size: 64 << 20 };
    shop.store = NumberStore::new(shop.file.clone(), keep);
    for minute in 10..40 {
        let mut moved = number("1");
        moved.endpoint = Field::Value(EndpointId::new(&format!("ep-{minute}")));
        shop.read(&format!("10:{minute}"), &[moved]);
    }
    let texts = shop.store.reading(|db| {
        Ok(db
            .query_row("SELECT count(*) FROM value WHERE text LIKE 'ep-%'", [], |row| row.get::<_, i64>(0))?)
    });
    assert!(texts.unwrap().is_some_and(|texts| texts < 15));
    assert!(shop.store.last().unwrap().numbers[0].endpoint.value().is_some());
}

#[test]
fn a_check_is_kept_where_it_turned() {
    let mut shop = Shop::new();
    shop.read("10:00", &numbers(&["1"]));
    let result = |result, code| [(NumberId::new("1"), CheckResult { result, code })];
    let ok = result(RouteResult::Ok, Code::Ok);
    let fail = result(RouteResult::Fail, Code::PortClosed);
    for (time, results) in [("10:01", &ok), ("10:02", &ok), ("10:03", &fail), ("10:04", &fail)] {
        shop.store.keep_checks(at(time), results).unwrap();
    }
    let unknown = [(NumberId::new("nobody"), ok[0].1)];
    shop.store.keep_checks(at("10:05"), &unknown).unwrap();
    let turns = shop.store.turns(&ChangeQuery::default()).unwrap();
    let told: Vec<_> = turns.iter().map(|turn| (turn.at, turn.before, turn.after)).collect();
    assert_eq!(told, [(at("10:03"), Some(ok[0].1), fail[0].1), (at("10:01"), None, ok[0].1)]);
}

#[test]
fn only_its_owner_can_read_it_whatever_the_umask() {
    let mut shop = Shop::new();
    shop.read("10:00", &numbers(&["1"]));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for file in NumberStore::files(&shop.file).iter().filter(|file| file.exists()) {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
    assert_eq!(mode(shop.file.parent().unwrap()), 0o700);
}

#[test]
fn what_is_no_store_is_put_aside_once_and_another_one_begun() {
    let mut shop = Shop::new();
    let aside = shop.file.with_extension("sqlite.damaged");
    for text in [&b"this is no database at all, but some other file of sorts"[..], &[0; 5000]] {
        shop.store = NumberStore::new(shop.file.clone(), Retention::default());
        fs::create_dir_all(shop.file.parent().unwrap()).unwrap();
        fs::write(&shop.file, text).unwrap();
        assert_eq!(shop.read("10:00", &numbers(&["1"])), Recorded::First);
        assert_eq!(shop.store.take_set_aside().as_deref(), Some(&*aside));
        assert_eq!(shop.store.take_set_aside(), None, "it is told once");
        assert_eq!(fs::read(&aside).unwrap(), text);
    }
    for pragma in ["user_version = 2", "application_id = 7"] {
        shop.store = NumberStore::new(shop.file.clone(), Retention::default());
        let db = Connection::open(&shop.file).unwrap();
        db.execute_batch(&format!("PRAGMA {pragma}")).unwrap();
        drop(db);
        assert_eq!(shop.store.last(), Err(NotSeen::Never), "{pragma}");
        assert!(shop.store.take_set_aside().is_some(), "{pragma}");
        shop.read("10:00", &numbers(&["1"]));
    }
}

#[test]
fn a_store_that_is_cut_or_overwritten_anywhere_is_begun_anew_or_says_what_it_said() {
    let mut shop = Shop::new();
    let all: Vec<Number> = (0..60).map(|n| number(&n.to_string())).collect();
    shop.read("10:00", &all);
    shop.read("10:10", &all[1..]);
    drop(shop.store);
    let whole = fs::read(&shop.file).unwrap();
    let told = ["0 gone unknown unknown"];
    // Each file is synced anew; a prime step comes to all places of a page.
    for place in (0..whole.len()).step_by(457).chain(0..100).chain(4090..4110) {
        let overwritten = [&whole[..place], &[0xa5; 64], &whole[(place + 64).min(whole.len())..]].concat();
        for (what, bytes) in [("cut", &whole[..place]), ("overwritten", &overwritten)] {
            for left in NumberStore::files(&shop.file) {
                fs::remove_file(left).ok();
            }
            fs::write(&shop.file, bytes).unwrap();
            shop.store = NumberStore::new(shop.file.clone(), Retention::default());
            let read = CompleteRead { began: at("10:20"), ended: at("10:21"), numbers: all[1..].to_vec() };
            let recorded = shop.store.record(&read, &|| None, at("10:21"));
            assert!(recorded.is_ok(), "{what} at {place}: {recorded:?}");
            let set_aside = shop.store.take_set_aside().is_some();
            let last = shop.store.last().map(|list| list.numbers);
            let set_aside = set_aside || shop.store.take_set_aside().is_some();
            if what == "cut" && place > 0 {
                assert!(set_aside || shop.told() == told, "{what} at {place}");
            }
            assert!(last.is_ok_and(|numbers| numbers.len() >= 59) || set_aside, "{what} at {place}");
            shop.store.changes(&ChangeQuery::default()).unwrap();
            shop.store.at(at("10:05")).ok();
        }
    }
}

#[test]
fn what_stands_in_the_way_of_a_store_is_left_alone() {
    let mut shop = Shop::new();
    let elsewhere = shop.file.with_file_name("elsewhere");
    fs::create_dir_all(shop.file.parent().unwrap()).unwrap();
    fs::write(&elsewhere, "").unwrap();
    symlink(&elsewhere, &shop.file).unwrap();
    let read = CompleteRead { began: at("10:00"), ended: at("10:01"), numbers: numbers(&["1"]) };
    let why = shop.store.record(&read, &|| None, at("10:01")).unwrap_err();
    assert!(why.to_string().contains("is a symbolic link"), "{why}");
    assert_eq!(fs::read(&elsewhere).unwrap(), b"");
    fs::remove_file(&shop.file).unwrap();
    fs::set_permissions(shop.file.parent().unwrap(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(shop.store.record(&read, &|| None, at("10:01")).is_err());
}

/// The store that version 1 of the form has a file of: four reads, a check, an endpoint.
fn of_four_reads() -> Shop {
    let mut shop = Shop::new();
    shop.read("10:00", &numbers(&["1", "2"]));
    let mut detached = number("1");
    detached.endpoint = Field::Null;
    shop.read("10:10", &[detached.clone(), number("2")]);
    shop.read("10:20", &[detached.clone(), number("3")]);
    shop.read("10:30", &[detached, number("3")]);
    let fail = CheckResult { result: RouteResult::Fail, code: Code::PortClosed };
    shop.store.keep_checks(at("10:31"), &[(NumberId::new("1"), fail)]).unwrap();
    let desk = Endpoint {
        id: EndpointId::new("e"),
        name: Some("desk".into()),
        kind: None,
        status: None,
        url: Some("sip:pbx.example".into()),
    };
    shop.store.keep_endpoints(&[desk], at("10:31")).unwrap();
    shop
}

#[test]
fn a_store_of_the_first_version_is_opened_with_all_that_is_in_it() {
    let kept = Shop::new();
    fs::create_dir_all(kept.file.parent().unwrap()).unwrap();
    fs::write(&kept.file, include_bytes!("../../../tests/data/store-v1.sqlite")).unwrap();
    for mut shop in [kept, of_four_reads()] {
        assert_eq!(shop.told(), ["3 new unknown unknown", "2 gone unknown unknown", "1 endpoint sales none"]);
        let list = shop.store.last().unwrap();
        let ids: Vec<&str> = list.numbers.iter().map(|number| number.id.as_str()).collect();
        assert_eq!((ids, list.since, list.until), (vec!["1", "3"], at("10:20"), at("10:31")));
        assert_eq!(shop.store.at(at("10:00")).unwrap().numbers, numbers(&["1", "2"]));
        assert_eq!(shop.store.turns(&ChangeQuery::default()).unwrap().len(), 1);
        assert_eq!(shop.store.endpoints().unwrap()[0].name.as_deref(), Some("desk"));
        assert_eq!(shop.store.take_set_aside(), None);
    }
}

#[test]
fn a_change_of_a_setting_is_asked_for_by_number_and_time() {
    let mut shop = Shop::new();
    shop.read("10:00", &numbers(&["1", "2"]));
    let off = |id: &str| number(id).switched(Switch::Inbound, false);
    shop.read("10:10", &[off("1"), number("2")]);
    shop.read("10:20", &[off("1"), off("2")]);
    let mut count = |query: ChangeQuery| shop.store.changes(&query).unwrap().len();
    let of = |id: &str| Some([NumberId::new(id)].into_iter().collect());
    assert_eq!(count(ChangeQuery { numbers: of("1"), ..ChangeQuery::default() }), 1);
    assert_eq!(count(ChangeQuery { numbers: of("x"), ..ChangeQuery::default() }), 0);
    assert_eq!(count(ChangeQuery { since: Some(at("10:15")), ..ChangeQuery::default() }), 1);
    assert_eq!(count(ChangeQuery { until: Some(at("10:15")), ..ChangeQuery::default() }), 1);
    assert_eq!(count(ChangeQuery { limit: Some(1), ..ChangeQuery::default() }), 1);
    let newest = shop.store.changes(&ChangeQuery { limit: Some(1), ..ChangeQuery::default() }).unwrap();
    assert_eq!(newest[0].aspect, Aspect::Setting(Setting::Switch(Switch::Inbound)));
    assert_eq!(newest[0].number.as_str(), "2");
}
