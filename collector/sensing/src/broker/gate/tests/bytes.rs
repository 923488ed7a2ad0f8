//! Packets however they are cut and glued, and bytes that are none.

use proptest::collection::vec;
use proptest::prelude::*;
use rumqttc::v5::mqttbytes::QoS as QoS5;
use rumqttc::v5::mqttbytes::v5;
use tokio::io::duplex;

use super::super::crowd::Crowd;
use super::super::frames::{End, Frames};
use super::super::pace::Pace;
use super::super::shared::Shared;
use super::super::speech::{Said, Speech};
use super::*;

/// Reads everything that comes in such pieces of such a version, and why it ended.
fn read_in_pieces(speech: Speech, bytes: &[u8], pieces: &[usize]) -> (Vec<Said>, End) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("made");
    runtime.block_on(async {
        let mut limits = Limits::with_descriptors(attune_ground::descriptors::Descriptors::of(4096));
        let endless = super::super::limits::Rate { per_second: 1e12, burst: 1e12 };
        limits.of_stranger = (endless, endless);
        let post = || tokio::sync::mpsc::channel(1).0;
        let who: (Box<dyn Register>, _) = (Box::new(Known::default()), None);
        let up = tokio::sync::watch::channel(true).1;
        let shared = Arc::new(Shared::new(limits.clone(), who, [post(), post()], up));
        let place = Crowd::new(limits).admit(Ipv4Addr::LOCALHOST.into()).expect("room");
        let mut pace = Pace::new(Arc::clone(&place.guest), shared);
        let (mut theirs, ours) = duplex(1 << 20);
        let mut frames = Frames::new(ours, LONG);
        frames.speak(speech);
        let (bytes, pieces) = (bytes.to_vec(), pieces.to_vec());
        let sending = tokio::spawn(async move {
            let mut rest = &bytes[..];
            for piece in pieces.into_iter().cycle() {
                let (now, later) = rest.split_at(piece.min(rest.len()));
                if theirs.write_all(now).await.is_err() || later.is_empty() {
                    return;
                }
                rest = later;
                tokio::task::yield_now().await;
            }
        });
        let mut packets = Vec::new();
        let end = loop {
            match frames.next(LONG, &mut pace, |_| Ok(1 << 16)).await {
                Ok(packet) => packets.push(packet),
                Err(end) => break end,
            }
        };
        sending.abort();
        (packets, end)
    })
}

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
            let (read, end) = read_in_pieces(speech, &bytes, &pieces);
            let said: Vec<Said> = packets.iter().map(|(said, _)| said.clone()).collect();
            prop_assert_eq!(read, said);
            prop_assert_eq!(end, End::Left);
        }
    }

    #[test]
    fn no_bytes_make_the_gate_panic(bytes in vec(any::<u8>(), 0..2000), pieces in vec(1_usize..500, 1..4)) {
        for speech in BOTH {
            read_in_pieces(speech, &bytes, &pieces);
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
            read_in_pieces(speech, &bytes, &[100]);
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
