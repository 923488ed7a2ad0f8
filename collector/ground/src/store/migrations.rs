use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::Backend;

/// A step in the history of a subject's tables: version, description, statements.
pub type Step = (i64, &'static str, &'static str);

/// The history of one subject's tables, in the words of each database.
///
/// Versions carry the subject, so that all stand in one list: ground 1000 and on, people 2000, sensing 3000. Steps are
/// listed, and not read from the folder by `sqlx::migrate!`: that macro compiles sqlx, SQLite and what they need a second
/// time, for the compiler itself.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    /// For SQLite.
    pub sqlite: &'static [Step],
    /// For Postgres; the same versions.
    pub postgres: &'static [Step],
    /// Those whose tables stand in databases that were made before each subject had migrations of its own.
    pub inherited: &'static [i64],
}

impl Migrations {
    /// Those for a database.
    pub(super) fn of(&self, backend: Backend) -> impl Iterator<Item = Migration> {
        let steps = match backend {
            Backend::Sqlite => self.sqlite,
            Backend::Postgres => self.postgres,
        };
        steps.iter().map(|(version, description, sql)| {
            Migration::new(*version, (*description).into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
    }
}

/// The migrations of all subjects, in order.
pub(super) fn together(subjects: &[&Migrations], backend: Backend) -> Migrator {
    Migrator::with_migrations(subjects.iter().flat_map(|subject| subject.of(backend)).collect())
}
