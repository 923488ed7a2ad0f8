//! Messages from a machine that hands them in to the person who wrote them: read once each, whoever is killed, and nowhere in clear.

use std::path::Path;
use std::time::Duration;

use attune_tests::collector::Collector;
use attune_tests::database::{self, Database};
use attune_tests::left_out::tool_for;
use attune_tests::messages::{Here, token};
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::{api, trial, wait};
use serde_json::{Value, json};

/// Words that stand nowhere else.
const MARKER: &str = "Quendelberg-Zwiebelkuchen-4711";
/// Kills of each trial, with `ATTUNE_TRIALS=1`; fifty times as many are two hundred.
const KILLS: usize = 4;
/// Messages that are handed in between two kills.
const BETWEEN: usize = 40;

/// Whether a text stands in any file of a folder.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).any(|path| {
        if path.is_dir() {
            return holds(&path, text);
        }
        // A socket, or what goes while it is looked at, holds nothing.
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn what_somebody_writes_is_read_shown_to_them_alone_and_then_nowhere_any_more() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let base = collector.api();
    let mut here = Here::at(&collector);
    let (status, told) = here.hand_in(&collector, &here.message("before", "I was not asked"));
    assert_eq!((status, &told["summary"]["failed"]), (207, &json!(1)), "{told}");
    assert!(told["results"][0]["error"].as_str().is_some_and(|error| error.starts_with("not agreed")), "{told}");
    here.agree();

    let text = format!("What a wonderful day this was, {MARKER} and I am so happy with all of you");
    let items = json!([
        here.message("1", &text),
        here.message("2", "I am so tired of everything here, nothing of this works any more, and I want to kill myself"),
        {"channel_id": here.channel, "username": "alice", "message": 5, "external_ref": "3"},
        here.message("1", &text),
    ]);
    let (status, told) = here.hand_in(&collector, &items);
    assert_eq!((status, &told["summary"]["successful"]), (207, &json!(3)), "{told}");
    let id = told["results"][0]["message_id"].as_str().expect("an id").to_owned();
    assert_eq!(told["results"][3]["message_id"], json!(id), "the second time it is the same");
    for result in [&told["results"][0], &told["results"][1]] {
        let path = format!("/api/v1/messages/{}", result["message_id"].as_str().expect("an id"));
        wait::until("a message to be read", || {
            let (_, state) = api::ask_as(base, ("GET", &path), &here.machine, "");
            (state["status"] == "completed").then_some(())
        });
    }

    let own = token(&collector, "alice");
    let (status, seen) = api::ask_as(base, ("GET", "/api/v1/me/messages"), &own, "");
    assert_eq!((status, &seen["counts"]["completed"]), (200, &json!(2)), "{seen}");
    let first = seen["messages"].as_array().and_then(|all| all.iter().find(|one| one["id"] == json!(id)));
    assert_eq!(first.expect("hers")["sentiment"], json!("positive"), "{seen}");
    assert!(!seen["help"].is_null(), "she wrote as if she were in danger: {seen}");
    let page = here.alice.open("/me/messages");
    assert!(page.text.contains("findahelpline.com") && !page.text.contains(MARKER), "{}", page.text);
    let (status, _) = api::ask_as(base, ("GET", "/api/v1/me/messages"), &here.machine, "");
    assert_eq!(status, 403, "a machine reads nothing");
    assert!(!holds(place.path(), MARKER), "neither in the database nor in its log, nor in what is logged");

    let body = json!({"analyse": false, "text_version": 1}).to_string();
    let (status, _) = api::ask_as(base, ("PUT", "/api/v1/me/messages/consent"), &own, &body);
    assert_eq!(status, 204);
    let (_, seen) = api::ask_as(base, ("GET", "/api/v1/me/messages"), &own, "");
    assert_eq!((&seen["messages"], &seen["help"]), (&json!([]), &json!(null)), "it is gone at once");
}

#[test]
fn clients_of_mindpulse_hand_messages_in_as_they_are_used_to() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let mut here = Here::at(&collector);
    here.agree();
    let ask = |method: &str, path: &str, body: &Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        api::ask_as(collector.api(), (method, path), &here.machine, &body)
    };
    let body = json!({"name": "team-general", "type": "discord", "external_id": "channel_123"});
    let (status, made) = ask("POST", "/api/channels/", &body);
    assert_eq!((status, &made["success"], &made["data"]["type"]), (201, &json!(true), &json!("discord")), "{made}");
    assert_eq!(ask("POST", "/api/channels", &body).0, 409);
    let id = made["data"]["id"].as_str().expect("an id");
    let listed = ask("GET", "/api/channels/", &Value::Null).1;
    let ids: Vec<&Value> = listed["data"]["channels"].as_array().into_iter().flatten().map(|one| &one["id"]).collect();
    assert!(ids.contains(&&json!(id)), "{listed}");

    let message =
        |who: &str, name: &str| json!({"channel_id": id, "username": who, "message": "hello", "external_ref": name});
    let (status, one) = ask("POST", "/api/messages/", &message("alice", "1"));
    assert_eq!((status, &one["data"]["summary"]["successful"]), (201, &json!(1)), "{one}");
    assert_eq!(one["data"]["processed_messages"][0]["status"], json!("queued_for_analysis"));
    let (status, two) = ask("POST", "/api/messages", &json!([message("alice", "1"), message("nobody", "2")]));
    assert_eq!((status, &two["success"]), (207, &json!(true)), "{two}");
    let processed = &two["data"]["processed_messages"];
    assert_eq!(processed[0]["message_id"], one["data"]["processed_messages"][0]["message_id"]);
    assert_eq!((&processed[1]["status"], &processed[1]["external_ref"]), (&json!("failed"), &json!("2")));
    for body in [json!("hello"), json!(5), json!([])] {
        let (status, refused) = ask("POST", "/api/messages/", &body);
        assert_eq!((status, &refused["success"]), (400, &json!(false)), "{body}: {refused}");
    }
}

#[test]
fn each_message_is_read_once_whichever_of_two_collectors_is_killed() {
    let test = "kills of two collectors that read messages";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let Some(url) = database::new_on_postgres(test) else { return };
    let Some(keys) = database::new_on_postgres(test) else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let collectors = Collector::start_two(&place, &mosquitto.url, [&url, &keys]);
    let database = Database::of(&collectors[0], Some([&url, &keys]));
    survive(test, collectors.into(), &database);
}

#[test]
fn each_message_is_read_once_where_the_only_collector_is_killed() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    survive("kills of a collector that reads messages", vec![collector], &database);
    assert!(!holds(place.path(), MARKER), "whoever is killed, nothing lies there in clear");
}

/// In English beyond doubt, but for the marker.
fn text(number: usize) -> String {
    format!("What a wonderful day this was, and I am so happy with all of you, as number {number} says. {MARKER}")
}

fn survive(test: &str, mut collectors: Vec<Collector>, database: &Database) {
    let mut random = trial::random(test);
    let mut here = Here::at(&collectors[0]);
    here.agree();
    let mut handed_in = 0;
    for _ in 0..KILLS * trial::times() {
        let items: Value = (handed_in..handed_in + BETWEEN).map(|n| here.message(&n.to_string(), &text(n))).collect();
        let (victim, target) = (random.usize(0..collectors.len()), random.usize(0..collectors.len()));
        let base = collectors[target].api().to_owned();
        let [before, after] = [1_500, 500].map(|most| Duration::from_millis(random.u64(0..most)));
        std::thread::scope(|scope| {
            // It may end while it takes them in: nobody knows then whether they are stored.
            scope.spawn(|| here.try_to_hand_in(&base, &items));
            std::thread::sleep(before);
            collectors[victim].kill();
        });
        std::thread::sleep(after);
        collectors[victim].restart();
        handed_in += BETWEEN;
    }
    // What was not taken in for sure is handed in again, and what was is known by its name.
    let all: Value = (0..handed_in).map(|n| here.message(&n.to_string(), &text(n))).collect();
    let (status, told) = here.hand_in(&collectors[0], &all);
    assert_eq!((status, &told["summary"]["successful"]), (201, &json!(handed_in)), "{}", told["summary"]);
    let count = |what: &str| database.count(&format!("SELECT COUNT(*) FROM messages WHERE {what}"));
    let expected = i64::try_from(handed_in).expect("few");
    wait::until("all messages to be read", || (count("state = 2") == expected).then_some(()));
    assert_eq!(count("state <> 2 OR text_sealed IS NOT NULL OR scores_sealed IS NULL OR holder IS NOT NULL"), 0);
    assert_eq!(database.count("SELECT COUNT(*) FROM message_refs"), expected, "none stands twice");

    // The next start rolls all of it up: of each message one value.
    collectors[0].kill();
    collectors[0].restart();
    let own = token(&collectors[0], "alice");
    wait::until("each message to count once", || {
        let (_, seen) = api::ask_as(collectors[0].api(), ("GET", "/api/v1/me/wellbeing"), &own, "");
        let figures = seen["pieces"].as_array()?.iter().filter_map(|piece| piece["figures"].as_array()).flatten();
        let counts =
            figures.filter(|figure| figure["measure"] == "message_sentiment").filter_map(|of| of["count"].as_u64());
        let counted: u64 = counts.sum();
        assert!(counted <= handed_in as u64, "{counted} of {handed_in}");
        (counted == handed_in as u64).then_some(())
    });
}
