use attune_ground::measures::{CHANNELS, Channel};
use attune_ground::time::{instant, now_millis};
use attune_people::rights::Means;
use attune_protocol::policy::Profile;
use axum::body::to_bytes;
use jiff::civil::Date;

use super::super::testing::Here;
use super::*;
use crate::bucket::day_of;
use crate::figures::mindpulse::{EMOTIONS, OfMessages};
use crate::team::newest_due;

/// The Monday of the last week that is counted.
fn counted() -> Date {
    day_of(newest_due(now_millis())).expect("a day")
}

async fn read(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    (status, serde_json::from_slice(&bytes).expect("JSON"))
}

async fn dashboard_of(here: &Here, asker: &Asker, team: &str) -> (u16, Value) {
    let query = Query { team: team.into(), ..Query::default() };
    read(dashboard(asker.clone(), State(here.state.clone()), Ok(AnyQuery(query))).await).await
}

/// A week of a team that is under stress, so that nobody is joyful: score 5 - 1.5 * 0.6 + 2 * -0.5 + 0.1 * 1.0.
async fn under_stress(here: &Here) {
    for (measure, value) in [("valence", -0.5), ("stress_load", 0.8), ("emotion_joy", 0.1)] {
        here.figure(here.harbour, measure, counted(), value).await;
    }
    for (_, measure, _) in EMOTIONS.into_iter().skip(1) {
        here.figure(here.harbour, measure, counted(), 0.0).await;
    }
}

#[tokio::test]
async fn a_client_of_mindpulse_is_given_its_names_and_formulas_and_nobody_is_singled_out_on_each_database() {
    for here in Here::each(Profile::Research).await {
        under_stress(&here).await;
        let (status, answer) = dashboard_of(&here, &here.manager, "").await;
        assert_eq!((status, &answer["success"]), (200, &json!(true)), "{answer}");
        let data = &answer["data"];
        let near = |value: &Value, expected: f64| value.as_f64().is_some_and(|value| (value - expected).abs() < 1e-9);
        let overview = &data["team_overview"];
        assert!(near(&overview["sentiment_weighted_avg"], -0.5), "{overview}");
        assert!(near(&overview["stress_weighted_avg"], 0.6) && near(&overview["wellbeing_score"], 3.2), "{overview}");
        assert!(near(&overview["emotions"]["joy"], 0.1), "{overview}");
        assert_eq!((&overview["message_count"], &overview["alert_level"]), (&json!(10), &json!("warning")));
        assert_eq!(data["user_analytics"], json!([]));
        assert!(data["user_analytics_withheld"]["words"].as_str().is_some_and(|why| !why.is_empty()));
        let kinds: Vec<&str> =
            data["alerts"].as_array().expect("alerts").iter().filter_map(|alert| alert["type"].as_str()).collect();
        assert_eq!(kinds, ["elevated_stress", "channel_performance"]);
        let sources: Vec<&Value> =
            data["channel_analytics"].as_array().expect("channels").iter().map(|channel| &channel["source"]).collect();
        assert_eq!(sources, ["sensing", "check_in"]);
        assert_eq!(data["trends"]["weekly"].as_array().map(Vec::len), Some(4));
    }
}

#[tokio::test]
async fn what_is_withheld_is_null_with_its_reason_and_another_team_is_refused_in_their_envelope_on_each_database() {
    for here in Here::each(Profile::Research).await {
        under_stress(&here).await;
        here.withhold(here.workshop, "stress_load", counted()).await;
        let (status, answer) = dashboard_of(&here, &here.hr, &here.workshop.to_string()).await;
        assert_eq!(status, 200, "{answer}");
        let overview = &answer["data"]["team_overview"];
        for field in ["sentiment_weighted_avg", "stress_weighted_avg", "wellbeing_score", "alert_level", "trend"] {
            assert!(overview[field].is_null(), "{field}: {overview}");
        }
        assert_eq!(overview["withheld"]["stress_weighted_avg"]["code"], "too_few");
        let (status, answer) = dashboard_of(&here, &here.manager, &here.workshop.to_string()).await;
        assert_eq!((status, &answer["success"]), (403, &json!(false)));
        assert!(answer["message"].as_str().is_some_and(|why| !why.contains("Workshop")), "{answer}");
        let wrong = Query { start_date: "soon".into(), ..Query::default() };
        let (status, answer) =
            read(channels(here.hr.clone(), State(here.state.clone()), Ok(AnyQuery(wrong))).await).await;
        assert!(status == 400 && answer["message"].as_str().is_some_and(|why| why.contains("start_date")), "{answer}");
    }
}

/// How many days a period has from its first instant to its last, and how many weeks it covers.
fn period_of(answer: &Value) -> (i64, i64) {
    let period = &answer["data"]["period"];
    let at = |name: &str| {
        let at = instant(period[name].as_str().expect("an instant")).expect("an instant, not a date");
        at.as_millisecond()
    };
    assert!(period["calculated_at"].as_str().is_some_and(|at| instant(at).is_ok()), "{period}");
    ((at("end_date") + 1 - at("start_date")) / 86_400_000, period["covers"]["weeks"].as_i64().expect("a number"))
}

#[tokio::test]
async fn built_in_days_are_mindpulses_and_figures_are_of_the_whole_weeks_in_them_on_each_database() {
    for here in Here::each(Profile::Research).await {
        under_stress(&here).await;
        let asked = |period: &str| {
            let query = Query { period: period.into(), ..Query::default() };
            (here.manager.clone(), State(here.state.clone()), Ok(AnyQuery(query)))
        };
        let (asker, state, query) = asked("");
        let (_, answer) = read(dashboard(asker, state, query).await).await;
        assert_eq!(period_of(&answer), (30, 4));
        assert_eq!(answer["data"]["trends"]["wellbeing"], json!({"current": 3.2, "previous": null, "trend": "new"}));
        let (asker, state, query) = asked("");
        let (_, answer) = read(wellbeing(asker, state, query).await).await;
        assert_eq!((period_of(&answer), &answer["data"]["team_wellbeing"]["wellbeing_score"]), ((30, 4), &json!(3.2)));
        let (asker, state, query) = asked("");
        let (_, answer) = read(team(asker, state, query).await).await;
        assert_eq!((period_of(&answer), &answer["data"]["team_overview"]["wellbeing_score"]), ((30, 4), &json!(3.2)));
        let (asker, state, query) = asked("");
        let (_, answer) = read(channels(asker, state, query).await).await;
        assert_eq!(period_of(&answer), (7, 1));
        let channel = &answer["data"]["channels"][0];
        assert_eq!((&channel["source"], &channel["active_users"]), (&json!("sensing"), &json!(10)));
        assert_eq!((&channel["wellbeing_score"], &channel["reason"]), (&json!(3.2), &Value::Null));
        let said = &answer["data"]["channels"][1];
        assert!(said["wellbeing_score"].is_null() && said["reason"].is_string(), "{said}");
        for (period, expected) in [("week", (7, 1)), ("month", (30, 4)), ("quarter", (90, 12))] {
            let (asker, state, query) = asked(period);
            let (status, answer) = read(trends(asker, state, query).await).await;
            assert_eq!((status, period_of(&answer)), (200, expected), "{period}");
            let weekly = answer["data"]["trends"]["weekly"].as_array().expect("weeks");
            assert_eq!(weekly.len() as i64, expected.1, "{period}");
            assert_eq!(weekly.last().map(|week| &week["wellbeing_score"]), Some(&json!(3.2)), "{period}");
        }
        let (asker, state, query) = asked("century");
        assert_eq!(read(trends(asker, state, query).await).await.0, 400);
    }
}

#[tokio::test]
async fn where_there_is_no_team_or_no_whole_week_the_shape_stays_and_says_so_on_each_database() {
    for here in Here::each(Profile::Research).await {
        under_stress(&here).await;
        let day = counted().to_string();
        let one_day = Query { start_date: day.clone(), end_date: format!("{day}T23:59:59Z"), ..Query::default() };
        let leads_none = Asker::new(Means::Nobody, Scope::OwnTeams);
        for (asker, query, days, why) in [
            (here.manager.clone(), one_day, (1, 0), "No whole week"),
            (leads_none, Query::default(), (30, 4), "no team"),
        ] {
            let (status, answer) = read(dashboard(asker, State(here.state.clone()), Ok(AnyQuery(query))).await).await;
            assert_eq!((status, period_of(&answer)), (200, days), "{answer}");
            let data = &answer["data"];
            let overview = &data["team_overview"];
            assert!(overview["reason"].as_str().is_some_and(|reason| reason.contains(why)), "{overview}");
            assert!(overview["wellbeing_score"].is_null() && overview["emotions"]["joy"].is_null(), "{overview}");
            assert_eq!((&overview["message_count"], &data["alerts"]), (&json!(0), &json!([])));
            assert!(data["channel_analytics"].as_array().is_some_and(|channels| channels.len() == 2), "{data}");
            assert!(data["trends"].is_object(), "{data}");
        }
    }
}

/// A week of messages: score 5 + 2 * 0.5 - 1.5 * 0.2 + 0.4; surprise and what else stands behind it nobody shows.
async fn written(here: &Here, kind: Option<&Channel>) {
    let values = [0.5, 0.2, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0];
    for (measure, value) in OfMessages::of(kind).all().zip(values) {
        here.figure(here.harbour, measure.name, counted(), value).await;
    }
}

#[tokio::test]
async fn messages_alone_make_a_score_and_each_kind_of_channel_has_a_row_on_each_database() {
    for here in Here::each(Profile::Research).await {
        written(&here, None).await;
        let slack = CHANNELS.iter().find(|kind| kind.name == "slack").expect("a kind");
        written(&here, Some(slack)).await;
        here.withhold(here.harbour, "email_sentiment", counted()).await;
        let (status, answer) = dashboard_of(&here, &here.manager, "").await;
        let data = &answer["data"];
        let overview = &data["team_overview"];
        assert_eq!((status, &overview["wellbeing_score"]), (200, &json!(6.1)), "{answer}");
        assert_eq!((&overview["emotions"]["joy"], &overview["emotions"]["love"]), (&json!(0.4), &json!(0.0)));
        assert_eq!((&overview["alert_level"], &overview["message_count"]), (&json!("normal"), &json!(10)));
        let channels = data["channel_analytics"].as_array().expect("channels");
        let sources: Vec<&Value> = channels.iter().map(|channel| &channel["source"]).collect();
        assert_eq!(sources, ["sensing", "check_in", "slack", "email"], "of the others there is nothing");
        assert_eq!((&channels[2]["wellbeing_score"], &channels[2]["active_users"]), (&json!(6.1), &json!(10)));
        assert!(channels[3]["wellbeing_score"].is_null() && channels[3]["reason"].is_string(), "{}", channels[3]);
        assert_eq!(channels[3]["withheld"]["sentiment_weighted_avg"]["code"], "too_few");
        assert_eq!(
            data["trends"]["weekly"][0]["lacking"][0], "sentiment",
            "weeks before tell what messages tell of them"
        );
    }
}

#[tokio::test]
async fn an_emotion_that_everybody_shows_alike_is_withheld_and_counts_as_none_on_each_database() {
    for here in Here::each(Profile::Research).await {
        for (measure, value) in OfMessages::of(None).all().zip([0.5, 0.2, 0.4]) {
            here.figure(here.harbour, measure.name, counted(), value).await;
        }
        for measure in &OfMessages::of(None).emotions[1..] {
            here.share(here.harbour, measure.name, counted()).await;
        }
        let (_, answer) = dashboard_of(&here, &here.manager, "").await;
        let overview = &answer["data"]["team_overview"];
        assert_eq!((&overview["emotions"]["love"], &overview["wellbeing_score"]), (&Value::Null, &json!(6.1)));
        assert_eq!(overview["withheld"]["love"]["code"], "share");
    }
}

#[tokio::test]
async fn without_papers_no_figure_of_messages_is_told_and_the_rule_is_named_on_each_database() {
    for (profile, rule) in [(Profile::Eu, "EU"), (Profile::Uk, "UK")] {
        for here in Here::each(profile).await {
            written(&here, None).await;
            let (_, answer) = dashboard_of(&here, &here.manager, "").await;
            let overview = &answer["data"]["team_overview"];
            assert!(
                overview["wellbeing_score"].is_null() && overview["sentiment_weighted_avg"].is_null(),
                "{overview}"
            );
            let row = &answer["data"]["channel_analytics"][2];
            assert_eq!(row["source"], "messages", "no kind of channel is told apart: {row}");
            let said = &row["withheld"]["sentiment_weighted_avg"];
            let words = said["words"].as_str().unwrap_or_default();
            assert!(said["code"] == "policy" && words.contains(&format!("(rule {rule}-")), "{row}");
            let barred = super::super::barred::Barred::of(&here.state);
            for measure in OfMessages::of(None).all() {
                assert!(barred.rule(measure).is_some_and(|of| of.id.starts_with(rule)), "{}", measure.name);
            }
        }
        for here in Here::each(profile).await.into_iter().map(Here::with_papers) {
            written(&here, None).await;
            let (_, answer) = dashboard_of(&here, &here.manager, "").await;
            assert_eq!(answer["data"]["team_overview"]["wellbeing_score"], 6.1, "{answer}");
        }
    }
}
