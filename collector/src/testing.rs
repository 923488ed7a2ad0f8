//! A collector without a broker, on each database, for the tests of the rooms.

use std::sync::Arc;

use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::enrol::{EnrolOutcome, EnrolRequest};
use attune_protocol::features::Features;
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, heart};
use attune_protocol::sign::KeyPair;
use attune_protocol::topics;
use attune_protocol::window::Window;
use sqlx::{AnyPool, AssertSqlSafe};

use crate::accounts;
use crate::ingest::{Inbound, IngestContext};
use crate::keys::{MasterKey, OwnKeys, PersonKeys};
use crate::sessions::Fuser;
use crate::store::Store;
use crate::time::now_millis;

/// One database with keys, removed when dropped (SQLite) or with the test server (Postgres).
pub(crate) struct Fixture {
    pub context: IngestContext,
    pub folder: tempfile::TempDir,
    pub url: String,
}

impl Fixture {
    /// One fixture for each database: SQLite always, Postgres when `ATTUNE_TEST_POSTGRES` names a server.
    pub(crate) async fn each() -> Vec<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let url = Store::sqlite_url(&folder.path().join("test.sqlite"));
        let mut fixtures = vec![Self::on(folder, url).await];
        match std::env::var("ATTUNE_TEST_POSTGRES") {
            Ok(server) => {
                let name = format!("attune_test_{}", DeviceId::random());
                sqlx::any::install_default_drivers();
                let pool = AnyPool::connect(&server).await.expect("the server of ATTUNE_TEST_POSTGRES answers");
                sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.expect("made");
                pool.close().await;
                let (base, _) = server.rsplit_once('/').expect("the URL ends with a database");
                fixtures.push(Self::on(tempfile::tempdir().expect("a folder"), format!("{base}/{name}")).await);
            }
            Err(_) => println!("left out: Postgres, because ATTUNE_TEST_POSTGRES names no server"),
        }
        fixtures
    }

    async fn on(folder: tempfile::TempDir, url: String) -> Self {
        let store = Store::open(&url).await.expect("opens");
        let master = MasterKey::load_or_create(&folder.path().join("master.key")).expect("made");
        let own = Arc::new(OwnKeys::load_or_create(&store, &master).await.expect("made"));
        let people = PersonKeys::new(master);
        let context = IngestContext { store, people, own, counters: Arc::default(), fusion: Arc::default() };
        Self { context, folder, url }
    }

    pub(crate) fn fuser(&self) -> Fuser {
        Fuser::new(self.context.store.clone(), self.context.people.clone(), Arc::clone(&self.context.fusion))
    }

    pub(crate) async fn code(&self, user: &str) -> String {
        accounts::create_code(&self.context.store, &self.context.people, user, 60_000).await.expect("made")
    }

    /// Enrols a device of a user and sends its consent to everything.
    pub(crate) async fn device(&self, user: &str) -> Device {
        let device = self.device_without_consent(user).await;
        device.consent_to_everything(self).await;
        device
    }

    pub(crate) async fn device_without_consent(&self, user: &str) -> Device {
        let device = Device { id: DeviceId::random(), key: KeyPair::generate(), epoch: Epoch::random() };
        self.hand_to(&device, user).await;
        device
    }

    /// Enrols a device for a user, from now on.
    pub(crate) async fn hand_to(&self, device: &Device, user: &str) {
        let request = EnrolRequest { device: device.id, public_key: device.key.public(), code: self.code(user).await };
        let outcome = accounts::redeem_code(&self.context.store, &request).await.expect("answers");
        assert_eq!(outcome, EnrolOutcome::Accepted);
    }

    pub(crate) async fn person(&self, user: &str) -> PersonId {
        accounts::find_person(&self.context.store, user).await.expect("answers").expect("known")
    }

    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")))
            .fetch_one(self.context.store.pool())
            .await
            .expect("counts");
        count
    }
}

/// An enrolled device.
pub(crate) struct Device {
    pub id: DeviceId,
    pub key: KeyPair,
    pub epoch: Epoch,
}

impl Device {
    /// The first of a test's sequence numbers that no consent takes.
    pub(crate) const FIRST_SEQ: u64 = 4;

    pub(crate) fn batch(&self, items: Vec<(u64, Vec<u8>)>) -> Inbound {
        let items = items.into_iter().map(|(seq, bytes)| Item { seq: Seq(seq), bytes }).collect();
        let batch = Batch { device: self.id, epoch: self.epoch, sent_at_millis: now_millis(), items };
        let payload = batch.encode(&self.key).expect("within limits");
        Inbound { topic: topics::batches_of(self.id), payload, received_at: now_millis() }
    }

    async fn consent_to_everything(&self, fixture: &Fixture) {
        let consents = (0..).zip(Modality::ALL).map(|(seq, modality)| (seq, consent(modality, true, 1))).collect();
        let answers = super::ingest::take_in(&fixture.context, vec![self.batch(consents)]).await;
        assert_eq!(answers.len(), 1);
    }
}

pub(crate) fn consent(modality: Modality, granted: bool, version: u32) -> Vec<u8> {
    Consent { modality, purpose: Purpose::Wellbeing, granted, version, at_millis: 0 }.encode()
}

pub(crate) fn heart_record(window: u32, rate: f64) -> Vec<u8> {
    let mut features = Features::new(Modality::Heart);
    features.set(heart::MEAN_HR, rate);
    features.set(heart::RMSSD, 40.0);
    let coverage = Coverage { expected: 10, received: 10, last_60_s: 1.0, last_300_s: 1.0, gap: None };
    Record::new(Window(window), 0.9, coverage, features).encode()
}
