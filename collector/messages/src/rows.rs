//! Rows of messages that go: each with the name under which it came.

use std::collections::BTreeSet;
use std::ops::Range;

use attune_ground::GroundError;
use attune_ground::store::Write;
use attune_protocol::ids::PersonId;

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

/// How a message stands, as it is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// It waits.
    Pending,
    /// It is being read.
    Processing,
    /// It was read.
    Completed,
    /// It could not be read.
    Failed,
}

impl Standing {
    /// The one of a number of the database.
    pub(crate) const fn of_number(number: i64) -> Self {
        match number {
            0 => Self::Pending,
            1 => Self::Processing,
            2 => Self::Completed,
            _ => Self::Failed,
        }
    }

    /// As MindPulse names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// Why a message could not be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reason {
    /// Its text does not open.
    Unopened,
    /// It failed each time.
    Reader,
    /// Whoever read it ended each time.
    Ended,
}

impl Reason {
    /// Its number in the database, only appended.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Unopened => 1,
            Self::Reader => 2,
            Self::Ended => 3,
        }
    }

    /// The one of a number.
    pub(crate) fn of_number(number: i64) -> Option<Self> {
        [Self::Unopened, Self::Reader, Self::Ended].into_iter().find(|reason| reason.number() == number)
    }

    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Unopened => "its text does not open",
            Self::Reader => "reading it failed each time",
            Self::Ended => "the collector ended each time that it read it",
        }
    }
}

/// Removes messages of a person from a piece of time, a slice of so many rows at most, and gives when those were that went. Whoever calls
/// has the lock of the person.
pub(crate) async fn remove(
    transaction: &mut Write,
    person: PersonId,
    time: Range<i64>,
    most: i64,
) -> Result<Vec<i64>, GroundError> {
    let removed: Vec<(Vec<u8>, i64)> = sqlx::query_as(
        "DELETE FROM messages WHERE person = $1 AND id IN (SELECT id FROM messages WHERE person = $1 AND said_at >= $2 \
         AND said_at < $3 ORDER BY said_at, id LIMIT $4) RETURNING id, said_at",
    )
    .bind(person.0.to_vec())
    .bind(time.start)
    .bind(time.end)
    .bind(most)
    .fetch_all(&mut ***transaction)
    .await?;
    for (id, _) in &removed {
        forget_ref(transaction, person, id).await?;
    }
    Ok(removed.into_iter().map(|(_, at)| at).collect())
}

/// Removes one message; gives when it was, where it was there. Whoever calls has the lock of the person.
pub(crate) async fn remove_one(
    transaction: &mut Write,
    person: PersonId,
    id: &[u8],
) -> Result<Option<i64>, GroundError> {
    let removed: Option<(i64,)> =
        sqlx::query_as("DELETE FROM messages WHERE person = $1 AND id = $2 RETURNING said_at")
            .bind(person.0.to_vec())
            .bind(id.to_vec())
            .fetch_optional(&mut ***transaction)
            .await?;
    forget_ref(transaction, person, id).await?;
    Ok(removed.map(|(at,)| at))
}

async fn forget_ref(transaction: &mut Write, person: PersonId, id: &[u8]) -> Result<(), GroundError> {
    sqlx::query("DELETE FROM message_refs WHERE person = $1 AND message = $2")
        .bind(person.0.to_vec())
        .bind(id.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// The hours in which instants lie, each once and in order.
pub(crate) fn hours(instants: &[i64]) -> Vec<Range<i64>> {
    let starts: BTreeSet<i64> = instants.iter().map(|at| at.div_euclid(HOUR) * HOUR).collect();
    starts.into_iter().map(|start| start..start + HOUR).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_instants_come_once_and_in_order() {
        assert_eq!(hours(&[HOUR + 1, 5, HOUR, -1]), [-HOUR..0, 0..HOUR, HOUR..2 * HOUR]);
    }

    #[test]
    fn a_reason_is_known_by_its_number() {
        for reason in [Reason::Unopened, Reason::Reader, Reason::Ended] {
            assert_eq!(Reason::of_number(reason.number()), Some(reason));
        }
        assert_eq!(Reason::of_number(0), None);
    }
}
