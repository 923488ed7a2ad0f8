//! Databases that were made before each subject had migrations of its own.

use sqlx::{Any, AnyConnection, Transaction};

use super::{Backend, Migrations, Store};
use crate::GroundError;

/// Versions of the first layout, in which the tables of all subjects stood together, are below this one.
pub(super) const FIRST_OF_SUBJECTS: i64 = 1000;

/// The migrations of the first layout that can be taken over, with the SHA-384 of their files.
const SQLITE: [(i64, &str); 2] = [
    (1, "c6f485e13c07cc71d4897d70694ba99aec1a9430ee5effdb4cc20c71049368dc58dd55027adf88c091e271e1458210a6"),
    (2, "eabc013e6e96e1f19a058b310b9e41e59ce5e744f1ca1bda1ac45501613d761f1be4fc8bcd8e764564a3cd774c3b7d34"),
];
const POSTGRES: [(i64, &str); 2] = [
    (1, "999c7b99c7a4320d118333f934a18efbe7ea2d847d6ae1b3e73f876a3c741d31c529bb669a5b61433755ed9b1fe613eb"),
    (2, "817fe639bfbc5ee1fb8505fdc9034e21137dbb88017c040cfcb406ec5cc7542437c467edf8769200944629017a94687a"),
];

impl Store {
    /// Takes over a database of the first layout: its tables are the ones that the subjects' first migrations make, so
    /// only the list of what was applied changes.
    ///
    /// # Errors
    /// When it is of the first layout and not as this program knows it.
    pub(super) async fn adopt(&self, subjects: &[&Migrations]) -> Result<(), GroundError> {
        let mut transaction = self.begin_uncounted().await?;
        if !has_table(&mut transaction, self.location.backend, "_sqlx_migrations").await? {
            return Ok(());
        }
        // Locks the rows: of two collectors that open the database at once, the second finds nothing left to do.
        sqlx::query("UPDATE _sqlx_migrations SET version = version WHERE version < $1")
            .bind(FIRST_OF_SUBJECTS)
            .execute(&mut *transaction)
            .await?;
        let found: Vec<(i64, Vec<u8>)> = sqlx::query_as(
            "SELECT version, checksum FROM _sqlx_migrations WHERE version < $1 AND success ORDER BY version",
        )
        .bind(FIRST_OF_SUBJECTS)
        .fetch_all(&mut *transaction)
        .await?;
        if found.is_empty() {
            return Ok(());
        }
        let known = match self.location.backend {
            Backend::Sqlite => SQLITE,
            Backend::Postgres => POSTGRES,
        };
        let found: Vec<(i64, String)> =
            found.into_iter().map(|(version, sum)| (version, data_encoding::HEXLOWER.encode(&sum))).collect();
        if found != known.map(|(version, sum)| (version, sum.to_owned())) {
            return Err(GroundError::Unadoptable { found: found.into_iter().map(|(version, _)| version).collect() });
        }
        self.rewrite(&mut transaction, subjects).await?;
        transaction.commit().await?;
        tracing::info!("Database of the first layout taken over.");
        Ok(())
    }

    /// Puts the subjects' first migrations in the place of the first layout's.
    async fn rewrite(
        &self,
        transaction: &mut Transaction<'static, Any>,
        subjects: &[&Migrations],
    ) -> Result<(), GroundError> {
        for subject in subjects {
            for migration in subject.of(self.location.backend).filter(|m| subject.inherited.contains(&m.version)) {
                sqlx::query(
                    "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, \
                     execution_time) SELECT $1, $2, installed_on, success, $3, execution_time FROM _sqlx_migrations \
                     WHERE version = 1",
                )
                .bind(migration.version)
                .bind(migration.description.clone().into_owned())
                .bind(migration.checksum.to_vec())
                .execute(&mut **transaction)
                .await?;
            }
        }
        sqlx::query("DELETE FROM _sqlx_migrations WHERE version < $1")
            .bind(FIRST_OF_SUBJECTS)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }
}

/// Whether the database has a table of that name.
pub(super) async fn has_table(
    connection: &mut AnyConnection,
    backend: Backend,
    table: &'static str,
) -> Result<bool, GroundError> {
    let statement = match backend {
        Backend::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1",
        Backend::Postgres => "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
    };
    let (tables,): (i64,) = sqlx::query_as(statement).bind(table).fetch_one(connection).await?;
    Ok(tables > 0)
}

#[cfg(test)]
mod tests {
    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::MIGRATIONS;
    use crate::testing::Database;

    /// Writes the list of what was applied as a database of the first layout has it.
    async fn say_first_layout(store: &Store, rows: &[(i64, &str)]) {
        sqlx::query("DELETE FROM _sqlx_migrations").execute(store.pool()).await.expect("emptied");
        for later in
            ["probes", "commits", "lost_commits", "last_used", "keys_apart", "key_copy", "jobs", "former_signing_keys"]
        {
            let statement = AssertSqlSafe(format!("DROP TABLE IF EXISTS {later}"));
            sqlx::query(statement).execute(store.pool()).await.expect("what came later is gone");
        }
        for (version, sum) in rows {
            sqlx::query(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES ($1, 'first layout', TRUE, $2, 0)",
            )
            .bind(*version)
            .bind(data_encoding::HEXLOWER.decode(sum.as_bytes()).expect("hex"))
            .execute(store.pool())
            .await
            .expect("written");
        }
    }

    async fn versions(store: &Store) -> Vec<i64> {
        let rows: Vec<(i64,)> = sqlx::query_as("SELECT version FROM _sqlx_migrations ORDER BY version")
            .fetch_all(store.pool())
            .await
            .expect("reads");
        rows.into_iter().map(|(version,)| version).collect()
    }

    fn known(store: &Store) -> [(i64, &'static str); 2] {
        match store.location.backend {
            Backend::Sqlite => SQLITE,
            Backend::Postgres => POSTGRES,
        }
    }

    #[tokio::test]
    async fn a_database_of_the_first_layout_is_taken_over_once() {
        for database in Database::each(&[&MIGRATIONS]).await {
            say_first_layout(&database.store, &known(&database.store)).await;
            for _ in 0..2 {
                let store = Store::open(&database.urls, &[&MIGRATIONS]).await.expect("opens");
                assert_eq!(versions(&store).await, [1001, 1002, 1003, 1004, 1005, 1006, 1008, 1009]);
            }
        }
    }

    #[tokio::test]
    async fn two_that_open_a_database_of_the_first_layout_at_once_both_get_it() {
        for database in Database::each(&[&MIGRATIONS]).await {
            say_first_layout(&database.store, &known(&database.store)).await;
            let open = async || Store::open(&database.urls, &[&MIGRATIONS]).await;
            let (one, other) = tokio::join!(open(), open());
            assert_eq!(versions(&one.expect("opens")).await, versions(&other.expect("opens")).await);
        }
    }

    #[tokio::test]
    async fn an_early_database_that_is_not_known_is_refused_and_left_as_it_is() {
        for database in Database::each(&[&MIGRATIONS]).await {
            let [(_, first), (_, second)] = known(&database.store);
            for rows in [vec![(1, first)], vec![(1, second), (2, second)], vec![(1, first), (2, second), (3, first)]] {
                say_first_layout(&database.store, &rows).await;
                let error = Store::open(&database.urls, &[&MIGRATIONS]).await.expect_err("refused");
                assert!(matches!(&error, GroundError::Unadoptable { found } if found.len() == rows.len()), "{error}");
                assert_eq!(versions(&database.store).await, rows.iter().map(|(v, _)| *v).collect::<Vec<_>>());
            }
        }
    }

    #[tokio::test]
    async fn a_database_of_a_later_version_is_refused() {
        for database in Database::each(&[&MIGRATIONS]).await {
            sqlx::query(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 SELECT 1999, description, success, checksum, 0 FROM _sqlx_migrations WHERE version = 1001",
            )
            .execute(database.store.pool())
            .await
            .expect("written");
            let error = Store::open(&database.urls, &[&MIGRATIONS]).await.expect_err("refused");
            assert!(error.to_string().contains("1999"), "{error}");
        }
    }
}
