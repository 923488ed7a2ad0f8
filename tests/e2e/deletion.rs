//! What is deleted can be opened by nobody, and does not come back.

use std::collections::BTreeSet;

use attune_protocol::ack::Answer;
use attune_protocol::ids::Seq;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::left_out::left_out;
use attune_tests::place::Place;
use attune_tests::wire::{Device, motion_item};
use attune_tests::{api, media, wait};
use serde_json::json;

const ITEMS: u64 = 40;

#[test]
fn nothing_of_a_deleted_session_opens_or_comes_back_on_sqlite() {
    let place = Place::new();
    let (mut collector, database) = Database::sqlite(&place);
    let (device, values) = delete(&collector, &database);
    let held = |collector: &Collector| {
        let files = [collector.database(), collector.keys()].map(|path| {
            ["", "-wal"].map(|end| std::fs::read(format!("{}{end}", path.display())).unwrap_or_default()).concat()
        });
        files.concat()
    };
    wait::until("the deleted bytes to be gone", || (readable(&held(&collector), &values) == 0).then_some(()));
    comes_not_back(&collector, &database, device);
    collector.process().signal("TERM");
    assert_eq!(readable(&held(&collector), &values), 0, "after a clean end");
}

#[test]
fn nothing_of_a_deleted_session_opens_or_comes_back_on_postgres() {
    const TEST: &str = "deletion on Postgres";
    let place = Place::new();
    let Some((collector, database)) = Database::postgres(&place, TEST) else { return };
    if database.count("SELECT COUNT(*) FROM pg_user WHERE usename = current_user AND usesuper") == 0 {
        return left_out(TEST, "only a superuser reads the server's files");
    }
    let held = || {
        let read = |of: &Database, table| {
            // A table that lies in parts has no file of its own.
            let parts = format!("SELECT inhrelid FROM pg_inherits WHERE inhparent = '{table}'::regclass");
            let files = format!("relkind = 'r' AND (oid = '{table}'::regclass OR oid IN ({parts}))");
            of.blobs(&format!("SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class WHERE {files}"))
                .concat()
        };
        let tables = ["records", "fused_windows", "analysis_records"].map(|table| read(&database, table));
        [tables.concat(), read(&database.keys(), "person_keys")].concat()
    };
    let (device, values) = delete(&collector, &database);
    // As collector/ground/README.md says for who needs certainty.
    for table in ["records", "fused_windows", "analysis_records"] {
        database.run(&format!("VACUUM FULL {table}"));
    }
    database.keys().run("VACUUM FULL person_keys");
    database.run("CHECKPOINT");
    assert_eq!(readable(&held(), &values), 0);
    comes_not_back(&collector, &database, device);
}

/// Makes a session of a device and an analysis of nobody, deletes both, and gives what lay sealed of them and could be
/// opened with what lies in the state folder.
fn delete(collector: &Collector, database: &Database) -> (Device, Vec<Vec<u8>>) {
    let mut device = Device::enrolled(collector, "alice");
    device.send((1..=ITEMS).map(motion_item).collect());
    assert_eq!(device.acknowledged(), [(Seq(1), Seq(ITEMS))]);
    wait::until("everything to be fused", || {
        (database.count("SELECT COUNT(*) FROM fused_windows") == ITEMS.cast_signed()).then_some(())
    });
    let records = database.blobs("SELECT sealed FROM records ORDER BY seq");
    let person = database.blobs("SELECT person FROM records LIMIT 1").remove(0);
    let wrapped = database.keys().blobs("SELECT wrapped FROM person_keys").remove(0);
    let key = collector.key_of(&person, &wrapped);
    for (seq, sealed) in (1..=ITEMS).zip(&records) {
        let context = [b"record", person.as_slice(), &device.id.0, &device.epoch.0.to_be_bytes(), &seq.to_be_bytes()];
        key.open(&context.concat(), sealed).expect("it opens before");
    }
    let request = json!({ "heart_data": media::heart(70), "timestamp": "2026-01-05T12:00:00Z" });
    let (status, answer) = api::post(collector.api(), "/api/v1/analyze", &request);
    assert_eq!((status, &answer["stored"]), (200, &json!(true)), "{answer:#}");
    let analysis = answer["session_id"].as_str().expect("an id");
    let mut values = database.blobs("SELECT sealed FROM fused_windows UNION ALL SELECT sealed FROM analysis_records");
    values.extend(records);
    values.extend(database.keys().blobs("SELECT wrapped FROM person_keys").into_iter().filter(|key| *key != wrapped));
    let list = api::ok(collector.api(), "/api/v1/sessions?user_id=alice");
    let live = list["sessions"][0]["session_id"].as_str().expect("an id");
    for id in [live, analysis] {
        assert_eq!(api::delete(collector.api(), &format!("/api/v1/sessions/{id}")), 204);
        assert_eq!(api::get(collector.api(), &format!("/api/v1/sessions/{id}")).0, 404);
    }
    assert_eq!(
        database.keys().blobs("SELECT wrapped FROM person_keys"),
        [wrapped],
        "the key of nobody's analysis is gone"
    );
    for table in ["records", "fused_windows", "analysis_records", "sessions", "pending_fusion"] {
        assert_eq!(database.count(&format!("SELECT COUNT(*) FROM {table}")), 0, "{table}");
    }
    (device, values)
}

/// Neither the device that sent it nor another one of the same person brings the deleted time back; what comes behind it
/// is taken in.
fn comes_not_back(collector: &Collector, database: &Database, mut device: Device) {
    let mut other = Device::enrolled(collector, "alice");
    for device in [&mut device, &mut other] {
        device.send((1..=ITEMS).map(motion_item).collect());
        let ack = device.acknowledgement();
        let told: Vec<_> = ack.settled.iter().map(|run| (run.first.0, run.last.0, run.answer)).collect();
        assert_eq!(told, [(1, ITEMS, Answer::Erased)]);
        assert!(ack.taken.is_empty());
    }
    other.send(vec![motion_item(ITEMS + 1)]);
    assert_eq!(other.acknowledged(), [(Seq(ITEMS + 1), Seq(ITEMS + 1))]);
    wait::until("what came later to be fused", || {
        (database.count("SELECT COUNT(*) FROM fused_windows") == 1).then_some(())
    });
    assert_eq!(database.count("SELECT COUNT(*) FROM records"), 1);
}

/// How many of the values have a part of 24 bytes among what is held.
fn readable(held: &[u8], values: &[Vec<u8>]) -> usize {
    let held: BTreeSet<&[u8]> = held.windows(24).collect();
    values.iter().filter(|value| value.chunks_exact(24).any(|part| held.contains(part))).count()
}
