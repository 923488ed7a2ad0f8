//! To whom an alert is mailed, and when.

use attune_ground::store::Write;
use attune_ground::time::now_millis;
use attune_people::rights::{LoginId, Role};
use attune_people::teams::{TeamId, managers_at};
use attune_people::{People, sign_in};
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use super::record::What;
use super::{choices, supporters};
use crate::team::ORGANISATION;
use crate::{Wellbeing, WellbeingError};

/// Somebody who is mailed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Recipient {
    pub(super) login: LoginId,
    /// When, Unix milliseconds.
    pub(super) at: i64,
    /// As what it stands in the history of an alert.
    pub(super) what: What,
}

/// Who is mailed of an alert about a person: they, and whom they chose and who said yes; each as they have chosen.
pub(super) async fn of_person(
    state: &Wellbeing,
    person: PersonId,
    key: &SealKey,
) -> Result<Vec<Recipient>, WellbeingError> {
    let own = sign_in::of_person(state.store(), person).await?;
    let chosen = supporters::chosen(state, person, key).await?;
    let supporters = chosen.into_iter().filter(|one| one.accepted_at.is_some());
    let all = own.map(|login| (login, What::Mailed)).into_iter();
    recipients(state, all.chain(supporters.map(|one| (one.supporter, What::SupporterMailed))).collect()).await
}

/// Of those who are mailed of an alert about a person the ones who still are to be: whom the person has not taken back, and who has not
/// taken back their yes, behind the person's lock.
pub(super) async fn still_chosen(
    transaction: &mut Write,
    person: PersonId,
    all: Vec<Recipient>,
) -> Result<Vec<Recipient>, WellbeingError> {
    if all.iter().all(|one| one.what != What::SupporterMailed) {
        return Ok(all);
    }
    let still = supporters::still(transaction, person).await?;
    Ok(all.into_iter().filter(|one| one.what != What::SupporterMailed || still.contains(&one.login)).collect())
}

/// Who is mailed of an alert about a team: HR, and who leads it.
pub(super) async fn of_team(state: &Wellbeing, team: TeamId) -> Result<Vec<Recipient>, WellbeingError> {
    let mut logins = sign_in::with_role(state.store(), Role::Hr).await?;
    if team != ORGANISATION {
        let may = sign_in::with_role(state.store(), Role::Manager).await?;
        let lead = managers_at(state.store(), team, now_millis()).await?;
        logins.extend(lead.into_iter().filter(|login| may.contains(login)));
    }
    logins.sort_unstable();
    logins.dedup();
    recipients(state, logins.into_iter().map(|login| (login, What::Mailed)).collect()).await
}

async fn recipients(state: &Wellbeing, all: Vec<(LoginId, What)>) -> Result<Vec<Recipient>, WellbeingError> {
    let mut found = Vec::with_capacity(all.len());
    for (login, what) in all {
        if let Some(at) = choices::mailed_at(state, login).await? {
            found.push(Recipient { login, at, what });
        }
    }
    Ok(found)
}

/// Has somebody mailed, in the transaction in which what it is of is written. Gives whether a mail waits.
pub(super) async fn mail(people: &People, transaction: &mut Write, to: &Recipient) -> Result<bool, WellbeingError> {
    Ok(sign_in::mail_alert(people, transaction, to.login, to.at).await?)
}
