//! What is stamped late, or told behind what is later, is neither lost nor counted twice.

use std::f64::consts::TAU;

use attune_analysis::heart::HeartAnalyzer;
use attune_analysis::sample::AudioChunk;
use attune_analysis::voice::VoiceAnalyzer;
use attune_protocol::registry::voice;

use super::*;
use crate::sensors::Timed;

/// Seconds that are sensed: five borders of windows.
const SECONDS: i64 = 60;
/// Samples a second, and in a chunk: 93.3 ms, so that chunks lie over the borders in all ways.
const RATE: u32 = 16_000;
const CHUNK: usize = 1_493;

/// Gives messages one after the other, as a device hands them over.
struct Handed<S>(std::vec::IntoIter<Vec<S>>);

impl<S: Timed> Source for Handed<S> {
    type Sample = S;

    fn next(&mut self) -> Result<Option<Vec<S>>, AgentError> {
        Ok(self.0.next())
    }
}

/// The records of what is handed over, and how many samples came too late.
fn sensed<S: Timed>(
    modality: Modality,
    messages: Vec<Vec<S>>,
    analyzer: impl Analyzer<Sample = S> + 'static,
    speed: Speed,
) -> (Vec<Record>, u64) {
    let (out, outputs) = unbounded();
    let line = Line {
        modality,
        from: at(0.0),
        end: at(SECONDS as f64),
        pace: Pace::begin(speed, at(0.0)),
        ring: 1_000,
        control: Arc::new(Control::open()),
        out,
        stop: Stop::default(),
    };
    for thread in line.spawn(Handed(messages.into_iter()), analyzer).unwrap() {
        assert!(thread.join().is_ok());
    }
    let outputs: Vec<Output> = outputs.iter().collect();
    let late = overload(&outputs);
    let record = |output| if let Output::Window(record, _) = output { Some(record) } else { None };
    (outputs.into_iter().filter_map(record).collect(), late)
}

fn at(seconds: f64) -> Timestamp {
    Timestamp(T * 1_000_000).plus_seconds(seconds)
}

/// In [0,1), by a number.
fn share(number: usize) -> f64 {
    let mixed = (number as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Somebody who speaks for 0.7 of each second, as a microphone hands it over: each chunk stamped so many seconds late.
fn handed(late: impl Fn(usize) -> f64) -> Vec<Vec<AudioChunk>> {
    let vowel = |t: f64| (1..=12).map(f64::from).map(|n| (TAU * 125.0 * n * t).sin() / n).sum::<f64>();
    let second: Vec<f32> = (0..RATE)
        .map(|i| f64::from(i) / f64::from(RATE))
        .map(|t| if t < 0.7 { (0.2 * (TAU * t / 1.4).sin() * vowel(t)) as f32 } else { 0.0 })
        .collect();
    let samples: Vec<f32> = second.iter().copied().cycle().take(SECONDS as usize * RATE as usize).collect();
    let chunk = |(number, samples): (usize, &[f32])| {
        let taken = (number * CHUNK) as f64 / f64::from(RATE);
        let (at, samples) = (at(taken + late(number)), samples.to_vec());
        vec![AudioChunk { at, sample_rate: RATE, samples, clipped: Vec::new() }]
    };
    samples.chunks(CHUNK).enumerate().map(chunk).collect()
}

fn heard(late: impl Fn(usize) -> f64, speed: Speed) -> (Vec<Record>, u64) {
    sensed(Modality::Voice, handed(late), VoiceAnalyzer::new(), speed)
}

#[test]
fn sound_that_is_stamped_late_is_heard_as_sound_that_is_stamped_in_time() {
    let (expected, _) = heard(|_| 0.0, Speed::Max);
    assert_eq!(expected.len(), 6);
    assert!(expected.iter().all(|record| record.coverage.received >= 998 && record.coverage.gap.is_none()));
    type Late = fn(usize) -> f64;
    let lates: [(&str, Late); 4] = [
        ("each chunk by 60 to 100 ms", |i| 0.06 + 0.04 * share(i)),
        ("one in three by 60 to 100 ms", |i| if i % 3 == 1 { 0.06 + 0.04 * share(i) } else { 0.0 }),
        ("one in three by up to 200 ms", |i| if i % 3 == 1 { 0.19 * share(i) } else { 0.0 }),
        ("one in ten by 300 to 900 ms", |i| if i % 10 == 5 { 0.3 + 0.6 * share(i) } else { 0.0 }),
    ];
    for (name, late) in lates {
        for speed in [Speed::Max, Speed::Times(30.0)] {
            // Sound goes on where it began, whatever later stamps say.
            let first_in_time = |number: usize| if number == 0 { 0.0 } else { late(number) };
            let (found, lost) = heard(first_in_time, speed);
            assert_eq!((found, lost), (expected.clone(), 0), "{name}, {speed:?}");
        }
        // All of it as late as its first chunk: each window has other parts of the same speech.
        let (found, lost) = heard(|number| if number == 0 { 0.1 } else { late(number) }, Speed::Max);
        assert_eq!((found.len(), lost), (6, 0), "{name}");
        for (found, expected) in found.iter().zip(&expected) {
            let missing = expected.coverage.received.saturating_sub(found.coverage.received);
            assert!(missing <= 11, "{name}: {missing} frames of 10 ms");
            for ordinal in [voice::F0_MEAN, voice::VOICED_FRACTION, voice::LOUDNESS, voice::HNR, voice::MFCC1] {
                let (found, expected) = (found.features.get(ordinal).unwrap(), expected.features.get(ordinal).unwrap());
                assert!((found - expected).abs() <= 0.02 * expected.abs(), "{name}: {ordinal:?} {found} {expected}");
            }
        }
    }
}

#[test]
fn beats_that_a_strap_tells_of_behind_its_contact_are_counted_as_if_told_in_order() {
    // A message a second of contact at once and of the beats up to 0.9 s before it, which stand before the contact of
    // the message before.
    let beats: Vec<f64> = (0..75).map(|i| 0.05 + 0.8 * f64::from(i) + 0.02 * share(i as usize)).collect();
    let messages: Vec<Vec<HeartSample>> = (0..SECONDS)
        .map(|second| {
            let told = second as f64;
            let ours = beats.iter().zip(&beats[1..]).filter(|(_, beat)| (told - 1.9..told - 0.9).contains(*beat));
            let beat = |(before, beat): (&f64, &f64)| HeartSample::Beat {
                at: at(*beat),
                rr_millis: (1000.0 * (beat - before)).round(),
            };
            let contact = HeartSample::Contact { at: at(told), touching: true };
            ours.map(beat).chain([contact]).collect()
        })
        .collect();
    let mut sorted = messages.concat();
    sorted.sort_by_key(HeartSample::at);
    let (expected, _) = sensed(Modality::Heart, vec![sorted], HeartAnalyzer::new(), Speed::Max);
    let (found, lost) = sensed(Modality::Heart, messages, HeartAnalyzer::new(), Speed::Max);
    assert_eq!(lost, 0);
    assert_eq!(found, expected);
    assert!(found[1..5].iter().all(|record| record.coverage.received > 9_990));
}
