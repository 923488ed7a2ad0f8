//! Somebody talks: in a browser, as a client of MindPulse, over the socket of a client of OpenSoft, and without signing in.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::visitor::{Visitor, join};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
/// A sentence that nobody could overlook.
const IN_DANGER: &str = "I want to kill myself";

fn signed_in(collector: &Collector, name: &str, role: &str) -> Visitor {
    let link = match role {
        "admin" => collector.command(&["admin", "create", "--name", name]),
        role => collector.command(&["account", "create", "--name", name, "--role", role]),
    };
    let mut visitor = Visitor::new(collector.api());
    join(&mut visitor, &link, name, PASSWORD);
    visitor
}

fn token(collector: &Collector, name: &str) -> String {
    let body = json!({"username": name, "password": PASSWORD});
    let (status, told) = api::post(collector.api(), "/api/v1/auth/token", &body);
    assert_eq!(status, 200, "{told}");
    told["access_token"].as_str().expect("a token").to_owned()
}

fn agree(collector: &Collector, token: &str) {
    let body = json!({"talk": true, "text_version": 1}).to_string();
    let (status, told) = api::ask_as(collector.api(), ("PUT", "/api/v1/talks/consent"), token, &body);
    assert_eq!(status, 204, "{told}");
}

/// The socket of a room, as a client of OpenSoft has it.
struct Socket(TcpStream);

impl Socket {
    fn open(collector: &Collector, room: &str, token: &str) -> Self {
        let host = collector.api().strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(host).expect("listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
        let head = format!(
            "GET /ws/chat/{room}/ HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: Upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        let mut told = Vec::new();
        while !told.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&told)));
            told.extend(byte);
        }
        assert!(told.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&told));
        Self(stream)
    }

    /// Sends a message, masked as a client does.
    fn say(&mut self, message: &Value) {
        const MASK: [u8; 4] = [1, 2, 3, 4];
        let text = message.to_string().into_bytes();
        let length = u16::try_from(text.len()).expect("short");
        let mut frame = vec![0x81];
        match u8::try_from(length).ok().filter(|length| *length < 126) {
            Some(length) => frame.push(0x80 | length),
            None => {
                frame.push(0x80 | 126);
                frame.extend(length.to_be_bytes());
            }
        }
        frame.extend(MASK);
        frame.extend(text.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        self.0.write_all(&frame).expect("sent");
    }

    /// What comes next; null where it is closed.
    fn hear(&mut self) -> Value {
        loop {
            let mut head = [0; 2];
            if self.0.read_exact(&mut head).is_err() {
                return Value::Null;
            }
            let length = match head[1] & 0x7f {
                126 => {
                    let mut length = [0; 2];
                    self.0.read_exact(&mut length).expect("a length");
                    u64::from(u16::from_be_bytes(length))
                }
                127 => {
                    let mut length = [0; 8];
                    self.0.read_exact(&mut length).expect("a length");
                    u64::from_be_bytes(length)
                }
                short => u64::from(short),
            };
            let mut text = vec![0; usize::try_from(length).expect("fits")];
            self.0.read_exact(&mut text).expect("a message");
            match head[0] & 0x0f {
                1 => return serde_json::from_slice(&text).expect("JSON"),
                8 => return Value::Null,
                _ => {}
            }
        }
    }

    /// What comes next of a kind.
    fn hear_of(&mut self, kind: &str) -> Value {
        loop {
            let told = self.hear();
            assert!(!told.is_null(), "it was closed before {kind}");
            if told["type"] == kind {
                return told;
            }
        }
    }
}

#[test]
fn a_session_of_an_opensoft_client_runs_as_it_is_and_each_device_of_its_person_hears_it() {
    let place = Place::new();
    let collector = Collector::start(&place);
    signed_in(&collector, "olga", "admin");
    signed_in(&collector, "alice", "employee");
    signed_in(&collector, "bob", "employee");
    let (alice, bob) = (token(&collector, "alice"), token(&collector, "bob"));
    let mut first = Socket::open(&collector, "lobby", &alice);
    first.say(&json!({"type": "connection", "username": "somebody else"}));
    let confirmed = first.hear();
    assert_eq!((&confirmed["type"], &confirmed["employee_id"]), (&json!("connection_confirmed"), &json!("alice")));
    assert_eq!(confirmed["chat_messages"], json!([]));
    first.say(&json!({"type": "chatbot_query", "message": "Hello"}));
    let refused = first.hear_of("error");
    assert!(refused["message"].as_str().is_some_and(|says| says.contains("agreed")), "{refused}");
    agree(&collector, &alice);
    let mut second = Socket::open(&collector, "lobby", &alice);
    let mut other = Socket::open(&collector, "lobby", &bob);
    second.say(&json!({"type": "connection", "username": "alice"}));
    assert_eq!(second.hear()["type"], "connection_confirmed");
    assert_eq!(first.hear()["type"], "connect", "the first device is told of the second");
    first.say(&json!({"type": "chatbot_query", "message": "I have too much work and no time for anything"}));
    for device in [&mut first, &mut second] {
        let mut said = String::new();
        let whole = loop {
            let told = device.hear();
            assert_eq!((&told["user_id"], &told["username"]), (&json!("chatbot"), &json!("HR Assistant")), "{told}");
            match told["type"].as_str() {
                Some("chatbot_stream") => said.push_str(told["chunk"].as_str().expect("a chunk")),
                Some("chatbot_response") => break told["message"].as_str().expect("a message").to_owned(),
                _ => panic!("{told}"),
            }
        };
        assert_eq!(said, whole);
    }
    for wrong in [json!({"type": "nonsense"}), json!([1]), json!({"type": "chatbot_query"})] {
        first.say(&wrong);
        assert_eq!(first.hear()["type"], "error", "{wrong}");
    }
    first.say(&json!({"type": "disconnect_request"}));
    let confirmed = first.hear_of("disconnect_confirmed");
    assert_eq!(confirmed["chat_messages"].as_array().map(Vec::len), Some(2), "{confirmed}");
    assert_eq!(first.hear(), Value::Null, "it is closed");
    let left = second.hear_of("disconnect");
    assert_eq!(left["chat_history"]["count"], 2, "{left}");
    other.say(&json!({"type": "connection", "username": "alice"}));
    let of_bob = other.hear();
    assert_eq!((&of_bob["employee_id"], &of_bob["chat_messages"]), (&json!("bob"), &json!([])), "a room is one's own");

    let (status, list) = api::ask_as(collector.api(), ("GET", "/employee/chat/"), &alice, "");
    let chat = list["chat_history"][0]["chat_id"].as_i64().expect("a chat");
    assert_eq!(status, 200, "{list}");
    let path = format!("/employee/chat/{chat}/");
    let body = json!({"message": "It is mostly the mails", "response": "made up", "timestamp": "now"}).to_string();
    let (status, both) = api::ask_as(collector.api(), ("POST", &path), &alice, &body);
    assert_eq!((status, both["messages"].as_array().map(Vec::len)), (200, Some(2)), "{both}");
    assert!(both["messages"][1]["message"] != "made up", "{both}");
    let (status, refused) = api::ask_as(collector.api(), ("GET", &path), &bob, "");
    assert_eq!((status, refused["error"].is_string()), (404, true), "{refused}");
}

#[test]
fn mindpulses_calls_run_as_they_are_and_danger_is_answered_by_fixed_words() {
    let place = Place::new();
    let collector = Collector::start(&place);
    signed_in(&collector, "olga", "admin");
    let mut alice = signed_in(&collector, "alice", "employee");
    let bearer = token(&collector, "alice");
    let ask = |method: &str, path: &str, body: &Value| {
        api::ask_as(collector.api(), (method, path), &bearer, &body.to_string())
    };
    let (status, told) = ask("POST", "/api/chatbot/chat/", &json!({"message": "Hello", "conversation_id": null}));
    assert_eq!((status, &told["success"]), (403, &json!(false)), "{told}");
    let page = alice.open("/me/talk").text;
    assert!(page.contains("by no human being") && page.contains("I agree"), "{page}");
    let agreed = alice.fill("/me/talk", "/me/talk/consent", &[("text_version", "1"), ("talk", "yes")]);
    assert_eq!(agreed.location, "/me/talk?done=saved", "{}", agreed.text);

    let (status, told) = ask(
        "POST",
        "/api/chatbot/chat/",
        &json!({"message": "I have far too much work and I am tired of all these endless meetings every day", "conversation_id": null}),
    );
    assert_eq!((status, &told["success"]), (200, &json!(true)), "{told}");
    let data = &told["data"];
    let id = data["conversation_id"].as_i64().expect("a number");
    assert_eq!(id.to_string().len(), 11);
    assert!(data["message"].is_string() && data["escalation_needed"] == json!(false), "{told}");
    let read = &data["user_message_analysis"];
    assert!(["positive", "negative", "neutral"].iter().any(|of| read["sentiment"] == *of), "{told}");
    let (status, told) = ask("POST", "/api/chatbot/chat/", &json!({"message": IN_DANGER, "conversation_id": id}));
    let data = &told["data"];
    assert_eq!((status, &data["conversation_id"]), (200, &json!(id)), "{told}");
    assert_eq!(
        (&data["support_type"], &data["escalation_needed"]),
        (&json!("crisis_response"), &json!(true)),
        "{told}"
    );
    assert_eq!(data["conversation_status"], "requires_attention");
    assert_eq!(data["user_message_analysis"]["crisis_level"], "critical");
    let (_, all) = ask("GET", "/api/chatbot/conversations/", &Value::Null);
    assert_eq!(all["data"]["conversations"].as_array().map(Vec::len), Some(1), "{all}");
    let (_, messages) = ask("GET", &format!("/api/chatbot/conversations/{id}/messages/"), &Value::Null);
    assert_eq!(messages["data"]["messages"].as_array().map(Vec::len), Some(4), "{messages}");
    let page = alice.open(&format!("/me/talk/{id}")).text;
    assert!(page.contains(IN_DANGER) && page.contains("There are people who can help now"), "{page}");
    assert!(!collector.log().contains(IN_DANGER));

    let made = alice.fill(&format!("/me/talk/{id}/report"), &format!("/me/talk/{id}/report"), &[("do", "make")]);
    assert!(made.location.ends_with("?done=saved"), "{}", made.text);
    let report = alice.open(&format!("/me/talk/{id}/report")).text;
    assert!(report.contains("Nobody sees it but you.") && !report.contains(IN_DANGER), "{report}");
    let mut hanna = signed_in(&collector, "hanna", "hr");
    assert!(hanna.open("/hr/talks").text.contains("No report is released."));
    let withdrawn = alice.fill("/me/talk", "/me/talk/consent", &[("text_version", "1"), ("talk", "no")]);
    assert_eq!(withdrawn.location, "/me/talk?done=saved", "{}", withdrawn.text);
    assert_eq!(alice.open(&format!("/me/talk/{id}")).status, 404);
}

#[test]
fn help_needs_no_sign_in_and_a_talk_without_a_name_is_where_it_is_allowed_and_is_kept_nowhere() {
    let place = Place::new();
    let collector = Collector::start_set(&place, "[talks]\nanonymous = true\ncountry = \"AT\"\n");
    signed_in(&collector, "olga", "admin");
    let mut stranger = Visitor::new(collector.api());
    let help = stranger.open("/help");
    assert!(help.status == 200 && help.text.contains("142"), "{}", help.text);
    let (status, told) = api::get(collector.api(), "/api/v1/help");
    assert!(status == 200 && told["resources"].as_array().is_some_and(|all| !all.is_empty()), "{told}");
    let begun = stranger.open("/chat");
    let sealed = begun.hidden("sealed").expect("a form");
    let said = stranger.send("/chat", &[("csrf", ""), ("sealed", &sealed), ("message", "I am worn out <b>")]);
    assert!(
        said.status == 200 && said.text.contains("I am worn out") && !said.text.contains("out <b>"),
        "{}",
        said.text
    );
    let sealed = said.hidden("sealed").expect("a form");
    let danger = stranger.send("/chat", &[("csrf", ""), ("sealed", &sealed), ("message", IN_DANGER)]);
    assert!(danger.text.contains("142") && danger.text.contains("I am worn out"), "{}", danger.text);
    let changed = stranger.send("/chat", &[("csrf", ""), ("sealed", "AAAA"), ("message", "And now")]);
    assert!(changed.status == 200 && changed.text.contains("It begins anew."), "{}", changed.text);
    assert!(!collector.log().contains("worn out"));
    let elsewhere = Place::new();
    let closed = Collector::start(&elsewhere);
    assert_eq!(Visitor::new(closed.api()).open("/chat").status, 404);
}
