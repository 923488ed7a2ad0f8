//! The keys that sign access tokens: of all collectors on one database, each for a month. The one before still checks what it
//! signed.

use attune_ground::keys::OwnKeys;
use attune_ground::store::Store;
use attune_ground::time::now_millis;
use attune_protocol::seal::SealKey;
use attune_protocol::sign::KeyPair;
use data_encoding::HEXLOWER;

use super::AHEAD;
use super::jwt::ACCESS_MILLIS;
use crate::PeopleError;

/// How long a key signs, milliseconds.
const SIGNS: i64 = 30 * 24 * 60 * 60_000;

/// A key and its name.
pub(super) struct TokenKey {
    pub(super) kid: String,
    pub(super) pair: KeyPair,
}

/// The key that signs now; a new one where the last is too old. Keys whose tokens have all ended are removed then.
pub(super) async fn signing(store: &Store, own: &OwnKeys) -> Result<TokenKey, PeopleError> {
    let newest: Option<(String, Vec<u8>, i64)> =
        sqlx::query_as("SELECT kid, sealed, made_at FROM token_keys ORDER BY made_at DESC, kid LIMIT 1")
            .fetch_optional(store.pool())
            .await?;
    let now = now_millis();
    if let Some((kid, sealed, made_at)) = newest
        && now - made_at < SIGNS
        && made_at <= now + AHEAD
    {
        return open(own, kid, &sealed);
    }
    let pair = KeyPair::generate();
    let kid = HEXLOWER.encode(&pair.public()[..8]);
    let mut transaction = store.begin().await?;
    sqlx::query("INSERT INTO token_keys (kid, sealed, made_at) VALUES ($1, $2, $3)")
        .bind(kid.clone())
        .bind(sealing(own).seal(kid.as_bytes(), &pair.secret()))
        .bind(now)
        .execute(&mut **transaction)
        .await?;
    sqlx::query("DELETE FROM token_keys WHERE made_at < $1 OR made_at > $2")
        .bind(now - SIGNS - ACCESS_MILLIS - 60_000)
        .bind(now + AHEAD)
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok(TokenKey { kid, pair })
}

/// The key of a name, if there is one.
pub(super) async fn named(store: &Store, own: &OwnKeys, kid: &str) -> Result<Option<TokenKey>, PeopleError> {
    let row: Option<(Vec<u8>,)> =
        sqlx::query_as("SELECT sealed FROM token_keys WHERE kid = $1").bind(kid).fetch_optional(store.pool()).await?;
    row.map(|(sealed,)| open(own, kid.into(), &sealed)).transpose()
}

/// All keys that check.
pub(super) async fn all(store: &Store, own: &OwnKeys) -> Result<Vec<TokenKey>, PeopleError> {
    let rows: Vec<(String, Vec<u8>)> =
        sqlx::query_as("SELECT kid, sealed FROM token_keys ORDER BY made_at DESC, kid").fetch_all(store.pool()).await?;
    rows.into_iter().map(|(kid, sealed)| open(own, kid, &sealed)).collect()
}

fn open(own: &OwnKeys, kid: String, sealed: &[u8]) -> Result<TokenKey, PeopleError> {
    let secret = sealing(own).open(kid.as_bytes(), sealed)?;
    let secret = <[u8; 32]>::try_from(secret.as_slice()).map_err(|_| attune_protocol::ProtocolError::Sealed)?;
    Ok(TokenKey { kid, pair: KeyPair::from_secret(&secret) })
}

/// What they are sealed under: made from the collectors' own key.
fn sealing(own: &OwnKeys) -> SealKey {
    let half = |part: &[u8]| own.tag("token keys", part);
    let mut key = [0; 32];
    key[..16].copy_from_slice(&half(b"first half"));
    key[16..].copy_from_slice(&half(b"second half"));
    SealKey::from_secret(key)
}
