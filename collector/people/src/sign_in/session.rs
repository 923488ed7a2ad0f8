//! Browsers that are signed in.

use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;

use super::{AHEAD, logins, secret};
use crate::PeopleError;
use crate::rights::{LoginId, Role, SessionKey};

/// What is still to be shown before somebody is signed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Nothing: signed in.
    Done,
    /// A code of the second factor.
    Code,
    /// A second factor, which a role asks for, is to be set up.
    SetUp,
}

impl Stage {
    const fn number(self) -> i64 {
        match self {
            Self::Done => 0,
            Self::Code => 1,
            Self::SetUp => 2,
        }
    }

    const fn of(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Done),
            1 => Some(Self::Code),
            2 => Some(Self::SetUp),
            _ => None,
        }
    }
}

/// A browser that is signed in, or about to be.
#[derive(Clone, Debug)]
pub struct Session {
    /// By what it is found.
    pub key: SessionKey,
    /// Who signed in.
    pub login: LoginId,
    /// The person that they are.
    pub person: Option<PersonId>,
    /// What is still to be shown.
    pub stage: Stage,
    /// The role that is on.
    pub role: Role,
    /// When they signed in, Unix milliseconds.
    pub made_at: i64,
    /// When they showed that it is they, Unix milliseconds; [`UNKNOWN`] where nobody says.
    pub(super) shown_at: i64,
    /// When it was used last, within a minute, Unix milliseconds.
    pub seen_at: i64,
    sealed: Vec<u8>,
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long one may lie unused, and how long it lasts at most, milliseconds. Who reads of others is signed out sooner (NIST SP
/// 800-63B, AAL2: half an hour and twelve hours).
const fn lasts(role: Role) -> (i64, i64) {
    match role {
        Role::Employee => (7 * DAY, 30 * DAY),
        Role::Manager | Role::Hr | Role::PrivacyOfficer | Role::Admin => (30 * MINUTE, 12 * HOUR),
    }
}

/// How long after it was shown nothing is shown once more, milliseconds.
const LATELY: i64 = 10 * MINUTE;

/// Instead of when somebody showed that it is they, where that is not known.
pub(super) const UNKNOWN: i64 = 0;

/// How long what asks for a stage may take.
const SIGNING_IN: i64 = 10 * MINUTE;

impl Session {
    /// Whether somebody has shown so lately that it is they that it is they still who sit there.
    pub(super) fn is_of_late(&self) -> bool {
        now_millis() - self.shown_at < LATELY
    }

    /// What the browser said that it is.
    pub(super) async fn browser(&self, keys: &PersonKeys) -> Result<String, PeopleError> {
        let key = keys.of(PersonId(self.login.0)).await?;
        let text = key.open(&context(&self.key.0), &self.sealed)?;
        Ok(known_as(&String::from_utf8_lossy(&text)))
    }
}

fn context(hash: &[u8]) -> Vec<u8> {
    [b"session".as_slice(), hash].concat()
}

/// What people call a browser that says all this of itself: "Firefox on Windows". What is not known stays as it said.
fn known_as(agent: &str) -> String {
    // Each but the first names says that it is another one, too.
    let names = [("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")];
    let systems = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "an iPhone"),
        ("iPad", "an iPad"),
        ("Mac OS", "a Mac"),
        ("Linux", "Linux"),
    ];
    let found =
        |list: &[(&str, &'static str)]| list.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    match (found(&names), found(&systems)) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        _ => agent.to_owned(),
    }
}

/// Characters of what a browser says that it is.
const LONGEST: usize = 200;

/// Sessions of one stage that one login has at a time: the oldest end. Those that are signing in end none that have.
const MOST: i64 = 50;

/// A session that begins.
pub(super) struct Begun<'a> {
    pub(super) stage: Stage,
    pub(super) role: Role,
    pub(super) shown_at: i64,
    /// What the browser says that it is.
    pub(super) browser: &'a str,
}

/// Begins a session; gives what its cookie holds.
pub(super) async fn begin(
    transaction: &mut Write,
    keys: &PersonKeys,
    login: LoginId,
    Begun { stage, role, shown_at, browser }: Begun<'_>,
) -> Result<String, PeopleError> {
    let (cookie, hash) = secret::fresh();
    let now = now_millis();
    let ends = now + if stage == Stage::Done { lasts(role).1 } else { SIGNING_IN };
    let key = keys.of(PersonId(login.0)).await?;
    let browser: String = browser.chars().filter(|sign| !sign.is_control()).take(LONGEST).collect();
    sqlx::query(
        "INSERT INTO login_sessions (hash, login, stage, role, made_at, seen_at, ends_at, sealed, shown_at) \
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)",
    )
    .bind(hash.clone())
    .bind(login.0.to_vec())
    .bind(stage.number())
    .bind(role.name())
    .bind(now)
    .bind(ends)
    .bind(key.seal(&context(&hash), browser.as_bytes()))
    .bind(shown_at)
    .execute(&mut ***transaction)
    .await?;
    sqlx::query(
        "DELETE FROM login_sessions WHERE login = $1 AND stage = $3 AND hash NOT IN \
         (SELECT hash FROM login_sessions WHERE login = $1 AND stage = $3 ORDER BY made_at DESC, hash LIMIT $2)",
    )
    .bind(login.0.to_vec())
    .bind(MOST)
    .bind(stage.number())
    .execute(&mut ***transaction)
    .await?;
    Ok(cookie)
}

type Columns = (Vec<u8>, Vec<u8>, Option<Vec<u8>>, i64, String, i64, i64, i64, i64, Vec<u8>);

const COLUMNS: &str = "login_sessions.hash, login_sessions.login, logins.person, login_sessions.stage, login_sessions.role, \
    login_sessions.made_at, COALESCE(login_sessions.shown_at, login_sessions.made_at), login_sessions.seen_at, login_sessions.ends_at, login_sessions.sealed";

/// The session of a cookie, if it has not ended and its login may sign in.
pub(super) async fn find(store: &Store, cookie: &str) -> Result<Option<Session>, PeopleError> {
    of_key(store, &SessionKey(secret::hash(cookie))).await
}

/// As [`find`], by the key.
pub(crate) async fn of_key(store: &Store, key: &SessionKey) -> Result<Option<Session>, PeopleError> {
    let Some(session) = unused(store, key).await? else { return Ok(None) };
    let now = now_millis();
    if now - session.seen_at > MINUTE && session.stage == Stage::Done {
        let mut transaction = store.begin().await?;
        sqlx::query("UPDATE login_sessions SET seen_at = $2 WHERE hash = $1 AND seen_at < $2")
            .bind(session.key.0.clone())
            .bind(now)
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(Some(session))
}

/// As [`of_key`], without counting as use of it: a browser that is left alone is signed out by that.
pub(super) async fn unused(store: &Store, key: &SessionKey) -> Result<Option<Session>, PeopleError> {
    let statement = format!(
        "SELECT {COLUMNS} FROM login_sessions JOIN logins ON logins.login = login_sessions.login \
         JOIN login_roles ON login_roles.login = login_sessions.login AND login_roles.role = login_sessions.role \
         WHERE login_sessions.hash = $1 AND logins.disabled_at IS NULL"
    );
    let row: Option<Columns> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(key.0.clone()).fetch_optional(store.pool()).await?;
    Ok(row.map(read).transpose()?.flatten())
}

/// A row, unless it has ended.
fn read(row: Columns) -> Result<Option<Session>, PeopleError> {
    let (hash, login, person, stage, role, made_at, shown_at, seen_at, ends_at, sealed) = row;
    let now = now_millis();
    let (Some(stage), Ok(role)) = (Stage::of(stage), role.parse::<Role>()) else { return Ok(None) };
    let is_of_the_future = [made_at, seen_at].into_iter().any(|at| at > now + AHEAD);
    if now >= ends_at || now - made_at >= lasts(role).1 || now - seen_at >= lasts(role).0 || is_of_the_future {
        return Ok(None);
    }
    let person = person.map(|person| attune_ground::store::bytes16(&person).map(PersonId)).transpose()?;
    let (key, login) = (SessionKey(hash), LoginId::of(&login)?);
    Ok(Some(Session { key, login, person, stage, role, made_at, shown_at, seen_at, sealed }))
}

/// All browsers that somebody is signed in with, the latest first.
pub(crate) async fn list(store: &Store, login: LoginId) -> Result<Vec<Session>, PeopleError> {
    let statement = format!(
        "SELECT {COLUMNS} FROM login_sessions JOIN logins ON logins.login = login_sessions.login \
         WHERE login_sessions.login = $1 AND login_sessions.stage = 0 ORDER BY login_sessions.seen_at DESC"
    );
    let rows: Vec<Columns> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(login.0.to_vec()).fetch_all(store.pool()).await?;
    let mut all = Vec::new();
    for row in rows {
        all.extend(read(row)?);
    }
    Ok(all)
}

/// Ends a session.
pub(crate) async fn end(store: &Store, login: LoginId, key: &SessionKey) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let ended = end_in(&mut transaction, login, key).await?;
    transaction.commit().await?;
    Ok(ended)
}

pub(super) async fn end_in(transaction: &mut Write, login: LoginId, key: &SessionKey) -> Result<bool, PeopleError> {
    let ended = sqlx::query("DELETE FROM login_sessions WHERE hash = $1 AND login = $2")
        .bind(key.0.clone())
        .bind(login.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends all that somebody is signed in with, but for this browser.
pub(crate) async fn end_others(store: &Store, login: LoginId, but: &SessionKey) -> Result<(), PeopleError> {
    let mut transaction = store.begin().await?;
    logins::end_all(&mut transaction, login, Some(but)).await?;
    transaction.commit().await?;
    Ok(())
}

/// Puts on another role, for who has it and has signed in as lately as the role asks for.
pub(crate) async fn put_on(
    store: &Store,
    session: &SessionKey,
    login: LoginId,
    role: Role,
) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let (now, (idle, longest)) = (now_millis(), lasts(role));
    let changed = sqlx::query(
        "UPDATE login_sessions SET role = $3, seen_at = $4, \
         ends_at = CASE WHEN ends_at < $5 THEN ends_at ELSE $5 END \
         WHERE hash = $1 AND login = $2 AND stage = 0 AND made_at > $6 AND seen_at > $7 \
         AND EXISTS (SELECT 1 FROM login_roles WHERE login_roles.login = $2 AND login_roles.role = $3)",
    )
    .bind(session.0.clone())
    .bind(login.0.to_vec())
    .bind(role.name())
    .bind(now)
    .bind(now + longest)
    .bind(now - longest)
    .bind(now - idle)
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    Ok(changed.rows_affected() == 1)
}

/// Removes those that have ended, and those of the future, which would begin to hold when it comes.
pub(super) async fn tidy(transaction: &mut Write) -> Result<(), PeopleError> {
    let now = now_millis();
    sqlx::query("DELETE FROM login_sessions WHERE ends_at < $1 OR made_at > $2 OR seen_at > $2")
        .bind(now)
        .bind(now + AHEAD)
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_browser_is_told_as_people_call_it() {
        for (agent, known) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Safari/604",
                "Safari on an iPhone",
            ),
            ("curl/8.1", "curl/8.1"),
            ("", ""),
        ] {
            assert_eq!(super::known_as(agent), known);
        }
    }
}
