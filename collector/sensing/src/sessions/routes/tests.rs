//! What is answered about sessions, without a connection between.

use axum::body::to_bytes;

use super::super::tests::{fuse, sessions};
use super::*;
use crate::testing::{Device, Fixture, heart_record};

const WINDOW: u32 = 177_000_000; // 2026-02-02T02:40:00Z
/// Windows from one session to the next.
const APART: u32 = 360;

async fn sensed(fixture: &Fixture, user: &str, windows: &[u32]) -> Device {
    let device = fixture.device(user).await;
    let items = (Device::FIRST_SEQ..).zip(windows).map(|(seq, window)| (seq, heart_record(*window, 60.0)));
    assert_eq!(fixture.take_in(vec![device.batch(items.collect())]).await.len(), 1);
    fuse(fixture).await;
    device
}

fn shelf(fixture: &Fixture) -> Shelf {
    Shelf::new(fixture.context.store.clone(), fixture.context.people.clone())
}

fn asked() -> ListQuery {
    let (user_id, kind, from, to, limit, cursor, offset) = (None, None, None, None, None, None, None);
    ListQuery { user_id, kind, from, to, limit, cursor, offset }
}

async fn starts(shelf: &Shelf, asked: ListQuery) -> (Vec<String>, Option<String>) {
    let Json(list) = list(Asker::open(), State(shelf.clone()), Query(asked)).await.expect("answers");
    (list.sessions.into_iter().map(|session| session.started_at).collect(), list.next_cursor)
}

async fn json(response: Response) -> serde_json::Value {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("it is in memory");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test]
async fn a_list_is_filtered_and_goes_on_where_its_page_ended_and_what_is_asked_wrongly_is_named_on_each_database() {
    for fixture in Fixture::each().await {
        let shelf = shelf(&fixture);
        sensed(&fixture, "alice", &[WINDOW, WINDOW + APART, WINDOW + 2 * APART]).await;
        sensed(&fixture, "bob", &[WINDOW + 3 * APART]).await;
        let [first, second, third, fourth] =
            ["02:40", "03:40", "04:40", "05:40"].map(|at| format!("2026-02-02T{at}:00.000Z"));
        let alice = || ListQuery { user_id: Some("alice".into()), ..asked() };
        let (all, next) = starts(&shelf, asked()).await;
        assert_eq!((all, next), (vec![fourth.clone(), third.clone(), second.clone(), first.clone()], None));
        let (page, next) = starts(&shelf, ListQuery { limit: Some(2), ..alice() }).await;
        assert_eq!(page, [third.clone(), second.clone()]);
        assert!(next.is_some());
        assert_eq!(starts(&shelf, ListQuery { cursor: next, ..alice() }).await, (vec![first.clone()], None));
        assert_eq!(starts(&shelf, ListQuery { offset: Some(1), ..alice() }).await.0, [second.clone(), first.clone()]);
        let between = ListQuery { from: Some(second.clone()), to: Some(third.clone()), ..asked() };
        assert_eq!(starts(&shelf, between).await.0, std::slice::from_ref(&second));
        let analyses = ListQuery { kind: Some(SessionKind::Analysis), ..asked() };
        assert_eq!(starts(&shelf, analyses).await.0, [""; 0]);
        assert_eq!(starts(&shelf, ListQuery { user_id: Some("carol".into()), ..asked() }).await.0, [""; 0]);
        for (field, wrong) in [
            ("limit", ListQuery { limit: Some(0), ..asked() }),
            ("limit", ListQuery { limit: Some(LARGEST_PAGE + 1), ..asked() }),
            ("offset", ListQuery { offset: Some(-1), ..asked() }),
            ("from", ListQuery { from: Some("yesterday".into()), ..asked() }),
            ("to", ListQuery { to: Some("2026-02-02".into()), ..asked() }),
            ("cursor", ListQuery { cursor: Some("7".into()), ..asked() }),
            ("cursor", ListQuery { cursor: Some("7.x".into()), ..asked() }),
        ] {
            let problem = list_leniently(Asker::open(), State(shelf.clone()), AnyQuery(wrong)).await.expect_err(field);
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)));
        }
        let whole = list_leniently(
            Asker::open(),
            State(shelf.clone()),
            AnyQuery(ListQuery { limit: Some(LARGEST_PAGE), ..asked() }),
        );
        assert_eq!(whole.await.expect("as many as may be").0.sessions.len(), 4);
    }
}

#[tokio::test]
async fn a_session_is_shown_as_it_was_asked_for_and_one_that_was_joined_leads_to_the_other_on_each_database() {
    for fixture in Fixture::each().await {
        let shelf = shelf(&fixture);
        let device = sensed(&fixture, "alice", &[WINDOW, WINDOW + 1, WINDOW + 2]).await;
        let [row] = &sessions(&fixture).await[..] else { panic!("one session") };
        let id = row.session.to_string();
        let one = async |id: &str, query: Option<&str>| {
            super::one(Asker::open(), State(shelf.clone()), Path(id.to_owned()), RawQuery(query.map(str::to_owned)))
                .await
        };
        let shown = json(one(&id.to_uppercase(), None).await.expect("it is there")).await;
        assert_eq!(shown["session_id"], id.to_uppercase());
        assert_eq!(shown["user_id"], "alice");
        assert_eq!([&shown["windows"], &shown["damaged_windows"]].map(|count| count.as_u64()), [Some(3), Some(0)]);
        assert!(shown["scores"]["contributions"].is_object());
        assert_eq!(one(&"0".repeat(32), None).await.expect_err("there is none").status, 404);
        assert_eq!(one("a\u{7}", None).await.expect_err("no name").status, 400);

        let windows = async |limit: Option<i64>, cursor: Option<&str>| {
            let query = Query(WindowsQuery { limit, cursor: cursor.map(str::to_owned) });
            super::windows(Asker::open(), State(shelf.clone()), Path(id.clone()), RawQuery(None), query).await
        };
        let page = json(windows(Some(2), None).await.expect("a page")).await;
        assert_eq!(page["session_id"], id.as_str());
        assert_eq!(page["windows"].as_array().map(Vec::len), Some(2));
        let rest = json(windows(None, page["next_cursor"].as_str()).await.expect("the next")).await;
        assert_eq!(rest["windows"][0]["window_start"], "2026-02-02T02:40:20.000Z");
        assert_eq!((rest["windows"].as_array().map(Vec::len), rest["next_cursor"].is_null()), (Some(1), true));
        assert_eq!(windows(Some(501), None).await.expect_err("too many").status, 400);
        assert_eq!(windows(None, Some("x")).await.expect_err("no cursor").field.as_deref(), Some("cursor"));

        // A second one a quarter of an hour later; then what lies between comes.
        let far = WINDOW + 90;
        fixture.take_in(vec![device.batch(vec![(20, heart_record(far, 60.0))])]).await;
        fuse(&fixture).await;
        let both: Vec<_> = sessions(&fixture).await.iter().map(|row| row.session).collect();
        let younger = both.into_iter().find(|session| *session != row.session).expect("two sessions").to_string();
        fixture.take_in(vec![device.batch(vec![(21, heart_record(WINDOW + 45, 60.0))])]).await;
        fuse(&fixture).await;
        let joined = one(&younger, Some("a=1")).await.expect("it leads there");
        assert_eq!(joined.status(), StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(joined.headers()[header::LOCATION], format!("/api/v1/sessions/{id}?a=1"));

        let mut deleted = shelf.deleted();
        let remove = async |id: &str| super::remove(Asker::open(), State(shelf.clone()), Path(id.to_owned())).await;
        assert_eq!(remove(&younger).await.expect("deleted").status(), StatusCode::NO_CONTENT);
        let told = [deleted.try_recv().expect("told"), deleted.try_recv().expect("told")];
        assert!(told.contains(&row.session), "who remembers something of what it became is told");
        assert_eq!(one(&id, None).await.expect_err("gone").status, 404);
        assert_eq!(remove(&id).await.expect_err("gone").status, 404);
        assert!(shelf.assessments(row.session).await.expect("answers").is_empty());
    }
}
