//! What goes on by itself: a day after its last turn a talk is looked at, and who seemed to be in danger in it is asked how they are, in the
//! talk and nowhere else; answers whose makers are gone are cut; withdrawals that were cut short are gone on with.

use std::time::Duration;

use attune_ground::chores::Chore;
use attune_ground::store::bytes16;
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::answers;
use crate::companion;
use crate::consent;
use crate::error::TalksError;
use crate::rows;
use crate::sealed::{TalkId, Turn};
use crate::state::Talks;

/// How often it is looked for answers that were cut, and for talks that are due.
const LOOK: Duration = Duration::from_secs(5);
/// How often it is looked for withdrawals that were cut short.
const FINISH: Duration = Duration::from_secs(3600);
/// Talks of one round.
const MOST: i64 = 256;
/// Rounds of one look.
const MOST_ROUNDS: usize = 64;

/// Goes on until it is told to stop.
pub(crate) async fn keep_following(state: Talks, mut stop: watch::Receiver<bool>) {
    let (mut is_start, mut finish_at) = (true, Instant::now());
    loop {
        let done = tokio::select! {
            done = look(&state, is_start, finish_at <= Instant::now()) => done,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        state.store().chores().note(Chore::Talking, &done);
        match done {
            Ok(()) => {
                is_start = false;
                if finish_at <= Instant::now() {
                    finish_at = Instant::now() + FINISH;
                }
            }
            Err(error) => tracing::error!(%error, "Talks could not be looked at; it is tried again."),
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn look(state: &Talks, is_start: bool, is_to_finish: bool) -> Result<(), TalksError> {
    let cut = answers::cut_overdue(state.store(), is_start).await?;
    if cut > 0 {
        tracing::info!(cut, "Answers were cut whose maker is gone; they can be asked for anew.");
    }
    let now = state.store().database_time().await?;
    // Of who is known no more rows may lie there for a while: they are no reason to look on for ever.
    for _ in 0..MOST_ROUNDS {
        if round(state, now).await? < MOST as usize {
            break;
        }
    }
    if is_to_finish {
        consent::finish(state).await?;
    }
    Ok(())
}

/// Looks at talks that are due, and gives how many there were.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn round(state: &Talks, now: i64) -> Result<usize, TalksError> {
    let rows: Vec<(Vec<u8>, i64)> =
        sqlx::query_as("SELECT person, talk FROM talks WHERE look_at <= $1 ORDER BY look_at, person, talk LIMIT $2")
            .bind(now)
            .bind(MOST)
            .fetch_all(state.store().pool())
            .await?;
    for (person, talk) in &rows {
        let of = (PersonId(bytes16(person)?), *talk);
        state.store().again(|| follow_up(state, of, now)).await?;
    }
    Ok(rows.len())
}

/// Looks at a talk, behind the lock of its person: who seemed to be in danger is asked how they are, once, as long as they agree to talks.
async fn follow_up(state: &Talks, (person, talk): (PersonId, TalkId), now: i64) -> Result<(), TalksError> {
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(());
    }
    let looked = sqlx::query("UPDATE talks SET look_at = NULL WHERE person = $1 AND talk = $2 AND look_at <= $3")
        .bind(person.0.to_vec())
        .bind(talk)
        .bind(now)
        .execute(&mut **transaction)
        .await?;
    if looked.rows_affected() == 0 {
        return Ok(()); // somebody else has, or its person went on
    }
    if let Some(key) = state.key_of(person).await?
        && let Some(of) = rows::one(&mut transaction, &key, (person, talk)).await?
        && let Some(mut head) = of.head
        && head.follow_up_at.take().is_some_and(|at| at <= now)
        && consent::newest(&mut transaction, person, &key).await?.is_some_and(|consent| consent.talk)
    {
        let (text, number) = (companion::FOLLOW_UP.to_owned(), of.turns + 1);
        let support = Some(companion::FOLLOWS_UP.to_owned());
        let turn = Turn { text, read: None, support, by_model: false, stopped: false };
        let nonce = PersonId::random().0;
        companion::asked_how(&mut head.companion);
        rows::put_turn(&mut transaction, &key, (person, talk, number), (false, &nonce, now), &turn).await?;
        rows::put_head(&mut transaction, &key, (person, talk), &head).await?;
        // It is not looked at again for that: nobody wrote anything.
        sqlx::query("UPDATE talks SET turns = $3, last_at = $4 WHERE person = $1 AND talk = $2")
            .bind(person.0.to_vec())
            .bind(talk)
            .bind(number)
            .bind(now)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}
