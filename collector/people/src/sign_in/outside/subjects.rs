//! Which account somebody has whom a provider names.

use attune_ground::http::Problem;
use attune_ground::time::now_millis;

use crate::access::{Act, By};
use crate::provider::{Provider, Started};
use crate::rights::{LoginId, Role};
use crate::sign_in::Login;
use crate::sign_in::links;
use crate::sign_in::logins::{self, NewLogin};
use crate::sign_in::names;
use crate::sign_in::visit::{Factors, Shown, Visit};
use crate::{People, PeopleError};

/// Names that are tried beside those that a provider tells: whoever has taken somebody's keeps them from nothing.
const OTHERS: std::ops::RangeInclusive<u8> = 2..=9;

/// Whose account it is with which somebody came back, and what they have shown.
///
/// # Errors
/// 403 for who has none or may not sign in, 409 for an account that is in use otherwise, and as the provider's answers are.
pub(in crate::sign_in) async fn whose(
    people: &People,
    provider: &Provider,
    visit: &Visit,
    (started, code, back): (&Started, &str, String),
) -> Result<(Login, Shown), Problem> {
    let told = provider.redeem(started, code, back).await?;
    let factors = if told.is_strong { Factors::Both } else { Factors::One };
    let shown = Shown::at(factors, told.shown_at);
    let subject = [provider.issuer(), "\n", &told.subject].concat();
    let tag = people.own.tag("outside subject", subject.as_bytes()).to_vec();
    if let Some(login) = linked(people, &tag).await? {
        return Ok((may_sign_in(login)?, shown));
    }
    // By nothing else: many a provider lets people choose the name that they prefer.
    let meant = match &told.mail {
        Some(mail) => logins::find_by_mail(&people.store, &people.keys, &people.own, mail).await?,
        None => None,
    };
    let login = match meant {
        Some(login) => may_be_linked(provider, may_sign_in(login)?)?,
        None => registered(people, provider, visit, told.preferred.as_deref(), told.mail.as_deref()).await?,
    };
    link(people, provider, &tag, &login).await?;
    Ok((login, shown))
}

async fn linked(people: &People, tag: &[u8]) -> Result<Option<Login>, PeopleError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT login FROM outside_subjects WHERE tag = $1")
        .bind(tag.to_vec())
        .fetch_optional(people.store.pool())
        .await?;
    match row {
        Some((login,)) => logins::find(&people.store, &people.keys, LoginId::of(&login)?).await,
        None => Ok(None),
    }
}

fn may_sign_in(login: Login) -> Result<Login, Problem> {
    match login.disabled_at {
        None => Ok(login),
        Some(_) => Err(Problem::forbidden("this account may not sign in: ask an administrator")),
    }
}

/// An account that somebody signs in to with a password is theirs, whoever a provider says that they are.
fn may_be_linked(provider: &Provider, login: Login) -> Result<Login, Problem> {
    match login.password {
        None => Ok(login),
        Some(_) => Err(Problem::conflict(
            "account",
            format!(
                "this account is signed in to with a password: do so; to use {} in its place, ask an administrator to set the \
                 account's sign-in up anew, and come back here",
                provider.name()
            ),
        )),
    }
}

/// Makes an account for who has none, where people do so themselves: of an employee.
async fn registered(
    people: &People,
    provider: &Provider,
    visit: &Visit,
    preferred: Option<&str>,
    mail: Option<&str>,
) -> Result<Login, Problem> {
    let none = || {
        Problem::forbidden(format!(
            "there is no account here for whom {} says that you are: ask an administrator to make one with your address of mail",
            provider.name()
        ))
    };
    if !people.settings.registration {
        return Err(none());
    }
    people.count_registration(visit).await?;
    // An address to which no mail can go is none.
    let mail = mail.filter(|mail| names::mail("email", mail).is_ok());
    let name = preferred.or(mail).ok_or_else(none)?;
    let others = OTHERS.map(|number| format!("{name} {number}"));
    let names: Vec<String> = [preferred, mail].into_iter().flatten().map(str::to_owned).chain(others).collect();
    // An address that somebody took for their name is left out at last: this account is found by its subject.
    for (name, mail) in names.iter().map(|name| (name, mail)).chain(names.iter().map(|name| (name, None))) {
        let new = NewLogin { name, user_id: None, mail, roles: &[Role::Employee], password: None, may_exist: false };
        let mut transaction = people.store.begin().await?;
        if let Ok(id) = logins::create(&mut transaction, &people.keys, &people.own, new).await? {
            transaction.commit().await?;
            return logins::find(&people.store, &people.keys, id).await?.ok_or_else(none);
        }
    }
    Err(Problem::conflict("account", "your name or address of mail is taken here: ask an administrator"))
}

/// Keeps whose the account is, and ends the link with which a password could be chosen still. It is looked at again behind its lock:
/// somebody may have chosen one meanwhile.
async fn link(people: &People, provider: &Provider, tag: &[u8], login: &Login) -> Result<(), Problem> {
    let mut transaction = people.store.begin().await?;
    let stands = logins::stands(&mut transaction, login).await?;
    let linked = sqlx::query(
        "INSERT INTO outside_subjects (tag, login, issuer, linked_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(tag.to_vec())
    .bind(login.id.0.to_vec())
    .bind(people.own.tag("outside issuer", provider.issuer().as_bytes()).to_vec())
    .bind(now_millis())
    .execute(&mut **transaction)
    .await
    .map_err(PeopleError::from)?;
    if !stands || linked.rows_affected() == 0 {
        return Err(Problem::conflict(
            "account",
            "this account is somebody else's already, or was changed meanwhile: ask an administrator",
        ));
    }
    links::end(&mut transaction, login.id).await?;
    logins::note(&mut transaction, &By::login(login.id, &login.roles), Act::LinkProvider, login.id).await?;
    Ok(transaction.commit().await?)
}
