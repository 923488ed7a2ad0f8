//! A database with keys, of each kind, for the tests of the subjects.
//!
//! It stands in the library and not behind a feature: so nothing is compiled anew for the tests of the crates above.

use std::path::Path;
use std::sync::Arc;

use attune_protocol::ids::DeviceId;
use sqlx::migrate::Migrator;
use sqlx::{AnyPool, AssertSqlSafe};
use tempfile::TempDir;

use crate::keys::{MasterKey, OwnKeys, PersonKeys};
use crate::store::{Migrations, Step, Store};

/// One database with keys, removed when dropped (SQLite) or with the test server (Postgres).
#[derive(Debug)]
pub struct Database {
    /// The database.
    pub store: Store,
    /// Data keys of people.
    pub people: PersonKeys,
    /// The collector's own keys.
    pub own: Arc<OwnKeys>,
    /// Where the master key and, with SQLite, the database lie.
    pub folder: TempDir,
    /// Where the database is.
    pub url: String,
}

impl Database {
    /// One of each kind: SQLite always, Postgres when `ATTUNE_TEST_POSTGRES` names a server.
    ///
    /// # Panics
    /// When one cannot be made.
    pub async fn each(migrations: &[&Migrations]) -> Vec<Self> {
        let mut databases = Vec::new();
        for (folder, url) in Self::places().await {
            databases.push(Self::on(folder, url, migrations).await);
        }
        databases
    }

    /// Where databases of each kind can be: nothing is there yet. A folder goes with each.
    ///
    /// # Panics
    /// When one cannot be made.
    #[expect(clippy::print_stdout, reason = "tests tell what they leave out")]
    pub async fn places() -> Vec<(TempDir, String)> {
        let folder = tempfile::tempdir().expect("a folder");
        let url = Store::sqlite_url(&folder.path().join("test.sqlite"));
        let mut places = vec![(folder, url)];
        match std::env::var("ATTUNE_TEST_POSTGRES") {
            Ok(server) => {
                let name = format!("attune_test_{}", DeviceId::random());
                sqlx::any::install_default_drivers();
                let pool = AnyPool::connect(&server).await.expect("the server of ATTUNE_TEST_POSTGRES answers");
                sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.expect("made");
                pool.close().await;
                let (base, _) = server.rsplit_once('/').expect("the URL ends with a database");
                places.push((tempfile::tempdir().expect("a folder"), format!("{base}/{name}")));
            }
            Err(_) => println!("left out: Postgres, because ATTUNE_TEST_POSTGRES names no server"),
        }
        places
    }

    async fn on(folder: TempDir, url: String, migrations: &[&Migrations]) -> Self {
        let store = Store::open(&url, migrations).await.expect("opens");
        let master = MasterKey::read_or_make(&folder.path().join("master.key")).expect("made");
        let own = Arc::new(OwnKeys::load_or_create(&store, &master).await.expect("made"));
        let people = PersonKeys::new(master, Arc::clone(store.damages()));
        Self { store, people, own, folder, url }
    }

    /// Data keys of people as a program that was just started has them: none is open.
    ///
    /// # Panics
    /// When the master key does not read.
    #[must_use]
    pub fn people_after_restart(&self) -> PersonKeys {
        let master = MasterKey::read_or_make(&self.folder.path().join("master.key")).expect("read");
        PersonKeys::new(master, Arc::clone(self.store.damages()))
    }

    /// How many rows a table has.
    ///
    /// # Panics
    /// When the database does not tell.
    pub async fn count(&self, table: &'static str) -> i64 {
        let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")))
            .fetch_one(self.store.pool())
            .await
            .expect("counts");
        count
    }
}

/// Holds that the steps of a crate are those that stand in its folder `migrations`, the same versions for each database.
///
/// # Panics
/// When they are not.
pub async fn listed_as_in(crate_folder: &str, migrations: &Migrations) {
    for (name, steps) in [("sqlite", migrations.sqlite), ("postgres", migrations.postgres)] {
        let held = Migrator::new(Path::new(crate_folder).join("migrations").join(name)).await.expect("migrations");
        let held: Vec<_> = held.iter().map(|m| (m.version, m.description.as_ref(), m.sql.as_str())).collect();
        assert_eq!(steps, held.as_slice(), "{name}");
    }
    let versions = |steps: &[Step]| steps.iter().map(|(version, ..)| *version).collect::<Vec<_>>();
    assert_eq!(versions(migrations.sqlite), versions(migrations.postgres));
    assert!(migrations.inherited.iter().all(|version| versions(migrations.sqlite).contains(version)));
}
