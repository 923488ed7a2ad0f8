use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::any::{AnyArguments, AnyPoolOptions, install_default_drivers};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Connection, Executor, Transaction};

use super::super::adopt::{FIRST_OF_SUBJECTS, has_table};
use super::super::location::{Location, sqlite_url};
use super::super::migrations::together;
use super::{ColumnKind, RESTORED_BY, Table, Value, quoted, tables};
use crate::store::{Backend, Migrations, OVERWRITTEN_NOW};
use crate::{GroundError, files};

/// Rows of one statement.
const ROWS: usize = 64;

/// A database that is being made of rows. Nothing of it is there before it is ended.
pub(crate) struct Loading {
    location: Location,
    /// Where an SQLite database is built, and where it is then.
    partial: Option<(PathBuf, PathBuf)>,
    pool: AnyPool,
    transaction: Transaction<'static, Any>,
    tables: Vec<Table>,
    /// The references of Postgres' tables, which are looked at once everything is there.
    references: Vec<(String, String, String)>,
    /// The statement that was used last, and for how many rows of which table.
    statement: Option<((String, usize), Arc<str>)>,
}

impl Loading {
    /// Begins the database of a URL, with the tables that the steps of these versions make, and what says which restore made it.
    ///
    /// # Errors
    /// When it cannot be made, or a version is not known here.
    pub(crate) async fn begin(
        url: &str,
        subjects: &[&Migrations],
        versions: &BTreeSet<i64>,
        restore: &str,
    ) -> Result<Self, GroundError> {
        install_default_drivers();
        let location = Location::of(url)?;
        let steps = together(subjects, location.backend);
        let known: BTreeSet<i64> = steps.iter().map(|step| step.version).collect();
        if let Some(later) = versions.iter().find(|version| **version >= FIRST_OF_SUBJECTS && !known.contains(version))
        {
            return Err(sqlx::migrate::MigrateError::VersionMissing(*later).into());
        }
        let steps = steps.iter().filter(|step| versions.contains(&step.version)).cloned().collect();
        let mut steps = sqlx::migrate::Migrator::with_migrations(steps);
        let partial = location.file.clone().map(|file| (files::beside(&file, ".restoring"), file));
        let url = match &partial {
            Some((partial, _)) => {
                for ending in ["", "-journal", "-wal", "-shm"] {
                    let file = files::beside(partial, ending);
                    files::remove(&file).map_err(GroundError::file(file))?;
                }
                drop(files::open_private(partial).map_err(GroundError::file(partial))?);
                sqlite_url(partial, "rw")
            }
            None => location.url.clone(),
        };
        let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await?;
        if partial.is_some() {
            // What is cut short is made anew, and is on the disk before it has its name.
            for setting in ["PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF"] {
                pool.execute(setting).await?;
            }
            steps.run(&pool).await?;
            pool.execute("PRAGMA foreign_keys = OFF").await?;
        }
        let mut transaction = pool.begin().await?;
        let mut references: Vec<(String, String, String)> = Vec::new();
        if location.backend == Backend::Postgres {
            steps.set_locking(false).run_direct(None, &mut *transaction, false).await?;
            references = sqlx::query_as(
                "SELECT CAST(CAST(conrelid AS regclass) AS TEXT), CAST(conname AS TEXT), pg_get_constraintdef(oid) FROM pg_constraint \
                 WHERE contype = 'f' AND conparentid = 0 AND connamespace = CAST(current_schema() AS regnamespace) ORDER BY 1, 2",
            )
            .fetch_all(&mut *transaction)
            .await?;
            for (table, name, _) in &references {
                let statement = format!("ALTER TABLE {table} DROP CONSTRAINT {}", quoted(name));
                transaction.execute(AssertSqlSafe(statement)).await?;
            }
        }
        let tables = tables(&mut transaction, location.backend).await?;
        // Steps put first rows into some of them.
        for table in &tables {
            let statement = format!("DELETE FROM {}", quoted(&table.name));
            transaction.execute(AssertSqlSafe(statement)).await?;
        }
        // No subject's step makes it: a copy of an earlier version names its own steps only.
        transaction.execute(AssertSqlSafe(format!("CREATE TABLE {RESTORED_BY} (id TEXT NOT NULL)"))).await?;
        sqlx::query(AssertSqlSafe(format!("INSERT INTO {RESTORED_BY} (id) VALUES ($1)")))
            .bind(restore.to_owned())
            .execute(&mut *transaction)
            .await?;
        Ok(Self { location, partial, pool, transaction, tables, references, statement: None })
    }

    /// Its tables.
    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Puts in rows of a table.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn insert(&mut self, table: &Table, rows: &[Vec<Value>]) -> Result<(), GroundError> {
        let mut rest = rows;
        while !rest.is_empty() {
            let size = if rest.len() < ROWS { 1 } else { ROWS };
            let (now, later) = rest.split_at(size);
            let mut query = sqlx::query(AssertSqlSafe(self.statement(table, size)));
            for row in now {
                for (value, column) in row.iter().zip(&table.columns) {
                    query = bound(query, value, column.kind);
                }
            }
            query.execute(&mut *self.transaction).await?;
            rest = later;
        }
        Ok(())
    }

    /// What puts so many rows into a table. It is the same for most of them, and is not made anew each time.
    fn statement(&mut self, table: &Table, rows: usize) -> Arc<str> {
        if let Some((_, statement)) = self.statement.as_ref().filter(|(of, _)| *of == (table.name.clone(), rows)) {
            return Arc::clone(statement);
        }
        let width = table.columns.len();
        let row = |row: usize| {
            let places: Vec<String> = (1..=width).map(|column| format!("${}", row * width + column)).collect();
            format!("({})", places.join(", "))
        };
        let values: Vec<String> = (0..rows).map(row).collect();
        let head = format!("INSERT INTO {} ({})", quoted(&table.name), table.names());
        let statement: Arc<str> = format!("{head} VALUES {}", values.join(", ")).into();
        self.statement = Some(((table.name.clone(), rows), Arc::clone(&statement)));
        statement
    }

    /// Puts in one of the collectors' own secrets, sealed.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn put_secret(&mut self, name: &str, sealed: Vec<u8>) -> Result<(), GroundError> {
        sqlx::query("INSERT INTO collector_keys (name, sealed) VALUES ($1, $2)")
            .bind(name.to_owned())
            .bind(sealed)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Looks whether every row finds what it refers to, and makes the database durable: from now on it is there.
    ///
    /// # Errors
    /// When a row refers to one that is missing, or the database refuses.
    pub(crate) async fn end(mut self) -> Result<(), GroundError> {
        const DANGLING: GroundError = GroundError::Corrupt("what a row of the copy refers to is there");
        if self.location.backend == Backend::Postgres {
            for (table, name, definition) in &self.references {
                let statement = format!("ALTER TABLE {table} ADD CONSTRAINT {} {definition}", quoted(name));
                self.transaction.execute(AssertSqlSafe(statement)).await.map_err(|_| DANGLING)?;
            }
            self.transaction.commit().await?;
            self.pool.execute("ANALYZE").await?;
            self.pool.close().await;
            return Ok(());
        }
        if self.transaction.fetch_optional("PRAGMA foreign_key_check").await?.is_some() {
            return Err(DANGLING);
        }
        self.transaction.execute(OVERWRITTEN_NOW).await?;
        self.transaction.commit().await?;
        self.pool.close().await;
        if let Some((partial, file)) = &self.partial {
            // Another one may have put something there since.
            if !self.location.is_nothing()? {
                let source = std::io::ErrorKind::AlreadyExists.into();
                return Err(GroundError::File { path: file.clone(), source });
            }
            let renamed = std::fs::File::open(partial)
                .and_then(|made| made.sync_all())
                .and_then(|()| std::fs::rename(partial, file))
                .and_then(|()| files::sync_folder(file.parent()));
            renamed.map_err(GroundError::file(file))?;
        }
        Ok(())
    }
}

/// A value of a column. Postgres wants to know of nothing, too, of which type it is.
fn bound<'q>(query: Query<'q, Any, AnyArguments>, value: &Value, kind: ColumnKind) -> Query<'q, Any, AnyArguments> {
    match (value, kind) {
        (Value::Null, ColumnKind::Number) => query.bind(None::<i64>),
        (Value::Null, ColumnKind::Bytes) => query.bind(None::<Vec<u8>>),
        (Value::Null, ColumnKind::Text) => query.bind(None::<String>),
        (Value::Number(number), _) => query.bind(*number),
        (Value::Bytes(bytes), _) => query.bind(bytes.clone()),
        (Value::Text(text), _) => query.bind(text.clone()),
        (Value::Fraction(number), _) => query.bind(*number),
    }
}

/// Whether nothing at all is in the database of a URL.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn is_empty(url: &str) -> Result<bool, GroundError> {
    install_default_drivers();
    let location = Location::of(url)?;
    if location.file.is_some() {
        return location.is_nothing();
    }
    let count = async || -> Result<i64, GroundError> {
        let pool = AnyPoolOptions::new().max_connections(1).connect(&location.url).await?;
        let (tables,) = sqlx::query_as(
            "SELECT COUNT(*) FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind IN ('r', 'p')",
        )
        .fetch_one(&pool)
        .await?;
        pool.close().await;
        Ok(tables)
    };
    Ok(count().await.map_err(|error| location.unopened(error))? == 0)
}

/// Whether what is in the database of a URL is that of a restore, by its id; also where nothing is there.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn is_of_restore(url: &str, restore: &str) -> Result<bool, GroundError> {
    if is_empty(url).await? {
        return Ok(true);
    }
    let location = Location::of(url)?;
    let read = async || -> Result<bool, GroundError> {
        let mut connection = AnyConnection::connect(&location.url_to_look()).await?;
        if !has_table(&mut connection, location.backend, RESTORED_BY).await? {
            return Ok(false);
        }
        let ids: Vec<(String,)> =
            sqlx::query_as(AssertSqlSafe(format!("SELECT id FROM {RESTORED_BY}"))).fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok(ids.iter().any(|(id,)| id == restore))
    };
    read().await.map_err(|error| location.unopened(error))
}

/// Removes all that a restore has left at a URL, of which [`is_of_restore`] says that it is its own.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn clear(url: &str) -> Result<(), GroundError> {
    install_default_drivers();
    let location = Location::of(url)?;
    if let Some(file) = &location.file {
        return remove_all(file).map_err(GroundError::file(file));
    }
    let pool = AnyPoolOptions::new().max_connections(1).connect(&location.url).await?;
    let mut transaction = pool.begin().await?;
    let mut names: Vec<String> =
        tables(&mut transaction, location.backend).await?.iter().map(|table| quoted(&table.name)).collect();
    names.extend(["_sqlx_migrations".into(), RESTORED_BY.into()]);
    for name in names {
        transaction.execute(AssertSqlSafe(format!("DROP TABLE IF EXISTS {name} CASCADE"))).await?;
    }
    transaction.commit().await?;
    pool.close().await;
    Ok(())
}

fn remove_all(file: &Path) -> std::io::Result<()> {
    for ending in ["", "-wal", "-shm", "-commits", ".restoring"] {
        files::remove(&files::beside(file, ending))?;
    }
    files::sync_folder(file.parent())
}
