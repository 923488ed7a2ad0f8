//! What is shipped to run Attune with names only what there is, and its broker lets devices and collectors through and tells strangers
//! nothing.

use std::collections::BTreeSet;
use std::process::Command;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::binaries::repository;
use attune_tests::collector::Collector;
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::ports::free_port;
use attune_tests::stranger::{Message, Stranger};
use attune_tests::{api, database, media, models, play, process, recordings, wait};
use serde_json::json;

/// What `backup` writes itself.
const OF_BACKUPS: &str = "attune_backup_timestamp_seconds";
/// By what metrics are told apart: never a person or a device.
const LABELS: [&str; 6] = ["le", "modality", "outcome", "part", "reason", "stage"];

fn shipped(name: &str) -> String {
    let path = repository().join("collector/deploy").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
}

/// Its words of letters, digits and underscores that begin with this.
fn words<'t>(text: &'t str, begin: &'static str) -> BTreeSet<&'t str> {
    let words = text.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
    words.filter(|word| word.starts_with(begin)).collect()
}

/// The keys of a table, `section.key`.
fn keys(table: &toml::Table) -> BTreeSet<String> {
    let below = |(name, value): (&String, &toml::Value)| match value {
        toml::Value::Table(table) => keys(table).into_iter().map(|key| format!("{name}.{key}")).collect(),
        _ => vec![name.clone()],
    };
    table.iter().flat_map(below).collect()
}

#[test]
fn what_containers_are_given_are_settings_that_there_are_and_no_secret_is_among_them() {
    let example = std::fs::read_to_string(repository().join("collector/collector.example.toml")).expect("the example");
    let known = keys(&example.parse().expect("TOML"));
    let set = keys(&shipped("compose/collector.toml").parse().expect("TOML"));
    assert!(set.len() > 4 && set.is_subset(&known), "{set:?}");

    let variable = |key: &String| format!("ATTUNE_COLLECTOR_{}", key.replace('.', "_").to_uppercase());
    let known: BTreeSet<String> = known.iter().map(variable).chain(["ATTUNE_COLLECTOR_CONFIG".into()]).collect();
    let compose = shipped("compose.yaml");
    for text in [&compose, &shipped("Dockerfile")] {
        let given = words(text, "ATTUNE_COLLECTOR_");
        assert!(!given.is_empty() && given.iter().all(|name| known.contains(*name)), "{given:?}");
    }
    let secret = compose.lines().filter(|line| line.contains("PASSWORD:") || line.contains("SECRET:"));
    assert_eq!(secret.collect::<Vec<_>>(), [""; 0], "passwords are files");
}

#[test]
fn rules_and_board_ask_for_metrics_that_a_collector_has_and_none_of_them_names_anybody() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let body = json!({"user_id": "alice", "heart_data": media::heart(70)});
    let (status, answer) = api::post(collector.api(), "/analyze", &body);
    assert_eq!(status, 200, "{answer:#}");
    let metrics = api::fetch(collector.api(), "/metrics", "*/*").text();
    let lines = || metrics.lines().filter(|line| !line.starts_with('#'));
    let there: BTreeSet<&str> = lines().filter_map(|line| line.split(['{', ' ']).next()).chain([OF_BACKUPS]).collect();
    for name in ["alerts.yml", "grafana/attune.json"] {
        let text = shipped(name);
        let asked = words(&text, "attune_");
        assert!(asked.len() > 8, "{asked:?}");
        // What is damaged is told by its kind once there is any.
        let missing: Vec<_> = asked.iter().filter(|name| !name.ends_with('_') && !there.contains(*name)).collect();
        assert_eq!(missing, [&""; 0], "{name}: {metrics}");
    }
    assert!(shipped("backup").contains(OF_BACKUPS));

    let labels =
        lines().filter_map(|line| line.split_once('{')?.1.split_once('}')).flat_map(|(labels, _)| labels.split(','));
    let labels: BTreeSet<&str> = labels.filter_map(|label| Some(label.split_once('=')?.0)).collect();
    assert!(labels.len() > 3 && labels.iter().all(|label| LABELS.contains(label)), "{labels:?}");
    assert!(!metrics.contains("alice"), "{metrics}");
}

#[test]
fn each_alert_fires_for_what_it_is_for_and_none_on_a_quiet_day() {
    let Some(promtool) = tool_for("the alerts", "promtool") else { return };
    let folder = repository().join("collector/deploy");
    process::output(Command::new(promtool).current_dir(folder).args(["test", "rules", "alerts.test.yml"]));
}

#[test]
fn the_broker_as_it_is_set_lets_devices_and_collectors_through_and_tells_strangers_nothing() {
    let test = "the broker as it is set";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let (place, inside, outside) = (Place::new(), free_port(), free_port());
    // As it is shipped, but for ports, files, and the TLS of devices.
    let mut set = shipped("compose/mosquitto.conf");
    for (from, to) in [
        ("listener 1883 172.31.88.2", format!("listener {inside} 127.0.0.1")),
        ("listener 8883", format!("listener {outside} 127.0.0.1")),
        (
            "/etc/attune/collectors.acl",
            format!("{}", repository().join("collector/deploy/compose/collectors.acl").display()),
        ),
    ] {
        assert!(set.contains(from), "{from}");
        set = set.replace(from, &to);
    }
    let of_tls = |line: &&str| ["certfile ", "keyfile ", "tls_version "].iter().any(|key| line.starts_with(key));
    assert_eq!(set.lines().filter(of_tls).count(), 3);
    let set: String = set.lines().filter(|line| !of_tls(line)).map(|line| format!("{line}\n")).collect();
    let told = place.join("told");
    let mosquitto = Mosquitto::start_told(&program, &place, (&set, outside), &told);

    let stranger = Stranger::on(&mosquitto.url);
    let collector = Collector::start_on_set(&place, &format!("mqtt://127.0.0.1:{inside}"), &format!("acl = {told:?}"));
    stranger.publish("attune/v1/down/00112233445566778899aabbccddeeff", b"forged".into());
    stranger.publish("attune/v1/enrolled/00112233445566778899aabbccddeeff", b"forged".into());
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    let code = collector.code("person");
    process::output(agent.command().args(["enrol", "--broker", &mosquitto.url, "--code", &code]));
    process::output(agent.command().args(["consent", "grant", "--modality", "all"]));
    agent.send_all(&recordings::only(place.path(), &[Modality::Heart]), play::START, &[]);
    assert_eq!(database::count(&collector.database(), "SELECT COUNT(*) FROM records"), 12);

    // It subscribed to everything, and was told that it may.
    let is_reply = |message: &Message| message.topic.starts_with("attune/v1/enrolled/");
    stranger.hear("the answer to the enrolment", |message| is_reply(message).then_some(()));
    for message in stranger.heard() {
        assert!(is_reply(&message) && message.payload != b"forged", "{}", message.topic);
    }
    // One that has something kept is cut off, and nothing is.
    stranger.leave("attune/v1/enrol/00112233445566778899aabbccddeeff", b"kept".into());
    let again = Stranger::on(&mosquitto.url);
    // Who has no name sends nothing as a device.
    again.publish("attune/v1/up/00112233445566778899aabbccddeeff", b"of nobody".into());
    again.publish("attune/v1/enrol/00112233445566778899aabbccddeeff", b"not kept".into());
    wait::until("that to be counted", || (collector.counted("forged") > 0).then_some(()));
    assert_eq!(collector.counted("unknown_devices"), 0, "nothing that was sent as a device came");
    assert_eq!(collector.counted("foreign"), 0, "nothing that the broker keeps came");
}
