//! What is remembered from talk to talk of who allowed that: read, corrected and erased by its person.

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::Write;
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use sqlx::AnyConnection;

use crate::companion::{self, Proposal};
use crate::consent;
use crate::error::TalksError;
use crate::sealed::{Remembered, Sealed as _};
use crate::state::Talks;
use crate::written::{LONGEST_MEMORY, written};

/// How much is remembered of somebody: of more the oldest goes that they did not write themselves.
const MOST: usize = 100;

/// Something that is remembered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Memory {
    pub(crate) number: i64,
    /// Since when, Unix milliseconds.
    pub(crate) at: i64,
    /// None where it does not open.
    pub(crate) what: Option<Remembered>,
}

/// All that is remembered of a person, the oldest first, also behind their lock.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn all(
    connection: &mut AnyConnection,
    key: &SealKey,
    person: PersonId,
) -> Result<Vec<Memory>, GroundError> {
    let rows: Vec<(i64, i64, Vec<u8>)> =
        sqlx::query_as("SELECT number, at, sealed FROM talk_memory WHERE person = $1 ORDER BY number")
            .bind(person.0.to_vec())
            .fetch_all(connection)
            .await?;
    let open = |(number, at, sealed): (i64, i64, Vec<u8>)| Memory {
        number,
        at,
        what: Remembered::open(key, person, &[number], &sealed),
    };
    Ok(rows.into_iter().map(open).collect())
}

/// The texts of it.
pub(crate) fn texts(all: &[Memory]) -> Vec<String> {
    all.iter().filter_map(|memory| Some(memory.what.as_ref()?.text.clone())).collect()
}

/// Remembers what is not yet, in the transaction in which it was said, behind the lock of its person.
pub(crate) async fn add(
    transaction: &mut Write,
    key: &SealKey,
    person: PersonId,
    proposed: &[Proposal],
    now: i64,
) -> Result<(), GroundError> {
    let mut all = all(transaction, key, person).await?;
    for proposal in proposed {
        let what = companion::remembered(proposal);
        let is_there = |one: &Memory| one.what.as_ref().is_some_and(|of| of.text == what.text);
        if what.text.trim().is_empty() || all.iter().any(is_there) {
            continue;
        }
        while all.len() >= MOST {
            let is_ours = |one: &Memory| one.what.as_ref().is_none_or(|what| !what.by_person);
            let Some(oldest) = all.iter().position(is_ours) else { return Ok(()) };
            remove_one(transaction, person, all.remove(oldest).number).await?;
        }
        let number = all.last().map_or(0, |last| last.number.saturating_add(1));
        sqlx::query("INSERT INTO talk_memory (person, number, at, sealed) VALUES ($1, $2, $3, $4)")
            .bind(person.0.to_vec())
            .bind(number)
            .bind(now)
            .bind(what.seal(key, person, &[number])?)
            .execute(&mut ***transaction)
            .await?;
        all.push(Memory { number, at: now, what: Some(what) });
    }
    Ok(())
}

async fn remove_one(transaction: &mut Write, person: PersonId, number: i64) -> Result<bool, GroundError> {
    let removed = sqlx::query("DELETE FROM talk_memory WHERE person = $1 AND number = $2")
        .bind(person.0.to_vec())
        .bind(number)
        .execute(&mut ***transaction)
        .await?;
    Ok(removed.rows_affected() == 1)
}

/// Corrects what is remembered, by its person.
///
/// # Errors
/// 400 for what does not read, 404 where there is nothing of that number, 403 where its person allows no memory any more, 410 for who was
/// erased.
pub(crate) async fn correct(state: &Talks, person: PersonId, number: i64, text: &str) -> Result<(), Problem> {
    let text = written("text", text, LONGEST_MEMORY)?;
    let done = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? {
            return Ok(Err(Problem::erased()));
        }
        let Some(key) = state.key_of(person).await? else { return Ok(Err(Problem::erased())) };
        if !consent::newest(&mut transaction, person, &key).await?.is_some_and(|consent| consent.memory) {
            return Ok(Err(Problem::forbidden("nothing is remembered of you: you did not allow it")));
        }
        let all = all(&mut transaction, &key, person).await?;
        let Some(of) = all.into_iter().find(|one| one.number == number) else { return Ok(Err(none())) };
        // What does not open any more is written anew as a sentence of theirs.
        let (kind, problem) = of.what.map(|what| (what.kind, what.problem)).unwrap_or_default();
        let what = Remembered { kind, problem, text: text.clone(), by_person: true };
        sqlx::query("UPDATE talk_memory SET sealed = $3 WHERE person = $1 AND number = $2")
            .bind(person.0.to_vec())
            .bind(number)
            .bind(what.seal(&key, person, &[number])?)
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await?;
        Ok::<_, TalksError>(Ok(()))
    });
    done.await?
}

/// Forgets something, or with no number all of it.
///
/// # Errors
/// 404 where there is nothing of that number.
pub(crate) async fn forget(state: &Talks, person: PersonId, number: Option<i64>) -> Result<(), Problem> {
    let done = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? {
            return Ok(Err(Problem::erased()));
        }
        match number {
            Some(number) => {
                if !remove_one(&mut transaction, person, number).await? {
                    return Ok(Err(none()));
                }
            }
            None => {
                sqlx::query("DELETE FROM talk_memory WHERE person = $1")
                    .bind(person.0.to_vec())
                    .execute(&mut **transaction)
                    .await?;
            }
        }
        transaction.commit().await?;
        Ok::<_, TalksError>(Ok(()))
    });
    done.await??;
    state.store().purge_soon();
    Ok(())
}

fn none() -> Problem {
    Problem::not_found("nothing of this number is remembered of you")
}
