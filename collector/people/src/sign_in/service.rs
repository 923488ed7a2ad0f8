//! Tokens of machines: what each may do, who made it, and when it ends.

use attune_ground::store::{Store, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;

use super::{LoginId, secret};
use crate::PeopleError;
use crate::access::{self, Act, By, Of};
use crate::rights::Permit;

/// What a token begins with, so that it is found where it should not be.
pub(super) const PREFIX: &str = "attune_service_";

/// A machine's token, as far as it is kept.
#[derive(Clone, Debug)]
pub struct ServiceToken {
    /// By what it is revoked.
    pub id: PersonId,
    /// What it is for.
    pub name: String,
    /// What it permits.
    pub permits: Vec<Permit>,
    /// When it was made, Unix milliseconds.
    pub made_at: i64,
    /// When it ends, Unix milliseconds.
    pub expires_at: Option<i64>,
    /// When it was ended, Unix milliseconds.
    pub revoked_at: Option<i64>,
    /// When it was used last, within an hour, Unix milliseconds.
    pub used_at: Option<i64>,
}

/// Makes a token; it is told once.
///
/// # Errors
/// When the database refuses.
pub async fn make_service(
    store: &Store,
    name: &str,
    permits: &[Permit],
    (login, by): (Option<LoginId>, &By),
    expires_at: Option<i64>,
) -> Result<String, PeopleError> {
    let (text, _) = secret::fresh();
    let id = PersonId::random();
    let token = format!("{PREFIX}{text}");
    let mut transaction = store.begin().await?;
    sqlx::query(
        "INSERT INTO service_tokens (id, hash, name, scopes, made_by, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id.0.to_vec())
    .bind(secret::hash(&token))
    .bind(name)
    .bind(permits.iter().map(|permit| permit.name()).collect::<Vec<_>>().join(" "))
    .bind(login.map(|login| login.0.to_vec()))
    .bind(now_millis())
    .bind(expires_at)
    .execute(&mut **transaction)
    .await?;
    access::note(&mut transaction, by, Act::MakeToken.name(), Of::Nobody, &id.0).await?;
    transaction.commit().await?;
    Ok(token)
}

/// Which token it is and what it permits, while it holds.
pub(super) async fn permits(store: &Store, token: &str) -> Result<Option<(PersonId, Vec<Permit>)>, PeopleError> {
    let row: Option<(Vec<u8>, String, Option<i64>)> = sqlx::query_as(
        "SELECT id, scopes, used_at FROM service_tokens \
         WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
    )
    .bind(secret::hash(token))
    .bind(now_millis())
    .fetch_optional(store.pool())
    .await?;
    let Some((id, scopes, used_at)) = row else { return Ok(None) };
    let (now, which) = (now_millis(), PersonId(bytes16(&id)?));
    if used_at.is_none_or(|used| now - used > 60 * 60_000) {
        let mut transaction = store.begin().await?;
        sqlx::query("UPDATE service_tokens SET used_at = $2 WHERE id = $1")
            .bind(id)
            .bind(now)
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(Some((which, scopes.split(' ').filter_map(|scope| scope.parse().ok()).collect())))
}

/// All tokens of machines, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn list_services(store: &Store) -> Result<Vec<ServiceToken>, PeopleError> {
    type Columns = (Vec<u8>, String, String, i64, Option<i64>, Option<i64>, Option<i64>);
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT id, name, scopes, made_at, expires_at, revoked_at, used_at FROM service_tokens ORDER BY made_at DESC, id",
    )
    .fetch_all(store.pool())
    .await?;
    let read = |(id, name, scopes, made_at, expires_at, revoked_at, used_at): Columns| {
        let permits = scopes.split(' ').filter_map(|scope| scope.parse().ok()).collect();
        Ok(ServiceToken { id: PersonId(bytes16(&id)?), name, permits, made_at, expires_at, revoked_at, used_at })
    };
    rows.into_iter().map(read).collect()
}

/// Ends a token at once.
///
/// # Errors
/// When the database refuses.
pub async fn revoke_service(store: &Store, id: PersonId, by: &By) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let revoked = sqlx::query("UPDATE service_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id.0.to_vec())
        .bind(now_millis())
        .execute(&mut **transaction)
        .await?;
    if revoked.rows_affected() == 0 {
        return Ok(false);
    }
    access::note(&mut transaction, by, Act::RevokeToken.name(), Of::Nobody, &id.0).await?;
    transaction.commit().await?;
    Ok(true)
}
