//! Copies of both kinds of database, into both; and rotations that are cut at each point.

use std::path::{Path, PathBuf};

use attune_protocol::ids::PersonId;
use sqlx::AssertSqlSafe;
use tempfile::TempDir;

use super::making;
use super::progress::Progress;
use super::recovery::RecoveryKey;
use super::restore::{From, restore};
use super::rotation::{go_on_rotating, rotate};
use super::verify::verify;
use crate::command::House;
use crate::foundation::next_key;
use crate::keys::{MasterKey, OwnKeys, PersonKeys};
use crate::store::{Alone, Migrations, Urls};
use crate::testing::Database;
use crate::{Foundation, GroundError, MIGRATIONS, Seen};

const ALL: [&Migrations; 1] = [&MIGRATIONS];
/// Rows that fill more than one statement.
const ROWS: i64 = 150;

fn house(folder: &Path, urls: &Urls) -> House {
    House {
        key: folder.join("master.key"),
        urls: urls.clone(),
        migrations: ALL.to_vec(),
        carried: Vec::new(),
        copies: PathBuf::new(),
    }
}

struct Copies {
    folder: TempDir,
    data: PathBuf,
    keys: PathBuf,
    recovery: RecoveryKey,
}

impl Copies {
    async fn of(ground: &Foundation) -> Self {
        let (folder, recovery) = (tempfile::tempdir().expect("a folder"), RecoveryKey::generate());
        let to = (folder.path(), recovery.public());
        let data = making::data(ground, to, &Progress::hidden()).await.expect("copied").written.path;
        let keys = making::keys(ground, to, &Progress::hidden()).await.expect("copied").written.path;
        Self { folder, data, keys, recovery }
    }

    async fn put_into(&self, house: &House) -> Result<String, super::BackupError> {
        let from = From { data: &self.data, keys: &self.keys, recovery: &self.recovery };
        restore(house.key.parent().expect("a folder"), house, from).await
    }
}

/// A database with rows of all types, and people with keys.
async fn filled(database: &Database, people: &[PersonId]) {
    let mut transaction = database.store.begin().await.expect("begins");
    for person in people {
        database.people.create(&mut transaction, *person);
    }
    for row in 0..ROWS {
        sqlx::query("INSERT INTO lost_commits (found_at, missing) VALUES ($1, $2)")
            .bind(row)
            .bind(-row)
            .execute(&mut **transaction)
            .await
            .expect("written");
    }
    transaction.commit().await.expect("commits");
}

async fn sum(ground: &Foundation) -> i64 {
    let statement = "SELECT CAST(SUM(found_at * 1000 - missing) AS BIGINT) FROM lost_commits";
    let (sum,): (i64,) = sqlx::query_as(statement).fetch_one(ground.store.pool()).await.expect("sums");
    sum
}

#[tokio::test]
async fn a_copy_of_either_database_is_put_back_into_either() {
    for database in Database::each(&ALL).await {
        let people = [PersonId::random(), PersonId::random(), PersonId::random()];
        filled(&database, &people).await;
        let ground = database.foundation();
        let copies = Copies::of(&ground).await;
        let before = sum(&ground).await;
        for (folder, urls) in Database::places().await {
            let house = house(folder.path(), &urls);
            let said = copies.put_into(&house).await.expect("restored");
            assert!(said.contains("Restored"), "{said}");
            let again = Foundation::open(&house.key, &urls, &ALL).await.expect("opens");
            assert_eq!(sum(&again).await, before);
            assert_eq!(again.own.signing().public(), ground.own.signing().public());
            assert_eq!(again.own.tag("name", b"alice"), ground.own.tag("name", b"alice"));
            for person in people {
                let (one, other) = (again.people.of(person).await, ground.people.of(person).await);
                assert_eq!(one.expect("opens").secret(), other.expect("opens").secret());
            }
            let (commits,): (i64,) =
                sqlx::query_as("SELECT COUNT(*) FROM commits").fetch_one(again.store.pool()).await.expect("counts");
            assert_eq!(commits, 1, "what the steps put there is not there twice");
            again.store.close().await;
        }
        ground.store.close().await;
    }
}

#[tokio::test]
async fn nothing_is_overwritten_and_what_did_not_hold_leaves_nothing_that_starts() {
    for database in Database::each(&ALL).await {
        filled(&database, &[PersonId::random()]).await;
        let copies = Copies::of(&database.foundation()).await;
        let own = house(database.folder.path(), &database.urls);
        let refused = copies.put_into(&own).await.expect_err("there is one").to_string();
        assert!(refused.contains("is there already, and nothing is overwritten"), "{refused}");
        assert_eq!(sum(&database.foundation()).await, (0..ROWS).map(|row| row * 1000 + row).sum::<i64>());

        let whole = std::fs::read(&copies.data).expect("reads");
        for (folder, urls) in Database::places().await {
            let house = house(folder.path(), &urls);
            let mut damaged = whole.clone();
            let middle = damaged.len() / 2;
            damaged[middle] ^= 1;
            for wrong in [damaged, whole[..whole.len() - 40].to_vec()] {
                std::fs::write(&copies.data, wrong).expect("written");
                let refused = copies.put_into(&house).await.expect_err("it is damaged").to_string();
                assert!(refused.contains("take another copy"), "{refused}");
                let seen = Foundation::look(&house.key, &urls, &ALL).await.expect("looks");
                assert_eq!(seen, Seen::Nothing);
            }
            std::fs::write(&copies.data, &whole).expect("written");
            copies.put_into(&house).await.expect("restored");
        }
    }
}

#[tokio::test]
async fn beside_a_restore_that_was_cut_short_nothing_starts_and_another_one_begins_anew() {
    for database in Database::each(&ALL).await {
        filled(&database, &[PersonId::random()]).await;
        let copies = Copies::of(&database.foundation()).await;
        for (folder, urls) in Database::places().await {
            let house = house(folder.path(), &urls);
            copies.put_into(&house).await.expect("restored");
            // As one that was killed before its very end.
            let mark = crate::foundation::restoring(&house.key);
            std::fs::write(&mark, marked(&urls, &made_by(&house).await)).expect("written");
            for refused in [
                Foundation::open(&house.key, &urls, &ALL).await.map(drop),
                Foundation::open_or_make(&house.key, &urls, &ALL).await.map(drop),
                Foundation::look(&house.key, &urls, &ALL).await.map(drop),
            ] {
                assert!(matches!(refused, Err(GroundError::Restoring { .. })));
            }
            copies.put_into(&house).await.expect("restored");
            assert!(!mark.exists());
            Foundation::open(&house.key, &urls, &ALL).await.expect("opens").store.close().await;
        }
    }
}

/// What a restore that is under way has in its state folder.
fn marked(urls: &Urls, id: &str) -> String {
    let places = [&urls.database, &urls.keys].map(|url| crate::store::place(url).expect("a place"));
    format!("id = {id:?}\ndatabase = {:?}\nkeys = {:?}\n", places[0], places[1])
}

/// By which restore a database was made.
async fn made_by(house: &House) -> String {
    let ground = Foundation::open(&house.key, &house.urls, &ALL).await.expect("opens");
    let (id,): (String,) =
        sqlx::query_as("SELECT id FROM attune_restored_by").fetch_one(ground.store.pool()).await.expect("reads");
    ground.store.close().await;
    id
}

#[tokio::test]
async fn a_restore_that_was_cut_short_removes_nothing_that_another_one_has_made_since() {
    for database in Database::each(&ALL).await {
        filled(&database, &[PersonId::random()]).await;
        let before = sum(&database.foundation()).await;
        let copies = Copies::of(&database.foundation()).await;
        for (folder, urls) in Database::places().await {
            let first = house(folder.path(), &urls);
            drop(crate::StateFolder::take(folder.path()).expect("it is nobody's"));
            std::fs::write(crate::foundation::restoring(&first.key), marked(&urls, "cut short")).expect("written");
            let other = tempfile::tempdir().expect("a folder");
            let serves = house(other.path(), &urls);
            copies.put_into(&serves).await.expect("restored");
            let refused = copies.put_into(&first).await.expect_err("it is another's").to_string();
            assert!(refused.contains("a database of somebody else"), "{refused}");
            let ground = Foundation::open(&serves.key, &urls, &ALL).await.expect("opens");
            assert_eq!(sum(&ground).await, before);
            let again = Copies::of(&ground).await;
            ground.store.close().await;
            let (folder, urls) = Database::places().await.remove(0);
            again.put_into(&house(folder.path(), &urls)).await.expect("what was restored is copied as any other");
        }
    }
}

#[tokio::test]
async fn into_a_shared_database_one_restores_at_a_time() {
    let database = Database::each(&ALL).await.remove(0);
    filled(&database, &[PersonId::random()]).await;
    let copies = Copies::of(&database.foundation()).await;
    for (folder, urls) in Database::places().await.into_iter().skip(1) {
        let house = house(folder.path(), &urls);
        let alone = Alone::on(&urls).await.expect("asked").expect("nobody is there");
        let refused = copies.put_into(&house).await.expect_err("another one restores").to_string();
        assert!(refused.contains("is at work on the database"), "{refused}");
        alone.end().await;
        copies.put_into(&house).await.expect("restored");
    }
}

#[tokio::test]
async fn a_collector_with_the_recovery_key_of_before_writes_no_copy() {
    for database in Database::each(&ALL).await {
        let ground = database.foundation();
        let copies = Copies::of(&ground).await;
        let newer = RecoveryKey::generate().public();
        ground.store.note_recovery(newer.bytes()).await.expect("noted");
        let before = std::fs::read(&copies.keys).expect("reads");
        let hidden = Progress::hidden();
        let of_before = (copies.folder.path(), copies.recovery.public());
        for refused in [
            making::keys(&ground, of_before, &hidden).await.map(drop),
            making::data(&ground, of_before, &hidden).await.map(drop),
        ] {
            let refused = refused.expect_err("another one is noted").to_string();
            assert!(refused.contains("give recovery.pub to this collector"), "{refused}");
        }
        assert_eq!(std::fs::read(&copies.keys).expect("reads"), before);
        making::keys(&ground, (copies.folder.path(), newer), &hidden).await.expect("it was given the newer one");
        assert_ne!(std::fs::read(&copies.keys).expect("reads"), before);
    }
}

#[tokio::test]
async fn a_copy_beside_the_one_that_is_kept_does_not_say_that_that_was_renewed() {
    for database in Database::each(&ALL).await {
        let ground = database.foundation();
        let copies = Copies::of(&ground).await;
        ground.store.note_stale_key_copy(1).await.expect("noted");
        let stale = ground.store.key_copy().await.expect("read").expect("there is one");
        assert_eq!(stale.failing_since, Some(1));
        let (beside, hidden) = (tempfile::tempdir().expect("a folder"), Progress::hidden());
        let public = copies.recovery.public();
        making::keys(&ground, (beside.path(), public), &hidden).await.expect("copied");
        assert_eq!(ground.store.key_copy().await.expect("read"), Some(stale));
        making::keys(&ground, (copies.folder.path(), public), &hidden).await.expect("copied");
        let renewed = ground.store.key_copy().await.expect("read").expect("there is one");
        assert_eq!(renewed.failing_since, None);
        ground.store.note_stale_key_copy(2).await.expect("noted");
        let kept = beside.path().display().to_string();
        ground.store.keep_key_copy_in(&kept).await.expect("noted");
        making::keys(&ground, (beside.path(), public), &hidden).await.expect("copied");
        let renewed = ground.store.key_copy().await.expect("read").expect("there is one");
        assert_eq!(renewed.failing_since, None, "it is kept there now");
    }
}

#[tokio::test]
async fn the_copy_of_the_keys_of_another_collector_is_not_overwritten() {
    let [one, other] = [Database::each(&ALL).await.remove(0), Database::each(&ALL).await.remove(0)];
    let copies = Copies::of(&one.foundation()).await;
    let before = std::fs::read(&copies.keys).expect("reads");
    let (to, hidden) = ((copies.folder.path(), copies.recovery.public()), Progress::hidden());
    let refused = making::keys(&other.foundation(), to, &hidden).await.map(drop).expect_err("another's").to_string();
    assert!(refused.contains("that of another collector lies there"), "{refused}");
    assert_eq!(std::fs::read(&copies.keys).expect("reads"), before);
    making::keys(&one.foundation(), to, &hidden).await.expect("it is its own");
    std::fs::remove_file(&copies.keys).expect("removed");
    making::keys(&other.foundation(), to, &hidden).await.expect("there is none any more");
}

#[tokio::test]
async fn what_is_checked_is_said_without_a_key_with_one_and_never_of_another_collector() {
    let [one, other] = [Database::each(&ALL).await.remove(0), Database::each(&ALL).await.remove(0)];
    filled(&one, &[PersonId::random(), PersonId::random()]).await;
    let (copies, others) = (Copies::of(&one.foundation()).await, Copies::of(&other.foundation()).await);
    let said = |paths: &[&PathBuf], key| verify(&paths.iter().copied().cloned().collect::<Vec<_>>(), key, &[]);
    let sums = said(&[&copies.data, &copies.keys], None).expect("whole");
    assert!(sums.contains("Nothing of it was opened"), "{sums}");
    let all = said(&[&copies.data, &copies.keys], Some(&copies.recovery)).expect("whole");
    assert!(all.contains("150  lost_commits") && all.contains("keys of 2 people open"), "{all}");
    let refused = said(&[&others.data], Some(&copies.recovery)).expect_err("another recovery key").to_string();
    assert!(refused.contains("the recovery key does not open it"), "{refused}");
    let refused = said(&[&copies.folder.path().join(".data.lock")], None).expect_err("it is none").to_string();
    assert!(refused.contains("it is no copy"), "{refused}");
}

/// How far a rotation came before it was cut.
const POINTS: [&str; 4] = ["nothing", "the new key", "the keys of people", "the database"];

#[tokio::test]
async fn a_rotation_that_was_cut_at_any_point_is_gone_on_with_and_loses_nothing() {
    for (point, name) in POINTS.into_iter().enumerate() {
        for database in Database::each(&ALL).await {
            let people = [PersonId::random(), PersonId::random()];
            filled(&database, &people).await;
            let ground = database.foundation();
            let mut secrets = Vec::new();
            for person in people {
                secrets.push(*ground.people.of(person).await.expect("opens").secret());
            }
            let house = house(database.folder.path(), &database.urls);
            let (old, new) = (ground.people.master().clone(), MasterKey::generate());
            if point > 0 {
                new.write(&next_key(&house.key)).expect("written");
            }
            if point > 1 {
                let again = |person: PersonId, wrapped: &[u8]| {
                    old.unwrap(&person.0, wrapped).ok().map(|key| new.wrap(&person.0, &key))
                };
                ground.store.keyring().rewrap(new.id(), again).await.expect("wrapped");
            }
            if point > 2 {
                let mut transaction = ground.store.begin().await.expect("begins");
                OwnKeys::rewrap(&mut transaction, (&old, &new)).await.expect("wrapped");
                transaction.commit().await.expect("commits");
            }
            if point > 0 {
                let refused = Foundation::open(&house.key, &house.urls, &ALL).await.expect_err("half of it is done");
                assert!(matches!(refused, GroundError::Rotating { .. }), "{name}: {refused}");
                go_on_rotating(&house).await.expect("goes on");
            } else {
                rotate(database.folder.path(), &house, false).await.expect("rotates");
            }
            assert!(!next_key(&house.key).exists());
            let again = Foundation::open(&house.key, &house.urls, &ALL).await.expect("opens");
            assert_ne!(again.people.master().id(), old.id(), "{name}");
            assert_eq!(again.own.signing().public(), ground.own.signing().public());
            for (person, secret) in people.iter().zip(&secrets) {
                assert_eq!(again.people.of(*person).await.expect("opens").secret(), secret, "{name}");
                let with_old = PersonKeys::new(old.clone(), &again.store).of(*person).await;
                assert!(with_old.is_err(), "{name}: the key of before opens nothing");
            }
            again.store.close().await;
        }
    }
}

#[tokio::test]
async fn whoever_has_the_master_key_of_before_makes_no_key_any_more() {
    for database in Database::each(&ALL).await {
        let stale = database.again(&ALL).await;
        let house = house(database.folder.path(), &database.urls);
        rotate(database.folder.path(), &house, false).await.expect("rotates");
        let mut transaction = stale.store.begin().await.expect("begins");
        stale.people.create(&mut transaction, PersonId::random());
        let refused = transaction.commit().await.expect_err("nobody could open it");
        assert!(matches!(refused, GroundError::Rotated), "{refused}");
        stale.store.close().await;
        let again = Foundation::open(&house.key, &house.urls, &ALL).await.expect("opens");
        let (mut transaction, person) = (again.store.begin().await.expect("begins"), PersonId::random());
        again.people.create(&mut transaction, person);
        transaction.commit().await.expect("commits");
        again.people.of(person).await.expect("opens");
    }
}

#[tokio::test]
async fn while_a_collector_runs_on_a_shared_database_the_master_key_stays() {
    for database in Database::each(&ALL).await.into_iter().skip(1) {
        let house = house(database.folder.path(), &database.urls);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let runs = database.again(&ALL).await;
        let keeping = tokio::spawn(runs.store.clone().keep(stopped));
        let waited = async {
            while !runs.store.others_run().await.expect("asked") {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(120), waited).await.expect("it says that it runs");
        let refused = rotate(database.folder.path(), &house, false).await.expect_err("one runs").to_string();
        assert!(refused.contains("another collector runs on this database"), "{refused}");
        let refused = Alone::take(&house.urls).await.expect_err("one runs").to_string();
        assert!(refused.contains("is at work on it"), "{refused}");
        let _ = stop.send(true);
        keeping.await.expect("ends");
        rotate(database.folder.path(), &house, false).await.expect("nobody runs");
        Alone::take(&house.urls).await.expect("nobody runs").end().await;
    }
}

#[tokio::test]
async fn a_copy_of_before_a_rotation_goes_with_the_newest_keys() {
    for database in Database::each(&ALL).await {
        let person = PersonId::random();
        filled(&database, &[person]).await;
        let mut copies = Copies::of(&database.foundation()).await;
        let house_of = house(database.folder.path(), &database.urls);
        rotate(database.folder.path(), &house_of, false).await.expect("rotates");
        let ground = Foundation::open(&house_of.key, &house_of.urls, &ALL).await.expect("opens");
        let to = (copies.folder.path(), copies.recovery.public());
        copies.keys = making::keys(&ground, to, &Progress::hidden()).await.expect("copied").written.path;
        let (folder, urls) = Database::places().await.remove(0);
        let house = house(folder.path(), &urls);
        copies.put_into(&house).await.expect("restored");
        let again = Foundation::open(&house.key, &urls, &ALL).await.expect("opens");
        assert_eq!(
            again.people.of(person).await.expect("opens").secret(),
            ground.people.of(person).await.expect("opens").secret()
        );
        assert_eq!(again.own.signing().public(), ground.own.signing().public());
    }
}

#[tokio::test]
async fn of_data_and_keys_the_later_copy_says_with_which_keys_the_collectors_sign() {
    for database in Database::each(&ALL).await {
        filled(&database, &[PersonId::random()]).await;
        let ground = database.foundation();
        let mut copies = Copies::of(&ground).await;
        let first = ground.own.signing().public();
        let mut transaction = ground.store.begin().await.expect("begins");
        let held = ground.own.hold(&mut transaction).await.expect("held");
        let second = ground.own.exchange(&mut transaction, &held).await.expect("exchanged");
        transaction.commit().await.expect("commits");
        let later = tempfile::tempdir().expect("a folder");
        let to = (later.path(), copies.recovery.public());
        let [data, keys] = [
            making::data(&ground, to, &Progress::hidden()).await.expect("copied").written.path,
            making::keys(&ground, to, &Progress::hidden()).await.expect("copied").written.path,
        ];
        let before = copies.keys.clone();
        for (data, keys, what) in
            [(copies.data.clone(), keys, "data of before, keys of now"), (data, before, "data of now, keys of before")]
        {
            (copies.data, copies.keys) = (data, keys);
            let (folder, urls) = Database::places().await.remove(0);
            let house = house(folder.path(), &urls);
            copies.put_into(&house).await.expect("restored");
            let again = Foundation::open(&house.key, &urls, &ALL).await.expect("opens");
            let held = again.own.held();
            assert_eq!((held.current.public(), held.identity), (second, first), "{what}");
            let until = async |key| crate::keys::OwnKeys::signed_until(&again.store, key).await.expect("asked");
            let (of_first, of_second) = (until(&first).await, until(&second).await);
            assert!(of_first.is_some() && of_second.is_none(), "what the one before has signed is ours: {what}");
            assert_eq!(held.former.as_ref().map(|key| key.public()), Some(first), "{what}");
        }
    }
}

#[tokio::test]
async fn a_copy_that_does_not_come_to_its_end_has_no_name() {
    let database = Database::each(&ALL).await.remove(0);
    filled(&database, &[PersonId::random()]).await;
    let (folder, recovery) = (tempfile::tempdir().expect("a folder"), RecoveryKey::generate());
    // A secret that the master key does not open.
    sqlx::query(AssertSqlSafe("UPDATE collector_keys SET sealed = x'00' WHERE name = 'tagging'".to_owned()))
        .execute(database.store.pool())
        .await
        .expect("damaged");
    let to = (folder.path(), recovery.public());
    assert!(making::data(&database.foundation(), to, &Progress::hidden()).await.is_err());
    let names = std::fs::read_dir(folder.path()).expect("reads").map(|entry| entry.expect("reads").file_name());
    assert_eq!(names.collect::<Vec<_>>(), [".data.lock"]);
}
