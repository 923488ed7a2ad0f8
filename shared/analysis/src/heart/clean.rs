use super::beats::{Beat, stretches};
use super::early::early;
use super::running::{AROUND, quantile, running};
use crate::sample::Timestamp;

/// Intervals outside are no heartbeats of a person, ms: 200 to 30 a minute.
pub(super) const PLAUSIBLE: std::ops::RangeInclusive<f64> = 300.0..=2000.0;
/// Lipponen and Tarvainen (2019): factor of the quartile deviation.
const ALPHA: f64 = 5.2;
/// The same: beats of the running median.
const MEDIAN: usize = 11;
/// The same: the line that parts ectopic beats in the plane of successive differences.
const C1: f64 = 0.13;
const C2: f64 = 0.17;
/// The thresholds grow with what they should find: they are held to this share of the running median (Malik et al. 1989).
const MOST_SHARE: f64 = 0.2;
/// Where more than so many of the differences around are over this share of the running median, there is no rhythm that an
/// interval could depart from, as in atrial fibrillation: all are irregular. Ours, by what `EVIDENCE.md` says of hearts with and
/// without a rhythm; breathing does it from an RMSSD of about an eighth of the interval on.
const WITHOUT_RHYTHM: f64 = 0.3;
const LARGE: f64 = 0.15;
/// A heart without any variability would make every difference an artefact: thresholds are not taken smaller, ms.
const LEAST_THRESHOLD: f64 = 20.0;

/// Which of the intervals (ms) of one stretch are artefacts, as the analyzer tells them before it measures.
#[must_use]
pub fn artefacts_of(intervals: &[f64]) -> Vec<bool> {
    let mut now = Timestamp(0);
    let beat = |&rr: &f64| {
        now = now.plus_seconds(rr / 1000.0);
        Beat { at: now, rr }
    };
    artefacts(&intervals.iter().map(beat).collect::<Vec<_>>())
}

/// Which intervals are artefacts: implausible ones, and those that Lipponen and Tarvainen (2019) call ectopic, long, short,
/// missed or extra. Thresholds follow the spread of the beats around; differences are not taken across gaps.
///
/// The paper then corrects them; here they are left out, and no difference is taken across them.
pub(super) fn artefacts(beats: &[Beat]) -> Vec<bool> {
    let mut flags: Vec<bool> = beats.iter().map(|beat| !PLAUSIBLE.contains(&beat.rr)).collect();
    // Implausible intervals would spoil the thresholds.
    let kept: Vec<usize> = (0..beats.len()).filter(|&i| !flags[i]).collect();
    let plausible: Vec<Beat> = kept.iter().map(|&i| beats[i]).collect();
    for (&index, found) in kept.iter().zip(irregular(&plausible)) {
        flags[index] = found;
    }
    flags
}

fn irregular(beats: &[Beat]) -> Vec<bool> {
    let rr: Vec<f64> = beats.iter().map(|beat| beat.rr).collect();
    let mut flags = vec![false; rr.len()];
    if rr.len() < 3 {
        return flags;
    }
    let mut differences = vec![0.0; rr.len()];
    let mut index = 0;
    for stretch in stretches(beats) {
        for i in 1..stretch.len() {
            differences[index + i] = rr[index + i] - rr[index + i - 1];
        }
        index += stretch.len();
    }
    let medians = running(&rr, MEDIAN, |sorted| quantile(sorted, 0.5));
    let departures: Vec<f64> =
        rr.iter().zip(&medians).map(|(r, m)| if r < m { 2.0 * (r - m) } else { r - m }).collect();
    let threshold_d = thresholds(&differences, &medians);
    let threshold_m = thresholds(&departures, &medians);
    let d: Vec<f64> = differences.iter().zip(&threshold_d).map(|(d, t)| d / t).collect();
    let m: Vec<f64> = departures.iter().zip(&threshold_m).map(|(m, t)| m / t).collect();
    let at = |i: usize| d.get(i).copied().unwrap_or(0.0);
    for i in 0..rr.len() {
        if d[i].abs() <= 1.0 {
            continue;
        }
        let rises = d[i] > 0.0;
        let beside = [i.checked_sub(1).map_or(0.0, at), at(i + 1)];
        let ectopic = match rises {
            true => beside[0].max(beside[1]) < -C1 * d[i] - C2,
            false => beside[0].min(beside[1]) > -C1 * d[i] + C2,
        };
        if ectopic {
            // Between the two lies the beat that came at a wrong time. A difference begins with the second of a stretch.
            (flags[i - 1], flags[i]) = (true, true);
            continue;
        }
        // The paper looks at the next interval too, where the change goes on after it.
        let next = (at(i + 1).abs() < at(i + 2).abs() && i + 1 < rr.len()).then_some(i + 1);
        for j in [Some(i), next].into_iter().flatten() {
            let after = [at(j + 1), at(j + 2)];
            let long = d[j] > 1.0 && after[0].min(after[1]) < -1.0;
            let short = d[j] < -1.0 && after[0].max(after[1]) > 1.0;
            flags[j] |= long || short || m[j].abs() > 3.0;
        }
    }
    let large = differences.iter().zip(&medians).map(|(d, median)| f64::from(u8::from(d.abs() > LARGE * median)));
    let around = running(&large.collect::<Vec<_>>(), AROUND, |sorted| sorted.iter().sum::<f64>() / sorted.len() as f64);
    let early = early(beats, &medians);
    flags.iter().zip(early).zip(around).map(|((flag, early), share)| *flag || early || share > WITHOUT_RHYTHM).collect()
}

/// Quartile deviation of the absolute values around each, times alpha, between the bounds.
fn thresholds(values: &[f64], medians: &[f64]) -> Vec<f64> {
    let absolute: Vec<f64> = values.iter().map(|value| value.abs()).collect();
    let spreads = running(&absolute, AROUND, |sorted| ALPHA * (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2.0);
    let bounded = |(spread, median): (f64, &f64)| spread.min(MOST_SHARE * median).max(LEAST_THRESHOLD);
    spreads.into_iter().zip(medians).map(bounded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A calm heart that breathes: 900 ms, 40 ms up and down every five beats, a few ms of noise.
    fn calm(count: usize) -> Vec<f64> {
        let wave = |i: usize| (std::f64::consts::TAU * i as f64 / 5.0).sin() * 40.0;
        (0..count).map(|i| 900.0 + wave(i) + ((i * 7919) % 13) as f64 - 6.0).collect()
    }

    fn flagged(rr: &[f64]) -> Vec<usize> {
        artefacts_of(rr).iter().enumerate().filter(|(_, a)| **a).map(|(i, _)| i).collect()
    }

    #[test]
    fn a_calm_heart_has_no_artefacts() {
        assert!(flagged(&calm(200)).is_empty());
        assert!(flagged(&[]).is_empty());
        assert!(flagged(&[800.0; 50]).is_empty());
    }

    #[test]
    fn an_ectopic_beat_and_its_pause_are_found() {
        let mut rr = calm(200);
        rr[100] = 550.0;
        rr[101] = 1250.0;
        assert_eq!(flagged(&rr), [100, 101]);
    }

    #[test]
    fn a_missed_and_an_extra_beat_are_found() {
        let mut rr = calm(200);
        rr[60] = 1800.0;
        rr[140] = 400.0;
        rr.insert(141, 500.0);
        let found = flagged(&rr);
        assert!(found.contains(&60) && (found.contains(&140) || found.contains(&141)), "{found:?}");
        assert!(found.iter().all(|i| [60, 61, 140, 141, 142].contains(i)), "{found:?}");
    }

    #[test]
    fn the_bound_does_not_grow_with_what_it_finds_and_without_a_rhythm_all_are_irregular() {
        for every in [12, 8, 6] {
            let mut rr = calm(200);
            for place in (every / 2..199).step_by(every) {
                (rr[place], rr[place + 1]) = (rr[place] * 0.65, rr[place + 1] * 1.3);
            }
            assert!(flagged(&rr).len() as f64 > 1.5 * 200.0 / every as f64, "one in {every}: {:?}", flagged(&rr));
        }
        let alternating: Vec<f64> = (0..100).map(|i| if i % 2 == 0 { 560.0 } else { 1120.0 }).collect();
        assert_eq!(flagged(&alternating).len(), 100);
    }

    #[test]
    fn implausible_intervals_are_left_out_and_spoil_nothing() {
        let mut rr = calm(200);
        rr[50] = 10.0;
        rr[51] = 9_000.0;
        assert_eq!(flagged(&rr), [50, 51]);
    }
}
