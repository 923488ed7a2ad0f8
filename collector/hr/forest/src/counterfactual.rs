use super::explain::heaviest;

/// Columns that are tried: more would be no advice.
const TRIED: usize = 8;
/// Columns that change at most.
const MOST: usize = 5;
/// Steps from the value that is to the ordinary one.
const STEPS: u32 = 16;

/// A value that would be another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Change {
    /// Of which column.
    pub feature: usize,
    /// What it is, in the column's own unit.
    pub from: f64,
    /// What it would be.
    pub to: f64,
}

/// What would have to be otherwise for the flag to go. It says how the line lies, not what causes what.
#[derive(Clone, PartialEq, Debug)]
pub struct Counterfactual {
    /// The largest change first, in units of the columns' deviations.
    pub changes: Vec<Change>,
    /// How far the changed row lies on the ordinary side: 0 or more.
    pub decision: f64,
}

/// A flagged row, and what can be done about it.
pub(super) struct Question<'a> {
    /// In the columns' own units.
    pub(super) row: &'a [f64],
    pub(super) contributions: &'a [f64],
    /// Columns that may change: known, and such that somebody can do something about them.
    pub(super) may_change: &'a [bool],
    /// Where ordinary rows have their middle.
    pub(super) middles: &'a [f64],
    pub(super) deviations: &'a [f64],
}

impl Question<'_> {
    /// Columns go to the ordinary middle one after the other, each time the one that helps most, until the flag is gone; then each goes
    /// back, if not all the way then as far as the flag stays away. `decide` says how far a row lies on the ordinary side, and so has
    /// the last word.
    pub(super) fn answer(&self, decide: impl Fn(&[f64]) -> f64) -> Option<Counterfactual> {
        let can = |feature: &usize| self.may_change[*feature] && self.row[*feature] != self.middles[*feature];
        let mut left: Vec<usize> = heaviest(self.contributions).into_iter().filter(can).take(TRIED).collect();
        let (mut row, mut changed) = (self.row.to_vec(), Vec::new());
        let mut decision = decide(&row);
        while decision < 0.0 && changed.len() < MOST {
            let tried =
                left.iter().map(|feature| (decide(&self.with(&row, *feature, self.middles[*feature])), *feature));
            let (best, feature) = tried.reduce(|best, other| if other.0 > best.0 { other } else { best })?;
            row[feature] = self.middles[feature];
            left.retain(|other| *other != feature);
            changed.push(feature);
            decision = best;
        }
        if decision < 0.0 {
            return None;
        }
        // Needless are some that helped only until others did; the lightest is the first to go back.
        changed.sort_by(|left, right| self.contributions[*right].total_cmp(&self.contributions[*left]));
        changed.retain(|feature| {
            let without = self.with(&row, *feature, self.row[*feature]);
            let needed = decide(&without) < 0.0;
            if !needed {
                row = without;
            }
            needed
        });
        changed.sort_by(|left, right| self.size(&row, *right).total_cmp(&self.size(&row, *left)));
        for feature in &changed {
            row[*feature] = self.least(&row, *feature, &decide);
        }
        changed.sort_by(|left, right| self.size(&row, *right).total_cmp(&self.size(&row, *left)));
        let change = |feature: &usize| Change { feature: *feature, from: self.row[*feature], to: row[*feature] };
        Some(Counterfactual { changes: changed.iter().map(change).collect(), decision: decide(&row) })
    }

    fn with(&self, row: &[f64], feature: usize, value: f64) -> Vec<f64> {
        let mut row = row.to_vec();
        row[feature] = value;
        row
    }

    /// How much of a column changed.
    fn size(&self, row: &[f64], feature: usize) -> f64 {
        ((row[feature] - self.row[feature]) / self.deviations[feature]).abs()
    }

    /// The value nearest to what it is with which the flag stays away; the one it was brought to is one.
    fn least(&self, row: &[f64], feature: usize, decide: &impl Fn(&[f64]) -> f64) -> f64 {
        let (from, to) = (self.row[feature], row[feature]);
        let mut values = (1..STEPS).map(|step| from + (to - from) * f64::from(step) / f64::from(STEPS));
        values.find(|value| decide(&self.with(row, feature, *value)) >= 0.0).unwrap_or(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question<'a>(row: &'a [f64], may_change: &'a [bool]) -> Question<'a> {
        Question { row, contributions: &[-0.5, -0.4, -0.3, 0.2], may_change, middles: &[0.0; 4], deviations: &[1.0; 4] }
    }

    /// Flagged is who is more than 3 away, all columns together; the last counts for nothing.
    fn decide(row: &[f64]) -> f64 {
        3.0 - row[..3].iter().map(|value| value.abs()).sum::<f64>()
    }

    #[test]
    fn no_more_changes_than_takes_the_flag_away() {
        let answer = question(&[4.0, 1.0, 0.5, 9.0], &[true; 4]).answer(decide).expect("an answer");
        assert_eq!(answer.changes, [Change { feature: 0, from: 4.0, to: 1.5 }]);
        assert!(answer.decision >= 0.0);
    }

    #[test]
    fn what_nobody_can_change_stays_as_it_is() {
        let row = [4.0, 2.0, 2.0, 9.0];
        assert_eq!(question(&row, &[false, true, true, true]).answer(decide), None);
        let answer = question(&row, &[true, false, true, true]).answer(decide).expect("an answer");
        assert!(answer.changes.iter().all(|change| change.feature != 1 && change.to.abs() < change.from.abs()));
        assert!(answer.decision >= 0.0);
    }

    #[test]
    fn a_column_whose_change_turns_out_needless_goes_back() {
        // The first helps most alone, but only the next two take the flag away.
        let decide = |row: &[f64]| match [row[0], row[1], row[2]].map(|value| value == 0.0) {
            [_, true, true] => 1.0,
            [true, true, _] => -0.2,
            [true, _, true] => -0.3,
            [true, ..] => -0.5,
            _ => -1.0,
        };
        let answer = question(&[1.0; 4], &[true; 4]).answer(decide).expect("an answer");
        let features: Vec<usize> = answer.changes.iter().map(|change| change.feature).collect();
        assert_eq!(features, [2, 1]);
    }

    #[test]
    fn who_is_not_flagged_needs_no_change() {
        let answer = question(&[1.0, 0.0, 0.0, 0.0], &[true; 4]).answer(decide).expect("an answer");
        assert_eq!((answer.changes.len(), answer.decision), (0, 2.0));
    }
}
