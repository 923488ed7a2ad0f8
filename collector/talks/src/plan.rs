//! Safety plans: what somebody wrote down for when they are in danger. Nobody else sees one; it is theirs whether they agreed to talks or not,
//! as they write it themselves and nothing reads it.

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::Store;
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use crate::error::TalksError;
use crate::sealed::{Plan, Sealed as _};
use crate::state::Talks;
use crate::written::{LONGEST_PART, may_be_empty};

/// That of a person, and when they wrote it, Unix milliseconds; none where there is none, or it does not open.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn of(store: &Store, key: &SealKey, person: PersonId) -> Result<Option<(Plan, i64)>, GroundError> {
    let row: Option<(i64, Vec<u8>)> = sqlx::query_as("SELECT at, sealed FROM safety_plans WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_optional(store.pool())
        .await?;
    Ok(row.and_then(|(at, sealed)| Some((Plan::open(key, person, &[], &sealed)?, at))))
}

/// In which country somebody is, as they wrote it, or as it is set for the organisation; none where neither says.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn country(state: &Talks, key: &SealKey, person: PersonId) -> Result<Option<String>, GroundError> {
    let own = of(state.store(), key, person).await?.and_then(|(plan, _)| plan.country);
    Ok(own.or_else(|| Some(state.settings().country.clone()).filter(|country| !country.is_empty())))
}

/// A country, as two letters; none where nothing stands there.
///
/// # Errors
/// 400 for what is none.
fn read_country(text: &str) -> Result<Option<String>, Problem> {
    let text = text.trim().to_ascii_uppercase();
    let is_one = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    match text.is_empty() {
        true => Ok(None),
        false if is_one => Ok(Some(text)),
        false => Err(Problem::bad_request("country", "a country is two letters, as in DE or GB")),
    }
}

/// Writes one down, in place of the one of before.
///
/// # Errors
/// 400 for what is too long, 410 for who was erased.
pub(crate) async fn write(state: &Talks, person: PersonId, given: &Plan) -> Result<(), Problem> {
    let part = |field: &str, text: &str| may_be_empty(field, text, LONGEST_PART);
    let plan = Plan {
        signs: part("signs", &given.signs)?,
        helps: part("helps", &given.helps)?,
        people: part("people", &given.people)?,
        professionals: part("professionals", &given.professionals)?,
        safer: part("safer", &given.safer)?,
        country: read_country(given.country.as_deref().unwrap_or_default())?,
    };
    let done = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? {
            return Ok(Err(Problem::erased()));
        }
        let Some(key) = state.key_of(person).await? else { return Ok(Err(Problem::erased())) };
        let now = transaction.database_time().await?;
        sqlx::query(
            "INSERT INTO safety_plans (person, at, sealed) VALUES ($1, $2, $3) \
             ON CONFLICT (person) DO UPDATE SET at = excluded.at, sealed = excluded.sealed",
        )
        .bind(person.0.to_vec())
        .bind(now)
        .bind(plan.seal(&key, person, &[])?)
        .execute(&mut **transaction)
        .await?;
        transaction.commit().await?;
        Ok::<_, TalksError>(Ok(()))
    });
    done.await?
}

/// Throws it away.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn remove(state: &Talks, person: PersonId) -> Result<(), TalksError> {
    let removed = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        sqlx::query("DELETE FROM safety_plans WHERE person = $1")
            .bind(person.0.to_vec())
            .execute(&mut **transaction)
            .await?;
        Ok::<_, TalksError>(transaction.commit().await?)
    });
    removed.await?;
    state.store().purge_soon();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_two_letters_or_nothing() {
        assert_eq!(read_country(" de ").expect("reads").as_deref(), Some("DE"));
        assert_eq!(read_country("").expect("reads"), None);
        for wrong in ["d", "deu", "\u{c4}", "1a", "d e"] {
            assert_eq!(read_country(wrong).expect_err("it is none").field.as_deref(), Some("country"), "{wrong}");
        }
    }
}
