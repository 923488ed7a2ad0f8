use attune_ground::GroundError;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16, to_i64};
use attune_ground::time::now_millis;
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolRequest};
use attune_protocol::ids::PersonId;
use sqlx::{Any, AnyConnection, Transaction};

use super::person_of;
use crate::PeopleError;

/// Random bytes of a code: 80 bits, beyond guessing within its short life.
const CODE_BYTES: usize = 10;
/// How long the same request is answered again, milliseconds: its first answer may have been lost.
const REPEATED_MILLIS: i64 = 10 * 60 * 1000;

/// Makes a one-time code with which a device of this user can be enrolled. What proves it is stored sealed under the key of
/// its person; the code itself is stored nowhere.
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
    let code = Code::of(&plain);
    let mut transaction = store.begin().await?;
    let person = person_of(&mut transaction, keys, user_id).await?;
    let key = keys.of(&mut **transaction, person).await?;
    sqlx::query("INSERT INTO enrolment_codes (name, person, sealed, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(code.name().to_vec())
        .bind(person.0.to_vec())
        .bind(key.seal(&context(code.name()), code.key()))
        .bind(now_millis().saturating_add(valid_millis))
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await?;
    let groups: Vec<&str> = (0..plain.len()).step_by(4).map(|at| &plain[at..plain.len().min(at + 4)]).collect();
    Ok(groups.join("-"))
}

/// A code as it is stored.
struct Row {
    code: Code,
    person: PersonId,
    expires_at: i64,
    /// The device that took it, its request, and when.
    taken: Option<(Vec<u8>, Vec<u8>, i64)>,
}

/// Enrols the device that proves to know a code, and gives what became of it with the code, by which the answer is proved;
/// without one when the device did not prove to know it. The same request is answered again for some minutes, as long as
/// the device has not enrolled anew since. Who proves nothing waits for no writer and keeps none waiting.
///
/// # Errors
/// When the database refuses.
pub async fn redeem_code(
    store: &Store,
    keys: &PersonKeys,
    request: &EnrolRequest,
) -> Result<(EnrolOutcome, Option<Code>), PeopleError> {
    let now = now_millis();
    {
        let mut reader = store.pool().acquire().await?;
        if find(&mut reader, keys, request).await?.is_none() {
            return Ok((EnrolOutcome::CodeRefused, None));
        }
    }
    let mut transaction = store.begin().await?;
    let Some(row) = find(&mut transaction, keys, request).await? else { return Ok((EnrolOutcome::CodeRefused, None)) };
    let refused = |outcome| Ok((outcome, Some(row.code.clone())));
    let device = request.device.0.to_vec();
    let known: Option<(Vec<u8>,)> = sqlx::query_as("SELECT public_key FROM devices WHERE device = $1")
        .bind(device.clone())
        .fetch_optional(&mut **transaction)
        .await?;
    if known.is_some_and(|(key,)| key != request.public_key) {
        return refused(EnrolOutcome::DeviceTaken);
    }
    let (latest,): (Option<i64>,) = sqlx::query_as("SELECT MAX(number) FROM device_enrolments WHERE device = $1")
        .bind(device.clone())
        .fetch_one(&mut **transaction)
        .await?;
    let number = i64::from(request.enrolment);
    if let Some((by, nonce, at)) = &row.taken {
        return refused(match *by == device && *nonce == request.nonce && now - at <= REPEATED_MILLIS {
            true if latest == Some(number) => EnrolOutcome::Accepted,
            true => EnrolOutcome::Behind,
            false => EnrolOutcome::CodeRefused,
        });
    }
    if row.expires_at <= now {
        return refused(EnrolOutcome::CodeRefused);
    }
    if number <= latest.unwrap_or(0) {
        return refused(EnrolOutcome::Behind);
    }
    if !take(&mut transaction, request, &row, now).await? {
        return refused(EnrolOutcome::CodeRefused);
    }
    transaction.commit().await?;
    Ok((EnrolOutcome::Accepted, Some(row.code)))
}

/// The code that a request proves to know.
async fn find(
    connection: &mut AnyConnection,
    keys: &PersonKeys,
    request: &EnrolRequest,
) -> Result<Option<Row>, PeopleError> {
    type Columns = (Vec<u8>, Vec<u8>, i64, Option<Vec<u8>>, Option<Vec<u8>>, Option<i64>);
    let name = request.code_name();
    let row: Option<Columns> = sqlx::query_as(
        "SELECT person, sealed, expires_at, device, nonce, taken_at FROM enrolment_codes WHERE name = $1",
    )
    .bind(name.to_vec())
    .fetch_optional(&mut *connection)
    .await?;
    let Some((person, sealed, expires_at, device, nonce, taken_at)) = row else { return Ok(None) };
    let person = PersonId(bytes16(&person)?);
    let key = match keys.of(&mut *connection, person).await {
        Ok(key) => key.open(&context(name), &sealed)?,
        Err(GroundError::Erased) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let key = key.try_into().map_err(|_| GroundError::Corrupt("the key of a code has 32 bytes"))?;
    let code = Code::from_parts(name, key);
    let taken = device.zip(nonce).zip(taken_at).map(|((device, nonce), at)| (device, nonce, at));
    Ok(request.proves(&code).then_some(Row { code, person, expires_at, taken }))
}

/// Takes the code and gives the device to its person, unless another took it first or the outbox is somebody's already.
async fn take(
    transaction: &mut Transaction<'static, Any>,
    request: &EnrolRequest,
    row: &Row,
    now: i64,
) -> Result<bool, PeopleError> {
    let (device, number) = (request.device.0.to_vec(), i64::from(request.enrolment));
    let taken = sqlx::query(
        "UPDATE enrolment_codes SET device = $1, nonce = $2, taken_at = $3 WHERE name = $4 AND device IS NULL",
    )
    .bind(device.clone())
    .bind(request.nonce.to_vec())
    .bind(now)
    .bind(request.code_name().to_vec())
    .execute(&mut **transaction)
    .await?;
    let known = sqlx::query(
        "INSERT INTO devices (device, public_key, enrolled_at) VALUES ($1, $2, $3) ON CONFLICT (device) DO NOTHING",
    );
    known.bind(device.clone()).bind(request.public_key.to_vec()).bind(now).execute(&mut **transaction).await?;
    let enrolled = sqlx::query(
        "INSERT INTO device_enrolments (device, number, person, enrolled_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (device, number) DO NOTHING",
    )
    .bind(device.clone())
    .bind(number)
    .bind(row.person.0.to_vec())
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    let begun = sqlx::query(
        "INSERT INTO device_epochs (device, epoch, number, person) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (device, epoch) DO NOTHING",
    )
    .bind(device)
    .bind(to_i64(request.epoch.0)?)
    .bind(number)
    .bind(row.person.0.to_vec())
    .execute(&mut **transaction)
    .await?;
    Ok([taken, enrolled, begun].iter().all(|done| done.rows_affected() == 1))
}

fn context(name: [u8; attune_protocol::enrol::CODE_NAME_LEN]) -> Vec<u8> {
    [b"enrolment code".as_slice(), &name].concat()
}
