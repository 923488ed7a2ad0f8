use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::Write;
use attune_ground::time::now_millis;
use attune_people::access::{self, Act, By, Of};
use attune_people::accounts::is_unseen;
use attune_protocol::ids::PersonId;

use super::{About, Standing, Upload, end};
use crate::error::HrError;
use crate::rows::Table;
use crate::sealed::UploadId;
use crate::state::Hr;

/// Uploads that may wait for a decision: of each table some.
const MOST_WAITING: i64 = 24;
/// Characters of a name that are kept.
const LONGEST_NAME: usize = 200;
/// How long an upload waits for more of its bytes, milliseconds: longer than a request lasts. Who breaks off without a word keeps no room
/// from others for an hour.
const COMES: i64 = 600_000;

/// Begins an upload, whose bytes are to come.
///
/// # Errors
/// 409 where as many wait as may.
pub(crate) async fn begin(
    state: &Hr,
    by: Option<&By>,
    login: Option<[u8; 16]>,
    name: &str,
) -> Result<UploadId, Problem> {
    let id = PersonId::random().0;
    let about = About { name: called(name), ..About::default() };
    let begun = state.store().again(|| begun(state, by, (id, login), &about)).await?;
    match begun {
        true => Ok(id),
        false => Err(Problem::conflict(
            "file",
            format!("{MOST_WAITING} tables wait for a decision already: take them in or throw them away first"),
        )),
    }
}

/// A file's own name: some programs send its folders, too. Without signs that nobody sees: they make a name look like another one.
fn called(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|letter| !is_unseen(*letter)).take(LONGEST_NAME).collect()
}

async fn begun(
    state: &Hr,
    by: Option<&By>,
    (id, login): (UploadId, Option<[u8; 16]>),
    about: &About,
) -> Result<bool, HrError> {
    let mut transaction = state.store().begin().await?;
    // Behind the lock of one row, so that of many who come at once each counts those before it.
    sqlx::query(
        "INSERT INTO hr_tables (table_of, version) VALUES ($1, 0) ON CONFLICT (table_of) DO UPDATE SET version = hr_tables.version",
    )
    .bind(Table::ALL[0].number())
    .execute(&mut **transaction)
    .await?;
    let (waiting,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM hr_uploads WHERE state < 3 AND ends_at > $1")
        .bind(now_millis())
        .fetch_one(&mut **transaction)
        .await?;
    if waiting >= MOST_WAITING {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO hr_uploads (id, login, state, size, held, given_at, ends_at, about_sealed) VALUES ($1, $2, $3, 0, 0, $4, $5, $6)",
    )
    .bind(id.to_vec())
    .bind(login.map(|login| login.to_vec()))
    .bind(Standing::Coming.number())
    .bind(now_millis())
    .bind(now_millis() + COMES)
    .bind(about.seal(state.own(), &id)?)
    .execute(&mut **transaction)
    .await?;
    if let Some(by) = by {
        access::note(&mut transaction, by, Act::GiveTable.name(), Of::Nobody, &id).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Whether an upload still comes, behind its lock: then it waits anew for more.
///
/// # Errors
/// When the database refuses.
pub(super) async fn comes_still(transaction: &mut Write, id: &UploadId) -> Result<bool, GroundError> {
    let changed = sqlx::query("UPDATE hr_uploads SET ends_at = $2 WHERE id = $1 AND state = $3")
        .bind(id.to_vec())
        .bind(now_millis() + COMES)
        .bind(Standing::Coming.number())
        .execute(&mut ***transaction)
        .await?;
    Ok(changed.rows_affected() == 1)
}

/// Changes an upload, and gives whether it was still as it was read: who decides on it twice, in two places or on what it was before, has
/// decided once.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn change(
    state: &Hr,
    transaction: &mut Write,
    before: &Upload,
    after: &Upload,
) -> Result<bool, GroundError> {
    let Upload { id, table, standing, version, size, held, decided_at, about, .. } = after;
    let changed = sqlx::query(
        "UPDATE hr_uploads SET state = $2, table_of = $3, version = $4, size = $5, held = $6, decided_at = $7, ends_at = $8, \
         about_sealed = $9 WHERE id = $1 AND state = $10 AND about_sealed = $11",
    )
    .bind(id.to_vec())
    .bind(standing.number())
    .bind(table.map(Table::number))
    .bind(*version)
    .bind(*size)
    .bind(*held)
    .bind(*decided_at)
    .bind(standing.waits().then(end))
    .bind(about.seal(state.own(), id)?)
    .bind(before.standing.number())
    .bind(before.sealed.clone())
    .execute(&mut ***transaction)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Brings an upload from one state into another, whatever is known of it by then, and gives whether it was in the first.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn set_state(
    transaction: &mut Write,
    id: &UploadId,
    (from, to): (Standing, Standing),
) -> Result<bool, GroundError> {
    let changed = sqlx::query("UPDATE hr_uploads SET state = $2 WHERE id = $1 AND state = $3")
        .bind(id.to_vec())
        .bind(to.number())
        .bind(from.number())
        .execute(&mut ***transaction)
        .await?;
    Ok(changed.rows_affected() == 1)
}
