//! People who are sensed, by their user ids, and their devices.

use attune_ground::http::Problem;
use attune_ground::store::{Store, Write, bytes16};
use attune_protocol::ids::{DeviceId, PersonId};

use super::cursor::{self, Cursor};
use crate::access::{self, Act, By, Of};
use crate::accounts::{self, user_id};
use crate::enrol;
use crate::sign_in::{LoginId, made_by};
use crate::{People, PeopleError};

/// How long a code can be used, minutes: from one to a week.
pub(super) const MINUTES: std::ops::RangeInclusive<i64> = 1..=10_080;

/// Somebody who is sensed, as an administrator sees them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Somebody {
    pub(super) person: PersonId,
    pub(super) user_id: String,
    /// Since when they are known, Unix milliseconds.
    pub(super) since: i64,
    /// How many devices are theirs now and not revoked.
    pub(super) devices: u64,
    /// With what they sign in.
    pub(super) login: Option<LoginId>,
}

/// A device of somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Device {
    pub(super) id: DeviceId,
    /// When it was enrolled for them last, Unix milliseconds.
    pub(super) since: i64,
    /// When it was revoked, Unix milliseconds.
    pub(super) revoked_at: Option<i64>,
    /// When somebody last used a key that it had before, Unix milliseconds.
    pub(super) former_key_used_at: Option<i64>,
    /// Whether it is somebody else's since.
    pub(super) is_anothers: bool,
}

/// A person's row. Theirs is a device that was enrolled for nobody else since.
const COLUMNS: &str = "accounts.person, created_at, \
    (SELECT COUNT(DISTINCT made.device) FROM device_enrolments made JOIN devices ON devices.device = made.device \
     WHERE made.person = accounts.person AND devices.revoked_at IS NULL AND made.number = \
     (SELECT MAX(number) FROM device_enrolments latest WHERE latest.device = made.device)), \
    (SELECT login FROM logins WHERE logins.person = accounts.person)";

type Columns = (Vec<u8>, i64, i64, Option<Vec<u8>>);

/// Somebody with the user id that lies sealed; none for who has none, or whose row does not open.
async fn read(people: &People, (person, since, devices, login): Columns) -> Result<Option<Somebody>, PeopleError> {
    let login = login.map(|login| bytes16(&login).map(LoginId)).transpose()?;
    let person = PersonId(bytes16(&person)?);
    let user = accounts::user_of(&people.store, &people.keys, person).await?;
    let devices = devices.unsigned_abs();
    Ok(user.map(|user_id| Somebody { person, user_id, since, devices, login }))
}

/// People with a user id, those known last first, at most so many, and the cursor of the next page; with a name those of this user id,
/// in letters of any case. Who does not open is left out.
///
/// # Errors
/// 400 for a cursor that is none; when the database refuses.
pub(super) async fn page(
    people: &People,
    name: &str,
    after: &str,
    most: usize,
) -> Result<(Vec<Somebody>, Option<String>), Problem> {
    let (after, name) = (Cursor::read(after)?, name.trim());
    // Devices are counted of those of the page alone.
    let statement = format!(
        "SELECT {COLUMNS} FROM (SELECT person, created_at FROM accounts WHERE user_tag IS NOT NULL AND same_as IS NULL \
         AND (created_at < $1 OR (created_at = $1 AND person < $2)) AND ($3 = '' OR folded_tag = $4) \
         ORDER BY created_at DESC, person DESC LIMIT $5) accounts ORDER BY created_at DESC, accounts.person DESC"
    );
    let rows: Vec<Columns> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(after.at)
        .bind(after.id.to_vec())
        .bind(name)
        .bind(accounts::folded_tag(&people.keys, name))
        .bind(i64::try_from(most + 1).unwrap_or(i64::MAX))
        .fetch_all(people.store.pool())
        .await
        .map_err(PeopleError::from)?;
    let mut rows = rows;
    let next = cursor::cut(&mut rows, most, |(id, at, ..)| Some(Cursor { at: *at, id: bytes16(id).ok()? }));
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.extend(read(people, row).await?);
    }
    Ok((found, next))
}

/// Somebody with a user id.
///
/// # Errors
/// 404 where there is nobody.
pub(super) async fn find(people: &People, id: &str) -> Result<Somebody, Problem> {
    let none = || Problem::not_found("there is no such person; GET /api/v1/admin/people lists them");
    let person: PersonId = id.parse().map_err(|_| none())?;
    let statement = format!("SELECT {COLUMNS} FROM accounts WHERE accounts.person = $1");
    let row: Option<Columns> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(person.0.to_vec())
        .fetch_optional(people.store.pool())
        .await
        .map_err(PeopleError::from)?;
    read(people, row.ok_or_else(none)?).await?.ok_or_else(none)
}

/// All devices that were enrolled for somebody, the latest first.
///
/// # Errors
/// When the database refuses.
pub(super) async fn devices(store: &Store, person: PersonId) -> Result<Vec<Device>, PeopleError> {
    type Columns = (Vec<u8>, i64, i64, i64, Option<i64>, Option<i64>);
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT made.device, MAX(made.enrolled_at), MAX(made.number), \
         (SELECT MAX(number) FROM device_enrolments latest WHERE latest.device = made.device), \
         (SELECT revoked_at FROM devices WHERE devices.device = made.device), \
         (SELECT former_key_used_at FROM devices WHERE devices.device = made.device) \
         FROM device_enrolments made WHERE made.person = $1 GROUP BY made.device ORDER BY 2 DESC, 1",
    )
    .bind(person.0.to_vec())
    .fetch_all(store.pool())
    .await?;
    let device = |(id, since, own, latest, revoked_at, former_key_used_at): Columns| {
        let (id, is_anothers) = (DeviceId(bytes16(&id)?), own < latest);
        Ok(Device { id, since, revoked_at, former_key_used_at, is_anothers })
    };
    rows.into_iter().map(device).collect()
}

/// A one-time code and all that a device needs.
pub(super) struct Code {
    pub(super) code: String,
    /// What is run on the device.
    pub(super) line: String,
    /// How long it can be used, minutes.
    pub(super) minutes: i64,
    /// What is to be known of the place where the device looks for the collector, and of who made the account; empty for nothing.
    pub(super) note: String,
}

/// Makes a code for somebody, who need not be known yet.
///
/// # Errors
/// 400 for a user id that is none, or another time; 410 for somebody who was erased.
pub(super) async fn code(people: &People, user: &str, minutes: i64, by: &By) -> Result<Code, Problem> {
    let user = user_id(user)?;
    if !MINUTES.contains(&minutes) {
        return Err(Problem::bad_request("valid_minutes", "valid_minutes goes from 1 to 10080, a week"));
    }
    let made_by = match accounts::find_person(&people.store, &people.keys, &user).await? {
        Some(person) => made_by(&people.store, person).await?,
        None => None,
    };
    let code = people.store.again(|| made(people, &user, minutes, by)).await?;
    let around = &people.surroundings;
    let (broker, _) = enrol::broker(&around.state, around.broker.clone());
    let note = match enrol::is_loopback(&broker) {
        true => "The address is the collector's own machine: the device must be that machine. ",
        false => "",
    };
    let note = format!("{note}{}", enrol::whose(made_by)).trim().to_owned();
    Ok(Code { line: enrol::line(&broker, &code), code, minutes, note })
}

async fn made(people: &People, user: &str, minutes: i64, by: &By) -> Result<String, PeopleError> {
    let mut transaction = people.store.begin().await?;
    let whose = (user, None);
    let (code, person) = accounts::create_code_in(&mut transaction, &people.keys, whose, minutes * 60_000).await?;
    access::note(&mut transaction, by, Act::MakeCode.name(), Of::Person(person), &[]).await?;
    transaction.commit().await?;
    Ok(code)
}

/// Revokes a device.
///
/// # Errors
/// 404 where there is none that holds.
pub(super) async fn revoke(store: &Store, id: &str, by: &By) -> Result<(), Problem> {
    let none = || Problem::not_found("there is no such device, or it was revoked already");
    let device: DeviceId = id.parse().map_err(|_| none())?;
    let mut transaction = store.begin().await?;
    if !accounts::revoke_in(&mut transaction, device).await? {
        return Err(none());
    }
    let owner = owner(&mut transaction, device).await?;
    access::note(&mut transaction, by, Act::RevokeDevice.name(), Of::some(owner), &device.0).await?;
    Ok(transaction.commit().await?)
}

/// For whom a device was enrolled last.
async fn owner(transaction: &mut Write, device: DeviceId) -> Result<Option<PersonId>, PeopleError> {
    let row: Option<(Vec<u8>,)> =
        sqlx::query_as("SELECT person FROM device_enrolments WHERE device = $1 ORDER BY number DESC LIMIT 1")
            .bind(device.0.to_vec())
            .fetch_optional(&mut ***transaction)
            .await?;
    row.map(|(person,)| Ok(PersonId(bytes16(&person)?))).transpose()
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;
    use attune_protocol::enrol::{Code as Proof, EnrolOutcome, EnrolRequest};
    use attune_protocol::ids::Epoch;
    use attune_protocol::sign::KeyPair;

    use super::*;

    #[tokio::test]
    async fn people_are_listed_with_their_devices_and_a_revoked_one_is_known_no_more_until_it_enrols_anew() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let people = &People::on(&database, &[]);
            let store = &database.store;
            let named = |name: &str, devices: u64| (name.to_owned(), devices);
            let (key, device) = (KeyPair::generate(), DeviceId([1; 16]));
            let enrol = async |user: &str, number: u32| {
                let code = code(people, user, 15, &By::COMMAND).await.expect("made").code;
                let epoch = Epoch(u64::from(number));
                let asked = EnrolRequest::new(device, key.public(), number, epoch, &Proof::of(&code));
                accounts::redeem_code(store, &people.keys, &asked, &[0; 32]).await.expect("answers").0
            };
            assert_eq!(enrol("50%_a", 1).await, EnrolOutcome::Accepted);
            let _ = code(people, "bob", 1, &By::COMMAND).await.expect("made");
            sqlx::query("UPDATE accounts SET created_at = CASE WHEN user_tag = $1 THEN 2 ELSE 1 END")
                .bind(accounts::user_tag(&people.keys, "50%_a"))
                .execute(store.pool())
                .await
                .expect("set");
            let names = async |name: &str, after: &str| {
                let (found, next) = page(people, name, after, 1).await.expect("reads");
                (found.into_iter().map(|one| (one.user_id, one.devices)).collect::<Vec<_>>(), next)
            };
            let (first, next) = names("", "").await;
            assert_eq!(first, [named("50%_a", 1)], "the newest first");
            assert_eq!(names("", &next.expect("a second page")).await, (vec![named("bob", 0)], None));
            assert_eq!(names("50%_A", "").await.0, [named("50%_a", 1)], "signs stand for themselves, in any case");
            assert!(names("%", "").await.0.is_empty() && names("bo", "").await.0.is_empty(), "by the whole user id");

            let somebody = page(people, "50%_a", "", 9).await.expect("reads").0.remove(0);
            let listed = devices(store, somebody.person).await.expect("reads");
            assert_eq!(
                (listed.len(), listed[0].id, listed[0].revoked_at, listed[0].is_anothers),
                (1, device, None, false)
            );
            revoke(store, &device.to_string(), &By::COMMAND).await.expect("revoked");
            assert_eq!(revoke(store, &device.to_string(), &By::COMMAND).await.expect_err("again").status, 404);
            assert_eq!(accounts::device_keys(store, device).await.expect("reads"), None);
            assert!(accounts::enrolled(store).await.expect("reads").is_empty());
            assert_eq!(names("50%_a", "").await.0, [named("50%_a", 0)]);
            assert!(devices(store, somebody.person).await.expect("reads")[0].revoked_at.is_some());

            assert_eq!(enrol("bob", 2).await, EnrolOutcome::Accepted, "with another code");
            let keys = accounts::DeviceKeys { key: key.public(), former: Vec::new(), collector: Some([0; 32]) };
            assert_eq!(accounts::device_keys(store, device).await.expect("reads"), Some(keys));
            assert!(devices(store, somebody.person).await.expect("reads")[0].is_anothers);
            assert_eq!(
                (names("50%_a", "").await.0, names("bob", "").await.0),
                (vec![named("50%_a", 0)], vec![named("bob", 1)])
            );
            assert_eq!(code(people, "bob", 0, &By::COMMAND).await.err().map(|problem| problem.status), Some(400));
        }
    }
}
