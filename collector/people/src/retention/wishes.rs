//! What each person has chosen for their own history, or what is usual where they have not.

use std::collections::BTreeSet;

use attune_ground::GroundError;
use attune_ground::retention::{Age, Class, Due, Limits};
use attune_ground::store::bytes16;
use attune_protocol::ids::PersonId;

use super::{Keeping, log};
use crate::{PeopleError, preferences};

/// Deletes what is kept of everybody for longer than they want, and gives how many rows that was; with `usual` also of who has
/// chosen nothing. Whose rows do not open keeps nobody else from it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn enforce(keeping: Keeping<'_>, now: i64, usual: bool) -> Result<u64, PeopleError> {
    let (mut deleted, too_old) = (0, beyond_usual(keeping, now).await?);
    for (person, chosen) in everybody(keeping).await? {
        // Who has chosen a time has what comes of before it later refused, too; of who has not, nothing is written where nothing is
        // too old.
        if chosen.is_some() || (usual && too_old.contains(&person)) {
            let (kept, limits) = ((keeping.store, keeping.histories), keeping.limits);
            let rows = preferences::forget(kept, limits, (person, chosen), now).await?;
            // At once: a round that is cut off has deleted so much.
            log::note(keeping.store, (log::HISTORY, "older than its person's history"), rows, now).await?;
            deleted += rows;
        }
    }
    Ok(deleted)
}

/// Counts what is kept of everybody for longer than they want.
///
/// # Errors
/// When the database refuses.
pub(super) async fn due(keeping: Keeping<'_>, now: i64) -> Result<Due, PeopleError> {
    let (mut all, too_old) = (Due::default(), beyond_usual(keeping, now).await?);
    for (person, chosen) in everybody(keeping).await? {
        if chosen.is_some() || too_old.contains(&person) {
            all = all.and(due_of(keeping, person, chosen, now).await?);
        }
    }
    Ok(all)
}

/// Of whom something is older than who has chosen nothing is kept: of ten thousand people few, so that nobody else is looked at.
async fn beyond_usual(keeping: Keeping<'_>, now: i64) -> Result<BTreeSet<PersonId>, PeopleError> {
    let mut all = BTreeSet::new();
    for aging in keeping.aging {
        if let Some(of_whom) = aging.of_whom {
            all.extend(of_whom(keeping.store, age(keeping.limits, aging.class, None, now)).await?);
        }
    }
    Ok(all)
}

/// From which age on what is of a class goes with its person's history.
fn age(limits: Limits, class: Class, chosen: Option<u16>, now: i64) -> Age {
    let days = if class.is_of_sums() { limits.sums_of(chosen) } else { limits.history_of(chosen) };
    Age { now, days }
}

async fn due_of(keeping: Keeping<'_>, person: PersonId, chosen: Option<u16>, now: i64) -> Result<Due, PeopleError> {
    let mut all = Due::default();
    for aging in keeping.aging.iter().filter(|aging| aging.of_whom.is_some()) {
        let age = age(keeping.limits, aging.class, chosen, now);
        all = all.and((aging.due)(keeping.store, Some(person), age).await?);
    }
    Ok(all)
}

/// Everybody who has a user id, with what they have chosen. Those whose preferences do not open are left out: nobody guesses what
/// was wished, and the time of each class holds for them all the same.
async fn everybody(keeping: Keeping<'_>) -> Result<Vec<(PersonId, Option<u16>)>, PeopleError> {
    let rows: Vec<(Vec<u8>, Option<i64>)> = sqlx::query_as(
        "SELECT accounts.person, preferences.size FROM accounts LEFT JOIN preferences ON preferences.person = accounts.person \
         WHERE user_id IS NOT NULL OR user_tag IS NOT NULL",
    )
    .fetch_all(keeping.store.pool())
    .await?;
    let (mut all, mut failed) = (Vec::with_capacity(rows.len()), 0);
    for (person, preferred) in rows {
        let Ok(person) = bytes16(&person).map(PersonId) else { continue };
        if preferred.is_none() {
            all.push((person, None));
            continue;
        }
        match preferences::load_of(keeping.store, keeping.keys, person).await {
            Ok(preferences) => all.push((person, preferences.and_then(|wanted| wanted.max_history_days))),
            Err(error) if error.is_of_the_database() => return Err(error),
            Err(PeopleError::Ground(GroundError::Erased)) => {}
            Err(_) => failed += 1,
        }
    }
    if failed > 0 {
        tracing::error!(people = failed, "What people prefer could not be read; of these only classes are let go of.");
    }
    Ok(all)
}
