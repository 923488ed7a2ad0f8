//! What one device sends around the end of a month: Postgres keeps each month in a part of its own, and has no key over all of them.

use sqlx::{Any, Transaction};

use super::*;

/// The first window of March 2026.
const MARCH: u32 = 177_232_320;
/// In a month for which there is no part: in 2011.
const LONG_AGO: u32 = 130_000_000;

#[tokio::test]
async fn an_item_is_known_again_and_another_at_its_place_refused_whichever_months_they_are_of_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let at =
            |windows: [u32; 3]| (4..).zip(windows).map(|(seq, window)| (seq, heart_record(window, 60.0))).collect();
        for _ in 0..2 {
            let answers = fixture.take_in(vec![device.batch(at([MARCH - 1, MARCH, LONG_AGO]))]).await;
            assert_eq!(told(&fixture, &answers), [4, 5, 6].map(|seq| (seq, Answer::Stored)));
        }
        assert_eq!(fixture.count("records").await, 3, "what is sent again is stored once");
        let answers = fixture.take_in(vec![device.batch(at([MARCH, LONG_AGO, MARCH - 1]))]).await;
        let ack = acks(&fixture, &answers).remove(0);
        assert_eq!((ack.settled, ack.taken), (Vec::new(), vec![(Seq(4), Seq(6))]), "something else stands there");
        // Both in one transaction: nothing of the first is in the database yet.
        let at_once = [MARCH - 1, MARCH].map(|window| device.batch(vec![(9, heart_record(window, 61.0))]));
        let answers = fixture.take_in(at_once.to_vec()).await;
        let acks = acks(&fixture, &answers);
        assert_eq!((acks[0].settled.len(), acks[1].settled.len()), (1, 0));
        assert_eq!(acks[1].taken, [(Seq(9), Seq(9))]);
        assert_eq!((fixture.count("records").await, fixture.context.counters.read().taken), (4, 4));
    }
}

/// How often parts of the records were read wholly, as far as this connection has not yet told.
async fn scans(transaction: &mut Transaction<'static, Any>) -> i64 {
    let (scans,): (i64,) = sqlx::query_as(
        "SELECT CAST(COALESCE(SUM(seq_scan), 0) AS BIGINT) FROM pg_stat_xact_user_tables WHERE relname LIKE 'records%'",
    )
    .fetch_one(&mut **transaction)
    .await
    .expect("reads");
    scans
}

#[tokio::test]
async fn places_are_looked_up_by_their_keys_in_parts_that_have_no_statistics_yet_on_each_database() {
    for fixture in Fixture::each().await {
        let (store, device) = (&fixture.context.store, fixture.device("alice").await);
        if store.lets_one_write() {
            // It has no parts.
            continue;
        }
        let person = fixture.person("alice").await;
        // So many runs that it takes a question of each size.
        let (places, enrolment) = ((0..70).map(|place| Device::FIRST_SEQ + 2 * place), device.enrolment);
        let items = places.clone().map(|seq| Item { seq: Seq(seq), bytes: Vec::new() }).collect();
        let batch = Batch { device: device.id, epoch: device.epoch, enrolment, sent_at_millis: 0, items };
        for stored in [0, 70] {
            let records = places.clone().zip(MARCH - 35..).take(stored);
            let records: Vec<_> = records.map(|(seq, window)| (seq, heart_record(window, 60.0))).collect();
            if stored > 0 {
                fixture.take_in(vec![device.batch(records)]).await;
            }
            let mut transaction = store.begin().await.expect("begins");
            commit::by_key(&mut transaction).await.expect("set");
            let before = scans(&mut transaction).await;
            let held = commit::held(&mut transaction, &[(&batch, person)], store.damages()).await.expect("reads");
            assert_eq!((held[0].len(), scans(&mut transaction).await - before), (stored, 0));
            transaction.rollback().await.expect("ended");
        }
    }
}
