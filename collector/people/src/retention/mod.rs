//! Letting go of what is too old: by what each person has chosen, and by class as the organisation keeps it.
//!
//! One round does the first, then the second, each in slices. What was deleted is noted by class.

mod command;
mod job;
mod log;
mod own;
mod wishes;

use attune_ground::History;
use attune_ground::keys::PersonKeys;
use attune_ground::retention::{Age, Aging, Due, Limits};
use attune_ground::store::Store;

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

/// From when on rounds let go of classes and of the usual history, Unix milliseconds.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn begins(store: &Store) -> Result<i64, PeopleError> {
    let (at,) = sqlx::query_as("SELECT at FROM retention_begins").fetch_one(store.pool()).await?;
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
    let deleted = wishes::enforce(keeping, now, usual).await?;
    let mut all = vec![(log::HISTORY, "older than its person's history", deleted)];
    if usual {
        for aging in keeping.aging {
            let days = keeping.limits.of(aging.class);
            let deleted = (aging.delete)(keeping.store, Age { now, days }).await?;
            all.push((aging.class.name(), "older than its class is kept", deleted));
        }
    }
    all.retain(|(.., deleted)| *deleted > 0);
    for (class, why, deleted) in &all {
        log::note(keeping.store, (class, why), *deleted, now).await?;
    }
    Ok(all.into_iter().map(|(class, _, deleted)| (class, deleted)).collect())
}

#[cfg(test)]
mod tests;
