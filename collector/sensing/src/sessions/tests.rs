use attune_analysis::indicators::assess;
use attune_protocol::ids::SessionId;
use attune_protocol::record::Record;

use super::query::{self, SessionFilter, SessionRow};
use crate::ingest::take_in;
use crate::testing::{Device, Fixture, heart_record};

const WINDOW: u32 = 170_000_000;

async fn send(fixture: &Fixture, device: &Device, seq: u64, window: u32, rate: f64) {
    let batch = device.batch(vec![(seq, heart_record(window, rate))]);
    assert_eq!(take_in(&fixture.context, vec![batch]).await.len(), 1);
}

async fn fuse(fixture: &Fixture) {
    while fixture.fuser().fuse_waiting().await.expect("fuses") > 0 {}
}

async fn sessions(fixture: &Fixture) -> Vec<SessionRow> {
    let filter = SessionFilter { person: None, kind: None, from: i64::MIN, to: i64::MAX, after: None, offset: 0 };
    query::list(&fixture.context.store, &filter, 100).await.expect("lists")
}

/// Runs of windows with no more than ten minutes between one's end and the next one's start, the latest first.
fn model(windows: &[u32]) -> Vec<(i64, i64, i64)> {
    let mut sorted = windows.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut runs: Vec<(i64, i64, i64)> = Vec::new();
    for window in sorted {
        let start = i64::from(window) * 10_000;
        match runs.last_mut() {
            Some(run) if start - run.1 <= 600_000 => *run = (run.0, start + 10_000, run.2 + 1),
            _ => runs.push((start, start + 10_000, 1)),
        }
    }
    runs.reverse();
    runs
}

#[tokio::test]
async fn any_order_of_arrival_gives_the_same_sessions() {
    for fixture in Fixture::each().await {
        let mut state = 7_u64;
        let mut random = |below: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from(state >> 33).expect("31 bits") % below
        };
        for case in 0..12_u32 {
            let device = fixture.device(&format!("user {case}")).await;
            let person = fixture.person(&format!("user {case}")).await;
            let windows: Vec<u32> = (0..24).map(|_| WINDOW + random(1200)).collect();
            for (seq, window) in (Device::FIRST_SEQ..).zip(&windows) {
                send(&fixture, &device, seq, *window, 60.0).await;
                if random(3) == 0 {
                    fuse(&fixture).await;
                }
            }
            fuse(&fixture).await;
            let found: Vec<_> = sessions(&fixture)
                .await
                .into_iter()
                .filter(|s| s.person == person)
                .map(|s| (s.started_at, s.ended_at, s.windows))
                .collect();
            assert_eq!(found, model(&windows), "case {case}");
        }
    }
}

#[tokio::test]
async fn a_window_that_closes_a_gap_joins_two_sessions_and_the_older_id_stays() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let mut ids: Vec<SessionId> = Vec::new();
        // Ten minutes are 60 windows: the first two are too far apart, the third is near to both.
        for (seq, window) in [(4, WINDOW + 100), (5, WINDOW), (6, WINDOW + 50)] {
            send(&fixture, &device, seq, window, 60.0).await;
            fuse(&fixture).await;
            ids.extend(
                sessions(&fixture).await.iter().map(|s| s.session).filter(|id| !ids.contains(id)).collect::<Vec<_>>(),
            );
            // Which of two sessions is older is told by the clock.
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        let left = sessions(&fixture).await;
        assert_eq!(left.len(), 1);
        assert_eq!((left[0].session, left[0].windows), (ids[0], 3));
        let younger = query::find(&fixture.context.store, ids[1]).await.expect("finds").expect("still known");
        assert_eq!(younger.merged_into, Some(ids[0]));
    }
}

#[tokio::test]
async fn a_crash_between_commit_and_fusion_forgets_no_window() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        send(&fixture, &device, 4, WINDOW, 60.0).await;
        // Nothing of the process that took the record in is left; another one starts on the same database.
        let store =
            attune_ground::store::Store::open(&fixture.database.url, &crate::testing::MIGRATIONS).await.expect("opens");
        let again = super::Fuser::new(store, fixture.context.people.clone(), std::sync::Arc::default());
        assert_eq!(again.fuse_waiting().await.expect("fuses"), 1);
        assert_eq!(sessions(&fixture).await.len(), 1);
        assert_eq!(again.fuse_waiting().await.expect("fuses"), 0);
    }
}

#[tokio::test]
async fn a_late_record_of_another_device_is_fused_into_its_window_and_no_other() {
    for fixture in Fixture::each().await {
        let (strap, watch) = (fixture.device("alice").await, fixture.device("alice").await);
        for step in 0..3 {
            send(&fixture, &strap, 4 + u64::from(step), WINDOW + step, 60.0).await;
        }
        fuse(&fixture).await;
        send(&fixture, &watch, 4, WINDOW + 1, 110.0).await;
        assert_eq!(fixture.count("pending_fusion").await, 1, "only the window that it touches");
        fuse(&fixture).await;
        let session = sessions(&fixture).await.remove(0);
        let windows = query::windows(&fixture.context.store, &fixture.context.people, &session, i64::MIN, 10)
            .await
            .expect("opens");
        let record = |rate| Record::decode(&heart_record(WINDOW, rate)).expect("reads");
        let (alone, both) = (assess(&[record(60.0)]), assess(&[record(60.0), record(110.0)]));
        let stress: Vec<_> = windows.iter().map(|w| w.assessment.stress.value().expect("known")).collect();
        let expected = [&alone, &both, &alone].map(|a| a.stress.value().expect("known"));
        for (found, expected) in stress.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9);
        }
        assert!(stress[1] > stress[0]);
    }
}

#[tokio::test]
async fn sessions_are_filtered_by_what_stands_in_clear_and_come_in_pages() {
    for fixture in Fixture::each().await {
        let (alice, bob) = (fixture.device("alice").await, fixture.device("bob").await);
        for (seq, window) in (4..9).zip((0..).step_by(200)) {
            send(&fixture, &alice, seq, WINDOW + window, 60.0).await;
        }
        send(&fixture, &bob, 4, WINDOW, 60.0).await;
        fuse(&fixture).await;
        let store = &fixture.context.store;
        let mut filter = SessionFilter {
            person: Some(fixture.person("alice").await),
            kind: Some(super::SessionKind::Live),
            from: i64::from(WINDOW) * 10_000 + 10_000,
            to: i64::MAX,
            after: None,
            offset: 0,
        };
        let mut starts = Vec::new();
        loop {
            let page = query::list(store, &filter, 3).await.expect("lists");
            let Some(last) = page.last() else { break };
            filter.after = Some(super::Cursor { started_at: last.started_at, session: last.session });
            starts.extend(page.iter().map(|s| (s.started_at / 10_000 - i64::from(WINDOW)) as u32));
        }
        assert_eq!(starts, [800, 600, 400, 200], "the first one has ended before `from`");
        filter = SessionFilter { kind: Some(super::SessionKind::Analysis), after: None, ..filter };
        assert!(query::list(store, &filter, 3).await.expect("lists").is_empty());
    }
}
