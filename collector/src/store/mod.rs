//! The database: SQLite by default, Postgres when it grows. The same statements run on both.

mod columns;
mod insert;
mod migrations;

use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{Any, AnyPool, Executor, Transaction};

use crate::CollectorError;

pub use columns::{bytes16, to_i64, to_u64};
pub use insert::Insert;

/// A pool of connections to a migrated database.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    backend: Backend,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Backend {
    Sqlite,
    Postgres,
}

/// Connections kept open. SQLite has one writer; the others read beside it.
const CONNECTIONS: u32 = 8;

impl Store {
    /// Opens the database of a `sqlite:` or `postgres:` URL and brings it to this version's tables.
    ///
    /// # Errors
    /// When the URL is of another kind, the database cannot be reached, or its tables are of a later version.
    pub async fn open(url: &str) -> Result<Self, CollectorError> {
        install_default_drivers();
        let backend = if url.starts_with("sqlite:") {
            Backend::Sqlite
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Backend::Postgres
        } else {
            return Err(CollectorError::Config("database.url must begin with sqlite: or postgres:".into()));
        };
        let options = AnyPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(Duration::from_secs(10));
        let pool = options
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if backend == Backend::Sqlite {
                        // FULL: a commit is on the disk before it is acknowledged, also when the power fails.
                        connection.execute("PRAGMA journal_mode = WAL").await?;
                        connection.execute("PRAGMA synchronous = FULL").await?;
                        connection.execute("PRAGMA busy_timeout = 10000").await?;
                    }
                    Ok(())
                })
            })
            .connect(url)
            .await?;
        migrations::migrator(backend).run(&pool).await?;
        Ok(Self { pool, backend })
    }

    /// The URL of an SQLite file, which is made when it is not there.
    #[must_use]
    pub fn sqlite_url(path: &Path) -> String {
        format!("sqlite://{}?mode=rwc", path.display())
    }

    /// For statements that read.
    #[must_use]
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Begins a transaction that will write. SQLite takes its write lock at once, so that a transaction never fails
    /// half-way because another one wrote.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin(&self) -> Result<Transaction<'static, Any>, CollectorError> {
        Ok(match self.backend {
            Backend::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await?,
            Backend::Postgres => self.pool.begin().await?,
        })
    }

    /// Name of the database in use.
    #[must_use]
    pub const fn backend_name(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
        }
    }

    /// Writes and takes back, to see whether the database would take a commit.
    ///
    /// # Errors
    /// When it would not.
    pub async fn probe(&self) -> Result<(), CollectorError> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE accounts SET updates = updates WHERE user_id IS NULL AND created_at < 0")
            .execute(&mut *transaction)
            .await?;
        transaction.rollback().await?;
        Ok(())
    }

    /// Size of the database on its disk, bytes.
    ///
    /// # Errors
    /// When the database does not tell.
    pub async fn size(&self) -> Result<i64, CollectorError> {
        let statement = match self.backend {
            Backend::Sqlite => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            Backend::Postgres => "SELECT pg_database_size(current_database())",
        };
        let (bytes,): (i64,) = sqlx::query_as(statement).fetch_one(&self.pool).await?;
        Ok(bytes)
    }

    /// Waits for running statements and closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
