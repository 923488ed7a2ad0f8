//! What goes on by itself: reminders are made as they are due, and judged once they have waited long enough.
//!
//! Whoever does it, and however often: that one is made once is held by its row, that one is missed and mailed once by the change of that
//! row, and that HR is told once by the row of the notice; each of them in one transaction with all that follows from it.

use std::time::Duration;

use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind as Job, Worker};
use attune_ground::store::bytes16;
use attune_people::access::{self, Act, By, Of as About};
use attune_people::rights::{LoginId, Role};
use attune_people::{Told, accounts, sign_in};
use attune_protocol::ids::PersonId;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use super::plan::{self, Plan};
use super::rows::{self, IN_A_ROW, Made, Of};
use super::{EARLY, HOUR, mails, notices};
use crate::error::ContactError;
use crate::kind::Kind;
use crate::state::Contact;

/// Every half minute it is looked what is due.
const REMINDING: Job = Job { name: "reminders", every: Some(Duration::from_secs(30)), chore: Chore::Reminding };

/// Plans, and reminders, that are read at a time.
const AT_A_TIME: i64 = 500;

/// Two of one kind are at least so far apart, milliseconds: who changes the hour, or the zone, is not reminded twice a day.
const APART: i64 = 12 * HOUR;

/// One that was to be judged so long ago, milliseconds, was judged by nobody, as no collector ran or the clock leapt: its person could not
/// answer, either, and has an hour more.
const LATE: i64 = 2 * HOUR;

/// After how long somebody who cannot be reminded, or of whom HR is told, is looked at again, milliseconds.
const LATER: i64 = 6 * HOUR;

/// Reminds people until it is told to stop.
pub(crate) async fn keep_reminding(state: Contact, stop: watch::Receiver<bool>) {
    let work = |_: String| {
        let state = state.clone();
        async move {
            let now = state.store().database_time().await?;
            round(&state, now).await
        }
    };
    Worker::new(state.store(), REMINDING).run(stop, work).await;
}

/// Does all that is due at an instant, Unix milliseconds.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn round(state: &Contact, now: i64) -> Result<(), ContactError> {
    if !state.may_tell_hr() {
        notices::end_all(state.store(), now).await?;
    }
    loop {
        let due = plan::due(state.store(), now, AT_A_TIME).await?;
        for (person, number) in &due {
            let person = PersonId(bytes16(person)?);
            let is_done = match Kind::of(*number) {
                Some(kind) => make(state, (person, kind), now).await?,
                None => false, // of a later version
            };
            if !is_done {
                state.store().again(|| pass_over(state, (person, *number), now)).await?;
            }
        }
        if due.len() < AT_A_TIME as usize {
            break;
        }
    }
    loop {
        let due = rows::to_judge(state.store(), now, AT_A_TIME).await?;
        let hr = match state.may_tell_hr() && !due.is_empty() {
            true => sign_in::with_role(state.store(), Role::Hr).await?,
            false => Vec::new(),
        };
        for (person, number, due) in &due {
            let Some(kind) = Kind::of(*number) else { continue };
            judge(state, (PersonId(bytes16(person)?), kind), *due, &hr, now).await?;
        }
        if due.len() < AT_A_TIME as usize {
            return Ok(());
        }
    }
}

/// Nothing can be done about somebody now: they are looked at again later, and HR is told of them no more.
async fn pass_over(state: &Contact, (person, number): (PersonId, i64), now: i64) -> Result<(), ContactError> {
    let mut transaction = state.store().begin().await?;
    accounts::lock(&mut transaction, person).await?;
    plan::put_off(&mut transaction, (person, number), (now + LATER, now)).await?;
    if let Some(kind) = Kind::of(number) {
        notices::end(&mut transaction, (person, kind), now).await?;
    }
    Ok(transaction.commit().await?)
}

/// Who is reminded: with which login, and by which clock they live. None where they may not sign in: nobody is to be reminded of what
/// they cannot do.
async fn reached(state: &Contact, person: PersonId) -> Result<Option<(LoginId, TimeZone)>, ContactError> {
    let (store, keys) = (state.store(), state.people().keys());
    let Some(login) = sign_in::of_person(store, person).await? else { return Ok(None) };
    let found = match sign_in::find(store, keys, login).await {
        Ok(found) => found,
        Err(error) if error.is_of_the_database() => return Err(error.into()),
        Err(_) => None,
    };
    if found.is_none_or(|found| found.disabled_at.is_some()) {
        return Ok(None);
    }
    Ok(Some((login, state.people().calendar(Some(person)).await?.zone)))
}

/// Whether somebody did what they are reminded of in a piece of time; what devices send under an account of an earlier version that is
/// theirs, too, was done by them.
async fn did(state: &Contact, (person, kind): Of, from: i64, until: i64) -> Result<bool, ContactError> {
    let Some(source) = state.source(kind) else { return Ok(false) };
    let others = accounts::same_as(state.store().pool(), person).await?;
    for one in [vec![person], others].concat() {
        if source.look(one, from..until).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Of the last reminders those that were answered after all: what a device sends later counts, too.
async fn answered(state: &Contact, of: Of, now: i64) -> Result<Vec<i64>, ContactError> {
    let (mut found, mut until) = (Vec::new(), now + 1);
    for (due, is_answered) in rows::newest(state.store(), of, now).await? {
        if !is_answered && did(state, of, due - EARLY, until).await? {
            found.push(due);
        }
        until = due - EARLY;
    }
    Ok(found)
}

/// Makes the reminder of somebody that is due, where one is; gives false where nothing can be done about them now.
async fn make(state: &Contact, of: Of, now: i64) -> Result<bool, ContactError> {
    let (person, kind) = of;
    let Some((login, zone)) = reached(state, person).await? else { return Ok(false) };
    let Some(key) = state.key_of(person).await? else { return Ok(false) };
    let Some(plan) = plan::of(state.store(), &key, person, kind).await? else { return Ok(false) };
    let slot = plan.slot(&zone, now);
    let is_done = match slot {
        Some(slot) => did(state, of, slot - EARLY, now + 1).await?,
        None => false,
    };
    let answered = answered(state, of, now).await?;
    let known = Known { login, done: slot.filter(|_| is_done), answered: &answered };
    state.store().again(|| make_in(state, of, &known, now)).await
}

/// What was looked up before the lock was taken.
struct Known<'a> {
    login: LoginId,
    /// The one that is due and was done already.
    done: Option<i64>,
    answered: &'a [i64],
}

async fn make_in(state: &Contact, of: Of, known: &Known<'_>, now: i64) -> Result<bool, ContactError> {
    let (person, kind) = of;
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(false);
    }
    let Some(key) = state.key_of(person).await? else { return Ok(false) };
    let Some(mut plan) = plan::read(&mut transaction, &key, person, kind).await? else { return Ok(false) };
    // Behind the lock: another zone that is chosen meanwhile has the plan looked at soon, which is not to be written over.
    let zone = state.people().calendar(Some(person)).await?.zone;
    // One that was chosen while the clock was ahead holds from now on.
    plan.since = plan.since.min(now);
    if rows::answer(&mut transaction, of, known.answered, now).await? {
        notices::end(&mut transaction, of, now).await?;
        mails::forget(state, &mut transaction, of, known.login, now).await?;
    }
    let last = rows::last_due(&mut transaction, of, now).await?;
    if last.is_some() {
        // One that was made while the clock was ahead overtakes the others once it is due.
        rows::close(&mut transaction, of, last, now).await?;
    }
    let slot = plan.slot(&zone, now).filter(|slot| last.is_none_or(|last| slot - last >= APART));
    let quiet = slot.and(plan.rhythm.quiet).and_then(|quiet| quiet.ends(&zone, now));
    let next_at = match (slot, quiet) {
        (Some(_), Some(end)) => Some(end),
        (Some(due), None) => {
            let is_done = known.done == Some(due);
            let warns = !is_done && notices::would_be(state, &mut transaction, of, &plan, now).await?;
            let judge_at = judged_at(&plan, &zone, now);
            let made = Made { due, show_at: now, judge_at, warns, is_done };
            if rows::insert(&mut transaction, of, &made, now).await? {
                rows::close(&mut transaction, of, Some(due), now).await?;
                plan.left = plan.left.map(|left| left.saturating_sub(1));
                if is_done {
                    notices::end(&mut transaction, of, now).await?;
                }
            }
            plan.next(&zone, now)
        }
        (None, _) => plan.next(&zone, now),
    };
    let next_at = match notices::stands(&mut transaction, of).await? {
        // What a device sends late ends it, also where no reminder follows.
        true => Some(next_at.map_or(now + LATER, |next| next.min(now + LATER))),
        false => next_at,
    };
    plan::write(&mut transaction, &key, of, &plan, (next_at, now)).await?;
    transaction.commit().await?;
    Ok(true)
}

/// When one that is shown from an instant on counts as missed: not within quiet hours, as a mail follows it.
pub(super) fn judged_at(plan: &Plan, zone: &TimeZone, show_at: i64) -> i64 {
    let at = show_at + i64::from(plan.hours) * HOUR;
    plan.rhythm.quiet.and_then(|quiet| quiet.ends(zone, at)).unwrap_or(at)
}

/// Judges a reminder that has waited long enough: whether it was answered, and what follows where it was not; `hr` are those who would be
/// told.
async fn judge(state: &Contact, of: Of, due: i64, hr: &[LoginId], now: i64) -> Result<(), ContactError> {
    let reached = reached(state, of.0).await?;
    let answered = answered(state, of, now).await?;
    state.store().again(|| judge_in(state, of, due, (reached.as_ref(), answered.as_slice(), hr), now)).await
}

async fn judge_in(
    state: &Contact,
    of: Of,
    due: i64,
    (reached, answered, hr): (Option<&(LoginId, TimeZone)>, &[i64], &[LoginId]),
    now: i64,
) -> Result<(), ContactError> {
    let (person, kind) = of;
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(());
    }
    if rows::answer(&mut transaction, of, answered, now).await? {
        notices::end(&mut transaction, of, now).await?;
        if let Some((login, _)) = reached {
            mails::forget(state, &mut transaction, of, *login, now).await?;
        }
    }
    let plan = match (reached, state.key_of(person).await?) {
        (Some(_), Some(key)) => plan::read(&mut transaction, &key, person, kind).await?,
        _ => None,
    };
    let Some((plan, (login, zone))) = plan.zip(reached) else {
        // Who is not reminded any more has missed nothing.
        rows::close(&mut transaction, of, None, now).await?;
        return Ok(transaction.commit().await?);
    };
    let quiet_ends = |at: i64| plan.rhythm.quiet.and_then(|quiet| quiet.ends(zone, at));
    // Nobody is mailed in quiet hours, however late it is that one is judged.
    let given = match quiet_ends(now) {
        Some(end) => (now + 1, end),
        None => (now - LATE, quiet_ends(now + HOUR).unwrap_or(now + HOUR)),
    };
    if rows::give_time(&mut transaction, of, due, given).await? {
        return Ok(transaction.commit().await?);
    }
    if let Some(warned) = rows::miss(&mut transaction, of, due, now).await? {
        let missed = rows::in_a_row(&mut transaction, of, (plan.since, now)).await?;
        let may = state.may_tell_hr() && plan.told && warned && missed >= IN_A_ROW;
        if may && !notices::stands(&mut transaction, of).await? && notices::tell(&mut transaction, of, due, now).await?
        {
            for hr in hr {
                sign_in::mail_told(state.people(), &mut transaction, *hr, Told::Unanswered).await?;
            }
            // A mail that says what comes says no more what is so.
            mails::forget(state, &mut transaction, of, *login, now).await?;
            let act = Act::TellUnanswered.name();
            access::note(&mut transaction, &By::COLLECTOR, act, About::Person(person), &[]).await?;
            plan::look_soon(&mut transaction, person).await?;
        }
        if plan.mail {
            let is_last = notices::would_be(state, &mut transaction, of, &plan, now).await?;
            let told = if is_last { Told::Last } else { Told::Missed };
            sign_in::mail_told(state.people(), &mut transaction, *login, told).await?;
        }
    }
    Ok(transaction.commit().await?)
}
