//! Alerts about teams, as they lie: made of figures that were given, in clear; what somebody writes about one is sealed under that one's key.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::rights::LoginId;
use attune_people::teams::TeamId;
use attune_protocol::ids::PersonId;
use sqlx::AnyConnection;

use super::record::{Content, Event, Standing, What};
use super::rule::Rule;
use crate::team::forbidden;
use crate::{Wellbeing, WellbeingError};

/// An alert about a team.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Alert {
    pub(super) id: [u8; 16],
    pub(super) team: TeamId,
    pub(super) standing: Standing,
    /// Who holds it.
    pub(super) holder: Option<LoginId>,
    /// Of how many people, at least, each figure is of which it was made.
    pub(super) people: i64,
    pub(super) content: Content,
}

/// Whether a rule may be told of teams under the profile in force: all that it is made of may be.
pub(super) fn may_be_told(state: &Wellbeing, rule: &Rule) -> bool {
    rule.measures().into_iter().all(|measure| forbidden(state, measure).is_none())
}

/// Whether an alert was made of figures of enough people by what is set now: fewer may have been set when it was.
fn is_of_enough(state: &Wellbeing, alert: &Alert) -> bool {
    alert.people >= i64::from(state.settings().least_people)
}

/// Whether an alert may be told by what is set now.
pub(super) fn is_told(state: &Wellbeing, alert: &Alert) -> bool {
    may_be_told(state, alert.content.rule) && is_of_enough(state, alert)
}

/// Has nobody told any more of alerts that were made of figures of fewer people than are set now.
///
/// # Errors
/// When the database refuses.
pub(super) async fn untell(state: &Wellbeing, transaction: &mut Write) -> Result<(), WellbeingError> {
    sqlx::query(
        "DELETE FROM alert_deliveries WHERE state = 0 AND alert IN (SELECT id FROM team_alerts WHERE people < $1)",
    )
    .bind(i64::from(state.settings().least_people))
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}

type Row = (Vec<u8>, Vec<u8>, i64, Option<i64>, Option<Vec<u8>>, Option<i64>, i64, Vec<u8>);

const OPEN: &str = "SELECT id, team, opened_at, acknowledged_at, acknowledged_by, closed_at, people, content FROM team_alerts \
     WHERE closed_at IS NULL ORDER BY opened_at, id";

/// What reads of rows.
fn readable(rows: Vec<Row>) -> Vec<Alert> {
    let read = |(id, team, opened_at, acknowledged_at, holder, closed_at, people, content): Row| {
        let standing = Standing { opened_at, acknowledged_at, closed_at };
        let (id, team) = (bytes16(&id).ok()?, TeamId(bytes16(&team).ok()?));
        let holder = holder.and_then(|login| bytes16(&login).ok()).map(LoginId);
        Some(Alert { id, team, standing, holder, people, content: Content::decode(&content)? })
    };
    rows.into_iter().filter_map(read).collect()
}

/// The open ones, oldest first.
///
/// # Errors
/// When the database refuses.
pub(super) async fn open(connection: &mut AnyConnection) -> Result<Vec<Alert>, WellbeingError> {
    Ok(readable(sqlx::query_as(OPEN).fetch_all(connection).await?))
}

/// All of them from before an instant on, newest first, a page of so many; and where more lie behind it, since when those of the page
/// are: all that were opened with its last one are in it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn page(store: &Store, before: i64, most: i64) -> Result<(Vec<Alert>, Option<i64>), WellbeingError> {
    let end: Option<(i64,)> = sqlx::query_as(
        "SELECT opened_at FROM team_alerts WHERE opened_at < $1 ORDER BY opened_at DESC LIMIT 1 OFFSET $2",
    )
    .bind(before)
    .bind(most - 1)
    .fetch_optional(store.pool())
    .await?;
    let end = end.map(|(end,)| end);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, team, opened_at, acknowledged_at, acknowledged_by, closed_at, people, content FROM team_alerts WHERE opened_at < $1 \
         AND opened_at >= $2 ORDER BY opened_at DESC, id",
    )
    .bind(before)
    .bind(end.unwrap_or(i64::MIN))
    .fetch_all(store.pool())
    .await?;
    Ok((readable(rows), end))
}

/// One.
///
/// # Errors
/// When the database refuses.
pub(super) async fn find(store: &Store, id: [u8; 16]) -> Result<Option<Alert>, WellbeingError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, team, opened_at, acknowledged_at, acknowledged_by, closed_at, people, content FROM team_alerts WHERE id = $1",
    )
    .bind(id.to_vec())
    .fetch_all(store.pool())
    .await?;
    Ok(readable(rows).pop())
}

/// Opens one, made of figures of so many people at least, where none of its rule is open about that team. Gives its id.
///
/// # Errors
/// When the database refuses.
pub(super) async fn raise(
    transaction: &mut Write,
    team: TeamId,
    content: &Content,
    people: u32,
) -> Result<Option<[u8; 16]>, WellbeingError> {
    let id = PersonId::random().0;
    let raised = sqlx::query(
        "INSERT INTO team_alerts (id, team, rule, opened_at, changes, content, people) VALUES ($1, $2, $3, $4, 0, $5, $6) \
         ON CONFLICT DO NOTHING",
    )
    .bind(id.to_vec())
    .bind(team.0.to_vec())
    .bind(i64::from(content.rule.number))
    .bind(now_millis())
    .bind(content.encode()?)
    .bind(i64::from(people))
    .execute(&mut ***transaction)
    .await?;
    if raised.rows_affected() == 0 {
        return Ok(None);
    }
    note(transaction, id, What::Opened, None, None).await?;
    Ok(Some(id))
}

/// Ends one that is open. Gives whether it was.
///
/// # Errors
/// When the database refuses.
pub(super) async fn close(transaction: &mut Write, id: [u8; 16], what: What) -> Result<bool, WellbeingError> {
    let closed = sqlx::query("UPDATE team_alerts SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL")
        .bind(id.to_vec())
        .bind(now_millis())
        .execute(&mut ***transaction)
        .await?;
    if closed.rows_affected() == 0 {
        return Ok(false);
    }
    note(transaction, id, what, None, None).await?;
    Ok(true)
}

/// Takes the lock of one until the transaction ends, and counts that it changes. Gives whether there is such a one.
async fn lock(transaction: &mut Write, id: [u8; 16]) -> Result<bool, WellbeingError> {
    let locked = sqlx::query("UPDATE team_alerts SET changes = changes + 1 WHERE id = $1")
        .bind(id.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(locked.rows_affected() > 0)
}

/// Appends a line to the history of one.
///
/// # Errors
/// When the database refuses.
pub(super) async fn note(
    transaction: &mut Write,
    id: [u8; 16],
    what: What,
    by: Option<LoginId>,
    sealed: Option<Vec<u8>>,
) -> Result<bool, WellbeingError> {
    if !lock(transaction, id).await? {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO team_alert_events (alert, number, at, kind, login, sealed) \
         SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5 FROM team_alert_events WHERE alert = $1",
    )
    .bind(id.to_vec())
    .bind(now_millis())
    .bind(what.number())
    .bind(by.map(|login| login.0.to_vec()))
    .bind(sealed)
    .execute(&mut ***transaction)
    .await?;
    Ok(true)
}

fn context(id: [u8; 16], login: LoginId) -> Vec<u8> {
    [b"team alert note".as_slice(), &id, &login.0].concat()
}

/// Says that somebody holds one; the first who says so does. Gives whether there is such a one.
///
/// # Errors
/// When the database refuses.
pub(super) async fn acknowledge(store: &Store, id: [u8; 16], by: LoginId) -> Result<bool, WellbeingError> {
    let mut transaction = store.begin().await?;
    if !lock(&mut transaction, id).await? {
        return Ok(false);
    }
    let acknowledged = sqlx::query(
        "UPDATE team_alerts SET acknowledged_at = $2, acknowledged_by = $3 WHERE id = $1 AND acknowledged_at IS NULL",
    )
    .bind(id.to_vec())
    .bind(now_millis())
    .bind(by.0.to_vec())
    .execute(&mut **transaction)
    .await?;
    if acknowledged.rows_affected() > 0 {
        note(&mut transaction, id, What::Acknowledged, Some(by), None).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Adds what somebody writes. Gives whether there is such a one.
///
/// # Errors
/// When the database refuses.
pub(super) async fn write_note(
    store: &Store,
    keys: &PersonKeys,
    (id, by): ([u8; 16], LoginId),
    text: &str,
) -> Result<bool, WellbeingError> {
    let key = keys.of(PersonId(by.0)).await?;
    let sealed = key.seal(&context(id, by), text.as_bytes());
    let mut transaction = store.begin().await?;
    let noted = note(&mut transaction, id, What::Noted, Some(by), Some(sealed)).await?;
    transaction.commit().await?;
    Ok(noted)
}

/// When, what, by whom, and what they wrote.
type Noted = (i64, i64, Option<Vec<u8>>, Option<Vec<u8>>);

/// What became of some, each in order. What was written by who is not there any more does not open: its text is empty.
///
/// # Errors
/// When the database refuses.
pub(super) async fn events(store: &Store, keys: &PersonKeys, id: [u8; 16]) -> Result<Vec<Event>, WellbeingError> {
    let rows: Vec<Noted> =
        sqlx::query_as("SELECT at, kind, login, sealed FROM team_alert_events WHERE alert = $1 ORDER BY number")
            .bind(id.to_vec())
            .fetch_all(store.pool())
            .await?;
    let mut opened = BTreeMap::new();
    let mut events = Vec::with_capacity(rows.len());
    for (at, kind, login, sealed) in rows {
        let Some(what) = What::of_number(kind) else { continue };
        let by = login.map(|login| bytes16(&login).map(LoginId)).transpose()?;
        let mut text = String::new();
        if let Some((login, sealed)) = by.zip(sealed) {
            let key = match opened.entry(login) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(keys.of(PersonId(login.0)).await.ok()),
            };
            let plain = key.as_ref().and_then(|key| key.open(&context(id, login), &sealed).ok());
            text = plain.and_then(|plain| String::from_utf8(plain).ok()).unwrap_or_default();
        }
        events.push(Event { at, what, by, text });
    }
    Ok(events)
}
