//! What somebody sees of their own weeks once what a device sensed of them is rolled up, and that nobody else does.

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::visitor::{Visitor, join};
use attune_tests::{api, database, recordings, wait};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const DAY: i64 = 86_400;

/// Nine o'clock of yesterday, UTC.
fn yesterday() -> String {
    let today = jiff::Timestamp::now().as_second() / DAY * DAY;
    jiff::Timestamp::from_second(today - DAY + 9 * 3600).expect("in range").to_string()
}

fn account(collector: &Collector, name: &str) -> Visitor {
    let link = collector.command(&["account", "create", "--name", name, "--role", "employee"]);
    let mut visitor = Visitor::new(collector.api());
    assert!(join(&mut visitor, &link, name, PASSWORD).is_none());
    visitor
}

/// What is answered to a program that is signed in as somebody.
fn ask(collector: &Collector, name: &str, path: &str) -> (u16, Value) {
    let body = json!({"username": name, "password": PASSWORD});
    let (status, told) = api::post(collector.api(), "/api/v1/auth/token", &body);
    assert_eq!(status, 200, "{told}");
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let token = format!("Bearer {}", told["access_token"].as_str().expect("a token"));
    let request = agent.get(format!("{}{path}", collector.api())).header("authorization", token);
    let mut answer = request.call().expect("an answer");
    let text = answer.body_mut().read_to_string().expect("text");
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path}: {text}")))
}

/// Rolls up what was sensed, once all of it is fused: the collector does so every five minutes, which is longer than a test waits.
fn roll_up(collector: &Collector) {
    wait::until("what was sensed to be fused", || {
        (database::count(&collector.database(), "SELECT COUNT(*) FROM pending_fusion") == 0).then_some(())
    });
    let said = collector.command(&["rollups", "rebuild"]);
    assert!(database::count(&collector.database(), "SELECT COUNT(*) FROM rollups") > 0, "{said}");
}

#[test]
fn an_hour_that_was_sensed_is_on_the_page_of_trends_and_in_its_answers_of_its_person_alone() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "research");
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
    agent.send_all(&recording, &yesterday(), &["--loop", "motion", "--loop", "heart", "--duration", "3600"]);
    roll_up(&collector);
    let (mut alice, mut bob) = (account(&collector, "alice"), account(&collector, "bob"));

    let day = alice.open("/me");
    assert_eq!(day.link("Trends").as_deref(), Some("/me/trends"), "{}", day.text);
    let trends = alice.open("/me/trends?days=7");
    assert_eq!(trends.status, 200, "{}", trends.text);
    assert!(trends.text.contains("on 1 day.") && trends.text.contains("the 7 days up to"), "{}", trends.text);
    assert!(trends.text.contains("class=\"figure known\"") && trends.text.contains("<svg"), "{}", trends.text);
    assert!(trends.text.contains("of the time in which devices were on seen"), "{}", trends.text);
    // One day says nothing of what is usual, and of nothing that could be tried.
    assert!(trends.text.contains("not known yet") && trends.text.contains("nothing to say here"), "{}", trends.text);
    assert_eq!(alice.open("/me/trends?days=8").status, 400);
    let of_bob = bob.open("/me/trends");
    assert!(of_bob.text.contains("Nothing here yet") && !of_bob.text.contains("figure known"), "{}", of_bob.text);

    let (status, answer) = ask(&collector, "alice", "/api/v1/me/wellbeing?span=day");
    let figures = answer["pieces"][0]["figures"].as_array().cloned().unwrap_or_default();
    let known = |figure: &&Value| figure["value"].is_number() && figure["low"].as_f64() <= figure["high"].as_f64();
    assert!(status == 200 && figures.iter().filter(known).count() > 0, "{answer:#}");
    let (status, answer) = ask(&collector, "alice", "/api/analytics/user-wellbeing/");
    assert_eq!((status, &answer["success"]), (200, &json!(true)), "{answer:#}");
    assert!(answer["data"]["user_overview"]["message_count"].as_u64().is_some_and(|count| count > 0), "{answer:#}");
    for (name, path, expected) in [
        ("bob", "/api/analytics/user-wellbeing?user_id=alice", 403),
        ("bob", "/api/analytics/user-wellbeing?user_id=bob", 200),
    ] {
        assert_eq!(ask(&collector, name, path).0, expected, "{name} {path}");
    }
    let (_, answer) = ask(&collector, "bob", "/api/v1/me/wellbeing");
    assert_eq!(answer["pieces"], json!([]));
}
