//! Many devices at once: what `measure ingest` counts is what is stored, and all of it is fused.

use attune_tests::collector::Collector;
use attune_tests::crowd::{Crowd, RECORDS, WINDOWS};
use attune_tests::database::{Database, new_on_postgres};
use attune_tests::place::Place;
use attune_tests::{trial, wait};

const DEVICES: usize = 50;
const BATCHES: usize = 2;

#[test]
fn fifty_devices_at_once_have_all_of_theirs_stored_once_and_fused_on_each_database() {
    const TEST: &str = "many devices on Postgres";
    let mut databases = vec![None];
    databases.extend(new_on_postgres(TEST).map(|url| new_on_postgres(TEST).map(|keys| [url, keys])));
    for urls in databases {
        let place = Place::new();
        let of_database = urls.as_ref().map(|[url, keys]| format!("[database]\nurl = {url:?}\nkeys = {keys:?}"));
        let collector =
            Collector::start_set(&place, &format!("tls.self_signed = true\n{}", of_database.unwrap_or_default()));
        let held = Database::of(&collector, urls.as_ref().map(|[url, keys]| [url.as_str(), keys.as_str()]));
        let mut crowd = Crowd::enrol(&collector, DEVICES);
        crowd.sign(BATCHES, &mut trial::random("many devices"));
        let sent = crowd.send(DEVICES);
        let all = DEVICES * BATCHES;
        assert_eq!((sent.records, sent.waits.len(), sent.slowed), (all * RECORDS, all, 0));
        assert!(sent.within(0.5) <= sent.within(1.0) && sent.within(1.0) <= sent.took);
        let counted = |statement| usize::try_from(held.count(statement)).expect("a count");
        assert_eq!(counted("SELECT COUNT(*) FROM records"), all * RECORDS);
        wait::until("all to be fused", || (counted("SELECT COUNT(*) FROM pending_fusion") == 0).then_some(()));
        assert_eq!(counted("SELECT COUNT(*) FROM fused_windows"), all * WINDOWS);
        assert_eq!(counted("SELECT COUNT(*) FROM sessions"), DEVICES);
    }
}
