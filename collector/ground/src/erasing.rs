//! How a subject erases what it keeps of a person: in slices, each a transaction, so that nobody who writes waits for long.

use attune_protocol::ids::PersonId;
use sqlx::AssertSqlSafe;

use crate::GroundError;
use crate::store::Store;

/// The most rows of one transaction: some milliseconds of the database's write lock.
const SLICE: u64 = 2000;

/// What is erased.
#[derive(Clone, Copy, Debug)]
pub struct Erasing {
    table: &'static str,
    keys: &'static str,
    theirs: Option<&'static str>,
}

impl Erasing {
    /// Rows of a table that has the person in a column, told apart by these other columns.
    #[must_use]
    pub const fn of(table: &'static str, keys: &'static str) -> Self {
        Self { table, keys, theirs: None }
    }

    /// Those that are a person's ($1) by `theirs`, which begins with `FROM`.
    #[must_use]
    pub const fn by(table: &'static str, keys: &'static str, theirs: &'static str) -> Self {
        Self { table, keys, theirs: Some(theirs) }
    }
}

/// Erases all of these of a person, one table after the other, and gives how many rows of each there were. Their key is gone: nothing
/// is written meanwhile.
///
/// # Errors
/// When the database fails; what was erased until then is gone.
pub async fn erase(
    store: &Store,
    person: PersonId,
    all: impl IntoIterator<Item = Erasing> + Send,
) -> Result<Vec<(&'static str, u64)>, GroundError> {
    let mut counts = Vec::new();
    for Erasing { table, keys, theirs } in all.into_iter().collect::<Vec<_>>() {
        let theirs = theirs.map_or_else(|| format!("FROM {table} WHERE person = $1"), str::to_owned);
        let some =
            format!("DELETE FROM {table} WHERE person = $1 AND ({keys}) IN (SELECT {keys} {theirs} LIMIT {SLICE})");
        let left = format!("SELECT CAST(1 AS BIGINT) {theirs} LIMIT 1");
        let mut rows = 0;
        loop {
            let mut transaction = store.begin().await?;
            let removed =
                sqlx::query(AssertSqlSafe(some.clone())).bind(person.0.to_vec()).execute(&mut **transaction).await?;
            transaction.commit().await?;
            rows += removed.rows_affected();
            // Fewer than a slice may be less than all: somebody else may have removed some of these at the same time.
            if removed.rows_affected() < SLICE {
                let left: Option<(i64,)> = sqlx::query_as(AssertSqlSafe(left.clone()))
                    .bind(person.0.to_vec())
                    .fetch_optional(store.pool())
                    .await?;
                if left.is_none() {
                    break;
                }
            }
        }
        counts.push((table, rows));
    }
    Ok(counts)
}
