//! Looks who has asked for a new password, and sends what waits.

use std::time::Duration;

use attune_ground::store::Write;
use attune_ground::time::now_millis;
use tokio::sync::mpsc::Receiver;
use tokio::sync::{Notify, watch};

use super::LoginId;
use super::links;
use super::logins::{find, id_of_name};
use crate::mail::{self, Kind, Post, StillDue, Told, Unsent, Waiting};
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

/// Has somebody mailed of reminders, where they have an address and any mail is sent: one of each kind waits at a time.
///
/// # Errors
/// When the database refuses.
pub async fn mail_told(
    people: &People,
    transaction: &mut Write,
    login: LoginId,
    told: Told,
) -> Result<(), PeopleError> {
    mail::queue(people.post.as_ref(), transaction, login, told.kind()).await
}

/// Has somebody not mailed any more of one kind of what [`mail_told`] is of.
///
/// # Errors
/// When the database refuses.
pub async fn forget_told_mail(transaction: &mut Write, login: LoginId, told: Told) -> Result<(), PeopleError> {
    mail::forget_kind(transaction, login, told.kind()).await
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
    if let (Kind::Alert, Some(look_again)) = (waiting.kind, &people.look_again) {
        match look_again.look(waiting.login).await? {
            StillDue::Now => {}
            StillDue::From(at) => return mail::hold_back(&people.store, waiting, at).await,
            StillDue::No => {
                tracing::info!(
                    kind = waiting.kind.name(),
                    "A mail is dropped: what it was to tell of is none of theirs any more."
                );
                return mail::remove(&people.store, waiting).await;
            }
        }
    }
    let (link, to) = match waiting.kind {
        Kind::Reset => match links::make_mailed(&people.store, &people.keys, waiting.login).await? {
            Some((link, to)) => (Some(link), to),
            None => return mail::remove(&people.store, waiting).await,
        },
        Kind::Changed | Kind::Passkey | Kind::Alert | Kind::Use | Kind::Missed | Kind::Last | Kind::Unanswered => {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use attune_ground::testing::Database;
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    use super::super::logins::{NewLogin, create};
    use super::*;
    use crate::mail::{LookAgain, PostSettings};
    use crate::rights::Role;

    /// A server of mail that says of each whole mail that it came, and takes it when it is told to and no sooner.
    struct Slow {
        port: u16,
        came: UnboundedReceiver<String>,
        take: UnboundedSender<()>,
    }

    async fn slow() -> Slow {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (out, came) = unbounded_channel();
        let (take, mut taking) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                talk(stream, &out, &mut taking).await;
            }
        });
        Slow { port, came, take }
    }

    /// Speaks SMTP with one client until it leaves.
    async fn talk(stream: TcpStream, out: &UnboundedSender<String>, taking: &mut UnboundedReceiver<()>) {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 here\r\n").await.expect("greeted");
        let (mut line, mut mail) = (String::new(), None::<String>);
        loop {
            line.clear();
            if stream.read_line(&mut line).await.unwrap_or_default() == 0 {
                return;
            }
            let answer = match (&mut mail, line.as_str()) {
                (Some(_), ".\r\n") => {
                    out.send(mail.take().unwrap_or_default()).expect("the test listens");
                    taking.recv().await.expect("the test tells");
                    "250 taken\r\n"
                }
                (Some(text), line) => {
                    text.push_str(line);
                    continue;
                }
                (None, "DATA\r\n") => {
                    mail = Some(String::new());
                    "354 go on\r\n"
                }
                (None, "QUIT\r\n") => "221 bye\r\n",
                (None, _) => "250 well\r\n",
            };
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn id_of(mail: &str) -> &str {
        mail.lines().find(|line| line.starts_with("Message-ID:")).expect("each mail has one")
    }

    /// A collector that mails to a server, and somebody who has an address.
    async fn mailing(database: &Database, port: u16) -> (People, Post, LoginId) {
        let settings = PostSettings {
            server: format!("smtp://127.0.0.1:{port}"),
            from: "attune@example.org".into(),
            ..PostSettings::default()
        };
        let post = Post::open(&settings).expect("opens").expect("is set");
        let people = People::on(database, &[]).mailing(Some(post.clone()));
        let (mail, roles) = (Some("sue@example.org"), [Role::Employee]);
        let new = NewLogin { name: "sue", user_id: None, mail, roles: &roles, password: None, may_exist: true };
        let mut transaction = people.store.begin().await.expect("begins");
        let login = create(&mut transaction, &people.keys, &people.own, new).await.expect("made").expect("is new");
        transaction.commit().await.expect("commits");
        (people, post, login)
    }

    async fn alert(people: &People, login: LoginId, due_at: i64) {
        let mut transaction = people.store.begin().await.expect("begins");
        assert!(mail_alert(people, &mut transaction, login, due_at).await.expect("queued"));
        transaction.commit().await.expect("commits");
    }

    #[tokio::test]
    async fn a_digest_that_falls_due_while_a_slow_server_takes_a_mail_goes_behind_it_once_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let mut slow = slow().await;
            let (people, post, login) = mailing(&database, slow.port).await;
            let (_stop, mut stopped) = watch::channel(false);
            alert(&people, login, now_millis()).await;
            let meanwhile = async {
                let first = slow.came.recv().await.expect("a mail");
                alert(&people, login, now_millis() + 8 * 3_600_000).await;
                slow.take.send(()).expect("the server listens");
                first
            };
            let (sent, first) = tokio::join!(send_due(&people, &post, &mut stopped), meanwhile);
            sent.expect("sent");
            assert_eq!(database.count("mails").await, 1, "the digest waits");
            send_due(&people, &post, &mut stopped).await.expect("looked");
            assert!(slow.came.try_recv().is_err(), "until it is due");

            let mut transaction = people.store.begin().await.expect("begins");
            sqlx::query("UPDATE mails SET due_at = 1").execute(&mut **transaction).await.expect("is due");
            transaction.commit().await.expect("commits");
            slow.take.send(()).expect("the server listens");
            send_due(&people, &post, &mut stopped).await.expect("sent");
            let second = slow.came.recv().await.expect("the digest");
            assert_ne!(id_of(&first), id_of(&second), "who has taken the first takes no other for it");
            assert_eq!(database.count("mails").await, 0);
        }
    }

    #[tokio::test]
    async fn what_is_none_of_somebodys_any_more_is_not_mailed_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let mut slow = slow().await;
            let (people, post, login) = mailing(&database, slow.port).await;
            let later = now_millis() + 3_600_000;
            let looked = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&looked);
            let people = people.looking_again(LookAgain::by(move |_| {
                let due = [StillDue::From(later), StillDue::No][count.fetch_add(1, Ordering::Relaxed) % 2];
                Box::pin(async move { Ok(due) })
            }));
            let (_stop, mut stopped) = watch::channel(false);
            alert(&people, login, now_millis()).await;
            send_due(&people, &post, &mut stopped).await.expect("looked");
            let (due_at,): (i64,) =
                sqlx::query_as("SELECT due_at FROM mails").fetch_one(people.store.pool()).await.expect("it waits");
            assert_eq!(due_at, later);
            alert(&people, login, now_millis()).await;
            send_due(&people, &post, &mut stopped).await.expect("looked");
            assert_eq!((database.count("mails").await, looked.load(Ordering::Relaxed)), (0, 2));
            assert!(slow.came.try_recv().is_err(), "no server has it");
        }
    }
}
