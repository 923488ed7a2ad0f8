use attune_ground::keys::{MasterKey, PersonKeys};
use attune_people::consent::ItemKey;
use attune_protocol::batch::Item;
use attune_protocol::ids::Epoch;
use attune_protocol::registry::Modality;
use attune_protocol::sign::KeyPair;

use super::super::item::record_context;
use super::*;
use crate::testing::{Device, Fixture, consent, heart_record};

type Row = (i64, i64, Vec<u8>);

/// What a device sends again under another epoch of its enrolment: its consents, and a record.
async fn again(fixture: &Fixture, device: &mut Device, record: &[u8]) -> (Verified, Vec<Option<ReadyBatch>>) {
    device.epoch = Epoch::random();
    let changes = (0..).zip(1..).zip(Modality::SENSED);
    let mut items: Vec<_> = changes.map(|((seq, version), modality)| (seq, consent(modality, true, version))).collect();
    items.push((Device::FIRST_SEQ, record.to_vec()));
    let looked = verify(&fixture.context, &mut HashMap::new(), device.id, (device.batch(items), None)).await;
    let Ok(Looked::Batch(verified)) = looked else { panic!("it is a batch") };
    let batches = vec![(Arc::clone(&verified.batch), verified.received_at)];
    let ready = make_ready(&fixture.context, batches).await.expect("made");
    (verified, ready)
}

#[tokio::test]
async fn what_was_opened_before_the_lock_counts_behind_it_while_it_lies_there_as_it_did_on_each_database() {
    for fixture in Fixture::each().await {
        let (context, mut device) = (&fixture.context, fixture.device("alice").await);
        let (store, first) = (&context.store, device.epoch);
        let record = heart_record(177_000_000, 60.0);
        fixture.take_in(vec![device.batch(vec![(Device::FIRST_SEQ, record.clone())])]).await;
        let stored: Row = sqlx::query_as("SELECT epoch, seq, sealed FROM records")
            .fetch_one(store.pool())
            .await
            .expect("it is stored");
        let other = Digest::of_item(Seq(0), b"something else");
        let place = (stored.0, stored.1);

        let (verified, ready) = again(&fixture, &mut device, &record).await;
        let opened = ready[0].as_ref().and_then(|ready| ready.stored.get(place, &stored.2));
        assert_eq!(opened, Some(Digest::of_item(Seq(0), &record)), "it is opened before the lock");
        let commit_all = async |verified: &Verified, ready| {
            let one = std::slice::from_ref(verified);
            decide(context, one, ready, Stamp::Agrees).await.expect("commits").len()
        };
        assert_eq!(commit_all(&verified, ready).await, 1);
        assert_eq!(fixture.count("records").await, 1, "it is stored once");

        // It was sealed anew meanwhile: what was opened is not what lies there.
        let (verified, mut ready) = again(&fixture, &mut device, &record).await;
        ready[0].as_mut().expect("ready").stored.note(place, stored.2.clone(), other);
        let alice = fixture.person("alice").await;
        let key = context.people.of(alice).await.expect("known");
        let context_of = ItemKey { device: device.id, epoch: first, seq: Seq(Device::FIRST_SEQ) };
        let anew = key.seal(&record_context(alice, &context_of), &record);
        let changed = sqlx::query("UPDATE records SET sealed = $1").bind(anew.clone()).execute(store.pool()).await;
        assert_eq!(changed.expect("changed").rows_affected(), 1);
        assert_eq!(commit_all(&verified, ready).await, 1);
        assert_eq!(fixture.count("records").await, 1, "it was opened behind the lock");

        // And where it lies there as it did, nothing is opened.
        let (verified, mut ready) = again(&fixture, &mut device, &record).await;
        ready[0].as_mut().expect("ready").stored.note(place, anew, other);
        assert_eq!(commit_all(&verified, ready).await, 1);
        assert_eq!(fixture.count("records").await, 2, "it was not opened behind the lock");

        // Nor is the key of the person unwrapped: with another master key it could not be.
        let foreign = MasterKey::read_or_make(&fixture.database.folder.path().join("foreign.key")).expect("made");
        let people = PersonKeys::new(foreign, store);
        let foreign = IngestContext { people, ..context.clone() };
        for (with, committed) in [(true, 1), (false, 0)] {
            let (verified, ready) = again(&fixture, &mut device, &record).await;
            let ready = if with { ready } else { vec![None] };
            let one = std::slice::from_ref(&verified);
            let done = decide(&foreign, one, ready, Stamp::Agrees).await.expect("commits");
            assert_eq!(done.len(), committed);
        }
    }
}

#[test]
fn a_transaction_is_bounded_by_items_and_not_by_messages() {
    let of = |items: usize| {
        let items = (0..items as u64).map(|seq| Item { seq: Seq(seq), bytes: Vec::new() }).collect();
        let (device, epoch) = (DeviceId([1; 16]), Epoch(1));
        let batch = Batch { device, epoch, enrolment: 1, sent_at_millis: 0, items };
        Verified { batch: Arc::new(batch), name: Digest([0; 16]), received_at: 0, own: Arc::new(KeyPair::generate()) }
    };
    let sizes = |verified: Vec<Verified>| grouped(verified).iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(Vec::new()), Vec::<usize>::new());
    let full: Vec<_> = (0..5).map(|_| of(MAX_ITEMS)).collect();
    assert_eq!(sizes(full), [2, 2, 1]);
    let small: Vec<_> = (0..300).map(|_| of(1)).collect();
    assert_eq!(sizes(small), [300]);
    assert_eq!(sizes(vec![of(GROUP_ITEMS + 1), of(1)]), [1, 1], "one goes whatever it holds");
}

#[tokio::test]
async fn what_was_not_made_ready_ahead_is_as_it_is_its_turn_on_each_database() {
    for fixture in Fixture::each().await {
        let (context, queue, device) = (&fixture.context, Queue::default(), fixture.device("alice").await);
        let record = |seq| device.batch(vec![(Device::FIRST_SEQ + seq, heart_record(177_000_000 + seq as u32, 60.0))]);
        let mut taken = look(context, &queue, vec![record(0), record(1)]).await;
        assert!(taken.groups.iter().all(|group| group.ready.is_some()), "few are");
        taken.groups.iter_mut().for_each(|group| group.ready = None);
        let (answers, beats) = settle(context, &queue, taken).await;
        assert_eq!((answers.len(), beats.signs.len(), fixture.count("records").await), (2, 2, 2));
    }
}
