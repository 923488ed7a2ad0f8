use std::collections::BTreeMap;

use attune_analysis::indicators::assess;
use attune_ground::time::now_millis;
use attune_people::accounts;
use attune_people::consent::ItemKey;
use attune_protocol::ack::Ack;
use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::Consent;
use attune_protocol::enrol::{EnrolOutcome, EnrolRequest};
use attune_protocol::ids::{DeviceId, Seq};
use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use attune_protocol::sign::KeyPair;
use attune_protocol::topics;
use attune_protocol::window::Window;

use super::commit::{self, Gathered};
use super::settle::{SealedRecord, Settled, record_context};
use super::{Inbound, Outbound, take_in};
use crate::testing::{Device, Fixture, consent, heart_record};

const WINDOW: u32 = 170_000_000;

fn acknowledged(fixture: &Fixture, answers: &[Outbound]) -> Vec<(u64, u64)> {
    let key = fixture.context.own.signing.public();
    answers
        .iter()
        .flat_map(|answer| Ack::decode(&answer.payload, &key).expect("signed by the collector").committed)
        .map(|(Seq(first), Seq(last))| (first, last))
        .collect()
}

#[tokio::test]
async fn a_batch_that_is_sent_twice_is_stored_once_and_acknowledged_twice() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let items = || (4..200).map(|seq| (seq, heart_record(WINDOW + seq as u32, 60.0))).collect();
        for _ in 0..2 {
            let answers = take_in(&fixture.context, vec![device.batch(items())]).await;
            assert_eq!(answers[0].topic, topics::answers_to(device.id));
            assert_eq!(acknowledged(&fixture, &answers), [(4, 199)]);
        }
        assert_eq!(fixture.count("records").await, 196);
        assert_eq!(fixture.count("pending_fusion").await, 196);
        let counts = fixture.context.counters.read();
        assert_eq!((counts.records, counts.duplicates), (196, 196));
    }
}

#[tokio::test]
async fn an_acknowledgement_covers_only_the_items_of_its_batch_that_are_committed() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let items = |seqs: &[u64]| seqs.iter().map(|&seq| (seq, heart_record(WINDOW, 60.0))).collect();
        take_in(&fixture.context, vec![device.batch(items(&[4, 5, 9]))]).await;
        let answers = take_in(&fixture.context, vec![device.batch(items(&[5, 7]))]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(5, 5), (7, 7)]);
    }
}

#[tokio::test]
async fn nothing_is_acknowledged_that_the_database_did_not_commit() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        fixture.context.store.close().await;
        let batch = device.batch(vec![(4, heart_record(WINDOW, 60.0))]);
        assert_eq!(take_in(&fixture.context, vec![batch]).await, []);
        assert_eq!(fixture.context.counters.read().failed_commits, 1);
    }
}

#[tokio::test]
async fn forged_foreign_and_unknown_messages_are_counted_and_store_nothing() {
    for fixture in Fixture::each().await {
        let (alice, mallory) = (fixture.device("alice").await, fixture.device("mallory").await);
        let item = || vec![(4, heart_record(WINDOW, 60.0))];
        let impostor = Device { id: alice.id, key: KeyPair::generate(), epoch: alice.epoch };
        let stranger = Device { id: DeviceId::random(), key: KeyPair::generate(), epoch: alice.epoch };
        let on_foreign_topic = Inbound { topic: topics::batches_of(alice.id), ..mallory.batch(item()) };
        let elsewhere = Inbound { topic: "attune/v1/up/nobody".into(), ..mallory.batch(item()) };
        let group = vec![impostor.batch(item()), stranger.batch(item()), on_foreign_topic, elsewhere];
        assert_eq!(take_in(&fixture.context, group).await, []);
        let counts = fixture.context.counters.read();
        assert_eq!((counts.forged, counts.unknown_devices, counts.foreign), (1, 1, 2));
        assert_eq!(fixture.count("records").await, 0);
    }
}

#[tokio::test]
async fn what_does_not_read_is_kept_in_quarantine_once_and_the_rest_is_stored() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let mut later = heart_record(WINDOW, 60.0);
        later[2] = 9;
        let batch = device.batch(vec![(4, later), (5, heart_record(WINDOW, 60.0)), (6, b"nonsense".to_vec())]);
        let garbage = Inbound { payload: b"not a batch".to_vec(), ..batch.clone() };
        for _ in 0..2 {
            let answers = take_in(&fixture.context, vec![batch.clone(), garbage.clone()]).await;
            assert_eq!(acknowledged(&fixture, &answers), [(4, 6)], "what is in quarantine is kept, so it is settled");
        }
        assert_eq!(fixture.count("records").await, 1);
        assert_eq!(fixture.count("quarantine").await, 3);
        let (sealed, digest): (Vec<u8>, Vec<u8>) =
            sqlx::query_as("SELECT sealed, digest FROM quarantine ORDER BY size LIMIT 1")
                .fetch_one(fixture.context.store.pool())
                .await
                .expect("there");
        let opened = fixture.context.own.quarantine.open(&digest, &sealed).expect("opens");
        assert_eq!(opened, b"nonsense");
    }
}

#[tokio::test]
async fn records_without_consent_are_settled_but_not_stored_and_a_withdrawal_counts_for_what_comes_after_it() {
    for fixture in Fixture::each().await {
        let device = fixture.device_without_consent("alice").await;
        let record = || heart_record(WINDOW, 60.0);
        let items = vec![
            (0, record()),
            (1, consent(Modality::Heart, true, 1)),
            (2, record()),
            (3, consent(Modality::Heart, false, 2)),
            (4, record()),
        ];
        let answers = take_in(&fixture.context, vec![device.batch(items)]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(0, 4)]);
        assert_eq!(fixture.count("records").await, 1);
        assert_eq!(fixture.context.counters.read().refused_without_consent, 2);
        take_in(&fixture.context, vec![device.batch(vec![(5, record())])]).await;
        assert_eq!(fixture.count("records").await, 1, "the withdrawal is remembered");
        assert_eq!(attune_people::consent::first_broken_link(&fixture.context.store).await.expect("reads"), None);
    }
}

#[tokio::test]
async fn a_changed_entry_breaks_the_chain_of_consents() {
    for fixture in Fixture::each().await {
        fixture.device("alice").await;
        let entry = consent(Modality::Voice, false, 7);
        sqlx::query("UPDATE consent_log SET entry = $1 WHERE place = 2")
            .bind(entry)
            .execute(fixture.context.store.pool())
            .await
            .expect("changed");
        let broken = attune_people::consent::first_broken_link(&fixture.context.store).await.expect("reads");
        assert_eq!(broken, Some(2));
    }
}

#[tokio::test]
async fn a_code_enrols_one_device_and_the_same_device_may_ask_again() {
    for fixture in Fixture::each().await {
        let code = fixture.code("alice").await;
        let key = KeyPair::generate();
        let ask =
            |device, key: &KeyPair, code: &str| EnrolRequest { device, public_key: key.public(), code: code.into() };
        let first = DeviceId::random();
        for spelling in [code.clone(), code.to_lowercase(), code.replace('-', "")] {
            let outcome = accounts::redeem_code(&fixture.context.store, &ask(first, &key, &spelling)).await;
            assert_eq!(outcome.expect("answers"), EnrolOutcome::Accepted);
        }
        for (device, key, code, expected) in [
            (DeviceId::random(), KeyPair::generate(), code.as_str(), EnrolOutcome::CodeRefused),
            (DeviceId::random(), KeyPair::generate(), "AAAA-BBBB", EnrolOutcome::CodeRefused),
            (first, KeyPair::generate(), code.as_str(), EnrolOutcome::DeviceTaken),
        ] {
            let outcome = accounts::redeem_code(&fixture.context.store, &ask(device, &key, code)).await;
            assert_eq!(outcome.expect("answers"), expected);
        }
        let store = &fixture.context.store;
        let late = accounts::create_code(store, &fixture.context.people, "alice", -1).await.expect("made");
        let outcome = accounts::redeem_code(store, &ask(DeviceId::random(), &key, &late)).await;
        assert_eq!(outcome.expect("answers"), EnrolOutcome::CodeRefused, "too old");
    }
}

#[tokio::test]
async fn nothing_that_was_sensed_stands_in_clear_and_an_erased_key_closes_it_for_ever() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let record = heart_record(WINDOW, 61.5);
        take_in(&fixture.context, vec![device.batch(vec![(4, record.clone())])]).await;
        let (sealed,): (Vec<u8>,) =
            sqlx::query_as("SELECT sealed FROM records").fetch_one(fixture.context.store.pool()).await.expect("there");
        let values = &record[record.len() - 4..];
        assert!(!sealed.windows(values.len()).any(|bytes| bytes == values));
        sqlx::query("DELETE FROM person_keys").execute(fixture.context.store.pool()).await.expect("erased");
        let people = fixture.database.people_after_restart();
        let person = fixture.person("alice").await;
        let gone = people.of(fixture.context.store.pool(), person).await.expect_err("erased");
        assert!(matches!(gone, attune_ground::GroundError::Erased), "{gone}");
    }
}

#[tokio::test]
async fn a_record_belongs_to_whose_the_device_was_when_it_sensed_and_consent_is_not_handed_on() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        fixture.hand_to(&device, "bob").await;
        let later = Window::containing(now_millis()).0 + 10;
        let sensed = vec![(4, heart_record(WINDOW, 60.0)), (5, heart_record(later, 60.0))];
        let answers = take_in(&fixture.context, vec![device.batch(sensed)]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(4, 5)]);
        let people: Vec<(Vec<u8>,)> =
            sqlx::query_as("SELECT person FROM records").fetch_all(fixture.context.store.pool()).await.expect("reads");
        assert_eq!(people, [(fixture.person("alice").await.0.to_vec(),)], "bob has not agreed to anything");

        let agreed = vec![(6, consent(Modality::Heart, true, 2)), (7, heart_record(later, 60.0))];
        take_in(&fixture.context, vec![device.batch(agreed)]).await;
        let (of_bob,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM records WHERE person = $1")
            .bind(fixture.person("bob").await.0.to_vec())
            .fetch_one(fixture.context.store.pool())
            .await
            .expect("reads");
        assert_eq!(of_bob, 1);
    }
}

#[tokio::test]
async fn what_was_refused_stays_refused_when_it_is_sent_again_after_consent() {
    for fixture in Fixture::each().await {
        let device = fixture.device_without_consent("alice").await;
        let record = || device.batch(vec![(4, heart_record(WINDOW, 60.0))]);
        take_in(&fixture.context, vec![record()]).await;
        take_in(&fixture.context, vec![device.batch(vec![(3, consent(Modality::Heart, true, 1))])]).await;
        let answers = take_in(&fixture.context, vec![record(), record()]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(4, 4), (4, 4)]);
        assert_eq!((fixture.count("records").await, fixture.count("settled").await), (0, 2));
    }
}

#[tokio::test]
async fn an_erased_person_does_not_keep_others_from_being_stored() {
    for fixture in Fixture::each().await {
        let (gone, bob) = (fixture.device("alice").await, fixture.device("bob").await);
        sqlx::query("DELETE FROM person_keys WHERE person = $1")
            .bind(fixture.person("alice").await.0.to_vec())
            .execute(fixture.context.store.pool())
            .await
            .expect("erased");
        fixture.context.people.forget();
        let record = |device: &Device| device.batch(vec![(4, heart_record(WINDOW, 60.0))]);
        let answers = take_in(&fixture.context, vec![record(&gone), record(&bob)]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(4, 4), (4, 4)], "what is refused for good is settled");
        assert_eq!(fixture.count("records").await, 1);
    }
}

#[tokio::test]
async fn no_claim_of_a_device_about_time_or_place_stops_the_ingest() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let batch = |sent_at_millis, seq| {
            let items = vec![Item { seq: Seq(seq), bytes: heart_record(u32::MAX, 60.0) }];
            let batch = Batch { device: device.id, epoch: device.epoch, sent_at_millis, items };
            let payload = batch.encode(&device.key).expect("within limits");
            Inbound { topic: topics::batches_of(device.id), payload, received_at: now_millis() }
        };
        let group = vec![batch(i64::MIN, 4), batch(i64::MAX, 5), batch(0, u64::MAX)];
        let answers = take_in(&fixture.context, group).await;
        assert_eq!(acknowledged(&fixture, &answers), [(4, 4), (5, 5)]);
        assert_eq!(fixture.context.counters.read().quarantined, 1, "a number that no outbox of ours makes");
    }
}

#[tokio::test]
async fn consents_are_sealed() {
    for fixture in Fixture::each().await {
        fixture.device("alice").await;
        let entries: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT entry FROM consent_log")
            .fetch_all(fixture.context.store.pool())
            .await
            .expect("reads");
        assert_eq!(entries.len(), 4);
        assert!(entries.iter().all(|(entry,)| Consent::decode(entry).is_err()));
    }
}

#[tokio::test]
async fn a_record_that_is_committed_while_its_window_is_being_fused_is_fused_too() {
    for fixture in Fixture::each().await {
        let (strap, watch) = (fixture.device("alice").await, fixture.device("alice").await);
        take_in(&fixture.context, vec![strap.batch(vec![(4, heart_record(WINDOW, 60.0))])]).await;
        // Another collector has written into the waiting window and not committed yet.
        let person = fixture.person("alice").await;
        let key = fixture.context.people.of(fixture.context.store.pool(), person).await.expect("known");
        let place = ItemKey { device: watch.id, epoch: watch.epoch, seq: Seq(4) };
        let plain = heart_record(WINDOW, 110.0);
        let record = SealedRecord {
            key: place,
            person,
            window_start: Window(WINDOW).start_millis(),
            modality: Modality::Heart.number(),
            revision: 1,
            size: plain.len(),
            received_at: 0,
            clock_offset: 0,
            sealed: key.seal(&record_context(person, &place), &plain),
        };
        let mut other = fixture.context.store.begin().await.expect("begins");
        let mut gathered = Gathered::default();
        let settled = Settled { records: vec![record], ..Settled::default() };
        let owners = BTreeMap::new();
        commit::gather(&mut other, &mut gathered, &fixture.context, &owners, settled, 0).await.expect("gathers");
        assert_eq!(gathered.write(&mut other).await.expect("writes"), 1);
        let (fuser, mut fused) = (fixture.fuser(), Vec::new());
        let mut announced = fuser.listen();
        let fusing = tokio::spawn({
            let fuser = fuser.clone();
            async move { fuser.fuse_waiting().await }
        });
        // Long enough for the fuser to come to the window while it is held.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        other.commit().await.expect("commits");
        fusing.await.expect("ends").expect("fuses");
        while fuser.fuse_waiting().await.expect("fuses") > 0 {}
        while let Ok(window) = announced.try_recv() {
            fused.push(window);
        }
        let read = |rate| Record::decode(&heart_record(WINDOW, rate)).expect("reads");
        let both = assess(&[read(60.0), read(110.0)]).stress.value().expect("known");
        let last = fused.pop().expect("fused").assessment.stress.value().expect("known");
        assert!((last - both).abs() < 1e-9, "the record that came last is not forgotten");
    }
}
