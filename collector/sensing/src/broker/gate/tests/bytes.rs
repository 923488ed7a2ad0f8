//! Packets however they are cut and glued, and bytes that are none.

use proptest::collection::vec;
use proptest::prelude::*;
use rumqttc::v5::mqttbytes::QoS as QoS5;
use rumqttc::v5::mqttbytes::v5;

use super::super::frames::End;
use super::super::fuzzing::read_in_pieces;
use super::super::speech::{Said, Speech};
use super::*;

/// What a client says, and its bytes in each version.
fn packet() -> impl Strategy<Value = (Said, [Vec<u8>; 2])> {
    let topic = || topics::batches_of(DeviceId([7; 16]));
    let published = (any::<bool>(), 1..u16::MAX, vec(any::<u8>(), 0..40_000)).prop_map(move |(once, pkid, payload)| {
        let id = once.then_some(pkid);
        let qos = if once { QoS::AtLeastOnce } else { QoS::AtMostOnce };
        let mut three = Publish::new(topic(), qos, payload.clone());
        three.pkid = id.unwrap_or_default();
        let qos = if once { QoS5::AtLeastOnce } else { QoS5::AtMostOnce };
        let properties = v5::PublishProperties { message_expiry_interval: Some(7), ..Default::default() };
        let mut five = v5::Publish::new(topic(), qos, payload.clone(), Some(properties));
        five.pkid = id.unwrap_or_default();
        let said = Said::Publish { topic: topic(), payload: payload.into(), retain: false, id };
        (said, [encoded(&Packet::Publish(three)), encoded5(&v5::Packet::Publish(five))])
    });
    let subscribed = (1..u16::MAX, "[a-z/+#$]{1,100}").prop_map(|(id, filter)| {
        let mut three = Subscribe::new(filter.clone(), QoS::AtLeastOnce);
        three.pkid = id;
        let mut five = v5::Subscribe::new(v5::Filter::new(filter.clone(), QoS5::AtLeastOnce), None);
        five.pkid = id;
        let said = Said::Subscribe { id, filters: vec![(filter, false)] };
        (said, [encoded(&Packet::Subscribe(three)), encoded5(&v5::Packet::Subscribe(five))])
    });
    let confirmed = (1..u16::MAX).prop_map(|pkid| {
        let bytes = encoded(&Packet::PubAck(rumqttc::PubAck::new(pkid)));
        let mut with_reason = bytes.clone();
        with_reason.push(0x10);
        with_reason[1] = 3;
        (Said::Confirmed, [bytes, with_reason])
    });
    let ping = Just((Said::Ping, [vec![0xC0, 0], vec![0xC0, 0]]));
    let goodbye = Just((Said::Goodbye, [vec![0xE0, 0], vec![0xE0, 1, 0]]));
    prop_oneof![published, subscribed, confirmed, ping, goodbye]
}

fn encoded5(packet: &v5::Packet) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, None).expect("encodes");
    bytes.to_vec()
}

const BOTH: [Speech; 2] = [Speech::Three, Speech::Five];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn packets_read_the_same_however_they_are_cut_and_glued(
        packets in vec(packet(), 1..8),
        pieces in vec(1_usize..20_000, 1..8),
    ) {
        for (version, speech) in BOTH.into_iter().enumerate() {
            let bytes: Vec<u8> = packets.iter().flat_map(|(_, bytes)| bytes[version].clone()).collect();
            let (_, read, end) = read_in_pieces(Some(speech), &bytes, &pieces);
            let said: Vec<Said> = packets.iter().map(|(said, _)| said.clone()).collect();
            prop_assert_eq!(read, said);
            prop_assert_eq!(end, End::Left);
        }
    }

    #[test]
    fn no_bytes_make_the_gate_panic(bytes in vec(any::<u8>(), 0..2000), pieces in vec(1_usize..500, 1..4)) {
        for speech in BOTH {
            read_in_pieces(Some(speech), &bytes, &pieces);
            let _ = speech.hello(bytes.as_slice().into());
        }
        let _ = Speech::of(&bytes);
    }

    #[test]
    fn no_damage_to_a_packet_makes_the_gate_panic(
        (_, packets) in packet(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        for (mut bytes, speech) in packets.into_iter().zip(BOTH) {
            let place = place.index(bytes.len().min(64));
            bytes[place] = byte;
            read_in_pieces(Some(speech), &bytes, &[100]);
        }
    }

    #[test]
    fn no_damage_to_a_connect_makes_the_gate_panic(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let connect = v5::Connect { keep_alive: 7, client_id: "x".into(), clean_start: true, properties: None };
        let five = encoded5(&v5::Packet::Connect(connect, None, Some(v5::Login::new("user", "password"))));
        for mut bytes in [connect_as(DeviceId([7; 16]), "password"), five] {
            let place = place.index(bytes.len());
            bytes[place] = byte;
            if let Ok(speech) = Speech::of(&bytes) {
                let _ = speech.hello(bytes.as_slice().into());
            }
        }
    }
}
