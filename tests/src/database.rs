//! What the collector's database holds, read past the collector.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AnyConnection, AssertSqlSafe, ConnectOptions, Connection, Row};

use crate::collector::Collector;
use crate::place::Place;

/// Device in hex, epoch, sequence number.
pub type Key = (String, u64, u64);

/// Every item that is stored or settled for good, with how often it stands there.
///
/// # Panics
/// When the database does not read.
#[must_use]
pub fn keys(database: &Path) -> BTreeMap<Key, usize> {
    let mut keys = BTreeMap::new();
    for row in rows(database, "SELECT device, epoch, seq FROM records UNION ALL SELECT device, epoch, seq FROM settled")
    {
        *keys.entry(key(|column| row.get(column), |column| row.get(column))).or_default() += 1;
    }
    keys
}

/// The number that a statement counts.
///
/// # Panics
/// When the database does not read or the statement gives something else.
#[must_use]
pub fn count(database: &Path, statement: &'static str) -> i64 {
    rows(database, statement)[0].get(0)
}

/// The places of all records that are stored.
///
/// # Panics
/// When the database does not read.
#[must_use]
pub fn keys_of_records(database: &Path) -> std::collections::BTreeSet<Key> {
    let rows = rows(database, "SELECT device, epoch, seq FROM records");
    rows.iter().map(|row| key(|column| row.get(column), |column| row.get(column))).collect()
}

fn key(bytes: impl Fn(usize) -> Vec<u8>, number: impl Fn(usize) -> i64) -> Key {
    let count = |column| u64::try_from(number(column)).expect("the database holds no negative counts");
    (data_encoding::HEXLOWER.encode(&bytes(0)), count(1), count(2))
}

/// As [`keys`], in a Postgres database.
///
/// # Panics
/// When the database does not read.
#[must_use]
pub fn keys_on_postgres(url: &str) -> BTreeMap<Key, usize> {
    let statement = "SELECT device, epoch, seq FROM records UNION ALL SELECT device, epoch, seq FROM settled";
    let mut keys = BTreeMap::new();
    for row in postgres_rows(url, statement) {
        *keys.entry(key(|column| row.get(column), |column| row.get(column))).or_default() += 1;
    }
    keys
}

/// As [`count`], in a Postgres database.
///
/// # Panics
/// When the database does not read or the statement gives something else.
#[must_use]
pub fn count_on_postgres(url: &str, statement: &'static str) -> i64 {
    postgres_rows(url, statement)[0].get(0)
}

fn postgres_rows(url: &str, statement: &'static str) -> Vec<sqlx::postgres::PgRow> {
    runtime().block_on(async {
        let mut connection = PgConnection::connect(url).await.expect("the database answers");
        sqlx::query(statement).fetch_all(&mut connection).await.expect("the database answers")
    })
}

/// The bytes of a column.
///
/// # Panics
/// When the database does not read or the statement gives something else.
#[must_use]
pub fn blobs(database: &Path, statement: &'static str) -> Vec<Vec<u8>> {
    rows(database, statement).iter().map(|row| row.get(0)).collect()
}

/// The URL of a new, empty database on the server that `ATTUNE_TEST_POSTGRES` names; says that the test is left out where
/// none is named.
///
/// # Panics
/// When the server refuses.
#[must_use]
pub fn new_on_postgres(test: &str) -> Option<String> {
    restored_on_postgres(test, String::new())
}

/// The URL of a new database on the server that `ATTUNE_TEST_POSTGRES` names, made from a dump; says that the test is left
/// out where none is named.
///
/// # Panics
/// When the server refuses.
#[must_use]
pub fn restored_on_postgres(test: &str, dump: String) -> Option<String> {
    let Ok(server) = std::env::var("ATTUNE_TEST_POSTGRES") else {
        crate::left_out::left_out(test, "ATTUNE_TEST_POSTGRES names no server");
        return None;
    };
    let (base, _) = server.rsplit_once('/').expect("the URL ends with a database");
    let name = format!("attune_test_{:016x}", fastrand::u64(..));
    let url = format!("{base}/{name}");
    runtime().block_on(async {
        let mut connection = PgConnection::connect(&server).await.expect("the server answers");
        let made = sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await;
        made.expect("the server makes a database");
        let mut connection = PgConnection::connect(&url).await.expect("the new database answers");
        sqlx::raw_sql(AssertSqlSafe(dump)).execute(&mut connection).await.expect("the dump is restored");
    });
    Some(url)
}

/// A collector's database of either kind.
pub struct Database {
    url: String,
    /// Where the keys of its people are.
    keys: String,
}

impl Database {
    /// A collector with an SQLite database.
    #[must_use]
    pub fn sqlite(place: &Place) -> (Collector, Self) {
        let collector = Collector::start(place);
        let [url, keys] =
            [collector.database(), collector.keys()].map(|path| format!("sqlite:{}?mode=rw", path.display()));
        (collector, Self { url, keys })
    }

    /// A collector with a database of its own, and one for the keys, on the server that `ATTUNE_TEST_POSTGRES` names; none where
    /// none is named, which is said.
    #[must_use]
    pub fn postgres(place: &Place, test: &str) -> Option<(Collector, Self)> {
        Self::postgres_set(place, test, "")
    }

    /// As [`Self::postgres`], with more lines of configuration.
    #[must_use]
    pub fn postgres_set(place: &Place, test: &str, settings: &str) -> Option<(Collector, Self)> {
        let url = restored_on_postgres(test, "SELECT 1".into())?;
        let keys = restored_on_postgres(test, "SELECT 1".into())?;
        let collector = Collector::start_set(place, &format!("[database]\nurl = {url:?}\nkeys = {keys:?}\n{settings}"));
        Some((collector, Self { url, keys }))
    }

    /// Where a collector has its database after it was restored there: in its state folder, or on Postgres.
    #[must_use]
    pub fn of(collector: &Collector, urls: Option<[&str; 2]>) -> Self {
        let named = |path: std::path::PathBuf| format!("sqlite:{}?mode=rw", path.display());
        match urls {
            Some([url, keys]) => Self { url: url.into(), keys: keys.into() },
            None => Self { url: named(collector.database()), keys: named(collector.keys()) },
        }
    }

    /// Ends all connections to a database on Postgres, as its server does when it is started again.
    ///
    /// # Panics
    /// When it is none on Postgres.
    pub fn end_connections(&self) {
        self.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
    }

    /// Whether it is on Postgres.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    /// Where the keys of its people are, which is a database of its own.
    #[must_use]
    pub fn keys(&self) -> Self {
        Self { url: self.keys.clone(), keys: self.keys.clone() }
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes a copy of it, without its keys, as a backup is. On Postgres nobody may use it meanwhile.
    ///
    /// # Panics
    /// When it cannot be copied.
    pub fn copy(&self) {
        if self.is_postgres() {
            let (_, name) = self.url.rsplit_once('/').expect("the URL ends with a database");
            return on_server(&self.url, &[format!("CREATE DATABASE {name}_copy TEMPLATE {name}")]);
        }
        for end in ["", "-wal"] {
            let _ = std::fs::copy(self.beside(end), self.beside(&format!("-copy{end}")));
        }
    }

    /// Puts the copy in its place. Nobody may use it meanwhile.
    ///
    /// # Panics
    /// When it cannot be put back.
    pub fn put_back(&self) {
        if self.is_postgres() {
            let (_, name) = self.url.rsplit_once('/').expect("the URL ends with a database");
            let made = format!("CREATE DATABASE {name} TEMPLATE {name}_copy");
            return on_server(&self.url, &[format!("DROP DATABASE {name}"), made]);
        }
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(self.beside(end));
            let _ = std::fs::copy(self.beside(&format!("-copy{end}")), self.beside(end));
        }
        assert!(self.beside("").exists(), "there was a copy");
    }

    /// The file of an SQLite database, with an ending more.
    fn beside(&self, end: &str) -> std::path::PathBuf {
        let file = self.url.strip_prefix("sqlite:").and_then(|rest| rest.split('?').next()).expect("a file");
        format!("{file}{end}").into()
    }

    /// Runs a statement and gives how many rows it changed.
    ///
    /// # Panics
    /// When the database refuses.
    pub fn run(&self, statement: &str) -> u64 {
        self.with(async |connection| {
            let done = sqlx::query(AssertSqlSafe(statement.to_owned())).execute(connection).await;
            done.unwrap_or_else(|error| panic!("{statement}: {error}")).rows_affected()
        })
    }

    /// The number that a statement counts.
    ///
    /// # Panics
    /// When the database refuses.
    #[must_use]
    pub fn count(&self, statement: &str) -> i64 {
        self.with(async |connection| {
            let row = sqlx::query(AssertSqlSafe(statement.to_owned())).fetch_one(connection).await;
            row.unwrap_or_else(|error| panic!("{statement}: {error}")).get(0)
        })
    }

    /// The first column of a statement's rows.
    ///
    /// # Panics
    /// When the database refuses.
    #[must_use]
    pub fn blobs(&self, statement: &str) -> Vec<Vec<u8>> {
        self.with(async |connection| {
            let rows = sqlx::query(AssertSqlSafe(statement.to_owned())).fetch_all(connection).await;
            let rows = rows.unwrap_or_else(|error| panic!("{statement}: {error}"));
            rows.iter().map(|row| row.get(0)).collect()
        })
    }

    /// Bytes as a literal of its statements.
    #[must_use]
    pub fn literal(&self, bytes: &[u8]) -> String {
        let hex = data_encoding::HEXLOWER.encode(bytes);
        if self.is_postgres() { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") }
    }

    /// The person of a user id, which lies sealed.
    ///
    /// # Panics
    /// When there is none whose key opens.
    #[must_use]
    pub fn person_of(&self, collector: &Collector, user: &str) -> Vec<u8> {
        let of = |column: &str| {
            self.blobs(&format!("SELECT {column} FROM accounts WHERE sealed IS NOT NULL ORDER BY person"))
        };
        let (people, sealed, keys) = (of("person"), of("sealed"), self.keys());
        let opens = |place: &usize| {
            let person = &people[*place];
            let of_person = format!("SELECT wrapped FROM person_keys WHERE person = {}", self.literal(person));
            let Some(wrapped) = keys.blobs(&of_person).pop() else { return false };
            let context = [b"user id".as_slice(), person].concat();
            let opened = collector.key_of(person, &wrapped).open(&context, &sealed[*place]);
            opened.is_ok_and(|opened| opened == user.as_bytes())
        };
        people[(0..people.len()).find(opens).expect("there is such a user")].clone()
    }

    /// Flips a bit in one value of a column, the first by `order`, and gives what `order` names of that row.
    ///
    /// # Panics
    /// When there is none.
    pub fn flip(&self, table: &str, column: &str, order: &str) -> Vec<u8> {
        self.with(async |connection| {
            let find = format!("SELECT {column}, {order} FROM {table} ORDER BY {order} LIMIT 1");
            let row = sqlx::query(AssertSqlSafe(find)).fetch_one(&mut *connection).await.expect("there is a row");
            let (value, of): (Vec<u8>, Vec<u8>) = (row.get(0), row.get(1));
            let mut damaged = value.clone();
            damaged[value.len() / 2] ^= 1;
            let update = format!("UPDATE {table} SET {column} = $1 WHERE {column} = $2");
            let done = sqlx::query(AssertSqlSafe(update)).bind(damaged).bind(value).execute(connection).await;
            assert_eq!(done.expect("changed").rows_affected(), 1);
            of
        })
    }

    fn with<T>(&self, work: impl AsyncFnOnce(&mut AnyConnection) -> T) -> T {
        sqlx::any::install_default_drivers();
        runtime().block_on(async {
            let mut connection = AnyConnection::connect(&self.url).await.expect("the database opens");
            let done = work(&mut connection).await;
            connection.close().await.expect("it closes");
            done
        })
    }
}

/// Runs statements beside a database, on its server.
fn on_server(url: &str, statements: &[String]) {
    let (base, _) = url.rsplit_once('/').expect("the URL ends with a database");
    runtime().block_on(async {
        let mut connection = PgConnection::connect(&format!("{base}/postgres")).await.expect("the server answers");
        for statement in statements {
            let done = sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut connection).await;
            done.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    });
}

/// Keeps everybody else from writing, until dropped.
pub struct Locked {
    runtime: tokio::runtime::Runtime,
    connection: Option<SqliteConnection>,
}

impl Locked {
    /// Takes the write lock of a database.
    ///
    /// # Panics
    /// When the database does not give it.
    #[must_use]
    pub fn new(database: &Path) -> Self {
        let runtime = runtime();
        let connection = runtime.block_on(async {
            let mut connection = open(database).await;
            sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.expect("the database gives its lock");
            connection
        });
        Self { runtime, connection: Some(connection) }
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        let connection = self.connection.take();
        self.runtime.block_on(async { drop(connection) });
    }
}

/// Keeps everybody else from reading and writing one table, until dropped.
pub struct HeldTable {
    runtime: tokio::runtime::Runtime,
    connection: Option<PgConnection>,
}

impl HeldTable {
    /// Takes a table of a Postgres database.
    ///
    /// # Panics
    /// When the database does not give it.
    #[must_use]
    pub fn on_postgres(url: &str, table: &str) -> Self {
        let runtime = runtime();
        let connection = runtime.block_on(async {
            let mut connection = PgConnection::connect(url).await.expect("the database answers");
            for statement in ["BEGIN".to_owned(), format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")] {
                sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.expect("it gives the table");
            }
            connection
        });
        Self { runtime, connection: Some(connection) }
    }
}

impl Drop for HeldTable {
    fn drop(&mut self) {
        let connection = self.connection.take();
        self.runtime.block_on(async {
            if let Some(connection) = connection {
                let _ = connection.close().await;
            }
        });
    }
}

pub(crate) fn rows(database: &Path, statement: &'static str) -> Vec<sqlx::sqlite::SqliteRow> {
    runtime().block_on(async {
        let mut connection = open(database).await;
        sqlx::query(statement).fetch_all(&mut connection).await.expect("the database answers")
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts")
}

async fn open(database: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(database).busy_timeout(crate::wait::PATIENCE);
    options.connect().await.expect("the database opens")
}
