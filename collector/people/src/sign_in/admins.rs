//! There is always somebody left who runs the collector.

use attune_ground::store::Write;

use super::{LoginId, logins};
use crate::PeopleError;
use crate::rights::Role;

/// Whether somebody is the last administrator who can sign in: who has not chosen a password yet may never do so. Until the
/// transaction ends nobody who counts changes: it takes the locks of all of them and of whom it is asked, in the order of their ids,
/// before anything else that it locks.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn is_last(transaction: &mut Write, one: LoginId) -> Result<bool, PeopleError> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT login FROM login_roles WHERE role = $1")
        .bind(Role::Admin.name())
        .fetch_all(&mut ***transaction)
        .await?;
    let mut all = rows.iter().map(|(login,)| Ok(LoginId::of(login)?.0)).collect::<Result<Vec<_>, PeopleError>>()?;
    all.push(one.0);
    all.sort_unstable();
    all.dedup();
    for login in all {
        logins::lock(transaction, LoginId(login)).await?;
    }
    let able: Vec<(Vec<u8>,)> = sqlx::query_as(
        "SELECT logins.login FROM login_roles JOIN logins ON logins.login = login_roles.login WHERE role = $1 \
         AND (logins.login = $2 OR (disabled_at IS NULL AND password IS NOT NULL))",
    )
    .bind(Role::Admin.name())
    .bind(one.0.to_vec())
    .fetch_all(&mut ***transaction)
    .await?;
    Ok(matches!(able.as_slice(), [(only,)] if *only == one.0))
}
