//! What people agreed to of talks, by the person who is signed in: to have them read and kept at all, and by itself each, to have something
//! remembered from talk to talk, to have a language model asked, and to have whom they chose told of danger. What was kept under what they
//! withdraw goes in the same moment.

use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::access::{self, Act, By, Of};
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use sqlx::AnyConnection;

use crate::error::TalksError;
use crate::sealed::{Consent, Sealed as _};
use crate::state::Talks;

/// Turns that go in one transaction.
const SLICE: i64 = 500;

/// What people are shown before they agree, by version: never changed, another is a version behind it. Of talks, of memory, of language
/// models, of telling whom they chose.
const TEXTS: [[&str; 4]; 1] = [[
    "What you write here is answered by a program, and by no human being. It is read by a network on this machine, which looks for how it \
     sounds and for signs of danger, and kept encrypted under a key of your own, so that you can go on with a talk and read it again. \
     Nobody else reads it: no manager, no HR, no administrator. A report of a talk is written for you alone, and goes to HR only as far as \
     you release it. Where you seem to be in danger, you are shown where help is. You can withdraw this at any time: all your talks are \
     then deleted.",
    "From talk to talk a few sentences are remembered, such as what weighs on you. You can read, correct and erase each of them.",
    "Your organisation has a language model answer, which may run at another company. What you write in a talk goes there, without names \
     and other personal details as far as they are found. Each time that text leaves is on record, for you to see. Where there is a sign of \
     danger, no model is asked.",
    "Where there is a sign of danger in what you write here, those whom you chose for that among who supports you are told to get in touch \
     with you. They are told nothing else: neither what you wrote, nor that it was here.",
]];

/// The version of the texts that are shown now.
pub(crate) const VERSION: u16 = TEXTS.len() as u16;

/// The texts of a version, those of now where there is none of it.
pub(crate) fn texts(version: u16) -> &'static [&'static str; 4] {
    let place = usize::from(version).checked_sub(1);
    place.and_then(|place| TEXTS.get(place)).unwrap_or(&TEXTS[TEXTS.len() - 1])
}

type Row = (i64, Vec<u8>);

const ALL: &str = "SELECT number, sealed FROM talk_consents WHERE person = $1 ORDER BY number";
const NEWEST: &str = "SELECT number, sealed FROM talk_consents WHERE person = $1 ORDER BY number DESC LIMIT 1";

/// What a person agrees to now, also behind their lock. Of who never said anything, and of what does not open, nothing.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn newest(
    connection: &mut AnyConnection,
    person: PersonId,
    key: &SealKey,
) -> Result<Option<Consent>, GroundError> {
    let row: Option<Row> = sqlx::query_as(NEWEST).bind(person.0.to_vec()).fetch_optional(connection).await?;
    Ok(row.and_then(|(number, sealed)| Consent::open(key, person, &[number], &sealed)))
}

/// The same, for who only looks.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn now(store: &Store, person: PersonId, key: &SealKey) -> Result<Option<Consent>, GroundError> {
    let mut connection = store.pool().acquire().await?;
    newest(&mut connection, person, key).await
}

/// All that a person said, oldest first. What does not open is left out.
///
/// # Errors
/// When the database refuses, or the person's key does not open.
pub(crate) async fn all(store: &Store, keys: &PersonKeys, person: PersonId) -> Result<Vec<Consent>, GroundError> {
    let key = keys.of(person).await?;
    let rows: Vec<Row> = sqlx::query_as(ALL).bind(person.0.to_vec()).fetch_all(store.pool()).await?;
    Ok(rows.into_iter().filter_map(|(number, sealed)| Consent::open(&key, person, &[number], &sealed)).collect())
}

/// What a person chooses.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Choice {
    pub(crate) talk: bool,
    pub(crate) memory: bool,
    pub(crate) model: bool,
    pub(crate) tell: bool,
    /// Which texts they were shown.
    pub(crate) text_version: u16,
}

/// Notes what a person chooses, and destroys at once what is not agreed to any more.
///
/// # Errors
/// 409 where other texts were shown than those of now, 403 where nobody talks here, 410 for who was erased.
pub(crate) async fn choose(state: &Talks, person: PersonId, by: Option<&By>, choice: Choice) -> Result<(), Problem> {
    let Choice { talk, memory, model, tell, text_version } = choice;
    // Who withdraws is never refused, whatever else they say.
    if talk {
        state.check_kept()?;
        if text_version != VERSION {
            let detail = "what you would agree to has changed since you were shown it; read it again";
            return Err(Problem::conflict("text_version", detail));
        }
    }
    let consent = Consent {
        talk,
        memory: talk && memory,
        model: talk && model,
        tell: talk && tell,
        text_version,
        at: now_millis(),
    };
    if talk {
        // A withdrawal that was cut short is ended first: what was said before it would else stand again.
        while state.store().again(|| forget_some(state, person)).await? {}
    }
    let is_known = state.store().again(|| note(state, person, by, consent)).await?;
    // What is being made was put together under what was agreed to before.
    state.lives().stop_all(person);
    if !is_known {
        return Err(Problem::erased());
    }
    if !talk {
        // A few at a time, so that nobody who writes waits for long.
        while state.store().again(|| forget_some(state, person)).await? {}
    }
    state.store().purge_soon();
    Ok(())
}

/// Writes it down, destroys what it does not cover, and gives whether there is such a person.
async fn note(state: &Talks, person: PersonId, by: Option<&By>, consent: Consent) -> Result<bool, TalksError> {
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(false);
    }
    let Some(key) = state.key_of(person).await? else { return Ok(false) };
    let (number,): (i64,) =
        sqlx::query_as("SELECT CAST(COALESCE(MAX(number) + 1, 0) AS BIGINT) FROM talk_consents WHERE person = $1")
            .bind(person.0.to_vec())
            .fetch_one(&mut **transaction)
            .await?;
    sqlx::query("INSERT INTO talk_consents (person, number, sealed) VALUES ($1, $2, $3)")
        .bind(person.0.to_vec())
        .bind(number)
        .bind(consent.seal(&key, person, &[number])?)
        .execute(&mut **transaction)
        .await?;
    if !consent.model {
        // What is being made says nothing more, and what was said of it goes.
        sqlx::query(
            "UPDATE talk_answers SET state = 3, fence = fence + 1, sealed = NULL WHERE person = $1 AND state < 2",
        )
        .bind(person.0.to_vec())
        .execute(&mut **transaction)
        .await?;
    }
    if !consent.memory {
        sqlx::query("DELETE FROM talk_memory WHERE person = $1")
            .bind(person.0.to_vec())
            .execute(&mut **transaction)
            .await?;
    }
    if !consent.talk {
        // From now on HR sees nothing of it.
        sqlx::query("DELETE FROM talk_reports WHERE person = $1")
            .bind(person.0.to_vec())
            .execute(&mut **transaction)
            .await?;
    }
    if let Some(by) = by {
        let act = if consent.talk { Act::AgreeToTalks } else { Act::WithdrawTalks };
        access::note(&mut transaction, by, act.name(), Of::Person(person), &[]).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Deletes turns of who agrees to nothing any more, and their talks with the last; gives whether there may be more. Who has agreed again
/// meanwhile keeps what is left, and so does of whom nothing is known, as behind a restore.
async fn forget_some(state: &Talks, person: PersonId) -> Result<bool, TalksError> {
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(false);
    }
    let Some(key) = state.key_of(person).await? else { return Ok(false) };
    if newest(&mut transaction, person, &key).await?.is_none_or(|consent| consent.talk) {
        return Ok(false);
    }
    let removed = sqlx::query(
        "DELETE FROM talk_turns WHERE person = $1 AND (talk, number) IN \
         (SELECT talk, number FROM talk_turns WHERE person = $1 LIMIT $2)",
    )
    .bind(person.0.to_vec())
    .bind(SLICE)
    .execute(&mut **transaction)
    .await?
    .rows_affected();
    let has_more = removed == SLICE.unsigned_abs();
    if !has_more {
        forget_rest(&mut transaction, person).await?;
    }
    transaction.commit().await?;
    Ok(has_more)
}

/// What is left of talks whose turns are gone.
async fn forget_rest(transaction: &mut Write, person: PersonId) -> Result<(), GroundError> {
    for statement in [
        "DELETE FROM talk_reports WHERE person = $1",
        "DELETE FROM talk_answers WHERE person = $1",
        "DELETE FROM talks WHERE person = $1",
    ] {
        sqlx::query(statement).bind(person.0.to_vec()).execute(&mut ***transaction).await?;
    }
    Ok(())
}

/// Goes on with withdrawals that were cut short: who has withdrawn has no talks.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn finish(state: &Talks) -> Result<(), TalksError> {
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT DISTINCT person FROM talks ORDER BY person").fetch_all(state.store().pool()).await?;
    for person in rows.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)) {
        let Some(key) = state.key_of(person).await? else { continue };
        // Without their lock, which nearly nobody's is needed for.
        if now(state.store(), person, &key).await?.is_some_and(|consent| !consent.talk) {
            while state.store().again(|| forget_some(state, person)).await? {}
            state.store().purge_soon();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_people_were_shown_are_those_of_their_version() {
        assert_eq!(texts(1), &TEXTS[0]);
        assert_eq!((texts(0), texts(VERSION + 1)), (texts(VERSION), texts(VERSION)));
    }
}
