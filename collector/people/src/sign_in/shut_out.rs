//! Whom nothing reaches that is read once one has signed in.

use attune_ground::store::Write;
use attune_protocol::ids::PersonId;

use crate::PeopleError;

/// Whether somebody has an account, and none that may sign in: also where it is that of what an earlier version had made of them apart. Who
/// has none yet may get one.
///
/// # Errors
/// When the database refuses.
pub async fn is_shut_out(transaction: &mut Write, person: PersonId) -> Result<bool, PeopleError> {
    let (all, able): (i64, i64) = sqlx::query_as(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN disabled_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) FROM logins \
         WHERE person = $1 OR person IN (SELECT person FROM accounts WHERE same_as = $1) \
         OR person IN (SELECT same_as FROM accounts WHERE person = $1 AND same_as IS NOT NULL)",
    )
    .bind(person.0.to_vec())
    .fetch_one(&mut ***transaction)
    .await?;
    Ok(all > 0 && able == 0)
}
