//! What waits to be sent.

use attune_ground::store::{Store, Write};
use attune_ground::time::now_millis;

use super::{Kind, Post};
use crate::PeopleError;
use crate::rights::LoginId;

/// How long a mail that did not go waits at most until it is tried again, milliseconds.
pub(crate) const LONGEST_WAIT: i64 = 15 * 60_000;
/// How long one collector has for a mail before another one takes it up, milliseconds.
const LEASE: i64 = 2 * 60_000;
/// Mails that are looked at together.
const TOGETHER: i64 = 20;

/// Its id, whose login, which kind, since when it waits, and how often it was tried.
type Row = (Vec<u8>, Vec<u8>, String, i64, i64);

/// One that is to be sent now.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) id: Vec<u8>,
    pub(crate) login: LoginId,
    pub(crate) kind: Kind,
    pub(crate) created_at: i64,
    pub(crate) attempts: i64,
}

/// Has a mail sent to who signs in and has an address, where any is sent; of each kind one waits at a time. A link goes only to who has
/// a password.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn queue(
    post: Option<&Post>,
    transaction: &mut Write,
    login: LoginId,
    kind: Kind,
) -> Result<(), PeopleError> {
    if post.is_none() {
        return Ok(());
    }
    let now = now_millis();
    // What waits since a clock was ahead would wait until that comes.
    sqlx::query(
        "INSERT INTO mails (id, login, kind, created_at, due_at, attempts) \
         SELECT $1, login, $3, $4, $4, 0 FROM logins \
         WHERE login = $2 AND mail_tag IS NOT NULL AND disabled_at IS NULL AND (password IS NOT NULL OR $3 <> 'reset') \
         ON CONFLICT (login, kind) DO UPDATE SET created_at = $4, due_at = $4, attempts = 0 \
         WHERE mails.created_at > $4 OR mails.due_at > $5",
    )
    .bind(LoginId::random().0.to_vec())
    .bind(login.0.to_vec())
    .bind(kind.name())
    .bind(now)
    .bind(now + LONGEST_WAIT.max(LEASE))
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}

/// Takes up those that are due; no other collector takes them meanwhile.
pub(crate) async fn take_up(store: &Store) -> Result<Vec<Waiting>, PeopleError> {
    let now = now_millis();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, login, kind, created_at, attempts FROM mails WHERE due_at <= $1 ORDER BY due_at LIMIT $2",
    )
    .bind(now)
    .bind(TOGETHER)
    .fetch_all(store.pool())
    .await?;
    let mut taken = Vec::with_capacity(rows.len());
    if rows.is_empty() {
        return Ok(taken);
    }
    let mut transaction = store.begin().await?;
    for (id, login, kind, created_at, attempts) in rows {
        let claimed = sqlx::query("UPDATE mails SET due_at = $3, attempts = $2 + 1 WHERE id = $1 AND attempts = $2")
            .bind(id.clone())
            .bind(attempts)
            .bind(now + LEASE)
            .execute(&mut **transaction)
            .await?;
        let kind = Kind::ALL.into_iter().find(|one| one.name() == kind);
        if let (1, Some(kind)) = (claimed.rows_affected(), kind) {
            taken.push(Waiting { id, login: LoginId::of(&login)?, kind, created_at, attempts: attempts + 1 });
        }
    }
    transaction.commit().await?;
    Ok(taken)
}

/// It was sent, or is of no use any more.
pub(crate) async fn remove(store: &Store, waiting: &Waiting) -> Result<(), PeopleError> {
    let mut transaction = store.begin().await?;
    sqlx::query("DELETE FROM mails WHERE id = $1").bind(waiting.id.clone()).execute(&mut **transaction).await?;
    Ok(transaction.commit().await?)
}

/// It is tried again later.
pub(crate) async fn put_off(store: &Store, waiting: &Waiting, due_at: i64) -> Result<(), PeopleError> {
    let mut transaction = store.begin().await?;
    sqlx::query("UPDATE mails SET due_at = $2 WHERE id = $1")
        .bind(waiting.id.clone())
        .bind(due_at)
        .execute(&mut **transaction)
        .await?;
    Ok(transaction.commit().await?)
}
