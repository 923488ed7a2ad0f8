use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use attune_analysis::indicators::{Assessment, assess};
use attune_ground::GroundError;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16, to_u64};
use attune_people::accounts;
use attune_people::consent::ItemKey;
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq, SessionId};
use attune_protocol::record::Record;
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;
use sqlx::{Any, Transaction};
use tokio::sync::{Notify, broadcast, watch};

use super::assign::assign;
use crate::SensingError;
use crate::ingest::record_context;

/// The most windows of one transaction.
const GROUP: i64 = 512;
/// What other collectors left waiting is looked for this often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How many fused windows a slow listener may lag behind before it misses some.
const ANNOUNCED: usize = 4096;

/// A window that was fused, as it is announced inside the process.
#[derive(Clone, Debug)]
pub struct FusedWindow {
    /// The session it belongs to.
    pub session: SessionId,
    /// The window.
    pub window: Window,
    /// Its scores.
    pub assessment: Arc<Assessment>,
}

/// Fuses the windows that wait for it. Which ones wait stands in the database, written in the same transaction as their
/// records, so that a crash forgets none.
#[derive(Clone, Debug)]
pub struct Fuser {
    store: Store,
    people: PersonKeys,
    wake: Arc<Notify>,
    fused: broadcast::Sender<FusedWindow>,
}

impl Fuser {
    /// A fuser that is woken by `wake`.
    #[must_use]
    pub fn new(store: Store, people: PersonKeys, wake: Arc<Notify>) -> Self {
        Self { store, people, wake, fused: broadcast::channel(ANNOUNCED).0 }
    }

    /// Listens to windows as they are fused.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<FusedWindow> {
        self.fused.subscribe()
    }

    /// Fuses whenever something waits, until `stop` says so. A group that was begun is finished.
    pub async fn work(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.fuse_waiting().await {
                Ok(0) => {
                    tokio::select! {
                        () = self.wake.notified() => {}
                        () = tokio::time::sleep(LOOK_AGAIN) => {}
                        _ = stop.wait_for(|stop| *stop) => {}
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "Windows could not be fused; they wait.");
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        }
    }

    /// Fuses one group of waiting windows and gives their number.
    ///
    /// # Errors
    /// When the database refuses. The windows then still wait.
    pub async fn fuse_waiting(&self) -> Result<usize, SensingError> {
        let waiting: Vec<(Vec<u8>, i64)> =
            sqlx::query_as("SELECT person, window_start FROM pending_fusion ORDER BY person, window_start LIMIT $1")
                .bind(GROUP)
                .fetch_all(self.store.pool())
                .await?;
        let mut by_person: BTreeMap<PersonId, Vec<i64>> = BTreeMap::new();
        for (person, window_start) in &waiting {
            by_person.entry(PersonId(bytes16(person)?)).or_default().push(*window_start);
        }
        for (person, windows) in by_person {
            let key = match self.people.of(self.store.pool(), person).await {
                Ok(key) => Some(key),
                Err(GroundError::Erased) => None,
                Err(error) => return Err(error.into()),
            };
            for fused in self.fuse_person(person, key.as_deref(), &windows).await? {
                let _ = self.fused.send(fused);
            }
        }
        Ok(waiting.len())
    }

    async fn fuse_person(
        &self,
        person: PersonId,
        key: Option<&SealKey>,
        windows: &[i64],
    ) -> Result<Vec<FusedWindow>, SensingError> {
        let mut transaction = self.store.begin().await?;
        // Takes the lock of the person's row: two collectors must not assign sessions of one person at the same time.
        accounts::lock(&mut transaction, person).await?;
        let mut fused = Vec::new();
        for &window_start in windows {
            // Before the records are read: one that is committed later puts the window back.
            sqlx::query("DELETE FROM pending_fusion WHERE person = $1 AND window_start = $2")
                .bind(person.0.to_vec())
                .bind(window_start)
                .execute(&mut *transaction)
                .await?;
            if let Some(key) = key {
                fused.extend(fuse_window(&mut transaction, person, key, Window::containing(window_start)).await?);
            }
        }
        transaction.commit().await?;
        Ok(fused)
    }
}

/// Assesses one window anew from all its records. A window in which no modality saw anything makes no session.
async fn fuse_window(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    key: &SealKey,
    window: Window,
) -> Result<Option<FusedWindow>, SensingError> {
    let records = records_of(transaction, person, key, window).await?;
    if records.iter().all(|record| record.coverage.received == 0) {
        return Ok(None);
    }
    let session = assign(transaction, person, window).await?;
    let assessment = assess(&records);
    let encoded = assessment.encode();
    sqlx::query(
        "INSERT INTO fused_windows (session, window_start, person, size, sealed) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (session, window_start) DO UPDATE SET size = excluded.size, sealed = excluded.sealed",
    )
    .bind(session.0.to_vec())
    .bind(window.start_millis())
    .bind(person.0.to_vec())
    .bind(encoded.len() as i64)
    .bind(key.seal(&window_context(person, window), &encoded))
    .execute(&mut **transaction)
    .await?;
    Ok(Some(FusedWindow { session, window, assessment: Arc::new(assessment) }))
}

async fn records_of(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    key: &SealKey,
    window: Window,
) -> Result<Vec<Record>, SensingError> {
    // By modality first: sums must not depend on which record of a window came first.
    let rows: Vec<(Vec<u8>, i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT device, epoch, seq, sealed FROM records WHERE person = $1 AND window_start = $2 \
         ORDER BY modality, device, epoch, seq",
    )
    .bind(person.0.to_vec())
    .bind(window.start_millis())
    .fetch_all(&mut **transaction)
    .await?;
    let mut records = Vec::with_capacity(rows.len());
    for (device, epoch, seq, sealed) in rows {
        let place =
            ItemKey { device: DeviceId(bytes16(&device)?), epoch: Epoch(to_u64(epoch)?), seq: Seq(to_u64(seq)?) };
        let opened = key.open(&record_context(person, &place), &sealed);
        match opened.and_then(|plain| Record::decode(&plain)) {
            Ok(record) => records.push(record),
            // One damaged row must not keep everybody's windows from being fused.
            Err(error) => tracing::error!(%error, device = %place.device, seq, "Record left out of its window."),
        }
    }
    Ok(records)
}

/// Context under which a fused window is sealed. Its session is not part of it: windows change sessions when those join.
pub(crate) fn window_context(person: PersonId, window: Window) -> Vec<u8> {
    let mut context = b"fused".to_vec();
    context.extend_from_slice(&person.0);
    context.extend_from_slice(&window.0.to_be_bytes());
    context
}
