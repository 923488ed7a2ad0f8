//! Another signing key of the collector, while devices are there, away and behind.

use attune_protocol::ProtocolError;
use attune_protocol::collector_key::{CollectorKeyTaken, NewCollectorKey};
use attune_protocol::new_key::{KeyTaken, NewKey};

use super::*;

fn taken(device: &Device, said: CollectorKeyTaken, key: &KeyPair) -> Inbound {
    Inbound { topic: topics::batches_of(device.id), payload: said.encode(key), received_at: now_millis() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_answered_with_the_key_that_it_pins_until_it_has_taken_the_new_one_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let (first, next) = fixture.exchange_signing_key().await;
        let batch = |seq| device.batch(vec![(Device::FIRST_SEQ + seq, heart_record(WINDOW + seq as u32, 60.0))]);
        let answers = fixture.take_in(vec![batch(0)]).await;
        let [told, ack] = answers.as_slice() else { panic!("{answers:?}") };
        let said = NewCollectorKey::decode(&told.payload, &first, device.id, device.enrolment).expect("it is told");
        assert_eq!((said.former, said.key), (first, next));
        assert_eq!(told.topic, topics::answers_to(device.id));
        assert!(Ack::decode(&ack.payload, &first).is_ok(), "by the key that it pins");

        let says = CollectorKeyTaken { device: device.id, enrolment: device.enrolment, key: next };
        // Nothing of what another has signed, of another enrolment, or of a key that does not sign now.
        let forger = KeyPair::generate();
        for (said, key) in [
            (says, &forger),
            (CollectorKeyTaken { enrolment: 9, ..says }, &device.key),
            (CollectorKeyTaken { key: first, ..says }, &device.key),
            (CollectorKeyTaken { key: forger.public(), ..says }, &device.key),
        ] {
            assert!(fixture.take_in(vec![taken(&device, said, key)]).await.is_empty());
            let answers = fixture.take_in(vec![batch(1)]).await;
            assert!(Ack::decode(&answers[1].payload, &first).is_ok(), "{said:?}");
        }
        // Together with what it sends behind it, and again.
        let answers = fixture.take_in(vec![taken(&device, says, &device.key), batch(2)]).await;
        let [ack] = answers.as_slice() else { panic!("{answers:?}") };
        assert!(Ack::decode(&ack.payload, &next).is_ok());
        assert!(fixture.take_in(vec![taken(&device, says, &device.key)]).await.is_empty());
        assert_eq!(fixture.count("records").await, 3, "nothing is lost or doubled");

        // A device that is enrolled now pins the new one, and what it is not told proves nothing to the other.
        let later = fixture.device("bob").await;
        let answers = fixture.take_in(vec![later.batch(Vec::new())]).await;
        let [ack] = answers.as_slice() else { panic!("{answers:?}") };
        assert!(Ack::decode(&ack.payload, &next).is_ok());
        assert_eq!(Ack::decode(&ack.payload, &first), Err(ProtocolError::Signature));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_that_is_answered_again_behind_an_exchange_names_the_same_key_on_each_database() {
    for fixture in Fixture::each().await {
        let device = Device { id: DeviceId::random(), key: KeyPair::generate(), epoch: Epoch::random(), enrolment: 1 };
        let code = fixture.code("alice").await;
        let request = device.request(&code);
        let (topic, payload) = (topics::enrolment_of(device.id), request.encode(&device.key));
        let ask = async || {
            let asked = Inbound { topic: topic.clone(), payload: payload.clone(), received_at: now_millis() };
            let answers = fixture.take_in(vec![asked]).await;
            let reply = EnrolReply::decode(&answers[0].payload).expect("reads");
            assert!(reply.proves(&Code::of(&code), &request));
            reply.collector_key
        };
        let before = ask().await;
        let (first, _) = fixture.exchange_signing_key().await;
        assert_eq!((before, ask().await), (first, first));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_noted_with_a_key_of_long_before_is_told_by_the_former_one_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        // As a copy of before an exchange that was ended has it: the device pins the one that signs.
        let store = &fixture.context.store;
        sqlx::query("UPDATE devices SET collector_key = $1")
            .bind([7_u8; 32].to_vec())
            .execute(store.pool())
            .await
            .expect("written");
        let (first, next) = fixture.exchange_signing_key().await;
        let identity = fixture.context.own.held().identity;
        let behind = accounts::behind(store, (&next, &identity), (None, 9)).await.expect("reads");
        assert_eq!(behind, [(device.id, device.enrolment)], "it is told without being asked");
        let answers = fixture.take_in(vec![device.batch(Vec::new())]).await;
        let [told, ack] = answers.as_slice() else { panic!("{answers:?}") };
        for pinned in [first, next] {
            let said = NewCollectorKey::decode(&told.payload, &pinned, device.id, device.enrolment);
            assert_eq!(said.expect("it is told").key, next);
        }
        assert!(Ack::decode(&ack.payload, &first).is_ok());
        // Also where it asks for a key of its own.
        let asked = NewKey::new(device.id, device.enrolment, &device.key.public(), &KeyPair::generate());
        let (topic, payload) = (topics::batches_of(device.id), asked.encode(&device.key));
        let answers = fixture.take_in(vec![Inbound { topic, payload, received_at: now_millis() }]).await;
        let [taken, told] = answers.as_slice() else { panic!("{answers:?}") };
        assert_eq!(KeyTaken::decode(&taken.payload, &first).expect("by the former one").key, asked.key);
        assert!(NewCollectorKey::decode(&told.payload, &next, device.id, device.enrolment).is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_whose_key_is_not_held_any_more_or_never_was_known_is_answered_with_the_one_of_now_on_each_database() {
    for fixture in Fixture::each().await {
        let (device, stranger) = (fixture.device("alice").await, DeviceId::random());
        let (_, next) = fixture.exchange_signing_key().await;
        let IngestContext { store, own, .. } = &fixture.context;
        let mut transaction = store.begin().await.expect("begins");
        attune_ground::keys::OwnKeys::forget_former(&mut transaction).await.expect("forgotten");
        transaction.commit().await.expect("commits");
        own.refresh(store).await.expect("read");
        let answers = fixture.take_in(vec![device.batch(Vec::new())]).await;
        let [ack] = answers.as_slice() else { panic!("{answers:?}") };
        assert!(Ack::decode(&ack.payload, &next).is_ok());
        let batch = Inbound { topic: topics::batches_of(stranger), ..device.batch(Vec::new()) };
        let answers = fixture.take_in(vec![batch]).await;
        assert!(Unknown::decode(&answers[0].payload, &next).is_ok());
    }
}
