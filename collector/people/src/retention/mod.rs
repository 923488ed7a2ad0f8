//! Letting go of what is too old: by what each person has chosen, and by class as the organisation keeps it.
//!
//! One round does the first, then the second, each in slices. What was deleted is noted by class.

mod command;
mod job;
mod log;
mod own;
mod wishes;

use std::collections::BTreeMap;

use attune_ground::keys::PersonKeys;
use attune_ground::retention::{Age, Aging, Class, Due, Limits};
use attune_ground::store::Store;
use attune_ground::{Deleted, History};

use crate::{People, PeopleError};

pub(crate) use command::command;
pub(crate) use job::let_go;
pub(crate) use log::rounds;
pub(crate) use own::AGING;

/// What a round works with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeping<'a> {
    pub(crate) store: &'a Store,
    pub(crate) keys: &'a PersonKeys,
    pub(crate) limits: Limits,
    pub(crate) aging: &'a [Aging],
    pub(crate) histories: &'a [History],
}

impl People {
    /// What a round of retention works with.
    pub(crate) fn keeping(&self) -> Keeping<'_> {
        let Self { store, keys, aging, history, settings, .. } = self;
        Keeping { store, keys, limits: settings.limits, aging, histories: history }
    }
}

/// How a class stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Standing {
    /// Its name: of a class, or `history` for what people's own times ask for.
    pub(crate) class: &'static str,
    /// Days for which it is kept; of `history` those of who has chosen none.
    pub(crate) days: u16,
    /// What is too old.
    pub(crate) due: Due,
    /// When something of it was deleted last, Unix milliseconds, and how many rows.
    pub(crate) last: Option<(i64, u64)>,
}

/// How each class stands at an instant, Unix milliseconds. A row may be due by its person's time and by its class.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn standing(keeping: Keeping<'_>, now: i64) -> Result<Vec<Standing>, PeopleError> {
    let last = log::last(keeping.store).await?;
    let due = wishes::due(keeping, now).await?;
    let of = |class: &'static str, days, due| Standing { class, days, due, last: last.get(class).copied() };
    let mut all = vec![of(log::HISTORY, keeping.limits.history_of(None), due)];
    for aging in keeping.aging {
        let days = keeping.limits.of(aging.class);
        let due = (aging.due)(keeping.store, None, Age { now, days }).await?;
        all.push(of(aging.class.name(), days, due));
    }
    Ok(all)
}

/// How long a database that is new, or of an earlier version, is left alone, milliseconds.
const LEFT_ALONE: i64 = 7 * 24 * 3_600_000;

/// From when on rounds let go of classes and of the usual history, Unix milliseconds: at most so much later than now, also where the
/// database was made while a clock was ahead, or its row is gone.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn begins(store: &Store, now: i64) -> Result<i64, PeopleError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT at FROM retention_begins").fetch_optional(store.pool()).await?;
    let latest = now + LEFT_ALONE;
    Ok(row.map_or(latest, |(at,)| at.min(latest)))
}

/// As [`begins`], by a clock that may delete; from then on it stays so.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn settle_beginning(store: &Store, now: i64) -> Result<i64, PeopleError> {
    let at = begins(store, now).await?;
    if at == now + LEFT_ALONE {
        let mut transaction = store.begin().await?;
        sqlx::query(
            "INSERT INTO retention_begins (one, at) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET at = excluded.at \
             WHERE retention_begins.at > excluded.at",
        )
        .bind(at)
        .execute(&mut **transaction)
        .await?;
        transaction.commit().await?;
    }
    Ok(at)
}

/// Deletes what is too old at an instant, Unix milliseconds, notes it, and gives how many rows of each class that were. With
/// `usual` also what nobody has chosen a time for.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn enforce(
    keeping: Keeping<'_>,
    now: i64,
    usual: bool,
) -> Result<Vec<(&'static str, u64)>, PeopleError> {
    let mut at_once = BTreeMap::new();
    if usual {
        // First what goes at once: nobody then looks for it row by row.
        for aging in keeping.aging {
            if let Some(together) = aging.together {
                at_once.insert(aging.class, of_class(keeping, aging.class, together, now).await?);
            }
        }
    }
    let deleted = wishes::enforce(keeping, now, usual).await?;
    let mut all = vec![(log::HISTORY, deleted)];
    if usual {
        for aging in keeping.aging {
            let deleted = of_class(keeping, aging.class, aging.delete, now).await?;
            all.push((aging.class.name(), deleted + at_once.get(&aging.class).copied().unwrap_or(0)));
        }
    }
    all.retain(|(_, deleted)| *deleted > 0);
    Ok(all)
}

/// Lets go of what is too old of a class, in one way, and notes how many rows that were.
async fn of_class(
    keeping: Keeping<'_>,
    class: Class,
    way: for<'a> fn(&'a Store, Age) -> Deleted<'a>,
    now: i64,
) -> Result<u64, PeopleError> {
    let deleted = way(keeping.store, Age { now, days: keeping.limits.of(class) }).await?;
    log::note(keeping.store, (class.name(), "older than its class is kept"), deleted, now).await?;
    Ok(deleted)
}

#[cfg(test)]
mod tests;
