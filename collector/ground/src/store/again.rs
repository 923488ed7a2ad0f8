use std::future::Future;
use std::time::Duration;

use super::Store;
use crate::GroundError;

/// How often work is done in all, where the database gives it up each time.
const TIMES: u32 = 6;

/// How long it waits before the second time; twice as long with each.
const PAUSE: Duration = Duration::from_millis(10);

/// Why work that writes failed, as far as the store has to know it.
pub trait Outdone {
    /// Whether the database gave it up so that another transaction could go on, and nothing else is wrong with it.
    fn is_outdone(&self) -> bool;
}

impl Outdone for GroundError {
    fn is_outdone(&self) -> bool {
        let Self::Database(sqlx::Error::Database(told)) = self else { return false };
        // Postgres ends one of two transactions that wait for each other, or that cannot have come one after the other.
        told.code().is_some_and(|code| matches!(&*code, "40P01" | "40001"))
    }
}

impl Store {
    /// Does work that begins, fills and commits one transaction, and does it anew where the database gave it up for another one: two
    /// that lock the same rows in another order wait for each other, and Postgres lets one of them go on. Work is whole: what it
    /// did before it was given up was taken back, and it may keep nothing of that.
    ///
    /// # Errors
    /// What the work fails with, at the latest the sixth time.
    pub async fn again<T, E, F, W>(&self, work: F) -> Result<T, E>
    where
        E: Outdone,
        F: Fn() -> W,
        W: Future<Output = Result<T, E>>,
    {
        for time in 1..TIMES {
            match work().await {
                Err(error) if error.is_outdone() => {
                    tracing::debug!(time, "A transaction was given up for another one; it is done anew.");
                    tokio::time::sleep(PAUSE * 2_u32.pow(time - 1)).await;
                }
                done => return done,
            }
        }
        work().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use sqlx::Executor as _;

    use super::*;
    use crate::MIGRATIONS;
    use crate::testing::Database;

    #[tokio::test]
    async fn two_that_lock_the_same_rows_in_another_order_both_come_through_on_each_database() {
        for database in Database::each(&[&MIGRATIONS]).await {
            let store = &database.store;
            let mut transaction = store.begin().await.expect("begins");
            transaction
                .execute("CREATE TABLE pairs (id BIGINT PRIMARY KEY, count BIGINT NOT NULL)")
                .await
                .expect("made");
            transaction.execute("INSERT INTO pairs (id, count) VALUES (1, 0), (2, 0)").await.expect("filled");
            transaction.commit().await.expect("commits");
            let times = AtomicU32::new(0);
            // Where two write at a time, each holds its first row before it asks for the other's.
            let met = tokio::sync::Barrier::new(2);
            let both = async |first: i64, second: i64| {
                let work = || async {
                    let is_first = times.fetch_add(1, Ordering::Relaxed) < 2;
                    let mut transaction = store.begin().await?;
                    for id in [first, second] {
                        sqlx::query("UPDATE pairs SET count = count + 1 WHERE id = $1")
                            .bind(id)
                            .execute(&mut **transaction)
                            .await?;
                        if is_first && id == first && !store.lets_one_write() {
                            met.wait().await;
                        }
                    }
                    transaction.commit().await
                };
                store.again(work).await
            };
            let (one, other) = tokio::join!(both(1, 2), both(2, 1));
            one.expect("comes through");
            other.expect("comes through");
            let rows: Vec<(i64,)> =
                sqlx::query_as("SELECT count FROM pairs").fetch_all(store.pool()).await.expect("reads");
            assert_eq!(rows, [(2,), (2,)], "each did both, once");
            let expected = if store.lets_one_write() { 2 } else { 3 };
            assert_eq!(times.into_inner(), expected, "on Postgres one of them was given up once");
        }
    }

    #[tokio::test]
    async fn what_is_given_up_each_time_ends_and_other_errors_end_at_once() {
        struct Lost(bool);
        impl Outdone for Lost {
            fn is_outdone(&self) -> bool {
                self.0
            }
        }
        let database = Database::each(&[&MIGRATIONS]).await.remove(0);
        for (outdone, expected) in [(true, TIMES), (false, 1)] {
            let times = AtomicU32::new(0);
            let work = || async {
                times.fetch_add(1, Ordering::Relaxed);
                Err::<(), _>(Lost(outdone))
            };
            assert!(database.store.again(work).await.is_err());
            assert_eq!(times.into_inner(), expected);
        }
    }
}
