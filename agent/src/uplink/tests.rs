//! Enrolment and connection against a broker made by hand, which does what no honest one would.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use attune_protocol::ack::{Ack, Answer, Run};
use attune_protocol::batch::Batch;
use attune_protocol::consent::Purpose;
use attune_protocol::digest::Digest;
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolReply, EnrolRequest};
use attune_protocol::features::Features;
use attune_protocol::heartbeat::{Heartbeat, Sensing};
use attune_protocol::ids::{DeviceId, Epoch};
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use attune_protocol::sign::KeyPair;
use attune_protocol::topics;
use attune_protocol::window::Window;

use super::link::{self, News};
use super::{Broker, Heard, Pin, Pulse, Settings, Uplink, enrol};
use crate::AgentError;
use crate::control::{ConsentBook, Control};
use crate::identity::{Enrolment, Identity};
use crate::outbox::{Draft, Limits, Outbox};
use crate::own::Own;

type Answers = dyn Fn(&[u8]) -> Vec<Vec<u8>> + Send + Sync;

/// What a broker made by hand does.
#[derive(Clone)]
struct Manners {
    /// Answered to a subscription; 0x80 refuses it.
    subscription: u8,
    closes_after_connecting: bool,
    /// The one password with which it lets anybody in.
    lets_in: Option<&'static str>,
    /// Bytes of messages that it has kept for the device.
    keeps: Vec<usize>,
    /// What is published to the device when it has published something.
    answers: Arc<Answers>,
    connections: Arc<AtomicUsize>,
}

impl Manners {
    fn good(answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        let connections = Arc::default();
        Self {
            subscription: 1,
            closes_after_connecting: false,
            lets_in: None,
            keeps: Vec::new(),
            answers: Arc::new(answers),
            connections,
        }
    }

    fn start(&self) -> Broker {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let manners = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                manners.connections.fetch_add(1, Ordering::Relaxed);
                let manners = manners.clone();
                std::thread::spawn(move || manners.serve(stream));
            }
        });
        Broker { host: "127.0.0.1".into(), port, tls: None }
    }

    fn serve(&self, mut stream: TcpStream) -> Option<()> {
        loop {
            let (kind, body) = packet(&mut stream)?;
            match kind >> 4 {
                1 if self.lets_in.is_some_and(|password| !body.ends_with(password.as_bytes())) => {
                    stream.write_all(&[0x20, 2, 0, 5]).ok()?;
                    return None;
                }
                1 => stream.write_all(&[0x20, 2, 0, 0]).ok()?,
                8 => {
                    stream.write_all(&[0x90, 3, body[0], body[1], self.subscription]).ok()?;
                    // Of the first filter.
                    let end = 4 + usize::from(u16::from_be_bytes([body[2], body[3]]));
                    let topic = String::from_utf8_lossy(&body[4..end]).into_owned();
                    for bytes in &self.keeps {
                        stream.write_all(&kept(&topic, &vec![0; *bytes])).ok()?;
                    }
                }
                3 => {
                    let topic = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
                    stream.write_all(&[0x40, 2, body[topic], body[topic + 1]]).ok()?;
                    let device: DeviceId = String::from_utf8_lossy(&body[2..topic]).rsplit('/').next()?.parse().ok()?;
                    for answer in (self.answers)(&body[topic + 2..]) {
                        stream.write_all(&publish(&topics::answers_to(device), &answer)).ok()?;
                    }
                }
                12 => stream.write_all(&[0xD0, 0]).ok()?,
                14 => return None,
                _ => {}
            }
            if self.closes_after_connecting {
                return None;
            }
        }
    }
}

/// The first byte of a packet, and what follows its length.
fn packet(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut byte = [0];
    stream.read_exact(&mut byte).ok()?;
    let (kind, mut len, mut shift) = (byte[0], 0_usize, 0);
    loop {
        stream.read_exact(&mut byte).ok()?;
        len |= usize::from(byte[0] & 0x7F) << shift;
        shift += 7;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; len];
    stream.read_exact(&mut body).ok()?;
    Some((kind, body))
}

fn publish(topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut len = 2 + topic.len() + payload.len();
    let mut packet = vec![0x30];
    while len >= 0x80 {
        packet.push((len & 0x7F) as u8 | 0x80);
        len >>= 7;
    }
    packet.push(len as u8);
    packet.extend_from_slice(&(topic.len() as u16).to_be_bytes());
    packet.extend_from_slice(topic.as_bytes());
    packet.extend_from_slice(payload);
    packet
}

/// As a broker gives what it has kept.
fn kept(topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut packet = publish(topic, payload);
    packet[0] |= 1;
    packet
}

fn reply(to: &EnrolRequest, key: &KeyPair, outcome: EnrolOutcome, code: Option<&Code>) -> Vec<u8> {
    EnrolReply::to(to, key.public(), outcome, Profile::Us, 0, code).encode(key)
}

#[test]
fn who_answers_first_without_the_code_is_not_believed_and_the_collector_is() {
    let (collector, thief) = (KeyPair::generate(), KeyPair::generate());
    let genuine = collector.public();
    let manners = Manners::good(move |request| {
        let request = EnrolRequest::decode(request).unwrap();
        let (code, wrong) = (Code::of("K7QF-2M9X"), Code::of("WRON-GONE"));
        vec![
            reply(&request, &thief, EnrolOutcome::Accepted, None),
            reply(&request, &thief, EnrolOutcome::CodeRefused, Some(&wrong)),
            reply(&request, &collector, EnrolOutcome::Accepted, Some(&code)),
        ]
    });
    let enrolment = enrol(&Identity::generate(""), &manners.start(), "k7qf 2m9x", 3, Epoch(5)).unwrap();
    assert_eq!((enrolment.collector, enrolment.number, enrolment.profile), (genuine, 3, Profile::Us));
}

#[test]
fn a_refused_enrolment_leaves_the_state_of_a_device_that_works_byte_for_byte_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let collector = Arc::new(KeyPair::generate());
    let accepting = collector.clone();
    let manners = Manners::good(move |request| {
        let request = EnrolRequest::decode(request).unwrap();
        vec![reply(&request, &accepting, EnrolOutcome::Accepted, Some(&Code::of("GOOD")))]
    });
    let broker = manners.start();
    crate::enrolment::enrol(state, &broker, "GOOD", false).unwrap();
    let identity = std::fs::read(state.join(crate::identity::FILE)).unwrap();
    std::fs::write(state.join("consent.toml"), "version = 1\n").unwrap();
    std::fs::write(state.join("status.json"), "{}").unwrap();

    let without = crate::enrolment::enrol(state, &broker, "GOOD", false).unwrap_err().to_string();
    assert!(without.contains("--again") && without.contains("0 records"), "{without}");
    let refusing = Manners::good(move |request| {
        let request = EnrolRequest::decode(request).unwrap();
        assert_eq!(request.enrolment, 2);
        vec![reply(&request, &collector, EnrolOutcome::CodeRefused, None)]
    });
    let refused = crate::enrolment::enrol(state, &refusing.start(), "BAD", true).unwrap_err();
    assert!(matches!(&refused, AgentError::Enrol(why) if why.contains("code")), "{refused}");
    assert_eq!(std::fs::read(state.join(crate::identity::FILE)).unwrap(), identity);
    assert!(state.join("consent.toml").exists() && state.join("status.json").exists());

    crate::enrolment::enrol(state, &broker, "GOOD", true).unwrap();
    let (_, enrolment) = Identity::load_enrolled(state).unwrap();
    assert_eq!(enrolment.number, 3, "the answer to the second may have been lost");
    assert!(!state.join("consent.toml").exists(), "consent has to be given anew");
    assert!(!state.join("status.json").exists(), "who has the device next is not told what was sensed before");
}

#[test]
fn what_no_collector_sends_is_left_out_and_cuts_no_device_off() {
    let collector = KeyPair::generate();
    let genuine = collector.public();
    let answering = Manners::good(move |request| {
        let request = EnrolRequest::decode(request).unwrap();
        let accepted = reply(&request, &collector, EnrolOutcome::Accepted, Some(&Code::of("GOOD")));
        vec![vec![0; 2 << 20], accepted]
    });
    let keeping = Manners { keeps: vec![10, 1_300_000], ..answering };
    let enrolment = enrol(&Identity::generate(""), &keeping.start(), "GOOD", 1, Epoch(5)).unwrap();
    assert_eq!((enrolment.collector, keeping.connections.load(Ordering::Relaxed)), (genuine, 1));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let broker = keeping.start();
    let news = runtime.block_on(async {
        let (_client, mut news) =
            link::open(&broker, (DeviceId::random(), link::always(Vec::new())), Duration::from_secs(2), Arc::default());
        [news.recv().await.unwrap(), news.recv().await.unwrap(), news.recv().await.unwrap()]
    });
    assert!(matches!(news, [News::Up, News::LeftOut, News::LeftOut]), "{news:?}");
}

async fn first_news(broker: &Broker) -> News {
    let (_client, mut news) =
        link::open(broker, (DeviceId::random(), link::always(Vec::new())), Duration::from_secs(2), Arc::default());
    news.recv().await.unwrap()
}

#[test]
fn a_refused_subscription_is_no_connection() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let refusing = Manners { subscription: 0x80, ..Manners::good(|_| Vec::new()) };
    assert!(matches!(runtime.block_on(first_news(&refusing.start())), News::Down { .. }));
    assert!(matches!(runtime.block_on(first_news(&Manners::good(|_| Vec::new()).start())), News::Up));
}

#[test]
fn a_broker_that_does_not_take_one_password_is_shown_the_other_before_anything_is_said_of_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (lets_in, is_refused) in [("agreed", false), ("signed", false), ("of another", true)] {
        let manners = Manners { lets_in: Some(lets_in), ..Manners::good(|_| Vec::new()) };
        let broker = manners.start();
        let news = runtime.block_on(async {
            let passwords = ["agreed", "signed"].map(str::to_owned).to_vec();
            let who = (DeviceId::random(), link::always(passwords));
            let (_client, mut news) = link::open(&broker, who, Duration::from_secs(2), Arc::default());
            news.recv().await.unwrap()
        });
        match news {
            News::Up => assert!(!is_refused),
            News::Down { refused } => assert!(refused && is_refused),
            other => panic!("{other:?}"),
        }
        assert_eq!(manners.connections.load(Ordering::Relaxed), if lets_in == "agreed" { 1 } else { 2 });
    }
}

#[test]
fn a_broker_that_closes_after_connecting_is_not_hammered() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let closing = Manners { closes_after_connecting: true, ..Manners::good(|_| Vec::new()) };
    let broker = closing.start();
    let tries = |useful: bool| {
        let before = closing.connections.load(Ordering::Relaxed);
        let acknowledged = Arc::new(AtomicBool::new(false));
        runtime.block_on(async {
            let who = (DeviceId::random(), link::always(Vec::new()));
            let (_client, mut news) = link::open(&broker, who, Duration::from_secs(30), acknowledged.clone());
            let end = tokio::time::Instant::now() + Duration::from_secs(3);
            while let Ok(Some(_)) = tokio::time::timeout_at(end, news.recv()).await {
                acknowledged.store(useful, Ordering::Relaxed);
            }
        });
        closing.connections.load(Ordering::Relaxed) - before
    };
    let (vain, useful) = (tries(false), tries(true));
    assert!(vain <= 6, "{vain} connections in three seconds");
    assert!(useful > vain, "an acknowledgement ends the growth: {useful}");
}

/// Waits for something that another thread does.
fn comes(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = std::time::Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(std::time::Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_waits_is_sent_at_once_when_connected_and_when_asked_and_leaves_on_the_collectors_word() {
    let folder = tempfile::tempdir().unwrap();
    let (device, device_key, collector) = (DeviceId([1; 16]), KeyPair::generate(), KeyPair::generate());
    let (sender, genuine) = (device_key.public(), collector.public());
    let manners = Manners::good(move |signed| {
        let Batch { device, epoch, sent_at_millis, items, .. } = Batch::decode(signed, &sender).unwrap();
        let stored = items.iter().map(|item| (item.seq, Answer::Stored, Digest::of_item(item.seq, &item.bytes)));
        let (settled, taken, wants_consent) = (Run::of(stored), Vec::new(), None);
        let ack = Ack { device, epoch, profile: Profile::Us, at_millis: sent_at_millis, settled, taken, wants_consent };
        vec![ack.encode(&collector)]
    });
    let limits = Limits { bytes: 1 << 20, age_millis: i64::MAX };
    let outbox = Arc::new(Outbox::open(&folder.path().join("outbox"), SealKey::generate(), 1, limits, 0).unwrap());
    let keep = |window| {
        let seen = Coverage::none(500, Gap::NoFace);
        let record = Record::new(Window(window), 0.0, seen, Features::new(Modality::Face));
        outbox.append(&[Draft::record(&record)], &[], 0).unwrap();
    };
    (0..3).for_each(keep);
    let enrolment = Enrolment { number: 1, collector: genuine, former: None, profile: Profile::Eu };
    let heard = Arc::new(Heard::load(folder.path(), &enrolment));
    let limits = crate::own::Limits { days: 14, bytes: 1 << 20 };
    let own = Arc::new(Own::open(&folder.path().join("own"), outbox.device_key(), limits).unwrap());
    let settings = Settings {
        broker: manners.start(),
        every: Duration::from_secs(600),
        patience: Duration::from_secs(600),
        longest_pause: Duration::from_secs(1),
        in_flight: 4,
        own,
    };
    let control = Arc::new(Control::of(folder.path()));
    let uplink = {
        let pin = Pin::of(folder.path(), &enrolment);
        Uplink::start(outbox.clone(), (device, device_key), pin, heard.clone(), control, settings).unwrap()
    };
    comes("what waits is sent with the connection", || outbox.totals().items == 0);
    comes("what it says of itself is heard", || heard.profile() == Profile::Us);
    keep(3);
    uplink.send_now();
    comes("it is sent when asked for", || outbox.totals().items == 0);
    comes("both are counted", || uplink.totals().settled.get(&Answer::Stored) == Some(&4));
    let totals = uplink.totals();
    assert_eq!((totals.connected, totals.batches, totals.disbelieved), (true, 2, 0));
    assert!((2 * 64..2000).contains(&totals.bytes), "two small batches with their signatures: {}", totals.bytes);
    assert!(uplink.looks_anew() && !uplink.has_ended());
    uplink.stop().unwrap();
    assert_eq!(manners.connections.load(Ordering::Relaxed), 1);
}

#[test]
fn how_a_device_stands_is_told_with_the_connection_and_that_it_goes_off_before_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (device, device_key, collector) = (DeviceId([1; 16]), KeyPair::generate(), KeyPair::generate());
    let (sender, genuine) = (device_key.public(), collector.public());
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    let manners = Manners::good(move |signed| {
        tell.lock().unwrap().push(Heartbeat::decode(signed, &sender, device).unwrap());
        Vec::new()
    });
    let limits = Limits { bytes: 1 << 20, age_millis: i64::MAX };
    let outbox = Arc::new(Outbox::open(&folder.path().join("outbox"), SealKey::generate(), 1, limits, 0).unwrap());
    let enrolment = Enrolment { number: 1, collector: genuine, former: None, profile: Profile::Eu };
    let heard = Arc::new(Heard::load(folder.path(), &enrolment));
    let limits = crate::own::Limits { days: 14, bytes: 1 << 20 };
    let own = Arc::new(Own::open(&folder.path().join("own"), outbox.device_key(), limits).unwrap());
    let settings = Settings {
        broker: manners.start(),
        every: Duration::from_secs(600),
        patience: Duration::from_secs(600),
        longest_pause: Duration::from_secs(1),
        in_flight: 4,
        own,
    };
    let mut book = ConsentBook::load(folder.path()).unwrap();
    book.set(Modality::Heart, Purpose::Wellbeing, true, jiff::Timestamp::UNIX_EPOCH);
    book.save(folder.path()).unwrap();
    let control = Arc::new(Control::of(folder.path()));
    control.carried_out(&book);
    let uplink = {
        let pin = Pin::of(folder.path(), &enrolment);
        Uplink::start(outbox.clone(), (device, device_key), pin, heard, control, settings).unwrap()
    };
    let modalities = vec![Sensing::of(Modality::Heart, Some(Gap::OutOfReach), Some(Window(9)))];
    uplink.stands(Some(Pulse { run: 7, since_millis: 70, modalities: modalities.clone() }));
    comes("it is told", || !told.lock().unwrap().is_empty());
    uplink.stop().unwrap();
    comes("that it goes off is told", || told.lock().unwrap().len() == 2);
    let first = Heartbeat {
        device,
        enrolment: 1,
        epoch: outbox.epoch(),
        run: 7,
        number: 1,
        since_millis: 70,
        ends: false,
        waiting: 0,
        oldest_millis: None,
        modalities,
    };
    let last = Heartbeat { number: 2, ends: true, ..first.clone() };
    assert_eq!(*told.lock().unwrap(), [first, last]);
}
