//! Why something is not told.

use super::*;

/// The reasons that the API gives for the only session there is.
async fn reasons(fixture: &Fixture) -> Vec<ReasonView> {
    let rows = sessions(fixture).await;
    let [session] = rows.as_slice() else { panic!("{} sessions", rows.len()) };
    let Fixture { context, .. } = fixture;
    let windows = query::windows(&context.store, &context.people, session, i64::MIN, 10).await.expect("opens").windows;
    let assessments: Vec<Assessment> = windows.into_iter().map(|window| window.assessment).collect();
    ScoresView::from(&session.kind.summarize(&assessments)).reasons
}

fn reason<'a>(reasons: &'a [ReasonView], field: &str) -> &'a ReasonView {
    reasons.iter().find(|reason| reason.field == field).unwrap_or_else(|| panic!("{field} has a value"))
}

#[tokio::test]
async fn under_eu_with_everything_seen_no_reason_is_that_of_missing_data_on_each_database() {
    for mut fixture in Fixture::each().await {
        fixture.context.profile = Profile::Eu;
        let device = fixture.device("alice").await;
        let records = Modality::SENSED.map(|modality| full_record(modality, EVERYTHING));
        let batch = device.batch((Device::FIRST_SEQ..).zip(records).collect());
        assert_eq!(fixture.take_in(vec![batch]).await.len(), 1);
        fuse(&fixture).await;
        let reasons = reasons(&fixture).await;
        for field in ["stress_level", "valence", "overall_score", "emotion_analysis", "cognitive_state"] {
            let reason = reason(&reasons, field);
            assert_eq!(reason.code, "withheld_by_profile", "{reason:?}");
            assert!(reason.reason.contains("the profile eu keeps what it is read from on the device"), "{reason:?}");
        }
        let told = serde_json::to_string(&reasons).expect("JSON");
        assert!(!told.contains("not_enough_data") && !told.contains("not enough data"), "{told}");
    }
}

#[tokio::test]
async fn a_modality_without_consent_is_told_from_one_without_a_device_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device_without_consent("alice").await;
        let consents = vec![(0, consent(Modality::Heart, true, 1)), (1, consent(Modality::Motion, true, 2))];
        fixture.take_in(vec![device.batch(consents)]).await;
        fixture.take_in(vec![device.batch(vec![(2, full_record(Modality::Heart, 2))])]).await;
        fuse(&fixture).await;
        let reasons = reasons(&fixture).await;
        assert_eq!(reason(&reasons, "valence").code, "no_consent");
        assert_eq!(reason(&reasons, "valence").reason, "valence is not shown: there is no consent for face");
        assert_eq!(reason(&reasons, "coverage.voice").code, "no_consent");
        assert_eq!(reason(&reasons, "coverage.motion").code, "no_device", "there is consent, and nothing came");
        let attention = reason(&reasons, "attention_score");
        let codes: Vec<_> = attention.modalities.iter().map(|(modality, lack)| (*modality, lack.code)).collect();
        assert_eq!(codes, [("face", "no_consent"), ("motion", "no_device")]);
    }
}

#[tokio::test]
async fn a_record_of_an_agent_that_could_not_say_what_it_withheld_names_the_agent_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let coverage = Coverage { expected: 100, received: 100, last_60_s: 1.0, last_300_s: 1.0, gap: None };
        let bare = Record::new(Window(WINDOW), 0.95, coverage, Features::new(Modality::Heart)).encode();
        fixture.take_in(vec![device.batch(vec![(Device::FIRST_SEQ, bare)])]).await;
        fuse(&fixture).await;
        assert_eq!(reason(&reasons(&fixture).await, "stress_level").code, "old_agent");
    }
}
