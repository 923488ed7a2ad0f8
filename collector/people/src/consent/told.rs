//! Changes as people and who watches over them are told of them.

use attune_ground::GroundError;
use attune_ground::damage::Damages;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16, to_i64};
use attune_protocol::consent::{Consent, texts};
use attune_protocol::ids::{DeviceId, PersonId};
use sqlx::AnyConnection;

use super::log::{BROWSER, open};
use crate::PeopleError;

/// A change of consent, and from where it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Told {
    /// The device that told it.
    pub device: DeviceId,
    /// The enrolment under which it did; 0 where that is not known.
    pub enrolment: i64,
    /// When it came here, Unix milliseconds.
    pub received_at: i64,
    /// What was decided.
    pub change: Consent,
    /// Whether it was withdrawn in the browser, and not told by the device.
    pub in_browser: bool,
}

impl Told {
    /// The text that was shown when it was decided; none where that is not recorded, or its version not known here.
    #[must_use]
    pub fn text(&self) -> Option<&'static str> {
        texts::of_version(self.change.modality, self.change.purpose, self.change.text?)
    }

    /// Which text was shown, in words.
    #[must_use]
    pub fn text_words(&self) -> String {
        self.change.text.map_or_else(|| "not recorded".into(), |version| format!("version {version}"))
    }

    /// By what the newer of two is told. Versions begin anew with each enrolment, and in an outbox that was put back from a copy.
    #[must_use]
    pub const fn age(&self) -> (i64, i64, u32) {
        (self.enrolment, self.change.at_millis, self.change.version)
    }
}

/// Whose consent changed behind a place of the log, and the last place of it; the place that was given where nothing stands behind it.
///
/// # Errors
/// When the database refuses.
pub async fn changed_behind(store: &Store, place: i64) -> Result<(Vec<PersonId>, i64), PeopleError> {
    let (last,): (Option<i64>,) = sqlx::query_as("SELECT MAX(place) FROM consent_log").fetch_one(store.pool()).await?;
    let last = last.unwrap_or(place).max(place);
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT DISTINCT person FROM consent_log WHERE place > $1 AND place <= $2")
            .bind(place)
            .bind(last)
            .fetch_all(store.pool())
            .await?;
    let people = rows.into_iter().map(|(person,)| Ok(PersonId(bytes16(&person)?)));
    Ok((people.collect::<Result<_, GroundError>>()?, last))
}

/// Whether somebody's consent changed behind a place of the log.
///
/// # Errors
/// When the database refuses.
pub async fn has_changed_behind(store: &Store, person: PersonId, place: i64) -> Result<bool, GroundError> {
    let changed: Option<(i64,)> =
        sqlx::query_as("SELECT place FROM consent_log WHERE place > $1 AND person = $2 ORDER BY place DESC LIMIT 1")
            .bind(place)
            .bind(person.0.to_vec())
            .fetch_optional(store.pool())
            .await?;
    Ok(changed.is_some())
}

/// All changes of a person, in the order in which they came. Those that do not open are left out.
///
/// # Errors
/// When the database refuses, or the person was erased.
pub async fn history(store: &Store, keys: &PersonKeys, person: PersonId) -> Result<Vec<Told>, PeopleError> {
    let mut connection = store.pool().acquire().await.map_err(GroundError::from)?;
    history_over(&mut connection, (keys, store.damages()), person).await
}

/// As [`history`], over a connection that may hold locks.
///
/// # Errors
/// As [`history`].
pub async fn history_over(
    connection: &mut AnyConnection,
    (keys, damages): (&PersonKeys, &Damages),
    person: PersonId,
) -> Result<Vec<Told>, PeopleError> {
    type Row = (Vec<u8>, i64, i64, Vec<u8>, i64, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT log.device, log.epoch, log.seq, log.entry, log.received_at, COALESCE(epochs.number, 0) \
         FROM consent_log log LEFT JOIN device_epochs epochs ON epochs.device = log.device AND epochs.epoch = log.epoch \
         WHERE log.person = $1 ORDER BY log.place",
    )
    .bind(person.0.to_vec())
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = keys.of(person).await?;
    let mut told = Vec::with_capacity(rows.len());
    for (device, epoch, seq, entry, received_at, enrolment) in rows {
        if let Some(mut change) = open(&key, person, (&device, epoch, seq), &entry, damages) {
            let in_browser = epoch == to_i64(BROWSER.0)?;
            let enrolment = if in_browser { i64::from(change.version) } else { enrolment };
            if in_browser {
                change.version = 0;
            }
            told.push(Told { device: DeviceId(bytes16(&device)?), enrolment, received_at, change, in_browser });
        }
    }
    Ok(told)
}

/// The newest changes of everybody, the newest first, each with whose it is; none instead of a change that does not open, as of who was
/// erased.
///
/// # Errors
/// When the database refuses.
pub async fn newest(
    store: &Store,
    keys: &PersonKeys,
    most: i64,
) -> Result<Vec<(i64, PersonId, Option<Told>)>, PeopleError> {
    type Row = (i64, Vec<u8>, Vec<u8>, i64, i64, Vec<u8>, i64);
    let mut connection = store.pool().acquire().await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT place, person, device, epoch, seq, entry, received_at FROM consent_log ORDER BY place DESC LIMIT $1",
    )
    .bind(most)
    .fetch_all(&mut *connection)
    .await?;
    let mut all = Vec::with_capacity(rows.len());
    for (place, person, device, epoch, seq, entry, received_at) in rows {
        let person = PersonId(bytes16(&person)?);
        let key = match keys.of(person).await {
            Ok(key) => Some(key),
            Err(error) if error.is_of_the_database() => return Err(error.into()),
            Err(_) => None,
        };
        let change = key.and_then(|key| open(&key, person, (&device, epoch, seq), &entry, store.damages()));
        let in_browser = epoch == to_i64(BROWSER.0)?;
        let device = DeviceId(bytes16(&device)?);
        all.push((place, person, change.map(|change| Told { device, enrolment: 0, received_at, change, in_browser })));
    }
    Ok(all)
}
