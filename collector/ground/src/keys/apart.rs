//! The keys of people lie apart from the database. Those of a version that had them in it are moved, once.

use attune_protocol::ids::PersonId;
use sqlx::Executor;

use super::{MasterKey, OwnKeys};
use crate::GroundError;
use crate::store::{Keyring, Store, Write, bytes16, readable};
use crate::time::now_millis;

/// Holds that the keys belong to the database, and moves what lies of them in it. Of several collectors that do so at once, one
/// is first and the others wait. What was cut short is gone on with.
///
/// # Errors
/// When the keys are missing or of another database, or cannot be moved: then nothing was removed.
pub(crate) async fn part(store: &Store, master: &MasterKey, own: &OwnKeys) -> Result<(), GroundError> {
    let (keyring, whose) = (store.keyring(), own.signing.public());
    let mut transaction = store.begin().await?;
    if !store.lets_one_write() {
        transaction.execute("LOCK TABLE keys_apart IN ACCESS EXCLUSIVE MODE").await?;
    }
    let since: Option<(i64,)> =
        sqlx::query_as("SELECT since FROM keys_apart").fetch_optional(&mut **transaction).await?;
    let missing = || GroundError::NoKeys { keys: keyring.place(), place: store.place() };
    let other = || GroundError::OtherKeys { keys: keyring.place(), place: store.place() };
    match (since, keyring.whose().await?) {
        (Some(_), None) => return Err(missing()),
        (_, Some(others)) if others != whose => return Err(other()),
        (Some(_), Some(_)) => return Ok(()),
        (None, _) => {}
    }
    if keyring.claim(&whose).await? != whose {
        return Err(other());
    }
    let moved = take_over(&mut transaction, keyring, master).await?;
    sqlx::query("INSERT INTO keys_apart (place, since) VALUES (0, $1)")
        .bind(now_millis())
        .execute(&mut **transaction)
        .await?;
    // SQLite overwrites what was there; who writes it as an earlier version did is refused from now on.
    transaction.execute("DROP TABLE person_keys").await?;
    transaction.commit().await?;
    store.purge().await?;
    if moved > 0 {
        tracing::warn!(
            keys = moved,
            "The keys of people were moved out of the database. Copies of it that were made before hold them: delete those."
        );
    }
    Ok(())
}

/// Copies the keys that lie in the database, and holds that each lies in its new place and opens there as it did. Gives how many.
async fn take_over(
    transaction: &mut Write,
    keyring: &Keyring,
    master: &MasterKey,
) -> Result<usize, GroundError> {
    let rows = sqlx::query("SELECT person, wrapped FROM person_keys").fetch_all(&mut ***transaction).await?;
    let rows: Vec<(Vec<u8>, Vec<u8>)> = readable(&rows, |_| tracing::error!("A key does not read, and is left out."));
    let keys: Vec<(PersonId, Vec<u8>)> = rows
        .into_iter()
        .filter_map(|(person, wrapped)| Some((PersonId(bytes16(&person).ok()?), wrapped)))
        .collect();
    keyring.take_in(&keys).await?;
    let destroyed = keyring.destroyed(0).await?;
    for (person, wrapped) in keys.iter().filter(|(person, _)| !destroyed.contains_key(person)) {
        let held = keyring.wrapped(*person).await?;
        let opens = |wrapped: &[u8]| master.unwrap(&person.0, wrapped).is_ok();
        if !held.is_some_and(|held| opens(&held) || (held == *wrapped && !opens(wrapped))) {
            return Err(GroundError::KeysNotMoved { keys: keyring.place(), problem: "one of them does not open there" });
        }
    }
    Ok(keys.len())
}
