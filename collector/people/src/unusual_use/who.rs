//! Who is watched, who watches, and what each of these sees.

use std::collections::BTreeMap;

use attune_ground::store::{Store, Write};

use crate::access::SERVICE;
use crate::rights::{Asker, LoginId, Role};
use crate::sign_in::{find, lock_login, with_role};
use crate::{People, PeopleError};

/// Takes the lock of an account, and gives what it is now: the role that reaches farthest, or that it is a machine. None of one that is
/// gone.
pub(super) async fn lock(transaction: &mut Write, account: [u8; 16]) -> Result<Option<&'static str>, PeopleError> {
    if lock_login(transaction, LoginId(account)).await? {
        let role = roles(transaction, account).await?.into_iter().max();
        return Ok(Some(role.unwrap_or(Role::Employee).name()));
    }
    let token: Option<(i64,)> = sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM service_tokens WHERE id = $1")
        .bind(account.to_vec())
        .fetch_optional(&mut ***transaction)
        .await?;
    Ok(token.map(|_| SERVICE))
}

/// The roles of an account.
async fn roles(transaction: &mut Write, account: [u8; 16]) -> Result<Vec<Role>, PeopleError> {
    let rows: Vec<(String,)> = sqlx::query_as("SELECT role FROM login_roles WHERE login = $1")
        .bind(account.to_vec())
        .fetch_all(&mut ***transaction)
        .await?;
    Ok(rows.iter().filter_map(|(role,)| role.parse().ok()).collect())
}

/// Whether an account has power over others' data now, or is a machine. What decides a write is read behind its lock.
pub(super) async fn is_watched(store: &Store, account: [u8; 16]) -> Result<bool, PeopleError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT CAST(1 AS BIGINT) FROM login_roles WHERE login = $1 AND role <> 'employee' \
         UNION ALL SELECT CAST(1 AS BIGINT) FROM service_tokens WHERE id = $1 LIMIT 1",
    )
    .bind(account.to_vec())
    .fetch_optional(store.pool())
    .await?;
    Ok(row.is_some())
}

/// Who may look at unusual use: each at that of others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Watchers {
    /// Who is privacy officer.
    pub(super) officers: Vec<LoginId>,
    /// Who runs the collector: they look at that of privacy officers.
    pub(super) admins: Vec<LoginId>,
}

impl Watchers {
    pub(super) async fn of(store: &Store) -> Result<Self, PeopleError> {
        let (officers, admins) = (with_role(store, Role::PrivacyOfficer).await?, with_role(store, Role::Admin).await?);
        Ok(Self { officers, admins })
    }

    /// Who looks at the use that an account made in a role; nobody at their own. Who was privacy officer then is looked at as one is.
    pub(super) fn over(&self, account: [u8; 16], role: Option<Role>) -> Vec<LoginId> {
        let is_officer = role == Some(Role::PrivacyOfficer) || self.officers.iter().any(|officer| officer.0 == account);
        let admins = self.admins.iter().filter(|_| is_officer);
        let mut all: Vec<LoginId> =
            self.officers.iter().chain(admins).filter(|one| one.0 != account).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Who looks, and of whom they may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Watcher {
    /// Who they are: what is about themselves is for others.
    pub(super) login: LoginId,
    /// Whether they look at everybody's, and not at that of privacy officers alone.
    pub(super) sees_all: bool,
}

impl Watcher {
    /// Of who asks; none of who may not look.
    pub(super) fn of(asker: &Asker) -> Option<Self> {
        let sees_all = asker.roles().contains(&Role::PrivacyOfficer);
        let may = sees_all || asker.roles().contains(&Role::Admin);
        asker.login().filter(|_| may).map(|login| Self { login, sees_all })
    }

    /// What is left of that behind the lock of their account: a role may have been taken from them since they were let in.
    pub(super) async fn still(self, transaction: &mut Write) -> Result<Option<Self>, PeopleError> {
        let roles = roles(transaction, self.login.0).await?;
        let sees_all = self.sees_all && roles.contains(&Role::PrivacyOfficer);
        Ok((sees_all || roles.contains(&Role::Admin)).then_some(Self { sees_all, ..self }))
    }
}

/// As who an account is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) is_machine: bool,
}

/// Names of accounts and machines, each looked up once.
#[derive(Default)]
pub(super) struct Names(BTreeMap<[u8; 16], Named>);

impl Names {
    /// The name of an account, or of a machine.
    pub(super) async fn of(&mut self, people: &People, account: [u8; 16]) -> Result<Named, PeopleError> {
        if let Some(known) = self.0.get(&account) {
            return Ok(known.clone());
        }
        let named = name(people, account).await?;
        Ok(self.0.entry(account).or_insert(named).clone())
    }
}

async fn name(people: &People, account: [u8; 16]) -> Result<Named, PeopleError> {
    let gone = || Named { name: "an account that is gone".into(), is_machine: false };
    match find(&people.store, &people.keys, LoginId(account)).await {
        Ok(Some(login)) => return Ok(Named { name: login.name, is_machine: false }),
        Err(error) if error.is_of_the_database() => return Err(error),
        Err(_) => return Ok(gone()),
        Ok(None) => {}
    }
    let token: Option<(String,)> = sqlx::query_as("SELECT name FROM service_tokens WHERE id = $1")
        .bind(account.to_vec())
        .fetch_optional(people.store.pool())
        .await?;
    Ok(token.map_or_else(gone, |(name,)| Named { name, is_machine: true }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_privacy_officer_is_looked_at_by_administrators_still_and_nobody_looks_at_their_own() {
        let [pia, paul, ada] = [1, 2, 3].map(|number| LoginId([number; 16]));
        let watchers = Watchers { officers: vec![paul], admins: vec![ada, paul] };
        assert_eq!(watchers.over(pia.0, Some(Role::Hr)), [paul]);
        assert_eq!(watchers.over(pia.0, Some(Role::PrivacyOfficer)), [paul, ada], "she is none any more");
        assert_eq!(watchers.over(paul.0, None), [ada], "he is one now");
        assert_eq!(watchers.over(ada.0, Some(Role::Admin)), [paul]);
    }
}
