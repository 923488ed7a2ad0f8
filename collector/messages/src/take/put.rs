use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use attune_ground::damage::Damages;
use attune_ground::store::{Bound, Insert, Lookup, Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::{accounts, preferences};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use super::{DAY, Failure, Ready, Taken, who};
use crate::channels;
use crate::consent;
use crate::error::MessagesError;
use crate::state::Messages;

static MESSAGES: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO messages (person, id, channel, said_at, received_at, size, state, attempts, due_at, fence, ref_tag, \
         text_sealed)",
        12,
        "",
    )
});

static REFS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO message_refs (channel, ref_tag, person, message, changed_at)",
        5,
        "ON CONFLICT (channel, ref_tag) DO NOTHING",
    )
});

static HELD: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, channel, ref_tag)",
        "SELECT asked.place, held.message FROM asked CROSS JOIN message_refs held \
         WHERE held.channel = asked.channel AND held.ref_tag = asked.ref_tag",
    )
});

static DELETED: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, channel, ref_tag)",
        "SELECT asked.place, held.emptied_at FROM asked CROSS JOIN deleted_refs held \
         WHERE held.channel = asked.channel AND held.ref_tag = asked.ref_tag",
    )
});

/// Stores messages in one transaction, behind the locks of their people, and gives what became of each.
pub(super) async fn put(state: &Messages, some: &[Ready]) -> Result<Vec<Taken>, MessagesError> {
    let mut transaction = state.store().begin().await?;
    let channels = some.iter().map(|one| one.channel).collect();
    let active = channels::taken_from(state.store(), &mut transaction, channels).await?;
    let keys = agreed(state, &mut transaction, some).await?;
    // Behind the locks: whoever had a name forgotten has nothing taken in under it, also not what was found to be theirs before.
    let names: BTreeSet<[u8; 16]> = some.iter().filter_map(|one| one.by).collect();
    let held = who::held(&mut transaction, &names.into_iter().collect::<Vec<_>>()).await?;
    let holder = |one: &Ready| one.by.map_or(Some(one.person), |name| held.get(&name).copied());
    let mut taken: Vec<Taken> = some
        .iter()
        .map(|one| match keys.get(&one.person) {
            None => Taken::Failed(Failure::NoUser),
            Some(_) if holder(one).is_none() => Taken::Failed(Failure::NoUser),
            // It was linked to somebody else meanwhile, who is found when it is sent again.
            Some(_) if holder(one) != Some(one.person) => Taken::Failed(Failure::NotStored),
            Some(None) => Taken::Failed(Failure::NotAgreed),
            Some(Some(_)) if !active.contains(&one.channel) => Taken::Failed(Failure::Inactive),
            Some(Some(agreed)) if one.said_at < agreed.from => Taken::Failed(Failure::TooOld),
            Some(Some(agreed)) if one.said_at < agreed.since && !one.is_filed => Taken::Failed(Failure::Before),
            Some(Some(_)) => Taken::Stored(one.id),
        })
        .collect();
    name(&mut transaction, some, &mut taken).await?;
    let (due, now) = (transaction.database_time().await?, now_millis());
    let mut rows = Vec::new();
    for (one, _) in some.iter().zip(&taken).filter(|(_, taken)| matches!(taken, Taken::Stored(_))) {
        let Some(Some(Agreed { key, .. })) = keys.get(&one.person) else { continue };
        let size = i64::try_from(one.content.text.len()).unwrap_or(i64::MAX);
        rows.push((one, size, one.content.seal(key, one.person, &one.id)?));
    }
    MESSAGES
        .rows(&mut transaction, &rows, |query, (one, size, sealed)| {
            query
                .bind(one.person.0.to_vec())
                .bind(one.id.to_vec())
                .bind(one.channel.to_vec())
                .bind(one.said_at)
                .bind(now)
                .bind(*size)
                .bind(0_i64)
                .bind(0_i64)
                .bind(due)
                .bind(0_i64)
                .bind(one.ref_tag.map(|tag| tag.to_vec()))
                .bind(sealed.clone())
        })
        .await?;
    transaction.commit().await?;
    Ok(taken)
}

/// What is known of somebody who has agreed.
struct Agreed {
    key: Arc<SealKey>,
    /// What they wrote before this instant, Unix milliseconds, is older than they have anything kept.
    from: i64,
    /// Since when they have agreed, Unix milliseconds.
    since: i64,
}

/// Locks the people of messages, and gives what is known of those who are: nothing of who has not agreed.
async fn agreed(
    state: &Messages,
    transaction: &mut Write,
    some: &[Ready],
) -> Result<BTreeMap<PersonId, Option<Agreed>>, MessagesError> {
    let (mut known, mut oldest) = (BTreeSet::new(), BTreeMap::new());
    for one in some {
        let oldest = oldest.entry(one.person).or_insert(one.said_at);
        *oldest = one.said_at.min(*oldest);
    }
    for person in oldest.keys() {
        if accounts::lock(transaction, *person).await? {
            known.insert(*person);
        }
    }
    // Behind the locks: who is erased from here on waits for this transaction.
    let mut keys = BTreeMap::new();
    for (person, wrapped) in state.people().keys().all_wrapped(&known).await? {
        // One that does not open is counted, and concerns its own person.
        let Ok(unwrapped) = state.people().keys().unwrap(person, wrapped) else { continue };
        let consent = consent::newest(transaction, person, &unwrapped.key).await?;
        let Some(consent) = consent.filter(|consent| consent.analyse) else {
            keys.insert(person, None);
            continue;
        };
        let oldest = oldest.get(&person).copied();
        let since = match oldest {
            Some(oldest) if oldest < consent.at => consent::since(transaction, person, &unwrapped.key).await?,
            _ => consent.at,
        };
        let now = now_millis();
        // Nobody chooses less than a day: of what is as new as that it is not asked.
        let from = match oldest {
            Some(oldest) if oldest < now - DAY => kept_from(state, transaction, (person, &*unwrapped.key), now).await?,
            _ => i64::MIN,
        };
        keys.insert(person, Some(Agreed { key: unwrapped.key, from, since }));
    }
    Ok(keys)
}

/// From when on what somebody wrote is kept, where they chose for how long: what is older would go at once, and its sums with it. Of what
/// does not open nobody guesses what was wished.
async fn kept_from(
    state: &Messages,
    transaction: &mut Write,
    (person, key): (PersonId, &SealKey),
    now: i64,
) -> Result<i64, MessagesError> {
    let damages: &Damages = state.store().damages();
    let days = match preferences::of(transaction, (key, damages), person).await {
        Err(error) if preferences::are_damaged(&error) => None,
        wanted => wanted?.max_history_days,
    };
    Ok(days.map_or(i64::MIN, |days| now - i64::from(days) * DAY))
}

/// A message that has a name in its channel: its place, and the tag of that name.
type Named<'a> = (usize, &'a Ready, [u8; 16]);

/// Notes under which names messages have come; one whose name came before is known, and one that was deleted before it came is none, or was
/// left without words, but where it has words of a later change.
async fn name(transaction: &mut Write, some: &[Ready], taken: &mut [Taken]) -> Result<(), MessagesError> {
    let mut named: Vec<Named<'_>> = Vec::new();
    for (place, one) in some.iter().enumerate().filter(|(place, _)| matches!(taken[*place], Taken::Stored(_))) {
        named.extend(one.ref_tag.map(|tag| (place, one, tag)));
    }
    named.sort_by_key(|(_, one, tag)| (one.channel, *tag));
    let deleted: Vec<(i64, Option<i64>)> = DELETED.of(transaction, &named, asked).await?;
    for (place, emptied_at) in deleted {
        let Some((place, one, tag)) = at(&named, place) else { continue };
        if emptied_at.zip(one.changed_at).is_some_and(|(emptied_at, changed_at)| emptied_at < changed_at) {
            has_words_again(transaction, one.channel, tag).await?;
        } else {
            taken[place] = Taken::Failed(Failure::Deleted);
        }
    }
    named.retain(|(place, ..)| matches!(taken[*place], Taken::Stored(_)));
    let written = REFS
        .rows(transaction, &named, |query, (_, one, tag)| {
            query
                .bind(one.channel.to_vec())
                .bind(tag.to_vec())
                .bind(one.person.0.to_vec())
                .bind(one.id.to_vec())
                .bind(one.changed_at)
        })
        .await?;
    if written == named.len() as u64 {
        return Ok(());
    }
    let held: Vec<(i64, Vec<u8>)> = HELD.of(transaction, &named, asked).await?;
    let mut nameless: BTreeSet<usize> = named.iter().map(|(place, ..)| *place).collect();
    for (place, message) in held {
        let Some((place, one, _)) = at(&named, place) else { continue };
        nameless.remove(&place);
        let message = bytes16(&message)?;
        if message != one.id {
            taken[place] = Taken::Known(message);
        }
    }
    // The name was another message's when this one came, and that one has just gone: whether this one was to go with it nobody knows.
    for place in nameless {
        taken[place] = Taken::Failed(Failure::NotStored);
    }
    Ok(())
}

/// Forgets that a message was left without words.
async fn has_words_again(transaction: &mut Write, channel: [u8; 16], tag: [u8; 16]) -> Result<(), MessagesError> {
    sqlx::query("DELETE FROM deleted_refs WHERE channel = $1 AND ref_tag = $2 AND emptied_at IS NOT NULL")
        .bind(channel.to_vec())
        .bind(tag.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// The one at a place of those that were asked for.
fn at<'a>(named: &[Named<'a>], place: i64) -> Option<Named<'a>> {
    usize::try_from(place).ok().and_then(|place| named.get(place)).copied()
}

/// Asks by the channel and the name of a message.
fn asked(query: Bound, one: Option<&Named<'_>>) -> Bound {
    let (channel, tag) = one.map(|(_, one, tag)| (one.channel.to_vec(), tag.to_vec())).unzip();
    query.bind(channel).bind(tag)
}
