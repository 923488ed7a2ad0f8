use attune_ground::keys::PersonKeys;
use attune_ground::store::Write;
use attune_protocol::ids::PersonId;

use crate::{PeopleError, accounts};

/// Tables of this subject in which a row is of one person alone.
const OF_PEOPLE: [(&str, &str); 7] = [
    ("team_members", "DELETE FROM team_members WHERE person = $1"),
    ("enrolment_codes", "DELETE FROM enrolment_codes WHERE person = $1"),
    ("preferences", "DELETE FROM preferences WHERE person = $1"),
    ("preferences_followed", "DELETE FROM preferences_followed WHERE person = $1"),
    ("corrections", "DELETE FROM corrections WHERE person = $1"),
    ("device_heartbeats", "DELETE FROM device_heartbeats WHERE person = $1"),
    ("device_names", "DELETE FROM device_names WHERE person = $1"),
];

/// Destroys the key of a person, and erases what is small of them. Gives how many rows of which tables that were.
pub(super) async fn all_that_is_small(
    transaction: &mut Write,
    person: PersonId,
) -> Result<Vec<(&'static str, u64)>, PeopleError> {
    let mut counts = Vec::new();
    for (table, statement) in OF_PEOPLE {
        let removed = sqlx::query(statement).bind(person.0.to_vec()).execute(&mut ***transaction).await?;
        counts.push((table, removed.rows_affected()));
    }
    // Who has a device stays as a number that leads to nobody: what the device sends is answered as erased.
    let forgotten = accounts::forget_user(transaction, person).await?;
    PersonKeys::destroy(transaction, person);
    counts.extend([("accounts", forgotten), ("person_keys", forgotten)]);
    Ok(counts)
}
