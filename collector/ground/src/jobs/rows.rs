//! What of jobs stands in the database, and each change of it: one transaction.

use std::time::Duration;

use super::Kind;
use crate::GroundError;
use crate::store::{Store, Write};

/// No lease is longer, whichever version gave it: one that ends later was given before the database's clock leapt back.
const LONGEST_LEASE: Duration = Duration::from_secs(10 * 60);

/// The most letters of what went wrong that are kept.
const MOST_LETTERS: usize = 500;

const CLAIM_ON_SQLITE: &str = "UPDATE jobs SET holder = $5, lease_until = $6, fence = fence + 1, attempts = attempts + 1 \
     WHERE kind = $1 AND key = (SELECT key FROM jobs WHERE kind = $1 AND (due <= $2 OR due > $3) \
     AND (lease_until IS NULL OR lease_until <= $2 OR lease_until > $4) ORDER BY due, key LIMIT 1) \
     RETURNING key, fence, queued, attempts";

/// The same. What somebody else is just claiming is passed by, so that nobody waits for it.
const CLAIM_ON_POSTGRES: &str = "UPDATE jobs SET holder = $5, lease_until = $6, fence = fence + 1, attempts = attempts + 1 \
     WHERE kind = $1 AND key = (SELECT key FROM jobs WHERE kind = $1 AND (due <= $2 OR due > $3) \
     AND (lease_until IS NULL OR lease_until <= $2 OR lease_until > $4) ORDER BY due, key LIMIT 1 FOR UPDATE SKIP LOCKED) \
     RETURNING key, fence, queued, attempts";

/// A job that somebody has.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) kind: Kind,
    pub(super) key: String,
    holder: String,
    /// Of its row before it was removed and made anew there may have been the same number: the holder is another one then.
    fence: i64,
    /// How often it was asked for when it was claimed.
    queued: i64,
    attempts: i64,
}

/// How a kind stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Look {
    /// Whether one is due that nobody has.
    pub(super) is_ready: bool,
    /// Since when one fails, Unix milliseconds.
    pub(super) failing_since: Option<i64>,
}

/// Asks for a job, which is due after a while. It is asked for once this transaction commits; one that is there already is due no later
/// than it was, and one that is being done is done once more.
///
/// # Errors
/// When the database refuses.
pub async fn queue(transaction: &mut Write, kind: &Kind, key: &str, after: Duration) -> Result<(), GroundError> {
    let now = transaction.database_time().await?;
    sqlx::query(
        "INSERT INTO jobs (kind, key, due, fence, queued, attempts) VALUES ($1, $2, $3, 0, 1, 0) \
         ON CONFLICT (kind, key) DO UPDATE SET queued = jobs.queued + 1, \
         due = CASE WHEN excluded.due < jobs.due THEN excluded.due ELSE jobs.due END",
    )
    .bind(kind.name)
    .bind(key.to_owned())
    .bind(later(now, after))
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}

/// Makes the job of a kind that goes on by itself due, as at each start. Who has it keeps it, but on SQLite: there nobody else can run.
pub(super) async fn begin(store: &Store, kind: &Kind) -> Result<(), GroundError> {
    let mut transaction = store.begin().await?;
    let now = transaction.database_time().await?;
    let longest = if store.lets_one_write() { now } else { later(now, LONGEST_LEASE) };
    sqlx::query(
        "INSERT INTO jobs (kind, key, due, fence, queued, attempts) VALUES ($1, '', $2, 0, 0, 0) \
         ON CONFLICT (kind, key) DO UPDATE SET due = excluded.due, lease_until = NULL \
         WHERE jobs.lease_until IS NULL OR jobs.lease_until <= $2 OR jobs.lease_until > $3",
    )
    .bind(kind.name)
    .bind(now)
    .bind(longest)
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await
}

/// Looks how a kind stands, and locks nothing: nobody who writes waits for who finds nothing to do.
pub(super) async fn look(store: &Store, kind: &Kind) -> Result<Look, GroundError> {
    let now = store.database_time().await?;
    let (ready, failing_since): (i64, Option<i64>) = sqlx::query_as(
        "SELECT COUNT(CASE WHEN (due <= $2 OR due > $3) AND (lease_until IS NULL OR lease_until <= $2 OR lease_until > $4) \
         THEN 1 END), MIN(failing_since) FROM jobs WHERE kind = $1",
    )
    .bind(kind.name)
    .bind(now)
    .bind(latest_due(now, kind))
    .bind(later(now, LONGEST_LEASE))
    .fetch_one(store.pool())
    .await?;
    Ok(Look { is_ready: ready > 0, failing_since })
}

/// Claims the one that is due longest and that nobody has.
pub(super) async fn claim(
    store: &Store,
    kind: Kind,
    holder: &str,
    lasts: Duration,
) -> Result<Option<Lease>, GroundError> {
    let mut transaction = store.begin().await?;
    let now = transaction.database_time().await?;
    let statement = if store.lets_one_write() { CLAIM_ON_SQLITE } else { CLAIM_ON_POSTGRES };
    let row: Option<(String, i64, i64, i64)> = sqlx::query_as(statement)
        .bind(kind.name)
        .bind(now)
        .bind(latest_due(now, &kind))
        .bind(later(now, LONGEST_LEASE))
        .bind(holder.to_owned())
        .bind(later(now, lasts))
        .fetch_optional(&mut **transaction)
        .await?;
    let Some((key, fence, queued, attempts)) = row else {
        transaction.rollback().await?;
        return Ok(None);
    };
    transaction.commit().await?;
    Ok(Some(Lease { kind, key, holder: holder.to_owned(), fence, queued, attempts }))
}

/// Prolongs a lease from now on; gives whether it is still this holder's.
pub(super) async fn renew(store: &Store, lease: &Lease, lasts: Duration) -> Result<bool, GroundError> {
    let mut transaction = store.begin().await?;
    let now = transaction.database_time().await?;
    let renewed = sqlx::query(
        "UPDATE jobs SET lease_until = $5 \
         WHERE kind = $1 AND key = $2 AND holder = $3 AND fence = $4 AND lease_until IS NOT NULL",
    )
    .bind(lease.kind.name)
    .bind(lease.key.clone())
    .bind(lease.holder.clone())
    .bind(lease.fence)
    .bind(later(now, lasts))
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    Ok(renewed.rows_affected() == 1)
}

/// It is done, if it is still this holder's, which is given: one that was queued goes, one that goes on by itself is due after its
/// period, and one that was asked for meanwhile is due as it was asked for.
pub(super) async fn done(store: &Store, lease: &Lease) -> Result<bool, GroundError> {
    let mut transaction = store.begin().await?;
    let now = transaction.database_time().await?;
    let mut changed = 0;
    if lease.kind.every.is_none() {
        let removed = sqlx::query(
            "DELETE FROM jobs WHERE kind = $1 AND key = $2 AND holder = $3 AND fence = $4 AND lease_until IS NOT NULL \
             AND queued = $5",
        )
        .bind(lease.kind.name)
        .bind(lease.key.clone())
        .bind(lease.holder.clone())
        .bind(lease.fence)
        .bind(lease.queued)
        .execute(&mut **transaction)
        .await?;
        changed = removed.rows_affected();
    }
    if changed == 0 {
        let kept = sqlx::query(
            "UPDATE jobs SET lease_until = NULL, attempts = 0, failing_since = NULL, last_error = NULL, last_done = $6, \
             due = CASE WHEN queued = $5 THEN $7 ELSE due END \
             WHERE kind = $1 AND key = $2 AND holder = $3 AND fence = $4 AND lease_until IS NOT NULL",
        )
        .bind(lease.kind.name)
        .bind(lease.key.clone())
        .bind(lease.holder.clone())
        .bind(lease.fence)
        .bind(lease.queued)
        .bind(now)
        .bind(later(now, lease.kind.every.unwrap_or_default()))
        .execute(&mut **transaction)
        .await?;
        changed = kept.rows_affected();
    }
    transaction.commit().await?;
    Ok(changed == 1)
}

/// It failed, and is due again after a wait, if it is still this holder's, which is given.
pub(super) async fn failed(store: &Store, lease: &Lease, problem: &str) -> Result<bool, GroundError> {
    let mut transaction = store.begin().await?;
    let now = transaction.database_time().await?;
    let noted = sqlx::query(
        "UPDATE jobs SET lease_until = NULL, due = $6, failing_since = COALESCE(failing_since, $5), last_error = $7 \
         WHERE kind = $1 AND key = $2 AND holder = $3 AND fence = $4 AND lease_until IS NOT NULL",
    )
    .bind(lease.kind.name)
    .bind(lease.key.clone())
    .bind(lease.holder.clone())
    .bind(lease.fence)
    .bind(now)
    .bind(later(now, lease.kind.wait(lease.attempts)))
    .bind(problem.chars().take(MOST_LETTERS).collect::<String>())
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    Ok(noted.rows_affected() == 1)
}

/// Whoever looks next may have it: its holder is to stop.
pub(super) async fn give_back(store: &Store, lease: &Lease) -> Result<(), GroundError> {
    let mut transaction = store.begin().await?;
    sqlx::query(
        "UPDATE jobs SET lease_until = NULL WHERE kind = $1 AND key = $2 AND holder = $3 AND fence = $4 AND lease_until IS NOT NULL",
    )
    .bind(lease.kind.name)
    .bind(lease.key.clone())
    .bind(lease.holder.clone())
    .bind(lease.fence)
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await
}

/// What is due later than this was put off by a clock that was ahead.
fn latest_due(now: i64, kind: &Kind) -> i64 {
    kind.longest_rest().map_or(i64::MAX, |rest| later(now, rest))
}

fn later(now: i64, by: Duration) -> i64 {
    now.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX))
}
