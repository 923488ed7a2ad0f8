//! A collector without a broker, on each database, for the tests of the rooms.

use std::sync::Arc;

use attune_ground::store::Migrations;
use attune_ground::testing::Database;
use attune_ground::time::now_millis;
use attune_people::accounts;
use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolRequest};
use attune_protocol::features::Features;
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, heart};
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::topics;
use attune_protocol::window::Window;

use crate::ingest::{self, Inbound, IngestContext, Outbound, Queue};
use crate::sessions::Fuser;

/// The migrations that this subject stands on, and its own.
pub(crate) const MIGRATIONS: [&Migrations; 4] =
    [&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &attune_wellbeing::MIGRATIONS, &crate::MIGRATIONS];

/// One database with what ingest needs.
pub(crate) struct Fixture {
    pub context: IngestContext,
    pub database: Database,
}

impl Fixture {
    /// One fixture for each database that there is.
    pub(crate) async fn each() -> Vec<Self> {
        Database::each(&MIGRATIONS).await.into_iter().map(Self::on).collect()
    }

    fn on(database: Database) -> Self {
        let (store, people, own) = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
        let context = IngestContext {
            store,
            people,
            own,
            profile: Profile::Research,
            guesses: Arc::default(),
            strangers: Arc::default(),
            told: Arc::default(),
            counters: Arc::default(),
            fusion: Arc::default(),
        };
        Self { context, database }
    }

    pub(crate) fn fuser(&self) -> Fuser {
        let IngestContext { store, people, profile, fusion, .. } = &self.context;
        Fuser::new(store.clone(), people.clone(), *profile, Arc::clone(fusion))
    }

    /// The collector has another key. Gives the one so far and the new one.
    pub(crate) async fn exchange_signing_key(&self) -> (PublicKey, PublicKey) {
        let IngestContext { store, own, .. } = &self.context;
        let mut transaction = store.begin().await.expect("begins");
        let held = own.hold(&mut transaction).await.expect("held");
        let next = own.exchange(&mut transaction, &held).await.expect("exchanged");
        transaction.commit().await.expect("commits");
        own.refresh(store).await.expect("read");
        (held.current.public(), next)
    }

    pub(crate) async fn code(&self, user: &str) -> String {
        accounts::create_code(&self.context.store, &self.context.people, (user, None), 60_000).await.expect("made")
    }

    /// Enrols a device of a user and sends its consent to everything.
    pub(crate) async fn device(&self, user: &str) -> Device {
        let device = self.device_without_consent(user).await;
        device.consent_to_everything(self).await;
        device
    }

    pub(crate) async fn device_without_consent(&self, user: &str) -> Device {
        let (id, key, epoch) = (DeviceId::random(), KeyPair::generate(), Epoch::random());
        let mut device = Device { id, key, epoch, enrolment: 0 };
        self.hand_to(&mut device, user).await;
        device
    }

    /// Enrols a device for a user: it begins a new outbox.
    pub(crate) async fn hand_to(&self, device: &mut Device, user: &str) {
        (device.enrolment, device.epoch) = (device.enrolment + 1, Epoch::random());
        let outcome = self.redeem(&device.request(&self.code(user).await)).await;
        assert_eq!(outcome, EnrolOutcome::Accepted);
    }

    pub(crate) async fn redeem(&self, request: &EnrolRequest) -> EnrolOutcome {
        let IngestContext { store, people, own, .. } = &self.context;
        accounts::redeem_code(store, people, request, &own.signing().public()).await.expect("answers").0
    }

    pub(crate) async fn take_in(&self, group: Vec<Inbound>) -> Vec<Outbound> {
        ingest::take_in(&self.context, &Queue::default(), group).await
    }

    pub(crate) async fn person(&self, user: &str) -> PersonId {
        accounts::find_person(&self.context.store, &self.context.people, user).await.expect("answers").expect("known")
    }

    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        self.database.count(table).await
    }
}

/// An enrolled device.
pub(crate) struct Device {
    pub id: DeviceId,
    pub key: KeyPair,
    pub epoch: Epoch,
    pub enrolment: u32,
}

/// The version of the consent book in which there is consent to everything.
pub(crate) const EVERYTHING: u32 = 4;

impl Device {
    /// The first of a test's sequence numbers that no consent takes.
    pub(crate) const FIRST_SEQ: u64 = 4;

    pub(crate) fn request(&self, code: &str) -> EnrolRequest {
        EnrolRequest::new(self.id, self.key.public(), self.enrolment, self.epoch, &Code::of(code))
    }

    pub(crate) fn batch(&self, items: Vec<(u64, Vec<u8>)>) -> Inbound {
        let items = items.into_iter().map(|(seq, bytes)| Item { seq: Seq(seq), bytes }).collect();
        let (device, epoch, enrolment) = (self.id, self.epoch, self.enrolment);
        let batch = Batch { device, epoch, enrolment, sent_at_millis: now_millis(), items };
        let payload = batch.encode(&self.key).expect("within limits");
        Inbound { topic: topics::batches_of(self.id), payload, received_at: now_millis() }
    }

    async fn consent_to_everything(&self, fixture: &Fixture) {
        let changes = (0..).zip(1..).zip(Modality::SENSED);
        let consents = changes.map(|((seq, version), modality)| (seq, consent(modality, true, version))).collect();
        let answers = fixture.take_in(vec![self.batch(consents)]).await;
        assert_eq!(answers.len(), 1);
    }
}

pub(crate) fn consent(modality: Modality, granted: bool, version: u32) -> Vec<u8> {
    Consent { modality, purpose: Purpose::Wellbeing, granted, version, at_millis: 0, text: None }.encode()
}

pub(crate) fn heart_record(window: u32, rate: f64) -> Vec<u8> {
    heart_record_under(EVERYTHING, window, rate)
}

/// A record that was kept under a version of the consent book.
pub(crate) fn heart_record_under(version: u32, window: u32, rate: f64) -> Vec<u8> {
    let mut features = Features::new(Modality::Heart);
    features.set(heart::MEAN_HR, rate);
    features.set(heart::RMSSD, 40.0);
    let coverage = Coverage { expected: 10, received: 10, last_60_s: 1.0, last_300_s: 1.0, gap: None };
    Record { consent: version, ..Record::new(Window(window), 0.9, coverage, features) }.encode()
}
