//! The accelerations of one device in the order of their times, put together from what it sends of them.

use std::collections::{BTreeMap, VecDeque};

use super::reading::{Part, length, to_metres};

/// Instants that wait at most: those of five minutes at 300 Hz.
const MOST: usize = 90_000;
/// Gravity this far away in time still belongs to an acceleration: the longest that motion is carried over.
const NEAR: i64 = 250_000_000;
/// What was sent of a kind within this is still sent.
const STILL_SENT: i64 = 2_000_000_000;
/// Lengths that tell a unit.
const LENGTHS: usize = 50;

/// What became of a reading.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Put {
    Taken,
    Twice,
    TooMany,
}

/// Accelerations of one device.
#[derive(Default)]
pub(super) struct Stream {
    moments: BTreeMap<i64, Moment>,
    /// The last gravity that was passed.
    gravity: Option<(i64, [f64; 3])>,
    /// When each part was said last.
    latest: [Option<i64>; 4],
    /// The lengths of the last accelerations with gravity, of [`Part::Total`] and of [`Part::Uncalibrated`].
    lengths: [VecDeque<f64>; 2],
}

/// What was said of one instant, by part.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub(super) struct Moment([Option<[f64; 3]>; 4]);

impl Moment {
    pub(super) fn part(&self, part: Part) -> Option<[f64; 3]> {
        self.0[part as usize]
    }
}

/// What a stream gives.
#[derive(Default, PartialEq, Debug)]
pub(super) struct Given {
    /// Accelerations with gravity, m/s2, at nanoseconds.
    pub(super) samples: Vec<(i64, [f64; 3])>,
    /// Readings that lack their other half.
    pub(super) without_gravity: u64,
    /// Readings in a unit that is not known.
    pub(super) unknown_unit: u64,
}

impl Stream {
    pub(super) fn put(&mut self, at: i64, part: Part, axes: [f64; 3]) -> Put {
        if self.moments.len() >= MOST && !self.moments.contains_key(&at) {
            return Put::TooMany;
        }
        let place = part as usize;
        let slot = &mut self.moments.entry(at).or_default().0[place];
        if slot.is_some() {
            return Put::Twice;
        }
        *slot = Some(axes);
        self.latest[place] = self.latest[place].max(Some(at));
        if let Some(lengths) = lengths_of(&mut self.lengths, part) {
            if lengths.len() == LENGTHS {
                lengths.pop_front();
            }
            lengths.push_back(length(axes));
        }
        Put::Taken
    }

    /// Everything up to an instant, in order.
    pub(super) fn take(&mut self, until: i64) -> Given {
        let mut given = Given::default();
        while let Some(entry) = self.moments.first_entry().filter(|entry| *entry.key() <= until) {
            let (at, moment) = entry.remove_entry();
            if let Some(gravity) = moment.part(Part::Gravity) {
                self.gravity = Some((at, gravity));
            }
            self.give(at, &moment, &mut given);
        }
        given
    }

    fn give(&self, at: i64, moment: &Moment, given: &mut Given) {
        // The same acceleration is often sent in several ways: one of them counts, the best that is still sent.
        let is_sent = |part: Part| self.latest[part as usize].is_some_and(|latest| at - latest <= STILL_SENT);
        let with_gravity = [Part::Total, Part::Uncalibrated].into_iter().find(|part| is_sent(*part));
        let paired = is_sent(Part::Linear) && is_sent(Part::Gravity);
        match with_gravity {
            Some(part) if part == Part::Total || !paired => {
                let Some(axes) = moment.part(part) else { return };
                match self.scale(part) {
                    Some(scale) => given.samples.push((at, axes.map(|axis| axis * scale))),
                    None => given.unknown_unit += 1,
                }
            }
            _ => match (moment.part(Part::Linear), moment.part(Part::Gravity)) {
                (Some(linear), _) => match self.gravity_near(at) {
                    Some(gravity) => given.samples.push((at, sum(linear, gravity))),
                    None => given.without_gravity += 1,
                },
                (None, Some(_)) if !paired => given.without_gravity += 1,
                (None, _) => {}
            },
        }
    }

    /// What makes m/s2 of accelerations with gravity: over a while their middle length is that of gravity.
    pub(super) fn scale(&self, part: Part) -> Option<f64> {
        let lengths = if part == Part::Total { &self.lengths[0] } else { &self.lengths[1] };
        let mut sorted: Vec<f64> = lengths.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        to_metres([0.0, 0.0, *sorted.get(sorted.len() / 2)?])
    }

    fn gravity_near(&self, at: i64) -> Option<[f64; 3]> {
        let behind = self.moments.range(at..=at.saturating_add(NEAR));
        let next = behind.filter_map(|(at, moment)| Some((*at, moment.part(Part::Gravity)?))).next();
        let near = self.gravity.into_iter().chain(next).map(|(other, axes)| ((at - other).abs(), axes));
        near.filter(|(apart, _)| *apart <= NEAR).min_by_key(|(apart, _)| *apart).map(|(_, axes)| axes)
    }

    /// What waits, by its instant.
    pub(super) fn waiting(&self) -> &BTreeMap<i64, Moment> {
        &self.moments
    }
}

fn lengths_of(lengths: &mut [VecDeque<f64>; 2], part: Part) -> Option<&mut VecDeque<f64>> {
    match part {
        Part::Total => Some(&mut lengths[0]),
        Part::Uncalibrated => Some(&mut lengths[1]),
        Part::Linear | Part::Gravity => None,
    }
}

fn sum(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: i64 = 1_000_000;
    const REST: [f64; 3] = [0.0, 0.0, 9.8];

    fn put(stream: &mut Stream, part: Part, axes: [f64; 3], millis: impl IntoIterator<Item = i64>) {
        millis.into_iter().for_each(|at| assert_eq!(stream.put(at * MILLI, part, axes), Put::Taken));
    }

    #[test]
    fn gravity_of_the_nearest_instant_is_added_whether_it_stands_before_or_behind() {
        let mut stream = Stream::default();
        put(&mut stream, Part::Linear, [1.0, 0.0, 0.0], [100, 300, 900]);
        put(&mut stream, Part::Gravity, [0.0, 0.0, 9.0], [90]);
        put(&mut stream, Part::Gravity, REST, [320]);
        let given = stream.take(i64::MAX);
        assert_eq!(given.samples, [(100 * MILLI, [1.0, 0.0, 9.0]), (300 * MILLI, [1.0, 0.0, 9.8])]);
        assert_eq!(given.without_gravity, 1, "none is near the last");
    }

    #[test]
    fn the_same_acceleration_that_is_sent_in_four_ways_counts_once() {
        let mut stream = Stream::default();
        for part in [Part::Linear, Part::Gravity, Part::Total, Part::Uncalibrated] {
            put(&mut stream, part, REST, (0..100).map(|n| n * 10 + part as i64));
        }
        let given = stream.take(i64::MAX);
        assert_eq!((given.samples.len(), given.without_gravity), (100, 0));
        put(&mut stream, Part::Uncalibrated, [0.0, -1.0, 0.0], (0..100).map(|n| 10_000 + n * 10));
        assert_eq!(stream.take(i64::MAX).samples.len(), 100, "what is not sent any more hides nothing");
    }

    #[test]
    fn a_half_alone_is_told() {
        let mut stream = Stream::default();
        put(&mut stream, Part::Linear, [0.0; 3], [0, 10]);
        assert_eq!(stream.take(i64::MAX), Given { without_gravity: 2, ..Given::default() });
        let mut stream = Stream::default();
        put(&mut stream, Part::Gravity, REST, [0, 10, 20]);
        assert_eq!(stream.take(i64::MAX).without_gravity, 3);
    }

    #[test]
    fn a_unit_is_told_by_the_middle_length_and_not_by_one_blow() {
        let mut stream = Stream::default();
        put(&mut stream, Part::Uncalibrated, [0.0, 1.0, 0.0], 0..40);
        put(&mut stream, Part::Uncalibrated, [0.0, 8.0, 0.0], 40..45);
        let given = stream.take(i64::MAX);
        assert!((given.samples[0].1[1] - 9.80665).abs() < 1e-9 && (given.samples[44].1[1] - 78.4532).abs() < 1e-9);
        put(&mut stream, Part::Uncalibrated, [0.0, 3.0, 0.0], 100..200);
        assert_eq!(stream.take(i64::MAX), Given { unknown_unit: 100, ..Given::default() });
    }

    #[test]
    fn no_more_waits_than_can() {
        let mut stream = Stream::default();
        (0..MOST as i64).for_each(|at| assert_eq!(stream.put(at, Part::Total, REST), Put::Taken));
        assert_eq!(stream.put(MOST as i64, Part::Total, REST), Put::TooMany);
        assert_eq!(stream.put(0, Part::Total, REST), Put::Twice);
        assert_eq!(stream.take(i64::MAX).samples.len(), MOST);
    }
}
