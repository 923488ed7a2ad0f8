use super::{Backend, Store};
use crate::GroundError;

impl Backend {
    /// Asks for the bytes of each table with its indexes; the parts of one that is kept in parts count to it.
    const fn asks_sizes(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT sqlite_master.tbl_name, CAST(SUM(dbstat.pgsize) AS BIGINT) AS bytes \
                 FROM dbstat JOIN sqlite_master ON sqlite_master.name = dbstat.name \
                 GROUP BY sqlite_master.tbl_name ORDER BY bytes DESC, sqlite_master.tbl_name"
            }
            Self::Postgres => {
                "SELECT CAST(COALESCE(parent.relname, own.relname) AS TEXT) AS name, \
                 CAST(SUM(pg_total_relation_size(own.oid)) AS BIGINT) AS bytes \
                 FROM pg_class own LEFT JOIN pg_inherits ON pg_inherits.inhrelid = own.oid \
                 LEFT JOIN pg_class parent ON parent.oid = pg_inherits.inhparent \
                 WHERE own.relkind = 'r' AND own.relnamespace = CAST(current_schema() AS regnamespace) \
                 GROUP BY COALESCE(parent.relname, own.relname) ORDER BY bytes DESC, name"
            }
        }
    }
}

impl Store {
    /// Bytes of each table with its indexes, the largest first. It reads the whole of an SQLite database: nothing for a page.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sizes(&self) -> Result<Vec<(String, u64)>, GroundError> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as(self.location.backend.asks_sizes()).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(|(name, bytes)| (name, bytes.unsigned_abs())).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::MIGRATIONS;
    use crate::testing::Database;

    #[tokio::test]
    async fn each_table_has_a_size_and_the_largest_comes_first_on_each_database() {
        for database in Database::each(&[&MIGRATIONS]).await {
            let sizes = database.store.sizes().await.expect("told");
            assert!(sizes.is_sorted_by(|one, next| one.1 >= next.1), "{sizes:?}");
            let names: BTreeSet<&str> = sizes.iter().map(|(name, _)| name.as_str()).collect();
            assert!(names.len() == sizes.len() && names.contains("jobs"), "{names:?}");
            assert!(sizes.iter().any(|(_, bytes)| *bytes > 0));
        }
    }
}
