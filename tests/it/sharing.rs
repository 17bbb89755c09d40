//! What leaves the dashboard: files of rows.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::desk::{Desk, OWNER};

/// The rows of an RFC 4180 file without quoted cells.
fn cells(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split(',').collect()).collect()
}

#[tokio::test]
async fn what_is_filtered_is_written_as_the_command_prints_it() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Desk::ready(OWNER).await;
    let all = desk.owned().await;
    desk.press("/");
    desk.type_text("country:ng");
    desk.press("enter");
    let expected: Vec<String> = all
        .iter()
        .filter(|number| number.country.as_deref() == Some("NG"))
        .map(|number| number.line.to_string())
        .collect();
    desk.wait_for(&format!("{} match", expected.len())).await;
    for name in ["a.csv", "a.json", "a.ndjson"] {
        desk.press("X");
        desk.wait_for(&format!("{} of {} rows; the filter decides", expected.len(), all.len())).await;
        desk.press("ctrl-u");
        desk.type_text(home.path().join(name).to_str().unwrap());
        desk.press("enter");
        desk.wait_for(&format!("{} rows written to", expected.len())).await;
        assert_eq!(fs::metadata(home.path().join(name)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let read = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
    let csv = read("a.csv");
    let rows = cells(&csv);
    assert_eq!(rows[0][..4], ["number", "country", "type", "status"]);
    assert_eq!(rows[1..].iter().map(|row| row[0].to_owned()).collect::<Vec<_>>(), expected);
    let json: Vec<Value> = serde_json::from_str(&read("a.json")).unwrap();
    let lines: Vec<Value> =
        read("a.ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json, lines);
    let numbers: Vec<&str> = json.iter().map(|record| record["e164"].as_str().unwrap()).collect();
    assert_eq!(numbers, expected);
    desk.press("esc");
    desk.quit().await;
}

#[tokio::test]
async fn a_file_that_is_there_is_asked_about_and_a_directory_that_is_not_is_named() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("a.csv");
    fs::write(&file, "mine").unwrap();
    let mut desk = Desk::ready(OWNER).await;
    desk.press("X ctrl-u");
    desk.type_text(home.path().join("no/a.csv").to_str().unwrap());
    desk.press("enter");
    desk.wait_for("There is no directory").await;
    desk.press("ctrl-u");
    desk.type_text(file.to_str().unwrap());
    desk.press("enter");
    desk.wait_for("is there already").await;
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    desk.press("enter");
    desk.wait_for("rows written to").await;
    assert!(fs::read_to_string(&file).unwrap().starts_with("number,"));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing is left beside it");
    desk.quit().await;
}
