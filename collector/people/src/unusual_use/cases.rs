//! What was unusual, as it lies: one row of each account, rule and day, so that one spree is told once, however many collectors look and however
//! often. What goes on over midnight goes on in the same row.

use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use sqlx::AnyConnection;

use super::HOUR;
use super::rule::Rule;
use super::who::Watcher;
use crate::PeopleError;
use crate::rights::LoginId;

/// Who goes on within so long does what they did before, milliseconds.
const GOES_ON: i64 = 6 * HOUR;
/// The most that are listed.
const LISTED: i64 = 200;
/// How the text of a note is laid out.
const VERSION: u8 = 1;

/// What was found on a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) login: [u8; 16],
    pub(super) rule: Rule,
    /// Counted from 1970 on.
    pub(super) day: i64,
    /// As what they did it.
    pub(super) role: String,
    pub(super) count: i64,
    pub(super) usual: Option<i64>,
    pub(super) most: i64,
    pub(super) first_at: i64,
    pub(super) last_at: i64,
}

/// Unusual use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Case {
    pub(super) id: [u8; 16],
    pub(super) found: Found,
    pub(super) opened_at: i64,
    /// When it was acknowledged, and by whom, where they are known still.
    pub(super) acknowledged: Option<(i64, Option<LoginId>)>,
}

/// Keeps what was found, and gives whether it is news: that it is there, or that it has doubled since somebody acknowledged it. Behind the
/// lock of the account.
pub(super) async fn raise(transaction: &mut Write, found: &Found) -> Result<bool, PeopleError> {
    // Of that day, or of the one before: who never rests is told anew all the same. One of a later day was found while a clock was ahead,
    // and keeps nothing from being told.
    let last: Option<(Vec<u8>, i64, i64)> = sqlx::query_as(
        "SELECT id, day, last_at FROM unusual_uses WHERE login = $1 AND rule = $2 AND day >= $3 AND day <= $4 \
         ORDER BY day DESC LIMIT 1",
    )
    .bind(found.login.to_vec())
    .bind(found.rule.name())
    .bind(found.day - 1)
    .bind(found.day)
    .fetch_optional(&mut ***transaction)
    .await?;
    match last.filter(|(_, day, last_at)| *day == found.day || found.first_at - last_at <= GOES_ON) {
        Some((id, ..)) => go_on(transaction, &id, found).await,
        None => open(transaction, found).await,
    }
}

async fn open(transaction: &mut Write, found: &Found) -> Result<bool, PeopleError> {
    let opened = sqlx::query(
        "INSERT INTO unusual_uses (login, rule, day, id, role, count, usual, most, first_at, last_at, opened_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
    )
    .bind(found.login.to_vec())
    .bind(found.rule.name())
    .bind(found.day)
    .bind(LoginId::random().0.to_vec())
    .bind(found.role.clone())
    .bind(found.count)
    .bind(found.usual)
    .bind(found.most)
    .bind(found.first_at)
    .bind(found.last_at)
    .bind(now_millis())
    .execute(&mut ***transaction)
    .await?;
    Ok(opened.rows_affected() > 0)
}

async fn go_on(transaction: &mut Write, id: &[u8], found: &Found) -> Result<bool, PeopleError> {
    sqlx::query(
        "UPDATE unusual_uses SET count = CASE WHEN count < $2 THEN $2 ELSE count END, \
         first_at = CASE WHEN first_at > $3 THEN $3 ELSE first_at END, \
         last_at = CASE WHEN last_at < $4 THEN $4 ELSE last_at END WHERE id = $1",
    )
    .bind(id.to_vec())
    .bind(found.count)
    .bind(found.first_at)
    .bind(found.last_at)
    .execute(&mut ***transaction)
    .await?;
    let anew = sqlx::query(
        "UPDATE unusual_uses SET acknowledged_at = NULL, acknowledged_by = NULL, acknowledged_count = NULL \
         WHERE id = $1 AND acknowledged_at IS NOT NULL AND acknowledged_count * 2 <= $2",
    )
    .bind(id.to_vec())
    .bind(found.count)
    .execute(&mut ***transaction)
    .await?;
    Ok(anew.rows_affected() > 0)
}

const COLUMNS: &str =
    "id, login, rule, day, role, count, usual, most, first_at, last_at, opened_at, acknowledged_at, acknowledged_by";

/// Which of them somebody may see: none about themselves, and of who only runs the collector those about privacy officers. Who is made one
/// later is none for that: whoever gives the role would choose what they may see.
const SEEN: &str = "login <> $1 AND ($2 > 0 OR role = 'privacy_officer' OR EXISTS (SELECT 1 FROM login_roles \
     WHERE login_roles.login = unusual_uses.login AND login_roles.role = 'privacy_officer' \
     AND login_roles.given_at <= unusual_uses.opened_at))";

type Columns =
    (Vec<u8>, Vec<u8>, String, i64, String, i64, Option<i64>, i64, i64, i64, i64, Option<i64>, Option<Vec<u8>>);

/// One of a rule of a later version is none here.
fn read(columns: Columns) -> Result<Option<Case>, PeopleError> {
    let (id, login, rule, day, role, count, usual, most, first_at, last_at, opened_at, acknowledged_at, by) = columns;
    let Some(rule) = Rule::of_name(&rule) else { return Ok(None) };
    let by = by.as_deref().map(LoginId::of).transpose()?;
    let found = Found { login: bytes16(&login)?, rule, day, role, count, usual, most, first_at, last_at };
    Ok(Some(Case { id: bytes16(&id)?, found, opened_at, acknowledged: acknowledged_at.map(|at| (at, by)) }))
}

/// What somebody may see, what nobody has acknowledged first, the newest of each first; and how many of those there are.
pub(super) async fn list(store: &Store, watcher: Watcher) -> Result<(Vec<Case>, u64), PeopleError> {
    let statement = format!(
        "SELECT {COLUMNS} FROM unusual_uses WHERE {SEEN} \
         ORDER BY CASE WHEN acknowledged_at IS NULL THEN 0 ELSE 1 END, opened_at DESC, id LIMIT $3"
    );
    let rows: Vec<Columns> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(watcher.login.0.to_vec())
        .bind(i64::from(watcher.sees_all))
        .bind(LISTED)
        .fetch_all(store.pool())
        .await?;
    let statement = format!("SELECT COUNT(*) FROM unusual_uses WHERE {SEEN} AND acknowledged_at IS NULL");
    let (open,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(watcher.login.0.to_vec())
        .bind(i64::from(watcher.sees_all))
        .fetch_one(store.pool())
        .await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        all.extend(read(row)?);
    }
    Ok((all, open.unsigned_abs()))
}

/// One that somebody may see.
pub(super) async fn find(
    connection: &mut AnyConnection,
    watcher: Watcher,
    id: [u8; 16],
) -> Result<Option<Case>, PeopleError> {
    let statement = format!("SELECT {COLUMNS} FROM unusual_uses WHERE {SEEN} AND id = $3");
    let row: Option<Columns> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(watcher.login.0.to_vec())
        .bind(i64::from(watcher.sees_all))
        .bind(id.to_vec())
        .fetch_optional(connection)
        .await?;
    row.map_or(Ok(None), read)
}

/// Notes that somebody has acknowledged so many of one as they saw, and gives whether nobody had.
pub(super) async fn acknowledge(
    transaction: &mut Write,
    (case, by): (&Case, LoginId),
    seen: i64,
) -> Result<bool, PeopleError> {
    let acknowledged = sqlx::query(
        "UPDATE unusual_uses SET acknowledged_at = $2, acknowledged_by = $3, acknowledged_count = $4 \
         WHERE id = $1 AND acknowledged_at IS NULL",
    )
    .bind(case.id.to_vec())
    .bind(now_millis())
    .bind(by.0.to_vec())
    .bind(seen)
    .execute(&mut ***transaction)
    .await?;
    Ok(acknowledged.rows_affected() > 0)
}

/// What somebody said who acknowledged one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Said {
    pub(super) by: LoginId,
    pub(super) at: i64,
    /// How many they saw.
    pub(super) count: i64,
    /// None where it does not open any more.
    pub(super) text: Option<String>,
}

fn context(case: &[u8], note: &[u8]) -> Vec<u8> {
    [b"note on unusual use".as_slice(), case, note].concat()
}

/// Keeps what somebody says of one, under their own key.
pub(super) async fn say(
    transaction: &mut Write,
    keys: &PersonKeys,
    (case, by): (&Case, LoginId),
    (text, seen): (&str, i64),
) -> Result<(), PeopleError> {
    let id = LoginId::random().0;
    let key = keys.of(by.key()).await?;
    let plain = [&[VERSION][..], text.as_bytes()].concat();
    sqlx::query(
        "INSERT INTO unusual_use_notes (id, unusual_use, login, at, count, sealed) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id.to_vec())
    .bind(case.id.to_vec())
    .bind(by.0.to_vec())
    .bind(now_millis())
    .bind(seen)
    .bind(key.seal(&context(&case.id, &id), &plain))
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}

/// What was said of one, the oldest first.
pub(super) async fn said(store: &Store, keys: &PersonKeys, case: [u8; 16]) -> Result<Vec<Said>, PeopleError> {
    type Row = (Vec<u8>, Vec<u8>, i64, i64, Vec<u8>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, login, at, count, sealed FROM unusual_use_notes WHERE unusual_use = $1 ORDER BY at, id",
    )
    .bind(case.to_vec())
    .fetch_all(store.pool())
    .await?;
    let mut all = Vec::with_capacity(rows.len());
    for (id, by, at, count, sealed) in rows {
        let by = LoginId::of(&by)?;
        let text = match keys.of(by.key()).await {
            Ok(key) => key.open(&context(&case, &id), &sealed).ok().and_then(|plain| match plain.split_first() {
                Some((&VERSION, text)) => String::from_utf8(text.to_vec()).ok(),
                _ => None,
            }),
            Err(error) if error.is_of_the_database() => return Err(error.into()),
            Err(_) => None,
        };
        all.push(Said { by, at, count, text });
    }
    Ok(all)
}
