//! Who is next: messages are claimed person by person in turn, so that nobody who writes much or long holds up what others wrote.
//!
//! A batch begins with whoever follows the last one that had a turn, whatever the length of their first message. It is filled up with what
//! makes the smallest sums of bytes by person, to so many messages and so many bytes. The turn is over for those that have something in it,
//! up to the first one who has nothing: a long text waits for its turn, and others do not wait for it.

use std::collections::BTreeSet;

use attune_ground::GroundError;
use attune_ground::store::{Store, Write, bytes16};
use attune_protocol::ids::PersonId;
use sqlx::AssertSqlSafe;

use crate::error::MessagesError;
use crate::queue::{ALONE, Claimed, LEASE, LONGEST_WAIT, later};
use crate::turn::Turn;

/// People who are looked at for a batch.
const PEOPLE: usize = 32;
/// Bytes of the texts of a batch, but for one that is alone.
const LARGEST: i64 = 64 << 10;

/// What is due and what nobody has. A time that is further off than any can be was noted by a clock that was wrong.
const DUE: &str = "state < 2 AND (due_at <= $1 OR due_at > $2) AND attempts BETWEEN $3 AND $4 \
     AND (lease_until IS NULL OR lease_until <= $1 OR lease_until > $2)";

const CLAIMED: &str = "UPDATE messages SET state = 1, holder = $6, lease_until = $7, fence = fence + 1, attempts = attempts + 1 \
     FROM picked WHERE person = picked.whose AND id = picked.which RETURNING person, id, channel, said_at, attempts, text_sealed, \
     scores_sealed, fence";

type Row = (Vec<u8>, Vec<u8>, Vec<u8>, i64, i64, Option<Vec<u8>>, Option<Vec<u8>>, i64);

/// Claims messages that are due and that nobody has: one that was tried before alone, or so many at most that are new.
pub(crate) async fn claim(
    store: &Store,
    turn: &Turn,
    holder: &str,
    most: usize,
) -> Result<Vec<Claimed>, MessagesError> {
    let alone = claim_alone(store, holder).await?;
    if !alone.is_empty() {
        return Ok(alone);
    }
    let mut after = turn.last();
    let mut is_last_round = after.is_none();
    loop {
        let (people, claimed) = claim_in_turn(store, (holder, most), after).await?;
        if !claimed.is_empty() {
            if let Some(last) = served(&people, &claimed) {
                turn.was(last);
            }
            return Ok(claimed);
        }
        // Somebody else has just claimed what was theirs, or nobody is left, and it begins with the first again.
        after = people.last().copied();
        if after.is_none() && std::mem::replace(&mut is_last_round, true) {
            return Ok(Vec::new());
        }
    }
}

async fn claim_alone(store: &Store, holder: &str) -> Result<Vec<Claimed>, MessagesError> {
    let mut transaction = store.begin().await?;
    let due = Due::now(store, &mut transaction, (ALONE, i64::MAX)).await?;
    let claimed = mark(&mut transaction, due, (holder, 1), None).await?;
    end(transaction, claimed).await
}

/// Claims of those who come behind somebody, and gives who was looked at, in their order.
async fn claim_in_turn(
    store: &Store,
    (holder, most): (&str, usize),
    after: Option<PersonId>,
) -> Result<(Vec<PersonId>, Vec<Claimed>), MessagesError> {
    let mut transaction = store.begin().await?;
    let due = Due::now(store, &mut transaction, (0, ALONE - 1)).await?;
    let people = waiting(&mut transaction, due, after).await?;
    let mut sizes = Vec::with_capacity(people.len());
    for person in &people {
        sizes.push(sizes_of(&mut transaction, due, *person, most).await?);
    }
    let mut claimed = Vec::new();
    for (person, share) in people.iter().zip(shares(&sizes, most)) {
        if share > 0 {
            claimed.extend(mark(&mut transaction, due, (holder, share), Some(*person)).await?);
        }
    }
    Ok((people, end(transaction, claimed).await?))
}

/// How many of each are in a batch, of the first of theirs, by their bytes: in the order in which they have their turn.
fn shares(sizes: &[Vec<i64>], most: usize) -> Vec<usize> {
    let (mut shares, mut sums) = (vec![0_usize; sizes.len()], vec![0_i64; sizes.len()]);
    let (mut count, mut bytes) = (0_usize, 0_i64);
    while count < most {
        let nexts = sizes.iter().enumerate().filter_map(|(place, all)| Some((place, *all.get(shares[place])?)));
        let next = match count {
            0 => nexts.min_by_key(|(place, _)| *place),
            _ => nexts.min_by_key(|(place, size)| (sums[*place] + size, *place)),
        };
        let Some((place, size)) = next.filter(|(_, size)| count == 0 || bytes + size <= LARGEST) else { break };
        shares[place] += 1;
        sums[place] += size;
        bytes += size;
        count += 1;
    }
    shares
}

/// What may be claimed now, the database's time, of what was tried so often.
#[derive(Clone, Copy)]
struct Due {
    now: i64,
    attempts: (i64, i64),
    /// On Postgres what somebody else is just claiming is passed by, so that nobody waits for it.
    skip: &'static str,
}

impl Due {
    async fn now(store: &Store, transaction: &mut Write, attempts: (i64, i64)) -> Result<Self, GroundError> {
        let skip = if store.lets_one_write() { "" } else { " FOR UPDATE SKIP LOCKED" };
        Ok(Self { now: transaction.database_time().await?, attempts, skip })
    }
}

/// Of whom something waits, a few who come behind somebody, in the order of their ids.
async fn waiting(
    transaction: &mut Write,
    Due { now, attempts: (fewest, most), .. }: Due,
    after: Option<PersonId>,
) -> Result<Vec<PersonId>, GroundError> {
    // One after the other by the index: however much somebody has waiting, no more of it is looked at.
    let next = |behind: &str| {
        format!("(SELECT person FROM messages WHERE {DUE} AND person > {behind} ORDER BY person LIMIT 1)")
    };
    let (first, others) = (next("$5"), next("turns.whose"));
    let statement = format!(
        "WITH RECURSIVE turns (place, whose) AS (SELECT CAST(1 AS BIGINT), {first} UNION ALL \
         SELECT place + 1, {others} FROM turns WHERE whose IS NOT NULL AND place < {PEOPLE}) \
         SELECT whose FROM turns WHERE whose IS NOT NULL ORDER BY place"
    );
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(now)
        .bind(later(now, LONGEST_WAIT))
        .bind(fewest)
        .bind(most)
        // Before all ids.
        .bind(after.map_or_else(|| vec![0], |person| person.0.to_vec()))
        .fetch_all(&mut ***transaction)
        .await?;
    rows.iter().map(|(person,)| bytes16(person).map(PersonId)).collect()
}

/// How long the first texts are that somebody has waiting.
async fn sizes_of(
    transaction: &mut Write,
    Due { now, attempts: (fewest, most_attempts), .. }: Due,
    person: PersonId,
    most: usize,
) -> Result<Vec<i64>, GroundError> {
    let statement = format!("SELECT size FROM messages WHERE {DUE} AND person = $5 ORDER BY due_at, id LIMIT $6");
    let rows: Vec<(i64,)> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(now)
        .bind(later(now, LONGEST_WAIT))
        .bind(fewest)
        .bind(most_attempts)
        .bind(person.0.to_vec())
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&mut ***transaction)
        .await?;
    Ok(rows.into_iter().map(|(size,)| size).collect())
}

/// Notes as claimed the first of what is due, of one person or of all.
async fn mark(
    transaction: &mut Write,
    Due { now, attempts: (fewest, most_attempts), skip }: Due,
    (holder, most): (&str, usize),
    of: Option<PersonId>,
) -> Result<Vec<Claimed>, GroundError> {
    let whose = if of.is_some() { " AND person = $8" } else { "" };
    let statement = format!(
        "WITH picked (whose, which) AS MATERIALIZED (SELECT person, id FROM messages WHERE {DUE}{whose} \
         ORDER BY due_at, person, id LIMIT $5{skip}) {CLAIMED}"
    );
    let query = sqlx::query_as(AssertSqlSafe(statement))
        .bind(now)
        .bind(later(now, LONGEST_WAIT))
        .bind(fewest)
        .bind(most_attempts)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .bind(holder.to_owned())
        .bind(later(now, LEASE));
    let query = match of {
        Some(person) => query.bind(person.0.to_vec()),
        None => query,
    };
    let rows: Vec<Row> = query.fetch_all(&mut ***transaction).await?;
    let claimed = |(person, id, channel, said_at, attempts, text, scores, fence): Row| {
        let (person, id, channel) = (PersonId(bytes16(&person)?), bytes16(&id)?, bytes16(&channel)?);
        Ok(Claimed { person, id, channel, said_at, attempts, text, scores, fence })
    };
    rows.into_iter().map(claimed).collect()
}

/// Ends a transaction: there is nothing to be written where nothing was claimed.
async fn end(transaction: Write, claimed: Vec<Claimed>) -> Result<Vec<Claimed>, MessagesError> {
    if claimed.is_empty() {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    Ok(claimed)
}

/// Up to whom everybody has something of a batch.
fn served(people: &[PersonId], claimed: &[Claimed]) -> Option<PersonId> {
    let of: BTreeSet<PersonId> = claimed.iter().map(|one| one.person).collect();
    people.iter().take_while(|person| of.contains(person)).last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_begins_with_who_is_next_and_goes_on_with_who_has_had_least() {
        assert_eq!(shares(&[vec![LARGEST; 3], vec![10; 5]], 64), [1, 0], "a long text is alone");
        assert_eq!(shares(&[vec![10; 5], vec![LARGEST; 3]], 64), [5, 0], "and others do not wait for it");
        assert_eq!(shares(&[vec![10; 99], vec![30; 99]], 8), [6, 2]);
        assert_eq!(shares(&[vec![1_000; 99], vec![1_000; 99], vec![1_000; 99]], 64), [22, 21, 21]);
        assert_eq!(shares(&[vec![20_000; 9], vec![20_000; 9]], 64), [2, 1], "60,000 bytes");
        assert_eq!(shares(&[vec![], vec![5]], 1), [0, 1]);
        assert_eq!(shares(&[], 64), [0_usize; 0]);
    }
}
