//! What holds for all roll-ups of a person: in which zone their days are, and which hours stay as they are.

use std::ops::Range;

use attune_ground::GroundError;
use attune_ground::measures::LOOKS;
use attune_ground::store::Write;
use attune_ground::time::now_millis;
use attune_people::preferences;
use attune_protocol::ids::PersonId;
use jiff::tz::TimeZone;

use super::rows::Sealing;
use crate::WellbeingError;
use crate::bucket::Span;
use crate::touch::{HOUR, touch_each};

/// Says that what was seen of a person before an instant, Unix milliseconds, is let go of for its age: roll-ups of hours that began before
/// stay as they are from now on, and end with their own class. So do those that look at what is before. Whoever calls has the lock of the
/// person, and says it in the transaction that lets go, or in one before.
///
/// # Errors
/// When the database refuses.
pub async fn settle(transaction: &mut Write, person: PersonId, before: i64) -> Result<(), GroundError> {
    settle_by(transaction, SETTLE, person, before.saturating_add(LOOKS.0)).await
}

/// As [`settle`], of what a person said alone: what was seen of them is still there.
///
/// # Errors
/// When the database refuses.
pub async fn settle_said(transaction: &mut Write, person: PersonId, before: i64) -> Result<(), GroundError> {
    settle_by(transaction, SETTLE_SAID, person, before).await
}

// What was settled by a clock that was ahead is not: it ends with the next time.
const SETTLE: &str = "INSERT INTO rollup_people (person, settled) VALUES ($1, $2) ON CONFLICT (person) DO UPDATE SET settled = \
     CASE WHEN rollup_people.settled > $3 OR rollup_people.settled < excluded.settled THEN excluded.settled \
     ELSE rollup_people.settled END";
const SETTLE_SAID: &str = "INSERT INTO rollup_people (person, settled, said) VALUES ($1, 0, $2) ON CONFLICT (person) DO UPDATE SET \
     said = CASE WHEN rollup_people.said > $3 OR rollup_people.said < excluded.said THEN excluded.said ELSE rollup_people.said END";

async fn settle_by(
    transaction: &mut Write,
    statement: &'static str,
    person: PersonId,
    before: i64,
) -> Result<(), GroundError> {
    sqlx::query(statement).bind(person.0.to_vec()).bind(before).bind(now_millis()).execute(&mut ***transaction).await?;
    Ok(())
}

/// Takes away what is rolled up of a time that its person deletes. Hours that are not settled are touched, and made anew of what is left;
/// of a settled one nobody knows any more which part was of that time: it goes as a whole. Whoever calls has the lock of the person.
///
/// # Errors
/// When the database refuses.
pub async fn forget(transaction: &mut Write, person: PersonId, range: Range<i64>) -> Result<(), GroundError> {
    sqlx::query(
        "DELETE FROM rollups WHERE person = $1 AND span = $2 AND start > $3 AND start < $4 AND start < \
         (SELECT CASE WHEN said > settled THEN said ELSE settled END FROM rollup_people WHERE person = $1)",
    )
    .bind(person.0.to_vec())
    .bind(Span::Hour.number())
    .bind(range.start.saturating_sub(HOUR))
    .bind(range.end)
    .execute(&mut ***transaction)
    .await?;
    // However long it is: their days are made anew of the hours that are left.
    touch_each(transaction, person, &[range]).await
}

/// How a person's roll-ups are made.
#[derive(Debug)]
pub(super) struct Basis {
    /// Their zone: the one that they chose, or else the organisation's.
    pub(super) zone: TimeZone,
    /// Whether their roll-ups were made in another one.
    pub(super) has_moved: bool,
    /// Hours that began before this instant, Unix milliseconds, stay as they are.
    pub(super) settled: i64,
    /// Sums of what was said in hours that began before this instant, Unix milliseconds, stay as they are.
    pub(super) said: i64,
}

impl Basis {
    /// That of a person, behind their lock.
    pub(super) async fn of(
        transaction: &mut Write,
        of: &Sealing<'_>,
        organisation: &TimeZone,
    ) -> Result<Self, WellbeingError> {
        // What they prefer and does not open is no reason to roll up nothing.
        let chosen = match preferences::of(transaction, (of.key, of.damages), of.person).await {
            Err(error) if preferences::are_damaged(&error) => None,
            chosen => chosen?.zone,
        };
        let zone = chosen.and_then(|name| TimeZone::get(&name).ok()).unwrap_or_else(|| organisation.clone());
        let row: Option<(i64, i64, Option<Vec<u8>>)> =
            sqlx::query_as("SELECT settled, said, zone FROM rollup_people WHERE person = $1")
                .bind(of.person.0.to_vec())
                .fetch_optional(&mut ***transaction)
                .await?;
        let (settled, said, before) = row.unwrap_or_default();
        let before = before.and_then(|sealed| of.key.open(&context(of.person), &sealed).ok());
        let has_moved = before.is_none_or(|before| before != name(&zone).as_bytes());
        let now = now_millis();
        let [settled, said] = [settled, said].map(|instant| if instant > now { 0 } else { instant });
        Ok(Self { zone, has_moved, settled, said })
    }

    /// Notes the zone that the roll-ups are made in from now on.
    pub(super) async fn note_zone(&self, transaction: &mut Write, of: &Sealing<'_>) -> Result<(), GroundError> {
        sqlx::query(
            "INSERT INTO rollup_people (person, settled, zone) VALUES ($1, 0, $2) \
             ON CONFLICT (person) DO UPDATE SET zone = excluded.zone",
        )
        .bind(of.person.0.to_vec())
        .bind(of.key.seal(&context(of.person), name(&self.zone).as_bytes()))
        .execute(&mut ***transaction)
        .await?;
        Ok(())
    }
}

/// As it is named in the database.
pub(super) fn name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

fn context(person: PersonId) -> Vec<u8> {
    [b"rollup zone".as_slice(), &person.0].concat()
}
