use std::io::{Cursor, Write};
use std::path::Path;

use attune_ground::time::now_millis;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use clap::{Args, Command, FromArgMatches};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Here;
use crate::import::{self, Import};
use crate::receivers::answer;
use crate::senders::{Receivers, Sender};
use crate::state::Messages;
use crate::writers::{Linked, Others, link};

const SECRET: &str = "made-up-secret-of-one-s-own-0001";
const MESSAGES: &str = "SELECT COUNT(*) FROM messages";
/// How long all texts are.
const SIZE: &str = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM messages";

/// With one receiver, which is called "ours", and alice known on its platform.
async fn receiving(here: &Here, sender: Sender) -> Messages {
    let state = here.state.clone().receiving(Receivers::made("ours", sender, SECRET));
    let linked = link(&state, (sender.channels(), "U01ALICE"), here.alice.person, None, Others::Left).await;
    assert_eq!(linked.expect("linked"), Linked::Done);
    state
}

fn signed(parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    parts.iter().for_each(|part| mac.update(part));
    let whole: [u8; 32] = mac.finalize().into_bytes().into();
    HEXLOWER.encode(&whole)
}

fn headers(all: &[(&'static str, String)]) -> HeaderMap {
    all.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a value"))).collect()
}

/// What Slack is answered that sends an event, as a number.
async fn slack(state: &Messages, event: &Value) -> u16 {
    let now = now_millis() / 1000;
    let body = json!({"type": "event_callback", "event_id": "Ev1", "event": event}).to_string();
    let at = now.to_string();
    let signature = format!("v0={}", signed(&[b"v0:", at.as_bytes(), b":", body.as_bytes()]));
    let headers = headers(&[("x-slack-request-timestamp", at), ("x-slack-signature", signature)]);
    match answer(state, "ours", (&headers, body.as_bytes()), now).await {
        Ok(response) => response.status().as_u16(),
        Err(problem) => problem.status,
    }
}

#[tokio::test]
async fn what_slack_sends_is_stored_once_is_replaced_and_is_forgotten() {
    for here in Here::each().await {
        let state = receiving(&here, Sender::Slack).await;
        let ts = format!("{}.000100", now_millis() / 1000);
        let said = |text: &str| json!({"type": "message", "channel": "C1", "user": "U01ALICE", "text": text, "ts": ts});
        assert_eq!((slack(&state, &said("a text")).await, slack(&state, &said("a text")).await), (200, 200));
        assert_eq!((here.count(MESSAGES).await, here.count(SIZE).await), (1, 6));
        let changed = json!({"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "1.1",
            "message": said("another text"), "previous_message": said("a text")});
        assert_eq!(slack(&state, &changed).await, 200);
        assert_eq!((here.count(MESSAGES).await, here.count(SIZE).await), (1, 12));
        let deleted =
            json!({"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": ts, "ts": "1.2"});
        assert_eq!(slack(&state, &deleted).await, 200);
        assert_eq!(here.count(MESSAGES).await, 0);
        let stranger = json!({"type": "message", "channel": "C1", "user": "U0GONE", "text": "x", "ts": ts});
        assert_eq!(slack(&state, &stranger).await, 200, "nothing is told of who is known");
        assert_eq!(here.count(MESSAGES).await, 0);
    }
}

#[tokio::test]
async fn what_slack_sends_ends_alike_in_whichever_order_it_comes() {
    for here in Here::each().await {
        let state = receiving(&here, Sender::Slack).await;
        let ts = format!("{}.000100", now_millis() / 1000);
        let said = |text: &str| json!({"type": "message", "channel": "C1", "user": "U01ALICE", "text": text, "ts": ts});
        let changed = |text: &str, at: &str| json!({"type": "message", "subtype": "message_changed", "channel": "C1", "ts": at, "message": said(text)});
        for event in [changed("second words", "2.0"), said("x"), changed("first", "1.0")] {
            assert_eq!(slack(&state, &event).await, 200);
        }
        assert_eq!((here.count(MESSAGES).await, here.count(SIZE).await), (1, 12), "the latest words");
        assert_eq!((slack(&state, &changed("", "3.0")).await, here.count(MESSAGES).await), (200, 0), "none are left");
        assert_eq!((slack(&state, &changed("words", "4.0")).await, here.count(MESSAGES).await), (200, 1), "some again");
        let deleted =
            json!({"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": ts, "ts": "5.0"});
        // What is deleted there goes also where nothing reads any more.
        let unread = Messages::new(state.people().clone(), state.settings().clone(), None).receiving(Receivers::made(
            "ours",
            Sender::Slack,
            SECRET,
        ));
        assert_eq!((slack(&unread, &said("x")).await, slack(&unread, &deleted).await), (403, 200));
        assert_eq!(here.count(MESSAGES).await, 0);
        for event in [said("x"), changed("x", "4.0")] {
            assert_eq!((slack(&state, &event).await, here.count(MESSAGES).await), (200, 0), "deleted is deleted");
        }
    }
}

#[tokio::test]
async fn of_changes_of_slack_the_later_one_holds_also_where_one_has_no_words() {
    for here in Here::each().await {
        let state = receiving(&here, Sender::Slack).await;
        let second = now_millis() / 1000;
        let said = |place: i64, text: &str| json!({"type": "message", "channel": "C1", "user": "U01ALICE", "text": text, "ts": format!("{}.000100", second - place)});
        let changed = |place: i64, text: &str, at: &str| json!({"type": "message", "subtype": "message_changed", "channel": "C1", "ts": at, "message": said(place, text)});
        for event in [said(1, "a"), changed(1, "", "400.0"), changed(1, "words", "300.0")] {
            assert_eq!(slack(&state, &event).await, 200);
        }
        assert_eq!(here.count(MESSAGES).await, 0);
        for event in [said(2, "a"), changed(2, "words", "400.0"), changed(2, "", "300.0")] {
            assert_eq!(slack(&state, &event).await, 200);
        }
        assert_eq!((here.count(MESSAGES).await, here.count(SIZE).await), (1, 5));
        for event in [changed(3, "", "300.0"), said(3, "a")] {
            assert_eq!(slack(&state, &event).await, 200);
        }
        assert_eq!(here.count(MESSAGES).await, 1);
        assert_eq!((slack(&state, &changed(3, "words", "500.0")).await, here.count(MESSAGES).await), (200, 2));
    }
}

#[tokio::test]
async fn a_list_is_of_so_many_channels_at_most() {
    for here in Here::each().await {
        let state = receiving(&here, Sender::Generic).await;
        let now = now_millis() / 1000;
        let at = attune_ground::time::rfc3339(now * 1000);
        let message =
            |n: usize| json!({"channel": format!("D{n}"), "author": "alice", "text": "a", "at": at, "id": "1"});
        let body = Value::from_iter((0..202).map(message)).to_string();
        let signature = format!("t={now},v1={}", signed(&[now.to_string().as_bytes(), b".", body.as_bytes()]));
        let headers = headers(&[("attune-signature", signature)]);
        let answered = answer(&state, "ours", (&headers, body.as_bytes()), now).await.expect("taken");
        assert_eq!((answered.status(), here.count(MESSAGES).await), (StatusCode::MULTI_STATUS, 200));
        assert_eq!(here.count("SELECT COUNT(*) FROM channels WHERE name <> 'general'").await, 200, "nor are more made");
    }
}

#[tokio::test]
async fn a_list_that_is_signed_is_answered_message_by_message_and_another_signature_stores_nothing() {
    for here in Here::each().await {
        let state = receiving(&here, Sender::Generic).await;
        let now = now_millis() / 1000;
        let at = attune_ground::time::rfc3339(now * 1000);
        let message =
            |author: &str, id: &str| json!({"channel": "C1", "author": author, "text": "a text", "at": at, "id": id});
        let body = json!([message("alice", "1"), message("nobody", "2"), message("alice", "1"), {"channel": "C1"}])
            .to_string();
        let signature = format!("t={now},v1={}", signed(&[now.to_string().as_bytes(), b".", body.as_bytes()]));
        let headers = headers(&[("attune-signature", signature)]);
        let other = body.replace("a text", "b text");
        let refused = answer(&state, "ours", (&headers, other.as_bytes()), now).await.expect_err("another body");
        assert_eq!((refused.status, here.count(MESSAGES).await), (401, 0));
        let old = answer(&state, "ours", (&headers, body.as_bytes()), now + 301).await.expect_err("too old");
        assert_eq!((old.status, here.count(MESSAGES).await), (401, 0));
        let answered = answer(&state, "ours", (&headers, body.as_bytes()), now).await.expect("taken");
        assert_eq!((answered.status(), here.count(MESSAGES).await), (StatusCode::MULTI_STATUS, 1));
        let again = answer(&state, "ours", (&headers, body.as_bytes()), now).await.expect("taken");
        assert_eq!((again.status(), here.count(MESSAGES).await), (StatusCode::MULTI_STATUS, 1));
        let unknown = answer(&state, "theirs", (&headers, body.as_bytes()), now).await.expect_err("no such receiver");
        assert_eq!(unknown.status, 404);
    }
}

/// An export of Slack's with messages of now: two of alice, one of somebody who is not here.
fn export(file: &Path) {
    let second = now_millis() / 1000 - 60;
    let said = |user: &str, place: i64| json!({"type": "message", "user": user, "text": "a text", "ts": format!("{}.000100", second + place)});
    let parts = [
        ("users.json", json!([{"id": "U01ALICE", "name": "al", "profile": {"email": "alice"}}])),
        ("channels.json", json!([{"id": "C1", "name": "general"}])),
        ("general/2026-03-02.json", json!([said("U01ALICE", 0), said("U0GONE", 1), said("U01ALICE", 2)])),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in parts {
        zip.start_file(name, SimpleFileOptions::default()).expect("begins");
        zip.write_all(part.to_string().as_bytes()).expect("writes");
    }
    std::fs::write(file, zip.finish().expect("ends").into_inner()).expect("written");
}

async fn imported(state: &Messages, line: &[&str]) -> String {
    let matches = Import::augment_args(Command::new("import").no_binary_name(true)).get_matches_from(line);
    let said = import::run(Import::from_arg_matches(&matches).expect("a line"), state).await;
    said.unwrap_or_else(|error| panic!("{error}")).out
}

#[tokio::test]
async fn a_file_that_is_imported_twice_is_imported_once_and_names_nobody() {
    for here in Here::each().await {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, unknown) = (folder.path().join("export.zip"), folder.path().join("unknown.tsv"));
        export(&file);
        let (file, names) = (file.to_string_lossy(), unknown.to_string_lossy());
        let tried = imported(&here.state, &["--kind", "slack", &file, "--dry-run"]).await;
        assert!(tried.contains("        3  messages of people\n"), "{tried}");
        assert_eq!(here.count(MESSAGES).await, 0);
        let first = imported(&here.state, &["--kind", "slack", &file, "--unknown", &names]).await;
        assert!(first.contains("        2  taken in\n") && first.contains("        1  writers whom"), "{first}");
        assert!(!first.contains("GONE"), "{first}");
        assert_eq!(std::fs::read_to_string(&unknown).expect("written"), "U0GONE\n");
        let second = imported(&here.state, &["--kind", "slack", &file]).await;
        assert!(second.contains("        0  taken in\n") && second.contains("        2  here before\n"), "{second}");
        assert_eq!(here.count(MESSAGES).await, 2);
    }
}

#[tokio::test]
async fn a_table_of_who_is_who_gives_messages_to_people() {
    for here in Here::each().await {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, people) = (folder.path().join("export.zip"), folder.path().join("people.csv"));
        export(&file);
        std::fs::write(&people, "name,user_id\nU0GONE,alice\nU0X,nobody\n").expect("written");
        let line =
            ["--kind", "slack", &file.to_string_lossy(), "--people", &people.to_string_lossy()].map(str::to_owned);
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let out = imported(&here.state, &line).await;
        assert!(out.contains("        3  taken in\n"), "{out}");
    }
}
