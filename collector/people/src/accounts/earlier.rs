//! User ids of earlier versions, before they are sealed. They were kept as they came, so that `" zoe "` and `"zoe"` were two people.

use attune_ground::damage::{Damaged, Damages};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{self, Store, bytes16};
use attune_protocol::ids::PersonId;
use sqlx::any::AnyExecutor;
use sqlx::{Any, Transaction};

use super::{user_id, user_tag};
use crate::PeopleError;

/// What became of user ids that were not in the form in which they are read now.
#[derive(Default, Debug)]
pub(crate) struct Joined {
    /// Written in that form: nobody else had it.
    pub(crate) renamed: u64,
    /// Whose user id means the same as that of somebody else: of whom, and who.
    pub(crate) same: Vec<(PersonId, PersonId)>,
}

/// User ids that are not in the form in which they are read now.
#[derive(Default, Debug)]
pub(crate) struct Earlier {
    /// How many may be brought into it.
    pub(crate) others: u64,
    /// How many nobody can ask by any more.
    pub(crate) unreadable: u64,
}

/// Looks for user ids of another form, without a lock: they are looked for at every start.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn look_for_earlier(store: &Store) -> Result<Earlier, PeopleError> {
    let mut earlier = Earlier::default();
    for (_, kept) in suspects(store.pool(), store.damages()).await? {
        match user_id(&kept) {
            Ok(read) => earlier.others += u64::from(read != kept),
            Err(_) => earlier.unreadable += 1,
        }
    }
    Ok(earlier)
}

/// Brings user ids into the form in which they are read now. Where somebody has that form already, the account says that it
/// is theirs, too: what is sealed under its key and chained in the log of consents stays as it is.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn join_earlier(
    transaction: &mut Transaction<'static, Any>,
    (keys, damages): (&PersonKeys, &Damages),
) -> Result<Joined, PeopleError> {
    let mut joined = Joined::default();
    for (person, kept) in suspects(&mut **transaction, damages).await? {
        if let Ok(read) = user_id(&kept)
            && read != kept
        {
            join(transaction, (keys, damages), person, &read, &mut joined).await?;
        }
    }
    Ok(joined)
}

/// Accounts whose user id may have another form. Control characters were refused before, too: only spaces and what is not ASCII
/// can. One that does not read is left out and counted.
async fn suspects<'e>(
    executor: impl AnyExecutor<'e>,
    damages: &Damages,
) -> Result<Vec<(PersonId, String)>, PeopleError> {
    let rows = sqlx::query(
        "SELECT person, user_id FROM accounts WHERE user_id IS NOT NULL AND same_as IS NULL \
         AND (user_id <> TRIM(user_id) OR OCTET_LENGTH(user_id) <> LENGTH(user_id)) ORDER BY created_at, person",
    )
    .fetch_all(executor)
    .await?;
    let rows: Vec<(Vec<u8>, String)> =
        store::readable(&rows, |place| damages.note(Damaged::Account, &[&place.to_be_bytes()]));
    let read = |(person, kept): (Vec<u8>, String)| match bytes16(&person) {
        Ok(id) => Some((PersonId(id), kept)),
        Err(_) => {
            damages.note(Damaged::Account, &[&person]);
            None
        }
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

async fn join(
    transaction: &mut Transaction<'static, Any>,
    (keys, damages): (&PersonKeys, &Damages),
    person: PersonId,
    user_id: &str,
    joined: &mut Joined,
) -> Result<(), PeopleError> {
    let rows = sqlx::query("SELECT person FROM accounts WHERE user_id = $1 OR user_tag = $2")
        .bind(user_id)
        .bind(user_tag(keys, user_id))
        .fetch_all(&mut **transaction)
        .await?;
    if rows.is_empty() {
        sqlx::query("UPDATE accounts SET user_id = $1 WHERE person = $2")
            .bind(user_id)
            .bind(person.0.to_vec())
            .execute(&mut **transaction)
            .await?;
        joined.renamed += 1;
        return Ok(());
    }
    let holders: Vec<(Vec<u8>,)> = store::readable(&rows, |_| {});
    let Some(holder) = holders.first().and_then(|(holder,)| bytes16(holder).ok()) else {
        // Whose the user id is now cannot be told: both stay as they are.
        damages.note(Damaged::Account, &[&person.0]);
        return Ok(());
    };
    sqlx::query("UPDATE accounts SET same_as = $1 WHERE person = $2")
        .bind(holder.to_vec())
        .bind(person.0.to_vec())
        .execute(&mut **transaction)
        .await?;
    joined.same.push((PersonId(holder), person));
    Ok(())
}
