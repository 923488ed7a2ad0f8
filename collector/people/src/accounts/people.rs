use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Lookup, Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;
use sqlx::any::AnyExecutor;
use sqlx::{Any, AnyConnection, Transaction};

use super::folded;
use crate::PeopleError;

/// How often it is looked anew whose a user id is, where somebody makes or erases them at the same time.
const TIMES: usize = 8;

/// The person of an outside user id, made with a key of their own when there is none yet: whoever has it as it is written, and else the one
/// who has it in letters of another case. This is the one place that makes somebody with a name, so that no two differ in case alone.
///
/// # Errors
/// [`PeopleError::Alike`] where several of an earlier version have it in letters of another case; when the database refuses.
pub async fn person_of(transaction: &mut Write, keys: &PersonKeys, user_id: &str) -> Result<PersonId, PeopleError> {
    Ok(person_or_new(transaction, keys, user_id).await?.0)
}

/// As [`person_of`]; gives also whether nobody was there yet. Asked before, that could be another one by now.
///
/// # Errors
/// As of [`person_of`].
pub(crate) async fn person_or_new(
    transaction: &mut Write,
    keys: &PersonKeys,
    user_id: &str,
) -> Result<(PersonId, bool), PeopleError> {
    for _ in 0..TIMES {
        if let Some(person) = whose(transaction, keys, user_id).await? {
            return Ok((person, false));
        }
        let fresh = PersonId::random();
        let made = sqlx::query(
            "INSERT INTO accounts (person, user_tag, folded_tag, sole, created_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING",
        )
        .bind(fresh.0.to_vec())
        .bind(user_tag(keys, user_id))
        .bind(folded_tag(keys, user_id))
        .bind(1_i64)
        .bind(now_millis())
        .execute(&mut ***transaction)
        .await?;
        if made.rows_affected() == 1 {
            keys.create(transaction, fresh);
            let key = keys.of(fresh).await?;
            sqlx::query("UPDATE accounts SET sealed = $2 WHERE person = $1")
                .bind(fresh.0.to_vec())
                .bind(key.seal(&user_context(fresh), user_id.as_bytes()))
                .execute(&mut ***transaction)
                .await?;
            return Ok((fresh, true));
        }
        // Somebody else made them meanwhile: whoever they made is there now.
    }
    Err(GroundError::Corrupt("whoever has a user id is found by it").into())
}

/// Whose a user id is: of whoever has it as it is written, and else of the one who has it in letters of another case.
///
/// # Errors
/// [`PeopleError::Alike`] where several have it in letters of another case; when the database refuses.
pub async fn whose(
    connection: &mut AnyConnection,
    keys: &PersonKeys,
    user_id: &str,
) -> Result<Option<PersonId>, PeopleError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM accounts WHERE user_tag = $1")
        .bind(user_tag(keys, user_id))
        .fetch_optional(&mut *connection)
        .await?;
    if let Some((person,)) = row {
        return Ok(Some(PersonId(bytes16(&person)?)));
    }
    // Two of them at most: of more than one it can't be told who is meant.
    let alike: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT person FROM accounts WHERE folded_tag = $1 AND same_as IS NULL ORDER BY person LIMIT 2")
            .bind(folded_tag(keys, user_id))
            .fetch_all(&mut *connection)
            .await?;
    match &alike[..] {
        [] => Ok(None),
        [(person,)] => Ok(Some(PersonId(bytes16(person)?))),
        _ => Err(PeopleError::Alike),
    }
}

/// As [`person_of`], behind the lock of the person's row, which must be taken before other locks. Somebody who asks for
/// themselves is `own`: nobody is made for them, as they may have been erased since they were let in.
///
/// # Errors
/// [`GroundError::Erased`] for who is there no more; when the database refuses.
pub async fn locked_person_of(
    transaction: &mut Write,
    keys: &PersonKeys,
    user_id: &str,
    own: Option<PersonId>,
) -> Result<PersonId, PeopleError> {
    let Some(own) = own else {
        let person = person_of(transaction, keys, user_id).await?;
        lock(transaction, person).await?;
        return Ok(person);
    };
    let row: Option<(Vec<u8>,)> = sqlx::query_as(
        "UPDATE accounts SET updates = updates + 1 WHERE person = $2 AND (user_tag = $1 OR folded_tag = $3) RETURNING person",
    )
    .bind(user_tag(keys, user_id))
    .bind(own.0.to_vec())
    .bind(folded_tag(keys, user_id))
    .fetch_optional(&mut ***transaction)
    .await?;
    let (person,) = row.ok_or(GroundError::Erased)?;
    Ok(PersonId(bytes16(&person)?))
}

/// By what a user id is found.
pub(crate) fn user_tag(keys: &PersonKeys, user_id: &str) -> Vec<u8> {
    keys.tag("user id", user_id.as_bytes()).to_vec()
}

/// By what user ids are found that differ in capital letters only; none for one of an earlier version of which nothing is seen: those are
/// not one person's.
pub(crate) fn folded_tag(keys: &PersonKeys, user_id: &str) -> Option<Vec<u8>> {
    let folded = folded(user_id);
    (!folded.is_empty()).then(|| keys.tag("folded user id", folded.as_bytes()).to_vec())
}

/// Binds a sealed user id to its person.
pub(crate) fn user_context(person: PersonId) -> Vec<u8> {
    [b"user id".as_slice(), &person.0].concat()
}

/// Makes a person without a user id: somebody whom no later request can be linked to.
///
/// # Errors
/// When the database refuses.
pub async fn create_nobody(transaction: &mut Write, keys: &PersonKeys) -> Result<PersonId, PeopleError> {
    let fresh = PersonId::random();
    sqlx::query("INSERT INTO accounts (person, user_id, created_at) VALUES ($1, NULL, $2)")
        .bind(fresh.0.to_vec())
        .bind(now_millis())
        .execute(&mut ***transaction)
        .await?;
    keys.create(transaction, fresh);
    Ok(fresh)
}

/// Whom a user id means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meant {
    /// Nobody is known by it.
    Nobody,
    /// Whoever has it as it is written, or the one who has it in letters of another case.
    One(PersonId),
    /// It can't be told whom: several have it in letters of another case, and none as it is written.
    Several,
}

impl Meant {
    /// Who that is, where it is somebody.
    #[must_use]
    pub const fn one(self) -> Option<PersonId> {
        match self {
            Self::One(person) => Some(person),
            Self::Nobody | Self::Several => None,
        }
    }
}

/// As [`whose`]; of several whom it could mean it means nobody.
///
/// # Errors
/// When the database refuses.
pub async fn find_person(store: &Store, keys: &PersonKeys, user_id: &str) -> Result<Option<PersonId>, PeopleError> {
    let mut connection = store.pool().acquire().await?;
    match whose(&mut connection, keys, user_id).await {
        Err(PeopleError::Alike) => Ok(None),
        found => found,
    }
}

/// The people of several outside user ids, each in its place, as [`find_person`] gives them one by one.
///
/// # Errors
/// When the database refuses.
pub async fn find_people(
    store: &Store,
    keys: &PersonKeys,
    user_ids: &[String],
) -> Result<Vec<Option<PersonId>>, PeopleError> {
    Ok(meant(store, keys, user_ids).await?.into_iter().map(Meant::one).collect())
}

static FOUND: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, user_tag)",
        "SELECT asked.place, held.person FROM asked CROSS JOIN accounts held WHERE held.user_tag = asked.user_tag",
    )
});

/// Whom several outside user ids mean, each in its place.
///
/// # Errors
/// When the database refuses.
pub async fn meant(store: &Store, keys: &PersonKeys, user_ids: &[String]) -> Result<Vec<Meant>, PeopleError> {
    let mut connection = store.pool().acquire().await?;
    let rows: Vec<(i64, Vec<u8>)> = FOUND
        .of(&mut connection, user_ids, |query, user_id| query.bind(user_id.map(|user_id| user_tag(keys, user_id))))
        .await?;
    let mut found = vec![Meant::Nobody; user_ids.len()];
    for (place, person) in rows {
        if let Some(found) = usize::try_from(place).ok().and_then(|place| found.get_mut(place)) {
            *found = Meant::One(PersonId(bytes16(&person)?));
        }
    }
    let left: Vec<usize> = (0..user_ids.len()).filter(|place| found[*place] == Meant::Nobody).collect();
    if left.is_empty() {
        return Ok(found);
    }
    let rows: Vec<(i64, Vec<u8>)> = FOLDED
        .of(&mut connection, &left, |query, place| {
            query.bind(place.and_then(|place| folded_tag(keys, &user_ids[*place])))
        })
        .await?;
    for (place, person) in rows {
        let Some(place) = usize::try_from(place).ok().and_then(|place| left.get(place)) else { continue };
        found[*place] = match found[*place] {
            Meant::Nobody => Meant::One(PersonId(bytes16(&person)?)),
            Meant::One(_) | Meant::Several => Meant::Several,
        };
    }
    Ok(found)
}

static FOLDED: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, folded_tag)",
        "SELECT asked.place, held.person FROM asked CROSS JOIN accounts held \
         WHERE held.folded_tag = asked.folded_tag AND held.same_as IS NULL",
    )
});

/// How many user ids there are that several people have in letters of another case, as earlier versions let them be.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn alike(store: &Store) -> Result<u64, PeopleError> {
    let (alike,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM (SELECT folded_tag FROM accounts WHERE folded_tag IS NOT NULL AND same_as IS NULL \
         GROUP BY folded_tag HAVING COUNT(*) > 1) several",
    )
    .fetch_one(store.pool())
    .await?;
    Ok(alike.unsigned_abs())
}

/// The outside user ids of several people, as [`user_of`] gives them one by one. Who has none, or one that does not open, is not among them.
///
/// # Errors
/// When the database refuses.
pub async fn users_of(
    store: &Store,
    keys: &PersonKeys,
    people: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, String>, PeopleError> {
    let mut wrapped = keys.all_wrapped(people).await?;
    let asked: Vec<PersonId> = people.iter().copied().collect();
    let mut connection = store.pool().acquire().await?;
    let rows: Vec<(Vec<u8>, Vec<u8>)> =
        NAMED.of(&mut connection, &asked, |query, person| query.bind(person.map(|person| person.0.to_vec()))).await?;
    let mut users = BTreeMap::new();
    for (person, sealed) in rows {
        let person = PersonId(bytes16(&person)?);
        let key = wrapped.remove(&person).and_then(|wrapped| keys.unwrap(person, wrapped).ok());
        let user = key.and_then(|unwrapped| unwrapped.key.open(&user_context(person), &sealed).ok());
        match user.and_then(|user| String::from_utf8(user).ok()) {
            Some(user) => _ = users.insert(person, user),
            None => store.damages().note(Damaged::Account, &[&person.0]),
        }
    }
    Ok(users)
}

static NAMED: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, person)",
        "SELECT held.person, held.sealed FROM asked CROSS JOIN accounts held \
         WHERE held.person = asked.person AND held.sealed IS NOT NULL",
    )
});

/// Whether anybody is known, with a user id or without.
///
/// # Errors
/// When the database refuses.
pub async fn is_anybody(store: &Store) -> Result<bool, PeopleError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM accounts LIMIT 1").fetch_optional(store.pool()).await?;
    Ok(row.is_some())
}

/// All people of an outside user id: the one that [`find_person`] gives, then those whose earlier user id means the same.
///
/// # Errors
/// When the database refuses.
pub async fn people_of(store: &Store, keys: &PersonKeys, user_id: &str) -> Result<Vec<PersonId>, PeopleError> {
    let Some(person) = find_person(store, keys, user_id).await? else { return Ok(Vec::new()) };
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
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT person FROM accounts WHERE user_id IS NULL AND user_tag IS NULL AND created_at < $1")
            .bind(before)
            .fetch_all(store.pool())
            .await?;
    let read = |(person,): (Vec<u8>,)| {
        let read = bytes16(&person).map(PersonId);
        read.inspect_err(|_| store.damages().note(Damaged::Account, &[&person])).ok()
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// The outside user id of a person, if they have one: in the form in which it is read now. One that does not open is counted, and
/// none.
///
/// # Errors
/// When the database refuses.
pub async fn user_of(store: &Store, keys: &PersonKeys, person: PersonId) -> Result<Option<String>, PeopleError> {
    let mut connection = store.pool().acquire().await?;
    user_over(&mut connection, keys, person, store.damages()).await
}

/// As [`user_of`], over any connection to the database.
///
/// # Errors
/// When the database refuses.
pub async fn user_over(
    connection: &mut AnyConnection,
    keys: &PersonKeys,
    person: PersonId,
    damages: &Damages,
) -> Result<Option<String>, PeopleError> {
    let row = sqlx::query_as(
        "SELECT person, sealed, user_id FROM accounts \
         WHERE person = COALESCE((SELECT one.same_as FROM accounts one WHERE one.person = $1), $1)",
    )
    .bind(person.0.to_vec());
    type Columns = (Vec<u8>, Option<Vec<u8>>, Option<String>);
    let row: Option<Columns> = match row.fetch_optional(&mut *connection).await {
        Ok(row) => row,
        Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
            damages.note(Damaged::Account, &[&person.0]);
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let Some((holder, sealed, plain)) = row else { return Ok(None) };
    let Some(sealed) = sealed else { return Ok(plain) };
    let holder = PersonId(bytes16(&holder)?);
    let key = match keys.of(holder).await {
        Ok(key) => key,
        Err(error) if error.is_of_the_database() => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    let opened = key.open(&user_context(holder), &sealed).ok().and_then(|user| String::from_utf8(user).ok());
    if opened.is_none() {
        damages.note(Damaged::Account, &[&person.0]);
    }
    Ok(opened)
}

/// Everybody who has a user id, in the order of their ids.
///
/// # Errors
/// When the database refuses.
pub async fn everybody(store: &Store) -> Result<Vec<PersonId>, PeopleError> {
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT person FROM accounts WHERE user_tag IS NOT NULL OR user_id IS NOT NULL ORDER BY person")
            .fetch_all(store.pool())
            .await?;
    // One that does not read is of nobody whose rows could be told.
    Ok(rows.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)).collect())
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
pub async fn close_nobody(transaction: &mut Write, person: PersonId) -> Result<bool, PeopleError> {
    let nobody: Option<(i64,)> = sqlx::query_as(
        "SELECT CAST(1 AS BIGINT) FROM accounts WHERE person = $1 AND user_id IS NULL AND user_tag IS NULL",
    )
    .bind(person.0.to_vec())
    .fetch_optional(&mut ***transaction)
    .await?;
    if nobody.is_some() {
        PersonKeys::destroy(transaction, person);
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

/// Forgets the user id of somebody who is erased: nobody asks by it for them any more, and somebody else may have it. Gives how many
/// rows held one.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn forget_user(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
) -> Result<u64, PeopleError> {
    let forgotten = sqlx::query(
        "UPDATE accounts SET user_id = NULL, user_tag = NULL, folded_tag = NULL, sealed = NULL, same_as = NULL \
         WHERE person = $1 AND (user_id IS NOT NULL OR user_tag IS NOT NULL OR sealed IS NOT NULL OR same_as IS NOT NULL)",
    )
    .bind(person.0.to_vec())
    .execute(&mut **transaction)
    .await?;
    Ok(forgotten.rows_affected())
}

/// Deletes somebody without a user id, of whom nothing is kept any more. Does nothing to anybody else. Who has a device stays,
/// without a key: what is sent by it is answered as erased.
///
/// # Errors
/// When the database refuses, as it does where something is still kept.
pub async fn forget_nobody(transaction: &mut Write, person: PersonId) -> Result<(), PeopleError> {
    if !close_nobody(transaction, person).await? {
        return Ok(());
    }
    let mut gone = 0;
    for statement in [
        "DELETE FROM enrolment_codes WHERE person = $1",
        "DELETE FROM accounts WHERE person = $1 \
         AND NOT EXISTS (SELECT 1 FROM device_enrolments WHERE person = $1) \
         AND NOT EXISTS (SELECT 1 FROM device_epochs WHERE person = $1)",
    ] {
        let done = sqlx::query(statement).bind(person.0.to_vec()).execute(&mut ***transaction).await?;
        gone = done.rows_affected();
    }
    if gone > 0 {
        PersonKeys::forget(transaction, person);
    }
    Ok(())
}
