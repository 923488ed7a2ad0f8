//! What consent decides of records that come.

use super::*;

#[tokio::test]
async fn a_record_is_decided_by_the_version_of_consent_that_it_names_wherever_that_stands() {
    for fixture in Fixture::each().await {
        let device = fixture.device_without_consent("alice").await;
        let record = |version| heart_record_under(version, WINDOW, 60.0);
        let items = vec![
            (0, record(1)),
            (1, consent(Modality::Face, true, 1)),
            (2, consent(Modality::Heart, true, 2)),
            (3, record(2)),
        ];
        let answers = fixture.take_in(vec![device.batch(items)]).await;
        let expected = [(0, Answer::NoConsent), (1, Answer::Stored), (2, Answer::Stored), (3, Answer::Stored)];
        assert_eq!(told(&fixture, &answers), expected);
        let later = vec![(4, record(2)), (5, consent(Modality::Heart, false, 3)), (6, record(3))];
        let answers = fixture.take_in(vec![device.batch(later)]).await;
        let expected = [(4, Answer::Withdrawn), (5, Answer::Stored), (6, Answer::NoConsent)];
        assert_eq!(told(&fixture, &answers), expected, "a withdrawal wins over what it overtook");
        assert_eq!(fixture.count("records").await, 1);
        let counts = fixture.context.counters.read();
        assert_eq!((counts.refused_no_consent, counts.refused_withdrawn), (2, 1));
        assert_eq!(attune_people::consent::first_broken_link(&fixture.context.store).await.expect("reads"), None);
    }
}

#[tokio::test]
async fn a_record_whose_consent_has_not_come_waits_with_its_device_and_is_stored_behind_it() {
    for fixture in Fixture::each().await {
        let device = fixture.device_without_consent("alice").await;
        let records = || device.batch((10..30).map(|seq| (seq, heart_record_under(2, WINDOW, 60.0))).collect());
        let answers = fixture.take_in(vec![records()]).await;
        let ack = acks(&fixture, &answers).remove(0);
        assert_eq!((ack.settled, ack.wants_consent), (Vec::new(), Some(1)));
        // The second comes before the first, as when a batch is lost.
        fixture.take_in(vec![device.batch(vec![(1, consent(Modality::Heart, true, 2))])]).await;
        let ack = acks(&fixture, &fixture.take_in(vec![records()]).await).remove(0);
        assert_eq!((ack.settled, ack.wants_consent), (Vec::new(), Some(1)));
        fixture.take_in(vec![device.batch(vec![(0, consent(Modality::Face, true, 1))])]).await;
        let answers = fixture.take_in(vec![records()]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(10, 29)]);
        assert_eq!((fixture.count("records").await, fixture.count("consent_log").await), (20, 2));
        // The whole book again, as a device tells it when it is asked to.
        let again = vec![(40, consent(Modality::Face, true, 1)), (41, consent(Modality::Heart, true, 2))];
        let answers = fixture.take_in(vec![device.batch(again)]).await;
        assert_eq!(acknowledged(&fixture, &answers), [(40, 41)]);
        assert_eq!(fixture.count("consent_log").await, 2, "it is noted once");
    }
}

#[tokio::test]
async fn a_record_of_a_device_on_which_nobody_has_decided_yet_is_settled_and_does_not_wait_for_ever() {
    for fixture in Fixture::each().await {
        let device = fixture.device_without_consent("alice").await;
        let none = Coverage::none(10, Gap::NoConsent);
        let record = Record::new(Window(WINDOW), 0.0, none, Features::new(Modality::Heart));
        let answers = fixture.take_in(vec![device.batch(vec![(0, record.encode())])]).await;
        assert_eq!(told(&fixture, &answers), [(0, Answer::NoConsent)]);
        assert_eq!((acks(&fixture, &answers)[0].wants_consent, fixture.count("records").await), (None, 0));
    }
}

#[tokio::test]
async fn a_withdrawal_that_the_database_has_lost_is_asked_for_also_where_nothing_waits_for_it() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        // Kept when consent had been withdrawn, of which a database that was put back from a copy knows nothing.
        let coverage = Coverage::none(10, Gap::NoConsent);
        let empty = Record::new(Window(WINDOW), 0.0, coverage, Features::new(Modality::Heart));
        let record = Record { consent: EVERYTHING + 1, ..empty };
        let answers = fixture.take_in(vec![device.batch(vec![(9, record.encode())])]).await;
        assert_eq!(told(&fixture, &answers), [(9, Answer::NoConsent)]);
        assert_eq!(acks(&fixture, &answers)[0].wants_consent, Some(EVERYTHING + 1));
        fixture.take_in(vec![device.batch(vec![(10, consent(Modality::Heart, false, EVERYTHING + 1))])]).await;
        let more = device.batch(vec![(11, record.encode())]);
        assert_eq!(acks(&fixture, &fixture.take_in(vec![more]).await)[0].wants_consent, None);
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
