//! Looks through what is new in the log of access, and raises what is unusual of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use attune_ground::GroundError;
use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, Worker};
use attune_ground::store::Write;
use attune_ground::time::now_millis;
use tokio::sync::watch;

use super::cases::{self, Found};
use super::count::{self, Counted, Hours};
use super::kept::{self, KEPT_DAYS, Looked, RefusedDay};
use super::rule::{Day, Habit, Rule, WRONG_CODES};
use super::who::{self, Watchers};
use super::{APART, DAY, HOUR};
use crate::access::{self, User};
use crate::mail;
use crate::rights::Role;
use crate::sign_in::guessed_codes;
use crate::{People, PeopleError};

/// How far the wall clock may have gone otherwise than time, milliseconds.
const LEAP: i64 = 15 * 60_000;
/// For how long nobody says what is night once it has, by time that passed.
const SETTLES: Duration = Duration::from_secs(24 * 3600);

const UNUSUAL_USE: Kind =
    Kind { name: "unusual_use", every: Some(Duration::from_secs(5 * 60)), chore: Chore::WatchingUse };

/// Looks every five minutes whether use of what is kept of people is unusual, until it is told to stop; of several collectors one does.
pub(crate) async fn watch(people: People, stop: watch::Receiver<bool>) {
    let mut steady = Steady::default();
    let worker = Worker::new(&people.store, UNUSUAL_USE);
    worker
        .run(stop, |_| {
            let is_steady = steady.look(now_millis(), Instant::now());
            round(&people, is_steady)
        })
        .await;
}

async fn round(people: &People, is_steady: bool) -> Result<(), PeopleError> {
    // While the clock is in doubt nobody knows which day it is.
    match people.store.time_to_delete_by() {
        Some(now) => look(people, now, is_steady).await,
        None => Ok(()),
    }
}

/// Whether the wall clock goes on as time does.
#[derive(Clone, Copy, Default, Debug)]
struct Steady {
    last: Option<(i64, Instant)>,
    leapt: Option<Instant>,
}

impl Steady {
    /// Notes what the clock says, Unix milliseconds, and gives whether it has gone on steadily for a day, or since there is somebody who looks.
    fn look(&mut self, wall: i64, at: Instant) -> bool {
        if let Some((was, then)) = self.last {
            let passed = i64::try_from(at.duration_since(then).as_millis()).unwrap_or(i64::MAX);
            if wall.saturating_sub(was).saturating_sub(passed).saturating_abs() > LEAP {
                self.leapt = Some(at);
            }
        }
        self.last = Some((wall, at));
        self.leapt.is_none_or(|leapt| at.duration_since(leapt) >= SETTLES)
    }
}

/// What is new of an account in the log of access: from when on, and as what it did something; of one that was only refused nothing is.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Wanted {
    from: Option<i64>,
    role: Option<String>,
    /// From when on some of it is that was written while a clock was ahead.
    ahead: Option<i64>,
}

impl Wanted {
    fn add(&mut self, user: User) {
        self.from = earliest(self.from, user.since);
        if self.role.is_none() || reach(Some(&user.role)) > reach(self.role.as_deref()) {
            self.role = Some(user.role);
        }
    }
}

fn earliest(one: Option<i64>, other: i64) -> Option<i64> {
    Some(one.map_or(other, |one| one.min(other)))
}

/// How far a role reaches; that of a machine least.
fn reach(role: Option<&str>) -> Option<Role> {
    role.and_then(|role| role.parse().ok())
}

/// What is the same for all that are looked at in a round.
struct Round<'a> {
    people: &'a People,
    hours: Hours,
    watchers: Watchers,
    now: i64,
    is_steady: bool,
    /// Since when nobody has looked; none where nobody ever has: of days before that nothing is told.
    since: Option<i64>,
    /// Up to before which place of the log and which instant it is looked at.
    looks: Looked,
}

/// Looks through what is new at an instant, Unix milliseconds. Safe to do twice.
pub(super) async fn look(people: &People, now: i64, is_steady: bool) -> Result<(), PeopleError> {
    let looked = kept::looked(&people.store).await?;
    let (users, place) = access::users_since(&people.store, looked.place).await?;
    let looks = Looked { place, until: now + APART };
    // What lay ahead when it was new was left for now.
    let dated = access::users_dated(&people.store, looked.place, (looked.until, looks.until)).await?;
    let mut wanted: BTreeMap<[u8; 16], Wanted> = BTreeMap::new();
    for user in users {
        wanted.entry(user.login).or_default().add(user);
    }
    for user in dated {
        let of = wanted.entry(user.login).or_default();
        of.ahead = earliest(of.ahead, user.since);
        of.add(user);
    }
    // Whoever looked last did so up to somewhat ahead of their clock.
    let since = (looked.place > 0).then(|| looked.until.clamp(now - KEPT_DAYS * DAY, now));
    // Refusals are no entries of the log: those of the days that are looked at are looked at anew, of whoever could have too many.
    let least = i64::from(people.watching.refused_a_day) / 3;
    for login in kept::refused_since(&people.store, (since.unwrap_or(now) - 2 * DAY) / HOUR, least).await? {
        wanted.entry(login).or_default();
    }
    let (hours, watchers) = (Hours::of(people), Watchers::of(&people.store).await?);
    let today = hours.day(now);
    let round = Round { people, hours, watchers, now, is_steady, since, looks };
    for (login, wanted) in wanted {
        match round.of_days(login, wanted).await {
            // It would keep all others from being looked at, from now on.
            Err(PeopleError::Ground(GroundError::Corrupt(what))) => {
                tracing::warn!(what, "The use of an account can't be looked at: something kept of it does not read.");
            }
            done => done?,
        }
    }
    round.of_codes().await?;
    kept::move_on(&people.store, looks, (today, now)).await
}

impl Round<'_> {
    /// Counts the days that are new of an account, and raises what is unusual of them, and of the days since somebody looked.
    async fn of_days(&self, login: [u8; 16], wanted: Wanted) -> Result<(), PeopleError> {
        let Self { people, hours, now, .. } = self;
        // What nobody could look at for days, as while the clock was in doubt, is told still.
        let (today, mut first, mut days) =
            (hours.day(*now), hours.day(self.since.unwrap_or(*now)) - 1, BTreeMap::new());
        if let Some(from) = wanted.from.map(|from| from.max(now - KEPT_DAYS * DAY)) {
            // From the day before on, so that the first is whole, and what was written while a clock was ahead is told.
            days = count::days(&people.store, hours, login, (from - 2 * DAY, self.looks.until)).await?;
            days.retain(|day, _| *day >= hours.day(from));
            if let Some(ahead) = wanted.ahead.map(|ahead| hours.day(ahead)) {
                days.range_mut(ahead..).for_each(|(_, of)| of.day.was_ahead = true);
            }
            if self.since.is_some() {
                first = first.min(hours.day(from));
            }
        }
        let mut transaction = people.store.begin().await?;
        let is = who::lock(&mut transaction, login).await?;
        let (before, refused) = match is {
            Some(_) => {
                kept::put(&mut transaction, login, (&days, self.looks.place)).await?;
                kept::before(&mut transaction, hours, login, today - KEPT_DAYS).await?
            }
            // Who went took their habit along; what they did just before is told all the same.
            None => (days.iter().map(|(day, of)| (*day, of.day)).collect(), BTreeMap::new()),
        };
        let Some(role) = wanted.role.or_else(|| is.map(str::to_owned)) else { return Ok(()) };
        let mut is_news = false;
        for day in first..=today {
            for found in self.unusual((login, &role), day, &before, (&days, &refused)) {
                is_news |= cases::raise(&mut transaction, &found).await?;
            }
        }
        self.tell(&mut transaction, (login, &role), is_news).await?;
        Ok(transaction.commit().await?)
    }

    /// What is unusual of a day, held against those before.
    fn unusual(
        &self,
        (login, role): ([u8; 16], &str),
        day: i64,
        before: &BTreeMap<i64, Day>,
        (days, refused): (&BTreeMap<i64, Counted>, &BTreeMap<i64, RefusedDay>),
    ) -> Vec<Found> {
        let Some(of_day) = before.get(&day) else { return Vec::new() };
        let is_known = |rule: &Rule| rule.is_known(of_day) && (self.is_steady || *rule != Rule::AtNight);
        let rules = Rule::ALL.into_iter().filter(is_known);
        rules
            .filter_map(|rule| {
                let (first_at, last_at) = match rule {
                    Rule::Refused => {
                        refused.get(&day).map(|of| (of.first * HOUR, (of.last * HOUR + HOUR - 1).min(self.now)))
                    }
                    _ => days.get(&day).map(|of| (of.first, of.last)),
                }?;
                let earlier = before.range(..day).map(|(_, of)| of).filter(|of| rule.is_known(of));
                let earlier = earlier.map(|of| rule.of(of)).collect();
                let Habit { usual, most } = Habit::of(earlier, rule.floor(&self.people.watching));
                let count = rule.of(of_day);
                let role = role.to_owned();
                (count > most).then_some(Found { login, rule, day, role, count, usual, most, first_at, last_at })
            })
            .collect()
    }

    /// Raises that somebody guesses at the second factor of who has power over others' data.
    async fn of_codes(&self) -> Result<(), PeopleError> {
        for guessed in guessed_codes(self.people, WRONG_CODES).await? {
            let login = guessed.login.0;
            let mut transaction = self.people.store.begin().await?;
            let Some(role) = who::lock(&mut transaction, login).await?.filter(|role| *role != Role::Employee.name())
            else {
                continue;
            };
            let found = Found {
                login,
                rule: Rule::WrongCodes,
                day: self.hours.day(guessed.last),
                role: role.to_owned(),
                count: guessed.tries,
                usual: None,
                most: WRONG_CODES,
                first_at: guessed.last,
                last_at: guessed.last,
            };
            let is_news = cases::raise(&mut transaction, &found).await?;
            self.tell(&mut transaction, (login, role), is_news).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Has those mailed who look at the use of an account in a role that there is something to look at.
    async fn tell(
        &self,
        transaction: &mut Write,
        (login, role): ([u8; 16], &str),
        is_news: bool,
    ) -> Result<(), PeopleError> {
        if !is_news {
            return Ok(());
        }
        tracing::info!("Use of what is kept of people was unusual; it stands at /records/use.");
        for watcher in self.watchers.over(login, reach(Some(role))) {
            mail::queue(self.people.post.as_ref(), transaction, watcher, mail::Kind::Use).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_the_clock_has_leapt_nobody_says_for_a_day_what_is_night() {
        let (mut steady, begun) = (Steady::default(), Instant::now());
        let minutes = |many: u64| Duration::from_secs(60 * many);
        assert!(steady.look(0, begun));
        assert!(steady.look(5 * 60_000, begun + minutes(5)), "it goes on as time does");
        assert!(!steady.look(12 * HOUR, begun + minutes(10)), "half a day in five minutes");
        assert!(!steady.look(12 * HOUR + 5 * 60_000, begun + minutes(15)));
        assert!(steady.look(36 * HOUR, begun + minutes(10 + 24 * 60)), "a day later it is what it is");
        assert!(!steady.look(24 * HOUR, begun + minutes(15 + 24 * 60)), "and put back");
    }
}
