/// How many columns are told first.
pub const FIRST: usize = 5;

/// How much a column weighs, by the size of what it takes from the path. Elara's bands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// From 0.1 on.
    Low,
    /// From 0.3 on.
    Medium,
    /// Above 0.6.
    High,
}

impl Severity {
    /// Of a contribution below 0; none for one that is too small to be named.
    pub fn of(contribution: f64) -> Option<Self> {
        match -contribution {
            size if size > 0.6 => Some(Self::High),
            size if size >= 0.3 => Some(Self::Medium),
            size if size >= 0.1 => Some(Self::Low),
            _ => None,
        }
    }
}

/// A column that makes a row more unusual.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Problem {
    /// Which column.
    pub feature: usize,
    /// What it adds to the path: below 0. People are shown its size.
    pub contribution: f64,
    /// How much it weighs.
    pub severity: Option<Severity>,
    /// Whether its value is not known, and the middle one stood in.
    pub blank: bool,
}

/// Why a row is unusual.
#[derive(Clone, PartialEq, Debug)]
pub struct Explanation {
    /// The columns that weigh most, the heaviest first; at most five.
    pub problems: Vec<Problem>,
    /// The others that make it more unusual.
    pub others: Vec<Problem>,
}

impl Explanation {
    /// Of a row's contributions, and which of its values were blank.
    pub fn of(contributions: &[f64], blank: &[bool]) -> Self {
        let mut problems: Vec<Problem> = heaviest(contributions)
            .into_iter()
            .map(|feature| {
                let contribution = contributions[feature];
                let blank = blank.get(feature).copied().unwrap_or(false);
                Problem { feature, contribution, severity: Severity::of(contribution), blank }
            })
            .collect();
        let others = problems.split_off(problems.len().min(FIRST));
        Self { problems, others }
    }
}

/// Columns that make a row more unusual, the heaviest first; of two that weigh the same the one that stands first.
pub(super) fn heaviest(contributions: &[f64]) -> Vec<usize> {
    let mut features: Vec<usize> = (0..contributions.len()).filter(|feature| contributions[*feature] < 0.0).collect();
    features.sort_by(|left, right| contributions[*left].total_cmp(&contributions[*right]));
    features
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_are_told_first_and_who_adds_to_the_path_is_no_problem() {
        let contributions = [-0.05, 0.4, -0.7, -0.1, -0.3, -0.6, -0.2, 0.0, -0.2];
        let explanation = Explanation::of(&contributions, &[false, false, true]);
        let features = |problems: &[Problem]| problems.iter().map(|problem| problem.feature).collect::<Vec<_>>();
        assert_eq!(features(&explanation.problems), [2, 5, 4, 6, 8]);
        assert_eq!(features(&explanation.others), [3, 0]);
        assert!(explanation.problems[0].blank && explanation.problems[1..].iter().all(|problem| !problem.blank));
    }

    #[test]
    fn severities_are_the_bands_of_the_size() {
        let of = [-0.09, -0.1, -0.29, -0.3, -0.6, -0.61, 0.9, f64::NAN].map(Severity::of);
        let [low, medium, high] = [Severity::Low, Severity::Medium, Severity::High].map(Some);
        assert_eq!(of, [None, low, low, medium, medium, high, None, None]);
        assert!(Severity::Low < Severity::Medium && Severity::Medium < Severity::High);
    }
}
