//! From what somebody writes to what answers it, what is kept of it, and what becomes of that.

mod kept;
mod models;
mod released;
mod talking;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use attune_ground::http::Problem;
use attune_ground::http::body::Bodies;
use attune_ground::retention::Limits;
use attune_ground::testing::Database;
use attune_people::rights::{LoginId, Role};
use attune_people::sign_in::{self, NewLogin};
use attune_people::{People, Settings as OfPeople};
use attune_protocol::ids::PersonId;
use attune_protocol::policy::Profile;
use attune_protocol::seal::SealKey;

use crate::answering::{Answer, Answered, Answering, Asked, Out, Unanswered};
use crate::companion::Help;
use crate::consent::{Choice, VERSION, choose};
use crate::error::TalksError;
use crate::reader::Reader;
use crate::rows::{self, Opened, Talk};
use crate::say::{Told, Where, Words, say};
use crate::sealed::TalkId;
use crate::state::{Danger, Settings, Talks};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// A sentence that nobody could overlook.
const IN_DANGER: &str = "I want to kill myself";

/// Of whom danger was told, in all tests: each has people of their own.
static TOLD: Mutex<Vec<PersonId>> = Mutex::new(Vec::new());

const DANGER: Danger = |_, person, _, _| {
    Box::pin(async move {
        TOLD.lock().unwrap_or_else(PoisonError::into_inner).push(person);
        Ok(true)
    })
};

fn told_of(person: PersonId) -> usize {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(|of| **of == person).count()
}

/// What a model does that is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Does {
    /// Says two pieces.
    Says,
    /// Says one, and is never done.
    Hangs,
    /// Says one, and fails.
    Fails,
}

/// A model of tests.
#[derive(Debug)]
struct Model {
    does: Does,
    /// How often it was asked, and how often it was let go of before its end.
    asked: AtomicUsize,
    dropped: Arc<AtomicUsize>,
    /// What it was asked last.
    last: Mutex<Option<Asked>>,
}

/// Counts what is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Model {
    fn new(does: Does) -> Arc<Self> {
        Arc::new(Self { does, asked: AtomicUsize::new(0), dropped: Arc::default(), last: Mutex::default() })
    }

    fn times(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Answering for Model {
    fn answer<'a>(&'a self, asked: &'a Asked, out: &'a Out) -> Answered<'a> {
        Box::pin(async move {
            let counted = Counted(Arc::clone(&self.dropped));
            if !out.may_leave("made up", asked.text.len() as u64).await {
                return Err(Unanswered::Refused);
            }
            self.asked.fetch_add(1, Ordering::SeqCst);
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked.clone());
            out.say("One. ");
            match self.does {
                Does::Says => {
                    out.say("Two.");
                    std::mem::forget(counted);
                    Ok(Answer { support: "listening" })
                }
                Does::Hangs => std::future::pending().await,
                Does::Fails => Err(Unanswered::Failed),
            }
        })
    }
}

/// A collector with alice, who is sensed, and hanna of HR.
struct Here {
    database: Database,
    state: Talks,
    alice: PersonId,
    login: LoginId,
    hanna: LoginId,
}

impl Here {
    async fn each() -> Vec<Self> {
        Self::each_with(Profile::Eu, None).await
    }

    async fn each_with(profile: Profile, model: Option<Arc<Model>>) -> Vec<Self> {
        let migrations = [&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &crate::MIGRATIONS];
        let mut all = Vec::new();
        for database in Database::each(&migrations).await {
            let login = known(&database, "alice", Role::Employee).await;
            let hanna = known(&database, "hanna", Role::Hr).await;
            let found = sign_in::find(&database.store, &database.people, login).await.expect("reads").expect("made");
            let alice = found.person.expect("she is sensed");
            let state = state(&database, profile, model.clone());
            all.push(Self { database, state, alice, login, hanna });
        }
        all
    }

    /// Another collector on the same database.
    fn beside(&self, model: Option<Arc<Model>>) -> Talks {
        state(&self.database, Profile::Eu, model)
    }

    async fn agree(&self, choice: Choice) {
        let choice = Choice { text_version: VERSION, ..choice };
        choose(&self.state, self.alice, None, choice).await.unwrap_or_else(|problem| panic!("{problem:?}"));
    }

    /// To talks, and to nothing else.
    async fn agree_to_talks(&self) {
        self.agree(Choice { talk: true, ..Choice::default() }).await;
    }

    /// To talks, and to have a model asked.
    async fn agree_to_models(&self) {
        self.agree(Choice { talk: true, model: true, ..Choice::default() }).await;
    }

    async fn say(&self, place: Where, nonce: u8, text: &str) -> Result<Told, Problem> {
        say(&self.state, self.alice, Words { place, nonce: [nonce; 16], text }).await
    }

    async fn begin(&self, text: &str) -> Told {
        self.say(Where::New, 1, text).await.unwrap_or_else(|problem| panic!("{problem:?}"))
    }

    async fn key(&self) -> Arc<SealKey> {
        self.state.key_of(self.alice).await.expect("reads").expect("is there")
    }

    async fn talks(&self) -> Vec<Talk> {
        rows::of_person(self.state.store(), &*self.key().await, self.alice).await.expect("reads")
    }

    async fn turns(&self, talk: TalkId) -> Vec<Opened> {
        rows::turns(self.state.store(), &*self.key().await, (self.alice, talk)).await.expect("reads")
    }

    /// What was said in a talk, and by whom: `true` by alice.
    async fn said(&self, talk: TalkId) -> Vec<(bool, String)> {
        let turns = self.turns(talk).await;
        turns.iter().map(|of| (of.own, of.turn.as_ref().map_or_else(String::new, |turn| turn.text.clone()))).collect()
    }

    /// Changes something past the subject.
    async fn change(&self, statement: &'static str, by: i64) {
        let mut transaction = self.database.store.begin().await.expect("begins");
        sqlx::query(statement).bind(by).execute(&mut **transaction).await.expect("changed");
        transaction.commit().await.expect("commits");
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

fn state(database: &Database, profile: Profile, model: Option<Arc<Model>>) -> Talks {
    let settings = OfPeople { profile, registration: false, limits: Limits::built_in(profile) };
    let ground = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
    let people = People::new(ground, Bodies::default(), &[], settings);
    let settings = Settings { anonymous: true, country: "DE".into(), answers_a_day: 3, help: Help::built_in() };
    let model = model.map(|model| model as Arc<dyn Answering>);
    Talks::new(people, settings, Reader::by_rules(), model, Some(DANGER))
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
    let problem = Problem::from(TalksError::from(full.expect_err("there is no room")));
    assert!(problem.status == 503 && problem.retry_after.is_some(), "{problem:?}");
}
