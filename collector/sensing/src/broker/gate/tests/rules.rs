//! What is let through, and what is not.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_acknowledged_through_the_gate_whatever_its_client_id_is() {
    let stand = Stand::start().await;
    let mut device = stand.device();
    timeout(LONG, device.is_acknowledged()).await.expect("acknowledged");
    assert_eq!((stand.counts().connections, stand.counts().known), (1, 1));
    assert_eq!(stand.counts().published, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_versions_of_mqtt_are_refused_as_they_understand_it() {
    let stand = Stand::start().await;
    let with = |name: &[u8], level| {
        let mut body = vec![0, name.len() as u8];
        body.extend_from_slice(name);
        body.extend_from_slice(&[level, 2, 0, 60]);
        body.extend_from_slice(&[0, 1, b'x']);
        let mut packet = vec![0x10, body.len() as u8];
        packet.extend(body);
        packet
    };
    for (packet, answer) in [
        (with(b"MQIsdp", 3), Some(vec![0x20, 2, 0, 1])),
        (with(b"MQTT", 6), Some(vec![0x20, 2, 0, 1])),
        (with(b"HTTP", 4), None),
        (with(b"MQTT", 4), Some(vec![0x20, 2, 0, 0])),
    ] {
        let mut raw = stand.raw().await;
        raw.send(&packet).await;
        assert_eq!(raw.reply().await, answer, "{packet:?}");
    }
    stand.refused("version", 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_will_and_a_session_without_a_name_are_refused() {
    let stand = Stand::start().await;
    let mut will = Connect::new("x");
    will.last_will = Some(rumqttc::LastWill::new("attune/v1/up/x", "gone", QoS::AtLeastOnce, true));
    let mut nameless = Connect::new("");
    nameless.clean_session = false;
    for (connect, code) in [(will, 5), (nameless, 2)] {
        let mut raw = stand.raw().await;
        raw.send(&encoded(&Packet::Connect(connect))).await;
        assert_eq!(raw.reply().await, Some(vec![0x20, 2, 0, code]));
        raw.is_cut().await;
    }
    stand.refused("will", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_device_needs_ends_the_connection() {
    let stand = Stand::start().await;
    let (own, other) = (DeviceId::random(), DeviceId::random());
    let up = topics::batches_of(own);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("topic", publish("attune/v1/up/nobody", QoS::AtLeastOnce, "x")),
        ("topic", publish(&topics::answers_to(own), QoS::AtLeastOnce, "x")),
        ("topic", publish(&up.to_uppercase(), QoS::AtLeastOnce, "x")),
        ("topic", publish(&format!("attune/v1/up/{}", own.to_string().to_uppercase()), QoS::AtLeastOnce, "x")),
        ("topic", publish(&"t".repeat(60_000), QoS::AtMostOnce, "x")),
        (
            "topic",
            [publish(&up, QoS::AtMostOnce, "x"), publish(&topics::batches_of(other), QoS::AtMostOnce, "x")].concat(),
        ),
        ("qos", publish(&up, QoS::ExactlyOnce, "x")),
        ("oversized", publish(&topics::enrolment_of(own), QoS::AtLeastOnce, vec![0; 1025])),
        ("oversized", publish(&up, QoS::AtLeastOnce, vec![0; attune_protocol::batch::MAX_ENCODED + 1])),
        ("oversized", vec![0x82, 0xFF, 0xFF, 0xFF, 0x7F]),
        ("malformed", vec![0x30, 0xFF, 0xFF, 0xFF, 0xFF]),
        ("malformed", vec![0x36, 9]),
        ("malformed", vec![0x80, 5, 0, 1, 0, 0, 0]),
        ("malformed", connect()),
        ("malformed", vec![0x50, 2, 0, 1]),
        ("malformed", vec![0xA2, 5, 0, 1, 0, 1, b'#']),
        ("malformed", vec![0xF0, 0]),
    ];
    for (reason, bytes) in cases {
        let before = stand.counts().refused[reason];
        let mut raw = stand.connected_by(&connect_as(own, "unknown")).await;
        raw.send(&bytes).await;
        let cut = timeout(LONG, async { while raw.reply().await.is_some() {} }).await;
        assert!(cut.is_ok(), "{reason}");
        if bytes == [0x36, 9] {
            stand.refused("qos", 1).await;
        } else {
            stand.refused(reason, before + 1).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_answers_to_ones_own_device_can_be_heard() {
    let stand = Stand::start().await;
    let (own, other) = (DeviceId::random(), DeviceId::random());
    let mut raw = stand.connected_by(&connect_as(own, &stand.enrol(own))).await;
    for filter in [
        "#",
        "attune/v1/down/+",
        "attune/v1/down/#",
        "attune/v1/up/+",
        "up",
        "down",
        "$SYS/#",
        &format!("$share/g/{}", topics::answers_to(own)),
        &topics::batches_of(own),
    ] {
        raw.send(&subscribe(filter)).await;
        assert_eq!(raw.reply().await, Some(vec![0x90, 3, 0, 9, 0x80]), "{filter}");
    }
    raw.send(&subscribe(&topics::answers_to(own))).await;
    assert_eq!(raw.reply().await, Some(vec![0x90, 3, 0, 9, 1]));
    raw.send(&subscribe(&topics::answers_to(other))).await;
    assert_eq!(raw.reply().await, Some(vec![0x90, 3, 0, 9, 0x80]), "one device for each connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_retained() {
    let stand = Stand::start().await;
    let mut device = stand.device();
    let topic = topics::batches_of(device.id);
    device.client.try_publish(topic, QoS::AtLeastOnce, true, "kept for ever").expect("room");
    timeout(LONG, device.is_acknowledged()).await.expect("acknowledged");
    assert_eq!(stand.counts().unretained, 1);
    let (client, mut events) = AsyncClient::new(stand.access.client_options("late"), 16);
    client.try_subscribe("#", QoS::AtLeastOnce).expect("room");
    let heard = timeout(Duration::from_millis(500), async {
        loop {
            if let Ok(Event::Incoming(Packet::Publish(publish))) = events.poll().await {
                return publish;
            }
        }
    });
    assert!(heard.await.is_err(), "a late subscriber hears nothing old");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_behind_the_gate_is_closed_to_who_does_not_know_the_password() {
    let stand = Stand::start().await;
    let mut wrong = Connect::new("x");
    wrong.set_login(stand.behind.login.user.clone(), "guess");
    for connect in [Connect::new("x"), wrong] {
        let stream = TcpStream::connect(stand.behind.address).await.expect("listens");
        let mut raw = Raw { stream, read: BytesMut::new() };
        raw.send(&encoded(&Packet::Connect(connect))).await;
        raw.send(&subscribe("#")).await;
        raw.is_cut().await;
    }
    let stream = TcpStream::connect(stand.behind.address).await.expect("listens");
    let mut silent = Raw { stream, read: BytesMut::new() };
    silent.is_cut().await;
    timeout(LONG, stand.device().is_acknowledged()).await.expect("nobody else is disturbed");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_come_on_is_cut() {
    let mut limits = Limits::with_descriptors(attune_ground::descriptors::Descriptors::of(4096));
    (limits.connect, limits.patience) = (Duration::from_millis(300), Duration::from_millis(300));
    limits.silence = Duration::from_millis(600);
    let stand = Stand::with(limits).await;
    let mut silent = stand.raw().await;
    let mut half = stand.raw().await;
    half.send(&connect()[..9]).await;
    let mut asleep = stand.raw().await;
    let mut endless = Connect::new("x");
    endless.keep_alive = 0;
    asleep.send(&encoded(&Packet::Connect(endless))).await;
    assert_eq!(asleep.reply().await, Some(vec![0x20, 2, 0, 0]));
    let id = DeviceId::random();
    let mut stalled = stand.connected_by(&connect_as(id, "unknown")).await;
    let batch = publish(&topics::batches_of(id), QoS::AtLeastOnce, vec![0; 1000]);
    stalled.send(&batch[..500]).await;
    for raw in [&mut silent, &mut half, &mut asleep, &mut stalled] {
        raw.is_cut().await;
    }
    stand.refused("silent", 2).await;
    stand.refused("idle", 1).await;
    stand.refused("stalled", 1).await;
    stand.is_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keep_alive_of_a_second_allows_one_and_a_half() {
    let stand = Stand::start().await;
    let mut hasty = Connect::new("x");
    hasty.keep_alive = 1;
    let mut raw = stand.raw().await;
    raw.send(&encoded(&Packet::Connect(hasty))).await;
    assert_eq!(raw.reply().await, Some(vec![0x20, 2, 0, 0]));
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(1000)).await;
        raw.send(&encoded(&Packet::PingReq)).await;
        assert_eq!(raw.reply().await, Some(vec![0xD0, 0]));
    }
    let silent_since = std::time::Instant::now();
    raw.is_cut().await;
    assert!((1.3..5.0).contains(&silent_since.elapsed().as_secs_f64()));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_cut_and_its_answers_are_dropped() {
    let stand = Stand::start().await;
    let id = DeviceId::random();
    let connect = connect_as(id, &stand.enrol(id));
    let mut deaf = stand.connected_by(&connect).await;
    deaf.send(&subscribe(&topics::answers_to(id))).await;
    let mut talker = stand.connected_by(&connect).await;
    let mut payload = GENUINE.to_vec();
    payload.resize(60 << 10, 0);
    let batch = publish(&topics::batches_of(id), QoS::AtLeastOnce, payload);
    let talk = async {
        while stand.counts().refused["unread"] == 0 {
            talker.send(&batch).await;
            assert_eq!(talker.reply().await, Some(vec![0x40, 2, 0, 7]));
        }
    };
    timeout(2 * LONG, talk).await.expect("cut in time");
}
