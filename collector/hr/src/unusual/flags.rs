//! Flags, opened: of everybody for HR, of one for whoever may see that one.

use std::collections::{BTreeMap, BTreeSet};

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use super::detections;
use super::found::{DetectionId, Found};
use super::handled::Handled;
use crate::error::HrError;
use crate::rows::Employee;
use crate::state::Hr;
use crate::turn::{Turn, WAITS};
use crate::who;

/// By what a flag is asked for. It leads to nobody without the collectors' key, and stays the same whatever a search finds.
pub(crate) type FlagId = [u8; 16];

/// The flag of a person.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Flag {
    pub(crate) person: PersonId,
    /// What a search found, and which.
    pub(crate) found: Found,
    pub(crate) detection: DetectionId,
    /// When, Unix milliseconds.
    pub(crate) found_at: i64,
    /// What people did with it.
    pub(crate) handled: Handled,
}

/// The id of the flag of a person.
pub(crate) fn id(state: &Hr, person: PersonId) -> FlagId {
    state.people().own().tag("hr flag", &person.0)
}

type Columns = (Vec<u8>, Vec<u8>, Vec<u8>, Option<i64>, Option<Vec<u8>>);

/// One of which what was done with it does not open stands as if nothing had been.
fn open(key: &SealKey, person: PersonId, (_, detection, sealed, made_at, handled): &Columns) -> Option<Flag> {
    let handled = handled.as_deref().and_then(|sealed| Handled::open(key, person, sealed));
    Some(Flag {
        person,
        found: Found::open(key, person, detection, sealed)?,
        detection: bytes16(detection).ok()?,
        found_at: made_at.unwrap_or_default(),
        handled: handled.unwrap_or_default(),
    })
}

/// All flags, opened. As long as this is held, nobody else has them or the master table.
#[derive(Debug)]
pub(crate) struct Flags {
    /// Each with whose it is.
    pub(crate) all: Vec<(Employee, Flag)>,
    _turn: Turn,
}

/// All flags, with whose they are: those of the search that stands first, the most unusual first; behind them those that it does not find
/// any more and that somebody has decided on. What does not open is left out.
///
/// # Errors
/// When the database refuses; 503 where others look for long.
pub(crate) async fn all(state: &Hr) -> Result<Flags, Problem> {
    let turn = state.looking().within(WAITS).await?;
    Ok(Flags { all: opened(state).await?, _turn: turn })
}

async fn opened(state: &Hr) -> Result<Vec<(Employee, Flag)>, HrError> {
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT hr_flags.person, hr_flags.detection, hr_flags.sealed, hr_detections.made_at, hr_handled.sealed FROM hr_flags \
         JOIN hr_detections ON hr_detections.id = hr_flags.detection LEFT JOIN hr_handled ON hr_handled.person = hr_flags.person \
         WHERE hr_detections.state = 1 ORDER BY hr_flags.person, hr_detections.made_at",
    )
    .fetch_all(state.store().pool())
    .await?;
    let people: BTreeSet<PersonId> = rows.iter().filter_map(|row| bytes16(&row.0).ok().map(PersonId)).collect();
    let (keys, names) = (state.people().keys(), who::names(state, &people).await?);
    let mut unwrapped = BTreeMap::new();
    for (person, wrapped) in keys.all_wrapped(&people).await? {
        // One that does not open is counted, and concerns its own person.
        unwrapped.extend(keys.unwrap(person, wrapped).ok().map(|unwrapped| (person, unwrapped.key)));
    }
    let mut all: BTreeMap<PersonId, (Employee, Flag)> = BTreeMap::new();
    for row in &rows {
        let Ok(person) = bytes16(&row.0).map(PersonId) else { continue };
        let Some((key, employee)) = unwrapped.get(&person).zip(names.get(&person)) else { continue };
        if let Some(flag) = open(key, person, row) {
            all.insert(person, (employee.clone(), flag)); // the newer one stands
        }
    }
    let standing = detections::standing(state).await?.map(|asked| asked.id);
    let mut all: Vec<(Employee, Flag)> = all.into_values().collect();
    all.sort_by(|(one, of_one), (other, of_other)| {
        let gone = |flag: &Flag| Some(flag.detection) != standing;
        let by_score = of_one.found.decision.total_cmp(&of_other.found.decision);
        gone(of_one).cmp(&gone(of_other)).then(by_score).then_with(|| one.cmp(other))
    });
    Ok(all)
}

/// The flag of a person, where there is one.
///
/// # Errors
/// When the database refuses, or the key of the person was destroyed.
pub(crate) async fn of_person(store: &Store, keys: &PersonKeys, person: PersonId) -> Result<Option<Flag>, GroundError> {
    let row: Option<Columns> = sqlx::query_as(
        "SELECT hr_flags.person, hr_flags.detection, hr_flags.sealed, hr_detections.made_at, hr_handled.sealed FROM hr_flags \
         JOIN hr_detections ON hr_detections.id = hr_flags.detection LEFT JOIN hr_handled ON hr_handled.person = hr_flags.person \
         WHERE hr_detections.state = 1 AND hr_flags.person = $1 ORDER BY hr_detections.made_at DESC LIMIT 1",
    )
    .bind(person.0.to_vec())
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let key = keys.of(person).await?;
    Ok(open(&key, person, &row))
}

/// The flags of accounts that are one person's.
///
/// # Errors
/// When the database refuses, or the key of one was destroyed.
pub(crate) async fn of_all(state: &Hr, people: &[PersonId]) -> Result<Vec<Flag>, GroundError> {
    let mut flags = Vec::new();
    for person in people {
        flags.extend(of_person(state.store(), state.people().keys(), *person).await?);
    }
    Ok(flags)
}

/// The flag of an id, with whose it is.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn one(state: &Hr, wanted: &FlagId) -> Result<Option<(Employee, Flag)>, HrError> {
    let people: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT DISTINCT person FROM hr_flags").fetch_all(state.store().pool()).await?;
    let mut people = people.into_iter().filter_map(|(person,)| bytes16(&person).ok().map(PersonId));
    let Some(person) = people.find(|person| id(state, *person) == *wanted) else { return Ok(None) };
    let Some(flag) = of_person(state.store(), state.people().keys(), person).await? else { return Ok(None) };
    let mut names = who::names(state, &BTreeSet::from([person])).await?;
    Ok(names.remove(&person).map(|employee| (employee, flag)))
}
