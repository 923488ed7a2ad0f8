mod bounds;
mod damage;
mod formats;
mod hostile;
mod large;
mod pieces;
mod real;
mod silence;
mod thousand;

use std::path::{Path, PathBuf};

use super::{Answers, Bytes, Outcome, Reading, RowOf, Upload, stream};
use crate::rows::Table;

/// Where the made-up files are.
fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reading")
}

/// Names of the made-up files.
fn names() -> Vec<String> {
    let entries = std::fs::read_dir(fixtures()).expect("the fixtures are there");
    let all =
        entries.map(|entry| entry.expect("the folder can be read").file_name().into_string().expect("plain names"));
    let mut names: Vec<String> =
        all.filter(|name| [".csv", ".xlsx", ".xlsm"].iter().any(|end| name.ends_with(end))).collect();
    names.sort();
    names
}

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name)).expect("the fixture can be read")
}

/// Reads bytes, with the rows and their numbers.
fn numbered(table: Option<Table>, name: &str, bytes: &[u8], answers: &Answers) -> (Reading, Vec<(u32, RowOf)>) {
    let mut rows = Vec::new();
    let upload = Upload { table, name, source: &Bytes(bytes), answers };
    let reading = stream(&upload, &mut |number, row| rows.push((number, row)), &mut |_, _| {});
    (reading.expect("bytes in memory can be read"), rows)
}

/// How text reads as a CSV of activities.
fn activity(text: &str) -> (Reading, Vec<(u32, RowOf)>) {
    numbered(Some(Table::Activity), "activity.csv", text.as_bytes(), &Answers::default())
}

/// What a reading of text comes to as a table.
fn outcome(table: Table, text: &str) -> Outcome {
    numbered(Some(table), "table.csv", text.as_bytes(), &Answers::default()).0.outcome
}
