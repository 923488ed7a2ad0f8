//! What left for language models: that it is about to is on record before it does, behind the lock of whose words it is, and only as long as
//! they agree to it.

use attune_ground::GroundError;
use attune_ground::store::Store;
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use crate::consent;
use crate::error::TalksError;
use crate::live::At;
use crate::sealed::{Consent, Left, Sealed as _};
use crate::state::Talks;

/// That text left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Egress {
    /// When, Unix milliseconds.
    pub(crate) at: i64,
    pub(crate) bytes: i64,
    /// To where; none where that does not open.
    pub(crate) endpoint: Option<String>,
}

/// For which answer text leaves, and under what its person had agreed to when it was put together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaving {
    pub(crate) at: At,
    pub(crate) fence: i64,
    /// When they agreed to that, Unix milliseconds; none where they did not.
    pub(crate) agreed_at: Option<i64>,
}

/// Puts on record that text is about to leave; gives whether it may: of who has changed nothing of what they agreed to since it was put
/// together, and for an answer that is still being made by whoever asks, which one that was stopped or deleted anywhere is not.
///
/// # Errors
/// When the database refuses; then it may not.
pub(crate) async fn leave(state: &Talks, of: Leaving, endpoint: &str, bytes: u64) -> Result<bool, TalksError> {
    let (person, talk, answer) = of.at;
    let left = Left { endpoint: endpoint.chars().take(100).collect() };
    let put = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? || state.model().is_none() {
            return Ok(false);
        }
        let Some(key) = state.key_of(person).await? else { return Ok(false) };
        let agrees = |consent: Consent| consent.model && Some(consent.at) == of.agreed_at;
        if !consent::newest(&mut transaction, person, &key).await?.is_some_and(agrees) {
            return Ok(false);
        }
        let (made,): (i64,) = sqlx::query_as(
            "SELECT COUNT(*) FROM talk_answers WHERE person = $1 AND talk = $2 AND number = $3 AND state = 1 AND fence = $4",
        )
        .bind(person.0.to_vec())
        .bind(talk)
        .bind(answer)
        .bind(of.fence)
        .fetch_one(&mut **transaction)
        .await?;
        if made == 0 {
            return Ok(false);
        }
        let now = transaction.database_time().await?;
        let (number,): (i64,) =
            sqlx::query_as("SELECT CAST(COALESCE(MAX(number) + 1, 0) AS BIGINT) FROM talk_egress WHERE person = $1")
                .bind(person.0.to_vec())
                .fetch_one(&mut **transaction)
                .await?;
        sqlx::query("INSERT INTO talk_egress (person, number, at, bytes, sealed) VALUES ($1, $2, $3, $4, $5)")
            .bind(person.0.to_vec())
            .bind(number)
            .bind(now)
            .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
            .bind(left.seal(&key, person, &[number])?)
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await?;
        Ok::<_, TalksError>(true)
    });
    put.await
}

/// What left of a person, the newest first.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn newest(
    store: &Store,
    key: &SealKey,
    person: PersonId,
    most: i64,
) -> Result<Vec<Egress>, GroundError> {
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT number, at, bytes, sealed FROM talk_egress WHERE person = $1 ORDER BY number DESC LIMIT $2",
    )
    .bind(person.0.to_vec())
    .bind(most)
    .fetch_all(store.pool())
    .await?;
    let open = |(number, at, bytes, sealed): (i64, i64, i64, Vec<u8>)| Egress {
        at,
        bytes,
        endpoint: Left::open(key, person, &[number], &sealed).map(|left| left.endpoint),
    };
    Ok(rows.into_iter().map(open).collect())
}
