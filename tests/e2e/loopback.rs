//! Loopback is no guard: web pages of a browser on the same machine, programs that hold connections, and how the API keeps
//! answering beside them.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use attune_protocol::ids::Seq;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::wire::{Device, motion_item};
use attune_tests::{api, media};
use serde_json::json;

/// More than the machine's other tests may hold up an answer.
const PATIENCE: Duration = Duration::from_secs(30);

fn address(collector: &Collector) -> String {
    collector.api().trim_start_matches("http://").to_owned()
}

/// What is answered to a request with these headers; its body is JSON.
fn asked(collector: &Collector, line: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut client = TcpStream::connect(address(collector)).expect("it listens");
    client.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    let mut request = format!("{line} HTTP/1.1\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        request += &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    }
    client.write_all(format!("{request}\r\n{body}").as_bytes()).expect("sent");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("an answer");
    answer
}

fn status(answer: &str) -> &str {
    answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).unwrap_or(answer)
}

fn sessions(collector: &Collector) -> usize {
    api::ok(collector.api(), "/api/v1/sessions")["sessions"].as_array().expect("a list").len()
}

/// One number of the metrics.
fn metric(collector: &Collector, line: &str) -> u64 {
    let metrics = api::fetch(collector.api(), "/metrics", "*/*").text();
    let found = metrics.lines().find_map(|text| text.strip_prefix(line)?.trim().parse().ok());
    found.unwrap_or_else(|| panic!("no {line} in {metrics}"))
}

#[test]
fn a_name_that_leads_to_loopback_reads_no_sessions_and_the_answer_says_how_to_add_it() {
    let place = Place::new();
    let collector = Collector::start(&place);
    for path in ["/api/v1/sessions", "/sessions", "/preferences/alice", "/health", "/metrics", "/"] {
        let answer = asked(&collector, &format!("GET {path}"), &[("host", "evil.example")], "");
        assert_eq!(status(&answer), "421", "{path}: {answer}");
        assert!(answer.contains("application/problem+json") && answer.contains("api.names"), "{answer}");
    }
    let port = address(&collector).rsplit_once(':').expect("a port").1.to_owned();
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), "[::1]".into()] {
        assert_eq!(status(&asked(&collector, "GET /api/v1/sessions", &[("host", &host)], "")), "200", "{host}");
    }
    for probe in ["/health", "/metrics", "/api/v1/health"] {
        assert_eq!(status(&asked(&collector, &format!("GET {probe}"), &[("host", "10.1.2.3:8750")], "")), "200");
    }
    assert_eq!(status(&asked(&collector, "GET /sessions", &[("host", "10.1.2.3:8750")], "")), "421");
    assert_eq!(metric(&collector, "attune_http_refused_total{reason=\"foreign_host\"} "), 7);
}

#[test]
fn a_page_of_another_origin_stores_changes_and_deletes_nothing_and_the_own_page_does() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let here = address(&collector);
    let own = format!("http://{here}");
    let body = json!({ "heart_data": media::heart(70) }).to_string();
    for (origin, site) in
        [("https://evil.example", "cross-site"), ("null", "cross-site"), ("http://localhost:1", "same-site")]
    {
        for line in ["POST /analyze", "POST /api/v1/analyze", "POST /preferences", "DELETE /api/v1/sessions/0"] {
            for headers in [
                &[("host", here.as_str()), ("origin", origin)][..],
                &[("host", &here), ("sec-fetch-site", site)],
                &[("host", &here), ("origin", origin), ("sec-fetch-site", site)],
            ] {
                let answer = asked(&collector, line, headers, &body);
                assert_eq!(status(&answer), "403", "{line} {headers:?}: {answer}");
                assert!(answer.contains("application/problem+json"), "{answer}");
            }
        }
    }
    let embedded = [("host", here.as_str()), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")];
    assert_eq!(status(&asked(&collector, "GET /api/v1/sessions", &embedded, "")), "403");
    assert_eq!(sessions(&collector), 0);
    let own = [("host", here.as_str()), ("origin", &own), ("sec-fetch-site", "same-origin")];
    assert_eq!(status(&asked(&collector, "POST /api/v1/analyze", &own, &body)), "200");
    assert_eq!(status(&asked(&collector, "POST /analyze", &[("host", &here)], &body)), "200", "as curl does");
    assert_eq!(sessions(&collector), 2);
}

#[test]
fn a_name_of_the_configuration_is_answered() {
    let place = Place::new();
    let collector = Collector::start_known_as(&place, "attune.example");
    let ask = |host| status(&asked(&collector, "GET /api/v1/sessions", &[("host", host)], "")).to_owned();
    assert_eq!((ask("attune.example").as_str(), ask("other.example").as_str()), ("200", "421"));
}

#[test]
fn half_sent_requests_and_trickling_bodies_keep_nobody_out_and_do_not_hold_up_the_end() {
    let place = Place::new();
    let mut collector = Collector::start_within(&place, 256);
    let here = address(&collector);
    let mut held = VecDeque::new();
    let mut hold = |text: String| {
        let mut client = TcpStream::connect(&here).expect("it listens");
        // The collector may have closed it already, for a newer one.
        let _ = client.write_all(text.as_bytes());
        held.push_back(client);
        if held.len() > 300 {
            held.pop_front();
        }
    };
    for _ in 0..1100 {
        hold(format!("GET /api/v1/sessions HTTP/1.1\r\nhost: {here}\r\nx-half"));
    }
    for _ in 0..64 {
        let head = format!("POST /api/v1/analyze HTTP/1.1\r\nhost: {here}\r\ncontent-type: application/json\r\n");
        hold(format!("{head}content-length: 1000000\r\n\r\n{{"));
    }
    let begun = Instant::now();
    assert_eq!(api::get(collector.api(), "/api/v1").0, 200);
    assert_eq!(api::get(collector.api(), "/health").0, 200);
    let analysis = json!({ "heart_data": media::heart(70) });
    assert_eq!(api::post(collector.api(), "/api/v1/analyze", &analysis).0, 200);
    let mut device = Device::enrolled(&collector, "alice");
    device.send(vec![motion_item(1)]);
    assert_eq!(device.acknowledged(), [(Seq(1), Seq(1))]);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    assert!(metric(&collector, "attune_http_refused_total{reason=\"displaced\"} ") > 900);

    hold(format!("GET /api/v1/sessions HTTP/1.1\r\nhost: {here}\r\nx-half"));
    let stopped = Instant::now();
    assert!(collector.process().signal("TERM").success());
    assert!(stopped.elapsed() < Duration::from_secs(12), "{:?}", stopped.elapsed());
}

#[test]
fn what_does_not_read_is_a_problem_that_says_so() {
    let place = Place::new();
    let collector = Collector::start(&place);
    for (path, status) in [
        ("/api/v1/sessions/%ff", 400),
        ("/session/%ff", 400),
        ("/preferences/%ff", 400),
        ("/assets/%ff", 400),
        ("/api/v1/sessions?user_id=%00", 400),
        ("/sessions?user_id=a%00b", 400),
        ("/api/v1/sessions?skip=0", 400),
        ("/sessions?skip=0", 200),
    ] {
        let answer = api::fetch(collector.api(), path, "*/*");
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        let kind = if status == 200 { "application/json" } else { "application/problem+json" };
        assert_eq!(answer.header("content-type"), kind, "{path}");
        let (kept, sniffed) = (answer.header("cache-control"), answer.header("x-content-type-options"));
        assert_eq!((kept, sniffed), ("no-store", "nosniff"), "{path}");
    }
}
