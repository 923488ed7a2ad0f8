//! The attacks.

use std::collections::BTreeMap;

use attune_people::teams::TeamId;

use super::equations::of_few;
use super::{Answer, Attack, Learnt};
use crate::team::{BANDS_LEAST, Cohort, KNOWN_WITHIN, MEMORY, ORGANISATION, WEEK};

/// What is told in how many places, and was learnt.
#[derive(Default, Debug)]
pub(super) struct Outcome {
    pub(super) tried: BTreeMap<Attack, u64>,
    pub(super) learnt: Vec<Learnt>,
}

impl Outcome {
    pub(super) fn try_all(&mut self, attack: Attack, tried: usize, learnt: impl IntoIterator<Item = Learnt>) {
        *self.tried.entry(attack).or_default() += tried as u64;
        self.learnt.extend(learnt);
    }
}

/// Tries everything on the answers of a week, with those of the weeks before, `least` being how many people a figure is of at least.
/// Where a figure was asked for again and was another one, both are among the answers.
pub(super) fn attack(answers: &[Answer], before: &[Answer], least: usize, outcome: &mut Outcome) {
    let mut by_measure: BTreeMap<u16, (Vec<&Answer>, Vec<&Answer>)> = BTreeMap::new();
    answers.iter().for_each(|answer| by_measure.entry(answer.measure).or_default().0.push(answer));
    before.iter().for_each(|answer| by_measure.entry(answer.measure).or_default().1.push(answer));
    for (now, then) in by_measure.values().filter(|(now, _)| !now.is_empty()) {
        few(now, least, outcome);
        alike(now, outcome);
        widths(now, outcome);
        within_a_window(now, least, outcome);
        over_time(now, then, least, outcome);
        cross(now, least, outcome);
    }
}

fn learnt(attack: Attack, (factors, sum): (Vec<(u64, f64)>, f64)) -> Learnt {
    Learnt { attack, factors, sum, within: 0.0 }
}

fn few(now: &[&Answer], least: usize, outcome: &mut Outcome) {
    let found = now.iter().filter(|answer| answer.people.len() < least);
    let of = |answer: &&Answer| learnt(Attack::Few, (times(&answer.people, 1.0), answer.sum));
    outcome.try_all(Attack::Few, now.len(), found.map(of));
}

fn times(people: &Cohort, factor: f64) -> Vec<(u64, f64)> {
    people.iter().map(|person| (*person, factor)).collect()
}

/// One less another, where few are left.
fn difference(attack: Attack, one: &Answer, other: &Answer, least: usize) -> Option<Learnt> {
    let common = one.people.intersection(&other.people).count();
    let left = one.people.len() + other.people.len() - 2 * common;
    (1..least).contains(&left).then(|| {
        let more = one.people.difference(&other.people).map(|person| (*person, 1.0));
        let less = other.people.difference(&one.people).map(|person| (*person, -1.0));
        learnt(attack, (more.chain(less).collect(), one.sum - other.sum))
    })
}

fn alike(now: &[&Answer], outcome: &mut Outcome) {
    let mut found = Vec::new();
    // Noise says nothing of how near an end a mean is.
    for answer in now.iter().filter(|answer| !answer.is_noisy) {
        let ((low, high), count) = (answer.range, answer.people.len() as f64);
        let within = KNOWN_WITHIN * (high - low);
        for (end, from) in [(low, answer.sum - count * low), (high, count * high - answer.sum)] {
            if from.abs() < within {
                let of =
                    |person: &u64| Learnt { attack: Attack::Alike, factors: vec![(*person, 1.0)], sum: end, within };
                found.extend(answer.people.iter().map(of));
            }
        }
    }
    outcome.try_all(Attack::Alike, now.len(), found);
}

/// How much of an interval what is stored, in single precision, may have taken.
const ROUNDED: f64 = 1e-6;

/// Who is given an interval of 95 of 100 knows the standard deviation, and from how many people's mean it was made: nobody is further from
/// it than that times (n - 1) / sqrt(n).
fn widths(now: &[&Answer], outcome: &mut Outcome) {
    let mut found = Vec::new();
    let told = |answer: &&&Answer| !answer.is_noisy && answer.told > 0 && answer.class > 0;
    for answer in now.iter().filter(told) {
        let (count, mean) = (answer.people.len() as f64, answer.sum / f64::from(answer.told));
        // It is cut to the range at one end.
        let half = (mean - answer.between.0).max(answer.between.1 - mean);
        let deviation = half * f64::from(answer.class).sqrt() / 1.96;
        let within = deviation * (count - 1.0) / count.sqrt();
        if within < (KNOWN_WITHIN - ROUNDED) * (answer.range.1 - answer.range.0) {
            let of = |person: &u64| Learnt { attack: Attack::Widths, factors: vec![(*person, 1.0)], sum: mean, within };
            found.extend(answer.people.iter().map(of));
        }
    }
    outcome.try_all(Attack::Widths, now.len(), found);
}

/// What is known of everybody who is in one of two only, where their difference lies at an end of what it could be.
fn apart(one: &Answer, other: &Answer) -> Vec<Learnt> {
    if one.is_noisy || other.is_noisy {
        return Vec::new();
    }
    let (low, high) = one.range;
    let within = KNOWN_WITHIN * (high - low);
    let more: Vec<u64> = one.people.difference(&other.people).copied().collect();
    let less: Vec<u64> = other.people.difference(&one.people).copied().collect();
    let (count_more, count_less, left) = (more.len() as f64, less.len() as f64, one.sum - other.sum);
    let mut found = Vec::new();
    for [of_more, of_less] in [[low, high], [high, low]] {
        let from = (left - count_more * of_more + count_less * of_less).abs();
        if more.len() + less.len() > 0 && from < within {
            let known =
                |people: &[u64], end: f64| -> Vec<(u64, f64)> { people.iter().map(|one| (*one, end)).collect() };
            let all = known(&more, of_more).into_iter().chain(known(&less, of_less));
            let of = |(person, sum)| Learnt { attack: Attack::Alike, factors: vec![(person, 1.0)], sum, within };
            found.extend(all.map(of));
        }
    }
    found
}

fn within_a_window(now: &[&Answer], least: usize, outcome: &mut Outcome) {
    let mut windows: BTreeMap<usize, Vec<&Answer>> = BTreeMap::new();
    now.iter().for_each(|answer| windows.entry(answer.window).or_default().push(answer));
    for answers in windows.values() {
        for (place, one) in answers.iter().enumerate() {
            for other in &answers[place + 1..] {
                let attack = if one.team == other.team { Attack::Repeated } else { Attack::Overlap };
                outcome.try_all(attack, 1, difference(attack, one, other, least));
                if !one.people.is_disjoint(&other.people) {
                    outcome.try_all(Attack::Alike, 1, apart(one, other));
                }
                // A mean that is told twice, and not alike, tells of what changed it.
                let changed = one.team == other.team && one.people == other.people && one.sum != other.sum;
                outcome.learnt.extend(changed.then(|| learnt(attack, (Vec::new(), one.sum - other.sum))));
            }
        }
        for larger in answers {
            outcome.try_all(Attack::Complement, 1, complement(larger, answers, least));
        }
    }
}

/// A larger one less smaller ones without common people, the largest first.
fn complement(larger: &Answer, answers: &[&Answer], least: usize) -> Option<Learnt> {
    let mut parts: Vec<&&Answer> = answers
        .iter()
        .filter(|part| part.people.len() < larger.people.len() && part.people.is_subset(&larger.people))
        .collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.people.len()));
    let (mut left, mut sum) = (larger.people.clone(), larger.sum);
    for part in parts {
        if part.people.is_subset(&left) {
            left.retain(|person| !part.people.contains(person));
            sum -= part.sum;
        }
    }
    (1..least).contains(&left.len()).then(|| learnt(Attack::Complement, (times(&left, 1.0), sum)))
}

fn over_time(now: &[&Answer], then: &[&Answer], least: usize, outcome: &mut Outcome) {
    let current: Vec<&Answer> = now.iter().copied().filter(|answer| answer.window == 0).collect();
    let past: Vec<&Answer> = then.iter().copied().filter(|answer| answer.window == 0).collect();
    let is_near = |one: &Answer, other: &Answer| one.week - other.week <= MEMORY * WEEK;
    let mut changes: Vec<(&Cohort, f64)> = Vec::new();
    for one in &current {
        for other in past.iter().filter(|other| other.team == one.team && is_near(one, other)) {
            outcome.try_all(Attack::Time, 1, difference(Attack::Time, one, other, least));
            if other.week == one.week - WEEK && other.people == one.people {
                changes.push((&one.new, one.sum - other.sum));
            }
        }
    }
    let of = |attack: Attack| move |equation| learnt(attack, equation);
    outcome.try_all(Attack::Changes, changes.len(), of_few(&changes, least).into_iter().map(of(Attack::Changes)));
    // Of equal cohorts the newest sum is taken.
    let mut sums: BTreeMap<&Cohort, f64> = BTreeMap::new();
    let all = past.iter().filter(|other| current.iter().all(|one| is_near(one, other))).chain(&current);
    all.for_each(|answer| _ = sums.insert(&answer.people, answer.sum));
    let sums: Vec<(&Cohort, f64)> = sums.into_iter().collect();
    outcome.try_all(Attack::Linear, sums.len(), of_few(&sums, least).into_iter().map(of(Attack::Linear)));
}

/// What follows from answers of different kinds.
fn cross(now: &[&Answer], least: usize, outcome: &mut Outcome) {
    let nobody = || learnt(Attack::Cross, (Vec::new(), 0.0));
    let of_week: BTreeMap<TeamId, &Answer> =
        now.iter().filter(|answer| answer.window == 0).map(|answer| (answer.team, *answer)).collect();
    for answer in now {
        let week = of_week.get(&answer.team);
        let fits = week.is_some_and(|week| week.told == answer.told) && answer.told as usize == answer.people.len();
        outcome.try_all(Attack::Cross, 1, (!fits).then(nobody));
    }
    for week in of_week.values() {
        let days = now.iter().filter(|day| day.window > 0 && day.team == week.team);
        less_days(week, &days.map(|day| (day.window - 1, day.sum)).collect(), least, outcome);
    }
    for answer in of_week.values().filter(|answer| answer.bands.is_some()) {
        let hidden = hidden(answer);
        outcome.try_all(Attack::Cross, 1, hidden.is_some_and(is_few).then(nobody));
    }
    // The organisation's thirds less those of its teams, where one team's is withheld.
    let Some((whole, bands)) = of_week.get(&ORGANISATION).and_then(|whole| Some((*whole, whole.bands?))) else {
        return;
    };
    let teams: Vec<&&Answer> =
        of_week.values().filter(|one| one.team != ORGANISATION && one.people.is_subset(&whole.people)).collect();
    for (place, all) in bands.iter().enumerate() {
        let of = |one: &&&Answer| one.bands.and_then(|bands| bands[place]);
        let told: u32 = teams.iter().filter_map(of).sum();
        let withheld = teams.iter().filter(|one| of(one).is_none()).count();
        let left = all.map(|all| all.saturating_sub(told));
        outcome.try_all(Attack::Cross, 1, (withheld == 1 && left.is_some_and(is_few)).then(nobody));
    }
}

/// A week less the mean of any of its days, by the sums of those that are told: what is left is of whom neither is the same, whatever was
/// seen of them.
fn less_days(week: &Answer, told: &BTreeMap<usize, f64>, least: usize, outcome: &mut Outcome) {
    let mut seen: BTreeMap<u8, Cohort> = BTreeMap::new();
    week.days.iter().for_each(|(person, days)| _ = seen.entry(*days).or_default().insert(*person));
    let days: Vec<usize> = told.keys().copied().collect();
    for some in 1_u32..1 << days.len() {
        let some: Vec<usize> =
            (0..days.len()).filter(|place| (some >> place) & 1 == 1).map(|place| days[place]).collect();
        let left: Vec<&Cohort> =
            seen.iter().filter(|(of, _)| !is_left_out(**of, &some)).map(|(_, people)| people).collect();
        // Who was away all week counts with what nobody knows: they are left, and hide nobody.
        let away = seen.get(&0).map_or(0, Cohort::len);
        let people: Cohort = left.into_iter().flatten().copied().collect();
        let is_of_few = !people.is_empty() && people.len() - away < least;
        let sums: f64 = some.iter().filter_map(|day| told.get(day)).sum();
        let of = || learnt(Attack::Changes, (times(&people, 1.0), week.sum - sums / some.len() as f64));
        outcome.try_all(Attack::Changes, 1, is_of_few.then(of));
    }
}

/// Whether the week of who was seen on these days is the mean of what counts on others, tried with numbers of which no two sums are alike.
fn is_left_out(seen: u8, others: &[usize]) -> bool {
    const SEEN: [f64; 7] = [0.0137, 0.7313, 0.2939, 0.8871, 0.4195, 0.5633, 0.1559];
    let is_seen = |day: &usize| (seen >> day) & 1 == 1;
    let week: Vec<f64> = (0..SEEN.len()).filter(is_seen).map(|day| SEEN[day]).collect();
    let counts = |day: &usize| (0..=*day).rev().find(is_seen).map(|newest| SEEN[newest]);
    let Some(days) = others.iter().map(counts).collect::<Option<Vec<f64>>>() else { return false };
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    !week.is_empty() && (mean(&week) - mean(&days)).abs() < 1e-9
}

/// How many people there are in a third that is withheld, where only one is; else in all of them together.
fn hidden(answer: &Answer) -> Option<u32> {
    let bands = answer.bands?;
    let told: u32 = bands.iter().flatten().sum();
    bands.contains(&None).then(|| answer.told.saturating_sub(told))
}

fn is_few(people: u32) -> bool {
    (1..BANDS_LEAST).contains(&people)
}
