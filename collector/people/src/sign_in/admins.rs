//! There is always somebody left who runs the collector.

use attune_ground::store::Write;

use super::{LoginId, logins};
use crate::PeopleError;
use crate::rights::Role;

/// Whether somebody is an administrator.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn runs(transaction: &mut Write, login: LoginId) -> Result<bool, PeopleError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM login_roles WHERE login = $1 AND role = $2")
            .bind(login.0.to_vec())
            .bind(Role::Admin.name())
            .fetch_optional(&mut ***transaction)
            .await?;
    Ok(row.is_some())
}

/// Whether somebody else may sign in as an administrator. Until the transaction ends nobody who may do so changes: it takes the locks
/// of all of them, in the order of their ids, before anything else that it locks.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn leaves_another(transaction: &mut Write, but: LoginId) -> Result<bool, PeopleError> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT login FROM login_roles WHERE role = $1 ORDER BY login")
        .bind(Role::Admin.name())
        .fetch_all(&mut ***transaction)
        .await?;
    for (login,) in rows {
        logins::lock(transaction, LoginId::of(&login)?).await?;
    }
    let other: Option<(i64,)> = sqlx::query_as(
        "SELECT CAST(1 AS BIGINT) FROM login_roles JOIN logins ON logins.login = login_roles.login \
         WHERE role = $1 AND disabled_at IS NULL AND logins.login <> $2 LIMIT 1",
    )
    .bind(Role::Admin.name())
    .bind(but.0.to_vec())
    .fetch_optional(&mut ***transaction)
    .await?;
    Ok(other.is_some())
}
