//! How often somebody writes, when they did last, and how often they ask a language model.

use attune_ground::GroundError;
use attune_ground::store::Write;
use attune_protocol::ids::PersonId;

const DAY: i64 = 24 * 3_600_000;

/// How many turns a person wrote from one instant on up to another, Unix milliseconds: what was written while the clock was ahead is not of
/// this hour.
pub(crate) async fn within(
    transaction: &mut Write,
    person: PersonId,
    (from, until): (i64, i64),
) -> Result<i64, GroundError> {
    let (turns,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM talk_turns WHERE person = $1 AND own = 1 AND at > $2 AND at <= $3")
            .bind(person.0.to_vec())
            .bind(from)
            .bind(until)
            .fetch_one(&mut ***transaction)
            .await?;
    Ok(turns)
}

/// Notes that a person wrote, behind their lock: it is known for a while also where they delete the talk.
pub(crate) async fn note(transaction: &mut Write, person: PersonId, now: i64) -> Result<(), GroundError> {
    sqlx::query(
        "INSERT INTO talk_limits (person, day, answers, last_at) VALUES ($1, $2, 0, $3) \
         ON CONFLICT (person, day) DO UPDATE SET last_at = excluded.last_at",
    )
    .bind(person.0.to_vec())
    .bind(now.div_euclid(DAY))
    .bind(now)
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}

/// Counts one more answer of a model that a person asks for today, behind their lock; gives whether they may.
pub(crate) async fn take(transaction: &mut Write, person: PersonId, now: i64, most: u32) -> Result<bool, GroundError> {
    if most == 0 {
        return Ok(false);
    }
    let taken = sqlx::query(
        "INSERT INTO talk_limits (person, day, answers) VALUES ($1, $2, 1) \
         ON CONFLICT (person, day) DO UPDATE SET answers = talk_limits.answers + 1 WHERE talk_limits.answers < $3",
    )
    .bind(person.0.to_vec())
    .bind(now.div_euclid(DAY))
    .bind(i64::from(most))
    .execute(&mut ***transaction)
    .await?;
    Ok(taken.rows_affected() == 1)
}
