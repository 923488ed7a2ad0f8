//! Keys and accounts that do not fit together. Keys lie apart from the database and are destroyed first: a crash between, or a
//! database that was put back from a copy, leaves people who are known though their key is gone. They are erased to the end. Keys of
//! nobody who is known go after seven days.

use std::collections::HashSet;

use attune_ground::Foundation;
use attune_ground::damage::Damaged;
use attune_ground::keys::OwnKeys;
use attune_ground::store::{Store, Unclaimed, bytes16};
use attune_protocol::ids::PersonId;

use super::pseudonym;
use super::receipt::Receipt;
use super::requests::{self, Kind};
use super::small::all_that_is_small;
use crate::sign_in::{LoginId, lock_login, remove};
use crate::{PeopleError, accounts};

/// How far behind the last round that came through a collector that runs looks for keys that another one has destroyed, milliseconds:
/// their clocks differ.
pub(super) const A_WHILE: i64 = 3_600_000;

/// Looks at everybody, before anybody is answered: whose key was destroyed is erased as far as it is small, and the rest is left to
/// the job that goes on with erasures; whose key is missing though nobody has destroyed it is counted as damaged.
///
/// # Errors
/// When the database or the keys refuse.
pub(crate) async fn at_start(ground: &Foundation) -> Result<(), PeopleError> {
    let Foundation { store, own, .. } = ground;
    let holders = store.keyring().holders().await?;
    let (known, nameless) = (named(store).await?, nameless(store).await?);
    // Who has no name was erased, or was made for one analysis and ended with it: of an earlier version nothing else is known.
    let destroyed = store.keyring().destroyed(0).await?;
    let ended: Vec<PersonId> =
        nameless.difference(&holders).copied().filter(|one| !destroyed.contains_key(one)).collect();
    store.keyring().count_as_destroyed(&ended).await?;
    let erased = finish_since(store, own, 0).await?;
    if erased > 0 {
        tracing::warn!(
            people = erased,
            "People who were erased before were known still: a crash came between, or the database was put back from a copy. They are \
             erased again."
        );
    }
    let mut lost = 0_u64;
    for person in known.difference(&holders).filter(|one| !destroyed.contains_key(one)) {
        store.damages().note(Damaged::PersonKey, &[&person.0]);
        lost += 1;
    }
    if lost > 0 {
        tracing::error!(
            people = lost,
            "Keys of people are missing: nothing of theirs opens. The keys were put back from an older copy; put back the newest."
        );
    }
    Ok(())
}

/// Lets go of keys of nobody who is known, by a clock that may delete.
///
/// # Errors
/// When the database or the keys refuse.
pub(crate) async fn let_go_of_unclaimed(store: &Store, now: i64) -> Result<(), PeopleError> {
    // The keys first: who is made meanwhile has one before there is an account.
    let holders = store.keyring().holders().await?;
    let known: HashSet<PersonId> = named(store).await?.union(&nameless(store).await?).copied().collect();
    let Unclaimed { kept, destroyed } = store.keyring().look_for_unclaimed(&holders, &known, now).await?;
    if destroyed > 0 {
        store.purge_soon();
        tracing::warn!(
            keys = destroyed,
            "Keys of people whom the database has not known for seven days were destroyed."
        );
    }
    if kept > 0 {
        tracing::warn!(
            keys = kept,
            "Keys are there of people whom the database does not know; is it an older copy? They are destroyed seven days after this \
             was first seen."
        );
    }
    Ok(())
}

/// Erases as far as it is small who is known though their key was destroyed since an instant, and gives how many there were: another
/// collector may have ended between, or the database refused for a while.
pub(super) async fn finish_since(store: &Store, own: &OwnKeys, since: i64) -> Result<u64, PeopleError> {
    let destroyed = store.keyring().destroyed(since).await?;
    if destroyed.is_empty() {
        return Ok(0);
    }
    let mut done = 0;
    for person in named(store).await? {
        let Some(at) = destroyed.get(&person) else { continue };
        done += u64::from(store.again(|| of_one(store, own, person, *at)).await?);
    }
    Ok(done)
}

/// Erases what is small of one person, or their login; gives whether they were known as a person still.
async fn of_one(store: &Store, own: &OwnKeys, person: PersonId, at: i64) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    // Whoever erases the same at the same time is waited for, and leaves nothing to do.
    if lock_login(&mut transaction, LoginId(person.0)).await? {
        remove(&mut transaction, LoginId(person.0)).await?;
        transaction.commit().await?;
        return Ok(false);
    }
    // Who began to take in of their devices before the key went is waited for: then their rows are there to be erased.
    accounts::hold_those_of(store, &mut transaction, &[person]).await?;
    accounts::lock(&mut transaction, person).await?;
    let known = sqlx::query(
        "SELECT person FROM accounts WHERE person = $1 \
         AND (user_id IS NOT NULL OR user_tag IS NOT NULL OR sealed IS NOT NULL OR same_as IS NOT NULL)",
    );
    if known.bind(person.0.to_vec()).fetch_optional(&mut **transaction).await?.is_none() {
        return Ok(false);
    }
    let mut receipt = Receipt::new(own, person, at);
    receipt.add(&all_that_is_small(&mut transaction, person).await?);
    let pseudonym = pseudonym(own, person);
    requests::all_done(&mut transaction, &pseudonym).await?;
    requests::receive(&mut transaction, &pseudonym, Kind::Erasure, true).await?;
    receipt.begin(&mut transaction, &[person]).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Who has a name, as one who is sensed or as one who signs in.
async fn named(store: &Store) -> Result<HashSet<PersonId>, PeopleError> {
    ids(
        store,
        "SELECT person FROM accounts WHERE user_id IS NOT NULL OR user_tag IS NOT NULL OR sealed IS NOT NULL \
         OR same_as IS NOT NULL UNION ALL SELECT login FROM logins",
    )
    .await
}

/// Who was erased, or was made for one analysis.
async fn nameless(store: &Store) -> Result<HashSet<PersonId>, PeopleError> {
    ids(
        store,
        "SELECT person FROM accounts WHERE user_id IS NULL AND user_tag IS NULL AND sealed IS NULL AND same_as IS NULL",
    )
    .await
}

/// Ids that do not read are left out: they are counted where people are looked through.
async fn ids(store: &Store, statement: &'static str) -> Result<HashSet<PersonId>, PeopleError> {
    let rows = sqlx::query(statement).fetch_all(store.pool()).await?;
    let rows: Vec<(Vec<u8>,)> = attune_ground::store::readable(&rows, |_| {});
    Ok(rows.iter().filter_map(|(id,)| bytes16(id).ok().map(PersonId)).collect())
}
