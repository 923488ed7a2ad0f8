//! Makes copies: of the data, one file a run, and of the keys, one file that is always the newest.

use std::path::Path;

use data_encoding::HEXLOWER;
use futures_util::TryStreamExt;

use super::BackupError;
use super::folder::{Sink, Turn, Written};
use super::progress::Progress;
use super::recovery::Recovery;
use super::rows::{About, Frames, VERSION, WITH_SIGNING};
use super::sealed::Holds;
use crate::store::Snapshot;
use crate::time::now_millis;
use crate::{Foundation, GroundError};

/// Bytes of a chunk before it is sealed.
const CHUNK: usize = 1 << 20;

/// Where a secret of the collectors' lies in the database: sealed under the master key, which may be another one by then.
const SECRETS: &str = "collector_keys";
/// By what the master key is called in the copy of the keys.
pub(super) const MASTER: &str = "master";

/// A copy that was made.
pub(super) struct Made {
    pub(super) written: Written,
    pub(super) rows: u64,
}

/// Copies the database as it is now.
pub(super) async fn data(
    ground: &Foundation,
    (folder, recovery): (&Path, Recovery),
    progress: &Progress,
) -> Result<Made, BackupError> {
    let turn = Turn::take(folder, Holds::Data)?;
    is_noted(ground, &recovery).await?;
    let mut snapshot = ground.store.snapshot().await?;
    let made_at = now_millis();
    let sink = turn.begin(made_at, recovery);
    let rows = read(ground, &mut snapshot, (Holds::Data, made_at), &sink, progress).await;
    let _ = snapshot.close().await;
    ended(sink, rows).await
}

/// Copies the keys of people as they are now, with the master key that wraps them. Who destroys one meanwhile has it renewed again.
pub(super) async fn keys(
    ground: &Foundation,
    (folder, recovery): (&Path, Recovery),
    progress: &Progress,
) -> Result<Made, BackupError> {
    // Before they are read: an older state never comes over a newer one.
    let path = folder.to_path_buf();
    let collector = HEXLOWER.encode(&ground.own.refresh(&ground.store).await?.identity);
    let turn = tokio::task::spawn_blocking(move || {
        let turn = Turn::take(&path, Holds::Keys)?;
        turn.claim(&collector).map(|()| turn)
    });
    let turn = turn.await;
    let turn = turn.map_err(|_| GroundError::Abandoned)??;
    is_noted(ground, &recovery).await?;
    let made_at = now_millis();
    let mut snapshot = ground.store.keyring().snapshot().await?;
    let sink = turn.begin(made_at, recovery);
    let rows = read(ground, &mut snapshot, (Holds::Keys, made_at), &sink, progress).await;
    let _ = snapshot.close().await;
    let made = ended(sink, rows).await?;
    ground.store.note_key_copy(made_at, &folder.display().to_string(), recovery.bytes()).await?;
    Ok(made)
}

/// Holds that the other collectors of the database seal for the same recovery key: whoever has that one could not open this copy.
async fn is_noted(ground: &Foundation, recovery: &Recovery) -> Result<(), BackupError> {
    match ground.store.noted_recovery().await? {
        Some(noted) if noted != recovery.bytes() => Err(BackupError::FormerRecovery),
        _ => Ok(()),
    }
}

async fn ended(sink: Sink, rows: Result<u64, BackupError>) -> Result<Made, BackupError> {
    match rows {
        Ok(rows) => Ok(Made { written: sink.end().await?, rows }),
        Err(error) => {
            sink.give_up().await;
            Err(error)
        }
    }
}

/// Reads all of a database into a copy, and gives how many rows there are.
async fn read(
    ground: &Foundation,
    snapshot: &mut Snapshot,
    (holds, made_at): (Holds, i64),
    sink: &Sink,
    progress: &Progress,
) -> Result<u64, BackupError> {
    let master = ground.people.master();
    // As they are now: another program may have exchanged them.
    let held = ground.own.refresh(&ground.store).await?;
    let about = About {
        version: if holds == Holds::Keys { WITH_SIGNING } else { VERSION },
        made_at,
        program: env!("CARGO_PKG_VERSION").into(),
        database: snapshot.backend_name().into(),
        applied: snapshot.versions().await?,
        collector: HEXLOWER.encode(&held.identity),
        master: HEXLOWER.encode(&master.id()),
    };
    let mut frames = Frames::default();
    frames.about(&about);
    let mut tables = snapshot.tables().await?;
    match holds {
        Holds::Keys => {
            frames.secret(MASTER, master.secret());
            held.secrets().iter().for_each(|(name, secret)| frames.secret(name, secret));
        }
        Holds::Data => {
            for (name, sealed) in snapshot.sealed_secrets().await? {
                let secret = master.unwrap(name.as_bytes(), &sealed).map_err(|_| GroundError::OtherMasterKey)?;
                frames.secret(&name, &secret);
            }
            tables.retain(|table| table.name != SECRETS);
        }
    }
    let mut all = 0;
    for table in &tables {
        frames.table(table);
        let (mut rows, mut count) = (snapshot.rows(table), 0);
        while let Some(row) = rows.try_next().await? {
            frames.row(&row, table)?;
            count += 1;
            if frames.len() >= CHUNK {
                progress.at(all + count, frames.len());
                if !sink.chunk(frames.take()).await {
                    return Ok(all);
                }
            }
        }
        frames.table_end(count);
        all += count;
    }
    frames.end(all);
    progress.at(all, frames.len());
    sink.chunk(frames.take()).await;
    Ok(all)
}
