use attune_protocol::policy::Profile;
use axum::body::to_bytes;

use super::super::testing::Here;
use super::*;

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
        here.figure(here.harbour, measure, here.last, value).await;
    }
    for (_, measure, _) in EMOTIONS.into_iter().skip(1) {
        here.figure(here.harbour, measure, here.last, 0.0).await;
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
        here.withhold(here.workshop, "stress_load", here.last).await;
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
