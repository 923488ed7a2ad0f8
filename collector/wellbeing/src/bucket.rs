//! Sums of measures over a piece of a person's time. Those of a longer piece are merged of those of its parts, in their order, so that
//! equal rows give equal bytes.

use std::collections::BTreeMap;

use attune_ground::measures::Measure;
use jiff::civil::Date;

/// The pieces of time that are rolled up. The numbers stand in the database and are only appended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Span {
    /// An hour of the person's clock.
    Hour,
    /// A day of the person's calendar: 23, 24 or 25 hours.
    Day,
    /// A week, from Monday.
    Week,
    /// A month.
    Month,
}

impl Span {
    /// All of them, from the shortest.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// Its number in the database.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Hour => 1,
            Self::Day => 2,
            Self::Week => 3,
            Self::Month => 4,
        }
    }

    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

/// A day of a calendar as it stands in the database: days since 1970-01-01.
#[must_use]
pub fn day_number(date: Date) -> i64 {
    i64::from((date - Date::constant(1970, 1, 1)).get_days())
}

/// The day of a number.
#[must_use]
pub fn day_of(number: i64) -> Option<Date> {
    let days = jiff::Span::new().try_days(number).ok()?;
    Date::constant(1970, 1, 1).checked_add(days).ok()
}

/// What was seen of one measure.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Sum {
    /// How many values.
    pub count: u32,
    /// What they weigh: seconds for which they stand, 1 for each that is of an instant.
    pub weight: f64,
    /// Their weighted mean.
    pub mean: f64,
    /// The weighted sum of the squares of their distances from it.
    pub squares: f64,
    /// The weighted mean of their own variances: what one sensor says ill it says ill all day, so it does not fall with their number.
    pub variance: f64,
}

impl Sum {
    /// Adds a value.
    pub fn add(&mut self, value: f64, weight: f64, variance: f64) {
        self.merge(&Self { count: 1, weight, mean: value, squares: 0.0, variance });
    }

    /// Adds those of another one (Chan, Golub and LeVeque 1979, Updating formulae and a pairwise algorithm for computing sample
    /// variances).
    pub fn merge(&mut self, other: &Self) {
        let weight = self.weight + other.weight;
        if weight <= 0.0 {
            return;
        }
        let (distance, share) = (other.mean - self.mean, other.weight / weight);
        self.squares += other.squares + distance * distance * self.weight * share;
        self.mean += distance * share;
        self.variance += (other.variance - self.variance) * share;
        self.weight = weight;
        self.count += other.count;
    }
}

/// What was seen of a person in a piece of time.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Bucket {
    /// Milliseconds in which devices were on.
    pub expected: i64,
    /// Milliseconds of those in which a sensor saw something.
    pub seen: i64,
    /// Begin of the first and end of the last piece in which something was seen, Unix milliseconds.
    pub between: Option<(i64, i64)>,
    /// By the numbers of the measures. What is of another version has numbers that this one does not know: they are kept.
    pub sums: BTreeMap<u16, Sum>,
}

impl Bucket {
    /// The sum of a measure, where it has one.
    #[must_use]
    pub fn of(&self, measure: &Measure) -> Option<&Sum> {
        self.sums.get(&measure.number).filter(|sum| sum.weight > 0.0)
    }

    /// The share of the time in which devices were on in which something was seen; none where they were not.
    #[must_use]
    pub fn coverage(&self) -> Option<f64> {
        (self.expected > 0).then(|| (self.seen as f64 / self.expected as f64).min(1.0))
    }

    /// Adds one that is later.
    pub fn merge(&mut self, later: &Self) {
        self.expected += later.expected;
        self.seen += later.seen;
        self.between = match (self.between, later.between) {
            (Some((from, until)), Some((later_from, later_until))) => {
                Some((from.min(later_from), until.max(later_until)))
            }
            (one, other) => one.or(other),
        };
        for (number, sum) in &later.sums {
            self.sums.entry(*number).or_default().merge(sum);
        }
    }
}
