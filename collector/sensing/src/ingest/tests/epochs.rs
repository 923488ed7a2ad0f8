//! What one device sends under several epochs of its enrolment.

use super::*;

#[tokio::test]
async fn what_a_damaged_outbox_sends_again_under_a_new_epoch_is_stored_once() {
    for fixture in Fixture::each().await {
        let mut device = fixture.device("alice").await;
        let records =
            |from: u64| (from..from + 3).map(move |seq| (seq, heart_record(WINDOW + (seq - from) as u32, 60.0)));
        fixture.take_in(vec![device.batch(records(4).collect())]).await;
        device.epoch = Epoch::random();
        let book = (0..).zip(1..).zip(Modality::SENSED).map(|((seq, version), of)| (seq, consent(of, true, version)));
        let new = (20, heart_record(WINDOW, 61.0));
        let answers = fixture.take_in(vec![device.batch(book.chain(records(10)).chain([new]).collect())]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(0, 3), (10, 12), (20, 20)]);
        let counts = fixture.context.counters.read();
        assert_eq!((fixture.count("records").await, counts.duplicates), (4, 3), "and what says something else is new");
    }
}

#[tokio::test]
async fn what_comes_at_once_under_two_epochs_of_an_enrolment_is_stored_once() {
    for fixture in Fixture::each().await {
        let mut device = fixture.device("alice").await;
        // What was on its way when the outbox was found damaged, and the same from the new one, wait together.
        let records =
            |from: u64| (from..from + 3).map(move |seq| (seq, heart_record(WINDOW + (seq - from) as u32, 60.0)));
        let on_its_way = device.batch(records(4).collect());
        device.epoch = Epoch::random();
        let book = (0..).zip(1..).zip(Modality::SENSED).map(|((seq, version), of)| (seq, consent(of, true, version)));
        let anew = device.batch(book.chain(records(10)).chain([(20, heart_record(WINDOW, 61.0))]).collect());
        let answers = fixture.take_in(vec![on_its_way, anew]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(4, 6), (0, 3), (10, 12), (20, 20)]);
        let counts = fixture.context.counters.read();
        assert_eq!((fixture.count("records").await, counts.records, counts.duplicates), (4, 4, 3));
    }
}

#[tokio::test]
async fn a_batch_with_windows_of_far_apart_opens_nothing_that_was_stored_between() {
    for fixture in Fixture::each().await {
        let mut device = fixture.device("alice").await;
        let between = (4..40).map(|seq| (seq, heart_record(WINDOW + 100_000 + seq as u32, 60.0)));
        fixture.take_in(vec![device.batch(between.collect())]).await;
        sqlx::query("UPDATE records SET sealed = fingerprint")
            .execute(fixture.context.store.pool())
            .await
            .expect("damaged");
        device.epoch = Epoch::random();
        let book = (0..).zip(1..).zip(Modality::SENSED).map(|((seq, version), of)| (seq, consent(of, true, version)));
        let apart = [(4, WINDOW), (5, WINDOW + 200_000), (6, 0), (7, u32::MAX)];
        let apart = apart.map(|(seq, window)| (seq, heart_record(window, 60.0)));
        let answers = fixture.take_in(vec![device.batch(book.chain(apart).collect())]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(0, 7)]);
        assert_eq!(fixture.context.store.damages().counts(), [], "what does not open was not touched");
    }
}

#[tokio::test]
async fn what_was_withdrawn_under_another_epoch_of_an_enrolment_stays_so_and_not_beyond_it() {
    for fixture in Fixture::each().await {
        let mut device = fixture.device("alice").await;
        let withdrawn = consent(Modality::Heart, false, 5);
        fixture.take_in(vec![device.batch(vec![(4, withdrawn)])]).await;
        device.epoch = Epoch::random();
        let book =
            || (0..).zip(1..).zip(Modality::SENSED).map(|((seq, version), of)| (seq, consent(of, true, version)));
        let items = || book().chain([(10, heart_record(WINDOW, 60.0))]).collect();
        let answers = fixture.take_in(vec![device.batch(items())]).await;
        assert_eq!(told(&fixture, &answers).last(), Some(&(10, Answer::Withdrawn)), "the device has forgotten it");
        fixture.hand_to(&mut device, "alice").await;
        let answers = fixture.take_in(vec![device.batch(items())]).await;
        assert_eq!(told(&fixture, &answers).last(), Some(&(10, Answer::Stored)));
    }
}
