use std::path::Path;

use attune_protocol::ack::Run;
use attune_protocol::collector_key::NewCollectorKey;
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::digest::Digest;
use attune_protocol::features::Features;
use attune_protocol::heartbeat::Sensing;
use attune_protocol::ids::Epoch;
use attune_protocol::login;
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;
use jiff::Timestamp;

use super::*;
use crate::control::{ConsentBook, pause, resume};
use crate::identity::{Enrolment, Identity, Standing};
use crate::outbox::{Draft, Limits};

/// A worker that may send everything, with a queue to a broker that nobody empties.
fn worker(folder: &Path, patience: Duration) -> (Worker, AsyncClient, rumqttc::EventLoop, KeyPair) {
    let limits = Limits { bytes: 1 << 20, age_millis: i64::MAX };
    let key = SealKey::from_secret([9; 32]);
    let outbox = Outbox::open(&folder.join("outbox"), key, 1, limits, 0).unwrap();
    let collector = KeyPair::generate();
    let enrolment = Enrolment { number: 1, collector: collector.public(), former: None, profile: Profile::Eu };
    let own = Own::open(&folder.join("own"), outbox.device_key(), crate::own::Limits { days: 14, bytes: 1 << 20 });
    let settings = Settings {
        own: Arc::new(own.unwrap()),
        broker: Broker { host: "127.0.0.1".into(), port: 1, tls: None },
        every: Duration::from_secs(60),
        patience,
        longest_pause: Duration::from_secs(60),
        in_flight: 4,
    };
    let worker = Worker {
        flights: Flights::new(settings.in_flight, settings.patience),
        outbox: Arc::new(outbox),
        device: DeviceId([1; 16]),
        key: KeyPair::generate(),
        pin: Pin::of(folder, &enrolment),
        taken: None,
        passwords: watch::Sender::new(Vec::new()),
        heard: Arc::new(Heard::load(folder, &enrolment)),
        control: Arc::new(Control::of(folder)),
        settings,
        clock: Clock::start(),
        counters: Arc::default(),
        acknowledged: Arc::default(),
        clocks_differ: false,
        tended: Instant::now(),
        turning: None,
        paces: Paces::default(),
        beats: Beats::default(),
        up: true,
        due: true,
        heard_first: false,
    };
    let (client, events) = AsyncClient::new(rumqttc::MqttOptions::new("test", "127.0.0.1", 1), 8);
    (worker, client, events, collector)
}

fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

fn keep(worker: &Worker, windows: std::ops::Range<u32>) {
    let record = |window| {
        let seen = Coverage::none(500, Gap::NoConsent);
        Draft::record(&Record::new(Window(window), 0.0, seen, Features::new(Modality::Motion)))
    };
    worker.outbox.append(&windows.map(record).collect::<Vec<_>>(), &[], now()).unwrap();
}

/// What a collector answers: that some places are settled, and that others hold something else.
fn ack(worker: &Worker, settled: &[u64], taken: &[(u64, u64)]) -> Ack {
    let now = now();
    let items = worker.outbox.peek(&BTreeSet::new(), usize::MAX, usize::MAX, now).unwrap();
    let settled = items.iter().filter(|item| settled.contains(&item.seq.0));
    let settled = settled.map(|item| (item.seq, Answer::Stored, Digest::of_item(item.seq, &item.bytes)));
    Ack {
        device: worker.device,
        epoch: worker.outbox.epoch(),
        profile: Profile::Eu,
        at_millis: now,
        settled: Run::of(settled),
        taken: taken.iter().map(|(first, last)| (Seq(*first), Seq(*last))).collect(),
        wants_consent: None,
    }
}

fn sent(worker: &Worker) -> u64 {
    worker.counters.batches.load(Ordering::Relaxed)
}

#[test]
fn the_next_epoch_begins_once_all_that_was_given_out_is_answered_and_has_what_was_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (mut worker, client, _events, collector) = worker(folder.path(), Duration::from_secs(60));
    keep(&worker, 0..3);
    worker.send(&client).unwrap();
    let epoch = worker.outbox.epoch();
    assert_eq!((sent(&worker), worker.flights.count(), worker.due), (1, 1, false));
    let settled = ack(&worker, &[1, 2], &[]).encode(&collector);
    // However far it says that places are taken, it is of those that were given out.
    let taken = ack(&worker, &[], &[(0, 0), (3, u64::MAX)]).encode(&collector);
    keep(&worker, 3..4);
    worker.answered(&taken).unwrap();
    worker.send(&client).unwrap();
    assert_eq!((worker.outbox.epoch(), sent(&worker)), (epoch, 1), "what is new waits for the next epoch");
    assert!(!worker.acknowledged.load(Ordering::Relaxed));
    worker.answered(&settled).unwrap();
    assert!(worker.acknowledged.load(Ordering::Relaxed));
    worker.due = true;
    worker.send(&client).unwrap();
    assert_ne!(worker.outbox.epoch(), epoch);
    worker.send(&client).unwrap();
    assert_eq!((worker.outbox.totals().items, worker.flights.on_their_way().len(), sent(&worker)), (2, 2, 2));
    assert_eq!(worker.counters.settled.lock().unwrap().get(&Answer::Stored), Some(&2));
    assert!(worker.turning.is_none());
}

#[test]
fn the_next_epoch_begins_too_when_answers_were_waited_for_in_vain() {
    let folder = tempfile::tempdir().unwrap();
    let (mut worker, client, _events, collector) = worker(folder.path(), Duration::from_millis(1));
    keep(&worker, 0..3);
    worker.send(&client).unwrap();
    let epoch = worker.outbox.epoch();
    let taken = ack(&worker, &[], &[(0, 0)]).encode(&collector);
    worker.answered(&taken).unwrap();
    for in_vain in 1..=MOST_IN_VAIN {
        assert_eq!(worker.outbox.epoch(), epoch, "not before it was {in_vain} times in vain");
        std::thread::sleep(Duration::from_millis(100));
        worker.look().unwrap();
        worker.send(&client).unwrap();
    }
    assert_ne!(worker.outbox.epoch(), epoch);
    assert_eq!(worker.outbox.totals().items, 3, "nothing is lost");
}

#[test]
fn an_answer_of_another_key_device_or_epoch_or_of_other_items_moves_nothing_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (mut worker, client, _events, collector) = worker(folder.path(), Duration::from_secs(60));
    keep(&worker, 0..3);
    worker.send(&client).unwrap();
    let genuine = ack(&worker, &[0, 1, 2], &[]);
    let mut of_others = genuine.clone();
    of_others.settled[0].last = Seq(1);
    for (ack, key) in [
        (genuine.clone(), &KeyPair::generate()),
        (Ack { device: DeviceId([2; 16]), ..genuine.clone() }, &collector),
        (Ack { epoch: Epoch(7), ..genuine.clone() }, &collector),
        (of_others, &collector),
    ] {
        worker.answered(&ack.encode(key)).unwrap();
    }
    assert_eq!((worker.outbox.totals().items, worker.flights.on_their_way().len()), (3, 3));
    assert_eq!(worker.counters.disbelieved.load(Ordering::Relaxed), 4);
    assert!(worker.counters.other_key.load(Ordering::Relaxed), "the first had another key");
    worker.answered(&genuine.encode(&collector)).unwrap();
    assert_eq!((worker.outbox.totals().items, worker.flights.count()), (0, 0));
    assert!(!worker.counters.other_key.load(Ordering::Relaxed), "the collector itself has settled something");
}

#[test]
fn that_the_device_is_not_known_is_believed_of_a_batch_that_was_sent_until_something_is_settled() {
    let folder = tempfile::tempdir().unwrap();
    let (mut worker, client, _events, collector) = worker(folder.path(), Duration::from_secs(60));
    keep(&worker, 0..1);
    worker.send(&client).unwrap();
    let (sent, other) = (Unknown::name_of(b"sent"), Unknown::name_of(b"another"));
    worker.flights.name(sent);
    let device = worker.device;
    let is_unknown = |worker: &Worker| worker.counters.unknown.load(Ordering::Relaxed);
    for (said, key) in [
        (Unknown { device, batch: other }, &collector),
        (Unknown { device: DeviceId([2; 16]), batch: sent }, &collector),
        (Unknown { device, batch: sent }, &KeyPair::generate()),
    ] {
        worker.answered(&said.encode(key)).unwrap();
        assert!(!is_unknown(&worker), "{said:?}");
    }
    assert_eq!(worker.counters.disbelieved.load(Ordering::Relaxed), 3);
    worker.answered(&Unknown { device, batch: sent }.encode(&collector)).unwrap();
    assert!(is_unknown(&worker));
    assert_eq!((worker.outbox.totals().items, worker.counters.disbelieved.load(Ordering::Relaxed)), (1, 3));
    worker.answered(&ack(&worker, &[0], &[]).encode(&collector)).unwrap();
    assert!(!is_unknown(&worker));
}

#[test]
fn a_full_batch_does_not_wait_for_its_time_and_what_is_too_old_leaves_each_minute() {
    let folder = tempfile::tempdir().unwrap();
    let (mut worker, ..) = worker(folder.path(), Duration::from_secs(60));
    let limits = Limits { bytes: 1 << 20, age_millis: 60_000 };
    let other = folder.path().join("other");
    worker.outbox = Arc::new(Outbox::open(&other, SealKey::generate(), 1, limits, 0).unwrap());
    worker.due = false;
    let mut windows = 0;
    while worker.outbox.totals().bytes < 2 * MAX_BATCH_BYTES as u64 {
        worker.look().unwrap();
        assert!(!worker.due, "what waits is no full batch yet");
        keep(&worker, windows..windows + 100);
        windows += 100;
    }
    worker.look().unwrap();
    assert!(worker.due);
    let seen = Coverage::none(500, Gap::NoConsent);
    let record = Record::new(Window(0), 0.0, seen, Features::new(Modality::Heart));
    worker.outbox = Arc::new(Outbox::open(&folder.path().join("old"), SealKey::generate(), 1, limits, 0).unwrap());
    worker.outbox.append(&[Draft::record(&record)], &[], now() - 120_000).unwrap();
    worker.look().unwrap();
    assert_eq!(worker.outbox.totals().dropped, 0, "it was looked for within the last minute");
    worker.tended = Instant::now().checked_sub(TEND).unwrap();
    worker.look().unwrap();
    assert_eq!(worker.outbox.totals().dropped, 1);
    assert!(worker.tended.elapsed() < TEND);
}

#[test]
fn nothing_is_sent_without_a_connection_nor_records_while_sensing_is_paused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut worker, client, _events, _) = worker(folder.path(), Duration::from_secs(60));
    keep(&worker, 0..1);
    worker.up = false;
    worker.send(&client).unwrap();
    assert_eq!((sent(&worker), worker.due), (0, true));
    worker.up = true;
    crate::control::pause(folder.path(), Timestamp::now()).unwrap();
    worker.send(&client).unwrap();
    assert_eq!((sent(&worker), worker.due), (0, false), "records stay");
    let (modality, purpose) = (Modality::Motion, Purpose::Wellbeing);
    let told = Consent { modality, purpose, granted: false, version: 1, at_millis: 0, text: None };
    worker.outbox.append(&[Draft::consent(&told)], &[], now()).unwrap();
    worker.due = true;
    worker.send(&client).unwrap();
    assert_eq!(worker.flights.on_their_way(), BTreeSet::from([Seq(1)]), "what was decided goes");
    crate::control::resume(folder.path()).unwrap();
    worker.due = true;
    worker.send(&client).unwrap();
    assert_eq!(worker.flights.on_their_way(), BTreeSet::from([Seq(0), Seq(1)]));
    worker.hear(News::Up).unwrap();
    assert_eq!((worker.flights.count(), worker.due), (0, true), "what was on its way over the old one is sent again");
    worker.due = false;
    worker.hear(News::Down { refused: false }).unwrap();
    assert!(!worker.up && !worker.due && !worker.counters.connected.load(Ordering::Relaxed));
}

#[test]
fn a_connection_whose_keeper_has_died_ends_the_uplink_with_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let (worker, client, _events, _) = worker(folder.path(), Duration::from_secs(60));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async {
        let (_orders, to_follow) = mpsc::unbounded_channel();
        let (tell, news) = mpsc::channel(8);
        let keeper = tokio::spawn(async move {
            let _tell = tell;
            panic!("on purpose");
        });
        let ended = tokio::time::timeout(Duration::from_secs(5), worker.serve(to_follow, client, news)).await;
        assert!(keeper.await.is_err());
        ended
    });
    assert!(matches!(ended, Ok(Err(AgentError::Thread("connection")))), "{ended:?}");
}

#[test]
fn while_the_collector_asks_for_less_haste_one_batch_goes_and_all_others_wait_in_the_outbox() {
    let folder = tempfile::tempdir().unwrap();
    let (mut worker, client, _events, collector) = worker(folder.path(), Duration::from_secs(60));
    let pace = |at_millis, every_s| {
        let said = Pace { device: DeviceId([1; 16]), at_millis, lasts_s: 60, every_s, most: 1 };
        said.encode(&collector)
    };
    keep(&worker, 0..3);
    worker.send(&client).unwrap();
    worker.answered(&pace(now(), 300)).unwrap();
    keep(&worker, 3..6);
    worker.due = true;
    worker.send(&client).unwrap();
    assert_eq!((sent(&worker), worker.due), (1, true), "it stays due");
    let settled = ack(&worker, &[0, 1, 2], &[]).encode(&collector);
    worker.answered(&settled).unwrap();
    worker.send(&client).unwrap();
    let paced = worker.counters.paced.lock().unwrap().expect("it is told");
    assert_eq!((sent(&worker), worker.outbox.totals().items, paced.every_s), (1, 3, 300));
    // What anybody else says, and what is shown again, changes nothing; the collector's next word does.
    let disbelieved = |worker: &Worker| worker.counters.disbelieved.load(Ordering::Relaxed);
    let forged = Pace { device: DeviceId([1; 16]), at_millis: now() + 9, lasts_s: 60, every_s: 0, most: 9 };
    worker.answered(&forged.encode(&KeyPair::generate())).unwrap();
    worker.answered(&pace(1, 0)).unwrap();
    worker.send(&client).unwrap();
    assert_eq!((sent(&worker), disbelieved(&worker)), (1, 2));
    worker.answered(&pace(now() + 10, 0)).unwrap();
    worker.send(&client).unwrap();
    assert_eq!((sent(&worker), worker.outbox.totals().items), (2, 3));
    let over = Ack { at_millis: now() + 61_000, ..ack(&worker, &[3, 4, 5], &[]) };
    worker.answered(&over.encode(&collector)).unwrap();
    worker.send(&client).unwrap();
    assert_eq!(
        (*worker.counters.paced.lock().unwrap(), worker.outbox.totals().items),
        (None, 0),
        "it is over by its own clock"
    );
}

#[test]
fn a_heartbeat_goes_only_while_somebody_agrees_and_as_far_as_what_they_decided_is_carried_out() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let (mut worker, client, _events, _) = worker(state, Duration::from_secs(60));
    assert!(!worker.beat(&client, false), "nothing is to be told");
    let modalities = vec![Sensing::of(Modality::Motion, None, None)];
    *worker.counters.pulse.lock().unwrap() = Some(Pulse { run: 1, since_millis: 0, modalities });
    assert!(!worker.beat(&client, false), "nobody agrees");
    let mut book = ConsentBook::load(state).unwrap();
    let mut decide = |granted| {
        book.set(Modality::Motion, Purpose::Wellbeing, granted, Timestamp::now());
        book.save(state).unwrap();
        book.clone()
    };
    let granted = decide(true);
    assert!(!worker.beat(&client, false), "it is not carried out yet");
    worker.control.carried_out(&granted);
    worker.up = false;
    assert!(!worker.beat(&client, false), "nobody hears it");
    worker.up = true;
    assert!(worker.beat(&client, false));
    assert!(!worker.beat(&client, false), "nothing has changed since");
    assert_eq!((worker.beats.next(), worker.outbox.totals().items), (2, 0), "it waits nowhere");

    // Decided since the run was looked at.
    pause(state, Timestamp::now()).unwrap();
    assert!(!worker.beat(&client, true), "paused");
    resume(state).unwrap();
    let withdrawn = decide(false);
    assert!(!worker.beat(&client, true), "withdrawn");
    worker.control.carried_out(&withdrawn);
    assert!(!worker.beat(&client, true), "withdrawn, and carried out");
    worker.control.carried_out(&decide(true));
    assert!(worker.beat(&client, true), "it goes off");
    assert_eq!(worker.beats.next(), 3);
}

#[test]
fn a_batch_that_is_acknowledged_stands_in_place_of_a_heartbeat_and_one_that_is_not_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (mut worker, client, _events, collector) = worker(folder.path(), Duration::from_secs(60));
    let modalities = vec![Sensing::of(Modality::Motion, None, None)];
    let pulse = Pulse { run: 1, since_millis: 0, modalities };
    let told = Instant::now().checked_sub(Duration::from_secs(301)).expect("this machine runs for longer");
    worker.beats.told(&pulse, told);
    let is_due = |worker: &Worker| worker.beats.is_due(&pulse, Instant::now(), false);
    keep(&worker, 0..3);
    worker.send(&client).unwrap();
    assert!(is_due(&worker), "it is not acknowledged yet");
    worker.answered(&ack(&worker, &[0, 1], &[]).encode(&KeyPair::generate())).unwrap();
    assert!(is_due(&worker), "not by who signs what the collector signs");
    let settled = ack(&worker, &[0, 1], &[]).encode(&collector);
    worker.answered(&settled).unwrap();
    assert!(!is_due(&worker));
    worker.beats.told(&pulse, told);
    worker.answered(&settled).unwrap();
    assert!(is_due(&worker), "an acknowledgement that is shown again");
    let mut refused = ack(&worker, &[2], &[]);
    refused.settled.iter_mut().for_each(|run| run.answer = Answer::NoConsent);
    worker.answered(&refused.encode(&collector)).unwrap();
    assert!(is_due(&worker) && worker.outbox.totals().items == 0, "nothing is kept of it");
}

#[test]
fn another_key_of_the_collector_is_taken_from_the_pinned_one_only_and_said_once_it_is_durable() {
    let folder = tempfile::tempdir().unwrap();
    let (mut worker, client, _events, collector) = worker(folder.path(), Duration::from_secs(60));
    let enrolment = Enrolment { number: 1, collector: collector.public(), former: None, profile: Profile::Eu };
    let standing = Standing::Enrolled(enrolment);
    let device = worker.device;
    Identity { device, standing, ..Identity::generate("mqtt://127.0.0.1:1") }.save(folder.path()).unwrap();
    keep(&worker, 0..3);
    worker.send(&client).unwrap();
    let (next, other) = (KeyPair::generate(), KeyPair::generate());
    let genuine = |device, number| NewCollectorKey::new(device, number, &collector.public(), &next);
    for forged in [
        genuine(device, 1).encode(&other),
        genuine(DeviceId([2; 16]), 1).encode(&collector),
        genuine(device, 2).encode(&collector),
        NewCollectorKey::new(device, 1, &other.public(), &next).encode(&other),
    ] {
        worker.answered(&forged).unwrap();
        assert_eq!((worker.pin.key(), worker.taken), (collector.public(), None));
    }
    assert_eq!(worker.counters.disbelieved.load(Ordering::Relaxed), 4);
    let said = genuine(device, 1).encode(&collector);
    worker.answered(&said).unwrap();
    assert_eq!(Identity::load_enrolled(folder.path()).unwrap().1.collector, next.public());
    assert_eq!(worker.taken, Some(next.public()));
    let of = |key: &KeyPair| login::passwords(device, &worker.key, &key.public());
    assert_eq!(*worker.passwords.borrow(), [of(&next), of(&collector)].concat());
    worker.say_taken(&client);
    assert_eq!(worker.taken, None);
    // What the collector had signed just before is still on its way.
    worker.answered(&ack(&worker, &[0], &[]).encode(&collector)).unwrap();
    worker.answered(&ack(&worker, &[1], &[]).encode(&next)).unwrap();
    assert_eq!(worker.outbox.totals().items, 1);
    worker.answered(&ack(&worker, &[2], &[]).encode(&collector)).unwrap();
    assert_eq!(worker.outbox.totals().items, 1, "the key of before says nothing any more");
    // Its word was lost: it is said again, and the exchange before that one is not.
    worker.answered(&said).unwrap();
    assert_eq!(worker.taken.take(), Some(next.public()));
    let third = NewCollectorKey::new(device, 1, &next.public(), &other).encode(&next);
    worker.answered(&third).unwrap();
    assert_eq!((worker.pin.key(), worker.taken.take()), (other.public(), Some(other.public())));
    worker.answered(&said).unwrap();
    assert_eq!((worker.pin.key(), worker.taken), (other.public(), None), "an earlier exchange that is shown again");
}
