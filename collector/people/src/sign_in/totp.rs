//! The second factor: codes by time (RFC 6238: SHA-1, 30 s, six digits, as all apps have them), and recovery codes for who has
//! lost the telephone.

use attune_ground::GroundError;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;
use data_encoding::BASE32_NOPAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

use super::{AHEAD, LoginId, secret};
use crate::PeopleError;

/// Bytes of a secret (RFC 4226 asks for 128 bits at least and likes 160).
const BYTES: usize = 20;
/// Codes for who has lost the telephone.
pub(crate) const RECOVERY_CODES: usize = 10;
/// Letters of one: 50 bits, and no more tries than the pace lets pass.
const RECOVERY_LENGTH: usize = 10;

/// What a telephone's app is told.
pub(crate) struct Offer {
    /// The secret as people type it.
    pub(crate) typed: String,
    /// The address that a camera reads.
    pub(crate) address: String,
}

fn codes(secret: &[u8]) -> Result<Totp, PeopleError> {
    let built = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret.to_vec())
        .build();
    built.map_err(|_| GroundError::Corrupt("a second factor's secret has its length").into())
}

fn context(login: LoginId) -> Vec<u8> {
    [b"totp".as_slice(), &login.0].concat()
}

/// Offers a second factor: the one that was offered before and not confirmed yet, or a new one. Who has one keeps it until the
/// new one is confirmed.
pub(crate) async fn offer(
    store: &Store,
    keys: &PersonKeys,
    login: LoginId,
    name: &str,
) -> Result<Option<Offer>, PeopleError> {
    let mut transaction = store.begin().await?;
    let key = keys.of(PersonId(login.0)).await?;
    let mut fresh = Zeroizing::new([0; BYTES]);
    getrandom::fill(&mut fresh[..]).expect("the operating system gives random bytes");
    sqlx::query("INSERT INTO login_totp (login, sealed, last_step) VALUES ($1, $2, 0) ON CONFLICT (login) DO NOTHING")
        .bind(login.0.to_vec())
        .bind(key.seal(&context(login), &fresh[..]))
        .execute(&mut **transaction)
        .await?;
    let (sealed, confirmed): (Vec<u8>, Option<i64>) =
        sqlx::query_as("SELECT sealed, confirmed_at FROM login_totp WHERE login = $1")
            .bind(login.0.to_vec())
            .fetch_one(&mut **transaction)
            .await?;
    transaction.commit().await?;
    if confirmed.is_some() {
        return Ok(None);
    }
    let typed = BASE32_NOPAD.encode(&Zeroizing::new(key.open(&context(login), &sealed)?));
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    let address = format!("otpauth://totp/Attune:{name}?secret={typed}&issuer=Attune");
    Ok(Some(Offer { typed, address }))
}

/// Takes a code, once: not the same again, nor one from before it. With `confirm` the first one that is right makes the
/// second factor count; without, only one that counts already is asked.
pub(super) async fn take(
    transaction: &mut Write,
    keys: &PersonKeys,
    login: LoginId,
    code: &str,
    confirm: bool,
) -> Result<bool, PeopleError> {
    let row: Option<(Vec<u8>, Option<i64>, i64)> =
        sqlx::query_as("SELECT sealed, confirmed_at, last_step FROM login_totp WHERE login = $1")
            .bind(login.0.to_vec())
            .fetch_optional(&mut ***transaction)
            .await?;
    let Some((sealed, confirmed, last)) = row.filter(|(_, confirmed, _)| confirmed.is_some() != confirm) else {
        return Ok(false);
    };
    let key = keys.of(PersonId(login.0)).await?;
    let codes = codes(&Zeroizing::new(key.open(&context(login), &sealed)?))?;
    let digits: String = code.chars().filter(|sign| !sign.is_whitespace()).collect();
    let now = u64::try_from(now_millis() / 1000).unwrap_or(0);
    // A step that lies ahead by more than clocks differ was taken while the clock was wrong: it must keep nobody out until it comes.
    let ahead = i64::try_from(now / 30).unwrap_or(0) + 2 + AHEAD / 30_000;
    let last = if last > ahead { 0 } else { last };
    let Some(step) = codes.check(&digits, now).and_then(|step| i64::try_from(step).ok()).filter(|step| *step > last)
    else {
        return Ok(false);
    };
    let changed =
        sqlx::query("UPDATE login_totp SET last_step = $2, confirmed_at = $3 WHERE login = $1 AND (last_step < $2 OR last_step > $5) AND (confirmed_at IS NULL) = $4")
            .bind(login.0.to_vec())
            .bind(step)
            .bind(confirmed.unwrap_or_else(now_millis))
        .bind(confirm)
        .bind(ahead)
            .execute(&mut ***transaction)
            .await?;
    Ok(changed.rows_affected() == 1)
}

/// Sets up a second factor that counts at once, whose secret nobody is told; gives its recovery codes.
pub(super) async fn set_up(
    transaction: &mut Write,
    keys: &PersonKeys,
    login: LoginId,
) -> Result<Vec<String>, PeopleError> {
    let key = keys.of(PersonId(login.0)).await?;
    let mut fresh = Zeroizing::new([0; BYTES]);
    getrandom::fill(&mut fresh[..]).expect("the operating system gives random bytes");
    sqlx::query("INSERT INTO login_totp (login, sealed, last_step, confirmed_at) VALUES ($1, $2, 0, $3)")
        .bind(login.0.to_vec())
        .bind(key.seal(&context(login), &fresh[..]))
        .bind(now_millis())
        .execute(&mut ***transaction)
        .await?;
    make_recovery_codes(transaction, login).await
}

/// Makes recovery codes in the place of those before, and gives them as they are told, once.
pub(super) async fn make_recovery_codes(transaction: &mut Write, login: LoginId) -> Result<Vec<String>, PeopleError> {
    sqlx::query("DELETE FROM recovery_codes WHERE login = $1")
        .bind(login.0.to_vec())
        .execute(&mut ***transaction)
        .await?;
    let mut told = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        let code: String = BASE32_NOPAD.encode(&bytes).to_lowercase().chars().take(RECOVERY_LENGTH).collect();
        sqlx::query("INSERT INTO recovery_codes (login, hash) VALUES ($1, $2) ON CONFLICT (login, hash) DO NOTHING")
            .bind(login.0.to_vec())
            .bind(recovery_hash(login, &code))
            .execute(&mut ***transaction)
            .await?;
        told.push(format!("{}-{}", &code[..RECOVERY_LENGTH / 2], &code[RECOVERY_LENGTH / 2..]));
    }
    Ok(told)
}

/// Takes a recovery code, once.
pub(super) async fn take_recovery_code(
    transaction: &mut Write,
    login: LoginId,
    code: &str,
) -> Result<bool, PeopleError> {
    let plain: String = code.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let taken =
        sqlx::query("UPDATE recovery_codes SET used_at = $3 WHERE login = $1 AND hash = $2 AND used_at IS NULL")
            .bind(login.0.to_vec())
            .bind(recovery_hash(login, &plain))
            .bind(now_millis())
            .execute(&mut ***transaction)
            .await?;
    Ok(taken.rows_affected() == 1)
}

/// Whose it is goes into the hash: a table made once for all is of no use.
fn recovery_hash(login: LoginId, code: &str) -> Vec<u8> {
    secret::hash(&format!("{login} {code}"))
}

/// Recovery codes that are left.
pub(crate) async fn recovery_codes_left(store: &Store, login: LoginId) -> Result<i64, PeopleError> {
    let (left,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM recovery_codes WHERE login = $1 AND used_at IS NULL")
        .bind(login.0.to_vec())
        .fetch_one(store.pool())
        .await?;
    Ok(left)
}

/// Takes the second factor away, so that another one can be set up: who resets it has said who they are in another way.
pub(super) async fn remove(transaction: &mut Write, login: LoginId) -> Result<(), PeopleError> {
    for statement in ["DELETE FROM login_totp WHERE login = $1", "DELETE FROM recovery_codes WHERE login = $1"] {
        sqlx::query(statement).bind(login.0.to_vec()).execute(&mut ***transaction).await?;
    }
    Ok(())
}

/// The code that an app would show now.
#[cfg(test)]
pub(super) async fn code_now(store: &Store, keys: &PersonKeys, login: LoginId) -> String {
    let (sealed,): (Vec<u8>,) = sqlx::query_as("SELECT sealed FROM login_totp WHERE login = $1")
        .bind(login.0.to_vec())
        .fetch_one(store.pool())
        .await
        .expect("reads");
    let key = keys.of(PersonId(login.0)).await.expect("opens");
    let secret = key.open(&context(login), &sealed).expect("opens");
    let now = u64::try_from(now_millis() / 1000).expect("after 1970");
    codes(&secret).expect("a secret").generate(now).to_string()
}
