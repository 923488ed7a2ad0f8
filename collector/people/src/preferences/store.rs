use attune_ground::damage::{Damaged, Damages};
use attune_ground::keys::PersonKeys;
use attune_ground::retention::{Age, Limits};
use attune_ground::store::Store;
use attune_ground::time::now_millis;
use attune_ground::{GroundError, History};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use sqlx::{Any, AnyConnection, Transaction};

use super::Preferences;
use crate::{People, PeopleError, accounts};

/// The preferences of a user; the usual ones for who has set none.
///
/// # Errors
/// When the database refuses; [`GroundError::Damaged`] when they do not open: nobody guesses what was wished.
pub async fn load(store: &Store, people: &PersonKeys, user_id: &str) -> Result<Preferences, PeopleError> {
    let Some(person) = accounts::find_person(store, people, user_id).await? else { return Ok(Preferences::default()) };
    let mut connection = store.pool().acquire().await?;
    Ok(of_person(&mut connection, people, store.damages(), person).await?.unwrap_or_default())
}

/// The preferences of a person; none for who has set none.
///
/// # Errors
/// As [`load`].
pub(crate) async fn load_of(
    store: &Store,
    people: &PersonKeys,
    person: PersonId,
) -> Result<Option<Preferences>, PeopleError> {
    let mut connection = store.pool().acquire().await?;
    of_person(&mut connection, people, store.damages(), person).await
}

/// The preferences of a person whose key is open, over any connection; the usual ones for who has set none.
///
/// # Errors
/// As [`load`].
pub async fn of(
    connection: &mut AnyConnection,
    (key, damages): (&SealKey, &Damages),
    person: PersonId,
) -> Result<Preferences, PeopleError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT sealed FROM preferences WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_optional(connection)
        .await?;
    row.map_or_else(|| Ok(Preferences::default()), |(sealed,)| open(key, damages, person, &sealed))
}

pub(super) async fn of_person(
    connection: &mut AnyConnection,
    people: &PersonKeys,
    damages: &Damages,
    person: PersonId,
) -> Result<Option<Preferences>, PeopleError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT sealed FROM preferences WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_optional(&mut *connection)
        .await?;
    let Some((sealed,)) = row else { return Ok(None) };
    let key = people.of(person).await?;
    open(&key, damages, person, &sealed).map(Some)
}

/// Sealed preferences of a person.
///
/// # Errors
/// [`GroundError::Damaged`] when they do not open, which is counted.
pub(super) fn open(
    key: &SealKey,
    damages: &Damages,
    person: PersonId,
    sealed: &[u8],
) -> Result<Preferences, PeopleError> {
    let opened = key.open(&context(person), sealed).map_err(PeopleError::from);
    opened.and_then(|opened| Preferences::decode(&opened)).map_err(|_| {
        damages.note(Damaged::Preferences, &[&person.0]);
        GroundError::Damaged(Damaged::Preferences).into()
    })
}

/// What became of a change.
pub(crate) struct Changed {
    pub preferences: Preferences,
    /// What was preferred before did not open: this begins with the usual.
    pub begun_anew: bool,
}

/// Changes the preferences of a user, and deletes what they no longer want to be kept. They are read behind the lock of
/// their person, so that of two changes at once none is lost. Who changes their own is `own`.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn change(
    people: &People,
    (user_id, own): (&str, Option<PersonId>),
    change: impl FnOnce(&mut Preferences),
) -> Result<Changed, PeopleError> {
    let mut transaction = people.store.begin().await?;
    let person = accounts::locked_person_of(&mut transaction, &people.keys, user_id, own).await?;
    let before = of_person(&mut transaction, &people.keys, people.store.damages(), person).await;
    let begun_anew = matches!(before, Err(PeopleError::Ground(GroundError::Damaged(Damaged::Preferences))));
    let mut preferences = if begun_anew { Preferences::default() } else { before?.unwrap_or_default() };
    let (told, zone) = (preferences.told(), preferences.zone.clone());
    change(&mut preferences);
    let ahead = ahead(&mut transaction, person).await?;
    let chosen_at = match ahead {
        // Behind what a device was told by a database of which this one is a copy.
        Some(number) => now_millis().max(number.saturating_add(1)),
        None if begun_anew || told != preferences.told() => now_millis(),
        None => 0,
    };
    put(&mut transaction, &people.keys, person, &preferences, chosen_at).await?;
    // Who has an account of an earlier version beside it wants the same of both.
    let others = accounts::same_as(&mut **transaction, person).await?;
    for other in &others {
        put_where_it_opens(&mut transaction, &people.keys, *other, &preferences, chosen_at).await?;
    }
    if zone != preferences.zone {
        for one in [vec![person], others.clone()].concat() {
            for moved in &*people.moved {
                moved(&mut transaction, one).await?;
            }
        }
    }
    transaction.commit().await?;
    if preferences.max_history_days.is_some()
        && let Some(now) = people.store.time_to_delete_by()
    {
        for person in [vec![person], others].concat() {
            let chosen = (person, preferences.max_history_days);
            forget((&people.store, &*people.history), people.settings.limits, chosen, now).await?;
        }
    }
    Ok(Changed { preferences, begun_anew })
}

/// The latest number that a device of a person says that it follows, where it lies behind the one that is known here.
async fn ahead(connection: &mut AnyConnection, person: PersonId) -> Result<Option<i64>, PeopleError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT number FROM preferences_followed WHERE person = $1 AND number > \
         COALESCE((SELECT number FROM preferences WHERE person = $1), 0) ORDER BY number DESC LIMIT 1",
    )
    .bind(person.0.to_vec())
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|(number,)| number))
}

/// Keeps the preferences of a person. Where devices are to be told of it, `chosen_at` is when they were chosen, Unix milliseconds,
/// and 0 where not: their number is that, or lies behind the one before.
///
/// # Errors
/// When the database refuses, or their key does not open.
pub async fn put(
    transaction: &mut Transaction<'static, Any>,
    keys: &PersonKeys,
    person: PersonId,
    preferences: &Preferences,
    chosen_at: i64,
) -> Result<(), PeopleError> {
    let key = keys.of(person).await?;
    let encoded = preferences.encode();
    sqlx::query(
        "INSERT INTO preferences (person, size, sealed, number) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (person) DO UPDATE SET size = excluded.size, sealed = excluded.sealed, number = CASE \
         WHEN excluded.number = 0 THEN preferences.number WHEN excluded.number > preferences.number THEN excluded.number \
         ELSE preferences.number + 1 END",
    )
    .bind(person.0.to_vec())
    .bind(encoded.len() as i64)
    .bind(key.seal(&context(person), &encoded))
    .bind(chosen_at)
    .execute(&mut **transaction)
    .await?;
    if !preferences.store_sessions {
        accounts::forget_last_words(transaction, person).await?;
    }
    Ok(())
}

/// As [`put`]; nothing is kept of who was erased or whose key is damaged.
async fn put_where_it_opens(
    transaction: &mut Transaction<'static, Any>,
    keys: &PersonKeys,
    person: PersonId,
    preferences: &Preferences,
    chosen_at: i64,
) -> Result<(), PeopleError> {
    match put(transaction, keys, person, preferences, chosen_at).await {
        Err(error) if !error.is_of_the_database() => Ok(()),
        done => done,
    }
}

/// Gives people who turn out to be one the same preferences: what suits all that each of them wanted. Those that do not open
/// stay as they are, for nobody guesses what was wished.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn agree(
    transaction: &mut Transaction<'static, Any>,
    (keys, damages): (&PersonKeys, &Damages),
    people: &[PersonId],
) -> Result<(), PeopleError> {
    let (mut wanted, mut readable) = (None::<Preferences>, Vec::new());
    for person in people {
        accounts::lock(transaction, *person).await?;
        match of_person(&mut *transaction, keys, damages, *person).await {
            Ok(kept) => {
                readable.push(*person);
                wanted = match (wanted, kept) {
                    (Some(wanted), Some(kept)) => Some(wanted.both(&kept)),
                    (wanted, kept) => wanted.or(kept),
                };
            }
            Err(error) if error.is_of_the_database() => return Err(error),
            Err(_) => {}
        }
    }
    let Some(wanted) = wanted else { return Ok(()) };
    for person in readable {
        put_where_it_opens(transaction, keys, person, &wanted, now_millis()).await?;
    }
    Ok(())
}

/// Deletes what is kept of a person for longer than they have chosen, days, or than is usual where they have not, and gives how
/// many rows that was. Sums outlive what is usual.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn forget(
    (store, histories): (&Store, &[History]),
    limits: Limits,
    (person, chosen): (PersonId, Option<u16>),
    now: i64,
) -> Result<u64, PeopleError> {
    let mut deleted = 0;
    for history in histories {
        let days = if history.is_of_sums { limits.sums_of(chosen) } else { limits.history_of(chosen) };
        let age = Age { now, days };
        deleted += (history.delete_before)(store, person, age.before()).await?;
    }
    Ok(deleted)
}

fn context(person: PersonId) -> Vec<u8> {
    [b"preferences".as_slice(), &person.0].concat()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use attune_ground::Deleted;
    use attune_ground::testing::Database;
    use attune_ground::time::now_millis;

    use super::*;

    const DAY_MILLIS: i64 = 24 * 3_600_000;

    async fn enforce(people: &People, now: i64) -> Result<u64, PeopleError> {
        let deleted = crate::retention::enforce(people.keeping(), now, true).await?;
        Ok(deleted.iter().map(|(_, rows)| rows).sum())
    }

    async fn people_on_each_database(history: &[History]) -> Vec<(Database, People)> {
        let databases = Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await;
        let mut all = Vec::new();
        for database in databases {
            let people = People::on(&database, history);
            people.store.look_at_clock().await.expect("looks");
            all.push((database, people));
        }
        all
    }

    async fn save(people: &People, user: &str, wanted: &Preferences) {
        change(people, (user, None), |preferences| *preferences = wanted.clone()).await.expect("saved");
    }

    #[tokio::test]
    async fn what_is_chosen_next_lies_behind_what_a_device_follows_already_on_each_database() {
        for (database, people) in people_on_each_database(&[]).await {
            let store = &database.store;
            save(&people, "alice", &Preferences::default()).await;
            let number = async || {
                let row = sqlx::query_as("SELECT number FROM preferences").fetch_one(store.pool());
                let (number,): (i64,) = row.await.expect("reads");
                number
            };
            assert_eq!(number().await, 0, "no device has to be told");
            // As of a device that was told by a database of which this one is a copy.
            let later = now_millis() + 3_600_000;
            let mut transaction = store.begin().await.expect("begins");
            sqlx::query(
                "INSERT INTO preferences_followed (device, enrolment, person, number, at) \
                 SELECT $1, 1, person, $2, 0 FROM accounts",
            )
            .bind(vec![7; 16])
            .bind(later)
            .execute(&mut **transaction)
            .await
            .expect("put");
            transaction.commit().await.expect("commits");
            save(&people, "alice", &Preferences::default()).await;
            assert!(number().await > later, "told, though nothing is another one here");
        }
    }

    #[tokio::test]
    async fn preferences_are_those_of_one_person_and_lie_sealed() {
        for (database, people) in people_on_each_database(&[]).await {
            let (store, restarted) = (&database.store, database.people_after_restart());
            let wanted = Preferences { voice: false, max_history_days: Some(7), ..Preferences::default() };
            save(&people, "alice", &wanted).await;
            assert_eq!(load(store, &restarted, "alice").await.expect("loads"), wanted);
            assert_eq!(load(store, &restarted, "bob").await.expect("loads"), Preferences::default());
            let again = Preferences { voice: true, ..wanted };
            save(&people, "alice", &again).await;
            assert_eq!(load(store, &restarted, "alice").await.expect("loads"), again);
            assert_eq!(database.count("preferences").await, 1);
        }
    }

    #[tokio::test]
    async fn of_changes_at_once_none_is_lost_on_each_database() {
        for (database, people) in people_on_each_database(&[]).await {
            save(&people, "alice", &Preferences::default()).await;
            for round in 0..20 {
                let wished = round % 2 == 0;
                let (one, two, three) = tokio::join!(
                    change(&people, ("alice", None), |preferences| preferences.store_sessions = wished),
                    change(&people, ("alice", None), |preferences| preferences.face = wished),
                    change(&people, ("alice", None), |preferences| preferences.max_history_days = wished.then_some(9)),
                );
                for changed in [one, two, three] {
                    changed.expect("saved");
                }
                let kept = load(&database.store, &people.keys, "alice").await.expect("loads");
                let expected = (wished, wished, wished.then_some(9));
                assert_eq!((kept.store_sessions, kept.face, kept.max_history_days), expected, "round {round}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_wanted_holds_for_an_account_of_an_earlier_version_too() {
        static ASKED: AtomicI64 = AtomicI64::new(0);
        fn counted(_: &Store, _: PersonId, _: i64) -> Deleted<'_> {
            ASKED.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Ok(0) })
        }
        fn none(_: &Store, _: Option<i64>) -> Deleted<'_> {
            Box::pin(async { Ok(0) })
        }
        let history = History { delete_before: counted, is_of_sums: false, finish: none };
        for (database, people) in people_on_each_database(&[history]).await {
            save(&people, "zoe", &Preferences::default()).await;
            save(&people, "spaced", &Preferences::default()).await;
            let before = accounts::find_person(&database.store, &people.keys, "spaced").await.expect("answers");
            // As an earlier version had it.
            sqlx::query("UPDATE accounts SET user_id = ' zoe ', user_tag = NULL, folded_tag = NULL, sole = NULL, sealed = NULL WHERE person = $1")
                .bind(before.map(|person| person.0.to_vec()))
                .execute(database.store.pool())
                .await
                .expect("in clear");
            crate::bring_together(&database.store, &people.keys).await.expect("brought together");
            let before = ASKED.load(Ordering::Relaxed);
            let week = Preferences { max_history_days: Some(7), ..Preferences::default() };
            save(&people, "zoe", &week).await;
            assert_eq!(ASKED.load(Ordering::Relaxed), before + 2, "of both accounts what is old is deleted, at once");
            enforce(&people, now_millis()).await.expect("enforced");
            assert_eq!(ASKED.load(Ordering::Relaxed), before + 4, "and later");
        }
    }

    #[tokio::test]
    async fn every_subject_is_told_what_a_person_no_longer_wants_to_be_kept() {
        static ASKED: AtomicI64 = AtomicI64::new(0);
        fn two_deleted(_: &Store, _: PersonId, before: i64) -> Deleted<'_> {
            ASKED.store(before, Ordering::Relaxed);
            Box::pin(async { Ok(2) })
        }
        fn none(_: &Store, _: Option<i64>) -> Deleted<'_> {
            Box::pin(async { Ok(0) })
        }
        let history = History { delete_before: two_deleted, is_of_sums: false, finish: none };
        for (database, people) in people_on_each_database(&[history, history]).await {
            let now = now_millis();
            save(&people, "alice", &Preferences::default()).await;
            assert_eq!(enforce(&people, now).await.expect("enforced"), 0, "of who sets no limit nothing is too old");
            let week = Preferences { max_history_days: Some(7), ..Preferences::default() };
            save(&people, "alice", &week).await;
            assert!((now - 7 * DAY_MILLIS - ASKED.load(Ordering::Relaxed)).abs() < DAY_MILLIS);
            save(&people, "bob", &week).await;
            assert_eq!(enforce(&people, now).await.expect("enforced"), 8);

            // One person's preferences and another one's key are damaged.
            save(&people, "carol", &week).await;
            let (store, keys) = (database.store.pool(), database.store.keyring().pool());
            for (user, pool, statement) in [
                ("alice", store, "UPDATE preferences SET sealed = $1 WHERE person = $2"),
                ("bob", keys, "UPDATE person_keys SET wrapped = $1 WHERE person = $2"),
            ] {
                let person = accounts::find_person(&database.store, &database.people, user)
                    .await
                    .expect("answers")
                    .expect("known");
                let damaged = sqlx::query(statement).bind(vec![7; 60]).bind(person.0.to_vec());
                damaged.execute(pool).await.expect("damaged");
            }
            assert_eq!(enforce(&people, now).await.expect("goes on"), 4, "carol's");
            let counts = database.store.damages().counts();
            assert_eq!(counts, [(Damaged::PersonKey, 1), (Damaged::Preferences, 1)]);
            assert!(load(&database.store, &people.keys, "alice").await.is_err(), "nobody guesses what was wished");
            let anew =
                change(&people, ("alice", None), |preferences| preferences.voice = false).await.expect("set anew");
            assert!(anew.begun_anew && !anew.preferences.voice);
            assert_eq!(enforce(&people, now).await.expect("goes on"), 4);
        }
    }
}
