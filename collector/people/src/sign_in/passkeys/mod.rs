//! Passkeys beside passwords (WebAuthn): keys that a telephone, a computer or a stick holds, and uses only for who shows it a finger, a
//! face or a PIN. So one stands for password and second factor both.
//!
//! | table | holds |
//! |---|---|
//! | `passkeys` | public keys and what their owners call them, sealed under the key of the login; found by a tag of what the key is called |
//! | `passkey_steps` | what was asked of a browser and is not answered yet, by a hash; of somebody who adds one sealed under their key |
//!
//! | meets | held by |
//! |---|---|
//! | a page elsewhere that passes for ours | browsers: a key answers to the name that it was made for, and what it signs names the origin |
//! | an answer that was seen, or made for another question | each question is here once, for five minutes, and the answer holds its challenge |
//! | a key without its owner | what it signs says that it looked who uses it |
//! | a copy of a key | its count must rise, where it counts; of two answers at once one is taken |
//! | who asks whether there is a name | nobody is asked for one: the key says whose it is |
//! | who found a browser that is signed in | the password once more, before a key is added or removed |

mod kept;
mod site;
mod steps;

use attune_ground::http::Problem;
use serde::Serialize;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential, WebauthnError};

use super::{Login, logins};
use crate::access::{Act, By};
use crate::mail;
use crate::rights::LoginId;
use crate::{People, PeopleError};

pub(super) use kept::{Damaged, Kept, MOST, list, remove_all};
pub(super) use site::Site;
pub(super) use steps::tidy;

/// A question to a browser.
pub(super) struct Asked {
    /// By what the answer is known to be one to it.
    pub(super) step: String,
    /// What its script gives to the browser, JSON.
    pub(super) options: String,
}

/// Asks a browser to make a key for somebody, which is then called `name`.
///
/// # Errors
/// 400 for a name that is none, 409 for who has as many as one may have.
pub(super) async fn ask_for_new(people: &People, site: &Site, login: &Login, name: &str) -> Result<Asked, Problem> {
    let name = kept::name("key_name", name)?;
    let (there, damaged) = list(&people.store, &people.keys, login.id).await?;
    if there.len() + damaged.len() >= MOST {
        return Err(Problem::conflict("key_name", format!("an account has {MOST} passkeys at most: remove one first")));
    }
    let (options, state) = site.ask_for_new(login, &there).map_err(|_| cannot())?;
    let step = steps::begin(people, Some(login.id), &steps::New { name, state }).await?;
    Ok(Asked { step, options: json(&options) })
}

/// Keeps the key that a browser has made. The account is looked at again behind its lock.
///
/// # Errors
/// 400 for an answer that does not hold, 401 where the account was changed meanwhile.
pub(super) async fn add(people: &People, site: &Site, login: &Login, step: &str, answer: &str) -> Result<(), Problem> {
    let wrong =
        || Problem::bad_request("answer", "the answer of the browser does not hold: begin anew at /account/passkeys");
    let new: steps::New = steps::take(people, Some(login.id), step).await?.ok_or_else(wrong)?;
    let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(|_| wrong())?;
    let key = site.made(&answer, &new.state).map_err(|_| wrong())?;
    let mut transaction = people.store.begin().await?;
    if !logins::stands(&mut transaction, login).await? {
        return Err(Problem::unauthorized("this account was changed meanwhile: sign in again"));
    }
    if !kept::put(&mut transaction, (&people.keys, &people.own), login.id, Kept::new(new.name, site.host(), key))
        .await?
    {
        return Err(Problem::conflict("answer", "this passkey is here already"));
    }
    logins::note(&mut transaction, &By::login(login.id, &login.roles), Act::AddPasskey, login.id).await?;
    mail::queue(people.post.as_ref(), &mut transaction, login.id, mail::Kind::Passkey).await?;
    Ok(transaction.commit().await?)
}

/// Removes a key of somebody's; gives whether there was one.
///
/// # Errors
/// When the database refuses.
pub(super) async fn remove(people: &People, login: &Login, key: &str) -> Result<bool, PeopleError> {
    let mut transaction = people.store.begin().await?;
    let removed = kept::remove(&mut transaction, login.id, key).await?;
    if removed {
        logins::lose_way(&mut transaction, login.id).await?;
        logins::note(&mut transaction, &By::login(login.id, &login.roles), Act::RemovePasskey, login.id).await?;
    }
    transaction.commit().await?;
    Ok(removed)
}

/// Asks a browser for a key of anybody's.
///
/// # Errors
/// When the database refuses.
pub(super) async fn ask(people: &People, site: &Site) -> Result<Asked, Problem> {
    let (options, state) = site.ask().map_err(|_| cannot())?;
    let step = steps::begin(people, None, &state).await?;
    Ok(Asked { step, options: json(&options) })
}

/// Who has answered with a key of theirs.
///
/// # Errors
/// 401 for an answer that does not hold and for a key that nobody has here, 403 for who may not sign in.
pub(super) async fn who(people: &People, site: &Site, step: &str, answer: &str) -> Result<Login, Problem> {
    let wrong = || {
        Problem::unauthorized(
            "this passkey is not known here, or its answer came too late: try again, or sign in with your password",
        )
    };
    let state = steps::take(people, None, step).await?.ok_or_else(wrong)?;
    let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(|_| wrong())?;
    let (of, credential) = site.names(&answer).map_err(|_| wrong())?;
    let of = LoginId(of);
    let Some(row) = kept::find(&people.store, (&people.keys, &people.own), of, credential).await? else {
        return Err(wrong());
    };
    let used = site.answered(&answer, state, row.key()).map_err(|error| {
        if matches!(error, WebauthnError::CredentialPossibleCompromise) {
            tracing::warn!("A passkey was refused, as its count did not rise: there may be a copy of it.");
        }
        wrong()
    })?;
    let login = logins::find(&people.store, &people.keys, of).await?.ok_or_else(wrong)?;
    if login.disabled_at.is_some() {
        return Err(Problem::forbidden("this account may not sign in: ask an administrator"));
    }
    if !kept::used(&people.store, &people.keys, of, row, &used).await? {
        return Err(wrong());
    }
    Ok(login)
}

fn cannot() -> Problem {
    Problem::busy("passkeys cannot be asked for now: sign in with your password")
}

fn json(options: &impl Serialize) -> String {
    serde_json::to_string(options).expect("texts, numbers and lists")
}

#[cfg(test)]
mod tests;
