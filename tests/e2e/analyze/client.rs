//! A client that a stranger would generate from the description works with the server.

use attune_tests::client::{Client, types};
use attune_tests::collector::Collector;
use attune_tests::media;
use attune_tests::place::Place;
use data_encoding::BASE64;

#[test]
fn a_generated_client_analyses_lists_shows_and_deletes() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let client = Client::new(collector.api());
        let about = client.about().await.expect("answers");
        assert_eq!(about.name, "attune-collector");
        let wished = types::PreferencesBody {
            time_zone: None,
            user_id: "alice".parse().expect("a user id"),
            analysis_sensitivity: Some(0.5),
            enable_audio_analysis: Some(true),
            enable_face_analysis: None,
            enable_heart_analysis: None,
            enable_motion_analysis: None,
            max_history_days: None,
            store_sessions: Some(true),
        };
        assert!(client.set_preferences(&wished).await.expect("answers").store_sessions);
        let body = types::AnalyzeBody {
            user_id: Some("alice".parse().expect("a user id")),
            face_image: Some(BASE64.encode(&media::face())),
            audio_data: Some(BASE64.encode(&media::speech(5.0))),
            heart_data: Some(vec![800.0; 90]),
            ..types::AnalyzeBody::default()
        };
        let answer = client.analyze(&body).await.expect("answers");
        assert!(matches!(answer.status, types::Status::Completed), "{answer:?}");
        assert!(answer.stress_level.is_some_and(|stress| (0.0..=1.0).contains(&stress)));
        let session = client.get_session(&answer.session_id).await.expect("answers");
        assert_eq!(session.scores.as_ref().and_then(|scores| scores.stress_level), answer.stress_level);
        let windows = client.list_windows(&answer.session_id, None, None).await.expect("answers");
        assert_eq!(windows.windows.len() as i64, session.windows);
        client.delete_session(&answer.session_id).await.expect("answers");
        let gone = client.get_session(&answer.session_id).await.expect_err("it is deleted");
        assert_eq!(gone.status().map(|status| status.as_u16()), Some(404));
        let wrong = types::AnalyzeBody { face_image: Some("?".into()), ..types::AnalyzeBody::default() };
        let refused = client.analyze(&wrong).await.expect_err("it is no base64");
        assert_eq!(refused.status().map(|status| status.as_u16()), Some(400));
    });
}
