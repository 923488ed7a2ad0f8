use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::heard::{Deaf, Heard, heard};
use crate::formats::tests::{check, expected, fixtures, reason};
use crate::formats::time_of;
use crate::incoming::{Incoming, Skipped};
use crate::senders::{Receiver, Refused, Sender};

fn headers(request: &Value) -> HeaderMap {
    let pairs = request["headers"].as_array().expect("headers").iter();
    pairs
        .map(|pair| {
            let part = |place: usize| pair[place].as_str().expect("a text");
            (part(0).parse::<HeaderName>().expect("a name"), part(1).parse::<HeaderValue>().expect("a value"))
        })
        .collect()
}

/// What is stored, as a store would hold it: by channel and id.
type Stored = BTreeMap<(String, String), Incoming>;

fn place(message: &Incoming) -> (String, String) {
    (message.channel.clone(), message.external_ref.clone().expect("an id"))
}

/// Does what a request says, and gives how many messages are new.
fn done(what: Heard, stored: &mut Stored, left: &mut BTreeMap<String, u64>) -> u64 {
    let mut leave = |why: Skipped| *left.entry(reason(why).to_owned()).or_default() += 1;
    match what {
        Heard::Take(message) => {
            let is_new = !stored.contains_key(&place(&message));
            stored.entry(place(&message)).or_insert(message);
            u64::from(is_new)
        }
        Heard::Change(message, _) => {
            _ = stored.insert(place(&message), message);
            0
        }
        Heard::Forget { channel, external_ref } | Heard::Empty { channel, external_ref, .. } => {
            assert!(stored.remove(&(channel, external_ref)).is_some(), "it was there");
            leave(Skipped::Deleted);
            0
        }
        Heard::Left(why) => {
            leave(why);
            0
        }
        Heard::Each(_) => panic!("no list was sent"),
        Heard::Answer(_) | Heard::Nothing => 0,
    }
}

fn requests_of(program: &str, name: &str, sender: Sender, secret: &str) {
    let file = fixtures(program).join(name);
    let text = std::fs::read_to_string(&file).expect("a file");
    let (asked, right): (Value, Value) = (serde_json::from_str(&text).expect("JSON"), expected(&file));
    let receiver = Receiver::new(sender, asked[secret].as_str().expect("a secret"));
    let (mut stored, mut left) = (Stored::new(), BTreeMap::new());
    let requests = asked["requests"].as_array().expect("requests");
    for (request, answer) in requests.iter().zip(right["answers"].as_array().expect("answers")) {
        assert_eq!(request["name"], answer["name"]);
        let now = request["received_at"].as_str().and_then(time_of).expect("a time") / 1000;
        let body = request["body"].as_str().expect("a body").as_bytes();
        let what = heard(&receiver, &headers(request), body, now);
        assert_eq!(what.is_ok(), answer["accepted"] == true, "{}", request["name"]);
        let Ok(what) = what else { continue };
        if let Some(words) = answer["answer_contains"].as_str() {
            assert!(matches!(&what, Heard::Answer(told) if told.contains(words)), "{}", request["name"]);
        }
        let new = done(what, &mut stored, &mut left);
        if let Some(right) = answer["stored"].as_u64() {
            assert_eq!(new, right, "{}", request["name"]);
        }
    }
    let skipped: BTreeMap<String, u64> = serde_json::from_value(right["skipped"].clone()).expect("numbers");
    assert_eq!(left, skipped, "{name}");
    check(name, &right, stored.into_values().collect());
}

#[test]
fn requests_of_slack_are_heard_as_their_right_readings_say() {
    for name in ["slack-events-basic.http.json", "slack-events-changes.http.json"] {
        requests_of("slack-events", name, Sender::Slack, "signing_secret");
    }
}

#[test]
fn requests_of_mattermost_are_heard_as_their_right_reading_says() {
    requests_of("mattermost", "mattermost-webhooks.http.json", Sender::Mattermost, "token");
}

#[test]
fn a_request_of_mattermost_that_somebody_kept_is_refused_and_one_without_a_time_is() {
    let (token, at) = ("tok00made00up00token000000", 1_772_442_015);
    let receiver = Receiver::new(Sender::Mattermost, token);
    let asked = |rest: &str, now: i64| {
        let body = format!("token={token}&channel_id=c&user_id=u&post_id=p1&text=hello{rest}");
        heard(&receiver, &HeaderMap::new(), body.as_bytes(), now)
    };
    for stamp in [format!("&timestamp={at}"), format!("&timestamp={at}999")] {
        for now in [at - 300, at, at + 300] {
            assert!(matches!(asked(&stamp, now), Ok(Heard::Take(_))), "{stamp} at {now}");
        }
        for now in [at - 301, at + 301, at + 3600] {
            assert_eq!(asked(&stamp, now), Err(Deaf::Refused(Refused::Old)), "{stamp} at {now}");
        }
    }
    for stamp in ["", "&timestamp=", "&timestamp=soon", "&timestamp=-1"] {
        assert_eq!(asked(stamp, at), Err(Deaf::Refused(Refused::Timeless)), "{stamp}");
    }
}

#[test]
fn nothing_of_a_request_is_read_before_its_signature_holds() {
    let receiver = Receiver::new(Sender::Slack, "made-up-signing-secret-0001");
    let unsigned = heard(&receiver, &HeaderMap::new(), b"{\"type\":\"url_verification\",\"challenge\":\"x\"}", 0);
    assert!(matches!(unsigned, Err(Deaf::Refused(_))));
    let receiver = Receiver::new(Sender::Generic, "made-up-secret-of-one's-own-0001");
    assert!(matches!(heard(&receiver, &HeaderMap::new(), b"no json", 0), Err(Deaf::Refused(_))));
}
