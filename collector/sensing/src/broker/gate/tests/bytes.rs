//! Packets however they are cut and glued, and bytes that are none.

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::io::duplex;

use super::super::crowd::Crowd;
use super::super::frames::{End, Frames};
use super::super::pace::Pace;
use super::super::shared::Shared;
use super::*;

/// Reads everything that comes in such pieces, and why it ended.
fn read_in_pieces(bytes: &[u8], pieces: &[usize]) -> (Vec<Packet>, End) {
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

fn packet() -> impl Strategy<Value = Packet> {
    let published = (any::<bool>(), 1..u16::MAX, vec(any::<u8>(), 0..40_000)).prop_map(|(once, pkid, payload)| {
        let mut publish = Publish::new(topics::batches_of(DeviceId([7; 16])), QoS::AtMostOnce, payload);
        if once {
            (publish.qos, publish.pkid) = (QoS::AtLeastOnce, pkid);
        }
        Packet::Publish(publish)
    });
    let subscribed = (1..u16::MAX, "[a-z/+#$]{1,100}").prop_map(|(pkid, filter)| {
        let mut subscribe = Subscribe::new(filter, QoS::AtLeastOnce);
        subscribe.pkid = pkid;
        Packet::Subscribe(subscribe)
    });
    let confirmed = (1..u16::MAX).prop_map(|pkid| Packet::PubAck(rumqttc::PubAck::new(pkid)));
    prop_oneof![published, subscribed, confirmed, Just(Packet::PingReq), Just(Packet::Disconnect)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn packets_read_the_same_however_they_are_cut_and_glued(
        packets in vec(packet(), 1..8),
        pieces in vec(1_usize..20_000, 1..8),
    ) {
        let bytes: Vec<u8> = packets.iter().flat_map(encoded).collect();
        let (read, end) = read_in_pieces(&bytes, &pieces);
        prop_assert_eq!(read, packets);
        prop_assert_eq!(end, End::Left);
    }

    #[test]
    fn no_bytes_make_the_gate_panic(bytes in vec(any::<u8>(), 0..2000), pieces in vec(1_usize..500, 1..4)) {
        read_in_pieces(&bytes, &pieces);
    }

    #[test]
    fn no_damage_to_a_packet_makes_the_gate_panic(
        packet in packet(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encoded(&packet);
        let place = place.index(bytes.len().min(64));
        bytes[place] = byte;
        read_in_pieces(&bytes, &[100]);
    }
}
