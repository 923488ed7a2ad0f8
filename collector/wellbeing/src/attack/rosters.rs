//! Whether somebody takes part at all, told by what is given and withheld of teams whose members are known.
//!
//! The attacker knows who is in a team and when, and of everybody but one whether they take part, and computes what would be told if that
//! one did and if they did not. Where both differ, what is told says which it is. The numbers are such that neither the least number nor
//! the edge of a class lies between both: there, who knows as much of all others learns of the one.

use std::collections::BTreeMap;

use attune_ground::measures::MEASURES;
use attune_people::teams::TeamId;

use super::suite::Outcome;
use super::{Attack, FIRST, Learnt, contributor};
use crate::team::{Before, Cohort, Contributor, Group, Rules, WEEK, make, told_people};

/// A team of members of whom one leaves behind the first week, or joins; how many others take part, and how many do not.
struct Watched {
    others: usize,
    idle: usize,
    joins: bool,
}

/// Of how many people each week is told to be, or in which words it is withheld.
type Seen = Vec<Result<u32, &'static str>>;

/// Tries it on a team from which somebody goes, on one so large that others rest then, on one to which somebody comes, and on one of
/// which everybody takes part.
pub(super) fn attack(rules: Rules, least: usize, outcome: &mut Outcome) {
    let teams = [(least + 3, false), (2 * least + 4, false), (least + 3, true)];
    for (others, joins) in teams {
        let team = Watched { others: within_a_class(others, least), idle: 1, joins };
        let (with, without) = (seen(rules, &team, true), seen(rules, &team, false));
        let found = (with != without).then(|| takes_part(0));
        outcome.try_all(Attack::Rosters, with.len(), found);
    }
    let whole = Watched { others: least + 3, idle: 0, joins: false };
    let members = u32::try_from(whole.others + 1).unwrap_or(u32::MAX);
    let found = seen(rules, &whole, true).first().is_some_and(|first| *first == Ok(members));
    outcome.try_all(Attack::Rosters, 1, found.then(|| takes_part(0)));
}

/// The first number from one on that is told as the next one is.
fn within_a_class(mut people: usize, least: usize) -> usize {
    let told = |people: usize| {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        told_people(number(people), number(least))
    };
    while told(people) != told(people + 1) {
        people += 1;
    }
    people
}

/// That somebody takes part, as it is in what is told.
fn takes_part(person: u64) -> Learnt {
    Learnt { attack: Attack::Rosters, factors: vec![(person, 1.0)], sum: 1.0, within: 0.0 }
}

/// What is told of the team in three weeks, where somebody takes part or does not.
fn seen(rules: Rules, team: &Watched, takes_part: bool) -> Seen {
    let (others, all) = (team.others as u64, (team.others + team.idle) as u64);
    let first = u64::from(!takes_part);
    let people: BTreeMap<u64, Contributor> =
        (first..=others).map(|person| (person, contributor(0.3 + person as f64 / 1000.0))).collect();
    let measure = &MEASURES[0];
    let (mut before, mut seen): (Vec<Before>, Seen) = (Vec::new(), Vec::new());
    for number in 0..3 {
        let week = FIRST + number * WEEK;
        let is_in = (number > 0) == team.joins;
        let members: Cohort = (u64::from(!is_in)..=all).collect();
        let left = (number > 0 && !team.joins).then_some(FIRST);
        let group = Group { team: TeamId([1; 16]), people: members, left };
        let made = make(rules, (measure, week), &people, &[group], &before, &mut || 0.5);
        let Some(one) = made.into_iter().next() else { continue };
        let least = u32::try_from(rules.least_people).unwrap_or(u32::MAX);
        seen.push(match one.windows[0] {
            Ok(figure) if rules.rosters => Ok(told_people(figure.people, least)),
            Ok(figure) => Ok(figure.people),
            Err(why) => Err(why.name()),
        });
        if !one.people.is_empty() {
            before.push(Before { team: one.team, week, people: one.people });
        }
    }
    seen
}
