//! How many alerts wait for somebody, as every page says: counted without opening any.

use attune_ground::store::{Store, bytes16};
use attune_ground::time::now_millis;
use attune_ground::{Answering, Bell, GroundError, Listener, Ringing};
use attune_people::rights::LoginId;
use attune_people::teams::led_by;
use attune_people::{accounts, consent};
use attune_protocol::ids::PersonId;

use super::calls;

/// Leads to the page of open alerts.
pub(crate) const BELL: Bell = Bell { place: "/alerts", count: bell };

/// Counts what waits for who has signed in, in the role that is on: what nobody holds, who asks to be supported, and who has them called
/// to get in touch, which those see who chose it. Of those whom somebody supports it counts nothing else: that there is an alert about them
/// is told on the page, where it is on record that it was read.
pub(super) fn bell<'a>(store: &'a Store, listener: &'a Listener) -> Ringing<'a> {
    Box::pin(async move { Ok(own(store, listener).await? + of_teams(store, listener).await?) })
}

async fn own(store: &Store, listener: &Listener) -> Result<u64, GroundError> {
    let (asked,): (i64,) = sqlx::query_as(
        "SELECT CAST(COALESCE(SUM(CASE WHEN accepted_at IS NULL THEN 1 ELSE 0 END \
             + CASE WHEN danger_asked_at IS NOT NULL AND danger_accepted_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) \
             FROM alert_supporters WHERE supporter = $1",
    )
    .bind(listener.login.to_vec())
    .fetch_one(store.pool())
    .await?;
    let called = calls::waiting(store, LoginId(listener.login)).await?.len() as u64;
    let mut all = asked.unsigned_abs() + called;
    let Some(person) = listener.person else { return Ok(all) };
    // Accounts of earlier versions that are theirs have alerts, too, as the page shows them.
    let others = accounts::same_as(store.pool(), person).await?;
    for person in [person].into_iter().chain(others) {
        let (alerts,): (i64,) = sqlx::query_as(
            "SELECT COUNT(*) FROM person_alerts WHERE person = $1 AND closed_at IS NULL AND acknowledged_at IS NULL",
        )
        .bind(person.0.to_vec())
        .fetch_one(store.pool())
        .await?;
        if alerts > 0 && is_as_agreed(store, person).await? {
            all += alerts.unsigned_abs();
        }
    }
    Ok(all)
}

/// Whether somebody was looked at since they last agreed to anything, or withdrew it: until then their page shows those alerts alone that
/// may be told still, and which they are is not known here.
async fn is_as_agreed(store: &Store, person: PersonId) -> Result<bool, GroundError> {
    let looked: Option<(i64,)> = sqlx::query_as("SELECT consents FROM alert_people WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_optional(store.pool())
        .await?;
    let Some((place,)) = looked else { return Ok(false) };
    Ok(!consent::has_changed_behind(store, person, place).await?)
}

async fn of_teams(store: &Store, listener: &Listener) -> Result<u64, GroundError> {
    if listener.teams == Answering::ForNone {
        return Ok(0);
    }
    let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(
        "SELECT team, COUNT(*) FROM team_alerts WHERE closed_at IS NULL AND acknowledged_at IS NULL GROUP BY team",
    )
    .fetch_all(store.pool())
    .await?;
    let led = match listener.teams {
        Answering::ForLed if !rows.is_empty() => Some(led_by(store, LoginId(listener.login), now_millis()).await?),
        _ => None,
    };
    let is_theirs = |team: &[u8]| match &led {
        Some(led) => bytes16(team).is_ok_and(|team| led.iter().any(|one| one.0 == team)),
        None => true,
    };
    Ok(rows.iter().filter(|(team, _)| is_theirs(team)).map(|(_, count)| count.unsigned_abs()).sum())
}
