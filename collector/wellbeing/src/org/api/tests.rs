use attune_ground::measures::Measure;
use attune_protocol::policy::Profile;
use axum::body::to_bytes;
use serde_json::{Value, json};

use super::super::testing::Here;
use super::super::views;
use super::*;
use crate::team::ORGANISATION;

fn asked(measure: &str) -> ListQuery {
    ListQuery { measure: Some(measure.into()), weeks: Some("2".into()), ..ListQuery::default() }
}

fn asked_of_one(measure: &str) -> TeamQuery {
    TeamQuery { measure: Some(measure.into()), weeks: Some("2".into()), ..TeamQuery::default() }
}

async fn listed(here: &Here, asker: &Asker, measure: &str) -> Value {
    let answer = figures(asker.clone(), State(here.state.clone()), Query(asked(measure))).await;
    let Json(answer) = answer.unwrap_or_else(|problem| panic!("{problem:?}"));
    serde_json::to_value(answer).expect("JSON")
}

async fn one(here: &Here, asker: &Asker, id: &str) -> Result<Value, u16> {
    let query = Query(asked_of_one("stress_load"));
    let answer = figures_of(asker.clone(), State(here.state.clone()), Path(id.to_owned()), query).await;
    answer.map(|Json(answer)| serde_json::to_value(answer).expect("JSON")).map_err(|problem| problem.status)
}

fn names(answer: &Value) -> Vec<&str> {
    let teams = answer["teams"].as_array().expect("teams");
    teams.iter().map(|of| of["team"]["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn hr_sees_every_team_by_name_with_its_figure_or_why_there_is_none_on_each_database() {
    for here in Here::each(Profile::Research).await {
        here.figure(here.workshop, "stress_load", here.last, 0.2).await;
        here.figure(here.workshop, "stress_load", here.weeks_ago(2), 0.6).await;
        here.withhold(here.harbour, "stress_load", here.last).await;
        let answer = listed(&here, &here.hr, "stress_load").await;
        assert_eq!(names(&answer), ["All teams as one", "Harbour", "Workshop"], "never by their values");
        let (harbour, workshop) = (&answer["teams"][1], &answer["teams"][2]);
        assert_eq!(harbour["weeks"][1]["withheld"]["code"], "too_few");
        assert!(harbour["weeks"][1]["value"].is_null() && harbour["mean"]["value"].is_null(), "{harbour}");
        assert_eq!(harbour["weeks"][0]["withheld"]["code"], "nothing");
        assert_eq!((&workshop["weeks"][1]["value"], &workshop["weeks"][1]["people"]), (&json!(0.2), &json!(10)));
        assert_eq!(workshop["change"]["is_sure"], true, "from 0.6 to 0.2");
        assert_eq!(answer["to"], here.last.checked_add(jiff::ToSpan::days(6)).expect("a day").to_string());
    }
}

#[tokio::test]
async fn who_leads_a_team_sees_that_one_and_is_not_told_which_others_there_are_on_each_database() {
    for here in Here::each(Profile::Research).await {
        let answer = listed(&here, &here.manager, "stress_load").await;
        assert_eq!(names(&answer), ["Harbour"]);
        assert!(one(&here, &here.manager, &here.harbour.to_string()).await.is_ok());
        let nobodys = "f".repeat(32);
        for id in [here.workshop.to_string(), ORGANISATION.to_string(), nobodys.clone(), "nothing".into()] {
            assert_eq!(one(&here, &here.manager, &id).await.err(), Some(403), "{id}");
        }
        assert!(one(&here, &here.hr, &ORGANISATION.to_string()).await.is_ok());
        assert_eq!(one(&here, &here.hr, &nobodys).await.err(), Some(404));
        let answer =
            files::file(here.manager.clone(), State(here.state.clone()), Query(asked_of_one("stress_load"))).await;
        let bytes = to_bytes(answer.unwrap_or_else(|problem| panic!("{problem:?}")).into_body(), 1 << 20).await;
        let text = String::from_utf8(bytes.expect("a body").to_vec()).expect("text");
        assert!(text.contains("Harbour") && !text.contains("Workshop") && text.lines().count() == 3, "{text}");
    }
}

#[tokio::test]
async fn under_eu_what_is_read_from_people_is_withheld_by_its_rule_and_what_they_say_is_not_on_each_database() {
    for here in Here::each(Profile::Eu).await {
        for measure in ["stress_load", "vibe"] {
            here.figure(here.harbour, measure, here.last, 0.5).await;
        }
        let answer = listed(&here, &here.hr, "stress_load").await;
        assert!(answer["measure"]["withheld"]["rule"].as_str().is_some_and(|rule| rule.starts_with("EU-")), "{answer}");
        for of in answer["teams"].as_array().expect("teams") {
            assert!(of["mean"]["value"].is_null() && of["weeks"][1]["value"].is_null(), "{of}");
            assert_eq!(of["weeks"][1]["withheld"]["code"], "policy");
        }
        let answer = listed(&here, &here.hr, "vibe").await;
        assert!(answer["measure"]["withheld"].is_null());
        assert_eq!(answer["teams"][1]["weeks"][1]["value"], 0.5);
        let Json(all) = measures(State(here.state.clone())).await;
        let shown: Vec<&str> =
            all.measures.iter().filter(|measure| measure.withheld.is_none()).map(|measure| measure.name).collect();
        assert_eq!(shown, ["active_share", "coverage", "vibe", "said_valence", "said_arousal"]);
    }
}

#[tokio::test]
async fn a_view_is_of_who_keeps_it_under_one_name_and_can_be_removed_on_each_database() {
    for here in Here::each(Profile::Research).await {
        let (state, hr) = (&here.state, &here.hr);
        let login = views::owner(hr).unwrap_or_else(|problem| panic!("{problem:?}"));
        let keep = async |name: &str| {
            views::keep(state, login, name, "measure=vibe&weeks=4").await.map_err(|problem| problem.status)
        };
        let kept = keep(" Check-ins ").await.expect("kept");
        assert_eq!(kept.name, "Check-ins");
        assert_eq!(keep("Check-ins").await.err(), Some(409), "taken");
        assert_eq!(keep("").await.err(), Some(400));
        assert_eq!(keep(&"x".repeat(61)).await.err(), Some(400));
        assert!(views::of(state, &here.manager).await.expect("reads").is_empty(), "another one's");
        let other = views::owner(&here.manager).unwrap_or_else(|problem| panic!("{problem:?}"));
        let id = kept.name_of_id();
        assert_eq!(views::remove(state, other, &id).await.err().map(|problem| problem.status), Some(404));
        assert_eq!(views::of(state, hr).await.expect("reads"), [kept]);
        assert!(views::remove(state, login, &id).await.is_ok());
        assert!(views::of(state, hr).await.expect("reads").is_empty());
        for number in 0..20 {
            assert!(keep(&format!("View {number}")).await.is_ok(), "{number}");
        }
        assert_eq!(keep("One more").await.err(), Some(409), "as many as one may have");
    }
}

#[test]
fn examples_show_measures_as_they_are_defined_and_those_of_messages_among_them() {
    let examples: Value = serde_json::from_str(include_str!("../examples.json")).expect("JSON");
    let shown = examples["GET /api/v1/teams/measures"]["200"]["measures"].as_array().expect("measures");
    let mut of_text = 0;
    for one in shown {
        let measure = Measure::of_name(one["name"].as_str().expect("a name")).expect("a measure");
        assert_eq!((&one["title"], &one["unit"]), (&json!(measure.title), &json!(measure.unit)));
        assert_eq!((&one["least"], &one["most"]), (&json!(measure.range.0), &json!(measure.range.1)));
        assert_eq!((&one["formula"], &one["source"]), (&json!(measure.formula), &json!(measure.source)));
        of_text += usize::from(measure.is_of_text());
    }
    assert!(of_text >= 3, "of all messages, of a kind of channel, and of who answers: {of_text}");
}

#[tokio::test]
async fn a_measure_that_is_made_of_others_is_said_to_be_told_of_no_team_on_each_database() {
    for here in Here::each(Profile::Research).await {
        let Json(all) = measures(State(here.state.clone())).await;
        let withheld = all.measures.iter().filter(|measure| measure.withheld.is_some());
        assert_eq!(withheld.map(|measure| measure.name).collect::<Vec<_>>(), ["overall"]);
    }
}
