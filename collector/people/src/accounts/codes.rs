use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::enrol::{EnrolOutcome, EnrolRequest};
use attune_protocol::ids::PersonId;
use sha2::{Digest, Sha256};

use super::person_of;
use crate::PeopleError;

/// Random bytes of a code: 80 bits, beyond guessing within its short life.
const CODE_BYTES: usize = 10;

/// Makes a one-time code with which a device of this user can be enrolled. Only its hash is stored.
///
/// # Errors
/// When the database refuses.
///
/// # Panics
/// When the operating system has no randomness to give.
pub async fn create_code(
    store: &Store,
    keys: &PersonKeys,
    user_id: &str,
    valid_millis: i64,
) -> Result<String, PeopleError> {
    let mut bytes = [0; CODE_BYTES];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let plain = data_encoding::BASE32_NOPAD.encode(&bytes);
    let mut transaction = store.begin().await?;
    let person = person_of(&mut transaction, keys, user_id).await?;
    sqlx::query("INSERT INTO enrolment_codes (code_hash, person, expires_at) VALUES ($1, $2, $3)")
        .bind(hash(&plain))
        .bind(person.0.to_vec())
        .bind(now_millis().saturating_add(valid_millis))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    let groups: Vec<&str> = (0..plain.len()).step_by(4).map(|at| &plain[at..plain.len().min(at + 4)]).collect();
    Ok(groups.join("-"))
}

/// Enrols the device that shows a code. The same device may ask again with the same code and key, for the answer to
/// its first asking may have been lost.
///
/// # Errors
/// When the database refuses.
pub async fn redeem_code(store: &Store, request: &EnrolRequest) -> Result<EnrolOutcome, PeopleError> {
    let code = hash(&request.code.replace(['-', ' '], "").to_ascii_uppercase());
    let (device, now) = (request.device.0.to_vec(), now_millis());
    let mut transaction = store.begin().await?;
    let known: Option<(Vec<u8>,)> = sqlx::query_as("SELECT public_key FROM devices WHERE device = $1")
        .bind(device.clone())
        .fetch_optional(&mut *transaction)
        .await?;
    if known.as_ref().is_some_and(|(key,)| *key != request.public_key) {
        return Ok(EnrolOutcome::DeviceTaken);
    }
    // Taking the code and finding out whether it may be taken is one statement: of two devices one wins.
    let taken = sqlx::query(
        "UPDATE enrolment_codes SET used_by = $1 \
         WHERE code_hash = $2 AND (used_by = $1 OR (used_by IS NULL AND expires_at > $3))",
    )
    .bind(device.clone())
    .bind(code.clone())
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    if taken.rows_affected() == 0 {
        return Ok(EnrolOutcome::CodeRefused);
    }
    let (person,): (Vec<u8>,) = sqlx::query_as("SELECT person FROM enrolment_codes WHERE code_hash = $1")
        .bind(code)
        .fetch_one(&mut *transaction)
        .await?;
    let person = PersonId(bytes16(&person)?);
    sqlx::query(
        "INSERT INTO devices (device, public_key, enrolled_at) VALUES ($1, $2, $3) ON CONFLICT (device) DO NOTHING",
    )
    .bind(device.clone())
    .bind(request.public_key.to_vec())
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    own(&mut transaction, device, person, now).await?;
    transaction.commit().await?;
    Ok(EnrolOutcome::Accepted)
}

/// Ends the interval of another owner and begins one of this person, unless it is theirs already.
async fn own(
    transaction: &mut sqlx::Transaction<'static, sqlx::Any>,
    device: Vec<u8>,
    person: PersonId,
    now: i64,
) -> Result<(), PeopleError> {
    sqlx::query("UPDATE device_owners SET until = $1 WHERE device = $2 AND until IS NULL AND person <> $3")
        .bind(now)
        .bind(device.clone())
        .bind(person.0.to_vec())
        .execute(&mut **transaction)
        .await?;
    sqlx::query(
        "INSERT INTO device_owners (device, since, person) SELECT $1, $2, $3 \
         WHERE NOT EXISTS (SELECT 1 FROM device_owners WHERE device = $1 AND until IS NULL)",
    )
    .bind(device)
    .bind(now)
    .bind(person.0.to_vec())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn hash(plain: &str) -> Vec<u8> {
    Sha256::digest(plain.as_bytes()).to_vec()
}
