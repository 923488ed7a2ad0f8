//! What people ask of the organisation, and until when it is due. By a pseudonym: whoever works them off needs no name to see
//! what is late.

use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::own::EARLIER;
use crate::PeopleError;

/// How long an answer may take, milliseconds: GDPR Art. 12(3) gives a month.
const DUE_MILLIS: i64 = 30 * 24 * 3_600_000;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A copy of everything (GDPR Art. 15, 20).
    Access,
    /// That something is put right (Art. 16).
    Correction,
    /// That everything is erased (Art. 17).
    Erasure,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Access, Self::Correction, Self::Erasure];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Correction => "correction",
            Self::Erasure => "erasure",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Request {
    pub(crate) id: PersonId,
    pub(crate) pseudonym: String,
    pub(crate) kind: Kind,
    pub(crate) received_at: i64,
    pub(crate) due_at: i64,
    pub(crate) done_at: Option<i64>,
}

/// The pseudonym that earlier versions had for the same person.
fn earlier(pseudonym: &str) -> String {
    pseudonym.get(..EARLIER).unwrap_or(pseudonym).to_owned()
}

/// Takes a request down; one that was done as it was asked for is done at once. Who asks again for what is open still is told of
/// that one: a hundred of the same would hide those of others.
pub(crate) async fn receive(
    transaction: &mut Write,
    pseudonym: &str,
    kind: Kind,
    is_done: bool,
) -> Result<Request, PeopleError> {
    let open: Option<(Vec<u8>, i64, i64)> = sqlx::query_as(
        "SELECT id, received_at, due_at FROM requests WHERE pseudonym IN ($1, $3) AND kind = $2 AND done_at IS NULL LIMIT 1",
    )
    .bind(pseudonym.to_owned())
    .bind(kind.name())
    .bind(earlier(pseudonym))
    .fetch_optional(&mut ***transaction)
    .await?;
    if let Some((id, received_at, due_at)) = open.filter(|_| !is_done) {
        let id = PersonId(bytes16(&id)?);
        return Ok(Request { id, pseudonym: pseudonym.into(), kind, received_at, due_at, done_at: None });
    }
    let now = now_millis();
    let request = Request {
        id: PersonId::random(),
        pseudonym: pseudonym.into(),
        kind,
        received_at: now,
        due_at: now + DUE_MILLIS,
        done_at: is_done.then_some(now),
    };
    sqlx::query(
        "INSERT INTO requests (id, pseudonym, kind, received_at, due_at, done_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(request.id.0.to_vec())
    .bind(request.pseudonym.clone())
    .bind(kind.name())
    .bind(request.received_at)
    .bind(request.due_at)
    .bind(request.done_at)
    .execute(&mut ***transaction)
    .await?;
    Ok(request)
}

/// Notes that all is done that somebody asked for who is erased.
pub(crate) async fn all_done(transaction: &mut Write, pseudonym: &str) -> Result<(), PeopleError> {
    sqlx::query("UPDATE requests SET done_at = $2 WHERE pseudonym IN ($1, $3) AND done_at IS NULL")
        .bind(pseudonym.to_owned())
        .bind(now_millis())
        .bind(earlier(pseudonym))
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Notes that a request is done. Gives whether there was one that was not.
pub(crate) async fn done(store: &Store, id: PersonId) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let done = sqlx::query("UPDATE requests SET done_at = $2 WHERE id = $1 AND done_at IS NULL")
        .bind(id.0.to_vec())
        .bind(now_millis())
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok(done.rows_affected() == 1)
}

/// Requests, those that are open first, the oldest of them first; of one pseudonym or of all.
pub(crate) async fn list(store: &Store, pseudonym: Option<&str>) -> Result<Vec<Request>, PeopleError> {
    type Row = (Vec<u8>, String, String, i64, i64, Option<i64>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, pseudonym, kind, received_at, due_at, done_at FROM requests WHERE $1 = '' OR pseudonym IN ($1, $2) \
         ORDER BY CASE WHEN done_at IS NULL THEN 0 ELSE 1 END, received_at, id LIMIT 1000",
    )
    .bind(pseudonym.unwrap_or_default().to_owned())
    .bind(earlier(pseudonym.unwrap_or_default()))
    .fetch_all(store.pool())
    .await?;
    let read = |(id, pseudonym, kind, received_at, due_at, done_at): Row| {
        let kind = Kind::of(&kind)?;
        Some(Request { id: PersonId(bytes16(&id).ok()?), pseudonym, kind, received_at, due_at, done_at })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}
