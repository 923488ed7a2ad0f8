//! What is told of teams.

use std::sync::Arc;

use attune_ground::http::body::Bodies;
use attune_ground::retention::Limits;
use attune_ground::testing::Database;
use attune_people::access::By;
use attune_people::teams as people_teams;
use attune_people::{People, Settings as PeopleSettings};
use attune_protocol::policy::Profile;

use super::super::judge::Point;
use super::super::record::Content;
use super::super::rule::Rule;
use super::super::{team_round, teams};
use super::{Here, today};
use crate::Wellbeing;
use crate::team::monday;

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
        teams::raise(&mut transaction, team, &Content { rule, points }).await.expect("raised").expect("none was open");
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
