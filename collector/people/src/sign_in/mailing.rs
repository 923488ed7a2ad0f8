//! Looks who has asked for a new password, and sends what waits.

use std::time::Duration;

use attune_ground::time::now_millis;
use tokio::sync::watch;

use super::links;
use super::logins::{find, id_of_name};
use crate::mail::{self, Kind, Post, Unsent, Waiting};
use crate::{People, PeopleError};

/// How often it is looked for what is due.
const LOOK: Duration = Duration::from_secs(5);
/// The first wait after a mail did not go, milliseconds; twice as long with each.
const FIRST_WAIT: i64 = 10_000;
const LONGEST_WAIT: i64 = 15 * 60_000;

/// Sends mail until it is to stop, where a collector sends any.
pub(crate) async fn send(people: People, mut stop: watch::Receiver<bool>) {
    let asking = people.post.as_ref().and_then(Post::asking);
    let (Some(post), Some(mut asking)) = (people.post.clone(), asking) else {
        let _ = stop.wait_for(|stop| *stop).await;
        return;
    };
    loop {
        let name = tokio::select! {
            Some(name) = asking.recv() => Some(name),
            () = tokio::time::sleep(LOOK) => None,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        if let Some(name) = name
            && let Err(error) = asked(&people, &name).await
        {
            tracing::warn!(%error, "A request for a new password could not be taken down.");
        }
        if let Err(error) = send_due(&people, &post).await {
            tracing::warn!(%error, "Mail could not be looked through; it is tried again.");
        }
    }
}

async fn asked(people: &People, name: &str) -> Result<(), PeopleError> {
    let Some(login) = id_of_name(&people.store, &people.own, name).await? else { return Ok(()) };
    let mut transaction = people.store.begin().await?;
    mail::queue(people.post.as_ref(), &mut transaction, login, Kind::Reset).await?;
    Ok(transaction.commit().await?)
}

async fn send_due(people: &People, post: &Post) -> Result<(), PeopleError> {
    for waiting in mail::take_up(&people.store).await? {
        send_one(people, post, &waiting).await?;
    }
    Ok(())
}

async fn send_one(people: &People, post: &Post, waiting: &Waiting) -> Result<(), PeopleError> {
    let age = now_millis() - waiting.created_at;
    let login = find(&people.store, &people.keys, waiting.login).await?;
    let needs_password = waiting.kind == Kind::Reset;
    let login = login.filter(|login| login.disabled_at.is_none() && (login.password.is_some() || !needs_password));
    let (Some(to), 0..) = (login.and_then(|login| login.mail), waiting.kind.life() - age) else {
        return mail::remove(&people.store, waiting).await;
    };
    let link = match waiting.kind {
        Kind::Reset => Some(links::make_mailed(&people.store, waiting.login).await?),
        Kind::Changed | Kind::Passkey => None,
    };
    match post.hand(&waiting.id, &to, waiting.kind, link.as_deref()).await {
        Ok(()) => mail::remove(&people.store, waiting).await,
        Err(Unsent::Never(why)) => {
            tracing::warn!(kind = waiting.kind.name(), %why, "A mail is given up.");
            mail::remove(&people.store, waiting).await
        }
        Err(Unsent::Later(why)) => {
            tracing::warn!(kind = waiting.kind.name(), %why, "A mail did not go; it is tried again.");
            let wait = (FIRST_WAIT << (waiting.attempts - 1).clamp(0, 20)).min(LONGEST_WAIT);
            mail::put_off(&people.store, waiting, now_millis() + wait).await
        }
    }
}
