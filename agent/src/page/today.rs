//! The person's day, from what they keep for themselves: everything is computed here, on what no profile has taken anything
//! out of, and shown to nobody else.

use std::collections::BTreeMap;

use attune_analysis::indicators::{Assessment, Lack, Missing, Score, Terms, assess, summarize};
use attune_protocol::policy::Profile;
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Span};
use attune_protocol::window::WINDOW_MILLIS;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::said::{Said, said};
use super::written::Written;
use crate::own::Between;

/// Milliseconds of a bucket: what is one point of a line.
pub(super) const BUCKET: i64 = 300_000;

/// A day up to now.
pub(super) struct Day {
    pub(super) zone: TimeZone,
    /// Start of the day, Unix milliseconds.
    pub(super) begin: i64,
    pub(super) now: i64,
    /// What was seen, by bucket since the beginning; those in which nothing was kept are not there.
    pub(super) buckets: BTreeMap<i64, Bucket>,
    /// What the person said of themselves, the latest first: beside the scores, and part of none.
    pub(super) said: Vec<Said>,
    /// What was read of their messages: beside the scores, too.
    pub(super) written: Option<Written>,
    /// Of the whole day; `None` where nothing was kept.
    pub(super) whole: Option<Assessment>,
}

/// Five minutes.
pub(super) struct Bucket {
    pub(super) assessment: Assessment,
    /// By modality: share of what should have been seen, and the commonest reason for what was not.
    pub(super) seen: BTreeMap<Modality, (f64, Option<Gap>)>,
}

/// One of the five scores.
#[derive(Clone, Copy)]
pub(super) struct Measure {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// What it means, and from which end to which.
    pub(super) means: &'static str,
    pub(super) least: f64,
    pub(super) of: fn(&Assessment) -> &Score,
}

/// All of them, in the order of the page. The largest value of each is 1.
pub(super) const MEASURES: [Measure; 5] = [
    Measure {
        id: "stress",
        name: "Stress",
        means: "signs of strain, 0 none to 1 many",
        least: 0.0,
        of: |assessment| &assessment.stress,
    },
    Measure {
        id: "attention",
        name: "Attention",
        means: "turned to the work, 0 not to 1 wholly",
        least: 0.0,
        of: |assessment| &assessment.attention,
    },
    Measure {
        id: "overall",
        name: "Overall",
        means: "stress, attention and valence in one, 0 poor to 1 good",
        least: 0.0,
        of: |assessment| &assessment.overall,
    },
    Measure {
        id: "valence",
        name: "Valence",
        means: "unpleasant -1 to pleasant +1",
        least: -1.0,
        of: |assessment| &assessment.valence,
    },
    Measure {
        id: "arousal",
        name: "Arousal",
        means: "quiet -1 to active +1",
        least: -1.0,
        of: |assessment| &assessment.arousal,
    },
];

impl Day {
    /// When the day began in a zone, and the stretch of it up to now.
    pub(super) fn stretch(now: Timestamp, zone: &TimeZone) -> Between {
        let begin = now.to_zoned(zone.clone()).start_of_day().map_or(now, |begin: Zoned| begin.timestamp());
        Between { from: begin.as_millisecond(), until: now.as_millisecond() + 1 }
    }

    /// Of the records of that stretch.
    pub(super) fn of(records: Vec<Record>, between: Between, zone: TimeZone) -> Self {
        let (records, answers): (Vec<Record>, Vec<Record>) =
            records.into_iter().partition(|record| record.modality().is_sensed());
        let (written, said) = (Written::of(&answers), said(answers));
        let mut windows: BTreeMap<i64, Vec<Record>> = BTreeMap::new();
        for record in records {
            windows.entry(record.window.start_millis()).or_default().push(record);
        }
        // What no profile took out: the person may see all of it.
        let terms = Terms::sensed(Profile::Research);
        let mut by_bucket: BTreeMap<i64, Vec<(Assessment, Vec<Record>)>> = BTreeMap::new();
        for (start, records) in windows {
            let bucket = (start - between.from).div_euclid(BUCKET);
            by_bucket.entry(bucket).or_default().push((assess(&records, terms), records));
        }
        let all: Vec<Assessment> = by_bucket.values().flatten().map(|(assessment, _)| assessment.clone()).collect();
        let whole = (!all.is_empty()).then(|| summarize(&all));
        let buckets = by_bucket.into_iter().map(|(bucket, windows)| (bucket, Bucket::of(windows))).collect();
        Self { zone, begin: between.from, now: between.until, buckets, said, written, whole }
    }

    /// The first and the last instant that are drawn: whole hours around what there is, four at least.
    pub(super) fn drawn(&self) -> (i64, i64) {
        const HOUR: i64 = 3_600_000;
        let first = self.buckets.keys().next().map_or(self.now - self.begin, |bucket| bucket * BUCKET);
        let from = self.begin + first.div_euclid(HOUR) * HOUR;
        let hours = (self.now - from + HOUR - 1).div_euclid(HOUR).max(4);
        (from, from + hours * HOUR)
    }

    /// A time of the day in the person's zone.
    pub(super) fn clock(&self, millis: i64) -> String {
        clock(millis, &self.zone)
    }

    /// What was seen of a modality since the first thing of the day, [0,1].
    pub(super) fn seen(&self, modality: Modality) -> Option<f64> {
        let first = *self.buckets.keys().next()?;
        let passed = ((self.now - self.begin - first * BUCKET) as f64 / BUCKET as f64).max(1.0);
        let of = |bucket: &Bucket| bucket.seen.get(&modality).map(|(share, _)| *share);
        self.buckets
            .values()
            .any(|bucket| of(bucket).is_some())
            .then(|| (self.buckets.values().filter_map(of).sum::<f64>() / passed).min(1.0))
    }
}

/// A time of the day in a zone.
pub(super) fn clock(millis: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(millis).unwrap_or_default();
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// A day and time in a zone.
pub(super) fn moment(millis: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(millis).unwrap_or_default();
    at.to_zoned(zone.clone()).strftime("%a %-d %B, %H:%M:%S").to_string()
}

impl Bucket {
    fn of(windows: Vec<(Assessment, Vec<Record>)>) -> Self {
        let mut seen = BTreeMap::new();
        for modality in Modality::SENSED {
            let records = || windows.iter().flat_map(|(_, records)| records).filter(|r| r.modality() == modality);
            let share: f64 = records().map(|record| record.coverage.over(Span::S10)).sum();
            if records().next().is_some() {
                let gap = usual(records().filter_map(|record| record.coverage.gap));
                seen.insert(modality, ((share / (BUCKET / WINDOW_MILLIS) as f64).min(1.0), gap));
            }
        }
        let assessments: Vec<Assessment> = windows.into_iter().map(|(assessment, _)| assessment).collect();
        Self { assessment: summarize(&assessments), seen }
    }
}

fn usual(gaps: impl Iterator<Item = Gap>) -> Option<Gap> {
    let mut counts: BTreeMap<Gap, usize> = BTreeMap::new();
    gaps.for_each(|gap| *counts.entry(gap).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(gap, _)| gap)
}

/// Why a modality gives nothing, as a sentence's end.
pub(super) fn because(modality: Modality, gap: Gap) -> String {
    Lack { modality, reason: Missing::Gap(gap) }.because()
}

#[cfg(test)]
mod tests {
    use attune_protocol::features::Features;
    use attune_protocol::record::Coverage;
    use attune_protocol::registry::face;
    use attune_protocol::window::Window;

    use super::*;

    /// As in Vienna, without the system's tables.
    const VIENNA: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn smile(window: Window) -> Record {
        let mut features = Features::new(Modality::Face);
        features.set(face::FACE_FRACTION, 1.0);
        features.set(face::CONTRAST, 0.3);
        features.set(face::VALENCE, 0.8);
        features.set(face::AROUSAL, 0.2);
        for (class, share) in [0.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.1].into_iter().enumerate() {
            features.set(face::EXPRESSION_ANGRY.plus(class as u8), share);
        }
        let coverage = Coverage { expected: 100, received: 100, last_60_s: 1.0, last_300_s: 1.0, gap: None };
        Record::new(window, 0.95, coverage, features)
    }

    #[test]
    fn under_every_profile_the_person_sees_what_their_face_showed_and_gaps_stay_gaps() {
        let zone = TimeZone::posix(VIENNA).unwrap();
        let between = Day::stretch(at("2026-03-02T11:00:00Z"), &zone);
        assert_eq!(between.from, at("2026-03-01T23:00:00Z").as_millisecond());
        let begin = Window::containing(at("2026-03-02T09:00:00Z").as_millisecond()).0;
        let mut records: Vec<Record> = (0..30).map(|n| smile(Window(begin + n))).collect();
        let none = Coverage::none(100, Gap::Paused);
        records.extend((90..120).map(|n| Record::new(Window(begin + n), 0.0, none, Features::new(Modality::Face))));
        let day = Day::of(records, between, zone);
        assert_eq!(day.buckets.len(), 2);
        let first = day.buckets.values().next().unwrap();
        assert!((MEASURES[3].of)(&first.assessment).value().is_some_and(|valence| valence > 0.3));
        assert!(first.assessment.emotion.as_ref().is_ok_and(|emotion| emotion.probabilities[3] > 0.5));
        let last = day.buckets.values().last().unwrap();
        assert_eq!(last.seen[&Modality::Face], (0.0, Some(Gap::Paused)));
        assert!((MEASURES[3].of)(&last.assessment).value().is_none());
        let seen = day.seen(Modality::Face).unwrap();
        assert!((seen - 1.0 / 24.0).abs() < 0.01, "five minutes of two hours: {seen}");
        assert_eq!(day.seen(Modality::Heart), None);
        assert_eq!(day.clock(day.drawn().0), "10:00");
        assert_eq!(day.drawn().1 - day.drawn().0, 4 * 3_600_000);
    }

    #[test]
    fn a_day_begins_when_it_does_in_the_persons_zone_also_when_clocks_change() {
        let zone = TimeZone::posix(VIENNA).unwrap();
        let between = Day::stretch(at("2026-03-29T12:00:00Z"), &zone);
        assert_eq!(between.from, at("2026-03-28T23:00:00Z").as_millisecond());
        let day = Day::of(Vec::new(), between, zone);
        assert!(day.whole.is_none() && day.buckets.is_empty());
        assert_eq!(day.clock(at("2026-03-29T12:00:00Z").as_millisecond()), "14:00");
    }
}
