//! Whether somebody is still to be mailed that an alert waits, looked at right before the mail goes: since it was queued they may have been
//! taken back, a consent withdrawn, an alert ended or held, an account closed, quiet hours begun.

use attune_ground::GroundError;
use attune_ground::time::now_millis;
use attune_people::rights::{LoginId, Role};
use attune_people::sign_in::Login;
use attune_people::teams::led_by;
use attune_people::{LookAgain, PeopleError, StillDue, accounts};
use attune_protocol::ids::PersonId;

use super::calls;
use super::choices::{self, Mail};
use super::person::{self, Alert};
use super::supporters::{self, Supported};
use super::{round, seen, teams};
use crate::{Wellbeing, WellbeingError};

/// What was opened longer ago than this, milliseconds, is what no mail waits for any more: the longest wait is to the next morning, to the
/// end of quiet hours, and for a day in which the mail is tried again.
const WAITED_FOR: i64 = 3 * 24 * 3_600_000;

/// Looks again, for who mails.
#[must_use]
pub fn look_again(state: &Wellbeing) -> LookAgain {
    let state = state.clone();
    LookAgain::by(move |login| {
        let state = state.clone();
        Box::pin(async move { still_due(&state, login, now_millis()).await.map_err(of_people) })
    })
}

fn of_people(error: WellbeingError) -> PeopleError {
    match error {
        WellbeingError::People(error) => error,
        WellbeingError::Ground(error) => error.into(),
        WellbeingError::Unreadable(_) => GroundError::Corrupt("an alert reads").into(),
    }
}

/// Whether somebody is to be mailed at an instant, Unix milliseconds.
///
/// # Errors
/// When the database refuses.
pub(super) async fn still_due(state: &Wellbeing, login: LoginId, now: i64) -> Result<StillDue, WellbeingError> {
    let choices = choices::of(state, login).await?;
    let Some(found) = choices::who(state, login).await?.filter(|_| choices.mail != Mail::Never) else {
        return Ok(StillDue::No);
    };
    let Some(zone) = choices::zone_of(state, login).await? else { return Ok(StillDue::No) };
    let since = now - WAITED_FOR;
    let waits = own(state, &found, since).await?
        || of_supported(state, login, since).await?
        || !calls::waiting(state.store(), login).await?.is_empty()
        || of_teams(state, &found, since).await?;
    if !waits {
        return Ok(StillDue::No);
    }
    Ok(choices.quiet.and_then(|quiet| quiet.ends(&zone, now)).map_or(StillDue::Now, StillDue::From))
}

/// Whether an alert about themselves waits, which they hold not yet.
async fn own(state: &Wellbeing, found: &Login, since: i64) -> Result<bool, WellbeingError> {
    let Some(person) = found.person else { return Ok(false) };
    let open = about(state, person, None, since).await?;
    Ok(open.iter().any(|alert| alert.standing.acknowledged_at.is_none()))
}

/// Whether one is open about somebody who chose them, and to whom they said yes.
async fn of_supported(state: &Wellbeing, login: LoginId, since: i64) -> Result<bool, WellbeingError> {
    let all = supporters::supported(state, login).await?;
    for Supported { person, .. } in all.into_iter().filter(|one| one.accepted_at.is_some()) {
        if !about(state, person, Some(login), since).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The open ones about a person that may be told, read behind their lock; of who supports them none where they do not by then.
async fn about(
    state: &Wellbeing,
    person: PersonId,
    supporter: Option<LoginId>,
    since: i64,
) -> Result<Vec<Alert>, WellbeingError> {
    let Some(key) = seen::key_of(state, person).await? else { return Ok(Vec::new()) };
    let mut transaction = state.store().begin().await?;
    if !accounts::lock(&mut transaction, person).await? {
        return Ok(Vec::new());
    }
    if let Some(login) = supporter
        && !supporters::still(&mut transaction, person).await?.contains(&login)
    {
        return Ok(Vec::new());
    }
    let mut open = person::open(&mut transaction, person, &key).await?;
    transaction.commit().await?;
    open.retain(|alert| alert.standing.opened_at >= since);
    round::still_agreed(state, person, open).await
}

/// Whether one about a team for which they answer waits, which nobody holds.
async fn of_teams(state: &Wellbeing, found: &Login, since: i64) -> Result<bool, WellbeingError> {
    let all = found.roles.contains(&Role::Hr);
    if !all && !found.roles.contains(&Role::Manager) {
        return Ok(false);
    }
    let mut connection = state.store().pool().acquire().await?;
    let open = teams::open(&mut connection).await?;
    drop(connection);
    let led = if all { Vec::new() } else { led_by(state.store(), found.id, now_millis()).await? };
    let waits = |alert: &teams::Alert| {
        let is_new = alert.standing.opened_at >= since && alert.standing.acknowledged_at.is_none();
        is_new && (all || led.contains(&alert.team)) && teams::may_be_told(state, alert.content.rule)
    };
    Ok(open.iter().any(waits))
}
