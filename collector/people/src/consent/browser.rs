//! What is withdrawn in the browser, until the device that it is for has confirmed it.

use attune_ground::GroundError;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16, to_i64, to_u64};
use attune_ground::time::now_millis;
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::ids::{DeviceId, PersonId, Seq};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use attune_protocol::withdrawals::{Asked, Withdrawals};
use sqlx::{Any, Transaction};

use super::{BROWSER, ItemKey, Told, append, history};
use crate::PeopleError;

/// When a device has confirmed what was withdrawn in the browser, Unix milliseconds: it told the same, under the same instant.
/// `told` are all changes of its person.
#[must_use]
pub fn confirmed_at(told: &[Told], asked: &Told) -> Option<i64> {
    let of = |told: &Told| {
        let Consent { modality, purpose, granted, at_millis, .. } = told.change;
        (told.device, told.enrolment, modality, purpose, granted, at_millis)
    };
    told.iter().find(|told| !told.in_browser && of(told) == of(asked)).map(|told| told.received_at)
}

/// Notes what a person withdraws in the browser for a device of theirs. From the end of the transaction on nothing of it is taken
/// in; its instant is later than every change that is known of the device, so that no grant of before outlives it. Each is named with the
/// version of the text that they were shown; none where a program asks for it. Gives whether
/// the enrolment is the device's still.
///
/// # Errors
/// When the database refuses.
pub async fn withdraw_in_browser(
    transaction: &mut Transaction<'static, Any>,
    (person, seal): (PersonId, &SealKey),
    device: DeviceId,
    what: &[(Modality, Purpose, Option<u16>)],
    told: &[Told],
) -> Result<bool, PeopleError> {
    let of_device: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT number, person FROM device_enrolments WHERE device = $1 ORDER BY number DESC LIMIT 1")
            .bind(device.0.to_vec())
            .fetch_optional(&mut **transaction)
            .await?;
    let Some((number, _)) = of_device.filter(|(_, of)| *of == person.0) else { return Ok(false) };
    let enrolment = u32::try_from(number).map_err(|_| GroundError::Corrupt("an enrolment has a number of 32 bits"))?;
    let (last,): (Option<i64>,) = sqlx::query_as("SELECT MAX(seq) FROM consent_log WHERE device = $1 AND epoch = $2")
        .bind(device.0.to_vec())
        .bind(to_i64(BROWSER.0)?)
        .fetch_one(&mut **transaction)
        .await?;
    let known = told.iter().filter(|told| told.device == device).map(|told| told.change.at_millis).max();
    let latest = last.into_iter().chain(known).max().unwrap_or(0);
    let first = now_millis().max(latest.saturating_add(1));
    let is_asked = |(modality, purpose, _): &(Modality, Purpose, Option<u16>)| {
        told.iter().any(|one| {
            let same = (one.device, one.enrolment) == (device, number);
            let kind = (one.change.modality, one.change.purpose) == (*modality, *purpose);
            one.in_browser && same && kind && confirmed_at(told, one).is_none()
        })
    };
    // What waits for the device already holds already.
    let new = what.iter().filter(|one| !is_asked(one));
    for ((modality, purpose, shown), at_millis) in new.zip(first..) {
        let (modality, purpose) = (*modality, *purpose);
        let change = Consent { modality, purpose, granted: false, version: enrolment, at_millis, text: *shown };
        let place = ItemKey { device, epoch: BROWSER, seq: Seq(to_u64(at_millis)?) };
        append(transaction, person, seal, place, &change).await?;
    }
    Ok(true)
}

/// The people, and behind a place of the log, of whom something was withdrawn in the browser, with the devices that it is for
/// and the last place of the log that was looked at.
///
/// # Errors
/// When the database refuses.
pub async fn withdrawn_since(store: &Store, place: i64) -> Result<(Vec<(PersonId, DeviceId)>, i64), PeopleError> {
    let rows: Vec<(Vec<u8>, Vec<u8>, i64)> =
        sqlx::query_as("SELECT person, device, place FROM consent_log WHERE place > $1 AND epoch = $2 ORDER BY place")
            .bind(place)
            .bind(to_i64(BROWSER.0)?)
            .fetch_all(store.pool())
            .await?;
    let last = rows.last().map_or(place, |(.., last)| *last);
    let read = |(person, device, _): (Vec<u8>, Vec<u8>, i64)| {
        Some((PersonId(bytes16(&person).ok()?), DeviceId(bytes16(&device).ok()?)))
    };
    Ok((rows.into_iter().filter_map(read).collect(), last))
}

/// What a device is to be told that its person withdrew in the browser and it has not confirmed; `None` where there is nothing,
/// where it is another's by now, is listened to no more, or the person was erased.
///
/// # Errors
/// When the database refuses.
pub async fn unconfirmed(
    store: &Store,
    keys: &PersonKeys,
    person: PersonId,
    device: DeviceId,
) -> Result<Option<Withdrawals>, PeopleError> {
    let current: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT own.number, own.person FROM device_enrolments own JOIN devices ON devices.device = own.device \
         WHERE own.device = $1 AND devices.revoked_at IS NULL ORDER BY own.number DESC LIMIT 1",
    )
    .bind(device.0.to_vec())
    .fetch_optional(store.pool())
    .await?;
    let Some((number, _)) = current.filter(|(_, of)| *of == person.0) else { return Ok(None) };
    let told = match history(store, keys, person).await {
        Err(PeopleError::Ground(GroundError::Erased)) => return Ok(None),
        told => told?,
    };
    let is_open = |one: &&Told| {
        one.in_browser && (one.device, one.enrolment) == (device, number) && confirmed_at(&told, one).is_none()
    };
    let asked: Vec<Asked> = told.iter().filter(is_open).map(|one| one.change).map(asked).collect();
    let enrolment = u32::try_from(number).map_err(|_| GroundError::Corrupt("an enrolment has a number of 32 bits"))?;
    Ok((!asked.is_empty()).then_some(Withdrawals { device, enrolment, asked }))
}

const fn asked(change: Consent) -> Asked {
    Asked { modality: change.modality, purpose: change.purpose, at_millis: change.at_millis }
}
