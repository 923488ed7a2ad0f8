use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use attune_tests::collector::Collector;
use attune_tests::crowd::{Crowd, RECORDS};
use attune_tests::database::{Database, new_on_postgres};
use attune_tests::place::Place;
use attune_tests::{api, trial};

use crate::footprint::processor_seconds;

/// Batches that are on their way at a time: more than a transaction takes, and no queue that grows.
const ON_THEIR_WAY: usize = 400;
/// How often it is looked whether all is fused.
const LOOK: Duration = Duration::from_millis(500);

/// Has so many devices send so many batches each, over TLS and as fast as they are acknowledged, to a collector on SQLite or
/// Postgres; with `read`, beside somebody who lists sessions again and again.
pub(crate) fn measure(database: &str, devices: usize, batches: usize, read: bool) -> String {
    const TEST: &str = "measure ingest postgres";
    // Each device has a socket.
    rlimit::increase_nofile_limit(65_536).expect("the system says how many files there may be");
    let place = Place::new();
    let tls = "tls.self_signed = true";
    let urls = (database == "postgres").then(|| [new_on_postgres(TEST), new_on_postgres(TEST)]);
    let (mut collector, held) = match urls {
        None => {
            let collector = Collector::start_set(&place, tls);
            let held = Database::of(&collector, None);
            (collector, held)
        }
        Some([Some(url), Some(keys)]) => {
            let settings = format!("{tls}\n[database]\nurl = {url:?}\nkeys = {keys:?}");
            let collector = Collector::start_set(&place, &settings);
            let held = Database::of(&collector, Some([url.as_str(), keys.as_str()]));
            (collector, held)
        }
        Some(_) => return "ATTUNE_TEST_POSTGRES names no server".into(),
    };
    let mut random = trial::random("measure ingest");
    let mut crowd = Crowd::enrol(&collector, devices);
    crowd.sign(batches, &mut random);

    let id = collector.process().id();
    let (own, before) = (processor_seconds(std::process::id()), processor_seconds(id));
    let (quiet, stop) = (load(), AtomicBool::new(false));
    let (sent, lists) = std::thread::scope(|scope| {
        let reader = read.then(|| scope.spawn(|| list(collector.api(), &stop)));
        let sent = crowd.send(ON_THEIR_WAY);
        stop.store(true, Ordering::Relaxed);
        (sent, reader.map(|reader| reader.join().expect("the reader reads")))
    });
    let spent = processor_seconds(id) - before;
    let (own, rss) = (processor_seconds(std::process::id()) - own, resident(id));
    let begun = Instant::now();
    let waiting = || held.count("SELECT COUNT(*) FROM pending_fusion");
    let behind = waiting();
    while waiting() > 0 {
        std::thread::sleep(LOOK);
    }
    let later = begun.elapsed();
    let (stored, fused) =
        (held.count("SELECT COUNT(*) FROM records"), held.count("SELECT COUNT(*) FROM fused_windows"));
    let expected = devices * batches * RECORDS;
    assert_eq!(
        (usize::try_from(stored), sent.records),
        (Ok(expected), expected),
        "what is acknowledged is stored, once"
    );

    let mut report = String::new();
    let mut line = |text: String| writeln!(report, "{text}").expect("writing to a string does not fail");
    let seconds = sent.took.as_secs_f64();
    let rate = |seconds: f64| expected as f64 / seconds;
    line(format!(
        "{devices} devices over TLS on {database}, {batches} batches of {RECORDS} records each, {expected} records"
    ));
    line(format!("load of the machine: {quiet} before, {} behind", load()));
    line(format!(
        "durable and acknowledged: {:.0} records/s in {seconds:.1} s, {} asked for less haste",
        rate(seconds),
        sent.slowed
    ));
    let [p50, p99, most] = [0.5, 0.99, 1.0].map(|part| sent.within(part).as_millis());
    line(format!("acknowledgement with {ON_THEIR_WAY} on their way: p50 {p50} ms, p99 {p99} ms, at most {most} ms"));
    let late = later.as_secs_f64();
    line(format!(
        "fusing: {behind} of {fused} windows waited at the end, {late:.1} s later none: {:.0} records/s end to end",
        rate(seconds + late)
    ));
    line(format!(
        "collector: {spent:.1} s of processor while it took in ({:.0} us a record), {:.1} s until all was fused",
        spent * 1e6 / expected as f64,
        processor_seconds(id) - before
    ));
    line(format!(
        "collector: {} MiB resident behind, {} MiB at most",
        rss >> 20,
        collector.process().peak_memory() >> 20
    ));
    line(format!("devices: {own:.1} s of processor"));
    if let Some(lists) = lists {
        line(format!("beside it sessions were listed {lists} times"));
    }
    report
}

/// Lists sessions until it is to stop, and gives how often.
fn list(api: &str, stop: &AtomicBool) -> usize {
    let mut lists = 0;
    while !stop.load(Ordering::Relaxed) {
        let _ = api::ok(api, "/api/v1/sessions");
        lists += 1;
    }
    lists
}

/// What the machine had to do in the last minute, as the system says it.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// Resident memory of a process, bytes.
fn resident(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("the process runs, on Linux");
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
    1024 * kib.unwrap_or(0_u64)
}
