//! Files of rows, each written by a thread of its own: a slow disk keeps neither the loop nor a worker
//! waiting.
//!
//! A file is whole under its name or not there: its place is taken first, which finds a file that is there
//! already, then the rows are written beside it, and that takes the place when all of it is on the disk.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use crate::app::export::{ExportEnd, ExportForm, ExportJob};
use crate::app::{Reply, Tab, TaskId};
use crate::rows::{Columns, Numbers, OutputForm, Unwritten};
use crate::stream::{fresh, replaced, unwritable};

/// At the end of the program a file that is being taken away is waited for so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a file is to have in it.
pub(super) enum Content {
    /// Rows, and where they go.
    Rows(ExportJob),
    /// A text, and the name of a file that is not there yet.
    Text { path: String, text: String },
}

/// A file that is being written.
struct Writing {
    /// Nobody wants it any more.
    stop: Arc<AtomicBool>,
    /// Says nothing, and ends with the work.
    ended: std_mpsc::Receiver<()>,
}

/// The files that are being written.
#[derive(Default)]
pub(super) struct Exports(HashMap<TaskId, Writing>);

impl Exports {
    /// Begins to write a file, and says what becomes of it.
    pub(super) fn begin(&mut self, task: TaskId, content: Content, sender: mpsc::Sender<(TaskId, Reply)>) {
        self.0.retain(|_, writing| writing.ended.try_recv() == Err(std_mpsc::TryRecvError::Empty));
        let stop = Arc::<AtomicBool>::default();
        let (working, ended) = std_mpsc::channel();
        self.0.insert(task, Writing { stop: Arc::clone(&stop), ended });
        std::thread::spawn(move || {
            let home = std::env::var_os("HOME").map(PathBuf::from);
            let end = match content {
                Content::Rows(job) => export(&job, home.as_deref(), &stop),
                Content::Text { path, text } => export_text(&path, &text),
            };
            drop(working);
            sender.blocking_send((task, Reply::Exported(end))).ok();
        });
    }

    /// Nobody wants this file any more.
    pub(super) fn stop(&self, task: TaskId) {
        if let Some(writing) = self.0.get(&task) {
            writing.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Takes away what is not whole.
    pub(super) fn close(self) {
        self.0.values().for_each(|writing| writing.stop.store(true, Ordering::Relaxed));
        for writing in self.0.values() {
            writing.ended.recv_timeout(PATIENCE).ok();
        }
    }
}

/// Writes a file; `home` is what `~/` stands for.
fn export(job: &ExportJob, home: Option<&Path>, stop: &AtomicBool) -> ExportEnd {
    let path = match placed(&job.path, home) {
        Ok(path) => path,
        Err(why) => return ExportEnd::Failed(why),
    };
    let shown = path.to_string_lossy().into_owned();
    let written = if job.over {
        replaced(&path, |file| rows(job, file, stop))
    } else {
        fresh(&path, |file| rows(job, file, stop))
    };
    match written {
        Ok(()) => ExportEnd::Written { path: shown, rows: job.rows.len() },
        Err(_) if stop.load(Ordering::Relaxed) => ExportEnd::Stopped,
        Err(error) => ended(&error, &path),
    }
}

/// Writes a text where no file is.
fn export_text(path: &str, text: &str) -> ExportEnd {
    let path = match placed(path, None) {
        Ok(path) => path,
        Err(why) => return ExportEnd::Failed(why),
    };
    match fresh(&path, |mut file| file.write_all(text.as_bytes())) {
        Ok(()) => ExportEnd::Written { path: path.to_string_lossy().into_owned(), rows: 0 },
        Err(error) => ended(&error, &path),
    }
}

/// What became of a file that could not be written.
fn ended(error: &io::Error, path: &Path) -> ExportEnd {
    if error.kind() == ErrorKind::AlreadyExists && !path.is_dir() {
        return ExportEnd::Exists { path: path.to_string_lossy().into_owned() };
    }
    ExportEnd::Failed(unwritable(error, path))
}

/// From the root on.
pub(super) fn placed(path: &str, home: Option<&Path>) -> Result<PathBuf, String> {
    let path = match (path.strip_prefix("~/"), home) {
        (None, _) => PathBuf::from(path),
        (Some(below), Some(home)) => home.join(below),
        (Some(_), None) => return Err("HOME does not say what ~ stands for".to_owned()),
    };
    std::path::absolute(&path).map_err(|error| format!("the working directory is not known: {error}"))
}

/// Writes all rows.
fn rows(job: &ExportJob, out: impl Write, stop: &AtomicBool) -> io::Result<()> {
    let columns = match job.tab {
        Tab::Owned => Columns::owned(),
        Tab::Inventory => Columns::for_sale(),
    };
    let form = match job.form {
        ExportForm::Csv => OutputForm::Csv,
        ExportForm::Json => OutputForm::Json,
        ExportForm::Ndjson => OutputForm::Ndjson,
    };
    let mut numbers = Numbers::new(form, columns, TimeZone::UTC, out);
    for number in job.rows.iter() {
        if stop.load(Ordering::Relaxed) {
            return Err(ErrorKind::Interrupted.into());
        }
        numbers.row(number).map_err(|Unwritten(error)| error)?;
    }
    numbers.table.finish().map_err(|Unwritten(error)| error)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::app::list::rows::Rows;
    use crate::phone::{Filter, Number, NumberId, NumberText, Order, SortKey};

    fn list(count: u64) -> Rows {
        let mut rows = Rows::default();
        rows.extend((0..count).map(|i| {
            let line = NumberText::parse(&format!("+{}", 2_348_031_000_000 + i));
            let mut number = Number::new(NumberId::new(&format!("n-{i}")), line);
            number.country = Some(if i.is_multiple_of(2) { "NG" } else { "GH" }.into());
            number
        }));
        rows
    }

    fn job(path: &Path, rows: &Rows) -> ExportJob {
        let path = path.to_str().unwrap().to_owned();
        let form = ExportForm::of(&path).unwrap();
        ExportJob { path, over: false, form, tab: Tab::Owned, rows: rows.shown() }
    }

    fn run(job: &ExportJob) -> ExportEnd {
        export(job, None, &AtomicBool::new(false))
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_shown_is_in_the_file_in_its_order_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let mut rows = list(10);
        rows.filter(Filter::parse("country:ng").unwrap());
        rows.sort(Order { key: Some(SortKey::Number), descending: true });
        let file = home.path().join("a.csv");
        let end = run(&job(&file, &rows));
        assert_eq!(end, ExportEnd::Written { path: file.to_str().unwrap().to_owned(), rows: 5 });
        let text = fs::read_to_string(&file).unwrap();
        let first: Vec<&str> = text.lines().map(|line| line.split(',').next().unwrap()).collect();
        let lines = [8, 6, 4, 2, 0].map(|i| format!("+{}", 2_348_031_000_000_u64 + i));
        assert_eq!(first[0], "number");
        assert_eq!(first[1..], lines);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(home.path()), ["a.csv"], "nothing is left beside it");
    }

    #[test]
    fn each_form_reads_back_as_the_same_rows() {
        let home = tempfile::tempdir().unwrap();
        let rows = list(3);
        let text = |name: &str| {
            run(&job(&home.path().join(name), &rows));
            fs::read_to_string(home.path().join(name)).unwrap()
        };
        let json: Vec<serde_json::Value> = serde_json::from_str(&text("a.json")).unwrap();
        let lines = text("a.ndjson");
        let lines: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(json, lines);
        assert_eq!(json.len(), 3);
        assert_eq!(json[2]["e164"], "+2348031000002");
    }

    #[test]
    fn a_file_that_is_there_is_replaced_only_by_who_was_asked() {
        let home = tempfile::tempdir().unwrap();
        let (file, link) = (home.path().join("a.csv"), home.path().join("b.csv"));
        fs::write(&file, "mine").unwrap();
        symlink(&file, &link).unwrap();
        for path in [&file, &link] {
            let asked = job(path, &list(1));
            assert_eq!(run(&asked), ExportEnd::Exists { path: path.to_str().unwrap().to_owned() });
            assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        }
        let end = run(&ExportJob { over: true, ..job(&link, &list(1)) });
        assert!(matches!(end, ExportEnd::Written { rows: 1, .. }), "{end:?}");
        assert!(fs::read_to_string(&file).unwrap().starts_with("number,"), "what the link leads to");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(home.path()), ["a.csv", "b.csv"]);
    }

    #[test]
    fn what_keeps_it_from_being_written_is_said_and_nothing_is_left() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("d.csv")).unwrap();
        fs::write(home.path().join("f"), "").unwrap();
        for (name, why) in [
            ("no/a.csv", "there is no directory"),
            ("d.csv", "is a directory"),
            ("f/a.csv", "is no directory"),
        ] {
            for over in [false, true] {
                let end = run(&ExportJob { over, ..job(&home.path().join(name), &list(2)) });
                let ExportEnd::Failed(told) = &end else { panic!("{name}: {end:?}") };
                assert!(told.contains(why) || (over && told.contains("no plain file")), "{name}: {told}");
            }
        }
        assert_eq!(names(home.path()), ["d.csv", "f"]);
        let far = export(
            &ExportJob { path: "~/a.csv".into(), ..job(Path::new("a.csv"), &list(1)) },
            None,
            &AtomicBool::new(false),
        );
        assert!(matches!(far, ExportEnd::Failed(why) if why.contains("HOME")));
    }

    #[test]
    fn a_disk_that_is_full_and_a_change_of_mind_leave_what_was_there() {
        let home = tempfile::tempdir().unwrap();
        let (old, new) = (home.path().join("old.csv"), home.path().join("new.csv"));
        fs::write(&old, "mine").unwrap();
        let full =
            |mut file: &File| file.write_all(b"half").and_then(|()| Err(ErrorKind::StorageFull.into()));
        let error = fresh(&new, full).unwrap_err();
        assert!(unwritable(&error, &new).starts_with("no space is left"), "{}", unwritable(&error, &new));
        replaced(&old, full).unwrap_err();
        let stopped = AtomicBool::new(true);
        for over in [false, true] {
            let path = if over { &old } else { &new };
            let job = ExportJob { over, ..job(path, &list(3)) };
            assert_eq!(export(&job, None, &stopped), ExportEnd::Stopped);
        }
        assert_eq!(names(home.path()), ["old.csv"]);
        assert_eq!(fs::read_to_string(&old).unwrap(), "mine");
    }

    #[test]
    fn the_home_directory_is_where_it_is() {
        let home = tempfile::tempdir().unwrap();
        let job = ExportJob { path: "~/a.csv".into(), ..job(Path::new("a.csv"), &list(1)) };
        let end = export(&job, Some(home.path()), &AtomicBool::new(false));
        assert!(matches!(end, ExportEnd::Written { .. }), "{end:?}");
        assert_eq!(names(home.path()), ["a.csv"]);
        assert!(placed("a.csv", None).unwrap().is_absolute());
    }
}
