//! Talks and their turns as they lie in the database.

use attune_ground::GroundError;
use attune_ground::store::{Store, Write, bytes16};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use sqlx::AnyConnection;

use crate::sealed::{Head, Sealed as _, TalkId, Turn};

/// After its last turn a talk is looked at, milliseconds.
const DAY: i64 = 24 * 3_600_000;

/// A talk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Talk {
    pub(crate) person: PersonId,
    pub(crate) id: TalkId,
    /// When it was begun, and when its last turn was, Unix milliseconds.
    pub(crate) opened_at: i64,
    pub(crate) last_at: i64,
    /// The number of its last turn, and of the last that its person has seen.
    pub(crate) turns: i64,
    pub(crate) seen: i64,
    /// None where it does not open.
    pub(crate) head: Option<Head>,
}

/// A turn, opened.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Opened {
    pub(crate) number: i64,
    /// Whether the person wrote it.
    pub(crate) own: bool,
    /// When, Unix milliseconds.
    pub(crate) at: i64,
    /// None where it does not open.
    pub(crate) turn: Option<Turn>,
}

type TalkRow = (i64, i64, i64, i64, i64, Vec<u8>);
type TurnRow = (i64, i64, i64, Vec<u8>);

fn talk(key: &SealKey, person: PersonId, (id, opened_at, last_at, turns, seen, sealed): TalkRow) -> Talk {
    Talk { person, id, opened_at, last_at, turns, seen, head: Head::open(key, person, &[id], &sealed) }
}

/// All talks of a person, the newest first, also behind their lock.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn all(
    connection: &mut AnyConnection,
    key: &SealKey,
    person: PersonId,
) -> Result<Vec<Talk>, GroundError> {
    let rows: Vec<TalkRow> = sqlx::query_as(
        "SELECT talk, opened_at, last_at, turns, seen, sealed FROM talks WHERE person = $1 ORDER BY last_at DESC, talk",
    )
    .bind(person.0.to_vec())
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| talk(key, person, row)).collect())
}

/// The same, for who only looks.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn of_person(store: &Store, key: &SealKey, person: PersonId) -> Result<Vec<Talk>, GroundError> {
    let mut connection = store.pool().acquire().await?;
    all(&mut connection, key, person).await
}

/// One talk of a person, also behind their lock.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn one(
    connection: &mut AnyConnection,
    key: &SealKey,
    (person, id): (PersonId, TalkId),
) -> Result<Option<Talk>, GroundError> {
    let row: Option<TalkRow> = sqlx::query_as(
        "SELECT talk, opened_at, last_at, turns, seen, sealed FROM talks WHERE person = $1 AND talk = $2",
    )
    .bind(person.0.to_vec())
    .bind(id)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| talk(key, person, row)))
}

/// The turns of a talk behind a number, the oldest first, also behind its person's lock.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn turns_behind(
    connection: &mut AnyConnection,
    key: &SealKey,
    (person, id): (PersonId, TalkId),
    behind: i64,
) -> Result<Vec<Opened>, GroundError> {
    let rows: Vec<TurnRow> = sqlx::query_as(
        "SELECT number, own, at, sealed FROM talk_turns WHERE person = $1 AND talk = $2 AND number > $3 ORDER BY number",
    )
    .bind(person.0.to_vec())
    .bind(id)
    .bind(behind)
    .fetch_all(connection)
    .await?;
    let open = |(number, own, at, sealed): TurnRow| Opened {
        number,
        own: own == 1,
        at,
        turn: Turn::open(key, person, &[id, number], &sealed),
    };
    Ok(rows.into_iter().map(open).collect())
}

/// All turns of a talk, for who only looks.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn turns(store: &Store, key: &SealKey, of: (PersonId, TalkId)) -> Result<Vec<Opened>, GroundError> {
    let mut connection = store.pool().acquire().await?;
    turns_behind(&mut connection, key, of, 0).await
}

/// Whose talk has a number, of these people.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn whose(store: &Store, people: &[PersonId], id: TalkId) -> Result<Option<PersonId>, GroundError> {
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT person FROM talks WHERE talk = $1").bind(id).fetch_all(store.pool()).await?;
    for (person,) in rows {
        let person = PersonId(bytes16(&person)?);
        if people.contains(&person) {
            return Ok(Some(person));
        }
    }
    Ok(None)
}

/// Writes a turn, with by what it comes once.
pub(crate) async fn put_turn(
    transaction: &mut Write,
    key: &SealKey,
    (person, id, number): (PersonId, TalkId, i64),
    (own, nonce, at): (bool, &[u8; 16], i64),
    turn: &Turn,
) -> Result<(), GroundError> {
    sqlx::query(
        "INSERT INTO talk_turns (person, talk, number, nonce, own, at, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(person.0.to_vec())
    .bind(id)
    .bind(number)
    .bind(nonce.to_vec())
    .bind(i64::from(own))
    .bind(at)
    .bind(turn.seal(key, person, &[id, number])?)
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}

/// Begins a talk, unless there is one of this number; gives whether there was none.
pub(crate) async fn begin(
    transaction: &mut Write,
    key: &SealKey,
    (person, id): (PersonId, TalkId),
    head: &Head,
    at: i64,
) -> Result<bool, GroundError> {
    let begun = sqlx::query(
        "INSERT INTO talks (person, talk, opened_at, last_at, turns, seen, look_at, sealed) \
         VALUES ($1, $2, $3, $3, 0, 0, NULL, $4) ON CONFLICT (person, talk) DO NOTHING",
    )
    .bind(person.0.to_vec())
    .bind(id)
    .bind(at)
    .bind(head.seal(key, person, &[id])?)
    .execute(&mut ***transaction)
    .await?;
    Ok(begun.rows_affected() == 1)
}

/// Writes what is known of a talk.
pub(crate) async fn put_head(
    transaction: &mut Write,
    key: &SealKey,
    (person, id): (PersonId, TalkId),
    head: &Head,
) -> Result<(), GroundError> {
    sqlx::query("UPDATE talks SET sealed = $3 WHERE person = $1 AND talk = $2")
        .bind(person.0.to_vec())
        .bind(id)
        .bind(head.seal(key, person, &[id])?)
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Notes up to which turn a talk goes, since when, and up to which its person has seen it. A day later it is looked at, which every talk is:
/// that it is says nothing of it.
pub(crate) async fn put_stand(
    transaction: &mut Write,
    (person, id): (PersonId, TalkId),
    (turns, at): (i64, i64),
    is_seen: bool,
) -> Result<(), GroundError> {
    let statement = match is_seen {
        true => "UPDATE talks SET turns = $3, last_at = $4, look_at = $5, seen = $3 WHERE person = $1 AND talk = $2",
        false => "UPDATE talks SET turns = $3, last_at = $4, look_at = $5 WHERE person = $1 AND talk = $2",
    };
    sqlx::query(statement)
        .bind(person.0.to_vec())
        .bind(id)
        .bind(turns)
        .bind(at)
        .bind(at.saturating_add(DAY))
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// A person has seen a talk up to a turn. That this could not be noted keeps nobody from reading.
pub(crate) async fn note_seen(store: &Store, talk: &Talk) {
    if talk.seen >= talk.turns {
        return;
    }
    let noted = async {
        let mut transaction = store.begin().await?;
        sqlx::query("UPDATE talks SET seen = $3 WHERE person = $1 AND talk = $2 AND seen < $3")
            .bind(talk.person.0.to_vec())
            .bind(talk.id)
            .bind(talk.turns)
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "That a talk was seen could not be noted.");
    }
}

/// Removes a talk with all that is of it; gives whether there was one.
pub(crate) async fn remove(transaction: &mut Write, (person, id): (PersonId, TalkId)) -> Result<bool, GroundError> {
    for statement in [
        "DELETE FROM talk_reports WHERE person = $1 AND talk = $2",
        "DELETE FROM talk_answers WHERE person = $1 AND talk = $2",
        "DELETE FROM talk_turns WHERE person = $1 AND talk = $2",
    ] {
        sqlx::query(statement).bind(person.0.to_vec()).bind(id).execute(&mut ***transaction).await?;
    }
    let removed = sqlx::query("DELETE FROM talks WHERE person = $1 AND talk = $2")
        .bind(person.0.to_vec())
        .bind(id)
        .execute(&mut ***transaction)
        .await?;
    Ok(removed.rows_affected() == 1)
}
