//! What a person says against a score of theirs: a note, or a word that contradicts it. It stands beside the score, which stays.

use attune_ground::GroundError;
use attune_ground::damage::Damaged;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;
use serde::{Deserialize, Serialize};

use crate::{PeopleError, accounts};

/// Characters of a note.
pub const LONGEST: usize = 1000;

/// How many a person may have.
pub const MOST: i64 = 10_000;

/// How a correction is laid out.
const VERSION: u8 = 1;

/// A correction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Correction {
    /// Its own id.
    pub id: [u8; 16],
    /// What it stands beside: the id of a session.
    pub about: [u8; 16],
    /// When it was made, Unix milliseconds.
    pub made_at: i64,
    /// What it says.
    pub said: Said,
}

/// What a correction says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Said {
    /// Of which score, `stress_level` or another field; empty for the session as a whole.
    pub score: String,
    /// How it was in the person's own words: `low`, `as usual`, `high` or empty.
    pub label: String,
    /// The note; may be empty where there is a label.
    pub note: String,
}

impl Said {
    fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![VERSION]).expect("texts, written to memory")
    }

    fn decode(bytes: &[u8]) -> Result<Self, PeopleError> {
        match bytes.split_first() {
            Some((&VERSION, body)) => {
                postcard::from_bytes(body).map_err(|_| GroundError::Corrupt("a correction decodes").into())
            }
            _ => Err(GroundError::Corrupt("a correction is of a version that is known here").into()),
        }
    }
}

/// Keeps a correction. Gives none where the person has as many as may be.
///
/// # Errors
/// When the database refuses, or the person was erased.
pub async fn add(
    store: &Store,
    keys: &PersonKeys,
    person: PersonId,
    about: [u8; 16],
    said: Said,
) -> Result<Option<Correction>, PeopleError> {
    let correction = Correction { id: PersonId::random().0, about, made_at: now_millis(), said };
    let mut transaction = store.begin().await?;
    accounts::lock(&mut transaction, person).await?;
    let key = keys.of(person).await?;
    let (there,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM corrections WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_one(&mut **transaction)
        .await?;
    if there >= MOST {
        return Ok(None);
    }
    let encoded = correction.said.encode();
    sqlx::query("INSERT INTO corrections (id, person, about, made_at, size, sealed) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(correction.id.to_vec())
        .bind(person.0.to_vec())
        .bind(about.to_vec())
        .bind(correction.made_at)
        .bind(encoded.len() as i64)
        .bind(key.seal(&context(person, &correction.id), &encoded))
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok(Some(correction))
}

/// Takes a correction back. Gives whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn remove(store: &Store, person: PersonId, id: [u8; 16]) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let removed = sqlx::query("DELETE FROM corrections WHERE person = $1 AND id = $2")
        .bind(person.0.to_vec())
        .bind(id.to_vec())
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok(removed.rows_affected() == 1)
}

/// The corrections of a person, the newest first, of one session or of all. One that does not open is left out and counted.
///
/// # Errors
/// When the database refuses.
pub async fn of(
    store: &Store,
    keys: &PersonKeys,
    person: PersonId,
    about: Option<[u8; 16]>,
) -> Result<Vec<Correction>, PeopleError> {
    type Columns = (Vec<u8>, Vec<u8>, i64, Vec<u8>);
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT id, about, made_at, sealed FROM corrections WHERE person = $1 ORDER BY made_at DESC, id",
    )
    .bind(person.0.to_vec())
    .fetch_all(store.pool())
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = keys.of(person).await?;
    let open = |(id, of, made_at, sealed): (Vec<u8>, Vec<u8>, i64, Vec<u8>)| {
        let read = || {
            let id = bytes16(&id)?;
            let said = Said::decode(&key.open(&context(person, &id), &sealed)?)?;
            Ok::<_, PeopleError>(Correction { id, about: bytes16(&of)?, made_at, said })
        };
        read().inspect_err(|_| store.damages().note(Damaged::Preferences, &[&id])).ok()
    };
    let opened = rows.into_iter().filter_map(open);
    Ok(opened.filter(|one| about.is_none_or(|about| about == one.about)).collect())
}

fn context(person: PersonId, id: &[u8; 16]) -> Vec<u8> {
    [b"correction".as_slice(), &person.0, id].concat()
}
