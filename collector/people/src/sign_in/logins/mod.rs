//! The rows of who signs in.

mod found;

use attune_ground::http::Problem;
use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;

pub use found::{Login, find, find_by_name, list, of_person, with_role};
pub(super) use found::{Sealed, context, find_by_mail, find_in, id_of_name};

use super::names;
use crate::PeopleError;
use crate::access::{self, Act, By, Of};
use crate::accounts::{person_or_new, user_id};
use crate::rights::{LoginId, Role, SessionKey};

/// Whoever is to sign in.
#[derive(Clone, Debug)]
pub struct NewLogin<'a> {
    /// With which name.
    pub name: &'a str,
    /// The user id of their person, where it is another than the name.
    pub user_id: Option<&'a str>,
    /// Where mail reaches them.
    pub mail: Option<&'a str>,
    /// What they are. Who is an employee has a person.
    pub roles: &'a [Role],
    /// The hash of their password; none where they choose it by a link.
    pub password: Option<String>,
    /// Whether the person may be there already. Who registers themselves may not take what was somebody else's; an
    /// administrator says who is who.
    pub may_exist: bool,
}

/// That a name or an address of mail is somebody's already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken;

/// Makes a login.
///
/// # Errors
/// When the database refuses; 400 for a name that is none.
pub async fn create(
    transaction: &mut Write,
    keys: &PersonKeys,
    own: &OwnKeys,
    new: NewLogin<'_>,
) -> Result<Result<LoginId, Taken>, Problem> {
    let name = names::name("username", new.name)?;
    let mail = new.mail.map(|mail| names::mail("email", mail)).transpose()?;
    let user = new.user_id.map_or_else(|| Ok(name.clone()), user_id)?;
    made(transaction, (keys, own), (name.as_str(), user.as_str()), mail, new).await.map_err(Problem::from)
}

async fn made(
    transaction: &mut Write,
    (keys, own): (&PersonKeys, &OwnKeys),
    (name, user): (&str, &str),
    mail: Option<String>,
    new: NewLogin<'_>,
) -> Result<Result<LoginId, Taken>, PeopleError> {
    let id = LoginId::random();
    let person = if new.roles.contains(&Role::Employee) {
        // By what making them finds, and not by a look before: whoever HR or an administrator makes meanwhile is somebody else's.
        match person_or_new(transaction, keys, user).await {
            Ok((person, is_new)) if is_new || new.may_exist => Some(person),
            Ok(_) => return Ok(Err(Taken)),
            Err(PeopleError::Alike) if !new.may_exist => return Ok(Err(Taken)),
            Err(error) => return Err(error),
        }
    } else {
        None
    };
    keys.create(transaction, id.key());
    let key = keys.of(id.key()).await?;
    let mail_tag = mail.as_ref().map(|mail| names::mail_tag(own, mail));
    // A name and an address of mail open the same door: nobody takes for one what is another's other.
    let crossed: Option<(i64,)> =
        sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM logins WHERE mail_tag = $1 OR name_tag = $2 LIMIT 1")
            .bind(names::mail_tag(own, name))
            .bind(names::tag(own, mail.as_deref().unwrap_or(name)))
            .fetch_optional(&mut ***transaction)
            .await?;
    if crossed.is_some() {
        return Ok(Err(Taken));
    }
    let sealed = Sealed { name: name.into(), mail }.encode();
    let inserted = sqlx::query(
        "INSERT INTO logins (login, name_tag, mail_tag, sealed, password, person, created_at, registered) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(id.0.to_vec())
    .bind(names::tag(own, name))
    .bind(mail_tag)
    .bind(key.seal(&context(id), &sealed))
    .bind(new.password)
    .bind(person.map(|person| person.0.to_vec()))
    .bind(now_millis())
    .bind(i64::from(!new.may_exist))
    .execute(&mut ***transaction)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(Err(Taken));
    }
    put_roles(transaction, id, new.roles).await?;
    Ok(Ok(id))
}

/// By whom an account was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MadeBy {
    /// Whoever chose its name and password.
    Themselves,
    /// An administrator.
    Administrator,
    /// It is of before that was noted.
    NotNoted,
}

/// By whom the account of a person was made, and when, Unix milliseconds; none where nobody signs in as them.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn made_by(store: &Store, person: PersonId) -> Result<Option<(MadeBy, i64)>, PeopleError> {
    let row: Option<(Option<i64>, i64)> = sqlx::query_as("SELECT registered, created_at FROM logins WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_optional(store.pool())
        .await?;
    Ok(row.map(|(registered, at)| {
        let by = match registered {
            Some(1) => MadeBy::Themselves,
            Some(_) => MadeBy::Administrator,
            None => MadeBy::NotNoted,
        };
        (by, at)
    }))
}

async fn put_roles(transaction: &mut Write, id: LoginId, roles: &[Role]) -> Result<(), PeopleError> {
    // What stays was given when it was: that decides what others may see of its owner.
    let rows: Vec<(String,)> = sqlx::query_as("SELECT role FROM login_roles WHERE login = $1")
        .bind(id.0.to_vec())
        .fetch_all(&mut ***transaction)
        .await?;
    for (gone,) in rows.into_iter().filter(|(name,)| roles.iter().all(|role| role.name() != name)) {
        sqlx::query("DELETE FROM login_roles WHERE login = $1 AND role = $2")
            .bind(id.0.to_vec())
            .bind(gone)
            .execute(&mut ***transaction)
            .await?;
    }
    for role in roles {
        sqlx::query(
            "INSERT INTO login_roles (login, role, given_at) VALUES ($1, $2, $3) ON CONFLICT (login, role) DO NOTHING",
        )
        .bind(id.0.to_vec())
        .bind(role.name())
        .bind(now_millis())
        .execute(&mut ***transaction)
        .await?;
    }
    Ok(())
}

/// Why somebody was not given other roles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unset {
    /// There is no such login.
    NoLogin,
    /// Somebody has their name as a user id already, and it is not said whether that is who signs in.
    WhoIsIt,
    /// The person who was named signs in with another login.
    IsAnothers,
}

/// Gives somebody other roles. Who becomes an employee is `person`, where that is said, and else somebody new. Browsers that they have signed in with are signed out, since
/// they may have been in a role that is gone, or in none that asks for a second factor.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn set_roles(
    transaction: &mut Write,
    keys: &PersonKeys,
    id: LoginId,
    (roles, person): (&[Role], Option<PersonId>),
    by: &By,
) -> Result<Result<(), Unset>, PeopleError> {
    if !lock(transaction, id).await? {
        return Ok(Err(Unset::NoLogin));
    }
    access::check(transaction, by).await?;
    let login = find_in(transaction, keys, id).await?;
    put_roles(transaction, id, roles).await?;
    if let Some(login) = login.filter(|login| login.person.is_none() && roles.contains(&Role::Employee)) {
        let person = match person {
            Some(person) => person,
            None => match person_or_new(transaction, keys, &login.name).await {
                Ok((person, true)) => person,
                Ok((_, false)) | Err(PeopleError::Alike) => return Ok(Err(Unset::WhoIsIt)),
                Err(error) => return Err(error),
            },
        };
        let set = sqlx::query("UPDATE logins SET person = $2 WHERE login = $1 AND NOT EXISTS (SELECT 1 FROM logins other WHERE other.person = $2)")
            .bind(id.0.to_vec())
            .bind(person.0.to_vec())
            .execute(&mut ***transaction)
            .await?;
        if set.rows_affected() == 0 {
            return Ok(Err(Unset::IsAnothers));
        }
    }
    end_all(transaction, id, None).await?;
    note(transaction, by, Act::SetRoles, id).await?;
    Ok(Ok(()))
}

/// Ends all that somebody is signed in with, but for one browser.
pub(super) async fn end_all(transaction: &mut Write, id: LoginId, but: Option<&SessionKey>) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM login_sessions WHERE login = $1 AND hash <> $2")
        .bind(id.0.to_vec())
        .bind(but.map(|key| key.0.clone()).unwrap_or_default())
        .execute(&mut ***transaction)
        .await?;
    sqlx::query("UPDATE token_families SET revoked_at = $2 WHERE login = $1 AND revoked_at IS NULL")
        .bind(id.0.to_vec())
        .bind(now_millis())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Keeps somebody from signing in, and ends what they are signed in with.
///
/// # Errors
/// When the database refuses.
pub async fn disable(store: &Store, id: LoginId, by: &By) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let disabled = disable_in(&mut transaction, id, by).await?;
    transaction.commit().await?;
    Ok(disabled)
}

/// As [`disable`], with what else a transaction does.
pub(crate) async fn disable_in(transaction: &mut Write, id: LoginId, by: &By) -> Result<bool, PeopleError> {
    let disabled = sqlx::query(
        "UPDATE logins SET disabled_at = $2, updates = updates + 1 WHERE login = $1 AND disabled_at IS NULL",
    )
    .bind(id.0.to_vec())
    .bind(now_millis())
    .execute(&mut ***transaction)
    .await?;
    end_all(transaction, id, None).await?;
    // Spent, so that letting them sign in again does not open what was handed out before.
    for statement in [
        "DELETE FROM login_links WHERE login = $1",
        "DELETE FROM enrolment_codes WHERE taken_at IS NULL AND person IN (SELECT person FROM logins WHERE login = $1)",
    ] {
        sqlx::query(statement).bind(id.0.to_vec()).execute(&mut ***transaction).await?;
    }
    note(transaction, by, Act::Disable, id).await?;
    Ok(disabled.rows_affected() == 1)
}

/// Lets somebody sign in again.
///
/// # Errors
/// When the database refuses.
pub async fn enable(store: &Store, id: LoginId, by: &By) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let enabled = enable_in(&mut transaction, id, by).await?;
    transaction.commit().await?;
    Ok(enabled)
}

/// As [`enable`], with what else a transaction does.
pub(crate) async fn enable_in(transaction: &mut Write, id: LoginId, by: &By) -> Result<bool, PeopleError> {
    // Behind the lock: nobody lets themselves in again whom somebody has just disabled.
    lock(transaction, id).await?;
    let is_disabled: Option<(i64,)> =
        sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM logins WHERE login = $1 AND disabled_at IS NOT NULL")
            .bind(id.0.to_vec())
            .fetch_optional(&mut ***transaction)
            .await?;
    if is_disabled.is_none() {
        return Ok(false);
    }
    access::check(transaction, by).await?;
    let enabled = sqlx::query(
        "UPDATE logins SET disabled_at = NULL, updates = updates + 1 WHERE login = $1 AND disabled_at IS NOT NULL",
    )
    .bind(id.0.to_vec())
    .execute(&mut ***transaction)
    .await?;
    note(transaction, by, Act::Enable, id).await?;
    Ok(enabled.rows_affected() == 1)
}

/// Notes an act about somebody who signs in.
pub(crate) async fn note(transaction: &mut Write, by: &By, act: Act, id: LoginId) -> Result<(), PeopleError> {
    let row: Option<(Option<Vec<u8>>,)> = sqlx::query_as("SELECT person FROM logins WHERE login = $1")
        .bind(id.0.to_vec())
        .fetch_optional(&mut ***transaction)
        .await?;
    let person = row.and_then(|(person,)| person).map(|person| bytes16(&person).map(PersonId)).transpose()?;
    access::note(transaction, by, act.name(), Of::some(person), &id.0).await
}

/// Takes the lock of a login's row; gives whether there is one.
pub(crate) async fn lock(transaction: &mut Write, id: LoginId) -> Result<bool, PeopleError> {
    let locked = sqlx::query("UPDATE logins SET updates = updates + 1 WHERE login = $1")
        .bind(id.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(locked.rows_affected() == 1)
}

/// Notes that a way in which somebody signs in is taken away: what they were asked for in it before does not count.
pub(super) async fn lose_way(transaction: &mut Write, id: LoginId) -> Result<(), PeopleError> {
    sqlx::query("UPDATE logins SET ways = ways + 1 WHERE login = $1")
        .bind(id.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Takes the lock of a login's row; gives whether all that it signs in with is as it was when it was looked at: password, roles,
/// second factor, what was taken away of passkeys and of accounts elsewhere, and that it may.
pub(super) async fn stands(transaction: &mut Write, login: &Login) -> Result<bool, PeopleError> {
    if !lock(transaction, login.id).await? {
        return Ok(false);
    }
    type Now = (Option<String>, Option<i64>, i64, Option<i64>);
    let row: Option<Now> = sqlx::query_as(
        "SELECT password, disabled_at, ways, \
         (SELECT confirmed_at FROM login_totp WHERE login_totp.login = logins.login) FROM logins WHERE login = $1",
    )
    .bind(login.id.0.to_vec())
    .fetch_optional(&mut ***transaction)
    .await?;
    let rows: Vec<(String,)> = sqlx::query_as("SELECT role FROM login_roles WHERE login = $1")
        .bind(login.id.0.to_vec())
        .fetch_all(&mut ***transaction)
        .await?;
    let mut roles: Vec<Role> = rows.iter().filter_map(|(role,)| role.parse().ok()).collect();
    roles.sort_unstable();
    Ok(row.is_some_and(|(password, disabled_at, ways, confirmed_at)| {
        password == login.password
            && ways == login.ways
            && disabled_at.is_none()
            && roles == login.roles
            && confirmed_at.is_some() == login.has_second_factor
    }))
}

/// Keeps a new password, and ends what was signed in with the one before, but for one browser.
pub(super) async fn set_password(
    transaction: &mut Write,
    id: LoginId,
    hash: &str,
    but: Option<&SessionKey>,
) -> Result<(), PeopleError> {
    sqlx::query("UPDATE logins SET password = $2, updates = updates + 1 WHERE login = $1")
        .bind(id.0.to_vec())
        .bind(hash)
        .execute(&mut ***transaction)
        .await?;
    // Whoever knew the password before may have seen a key that was offered and not confirmed.
    sqlx::query("DELETE FROM login_totp WHERE login = $1 AND confirmed_at IS NULL")
        .bind(id.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    end_all(transaction, id, but).await
}

/// Deletes somebody who signs in, with their key: nothing of their name opens any more, in backups neither. Gives how many rows of which
/// tables that were.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn remove(transaction: &mut Write, id: LoginId) -> Result<Vec<(&'static str, u64)>, PeopleError> {
    for statement in [
        "UPDATE service_tokens SET made_by = NULL WHERE made_by = $1",
        "UPDATE unusual_uses SET acknowledged_by = NULL WHERE acknowledged_by = $1",
    ] {
        sqlx::query(statement).bind(id.0.to_vec()).execute(&mut ***transaction).await?;
    }
    let mut counts = Vec::new();
    for (table, statement) in [
        (
            "refresh_tokens",
            "DELETE FROM refresh_tokens WHERE family IN (SELECT family FROM token_families WHERE login = $1)",
        ),
        ("token_families", "DELETE FROM token_families WHERE login = $1"),
        ("login_sessions", "DELETE FROM login_sessions WHERE login = $1"),
        ("login_links", "DELETE FROM login_links WHERE login = $1"),
        ("outside_subjects", "DELETE FROM outside_subjects WHERE login = $1"),
        ("passkeys", "DELETE FROM passkeys WHERE login = $1"),
        ("passkey_steps", "DELETE FROM passkey_steps WHERE login = $1"),
        ("mails", "DELETE FROM mails WHERE login = $1"),
        ("recovery_codes", "DELETE FROM recovery_codes WHERE login = $1"),
        ("login_totp", "DELETE FROM login_totp WHERE login = $1"),
        ("known_places", "DELETE FROM known_places WHERE login = $1"),
        // That their use was unusual stays, as the entries of the log do: by a number that leads to nobody.
        (
            "unusual_use_notes",
            "DELETE FROM unusual_use_notes WHERE login = $1 OR unusual_use IN (SELECT id FROM unusual_uses WHERE login = $1)",
        ),
        ("use_days", "DELETE FROM use_days WHERE login = $1"),
        ("refused_uses", "DELETE FROM refused_uses WHERE login = $1"),
        ("login_roles", "DELETE FROM login_roles WHERE login = $1"),
        ("team_managers", "DELETE FROM team_managers WHERE login = $1"),
        ("logins", "DELETE FROM logins WHERE login = $1"),
    ] {
        let removed = sqlx::query(statement).bind(id.0.to_vec()).execute(&mut ***transaction).await?;
        counts.push((table, removed.rows_affected()));
    }
    PersonKeys::destroy(transaction, id.key());
    counts.push(("person_keys", 1));
    Ok(counts)
}
