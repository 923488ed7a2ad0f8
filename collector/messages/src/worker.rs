//! Reads messages as they come: claimed, opened, read on threads of their own, and written behind the locks of their people.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use attune_analysis::text::{Reading, Unread, personal};
use attune_ground::GroundError;
use attune_ground::chores::Chore;
use attune_ground::store::bytes16;
use attune_pages::words::Calendar;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use jiff::Timestamp;
use jiff::civil::Weekday;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::claim::claim;
use crate::consent;
use crate::error::MessagesError;
use crate::queue::{self, Again, Claimed, LEASE, MOST_ATTEMPTS, Outcome};
use crate::rows::Reason;
use crate::sealed::{Content, Scores};
use crate::state::Messages;

/// Messages that are claimed at a time.
pub(crate) const BATCH: usize = 64;
/// How often it is looked where nobody says that something came: another collector may have taken it in.
const LOOK: Duration = Duration::from_secs(2);
/// How often it is looked for withdrawals that were cut short, also by a collector that does not come back.
const FINISH: Duration = Duration::from_secs(3600);
/// When work begins and ends where nothing else is said, by the hour: what is written outside of it is counted as that.
const WORK: std::ops::Range<i8> = 8..18;

/// Reads what waits, until it is told to stop: what is under way then is given back.
pub(crate) async fn keep_reading(state: Messages, mut stop: watch::Receiver<bool>) {
    let (mut has_begun, mut did_any, mut finish_at) = (false, false, Instant::now());
    loop {
        if !has_begun {
            let begun = tokio::select! {
                begun = begin(&state) => begun,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            has_begun = begun.is_ok();
            note(&state, &begun);
        }
        if finish_at <= Instant::now() {
            let finished = tokio::select! {
                finished = consent::finish(&state) => finished,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            finish_at = Instant::now() + if finished.is_ok() { FINISH } else { LOOK };
            note(&state, &finished);
        }
        // Another name each time: what a turn could not settle is prolonged by none that follows.
        let holder = queue::holder();
        let did = tokio::select! {
            did = turn(&state, &holder) => Some(did),
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(did) = did else {
            if let Err(error) = queue::give_back(state.store(), &holder).await {
                tracing::warn!(%error, "Messages that were being read could not be given back; their lease runs out.");
            }
            return;
        };
        if did {
            did_any = true;
            continue;
        }
        if std::mem::take(&mut did_any) {
            // Texts were destroyed: the log before the database holds none, either.
            state.store().purge_soon();
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            () = state.came().notified() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// What is done once: leases of a collector that was killed end, and what another network has read is put back, where its texts are here.
pub(crate) async fn begin(state: &Messages) -> Result<(), MessagesError> {
    queue::begin(state.store()).await?;
    if state.check_taken_in().is_err() {
        return Ok(());
    }
    let network = state.network();
    let back = queue::put_back(state.store(), &network, Again::Outdated, u64::MAX).await?;
    let gone = queue::counts(state.store(), &network).await?.gone;
    if back > 0 || gone > 0 {
        tracing::info!(
            again = back,
            gone,
            "Messages that another network has read are read again; of others the texts are gone."
        );
    }
    Ok(())
}

async fn turn(state: &Messages, holder: &str) -> bool {
    if state.check_taken_in().is_err() {
        return false;
    }
    let done = round(state, holder, BATCH).await;
    note(state, &done);
    done.is_ok_and(|claimed| claimed > 0)
}

fn note<T>(state: &Messages, done: &Result<T, MessagesError>) {
    state.store().chores().note(Chore::ReadingMessages, done);
    if let Err(error) = done {
        tracing::error!(%error, "Messages could not be read; they are tried again.");
    }
}

/// Claims so many messages, reads them and writes what came of it; gives how many there were.
///
/// # Errors
/// When the database refuses. They are given back, or else claimed anew once the lease is over.
pub(crate) async fn round(state: &Messages, holder: &str, most: usize) -> Result<usize, MessagesError> {
    let claimed = claim(state.store(), state.turn(), holder, most).await?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let count = claimed.len();
    let done = tokio::select! {
        done = read(state, claimed) => done,
        error = keep(state, holder) => Err(error),
    };
    let settled = match done {
        Ok(done) => state.store().again(|| queue::settle(state, holder, &done)).await,
        Err(error) => Err(error),
    };
    if settled.is_err()
        && let Err(error) = queue::put_off(state.store(), holder).await
    {
        tracing::debug!(%error, "Messages that could not be written could not be given back, either; their lease runs out.");
    }
    settled.map(|_| count)
}

/// Prolongs leases while messages are read; comes back where that does not go.
async fn keep(state: &Messages, holder: &str) -> MessagesError {
    loop {
        sleep(LEASE / 3).await;
        if let Err(error) = queue::renew(state.store(), holder).await {
            return error.into();
        }
    }
}

/// What is read of one message, before it is known what surrounds it.
enum Opened {
    /// What was written, what it says, and what of it may be kept.
    Read { reply_to: Option<[u8; 16]>, reading: Reading, kept: Option<Content> },
    /// It does not open, or could not be read.
    Failed(Reason),
    /// It is tried again.
    Again,
}

/// Reads messages; what goes wrong with one is its own outcome.
async fn read(state: &Messages, claimed: Vec<Claimed>) -> Result<Vec<(Claimed, Outcome)>, MessagesError> {
    let people = claimed.iter().map(|one| one.person).collect();
    let mut keys: BTreeMap<PersonId, Arc<SealKey>> = BTreeMap::new();
    for (person, wrapped) in state.people().keys().all_wrapped(&people).await? {
        keys.extend(state.people().keys().unwrap(person, wrapped).ok().map(|unwrapped| (person, unwrapped.key)));
    }
    let mut calendars = BTreeMap::new();
    for person in keys.keys() {
        calendars.insert(*person, state.people().calendar(Some(*person)).await?);
    }
    let keys = Arc::new(keys);
    let share = claimed.len().div_ceil(state.settings().threads.get());
    let mut claimed = claimed.into_iter().peekable();
    // They end with this turn: who is told to stop reads what is under way to its end, and no other.
    let mut work = JoinSet::new();
    while claimed.peek().is_some() {
        let some = claimed.by_ref().take(share).collect::<Vec<_>>();
        work.spawn(read_some(state.clone(), Arc::clone(&keys), some));
    }
    let mut done = Vec::new();
    while let Some(some) = work.join_next().await {
        // One whose thread ended is claimed anew once the lease is over.
        for (opened, one) in some.unwrap_or_else(|_| Ok(Vec::new()))? {
            let outcome = match opened {
                Opened::Failed(reason) => Outcome::Failed(reason),
                Opened::Again => Outcome::Again,
                Opened::Read { reply_to, reading, kept } => {
                    let is_outside = calendars.get(&one.person).is_some_and(|times| is_outside(times, one.said_at));
                    let replied_after = match reply_to {
                        Some(tag) => replied_after(state, &one, tag).await?.or_else(|| replied_before(&keys, &one)),
                        None => None,
                    };
                    Outcome::Read(scores(reading, is_outside, replied_after), kept)
                }
            };
            done.push((one, outcome));
        }
    }
    Ok(done)
}

/// Reads some messages one after the other, each on a thread of its own. Before each it is looked whether it may still be read.
async fn read_some(
    state: Messages,
    keys: Arc<BTreeMap<PersonId, Arc<SealKey>>>,
    some: Vec<Claimed>,
) -> Result<Vec<(Opened, Claimed)>, GroundError> {
    let mut done = Vec::with_capacity(some.len());
    for one in some {
        if !queue::is_still(state.store(), &one).await? {
            // What is written of it then asks again, behind the lock of its writer.
            done.push((Opened::Again, one));
            continue;
        }
        let (state, keys) = (state.clone(), Arc::clone(&keys));
        let read = tokio::task::spawn_blocking(move || (opened(&state, &keys, &one), one));
        done.extend(read.await.ok());
    }
    Ok(done)
}

fn scores(reading: Reading, is_outside: bool, replied_after: Option<i64>) -> Scores {
    let Reading { words, scores, crisis } = reading;
    let indicators = crisis.indicators.iter().map(|indicator| (*indicator).to_owned()).collect();
    Scores { words, read: scores, level: crisis.level, indicators, is_outside, replied_after }
}

/// Opens and reads one message. Its text is in memory for as long as that takes, and nothing of it is logged.
fn opened(state: &Messages, keys: &BTreeMap<PersonId, Arc<SealKey>>, one: &Claimed) -> Opened {
    if one.attempts > MOST_ATTEMPTS {
        return Opened::Failed(Reason::Ended);
    }
    let Some(key) = keys.get(&one.person) else {
        return if one.attempts < MOST_ATTEMPTS { Opened::Again } else { Opened::Failed(Reason::Unopened) };
    };
    let content = one.text.as_deref().and_then(|sealed| Content::open(key, one.person, &one.id, sealed));
    let Some(content) = content else { return Opened::Failed(Reason::Unopened) };
    let reply_to = content.reply_to;
    let Some(reader) = state.reader() else { return Opened::Again };
    let keeps = state.settings().keep_text;
    let read = catch_unwind(AssertUnwindSafe(|| {
        let kept = keeps.then(|| Content { text: personal::scrub(&content.text).text, reply_to });
        (reader.read(&content.text), kept)
    }));
    match read {
        Ok((reading, kept)) if reading.scores != Err(Unread::Failed) => Opened::Read { reply_to, reading, kept },
        _ if one.attempts >= MOST_ATTEMPTS => Opened::Failed(Reason::Reader),
        _ => Opened::Again,
    }
}

/// Whether somebody wrote outside of working hours, by their own clock.
fn is_outside(times: &Calendar, at: i64) -> bool {
    let Ok(instant) = Timestamp::from_millisecond(at) else { return false };
    let there = instant.to_zoned(times.zone.clone());
    matches!(there.weekday(), Weekday::Saturday | Weekday::Sunday) || !WORK.contains(&there.hour())
}

/// How long after the message that it answers one was written, milliseconds; none where that is not known, and none of an answer to oneself.
async fn replied_after(state: &Messages, one: &Claimed, tag: [u8; 16]) -> Result<Option<i64>, MessagesError> {
    let row: Option<(Vec<u8>, i64)> = sqlx::query_as(
        "SELECT messages.person, messages.said_at FROM message_refs JOIN messages ON messages.person = message_refs.person \
         AND messages.id = message_refs.message WHERE message_refs.channel = $1 AND message_refs.ref_tag = $2",
    )
    .bind(one.channel.to_vec())
    .bind(tag.to_vec())
    .fetch_optional(state.store().pool())
    .await?;
    let Some((person, said_at)) = row else { return Ok(None) };
    let is_own = PersonId(bytes16(&person)?) == one.person;
    Ok(Some(one.said_at - said_at).filter(|after| !is_own && *after >= 0))
}

/// The same as it was known when another network read the message: the one that it answers may be gone.
fn replied_before(keys: &BTreeMap<PersonId, Arc<SealKey>>, one: &Claimed) -> Option<i64> {
    let (key, sealed) = keys.get(&one.person).zip(one.scores.as_deref())?;
    Scores::open(key, one.person, &one.id, sealed)?.replied_after
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn work_is_by_the_clock_of_who_writes() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant").as_millisecond();
        let there = Calendar::new(TimeZone::get("Europe/Berlin").expect("a zone"), 0);
        for (instant, outside) in [
            ("2026-01-05T07:00:00Z", false), // Monday, 8:00 there
            ("2026-01-05T06:59:59Z", true),
            ("2026-01-05T17:00:00Z", true), // 18:00 there
            ("2026-01-10T11:00:00Z", true), // Saturday
        ] {
            assert_eq!(is_outside(&there, at(instant)), outside, "{instant}");
        }
    }
}
