//! No answer is remembered for longer than what it is about.

use std::time::Duration;

use attune_protocol::ids::SessionId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::keep::is_there;
use super::routes::Desk;
use crate::SensingError;

/// How long an answer may outlive what it is about, where another collector or age has deleted it.
const LOOK: Duration = Duration::from_secs(60);

impl Desk {
    /// Forgets answers of sessions as they are deleted here, and, now and then, those that are too old or whose session or
    /// person has gone in another way. Until `stop` says so.
    pub(crate) async fn forget_what_is_gone(self, mut deleted: Receiver<SessionId>, mut stop: watch::Receiver<bool>) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let heard = tokio::select! {
                _ = looks.tick() => None,
                session = deleted.recv() => Some(session),
                _ = stop.wait_for(|stop| *stop) => return,
            };
            match heard {
                Some(Ok(session)) => self.repeats.forget_session(session),
                None | Some(Err(RecvError::Lagged(_))) => self.forget_gone_and_say().await,
                Some(Err(RecvError::Closed)) => return,
            }
        }
    }

    async fn forget_gone_and_say(&self) {
        if let Err(error) = self.forget_gone().await {
            tracing::warn!(%error, "What is remembered of answers could not be compared with the database.");
        }
    }

    async fn forget_gone(&self) -> Result<(), SensingError> {
        self.repeats.expire();
        for (key, about) in self.repeats.remembered() {
            let there = match is_there(&self.store, &self.people, about).await {
                // What does not read cannot be vouched for, and keeps no other from being looked at.
                Err(error) if !error.is_of_the_database() => false,
                there => there?,
            };
            if !there {
                self.repeats.forget(key, about);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use attune_analysis::networks::Networks;
    use attune_ground::http::body::Bodies;
    use attune_ground::keys::PersonKeys;
    use attune_ground::store::bytes16;
    use attune_protocol::policy::Profile;
    use axum::body::Bytes;
    use tokio::sync::broadcast;

    use super::super::repeats::{About, Answer, Repeats, Stored, Told};
    use super::*;
    use crate::pool::Pool;
    use crate::sessions::{self, Deletion};
    use crate::testing::{Device, Fixture, heart_record};

    const WINDOW: u32 = 177_000_000;

    fn desk(fixture: &Fixture) -> Desk {
        Desk {
            store: fixture.context.store.clone(),
            people: fixture.context.people.clone(),
            profile: Profile::Research,
            networks: Networks::of(std::path::Path::new("")).expect("inside the program"),
            pool: Pool::new(1, 1),
            bodies: Bodies::default(),
            meter: Arc::default(),
            repeats: Repeats::default(),
        }
    }

    fn answered(repeats: &Repeats, about: About) {
        match repeats.ask(SessionId::random(), [1; 32]) {
            Ok(Told::First(claim)) => claim.answer(Answer { body: Bytes::from_static(b"{}"), about }),
            _ => panic!("nobody asked before"),
        }
    }

    /// A session of two windows of a user, and what an answer that is stored there is about.
    async fn session(fixture: &Fixture, user: &str) -> (SessionId, About) {
        let device = fixture.device(user).await;
        let items = (Device::FIRST_SEQ..).zip([WINDOW, WINDOW + 1]);
        let items = items.map(|(seq, window)| (seq, heart_record(window, 60.0))).collect();
        fixture.take_in(vec![device.batch(items)]).await;
        fixture.fuser().fuse_waiting().await.expect("fuses");
        let person = fixture.person(user).await;
        let row: (Vec<u8>,) = sqlx::query_as("SELECT session FROM sessions WHERE person = $1 AND deleted_at IS NULL")
            .bind(person.0.to_vec())
            .fetch_one(fixture.context.store.pool())
            .await
            .expect("a session");
        let session = SessionId(bytes16(&row.0).expect("16 bytes"));
        let begins = i64::from(WINDOW) * 10_000;
        (session, About { stored: Some(Stored { session, begins }), person: None })
    }

    #[tokio::test]
    async fn no_answer_outlives_its_session_its_windows_or_its_person_on_each_database() {
        for fixture in Fixture::each().await {
            let desk = desk(&fixture);
            let store = &fixture.context.store;
            let left = async || {
                desk.forget_gone().await.expect("looks");
                desk.repeats.remembered().len()
            };
            let (deleted, about) = session(&fixture, "alice").await;
            answered(&desk.repeats, about);
            assert_eq!(left().await, 1, "its session is there");
            assert_eq!(sessions::delete(store, deleted).await.expect("deletes"), Deletion::Done);
            assert_eq!(left().await, 0, "deleted");

            let (_, about) = session(&fixture, "bob").await;
            answered(&desk.repeats, about);
            let cut = i64::from(WINDOW + 1) * 10_000;
            let person = fixture.person("bob").await;
            sessions::delete_before(store, person, cut).await.expect("deletes");
            assert_eq!(left().await, 0, "one of its windows is gone, though not its session");

            let (_, about) = session(&fixture, "carol").await;
            let person = fixture.person("carol").await;
            answered(&desk.repeats, about);
            answered(&desk.repeats, About { stored: None, person: Some(person) });
            answered(&desk.repeats, About::default());
            assert_eq!(left().await, 3);
            let mut transaction = store.begin().await.expect("begins");
            PersonKeys::destroy(&mut transaction, person);
            transaction.commit().await.expect("commits");
            assert_eq!(left().await, 1, "nobody's");
        }
    }

    #[tokio::test]
    async fn what_is_deleted_here_is_forgotten_at_once() {
        let fixture = Fixture::each().await.remove(0);
        let desk = desk(&fixture);
        let (session, about) = session(&fixture, "alice").await;
        answered(&desk.repeats, about);
        let ((tell, deleted), (stop, stopped)) = (broadcast::channel(1), watch::channel(false));
        let forgetting = tokio::spawn(desk.clone().forget_what_is_gone(deleted, stopped));
        tell.send(session).expect("heard");
        let forgotten = async {
            while !desk.repeats.remembered().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LOOK / 2, forgotten).await.expect("before it is looked at the next time");
        stop.send(true).expect("heard");
        forgetting.await.expect("ends");
    }
}
