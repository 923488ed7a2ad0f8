//! What is unusual: one rule for each kind of use, and what somebody's habit is of it.

use crate::watching::Watching;

/// Days on which somebody did anything before anything is called their habit.
const LEAST_DAYS: usize = 7;
/// How many times its usual spread a day may lie above what is usual.
const SPREADS: i64 = 6;
/// Thousandths of the median distance from the median that are the spread of what is spread normally.
const OF_NORMAL: i64 = 1483;
/// Wrong codes in a row that nobody types who has lost theirs: from the sixth on each waits longer than the one before.
pub(super) const WRONG_CODES: i64 = 8;

/// A kind of use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Rule {
    /// Different people opened within an hour.
    PeopleAnHour,
    /// Different people opened on a day.
    PeopleADay,
    /// Lists of everybody opened on a day.
    ListsADay,
    /// Different people, and lists of everybody, opened at night.
    AtNight,
    /// Files taken on a day.
    Exports,
    /// Requests for what one has no right to.
    Refused,
    /// Wrong codes of a second factor, behind a password that was right.
    WrongCodes,
}

impl Rule {
    pub(super) const ALL: [Self; 7] = [
        Self::PeopleAnHour,
        Self::PeopleADay,
        Self::ListsADay,
        Self::AtNight,
        Self::Exports,
        Self::Refused,
        Self::WrongCodes,
    ];

    /// As it is stored and told.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::PeopleAnHour => "people_an_hour",
            Self::PeopleADay => "people_a_day",
            Self::ListsADay => "lists_a_day",
            Self::AtNight => "at_night",
            Self::Exports => "exports",
            Self::Refused => "refused",
            Self::WrongCodes => "wrong_codes",
        }
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// In words, behind "unusual:".
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::PeopleAnHour => "many people opened within an hour",
            Self::PeopleADay => "many people opened on one day",
            Self::ListsADay => "lists of everybody opened many times on one day",
            Self::AtNight => "people opened at night",
            Self::Exports => "many files taken on one day",
            Self::Refused => "asked often for what they have no right to",
            Self::WrongCodes => "wrong second factors behind the right password",
        }
    }

    /// What is counted, in words.
    pub(super) const fn counted(self) -> &'static str {
        match self {
            Self::PeopleAnHour | Self::PeopleADay => "people",
            Self::ListsADay => "lists",
            Self::AtNight => "people and lists",
            Self::Exports => "files",
            Self::Refused => "requests",
            Self::WrongCodes => "codes",
        }
    }

    /// How much of it a day had.
    pub(super) const fn of(self, day: &Day) -> i64 {
        match self {
            Self::PeopleAnHour => day.busiest_hour,
            Self::PeopleADay => day.people,
            Self::ListsADay => day.lists,
            Self::AtNight => day.at_night,
            Self::Exports => day.exports,
            Self::Refused => day.refused,
            // It is no matter of days.
            Self::WrongCodes => 0,
        }
    }

    /// Whether it is known how much of it a day had: of one on which a clock was wrong nobody knows what was night.
    pub(super) fn is_known(self, day: &Day) -> bool {
        self != Self::AtNight || !day.was_ahead
    }

    /// How much of it is told of who has no habit yet.
    pub(super) fn floor(self, watching: &Watching) -> i64 {
        let set = match self {
            Self::PeopleAnHour => watching.people_an_hour,
            Self::PeopleADay => watching.people_a_day,
            Self::ListsADay => watching.lists_a_day,
            Self::AtNight => watching.people_at_night,
            Self::Exports => watching.exports_a_day,
            Self::Refused => watching.refused_a_day,
            Self::WrongCodes => return WRONG_CODES,
        };
        i64::from(set)
    }
}

/// How much somebody used on a day.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Day {
    pub(super) people: i64,
    pub(super) busiest_hour: i64,
    pub(super) lists: i64,
    pub(super) at_night: i64,
    pub(super) exports: i64,
    pub(super) refused: i64,
    /// Whether some of it was written while a clock was ahead: nobody knows whether it was night.
    pub(super) was_ahead: bool,
}

/// What somebody usually does, and how much is no more than that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Habit {
    /// The median of the days before; none as long as these are too few.
    pub(super) usual: Option<i64>,
    /// What is more than that is unusual.
    pub(super) most: i64,
}

impl Habit {
    /// By how much they did on each of the days before on which they did anything. What was reached on two of them is a habit, too, as
    /// that of who takes files once a month: the second highest, and a quarter more.
    pub(super) fn of(mut before: Vec<i64>, floor: i64) -> Self {
        if before.len() < LEAST_DAYS {
            return Self { usual: None, most: floor };
        }
        before.sort_unstable();
        let usual = median(&before);
        let mut away: Vec<i64> = before.iter().map(|one| (one - usual).abs()).collect();
        away.sort_unstable();
        // In thousandths. Who does the same each day is let do a little more.
        let spread = (median(&away) * OF_NORMAL).max(usual * 250).max(1000);
        let twice = before.get(before.len() - 2).copied().unwrap_or_default();
        let most = (usual + SPREADS * spread / 1000).max(twice + twice / 4).max(floor / 3);
        Self { usual: Some(usual), most }
    }
}

/// The median of numbers in their order; between two of them the middle, cut off.
fn median(sorted: &[i64]) -> i64 {
    let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
    match sorted.len() {
        0 => 0,
        many if many.is_multiple_of(2) => i64::midpoint(at(many / 2 - 1), at(many / 2)),
        many => at(many / 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_habit_yet_is_held_against_the_floor_alone() {
        assert_eq!(Habit::of(vec![], 60), Habit { usual: None, most: 60 });
        assert_eq!(Habit::of(vec![45; LEAST_DAYS - 1], 60), Habit { usual: None, most: 60 }, "a first busy week");
    }

    #[test]
    fn a_habit_is_the_median_of_the_days_before_and_lets_so_much_more_by_how_they_differ() {
        assert_eq!(Habit::of(vec![2; 20], 60), Habit { usual: Some(2), most: 20 }, "never below a third of the floor");
        assert_eq!(Habit::of(vec![40; 20], 60), Habit { usual: Some(40), most: 100 }, "a quarter is no change");
        let uneven: Vec<i64> = (0..20).map(|day| 40 + 3 * (day % 8)).collect();
        let Habit { usual, most } = Habit::of(uneven, 60);
        assert!(usual.is_some_and(|usual| (45..55).contains(&usual)) && most > 100, "{usual:?} {most}");
    }

    #[test]
    fn what_was_reached_on_two_days_is_a_habit_and_what_was_reached_on_one_is_none() {
        let mut before = vec![0; 60];
        before[3] = 12;
        assert_eq!(Habit::of(before.clone(), 9).most, 6, "one large export");
        before[33] = 12;
        assert_eq!(Habit::of(before, 9).most, 15, "one each month");
    }

    #[test]
    fn every_rule_reads_as_it_is_stored() {
        for rule in Rule::ALL {
            assert_eq!(Rule::of_name(rule.name()), Some(rule));
        }
        assert_eq!(Rule::of_name("other"), None);
    }
}
