//! What is stored is what was consented to, in whatever order, how often and at which of two collectors it arrives.

use std::collections::{BTreeMap, BTreeSet};

use attune_protocol::ack::{Ack, Answer, Run};
use attune_protocol::consent::Consent;
use attune_protocol::digest::Digest;
use attune_protocol::features::Features;
use attune_protocol::ids::Seq;
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, heart, motion};
use attune_protocol::topics;
use attune_protocol::window::Window;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use sqlx::Row as _;

use super::{Inbound, IngestContext, Outbound, Queue, take_in};
use crate::testing::{Device, Fixture, consent};

const WINDOW: u32 = 177_000_000; // 2026-02-02T02:40:00Z
const MODALITIES: [Modality; 2] = [Modality::Heart, Modality::Motion];

/// What happens next.
#[derive(Clone, Debug)]
enum Event {
    /// The person gives or withdraws consent.
    Decide { modality: usize, granted: bool },
    /// So many windows of a modality are sensed, whether there is consent or not: the collector is the one that decides.
    Sense { modality: usize, windows: u8 },
    /// Batches are sent to both collectors at once.
    Send([Sending; 2]),
}

/// A batch on its way.
#[derive(Clone, Debug)]
struct Sending {
    /// Where among what waits it begins, of 256 parts, and how many items it holds: it may overtake, split or repeat.
    from: u8,
    items: u8,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Arrives,
    Lost,
    /// It arrives, and its acknowledgement does not.
    Unanswered,
    /// It arrives twice.
    Repeated,
}

fn event() -> impl Strategy<Value = Event> {
    let fate = prop_oneof![
        4 => Just(Fate::Arrives),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Unanswered),
        1 => Just(Fate::Repeated)
    ];
    let sending = (any::<u8>(), 0_u8..12, fate).prop_map(|(from, items, fate)| Sending { from, items, fate });
    let modality = 0..MODALITIES.len();
    prop_oneof![
        2 => (modality.clone(), any::<bool>()).prop_map(|(modality, granted)| Event::Decide { modality, granted }),
        2 => (modality, 1_u8..5).prop_map(|(modality, windows)| Event::Sense { modality, windows }),
        3 => [sending.clone(), sending].prop_map(Event::Send),
    ]
}

/// A device that keeps everything until it is settled.
struct Outbox {
    device: Device,
    items: Vec<Vec<u8>>,
    changes: Vec<Consent>,
    /// Modality and version of consent of each record, by place.
    records: BTreeMap<u64, (Modality, u32)>,
    waiting: BTreeSet<u64>,
    told: BTreeMap<u64, Answer>,
    /// Versions of changes that the collectors have settled, and places that have reached one before a version was settled.
    settled_versions: BTreeSet<u32>,
    arrived: BTreeMap<u64, BTreeSet<u32>>,
}

impl Outbox {
    fn keep(&mut self, bytes: Vec<u8>) -> u64 {
        let seq = self.items.len() as u64;
        self.items.push(bytes);
        self.waiting.insert(seq);
        seq
    }

    fn decide(&mut self, modality: Modality, granted: bool) {
        let version = self.version() + 1;
        let bytes = consent(modality, granted, version);
        self.changes.push(Consent::decode(&bytes).expect("ours"));
        self.keep(bytes);
    }

    fn sense(&mut self, modality: Modality) {
        let mut features = Features::new(modality);
        features.set(if modality == Modality::Heart { heart::MEAN_HR } else { motion::INTENSITY }, 1.0);
        let coverage = Coverage { expected: 10, received: 10, last_60_s: 1.0, last_300_s: 1.0, gap: None };
        let (window, version) = (WINDOW + self.items.len() as u32, self.version());
        // A writer of ours always names a version: the first change is made before anything is sensed.
        let record = Record { consent: version, ..Record::new(Window(window), 0.9, coverage, features) };
        let seq = self.keep(record.encode());
        self.records.insert(seq, (modality, version));
    }

    fn version(&self) -> u32 {
        self.changes.len() as u32
    }

    /// A batch of what waits, as it is sent, with its places.
    fn batch(&self, from: u8, items: usize) -> (Inbound, Vec<u64>) {
        let waiting: Vec<u64> = self.waiting.iter().copied().collect();
        let first = waiting.len() * usize::from(from) / 256;
        let places: Vec<u64> = waiting.into_iter().skip(first).take(items).collect();
        let items = places.iter().map(|&seq| (seq, self.items[seq as usize].clone())).collect();
        (self.device.batch(items), places)
    }

    /// Notes that items have reached a collector, and which changes had been settled then.
    fn reach(&mut self, places: &[u64]) {
        for place in places {
            self.arrived.entry(*place).or_insert_with(|| self.settled_versions.clone());
        }
    }

    /// Takes an acknowledgement in as an agent does.
    fn hear(&mut self, context: &IngestContext, answers: &[Outbound]) -> Result<(), TestCaseError> {
        for answer in answers {
            prop_assert_eq!(&answer.topic, &topics::answers_to(self.device.id));
            let ack = Ack::decode(&answer.payload, &context.own.signing().public()).expect("signed by the collector");
            prop_assert!(ack.taken.is_empty());
            for Run { first, last, answer, digest } in ack.settled {
                let places = first.0..=last.0;
                let own = places.clone().map(|seq| Digest::of_item(Seq(seq), &self.items[seq as usize]));
                prop_assert_eq!(Digest::of_run(own), digest, "it names what was sent");
                for place in places {
                    let before = self.told.insert(place, answer);
                    prop_assert!(
                        before.is_none_or(|before| before == answer),
                        "{} was {:?}, now {:?}",
                        place,
                        before,
                        answer
                    );
                    self.waiting.remove(&place);
                    if let Ok(change) = Consent::decode(&self.items[place as usize]) {
                        self.settled_versions.insert(change.version);
                    }
                }
            }
        }
        Ok(())
    }

    fn granted_at(&self, modality: Modality, version: u32) -> bool {
        let mut changes = self.changes.iter().filter(|change| change.version <= version);
        changes.rfind(|change| change.modality == modality).is_some_and(|change| change.granted)
    }

    fn withdrawals_after(&self, modality: Modality, version: u32) -> impl Iterator<Item = u32> {
        let after = self.changes.iter().filter(move |change| change.version > version && change.modality == modality);
        after.filter(|change| !change.granted).map(|change| change.version)
    }

    /// Every record was answered as its consent says, whatever the order.
    fn check(&self) -> Result<(), TestCaseError> {
        for (place, &(modality, version)) in &self.records {
            let answer = self.told[place];
            let granted = self.granted_at(modality, version);
            let withdrawn: Vec<u32> = self.withdrawals_after(modality, version).collect();
            match answer {
                Answer::Stored => {
                    prop_assert!(granted, "{} was stored without consent", place);
                    let known = &self.arrived[place];
                    prop_assert!(
                        !withdrawn.iter().any(|version| known.contains(version)),
                        "{} came after its consent was known to be withdrawn",
                        place
                    );
                }
                Answer::Withdrawn => prop_assert!(!withdrawn.is_empty(), "{} was refused for no withdrawal", place),
                Answer::NoConsent => prop_assert!(!granted, "{} was refused though there was consent", place),
                other => prop_assert!(false, "{}: {:?}", place, other),
            }
        }
        Ok(())
    }
}

/// The places whose records a database holds.
async fn stored(fixture: &Fixture, device: &Device) -> BTreeSet<u64> {
    let rows = sqlx::query("SELECT seq FROM records WHERE device = $1")
        .bind(device.id.0.to_vec())
        .fetch_all(fixture.context.store.pool())
        .await
        .expect("reads");
    rows.iter().map(|row| row.get::<i64, _>(0) as u64).collect()
}

async fn play(fixture: &Fixture, events: Vec<Event>) -> Result<(), TestCaseError> {
    // Of two programs on one database each has its own counters and caches.
    let other = IngestContext {
        people: fixture.database.people_after_restart(),
        counters: std::sync::Arc::default(),
        ..fixture.context.clone()
    };
    let collectors = [&fixture.context, &other];
    let queues = [Queue::default(), Queue::default()];
    let mut outbox = Outbox {
        device: fixture.device_without_consent("alice").await,
        items: Vec::new(),
        changes: Vec::new(),
        records: BTreeMap::new(),
        waiting: BTreeSet::new(),
        told: BTreeMap::new(),
        settled_versions: BTreeSet::new(),
        arrived: BTreeMap::new(),
    };
    outbox.decide(Modality::Face, true);
    let deliver = async |outbox: &mut Outbox, sendings: [Sending; 2]| {
        let batches = sendings.map(|Sending { from, items, fate }| (outbox.batch(from, items.into()), fate));
        for ((_, places), fate) in &batches {
            if *fate != Fate::Lost {
                outbox.reach(places);
            }
        }
        let groups = batches.each_ref().map(|((batch, _), fate)| match fate {
            Fate::Lost => Vec::new(),
            Fate::Arrives | Fate::Unanswered => vec![batch.clone()],
            Fate::Repeated => vec![batch.clone(), batch.clone()],
        });
        let [first, second] = groups;
        let (first, second) =
            tokio::join!(take_in(collectors[0], &queues[0], first), take_in(collectors[1], &queues[1], second));
        for (answers, (_, fate)) in [first, second].iter().zip(&batches) {
            if *fate != Fate::Unanswered {
                outbox.hear(collectors[0], answers)?;
            }
        }
        Ok::<(), TestCaseError>(())
    };
    for event in events {
        match event {
            Event::Decide { modality, granted } => outbox.decide(MODALITIES[modality], granted),
            Event::Sense { modality, windows } => {
                (0..windows).for_each(|_| outbox.sense(MODALITIES[modality]));
            }
            Event::Send(sendings) => deliver(&mut outbox, sendings).await?,
        }
    }
    // In the end everything comes through, the last first: what waits for consent comes again.
    for _ in 0..8 {
        let half = |from| Sending { from, items: u8::MAX, fate: Fate::Arrives };
        deliver(&mut outbox, [half(128), half(0)]).await?;
    }
    prop_assert!(outbox.waiting.is_empty(), "{:?} are never settled", outbox.waiting);
    outbox.check()?;
    let is_stored = |place: &&u64| outbox.told[*place] == Answer::Stored;
    let told: BTreeSet<u64> = outbox.records.keys().filter(is_stored).copied().collect();
    prop_assert_eq!(&stored(fixture, &outbox.device).await, &told, "the device's counts are what the database holds");
    prop_assert_eq!(outbox.told.len(), outbox.items.len());
    Ok(())
}

#[test]
fn in_every_order_at_two_collectors_exactly_what_was_consented_to_is_stored_and_the_device_knows() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("starts");
    for fixture in runtime.block_on(Fixture::each()) {
        // Each is many transactions: an eighth of what PROPTEST_CASES says.
        let cases = Config::default().cases / 8;
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let events = proptest::collection::vec(event(), 1..48);
        let held = runner.run(&events, |events| runtime.block_on(play(&fixture, events)));
        held.unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(fixture.context.counters.read().failed_commits, 0);
        let broken = runtime.block_on(attune_people::consent::first_broken_link(&fixture.context.store));
        assert_eq!(broken.expect("reads"), None);
        runtime.block_on(fixture.context.store.close());
    }
}
