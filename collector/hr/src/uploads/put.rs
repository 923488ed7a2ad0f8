use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::Write;
use attune_ground::time::now_millis;
use attune_people::access::{self, Act, By, Of};
use attune_protocol::ids::PersonId;

use super::{About, Standing, end};
use crate::error::HrError;
use crate::rows::Table;
use crate::sealed::UploadId;
use crate::state::Hr;

/// Uploads that may wait for a decision: of each table some.
const MOST_WAITING: i64 = 24;
/// Characters of a name that are kept.
const LONGEST_NAME: usize = 200;

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
    let name = name.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
    let about = About { name, ..About::default() };
    let begun = state.store().again(|| begun(state, by, (id, login), &about)).await?;
    match begun {
        true => Ok(id),
        false => Err(Problem::conflict(
            "file",
            format!("{MOST_WAITING} tables wait for a decision already: take them in or throw them away first"),
        )),
    }
}

async fn begun(
    state: &Hr,
    by: Option<&By>,
    (id, login): (UploadId, Option<[u8; 16]>),
    about: &About,
) -> Result<bool, HrError> {
    let mut transaction = state.store().begin().await?;
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
    .bind(end())
    .bind(about.seal(state.own(), &id)?)
    .execute(&mut **transaction)
    .await?;
    if let Some(by) = by {
        access::note(&mut transaction, by, Act::GiveTable.name(), Of::Nobody, &id).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Notes that all of an upload has come, which is to be read from now on; gives whether it was still coming.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn whole(
    state: &Hr,
    transaction: &mut Write,
    (id, table): (&UploadId, Option<Table>),
    (size, about): (i64, &About),
) -> Result<bool, HrError> {
    let changed = sqlx::query(
        "UPDATE hr_uploads SET state = $2, table_of = $3, size = $4, about_sealed = $5, ends_at = $6 WHERE id = $1 AND state = $7",
    )
    .bind(id.to_vec())
    .bind(Standing::Reading.number())
    .bind(table.map(Table::number))
    .bind(size)
    .bind(about.seal(state.own(), id)?)
    .bind(end())
    .bind(Standing::Coming.number())
    .execute(&mut ***transaction)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Brings an upload from one state into another, and gives whether it was in the first: who decides on it twice, or in two places, has
/// decided once.
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

/// Notes what is known of an upload by now, whose lock whoever calls has.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn put_about(
    state: &Hr,
    transaction: &mut Write,
    (id, table): (&UploadId, Option<Table>),
    about: &About,
) -> Result<(), GroundError> {
    let waits = about.strangers.is_none().then(end);
    sqlx::query("UPDATE hr_uploads SET about_sealed = $2, table_of = $3, ends_at = $4 WHERE id = $1")
        .bind(id.to_vec())
        .bind(about.seal(state.own(), id)?)
        .bind(table.map(Table::number))
        .bind(waits)
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}
