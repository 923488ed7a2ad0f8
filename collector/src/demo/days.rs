//! Made-up days of who has an account, whole sessions of them: features as devices would send them, made from a seed, through the
//! collector's own ingest, so that the page of a day has something to show.
//!
//! A person's days are alike from run to run under one seed, but for their dates: they end yesterday.

use attune_ground::time::now_millis;
use attune_protocol::features::Features;
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, heart, motion};
use attune_protocol::window::Window;
use attune_sensing::ingest::IngestContext;

use super::DemoError;
use crate::simulate::{Drawn, Outbox, take_batches};

/// Days of those who have an account.
pub(super) const OWN_DAYS: u32 = 7;
/// When sessions of a day begin, hours of UTC, and how many windows each has: twenty minutes.
const BEGIN_HOURS: [i64; 3] = [8, 10, 13];
const WINDOWS: u32 = 120;
/// Records of one batch.
const TOGETHER: usize = 2000;
const HOUR_MILLIS: i64 = 3_600_000;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;
/// One window in so many saw less than it should.
const POOR: u64 = 15;

/// Features of one person over their days, in order of time.
fn made(seed: u64, days: u32, today: i64) -> Vec<Record> {
    let mut drawn = Drawn::new(seed);
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

/// Makes the last days of somebody, up to yesterday, by their name and the seed, and gives how many records that was.
///
/// # Errors
/// When the collector does not take them in.
pub(super) async fn make(
    context: &IngestContext,
    (name, outbox): (&str, &mut Outbox),
    seed: u64,
) -> Result<usize, DemoError> {
    // The same under one seed, and another for each name.
    let own = name.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let now = now_millis();
    let mut records = made(own, OWN_DAYS, now - now.rem_euclid(DAY_MILLIS));
    let count = records.len();
    while !records.is_empty() {
        let rest = records.split_off(records.len().min(TOGETHER));
        let batch = outbox.records(std::mem::replace(&mut records, rest))?;
        take_batches(context, vec![batch]).await?;
    }
    Ok(count)
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
        assert_eq!(records.len(), 2 * BEGIN_HOURS.len() * 2 * WINDOWS as usize, "of motion and of the heart");
        let times: Vec<i64> = records.iter().map(|record| record.window.start_millis()).collect();
        assert!(times.is_sorted() && times.iter().all(|at| (TODAY - 2 * DAY_MILLIS..TODAY).contains(at)));
        let rates: Vec<f64> = records.iter().filter_map(|record| record.features.get(heart::MEAN_HR)).collect();
        assert!(!rates.is_empty() || records[1].modality() == Modality::Heart, "{}", records[1].modality());
        assert!(records.iter().any(|record| record.coverage.received < record.coverage.expected), "some saw less");
    }
}
