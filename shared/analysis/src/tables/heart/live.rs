use std::collections::VecDeque;

use super::told;
use crate::sample::{HeartSample, Timestamp};
use crate::wearables::HeartReading;
use crate::wearables::beats::{AHEAD, BeatClock, coming};

/// How long a packet may wait for those behind it, microseconds: by them it is told whether beats are missing before it. Well within
/// the ten seconds for which a window is held open.
const LONGEST_WAIT: i64 = 6_000_000;
/// Packets of a strap as they come, made into beats that are laid as those of a recording are. They come up to six seconds
/// late.
#[derive(Default)]
pub struct LiveHeart {
    beats: BeatClock,
    waiting: VecDeque<(Timestamp, HeartReading)>,
}

impl LiveHeart {
    /// Takes what a packet said that came at an instant, as far as it can be.
    pub fn take(&mut self, at: Timestamp, reading: HeartReading) {
        self.waiting.push_back((at, reading));
    }

    /// What is known at an instant and was not given before.
    pub fn given(&mut self, now: Timestamp) -> Vec<HeartSample> {
        let mut samples = Vec::new();
        while let Some((at, _)) = self.waiting.front() {
            if self.waiting.len() <= AHEAD && now.0.saturating_sub(at.0) < LONGEST_WAIT {
                break;
            }
            samples.extend(self.next());
        }
        samples
    }

    /// The connection is another one: what waits is all that comes of the one before, and no beat follows its last one.
    pub fn begin(&mut self) -> Vec<HeartSample> {
        let mut samples = Vec::new();
        while !self.waiting.is_empty() {
            samples.extend(self.next());
        }
        self.beats.begin();
        samples
    }

    fn next(&mut self) -> Vec<HeartSample> {
        let Some((at, reading)) = self.waiting.pop_front() else { return Vec::new() };
        let behind = self.waiting.iter().map(|(at, reading)| (at.0, &reading.intervals_millis[..]));
        told::of_packet(at.0, &reading, &mut self.beats, coming(&reading.intervals_millis, behind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(intervals: &[f64]) -> HeartReading {
        HeartReading { bpm: 72.0, intervals_millis: intervals.to_vec(), contact: None, left_over: 0 }
    }

    fn at(seconds: f64) -> Timestamp {
        Timestamp(1_700_000_000_000_000).plus_seconds(seconds)
    }

    fn beats(samples: &[HeartSample]) -> Vec<(i64, f64)> {
        let beat = |sample: &HeartSample| match *sample {
            HeartSample::Beat { at: time, rr_millis } => Some(((time.0 - at(0.0).0) / 1000, rr_millis)),
            _ => None,
        };
        samples.iter().filter_map(beat).collect()
    }

    /// A heart of 800 ms between beats, told every second: sometimes one beat a packet, sometimes two, and none twice.
    fn play(lost: impl Fn(usize) -> bool) -> Vec<(i64, f64)> {
        let (mut live, mut told, mut samples) = (LiveHeart::default(), 0.0, Vec::new());
        for second in 1..=60 {
            let now = f64::from(second);
            let mut intervals = Vec::new();
            while told + 0.8 <= now {
                told += 0.8;
                intervals.push(800.0);
            }
            if !lost(second as usize) {
                live.take(at(now), reading(&intervals));
            }
            samples.extend(live.given(at(now)));
        }
        samples.extend(live.begin());
        beats(&samples)
    }

    #[test]
    fn beats_follow_each_other_though_packets_come_by_their_own_clock() {
        let beats = play(|_| false);
        assert_eq!(beats.len(), 75);
        assert!(beats.windows(2).all(|pair| pair[1].0 - pair[0].0 == 800), "{beats:?}");
        assert!((beats[0].0 - 800).abs() <= 400, "{beats:?}");
    }

    /// A heart of so many ms between beats, give or take 40, told so often (seconds) by a strap that says its last interval
    /// again until there is a new one, for two minutes: beats told, and beats that were.
    fn held(millis: f64, every: f64) -> (Vec<(i64, f64)>, Vec<f64>) {
        let (mut live, mut samples, mut truth) = (LiveHeart::default(), Vec::new(), Vec::new());
        let (mut now, mut beat) = (0.0, 0.0);
        while now < 120.0 {
            now += every;
            while beat + millis / 1000.0 <= now {
                let interval = millis + 40.0 * (truth.len() as f64 * 1.3).sin().round() + (truth.len() % 7) as f64;
                beat += interval / 1000.0;
                truth.push(interval);
            }
            live.take(at(now), reading(truth.last().map_or(&[], std::slice::from_ref)));
            samples.extend(live.given(at(now)));
        }
        samples.extend(live.begin());
        (beats(&samples), truth)
    }

    #[test]
    fn an_interval_that_a_strap_holds_until_the_next_beat_counts_once() {
        for (millis, every) in [(833.0, 0.5), (833.0, 0.25), (1000.0, 0.5), (1200.0, 1.0), (1500.0, 1.0)] {
            let (told, truth) = held(millis, every);
            let more = told.len() as f64 - truth.len() as f64;
            assert!(more.abs() <= 2.0, "{millis} ms every {every} s: {} of {}", told.len(), truth.len());
            let last = told.last().expect("beats").0 as f64 / 1000.0;
            assert!((115.0..122.0).contains(&last), "{millis} ms every {every} s: laid until {last} s");
        }
    }

    #[test]
    fn packets_that_were_lost_leave_the_time_of_their_beats_open() {
        let beats = play(|second| (20..24).contains(&second));
        let steps: Vec<i64> = beats.windows(2).map(|pair| pair[1].0 - pair[0].0).filter(|step| *step != 800).collect();
        // Five beats were not told. How far the gap reaches is known to a beat.
        assert_eq!(steps.iter().map(|step| step - 800).sum::<i64>(), 5 * 800, "{beats:?}");
        assert!(steps.len() <= 2 && steps.iter().all(|step| step % 800 == 0), "{steps:?}");
    }

    #[test]
    fn nothing_waits_longer_than_a_window_is_held_open_and_nothing_is_laid_across_a_new_connection() {
        let mut live = LiveHeart::default();
        live.take(at(0.0), reading(&[800.0]));
        assert_eq!(beats(&live.given(at(5.9))), []);
        assert_eq!(beats(&live.given(at(6.0))), [(0, 800.0)]);
        live.take(at(7.0), reading(&[810.0]));
        assert_eq!(beats(&live.begin()).len(), 1);
        live.take(at(100.0), reading(&[820.0]));
        assert_eq!(beats(&live.begin()), [(100_000, 820.0)]);
    }
}
