//! Many at once: a bounded pool, work that ends with its client, and a stop that finishes what was accepted.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, media, wait};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::PATH;

/// Takes long enough to be in the midst of it.
fn long() -> Value {
    of_seconds(250.0)
}

fn of_seconds(seconds: f64) -> Value {
    json!({"audio_data": BASE64.encode(&media::speech(seconds))})
}

fn send(collector: &Collector, body: &Value) -> TcpStream {
    let address = collector.api().strip_prefix("http://").expect("a URL");
    let mut stream = TcpStream::connect(address).expect("the collector listens");
    let body = body.to_string();
    let length = body.len();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("it listens");
    stream
}

fn answer(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let mut answer = vec![0; 64 << 10];
    let read = stream.read(&mut answer).expect("it answers");
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

fn outcomes(collector: &Collector) -> Value {
    api::ok(collector.api(), "/api/v1/stats")["since_start"]["analyses"].clone()
}

#[test]
fn a_full_pool_says_when_to_try_again() {
    let place = Place::new();
    let collector = Collector::start_set(&place, "[analysis]\nthreads = 1\nqueue = 1\n");
    let body = long();
    let waiting: Vec<TcpStream> = (0..4).map(|_| send(&collector, &body)).collect();
    let answers: Vec<String> = waiting.into_iter().map(answer).collect();
    let served = answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 200")).count();
    let busy: Vec<&String> = answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 503")).collect();
    assert_eq!((served, busy.len()), (2, 2), "{answers:?}");
    for answer in busy {
        assert!(answer.to_lowercase().contains("retry-after: 1") && answer.contains("problem+json"), "{answer}");
    }
    assert_eq!(api::post(collector.api(), PATH, &json!({"heart_data": [800, 810]})).0, 200);
}

#[test]
fn a_client_that_leaves_takes_its_work_with_it() {
    let place = Place::new();
    let collector = Collector::start_set(&place, "[analysis]\nthreads = 1\nqueue = 8\n");
    let body = long();
    for _ in 0..6 {
        drop(send(&collector, &body));
    }
    let (status, answer) = api::post(collector.api(), PATH, &json!({"heart_data": [800, 810]}));
    assert_eq!(status, 200, "{answer}");
    let outcomes = wait::until("six that left", || {
        let outcomes = outcomes(&collector);
        (outcomes["abandoned"].as_u64()? >= 5).then_some(outcomes)
    });
    assert!(outcomes["completed"].as_u64().is_some_and(|completed| completed <= 2), "{outcomes}");
    assert_eq!(
        api::ok(collector.api(), "/api/v1/sessions?kind=analysis")["sessions"].as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn a_stop_finishes_what_was_accepted() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    // Short enough to end in time also on a machine that has much else to do.
    let asked = send(&collector, &of_seconds(60.0));
    std::thread::sleep(Duration::from_millis(150));
    let stopped = collector.process().signal("TERM");
    assert!(stopped.success(), "{stopped}");
    let answer = answer(asked);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
