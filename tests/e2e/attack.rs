//! What hr could learn of one person, tried by the real program.

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use serde_json::Value;

#[test]
fn the_attacks_win_where_a_protection_is_off_and_find_nothing_in_a_database_without_figures() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let tried = collector.command(&["attack"]);
    assert!(
        tried.contains("small complements") && tried.ends_with("of fewer people than a figure is of.\n"),
        "{tried}"
    );
    let told: Value = serde_json::from_str(&collector.command(&["attack", "--control", "--json"])).expect("JSON");
    let controls = told["controls"].as_array().expect("controls");
    assert_eq!(controls.len(), 6);
    for control in controls {
        let is_off = control["off"] != "none";
        assert_eq!(control["right"].as_u64().expect("a number") > 0, is_off, "{control}");
    }
}
