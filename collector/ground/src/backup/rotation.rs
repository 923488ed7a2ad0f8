//! Another master key, so that a kill at any point loses nothing: both are there until all lies under the new one.

use std::path::Path;

use super::BackupError;
use crate::command::House;
use crate::foundation::next_key;
use crate::keys::{MasterKey, OwnKeys, PersonKeys};
use crate::store::{Rewrapped, look, place};
use crate::{Foundation, GroundError, StateFolder, files};

/// What became of a rotation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Rotated {
    pub(super) keys: usize,
    /// Keys of people that open under neither.
    pub(super) damaged: usize,
    /// User ids by which nobody is found any more.
    pub(super) unopened: u64,
}

/// Begins a rotation, or goes on with one that was cut short. Whoever runs meanwhile is refused.
pub(super) async fn rotate(state: &Path, house: &House, gives_up: bool) -> Result<Rotated, BackupError> {
    StateFolder::look(state)?;
    if look(&house.urls.database).await?.is_none() {
        return Err(GroundError::NoDatabase { place: place(&house.urls.database)? }.into());
    }
    let folder = StateFolder::take(state)?;
    let next = next_key(&house.key);
    if !next.try_exists().map_err(GroundError::file(&next))? {
        let ground = Foundation::open(&house.key, &house.urls, &house.migrations).await?;
        let unopened = look_before(&ground, house).await;
        ground.store.close().await;
        match unopened? {
            0 => {}
            unopened if !gives_up => return Err(BackupError::Unopened(unopened)),
            _ => {}
        }
        MasterKey::generate().write(&next)?;
    }
    let rotated = finish(house).await?;
    folder.give_back()?;
    Ok(rotated)
}

/// Goes on with a rotation that was cut short, if one was: whoever has the state folder may do that.
///
/// # Errors
/// When the database or the keys refuse; both master keys are then kept.
pub async fn go_on_rotating(house: &House) -> Result<(), GroundError> {
    let next = next_key(&house.key);
    if !next.try_exists().map_err(GroundError::file(&next))? {
        return Ok(());
    }
    let Rotated { keys, .. } = finish(house).await?;
    tracing::warn!(keys, "A rotation of the master key that was cut short is at its end.");
    Ok(())
}

/// Looks whether it can be done, and changes nothing. Gives how many user ids do not open.
async fn look_before(ground: &Foundation, house: &House) -> Result<u64, BackupError> {
    if ground.store.others_run().await? {
        return Err(BackupError::OthersRun);
    }
    let mut transaction = ground.store.begin().await?;
    let mut unopened = 0;
    for carried in &house.carried {
        unopened += (carried.rekey)(&mut transaction, &ground.people).await?;
    }
    transaction.rollback().await?;
    Ok(unopened)
}

async fn finish(house: &House) -> Result<Rotated, GroundError> {
    let next = next_key(&house.key);
    let new = MasterKey::read(&next)?;
    let found = look(&house.urls.database).await?;
    let is_done = found.and_then(|found| found.signing).is_some_and(|sealed| new.unwrap(b"signing", &sealed).is_ok());
    let rotated = if is_done { Rotated::default() } else { under(&new, house).await? };
    files::replace(&next, &house.key).map_err(GroundError::file(&house.key))?;
    Ok(rotated)
}

/// Puts everything under another master key.
async fn under(new: &MasterKey, house: &House) -> Result<Rotated, GroundError> {
    let old = MasterKey::read(&house.key)?;
    let ground = Foundation::on(old.clone(), &house.urls, &house.migrations).await?;
    let again = |person: attune_protocol::ids::PersonId, wrapped: &[u8]| {
        if new.unwrap(&person.0, wrapped).is_ok() {
            return Some(wrapped.to_vec());
        }
        old.unwrap(&person.0, wrapped).ok().map(|key| new.wrap(&person.0, &key))
    };
    let Rewrapped { keys, damaged } = ground.store.keyring().rewrap(new.id(), again).await?;
    let people = PersonKeys::new(new.clone(), &ground.store);
    let mut transaction = ground.store.begin().await?;
    OwnKeys::rewrap(&mut transaction, (&old, new)).await?;
    let mut unopened = 0;
    for carried in &house.carried {
        unopened += (carried.rekey)(&mut transaction, &people).await?;
    }
    transaction.commit().await?;
    ground.store.purge().await?;
    ground.store.close().await;
    Ok(Rotated { keys, damaged, unopened })
}
