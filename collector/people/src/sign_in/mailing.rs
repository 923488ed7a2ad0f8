//! Looks who has asked for a new password, and sends what waits.

use std::time::Duration;

use attune_ground::store::Write;
use attune_ground::time::now_millis;
use tokio::sync::mpsc::Receiver;
use tokio::sync::{Notify, watch};

use super::LoginId;
use super::links;
use super::logins::{find, id_of_name};
use crate::mail::{self, Kind, Post, Unsent, Waiting};
use crate::{People, PeopleError};

/// How often it is looked for what is due.
const LOOK: Duration = Duration::from_secs(5);
/// The first wait after a mail did not go, milliseconds; twice as long with each.
const FIRST_WAIT: i64 = 10_000;

/// Has somebody mailed that an alert waits, from an instant on, Unix milliseconds, where they have an address and any mail is sent. Gives
/// whether one waits.
///
/// # Errors
/// When the database refuses.
pub async fn mail_alert(
    people: &People,
    transaction: &mut Write,
    login: LoginId,
    due_at: i64,
) -> Result<bool, PeopleError> {
    mail::queue_alert(people.post.as_ref(), transaction, login, due_at).await
}

/// Has somebody not mailed any more of alerts that wait.
///
/// # Errors
/// When the database refuses.
pub async fn forget_alert_mail(transaction: &mut Write, login: LoginId) -> Result<(), PeopleError> {
    mail::forget_alert(transaction, login).await
}

/// Sends mail until it is to stop, where a collector sends any.
pub(crate) async fn send(people: People, mut stop: watch::Receiver<bool>) {
    let asking = people.post.as_ref().and_then(Post::asking);
    let (Some(post), Some(asking)) = (people.post.clone(), asking) else {
        let _ = stop.wait_for(|stop| *stop).await;
        return;
    };
    let due = Notify::new();
    let mut stop_sending = stop.clone();
    // A server that is slow keeps no request from being taken down.
    tokio::join!(take_down(&people, asking, &due, &mut stop), send_on(&people, &post, &due, &mut stop_sending));
}

/// Writes down who has asked for a new password, until there is to be an end; what waits then is written down still.
async fn take_down(people: &People, mut asking: Receiver<String>, due: &Notify, stop: &mut watch::Receiver<bool>) {
    loop {
        let name = tokio::select! {
            biased;
            name = asking.recv() => name,
            _ = stop.wait_for(|stop| *stop) => {
                asking.close();
                asking.try_recv().ok()
            }
        };
        let Some(name) = name else { return };
        if let Err(error) = asked(people, &name).await {
            tracing::warn!(%error, "A request for a new password could not be taken down.");
        }
        due.notify_one();
    }
}

async fn send_on(people: &People, post: &Post, due: &Notify, stop: &mut watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = send_due(people, post, stop).await {
            tracing::warn!(%error, "Mail could not be looked through; it is tried again.");
        }
        tokio::select! {
            _ = tokio::time::timeout(LOOK, due.notified()) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

async fn asked(people: &People, name: &str) -> Result<(), PeopleError> {
    let Some(login) = id_of_name(&people.store, &people.own, name).await? else { return Ok(()) };
    let mut transaction = people.store.begin().await?;
    mail::queue(people.post.as_ref(), &mut transaction, login, Kind::Reset).await?;
    Ok(transaction.commit().await?)
}

async fn send_due(people: &People, post: &Post, stop: &mut watch::Receiver<bool>) -> Result<(), PeopleError> {
    while !*stop.borrow()
        && let Some(waiting) = mail::take_up(&people.store).await?
    {
        if let Err(error) = send_one(people, post, &waiting, stop).await {
            tracing::warn!(kind = waiting.kind.name(), %error, "A mail could not be made; it is tried again.");
        }
    }
    Ok(())
}

async fn send_one(
    people: &People,
    post: &Post,
    waiting: &Waiting,
    stop: &mut watch::Receiver<bool>,
) -> Result<(), PeopleError> {
    if now_millis() - waiting.created_at > waiting.kind.life() {
        return mail::remove(&people.store, waiting).await;
    }
    let (link, to) = match waiting.kind {
        Kind::Reset => match links::make_mailed(&people.store, &people.keys, waiting.login).await? {
            Some((link, to)) => (Some(link), to),
            None => return mail::remove(&people.store, waiting).await,
        },
        Kind::Changed | Kind::Passkey | Kind::Alert => {
            let login = find(&people.store, &people.keys, waiting.login).await?;
            let login = login.filter(|login| login.disabled_at.is_none());
            match login.and_then(|login| login.mail) {
                Some(to) => (None, to),
                None => return mail::remove(&people.store, waiting).await,
            }
        }
    };
    let handed = tokio::select! {
        handed = post.hand(&waiting.id, &to, waiting.kind, link.as_deref()) => Some(handed),
        _ = stop.wait_for(|stop| *stop) => None,
    };
    // The next to start, or another collector, takes up what was under way when this one is to stop.
    let Some(handed) = handed else { return mail::put_off(&people.store, waiting, now_millis()).await };
    match handed {
        Ok(()) => mail::remove(&people.store, waiting).await,
        Err(Unsent::Never(why)) => {
            tracing::warn!(kind = waiting.kind.name(), %why, "A mail is given up.");
            mail::remove(&people.store, waiting).await
        }
        Err(Unsent::Later(why)) => {
            tracing::warn!(kind = waiting.kind.name(), %why, "A mail did not go; it is tried again.");
            let wait = (FIRST_WAIT << (waiting.attempts - 1).clamp(0, 20)).min(mail::LONGEST_WAIT);
            mail::put_off(&people.store, waiting, now_millis() + wait).await
        }
    }
}
