//! What is kept aside, and what becomes of it.

use super::*;

/// Keeps an item aside as a version that did not read it would have.
async fn put_aside(fixture: &Fixture, device: &Device, user: &str, seq: u64, plain: Vec<u8>) {
    let answers = fixture.take_in(vec![device.batch(vec![(seq, b"of a later version".to_vec())])]).await;
    assert_eq!(told(fixture, &answers), [(seq, Answer::Quarantined)]);
    let person = fixture.person(user).await;
    let key = fixture.context.people.of(person).await.expect("known");
    let place = ItemKey { device: device.id, epoch: device.epoch, seq: Seq(seq) };
    let put = sqlx::query("UPDATE quarantine SET sealed = $1, size = $2 WHERE device = $3 AND seq = $4")
        .bind(key.seal(&quarantine_context(person, &place), &plain))
        .bind(plain.len() as i64)
        .bind(device.id.0.to_vec())
        .bind(seq as i64)
        .execute(fixture.context.store.pool())
        .await;
    assert_eq!(put.expect("written").rows_affected(), 1);
}

async fn replayed(fixture: &Fixture) -> Replayed {
    let IngestContext { store, people, profile, .. } = &fixture.context;
    replay(store, people, *profile, None).await.expect("replays")
}

#[tokio::test]
async fn what_was_kept_aside_is_taken_in_by_the_rules_of_ingest_once_it_reads_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device_without_consent("alice").await;
        put_aside(&fixture, &device, "alice", 10, heart_record_under(1, WINDOW, 60.0)).await;
        put_aside(&fixture, &device, "alice", 11, heart_record_under(3, WINDOW + 1, 60.0)).await;
        put_aside(&fixture, &device, "alice", 12, heart_record_under(9, WINDOW + 2, 60.0)).await;
        put_aside(&fixture, &device, "alice", 13, b"still of a later version".to_vec()).await;
        let first = Replayed { unread: 1, waiting: 3, ..Replayed::default() };
        assert_eq!(replayed(&fixture).await, first, "nobody has consented yet");
        assert_eq!(fixture.count("quarantine").await, 4);
        // Consent that lies aside itself lets in what came before it, and takes out what it withdraws.
        put_aside(&fixture, &device, "alice", 14, consent(Modality::Heart, false, 2)).await;
        put_aside(&fixture, &device, "alice", 15, consent(Modality::Heart, true, 3)).await;
        fixture.take_in(vec![device.batch(vec![(16, consent(Modality::Heart, true, 1))])]).await;
        let told = Replayed { stored: 3, refused: 1, unread: 1, waiting: 1, ..Replayed::default() };
        assert_eq!(replayed(&fixture).await, told);
        assert_eq!((fixture.count("records").await, fixture.count("quarantine").await), (1, 2));
        assert_eq!(fixture.count("pending_fusion").await, 1, "it is fused");
        assert_eq!(replayed(&fixture).await, Replayed { unread: 1, waiting: 1, ..Replayed::default() }, "once");
        // A device that has not heard the answer sends what it kept: it is known.
        let again = device.batch(vec![(11, heart_record_under(3, WINDOW + 1, 60.0))]);
        let answers = fixture.take_in(vec![again]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(11, 11)]);
        assert_eq!(fixture.count("records").await, 1);
        assert_eq!(attune_people::consent::first_broken_link(&fixture.context.store).await.expect("reads"), None);
    }
}

#[tokio::test]
async fn what_is_kept_aside_is_told_by_device_and_reason_and_goes_with_its_person_on_each_database() {
    for fixture in Fixture::each().await {
        let (alice, bob) = (fixture.device("alice").await, fixture.device("bob").await);
        put_aside(&fixture, &alice, "alice", 10, heart_record(WINDOW, 60.0)).await;
        put_aside(&fixture, &alice, "alice", 11, b"nonsense".to_vec()).await;
        put_aside(&fixture, &bob, "bob", 10, heart_record(WINDOW, 60.0)).await;
        let IngestContext { store, people, profile, .. } = &fixture.context;
        let of = async |device: &Device| {
            let all = quarantine::list(store, people).await.expect("lists");
            let of_device = all.into_iter().filter(|aside| aside.device == device.id);
            of_device.map(|Aside { items, now, .. }| (items, now)).collect::<Vec<_>>()
        };
        let found = of(&alice).await;
        assert!(
            matches!(&found[..], [(1, Now::Reads), (1, Now::Unread(why))] if why.contains("envelope")),
            "{found:?}"
        );
        assert_eq!(of(&bob).await, [(1, Now::Reads)]);
        fixture.database.destroy_key(fixture.person("bob").await).await;
        assert_eq!(of(&bob).await, [(1, Now::Erased)]);
        let done = replay(store, people, *profile, Some(bob.id)).await.expect("replays");
        assert_eq!(done, Replayed { erased: 1, ..Replayed::default() });
        assert_eq!((of(&alice).await.len(), of(&bob).await.len()), (2, 0), "only of the device that was named");
    }
}

#[tokio::test]
async fn what_lies_aside_of_a_deleted_time_does_not_come_back_by_a_replay_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        put_aside(&fixture, &device, "alice", 10, heart_record(WINDOW, 60.0)).await;
        let mut transaction = fixture.context.store.begin().await.expect("begins");
        let person = fixture.person("alice").await;
        let span = (Window(WINDOW).start_millis(), Window(WINDOW).end_millis());
        crate::spans::remember(&mut transaction, person, span, now_millis()).await.expect("remembered");
        transaction.commit().await.expect("commits");
        assert_eq!(replayed(&fixture).await, Replayed { refused: 1, ..Replayed::default() });
        assert_eq!((fixture.count("records").await, fixture.count("quarantine").await), (0, 0));
    }
}

#[tokio::test]
async fn an_item_aside_whose_place_does_not_read_keeps_no_other_from_being_told_and_replayed_on_each_database() {
    for fixture in Fixture::each().await {
        let (alice, bob) = (fixture.device("alice").await, fixture.device("bob").await);
        for (device, user) in [(&alice, "alice"), (&bob, "bob")] {
            for seq in 10..14 {
                put_aside(&fixture, device, user, seq, heart_record(WINDOW, seq as f64 * 6.0)).await;
            }
        }
        let IngestContext { store, people, .. } = &fixture.context;
        for (statement, seq) in [
            ("UPDATE quarantine SET epoch = -5 WHERE device = $1 AND seq = $2", 11_i64),
            ("UPDATE quarantine SET seq = -5 WHERE device = $1 AND seq = $2", 12),
        ] {
            let damaged = sqlx::query(statement).bind(alice.id.0.to_vec()).bind(seq).execute(store.pool()).await;
            assert_eq!(damaged.expect("damaged").rows_affected(), 1, "{statement}");
        }
        if store.lets_one_write() {
            // SQLite keeps values of any type in any column.
            let text = sqlx::query("UPDATE quarantine SET received_at = 'text' WHERE device = $1 AND seq = 13");
            let text = text.bind(alice.id.0.to_vec()).execute(store.pool()).await;
            assert_eq!(text.expect("damaged").rows_affected(), 1);
        } else {
            let gone = sqlx::query("DELETE FROM quarantine WHERE device = $1 AND seq = 13").bind(alice.id.0.to_vec());
            gone.execute(store.pool()).await.expect("deleted");
        }
        let cut = sqlx::query("UPDATE quarantine SET device = $1 WHERE device = $2 AND seq = 10").bind(vec![7_u8; 3]);
        let cut = cut.bind(alice.id.0.to_vec()).execute(store.pool()).await;
        assert_eq!(cut.expect("damaged").rows_affected(), 1);
        let told = quarantine::list(store, people).await.expect("lists");
        let of = |device: &Device| {
            let of_device = told.iter().filter(|aside| aside.device == device.id);
            of_device.map(|Aside { items, now, .. }| (*items, now.clone())).collect::<Vec<_>>()
        };
        assert_eq!((of(&alice), of(&bob)), (vec![(2, Now::Damaged)], vec![(4, Now::Reads)]));
        assert_eq!(replayed(&fixture).await, Replayed { stored: 4, damaged: 2, ..Replayed::default() });
        let counts = store.damages().counts();
        assert!(matches!(counts[..], [(attune_ground::damage::Damaged::Quarantine, 3..)]), "{counts:?}");
    }
}
