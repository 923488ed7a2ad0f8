//! Whether the clock of this machine can be right. What is deleted by age is gone for good, so the clock must agree with
//! the latest time at which the database was used, or with the devices that send. What a device says is what its owner says,
//! who may mean ill: each counts once, and where the clock agrees with the last use, only several put it in doubt.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use attune_protocol::ids::{DeviceId, PersonId};

use super::Store;
use crate::GroundError;
use crate::time::now_millis;

const DAY_MILLIS: i64 = 24 * 3_600_000;

/// How far the clock may have come since the database was last used, when no device says what time it is.
const LONGEST_REST_MILLIS: i64 = 7 * DAY_MILLIS;

/// How far the clock of a device may be from ours and still agree with it.
const AGREES_MILLIS: i64 = DAY_MILLIS;

/// How long what a device said counts.
const HEARD_COUNTS: Duration = Duration::from_secs(3600);

/// The most devices whose clocks are compared.
const MOST_HEARD: usize = 1000;

/// Of fewer owners none can put in doubt a clock that agrees with the last use.
const LEAST_OWNERS: usize = 3;

/// What is thought of the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clock {
    /// Nobody has looked yet.
    Unseen,
    /// It can be right.
    Plausible,
    /// It is so many milliseconds ahead of the time at which the database was last used; behind it where negative.
    Leapt(i64),
    /// Of so many people whose devices sent within an hour the devices of so many agree with it, fewer than half.
    Disagrees {
        /// Owners of devices that were heard.
        heard: usize,
        /// Those of a device whose clock is within a day of ours.
        agree: usize,
    },
}

/// What is known of the time beside the clock.
#[derive(Debug)]
pub(super) struct Witnesses {
    /// For each device the latest time that it said, how far ours was ahead then, and when that was.
    heard: Mutex<HashMap<DeviceId, Heard>>,
    seen: Mutex<Seen>,
}

/// The last look at the clock.
#[derive(Clone, Copy, Debug)]
struct Seen {
    clock: Clock,
    /// What it said then, Unix milliseconds.
    now: i64,
    at: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    owner: PersonId,
    its: i64,
    ahead: i64,
    at: Instant,
}

impl Witnesses {
    pub(super) fn new() -> Self {
        let seen = Seen { clock: Clock::Unseen, now: 0, at: Instant::now() };
        Self { heard: Mutex::default(), seen: Mutex::new(seen) }
    }

    fn heard(&self) -> MutexGuard<'_, HashMap<DeviceId, Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Notes what time a device of a person says it is, and what our clock said then, both Unix milliseconds. Only of what it
    /// has signed.
    pub fn hear_time(&self, device: DeviceId, owner: PersonId, its: i64, ours: i64) {
        let mut heard = self.clocks.heard();
        // One look at the time for all of them: this is done with each batch.
        let now = Instant::now();
        heard.retain(|_, heard| now.duration_since(heard.at) < HEARD_COUNTS);
        // What waited at a broker for days says nothing about today.
        let newest = heard.get(&device).is_none_or(|known| known.its < its);
        if newest && (heard.len() < MOST_HEARD || heard.contains_key(&device)) {
            heard.insert(device, Heard { owner, its, ahead: ours.saturating_sub(its), at: now });
        }
    }

    /// Looks whether the clock can be right, and notes in the database that it was used at this time if so.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn look_at_clock(&self) -> Result<Clock, GroundError> {
        self.look(true).await
    }

    /// Looks whether the clock can be right, and notes nothing in the database.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn only_look_at_clock(&self) -> Result<Clock, GroundError> {
        self.look(false).await
    }

    async fn look(&self, notes: bool) -> Result<Clock, GroundError> {
        let (now, at) = (now_millis(), Instant::now());
        let ahead: Vec<(PersonId, i64)> = {
            let mut heard = self.clocks.heard();
            heard.retain(|_, heard| heard.at.elapsed() < HEARD_COUNTS);
            heard.values().map(|heard| (heard.owner, heard.ahead)).collect()
        };
        let mut transaction = self.begin().await?;
        let mark: Option<(i64,)> =
            sqlx::query_as("SELECT at FROM last_used WHERE place = 0").fetch_optional(&mut **transaction).await?;
        let clock = judge(now, mark.map(|(at,)| at), &ahead);
        if clock == Clock::Plausible && notes {
            note(&mut transaction, now).await?;
            transaction.commit().await?;
        }
        let before = std::mem::replace(&mut *self.clocks.seen(), Seen { clock, now, at }).clock;
        if before != clock && clock != Clock::Plausible {
            tracing::error!(?clock, "The clock cannot be right; nothing is deleted by age until it is.");
        } else if before != clock && before != Clock::Unseen {
            tracing::info!("The clock can be right again; what is too old is deleted.");
        }
        Ok(clock)
    }

    /// Takes the clock for right, whatever the database says of it: somebody has looked at it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn trust_clock(&self) -> Result<(), GroundError> {
        let mut transaction = self.begin().await?;
        note(&mut transaction, now_millis()).await?;
        transaction.commit().await
    }

    /// What the last look at the clock found.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clocks.seen().clock
    }

    /// The time, Unix milliseconds, by which something may be deleted for its age: none while the clock is in doubt. It is that of the
    /// last look and what has passed since: a clock that has leapt meanwhile is not believed before it is looked at.
    #[must_use]
    pub fn time_to_delete_by(&self) -> Option<i64> {
        let Seen { clock, now, at } = *self.clocks.seen();
        let passed = i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX);
        (clock == Clock::Plausible).then(|| now.saturating_add(passed))
    }
}

async fn note(transaction: &mut super::Write, now: i64) -> Result<(), GroundError> {
    sqlx::query("INSERT INTO last_used (place, at) VALUES (0, $1) ON CONFLICT (place) DO UPDATE SET at = excluded.at")
        .bind(now)
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Devices that send now know more than a database that may have rested. `ahead` is how far our clock is ahead of each, with
/// whose device that is.
fn judge(now: i64, last_used: Option<i64>, ahead: &[(PersonId, i64)]) -> Clock {
    let mut owners = BTreeMap::new();
    for (owner, ahead) in ahead {
        *owners.entry(*owner).or_insert(false) |= ahead.saturating_abs() <= AGREES_MILLIS;
    }
    let (heard, agree) = (owners.len(), owners.values().filter(|agrees| **agrees).count());
    let leapt = now.saturating_sub(last_used.unwrap_or(now));
    if (-AGREES_MILLIS..=LONGEST_REST_MILLIS).contains(&leapt) {
        return match heard >= LEAST_OWNERS && 2 * agree < heard {
            true => Clock::Disagrees { heard, agree },
            false => Clock::Plausible,
        };
    }
    match heard {
        0 => Clock::Leapt(leapt),
        _ if 2 * agree > heard => Clock::Plausible,
        _ => Clock::Disagrees { heard, agree },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MIGRATIONS;
    use crate::testing::Database;

    #[test]
    fn a_clock_is_believed_when_it_agrees_with_the_last_use_or_with_most_devices() {
        const NOW: i64 = 1_800_000_000_000;
        let days = |days: i64| days * DAY_MILLIS;
        let judge = |now, last_used, ahead: &[i64]| {
            let owners = (0..).map(|owner| PersonId([owner; 16]));
            judge(now, last_used, &owners.zip(ahead.iter().copied()).collect::<Vec<_>>())
        };
        assert_eq!(judge(NOW, None, &[]), Clock::Plausible, "a database that was never used");
        assert_eq!(judge(NOW, Some(NOW - days(6)), &[]), Clock::Plausible);
        assert_eq!(judge(NOW, Some(NOW - days(400)), &[]), Clock::Leapt(days(400)));
        assert_eq!(judge(NOW, Some(NOW + days(400)), &[]), Clock::Leapt(-days(400)));
        assert_eq!(judge(NOW, Some(NOW - days(400)), &[500]), Clock::Plausible, "a device says so, too");
        assert_eq!(judge(NOW, Some(NOW - days(400)), &[days(400)]), Clock::Disagrees { heard: 1, agree: 0 });
        assert_eq!(judge(NOW, Some(NOW - days(400)), &[0, days(400)]), Clock::Disagrees { heard: 2, agree: 1 });
        assert_eq!(judge(NOW, Some(NOW), &[days(40), 0, -5000]), Clock::Plausible, "one device alone is wrong");
        assert_eq!(judge(NOW, Some(NOW), &[days(40), days(-2), 0]), Clock::Disagrees { heard: 3, agree: 1 });
        assert_eq!(judge(i64::MAX, Some(i64::MIN), &[]), Clock::Leapt(i64::MAX));
    }

    #[test]
    fn one_person_whose_devices_differ_puts_no_clock_in_doubt_that_agrees_with_the_last_use() {
        const NOW: i64 = 1_800_000_000_000;
        let (mallory, alice) = (PersonId([1; 16]), PersonId([2; 16]));
        let two_days = 2 * DAY_MILLIS;
        let many = [(mallory, two_days); 5];
        assert_eq!(judge(NOW, Some(NOW), &many), Clock::Plausible);
        assert_eq!(judge(NOW, Some(NOW), &[(alice, 0), (mallory, two_days)]), Clock::Plausible);
        let leapt = Some(NOW - 400 * DAY_MILLIS);
        assert_eq!(judge(NOW, leapt, &many), Clock::Disagrees { heard: 1, agree: 0 });
        let mixed = [(alice, 0), (PersonId([3; 16]), 0), many[0], many[1], many[2]];
        assert_eq!(judge(NOW, leapt, &mixed), Clock::Plausible, "each owner counts once");
    }

    #[tokio::test]
    async fn a_leap_of_the_clock_is_in_doubt_until_a_device_or_somebody_confirms_it_on_each_database() {
        for database in Database::each(&[&MIGRATIONS]).await {
            let store = &database.store;
            assert_eq!(store.time_to_delete_by(), None, "nobody has looked yet");
            assert_eq!(store.look_at_clock().await.expect("looks"), Clock::Plausible);
            let rested = async || {
                let long_ago = now_millis() - 400 * DAY_MILLIS;
                let set = sqlx::query("UPDATE last_used SET at = $1").bind(long_ago).execute(store.pool()).await;
                set.expect("set");
            };
            rested().await;
            assert!(matches!(store.look_at_clock().await.expect("looks"), Clock::Leapt(_)));
            assert!(matches!(store.look_at_clock().await.expect("looks"), Clock::Leapt(_)), "doubt is not forgotten");
            assert_eq!(store.time_to_delete_by(), None);
            store.trust_clock().await.expect("noted");
            assert_eq!(store.look_at_clock().await.expect("looks"), Clock::Plausible);
            rested().await;
            let (now, owner) = (now_millis(), PersonId([7; 16]));
            store.hear_time(DeviceId([1; 16]), owner, now, now);
            store.hear_time(DeviceId([1; 16]), owner, now - 90 * DAY_MILLIS, now);
            assert_eq!(store.look_at_clock().await.expect("looks"), Clock::Plausible, "its latest word counts");
            assert!(store.time_to_delete_by().is_some());
        }
    }
}
