//! Answers a reminder, or puts it off for a while.

use attune_ground::http::Problem;
use attune_people::{accounts, sign_in};
use attune_protocol::ids::PersonId;

use super::round::judged_at;
use super::{HOUR, mails, notices, plan, rows};
use crate::error::ContactError;
use crate::kind::Kind;
use crate::state::Contact;

/// For how many hours one can be put off.
pub(crate) const PUT_OFF: [u8; 3] = [1, 3, 8];

/// How long after it was due one can be put off to at most, milliseconds.
const LONGEST: i64 = 23 * HOUR;

fn none() -> Problem {
    Problem::not_found("there is no such reminder")
}

/// Somebody did what a reminder is of, by their own word. Once more changes nothing.
///
/// # Errors
/// 404 where there is none.
pub(crate) async fn answer(state: &Contact, (person, kind): (PersonId, Kind), due: i64) -> Result<(), Problem> {
    let login = sign_in::of_person(state.store(), person).await?;
    let answered = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        let is_there = accounts::lock(&mut transaction, person).await?
            && rows::is_there(&mut transaction, (person, kind), due).await?;
        if !is_there {
            return Ok(Err(none()));
        }
        let now = transaction.database_time().await?;
        if rows::answer(&mut transaction, (person, kind), &[due], now).await? {
            notices::end(&mut transaction, (person, kind), now).await?;
            if let Some(login) = login {
                mails::forget(state, &mut transaction, (person, kind), login, now).await?;
            }
        }
        transaction.commit().await?;
        Ok::<_, ContactError>(Ok(()))
    });
    answered.await?
}

/// Shows a reminder again in some hours, and not before quiet ones have ended: it is missed so much later.
///
/// # Errors
/// 400 for another number of hours, 404 where none waits that was not missed yet, 409 where the next is due before.
pub(crate) async fn put_off(
    state: &Contact,
    (person, kind): (PersonId, Kind),
    due: i64,
    hours: u8,
) -> Result<(), Problem> {
    if !PUT_OFF.contains(&hours) {
        return Err(Problem::bad_request("hours", "a reminder is put off for 1, 3 or 8 hours"));
    }
    let zone = state.people().calendar(Some(person)).await?.zone;
    let done = state.store().again(|| async {
        let mut transaction = state.store().begin().await?;
        if !accounts::lock(&mut transaction, person).await? {
            return Ok(Err(none()));
        }
        let Some(key) = state.key_of(person).await? else { return Ok(Err(none())) };
        let Some(plan) = plan::read(&mut transaction, &key, person, kind).await? else { return Ok(Err(none())) };
        let now = transaction.database_time().await?;
        let later = now + i64::from(hours) * HOUR;
        let show_at = plan.rhythm.quiet.and_then(|quiet| quiet.ends(&zone, later)).unwrap_or(later);
        if show_at > due.saturating_add(LONGEST) {
            let why = "by then the next one may be due: answer it, or put it off for less";
            return Ok(Err(Problem::conflict("hours", why)));
        }
        let times = (show_at, judged_at(&plan, &zone, show_at));
        if !rows::snooze(&mut transaction, (person, kind), due, times).await? {
            return Ok(Err(none()));
        }
        transaction.commit().await?;
        Ok::<_, ContactError>(Ok(()))
    });
    done.await?
}
