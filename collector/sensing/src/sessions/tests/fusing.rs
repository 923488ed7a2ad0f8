//! Which windows make a session, in whatever order they come.

use super::*;

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
        let store = attune_ground::store::Store::open(&fixture.database.urls, &crate::testing::MIGRATIONS)
            .await
            .expect("opens");
        let again = super::super::Fuser::new(
            store,
            fixture.context.people.clone(),
            Profile::Research,
            std::sync::Arc::default(),
        );
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
        let other =
            super::super::Fuser::new(other.expect("opens"), people, Profile::Research, std::sync::Arc::default());
        let works = |fuser: super::super::Fuser| {
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
