//! Where mail reaches who signs in, changed by an administrator.

use attune_ground::http::Problem;
use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::store::Write;

use super::logins::{self, Sealed, Taken, context};
use super::names;
use crate::PeopleError;
use crate::access::{Act, By};
use crate::rights::LoginId;

/// Gives somebody another address of mail, or none. Links that were mailed to the one before end, and what waits to be sent goes nowhere.
///
/// # Errors
/// 400 for what is no address, and when the database refuses.
pub(crate) async fn set_mail(
    transaction: &mut Write,
    (keys, own): (&PersonKeys, &OwnKeys),
    id: LoginId,
    mail: Option<&str>,
    by: &By,
) -> Result<Result<(), Taken>, Problem> {
    let mail = mail.map(|mail| names::mail("email", mail)).transpose()?;
    Ok(set(transaction, (keys, own), id, mail, by).await?)
}

async fn set(
    transaction: &mut Write,
    (keys, own): (&PersonKeys, &OwnKeys),
    id: LoginId,
    mail: Option<String>,
    by: &By,
) -> Result<Result<(), Taken>, PeopleError> {
    if !logins::lock(transaction, id).await? {
        return Ok(Ok(()));
    }
    let Some(login) = logins::find_in(transaction, keys, id).await? else { return Ok(Ok(())) };
    let tag = mail.as_ref().map(|mail| names::mail_tag(own, mail));
    // A name and an address of mail open the same door.
    let other: Option<(i64,)> = sqlx::query_as(
        "SELECT CAST(1 AS BIGINT) FROM logins WHERE login <> $1 AND (mail_tag = $2 OR name_tag = $3) LIMIT 1",
    )
    .bind(id.0.to_vec())
    .bind(tag.clone())
    .bind(mail.as_ref().map(|mail| names::tag(own, mail)))
    .fetch_optional(&mut ***transaction)
    .await?;
    if other.is_some() {
        return Ok(Err(Taken));
    }
    let key = keys.of(id.key()).await?;
    let sealed = Sealed { name: login.name, mail }.encode();
    sqlx::query("UPDATE logins SET mail_tag = $2, sealed = $3 WHERE login = $1")
        .bind(id.0.to_vec())
        .bind(tag)
        .bind(key.seal(&context(id), &sealed))
        .execute(&mut ***transaction)
        .await?;
    for statement in [
        "DELETE FROM login_links WHERE login = $1 AND mailed = 1 AND used_at IS NULL",
        "DELETE FROM mails WHERE login = $1",
    ] {
        sqlx::query(statement).bind(id.0.to_vec()).execute(&mut ***transaction).await?;
    }
    logins::note(transaction, by, Act::SetMail, id).await?;
    Ok(Ok(()))
}

/// Whether somebody's address of mail is this one, as it is found.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn has_mail(
    transaction: &mut Write,
    own: &OwnKeys,
    id: LoginId,
    mail: &str,
) -> Result<bool, PeopleError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM logins WHERE login = $1 AND mail_tag = $2")
        .bind(id.0.to_vec())
        .bind(names::mail_tag(own, mail))
        .fetch_optional(&mut ***transaction)
        .await?;
    Ok(row.is_some())
}
