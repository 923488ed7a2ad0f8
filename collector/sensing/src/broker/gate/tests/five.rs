//! Clients that speak MQTT 5.

use rumqttc::v5::mqttbytes::QoS as QoS5;
use rumqttc::v5::mqttbytes::v5::{self, Packet as Five};

use super::*;

fn bytes(packet: &Five) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, None).expect("encodes");
    bytes.to_vec()
}

fn hello(id: &str, properties: Option<v5::ConnectProperties>, login: Option<v5::Login>) -> Vec<u8> {
    let connect = v5::Connect { keep_alive: 30, client_id: id.into(), clean_start: true, properties };
    bytes(&Five::Connect(connect, None, login))
}

/// What the gate says next.
async fn heard(raw: &mut Raw) -> Option<Five> {
    let reply = raw.reply().await?;
    Some(Five::read(&mut reply.as_slice().into(), None).expect("it reads"))
}

fn batch(id: DeviceId, qos: QoS5, payload: Vec<u8>) -> Vec<u8> {
    let mut publish = v5::Publish::new(topics::batches_of(id), qos, payload, None);
    publish.pkid = 7;
    bytes(&Five::Publish(publish))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_speaks_version_5_is_acknowledged_and_told_what_there_is_not() {
    let stand = Stand::start().await;
    let id = DeviceId::random();
    let login = v5::Login::new(login::name(id), stand.enrol(id));
    let mut raw = stand.raw().await;
    raw.send(&hello("", None, Some(login))).await;
    let Some(Five::ConnAck(yes)) = heard(&mut raw).await else { panic!("it is let in") };
    let properties = yes.properties.expect("it is told");
    assert_eq!((yes.code, yes.session_present), (v5::ConnectReturnCode::Success, false));
    assert_eq!((properties.max_qos, properties.retain_available), (Some(1), Some(0)));
    assert_eq!(
        (properties.wildcard_subscription_available, properties.shared_subscription_available),
        (Some(0), Some(0))
    );
    assert!(properties.assigned_client_identifier.is_some_and(|name| !name.is_empty()), "it brought none");

    let filters = ["#", &topics::answers_to(id)].map(|filter| v5::Filter::new(filter, QoS5::AtLeastOnce));
    let mut asked = v5::Subscribe::new_many(filters, None);
    asked.pkid = 9;
    raw.send(&bytes(&Five::Subscribe(asked))).await;
    let Some(Five::SubAck(granted)) = heard(&mut raw).await else { panic!("it is answered") };
    use v5::SubscribeReasonCode::{NotAuthorized, Success};
    assert_eq!((granted.pkid, granted.return_codes), (9, vec![NotAuthorized, Success(QoS5::AtLeastOnce)]));

    raw.send(&batch(id, QoS5::AtLeastOnce, GENUINE.to_vec())).await;
    let (mut taken, mut answered) = (false, false);
    while !(taken && answered) {
        match heard(&mut raw).await {
            Some(Five::PubAck(ack)) => taken = ack.pkid == 7,
            Some(Five::Publish(answer)) => answered = answer.topic == topics::answers_to(id) && answer.pkid > 0,
            other => panic!("{other:?}"),
        }
    }
    raw.send(&[0xC0, 0]).await;
    assert_eq!(raw.reply().await, Some(vec![0xD0, 0]));
    raw.send(&[0xE0, 0]).await;
    raw.is_cut().await;
    assert_eq!(stand.counts().published, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_version_5_who_is_refused_or_cut_off_is_told_why() {
    let stand = Stand::start().await;
    let id = DeviceId::random();
    stand.enrol(id);
    let method = v5::ConnectProperties { authentication_method: Some("SCRAM".into()), ..Default::default() };
    for (hello, code) in [
        (hello("x", None, Some(v5::Login::new(login::name(id), "wrong"))), 0x86),
        (hello("x", Some(method), None), 0x86),
    ] {
        let mut raw = stand.raw().await;
        raw.send(&hello).await;
        assert_eq!(raw.reply().await, Some(vec![0x20, 3, 0, code, 0]));
        raw.is_cut().await;
    }
    let (own, other) = (DeviceId::random(), DeviceId::random());
    let login = || Some(v5::Login::new(login::name(own), "of a device that nobody knows"));
    for (sent, code) in [
        (batch(other, QoS5::AtLeastOnce, vec![1]), 0x90),
        (batch(own, QoS5::ExactlyOnce, vec![1]), 0x9B),
        (batch(own, QoS5::AtLeastOnce, vec![1; attune_protocol::batch::MAX_ENCODED + 1]), 0x95),
        (vec![0x80, 5, 0, 1, 0, 0, 0], 0x81),
    ] {
        let mut raw = stand.raw().await;
        raw.send(&hello("x", None, login())).await;
        assert!(
            matches!(heard(&mut raw).await, Some(Five::ConnAck(yes)) if yes.code == v5::ConnectReturnCode::Success)
        );
        raw.send(&sent).await;
        assert_eq!(raw.reply().await, Some(vec![0xE0, 1, code]));
        raw.is_cut().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_version_5_is_sent_no_more_at_once_and_nothing_larger_than_it_takes() {
    let stand = Stand::start().await;
    let id = DeviceId::random();
    let login = v5::Login::new(login::name(id), stand.enrol(id));
    let takes = v5::ConnectProperties { receive_maximum: Some(1), max_packet_size: Some(200), ..Default::default() };
    let mut raw = stand.raw().await;
    raw.send(&hello("x", Some(takes), Some(login))).await;
    assert!(matches!(heard(&mut raw).await, Some(Five::ConnAck(_))));
    let mut asked = v5::Subscribe::new(v5::Filter::new(topics::answers_to(id), QoS5::AtLeastOnce), None);
    asked.pkid = 9;
    raw.send(&bytes(&Five::Subscribe(asked))).await;
    assert!(matches!(heard(&mut raw).await, Some(Five::SubAck(_))));
    let say = |payload: Vec<u8>| stand.gate.shared.routes.deliver(&topics::answers_to(id), &payload.into());
    say(vec![1; 500]);
    say(vec![2]);
    say(vec![3]);
    let Some(Five::Publish(first)) = heard(&mut raw).await else { panic!("the one that it takes") };
    assert_eq!(first.payload[..], [2]);
    raw.send(&encoded(&Packet::PingReq)).await;
    assert_eq!(raw.reply().await, Some(vec![0xD0, 0]), "and no other before it has confirmed that one");
    raw.send(&bytes(&Five::PubAck(v5::PubAck::new(first.pkid, None)))).await;
    let Some(Five::Publish(second)) = heard(&mut raw).await else { panic!("the next one") };
    assert_eq!(second.payload[..], [3]);
}
