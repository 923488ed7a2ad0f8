use std::collections::BTreeMap;

/// How often people of a group are flagged.
#[derive(Clone, PartialEq, Debug)]
pub struct Rate {
    /// How many people.
    pub people: usize,
    /// How many of them are flagged.
    pub flagged: usize,
    /// The share that is flagged.
    pub share: f64,
    /// Where it may well lie, as few are counted: Wilson's interval of 95 %.
    pub between: (f64, f64),
}

/// How often people are flagged, by group.
#[derive(Clone, PartialEq, Debug)]
pub struct Fairness {
    /// Of all that have a group.
    pub all: Option<Rate>,
    /// By name. None where there are too few, or where what is told of all and of the others would tell them.
    pub groups: BTreeMap<String, Option<Rate>>,
}

impl Fairness {
    /// Of people, each with the group that the organisation gives and whether they are flagged. Less than `least` are not told.
    pub fn of<'a>(people: impl IntoIterator<Item = (Option<&'a str>, bool)>, least: usize) -> Self {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (group, flagged) in people {
            if let Some(group) = group {
                let (count, flags) = counts.entry(group).or_default();
                *count += 1;
                *flags += usize::from(flagged);
            }
        }
        let (count, flags) = counts.values().fold((0, 0), |sum, each| (sum.0 + each.0, sum.1 + each.1));
        let bound = least_told(counts.values().map(|(count, _)| *count).collect(), least);
        let told = |(name, (count, flags)): (&str, (usize, usize))| {
            (name.to_owned(), (count >= bound).then(|| Rate::of(count, flags)))
        };
        let all = (count >= least.max(1)).then(|| Rate::of(count, flags));
        Self { all, groups: counts.into_iter().map(told).collect() }
    }
}

/// How many people a group has at least that is told, of groups of these sizes. Those that are withheld are together as many as one must
/// be: they are what is left of all when the others are taken away.
#[must_use]
pub fn least_told(mut sizes: Vec<usize>, least: usize) -> usize {
    sizes.sort_unstable();
    let (mut withheld, mut largest) = (0, 0);
    for size in sizes {
        let exposed = (1..least).contains(&withheld);
        if size >= least && size > largest && !exposed {
            return size;
        }
        (withheld, largest) = (withheld + size, size);
    }
    usize::MAX
}

impl Rate {
    fn of(people: usize, flagged: usize) -> Self {
        const NORMAL: f64 = 1.959_963_984_540_054;
        let (count, share) = (people as f64, flagged as f64 / people as f64);
        let spread = NORMAL * (share * (1.0 - share) / count + NORMAL * NORMAL / (4.0 * count * count)).sqrt();
        let (middle, all) = (share + NORMAL * NORMAL / (2.0 * count), 1.0 + NORMAL * NORMAL / count);
        let between = (((middle - spread) / all).max(0.0), ((middle + spread) / all).min(1.0));
        Self { people, flagged, share, between }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(groups: &[(&'static str, usize, usize)]) -> Vec<(Option<&'static str>, bool)> {
        let group = |(name, count, flagged): &(&'static str, usize, usize)| {
            let (name, flagged) = (*name, *flagged);
            (0..*count).map(move |place| (Some(name), place < flagged)).collect::<Vec<_>>()
        };
        groups.iter().flat_map(group).collect()
    }

    fn told(fairness: &Fairness) -> Vec<&str> {
        fairness.groups.iter().filter(|(_, rate)| rate.is_some()).map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn rates_come_with_counts_and_with_how_sure_they_are() {
        let fairness = Fairness::of(people(&[("north", 20, 5), ("south", 80, 2)]), 5);
        let north = fairness.groups["north"].as_ref().expect("enough of them");
        assert_eq!((north.people, north.flagged, north.share), (20, 5, 0.25));
        assert!((north.between.0 - 0.111_861_7).abs() < 1e-6 && (north.between.1 - 0.468_700_9).abs() < 1e-6);
        assert_eq!(fairness.all.expect("enough of them").flagged, 7);
    }

    #[test]
    fn small_groups_are_withheld_and_cannot_be_reckoned_from_the_rest() {
        let three = people(&[("few", 3, 1), ("many", 30, 1), ("most", 60, 2)]);
        assert_eq!(told(&Fairness::of(three, 5)), ["most"]);
        let four = people(&[("few", 3, 1), ("others", 4, 0), ("many", 30, 1)]);
        assert_eq!(told(&Fairness::of(four, 5)), ["many"]);
        let fairness = Fairness::of(people(&[("few", 3, 1)]), 5);
        assert_eq!((fairness.all, fairness.groups["few"].clone()), (None, None));
    }

    #[test]
    fn groups_of_the_same_size_are_told_or_withheld_together() {
        let fairness = Fairness::of(people(&[("few", 2, 0), ("here", 9, 1), ("there", 9, 1), ("most", 20, 1)]), 5);
        assert_eq!(told(&fairness), ["most"]);
    }

    #[test]
    fn who_has_no_group_is_in_none() {
        let fairness = Fairness::of([(None, true), (None, false)], 1);
        assert_eq!((fairness.all, fairness.groups.len()), (None, 0));
    }
}
