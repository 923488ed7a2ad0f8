//! What `policy` says of the rules in force, and the papers that it writes.

use std::path::Path;
use std::process::{Command, Output};

use attune_protocol::registry::Modality;
use attune_tests::binaries::program;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, media};
use serde_json::Value;

/// One command of the collector with a configuration, run to its end where nothing else is.
fn command(place: &Place, config: &str, arguments: &[&str]) -> Output {
    let file = place.join("set.toml");
    std::fs::write(&file, config).expect("the test's folder can be written");
    let mut command = Command::new(program("attune-collector"));
    command.arg("--config").arg(&file).arg("--state").arg(place.join("nowhere")).args(arguments);
    command.output().expect("the program starts")
}

fn out(done: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it is text");
    assert!(done.status.success(), "{}", text(&done.stderr));
    text(&done.stdout)
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("it was written")
}

#[test]
fn policy_explain_says_the_rules_in_force_and_a_refusal_names_one_that_it_explains() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "eu");
    let said = collector.command(&["policy", "explain"]);
    assert!(said.starts_with("Who may be given what under the profile eu\n"), "{said}");
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");

    let (status, problem) = api::post(collector.api(), "/analyze", &media::request());
    let detail = problem["detail"].as_str().expect("a detail");
    let (_, rule) = detail.split_once("(rule ").expect("it names the rule");
    let (rule, _) = rule.split_once(')').expect("it ends");
    assert_eq!(status, 403);
    let (_, rules) = said.split_once("THE RULES").expect("they stand at the end");
    assert!(rules.contains(&format!("\n  {rule}\n    The collector takes in no pictures")), "{rule}: {said}");
}

#[test]
fn policy_explain_needs_no_collector_and_tells_machines_every_cell() {
    let place = Place::new();
    let json = |config: &str, more: &[&str]| -> Value {
        let done = command(&place, config, &[&["policy", "explain", "--json"], more].concat());
        serde_json::from_str(&out(&done)).expect("JSON")
    };
    let cells = |told: &Value| told["cells"].as_array().expect("a list").clone();
    let eu = json("", &[]);
    assert_eq!((eu["profile"].as_str(), cells(&eu).len()), (Some("eu"), 9 * 10 * 15));
    for cell in cells(&eu).iter().filter(|cell| cell["category"] == "affect") {
        let local = cell["audience"] == "person" && cell["decision"] == "only-locally";
        assert!(local || cell["decision"] == "forbidden", "{cell}");
    }
    let one = json("profile = \"us\"", &["--audience", "hr", "--category", "physiology"]);
    assert_eq!((one["profile"].as_str(), cells(&one).len()), (Some("us"), 10));
    assert_eq!(json("", &["--profile", "us", "--audience", "hr", "--category", "physiology"]), one);
    let of_text = |config: &str| -> Vec<Value> {
        cells(&json(config, &["--audience", "hr", "--category", "text"]))
            .into_iter()
            .map(|it| it["rule"].clone())
            .collect()
    };
    let with = "[policy]\ndpia = \"DPIA-2026-3\"\nworks_agreement = \"BV 12\"\n";
    assert!(of_text("").contains(&"EU-GDPR-35-88".into()) && of_text(with).contains(&"ALL-GROUP".into()));
    assert!(!place.join("nowhere").exists(), "nothing is made for it");

    let done = command(&place, "", &["policy", "explain", "--audience", "boss"]);
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success() && error.contains("known are person, supporter, manager"), "{error}");
    let help = out(&command(&place, "", &["policy", "explain", "--help"]));
    assert!(help.contains("Example:\n  attune-collector policy explain --audience manager"), "{help}");
}

#[test]
fn policy_pack_writes_three_papers_from_what_is_set_and_none_over_what_is_there() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "eu");
    let folder = place.join("papers");
    let arguments = ["policy", "pack", "--out", folder.to_str().expect("a path")];
    let written = collector.command(&arguments);
    assert_eq!(written.lines().count(), 3, "{written}");
    let record = read(&folder, "record-of-processing.md");
    let port = collector.api().trim_start_matches("http://").to_owned();
    assert!(record.contains(&format!("the API listens on `{port}`")) && record.contains("SQLite"), "{record}");
    assert!(record.contains(collector.broker()) && record.contains("To be filled in by the organisation"), "{record}");
    let annex = read(&folder, "works-council-annex.md");
    for spec in Modality::ALL.into_iter().flat_map(Modality::features) {
        assert!(annex.contains(&format!("| {} |", spec.name.replace('_', " "))), "{}", spec.name);
    }
    assert!(annex.contains("EU-AIA-5.1.f") && read(&folder, "dpia-draft.md").contains("(DPIA) none on record"));

    std::fs::write(folder.join("dpia-draft.md"), "ours").expect("the test's folder can be written");
    let set = "profile = \"uk\"\n[policy]\ndpia = \"DPIA-2026-3\"\n";
    let done = command(&place, set, &arguments);
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success() && error.contains("it is there already") && error.contains("--force"), "{error}");
    assert_eq!((read(&folder, "dpia-draft.md"), read(&folder, "works-council-annex.md")), ("ours".into(), annex));
    out(&command(&place, set, &[&arguments[..], &["--force"]].concat()));
    let draft = read(&folder, "dpia-draft.md");
    assert!(draft.contains("profile `uk`") && draft.contains("(DPIA) `DPIA-2026-3`"), "{draft}");
}
