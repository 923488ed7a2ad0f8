//! A council of perspectives: the model looks at the matter from several sides before it answers, once and in one voice.
//!
//! What it deliberates stands between tags, and nobody is shown it (`hidden`). Which sides are asked for follows from what the person's
//! figures point to; the person's own is always one.

use attune_companion::Problem;

/// A side from which a matter is looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Side {
    Psychology,
    Workload,
    Social,
    Policy,
}

impl Side {
    const fn task(self) -> &'static str {
        match self {
            Self::Psychology => {
                "- Psychology: what the person seems to feel, what they need to hear first, and what would be too much."
            }
            Self::Workload => {
                "- Workload: what asks too much of their time and strength, and what small change would be theirs to make."
            }
            Self::Social => {
                "- Social: who is around them, what is between them and others, and whom they could turn to."
            }
            Self::Policy => {
                "- HR policy: what is theirs by right (leave, rest, a fair talk), without advice on law and without speaking for HR."
            }
        }
    }
}

/// Which side a problem calls for besides the person's own.
fn side(problem: Problem) -> Side {
    match problem.name() {
        "workload" | "long_hours" | "uneven_hours" | "meetings" | "interruptions" | "deadlines" | "unclear_role" => {
            Side::Workload
        }
        "isolation" | "manager" | "conflict" | "recognition" | "settling_in" | "loss" => Side::Social,
        "leave_not_taken" | "sick_leave" | "performance" | "growth" | "unfair_treatment" | "change" | "balance"
        | "pay" => Side::Policy,
        _ => Side::Psychology,
    }
}

/// The sides for what somebody's figures point to; all of them where they point to nothing.
pub(super) fn sides(problems: impl Iterator<Item = Problem>) -> String {
    let mut sides: Vec<Side> = problems.map(side).chain([Side::Psychology]).collect();
    if sides.len() == 1 {
        sides.extend([Side::Workload, Side::Social, Side::Policy]);
    }
    sides.sort_unstable();
    sides.dedup();
    sides.into_iter().map(Side::task).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_looked_at_from_its_side_and_from_the_persons() {
        let all = sides(std::iter::empty());
        assert_eq!(all.lines().count(), 4);
        for problem in Problem::ALL {
            let asked = sides([*problem].into_iter());
            assert!(asked.starts_with("- Psychology") && (1..=4).contains(&asked.lines().count()), "{problem:?}");
        }
        assert!(sides([Problem::Workload].into_iter()).contains("- Workload"));
        assert!(!sides([Problem::Workload].into_iter()).contains("- Social"));
    }
}
