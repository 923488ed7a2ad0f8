//! What devices say of time.

use super::*;

#[tokio::test]
async fn no_claim_of_a_device_about_time_or_place_stops_the_ingest() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let batch = |sent_at_millis, seq, window| {
            let items = vec![Item { seq: Seq(seq), bytes: heart_record(window, 60.0) }];
            let (epoch, enrolment) = (device.epoch, device.enrolment);
            let batch = Batch { device: device.id, epoch, enrolment, sent_at_millis, items };
            let payload = batch.encode(&device.key).expect("within limits");
            Inbound { topic: topics::batches_of(device.id), payload, received_at: now_millis() }
        };
        let now = now_millis();
        let tomorrow = Window::containing(now).0 + 8640;
        let reset = Window::containing(946_684_800_000).0; // 2000-01-01, what many clocks say that lost their power
        let group = vec![
            batch(i64::MIN, 4, u32::MAX),
            batch(i64::MAX, 5, 0),
            batch(now, 6, WINDOW),
            batch(now, 7, tomorrow + 2),
            batch(now, 8, tomorrow - 2),
            batch(now, u64::MAX, WINDOW),
            batch(now, 9, reset),
        ];
        let answers = fixture.take_in(group).await;
        let expected = [Answer::Time, Answer::Time, Answer::Stored, Answer::Time, Answer::Stored, Answer::Time];
        assert_eq!(told(&fixture, &answers), (4..).zip(expected).collect::<Vec<_>>());
        let counts = fixture.context.counters.read();
        assert_eq!((counts.unreadable, counts.refused_time), (1, 4), "a number that no outbox of ours makes");
    }
}

#[tokio::test]
async fn what_a_wrong_clock_has_stamped_is_neither_stored_nor_called_deleted_and_waits_while_ours_is_in_doubt() {
    const DAY_MILLIS: i64 = 24 * 3_600_000;
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let store = &fixture.context.store;
        let stamped = |sent_at_millis: i64, seq| {
            let window = Window::containing(sent_at_millis).0;
            let items = vec![Item { seq: Seq(seq), bytes: heart_record(window, 60.0) }];
            let (epoch, enrolment) = (device.epoch, device.enrolment);
            let batch = Batch { device: device.id, epoch, enrolment, sent_at_millis, items };
            let payload = batch.encode(&device.key).expect("within limits");
            Inbound { topic: topics::batches_of(device.id), payload, received_at: now_millis() }
        };
        let now = now_millis();
        let (alice, kept_short) = (fixture.person("alice").await, (i64::MIN, now - 30 * DAY_MILLIS));
        let mut write = store.begin().await.expect("begins");
        spans::remember(&mut write, alice, kept_short, now).await.expect("remembers");
        write.commit().await.expect("commits");
        let answers = fixture.take_in(vec![stamped(now - 40 * DAY_MILLIS, 4), stamped(now - 3_600_000, 5)]).await;
        assert_eq!(told(&fixture, &answers), [(4, Answer::Time), (5, Answer::Stored)], "nobody had it deleted");
        assert_eq!(fixture.count("records").await, 1);

        // Where the database was last used 400 days ago, it may be ours that is wrong.
        sqlx::query("UPDATE last_used SET at = at - $1")
            .bind(400 * DAY_MILLIS)
            .execute(store.pool())
            .await
            .expect("set");
        let just_started = Store::open(&fixture.database.urls, &MIGRATIONS).await.expect("opens");
        let context = IngestContext { store: just_started, ..fixture.context.clone() };
        let answers = take_in(&context, &Queue::default(), vec![stamped(now - 40 * DAY_MILLIS, 6)]).await;
        assert_eq!((told(&fixture, &answers), answers.len()), (Vec::new(), 1), "it stays with its device");
    }
}

#[tokio::test]
async fn times_that_can_be_and_clocks_that_agree_are_held_to_the_millisecond() {
    const DAY_MILLIS: i64 = 24 * 3_600_000;
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let received_at = Window::containing(now_millis()).start_millis();
        let batch = |seq, sensed_at: i64, sent_at_millis| {
            let window = u32::try_from(sensed_at / 10_000).expect("a window");
            let items = vec![Item { seq: Seq(seq), bytes: heart_record(window, 60.0) }];
            let (epoch, enrolment) = (device.epoch, device.enrolment);
            let batch = Batch { device: device.id, epoch, enrolment, sent_at_millis, items };
            let payload = batch.encode(&device.key).expect("within limits");
            Inbound { topic: topics::batches_of(device.id), payload, received_at }
        };
        let first = 1_262_304_000_000; // 2010-01-01T00:00:00Z
        let group = vec![
            batch(4, first, received_at),
            batch(5, first - 10_000, received_at),
            batch(6, received_at + DAY_MILLIS, received_at),
            batch(7, received_at + DAY_MILLIS + 10_000, received_at),
            batch(8, received_at, received_at + DAY_MILLIS),
            batch(9, received_at, received_at - DAY_MILLIS),
            batch(10, received_at, received_at + DAY_MILLIS + 1),
            batch(11, received_at, received_at - DAY_MILLIS - 1),
        ];
        let answers = fixture.take_in(group).await;
        let (stored, time) = (Answer::Stored, Answer::Time);
        let expected = [stored, time, stored, time, stored, stored, time, time];
        assert_eq!(told(&fixture, &answers), (4..).zip(expected).collect::<Vec<_>>());
    }
}
