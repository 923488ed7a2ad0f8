//! A database with keys, of each kind, for the tests of the subjects.
//!
//! It stands in the library and not behind a feature: so nothing is compiled anew for the tests of the crates above.

use std::path::Path;
use std::sync::Arc;

use attune_protocol::ids::{DeviceId, PersonId};
use sqlx::migrate::Migrator;
use sqlx::{AnyPool, AssertSqlSafe};
use tempfile::TempDir;

use crate::Foundation;
use crate::keys::{MasterKey, OwnKeys, PersonKeys};
use crate::store::{Migrations, Step, Store, Urls};

/// One database with keys, removed when dropped (SQLite) or with the test server (Postgres).
#[derive(Debug)]
pub struct Database {
    /// The database.
    pub store: Store,
    /// Data keys of people.
    pub people: PersonKeys,
    /// The collector's own keys.
    pub own: Arc<OwnKeys>,
    /// Where the master key and, with SQLite, the database and the keys lie.
    pub folder: TempDir,
    /// Where the database and the keys are.
    pub urls: Urls,
}

impl Database {
    /// One of each kind: SQLite always, Postgres when `ATTUNE_TEST_POSTGRES` names a server.
    ///
    /// # Panics
    /// When one cannot be made.
    pub async fn each(migrations: &[&Migrations]) -> Vec<Self> {
        let mut databases = Vec::new();
        for (folder, urls) in Self::places().await {
            databases.push(Self::on(folder, urls, migrations).await);
        }
        databases
    }

    /// As [`Self::each`], as a version left it that had these tables and the keys of people in the database.
    ///
    /// # Panics
    /// When one cannot be made.
    pub async fn each_of_before(migrations: &[&Migrations]) -> Vec<Self> {
        let mut databases = Vec::new();
        for (folder, urls) in Self::places().await {
            let master = MasterKey::read_or_make(&folder.path().join("master.key")).expect("made");
            let store = Store::open(&urls, migrations).await.expect("opens");
            let own = Arc::new(OwnKeys::load_or_create(&store, &master).await.expect("made"));
            let people = PersonKeys::new(master, &store);
            databases.push(Self { store, people, own, folder, urls });
        }
        databases
    }

    /// The database with the keys that open it.
    #[must_use]
    pub fn foundation(&self) -> Foundation {
        Foundation { store: self.store.clone(), people: self.people.clone(), own: Arc::clone(&self.own) }
    }

    /// The database as another program opens it, or the same one at its next start.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn again(&self, migrations: &[&Migrations]) -> Foundation {
        let key = self.folder.path().join("master.key");
        Foundation::open_or_make(&key, &self.urls, migrations).await.expect("opens")
    }

    /// Where databases of each kind can be: nothing is there yet. A folder goes with each.
    ///
    /// # Panics
    /// When one cannot be made.
    #[expect(clippy::print_stdout, reason = "tests tell what they leave out")]
    pub async fn places() -> Vec<(TempDir, Urls)> {
        let folder = tempfile::tempdir().expect("a folder");
        let urls = Self::in_file(&folder.path().join("test.sqlite"));
        let mut places = vec![(folder, urls)];
        match std::env::var("ATTUNE_TEST_POSTGRES") {
            Ok(server) => {
                let name = format!("attune_test_{}", DeviceId::random());
                sqlx::any::install_default_drivers();
                let pool = AnyPool::connect(&server).await.expect("the server of ATTUNE_TEST_POSTGRES answers");
                let (base, _) = server.rsplit_once('/').expect("the URL ends with a database");
                let [database, keys] = [name.clone(), format!("{name}_keys")];
                for name in [&database, &keys] {
                    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.expect("made");
                }
                pool.close().await;
                let urls = Urls { database: format!("{base}/{database}"), keys: format!("{base}/{keys}") };
                places.push((tempfile::tempdir().expect("a folder"), urls));
            }
            Err(_) => println!("left out: Postgres, because ATTUNE_TEST_POSTGRES names no server"),
        }
        places
    }

    /// An SQLite file, with its keys in another beside it.
    #[must_use]
    pub fn in_file(path: &Path) -> Urls {
        let keys = crate::files::beside(path, "-keys");
        Urls { database: Store::sqlite_url(path), keys: Store::sqlite_url(&keys) }
    }

    async fn on(folder: TempDir, urls: Urls, migrations: &[&Migrations]) -> Self {
        let master = MasterKey::read_or_make(&folder.path().join("master.key")).expect("made");
        let Foundation { store, people, own } = Foundation::on(master, &urls, migrations).await.expect("opens");
        Self { store, people, own, folder, urls }
    }

    /// Data keys of people as a program that was just started has them: none is open.
    ///
    /// # Panics
    /// When the master key does not read.
    #[must_use]
    pub fn people_after_restart(&self) -> PersonKeys {
        let master = MasterKey::read_or_make(&self.folder.path().join("master.key")).expect("read");
        PersonKeys::new(master, &self.store)
    }

    /// Destroys the key of a person, and nothing else.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn destroy_key(&self, person: PersonId) {
        let mut transaction = self.store.begin().await.expect("begins");
        PersonKeys::destroy(&mut transaction, person);
        transaction.commit().await.expect("commits");
    }

    /// How many people have a key.
    ///
    /// # Panics
    /// When the keys cannot be read.
    pub async fn count_keys(&self) -> usize {
        self.store.keyring().holders().await.expect("reads").len()
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

/// Holds that listed steps are those that stand in a folder of migrations, the same versions for each database.
///
/// # Panics
/// When they are not.
pub async fn listed_as_in(folder: &str, migrations: &Migrations) {
    for (name, steps) in [("sqlite", migrations.sqlite), ("postgres", migrations.postgres)] {
        let held = Migrator::new(Path::new(folder).join(name)).await.expect("migrations");
        let held: Vec<_> = held.iter().map(|m| (m.version, m.description.as_ref(), m.sql.as_str())).collect();
        assert_eq!(steps, held.as_slice(), "{name}");
    }
    let versions = |steps: &[Step]| steps.iter().map(|(version, ..)| *version).collect::<Vec<_>>();
    assert_eq!(versions(migrations.sqlite), versions(migrations.postgres));
    assert!(migrations.inherited.iter().all(|version| versions(migrations.sqlite).contains(version)));
}
