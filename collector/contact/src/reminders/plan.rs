//! What somebody wants to be reminded of, and how: sealed under their key, but for when it is to be looked at.

use attune_ground::GroundError;
use attune_ground::store::{Store, Write};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::rhythm::{DAY, Quiet, Rhythm};
use crate::kind::Kind;

/// Format version; it stands in the first byte.
const VERSION: u8 = 1;

/// As a time at which nothing is looked at any more.
const NEVER: i64 = i64::MAX;

/// What somebody has chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Plan {
    pub(crate) rhythm: Rhythm,
    /// How many reminders are left, where they end after some.
    pub(crate) left: Option<u16>,
    /// After how many hours without an answer one is missed.
    pub(crate) hours: u8,
    /// Whether they are mailed of one that they missed.
    pub(crate) mail: bool,
    /// Whether they were told, when they chose this, that HR is told of three in a row.
    pub(crate) told: bool,
    /// Since when it holds, Unix milliseconds: what was due before is none of it.
    pub(crate) since: i64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    days: u8,
    minute: u16,
    quiet: Option<(u16, u16)>,
    until: Option<String>,
    left: Option<u16>,
    hours: u8,
    mail: bool,
    told: bool,
    since: i64,
}

impl Plan {
    fn encode(&self) -> Result<Vec<u8>, GroundError> {
        let Rhythm { days, minute, quiet, until } = &self.rhythm;
        let stored = Stored {
            days: *days,
            minute: *minute,
            quiet: quiet.map(|quiet| (quiet.from, quiet.until)),
            until: until.map(|until| until.to_string()),
            left: self.left,
            hours: self.hours,
            mail: self.mail,
            told: self.told,
            since: self.since,
        };
        let bytes = postcard::to_extend(&stored, vec![VERSION]);
        bytes.map_err(|_| GroundError::Corrupt("a plan of reminders can be written"))
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (&VERSION, body) = bytes.split_first()? else { return None };
        let Stored { days, minute, quiet, until, left, hours, mail, told, since } = postcard::from_bytes(body).ok()?;
        let until = until.map(|until| until.parse::<Date>()).transpose().ok()?;
        let quiet = quiet.map(|(from, until)| Quiet { from: from.min(DAY - 1), until: until.min(DAY - 1) });
        let rhythm = Rhythm { days, minute: minute.min(DAY - 1), quiet, until };
        Some(Self { rhythm, left, hours, mail, told, since })
    }

    /// When it was due last since it holds, up to an instant.
    pub(super) fn slot(&self, zone: &TimeZone, now: i64) -> Option<i64> {
        self.rhythm.latest(zone, now).filter(|due| *due > self.since && self.left != Some(0))
    }

    /// When it is due next, after an instant.
    pub(crate) fn next(&self, zone: &TimeZone, now: i64) -> Option<i64> {
        self.rhythm.next(zone, now).filter(|_| self.left != Some(0))
    }
}

/// Under what a plan lies sealed.
pub(crate) fn context(person: PersonId, kind: i64) -> Vec<u8> {
    [b"reminder plan".as_slice(), &person.0, &kind.to_be_bytes()].concat()
}

const OF_ONE: &str = "SELECT sealed FROM reminder_plans WHERE person = $1 AND kind = $2";

fn opened(key: &SealKey, person: PersonId, kind: Kind, row: Option<(Vec<u8>,)>) -> Option<Plan> {
    let plain = key.open(&context(person, kind.number()), &row?.0).ok()?;
    Plan::decode(&plain)
}

/// The plan of a person, where they have one that opens.
pub(crate) async fn of(
    store: &Store,
    key: &SealKey,
    person: PersonId,
    kind: Kind,
) -> Result<Option<Plan>, GroundError> {
    let row: Option<(Vec<u8>,)> =
        sqlx::query_as(OF_ONE).bind(person.0.to_vec()).bind(kind.number()).fetch_optional(store.pool()).await?;
    Ok(opened(key, person, kind, row))
}

/// The same behind the lock of the person.
pub(super) async fn read(
    transaction: &mut Write,
    key: &SealKey,
    person: PersonId,
    kind: Kind,
) -> Result<Option<Plan>, GroundError> {
    let row: Option<(Vec<u8>,)> =
        sqlx::query_as(OF_ONE).bind(person.0.to_vec()).bind(kind.number()).fetch_optional(&mut ***transaction).await?;
    Ok(opened(key, person, kind, row))
}

/// Writes a plan, to be looked at next at an instant; never where there is none.
pub(super) async fn write(
    transaction: &mut Write,
    key: &SealKey,
    (person, kind): (PersonId, Kind),
    plan: &Plan,
    (next_at, now): (Option<i64>, i64),
) -> Result<(), GroundError> {
    sqlx::query(
        "INSERT INTO reminder_plans (person, kind, next_at, looked_at, sealed) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (person, kind) DO UPDATE SET next_at = excluded.next_at, looked_at = excluded.looked_at, \
         sealed = excluded.sealed",
    )
    .bind(person.0.to_vec())
    .bind(kind.number())
    .bind(next_at.unwrap_or(NEVER))
    .bind(now)
    .bind(key.seal(&context(person, kind.number()), &plan.encode()?))
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}

/// Removes the plan of a person.
pub(super) async fn remove(transaction: &mut Write, person: PersonId, kind: Kind) -> Result<(), GroundError> {
    sqlx::query("DELETE FROM reminder_plans WHERE person = $1 AND kind = $2")
        .bind(person.0.to_vec())
        .bind(kind.number())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Has a plan that nothing can be done with looked at again at an instant.
pub(super) async fn put_off(
    transaction: &mut Write,
    (person, kind): (PersonId, i64),
    (next_at, now): (i64, i64),
) -> Result<(), GroundError> {
    sqlx::query("UPDATE reminder_plans SET next_at = $3, looked_at = $4 WHERE person = $1 AND kind = $2")
        .bind(person.0.to_vec())
        .bind(kind)
        .bind(next_at)
        .bind(now)
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// The plans of a person are to be looked at soon: their days are another zone's from now on, or HR was told of them.
pub(crate) async fn look_soon(transaction: &mut Write, person: PersonId) -> Result<(), GroundError> {
    sqlx::query("UPDATE reminder_plans SET next_at = 0 WHERE person = $1")
        .bind(person.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Plans that are to be looked at by an instant, or were looked at behind it, before the database's clock leapt back; whose and of what.
pub(super) async fn due(store: &Store, now: i64, limit: i64) -> Result<Vec<(Vec<u8>, i64)>, GroundError> {
    let rows = sqlx::query_as(
        "SELECT person, kind FROM reminder_plans WHERE next_at <= $1 OR looked_at > $1 ORDER BY next_at, person, kind LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(store.pool())
    .await?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yesterdays_bytes_read_and_what_does_not_read_is_none() {
        let rhythm = Rhythm { days: 31, minute: 540, quiet: None, until: None };
        let plan = Plan { rhythm, left: Some(10), hours: 4, mail: true, told: false, since: 1 };
        let bytes = [1, 31, 0x9c, 0x04, 0, 0, 1, 10, 4, 1, 0, 2];
        assert_eq!(plan.encode().expect("writes"), bytes);
        assert_eq!(Plan::decode(&bytes), Some(plan.clone()));
        let quiet = Some(Quiet { from: 1200, until: 420 });
        let rhythm = Rhythm { quiet, until: Some(Date::constant(2026, 3, 31)), ..plan.rhythm.clone() };
        let other = Plan { rhythm, left: None, told: true, ..plan };
        assert_eq!(Plan::decode(&other.encode().expect("writes")), Some(other));
        for wrong in [&bytes[..11], &[], &[2, 31, 0x9c, 0x04, 0, 0, 0, 4, 1, 0, 2]] {
            assert_eq!(Plan::decode(wrong), None, "{wrong:?}");
        }
    }
}
