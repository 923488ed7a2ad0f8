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
    let (keyring, whose) = (store.keyring(), own.held().identity);
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
async fn take_over(transaction: &mut Write, keyring: &Keyring, master: &MasterKey) -> Result<usize, GroundError> {
    let rows = sqlx::query("SELECT person, wrapped FROM person_keys").fetch_all(&mut ***transaction).await?;
    let rows: Vec<(Vec<u8>, Vec<u8>)> = readable(&rows, |_| tracing::error!("A key does not read, and is left out."));
    let keys: Vec<(PersonId, Vec<u8>)> =
        rows.into_iter().filter_map(|(person, wrapped)| Some((PersonId(bytes16(&person).ok()?), wrapped))).collect();
    keyring.take_in(&keys).await?;
    let destroyed = keyring.destroyed(0).await?;
    for (person, wrapped) in keys.iter().filter(|(person, _)| !destroyed.contains_key(person)) {
        let held = keyring.wrapped(*person).await?;
        let opens = |wrapped: &[u8]| master.unwrap(&person.0, wrapped).is_ok();
        if !held.is_some_and(|held| opens(&held) || (held == *wrapped && !opens(wrapped))) {
            return Err(GroundError::KeysNotMoved {
                keys: keyring.place(),
                problem: "one of them does not open there",
            });
        }
    }
    Ok(keys.len())
}

#[cfg(test)]
mod tests {
    use attune_protocol::seal::SealKey;
    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::store::{Migrations, Urls};
    use crate::testing::Database;
    use crate::{Foundation, GroundError, MIGRATIONS, files};

    const ALL: [&Migrations; 1] = [&MIGRATIONS];

    /// Puts wrapped keys where a version before had them.
    async fn with_keys(database: &Database, people: &[PersonId]) -> Vec<Vec<u8>> {
        let master = MasterKey::read(&database.folder.path().join("master.key")).expect("there");
        let mut all = Vec::new();
        for person in people {
            let wrapped = master.wrap(&person.0, SealKey::generate().secret());
            sqlx::query("INSERT INTO person_keys (person, wrapped) VALUES ($1, $2)")
                .bind(person.0.to_vec())
                .bind(wrapped.clone())
                .execute(database.store.pool())
                .await
                .expect("written");
            all.push(wrapped);
        }
        all
    }

    async fn has_old_table(store: &Store) -> bool {
        sqlx::query("SELECT COUNT(*) FROM person_keys").fetch_one(store.pool()).await.is_ok()
    }

    /// The files of an SQLite database as they are.
    fn bytes_of(store: &Store) -> Vec<u8> {
        let Some(file) = store.file() else { return Vec::new() };
        ["", "-wal"].map(|end| std::fs::read(files::beside(file, end)).unwrap_or_default()).concat()
    }

    #[tokio::test]
    async fn keys_of_a_version_before_are_moved_once_and_nothing_of_them_stays_on_each_database() {
        for database in Database::each_of_before(&ALL).await {
            let people = [PersonId([1; 16]), PersonId([2; 16]), PersonId([3; 16])];
            let wrapped = with_keys(&database, &people).await;
            sqlx::query("UPDATE person_keys SET wrapped = person WHERE person = $1")
                .bind(people[2].0.to_vec())
                .execute(database.store.pool())
                .await
                .expect("damaged");
            database.store.close().await;
            let (one, other) = tokio::join!(database.again(&ALL), database.again(&ALL));
            for ground in [&one, &other] {
                ground.people.of(people[0]).await.expect("it opens");
                ground.people.of(people[1]).await.expect("it opens");
                let damaged = ground.people.of(people[2]).await.expect_err("as it was before");
                assert!(matches!(damaged, GroundError::Damaged(_)), "{damaged}");
            }
            assert!(!has_old_table(&one.store).await);
            let held = bytes_of(&one.store);
            for key in &wrapped[..2] {
                assert!(!held.windows(24).any(|part| part == &key[..24]), "it stands in the database's files");
            }
            one.store.close().await;
            other.store.close().await;
            database.again(&ALL).await.people.of(people[0]).await.expect("it opens at the next start, too");
        }
    }

    #[tokio::test]
    async fn a_move_that_was_cut_short_anywhere_is_gone_on_with_and_brings_no_destroyed_key_back_on_each_database() {
        for steps in 0..3 {
            for database in Database::each_of_before(&ALL).await {
                let people = [PersonId([1; 16]), PersonId([2; 16])];
                let wrapped = with_keys(&database, &people).await;
                let keyring = database.store.keyring();
                if steps > 0 {
                    keyring.claim(&database.own.held().identity).await.expect("claimed");
                }
                if steps > 1 {
                    // A copy of before that was put back beside keys of now: one of its people was erased since.
                    keyring.take_in(&[(people[0], wrapped[0].clone())]).await.expect("taken in");
                    database.destroy_key(people[0]).await;
                }
                let Foundation { store, people: keys, .. } = database.again(&ALL).await;
                keys.of(people[1]).await.expect("it opens");
                match keys.of(people[0]).await {
                    Ok(_) => assert!(steps < 2),
                    Err(gone) => assert!(steps == 2 && matches!(gone, GroundError::Erased), "{gone}"),
                }
                assert!(!has_old_table(&store).await);
            }
        }
    }

    #[tokio::test]
    async fn missing_keys_are_said_and_never_replaced_and_those_of_another_database_are_refused_on_each_database() {
        for database in Database::each(&ALL).await {
            let person = PersonId::random();
            let mut transaction = database.store.begin().await.expect("begins");
            database.people.create(&mut transaction, person);
            transaction.commit().await.expect("commits");
            database.store.close().await;
            let key = database.folder.path().join("master.key");
            let (elsewhere, others) = (Database::places().await.remove(0), Database::each(&ALL).await.remove(0));
            for (keys, expected) in
                [(elsewhere.1.keys.clone(), "find the keys"), (others.urls.keys.clone(), "are of another")]
            {
                let urls = Urls { keys, ..database.urls.clone() };
                for refused in [
                    Foundation::open_or_make(&key, &urls, &ALL).await.map(|_| ()),
                    Foundation::open(&key, &urls, &ALL).await.map(|_| ()),
                    Foundation::look(&key, &urls, &ALL).await.map(|_| ()),
                ] {
                    let error = refused.expect_err("refused").to_string();
                    assert!(error.contains(expected), "{error}");
                }
            }
            assert!(std::fs::read_dir(elsewhere.0.path()).expect("reads").next().is_none(), "nothing is made");
            let urls = Urls { keys: database.urls.database.clone(), ..database.urls.clone() };
            let error = Foundation::look(&key, &urls, &ALL).await.expect_err("refused");
            assert!(matches!(error, GroundError::KeysInDatabase { .. }), "{error}");
            // A new database beside keys that are there already.
            let urls = Urls { keys: database.urls.keys.clone(), ..elsewhere.1.clone() };
            let fresh = elsewhere.0.path().join("master.key");
            let error = Foundation::open_or_make(&fresh, &urls, &ALL).await.expect_err("refused");
            assert!(matches!(error, GroundError::OtherKeys { .. }), "{error}");
            assert!(std::fs::read_dir(elsewhere.0.path()).expect("reads").next().is_none(), "nothing is made");
            database.again(&ALL).await.people.of(person).await.expect("it opens where they are");
        }
    }

    #[tokio::test]
    async fn keys_of_a_later_version_are_refused_and_left_as_they_are_on_each_database() {
        for database in Database::each(&ALL).await {
            sqlx::query(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 SELECT 1599, description, success, checksum, 0 FROM _sqlx_migrations LIMIT 1",
            )
            .execute(database.store.keyring().pool())
            .await
            .expect("written");
            let key = database.folder.path().join("master.key");
            let error = Foundation::open_or_make(&key, &database.urls, &ALL).await.expect_err("refused").to_string();
            assert!(error.contains("1599") && error.contains("keys of people"), "{error}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_file_of_the_keys_is_its_owners_alone_and_no_link_is_followed_to_it() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let database = Database::each(&ALL).await.remove(0);
        let file = files::beside(database.store.file().expect("a file"), "-keys");
        for path in [file.clone(), files::beside(&file, "-wal")] {
            let mode = std::fs::metadata(&path).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        }
        database.store.close().await;
        let aside = files::beside(&file, "-aside");
        std::fs::rename(&file, &aside).expect("moved");
        symlink(&aside, &file).expect("linked");
        let key = database.folder.path().join("master.key");
        let error = Foundation::open_or_make(&key, &database.urls, &ALL).await.expect_err("refused").to_string();
        assert!(error.contains("-keys"), "{error}");
    }

    #[tokio::test]
    async fn the_steps_of_the_keys_are_those_that_their_folder_holds() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/keys");
        crate::testing::listed_as_in(folder, &crate::store::KEYS).await;
    }

    #[tokio::test]
    async fn a_destroyed_key_stands_in_no_file_as_soon_as_its_transaction_has_committed() {
        let database = Database::each(&ALL).await.remove(0);
        let file = files::beside(database.store.file().expect("a file"), "-keys");
        let mut values = Vec::new();
        for number in 0..40 {
            let (person, mut transaction) = (PersonId([number; 16]), database.store.begin().await.expect("begins"));
            database.people.create(&mut transaction, person);
            transaction.commit().await.expect("commits");
            let statement = AssertSqlSafe("SELECT wrapped FROM person_keys WHERE person = $1".to_owned());
            let (wrapped,): (Vec<u8>,) = sqlx::query_as(statement)
                .bind(person.0.to_vec())
                .fetch_one(database.store.keyring().pool())
                .await
                .expect("reads");
            values.push(wrapped);
        }
        let held = || ["", "-wal"].map(|end| std::fs::read(files::beside(&file, end)).unwrap_or_default()).concat();
        let readable =
            |held: &[u8]| values.iter().map(|key| held.windows(24).any(|part| part == &key[..24])).collect::<Vec<_>>();
        assert_eq!(readable(&held()), vec![true; 40], "it would be found");
        for number in (0..40).step_by(2) {
            database.destroy_key(PersonId([number; 16])).await;
            let found = readable(&held());
            let expected: Vec<bool> = (0..40).map(|one| one % 2 == 1 || one > number).collect();
            assert_eq!(found, expected, "after key {number}");
        }
    }
}
