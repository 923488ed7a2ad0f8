//! User ids of earlier versions lie in clear: they are sealed when the collector starts.

use attune_ground::GroundError;
use attune_ground::damage::Damaged;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{self, Store, bytes16};
use attune_protocol::ids::PersonId;

use super::{folded_tag, user_context, user_tag};
use crate::PeopleError;

/// Seals user ids that lie in clear. One whose person's key was destroyed is forgotten; one whose key is damaged stays as it is, and
/// is found by its tag.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn seal_users(store: &Store, keys: &PersonKeys) -> Result<(), PeopleError> {
    let rows = sqlx::query("SELECT person, user_id FROM accounts WHERE user_id IS NOT NULL AND user_tag IS NULL")
        .fetch_all(store.pool())
        .await?;
    let rows: Vec<(Vec<u8>, String)> =
        store::readable(&rows, |place| store.damages().note(Damaged::Account, &[&place.to_be_bytes()]));
    if rows.is_empty() {
        return Ok(());
    }
    let mut sealed = 0_u64;
    let mut transaction = store.begin().await?;
    for (column, user) in rows {
        let Ok(person) = bytes16(&column).map(PersonId) else { continue };
        let mut tag = Some(user_tag(keys, &user));
        let holder: Option<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM accounts WHERE user_tag = $1")
            .bind(tag.clone())
            .fetch_optional(&mut **transaction)
            .await?;
        if let Some((holder,)) = holder {
            // A collector of an earlier version wrote it beside this one: both are one person.
            sqlx::query("UPDATE accounts SET same_as = $2 WHERE person = $1")
                .bind(column.clone())
                .bind(holder)
                .execute(&mut **transaction)
                .await?;
            tag = None;
        }
        let (plain, tag, text) = match keys.of(person).await {
            Ok(key) => (None, tag, Some(key.seal(&user_context(person), user.as_bytes()))),
            Err(GroundError::Erased) => (None, None, None),
            Err(error) if error.is_of_the_database() => return Err(error.into()),
            Err(_) => (Some(user), tag, None),
        };
        let done = sqlx::query("UPDATE accounts SET user_id = $2, user_tag = $3, sealed = $4 WHERE person = $1")
            .bind(column)
            .bind(plain)
            .bind(tag)
            .bind(text)
            .execute(&mut **transaction)
            .await?;
        sealed += done.rows_affected();
    }
    transaction.commit().await?;
    store.purge_soon();
    tracing::info!(users = sealed, "User ids of an earlier version were sealed.");
    Ok(())
}

/// Gives people of an earlier version the tag by which user ids are compared. One that does not open has none, and is tried again at the
/// next start.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn fold_users(store: &Store, keys: &PersonKeys) -> Result<(), PeopleError> {
    let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
        "SELECT person, sealed FROM accounts WHERE user_tag IS NOT NULL AND folded_tag IS NULL AND sealed IS NOT NULL",
    )
    .fetch_all(store.pool())
    .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    for (column, sealed) in rows {
        let Ok(person) = bytes16(&column).map(PersonId) else { continue };
        let opened = match keys.of(person).await {
            Ok(key) => key.open(&user_context(person), &sealed).ok(),
            Err(error) if error.is_of_the_database() => return Err(error.into()),
            Err(_) => None,
        };
        let Some(user) = opened.and_then(|user| String::from_utf8(user).ok()) else { continue };
        sqlx::query("UPDATE accounts SET folded_tag = $2 WHERE person = $1")
            .bind(column)
            .bind(folded_tag(keys, &user))
            .execute(&mut **transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}
