//! Pages that listen for changes.

use std::sync::Arc;
use std::time::Duration;

use attune_ground::http::body::Bodies;
use attune_ground::http::door::Listens;
use attune_ground::retention::Limits;
use attune_ground::testing::Database;
use attune_people::access::By;
use attune_people::rights::{Asker, Role};
use attune_people::{People, Settings as PeopleSettings, teams as people_teams};
use attune_protocol::policy::Profile;
use axum::body::{Body, to_bytes};
use axum::response::Response;
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::super::choices::{Choices, Mail};
use super::super::judge::Point;
use super::super::record::Content;
use super::super::rule::Rule;
use super::super::{choices, events, round, teams};
use super::{Here, known, today};
use crate::team::monday;
use crate::{Settings, Wellbeing};

/// More than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

async fn answer(state: &Wellbeing, asker: &Asker, known: &str) -> Response {
    events::answer(state, asker, known).await.unwrap_or_else(|problem| panic!("{problem:?}"))
}

#[tokio::test]
async fn who_shows_a_token_is_told_what_they_do_not_know_once_on_each_database() {
    for here in Here::each().await {
        round::look(&here.state).await.expect("looked");
        let always = Choices { mail: Mail::Never, quiet: None };
        choices::put(&here.state, here.alice.login, always).await.expect("chosen");
        let asker = here.alice.asker();
        let whole = async |known: &str| {
            let body = to_bytes(answer(&here.state, &asker, known).await.into_body(), 1 << 16);
            String::from_utf8(timeout(PATIENCE, body).await.expect("it ends").expect("read").to_vec()).expect("text")
        };
        let told = whole("").await;
        let id = told.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id").to_owned();
        assert!(told.contains("event: alerts") && told.contains("data: {\"open\": 2}"), "{told}");
        assert_eq!(whole(&id).await, "retry: 10000\n\n", "nothing has changed");
    }
}

/// The next piece of an answer; none where it has ended.
async fn next(stream: &mut axum::body::BodyDataStream) -> Option<String> {
    let piece = timeout(PATIENCE, stream.next()).await.expect("it comes, or ends")?;
    Some(String::from_utf8(piece.expect("read").to_vec()).expect("text"))
}

#[tokio::test]
async fn a_page_that_stays_open_is_told_at_once_and_no_longer_than_it_may_ask_on_each_database() {
    let migrations = [&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &crate::MIGRATIONS];
    for database in Database::each(&migrations).await {
        // Nobody has an account yet: whoever is on this machine asks.
        let profile = Profile::Research;
        let settings = PeopleSettings { profile, registration: false, limits: Limits::built_in(profile) };
        let ground = (database.store.clone(), database.people.clone(), Arc::clone(&database.own));
        let people = People::new(ground, Bodies::default(), &[], settings);
        let set = Settings { least_people: 10, epsilon: None };
        let state = Wellbeing::new(database.store.clone(), people, set, Vec::new());
        let team = people_teams::make(&database.store, "Harbour", &By::COMMAND).await.expect("made").expect("is new");
        let answered = answer(&state, &Asker::open(), "").await;
        assert!(answered.extensions().get::<Listens>().is_some(), "the door knows that it goes on");
        let mut stream = Body::into_data_stream(answered.into_body());
        let first = next(&mut stream).await.expect("an event");
        assert!(first.contains("data: {\"open\": 0}"), "{first}");

        let points = vec![Point { at: monday(today()) - 7, value: 0.9 }];
        let content = Content { rule: Rule::of_number(102).expect("a rule"), points };
        let mut transaction = database.store.begin().await.expect("begins");
        teams::raise(&mut transaction, team, &content, 12).await.expect("raised").expect("none was open");
        transaction.commit().await.expect("commits");
        state.places().stir();
        let second = next(&mut stream).await.expect("it goes on");
        assert!(second.contains("data: {\"open\": 1}"), "{second}");

        known(&database, "olga", Role::Admin).await;
        state.places().stir();
        assert_eq!(next(&mut stream).await, None, "who is nobody any more hears nothing more");
    }
}
