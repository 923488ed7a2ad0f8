use attune_ground::GroundError;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write, bytes16, to_i64};
use attune_ground::time::now_millis;
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolRequest};
use attune_protocol::ids::PersonId;
use attune_protocol::sign::PublicKey;
use sqlx::AnyConnection;

use super::device_keys::keep_former;
use super::locked_person_of;
use crate::PeopleError;

/// Random bytes of a code: 80 bits, beyond guessing within its short life.
const CODE_BYTES: usize = 10;
/// How long a code can be used at most, milliseconds: a week, and an hour in which clocks may differ.
const LONGEST_MILLIS: i64 = (7 * 24 + 1) * 60 * 60 * 1000;
/// How long the same request is answered again, milliseconds: its first answer may have been lost.
const REPEATED_MILLIS: i64 = 10 * 60 * 1000;

/// Makes a one-time code with which a device of this user can be enrolled; who makes one for themselves is `own`. What proves it is stored sealed under the key of
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
    whose: (&str, Option<PersonId>),
    valid_millis: i64,
) -> Result<String, PeopleError> {
    let mut transaction = store.begin().await?;
    let (code, _) = create_code_in(&mut transaction, keys, whose, valid_millis).await?;
    transaction.commit().await?;
    Ok(code)
}

/// As [`create_code`], with what else a transaction does; gives whose it is, too.
///
/// # Errors
/// When the database refuses.
///
/// # Panics
/// As [`create_code`].
pub(crate) async fn create_code_in(
    transaction: &mut Write,
    keys: &PersonKeys,
    (user_id, own): (&str, Option<PersonId>),
    valid_millis: i64,
) -> Result<(String, PersonId), PeopleError> {
    let mut bytes = [0; CODE_BYTES];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let plain = data_encoding::BASE32_NOPAD.encode(&bytes);
    let code = Code::of(&plain);
    let person = locked_person_of(transaction, keys, user_id, own).await?;
    let key = keys.of(person).await?;
    sqlx::query("INSERT INTO enrolment_codes (name, person, sealed, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(code.name().to_vec())
        .bind(person.0.to_vec())
        .bind(key.seal(&context(code.name()), code.key()))
        .bind(now_millis().saturating_add(valid_millis))
        .execute(&mut ***transaction)
        .await?;
    let groups: Vec<&str> = (0..plain.len()).step_by(4).map(|at| &plain[at..plain.len().min(at + 4)]).collect();
    Ok((groups.join("-"), person))
}

/// A code as it is stored.
struct Row {
    code: Code,
    person: PersonId,
    expires_at: i64,
    /// The device that took it, its request, and when.
    taken: Option<(Vec<u8>, Vec<u8>, i64)>,
}

/// Enrols the device that proves to know a code, which is to pin this key of the collector, and gives what became of it with the code, by
/// which the answer is proved; without one when the device did not prove to know it. The same request is answered again for some
/// minutes, as long as the device has not enrolled anew since. Who proves nothing waits for no writer and keeps none waiting.
///
/// # Errors
/// When the database refuses.
pub async fn redeem_code(
    store: &Store,
    keys: &PersonKeys,
    request: &EnrolRequest,
    collector: &PublicKey,
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
    // One that was revoked may come with another key: its own was in other hands, or is lost.
    let known: Option<(Vec<u8>,)> =
        sqlx::query_as("SELECT public_key FROM devices WHERE device = $1 AND revoked_at IS NULL")
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
    // Whose account is disabled is to be sensed by nothing new.
    let is_disabled: Option<(i64,)> =
        sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM logins WHERE person = $1 AND disabled_at IS NOT NULL")
            .bind(row.person.0.to_vec())
            .fetch_optional(&mut **transaction)
            .await?;
    // One that lies further ahead than any code may be used was made while the clock was wrong.
    if row.expires_at <= now || row.expires_at > now + LONGEST_MILLIS || is_disabled.is_some() {
        return refused(EnrolOutcome::CodeRefused);
    }
    if number <= latest.unwrap_or(0) {
        return refused(EnrolOutcome::Behind);
    }
    if !take(&mut transaction, (request, collector), &row, now).await? {
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
    let key = match keys.of(person).await {
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
    transaction: &mut Write,
    (request, collector): (&EnrolRequest, &PublicKey),
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
    .execute(&mut ***transaction)
    .await?;
    // Held from here on, where it is known.
    sqlx::query("UPDATE devices SET enrolled_at = enrolled_at WHERE device = $1")
        .bind(device.clone())
        .execute(&mut ***transaction)
        .await?;
    let before: Option<(Vec<u8>,)> = sqlx::query_as("SELECT public_key FROM devices WHERE device = $1")
        .bind(device.clone())
        .fetch_optional(&mut ***transaction)
        .await?;
    sqlx::query(
        "INSERT INTO devices (device, public_key, enrolled_at, key_changed_at, collector_key) VALUES ($1, $2, $3, $3, $4) \
         ON CONFLICT (device) DO UPDATE SET revoked_at = NULL, former_key_used_at = NULL, key_changed_at = $3, public_key = $2, \
         collector_key = $4",
    )
    .bind(device.clone())
    .bind(request.public_key.to_vec())
    .bind(now)
    .bind(collector.to_vec())
    .execute(&mut ***transaction)
    .await?;
    if let Some((before,)) = before.filter(|(before,)| *before != request.public_key) {
        keep_former(transaction, request.device, &before).await?;
    }
    let enrolled = sqlx::query(
        "INSERT INTO device_enrolments (device, number, person, enrolled_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (device, number) DO NOTHING",
    )
    .bind(device.clone())
    .bind(number)
    .bind(row.person.0.to_vec())
    .bind(now)
    .execute(&mut ***transaction)
    .await?;
    let begun = sqlx::query(
        "INSERT INTO device_epochs (device, epoch, number, person) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (device, epoch) DO NOTHING",
    )
    .bind(device)
    .bind(to_i64(request.epoch.0)?)
    .bind(number)
    .bind(row.person.0.to_vec())
    .execute(&mut ***transaction)
    .await?;
    Ok([taken, enrolled, begun].iter().all(|done| done.rows_affected() == 1))
}

fn context(name: [u8; attune_protocol::enrol::CODE_NAME_LEN]) -> Vec<u8> {
    [b"enrolment code".as_slice(), &name].concat()
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;
    use attune_protocol::ids::{DeviceId, Epoch};
    use attune_protocol::sign::KeyPair;

    use super::*;
    use crate::accounts::{expected_owners, owner_of, owners_of};

    const DEVICE: DeviceId = DeviceId([1; 16]);
    const COLLECTOR: PublicKey = [9; 32];
    const MINUTE: i64 = 60_000;

    async fn code(database: &Database, user: &str, valid_millis: i64) -> String {
        create_code(&database.store, &database.people, (user, None), valid_millis).await.expect("made")
    }

    fn request(device: DeviceId, key: &KeyPair, (number, epoch): (u32, u64), code: &str) -> EnrolRequest {
        EnrolRequest::new(device, key.public(), number, Epoch(epoch), &Code::of(code))
    }

    async fn redeem(database: &Database, request: &EnrolRequest) -> EnrolOutcome {
        redeem_code(&database.store, &database.people, request, &COLLECTOR).await.expect("answers").0
    }

    /// Whose an outbox is, as ingest asks: with a lock, and as far as it is known without.
    async fn owner(database: &Database, epoch: u64, enrolment: u32) -> Option<(PersonId, u32, bool)> {
        let mut reader = database.store.pool().acquire().await.expect("a connection");
        let expected =
            expected_owners(&mut reader, &[(DEVICE, Epoch(epoch), enrolment)]).await.expect("reads").remove(0);
        drop(reader);
        let mut transaction = database.store.begin().await.expect("begins");
        let bound = owner_of(&mut transaction, DEVICE, Epoch(epoch), enrolment).await.expect("reads");
        let both = [(DEVICE, Epoch(epoch)), (DeviceId([0xee; 16]), Epoch(epoch))];
        assert_eq!(owners_of(&mut transaction, &both).await.expect("reads"), [bound, None], "of several at once");
        transaction.commit().await.expect("commits");
        let expected = expected.map(|expected| (expected.person, !expected.has_others));
        assert_eq!(expected, bound.map(|bound| (bound.person, bound.is_only)), "what is expected is what is bound");
        bound.map(|bound| (bound.person, bound.number, bound.is_only))
    }

    async fn run(database: &Database, statement: &'static str) {
        let done = sqlx::query(statement).execute(database.store.pool()).await.expect("changed");
        assert!(done.rows_affected() > 0, "{statement}");
    }

    #[tokio::test]
    async fn a_code_enrols_one_device_once_and_the_same_request_is_answered_for_minutes_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let (key, thief) = (KeyPair::generate(), KeyPair::generate());
            let (first, expired) = (code(&database, "alice", MINUTE).await, code(&database, "alice", -1).await);
            assert_eq!((first.len(), first.matches('-').count()), (19, 3), "sixteen letters in groups of four");
            assert_ne!(first, expired);
            let asked = request(DEVICE, &key, (1, 11), &first);
            let (refused, proof) =
                redeem_code(&database.store, &database.people, &request(DEVICE, &key, (1, 11), "AAAA"), &COLLECTOR)
                    .await
                    .expect("answers");
            assert!(refused == EnrolOutcome::CodeRefused && proof.is_none(), "who proves nothing is proved nothing");
            assert_eq!(redeem(&database, &request(DEVICE, &key, (1, 11), &expired)).await, EnrolOutcome::CodeRefused);
            assert_eq!(owner(&database, 11, 1).await, None);
            let (accepted, proof) =
                redeem_code(&database.store, &database.people, &asked, &COLLECTOR).await.expect("answers");
            assert!(accepted == EnrolOutcome::Accepted && proof.is_some());
            assert_eq!(redeem(&database, &asked).await, EnrolOutcome::Accepted, "its answer may have been lost");
            assert_eq!(database.count("device_enrolments").await, 1);

            let other = DeviceId([2; 16]);
            assert_eq!(redeem(&database, &request(other, &key, (1, 12), &first)).await, EnrolOutcome::CodeRefused);
            let anew = request(DEVICE, &key, (1, 11), &first);
            assert_eq!(redeem(&database, &anew).await, EnrolOutcome::CodeRefused, "another request of the same device");
            let second = code(&database, "bob", MINUTE).await;
            assert_eq!(redeem(&database, &request(DEVICE, &thief, (2, 13), &second)).await, EnrolOutcome::DeviceTaken);
            assert_eq!(redeem(&database, &request(DEVICE, &key, (1, 13), &second)).await, EnrolOutcome::Behind);
            let of_before = request(DEVICE, &key, (2, 11), &second);
            assert_eq!(redeem(&database, &of_before).await, EnrolOutcome::CodeRefused, "that outbox is alice's");
            let alice = owner(&database, 11, 1).await.expect("bound");
            assert_eq!((alice.1, alice.2), (1, true));

            run(&database, "UPDATE enrolment_codes SET taken_at = taken_at - 601000 WHERE taken_at IS NOT NULL").await;
            assert_eq!(redeem(&database, &asked).await, EnrolOutcome::CodeRefused, "minutes, and no longer");
            run(&database, "UPDATE enrolment_codes SET taken_at = taken_at + 601000 WHERE taken_at IS NOT NULL").await;
            assert_eq!(redeem(&database, &request(DEVICE, &key, (5, 13), &second)).await, EnrolOutcome::Accepted);
            assert_eq!(redeem(&database, &asked).await, EnrolOutcome::Behind, "the device has enrolled anew since");
            let bob = owner(&database, 13, 5).await.expect("bound");
            assert!(bob.0 != alice.0 && bob.1 == 5);
        }
    }

    #[tokio::test]
    async fn an_outbox_is_bound_once_by_the_number_of_its_enrolment_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let key = KeyPair::generate();
            for (user, number, epoch) in [("alice", 1, 11), ("bob", 2, 21)] {
                let asked = request(DEVICE, &key, (number, epoch), &code(&database, user, MINUTE).await);
                assert_eq!(redeem(&database, &asked).await, EnrolOutcome::Accepted);
            }
            let (alice, bob) =
                (owner(&database, 11, 1).await.expect("hers").0, owner(&database, 21, 2).await.expect("his").0);
            assert_ne!(alice, bob);
            assert_eq!(owner(&database, 11, 2).await, Some((alice, 1, true)), "whatever it says later");
            assert_eq!(
                owner(&database, 12, 1).await,
                Some((alice, 1, false)),
                "a second outbox of the first enrolment"
            );
            assert_eq!(owner(&database, 11, 1).await, Some((alice, 1, false)));
            assert_eq!(owner(&database, 21, 2).await, Some((bob, 2, true)), "of another enrolment that is none");
            assert_eq!(owner(&database, 31, 3).await, None, "there was no such enrolment");
            assert_eq!(owner(&database, 31, 0).await, None);
            let known = crate::accounts::device_keys(&database.store, DEVICE).await.expect("reads");
            assert_eq!(
                known,
                Some(crate::accounts::DeviceKeys { key: key.public(), former: Vec::new(), collector: Some(COLLECTOR) })
            );
            assert_eq!(crate::accounts::device_keys(&database.store, DeviceId([9; 16])).await.expect("reads"), None);
            assert_eq!(crate::accounts::enrolled(&database.store).await.expect("reads"), [DEVICE]);
            let asked = request(DEVICE, &key, (3, 41), &code(&database, "alice", MINUTE).await);
            database.destroy_key(alice).await;
            assert_eq!(redeem(&database, &asked).await, EnrolOutcome::CodeRefused);
        }
    }
}
