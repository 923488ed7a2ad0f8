use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use attune_analysis::indicators::{Assessment, Terms, assess};
use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Insert, Store, bytes16, to_u64};
use attune_people::accounts;
use attune_people::consent::{self, ItemKey};
use attune_people::preferences;
use attune_protocol::consent::Purpose;
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq, SessionId};
use attune_protocol::policy::Profile;
use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use attune_protocol::window::{WINDOW_MILLIS, Window};
use sqlx::{Any, Transaction};
use tokio::sync::{Notify, broadcast, watch};

use super::assign::{Assigned, LONGEST_GAP, Near};
use crate::SensingError;
use crate::ingest::record_context;
use crate::spans::Spans;

/// The most windows of one transaction, which has the locks of their people meanwhile: as many as the records of one transaction of
/// the ingest are of, with which it takes turns where one writes at a time.
const GROUP: i64 = 2048;
/// Windows whose records are read together lie no further apart, milliseconds.
const TOGETHER: i64 = 60_000;
/// What other collectors left waiting is looked for this often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How many fused windows a slow listener may lag behind before it misses some.
const ANNOUNCED: usize = 4096;

static FUSED: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO fused_windows (session, window_start, person, size, sealed)",
        5,
        "ON CONFLICT (session, window_start, person) DO UPDATE SET size = excluded.size, sealed = excluded.sealed",
    )
});

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
        // Elsewhere than other collectors, which go through the same list: two in one place would wait for each other.
        let mut turn = Turn { after: PersonId::random().0.to_vec(), windows: 0 };
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

    /// Fuses a group of windows of the next people for whom some wait, and gives whether there were any. People come in turn, so
    /// that nobody waits behind one who has many windows, or whose windows cannot be fused.
    async fn fuse_next(&self, turn: &mut Turn) -> Result<bool, SensingError> {
        let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(
            "SELECT person, window_start FROM pending_fusion WHERE person > $1 ORDER BY person, window_start LIMIT $2",
        )
        .bind(turn.after.clone())
        .bind(GROUP)
        .fetch_all(self.store.pool())
        .await?;
        let Some((last, _)) = rows.last() else { return Ok(false) };
        turn.after.clone_from(last);
        let mut waiting = Vec::new();
        for windows in rows.chunk_by(|one, next| one.0 == next.0) {
            let (person, first, last) = (&windows[0].0, windows[0].1, windows[windows.len() - 1].1);
            match bytes16(person) {
                Ok(person) => waiting.push(Waiting { person: PersonId(person), first, last }),
                Err(_) => self.store.damages().note(Damaged::Window, &[person]),
            }
        }
        if !waiting.is_empty() {
            turn.windows += self.fuse_group(&waiting).await?;
        }
        Ok(true)
    }

    /// Fuses windows of several people in one transaction; where that fails for what is in it, those of each by themselves, so that
    /// none keeps the others waiting. Gives the number of windows.
    async fn fuse_group(&self, waiting: &[Waiting]) -> Result<usize, SensingError> {
        match self.fuse_people(waiting).await {
            Err(error) if error.is_of_the_database() => return Err(error),
            Err(error) => tracing::warn!(%error, people = waiting.len(), "Windows could not be fused together."),
            fused => return fused,
        }
        let mut windows = 0;
        for one in waiting {
            match self.fuse_people(std::slice::from_ref(one)).await {
                Ok(fused) => windows += fused,
                Err(error) if error.is_of_the_database() => return Err(error),
                Err(error) => tracing::error!(%error, "The windows of one person could not be fused; they wait."),
            }
        }
        Ok(windows)
    }

    /// Gives how many windows were taken out of the list.
    async fn fuse_people(&self, waiting: &[Waiting]) -> Result<usize, SensingError> {
        let mut transaction = self.store.begin().await?;
        // Takes the locks of the people's rows, in one order everywhere: two collectors must not assign sessions of one person at
        // the same time.
        for one in waiting {
            accounts::lock(&mut transaction, one.person).await?;
        }
        let people: Vec<PersonId> = waiting.iter().map(|one| one.person).collect();
        let mut wrapped = self.people.all_wrapped(&people.iter().copied().collect()).await?;
        let deleted = Spans::of_all(&mut transaction, &people).await?;
        let (mut taken, mut fused, mut touched) = (0, Vec::new(), Vec::new());
        for (one, deleted) in waiting.iter().zip(deleted) {
            let key = match wrapped.remove(&one.person) {
                Some(wrapped) => self.people.of_wrapped(one.person, wrapped, None),
                None => self.people.of(one.person).await,
            };
            let key = match key {
                Ok(key) => Some(key),
                Err(GroundError::Erased) => None,
                // It is counted where it was met. The windows wait until it is mended.
                Err(GroundError::Damaged(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            let windows = self.fuse_person(&mut transaction, *one, (key.as_deref(), deleted), &mut fused).await?;
            taken += windows.len();
            if key.is_some() {
                // Also those in which nothing was sensed: what somebody said is in none.
                touched.extend(windows.into_iter().map(|start| (one.person, start..start + WINDOW_MILLIS)));
            }
        }
        let written = FUSED.rows(&mut transaction, &fused, |query, one| {
            query
                .bind(one.window.session.0.to_vec())
                .bind(one.window.window.start_millis())
                .bind(one.person.0.to_vec())
                .bind(one.size as i64)
                .bind(one.sealed.clone())
        });
        written.await?;
        attune_wellbeing::touch(&mut transaction, &touched).await?;
        transaction.commit().await?;
        for one in fused {
            let _ = self.fused.send(one.window);
        }
        Ok(taken)
    }

    /// Fuses windows of one person whose row is locked, and gives when those start that were taken out of the list. Of somebody without
    /// a key they are erased, as those that were deleted are.
    async fn fuse_person(
        &self,
        transaction: &mut Transaction<'static, Any>,
        Waiting { person, first, last }: Waiting,
        (key, deleted): (Option<&SealKey>, Spans),
        fused: &mut Vec<Fused>,
    ) -> Result<Vec<i64>, SensingError> {
        let terms = match key {
            Some(key) => self.terms(transaction, person, key).await,
            None => Ok(Terms::sensed(self.profile)),
        };
        let terms = match terms {
            // Counted where it was met: the windows wait.
            Err(SensingError::People(error)) if preferences::are_damaged(&error) => return Ok(Vec::new()),
            terms => terms?,
        };
        // Before the records are read: one that is committed later puts its window back. What another collector has fused is not
        // among them.
        let taken: Vec<(i64,)> = sqlx::query_as(
            "DELETE FROM pending_fusion WHERE person = $1 AND window_start BETWEEN $2 AND $3 RETURNING window_start",
        )
        .bind(person.0.to_vec())
        .bind(first)
        .bind(last)
        .fetch_all(&mut **transaction)
        .await?;
        let taken: Vec<i64> = taken.into_iter().map(|(window_start,)| window_start).collect();
        let (gone, mut windows): (Vec<i64>, Vec<i64>) =
            taken.iter().copied().partition(|window_start| key.is_none() || deleted.hold(*window_start));
        for window_start in gone {
            // Its records were taken in while the deletion, or the erasure of its person, was committed.
            sqlx::query("DELETE FROM records WHERE person = $1 AND window_start = $2")
                .bind(person.0.to_vec())
                .bind(window_start)
                .execute(&mut **transaction)
                .await?;
        }
        let Some(key) = key else { return Ok(taken) };
        let sealing = Sealing { person, key, damages: self.store.damages() };
        windows.sort_unstable();
        // What one puts back into the list lies no further from it.
        for windows in windows.chunk_by(|one, next| next - one <= LONGEST_GAP + WINDOW_MILLIS) {
            fuse_windows(transaction, &sealing, terms, windows, fused).await?;
        }
        Ok(taken)
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

/// Windows of one person that wait: the first and the last of them.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    person: PersonId,
    first: i64,
    last: i64,
}

/// A window that is to be written.
struct Fused {
    person: PersonId,
    window: FusedWindow,
    /// Bytes before it was sealed.
    size: usize,
    sealed: Vec<u8>,
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

/// Assesses windows anew that may be of one session, in their order. A window in which no modality saw anything makes no
/// session and extends none; within one it counts, so that the session's coverage says what was missed.
async fn fuse_windows(
    transaction: &mut Transaction<'static, Any>,
    sealing: &Sealing<'_>,
    terms: Terms,
    windows: &[i64],
    fused: &mut Vec<Fused>,
) -> Result<(), SensingError> {
    let (&[first, ..], &[.., last]) = (windows, windows) else { return Ok(()) };
    let Sealing { person, key, .. } = *sealing;
    let span = (Window::containing(first), Window::containing(last));
    let mut near = Near::of(transaction, person, span).await?;
    for windows in windows.chunk_by(|one, next| next - one <= TOGETHER) {
        let records = records_of(transaction, sealing, windows).await?;
        for window_start in windows {
            let window = Window::containing(*window_start);
            let Some(records) = records.get(window_start) else { continue };
            let session = if records.iter().any(|record| record.coverage.received > 0) {
                let Assigned { session, joined } = near.assign(transaction, window).await?;
                // Windows that are not written yet go over like those that are.
                let moved = fused.iter_mut().filter(|earlier| joined.contains(&earlier.window.session));
                moved.for_each(|earlier| earlier.window.session = session);
                session
            } else {
                let Some(session) = near.around(window) else { continue };
                session
            };
            let assessment = assess(records, terms);
            let encoded = assessment.encode();
            let (size, sealed) = (encoded.len(), key.seal(&window_context(person, window), &encoded));
            let announced = FusedWindow { session, window, assessment: Arc::new(assessment) };
            fused.push(Fused { person, window: announced, size, sealed });
            if near.has_put_back(window) {
                take_out(transaction, person, *window_start).await?;
            }
        }
    }
    near.write(transaction).await
}

/// Takes a window out of the list that was put back and is fused now.
async fn take_out(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    window_start: i64,
) -> Result<(), SensingError> {
    sqlx::query("DELETE FROM pending_fusion WHERE person = $1 AND window_start = $2")
        .bind(person.0.to_vec())
        .bind(window_start)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Of a record: its window, device, epoch and place, and the record, sealed.
type RecordRow = (i64, Vec<u8>, i64, i64, Vec<u8>);

/// The records that open of windows that lie together, by their windows.
async fn records_of(
    transaction: &mut Transaction<'static, Any>,
    &Sealing { person, key, damages }: &Sealing<'_>,
    windows: &[i64],
) -> Result<HashMap<i64, Vec<Record>>, SensingError> {
    // By modality first: sums must not depend on which record of a window came first.
    let rows: Vec<RecordRow> = sqlx::query_as(
        "SELECT window_start, device, epoch, seq, sealed FROM records WHERE person = $1 \
         AND window_start BETWEEN $2 AND $3 ORDER BY modality, device, epoch, seq",
    )
    .bind(person.0.to_vec())
    .bind(windows.first().copied())
    .bind(windows.last().copied())
    .fetch_all(&mut **transaction)
    .await?;
    let mut records: HashMap<i64, Vec<Record>> = HashMap::new();
    for (window_start, device, epoch, seq, sealed) in rows {
        if windows.binary_search(&window_start).is_err() {
            continue;
        }
        let read = || {
            let place =
                ItemKey { device: DeviceId(bytes16(&device)?), epoch: Epoch(to_u64(epoch)?), seq: Seq(to_u64(seq)?) };
            Ok::<_, SensingError>(Record::decode(&key.open(&record_context(person, &place), &sealed)?)?)
        };
        match read() {
            Ok(record) => records.entry(window_start).or_default().push(record),
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
