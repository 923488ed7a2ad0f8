//! Letting go of roll-ups for their age: by what each person has chosen, and by their class.

use std::collections::BTreeMap;
use std::ops::Range;

use attune_ground::retention::{Age, Aging, Class, Counting, Due, Owners};
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::{Deleted, GroundError, History};
use attune_people::accounts;
use attune_protocol::ids::PersonId;

use super::hours::{DAY, FARTHEST, week_and_month};
use super::people::settle;
use crate::bucket::Span;
use crate::touch::touch_each;

/// The most rows of one transaction: some milliseconds of the database's write lock.
const SLICE: i64 = 2000;

/// How a person's roll-ups go with their history.
pub(crate) const HISTORY: History = History {
    delete_before: |store, person, before| Box::pin(delete_before(store, person, before)),
    is_of_sums: true,
    finish: |_, _| Box::pin(async { Ok(0) }),
};

/// How roll-ups go by their class.
pub(crate) const AGING: &[Aging] =
    &[Aging { class: Class::RollUps, of_whom: Some(owners), together: None, due, delete }];

/// Hours that are too old, of everybody; days, weeks and months go with their last one.
pub(super) const OLD: &str = "SELECT COUNT(*), MIN(start) FROM rollups WHERE span = 1 AND start < $1";

/// As [`OLD`], of one person: who keeps a short history is looked at beside others who keep a year.
pub(super) const OLD_OF: &str =
    "SELECT COUNT(*), MIN(start) FROM rollups WHERE person = $2 AND span = 1 AND start < $1";

fn owners(store: &Store, age: Age) -> Owners<'_> {
    Box::pin(async move {
        let rows: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT DISTINCT person FROM rollups WHERE span = 1 AND start < $1")
            .bind(age.before())
            .fetch_all(store.pool())
            .await?;
        Ok(rows.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)).collect())
    })
}

fn due(store: &Store, person: Option<PersonId>, age: Age) -> Counting<'_> {
    Box::pin(async move {
        let old = match person {
            Some(person) => sqlx::query_as(OLD_OF).bind(age.before()).bind(person.0.to_vec()),
            None => sqlx::query_as(OLD).bind(age.before()),
        };
        let (rows, oldest): (i64, Option<i64>) = old.fetch_one(store.pool()).await?;
        Ok(Due { rows: rows.unsigned_abs(), oldest })
    })
}

fn delete(store: &Store, age: Age) -> Deleted<'_> {
    Box::pin(async move {
        let mut rows = 0;
        for person in owners(store, age).await? {
            rows += delete_before(store, person, age.before()).await?;
        }
        Ok(rows)
    })
}

/// Deletes hours that began before an instant, Unix milliseconds, and what ended before it; the day, week and month in which it lies are
/// made anew of what is left. Nothing of before is rolled up again.
async fn delete_before(store: &Store, person: PersonId, before: i64) -> Result<u64, GroundError> {
    let old: Option<(i64,)> =
        sqlx::query_as("SELECT start FROM rollups WHERE person = $1 AND span = 1 AND start < $2 LIMIT 1")
            .bind(person.0.to_vec())
            .bind(before)
            .fetch_optional(store.pool())
            .await?;
    if old.is_none() {
        return Ok(0); // days, weeks and months go with their hours
    }
    let mut transaction = store.begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(0); // nothing is kept of who is not known
    }
    settle(&mut transaction, person, before).await?;
    transaction.commit().await?;
    // The first day that may not be over yet, wherever it is, and the first of those whose week or month may not be.
    let day = (before - FARTHEST).div_euclid(DAY);
    let goes_on = week_and_month(day).map_or(day, |(monday, month)| monday.min(month.start));
    let mut rows = 0;
    loop {
        let mut transaction = store.begin().await?;
        accounts::lock(&mut transaction, person).await?;
        let removed: Vec<(i64, i64)> = sqlx::query_as(
            "DELETE FROM rollups WHERE person = $1 AND span = 1 AND start IN \
             (SELECT start FROM rollups WHERE person = $1 AND span = 1 AND start < $2 LIMIT $3) RETURNING day, start",
        )
        .bind(person.0.to_vec())
        .bind(before)
        .bind(SLICE)
        .fetch_all(&mut **transaction)
        .await?;
        // One hour of each day: what that is a part of is made anew.
        let days: BTreeMap<i64, i64> = removed.iter().copied().filter(|(day, _)| *day >= goes_on).collect();
        let hours: Vec<Range<i64>> = days.into_values().map(|start| start..start + 1).collect();
        touch_each(&mut transaction, person, &hours).await?;
        rows += removed.len() as u64;
        let is_last = (removed.len() as i64) < SLICE;
        if is_last {
            // With the last hours, or whoever is killed between leaves days whose hours nobody finds any more. They are few.
            rows += remove_ended(&mut transaction, person, day).await?;
        }
        transaction.commit().await?;
        if is_last {
            break;
        }
    }
    if rows > 0 {
        store.purge_soon();
    }
    Ok(rows)
}

/// Removes days, weeks and months that ended before a day.
async fn remove_ended(transaction: &mut Write, person: PersonId, day: i64) -> Result<u64, GroundError> {
    let mut rows = 0;
    for (span, ends) in [(Span::Day, day), (Span::Week, day - 6), (Span::Month, day - 30)] {
        let removed = sqlx::query("DELETE FROM rollups WHERE person = $1 AND span = $2 AND start < $3")
            .bind(person.0.to_vec())
            .bind(span.number())
            .bind(ends)
            .execute(&mut ***transaction)
            .await?;
        rows += removed.rows_affected();
    }
    Ok(rows)
}
