use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use attune_analysis::text::crisis::{Crisis, Level};
use attune_analysis::text::{Labelled, Reading, Sentiment, TextEmotion, TextScores, Unread};
use attune_protocol::consent::Purpose;
use attune_protocol::record::Record;
use attune_protocol::registry::{Modality, text};
use jiff::{SignedDuration, Timestamp};

use super::agreed::Refused;
use super::desk::{Busy, Taken};
use super::incoming::{Incoming, LONGEST, MOST};
use super::*;
use crate::clock::Clock;
use crate::control::{self, ConsentBook, Control};
use crate::token::{Of, Token};

/// Stands in for the network: a message says itself how it is to be read.
fn reading(message: &str) -> Reading {
    let scores = |emotion, sentiment, stress| TextScores {
        sentiment: Labelled { label: sentiment, score: 0.8 },
        emotion: Labelled { label: emotion, score: 0.6 },
        stress: Labelled { label: stress, score: 0.5 },
    };
    let scores = match message {
        "glad" => Ok(scores(TextEmotion::Joy, Sentiment::Positive, false)),
        "sad" => Ok(scores(TextEmotion::Sadness, Sentiment::Negative, true)),
        "plain" => Ok(scores(TextEmotion::None, Sentiment::Neutral, false)),
        _ => Err(Unread::Language),
    };
    let level = match message {
        "low" => Level::Moderate,
        "help" => Level::High,
        _ => Level::None,
    };
    Reading { words: 3, scores, crisis: Crisis { level, ..Crisis::default() } }
}

fn messages(state: &Path) -> Messages {
    let control = Arc::new(Control::of(state));
    Messages::with(state, Clock::start(), control, Box::new(|text| Ok(reading(text)))).unwrap()
}

fn agree(state: &Path, purpose: Purpose, granted: bool, at: Timestamp) {
    ConsentBook::change(state, |book| book.set(Modality::Text, purpose, granted, at)).unwrap();
}

/// An hour ago.
fn earlier() -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(1)
}

fn hand_over(messages: &Messages, body: &str) -> Taken {
    let agreed = messages.agreed().unwrap();
    messages.take(Incoming::read(body.as_bytes()).unwrap().messages, &agreed).unwrap()
}

fn of(written: &[Written]) -> Vec<&Record> {
    written.iter().map(|one| &one.record).collect()
}

#[test]
fn the_messages_of_a_window_are_one_record_of_means_and_no_emotion_that_none_has() {
    let folder = tempfile::tempdir().unwrap();
    agree(folder.path(), Purpose::Wellbeing, true, earlier());
    let messages = messages(folder.path());
    let at = (Timestamp::now() - SignedDuration::from_mins(5)).to_string();
    let of_then = ["glad", "glad", "sad", "sprich"].map(|text| format!(r#"{{"message": "{text}", "at": "{at}"}}"#));
    assert_eq!(hand_over(&messages, &format!("[{}]", of_then.join(","))), Taken { taken: 4, passed_over: 0 });
    let written = messages.close();
    let [record] = of(&written)[..] else { panic!("{written:?}") };
    let value = |ordinal| record.features.get(ordinal);
    assert_eq!((value(text::MESSAGES), value(text::SCORED), value(text::WORDS)), (Some(4.0), Some(3.0), Some(12.0)));
    assert!(value(text::SENTIMENT).is_some_and(|mean| (mean - 0.8 / 3.0).abs() < 1e-9));
    assert!(value(text::STRESS).is_some_and(|mean| (mean + 0.5 / 3.0).abs() < 1e-9));
    assert!(value(text::JOY).is_some_and(|mean| (mean - 0.6).abs() < 1e-9));
    assert_eq!((value(text::ANGER), value(text::LOVE)), (None, None));
    assert!(written[0].goes == Goes::Further && record.coverage.gap.is_none());
}

#[test]
fn what_was_written_before_it_was_agreed_to_is_to_come_or_is_older_than_a_day_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    agree(folder.path(), Purpose::Wellbeing, true, earlier());
    let messages = messages(folder.path());
    let at = |minutes: i64| (Timestamp::now() + SignedDuration::from_mins(minutes)).to_string();
    for (minutes, taken) in [(-59, 1), (-62, 0), (-2000, 0), (10, 0)] {
        let body = format!(r#"{{"message": "plain", "at": "{}"}}"#, at(minutes));
        assert_eq!(hand_over(&messages, &body), Taken { taken, passed_over: 1 - taken }, "{minutes}");
    }
    assert_eq!(of(&messages.close()).len(), 1);
}

#[test]
fn what_is_read_goes_where_it_was_agreed_to_then_and_is_agreed_to_still() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let messages = messages(state);
    assert_eq!(messages.agreed().err(), Some(Refused::NotAgreed));
    agree(state, Purpose::OwnView, true, earlier());
    hand_over(&messages, r#"{"message": "glad"}"#);
    let written = messages.close();
    assert_eq!(written.iter().map(|one| one.goes).collect::<Vec<_>>(), [Goes::Own]);

    let messages = self::messages(state);
    agree(state, Purpose::Wellbeing, true, earlier());
    hand_over(&messages, r#"[{"message": "glad"}, {"message": "sad"}]"#);
    // The one who changes their mind before the window is over has said so for all of it.
    agree(state, Purpose::Wellbeing, false, Timestamp::now());
    let written = messages.close();
    assert!(written.iter().all(|one| one.goes == Goes::Own), "{written:?}");

    let messages = self::messages(state);
    control::pause(state, Timestamp::now()).unwrap();
    assert_eq!(messages.agreed().err(), Some(Refused::Paused));
    assert!(messages.close().is_empty());
}

#[test]
fn a_pause_forgets_what_was_read_and_not_written_yet() {
    let folder = tempfile::tempdir().unwrap();
    agree(folder.path(), Purpose::Wellbeing, true, earlier());
    let messages = messages(folder.path());
    hand_over(&messages, r#"{"message": "glad"}"#);
    control::pause(folder.path(), Timestamp::now()).unwrap();
    assert!(messages.due().is_empty());
    control::resume(folder.path()).unwrap();
    // What still waited to be read when it was resumed is of a time that is agreed to: at most that is written.
    assert!(messages.close().len() <= 1);
}

#[test]
fn signs_of_distress_are_told_on_the_own_page_until_they_are_seen_and_lesser_ones_not() {
    let folder = tempfile::tempdir().unwrap();
    agree(folder.path(), Purpose::OwnView, true, earlier());
    for (message, shows) in [("glad", false), ("low", false), ("help", true)] {
        let messages = messages(folder.path());
        hand_over(&messages, &format!(r#"{{"message": "{message}"}}"#));
        let written = messages.close();
        assert_eq!(messages.shows_help(), shows, "{message}");
        let names: Vec<_> = of(&written)[0].features.iter().map(|(spec, _)| spec.name).collect();
        assert!(!names.iter().any(|name| name.contains("crisis")), "no field of it");
        messages.help_was_seen();
        assert!(!messages.shows_help());
    }
}

#[test]
fn requests_are_bounded_and_what_cannot_be_read_of_a_list_is_counted() {
    let read = |body: &str| Incoming::read(body.as_bytes());
    let one = r#"{"message": "a\u0000b", "at": "2026-03-02T09:00:00Z"}"#;
    assert_eq!(read(one).unwrap().messages[0].at, Some(1_772_442_000_000));
    let lone = r#"{"message": "\ud800"}"#;
    let mixed = read(&format!(r#"[{one}, {lone}, {{"message": 7}}, {{"text": "a"}}, 5, {{"message": ""}}]"#)).unwrap();
    assert_eq!((mixed.messages.len(), mixed.unread), (2, 4));
    for wrong in ["", "5", "{}", lone, "[", r#"{"message": "a", "at": "yesterday"}"#, "[1,2"] {
        let problem = read(wrong).err().unwrap_or_else(|| panic!("{wrong}"));
        assert!(!problem.contains("yesterday"));
    }
    let many = |count: usize| format!("[{}]", vec![one; count].join(","));
    assert!(read(&many(MOST)).is_ok() && read(&many(MOST + 1)).is_err());
    let long = |len: usize| format!(r#"{{"message": "{}"}}"#, "a".repeat(len));
    assert!(read(&long(LONGEST)).is_ok() && read(&long(LONGEST + 1)).is_err());
    assert!(Incoming::read(b"{\"message\": \"\xff\"}").is_err());
}

#[test]
fn a_reader_that_cannot_read_takes_no_more_and_one_that_has_ended_neither() {
    let folder = tempfile::tempdir().unwrap();
    agree(folder.path(), Purpose::OwnView, true, earlier());
    let control = Arc::new(Control::of(folder.path()));
    let broken: desk::Read = Box::new(|_| Err(crate::AgentError::Thread("reading")));
    let messages = Messages::with(folder.path(), Clock::start(), control, broken).unwrap();
    hand_over(&messages, r#"{"message": "glad"}"#);
    let agreed = messages.agreed().unwrap();
    let offer = || messages.take(Incoming::read(br#"{"message": "glad"}"#).unwrap().messages, &agreed);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while offer() != Err(Busy::Broken) {
        assert!(std::time::Instant::now() < until, "it never says so");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let ended = self::messages(folder.path());
    assert!(ended.close().is_empty());
    let agreed = ended.agreed().unwrap();
    let late = ended.take(Incoming::read(br#"{"message": "glad"}"#).unwrap().messages, &agreed);
    assert_eq!(late, Err(Busy::Ending));
    assert!(messages.close().is_empty());
}

/// The door at a port of its own, for as long as the runtime lives.
struct House {
    host: String,
    _runtime: tokio::runtime::Runtime,
}

impl House {
    fn of(messages: &Messages) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let router = door(messages.clone(), host.clone());
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        Self { host, _runtime: runtime }
    }

    /// The status and the whole of an answer.
    fn post(&self, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let len = body.len();
        let head = format!("POST {PATH} HTTP/1.1\r\n{headers}Content-Length: {len}\r\nConnection: close\r\n\r\n");
        stream.write_all((head + body).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }
}

#[test]
fn only_who_has_the_token_hands_messages_over_and_no_web_page_does() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    agree(state, Purpose::Wellbeing, true, earlier());
    let messages = messages(state);
    let house = House::of(&messages);
    let host = ("Host", house.host.as_str());
    let body = r#"{"message": "a word of mine"}"#;
    assert_eq!(house.post(&[host, ("Authorization", "Bearer x")], body).0, 404, "no token was made");
    let token = format!("Bearer {}", Token::load_or_make(state, Of::Messages).unwrap().text());
    let own = ("Authorization", token.as_str());
    assert_eq!(house.post(&[host, own], body).0, 202);
    assert_eq!(house.post(&[host, own, ("Origin", "moz-extension://b1")], body).0, 202);
    for (headers, status) in [
        (vec![host], 401),
        (vec![host, ("Authorization", "Bearer 00")], 401),
        (vec![host, ("Authorization", &token[7..])], 401),
        (vec![("Host", "localhost"), own], 403),
        (vec![("Host", "evil.example"), own], 403),
        (vec![host, own, ("Origin", "http://evil.example")], 403),
        (vec![host, own, ("Origin", "null")], 403),
        (vec![host, own, ("Content-Encoding", "gzip")], 415),
    ] {
        let (found, answer) = house.post(&headers, body);
        assert_eq!(found, status, "{headers:?}");
        assert!(!answer.contains("a word of mine"), "{answer}");
    }
    let (status, answer) = house.post(&[host, own], "a word of mine");
    assert!(status == 400 && !answer.contains("a word of mine"), "{answer}");
    Token::end(state, Of::Messages).unwrap();
    assert_eq!(house.post(&[host, own], body).0, 404);
    let _ = messages.close();
}

#[test]
fn without_consent_or_while_paused_messages_are_refused_and_it_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let messages = messages(state);
    let house = House::of(&messages);
    let token = format!("Bearer {}", Token::load_or_make(state, Of::Messages).unwrap().text());
    let headers = [("Host", house.host.as_str()), ("Authorization", token.as_str())];
    let post = || house.post(&headers, r#"{"message": "glad"}"#);
    let (status, answer) = post();
    assert!(status == 403 && answer.contains("consent grant --modality text"), "{answer}");
    agree(state, Purpose::OwnView, true, earlier());
    assert_eq!(post().0, 202);
    control::pause(state, Timestamp::now()).unwrap();
    let (status, answer) = post();
    assert!(status == 409 && answer.contains("paused"), "{answer}");
    control::resume(state).unwrap();
    agree(state, Purpose::OwnView, false, Timestamp::now());
    assert_eq!(post().0, 403);
    assert!(messages.close().is_empty(), "what was read went with the consent");
}
