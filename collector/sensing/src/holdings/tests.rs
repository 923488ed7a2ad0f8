use std::collections::BTreeMap;

use attune_ground::holdings::{Parcel, Piece};
use attune_protocol::ids::PersonId;
use serde_json::Value;

use super::HOLDINGS;
use crate::testing::{Device, Fixture, heart_record};

const WINDOW: u32 = 177_000_000;
const TABLES: [&str; 5] = ["records", "fused_windows", "sessions", "pending_fusion", "deleted_spans"];

async fn exported(fixture: &Fixture, person: PersonId) -> BTreeMap<String, String> {
    let (mut parcel, mut out) = Parcel::new();
    let gather = tokio::spawn(async move {
        let (mut files, mut name) = (BTreeMap::<String, Vec<u8>>::new(), String::new());
        while let Some(piece) = out.recv().await {
            match piece {
                Piece::File(next) => {
                    name.clone_from(&next);
                    files.insert(next, Vec::new());
                }
                Piece::Bytes(bytes) => files.get_mut(&name).expect("begun").extend(bytes),
            }
        }
        files.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).expect("text"))).collect()
    });
    let (store, people) = (&fixture.context.store, &fixture.context.people);
    (HOLDINGS.export)(store, people, person, &mut parcel).await.expect("exported");
    parcel.finish().await.expect("taken");
    gather.await.expect("ends")
}

#[tokio::test]
async fn all_of_a_person_comes_out_and_goes_and_another_ones_stays_on_each_database() {
    for fixture in Fixture::each().await {
        let mut people = Vec::new();
        for (user, rate) in [("alice", 61.0), ("bob", 72.0)] {
            let device = fixture.device(user).await;
            let items = (Device::FIRST_SEQ..).zip(WINDOW..WINDOW + 40);
            let items = items.map(|(seq, window)| (seq, heart_record(window, rate))).collect();
            assert_eq!(fixture.take_in(vec![device.batch(items)]).await.len(), 1);
            people.push(fixture.person(user).await);
        }
        let context = &fixture.context;
        fixture.fuser().fuse_waiting().await.expect("fused");
        let files = exported(&fixture, people[0]).await;
        let read = |name: &str| -> Vec<Value> { serde_json::from_str(&files[name]).expect("a list in JSON") };
        assert_eq!((read("sessions.json").len(), read("windows.json").len()), (1, 40));
        let records = read("records.json");
        assert_eq!(records.len(), 40);
        assert!((records[0]["features"]["mean_hr"]["value"].as_f64().expect("a rate") - 61.0).abs() < 0.1);
        assert_eq!(files["windows.csv"].lines().count(), 41);
        assert_eq!(read("open-mhealth-heart-rate.json").len(), 40);
        let bundle: Value = serde_json::from_str(&files["fhir-heart-rate.json"]).expect("JSON");
        assert_eq!(bundle["entry"].as_array().map(Vec::len), Some(41), "with whose they are");
        assert!(files["check-ins.json"].trim_start().starts_with('['), "an empty list is one");

        let counted = (HOLDINGS.count)(&context.store).await.expect("counted");
        let of = |person: PersonId| counted.iter().filter(move |of| of.person == Some(person) && of.table == "records");
        assert_eq!(of(people[0]).map(|of| of.rows).sum::<u64>(), 40);
        assert!(of(people[0]).all(|of| of.device.is_some() && of.modality.is_some() && of.bytes > 0));

        let mut before = Vec::new();
        for table in TABLES {
            before.push(fixture.count(table).await);
        }
        let erased = (HOLDINGS.erase)(&context.store, people[0]).await.expect("erased");
        let rows = |table: &str| erased.iter().filter(|(name, _)| *name == table).map(|(_, rows)| *rows).sum::<u64>();
        assert_eq!((rows("records"), rows("fused_windows"), rows("sessions")), (40, 40, 1));
        for (table, before) in TABLES.into_iter().zip(before) {
            assert_eq!(fixture.count(table).await * 2, before, "{table}");
        }
        assert!(exported(&fixture, people[1]).await["records.csv"].lines().count() > 40, "bob's stays");
        let again = (HOLDINGS.erase)(&context.store, people[0]).await.expect("erased");
        assert!(again.iter().all(|(_, rows)| *rows == 0), "it can be asked again");
    }
}
