//! `rollups`: making all roll-ups anew from what subjects have, or holding them against it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Instant;

use attune_ground::http::body::Bodies;
use attune_ground::progress::Progress;
use attune_ground::{Failed, Foundation, Given, Said, SubjectCommand};
use attune_people::{People, accounts};
use attune_protocol::ids::PersonId;
use clap::{CommandFactory, FromArgMatches, Parser};

use super::check::{Checked, Different, check_all, let_others_write};
use super::roll::{Done, SLICE};
use super::slice;
use crate::bucket::{Span, day_of};
use crate::touch::touch_all;
use crate::{Settings, Wellbeing, WellbeingError};

/// Roll-ups that are named one by one; of more it is said how many there are.
const NAMED: usize = 20;

/// Look after the sums of what was seen of people, by hour, day, week and month.
#[derive(Parser)]
#[command(
    name = "rollups",
    display_order = 54,
    after_help = "Examples:\n  attune-collector rollups rebuild --check\n  attune-collector rollups rebuild"
)]
enum RollUps {
    /// Make all of them anew from what they are made of. A collector may run meanwhile.
    #[command(
        after_help = "Hours whose records and scores were let go of for their age stay as they are: of those it is looked whether they open, \
        and whether days, weeks and months are made of them. Days of which hours wait to be rolled up are passed over by --check.\n\n\
        Examples:\n  attune-collector rollups rebuild --check\n  attune-collector rollups rebuild"
    )]
    Rebuild {
        /// Change nothing, and say which are other ones than they would be made: it ends with 1 where there are any.
        #[arg(long)]
        check: bool,
    },
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
    let mut progress = Progress::shown();
    let done = match only_check {
        true => check_all(&state, &mut progress).await,
        false => rebuild_all(&state, &mut progress).await,
    };
    drop(progress);
    store.close().await;
    let done = done?;
    let Checked { people, different, .. } = &done;
    let said = told(different);
    let whom = if *people == 1 { "1 person".to_owned() } else { format!("{people} people") };
    match (only_check, different.len()) {
        (_, 0) => {
            Ok(Said { out: format!("all roll-ups of {whom} are as they are made{}\n", limits(&done)), err: said })
        }
        (true, _) => Err(Differ(said).into()),
        (false, made) => Ok(Said { out: format!("{whom}: {made} roll-ups were made anew\n"), err: said }),
    }
}

/// What a check could not look at.
fn limits(Checked { settled, waiting, .. }: &Checked) -> String {
    let mut text = String::new();
    if *settled > 0 {
        let hours = if *settled == 1 { "1 hour what it was" } else { &format!("{settled} hours what they were") };
        let _ = write!(
            text,
            ";\nof {hours} made of is gone for its age: all of that opens, and days, weeks and months are made of it"
        );
    }
    if *waiting > 0 {
        let days =
            if *waiting == 1 { "1 day of a person was".to_owned() } else { format!("{waiting} days of people were") };
        let _ = write!(text, ";\n{days} passed over, as hours of them wait to be rolled up");
    }
    text
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
    let Checked { people, different, .. } = rebuild_all(state, &mut Progress::silent()).await?;
    Ok((people, different))
}

async fn rebuild_all(state: &Wellbeing, progress: &mut Progress) -> Result<Checked, WellbeingError> {
    let mut rebuilt = Checked::default();
    let everybody = accounts::everybody(state.store()).await?;
    progress.begin("roll-ups made anew");
    for (done, person) in (1..).zip(&everybody) {
        let begun = Instant::now();
        let changed = anew(state, *person).await?;
        rebuilt.people += usize::from(changed.is_some());
        let differs = |(span, start)| Different { person: *person, span, start };
        // A week is made anew with each slice that has hours of it: it differs once.
        let each: BTreeSet<(Span, i64)> = changed.into_iter().flatten().collect();
        rebuilt.different.extend(each.into_iter().map(differs));
        progress.done(done, everybody.len() as u64);
        let_others_write(state, begun).await;
    }
    Ok(rebuilt)
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

    #[test]
    fn a_check_says_what_it_could_not_look_at() {
        assert_eq!(limits(&Checked::default()), "");
        let text = limits(&Checked { settled: 24, waiting: 2, ..Checked::default() });
        assert!(
            text.contains("of 24 hours what they were made of is gone") && text.contains("2 days of people"),
            "{text}"
        );
    }
}
