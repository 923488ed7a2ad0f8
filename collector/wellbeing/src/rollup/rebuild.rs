//! `rollups`: making all roll-ups anew from what subjects have, or holding them against it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use attune_ground::http::body::Bodies;
use attune_ground::{Failed, Foundation, Given, GroundError, Said, SubjectCommand};
use attune_people::{People, accounts};
use attune_protocol::ids::PersonId;
use clap::{CommandFactory, FromArgMatches, Parser};

use super::people::Basis;
use super::roll::{Done, SLICE, roll};
use super::rows::Sealing;
use super::slice;
use crate::bucket::{Span, day_of};
use crate::touch::touch_all;
use crate::{Settings, Wellbeing, WellbeingError};

/// Roll-ups that are named one by one; of more it is said how many there are.
const NAMED: usize = 20;

/// Beyond this nobody is waited for: who wants to write looks ten times a second at least.
const LONGEST_PAUSE: Duration = Duration::from_millis(150);

/// Look after the sums of what was seen of people, by hour, day, week and month.
#[derive(Parser)]
#[command(name = "rollups", display_order = 54)]
enum RollUps {
    /// Make all of them anew from what they are made of. A collector may run meanwhile.
    #[command(after_help = "Examples:\n  attune-collector rollups rebuild --check\n  attune-collector rollups rebuild")]
    Rebuild {
        /// Change nothing, and say which are other ones than they would be made: it ends with 1 where there are any.
        #[arg(long)]
        check: bool,
    },
}

/// A roll-up that was another one than what it is made of says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Different {
    /// Whose it is.
    pub person: PersonId,
    /// Its length.
    pub span: Span,
    /// Where it starts: of an hour Unix milliseconds, of the others the number of its first day.
    pub start: i64,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "find all roll-ups as they are made:\n{0}make them anew with 'attune-collector rollups rebuild', and tell those who make Attune of it"
)]
struct Differ(String);

pub(crate) fn command() -> SubjectCommand {
    SubjectCommand {
        line: RollUps::command(),
        work: |line, given| Box::pin(async move { work(RollUps::from_arg_matches(&line)?, given).await }),
    }
}

async fn work(RollUps::Rebuild { check: only_check }: RollUps, given: Given) -> Result<Said, Failed> {
    let Foundation { store, people, own } = given.ground.await?;
    let settings = attune_people::Settings { profile: given.profile, registration: false, limits: given.limits };
    let ground = (store.clone(), people, own);
    let people = People::new(ground, Bodies::default(), &given.histories, settings).in_zone(given.zone);
    // What is told of teams is no matter here.
    let settings = Settings { least_people: 10, epsilon: None };
    let state = Wellbeing::new(store.clone(), people, settings, given.measures);
    let done = if only_check { check(&state).await } else { rebuild(&state).await };
    store.close().await;
    let (people, different) = done?;
    let said = told(&different);
    let whom = if people == 1 { "1 person".to_owned() } else { format!("{people} people") };
    match (only_check, different.len()) {
        (_, 0) => Ok(Said { out: format!("all roll-ups of {whom} are as they are made\n"), err: said }),
        (true, _) => Err(Differ(said).into()),
        (false, made) => Ok(Said { out: format!("{whom}: {made} roll-ups were made anew\n"), err: said }),
    }
}

/// Which differ, a line for each of the first.
fn told(different: &[Different]) -> String {
    let mut text = String::new();
    for Different { person, span, start } in different.iter().take(NAMED) {
        let start = match span {
            Span::Hour => attune_ground::time::rfc3339(*start),
            Span::Day | Span::Week | Span::Month => day_of(*start).map_or_else(String::new, |day| day.to_string()),
        };
        let _ = writeln!(text, "person {person}: the {} of {start}", span.name());
    }
    if different.len() > NAMED {
        let _ = writeln!(text, "and {} more", different.len() - NAMED);
    }
    text
}

/// Makes all roll-ups of everybody anew; gives of how many people, and those that were other ones.
///
/// # Errors
/// When the database refuses.
pub async fn rebuild(state: &Wellbeing) -> Result<(usize, Vec<Different>), WellbeingError> {
    of_everybody(state, true).await
}

/// Holds all roll-ups of everybody against what they are made of, and changes nothing; gives of how many people, and those that are other
/// ones. Hours that wait are rolled up first, as far as this is concerned.
///
/// # Errors
/// When the database refuses.
pub async fn check(state: &Wellbeing) -> Result<(usize, Vec<Different>), WellbeingError> {
    of_everybody(state, false).await
}

async fn of_everybody(state: &Wellbeing, to_keep: bool) -> Result<(usize, Vec<Different>), WellbeingError> {
    let (mut people, mut different) = (0, Vec::new());
    for person in accounts::everybody(state.store()).await? {
        let begun = Instant::now();
        let changed = if to_keep {
            anew(state, person).await?
        } else {
            state.store().again(|| held_against(state, person)).await?
        };
        people += usize::from(changed.is_some());
        let differs = |(span, start)| Different { person, span, start };
        // A week is made anew with each slice that has hours of it: it differs once.
        let each: BTreeSet<(Span, i64)> = changed.into_iter().flatten().collect();
        different.extend(each.into_iter().map(differs));
        let_others_write(state, begun).await;
    }
    Ok((people, different))
}

/// A collector beside this waits for its turn to write where one writes at a time, and nobody keeps turns between programs: it comes
/// between two transactions, for as long as the one before took.
async fn let_others_write(state: &Wellbeing, begun: Instant) {
    if state.store().lets_one_write() {
        tokio::time::sleep(begun.elapsed().min(LONGEST_PAUSE)).await;
    }
}

/// Makes one person's anew, in slices as they are rolled up otherwise: whoever is cut off leaves the rest in the list. Gives those that
/// were other ones; none of whom nothing opens.
async fn anew(state: &Wellbeing, person: PersonId) -> Result<Option<Vec<(Span, i64)>>, WellbeingError> {
    let organisation = state.people().calendar(None).await?.zone;
    let mut changed = Vec::new();
    for all in [false, true] {
        if all {
            changed.clear();
            let mut transaction = state.store().begin().await?;
            accounts::lock(&mut transaction, person).await?;
            touch_all(&mut transaction, person).await?;
            transaction.commit().await?;
        }
        loop {
            let begun = Instant::now();
            let done = state.store().again(|| slice(state, person, &organisation)).await?;
            let Some(Done { taken, changed: some }) = done else { return Ok(None) };
            changed.extend(some);
            if taken < SLICE {
                break;
            }
            let_others_write(state, begun).await;
        }
    }
    Ok(Some(changed))
}

/// One person's as they are made, in one transaction that is taken back.
async fn held_against(state: &Wellbeing, person: PersonId) -> Result<Option<Vec<(Span, i64)>>, WellbeingError> {
    let organisation = state.people().calendar(None).await?.zone;
    let mut transaction = state.store().begin().await?;
    accounts::lock(&mut transaction, person).await?;
    let key = match state.people().keys().of(person).await {
        Err(GroundError::Erased | GroundError::Damaged(_)) => return Ok(None),
        key => key?,
    };
    let of = Sealing { person, key: &key, damages: state.store().damages() };
    let mut changed = Vec::new();
    for all in [false, true] {
        if all {
            changed.clear();
            touch_all(&mut transaction, person).await?;
        }
        loop {
            let basis = Basis::of(&mut transaction, &of, &organisation).await?;
            let done = roll(&mut transaction, &of, &basis, state.sources()).await?;
            changed.extend(done.changed);
            if done.taken < SLICE {
                break;
            }
        }
    }
    transaction.rollback().await?;
    Ok(Some(changed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_one_by_one_up_to_a_number() {
        let different = |span, start| Different { person: PersonId([7; 16]), span, start };
        let text = told(&[different(Span::Hour, 0), different(Span::Week, 4)]);
        assert!(text.contains("the hour of 1970-01-01T00:00:00.000Z\n"), "{text}");
        assert!(text.contains("the week of 1970-01-05\n"), "{text}");
        let many: Vec<_> = (0..25).map(|start| different(Span::Day, start)).collect();
        assert!(told(&many).ends_with("and 5 more\n"));
        assert_eq!(told(&[]), "");
    }
}
