//! Who is unusual in the master table, why, and what people made of it. A search flags nobody for good: a person decides on each flag, with a
//! reason, and whoever is flagged sees both and can object.

mod change;
mod detections;
mod find;
mod flags;
mod found;
mod handled;
mod keep;
mod shown;
#[cfg(test)]
mod tests;
mod trial;

pub(crate) use change::{Decision, decide, object};
pub(crate) use detections::{Detecting, KIND, Standing, Wish, ask, find as search_of, newest, standing};
pub(crate) use flags::{Flag, all, of_all, of_person, one};
pub(crate) use found::{flag_at, handled_at};
pub(crate) use handled::{Decided, Handled, LONGEST, Objection, Status};
pub(crate) use keep::{find_now, go_on};
pub(crate) use shown::{
    FlagReason, HrFlag, HrFlagChange, HrFlagDecided, HrFlagDetail, HrFlagObjection, HrFlagSearch, HrFlagTeam,
    HrOwnFlag, detail, own, search, short, teams,
};
pub(crate) use trial::{Preview, Trial, preview};

use attune_ground::GroundError;
use attune_ground::retention::Age;
use attune_ground::store::{Store, to_i64};

/// How many flags are older than an age, and when the oldest was found.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn due(store: &Store, age: Age) -> Result<(u64, Option<i64>), GroundError> {
    let (flags, oldest): (i64, Option<i64>) = sqlx::query_as(
        "SELECT COUNT(*), MIN(hr_detections.made_at) FROM hr_flags JOIN hr_detections ON hr_detections.id = hr_flags.detection \
         WHERE hr_detections.made_at < $1",
    )
    .bind(age.before())
    .fetch_one(store.pool())
    .await?;
    Ok((flags.unsigned_abs(), oldest))
}

/// Rows that go in one transaction.
const SLICE: u64 = 500;

/// Lets go of flags that are older than an age, of what was decided on them, and of the searches; gives how many flags went.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn let_go(store: &Store, age: Age) -> Result<u64, GroundError> {
    let flags = delete(
        store,
        age,
        "DELETE FROM hr_flags WHERE (person, detection) IN (SELECT hr_flags.person, hr_flags.detection FROM hr_flags \
         JOIN hr_detections ON hr_detections.id = hr_flags.detection WHERE hr_detections.made_at < $1 LIMIT $2)",
    )
    .await?;
    let handled = delete(
        store,
        age,
        "DELETE FROM hr_handled WHERE person IN (SELECT person FROM hr_handled WHERE changed_at < $1 LIMIT $2)",
    )
    .await?;
    delete(
        store,
        age,
        "DELETE FROM hr_detections WHERE id IN (SELECT id FROM hr_detections WHERE asked_at < $1 \
         AND NOT EXISTS (SELECT 1 FROM hr_flags WHERE hr_flags.detection = hr_detections.id) LIMIT $2)",
    )
    .await?;
    if flags + handled > 0 {
        store.purge_soon();
    }
    Ok(flags)
}

async fn delete(store: &Store, age: Age, statement: &'static str) -> Result<u64, GroundError> {
    let mut gone = 0;
    loop {
        let mut transaction = store.begin().await?;
        let removed = sqlx::query(statement)
            .bind(age.before())
            .bind(to_i64(SLICE)?)
            .execute(&mut **transaction)
            .await?
            .rows_affected();
        transaction.commit().await?;
        gone += removed;
        if removed < SLICE {
            return Ok(gone);
        }
    }
}
