//! Programs that are signed in: access tokens for minutes, and refresh tokens that are used once.

use attune_ground::keys::OwnKeys;
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::jwt::ACCESS_MILLIS;
use super::jwt::{self, Claims};
use super::logins::{self, Login};
use super::places::{self, Place};
use super::{AHEAD, LoginId, secret, token_keys};
use crate::PeopleError;
use crate::rights::Role;

/// How long a refresh token can be used, milliseconds.
const REFRESH_MILLIS: i64 = 14 * 24 * 60 * 60_000;
/// How long a family lasts, however often it is refreshed, milliseconds.
const FAMILY_MILLIS: i64 = 90 * 24 * 60 * 60_000;

/// Programs that one login is signed in with at a time: those seen longest ago end.
const MOST: i64 = 200;

/// What a program is given when it signs in.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// A JWT, for each request.
    pub access: String,
    /// How long it holds, seconds.
    pub expires_in: i64,
    /// For the next two, once.
    pub refresh: String,
}

/// Signs a program in, unless its account was changed since it was looked at.
pub(super) async fn issue(
    store: &Store,
    own: &OwnKeys,
    login: &Login,
    place: &Place,
) -> Result<Option<Tokens>, PeopleError> {
    let key = token_keys::signing(store, own).await?;
    let family = PersonId::random();
    let mut transaction = store.begin().await?;
    if !logins::stands(&mut transaction, login).await? {
        return Ok(None);
    }
    sqlx::query("INSERT INTO token_families (family, login, made_at, seen_at) VALUES ($1, $2, $3, $3)")
        .bind(family.0.to_vec())
        .bind(login.id.0.to_vec())
        .bind(now_millis())
        .execute(&mut **transaction)
        .await?;
    sqlx::query(
        "UPDATE token_families SET revoked_at = $2 WHERE login = $1 AND revoked_at IS NULL AND family NOT IN \
         (SELECT family FROM token_families WHERE login = $1 AND revoked_at IS NULL ORDER BY seen_at DESC, family LIMIT $3)",
    )
    .bind(login.id.0.to_vec())
    .bind(now_millis())
    .bind(MOST)
    .execute(&mut **transaction)
    .await?;
    places::remember_program(&mut transaction, own, login.id, place).await?;
    let refresh = next(&mut transaction, &family.0).await?;
    transaction.commit().await?;
    Ok(Some(Tokens { access: access(login, family, &key), expires_in: ACCESS_MILLIS / 1000, refresh }))
}

async fn next(transaction: &mut Write, family: &[u8]) -> Result<String, PeopleError> {
    let (refresh, hash) = secret::fresh();
    sqlx::query("INSERT INTO refresh_tokens (hash, family, expires_at) VALUES ($1, $2, $3)")
        .bind(hash)
        .bind(family.to_vec())
        .bind(now_millis() + REFRESH_MILLIS)
        .execute(&mut ***transaction)
        .await?;
    Ok(refresh)
}

fn access(login: &Login, family: PersonId, key: &token_keys::TokenKey) -> String {
    let now = now_millis() / 1000;
    let claims = Claims {
        iss: jwt::ISSUER.into(),
        aud: jwt::AUDIENCE.into(),
        sub: login.id.to_string(),
        sid: family.to_string(),
        roles: login.roles.iter().map(|role| role.name().into()).collect(),
        iat: now,
        exp: now + ACCESS_MILLIS / 1000,
    };
    jwt::write(&claims, &key.kid, &key.pair)
}

/// Whose refresh token it is, once it was used up: used again, it ends its whole family, since one of the two who used it is
/// a thief.
pub(super) async fn use_up(store: &Store, refresh: &str) -> Result<Option<(LoginId, PersonId)>, PeopleError> {
    let (hash, now) = (secret::hash(refresh), now_millis());
    let mut transaction = store.begin().await?;
    let used =
        sqlx::query("UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 AND expires_at <= $3")
            .bind(hash.clone())
            .bind(now)
            .bind(now + REFRESH_MILLIS + AHEAD)
            .execute(&mut **transaction)
            .await?;
    type Columns = (Vec<u8>, Vec<u8>, i64, Option<i64>);
    let row: Option<Columns> = sqlx::query_as(
        "SELECT token_families.family, token_families.login, token_families.made_at, token_families.revoked_at \
         FROM refresh_tokens JOIN token_families ON token_families.family = refresh_tokens.family WHERE hash = $1",
    )
    .bind(hash)
    .fetch_optional(&mut **transaction)
    .await?;
    let Some((family, login, made_at, revoked_at)) = row else { return Ok(None) };
    if used.rows_affected() == 0 {
        sqlx::query("UPDATE token_families SET revoked_at = $2 WHERE family = $1 AND revoked_at IS NULL")
            .bind(family)
            .bind(now)
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await?;
        return Ok(None);
    }
    sqlx::query("UPDATE token_families SET seen_at = $2 WHERE family = $1")
        .bind(family.clone())
        .bind(now)
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    let holds = revoked_at.is_none() && now - made_at < FAMILY_MILLIS && made_at <= now + AHEAD;
    Ok(if holds { Some((LoginId::of(&login)?, PersonId(bytes16(&family)?))) } else { None })
}

/// The next two of a family whose last refresh token was used up.
pub(super) async fn renew(
    store: &Store,
    own: &OwnKeys,
    login: &Login,
    family: PersonId,
) -> Result<Tokens, PeopleError> {
    let key = token_keys::signing(store, own).await?;
    let mut transaction = store.begin().await?;
    let refresh = next(&mut transaction, &family.0).await?;
    transaction.commit().await?;
    Ok(Tokens { access: access(login, family, &key), expires_in: ACCESS_MILLIS / 1000, refresh })
}

/// Who shows an access token: who signed in, the person that they are, and what they are now. What the token says of roles is for
/// its holder to read; what counts stands in the database, so that it ends when it is taken away.
pub(super) async fn read(
    store: &Store,
    own: &OwnKeys,
    token: &str,
) -> Result<Option<(LoginId, Option<PersonId>, Vec<Role>)>, PeopleError> {
    let Some(kid) = jwt::key_of(token) else { return Ok(None) };
    let Some(key) = token_keys::named(store, own, &kid).await? else { return Ok(None) };
    let Some(claims) = jwt::read(token, &key.pair.public(), now_millis() / 1000) else { return Ok(None) };
    let (Ok(login), Ok(family)) = (claims.sub.parse::<LoginId>(), claims.sid.parse::<PersonId>()) else {
        return Ok(None);
    };
    let rows: Vec<(Option<Vec<u8>>, String)> = sqlx::query_as(
        "SELECT logins.person, login_roles.role FROM token_families \
         JOIN logins ON logins.login = token_families.login \
         JOIN login_roles ON login_roles.login = token_families.login \
         WHERE token_families.family = $1 AND token_families.login = $2 AND revoked_at IS NULL AND disabled_at IS NULL \
         AND token_families.made_at <= $3",
    )
    .bind(family.0.to_vec())
    .bind(login.0.to_vec())
    .bind(now_millis() + AHEAD)
    .fetch_all(store.pool())
    .await?;
    let Some((person, _)) = rows.first() else { return Ok(None) };
    let person = person.as_ref().map(|person| bytes16(person).map(PersonId)).transpose()?;
    Ok(Some((login, person, rows.iter().filter_map(|(_, role)| role.parse().ok()).collect())))
}

/// Programs that somebody is signed in with: the family, since when, and when it was refreshed last, Unix milliseconds.
pub(crate) async fn families(store: &Store, login: LoginId) -> Result<Vec<(PersonId, i64, i64)>, PeopleError> {
    let rows: Vec<(Vec<u8>, i64, i64)> = sqlx::query_as(
        "SELECT family, made_at, seen_at FROM token_families WHERE login = $1 AND revoked_at IS NULL AND seen_at > $2 \
         ORDER BY seen_at DESC",
    )
    .bind(login.0.to_vec())
    .bind(now_millis() - REFRESH_MILLIS)
    .fetch_all(store.pool())
    .await?;
    rows.into_iter().map(|(family, made, seen)| Ok((PersonId(bytes16(&family)?), made, seen))).collect()
}

/// Ends a family of somebody's.
pub(crate) async fn revoke(store: &Store, login: LoginId, family: PersonId) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let revoked = sqlx::query(
        "UPDATE token_families SET revoked_at = $3 WHERE family = $1 AND login = $2 AND revoked_at IS NULL",
    )
    .bind(family.0.to_vec())
    .bind(login.0.to_vec())
    .bind(now_millis())
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    Ok(revoked.rows_affected() == 1)
}

/// The keys with which others check access tokens, as a JWK set (RFC 7517).
///
/// # Errors
/// When the database refuses.
pub async fn public_keys(store: &Store, own: &OwnKeys) -> Result<Value, PeopleError> {
    let keys = token_keys::all(store, own).await?.into_iter().map(|key| {
        json!({
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.kid,
            "x": BASE64URL_NOPAD.encode(&key.pair.public()),
        })
    });
    Ok(json!({ "keys": keys.collect::<Vec<_>>() }))
}

/// Removes what has ended.
pub(super) async fn tidy(transaction: &mut Write) -> Result<(), PeopleError> {
    let now = now_millis();
    // Those of the future would begin to hold when it comes.
    for (statement, before) in [
        ("DELETE FROM refresh_tokens WHERE expires_at < $1", now),
        ("DELETE FROM refresh_tokens WHERE expires_at > $1", now + REFRESH_MILLIS + AHEAD),
        (
            "DELETE FROM refresh_tokens WHERE family IN (SELECT family FROM token_families WHERE made_at > $1)",
            now + AHEAD,
        ),
        ("DELETE FROM token_families WHERE made_at > $1", now + AHEAD),
        (
            "DELETE FROM refresh_tokens WHERE family IN (SELECT family FROM token_families WHERE seen_at < $1)",
            now - REFRESH_MILLIS,
        ),
        ("DELETE FROM token_families WHERE seen_at < $1", now - REFRESH_MILLIS),
    ] {
        sqlx::query(statement).bind(before).execute(&mut ***transaction).await?;
    }
    Ok(())
}
