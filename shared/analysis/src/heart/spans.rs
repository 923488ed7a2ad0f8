use attune_protocol::features::Features;
use attune_protocol::registry::{Modality, Ordinal, Span, heart};

use super::beats::{Beat, seconds_seen, stretches};
use super::clean::PLAUSIBLE;
use super::entropy::sample_entropy;
use super::frequency::frequency_domain;
use super::histogram::{stress_index, triangular_index};
use super::respiration::respiration_rate;
use super::time_domain::time_domain;
use crate::sample::Timestamp;

/// With more artefacts in a span than this share, nothing is said of variability. Ours.
pub(super) const MOST_ARTEFACTS: f64 = 0.2;
/// The first and the last interval are cut by the ends of what is measured, seconds.
pub(super) const SLACK: f64 = 0.5;
/// A spline through normal beats bridges an ectopic beat and its pause, and no longer gap, seconds. Ours.
const LONGEST_BRIDGE: f64 = 4.0;
/// Share of intervals that look computed, from which all are taken to be. Ours.
const RATED: f64 = 0.95;
/// Intervals that differ from the one before by no more than this, milliseconds, are as even as no heart beats by itself: they were
/// computed from a rate that was averaged over many beats. Ours; a strap tells them in steps of a millisecond.
const EVEN: f64 = 2.0;
/// Share of intervals that are as the one before, to half a millisecond, from which a sensor is taken to hold each for more than one beat, and how many
/// times larger the other differences are then than the smallest of them: a calm heart told in coarse steps repeats itself, too, but
/// hardly goes further than a step. Ours.
const HELD: f64 = 0.4;
const STEPS: f64 = 2.0;
const SAME: f64 = 0.5;
/// Fewest differences by which that is told.
const LEAST_PAIRS: usize = 10;
/// Nothing that would happen by chance this often is taken for computed.
const LEAST_CHANCE: f64 = 1e-9;
/// Beats told closer together than this have false times, seconds: the shortest plausible interval is 0.3 s.
const LEAST_APART: f64 = 0.2;

/// Sets the features of one span, as far as there is data enough for each.
pub(super) fn measure(
    features: &mut Features,
    span: Span,
    beats: &[Beat],
    flags: &[bool],
    from: Timestamp,
    end: Timestamp,
) {
    if beats.is_empty() {
        return;
    }
    let artefacts = flags.iter().filter(|&&flag| flag).count() as f64 / flags.len() as f64;
    let seconds = seconds_seen(beats, from, end) + SLACK;
    let normal = normal_stretches(beats, flags);
    let stretches: Vec<Vec<f64>> = normal.iter().map(|beats| beats.iter().map(|beat| beat.rr).collect()).collect();
    let stretches: Vec<&[f64]> = stretches.iter().map(Vec::as_slice).collect();
    let mut found = Found { features, seconds };
    if span == Span::S60 {
        found.set(heart::ARTEFACT_FRACTION, artefacts);
    }
    if artefacts > MOST_ARTEFACTS || are_of_a_rate(&stretches) || are_held(&stretches) {
        return;
    }
    match span {
        Span::S10 => (),
        Span::S60 => one_minute(&mut found, &stretches, beats, flags),
        Span::S300 => five_minutes(&mut found, &stretches, beats, flags),
    }
}

/// Mean interval of the normal beats, ms. Where most are irregular, as in bigeminy, what looks normal is only some of them: then
/// it is that of all that are heartbeats, of which an early one and its pause take the time of two normal ones.
pub(super) fn mean_interval(beats: &[Beat], flags: &[bool]) -> Option<f64> {
    let normal: Vec<f64> = beats.iter().zip(flags).filter(|(_, flag)| !**flag).map(|(beat, _)| beat.rr).collect();
    let plausible = || beats.iter().map(|beat| beat.rr).filter(|rr| PLAUSIBLE.contains(rr));
    let of =
        |intervals: &[f64]| (!intervals.is_empty()).then(|| intervals.iter().sum::<f64>() / intervals.len() as f64);
    if 2 * normal.len() > beats.len() { of(&normal) } else { of(&plausible().collect::<Vec<_>>()) }
}

/// Whether intervals are no measured ones but were computed from a rate: nearly all are those of whole rates, or hardly any
/// differs from the one before. Their differences are those of rounding, or of how the rate was averaged.
fn are_of_a_rate(stretches: &[&[f64]]) -> bool {
    let all = || stretches.iter().flat_map(|stretch| stretch.iter());
    let whole = |rr: &&f64| {
        let rate = 60_000.0 / **rr;
        // Rounded to a millisecond.
        (60_000.0 / rate.round() - **rr).abs() <= 0.5
    };
    // By chance an interval is that of a whole rate about as often as a rate is apart from the next by that many milliseconds.
    let by_chance: f64 = all().map(|rr| (rr * rr / 60_000.0).recip().min(1.0).ln()).sum();
    let count = all().count();
    let pairs = || stretches.iter().flat_map(|stretch| stretch.windows(2));
    let held = pairs().filter(|pair| (pair[1] - pair[0]).abs() <= EVEN).count();
    let of_whole_rates = by_chance < LEAST_CHANCE.ln() && all().filter(whole).count() as f64 >= RATED * count as f64;
    of_whole_rates || count > 2 && held as f64 >= RATED * pairs().count() as f64
}

/// Whether the sensor tells an interval again until it has a new one: its differences are nothing, or those of several beats.
fn are_held(stretches: &[&[f64]]) -> bool {
    let differences = stretches.iter().flat_map(|stretch| stretch.windows(2)).map(|pair| (pair[1] - pair[0]).abs());
    let (same, mut others): (Vec<f64>, Vec<f64>) = differences.partition(|difference| *difference < SAME);
    let count = same.len() + others.len();
    others.sort_unstable_by(f64::total_cmp);
    let Some((smallest, middle)) = others.first().zip(others.get(others.len() / 2)) else { return false };
    count >= LEAST_PAIRS && same.len() as f64 >= HELD * count as f64 && *middle > STEPS * smallest
}

fn one_minute(found: &mut Found<'_>, stretches: &[&[f64]], beats: &[Beat], flags: &[bool]) {
    let time = time_domain(stretches);
    found.set(heart::RMSSD, time.rmssd);
    found.set(heart::SDNN, time.sdnn);
    found.set(heart::PNN50, time.pnn50);
    found.set(heart::SD1, time.sd1);
    found.set(heart::SD2, time.sd2);
    found.set(heart::SD1_SD2, time.sd1_sd2());
    if let Some(run) = Run::longest(beats, flags) {
        found.seconds = run.seconds();
        found.set(heart::RESPIRATION_RATE, respiration_rate(&run.times, &run.intervals));
    }
}

fn five_minutes(found: &mut Found<'_>, stretches: &[&[f64]], beats: &[Beat], flags: &[bool]) {
    let intervals = stretches.concat();
    found.set(heart::HTI, triangular_index(&intervals));
    found.set(heart::STRESS_INDEX, stress_index(&intervals));
    found.set(heart::SAMPLE_ENTROPY, sample_entropy(stretches));
    let Some(run) = Run::longest(beats, flags) else { return };
    let Some(power) = frequency_domain(&run.times, &run.intervals) else { return };
    found.seconds = run.seconds();
    found.set(heart::VLF, power.vlf);
    found.set(heart::LF, power.lf);
    found.set(heart::HF, power.hf);
    found.set(heart::LF_HF, power.lf_hf());
    found.set(heart::LF_NU, power.lf_nu());
    found.set(heart::HF_NU, power.hf_nu());
}

/// Takes features of so many seconds of data, and leaves out those that need more.
struct Found<'a> {
    features: &'a mut Features,
    seconds: f64,
}

impl Found<'_> {
    fn set(&mut self, ordinal: Ordinal, value: impl Into<Option<f64>>) {
        let long_enough = |shortest: u32| f64::from(shortest) <= self.seconds;
        if Modality::Heart.feature(ordinal).is_some_and(|spec| long_enough(spec.shortest_seconds)) {
            self.features.set(ordinal, value);
        }
    }
}

/// Normal beats that a spline may be laid through: no two are further apart than [`LONGEST_BRIDGE`].
struct Run {
    /// When the intervals began, as seconds before the first beat, and the times of the beats after it.
    begin: f64,
    times: Vec<f64>,
    intervals: Vec<f64>,
}

impl Run {
    /// The longest in time, if there is any normal beat.
    fn longest(beats: &[Beat], flags: &[bool]) -> Option<Self> {
        let mut normal: Vec<&Beat> =
            beats.iter().zip(flags).filter(|(_, flag)| !**flag).map(|(beat, _)| beat).collect();
        normal.dedup_by(|later, earlier| later.at.seconds_since(earlier.at) < LEAST_APART);
        let runs = normal.chunk_by(|before, beat| beat.at.seconds_since(before.at) <= LONGEST_BRIDGE);
        let length = |run: &[&Beat]| run[run.len() - 1].at.0.saturating_sub(run[0].at.0);
        let run = runs.max_by_key(|run| length(run))?;
        let since = |at: Timestamp| at.seconds_since(run[0].at);
        Some(Self {
            begin: since(run[0].begin()),
            times: run.iter().map(|beat| since(beat.at)).collect(),
            intervals: run.iter().map(|beat| beat.rr).collect(),
        })
    }

    /// How long it is.
    fn seconds(&self) -> f64 {
        self.times.last().map_or(0.0, |last| last - self.begin) + SLACK
    }
}

/// Stretches of beats that follow each other and are no artefacts.
fn normal_stretches<'a>(beats: &'a [Beat], flags: &[bool]) -> Vec<&'a [Beat]> {
    let mut normal = Vec::new();
    let mut index = 0;
    for stretch in stretches(beats) {
        let mut rest = stretch;
        for (length, part) in flags[index..index + stretch.len()].chunk_by(|a, b| a == b).map(|p| (p.len(), p[0])) {
            let (head, tail) = rest.split_at(length);
            if !part {
                normal.push(head);
            }
            rest = tail;
        }
        index += stretch.len();
    }
    normal
}
