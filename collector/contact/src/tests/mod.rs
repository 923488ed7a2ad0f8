//! From what somebody chose to be reminded of to what follows from it, and letters from one side to the other.

mod letters;
mod reminders;
mod told;

use std::sync::{Arc, Mutex, PoisonError};

use attune_ground::http::Problem;
use attune_ground::http::body::Bodies;
use attune_ground::retention::Limits;
use attune_ground::testing::Database;
use attune_people::rights::{LoginId, Role};
use attune_people::sign_in::{self, NewLogin};
use attune_people::{People, Post, PostSettings, Settings};
use attune_protocol::ids::PersonId;
use attune_protocol::policy::{Papers, Profile};
use jiff::tz::TimeZone;

use crate::error::ContactError;
use crate::kind::{Kind, Source};
use crate::reminders::{Plan, Reminder, Wish, choose, of, plan_of, round};
use crate::state::Contact;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// When somebody did what they are reminded of, as another subject knows it.
type Done = Arc<Mutex<Vec<i64>>>;

/// A collector that mails, with alice, who is sensed, and hanna of HR.
struct Here {
    database: Database,
    state: Contact,
    alice: PersonId,
    login: LoginId,
    hanna: LoginId,
    done: Done,
}

impl Here {
    async fn each() -> Vec<Self> {
        Self::each_under(Profile::Research, Papers::default()).await
    }

    async fn each_under(profile: Profile, papers: Papers) -> Vec<Self> {
        let migrations = [&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &crate::MIGRATIONS];
        let mut all = Vec::new();
        for database in Database::each(&migrations).await {
            let done = Done::default();
            let login = known(&database, "alice", Role::Employee).await;
            let hanna = known(&database, "hanna", Role::Hr).await;
            let found = sign_in::find(&database.store, &database.people, login).await.expect("reads").expect("made");
            let state = state(&database, (profile, papers), &done);
            let alice = found.person.expect("she is sensed");
            all.push(Self { database, state, alice, login, hanna, done });
        }
        all
    }

    /// Another collector on the same database, with something on record.
    fn beside(&self, profile: Profile, papers: Papers) -> Contact {
        state(&self.database, (profile, papers), &self.done)
    }

    async fn choose(&self, wish: &Wish) -> Result<(), Problem> {
        choose(&self.state, self.alice, Kind::CheckIn, wish).await
    }

    /// Chooses, and gives when the first reminder is due: by the database's clock, some time from now.
    async fn chosen(&self, wish: &Wish) -> i64 {
        self.choose(wish).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        self.plan().await.and_then(|plan| plan.next(&TimeZone::UTC, plan.since)).expect("is due")
    }

    async fn plan(&self) -> Option<Plan> {
        let key = self.state.key_of(self.alice).await.expect("reads")?;
        plan_of(self.state.store(), &key, self.alice, Kind::CheckIn).await.expect("reads")
    }

    async fn round(&self, now: i64) {
        round(&self.state, now).await.expect("looked");
    }

    /// The reminders of alice, the newest first.
    async fn reminders(&self) -> Vec<Reminder> {
        of(self.state.store(), self.alice).await.expect("reads")
    }

    /// The kinds of mail that wait for somebody.
    async fn mails(&self, login: LoginId) -> Vec<String> {
        let rows: Vec<(String,)> = sqlx::query_as("SELECT kind FROM mails WHERE login = $1 ORDER BY kind")
            .bind(login.0.to_vec())
            .fetch_all(self.database.store.pool())
            .await
            .expect("reads");
        rows.into_iter().map(|(kind,)| kind).collect()
    }

    /// Alice does what she is reminded of.
    fn does(&self, at: i64) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push(at);
    }

    /// An account that an earlier version had made for alice beside hers.
    async fn earlier(&self) -> PersonId {
        let login = known(&self.database, "alice-of-before", Role::Employee).await;
        let found = sign_in::find(&self.database.store, &self.database.people, login).await.expect("reads");
        let other = found.and_then(|found| found.person).expect("is sensed");
        let mut transaction = self.database.store.begin().await.expect("begins");
        sqlx::query("UPDATE accounts SET same_as = $1 WHERE person = $2")
            .bind(self.alice.0.to_vec())
            .bind(other.0.to_vec())
            .execute(&mut **transaction)
            .await
            .expect("is the same");
        transaction.commit().await.expect("commits");
        other
    }

    /// Changes something past the subject.
    async fn change(&self, statement: &'static str, by: i64) {
        let mut transaction = self.database.store.begin().await.expect("begins");
        sqlx::query(statement).bind(by).execute(&mut **transaction).await.expect("changed");
        transaction.commit().await.expect("commits");
    }
}

/// Each day at nine, missed after four hours, by who knows what HR is told.
fn daily() -> Wish {
    Wish {
        days: crate::reminders::DAYS.map(str::to_owned).into(),
        time: "09:00".into(),
        hours: 4,
        mail: true,
        told: true,
        ..Wish::default()
    }
}

async fn known(database: &Database, name: &str, role: Role) -> LoginId {
    let mail = format!("{name}@example.org");
    let new = NewLogin { name, user_id: None, mail: Some(&mail), roles: &[role], password: None, may_exist: true };
    let mut transaction = database.store.begin().await.expect("begins");
    let made = sign_in::create(&mut transaction, &database.people, &database.own, new).await;
    let login = made.expect("made").expect("is new");
    transaction.commit().await.expect("commits");
    login
}

fn state(database: &Database, (profile, papers): (Profile, Papers), done: &Done) -> Contact {
    let settings = Settings { profile, registration: false, limits: Limits::built_in(profile) };
    let ground = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
    let post = PostSettings {
        server: "smtp://127.0.0.1:9".into(),
        from: "attune@example.org".into(),
        base: "http://127.0.0.1:8750".into(),
        ..PostSettings::default()
    };
    let people = People::new(ground, Bodies::default(), &[], settings).on_record(papers);
    let people = people.mailing(Post::open(&post).expect("opens"));
    let done = Arc::clone(done);
    let source = Source::by(move |_, range| {
        let done = Arc::clone(&done);
        Box::pin(async move {
            let done = done.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(done.iter().any(|at| range.contains(at)))
        })
    });
    Contact::new(people, vec![(Kind::CheckIn, source)])
}

#[tokio::test]
async fn the_migrations_that_are_listed_are_those_that_the_folder_holds() {
    attune_ground::testing::listed_as_in(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"), &crate::MIGRATIONS).await;
}

#[tokio::test]
async fn a_disk_that_is_full_is_503_and_nothing_is_done() {
    let here = Here::each().await.remove(0);
    let elsewhere = sqlx::AnyPool::connect(&here.database.urls.database).await.expect("opens");
    let mut one = elsewhere.acquire().await.expect("a connection");
    sqlx::query("PRAGMA max_page_count = 1").fetch_all(&mut *one).await.expect("set");
    let full = sqlx::query("CREATE TABLE much AS SELECT randomblob(1000000) AS bytes").execute(&mut *one).await;
    let problem = Problem::from(ContactError::from(full.expect_err("there is no room")));
    assert!(problem.status == 503 && problem.retry_after.is_some(), "{problem:?}");
}
