//! Whether a measure that is made of others, beside those, tells of the few of whom more is seen than of the rest.
//!
//! The attacker knows by which sensors everybody is seen, as whoever sits beside them does, and how the overall score is made. Of whom
//! stress alone is known it is one less their stress: of a team of such people both figures together are one, and what they are besides is of
//! the others.

use std::collections::BTreeMap;

use attune_ground::measures::Measure;
use attune_people::teams::TeamId;

use super::suite::Outcome;
use super::{Attack, FIRST, Learnt, contributor};
use crate::team::{Cohort, Contributor, Group, Made, Rules, make};

/// Who is seen by a camera, too: pleasantness and attention are known of them.
const SEEN: u64 = 0;

/// What counts as zero.
const ZERO: f64 = 1e-9;

/// Tries it on a team of which all but one are seen by one sensor only.
pub(super) fn attack(rules: Rules, least: usize, outcome: &mut Outcome) {
    let count = least as u64 + 4;
    let (stress, overall) = (made(rules, "stress_load", count, stress), made(rules, "overall", count, overall));
    let told = stress.zip(overall).filter(|(stress, overall)| stress.people == overall.people);
    let found = told.and_then(|(stress, overall)| {
        let [stress_sum, overall_sum] = [&stress, &overall].map(sum);
        let (sum, truth) = (stress_sum? + overall_sum? - stress.people.len() as f64, besides(SEEN));
        let is_so = stress.people.contains(&SEEN) && (sum - truth).abs() < ZERO;
        is_so.then(|| Learnt { attack: Attack::Compounds, factors: vec![(SEEN, 1.0)], sum, within: 0.0 })
    });
    outcome.try_all(Attack::Compounds, 1, found);
}

fn stress(person: u64) -> f64 {
    0.3 + person as f64 / 400.0
}

/// As the indicators make it: weights of 0.4, 0.4 and 0.2, of what is known.
fn overall(person: u64) -> f64 {
    let (pleasantness, attention) = (0.9, 0.7);
    match person {
        SEEN => 0.4 * pleasantness + 0.4 * (1.0 - stress(person)) + 0.2 * attention,
        _ => 1.0 - stress(person),
    }
}

/// What the overall score of somebody is besides one less their stress.
fn besides(person: u64) -> f64 {
    overall(person) + stress(person) - 1.0
}

fn sum(made: &Made) -> Option<f64> {
    let figure = made.windows[0].ok()?;
    Some(figure.value * f64::from(figure.people))
}

/// What is told of the team in a week.
fn made(rules: Rules, name: &str, count: u64, value: fn(u64) -> f64) -> Option<Made> {
    let measure = Measure::of_name(name)?;
    let people: BTreeMap<u64, Contributor> = (0..count).map(|person| (person, contributor(value(person)))).collect();
    let members: Cohort = (0..count).collect();
    let group = Group { team: TeamId([1; 16]), people: members, left: None };
    make(rules, (measure, FIRST), &people, &[group], &[], &mut || 0.5).into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overall_score_beside_stress_tells_of_the_one_who_is_seen_by_more_and_is_not_told_of_teams() {
        for least in [5, 10, 20] {
            let learnt = |rules: Rules| {
                let mut outcome = Outcome::default();
                attack(rules, least, &mut outcome);
                outcome.learnt
            };
            let rules = Rules::all(least, None);
            assert!(learnt(rules).is_empty(), "{least}");
            let found = learnt(Rules { compounds: false, ..rules });
            // 0.36 + 0.28 + 0.14 + 0.3 - 1
            assert!(matches!(found.as_slice(), [one] if (one.sum - 0.08).abs() < 1e-9), "{least}: {found:?}");
        }
    }
}
