use std::fmt::Write as _;
use std::time::{Duration, Instant};

use attune_tests::collector::Collector;
use attune_tests::database::{Database, new_on_postgres};
use attune_tests::messages::Here;
use attune_tests::place::Place;
use attune_tests::trial;
use serde_json::Value;

use crate::footprint::processor_seconds;

/// How many come with one request.
const TOGETHER: usize = 100;
/// Words of a message.
const WORDS: usize = 20;
/// How often it is looked whether all are read.
const LOOK: Duration = Duration::from_millis(50);
/// What messages are made of.
const VOCABULARY: [&str; 48] = [
    "the",
    "release",
    "is",
    "late",
    "again",
    "and",
    "nobody",
    "has",
    "time",
    "to",
    "look",
    "at",
    "it",
    "today",
    "I",
    "am",
    "happy",
    "with",
    "this",
    "team",
    "we",
    "should",
    "talk",
    "about",
    "our",
    "customer",
    "tomorrow",
    "morning",
    "please",
    "send",
    "me",
    "that",
    "report",
    "before",
    "lunch",
    "because",
    "they",
    "asked",
    "for",
    "numbers",
    "twice",
    "meeting",
    "was",
    "long",
    "but",
    "good",
    "thanks",
    "everybody",
];

/// Hands so many messages of twenty words in, a hundred with each request, and waits until each is read.
pub(crate) fn measure(database: &str, messages: usize) -> String {
    const TEST: &str = "measure messages postgres";
    let place = Place::new();
    let urls = (database == "postgres").then(|| [new_on_postgres(TEST), new_on_postgres(TEST)]);
    let (mut collector, held) = match &urls {
        None => Database::sqlite(&place),
        Some([Some(url), Some(keys)]) => {
            let collector = Collector::start_set(&place, &format!("[database]\nurl = {url:?}\nkeys = {keys:?}"));
            let held = Database::of(&collector, Some([url.as_str(), keys.as_str()]));
            (collector, held)
        }
        Some(_) => return "ATTUNE_TEST_POSTGRES names no server".into(),
    };
    let mut here = Here::at(&collector);
    here.agree();
    let mut random = trial::random("measure messages");
    let mut text = || {
        let words: Vec<&str> = (0..WORDS).map(|_| VOCABULARY[random.usize(..VOCABULARY.len())]).collect();
        words.join(" ")
    };
    let all: Vec<Value> = (0..messages).map(|number| here.message(&number.to_string(), &text())).collect();
    // The first one waits for the network to be made.
    let (status, told) = here.hand_in(&collector, &here.message("first", &text()));
    assert_eq!(status, 201, "{told}");
    let completed = || held.count("SELECT COUNT(*) FROM messages WHERE state = 2");
    let until = |least: usize| {
        while completed() < i64::try_from(least).expect("few") {
            std::thread::sleep(LOOK);
        }
    };
    until(1);

    let id = collector.process().id();
    let (before, begun) = (processor_seconds(id), Instant::now());
    for some in all.chunks(TOGETHER) {
        let (status, told) = here.hand_in(&collector, &Value::Array(some.to_vec()));
        assert_eq!(status, 201, "{told}");
    }
    let durable = begun.elapsed().as_secs_f64();
    until(messages + 1);
    let (read, spent) = (begun.elapsed().as_secs_f64(), processor_seconds(id) - before);

    let mut report = String::new();
    let mut line = |text: String| writeln!(report, "{text}").expect("writing to a string does not fail");
    line(format!("{messages} messages of {WORDS} words on {database}, {TOGETHER} with each request"));
    line(format!("durable: {:.0} a second, while others were read", messages as f64 / durable));
    line(format!("read and written down: {:.0} a second, end to end", messages as f64 / read));
    line(format!(
        "collector: {:.1} ms of processor for each message, {} MiB at most",
        spent * 1000.0 / messages as f64,
        collector.process().peak_memory() >> 20
    ));
    report
}
