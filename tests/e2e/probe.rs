//! Whoever watches a collector without a program of their own, as an image without a shell does, asks it by its own command; and
//! metrics say the same of each part.

use attune_tests::collector::Collector;
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::{api, wait};

#[test]
fn by_its_own_command_a_collector_is_well_as_long_as_it_runs_also_over_tls() {
    for lines in ["", "tls.self_signed = true"] {
        let place = Place::new();
        let mut collector = Collector::start_api(&place, lines);
        assert_eq!(collector.command(&["health"]), "ok\n", "{lines}");
        assert!(collector.process().signal("TERM").success());
        let said = collector.refused(&["health"]);
        assert!(said.contains("failed to find the collector well") && said.contains("does not answer"), "{said}");
    }
}

#[test]
fn a_part_that_is_unwell_is_named_by_the_command_and_in_metrics() {
    let Some(program) = tool_for("a part that is unwell", "mosquitto") else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let collector = Collector::start_on(&place, &mosquitto.url);
    let metrics = || api::fetch(collector.api(), "/metrics", "*/*").text();
    assert_eq!(collector.command(&["health"]), "ok\n");
    assert!(metrics().contains("attune_part_well{part=\"broker\"} 1\n"), "{}", metrics());

    drop(mosquitto);
    wait::until("the loss to be noticed", || (api::get(collector.api(), "/health").0 == 503).then_some(()));
    let said = collector.refused(&["health"]);
    assert!(said.contains("well: broker: not connected"), "{said}");
    let metrics = metrics();
    assert!(metrics.contains("attune_part_well{part=\"broker\"} 0\n"), "{metrics}");
    assert!(metrics.contains("attune_part_well{part=\"database\"} 1\n"), "{metrics}");
}
