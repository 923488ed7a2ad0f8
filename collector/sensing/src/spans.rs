//! Spans of a person's time that were deleted. They are remembered, so that what another device still holds of them does
//! not bring them back.

use std::sync::LazyLock;

use attune_ground::store::Lookup;
use attune_ground::time::now_millis;
use attune_people::PeopleError;
use attune_protocol::ids::PersonId;
use sqlx::{Any, Transaction};

/// How long a span is remembered, milliseconds: an outbox may be set to hold what it has for 3,650 days.
pub(crate) const REMEMBERED_MILLIS: i64 = 3660 * 24 * 3_600_000;

/// The deleted spans of one person.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Spans(Vec<(i64, i64)>);

static SPANS: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, person, now)",
        "SELECT asked.place, held.begins, held.ends FROM asked CROSS JOIN deleted_spans held \
         WHERE held.person = asked.person AND (held.begins <> 0 OR held.ends <= asked.now) ORDER BY held.begins",
    )
});

impl Spans {
    /// Those of a person.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn of(transaction: &mut Transaction<'static, Any>, person: PersonId) -> Result<Self, PeopleError> {
        // What went for its age and ends in the future went by a clock that was ahead: it refuses nothing of now.
        let spans = sqlx::query_as(
            "SELECT begins, ends FROM deleted_spans WHERE person = $1 AND (begins <> 0 OR ends <= $2) ORDER BY begins",
        )
        .bind(person.0.to_vec())
        .bind(now_millis())
        .fetch_all(&mut **transaction)
        .await?;
        Ok(Self(spans))
    }

    /// Those of several people, each in its place.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn of_all(
        transaction: &mut Transaction<'static, Any>,
        people: &[PersonId],
    ) -> Result<Vec<Self>, PeopleError> {
        let now = now_millis();
        let rows = SPANS.of(transaction, people, |query, person| {
            query.bind(person.map(|person| person.0.to_vec())).bind(person.map(|_| now))
        });
        let rows: Vec<(i64, i64, i64)> = rows.await?;
        let mut all = vec![Self::default(); people.len()];
        for (place, begins, ends) in rows {
            if let Some(of) = usize::try_from(place).ok().and_then(|place| all.get_mut(place)) {
                of.0.push((begins, ends));
            }
        }
        Ok(all)
    }

    /// Whether a window that starts at this instant, Unix milliseconds, was deleted.
    pub(crate) fn hold(&self, window_start: i64) -> bool {
        let next = self.0.partition_point(|(begins, _)| *begins <= window_start);
        next.checked_sub(1).is_some_and(|at| window_start < self.0[at].1)
    }
}

/// Remembers that windows that start before an instant went for their age. What was remembered by a clock that was ahead ends there.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn remember_old(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    before: i64,
) -> Result<(), PeopleError> {
    let now = now_millis();
    sqlx::query("UPDATE deleted_spans SET ends = $2 WHERE person = $1 AND begins = 0 AND ends > $3")
        .bind(person.0.to_vec())
        .bind(before)
        .bind(now)
        .execute(&mut **transaction)
        .await?;
    remember(transaction, person, (0, before), now).await
}

/// Remembers that windows that start within a span are deleted. Whoever calls has the lock of the person. Spans that
/// touch become one, so that they stay few.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn remember(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    (mut begins, mut ends): (i64, i64),
    deleted_at: i64,
) -> Result<(), PeopleError> {
    let touched: Vec<(i64, i64)> =
        sqlx::query_as("SELECT begins, ends FROM deleted_spans WHERE person = $1 AND begins <= $2 AND ends >= $3")
            .bind(person.0.to_vec())
            .bind(ends)
            .bind(begins)
            .fetch_all(&mut **transaction)
            .await?;
    for (earlier, later) in touched {
        (begins, ends) = (begins.min(earlier), ends.max(later));
    }
    sqlx::query("DELETE FROM deleted_spans WHERE person = $1 AND begins >= $2 AND ends <= $3")
        .bind(person.0.to_vec())
        .bind(begins)
        .bind(ends)
        .execute(&mut **transaction)
        .await?;
    sqlx::query("INSERT INTO deleted_spans (person, begins, ends, deleted_at) VALUES ($1, $2, $3, $4)")
        .bind(person.0.to_vec())
        .bind(begins)
        .bind(ends)
        .bind(deleted_at)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fixture;

    #[test]
    fn a_span_holds_its_first_window_and_not_the_one_behind_its_end() {
        let spans = Spans(vec![(100, 200), (300, 310)]);
        let held = [99, 100, 199, 200, 299, 300, 309, 310].map(|window| spans.hold(window));
        assert_eq!(held, [false, true, true, false, false, true, true, false]);
        assert!(!Spans::default().hold(0));
    }

    #[tokio::test]
    async fn what_went_by_a_clock_that_was_ahead_refuses_nothing_of_now_and_ends_once_it_is_right_on_each_database() {
        const DAY: i64 = 24 * 3_600_000;
        for fixture in Fixture::each().await {
            let mut transaction = fixture.context.store.begin().await.expect("begins");
            let nobody = attune_people::accounts::create_nobody(&mut transaction, &fixture.context.people).await;
            let (person, now) = (nobody.expect("made"), now_millis());
            remember(&mut transaction, person, (0, now + 5 * DAY), now).await.expect("remembered");
            remember(&mut transaction, person, (now + 6 * DAY, now + 7 * DAY), now)
                .await
                .expect("a device that is ahead");
            let spans = Spans::of(&mut transaction, person).await.expect("read");
            let all = Spans::of_all(&mut transaction, &[PersonId([2; 16]), person]).await.expect("read");
            assert_eq!(all, [Spans::default(), spans.clone()], "of several at once");
            assert!(!spans.hold(now) && spans.hold(now + 6 * DAY), "{spans:?}");
            remember_old(&mut transaction, person, now - DAY).await.expect("remembered");
            let spans = Spans::of(&mut transaction, person).await.expect("read");
            assert_eq!(spans.0, [(0, now - DAY), (now + 6 * DAY, now + 7 * DAY)]);
        }
    }

    #[tokio::test]
    async fn spans_that_touch_become_one_on_each_database() {
        for fixture in Fixture::each().await {
            let mut transaction = fixture.context.store.begin().await.expect("begins");
            let nobody = attune_people::accounts::create_nobody(&mut transaction, &fixture.context.people).await;
            let person = nobody.expect("made");
            for span in [(100, 200), (400, 500), (200, 250), (0, 50), (40, 120), (300, 310)] {
                remember(&mut transaction, person, span, 1).await.expect("remembered");
            }
            let spans = Spans::of(&mut transaction, person).await.expect("read");
            assert_eq!(spans.0, [(0, 250), (300, 310), (400, 500)]);
            assert_eq!(Spans::of(&mut transaction, PersonId([2; 16])).await.expect("read"), Spans::default());
        }
    }
}
