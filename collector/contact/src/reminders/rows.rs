//! Reminders as they stand: each change of one is written behind the lock of its person.

use attune_ground::GroundError;
use attune_ground::store::{Store, Write};
use attune_protocol::ids::PersonId;

use crate::kind::Kind;

/// Of how many in a row without an answer HR is told.
pub(crate) const IN_A_ROW: usize = 3;

/// For how long one is shown that no other follows, milliseconds.
const SHOWN: i64 = 7 * 24 * 3_600_000;

/// Reminders of one person that are looked at together, the newest.
const MOST_SEEN: i64 = 20;

/// Whose reminders, and of what.
pub(super) type Of = (PersonId, Kind);

/// One that is to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) due: i64,
    pub(super) show_at: i64,
    pub(super) judge_at: i64,
    pub(super) warns: bool,
    /// Whether it was done before anybody was reminded of it: then it is shown to nobody.
    pub(super) is_done: bool,
}

/// One as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reminder {
    pub(crate) kind: Kind,
    /// When it was due, Unix milliseconds, as all below.
    pub(crate) due: i64,
    pub(crate) show_at: i64,
    /// Whether it says that HR is told where it goes unanswered.
    pub(crate) warns: bool,
    pub(crate) missed_at: Option<i64>,
    pub(crate) answered_at: Option<i64>,
    pub(crate) closed_at: Option<i64>,
}

impl Reminder {
    /// Whether it waits for its person at an instant.
    pub(crate) const fn waits(&self, now: i64) -> bool {
        self.answered_at.is_none() && self.closed_at.is_none() && self.show_at <= now && self.due > now - SHOWN
    }
}

type Columns = (i64, i64, i64, i64, Option<i64>, Option<i64>, Option<i64>);

/// None where it is of a kind of a later version.
fn read((kind, due, show_at, warns, missed_at, answered_at, closed_at): Columns) -> Option<Reminder> {
    let kind = Kind::of(kind)?;
    Some(Reminder { kind, due, show_at, warns: warns == 1, missed_at, answered_at, closed_at })
}

/// The reminders of a person that wait for them at an instant, the newest first. However many were made while the clock was ahead, they hide
/// none of these.
pub(crate) async fn waiting(store: &Store, person: PersonId, now: i64) -> Result<Vec<Reminder>, GroundError> {
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT kind, due, show_at, warns, missed_at, answered_at, closed_at FROM reminders WHERE person = $1 \
         AND answered_at IS NULL AND closed_at IS NULL ORDER BY due DESC, kind",
    )
    .bind(person.0.to_vec())
    .fetch_all(store.pool())
    .await?;
    Ok(rows.into_iter().filter_map(read).filter(|reminder| reminder.waits(now)).collect())
}

/// The reminders of a person, the newest first.
pub(crate) async fn of(store: &Store, person: PersonId) -> Result<Vec<Reminder>, GroundError> {
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT kind, due, show_at, warns, missed_at, answered_at, closed_at FROM reminders WHERE person = $1 \
         ORDER BY due DESC, kind LIMIT $2",
    )
    .bind(person.0.to_vec())
    .bind(MOST_SEEN)
    .fetch_all(store.pool())
    .await?;
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Makes one, unless it is there: whoever else does the same makes none. Gives whether it was made.
pub(super) async fn insert(
    transaction: &mut Write,
    (person, kind): Of,
    made: &Made,
    now: i64,
) -> Result<bool, GroundError> {
    let inserted = sqlx::query(
        "INSERT INTO reminders (person, kind, due, show_at, judge_at, warns, answered_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (person, kind, due) DO NOTHING",
    )
    .bind(person.0.to_vec())
    .bind(kind.number())
    .bind(made.due)
    .bind(made.show_at)
    .bind(made.judge_at)
    .bind(i64::from(made.warns))
    .bind(made.is_done.then_some(now))
    .execute(&mut ***transaction)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Closes those that wait: all, or those that were due before an instant. One that lies ahead was made before the clock leapt back: it
/// waits for its time.
pub(super) async fn close(
    transaction: &mut Write,
    (person, kind): Of,
    before: Option<i64>,
    now: i64,
) -> Result<(), GroundError> {
    sqlx::query(
        "UPDATE reminders SET closed_at = $4 WHERE person = $1 AND kind = $2 AND due < $3 \
         AND closed_at IS NULL AND answered_at IS NULL",
    )
    .bind(person.0.to_vec())
    .bind(kind.number())
    .bind(before.unwrap_or(i64::MAX))
    .bind(now)
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}

/// When the last one up to an instant was due.
pub(super) async fn last_due(
    transaction: &mut Write,
    (person, kind): Of,
    now: i64,
) -> Result<Option<i64>, GroundError> {
    let (last,): (Option<i64>,) =
        sqlx::query_as("SELECT MAX(due) FROM reminders WHERE person = $1 AND kind = $2 AND due <= $3")
            .bind(person.0.to_vec())
            .bind(kind.number())
            .bind(now)
            .fetch_one(&mut ***transaction)
            .await?;
    Ok(last)
}

/// Whether there is one.
pub(super) async fn is_there(transaction: &mut Write, (person, kind): Of, due: i64) -> Result<bool, GroundError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT due FROM reminders WHERE person = $1 AND kind = $2 AND due = $3")
        .bind(person.0.to_vec())
        .bind(kind.number())
        .bind(due)
        .fetch_optional(&mut ***transaction)
        .await?;
    Ok(row.is_some())
}

/// Whether one waits that was missed.
pub(super) async fn missed_waits(transaction: &mut Write, (person, kind): Of) -> Result<bool, GroundError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT due FROM reminders WHERE person = $1 AND kind = $2 AND missed_at IS NOT NULL AND answered_at IS NULL \
         AND closed_at IS NULL LIMIT 1",
    )
    .bind(person.0.to_vec())
    .bind(kind.number())
    .fetch_optional(&mut ***transaction)
    .await?;
    Ok(row.is_some())
}

/// How many of the last ones in a row were missed, of those that were due since an instant; more than [`IN_A_ROW`] are not counted.
pub(super) async fn in_a_row(
    transaction: &mut Write,
    (person, kind): Of,
    (since, now): (i64, i64),
) -> Result<usize, GroundError> {
    let rows: Vec<(Option<i64>, Option<i64>)> = sqlx::query_as(
        "SELECT missed_at, answered_at FROM reminders WHERE person = $1 AND kind = $2 AND due > $3 AND due <= $4 \
         ORDER BY due DESC LIMIT $5",
    )
    .bind(person.0.to_vec())
    .bind(kind.number())
    .bind(since)
    .bind(now)
    .bind(IN_A_ROW as i64)
    .fetch_all(&mut ***transaction)
    .await?;
    Ok(rows.iter().take_while(|(missed, answered)| missed.is_some() && answered.is_none()).count())
}

/// The last ones up to an instant, the newest first: when each was due, and whether it was answered.
pub(super) async fn newest(store: &Store, (person, kind): Of, now: i64) -> Result<Vec<(i64, bool)>, GroundError> {
    let rows: Vec<(i64, Option<i64>)> = sqlx::query_as(
        "SELECT due, answered_at FROM reminders WHERE person = $1 AND kind = $2 AND due <= $3 ORDER BY due DESC LIMIT $4",
    )
    .bind(person.0.to_vec())
    .bind(kind.number())
    .bind(now)
    .bind(IN_A_ROW as i64)
    .fetch_all(store.pool())
    .await?;
    Ok(rows.into_iter().map(|(due, answered)| (due, answered.is_some())).collect())
}

/// Those that are to be judged by an instant: whose, of what, and when each was due. Those of a kind of a later version wait for that one,
/// and keep no other waiting.
pub(super) async fn to_judge(store: &Store, now: i64, limit: i64) -> Result<Vec<(Vec<u8>, i64, i64)>, GroundError> {
    let rows: Vec<(Vec<u8>, i64, i64)> = sqlx::query_as(
        "SELECT person, kind, due FROM reminders WHERE judge_at <= $1 AND kind < $2 \
         AND missed_at IS NULL AND answered_at IS NULL AND closed_at IS NULL ORDER BY judge_at, person, kind, due LIMIT $3",
    )
    .bind(now)
    .bind(Kind::ALL.len() as i64)
    .bind(limit)
    .fetch_all(store.pool())
    .await?;
    Ok(rows)
}

/// Gives one more time that was to be judged before an instant; gives whether it was such a one.
pub(super) async fn give_time(
    transaction: &mut Write,
    (person, kind): Of,
    due: i64,
    (before, judge_at): (i64, i64),
) -> Result<bool, GroundError> {
    let given = sqlx::query(
        "UPDATE reminders SET judge_at = $5 WHERE person = $1 AND kind = $2 AND due = $3 AND judge_at < $4 \
         AND missed_at IS NULL AND answered_at IS NULL AND closed_at IS NULL",
    )
    .bind(person.0.to_vec())
    .bind(kind.number())
    .bind(due)
    .bind(before)
    .bind(judge_at)
    .execute(&mut ***transaction)
    .await?;
    Ok(given.rows_affected() == 1)
}

/// One was missed, if it is to be judged still; gives whether it was, and whether it warned of HR.
pub(super) async fn miss(
    transaction: &mut Write,
    (person, kind): Of,
    due: i64,
    now: i64,
) -> Result<Option<bool>, GroundError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "UPDATE reminders SET missed_at = $4 WHERE person = $1 AND kind = $2 AND due = $3 AND judge_at <= $4 \
         AND missed_at IS NULL AND answered_at IS NULL AND closed_at IS NULL RETURNING warns",
    )
    .bind(person.0.to_vec())
    .bind(kind.number())
    .bind(due)
    .bind(now)
    .fetch_optional(&mut ***transaction)
    .await?;
    Ok(row.map(|(warns,)| warns == 1))
}

/// Some were answered; gives whether any was not before.
pub(super) async fn answer(
    transaction: &mut Write,
    (person, kind): Of,
    dues: &[i64],
    now: i64,
) -> Result<bool, GroundError> {
    let mut any = false;
    for due in dues {
        let answered = sqlx::query(
            "UPDATE reminders SET answered_at = $4 WHERE person = $1 AND kind = $2 AND due = $3 AND answered_at IS NULL",
        )
        .bind(person.0.to_vec())
        .bind(kind.number())
        .bind(*due)
        .bind(now)
        .execute(&mut ***transaction)
        .await?;
        any |= answered.rows_affected() > 0;
    }
    Ok(any)
}

/// Shows one that was not missed yet later on; gives whether it waited.
pub(super) async fn snooze(
    transaction: &mut Write,
    (person, kind): Of,
    due: i64,
    (show_at, judge_at): (i64, i64),
) -> Result<bool, GroundError> {
    let snoozed = sqlx::query(
        "UPDATE reminders SET show_at = $4, judge_at = $5 WHERE person = $1 AND kind = $2 AND due = $3 \
         AND missed_at IS NULL AND answered_at IS NULL AND closed_at IS NULL",
    )
    .bind(person.0.to_vec())
    .bind(kind.number())
    .bind(due)
    .bind(show_at)
    .bind(judge_at)
    .execute(&mut ***transaction)
    .await?;
    Ok(snoozed.rows_affected() == 1)
}
