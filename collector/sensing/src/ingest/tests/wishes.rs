//! What people chose of what is sensed, at ingest: refused, counted, told.

use attune_people::preferences::{self, Preferences};
use attune_protocol::ack::Answer;
use attune_protocol::features::Features;
use attune_protocol::ids::PersonId;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::Modality;
use attune_protocol::topics;
use attune_protocol::window::Window;
use attune_protocol::wishes::{Followed, Wishes};

use super::{Inbound, WINDOW, now_millis};
use crate::ingest::Outbound;
use crate::testing::{Device, EVERYTHING, Fixture, consent, heart_record};

async fn choose(fixture: &Fixture, person: PersonId, chosen: Preferences) {
    let mut transaction = fixture.context.store.begin().await.expect("begins");
    let kept = preferences::put(&mut transaction, &fixture.context.people, person, &chosen, now_millis());
    kept.await.expect("kept");
    transaction.commit().await.expect("commits");
}

fn without(modality: Modality) -> Preferences {
    let usual = Preferences::default();
    match modality {
        Modality::Heart => Preferences { heart: false, ..usual },
        _ => Preferences { motion: false, ..usual },
    }
}

/// Acknowledgements, and what devices are told beside them.
fn apart(fixture: &Fixture, device: &Device, answers: Vec<Outbound>) -> (Vec<(u64, Answer)>, Vec<Wishes>) {
    let key = fixture.context.own.signing().public();
    let read = |answer: &Outbound| Wishes::decode(&answer.payload, &key, device.id, device.enrolment).ok();
    let (told, acks): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| read(answer).is_some());
    (super::told(fixture, &acks), told.iter().filter_map(read).collect())
}

fn follows(device: &Device, number: i64) -> Inbound {
    let said = Followed { device: device.id, enrolment: device.enrolment, number };
    Inbound { topic: topics::batches_of(device.id), payload: said.encode(&device.key), received_at: now_millis() }
}

fn gap_record(window: u32, gap: Gap) -> Vec<u8> {
    let record = Record::new(Window(window), 0.0, Coverage::none(10, gap), Features::new(Modality::Heart));
    Record { consent: EVERYTHING, ..record }.encode()
}

#[tokio::test]
async fn what_is_switched_off_is_refused_by_its_own_reason_whatever_the_device_sends_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let alice = fixture.person("alice").await;
        let send = async |items| apart(&fixture, &device, fixture.take_in(vec![device.batch(items)]).await);
        assert_eq!(send(vec![(4, heart_record(WINDOW, 60.0))]).await, (vec![(4, Answer::Stored)], vec![]));
        choose(&fixture, alice, without(Modality::Motion)).await;
        let (answers, told) = send(vec![(5, heart_record(WINDOW + 1, 60.0))]).await;
        assert_eq!(answers, [(5, Answer::Stored)], "another modality");
        assert_eq!((told[0].keep, &told[0].off[..]), (true, &[Modality::Motion][..]), "told with what is acknowledged");
        choose(&fixture, alice, without(Modality::Heart)).await;
        let again = consent(Modality::Heart, true, EVERYTHING + 1);
        let (answers, told) = send(vec![(6, heart_record(WINDOW + 2, 60.0)), (7, again)]).await;
        assert_eq!(answers, [(6, Answer::SwitchedOff), (7, Answer::Stored)], "a grant switches nothing on");
        assert_eq!(told[0].off, [Modality::Heart]);
        choose(&fixture, alice, Preferences { store_sessions: false, ..Preferences::default() }).await;
        let (answers, told) = send(vec![(8, heart_record(WINDOW + 3, 60.0))]).await;
        assert_eq!((answers, told[0].keep), (vec![(8, Answer::NotKept)], false));
        choose(&fixture, alice, Preferences::default()).await;
        let (answers, _) = send(vec![(9, heart_record(WINDOW + 4, 60.0))]).await;
        assert_eq!(answers, [(9, Answer::Stored)]);
        let counts = fixture.context.counters.read();
        assert_eq!((counts.refused_switched_off, counts.refused_not_kept, counts.records), (1, 1, 3));
        assert_eq!(fixture.count("records").await, 3);
    }
}

#[tokio::test]
async fn a_device_is_told_until_it_follows_and_again_where_it_senses_what_is_off_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let (store, keys) = (&fixture.context.store, &fixture.context.people);
        let untold = async || preferences::untold(store, keys).await.expect("reads");
        assert_eq!(untold().await, [], "nothing is chosen");
        choose(&fixture, fixture.person("alice").await, without(Modality::Heart)).await;
        let asked = untold().await.remove(0);
        assert_eq!(
            (asked.device, asked.enrolment, &asked.off[..]),
            (device.id, device.enrolment, &[Modality::Heart][..])
        );
        fixture.take_in(vec![follows(&device, asked.number - 1)]).await;
        assert_eq!(untold().await, std::slice::from_ref(&asked), "it follows what was before");
        let forged = Device { key: attune_protocol::sign::KeyPair::generate(), ..fixture.device("mallory").await };
        let forged = Inbound {
            topic: topics::batches_of(device.id),
            ..follows(&Device { id: device.id, ..forged }, asked.number)
        };
        fixture.take_in(vec![forged]).await;
        assert_eq!(untold().await.len(), 1, "another has signed that");
        assert_eq!(fixture.context.counters.read().forged, 1);
        fixture.take_in(vec![follows(&device, asked.number)]).await;
        assert_eq!(untold().await, []);
        let send = async |items| apart(&fixture, &device, fixture.take_in(vec![device.batch(items)]).await);
        let (answers, told) = send(vec![(4, gap_record(WINDOW, Gap::SwitchedOff))]).await;
        assert_eq!((answers, told), (vec![(4, Answer::SwitchedOff)], vec![]), "it says itself that it is off");
        let (_, told) = send(vec![(5, heart_record(WINDOW, 60.0))]).await;
        assert_eq!(told, std::slice::from_ref(&asked), "its state was put back from a copy");
        assert_eq!(untold().await, std::slice::from_ref(&asked));
        // The database was put back from a copy: the device was told more since.
        let ahead = asked.number + 1000;
        fixture.take_in(vec![follows(&device, ahead)]).await;
        assert_eq!(untold().await, [], "nothing of before is told to it: it could switch something on");
        fixture.take_in(vec![follows(&device, i64::MAX)]).await;
        assert_eq!(untold().await, [], "no instant is believed that cannot be");
        assert_eq!(fixture.context.counters.read().unreadable, 0);
    }
}

#[tokio::test]
async fn of_whose_choice_does_not_open_everything_stays_with_the_device_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let alice = fixture.person("alice").await;
        choose(&fixture, alice, without(Modality::Heart)).await;
        let damaged = sqlx::query("UPDATE preferences SET sealed = $1").bind(vec![7; 60]);
        damaged.execute(fixture.context.store.pool()).await.expect("damaged");
        let batch = || device.batch(vec![(4, heart_record(WINDOW, 60.0))]);
        assert_eq!(fixture.take_in(vec![batch()]).await, [], "nobody guesses");
        assert_eq!(fixture.context.counters.read().closed, 1);
        choose(&fixture, alice, Preferences::default()).await;
        let (answers, _) = apart(&fixture, &device, fixture.take_in(vec![batch()]).await);
        assert_eq!(answers, [(4, Answer::Stored)]);
    }
}
