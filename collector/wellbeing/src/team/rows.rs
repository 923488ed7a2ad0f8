//! What of teams stands in the database.
//!
//! | table | holds |
//! |---|---|
//! | `team_weeks` | weeks that were made, which are never made again, and the last one until which none is made behind a restore |
//! | `team_figures` | what was given of a team, by measure, span and start: why nothing was, or the figure |
//! | `team_cohorts` | of whom a week's figures are that were given, by keyed tags: whoever has the database alone can tell nobody by them, and of who was erased nothing else is left that has the tag |
//! | `team_epsilon` | what a person has paid for noise in a week, by the same tags, in millionths |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::keys::OwnKeys;
use attune_ground::store::{Insert, Lookup, Store, Write, bytes16};
use attune_people::teams::TeamId;
use attune_protocol::ids::PersonId;
use serde::{Deserialize, Serialize};

use super::rules::WINDOWS;
use super::{Before, Cohort, MEMORY, WEEK, Why};
use crate::WellbeingError;
use crate::bucket::Span;

/// The version with which what is stored begins. In the first one a figure did not have of how many people it is told to be.
const VERSION: u8 = 2;

/// Bytes of a cohort that stand for a person: their tag, and in which windows they were seen themselves.
const PERSON_BYTES: usize = 9;

static FIGURES: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new("INSERT INTO team_figures (team, measure, span, start, why, figure)", 6, "ON CONFLICT DO NOTHING")
});
static COHORTS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new("INSERT INTO team_cohorts (week, team, measure, people)", 4, "ON CONFLICT DO NOTHING")
});
static EPSILON: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("INSERT INTO team_epsilon (week, tag, spent)", 3, "ON CONFLICT DO NOTHING"));

static HELD: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, team, measure, span, first, last)",
        "SELECT asked.place, held.start, held.why, held.figure FROM asked CROSS JOIN team_figures held \
         WHERE held.team = asked.team AND held.measure = asked.measure AND held.span = asked.span \
         AND held.start BETWEEN asked.first AND asked.last ORDER BY asked.place, held.start",
    )
});

/// A figure as it is stored.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) value: f64,
    pub(super) between: (f64, f64),
    pub(super) people: u32,
    pub(super) coverage: Option<f64>,
    /// What it cost each of its people, and the most that one of them paid in the week.
    pub(super) noise: Option<(f64, f64)>,
    pub(super) bands: Option<[Option<u32>; 3]>,
    /// Of how many people it is told to be, by the least number of when it was made: whether there are as many as another least number
    /// would tell who knows the members of each whether they take part.
    pub(super) told: u32,
}

/// A row of `team_figures`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Row {
    pub(super) team: TeamId,
    pub(super) measure: u16,
    pub(super) span: i64,
    /// Its day, or the Monday of its week, days since 1970-01-01.
    pub(super) start: i64,
    pub(super) told: Result<Stored, Why>,
}

/// A cohort whose figures were given.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Given {
    pub(crate) week: i64,
    pub(crate) team: TeamId,
    pub(crate) measure: u16,
    /// By their tags, and in which windows they were seen themselves: the lowest bit is of the week.
    pub(crate) people: BTreeMap<u64, u8>,
}

impl Given {
    /// Who of them was seen in a window itself.
    pub(crate) fn seen_in(&self, window: usize) -> Cohort {
        debug_assert!(window < WINDOWS);
        self.people.iter().filter(|(_, seen)| (**seen >> window) & 1 == 1).map(|(tag, _)| *tag).collect()
    }
}

/// What was answered of a cohort in a window.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Answered {
    pub(crate) window: usize,
    pub(crate) value: f64,
    pub(crate) between: (f64, f64),
    pub(crate) people: u32,
    /// Of how many it is told to be.
    pub(crate) class: u32,
    pub(crate) is_noisy: bool,
    pub(crate) bands: Option<[Option<u32>; 3]>,
}

/// By what a person is known in cohorts.
pub(super) fn tag(own: &OwnKeys, person: PersonId) -> u64 {
    let tag = own.tag("team cohort", &person.0);
    u64::from_be_bytes([tag[0], tag[1], tag[2], tag[3], tag[4], tag[5], tag[6], tag[7]])
}

/// Writes a week; gives whether it was not there.
pub(super) async fn write(
    transaction: &mut Write,
    (week, now): (i64, i64),
    rows: &[Row],
    cohorts: &[Given],
    spent: &BTreeMap<u64, f64>,
) -> Result<bool, WellbeingError> {
    let made = sqlx::query("INSERT INTO team_weeks (week, made_at) VALUES ($1, $2) ON CONFLICT (week) DO NOTHING")
        .bind(week)
        .bind(now)
        .execute(&mut ***transaction)
        .await?;
    if made.rows_affected() == 0 {
        return Ok(false);
    }
    let rows: Vec<(&Row, Vec<u8>)> =
        rows.iter().map(|row| Ok((row, encode(row)?))).collect::<Result<_, WellbeingError>>()?;
    FIGURES
        .rows(transaction, &rows, |query, (row, figure)| {
            query
                .bind(row.team.0.to_vec())
                .bind(i64::from(row.measure))
                .bind(row.span)
                .bind(row.start)
                .bind(row.told.err().map_or(0, Why::number))
                .bind(figure.clone())
        })
        .await?;
    COHORTS
        .rows(transaction, cohorts, |query, of| {
            query.bind(of.week).bind(of.team.0.to_vec()).bind(i64::from(of.measure)).bind(people_bytes(&of.people))
        })
        .await?;
    let spent: Vec<(u64, i64)> = spent.iter().map(|(tag, spent)| (*tag, (spent * 1e6).round() as i64)).collect();
    EPSILON
        .rows(transaction, &spent, |query, (tag, spent)| query.bind(week).bind(tag.to_be_bytes().to_vec()).bind(*spent))
        .await?;
    Ok(true)
}

fn encode(row: &Row) -> Result<Vec<u8>, WellbeingError> {
    let mut bytes = vec![VERSION];
    if let Ok(stored) = &row.told {
        bytes = postcard::to_extend(stored, bytes)?;
    }
    Ok(bytes)
}

fn people_bytes(people: &BTreeMap<u64, u8>) -> Vec<u8> {
    let one = |(tag, seen): (&u64, &u8)| tag.to_be_bytes().into_iter().chain([*seen]);
    [VERSION].into_iter().chain(people.iter().flat_map(one)).collect()
}

fn people_of(bytes: &[u8]) -> Result<BTreeMap<u64, u8>, GroundError> {
    let rows = versioned(bytes)?.chunks_exact(PERSON_BYTES);
    let one = |row: &[u8]| Some((u64::from_be_bytes(*row.first_chunk()?), *row.last()?));
    rows.map(|row| one(row).ok_or(GroundError::Corrupt("a cohort is of whole people"))).collect()
}

fn versioned(bytes: &[u8]) -> Result<&[u8], GroundError> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => Ok(rest),
        _ => Err(GroundError::Corrupt("figures of teams are of a version that is known")),
    }
}

/// What was given of teams and measures, of starts within bounds that count, in order; of each in its place.
pub(super) async fn figures(
    store: &Store,
    asked: &[(TeamId, u16)],
    span: Span,
    (first, last): (i64, i64),
) -> Result<Vec<Vec<(i64, Result<Stored, Why>)>>, WellbeingError> {
    let mut connection = store.pool().acquire().await?;
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = HELD
        .of(&mut connection, asked, |query, asked| {
            query
                .bind(asked.map(|(team, _)| team.0.to_vec()))
                .bind(asked.map(|(_, measure)| i64::from(*measure)))
                .bind(asked.map(|_| span.number()))
                .bind(asked.map(|_| first))
                .bind(asked.map(|_| last))
        })
        .await?;
    drop(connection);
    let mut all = vec![Vec::new(); asked.len()];
    for (place, start, why, bytes) in rows {
        let place = usize::try_from(place).ok().and_then(|place| all.get_mut(place));
        place
            .ok_or(GroundError::Corrupt("a figure is of a team that was asked for"))?
            .push((start, told(why, &bytes)?));
    }
    Ok(all)
}

fn told(why: i64, bytes: &[u8]) -> Result<Result<Stored, Why>, WellbeingError> {
    let rest = versioned(bytes)?;
    Ok(if why == 0 { Ok(postcard::from_bytes(rest)?) } else { Err(Why::of_number(why)) })
}

/// Everything that was given of weeks within bounds that count, by its cohorts.
pub(crate) async fn given(store: &Store, (first, last): (i64, i64)) -> Result<Vec<Given>, WellbeingError> {
    let rows: Vec<(i64, Vec<u8>, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT week, team, measure, people FROM team_cohorts WHERE week >= $1 AND week <= $2 ORDER BY week, team, measure",
    )
    .bind(first)
    .bind(last)
    .fetch_all(store.pool())
    .await?;
    let read = |(week, team, measure, people): (i64, Vec<u8>, i64, Vec<u8>)| {
        let measure = u16::try_from(measure).map_err(|_| GroundError::Corrupt("a measure has a small number"))?;
        Ok(Given { week, team: TeamId(bytes16(&team)?), measure, people: people_of(&people)? })
    };
    rows.into_iter().map(read).collect()
}

/// The cohorts that figures of a week must not differ from by few, by measure.
pub(super) async fn before(store: &Store, week: i64) -> Result<BTreeMap<u16, Vec<Before>>, WellbeingError> {
    let mut before: BTreeMap<u16, Vec<Before>> = BTreeMap::new();
    for of in given(store, (week - MEMORY * WEEK, week - 1)).await? {
        let people = of.people.into_keys().collect();
        before.entry(of.measure).or_default().push(Before { team: of.team, week: of.week, people });
    }
    Ok(before)
}

/// The last week that was made.
pub(super) async fn last_made(store: &Store) -> Result<Option<i64>, WellbeingError> {
    let (week,): (Option<i64>,) = sqlx::query_as("SELECT MAX(week) FROM team_weeks").fetch_one(store.pool()).await?;
    Ok(week)
}

/// Whether this is still the last week that was made. From then on nobody else makes one until the transaction ends: who makes one, too,
/// waits here for the row of the last.
pub(super) async fn is_last(transaction: &mut Write, last: Option<i64>) -> Result<bool, WellbeingError> {
    if let Some(last) = last {
        sqlx::query("UPDATE team_weeks SET made_at = made_at WHERE week = $1")
            .bind(last)
            .execute(&mut ***transaction)
            .await?;
    }
    let (now,): (Option<i64>,) =
        sqlx::query_as("SELECT MAX(week) FROM team_weeks").fetch_one(&mut ***transaction).await?;
    Ok(now == last)
}

pub(super) const FIRST_CHANGED: &str = "SELECT MIN(day) FROM changed_days WHERE day > $1";

/// The first day behind another one that changed for somebody.
pub(super) async fn first_changed(store: &Store, behind: i64) -> Result<Option<i64>, WellbeingError> {
    let (day,): (Option<i64>,) = sqlx::query_as(FIRST_CHANGED).bind(behind).fetch_one(store.pool()).await?;
    Ok(day)
}

/// Of whom days within bounds changed, the last one left out. Once a week is made, those up to its end are of changes since.
pub(super) async fn changed(store: &Store, (first, end): (i64, i64)) -> Result<BTreeSet<PersonId>, WellbeingError> {
    let people: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT DISTINCT person FROM changed_days WHERE day >= $1 AND day < $2")
            .bind(first)
            .bind(end)
            .fetch_all(store.pool())
            .await?;
    people.into_iter().map(|(person,)| Ok(PersonId(bytes16(&person)?))).collect()
}

/// Whether something that was seen of people in a week, or in the days beside it, is still to be rolled up.
pub(super) async fn is_awaited(store: &Store, (first, last): (i64, i64)) -> Result<bool, WellbeingError> {
    let (hours,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM touched_hours WHERE start < 0 OR (start >= $1 AND start < $2)")
            .bind(first)
            .bind(last)
            .fetch_one(store.pool())
            .await?;
    Ok(hours > 0)
}

/// The weeks that were made, in order.
pub(crate) async fn made_weeks(store: &Store) -> Result<Vec<i64>, WellbeingError> {
    let weeks: Vec<(i64,)> =
        sqlx::query_as("SELECT week FROM team_weeks ORDER BY week").fetch_all(store.pool()).await?;
    Ok(weeks.into_iter().map(|(week,)| week).collect())
}

/// What was given of a cohort: by window, the mean and the thirds of the range.
pub(crate) async fn answers(store: &Store, of: &Given) -> Result<Vec<Answered>, WellbeingError> {
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT span, start, why, figure FROM team_figures WHERE team = $1 AND measure = $2 AND start >= $3 AND start <= $4 \
         ORDER BY span, start",
    )
    .bind(of.team.0.to_vec())
    .bind(i64::from(of.measure))
    .bind(of.week)
    .bind(of.week + WEEK - 1)
    .fetch_all(store.pool())
    .await?;
    let mut all = Vec::new();
    for (span, start, why, bytes) in rows {
        let window = if span == Span::Week.number() { 0 } else { start - of.week + 1 };
        if let (Ok(stored), Ok(window)) = (told(why, &bytes)?, usize::try_from(window)) {
            let Stored { value, between, people, noise, bands, told, .. } = stored;
            all.push(Answered { window, value, between, people, class: told, is_noisy: noise.is_some(), bands });
        }
    }
    Ok(all)
}

/// Forgets that days before another one changed. No lock is taken for it: a week that is made is never made of them again, and nobody else
/// looks at days so long ago; what changes of those meanwhile stands there until the next time, and makes nothing.
pub(super) async fn forget_changes(transaction: &mut Write, before: i64) -> Result<(), WellbeingError> {
    sqlx::query("DELETE FROM changed_days WHERE day < $1").bind(before).execute(&mut ***transaction).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_reads_as_it_was() {
        let stored = Stored {
            value: 0.5,
            between: (0.25, 0.75),
            people: 12,
            coverage: Some(0.5),
            noise: Some((0.125, 2.0)),
            bands: Some([Some(0), None, None]),
            told: 10,
        };
        let row = Row { team: TeamId([1; 16]), measure: 1, span: 3, start: 20_000, told: Ok(stored) };
        let bytes = encode(&row).expect("it is written");
        let golden = "02000000000000e03f000000000000d03f000000000000e83f0c01000000000000e03f01000000000000c03f0000000000000040\
                      01010000000a";
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, golden);
        assert_eq!(told(0, &bytes).expect("it reads"), Ok(stored));
        let none = encode(&Row { told: Err(Why::Share), ..row }).expect("it is written");
        assert_eq!((none.as_slice(), told(4, &none).expect("it reads")), (&[2][..], Err(Why::Share)));
        assert!(told(0, &[3]).is_err(), "of a later version");
        assert!(told(0, &[]).is_err());

        let people = BTreeMap::from([(1, 0b1000_0001), (u64::MAX, 0)]);
        let bytes = people_bytes(&people);
        assert_eq!(
            bytes,
            [&[2][..], &[0, 0, 0, 0, 0, 0, 0, 1, 0x81], &[255, 255, 255, 255, 255, 255, 255, 255, 0]].concat()
        );
        assert_eq!(people_of(&bytes).expect("it reads"), people);
    }
}
