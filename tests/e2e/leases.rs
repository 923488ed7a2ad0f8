//! What one collector does at a time goes on when that one is killed.

use attune_tests::collector::Collector;
use attune_tests::database::{Database, HeldTable};
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::{api, database, wait};
use serde_json::json;

#[test]
fn retention_is_done_by_one_of_two_collectors_and_by_the_other_once_that_one_is_killed() {
    let test = "retention of two collectors, one killed";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let Some(url) = database::new_on_postgres(test) else { return };
    let Some(keys) = database::new_on_postgres(test) else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let mut collectors = Collector::start_two(&place, &mosquitto.url, [&url, &keys]);
    let shared = Database::of(&collectors[0], Some([&url, &keys]));
    let jobs = |what: &str| shared.count(&format!("SELECT COUNT(*) FROM jobs WHERE kind = 'retention' AND {what}"));
    wait::until("retention to be done at the start", || {
        (jobs("lease_until IS NULL AND last_done IS NOT NULL") == 1).then_some(())
    });

    // From now on a round reads this table, and gets no further.
    let held = HeldTable::on_postgres(&url, "retention_begins");
    shared.run("UPDATE jobs SET due = 0 WHERE kind = 'retention'");
    let ids = collectors.each_mut().map(|collector| collector.process().id());
    let has = |place: usize| jobs(&format!("lease_until IS NOT NULL AND holder LIKE '{}-%'", ids[place])) == 1;
    let victim = wait::until("one of them to do retention", || (0..2).find(|&place| has(place)));
    let lease = || shared.count("SELECT lease_until FROM jobs WHERE kind = 'retention'");
    let (first, at_it) = (
        lease(),
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' \
         AND query LIKE '%FROM retention_begins%'",
    );
    wait::until("its lease to be renewed", || (lease() > first).then_some(()));
    assert!(has(victim) && shared.count(at_it) == 1, "the other one looks and leaves it alone");

    collectors[victim].kill();
    let other = 1 - victim;
    wait::until("the other one to take it over", || has(other).then_some(()));
    assert!(jobs("last_done IS NOT NULL AND attempts = 2") == 1, "nobody has called it done");
    drop(held);
    wait::until("retention to be done by the other one", || {
        let done = format!("lease_until IS NULL AND attempts = 0 AND holder LIKE '{}-%'", ids[other]);
        (jobs(&done) == 1).then_some(())
    });
    let (status, health) = api::get(collectors[other].api(), "/health");
    assert_eq!((status, &health["chores"]["ok"]), (200, &json!(true)), "{health:#}");
}
