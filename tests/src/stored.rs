//! The records in a collector's database, opened with the key in its state folder.

use std::collections::BTreeMap;

use attune_protocol::record::Record;
use sqlx::Row;

use crate::collector::Collector;
use crate::database;

/// All records, by window and modality.
///
/// # Panics
/// When the database does not read, or the key does not open what is in it.
#[must_use]
pub fn records(collector: &Collector) -> Vec<Record> {
    let path = collector.database();
    let rows =
        database::rows(&path, "SELECT device, epoch, seq, person, sealed FROM records ORDER BY window_start, modality");
    let keys: BTreeMap<Vec<u8>, Vec<u8>> = database::rows(&collector.keys(), "SELECT person, wrapped FROM person_keys")
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let open = |row: &sqlx::sqlite::SqliteRow| {
        let bytes = |column: &str| row.get::<Vec<u8>, _>(column);
        let number = |column: &str| row.get::<i64, _>(column).to_be_bytes();
        let (person, device) = (bytes("person"), bytes("device"));
        let key = collector.key_of(&person, &keys[&person]);
        let context = [b"record", person.as_slice(), &device, &number("epoch"), &number("seq")].concat();
        let opened = key.open(&context, &bytes("sealed")).expect("the collector's own key opens it");
        Record::decode(&opened).expect("the collector stored what reads")
    };
    rows.iter().map(open).collect()
}
