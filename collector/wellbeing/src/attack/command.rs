//! `attack`: tries on a database what hr could learn of one person, and reads only.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use attune_ground::measures::Measure;
use attune_ground::store::Store;
use attune_ground::{Failed, Foundation, Given, Said, SubjectCommand};
use clap::{CommandFactory, FromArgMatches, Parser};
use serde_json::{Value, json};

use super::control::{self, Without};
use super::suite::{Outcome, attack};
use super::{Answer, Attack};
use crate::WellbeingError;
use crate::team::{self, MEMORY};

/// Try what could be learnt of one person from the figures of teams that were given; with anything learnt it ends with 1.
#[derive(Parser)]
#[command(
    name = "attack",
    display_order = 56,
    after_help = "It reads the database, and changes nothing.\n\nExamples:\n  attune-collector attack\n  attune-collector attack --control"
)]
struct Tried {
    /// How many people a figure is of at least [default: what is set as wellbeing.least_people].
    #[arg(long, value_name = "PEOPLE", value_parser = clap::value_parser!(u32).range(5..))]
    least_people: Option<u32>,
    /// Try it on a made-up organisation, with each protection off in turn: there something must be learnt. The database is left alone.
    #[arg(long)]
    control: bool,
    /// As one JSON object, for machines.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(
        "find that nothing is learnt of few people:\n{0}tell those who make Attune of it, and let nobody see figures of teams until then"
    )]
    Learnt(String),
    #[error(
        "find what the attacks are worth: one wins nothing with its protection off, or something with all of them on:\n{0}"
    )]
    Worthless(String),
}

pub(crate) fn command() -> SubjectCommand {
    SubjectCommand {
        line: Tried::command(),
        work: |line, given| Box::pin(async move { work(Tried::from_arg_matches(&line)?, given).await }),
    }
}

async fn work(Tried { least_people, control, json }: Tried, given: Given) -> Result<Said, Failed> {
    let least = usize::try_from(least_people.unwrap_or(given.least_people)).unwrap_or(usize::MAX);
    if control {
        let all = control::all(least);
        let text = if json { controls_json(&all) } else { controls(&all) };
        return match all.iter().all(control::is_as_it_must_be) {
            true => Ok(Said { out: text, err: String::new() }),
            false => Err(Refused::Worthless(text).into()),
        };
    }
    let Foundation { store, .. } = given.ground.await?;
    let tried = on(&store, least).await;
    store.close().await;
    let outcome = tried?;
    let text = if json { outcome_json(&outcome, least) } else { table(&outcome, least) };
    match outcome.learnt.is_empty() {
        true => Ok(Said { out: text, err: String::new() }),
        false => Err(Refused::Learnt(text).into()),
    }
}

/// How much is learnt of what is in a database.
#[cfg(test)]
pub(crate) async fn learnt_on(store: &Store, least: usize) -> Result<usize, WellbeingError> {
    Ok(on(store, least).await?.learnt.len())
}

/// Tries everything on what is in a database.
async fn on(store: &Store, least: usize) -> Result<Outcome, WellbeingError> {
    let mut outcome = Outcome::default();
    let mut before: VecDeque<(i64, Vec<Answer>)> = VecDeque::new();
    for week in team::made_weeks(store).await? {
        before.retain(|(of, _)| *of >= week - MEMORY * team::WEEK);
        let mut answers = Vec::new();
        for given in team::given(store, (week, week)).await? {
            let people: BTreeSet<u64> = given.people.keys().copied().collect();
            let range = Measure::of_number(given.measure).map_or((0.0, 1.0), |measure| measure.range);
            let (first, again) = (team::answers(store, &given).await?, team::answers(store, &given).await?);
            // What is told again is told alike, or is another answer.
            let others = again.iter().filter(|answer| !first.contains(answer)).copied();
            for answered in first.iter().copied().chain(others) {
                answers.push(Answer {
                    team: given.team,
                    measure: given.measure,
                    week,
                    window: answered.window,
                    people: people.clone(),
                    new: given.seen_in(answered.window),
                    days: given.people.iter().map(|(person, seen)| (*person, seen >> 1)).collect(),
                    sum: answered.value * f64::from(answered.people),
                    told: answered.people,
                    between: answered.between,
                    class: answered.class,
                    is_noisy: answered.is_noisy,
                    range,
                    bands: answered.bands,
                });
            }
        }
        let then: Vec<Answer> = before.iter().flat_map(|(_, answers)| answers).cloned().collect();
        attack(&answers, &then, least, &mut outcome);
        // Only weeks as wholes are looked at later.
        answers.retain(|answer| answer.window == 0);
        before.push_back((week, answers));
    }
    Ok(outcome)
}

/// Of how many people each attack tells.
fn people(outcome: &Outcome) -> BTreeMap<Attack, BTreeSet<u64>> {
    let mut all: BTreeMap<Attack, BTreeSet<u64>> = BTreeMap::new();
    for one in &outcome.learnt {
        all.entry(one.attack).or_default().extend(one.factors.iter().map(|(person, _)| *person));
    }
    all
}

fn rows(outcome: &Outcome) -> Vec<(&'static str, u64, usize, usize)> {
    let people = people(outcome);
    let row = |attack: Attack| {
        let found = outcome.learnt.iter().filter(|one| one.attack == attack).count();
        let tried = outcome.tried.get(&attack).copied().unwrap_or_default();
        (attack.name(), tried, found, people.get(&attack).map_or(0, BTreeSet::len))
    };
    Attack::ALL.map(row).into()
}

fn table(outcome: &Outcome, least: usize) -> String {
    let mut text = format!("{:<24} {:>9} {:>7} {:>7}\n", "ATTACK", "TRIED", "FOUND", "PEOPLE");
    for (name, tried, found, people) in rows(outcome) {
        text += &format!("{name:<24} {tried:>9} {found:>7} {people:>7}\n");
    }
    let what = if outcome.learnt.is_empty() { "Nothing" } else { "Something" };
    text += &format!("{what} can be learnt of fewer than {least} people, of whom a figure is at least.\n");
    text
}

fn outcome_json(outcome: &Outcome, least: usize) -> String {
    let row = |(name, tried, found, people): (&str, u64, usize, usize)| json!({ "attack": name, "tried": tried, "found": found, "people": people });
    let attacks: Vec<Value> = rows(outcome).into_iter().map(row).collect();
    format!("{:#}\n", json!({ "learnt": !outcome.learnt.is_empty(), "least_people": least, "attacks": attacks }))
}

fn controls(all: &[Without]) -> String {
    let mut text = format!("{:<24} {:>7} {:>7}  {}\n", "PROTECTION THAT IS OFF", "FOUND", "RIGHT", "BY");
    for Without { protection, outcome, right } in all {
        let by: BTreeSet<&str> = outcome.learnt.iter().map(|one| one.attack.name()).collect();
        let by: Vec<&str> = by.into_iter().collect();
        text += &format!("{protection:<24} {:>7} {right:>7}  {}\n", outcome.learnt.len(), by.join(", "));
    }
    text
}

fn controls_json(all: &[Without]) -> String {
    let row = |Without { protection, outcome, right }: &Without| json!({ "off": protection, "found": outcome.learnt.len(), "right": right });
    format!("{:#}\n", json!({ "controls": all.iter().map(row).collect::<Vec<Value>>() }))
}
