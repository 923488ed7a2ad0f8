//! The rules by which something calls for an alert, each defined once.

use attune_ground::measures::Measure;

use crate::figures::mindpulse::{EMOTIONS, OfMessages};

/// How much an alert asks for. The numbers stand in the database and are only appended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Level {
    /// To know.
    Low,
    /// Worth a look.
    Medium,
    /// Somebody should decide whether anything is to be done.
    High,
}

impl Level {
    /// Its name in JSON: MindPulse's severity.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// About whom a rule is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum About {
    /// One person: of each of their days.
    Person,
    /// A team: of each of its weeks whose figures were given.
    Team,
}

/// What a rule looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reads {
    /// MindPulse's wellbeing score, 0 to 10: of a person of all that tells it; of a team of what was sensed and said, as messages have a
    /// score of their own there.
    Score,
    /// The same of what was sensed alone.
    SensedScore,
    /// Stress in MindPulse's scale, -1 to 1: twice the stress load less 1; of a person beside what their messages show.
    Stress,
    /// The score of messages alone.
    MessageScore,
    /// Stress of messages alone.
    MessageStress,
    /// How many spreads a measure lies from what is usual: median and median absolute deviation of what was before.
    Deviation(&'static str),
    /// The share of the time in which devices were on in which something was seen.
    Coverage,
    /// The share of people in the lowest third of a measure's range.
    LowShare(&'static str),
}

/// On which side of a bound something calls for an alert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

/// A rule. It is known by its number in the database, which is never used for another.
#[derive(PartialEq, Debug)]
pub(super) struct Rule {
    /// Its number, only appended.
    pub(super) number: u16,
    /// Its name in JSON.
    pub(super) name: &'static str,
    pub(super) about: About,
    pub(super) level: Level,
    pub(super) reads: Reads,
    pub(super) side: Side,
    /// Beyond this it is raised.
    pub(super) raise: f64,
    /// On the other side of this it is cleared: between both it stays as it is.
    pub(super) clear: f64,
    /// For how many days, or weeks, in a row that tell it.
    pub(super) raise_after: usize,
    /// As many on the other side.
    pub(super) clear_after: usize,
    /// From where the bounds are.
    pub(super) source: &'static str,
}

/// Days from the first to the last one that raise an alert about a person, at most: what lies further apart is not in a row.
pub(super) const PERSON_WITHIN: i64 = 14;
/// The same of a team.
pub(super) const TEAM_WITHIN: i64 = 28;

impl Rule {
    /// The one of a number.
    pub(super) fn of_number(number: u16) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.number == number)
    }

    /// Those about somebody.
    pub(super) fn about(about: About) -> impl Iterator<Item = &'static Self> {
        RULES.iter().filter(move |rule| rule.about == about)
    }

    /// The measures that it is made of. Who may be told of it may be given all of them.
    pub(super) fn measures(&self) -> Vec<&'static Measure> {
        let mut names = match self.reads {
            Reads::Score => vec!["stress_load", "valence", "said_valence", "vibe"],
            Reads::SensedScore => vec!["stress_load", "valence"],
            Reads::Stress => vec!["stress_load"],
            Reads::MessageScore | Reads::MessageStress => vec![],
            Reads::Deviation(name) | Reads::LowShare(name) => vec![name],
            Reads::Coverage => vec!["coverage"],
        };
        if matches!(self.reads, Reads::Score | Reads::SensedScore) {
            names.extend(EMOTIONS.map(|(_, measure, _)| measure));
        }
        let written = OfMessages::of(None);
        let messages = match (self.reads, self.about) {
            (Reads::Score, About::Person) | (Reads::MessageScore, _) => written.all().collect(),
            (Reads::Stress, About::Person) | (Reads::MessageStress, _) => vec![written.stress],
            _ => vec![],
        };
        names.into_iter().filter_map(Measure::of_name).chain(messages).collect()
    }

    /// Days from the first to the last one that raise it, at most.
    pub(super) const fn within(&self) -> i64 {
        match self.about {
            About::Person => PERSON_WITHIN,
            About::Team => TEAM_WITHIN,
        }
    }

    /// Whether it is one of MindPulse's.
    pub(super) fn is_mindpulses(&self) -> bool {
        self.source == MINDPULSE
    }

    /// Whether a value calls for an alert.
    pub(super) fn is_beyond(&self, value: f64) -> bool {
        match self.side {
            Side::Above => value > self.raise,
            Side::Below => value < self.raise,
        }
    }

    /// Whether a value speaks for the end of one.
    pub(super) fn is_clear(&self, value: f64) -> bool {
        match self.side {
            Side::Above => value <= self.clear,
            Side::Below => value >= self.clear,
        }
    }
}

const MINDPULSE: &str = "MindPulse; the bound to clear it and the days in a row are ours";
const OURS: &str = "ours: two spreads from the median of the days before (median absolute deviation x 1.4826)";
const OURS_OF_WEEKS: &str =
    "ours: two spreads from the median of the weeks before (median absolute deviation x 1.4826)";

/// MindPulse's critical_wellbeing, of a team by what is sensed and said.
const CRITICAL_WELLBEING: Rule = Rule {
    number: 101,
    name: "critical_wellbeing",
    about: About::Team,
    level: Level::High,
    reads: Reads::Score,
    side: Side::Below,
    raise: 3.0,
    clear: 4.0,
    raise_after: 1,
    clear_after: 1,
    source: MINDPULSE,
};

/// MindPulse's elevated_stress, of a team by what is sensed.
const ELEVATED_STRESS: Rule = Rule {
    number: 102,
    name: "elevated_stress",
    about: About::Team,
    level: Level::Medium,
    reads: Reads::Stress,
    side: Side::Above,
    raise: 0.5,
    clear: 0.3,
    raise_after: 2,
    clear_after: 1,
    source: MINDPULSE,
};

/// All rules, in the order of their numbers.
pub(super) static RULES: &[Rule] = &[
    Rule { number: 1, about: About::Person, raise_after: 2, clear_after: 2, ..CRITICAL_WELLBEING },
    Rule { number: 2, about: About::Person, raise_after: 3, clear_after: 2, ..ELEVATED_STRESS },
    Rule {
        number: 3,
        name: "unusual_stress",
        about: About::Person,
        level: Level::Low,
        reads: Reads::Deviation("stress_load"),
        side: Side::Above,
        raise: 2.0,
        clear: 1.0,
        raise_after: 3,
        clear_after: 2,
        source: OURS,
    },
    Rule {
        number: 4,
        name: "unusual_attention",
        about: About::Person,
        level: Level::Low,
        reads: Reads::Deviation("attention"),
        side: Side::Below,
        raise: -2.0,
        clear: -1.0,
        raise_after: 3,
        clear_after: 2,
        source: OURS,
    },
    Rule {
        number: 5,
        name: "missing_coverage",
        about: About::Person,
        level: Level::Low,
        reads: Reads::Coverage,
        side: Side::Below,
        raise: 0.1,
        clear: 0.2,
        raise_after: 5,
        clear_after: 1,
        source: "ours: five days from Monday to Friday",
    },
    CRITICAL_WELLBEING,
    ELEVATED_STRESS,
    Rule {
        number: 103,
        name: "channel_performance",
        about: About::Team,
        level: Level::Medium,
        reads: Reads::SensedScore,
        side: Side::Below,
        raise: 4.0,
        clear: 5.0,
        raise_after: 1,
        clear_after: 1,
        source: MINDPULSE,
    },
    Rule {
        number: 104,
        name: "low_engagement",
        about: About::Team,
        level: Level::Medium,
        reads: Reads::LowShare("vibe"),
        side: Side::Above,
        raise: 0.3,
        clear: 0.2,
        raise_after: 1,
        clear_after: 1,
        source: MINDPULSE,
    },
    Rule {
        number: 105,
        name: "unusual_stress",
        about: About::Team,
        level: Level::Low,
        reads: Reads::Deviation("stress_load"),
        side: Side::Above,
        raise: 2.0,
        clear: 1.0,
        raise_after: 2,
        clear_after: 1,
        source: OURS_OF_WEEKS,
    },
    Rule {
        number: 106,
        name: "missing_coverage",
        about: About::Team,
        level: Level::Low,
        reads: Reads::Coverage,
        side: Side::Below,
        raise: 0.1,
        clear: 0.2,
        raise_after: 2,
        clear_after: 1,
        source: "ours",
    },
    Rule { number: 107, reads: Reads::MessageScore, ..CRITICAL_WELLBEING },
    Rule { number: 108, reads: Reads::MessageStress, ..ELEVATED_STRESS },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_is_known_by_its_number_and_clears_on_the_good_side_of_where_it_is_raised() {
        let numbers: BTreeSet<u16> = RULES.iter().map(|rule| rule.number).collect();
        assert_eq!(numbers.len(), RULES.len());
        for rule in RULES {
            assert!(!rule.is_clear(rule.raise), "{}: between both it stays as it is", rule.name);
            assert!(!rule.is_beyond(rule.clear), "{}", rule.name);
            assert!(rule.raise_after > 0 && rule.clear_after > 0 && !rule.source.is_empty());
            assert!(!rule.measures().is_empty(), "{}: it is made of something", rule.name);
        }
        let whole = |number: u16| {
            let rule = Rule::of_number(number).expect("a rule");
            let (bounds, after) = ([rule.raise, rule.clear], [rule.raise_after, rule.clear_after]);
            (rule.name, rule.level, rule.side, bounds, after)
        };
        for (sensed, written) in [(101, 107), (102, 108)] {
            assert_eq!(whole(sensed), whole(written), "they differ by what they read alone");
        }
        assert_eq!((whole(1).3, whole(2).3), ([3.0, 4.0], [0.5, 0.3]), "of a person as of a team");
        assert_eq!((whole(1).4, whole(2).4), ([2, 2], [3, 2]));
        let scored = Rule::of_number(1).expect("a rule").measures();
        assert!(scored.iter().any(|measure| measure.name == "emotion_anger"), "whoever is told it is told all of it");
    }
}
