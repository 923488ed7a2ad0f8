//! What devices say of themselves, at ingest: theirs alone, and behind the consent that comes with it.

use std::sync::Arc;

use attune_protocol::ack::Answer;
use attune_protocol::heartbeat::{Heartbeat, Sensing};
use attune_protocol::registry::Modality;
use attune_protocol::sign::KeyPair;
use attune_protocol::topics;
use tokio::sync::{mpsc, watch};

use super::{Inbound, Queue, WINDOW, now_millis, told};
use crate::ingest::work;
use crate::testing::{Device, EVERYTHING, Fixture, consent, heart_record, heart_record_under};

fn heartbeat(device: &Device, number: u32) -> Heartbeat {
    Heartbeat {
        device: device.id,
        enrolment: device.enrolment,
        epoch: device.epoch,
        run: 1,
        number,
        since_millis: now_millis(),
        ends: false,
        waiting: 0,
        oldest_millis: None,
        modalities: vec![Sensing::of(Modality::Heart, None, None)],
    }
}

fn says(device: &Device, heartbeat: &Heartbeat) -> Inbound {
    Inbound { topic: topics::batches_of(device.id), payload: heartbeat.encode(&device.key), received_at: now_millis() }
}

async fn kept(fixture: &Fixture) -> Vec<(Vec<u8>, i64)> {
    sqlx::query_as("SELECT device, number FROM device_heartbeats ORDER BY device")
        .fetch_all(fixture.context.store.pool())
        .await
        .expect("reads")
}

#[tokio::test]
async fn a_heartbeat_is_of_the_device_that_signed_it_and_answered_by_nothing_on_each_database() {
    for fixture in Fixture::each().await {
        let (alice, mallory) = (fixture.device("alice").await, fixture.device("mallory").await);
        let of_alice = |number| says(&alice, &heartbeat(&alice, number));
        assert_eq!(fixture.take_in(vec![of_alice(1)]).await, []);
        assert_eq!(kept(&fixture).await, [(alice.id.0.to_vec(), 1)]);
        let later = heartbeat(&alice, 9);
        let up = |payload| Inbound { payload, ..of_alice(1) };
        let mut changed = later.encode(&alice.key);
        changed[30] ^= 1;
        let forged = [
            up(later.encode(&KeyPair::generate())),
            up(changed),
            // Mallory's own, under the topic of another, and of another under mallory's own topic.
            up(heartbeat(&mallory, 9).encode(&mallory.key)),
            says(&mallory, &later),
        ];
        assert_eq!(fixture.take_in(forged.into()).await, []);
        assert_eq!(kept(&fixture).await, [(alice.id.0.to_vec(), 1)]);
        let counts = fixture.context.counters.read();
        assert_eq!((counts.forged, counts.unreadable, counts.newer), (3, 1, 0));
        // One message of many at once, and one that is shown again.
        fixture.take_in(vec![of_alice(3), says(&mallory, &heartbeat(&mallory, 1)), of_alice(2)]).await;
        fixture.take_in(vec![of_alice(1)]).await;
        let mut expected = [(alice.id.0.to_vec(), 3), (mallory.id.0.to_vec(), 1)];
        expected.sort();
        assert_eq!(kept(&fixture).await, expected);
    }
}

#[tokio::test]
async fn a_heartbeat_that_comes_with_the_consent_that_it_needs_is_kept_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device_without_consent("alice").await;
        let says = |number| says(&device, &heartbeat(&device, number));
        fixture.take_in(vec![says(1)]).await;
        assert_eq!(kept(&fixture).await, [], "nothing was agreed to");
        let agreed = device.batch(vec![(0, consent(Modality::Heart, true, 1))]);
        fixture.take_in(vec![agreed, says(2)]).await;
        assert_eq!(kept(&fixture).await, [(device.id.0.to_vec(), 2)]);
        let withdrawn = device.batch(vec![(1, consent(Modality::Heart, false, 2))]);
        fixture.take_in(vec![withdrawn]).await;
        assert_eq!(kept(&fixture).await, [], "what was said before goes when it is withdrawn");
        fixture.take_in(vec![says(3)]).await;
        assert_eq!(kept(&fixture).await, [], "and nothing is kept from then on");
    }
}

#[tokio::test]
async fn a_batch_of_what_is_sensed_tells_that_its_device_is_there_unless_it_is_shown_again_or_refused_on_each_database()
{
    for fixture in Fixture::each().await {
        let (alice, mallory) = (fixture.device("alice").await, fixture.device("mallory").await);
        let long_ago = now_millis() - 3_600_000;
        let heard = async |device: &Device| {
            sqlx::query_as::<_, (i64,)>("SELECT heard_at FROM device_heartbeats WHERE device = $1")
                .bind(device.id.0.to_vec())
                .fetch_one(fixture.context.store.pool())
                .await
                .expect("reads")
                .0
        };
        let heard_long_ago = |device: &Device| Inbound { received_at: long_ago, ..says(device, &heartbeat(device, 1)) };
        fixture.take_in(vec![heard_long_ago(&alice), heard_long_ago(&mallory)]).await;
        let sent = |seq, content| alice.batch(vec![(seq, content)]);
        let seq = Device::FIRST_SEQ;

        // Nothing of these was sensed, or nothing is kept.
        fixture.take_in(vec![sent(seq, consent(Modality::CheckIn, true, EVERYTHING + 1))]).await;
        fixture.take_in(vec![sent(seq + 1, heart_record_under(EVERYTHING + 9, WINDOW, 60.0))]).await;
        let withdrawn = consent(Modality::Heart, false, EVERYTHING + 1);
        let refused = heart_record_under(EVERYTHING + 1, WINDOW, 60.0);
        fixture.take_in(vec![mallory.batch(vec![(seq, withdrawn), (seq + 1, refused)])]).await;
        let stranger = KeyPair::generate();
        let forged = Device { id: alice.id, key: stranger, epoch: alice.epoch, enrolment: alice.enrolment };
        fixture.take_in(vec![forged.batch(vec![(seq + 2, heart_record(WINDOW, 60.0))])]).await;
        assert_eq!((heard(&alice).await, heard(&mallory).await), (long_ago, long_ago));

        let batch = sent(seq + 3, heart_record(WINDOW, 60.0));
        fixture.take_in(vec![batch.clone()]).await;
        assert_eq!((heard(&alice).await, heard(&mallory).await), (batch.received_at, long_ago));
        let shown_again = Inbound { received_at: batch.received_at + 600_000, ..batch.clone() };
        fixture.take_in(vec![shown_again]).await;
        assert_eq!(heard(&alice).await, batch.received_at);
        let next =
            Inbound { received_at: batch.received_at + 600_000, ..sent(seq + 4, heart_record(WINDOW + 1, 61.0)) };
        fixture.take_in(vec![next.clone()]).await;
        assert_eq!(heard(&alice).await, next.received_at);
        assert_eq!(
            kept(&fixture).await.iter().filter(|(_, number)| *number == 1).count(),
            2,
            "nothing else has changed"
        );
    }
}

#[tokio::test]
async fn what_is_stored_is_answered_whatever_keeps_it_from_being_noted_that_a_device_is_there_on_each_database() {
    for fixture in Fixture::each().await {
        let (context, device) = (&fixture.context, fixture.device("alice").await);
        if context.store.lets_one_write() {
            // Whoever writes there keeps all others from it.
            continue;
        }
        let mut elsewhere = context.store.begin().await.expect("begins");
        let lock = sqlx::query("LOCK TABLE device_heartbeats IN ACCESS EXCLUSIVE MODE");
        lock.execute(&mut **elsewhere).await.expect("locked");
        let (answers, mut answered) = mpsc::unbounded_channel();
        let (stop, stopping) = watch::channel(false);
        let queue = Arc::new(Queue::default());
        assert!(queue.push(device.batch(vec![(Device::FIRST_SEQ, heart_record(WINDOW, 60.0))])));
        let working = tokio::spawn(work(context.clone(), queue, answers, stopping));
        let answer = answered.recv().await.expect("it goes on");
        assert_eq!(told(&fixture, &[answer]), [(Device::FIRST_SEQ, Answer::Stored)]);
        elsewhere.rollback().await.expect("ended");
        stop.send(true).expect("it goes on");
        working.await.expect("ends");
    }
}
