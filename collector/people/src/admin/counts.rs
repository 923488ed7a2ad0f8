//! How many there are of what an administrator looks after.

use attune_ground::store::Store;
use attune_ground::time::now_millis;
use serde::Serialize;
use utoipa::ToSchema;

use crate::PeopleError;

/// How many there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = AdminCounts)]
pub(super) struct Counts {
    /// Accounts that may sign in.
    pub(super) accounts: u64,
    /// Accounts that are disabled.
    pub(super) disabled_accounts: u64,
    /// Accounts that may sign in and have chosen no password yet.
    pub(super) without_password: u64,
    /// People with a user id.
    pub(super) people: u64,
    /// Devices that are enrolled.
    pub(super) devices: u64,
    /// Devices that were revoked.
    pub(super) revoked_devices: u64,
    /// Teams that are not closed.
    pub(super) teams: u64,
    /// Tokens of machines that hold.
    pub(super) services: u64,
}

/// Counts.
///
/// # Errors
/// When the database refuses.
pub(super) async fn count(store: &Store) -> Result<Counts, PeopleError> {
    let one = async |statement: &'static str| -> Result<u64, PeopleError> {
        let (count,): (i64,) = sqlx::query_as(statement).bind(now_millis()).fetch_one(store.pool()).await?;
        Ok(count.unsigned_abs())
    };
    // Each counts up to now, so that all are asked alike.
    Ok(Counts {
        accounts: one("SELECT COUNT(*) FROM logins WHERE disabled_at IS NULL AND created_at <= $1").await?,
        disabled_accounts: one("SELECT COUNT(*) FROM logins WHERE disabled_at <= $1").await?,
        without_password: one(
            "SELECT COUNT(*) FROM logins WHERE disabled_at IS NULL AND password IS NULL AND created_at <= $1",
        )
        .await?,
        people: one(
            "SELECT COUNT(*) FROM accounts WHERE user_tag IS NOT NULL AND same_as IS NULL AND created_at <= $1",
        )
        .await?,
        devices: one("SELECT COUNT(*) FROM devices WHERE revoked_at IS NULL AND enrolled_at <= $1").await?,
        revoked_devices: one("SELECT COUNT(*) FROM devices WHERE revoked_at <= $1").await?,
        teams: one("SELECT COUNT(*) FROM teams WHERE closed_at IS NULL AND made_at <= $1").await?,
        services: one(
            "SELECT COUNT(*) FROM service_tokens WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)",
        )
        .await?,
    })
}
