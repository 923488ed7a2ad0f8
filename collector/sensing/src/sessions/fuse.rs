use std::sync::Arc;
use std::time::Duration;

use attune_analysis::indicators::{Assessment, Terms, assess};
use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16, to_u64};
use attune_people::accounts;
use attune_people::consent::{self, ItemKey};
use attune_people::preferences;
use attune_protocol::consent::Purpose;
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq, SessionId};
use attune_protocol::policy::Profile;
use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;
use sqlx::{Any, Transaction};
use tokio::sync::{Notify, broadcast, watch};

use super::assign::{around, assign};
use crate::SensingError;
use crate::ingest::record_context;
use crate::spans::Spans;

/// The most windows of one transaction, which has the lock of its person meanwhile.
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
    profile: Profile,
    wake: Arc<Notify>,
    fused: broadcast::Sender<FusedWindow>,
}

impl Fuser {
    /// A fuser that is woken by `wake`. What `profile` forbids gives no score.
    #[must_use]
    pub fn new(store: Store, people: PersonKeys, profile: Profile, wake: Arc<Notify>) -> Self {
        Self { store, people, profile, wake, fused: broadcast::channel(ANNOUNCED).0 }
    }

    /// Listens to windows as they are fused.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<FusedWindow> {
        self.fused.subscribe()
    }

    /// Fuses whenever something waits, until `stop` says so. A group that was begun is finished.
    pub async fn work(self, mut stop: watch::Receiver<bool>) {
        let mut turn = Turn::default();
        while !*stop.borrow() {
            match self.fuse_next(&mut turn).await {
                Ok(true) => {}
                Ok(false) if turn.end() > 0 => {}
                Ok(false) => {
                    tokio::select! {
                        () = self.wake.notified() => {}
                        () = tokio::time::sleep(LOOK_AGAIN) => {}
                        _ = stop.wait_for(|stop| *stop) => {}
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "Windows could not be fused; they wait.");
                    tokio::select! {
                        () = tokio::time::sleep(LOOK_AGAIN) => {}
                        _ = stop.wait_for(|stop| *stop) => {}
                    }
                }
            }
        }
    }

    /// Fuses one group of each person for whom windows wait, and gives the number of windows.
    ///
    /// # Errors
    /// When the database refuses. The windows then still wait.
    pub async fn fuse_waiting(&self) -> Result<usize, SensingError> {
        let mut turn = Turn::default();
        while self.fuse_next(&mut turn).await? {}
        Ok(turn.end())
    }

    /// Fuses a group of the next person for whom windows wait, and gives whether there was one. People come in turn, so
    /// that nobody waits behind one who has many windows, or whose windows cannot be fused.
    async fn fuse_next(&self, turn: &mut Turn) -> Result<bool, SensingError> {
        let next: Option<(Vec<u8>,)> =
            sqlx::query_as("SELECT person FROM pending_fusion WHERE person > $1 ORDER BY person LIMIT 1")
                .bind(turn.after.clone())
                .fetch_optional(self.store.pool())
                .await?;
        let Some((person,)) = next else { return Ok(false) };
        turn.after.clone_from(&person);
        match self.fuse_group(&person).await {
            Ok(windows) => turn.windows += windows,
            Err(error) if error.is_of_the_database() => return Err(error),
            // It is counted where it was met. The windows wait until it is mended.
            Err(SensingError::Ground(GroundError::Damaged(_))) => {}
            Err(error) => tracing::error!(%error, "The windows of one person could not be fused; they wait."),
        }
        Ok(true)
    }

    async fn fuse_group(&self, person: &[u8]) -> Result<usize, SensingError> {
        let Ok(id) = bytes16(person).map(PersonId) else {
            self.store.damages().note(Damaged::Window, &[person]);
            return Ok(0);
        };
        let windows: Vec<(i64,)> =
            sqlx::query_as("SELECT window_start FROM pending_fusion WHERE person = $1 ORDER BY window_start LIMIT $2")
                .bind(person.to_vec())
                .bind(GROUP)
                .fetch_all(self.store.pool())
                .await?;
        let windows: Vec<i64> = windows.into_iter().map(|(window,)| window).collect();
        let (taken, fused) = self.fuse_person(id, &windows).await?;
        for window in fused {
            let _ = self.fused.send(window);
        }
        Ok(taken)
    }

    /// Gives how many windows were taken out of the list, and those that were fused.
    async fn fuse_person(&self, person: PersonId, windows: &[i64]) -> Result<(usize, Vec<FusedWindow>), SensingError> {
        let mut transaction = self.store.begin().await?;
        // Takes the lock of the person's row: two collectors must not assign sessions of one person at the same time.
        accounts::lock(&mut transaction, person).await?;
        let key = match self.people.of(person).await {
            Ok(key) => Some(key),
            Err(GroundError::Erased) => None,
            Err(error) => return Err(error.into()),
        };
        let terms = match &key {
            Some(key) => self.terms(&mut transaction, person, key).await?,
            None => Terms::sensed(self.profile),
        };
        let deleted = Spans::of(&mut transaction, person).await?;
        let (mut taken, mut fused) = (0, Vec::new());
        for &window_start in windows {
            // Before the records are read: one that is committed later puts the window back.
            let removed = sqlx::query("DELETE FROM pending_fusion WHERE person = $1 AND window_start = $2")
                .bind(person.0.to_vec())
                .bind(window_start)
                .execute(&mut **transaction)
                .await?;
            if removed.rows_affected() == 0 {
                continue; // another collector has fused it
            }
            taken += 1;
            if deleted.hold(window_start) {
                // Its records were taken in while the deletion was committed.
                sqlx::query("DELETE FROM records WHERE person = $1 AND window_start = $2")
                    .bind(person.0.to_vec())
                    .bind(window_start)
                    .execute(&mut **transaction)
                    .await?;
            } else if let Some(key) = &key {
                let sealing = Sealing { person, key, damages: self.store.damages() };
                fused.extend(fuse_window(&mut transaction, &sealing, terms, Window::containing(window_start)).await?);
            }
        }
        transaction.commit().await?;
        Ok((taken, fused))
    }

    /// What is known of a person's windows beside their records.
    async fn terms(
        &self,
        transaction: &mut Transaction<'static, Any>,
        person: PersonId,
        key: &SealKey,
    ) -> Result<Terms, SensingError> {
        let key = (key, self.store.damages().as_ref());
        let lacking = consent::lacking(transaction, person, key, Purpose::Wellbeing).await?;
        let wanted = preferences::of(transaction, key, person).await?;
        let off = Modality::SENSED.into_iter().filter(|modality| !wanted.allows(*modality));
        let terms = Terms::sensed(self.profile).tolerating(wanted.tolerance());
        let terms = lacking.into_iter().fold(terms, Terms::without);
        Ok(off.fold(terms, Terms::switched_off))
    }
}

/// A round over the people for whom windows wait.
#[derive(Debug, Default)]
struct Turn {
    /// Who was served last.
    after: Vec<u8>,
    /// Windows that were taken out of the list.
    windows: usize,
}

impl Turn {
    /// Begins the next one, and gives how many windows this one had.
    fn end(&mut self) -> usize {
        std::mem::take(self).windows
    }
}

/// What opens the records of a person, and counts those that do not open.
struct Sealing<'a> {
    person: PersonId,
    key: &'a SealKey,
    damages: &'a Damages,
}

/// Assesses one window anew from all its records. A window in which no modality saw anything makes no session and extends
/// none; within one it counts, so that the session's coverage says what was missed.
async fn fuse_window(
    transaction: &mut Transaction<'static, Any>,
    sealing: &Sealing<'_>,
    terms: Terms,
    window: Window,
) -> Result<Option<FusedWindow>, SensingError> {
    let Sealing { person, key, .. } = *sealing;
    let records = records_of(transaction, sealing, window).await?;
    let seen = records.iter().any(|record| record.coverage.received > 0);
    let session = match seen {
        true => assign(transaction, person, window).await?,
        false if records.is_empty() => return Ok(None),
        false => match around(transaction, person, window).await? {
            Some(session) => session,
            None => return Ok(None),
        },
    };
    let assessment = assess(&records, terms);
    let encoded = assessment.encode();
    sqlx::query(
        "INSERT INTO fused_windows (session, window_start, person, size, sealed) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (session, window_start, person) DO UPDATE SET size = excluded.size, sealed = excluded.sealed",
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
    &Sealing { person, key, damages }: &Sealing<'_>,
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
        let read = || {
            let place =
                ItemKey { device: DeviceId(bytes16(&device)?), epoch: Epoch(to_u64(epoch)?), seq: Seq(to_u64(seq)?) };
            Ok::<_, SensingError>(Record::decode(&key.open(&record_context(person, &place), &sealed)?)?)
        };
        match read() {
            Ok(record) => records.push(record),
            Err(_) => damages.note(Damaged::Record, &[&device, &epoch.to_be_bytes(), &seq.to_be_bytes()]),
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
