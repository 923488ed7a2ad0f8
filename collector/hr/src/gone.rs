//! What goes of uploads: bytes once they are decided on, rows of what was taken back or let go of, and what nobody decides on.

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::access::{self, Act, By, Of};
use sqlx::any::AnyExecutor;

use crate::error::HrError;
use crate::sealed::UploadId;
use crate::state::Hr;
use crate::uploads::{self, Standing, Upload};

/// Versions of a table that are kept: the one that stands and those that one can go back to.
pub(crate) const VERSIONS: i64 = 3;
/// Of those before them as many are kept beside, as long as they have not been out of place for so long, milliseconds: a few uploads in a row
/// that all are wrong have the good one go no sooner than somebody sees it.
pub(crate) const BESIDE: i64 = 9;
pub(crate) const BESIDE_FOR: i64 = 7 * 24 * 3_600_000;
/// People whose rows go in one transaction.
const SLICE: i64 = 200;

/// Takes a table back, so that the version before it stands again, or throws one away that does not stand yet: also while it is taken in, as
/// one that can't be would wait for ever.
///
/// # Errors
/// 404 where there is none, 409 where it is gone already or does not stand any more.
pub(crate) async fn undo(state: &Hr, id: UploadId, by: Option<&By>) -> Result<(), Problem> {
    let none = || Problem::not_found("there is no such table; GET /api/v1/hr/datasets lists them");
    let upload = uploads::find(state, id).await?.ok_or_else(none)?;
    match upload.standing {
        Standing::Coming | Standing::Reading | Standing::Checked | Standing::Taking => {}
        Standing::Taken if upload.stands => {}
        Standing::Taken => {
            return Err(Problem::conflict("id", "a later version of this table stands: take that one back first"));
        }
        Standing::Undone | Standing::LetGo | Standing::Dropped => {
            return Err(Problem::conflict("id", "it is not here any more"));
        }
    }
    if !state.store().again(|| taken_back(state, &upload, by)).await? {
        return Err(Problem::conflict("id", "somebody else has decided on it meanwhile; look at it again"));
    }
    state.last().forget();
    forget(state.store(), id).await.map_err(HrError::from)?;
    Ok(())
}

async fn taken_back(state: &Hr, upload: &Upload, by: Option<&By>) -> Result<bool, HrError> {
    let mut transaction = state.store().begin().await?;
    let changed = if upload.standing == Standing::Taken {
        back_to_the_one_before(&mut transaction, upload).await?
    } else {
        uploads::set_state(&mut transaction, &upload.id, (upload.standing, Standing::Dropped)).await?
    };
    if !changed {
        return Ok(false);
    }
    if let Some(by) = by {
        let of = if upload.standing.waits() { Of::Nobody } else { Of::Everybody };
        access::note(&mut transaction, by, Act::UndoTable.name(), of, &upload.id).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Behind the lock of the table's row; gives whether the upload stood until then.
async fn back_to_the_one_before(transaction: &mut Write, upload: &Upload) -> Result<bool, GroundError> {
    let locked = sqlx::query("UPDATE hr_tables SET version = version WHERE upload = $1")
        .bind(upload.id.to_vec())
        .execute(&mut ***transaction)
        .await?;
    let stood = locked.rows_affected() == 1
        && uploads::set_state(transaction, &upload.id, (Standing::Taken, Standing::Undone)).await?;
    if stood {
        sqlx::query(
            "UPDATE hr_tables SET upload = (SELECT id FROM hr_uploads WHERE hr_uploads.table_of = hr_tables.table_of \
             AND hr_uploads.state = $2 ORDER BY hr_uploads.version DESC LIMIT 1) WHERE upload = $1",
        )
        .bind(upload.id.to_vec())
        .bind(Standing::Taken.number())
        .execute(&mut ***transaction)
        .await?;
    }
    Ok(stood)
}

/// Throws away an upload in a state in which nobody but the collector can decide on it any more.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn drop_waiting(state: &Hr, id: UploadId, from: Standing) -> Result<(), HrError> {
    let mut transaction = state.store().begin().await?;
    let dropped = uploads::set_state(&mut transaction, &id, (from, Standing::Dropped)).await?;
    transaction.commit().await?;
    if dropped {
        forget(state.store(), id).await?;
    }
    Ok(())
}

/// Throws away an upload that is not wanted, unless it was decided on. One that can't be goes by itself.
pub(crate) async fn drop_unwanted(state: &Hr, id: UploadId) {
    for from in [Standing::Coming, Standing::Reading, Standing::Checked] {
        if let Err(error) = drop_waiting(state, id, from).await {
            tracing::warn!(%error, "A table that was not wanted could not be thrown away; it goes by itself.");
        }
    }
}

/// Lets go of what is not needed once a version stands: its bytes, and versions that nobody can go back to any more.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn after_taking(state: &Hr, upload: &Upload) -> Result<(), HrError> {
    uploads::forget_pieces(state.store(), &upload.id).await?;
    match upload.table {
        Some(table) => let_go_of_old(state.store(), table.number()).await,
        None => Ok(()),
    }
}

/// Lets go of the versions of a table that nobody can go back to any more. Behind the lock of the table's row: what is taken back meanwhile
/// has one of them stand again.
async fn let_go_of_old(store: &Store, table: i64) -> Result<(), HrError> {
    if old(store.pool(), table).await?.is_empty() {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    sqlx::query("UPDATE hr_tables SET version = version WHERE table_of = $1")
        .bind(table)
        .execute(&mut **transaction)
        .await?;
    let old = old(&mut **transaction, table).await?;
    for id in &old {
        uploads::set_state(&mut transaction, id, (Standing::Taken, Standing::LetGo)).await?;
    }
    transaction.commit().await?;
    for id in old {
        forget(store, id).await?;
    }
    Ok(())
}

/// The versions of a table that nobody can go back to any more: all but the newest ones, and those in whose place another came to stand not
/// long ago.
async fn old<'e>(executor: impl AnyExecutor<'e>, table: i64) -> Result<Vec<UploadId>, GroundError> {
    let versions: Vec<(Vec<u8>, Option<i64>)> = sqlx::query_as(
        "SELECT id, decided_at FROM hr_uploads WHERE table_of = $1 AND state = $2 ORDER BY version DESC",
    )
    .bind(table)
    .bind(Standing::Taken.number())
    .fetch_all(executor)
    .await?;
    let since = now_millis() - BESIDE_FOR;
    let mut old = Vec::new();
    for (place, pair) in (1_i64..).zip(versions.windows(2)) {
        let [(_, replaced_at), (id, _)] = pair else { continue };
        let is_kept_beside = place < VERSIONS + BESIDE && replaced_at.is_some_and(|at| at > since);
        if place >= VERSIONS && !is_kept_beside {
            old.push(bytes16(id)?);
        }
    }
    Ok(old)
}

/// Lets go of an upload that was taken in: nothing stands in its place where it stood itself.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn let_go(store: &Store, id: UploadId) -> Result<u64, GroundError> {
    let mut transaction = store.begin().await?;
    sqlx::query("UPDATE hr_tables SET upload = NULL WHERE upload = $1")
        .bind(id.to_vec())
        .execute(&mut **transaction)
        .await?;
    uploads::set_state(&mut transaction, &id, (Standing::Taken, Standing::LetGo)).await?;
    transaction.commit().await?;
    forget(store, id).await
}

/// Deletes bytes and rows of an upload whose end is written down, and gives how many rows went.
async fn forget(store: &Store, id: UploadId) -> Result<u64, GroundError> {
    uploads::forget_pieces(store, &id).await?;
    let mut gone = 0;
    loop {
        let mut transaction = store.begin().await?;
        let removed = sqlx::query(
            "DELETE FROM hr_rows WHERE upload = $1 AND person IN \
             (SELECT DISTINCT person FROM hr_rows WHERE upload = $1 ORDER BY person LIMIT $2)",
        )
        .bind(id.to_vec())
        .bind(SLICE)
        .execute(&mut **transaction)
        .await?
        .rows_affected();
        transaction.commit().await?;
        gone += removed;
        if removed == 0 {
            break;
        }
    }
    if gone > 0 {
        store.purge_soon();
    }
    Ok(gone)
}

/// Throws away uploads on which nobody decided in time, as they stand at that moment: who decides on one, or answers for it, has it wait anew.
async fn drop_late(store: &Store, now: i64) -> Result<(), GroundError> {
    let mut transaction = store.begin().await?;
    sqlx::query("UPDATE hr_uploads SET state = $1 WHERE state < 3 AND ends_at < $2")
        .bind(Standing::Dropped.number())
        .bind(now)
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await
}

/// Lets go of uploads on which nobody decided in time, and goes on with what was cut short.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn tidy(state: &Hr) -> Result<(), HrError> {
    let (late,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM hr_uploads WHERE state < 3 AND ends_at < $1")
        .bind(now_millis())
        .fetch_one(state.store().pool())
        .await?;
    if late > 0 {
        drop_late(state.store(), now_millis()).await?;
    }
    let full: Vec<(i64,)> = sqlx::query_as(
        "SELECT table_of FROM hr_uploads WHERE state = 4 AND table_of IS NOT NULL GROUP BY table_of HAVING COUNT(*) > $1",
    )
    .bind(VERSIONS)
    .fetch_all(state.store().pool())
    .await?;
    for (table,) in full {
        let_go_of_old(state.store(), table).await?;
    }
    let left: Vec<(Vec<u8>, i64)> = sqlx::query_as(
        "SELECT id, state FROM hr_uploads WHERE (state >= 4 AND EXISTS (SELECT 1 FROM hr_pieces WHERE hr_pieces.upload = hr_uploads.id)) \
         OR (state >= 5 AND EXISTS (SELECT 1 FROM hr_rows WHERE hr_rows.upload = hr_uploads.id))",
    )
    .fetch_all(state.store().pool())
    .await?;
    for (id, standing) in left {
        let id = bytes16(&id)?;
        if standing == Standing::Taken.number() {
            uploads::forget_pieces(state.store(), &id).await?;
        } else {
            forget(state.store(), id).await?;
        }
    }
    Ok(())
}
