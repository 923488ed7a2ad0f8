//! Many devices at once, each with a connection and a login of its own, that send as agents do what was signed before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use attune_protocol::ack::{Ack, Answer};
use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolReply, EnrolRequest};
use attune_protocol::envelope::Kind;
use attune_protocol::features::Features;
use attune_protocol::ids::{DeviceId, Epoch, Seq};
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::Modality;
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::window::Window;
use attune_protocol::{login, topics};
use bytes::Bytes;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use crate::collector::Collector;
use crate::link::{Link, Way};

/// Windows of a batch: an agent sends what waits every two minutes.
pub const WINDOWS: usize = 12;
/// Records of a batch: what camera, microphone, motion and heart give in these windows.
pub const RECORDS: usize = WINDOWS * Modality::SENSED.len();

/// Devices that connect at a time.
const AT_A_TIME: usize = 32;
/// All are enrolled once.
const ENROLMENT: u32 = 1;

/// Enrolled devices, each of a person of its own.
pub struct Crowd {
    runtime: Runtime,
    collector: PublicKey,
    devices: Vec<Simulated>,
}

struct Simulated {
    id: DeviceId,
    key: KeyPair,
    epoch: Epoch,
    link: Link,
    signed: Vec<Bytes>,
}

/// What became of what was sent.
pub struct Sent {
    /// Records that acknowledgements say are stored.
    pub records: usize,
    /// From the first batch to the last acknowledgement.
    pub took: Duration,
    /// How long each acknowledgement took, the shortest first.
    pub waits: Vec<Duration>,
    /// How often a device was asked for less haste.
    pub slowed: usize,
}

impl Sent {
    /// Within which so large a part of the acknowledgements came.
    ///
    /// # Panics
    /// When nothing was sent.
    #[must_use]
    pub fn within(&self, part: f64) -> Duration {
        self.waits[((self.waits.len() - 1) as f64 * part).round() as usize]
    }
}

impl Crowd {
    /// Enrols so many devices of as many people with a code each, and has them agree to everything.
    ///
    /// # Panics
    /// When the collector refuses one.
    #[must_use]
    pub fn enrol(collector: &Collector, count: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        let way = Way::to(&collector.told_broker());
        // A command of the collector's own for each: two at a time, as there are processors.
        let codes: Vec<String> = std::thread::scope(|scope| {
            let some = |first: usize| {
                let of = move |device| collector.code(&format!("person {device}"));
                scope.spawn(move || (first..count).step_by(2).map(of).collect::<Vec<_>>())
            };
            let both = [some(0), some(1)];
            both.into_iter().flat_map(|codes| codes.join().expect("the command runs")).collect()
        });
        let enrolled = runtime.block_on(async {
            let (way, turns) = (Arc::new(way), Arc::new(Semaphore::new(AT_A_TIME)));
            let tasks = codes.into_iter().map(|code| {
                let (way, turns) = (Arc::clone(&way), Arc::clone(&turns));
                tokio::spawn(async move {
                    let _turn = turns.acquire().await.expect("never closed");
                    enrol(&way, &code).await
                })
            });
            let tasks: Vec<_> = tasks.collect();
            let mut enrolled = Vec::with_capacity(tasks.len());
            for task in tasks {
                enrolled.push(task.await.expect("a device is enrolled"));
            }
            enrolled
        });
        let collector = enrolled.first().expect("one device at least").1;
        Self { runtime, collector, devices: enrolled.into_iter().map(|(device, _)| device).collect() }
    }

    /// Signs so many batches of each device, of windows up to now.
    ///
    /// # Panics
    /// When the clock is before 1970.
    pub fn sign(&mut self, batches: usize, random: &mut fastrand::Rng) {
        let now = now_millis();
        let last = Window::containing(now).0;
        let first = last - u32::try_from(batches * WINDOWS).expect("a few hours");
        for device in &mut self.devices {
            let mut values: Vec<Vec<f64>> =
                Modality::SENSED.iter().map(|of| of.features().iter().map(|_| random.f64()).collect()).collect();
            // Consents stand before them.
            let mut seqs = Modality::SENSED.len() as u64..;
            device.signed.clear();
            for batch in 0..batches {
                let windows = (0..WINDOWS).map(|window| first + u32::try_from(batch * WINDOWS + window).expect("few"));
                let mut items = Vec::with_capacity(RECORDS);
                for window in windows {
                    for (modality, values) in Modality::SENSED.into_iter().zip(&mut values) {
                        let bytes = record(modality, Window(window), values, random).encode();
                        items.push(Item { seq: Seq(seqs.next().expect("endless")), bytes });
                    }
                }
                device.signed.push(device.sign(items, now));
            }
        }
    }

    /// Sends what was signed: of each device one batch at a time, of all no more than `on_their_way`, the devices in turn.
    ///
    /// # Panics
    /// When something else is acknowledged than that all is stored, or a connection ends.
    pub fn send(&mut self, on_their_way: usize) -> Sent {
        let (collector, devices) = (self.collector, std::mem::take(&mut self.devices));
        let (sent, devices) = self.runtime.block_on(async {
            let room = Arc::new(Semaphore::new(on_their_way));
            let begun = Instant::now();
            let tasks = devices.into_iter().map(|device| tokio::spawn(device.send(collector, Arc::clone(&room))));
            let tasks: Vec<_> = tasks.collect();
            let (mut devices, mut waits, mut slowed) = (Vec::new(), Vec::new(), 0);
            for task in tasks {
                let (device, its, asked) = task.await.expect("all is acknowledged");
                devices.push(device);
                waits.extend(its);
                slowed += asked;
            }
            waits.sort_unstable();
            (Sent { records: waits.len() * RECORDS, took: begun.elapsed(), waits, slowed }, devices)
        });
        self.devices = devices;
        sent
    }
}

impl Simulated {
    fn sign(&self, items: Vec<Item>, sent_at_millis: i64) -> Bytes {
        let (device, epoch, enrolment) = (self.id, self.epoch, ENROLMENT);
        let batch = Batch { device, epoch, enrolment, sent_at_millis, items };
        batch.encode(&self.key).expect("a few items").into()
    }

    async fn send(mut self, collector: PublicKey, room: Arc<Semaphore>) -> (Self, Vec<Duration>, usize) {
        let (topic, mut waits, mut slowed) = (topics::batches_of(self.id), Vec::new(), 0);
        for batch in std::mem::take(&mut self.signed) {
            let _place = room.acquire().await.expect("never closed");
            let begun = Instant::now();
            self.link.publish(&topic, batch).await;
            let stored = loop {
                let answer = self.link.answer().await;
                if is(Kind::Ack, &answer) {
                    break stored(&answer, &collector);
                }
                slowed += usize::from(is(Kind::Pace, &answer));
            };
            assert_eq!(stored, RECORDS, "all of it is stored");
            waits.push(begun.elapsed());
        }
        (self, waits, slowed)
    }
}

async fn enrol(way: &Way, code: &str) -> (Simulated, PublicKey) {
    let (id, key, epoch, code) = (DeviceId::random(), KeyPair::generate(), Epoch::random(), Code::of(code));
    let mut link = Link::open(way, id, None).await;
    let request = EnrolRequest::new(id, key.public(), ENROLMENT, epoch, &code);
    link.publish(&topics::enrolment_of(id), request.encode(&key).into()).await;
    let reply = EnrolReply::decode(&link.answer().await).expect("a reply");
    assert!(reply.proves(&code, &request) && reply.outcome == EnrolOutcome::Accepted, "{:?}", reply.outcome);
    let collector = reply.collector_key;
    let link = Link::open(way, id, Some(login::passwords(id, &key, &collector).swap_remove(0))).await;
    let mut device = Simulated { id, key, epoch, link, signed: Vec::new() };
    let changes = (0..).zip(1..).zip(Modality::SENSED).map(|((seq, version), modality)| {
        let (purpose, at_millis) = (Purpose::Wellbeing, 1_767_603_600_000);
        let consent = Consent { modality, purpose, granted: true, version, at_millis, text: None };
        Item { seq: Seq(seq), bytes: consent.encode() }
    });
    let consents = device.sign(changes.collect(), now_millis());
    device.link.publish(&topics::batches_of(id), consents).await;
    let answer = device.link.answer().await;
    assert_eq!(stored(&answer, &collector), Modality::SENSED.len(), "its consents are noted");
    (device, collector)
}

/// A record of all features, whose values go on from those of the window before.
fn record(modality: Modality, window: Window, values: &mut [f64], random: &mut fastrand::Rng) -> Record {
    let mut features = Features::new(modality);
    for (spec, value) in modality.features().iter().zip(values) {
        *value = (*value + (random.f64() - 0.5) / 10.0).clamp(0.0, 1.0);
        features.set(spec.ordinal, spec.min + *value * (spec.max - spec.min));
    }
    let coverage = Coverage { expected: 500, received: 480, last_60_s: 0.9, last_300_s: 0.9, gap: None };
    let consent = u32::try_from(Modality::SENSED.len()).expect("few");
    Record { consent, ..Record::new(window, 0.9, coverage, features) }
}

fn is(kind: Kind, answer: &[u8]) -> bool {
    // The fourth byte of every envelope is its kind.
    matches!(answer, [_, _, _, found, ..] if *found == kind as u8)
}

/// How many items an acknowledgement says are stored.
fn stored(answer: &[u8], collector: &PublicKey) -> usize {
    let ack = Ack::decode(answer, collector).expect("an acknowledgement that the collector has signed");
    let runs = ack.settled.iter().filter(|run| run.answer == Answer::Stored);
    runs.map(|run| usize::try_from(run.last.0 - run.first.0 + 1).expect("few")).sum()
}

fn now_millis() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
