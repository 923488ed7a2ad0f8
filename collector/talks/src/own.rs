//! Talks of whoever asks: found among theirs, and changed by them.

use std::sync::Arc;

use attune_ground::http::Problem;
use attune_people::accounts;
use attune_people::me::Own;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use crate::error::TalksError;
use crate::rows::{self, Opened, Talk};
use crate::sealed::{Consent, Status, TalkId};
use crate::state::Talks;
use crate::written::{LONGEST_TITLE, written};

/// All talks of whoever asks, the newest first.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn all(state: &Talks, own: &Own) -> Result<Vec<Talk>, TalksError> {
    let mut all = Vec::new();
    for person in &own.people {
        if let Some(key) = state.key_of(*person).await? {
            all.extend(rows::of_person(state.store(), &key, *person).await?);
        }
    }
    all.sort_by_key(|talk| std::cmp::Reverse(talk.last_at));
    Ok(all)
}

/// A talk of whoever asks, with its turns and the key that opens it.
pub(crate) struct Found {
    pub(crate) key: Arc<SealKey>,
    pub(crate) talk: Talk,
    pub(crate) turns: Vec<Opened>,
}

/// Finds one.
///
/// # Errors
/// 404 where none of theirs has this number.
pub(crate) async fn find(state: &Talks, own: &Own, id: TalkId) -> Result<Found, Problem> {
    let none = || Problem::not_found("there is no such talk");
    let found = async {
        let Some(person) = rows::whose(state.store(), &own.people, id).await? else { return Ok(None) };
        let Some(key) = state.key_of(person).await? else { return Ok(None) };
        let talk = rows::of_person(state.store(), &key, person).await?.into_iter().find(|talk| talk.id == id);
        let Some(talk) = talk else { return Ok(None) };
        let turns = rows::turns(state.store(), &key, (person, id)).await?;
        Ok::<_, TalksError>(Some(Found { key, talk, turns }))
    };
    found.await?.ok_or_else(none)
}

/// What somebody changes of a talk.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Change {
    pub(crate) title: Option<String>,
    /// Active, archived or ended.
    pub(crate) status: Option<Status>,
}

/// Changes one.
///
/// # Errors
/// 400 for a title that does not read, 404 where there is no such talk, 410 for who was erased.
pub(crate) async fn change(state: &Talks, (person, id): (PersonId, TalkId), change: &Change) -> Result<(), Problem> {
    let title = change.title.as_deref().map(|title| written("title", title, LONGEST_TITLE)).transpose()?;
    let done = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? {
            return Ok(Err(Problem::erased()));
        }
        let Some(key) = state.key_of(person).await? else { return Ok(Err(Problem::erased())) };
        let found = rows::one(&mut transaction, &key, (person, id)).await?.and_then(|talk| talk.head);
        let Some(mut head) = found else { return Ok(Err(Problem::not_found("there is no such talk"))) };
        if let Some(title) = &title {
            head.title.clone_from(title);
        }
        if let Some(status) = change.status {
            head.status = status;
        }
        rows::put_head(&mut transaction, &key, (person, id), &head).await?;
        transaction.commit().await?;
        Ok::<_, TalksError>(Ok(()))
    });
    done.await?
}

/// Deletes one with all that is of it: what HR sees of its report, too.
///
/// # Errors
/// 404 where there is no such talk.
pub(crate) async fn delete(state: &Talks, (person, id): (PersonId, TalkId)) -> Result<(), Problem> {
    let done = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? || !rows::remove(&mut transaction, (person, id)).await? {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok::<_, TalksError>(true)
    });
    if !done.await? {
        return Err(Problem::not_found("there is no such talk"));
    }
    state.store().purge_soon();
    Ok(())
}

/// What whoever asks agrees to now.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn consent(state: &Talks, own: &Own) -> Result<Option<Consent>, TalksError> {
    let Some(key) = state.key_of(own.person).await? else { return Ok(None) };
    Ok(crate::consent::now(state.store(), own.person, &key).await?)
}

/// The answer of a talk that a model is asked for, and how: made, or cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pending {
    /// It waits, or is being made.
    Made(i64),
    /// Whoever made it is gone.
    Cut(i64),
}

/// Whether the last turn of a talk waits for its answer.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn pending(state: &Talks, talk: &Talk) -> Result<Option<Pending>, TalksError> {
    let row: Option<(i64, i64)> = sqlx::query_as(
        "SELECT number, state FROM talk_answers WHERE person = $1 AND talk = $2 AND number = $3 AND (state < 2 OR state = 4)",
    )
    .bind(talk.person.0.to_vec())
    .bind(talk.id)
    .bind(talk.turns + 1)
    .fetch_optional(state.store().pool())
    .await?;
    Ok(row.map(|(number, state)| if state == 4 { Pending::Cut(number) } else { Pending::Made(number) }))
}
