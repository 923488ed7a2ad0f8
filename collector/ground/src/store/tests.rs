use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{Executor, Row};

use super::*;
use crate::MIGRATIONS;
use crate::testing::Database;

const ALL: [&Migrations; 1] = [&MIGRATIONS];

/// A store with a table of long values, which stand for what is sealed.
async fn with_values(urls: &Urls) -> Store {
    let store = Store::open(urls, &ALL).await.expect("opens");
    let mut transaction = store.begin().await.expect("begins");
    let table = match store.location.backend {
        Backend::Sqlite => "CREATE TABLE IF NOT EXISTS sealed (id BIGINT PRIMARY KEY, bytes BLOB NOT NULL)",
        Backend::Postgres => "CREATE TABLE IF NOT EXISTS sealed (id BIGINT PRIMARY KEY, bytes BYTEA NOT NULL)",
    };
    transaction.execute(table).await.expect("made");
    transaction.commit().await.expect("commits");
    store
}

async fn write(store: &Store, id: i64, bytes: Vec<u8>) -> Result<(), GroundError> {
    let mut transaction = store.begin().await?;
    insert(&mut transaction, id, bytes).await?;
    transaction.commit().await
}

async fn insert(transaction: &mut Transaction<'static, Any>, id: i64, bytes: Vec<u8>) -> Result<(), GroundError> {
    let statement = sqlx::query("INSERT INTO sealed (id, bytes) VALUES ($1, $2)").bind(id).bind(bytes);
    statement.execute(&mut **transaction).await?;
    Ok(())
}

/// Bytes that stand nowhere else, of about the length of a record.
fn sealed(id: i64) -> Vec<u8> {
    let key = attune_protocol::seal::SealKey::generate();
    key.seal(b"", &vec![0; 100 + usize::try_from(id % 7).expect("small") * 40])
}

async fn count(store: &Store) -> i64 {
    sqlx::query_as::<_, (i64,)>("SELECT COUNT(*) FROM sealed").fetch_one(store.pool()).await.expect("counts").0
}

#[tokio::test]
async fn the_size_of_a_database_is_what_it_takes_on_its_disk_with_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collector.sqlite");
    let store = with_values(&Database::in_file(&path)).await;
    write(&store, 1, vec![1; 1 << 20]).await.expect("written");
    let length = |path: &Path| i64::try_from(std::fs::metadata(path).unwrap().len()).unwrap();
    let log = length(&folder.path().join("collector.sqlite-wal"));
    assert!(log > 1 << 20, "it is not folded in yet: {log}");
    assert_eq!(store.size().await.expect("tells"), length(&path) + log);
    store.close().await;
}

#[tokio::test]
async fn a_database_opens_in_a_folder_of_any_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["what?", "100%", "no#1", "a b", "a%20b", "a?mode=memory", "é:1&x=[y]"] {
        let place = folder.path().join(name);
        std::fs::create_dir_all(&place).unwrap();
        let path = place.join("collector.sqlite");
        let store = Store::open(&Database::in_file(&path), &ALL).await.unwrap();
        assert_eq!(store.condition().await, Condition::Works);
        assert_eq!(store.file(), Some(path.as_path()));
        store.close().await;
        assert!(path.is_file(), "{}", path.display());
    }
}

#[tokio::test]
async fn several_programs_that_open_a_fresh_database_at_once_all_get_it() {
    for (_folder, urls) in Database::places().await {
        let open = || Store::open(&urls, &ALL);
        let (one, two, three, four) = tokio::join!(open(), open(), open(), open());
        for store in [one, two, three, four] {
            store.expect("opens").close().await;
        }
    }
}

#[tokio::test]
async fn writing_goes_on_after_a_transaction_that_the_database_had_ended_itself() {
    for (_folder, urls) in Database::places().await {
        let store = with_values(&urls).await;
        for id in 0..10 {
            let mut transaction = store.begin().await.expect("begins");
            // As SQLite does with a full disk: then the rollback that follows fails.
            transaction.execute("ROLLBACK").await.expect("ended");
            if id % 2 == 0 {
                drop(transaction)
            } else {
                transaction.commit().await.unwrap_or_default()
            }
            write(&store, id, sealed(id)).await.expect("goes on");
        }
        assert_eq!(count(&store).await, 10);
    }
}

#[tokio::test]
async fn writing_goes_on_when_a_full_disk_has_room_again() {
    let Some(disk) = SmallDisk::mount() else { return };
    let store = with_values(&Database::in_file(&disk.path().join("a.sqlite"))).await;
    let filler = disk.path().join("filler");
    for round in 0..3 {
        std::fs::write(&filler, vec![1; 64 << 20]).unwrap_err();
        let mut refused = 0;
        for id in 0..20 {
            refused += u32::from(write(&store, 1_000 * round + id, vec![7; 40_000]).await.is_err());
        }
        assert!(refused > 10, "the disk is full: {refused}");
        tokio::time::sleep(Duration::from_millis(1_100)).await; // an answer of the probe holds for a second
        assert_eq!(store.condition().await, Condition::Full);
        std::fs::remove_file(&filler).unwrap();
        write(&store, 1_000 * round + 500, vec![7; 40_000]).await.expect("there is room again");
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert_eq!(store.condition().await, Condition::Works);
    }
}

/// A file system of two megabytes, where the system lets this user mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", "size=2m", "none"]).arg(folder.path()).output();
        if mounted.is_ok_and(|done| done.status.success()) {
            return Some(Self(folder));
        }
        println!("left out: a full disk, because this user mounts no file system");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[tokio::test]
async fn writing_and_reading_go_on_when_the_server_has_ended_all_connections() {
    for (_folder, urls) in Database::places().await {
        let store = with_values(&urls).await;
        if store.location.backend == Backend::Sqlite {
            continue;
        }
        for id in 0..5 {
            let transaction = store.begin().await.expect("begins");
            sqlx::query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .execute(store.pool())
            .await
            .expect("ended");
            drop(transaction);
            write(&store, id, sealed(id)).await.expect("goes on");
            assert_eq!(count(&store).await, id + 1);
        }
    }
}

/// The files of an SQLite database, together.
fn files_of(database: &Path) -> Vec<u8> {
    let files = ["", "-wal", "-shm", "-journal"].map(|ending| std::fs::read(crate::files::beside(database, ending)));
    files.into_iter().flatten().flatten().collect()
}

/// How many of the values have a part of 24 bytes in the files.
fn readable(files: &[u8], values: &[Vec<u8>]) -> usize {
    let held: HashSet<&[u8]> = files.windows(24).collect();
    values.iter().filter(|value| value.chunks_exact(24).any(|part| held.contains(part))).count()
}

#[tokio::test]
async fn what_is_deleted_is_in_no_file_of_the_database_once_it_is_purged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sqlite");
    let store = with_values(&Database::in_file(&path)).await;
    let values: Vec<Vec<u8>> = (0..600).map(sealed).collect();
    // In no order, and deleted in none: pages are split, joined and moved.
    for group in 0..30 {
        let mut transaction = store.begin().await.unwrap();
        for id in (0..600).filter(|id| id * 37 % 30 == group) {
            insert(&mut transaction, id, values[usize::try_from(id).unwrap()].clone()).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }
    assert_eq!(readable(&files_of(&path), &values), 600, "the search finds what is there");
    for (step, left) in [(3, 400), (2, 200), (1, 0)] {
        for part in 0..5 {
            let mut transaction = store.begin().await.unwrap();
            sqlx::query("DELETE FROM sealed WHERE id % $1 = 0 AND id % 5 = $2")
                .bind(i64::from(step))
                .bind(i64::from(part))
                .execute(&mut **transaction)
                .await
                .unwrap();
            transaction.commit().await.unwrap();
        }
        assert!(store.purge().await.unwrap());
        let gone: Vec<Vec<u8>> = {
            let rows = sqlx::query("SELECT id FROM sealed").fetch_all(store.pool()).await.unwrap();
            let held: HashSet<i64> = rows.iter().map(|row| row.get(0)).collect();
            assert_eq!(held.len(), left);
            (0..600).filter(|id| !held.contains(id)).map(|id| values[usize::try_from(id).unwrap()].clone()).collect()
        };
        assert_eq!(readable(&files_of(&path), &gone), 0, "of {} that are deleted", gone.len());
    }
    store.close().await;
    assert_eq!(readable(&files_of(&path), &values), 0, "after a clean end");
}

#[tokio::test]
async fn the_keeper_purges_by_itself_and_at_once_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sqlite");
    let store = with_values(&Database::in_file(&path)).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let keeping = tokio::spawn(store.clone().keep(stopped));
    let value = sealed(1);
    write(&store, 1, value.clone()).await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    transaction.execute("DELETE FROM sealed").await.unwrap();
    transaction.commit().await.unwrap();
    store.purge_soon();
    for _ in 0..100 {
        if readable(&files_of(&path), std::slice::from_ref(&value)) == 0 {
            stop.send(true).unwrap();
            keeping.await.unwrap();
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("within ten seconds it is gone");
}

#[tokio::test]
async fn what_an_earlier_version_left_of_what_it_deleted_is_overwritten_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sqlite");
    let store = with_values(&Database::in_file(&path)).await;
    let values: Vec<Vec<u8>> = (0..100).map(sealed).collect();
    let mut earlier = store.writers.acquire().await.unwrap();
    earlier.execute("PRAGMA secure_delete = OFF").await.unwrap();
    for (id, value) in (0_i64..).zip(&values) {
        let statement = sqlx::query("INSERT INTO sealed (id, bytes) VALUES ($1, $2)").bind(id).bind(value);
        statement.execute(&mut *earlier).await.unwrap();
    }
    earlier.execute("DELETE FROM sealed").await.unwrap();
    earlier.execute("PRAGMA user_version = 0").await.unwrap();
    earlier.close().await.unwrap();
    store.close().await;
    assert!(readable(&files_of(&path), &values) > 0, "it was left");
    Store::open(&Database::in_file(&path), &ALL).await.unwrap().close().await;
    assert_eq!(readable(&files_of(&path), &values), 0);
}

#[tokio::test]
async fn commits_that_a_damaged_log_has_lost_are_counted_and_said_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sqlite");
    let store = with_values(&Database::in_file(&path)).await;
    assert!(store.purge().await.unwrap());
    for id in 0..20 {
        write(&store, id, sealed(id)).await.unwrap();
    }
    let (whole, damaged) = (copy(&path, "whole"), copy(&path, "damaged"));
    let log = crate::files::beside(&damaged, "-wal");
    let mut bytes = std::fs::read(&log).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&log, bytes).unwrap();

    let store = Store::open(&Database::in_file(&whole), &ALL).await.unwrap();
    assert_eq!((count(&store).await, store.lost_commits()), (20, None), "a kill alone loses nothing");
    let urls = Database::in_file(&damaged);
    let store = Store::open(&urls, &ALL).await.unwrap();
    let missing = 20 - count(&store).await;
    assert!(missing > 0, "a bit in the middle of the log");
    assert_eq!(store.lost_commits().unwrap().missing, missing);
    write(&store, 100, sealed(100)).await.unwrap();
    store.close().await;
    let store = Store::open(&urls, &ALL).await.unwrap();
    assert_eq!(store.lost_commits().unwrap().missing, missing, "still said, and not counted twice");
}

/// A copy of an open database, as a kill leaves it.
fn copy(database: &Path, name: &str) -> PathBuf {
    let to = database.with_file_name(name);
    for ending in ["", "-wal", "-commits"] {
        std::fs::copy(crate::files::beside(database, ending), crate::files::beside(&to, ending)).unwrap();
    }
    to
}

#[tokio::test]
async fn a_damaged_page_is_found_and_makes_the_database_unwell() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sqlite");
    let urls = Database::in_file(&path);
    let store = with_values(&urls).await;
    for id in 0..100 {
        write(&store, id, sealed(id)).await.unwrap();
    }
    store.check_integrity().await.unwrap();
    assert_eq!(store.condition().await, Condition::Works);
    store.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    let last_page = bytes.len() - 4096;
    bytes[last_page..last_page + 64].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(&urls, &ALL).await.unwrap();
    store.check_integrity().await.unwrap();
    assert!(matches!(store.condition().await, Condition::Broken(_)));
}

#[tokio::test]
async fn any_number_of_probes_beside_a_slow_writer_stop_neither_readers_nor_the_writer() {
    for (_folder, urls) in Database::places().await {
        let store = with_values(&urls).await;
        let mut slow = store.begin().await.expect("begins");
        insert(&mut slow, 1, sealed(1)).await.expect("written");
        // On Postgres writers do not wait for each other, unless they write the same row.
        slow.execute("INSERT INTO probes (place, at) VALUES (0, 1)").await.expect("written");
        let began = std::time::Instant::now();
        let probes: Vec<_> = (0..24)
            .map(|_| {
                tokio::spawn({
                    let store = store.clone();
                    async move { store.condition().await }
                })
            })
            .collect();
        assert_eq!(count(&store).await, 0, "readers read");
        for probe in probes {
            let condition = probe.await.expect("answers");
            assert!(condition.is_well(), "{condition:?}");
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        slow.commit().await.expect("commits");
        assert_eq!(count(&store).await, 1);
    }
}

#[test]
fn a_lock_that_is_held_for_long_is_not_called_well() {
    assert!(Condition::Busy(Duration::from_secs(3)).is_well());
    assert!(!Condition::Busy(Duration::from_secs(30)).is_well());
}

#[tokio::test]
async fn writers_on_sqlite_wait_for_each_other_in_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let store = with_values(&Database::in_file(&folder.path().join("a.sqlite"))).await;
    let writers: Vec<_> = (0..50)
        .map(|id| {
            tokio::spawn({
                let store = store.clone();
                async move { write(&store, id, sealed(id)).await }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap().expect("none fails because another one writes");
    }
    assert_eq!(count(&store).await, 50);
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_of_the_database_are_for_their_owner_alone_also_those_that_were_not() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sqlite");
    let urls = Database::in_file(&path);
    let modes = || {
        ["", "-wal", "-shm", "-commits"].map(|ending| {
            let there = std::fs::metadata(crate::files::beside(&path, ending)).expect("there");
            there.permissions().mode() & 0o777
        })
    };
    let store = with_values(&urls).await;
    assert_eq!(modes(), [0o600; 4]);
    for ending in ["", "-wal", "-shm", "-commits"] {
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(crate::files::beside(&path, ending), open).unwrap();
    }
    let again = with_values(&urls).await;
    assert_eq!(modes(), [0o600; 4]);
    again.close().await;
    store.close().await;
}
