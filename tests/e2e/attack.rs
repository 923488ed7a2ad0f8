//! What hr could learn of one person, tried by the real program.

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::process;
use serde_json::Value;

#[test]
fn the_attacks_win_where_a_protection_is_off_and_find_nothing_in_a_database_without_figures() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let tried = collector.command(&["attack"]);
    let says = "Nothing can be learnt of fewer than 10 people, of whom a figure is at least.\n";
    assert!(tried.contains("small complements") && tried.ends_with(says), "{tried}");
    let set =
        process::output(collector.to_run(&["attack", "--json"]).env("ATTUNE_COLLECTOR_WELLBEING_LEAST_PEOPLE", "7"));
    let set: Value = serde_json::from_str(&set).expect("JSON");
    assert_eq!(
        (&set["least_people"], &set["learnt"]),
        (&Value::from(7_u64), &Value::from(false)),
        "what is set is tried: {set}"
    );
    let told: Value = serde_json::from_str(&collector.command(&["attack", "--control", "--json"])).expect("JSON");
    let controls = told["controls"].as_array().expect("controls");
    assert_eq!(controls.len(), 10);
    for control in controls {
        let is_off = control["off"] != "none";
        assert_eq!(control["right"].as_u64().expect("a number") > 0, is_off, "{control}");
    }
}
