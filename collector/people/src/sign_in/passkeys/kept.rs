//! The rows of passkeys.

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::store::{Store, Write};
use attune_ground::time::now_millis;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{AuthenticationResult, Passkey};

use crate::PeopleError;
use crate::accounts::is_unseen;
use crate::rights::LoginId;

/// Keys of one account, at most.
pub(in crate::sign_in) const MOST: usize = 20;

/// Characters of what somebody calls a key, at most.
const LONGEST_NAME: usize = 60;

/// A key, opened.
pub(in crate::sign_in) struct Kept {
    tag: Vec<u8>,
    sealed: Vec<u8>,
    inner: Sealed,
    /// Since when it is here, Unix milliseconds.
    pub(in crate::sign_in) made_at: i64,
    /// When somebody signed in with it last, Unix milliseconds.
    pub(in crate::sign_in) used_at: Option<i64>,
}

/// What of it lies sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    name: String,
    host: String,
    key: Passkey,
}

/// How [`Sealed`] is laid out: JSON, as the library's own types are no good in postcard.
const VERSION: u8 = 1;

impl Sealed {
    fn encode(&self) -> Vec<u8> {
        [vec![VERSION], serde_json::to_vec(self).expect("texts, numbers and lists")].concat()
    }

    fn decode(bytes: &[u8]) -> Result<Self, PeopleError> {
        let read = match bytes.split_first() {
            Some((&VERSION, body)) => serde_json::from_slice(body).ok(),
            _ => None,
        };
        read.ok_or_else(|| GroundError::Corrupt("a passkey decodes").into())
    }
}

impl Kept {
    /// A new one of this name, for the collector as it was asked for.
    pub(super) fn new(name: String, host: &str, key: Passkey) -> Self {
        let inner = Sealed { name, host: host.to_owned(), key };
        Self { tag: Vec::new(), sealed: Vec::new(), inner, made_at: now_millis(), used_at: None }
    }

    /// What its owner calls it.
    pub(in crate::sign_in) fn name(&self) -> &str {
        &self.inner.name
    }

    /// The name of the collector for which it was made.
    pub(in crate::sign_in) fn host(&self) -> &str {
        &self.inner.host
    }

    /// By what it is told which one is meant.
    pub(in crate::sign_in) fn id(&self) -> String {
        HEXLOWER.encode(&self.tag)
    }

    pub(super) fn key(&self) -> &Passkey {
        &self.inner.key
    }
}

/// What somebody calls a key.
///
/// # Errors
/// 400 for one that is none, naming the field.
pub(super) fn name(field: &str, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_NAME || text.contains(is_unseen) {
        let what = format!("expected what you call it, such as `my telephone`: up to {LONGEST_NAME} letters");
        return Err(Problem::bad_request(field, what));
    }
    Ok(text.to_owned())
}

fn tag_of(own: &OwnKeys, credential: &[u8]) -> Vec<u8> {
    own.tag("passkey", credential).to_vec()
}

fn context(tag: &[u8]) -> Vec<u8> {
    [b"passkey".as_slice(), tag].concat()
}

/// Keeps a new key; gives whether it was none that is here already, whoever's.
pub(super) async fn put(
    transaction: &mut Write,
    (keys, own): (&PersonKeys, &OwnKeys),
    login: LoginId,
    new: Kept,
) -> Result<bool, PeopleError> {
    let tag = tag_of(own, new.key().cred_id());
    let key = keys.of(login.key()).await?;
    let put = sqlx::query(
        "INSERT INTO passkeys (tag, login, sealed, made_at) SELECT $1, $2, $3, $4 \
         WHERE (SELECT COUNT(*) FROM passkeys WHERE login = $2) < $5 ON CONFLICT DO NOTHING",
    )
    .bind(tag.clone())
    .bind(login.0.to_vec())
    .bind(key.seal(&context(&tag), &new.inner.encode()))
    .bind(new.made_at)
    .bind(i64::try_from(MOST).expect("a small number"))
    .execute(&mut ***transaction)
    .await?;
    Ok(put.rows_affected() == 1)
}

type Columns = (Vec<u8>, Vec<u8>, i64, Option<i64>);

fn opened(key: &attune_protocol::seal::SealKey, row: Columns) -> Result<Kept, PeopleError> {
    let (tag, sealed, made_at, used_at) = row;
    let inner = Sealed::decode(&key.open(&context(&tag), &sealed)?)?;
    Ok(Kept { tag, sealed, inner, made_at, used_at })
}

/// A key whose row does not open: it signs nobody in, and can be removed.
pub(in crate::sign_in) struct Damaged {
    /// By what it is told which one is meant.
    pub(in crate::sign_in) id: String,
    /// Since when it is here, Unix milliseconds.
    pub(in crate::sign_in) made_at: i64,
}

/// All keys of somebody, the oldest first, and those that do not open.
///
/// # Errors
/// When the database refuses.
pub(in crate::sign_in) async fn list(
    store: &Store,
    keys: &PersonKeys,
    login: LoginId,
) -> Result<(Vec<Kept>, Vec<Damaged>), PeopleError> {
    let rows: Vec<Columns> =
        sqlx::query_as("SELECT tag, sealed, made_at, used_at FROM passkeys WHERE login = $1 ORDER BY made_at, tag")
            .bind(login.0.to_vec())
            .fetch_all(store.pool())
            .await?;
    if rows.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let key = keys.of(login.key()).await?;
    let (mut kept, mut damaged) = (Vec::new(), Vec::new());
    for row in rows {
        let (id, made_at) = (HEXLOWER.encode(&row.0), row.2);
        match opened(&key, row) {
            Ok(one) => kept.push(one),
            Err(error) => {
                tracing::warn!(%error, "A passkey does not open.");
                damaged.push(Damaged { id, made_at });
            }
        }
    }
    Ok((kept, damaged))
}

/// The key of somebody that is called so by itself.
pub(super) async fn find(
    store: &Store,
    (keys, own): (&PersonKeys, &OwnKeys),
    login: LoginId,
    credential: &[u8],
) -> Result<Option<Kept>, PeopleError> {
    let row: Option<Columns> =
        sqlx::query_as("SELECT tag, sealed, made_at, used_at FROM passkeys WHERE tag = $1 AND login = $2")
            .bind(tag_of(own, credential))
            .bind(login.0.to_vec())
            .fetch_optional(store.pool())
            .await?;
    let Some(row) = row else { return Ok(None) };
    let key = keys.of(login.key()).await?;
    opened(&key, row).map(Some)
}

/// Keeps that a key was used, with its new count; gives whether it is still as it was when its answer was checked: of two answers at
/// once one is taken, and none of a key that was removed.
pub(super) async fn used(
    store: &Store,
    keys: &PersonKeys,
    login: LoginId,
    mut kept: Kept,
    result: &AuthenticationResult,
) -> Result<bool, PeopleError> {
    kept.inner.key.update_credential(result);
    let mut transaction = store.begin().await?;
    let key = keys.of(login.key()).await?;
    let changed = sqlx::query("UPDATE passkeys SET sealed = $3, used_at = $4 WHERE tag = $1 AND sealed = $2")
        .bind(kept.tag.clone())
        .bind(kept.sealed)
        .bind(key.seal(&context(&kept.tag), &kept.inner.encode()))
        .bind(now_millis())
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok(changed.rows_affected() == 1)
}

/// Removes a key of somebody's; gives whether there was one.
pub(super) async fn remove(transaction: &mut Write, login: LoginId, id: &str) -> Result<bool, PeopleError> {
    let Ok(tag) = HEXLOWER.decode(id.as_bytes()) else { return Ok(false) };
    let removed = sqlx::query("DELETE FROM passkeys WHERE tag = $1 AND login = $2")
        .bind(tag)
        .bind(login.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(removed.rows_affected() == 1)
}

/// Removes all keys of somebody, and what was asked for more.
///
/// # Errors
/// When the database refuses.
pub(in crate::sign_in) async fn remove_all(transaction: &mut Write, login: LoginId) -> Result<(), PeopleError> {
    for statement in ["DELETE FROM passkeys WHERE login = $1", "DELETE FROM passkey_steps WHERE login = $1"] {
        sqlx::query(statement).bind(login.0.to_vec()).execute(&mut ***transaction).await?;
    }
    Ok(())
}
