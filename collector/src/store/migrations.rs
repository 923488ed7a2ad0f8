//! The history of the tables, in the words of each database: version, description, statements.
//!
//! Listed here, and not read from the folder by `sqlx::migrate!`: that macro compiles sqlx, SQLite and what they need a
//! second time, for the compiler itself.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::Backend;

type Step = (i64, &'static str, &'static str);

const SQLITE: [Step; 2] = [
    (1, "initial", include_str!("../../migrations/sqlite/0001_initial.sql")),
    (2, "analyses", include_str!("../../migrations/sqlite/0002_analyses.sql")),
];

const POSTGRES: [Step; 2] = [
    (1, "initial", include_str!("../../migrations/postgres/0001_initial.sql")),
    (2, "analyses", include_str!("../../migrations/postgres/0002_analyses.sql")),
];

/// Brings a database to this version's tables.
pub(super) fn migrator(backend: Backend) -> Migrator {
    let steps = match backend {
        Backend::Sqlite => SQLITE,
        Backend::Postgres => POSTGRES,
    };
    let migration = |(version, description, sql): Step| {
        Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.map(migration).into())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[tokio::test]
    async fn what_is_listed_is_what_the_folder_holds() {
        for (backend, folder) in [(Backend::Sqlite, "sqlite"), (Backend::Postgres, "postgres")] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
            let held = Migrator::new(folder).await.expect("migrations");
            let told = |migrator: &Migrator| -> Vec<_> {
                let told = |step: &Migration| (step.version, step.description.clone(), step.checksum.clone(), step.no_tx);
                migrator.iter().map(told).collect()
            };
            assert_eq!(told(&migrator(backend)), told(&held));
        }
    }
}
