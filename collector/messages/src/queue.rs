//! The queue of messages that wait to be read: their own rows, claimed by lease, by the database's clock. Whose turn it is stands in
//! `claim`.
//!
//! A lease keeps a message from being read twice for nothing, and orders nothing. That what was read counts once is held by the transaction
//! that writes it: behind the lock of the person it asks whether the row is still this holder's, by holder and fence, and whether the
//! person still agrees, and destroys the text in the same moment.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::store::{Store, Write, bytes16};
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use sqlx::AssertSqlSafe;

use crate::consent;
use crate::error::MessagesError;
use crate::own::HELPS_FROM;
use crate::rows::{self, Reason};
use crate::sealed::{Content, MessageId, Scores, scores_context};
use crate::state::Messages;

/// How long a message stays claimed without a word of who has it.
pub(crate) const LEASE: Duration = Duration::from_secs(30);
/// How often one is tried.
pub(crate) const MOST_ATTEMPTS: i64 = 5;
/// The wait after a first failure, twice as long with each, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(5);
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// What was tried so often is claimed alone: one that ends its reader ends no other message's.
pub(crate) const ALONE: i64 = 2;

/// A message that is this holder's to read.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) person: PersonId,
    pub(crate) id: MessageId,
    pub(crate) channel: [u8; 16],
    pub(crate) said_at: i64,
    /// How often it was claimed, this time included.
    pub(crate) attempts: i64,
    pub(crate) text: Option<Vec<u8>>,
    /// What was read of it before, where another network has read it.
    pub(crate) scores: Option<Vec<u8>>,
    pub(crate) fence: i64,
}

/// What came of a message.
pub(crate) enum Outcome {
    /// It was read. What of its text may be kept, where that is kept.
    Read(Scores, Option<Content>),
    /// It can't be.
    Failed(Reason),
    /// It is tried again.
    Again,
}

/// A name for who claims: none had it before.
pub(crate) fn holder() -> String {
    format!("{}-{}", std::process::id(), PersonId::random())
}

/// Prolongs all leases of a holder from now on.
pub(crate) async fn renew(store: &Store, holder: &str) -> Result<(), GroundError> {
    let mut transaction = store.begin().await?;
    let now = transaction.database_time().await?;
    sqlx::query("UPDATE messages SET lease_until = $2 WHERE state < 2 AND holder = $1")
        .bind(holder.to_owned())
        .bind(later(now, LEASE))
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await
}

/// Whether a message that was claimed is still to be read: its writer may have withdrawn meanwhile, or it was deleted or changed where it was
/// written. One that was claimed without a text has none to be destroyed.
pub(crate) async fn is_still(
    store: &Store,
    Claimed { person, id, fence, text, .. }: &Claimed,
) -> Result<bool, GroundError> {
    if text.is_none() {
        return Ok(true);
    }
    let (count,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM messages WHERE person = $1 AND id = $2 AND fence = $3 AND state = 1 AND text_sealed IS NOT NULL",
    )
    .bind(person.0.to_vec())
    .bind(id.to_vec())
    .bind(*fence)
    .fetch_one(store.pool())
    .await?;
    Ok(count == 1)
}

/// Gives back what a holder has and did not begin to write: it is no attempt.
pub(crate) async fn give_back(store: &Store, holder: &str) -> Result<(), GroundError> {
    let mut transaction = store.begin().await?;
    sqlx::query(
        "UPDATE messages SET state = 0, holder = NULL, lease_until = NULL, attempts = attempts - 1 WHERE state < 2 AND holder = $1",
    )
    .bind(holder.to_owned())
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await
}

/// Gives back what a holder has read and could not write, as where a disk is full: it is tried again in a while. None of it is to blame, and
/// none is given up for it; should one of them be, it is alone from its second time on.
pub(crate) async fn put_off(store: &Store, holder: &str) -> Result<(), GroundError> {
    let mut transaction = store.begin().await?;
    let now = transaction.database_time().await?;
    sqlx::query(
        "UPDATE messages SET state = 0, holder = NULL, lease_until = NULL, due_at = $2, \
         attempts = CASE WHEN attempts > $3 THEN $3 ELSE attempts END WHERE state < 2 AND holder = $1",
    )
    .bind(holder.to_owned())
    .bind(later(now, FIRST_WAIT))
    .bind(ALONE)
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await
}

/// Ends the leases of a collector that was killed: on SQLite nobody else runs when one starts.
pub(crate) async fn begin(store: &Store) -> Result<(), GroundError> {
    if !store.lets_one_write() {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    sqlx::query("UPDATE messages SET lease_until = NULL WHERE state < 2 AND lease_until IS NOT NULL")
        .execute(&mut **transaction)
        .await?;
    transaction.commit().await
}

/// Writes what came of messages, in one transaction, and gives of how many. What is not this holder's any more is passed by.
pub(crate) async fn settle(
    state: &Messages,
    holder: &str,
    done: &[(Claimed, Outcome)],
) -> Result<usize, MessagesError> {
    let mut transaction = state.store().begin().await?;
    let mut known = BTreeSet::new();
    // In one order everywhere.
    for person in done.iter().map(|(claimed, _)| claimed.person).collect::<BTreeSet<_>>() {
        if accounts::lock(&mut transaction, person).await? {
            known.insert(person);
        }
    }
    let mut people = BTreeMap::new();
    for (person, wrapped) in state.people().keys().all_wrapped(&known).await? {
        let Ok(unwrapped) = state.people().keys().unwrap(person, wrapped) else { continue };
        let consent = consent::newest(&mut transaction, person, &unwrapped.key).await?;
        people.insert(person, (unwrapped.key, consent));
    }
    let now = transaction.database_time().await?;
    let (mut settled, mut touched, mut gone) = (0, Vec::new(), BTreeMap::<PersonId, Vec<i64>>::new());
    for (claimed, outcome) in done {
        let Claimed { person, id, said_at, attempts, fence, .. } = claimed;
        let of = people.get(person);
        if let Some((_, consent)) = of
            && consent.is_none_or(|consent| !consent.analyse)
        {
            // Of whom nothing is known, as behind a restore, nothing was withdrawn: what was read of them before stays.
            if consent.is_some() || !lay_back(&mut transaction, *person, id).await? {
                gone.entry(*person).or_default().extend(rows::remove_one(&mut transaction, *person, id).await?);
            }
            continue;
        }
        let row = "WHERE person = $1 AND id = $2 AND state = 1 AND holder = $3 AND fence = $4";
        let query = |set: &str| {
            sqlx::query(AssertSqlSafe(format!("UPDATE messages SET holder = NULL, lease_until = NULL, {set} {row}")))
                .bind(person.0.to_vec())
                .bind(id.to_vec())
                .bind(holder.to_owned())
                .bind(*fence)
        };
        let written = match outcome {
            Outcome::Read(scores, kept) => {
                // Who was erased meanwhile: nothing of them is written, and their rows go.
                let Some((key, Some(consent))) = of else { continue };
                let kept = kept.as_ref().filter(|_| consent.keep_text);
                let kept = kept.map(|content| content.seal(key, *person, id)).transpose()?;
                query("state = 2, attempts = 0, reason = NULL, scores_sealed = $5, text_sealed = $6, network = $7")
                    .bind(key.seal(&scores_context(*person, id), &scores.encode()?))
                    .bind(kept)
                    .bind(state.network().to_vec())
            }
            Outcome::Failed(reason) => query("state = 3, reason = $5").bind(reason.number()),
            Outcome::Again => query("state = 0, due_at = $5").bind(later(now, wait(*attempts))),
        };
        if written.execute(&mut **transaction).await?.rows_affected() == 1 {
            settled += 1;
            if let Outcome::Read(scores, _) = outcome {
                touched.push((*person, *said_at..said_at + 1));
                if scores.level >= HELPS_FROM {
                    let sign = sign(state, *person, id);
                    attune_wellbeing::sign_of_danger(&mut transaction, *person, sign, *said_at).await?;
                }
            }
        }
    }
    // One that was read anew counted until now.
    for (person, times) in gone {
        for hour in rows::hours(&times) {
            attune_wellbeing::forget(&mut transaction, person, hour).await?;
        }
    }
    attune_wellbeing::touch(&mut transaction, &touched).await?;
    transaction.commit().await?;
    Ok(settled)
}

/// By what the sign of danger in a message is told from others, where nothing is to be known of the message.
fn sign(state: &Messages, person: PersonId, id: &[u8]) -> [u8; 16] {
    state.people().own().tag("sign of danger", &[person.0.as_slice(), id].concat())
}

/// Lays a message back as it was read before; gives whether it was.
async fn lay_back(transaction: &mut Write, person: PersonId, id: &[u8]) -> Result<bool, GroundError> {
    let laid = sqlx::query(
        "UPDATE messages SET state = 2, attempts = 0, holder = NULL, lease_until = NULL, reason = NULL \
         WHERE person = $1 AND id = $2 AND scores_sealed IS NOT NULL",
    )
    .bind(person.0.to_vec())
    .bind(id.to_vec())
    .execute(&mut ***transaction)
    .await?;
    Ok(laid.rows_affected() == 1)
}

/// How long a message waits that failed so many times.
fn wait(attempts: i64) -> Duration {
    let doubled = u32::try_from(attempts.saturating_sub(1).clamp(0, 20)).unwrap_or_default();
    (FIRST_WAIT * 2_u32.pow(doubled)).min(LONGEST_WAIT)
}

pub(crate) fn later(now: i64, after: Duration) -> i64 {
    now.saturating_add(i64::try_from(after.as_millis()).unwrap_or(i64::MAX))
}

/// How many messages stand how, for who runs it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Counts {
    /// They wait, or are being read.
    pub(crate) waiting: u64,
    /// They could not be read, and their text is still there.
    pub(crate) failed: u64,
    /// They were read by another network, and their text is kept.
    pub(crate) outdated: u64,
    /// They were read by another network, or could not be, and their text is gone.
    pub(crate) gone: u64,
}

/// Counts them.
pub(crate) async fn counts(store: &Store, network: &[u8]) -> Result<Counts, MessagesError> {
    let (waiting, failed, outdated, gone): (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT COUNT(CASE WHEN state < 2 THEN 1 END), COUNT(CASE WHEN state = 3 AND text_sealed IS NOT NULL THEN 1 END), \
         COUNT(CASE WHEN state = 2 AND network <> $1 AND text_sealed IS NOT NULL THEN 1 END), \
         COUNT(CASE WHEN text_sealed IS NULL AND (state = 3 OR (state = 2 AND network <> $1)) THEN 1 END) FROM messages",
    )
    .bind(network.to_vec())
    .fetch_one(store.pool())
    .await?;
    let [waiting, failed, outdated, gone] = [waiting, failed, outdated, gone].map(i64::unsigned_abs);
    Ok(Counts { waiting, failed, outdated, gone })
}

/// Which messages are read again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Again {
    /// Those that another network has read.
    Outdated,
    /// Those, and those that failed.
    All,
}

/// Messages that are put back in one transaction.
const SLICE: u64 = 500;

/// Puts messages back whose texts are here, so many at most; gives how many. What was read of them before counts until they are read anew.
pub(crate) async fn put_back(store: &Store, network: &[u8], which: Again, most: u64) -> Result<u64, MessagesError> {
    let which = match which {
        Again::Outdated => "state = 2 AND network <> $1",
        Again::All => "(state = 3 OR (state = 2 AND network <> $1))",
    };
    let statement = format!(
        "WITH picked (whose, which) AS MATERIALIZED (SELECT person, id FROM messages WHERE text_sealed IS NOT NULL AND {which} \
         AND (person > $4 OR (person = $4 AND id > $5)) ORDER BY person, id LIMIT $3) \
         UPDATE messages SET state = 0, attempts = 0, reason = NULL, due_at = $2 FROM picked WHERE person = picked.whose \
         AND id = picked.which AND state >= 2 AND text_sealed IS NOT NULL RETURNING person, id"
    );
    // Before all ids.
    let (mut back, mut after) = (0, (vec![0], vec![0]));
    while back < most {
        let slice = i64::try_from(SLICE.min(most - back)).unwrap_or(i64::MAX);
        let some = store.again(|| put_some_back(store, (statement.as_str(), network), &after, slice)).await?;
        back += some.len() as u64;
        let Some(last) = some.into_iter().max() else { break };
        after = last;
    }
    Ok(back)
}

/// A person, and a message of theirs.
type Place = (Vec<u8>, Vec<u8>);

async fn put_some_back(
    store: &Store,
    (statement, network): (&str, &[u8]),
    after: &Place,
    most: i64,
) -> Result<Vec<Place>, MessagesError> {
    let mut transaction = store.begin().await?;
    let now = transaction.database_time().await?;
    let rows: Vec<Place> = sqlx::query_as(AssertSqlSafe(statement.to_owned()))
        .bind(network.to_vec())
        .bind(now)
        .bind(most)
        .bind(after.0.clone())
        .bind(after.1.clone())
        .fetch_all(&mut **transaction)
        .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// A message that could not be read, for who runs it: nothing of what it says, and nothing of whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Dead {
    pub(crate) id: MessageId,
    pub(crate) channel: [u8; 16],
    /// When it came, Unix milliseconds.
    pub(crate) received_at: i64,
    pub(crate) reason: Option<Reason>,
    /// Whether its text is here, so that it can be tried again.
    pub(crate) has_text: bool,
}

type DeadRow = (Vec<u8>, Vec<u8>, i64, Option<i64>, i64);

/// Those that could not be read, the newest first, so many at most.
pub(crate) async fn dead(store: &Store, most: u32) -> Result<Vec<Dead>, MessagesError> {
    let rows: Vec<DeadRow> = sqlx::query_as(
        "SELECT id, channel, received_at, reason, CAST(CASE WHEN text_sealed IS NULL THEN 0 ELSE 1 END AS BIGINT) FROM messages \
         WHERE state = 3 ORDER BY received_at DESC, id LIMIT $1",
    )
    .bind(i64::from(most))
    .fetch_all(store.pool())
    .await?;
    let dead = |(id, channel, received_at, reason, has_text): DeadRow| {
        let reason = reason.and_then(Reason::of_number);
        Ok(Dead { id: bytes16(&id)?, channel: bytes16(&channel)?, received_at, reason, has_text: has_text != 0 })
    };
    rows.into_iter().map(dead).collect()
}

/// How many could not be read, by why.
pub(crate) async fn reasons(store: &Store) -> Result<Vec<(Option<Reason>, u64)>, MessagesError> {
    let rows: Vec<(Option<i64>, i64)> =
        sqlx::query_as("SELECT reason, COUNT(*) FROM messages WHERE state = 3 GROUP BY reason ORDER BY reason")
            .fetch_all(store.pool())
            .await?;
    Ok(rows.into_iter().map(|(reason, count)| (reason.and_then(Reason::of_number), count.unsigned_abs())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_with_each_failure_up_to_the_longest() {
        assert_eq!(
            [1, 2, 3, 5, 20, i64::MAX, 0].map(|attempts| wait(attempts).as_secs()),
            [5, 10, 20, 80, 900, 900, 5]
        );
    }
}
