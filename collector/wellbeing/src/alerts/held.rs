//! What is kept of people here: taken out, erased, counted, and let go of for its age.

use std::collections::BTreeMap;

use attune_ground::GroundError;
use attune_ground::erasing::Erasing;
use attune_ground::holdings::{Holding, JsonRows, Parcel, of_all};
use attune_ground::keys::PersonKeys;
use attune_ground::retention::{Age, Counting, Due};
use attune_ground::store::{Store, bytes16};
use attune_ground::time::rfc3339;
use attune_ground::{Deleted, SealedAt};
use attune_people::{accounts, sign_in};
use attune_protocol::ids::PersonId;
use serde::Serialize;

use super::calls;
use super::choices::{self, Choices};
use super::person::{self, Alert};
use super::quiet::written;
use super::supporters::{self, Chosen, Danger};
use crate::WellbeingError;

/// The most rows of one transaction.
const SLICE: i64 = 1000;

/// An alert as its person is given it.
#[derive(Serialize)]
struct Row {
    id: String,
    rule: &'static str,
    level: &'static str,
    opened_at: String,
    acknowledged_at: Option<String>,
    closed_at: Option<String>,
    /// The days for which it was opened, as days since 1970-01-01, and what each told.
    days: Vec<(i64, f64)>,
    history: Vec<(String, &'static str, String)>,
}

/// Somebody whom a person chose to support them, as that person is given it.
#[derive(Serialize)]
struct Supporter {
    name: String,
    asked_at: String,
    accepted_at: Option<String>,
    /// Since when they are asked to be told to get in touch where what one writes shows a sign of danger, and have said yes to that.
    is_asked_for_danger: bool,
    danger_accepted_at: Option<String>,
    /// When they were last to get in touch.
    called_at: Option<String>,
}

/// How somebody wants to be told, as they are given it.
#[derive(Serialize)]
struct Chose {
    /// `never`, `at_once` or `daily`.
    mail: &'static str,
    /// By their own clock, `20:00`.
    quiet_from: Option<String>,
    quiet_until: Option<String>,
}

impl Chose {
    fn of(Choices { mail, quiet }: Choices) -> Self {
        let (quiet_from, quiet_until) = quiet.map(|quiet| (written(quiet.from), written(quiet.until))).unzip();
        Self { mail: mail.name(), quiet_from, quiet_until }
    }
}

/// Puts all alerts about a person into a file, whom they chose to support them into another one, and how they want to be told into a third.
///
/// # Errors
/// When the database refuses, or nobody takes it.
pub(crate) async fn export(
    store: &Store,
    keys: &PersonKeys,
    person: PersonId,
    parcel: &mut Parcel,
) -> Result<(), GroundError> {
    let key = keys.of(person).await?;
    let mut rows = JsonRows::begin(parcel, "alerts.json").await?;
    let mut connection = store.pool().acquire().await?;
    let all = person::all(&mut connection, person, &key).await.map_err(ground)?;
    drop(connection);
    for alert in &all {
        let events = person::events(store, &key, alert).await.map_err(ground)?;
        let Alert { id, standing, content, .. } = alert;
        let row = Row {
            id: data_encoding::HEXLOWER.encode(id),
            rule: content.rule.name,
            level: content.rule.level.name(),
            opened_at: rfc3339(standing.opened_at),
            acknowledged_at: standing.acknowledged_at.map(rfc3339),
            closed_at: standing.closed_at.map(rfc3339),
            days: content.points.iter().map(|point| (point.at, point.value)).collect(),
            history: events.into_iter().map(|event| (rfc3339(event.at), event.what.name(), event.text)).collect(),
        };
        rows.row(&row).await?;
    }
    rows.end().await?;
    let mut rows = JsonRows::begin(parcel, "supporters.json").await?;
    let called: BTreeMap<[u8; 16], i64> = calls::last(store, person).await?.into_iter().collect();
    for Chosen { id, name, asked_at, accepted_at, danger, .. } in supporters::kept(store, person, &key).await? {
        let danger_accepted_at = match danger {
            Danger::Accepted(at) => Some(rfc3339(at)),
            Danger::No | Danger::Asked => None,
        };
        let row = Supporter {
            name,
            asked_at: rfc3339(asked_at),
            accepted_at: accepted_at.map(rfc3339),
            is_asked_for_danger: danger != Danger::No,
            danger_accepted_at,
            called_at: called.get(&id).copied().map(rfc3339),
        };
        rows.row(&row).await?;
    }
    rows.end().await?;
    let mut rows = JsonRows::begin(parcel, "alert_choices.json").await?;
    if let Some(login) = sign_in::of_person(store, person).await?
        && let Some(chosen) = choices::kept(store, keys, login).await?
    {
        rows.row(&Chose::of(chosen)).await?;
    }
    rows.end().await
}

fn ground(error: WellbeingError) -> GroundError {
    match error {
        WellbeingError::Ground(error) => error,
        _ => GroundError::Corrupt("an alert reads"),
    }
}

/// What of a person is erased.
pub(crate) const ERASED: [Erasing; 5] = [
    Erasing::of("person_alert_events", "alert"),
    Erasing::of("person_alerts", "id"),
    Erasing::of("supporter_calls", "sign"),
    Erasing::of("alert_supporters", "id"),
    Erasing::of("alert_people", "day"),
];

/// How much is kept, of all people together: that somebody has alerts at all is nothing for who counts.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn count(store: &Store) -> Result<Vec<Holding>, GroundError> {
    let mut all = Vec::new();
    for (table, statement) in [
        ("person_alerts", "SELECT COUNT(*), MIN(opened_at), MAX(opened_at) FROM person_alerts"),
        ("person_alert_events", "SELECT COUNT(*), MIN(at), MAX(at) FROM person_alert_events"),
        ("alert_supporters", "SELECT COUNT(*), MIN(asked_at), MAX(asked_at) FROM alert_supporters"),
        ("supporter_calls", "SELECT COUNT(*), MIN(called_at), MAX(called_at) FROM supporter_calls"),
        ("alert_choices", "SELECT COUNT(*), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT) FROM alert_choices"),
    ] {
        all.extend(of_all(store, table, statement).await?);
    }
    Ok(all)
}

/// Counts alerts that are too old: they go with the roll-ups of which they were made.
pub(crate) fn due(store: &Store, person: Option<PersonId>, age: Age) -> Counting<'_> {
    Box::pin(async move {
        let (rows, oldest): (i64, Option<i64>) = sqlx::query_as(
            "SELECT COUNT(*), MIN(opened_at) FROM person_alerts WHERE opened_at < $1 AND (LENGTH($2) = 0 OR person = $2)",
        )
        .bind(age.before())
        .bind(person.map_or_else(Vec::new, |person| person.0.to_vec()))
        .fetch_one(store.pool())
        .await?;
        Ok(Due { rows: rows.unsigned_abs(), oldest })
    })
}

/// Deletes alerts that are too old, those about teams among them.
pub(crate) fn delete(store: &Store, age: Age) -> Deleted<'_> {
    Box::pin(async move {
        let mut rows = 0;
        loop {
            let old: Vec<(Vec<u8>, Vec<u8>)> =
                sqlx::query_as("SELECT person, id FROM person_alerts WHERE opened_at < $1 ORDER BY opened_at LIMIT $2")
                    .bind(age.before())
                    .bind(SLICE)
                    .fetch_all(store.pool())
                    .await?;
            let is_last = (old.len() as i64) < SLICE;
            rows += delete_these(store, old).await?;
            if is_last {
                break;
            }
        }
        // Alerts about teams, with what became of them and to whom they were handed.
        let mut transaction = store.begin().await?;
        let removed = sqlx::query("DELETE FROM team_alerts WHERE opened_at < $1")
            .bind(age.before())
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await?;
        Ok(rows + removed.rows_affected())
    })
}

/// Deletes alerts, those of each person behind their lock: what they write about one meanwhile does not stay behind without it.
async fn delete_these(store: &Store, old: Vec<(Vec<u8>, Vec<u8>)>) -> Result<u64, GroundError> {
    let mut of_people: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    for (person, id) in old {
        of_people.entry(person).or_default().push(id);
    }
    let mut rows = 0;
    for (person, ids) in of_people {
        let mut transaction = store.begin().await?;
        if let Ok(person) = bytes16(&person) {
            accounts::lock(&mut transaction, PersonId(person)).await?;
        }
        for id in ids {
            for statement in [
                "DELETE FROM person_alert_events WHERE person = $1 AND alert = $2",
                "DELETE FROM person_alerts WHERE person = $1 AND id = $2",
            ] {
                let removed =
                    sqlx::query(statement).bind(person.clone()).bind(id.clone()).execute(&mut **transaction).await?;
                rows += removed.rows_affected();
            }
        }
        transaction.commit().await?;
    }
    Ok(rows)
}

/// Deletes alerts about a person that were opened before an instant, Unix milliseconds.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn delete_before(store: &Store, of: PersonId, before: i64) -> Result<u64, GroundError> {
    let old: Vec<(Vec<u8>, Vec<u8>)> =
        sqlx::query_as("SELECT person, id FROM person_alerts WHERE person = $1 AND opened_at < $2")
            .bind(of.0.to_vec())
            .bind(before)
            .fetch_all(store.pool())
            .await?;
    if old.is_empty() { Ok(0) } else { delete_these(store, old).await }
}

/// Under which context an alert about a person lies sealed, by which a copy is tried.
pub(crate) fn context(at: &SealedAt) -> Vec<u8> {
    person::context(at.person, at.bytes.first().map_or(&[][..], Vec::as_slice))
}
