//! Made-up days of made-up people: features as devices would send them, made from a seed, through the collector's own ingest, so that
//! pages have something to show.
//!
//! A person's days are alike from run to run under one seed, but for their dates: they end yesterday.

use std::sync::Arc;

use attune_ground::time::now_millis;
use attune_people::accounts;
use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::texts::text;
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolRequest};
use attune_protocol::features::Features;
use attune_protocol::ids::{DeviceId, Epoch, Seq};
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, heart, motion};
use attune_protocol::sign::KeyPair;
use attune_protocol::topics;
use attune_protocol::window::Window;
use attune_sensing::ingest::{Inbound, IngestContext, Queue, take_in};

use super::DemoError;
use crate::Running;

/// What is made of each person.
const SENSED: [Modality; 2] = [Modality::Motion, Modality::Heart];
/// Days of those who have an account, and of the others.
pub(super) const OWN_DAYS: u32 = 7;
pub(super) const OTHERS_DAYS: u32 = 2;
/// When sessions of a day begin, hours of UTC, and how many windows each has: twenty minutes.
const BEGIN_HOURS: [i64; 3] = [8, 10, 13];
const WINDOWS: u32 = 120;
/// Records of one batch.
const TOGETHER: usize = 2000;
const HOUR_MILLIS: i64 = 3_600_000;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;
const CODE_MILLIS: i64 = 60_000;
/// One window in so many saw less than it should.
const POOR: u64 = 15;

/// Numbers that look drawn and are the same for the same seed (splitmix64, Steele et al. 2014).
struct Drawn(u64);

impl Drawn {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// In [0,1).
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around 0, mostly within a few tenths of 1: the sum of four.
    fn around(&mut self) -> f64 {
        (0..4).map(|_| self.share() - 0.5).sum::<f64>()
    }
}

/// Features of one person over their days, in order of time.
fn made(seed: u64, days: u32, today: i64) -> Vec<Record> {
    let mut drawn = Drawn(seed);
    // How this person is.
    let (rate, rmssd) = (62.0 + 16.0 * drawn.share(), 26.0 + 30.0 * drawn.share());
    let mut records = Vec::new();
    for day in (1..=i64::from(days)).rev() {
        // How this day is: a heavy one beats faster and less evenly.
        let load = drawn.share();
        for hour in BEGIN_HOURS {
            let begin = Window::containing(today - day * DAY_MILLIS + hour * HOUR_MILLIS);
            let tense = (load + drawn.around() * 0.5).clamp(0.0, 1.0);
            for place in 0..WINDOWS {
                let window = Window(begin.0 + place);
                let wave = (f64::from(place) / 19.0).sin() * 0.2;
                records.push(moved(&mut drawn, window, tense));
                records.push(beaten(&mut drawn, window, (rate, rmssd), (tense + wave).clamp(0.0, 1.0)));
            }
        }
    }
    records
}

fn seen(drawn: &mut Drawn, expected: u32) -> Coverage {
    let received = if drawn.next().is_multiple_of(POOR) { expected * 6 / 10 } else { expected };
    let share = f64::from(received) / f64::from(expected);
    Coverage { expected, received, last_60_s: share.max(0.9), last_300_s: share.max(0.95), gap: None }
}

fn moved(drawn: &mut Drawn, window: Window, tense: f64) -> Record {
    let mut features = Features::new(Modality::Motion);
    features.set(motion::INTENSITY, 0.006 + 0.02 * tense * drawn.share());
    features.set(motion::STILLNESS_FRACTION, (0.95 - 0.3 * tense * drawn.share()).clamp(0.0, 1.0));
    let coverage = seen(drawn, 500);
    Record::new(window, 0.9, coverage, features)
}

fn beaten(drawn: &mut Drawn, window: Window, (rate, rmssd): (f64, f64), tense: f64) -> Record {
    let mut features = Features::new(Modality::Heart);
    features.set(heart::MEAN_HR, rate + 22.0 * tense + 2.0 * drawn.around());
    features.set(heart::RMSSD, (rmssd * (1.2 - 0.7 * tense) + 3.0 * drawn.around()).max(6.0));
    features.set(heart::CONTACT, 1.0);
    let coverage = seen(drawn, 10_000);
    Record::new(window, 0.9, coverage, features)
}

/// Makes the days of somebody, by their name and the seed, and gives how many records that was.
///
/// # Errors
/// When the collector does not take them in.
pub(super) async fn make(running: &Running, name: &str, days: u32, seed: u64) -> Result<usize, DemoError> {
    let context = running.ingest();
    let device = enrolled(&context, name).await?;
    // The same under one seed, and another for each name.
    let own = name.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let now = now_millis();
    let records = made(own, days, now - now.rem_euclid(DAY_MILLIS));
    let begin = now - (i64::from(days) + 1) * DAY_MILLIS;
    let changes = SENSED.into_iter().flat_map(|modality| Purpose::ALL.map(|purpose| (modality, purpose)));
    let changes = (1_u32..).zip(changes).map(|(version, (modality, purpose))| {
        let text = Some(text(modality, purpose).version);
        Consent { modality, purpose, granted: true, version, at_millis: begin, text }.encode()
    });
    let changes: Vec<Vec<u8>> = changes.collect();
    let consent = u32::try_from(changes.len()).unwrap_or(u32::MAX);
    let made = records.into_iter().map(|record| Record { consent, ..record }.encode());
    let items: Vec<Item> =
        (0..).zip(changes.into_iter().chain(made)).map(|(seq, bytes)| Item { seq: Seq(seq), bytes }).collect();
    for together in items.chunks(TOGETHER) {
        device.send(&context, together).await?;
    }
    Ok(items.len() - consent as usize)
}

/// A device that nobody has.
struct Device {
    id: DeviceId,
    key: KeyPair,
    epoch: Epoch,
}

/// It is enrolled once.
const ENROLMENT: u32 = 1;

async fn enrolled(context: &IngestContext, name: &str) -> Result<Device, DemoError> {
    let IngestContext { store, people, own, .. } = context;
    let code = accounts::create_code(store, people, (name, None), CODE_MILLIS).await?;
    let device = Device { id: DeviceId::random(), key: KeyPair::generate(), epoch: Epoch::random() };
    let request = EnrolRequest::new(device.id, device.key.public(), ENROLMENT, device.epoch, &Code::of(&code));
    match accounts::redeem_code(store, people, &request, &own.signing().public()).await? {
        (EnrolOutcome::Accepted, _) => {}
        _ => return Err(DemoError::Organisation("a made-up device was not enrolled".into())),
    }
    attune_people::me::call_device(store, people, (name, device.id), "Made up: no such device").await?;
    Ok(device)
}

impl Device {
    async fn send(&self, context: &IngestContext, items: &[Item]) -> Result<(), DemoError> {
        let (device, epoch, enrolment) = (self.id, self.epoch, ENROLMENT);
        let batch = Batch { device, epoch, enrolment, sent_at_millis: now_millis(), items: items.to_vec() };
        let refused = |what: &str| DemoError::Organisation(format!("made-up days were not {what}"));
        let payload = batch.encode(&self.key).map_err(|_| refused("packed"))?;
        let inbound = Inbound { topic: topics::batches_of(device), payload, received_at: now_millis() };
        match take_in(context, &Queue::default(), vec![inbound]).await.is_empty() {
            true => Err(refused("taken in")),
            false => Ok(()),
        }
    }
}

impl Running {
    /// What takes in, under the profile of the demonstration.
    fn ingest(&self) -> IngestContext {
        let (store, people, own) = self.ground_kept();
        IngestContext {
            store,
            people,
            own,
            profile: Profile::Research,
            guesses: Arc::default(),
            strangers: Arc::default(),
            told: Arc::default(),
            counters: Arc::default(),
            fusion: Arc::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: i64 = 1_772_496_000_000;

    #[test]
    fn days_are_the_same_under_one_seed_and_differ_from_person_to_person() {
        let bytes = |seed| made(seed, 2, TODAY).iter().map(Record::encode).collect::<Vec<_>>();
        assert_eq!(bytes(7), bytes(7));
        assert_ne!(bytes(7), bytes(8));
        let records = made(7, 2, TODAY);
        assert_eq!(records.len(), 2 * BEGIN_HOURS.len() * WINDOWS as usize * SENSED.len());
        let times: Vec<i64> = records.iter().map(|record| record.window.start_millis()).collect();
        assert!(times.is_sorted() && times.iter().all(|at| (TODAY - 2 * DAY_MILLIS..TODAY).contains(at)));
        let rates: Vec<f64> = records.iter().filter_map(|record| record.features.get(heart::MEAN_HR)).collect();
        assert!(!rates.is_empty() || records[1].modality() == Modality::Heart, "{}", records[1].modality());
        assert!(records.iter().any(|record| record.coverage.received < record.coverage.expected), "some saw less");
    }
}
