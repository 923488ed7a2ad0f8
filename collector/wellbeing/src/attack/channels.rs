//! Whether figures of kinds of channels, beside that of all messages, tell of the few who write otherwise than the rest.
//!
//! The attacker knows who wrote how many messages in which kinds of channels on which day, as whoever reads along does, and not how any of
//! them reads. Of people who write in the same proportions everywhere, all messages are what their kinds are together: taken from the figure
//! of all messages in these proportions, figures of kinds leave what the others wrote.

use std::collections::BTreeMap;

use attune_ground::measures::{CHANNELS, Channel, of_messages};
use attune_people::teams::TeamId;

use super::suite::Outcome;
use super::{Attack, FIRST, Learnt};
use crate::bucket::Bucket;
use crate::team::{self, Cohort, Contributor, Group, Made, Rules, WINDOWS, make};

/// Kinds of channels in which people write here.
const KINDS: usize = 2;
/// On how many days of a week.
const DAYS: usize = 5;
/// What is unknown of somebody: how their messages of a kind read on a day.
const UNKNOWNS: usize = KINDS * DAYS;

/// What counts as zero.
const ZERO: f64 = 1e-9;

/// How many messages somebody writes in each kind of channel, on each day.
type Writes = [u32; KINDS];

/// With which factor each of the unknown stands in a mean.
type Factors = [f64; UNKNOWNS];

/// A figure, with the factors of each of its people.
struct Row {
    people: BTreeMap<u64, Factors>,
    sum: f64,
}

/// Tries it on a team of which all but one write in one kind only, and on one of which all but one write in two kinds as much.
pub(super) fn attack(rules: Rules, least: usize, outcome: &mut Outcome) {
    let teams: [(Writes, Writes); 2] = [([4, 0], [4, 2]), ([1, 1], [1, 2])];
    for (usual, others) in teams {
        let writes: Vec<Writes> = (0..least + 4).map(|person| if person == 0 { others } else { usual }).collect();
        let all = told(rules, None, &writes);
        let kinds: Vec<[Option<Row>; WINDOWS]> =
            CHANNELS.iter().take(KINDS).map(|kind| told(rules, Some(kind), &writes)).collect();
        for (window, all) in all.iter().enumerate() {
            let Some(all) = all else { continue };
            let kinds: Vec<&Row> = kinds.iter().filter_map(|kind| kind[window].as_ref()).collect();
            let found = less(all, &kinds, least);
            outcome.try_all(Attack::Channels, all.people.len(), found);
        }
    }
}

/// How somebody's messages of a kind read on a day.
fn value(person: u64, unknown: usize) -> f64 {
    let kind = if unknown.is_multiple_of(KINDS) { 0.1 } else { -0.15 };
    kind + person as f64 / 400.0 + unknown as f64 / 90.0
}

/// The days of somebody, whose messages read so.
fn days(writes: Writes, value: impl Fn(usize) -> f64) -> Vec<(i64, Bucket)> {
    let day = |day: usize| {
        let mut bucket = Bucket::default();
        for (kind, count) in writes.into_iter().enumerate() {
            for measure in [of_messages(None)[0], of_messages(Some(&CHANNELS[kind]))[0]] {
                for _ in 0..count {
                    bucket.sums.entry(measure.number).or_default().add(value(day * KINDS + kind), 1.0, 0.0);
                }
            }
        }
        bucket
    };
    (FIRST..).zip((0..DAYS).map(day)).collect()
}

/// What is told of all messages, or of those of one kind, in a week and on each of its days.
fn told(rules: Rules, kind: Option<&Channel>, writes: &[Writes]) -> [Option<Row>; WINDOWS] {
    let measure = of_messages(kind)[0];
    let one = |person: u64, days: &[(i64, Bucket)]| team::contributor(rules, (measure, FIRST), (person, days));
    let mut people: BTreeMap<u64, Contributor> = BTreeMap::new();
    for (person, writes) in (0_u64..).zip(writes) {
        if let Some(found) = one(person, &days(*writes, |unknown| value(person, unknown))) {
            people.insert(person, found);
        }
    }
    let members: Cohort = (0..writes.len() as u64).collect();
    let group = Group { team: TeamId([1; 16]), people: members, left: None };
    let made = make(rules, (measure, FIRST), &people, &[group], &[], &mut || 0.5);
    let Some(Made { people: cohort, windows, .. }) = made.into_iter().next() else { return Default::default() };
    // A mean is linear in what it is of: with one of the unknown as 1, and all others as 0, it is the factor of that one.
    let factors = |(person, writes): (u64, &Writes)| {
        let mut all = [[0.0; UNKNOWNS]; WINDOWS];
        for unknown in 0..UNKNOWNS {
            let alone = days(*writes, |other| if other == unknown { 1.0 } else { 0.0 });
            let parts = one(person, &alone).map(|one| one.parts).unwrap_or_default();
            for (factors, part) in all.iter_mut().zip(parts) {
                factors[unknown] = part.map_or(0.0, |part| part.mean);
            }
        }
        (person, all)
    };
    let people = (0_u64..).zip(writes).filter(|(person, _)| cohort.contains(person));
    let people: BTreeMap<u64, [Factors; WINDOWS]> = people.map(factors).collect();
    std::array::from_fn(|window| {
        let figure = windows[window].ok()?;
        let people = people.iter().map(|(person, all)| (*person, all[window])).collect();
        Some(Row { people, sum: figure.value * f64::from(figure.people) })
    })
}

/// What all messages tell less those of kinds, in the proportions of each who wrote, where few are left. Only what is so counts as learnt.
fn less(all: &Row, kinds: &[&Row], least: usize) -> Vec<Learnt> {
    let mut found = Vec::new();
    for (like, factors) in &all.people {
        let proportions: Vec<f64> = kinds
            .iter()
            .map(|kind| kind.people.get(like).map_or(0.0, |of_kind| proportion(factors, of_kind)))
            .collect();
        let mut left: BTreeMap<u64, Factors> = all.people.clone();
        let mut sum = all.sum;
        for (kind, proportion) in kinds.iter().zip(&proportions).filter(|(_, proportion)| **proportion != 0.0) {
            sum -= proportion * kind.sum;
            for (person, factors) in &kind.people {
                let own = left.entry(*person).or_insert([0.0; UNKNOWNS]);
                own.iter_mut().zip(factors).for_each(|(own, factor)| *own -= proportion * factor);
            }
        }
        left.retain(|_, factors| factors.iter().any(|factor| factor.abs() > ZERO));
        let of_one = |(person, factors): (&u64, &Factors)| -> f64 {
            factors.iter().enumerate().map(|(unknown, factor)| factor * value(*person, unknown)).sum()
        };
        let truth: f64 = left.iter().map(of_one).sum();
        if (1..least).contains(&left.len()) && (truth - sum).abs() < ZERO.sqrt() {
            let factors = left.keys().map(|person| (*person, 1.0)).collect();
            found.push(Learnt { attack: Attack::Channels, factors, sum, within: 0.0 });
        }
    }
    found
}

/// How often a kind is to be taken so that what somebody wrote in it is gone from all that they wrote.
fn proportion(all: &Factors, of_kind: &Factors) -> f64 {
    let known = all.iter().zip(of_kind).find(|(_, of_kind)| of_kind.abs() > ZERO);
    known.map_or(0.0, |(all, of_kind)| all / of_kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(rules: Rules, least: usize) -> Vec<Learnt> {
        let mut outcome = Outcome::default();
        attack(rules, least, &mut outcome);
        outcome.learnt
    }

    #[test]
    fn all_messages_less_kinds_of_channels_tell_of_the_one_who_writes_otherwise_and_not_where_a_kind_of_each_day_is_left_out()
     {
        for least in [5, 10, 20] {
            let rules = Rules::all(least, None);
            assert!(learnt(rules, least).is_empty(), "{least}");
            let found = learnt(Rules { channels: false, ..rules }, least);
            assert!(!found.is_empty(), "{least}");
            assert!(found.iter().all(|one| one.factors == [(0, 1.0)]), "{least}: {found:?}");
        }
    }

    #[test]
    fn with_a_kind_left_out_figures_of_kinds_are_still_told() {
        let rules = Rules::all(10, None);
        let both: Vec<Writes> = vec![[1, 1]; 14];
        for kind in &CHANNELS[..KINDS] {
            assert!(told(rules, Some(kind), &both)[0].is_some(), "{}", kind.name);
        }
    }
}
