use attune_ground::damage::{Damaged, Damages};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;
use sqlx::any::AnyExecutor;
use sqlx::{Any, Transaction};

use crate::PeopleError;

/// The person of an outside user id, made with a key of their own when there is none yet.
///
/// # Errors
/// When the database refuses.
pub async fn person_of(
    transaction: &mut Transaction<'static, Any>,
    keys: &PersonKeys,
    user_id: &str,
) -> Result<PersonId, PeopleError> {
    let fresh = PersonId::random();
    let made = sqlx::query(
        "INSERT INTO accounts (person, user_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (user_id) DO NOTHING",
    )
    .bind(fresh.0.to_vec())
    .bind(user_id)
    .bind(now_millis())
    .execute(&mut **transaction)
    .await?;
    if made.rows_affected() == 1 {
        keys.create(transaction, fresh).await?;
        return Ok(fresh);
    }
    let (person,): (Vec<u8>,) = sqlx::query_as("SELECT person FROM accounts WHERE user_id = $1")
        .bind(user_id)
        .fetch_one(&mut **transaction)
        .await?;
    Ok(PersonId(bytes16(&person)?))
}

/// Makes a person without a user id: somebody whom no later request can be linked to.
///
/// # Errors
/// When the database refuses.
pub async fn create_nobody(
    transaction: &mut Transaction<'static, Any>,
    keys: &PersonKeys,
) -> Result<PersonId, PeopleError> {
    let fresh = PersonId::random();
    sqlx::query("INSERT INTO accounts (person, user_id, created_at) VALUES ($1, NULL, $2)")
        .bind(fresh.0.to_vec())
        .bind(now_millis())
        .execute(&mut **transaction)
        .await?;
    keys.create(transaction, fresh).await?;
    Ok(fresh)
}

/// The person of an outside user id, if there is one.
///
/// # Errors
/// When the database refuses.
pub async fn find_person(store: &Store, user_id: &str) -> Result<Option<PersonId>, PeopleError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM accounts WHERE user_id = $1")
        .bind(user_id)
        .fetch_optional(store.pool())
        .await?;
    row.map(|(person,)| Ok(PersonId(bytes16(&person)?))).transpose()
}

/// All people of an outside user id: the one that [`find_person`] gives, then those whose earlier user id means the same.
///
/// # Errors
/// When the database refuses.
pub async fn people_of(store: &Store, user_id: &str) -> Result<Vec<PersonId>, PeopleError> {
    let Some(person) = find_person(store, user_id).await? else { return Ok(Vec::new()) };
    let others = same_as(store.pool(), person).await?;
    Ok([vec![person], others].concat())
}

/// People whose earlier user id means the same as that of this person.
///
/// # Errors
/// When the database refuses.
pub async fn same_as<'e>(executor: impl AnyExecutor<'e>, person: PersonId) -> Result<Vec<PersonId>, PeopleError> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM accounts WHERE same_as = $1 ORDER BY person")
        .bind(person.0.to_vec())
        .fetch_all(executor)
        .await?;
    // One that does not read concerns itself only; it is counted where people are looked through.
    Ok(rows.into_iter().filter_map(|(person,)| bytes16(&person).ok().map(PersonId)).collect())
}

/// People without a user id who were made before an instant, Unix milliseconds. One whose id does not read is left out and
/// counted.
///
/// # Errors
/// When the database refuses.
pub async fn nobodys(store: &Store, before: i64) -> Result<Vec<PersonId>, PeopleError> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM accounts WHERE user_id IS NULL AND created_at < $1")
        .bind(before)
        .fetch_all(store.pool())
        .await?;
    let read = |(person,): (Vec<u8>,)| {
        let read = bytes16(&person).map(PersonId);
        read.inspect_err(|_| store.damages().note(Damaged::Account, &[&person])).ok()
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// The outside user id of a person, if they have one: in the form in which it is read now.
///
/// # Errors
/// When the database refuses.
pub async fn user_of<'e>(
    executor: impl AnyExecutor<'e>,
    person: PersonId,
    damages: &Damages,
) -> Result<Option<String>, PeopleError> {
    let row = sqlx::query_as(
        "SELECT COALESCE((SELECT one.user_id FROM accounts one WHERE one.person = accounts.same_as), user_id) \
         FROM accounts WHERE person = $1",
    )
    .bind(person.0.to_vec());
    match row.fetch_optional(executor).await {
        Ok(row) => Ok(row.and_then(|(user,): (Option<String>,)| user)),
        Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
            damages.note(Damaged::Account, &[&person.0]);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes the lock of a person's row until the transaction ends: what decides a write about a person is read behind it.
/// Gives whether there still is such a person.
///
/// # Errors
/// When the database refuses.
pub async fn lock(transaction: &mut Transaction<'static, Any>, person: PersonId) -> Result<bool, PeopleError> {
    let locked = sqlx::query("UPDATE accounts SET updates = updates + 1 WHERE person = $1")
        .bind(person.0.to_vec())
        .execute(&mut **transaction)
        .await?;
    Ok(locked.rows_affected() == 1)
}

/// How often what is kept of a person has been changed, as far as it is told by [`lock`].
///
/// # Errors
/// When the database refuses.
pub async fn changes<'e>(executor: impl AnyExecutor<'e>, person: PersonId) -> Result<i64, PeopleError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT updates FROM accounts WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_optional(executor)
        .await?;
    Ok(row.map_or(0, |(updates,)| updates))
}

/// Destroys the key of somebody without a user id, who was made for one analysis and ends with it: nothing of it opens any
/// more, in backups neither. Does nothing to anybody else, and gives whether it was such a somebody.
///
/// # Errors
/// When the database refuses.
pub async fn close_nobody(transaction: &mut Transaction<'static, Any>, person: PersonId) -> Result<bool, PeopleError> {
    let nobody: Option<(i64,)> =
        sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM accounts WHERE person = $1 AND user_id IS NULL")
            .bind(person.0.to_vec())
            .fetch_optional(&mut **transaction)
            .await?;
    if nobody.is_some() {
        PersonKeys::destroy(transaction, person).await?;
    }
    Ok(nobody.is_some())
}

/// Since when a person is known, Unix milliseconds.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn since(store: &Store, person: PersonId) -> Result<Option<i64>, PeopleError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT created_at FROM accounts WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_optional(store.pool())
        .await?;
    Ok(row.map(|(since,)| since))
}

/// Forgets the user id of somebody who is erased: nobody asks by it for them any more, and somebody else may have it.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn forget_user(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
) -> Result<(), PeopleError> {
    sqlx::query("UPDATE accounts SET user_id = NULL, same_as = NULL WHERE person = $1")
        .bind(person.0.to_vec())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Deletes somebody without a user id, of whom nothing is kept any more. Does nothing to anybody else. Who has a device stays,
/// without a key: what is sent by it is answered as erased.
///
/// # Errors
/// When the database refuses, as it does where something is still kept.
pub async fn forget_nobody(transaction: &mut Transaction<'static, Any>, person: PersonId) -> Result<(), PeopleError> {
    if !close_nobody(transaction, person).await? {
        return Ok(());
    }
    for statement in [
        "DELETE FROM enrolment_codes WHERE person = $1",
        "DELETE FROM accounts WHERE person = $1 \
         AND NOT EXISTS (SELECT 1 FROM device_enrolments WHERE person = $1) \
         AND NOT EXISTS (SELECT 1 FROM device_epochs WHERE person = $1)",
    ] {
        sqlx::query(statement).bind(person.0.to_vec()).execute(&mut **transaction).await?;
    }
    Ok(())
}
