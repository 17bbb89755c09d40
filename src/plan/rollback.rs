//! The former values, as a file that a plan is made from.

use crate::phone::{Number, Setting, SettingValue};
use crate::rows::{OutputForm, Table, Unwritten};
use crate::write::Intent;

/// The file that brings back what these updates change, and how many of their values it can not: one that was not
/// known, or that nobody can set.
///
/// # Errors
/// Never in memory; the writer of rows may.
pub fn rollback<'a>(intents: impl IntoIterator<Item = &'a Intent>) -> Result<(Vec<u8>, usize), Unwritten> {
    let mut file = Vec::new();
    let mut lost = 0;
    let settings: Vec<Setting> = Setting::all().collect();
    let heads = ["number", "id"].into_iter().chain(settings.iter().map(|setting| setting.name()));
    let mut table = Table::new(OutputForm::Csv, heads, &mut file);
    for intent in intents {
        let Intent::Update { before, changes, .. } = intent else { continue };
        let mut cells = vec![number_of(before), before.id.to_string()];
        let changed: Vec<Setting> = changes.values().map(|value| value.setting()).collect();
        for setting in &settings {
            let former = setting.of(before).filter(SettingValue::can_be_set);
            let is_changed = changed.contains(setting);
            lost += usize::from(is_changed && former.is_none());
            let cell = former.filter(|_| is_changed).map(|value| value.label().to_owned());
            cells.push(cell.unwrap_or_default());
        }
        table.row(|| cells, || serde_json::Value::Null)?;
    }
    table.finish()?;
    drop(table);
    Ok((file, lost))
}

/// Its number where that names it; a number that can not be read is named by its id alone.
fn number_of(number: &Number) -> String {
    number.line.valid().map_or_else(String::new, |line| line.to_string())
}
