//! What a person's devices are told of their preferences, and which of them say that they follow.
//!
//! A device is told what is chosen until it says, signed, under that number, that it has carried it out. A device that says a later
//! number than any here was told by a database of which this one is an older copy. It keeps to what it was told, and nothing of before is
//! told to it: that could switch on what its person has switched off. What they choose next has a number behind that.

use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Lookup, Store, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::{DeviceId, PersonId};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use attune_protocol::wishes::{Followed, Wishes};
use sqlx::{Any, AnyConnection, Transaction};

use super::Preferences;
use super::store::open;
use crate::{PeopleError, accounts};

/// How far a number may lie ahead of this clock: they are instants of collectors, whose clocks differ.
const AHEAD_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What holds for what a device sends.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What its person prefers.
    pub preferences: Preferences,
    /// When what devices are told of it was chosen; 0 where nothing is to be told.
    number: i64,
    /// Whether the device says that it follows.
    follows: bool,
}

impl Wanted {
    /// What the device is to be told under an enrolment, where it does not follow, or is seen not to.
    #[must_use]
    pub fn untold(&self, of: (DeviceId, u32), is_unheard: bool) -> Option<Wishes> {
        let tells = self.number > 0 && (is_unheard || !self.follows);
        tells.then(|| self.preferences.wishes(of, self.number))
    }
}

impl Default for Wanted {
    /// Of who has chosen nothing.
    fn default() -> Self {
        Self { preferences: Preferences::default(), number: 0, follows: true }
    }
}

/// A device, and whether it follows what its person chose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Following {
    pub(crate) device: DeviceId,
    /// Since when, Unix milliseconds; none while it was not heard to.
    pub(crate) since: Option<i64>,
    /// Whether it follows a later choice than is known here.
    pub(crate) is_ahead: bool,
}

impl Preferences {
    /// What of them devices are told: whether anything is kept, and what is off.
    pub(super) fn told(&self) -> (bool, Vec<Modality>) {
        (self.store_sessions, Modality::SENSED.into_iter().filter(|modality| !self.allows(*modality)).collect())
    }

    fn wishes(&self, (device, enrolment): (DeviceId, u32), number: i64) -> Wishes {
        let (keep, off) = self.told();
        Wishes { device, enrolment, number, keep, off }
    }
}

static CHOSEN: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, person, device, enrolment)",
        "SELECT asked.place, own.sealed, own.number, followed.number FROM asked CROSS JOIN preferences own \
         LEFT JOIN preferences_followed followed ON followed.device = asked.device \
         AND followed.enrolment = asked.enrolment AND followed.person = own.person WHERE own.person = asked.person",
    )
});

/// What a person chose, sealed, and the number that a device of theirs follows.
pub struct Chosen {
    person: PersonId,
    /// What was chosen, its number, and the one that the device says.
    row: Option<(Vec<u8>, i64, Option<i64>)>,
}

impl Chosen {
    /// What holds for what devices send, each under an enrolment, each in its place. Read over the connection that holds the lock
    /// of their people.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of(
        connection: &mut AnyConnection,
        devices: &[(PersonId, DeviceId, u32)],
    ) -> Result<Vec<Self>, PeopleError> {
        let rows = CHOSEN.of(connection, devices, |query, asked| {
            query
                .bind(asked.map(|(person, ..)| person.0.to_vec()))
                .bind(asked.map(|(_, device, _)| device.0.to_vec()))
                .bind(asked.map(|(.., enrolment)| i64::from(*enrolment)))
        });
        let rows: Vec<(i64, Vec<u8>, i64, Option<i64>)> = rows.await?;
        let mut all: Vec<Self> = devices.iter().map(|(person, ..)| Self { person: *person, row: None }).collect();
        for (place, sealed, number, followed) in rows {
            if let Some(of) = usize::try_from(place).ok().and_then(|place| all.get_mut(place)) {
                of.row = Some((sealed, number, followed));
            }
        }
        Ok(all)
    }

    /// Opens it; the usual of who has chosen nothing.
    ///
    /// # Errors
    /// [`GroundError::Damaged`] when it does not open: nobody guesses.
    pub fn open(self, (key, damages): (&SealKey, &Damages)) -> Result<Wanted, PeopleError> {
        let Some((sealed, number, followed)) = self.row else { return Ok(Wanted::default()) };
        let preferences = open(key, damages, self.person, &sealed)?;
        Ok(Wanted { preferences, number, follows: followed.is_some_and(|followed| followed >= number) })
    }
}

/// What holds for what a device sends under an enrolment, as [`Chosen`] tells it.
///
/// # Errors
/// When the database refuses; [`GroundError::Damaged`] when what was chosen does not open.
pub async fn wanted(
    connection: &mut AnyConnection,
    opening: (&SealKey, &Damages),
    person: PersonId,
    (device, enrolment): (DeviceId, u32),
) -> Result<Wanted, PeopleError> {
    Chosen::of(connection, &[(person, device, enrolment)]).await?.remove(0).open(opening)
}

/// What is to be told to devices that do not follow yet. People of whom it does not read are left out, and counted.
///
/// # Errors
/// When the database refuses.
pub async fn untold(store: &Store, keys: &PersonKeys) -> Result<Vec<Wishes>, PeopleError> {
    let rows: Vec<(Vec<u8>, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT own.device, own.number, own.person FROM preferences wanted \
         JOIN device_enrolments own ON own.person = wanted.person \
         JOIN devices ON devices.device = own.device AND devices.revoked_at IS NULL \
         LEFT JOIN preferences_followed followed ON followed.device = own.device AND followed.enrolment = own.number \
         AND followed.person = own.person \
         WHERE wanted.number > 0 AND (followed.number IS NULL OR followed.number < wanted.number) AND own.number = \
         (SELECT MAX(number) FROM device_enrolments newest WHERE newest.device = own.device)",
    )
    .fetch_all(store.pool())
    .await?;
    let mut all = Vec::new();
    for (device, number, person) in rows {
        let (Ok(device), Ok(person), Ok(number)) = (bytes16(&device), bytes16(&person), u32::try_from(number)) else {
            continue;
        };
        let mut connection = store.pool().acquire().await?;
        let person = PersonId(person);
        let key = match keys.of(person).await {
            Ok(key) => key,
            Err(error) if error.is_of_the_database() => return Err(error.into()),
            Err(_) => continue,
        };
        match wanted(&mut connection, (&key, store.damages()), person, (DeviceId(device), number)).await {
            Ok(found) => all.extend(found.untold((DeviceId(device), number), false)),
            Err(error) if error.is_of_the_database() => return Err(error),
            Err(_) => {}
        }
    }
    Ok(all)
}

/// Notes which wishes a device says that it follows.
///
/// # Errors
/// When the database refuses, or the person was erased.
pub async fn follow(store: &Store, keys: &PersonKeys, said: Followed) -> Result<(), PeopleError> {
    let Followed { device, enrolment, number } = said;
    if !(0..=now_millis().saturating_add(AHEAD_MILLIS)).contains(&number) {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    let row: Option<(Vec<u8>,)> =
        sqlx::query_as("SELECT person FROM device_enrolments WHERE device = $1 AND number = $2")
            .bind(device.0.to_vec())
            .bind(i64::from(enrolment))
            .fetch_optional(&mut **transaction)
            .await?;
    let Some((person,)) = row else { return Ok(()) };
    let person = PersonId(bytes16(&person)?);
    accounts::lock(&mut transaction, person).await?;
    // What a device of who was erased follows is nobody's any more.
    if let Err(GroundError::Erased) = keys.of(person).await {
        return Ok(());
    }
    // What stands there already stays since when it does.
    let noted = sqlx::query(
        "INSERT INTO preferences_followed (device, enrolment, person, number, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (device, enrolment, person) DO UPDATE SET number = excluded.number, at = excluded.at \
         WHERE preferences_followed.number <> excluded.number",
    )
    .bind(device.0.to_vec())
    .bind(i64::from(enrolment))
    .bind(person.0.to_vec())
    .bind(number)
    .bind(now_millis())
    .execute(&mut **transaction)
    .await?;
    let known: Option<(i64,)> = sqlx::query_as("SELECT number FROM preferences WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_optional(&mut **transaction)
        .await?;
    transaction.commit().await?;
    if noted.rows_affected() > 0 && number > known.map_or(0, |(known,)| known) {
        tracing::warn!(
            "A device follows a later choice of its person than is known here; was the database put back from a copy? It keeps to that \
             until they choose anew."
        );
    }
    Ok(())
}

/// Takes it that a device does not follow what it was told: it has sensed what is off, as one does whose state was put back from a
/// copy.
///
/// # Errors
/// When the database refuses.
pub async fn unfollow(
    transaction: &mut Transaction<'static, Any>,
    device: DeviceId,
    enrolment: u32,
) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM preferences_followed WHERE device = $1 AND enrolment = $2")
        .bind(device.0.to_vec())
        .bind(i64::from(enrolment))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// The devices of people who are one that are theirs and listened to, each with since when it follows what is chosen now. Empty where no
/// device has to be told anything.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn following(store: &Store, people: &[PersonId]) -> Result<Vec<Following>, PeopleError> {
    let mut all = Vec::new();
    for person in people {
        all.extend(of_person_following(store, *person).await?);
    }
    Ok(all)
}

async fn of_person_following(store: &Store, person: PersonId) -> Result<Vec<Following>, PeopleError> {
    let rows: Vec<(Vec<u8>, Option<i64>, i64)> = sqlx::query_as(
        "SELECT own.device, CAST(CASE WHEN followed.number = wanted.number THEN followed.at END AS BIGINT), \
         CAST(CASE WHEN followed.number > wanted.number THEN 1 ELSE 0 END AS BIGINT) FROM preferences wanted \
         JOIN device_enrolments own ON own.person = wanted.person \
         JOIN devices ON devices.device = own.device AND devices.revoked_at IS NULL \
         LEFT JOIN preferences_followed followed ON followed.device = own.device AND followed.enrolment = own.number \
         AND followed.person = own.person \
         WHERE wanted.person = $1 AND wanted.number > 0 AND own.number = \
         (SELECT MAX(number) FROM device_enrolments newest WHERE newest.device = own.device) ORDER BY own.device",
    )
    .bind(person.0.to_vec())
    .fetch_all(store.pool())
    .await?;
    let read = |(device, since, ahead): (Vec<u8>, Option<i64>, i64)| {
        Ok::<_, GroundError>(Following { device: DeviceId(bytes16(&device)?), since, is_ahead: ahead == 1 })
    };
    Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
}

/// Of damaged preferences: whether an error says that.
#[must_use]
pub fn are_damaged(error: &PeopleError) -> bool {
    matches!(error, PeopleError::Ground(GroundError::Damaged(Damaged::Preferences)))
}
