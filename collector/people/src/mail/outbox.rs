//! What waits to be sent.

use attune_ground::store::{Store, Write};
use sqlx::any::AnyRow;
use sqlx::{FromRow as _, Row as _};

use super::{Kind, Post};
use crate::PeopleError;
use crate::rights::LoginId;

/// How long a mail that did not go waits at most until it is tried again, milliseconds.
pub(crate) const LONGEST_WAIT: i64 = 15 * 60_000;
/// How long one collector has for a mail before another one takes it up, milliseconds.
const LEASE: i64 = 2 * 60_000;
/// How far off an alert is due at most, milliseconds: the next morning, then the end of quiet hours, where clocks are put back. Anything else
/// is due when it is told, and again after [`LONGEST_WAIT`].
const FARTHEST_ALERT: i64 = 50 * 60 * 60_000;
/// Mails that are looked at to find one that reads.
const LOOKED_AT: i64 = 20;
/// More tries than that of one mail there cannot have been.
const MOST_ATTEMPTS: i64 = 10_000;

/// Its id, whose login, which kind, since when it waits, and how often it was tried.
type Columns = (Vec<u8>, Vec<u8>, String, i64, i64);

/// One that is to be sent now.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) id: Vec<u8>,
    pub(crate) login: LoginId,
    pub(crate) kind: Kind,
    pub(crate) created_at: i64,
    pub(crate) attempts: i64,
    taken_up_at: i64,
}

impl Waiting {
    /// Whether it is of no use any more. Whoever waits for a link asks again. Anything else has been tried for as long as it is of use, too:
    /// where a clock has leapt, or no collector ran, nobody had a chance to read it.
    pub(crate) fn is_over(&self) -> bool {
        let life = self.kind.life();
        let is_old = self.taken_up_at - self.created_at > life;
        is_old && (self.kind == Kind::Reset || self.attempts > life / LONGEST_WAIT)
    }
}

/// Has a mail sent to who signs in and has an address, where any is sent; of each kind one waits at a time. A link goes only to who has
/// a password. What is told while a mail is under way is told behind it: that one was written before. Of a link one is enough.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn queue(
    post: Option<&Post>,
    transaction: &mut Write,
    login: LoginId,
    kind: Kind,
) -> Result<(), PeopleError> {
    if post.is_none() {
        return Ok(());
    }
    let now = transaction.database_time().await?;
    // What was told while a clock was ahead is another mail: the one before may be under way.
    sqlx::query(
        "INSERT INTO mails (id, login, kind, created_at, due_at, attempts) \
         SELECT $1, login, $3, $4, $4, 0 FROM logins \
         WHERE login = $2 AND mail_tag IS NOT NULL AND disabled_at IS NULL AND (password IS NOT NULL OR $3 <> 'reset') \
         ON CONFLICT (login, kind) DO UPDATE SET created_at = $4, \
         id = CASE WHEN mails.created_at > $4 OR mails.due_at > $5 THEN excluded.id ELSE mails.id END, \
         due_at = CASE WHEN mails.created_at > $4 OR mails.due_at > $5 THEN $4 ELSE mails.due_at END, \
         attempts = CASE WHEN mails.created_at > $4 OR mails.due_at > $5 THEN 0 ELSE mails.attempts END \
         WHERE mails.created_at > $4 OR mails.due_at > $5 OR (mails.attempts > 0 AND mails.kind <> 'reset')",
    )
    .bind(LoginId::random().0.to_vec())
    .bind(login.0.to_vec())
    .bind(kind.name())
    .bind(now)
    .bind(now + LONGEST_WAIT.max(LEASE))
    .execute(&mut ***transaction)
    .await?;
    Ok(())
}

/// Has somebody mailed that an alert waits, from an instant on, Unix milliseconds, where they have an address and any mail is sent; one
/// that waits already goes no later for it, and is another mail where it goes sooner. One that is under way may have been read before: it
/// is followed by another one at that instant ([`remove`]), unless it is tried again. Gives whether one waits.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn queue_alert(
    post: Option<&Post>,
    transaction: &mut Write,
    login: LoginId,
    due_at: i64,
) -> Result<bool, PeopleError> {
    if post.is_none() {
        return Ok(false);
    }
    // How long it is of use counts from when it is due.
    let queued = sqlx::query(
        "INSERT INTO mails (id, login, kind, created_at, due_at, attempts) \
         SELECT $1, login, $3, $4, $4, 0 FROM logins \
         WHERE login = $2 AND mail_tag IS NOT NULL AND disabled_at IS NULL \
         ON CONFLICT (login, kind) DO UPDATE SET \
         id = CASE WHEN mails.due_at > $4 THEN excluded.id ELSE mails.id END, \
         created_at = CASE WHEN mails.due_at > $4 OR mails.attempts > 0 THEN $4 ELSE mails.created_at END, \
         attempts = CASE WHEN mails.due_at > $4 THEN 0 ELSE mails.attempts END, \
         due_at = CASE WHEN mails.due_at > $4 THEN $4 ELSE mails.due_at END",
    )
    .bind(LoginId::random().0.to_vec())
    .bind(login.0.to_vec())
    .bind(Kind::Alert.name())
    .bind(due_at)
    .execute(&mut ***transaction)
    .await?;
    Ok(queued.rows_affected() > 0)
}

/// Has somebody not mailed that an alert waits.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn forget_alert(transaction: &mut Write, login: LoginId) -> Result<(), PeopleError> {
    forget_kind(transaction, login, Kind::Alert).await
}

/// Has somebody not mailed of one kind of thing.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn forget_kind(transaction: &mut Write, login: LoginId, kind: Kind) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM mails WHERE login = $1 AND kind = $2")
        .bind(login.0.to_vec())
        .bind(kind.name())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Has what only a clock that was ahead can have put so far off fall due. Not at once: it may be under way.
async fn draw_near(store: &Store, now: i64) -> Result<(), PeopleError> {
    let (alerts, others) = (now + FARTHEST_ALERT, now + LONGEST_WAIT.max(LEASE));
    let lies_ahead: Option<(i64,)> = sqlx::query_as(
        "SELECT due_at FROM mails WHERE (kind = 'alert' AND due_at > $1) OR (kind <> 'alert' AND due_at > $2) LIMIT 1",
    )
    .bind(alerts)
    .bind(others)
    .fetch_optional(store.pool())
    .await?;
    if lies_ahead.is_none() {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    sqlx::query(
        "UPDATE mails SET due_at = $3 WHERE (kind = 'alert' AND due_at > $1) OR (kind <> 'alert' AND due_at > $2)",
    )
    .bind(alerts)
    .bind(others)
    .bind(now + LEASE)
    .execute(&mut **transaction)
    .await?;
    Ok(transaction.commit().await?)
}

/// Takes up the one that is due longest, by the clock that all collectors share; no other collector takes it meanwhile. A row that does
/// not read is removed: who waits for a link asks again, and it keeps no other mail waiting.
pub(crate) async fn take_up(store: &Store) -> Result<Option<Waiting>, PeopleError> {
    loop {
        let now = store.database_time().await?;
        draw_near(store, now).await?;
        let rows = sqlx::query(
            "SELECT id, login, kind, created_at, attempts FROM mails WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2",
        )
        .bind(now)
        .bind(LOOKED_AT)
        .fetch_all(store.pool())
        .await?;
        let Some((id, waiting)) = rows.iter().find_map(|row| read(row, now)) else { return Ok(None) };
        let mut transaction = store.begin().await?;
        let Some(waiting) = waiting else {
            tracing::error!("A mail that waits does not read; it is removed.");
            sqlx::query("DELETE FROM mails WHERE id = $1").bind(id).execute(&mut **transaction).await?;
            transaction.commit().await?;
            continue;
        };
        let claimed = sqlx::query("UPDATE mails SET due_at = $3, attempts = $2 + 1 WHERE id = $1 AND attempts = $2")
            .bind(id)
            .bind(waiting.attempts - 1)
            .bind(now + LEASE)
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await?;
        if claimed.rows_affected() == 1 {
            return Ok(Some(waiting));
        }
    }
}

/// A row, by its id; with none in it where it does not read.
fn read(row: &AnyRow, taken_up_at: i64) -> Option<(Vec<u8>, Option<Waiting>)> {
    let id: Vec<u8> = row.try_get("id").ok()?;
    let waiting = Columns::from_row(row).ok().and_then(|(id, login, kind, created_at, attempts)| {
        let kind = Kind::ALL.into_iter().find(|one| one.name() == kind)?;
        if created_at < 0 || !(0..MOST_ATTEMPTS).contains(&attempts) {
            return None;
        }
        Some(Waiting { id, login: LoginId::of(&login).ok()?, kind, created_at, attempts: attempts + 1, taken_up_at })
    });
    Some((id, waiting))
}

/// It was sent, or is of no use any more. Where one was asked for anew since it was taken up, that one waits from then on, as a mail of its
/// own: who has taken the first shows no second of the same id.
pub(crate) async fn remove(store: &Store, waiting: &Waiting) -> Result<(), PeopleError> {
    let mut transaction = store.begin().await?;
    let removed = sqlx::query("DELETE FROM mails WHERE id = $1 AND attempts = $2 AND created_at <= $3")
        .bind(waiting.id.clone())
        .bind(waiting.attempts)
        .bind(waiting.created_at)
        .execute(&mut **transaction)
        .await?;
    if removed.rows_affected() == 0 {
        sqlx::query("UPDATE mails SET id = $3, due_at = created_at, attempts = 0 WHERE id = $1 AND attempts = $2")
            .bind(waiting.id.clone())
            .bind(waiting.attempts)
            .bind(LoginId::random().0.to_vec())
            .execute(&mut **transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

/// It is not to go before an instant, Unix milliseconds: from then on it counts how long it is of use.
pub(crate) async fn hold_back(store: &Store, waiting: &Waiting, until: i64) -> Result<(), PeopleError> {
    let mut transaction = store.begin().await?;
    sqlx::query("UPDATE mails SET created_at = $3, due_at = $3, attempts = 0 WHERE id = $1 AND attempts = $2")
        .bind(waiting.id.clone())
        .bind(waiting.attempts)
        .bind(until)
        .execute(&mut **transaction)
        .await?;
    Ok(transaction.commit().await?)
}

/// It is tried again after a while, milliseconds.
pub(crate) async fn put_off(store: &Store, waiting: &Waiting, wait: i64) -> Result<(), PeopleError> {
    let mut transaction = store.begin().await?;
    let due_at = transaction.database_time().await? + wait;
    sqlx::query("UPDATE mails SET due_at = $3 WHERE id = $1 AND attempts = $2")
        .bind(waiting.id.clone())
        .bind(waiting.attempts)
        .bind(due_at)
        .execute(&mut **transaction)
        .await?;
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;
    use attune_ground::time::now_millis;

    use super::*;

    async fn run(store: &Store, statement: &'static str, number: i64) {
        let mut transaction = store.begin().await.expect("begins");
        sqlx::query(statement).bind(number).execute(&mut **transaction).await.expect("done");
        transaction.commit().await.expect("commits");
    }

    /// Has so many logins with a mail that waits for each.
    async fn waiting(store: &Store, logins: u8) {
        let mut transaction = store.begin().await.expect("begins");
        for login in 1..=logins {
            for (statement, first) in [
                ("INSERT INTO logins (login, name_tag, sealed, created_at) VALUES ($1, $1, $1, $2)", 1),
                (
                    "INSERT INTO mails (id, login, kind, created_at, due_at, attempts) VALUES ($1, $1, 'changed', $2, $2, 0)",
                    now_millis() - 100 + i64::from(login),
                ),
            ] {
                let made = sqlx::query(statement).bind(vec![login; 16]).bind(first);
                made.execute(&mut **transaction).await.expect("made");
            }
        }
        transaction.commit().await.expect("commits");
    }

    #[tokio::test]
    async fn a_mail_that_does_not_read_goes_and_keeps_no_other_waiting_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let store = &database.store;
            waiting(store, 4).await;
            run(store, "UPDATE mails SET attempts = 9223372036854775807 WHERE created_at = (SELECT MIN(created_at) FROM mails) AND $1 = 0", 0).await;
            run(store, "UPDATE mails SET created_at = -9223372036854775807 - 1 WHERE created_at = (SELECT MAX(created_at) FROM mails) AND $1 = 0", 0).await;
            run(store, "UPDATE mails SET kind = 'unknown' WHERE due_at = (SELECT MAX(due_at) FROM mails WHERE created_at > 0) AND $1 = 0", 0).await;
            let one = take_up(store).await.expect("reads").expect("one is left");
            assert_eq!((one.login, one.attempts), (LoginId([2; 16]), 1));
            assert!(take_up(store).await.expect("reads").is_none(), "and is taken up once");
            assert_eq!(database.count("mails").await, 1);
        }
    }

    fn post() -> Post {
        let settings = super::super::PostSettings {
            server: "smtps://mail.example.org".into(),
            from: "attune@example.org".into(),
            ..super::super::PostSettings::default()
        };
        Post::open(&settings).expect("opens").expect("is set")
    }

    #[tokio::test]
    async fn an_alert_that_comes_while_a_mail_is_under_way_is_mailed_behind_it_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let (store, post) = (&database.store, post());
            waiting(store, 1).await;
            run(store, "UPDATE logins SET mail_tag = name_tag WHERE $1 = 0", 0).await;
            run(store, "DELETE FROM mails WHERE attempts = $1", 0).await;
            let alert = async || {
                let mut transaction = store.begin().await.expect("begins");
                let login = LoginId([1; 16]);
                assert!(queue_alert(Some(&post), &mut transaction, login, now_millis() - 1000).await.expect("queued"));
                transaction.commit().await.expect("commits");
            };
            alert().await;
            let first = take_up(store).await.expect("reads").expect("the first");
            alert().await;
            remove(store, &first).await.expect("was sent");
            let second = take_up(store).await.expect("reads").expect("the second");
            remove(store, &second).await.expect("was sent");
            assert_eq!(database.count("mails").await, 0);

            alert().await;
            let mut transaction = store.begin().await.expect("begins");
            forget_alert(&mut transaction, LoginId([1; 16])).await.expect("forgotten");
            transaction.commit().await.expect("commits");
            assert!(take_up(store).await.expect("reads").is_none());
        }
    }

    #[tokio::test]
    async fn what_is_due_later_than_a_mail_that_is_under_way_follows_it_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let (store, post) = (&database.store, post());
            waiting(store, 1).await;
            run(store, "UPDATE logins SET mail_tag = name_tag WHERE $1 = 0", 0).await;
            run(store, "DELETE FROM mails WHERE attempts = $1", 0).await;
            let alert = async |due_at: i64| {
                let mut transaction = store.begin().await.expect("begins");
                let waits = queue_alert(Some(&post), &mut transaction, LoginId([1; 16]), due_at).await;
                assert!(waits.expect("queued"));
                transaction.commit().await.expect("commits");
            };
            let stands = async || {
                let row: (Vec<u8>, i64, i64) = sqlx::query_as("SELECT id, due_at, attempts FROM mails")
                    .fetch_one(store.pool())
                    .await
                    .expect("one waits");
                row
            };
            let morning = now_millis() + 8 * 3_600_000;
            alert(now_millis() - 1000).await;
            let sent = take_up(store).await.expect("reads").expect("due");
            alert(morning).await;
            assert!(stands().await.1 < morning, "as long as it is under way it may be taken up again");
            remove(store, &sent).await.expect("was sent");
            let (id, due_at, attempts) = stands().await;
            assert!(id != sent.id && (due_at, attempts) == (morning, 0), "a digest that came meanwhile is not lost");
            assert!(take_up(store).await.expect("reads").is_none(), "and does not go before");

            // One that did not go, and is tried again, tells of it, too.
            run(store, "UPDATE mails SET due_at = $1", 1).await;
            let failed = take_up(store).await.expect("reads").expect("due");
            alert(morning + 1).await;
            put_off(store, &failed, 0).await.expect("put off");
            let again = take_up(store).await.expect("reads").expect("due");
            assert_eq!(again.id, failed.id);
            hold_back(store, &again, morning).await.expect("held back");
            assert_eq!(stands().await, (again.id.clone(), morning, 0));
            run(store, "UPDATE mails SET due_at = $1", 3).await;
            let last = take_up(store).await.expect("reads").expect("due");
            remove(store, &last).await.expect("was sent");
            assert_eq!(database.count("mails").await, 0, "and nothing is sent twice");
        }
    }

    #[tokio::test]
    async fn a_second_change_while_the_first_is_mailed_is_mailed_too_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let (store, post) = (&database.store, post());
            waiting(store, 1).await;
            run(store, "UPDATE logins SET mail_tag = name_tag WHERE $1 = 0", 0).await;
            let sent = take_up(store).await.expect("reads").expect("the first");
            let mut transaction = store.begin().await.expect("begins");
            queue(Some(&post), &mut transaction, LoginId([1; 16]), Kind::Changed).await.expect("queued");
            transaction.commit().await.expect("commits");
            remove(store, &sent).await.expect("was sent");
            let second = take_up(store).await.expect("reads").expect("the second");
            assert_ne!(second.id, sent.id);
            remove(store, &second).await.expect("was sent");
            assert_eq!(database.count("mails").await, 0);
        }
    }

    #[tokio::test]
    async fn what_waits_since_a_clock_was_ahead_goes_when_it_is_asked_for_again_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let store = &database.store;
            waiting(store, 1).await;
            run(store, "UPDATE logins SET mail_tag = name_tag WHERE $1 = 0", 0).await;
            run(store, "UPDATE mails SET created_at = created_at + $1, due_at = due_at + $1", 40 * 24 * 3_600_000)
                .await;
            assert!(take_up(store).await.expect("reads").is_none());
            let post = post();
            let mut transaction = store.begin().await.expect("begins");
            queue(Some(&post), &mut transaction, LoginId([1; 16]), Kind::Changed).await.expect("queued");
            transaction.commit().await.expect("commits");
            assert!(take_up(store).await.expect("reads").is_some());
        }
    }

    #[tokio::test]
    async fn what_lies_ahead_since_a_clock_was_wrong_falls_due_and_not_while_it_may_be_under_way_on_each_database() {
        const HOUR: i64 = 3_600_000;
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let store = &database.store;
            waiting(store, 3).await;
            // Told, tried, and of an alert: all of it by a clock that was a day, or three, ahead and was put right since.
            let under_way = take_up(store).await.expect("reads").expect("is due");
            run(store, "UPDATE mails SET created_at = created_at + $1, due_at = due_at + $1", 24 * HOUR).await;
            run(
                store,
                "UPDATE mails SET kind = 'alert', due_at = due_at + $1 WHERE login = (SELECT login FROM mails ORDER BY login DESC LIMIT 1)",
                48 * HOUR,
            )
            .await;
            assert!(take_up(store).await.expect("reads").is_none(), "none of them at once");
            let soon = now_millis() + LEASE;
            let due: Vec<(i64,)> =
                sqlx::query_as("SELECT due_at FROM mails").fetch_all(store.pool()).await.expect("reads");
            assert!(due.len() == 3 && due.iter().all(|(due,)| (soon - LEASE..=soon + 1000).contains(due)), "{due:?}");
            // It went before the clock was put right, and is no more of those.
            let sent = Waiting { created_at: under_way.created_at + 24 * HOUR, ..under_way };
            remove(store, &sent).await.expect("was sent");
            run(store, "UPDATE mails SET due_at = $1", 1).await;
            for _ in 0..2 {
                take_up(store).await.expect("reads").expect("each of the others");
            }
            assert!(take_up(store).await.expect("reads").is_none(), "once");

            run(store, "UPDATE mails SET kind = 'alert', due_at = $1", now_millis() + 40 * HOUR).await;
            assert!(take_up(store).await.expect("reads").is_none());
            let due: Vec<(i64,)> =
                sqlx::query_as("SELECT due_at FROM mails").fetch_all(store.pool()).await.expect("reads");
            assert!(due.iter().all(|(due,)| *due > now_millis() + 39 * HOUR), "a digest waits for its morning");
        }
    }
}
