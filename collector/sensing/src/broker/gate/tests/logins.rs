//! Who is who at the gate, and what each may do.

use attune_ground::descriptors::Descriptors;
use attune_ground::http::{Files, Tls};
use attune_protocol::broker::Trust;

use super::*;

fn of(kind: Kind) -> Vec<u8> {
    vec![b'A', b'T', 1, kind as u8, 0]
}

impl Stand {
    /// The collector says something to a device.
    fn say(&self, id: DeviceId, kind: Kind) {
        self.gate.shared.routes.deliver(&topics::answers_to(id), &of(kind).into());
    }
}

/// A socket that listens for what a device is answered.
async fn listening(stand: &Stand, connect: &[u8], id: DeviceId) -> Raw {
    let mut raw = stand.connected_by(connect).await;
    raw.send(&subscribe(&topics::answers_to(id))).await;
    assert_eq!(raw.reply().await, Some(vec![0x90, 3, 0, 9, 1]));
    raw
}

/// The kind of what is heard next.
async fn heard(raw: &mut Raw) -> Option<u8> {
    raw.reply().await.map(|packet| packet[packet.len() - 2])
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_shown_nothing_may_ask_to_be_enrolled_and_do_nothing_else() {
    let stand = Stand::start().await;
    let id = DeviceId::random();
    let mut raw = listening(&stand, &connect(), id).await;
    raw.send(&publish(&topics::enrolment_of(id), QoS::AtLeastOnce, "asks")).await;
    assert_eq!(raw.reply().await, Some(vec![0x40, 2, 0, 7]), "taken");
    for kind in [Kind::Ack, Kind::Withdrawals, Kind::Wishes, Kind::Unknown, Kind::EnrolReply] {
        stand.say(id, kind);
    }
    assert_eq!(heard(&mut raw).await, Some(Kind::EnrolReply as u8), "and nothing that is for the device alone");
    raw.send(&publish(&topics::batches_of(id), QoS::AtLeastOnce, "batch")).await;
    raw.is_cut().await;
    stand.refused("login", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hears_or_sends_as_a_device_without_its_key() {
    let stand = Stand::start().await;
    let (id, other) = (DeviceId::random(), DeviceId::random());
    let (own, foreign) = (stand.enrol(id), stand.enrol(other));
    let elsewhere = login::signed(id, &KeyPair::generate(), &COLLECTOR.public());
    let upper = {
        let mut connect = Connect::new("x");
        connect.set_login(id.to_string().to_uppercase(), own.clone());
        encoded(&Packet::Connect(connect))
    };
    let mut nameless = Connect::new("x");
    nameless.set_login("admin", own.clone());
    let wrong = [
        connect_as(id, &foreign),
        connect_as(id, &elsewhere),
        connect_as(id, ""),
        upper,
        encoded(&Packet::Connect(nameless)),
    ];
    for connect in &wrong {
        let mut raw = stand.raw().await;
        raw.send(connect).await;
        assert_eq!(raw.reply().await, Some(vec![0x20, 2, 0, 4]), "bad user name or password");
        raw.is_cut().await;
    }
    stand.refused("login", wrong.len() as u64).await;
    let mut raw = listening(&stand, &connect_as(id, &own), id).await;
    assert_eq!(stand.counts().known, 1, "by its login, before anything is acknowledged");
    for kind in [Kind::Ack, Kind::Wishes] {
        stand.say(other, kind);
        stand.say(id, kind);
        assert_eq!(heard(&mut raw).await, Some(kind as u8));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_not_known_is_told_so_and_logs_in_anew_once_it_is() {
    let stand = Stand::start().await;
    let id = DeviceId::random();
    let mut raw = listening(&stand, &connect_as(id, "of another collector"), id).await;
    raw.send(&publish(&topics::batches_of(id), QoS::AtLeastOnce, "batch")).await;
    assert_eq!(raw.reply().await, Some(vec![0x40, 2, 0, 7]));
    stand.say(id, Kind::Unknown);
    assert_eq!(heard(&mut raw).await, Some(Kind::Unknown as u8));
    stand.say(id, Kind::Ack);
    raw.is_cut().await;
    stand.refused("enrolled", 1).await;
    let mut deaf = stand.connected_by(&connect_as(id, "of another collector")).await;
    let mut asks = listening(&stand, &connect_as(id, "of another collector"), id).await;
    stand.enrol(id);
    stand.known.change(|devices| devices.as_mut().expect("it can be looked").changed.push(id));
    stand.looked_again().await;
    stand.say(id, Kind::EnrolReply);
    assert_eq!(heard(&mut asks).await, Some(Kind::EnrolReply as u8), "who asked hears the answer");
    asks.is_cut().await;
    deaf.is_cut().await;
    stand.refused("enrolled", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_revoked_is_cut_off_while_it_is_connected() {
    let stand = Stand::start().await;
    let (id, other) = (DeviceId::random(), DeviceId::random());
    let mut revoked = listening(&stand, &connect_as(id, &stand.enrol(id)), id).await;
    let mut stays = listening(&stand, &connect_as(other, &stand.enrol(other)), other).await;
    stand.known.change(|devices| {
        let devices = devices.as_mut().expect("it can be looked");
        devices.enrolled.remove(&id);
        devices.changed.push(id);
    });
    revoked.is_cut().await;
    stand.refused("revoked", 1).await;
    stand.say(other, Kind::Ack);
    assert_eq!(heard(&mut stays).await, Some(Kind::Ack as u8));
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_new_key_the_one_before_opens_nothing_is_noticed_and_its_connections_end() {
    let stand = Stand::start().await;
    let id = DeviceId::random();
    let before = stand.enrol(id);
    let mut open = listening(&stand, &connect_as(id, &before), id).await;
    let next = KeyPair::generate();
    stand.known.change(|devices| {
        let devices = devices.as_mut().expect("it can be looked");
        let keys = devices.enrolled.get_mut(&id).expect("enrolled");
        *keys = DeviceKeys { key: next.public(), former: vec![[5; 32], keys.key], collector: None };
        devices.changed.push(id);
    });
    let mut stays = listening(&stand, &connect_as(id, &login::signed(id, &next, &COLLECTOR.public())), id).await;
    open.is_cut().await;
    stand.refused("revoked", 1).await;
    let mut stolen = stand.raw().await;
    stolen.send(&connect_as(id, &before)).await;
    assert_eq!(stolen.reply().await, Some(vec![0x20, 2, 0, 4]));
    stand.refused("former_key", 1).await;
    let seen = stand.known.0.lock().expect("unpoisoned").as_ref().map(|devices| devices.former_seen.clone());
    assert_eq!(seen, Some(vec![id]));
    stand.say(id, Kind::Ack);
    assert_eq!(heard(&mut stays).await, Some(Kind::Ack as u8));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_for_the_collectors_key_of_before_opens_as_long_as_that_is_kept_and_for_another_one_never() {
    let stand = Stand::start().await;
    let id = DeviceId::random();
    stand.enrol(id);
    let key = KeyPair::generate();
    stand.known.change(|devices| {
        let devices = devices.as_mut().expect("it can be looked");
        devices.enrolled.insert(id, DeviceKeys { key: key.public(), former: Vec::new(), collector: None });
    });
    for collector in [&COLLECTOR, &COLLECTOR_BEFORE] {
        for password in login::passwords(id, &key, &collector.public()) {
            let mut stays = listening(&stand, &connect_as(id, &password), id).await;
            stand.say(id, Kind::Ack);
            assert_eq!(heard(&mut stays).await, Some(Kind::Ack as u8));
        }
    }
    for password in login::passwords(id, &key, &KeyPair::generate().public()) {
        let mut other = stand.raw().await;
        other.send(&connect_as(id, &password)).await;
        assert_eq!(other.reply().await, Some(vec![0x20, 2, 0, 4]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_cannot_be_looked_who_a_device_is_it_is_asked_to_come_again() {
    let stand = Stand::start().await;
    let id = DeviceId::random();
    let password = stand.enrol(id);
    let enrolled = stand.known.0.lock().expect("unpoisoned").take();
    let mut raw = stand.raw().await;
    raw.send(&connect_as(id, &password)).await;
    assert_eq!(raw.reply().await, Some(vec![0x20, 2, 0, 3]), "unavailable, and not refused");
    stand.known.change(|devices| *devices = enrolled);
    drop(stand.connected_by(&connect_as(id, &password)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_has_a_few_connections_and_its_first_gives_way() {
    let stand = Stand::start().await;
    let id = DeviceId::random();
    let connect = connect_as(id, &stand.enrol(id));
    let mut first = stand.connected_by(&connect).await;
    let mut later = Vec::new();
    for _ in 0..Limits::LISTENERS {
        later.push(stand.connected_by(&connect).await);
    }
    first.is_cut().await;
    stand.refused("crowded", 1).await;
    let mut last = later.pop().expect("some");
    last.send(&encoded(&Packet::PingReq)).await;
    assert_eq!(last.reply().await, Some(vec![0xD0, 0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn within_tls_a_device_is_acknowledged_and_who_speaks_none_or_says_nothing_holds_nobody_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls = Tls::new(Files::make_own(folder.path(), &[]).expect("made")).expect("it reads");
    let limits = Limits { connect: Duration::from_secs(2), ..Limits::with_descriptors(Descriptors::of(4096)) };
    let stand = Stand::of(limits, Some(tls.of_mqtt().expect("it is spoken"))).await;
    let mut silent = Vec::new();
    for _ in 0..500 {
        silent.push(stand.raw().await);
    }
    let mut device = stand.device();
    let trust =
        |digest| rumqttc::Transport::tls_with_config(attune_transport::config(Trust::Certificate(digest)).into());
    device.events.mqtt_options.set_transport(trust(tls.digest()));
    timeout(LONG, device.is_acknowledged()).await.expect("acknowledged");
    let mut plain = stand.raw().await;
    plain.send(&connect()).await;
    let told = timeout(LONG, async { while plain.reply().await.is_some() {} }).await;
    assert!(told.is_ok(), "cut off");
    stand.refused("tls", 1).await;
    for raw in &mut silent {
        raw.is_cut().await;
    }
    let mut elsewhere = stand.device();
    elsewhere.events.mqtt_options.set_transport(trust([0; 32]));
    let refused = timeout(LONG, elsewhere.events.poll()).await.expect("in time");
    assert!(refused.is_err_and(|error| error.to_string().contains("certificate")), "another fingerprint");
}
