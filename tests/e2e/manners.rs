//! What every request meets, whatever it asks for: its id, its line in the log, how often it may be asked, and what its answer says
//! to browsers.

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::{api, wait};

fn asked(collector: &Collector, method: &str, path: &str, headers: &[(&str, &str)]) -> api::Answer {
    api::send(collector.api(), method, path, headers)
}

#[test]
fn a_request_is_found_in_the_log_by_its_id_and_nothing_of_a_person_is() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let path = "/api/v1/preferences/alice%40example.org?secret=hunter2";
    let answer = asked(&collector, "GET", path, &[("x-request-id", "find-me-1"), ("user-agent", "alices-own")]);
    assert_eq!(answer.header("x-request-id"), "find-me-1");
    let made = asked(&collector, "GET", "/nowhere/alice", &[("x-request-id", "alice@example.org, hunter2")]);
    let id = made.header("x-request-id").to_owned();
    assert!(id.len() == 24 && made.text().contains(&format!("\"request_id\":\"{id}\"")), "{id}: {}", made.text());
    let log = wait::until("both to be logged", || {
        Some(collector.log()).filter(|log| log.contains("find-me-1") && log.contains(&id))
    });
    let line = log.lines().find(|line| line.contains("find-me-1")).expect("a line");
    for part in ["method=\"GET\"", "route=\"/api/v1/preferences/{user_id}\"", "status=", "ms=", "bytes="] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(log.lines().any(|line| line.contains(&id) && line.contains("route=\"none\"")), "{log}");
    for personal in ["alice", "hunter2", "127.0.0.1"] {
        assert!(!log.lines().any(|line| line.contains("request{") && line.contains(personal)), "{personal}: {log}");
    }
}

#[test]
fn who_asks_too_often_is_429_with_when_to_ask_again_and_may_then() {
    let place = Place::new();
    let collector =
        Collector::start_api(&place, "proxy.trusted = [\"127.0.0.1\"]\nrate.requests = 1.0\nrate.burst = 1");
    let client = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")];
    let answers: Vec<api::Answer> = (0..20).map(|_| asked(&collector, "GET", "/api/v1", &client)).collect();
    assert_eq!(answers[0].status, 200);
    let refused = answers.iter().find(|answer| answer.status == 429).expect("twenty at once are too many");
    assert_eq!((refused.header("retry-after"), refused.header("content-type")), ("1", "application/problem+json"));
    assert!(refused.text().contains("ask again later"), "{}", refused.text());
    // This machine's own programs may ask twenty times as much.
    assert!((0..10).all(|_| asked(&collector, "GET", "/api/v1", &[]).status == 200));
    wait::until("it to be answered again", || {
        std::thread::sleep(std::time::Duration::from_secs(1));
        (asked(&collector, "GET", "/api/v1", &client).status == 200).then_some(())
    });
    let metrics = asked(&collector, "GET", "/metrics", &[]).text();
    let counted = metrics.lines().find_map(|line| line.strip_prefix("attune_http_refused_total{reason=\"too_many\"} "));
    assert!(counted.and_then(|count| count.parse::<u64>().ok()).is_some_and(|count| count > 0), "{metrics}");
}

#[test]
fn every_answer_tells_browsers_to_guess_load_and_share_nothing_and_none_opens_it_to_other_origins() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let own = collector.api().to_owned();
    for (method, path, headers) in [
        ("GET", "/", &[("accept", "text/html")][..]),
        ("GET", "/api/v1/sessions", &[]),
        ("GET", "/nowhere", &[]),
        ("GET", "/docs", &[]),
        ("GET", "/health", &[("origin", &own)]),
        ("DELETE", "/api/v1/health", &[]),
        ("GET", "/api/v1/sessions", &[("origin", "https://evil.example")]),
        (
            "OPTIONS",
            "/api/v1/analyze",
            &[("origin", "https://evil.example"), ("access-control-request-method", "POST")],
        ),
        ("OPTIONS", "/api/v1/analyze", &[("access-control-request-method", "POST")]),
    ] {
        let answer = asked(&collector, method, path, headers);
        for (name, part) in [
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
            // A page may say `same-origin`: else a browser would not tell where its forms come from.
            ("referrer-policy", if matches!(path, "/" | "/docs") { "same-origin" } else { "no-referrer" }),
            ("content-security-policy", "default-src 'none'"),
            ("content-security-policy", "frame-ancestors 'none'"),
            ("cache-control", "no-"),
        ] {
            assert!(answer.header(name).contains(part), "{method} {path}: {name} is {}", answer.header(name));
        }
        assert!(!answer.header("x-request-id").is_empty(), "{method} {path}");
        let opened = answer.names().find(|name| name.starts_with("access-control-"));
        assert_eq!(opened, None, "{method} {path}");
        if method == "OPTIONS" {
            assert!(matches!(answer.status, 403 | 405), "{path}: {}", answer.status);
        }
    }
}

#[test]
fn a_browser_is_shown_what_was_wrong_as_a_page_and_a_program_is_told_it_as_json() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("x-request-id", "find-me-2")];
    for (path, says) in [("/nowhere", "There is no such page"), ("/join/used", "This link was used already")] {
        let page = asked(&collector, "GET", path, &browser);
        assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"), "{path}");
        assert!(page.text().contains(says) && page.text().contains("Go to the first page"), "{}", page.text());
        assert!(
            !page.text().contains("/api/") && page.header("content-security-policy").contains("default-src"),
            "{path}"
        );
        let told = asked(&collector, "GET", path, &[]);
        assert_eq!((told.status, told.header("content-type")), (404, "application/problem+json"), "{path}");
    }
    let below = asked(&collector, "GET", "/api/v1/nowhere", &browser);
    assert_eq!(below.header("content-type"), "application/problem+json");
    assert!(below.text().contains("find-me-2"), "{}", below.text());
}
