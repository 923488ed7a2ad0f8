use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use super::*;
use crate::MIGRATIONS;
use crate::chores::Chore;
use crate::store::Store;
use crate::testing::Database;

const HOURLY: Kind = Kind { name: "hourly", every: Some(Duration::from_secs(3600)), chore: Chore::Tidying };
const QUEUED: Kind = Kind { name: "queued", every: None, chore: Chore::Deleting };
const AT_ONCE: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(300);
/// Of a holder that is killed before anything else happens.
const SHORT: Duration = Duration::from_millis(1);

async fn databases() -> Vec<Database> {
    Database::each(&[&MIGRATIONS]).await
}

async fn ask_for(store: &Store, key: &str) {
    let mut transaction = store.begin().await.expect("begins");
    queue(&mut transaction, &QUEUED, key, AT_ONCE).await.expect("queued");
    transaction.commit().await.expect("commits");
}

/// Claims one as soon as it can be had.
async fn claimed(store: &Store, kind: Kind, holder: &str, lasts: Duration) -> rows::Lease {
    loop {
        if let Some(lease) = rows::claim(store, kind, holder, lasts).await.expect("asks") {
            return lease;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

async fn change(store: &Store, statement: &'static str) {
    sqlx::query(statement).execute(store.pool()).await.expect("changed");
}

/// A number of the only job.
async fn number(store: &Store, statement: &'static str) -> Option<i64> {
    let (number,): (Option<i64>,) = sqlx::query_as(statement).fetch_one(store.pool()).await.expect("reads");
    number
}

async fn fine(_: String) -> Result<(), &'static str> {
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_race_each_job_is_done_once_and_nobody_has_one_that_another_has_on_each_database() {
    const JOBS: usize = 40;
    const WORKERS: usize = 8;
    for database in databases().await {
        for job in 0..JOBS {
            ask_for(&database.store, &format!("job {job}")).await;
        }
        // For each job how many are at it, and how often it was done.
        let seen = Arc::new(Mutex::new(BTreeMap::<String, (u32, u32)>::new()));
        let racing: Vec<_> = (0..WORKERS)
            .map(|_| {
                let (mut worker, seen) = (Worker::new(&database.store, QUEUED), Arc::clone(&seen));
                let store = database.store.clone();
                tokio::spawn(async move {
                    loop {
                        let did = worker
                            .turn(async |key: String| {
                                assert_eq!(at(&seen, &key, |at| (at.0 + 1, at.1)).0, 1, "nobody else is at it");
                                sleep(Duration::from_millis(2)).await;
                                at(&seen, &key, |at| (at.0 - 1, at.1 + 1));
                                Ok::<_, &str>(())
                            })
                            .await;
                        if !did && number(&store, "SELECT COUNT(*) FROM jobs").await == Some(0) {
                            return;
                        }
                    }
                })
            })
            .collect();
        for one in racing {
            one.await.expect("none panics");
        }
        let seen = seen.lock().expect("nobody panicked");
        assert_eq!(seen.len(), JOBS);
        assert!(seen.values().all(|&(at, done)| (at, done) == (0, 1)), "{seen:?}");
    }
}

fn at(seen: &Mutex<BTreeMap<String, (u32, u32)>>, key: &str, becomes: impl Fn((u32, u32)) -> (u32, u32)) -> (u32, u32) {
    let mut seen = seen.lock().expect("nobody panicked");
    let of = seen.entry(key.to_owned()).or_default();
    *of = becomes(*of);
    *of
}

#[tokio::test]
async fn the_job_of_a_dead_holder_is_taken_over_and_who_was_overtaken_changes_nothing_of_it_on_each_database() {
    for database in databases().await {
        let store = &database.store;
        ask_for(store, "").await;
        let dead = claimed(store, QUEUED, "dead", SHORT).await;
        let living = claimed(store, QUEUED, "living", LONG).await;
        assert!(rows::claim(store, QUEUED, "third", LONG).await.expect("asks").is_none(), "it is somebody's");
        assert!(!rows::renew(store, &dead, LONG).await.expect("asks"));
        assert!(!rows::failed(store, &dead, "late").await.expect("asks"));
        assert!(!rows::done(store, &dead).await.expect("asks"));
        rows::give_back(store, &dead).await.expect("asks");
        assert_eq!(number(store, "SELECT failing_since FROM jobs").await, None);
        assert!(rows::renew(store, &living, LONG).await.expect("asks"), "it is still the other one's");
        assert_eq!(number(store, "SELECT attempts FROM jobs").await, Some(2), "each claim is an attempt");
        assert!(rows::done(store, &living).await.expect("asks"));
        assert_eq!(database.count("jobs").await, 0);
        // A row that is made anew counts its claims anew: the number alone would be the dead one's.
        ask_for(store, "").await;
        let anew = claimed(store, QUEUED, "living", LONG).await;
        assert!(!rows::done(store, &dead).await.expect("asks"));
        assert!(rows::done(store, &anew).await.expect("asks"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_renewed_as_long_as_work_goes_on_on_each_database() {
    const LEASE: Duration = Duration::from_secs(3);
    for database in databases().await {
        let store = &database.store;
        ask_for(store, "").await;
        let (at_it, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let mut first = Worker::new(store, QUEUED).holding_for(LEASE);
        let working = tokio::spawn({
            let (at_it, may_end) = (Arc::clone(&at_it), Arc::clone(&may_end));
            async move {
                let work = async |_: String| {
                    at_it.notify_one();
                    may_end.notified().await;
                    Ok::<_, &str>(())
                };
                first.turn(work).await
            }
        });
        at_it.notified().await;
        let until = number(store, "SELECT lease_until FROM jobs").await.expect("it is claimed");
        let mut other = Worker::new(store, QUEUED);
        while store.database_time().await.expect("tells") <= until {
            assert!(!other.turn(fine).await, "somebody is at it");
            sleep(Duration::from_millis(50)).await;
        }
        assert!(!other.turn(fine).await, "its first lease is over, and was renewed");
        may_end.notify_one();
        assert!(working.await.expect("ends"));
        assert_eq!(database.count("jobs").await, 0);
    }
}

/// Says that it was dropped.
struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn work_is_dropped_once_the_job_is_another_collectors_on_each_database() {
    for database in databases().await {
        let store = &database.store;
        ask_for(store, "").await;
        let is_dropped = Arc::new(AtomicBool::new(false));
        let flag = Flag(Arc::clone(&is_dropped));
        let mut worker = Worker::new(store, QUEUED).holding_for(Duration::from_secs(3));
        let work = async |_: String| {
            let _flag = flag;
            change(store, "UPDATE jobs SET holder = 'other', fence = fence + 1, lease_until = lease_until + 60000")
                .await;
            std::future::pending::<Result<(), &str>>().await
        };
        assert!(worker.turn(work).await);
        assert!(is_dropped.load(Ordering::Relaxed));
        let left = "SELECT COUNT(*) FROM jobs WHERE holder = 'other' AND lease_until IS NOT NULL AND last_done IS NULL";
        assert_eq!(number(store, left).await, Some(1), "it is as the other one has it");
    }
}

#[tokio::test]
async fn a_job_that_fails_waits_longer_and_longer_and_every_collector_says_so_until_one_has_done_it_on_each_database() {
    for database in databases().await {
        let another = database.again(&[&MIGRATIONS]).await;
        let (store, elsewhere) = (&database.store, &another.store);
        let (mut worker, mut other) = (Worker::new(store, HOURLY), Worker::new(elsewhere, HOURLY));
        assert!(other.turn(fine).await, "each start makes it due");
        assert!(worker.turn(async |_: String| Err("x".repeat(900))).await);
        let since = number(store, "SELECT failing_since FROM jobs").await.expect("it fails");
        assert_eq!(number(store, "SELECT CAST(LENGTH(last_error) AS BIGINT) FROM jobs").await, Some(500));
        assert!(!worker.turn(fine).await, "it waits");
        assert_eq!(standing(store).await.expect("tells").failing, 1);
        // Whoever looks knows it from the database, with the time of the first failure.
        assert!(!other.turn(fine).await);
        for store in [store, elsewhere] {
            assert_eq!(store.chores().failing(), [(Chore::Tidying, since)]);
        }
        change(store, "UPDATE jobs SET due = 0").await;
        let before = store.database_time().await.expect("tells");
        assert!(worker.turn(async |_: String| Err("again")).await);
        assert_eq!(number(store, "SELECT failing_since FROM jobs").await, Some(since));
        let due = number(store, "SELECT due FROM jobs").await.expect("it is due later");
        assert!(due >= before + 10_000, "the second wait is ten seconds");
        change(store, "UPDATE jobs SET due = 0").await;
        assert!(other.turn(fine).await);
        assert!(!worker.turn(fine).await, "it is due in an hour");
        for store in [store, elsewhere] {
            assert_eq!(store.chores().failing(), []);
        }
        let done = "SELECT COUNT(*) FROM jobs WHERE attempts = 0 AND last_error IS NULL AND last_done IS NOT NULL";
        assert_eq!(number(store, done).await, Some(1));
        assert_eq!(standing(store).await.expect("tells"), Standing { due: 0, failing: 0, late: 0 });
    }
}

#[tokio::test]
async fn a_job_is_queued_once_under_one_key_with_its_transaction_and_again_while_it_is_done_on_each_database() {
    for database in databases().await {
        let store = &database.store;
        let mut transaction = store.begin().await.expect("begins");
        queue(&mut transaction, &QUEUED, "a", AT_ONCE).await.expect("queued");
        transaction.rollback().await.expect("taken back");
        assert_eq!(database.count("jobs").await, 0, "what made it necessary did not happen");
        let mut transaction = store.begin().await.expect("begins");
        queue(&mut transaction, &QUEUED, "a", LONG).await.expect("queued");
        transaction.commit().await.expect("commits");
        assert!(rows::claim(store, QUEUED, "one", LONG).await.expect("asks").is_none(), "it is not due");
        ask_for(store, "a").await;
        ask_for(store, "b").await;
        assert_eq!(database.count("jobs").await, 2, "one of each key, and the first is due sooner now");
        let first = claimed(store, QUEUED, "one", LONG).await;
        let second = claimed(store, QUEUED, "one", LONG).await;
        assert_eq!((first.key.as_str(), second.key.as_str()), ("a", "b"));
        ask_for(store, "a").await;
        for lease in [&first, &second] {
            assert!(rows::done(store, lease).await.expect("noted"));
        }
        assert_eq!(database.count("jobs").await, 1, "what changed while it was done is done once more");
        let again = claimed(store, QUEUED, "one", LONG).await;
        assert!(rows::done(store, &again).await.expect("noted"));
        assert_eq!(database.count("jobs").await, 0);
    }
}

#[tokio::test]
async fn each_start_makes_due_what_goes_on_by_itself_and_leaves_a_lease_to_who_runs_on_each_database() {
    for database in databases().await {
        let store = &database.store;
        for _ in 0..2 {
            let mut worker = Worker::new(store, HOURLY);
            assert!(worker.turn(fine).await, "at the start");
            assert!(!worker.turn(fine).await, "and then each hour");
        }
        rows::begin(store, &HOURLY).await.expect("due");
        let held = claimed(store, HOURLY, "one that runs, or was killed", LONG).await;
        let mut started = Worker::new(store, HOURLY);
        let is_alone = store.lets_one_write();
        assert_eq!(started.turn(fine).await, is_alone, "on SQLite nobody else can run");
        assert_eq!(rows::done(store, &held).await.expect("asks"), !is_alone);
    }
}

#[tokio::test]
async fn a_clock_of_the_database_that_was_ahead_keeps_no_job_waiting_on_each_database() {
    for database in databases().await {
        let store = &database.store;
        assert!(Worker::new(store, HOURLY).turn(fine).await);
        change(store, "UPDATE jobs SET due = due + 31536000000").await;
        let lease = claimed(store, HOURLY, "before it leapt back", LONG).await;
        change(store, "UPDATE jobs SET due = 0, lease_until = lease_until + 31536000000").await;
        let next = claimed(store, HOURLY, "behind it", LONG).await;
        assert!(!rows::done(store, &lease).await.expect("asks") && rows::done(store, &next).await.expect("asks"));
    }
}

#[tokio::test]
async fn who_is_to_stop_cuts_its_work_off_and_gives_the_job_back_on_each_database() {
    for database in databases().await {
        let store = &database.store;
        let (stop, stopped) = watch::channel(false);
        let worker = Worker::new(store, HOURLY);
        let work = |_: String| {
            let stop = stop.clone();
            async move {
                stop.send_replace(true);
                std::future::pending::<Result<(), &str>>().await
            }
        };
        worker.run(stopped, work).await;
        assert_eq!(number(store, "SELECT lease_until FROM jobs").await, None);
        claimed(store, HOURLY, "the next", LONG).await;
    }
}
