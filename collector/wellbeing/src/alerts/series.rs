//! What days of a person and weeks of a team tell of what rules look at.

use std::collections::{BTreeMap, BTreeSet};

use attune_ground::measures::Measure;

use super::judge::Point;
use super::rule::{Reads, Rule};
use crate::bucket::{Bucket, day_of};
use crate::figures::mindpulse::{EMOTIONS, OfMessages, Told};
use crate::figures::{Baseline, Figure};
use crate::team::{Spread, TeamFigure};

/// Days back from the newest one that a person's rules look at.
const PERSON_DAYS: i64 = 28;
/// Days of a person that have to be read: what is usual before the first of them is known, too.
pub(super) const READ_DAYS: i64 = PERSON_DAYS + Baseline::DAYS;
/// Weeks back from the newest one that a team's rules look at.
const TEAM_WEEKS: i64 = 5;
/// Weeks of which a team's usual is made. Ours: twice as many as make a cohort's memory.
const USUAL_WEEKS: i64 = 8;
/// Weeks of a team that have to be read.
pub(super) const READ_WEEKS: i64 = TEAM_WEEKS + USUAL_WEEKS;

/// A day with fewer messages is told by what is sensed and said alone. Ours, as advice has it: of one or two nobody knows how a day was.
const LEAST_MESSAGES: u32 = 3;

/// Days back in which something must have been seen for a day without anything to be missed.
const SEEN_WITHIN: i64 = 14;

/// What the days of a person tell, up to the newest one that is over, in order.
pub(super) fn of_person(rule: &Rule, days: &[(i64, Bucket)], newest: i64) -> Vec<Point> {
    if rule.reads == Reads::Coverage {
        return coverage(days, newest);
    }
    let looked_at = days.iter().filter(|(day, _)| (newest - PERSON_DAYS + 1..=newest).contains(day));
    looked_at.filter_map(|(at, bucket)| Some(Point { at: *at, value: of_day(rule, days, *at, bucket)? })).collect()
}

fn of_day(rule: &Rule, days: &[(i64, Bucket)], day: i64, bucket: &Bucket) -> Option<f64> {
    match rule.reads {
        Reads::Score => of_all(bucket).score(),
        Reads::SensedScore => Told::sensed(bucket).score(),
        Reads::Stress => of_all(bucket).stress.map(|(stress, _)| stress),
        Reads::MessageScore => Told::written(bucket, None)?.score(),
        Reads::MessageStress => Told::written(bucket, None)?.stress.map(|(stress, _)| stress),
        Reads::Deviation(name) => {
            let measure = Measure::of_name(name)?;
            let figure = Figure::of(bucket, measure).ok()?;
            let usual = Baseline::before(days, day, measure)?;
            // What lies within two standard deviations of what happened to be seen is usual.
            Some(spreads(figure.value - usual.median, 2.0 * figure.sampling, &usual))
        }
        Reads::Coverage | Reads::LowShare(_) => None,
    }
}

/// All that tells of somebody on a day: what they wrote where that is enough, too.
fn of_all(bucket: &Bucket) -> Told {
    match Told::written(bucket, None) {
        Some(written) if written.count < LEAST_MESSAGES => Told::overall(bucket),
        _ => Told::whole(bucket),
    }
}

fn spreads(away: f64, unsure: f64, usual: &Baseline) -> f64 {
    if away.abs() <= unsure { 0.0 } else { away / usual.spread }
}

/// How much was seen on days from Monday to Friday. One on which no device was on is one on which nothing was seen, as long as something
/// was in the two weeks before: longer than that nobody expects anything.
fn coverage(days: &[(i64, Bucket)], newest: i64) -> Vec<Point> {
    let by_day: BTreeMap<i64, &Bucket> = days.iter().map(|(day, bucket)| (*day, bucket)).collect();
    let was_seen = |day: i64| by_day.range(day - SEEN_WITHIN..day).any(|(_, bucket)| bucket.seen > 0);
    let is_weekday = |day: i64| day_of(day).is_some_and(|date| date.weekday().to_monday_zero_offset() < 5);
    let point = |at: i64| match by_day.get(&at).and_then(|bucket| bucket.coverage()) {
        Some(value) => Some(Point { at, value }),
        None => was_seen(at).then_some(Point { at, value: 0.0 }),
    };
    (newest - PERSON_DAYS + 1..=newest).filter(|day| is_weekday(*day)).filter_map(point).collect()
}

/// What was given of a team, by week.
#[derive(Debug, Default)]
pub(super) struct Weeks {
    /// By the names of measures and the numbers of Mondays.
    pub(super) figures: BTreeMap<&'static str, BTreeMap<i64, TeamFigure>>,
    /// How people are spread, by the same.
    pub(super) spreads: BTreeMap<(&'static str, i64), Spread>,
    /// Figures that were withheld since everybody's would be known, by the same.
    pub(super) alike: BTreeSet<(&'static str, i64)>,
}

impl Weeks {
    fn figure(&self, name: &str, week: i64) -> Option<&TeamFigure> {
        self.figures.get(name)?.get(&week)
    }

    /// The value, and half of the width of its interval.
    fn told(&self, name: &str, week: i64) -> Option<(f64, f64)> {
        let TeamFigure { value, between: (low, high), .. } = self.figure(name, week)?;
        Some((*value, (high - low) / 2.0))
    }

    fn sensed(&self, week: i64) -> Told {
        Told {
            sentiment: self.told("valence", week),
            stress: self.told("stress_load", week).map(|(load, half)| (2.0 * load - 1.0, 2.0 * half)),
            emotions: EMOTIONS.map(|(_, measure, _)| self.told(measure, week)),
            count: 0,
        }
    }

    fn overall(&self, week: i64) -> Told {
        let sensed = self.sensed(week);
        let answered = || self.told("vibe", week).map(|(vibe, half)| ((vibe - 3.5) / 2.5, half / 2.5));
        let said = self.told("said_valence", week).or_else(answered);
        let sentiment = match (sensed.sentiment, said) {
            (Some((one, half)), Some((other, other_half))) => {
                Some((f64::midpoint(one, other), half.hypot(other_half) / 2.0))
            }
            (one, other) => one.or(other),
        };
        Told { sentiment, ..sensed }
    }

    /// What people wrote. An emotion that everybody shows alike counts as none, as in the score that MindPulse's clients are told.
    fn written(&self, week: i64) -> Told {
        let of = OfMessages::of(None);
        let emotion = |measure: &'static Measure| {
            let is_alike = self.alike.contains(&(measure.name, week));
            self.told(measure.name, week).or(is_alike.then_some((0.0, 0.0)))
        };
        Told {
            sentiment: self.told(of.sentiment.name, week),
            stress: self.told(of.stress.name, week),
            emotions: of.emotions.map(emotion),
            count: 0,
        }
    }

    fn of_week(&self, rule: &Rule, week: i64) -> Option<f64> {
        match rule.reads {
            Reads::MessageScore => self.written(week).score(),
            Reads::MessageStress => self.written(week).stress.map(|(stress, _)| stress),
            Reads::Score => self.overall(week).score(),
            Reads::SensedScore => self.sensed(week).score(),
            Reads::Stress => self.sensed(week).stress.map(|(stress, _)| stress),
            Reads::Deviation(name) => {
                let measure = Measure::of_name(name)?;
                let (value, half) = self.told(name, week)?;
                let before = self.figures.get(name)?.range(week - 7 * USUAL_WEEKS..week);
                let values: Vec<f64> = before.map(|(_, figure)| figure.value).collect();
                let usual = Baseline::of(&values, measure.range)?;
                Some(spreads(value - usual.median, half, &usual))
            }
            Reads::Coverage => self.figure("coverage", week).map(|figure| figure.value),
            Reads::LowShare(name) => self.spreads.get(&(name, week))?.low,
        }
    }

    /// Of how many people, at least, each figure is of which a rule is made.
    pub(super) fn fewest(&self, rule: &Rule) -> u32 {
        let figures = rule.measures().into_iter().filter_map(|measure| self.figures.get(measure.name));
        figures.flat_map(BTreeMap::values).map(|figure| figure.people).min().unwrap_or_default()
    }

    /// What the weeks of a team tell, up to the newest one, in order.
    pub(super) fn points(&self, rule: &Rule, newest: i64) -> Vec<Point> {
        let weeks = (0..TEAM_WEEKS).rev().map(|back| newest - 7 * back);
        weeks.filter_map(|at| Some(Point { at, value: self.of_week(rule, at)? })).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows of one value for two hours, with devices on for four.
    fn day(name: &str, value: f64) -> Bucket {
        let mut bucket = Bucket { expected: 14_400_000, seen: 7_200_000, ..Bucket::default() };
        let sum = bucket.sums.entry(Measure::of_name(name).expect("a measure").number).or_default();
        (0..720).for_each(|_| sum.add(value, 10.0, 0.01));
        bucket
    }

    fn rule(number: u16) -> &'static Rule {
        Rule::of_number(number).expect("a rule")
    }

    #[test]
    fn days_tell_stress_and_how_far_it_is_from_usual_and_days_without_it_tell_nothing() {
        let mut days: Vec<(i64, Bucket)> = (0..20).map(|at| (at, day("stress_load", 0.4))).collect();
        days.push((20, day("stress_load", 0.8)));
        days.push((21, day("attention", 0.8)));
        let stress = of_person(rule(2), &days, 21);
        let last = stress.last().expect("days");
        assert!(last.at == 20 && (last.value - 0.6).abs() < 1e-9, "{stress:?}");
        let unusual = of_person(rule(3), &days, 21);
        // Days that are alike have a spread of 2 % of the scale: 0.4 / 0.02.
        assert!((unusual.last().expect("days").value - 20.0).abs() < 1e-9, "{unusual:?}");
        assert_eq!(unusual.first().map(|point| point.at), Some(5), "five days before it must tell what is usual");
        assert_eq!(of_person(rule(2), &days, 19).last().map(|point| point.at), Some(19), "a day that goes on is none");
        assert!(of_person(rule(1), &days, 21).is_empty(), "a part of the score that nothing tells leaves no score");
    }

    #[test]
    fn a_working_day_without_anything_is_missed_for_two_weeks_and_a_weekend_is_not() {
        // 1970-01-05 was a Monday: day 4.
        let days = [(4, day("stress_load", 0.4)), (5, day("stress_load", 0.4))];
        let points = of_person(rule(5), &days, 30);
        let missed: Vec<i64> = points.iter().filter(|point| point.value == 0.0).map(|point| point.at).collect();
        assert_eq!(missed, [6, 7, 8, 11, 12, 13, 14, 15, 18, 19], "to 14 days behind the last one that was seen");
        assert_eq!(points.iter().filter(|point| point.value == 0.5).count(), 2);
        assert!(of_person(rule(5), &[], 30).is_empty(), "of whom nothing was ever seen nothing is missed");
    }

    #[test]
    fn a_persons_stress_is_that_of_messages_too_and_a_score_is_made_of_messages_alone_where_only_those_tell() {
        let of = OfMessages::of(None);
        let mut wrote = Bucket::default();
        for (measure, value) in [(of.sentiment, -0.9), (of.stress, 0.8), (of.emotions[4], 0.8)] {
            (0..20).for_each(|_| wrote.sums.entry(measure.number).or_default().add(value, 1.0, 0.0));
        }
        let days: Vec<(i64, Bucket)> = vec![(20, wrote.clone()), (21, day("stress_load", 0.4))];
        let stress = of_person(rule(2), &days, 21);
        assert_eq!(stress.len(), 2);
        assert!((stress[0].value - 0.8).abs() < 1e-6 && (stress[1].value + 0.2).abs() < 1e-6, "{stress:?}");
        // 5 - 1.8 - 1.2 - 1.2 = 0.8
        assert_eq!(
            of_person(rule(1), &days, 21).iter().map(|point| (point.at, point.value)).collect::<Vec<_>>(),
            [(20, 0.8)]
        );
        // Where both tell it, both are taken for as sure as a tenth of the scale, and weigh alike.
        wrote.merge(&day("stress_load", 0.4));
        let both = of_person(rule(2), &[(20, wrote)], 21);
        assert!((both[0].value - 0.3).abs() < 1e-6, "{both:?}");
    }

    #[test]
    fn one_or_two_messages_call_for_no_alert() {
        let of = OfMessages::of(None);
        let scored = |messages: usize| {
            let mut wrote = Bucket::default();
            for (measure, value) in [(of.sentiment, -0.9), (of.stress, 0.8), (of.emotions[4], 0.8)] {
                (0..messages).for_each(|_| wrote.sums.entry(measure.number).or_default().add(value, 1.0, 0.0));
            }
            [1, 2].map(|number| of_person(rule(number), &[(20, wrote.clone())], 21).len())
        };
        assert_eq!([1, 2, 3].map(scored), [[0, 0], [0, 0], [1, 1]]);
    }

    #[test]
    fn weeks_of_messages_have_a_score_of_their_own_and_what_everybody_shows_alike_counts_as_none() {
        let (of, mut weeks, newest) = (OfMessages::of(None), Weeks::default(), 4 + 7 * 10);
        for (measure, value) in [(of.sentiment, -0.8), (of.stress, 0.6)] {
            weeks.figures.entry(measure.name).or_default().insert(newest, figure(value));
        }
        assert!(weeks.points(rule(107), newest).is_empty(), "an emotion that is withheld leaves no score");
        weeks.alike.extend(of.emotions.map(|measure| (measure.name, newest)));
        // 5 - 1.6 - 0.9
        assert_eq!(weeks.points(rule(107), newest), [Point { at: newest, value: 2.5 }]);
        assert_eq!(weeks.points(rule(108), newest), [Point { at: newest, value: 0.6 }]);
        assert!(weeks.points(rule(101), newest).is_empty(), "of sensors there is nothing");
    }

    fn figure(value: f64) -> TeamFigure {
        TeamFigure { value, between: (value - 0.05, value + 0.05), people: 12, coverage: Some(0.5), noise: None }
    }

    #[test]
    fn weeks_tell_what_was_given_and_a_week_that_was_withheld_tells_nothing() {
        let mut weeks = Weeks::default();
        let stress = weeks.figures.entry("stress_load").or_default();
        stress.extend((0..8).map(|week| (4 + 7 * week, figure(0.4))));
        stress.extend([(4 + 7 * 8, figure(0.8)), (4 + 7 * 10, figure(0.85))]);
        let newest = 4 + 7 * 10;
        let told = weeks.points(rule(102), newest);
        assert_eq!(told.iter().map(|point| (point.at - 4) / 7).collect::<Vec<_>>(), [6, 7, 8, 10]);
        assert!((told[2].value - 0.6).abs() < 1e-9);
        let unusual = weeks.points(rule(105), newest);
        assert!(unusual.last().is_some_and(|point| point.value > 2.0), "{unusual:?}");
        assert!(weeks.points(rule(101), newest).is_empty() && weeks.points(rule(106), newest).is_empty());
        let spread = |low| Spread { edges: (2.7, 4.3), people: 20, bands: [None, Some(5), None], low };
        weeks.spreads.extend([(("vibe", newest), spread(Some(0.4))), (("vibe", newest - 7), spread(None))]);
        assert_eq!(weeks.points(rule(104), newest), [Point { at: newest, value: 0.4 }]);
        assert_eq!((weeks.fewest(rule(102)), weeks.fewest(rule(104))), (12, 0));
    }
}
