use super::measure::Definition;

/// Of a share so many people at least are on either side: with fewer it would be nearly certain of each of the others on which they are.
const ON_EITHER_SIDE: f64 = 2.0;

/// Within which part of a scale with two ends nobody's value may be known to lie: as of figures of teams that are sensed.
const KNOWN_WITHIN: f64 = 0.1;

/// How many standard errors an interval of 95 % reaches to either side.
const NORMAL: f64 = 1.959_963_984_540_054;

/// Values of people, added up.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Sum {
    pub(super) people: u32,
    sum: f64,
    squares: f64,
    lowest: f64,
    highest: f64,
}

impl Default for Sum {
    fn default() -> Self {
        Self { people: 0, sum: 0.0, squares: 0.0, lowest: f64::INFINITY, highest: f64::NEG_INFINITY }
    }
}

/// A mean over people.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Figure {
    pub(crate) value: f64,
    /// Where the mean of people like these may well lie: 95 %.
    pub(crate) between: (f64, f64),
    /// Of how many people; of several cells the mean of that, rounded.
    pub(crate) people: u32,
}

impl Sum {
    pub(super) fn add(&mut self, value: f64) {
        self.people += 1;
        self.sum += value;
        self.squares += value * value;
        (self.lowest, self.highest) = (self.lowest.min(value), self.highest.max(value));
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self {
            people: self.people + other.people,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
            lowest: self.lowest.min(other.lowest),
            highest: self.highest.max(other.highest),
        }
    }

    /// Whether its figure would tell of each of these people what they have: all have the same, as it is written; or it lies so near an end
    /// of the scale that nobody can be far from it, as in a share of all but one. Where it tells of all, it does of any of them alone.
    pub(super) fn tells_each(self, of: &Definition) -> bool {
        let seen = 0.1_f64.powi(of.decimals as i32) / 2.0;
        self.highest - self.lowest < seen || self.is_at_an_end(of)
    }

    /// Nobody is further from an end than all of them together.
    fn is_at_an_end(self, of: &Definition) -> bool {
        let (low, Some(high)) = of.scale else { return false };
        let (from_low, to_high) = (low * f64::from(self.people), high * f64::from(self.people));
        let together = (self.sum - from_low).min(to_high - self.sum);
        let least = if of.is_share() { ON_EITHER_SIDE } else { KNOWN_WITHIN * (high - low) };
        together < least
    }

    /// None of nobody, and none where it is no number.
    pub(super) fn figure(self, of: &Definition) -> Option<Figure> {
        let count = f64::from(self.people);
        let mean = self.sum / count;
        let spread = ((self.squares / count - mean * mean).max(0.0) / (count - 1.0).max(1.0)).sqrt();
        Figure::of(mean, spread * NORMAL, self.people, of)
    }
}

impl Figure {
    /// As it is written: a mean that is told finer tells more of each of few people who come or go.
    fn of(value: f64, reach: f64, people: u32, of: &Definition) -> Option<Self> {
        if people == 0 || !value.is_finite() || !reach.is_finite() {
            return None;
        }
        let (least, most) = of.scale;
        let within = |end: f64| end.max(least).min(most.unwrap_or(f64::MAX));
        let steps = 10_f64.powi(of.decimals as i32);
        let written = |value: f64| (value * steps).round() / steps;
        let between = (written(within(value - reach)), written(within(value + reach)));
        Some(Self { value: written(value), between, people })
    }

    /// The mean of cells, each of which counts by its people; none of no cell.
    pub(super) fn of_all(cells: &[Self], of: &Definition) -> Option<Self> {
        let people: f64 = cells.iter().map(|cell| f64::from(cell.people)).sum();
        let share = |cell: &Self| f64::from(cell.people) / people;
        let value = cells.iter().map(|cell| share(cell) * cell.value).sum();
        // The same people are in most of the cells: what is uncertain of one is so of the next.
        let reach = cells.iter().map(|cell| share(cell) * (cell.between.1 - cell.between.0) / 2.0).sum();
        let mean = (people / cells.len() as f64).round();
        Self::of(value, reach, mean as u32, of)
    }
}
