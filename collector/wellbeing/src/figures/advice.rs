//! What somebody can try, tied to what was measured: a rule names its measure, how far off it must be and on how many days, what was
//! measured in words, what that may mean, what helped others, and where that is from.
//!
//! Nothing is said of a day that tells too little or is too uncertain, and nothing of one day alone.

use attune_ground::measures::Measure;

use super::{Baseline, Deviation, Figure};
use crate::bucket::Bucket;

/// Of how many of the latest days that tell a measure so many must be off. Ours: a bad day is a bad day; three of five are a week.
const LATEST: usize = 5;
const LEAST: usize = 3;

/// How many days are looked at, the last one included: what is said is of now.
const LOOKED_AT: i64 = 14;

/// Days before the last one that a call of [`advise`] needs: those that are looked at, and what was usual before the first of them.
pub const DAYS_BEFORE: i64 = LOOKED_AT + Baseline::DAYS;

const HOUR_MILLIS: i64 = 3_600_000;

/// Something to try.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recommendation {
    /// The name of the measure that caused it.
    pub measure: &'static str,
    /// What was measured.
    pub measured: String,
    /// What that can be a sign of.
    pub may_mean: &'static str,
    /// What can be tried.
    pub try_this: &'static str,
    /// From where that is.
    pub source: &'static str,
    /// The days that it rests on, by their numbers, the earliest first.
    pub days: Vec<i64>,
}

/// When a day is off.
#[derive(Clone, Copy, Debug)]
enum When {
    /// Clearly above what is usual for the person: two spreads or more.
    ClearlyMore,
    /// Clearly below it.
    ClearlyLess,
    /// More than so many hours from when something was first seen until it was last seen.
    LongerThan(i64),
    /// Above a bound; days with fewer values say nothing.
    Above(f64, u32),
}

/// A rule. `measured` is filled with how many `{off}` of how many `{of}` days.
#[derive(Clone, Copy, Debug)]
struct Rule {
    measure: &'static str,
    when: When,
    measured: &'static str,
    may_mean: &'static str,
    try_this: &'static str,
    source: &'static str,
}

const RULES: [Rule; 9] = [
    Rule {
        measure: "stress_load",
        when: When::ClearlyMore,
        measured: "Your stress load was clearly higher than is usual for you on {off} of the last {of} days that tell it.",
        may_mean: "This can be a sign of strain; exercise, heat, coffee and illness look alike to the sensors.",
        try_this: "Breathing slowly, about six breaths a minute, for a few minutes calms many people; what causes the strain is worth a talk \
                   about workload and priorities.",
        source: "Laborde et al. 2022, Neuroscience and Biobehavioral Reviews 138:104711 (slow breathing); WHO 2022, Guidelines on mental \
                 health at work (changes of the work itself first)",
    },
    Rule {
        measure: "recovery",
        when: When::ClearlyMore,
        measured: "After stress it took clearly longer than is usual for you until it was over, on {off} of the last {of} days that tell it.",
        may_mean: "This can be a sign that breaks are too short or too few.",
        try_this: "Time in which work is left alone, in mind too, helps to recover: a break away from the desk, an evening without messages.",
        source: "Sonnentag and Fritz 2015, Journal of Organizational Behavior 36:S72-S103 (recovery and detachment)",
    },
    Rule {
        measure: "attention",
        when: When::ClearlyLess,
        measured: "Your attention score was clearly lower than is usual for you on {off} of the last {of} days that tell it.",
        may_mean: "This can be a sign of tiredness, or of work away from the screen.",
        try_this: "Breaks of up to ten minutes raise vigour and lower fatigue.",
        source: "Albulescu et al. 2022, PLoS ONE 17(8):e0272460 (micro-breaks)",
    },
    Rule {
        measure: "attention_stability",
        when: When::ClearlyLess,
        measured: "Your attention changed clearly more from moment to moment than is usual for you on {off} of the last {of} days that tell it.",
        may_mean: "This can be a sign of many interruptions.",
        try_this: "A stretch of time without messages and calls, agreed with those around you, makes fewer.",
        source: "Mark, Gudith and Klocke 2008, CHI '08:107-110 (interrupted work costs more stress and effort)",
    },
    Rule {
        measure: "vibe",
        when: When::ClearlyLess,
        measured: "What you answered at check-ins was clearly lower than is usual for you on {off} of the last {of} days with an answer.",
        may_mean: "You know best what it means.",
        try_this: "Talking with somebody whom you trust helps many people; where it lasts for two weeks, a doctor is a good place to ask.",
        source: "WHO 2020, Doing what matters in times of stress; NICE 2022, NG222 (low mood of two weeks and more)",
    },
    Rule {
        measure: "active_share",
        when: When::ClearlyLess,
        measured: "You moved clearly less than is usual for you on {off} of the last {of} days with a motion sensor.",
        may_mean: "This can be a sign of long sitting.",
        try_this: "Any movement in place of sitting is of use, a few minutes too.",
        source: "WHO 2020, Guidelines on physical activity and sedentary behaviour",
    },
    Rule {
        measure: "coverage",
        when: When::LongerThan(13),
        measured: "More than 13 hours lay between the first and the last time that a sensor saw you on {off} of the last {of} days.",
        may_mean: "This can leave less than eleven hours of rest between two days.",
        try_this: "An end of the day that stands fixed keeps the rest; more than agreed is worth a talk about workload.",
        source: "Directive 2003/88/EC, Art. 3 (eleven hours of daily rest); Pega et al. 2021, Environment International 154:106595 (long \
                 hours and health)",
    },
    Rule {
        measure: "message_outside_hours",
        when: When::Above(1.0 / 3.0, 3),
        measured: "More than a third of your messages were written outside working hours on {off} of the last {of} days with three or more.",
        may_mean: "This can leave little time in which work is left alone; it can as well be how you like to lay your hours.",
        try_this: "Messages that are sent at a set time in the morning, and an agreement in the team that nobody has to answer before, keep the \
                   evening free.",
        source: "European Parliament resolution of 21 January 2021 (2019/2181(INL), the right to disconnect); Arlinghaus and Nachreiner 2013, \
                 Chronobiology International 30:1197-1202 (being contacted outside working hours, and health)",
    },
    Rule {
        measure: "message_stress",
        when: When::ClearlyMore,
        measured: "Your messages showed clearly more stress than is usual for you on {off} of the last {of} days that tell it.",
        may_mean: "This can be a sign of strain, or of a subject that is stressful to write about; one message in four is read wrongly.",
        try_this: "What causes the strain is worth a talk about workload and priorities; with somebody whom you trust is a good place to begin.",
        source: "WHO 2022, Guidelines on mental health at work (changes of the work itself first)",
    },
];

/// What can be tried, by what the days up to one of a number tell; `days` are in their order and begin [`DAYS_BEFORE`] before it, as far as
/// there are some.
#[must_use]
pub fn advise(days: &[(i64, Bucket)], last: i64) -> Vec<Recommendation> {
    RULES.iter().filter_map(|rule| rule.follows(days, last)).collect()
}

impl Rule {
    fn follows(&self, days: &[(i64, Bucket)], last: i64) -> Option<Recommendation> {
        let measure = Measure::of_name(self.measure)?;
        let looked_at = days.iter().rev().filter(|(day, _)| (last - LOOKED_AT + 1..=last).contains(day));
        let told = looked_at.filter_map(|(day, bucket)| Some((*day, self.is_off(days, (*day, bucket), measure)?)));
        let latest: Vec<(i64, bool)> = told.take(LATEST).collect();
        let mut off: Vec<i64> = latest.iter().filter(|(_, is_off)| *is_off).map(|(day, _)| *day).collect();
        if off.len() < LEAST {
            return None;
        }
        off.reverse();
        let (many, of) = (off.len().to_string(), latest.len().to_string());
        Some(Recommendation {
            measure: measure.name,
            measured: self.measured.replace("{off}", &many).replace("{of}", &of),
            may_mean: self.may_mean,
            try_this: self.try_this,
            source: self.source,
            days: off,
        })
    }

    /// Whether a day is off; none where it does not tell.
    fn is_off(&self, days: &[(i64, Bucket)], (day, bucket): (i64, &Bucket), measure: &Measure) -> Option<bool> {
        let deviation = || {
            let figure = Figure::of(bucket, measure).ok()?;
            Some(Baseline::before(days, day, measure)?.deviation(&figure))
        };
        match self.when {
            When::ClearlyMore => deviation().map(|deviation| deviation == Deviation::ClearlyMore),
            When::ClearlyLess => deviation().map(|deviation| deviation == Deviation::ClearlyLess),
            When::Above(bound, least) => {
                let figure = Figure::of(bucket, measure).ok().filter(|figure| figure.count >= least)?;
                Some(figure.value > bound)
            }
            When::LongerThan(hours) => bucket.between.map(|(from, until)| until - from > hours * HOUR_MILLIS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64, name: &str, value: f64, windows: usize, variance: f64) -> (i64, Bucket) {
        let mut bucket = Bucket::default();
        let sum = bucket.sums.entry(Measure::of_name(name).expect("a measure").number).or_default();
        (0..windows).for_each(|_| sum.add(value, 10.0, variance));
        (number, bucket)
    }

    /// Two weeks around 0.4, and then a week as it is told.
    fn weeks(name: &str, last: &[f64], windows: usize, variance: f64) -> Vec<(i64, Bucket)> {
        let before =
            (0..14).map(|number| day(number, name, if number % 2 == 0 { 0.38 } else { 0.42 }, windows, variance));
        let after = (14..).zip(last).map(|(number, value)| day(number, name, *value, windows, variance));
        before.chain(after).collect()
    }

    #[test]
    fn three_of_five_clearly_unusual_days_are_said_with_what_they_rest_on_and_two_are_not() {
        let said = advise(&weeks("stress_load", &[0.4, 0.7, 0.4, 0.75, 0.7], 360, 0.01), 18);
        let [one] = &said[..] else { panic!("{said:?}") };
        assert_eq!((one.measure, &one.days[..]), ("stress_load", &[15, 17, 18][..]));
        let begins = "Your stress load was clearly higher than is usual for you on 3 of the last 5 days";
        assert!(one.measured.starts_with(begins) && one.source.contains("WHO 2022"), "{one:?}");
        assert_eq!(advise(&weeks("stress_load", &[0.4, 0.7, 0.4, 0.4, 0.7], 360, 0.01), 18), []);
        assert_eq!(advise(&weeks("stress_load", &[0.4, 0.1, 0.1, 0.1, 0.1], 360, 0.01), 18), [], "less is no matter");
        assert_eq!(advise(&weeks("attention", &[0.4, 0.1, 0.1, 0.1, 0.1], 360, 0.01), 18).len(), 1);
    }

    #[test]
    fn nothing_is_said_of_days_that_tell_too_little_are_too_uncertain_or_are_long_ago() {
        let unusual = [0.8; 5];
        assert_eq!(advise(&weeks("stress_load", &unusual, 360, 0.01), 18).len(), 1);
        assert_eq!(advise(&weeks("stress_load", &unusual, 30, 0.01), 18), [], "five minutes of each");
        assert_eq!(advise(&weeks("stress_load", &unusual, 360, 0.16), 18), [], "0.4 of the scale");
        assert_eq!(advise(&weeks("stress_load", &unusual, 360, 0.01), 40), [], "three weeks later");
        let few: Vec<_> = weeks("stress_load", &unusual, 360, 0.01).split_off(12);
        assert_eq!(advise(&few, 18).len(), 0, "nothing was usual yet on the first of the days");
    }

    #[test]
    fn long_days_need_no_measure_and_no_usual() {
        let long =
            |number: i64, hours: i64| (number, Bucket { between: Some((0, hours * HOUR_MILLIS)), ..Bucket::default() });
        let said = advise(&[long(0, 9), long(1, 14), long(2, 14), long(3, 14)], 3);
        let [one] = &said[..] else { panic!("{said:?}") };
        assert!(one.days == [1, 2, 3] && one.measured.contains("on 3 of the last 4 days"), "{one:?}");
        assert_eq!(advise(&[long(0, 13), long(1, 13), long(2, 14), long(3, 14)], 3), []);
    }

    #[test]
    fn messages_at_night_are_said_by_their_share_and_days_with_few_messages_say_nothing() {
        let day = |number: i64, late: u32, of: u32| {
            let mut bucket = Bucket::default();
            let measure = Measure::of_name("message_outside_hours").expect("a measure");
            let sum = bucket.sums.entry(measure.number).or_default();
            (0..of).for_each(|one| sum.add(if one < late { 1.0 } else { 0.0 }, 1.0, 0.0));
            (number, bucket)
        };
        let said = advise(&[day(0, 5, 10), day(1, 9, 10), day(2, 1, 10), day(3, 4, 10)], 3);
        let [one] = &said[..] else { panic!("{said:?}") };
        assert!(one.days == [0, 1, 3] && one.source.contains("right to disconnect"), "{one:?}");
        assert_eq!(advise(&[day(0, 3, 10), day(1, 9, 10), day(2, 1, 10), day(3, 4, 10)], 3), []);
        assert_eq!(advise(&[day(0, 2, 2), day(1, 2, 2), day(2, 2, 2)], 3), [], "two messages of a day say nothing");
    }

    #[test]
    fn every_rule_is_of_a_measure_has_a_source_and_says_what_was_measured_before_what_it_may_mean() {
        for rule in RULES {
            assert!(Measure::of_name(rule.measure).is_some() && rule.source.contains("20"), "{rule:?}");
            assert!(rule.measured.contains("{off} of the last {of}"), "{rule:?}");
            let all = [rule.measured, rule.may_mean, rule.try_this].concat().to_lowercase();
            for verdict in ["you are", "!", "you must", "you have to"] {
                assert!(!all.contains(verdict), "{verdict}: {rule:?}");
            }
        }
    }
}
