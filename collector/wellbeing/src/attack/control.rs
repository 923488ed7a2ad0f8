//! What the attacks are worth: a made-up organisation in which each protection is needed, with each of them off in turn.

use std::collections::BTreeMap;

use attune_ground::measures::{MEASURES, Measure};
use attune_people::teams::TeamId;

use super::suite::{Outcome, attack};
use super::{Answer, Attack, FIRST, Learnt, channels, compounds, contributor, rosters};
use crate::team::{Before, Cohort, Contributor, Group, Made, Part, Rules, WEEK, make, told_people};

/// How wrong a number may be that counts as right.
const EXACT: f64 = 1e-6;

/// What was learnt without a protection.
#[derive(Debug)]
pub(super) struct Without {
    /// Which; "none" where all hold.
    pub(super) protection: &'static str,
    pub(super) outcome: Outcome,
    /// How much of what was learnt is so.
    pub(super) right: usize,
}

/// Whether nothing was learnt with all protections, and something that is so without one.
pub(super) fn is_as_it_must_be(without: &Without) -> bool {
    match without.protection {
        NONE => without.outcome.learnt.is_empty(),
        _ => without.right > 0,
    }
}

const NONE: &str = "none";

/// The organisation with all protections, and with each one off.
pub(super) fn all(least: usize) -> Vec<Without> {
    let whole = Rules::all(least, None);
    let off = |protection, rules, is_made_again| without((protection, rules), is_made_again, least);
    vec![
        off(NONE, whole, false),
        off("enough people", Rules { least_people: 1, ..whole }, false),
        off("symmetric difference", Rules { differences: false, ..whole }, false),
        off("complements", Rules { complements: false, ..whole }, false),
        off("one person's share", Rules { shares: false, ..whole }, false),
        off("fixed windows", whole, true),
        off("rosters", Rules { rosters: false, ..whole }, false),
        off("kinds of channels", Rules { channels: false, ..whole }, false),
        off("measures of measures", Rules { compounds: false, ..whole }, false),
        off("wide intervals", Rules { widths: false, ..whole }, false),
    ]
}

/// Who is in which team, and how they are. Teams have two people more than the least number at least, but for one.
struct MadeUp {
    groups: Vec<Group>,
    people: BTreeMap<u64, Contributor>,
    /// Who joins the last team in the second week, and who is seen in it only after it was made.
    joins: u64,
    late: u64,
}

fn made_up(least: usize) -> MadeUp {
    let mut next = 0_u64;
    let mut some = |count: usize| -> Cohort {
        let first = next;
        next += count as u64;
        (first..next).collect()
    };
    let (one, other, last) = (some(least + 2), some(least + 4), some(least + 5));
    let (alone, alike, more) = (some(3), some(least + 2), some(2));
    let [joins, late] = [some(1), some(1)].map(|one| one.first().copied().unwrap_or_default());
    let near: Cohort = one.iter().copied().chain(some(1)).collect();
    let larger: Cohort = one.iter().chain(&other).chain(&more).copied().collect();
    let middling = some(least + 3);
    let mut rng = fastrand::Rng::with_seed(1);
    let mut people = BTreeMap::new();
    for person in 0..next {
        let mean = match person {
            _ if alike.contains(&person) => 1.0,
            _ if middling.contains(&person) => 0.5,
            _ => 0.2 + 0.6 * rng.f64(),
        };
        people.insert(person, contributor(mean));
    }
    let teams = [one, other, last, alone, alike, near, larger, middling];
    let group = |(number, people): (u8, Cohort)| Group { team: TeamId([number; 16]), people, left: None };
    MadeUp { groups: (1..).zip(teams).map(group).collect(), people, joins, late }
}

fn without((protection, rules): (&'static str, Rules), is_made_again: bool, least: usize) -> Without {
    let MadeUp { mut groups, people, joins, late } = made_up(least);
    let measure = &MEASURES[0];
    let mut nothing = || 0.5;
    let mut outcome = Outcome::default();
    let (mut before, mut then): (Vec<Before>, Vec<Answer>) = (Vec::new(), Vec::new());
    for week in [FIRST, FIRST + WEEK] {
        if week > FIRST
            && let Some(group) = groups.get_mut(2)
        {
            group.people.insert(joins);
        }
        let made = make(rules, (measure, week), &people, &groups, &before, &mut nothing);
        let mut now = answers(rules, (measure, week), &made, &people);
        if is_made_again && week > FIRST {
            // What came late is of the figure that is asked for next.
            let mut again = groups.clone();
            again.retain(|group| group.team == TeamId([2; 16]));
            again.iter_mut().for_each(|group| _ = group.people.insert(late));
            let again = make(rules, (measure, week), &people, &again, &[], &mut nothing);
            now.extend(answers(rules, (measure, week), &again, &people));
        }
        attack(&now, &then, least, &mut outcome);
        for one in made.into_iter().filter(|one| !one.people.is_empty()) {
            before.push(Before { team: one.team, week, people: one.people });
        }
        then.extend(now);
    }
    rosters::attack(rules, least, &mut outcome);
    channels::attack(rules, least, &mut outcome);
    compounds::attack(rules, least, &mut outcome);
    let right = outcome.learnt.iter().filter(|learnt| is_right(learnt, &people)).count();
    Without { protection, outcome, right }
}

/// What was made, as who asks for it has it.
pub(super) fn answers(
    rules: Rules,
    (measure, week): (&Measure, i64),
    made: &[Made],
    people: &BTreeMap<u64, Contributor>,
) -> Vec<Answer> {
    let mut all = Vec::new();
    let least = u32::try_from(rules.least_people).unwrap_or(u32::MAX);
    for one in made.iter().filter(|one| !one.people.is_empty()) {
        for (window, figure) in one.windows.iter().enumerate() {
            let Ok(figure) = figure else { continue };
            let part = |person: &u64| people.get(person)?.parts[window];
            let is_new = |person: &&u64| part(person).is_some_and(|part| part.is_new);
            let days = |person: &u64| {
                let parts = people.get(person).map(|one| one.parts).unwrap_or_default();
                let is_new = |part: &Option<Part>| part.is_some_and(|part| part.is_new);
                (*person, parts[1..].iter().rev().fold(0_u8, |days, part| (days << 1) | u8::from(is_new(part))))
            };
            all.push(Answer {
                team: one.team,
                measure: measure.number,
                week,
                window,
                people: one.people.clone(),
                new: one.people.iter().filter(is_new).copied().collect(),
                days: one.people.iter().map(days).collect(),
                sum: figure.value * f64::from(figure.people),
                told: figure.people,
                between: figure.between,
                class: told_people(figure.people, least.min(figure.people)),
                is_noisy: false,
                range: measure.range,
                bands: one.bands.filter(|_| window == 0),
            });
        }
    }
    all
}

/// Whether what was learnt is so.
fn is_right(learnt: &Learnt, people: &BTreeMap<u64, Contributor>) -> bool {
    if matches!(learnt.attack, Attack::Rosters | Attack::Channels | Attack::Compounds) {
        // Of two worlds that are told apart, the attacker is in the one that they see. What kinds of channels and measures leave is held against
        // what is so of these people where it is tried.
        return true;
    }
    let value = |person: &u64| people.get(person)?.parts[0].map(|part| part.mean);
    let true_sum: Option<f64> = learnt.factors.iter().map(|(person, factor)| Some(value(person)? * factor)).sum();
    !learnt.factors.is_empty() && true_sum.is_some_and(|sum| (sum - learnt.sum).abs() <= learnt.within + EXACT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_all_protections_nothing_is_learnt_and_without_any_one_of_them_something_is() {
        for least in [5, 10, 20] {
            for without in all(least) {
                assert!(is_as_it_must_be(&without), "{least}: {without:?}");
            }
        }
    }

    #[test]
    fn with_all_protections_teams_are_still_told() {
        let MadeUp { groups, people, .. } = made_up(10);
        let made = make(Rules::all(10, None), (&MEASURES[0], FIRST), &people, &groups, &[], &mut || 0.5);
        let given = made.iter().filter(|one| !one.people.is_empty()).count();
        assert_eq!(given, 5, "four teams and the organisation");
    }
}
