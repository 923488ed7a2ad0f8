//! Alerts about people, as they lie: under their own key, and written behind the lock of the person.

use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use sqlx::AnyConnection;

use super::record::{Content, Event, Standing, What};
use crate::WellbeingError;

/// Alerts of a page.
pub(super) const PAGE: i64 = 50;

/// An alert about a person.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Alert {
    pub(super) person: PersonId,
    pub(super) id: [u8; 16],
    pub(super) standing: Standing,
    pub(super) content: Content,
}

type Row = (Vec<u8>, i64, Option<i64>, Option<i64>, Vec<u8>);

pub(super) fn context(person: PersonId, id: &[u8]) -> Vec<u8> {
    [b"alert".as_slice(), &person.0, id].concat()
}

fn event_context(person: PersonId, id: &[u8], number: i64) -> Vec<u8> {
    [b"alert event".as_slice(), &person.0, id, &number.to_be_bytes()].concat()
}

/// Opens rows; what does not open is left out and logged without saying whose it is.
fn opened(person: PersonId, key: &SealKey, rows: Vec<Row>) -> Vec<Alert> {
    let open = |(id, opened_at, acknowledged_at, closed_at, sealed): Row| {
        let plain = key.open(&context(person, &id), &sealed).ok()?;
        let standing = Standing { opened_at, acknowledged_at, closed_at };
        Some(Alert { person, id: bytes16(&id).ok()?, standing, content: Content::decode(&plain)? })
    };
    let all = rows.len();
    let alerts: Vec<Alert> = rows.into_iter().filter_map(open).collect();
    if alerts.len() < all {
        tracing::error!(rows = all - alerts.len(), "Alerts about a person do not open; they are left out.");
    }
    alerts
}

/// The open ones about a person, oldest first.
///
/// # Errors
/// When the database refuses.
pub(super) async fn open(
    connection: &mut AnyConnection,
    person: PersonId,
    key: &SealKey,
) -> Result<Vec<Alert>, WellbeingError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, opened_at, acknowledged_at, closed_at, sealed FROM person_alerts \
         WHERE person = $1 AND closed_at IS NULL ORDER BY opened_at, id",
    )
    .bind(person.0.to_vec())
    .fetch_all(connection)
    .await?;
    Ok(opened(person, key, rows))
}

/// All about a person, newest first, from before an instant on, a page of them; and where more lie behind it, since when those of the
/// page are: all that were opened with its last one are in it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn page(
    store: &Store,
    person: PersonId,
    key: &SealKey,
    before: i64,
) -> Result<(Vec<Alert>, Option<i64>), WellbeingError> {
    let end: Option<(i64,)> = sqlx::query_as(
        "SELECT opened_at FROM person_alerts WHERE person = $1 AND opened_at < $2 ORDER BY opened_at DESC LIMIT 1 OFFSET $3",
    )
    .bind(person.0.to_vec())
    .bind(before)
    .bind(PAGE - 1)
    .fetch_optional(store.pool())
    .await?;
    let end = end.map(|(end,)| end);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, opened_at, acknowledged_at, closed_at, sealed FROM person_alerts \
         WHERE person = $1 AND opened_at < $2 AND opened_at >= $3 ORDER BY opened_at DESC, id",
    )
    .bind(person.0.to_vec())
    .bind(before)
    .bind(end.unwrap_or(i64::MIN))
    .fetch_all(store.pool())
    .await?;
    Ok((opened(person, key, rows), end))
}

/// One about a person.
///
/// # Errors
/// When the database refuses.
pub(super) async fn find(
    store: &Store,
    person: PersonId,
    key: &SealKey,
    id: [u8; 16],
) -> Result<Option<Alert>, WellbeingError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, opened_at, acknowledged_at, closed_at, sealed FROM person_alerts WHERE person = $1 AND id = $2",
    )
    .bind(person.0.to_vec())
    .bind(id.to_vec())
    .fetch_all(store.pool())
    .await?;
    Ok(opened(person, key, rows).pop())
}

/// What became of one, in order.
///
/// # Errors
/// When the database refuses.
pub(super) async fn events(store: &Store, key: &SealKey, alert: &Alert) -> Result<Vec<Event>, WellbeingError> {
    let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT number, at, sealed FROM person_alert_events WHERE person = $1 AND alert = $2 ORDER BY number",
    )
    .bind(alert.person.0.to_vec())
    .bind(alert.id.to_vec())
    .fetch_all(store.pool())
    .await?;
    let open = |(number, at, sealed): (i64, i64, Vec<u8>)| {
        let plain = key.open(&event_context(alert.person, &alert.id, number), &sealed).ok()?;
        Event::decode(at, &plain)
    };
    Ok(rows.into_iter().filter_map(open).collect())
}

/// Opens one, behind the lock of the person.
///
/// # Errors
/// When the database refuses.
pub(super) async fn raise(
    transaction: &mut Write,
    person: PersonId,
    key: &SealKey,
    content: &Content,
) -> Result<[u8; 16], WellbeingError> {
    let id = PersonId::random().0;
    let sealed = key.seal(&context(person, &id), &content.encode()?);
    sqlx::query("INSERT INTO person_alerts (person, id, opened_at, sealed) VALUES ($1, $2, $3, $4)")
        .bind(person.0.to_vec())
        .bind(id.to_vec())
        .bind(now_millis())
        .bind(sealed)
        .execute(&mut ***transaction)
        .await?;
    note(transaction, (person, id), key, What::Opened, "").await?;
    Ok(id)
}

/// Ends one that is open, behind the lock of the person.
///
/// # Errors
/// When the database refuses.
pub(super) async fn close(
    transaction: &mut Write,
    of: (PersonId, [u8; 16]),
    key: &SealKey,
    what: What,
) -> Result<(), WellbeingError> {
    let closed =
        sqlx::query("UPDATE person_alerts SET closed_at = $3 WHERE person = $1 AND id = $2 AND closed_at IS NULL")
            .bind(of.0.0.to_vec())
            .bind(of.1.to_vec())
            .bind(now_millis())
            .execute(&mut ***transaction)
            .await?;
    match closed.rows_affected() {
        0 => Ok(()),
        _ => note(transaction, of, key, what, "").await,
    }
}

/// Appends a line to the history of one, behind the lock of the person.
///
/// # Errors
/// When the database refuses.
pub(super) async fn note(
    transaction: &mut Write,
    (person, id): (PersonId, [u8; 16]),
    key: &SealKey,
    what: What,
    text: &str,
) -> Result<(), WellbeingError> {
    let (last,): (i64,) =
        sqlx::query_as("SELECT COALESCE(MAX(number), 0) FROM person_alert_events WHERE person = $1 AND alert = $2")
            .bind(person.0.to_vec())
            .bind(id.to_vec())
            .fetch_one(&mut ***transaction)
            .await?;
    let number = last + 1;
    sqlx::query("INSERT INTO person_alert_events (person, alert, number, at, sealed) VALUES ($1, $2, $3, $4, $5)")
        .bind(person.0.to_vec())
        .bind(id.to_vec())
        .bind(number)
        .bind(now_millis())
        .bind(key.seal(&event_context(person, &id, number), &Event::encode(what, text)?))
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Says that the person has seen one; once is enough. Gives whether there is such a one.
///
/// # Errors
/// When the database refuses.
pub(super) async fn acknowledge(
    store: &Store,
    of: (PersonId, [u8; 16]),
    key: &SealKey,
) -> Result<bool, WellbeingError> {
    let mut transaction = store.begin().await?;
    if !accounts::lock(&mut transaction, of.0).await? || !is_there(&mut transaction, of).await? {
        return Ok(false);
    }
    let acknowledged = sqlx::query(
        "UPDATE person_alerts SET acknowledged_at = $3 WHERE person = $1 AND id = $2 AND acknowledged_at IS NULL",
    )
    .bind(of.0.0.to_vec())
    .bind(of.1.to_vec())
    .bind(now_millis())
    .execute(&mut **transaction)
    .await?;
    if acknowledged.rows_affected() > 0 {
        note(&mut transaction, of, key, What::Acknowledged, "").await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Adds what the person writes. Gives whether there is such a one.
///
/// # Errors
/// When the database refuses.
pub(super) async fn write_note(
    store: &Store,
    of: (PersonId, [u8; 16]),
    key: &SealKey,
    text: &str,
) -> Result<bool, WellbeingError> {
    let mut transaction = store.begin().await?;
    if !accounts::lock(&mut transaction, of.0).await? || !is_there(&mut transaction, of).await? {
        return Ok(false);
    }
    note(&mut transaction, of, key, What::Noted, text).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn is_there(transaction: &mut Write, (person, id): (PersonId, [u8; 16])) -> Result<bool, WellbeingError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT opened_at FROM person_alerts WHERE person = $1 AND id = $2")
        .bind(person.0.to_vec())
        .bind(id.to_vec())
        .fetch_optional(&mut ***transaction)
        .await?;
    Ok(row.is_some())
}

/// Removes some about a person with all that became of them, behind their lock.
///
/// # Errors
/// When the database refuses.
pub(super) async fn remove(transaction: &mut Write, person: PersonId, ids: &[[u8; 16]]) -> Result<(), WellbeingError> {
    for id in ids {
        for statement in [
            "DELETE FROM person_alert_events WHERE person = $1 AND alert = $2",
            "DELETE FROM person_alerts WHERE person = $1 AND id = $2",
        ] {
            sqlx::query(statement).bind(person.0.to_vec()).bind(id.to_vec()).execute(&mut ***transaction).await?;
        }
    }
    Ok(())
}

/// All about a person, of whichever age.
///
/// # Errors
/// When the database refuses.
pub(super) async fn all(
    connection: &mut AnyConnection,
    person: PersonId,
    key: &SealKey,
) -> Result<Vec<Alert>, WellbeingError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, opened_at, acknowledged_at, closed_at, sealed FROM person_alerts WHERE person = $1 \
         ORDER BY opened_at, id",
    )
    .bind(person.0.to_vec())
    .fetch_all(connection)
    .await?;
    Ok(opened(person, key, rows))
}
