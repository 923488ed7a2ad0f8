use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::folder::KEYS;
use super::progress::Progress;
use super::recovery::Recovery;
use super::{BackupError, making, recovery_path};
use crate::chores::Chore;
use crate::command::House;
use crate::time::now_millis;
use crate::{Foundation, GroundError};

/// How often it is looked whether the keys have changed, and tried again where it failed.
const MINUTE: Duration = Duration::from_secs(60);
/// How long one renewal may take: a folder on another machine may be out of reach, and then nobody answers at all.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much longer than it took nothing is renewed then, where keys are destroyed one after the other.
const PAUSE: u32 = 4;

/// Renews the copy of the keys of people at once when one is destroyed, and within a minute when one is made, until it is told to stop.
pub async fn keep_key_copy(ground: Foundation, house: House, mut stop: watch::Receiver<bool>) {
    let keyring = ground.store.keyring().clone();
    let mut keeping = Keeping { ground, house, copied: None, under_way: None };
    let mut renewed_for = None;
    loop {
        let seen = keyring.renewal_wanted();
        let begun = Instant::now();
        keeping.round(renewed_for != Some(seen)).await;
        let took = begun.elapsed();
        keyring.renewal_tried(seen);
        renewed_for = keeping.copied.is_some().then_some(seen);
        let is_told = tokio::select! {
            () = keyring.renewal_due(seen) => false,
            () = tokio::time::sleep(MINUTE) => false,
            _ = stop.wait_for(|stop| *stop) => true,
        };
        if is_told {
            return;
        }
        let pause = (took * PAUSE).min(MINUTE);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

struct Keeping {
    ground: Foundation,
    house: House,
    /// What the keys were when they were copied last; none where that is not known, or failed.
    copied: Option<String>,
    /// A renewal that has not come to its end.
    under_way: Option<JoinHandle<Result<(), BackupError>>>,
}

impl Keeping {
    async fn round(&mut self, is_wanted: bool) {
        let now = match self.state().await {
            Ok(now) => now,
            Err(error) => {
                tracing::error!(%error, "It could not be looked whether the keys of people have changed.");
                return;
            }
        };
        let looked = tokio::time::timeout(PATIENCE, tokio::fs::try_exists(self.house.copies.join(KEYS))).await;
        let is_there = matches!(looked, Ok(Ok(true)));
        if !is_wanted && is_there && self.copied.as_ref() == Some(&now) {
            return;
        }
        let done = self.renew().await;
        self.ground.store.chores().note(Chore::CopyingKeys, &done);
        match done {
            Ok(()) => self.copied = Some(now),
            Err(problem) => {
                self.copied = None;
                tracing::error!(
                    folder = %self.house.copies.display(),
                    "The copy of the keys could not be renewed, and may hold keys that were destroyed; it is tried again within a minute: \
                     failed to {problem}"
                );
                if let Err(error) = self.ground.store.note_stale_key_copy(now_millis()).await {
                    tracing::error!(%error, "That could not be noted.");
                }
            }
        }
    }

    /// What the copy has in it: the keys of people, and those with which the collectors sign.
    async fn state(&self) -> Result<String, GroundError> {
        let Foundation { store, own, .. } = &self.ground;
        let (people, held) = (store.keyring().state().await?, own.refresh(store).await?);
        let former = held.former.as_ref().map(|former| former.public());
        Ok(format!("{people} {:?} {former:?}", held.current.public()))
    }

    /// Renews it, or waits for the renewal that is under way.
    async fn renew(&mut self) -> Result<(), String> {
        let task = self.under_way.get_or_insert_with(|| {
            let (ground, house) = (self.ground.clone(), self.house.clone());
            tokio::spawn(async move {
                let recovery = Recovery::read(&recovery_path(&house.key))?;
                ground.store.keep_key_copy_in(&house.copies.display().to_string()).await?;
                making::keys(&ground, (&house.copies, recovery), &Progress::hidden()).await.map(drop)
            })
        });
        let Ok(done) = tokio::time::timeout(PATIENCE, task).await else {
            return Err(format!("write into {}: it does not answer", self.house.copies.display()));
        };
        self.under_way = None;
        done.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }
}
