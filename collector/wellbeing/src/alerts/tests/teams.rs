//! What is told of teams.

use std::sync::Arc;

use attune_ground::http::AnyQuery;
use attune_ground::http::body::Bodies;
use attune_ground::retention::Limits;
use attune_ground::testing::Database;
use attune_people::access::By;
use attune_people::teams as people_teams;
use attune_people::{People, Settings as PeopleSettings};
use attune_protocol::ids::PersonId;
use attune_protocol::policy::Profile;
use axum::body::to_bytes;
use axum::extract::State;
use serde_json::{Value, json};

use super::super::judge::Point;
use super::super::record::Content;
use super::super::rule::Rule;
use super::super::seen::{self, Whose};
use super::super::{mindpulse, team_round, teams};
use super::{Here, today};
use crate::team::monday;
use crate::{Hooks, Settings, Wellbeing};

#[tokio::test]
async fn a_figure_that_does_not_read_keeps_no_other_team_from_being_looked_at_on_each_database() {
    for here in Here::each().await {
        let store = &here.database.store;
        let newest = monday(today()) - 7;
        let broken = people_teams::make(store, "Aground", &By::COMMAND).await.expect("made").expect("is new");
        here.figure(broken, "stress_load", newest, 0.9).await;
        here.run("UPDATE team_figures SET figure = team").await;
        let team = people_teams::make(store, "Harbour", &By::COMMAND).await.expect("made").expect("is new");
        for (week, value) in [(newest - 7, 0.85), (newest, 0.9)] {
            here.figure(team, "stress_load", week, value).await;
        }
        assert!(team_round::look(&here.state).await.is_err(), "it is not passed over in silence");
        assert_eq!(here.open(&here.hanna).await.len(), 1);
    }
}

#[tokio::test]
async fn an_alert_that_the_profile_forbids_by_now_ends_and_rings_no_more_on_each_database() {
    for here in Here::each().await {
        let team = people_teams::make(&here.database.store, "Harbour", &By::COMMAND).await.expect("made");
        let team = team.expect("is new");
        let rule = Rule::of_number(102).expect("a rule");
        let points = vec![Point { at: monday(today()) - 7, value: 0.9 }];
        let mut transaction = here.database.store.begin().await.expect("begins");
        teams::raise(&mut transaction, team, &Content { rule, points }, 12)
            .await
            .expect("raised")
            .expect("none was open");
        transaction.commit().await.expect("commits");
        assert_eq!((here.open(&here.hanna).await.len(), here.rings(&here.hanna).await), (1, 1));

        let profile = Profile::Eu;
        let settings = PeopleSettings { profile, registration: false, limits: Limits::built_in(profile) };
        let Database { store, people, own, .. } = &here.database;
        let people = People::new((store.clone(), people.clone(), Arc::clone(own)), Bodies::default(), &[], settings);
        let state = Wellbeing::new(store.clone(), people, here.state.settings(), Vec::new());
        assert!(!teams::may_be_told(&state, rule), "it is made of what nobody may be given");
        assert_eq!(team_round::look(&state).await.expect("looked"), 1);
        assert_eq!(here.rings(&here.hanna).await, 0, "what nobody sees waits for nobody");
    }
}

#[tokio::test]
async fn clients_of_mindpulse_are_told_its_kinds_of_alerts_apart_from_ours_within_their_days_on_each_database() {
    for here in Here::each().await {
        let team = people_teams::make(&here.database.store, "Harbour", &By::COMMAND).await.expect("made");
        let team = team.expect("is new");
        let mut transaction = here.database.store.begin().await.expect("begins");
        for number in [102, 105] {
            let points = vec![Point { at: monday(today()) - 7, value: 0.9 }];
            let content = Content { rule: Rule::of_number(number).expect("a rule"), points };
            teams::raise(&mut transaction, team, &content, 12).await.expect("raised").expect("none was open");
        }
        transaction.commit().await.expect("commits");
        let told = async |start: &str, end: &str| {
            let query = mindpulse::Query { start_date: start.into(), end_date: end.into() };
            let answer = mindpulse::alerts(here.hanna.asker(), State(here.state.clone()), Ok(AnyQuery(query))).await;
            let status = answer.status().as_u16();
            let bytes = to_bytes(answer.into_body(), 1 << 16).await.expect("in memory");
            (status, serde_json::from_slice::<Value>(&bytes).expect("JSON"))
        };
        let (status, answer) = told("", "").await;
        let data = &answer["data"];
        let kinds = |list: &str| -> Vec<(Value, Value)> {
            let alerts = data[list].as_array().expect("a list").iter();
            alerts.map(|alert| (alert["type"].clone(), alert["severity"].clone())).collect()
        };
        assert_eq!(status, 200, "{answer}");
        assert_eq!(kinds("alerts"), [(json!("elevated_stress"), json!("medium"))]);
        assert_eq!(kinds("other_alerts"), [(json!("unusual_stress"), json!("low"))]);
        assert!(data["period"]["start_date"].as_str().is_some_and(|at| at.ends_with("T00:00:00.000Z")), "{data}");
        let (_, before) = told("2025-01-01T00:00:00Z", "2025-01-31T23:59:59Z").await;
        assert_eq!(before["data"]["alerts"], json!([]), "they were opened later");
        assert_eq!(told("yesterday", "").await.0, 400);
    }
}

#[tokio::test]
async fn an_alert_of_fewer_people_than_are_set_now_is_shown_and_sent_no_more_on_each_database() {
    for here in Here::each().await {
        let hooks = Hooks { slack: Some("https://127.0.0.1:9/x".into()), ..Hooks::default() };
        let state = here.state.clone().telling(hooks.clone());
        let team = people_teams::make(&here.database.store, "Harbour", &By::COMMAND).await.expect("made");
        let team = team.expect("is new");
        let newest = monday(today()) - 7;
        for (week, value) in [(newest - 7, 0.85), (newest, 0.9)] {
            here.figure(team, "stress_load", week, value).await;
        }
        assert_eq!(team_round::look(&state).await.expect("looked"), 1);
        assert_eq!((here.open(&here.hanna).await.len(), here.database.count("alert_deliveries").await), (1, 1));
        let id = PersonId(here.open(&here.hanna).await[0].id).to_string();

        let set = Settings { least_people: 15, epsilon: None };
        let stricter = Wellbeing::new(state.store().clone(), state.people().clone(), set, Vec::new()).telling(hooks);
        let whose = Whose::of(&stricter, &here.hanna.asker()).await.expect("known");
        assert!(seen::open(&stricter, &whose).await.expect("read").is_empty(), "before anything is ended");
        assert!(seen::page(&stricter, &whose, i64::MAX).await.expect("read").alerts.is_empty());
        assert_eq!(seen::one(&stricter, &whose, &id).await.err().map(|problem| problem.status), Some(404));
        assert_eq!(team_round::look(&stricter).await.expect("looked"), 1, "it ends");
        assert_eq!(here.rings(&here.hanna).await, 0);
        assert_eq!(here.database.count("alert_deliveries").await, 0, "and no program is told of it");
        assert_eq!(team_round::look(&stricter).await.expect("looked"), 0, "twelve people are too few for another one");
    }
}
