use attune_analysis::indicators::{Assessment, Terms, assess};
use attune_ground::http::Problem;
use attune_ground::keys::PersonKeys;
use attune_protocol::features::Features;
use attune_protocol::ids::SessionId;
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::{Modality, check_in, text};
use attune_protocol::window::Window;

use super::query::{self, SessionFilter, SessionRow};
use super::{ReasonView, ScoresView, Shelf};
use crate::testing::{Device, EVERYTHING, Fixture, consent, heart_record};

const WINDOW: u32 = 177_000_000; // 2026-02-02T02:40:00Z

async fn send(fixture: &Fixture, device: &Device, seq: u64, window: u32, rate: f64) {
    let batch = device.batch(vec![(seq, heart_record(window, rate))]);
    assert_eq!(fixture.take_in(vec![batch]).await.len(), 1);
}

pub(super) async fn fuse(fixture: &Fixture) {
    while fixture.fuser().fuse_waiting().await.expect("fuses") > 0 {}
}

pub(super) async fn sessions(fixture: &Fixture) -> Vec<SessionRow> {
    let filter = SessionFilter { people: None, kind: None, from: i64::MIN, to: i64::MAX, after: None, offset: 0 };
    query::list(&fixture.context.store, &filter, 100).await.expect("lists").sessions
}

/// Runs of windows with no more than ten minutes between one's end and the next one's start, the latest first.
pub(super) fn model(windows: &[u32]) -> Vec<(i64, i64, i64)> {
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
async fn only_so_many_sessions_are_read_at_a_time_and_who_comes_then_is_told() {
    let [fixture, ..] = &Fixture::each().await[..] else { panic!("SQLite is there") };
    let shelf = Shelf::new(fixture.context.store.clone(), fixture.context.people.clone());
    let places: Vec<_> = std::iter::from_fn(|| shelf.pool.place()).collect();
    assert!(places.len() < 100, "bounded");
    let busy: Problem = shelf.aside(async |_| Ok(())).await.expect_err("full").into();
    assert_eq!(busy.status, 503);
    drop(places);
    shelf.aside(async |_| Ok(())).await.expect("there is room again");
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
async fn a_page_of_windows_goes_on_behind_one_that_does_not_read() {
    // Only SQLite keeps text among bytes.
    let fixture = Fixture::each().await.remove(0);
    let device = fixture.device("alice").await;
    for step in 0..3 {
        send(&fixture, &device, 4 + u64::from(step), WINDOW + step, 60.0).await;
    }
    fuse(&fixture).await;
    let session = sessions(&fixture).await.remove(0);
    let begins = i64::from(WINDOW) * 10_000;
    let Fixture { context, .. } = &fixture;
    sqlx::query("UPDATE fused_windows SET sealed = 'text' WHERE window_start = $1")
        .bind(begins)
        .execute(context.store.pool())
        .await
        .expect("written");
    let page = async |from| query::windows(&context.store, &context.people, &session, from, 2).await.expect("opens");
    let first = page(i64::MIN).await;
    assert_eq!((first.windows.len(), first.damaged, first.next), (1, 1, Some(begins + 20_000)));
    let rest = page(begins + 20_000).await;
    assert_eq!((rest.windows.len(), rest.damaged, rest.next), (1, 0, None));
}

#[tokio::test]
async fn a_crash_between_commit_and_fusion_forgets_no_window() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        send(&fixture, &device, 4, WINDOW, 60.0).await;
        // Nothing of the process that took the record in is left; another one starts on the same database.
        let store = attune_ground::store::Store::open(&fixture.database.urls, &crate::testing::MIGRATIONS)
            .await
            .expect("opens");
        let again =
            super::Fuser::new(store, fixture.context.people.clone(), Profile::Research, std::sync::Arc::default());
        assert_eq!(again.fuse_waiting().await.expect("fuses"), 1);
        assert_eq!(sessions(&fixture).await.len(), 1);
        assert_eq!(again.fuse_waiting().await.expect("fuses"), 0);
    }
}

#[tokio::test]
async fn windows_that_are_not_written_yet_go_over_with_their_session_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        send(&fixture, &device, 4, WINDOW + 100, 60.0).await;
        fuse(&fixture).await;
        let older = sessions(&fixture).await.remove(0).session;
        // The first begins a session, and the second joins it to the older one, within one transaction.
        let batch = device.batch(vec![(5, heart_record(WINDOW, 60.0)), (6, heart_record(WINDOW + 50, 60.0))]);
        fixture.take_in(vec![batch]).await;
        fuse(&fixture).await;
        let found = sessions(&fixture).await;
        assert_eq!(found.iter().map(|row| row.session).collect::<Vec<_>>(), [older], "the oldest stays");
        let Fixture { context, .. } = &fixture;
        let page = query::windows(&context.store, &context.people, &found[0], i64::MIN, 10).await.expect("opens");
        let windows: Vec<u32> = page.windows.iter().map(|row| row.window.0).collect();
        assert_eq!(windows, [WINDOW, WINDOW + 50, WINDOW + 100]);
        assert_eq!(fixture.count("pending_fusion").await, 0);
    }
}

#[tokio::test]
async fn windows_of_whom_nothing_opens_wait_and_keep_none_of_the_others_of_their_group_waiting_on_each_database() {
    for fixture in Fixture::each().await {
        for user in ["alice", "bob", "carol"] {
            let device = fixture.device(user).await;
            send(&fixture, &device, 4, WINDOW, 60.0).await;
        }
        let bob = fixture.person("bob").await;
        let damaged = sqlx::query("UPDATE person_keys SET wrapped = person WHERE person = $1")
            .bind(bob.0.to_vec())
            .execute(fixture.context.store.keyring().pool())
            .await;
        assert_eq!(damaged.expect("damaged").rows_affected(), 1);
        fuse(&fixture).await;
        let found = sessions(&fixture).await;
        assert!(found.len() == 2 && found.iter().all(|row| row.person != bob), "{}", found.len());
        assert_eq!(fixture.count("pending_fusion").await, 1, "his wait");
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
            .expect("opens")
            .windows;
        let record = |rate| Record::decode(&heart_record(WINDOW, rate)).expect("reads");
        let terms = Terms::sensed(Profile::Research);
        let (alone, both) = (assess(&[record(60.0)], terms), assess(&[record(60.0), record(110.0)], terms));
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
            people: Some(vec![fixture.person("alice").await]),
            kind: Some(super::SessionKind::Live),
            from: i64::from(WINDOW) * 10_000 + 10_000,
            to: i64::MAX,
            after: None,
            offset: 0,
        };
        let mut starts = Vec::new();
        loop {
            let page = query::list(store, &filter, 3).await.expect("lists").sessions;
            let Some(last) = page.last() else { break };
            filter.after = Some(super::Cursor { started_at: last.started_at, session: last.session });
            starts.extend(page.iter().map(|s| (s.started_at / 10_000 - i64::from(WINDOW)) as u32));
        }
        assert_eq!(starts, [800, 600, 400, 200], "the first one has ended before `from`");
        filter = SessionFilter { kind: Some(super::SessionKind::Analysis), after: None, ..filter };
        assert!(query::list(store, &filter, 3).await.expect("lists").sessions.is_empty());
    }
}

#[tokio::test]
async fn who_asks_by_a_user_id_is_told_of_sessions_under_its_earlier_forms_too_on_each_database() {
    for fixture in Fixture::each().await {
        for (user, window) in [(" zoe ", WINDOW), ("zoe", WINDOW + 200), ("bob", WINDOW + 400)] {
            let device = fixture.device(user).await;
            send(&fixture, &device, 4, window, 60.0).await;
        }
        fuse(&fixture).await;
        let (store, people) = (&fixture.context.store, &fixture.context.people);
        // As an earlier version had it.
        for (user, clear) in
            [(" zoe ", "UPDATE accounts SET user_id = ' zoe ', user_tag = NULL, sealed = NULL WHERE person = $1")]
        {
            let person = fixture.person(user).await;
            sqlx::query(clear).bind(person.0.to_vec()).execute(store.pool()).await.expect("in clear");
        }
        attune_people::bring_together(store, people).await.expect("brought together");
        let zoe = attune_people::accounts::people_of(store, people, "zoe").await.expect("answers");
        let filter = SessionFilter {
            people: Some(zoe.clone()),
            kind: None,
            from: i64::MIN,
            to: i64::MAX,
            after: None,
            offset: 0,
        };
        let found = query::list(store, &filter, 10).await.expect("lists").sessions;
        assert_eq!(found.len(), 2, "and not bob's");
        assert!(found.iter().all(|row| zoe.contains(&row.person)));
    }
}

#[tokio::test]
async fn a_session_of_who_was_erased_has_no_scores_in_a_list_and_is_gone_by_itself_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        send(&fixture, &device, 4, WINDOW, 60.0).await;
        fuse(&fixture).await;
        let row = sessions(&fixture).await.remove(0);
        let store = &fixture.context.store;
        let mut transaction = store.begin().await.expect("begins");
        PersonKeys::destroy(&mut transaction, row.person);
        transaction.commit().await.expect("commits");
        let shelf = Shelf::new(store.clone(), fixture.context.people.clone());
        assert!(shelf.summary(&row).await.expect("listed").scores.stress.value().is_none());
        let gone = shelf.sum_up(&row).await.expect_err("nothing of it opens");
        assert_eq!(Problem::from(gone).status, 410);
    }
}

#[tokio::test]
async fn records_that_wait_of_who_was_erased_go_with_their_window_and_nobody_elses_on_each_database() {
    for mut fixture in Fixture::each().await {
        for user in ["alice", "bob"] {
            let device = fixture.device(user).await;
            for step in 0..2 {
                send(&fixture, &device, 4 + u64::from(step), WINDOW + step, 60.0).await;
            }
        }
        fixture.database.destroy_key(fixture.person("alice").await).await;
        fixture.context.people = fixture.database.people_after_restart();
        assert_eq!(fixture.count("records").await, 4);
        fuse(&fixture).await;
        assert_eq!((fixture.count("records").await, fixture.count("pending_fusion").await), (2, 0));
        let bob = fixture.person("bob").await;
        assert!(sessions(&fixture).await.iter().all(|row| row.person == bob));
    }
}

/// A record of a modality with every feature, kept under a version of the consent book.
fn full_record(modality: Modality, version: u32) -> Vec<u8> {
    let mut features = Features::new(modality);
    modality.features().iter().for_each(|spec| features.set(spec.ordinal, f64::midpoint(spec.min, spec.max)));
    let coverage = Coverage { expected: 100, received: 100, last_60_s: 1.0, last_300_s: 1.0, gap: None };
    Record { consent: version, ..Record::new(Window(WINDOW), 0.95, coverage, features) }.encode()
}

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

#[tokio::test]
async fn windows_in_which_nothing_was_seen_count_within_a_session_and_extend_none_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let nothing = |window| {
            let coverage = Coverage::none(10, Gap::NotWorn);
            let record = Record::new(Window(window), 0.0, coverage, Features::new(Modality::Heart));
            Record { consent: EVERYTHING, ..record }.encode()
        };
        // Of 60 windows 20 in the middle without contact, and some before and behind; the last third comes late.
        let items: Vec<(u64, Vec<u8>)> = (Device::FIRST_SEQ..)
            .zip(0..80_u32)
            .map(|(seq, step)| match step {
                0..10 | 30..50 | 70.. => (seq, nothing(WINDOW + step)),
                _ => (seq, heart_record(WINDOW + step, 60.0)),
            })
            .collect();
        let (early, late) = items.split_at(45);
        for items in [early, late] {
            fixture.take_in(vec![device.batch(items.to_vec())]).await;
            fuse(&fixture).await;
        }
        let session = sessions(&fixture).await.remove(0);
        let begins = i64::from(WINDOW) * 10_000;
        assert_eq!((session.started_at, session.ended_at), (begins + 100_000, begins + 700_000));
        assert_eq!(session.windows, 60);
        let Fixture { context, .. } = &fixture;
        let windows =
            query::windows(&context.store, &context.people, &session, i64::MIN, 100).await.expect("opens").windows;
        let assessments: Vec<Assessment> = windows.into_iter().map(|window| window.assessment).collect();
        let whole = session.kind.summarize(&assessments);
        let heart = whole.modalities.iter().find(|seen| seen.modality == Modality::Heart).expect("it was there");
        assert!((heart.coverage - 40.0 / 60.0).abs() < 1e-9, "{}", heart.coverage);
        assert!(whole.stress.value().is_some(), "what was seen is said");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_collectors_on_one_database_fuse_each_window_once_on_each_database() {
    for fixture in Fixture::each().await {
        let users: Vec<String> = (0..4).map(|user| format!("user {user}")).collect();
        for user in &users {
            let device = fixture.device(user).await;
            let items = (Device::FIRST_SEQ..).zip(WINDOW..WINDOW + 550);
            let items = items.map(|(seq, window)| (seq, heart_record(window, 60.0))).collect();
            fixture.take_in(vec![device.batch(items)]).await;
        }
        let other = attune_ground::store::Store::open(&fixture.database.urls, &crate::testing::MIGRATIONS).await;
        let people = fixture.context.people.clone();
        let other = super::Fuser::new(other.expect("opens"), people, Profile::Research, std::sync::Arc::default());
        let works = |fuser: super::Fuser| {
            tokio::spawn(async move {
                let (mut taken, mut announced, mut heard) = (0, 0, fuser.listen());
                loop {
                    let windows = fuser.fuse_waiting().await.expect("fuses");
                    announced += std::iter::from_fn(|| heard.try_recv().ok()).count();
                    taken += windows;
                    if windows == 0 {
                        return (taken, announced);
                    }
                }
            })
        };
        let (one, other) = (works(fixture.fuser()), works(other));
        let (one, other) = (one.await.expect("ends"), other.await.expect("ends"));
        while fixture.fuser().fuse_waiting().await.expect("fuses") > 0 {}
        let windows = 550 * users.len();
        assert_eq!((one.0 + other.0, one.1 + other.1), (windows, windows), "{one:?} and {other:?}");
        assert_eq!(fixture.count("fused_windows").await, windows as i64);
        assert_eq!(sessions(&fixture).await.len(), users.len());
    }
}

#[tokio::test]
async fn ten_minutes_without_a_window_are_within_a_session_and_ten_seconds_more_are_not_on_each_database() {
    for fixture in Fixture::each().await {
        // 60 windows lie between the first and the 61st behind it.
        for (user, windows, expected) in [
            ("alice", [WINDOW, WINDOW + 61], 1),
            ("bob", [WINDOW + 61, WINDOW], 1),
            ("carol", [WINDOW, WINDOW + 62], 2),
            ("dave", [WINDOW + 62, WINDOW], 2),
        ] {
            let device = fixture.device(user).await;
            let person = fixture.person(user).await;
            for (seq, window) in (Device::FIRST_SEQ..).zip(windows) {
                send(&fixture, &device, seq, window, 60.0).await;
                fuse(&fixture).await;
            }
            let found = sessions(&fixture).await.into_iter().filter(|session| session.person == person).count();
            assert_eq!(found, expected, "{user}");
        }
    }
}

#[tokio::test]
async fn a_limit_of_age_deletes_up_to_its_instant_and_what_begins_at_it_stays_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let (store, alice) = (&fixture.context.store, fixture.person("alice").await);
        for (seq, window) in (Device::FIRST_SEQ..).zip([WINDOW - 500, WINDOW, WINDOW + 1, WINDOW + 2]) {
            send(&fixture, &device, seq, window, 60.0).await;
        }
        fuse(&fixture).await;
        let before = Window(WINDOW + 1).start_millis();
        super::delete_before(store, alice, before).await.expect("deletes");
        let left = sessions(&fixture).await;
        let spans: Vec<_> = left.iter().map(|session| (session.started_at, session.windows)).collect();
        assert_eq!(spans, [(before, 2)], "the session before is gone, and of the other its first window");
        assert_eq!((fixture.count("records").await, fixture.count("fused_windows").await), (2, 2));
        // A session that ends at the instant is all of before it.
        super::delete_before(store, alice, Window(WINDOW + 3).start_millis()).await.expect("deletes");
        assert!(sessions(&fixture).await.is_empty());
        assert_eq!((fixture.count("records").await, fixture.count("fused_windows").await), (0, 0));
        // What comes of that time later is refused, and what begins at its end is not.
        send(&fixture, &device, 20, WINDOW + 2, 61.0).await;
        send(&fixture, &device, 21, WINDOW + 3, 61.0).await;
        assert_eq!(fixture.count("records").await, 1);
    }
}

#[tokio::test]
async fn a_window_that_waits_for_nobody_who_reads_is_counted_and_keeps_no_other_waiting_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        send(&fixture, &device, 4, WINDOW, 60.0).await;
        let store = &fixture.context.store;
        for statement in [
            "INSERT INTO accounts (person, user_id, created_at) VALUES ($1, 'damaged', 0)",
            "INSERT INTO pending_fusion (person, window_start) VALUES ($1, 10000)",
        ] {
            sqlx::query(statement).bind(vec![0_u8; 3]).execute(store.pool()).await.expect("written");
        }
        for _ in 0..2 {
            fuse(&fixture).await;
        }
        assert_eq!((sessions(&fixture).await.len(), fixture.count("pending_fusion").await), (1, 1));
        assert_eq!(store.damages().counts(), [(attune_ground::damage::Damaged::Window, 1)]);
    }
}

/// What somebody says of themselves, kept under a version of the consent book.
fn said(window: u32, vibe: f64, version: u32) -> Vec<u8> {
    let mut features = Features::new(Modality::CheckIn);
    features.set(check_in::VIBE, vibe);
    let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
    Record { consent: version, ..Record::new(Window(window), 1.0, coverage, features) }.encode()
}

#[tokio::test]
async fn what_a_person_says_stands_beside_the_scores_and_in_none_on_each_database() {
    for mut fixture in Fixture::each().await {
        fixture.context.profile = Profile::Eu;
        let device = fixture.device("alice").await;
        let agreed = EVERYTHING + 1;
        let alone = full_record(Modality::Motion, EVERYTHING);
        let items = [
            consent(Modality::CheckIn, true, agreed),
            alone.clone(),
            said(WINDOW, 2.0, agreed),
            said(WINDOW, 5.0, agreed),
            said(WINDOW + 3, 6.0, agreed),
        ];
        fixture.take_in(vec![device.batch((Device::FIRST_SEQ..).zip(items).collect())]).await;
        fuse(&fixture).await;
        let shelf = Shelf::new(fixture.context.store.clone(), fixture.context.people.clone());
        let row = sessions(&fixture).await.remove(0);
        assert_eq!(
            (row.started_at, row.ended_at),
            model(&[WINDOW, WINDOW + 3]).first().map(|run| (run.0, run.1)).expect("one")
        );
        let words: Vec<String> = shelf.said(&row).await.expect("reads").iter().map(super::CheckIn::words).collect();
        assert_eq!(words, ["2 of 6, bad", "5 of 6, good", "6 of 6, very good"]);
        let terms = Terms::sensed(Profile::Eu);
        let sensed = Record::decode(&alone).expect("reads");
        let windows = shelf.assessments(row.session).await.expect("reads");
        assert_eq!(windows[0], assess(&[sensed], terms), "as if nothing had been said");
        assert_eq!(windows[1], assess(&[], terms));
        let mut transaction = fixture.context.store.begin().await.expect("begins");
        PersonKeys::destroy(&mut transaction, row.person);
        transaction.commit().await.expect("commits");
        assert!(shelf.said(&row).await.expect("reads").is_empty(), "with the person their word is gone");
    }
}

/// What a device read of so many messages of a window.
fn read_of_messages(window: u32, messages: f64, version: u32) -> Vec<u8> {
    let mut features = Features::new(Modality::Text);
    for (ordinal, value) in [(text::MESSAGES, messages), (text::SCORED, messages), (text::SENTIMENT, -0.5)] {
        features.set(ordinal, value);
    }
    let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
    Record { consent: version, ..Record::new(Window(window), 1.0, coverage, features) }.encode()
}

#[tokio::test]
async fn what_a_device_read_of_messages_stands_beside_the_scores_and_in_none_until_its_time_is_deleted_on_each_database()
 {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let agreed = EVERYTHING + 1;
        let alone = full_record(Modality::Motion, EVERYTHING);
        let items = [
            consent(Modality::Text, true, agreed),
            alone.clone(),
            read_of_messages(WINDOW, 2.0, agreed),
            read_of_messages(WINDOW + 6, 1.0, agreed),
        ];
        fixture.take_in(vec![device.batch((Device::FIRST_SEQ..).zip(items).collect())]).await;
        fuse(&fixture).await;
        let shelf = Shelf::new(fixture.context.store.clone(), fixture.context.people.clone());
        let row = sessions(&fixture).await.remove(0);
        let sensed = Record::decode(&alone).expect("reads");
        let windows = shelf.assessments(row.session).await.expect("reads");
        assert_eq!(windows[0], assess(&[sensed], Terms::sensed(Profile::Research)), "as if nothing had been written");
        let begins = Window(WINDOW).start_millis();
        let read = async |ends: i64| -> Vec<u32> {
            let texts = shelf.written(row.person, (begins, ends)).await.expect("reads");
            texts.iter().map(|text| text.messages).collect()
        };
        assert_eq!((read(begins + 60_000).await, read(begins + 60_001).await), (vec![2], vec![2, 1]));
        let mut transaction = fixture.context.store.begin().await.expect("begins");
        sqlx::query("INSERT INTO deleted_spans (person, begins, ends, deleted_at) VALUES ($1, $2, $3, $3)")
            .bind(row.person.0.to_vec())
            .bind(begins)
            .bind(begins + 10_000)
            .execute(&mut **transaction)
            .await
            .expect("deleted");
        transaction.commit().await.expect("commits");
        assert_eq!(read(begins + 60_001).await, [1], "also before its records are gone");
        let mut transaction = fixture.context.store.begin().await.expect("begins");
        PersonKeys::destroy(&mut transaction, row.person);
        transaction.commit().await.expect("commits");
        assert!(read(begins + 60_001).await.is_empty(), "with the person it is gone");
    }
}

#[tokio::test]
async fn without_consent_nothing_that_is_said_is_stored_and_what_is_withdrawn_ends_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let send = async |seq: u64, bytes: Vec<u8>| {
            fixture.take_in(vec![device.batch(vec![(seq, bytes)])]).await;
            fixture.count("records").await
        };
        // To everything that is sensed there is consent; that is none to this.
        assert_eq!(send(10, said(WINDOW, 3.0, EVERYTHING)).await, 0);
        fixture.take_in(vec![device.batch(vec![(11, consent(Modality::CheckIn, true, EVERYTHING + 1))])]).await;
        assert_eq!(send(12, said(WINDOW, 3.0, EVERYTHING + 1)).await, 1);
        fixture.take_in(vec![device.batch(vec![(13, consent(Modality::CheckIn, false, EVERYTHING + 2))])]).await;
        assert_eq!(send(14, said(WINDOW + 1, 3.0, EVERYTHING + 1)).await, 1, "it waited until it was withdrawn");
        assert_eq!(send(15, said(WINDOW + 1, 3.0, EVERYTHING + 2)).await, 1);
    }
}
