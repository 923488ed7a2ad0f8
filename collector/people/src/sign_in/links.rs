//! One-time links with which somebody chooses a password: the first one, or another one where it was forgotten.

use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write};
use attune_ground::time::now_millis;

use super::{AHEAD, LoginId, logins, passkeys, secret, totp};
use crate::PeopleError;
use crate::access::{Act, By};
use crate::mail;

/// How long a link can be used, milliseconds.
pub(crate) const LINK_MILLIS: i64 = 24 * 60 * 60_000;

/// Makes a link in the place of those before; gives what stands in it. With `anew` the second factor is set up again, passkeys are
/// removed, and who signed in with an identity provider does so as if for the first time. None for who may not sign in, or is not
/// there any more.
///
/// # Errors
/// When the database refuses.
pub async fn make_link(store: &Store, login: LoginId, anew: bool, by: &By) -> Result<Option<String>, PeopleError> {
    let mut transaction = store.begin().await?;
    // A link that is being mailed is of before, or is not made.
    logins::lock(&mut transaction, login).await?;
    let may: Option<(i64,)> =
        sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM logins WHERE login = $1 AND disabled_at IS NULL")
            .bind(login.0.to_vec())
            .fetch_optional(&mut **transaction)
            .await?;
    if may.is_none() {
        return Ok(None);
    }
    let link = make_in(&mut transaction, login).await?;
    if anew {
        totp::remove(&mut transaction, login).await?;
        // The password alone must not be enough meanwhile.
        sqlx::query("UPDATE logins SET password = NULL WHERE login = $1")
            .bind(login.0.to_vec())
            .execute(&mut **transaction)
            .await?;
        sqlx::query("DELETE FROM outside_subjects WHERE login = $1")
            .bind(login.0.to_vec())
            .execute(&mut **transaction)
            .await?;
        passkeys::remove_all(&mut transaction, login).await?;
        logins::lose_way(&mut transaction, login).await?;
        logins::end_all(&mut transaction, login, None).await?;
    }
    logins::note(&mut transaction, by, Act::MakeLink, login).await?;
    transaction.commit().await?;
    Ok(Some(link))
}

/// Makes a link that goes out by mail, beside those that hold: one that was made before may be read later, and whoever asks for many
/// takes nobody's away. Gives with it to which address, as it is behind the lock; none for who may not sign in any more, or has no
/// password or no address any more.
///
/// # Errors
/// When the database refuses.
pub(super) async fn make_mailed(
    store: &Store,
    keys: &PersonKeys,
    login: LoginId,
) -> Result<Option<(String, String)>, PeopleError> {
    let (link, hash) = secret::fresh();
    let mut transaction = store.begin().await?;
    logins::lock(&mut transaction, login).await?;
    let found = logins::find_in(&mut transaction, keys, login).await?;
    let Some(to) = found.and_then(|login| login.mail) else { return Ok(None) };
    let made = sqlx::query(
        "INSERT INTO login_links (hash, login, expires_at, mailed) \
         SELECT $1, login, $3, 1 FROM logins WHERE login = $2 AND disabled_at IS NULL AND password IS NOT NULL",
    )
    .bind(hash)
    .bind(login.0.to_vec())
    .bind(now_millis() + mail::LINK_MILLIS)
    .execute(&mut **transaction)
    .await?;
    if made.rows_affected() == 0 {
        return Ok(None);
    }
    logins::note(&mut transaction, &By::COLLECTOR, Act::MakeLink, login).await?;
    transaction.commit().await?;
    Ok(Some((link, to)))
}

pub(crate) async fn make_in(transaction: &mut Write, login: LoginId) -> Result<String, PeopleError> {
    let (link, hash) = secret::fresh();
    end(transaction, login).await?;
    sqlx::query("INSERT INTO login_links (hash, login, expires_at) VALUES ($1, $2, $3)")
        .bind(hash)
        .bind(login.0.to_vec())
        .bind(now_millis() + LINK_MILLIS)
        .execute(&mut ***transaction)
        .await?;
    Ok(link)
}

/// Ends the link of an account.
pub(super) async fn end(transaction: &mut Write, login: LoginId) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM login_links WHERE login = $1").bind(login.0.to_vec()).execute(&mut ***transaction).await?;
    Ok(())
}

/// Whose link it is, as long as it can be used.
pub(crate) async fn whose(store: &Store, link: &str) -> Result<Option<LoginId>, PeopleError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as(
        "SELECT login_links.login FROM login_links JOIN logins ON logins.login = login_links.login \
         WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 AND expires_at <= $3 AND disabled_at IS NULL",
    )
    .bind(secret::hash(link))
    .bind(now_millis())
    .bind(now_millis() + LINK_MILLIS + AHEAD)
    .fetch_optional(store.pool())
    .await?;
    row.map(|(login,)| LoginId::of(&login)).transpose()
}

/// Uses a link, once: its password is that of its login from now on, and all that was signed in with another one ends.
///
/// # Errors
/// When the database refuses.
pub(super) async fn use_link(
    transaction: &mut Write,
    link: &str,
    login: LoginId,
    password: &str,
) -> Result<bool, PeopleError> {
    logins::lock(transaction, login).await?;
    let used = sqlx::query(
        "UPDATE login_links SET used_at = $3 WHERE hash = $1 AND login = $2 AND used_at IS NULL AND expires_at > $3 \
         AND expires_at <= $4",
    )
    .bind(secret::hash(link))
    .bind(login.0.to_vec())
    .bind(now_millis())
    .bind(now_millis() + LINK_MILLIS + AHEAD)
    .execute(&mut ***transaction)
    .await?;
    if used.rows_affected() == 0 {
        return Ok(false);
    }
    // The others that hold were asked for by mail, and whoever else reads it has them.
    sqlx::query("DELETE FROM login_links WHERE login = $1 AND used_at IS NULL")
        .bind(login.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    logins::set_password(transaction, login, password, None).await?;
    Ok(true)
}

/// Removes links that can no longer be used.
pub(super) async fn tidy(transaction: &mut Write) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM login_links WHERE expires_at < $1 OR expires_at > $2")
        .bind(now_millis())
        .bind(now_millis() + LINK_MILLIS + AHEAD)
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}
