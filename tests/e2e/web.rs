//! What a person sees in a browser: pages, documentation and pictures of sessions.

use attune_tests::agent::Agent;
use attune_tests::api::{self, Answer};
use attune_tests::binaries::repository;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::play;
use attune_tests::recordings;
use data_encoding::BASE64;
use serde_json::{Value, json};

/// As a browser asks for a page.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn page(collector: &Collector, path: &str) -> String {
    let answer = api::fetch(collector.api(), path, BROWSER);
    assert_eq!(answer.status, 200, "{path}");
    assert!(answer.header("content-type").starts_with("text/html"), "{path} is {}", answer.header("content-type"));
    answer.text()
}

/// Addresses on this server that an HTML page loads.
fn loaded(page: &str) -> Vec<&str> {
    let tags =
        page.split('<').filter(|tag| tag.starts_with("link") || tag.starts_with("script") || tag.starts_with("img"));
    tags.filter_map(|tag| tag.split(['"']).find(|part| part.starts_with('/'))).collect()
}

#[test]
fn pages_load_only_what_the_collector_itself_serves_and_forbid_anything_else() {
    let place = Place::new();
    let collector = Collector::start(&place);
    for path in ["/", "/docs", "/redoc"] {
        let policy = api::fetch(collector.api(), path, BROWSER).header("content-security-policy").to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"), "{path}: {policy}");
        let page = page(&collector, path);
        let loads = loaded(&page);
        assert!(loads.len() >= 3, "{path} loads {loads:?}");
        for asset in loads {
            let answer = api::fetch(collector.api(), asset, "*/*");
            assert_eq!(answer.status, 200, "{path} loads {asset}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{asset}");
            let kind = match asset.rsplit('.').next() {
                Some("js") => "text/javascript",
                Some("css") => "text/css",
                _ => "image/svg+xml",
            };
            assert!(answer.header("content-type").starts_with(kind), "{asset} is {}", answer.header("content-type"));
        }
    }
    assert_eq!(api::fetch(collector.api(), "/assets/..%2fCargo.toml", "*/*").status, 404);
}

#[test]
fn the_root_is_a_page_for_browsers_and_says_what_there_is_to_programs() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let page = page(&collector, "/");
    assert!(page.contains("analysed in memory and stored nowhere"), "{page}");
    let about = api::ok(collector.api(), "/");
    assert_eq!(about, api::ok(collector.api(), "/api/v1"));
    let document = api::ok(collector.api(), "/api/v1/openapi.json");
    assert_eq!(api::ok(collector.api(), "/openapi.json"), document, "where clients of MindSync look for it");
    let listed = about["endpoints"].as_array().expect("a list");
    for path in document["paths"].as_object().expect("paths").keys() {
        assert!(listed.iter().any(|endpoint| endpoint == path), "{path} is not listed: {about:#}");
    }
}

#[test]
fn the_reference_names_every_operation_and_the_interactive_documentation_reads_the_same_document() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let reference = page(&collector, "/redoc");
    let document = api::ok(collector.api(), "/api/v1/openapi.json");
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let heading =
                format!("<b class=\"method {method}\">{method}</b> <code>{}</code>", path.replace('/', "<wbr>/"));
            assert!(reference.contains(&heading), "{method} {path} is missing");
        }
    }
    assert!(page(&collector, "/docs").contains("id=\"swagger-ui\""));
    assert!(api::fetch(collector.api(), "/assets/docs.js", "*/*").text().contains("'/api/v1/openapi.json'"));
    let bundle = api::fetch(collector.api(), "/docs/swagger-ui-bundle.js", "*/*").bytes;
    assert!(bundle.len() > 1_000_000, "Swagger UI is part of the program: {} bytes", bundle.len());
}

fn picture(collector: &Collector, session: &str, rest: &str) -> Answer {
    api::fetch(collector.api(), &format!("/api/v1/sessions/{session}/graph.{rest}"), "image/*")
}

/// Width and height of a PNG, as its header has them.
fn size(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}

/// In how many strokes a line is to be drawn: runs of at least two neighbouring windows that have the score.
fn runs(windows: &[Value], starts: &[i64], field: &str) -> usize {
    let known: Vec<i64> =
        starts.iter().zip(windows).filter(|(_, w)| w[field].is_f64()).map(|(start, _)| *start).collect();
    known.chunk_by(|a, b| b - a == 10).filter(|run| run.len() > 1).count()
}

#[test]
fn the_picture_of_a_session_shows_its_scores_and_leaves_gaps_as_gaps() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "laptop", &collector, "alice");
    // Two minutes, a gap of four, and two minutes again.
    for start in [play::START, "2026-01-05T09:06:00Z"] {
        agent.send_all(&recordings::shipped(), start, &[]);
    }
    let outcome = play::outcome(&collector, "alice");
    let session = outcome.session["session_id"].as_str().expect("it has one");
    let answer = picture(&collector, session, "svg");
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/svg+xml"));
    let svg = answer.text();
    assert!(svg.contains("5 January 2026, 09:00:00 to 09:08:00 UTC") && !svg.contains("alice"), "{svg}");
    for (class, name, field) in [("stress", "Stress", "stress_level"), ("overall", "Overall", "overall_score")] {
        let value = outcome.scores[field].as_f64().expect("it is given");
        assert!(svg.contains(&format!("{name} {value:.2}, standard deviation")), "{field} is {value}: {svg}");
        let line = svg.split(&format!("class=\"line {class}-line\" d=\"")).nth(1).expect("a line");
        let strokes = line.split('"').next().expect("its path").matches('M').count();
        assert_eq!(strokes, runs(&outcome.windows, &outcome.starts, field), "strokes of {field}");
        assert!(strokes >= 2, "the gap breaks the line of {field}");
    }
    let narrow = picture(&collector, session, "svg?layout=narrow").text();
    assert!(narrow.contains("width=\"330\"") && narrow.contains("to 09:08:00 UTC"), "{narrow}");
    let light = picture(&collector, session, "png");
    let dark = picture(&collector, session, "png?theme=dark&width=480");
    assert_eq!((light.header("content-type"), dark.header("content-type")), ("image/png", "image/png"));
    let ((wide, high), (narrow, low)) = (size(&light.bytes), size(&dark.bytes));
    assert_eq!((wide, narrow), (1440, 480));
    assert!(high.abs_diff(3 * low) <= 2, "{high} and {low}");
    assert!(light.bytes.len() > 30_000, "something is drawn: {} bytes", light.bytes.len());
}

#[test]
fn a_picture_that_cannot_be_given_is_answered_with_a_problem() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let nobody = "0123456789abcdef0123456789abcdef";
    for (session, rest, status, field) in [
        (nobody, "svg", 404, Value::Null),
        ("no-id", "png", 404, Value::Null),
        ("%00", "png", 400, "id".into()),
        (nobody, "png?width=100000", 400, "width".into()),
        (nobody, "svg?theme=pink", 400, "query".into()),
        (nobody, "svg?colour=red", 400, "query".into()),
    ] {
        let answer = picture(&collector, session, rest);
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{rest}");
        let problem: Value = serde_json::from_slice(&answer.bytes).expect("JSON");
        assert_eq!(problem["field"], field, "{rest}: {problem:#}");
    }
}

#[test]
fn the_picture_of_a_single_analysis_is_drawn_as_points_and_names_what_was_not_sent() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let face =
        std::fs::read(repository().join("collector/sensing/src/page/files/example/face.jpg")).expect("it is shipped");
    let body = json!({ "face_image": BASE64.encode(&face) });
    let (status, answer) = api::post(collector.api(), "/api/v1/analyze", &body);
    assert_eq!(status, 200, "{answer:#}");
    let session = answer["session_id"].as_str().expect("it is kept as a session");
    let svg = picture(&collector, session, "svg").text();
    let given = ["stress_level", "attention_score", "overall_score", "valence"].map(|field| answer[field].is_f64());
    let given = given.into_iter().filter(|given| *given).count();
    assert!(given > 0, "{answer:#}");
    assert_eq!(svg.matches("<circle").count(), given, "a point for each score that is given");
    assert!(!svg.contains("class=\"line "), "there is nothing to join");
    assert!(svg.contains("one window of ten seconds") && svg.contains("heart: not sent"), "{svg}");
}
