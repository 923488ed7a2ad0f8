//! Devices that are enrolled, and what they are told.

use super::*;

#[tokio::test]
async fn a_code_enrols_one_device_and_the_same_request_may_come_again() {
    for fixture in Fixture::each().await {
        let code = fixture.code("alice").await;
        let device =
            || Device { id: DeviceId::random(), key: KeyPair::generate(), epoch: Epoch::random(), enrolment: 1 };
        let first = device();
        let request = first.request(&code.to_lowercase().replace('-', " "));
        for _ in 0..2 {
            assert_eq!(fixture.redeem(&request).await, EnrolOutcome::Accepted);
        }
        assert_eq!(fixture.redeem(&first.request(&code)).await, EnrolOutcome::CodeRefused, "another request");
        assert_eq!(fixture.redeem(&device().request(&code)).await, EnrolOutcome::CodeRefused);
        assert_eq!(fixture.redeem(&device().request("AAAA-BBBB")).await, EnrolOutcome::CodeRefused);
        let impostor = Device { key: KeyPair::generate(), ..device() };
        let impostor = Device { id: first.id, ..impostor };
        assert_eq!(fixture.redeem(&impostor.request(&fixture.code("bob").await)).await, EnrolOutcome::DeviceTaken);
        let (store, people) = (&fixture.context.store, &fixture.context.people);
        let late = accounts::create_code(store, people, ("alice", None), -1).await.expect("made");
        assert_eq!(fixture.redeem(&device().request(&late)).await, EnrolOutcome::CodeRefused, "too old");
    }
}

#[tokio::test]
async fn an_answer_to_an_enrolment_proves_the_collector_s_key_and_only_to_who_knows_the_code() {
    for fixture in Fixture::each().await {
        let ask = async |code: &str| {
            let device =
                Device { id: DeviceId::random(), key: KeyPair::generate(), epoch: Epoch::random(), enrolment: 1 };
            let request = device.request(code);
            let (topic, payload) = (topics::enrolment_of(device.id), request.encode(&device.key));
            let answers = fixture.take_in(vec![Inbound { topic, payload, received_at: now_millis() }]).await;
            (EnrolReply::decode(&answers[0].payload).expect("reads"), request)
        };
        let code = fixture.code("alice").await;
        let (reply, request) = ask(&code).await;
        assert_eq!((reply.outcome, reply.profile()), (EnrolOutcome::Accepted, Profile::Research));
        assert_eq!(reply.collector_key, fixture.context.own.signing().public());
        assert!(reply.proves(&Code::of(&code), &request));
        let (reply, request) = ask("AAAA-BBBB").await;
        assert_eq!(reply.outcome, EnrolOutcome::CodeRefused);
        assert!(!reply.proves(&Code::of("AAAA-BBBB"), &request));
        assert_eq!(fixture.context.counters.read().wrong_codes, 1);
    }
}

#[tokio::test]
async fn who_is_enrolled_has_a_line_of_their_own_before_anything_was_heard_of_them() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let queue = Queue::default();
        vouch_for_enrolled(&fixture.context, &queue).await;
        let stranger = || Inbound { topic: topics::batches_of(DeviceId::random()), ..device.batch(Vec::new()) };
        while queue.push(stranger()) {}
        assert!(queue.push(device.batch(Vec::new())), "it was enrolled before the start");

        let id = DeviceId::random();
        let later = Device { id, key: KeyPair::generate(), epoch: Epoch::random(), enrolment: 1 };
        assert!(!queue.push(later.batch(Vec::new())));
        let request = later.request(&fixture.code("bob").await).encode(&later.key);
        let request = Inbound { topic: topics::enrolment_of(id), payload: request, received_at: 0 };
        assert_eq!(take_in(&fixture.context, &queue, vec![request]).await.len(), 1);
        assert!(queue.push(later.batch(Vec::new())), "it was enrolled meanwhile");
    }
}
