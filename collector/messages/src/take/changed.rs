use attune_ground::GroundError;
use attune_ground::store::{Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use super::{LONGEST_TEXT, ref_tag};
use crate::channels::{self, Channel};
use crate::consent;
use crate::error::MessagesError;
use crate::incoming::Incoming;
use crate::rows;
use crate::sealed::{Content, MessageId};
use crate::state::Messages;

/// The message that has come under a name of a channel.
struct Named {
    person: PersonId,
    id: MessageId,
    /// When its words were put there, Unix milliseconds, where they were changed.
    changed_at: Option<i64>,
}

async fn named(transaction: &mut Write, channel: &Channel, tag: [u8; 16]) -> Result<Option<Named>, MessagesError> {
    let row: Option<(Vec<u8>, Vec<u8>, Option<i64>)> =
        sqlx::query_as("SELECT person, message, changed_at FROM message_refs WHERE channel = $1 AND ref_tag = $2")
            .bind(channel.id.to_vec())
            .bind(tag.to_vec())
            .fetch_optional(&mut ***transaction)
            .await?;
    row.map(|(person, id, changed_at)| Ok(Named { person: PersonId(bytes16(&person)?), id: bytes16(&id)?, changed_at }))
        .transpose()
}

/// Removes a message that was deleted where it was written, with all that was read of it; gives whether it was here. It is remembered that
/// it was deleted: what comes under its name behind that, because it was overtaken, sent again or imported, is not taken in.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn withdraw(state: &Messages, channel: &Channel, external_ref: &str) -> Result<bool, MessagesError> {
    state.store().again(|| remove(state, channel, external_ref, Gone::ForGood)).await
}

/// Removes a message that has no words any more where it was written, since an instant, Unix milliseconds, where that is known; gives whether
/// it was here. Words that it got later stay. Those that it had before are not taken in when they come behind this, and words of a later
/// change are.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn empty(
    state: &Messages,
    channel: &Channel,
    external_ref: &str,
    emptied_at: Option<i64>,
) -> Result<bool, MessagesError> {
    state.store().again(|| remove(state, channel, external_ref, Gone::Emptied(emptied_at))).await
}

/// How a message went where it was written.
#[derive(Clone, Copy)]
enum Gone {
    /// It was deleted.
    ForGood,
    /// It was left without words, since then.
    Emptied(Option<i64>),
}

/// A deletion is later than whatever else is remembered of a name; of two times without words the later one counts.
const MARK: &str = "INSERT INTO deleted_refs (channel, ref_tag, deleted_at, emptied_at) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (channel, ref_tag) DO UPDATE SET deleted_at = excluded.deleted_at, emptied_at = excluded.emptied_at \
     WHERE deleted_refs.emptied_at IS NOT NULL AND (excluded.emptied_at IS NULL OR deleted_refs.emptied_at < excluded.emptied_at)";

async fn remove(state: &Messages, channel: &Channel, external_ref: &str, gone: Gone) -> Result<bool, MessagesError> {
    let tag = ref_tag(state, external_ref);
    let mut transaction = state.store().begin().await?;
    // Whoever is about to store or change it was before, and is found, or comes behind, and finds the mark.
    channels::hold(&mut transaction, channel.id).await?;
    let named = named(&mut transaction, channel, tag).await?;
    let (is_marked, emptied_at) = match gone {
        Gone::ForGood => (true, None),
        Gone::Emptied(at) => (at.is_some(), at),
    };
    let changed_at = named.as_ref().and_then(|named| named.changed_at);
    if changed_at.zip(emptied_at).is_some_and(|(changed_at, emptied_at)| changed_at > emptied_at) {
        return Ok(true);
    }
    if is_marked {
        sqlx::query(MARK)
            .bind(channel.id.to_vec())
            .bind(tag.to_vec())
            .bind(now_millis())
            .bind(emptied_at)
            .execute(&mut **transaction)
            .await?;
    }
    let mut removed = None;
    if let Some(Named { person, id, .. }) = named {
        accounts::lock(&mut transaction, person).await?;
        removed = rows::remove_one(&mut transaction, person, &id).await?;
        for hour in rows::hours(removed.as_slice()) {
            attune_wellbeing::forget(&mut transaction, person, hour).await?;
        }
    }
    transaction.commit().await?;
    if removed.is_some() {
        state.store().purge_soon();
    }
    Ok(removed.is_some())
}

/// Puts other words in the place of a message's that was changed where it was written, Unix milliseconds where that is known; they are read
/// anew. A change that was overtaken by a later one is none. Gives whether the message was here.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn replace(
    state: &Messages,
    channel: &Channel,
    message: &Incoming,
    changed_at: Option<i64>,
) -> Result<bool, MessagesError> {
    let name = message.external_ref.as_deref().unwrap_or_default();
    if message.text.trim().is_empty() || message.text.len() > LONGEST_TEXT {
        return empty(state, channel, name, changed_at).await;
    }
    let replaced = state.store().again(|| put(state, channel, (message, name), changed_at)).await?;
    state.came().notify_one();
    Ok(replaced)
}

async fn put(
    state: &Messages,
    channel: &Channel,
    (message, name): (&Incoming, &str),
    changed_at: Option<i64>,
) -> Result<bool, MessagesError> {
    let tag = ref_tag(state, name);
    let mut transaction = state.store().begin().await?;
    if channels::taken_from(state.store(), &mut transaction, [channel.id].into()).await?.is_empty() {
        return Ok(false);
    }
    let Some(Named { person, id, .. }) = named(&mut transaction, channel, tag).await? else { return Ok(false) };
    let is_known = accounts::lock(&mut transaction, person).await?;
    let key = match state.people().keys().of(person).await {
        Ok(key) if is_known => key,
        Ok(_) | Err(GroundError::Erased) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if consent::newest(&mut transaction, person, &key).await?.is_none_or(|consent| !consent.analyse) {
        return Ok(false);
    }
    if !is_newest(&mut transaction, channel, tag, changed_at).await? {
        return Ok(true);
    }
    let reply_to = match &message.reply_to {
        Some(name) => Some(ref_tag(state, name)),
        None => answered(&mut transaction, person, &id, &key).await?,
    };
    let (due, size) = (transaction.database_time().await?, i64::try_from(message.text.len()).unwrap_or(i64::MAX));
    let content = Content { text: message.text.clone(), reply_to };
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
    Ok(changed.is_some())
}

/// Notes when a message was changed; gives whether no later change has come before. Behind the lock of the person.
async fn is_newest(
    transaction: &mut Write,
    channel: &Channel,
    tag: [u8; 16],
    changed_at: Option<i64>,
) -> Result<bool, MessagesError> {
    let Some(changed_at) = changed_at else { return Ok(true) };
    let noted = sqlx::query(
        "UPDATE message_refs SET changed_at = $3 WHERE channel = $1 AND ref_tag = $2 AND (changed_at IS NULL OR changed_at < $3)",
    )
    .bind(channel.id.to_vec())
    .bind(tag.to_vec())
    .bind(changed_at)
    .execute(&mut ***transaction)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// What a message answers whose change does not say it, as long as its text is here.
async fn answered(
    transaction: &mut Write,
    person: PersonId,
    id: &MessageId,
    key: &SealKey,
) -> Result<Option<[u8; 16]>, MessagesError> {
    let row: Option<(Option<Vec<u8>>,)> =
        sqlx::query_as("SELECT text_sealed FROM messages WHERE person = $1 AND id = $2")
            .bind(person.0.to_vec())
            .bind(id.to_vec())
            .fetch_optional(&mut ***transaction)
            .await?;
    let sealed = row.and_then(|(sealed,)| sealed);
    Ok(sealed.and_then(|sealed| Content::open(key, person, id, &sealed)).and_then(|content| content.reply_to))
}
