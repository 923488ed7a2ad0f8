use std::collections::BTreeSet;
use std::str::FromStr;

use futures_util::stream::BoxStream;
use sqlx::any::{AnyConnectOptions, AnyRow};
use sqlx::{AnyConnection, AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use super::super::location::Location;
use super::{ColumnKind, Table, Value, tables};
use crate::GroundError;
use crate::store::{Backend, Keyring, Store};

/// A database as it is at one instant, whoever writes to it meanwhile: they wait for nobody who reads.
pub(crate) struct Snapshot {
    connection: AnyConnection,
    backend: Backend,
}

impl Store {
    /// The database as it is now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, GroundError> {
        Snapshot::of(&self.location).await
    }
}

impl Keyring {
    /// The keys as they are now.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, GroundError> {
        Snapshot::of(&self.location).await
    }
}

impl Snapshot {
    async fn of(location: &Location) -> Result<Self, GroundError> {
        // It takes long, and that is no news.
        let mut connection = AnyConnectOptions::from_str(&location.url)?.disable_statement_logging().connect().await?;
        let begin = match location.backend {
            Backend::Sqlite => "BEGIN",
            Backend::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        connection.execute(begin).await?;
        // The instant is that of the first question.
        connection.execute("SELECT version FROM _sqlx_migrations LIMIT 1").await?;
        Ok(Self { connection, backend: location.backend })
    }

    /// Name of the kind of database.
    pub(crate) const fn backend_name(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
        }
    }

    /// What was applied to it.
    pub(crate) async fn versions(&mut self) -> Result<BTreeSet<i64>, GroundError> {
        let rows: Vec<(i64,)> = sqlx::query_as("SELECT version FROM _sqlx_migrations WHERE success")
            .fetch_all(&mut self.connection)
            .await?;
        Ok(rows.into_iter().map(|(version,)| version).collect())
    }

    /// Its tables.
    pub(crate) async fn tables(&mut self) -> Result<Vec<Table>, GroundError> {
        tables(&mut self.connection, self.backend).await
    }

    /// The collectors' own secrets by name, as they lie sealed there.
    pub(crate) async fn sealed_secrets(&mut self) -> Result<Vec<(String, Vec<u8>)>, GroundError> {
        let rows = sqlx::query_as("SELECT name, sealed FROM collector_keys ORDER BY name");
        Ok(rows.fetch_all(&mut self.connection).await?)
    }

    /// The rows of a table, as they come.
    pub(crate) fn rows(&mut self, table: &Table) -> BoxStream<'_, Result<AnyRow, sqlx::Error>> {
        let statement = format!("SELECT {} FROM {}", table.names(), super::quoted(&table.name));
        sqlx::query(AssertSqlSafe(statement)).fetch(&mut self.connection)
    }

    pub(crate) async fn close(self) -> Result<(), GroundError> {
        Ok(self.connection.close().await?)
    }
}

/// A value of a row by its place. SQLite keeps values of any type in any column: one of another is taken as it is.
pub(crate) fn value(row: &AnyRow, place: usize, kind: ColumnKind) -> Result<Value, sqlx::Error> {
    let number = || row.try_get::<Option<i64>, _>(place).map(|value| value.map_or(Value::Null, Value::Number));
    let bytes = || row.try_get::<Option<Vec<u8>>, _>(place).map(|value| value.map_or(Value::Null, Value::Bytes));
    let text = || row.try_get::<Option<String>, _>(place).map(|value| value.map_or(Value::Null, Value::Text));
    let read = match kind {
        ColumnKind::Number => number(),
        ColumnKind::Bytes => bytes(),
        ColumnKind::Text => text(),
    };
    let fraction = |_| row.try_get::<f64, _>(place).map(Value::Fraction);
    read.or_else(|_| number()).or_else(|_| bytes()).or_else(|_| text()).or_else(fraction)
}
