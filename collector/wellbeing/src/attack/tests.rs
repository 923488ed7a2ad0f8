//! Random organisations: whatever teams there are, whoever joins, leaves and is away, nothing is learnt of few people.

use std::collections::BTreeMap;

use attune_ground::measures::MEASURES;
use attune_people::teams::TeamId;
use proptest::prelude::*;

use super::Answer;
use super::control::answers;
use super::suite::{Outcome, attack};
use crate::team::{Before, Cohort, Contributor, Group, MEMORY, Part, Rules, WEEK, WINDOWS, make};

const FIRST: i64 = 20_451;
const LEAST: usize = 5;
const WEEKS: i64 = 7;

/// An organisation of sixty people that changes from week to week.
struct Organisation {
    rng: fastrand::Rng,
    teams: Vec<Cohort>,
    /// The last week of each of which somebody has left it since.
    left: Vec<Option<i64>>,
    /// What was seen of whom last, and when.
    seen: BTreeMap<u64, (i64, f64)>,
}

impl Organisation {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut teams: Vec<Cohort> = Vec::new();
        for _ in 0..rng.usize(3..9) {
            let first = rng.u64(0..50);
            teams.push((first..first + rng.u64(3..18)).collect());
        }
        // Some are made of others, and of a few people more or less.
        for _ in 0..rng.usize(0..4) {
            let (one, other) = (rng.usize(0..teams.len()), rng.usize(0..teams.len()));
            let mut both: Cohort = teams[one].union(&teams[other]).copied().collect();
            for _ in 0..rng.usize(0..4) {
                both.insert(rng.u64(0..68));
            }
            teams.push(both);
        }
        let left = vec![None; teams.len()];
        Self { rng, teams, left, seen: BTreeMap::new() }
    }

    /// Who is seen in the next week, after some have joined and left.
    fn week(&mut self, week: i64) -> (Vec<Group>, BTreeMap<u64, Contributor>) {
        let Self { rng, teams, left, seen } = self;
        for (team, left) in teams.iter_mut().zip(left.iter_mut()) {
            if rng.f64() < 0.3 {
                team.insert(rng.u64(0..68));
            }
            if rng.f64() < 0.15 {
                team.pop_first();
                *left = Some(week - WEEK);
            }
        }
        let away = rng.f64() * 0.5;
        let mut people = BTreeMap::new();
        for person in 0..68 {
            let before = seen.get(&person).copied();
            let is_here = rng.f64() >= away;
            if is_here {
                seen.insert(person, (week, 0.1 + 0.8 * rng.f64()));
            }
            let Some((of, mean)) = seen.get(&person).copied().filter(|(of, _)| *of > week - MEMORY * WEEK) else {
                continue;
            };
            let mut one = Contributor::default();
            one.parts[0] = Some(Part { mean, weight: 1.0, is_new: of == week });
            let mut last = before.map(|(_, mean)| mean);
            for window in 1..WINDOWS {
                let is_new = is_here && rng.f64() < 0.7;
                if is_new {
                    last = Some(rng.f64());
                }
                one.parts[window] = last.map(|mean| Part { mean, weight: 1.0, is_new });
            }
            people.insert(person, one);
        }
        let group = |(number, (people, left)): (u8, (&Cohort, &Option<i64>))| Group {
            team: TeamId([number; 16]),
            people: people.clone(),
            left: *left,
        };
        ((1..).zip(teams.iter().zip(left.iter())).map(group).collect(), people)
    }
}

/// How many people a combination of cohorts is of.
fn left(cohorts: &[(&Cohort, i32)]) -> usize {
    let mut factors: BTreeMap<u64, i32> = BTreeMap::new();
    for (cohort, factor) in cohorts {
        cohort.iter().for_each(|person| *factors.entry(*person).or_default() += factor);
    }
    factors.values().filter(|factor| **factor != 0).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_combination_of_figures_is_of_fewer_people_than_a_figure(seed in any::<u64>()) {
        let mut organisation = Organisation::new(seed);
        let (mut before, mut then): (Vec<Before>, Vec<Answer>) = (Vec::new(), Vec::new());
        for week in (0..WEEKS).map(|number| FIRST + number * WEEK) {
            let (groups, people) = organisation.week(week);
            let made = make(Rules::all(LEAST, None), (&MEASURES[0], week), &people, &groups, &before, &mut || 0.5);
            let now = answers(Rules::all(LEAST, None), (&MEASURES[0], week), &made, &people);
            let mut outcome = Outcome::default();
            then.retain(|answer| answer.week >= week - MEMORY * WEEK);
            attack(&now, &then, LEAST, &mut outcome);
            prop_assert!(outcome.learnt.is_empty(), "{:?}", outcome.learnt);
            for one in made.into_iter().filter(|one| !one.people.is_empty()) {
                before.push(Before { team: one.team, week, people: one.people });
            }
            then.extend(now);

            // Beside what the attacks try: any two, and a few with any factors, of the cohorts and of who was seen in one window.
            let near: Vec<&Cohort> = then.iter().filter(|one| one.window == 0).map(|one| &one.people).collect();
            let window = organisation.rng.usize(0..WINDOWS);
            let new: Vec<&Cohort> =
                then.iter().filter(|one| one.week == week && one.window == window).map(|one| &one.new).collect();
            for all in [near, new].into_iter().filter(|all| !all.is_empty()) {
                for one in &all {
                    for other in &all {
                        let left = left(&[(*one, 1), (*other, -1)]);
                        prop_assert!(left == 0 || left >= LEAST, "{} of {:?} and {:?}", left, one, other);
                    }
                }
                for _ in 0..300 {
                    let rng = &mut organisation.rng;
                    let some: Vec<(&Cohort, i32)> =
                        (0..rng.usize(2..6)).map(|_| (all[rng.usize(0..all.len())], rng.i32(-2..3))).collect();
                    let left = left(&some);
                    prop_assert!(left == 0 || left >= LEAST, "{} of {:?}", left, some);
                }
            }
        }
    }
}

#[test]
fn random_organisations_are_told_of_and_not_of_all_teams() {
    let (mut given, mut withheld) = (0, 0);
    for seed in 0..20 {
        let mut organisation = Organisation::new(seed);
        let mut before: Vec<Before> = Vec::new();
        for week in (0..WEEKS).map(|number| FIRST + number * WEEK) {
            let (groups, people) = organisation.week(week);
            let made = make(Rules::all(LEAST, None), (&MEASURES[0], week), &people, &groups, &before, &mut || 0.5);
            for one in made {
                if one.people.is_empty() {
                    withheld += 1;
                } else {
                    given += 1;
                    before.push(Before { team: one.team, week, people: one.people });
                }
            }
        }
    }
    assert!(given > 100 && withheld > 100, "{given} given, {withheld} withheld");
}

#[test]
fn where_another_number_of_people_is_set_from_week_to_week_nothing_is_learnt_of_fewer_than_the_smallest() {
    let mut given = 0;
    for seed in 0..12 {
        let mut organisation = Organisation::new(seed);
        let (mut before, mut then): (Vec<Before>, Vec<Answer>) = (Vec::new(), Vec::new());
        for (week, least) in (0..WEEKS).map(|number| FIRST + number * WEEK).zip([5, 8, 5, 10, 6, 12, 5]) {
            let rules = Rules::all(least, None);
            let (groups, people) = organisation.week(week);
            let made = make(rules, (&MEASURES[0], week), &people, &groups, &before, &mut || 0.5);
            let now = answers(rules, (&MEASURES[0], week), &made, &people);
            let mut outcome = Outcome::default();
            then.retain(|answer| answer.week >= week - MEMORY * WEEK);
            attack(&now, &then, LEAST, &mut outcome);
            assert!(outcome.learnt.is_empty(), "{seed} {least}: {:?}", outcome.learnt);
            for one in made.into_iter().filter(|one| !one.people.is_empty()) {
                given += 1;
                before.push(Before { team: one.team, week, people: one.people });
            }
            then.extend(now);
        }
    }
    assert!(given > 10, "{given} given");
}
