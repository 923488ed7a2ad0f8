//! Who is told of which sessions, and what goes.

use super::*;

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
            kind: Some(super::super::SessionKind::Live),
            from: i64::from(WINDOW) * 10_000 + 10_000,
            to: i64::MAX,
            after: None,
            offset: 0,
        };
        let mut starts = Vec::new();
        loop {
            let page = query::list(store, &filter, 3).await.expect("lists").sessions;
            let Some(last) = page.last() else { break };
            filter.after = Some(super::super::Cursor { started_at: last.started_at, session: last.session });
            starts.extend(page.iter().map(|s| (s.started_at / 10_000 - i64::from(WINDOW)) as u32));
        }
        assert_eq!(starts, [800, 600, 400, 200], "the first one has ended before `from`");
        filter = SessionFilter { kind: Some(super::super::SessionKind::Analysis), after: None, ..filter };
        assert!(query::list(store, &filter, 3).await.expect("lists").sessions.is_empty());
    }
}

#[tokio::test]
async fn who_asks_by_a_user_id_is_told_of_sessions_under_its_earlier_forms_too_on_each_database() {
    for fixture in Fixture::each().await {
        for (user, window) in [("spaced", WINDOW), ("zoe", WINDOW + 200), ("bob", WINDOW + 400)] {
            let device = fixture.device(user).await;
            send(&fixture, &device, 4, window, 60.0).await;
        }
        fuse(&fixture).await;
        let (store, people) = (&fixture.context.store, &fixture.context.people);
        // As an earlier version had it.
        let person = fixture.person("spaced").await;
        sqlx::query("UPDATE accounts SET user_id = ' zoe ', user_tag = NULL, folded_tag = NULL, sole = NULL, sealed = NULL WHERE person = $1")
            .bind(person.0.to_vec())
            .execute(store.pool())
            .await
            .expect("in clear");
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
        super::super::delete_before(store, alice, before).await.expect("deletes");
        let left = sessions(&fixture).await;
        let spans: Vec<_> = left.iter().map(|session| (session.started_at, session.windows)).collect();
        assert_eq!(spans, [(before, 2)], "the session before is gone, and of the other its first window");
        assert_eq!((fixture.count("records").await, fixture.count("fused_windows").await), (2, 2));
        // A session that ends at the instant is all of before it.
        super::super::delete_before(store, alice, Window(WINDOW + 3).start_millis()).await.expect("deletes");
        assert!(sessions(&fixture).await.is_empty());
        assert_eq!((fixture.count("records").await, fixture.count("fused_windows").await), (0, 0));
        // What comes of that time later is refused, and what begins at its end is not.
        send(&fixture, &device, 20, WINDOW + 2, 61.0).await;
        send(&fixture, &device, 21, WINDOW + 3, 61.0).await;
        assert_eq!(fixture.count("records").await, 1);
    }
}
