use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use attune_ground::descriptors::Descriptors;
use attune_ground::http::{Guard, Rate, Refusal, RequestId, Traffic, door};
use axum::Router;
use axum::http::header;
use axum::middleware::{from_fn, from_fn_with_state, map_response_with_state};
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

async fn panics() {
    panic!("as a fault of ours would")
}

/// What a client hears that asks a server with these layers.
async fn asked(path: &str, traffic: &Arc<Traffic>) -> String {
    let mut heard = asked_with(&[(path, "")], Transport::Any, traffic).await;
    heard.pop().expect("one answer")
}

/// The same for paths one after the other, each with more lines of its head, where one address may ask so often that the fourth
/// time is too often for who is not of this machine.
async fn asked_with(asked: &[(&str, &str)], transport: Transport, traffic: &Arc<Traffic>) -> Vec<String> {
    let traffic = Arc::clone(traffic);
    let longest = Duration::from_millis(100);
    let here: IpAddr = [127, 0, 0, 1].into();
    let guard = Guard::new(here, vec!["here".parse().expect("a name")], vec!["127.0.0.1".parse().expect("it")].into());
    let app = Router::new()
        .route("/late", get(std::future::pending::<()>))
        .route("/panics", get(panics))
        .route(
            "/page",
            get(|| async { [(header::CACHE_CONTROL, "no-cache"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")] }),
        )
        .layer(from_fn_with_state(Allowance { longest, large: longest, traffic: Arc::clone(&traffic) }, in_time))
        .layer(from_fn_with_state(Pace::new(Rate { per_second: 0.01, burst: 3 }, Arc::clone(&traffic)), rated))
        .layer(from_fn_with_state(Watch { guard: Arc::new(guard), traffic: Arc::clone(&traffic) }, guarded))
        .layer(map_response_with_state(transport, with_headers))
        .layer(from_fn(noted));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let serving = tokio::spawn(door::serve(
        listener,
        None,
        app,
        door::Limits::with(Descriptors::of(64)),
        Arc::clone(&traffic),
        stopped,
    ));
    let mut all = Vec::new();
    for (path, lines) in asked {
        let mut client = TcpStream::connect(address).await.expect("listens");
        let request = format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n{lines}\r\n");
        client.write_all(request.as_bytes()).await.expect("sent");
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.expect("an answer");
        all.push(heard);
    }
    serving.abort();
    all
}

#[tokio::test]
async fn a_late_answer_is_503_with_a_problem_and_when_to_try_again() {
    let traffic = Arc::<Traffic>::default();
    let answer = asked("/late", &traffic).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: "), "{answer}");
    assert!(answer.contains("application/problem+json") && answer.contains("\"status\":503"), "{answer}");
    assert_eq!(traffic.refused(Refusal::Late), 1);
}

#[tokio::test]
async fn a_panic_is_answered_500_and_counted() {
    let traffic = Arc::<Traffic>::default();
    let answer = asked("/panics", &traffic).await;
    assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("\"status\":500"), "{answer}");
    assert!(!answer.contains("fault of ours"), "{answer}");
    assert_eq!(traffic.refused(Refusal::Panicked), 1);
}

#[tokio::test]
async fn nobody_keeps_an_answer_unless_it_says_otherwise() {
    let traffic = Arc::<Traffic>::default();
    let answer = asked("/page", &traffic).await;
    assert!(answer.contains("cache-control: no-cache"), "{answer}");
    assert_eq!(answer.matches("nosniff").count(), 1, "{answer}");
    let answer = asked("/nowhere", &traffic).await;
    assert!(answer.contains("cache-control: no-store") && answer.contains("nosniff"), "{answer}");
    assert!(answer.contains("cross-origin-resource-policy: same-origin"), "{answer}");
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_429_with_when_to_ask_again_and_others_are_answered() {
    let traffic = Arc::<Traffic>::default();
    let from = |address: &str| format!("x-forwarded-for: {address}\r\nx-forwarded-proto: https\r\n");
    let (one, other) = (from("203.0.113.9"), from("203.0.113.10"));
    let (v6, neighbour) = (from("2001:db8::1"), from("2001:db8::2"));
    let asked =
        [&one, &one, &one, &one, &other, &v6, &neighbour, &v6, &neighbour].map(|lines| ("/page", lines.as_str()));
    let heard = asked_with(&asked, Transport::Any, &traffic).await;
    let status: Vec<&str> = heard.iter().map(|answer| &answer[9..12]).collect();
    assert_eq!(
        status,
        ["200", "200", "200", "429", "200", "200", "200", "200", "429"],
        "a network of IPv6 is one address"
    );
    assert!(heard[3].contains("application/problem+json") && heard[3].contains("\"status\":429"), "{}", heard[3]);
    let wait = heard[3].lines().find_map(|line| line.strip_prefix("retry-after: ")).expect("when to ask again");
    assert!((90..=100).contains(&wait.parse::<u64>().expect("seconds")), "{wait}");
    assert_eq!(traffic.refused(Refusal::TooMany), 2);
}

#[tokio::test]
async fn the_id_of_a_request_is_its_clients_or_a_new_one_and_stands_in_the_answer_and_in_a_problem() {
    let traffic = Arc::<Traffic>::default();
    let asked = [
        ("/page", "x-request-id: mine-1\r\n"),
        ("/nowhere", "x-request-id: a b\r\n"),
        ("/panics", "x-request-id: mine-3\r\n"),
    ];
    let heard = asked_with(&asked, Transport::Any, &traffic).await;
    let id = |answer: &str| {
        let line = answer.lines().find_map(|line| line.strip_prefix("x-request-id: "));
        line.expect("an id").to_owned()
    };
    assert_eq!((id(&heard[0]).as_str(), id(&heard[2]).as_str()), ("mine-1", "mine-3"));
    assert_eq!(id(&heard[1]).len(), RequestId::of(&axum::http::HeaderMap::new()).as_str().len());
    let (head, body) = heard[2].split_once("\r\n\r\n").expect("a head and a body");
    let told: serde_json::Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
    assert_eq!((&told["status"], &told["request_id"]), (&serde_json::json!(500), &serde_json::json!("mine-3")));
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
}

#[tokio::test]
async fn a_browser_is_held_to_tls_only_where_the_organisation_brought_a_certificate() {
    let traffic = Arc::<Traffic>::default();
    let strict = "strict-transport-security: max-age=31536000";
    for (transport, is_strict) in [(Transport::Any, false), (Transport::Certified, true)] {
        let heard = asked_with(&[("/page", ""), ("/nowhere", "host: second\r\n")], transport, &traffic).await;
        for answer in heard {
            assert_eq!(answer.contains(strict), is_strict, "{answer}");
            assert!(answer.contains("content-security-policy: default-src 'none'"), "{answer}");
            assert!(answer.contains("referrer-policy: no-referrer") && !answer.contains("access-control-"), "{answer}");
        }
    }
}
