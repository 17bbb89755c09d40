//! How somebody left the dashboard: the order of the lists, which of them was shown, whether the mouse was
//! used. A cache: what
//! cannot be read is as if nothing had been kept.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use crate::phone::Order;

/// A file of habits is short; more than this is another file.
const LARGEST: u64 = 4096;

/// What is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Habits {
    /// The order of the owned numbers.
    pub owned: Order,
    /// The order of the numbers on sale.
    pub inventory: Order,
    /// Whether the numbers on sale were shown.
    pub at_inventory: bool,
    /// Whether the mouse was used.
    pub mouse: bool,
}

/// Where habits are kept.
#[derive(Debug, Clone)]
pub struct HabitsFile(PathBuf);

impl HabitsFile {
    /// Habits that are kept in `file`. Nothing is created before something is kept.
    pub fn new(file: PathBuf) -> Self {
        Self(file)
    }

    /// What was kept; the usual ones where that is nothing, or nothing that is understood.
    pub fn read(&self) -> Habits {
        let mut text = String::new();
        let read = File::open(&self.0).and_then(|file| file.take(LARGEST).read_to_string(&mut text));
        let mut habits = Habits::default();
        if read.is_err() {
            return habits;
        }
        for (name, value) in text.lines().filter_map(|line| line.split_once(' ')) {
            match name {
                "owned" => habits.owned = Order::parse(value).unwrap_or_default(),
                "inventory" => habits.inventory = Order::parse(value).unwrap_or_default(),
                "mouse" => habits.mouse = value == "on",
                "shown" => habits.at_inventory = value == "inventory",
                _ => {}
            }
        }
        habits
    }

    /// Keeps habits, where they are others than before.
    ///
    /// # Errors
    /// The file can not be written; nothing depends on it.
    pub fn keep(&self, habits: Habits) -> io::Result<()> {
        if self.read() == habits {
            return Ok(());
        }
        if let Some(directory) = self.0.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        let order = |name: &str, order: Order| {
            let turned = if order.descending { ":desc" } else { "" };
            order.key.map_or_else(String::new, |key| format!("{name} {}{turned}\n", key.name()))
        };
        let shown = if habits.at_inventory { "shown inventory\n" } else { "" };
        let mouse = if habits.mouse { "mouse on\n" } else { "" };
        let (owned, inventory) = (order("owned", habits.owned), order("inventory", habits.inventory));
        let text = [owned.as_str(), &inventory, shown, mouse].concat();
        // By rename: two dashboards that are left at once leave one of them, and no half.
        let beside = self.0.with_extension(format!("{}.new", std::process::id()));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        std::fs::rename(&beside, &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_and_anything_else_is_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let file = HabitsFile::new(directory.path().join("habits/a"));
        assert_eq!(file.read(), Habits::default());
        file.keep(Habits::default()).unwrap();
        assert!(!directory.path().join("habits").exists(), "the usual ones need no file");
        let order = |text: &str| Order::parse(text).unwrap();
        let habits = Habits {
            owned: order("problem"),
            inventory: order("monthly:desc"),
            at_inventory: true,
            mouse: true,
        };
        file.keep(habits).unwrap();
        assert_eq!(file.read(), habits);
        file.keep(Habits::default()).unwrap();
        assert_eq!(file.read(), Habits::default());
        for junk in ["owned bogus\ninventory\n\u{0}", "mouse\nmouse 1\nshown everything\nowned number:up\n"] {
            std::fs::write(directory.path().join("habits/a"), junk).unwrap();
            assert_eq!(file.read(), Habits::default(), "{junk:?}");
        }
    }
}
