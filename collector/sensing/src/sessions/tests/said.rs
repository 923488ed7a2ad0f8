//! What a person says and writes stands beside the scores.

use super::*;

/// What somebody says of themselves, kept under a version of the consent book.
fn said(window: u32, vibe: f64, version: u32) -> Vec<u8> {
    let mut features = Features::new(Modality::CheckIn);
    features.set(check_in::VIBE, vibe);
    let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
    Record { consent: version, ..Record::new(Window(window), 1.0, coverage, features) }.encode()
}

#[tokio::test]
async fn what_a_person_says_stands_beside_the_scores_and_in_none_on_each_database() {
    for mut fixture in Fixture::each().await {
        fixture.context.profile = Profile::Eu;
        let device = fixture.device("alice").await;
        let agreed = EVERYTHING + 1;
        let alone = full_record(Modality::Motion, EVERYTHING);
        let items = [
            consent(Modality::CheckIn, true, agreed),
            alone.clone(),
            said(WINDOW, 2.0, agreed),
            said(WINDOW, 5.0, agreed),
            said(WINDOW + 3, 6.0, agreed),
        ];
        fixture.take_in(vec![device.batch((Device::FIRST_SEQ..).zip(items).collect())]).await;
        fuse(&fixture).await;
        let shelf = Shelf::new(fixture.context.store.clone(), fixture.context.people.clone());
        let row = sessions(&fixture).await.remove(0);
        assert_eq!(
            (row.started_at, row.ended_at),
            model(&[WINDOW, WINDOW + 3]).first().map(|run| (run.0, run.1)).expect("one")
        );
        let words: Vec<String> =
            shelf.said(&row).await.expect("reads").iter().map(super::super::CheckIn::words).collect();
        assert_eq!(words, ["2 of 6, bad", "5 of 6, good", "6 of 6, very good"]);
        let terms = Terms::sensed(Profile::Eu);
        let sensed = Record::decode(&alone).expect("reads");
        let windows = shelf.assessments(row.session).await.expect("reads");
        assert_eq!(windows[0], assess(&[sensed], terms), "as if nothing had been said");
        assert_eq!(windows[1], assess(&[], terms));
        let mut transaction = fixture.context.store.begin().await.expect("begins");
        PersonKeys::destroy(&mut transaction, row.person);
        transaction.commit().await.expect("commits");
        assert!(shelf.said(&row).await.expect("reads").is_empty(), "with the person their word is gone");
    }
}

/// What a device read of so many messages of a window.
fn read_of_messages(window: u32, messages: f64, version: u32) -> Vec<u8> {
    let mut features = Features::new(Modality::Text);
    for (ordinal, value) in [(text::MESSAGES, messages), (text::SCORED, messages), (text::SENTIMENT, -0.5)] {
        features.set(ordinal, value);
    }
    let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
    Record { consent: version, ..Record::new(Window(window), 1.0, coverage, features) }.encode()
}

#[tokio::test]
async fn what_a_device_read_of_messages_stands_beside_the_scores_and_in_none_until_its_time_is_deleted_on_each_database()
 {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let agreed = EVERYTHING + 1;
        let alone = full_record(Modality::Motion, EVERYTHING);
        let items = [
            consent(Modality::Text, true, agreed),
            alone.clone(),
            read_of_messages(WINDOW, 2.0, agreed),
            read_of_messages(WINDOW + 6, 1.0, agreed),
        ];
        fixture.take_in(vec![device.batch((Device::FIRST_SEQ..).zip(items).collect())]).await;
        fuse(&fixture).await;
        let shelf = Shelf::new(fixture.context.store.clone(), fixture.context.people.clone());
        let row = sessions(&fixture).await.remove(0);
        let sensed = Record::decode(&alone).expect("reads");
        let windows = shelf.assessments(row.session).await.expect("reads");
        assert_eq!(windows[0], assess(&[sensed], Terms::sensed(Profile::Research)), "as if nothing had been written");
        let begins = Window(WINDOW).start_millis();
        let read = async |ends: i64| -> Vec<u32> {
            let texts = shelf.written(row.person, (begins, ends)).await.expect("reads");
            texts.iter().map(|text| text.messages).collect()
        };
        assert_eq!((read(begins + 60_000).await, read(begins + 60_001).await), (vec![2], vec![2, 1]));
        let mut transaction = fixture.context.store.begin().await.expect("begins");
        sqlx::query("INSERT INTO deleted_spans (person, begins, ends, deleted_at) VALUES ($1, $2, $3, $3)")
            .bind(row.person.0.to_vec())
            .bind(begins)
            .bind(begins + 10_000)
            .execute(&mut **transaction)
            .await
            .expect("deleted");
        transaction.commit().await.expect("commits");
        assert_eq!(read(begins + 60_001).await, [1], "also before its records are gone");
        let mut transaction = fixture.context.store.begin().await.expect("begins");
        PersonKeys::destroy(&mut transaction, row.person);
        transaction.commit().await.expect("commits");
        assert!(read(begins + 60_001).await.is_empty(), "with the person it is gone");
    }
}

#[tokio::test]
async fn without_consent_nothing_that_is_said_is_stored_and_what_is_withdrawn_ends_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let send = async |seq: u64, bytes: Vec<u8>| {
            fixture.take_in(vec![device.batch(vec![(seq, bytes)])]).await;
            fixture.count("records").await
        };
        // To everything that is sensed there is consent; that is none to this.
        assert_eq!(send(10, said(WINDOW, 3.0, EVERYTHING)).await, 0);
        fixture.take_in(vec![device.batch(vec![(11, consent(Modality::CheckIn, true, EVERYTHING + 1))])]).await;
        assert_eq!(send(12, said(WINDOW, 3.0, EVERYTHING + 1)).await, 1);
        fixture.take_in(vec![device.batch(vec![(13, consent(Modality::CheckIn, false, EVERYTHING + 2))])]).await;
        assert_eq!(send(14, said(WINDOW + 1, 3.0, EVERYTHING + 1)).await, 1, "it waited until it was withdrawn");
        assert_eq!(send(15, said(WINDOW + 1, 3.0, EVERYTHING + 2)).await, 1);
    }
}
