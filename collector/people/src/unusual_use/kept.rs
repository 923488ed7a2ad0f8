//! What is kept of how much somebody used: numbers of each day, and refusals by hour and route.

use std::collections::BTreeMap;

use attune_ground::store::{Store, Write, bytes16};

use super::count::{Counted, Hours};
use super::rule::Day;
use super::{DAY, HOUR};
use crate::PeopleError;

/// Days of which it is kept how much somebody used: those of three months, so that what is done once in each is known.
pub(super) const KEPT_DAYS: i64 = 100;

/// How far uses were looked at.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Looked {
    /// Up to which place of the log of access.
    pub(super) place: i64,
    /// Up to which instant by which its entries are dated, Unix milliseconds.
    pub(super) until: i64,
}

/// How far that was.
pub(super) async fn looked(store: &Store) -> Result<Looked, PeopleError> {
    let row: Option<(i64, i64)> =
        sqlx::query_as("SELECT place, until FROM use_place").fetch_optional(store.pool()).await?;
    Ok(row.map_or_else(Looked::default, |(place, until)| Looked { place, until }))
}

/// Notes how far uses were looked at, unless somebody was farther already, and lets go of what no habit is made of any more.
pub(super) async fn move_on(store: &Store, looked: Looked, (today, now): (i64, i64)) -> Result<(), PeopleError> {
    let mut transaction = store.begin().await?;
    sqlx::query(
        "INSERT INTO use_place (one, place, until) VALUES (1, $1, $2) ON CONFLICT (one) DO UPDATE \
         SET place = excluded.place, until = excluded.until WHERE use_place.place <= excluded.place",
    )
    .bind(looked.place)
    .bind(looked.until)
    .execute(&mut **transaction)
    .await?;
    for (statement, before) in [
        ("DELETE FROM use_days WHERE day < $1", today - KEPT_DAYS),
        ("DELETE FROM refused_uses WHERE hour < $1", (now - KEPT_DAYS * DAY) / HOUR),
    ] {
        sqlx::query(statement).bind(before).execute(&mut **transaction).await?;
    }
    Ok(transaction.commit().await?)
}

/// Keeps how much somebody used on days, as the log tells it at least up to before a place: in the place of what was counted of them before.
/// A collector that was overtaken changes nothing of what was counted up to a later place.
pub(super) async fn put(
    transaction: &mut Write,
    login: [u8; 16],
    (days, seen): (&BTreeMap<i64, Counted>, i64),
) -> Result<(), PeopleError> {
    for (day, Counted { day: Day { people, busiest_hour, lists, at_night, exports, was_ahead, .. }, .. }) in days {
        sqlx::query(
            "INSERT INTO use_days (login, day, people, busiest_hour, lists, at_night, exports, seen, ahead) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (login, day) DO UPDATE SET people = excluded.people, busiest_hour = excluded.busiest_hour, \
             lists = excluded.lists, at_night = excluded.at_night, exports = excluded.exports, seen = excluded.seen, \
             ahead = CASE WHEN use_days.ahead > excluded.ahead THEN use_days.ahead ELSE excluded.ahead END \
             WHERE use_days.seen <= excluded.seen",
        )
        .bind(login.to_vec())
        .bind(*day)
        .bind(*people)
        .bind(*busiest_hour)
        .bind(*lists)
        .bind(*at_night)
        .bind(*exports)
        .bind(seen)
        .bind(i64::from(*was_ahead))
        .execute(&mut ***transaction)
        .await?;
    }
    Ok(())
}

/// Refusals of a day: the hours, counted from 1970 on, in which the first and the last were.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct RefusedDay {
    pub(super) count: i64,
    pub(super) first: i64,
    pub(super) last: i64,
}

/// How much somebody used on each day from one on, and how they were refused; both of days on which there was anything.
pub(super) async fn before(
    transaction: &mut Write,
    hours: &Hours,
    login: [u8; 16],
    from: i64,
) -> Result<(BTreeMap<i64, Day>, BTreeMap<i64, RefusedDay>), PeopleError> {
    let rows: Vec<(i64, i64, i64, i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT day, people, busiest_hour, lists, at_night, exports, ahead FROM use_days \
         WHERE login = $1 AND day >= $2 ORDER BY day",
    )
    .bind(login.to_vec())
    .bind(from)
    .fetch_all(&mut ***transaction)
    .await?;
    let day = |(day, people, busiest_hour, lists, at_night, exports, ahead)| {
        (day, Day { people, busiest_hour, lists, at_night, exports, refused: 0, was_ahead: ahead > 0 })
    };
    let mut days: BTreeMap<i64, Day> = rows.into_iter().map(day).collect();
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT hour, CAST(SUM(count) AS BIGINT) FROM refused_uses WHERE login = $1 AND hour >= $2 GROUP BY hour ORDER BY hour",
    )
    .bind(login.to_vec())
    // A day of the organisation's may begin half a day before that of UTC.
    .bind((from - 1) * (DAY / HOUR))
    .fetch_all(&mut ***transaction)
    .await?;
    let mut refused: BTreeMap<i64, RefusedDay> = BTreeMap::new();
    for (hour, count) in rows {
        let day = hours.day(hour * HOUR);
        let of = refused.entry(day).or_insert(RefusedDay { count: 0, first: hour, last: hour });
        (of.count, of.last) = (of.count + count, hour);
        days.entry(day).or_default().refused = of.count;
    }
    Ok((days, refused))
}

/// Who was refused more than so often from an hour on.
pub(super) async fn refused_since(store: &Store, hour: i64, more_than: i64) -> Result<Vec<[u8; 16]>, PeopleError> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as(
        "SELECT login FROM refused_uses WHERE hour >= $1 GROUP BY login HAVING CAST(SUM(count) AS BIGINT) > $2",
    )
    .bind(hour)
    .bind(more_than)
    .fetch_all(store.pool())
    .await?;
    rows.into_iter().map(|(login,)| bytes16(&login).map_err(PeopleError::from)).collect()
}

/// By which routes somebody was refused from one hour to another, and how often.
pub(super) async fn refused_by(
    store: &Store,
    login: [u8; 16],
    (first, last): (i64, i64),
) -> Result<Vec<(String, u64)>, PeopleError> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT route, CAST(SUM(count) AS BIGINT) AS times FROM refused_uses \
         WHERE login = $1 AND hour >= $2 AND hour <= $3 GROUP BY route ORDER BY times DESC, route",
    )
    .bind(login.to_vec())
    .bind(first / HOUR)
    .bind(last / HOUR)
    .fetch_all(store.pool())
    .await?;
    Ok(rows.into_iter().map(|(route, count)| (route, count.unsigned_abs())).collect())
}
