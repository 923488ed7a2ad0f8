//! Slows down who guesses passwords.
//!
//! Every try is counted before the password is looked at, so that a hundred at once count as a hundred; a success takes the
//! counts back. Where the owner has signed in before (a browser with our cookie, a program's address), tries are counted by that
//! place alone, those of a password and those of a code: nobody elsewhere keeps the owner out. Names that nobody has are counted as those that somebody has.

use std::sync::LazyLock;

use attune_ground::store::{Lookup, Store, Write};
use attune_ground::time::now_millis;

use crate::PeopleError;

/// How tries of one kind are slowed down.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Tries that wait for nothing.
    free: i64,
    /// The longest wait between two tries, milliseconds.
    longest: i64,
}

/// That of a code: whoever tries it has shown the password.
const CODES: Pace = Pace { free: 5, longest: 15 * 60_000 };

/// Something that tries are counted by.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    tag: Vec<u8>,
    pace: Pace,
}

impl Counted {
    /// A place where the owner has signed in before.
    pub(super) const fn by_known_place(tag: Vec<u8>) -> Self {
        Self { tag, pace: Pace { free: 10, longest: 15 * 60_000 } }
    }

    /// An address from which a program of the owner's has signed in before.
    pub(super) const fn by_known_address(tag: Vec<u8>) -> Self {
        Self { tag, pace: Pace { free: 10, longest: 60_000 } }
    }

    /// A name, tried from places that its owner has not signed in at.
    pub(super) const fn by_name(tag: Vec<u8>) -> Self {
        Self { tag, pace: Pace { free: 10, longest: 60_000 } }
    }

    /// This machine's own address, which everybody shares who comes through a proxy that is not declared: nobody waits long.
    pub(super) const fn by_machine(tag: Vec<u8>) -> Self {
        Self { tag, pace: Pace { free: 30, longest: 2_000 } }
    }

    /// An address, whatever names it tries.
    pub(super) const fn by_address(tag: Vec<u8>) -> Self {
        Self { tag, pace: Pace { free: 30, longest: 15 * 60_000 } }
    }

    /// An address from which browsers are led to an identity provider, asked for a passkey, or for a name whose password was
    /// forgotten. Nothing is guessed at there, and many may share it: nobody waits long.
    pub(super) const fn by_ways(tag: Vec<u8>) -> Self {
        Self { tag, pace: Pace { free: 200, longest: 2_000 } }
    }

    /// An address that accounts are made from.
    pub(super) const fn by_registrations(tag: Vec<u8>) -> Self {
        Self { tag, pace: Pace { free: 200, longest: 60_000 } }
    }

    /// A name to whose address mail is to go.
    pub(super) const fn by_mail(tag: Vec<u8>) -> Self {
        Self { tag, pace: Pace { free: 3, longest: 15 * 60_000 } }
    }

    /// The account whose second factor is tried, from places that its owner has not signed in at: its password was shown already.
    pub(super) const fn by_code(tag: Vec<u8>) -> Self {
        Self { tag, pace: CODES }
    }

    /// The same of tries of a code at a place that is known.
    pub(super) fn of_codes(self) -> Self {
        Self { pace: CODES, ..self }
    }

    /// What is counted so that others see it, and slows nobody down.
    pub(super) const fn watched(tag: Vec<u8>) -> Self {
        Self { tag, pace: Pace { free: i64::MAX, longest: 0 } }
    }
}

/// A try that was counted, by what, and when the one before it failed.
#[derive(Debug)]
pub(super) struct Tried {
    at: i64,
    by: Vec<(Vec<u8>, i64)>,
}

/// After so long without a failure they are forgotten, milliseconds.
const FORGOTTEN: i64 = 60 * 60_000;

/// How long after the last of so many failures the next try has to wait, milliseconds: a second, and twice as long with each.
fn wait(pace: Pace, failures: i64) -> i64 {
    match failures - pace.free {
        ..0 => 0,
        over => (1000_i64 << over.min(30)).min(pace.longest),
    }
}

/// Counts a try, or gives how long it has to wait, in milliseconds. One that has to wait is not counted: who is patient
/// gets their turn.
///
/// # Errors
/// When the database refuses.
pub(super) async fn count(store: &Store, by: &[Counted]) -> Result<Result<Tried, i64>, PeopleError> {
    let now = now_millis();
    // Who has to wait takes no writer's turn.
    for counted in by {
        let row: Option<(i64, i64)> = sqlx::query_as("SELECT failures, failed_at FROM failed_sign_ins WHERE tag = $1")
            .bind(counted.tag.clone())
            .fetch_optional(store.pool())
            .await?;
        if let Some(left) = left(counted.pace, row, now) {
            return Ok(Err(left));
        }
    }
    let mut tried = Tried { at: now, by: Vec::with_capacity(by.len()) };
    let mut transaction = store.begin().await?;
    for counted in by {
        // The row is locked by its own change, and looked at then.
        let (failures, failed_at): (i64, i64) = sqlx::query_as(
            "INSERT INTO failed_sign_ins (tag, failures, failed_at) VALUES ($1, 0, 0) \
             ON CONFLICT (tag) DO UPDATE SET failures = failed_sign_ins.failures RETURNING failures, failed_at",
        )
        .bind(counted.tag.clone())
        .fetch_one(&mut **transaction)
        .await?;
        if let Some(left) = left(counted.pace, Some((failures, failed_at)), now) {
            return Ok(Err(left));
        }
        let failures = if now - failed_at > FORGOTTEN { 1 } else { failures + 1 };
        sqlx::query("UPDATE failed_sign_ins SET failures = $2, failed_at = $3 WHERE tag = $1")
            .bind(counted.tag.clone())
            .bind(failures)
            .bind(now)
            .execute(&mut **transaction)
            .await?;
        tried.by.push((counted.tag.clone(), failed_at));
    }
    transaction.commit().await?;
    Ok(Ok(tried))
}

fn left(pace: Pace, row: Option<(i64, i64)>, now: i64) -> Option<i64> {
    let (failures, failed_at) = row?;
    let since = now - failed_at;
    let left = wait(pace, failures) - since;
    // What failed in the future is of a clock that was set back since: it keeps nobody out.
    (left > 0 && (0..=FORGOTTEN).contains(&since)).then_some(left)
}

/// Takes one try back, which was right: what failed before goes on to count, or who has one account could guess at others. Since when
/// it counts, too: else everybody who signs in would prolong the wait of those with whom they share an address.
///
/// # Errors
/// When the database refuses.
pub(super) async fn take_back(transaction: &mut Write, tried: &Tried) -> Result<(), PeopleError> {
    for (tag, failed_before) in &tried.by {
        sqlx::query(
            "UPDATE failed_sign_ins SET failures = failures - 1, \
             failed_at = CASE WHEN failed_at = $2 THEN $3 ELSE failed_at END WHERE tag = $1 AND failures > 0",
        )
        .bind(tag.clone())
        .bind(tried.at)
        .bind(*failed_before)
        .execute(&mut ***transaction)
        .await?;
    }
    Ok(())
}

/// Takes one try back that an earlier request counted.
///
/// # Errors
/// When the database refuses.
pub(super) async fn take_one_back(transaction: &mut Write, counted: &Counted) -> Result<(), PeopleError> {
    sqlx::query("UPDATE failed_sign_ins SET failures = failures - 1 WHERE tag = $1 AND failures > 0")
        .bind(counted.tag.clone())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Takes counts back: it was the owner.
///
/// # Errors
/// When the database refuses.
pub(super) async fn forget(transaction: &mut Write, by: &[Counted]) -> Result<(), PeopleError> {
    for counted in by {
        sqlx::query("DELETE FROM failed_sign_ins WHERE tag = $1")
            .bind(counted.tag.clone())
            .execute(&mut ***transaction)
            .await?;
    }
    Ok(())
}

/// At which place of those that are asked for a tag stands, how many tries of it failed, and when the last did, Unix milliseconds.
pub(super) type Failed = (i64, i64, i64);

static FAILED: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, tag)",
        "SELECT asked.place, held.failures, held.failed_at FROM asked CROSS JOIN failed_sign_ins held \
         WHERE held.tag = asked.tag",
    )
});

/// By which of these tags more than so many tries have failed that are not forgotten. However many others fail, none of these is hidden
/// among them.
///
/// # Errors
/// When the database refuses.
pub(super) async fn failed(store: &Store, tags: &[Vec<u8>], more_than: i64) -> Result<Vec<Failed>, PeopleError> {
    let now = now_millis();
    let mut connection = store.pool().acquire().await?;
    let mut rows: Vec<Failed> = FAILED.of(&mut connection, tags, |query, tag| query.bind(tag.cloned())).await?;
    rows.retain(|(_, failures, at)| *failures > more_than && *at > now - FORGOTTEN && *at <= now);
    Ok(rows)
}

/// Removes what is forgotten.
///
/// # Errors
/// When the database refuses.
pub(super) async fn tidy(transaction: &mut Write) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM failed_sign_ins WHERE failed_at < $1")
        .bind(now_millis() - FORGOTTEN)
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;

    use super::*;

    #[test]
    fn the_wait_doubles_and_has_an_end() {
        let pace = Pace { free: 3, longest: 10_000 };
        let waits: Vec<i64> = (0..=9).map(|failures| wait(pace, failures)).collect();
        assert_eq!(waits, [0, 0, 0, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
        assert_eq!(wait(pace, i64::MAX), 10_000);
    }

    #[tokio::test]
    async fn who_succeeds_prolongs_nobodys_wait_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let store = &database.store;
            let by = [Counted::by_address(b"tag".to_vec())];
            let last = now_millis() - 30 * 60_000;
            let mut transaction = store.begin().await.expect("begins");
            sqlx::query("INSERT INTO failed_sign_ins (tag, failures, failed_at) VALUES ($1, 60, $2)")
                .bind(b"tag".to_vec())
                .bind(last)
                .execute(&mut **transaction)
                .await
                .expect("put");
            transaction.commit().await.expect("commits");
            for _ in 0..10 {
                let tried = count(store, &by).await.expect("counted").expect("the wait is over");
                let mut transaction = store.begin().await.expect("begins");
                take_back(&mut transaction, &tried).await.expect("taken back");
                transaction.commit().await.expect("commits");
            }
            let row: (i64, i64) = sqlx::query_as("SELECT failures, failed_at FROM failed_sign_ins")
                .fetch_one(store.pool())
                .await
                .expect("reads");
            assert_eq!(row, (60, last), "as if nobody had tried");
        }
    }

    #[tokio::test]
    async fn tries_at_once_all_count_and_who_succeeds_is_counted_no_more() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let store = &database.store;
            let by = [Counted::by_code(b"tag".to_vec())];
            let tries: Vec<_> = (0..20)
                .map(|_| {
                    let (store, by) = (store.clone(), by.clone());
                    tokio::spawn(async move { count(&store, &by).await.expect("counted") })
                })
                .collect();
            let mut passed = 0;
            for tried in tries {
                passed += usize::from(tried.await.expect("no panic").is_ok());
            }
            // One more for each second that the machine takes.
            assert!((5..10).contains(&passed), "about as many as are free: {passed}");
            let left = count(store, &by).await.expect("counted").expect_err("has to wait");
            assert!((1..=32_000).contains(&left), "{left}");
            let mut transaction = store.begin().await.expect("begins");
            forget(&mut transaction, &by).await.expect("forgotten");
            transaction.commit().await.expect("commits");
            assert!(count(store, &by).await.expect("counted").is_ok());
        }
    }
}
