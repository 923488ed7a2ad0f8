mod aside;
mod collector_key;
mod consents;
mod enrolments;
mod epochs;
mod heartbeats;
mod log;
mod months;
mod times;
mod wishes;

use attune_analysis::indicators::{Terms, assess};
use attune_ground::store::Store;
use attune_ground::time::now_millis;
use attune_people::accounts;
use attune_people::consent::ItemKey;
use attune_people::preferences::Wanted;
use attune_protocol::ack::{Ack, Answer};
use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::{Book, Consent};
use attune_protocol::digest::Digest;
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolReply, EnrolRequest};
use attune_protocol::features::Features;
use attune_protocol::ids::{DeviceId, Epoch, Seq};
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::{Category, Modality};
use attune_protocol::sign::KeyPair;
use attune_protocol::topics;
use attune_protocol::unknown::Unknown;
use attune_protocol::window::Window;

use super::again::Earlier;
use super::commit::{self, Gathered};
use super::item::{SealedRecord, quarantine_context, record_context};
use super::quarantine::{self, Aside, Now};
use super::replay::{Replayed, replay};
use super::settle::{Owner, Settled};
use super::worker::vouch_for_enrolled;
use super::{Inbound, IngestContext, Outbound, Queue, take_in};
use crate::spans::{self, Spans};
use crate::testing::{Device, EVERYTHING, Fixture, MIGRATIONS, consent, heart_record, heart_record_under};

const WINDOW: u32 = 177_000_000; // 2026-02-02T02:40:00Z

fn acks(fixture: &Fixture, answers: &[Outbound]) -> Vec<Ack> {
    let key = fixture.context.own.signing().public();
    answers.iter().map(|answer| Ack::decode(&answer.payload, &key).expect("signed by the collector")).collect()
}

/// What was settled, whatever the answer.
fn acknowledged(fixture: &Fixture, answers: &[Outbound]) -> Vec<(u64, u64)> {
    let runs = acks(fixture, answers).into_iter().flat_map(|ack| ack.settled);
    let seqs: Vec<Seq> = runs.flat_map(|run| (run.first.0..=run.last.0).map(Seq)).collect();
    Ack::runs(seqs).into_iter().map(|(Seq(first), Seq(last))| (first, last)).collect()
}

/// The answers, item by item.
fn told(fixture: &Fixture, answers: &[Outbound]) -> Vec<(u64, Answer)> {
    let runs = acks(fixture, answers).into_iter().flat_map(|ack| ack.settled);
    runs.flat_map(|run| (run.first.0..=run.last.0).map(move |seq| (seq, run.answer))).collect()
}

#[tokio::test]
async fn a_batch_that_is_sent_twice_is_stored_once_and_acknowledged_twice() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let items = || (4..200).map(|seq| (seq, heart_record(WINDOW + seq as u32, 60.0))).collect();
        for _ in 0..2 {
            let answers = fixture.take_in(vec![device.batch(items())]).await;
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
        fixture.take_in(vec![device.batch(items(&[4, 5, 9]))]).await;
        let answers = fixture.take_in(vec![device.batch(items(&[5, 7]))]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(5, 5), (7, 7)]);
    }
}

#[tokio::test]
async fn nothing_is_acknowledged_that_the_database_did_not_commit() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        fixture.context.store.close().await;
        let batch = device.batch(vec![(4, heart_record(WINDOW, 60.0))]);
        assert_eq!(fixture.take_in(vec![batch]).await, []);
        assert_eq!(fixture.context.counters.read().failed_commits, 1);
    }
}

#[tokio::test]
async fn forged_foreign_and_unknown_messages_are_counted_and_store_nothing() {
    for fixture in Fixture::each().await {
        let (alice, mallory) = (fixture.device("alice").await, fixture.device("mallory").await);
        let item = || vec![(4, heart_record(WINDOW, 60.0))];
        let (epoch, enrolment) = (alice.epoch, alice.enrolment);
        let impostor = Device { id: alice.id, key: KeyPair::generate(), epoch, enrolment };
        let stranger = Device { id: DeviceId::random(), key: KeyPair::generate(), epoch, enrolment };
        let on_foreign_topic = Inbound { topic: topics::batches_of(alice.id), ..mallory.batch(item()) };
        let elsewhere = Inbound { topic: "attune/v1/up/nobody".into(), ..mallory.batch(item()) };
        let group = vec![impostor.batch(item()), stranger.batch(item()), on_foreign_topic, elsewhere];
        let answers = fixture.take_in(group).await;
        let topics: Vec<_> = answers.iter().map(|answer| &answer.topic).collect();
        assert_eq!(topics, [&topics::answers_to(stranger.id)], "who is not known is told so, and nobody else anything");
        let counts = fixture.context.counters.read();
        assert_eq!((counts.forged, counts.unknown_devices, counts.foreign), (1, 1, 2));
        assert_eq!(fixture.count("records").await, 0);
    }
}

#[tokio::test]
async fn a_device_whose_enrolment_is_not_known_is_told_so_of_the_batch_that_it_sent() {
    for fixture in Fixture::each().await {
        let known = fixture.device("alice").await;
        let stranger = Device { id: DeviceId::random(), key: KeyPair::generate(), epoch: Epoch(7), enrolment: 1 };
        // As where the database went back behind the device's second enrolment.
        let later = Device { id: known.id, key: known.key, epoch: Epoch::random(), enrolment: known.enrolment + 1 };
        for device in [stranger, later] {
            let batch = device.batch(vec![(4, heart_record(WINDOW, 60.0))]);
            let answers = fixture.take_in(vec![batch.clone()]).await;
            let [answer] = answers.as_slice() else { panic!("{answers:?}") };
            assert_eq!(answer.topic, topics::answers_to(device.id));
            let said = Unknown::decode(&answer.payload, &fixture.context.own.signing().public());
            assert_eq!(said, Ok(Unknown { device: device.id, batch: Unknown::name_of(&batch.payload) }));
        }
        let counts = fixture.context.counters.read();
        assert_eq!((counts.unknown_devices, counts.unknown_enrolments, counts.records), (1, 1, 0));
        let strangers = (0..1000).map(|_| {
            let device = Device { id: DeviceId::random(), key: KeyPair::generate(), epoch: Epoch(7), enrolment: 1 };
            device.batch(Vec::new())
        });
        let answered = fixture.take_in(strangers.collect()).await.len();
        assert!((1..1000).contains(&answered), "strangers are answered for a while: {answered}");
    }
}

#[tokio::test]
async fn what_does_not_read_is_kept_in_quarantine_once_for_its_person_and_the_rest_is_stored() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let mut later = heart_record(WINDOW, 60.0);
        later[2] = 9;
        let batch = device.batch(vec![(4, later), (5, heart_record(WINDOW, 60.0)), (6, b"nonsense".to_vec())]);
        for _ in 0..2 {
            let answers = fixture.take_in(vec![batch.clone()]).await;
            let expected = [(4, Answer::Quarantined), (5, Answer::Stored), (6, Answer::Quarantined)];
            assert_eq!(told(&fixture, &answers), expected, "what is in quarantine is kept, so it is settled");
        }
        assert_eq!((fixture.count("records").await, fixture.count("quarantine").await), (1, 2));
        let (sealed,): (Vec<u8>,) = sqlx::query_as("SELECT sealed FROM quarantine ORDER BY size LIMIT 1")
            .fetch_one(fixture.context.store.pool())
            .await
            .expect("there");
        let person = fixture.person("alice").await;
        let key = fixture.context.people.of(person).await.expect("known");
        let place = ItemKey { device: device.id, epoch: device.epoch, seq: Seq(6) };
        assert_eq!(key.open(&quarantine_context(person, &place), &sealed).expect("opens"), b"nonsense");
    }
}

#[tokio::test]
async fn what_cannot_be_kept_aside_stays_with_its_device() {
    for mut fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let nonsense = |seqs: std::ops::Range<u64>| seqs.map(|seq| (seq, format!("nonsense {seq}").into_bytes()));
        let first = quarantine::MOST as u64 - 1;
        let answers = fixture.take_in(vec![device.batch(nonsense(4..4 + first).collect())]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(4, 3 + first)]);
        let answers = fixture.take_in(vec![device.batch(nonsense(5000..5010).collect())]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(5000, 5000)], "there is room for one more");
        assert_eq!(fixture.count("quarantine").await, quarantine::MOST as i64);

        fixture.context.profile = Profile::Eu;
        let other = fixture.device("bob").await;
        let garbage = Inbound { payload: b"not a batch".to_vec(), ..other.batch(Vec::new()) };
        let answers = fixture.take_in(vec![other.batch(vec![(4, b"of a later build".to_vec())]), garbage]).await;
        assert_eq!(acknowledged(&fixture, &answers), [], "it could hold what the profile forbids");
        assert_eq!(fixture.count("quarantine").await, quarantine::MOST as i64);
    }
}

#[tokio::test]
async fn another_item_at_a_place_that_is_taken_is_not_acknowledged_and_its_device_is_told() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let first = device.batch(vec![(4, heart_record(WINDOW, 60.0)), (5, heart_record(WINDOW + 1, 60.0))]);
        fixture.take_in(vec![first.clone()]).await;
        // A state folder that was put back from a copy counts again from there.
        let again = device.batch(vec![(5, heart_record(WINDOW + 9, 90.0)), (6, heart_record(WINDOW + 10, 90.0))]);
        let ack = acks(&fixture, &fixture.take_in(vec![again]).await).remove(0);
        assert_eq!(ack.taken, [(Seq(5), Seq(5))]);
        assert_eq!(ack.settled.iter().map(|run| (run.first.0, run.last.0)).collect::<Vec<_>>(), [(6, 6)]);
        assert_eq!((fixture.count("records").await, fixture.context.counters.read().taken), (3, 1));
        let same = acks(&fixture, &fixture.take_in(vec![first]).await).remove(0);
        let digests =
            [(4, WINDOW), (5, WINDOW + 1)].map(|(seq, window)| Digest::of_item(Seq(seq), &heart_record(window, 60.0)));
        assert_eq!(same.settled[0].digest, Digest::of_run(digests), "it names what was stored");
    }
}

#[tokio::test]
async fn what_the_profile_forbids_is_stored_nowhere() {
    for mut fixture in Fixture::each().await {
        fixture.context.profile = Profile::Eu;
        let device = fixture.device("alice").await;
        let answers = fixture.take_in(vec![device.batch(vec![(4, heart_record(WINDOW, 60.0))])]).await;
        let ack = acks(&fixture, &answers).remove(0);
        assert_eq!((ack.profile, ack.settled[0].answer), (Profile::Eu, Answer::Stored));
        let person = fixture.person("alice").await;
        let key = fixture.context.people.of(person).await.expect("known");
        let (sealed,): (Vec<u8>,) =
            sqlx::query_as("SELECT sealed FROM records").fetch_one(fixture.context.store.pool()).await.expect("there");
        let place = ItemKey { device: device.id, epoch: device.epoch, seq: Seq(4) };
        let stored =
            Record::decode(&key.open(&record_context(person, &place), &sealed).expect("opens")).expect("reads");
        assert!(stored.features.is_empty() && stored.withheld.contains(Category::Physiology), "{stored:?}");
        assert_eq!(fixture.context.counters.read().withheld_by_profile, 1);
    }
}

#[tokio::test]
async fn nothing_that_was_sensed_stands_in_clear_and_an_erased_key_closes_it_for_ever() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let record = heart_record(WINDOW, 61.5);
        fixture.take_in(vec![device.batch(vec![(4, record.clone())])]).await;
        let (sealed,): (Vec<u8>,) =
            sqlx::query_as("SELECT sealed FROM records").fetch_one(fixture.context.store.pool()).await.expect("there");
        let values = &record[record.len() - 4..];
        assert!(!sealed.windows(values.len()).any(|bytes| bytes == values));
        let person = fixture.person("alice").await;
        fixture.database.destroy_key(person).await;
        let people = fixture.database.people_after_restart();
        let gone = people.of(person).await.expect_err("erased");
        assert!(matches!(gone, attune_ground::GroundError::Erased), "{gone}");
    }
}

#[tokio::test]
async fn an_outbox_belongs_to_one_person_whatever_the_clock_says_and_consent_is_not_handed_on() {
    for fixture in Fixture::each().await {
        let mut device = fixture.device("alice").await;
        let of_alice = device.batch(vec![(4, heart_record(WINDOW, 60.0))]);
        let code = fixture.code("alice").await;
        fixture.hand_to(&mut device, "bob").await;
        let of_bob = device.batch(vec![(0, heart_record_under(1, WINDOW, 60.0))]);
        let answers = fixture.take_in(vec![of_alice, of_bob]).await;
        let acks = acks(&fixture, &answers);
        assert_eq!(acks[0].settled.len(), 1, "what waited in alice's outbox is hers");
        assert_eq!((&acks[1].settled, acks[1].wants_consent), (&Vec::new(), Some(1)), "bob has not agreed to anything");
        let agreed = vec![(1, consent(Modality::Heart, true, 1)), (2, heart_record_under(1, WINDOW + 1, 60.0))];
        fixture.take_in(vec![device.batch(agreed)]).await;
        for (user, records) in [("alice", 1), ("bob", 1)] {
            let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM records WHERE person = $1")
                .bind(fixture.person(user).await.0.to_vec())
                .fetch_one(fixture.context.store.pool())
                .await
                .expect("reads");
            assert_eq!(count, records, "{user}");
        }
        // Neither an enrolment of before nor one that counts no further gives the device back.
        let (epoch, enrolment) = (Epoch::random(), 1);
        let back = EnrolRequest::new(device.id, device.key.public(), enrolment, epoch, &Code::of(&code));
        assert_eq!(fixture.redeem(&back).await, EnrolOutcome::Behind);
        let unknown = Device { enrolment: 9, epoch: Epoch::random(), ..device };
        let answers = fixture.take_in(vec![unknown.batch(vec![(0, heart_record(WINDOW, 60.0))])]).await;
        let key = fixture.context.own.signing().public();
        assert!(answers.iter().all(|answer| Ack::decode(&answer.payload, &key).is_err()), "nothing of it is settled");
        assert_eq!(fixture.context.counters.read().unknown_enrolments, 1);
    }
}

#[tokio::test]
async fn an_erased_person_does_not_keep_others_from_being_stored() {
    for mut fixture in Fixture::each().await {
        let (gone, bob) = (fixture.device("alice").await, fixture.device("bob").await);
        fixture.database.destroy_key(fixture.person("alice").await).await;
        fixture.context.people = fixture.database.people_after_restart();
        let record = |device: &Device| device.batch(vec![(4, heart_record(WINDOW, 60.0))]);
        let answers = fixture.take_in(vec![record(&gone), record(&bob)]).await;
        assert_eq!(told(&fixture, &answers), [(4, Answer::Erased), (4, Answer::Stored)]);
        assert_eq!(fixture.count("records").await, 1);
    }
}

#[tokio::test]
async fn a_record_that_is_committed_while_its_window_is_being_fused_is_fused_too() {
    for fixture in Fixture::each().await {
        let (strap, watch) = (fixture.device("alice").await, fixture.device("alice").await);
        fixture.take_in(vec![strap.batch(vec![(4, heart_record(WINDOW, 60.0))])]).await;
        // Another collector has written into the waiting window and not committed yet.
        let person = fixture.person("alice").await;
        let key = fixture.context.people.of(person).await.expect("known");
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
            fingerprint: [7; 16],
            content: Digest::of_item(Seq(0), &plain),
        };
        let mut other = fixture.context.store.begin().await.expect("begins");
        let mut gathered = Gathered::default();
        let settled = Settled { records: vec![record], ..Settled::default() };
        let owner = Owner {
            person,
            key,
            book: Book::default(),
            deleted: Spans::default(),
            earlier: Earlier::default(),
            wanted: Wanted::default(),
        };
        commit::gather(&mut other, &mut gathered, &owner, settled, 0).await.expect("gathers");
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
        let both = assess(&[read(60.0), read(110.0)], Terms::sensed(Profile::Research)).stress.value().expect("known");
        let last = fused.pop().expect("fused").assessment.stress.value().expect("known");
        assert!((last - both).abs() < 1e-9, "the record that came last is not forgotten");
    }
}
