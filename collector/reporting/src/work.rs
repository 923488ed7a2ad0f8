//! What goes on by itself: of each day that is over a report is made, also where no collector ran meanwhile, and what is older than reports
//! are kept goes.

use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, Worker};
use attune_ground::store::Store;
use attune_people::access::By;
use tokio::sync::watch;

use crate::error::ReportingError;
use crate::gather::{self, Dated};
use crate::kept::{self, About};
use crate::make;
use crate::state::Reporting;

/// Every hour it is looked whether a day is over: zones and clocks of collectors may differ.
const KIND: Kind = Kind { name: "reports", every: Some(Duration::from_secs(3600)), chore: Chore::MakingReports };

const DAY: i64 = 24 * 3_600_000;

/// Days that are made up for where no collector ran on them.
const BACK: i64 = 7;

/// Rows that go in one transaction; each may be large.
const SLICE: i64 = 20;

/// Goes on with it until it is told to stop, by whichever collector has the lease.
pub(crate) async fn keep_making(state: Reporting, stop: watch::Receiver<bool>) {
    let round = |_: String| round(&state);
    Worker::new(state.store(), KIND).run(stop, round).await;
}

/// Makes the report of yesterday where there is none yet, and of the days between it and the last one of which there is one; lets go of old
/// ones. Safe to run twice: the last one of a day stands.
///
/// # Errors
/// When the database refuses, or a report can't be made.
pub(crate) async fn round(state: &Reporting) -> Result<(), ReportingError> {
    let days = i64::from(state.settings().keep_days);
    let now = state.store().database_time().await?;
    let_go(state.store(), now.saturating_sub(days * DAY)).await?;
    if !state.settings().daily {
        return Ok(());
    }
    let yesterday = gather::today(state).await?.yesterday().map_err(|_| ReportingError::Day)?;
    let mut waiting = Vec::new();
    for ago in 0..BACK {
        let dated = Dated::of(state, gather::before(yesterday, ago)?).await?;
        if kept::is_there(state, About::Day, &dated).await? {
            break;
        }
        waiting.push(dated);
    }
    // Where there is none at all, none was lost.
    if waiting.len() == BACK as usize {
        waiting.truncate(1);
    }
    for dated in waiting.iter().rev() {
        if !gather::is_empty(state, dated).await? {
            make::daily(state, dated, Some(&By::COLLECTOR)).await?;
        }
    }
    Ok(())
}

/// Lets go of reports that were made before an instant, Unix milliseconds; gives how many.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn let_go(store: &Store, before: i64) -> Result<u64, GroundError> {
    let people = delete(
        store,
        before,
        "DELETE FROM person_reports WHERE (person, day) IN \
         (SELECT person, day FROM person_reports WHERE made_at < $1 LIMIT $2)",
    )
    .await?;
    let groups = delete(
        store,
        before,
        "DELETE FROM group_reports WHERE (kind, team, day) IN \
         (SELECT kind, team, day FROM group_reports WHERE made_at < $1 LIMIT $2)",
    )
    .await?;
    if people + groups > 0 {
        store.purge_soon();
    }
    Ok(people + groups)
}

async fn delete(store: &Store, before: i64, statement: &'static str) -> Result<u64, GroundError> {
    let mut gone = 0;
    loop {
        let mut transaction = store.begin().await?;
        let removed =
            sqlx::query(statement).bind(before).bind(SLICE).execute(&mut **transaction).await?.rows_affected();
        transaction.commit().await?;
        gone += removed;
        if removed < SLICE.unsigned_abs() {
            return Ok(gone);
        }
    }
}
