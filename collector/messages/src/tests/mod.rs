//! Messages from whoever hands them in to who may see what was read of them.

mod changing;
mod consent;
mod queue;
mod receiving;
mod taking;

use std::num::NonZeroUsize;
use std::sync::Arc;

use attune_analysis::text::crisis::{Crisis, Level};
use attune_analysis::text::{Labelled, Reading, Sentiment, TextEmotion, TextScores, Unread};
use attune_ground::http::body::Bodies;
use attune_ground::retention::Limits;
use attune_ground::testing::Database;
use attune_ground::time::now_millis;
use attune_people::me::Own;
use attune_people::rights::LoginId;
use attune_people::{People, Settings as PeopleSettings, accounts};
use attune_protocol::ids::PersonId;
use attune_protocol::policy::{Matrix, Papers, Profile};

use crate::channels::{self, Channel};
use crate::consent::{Choice, VERSION, choose};
use crate::incoming::{Author, ChannelKind, Incoming};
use crate::reader::Reader;
use crate::state::{Messages, Settings};
use crate::take::{Taken, take};
use crate::worker::round;

/// The weights of these tests.
const NETWORK: [u8; 8] = [7; 8];

/// Reads by single words what a network reads in the program.
fn reading(text: &str) -> Reading {
    assert!(!text.contains("explode"), "a reader that ends on a text");
    let has = |word: &str| text.contains(word);
    let level = if has("goodbye") { Level::Critical } else { Level::None };
    let scores = TextScores {
        sentiment: Labelled { label: if has("bad") { Sentiment::Negative } else { Sentiment::Positive }, score: 0.75 },
        emotion: Labelled { label: TextEmotion::Joy, score: 0.5 },
        stress: Labelled { label: has("bad"), score: 0.75 },
    };
    Reading {
        words: u32::try_from(text.split_whitespace().count()).expect("few"),
        scores: if has("hallo") { Err(Unread::Language) } else { Ok(scores) },
        crisis: Crisis { level, indicators: if level == Level::None { Vec::new() } else { vec!["goodbye"] } },
    }
}

/// A collector with a channel, alice, who agreed, and bob, who was not asked yet.
struct Here {
    database: Database,
    state: Messages,
    channel: Channel,
    alice: Own,
    bob: Own,
}

impl Here {
    async fn each() -> Vec<Self> {
        Self::each_keeping(false).await
    }

    async fn each_keeping(keep_text: bool) -> Vec<Self> {
        let migrations =
            [&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &attune_wellbeing::MIGRATIONS, &crate::MIGRATIONS];
        let mut all = Vec::new();
        for database in Database::each(&migrations).await {
            all.push(Self::on(database, keep_text).await);
        }
        all
    }

    async fn on(database: Database, keep_text: bool) -> Self {
        let state = state(&database, keep_text, NETWORK);
        let made = channels::make(&state, ChannelKind::Slack, "C1", "general").await;
        let channel = made.unwrap_or_else(|problem| panic!("{problem:?}"));
        let (alice, bob) = (own(&database, "alice").await, own(&database, "bob").await);
        let here = Self { database, state, channel, alice, bob };
        here.agree(true, keep_text).await;
        here.agreed_long_ago(&here.alice).await;
        here
    }

    /// Bob agrees, too, as if he had long ago.
    async fn bob_agrees(&self) {
        let choice = Choice { analyse: true, keep_text: false, text_version: VERSION };
        choose(&self.state, &self.bob, None, choice).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        self.agreed_long_ago(&self.bob).await;
    }

    /// Lays somebody's first consent back, as if it had been given long ago.
    async fn agreed_long_ago(&self, own: &Own) {
        let person = own.person;
        let key = self.database.people.of(person).await.expect("hers");
        let all = crate::consent::all(&self.database.store, &self.database.people, person).await.expect("read");
        let consent = crate::sealed::Consent { at: 0, ..all[0] };
        let mut transaction = self.database.store.begin().await.expect("begins");
        sqlx::query("UPDATE message_consents SET sealed = $2 WHERE person = $1 AND number = 0")
            .bind(person.0.to_vec())
            .bind(consent.seal(&key, person, 0).expect("sealed"))
            .execute(&mut **transaction)
            .await
            .expect("laid back");
        transaction.commit().await.expect("commits");
    }

    /// What alice agrees to from now on.
    async fn agree(&self, analyse: bool, keep_text: bool) {
        let choice = Choice { analyse, keep_text, text_version: VERSION };
        choose(&self.state, &self.alice, None, choice).await.unwrap_or_else(|problem| panic!("{problem:?}"));
    }

    /// Notes that alice has withdrawn, as it stands before anything of hers is deleted.
    async fn note_withdrawal(&self) {
        let person = self.alice.person;
        let key = self.database.people.of(person).await.expect("hers");
        let withdrawn = crate::sealed::Consent { analyse: false, keep_text: false, text_version: VERSION, at: 5 };
        let mut transaction = self.database.store.begin().await.expect("begins");
        sqlx::query("INSERT INTO message_consents (person, number, sealed) VALUES ($1, 1, $2)")
            .bind(person.0.to_vec())
            .bind(withdrawn.seal(&key, person, 1).expect("sealed"))
            .execute(&mut **transaction)
            .await
            .expect("noted");
        transaction.commit().await.expect("commits");
    }

    async fn take(&self, items: Vec<Incoming>) -> Vec<Taken> {
        take(&self.state, &self.channel, items).await.expect("taken in")
    }

    /// Reads all that is due.
    async fn read(&self) -> usize {
        let (holder, mut read) = (crate::queue::holder(), 0);
        loop {
            match round(&self.state, &holder, 64).await.expect("read") {
                0 => return read,
                some => read += some,
            }
        }
    }

    /// What a statement counts.
    async fn count(&self, statement: &'static str) -> i64 {
        let (count,): (i64,) = sqlx::query_as(statement).fetch_one(self.database.store.pool()).await.expect("counts");
        count
    }

    /// Changes something past the subject.
    async fn change(&self, statement: &'static str) {
        let mut transaction = self.database.store.begin().await.expect("begins");
        sqlx::query(statement).execute(&mut **transaction).await.expect("changed");
        transaction.commit().await.expect("commits");
    }
}

fn state(database: &Database, keep_text: bool, network: [u8; 8]) -> Messages {
    let profile = Profile::Research;
    let settings = PeopleSettings { profile, registration: false, limits: Limits::built_in(profile) };
    let ground = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
    let people = People::new(ground, Bodies::default(), &[], settings);
    let settings = Settings { keep_text, help: vec!["help is there".into()], days: 365, threads: NonZeroUsize::MIN };
    Messages::new(people, settings, Some(Reader::made(network, reading)))
}

async fn own(database: &Database, name: &str) -> Own {
    let mut transaction = database.store.begin().await.expect("begins");
    let person = accounts::person_of(&mut transaction, &database.people, name).await.expect("made");
    transaction.commit().await.expect("commits");
    Own { login: LoginId(person.0), person, people: vec![person] }
}

/// A message of now.
fn said(who: &str, external_ref: Option<&str>, text: &str) -> Incoming {
    Incoming {
        channel: "C1".into(),
        channel_name: "general".into(),
        private: false,
        author: Author { user: Some(who.into()), ..Author::default() },
        said_at: now_millis(),
        external_ref: external_ref.map(str::to_owned),
        reply_to: None,
        edited: false,
        text: text.into(),
    }
}

/// The id of one that is here.
fn id_of(taken: Taken) -> [u8; 16] {
    match taken {
        Taken::Stored(id) | Taken::Known(id) => id,
        Taken::Failed(failure) => panic!("{}", failure.words()),
    }
}

/// Whose rows lie in a table.
async fn people_in(here: &Here, statement: &'static str) -> Vec<PersonId> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as(statement).fetch_all(here.database.store.pool()).await.expect("reads");
    rows.into_iter().map(|(person,)| PersonId(person.try_into().expect("16 bytes"))).collect()
}

#[tokio::test]
async fn the_migrations_that_are_listed_are_those_that_the_folder_holds() {
    attune_ground::testing::listed_as_in(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"), &crate::MIGRATIONS).await;
}

#[test]
fn under_eu_messages_are_taken_in_only_with_both_papers_on_record() {
    let barred = |profile, dpia, works_agreement| {
        crate::state::barred(Matrix { profile, papers: Papers { dpia, works_agreement } })
    };
    let why = barred(Profile::Eu, true, false).expect("not without a works agreement");
    assert!(why.contains("EU-GDPR-35-88"), "the answer names the rule: {why}");
    assert_eq!(barred(Profile::Eu, true, true), None);
    assert!(barred(Profile::Uk, false, false).is_some());
    assert_eq!(barred(Profile::Us, false, false), None);
}
