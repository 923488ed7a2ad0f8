use attune_ground::GroundError;
use attune_ground::store::bytes16;
use attune_people::accounts;
use attune_protocol::ids::PersonId;

use super::{LONGEST_TEXT, ref_tag};
use crate::channels::Channel;
use crate::consent;
use crate::error::MessagesError;
use crate::rows;
use crate::sealed::{Content, MessageId};
use crate::state::Messages;

/// The message that has come under a name of a channel.
async fn named(
    state: &Messages,
    channel: &Channel,
    external_ref: &str,
) -> Result<Option<(PersonId, MessageId)>, MessagesError> {
    let row: Option<(Vec<u8>, Vec<u8>)> =
        sqlx::query_as("SELECT person, message FROM message_refs WHERE channel = $1 AND ref_tag = $2")
            .bind(channel.id.to_vec())
            .bind(ref_tag(state, external_ref).to_vec())
            .fetch_optional(state.store().pool())
            .await?;
    row.map(|(person, message)| Ok((PersonId(bytes16(&person)?), bytes16(&message)?))).transpose()
}

/// Removes a message that was deleted where it was written, with all that was read of it; gives whether it was here.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn withdraw(state: &Messages, channel: &Channel, external_ref: &str) -> Result<bool, MessagesError> {
    let Some((person, id)) = named(state, channel, external_ref).await? else { return Ok(false) };
    let mut transaction = state.store().begin().await?;
    accounts::lock(&mut transaction, person).await?;
    let removed = rows::remove_one(&mut transaction, person, &id).await?;
    for hour in rows::hours(removed.as_slice()) {
        attune_wellbeing::forget(&mut transaction, person, hour).await?;
    }
    transaction.commit().await?;
    state.store().purge_soon();
    Ok(removed.is_some())
}

/// Puts another text in the place of a message's that was changed where it was written; it is read anew. Gives whether it was here.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn replace(
    state: &Messages,
    channel: &Channel,
    external_ref: &str,
    text: String,
) -> Result<bool, MessagesError> {
    if text.trim().is_empty() || text.len() > LONGEST_TEXT {
        return withdraw(state, channel, external_ref).await;
    }
    let Some((person, id)) = named(state, channel, external_ref).await? else { return Ok(false) };
    let mut transaction = state.store().begin().await?;
    let is_known = accounts::lock(&mut transaction, person).await?;
    let key = match state.people().keys().of(person).await {
        Ok(key) if is_known => key,
        Ok(_) | Err(GroundError::Erased) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if consent::newest(&mut transaction, person, &key).await?.is_none_or(|consent| !consent.analyse) {
        return Ok(false);
    }
    let (due, size) = (transaction.database_time().await?, i64::try_from(text.len()).unwrap_or(i64::MAX));
    let content = Content { text, reply_to: None };
    let changed: Option<(i64,)> = sqlx::query_as(
        "UPDATE messages SET text_sealed = $3, size = $4, due_at = $5, state = 0, attempts = 0, fence = fence + 1, holder = NULL, \
         lease_until = NULL, reason = NULL, scores_sealed = NULL WHERE person = $1 AND id = $2 RETURNING said_at",
    )
    .bind(person.0.to_vec())
    .bind(id.to_vec())
    .bind(content.seal(&key, person, &id)?)
    .bind(size)
    .bind(due)
    .fetch_optional(&mut **transaction)
    .await?;
    if let Some((said_at,)) = changed {
        attune_wellbeing::touch(&mut transaction, &[(person, said_at..said_at + 1)]).await?;
    }
    transaction.commit().await?;
    state.came().notify_one();
    Ok(changed.is_some())
}
