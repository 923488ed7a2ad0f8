//! Who signs in, found by id, by name and by address of mail, and opened.

use std::collections::BTreeMap;

use attune_ground::GroundError;
use attune_ground::keys::{OwnKeys, PersonKeys};
use attune_ground::store::{Store, Write, bytes16};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use serde::{Deserialize, Serialize};

use super::super::names;
use crate::PeopleError;
use crate::rights::{LoginId, Role};

/// Somebody who signs in, opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Login {
    /// Who.
    pub id: LoginId,
    /// With which name they sign in.
    pub name: String,
    /// Where mail reaches them, where it is known.
    pub mail: Option<String>,
    /// The person that they are, where they are one who is sensed.
    pub person: Option<PersonId>,
    /// What they are, in the order of [`crate::rights::ROLES`].
    pub roles: Vec<Role>,
    /// Their password's hash, once they have chosen one.
    pub(crate) password: Option<String>,
    /// Since when there is this login, Unix milliseconds.
    pub created_at: i64,
    /// Since when they may not sign in, Unix milliseconds.
    pub disabled_at: Option<i64>,
    /// Whether a second factor is set up and was shown to work.
    pub has_second_factor: bool,
    /// How often a passkey or an account at a provider was taken away.
    pub(super) ways: i64,
}

/// What of it lies sealed.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::sign_in) struct Sealed {
    pub(in crate::sign_in) name: String,
    pub(in crate::sign_in) mail: Option<String>,
}

/// How [`Sealed`] is laid out.
const VERSION: u8 = 1;

impl Sealed {
    pub(in crate::sign_in) fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![VERSION]).expect("two texts, written to memory")
    }

    fn decode(bytes: &[u8]) -> Result<Self, PeopleError> {
        let read = match bytes.split_first() {
            Some((&VERSION, body)) => postcard::from_bytes(body).ok(),
            _ => None,
        };
        read.ok_or_else(|| GroundError::Corrupt("a login decodes").into())
    }
}

const COLUMNS: &str = "login, sealed, password, person, created_at, disabled_at, ways, \
    (SELECT confirmed_at FROM login_totp WHERE login_totp.login = logins.login) AS confirmed_at";

type Columns = (Vec<u8>, Vec<u8>, Option<String>, Option<Vec<u8>>, i64, Option<i64>, i64, Option<i64>);

/// Whose a name, or an address of mail, is. Nothing is opened: it takes as long for a name that nobody has.
pub(in crate::sign_in) async fn id_of_name(
    store: &Store,
    own: &OwnKeys,
    name: &str,
) -> Result<Option<LoginId>, PeopleError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as(
        "SELECT login FROM logins WHERE name_tag = $1 OR mail_tag = $2 \
         ORDER BY CASE WHEN name_tag = $1 THEN 0 ELSE 1 END LIMIT 1",
    )
    .bind(names::tag(own, name))
    .bind(names::mail_tag(own, name))
    .fetch_optional(store.pool())
    .await?;
    row.map(|(id,)| LoginId::of(&id)).transpose()
}

/// Whose an address of mail is, letter for letter but for the case of ASCII's: what somebody else vouches for must not reach another
/// account by a letter that looks alike, nor by a name.
///
/// # Errors
/// When the database refuses.
pub(in crate::sign_in) async fn find_by_mail(
    store: &Store,
    keys: &PersonKeys,
    own: &OwnKeys,
    mail: &str,
) -> Result<Option<Login>, PeopleError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT login FROM logins WHERE mail_tag = $1")
        .bind(names::mail_tag(own, mail))
        .fetch_optional(store.pool())
        .await?;
    let Some((id,)) = row else { return Ok(None) };
    let login = find(store, keys, LoginId::of(&id)?).await?;
    Ok(login.filter(|login| login.mail.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(mail))))
}

/// Who signs in with a name, or an address of mail.
///
/// # Errors
/// When the database refuses.
pub async fn find_by_name(
    store: &Store,
    keys: &PersonKeys,
    own: &OwnKeys,
    name: &str,
) -> Result<Option<Login>, PeopleError> {
    match id_of_name(store, own, name).await? {
        Some(id) => find(store, keys, id).await,
        None => Ok(None),
    }
}

/// Somebody who signs in.
///
/// # Errors
/// When the database refuses.
pub async fn find(store: &Store, keys: &PersonKeys, id: LoginId) -> Result<Option<Login>, PeopleError> {
    let statement = format!("SELECT {COLUMNS} FROM logins WHERE login = $1");
    let row: Option<Columns> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(id.0.to_vec()).fetch_optional(store.pool()).await?;
    let Some(row) = row else { return Ok(None) };
    let id_column = row.0.clone();
    let key = keys.of(LoginId::of(&row.0)?.key()).await?;
    opened(&key, row, &mut roles(store, Some(&id_column)).await?).map(Some)
}

pub(in crate::sign_in) async fn find_in(
    transaction: &mut Write,
    keys: &PersonKeys,
    id: LoginId,
) -> Result<Option<Login>, PeopleError> {
    let statement = format!("SELECT {COLUMNS} FROM logins WHERE login = $1");
    let row: Option<Columns> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(id.0.to_vec()).fetch_optional(&mut ***transaction).await?;
    let Some(row) = row else { return Ok(None) };
    let key = keys.of(id.key()).await?;
    opened(&key, row, &mut BTreeMap::new()).map(Some)
}

/// Everybody who signs in, by their names. One whose row does not open is left out, and logged.
///
/// # Errors
/// When the database refuses.
pub async fn list(store: &Store, keys: &PersonKeys) -> Result<Vec<Login>, PeopleError> {
    let statement = format!("SELECT {COLUMNS} FROM logins");
    let rows: Vec<Columns> = sqlx::query_as(sqlx::AssertSqlSafe(statement)).fetch_all(store.pool()).await?;
    let mut roles = roles(store, None).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let opened = match LoginId::of(&row.0) {
            Ok(id) => match keys.of(id.key()).await {
                Err(error) if error.is_of_the_database() => return Err(error.into()),
                Err(error) => Err(error.into()),
                Ok(key) => opened(&key, row, &mut roles),
            },
            Err(error) => Err(error),
        };
        match opened {
            Ok(login) => all.push(login),
            Err(error) => tracing::warn!(%error, "A login does not open; it is left out of the list."),
        }
    }
    all.sort_by_cached_key(|login| login.name.to_lowercase());
    Ok(all)
}

async fn roles(store: &Store, of: Option<&[u8]>) -> Result<BTreeMap<Vec<u8>, Vec<Role>>, PeopleError> {
    let rows: Vec<(Vec<u8>, String)> = match of {
        Some(login) => {
            sqlx::query_as("SELECT login, role FROM login_roles WHERE login = $1")
                .bind(login.to_vec())
                .fetch_all(store.pool())
                .await?
        }
        None => sqlx::query_as("SELECT login, role FROM login_roles").fetch_all(store.pool()).await?,
    };
    let mut all: BTreeMap<Vec<u8>, Vec<Role>> = BTreeMap::new();
    for (login, role) in rows {
        // A role of a later version is none here.
        if let Ok(role) = role.parse() {
            all.entry(login).or_default().push(role);
        }
    }
    all.values_mut().for_each(|roles| roles.sort_unstable());
    Ok(all)
}

fn opened(key: &SealKey, row: Columns, roles: &mut BTreeMap<Vec<u8>, Vec<Role>>) -> Result<Login, PeopleError> {
    let (login, sealed, password, person, created_at, disabled_at, ways, confirmed_at) = row;
    let id = LoginId::of(&login)?;
    let Sealed { name, mail } = Sealed::decode(&key.open(&context(id), &sealed)?)?;
    Ok(Login {
        id,
        name,
        mail,
        person: person.map(|person| bytes16(&person).map(PersonId)).transpose()?,
        roles: roles.remove(&login).unwrap_or_default(),
        password,
        created_at,
        disabled_at,
        has_second_factor: confirmed_at.is_some(),
        ways,
    })
}

/// Whose login a person is, where they sign in.
///
/// # Errors
/// When the database refuses.
pub async fn of_person(store: &Store, person: PersonId) -> Result<Option<LoginId>, PeopleError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT login FROM logins WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_optional(store.pool())
        .await?;
    row.map(|(login,)| LoginId::of(&login)).transpose()
}

/// Who has a role and may sign in.
///
/// # Errors
/// When the database refuses.
pub async fn with_role(store: &Store, role: Role) -> Result<Vec<LoginId>, PeopleError> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as(
        "SELECT login_roles.login FROM login_roles JOIN logins ON logins.login = login_roles.login \
         WHERE login_roles.role = $1 AND logins.disabled_at IS NULL ORDER BY login_roles.login",
    )
    .bind(role.name())
    .fetch_all(store.pool())
    .await?;
    rows.into_iter().map(|(login,)| LoginId::of(&login)).collect()
}

pub(in crate::sign_in) fn context(id: LoginId) -> Vec<u8> {
    [b"login".as_slice(), &id.0].concat()
}
