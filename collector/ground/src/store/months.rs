//! Tables that Postgres keeps in parts of a month each: parts are made ahead, and a month that is too old as a whole goes with
//! its part, in an instant, whatever lies in it. SQLite keeps such a table whole, and nothing of this does anything there.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use sqlx::{AnyConnection, AssertSqlSafe, Executor};

use super::{Backend, Store};
use crate::GroundError;

/// Months that have a part before they begin.
const AHEAD: i32 = 2;

/// How long is waited for those who use the table. Who comes meanwhile waits behind this: nothing is taken in. Where somebody
/// reads for longer, as a backup does, it is tried again later.
const PATIENCE: &str = "SET LOCAL lock_timeout = 500";

/// Postgres' code for a lock that was not to be had in that time.
const LOCKED: &str = "55P03";

/// Postgres' code for a table that is not there.
const GONE: &str = "42P01";

/// A table that lies in parts of a month. They are called as it is, with their month: `records_2026_11`; what is of no month
/// that has a part lies in `records_of_other_months`.
#[derive(Clone, Copy, Debug)]
pub struct Monthly {
    /// Its name.
    pub table: &'static str,
    /// The column by which it is parted: Unix milliseconds.
    pub by: &'static str,
    /// Finds a row where a part may not be dropped yet that begins at $1 and ends before $2.
    pub awaited: &'static str,
}

/// A part: its name, its first instant and the first behind it, Unix milliseconds.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Part {
    name: String,
    begins: i64,
    ends: i64,
}

impl Part {
    /// The one of the month that an instant is in, or of so many months later.
    fn of(monthly: &Monthly, at: i64, later: i32) -> Result<Self, GroundError> {
        const BEYOND: GroundError = GroundError::Corrupt("an instant is one of the calendar");
        let at = Timestamp::from_millisecond(at).map_err(|_| BEYOND)?.to_zoned(TimeZone::UTC);
        let month = at.date().first_of_month().checked_add(later.months()).map_err(|_| BEYOND)?;
        let next = month.checked_add(1.month()).map_err(|_| BEYOND)?;
        let begins = |date: Date| {
            let zoned = date.to_zoned(TimeZone::UTC).map_err(|_| BEYOND)?;
            Ok::<_, GroundError>(zoned.timestamp().as_millisecond())
        };
        let name = format!("{}_{:04}_{:02}", monthly.table, month.year(), month.month());
        Ok(Self { name, begins: begins(month)?, ends: begins(next)? })
    }
}

impl Store {
    /// Makes the parts of this month and of those ahead that are not there. Where somebody uses the table for longer than is
    /// waited for, it is left for the next time: there is a month for it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn make_months(&self, monthly: &Monthly, now: i64) -> Result<(), GroundError> {
        if self.location.backend == Backend::Sqlite {
            return Ok(());
        }
        let there = self.months(monthly).await?;
        for later in 0..=AHEAD {
            let part = Part::of(monthly, now, later)?;
            if !there.contains(&part) && !came_through(self.make_month(monthly, &part).await)? {
                tracing::debug!(part.name, "A part of a table could not be made yet; it is tried again.");
                break;
            }
        }
        Ok(())
    }

    async fn make_month(&self, monthly: &Monthly, part: &Part) -> Result<(), GroundError> {
        let Monthly { table, by, .. } = *monthly;
        let Part { name, begins, ends } = part;
        let mut transaction = self.begin().await?;
        transaction.execute(PATIENCE).await?;
        lock_referenced(&mut transaction, table, "SHARE ROW EXCLUSIVE").await?;
        // One of several collectors makes it.
        run(&mut transaction, format!("LOCK TABLE ONLY {table} IN SHARE UPDATE EXCLUSIVE MODE")).await?;
        let (made,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1")
                .bind(name.clone())
                .fetch_one(&mut **transaction)
                .await?;
        if made > 0 {
            return Ok(());
        }
        let of_others = format!("{table}_of_other_months");
        // What came before its month had a part moves to it.
        for statement in [
            format!("LOCK TABLE {of_others} IN ACCESS EXCLUSIVE MODE"),
            format!("CREATE TABLE {name} (LIKE {table})"),
            format!(
                "WITH moved AS (DELETE FROM {of_others} WHERE {by} >= {begins} AND {by} < {ends} RETURNING *) \
                 INSERT INTO {name} SELECT * FROM moved"
            ),
            format!("ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({begins}) TO ({ends})"),
        ] {
            run(&mut transaction, statement).await?;
        }
        transaction.commit().await?;
        tracing::info!(part = name, "A part of a table was made for a month.");
        Ok(())
    }

    /// Drops the parts of months that ended before an instant, Unix milliseconds, and gives how many rows that were. A month
    /// stays while something of it is awaited, or somebody uses the table for longer than is waited for.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn drop_months(&self, monthly: &Monthly, before: i64) -> Result<u64, GroundError> {
        if self.location.backend == Backend::Sqlite {
            return Ok(0);
        }
        let mut dropped = 0;
        for part in self.months(monthly).await?.into_iter().filter(|part| part.ends <= before) {
            // Counted before anybody waits for it: of a month that is over hardly anything changes meanwhile.
            let Some(rows) = self.rows_of(&part).await? else { continue };
            let mut was_dropped = false;
            let tried = self.drop_month(monthly, &part).await.map(|done| was_dropped = done);
            if !came_through(tried)? {
                tracing::debug!(part.name, "A part of a table could not be dropped yet; it is tried again.");
                break;
            }
            if was_dropped {
                dropped += rows.unsigned_abs();
                tracing::info!(part.name, rows, "A month was dropped as a whole.");
            }
        }
        Ok(dropped)
    }

    /// How many rows a part has; none where another collector has just dropped it.
    async fn rows_of(&self, part: &Part) -> Result<Option<i64>, GroundError> {
        let counts = AssertSqlSafe(format!("SELECT COUNT(*) FROM {}", part.name));
        match sqlx::query_as::<_, (i64,)>(counts).fetch_one(&self.readers).await {
            Ok((rows,)) => Ok(Some(rows)),
            Err(sqlx::Error::Database(told)) if told.code().as_deref() == Some(GONE) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn drop_month(&self, monthly: &Monthly, part: &Part) -> Result<bool, GroundError> {
        let mut transaction = self.begin().await?;
        transaction.execute(PATIENCE).await?;
        lock_referenced(&mut transaction, monthly.table, "ACCESS EXCLUSIVE").await?;
        // From here on nobody puts anything into it; what was being put is committed, so that what is awaited is seen.
        run(&mut transaction, format!("LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE", monthly.table)).await?;
        let awaited = sqlx::query(monthly.awaited).bind(part.begins).bind(part.ends);
        if awaited.fetch_optional(&mut **transaction).await?.is_some() {
            return Ok(false);
        }
        // Another collector may have dropped it.
        run(&mut transaction, format!("DROP TABLE IF EXISTS {}", part.name)).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The parts of a table, the oldest first.
    async fn months(&self, monthly: &Monthly) -> Result<Vec<Part>, GroundError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT CAST(parts.relname AS TEXT), \
             CAST(substring(pg_get_expr(parts.relpartbound, parts.oid) FROM 'FROM [(]''(-?[0-9]+)''[)]') AS BIGINT), \
             CAST(substring(pg_get_expr(parts.relpartbound, parts.oid) FROM 'TO [(]''(-?[0-9]+)''[)]') AS BIGINT) \
             FROM pg_class parts JOIN pg_inherits ON inhrelid = parts.oid JOIN pg_class tables ON tables.oid = inhparent \
             WHERE tables.relname = $1 AND tables.relnamespace = CAST(current_schema() AS regnamespace) \
             AND pg_get_expr(parts.relpartbound, parts.oid) LIKE 'FOR VALUES FROM%' ORDER BY 2",
        )
        .bind(monthly.table)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|(name, begins, ends)| Part { name, begins, ends }).collect())
    }
}

async fn run(connection: &mut AnyConnection, statement: String) -> Result<(), GroundError> {
    connection.execute(AssertSqlSafe(statement)).await?;
    Ok(())
}

/// Locks what a table refers to, which its parts do, too, before the table itself: in the order of everybody who writes.
async fn lock_referenced(connection: &mut AnyConnection, table: &'static str, mode: &str) -> Result<(), GroundError> {
    let referenced: Vec<(String,)> = sqlx::query_as(
        "SELECT DISTINCT CAST(tables.relname AS TEXT) FROM pg_constraint JOIN pg_class tables ON tables.oid = confrelid \
         JOIN pg_class own ON own.oid = conrelid WHERE contype = 'f' AND own.relname = $1 \
         AND own.relnamespace = CAST(current_schema() AS regnamespace) ORDER BY 1",
    )
    .bind(table)
    .fetch_all(&mut *connection)
    .await?;
    for (referenced,) in referenced {
        run(connection, format!("LOCK TABLE {referenced} IN {mode} MODE")).await?;
    }
    Ok(())
}

/// Whether a try came through; not where a lock was not to be had in time.
fn came_through(tried: Result<(), GroundError>) -> Result<bool, GroundError> {
    match tried {
        Ok(()) => Ok(true),
        Err(GroundError::Database(sqlx::Error::Database(told))) if told.code().as_deref() == Some(LOCKED) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MIGRATIONS;
    use crate::testing::Database;

    const THINGS: Monthly =
        Monthly { table: "things", by: "at", awaited: "SELECT at FROM waiting WHERE at >= $1 AND at < $2 LIMIT 1" };

    /// 2026-01-31T12:00:00Z.
    const JANUARY: i64 = 1_769_860_800_000;
    const DAY: i64 = 24 * 3_600_000;

    #[test]
    fn a_month_ends_where_the_next_begins_also_behind_a_leap_day_and_the_end_of_a_year() {
        let part = |at, later| Part::of(&THINGS, at, later).expect("a month");
        let of = |name: &str, begins, ends| Part { name: name.into(), begins, ends };
        assert_eq!(part(JANUARY, 0), of("things_2026_01", 1_767_225_600_000, 1_769_904_000_000));
        assert_eq!(part(JANUARY, 1), of("things_2026_02", 1_769_904_000_000, 1_772_323_200_000));
        assert_eq!(part(JANUARY, 12).name, "things_2027_01");
        for later in 0..48 {
            assert_eq!(part(JANUARY, later).ends, part(JANUARY, later + 1).begins, "{later}");
        }
        assert_eq!(part(0, 0).begins, 0);
        assert_eq!(part(-1, 0), of("things_1969_12", -2_678_400_000, 0));
        assert!(Part::of(&THINGS, i64::MAX, 0).is_err() && Part::of(&THINGS, i64::MIN, 0).is_err());
    }

    async fn with_things(store: &Store) {
        for statement in [
            "CREATE TABLE owners (id BIGINT PRIMARY KEY)",
            "CREATE TABLE waiting (at BIGINT NOT NULL)",
            "INSERT INTO owners (id) VALUES (1)",
            "CREATE TABLE things (at BIGINT NOT NULL, owner BIGINT NOT NULL REFERENCES owners (id), PRIMARY KEY (owner, at)) \
             PARTITION BY RANGE (at)",
            "CREATE TABLE things_of_other_months PARTITION OF things DEFAULT",
        ] {
            store.writers.execute(statement).await.expect("made");
        }
    }

    async fn put(store: &Store, at: i64) {
        let put = sqlx::query("INSERT INTO things (at, owner) VALUES ($1, 1)").bind(at).execute(&store.writers).await;
        assert_eq!(put.expect("written").rows_affected(), 1);
    }

    async fn lie(store: &Store) -> Vec<(String, i64)> {
        sqlx::query_as("SELECT CAST(CAST(tableoid AS regclass) AS TEXT), at FROM things ORDER BY at")
            .fetch_all(&store.readers)
            .await
            .expect("reads")
    }

    async fn names(store: &Store) -> Vec<String> {
        store.months(&THINGS).await.expect("reads").into_iter().map(|part| part.name).collect()
    }

    #[tokio::test]
    async fn months_are_made_ahead_take_what_came_before_them_and_go_as_a_whole() {
        for database in Database::each(&[&MIGRATIONS]).await {
            let store = &database.store;
            if store.lets_one_write() {
                // SQLite keeps it whole: nothing is asked of it.
                store.make_months(&THINGS, JANUARY).await.expect("nothing to do");
                assert_eq!(store.drop_months(&THINGS, i64::MAX).await.expect("nothing to do"), 0);
                continue;
            }
            with_things(store).await;
            for at in [JANUARY - 400 * DAY, JANUARY, JANUARY + DAY, JANUARY + 1000 * DAY] {
                put(store, at).await;
            }
            assert!(lie(store).await.iter().all(|(part, _)| part == "things_of_other_months"));
            // Several collectors at once, and again.
            let [one, other] = [store.make_months(&THINGS, JANUARY), store.make_months(&THINGS, JANUARY)];
            let (one, other) = tokio::join!(one, other);
            one.and(other).expect("made");
            store.make_months(&THINGS, JANUARY).await.expect("made");
            assert_eq!(names(store).await, ["things_2026_01", "things_2026_02", "things_2026_03"]);
            let other = || "things_of_other_months".to_owned();
            let expected = [
                (other(), JANUARY - 400 * DAY),
                ("things_2026_01".into(), JANUARY),
                ("things_2026_02".into(), JANUARY + DAY),
                (other(), JANUARY + 1000 * DAY),
            ];
            assert_eq!(lie(store).await, expected);
            let orphan = sqlx::query("INSERT INTO things (at, owner) VALUES ($1, 2)").bind(JANUARY + 1);
            assert!(orphan.execute(&store.writers).await.is_err(), "a part refers to what its table does");
            let again =
                sqlx::query("INSERT INTO things (at, owner) VALUES ($1, 1) ON CONFLICT DO NOTHING").bind(JANUARY);
            assert_eq!(again.execute(&store.writers).await.expect("asked").rows_affected(), 0, "and has its key");

            let february = 1_769_904_000_000;
            assert_eq!(store.drop_months(&THINGS, february - 1).await.expect("looks"), 0, "a month that is not over");
            sqlx::query("INSERT INTO waiting (at) VALUES ($1)")
                .bind(JANUARY)
                .execute(&store.writers)
                .await
                .expect("put");
            assert_eq!(store.drop_months(&THINGS, february).await.expect("looks"), 0, "something of it is awaited");
            store.writers.execute("DELETE FROM waiting").await.expect("gone");
            // Somebody reads for long: nobody waits for that, and it is done later.
            let mut reader = store.readers.begin().await.expect("begins");
            reader.execute("SELECT at FROM things").await.expect("reads");
            assert_eq!(store.drop_months(&THINGS, february).await.expect("looks"), 0, "somebody reads it");
            store.make_months(&THINGS, JANUARY + 30 * DAY).await.expect("left for later");
            assert_eq!(names(store).await.len(), 3);
            reader.rollback().await.expect("ended");
            assert_eq!(store.drop_months(&THINGS, february).await.expect("drops"), 1);
            assert_eq!(names(store).await, ["things_2026_02", "things_2026_03"]);
            assert_eq!(
                lie(store).await,
                [expected[0].clone(), expected[2].clone(), expected[3].clone()],
                "the rest stays"
            );
            store.make_months(&THINGS, JANUARY + 30 * DAY).await.expect("made");
            assert_eq!(names(store).await, ["things_2026_02", "things_2026_03", "things_2026_04", "things_2026_05"]);

            // Another collector has dropped it since the parts were listed.
            let part = |name: &str| Part { name: name.into(), begins: 0, ends: 1 };
            assert_eq!(store.rows_of(&part("things_2026_01")).await.expect("it is gone"), None);
            assert_eq!(store.rows_of(&part("things_2026_02")).await.expect("counted"), Some(1));
            store.rows_of(&part("things_2026_02, nothing.nowhere x y")).await.expect_err("no such statement");
        }
    }
}
